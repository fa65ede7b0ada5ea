"""Seized machines in the hands of a broker, on a book small enough to reckon by hand. Page: docs/model/consignment.md"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hashstress as hs
import pytest
from hashstress.builtin.policies import RuleParams
from hashstress.hookspecs import Rule
from pydantic import ValidationError

from tests.python.test_lenders import Edited, Row, book, event, happened, lender, loan, play

__all__ = ["play"]  # a fixture

MACHINES = {"collateral": "machines", "collateral_fleet": "m-site", "collateral_machines": 100}
TERMS = {"share_per_day": 0.3, "commission": 0.05, "settle_days": 10, "reserve_to_index": 0.0}
CLEARING = "asic_clearing_usd_per_th"
Play = Callable[..., hs.Results]
Posting = tuple[str, str, str, str, str, float]


def broker(after: str = "", **changes: Any) -> str:
    """A policy `broker` that consigns whatever the price, and then perhaps does something else."""
    terms = ", ".join(f"{name} = {value}" for name, value in (TERMS | changes).items() if value is not None)
    return f'[policies.broker]\nhold_days = 60\nrules = [{{ action = "consign", {terms} }}{after}]\n'


def world(*lenders: Row, usd: float = 5e6) -> hs.Book:
    """A loan on a hundred machines whose first interest, on 15 December, cannot be paid: seized on 25 December."""
    banks = lenders or (lender("bank", policy="broker", equity_usd=9e6, other_assets_usd=5e6),)
    owed = loan("l", "m", "bank", outstanding_usd=usd, rate=0.12, recourse="limited", **MACHINES)
    return book(list(banks), [owed], cash_usd=1.0)


def postings(results: hs.Results, *reasons: str) -> list[Posting]:
    rows = (row for row in results.ledger.rows() if row["reason"] in reasons)
    return [
        (row["date"].isoformat(), row["reason"], row["unit"], row["from_account"], row["to_account"], row["amount"])
        for row in rows
    ]


def sales(results: hs.Results) -> list[tuple[str, float]]:
    return [(day, amount) for day, _, entity, amount in happened(results, "machine_sale") if entity == "l"]


def test_a_broker_sells_in_parts_and_pays_later(play: Play) -> None:
    results = play(world(), broker())
    (seized,) = happened(results, "seizure")
    assert (seized[0], seized[3]) == ("2021-12-25", 100.0)
    assert happened(results, "consignment") == [("2021-12-25", "consignment", "l", 100.0)]
    assert sales(results) == [("2021-12-25", 30.0), ("2021-12-26", 30.0), ("2021-12-27", 30.0), ("2021-12-28", 10.0)]
    paid = postings(results, "machine_proceeds")
    assert [row[0] for row in paid] == ["2022-01-04", "2022-01-05", "2022-01-06", "2022-01-07"]
    assert {row[3:5] for row in paid} == {("world", "lender:bank")}
    machines = postings(results, "machine_sale")
    assert [row[2:] for row in machines] == [("machines", "lot:l", "world", float(n)) for n in (30, 30, 30, 10)]


def test_the_commission_is_the_brokers_and_the_price_that_of_deals(play: Play) -> None:
    first = {
        share: postings(play(world(), broker(commission=share)), "machine_proceeds")[0][5] for share in (0.0, 0.05)
    }
    assert first[0.05] == round(first[0.0] * 0.95)
    assert not postings(play(world(), broker(commission=1.0)), "machine_proceeds")
    clearing = {
        row["date"].isoformat(): row["mean"]
        for row in play(world(), broker()).daily.rows()
        if row["metric"] == CLEARING
    }
    assert first[0.0] == pytest.approx(30 * 100 * clearing["2021-12-25"] * 100, rel=1e-3)


def test_equity_moves_with_the_sale_and_cash_with_the_payment(play: Play) -> None:
    """The loss is the same however long the broker takes; the cash is not."""
    soon, late, never = (play(world(), broker(settle_days=days)) for days in (1, 30, 3650))
    assert postings(late, "machine_proceeds")[0][0] == "2022-01-24"
    assert not postings(never, "machine_proceeds")
    for other in (late, never):
        for table in ("loans", "lenders"):
            mine, theirs = (next(iter(getattr(found, table).rows())) for found in (soon, other))
            for name in ("ead_usd_mean", "loss_usd_mean", "lgd", "loss_usd_es95", "pd"):
                if name in mine:
                    assert mine[name] == theirs[name], f"{table}.{name}"
    on = {
        name: [row["mean"] for row in found.daily.rows() if row["metric"] == "lender_cash_usd"]
        for name, found in (("soon", soon), ("late", late))
    }
    assert on["soon"] != on["late"]
    assert on["soon"][-1] == on["late"][-1]


def test_a_lender_that_has_failed_is_paid_all_the_same(play: Play) -> None:
    """It fails on the second day of sales: what is left is dumped the day after, what was sold is paid on its day."""
    results = play(world(), broker() + event("2021-12-26", "bank", "fail"))
    assert sales(results)[:2] == [("2021-12-25", 30.0), ("2021-12-27", 70.0)]
    paid = [row for row in postings(results, "machine_proceeds") if row[4] == "lender:bank"]
    assert [row[0] for row in paid] == ["2021-12-27", "2022-01-04"]
    kept = play(world(), broker() + event("2021-12-26", "bank", "fail"), lender_dumping=False)
    assert len(sales(kept)) == 4


def test_nothing_is_sold_below_the_reserve(play: Play) -> None:
    everything, nothing = (play(world(), broker(reserve_to_index=share)) for share in (0.1, 2.0))
    assert len(sales(everything)) == 4
    assert happened(nothing, "consignment")
    assert [day for day, _ in sales(nothing)] == ["2022-02-24"]  # dumped when 60 days are over


def test_consigned_machines_are_no_bulk_lot_and_weigh_on_later_prices(play: Play) -> None:
    dumped = play(world(), '[policies.broker]\nhold_days = 60\nrules = [{ action = "dump" }]\n')
    at_once, slowly = (play(world(), broker(share_per_day=share, commission=0.0)) for share in (1.0, 0.01))
    (lot,), (whole,) = postings(dumped, "machine_proceeds"), postings(at_once, "machine_proceeds")
    assert lot[5] < 0.9 * whole[5]  # the desk's discount for haste

    def soon_after(results: hs.Results) -> float:
        on = {row["date"].isoformat(): row["mean"] for row in results.daily.rows() if row["metric"] == CLEARING}
        return float(on["2021-12-30"])

    calm = play(world(), broker(reserve_to_index=2.0))
    assert soon_after(at_once) < soon_after(slowly) < soon_after(calm)
    assert soon_after(play(world(), broker(share_per_day=1.0), fire_sales=False)) == soon_after(calm)


def test_what_is_beyond_the_claim_is_the_miners(play: Play) -> None:
    results = play(world(usd=2e5), broker(commission=0.0))
    owed = sum(row[3] for row in happened(results, "loan_default"))
    paid, surplus = postings(results, "machine_proceeds"), postings(results, "machine_surplus")
    assert sum(row[5] for row in paid) == owed
    assert surplus
    assert {row[3:5] for row in surplus} == {("world", "miner:m")}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"share_per_day": 0.0}, "share_per_day"),
        ({"share_per_day": None}, "share_per_day"),
        ({"share_per_day": 1.1}, "share_per_day"),
        ({"commission": None}, "commission"),
        ({"commission": -0.1}, "commission"),
        ({"commission": 1.1}, "commission"),
        ({"commission": "nan"}, "commission"),
        ({"commission": '"much"'}, "commission"),
        ({"settle_days": None}, "settle_days"),
        ({"settle_days": 0}, "settle_days"),
        ({"settle_days": 3651}, "settle_days"),
        ({"settle_days": 1.5}, "settle_days"),
        ({"reserve_to_index": None}, "reserve_to_index"),
        ({"reserve_to_index": 2.1}, "reserve_to_index"),
        ({"reserve_to_index": -1}, "reserve_to_index"),
        ({"fee": 0.1}, "fee"),
    ],
)
def test_what_a_broker_cannot_be_given_is_refused_where_it_stands(edited: Edited, changes: Row, place: str) -> None:
    with pytest.raises(hs.ScenarioError) as refused:
        edited("[network]", f"{broker(**changes)}\n[network]").compile(world())
    assert [problem.path for problem in refused.value.problems] == [f"policies.broker.rules[0].{place}"]


@pytest.mark.parametrize("action", ["dump", "sell", "hold", "host"])
@pytest.mark.parametrize("term", ["commission", "settle_days", "reserve_to_index"])
def test_other_actions_have_no_broker(action: str, term: str) -> None:
    with pytest.raises(ValidationError, match="only the action consign has a broker"):
        RuleParams.model_validate({"action": action, "share_per_day": 0.1 if action == "sell" else 0.0, term: 1})


def test_a_compiled_rule_says_only_what_it_has(edited: Edited) -> None:
    text = broker(', { action = "hold" }').replace(
        'action = "consign"', 'max_clearing_to_index = 0.7, action = "consign"'
    )
    found = edited("[network]", f"{text}\n[network]").compile(world()).spec["policies"]["broker"]["rules"]
    assert found[0] == TERMS | {"action": "consign", "max_clearing_to_index": 0.7}
    assert found[1] == {"action": "hold", "max_clearing_to_index": 1e9, "share_per_day": 0.0}
    assert Rule(1.0, "hold").commission is None
