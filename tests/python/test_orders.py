"""Purchase orders end to end, with numbers worked out by hand. Page: docs/model/deliveries.md"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import hashstress as hs
import pytest

from tests.python.orders_world import START, Edited, Row, book_of, fleet, loan, miner, order, prepaid, world


class Played:
    """One path and its journal, with the book's books closed."""

    def __init__(self, book: hs.Book, scenario: hs.Scenario) -> None:
        self.results = hs.run(book, scenario, paths=1, worst=1)
        (path,) = self.results.paths.rows()
        assert [path[f"residual_{unit}"] for unit in ("cents", "sats", "machines")] == [0.0, 0.0, 0.0]
        self.events = list(self.results.events.rows())
        self.ledger = list(self.results.ledger.rows())

    def told(self, *kinds: str) -> list[tuple[date, str, str, float]]:
        """(date, kind, entity, amount) of these kinds of event."""
        return [(row["date"], row["kind"], row["entity"], row["amount"]) for row in self.events if row["kind"] in kinds]

    def posted(self, *reasons: str) -> list[tuple[date, str, str, str, float]]:
        """(date, reason, from, to, amount) of these reasons; amounts in cents or machines."""
        return [
            (row["date"], row["reason"], row["from_account"], row["to_account"], row["amount"])
            for row in self.ledger
            if row["reason"] in reasons
        ]

    def days(self, reason: str, unit: str = "sats") -> dict[date, float]:
        """Amount by date."""
        return {row["date"]: row["amount"] for row in self.ledger if row["reason"] == reason and row["unit"] == unit}


ORDERS = ("instalment", "credit_used", "delivery", "price_protection", "coupon", "vendor_credit", "forfeit")
EVENTS = ("missed_instalment", "order_lapse", "order_cancelled", "delivery", "vendor_default")
Play = Callable[..., Played]


@pytest.fixture
def play(edited: Edited) -> Play:
    """`play(order(), miners=miner(...), more="[[vendor_events]]...")`: seven months of a flat world."""

    def played(*orders: Row, more: str = "", **tables: Any) -> Played:
        return Played(book_of(*orders, **tables), world(edited, more))

    return played


def first(month: int) -> date:
    return date(2021 if month > 10 else 2022, month, 1)


# --- paying


def test_a_deposit_is_sunk_and_the_rest_is_paid_in_equal_parts(play: Play) -> None:
    played = play(order())
    paid = [(first(month), "instalment", "miner:m", "world", 2_000_000.0) for month in (12, 1, 2)]
    arrived = (date(2022, 2, 15), "delivery", "world", "fleet:site", 10.0)
    assert played.posted(*ORDERS) == [*paid, arrived]
    assert played.told(*EVENTS) == [(date(2022, 2, 15), "delivery", "o", 10.0)]


def test_the_last_part_takes_the_rest(play: Play) -> None:
    played = play(order(deposit_usd=39_999.99))
    assert [amount for *_, amount in played.posted("instalment")] == [2_000_000.0, 2_000_000.0, 2_000_001.0]


def test_coins_are_sold_for_an_instalment_they_can_cover(play: Play) -> None:
    """8,000 USD are missing on 1 December; a coin is 20,000 USD."""
    played = play(order(), miners=miner(cash_usd=12_000.0, btc=1.0, hodl_share=1.0))
    (_, _, _, _, sats), cents = played.posted("forced_sale")
    assert sats == pytest.approx(40_000_000.0, abs=1)
    assert cents == (first(12), "forced_sale", "world", "miner:m", 800_000.0)
    assert played.told("missed_instalment") == [(first(1), "missed_instalment", "o", 2_000_000.0)]
    assert len(played.told("forced_sale")) == 1, "0.6 BTC cannot cover what is due in January: they are kept"


def test_what_the_utility_is_owed_is_not_spent(play: Play) -> None:
    """100 machines draw 7.2 MWh a day at 50 USD: 360 USD a day, 10,800 USD until 1 December, when only cash is short."""
    ran = [fleet(machines=100)]
    poor = play(order(), miners=miner(cash_usd=20_000.0, hodl_share=1.0, stock_sale_share=0.0), fleets=ran)
    assert poor.told("missed_instalment") == []
    coins = poor.posted("forced_sale")
    # 30 days of power are owed as the stage opens; need = 20,000 + 10,800 USD, 20,000 USD are there
    assert coins[1] == (first(12), "forced_sale", "world", "miner:m", 1_080_000.0)


