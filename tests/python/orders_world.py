"""A flat world with one miner that buys machines. Page: docs/model/deliveries.md"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import hashstress as hs
import pyarrow as pa

Row = dict[str, Any]
Edited = Callable[..., hs.Scenario]

# A machine of 100 TH/s is worth 7,000 USD on every day: tier 1 opens at 70 USD/TH and nothing moves it.
FLAT = """\
source = "anchors"
volatility_daily = 0.0
anchors = [["2021-11-01", 20000.0], ["2022-05-31", 20000.0]]
"""
GBM = 'source = "gbm"\nstart_usd = 30000.0\nvolatility_annual = 0.9\n'
START = date(2021, 11, 1)


def miner(**changes: Any) -> Row:
    """A miner with 100,000 USD, no costs and no fear."""
    return {
        "miner": "m",
        "cash_usd": 100_000.0,
        "btc": 0.0,
        "overhead_usd_per_month": 0.0,
        "hodl_share": 0.0,
        "other_income_usd_per_month": 0.0,
        "runway_low_days": 0.0,
        "runway_high_days": 0.0,
        "stock_sale_share": 0.1,
        "pool_fee": 0.0,
    } | changes


def fleet(**changes: Any) -> Row:
    """A site without machines, with as many racks as it likes."""
    return {
        "fleet": "site",
        "miner": "m",
        "model": "rig",
        "region": "texas",
        "machines": 0,
        "power_contract": "fixed",
        "power_usd_per_mwh": 50.0,
        "rack_slots": None,
    } | changes


def order(**changes: Any) -> Row:
    """Ten machines at 10,000 USD: 40,000 paid, 20,000 on the first of December, January and February, delivered on 15 February."""
    return {
        "order": "o",
        "miner": "m",
        "vendor": "Maker",
        "fleet": "site",
        "machines": 10,
        "price_usd": 10_000.0,
        "price_kind": "fixed",
        "price_protection": False,
        "deposit_usd": 40_000.0,
        "first_instalment_date": date(2021, 12, 1),
        "instalments": 3,
        "delivery_date": date(2022, 2, 15),
        "deployment_days": 0,
        "grace_days": 10,
        "forfeit_share": 0.25,
        "coupon_share": 0.0,
        "cancel_ratio": None,
    } | changes


def prepaid(**changes: Any) -> Row:
    """The same, paid for."""
    return order(deposit_usd=100_000.0, first_instalment_date=None, instalments=None) | changes


def loan(**changes: Any) -> Row:
    """A loan that plays no part."""
    return {
        "loan": "l",
        "miner": "m",
        "lender": "bank",
        "collateral": "none",
        "amortisation": "bullet",
        "outstanding_usd": 1_000.0,
        "rate": 0.0,
        "day_count": "A360",
        "first_payment_date": date(2030, 1, 1),
        "maturity_date": date(2030, 1, 1),
        "period_months": 1,
        "recourse": "full",
        "grace_days": 5,
    } | changes


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows)


def book_of(
    *orders: Row,
    miners: Row | None = None,
    fleets: list[Row] | None = None,
    loans: Row | None = None,
    **more: list[Row],
) -> hs.Book:
    tables = {
        "machines": [{"model": "rig", "hashrate_ths": 100.0, "power_w": 3_000.0}],
        "regions": [{"region": "texas"}],
        "miners": [miners or miner()],
        "fleet": fleets or [fleet()],
        "loans": [loans or loan()],
        "lenders": [
            {
                "lender": "bank",
                "cash_usd": 1e6,
                "equity_usd": 1e6,
                "funding_rate": 0.0,
                "seizure_days": 30,
                "policy": "dump",
            }
        ],
        "cohorts": [
            {
                "cohort": "rest",
                "region": "texas",
                "efficiency_j_per_th": 40.0,
                "power_usd_per_mwh": 40.0,
                "hashrate_ths": 1.6e8,
            }
        ],
    }
    if orders:
        tables["orders"] = list(orders)
    tables |= {name: rows for name, rows in more.items() if rows}
    return hs.Book.from_tables(**{name: table(rows) for name, rows in tables.items()})


def sites_book(*works: Row, orders: list[Row] | None = None, **tables: Any) -> hs.Book:
    """The same with works at its sites."""
    return book_of(*(orders or []), works=list(works), **tables)


def world(edited: Edited, more: str = "") -> hs.Scenario:
    tiers = ("80.0", "70.0", "50.0")
    still = [change for index in tiers for change in still_tier(index)]
    return edited(
        "end = 2021-11-30",
        "end = 2022-05-31",
        "y = 1.0",
        "y = 0.0",
        GBM,
        FLAT,
        *still,
        "estate_days = 10\n",
        f"estate_days = 10\n{more}",
    )


def still_tier(index: str) -> tuple[str, str]:
    before = f"index_usd_per_th = {index}\nelasticity = 1.2"
    return before, before.replace("1.2", "0.0")
