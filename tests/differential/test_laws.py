"""The laws of vendor credit and of debt see what a journal or a sheet does wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.differential.credits import Entry, broken_credits
from tests.differential.debts import broken_debts
from tests.oracle import Outcome
from tests.oracle.small_world import Row, fleet, loan, miner, order, run, scenario

# Paid in full: 8 USD for machines of 4 USD, delivered on day 4; the vendor owes 4 USD, of which 3 pay the other order on day 5.
REBATED: Row = {
    "order": "a",
    "deposit_usd": 8.0,
    "first_instalment_date": None,
    "instalments": None,
    "price_protection": True,
    "delivery_date": date(2021, 1, 19),
}
ORDERS = [order(**REBATED), order(deposit_usd=5.0)]
FAILURE = {"vendor_events": [{"day": 7, "vendor": "v"}]}


def journal(**changes: Any) -> Outcome:
    return run(10, miners=[miner(cash_usd=50.0)], fleets=[fleet()], orders=ORDERS, **changes)


def broken(postings: list[Entry], events: list[Entry], **changes: Any) -> list[str]:
    tables: dict[str, list[Row]] = {"orders": ORDERS, "miners": [miner()]}
    return broken_credits(tables, scenario(10, **changes), postings, events)


def moved(outcome: Outcome) -> list[tuple[int, str, int]]:
    """Day, reason and amount of what moves credit."""
    return [(day, why, amount) for day, why, _, one, two, amount in outcome.postings if "credit:0" in (one, two)]


def test_true_journals_keep_them() -> None:
    outcome = journal()
    assert moved(outcome) == [(4, "price_protection", 400), (5, "credit_used", 300)]
    assert broken(list(outcome.postings), list(outcome.events)) == []
    failing = journal(**FAILURE)
    assert moved(failing)[2:] == [(7, "forfeit", 100)]
    assert broken(list(failing.postings), list(failing.events), **FAILURE) == []


def test_no_posting_of_a_credit_that_ends_can_be_left_out_or_be_off_by_a_cent() -> None:
    outcome = journal(**FAILURE)
    postings: list[Entry] = list(outcome.postings)
    places = [place for place, posting in enumerate(postings) if "credit:0" in posting]
    assert len(places) == 3
    for place in places:
        more = (*postings[place][:-1], postings[place][-1] + 1)
        assert broken(postings[:place] + postings[place + 1 :], list(outcome.events), **FAILURE)
        assert broken([*postings[:place], more, *postings[place + 1 :]], list(outcome.events), **FAILURE)


@pytest.mark.parametrize(
    "posting",
    [
        (6, "credit_used", "cents", "credit:0", "world", 101),  # more than there is
        (6, "forfeit", "cents", "credit:0", "world", 100),  # nobody failed
        (6, "instalment", "cents", "world", "credit:0", 5),  # no reason to give credit
        (6, "credit_used", "cents", "credit:0", "miner:0", 5),  # credit is not cash
    ],
)
def test_what_no_page_knows_is_seen(posting: Entry) -> None:
    outcome = journal()
    assert broken([*outcome.postings, posting], list(outcome.events))


def test_credit_after_a_failure_is_seen() -> None:
    outcome = journal(**FAILURE)
    late = [(8, "coupon", "cents", "world", "credit:0", 5), (9, "credit_used", "cents", "credit:0", "world", 5)]
    assert any(
        "after the end on day 7" in line for line in broken([*outcome.postings, *late], list(outcome.events), **FAILURE)
    )


def test_a_miner_that_fails_leaves_none() -> None:
    outcome = journal()
    fell: list[Entry] = [*outcome.events, (6, "miner_default", "miner:0", 0)]
    assert broken(list(outcome.postings), fell) == ["credit:0: 100 left after the end on day 6"]
    lost = (6, "forfeit", "cents", "credit:0", "world", 100)
    assert broken([*outcome.postings, lost], fell) == []


def test_a_book_that_is_not_what_is_owed_is_seen_on_its_day() -> None:
    """1,000 USD, of which 400 are paid on day 10; the rest defaults on day 13."""
    outcome = run(14, miners=[miner(cash_usd=400.0)], loans=[loan()])
    sheets = outcome.sheets
    assert sheets == [[(100000, 100000)]] * 10 + [[(60000, 60000)]] * 3 + [[(0, 0)]]
    told = {("day", str(day), "debt_usd"): row["debt_usd"] for day, row in enumerate(outcome.daily)}
    assert broken_debts(told, outcome) == []
    assert broken_debts(told | {("day", "10", "debt_usd"): 600.01}, outcome) == [
        "day 10: 60001 owed in the engine, 60000 on the oracle's books"
    ]
    forgotten = replace(outcome, sheets=[*sheets[:13], [(60000, 0)]])
    assert broken_debts(told, forgotten) == [
        "day 13, lender:0: 60000 on its book, 0 owed",
        "day 13: 0 owed in the engine, 60000 on the oracle's books",
    ]
