"""Rows of the built-in book as CSV: columns, where a row comes from, and what facts say. Used by build_crisis_2022.py."""

from __future__ import annotations

import csv
import io
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import crisis_2022_assumptions as assume

ROOT = Path(__file__).resolve().parent.parent
FACTS = ROOT / "data" / "facts"
BOOK = ROOT / "python" / "hashstress" / "data" / "books" / "crisis-2022"
SCENARIOS = ROOT / "python" / "hashstress" / "data" / "scenarios"

Row = dict[str, object]
PROVENANCE = ("synthetic", "source", "confidence", "assumption")
CONFIDENCES = ("high", "medium", "low")  # of a fact, the surest first
COLUMNS: dict[str, tuple[str, ...]] = {
    "machines": ("model", "hashrate_ths", "power_w", "launched_date", "node_nm"),
    "regions": ("region",),
    "miners": (
        "miner", "cash_usd", "btc", "overhead_usd_per_month", "essential_share", "other_income_usd_per_month",
        "hodl_share", "runway_low_days", "runway_high_days", "stock_sale_share", "equity_line_usd",
        "equity_line_usd_per_month", "pool_fee", "bills_grace_days",
    ),
    "fleet": (
        "fleet", "miner", "model", "region", "machines", "power_contract", "power_usd_per_mwh", "pass_through",
        "curtailment_strike_usd_per_mwh", "curtailment_share", "shutdown_ratio", "shutdown_days", "restart_ratio",
        "restart_days", "rack_slots",
    ),
    "orders": (
        "order", "miner", "vendor", "fleet", "machines", "price_usd", "price_kind", "price_protection", "deposit_usd",
        "first_instalment_date", "instalments", "delivery_date", "deployment_days", "grace_days", "forfeit_share",
        "coupon_share", "cancel_ratio",
    ),
    "loans": (
        "loan", "miner", "lender", "collateral", "amortisation", "outstanding_usd", "rate", "day_count",
        "first_payment_date", "maturity_date", "period_months", "recourse", "cross_default", "grace_days",
        "collateral_fleet", "collateral_machines", "collateral_btc", "initial_ltv", "call_ltv", "liquidation_ltv",
        "cure_days", "tranche_share",
    ),
    "lenders": (
        "lender", "cash_usd", "other_assets_usd", "equity_usd", "funding_rate", "seizure_days", "call_notice_days",
        "host_usd_per_mwh", "host_capacity_ths", "policy", "demand_share", "run_own", "run_peer", "term_share_per_month",
        "stop_equity_share", "tighten_equity_share", "forbear_days", "swap_cover", "rehypothecated_share",
        "book_sale_days", "book_sale_price", "bankruptcy_cost_share",
    ),
    "exposures": ("debtor", "creditor", "amount_usd", "line_usd"),
    "cohorts": (
        "cohort", "region", "efficiency_j_per_th", "power_usd_per_mwh", "hashrate_ths", "pass_through",
        "shutdown_ratio", "shutdown_days", "restart_ratio", "restart_days",
    ),
    "works": (
        "work", "fleet", "kind", "begin_date", "days", "capex_usd", "hashrate_factor", "energy_factor", "heat_relief",
        "slots", "units", "step_days",
    ),
    "hedges": (
        "hedge", "miner", "kind", "expiry_date", "btc", "hashrate_ths", "mw", "region", "strike_usd", "cap_usd",
        "strike_usd_per_ph_day", "strike_usd_per_mwh", "initial_margin_share", "maintenance_margin_share", "cure_days",
        "profile", "take_share", "suspend_usd_per_mwh",
    ),
    "profiles": ("profile", "month", "share"),
    "responses": (
        "response", "miner", "kind", "trigger", "threshold", "from_date", "until_date", "wait_days", "fleet", "machines",
        "to_fleet", "delay_days", "cost_usd_per_machine", "share", "loan", "term_months", "pause_months", "rate",
        "usd_per_slot",
    ),
}  # fmt: skip
COLUMNS |= {  # what the variant `article` has besides
    "fleet-article": (*COLUMNS["fleet"], "host", "host_deposit_usd"),
    "loans-article": (*COLUMNS["loans"], "credit_line_usd"),
    "lenders-article": tuple(
        new
        for old in COLUMNS["lenders"]
        for new in {"swap_cover": (old, "amend_cover"), "book_sale_price": (old, "book_buy_cover")}.get(old, (old,))
    ),
}


def facts(name: str) -> list[dict[str, str]]:
    """The rows of a file of facts. Raises ValueError for a row with other cells than the header, or an unknown confidence."""
    path = FACTS / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = list(csv.reader(file))
    rows = [dict(zip(header, line, strict=False)) for line in lines]
    for number, (line, row) in enumerate(zip(lines, rows, strict=True), start=1):
        where = f"{path}, row {number} (line {number + 1})"
        if len(line) != len(header):
            raise ValueError(f"{where}: {len(line)} cells, expected {len(header)}; quote a cell that has a comma")
        if row.get("confidence", "high") not in CONFIDENCES:
            raise ValueError(f"{where}: confidence {row['confidence']!r}, expected one of {', '.join(CONFIDENCES)}")
    return rows


def add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}" if abs(value) < 1e9 else f"{value:.0f}"
    return str(value)


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([as_text(row.get(column)) for column in columns] for row in rows)
    return buffer.getvalue()


def table_text(name: str, rows: Iterable[Row]) -> str:
    key = COLUMNS[name][0]
    return csv_text(COLUMNS[name] + PROVENANCE, sorted(rows, key=lambda row: str(row[key])))


def provenance(synthetic: bool, source: str, confidence: str, assumption: str) -> Row:
    return {"synthetic": synthetic, "source": source, "confidence": confidence, "assumption": assumption}


def joined(sources: Iterable[str]) -> str:
    return " ; ".join(dict.fromkeys(sources))


def lowest(confidences: Iterable[str]) -> str:
    return max(confidences, key=CONFIDENCES.index, default="low")


def opening_close() -> float:
    return next(float(row["close_usd"]) for row in facts("btc_closes") if row["date"] == assume.START)
