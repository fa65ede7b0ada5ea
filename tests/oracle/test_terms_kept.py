"""What new terms come to, by hand: every kind of loan, pauses, what was overdue, who asks when and who is paid first.

Pages: docs/model/responses.md#new-terms, docs/model/loans.md#new-terms.
"""

from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import (
    Row,
    amounts,
    fleet,
    happened,
    lender,
    lender_event,
    loan,
    miner,
    posted,
    response,
    run,
)

WILLING = lender(amend_cover=1.0)
ANSWERS = ("renegotiation", "renegotiation_refused")
EVENTS = (*ANSWERS, "capitalisation", "missed_payment", "loan_default")
MARCH, APRIL, MAY = 45, 76, 106  # the firsts after 1 February, day 17


def ask(**changes: Any) -> Row:
    """Once, for three months from today."""
    return response("renegotiate", **{"loan": "l", "term_months": 3, "wait_days": None} | changes)


def owing(**changes: Any) -> Row:
    """1,000 USD at 1 % a month, all due on 1 March; the only period begins on 1 February, so that nothing has accrued that day."""
    dates = {"first_payment_date": date(2021, 3, 1), "maturity_date": date(2021, 3, 1)}
    terms = {"rate": 0.12, "day_count": "30E360", "amortisation": "interest_only", "recourse": "limited"}
    return loan(**terms | dates | changes)


def play(days: int, *responses: Row, usd: float = 2000.0, loans: list[Row] | None = None, **changes: Any) -> Outcome:
    """One miner with so much cash that owes one loan to a lender that gives time."""
    owed = [owing()] if loans is None else loans
    lenders = changes.pop("lenders", [WILLING])
    return run(
        days, changes.pop("miners", [miner(cash_usd=usd)]), owed, lenders=lenders, responses=responses, **changes
    )


# --- every kind


@pytest.mark.parametrize(
    ("kind", "interest", "principal", "added"),
    [
        ("bullet", [(MAY, 3000)], [(MAY, 100000)], []),
        ("interest_only", [(MARCH, 1000), (APRIL, 1000), (MAY, 1000)], [(MAY, 100000)], []),
        ("payment_in_kind", [(MAY, 1020)], [(MAY, 102010)], [(MARCH, 1000), (APRIL, 1010)]),
        (
            "linear",  # a third each, 333.33
            [(MARCH, 1000), (APRIL, 667), (MAY, 333)],
            [(MARCH, 33333), (APRIL, 33333), (MAY, 33334)],
            [],
        ),
        (
            "annuity",  # 1,030.301 owed by who pays nothing, 3.0301 payments' worth: 340.02
            [(MARCH, 1000), (APRIL, 670), (MAY, 337)],
            [(MARCH, 33002), (APRIL, 33332), (MAY, 33666)],
            [],
        ),
        (
            "fixed_payment",  # 400 USD as ever
            [(MARCH, 1000), (APRIL, 610), (MAY, 216)],
            [(MARCH, 39000), (APRIL, 39390), (MAY, 21610)],
            [],
        ),
    ],
)
def test_each_kind_goes_on_as_its_kind(
    kind: str, interest: list[tuple[int, int]], principal: list[tuple[int, int]], added: list[tuple[int, int]]
) -> None:
    """Three months from 1 February: 1 March, 1 April, 1 May, from 1,000 USD at 1 % a month."""
    owed = owing(amortisation=kind, payment_usd=400.0 if kind == "fixed_payment" else None)
    outcome = play(110, ask(), loans=[owed])
    assert amounts(outcome, *EVENTS) == [
        (17, "renegotiation", 100000),
        *((day, "capitalisation", amount) for day, amount in added),
    ]
    assert (posted(outcome, "interest"), posted(outcome, "principal")) == (interest, principal)
    assert outcome.loans[0]["status"] == "closed"


def test_a_payment_below_the_interest_lets_the_new_principal_grow() -> None:
    """4 USD a month against 10, then 10.06; in the pause of a month all of the interest is paid."""
    owed = owing(amortisation="fixed_payment", payment_usd=4.0)
    outcome = play(110, ask(term_months=4, pause_months=1), loans=[owed])
    assert posted(outcome, "interest") == [(MARCH, 1000), (APRIL, 400), (MAY, 400)]
    assert amounts(outcome, "capitalisation") == [(APRIL, "capitalisation", 600), (MAY, "capitalisation", 606)]


# --- pauses


