"""Survival horizons and DebtRank: the engine's results over the paths of an economy, and the oracle's of each path."""

from __future__ import annotations

from collections import Counter
from math import sqrt
from typing import Any

import pyarrow as pa
import pytest
from hashstress import _core

from tests.differential.replay import packed
from tests.oracle import Outcome

Rows = list[dict[str, Any]]


def measured(rows: Rows) -> dict[str, Any]:
    """The columns of one lender from what its paths say."""
    paths = len(rows)
    least = sorted(row["survival_days_min"] for row in rows)
    mean = sum(least) / paths
    return {
        "survival_days_start": rows[0]["survival_days_start"],
        "survival_days_min_mean": mean,
        "survival_days_min_se": sqrt(sum((days - mean) ** 2 for days in least) / (paths - 1) / paths),
        "survival_days_min_p05": least[-(-paths // 20) - 1],
        "debtrank": rows[0]["debtrank"],
    }


def engine_rows(run: _core.Run, closes: list[list[float]], lows: list[list[float]]) -> Rows:
    """The engine's table of lenders after all paths."""
    close, low = (packed([price for path in series for price in path]) for series in (closes, lows))
    run.advance(0, len(closes), close_usd=close, low_usd=low)
    return pa.table(run.tables()["lenders"]).to_pylist()


def differences(ours: Rows, outcomes: list[Outcome]) -> list[str]:
    """Columns of lenders that differ beyond the last digits, which the order of a sum decides."""
    theirs = [measured([outcome.lenders[place] for outcome in outcomes]) for place in range(len(ours))]
    return [
        f"{row['lender']}, {name}: engine {row[name]}, oracle {value}"
        for row, other in zip(ours, theirs, strict=True)
        for name, value in other.items()
        if row[name] != (value if value is None else pytest.approx(value, rel=1e-12, abs=1e-12))
    ]


TELLING = ("horizon at the start", "least horizon", "paths apart", "distress passed on", "no exposures")


def telling(ours: Rows) -> Counter[str]:
    """How many measures of lenders say something."""
    ranks = [row["debtrank"] for row in ours]
    return Counter(
        {
            "lenders": len(ours),
            "horizon at the start": sum(0 < row["survival_days_start"] < 3650 for row in ours),
            "least horizon": sum(0 < row["survival_days_min_mean"] < 3650 for row in ours),
            "paths apart": sum(row["survival_days_min_p05"] < row["survival_days_min_mean"] for row in ours),
            "distress passed on": sum(rank is not None and 0 < rank < 1 for rank in ranks),
            "no exposures": ranks.count(None),
        }
    )
