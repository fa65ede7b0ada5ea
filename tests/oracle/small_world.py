"""A world for hand calculation: nothing happens unless a test asks for it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from tests.oracle import Outcome, simulate

Row = dict[str, Any]

NETWORK_THS = 1e8
PRICE_USD = 20000.0
CENTS_PER_SAT = 0.02
TARGET_DIFFICULTY = NETWORK_THS * 1e12 * 600 / 2**32  # a block every 600 seconds
HEIGHT = 396 * 2016  # an epoch's first block, subsidy 6.25 BTC, 41,664 blocks before a halving


def miner(**changes: Any) -> Row:
    """A miner without cash, coins or costs."""
    return {
        "miner": "m",
        "cash_usd": 0.0,
        "btc": 0.0,
        "overhead_usd_per_month": 0.0,
        "essential_share": 1.0,
        "other_income_usd_per_month": 0.0,
        "hodl_share": 0.0,
        "runway_low_days": 0,
        "runway_high_days": 0,
        "stock_sale_share": 0.1,
        "equity_line_usd": 0.0,
        "equity_line_usd_per_month": 0.0,
        "pool_fee": 0.0,
        "bills_grace_days": 10,
    } | changes


def lender(**changes: Any) -> Row:
    """A lender with 1,000 USD of cash, ample capital and nothing to pay."""
    return {
        "lender": "j",
        "cash_usd": 1000.0,
        "other_assets_usd": 1e6,
        "equity_usd": 1e6,
        "funding_rate": 0.0,
        "seizure_days": 5,
        "call_notice_days": 4,
        "host_usd_per_mwh": 50.0,
        "host_capacity_ths": 0.0,
        "policy": "hold",
    } | changes


def exposure(creditor: str, debtor: str, usd: float) -> Row:
    """A claim of one lender on another."""
    return {"creditor": creditor, "debtor": debtor, "amount_usd": usd}


def lender_event(day: int, key: str, kind: str, usd: float = 0.0) -> Row:
    """What the scenario does to a lender."""
    return {"day": day, "lender": key, "kind": kind, "amount_usd": usd}


def loan(**changes: Any) -> Row:
    """An unsecured bullet of 1,000 USD without interest, due on day 10."""
    return {
        "loan": "l",
        "miner": "m",
        "lender": "j",
        "collateral": "none",
        "amortisation": "bullet",
        "outstanding_usd": 1000.0,
        "rate": 0.0,
        "day_count": "A360",
        "first_payment_date": date(2021, 1, 25),
        "maturity_date": date(2021, 1, 25),
        "period_months": 1,
        "recourse": "full",
        "cross_default": False,
        "grace_days": 3,
        "collateral_fleet": None,
        "collateral_machines": None,
        "collateral_btc": None,
        "initial_ltv": None,
        "call_ltv": None,
        "liquidation_ltv": None,
        "cure_days": None,
        "tranche_share": None,
    } | changes


def coin_loan(sats: int, **changes: Any) -> Row:
    """70,000 USD on coins, due far away: initial 70 %, call 75 %, liquidation 90 %."""
    terms = {
        "collateral": "btc",
        "outstanding_usd": 70000.0,
        "first_payment_date": date(2022, 1, 1),
        "maturity_date": date(2022, 1, 1),
        "collateral_btc": sats * 1e-8,
        "initial_ltv": 0.70,
        "call_ltv": 0.75,
        "liquidation_ltv": 0.90,
        "cure_days": 3,
        "tranche_share": 1.0,
    }
    return loan(**terms | changes)


def fleet(**changes: Any) -> Row:
    """Ten machines of 100 TH/s and 3,000 W whose power is far too dear to run."""
    return {
        "fleet": "f",
        "miner": "m",
        "model": "rig",
        "region": "r",
        "machines": 10,
        "power_contract": "fixed",
        "power_usd_per_mwh": 1000.0,
        "pass_through": 0.0,
        "curtailment_strike_usd_per_mwh": None,
        "curtailment_share": 0.0,
        "shutdown_ratio": 1.0,
        "shutdown_days": 1,
        "restart_ratio": 1.0,
        "restart_days": 1,
    } | changes


def cohort(**changes: Any) -> Row:
    """The whole network, whose power costs nothing."""
    return {
        "cohort": "rest",
        "region": "r",
        "efficiency_j_per_th": 30.0,
        "power_usd_per_mwh": 0.0,
        "hashrate_ths": NETWORK_THS,
        "pass_through": 0.0,
        "shutdown_ratio": 1.0,
        "shutdown_days": 1,
        "restart_ratio": 1.0,
        "restart_days": 1,
    } | changes


def order(**changes: Any) -> Row:
    """Four machines at 2 USD, 2 USD of them paid; the other 6 on day 5 (20 January), the machines come on day 8."""
    return {
        "order": "o",
        "miner": "m",
        "vendor": "v",
        "fleet": "f",
        "machines": 4,
        "price_usd": 2.0,
        "price_kind": "fixed",
        "price_protection": False,
        "deposit_usd": 2.0,
        "first_instalment_date": date(2021, 1, 20),
        "instalments": 1,
        "delivery_date": date(2021, 1, 23),
        "deployment_days": 30,
        "grace_days": 30,
        "forfeit_share": 1.0,
        "coupon_share": 0.0,
        "cancel_ratio": None,
    } | changes


def hedge(kind: str, **changes: Any) -> Row:
    """A hedge that expires on day 10 (25 January); coins at the price of the world, a tenth of a coin: 2,000 USD."""
    terms: dict[str, Row] = {
        "short_future": {
            "btc": 0.1,
            "strike_usd": PRICE_USD,
            "initial_margin_share": 0.4,
            "maintenance_margin_share": 0.3,
            "cure_days": 3,
        },
        "put": {"btc": 0.1, "strike_usd": PRICE_USD},
        "collar": {"btc": 0.1, "strike_usd": PRICE_USD, "cap_usd": 22000.0},
        "hashprice_forward": {"hashrate_ths": 1000.0, "strike_usd_per_ph_day": 100.0},
        "power_sale": {"mw": 0.5, "region": "r", "strike_usd_per_mwh": 40.0},
        "ppa": {"mw": 0.5, "region": "r", "strike_usd_per_mwh": 40.0, "profile": "p", "take_share": 0.5},
    }
    row = {"hedge": "h", "miner": "m", "kind": kind, "expiry_date": date(2021, 1, 25)}
    return row | terms[kind] | changes


def facility(kind: str, **changes: Any) -> Row:
    """A fund of 1,000 USD that fills up to 10 days of bills, at 36 % for 5 days; a buy-back at 0.0095 USD/TH."""
    terms: dict[str, Row] = {
        "fund": {"bill_days": 10.0, "rate": 0.36, "term_days": 5, "rank": "equal"},
        "buyback": {"price_usd_per_th": 0.0095},
    }
    dates = {"opens_date": date(2021, 1, 15), "closes_date": date(2021, 12, 31)}
    return {"facility": "a", "kind": kind, "capital_usd": 1000.0, **dates} | terms[kind] | changes


def response(kind: str, **changes: Any) -> Row:
    """What a miner does on every first of a month, from 1 February (day 17) on."""
    row = {"response": "r", "miner": "m", "kind": kind, "trigger": "btc_below", "threshold": 1e8, "wait_days": 1}
    return row | changes


def scenario(days: int, **changes: Any) -> Row:
    """A steady chain, no fees, no impact, machines at 0.01 USD/TH."""
    tier = {
        "index_usd_per_th": 0.01,
        "elasticity": 1.0,
        "depth_ths_per_day": 1e3,
        "bulk_ths": 1e12,
        "scrap_usd_per_th": 0.0,
    }
    return {
        "start": "2021-01-15",
        "days": days,
        "fees_sats_per_block": [0.0] * days,
        "tariff_usd_per_mwh": {"r": [50.0] * days},
        "availability": {"r": [1.0] * days},
        "height": HEIGHT,
        "difficulty": TARGET_DIFFICULTY,
        "impact": {
            "y": 0.0,
            "sigma_daily": 0.04,
            "volume_btc_per_day": 10.0,
            "permanent_share": 0.25,
            "half_life_days": 5.0,
        },
        "asics": {
            "hashprice_half_life_days": 10.0,
            "index_half_life_days": 75.0,
            "overhang_half_life_days": 180.0,
            "kappa": 1.0,
            "quick_discount": 0.125,
            "bulk_discount": 0.55,
            "tiers": [tier] * 4,
        },
        "lender_events": [],
        "deliveries": [],
        "policies": {"hold": {"hold_days": 1000, "rules": []}},
        "estate_days": 4,
    } | changes


def run(
    days: int,
    miners: Iterable[Row] = (),
    loans: Iterable[Row] = (),
    fleets: Iterable[Row] = (),
    lenders: Iterable[Row] | None = None,
    exposures: Iterable[Row] | None = None,
    orders: Iterable[Row] | None = None,
    hedges: Iterable[Row] | None = None,
    facilities: Iterable[Row] | None = None,
    responses: Iterable[Row] | None = None,
    works: Iterable[Row] | None = None,
    cohorts: Iterable[Row] | None = None,
    models: Iterable[Row] = (),
    lows: list[float] | None = None,
    closes: list[float] | None = None,
    seed: int = 0,
    **changes: Any,
) -> Outcome:
    """Simulates a small book in the steady world, at a constant price unless there are closes."""
    tables: dict[str, list[Row]] = {
        "machines": [{"model": "rig", "hashrate_ths": 100.0, "power_w": 3000.0}, *models],
        "regions": [{"region": "r"}],
        "miners": list(miners),
        "fleet": list(fleets),
        "loans": list(loans),
        "lenders": [lender()] if lenders is None else list(lenders),
        "cohorts": [cohort()] if cohorts is None else list(cohorts),
    }
    if exposures is not None:
        tables["exposures"] = list(exposures)
    if orders is not None:
        tables["orders"] = list(orders)
    if hedges is not None:
        tables["hedges"] = list(hedges)
    if facilities is not None:
        tables["facilities"] = list(facilities)
    if responses is not None:
        tables["responses"] = list(responses)
    if works is not None:
        tables["works"] = list(works)
    closes = [PRICE_USD] * days if closes is None else closes
    return simulate(tables, scenario(days, **changes), closes, closes if lows is None else lows, seed=seed)


def posted(outcome: Outcome, reason: str, unit: str = "cents") -> list[tuple[int, int]]:
    """(day, amount) of the postings with a reason."""
    return [(day, amount) for day, why, of, _, _, amount in outcome.postings if (why, of) == (reason, unit)]


def book_events(outcome: Outcome) -> list[tuple[int, str, str, float]]:
    """All events but the chain's."""
    return [event for event in outcome.events if event[2] != "network"]


def amounts(outcome: Outcome, *kinds: str) -> list[tuple[int, str, float]]:
    """(day, kind, amount) of the events of some kinds, in order."""
    return [(day, kind, amount) for day, kind, _, amount in outcome.events if kind in kinds]


def happened(outcome: Outcome, *kinds: str) -> list[tuple[int, str, str]]:
    """(day, kind, entity) of the events of some kinds, in order."""
    return [(day, kind, entity) for day, kind, entity, _ in outcome.events if kind in kinds]
