"""Orders by hand: instalments, graces, vendor credit, deliveries, machines in boxes, rack slots, what lies ahead."""

from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.book import State
from tests.oracle.channels import full_ths
from tests.oracle.day import open_path
from tests.oracle.deliveries import instalments
from tests.oracle.small_world import (
    NETWORK_THS,
    Row,
    amounts,
    fleet,
    lender,
    lender_event,
    loan,
    miner,
    order,
    posted,
    run,
    scenario,
)

FAR = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
PAID_IN_FULL = {"deposit_usd": 8.0, "first_instalment_date": None, "instalments": None}
IN_THREE = {"deposit_usd": 1.99, "instalments": 3, "delivery_date": date(2021, 3, 20)}  # days 5, 36, 64 and 64


def buy(days: int, *orders: Row, usd: float = 0.0, miners: list[Row] | None = None, **changes: Any) -> Outcome:
    """One miner with so much cash, a fleet row that never runs, and orders."""
    return run(
        days,
        miners=[miner(cash_usd=usd)] if miners is None else miners,
        fleets=changes.pop("fleets", [fleet()]),
        orders=orders,
        **changes,
    )


def told(outcome: Outcome) -> list[tuple[int, str, str, float]]:
    """All events of orders."""
    return [event for event in outcome.events if event[2].startswith("order:")]


def credit_postings(outcome: Outcome) -> list[tuple[int, str, str, int]]:
    """(day, reason, account, signed amount) of everything that moved a vendor credit."""
    found = []
    for day, reason, _, source, target, amount in outcome.postings:
        if target.startswith("credit:"):
            found.append((day, reason, target, amount))
        elif source.startswith("credit:"):
            found.append((day, reason, source, -amount))
    return found


# --- deposit and instalments


def test_a_book_without_orders_is_what_it_was() -> None:
    plain = run(10, miners=[miner(cash_usd=5.0)], fleets=[fleet()])
    assert run(10, miners=[miner(cash_usd=5.0)], fleets=[fleet(rack_slots=None)], orders=[]) == plain
    assert buy(10, usd=5.0, vendor_events=[], rack_changes=[]) == plain


def test_a_deposit_is_paid_before_day_0_and_is_no_posting() -> None:
    outcome = buy(12, order(**PAID_IN_FULL))
    assert outcome.postings == [(8, "delivery", "machines", "world", "fleet:0", 4)]
    assert told(outcome) == [(8, "delivery", "order:0", 4)]
    assert outcome.orders == [{"status": "delivered", "paid": 800, "arrears": 0}]


def test_instalments_are_equal_and_the_last_has_the_rest() -> None:
    outcome = buy(70, order(**IN_THREE), usd=6.01)
    assert posted(outcome, "instalment") == [(5, 200), (36, 200), (64, 201)]
    assert told(outcome) == [(64, "delivery", "order:0", 4)]
    assert outcome.miners[0]["cash"] == 0
    assert outcome.orders[0]["paid"] == 800
    assert outcome.residuals["cents"] == (None, 0.0) == outcome.residuals["machines"]


def test_the_parts_are_rounded_down() -> None:
    assert instalments(602.0, 3) == ([200.0, 200.0, 202.0], [602.0, 402.0, 202.0])
    assert instalments(2.0, 3) == ([0.0, 0.0, 2.0], [2.0, 2.0, 2.0])


def test_instalments_keep_their_day_of_month_cut_to_its_length() -> None:
    terms = {"first_instalment_date": date(2021, 1, 31), "instalments": 3, "delivery_date": date(2021, 4, 1)}
    assert posted(buy(80, order(**terms), usd=6.0), "instalment") == [(16, 200), (44, 200), (75, 200)]


def test_days_beyond_the_horizon_never_come() -> None:
    outcome = buy(36, order(**IN_THREE), usd=6.01)
    assert posted(outcome, "instalment") == [(5, 200)]
    assert outcome.orders == [{"status": "open", "paid": 399, "arrears": 0}]


# --- missed, graces, lapse


