"""The reduced economy of the benchmark: miners with four machine groups and four unsecured loans each, one lender with ample cash.

Treasury, default, price impact and difficulty are at work; no lender's rule ever is. Over the year miners switch groups off and on, sell
coins under pressure, miss payments and default. Peers read it through bench/inputs.py.
"""

from datetime import date
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    from hashstress import _core

Row = dict[str, Any]
Tables = dict[str, list[Row]]

MINERS = 150
GROUPS = 4  # fleet rows a miner
LOANS = 4  # loans a miner
DAYS = 365
SEED = 2022
START = date(2022, 1, 1)
START_USD = 46_000.0
COHORT_THS = 100e6

# TH/s and W of a machine, two models in each efficiency tier; group g of a miner is of tier g.
MODELS = (
    (140.0, 3010.0),
    (110.0, 2640.0),
    (100.0, 3050.0),
    (95.0, 3250.0),
    (88.0, 3344.0),
    (53.0, 2544.0),
    (14.0, 1372.0),
    (11.5, 1100.0),
)
SHARES = (0.2, 0.4, 0.28, 0.12)  # of a miner's TH/s by group


def _miner(rng: Random, key: str, ths: float) -> Row:
    overhead = ths * rng.uniform(0.3, 1.2)  # USD a month: 1-4 cents a day and TH/s
    low = float(round(rng.uniform(30, 90)))
    return {
        "miner": key,
        "cash_usd": round(ths * rng.uniform(1, 14), 2),
        "btc": round(ths * rng.uniform(0, 14) / START_USD, 8),
        "overhead_usd_per_month": round(overhead, 2),
        "essential_share": round(rng.uniform(0.4, 0.8), 2),
        "other_income_usd_per_month": 0.0,
        "hodl_share": round(max(0.0, rng.uniform(-0.3, 0.6)), 2),
        "runway_low_days": low,
        "runway_high_days": low + float(round(rng.uniform(30, 120))),
        "stock_sale_share": round(rng.uniform(0.05, 0.2), 2),
        "equity_line_usd": 0.0,
        "equity_line_usd_per_month": 0.0,
        "pool_fee": round(rng.uniform(0.005, 0.02), 3),
        "bills_grace_days": round(rng.uniform(15, 40)),
    }


def _group(rng: Random, miner: str, group: int, ths: float) -> Row:
    model = 2 * group + round(rng.random())
    ratio = round(rng.uniform(0.85, 1.0), 2)
    return {
        "fleet": f"{miner}-{group}",
        "miner": miner,
        "model": f"model-{model}",
        "region": "region",
        "machines": max(1, round(ths * SHARES[group] / MODELS[model][0])),
        "power_contract": "fixed",
        "power_usd_per_mwh": round(rng.uniform(35, 80), 2),
        "pass_through": 0.0,
        "curtailment_strike_usd_per_mwh": None,
        "curtailment_share": 1.0,
        "shutdown_ratio": ratio,
        "shutdown_days": round(rng.uniform(3, 14)),
        "restart_ratio": round(ratio + rng.uniform(0.0, 0.2), 2),
        "restart_days": round(rng.uniform(2, 7)),
    }


def _loan(rng: Random, miner: str, place: int, ths: float) -> Row:
    payments = round(rng.uniform(9, 36))
    day = 2 + int(rng.uniform(0, 27))  # up to the 28th: every month has it
    year, month = divmod(payments - 1, 12)
    return {
        "loan": f"{miner}-{place}",
        "miner": miner,
        "lender": "lender",
        "collateral": "none",
        "amortisation": ("annuity", "linear", "annuity", "interest_only")[place],
        "outstanding_usd": round(ths * rng.uniform(2, 16), 2),
        "rate": round(rng.uniform(0.08, 0.16), 4),
        "day_count": "A360",
        "first_payment_date": START.replace(day=day),
        "maturity_date": date(START.year + year, month + 1, day),
        "period_months": 1,
        "recourse": "full",
        "cross_default": False,
        "grace_days": round(rng.uniform(5, 30)),
        "collateral_fleet": None,
        "collateral_machines": None,
        "collateral_btc": None,
        "initial_ltv": None,
        "call_ltv": None,
        "liquidation_ltv": None,
        "cure_days": None,
        "tranche_share": None,
    }


