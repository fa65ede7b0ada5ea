"""Shocks to price, power, network and machines that move together."""

from random import Random

from tests.economies.draws import Row, chance, number

SOURCES = ("btc", "power", "network", "asic")


def correlations(rng: Random, count: int) -> list[list[float]]:
    """A correlation matrix: of one common cause for all with a rest of their own; now and then of that cause alone, or of none."""
    kind = rng.random()
    if kind < 0.15:
        signs = [rng.choice((-1.0, 1.0)) for _ in range(count)]
        return [[one * other for other in signs] for one in signs]
    shares = [0.0 if kind > 0.85 else rng.uniform(-0.9, 0.9) for _ in range(count)]
    matrix = [[round(one * other, 4) for other in shares] for one in shares]
    for i in range(count):
        matrix[i][i] = 1.0
    return matrix


def add_shocks(rng: Random, scenario: Row) -> None:
    """One to four shocks in a third of the economies, in any order; draws of its own."""
    if not chance(rng, 0.35):
        return
    sources = rng.sample(SOURCES, rng.randint(1, len(SOURCES)))
    scenario["joint"] = {
        "shocks": [
            {
                "source": source,
                "volatility_annual": rng.choice(
                    (0.0, number(rng, 0.05, 1, 2), number(rng, 0.05, 1, 2), number(rng, 1, 3, 2))
                ),
                "half_life_days": rng.choice((None, None, number(rng, 0.5, 60, 1))),
            }
            for source in sources
        ],
        "correlation": correlations(rng, len(sources)),
    }
