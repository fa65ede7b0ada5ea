"""Hedges: rows that are drawn after everything else."""

from datetime import date, timedelta
from random import Random

from tests.economies.draws import Row, Tables, chance, keys, number, wide
from tests.economies.world import Prices
from tests.oracle.contract import add_months

KINDS = (
    "short_future",
    "short_future",
    "short_future",
    "put",
    "put",
    "collar",
    "collar",
    "hashprice_forward",
    "power_sale",
)
TERMS = (
    "btc",
    "hashrate_ths",
    "mw",
    "region",
    "strike_usd",
    "cap_usd",
    "strike_usd_per_ph_day",
    "strike_usd_per_mwh",
    "initial_margin_share",
    "maintenance_margin_share",
    "cure_days",
)


def expiry(rng: Random, start: date, days: int) -> date:
    """Inside the horizon, on the first of a month, on day 1, or never reached."""
    kind = rng.random()
    if kind < 0.2:
        return add_months(date(start.year, start.month, 1), rng.randint(1, 4))
    if kind < 0.3:
        return start + timedelta(days=rng.choice((1, 2, days - 1, days)))
    return start + timedelta(days=rng.randint(1, days) if kind < 0.6 else rng.randint(days // 2, 2 * days))


def future_terms(rng: Random, usd: float, price_usd: float) -> Row:
    """Coins sold forward; calls come early or late, and cures take a day or two weeks."""
    initial = number(rng, 0.01, 0.1, 3) if chance(rng, 0.4) else number(rng, 0.1, 0.5, 3)
    maintenance = initial if chance(rng, 0.3) else round(initial * rng.uniform(0.5, 1), 3)
    strike = price_usd if chance(rng, 0.5) else round(price_usd * rng.uniform(0.8, 1.2), 2)
    return {
        "btc": max(round(usd / price_usd, 8), 1e-8),
        "strike_usd": strike,
        "initial_margin_share": initial,
        "maintenance_margin_share": min(maintenance, initial),
        "cure_days": 1 if chance(rng, 0.2) else rng.randint(1, 10) if chance(rng, 0.3) else rng.randint(20, 200),
    }


def option_terms(rng: Random, kind: str, usd: float, price_usd: float) -> Row:
    """A put around the price, perhaps with a call above it or at the same strike."""
    strike = round(price_usd * rng.uniform(0.3, 1.5), 2)
    found: Row = {"btc": max(round(usd / price_usd, 8), 1e-8), "strike_usd": strike}
    if kind == "collar":
        found["cap_usd"] = strike if chance(rng, 0.2) else round(strike * rng.uniform(1, 1.8), 2)
    return found


def forward_terms(rng: Random, ths: float, usd_per_ths: float) -> Row:
    """Hashrate sold forward near what it earns on day 0."""
    return {
        "hashrate_ths": max(round(ths * wide(rng, 0.01, 1), 2), 0.01),
        "strike_usd_per_ph_day": round(usd_per_ths * 1000 * rng.uniform(0.4, 1.5), 2),
    }


def power_terms(rng: Random, region: str, tariff: float, usd: float) -> Row:
    """Power sold back that brings or costs about so much a month."""
    return {
        "mw": max(round(usd / (720 * tariff), 3), 0.001),
        "region": region,
        "strike_usd_per_mwh": round(tariff * rng.uniform(0.3, 2.0), 2),
    }


def hedge_row(rng: Random, scale: Prices, scenario: Row, miner: str, ths: float) -> Row:
    """A hedge of any kind, sized by what its miner earns in a month."""
    kind = rng.choice(KINDS)
    start = date.fromisoformat(scenario["start"])
    usd = ths * scale.revenue_usd_per_ths * 30 * (wide(rng, 0.01, 1) if chance(rng, 0.4) else wide(rng, 0.5, 20))
    row: Row = {"hedge": "", "miner": miner, "kind": kind, "expiry_date": expiry(rng, start, scenario["days"])}
    row |= dict.fromkeys(TERMS)
    if kind == "short_future":
        return row | future_terms(rng, usd, scale.price_usd)
    if kind == "hashprice_forward":
        return row | forward_terms(rng, ths, scale.revenue_usd_per_ths)
    if kind == "power_sale":
        region = rng.choice(sorted(scenario["tariff_usd_per_mwh"]))
        return row | power_terms(rng, region, scale.tariff, usd)
    return row | option_terms(rng, kind, usd, scale.price_usd)


def add_hedges(rng: Random, tables: Tables, scenario: Row, scale: Prices, ths: dict[str, float]) -> None:
    """Hedges of half of the miners in most economies; the table and columns that say nothing may be missing."""
    rows = []
    if chance(rng, 0.85):
        for miner, count in ths.items():
            if chance(rng, 0.5):
                rows += [hedge_row(rng, scale, scenario, miner, count) for _ in range(rng.choice((1, 4, 6, 9)))]
    for row, key in zip(rows, keys(rng, len(rows)), strict=True):
        row["hedge"] = key
    for column in TERMS:
        if all(row[column] is None for row in rows) and chance(rng, 0.5):
            for row in rows:
                del row[column]
    rng.shuffle(rows)
    if rows or chance(rng, 0.5):
        tables["hedges"] = rows
