"""What `[scale]` and `[add]` do to prices and tariffs, after the plugins have made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from hashstress.composing import Step
from hashstress.errors import ScenarioError, ScenarioProblem, nearest
from hashstress.hookspecs import LEAST_USD, LEAST_USD_PER_MWH, MOST_USD, MOST_USD_PER_MWH

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_PRICE = f"{LEAST_USD:g} to {MOST_USD:g} USD"
_TARIFF = f"{LEAST_USD_PER_MWH:,.0f} to {MOST_USD_PER_MWH:,.0f} USD/MWh"


def tariffs(found: dict[str, list[float]], steps: Iterable[Step], scenario: str) -> dict[str, list[float]]:
    """Region → `[days]`, USD/MWh, each step applied in order. Raises ScenarioError."""
    problems: list[ScenarioProblem] = []
    for step in steps:
        if step.region is not None and step.region not in found:
            text = (
                f"{step.region!r} is neither a number of [power] nor a region of the book{nearest(step.region, found)}"
            )
            problems.append(step.problem(text))
            continue
        regions = [step.region] if step.region is not None else list(found)
        found |= {region: [_after(value, step) for value in found[region]] for region in regions}
        bad = ((region, usd) for region in regions for usd in found[region] if not _is_tariff(usd))
        for region, usd in islice(bad, 1):
            problems.append(step.problem(f"makes a tariff of {region} {usd:,.2f}, expected {_TARIFF}"))
    _raise(problems, scenario)
    return found


def drawn(spec: Mapping[str, Any], steps: Sequence[Step], scenario: str) -> dict[str, Any]:
    """The spec of prices that the engine draws: a factor moves every path as a whole. Raises ScenarioError."""
    changed = dict(spec)
    problems = []
    for step in steps:
        if step.kind == "add":
            text = "is drawn as a logarithm, an amount cannot be added to it: scale it, or add to price.anchors or price.start_usd"
            problems.append(step.problem(text))
        elif "anchors" in changed:
            changed["anchors"] = [[day, _after(usd, step)] for day, usd in changed["anchors"]]
            _check([usd for _, usd in changed["anchors"]], step, problems)
        elif "start_usd" in changed:
            changed["start_usd"] = _after(changed["start_usd"], step)
            _check([changed["start_usd"]], step, problems)
        else:
            problems.append(step.problem(f"prices of {spec.get('source')!r} have neither anchors nor a start to scale"))
    _raise(problems, scenario)
    return changed


def table(
    close: list[float], low: list[float] | None, steps: Iterable[Step], scenario: str
) -> tuple[list[float], list[float] | None]:
    """Closes and lows of a table, each step applied in order. Raises ScenarioError."""
    problems: list[ScenarioProblem] = []
    for step in steps:
        close = [_after(value, step) for value in close]
        low = None if low is None else [_after(value, step) for value in low]
        _check([*close, *(low or [])], step, problems)
    _raise(problems, scenario)
    return close, low


def batches(
    steps: Sequence[Step], scenario: str
) -> Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]] | None:
    """What to do with each block of prices; None when there is nothing to do. What it returns raises ScenarioError."""
    if not steps:
        return None

    def change(prices: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        problems: list[ScenarioProblem] = []
        for step in steps:
            prices = prices * step.number if step.kind == "scale" else prices + step.number
            _check([float(prices.min()), float(prices.max())], step, problems)
        _raise(problems, scenario)
        return prices

    return change


def _is_tariff(usd: float) -> bool:
    return LEAST_USD_PER_MWH <= usd <= MOST_USD_PER_MWH


def _after(value: float, step: Step) -> float:
    return value * step.number if step.kind == "scale" else value + step.number


def _check(prices: Iterable[float], step: Step, problems: list[ScenarioProblem]) -> None:
    bad = next((usd for usd in prices if not LEAST_USD <= usd <= MOST_USD), None)
    if bad is not None:
        problems.append(step.problem(f"makes a price {bad:,g}, expected {_PRICE}"))


def _raise(problems: Sequence[ScenarioProblem], scenario: str) -> None:
    if problems:
        raise ScenarioError(scenario, problems)
