"""A dark world in which miners only pay bills and loans, with funds and buy-backs. Page: docs/model/rescue.md"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import hashstress as hs
import pytest

from tests.python.test_hedges import table
from tests.python.test_lenders import FLAT, Row, fleet, lender, loan, miner

Play = Callable[..., hs.Results]
CENTS = 100.0
LATE = {"first_payment_date": date(2022, 11, 15)}
DARK = '[[availability]]\nregion = "{}"\nfrom = 2021-11-01\nto = 2022-02-28\nshare = 0.0\n'
POLICIES = """
[policies.ladder]
hold_days = 30
rules = [{ action = "hold" }]

[policies.dump]
hold_days = 30
rules = [{ action = "dump" }]

[network]"""
TERMS = ("bill_days", "rate", "term_days", "rank", "max_usd_per_miner", "max_debt_to_assets")
PRICES = ("price_usd_per_th", "price_to_index")


def fund(key: str = "fund", **changes: Any) -> Row:
    """A million for two months of bills at 12 %, due after 30 days, from 10 November on."""
    row = {"facility": key, "kind": "fund", "capital_usd": 1e6, "opens_date": date(2021, 11, 10)}
    row |= {"closes_date": date(2022, 6, 30), "bill_days": 60.0, "rate": 0.12, "term_days": 30, "rank": "equal"}
    return row | changes


def buyback(key: str = "buyback", **changes: Any) -> Row:
    """A million for machines at 100 USD/TH, far above the market."""
    row = {"facility": key, "kind": "buyback", "capital_usd": 1e6, "opens_date": date(2021, 11, 1)}
    return row | {"closes_date": date(2022, 6, 30), "price_usd_per_th": 100.0} | changes


def owner(key: str, **changes: Any) -> Row:
    """A miner that pays 1,000 USD a day."""
    return miner(key, **({"cash_usd": 5e4, "overhead_usd_per_month": 3e4, "bills_grace_days": 20} | changes))


def book(
    facilities: list[Row],
    loans: list[Row] | None = None,
    miners: list[Row] | None = None,
    fleets: list[Row] | None = None,
    policy: str = "ladder",
) -> hs.Book:
    """Miners with five machines each in texas, and loans that ask for nothing in these months."""
    people = miners or [owner("m")]
    of = {"efficiency_j_per_th": 40.0, "power_usd_per_mwh": 40.0, "hashrate_ths": 2e8}
    tables = {
        "machines": [{"model": "S19", "hashrate_ths": 100.0, "power_w": 3000.0}],
        "regions": [{"region": "ohio"}, {"region": "texas"}],
        "miners": people,
        "fleet": fleets or [fleet(row["miner"], machines=5) for row in people],
        "loans": loans or [loan(f"loan-{row['miner']}", row["miner"], "bank", **LATE) for row in people],
        "lenders": [lender("bank", cash_usd=1e6, policy=policy)],
        "cohorts": [{"cohort": "rest", "region": "texas"} | of],
        "facilities": facilities,
    }
    return hs.Book.from_tables(**{name: table(rows) for name, rows in tables.items() if rows})


def scenario(edited: Callable[..., hs.Scenario], *more: str) -> hs.Scenario:
    dark = "".join(DARK.format(region) for region in ("texas", "ohio"))
    return edited(*FLAT, "end = 2021-11-30", "end = 2022-02-28", "[network]", f"{dark}{POLICIES}", *more)


@pytest.fixture
def play(edited: Callable[..., hs.Scenario]) -> Play:
    """`play(book)`: four months, one path journaled; every account closes to zero, and facilities add up."""

    def run(of: hs.Book, *more: str, paths: int = 8, **channels: bool) -> hs.Results:
        results = hs.run(of, scenario(edited, *more).with_channels(**channels), paths=paths, worst=1)
        for unit in ("cents", "sats", "machines"):
            assert set(results.paths.to_pyarrow()[f"residual_{unit}"].to_pylist()) == {0.0}
        for row in results.facilities.rows():
            parts = (row[f"{name}_usd_mean"] for name in ("repaid", "held", "loss"))
            assert row["spent_usd_mean"] == pytest.approx(sum(parts), abs=1e-6)
            assert 0 <= row["spent_usd_mean"] <= row["capital_usd"]
        return results

    return run