# --- missing, lapsing, credit


def test_a_missed_instalment_lapses_after_grace_and_leaves_credit(play: Play) -> None:
    played = play(order(), miners=miner(cash_usd=25_000.0))
    assert played.told(*EVENTS) == [
        (first(1), "missed_instalment", "o", 2_000_000.0),
        (date(2022, 1, 11), "order_lapse", "o", 1_500_000.0),  # a quarter of 60,000 USD
    ]
    assert played.posted(*ORDERS) == [
        (first(12), "instalment", "miner:m", "world", 2_000_000.0),
        (date(2022, 1, 11), "vendor_credit", "world", "credit:m/Maker", 4_500_000.0),
    ]


def test_an_instalment_missed_and_paid_within_grace_is_delivered_late(play: Play) -> None:
    """The last is due on 10 February, missed, and paid on 7 March with the income of 1 March: after the delivery date."""
    paid_late = order(deposit_usd=80_000.0, first_instalment_date=date(2022, 2, 10), instalments=1, grace_days=25)
    played = play(paid_late, miners=miner(cash_usd=0.0, other_income_usd_per_month=5_000.0))
    assert played.told(*EVENTS) == [
        (date(2022, 2, 10), "missed_instalment", "o", 2_000_000.0),
        (date(2022, 3, 7), "delivery", "o", 10.0),
    ]


def test_credit_pays_the_next_order_with_the_vendor_and_no_other(play: Play) -> None:
    """45,000 USD of credit from 11 January: 30,000 for `p` on the 20th, then 15,000 and 5,000 in cash; nothing for `q`."""
    more = order(
        order="p",
        deposit_usd=40_000.0,
        first_instalment_date=date(2022, 1, 20),
        instalments=2,
        delivery_date=date(2022, 4, 1),
    )
    other = order(
        order="q", vendor="Other", deposit_usd=96_000.0, first_instalment_date=date(2022, 1, 21), instalments=1
    )
    played = play(order(), more, other, miners=miner(cash_usd=39_000.0))
    late = [row for row in played.posted("instalment", "credit_used") if row[0] > first(1)]
    credit = "credit:m/Maker"
    assert late == [
        (date(2022, 1, 20), "credit_used", credit, "world", 3_000_000.0),
        (date(2022, 1, 21), "instalment", "miner:m", "world", 400_000.0),
        (date(2022, 2, 20), "credit_used", credit, "world", 1_500_000.0),
        (date(2022, 2, 20), "instalment", "miner:m", "world", 1_500_000.0),
    ]


def test_neither_credit_nor_cash_is_spent_on_an_instalment_that_cannot_be_paid(play: Play) -> None:
    more = order(order="p", first_instalment_date=date(2022, 1, 20), instalments=1, delivery_date=date(2022, 4, 1))
    played = play(order(), more, miners=miner(cash_usd=25_000.0))
    assert (date(2022, 1, 20), "missed_instalment", "p", 6_000_000.0) in played.told("missed_instalment")
    assert played.posted("credit_used") == []


def test_a_vendor_that_fails_keeps_everything(play: Play) -> None:
    """On 15 January: 80,000 USD paid for `o`, and the 10,000 of credit that the lapse of `p` left on 11 January."""
    lapsed = order(order="p", deposit_usd=13_333.33, first_instalment_date=date(2022, 1, 1), instalments=1)
    event = '[[vendor_events]]\ndate = 2022-01-15\nvendor = "Maker"\n'
    played = play(order(), lapsed, miners=miner(cash_usd=60_000.0), more=event)
    day = date(2022, 1, 15)
    assert played.told("vendor_default", "delivery") == [(day, "vendor_default", "o", 8_000_000.0)]
    # p: 13,333.33 paid, a quarter kept: ROUND(333,333.25) = 333,333 cents
    assert played.posted("forfeit") == [(day, "forfeit", "credit:m/Maker", "world", 1_000_000.0)]
    assert [row[0] for row in played.posted("instalment")] == [first(12), first(1)]


