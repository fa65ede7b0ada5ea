"""Rescue funds and buy-backs: rows that are drawn after everything else."""

from datetime import date, timedelta
from random import Random

from tests.economies.draws import Row, Tables, chance, keys, number, wide

OPTIONAL = (
    "region",
    "bill_days",
    "rate",
    "term_days",
    "rank",
    "max_usd_per_miner",
    "max_debt_to_assets",
    "price_usd_per_th",
    "price_to_index",
)


def fund_terms(rng: Random, month_usd: float) -> Row:
    """Loans for a few days or for longer than the horizon, to anybody or only to the sound."""
    return {
        "bill_days": rng.choice((0.0, float(rng.randint(1, 30)), number(rng, 5, 200, 1))),
        "rate": rng.choice((0.0, number(rng, 0.01, 0.3, 3))),
        "term_days": rng.randint(1, 5) if chance(rng, 0.15) else rng.randint(5, 60) if chance(rng, 0.7) else 365,
        "rank": rng.choice(("senior", "equal", "junior")),
        "max_usd_per_miner": round(month_usd * wide(rng, 0.001, 1), 2) if chance(rng, 0.4) else None,
        "max_debt_to_assets": number(rng, 0.05, 2, 2) if chance(rng, 0.3) else None,
    }


def buyback_terms(rng: Random, asics: Row) -> Row:
    """A price for all machines or a share of the index, below, at or above what the market gives."""
    if chance(rng, 0.5):
        tier = rng.choice(asics["tiers"])
        return {"price_usd_per_th": max(round(tier["index_usd_per_th"] * rng.uniform(0.2, 1.2), 2), 0.01)}
    return {"price_to_index": number(rng, 0.2, 1.3, 3)}


def facility_row(rng: Random, tables: Tables, scenario: Row, month_usd: float) -> Row:
    """A facility of some size, open for days or for longer than the horizon."""
    start = date.fromisoformat(scenario["start"])
    kind = rng.choice(("fund", "fund", "buyback"))
    opens = rng.choice((-30, 0, rng.randint(0, 60)))
    closes = max(opens, 0) + rng.choice((0, rng.randint(1, 60), 400, 400))
    row: Row = {
        "facility": "",
        "kind": kind,
        "capital_usd": max(round(month_usd * wide(rng, 0.003, 30), 2), 0.01),
        "opens_date": start + timedelta(days=opens),
        "closes_date": start + timedelta(days=closes),
        "take_up_share": 1.0 if chance(rng, 0.4) else number(rng, 0.05, 1, 2),
        **dict.fromkeys(OPTIONAL),
    }
    row |= fund_terms(rng, month_usd) if kind == "fund" else buyback_terms(rng, scenario["asics"])
    if chance(rng, 0.25):
        row["region"] = rng.choice(sorted(region["region"] for region in tables["regions"]))
    return row


def add_facilities(rng: Random, tables: Tables, scenario: Row, month_usd: dict[str, float]) -> None:
    """Up to five facilities in most economies; the table, columns that say nothing and the channel may be missing."""
    rows = []
    if chance(rng, 0.7):
        largest = max(month_usd.values())
        rows = [facility_row(rng, tables, scenario, largest) for _ in range(rng.randint(1, 5))]
    for row, key in zip(rows, keys(rng, len(rows)), strict=True):
        row["facility"] = key
    for column, default in {**dict.fromkeys(OPTIONAL), "take_up_share": 1.0}.items():
        if all(row[column] == default for row in rows) and chance(rng, 0.5):
            for row in rows:
                del row[column]
    if rows or chance(rng, 0.5):
        tables["facilities"] = rows
    if rows and chance(rng, 0.05):
        scenario["channels"] = scenario.get("channels", {}) | {"rescue": False}
