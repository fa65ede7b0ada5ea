"""The comparison of figures sees what an engine would report wrongly."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hashstress import _core

from tests.differential import figures, replay
from tests.economies import economy
from tests.economies.draws import Row, Tables
from tests.oracle import Outcome, simulate

SEEDS = (3, 230, 450)  # a plain economy, a crowded one, a busy one


def played(seed: int) -> tuple[Tables, Row, figures.Figures, Outcome]:
    """An economy, what the engine reports of its first path, and the oracle's outcome."""
    tables, scenario, closes, lows = economy(seed)
    ours = figures.of_engine(replay.play_alone(tables, scenario, 0, closes[0], lows[0]))
    outcome = simulate(tables, scenario, closes[0], lows[0], exp=_core.exp, ln=_core.ln, cos=_core.cos)
    return tables, scenario, ours, outcome


@pytest.fixture(scope="module", params=SEEDS)
def both(request: pytest.FixtureRequest) -> tuple[figures.Figures, figures.Figures]:
    """The figures of engine and oracle."""
    tables, scenario, ours, outcome = played(request.param)
    return ours, figures.of_oracle(tables, scenario, outcome)


def test_they_are_the_same_figures(both: tuple[figures.Figures, figures.Figures]) -> None:
    ours, theirs = both
    assert ours.keys() == theirs.keys()
    assert figures.differences(ours, theirs) == []


def other(value: Any) -> Any:
    """A value that is hardly another one: a cent, a day, or the last bit of a real number."""
    if isinstance(value, float):
        return math.nextafter(value, math.inf)
    return value + 1 if isinstance(value, int) else "another"


def test_a_cent_a_day_or_a_last_bit_is_seen_in_every_figure(both: tuple[figures.Figures, figures.Figures]) -> None:
    ours, theirs = both
    for name, value in ours.items():
        if name[0] == "day" and name[1] not in ("0", "77"):
            continue  # days are compared all alike
        assert len(figures.differences(ours | {name: other(value)}, theirs)) == 1, name


def test_a_figure_that_only_one_has_is_seen(both: tuple[figures.Figures, figures.Figures]) -> None:
    ours, theirs = both
    name = next(iter(ours))
    less = {key: value for key, value in ours.items() if key != name}
    assert len(figures.differences(less, theirs)) == len(figures.differences(theirs, less)) == 1


def test_a_fraction_of_a_cent_is_no_figure() -> None:
    assert figures.cents(12.34) == 1234
    assert figures.cents(1e11 + 0.01) == 10**13 + 1
    assert figures.cents(None) is None
    assert math.isnan(figures.cents(12.345) or 0)


def test_every_metric_of_a_day_and_every_column_of_a_path_is_compared() -> None:
    """What a run reports beside estimates of errors, quantiles and names is among the figures."""
    tables, scenario, closes, lows = economy(SEEDS[0])
    ours = figures.of_engine(replay.play_alone(tables, scenario, 0, closes[0], lows[0]))
    compared = {name for _, _, name in ours}
    schema = _core.schema()
    columns = {
        column["name"] for table in ("paths", "loans", "miners", "lenders") for column in schema[f"output.{table}"]
    }
    measured = {"survival_days_start", "survival_days_min_mean", "survival_days_min_p05", "debtrank"}  # measures.py
    inputs = {"loan", "miner", "lender", "collateral", "outstanding_usd", "exposure_usd", "path", "weight", "digest"}
    left = {name for name in columns - compared - measured - inputs if not name.endswith("_se")}
    assert left == set()
