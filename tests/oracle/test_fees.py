"""What lenders charge beside interest, by hand. Page: docs/model/loans.md."""

from datetime import date

import pytest

from tests.oracle.small_world import (
    Row,
    amounts,
    book_events,
    coin_loan,
    happened,
    hedge,
    lender,
    lender_event,
    loan,
    miner,
    posted,
    response,
    run,
)

MONTHLY = {"day_count": "30E360", "first_payment_date": date(2021, 1, 25)}  # day 10; then days 41, 69, 100, 130
MARCH = MONTHLY | {"maturity_date": date(2021, 3, 25)}  # three months
FAR = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
RICH = miner(cash_usd=2000.0)
WILLING = lender(amend_cover=1.0)


def test_a_fee_is_due_with_the_interest_and_posted_as_such() -> None:
    """1,000 USD at 1 % a month and half a percent of fee: 15 USD in one posting, to the lender."""
    outcome = run(80, [RICH], [loan(amortisation="interest_only", rate=0.12, fee_rate=0.06, **MARCH)])
    assert [row for row in outcome.postings if row[2] == "cents" and row[1] != "principal"] == [
        (day, "interest", "cents", "miner:0", "lender:0", 1500) for day in (10, 41, 69)
    ]
    assert outcome.lenders[0]["equity"] == 100_000_000 + 3 * 1500
    assert outcome.loans[0]["status"] == "closed"


def test_a_bullet_pays_its_fee_at_the_end() -> None:
    """Half a percent of a month, from the beginning of its only period."""
    outcome = run(12, [RICH], [loan(rate=0.12, fee_rate=0.06, day_count="30E360")])
    assert posted(outcome, "interest") == [(10, 1500)]


def test_a_fee_without_interest() -> None:
    outcome = run(12, [RICH], [loan(fee_rate=0.06, day_count="30E360")])
    assert posted(outcome, "interest") == [(10, 500)]


def test_interest_and_fee_are_rounded_each_by_itself() -> None:
    """Half a cent of each a month on 50 USD is nothing, not a cent; one and a half cents are two."""
    for fee, paid in ((0.0012, []), (0.0036, [(10, 2)])):
        outcome = run(12, [RICH], [loan(outstanding_usd=50.0, rate=0.0012, fee_rate=fee, day_count="30E360")])
        assert posted(outcome, "interest") == paid


def test_a_fee_is_outside_the_level_payment() -> None:
    """The annuity of uneven periods: 31.00, 21.04 and 4.52 of interest; a tenth of that in fees; principal as without them."""
    dates = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 3, 10)}
    outcome = run(60, [RICH], [loan(amortisation="annuity", rate=0.36, fee_rate=0.036, **dates)])
    assert posted(outcome, "interest") == [(10, 3100 + 310), (41, 2104 + 210), (54, 452 + 45)]
    assert posted(outcome, "principal") == [(10, 32119), (41, 33115), (54, 34766)]


def test_a_linear_loan_pays_its_fee_on_what_is_left() -> None:
    outcome = run(80, [RICH], [loan(amortisation="linear", outstanding_usd=900.0, fee_rate=0.12, **MARCH)])
    assert posted(outcome, "interest") == [(10, 900), (41, 600), (69, 300)]
    assert posted(outcome, "principal") == [(10, 30000), (41, 30000), (69, 30000)]


def test_a_fixed_payment_does_not_cover_the_fee() -> None:
    """20 USD a month on 1,000 at 3 %: 10 and 10.30 are added. A tenth of a percent comes on top, of what was owed before."""
    terms = {"amortisation": "fixed_payment", "payment_usd": 20.0, "rate": 0.36, "fee_rate": 0.012}
    outcome = run(80, [RICH], [loan(**MARCH | terms)])
    assert amounts(outcome, "capitalisation") == [(10, "capitalisation", 1000), (41, "capitalisation", 1030)]
    assert posted(outcome, "interest") == [(10, 2000 + 100), (41, 2000 + 101), (69, 3061 + 102)]
    assert posted(outcome, "principal") == [(69, 102030)]


def test_a_payment_in_kind_leaves_the_fee_to_be_paid() -> None:
    """1,000 at 1 % a month, which joins the principal; a tenth of a percent is paid, of what was owed before it joined."""
    terms = {"amortisation": "payment_in_kind", "rate": 0.12, "fee_rate": 0.012}
    outcome = run(80, [RICH], [loan(**MARCH | terms)])
    assert amounts(outcome, "capitalisation") == [(10, "capitalisation", 1000), (41, "capitalisation", 1010)]
    assert posted(outcome, "interest") == [(10, 100), (41, 101), (69, 1020 + 102)]
    assert posted(outcome, "principal") == [(69, 102010)]


