"""What the tests of composed scenarios share: a long base with rows of every kind, and a scenario on top of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import hashstress as hs
import pytest

from tests.python.conftest import SHORT

Top = Callable[..., hs.Scenario]

# A miner with one site of ten racks and one order, its loan, its lender.
SMALL: dict[str, dict[str, Any]] = {
    "machines": {"model": "rig", "hashrate_ths": 100.0, "power_w": 3000.0},
    "regions": {"region": "us-ercot"},
    "miners": {"miner": "m", "cash_usd": 1e6, "btc": 0.0, "overhead_usd_per_month": 0.0, "hodl_share": 0.0},
    "fleet": {"fleet": "site", "miner": "m", "model": "rig", "region": "us-ercot", "machines": 5, "rack_slots": 10}
    | {"power_contract": "fixed", "power_usd_per_mwh": 40.0},
    "loans": {"loan": "l", "miner": "m", "lender": "bank", "collateral": "none", "amortisation": "bullet"}
    | {"outstanding_usd": 1000.0, "rate": 0.0, "day_count": "A360", "period_months": 1, "recourse": "full"}
    | {"first_payment_date": date(2030, 1, 1), "maturity_date": date(2030, 1, 1)},
    "lenders": {"lender": "bank", "cash_usd": 1e6, "equity_usd": 1e6, "funding_rate": 0.0, "seizure_days": 30}
    | {"policy": "dump"},
    "cohorts": {"cohort": "rest", "region": "us-ercot", "efficiency_j_per_th": 40.0, "power_usd_per_mwh": 40.0}
    | {"hashrate_ths": 1.6e8},
    "orders": {"order": "o", "miner": "m", "vendor": "Maker", "fleet": "site", "machines": 1, "price_usd": 1e3}
    | {"price_kind": "fixed", "deposit_usd": 1e3, "delivery_date": date(2022, 1, 1)},
}

EVENTS = """
[[availability]]
region = "us-ercot"
from = 2021-11-05
to = 2021-11-20
share = 0.5

[[lender_events]]
date = 2021-11-10
lender = "genesis"
kind = "loss"
amount_usd = 1e6

[[lender_events]]
date = 2021-11-25
lender = "blockfi"
kind = "fail"

[[deliveries]]
cohort = "china-s9-q1"
date = 2021-11-03
hashrate_ths = 1000.0

[[deliveries]]
cohort = "china-s9-q2"
date = 2021-11-28
hashrate_ths = 2000.0
"""
BASE = SHORT + EVENTS


@pytest.fixture
def top(tmp_path: Path) -> Top:
    """`top(text)`: a scenario with `base.toml` below it; other files by name."""

    def build(text: str = "", *, name: str = "top", base: str = BASE, **files: str) -> hs.Scenario:
        (tmp_path / "base.toml").write_text(base)
        for file, content in files.items():
            (tmp_path / f"{file}.toml").write_text(content)
        (tmp_path / "top.toml").write_text(f'name = "{name}"\nbase = "base.toml"\n{text}')
        return hs.Scenario.read(tmp_path / "top.toml")

    return build


def problems(call: Callable[[], object]) -> list[tuple[str, int | None, str | None, str]]:
    """Path, line, file and text of each problem."""
    with pytest.raises(hs.ScenarioError) as caught:
        call()
    return [(found.path, found.line, found.file, found.text) for found in caught.value.problems]
