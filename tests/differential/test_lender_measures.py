"""Survival horizons and DebtRank: the engine's results over the paths of an economy, and the oracle's of each path."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pyarrow as pa
import pytest
from hashstress import _core

from tests.differential import replay
from tests.differential.side_by_side import side_by_side
from tests.economies import ALL, CALM, PLAIN, Row, Tables, economy
from tests.oracle import simulate

QUICK = (*range(20), *range(PLAIN, PLAIN + 10), *range(CALM, CALM + 5))
MANY = 41  # paths, of whose minima the third is reported
MONTHS_DAYS = 70


def measured(rows: list[dict[str, Any]], paths: int) -> dict[str, Any]:
    """The columns of one lender from what its paths say."""
    least = sorted(row["survival_days_min"] for row in rows)
    mean = sum(least) / paths
    return {
        "survival_days_start": rows[0]["survival_days_start"],
        "survival_days_min_mean": mean,
        "survival_days_min_se": sqrt(sum((days - mean) ** 2 for days in least) / (paths - 1) / paths),
        "survival_days_min_p05": least[-(-paths // 20) - 1],
        "debtrank": rows[0]["debtrank"],
    }


def compared(
    seed: int, tables: Tables, scenario: Row, closes: list[list[float]], lows: list[list[float]]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns of lenders that differ, and what the oracle has for them."""
    paths = len(closes)
    run = replay.run_of(tables, scenario, paths)
    close, low = (replay.packed([price for path in series for price in path]) for series in (closes, lows))
    run.advance(0, paths, close_usd=close, low_usd=low)
    ours = pa.table(run.tables()["lenders"]).to_pylist()
    outcomes = [
        simulate(tables, scenario, one, other, exp=_core.exp, ln=_core.ln, cos=_core.cos, path=path)
        for path, (one, other) in enumerate(zip(closes, lows, strict=True))
    ]
    theirs = [measured([outcome.lenders[place] for outcome in outcomes], paths) for place in range(len(ours))]
    found = [
        f"economy {seed}, {row['lender']}, {name}: engine {row[name]}, oracle {value}"
        for row, other in zip(ours, theirs, strict=True)
        for name, value in other.items()
        if row[name] != (value if value is None else pytest.approx(value, rel=1e-12, abs=1e-12))
    ]
    return found, theirs


def differing(seed: int) -> tuple[list[str], list[dict[str, Any]]]:
    """The same of an economy as it is."""
    return compared(seed, *economy(seed))


def differing_on_many_paths(seed: int) -> tuple[list[str], list[dict[str, Any]]]:
    """The same of an economy whose prices every path scales by a factor of its own, so that minima differ."""
    tables, scenario, closes, lows = economy(seed, MONTHS_DAYS)
    factors = [0.3 + 0.03 * ((7 * path) % MANY) for path in range(MANY)]
    scaled = [
        [[price * factor for price in series[path % len(series)]] for path, factor in enumerate(factors)]
        for series in (closes, lows)
    ]
    return compared(seed, tables, scenario, *scaled)


def differing_without_equity(seed: int) -> tuple[list[str], list[dict[str, Any]]]:
    """The same of an economy every second lender of which has no equity."""
    tables, scenario, closes, lows = economy(seed)
    tables["lenders"] = [row | {"equity_usd": 0.0} if i % 2 else row for i, row in enumerate(tables["lenders"])]
    return compared(seed, tables, scenario, closes, lows)


def check(results: list[tuple[list[str], list[dict[str, Any]]]]) -> None:
    """Nothing differs, and each measure says something often."""
    found = [line for lines, _ in results for line in lines]
    assert not found, "\n".join(found[:40])
    rows = [row for _, rows in results for row in rows]
    for name in ("survival_days_start", "survival_days_min_mean"):
        assert sum(0 < row[name] < 3650 for row in rows) > len(rows) / 20, name
    assert sum(row["survival_days_min_p05"] < row["survival_days_min_mean"] for row in rows) > 0
    ranks = [row["debtrank"] for row in rows]
    assert sum(rank is not None and 0 < rank < 1 for rank in ranks) > len(rows) / 20
    assert None in ranks


def test_no_measure_differs_on_the_first_economies() -> None:
    check(side_by_side(differing, QUICK))


@pytest.mark.long
def test_no_measure_differs_on_any_economy() -> None:
    check(side_by_side(differing, range(ALL)))


def test_the_worst_twentieth_of_many_paths() -> None:
    """Of 41 paths the three lowest minima count: their highest is neither the least of all nor the mean."""
    results = side_by_side(differing_on_many_paths, range(5))
    found = [line for lines, _ in results for line in lines]
    assert not found, "\n".join(found[:40])
    rows = [row for _, rows in results for row in rows]
    assert any(0 < row["survival_days_min_p05"] < row["survival_days_min_mean"] for row in rows)
    assert any(row["survival_days_min_se"] > 0 for row in rows)


def test_lenders_without_equity() -> None:
    """A claim puts whoever has no equity wholly in distress; what is lost of no equity frightens nobody."""
    results = side_by_side(differing_without_equity, range(20))
    found = [line for lines, _ in results for line in lines]
    assert not found, "\n".join(found[:40])
    assert any(row["debtrank"] for _, rows in results for row in rows)
