"""Shocks that move together. Page: docs/model/joint.md."""

import math
from statistics import correlation, mean, stdev
from typing import Any

import pytest

from tests.oracle.book import State
from tests.oracle.joint import SOURCES, factors_of, normal, open_shocks, root
from tests.oracle.small_world import NETWORK_THS, Row, fleet, miner, posted, run, scenario

DAYS = 400


def joint(
    correlation: list[list[float]], *sources: str, volatility: float = 0.5, half_life: float | None = None
) -> Row:
    """Shocks of one volatility and half-life."""
    shocks = [{"source": source, "volatility_annual": volatility, "half_life_days": half_life} for source in sources]
    return {"shocks": shocks, "correlation": correlation}


def state(days: int, terms: Row, path: int = 0) -> State:
    """A world whose shocks are open."""
    prices = [20000.0] * days
    found = State(scenario(days, joint=terms), prices, prices, math.exp, math.log, days, seed=7, path=path)
    open_shocks(found)
    return found


def test_the_root_of_a_correlation_times_itself_is_the_correlation() -> None:
    assert root([[1.0]]) == [[1.0]]
    lower = root([[1.0, 0.6], [0.6, 1.0]])
    assert lower == [[1.0, 0.0], [0.6, pytest.approx(0.8)]]
    matrix = [[1.0, 0.5, -0.3], [0.5, 1.0, 0.2], [-0.3, 0.2, 1.0]]
    lower = root(matrix)
    for i in range(3):
        for j in range(3):
            assert sum(lower[i][k] * lower[j][k] for k in range(3)) == pytest.approx(matrix[i][j])


def test_what_moves_as_one_has_one_source() -> None:
    assert root([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, -1.0, 1.0]]) == [
        [1.0, 0.0, 0.0],
        [-1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
    ]


def test_factors_by_hand() -> None:
    """A year's volatility of sqrt(365) is 1 a day. Without a half-life: x = 1, then 3, with variances 1 and 2. With one of a day: 1, then
    2.5, with 1 and 1.25."""
    found = factors_of(state(3, joint([[1.0]], "btc")), math.sqrt(365), None, [9.0, 1.0, 2.0])
    assert found == pytest.approx([1.0, math.exp(1 - 0.5), math.exp(3 - 1)], rel=1e-14)
    found = factors_of(state(3, joint([[1.0]], "btc")), math.sqrt(365), 1.0, [9.0, 1.0, 2.0])
    assert found == pytest.approx([1.0, math.exp(1 - 0.5), math.exp(2.5 - 0.625)], rel=1e-14)


def test_draws_are_standard_and_each_sources_own() -> None:
    world = state(DAYS, joint([[1.0]], "btc"))
    draws = [[normal(world, source, day) for day in range(DAYS)] for source in range(4)]
    for series in draws:
        assert abs(mean(series)) < 3 / math.sqrt(DAYS)
        assert abs(stdev(series) - 1) < 3 / math.sqrt(2 * DAYS)
    assert all(abs(correlation(draws[i], draws[j])) < 3 / math.sqrt(DAYS) for i in range(4) for j in range(i))


def test_a_source_has_the_same_draws_whatever_others_there_are() -> None:
    """The one that stands first in the order of the page; the order of the rows does not matter."""
    alone = state(30, joint([[1.0]], "power")).shocks["power"]
    together = joint([[1.0, 0.9], [0.9, 1.0]], "asic", "power")
    assert state(30, together).shocks["power"] == alone
    assert state(30, joint([[1.0, 0.9], [0.9, 1.0]], "power", "asic")).shocks == state(30, together).shocks
    assert state(30, together).shocks["asic"] != state(30, joint([[1.0]], "asic")).shocks["asic"]
    assert state(30, together).shocks["btc"] == [1.0] * 30


def test_factors_are_one_on_average_and_move_together() -> None:
    terms = joint([[1.0, -0.8], [-0.8, 1.0]], "btc", "power")
    paths = [state(200, terms, path).shocks for path in range(300)]
    ends = {source: [shocks[source][-1] for shocks in paths] for source in SOURCES}
    spread = math.sqrt(math.exp(0.25 * 199 / 365) - 1)
    for source in ("btc", "power"):
        assert abs(mean(ends[source]) - 1) < 3 * spread / math.sqrt(300)
        assert stdev(ends[source]) == pytest.approx(spread, rel=0.2)
    logs = [[math.log(end) for end in ends[source]] for source in ("btc", "power")]
    assert correlation(*logs) == pytest.approx(-0.8, abs=0.08)


def test_without_volatility_nothing_moves() -> None:
    assert set(state(30, joint([[1.0]], "network", volatility=0.0)).shocks["network"]) == {1.0}


def test_where_the_factors_enter() -> None:
    """Price and low; the tariff of indexed power; the machines that others bring; the price of used machines."""
    shocks = {source: state(20, joint([[1.0]], source)).shocks[source] for source in SOURCES}
    rows = [fleet(power_contract="indexed", power_usd_per_mwh=0.0, shutdown_ratio=0.0)]

    def play(source: str, **changes: Any) -> tuple[Any, Any]:
        book = {"miners": [miner(cash_usd=1e6)], "fleets": rows}
        terms = {"joint": joint([[1.0]], source)}
        return run(20, **book, **terms, **changes, seed=7), run(20, **book, **changes)

    moved, still = play("btc")
    assert [day["btc_usd"] for day in moved.daily] == [20000.0 * factor for factor in shocks["btc"]]
    moved, still = play("asic")
    prices = [[day["asic_clearing_usd_per_th"] for day in outcome.daily] for outcome in (moved, still)]
    assert prices[0] == pytest.approx(
        [price * factor for price, factor in zip(prices[1], shocks["asic"], strict=True)], rel=1e-14
    )
    moved, still = play("network")
    fleets = still.daily[0]["network_ehs"] - NETWORK_THS * 1e-6
    online = [(day["network_ehs"] - fleets) * 1e6 for day in moved.daily]
    assert online == pytest.approx([NETWORK_THS * factor for factor in shocks["network"]], rel=1e-9)
    moved, still = play("power")
    bills = [dict(posted(outcome, "power")) for outcome in (moved, still)]
    assert bills[0].keys() == bills[1].keys() == {17}
    assert bills[0][17] / bills[1][17] == pytest.approx(mean(shocks["power"][:17]), rel=0.1)