def test_a_miner_that_defaults_loses_its_orders_and_its_credit(play: Play) -> None:
    due = loan(first_payment_date=date(2022, 1, 20), maturity_date=date(2022, 1, 20), outstanding_usd=9e6)
    more = order(order="p", first_instalment_date=date(2022, 3, 1), instalments=1, delivery_date=date(2022, 4, 1))
    played = play(order(), more, miners=miner(cash_usd=25_000.0), loans=due)
    day = date(2022, 1, 25)
    assert played.told("miner_default") == [(day, "miner_default", "m", 0.0)]
    assert played.told("order_lapse") == [
        (date(2022, 1, 11), "order_lapse", "o", 1_500_000.0),
        (day, "order_lapse", "p", 4_000_000.0),
    ]
    assert played.posted("forfeit") == [(day, "forfeit", "credit:m/Maker", "world", 4_500_000.0)]
    assert played.told("delivery") == []


# --- prices


def test_price_protection_and_coupon_come_back_as_credit(play: Play) -> None:
    """Paid 100,000 USD, worth 70,000 at the index."""
    played = play(order(price_protection=True, coupon_share=0.03))
    day = date(2022, 2, 15)
    assert played.posted("price_protection", "coupon") == [
        (day, "price_protection", "world", "credit:m/Maker", 3_000_000.0),
        (day, "coupon", "world", "credit:m/Maker", 300_000.0),
    ]


def test_a_protected_price_is_never_raised(play: Play) -> None:
    cheap = order(price_usd=6_000.0, price_protection=True)
    assert play(cheap).posted("price_protection") == []


@pytest.mark.parametrize(("price_usd", "asked"), [(10_000.0, 1_400_000.0), (5_000.0, 466_666.0)])
def test_a_floating_price_follows_the_index_down_and_up(play: Play, price_usd: float, asked: float) -> None:
    """20,000 USD at 7/10 are 14,000; 3,333.33 at 7/5 are 4,666.662."""
    played = play(order(price_kind="floating", price_usd=price_usd))
    assert [amount for *_, amount in played.posted("instalment")][:2] == [asked, asked]


# --- the treasury


SHORT_OF_CASH = {"cash_usd": 50_000.0, "btc": 1.0, "hodl_share": 1.0, "runway_low_days": 92.0, "runway_high_days": 92.0}


def test_instalments_weigh_on_the_runway_as_debt_service_does(play: Play) -> None:
    """Window 92 days: from 1 November the three instalments up to 1 February are planned, 60,000 USD against 50,000 in cash."""
    late = order(first_instalment_date=date(2021, 12, 2), delivery_date=date(2022, 2, 15))
    poor = miner(**SHORT_OF_CASH)
    assert play(order(), miners=poor).told("sell_mode")[0] == (START, "sell_mode", "m", 0.0)
    # the third of these comes near a day later
    assert play(late, miners=poor).told("sell_mode")[0] == (START + timedelta(days=1), "sell_mode", "m", 0.0)
    assert play(miners=poor).told("sell_mode") == []


def test_a_seller_cancels_what_is_dearer_than_the_index_and_gets_credit(play: Play) -> None:
    """Worth 70,000 USD, 60,000 still to be paid: cancelled at twice that, not at once."""
    poor = miner(**SHORT_OF_CASH)
    cancelled = play(order(cancel_ratio=2.0), miners=poor)
    assert cancelled.told(*EVENTS) == [(first(12), "order_cancelled", "o", 4_000_000.0)]
    assert cancelled.posted(*ORDERS) == [(first(12), "vendor_credit", "world", "credit:m/Maker", 4_000_000.0)]
    assert cancelled.told("hold_mode")[0] == (first(12), "hold_mode", "m", 0.0), "the plan is free of the order at once"
    assert play(order(cancel_ratio=1.0), miners=poor).told("order_cancelled") == []
    assert play(order(cancel_ratio=2.0)).told("order_cancelled") == [], "who does not sell does not cancel"


# --- boxes and racks


