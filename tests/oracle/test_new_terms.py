"""Requests for new terms by hand. Pages: docs/model/responses.md#new-terms, docs/model/loans.md#new-terms."""

from datetime import date
from typing import Any

import pytest

from tests.oracle.small_world import (
    Row,
    amounts,
    coin_loan,
    fleet,
    lender,
    lender_event,
    loan,
    miner,
    posted,
    response,
    run,
)

ASKED = 17  # 1 February 2021
WILLING = lender(amend_cover=1.0)
EVENTS = ("renegotiation", "renegotiation_refused", "capitalisation", "missed_payment", "loan_default")
UNDISTURBED = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}


def ask(**changes: Any) -> Row:
    """For three years from today."""
    return response("renegotiate", **{"loan": "l", "term_months": 36, "wait_days": None} | changes)


def instalments(**changes: Any) -> Row:
    """1,200 USD at 12 %, seven instalments on the 25th until July, months of 30 days."""
    dates = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 7, 25)}
    terms = {
        "outstanding_usd": 1200.0,
        "rate": 0.12,
        "day_count": "30E360",
        "amortisation": "linear",
        "recourse": "limited",
    }
    return loan(**terms | dates | changes)


def test_a_pause_and_then_the_loans_own_kind() -> None:
    """On 25 January 12.00 of interest and 171.43 are paid; 1,028.57 are left, on which 6 days make 2.06. At 6 % the pause costs 5.15 a
    month; four instalments of 257.66 follow, with interest on what is left."""
    asked = ask(term_months=6, pause_months=2, rate=0.06)
    outcome = run(140, [miner(cash_usd=10000.0)], [instalments()], lenders=[WILLING], responses=[asked])
    assert amounts(outcome, *EVENTS) == [(17, "renegotiation", 103063), (17, "capitalisation", 206)]
    assert posted(outcome, "interest") == [(10, 1200), (45, 515), (76, 515), (106, 515), (137, 386)]
    assert posted(outcome, "principal") == [(10, 17143), (106, 25766), (137, 25766)]
    assert outcome.loans[0]["outstanding"] == 103063 - 2 * 25766


def test_the_last_date_of_new_terms_takes_the_rest() -> None:
    """No pause: three dates from 1 March, each of the payment that redeems what is owed in three months of 1 %."""
    asked, owing = ask(term_months=3), instalments(amortisation="annuity", maturity_date=date(2021, 4, 25))
    outcome = run(110, [miner(cash_usd=10000.0)], [owing], lenders=[WILLING], responses=[asked])
    (renewed,) = amounts(outcome, "renegotiation")
    paid = [
        interest + principal
        for (_, interest), (_, principal) in zip(posted(outcome, "interest"), posted(outcome, "principal"), strict=True)
    ]
    level = round(renewed[2] * 0.01 / (1 - 1.01**-3))
    assert paid[1:3] == [level, level]
    assert abs(paid[3] - level) <= 2
    assert (outcome.loans[0]["status"], len(paid)) == ("closed", 4)


def test_what_is_overdue_joins_the_principal() -> None:
    """1,000 USD at 36 % are not paid on 25 January: 31 days make 31.00. A week later 7.22 of default interest on 1,031.00 and 7.00 on the
    principal have come; all of it is owed on 1 March, with 28 days of interest."""
    late = loan(rate=0.36, default_interest_rate=0.36, grace_days=30, recourse="limited")
    outcome = run(46, [miner()], [late], lenders=[WILLING], responses=[ask(term_months=1)])
    assert amounts(outcome, *EVENTS) == [
        (10, "missed_payment", 103100),
        (17, "renegotiation", 104522),
        (17, "capitalisation", 4522),
        (45, "missed_payment", 104522 + 2927),
    ]


def test_nothing_is_added_where_nothing_is_due() -> None:
    outcome = run(20, [miner()], [loan(**UNDISTURBED)], lenders=[WILLING], responses=[ask()])
    assert amounts(outcome, *EVENTS) == [(ASKED, "renegotiation", 100000)]


