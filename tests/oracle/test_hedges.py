"""Hedges by hand: margin, calls, cures, deficits, options, forwards, power sold back, and the default of a miner."""

from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import (
    PRICE_USD,
    Row,
    amounts,
    book_events,
    coin_loan,
    fleet,
    hedge,
    loan,
    miner,
    posted,
    run,
)

FAR = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
NEVER = date(2022, 1, 1)
HEDGE_EVENTS = ("hedge_margin_call", "hedge_closed", "hedge_settled")
FUTURE = "short_future"


def prices(days: int, *steps: tuple[int, float]) -> list[float]:
    """Closes that stand still between steps of (day, USD)."""
    closes = [PRICE_USD] * days
    for day, usd in steps:
        closes[day:] = [usd] * (days - day)
    return closes


def play(days: int, *hedges: Row, usd: float = 0.0, miners: list[Row] | None = None, **changes: Any) -> Outcome:
    """One miner with so much cash and its hedges; prices move by steps."""
    return run(
        days,
        miners=[miner(cash_usd=usd)] if miners is None else miners,
        hedges=hedges,
        closes=prices(days, *changes.pop("steps", ())),
        **changes,
    )


def told(outcome: Outcome) -> list[tuple[int, str, float]]:
    """Events of hedges."""
    return amounts(outcome, *HEDGE_EVENTS)


def moves(outcome: Outcome) -> list[tuple[int, str, str, str, int]]:
    """Postings of cents without their unit."""
    return [(*posting[:2], *posting[3:]) for posting in outcome.postings if posting[2] == "cents"]


def test_a_book_without_hedges_is_what_it_was() -> None:
    plain = run(40, miners=[miner(cash_usd=5.0, overhead_usd_per_month=1.0)], fleets=[fleet()])
    assert run(40, miners=[miner(cash_usd=5.0, overhead_usd_per_month=1.0)], fleets=[fleet()], hedges=[]) == plain


# --- short futures: 0.1 BTC at 20,000 USD are 2,000 USD; margin 800 USD on day 0, of which 600 must stay


def test_a_future_at_a_price_that_stands_still_gives_its_margin_back() -> None:
    outcome = play(14, hedge(FUTURE))
    assert moves(outcome) == [(10, "margin_return", "margin:0", "miner:0", 80000)]
    assert told(outcome) == [(10, "hedge_settled", 80000)]
    assert outcome.hedges == [{"open": False, "called": False, "margin": 0}]


def test_the_margin_is_no_cash_of_the_miner() -> None:
    """A bill of 1 USD on 1 February (day 17) is missed although 800 USD lie at the clearing house."""
    poor = miner(overhead_usd_per_month=1.0)
    outcome = play(20, hedge(FUTURE, expiry_date=NEVER), miners=[poor])
    assert amounts(outcome, "missed_bill") == [(17, "missed_bill", 100)]
    assert outcome.daily[16]["miner_cash_usd"] == 0


def test_the_first_mark_is_against_the_strike() -> None:
    """Struck at 21,000: 100 USD of variation on day 0; the margin account opens at 0.4 of the strike."""
    outcome = play(2, hedge(FUTURE, strike_usd=21000.0))
    assert moves(outcome) == [
        (0, "variation_margin", "world", "margin:0", 10000),
        (0, "margin_return", "margin:0", "miner:0", 84000 + 10000 - 80000),
    ]


def test_a_fall_is_paid_out_at_once() -> None:
    """At 18,000: 200 USD of variation, initial margin 720 instead of 800."""
    outcome = play(12, hedge(FUTURE), steps=[(3, 18000.0)])
    assert moves(outcome) == [
        (3, "variation_margin", "world", "margin:0", 20000),
        (3, "margin_return", "margin:0", "miner:0", 28000),
        (10, "margin_return", "margin:0", "miner:0", 72000),
    ]
    assert outcome.miners[0]["cash"] == 100000


def test_a_small_rise_calls_nothing_and_returns_nothing() -> None:
    """At 21,000: margin 700, maintenance 630, initial 840."""
    outcome = play(10, hedge(FUTURE), usd=1e4, steps=[(3, 21000.0)])
    assert moves(outcome) == [(3, "variation_margin", "margin:0", "world", 10000)]
    assert told(outcome) == []


