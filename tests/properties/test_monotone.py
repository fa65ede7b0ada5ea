"""What more of something can never do, each under the condition that makes it a theorem: the docstring says why it holds."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.properties.economy import COIN_TERMS, COVENANT, UNSECURED, Economy, Row, no_earlier
from tests.properties.law import law
from tests.properties.strategies import economies

FEEDBACK = (
    "impact",
    "difficulty",
    "fire_sales",
    "lender_calls",
    "lender_dumping",
    "confidence",
    "tightening",
    "exposures",
    "solvency",
)


def alone(economy: Economy) -> Economy:
    """All feedback off, and lenders that no event and no lack of cash brings down; none lends to another."""
    calm = economy.lacking("lines").without(*FEEDBACK).under(lender_events=[]).each("lenders", funding_rate=0.0)
    return calm.each("loans", credit_line_usd=None)


def paying_in_turn(economy: Economy) -> Economy:
    """`alone`, with miners whose only choice is to pay as far as cash goes: no coins to hold or pledge, nothing but essential overhead, no
    equity line, no order to pay or to give up and no margin to put in; graces that end before the next due date, and loans that end in the
    miner's default when they go wrong."""
    calm = alone(economy).lacking("orders", "hedges")
    calm = calm.each("loans", lambda row: row["collateral"] == "btc", **UNSECURED)
    calm = calm.each("miners", btc=0.0, hodl_share=0.0, essential_share=1.0, equity_line_usd=0.0)
    calm = calm.each("miners", bills_grace_days=lambda row: min(row["bills_grace_days"], 27))
    calm = calm.each("loans", recourse="full", cross_default=False, grace_days=lambda row: min(row["grace_days"], 27))
    return calm.each("lenders", forbear_days=None, swap_cover=None)


def defaults_no_earlier(better: Economy, worse: Economy, kind: str = "miner_default") -> bool:
    """Asserts that nobody falls earlier for being better off; whether anybody fell at all."""
    first, second = better.play().first_day(kind), worse.play().first_day(kind)
    assert no_earlier(first, second, worse.days), (first, second)
    return bool(second)


@law(economies(), st.sampled_from((1.0, 1000.0, 1e6, 1e8)))
def test_more_cash_never_brings_a_miners_default_forward(economy: Economy, more: float) -> bool:
    """Under `paying_in_turn`: who starts with more has at least as much cash and at most as much in arrears on every day, because paying as
    far as cash goes keeps this order; so every miss of the richer is one of the poorer, on the same due date, with the same grace.

    It is false without the condition: cash keeps a treasury from selling coins before they fall, pays overhead that a poorer miner cuts,
    pays an instalment that a poorer one lets lapse, meets a margin call that ends a poorer one's hedge,
    or pays one loan further while another, whose grace is shorter, comes due.
    """
    calm = paying_in_turn(economy)
    return defaults_no_earlier(calm.each("miners", cash_usd=lambda row: row["cash_usd"] + more), calm)


@law(economies(), st.sampled_from((0.9, 0.5, 0.0)))
def test_smaller_bills_never_bring_a_miners_default_forward(economy: Economy, share: float) -> bool:
    """Under `paying_in_turn`: less overhead, and more income beside mining, keep the order of cash and arrears as more cash does."""
    calm = paying_in_turn(economy)
    easier = calm.each(
        "miners",
        overhead_usd_per_month=lambda row: row["overhead_usd_per_month"] * share,
        other_income_usd_per_month=lambda row: row["other_income_usd_per_month"] + 100.0,
    )
    return defaults_no_earlier(easier, calm)


@law(economies(), st.sampled_from((0.9, 0.5, 0.0)))
def test_cheaper_power_never_brings_a_miners_default_forward(economy: Economy, share: float) -> bool:
    """Under `paying_in_turn`, with fixed contracts that are not sold back and machines that never stop: they earn the same, for a lower
    bill. A cent a day and site is added for rounding.

    It is false where machines may stop: cheaper power keeps them running, at a loss that dearer power would have ended, or for a bill at
    the end of the month when a loan that came due before has taken what they earned.
    """
    calm = paying_in_turn(economy).lacking("hosts")
    calm = calm.each("fleet", shutdown_ratio=0.0, power_contract="fixed", pass_through=0.0, power_usd_per_mwh=70.0)
    calm = calm.each("fleet", curtailment_strike_usd_per_mwh=None)
    cheaper = calm.each("fleet", power_usd_per_mwh=lambda row: row["power_usd_per_mwh"] * share)
    return defaults_no_earlier(with_rounding(cheaper), calm)


