"""What is measured of lenders and moves nothing. Pages: docs/model/lenders.md#survival-horizon, docs/model/exposures.md#debtrank"""

from __future__ import annotations

from collections.abc import Callable

import hashstress as hs
import pytest

from tests.python.test_lenders import Row, book, claim, event, lender, loan, play

__all__ = ["play"]
Play = Callable[..., hs.Results]


def measured(results: hs.Results, key: str) -> list[float]:
    (row,) = (row for row in results.lenders.rows() if row["lender"] == key)
    return [row[f"survival_days_{name}"] for name in ("start", "min_mean", "min_p05")]


@pytest.mark.parametrize(
    ("changes", "shock", "expected"),
    [
        # nothing can leave
        ({}, "", [3650.0, 3650.0, 3650.0]),
        # 110k of funding, half on demand, a tenth of that after a peer's failure: 5,500 a day of 100k
        ({"demand_share": 0.5, "run_peer": 0.1}, "", [18.0, 18.0, 18.0]),
        # 30 % of it a month: 1,100 a day; after 80k are gone 300 a day of 20k
        ({"stop_equity_share": 0.01, "term_share_per_month": 0.3}, "withdrawal 80000", [90.0, 66.0, 66.0]),
        # 12 % a year of 110k is 36.67 a day; each month 1,100 of cash are paid for it, so that 96,700 are left on 1 February
        ({"funding_rate": 0.12}, "", [2727.0, 2637.0, 2637.0]),
        # half the equity is lost, which frightens a quarter of the depositors a day: nothing is left by the next first of a month
        ({"demand_share": 1.0, "run_own": 0.5}, "loss 20000", [3650.0, 0.0, 0.0]),
        ({"demand_share": 0.5, "run_peer": 0.1}, "fail", [18.0, 0.0, 0.0]),
    ],
)
def test_how_long_cash_lasts(play: Play, changes: Row, shock: str, expected: list[float]) -> None:
    kind, _, amount = shock.partition(" ")
    struck = event("2021-11-10", "bank", kind, float(amount or 0)) if kind else ""
    results = play(book([lender("bank", **changes)], [loan("l", "m", "bank")]), struck)
    assert measured(results, "bank") == expected
    (row,) = results.lenders.rows()
    assert row["survival_days_min_se"] == 0.0
    assert row["debtrank"] is None


def test_debtrank_of_a_chain(play: Play) -> None:
    """a's failure takes all of b's 40k of equity and b's a quarter of c's: assets are 100k, 200k and 160k."""
    banks = [lender("a"), lender("b"), lender("c")]
    claims = (claim("b", "a", 1e5), claim("c", "b", 1e4))
    results = play(book(banks, [loan("l", "m", "c")], claims))
    ranks = [row["debtrank"] for row in results.lenders.rows()]
    assert ranks == pytest.approx([240 / 460, 40 / 460, 0.0], abs=1e-15)


def test_debtrank_where_equity_is_gone(play: Play) -> None:
    """Whoever has no equity is wholly in distress for a claim of one cent; a ring passes distress on once."""
    banks = [lender("a"), lender("b", equity_usd=0.0), lender("none", cash_usd=1e6)]
    claims = (claim("b", "a", 0.01), claim("a", "b", 2e4))
    results = play(book(banks, [loan("l", "m", "none")], claims), solvency=False)
    ranks = {row["lender"]: row["debtrank"] for row in results.lenders.rows()}
    total = 1e5 + 2e4 + 1e5 + 0.01 + 1e6 + 5e4
    assert ranks["a"] == pytest.approx((1e5 + 0.01) / total, abs=1e-15)
    assert ranks["b"] == pytest.approx(0.5 * 1.2e5 / total, abs=1e-15)
    assert ranks["none"] == 0.0