def test_maintenance_is_not_called_when_the_margin_equals_it() -> None:
    """At 21,000 the margin is 700 USD: a third of 2,100 is 700 as well, and a cent less calls."""
    level = hedge(FUTURE, maintenance_margin_share=0.333333)  # 69999.93, rounded 70000
    assert told(play(5, level, usd=1e4, steps=[(3, 21000.0)])) == []
    above = hedge(FUTURE, maintenance_margin_share=0.333335)  # 70000.35, rounded 70000
    assert told(play(5, above, usd=1e4, steps=[(3, 21000.0)])) == []
    over = hedge(FUTURE, maintenance_margin_share=0.33334)  # 70001.4
    assert told(play(5, over, usd=1e4, steps=[(3, 21000.0)])) == [(3, "hedge_margin_call", 84000 - 70000)]


def test_a_call_is_answered_on_its_day() -> None:
    """At 22,000: margin 600, maintenance 660, initial 880: 280 USD are asked for."""
    outcome = play(10, hedge(FUTURE), usd=300.0, steps=[(3, 22000.0)])
    assert told(outcome) == [(3, "hedge_margin_call", 28000)]
    assert moves(outcome) == [
        (3, "variation_margin", "margin:0", "world", 20000),
        (3, "initial_margin", "miner:0", "margin:0", 28000),
    ]
    assert outcome.hedges == [{"open": True, "called": False, "margin": 88000}]
    assert outcome.miners[0]["cash"] == 2000


def test_a_call_is_answered_in_parts_while_the_cure_lasts() -> None:
    """100 of 280 USD on day 3; day 5 brings the rest from another hedge; the call was told once."""
    put = hedge("put", hedge="g", expiry_date=date(2021, 1, 20), strike_usd=23800.0)  # day 5: 180 USD
    outcome = play(10, hedge(FUTURE), put, usd=100.0, steps=[(3, 22000.0)])
    assert posted(outcome, "initial_margin") == [(3, 10000), (5, 18000)]
    assert told(outcome) == [(3, "hedge_margin_call", 28000), (5, "hedge_settled", 18000)]
    assert outcome.hedges[1] == {"open": True, "called": False, "margin": 88000}


def test_a_call_is_not_answered_with_what_a_later_hedge_brings_on_the_same_day() -> None:
    """The put comes after the future by key: its money answers the call a day later, and after the cure not at all."""
    for cure, events in (
        (3, [(3, "hedge_margin_call"), (5, "hedge_settled")]),
        (2, [(3, "hedge_margin_call"), (5, "hedge_closed"), (5, "hedge_settled")]),
    ):
        put = hedge("put", hedge="z", expiry_date=date(2021, 1, 20), strike_usd=30000.0)
        outcome = play(9, hedge(FUTURE, cure_days=cure), put, steps=[(3, 22000.0)])
        assert [event[:2] for event in told(outcome)] == events


def test_a_call_that_is_not_met_closes_the_position_when_the_cure_ends() -> None:
    """100 of 280 USD are paid in; 700 come back on day 6, and nothing happens on the expiry."""
    outcome = play(14, hedge(FUTURE), usd=100.0, steps=[(3, 22000.0)])
    assert told(outcome) == [(3, "hedge_margin_call", 28000), (6, "hedge_closed", 70000)]
    assert posted(outcome, "margin_return") == [(6, 70000)]
    assert outcome.hedges == [{"open": False, "called": True, "margin": 0}]
    assert outcome.miners[0]["cash"] == 70000


def test_a_call_ends_when_the_price_comes_back_and_what_is_above_goes_back_the_same_day() -> None:
    outcome = play(10, hedge(FUTURE), usd=100.0, steps=[(3, 22000.0), (5, 20000.0)])
    assert told(outcome) == [(3, "hedge_margin_call", 28000)]
    assert posted(outcome, "margin_return") == [(5, 10000)]
    assert outcome.hedges == [{"open": True, "called": False, "margin": 80000}]


