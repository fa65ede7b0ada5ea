"""Shocks that move together: a factor for each source, path and day. Page: docs/model/joint.md."""

import math

from .book import State
from .draws import philox, uniform
from .numbers import decay

SOURCES = ("btc", "power", "network", "asic")
STREAM = 3
SMALLEST = 1e-9


def root(matrix: list[list[float]]) -> list[list[float]]:
    """The lower triangular factor of Cholesky; a pivot of nothing leaves a column of nothing."""
    lower: list[list[float]] = []
    for i, row in enumerate(matrix):
        lower.append([0.0] * len(matrix))
        for j in range(i + 1):
            rest = row[j]
            for k in range(j):
                rest = rest - lower[i][k] * lower[j][k]
            if j == i:
                lower[i][i] = math.sqrt(rest) if rest > SMALLEST else 0.0
            else:
                lower[i][j] = rest / lower[j][j] if lower[j][j] > 0 else 0.0
    return lower


def normal(state: State, source: int, day: int) -> float:
    """The standard normal of a source on a day: two words of a block that serves two sources."""
    words = philox((source // 2, day, 0, state.path), (state.seed, STREAM))
    first, second = words[2 * (source % 2) : 2 * (source % 2) + 2]
    return math.sqrt(-2 * state.ln(uniform(first))) * state.cos(6.283185307179586 * uniform(second))


def factors_of(state: State, volatility_annual: float, half_life_days: float | None, steps: list[float]) -> list[float]:
    """Factors of one source, one on average, from its correlated normals; the first of them is not used."""
    s = volatility_annual * math.sqrt(1 / 365)
    a = 1.0 if half_life_days is None else decay(half_life_days, state.exp)
    x = v = 0.0
    found = [1.0]
    for e in steps[1:]:
        x = a * x + s * e
        v = a * a * v + s * s
        found.append(state.exp(x - v / 2))
    return found


def correlated(lower: list[float], normals: list[list[float]], day: int) -> float:
    """A row of the factor times the normals of a day, one after the other."""
    e = 0.0
    for weight, series in zip(lower, normals, strict=False):
        e = e + weight * series[day]
    return e


def open_shocks(state: State) -> None:
    """Factors of all sources and days, and what they make of prices and tariffs."""
    state.shocks = {source: [1.0] * state.days for source in SOURCES}
    joint = state.scenario.get("joint")
    if joint is not None:
        places = sorted(range(len(joint["shocks"])), key=lambda i: SOURCES.index(joint["shocks"][i]["source"]))
        rows = [joint["shocks"][i] for i in places]
        lower = root([[joint["correlation"][i][j] for j in places] for i in places])
        normals = [[normal(state, SOURCES.index(row["source"]), day) for day in range(state.days)] for row in rows]
        for i, row in enumerate(rows):
            steps = [correlated(lower[i][: i + 1], normals, day) for day in range(state.days)]
            found = factors_of(state, row["volatility_annual"], row["half_life_days"], steps)
            state.shocks[row["source"]] = found
    shocked = state.shocks["btc"]
    state.close_usd = [price * factor for price, factor in zip(state.close_usd, shocked, strict=False)]
    state.low_usd = [price * factor for price, factor in zip(state.low_usd, shocked, strict=False)]
    state.tariffs = {
        region: [tariff * factor for tariff, factor in zip(series, state.shocks["power"], strict=False)]
        for region, series in state.scenario["tariff_usd_per_mwh"].items()
    }
