"""The laws of loans that change hands see what a journal or a table does wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.differential.holders import Entry, broken_losses, broken_sales
from tests.oracle import Outcome
from tests.oracle.small_world import Row, fleet, lender, lender_event, miner
from tests.oracle.test_book_sales import FAIL, SALE, buyer, due, play, rigs, seller

LENDERS = [seller(), buyer(book_sale_days=2, book_sale_price=0.5), buyer(lender="z", book_buy_cover=1.4)]
TWICE = [lender_event(FAIL, "j", "fail"), lender_event(7, "k", "fail")]
OTHER = fleet(fleet="g")


def sold(**changes: Any) -> tuple[dict[str, list[Row]], Outcome]:
    """Sold on day 5 and on day 9, and paid with coins on day 10."""
    loans = [due(10)]
    world: Row = {
        "lenders": LENDERS,
        "lender_events": TWICE,
        "miners": [miner(btc=0.01, stock_sale_share=0.0)],
        "fleets": [fleet(), OTHER],
    }
    world |= changes
    outcome = play(12, *loans, **world)
    tables = {"lenders": world["lenders"], "loans": loans, "miners": world["miners"], "fleet": world["fleets"]}
    return tables, outcome


def lists(outcome: Outcome) -> tuple[list[Entry], list[Entry]]:
    """Postings and events."""
    return list(outcome.postings), list(outcome.events)


def test_true_journals_keep_them() -> None:
    tables, outcome = sold()
    assert [day for day, _, _ in outcome.sales] == [SALE, 9]
    assert {posting[4] for posting in outcome.postings if posting[1] == "principal"} == {"lender:2"}
    assert broken_sales(tables, *lists(outcome)) == []


def test_a_loan_sold_for_nothing_may_be_anybodys_that_buys() -> None:
    """The connection is due: the miner has no cash for a price of nothing. On day 10 it pays with coins, to k."""
    free = [seller(book_sale_price=0.0), buyer(cash_usd=0.0), lender(lender="y"), buyer(lender="z")]
    owing = [fleet(demand_charge_usd_per_mw_month=1000.0), OTHER]
    tables, outcome = sold(lenders=free, fleets=owing, lender_events=TWICE[:1])
    postings, events = lists(outcome)
    assert outcome.sales == [(SALE, 0, 1)]
    assert broken_sales(tables, postings, events) == []
    (place,) = [place for place, posting in enumerate(postings) if posting[1] == "principal"]
    for to, odd in (("lender:3", False), ("lender:2", True), ("lender:0", True)):
        paid = (*postings[place][:4], to, postings[place][5])
        assert bool(broken_sales(tables, [*postings[:place], paid, *postings[place + 1 :]], events)) == odd, to


def test_no_sale_can_be_left_out_or_be_off_by_a_cent_or_a_day() -> None:
    tables, outcome = sold()
    postings, events = lists(outcome)
    for entries, rest in ((postings, events), (events, postings)):
        places = [place for place, entry in enumerate(entries) if "book_sale" in entry]
        assert len(places) == 2
        for place in places:
            entry = entries[place]
            for other in ([], [(*entry[:-1], entry[-1] + 1)], [(entry[0] + 1, *entry[1:])]):
                found = [*entries[:place], *other, *entries[place + 1 :]]
                assert broken_sales(tables, *((found, rest) if entries is postings else (rest, found))), other


@pytest.mark.parametrize("to", ["lender:0", "lender:1"])
def test_a_payment_to_who_held_the_loan_before_is_seen(to: str) -> None:
    tables, outcome = sold()
    postings, events = lists(outcome)
    late = (10, "interest", "cents", "miner:0", to, 5)
    assert broken_sales(tables, [*postings, late], events) == [
        f"day 10: interest of 5 between miner:0 and {to}, which holds none of its loans"
    ]
    early = (SALE, "interest", "cents", "miner:0", "lender:0", 5)  # the sale comes last that day
    assert broken_sales(tables, [*postings, early], events) == []


@pytest.mark.parametrize(
    ("lender", "changes"),
    [
        (0, {"book_sale_days": 4}),
        (0, {"book_sale_days": None}),
        (1, {"book_buy_cover": None}),
        (1, {"book_sale_days": 1}),
        (2, {"book_buy_cover": None}),
    ],
)
def test_a_sale_by_or_to_who_does_not_trade_is_seen(lender: int, changes: Row) -> None:
    tables, outcome = sold()
    tables["lenders"] = [row | changes if place == lender else row for place, row in enumerate(LENDERS)]
    assert broken_sales(tables, *lists(outcome))


def test_a_sale_to_who_has_failed_or_before_anybody_has_is_seen() -> None:
    tables, outcome = sold()
    postings, events = lists(outcome)
    assert broken_sales(tables, postings, [(3, "lender_failure", "lender:1", 0), *events])
    assert broken_sales(tables, postings, [event for event in events if event[1:3] != ("lender_failure", "lender:0")])


def test_a_sale_of_what_is_not_on_machines_is_seen() -> None:
    tables, outcome = sold()
    tables["loans"] = [rigs(collateral="none")]
    assert broken_sales(tables, *lists(outcome))


BACK: list[Entry] = [
    (3, "sell_back", "machines", "lot:0", "fleet:0", 2),
    (3, "sell_back", "cents", "miner:0", "lender:0", 175),
]
TOLD: list[Entry] = [(3, "sell_back", "loan:0", 2)]


@pytest.mark.parametrize(
    ("postings", "events", "odd"),
    [
        (BACK, TOLD, False),
        (BACK[:1], TOLD, False),  # for nothing
        (BACK, [], True),
        ([], TOLD, True),
        (BACK, [(3, "sell_back", "loan:0", 3)], True),
        ([(*BACK[0][:4], "fleet:1", 2), BACK[1]], TOLD, True),
        ([BACK[0], (*BACK[1][:4], "lender:1", 175)], TOLD, True),
    ],
)
def test_machines_go_back_to_their_row_and_the_money_to_the_holder(
    postings: list[Entry], events: list[Entry], odd: bool
) -> None:
    tables, _ = sold()
    assert bool(broken_sales(tables, postings, events)) == odd


def test_a_cent_that_lenders_lose_and_loans_do_not_is_seen() -> None:
    figures = {
        ("lender", "j", "loss_usd_mean"): 600,
        ("lender", "k", "loss_usd_mean"): -300,
        ("loan", "l", "el_usd"): 300,
        ("loan", "l", "ead_usd"): 1000,
    }
    assert broken_losses(figures) == []
    assert broken_losses(figures | {("lender", "k", "loss_usd_mean"): -299}) == ["lenders have lost 301, loans 300"]