@pytest.mark.parametrize(
    ("kind", "last", "principal"),
    [
        ("linear", 1500, [50000, 50000]),
        ("annuity", 1522, [49261, 50739]),  # 1,060.90 over 2.03: 522.61
        ("fixed_payment", 1890, [37000, 63000]),  # 400 USD
    ],
)
def test_a_pause_of_two_quarters(kind: str, last: int, principal: list[int]) -> None:
    """3 % a quarter: May and August pay interest alone, November and February the rest; the first period of all begins today."""
    quarterly = {"period_months": 3, "first_payment_date": date(2021, 5, 1), "maturity_date": date(2021, 5, 1)}
    owed = owing(amortisation=kind, payment_usd=400.0 if kind == "fixed_payment" else None, **quarterly)
    outcome = play(383, ask(term_months=12, pause_months=6), loans=[owed])
    assert posted(outcome, "interest") == [(106, 3000), (198, 3000), (290, 3000), (382, last)]
    assert posted(outcome, "principal") == list(zip((290, 382), principal, strict=True))


def test_the_longest_pause_leaves_one_payment() -> None:
    outcome = play(80, ask(term_months=2, pause_months=1), loans=[owing(amortisation="annuity")])
    assert posted(outcome, "interest") == [(MARCH, 1000), (APRIL, 1000)]
    assert posted(outcome, "principal") == [(APRIL, 100000)]


def test_a_pause_can_be_asked_for_again_on_its_last_day() -> None:
    """Interest of the month is paid before the boards meet, so nothing is added, and no principal ever falls due."""
    outcome = play(110, ask(pause_months=1, wait_days=1), loans=[owing(amortisation="annuity")])
    assert amounts(outcome, *EVENTS) == [(day, "renegotiation", 100000) for day in (17, MARCH, APRIL, MAY)]
    assert posted(outcome, "interest") == [(MARCH, 1000), (APRIL, 1000), (MAY, 1000)]
    assert posted(outcome, "principal") == []


@pytest.mark.parametrize(("usd", "again"), [(99.99, True), (100.0, False)])
def test_what_a_loan_asks_of_the_treasury_in_a_pause_and_after_it(usd: float, again: bool) -> None:
    """1,200 USD without interest: 40 a day when all is due in a month, nothing in the pause, then four times 300, 10 a day. A runway of ten
    days is 400, then nothing, then 100 USD; the treasury looks before the day's debts, so on the day after each change."""
    owed = owing(amortisation="annuity", rate=0.0, outstanding_usd=1200.0)
    wary = miner(cash_usd=usd, runway_low_days=10, runway_high_days=10)
    outcome = play(60, ask(term_months=5, pause_months=1), loans=[owed], miners=[wary])
    modes = [(0, "sell_mode", 0), (18, "hold_mode", 0), (46, "sell_mode", 0)]
    assert amounts(outcome, "sell_mode", "hold_mode") == (modes if again else modes[:2])


# --- what is owed, and at which rate


def test_interest_since_the_last_due_date_at_the_old_rate_then_at_the_new() -> None:
    """A tenth of a per cent a day: 10 USD on 25 January, 7 more until 1 February; 28 days on 1,007 USD at the same rate, or at none."""
    dates = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 4, 25)}
    owed = owing(day_count="A365", rate=0.365, **dates)
    for rate, interest in ((None, [(10, 3100), (MARCH, 2820)]), (0.0, [(10, 3100)])):
        outcome = play(50, ask(rate=rate), loans=[owed])
        assert amounts(outcome, *EVENTS) == [(17, "renegotiation", 100700), (17, "capitalisation", 700)]
        assert posted(outcome, "interest") == interest
        assert outcome.lenders[0]["equity"] == 100_000_000 + 700 + sum(amount for _, amount in interest)


@pytest.mark.parametrize("grace_days", [20, 40])
def test_a_grace_that_was_running_no_longer_counts(grace_days: int) -> None:
    """Missed on day 10, so that it would end on day 30 or 50, before or after the next date is missed too, on 1 March."""
    dates = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 1, 25)}
    owed = owing(rate=0.0, grace_days=grace_days, **dates)
    outcome = play(90, ask(term_months=1), loans=[owed], usd=0.0)
    assert amounts(outcome, *EVENTS) == [
        (10, "missed_payment", 100000),
        (17, "renegotiation", 100000),
        (MARCH, "missed_payment", 100000),
        (MARCH + grace_days, "loan_default", 100000),
    ]