def test_a_cure_ends_when_need_is_exactly_nothing() -> None:
    """Called on day 3 with nothing to pay in; at 20,000 on the last day of the cure the margin is the initial one."""
    outcome = play(10, hedge(FUTURE), steps=[(3, 22000.0), (6, 20000.0)])
    assert told(outcome) == [(3, "hedge_margin_call", 28000)]
    assert outcome.hedges == [{"open": True, "called": False, "margin": 80000}]


def test_a_call_pending_takes_more_when_the_price_rises_on() -> None:
    """Day 3 takes 100 USD of 280; on day 4 at 22,500 the initial margin is 900 and the account has 650."""
    outcome = play(10, hedge(FUTURE), usd=100.0, steps=[(3, 22000.0), (4, 22500.0), (5, 21000.0)])
    assert told(outcome) == [(3, "hedge_margin_call", 28000), (6, "hedge_closed", 80000)]
    assert outcome.miners[0]["cash"] == 80000


def test_a_second_call_gets_a_new_cure() -> None:
    """Met on day 3, called again on day 5 at 24,400 (margin 640, maintenance 732), closed on day 8."""
    outcome = play(10, hedge(FUTURE), usd=280.0, steps=[(3, 22000.0), (5, 24400.0)])
    assert told(outcome) == [
        (3, "hedge_margin_call", 28000),
        (5, "hedge_margin_call", 97600 - 64000),
        (8, "hedge_closed", 64000),
    ]


def test_the_expiry_comes_before_a_call() -> None:
    outcome = play(12, hedge(FUTURE), usd=100.0, steps=[(10, 22000.0)])
    assert told(outcome) == [(10, "hedge_settled", 60000)]
    assert outcome.miners[0]["cash"] == 70000


def test_a_call_raises_cash_from_lines_and_then_coins() -> None:
    """280 USD: 50 in cash, 100 on a line, 130 from coins at 22,000: 590,910 satoshis."""
    line = loan(outstanding_usd=100.0, amortisation="interest_only", credit_line_usd=200.0, **FAR)
    outcome = play(5, hedge(FUTURE), miners=[miner(cash_usd=50.0, btc=0.1)], loans=[line], steps=[(3, 22000.0)])
    assert [event[1:3] for event in amounts(outcome, "hedge_margin_call", "credit_draw", "forced_sale")] == [
        ("hedge_margin_call", 28000),
        ("credit_draw", 10000),
        ("forced_sale", 590910),
    ]
    assert outcome.hedges[0]["margin"] == 88000


def test_a_deficit_is_paid_from_what_there_is_and_the_rest_is_a_bill() -> None:
    """At 32,000: margin -400, initial 1,280, called for 1,680. The cash of 100 goes in at once; on day 6 300 are owed."""
    outcome = play(20, hedge(FUTURE), usd=100.0, steps=[(3, 32000.0)])
    assert told(outcome) == [(3, "hedge_margin_call", 168000), (6, "hedge_closed", -30000)]
    assert moves(outcome) == [
        (3, "variation_margin", "margin:0", "world", 120000),
        (3, "initial_margin", "miner:0", "margin:0", 10000),
        (6, "deficit", "world", "margin:0", 30000),
    ]
    assert amounts(outcome, "missed_bill", "miner_default") == [(6, "missed_bill", 30000), (16, "miner_default", 0)]
    assert outcome.hedges[0]["margin"] == 0


def test_a_deficit_on_the_expiry_is_paid_in_part_by_the_miner() -> None:
    outcome = play(12, hedge(FUTURE), usd=100.0, steps=[(10, 32000.0)])
    assert told(outcome) == [(10, "hedge_settled", -40000)]
    assert moves(outcome)[1:] == [
        (10, "deficit", "miner:0", "margin:0", 10000),
        (10, "deficit", "world", "margin:0", 30000),
    ]
    assert amounts(outcome, "missed_bill") == [(10, "missed_bill", 30000)]


def test_a_deficit_sells_coins_before_it_becomes_a_bill() -> None:
    """400 USD at 32,000 are 1,250,000 satoshis; the miner has 1,000,000, so that 80 USD are left over."""
    outcome = play(12, hedge(FUTURE), miners=[miner(btc=0.01)], steps=[(10, 32000.0)])
    assert amounts(outcome, "forced_sale", "missed_bill") == [(10, "forced_sale", 1_000_000), (10, "missed_bill", 8000)]
    assert posted(outcome, "deficit") == [(10, 32000), (10, 8000)]