@pytest.mark.parametrize(("grace_days", "day"), [(12, None), (13, 18)])
def test_a_grace_ends_before_the_income_of_the_day(grace_days: int, day: int | None) -> None:
    """6 USD come on 1 February, day 17, after the stage: a grace that ends that day is too short."""
    poor = [miner(other_income_usd_per_month=6.0)]
    outcome = buy(20, order(grace_days=grace_days), miners=poor)
    assert amounts(outcome, "missed_instalment") == [(5, "missed_instalment", 600)]
    assert posted(outcome, "instalment") == ([] if day is None else [(day, 600)])
    if day is None:
        assert amounts(outcome, "order_lapse", "delivery") == [(17, "order_lapse", 200)]
        assert outcome.orders == [{"status": "closed", "paid": 200, "arrears": 600}]
    else:  # the delivery of day 8 has waited
        assert amounts(outcome, "order_lapse", "delivery") == [(18, "delivery", 4)]


def test_a_second_missed_instalment_joins_the_first_and_its_grace() -> None:
    outcome = buy(70, order(**IN_THREE, grace_days=40))
    assert amounts(outcome, "missed_instalment", "order_lapse") == [
        (5, "missed_instalment", 200),
        (45, "order_lapse", 199),
    ]
    assert outcome.orders == [{"status": "closed", "paid": 199, "arrears": 400}]


def test_paid_up_at_a_later_instalment_and_the_old_grace_counts_no_more() -> None:
    """4 USD a month: 4.00 are paid on day 36; a loan takes the next, so 2.01 are missed on day 64; on day 65 nothing ends."""
    poor = [miner(other_income_usd_per_month=4.0)]
    outcome = buy(70, order(**IN_THREE, grace_days=60), miners=poor, loans=[taker(day=50)])
    assert posted(outcome, "instalment") == [(36, 400)]
    assert amounts(outcome, "missed_instalment", "order_lapse") == [
        (5, "missed_instalment", 200),
        (64, "missed_instalment", 201),
    ]
    assert outcome.orders[0]["status"] == "open"


def taker(day: int) -> Row:
    """A loan that takes what cash there is on a day, and nothing for a long time."""
    due = date.fromordinal(date(2021, 1, 15).toordinal() + day)
    return loan(outstanding_usd=1000.0, first_payment_date=due, maturity_date=due, grace_days=1000)


def test_an_instalment_of_the_day_a_grace_ends() -> None:
    """Lapsed on day 36 at the end of its grace: the instalment of that day is not asked for."""
    outcome = buy(40, order(**IN_THREE, grace_days=31))
    assert amounts(outcome, "missed_instalment", "order_lapse") == [
        (5, "missed_instalment", 200),
        (36, "order_lapse", 199),
    ]
    assert outcome.orders[0]["arrears"] == 200


def test_paid_at_the_end_of_the_grace_on_the_day_of_delivery_is_delivered_once() -> None:
    poor = [miner(other_income_usd_per_month=6.0)]
    outcome = buy(20, order(grace_days=13, delivery_date=date(2021, 2, 2)), miners=poor)
    assert amounts(outcome, "delivery") == [(18, "delivery", 4)]
    assert len(posted(outcome, "delivery", "machines")) == 1


def test_a_lapse_forfeits_a_share_and_the_rest_is_credit_for_the_next_order() -> None:
    """0.4 of 2.00 is kept; 1.20 pays a part of the 6.00 of the next order, with the same vendor alone."""
    lost = order(grace_days=2, forfeit_share=0.4)
    later = {"first_instalment_date": date(2021, 2, 2), "delivery_date": date(2021, 2, 3)}
    poor = [miner(other_income_usd_per_month=6.0)]
    outcome = buy(25, lost, order(order="p", **later), miners=poor)
    assert amounts(outcome, "order_lapse") == [(7, "order_lapse", 80)]
    assert credit_postings(outcome) == [(7, "vendor_credit", "credit:0", 120), (18, "credit_used", "credit:0", -120)]
    assert posted(outcome, "instalment") == [(18, 480)]
    assert outcome.orders[1] == {"status": "delivered", "paid": 800, "arrears": 0}
    other = buy(25, lost, order(order="p", vendor="w", **later), miners=poor)
    assert posted(other, "credit_used") == []
    assert posted(other, "instalment") == [(18, 600)]
    assert other.credits == [120, 0]


def test_what_is_kept_is_rounded_once() -> None:
    outcome = buy(10, order(deposit_usd=1.99, grace_days=1, forfeit_share=0.25))
    assert amounts(outcome, "order_lapse") == [(6, "order_lapse", 50)]  # 49.75
    assert outcome.credits == [149]


# --- where the money comes from


