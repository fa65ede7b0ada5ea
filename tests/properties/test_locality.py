"""What cannot matter does not: before its day, out of its reach, or when its case never comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import hashstress as hs
from hypothesis import strategies as st

from tests.properties.economy import KEYS, Economy, Played, Row
from tests.properties.law import CASE, law
from tests.properties.optional import DATED
from tests.properties.strategies import economies

# Channel → the events without which it carried nothing (docs/model/channels.md).
TRACES = {
    "fire_sales": {"machine_sale"},
    "margin_calls": {"margin_call", "collateral_sale", "covenant_call"},
    "lender_calls": {"lender_failure"},
    "lender_dumping": {"lender_failure"},
    "cross_default": {"loan_default"},
    "confidence": {"lender_run"},
    "tightening": {"lending_stopped", "lender_tightened"},
    "exposures": {"lender_failure"},
    "solvency": {"lender_failure"},
    "lender_lines": {"lender_draw"},
}
FORCED = {"treasury_sale", "forced_sale", "collateral_sale"}


@law(economies(), reach=(*TRACES, "impact"), fast=12)
def test_a_channel_that_carried_nothing_may_be_switched_off(economy: Economy) -> set[str]:
    """The channels without a trace in any path's journal, all switched off at once: the same results."""
    played = economy.play()
    idle = {channel for channel, kinds in TRACES.items() if not kinds & set(played.happened)}
    if not any(row.reason in FORCED for row in played.ledger):
        idle.add("impact")
    assert economy.without(*idle).digest == played.digest
    return idle


@law(economies(), st.floats(0.001, 1e6), reach=("joint", "frontier", "machine_sale"), fast=10)
def test_shocks_of_no_size_are_no_shocks(economy: Economy, half_life_days: float) -> set[str]:
    """Joint shocks to everything that do not move, storms in which everything runs, better machines to which prices are not elastic:
    the results of the scenario without any of them."""
    calm = economy.lacking("joint", "frontier").under(availability=[])
    shocks = [
        {"source": source, "volatility_annual": 0.0, "half_life_days": days}
        for source, days in zip(("power", "btc", "asic", "network"), (half_life_days, None) * 2, strict=True)
    ]
    storms = [
        {"region": row["region"], "from": calm.start, "to": calm.end, "share": 1.0} for row in calm.rows("regions")
    ]
    still = {"joint": {"shocks": shocks, "correlation": [[float(i == j) for j in range(4)] for i in range(4)]}}
    still |= {"availability": storms}
    if any(row.get("launched_date") is not None for row in calm.rows("machines")):
        still["frontier"] = {"elasticity": 0.0, "half_life_days": half_life_days}
    played = calm.play()
    assert calm.under(**still).digest == played.digest
    return set(played.happened) | still.keys()


@law(economies())
def test_sales_that_do_not_move_the_price_need_no_channel(economy: Economy) -> set[str]:
    """An impact of no size: the results with the channel `impact` off."""
    flat = economy.under(impact={"y": 0.0})
    played = flat.play()
    assert flat.without("impact").digest == economy.without("impact").digest == played.digest
    return {CASE} if any(row.reason in FORCED for row in played.ledger) else set()


@law(economies())
def test_where_nothing_ever_stands_still_the_difficulty_needs_no_channel(economy: Economy) -> None:
    """Power for nothing, weather without storms, no debt and no bills, no hosts that fail, works or machines in boxes: every machine runs
    every day, so that what is online is the full hashrate, and the channel `difficulty` carries nothing. (A shock to the network enters the
    two hashrates by two formulas, equal but for their last digit: docs/model/joint.md. There is none.)"""
    idyll = economy.lacking("orders", "hedges", "racks", "hosts", "joint").under(availability=[])
    idyll = idyll.each("fleet", power_contract="hosted_fixed", power_usd_per_mwh=0.0, pass_through=0.0)
    idyll = idyll.each("fleet", curtailment_strike_usd_per_mwh=None, demand_charge_usd_per_mw_month=0.0)
    idyll = idyll.each("cohorts", power_usd_per_mwh=0.0)
    idyll = idyll.each("miners", overhead_usd_per_month=0.0).each("loans", outstanding_usd=0.01, credit_line_usd=None)
    played = idyll.play()
    assert not played.of("miner_default", "shutdown", "seizure")
    assert idyll.without("difficulty").digest == played.digest


