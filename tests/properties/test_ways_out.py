"""Two ways out of a loan: machines that go back to their miner, loans of a failed lender that others buy. Page: docs/model/lenders.md"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.properties.economy import Economy, Row
from tests.properties.law import law
from tests.properties.strategies import economies
from tests.properties.test_conservation import closing
from tests.properties.test_monotone import alone

BUYERS = frozenset(("buyers",))
NO_CHOICE = {"forbear_days": None, "swap_cover": None}  # the estate of a lender has none


def l0_fails(economy: Economy) -> Row:
    """The event."""
    return {"date": economy.start + timedelta(days=20), "lender": "l0", "kind": "fail"}


def with_buyers(economy: Economy) -> Economy:
    """One lender fails by decree and nobody else, whatever comes; the others have the money to buy what it holds, and its terms."""
    calm = alone(economy).lacking("returns").under(lender_events=[l0_fails(economy)])
    calm = calm.each(
        "lenders",
        **NO_CHOICE,
        seizure_days=5,
        policy="sells",
        cash_usd=1e11,
        demand_share=0.0,
        run_own=0.0,
        run_peer=0.0,
    )
    calm = calm.each("lenders", stop_equity_share=0.0, tighten_equity_share=0.0, term_share_per_month=0.0)
    return calm.each("lenders", book_sale_days=5, book_sale_price=0.9, book_buy_cover=0.0)


@law(economies(BUYERS), reach=("book_sale", "loan_default"), fast=14)
def test_a_sale_among_lenders_leaves_the_sum_of_their_losses_as_it_is(economy: Economy) -> set[str]:
    """As long as nothing else depends on who holds a loan: all lenders have the same terms and make no choice, none draws on another or
    lends on a line, and the buyer does not fail, so that nobody is asked twice. Every loan has the life it has where nobody buys; what the
    seller loses by the sale is the buyer's gain, to the cent."""
    traded = with_buyers(economy)
    kept = traded.each("lenders", book_buy_cover=None)
    first, second = kept.play(), traded.play()
    assert not first.of("book_sale")
    assert second.table("loans") == first.table("loans")
    assert [row["loss_usd"] for row in second.paths] == [row["loss_usd"] for row in first.paths]
    sums = [sum(row["loss_usd_mean"] for row in played.table("lenders").values()) for played in (first, second)]
    assert sums[1] == pytest.approx(sums[0], rel=1e-12, abs=1e-6)
    met = set(second.happened)
    for event in second.of("repurchase"):  # the borrower is asked first, by whomever
        assert event in first.of("repurchase")
    return met


@law(economies(BUYERS), reach=("book_sale",), fast=14)
def test_who_has_to_keep_more_than_it_has_buys_nothing(economy: Economy) -> set[str]:
    """Lenders that owe much more than a thirtieth of their cash to depositors, who would all leave when another one fails and do not:
    nobody buys, not even what costs nothing, and all is as if nobody would. They buy where depositors would stay."""
    calm = with_buyers(economy.with_table("exposures", [])).each("lenders", bankruptcy_cost_share=0.0)
    loyal = calm.each("lenders", demand_share=1.0, equity_usd=lambda row: row["cash_usd"] / 2)
    flighty = loyal.each("lenders", run_peer=1.0)
    assert not flighty.play().of("book_sale")
    assert flighty.digest == flighty.each("lenders", book_buy_cover=None).digest
    return set(loyal.play().happened)


@law(economies(BUYERS), reach=("book_sale",), fast=16)
def test_money_for_loans_goes_from_buyers_to_those_who_have_failed(economy: Economy) -> set[str]:
    """Every channel on, lenders with five times their cash: a loan is bought of a lender that failed so many days ago, by one that buys
    loans and has not failed, for money that is there; and it is a loan on machines."""
    eager = economy.each("lenders", book_sale_days=5, book_sale_price=0.9, cash_usd=lambda row: 5 * row["cash_usd"])
    eager = eager.each("lenders", lambda row: row["book_buy_cover"] is not None, book_buy_cover=0.0)
    eager = eager.under(lender_events=[*eager.terms["lender_events"], l0_fails(eager)])
    lenders = {row["lender"]: row for row in eager.rows("lenders")}
    played = eager.play()
    assert closing(played)  # nobody pays what it has not
    failed = played.first_day("lender_failure")
    for row in played.ledger:
        if row.reason == "book_sale":
            buyer, seller = (account.partition(":")[2] for account in (row.giver, row.taker))
            assert failed[row.path, seller] == row.day - 5, row
            assert failed.get((row.path, buyer), eager.days) >= row.day, row
            assert lenders[buyer]["book_buy_cover"] is not None, row
    for event in played.of("book_sale"):
        assert eager.named("loans", event.entity)["collateral"] == "machines", event
    return set(played.happened)


