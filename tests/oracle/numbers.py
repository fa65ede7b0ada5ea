"""Whole amounts and rounding. Page: docs/model/numbers.md."""

import math
from collections.abc import Callable

LARGEST = 2.0**53
Real = Callable[[float], float]


class OutOfRangeError(ArithmeticError):
    """An amount beyond 2^53 in magnitude, or a value that is not finite."""


def checked(x: float) -> float:
    """x itself, once it is known to be finite and at most 2^53 in magnitude."""
    if not -LARGEST <= x <= LARGEST:  # also catches not-a-number
        raise OutOfRangeError(f"amount out of range: {x!r}")
    return x


def rounded(x: float) -> float:
    """The nearest whole number, ties to even (ROUND of the pages)."""
    return float(round(checked(x)))


def floor(x: float) -> float:
    """The whole number at or below x."""
    return float(math.floor(checked(x)))


def ceil(x: float) -> float:
    """The whole number at or above x."""
    return float(math.ceil(checked(x)))


def cents(usd: float) -> float:
    """Whole cents of a table's USD column."""
    return rounded(usd * 100)


def sats(btc: float) -> float:
    """Whole satoshis of a table's BTC column."""
    return rounded(btc * 1e8)


def decay(half_life_days: float, exp: Real) -> float:
    """The share left after one day."""
    return exp(-0.6931471805599453 / half_life_days)


def weight(half_life_days: float, exp: Real) -> float:
    """The share gone after one day."""
    return 1 - decay(half_life_days, exp)
