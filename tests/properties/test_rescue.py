"""Rescue funds and buy-backs: what they can never do to creditors, each under the condition that makes it a theorem."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from hypothesis import strategies as st

from tests.properties.economy import KEYS, Economy, Played, Posting, Row
from tests.properties.law import law
from tests.properties.outside import Draw, among
from tests.properties.strategies import economies
from tests.properties.test_monotone import FEEDBACK, defaults_no_earlier, paying_in_turn

SALES = ("machine_proceeds", "machine_surplus", "buyback")


@st.composite
def funds(draw: Draw, term_days: st.SearchStrategy[int] | None = None) -> Row:
    """A fund, generous or with limits, open from some day on (`opens_after`)."""
    row: Row = {"facility": "fund", "kind": "fund", "capital_usd": 1e10, "opens_after": 0, "take_up_share": 1.0}
    row |= {"rate": draw(among(0.0, 0.1)), "bill_days": 200.0, "rank": draw(among("senior", "equal", "junior"))}
    row["term_days"] = draw(among(200, 10, 40, 3650) if term_days is None else term_days)
    if draw(st.booleans()):
        row |= {"capital_usd": draw(among(1e6, 1e5, 1e9, 0.01)), "opens_after": draw(among(0, 20))}
        row |= {"take_up_share": draw(among(1.0, 0.5)), "bill_days": draw(among(60.0, 20.0))}
        row |= {"max_usd_per_miner": draw(among(None, 1e5)), "max_debt_to_assets": draw(among(None, 1.0))}
    return row


@st.composite
def buybacks(draw: Draw) -> Row:
    """A buy-back that pays much or little."""
    row: Row = {"facility": "store", "kind": "buyback", "capital_usd": draw(among(1e9, 1e6, 1e4)), "opens_after": 0}
    row["take_up_share"] = draw(among(1.0, 0.5))
    return row | draw(among({"price_to_index": 1.0}, {"price_to_index": 0.5}, {"price_usd_per_th": 60.0}))


def helped_by(economy: Economy, *facilities: Row) -> Economy:
    """With these facilities, open to the end."""
    rows = []
    for facility in facilities:
        terms = {name: value for name, value in facility.items() if name != "opens_after"}
        opens = economy.start + timedelta(days=facility["opens_after"])
        rows.append(terms | {"opens_date": opens, "closes_date": economy.end + timedelta(days=30)})
    return economy.with_table("facilities", rows)


def on_its_own(economy: Economy) -> Economy:
    """Without feedback between miners, and lenders whose cash decides nothing."""
    calm = (
        economy.lacking("buyers")
        .without(*FEEDBACK)
        .each("lenders", funding_rate=0.0)
        .each("loans", credit_line_usd=None)
    )
    return calm.under(lender_events=[row for row in economy.terms["lender_events"] if row["kind"] != "withdrawal"])


def of_miner(played: Played, path: int, miner: str) -> list[Posting]:
    """What moved on the accounts of a miner, its machines and its pledges on a path."""
    rows = [("miner", miner)] + [
        (table, row[KEYS[table]])
        for table in ("fleet", "loans")
        for row in played.economy.rows(table)
        if row["miner"] == miner
    ]
    kinds = {"miner": ("miner",), "fleet": ("fleet",), "loans": ("pledge", "lot")}
    accounts = {f"{kind}:{key}" for table, key in rows for kind in kinds[table]}
    return [row for row in played.ledger if row.path == path and {row.giver, row.taker} & accounts]


@law(economies(), funds(), reach=("rescue_loan", "spared", "left alone"), fast=20)
def test_a_fund_never_lowers_what_creditors_get_of_those_it_does_not_lend_to_or_carries_through(
    economy: Economy, fund: Row
) -> set[str]:
    """With impact and all other feedback between miners off: nothing moves differently on the accounts of a miner the fund does not
    lend to, and where no loan of a miner it lends to defaults, lenders lose no more than without it.

    As the plain sentence has it ("a fund never lowers what creditors get when impact is off") it is false. A fund that is paid first, or
    with the loans, takes its part of an estate; one that is not repaid brings the miner down; and even a junior one, which lets a miner
    burn power until its machines are worth less, leaves creditors less than an early end (tests/python/test_rescue.py has both). With
    `difficulty` on, a miner that is kept alive takes revenue from all others.
    """
    helped, alone = (
        case.play()
        for case in (helped_by(on_its_own(economy), fund), helped_by(on_its_own(economy), fund).without("rescue"))
    )
    met = set(helped.happened)
    borrower = {row["loan"]: row["miner"] for row in economy.rows("loans")}
    lent: dict[int, set[str]] = defaultdict(set)
    for event in helped.of("rescue_loan"):
        lent[event.path].add(event.entity)
    fallen = {(event.path, borrower[event.entity]) for event in helped.of("loan_default")}
    for with_it, without in zip(helped.paths, alone.paths, strict=True):
        path = with_it["path"]
        for miner in {*economy.keys("miners")} - lent[path]:
            met.add("left alone")
            assert of_miner(helped, path, miner) == of_miner(alone, path, miner)
        if not any((path, miner) in fallen for miner in lent[path]):
            assert with_it["loss_usd"] <= without["loss_usd"]
            met |= {"spared"} if with_it["loss_usd"] < without["loss_usd"] else set()
    return met


@law(economies(), funds(st.just(3650)), reach=("rescue_loan",))
def test_a_fund_that_is_not_yet_due_never_brings_a_miners_default_forward(economy: Economy, fund: Row) -> set[str]:
    """Under `paying_in_turn` of the laws of more: a loan is more cash from its day on, which keeps the order of cash and arrears."""
    calm = paying_in_turn(economy)
    helped = helped_by(calm, fund)
    defaults_no_earlier(helped, calm)
    return set(helped.play().happened)


def first_purchase(played: Played) -> dict[int, int]:
    """Path and the first day on which anything was bought back."""
    days: dict[int, int] = {}
    for event in played.of("buyback"):
        days.setdefault(event.path, event.day)
    return days


def received(played: Played, path: int, day: int) -> Counter[str]:
    """What each account was paid for machines on a day, cents."""
    rows = (
        row for row in played.ledger if (row.path, row.day, row.unit) == (path, day, "cents") and row.reason in SALES
    )
    found: Counter[str] = Counter()
    for row in rows:
        found[row.taker] += int(row.amount)
    return found


@law(economies(), buybacks(), reach=("buyback",), fast=12)
def test_a_buyback_never_lowers_what_the_sellers_of_its_first_day_get(economy: Economy, buyback: Row) -> set[str]:
    """Every channel on: until its first purchase a path is as without it; that day it pays at least what the market would have, and
    the rest sells at a smaller discount. A cent an offer is lost to rounding, because an offer is then paid in two parts. (Later days
    may differ: a higher price of machines can make a lender hold what it would have sold in time.)"""
    helped = helped_by(economy, buyback).play()
    alone = economy.play()
    for path, day in first_purchase(helped).items():
        before = [[row for row in played.ledger if row.path == path and row.day < day] for played in (helped, alone)]
        assert before[0] == before[1]
        ours, theirs = received(helped, path, day), received(alone, path, day)
        offers = sum(row.path == path and row.day == day and row.reason == "buyback" for row in helped.ledger)
        for account, cents in theirs.items():
            assert ours[account] >= cents - offers, (path, day, account)
    return set(helped.happened)


@law(
    economies(), funds(), buybacks(), reach=("rescue_loan", "rescue_default", "buyback", "facility_exhausted"), fast=12
)
def test_what_facilities_report_is_what_the_ledger_moved(economy: Economy, fund: Row, buyback: Row) -> set[str]:
    """Every channel on: spent and repaid are the postings of their accounts, on all paths; nothing is spent beyond the capital."""
    played = helped_by(economy, fund, buyback).play()
    rows = {row["facility"]: row for row in played.results.facilities.rows()}
    for facility in (fund, buyback):
        account, found = f"facility:{facility['facility']}", rows[facility["facility"]]
        cents = [row for row in played.ledger if row.unit == "cents"]
        spent = sum(row.amount for row in cents if row.giver == account)
        repaid = sum(row.amount for row in cents if row.taker == account)
        assert abs(found["spent_usd_mean"] - spent / 800) < 1e-6
        assert abs(found["repaid_usd_mean"] - repaid / 800) < 1e-6
        by_path = Counter[int]()
        for row in cents:
            by_path[row.path] += int(row.amount) if row.giver == account else 0
        assert max(by_path.values()) <= round(facility["capital_usd"] * 100)
    for row in played.paths:
        assert row["residual_cents"] == row["residual_machines"] == 0.0
    return set(played.happened)