def test_machines_in_boxes_earn_nothing_and_draw_no_power(play: Play) -> None:
    played = play(prepaid(deployment_days=20))
    runs = date(2022, 2, 15) + timedelta(days=20)
    assert min(played.days("production")) == runs
    # the bill of 1 April, that day included: 26 days of 10 machines, 0.72 MWh a day at 50 USD
    assert next(iter(played.days("power", "cents").items())) == (date(2022, 4, 1), 26 * 3_600.0)
    assert min(play(prepaid()).days("production")) == date(2022, 2, 15), "without a delay they run on the day"


def test_machines_without_a_slot_wait_until_there_is_one(play: Play) -> None:
    change = '[[rack_changes]]\ndate = 2022-03-01\nfleet = "site"\nslots = {}\n'
    limited = [fleet(rack_slots=4)]
    added = play(prepaid(), fleets=limited, more=change.format(6)).days("production")
    free = play(prepaid()).days("production")
    before, after = date(2022, 2, 28), date(2022, 3, 1)
    assert added[before] == pytest.approx(0.4 * free[before], abs=1)
    assert added[after] == pytest.approx(free[after], abs=2), "the difficulty has hardly noticed"
    taken = play(prepaid(), fleets=limited, more=change.format(-4)).days("production")
    assert max(taken) == before
    none = play(prepaid(), fleets=[fleet(rack_slots=0)])
    assert none.days("production") == {}
    assert none.days("power", "cents") == {}


def test_boxed_machines_are_sold_with_the_estate(play: Play) -> None:
    due = loan(first_payment_date=date(2022, 3, 1), maturity_date=date(2022, 3, 1), outstanding_usd=9e6)
    played = play(prepaid(deployment_days=300), loans=due)
    assert played.told("machine_sale") == [(date(2022, 3, 6), "machine_sale", "site", 10.0)]
    assert played.days("production") == {}


def test_seizure_takes_deployed_machines_first(play: Play) -> None:
    """Limited recourse: 6 of 8 running machines go, 10 boxed ones stay boxed until they are deployed."""
    secured = loan(
        collateral="machines",
        collateral_fleet="site",
        collateral_machines=6,
        recourse="limited",
        first_payment_date=date(2022, 1, 20),
        maturity_date=date(2022, 1, 20),
        outstanding_usd=9e6,
    )
    played = play(prepaid(deployment_days=30), fleets=[fleet(machines=8)], loans=secured)
    seized = date(2022, 1, 25) + timedelta(days=30)
    assert played.told("seizure") == [(seized, "seizure", "l", 6.0)]
    mined, runs = played.days("production"), date(2022, 2, 15) + timedelta(days=30)
    day = timedelta(days=1)
    assert mined[seized + day] == pytest.approx(mined[seized] / 4, rel=1e-6, abs=2)
    assert mined[runs] == pytest.approx(6 * mined[runs - day], rel=1e-2)


# --- looking back


def test_what_concerns_a_miner_has_its_orders_and_credit(edited: Edited) -> None:
    book, scenario = book_of(order(coupon_share=0.03)), world(edited)
    journal = hs.explain(hs.run(book, scenario, paths=1, worst=0), path=0, miner="m", book=book, scenario=scenario)
    assert ("delivery", "o") in [(row["kind"], row["entity"]) for row in journal.event_rows()]
    assert "credit:m/Maker" in [row["to_account"] for row in journal.posting_rows()]


# --- nothing


def test_an_empty_table_and_no_limit_are_as_if_they_were_not_there(edited: Edited) -> None:
    bare = fleet(machines=50)
    del bare["rack_slots"]
    scenario = world(edited)
    digests = set()
    for rows in ([bare], [fleet(machines=50)], [fleet(machines=50, rack_slots=50)]):
        digests.add(hs.run(book_of(fleets=rows), scenario, paths=3, worst=0).manifest["results_digest"])
    assert len(digests) == 1


def test_orders_of_the_same_book_do_not_depend_on_the_order_of_rows(edited: Edited) -> None:
    orders = [order(order=name, vendor=vendor) for name, vendor in (("a", "Z"), ("b", "Y"), ("c", "Z"))]
    scenario = world(edited)
    first_run, second_run = (Played(book_of(*rows), scenario) for rows in (orders, orders[::-1]))
    assert first_run.ledger == second_run.ledger
