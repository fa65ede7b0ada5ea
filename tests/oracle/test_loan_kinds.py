"""What loans pay, by hand: level payments over uneven periods, added interest, default interest, credit lines."""

from datetime import date
from typing import Any

import pytest

from tests.oracle.contract import annuity_payment
from tests.oracle.small_world import Row, book_events, coin_loan, happened, lender, loan, miner, posted, run

FAR = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
MONTHLY = {"day_count": "30E360", "first_payment_date": date(2021, 1, 25)}  # day 10; then days 41, 69, 100, 130


def amounts(events: list[tuple[int, str, str, float]], *kinds: str) -> list[tuple[int, str, float]]:
    """(day, kind, amount) of the events of some kinds, in order."""
    return [(day, kind, amount) for day, kind, _, amount in events if kind in kinds]


# --- level payments


def test_annuity_over_uneven_periods() -> None:
    """At 0.1 % a day, 31, 31 and 13 days: 1,076.779493 owed at the end by whoever pays nothing, 3.057403 payments' worth."""
    terms = {
        "amortisation": "annuity",
        "rate": 0.36,
        "first_payment_date": date(2021, 1, 25),
        "maturity_date": date(2021, 3, 10),
    }
    assert annuity_payment(100000.0, 0.36, [31 / 360, 31 / 360, 13 / 360]) == 35219
    outcome = run(60, [miner(cash_usd=2000.0)], [loan(**terms)])
    assert posted(outcome, "interest") == [(10, 3100), (41, 2104), (54, 452)]
    assert posted(outcome, "principal") == [(10, 32119), (41, 33115), (54, 34766)]  # 35,218 at last: a cent of rounding


def test_annuity_of_one_payment_and_without_interest() -> None:
    assert annuity_payment(100000.0, 0.12, [0.25]) == 103000
    assert annuity_payment(100000.0, 0.0, [31 / 360, 31 / 360, 13 / 360]) == 33333


def test_fixed_payment_above_the_interest_redeems() -> None:
    """50 USD a month on 1,000 at 3 % a month: 20 of principal, then 20.60; the rest at last."""
    terms = {"amortisation": "fixed_payment", "payment_usd": 50.0, "rate": 0.36, "maturity_date": date(2021, 3, 25)}
    outcome = run(80, [miner(cash_usd=2000.0)], [loan(**MONTHLY | terms)])
    assert posted(outcome, "interest") == [(10, 3000), (41, 2940), (69, 2878)]
    assert posted(outcome, "principal") == [(10, 2000), (41, 2060), (69, 95940)]
    assert book_events(outcome) == []
    assert outcome.loans[0]["status"] == "closed"


def test_fixed_payment_below_the_interest_lets_the_principal_grow() -> None:
    """20 USD a month on 1,000 at 3 % a month: 10 are added, then 10.30; interest is never above the payment till the end."""
    terms = {"amortisation": "fixed_payment", "payment_usd": 20.0, "rate": 0.36, "maturity_date": date(2021, 3, 25)}
    outcome = run(80, [miner(cash_usd=2000.0)], [loan(**MONTHLY | terms)])
    assert book_events(outcome) == [
        (10, "capitalisation", "loan:0", 1000),
        (41, "capitalisation", "loan:0", 1030),
    ]
    assert posted(outcome, "interest") == [(10, 2000), (41, 2000), (69, 3061)]  # 3 % of 1,020.30
    assert posted(outcome, "principal") == [(69, 102030)]
    assert outcome.lenders[0]["equity"] == 100_000_000 + 1000 + 1030 + 2000 + 2000 + 3061


def test_fixed_payment_of_just_the_interest_and_of_more_than_the_rest() -> None:
    terms = {"amortisation": "fixed_payment", "rate": 0.36, "maturity_date": date(2021, 3, 25)}
    level = run(60, [miner(cash_usd=2000.0)], [loan(**MONTHLY | terms, payment_usd=30.0)])
    assert (posted(level, "interest"), posted(level, "principal")) == ([(10, 3000), (41, 3000)], [])
    assert happened(level, "capitalisation") == []
    early = run(60, [miner(cash_usd=2000.0)], [loan(**MONTHLY | terms, payment_usd=800.0)])
    assert posted(early, "interest") == [(10, 3000), (41, 690)]
    assert posted(early, "principal") == [(10, 77000), (41, 23000)]
    assert early.loans[0]["status"] == "closed"