def test_what_the_utility_is_owed_stays() -> None:
    """36 USD of power a day: 180 owed on day 5. 400 of cash pay 220, or a cent more for 50 satoshis."""
    rows = [fleet(power_usd_per_mwh=50.0)]
    holder = [miner(cash_usd=400.0, hodl_share=1.0)]
    exact = order(price_usd=60.0, deposit_usd=20.0)
    assert amounts(buy(7, exact, miners=holder, fleets=rows), "forced_sale", "missed_instalment") == []
    dearer = order(price_usd=60.0, deposit_usd=19.99)
    outcome = buy(7, dearer, miners=holder, fleets=rows)
    assert amounts(outcome, "forced_sale", "missed_instalment") == [(5, "forced_sale", 50)]
    assert posted(outcome, "instalment") == [(5, 22001)]


def test_coins_are_not_sold_for_an_instalment_they_cannot_cover() -> None:
    """At 0.02 cents, 29,974 satoshis are 5.99 USD."""
    for sats, cents in ((29_974, None), (30_000, 600)):
        outcome = buy(7, order(), miners=[miner(btc=sats * 1e-8)])
        assert posted(outcome, "instalment") == ([] if cents is None else [(5, cents)])
        assert outcome.miners[0]["sats"] == (sats if cents is None else 0)


@pytest.mark.parametrize(("line_usd", "paid"), [(1003.99, False), (1004.0, True)])
def test_lines_are_drawn_before_coins_are_sold(line_usd: float, paid: bool) -> None:
    """2 USD of coins and 4 USD of room cover 6 USD."""
    line = loan(**FAR, credit_line_usd=line_usd)
    outcome = buy(7, order(), miners=[miner(btc=0.0001)], loans=[line])
    assert amounts(outcome, "credit_draw", "forced_sale") == (
        [(5, "credit_draw", 400), (5, "forced_sale", 10_000)] if paid else []
    )
    assert posted(outcome, "instalment") == ([(5, 600)] if paid else [])


def test_a_line_holds_no_more_than_its_lender_and_nothing_when_that_failed() -> None:
    line = loan(**FAR, credit_line_usd=5000.0)
    poor = lender(cash_usd=5.99)
    assert amounts(buy(7, order(), loans=[line], lenders=[poor]), "credit_draw") == []
    assert amounts(buy(7, order(), loans=[line], lenders=[lender(cash_usd=6.0)]), "credit_draw") != []
    decree = [lender_event(2, "j", "fail")]
    assert amounts(buy(7, order(), loans=[line], lender_events=decree), "credit_draw") == []


def test_two_lines_of_a_lender_that_has_not_enough_for_both_are_drawn_and_do_not_do() -> None:
    """Each seems to hold the lender's 4 USD: 8 would cover 6, but only 4 are there, and stay with the miner."""
    lines = [loan(**FAR, loan=key, credit_line_usd=5000.0) for key in "ab"]
    outcome = buy(7, order(), loans=lines, lenders=[lender(cash_usd=4.0)])
    assert amounts(outcome, "credit_draw", "missed_instalment") == [
        (5, "credit_draw", 400),
        (5, "missed_instalment", 600),
    ]
    assert outcome.miners[0]["cash"] == 400


def test_credit_that_covers_all_asks_for_no_cash_even_if_the_utility_is_owed_more() -> None:
    """Rebate of 4.00 on day 4, less than the power owed; 4.00 due on day 5 of the same vendor."""
    rebated = order(order="a", **PAID_IN_FULL | {"price_protection": True, "delivery_date": date(2021, 1, 19)})
    rows = [fleet(power_usd_per_mwh=50.0, shutdown_days=100)]
    outcome = buy(7, rebated, order(deposit_usd=4.0), fleets=rows, miners=[miner(pool_fee=1.0)])
    assert posted(outcome, "price_protection") == [(4, 400)]
    assert posted(outcome, "credit_used") == [(5, 400)]
    assert posted(outcome, "instalment") == posted(outcome, "forced_sale") == []
    assert amounts(outcome, "missed_instalment") == []


def test_unpaid_bills_stay_too() -> None:
    """10,000 USD are due on day 17, 3,240 are there; the 180 of day 18 are kept for the rest of them, not for the order."""
    poor = [miner(overhead_usd_per_month=10_000.0)]
    terms = order(first_instalment_date=date(2021, 2, 3), delivery_date=date(2021, 2, 4))
    outcome = buy(20, terms, miners=poor, fleets=[fleet(power_usd_per_mwh=0.0)])
    assert amounts(outcome, "missed_bill", "missed_instalment")[1] == (19, "missed_instalment", 600)