def empty_rows(economy: Economy) -> Economy:
    """With a miner, a site, a lender, a cohort, a region and a model that hold nothing, the first and the last of their kind."""
    site = economy.rows("fleet")[0] | {"machines": 0, "model": "ghost", "region": "ghost"}
    poor = {
        "cash_usd": 0.0,
        "btc": 0.0,
        "overhead_usd_per_month": 0.0,
        "other_income_usd_per_month": 0.0,
        "equity_line_usd": 0.0,
    }
    bank = {"cash_usd": 0.0, "other_assets_usd": 0.0, "equity_usd": 0.0, "bankruptcy_cost_share": 0.0}
    bank |= {"book_buy_cover": None}  # what costs nothing it could buy
    grown = economy.plus("regions", {"region": "ghost"}).plus(
        "machines", {"model": "ghost", "hashrate_ths": 90.0, "power_w": 3e3}
    )
    grown = grown.plus("cohorts", economy.rows("cohorts")[0] | {"cohort": "ghost", "hashrate_ths": 0.0})
    for key in ("_first", "z_last"):
        grown = grown.plus("miners", economy.rows("miners")[0] | poor | {"miner": key})
        grown = grown.plus("fleet", site | {"fleet": key, "miner": key})
        grown = grown.plus("lenders", economy.rows("lenders")[0] | bank | {"lender": key})
    return grown


@law(economies())
def test_those_who_have_nothing_change_nothing(economy: Economy) -> None:
    """A miner without machines, cash, coins and loans, a lender without a sheet, a cohort without machines: every figure of every path and
    everybody else's figures stay."""
    first, second = economy.play(), empty_rows(economy).play()
    assert [row | {"digest": ""} for row in second.paths] == [row | {"digest": ""} for row in first.paths]
    for name in ("loans", "miners", "lenders"):
        rows = second.table(name)
        assert {key: rows[key] for key in first.table(name)} == first.table(name)
    assert {row.giver for row in second.ledger} == {row.giver for row in first.ledger}


Change = tuple[str, str, Any, set[str], Callable[[Played, Row], set[str]]]


def own(played: Played, row: Row) -> set[str]:
    """The row itself: its key comes first."""
    return {str(next(iter(row.values())))}


def loans_of(played: Played, row: Row) -> set[str]:
    """The loans of a lender, and those it may have bought."""
    bought = played.entities("book_sale") if row.get("book_buy_cover") is not None else set()
    return bought | {loan["loan"] for loan in played.economy.rows("loans") if loan["lender"] == row["lender"]}


def sellers(played: Played, row: Row) -> set[str]:
    """Lenders whose loans are for sale once they have failed."""
    return {other["lender"] for other in played.economy.rows("lenders") if other["book_sale_price"] is not None}


def own_and_sellers(played: Played, row: Row) -> set[str]:
    """The lender itself and, where it buys, all that may sell to it: what it keeps of its cash decides whether it buys."""
    return own(played, row) | (sellers(played, row) if row.get("book_buy_cover") is not None else set())


def siblings(played: Played, row: Row) -> set[str]:
    """The loans of a loan's miner."""
    return {loan["loan"] for loan in played.economy.rows("loans") if loan["miner"] == row["miner"]}


def rows_and_loans(played: Played, row: Row) -> set[str]:
    """The sites and the loans of a site's miner: what may empty it."""
    tables = ("fleet", "fleet"), ("loans", "loan")
    return {
        other[key] for table, key in tables for other in played.economy.rows(table) if other["miner"] == row["miner"]
    }


# A site without machines stops and starts unseen: it has machines at first, and nobody takes them.
EMPTIES = {"shutdown", "seizure", "retirement", "upgrade", "migration", "machine_sale"}

