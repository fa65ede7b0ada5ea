"""Prices that come in batches: a plugin's arrays for a block of paths, checked and turned into the engine's bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from hashstress.errors import HashstressError
from hashstress.hookspecs import LEAST_USD, MOST_USD, Context
from hashstress.plugins import Offer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

T = TypeVar("T")
_PRICE = f"a price from {LEAST_USD:g} to {MOST_USD:g} USD"


@dataclass(frozen=True)
class Block:
    """Closes and lows of a block of paths: little-endian f64, `[count][days]` each."""

    close_usd: bytes
    low_usd: bytes

    def path(self, place: int, days: int) -> Block:
        """One path of the block."""
        part = slice(place * days * 8, (place + 1) * days * 8)
        return Block(self.close_usd[part], self.low_usd[part])


@dataclass(frozen=True)
class BatchSource:
    """A price source of mode `batch`, bound to its context."""

    offer: Offer
    source: Any
    context: Context
    change: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]] | None = None  # of the scenario, to all prices

    @property
    def deterministic(self) -> bool:
        """Whether a path can be asked for again."""
        return self.offer.descriptor.deterministic

    def block(self, seed: int, first_path: int, count: int) -> Block:
        """Checked prices of paths `first_path` onwards. Raises PluginError naming plugin, path and day of the first bad number."""
        context = replace(self.context, seed=seed)
        answer = self._asked(lambda: self.source.paths(context, first_path, count, context.days))
        closes, lows = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
        close = self._array("closes", closes, count)
        self._refuse("close", close, (close >= LEAST_USD) & (close <= MOST_USD), first_path, _PRICE)
        low = close if lows is None else self._array("lows", lows, count)
        self._refuse("low", low, (low >= LEAST_USD) & (low <= close), first_path, f"{_PRICE}, not above the close")
        if self.change:
            close, low = self.change(close), self.change(low)
        return Block(close.tobytes(), low.tobytes())

    def check_repeatable(self, seed: int, block: Block, first_path: int, count: int) -> None:
        """Asks for the block's last path alone: the same numbers must come back, or the path depends on its block."""
        last = first_path + count - 1
        if self.deterministic and self.block(seed, last, 1) != block.path(count - 1, self.context.days):
            raise self.offer.error(
                f"path {last} asked alone differs from the same path asked in a block of {count}: "
                "draw with hashstress.plugins.uniforms, or declare deterministic=False"
            )

    def _asked(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except (HashstressError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise self.offer.raised(error) from error

    def _array(self, what: str, values: Any, count: int) -> npt.NDArray[np.float64]:
        import numpy as np

        try:
            array = np.ascontiguousarray(values, dtype="<f8")
        except (TypeError, ValueError):
            raise self.offer.error(f"{what} of type {type(values).__name__} are not an array of numbers") from None
        expected = (count, self.context.days)
        if array.shape != expected:
            raise self.offer.error(f"{what} have shape {array.shape}, expected {expected}")
        return array

    def _refuse(
        self, what: str, values: npt.NDArray[np.float64], good: npt.NDArray[np.bool_], first_path: int, expected: str
    ) -> None:
        import numpy as np

        bad = np.argwhere(~good)
        if len(bad):
            path, day = (int(place) for place in bad[0])
            raise self.offer.error(
                f"{what} is {values[path, day]} on path {first_path + path}, day {day}, expected {expected}"
            )
