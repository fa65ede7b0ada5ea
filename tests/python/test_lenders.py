"""Lenders in full on books small enough to reckon by hand. Pages: docs/model/lenders.md, docs/model/exposures.md"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import hashstress as hs
import pyarrow as pa
import pytest

Row = dict[str, Any]
Edited = Callable[..., hs.Scenario]
FLAT = (
    'source = "gbm"\nstart_usd = 30000.0\nvolatility_annual = 0.9',
    'source = "anchors"\nvolatility_daily = 0.0\nanchors = [["2021-11-01", 30000.0], ["2022-02-28", 30000.0]]',
)


ZERO = ("demand_share", "run_own", "run_peer", "term_share_per_month", "stop_equity_share", "tighten_equity_share")
ZERO += ("rehypothecated_share", "bankruptcy_cost_share")


def miner(key: str, **changes: Any) -> Row:
    """A miner with money to live on and no machines worth mentioning."""
    row = {"miner": key, "cash_usd": 1e6, "btc": 0.0, "overhead_usd_per_month": 0.0, "hodl_share": 0.0}
    return row | changes


def fleet(owner: str, **changes: Any) -> Row:
    row = {"fleet": f"{owner}-site", "miner": owner, "model": "S19", "region": "texas", "machines": 100}
    return row | {"power_contract": "fixed", "power_usd_per_mwh": 40.0} | changes


def lender(key: str, **changes: Any) -> Row:
    row = {"lender": key, "cash_usd": 1e5, "other_assets_usd": 0.0, "equity_usd": 4e4, "funding_rate": 0.0}
    row |= {"seizure_days": 5, "call_notice_days": 3, "policy": "ladder"}
    return row | dict.fromkeys(ZERO, 0.0) | changes


def loan(key: str, owner: str, of: str, **changes: Any) -> Row:
    row: Row = {"loan": key, "miner": owner, "lender": of, "collateral": "none", "amortisation": "interest_only"}
    row |= {"outstanding_usd": 5e4, "rate": 0.0, "day_count": "30E360", "first_payment_date": date(2021, 12, 15)}
    row |= {"maturity_date": date(2022, 12, 15), "period_months": 1, "recourse": "full", "grace_days": 5}
    return row | changes


MACHINES = {"collateral": "machines", "collateral_fleet": "m-site", "collateral_machines": 100}
COINS = {"collateral": "btc", "collateral_btc": 10.0, "initial_ltv": 0.6, "call_ltv": 0.7, "liquidation_ltv": 0.8}
COINS |= {"cure_days": 3, "tranche_share": 0.5}


def book(
    lenders: list[Row],
    loans: list[Row],
    exposures: tuple[Row, ...] = (),
    responses: tuple[Row, ...] = (),
    **of_miner: Any,
) -> hs.Book:
    """One miner `m` with one site, and these lenders."""
    tables = {
        "machines": [{"model": "S19", "hashrate_ths": 100.0, "power_w": 3000.0}],
        "regions": [{"region": "texas"}],
        "miners": [miner("m", **of_miner)],
        "fleet": [fleet("m")],
        "loans": loans,
        "lenders": lenders,
        "cohorts": [
            {
                "cohort": "rest",
                "region": "texas",
                "efficiency_j_per_th": 40.0,
                "power_usd_per_mwh": 40.0,
                "hashrate_ths": 2e8,
            }
        ],
        "exposures": list(exposures),
        "responses": list(responses),
    }
    arrow = {}
    for name, rows in tables.items():
        names = dict.fromkeys(column for row in rows for column in row)
        arrow[name] = pa.Table.from_pylist([{**dict.fromkeys(names), **row} for row in rows])
    return hs.Book.from_tables(**{name: table for name, table in arrow.items() if table.num_rows})


@pytest.fixture
def play(edited: Edited) -> Callable[..., hs.Results]:
    """`play(book, toml)`: three months at a flat price, with tables of TOML added, one path journaled."""

    def run(of: hs.Book, toml: str = "", **channels: bool) -> hs.Results:
        dark = '[[availability]]\nregion = "texas"\nfrom = 2021-11-01\nto = 2022-02-28\nshare = 0.0\n'  # nobody earns
        ladder = '\n[policies.ladder]\nhold_days = 30\nrules = [{ action = "hold" }]\n'
        scenario = edited(
            *FLAT, "end = 2021-11-30", "end = 2022-02-28", "[network]", f"{dark}{toml}{ladder}\n[network]"
        )
        results = hs.run(of, scenario.with_channels(**channels), paths=8, worst=1)
        for unit in ("cents", "sats", "machines"):
            assert set(results.paths.to_pyarrow()[f"residual_{unit}"].to_pylist()) == {0.0}
        return results

    return run


def happened(results: hs.Results, *kinds: str) -> list[tuple[str, str, str, float]]:
    """Date, kind, entity and amount of the events of these kinds."""
    rows = (row for row in results.events.rows() if row["kind"] in kinds)
    return [(row["date"].isoformat(), row["kind"], row["entity"], row["amount"]) for row in rows]


def event(day: str, of: str, kind: str, usd: float = 0.0) -> str:
    amount = f"amount_usd = {usd}\n" if usd else ""
    return f'[[lender_events]]\ndate = {day}\nlender = "{of}"\nkind = "{kind}"\n{amount}'


def test_depositors_run_from_losses_until_the_cash_is_gone(play: Callable[..., hs.Results]) -> None:
    """A quarter of the equity is lost: a quarter of run_own = 0.4 is 10 % a day of what is left on demand, 110k at first."""
    bank = lender("bank", demand_share=1.0, run_own=0.4)
    results = play(book([bank], [loan("l", "m", "bank")]), event("2021-11-10", "bank", "loss", 1e4))
    runs = happened(results, "lender_run")
    assert runs[0] == ("2021-11-10", "lender_run", "bank", 1_100_000.0)
    assert runs[1] == ("2021-11-11", "lender_run", "bank", 990_000.0)
    failed = happened(results, "lender_failure")
    assert len(failed) == 1
    assert sum(amount for *_, amount in runs) == 10_000_000.0  # all of its cash
    assert not happened(
        play(book([bank], [loan("l", "m", "bank")]), event("2021-11-10", "bank", "loss", 1e4), confidence=False),
        "lender_run",
    )


def test_a_failing_peer_starts_a_run_the_day_after(play: Callable[..., hs.Results]) -> None:
    banks = [lender("a"), lender("b", demand_share=0.5, run_peer=0.25)]
    results = play(book(banks, [loan("l", "m", "a")]), event("2021-11-10", "a", "fail"))
    # b: funding 100k - 40k = 60k, half of it on demand, a quarter of that leaves, once
    assert happened(results, "lender_run") == [("2021-11-11", "lender_run", "b", 750_000.0)]


def test_funding_of_a_lender_that_has_stopped_is_not_rolled_over(play: Callable[..., hs.Results]) -> None:
    bank = lender("bank", stop_equity_share=0.25, term_share_per_month=0.5)
    lossy = event("2021-11-10", "bank", "loss", 1e4)
    results = play(book([bank], [loan("l", "m", "bank")]), lossy)
    assert happened(results, "lending_stopped") == [("2021-11-10", "lending_stopped", "bank", 0.0)]
    # funding 100k + 50k - 40k = 110k: half of it falls due on 1 December, half of the rest on 1 January
    assert happened(results, "lender_roll_off")[0] == ("2021-12-01", "lender_roll_off", "bank", 5_500_000.0)
    assert not happened(play(book([bank], [loan("l", "m", "bank")]), lossy, tightening=False), "lender_roll_off")


def test_a_lender_that_has_stopped_lends_nothing_more_on_a_line(play: Callable[..., hs.Results]) -> None:
    line = loan("l", "m", "bank", amortisation="interest_only", credit_line_usd=9e4)
    due = loan("x", "m", "other", amortisation="bullet", maturity_date=date(2021, 12, 15), outstanding_usd=2e4)
    banks = [lender("bank", stop_equity_share=0.25), lender("other")]
    broke = {"cash_usd": 1e4}
    lossy = event("2021-11-10", "bank", "loss", 1e4)
    assert happened(play(book(banks, [line, due], **broke)), "credit_draw")
    assert not happened(play(book(banks, [line, due], **broke), lossy), "credit_draw")


def test_a_lender_that_tightens_recalls_and_does_so_once(play: Callable[..., hs.Results]) -> None:
    bank = lender("bank", stop_equity_share=0.19, tighten_equity_share=0.18)
    loans = [loan("l", "m", "bank"), loan("rigs", "m", "bank", **MACHINES)]
    results = play(book([bank], loans), event("2021-11-10", "bank", "loss", 1e4))
    assert [row[1:3] for row in happened(results, "lender_tightened")] == [("lender_tightened", "bank")]
    assert happened(results, "loan_called") == [("2021-11-13", "loan_called", "l", 5_000_000.0)]


def test_a_lender_waits_once_and_then_seizes(play: Callable[..., hs.Results]) -> None:
    patient = lender("bank", forbear_days=20)
    due = loan("l", "m", "bank", amortisation="bullet", maturity_date=date(2021, 12, 15), **MACHINES)
    results = play(book([patient], [due], cash_usd=1e4))
    waited = happened(results, "forbearance")
    assert [row[0] for row in waited] == ["2021-12-20"]
    assert [row[0] for row in happened(results, "loan_default")] == ["2022-01-09"]
    assert [row[0] for row in happened(play(book([lender("bank")], [due], cash_usd=1e4)), "loan_default")] == [
        "2021-12-20"
    ]


def test_machines_taken_for_the_debt_leave_the_miner_alive(play: Callable[..., hs.Results]) -> None:
    """A hundred machines at about 70 USD/TH are worth some 600k, twelve times the claim."""
    due = loan("l", "m", "bank", amortisation="bullet", maturity_date=date(2021, 12, 15), **MACHINES)
    swapped = play(book([lender("bank", swap_cover=2.0)], [due], cash_usd=1e4))
    assert [row[:3] for row in happened(swapped, "debt_swap")] == [("2021-12-20", "debt_swap", "l")]
    assert not happened(swapped, "miner_default")
    assert happened(swapped, "seizure") == [("2021-12-25", "seizure", "l", 100.0)]
    for cover in (None, 50.0):
        seized = play(book([lender("bank", swap_cover=cover)], [due], cash_usd=1e4))
        assert happened(seized, "miner_default")
        assert not happened(seized, "debt_swap")


def test_a_borrower_buys_its_own_loan_of_a_failed_lender(play: Callable[..., hs.Results]) -> None:
    bank = lender("bank", book_sale_days=20, book_sale_price=0.37)
    results = play(book([bank], [loan("l", "m", "bank", **MACHINES)]), event("2021-11-10", "bank", "fail"))
    assert happened(results, "repurchase") == [("2021-11-30", "repurchase", "l", 1_850_000.0)]
    (row,) = results.loans.rows()
    assert (row["pd"], row["ead_usd"], row["el_usd"]) == (1.0, 50_000.0, 31_500.0)
    assert not happened(results, "seizure", "miner_default", "estate")
    poor = book([bank], [loan("l", "m", "bank", **MACHINES)], cash_usd=1e4)
    assert not happened(play(poor, event("2021-11-10", "bank", "fail")), "repurchase")


def test_coins_pledged_on_are_lost_with_the_lender(play: Callable[..., hs.Results]) -> None:
    coins = loan("l", "m", "bank", **COINS)
    results = play(book([lender("bank", rehypothecated_share=0.5)], [coins]), event("2021-11-10", "bank", "fail"))
    assert happened(results, "collateral_lost") == [("2021-11-10", "collateral_lost", "l", 500_000_000.0)]
    released = [row["amount"] for row in results.ledger.rows() if row["reason"] == "release"]
    assert released == [500_000_000.0]


def claim(creditor: str, debtor: str, usd: float) -> Row:
    return {"creditor": creditor, "debtor": debtor, "amount_usd": usd}


def test_a_cascade_within_the_day_and_its_two_rounds(play: Callable[..., hs.Results]) -> None:
    """a fails with 40k of its 100k left, owing 60k to depositors (and 0 to them after its loss) and 100k to b; b's equity is 40k."""
    banks = [lender("a", bankruptcy_cost_share=0.1), lender("b"), lender("c")]
    claims = (claim("b", "a", 1e5), claim("c", "b", 1e4))
    # a: cash 100k = owed 100k + equity 40k + funding -40k; a loss of 60k leaves other_assets -60k: own = 40k, less 10 % = 36k for b alone
    results = play(book(banks, [loan("l", "m", "c")], claims), event("2021-11-10", "a", "loss", 6e4))
    losses = happened(results, "exposure_loss")
    assert losses[0] == ("2021-11-10", "exposure_loss", "b", 6_400_000.0)
    assert [row[2] for row in happened(results, "lender_failure")] == ["a", "b"]
    # b: cash 100k + 36k against 10k owed to c and 150k of depositors: 136/160 of c's 10k
    assert losses[1] == ("2021-11-10", "exposure_loss", "c", 150_000.0)
    rows = {row["lender"]: row for row in results.lenders.rows()}
    assert [rows[key]["exposure_loss_usd_mean"] for key in "abc"] == [0.0, 64_000.0, 1_500.0]
    assert rows["b"]["loss_usd_mean"] == 0.0
    spared = play(book(banks, [loan("l", "m", "c")], claims), event("2021-11-10", "a", "loss", 6e4), exposures=False)
    assert [row[2] for row in happened(spared, "lender_failure")] == ["a"]