def test_what_the_utility_owes_does_not_pay() -> None:
    """Machines that sell their power back: 5.99 USD are 5.99 USD."""
    rows = [fleet(power_usd_per_mwh=10.0, curtailment_strike_usd_per_mwh=20.0, curtailment_share=1.0)]
    for usd, missed in ((5.99, [(5, "missed_instalment", 600)]), (6.0, [])):
        assert amounts(buy(7, order(), usd=usd, fleets=rows), "missed_instalment") == missed


def test_what_a_delivery_gives_back_pays_no_instalment_of_the_same_day() -> None:
    """Deliveries come after the instalments of the day, also that of an order paid up on its day of delivery."""
    terms = {"coupon_share": 1.0, "delivery_date": date(2021, 1, 20)}
    outcome = buy(7, order(order="a", **terms), order(order="b", **terms), usd=12.0)
    assert posted(outcome, "instalment") == [(5, 600), (5, 600)]
    assert outcome.credits == [1600]


# --- the runway


def test_instalments_weigh_on_the_treasury_when_they_come_near() -> None:
    """6 USD on day 40 are 20 cents a day from day 10 to day 39: 5 USD of cash are less than 30 days of that."""
    wary = [miner(cash_usd=5.0, runway_low_days=30, runway_high_days=60)]
    outcome = buy(45, order(first_instalment_date=date(2021, 2, 24), delivery_date=date(2021, 2, 26)), miners=wary)
    assert amounts(outcome, "sell_mode", "hold_mode") == [(10, "sell_mode", 0), (40, "hold_mode", 0)]


def test_the_window_is_thirty_days_or_the_whole_days_of_a_longer_runway() -> None:
    """6 USD in 46 days are 13 cents a day: 45.5 days of that are 5.915 USD, which 5.91 is below and 5.92 above."""
    terms = order(first_instalment_date=date(2021, 3, 2), delivery_date=date(2021, 3, 2))  # day 46
    for usd, days in ((5.91, [0]), (5.92, [])):
        wary = [miner(cash_usd=usd, runway_low_days=45.5, runway_high_days=60)]
        assert [day for day, _, _ in amounts(buy(3, terms, miners=wary), "sell_mode")] == days
    later = order(first_instalment_date=date(2021, 3, 4), delivery_date=date(2021, 3, 4))  # day 48
    wary = [miner(cash_usd=5.0, runway_low_days=45.5, runway_high_days=60)]
    assert amounts(buy(4, later, miners=wary), "sell_mode") == [(2, "sell_mode", 0)]


def test_a_closed_order_weighs_no_more() -> None:
    wary = [miner(cash_usd=5.0, runway_low_days=30, runway_high_days=60)]
    outcome = buy(6, order(), miners=wary, vendor_events=[{"day": 3, "vendor": "v"}])
    assert amounts(outcome, "sell_mode", "hold_mode") == [(0, "sell_mode", 0), (3, "hold_mode", 0)]


def test_a_floating_order_weighs_at_its_contract_price() -> None:
    """The index asks for half; 20 cents a day all the same."""
    for usd, days in ((5.99, [0]), (6.0, [])):
        wary = [miner(cash_usd=usd, runway_low_days=30, runway_high_days=60)]
        assert [d for d, _, _ in amounts(buy(3, order(price_kind="floating"), miners=wary), "sell_mode")] == days


# --- cancelling


@pytest.mark.parametrize(("cancel_ratio", "cancelled"), [(1.0, True), (0.67, True), (0.66, False), (None, False)])
def test_a_seller_cancels_what_is_dearer_than_the_index(cancel_ratio: float | None, cancelled: bool) -> None:
    """Four machines at 1.00 by the index, 6.00 unpaid: below two thirds there is no better deal elsewhere."""
    wary = [miner(cash_usd=5.0, runway_low_days=30, runway_high_days=60)]
    outcome = buy(10, order(cancel_ratio=cancel_ratio), miners=wary)
    expected: list[tuple[int, str, float]] = [(5, "missed_instalment", 600)]
    if cancelled:
        expected = [(5, "order_cancelled", 200)]
    assert amounts(outcome, "order_cancelled", "missed_instalment", "delivery") == expected
    assert posted(outcome, "vendor_credit") == ([(5, 200)] if cancelled else [])
    assert outcome.credits == [200 if cancelled else 0]