# --- payment in kind


def test_payment_in_kind_asks_for_nothing_before_the_end() -> None:
    """1,000 at 1 % a month: 10.00 and 10.10 are added, 10.20 are paid with 1,020.10 at the end."""
    terms = {"amortisation": "payment_in_kind", "rate": 0.12, "maturity_date": date(2021, 3, 25)}
    outcome = run(80, [miner(cash_usd=1030.30)], [loan(**MONTHLY | terms)])
    assert book_events(outcome) == [
        (10, "capitalisation", "loan:0", 1000),
        (41, "capitalisation", "loan:0", 1010),
    ]
    assert posted(outcome, "interest") == [(69, 1020)]
    assert posted(outcome, "principal") == [(69, 102010)]
    assert outcome.miners[0]["cash"] == 0


def test_added_interest_is_in_the_exposure_and_in_the_lenders_book() -> None:
    terms = {"amortisation": "payment_in_kind", "rate": 0.12, "maturity_date": date(2021, 2, 25)}
    before = run(41, [miner()], [loan(**MONTHLY | terms)])
    assert before.loans[0]["outstanding"] == 101000
    assert before.lenders[0]["equity"] == 100_001_000
    outcome = run(60, [miner()], [loan(**MONTHLY | terms)])
    assert amounts(outcome.events, "missed_payment", "loan_default") == [
        (41, "missed_payment", 101000 + 1010),
        (44, "loan_default", 101000 + 1010),
    ]
    assert outcome.lenders[0]["equity"] == 100_000_000 - 100000


def test_added_interest_counts_in_the_margin_test() -> None:
    """700 USD join 70,000 on day 10: 75.2 % of 4.7 BTC and a call, where 70,000 were 74.5 % and none."""
    terms = {"amortisation": "payment_in_kind", "rate": 0.12, **MONTHLY}
    outcome = run(12, [miner()], [coin_loan(470000000, **terms)])
    assert amounts(book_events(outcome), "capitalisation", "margin_call") == [
        (10, "capitalisation", 70000),
        (10, "margin_call", 7070000),
    ]


@pytest.mark.parametrize(
    ("terms", "short"),
    [
        ({"amortisation": "interest_only"}, True),
        ({"amortisation": "fixed_payment", "payment_usd": 30.0}, True),
        ({"amortisation": "fixed_payment", "payment_usd": 29.0}, False),
        ({"amortisation": "payment_in_kind"}, False),
    ],
)
def test_what_a_loan_asks_of_the_treasury(terms: Row, short: bool) -> None:
    """1 USD a day is 30 days of runway for 30 USD: 29.99 are short of it. Nothing a day is never short."""
    dates = {"first_payment_date": date(2021, 6, 1), "maturity_date": date(2022, 1, 1)}
    outcome = run(
        1, [miner(cash_usd=29.99, runway_low_days=30, runway_high_days=60)], [loan(rate=0.36, **dates | terms)]
    )
    assert happened(outcome, "sell_mode") == ([(0, "sell_mode", "miner:0")] if short else [])


# --- default interest


def test_late_interest_on_interest() -> None:
    """10 USD a month at 1 %, and 3 % a month on what is late.

    Missed on day 10; on day 41 0.30 are charged and the equity of February 1st pays all 20.30. Missed again on day 69;
    0.30 on day 100; on day 129, 29 days later, 2.9 % of 20.30.
    """
    terms = {"amortisation": "interest_only", "rate": 0.12, "maturity_date": date(2022, 1, 25), "grace_days": 60}
    line = {"runway_low_days": 10, "runway_high_days": 10, "equity_line_usd": 20.30, "equity_line_usd_per_month": 20.30}
    outcome = run(135, [miner(**line)], [loan(**MONTHLY | terms, default_interest_rate=0.36)])
    assert posted(outcome, "interest") == [(41, 2030)]
    assert amounts(outcome.events, "missed_payment", "loan_default") == [
        (10, "missed_payment", 1000),
        (69, "missed_payment", 1000),
        (129, "loan_default", 100000 + 2030 + 59),
    ]
    assert outcome.loans[0]["late_interest"] == 30 + 30 + 59