def test_a_settlement_sells_coins_before_it_becomes_a_bill() -> None:
    outcome = play(12, hedge("collar"), miners=[miner(btc=0.1)], steps=[(7, 25000.0)])
    assert amounts(outcome, "forced_sale", "missed_bill") == [(10, "forced_sale", 1_200_000)]
    assert outcome.miners[0]["cash"] == 0


def test_a_deficit_paid_in_full_leaves_no_bill() -> None:
    outcome = play(12, hedge(FUTURE), usd=400.0, steps=[(10, 32000.0)])
    assert posted(outcome, "deficit") == [(10, 40000)]
    assert amounts(outcome, "missed_bill") == []


def test_margin_comes_before_the_bills_of_the_month_and_after_the_treasury() -> None:
    """1 February is day 17: the call takes the 280 USD that power and payroll would have had."""
    poor = miner(cash_usd=280.0, overhead_usd_per_month=100.0)
    outcome = play(19, hedge(FUTURE, expiry_date=NEVER), miners=[poor], steps=[(17, 22000.0)])
    kinds = [event[1:3] for event in amounts(outcome, *HEDGE_EVENTS, "missed_bill")]
    assert kinds == [("hedge_margin_call", 28000), ("missed_bill", 10000)]


def test_no_grace_begins_while_one_is_pending() -> None:
    """Two options that cannot be paid, on days 3 and 5: one bill of both, one grace of ten days."""
    first = hedge("collar", hedge="a", cap_usd=21000.0, expiry_date=date(2021, 1, 18))
    second = hedge("collar", hedge="b", cap_usd=21000.0, expiry_date=date(2021, 1, 20))
    outcome = play(20, first, second, steps=[(3, 22000.0)])
    assert amounts(outcome, "missed_bill", "miner_default") == [
        (3, "missed_bill", 10000),
        (5, "missed_bill", 10000),
        (13, "miner_default", 0),
    ]


def test_a_bill_for_a_hedge_is_paid_before_the_power_of_the_month() -> None:
    """What the collar leaves on day 3 is paid from other income on 1 February (day 17), payroll after it."""
    poor = miner(other_income_usd_per_month=130.0, overhead_usd_per_month=100.0, bills_grace_days=30)
    collar = hedge("collar", cap_usd=21000.0, expiry_date=date(2021, 1, 18))
    outcome = play(19, collar, miners=[poor], steps=[(3, 22000.0)])
    assert posted(outcome, "bills_arrears") == [(17, 10000)]
    assert posted(outcome, "essential") == [(17, 3000)]
    assert amounts(outcome, "missed_bill")[1] == (17, "missed_bill", 7000)


# --- options


@pytest.mark.parametrize(("usd", "cents"), [(15000.0, 50000), (20000.0, 0), (25000.0, 0)])
def test_a_put_pays_what_the_price_lacks(usd: float, cents: int) -> None:
    outcome = play(12, hedge("put"), steps=[(7, usd)])
    assert told(outcome) == [(10, "hedge_settled", cents)]
    assert posted(outcome, "option_payoff") == ([(10, cents)] if cents else [])


@pytest.mark.parametrize(("usd", "cents"), [(15000.0, 50000), (21000.0, 0), (22000.0, 0), (23000.0, -10000)])
def test_a_collar_costs_above_its_cap(usd: float, cents: int) -> None:
    outcome = play(12, hedge("collar"), usd=100.0, steps=[(7, usd)])
    assert told(outcome) == [(10, "hedge_settled", cents)]
    assert outcome.miners[0]["cash"] == 10000 + cents
    assert amounts(outcome, "missed_bill") == []


def test_a_collar_that_costs_more_than_there_is() -> None:
    outcome = play(12, hedge("collar"), usd=30.0, steps=[(7, 23000.0)])
    assert [m[1:] for m in moves(outcome)] == [("option_payoff", "miner:0", "world", 3000)]
    assert amounts(outcome, "missed_bill") == [(10, "missed_bill", 7000)]