def test_a_holder_does_not_cancel() -> None:
    assert amounts(buy(10, order(cancel_ratio=100.0), usd=6.0), "order_cancelled") == []


@pytest.mark.parametrize(("usd", "kind", "amount"), [(3.0, "order_cancelled", 399), (1.0, "missed_instalment", 200)])
def test_what_is_in_arrears_is_not_cancelled(usd: float, kind: str, amount: int) -> None:
    """With 1 USD left the miner sells from day 34 on, when two instalments are near. It cancels on day 36 if day 5 was paid."""
    wary = [miner(cash_usd=usd, runway_low_days=10, runway_high_days=20)]
    outcome = buy(40, order(**IN_THREE, cancel_ratio=1.0, grace_days=90), miners=wary)
    assert amounts(outcome, "sell_mode") == [(34, "sell_mode", 0)]
    assert amounts(outcome, "order_cancelled", "missed_instalment") == [(36 if usd == 3.0 else 5, kind, amount)]


def test_what_is_unpaid_is_this_instalment_and_later_ones() -> None:
    """Rests of 6.01, 4.01 and 2.01 against an index value of 4.00: at 0.9 only the first is too dear, at 0.66 none."""
    for usd, ratio, expected in ((5.0, 0.9, [(5, "order_cancelled", 199)]), (5.0, 0.66, [])):
        wary = [miner(cash_usd=usd, runway_low_days=90, runway_high_days=120)]
        outcome = buy(70, order(**IN_THREE, cancel_ratio=ratio), miners=wary)
        assert amounts(outcome, "sell_mode")[0][0] == 0
        assert amounts(outcome, "order_cancelled") == expected
    wary = [miner(cash_usd=5.0, runway_low_days=90, runway_high_days=120)]
    falling = buy(40, order(**IN_THREE, price_kind="floating", cancel_ratio=1.34), miners=wary)
    assert amounts(falling, "order_cancelled") == [(5, "order_cancelled", 199)]  # asked: 3.00, times 1.34 is 4.02


# --- the vendor


def test_a_vendor_that_fails_owes_nothing_and_delivers_nothing() -> None:
    """Its open orders on their day of delivery and before, its credit; the other vendor goes on."""
    rebated = order(order="a", **PAID_IN_FULL | {"price_protection": True, "delivery_date": date(2021, 1, 19)})
    orders = [
        rebated,
        order(order="b", **PAID_IN_FULL),
        order(order="c", first_instalment_date=date(2021, 2, 1), delivery_date=date(2021, 2, 1)),
        order(order="d", vendor="w", **PAID_IN_FULL),
    ]
    outcome = buy(20, *orders, vendor_events=[{"day": 8, "vendor": "v"}])
    assert told(outcome) == [
        (4, "delivery", "order:0", 4),
        (8, "vendor_default", "order:1", 800),
        (8, "vendor_default", "order:2", 200),
        (8, "delivery", "order:3", 4),
    ]
    assert credit_postings(outcome) == [(4, "price_protection", "credit:0", 400), (8, "forfeit", "credit:0", -400)]
    assert [row["status"] for row in outcome.orders] == ["delivered", "closed", "closed", "delivered"]


def test_vendors_fail_by_key_and_after_the_horizon_not_at_all() -> None:
    orders = [order(order="a", vendor="w", **PAID_IN_FULL), order(order="b", **PAID_IN_FULL)]
    failing = [{"day": 3, "vendor": "w"}, {"day": 3, "vendor": "v"}]
    outcome = buy(10, *orders, vendor_events=failing)
    assert [entity for _, _, entity, _ in told(outcome)] == ["order:1", "order:0"]
    assert amounts(buy(5, *orders, vendor_events=[{"day": 5, "vendor": "v"}]), "vendor_default") == []


