"""What a run reports of a path, figure by figure, against what the oracle computes of it.

A run of the one path is asked for its tables: there a mean is the path's value, a share of paths 0 or 1, a median date the path's date.
Cents and satoshis are compared as whole numbers; a day's measures, which are real numbers, to the last bit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from hashstress import _core

from tests.economies import Row, Tables
from tests.oracle import Outcome

Figures = dict[tuple[str, str, str], Any]  # table, entity, column
UNITS = ("cents", "sats", "machines")
LOSSES = ("loss_usd_mean", "var_95_usd", "es_95_usd", "var_99_usd", "es_99_usd")  # of a single path all the same


def cents(usd: float | None) -> float | None:
    """Whole cents of USD; a fraction of a cent is no figure of ours, and stands out."""
    if usd is None:
        return None
    whole = round(usd * 100)
    return whole if math.isclose(usd, whole / 100, rel_tol=1e-15, abs_tol=1e-7) else math.nan


def reported(run: _core.Run) -> tuple[dict[str, list[Row]], Row]:
    """Tables of a run that has played one path, and that path's row."""
    tables = {name: pa.table(table).to_pylist() for name, table in run.tables().items()}
    (path,) = pa.table(run.take_paths()).to_pylist()
    return tables, path


# What the engine reports


def of_engine(run: _core.Run) -> Figures:
    """All figures of the one path that a run has played."""
    tables, path = reported(run)
    found: Figures = {}
    for row in tables["loans"]:
        for name in ("pd", "lgd", "default_date_median"):
            found["loan", row["loan"], name] = row[name]
        for name in ("ead_usd", "el_usd"):
            found["loan", row["loan"], name] = cents(row[name])
    for row in tables["miners"]:
        for name in ("pd", "default_date_median"):
            found["miner", row["miner"], name] = row[name]
        found["miner", row["miner"], "cash_end_usd_mean"] = cents(row["cash_end_usd_mean"])
    for row in tables["lenders"]:
        for name in ("pd", "pd_scenario", "failure_date_median"):
            found["lender", row["lender"], name] = row[name]
        for name in (*LOSSES, "exposure_loss_usd_mean"):
            found["lender", row["lender"], name] = cents(row[name])
    for row in tables["facilities"]:
        for name in ("spent", "repaid", "held", "loss"):
            found["facility", row["facility"], name] = cents(row[f"{name}_usd_mean"])
    for row in tables["daily"]:
        if row["min"] != row["max"]:
            raise ValueError(f"a single path has two values: {row}")
        found["day", str(row["day"]), row["metric"]] = row["max"]
    return found | {("path", "", name): value for name, value in of_the_path(path)}


def of_the_path(row: Row) -> Iterator[tuple[str, Any]]:
    """Figures of a path's row."""
    for name, value in row.items():
        if name.startswith("rescue_") or name == "loss_usd":
            yield name, cents(value)
        elif name == "forced_btc":
            yield name, round(value * 1e8)
        elif name not in ("path", "weight", "digest"):
            yield name, value


# What the oracle says


def dated(start: date, day: int | None) -> date | None:
    """The date of a day."""
    return None if day is None else start + timedelta(days=day)


