"""The reduced economy as plain arrays, for the peers of the benchmark. Money in cents, coins in satoshis, hashrate in TH/s."""

from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench import economy

Floats = npt.NDArray[np.float64]
Wholes = npt.NDArray[np.int64]

ANNUITY, LINEAR, INTEREST_ONLY = 0, 1, 2
# What each peer returns per path, in this order; the last four on the last day.
RESULTS = ("loss_cents", "forced_sats", "failed", "first_failure_day", "cash_cents", "sats", "btc_usd", "difficulty")


class World(NamedTuple):
    """Plain numbers. A NamedTuple because Numba takes one as an argument."""

    difficulty: float
    epoch_blocks: float
    subsidy: float
    cohort_ths: float
    cohort_off_below: float
    cohort_on_from: float
    cohort_off_days: float
    cohort_on_days: float
    shock_factor: float
    permanent_share: float
    impact_decay: float
    hashprice_weight: float
    index_weight: float
    overhang_decay: float
    kappa: float
    quick_discount: float
    bulk_discount: float
    estate_days: int


class Tiers(NamedTuple):
    """Used machines by tier."""

    index_usd: Floats
    elasticity: Floats
    depth: Floats
    bulk: Floats
    scrap: Floats


class Groups(NamedTuple):
    """Machine groups, `[group, miner]` each."""

    ths: Floats
    cost_cents: Floats
    off_below: Floats
    on_from: Floats
    off_days: Floats
    on_days: Floats
    tier: Wholes


class Miners(NamedTuple):
    """Terms and opening state of the miners."""

    after_fee: Floats
    hodl: Floats
    low_days: Floats
    high_days: Floats
    stock_share: Floats
    overhead_per_day: Floats
    essential: Floats
    other: Floats
    cash: Floats
    sats: Floats
    service: Floats
    bills_grace: Wholes


class Loans(NamedTuple):
    """Terms of the loans, four a miner, miner by miner."""

    principal: Floats
    payment: Floats  # a month; of principal only where the kind is linear
    service: Floats  # a day
    kind: Wholes
    grace: Wholes


class Due(NamedTuple):
    """Due dates in order of day, then loan: those of day t are `[begin[t], begin[t + 1])`."""

    begin: Wholes
    loan: Wholes
    rate: Floats
    last: npt.NDArray[np.bool_]


class Inputs(NamedTuple):
    """Everything the peers read; shared by all paths."""

    first_of_month: npt.NDArray[np.bool_]
    fees: Floats
    world: World
    tiers: Tiers
    groups: Groups
    miners: Miners
    loans: Loans
    due: Due


def _column(rows: list[economy.Row], name: str) -> Floats:
    return np.array([row[name] for row in rows], dtype=np.float64)


def _whole(rows: list[economy.Row], name: str) -> Wholes:
    return np.array([row[name] for row in rows], dtype=np.int64)


def _weight(half_life_days: float) -> float:
    return float(1 - np.exp(-np.log(2.0) / half_life_days))


