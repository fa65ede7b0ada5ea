"""What the generated economies hold of lenders that buy and of policies that give machines back, and who holds a loan that was sold."""

import pytest

from tests.economies import CALM, PLAIN, Row, Tables, economy
from tests.economies.holders import Holders
from tests.economies.pairs import pair_counts
from tests.economies.way_situations import WayReading
from tests.oracle.small_world import fleet, lender, lender_event, miner
from tests.oracle.test_book_sales import FAIL, SALE, buyer, due, play, rigs, seller

TERMS = {  # beside the index up to which a rule decides and the share a day, which every rule has
    "consign": {"commission", "settle_days", "reserve_to_index"},
    "sell_back": {"payback_days"},
}
PLAIN_SEEDS = range(0, PLAIN, 2)


@pytest.fixture(scope="module")
def worlds() -> dict[int, tuple[Tables, Row]]:
    return {
        seed: economy(seed, days=60)[:2] for seed in (*PLAIN_SEEDS, *range(PLAIN, CALM, 4), *range(CALM, CALM + 30))
    }


def rules(terms: Row) -> list[Row]:
    return [rule for policy in terms["policies"].values() for rule in policy["rules"]]


def test_rules_have_the_terms_of_their_action(worlds: dict[int, tuple[Tables, Row]]) -> None:
    for seed, (_, terms) in worlds.items():
        for rule in rules(terms):
            assert {*rule} - {"max_clearing_to_index", "action", "share_per_day"} == TERMS.get(rule["action"], set()), (
                seed
            )
            assert 1 <= rule.get("payback_days", 1) <= 3650
            assert rule.get("payback_days", 1) == int(rule.get("payback_days", 1))


def test_shares_of_economies_with_ways_out(worlds: dict[int, tuple[Tables, Row]]) -> None:
    """Machines go back in about half of the plain economies, soon and late; in two of three somebody buys, at any cover and at none; the
    column is missing where nobody does."""
    plain = [worlds[seed] for seed in PLAIN_SEEDS]
    back = [[rule for rule in rules(terms) if rule["action"] == "sell_back"] for _, terms in plain]
    assert 45 <= sum(map(bool, back)) <= 85
    days = [rule["payback_days"] for found in back for rule in found]
    assert sum(count == 3650 for count in days) > 20 < sum(count < 200 for count in days)
    buying = [[row["book_buy_cover"] for row in tables["lenders"] if "book_buy_cover" in row] for tables, _ in plain]
    assert 50 <= sum(map(bool, buying)) <= 80
    covers = [cover for found in buying for cover in found]
    for some in (None, 0.0, 100.0):
        assert covers.count(some) > 20, some
    assert sum(cover is not None and 0 < cover < 100 for cover in covers) > 20
    assert all(len({tuple(row) for row in tables["lenders"]}) == 1 for tables, _ in worlds.values())


def tables_of(*lenders: Row) -> Tables:
    return {"miners": [miner()], "fleet": [fleet()], "lenders": list(lenders), "loans": [rigs()]}


def test_a_loan_is_held_by_its_buyer_from_the_close_of_the_day_on() -> None:
    lenders = [seller(), buyer(book_sale_days=2, book_sale_price=0.5), buyer(lender="z", book_buy_cover=1.4)]
    failures = [lender_event(FAIL, "j", "fail"), lender_event(7, "k", "fail")]
    outcome = play(12, lenders=lenders, lender_events=failures)
    assert outcome.sales == [(SALE, 0, 1), (9, 0, 2)]
    holders = Holders(tables_of(*lenders), outcome)
    assert [holders.at(0, day) for day in (0, SALE - 1, SALE, 8, 9, 11)] == [0, 0, 1, 1, 2, 2]


def test_a_sale_is_about_seller_and_buyer_and_what_follows_about_the_buyer() -> None:
    """Sold on day 5, missed on day 6, in default on day 7. The seller failed on day 2 and the buyer had a loss on day 4: both come soon
    before the sale; soon before what follows comes the loss alone."""
    late = due(6, grace_days=1)
    lenders = [seller(), buyer(), lender(lender="z")]
    events = [lender_event(FAIL, "j", "fail"), lender_event(4, "k", "loss", 1.0), lender_event(7, "k", "loss", 1.0)]
    outcome = play(8, late, lenders=lenders, lender_events=events)
    counts = pair_counts(tables_of(*lenders), outcome)
    assert counts["lender_failure", "book_sale"] == counts["lender_loss", "book_sale"] == 1
    for then in ("missed_payment", "loan_default"):
        assert (counts["lender_failure", then], counts["lender_loss", then]) == (0, 1)
    assert counts["book_sale", "lender_loss"] == counts["loan_default", "lender_loss"] == 1


def test_what_becomes_of_sold_loans_is_read() -> None:
    lenders = [seller(), buyer(book_sale_days=2, book_sale_price=0.2)]
    failures = [lender_event(FAIL, "j", "fail"), lender_event(7, "k", "fail")]
    bought = play(12, lenders=lenders, lender_events=failures, miners=[miner(cash_usd=3.0)])
    found = WayReading(tables_of(*lenders), {}, bought).read()
    assert found["loan sold to a lender is bought by its borrower"] == found["buyer of a loan fails later"] == 1
    assert found["loan sold to a lender is open at the end"] == found["lender with a loss below nothing"] == 0
    held = WayReading(tables_of(seller(), buyer()), {}, play(8)).read()
    assert held["loan sold to a lender is open at the end"] == held["lender with a loss below nothing"] == 1
    assert held["buyer of a loan does not fail"] == 1