def of_oracle(tables: Tables, scenario: Row, outcome: Outcome) -> Figures:
    """The same figures of the oracle."""
    start = date.fromisoformat(scenario["start"])
    found: Figures = {}
    for key, row in zip(keys(tables, "loans"), outcome.loans, strict=True):
        fell = row["status"] == "defaulted"
        found |= {
            ("loan", key, "pd"): float(fell),
            ("loan", key, "lgd"): row["loss"] / row["ead"] if fell else None,
            ("loan", key, "default_date_median"): dated(start, row["default_day"]),
            ("loan", key, "ead_usd"): row["ead"] if fell else None,
            ("loan", key, "el_usd"): row["loss"],
        }
    for key, row in zip(keys(tables, "miners"), outcome.miners, strict=True):
        found |= {
            ("miner", key, "pd"): float(not row["operating"]),
            ("miner", key, "default_date_median"): dated(start, row["failed_day"]),
            ("miner", key, "cash_end_usd_mean"): row["cash"],
        }
    decreed = {(row["lender"], row["day"]) for row in scenario["lender_events"] if row["kind"] == "fail"}
    for key, row in zip(keys(tables, "lenders"), outcome.lenders, strict=True):
        found |= {("lender", key, name): row["loss"] for name in LOSSES}
        found |= {
            ("lender", key, "pd"): float(row["failed"]),
            ("lender", key, "pd_scenario"): float((key, row["failed_day"]) in decreed),
            ("lender", key, "failure_date_median"): dated(start, row["failed_day"]),
            ("lender", key, "exposure_loss_usd_mean"): row["exposure_loss"],
        }
    for key, row in zip(keys(tables, "facilities"), outcome.facilities, strict=True):
        for name, value in (row | {"loss": row["spent"] - row["repaid"] - row["held"]}).items():
            found["facility", key, name] = value
    for day, measures in enumerate(outcome.daily):
        found |= {("day", str(day), name): value for name, value in measures.items()}
    return found | {("path", "", name): value for name, value in of_the_whole_path(outcome).items()}


def keys(tables: Tables, name: str) -> list[str]:
    """Keys of a table in canonical order."""
    key = {"facilities": "facility"}.get(name, name.removesuffix("s"))
    return sorted((row[key] for row in tables.get(name, [])), key=str.encode)


def earliest(rows: list[Row]) -> int | None:
    """The first day on which somebody fails."""
    return min((row["failed_day"] for row in rows if row["failed_day"] is not None), default=None)


def of_the_whole_path(outcome: Outcome) -> Row:
    """What a path's row says."""
    days, rescue = outcome.daily, outcome.facilities
    bad = [day for day, _ in outcome.residuals.values() if day is not None]
    spent, repaid, held = (sum(row[name] for row in rescue) for name in ("spent", "repaid", "held"))
    return {
        "loss_usd": sum(row["loss"] for row in outcome.loans),
        "miners_failed": sum(not row["operating"] for row in outcome.miners),
        "lenders_failed": sum(row["failed"] for row in outcome.lenders),
        "first_miner_failure_day": earliest(outcome.miners),
        "first_lender_failure_day": earliest(outcome.lenders),
        "btc_low_usd": min(day["btc_usd"] for day in days),
        "hashprice_low_usd_per_ph_day": min(day["hashprice_usd_per_ph_day"] for day in days),
        "asic_index_low_usd_per_th": min(day["asic_index_usd_per_th"] for day in days),
        "forced_btc": round(sum(round(day["forced_btc"] * 1e8) for day in days)),
        **outcome.stages,
        "rescue_spent_usd": spent,
        "rescue_repaid_usd": repaid,
        "rescue_loss_usd": spent - repaid - held,
        **{f"residual_{unit}": outcome.residuals[unit][1] for unit in UNITS},
        "residual_day": min(bad, default=None),
    }


def differences(ours: Figures, theirs: Figures) -> list[str]:
    """Figures that differ, or that only one of the two has: up to twenty."""
    odd = [name for name in {**ours, **theirs} if name not in ours or name not in theirs or ours[name] != theirs[name]]
    return [
        f"{' '.join(name)}: engine {ours.get(name, 'has none')}, oracle {theirs.get(name, 'has none')}"
        for name in odd[:20]
    ]


TELLING = (
    "loan el_usd",
    "loan ead_usd",
    "loan lgd",
    "lender loss_usd_mean",
    "lender exposure_loss_usd_mean",
    "lender pd_scenario",
    "facility spent",
    "facility repaid",
    "facility held",
    "facility loss",
    "path stage_initial_day",
    "path stage_middle_day",
    "path stage_late_day",
    "path btc_recovery_day",
    "path asic_low_day",
    "path lender_recovery_day",
)


def telling(figures: Figures) -> Counter[str]:
    """How many figures of each kind say something: are there, and are not 0."""
    return Counter(f"{table} {name}" for (table, _, name), value in figures.items() if value)