# Table, column, another value for it, and the events of whom that must not have happened for it not to matter.
LATENT: tuple[Change, ...] = (
    ("miners", "bills_grace_days", 3, {"missed_bill"}, own),
    ("loans", "grace_days", 3, {"missed_payment"}, own),
    ("loans", "default_interest_rate", 0.7, {"missed_payment"}, own),
    ("loans", "recourse", lambda row: "full" if row["recourse"] == "limited" else "limited", {"loan_default"}, own),
    ("loans", "cross_default", lambda row: not row["cross_default"], {"loan_default"}, siblings),
    ("loans", "cure_days", lambda row: row.get("cure_days") and 9, {"margin_call"}, own),
    ("loans", "initial_ltv", lambda row: row.get("initial_ltv") and 0.2, {"margin_call"}, own),
    ("loans", "tranche_share", lambda row: row.get("tranche_share") and 0.9, {"collateral_sale", "margin_call"}, own),
    ("lenders", "forbear_days", 7, {"missed_payment"}, loans_of),
    ("lenders", "swap_cover", 0.0, {"missed_payment"}, loans_of),
    ("lenders", "seizure_days", 2, {"loan_default"}, loans_of),
    ("lenders", "policy", "dumps", {"seizure"}, loans_of),
    ("lenders", "call_notice_days", 4, {"lender_failure", "lender_tightened"}, own),
    ("lenders", "rehypothecated_share", 1.0, {"lender_failure"}, own),
    ("lenders", "book_buy_cover", 0.1, {"lender_failure"}, sellers),
    (
        "lenders",
        "term_share_per_month",
        lambda row: row["stop_equity_share"] and 0.9,
        {"lending_stopped", "lender_failure"},
        own_and_sellers,
    ),
    ("fleet", "restart_ratio", lambda row: 4.0 if row["machines"] else row["restart_ratio"], EMPTIES, rows_and_loans),
    ("fleet", "curtailment_share", 0.25, {"curtailment"}, own),
)


@law(economies(), reach=[f"{table}.{column}" for table, column, *_ in LATENT], fast=12)
def test_a_setting_whose_case_never_comes_changes_nothing(economy: Economy) -> set[str]:
    """Terms for what never happened to their row on any path (a grace without a missed payment, a share of coins lost in a failure that
    does not come, a notice nobody gives), all changed at once: the same results."""
    played = economy.play()
    befell: dict[str, set[str]] = {}
    for event in played.events:
        befell.setdefault(event.entity, set()).add(event.kind)
    changed, met = economy, set()
    for table, column, value, kinds, whom in LATENT:

        def untouched(row: Row, kinds: set[str] = kinds, whom: Callable[[Played, Row], set[str]] = whom) -> bool:
            return not any(befell.get(name, set()) & kinds for name in whom(played, row))

        if any(untouched(row) for row in economy.rows(table)):
            met.add(f"{table}.{column}")
            changed = changed.each(table, untouched, **{column: value})
    assert changed.digest == played.digest
    return met


@law(economies(), st.integers(5, 50), st.sampled_from(("storm", "delivery", "fail", "loss", "withdrawal")))
def test_nothing_happens_before_its_cause(economy: Economy, day: int, cause: str) -> None:
    """A storm, a delivery, or one thing more that befalls a lender: every event, posting and measure of the days before stays."""
    date = economy.start + timedelta(days=day)
    terms = economy.terms
    if cause == "storm":
        more: Row = {
            "availability": [*terms["availability"], {"region": "texas", "from": date, "to": date, "share": 0.1}]
        }
    elif cause == "delivery":
        more = {"deliveries": [*terms["deliveries"], {"date": date, "cohort": "old", "hashrate_ths": 5e7}]}
    else:
        event = {"date": date, "lender": "l0", "kind": cause} | ({} if cause == "fail" else {"amount_usd": 1e9})
        more = {"lender_events": [*terms["lender_events"], event]}
    assert_same_until(day, economy.play(), economy.under(**more).play())


@law(economies(frozenset(("orders", "sites"))), st.integers(5, 50), reach=("vendor_default", "host_failure"))
def test_nothing_happens_before_a_vendor_or_a_host_fails(economy: Economy, day: int) -> set[str]:
    """All vendors and hosts fail on a day: every event, posting and measure of the days before stays."""
    sound = economy.under(vendor_events=[], host_events=[])
    date = economy.start + timedelta(days=day)
    vendors = sorted({row["vendor"] for row in sound.rows("orders")})
    hosts = sorted({row["host"] for row in sound.rows("fleet") if row.get("host") is not None})
    failing = sound.under(
        vendor_events=[{"date": date, "vendor": vendor} for vendor in vendors],
        host_events=[{"date": date, "host": host, "lien_days": 9} for host in hosts],
    ).play()
    assert_same_until(day, sound.play(), failing)
    return set(failing.happened)


@law(economies(), st.integers(31, 59))
def test_a_longer_horizon_keeps_the_first_days(economy: Economy, days: int) -> None:
    """Events, postings and measures of a run that ends earlier are those of the longer one up to then."""
    dated = {
        name: [row for row in economy.terms[name] if (row["date"] - economy.start).days < days]
        for name in ("lender_events", "deliveries", *DATED)
    }
    long = economy.under(availability=[], **dated)
    short = long.under(end=economy.start + timedelta(days=days - 1))
    assert_same_until(days, short.play(), long.play())


