"""The books close to zero over a million path-days of economies in which everything happens: of every kind, with every table filled."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import NamedTuple

import pyarrow as pa
import pytest
from hashstress import _core

from tests.differential import replay
from tests.differential.side_by_side import side_by_side
from tests.economies import ALL, CALM, DAYS, PLAIN, economy
from tests.economies.world import price_path

RESIDUALS = ("residual_cents", "residual_sats", "residual_machines")
PATHS = 16  # price paths of an economy; ALL * PATHS * DAYS is above a million
QUICK = (*range(8), *range(PLAIN, PLAIN + 6), *range(CALM, CALM + 4))
TERMS = ("joint", "frontier", "vendor_events", "rack_changes", "host_events", "lender_events")
CONSIGNED, BACK, BOUGHT = "consignment", "machines sold back", "loans bought by lenders"


class Played(NamedTuple):
    """An economy on its paths: what does not close, and what it is made of."""

    unclosed: list[str]
    filled: Counter[str]  # tables and parts of the scenario with rows
    path_days: int


def played(seed: int) -> Played:
    """Paths of one economy on which some account is not what its postings make it, on any day."""
    tables, scenario, closes, _ = economy(seed)
    rng = Random(f"residuals of economy {seed}")
    prices = [price_path(rng, DAYS, closes[0][0]) for _ in range(PATHS)]
    run = replay.run_of(tables, scenario, PATHS)
    close, low = (replay.packed([price for path in prices for price in path[which]]) for which in (0, 1))
    run.advance(0, PATHS, close_usd=close, low_usd=low)
    rows = pa.table(run.take_paths()).to_pylist()
    unclosed = [
        f"economy {seed}, path {row['path']}: {row[name]} {name}, day {row['residual_day']}"
        for row in rows
        for name in RESIDUALS
        if row[name] != 0
    ]
    rules = [rule["action"] for policy in scenario["policies"].values() for rule in policy["rules"]]
    filled = Counter([name for name, table in tables.items() if table] + [name for name in TERMS if scenario.get(name)])
    filled[CONSIGNED] += "consign" in rules
    filled[BACK] += "sell_back" in rules
    filled[BOUGHT] += any(row.get("book_buy_cover") is not None for row in tables["lenders"])
    return Played(unclosed, filled, len(rows) * DAYS)


def check(results: list[Played], least: int) -> None:
    """Everything closes, and each table of a book and each part of a scenario is filled in so many economies at least."""
    assert [line for result in results for line in result.unclosed] == []
    filled = sum((result.filled for result in results), Counter[str]())
    every = {name.removeprefix("input.") for name in _core.schema() if name.startswith("input.")}
    rare = {name: filled[name] for name in {*every, *TERMS, CONSIGNED, BACK, BOUGHT} if filled[name] < least}
    assert not rare, f"of {len(results)} economies: {rare}"


def test_the_books_of_the_first_economies_of_each_kind_close() -> None:
    check([played(seed) for seed in QUICK], least=1)


@pytest.mark.long
def test_the_books_close_over_a_million_path_days() -> None:
    results = side_by_side(played, range(ALL))
    check(results, least=ALL // 10)
    assert sum(result.path_days for result in results) >= 1_000_000