def test_whole_satoshis_and_whole_cents() -> None:
    """0.123456785 BTC are 12,345,678 satoshis (ties to even); at a strike of 20,000.01 they are 246,913.68 cents."""
    put = hedge("put", btc=0.123456785, strike_usd=20000.01)
    outcome = play(12, put, steps=[(2, 10000.0)])
    assert told(outcome) == [(10, "hedge_settled", 246914 - 123457)]


# --- forwards and power


def test_a_forward_pays_the_strike_less_the_hashprice_month_by_month() -> None:
    """From 15 January: 17 days to 1 February (day 17), 28 to 1 March (day 45), 4 to the expiry on 5 March."""
    outcome = play(60, hedge("hashprice_forward", expiry_date=date(2021, 3, 5)), usd=1e6)
    hashprice = [day["hashprice_usd_per_ph_day"] for day in outcome.daily]
    assert hashprice[0] != hashprice[48]  # there are retargets between
    assert [event[:2] for event in told(outcome)] == [
        (17, "hedge_settled"),
        (45, "hedge_settled"),
        (49, "hedge_settled"),
    ]
    for (_, _, cents), days in zip(told(outcome), (range(17), range(17, 45), range(45, 49)), strict=True):
        assert cents == pytest.approx(sum(100.0 - hashprice[day] for day in days) * 100, abs=0.51)


def test_an_expiry_on_the_first_of_a_month_settles_once() -> None:
    outcome = play(60, hedge("power_sale", expiry_date=date(2021, 3, 1)), usd=1e6)
    assert told(outcome) == [(17, "hedge_settled", 17 * 12 * 1000), (45, "hedge_settled", 28 * 12 * 1000)]
    assert outcome.hedges[0]["open"] is False


def test_an_expiry_the_day_after_settles_one_day() -> None:
    outcome = play(60, hedge("power_sale", expiry_date=date(2021, 2, 2)), usd=1e6)
    assert told(outcome) == [(17, "hedge_settled", 17 * 12 * 1000), (18, "hedge_settled", 12 * 1000)]


def test_a_scenario_that_begins_on_the_first_settles_that_month_whole() -> None:
    outcome = play(40, hedge("power_sale", expiry_date=NEVER), start="2021-02-01")
    assert told(outcome) == [(28, "hedge_settled", 28 * 12 * 1000)]


def test_power_is_sold_at_the_tariff_of_the_days_before() -> None:
    """0.5 MW: 12 MWh a day; the tariff jumps to 140 on the day of the settlement, which it does not touch."""
    tariff = [50.0] * 10 + [30.0] * 7 + [140.0] * 20
    outcome = play(37, hedge("power_sale", expiry_date=NEVER), tariff_usd_per_mwh={"r": tariff})
    assert told(outcome) == [(17, "hedge_settled", 12 * (10 * 1000 - 7 * 1000))]
    assert moves(outcome) == [(17, "power_sale", "world", "miner:0", 36000)]


def test_power_that_costs_more_than_it_brings_is_paid_like_a_bill() -> None:
    outcome = play(20, hedge("power_sale", strike_usd_per_mwh=51.0, expiry_date=NEVER), usd=4.0)
    assert moves(outcome) == [(17, "power_sale", "miner:0", "world", 400)]
    assert amounts(outcome, "missed_bill")[0] == (17, "missed_bill", 17 * 1200 - 400)


def test_what_a_hedge_leaves_and_the_month_leaves_are_told_one_after_the_other() -> None:
    """1 February: the sale of power leaves 204 USD, told as missed; then the bills, told with them."""
    poor = miner(overhead_usd_per_month=10.0)
    outcome = play(20, hedge("power_sale", strike_usd_per_mwh=51.0, expiry_date=NEVER), miners=[poor])
    assert amounts(outcome, "missed_bill") == [(17, "missed_bill", 20400), (17, "missed_bill", 21400)]


# --- default of the miner: an unpaid loan of 1,000 USD, due on day 10, takes it down on day 13