def test_interest_runs_from_the_beginning_of_the_first_period() -> None:
    """A bullet that falls due on 1 January 2022 began, by its page, a month before: on 1 December 2021. That is after today, so nothing has
    accrued; one due on 25 February began on 25 January, 7 days ago: 0.2 % of 1,000 USD at 10 % and 360 days make 1.94."""
    due = {"first_payment_date": date(2021, 2, 25), "maturity_date": date(2021, 2, 25)}
    outcome = run(20, [miner()], [loan(rate=0.1, **due)], lenders=[WILLING], responses=[ask()])
    assert amounts(outcome, "renegotiation") == [(ASKED, "renegotiation", 100194)]


@pytest.mark.parametrize(
    ("terms", "habits", "runway", "events"),
    [
        ({}, {}, 0, []),
        ({"amend_cover": 0.0}, {}, 0, []),
        ({"amend_cover": 1.0}, {}, 10, []),  # 1,000 USD at 36 % cost a dollar a day; there are 5
        ({"amend_cover": 1.0}, {}, 0, [lender_event(5, "j", "fail")]),
        ({"amend_cover": 1.0, "stop_equity_share": 1.0, "tighten_equity_share": 1.0}, {}, 0, []),
        ({"amend_cover": 0.0069}, {"outstanding_usd": 1000.0}, 0, []),  # eight machines bring 7.00
    ],
)
def test_reasons_to_refuse(terms: Row, habits: Row, runway: int, events: list[Row]) -> None:
    """Each by itself; the same request is granted without it. On machines, so that nobody calls the loan."""
    rigs = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8, "rate": 0.36}
    owing = loan(**rigs, **UNDISTURBED, **habits)
    poor = miner(cash_usd=5.0, runway_low_days=runway, runway_high_days=runway)
    for words, outcome in (
        (
            "renegotiation_refused",
            run(20, [poor], [owing], [fleet()], [lender(**terms)], lender_events=events, responses=[ask()]),
        ),
        ("renegotiation", run(20, [poor | {"runway_low_days": 0}], [owing], [fleet()], [WILLING], responses=[ask()])),
    ):
        assert amounts(outcome, "renegotiation", "renegotiation_refused") == [(ASKED, words, 100000)]


def test_a_loan_that_coins_repay_is_refused() -> None:
    """70,000 USD on coins of 20,000 USD each: 3.4 cover 0.97 of it, 3.6 more than all."""
    for sats, word in ((340_000_000, "renegotiation"), (360_000_000, "renegotiation_refused")):
        patient = {"margin_calls": False}
        outcome = run(20, [miner()], [coin_loan(sats)], lenders=[WILLING], responses=[ask()], channels=patient)
        assert [kind for _, kind, _ in amounts(outcome, "renegotiation", "renegotiation_refused")] == [word]


def test_new_terms_can_be_asked_for_again_and_have_to_be_longer() -> None:
    """Every first of a month a month longer: interest of the month before joins each time. At 12 % and 30 days it is a hundredth."""
    owing = loan(
        rate=0.12,
        day_count="30E360",
        first_payment_date=date(2021, 2, 1),
        maturity_date=date(2021, 2, 1),
        grace_days=30,
    )
    outcome = run(80, [miner()], [owing], lenders=[WILLING], responses=[ask(term_months=1, wait_days=1)])
    # 1 February: 1,000 and 10 of interest are missed, then owed anew; and so on the first of each month
    assert amounts(outcome, "renegotiation") == [
        (17, "renegotiation", 101000),
        (45, "renegotiation", 102010),
        (76, "renegotiation", 103030),
    ]
    short = run(
        80, [miner()], [owing | {"maturity_date": date(2021, 12, 1)}], lenders=[WILLING], responses=[ask(term_months=1)]
    )
    assert amounts(short, "renegotiation", "renegotiation_refused") == []