@law(economies(), st.sampled_from((1.05, 1.5, 3.0)))
def test_a_higher_price_never_brings_a_miners_default_forward(economy: Economy, factor: float) -> bool:
    """Under `paying_in_turn`, with machines that never stop: a path that is higher by a factor every day brings at least as much every
    day, for the same bills. A cent a day and site is added for rounding.

    It is false where machines may stop: those that run on for a higher price owe more power at the end of the month, when a loan that
    came due before has taken what they earned.
    """
    calm = paying_in_turn(economy).each("fleet", shutdown_ratio=0.0, curtailment_strike_usd_per_mwh=None)
    calm = calm.each("fleet", power_usd_per_mwh=lambda row: max(row["power_usd_per_mwh"], 0.0))
    return defaults_no_earlier(with_rounding(dearer_coins(calm, factor)), calm)


def with_rounding(economy: Economy) -> Economy:
    """With a cent a day and site, and one for the coins of the day, in cash."""
    sites = {row["miner"]: 0 for row in economy.rows("miners")}
    for row in economy.rows("fleet"):
        sites[row["miner"]] += 1
    return economy.each("miners", cash_usd=lambda row: row["cash_usd"] + (sites[row["miner"]] + 1) * economy.days / 100)


def dearer_coins(economy: Economy, factor: float) -> Economy:
    """Prices of every day higher by a factor."""
    price: Row = dict(economy.terms["price"])
    if "start_usd" in price:
        price["start_usd"] *= factor
    if "anchors" in price:
        price["anchors"] = [[day, usd * factor] for day, usd in price["anchors"]]
    if "closes" in price:
        price["closes"] = [usd * factor for usd in price["closes"]]
    return economy.under(price=price)


@law(economies(), st.sampled_from((1.05, 1.5, 3.0)), reach=("shutdown", "restart"))
def test_what_runs_at_a_price_runs_at_every_higher_one(economy: Economy, factor: float) -> set[str]:
    """Without impact and with the network at its full hashrate, on a path that is higher by a factor every day, a site is never off while
    it is on on the lower one: each needs the same number of days in a row, and a day against the dearer path is one against the cheaper.
    Miners that owe nothing mine at least as many coins every day, but for one satoshi of rounding.
    """
    calm = alone(economy).each("miners", cash_usd=5e10, pool_fee=0.0).each("loans", outstanding_usd=0.01)
    calm = calm.each("fleet", curtailment_strike_usd_per_mwh=None)
    low, high = calm.play(), dearer_coins(calm, factor).play()
    assert not low.of("miner_default")
    mined = [
        {(row.path, row.day, row.taker): row.amount for row in played.ledger if row.reason == "production"}
        for played in (high, low)
    ]
    assert all(mined[0].get(what, 0.0) >= amount - 1 for what, amount in mined[1].items())
    return set(low.happened)


@law(economies(), st.sampled_from((1.01, 1.3, 4.0)), fast=12)
def test_more_coins_in_a_pledge_never_raise_the_loss_on_it(economy: Economy, factor: float) -> bool:
    """With all feedback and margin calls off a pledge changes nothing before its loan ends, and then brings more the more it holds.
    Loans on coins are ten times as large as they were drawn, so that some end with a loss.

    It is false with margin calls: what a thin pledge sold early at a good price, a thicker one keeps until the price has fallen.
    """
    calm = alone(economy).without("margin_calls", "cross_default")
    calm = calm.each(
        "loans", lambda row: row["collateral"] == "btc", outstanding_usd=lambda row: 10 * row["outstanding_usd"]
    )
    thicker = calm.each(
        "loans",
        lambda row: row["collateral"] == "btc",
        collateral_btc=lambda row: round(row["collateral_btc"] * factor, 8),
    )
    first, second = calm.play(journals=0).table("loans"), thicker.play(journals=0).table("loans")
    pledged = [row["loan"] for row in calm.rows("loans") if row["collateral"] == "btc" and only_loan(calm, row)]
    assert all(second[key]["el_usd"] <= first[key]["el_usd"] + 1e-6 for key in pledged)
    return any(first[key]["el_usd"] > 0 for key in pledged)