def test_who_cannot_pay_the_fee_of_a_loan_in_kind_misses_a_payment() -> None:
    """A dollar of fee on day 10; three days later the loan is in default, for 1,010 USD and the dollar."""
    terms = {"amortisation": "payment_in_kind", "rate": 0.12, "fee_rate": 0.012}
    outcome = run(20, [miner()], [loan(**MARCH | terms)])
    assert amounts(outcome, "capitalisation", "missed_payment", "loan_default") == [
        (10, "capitalisation", 1000),
        (10, "missed_payment", 100),
        (13, "loan_default", 101000 + 100),
    ]


def test_an_overdue_fee_bears_default_interest_and_is_claimed() -> None:
    """15 USD missed on day 10, 0.1 % a day: 20 of 30 days a month make 0.30 until the end of the grace."""
    terms = {"amortisation": "interest_only", "rate": 0.12, "fee_rate": 0.06, "grace_days": 21}
    outcome = run(35, [miner()], [loan(**MARCH | terms, default_interest_rate=0.36)])
    assert amounts(outcome, "missed_payment", "loan_default") == [
        (10, "missed_payment", 1500),
        (31, "loan_default", 100000 + 1500 + 30),
    ]
    assert outcome.loans[0]["late_interest"] == 30


def test_an_overdue_fee_counts_in_the_margin_test() -> None:
    """70,000 USD on 4.7 BTC are 74.5 %; a fee of 700 that nobody pays makes 75.2 % of them."""
    terms = {"amortisation": "interest_only", "fee_rate": 0.12, "grace_days": 20, **MONTHLY}
    outcome = run(12, [miner()], [coin_loan(470000000, **terms)])
    assert amounts(outcome, "missed_payment", "margin_call") == [
        (10, "missed_payment", 70000),
        (10, "margin_call", 7070000),
    ]


def test_a_loan_that_is_called_still_pays_its_fee_on_its_date() -> None:
    """Called on day 6, when the money for it is not there; due on day 10, when there are 5 USD of fee more."""
    fail = [lender_event(2, "j", "fail")]
    outcome = run(12, [miner()], [loan(fee_rate=0.06, day_count="30E360")], lender_events=fail)
    assert amounts(outcome, "loan_called", "missed_payment", "loan_default") == [
        (6, "loan_called", 100000),
        (6, "missed_payment", 100000),
        (9, "loan_default", 100000),
    ]
    patient = loan(fee_rate=0.06, day_count="30E360", grace_days=5)
    outcome = run(12, [miner()], [patient], lender_events=fail)
    assert amounts(outcome, "missed_payment", "loan_default") == [
        (6, "missed_payment", 100000),
        (11, "loan_default", 100500),
    ]


# --- what it asks of the treasury


@pytest.mark.parametrize(
    ("terms", "service"),
    [
        ({"amortisation": "bullet"}, 100),
        ({"amortisation": "interest_only", "rate": 0.18, "fee_rate": 0.18}, 100),
        ({"amortisation": "payment_in_kind", "rate": 0.18}, 100),
        ({"amortisation": "fixed_payment", "payment_usd": 30.0}, 200),
        ({"amortisation": "linear"}, 100 + 417),  # eight months of 125 USD
        ({"amortisation": "annuity"}, 100 + 417),
    ],
)
def test_what_a_fee_asks_of_the_treasury(terms: Row, service: int) -> None:
    """A dollar a day at 36 %, whatever the kind, beside what the loan asks itself: so many days of runway and no cent less."""
    dates = {"first_payment_date": date(2021, 6, 1), "maturity_date": date(2022, 1, 1)}
    owing = loan(**{"fee_rate": 0.36} | dates | terms)
    for cash, short in ((service * 30 / 100 - 0.01, True), (service * 30 / 100, False)):
        outcome = run(1, [miner(cash_usd=cash, runway_low_days=30, runway_high_days=3650)], [owing])
        assert happened(outcome, "sell_mode") == ([(0, "sell_mode", "miner:0")] if short else []), cash


def test_the_service_of_a_fee_ends_with_the_loan() -> None:
    """A dollar a day: 1,041 days of it are more than the 1,040 USD of a miner, until it has repaid the loan on day 10."""
    poor = miner(cash_usd=1040.0, runway_low_days=1041, runway_high_days=1041)
    outcome = run(14, [poor], [loan(fee_rate=0.36, day_count="30E360")])
    assert posted(outcome, "interest") == [(10, 3000)]
    assert happened(outcome, "sell_mode", "hold_mode") == [(0, "sell_mode", "miner:0"), (11, "hold_mode", "miner:0")]


# --- new terms


def ask(**changes: object) -> Row:
    """For three years from 1 February, day 17."""
    return response("renegotiate", **{"loan": "l", "term_months": 36, "wait_days": None} | changes)