def giving_back(economy: Economy) -> Economy:
    """Loans without recourse, one of most miners on a machine and due in a week, for more than there is; every second miner has cheap power
    and no bills beside it, owes others next to nothing, sells its coins and keeps no runway; lenders do not wait, seize at once, and give
    back."""
    given = economy.each("lenders", forbear_days=None, seizure_days=1)
    sites = {row["fleet"] for row in given.rows("fleet")} - {row.get("collateral_fleet") for row in given.rows("loans")}
    due = dict.fromkeys(("first_payment_date", "maturity_date"), given.start + timedelta(days=7))
    given = given.each(
        "loans",
        lambda row: row["collateral"] == "none" and row["loan"] in sites,  # a miner's first loan, and its first site
        **due,
        amortisation="bullet",
        payment_usd=None,
        credit_line_usd=None,
        outstanding_usd=lambda row: round(20 * row["outstanding_usd"], 2),
        collateral="machines",
        collateral_fleet=lambda row: row["loan"],
        collateral_machines=1,
        grace_days=3,
    )
    given = given.each("loans", recourse="limited", cross_default=False)
    rules = [{"action": "sell_back", "payback_days": 3650}]
    given = given.under(policies={name: {"hold_days": 60, "rules": rules} for name in given.terms["policies"]})
    calm = set(given.keys("miners")[::2])
    given = given.each(
        "miners", lambda row: row["miner"] in calm, overhead_usd_per_month=0.0, hodl_share=0.0, runway_low_days=0
    )
    others = given.each(
        "loans",
        lambda row: (
            row["miner"] in calm and row.get("collateral_fleet") != row["loan"]
        ),  # nothing past due keeps them from it
        outstanding_usd=0.01,
        credit_line_usd=None,
    )
    cheap = others.each(
        "fleet",
        lambda row: row["miner"] in calm,
        power_contract="fixed",
        pass_through=0.0,
        power_usd_per_mwh=10.0,
        host=None,
        host_deposit_usd=0.0,
    )
    return cheap.lacking("hosts")


@law(economies(), reach=("sell_back", "miner_default"), fast=14)
def test_who_cannot_pay_takes_nothing_back(economy: Economy) -> set[str]:
    """Every channel on: machines go back to the row they were seized from, for money that is there, and only to who has not failed; for
    those of a loan it pays no more than it owed when the loan defaulted."""
    given = giving_back(economy)
    played = given.play()
    assert closing(played)  # no account is ever below 0, the miners' neither
    fallen = played.first_day("miner_default")
    loans = {row["loan"]: row for row in given.rows("loans")}
    owed = {(event.path, event.entity): event.amount for event in played.of("loan_default")}
    taken: Counter[tuple[int, str]] = Counter()
    for event in played.of("sell_back"):
        assert event.day < fallen.get((event.path, loans[event.entity]["miner"]), given.days), event
        taken[event.path, event.entity] += int(event.amount)
    for what, machines in taken.items():
        assert machines <= loans[what[1]]["collateral_machines"], what
    paid: Counter[tuple[int, str]] = Counter()
    back = [row for row in played.ledger if row.reason == "sell_back"]
    for row, then in pairwise([*back, None]):
        if row is not None and row.unit == "machines":
            loan = row.giver.partition(":")[2]
            assert row.taker == f"fleet:{loans[loan]['collateral_fleet']}", row
            if then is not None and then.unit == "cents":
                assert then.giver == f"miner:{loans[loan]['miner']}", then
                paid[row.path, loan] += int(then.amount)
    for what, cents in paid.items():
        assert cents <= owed[what], what
    return set(played.happened)


@law(economies(), reach=("seizure",), fast=12)
def test_machines_that_never_pay_for_themselves_are_waited_for(economy: Economy) -> set[str]:
    """No machine earns its price in a day: a rule that gives machines back to those whom that would suit is one that holds them, and the
    results are the same. Nor does it give any to miners that have failed, as all have whose loans have recourse."""
    given = giving_back(economy)
    waits = given.under(
        policies={name: {"hold_days": 60, "rules": [{"action": "hold"}]} for name in given.terms["policies"]}
    )
    hasty = given.under(
        policies={
            name: {"hold_days": 60, "rules": [{"action": "sell_back", "payback_days": 1}]}
            for name in given.terms["policies"]
        }
    )
    played = hasty.play()
    assert not played.of("sell_back")
    assert played.digest == waits.digest
    ruined = given.each("loans", lambda row: row["collateral"] == "machines", recourse="full")
    assert not ruined.each("lenders", swap_cover=None).play().of("sell_back")
    return set(played.happened)
