"""Built-in sources of BTC prices: docs/model/prices.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field, FiniteFloat

from hashstress.columns import beside, check_range, read_columns
from hashstress.hookspecs import LEAST_USD, MOST_USD, Context, ParamsError, ScenarioSource, hookimpl
from hashstress.scenario_file import DatedUsd, Share, Strict, Usd


class AnchorsParams(Strict):
    """Closes the path must pass through, and the daily volatility between them."""

    anchors: list[DatedUsd] = Field(min_length=2)
    volatility_daily: Share
    intraday: bool = True


class GbmParams(Strict):
    """Geometric Brownian motion from a start price; drift and volatility are fractions a year."""

    start_usd: Usd
    drift_annual: Annotated[FiniteFloat, Field(ge=-10, le=10)] = 0.0
    volatility_annual: Annotated[FiniteFloat, Field(ge=0, le=10)]
    intraday: bool = True


class JumpParams(GbmParams):
    """`gbm` with a Poisson number of jumps, each normal in the logarithm."""

    jumps_per_year: Annotated[FiniteFloat, Field(ge=0, le=1000)]
    jump_mean: Annotated[FiniteFloat, Field(ge=-5, le=5)]
    jump_sd: Annotated[FiniteFloat, Field(ge=0, le=5)]


class HistoryParams(Strict):
    """A CSV or Parquet file beside the scenario: `date`, `close_usd` and, if it has it, `low_usd`; every day of the run."""

    file: str


class Anchors:
    """Passes through dated closes."""

    def __init__(self, params: AnchorsParams) -> None:
        self.params = params

    def spec(self, context: Context) -> Mapping[str, Any]:
        """The first anchor lies on day 0, the last on the last day or later, in order of date."""
        days = [(day - context.start).days for day, _ in self.params.anchors]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ParamsError("anchors", "dates must rise from anchor to anchor")
        if days[0] != 0:
            raise ParamsError(
                "anchors", f"the first anchor is {self.params.anchors[0][0]}, expected the first day, {context.start}"
            )
        last = context.start + timedelta(days=context.days - 1)
        if days[-1] < context.days - 1:
            raise ParamsError("anchors", f"the last anchor is {self.params.anchors[-1][0]}, expected {last} or later")
        anchors = [[day, usd] for day, (_, usd) in zip(days, self.params.anchors, strict=True)]
        return {"source": "anchors", "anchors": anchors, **self.params.model_dump(exclude={"anchors"})}


class Drawn:
    """`gbm` and `jump`: the engine draws them, the parameters go as they are."""

    def __init__(self, source: str, params: GbmParams) -> None:
        self.source, self.params = source, params

    def spec(self, context: Context) -> Mapping[str, Any]:  # noqa: ARG002
        """The parameters under the source's name."""
        return {"source": self.source, **self.params.model_dump()}


class History:
    """Closes (and lows) of a file, the same on every path."""

    def __init__(self, params: HistoryParams) -> None:
        self.params = params

    def table(self, context: Context) -> tuple[list[float], list[float] | None]:
        """Every day of the run once. Raises InputError for the file's cells, ParamsError for days that are missing."""
        path = beside(context.folder, self.params.file)
        rows = read_columns(path, {"date": "date", "close_usd": "number"}, optional={"low_usd": "number"})
        prices = {name: values for name, values in rows.items() if name != "date"}
        check_range(path, prices, LEAST_USD, MOST_USD, "USD")
        dates: list[date] = rows["date"]
        for earlier, later in pairwise(dates):
            if later <= earlier:
                raise ParamsError("file", f"{self.params.file}: {later} follows {earlier}, dates must rise")
        place = {day: row for row, day in enumerate(dates)}
        wanted = [context.start + timedelta(days=day) for day in range(context.days)]
        missing = [day for day in wanted if day not in place]
        if missing:
            raise ParamsError(
                "file", f"{self.params.file} has no row for {missing[0]} ({len(missing)} days of the run are missing)"
            )
        lows = rows.get("low_usd")
        return [rows["close_usd"][place[day]] for day in wanted], lows and [lows[place[day]] for day in wanted]


@hookimpl
def hashstress_price_source() -> list[ScenarioSource]:
    """`anchors`, `gbm`, `history`, `jump`."""
    return [
        ScenarioSource("anchors", mode="engine", params=AnchorsParams, factory=Anchors),
        ScenarioSource("gbm", mode="engine", params=GbmParams, factory=lambda params: Drawn("gbm", params)),
        ScenarioSource("history", mode="table", params=HistoryParams, factory=History),
        ScenarioSource("jump", mode="engine", params=JumpParams, factory=lambda params: Drawn("jump", params)),
    ]
