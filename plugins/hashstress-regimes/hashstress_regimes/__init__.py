"""A regime-switching BTC price, a heat-wave tariff and a patient lender: plugins of hashstress."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

from hashstress.hookspecs import (
    Context,
    LenderPolicy,
    ParamsError,
    PowerTariff,
    Rule,
    RuleTable,
    ScenarioSource,
    hookimpl,
)
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

if TYPE_CHECKING:
    from hashstress_regimes.prices import Regimes

Probability = Annotated[FiniteFloat, Field(ge=0, le=1)]
Positive = Annotated[FiniteFloat, Field(gt=0)]
Days = Annotated[int, Field(ge=1)]

ANY_PRICE = 1e9


class _Params(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RegimesParams(_Params):
    """Start price, and the drift and volatility a day of each regime, as fractions of the price."""

    start_usd: Positive
    crash_probability: Probability = 0.004
    calm_probability: Probability = 0.03
    calm_drift_daily: FiniteFloat = 0.001
    calm_volatility_daily: Annotated[FiniteFloat, Field(ge=0)] = 0.028
    crash_drift_daily: FiniteFloat = -0.012
    crash_volatility_daily: Annotated[FiniteFloat, Field(ge=0)] = 0.055


class HeatWaveParams(_Params):
    """A flat price in USD/MWh, times `factor` from `first` to `last`, both included."""

    usd_per_mwh: FiniteFloat
    factor: Annotated[FiniteFloat, Field(ge=0)]
    first: date
    last: date


class PatientParams(_Params):
    """Hold while clearing / index is at most `least_clearing_to_index`, then sell `share_per_day` of the lot a day."""

    least_clearing_to_index: Annotated[FiniteFloat, Field(ge=0)] = 0.6
    share_per_day: Annotated[FiniteFloat, Field(gt=0, le=1)] = 0.02
    hold_days: Days = 540


class HeatWave:
    """The same price in every region, dearer for a while."""

    def __init__(self, params: HeatWaveParams) -> None:
        self.params = params

    def tariffs(self, context: Context) -> dict[str, list[float]]:
        """Region → `[days]`, USD/MWh."""
        params = self.params
        days = [context.start + timedelta(days=day) for day in range(context.days)]
        if params.last < params.first:
            raise ParamsError("last", f"{params.last} lies before first, {params.first}")
        if params.last < days[0] or params.first > days[-1]:
            raise ParamsError("first", f"no day of the run lies from {params.first} to {params.last}")
        series = [params.usd_per_mwh * (params.factor if params.first <= day <= params.last else 1.0) for day in days]
        return dict.fromkeys(context.regions, series)


class Patient:
    """A table of two rules."""

    def __init__(self, params: PatientParams) -> None:
        self.params = params

    def rules(self, context: Context) -> RuleTable:  # noqa: ARG002
        """Hold below the limit, sell above it."""
        params = self.params
        hold, sell = Rule(params.least_clearing_to_index, "hold"), Rule(ANY_PRICE, "sell", params.share_per_day)
        return RuleTable(params.hold_days, (hold, sell))


def _regimes(params: RegimesParams) -> Regimes:
    from hashstress_regimes.prices import Regimes

    return Regimes(params)


@hookimpl
def hashstress_price_source() -> list[ScenarioSource]:
    """`regimes`."""
    return [ScenarioSource("regimes", mode="batch", params=RegimesParams, factory=_regimes)]


@hookimpl
def hashstress_power_tariff() -> list[PowerTariff]:
    """`heat-wave`."""
    return [PowerTariff("heat-wave", params=HeatWaveParams, factory=HeatWave)]


@hookimpl
def hashstress_lender_policy() -> list[LenderPolicy]:
    """`patient`."""
    return [LenderPolicy("patient", params=PatientParams, factory=Patient)]
