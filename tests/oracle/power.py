"""Tariffs, contracts, curtailment and demand charges. Page: docs/model/power.md."""

from .book import Fleet


def power_price(row: Fleet, tariff: list[float], day: int) -> float:
    """What a fleet row pays today, USD/MWh."""
    if row.contract in ("fixed", "hosted_fixed"):
        return row.power_usd_per_mwh
    if row.contract == "indexed":
        return tariff[day] + row.power_usd_per_mwh
    if row.contract == "hosted_pass_through":
        return row.power_usd_per_mwh + row.pass_through * (tariff[day] - tariff[0])
    raise ValueError(f"unknown power contract {row.contract}")


def cost_usd_per_ths(row: Fleet, price: float, day: int) -> float:
    """Cost of a TH/s for a day, USD, at a power price in USD/MWh."""
    return row.site.mwh_per_ths[day] * price


def curtailed(row: Fleet, tariff_today: float) -> bool:
    """Whether the row sells its energy back today."""
    return row.contract in ("fixed", "indexed") and row.strike is not None and tariff_today > row.strike


def credit_usd_per_ths(row: Fleet, tariff_today: float, price: float, day: int) -> float:
    """What the sold energy of a TH/s earns for a day, USD; an indexed row has none to sell."""
    if row.contract == "indexed":
        return 0.0
    return row.site.mwh_per_ths[day] * (row.curtailment_share * (tariff_today - price))


def demand_cents(row: Fleet, connected: float) -> float:
    """What the connection of so many machines costs a day, cents, whether they run or not."""
    return connected * ((row.power_w * 1e-6) * row.demand_charge * 100 / 30)