def test_hedges_of_a_miner_that_defaults_join_its_estate() -> None:
    """In order: margin back, the put at its intrinsic value, the collar written off, January's power up to today."""
    hedges = [
        hedge(FUTURE, hedge="a", expiry_date=NEVER),
        hedge("put", hedge="b", strike_usd=21000.0, expiry_date=NEVER),
        hedge("collar", hedge="c", strike_usd=15000.0, cap_usd=19000.0, expiry_date=NEVER),
        hedge("power_sale", hedge="d", expiry_date=NEVER),
        hedge("power_sale", hedge="e", strike_usd_per_mwh=51.0, expiry_date=NEVER),
    ]
    outcome = play(20, *hedges, loans=[loan()])
    assert [event[1:] for event in book_events(outcome) if event[0] == 13] == [
        ("loan_default", "loan:0", 100000),
        ("miner_default", "miner:0", 0),
        ("hedge_closed", "hedge:0", 80000),
        ("hedge_closed", "hedge:1", 10000),
        ("hedge_closed", "hedge:2", -10000),
        ("hedge_closed", "hedge:3", 14 * 12000),
        ("hedge_closed", "hedge:4", -14 * 1200),
    ]
    assert [m for m in moves(outcome) if m[0] == 13] == [
        (13, "margin_return", "margin:0", "miner:0", 80000),
        (13, "option_payoff", "world", "miner:0", 10000),
        (13, "power_sale", "world", "miner:0", 168000),
    ]
    assert posted(outcome, "estate") == [(17, 100000)]
    assert amounts(outcome, "missed_bill") == []
    assert not any(end["open"] or end["called"] for end in outcome.hedges)


def test_hedges_close_before_the_loans_of_their_miner_default() -> None:
    """The collar leaves a bill of 50 USD, whose grace ends on day 6; the coins behind the loan are sold after the margin is back."""
    poor = miner(bills_grace_days=3)
    collar = hedge("collar", hedge="a", cap_usd=21000.0, expiry_date=date(2021, 1, 18))
    future = hedge(FUTURE, expiry_date=NEVER)
    outcome = play(8, collar, future, miners=[poor], loans=[coin_loan(500_000_000)], steps=[(3, 21500.0)])
    assert [event[1:3] for event in outcome.events if event[0] == 6] == [
        ("miner_default", "miner:0"),
        ("hedge_closed", "hedge:1"),
        ("loan_default", "loan:0"),
    ]
    assert moves(outcome)[-3:] == [
        (6, "margin_return", "margin:1", "miner:0", 65000),
        (6, "collateral_proceeds", "world", "lender:0", 7000000),
        (6, "collateral_surplus", "world", "miner:0", 3750000),
    ]


def test_a_deficit_at_a_default_is_written_off() -> None:
    """At 32,000 on the day of the default the account is 400 USD short: the clearing house's loss, no bill."""
    outcome = play(20, hedge(FUTURE, expiry_date=NEVER), loans=[loan()], steps=[(13, 32000.0)])
    assert told(outcome) == [(13, "hedge_margin_call", 168000), (13, "hedge_closed", -40000)]
    assert posted(outcome, "deficit") == [(13, 40000)]
    assert amounts(outcome, "missed_bill") == []
    assert outcome.hedges == [{"open": False, "called": False, "margin": 0}]


def test_a_forward_at_a_default_counts_the_day_itself() -> None:
    """Power of 1 February to the day of the default, which is the first: one day."""
    late = loan(first_payment_date=date(2021, 1, 29), maturity_date=date(2021, 1, 29))
    outcome = play(20, hedge("power_sale", expiry_date=NEVER), usd=0.0, loans=[late | {"outstanding_usd": 1e6}])
    assert told(outcome) == [(17, "hedge_settled", 17 * 12000), (17, "hedge_closed", 12000)]


def test_hedges_of_others_go_on() -> None:
    miners = [miner(), miner(miner="n")]
    outcome = play(14, hedge("put", hedge="a"), hedge("put", hedge="b", miner="n"), miners=miners, steps=[(2, 15000.0)])
    assert told(outcome) == [(10, "hedge_settled", 50000)] * 2
    assert [end["cash"] for end in outcome.miners] == [50000, 50000]