def test_fees_since_the_last_date_join_what_is_owed() -> None:
    """Seven days of 10 % and of 3.6 % on 1,000 USD: 1.94 and 0.70, each rounded, join the principal."""
    due = {"first_payment_date": date(2021, 2, 25), "maturity_date": date(2021, 2, 25)}
    owing = loan(rate=0.1, fee_rate=0.036, **due)
    outcome = run(20, [miner()], [owing], lenders=[WILLING], responses=[ask()])
    assert amounts(outcome, "renegotiation", "capitalisation") == [
        (17, "renegotiation", 100264),
        (17, "capitalisation", 264),
    ]
    assert outcome.loans[0]["outstanding"] == 100264
    refused = run(20, [miner()], [owing], lenders=[lender()], responses=[ask()])
    assert amounts(refused, "renegotiation_refused") == [(17, "renegotiation_refused", 100264)]


def test_the_fee_stays_in_new_terms_and_in_a_pause() -> None:
    """1,000 USD at 1 % a month and half a percent of fee, paid on the day they are asked about; two months of pause, then two halves."""
    terms = {"amortisation": "linear", "rate": 0.12, "fee_rate": 0.06, "day_count": "30E360"}
    dates = {"first_payment_date": date(2021, 2, 1), "maturity_date": date(2021, 3, 1)}
    asked = ask(term_months=4, pause_months=2)
    owing = loan(**terms, **dates, outstanding_usd=2000.0)
    outcome = run(138, [miner(cash_usd=5000.0)], [owing], lenders=[WILLING], responses=[asked])
    assert amounts(outcome, "renegotiation", "capitalisation") == [(17, "renegotiation", 100000)]
    assert posted(outcome, "interest") == [(17, 3000), (45, 1500), (76, 1500), (106, 1500), (137, 750)]
    assert posted(outcome, "principal") == [(17, 100000), (106, 50000), (137, 50000)]


@pytest.mark.parametrize(("pause", "service"), [(1, 100), (0, 100 + 93)])
def test_a_lender_asks_what_new_terms_cost_with_the_fee(pause: int, service: int) -> None:
    """A dollar of fee a day, and in 36 instalments 0.93 besides, but for a pause: it wants to see ten days of that."""
    owing = loan(amortisation="linear", fee_rate=0.36, **FAR)
    asked = ask(pause_months=pause)
    for cash, word in ((service / 10, "renegotiation"), (service / 10 - 0.01, "renegotiation_refused")):
        poor = miner(cash_usd=cash, runway_low_days=10, runway_high_days=10)
        outcome = run(20, [poor], [owing], lenders=[WILLING], responses=[asked])
        assert [kind for _, kind, _ in amounts(outcome, "renegotiation", "renegotiation_refused")] == [word]


def test_after_a_pause_the_service_is_that_of_the_rest_with_its_fee() -> None:
    """0.98 a day in 34 instalments and a dollar of fee; a dollar in a pause of four months, which cost 30 USD each; from 1 June on,
    day 137, 1.08 in 31 and a dollar: a hundred days of that are 208 USD."""
    dates = {"first_payment_date": date(2021, 3, 1), "maturity_date": date(2023, 12, 1)}
    owing = loan(amortisation="linear", fee_rate=0.36, day_count="30E360", **dates)
    asked = ask(term_months=35, pause_months=4)
    for cash, short in ((327.99, True), (328.0, False)):
        careful = miner(cash_usd=cash, runway_low_days=100, runway_high_days=3650)
        outcome = run(140, [careful], [owing], lenders=[WILLING], responses=[asked])
        assert posted(outcome, "interest") == [(day, 3000) for day in (45, 76, 106, 137)]
        assert happened(outcome, "sell_mode") == ([(138, "sell_mode", "miner:0")] if short else [])


def test_a_fee_is_raised_as_interest_is() -> None:
    """A miner without cash sells coins for 5 USD; one whose put has paid need not."""
    owing = loan(
        amortisation="interest_only",
        fee_rate=0.06,
        day_count="30E360",
        **FAR | {"first_payment_date": date(2021, 1, 25)},
    )
    sold = run(12, [miner(btc=1.0)], [owing])
    assert book_events(sold) == [(10, "forced_sale", "miner:0", 25000)]
    paid = run(12, [miner(btc=1.0)], [owing], hedges=[hedge("put", strike_usd=30000.0)])
    assert happened(paid, "forced_sale") == []


def test_a_row_without_the_column_has_no_fee() -> None:
    terms = {"amortisation": "interest_only", "rate": 0.12, **MARCH}
    assert run(20, [RICH], [loan(**terms)]) == run(20, [RICH], [loan(**terms, fee_rate=0.0)])
