"""Hosts, works, and power purchase agreements: rows that are drawn after everything else."""

from datetime import date, timedelta
from random import Random

from tests.economies.draws import Row, Tables, chance, keys, number, wide

COLUMNS = (
    "begin_date",
    "days",
    "capex_usd",
    "hashrate_factor",
    "energy_factor",
    "heat_relief",
    "slots",
    "units",
    "step_days",
)
PPA = ("profile", "take_share", "suspend_usd_per_mwh")


def name_hosts(rng: Random, tables: Tables, scenario: Row) -> None:
    """One to three hosts of the hosted rows; most of them fail."""
    hosted = [row for row in tables["fleet"] if row["power_contract"].startswith("hosted")]
    hosts = keys(rng, rng.randint(1, 3))
    for row in tables["fleet"]:
        row |= {"host": None, "host_deposit_usd": 0.0}
    for row in hosted:
        if chance(rng, 0.8):
            row["host"] = rng.choice(hosts)
            row["host_deposit_usd"] = rng.choice((0.0, round(row["machines"] * wide(rng, 0.1, 300), 2)))
    failing = sorted({row["host"] for row in hosted if row["host"] is not None})
    scenario["host_events"] = [
        {
            "day": rng.randrange(scenario["days"]),
            "host": host,
            "lien_days": rng.randint(1, 60),
            "move_days": rng.choice((0, rng.randint(0, 30))),
            "fee_usd_per_machine": rng.choice((0.0, round(wide(rng, 0.1, 500), 2))),
            "deposit_lost_share": number(rng, 0, 1, 2),
        }
        for host in failing
        if chance(rng, 0.8)
    ]


def cooling(rng: Random, start: date, days: int, usd: float) -> Row:
    """In place before day 0, or a refit of some days."""
    found: Row = {
        "kind": "cooling",
        "hashrate_factor": number(rng, 0.8, 1.5, 2),
        "energy_factor": number(rng, 0.8, 1.2, 2),
        "heat_relief": rng.choice((None, 0.0, number(rng, 0, 1, 2))),
        "days": 0,
        "capex_usd": 0.0,
    }
    if chance(rng, 0.7):
        begin = start + timedelta(days=rng.randint(1, days + 5))
        found |= {"begin_date": begin, "days": rng.choice((0, rng.randint(0, 40))), "capex_usd": round(usd, 2)}
    return found


def racks(rng: Random, start: date, days: int, usd: float, machines: int) -> Row:
    """New racks, all at once or unit by unit."""
    slots = rng.randint(1, machines // 2 + 10)
    units = rng.randint(1, min(slots, 5))
    return {
        "kind": "racks",
        "begin_date": start + timedelta(days=rng.randint(1, days)),
        "days": rng.choice((0, rng.randint(0, 60))),
        "capex_usd": rng.choice((0.0, round(usd, 2))),
        "slots": slots,
        "units": units,
        "step_days": rng.randint(1, 30) if units > 1 else None,
    }


def work_rows(rng: Random, tables: Tables, start: date, days: int, month_usd: dict[str, float]) -> list[Row]:
    """Works at some rows."""
    rows = []
    for row in tables["fleet"]:
        usd = month_usd.get(row["miner"], 100.0) * wide(rng, 0.001, 2)
        if chance(rng, 0.25):
            rows.append({"fleet": row["fleet"], **cooling(rng, start, days, usd)})
        if row.get("rack_slots") is not None and chance(rng, 0.4):
            rows.append({"fleet": row["fleet"], **racks(rng, start, days, usd, row["machines"])})
    names = keys(rng, len(rows))
    return [{"work": key, **dict.fromkeys(COLUMNS), **row} for key, row in zip(names, rows, strict=True)]


def agreements(rng: Random, tables: Tables, scenario: Row, month_usd: dict[str, float]) -> None:
    """Plants whose power some miners have bought, beside the hedges there are."""
    profile = keys(rng, 2)
    tables["profiles"] = [
        {"profile": key, "month": month, "share": number(rng, 0, 1, 3)} for key in profile for month in range(1, 13)
    ]
    rng.shuffle(tables["profiles"])
    rows = tables.setdefault("hedges", [])
    columns = {column for row in rows for column in row}
    start = date.fromisoformat(scenario["start"])
    for miner, usd in month_usd.items():
        if chance(rng, 0.3):
            region = rng.choice(sorted(scenario["tariff_usd_per_mwh"]))
            tariff = max(scenario["tariff_usd_per_mwh"][region][0], 1.0)
            row = {
                "hedge": next(key for key in keys(rng, 200, prefix="p") if all(key != r["hedge"] for r in rows)),
                "miner": miner,
                "kind": "ppa",
                "expiry_date": start + timedelta(days=rng.randint(1, 200)),
                "mw": max(round(usd * wide(rng, 0.1, 3) / (720 * tariff), 3), 0.001),
                "region": region,
                "strike_usd_per_mwh": round(tariff * rng.uniform(0.3, 2), 2),
                "profile": rng.choice(profile),
                "take_share": rng.choice((0.0, 1.0, number(rng, 0, 1, 2))),
                "suspend_usd_per_mwh": rng.choice((None, 0.0, round(tariff * rng.uniform(0.3, 1), 2))),
            }
            columns |= set(row)
            rows.append(row)
    for row in rows:
        for column in columns:
            row.setdefault(column, None)


def add_sites(rng: Random, tables: Tables, scenario: Row, month_usd: dict[str, float]) -> None:
    """Hosts, works and agreements, each in some economies."""
    start, days = date.fromisoformat(scenario["start"]), scenario["days"]
    if chance(rng, 0.5):
        name_hosts(rng, tables, scenario)
    if chance(rng, 0.5):
        tables["works"] = work_rows(rng, tables, start, days, month_usd)
        rng.shuffle(tables["works"])
    if chance(rng, 0.5):
        agreements(rng, tables, scenario, month_usd)
    for row in tables["fleet"]:
        if row["power_contract"] == "indexed" and chance(rng, 0.3):
            row["curtailment_strike_usd_per_mwh"] = round(
                max(scenario["tariff_usd_per_mwh"][row["region"]][0], 1.0) * rng.uniform(0.8, 1.8), 2
            )
