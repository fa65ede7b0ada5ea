"""The books close to zero over a million path-days of the economies in which everything happens."""

from __future__ import annotations

from random import Random

import pyarrow as pa
import pytest

from tests.differential import replay
from tests.differential.side_by_side import side_by_side
from tests.economies import DAYS, economy
from tests.economies.world import price_path

RESIDUALS = ("residual_cents", "residual_sats", "residual_machines")
PATHS = 48  # price paths of an economy
QUICK = 12
ALL = 200  # ALL * PATHS * DAYS is above a million


def unclosed(seed: int) -> list[str]:
    """Paths of one economy on which some account is not what its postings make it, on any day."""
    tables, scenario, closes, _ = economy(seed)
    rng = Random(f"residuals of economy {seed}")
    prices = [price_path(rng, DAYS, closes[0][0]) for _ in range(PATHS)]
    run = replay.run_of(tables, scenario, PATHS)
    close, low = (replay.packed([price for path in prices for price in path[which]]) for which in (0, 1))
    run.advance(0, PATHS, close_usd=close, low_usd=low)
    rows = pa.table(run.take_paths()).to_pylist()
    assert len(rows) == PATHS
    return [
        f"economy {seed}, path {row['path']}: {row[name]} {name}, day {row['residual_day']}"
        for row in rows
        for name in RESIDUALS
        if row[name] != 0
    ]


def test_the_books_of_the_first_economies_close() -> None:
    assert [line for seed in range(QUICK) for line in unclosed(seed)] == []


@pytest.mark.long
def test_the_books_close_over_a_million_path_days() -> None:
    assert ALL * PATHS * DAYS >= 1_000_000
    assert [line for lines in side_by_side(unclosed, range(ALL)) for line in lines] == []