def test_late_interest_on_principal_until_and_after_a_call() -> None:
    """0.1 % a day on 1,000 since day 10: 4.00 when the failed lender calls on day 14, 16 days on 1,004.00 until default."""
    outcome = run(
        40,
        [miner()],
        [loan(grace_days=20, default_interest_rate=0.36)],
        lenders=[lender(call_notice_days=12)],
        lender_events=[{"day": 2, "lender": "j", "kind": "fail", "amount_usd": 0.0}],
    )
    assert amounts(outcome.events, "missed_payment", "loan_called", "loan_default") == [
        (10, "missed_payment", 100000),
        (14, "loan_called", 100000),
        (30, "loan_default", 100000 + 400 + 1606),
    ]


def test_late_interest_is_charged_when_another_loan_brings_the_default() -> None:
    """Loan a defaults on day 13 and takes b along, 3 days late; c pays on time and is charged nothing."""
    late = {"default_interest_rate": 0.36, "cross_default": True, "recourse": "limited"}
    loans = [
        loan(loan="a", recourse="limited"),
        loan(loan="b", grace_days=20, **late),
        loan(loan="c", **FAR | late),
    ]
    outcome = run(20, [miner()], loans)
    assert amounts(outcome.events, "loan_default") == [
        (13, "loan_default", 100000),
        (13, "loan_default", 100300),
        (13, "loan_default", 100000),
    ]


def test_late_interest_is_charged_before_a_tranche_sale() -> None:
    """700 USD are missed on day 10; two days at 0.1 % are 1.40; the sale of day 12 pays 18,000, 701.40 of it interest."""
    terms = {
        "amortisation": "interest_only",
        "rate": 0.12,
        "maturity_date": date(2022, 1, 1),
        "grace_days": 20,
        "tranche_share": 0.25,
        "default_interest_rate": 0.36,
    }
    lows = [20000.0] * 35
    lows[12] = 15000.0
    outcome = run(35, [miner()], [coin_loan(480000000, **MONTHLY | terms)], lows=lows)
    assert posted(outcome, "collateral_proceeds") == [(12, 1800000)]
    assert outcome.loans[0]["outstanding"] == 7000000 - (1800000 - 70140)
    assert outcome.loans[0]["status"] == "performing"


# --- credit lines


def line(**changes: Any) -> Row:
    """A bullet of 1,000 USD due far away, with a line of 1,500."""
    return loan(**FAR | {"loan": "a", "credit_line_usd": 1500.0} | changes)


def test_a_draw_comes_before_coins() -> None:
    """1,000 USD are due on day 10, 200 are there: the line gives 500, and 300 come from 0.015 BTC."""
    outcome = run(12, [miner(cash_usd=200.0, btc=0.02)], [line(), loan(loan="b")])
    assert [posting for posting in outcome.postings if posting[1] == "draw"] == [
        (10, "draw", "cents", "lender:0", "miner:0", 50000)
    ]
    assert book_events(outcome) == [(10, "credit_draw", "loan:0", 50000), (10, "forced_sale", "miner:0", 1500000)]
    assert posted(outcome, "principal") == [(10, 100000)]
    assert [row["outstanding"] for row in outcome.loans] == [150000, 0]
    assert outcome.lenders[0]["cash"] == 100000 - 50000 + 100000
    assert outcome.lenders[0]["equity"] == 100_000_000


def test_a_draw_is_no_larger_than_the_need() -> None:
    outcome = run(12, [miner(cash_usd=800.0, btc=0.02)], [line(), loan(loan="b")])
    assert book_events(outcome) == [(10, "credit_draw", "loan:0", 20000)]
    assert outcome.miners[0] == {"operating": True, "failed_day": None, "cash": 0, "sats": 2000000}


