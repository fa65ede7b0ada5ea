"""Sheets of lenders that no economy has as it is: lines on which nothing is drawn, no equity, and so many paths that their minima spread.

Pages: docs/model/exposures.md, docs/model/lenders.md#survival-horizon.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from hashstress import _core

from tests.differential import measures, replay
from tests.differential.side_by_side import side_by_side
from tests.economies import CALM, PLAIN, Economy, economy, event_counts
from tests.oracle import simulate

SOME = (*range(20), *range(PLAIN, PLAIN + 10), *range(CALM, CALM + 4))
PATHS = 41  # of whose minima the third is reported
DAYS = 70  # two firsts of months at least


class Compared(NamedTuple):
    """An economy: what differs, and what there is to see."""

    differing: list[str]
    events: Counter[str]
    seen: Counter[str]


def journals(seed: int, world: Economy) -> Compared:
    """Journals and measures of an economy on its paths."""
    tables, scenario, closes, lows = world
    run = replay.run_of(tables, scenario, len(closes))
    lenders = measures.engine_rows(run, closes, lows)
    found, outcomes = [], []
    for path, (close, low) in enumerate(zip(closes, lows, strict=True)):
        outcome, odd = replay.compare(run, tables, scenario, path, close, low)
        found += [f"economy {seed}, path {path}: {line}" for line in odd]
        outcomes.append(outcome)
    found += [f"economy {seed}: {line}" for line in measures.differences(lenders, outcomes)]
    seen = measures.telling(lenders)
    seen["lines"] = sum(row["amount_usd"] == 0 for row in tables.get("exposures", []))
    return Compared(found, event_counts(outcomes), seen)


def promised(seed: int) -> Compared:
    """Every claim that has a line is only a promise."""
    tables, scenario, closes, lows = economy(seed)
    if "exposures" in tables:
        tables["exposures"] = [
            row if row.get("line_usd") is None else row | {"amount_usd": 0.0} for row in tables["exposures"]
        ]
    return journals(seed, (tables, scenario, closes, lows))


def without_equity(seed: int) -> Compared:
    """Every second lender has no equity."""
    tables, scenario, closes, lows = economy(seed)
    tables["lenders"] = [row | {"equity_usd": 0.0} if i % 2 else row for i, row in enumerate(tables["lenders"])]
    return journals(seed, (tables, scenario, closes, lows))


def on_many_paths(seed: int) -> tuple[list[str], Counter[str]]:
    """Measures of an economy whose prices every path scales by a factor of its own."""
    tables, scenario, closes, lows = economy(seed, DAYS)
    factors = [0.3 + 0.03 * ((7 * path) % PATHS) for path in range(PATHS)]
    scaled = [
        [[price * factor for price in series[path % len(series)]] for path, factor in enumerate(factors)]
        for series in (closes, lows)
    ]
    lenders = measures.engine_rows(replay.run_of(tables, scenario, PATHS), *scaled)
    outcomes = [
        simulate(tables, scenario, close, low, exp=_core.exp, ln=_core.ln, cos=_core.cos, path=path)
        for path, (close, low) in enumerate(zip(*scaled, strict=True))
    ]
    found = [f"economy {seed}: {line}" for line in measures.differences(lenders, outcomes)]
    within = sum(0 < row["survival_days_min_p05"] < row["survival_days_min_mean"] for row in lenders)
    return found, Counter({"p05 within": within, "spread": sum(row["survival_days_min_se"] > 0 for row in lenders)})


def test_lines_on_which_nothing_is_drawn() -> None:
    results = side_by_side(promised, SOME)
    found = [line for result in results for line in result.differing]
    assert not found, "\n".join(found[:40])
    assert sum(result.seen["lines"] for result in results) > 20
    events = sum((result.events for result in results), Counter[str]())
    assert events["lender_draw"] > 20
    assert events["exposure_loss"] > 20


def test_lenders_without_equity() -> None:
    """A claim puts whoever has no equity wholly in distress; what is lost of no equity frightens nobody."""
    results = side_by_side(without_equity, range(20))
    found = [line for result in results for line in result.differing]
    assert not found, "\n".join(found[:40])
    assert sum(result.seen["distress passed on"] for result in results) > 5


def test_the_worst_twentieth_of_many_paths() -> None:
    """Of 41 paths the three lowest minima count: their highest is neither the least of all nor the mean."""
    results = side_by_side(on_many_paths, range(5))
    found = [line for lines, _ in results for line in lines]
    assert not found, "\n".join(found[:40])
    seen = sum((counts for _, counts in results), Counter[str]())
    assert min(seen["p05 within"], seen["spread"]) > 0