@law(economies(), st.sampled_from((0.99, 0.5, 0.01)), reach=("loss", "less"), fast=12)
def test_more_machines_in_a_pledge_never_raise_the_loss_on_it(economy: Economy, share: float) -> set[str]:
    """With all feedback off, a miner's only loan, without recourse to anything but machines, and a lender that sells them at once on some
    day, or waits: machines pledged change nothing before the loan ends, and then bring more the more there are.

    It is false with recourse: the machines a lender does not hold are sold by the estate on the day of the default, for that same lender,
    at a price that may be better than its own later. It is false for a lot that is sold in shares: those of a larger lot, rounded up, may
    be gone before prices are back. And it is false for lenders that choose, or call: cover is what they swap for, wait for or ask for.
    """
    calm = (
        alone(economy).lacking("brokers").without("cross_default").only("loans", lambda row: row["loan"][-2:] == "-0")
    )
    calm = calm.each("lenders", policy=lambda row: "dumps" if row["policy"] in ("sells", "dumps") else "waits")
    calm = calm.each("lenders", forbear_days=None, swap_cover=None, book_sale_days=None, book_sale_price=None)
    calm = calm.each("loans", **dict.fromkeys((*COIN_TERMS, *COVENANT)), collateral="machines", recourse="limited")
    calm = calm.each("loans", collateral_fleet=lambda row: f"{row['miner']}-0")
    there = {row["fleet"]: row["machines"] for row in calm.rows("fleet")}
    thick = calm.each("loans", collateral_machines=lambda row: there[row["collateral_fleet"]])
    thin = thick.each("loans", collateral_machines=lambda row: max(1, round(share * row["collateral_machines"])))
    more, fewer = thick.play(), thin.play()
    assert more.first_day("loan_default") == fewer.first_day("loan_default")
    met = set()
    for key, row in fewer.table("loans").items():
        assert more.table("loans")[key]["el_usd"] <= row["el_usd"] + 1e-6
        met |= {"loss"} if row["el_usd"] > 0 else set()
        met |= {"less"} if more.table("loans")[key]["el_usd"] < row["el_usd"] - 1 else set()
    return met


def only_loan(economy: Economy, loan: Row) -> bool:
    """Whether the miner has no other loan: with one, coins that come back from the first could put off the second's default."""
    return sum(row["miner"] == loan["miner"] for row in economy.rows("loans")) == 1


@law(economies(), st.sampled_from((0.01, 1e4, 1e7)))
def test_a_lender_with_more_equity_never_fails_earlier(economy: Economy, more: float) -> bool:
    """More equity is less funding: lower cost of funds, a sheet further from insolvency. Without runs, claims, the ladder and credit lines
    or purchases of loans (a richer lender would lend, buy and lose more), nothing else differs before the day the poorer one fails. Every
    other feedback is on."""
    calm = economy.lacking("lines", "buyers").without("confidence", "exposures", "tightening")
    calm = calm.each("loans", credit_line_usd=None)
    (first, second) = (calm.one("lenders", "l0", equity_usd=lambda row: row["equity_usd"] + more).play(), calm.play())
    failed = [
        {what: day for what, day in played.first_day("lender_failure").items() if what[1] == "l0"}
        for played in (first, second)
    ]
    assert no_earlier(failed[0], failed[1], calm.days)
    return bool(failed[1])


@law(economies(), st.sampled_from((0.3, 0.99)))
def test_a_loss_below_its_equity_fails_no_lender(economy: Economy, share: float) -> bool:
    """A lender that neither has nor buys loans, without claims, debts to peers, cost of funds and depositors who run loses a share of its
    equity outside mining: it does not fail, whatever else happens. A loss of a dollar more than all of it does fail the lender, on that
    day."""
    sheet: dict[str, Any] = {"cash_usd": 1e6, "other_assets_usd": 1e6, "equity_usd": 1e6, "funding_rate": 0.0}
    bank = (
        economy.rows("lenders")[0] | sheet | {"lender": "solid", "stop_equity_share": 0.0, "bankruptcy_cost_share": 0.0}
    )
    bank |= {"tighten_equity_share": 0.0, "term_share_per_month": 0.0, "book_buy_cover": None}
    grown = economy.plus("lenders", bank).without("confidence")
    day = economy.start.replace(day=28)
    struck, felled = (
        grown.under(lender_events=[{"date": day, "lender": "solid", "kind": "loss", "amount_usd": usd}])
        for usd in (share * 1e6, 1e6 + 1)
    )
    if day <= economy.start:
        return False
    assert "solid" not in struck.play().entities("lender_failure")
    failed = felled.play().first_day("lender_failure")
    assert [failed[path, "solid"] for path in range(8)] == [(day - economy.start).days] * 8
    return True