def test_default_interest_is_charged_until_today_and_anew_from_the_next_date_missed() -> None:
    """0.1 % a day: 7 days on 1,000 USD, none while it performs, 30 on 1,007.00."""
    dates = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 1, 25)}
    owed = owing(rate=0.0, day_count="A360", default_interest_rate=0.36, grace_days=30, **dates)
    outcome = play(80, ask(term_months=1), loans=[owed], usd=0.0)
    assert amounts(outcome, *EVENTS) == [
        (10, "missed_payment", 100000),
        (17, "renegotiation", 100700),
        (17, "capitalisation", 700),
        (MARCH, "missed_payment", 100700),
        (75, "loan_default", 100700 + 3021),
    ]
    assert outcome.loans[0]["late_interest"] == 700 + 3021


def test_a_refused_request_charges_default_interest_all_the_same() -> None:
    """7.00 USD on 1 February, which bear interest from then on: 23 days on 1,007.00 until the grace ends on day 40."""
    dates = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 1, 25)}
    owed = owing(rate=0.0, day_count="A360", default_interest_rate=0.36, grace_days=30, **dates)
    outcome = play(60, ask(), loans=[owed], usd=0.0, lenders=[lender()])
    assert amounts(outcome, *EVENTS) == [
        (10, "missed_payment", 100000),
        (17, "renegotiation_refused", 100700),
        (40, "loan_default", 100700 + 2316),
    ]


# --- the lender's tests, at their bounds


