"""Draws for plugins: the engine's stateless generator, in a stream of the plugin's own. Same path, same numbers, on any machine."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hashstress.hookspecs import Context

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_OWN_STREAMS = 1 << 63  # the engine's own streams are small numbers

# P. J. Acklam's rational approximation of the inverse normal distribution, relative error below 1.15e-9.
_TAIL = 0.02425
_A = (
    -39.69683028665376,
    220.9460984245205,
    -275.9285104469687,
    138.357751867269,
    -30.66479806614716,
    2.506628277459239,
)
_B = (-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1.0)
_C = (
    -0.007784894002430293,
    -0.3223964580411365,
    -2.400758277161838,
    -2.549732539343734,
    4.374664141464968,
    2.938163982698783,
)
_D = (0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1.0)


def stream_of(name: str) -> int:
    """The stream a plugin draws from: its own, apart from every other plugin's and from the engine's."""
    return _OWN_STREAMS | (int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1)


def uniforms(context: Context, first_path: int, count: int, width: int, *, day: int = 0) -> npt.NDArray[np.float64]:
    """Uniforms in (0, 1), shape `(count, width)`, for paths `first_path` onwards.

    The same path gets the same numbers whatever block it is asked in. Another `day` gives other numbers. Raises ValueError without
    a seed, that is while a scenario is compiled.
    """
    import numpy as np

    from hashstress import _core

    if context.seed is None:
        raise ValueError("there are no draws while a scenario is compiled: draw in `paths`")
    rows = [
        _core.draws(context.seed, context.stream, path, 0, day, width) for path in range(first_path, first_path + count)
    ]
    return np.asarray(rows, dtype=np.float64).reshape(count, width)


def normals(context: Context, first_path: int, count: int, width: int, *, day: int = 0) -> npt.NDArray[np.float64]:
    """Standard normals, shape `(count, width)`: as `uniforms`, one normal a draw.

    Only sums, products, square roots and the engine's own logarithm are used, so the bits are the same on any machine.
    """

    draws = uniforms(context, first_path, count, width, day=day)
    middle = draws - 0.5
    square = middle * middle
    found: npt.NDArray[np.float64] = middle * _polynomial(_A, square) / _polynomial(_B, square)
    outside = (draws < _TAIL) | (draws > 1 - _TAIL)
    found[outside] = [_tail(float(draw)) for draw in draws[outside]]
    return found


def _polynomial(coefficients: Sequence[float], values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    total = values * 0.0 + coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * values + coefficient
    return total


def _tail(draw: float) -> float:
    """The inverse normal distribution where it is steep."""
    from hashstress import _core

    depth = math.sqrt(-2.0 * _core.ln(min(draw, 1.0 - draw)))
    above, below = 0.0, 0.0
    for coefficient in _C:
        above = above * depth + coefficient
    for coefficient in _D:
        below = below * depth + coefficient
    return above / below if draw < 0.5 else -above / below