def test_credits_are_numbered_by_miner_and_vendor() -> None:
    """Pairs that have an order: (m, v), (m, w), (n, v); the keys of the orders are in another order."""
    rebate = PAID_IN_FULL | {"coupon_share": 0.5}
    orders = [
        order(order="a", miner="n", fleet="g", **rebate),
        order(order="b", vendor="w", **rebate | {"coupon_share": 0.25}),
        order(order="c", **rebate | {"coupon_share": 0.125}),
    ]
    outcome = buy(10, *orders, miners=[miner(), miner(miner="n")], fleets=[fleet(), fleet(fleet="g", miner="n")])
    assert outcome.credits == [100, 200, 400]


# --- delivery


def test_price_protection_lowers_the_price_to_the_index_and_never_raises_it() -> None:
    guarded = order(**PAID_IN_FULL, price_protection=True)
    assert posted(buy(10, guarded), "price_protection") == [(8, 400)]
    assert posted(buy(10, order(**PAID_IN_FULL)), "price_protection") == []
    cheap = order(**PAID_IN_FULL | {"deposit_usd": 3.2}, price_usd=0.8, price_protection=True)
    assert posted(buy(10, cheap), "price_protection") == []


def test_a_coupon_is_a_rounded_share_of_what_was_paid() -> None:
    """0.03 of 801 cents (the order costs 8.00, in parts; a floating one below) is 24.03."""
    assert posted(buy(10, order(**PAID_IN_FULL, coupon_share=0.03)), "coupon") == [(8, 24)]
    assert posted(buy(10, order(coupon_share=0.005), usd=6.0), "coupon") == [(8, 4)]
    assert posted(buy(10, order(coupon_share=0.0006), usd=6.0), "coupon") == []


def test_a_floating_price_follows_the_index_both_ways_for_what_is_unpaid() -> None:
    """The index has half the price, so 6.01 becomes 3.005: 3.00, to even; at thrice the price, 18.03."""
    half = order(price_kind="floating", deposit_usd=1.99, coupon_share=1.0)
    outcome = buy(10, half, usd=50.0)
    assert posted(outcome, "instalment") == [(5, 300)]
    assert posted(outcome, "coupon") == [(8, 499)]
    dear = dear_machines(index_usd_per_th=0.06)
    assert posted(buy(10, half, usd=50.0, asics=dear), "instalment") == [(5, 1803)]


def dear_machines(**changes: float) -> Row:
    """The small world's machine market with other tiers."""
    market: Row = scenario(1)["asics"]
    return market | {"tiers": [tier | changes for tier in market["tiers"]]}


# --- boxes and racks


def mined(outcome: Outcome) -> list[int]:
    """Satoshis mined a day: 90,000 a machine, until difficulty changes on day 14."""
    return [amount for _, amount in posted(outcome, "production", "sats")]


def running(days: int, *orders: Row, rows: list[Row] | None = None, **changes: Any) -> Outcome:
    """A miner whose machines run for nothing."""
    return buy(days, *orders, fleets=rows or [fleet(power_usd_per_mwh=0.0)], **changes)


def test_machines_in_boxes_earn_nothing_until_they_are_deployed() -> None:
    """Delivered on day 2, deployed after 3 days, or at once."""
    early = PAID_IN_FULL | {"delivery_date": date(2021, 1, 17)}
    assert mined(running(7, order(**early, deployment_days=3))) == [900_000] * 5 + [1_260_000] * 2
    assert mined(running(4, order(**early, deployment_days=0))) == [900_000] * 2 + [1_260_000] * 2


def test_batches_of_a_row_are_deployed_each_on_its_day() -> None:
    early = PAID_IN_FULL | {"delivery_date": date(2021, 1, 17)}
    orders = [order(**early, deployment_days=3), order(order="p", **early | {"machines": 2, "deposit_usd": 4.0})]
    orders[1]["deployment_days"] = 1
    assert mined(running(7, *orders)) == [900_000] * 3 + [1_080_000] * 2 + [1_440_000] * 2


def test_machines_in_boxes_cost_no_power_and_are_no_potential() -> None:
    early = PAID_IN_FULL | {"delivery_date": date(2021, 1, 15 + 1), "deployment_days": 3}
    outcome = buy(20, order(**early), fleets=[fleet(power_usd_per_mwh=50.0)], usd=5000.0)
    # 1 February is day 17: 18 days of power, 4 of them with ten machines, 14 with fourteen
    assert posted(outcome, "power") == [(17, 4 * 3600 + 14 * 5040)]
    assert [row["utilisation"] for row in outcome.daily] == [1.0] * 20


