"""BTC closes that switch between a calm and a crash regime."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from hashstress.hookspecs import Context
from hashstress.plugins import normals, uniforms

if TYPE_CHECKING:
    from hashstress_regimes import RegimesParams

Array = npt.NDArray[np.float64]

SWITCHES, MOVES = 0, 1  # two sets of draws of the plugin's stream
LARGEST_FALL = -0.6  # of a day


class Regimes:
    """Day 0 is calm and has the start price; from day 1 on, first the regime may change, then the price moves."""

    def __init__(self, params: RegimesParams) -> None:
        self.params = params

    def paths(self, context: Context, first_path: int, count: int, days: int) -> Array:
        """Closes `(count, days)`, USD: `close[t] = close[t-1] * (1 + drift + volatility * z)`, a day's fall is at most 60 %."""
        params = self.params
        switches = uniforms(context, first_path, count, days, day=SWITCHES)
        moves = normals(context, first_path, count, days, day=MOVES)
        closes = np.full((count, days), params.start_usd)
        crash = np.zeros(count, dtype=bool)
        for day in range(1, days):
            crash = changed(crash, switches[:, day], params.crash_probability, params.calm_probability)
            drift = np.where(crash, params.crash_drift_daily, params.calm_drift_daily)
            volatility = np.where(crash, params.crash_volatility_daily, params.calm_volatility_daily)
            closes[:, day] = closes[:, day - 1] * (1.0 + np.maximum(drift + volatility * moves[:, day], LARGEST_FALL))
        return closes


def changed(
    crash: npt.NDArray[np.bool_], draws: Array, crash_probability: float, calm_probability: float
) -> npt.NDArray[np.bool_]:
    """Which paths are in the crash regime after today's draws, `(count,)`."""
    return np.where(crash, draws >= calm_probability, draws < crash_probability)
