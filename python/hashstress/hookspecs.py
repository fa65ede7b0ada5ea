"""The whole plugin contract.

A plugin is a module (or object) with functions marked `@hashstress.hookimpl`, offered by a distribution under the entry-point group
`hashstress`. Each hook returns a list of frozen descriptors; a scenario names one of them (`[price] source = "..."`). What a
descriptor needs beyond its name is loaded by its `factory` when a run uses it, so that importing a plugin stays quick.

    from hashstress import hookimpl
    from hashstress.hookspecs import ScenarioSource

    @hookimpl
    def hashstress_price_source():
        return [ScenarioSource("regimes", mode="batch", params=RegimeParams, factory=make_regimes)]

The built-in sources, tariffs and policies are plugins on these same hooks (`hashstress/builtin/`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pluggy

if TYPE_CHECKING:
    from pydantic import BaseModel

GROUP = "hashstress"
API = 1
LEAST_USD, MOST_USD = 1e-6, 1e12  # prices the engine takes
LEAST_USD_PER_MWH, MOST_USD_PER_MWH = -10_000.0, 100_000.0  # tariffs it takes

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@dataclass(frozen=True)
class Context:
    """What a factory's object may know. Nothing of the book but its regions, nothing of the future but the calendar."""

    scenario: str
    start: date  # day 0
    days: int  # day 0 to day `days - 1`
    regions: tuple[str, ...]  # power regions of the book, in canonical order
    folder: Path  # where the scenario file lies; files a scenario names are beside it
    seed: int | None = None  # of the run; None while a scenario is compiled
    stream: int = 0  # of the plugin's own draws: see `hashstress.plugins.uniforms`


class ParamsError(ValueError):
    """Raise it when a scenario's values do not fit (a date outside the run): the user's fault, not the plugin's.

    `key` names the parameter; the message is a sentence with the value and what was expected.
    """

    def __init__(self, key: str, text: str) -> None:
        self.key, self.text = key, text
        super().__init__(f"{key}: {text}")


class EnginePrices(Protocol):
    """Mode `engine`: a source the engine draws itself."""

    def spec(self, context: Context) -> Mapping[str, Any]:
        """The `price` table of `_core.Scenario.try_build`, with days in place of dates."""


class TablePrices(Protocol):
    """Mode `table`: one series, the same on every path."""

    def table(self, context: Context) -> tuple[Sequence[float], Sequence[float] | None]:
        """`(close_usd, low_usd or None)`, each `[days]`, USD, 1e-6 to 1e12, low not above close."""


class BatchPrices(Protocol):
    """Mode `batch`: whole arrays for a block of paths, before the engine runs them."""

    def paths(self, context: Context, first_path: int, count: int, days: int) -> Any:
        """Closes `(count, days)` in USD for paths `first_path` onwards, or `(closes, lows)`: 1e-6 to 1e12, low not above close.

        A path must not depend on the block it is asked in: draw with `hashstress.plugins.uniforms(context, first_path, count, width)`.
        Without lows, the low of a day is its close.
        """


class Tariffs(Protocol):
    """Mode `table`: daily power prices."""

    def tariffs(self, context: Context) -> Mapping[str, Sequence[float]]:
        """Region → `[days]`, USD/MWh, -10,000 to 100,000 (wholesale may be negative), for each of `context.regions`."""


@dataclass(frozen=True)
class Rule:
    """One row of a disposal policy; the first row with clearing / index <= `max_clearing_to_index` decides."""

    max_clearing_to_index: float  # ratio of the clearing price to the index, >= 0
    action: Literal["dump", "sell", "hold", "host", "consign", "sell_back"]
    share_per_day: float = 0.0  # of the lot, 0..1; used by `sell` and `consign`
    # docs/model/consignment.md; `consign` needs all three, other actions take none
    commission: float | None = None  # of the price, 0..1
    settle_days: int | None = None  # whole days from a sale to its payment, 1..3650
    reserve_to_index: float | None = None  # of the index of the day of consignment, 0..2; below it nothing is sold
    payback_days: int | None = None  # of today's margin, 1..3650, whole; `sell_back` needs it, other actions take none


@dataclass(frozen=True)
class RuleTable:
    """A lender's disposal policy (docs/model/lenders.md)."""

    hold_days: int  # whole days, at least 1: a lot this old is dumped
    rules: tuple[Rule, ...]


class Policy(Protocol):
    """Mode `rules`: a table the engine compiles."""

    def rules(self, context: Context) -> RuleTable:
        """The rule table."""


@dataclass(frozen=True)
class ScenarioSource:
    """A source of BTC closes and lows, named by `[price] source` of a scenario."""

    name: str  # lower case, digits, hyphens; unique over all plugins
    mode: Literal["engine", "table", "batch"]
    factory: Callable[[Any], EnginePrices | TablePrices | BatchPrices]  # called with the checked params
    params: type[BaseModel] | None = None  # the other keys of `[price]`; None: there are none
    deterministic: bool = True  # same context and path, same numbers; False: no journals, and the manifest says so
    api: int = API


@dataclass(frozen=True)
class PowerTariff:
    """A tariff for every region, named by `[power] source`."""

    name: str
    factory: Callable[[Any], Tariffs]
    params: type[BaseModel] | None = None
    mode: Literal["table"] = "table"
    deterministic: bool = True
    api: int = API


@dataclass(frozen=True)
class LenderPolicy:
    """A disposal policy, named by `lenders.policy` of a book or by `[policies.NAME] source`."""

    name: str
    factory: Callable[[Any], Policy]
    params: type[BaseModel] | None = None
    mode: Literal["rules"] = "rules"
    deterministic: bool = True
    api: int = API


Descriptor = ScenarioSource | PowerTariff | LenderPolicy

MODES: Mapping[type, frozenset[str]] = {
    ScenarioSource: frozenset({"engine", "table", "batch"}),
    PowerTariff: frozenset({"table"}),
    LenderPolicy: frozenset({"rules"}),
}
METHODS: Mapping[tuple[type, str], str] = {
    (ScenarioSource, "engine"): "spec",
    (ScenarioSource, "table"): "table",
    (ScenarioSource, "batch"): "paths",
    (PowerTariff, "table"): "tariffs",
    (LenderPolicy, "rules"): "rules",
}


@hookspec
def hashstress_price_source() -> list[ScenarioSource]:
    """Sources of BTC prices."""
    return []


@hookspec
def hashstress_power_tariff() -> list[PowerTariff]:
    """Power tariffs."""
    return []


@hookspec
def hashstress_lender_policy() -> list[LenderPolicy]:
    """Disposal policies of lenders."""
    return []


HOOKS: Mapping[str, type] = {
    "hashstress_price_source": ScenarioSource,
    "hashstress_power_tariff": PowerTariff,
    "hashstress_lender_policy": LenderPolicy,
}
