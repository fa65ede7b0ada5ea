"""Built-in power tariffs: docs/model/power.md."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from hashstress.columns import beside, check_range, read_columns
from hashstress.compile import held
from hashstress.hookspecs import LEAST_USD_PER_MWH, MOST_USD_PER_MWH, Context, ParamsError, PowerTariff, hookimpl
from hashstress.scenario_file import NotNegative, Strict, UsdPerMwh

MONTHS = 12
CHEAPEST_USD_PER_MWH = 1.0  # a positive tariff below this is one per kWh, as in the tables of a book


def _no_price_per_kwh(usd: float) -> float:
    if 0 < usd < CHEAPEST_USD_PER_MWH:
        raise ValueError(
            f"{usd:g} looks like USD per kWh: 0.05 USD/kWh is 50 USD/MWh; 0, less, or at least {CHEAPEST_USD_PER_MWH:g}"
        )
    return usd


Tariff = Annotated[UsdPerMwh, AfterValidator(_no_price_per_kwh)]


class FlatParams(Strict):
    """One price for every day, in USD/MWh; `regions` sets it apart for a region."""

    usd_per_mwh: Tariff
    regions: dict[str, Tariff] = Field(default_factory=dict)


class SeasonalParams(FlatParams):
    """`flat` times a factor a month, January first. Summer 2022 doubled wholesale prices: factors near 2 in July."""

    monthly: list[NotNegative] = Field(min_length=MONTHS, max_length=MONTHS)


class HistoryParams(Strict):
    """A file beside the scenario: `date`, `region`, `tariff_usd_per_mwh`; a value holds until the region's next date."""

    file: str


class Flat:
    """The same price every day."""

    def __init__(self, params: FlatParams) -> None:
        self.params = params

    def tariffs(self, context: Context) -> dict[str, list[float]]:
        """One number repeated."""
        bases = _bases(self.params, context)
        return {region: [base] * context.days for region, base in bases.items()}


class Seasonal:
    """A price that follows the months."""

    def __init__(self, params: SeasonalParams) -> None:
        self.params = params

    def tariffs(self, context: Context) -> dict[str, list[float]]:
        """Base price times the factor of the day's month."""
        months = [(context.start + timedelta(days=day)).month - 1 for day in range(context.days)]
        bases = _bases(self.params, context)
        extremes = [base * factor for base in bases.values() for factor in self.params.monthly]
        if min(extremes) < LEAST_USD_PER_MWH or max(extremes) > MOST_USD_PER_MWH:
            limits = f"{LEAST_USD_PER_MWH:,.0f} to {MOST_USD_PER_MWH:,.0f}"
            raise ParamsError("monthly", f"price times factor leaves {limits} USD/MWh: {max(extremes, key=abs):,g}")
        return {region: [base * self.params.monthly[month] for month in months] for region, base in bases.items()}


class History:
    """Dated prices of a file."""

    def __init__(self, params: HistoryParams) -> None:
        self.params = params

    def tariffs(self, context: Context) -> dict[str, list[float]]:
        """Each region of the book has a value on or before day 0; regions the book does not know are left alone."""
        path = beside(context.folder, self.params.file)
        rows = read_columns(path, {"date": "date", "region": "text", "tariff_usd_per_mwh": "number"})
        tariff = {"tariff_usd_per_mwh": rows["tariff_usd_per_mwh"]}
        check_range(path, tariff, LEAST_USD_PER_MWH, MOST_USD_PER_MWH, "USD/MWh")
        dated: dict[str, dict[date, float]] = {}
        for day, region, usd in zip(rows["date"], rows["region"], rows["tariff_usd_per_mwh"], strict=True):
            if day in dated.setdefault(region, {}):
                raise ParamsError("file", f"{self.params.file} gives {region} twice on {day}")
            dated[region][day] = usd
        for region in context.regions:
            if region not in dated or min(dated[region]) > context.start:
                raise ParamsError(
                    "file", f"{self.params.file} has no value for region {region!r} on or before {context.start}"
                )
        return {region: held(dated[region], context.start, context.days) for region in context.regions}


def _bases(params: FlatParams, context: Context) -> dict[str, float]:
    unknown = sorted(set(params.regions) - set(context.regions))
    if unknown:
        raise ParamsError(
            "regions", f"the book has no region {', '.join(unknown)}; it has {', '.join(context.regions)}"
        )
    return {region: params.regions.get(region, params.usd_per_mwh) for region in context.regions}


@hookimpl
def hashstress_power_tariff() -> list[PowerTariff]:
    """`flat`, `history`, `seasonal`."""
    return [
        PowerTariff("flat", params=FlatParams, factory=Flat),
        PowerTariff("history", params=HistoryParams, factory=History),
        PowerTariff("seasonal", params=SeasonalParams, factory=Seasonal),
    ]