@pytest.mark.parametrize(
    ("collateral", "usd", "answer"),
    [
        ({"collateral": "none"}, 7.0, "renegotiation"),
        ({"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8}, 7.0, "renegotiation_refused"),
        ({"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8}, 7.01, "renegotiation"),
        ({"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 10}, 8.75, "renegotiation_refused"),
        ({"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 10}, 8.76, "renegotiation"),
    ],
)
def test_what_covers_the_claim_is_not_worth_less_than_it(collateral: Row, usd: float, answer: str) -> None:
    """A machine of 100 TH/s brings 1.00 less an eighth: eight 7.00, ten 8.75."""
    outcome = play(20, ask(), loans=[owing(outstanding_usd=usd, **collateral)], fleets=[fleet()])
    assert amounts(outcome, *ANSWERS) == [(17, answer, round(usd * 100))]


def test_a_cover_of_nought_is_never_enough_and_a_lender_that_has_stopped_gives_time() -> None:
    for habits, answer in (
        ({"amend_cover": 0.0}, "renegotiation_refused"),
        ({"amend_cover": 0.01}, "renegotiation"),
        ({"amend_cover": 1.0, "stop_equity_share": 1.0}, "renegotiation"),
    ):
        outcome = play(20, ask(), lenders=[lender(**habits)], lender_events=[lender_event(3, "j", "loss", 10.0)])
        assert amounts(outcome, *ANSWERS) == [(17, answer, 100000)]


@pytest.mark.parametrize(("usd", "answer"), [(105.0, "renegotiation"), (104.99, "renegotiation_refused")])
def test_cash_has_to_last_for_the_runway_under_the_new_terms(usd: float, answer: str) -> None:
    """3 USD of overhead and, at 18 % instead of 36 %, 50 cents of interest a day: 105 USD for 30 days, when the bills of 90 are paid."""
    wary = miner(cash_usd=usd + 90.0, overhead_usd_per_month=90.0, runway_low_days=30, runway_high_days=30)
    outcome = play(20, ask(rate=0.18), loans=[owing(rate=0.36)], miners=[wary])
    assert amounts(outcome, *ANSWERS) == [(17, answer, 100000)]


@pytest.mark.parametrize(
    ("pause", "usd", "answer"),
    [
        (6, 30.0, "renegotiation"),
        (6, 29.99, "renegotiation_refused"),
        (0, 100.5, "renegotiation"),
        (0, 100.49, "renegotiation_refused"),
    ],
)
def test_a_pause_asks_less_of_the_runway(pause: int, usd: float, answer: str) -> None:
    """A year at 3 % a month: 1 USD of interest a day in the pause; without one 1,425.76 over 14.192, 100.46 a month, 3.35 a day."""
    wary = miner(cash_usd=usd, runway_low_days=30, runway_high_days=30)
    asked = ask(term_months=12, pause_months=pause)
    outcome = play(20, asked, loans=[owing(rate=0.36, amortisation="annuity")], miners=[wary])
    assert amounts(outcome, *ANSWERS) == [(17, answer, 100000)]


def test_who_earns_more_than_it_spends_lasts() -> None:
    """Ten machines on free power earn some 180 USD a day, more than 1 USD of interest: the runway of 3,650 days asks for nothing."""
    wary = miner(runway_low_days=3650, runway_high_days=3650)
    rows = [fleet(power_usd_per_mwh=0.0)]
    outcome = play(20, ask(), loans=[owing(rate=0.36)], miners=[wary], fleets=rows)
    assert amounts(outcome, *ANSWERS) == [(17, "renegotiation", 100000)]


# --- who asks, and when


@pytest.mark.parametrize(("usd", "asks"), [(7.0, False), (7.01, True)])
def test_a_loan_above_what_its_machines_bring(usd: float, asks: bool) -> None:
    rigs = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8}
    asked = ask(trigger="ltv_over", threshold=1.0)
    outcome = play(
        20, asked, loans=[owing(outstanding_usd=usd, **rigs)], fleets=[fleet()], lenders=[lender(amend_cover=2.0)]
    )
    assert amounts(outcome, *ANSWERS) == ([(17, "renegotiation", 701)] if asks else [])


def test_interest_in_arrears_counts_in_the_trigger() -> None:
    """7.00 USD are not more than the machines bring; with a cent of interest missed on 25 January they are. Nothing accrues in 7 days."""
    rigs = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8}
    dates = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 4, 25)}
    owed = owing(outstanding_usd=7.0, rate=0.0166, day_count="A360", grace_days=30, **dates, **rigs)
    asked = ask(trigger="ltv_over", threshold=1.0, term_months=6)
    for usd, events in (
        (0.01, []),
        (0.0, [(10, "missed_payment", 1), (17, "renegotiation", 701), (17, "capitalisation", 1)]),
    ):
        outcome = play(20, asked, loans=[owed], usd=usd, fleets=[fleet()], lenders=[lender(amend_cover=2.0)])
        assert amounts(outcome, *EVENTS) == events


def test_a_request_that_is_refused_is_used_up() -> None:
    """6 USD of income a month: 10 days of 1 USD are 10, which 6 do not cover and 12 do, a month's interest of 30 later."""
    twice = {"period_months": 2, "first_payment_date": date(2021, 4, 1), "maturity_date": date(2021, 4, 1)}
    poor = miner(other_income_usd_per_month=6.0, runway_low_days=10, runway_high_days=10)
    refused = (17, "renegotiation_refused", 100000)
    for wait, later in (
        (None, []),
        (29, []),
        (28, [(MARCH, "renegotiation", 103000), (MARCH, "capitalisation", 3000)]),
    ):
        outcome = play(60, ask(term_months=12, wait_days=wait), loans=[owing(rate=0.36, **twice)], miners=[poor])
        assert amounts(outcome, *EVENTS) == [refused, *later]


def test_a_request_that_finds_nothing_to_ask_for_is_not_used_up() -> None:
    """The second of two requests for a year finds the loan due in a year already, but not a month later; one for two years is made now."""
    for months, second in ((12, MARCH), (24, 17)):
        requests = (ask(response="a", term_months=12), ask(response="b", term_months=months))
        outcome = play(60, *requests, loans=[owing(rate=0.0)])
        assert amounts(outcome, *ANSWERS) == [(17, "renegotiation", 100000), (second, "renegotiation", 100000)]


def test_a_loan_that_is_closed_or_walked_away_from_is_not_asked_about() -> None:
    """Repaid on 25 January; or given up the same day by a response that comes later in the book, but before it."""
    early = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 1, 25)}
    assert happened(play(20, ask(), loans=[owing(**early)]), *ANSWERS) == []
    rigs = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8}
    walk = response("strategic_default", response="z", loan="l", trigger="ltv_over", threshold=1.0)
    outcome = play(20, ask(), walk, loans=[owing(**rigs)], fleets=[fleet()])
    assert happened(outcome, *ANSWERS, "strategic_default") == [(17, "strategic_default", "loan:0")]


def test_nothing_is_asked_where_responses_are_off() -> None:
    assert happened(play(20, ask(), channels={"responses": False}), *ANSWERS) == []


# --- who is paid first


def test_loans_with_new_terms_are_due_before_the_others() -> None:
    """Both fall due on 1 March with cash for one: z has new terms and is paid, a has not."""
    other = owing(loan="a", rate=0.0)
    soon = {"first_payment_date": date(2021, 2, 10), "maturity_date": date(2021, 2, 10)}
    renewed = owing(loan="z", rate=0.0, **soon)
    outcome = play(47, ask(loan="z", term_months=1), loans=[other, renewed], usd=1000.0)
    assert posted(outcome, "principal") == [(MARCH, 100000)]
    assert [row["status"] for row in outcome.loans] == ["arrears", "closed"]
