"""Rows, and the small draws that everything else is made of."""

import math
from random import Random
from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]
KEY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789-_éß"  # no two of which look alike: the engine refuses such keys


def number(rng: Random, low: float, high: float, digits: int = 4) -> float:
    """A number in [low, high] with few decimals, so that tables read well."""
    return round(rng.uniform(low, high), digits)


def chance(rng: Random, share: float) -> bool:
    """True with a probability."""
    return rng.random() < share


def wide(rng: Random, low: float, high: float) -> float:
    """A number between two positive bounds, uniform in its logarithm."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def keys(rng: Random, count: int, prefix: str = "") -> list[str]:
    """Distinct random-looking keys."""
    found: set[str] = set()
    while len(found) < count:
        found.add(prefix + "".join(rng.choices(KEY_LETTERS, k=rng.randint(1, 7))))
    out = sorted(found)
    rng.shuffle(out)
    return out