def test_the_order_of_rows_does_not_matter(play: Callable[..., hs.Results]) -> None:
    banks = [lender("a", bankruptcy_cost_share=0.1), lender("b"), lender("c")]
    claims = (claim("b", "a", 1e5), claim("c", "b", 1e4), claim("c", "a", 2e4))
    lossy = event("2021-11-10", "a", "loss", 6e4)
    first = play(book(banks, [loan("l", "m", "c")], claims), lossy)
    second = play(book(banks[::-1], [loan("l", "m", "c")], claims[::-1]), lossy)
    assert first.manifest["results_digest"] == second.manifest["results_digest"]


@pytest.mark.parametrize(
    ("lenders", "exposures", "place"),
    [
        ([lender("a", run_own=0.5)], (), ("lenders", 1, "run_own")),
        ([lender("a", run_peer=0.5)], (), ("lenders", 1, "run_peer")),
        ([lender("a", term_share_per_month=0.5)], (), ("lenders", 1, "term_share_per_month")),
        ([lender("a", tighten_equity_share=0.5)], (), ("lenders", 1, "tighten_equity_share")),
        ([lender("a", bankruptcy_cost_share=0.5)], (), ("lenders", 1, "bankruptcy_cost_share")),
        ([lender("a", book_sale_days=5)], (), ("lenders", 1, "book_sale_days")),
        ([lender("a", book_sale_price=0.4)], (), ("lenders", 1, "book_sale_price")),
        ([lender("a", demand_share=1.5)], (), ("lenders", 1, "demand_share")),
        ([lender("a", forbear_days=0)], (), ("lenders", 1, "forbear_days")),
        ([lender("a", swap_cover=float("nan"))], (), ("lenders", 1, "swap_cover")),
        ([lender("a")], (claim("a", "nobody", 1.0),), ("exposures", 1, "debtor")),
        ([lender("a")], (claim("nobody", "a", 1.0),), ("exposures", 1, "creditor")),
        ([lender("a")], (claim("a", "a", 1.0),), ("exposures", 1, "debtor")),
        ([lender("a"), lender("b")], (claim("a", "b", 1.0), claim("a", "b", 2.0)), ("exposures", 2, "debtor")),
        ([lender("a"), lender("b")], (claim("a", "b", 0.0),), ("exposures", 1, "amount_usd")),
        ([lender("a"), lender("b")], (claim("a", "b", float("inf")),), ("exposures", 1, "amount_usd")),
    ],
)
def test_what_is_refused_has_its_place(
    lenders: list[Row], exposures: tuple[Row, ...], place: tuple[str, int, str]
) -> None:
    with pytest.raises(hs.InputError) as refused:
        book(lenders, [loan("l", "m", "a")], exposures)
    assert [(problem.table, problem.row, problem.column) for problem in refused.value.problems] == [place]


def test_a_table_of_exposures_without_a_column_or_of_another_type() -> None:
    with pytest.raises(hs.InputError, match="debtor"):
        book([lender("a")], [loan("l", "m", "a")], ({"creditor": "a", "amount_usd": 1.0},))
    with pytest.raises(hs.InputError, match="amount_usd"):
        book([lender("a"), lender("b")], [loan("l", "m", "a")], (claim("a", "b", "much"),))  # type: ignore[arg-type]