def test_a_lender_takes_boxed_machines_too_and_what_leaves_was_deployed() -> None:
    """Twelve of fourteen are seized on day 18: two are left, in boxes with two that are gone, until all come out on day 31."""
    terms = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 12, "recourse": "limited"}
    early = order(**PAID_IN_FULL | {"delivery_date": date(2021, 1, 16)})
    outcome = running(35, early, loans=[loan(**terms, outstanding_usd=1e6)])
    assert amounts(outcome, "seizure") == [(18, "seizure", 12)]
    days = [day for day, _ in posted(outcome, "production", "sats")]
    assert days == [*range(19), *range(31, 35)]
    assert mined(outcome)[18] == pytest.approx(5 * mined(outcome)[-1], rel=1e-4)


def test_slots_limit_what_runs_and_come_and_go() -> None:
    row = fleet(power_usd_per_mwh=0.0, rack_slots=6)
    changes = [
        {"day": 4, "fleet": "f", "slots": -5},
        {"day": 2, "fleet": "f", "slots": 3},
        {"day": 5, "fleet": "f", "slots": -4},
    ]
    outcome = running(7, rows=[row], rack_changes=changes)
    assert mined(outcome) == [540_000] * 2 + [810_000] * 2 + [360_000]
    assert [row["utilisation"] for row in outcome.daily] == [1.0] * 5 + [0.0] * 2


def test_delivered_machines_wait_for_slots() -> None:
    """Ten run in twelve slots; four more come: two find a place, the others when there are more."""
    early = order(**PAID_IN_FULL | {"delivery_date": date(2021, 1, 16)}, deployment_days=1)
    row = fleet(power_usd_per_mwh=0.0, rack_slots=12)
    outcome = running(6, early, rows=[row], rack_changes=[{"day": 4, "fleet": "f", "slots": 5}])
    assert mined(outcome) == [900_000] * 2 + [1_080_000] * 2 + [1_260_000] * 2


def test_the_opening_hashrate_and_the_full_one_count_slots() -> None:
    """Six of ten have a slot, on day 0 already eight; a row without a limit counts whole."""
    rows = [fleet(rack_slots=6), fleet(fleet="g")]
    changes = [{"day": 0, "fleet": "f", "slots": 2}, {"day": 1, "fleet": "f", "slots": 1}]
    terms = scenario(3, rack_changes=changes, channels={"difficulty": False})
    cohort = {"cohort": "rest", "region": "r", "efficiency_j_per_th": 30.0, "power_usd_per_mwh": 0.0}
    cohort |= {"hashrate_ths": NETWORK_THS, "pass_through": 0.0, "shutdown_ratio": 1.0, "shutdown_days": 1}
    tables = {
        "machines": [{"model": "rig", "hashrate_ths": 100.0, "power_w": 3000.0}],
        "miners": [miner()],
        "fleet": rows,
        "lenders": [],
        "loans": [],
        "cohorts": [cohort | {"restart_ratio": 1.0, "restart_days": 1}],
    }
    state = State(terms, [20000.0] * 3, [20000.0] * 3, lambda _: 1.0, lambda _: 0.0, 3)
    open_path(state, tables)
    assert state.network_ths == NETWORK_THS + 800 + 1000
    state.day = 1
    assert full_ths(state) == NETWORK_THS + 900 + 1000


# --- the miner fails


def test_a_miner_that_fails_loses_its_orders_and_its_credit() -> None:
    """A loan of day 10 takes the miner down on day 13: the open order and the rebate are gone, the machines are sold."""
    rebated = order(order="a", **PAID_IN_FULL | {"price_protection": True, "delivery_date": date(2021, 1, 19)})
    open_one = order(order="b", first_instalment_date=date(2021, 2, 10), delivery_date=date(2021, 2, 20))
    outcome = buy(40, rebated, open_one, loans=[loan()])
    assert amounts(outcome, "loan_default", "miner_default", "order_lapse", "machine_sale", "missed_instalment") == [
        (13, "loan_default", 100_000),
        (13, "miner_default", 0),
        (13, "order_lapse", 200),
        (13, "machine_sale", 14),
    ]
    assert credit_postings(outcome) == [(4, "price_protection", "credit:0", 400), (13, "forfeit", "credit:0", -400)]
    assert outcome.orders[1] == {"status": "closed", "paid": 200, "arrears": 0}
    assert outcome.residuals["cents"] == (None, 0.0)
