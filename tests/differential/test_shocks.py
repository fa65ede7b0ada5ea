"""Draws of joint shocks on other seeds and later paths: the engine's and the oracle's, through all that follows from them.

The engine multiplies the prices it is handed by the factors of `btc` itself (docs/model/joint.md: of every price source), and so does the
oracle: both are handed the same prices, and a factor that is off by its last digit moves a posting or a day's figures.
"""

from __future__ import annotations

from tests.differential import replay
from tests.differential.side_by_side import side_by_side
from tests.economies import Row, Tables, economy

SOURCES = ("btc", "power", "network", "asic")
SEEDS = (1, 7, 2**32 - 1, 2**32, 2**63, 2**64 - 1)
PATHS = (0, 1, 7, 8, 15, 1000, 65536)
CASES = [(place, seed, PATHS[(place + shift) % len(PATHS)]) for place, seed in enumerate(SEEDS) for shift in (0, 3)]


def shaken(place: int) -> tuple[Tables, Row, list[float], list[float]]:
    """An economy with all four shocks, each of which moves: two together, two against them."""
    tables, scenario, closes, lows = economy(place)
    signs = (0.6, -0.5, -0.7, 0.8)
    scenario["joint"] = {
        "shocks": [
            {"source": source, "volatility_annual": 0.5 + 0.2 * k, "half_life_days": (None, 10.0, None, 30.0)[k]}
            for k, source in enumerate(SOURCES)
        ],
        "correlation": [[1.0 if i == j else signs[i] * signs[j] for j in range(4)] for i in range(4)],
    }
    return tables, scenario, closes[0], lows[0]


def journals(case: tuple[int, int, int]) -> tuple[list[str], int, list[float]]:
    """Where the journals of a path differ, how many postings there are, and the oracle's closes."""
    place, seed, path = case
    tables, scenario, close, low = shaken(place)
    run = replay.run_of(tables, scenario, path + 1, seed)
    outcome, odd = replay.compare(run, tables, scenario, path, close, low, seed)
    found = [f"economy {place}, seed {seed}, path {path}: {line}" for line in odd]
    return found, len(outcome.postings), [day["btc_usd"] for day in outcome.daily]


def test_no_posting_differs_on_other_seeds_and_later_paths() -> None:
    results = side_by_side(journals, CASES)
    found = [line for lines, _, _ in results for line in lines]
    assert not found, "\n".join(found[:40])
    assert all(count > 100 for _, count, _ in results)
    closes = [tuple(days[1:]) for _, _, days in results]
    assert len(set(closes)) == len(CASES)