def tables() -> Tables:
    """The book. Keys are in canonical order, miner by miner."""
    rng = Random(SEED)
    book: Tables = {
        "machines": [
            {"model": f"model-{place}", "hashrate_ths": ths, "power_w": watts}
            for place, (ths, watts) in enumerate(MODELS)
        ],
        "regions": [{"region": "region"}],
        "miners": [],
        "fleet": [],
        "loans": [],
    }
    for number in range(MINERS):
        miner = f"miner-{number:03d}"
        ths = 100_000.0 * 10 ** rng.uniform(0, 1.2)
        book["miners"].append(_miner(rng, miner, ths))
        book["fleet"] += [_group(rng, miner, group, ths) for group in range(GROUPS)]
        book["loans"] += [_loan(rng, miner, place, ths) for place in range(LOANS)]
    book["lenders"] = [
        {
            "lender": "lender",
            "cash_usd": 1e9,
            "other_assets_usd": 50e9,
            "equity_usd": 50e9,
            "funding_rate": 0.0,
            "seizure_days": 30,
            "call_notice_days": 30,
            "host_usd_per_mwh": 0.0,
            "host_capacity_ths": 0.0,
            "policy": "dump",
        }
    ]
    book["cohorts"] = [
        {
            "cohort": "rest",
            "region": "region",
            "efficiency_j_per_th": 30.0,
            "power_usd_per_mwh": 20.0,
            "hashrate_ths": COHORT_THS,
            "pass_through": 0.0,
            "shutdown_ratio": 0.85,
            "shutdown_days": 14,
            "restart_ratio": 1.0,
            "restart_days": 7,
        }
    ]
    return book


def scenario() -> Row:
    """The compiled scenario, with its price source."""
    tiers = ((80.0, 1.2, 600e3, 4.0), (60.0, 1.2, 600e3, 3.0), (40.0, 1.22, 300e3, 2.0), (15.0, 1.08, 100e3, 1.0))
    return {
        "start": START.isoformat(),
        "days": DAYS,
        "fees_sats_per_block": [10_000_000.0] * DAYS,
        "tariff_usd_per_mwh": {"region": [50.0] * DAYS},
        "availability": {"region": [1.0] * DAYS},
        "height": 716_600,
        "difficulty": 24_272_331_995_979.0,
        "impact": {
            "y": 1.0,
            "sigma_daily": 0.035,
            "volume_btc_per_day": 100_000.0,
            "permanent_share": 0.2,
            "half_life_days": 5.0,
        },
        "asics": {
            "hashprice_half_life_days": 40.0,
            "index_half_life_days": 45.0,
            "overhang_half_life_days": 180.0,
            "kappa": 0.05,
            "quick_discount": 0.125,
            "bulk_discount": 0.55,
            "tiers": [
                {
                    "index_usd_per_th": index,
                    "elasticity": elasticity,
                    "depth_ths_per_day": 30_000.0,
                    "bulk_ths": bulk,
                    "scrap_usd_per_th": scrap,
                }
                for index, elasticity, bulk, scrap in tiers
            ],
        },
        "lender_events": [],
        "deliveries": [],
        "policies": {
            "dump": {"hold_days": 1, "rules": [{"max_clearing_to_index": 99.0, "action": "dump", "share_per_day": 1.0}]}
        },
        "estate_days": 60,
        "price": {
            "source": "gbm",
            "start_usd": START_USD,
            "drift_annual": -0.5,
            "volatility_annual": 0.7,
            "intraday": False,
        },
    }


def _arrow(rows: list[Row]) -> "pa.Table":
    import pyarrow as pa

    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return pa.table({name: cells for name, cells in columns.items() if any(cell is not None for cell in cells)})


def compiled() -> "tuple[_core.Book, _core.Scenario]":
    """The economy as the engine takes it."""
    from hashstress import _core

    book = _core.Book.try_build({name: _arrow(rows) for name, rows in tables().items()})
    return book, _core.Scenario.try_build(scenario(), book)