def assert_same_until(day: int, first: Played, second: Played) -> None:
    """The same journals and the same daily measures on all days before."""
    for name in ("events", "ledger"):
        one, two = ([row for row in getattr(played, name) if row.day < day] for played in (first, second))
        assert one == two
    one, two = ([row for row in played.results.daily.rows() if row["day"] < day] for played in (first, second))
    assert one == two


@law(economies())
def test_a_path_is_the_same_among_few_and_many(economy: Economy) -> None:
    """The first 8 of 24 paths are the 8, digest by digest, and two threads play what one plays."""
    eight, many = economy.play(journals=0), economy.play(24, threads=2, journals=0)
    assert [row["digest"] for row in many.paths[:8]] == [row["digest"] for row in eight.paths]
    assert economy.play(24, journals=0).digest == many.digest


@law(economies(), st.integers(0, 7), fast=5)
def test_explain_plays_each_path_again(economy: Economy, path: int) -> None:
    """`explain` finds the digest of the run (it raises where it does not) and the same journal."""
    played = economy.play()
    journal = hs.explain(played.results, path=path, book=economy.book, scenario=economy.scenario)
    assert [row["amount"] for row in journal.ledger.rows()] == [row.amount for row in played.ledger if row.path == path]
    assert [row["kind"] for row in journal.events.rows()] == [row.kind for row in played.events if row.path == path]


@law(economies())
def test_tariffs_are_nothing_to_fixed_contracts(economy: Economy) -> None:
    """Where all power has a fixed price and is not sold back, by no contract, and cohorts bear no change of tariffs, tariffs may be
    anything."""
    fixed = economy.lacking("hosts").each(
        "fleet", lambda row: "fixed" not in row["power_contract"], power_contract="fixed", power_usd_per_mwh=60.0
    )
    fixed = fixed.each("fleet", curtailment_strike_usd_per_mwh=None, pass_through=0.0).each("cohorts", pass_through=0.0)
    fixed = fixed.only("hedges", lambda row: row["kind"] not in ("power_sale", "ppa"))
    dear = fixed.under(power={"source": "seasonal", "usd_per_mwh": 400.0, "monthly": [2.0, 1.0, 0.1, 3.0] * 3})
    assert dear.digest == fixed.digest


@law(economies(), reach=("loan_default", "margin_call", "missed_payment"))
def test_without_feedback_a_loan_knows_no_other_miner(economy: Economy) -> set[str]:
    """All channels off but `margin_calls` and `cross_default`, no lender short of cash by itself or buying with what it has: with every
    other miner's money, coins, bills and debts changed, miner `m0` has the same events and postings, its loans the same estimates."""
    calm = economy.lacking("buyers").without(
        "impact", "difficulty", "fire_sales", "lender_calls", "lender_dumping", "confidence", "tightening"
    )
    calm = calm.without("exposures", "solvency").each("lenders", funding_rate=0.0).each("loans", credit_line_usd=None)
    calm = calm.under(lender_events=[row for row in economy.terms["lender_events"] if row["kind"] != "withdrawal"])
    others = calm.each(
        "miners",
        lambda row: row["miner"] != "m0",
        cash_usd=lambda row: row["cash_usd"] / 3,
        btc=lambda row: row["btc"] / 2,
        overhead_usd_per_month=lambda row: row["overhead_usd_per_month"] * 2,
    )
    others = others.each(
        "loans",
        lambda row: row["miner"] != "m0",
        outstanding_usd=lambda row: row["outstanding_usd"] * 2,
        rate=0.3,
        recourse="full",
    )
    first, second = calm.play(), others.play()
    names = {row[key] for table, key in KEYS.items() for row in calm.rows(table) if row.get("miner") == "m0"}
    accounts = {f"{kind}:{name}" for name in names for kind in ("miner", "fleet", "pledge", "lot")}
    lives = [
        [
            [row for row in played.events if row.entity in names],
            [row for row in played.ledger if {row.giver, row.taker} & accounts],
            [row for key, row in played.table("loans").items() if key in names],
        ]
        for played in (first, second)
    ]
    assert lives[0] == lives[1]
    return {event.kind for event in lives[0][0]}