def _world(scenario: economy.Row, cohort: economy.Row) -> World:
    impact, asics = scenario["impact"], scenario["asics"]
    cost = cohort["efficiency_j_per_th"] * 24e-6 * cohort["power_usd_per_mwh"]
    return World(
        difficulty=scenario["difficulty"],
        epoch_blocks=float(scenario["height"] % 2016),
        subsidy=float(5_000_000_000 // 2 ** (scenario["height"] // 210_000)),
        cohort_ths=cohort["hashrate_ths"],
        cohort_off_below=cohort["shutdown_ratio"] * cost,
        cohort_on_from=cohort["restart_ratio"] * cost,
        cohort_off_days=float(cohort["shutdown_days"]),
        cohort_on_days=float(cohort["restart_days"]),
        shock_factor=float(impact["y"] * impact["sigma_daily"] * np.sqrt(1e-8 / impact["volume_btc_per_day"])),
        permanent_share=impact["permanent_share"],
        impact_decay=1 - _weight(impact["half_life_days"]),
        hashprice_weight=_weight(asics["hashprice_half_life_days"]),
        index_weight=_weight(asics["index_half_life_days"]),
        overhang_decay=1 - _weight(asics["overhang_half_life_days"]),
        kappa=asics["kappa"],
        quick_discount=asics["quick_discount"],
        bulk_discount=asics["bulk_discount"],
        estate_days=scenario["estate_days"],
    )


def _tiers(rows: list[economy.Row]) -> Tiers:
    return Tiers(
        index_usd=_column(rows, "index_usd_per_th"),
        elasticity=_column(rows, "elasticity"),
        depth=_column(rows, "depth_ths_per_day"),
        bulk=_column(rows, "bulk_ths"),
        scrap=_column(rows, "scrap_usd_per_th"),
    )


def _groups(rows: list[economy.Row], models: list[economy.Row]) -> Groups:
    by_key = {row["model"]: row for row in models}
    hashrate = np.array([by_key[row["model"]]["hashrate_ths"] for row in rows])
    joules = np.array([by_key[row["model"]]["power_w"] for row in rows]) / hashrate
    cost = joules * 24e-6 * _column(rows, "power_usd_per_mwh")
    flat = Groups(
        ths=_column(rows, "machines") * hashrate,
        cost_cents=cost * 100,
        off_below=_column(rows, "shutdown_ratio") * cost,
        on_from=_column(rows, "restart_ratio") * cost,
        off_days=_column(rows, "shutdown_days"),
        on_days=_column(rows, "restart_days"),
        tier=np.searchsorted([25.0, 38.0, 68.0], joules, side="right"),
    )
    return Groups._make(np.ascontiguousarray(column.reshape(-1, economy.GROUPS).T) for column in flat)


def _miners(rows: list[economy.Row], service: Floats) -> Miners:
    overhead = np.rint(_column(rows, "overhead_usd_per_month") * 100)
    essential = np.rint(overhead * _column(rows, "essential_share"))
    return Miners(
        after_fee=1 - _column(rows, "pool_fee"),
        hodl=_column(rows, "hodl_share"),
        low_days=_column(rows, "runway_low_days"),
        high_days=_column(rows, "runway_high_days"),
        stock_share=_column(rows, "stock_sale_share"),
        overhead_per_day=np.rint(overhead / 30),
        essential=essential,
        other=overhead - essential,
        cash=np.rint(_column(rows, "cash_usd") * 100),
        sats=np.rint(_column(rows, "btc") * 1e8),
        service=service.reshape(-1, economy.LOANS).sum(axis=1),
        bills_grace=_whole(rows, "bills_grace_days"),
    )


def _month_later(day: date, months: int) -> date:
    """The same day of a later or earlier month; the economy's due dates stop at the 28th."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1)


def _level_payment(principal: float, rates: list[float]) -> float:
    """What, paid at the end of each period, redeems the principal with the last; `rates` are those of the periods."""
    owed, paid = principal * (1 + rates[0]), 1.0
    for rate in rates[1:]:
        owed, paid = owed * (1 + rate), paid * (1 + rate) + 1
    return round(owed / paid)


def _terms(row: economy.Row, rates: list[float]) -> tuple[float, float]:
    """What is paid a month, or the instalment of principal, and the service a day."""
    principal = round(row["outstanding_usd"] * 100)
    if row["amortisation"] == "annuity":
        payment = _level_payment(principal, rates)
        return payment, round(payment / 30)
    if row["amortisation"] == "linear":
        payment = round(principal / len(rates))
        return payment, round((payment + principal * row["rate"] / 12) / 30)
    return 0.0, round(principal * row["rate"] / 360)


def _loans(rows: list[economy.Row], start: date, days: int) -> tuple[Loans, Due]:
    terms, due = [], []
    for loan, row in enumerate(rows):
        first, last = row["first_payment_date"], row["maturity_date"]
        payments = (last.year - first.year) * 12 + last.month - first.month + 1
        dates = [_month_later(first, k) for k in range(-1, payments)]
        rates = [row["rate"] * ((end - begin).days / 360) for begin, end in pairwise(dates)]
        terms.append(_terms(row, rates))
        due += [((end - start).days, loan, rate, end == last) for end, rate in zip(dates[1:], rates, strict=True)]
    due = sorted(entry for entry in due if entry[0] < days)
    kinds = {"annuity": ANNUITY, "linear": LINEAR, "interest_only": INTEREST_ONLY}
    loans = Loans(
        principal=np.rint(_column(rows, "outstanding_usd") * 100),
        service=np.array([service for _, service in terms], dtype=np.float64),
        payment=np.array([payment for payment, _ in terms], dtype=np.float64),
        kind=np.array([kinds[row["amortisation"]] for row in rows]),
        grace=_whole(rows, "grace_days"),
    )
    return loans, Due(
        begin=np.searchsorted([entry[0] for entry in due], np.arange(days + 1)),
        loan=np.array([entry[1] for entry in due]),
        rate=np.array([entry[2] for entry in due]),
        last=np.array([entry[3] for entry in due]),
    )


def inputs(tables: economy.Tables, scenario: economy.Row) -> Inputs:
    """Tables and compiled scenario of bench/economy.py as arrays."""
    start, days = date.fromisoformat(scenario["start"]), scenario["days"]
    loans, due = _loans(tables["loans"], start, days)
    return Inputs(
        first_of_month=np.array([t > 0 and (start + timedelta(days=t)).day == 1 for t in range(days)]),
        fees=np.array(scenario["fees_sats_per_block"]),
        world=_world(scenario, tables["cohorts"][0]),
        tiers=_tiers(scenario["asics"]["tiers"]),
        groups=_groups(tables["fleet"], tables["machines"]),
        miners=_miners(tables["miners"], loans.service),
        loans=loans,
        due=due,
    )