def test_a_draw_stops_at_the_lenders_cash() -> None:
    outcome = run(12, [miner()], [line(), loan(loan="b")], lenders=[lender(cash_usd=123.45)])
    assert amounts(outcome.events, "credit_draw", "missed_payment") == [
        (10, "credit_draw", 12345),
        (10, "missed_payment", 100000 - 12345),
    ]


def test_lines_are_drawn_in_the_order_of_loans() -> None:
    """Lines with 0, 100, 500 and 500 of room against a need of 400."""
    rooms = zip("acde", (0.0, 100.0, 500.0, 500.0), strict=True)
    lines = [line(loan=key, credit_line_usd=1000.0 + room) for key, room in rooms]
    outcome = run(12, [miner(cash_usd=600.0)], [*lines, loan(loan="b")])
    draws = [event for event in outcome.events if event[1] == "credit_draw"]
    assert draws == [(10, "credit_draw", "loan:2", 10000), (10, "credit_draw", "loan:3", 30000)]


def test_a_loan_is_not_paid_from_its_own_line() -> None:
    own = run(12, [miner()], [loan(credit_line_usd=5000.0)])
    assert book_events(own) == [(10, "missed_payment", "loan:0", 100000)]


def test_no_draw_on_a_line_in_arrears_or_of_a_failed_lender() -> None:
    """Loan a is due first on day 10 and missed, so that b cannot draw on it; a failed lender lends nothing."""
    arrears = run(12, [miner()], [loan(loan="a", credit_line_usd=5000.0), loan(loan="b")])
    assert amounts(arrears.events, "credit_draw", "missed_payment") == [
        (10, "missed_payment", 100000),
        (10, "missed_payment", 100000),
    ]
    fail = [{"day": 2, "lender": "j", "kind": "fail", "amount_usd": 0.0}]
    failed = run(12, [miner()], [line(), loan(loan="b")], lenders=[lender(call_notice_days=30)], lender_events=fail)
    assert happened(failed, "credit_draw") == []


def test_a_line_pays_bills_and_what_is_drawn_bears_interest() -> None:
    """600 USD of bills on February 1st: 115 in cash, 485 drawn. Interest of 1 % a month: on 1,000, then on all 1,485."""
    terms = {"amortisation": "interest_only", "rate": 0.12, "maturity_date": date(2022, 1, 25)}
    outcome = run(42, [miner(cash_usd=125.0, overhead_usd_per_month=600.0)], [line(**MONTHLY | terms)])
    assert posted(outcome, "draw") == [(17, 48500)]
    assert posted(outcome, "essential") == [(17, 60000)]
    assert posted(outcome, "interest") == [(10, 1000)]
    assert amounts(outcome.events, "missed_payment") == [(41, "missed_payment", 1485)]


def test_a_draw_for_a_bill_in_arrears() -> None:
    """40 of 100 USD of bills are drawn on February 1st, all the lender has; when their grace ends it has been repaid by p."""
    payer = miner(miner="p", cash_usd=1000.0)
    repaid = {"first_payment_date": date(2021, 2, 5), "maturity_date": date(2021, 2, 5)}  # day 21
    outcome = run(
        40,
        [miner(overhead_usd_per_month=100.0), payer],
        [line(), loan(loan="b", miner="p", **repaid)],
        lenders=[lender(cash_usd=40.0)],
    )
    assert amounts(outcome.events, "credit_draw", "missed_bill") == [
        (17, "credit_draw", 4000),
        (17, "missed_bill", 6000),
        (27, "credit_draw", 6000),
    ]
    assert posted(outcome, "bills_arrears") == [(27, 6000)]


def test_rows_without_the_columns_have_no_line_and_no_default_interest() -> None:
    bare = [loan(loan="a", grace_days=2), line(loan="b", cross_default=True)]
    del bare[1]["credit_line_usd"]
    full = [row | {"payment_usd": None, "default_interest_rate": 0.0, "credit_line_usd": None} for row in bare]
    assert run(30, [miner(btc=0.01, cash_usd=5.0)], bare) == run(30, [miner(btc=0.01, cash_usd=5.0)], full)
