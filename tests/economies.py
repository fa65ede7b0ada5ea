"""Random economies on the edge: books, scenarios and prices in which every rule of docs/model/ happens often.

`python -m tests.economies --count 200` runs them through the oracle and prints how often each event and situation
occurred.
"""

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.oracle import Outcome, simulate
from tests.oracle.loans import add_months

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Economy = tuple[Tables, Row, list[list[float]], list[list[float]]]

DAYS = 120
PATHS = 2
ENOUGH = 50
KEY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789-_éß"  # no two of which look alike: the engine refuses such keys
MODELS = (
    (110.0, 1980.0),
    (151.0, 3247.0),
    (104.0, 3068.0),
    (95.0, 3250.0),
    (53.0, 2400.0),
    (36.5, 2160.0),
    (13.5, 1323.0),
)
MIDDLING_J_PER_TH = 33.0
COLLATERAL_COLUMNS = (
    "collateral_fleet",
    "collateral_machines",
    "collateral_btc",
    "initial_ltv",
    "call_ltv",
    "liquidation_ltv",
    "cure_days",
    "tranche_share",
)
KINDS = ("bullet", "linear", "annuity", "interest_only", "fixed_payment", "payment_in_kind")
EVENTS = (
    "retarget",
    "halving",
    "shutdown",
    "restart",
    "curtailment",
    "sell_mode",
    "hold_mode",
    "forced_sale",
    "equity_draw",
    "missed_bill",
    "missed_payment",
    "capitalisation",
    "credit_draw",
    "loan_default",
    "miner_default",
    "margin_call",
    "collateral_sale",
    "seizure",
    "machine_sale",
    "estate",
    "lender_loss",
    "lender_withdrawal",
    "lender_failure",
    "loan_called",
)


# --- small draws


def number(rng: Random, low: float, high: float, digits: int = 4) -> float:
    """A number in [low, high] with few decimals, so that tables read well."""
    return round(rng.uniform(low, high), digits)


def chance(rng: Random, share: float) -> bool:
    """True with a probability."""
    return rng.random() < share


def wide(rng: Random, low: float, high: float) -> float:
    """A number between two positive bounds, uniform in its logarithm."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def keys(rng: Random, count: int, prefix: str = "") -> list[str]:
    """Distinct random-looking keys."""
    found: set[str] = set()
    while len(found) < count:
        found.add(prefix + "".join(rng.choices(KEY_LETTERS, k=rng.randint(1, 7))))
    out = sorted(found)
    rng.shuffle(out)
    return out


# --- the world around the book


def price_path(rng: Random, days: int, start_usd: float) -> tuple[list[float], list[float]]:
    """Closes and lows: a few regimes of crash, rally or chop."""
    closes, lows = [], []
    x = math.log(start_usd)
    drift, volatility, left = 0.0, 0.03, 0
    for day in range(days):
        if left == 0:
            left = rng.randint(10, 45)
            drift = rng.choice((-0.025, -0.012, 0.0, 0.0, 0.01, 0.02))
            volatility = rng.uniform(0.01, 0.07)
        left -= 1
        if day > 0:
            x += drift + rng.gauss(0, volatility) - (rng.uniform(0.1, 0.6) if chance(rng, 0.004) else 0.0)
        x = min(max(x, math.log(start_usd) - 2.5), math.log(start_usd) + 1.5)
        close = round(math.exp(x), 2)
        closes.append(close)
        lows.append(
            close if day == 0 or chance(rng, 0.1) else round(close * math.exp(-abs(rng.gauss(0, volatility))), 2)
        )
    return closes, lows


def tariff_series(rng: Random, days: int, base: float) -> list[float]:
    """USD/MWh a day: a slow walk, with hot spells."""
    out, x, spell = [], 0.0, 0
    for _ in range(days):
        x = 0.9 * x + rng.gauss(0, 0.1)
        if spell == 0 and chance(rng, 0.03):
            spell = rng.randint(2, 25)
        hot = rng.uniform(1.5, 5.0) if spell else 1.0
        spell = max(spell - 1, 0)
        out.append(round(base * math.exp(x) * hot, 2))
    return out


def availability_series(rng: Random, days: int) -> list[float]:
    """Share of machines that can run, with storms."""
    level = rng.choice((1.0, 0.97, 0.9))
    return [
        rng.choice((0.0, 0.3, 0.6)) if chance(rng, 0.02) else round(level - 0.05 * rng.random(), 3) for _ in range(days)
    ]


def start_date(rng: Random) -> date:
    """A first day; often at a month's end or in a leap February."""
    day = date(2019, 1, 1) + timedelta(days=rng.randrange(365 * 6))
    if chance(rng, 0.3):
        return add_months(date(day.year, day.month, 1), 1) - timedelta(days=rng.randint(0, 2))
    return date(2024, 1, rng.randint(1, 31)) if chance(rng, 0.1) else day


def chain_height(rng: Random, days: int) -> int:
    """A height: anywhere, shortly before a halving, just before a retarget, or just after one."""
    kind = rng.random()
    if kind < 0.4:
        return rng.choice((3, 4, 6, 6, 6)) * 210000 - rng.randint(1, 100 * days)
    height = rng.randint(600000, 900000)
    if kind < 0.6:
        return height // 2016 * 2016 + rng.randint(0, 50)
    return height


def asic_market(rng: Random, network_ths: float) -> Row:
    """The used-machine market."""
    level = wide(rng, 0.4, 1.6)
    tiers = []
    for index, elasticity in ((55.0, 1.34), (30.0, 1.34), (15.0, 1.43), (5.0, 1.21)):
        price = round(index * level * rng.uniform(0.8, 1.2), 2)
        tiers.append(
            {
                "index_usd_per_th": price,
                "elasticity": elasticity,
                "depth_ths_per_day": round(network_ths * wide(rng, 1e-5, 1e-3), 1),
                "bulk_ths": round(network_ths * wide(rng, 1e-4, 1e-1), 1),
                "scrap_usd_per_th": round(price * rng.uniform(0.02, 0.3), 2),
            }
        )
    return {
        "hashprice_half_life_days": number(rng, 5, 30, 1),
        "index_half_life_days": number(rng, 30, 90, 1),
        "overhang_half_life_days": number(rng, 60, 200, 1),
        "kappa": number(rng, 0.05, 0.8, 2),
        "quick_discount": 0.125,
        "bulk_discount": 0.55,
        "tiers": tiers,
    }


def disposal_policy(rng: Random) -> Row:
    """Rules by clearing price over index; sometimes none matches."""
    count = rng.randint(1, 4)
    limits = sorted(number(rng, 0.3, 1.3, 2) for _ in range(count))
    if chance(rng, 0.7):
        limits[-1] = 99.0
    rules = [
        {
            "max_clearing_to_index": limit,
            "action": rng.choice(("dump", "sell", "sell", "hold", "host", "host")),
            "share_per_day": number(rng, 0.02, 0.5, 2),
        }
        for limit in limits
    ]
    return {"hold_days": rng.randint(1, 40), "rules": rules}


# --- the book


class Scale:
    """What a TH/s earns and how many there are on day 0; sizes everything else."""

    def __init__(self, rng: Random, days: int) -> None:
        self.price_usd = round(wide(rng, 12000, 70000), 2)
        self.height = chain_height(rng, days)
        self.subsidy = 5000000000 // 2 ** (self.height // 210000)
        self.revenue_usd_per_ths = rng.uniform(0.05, 0.13)
        blocks_per_ths = 86400 * 1e12 / 4294967296
        self.difficulty = blocks_per_ths * self.subsidy * 1e-8 * self.price_usd / self.revenue_usd_per_ths
        kind = rng.random()
        speed = (
            rng.uniform(4.5, 8) if kind < 0.17 else rng.uniform(0.15, 0.23) if kind < 0.38 else rng.uniform(0.7, 1.6)
        )
        if kind < 0.38:  # let the odd epoch begin afresh, so that its retarget is clamped
            self.height = self.height // 2016 * 2016
        self.network_ths = self.difficulty * 4294967296 / (600 * 1e12) * speed
        self.tariff = 0.7 * self.revenue_usd_per_ths / (MIDDLING_J_PER_TH * 24e-6)
        self.book_share = wide(rng, 0.0002, 0.5)


def switching(rng: Random) -> Row:
    """Thresholds of the switching rule."""
    ratio = number(rng, 0.75, 1.0, 3)
    return {
        "shutdown_ratio": ratio,
        "shutdown_days": rng.randint(1, 14),
        "restart_ratio": round(ratio + rng.choice((0.0, rng.uniform(0, 0.2))), 3),
        "restart_days": rng.randint(1, 7),
    }


def fleet_row(rng: Random, scale: Scale, miner: str, key: str, model: Row, region: str, ths: float) -> Row:
    """A fleet row of about so many TH/s, paying near what it earns."""
    contract = rng.choice(("fixed", "fixed", "indexed", "hosted_fixed", "hosted_pass_through"))
    fair = scale.revenue_usd_per_ths / (model["power_w"] / model["hashrate_ths"] * 24e-6)
    price = rng.uniform(0, 0.1) * scale.tariff if contract == "indexed" else fair * rng.uniform(0.35, 1.05)
    struck = contract == "fixed" and chance(rng, 0.6)
    passed_on = number(rng, 0, 1, 2)  # drawn for every contract, so that economies of old seeds stay as they are
    return {
        "fleet": key,
        "miner": miner,
        "model": model["model"],
        "region": region,
        "machines": min(
            max(1, round(ths / model["hashrate_ths"])), 9_000_000
        ),  # a row of the book holds up to 10 million
        "power_contract": contract,
        "power_usd_per_mwh": round(price, 2),
        "pass_through": passed_on if contract == "hosted_pass_through" else 0.0,
        "curtailment_strike_usd_per_mwh": round(scale.tariff * rng.uniform(0.8, 1.8), 2) if struck else None,
        "curtailment_share": number(rng, 0.4, 1, 2),
        **switching(rng),
    }


def miner_row(rng: Random, scale: Scale, key: str, ths: float) -> Row:
    """A miner with days to months of cash."""
    month = ths * scale.revenue_usd_per_ths * 30
    low = rng.randint(5, 90)
    line = month * rng.uniform(0.05, 0.6) if chance(rng, 0.5) else 0.0
    return {
        "miner": key,
        "cash_usd": round(month * wide(rng, 0.003, 1.5), 2),
        "btc": round(month * rng.choice((0.0, wide(rng, 0.02, 3))) / scale.price_usd, 8),
        "overhead_usd_per_month": round(month * rng.uniform(0.02, 0.35), 2),
        "essential_share": number(rng, 0.1, 1, 2),
        "other_income_usd_per_month": round(month * rng.choice((0.0, 0.0, 0.05)), 2),
        "hodl_share": number(rng, 0, 1, 2) if chance(rng, 0.6) else rng.choice((0.0, 1.0)),
        "runway_low_days": low,
        "runway_high_days": low + rng.randint(1, 120),
        "stock_sale_share": number(rng, 0.02, 0.5, 2),
        "equity_line_usd": round(line, 2),
        "equity_line_usd_per_month": round(line * rng.uniform(0.2, 1), 2) if line else 0.0,
        "pool_fee": rng.choice((0.0, 0.01, 0.02, 0.025)),
        "bills_grace_days": rng.randint(1, 45) if chance(rng, 0.7) else rng.randint(45, 100),
    }


def make_idle(rng: Random, miner: Row, rows: list[Row]) -> None:
    """A miner that cannot afford to run and has hardly any bills: it lives on while its loans go wrong one by one."""
    miner["cash_usd"] = round(miner["cash_usd"] * rng.uniform(0, 0.05), 2)
    miner["btc"] = 0.0
    miner["overhead_usd_per_month"] = round(miner["overhead_usd_per_month"] * rng.choice((0.0, 0.03, 0.1, 0.2)), 2)
    for row in rows:
        row["power_usd_per_mwh"] = round(row["power_usd_per_mwh"] * 2.5 + 20, 2)
        row["shutdown_days"] = 1


def loan_dates(rng: Random, start: date, days: int, period_months: int) -> tuple[date, date]:
    """First payment and maturity; on one day, inside the horizon, or beyond it."""
    first = start + timedelta(days=rng.randint(1, 45))
    if chance(rng, 0.35):
        first = add_months(date(first.year, first.month, 1), 1) - timedelta(days=1)
    if first <= start:
        first = start + timedelta(days=1)
    kind = rng.random()
    if kind < 0.15:
        return first, first
    if kind < 0.5:
        return first, first + timedelta(days=rng.randint(1, max(2, days - (first - start).days)))
    periods = rng.randint(1, 24)
    odd_days = rng.randint(0, 20) if chance(rng, 0.4) else 0
    return first, add_months(first, periods * period_months) + timedelta(days=odd_days)


def coin_terms(rng: Random, outstanding_usd: float, price_usd: float) -> Row:
    """Coins pledged near the initial loan-to-value, and the levels of the call."""
    initial = number(rng, 0.35, 0.75, 3)
    call = round(initial + rng.uniform(0.01, 0.15), 3)
    at_start = initial * rng.uniform(0.7, 1.2) if chance(rng, 0.9) else wide(rng, 0.8, 5)
    return {
        "collateral_btc": round(outstanding_usd / at_start / price_usd, 8),
        "initial_ltv": initial,
        "call_ltv": call,
        "liquidation_ltv": round(min(call + rng.uniform(0.01, 0.25), 1.0), 3),
        "cure_days": rng.randint(1, 5),
        "tranche_share": rng.choice((1.0, number(rng, 0.05, 1, 2))),
    }


def sliding_terms(rng: Random, outstanding_usd: float, price_usd: float, start: date) -> Row:
    """A loan on coins that tranche sales cure each time before its long grace ends."""
    terms = coin_terms(rng, outstanding_usd, price_usd)
    terms["collateral_btc"] = round(outstanding_usd / (terms["call_ltv"] * rng.uniform(0.9, 1.0)) / price_usd, 8)
    first = start + timedelta(days=rng.randint(3, 28))
    return {
        "collateral": "btc",
        "collateral_fleet": None,
        "collateral_machines": None,
        "amortisation": "interest_only",
        "first_payment_date": first,
        "maturity_date": add_months(first, 6),
        "period_months": 1,
        "cross_default": chance(rng, 0.15),
        "grace_days": rng.randint(62, 100),
        **terms,
    }


def early_terms(rng: Random, machines: int, start: date) -> Row:
    """A loan on machines that goes wrong early and on its own: seized from a row while its miner lives on."""
    due = start + timedelta(days=rng.randint(1, 20))
    return {
        "amortisation": "bullet",
        "first_payment_date": due,
        "maturity_date": due,
        "recourse": "limited",
        "cross_default": False,
        "grace_days": rng.randint(1, 4),
        "collateral_machines": (machines + 1) // 2,
    }


def machine_terms(rng: Random, rows: list[Row], free: dict[str, int]) -> Row | None:
    """Machines of one of the miner's rows that no other loan holds."""
    candidates = [row["fleet"] for row in rows if free[row["fleet"]] > 0]
    if not candidates:
        return None
    fleet = rng.choice(candidates)
    machines = free[fleet] if chance(rng, 0.4) else rng.randint(1, free[fleet])
    free[fleet] -= machines
    return {"collateral_fleet": fleet, "collateral_machines": machines}


def grace_days(rng: Random, collateral: str) -> int:
    """Long for many loans on coins (sales may cure them meanwhile), short for many on machines (seized early)."""
    kind = rng.random()
    if kind < 0.5:
        return {"btc": rng.randint(32, 90), "machines": rng.randint(1, 4), "none": rng.randint(10, 60)}[collateral]
    return rng.randint(1, 25)


def optional_terms(rng: Random, row: Row) -> Row:
    """The payment of a fixed one, around what it takes; default interest on some loans; lines, some nearly used up."""
    owed, kind = row["outstanding_usd"], row["amortisation"]
    payment, line = None, None
    if kind == "fixed_payment":
        interest = owed * row["rate"] * row["period_months"] / 12
        payment = max(
            round(interest * rng.uniform(0.1, 1.2) if chance(rng, 0.5) else owed * wide(rng, 0.02, 1), 2), 0.01
        )
    if kind in ("bullet", "interest_only") and chance(rng, 0.5):
        room = rng.choice((0.0, wide(rng, 0.0001, 0.01), wide(rng, 0.01, 1), wide(rng, 0.5, 10)))
        line = round(owed * (1 + room), 2)
    return {
        "payment_usd": payment,
        "default_interest_rate": number(rng, 0.01, 0.4) if chance(rng, 0.6) else 0.0,
        "credit_line_usd": line,
    }


def loan_row(rng: Random, scale: Scale, asics: Row, key: str, miner: str, lender: str, book: "Book") -> Row:
    """A loan of any kind."""
    month = book.ths[miner] * scale.revenue_usd_per_ths * 30
    outstanding = round(month * wide(rng, 0.05, 1.5), 2)
    collateral = rng.choice(("machines", "machines", "btc", "btc", "none"))
    terms: Row = {}
    if collateral == "btc":
        terms = coin_terms(rng, outstanding, scale.price_usd)
    elif collateral == "machines":
        found = machine_terms(rng, [row for row in book.fleet if row["miner"] == miner], book.free)
        if found is None:
            collateral = "none"
        else:
            terms = found
            outstanding = round(book.machines_usd(terms, asics) * wide(rng, 0.03, 2), 2)
    period = rng.choice((1, 1, 1, 1, 2, 3))
    first, maturity = loan_dates(rng, book.start, book.days, period)
    return {
        "loan": key,
        "miner": miner,
        "lender": lender,
        "collateral": collateral,
        "amortisation": rng.choice(KINDS),
        "outstanding_usd": max(outstanding, 1.0),
        "rate": 0.0 if chance(rng, 0.1) else number(rng, 0.02, 0.3, 4),
        "day_count": rng.choice(("A360", "A365", "30E360")),
        "first_payment_date": first,
        "maturity_date": maturity,
        "period_months": period,
        "recourse": rng.choice(("full", "limited")),
        "cross_default": chance(rng, 0.5),
        "grace_days": grace_days(rng, collateral),
        **dict.fromkeys(COLLATERAL_COLUMNS),
        **terms,
    }


class Book:
    """The tables while they are drawn."""

    def __init__(self, rng: Random, scale: Scale, asics: Row, start: date, days: int) -> None:
        self.start = start
        self.days = days
        self.machines = [
            {"model": key, "hashrate_ths": ths, "power_w": watts}
            for key, (ths, watts) in zip(keys(rng, len(MODELS)), MODELS, strict=True)
        ]
        self.tier_of = {row["model"]: tier_of(row) for row in self.machines}
        self.model = {row["model"]: row for row in self.machines}
        self.regions = keys(rng, rng.randint(1, 4))
        self.miners: list[Row] = []
        self.fleet: list[Row] = []
        self.loans: list[Row] = []
        self.idle: list[str] = []
        self.ths: dict[str, float] = {}
        self.draw_miners(rng, scale)
        self.free = {row["fleet"]: row["machines"] for row in self.fleet}
        self.lender_keys = keys(rng, rng.randint(1, 4))
        self.draw_loans(rng, scale, asics)

    def draw_miners(self, rng: Random, scale: Scale) -> None:
        """Miners of very different sizes, each with one to four fleet rows."""
        miners = keys(rng, rng.randint(2, 12))
        weights = [wide(rng, 0.05, 1) for _ in miners]
        fleet_keys = iter(keys(rng, 4 * len(miners)))
        for miner, share in zip(miners, weights, strict=True):
            target = scale.network_ths * scale.book_share * share / sum(weights)
            count = rng.randint(1, 4)
            rows = []
            for _ in range(count):
                model, region = rng.choice(self.machines), rng.choice(self.regions)
                rows.append(fleet_row(rng, scale, miner, next(fleet_keys), model, region, target / count))
            self.ths[miner] = sum(row["machines"] * self.model[row["model"]]["hashrate_ths"] for row in rows)
            self.fleet += rows
            self.miners.append(miner_row(rng, scale, miner, self.ths[miner]))
            if chance(rng, 0.3):
                make_idle(rng, self.miners[-1], rows)
                self.idle.append(miner)

    def draw_loans(self, rng: Random, scale: Scale, asics: Row) -> None:
        """Up to five loans a miner, from any lender; two more on coins for an idle one."""
        loan_keys = iter(keys(rng, 7 * len(self.miners)))
        for miner in self.ths:
            for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4, 5))):
                lender = rng.choice(self.lender_keys)
                self.loans.append(loan_row(rng, scale, asics, next(loan_keys), miner, lender, self))

        for miner in self.idle:
            mine = [row for row in self.loans if row["miner"] == miner]
            early = next((row for row in mine if row["collateral"] == "machines"), None)
            if early is None:
                continue
            for row in mine:  # the others fail later, if at all
                row["cross_default"] = False
                row["grace_days"] += rng.randint(15, 40)
            early.update(early_terms(rng, early["collateral_machines"], self.start))
        for miner in [*self.idle, *self.idle]:
            row = loan_row(rng, scale, asics, next(loan_keys), miner, rng.choice(self.lender_keys), self)
            self.loans.append({**row, **sliding_terms(rng, row["outstanding_usd"], scale.price_usd, self.start)})
        for row in self.loans:
            row.update(optional_terms(rng, row))

    def machines_usd(self, terms: Row, asics: Row) -> float:
        """Pledged machines at the opening index."""
        row = next(row for row in self.fleet if row["fleet"] == terms["collateral_fleet"])
        tier = asics["tiers"][self.tier_of[row["model"]]]
        return terms["collateral_machines"] * self.model[row["model"]]["hashrate_ths"] * tier["index_usd_per_th"]

    def lender_rows(self, rng: Random, policies: list[str], scale: Scale) -> list[Row]:
        """Lenders with thin capital and sometimes hardly any cash."""
        rows = []
        for key in self.lender_keys:
            lent = sum(row["outstanding_usd"] for row in self.loans if row["lender"] == key) + 1000
            cash = lent * (wide(rng, 0.00005, 0.005) if chance(rng, 0.45) else rng.uniform(0.02, 0.4))
            other = lent * rng.choice((0.0, rng.uniform(0, 1)))
            rows.append(
                {
                    "lender": key,
                    "cash_usd": round(cash, 2),
                    "other_assets_usd": round(other, 2),
                    "equity_usd": round((cash + lent + other) * rng.uniform(0.02, 0.5), 2),
                    "funding_rate": 0.0 if chance(rng, 0.35) else number(rng, 0.01, 0.25),
                    "seizure_days": rng.randint(1, 4) if chance(rng, 0.5) else rng.randint(5, 20),
                    "call_notice_days": rng.randint(1, 20),
                    "host_usd_per_mwh": round(scale.tariff * rng.uniform(0.3, 1.0), 2),
                    "host_capacity_ths": rng.choice((0.0, 1e9, round(scale.network_ths * scale.book_share * 0.03, 1))),
                    "policy": rng.choice(policies),
                }
            )
        return rows


def tier_of(model: Row) -> int:
    """The tier of a machine model."""
    return sum(model["power_w"] / model["hashrate_ths"] >= bound for bound in (25, 38, 68))


def cohort_rows(rng: Random, scale: Scale, regions: list[str]) -> list[Row]:
    """The rest of the network, in a few cost classes."""
    names = keys(rng, rng.randint(2, 10))
    total = scale.network_ths * (1 - scale.book_share)
    weights = [wide(rng, 0.1, 1) for _ in names]
    rows = []
    for name, share in zip(names, weights, strict=True):
        efficiency = number(rng, 18, 75, 1)
        fair = scale.revenue_usd_per_ths / (efficiency * 24e-6)
        rows.append(
            {
                "cohort": name,
                "region": rng.choice(regions),
                "efficiency_j_per_th": efficiency,
                "power_usd_per_mwh": round(fair * rng.uniform(0.3, 1.0), 2),
                "hashrate_ths": round(total * share / sum(weights), 1),
                "pass_through": number(rng, 0, 1, 2),
                **switching(rng),
            }
        )
    return rows


def lender_events(rng: Random, lenders: list[Row], days: int) -> list[Row]:
    """Losses, withdrawals small and large, and failures by decree."""
    same_day = rng.randrange(days)

    def event(row: Row, kind: str, amount_usd: float) -> Row:
        day = same_day if chance(rng, 0.2) else rng.randrange(days)
        return {"day": day, "lender": row["lender"], "kind": kind, "amount_usd": round(amount_usd, 2)}

    out = []
    for row in lenders:
        sheet = row["cash_usd"] + row["other_assets_usd"] + row["equity_usd"]
        runs = rng.randint(0, 2)
        out.extend(event(row, "withdrawal", row["cash_usd"] * wide(rng, 0.1, 6)) for _ in range(runs))
        if chance(rng, 0.3):
            out.append(event(row, "loss", sheet * wide(rng, 0.02, 0.6)))
        if chance(rng, 0.2):
            out.append(event(row, "fail", 0.0))
    rng.shuffle(out)
    return out


def deliveries(rng: Random, cohorts: list[Row], days: int) -> list[Row]:
    """New machines of the rest of the network."""
    return [
        {
            "day": rng.choice((7, rng.randrange(days))),
            "cohort": cohort["cohort"],
            "hashrate_ths": round(cohort["hashrate_ths"] * rng.uniform(0.001, 0.1), 1),
        }
        for cohort in rng.choices(cohorts, k=rng.randint(0, 8))
    ]


def economy(seed: int, days: int = DAYS) -> Economy:
    """Tables, scenario, and closes and lows per path and day."""
    rng = Random(seed)
    start = start_date(rng)
    scale = Scale(rng, days)
    asics = asic_market(rng, scale.network_ths)
    book = Book(rng, scale, asics, start, days)
    policies = {key: disposal_policy(rng) for key in keys(rng, rng.randint(1, 3))}
    lenders = book.lender_rows(rng, list(policies), scale)
    cohorts = cohort_rows(rng, scale, book.regions)
    tables: Tables = {
        "machines": book.machines,
        "regions": [{"region": key} for key in book.regions],
        "miners": book.miners,
        "fleet": book.fleet,
        "loans": book.loans,
        "lenders": lenders,
        "cohorts": cohorts,
    }
    for rows in tables.values():
        rng.shuffle(rows)
    scenario: Row = {
        "start": start.isoformat(),
        "days": days,
        "fees_sats_per_block": [float(round(scale.subsidy * rng.uniform(0, 0.1))) for _ in range(days)],
        "tariff_usd_per_mwh": {
            key: tariff_series(rng, days, scale.tariff * rng.uniform(0.7, 1.2)) for key in book.regions
        },
        "availability": {key: availability_series(rng, days) for key in book.regions},
        "height": scale.height,
        "difficulty": round(scale.difficulty, 2),
        "impact": {
            "y": number(rng, 0.5, 1.5, 2),
            "sigma_daily": number(rng, 0.02, 0.05, 3),
            "volume_btc_per_day": round(wide(rng, 2000, 250000), 1),
            "permanent_share": number(rng, 0, 0.4, 2),
            "half_life_days": number(rng, 1, 10, 1),
        },
        "asics": asics,
        "lender_events": lender_events(rng, lenders, days),
        "deliveries": deliveries(rng, cohorts, days),
        "policies": policies,
        "estate_days": rng.randint(1, 30),
    }
    paths = [price_path(rng, days, scale.price_usd) for _ in range(PATHS)]
    return tables, scenario, [closes for closes, _ in paths], [lows for _, lows in paths]


# --- counting


def event_counts(outcomes: Iterable[Outcome]) -> Counter[str]:
    """How often each event occurred, and each posting reason (as `posting REASON`, once per posting)."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update(kind for _, kind, _, _ in outcome.events)
        counts.update(f"posting {reason}" for _, reason, _, _, _, _ in outcome.postings)
    return counts


def index_of(account: str) -> int:
    """The index in an account or entity name."""
    return int(account.split(":")[1])


class Reading:
    """Situations that are not events, read off one outcome and its inputs."""

    def __init__(self, tables: Tables, scenario: Row, outcome: Outcome) -> None:
        self.scenario = scenario
        self.outcome = outcome
        self.start = date.fromisoformat(scenario["start"])
        self.loans = sorted(tables["loans"], key=lambda row: row["loan"].encode())
        self.lenders = sorted(tables["lenders"], key=lambda row: row["lender"].encode())
        self.miner_index = {
            key: i for i, key in enumerate(sorted((r["miner"] for r in tables["miners"]), key=str.encode))
        }
        self.counts: Counter[str] = Counter()

    def read(self) -> Counter[str]:
        """All situations."""
        self.read_chain()
        self.read_loans()
        self.read_defaults()
        self.read_pledges()
        self.read_cures()
        self.read_lots()
        self.read_estates()
        self.read_lender_failures()
        self.read_old_graces()
        self.read_seized_before()
        self.read_machines_at_the_estate()
        self.read_late_interest()
        self.read_capitalisations()
        self.read_draws()
        return self.counts

    def read_chain(self) -> None:
        """Clamped retargets; halvings inside an epoch or on its last block."""
        difficulty = self.scenario["difficulty"]
        halving_height = self.scenario["height"] // 210000 * 210000
        for _, kind, _, amount in self.outcome.events:
            if kind == "retarget":
                self.counts["retarget clamped up"] += amount == difficulty * 4
                self.counts["retarget clamped down"] += amount == difficulty * 0.25
                difficulty = amount
            elif kind == "halving":
                halving_height += 210000
                same_block = halving_height % 2016 == 0
                self.counts["halving on the retarget block" if same_block else "halving inside an epoch"] += 1

    def read_loans(self) -> None:
        """Cured arrears, called loans by their fate, kinds that were repaid."""
        missed = {entity for _, kind, entity, _ in self.outcome.events if kind == "missed_payment"}
        called = {entity for _, kind, entity, _ in self.outcome.events if kind == "loan_called"}
        for index, (row, end) in enumerate(zip(self.loans, self.outcome.loans, strict=True)):
            entity = f"loan:{index}"
            closed = end["status"] == "closed"
            self.counts["arrears cured"] += entity in missed and end["status"] in ("performing", "closed")
            self.counts["called loan repaid"] += entity in called and closed
            self.counts["called loan defaulted"] += entity in called and end["status"] == "defaulted"
            self.counts["loan repaid inside the horizon"] += closed
            self.counts["zero-rate loan repaid"] += closed and row["rate"] == 0
            self.counts["single-date loan repaid"] += closed and row["first_payment_date"] == row["maturity_date"]
            ends_month = (row["first_payment_date"] + timedelta(days=1)).day == 1
            self.counts["month-end loan repaid"] += closed and ends_month
            self.counts[f"{row['amortisation']} repaid"] += closed
            self.counts[f"{row['day_count']} repaid"] += closed
            if end["status"] == "defaulted":
                self.counts[f"default of a {row['collateral']} loan, {row['recourse']} recourse"] += 1
                self.counts["default with a loss"] += end["loss"] > 0
                self.counts["default without a loss"] += end["loss"] == 0

    def read_defaults(self) -> None:
        """Chains: a limited-recourse loan that pulls others down; defaults over bills and over loans."""
        before: tuple[int, str, str, float] = (-1, "", "", 0)
        for event in self.outcome.events:
            day, kind, entity, _ = event
            follows_loan = before[0] == day and before[1] == "loan_default"
            if kind == "loan_default" and follows_loan:
                first, this = self.loans[index_of(before[2])], self.loans[index_of(entity)]
                self.counts["cross default"] += (
                    first["miner"] == this["miner"] and first["recourse"] == "limited" and this["cross_default"]
                )
            if kind == "miner_default":
                over_loan = follows_loan and self.miner_index[self.loans[index_of(before[2])]["miner"]] == index_of(
                    entity
                )
                self.counts["miner default over a loan" if over_loan else "miner default over bills"] += 1
            before = event

    def read_pledges(self) -> None:
        """Top-ups, releases, surpluses, and pledges sold out under an open loan."""
        pledged = {f"pledge:{i}": round((row["collateral_btc"] or 0) * 1e8) for i, row in enumerate(self.loans)}
        ends = [row["default_day"] for row in self.outcome.loans]
        for day, reason, unit, source, target, amount in self.outcome.postings:
            if reason in ("top_up", "release", "collateral_surplus", "machine_surplus", "power_credit", "host_income"):
                self.counts[reason.replace("_", " ")] += 1
            if target in pledged:
                pledged[target] += amount
            if source in pledged and unit == "sats":
                pledged[source] -= amount
                sold_out = reason == "collateral_sale" and pledged[source] == 0 and ends[index_of(source)] != day
                self.counts["pledge sold out, loan open"] += sold_out

    def read_cures(self) -> None:
        """Tranche sales on the day a cure window ends, and tranches that stopped short of the whole pledge."""
        calls = {(day, entity) for day, kind, entity, _ in self.outcome.events if kind == "margin_call"}
        for day, kind, entity, _ in self.outcome.events:
            if kind == "collateral_sale":
                cure_days = self.loans[index_of(entity)]["cure_days"]
                self.counts["sale as a cure window ends"] += (day - cure_days, entity) in calls

    def read_lots(self) -> None:
        """How machines were sold: estate offers, lots at once, in parts, at the end of the hold."""
        lots: dict[str, tuple[int, float]] = {}
        for day, kind, entity, amount in self.outcome.events:
            if kind == "seizure":
                lots[entity] = (day, amount)
            if kind != "machine_sale":
                continue
            if entity.startswith("fleet:"):
                self.counts["machine sale by an estate"] += 1
                continue
            lot_day, left = lots[entity]
            lots[entity] = (lot_day, left - amount)
            loan = self.loans[index_of(entity)]
            lender = next(row for row in self.lenders if row["lender"] == loan["lender"])
            hold_days = self.scenario["policies"][lender["policy"]]["hold_days"]
            how = "of what is left" if amount == left else "in part"
            self.counts[f"lot sale {how}"] += 1
            self.counts["lot sale at the end of the hold"] += amount == left and day == lot_day + hold_days + 1

    def read_estates(self) -> None:
        """Estates that paid bills, one lender or several."""
        paid = Counter(
            (day, source, target == "world")
            for day, reason, _, source, target, _ in self.outcome.postings
            if reason == "estate"
        )
        for (_, _, bills), count in paid.items():
            self.counts[
                "estate pays bills" if bills else "estate pays several loans" if count > 1 else "estate pays one loan"
            ] += 1
        self.counts["estate with nothing"] += sum(
            kind == "estate" and amount == 0 for _, kind, _, amount in self.outcome.events
        )

    def read_lender_failures(self) -> None:
        """Failures by cause."""
        decreed = {(row["day"], row["lender"]) for row in self.scenario["lender_events"] if row["kind"] == "fail"}
        short = self.days_without_cash_for_funding()
        before: tuple[int, str, str, float] = (-1, "", "", 0)
        for event in self.outcome.events:
            day, kind, entity, _ = event
            if kind == "lender_failure":
                key = self.lenders[index_of(entity)]["lender"]
                if (day, key) in decreed:
                    cause = "event"
                elif before[:3] == (day, "lender_withdrawal", entity):
                    cause = "withdrawal"
                else:
                    cause = "funding cost" if (day, entity) in short else "insolvency"
                self.counts[f"lender failure by {cause}"] += 1
            before = event

    def read_old_graces(self) -> None:
        """Loans in arrears again while the grace of cured arrears would still run."""
        grace_ends: dict[str, int] = {}
        for day, kind, entity, _ in self.outcome.events:
            if kind == "missed_payment":
                self.counts["in arrears again inside an old grace"] += grace_ends.get(entity, -1) > day
                grace_ends[entity] = day + self.loans[index_of(entity)]["grace_days"]

    def read_seized_before(self) -> None:
        """Miners that default when a lender has already seized machines of one of their rows."""
        seized = set()
        for _, kind, entity, _ in self.outcome.events:
            if kind == "seizure":
                seized.add(self.miner_index[self.loans[index_of(entity)]["miner"]])
            if kind == "miner_default":
                self.counts["miner default after a seizure"] += index_of(entity) in seized

    def read_machines_at_the_estate(self) -> None:
        """Estate offers from a row that a lender has already seized from; estates that pay while a lender holds a lot."""
        seized_from: set[str] = set()
        lots: Counter[str] = Counter()
        paying: set[tuple[int, str]] = set()
        for day, reason, _, source, target, amount in self.outcome.postings:
            if reason == "seizure":
                seized_from.add(source)
                lots[target] += amount
            elif reason == "machine_sale" and source.startswith("lot:"):
                lots[source] -= amount
            elif reason == "machine_sale":
                self.counts["estate offer from a row seized before"] += source in seized_from
            elif reason == "estate" and target != "world" and (day, source) not in paying:
                paying.add((day, source))
                self.counts["estate pays while a lot is unsold"] += any(
                    row["recourse"] == "full"
                    and self.miner_index[row["miner"]] == index_of(source)
                    and lots[f"lot:{index}"] > 0
                    for index, row in enumerate(self.loans)
                )

    def read_late_interest(self) -> None:
        """Loans that were charged default interest, and what became of them."""
        for end in self.outcome.loans:
            if end["late_interest"] > 0:
                self.counts["late interest charged"] += 1
                fate = end["status"] if end["status"] in ("arrears", "defaulted") else "cured"
                self.counts[f"late interest charged, loan {fate}"] += 1

    def read_capitalisations(self) -> None:
        """Interest that joined the principal, by kind of loan."""
        for _, kind, entity, _ in self.outcome.events:
            if kind == "capitalisation":
                self.counts[f"{self.loans[index_of(entity)]['amortisation']} capitalises"] += 1

    def read_draws(self) -> None:
        """Draws by what they were for, and by what ended them: the line, the lender's cash, or else the need."""
        cash = {f"lender:{j}": round(row["cash_usd"] * 100) for j, row in enumerate(self.lenders)}
        drawing = ""
        for _, reason, unit, source, target, amount in self.outcome.postings:
            if unit == "cents":
                if source == drawing:
                    self.counts["draw for a loan" if reason in ("interest", "principal") else "draw for bills"] += 1
                    drawing = ""
                for account, change in ((source, -amount), (target, amount)):
                    if account in cash:
                        cash[account] += change
                if reason == "draw":
                    drawing = target
                    self.counts["draw of the lender's last cent"] += cash[source] == 0
        room = {f"loan:{i}": round((row["credit_line_usd"] or 0) * 100) for i, row in enumerate(self.loans)}
        for index, row in enumerate(self.loans):
            room[f"loan:{index}"] -= round(row["outstanding_usd"] * 100)
        for _, kind, entity, drawn in self.outcome.events:
            if kind == "credit_draw":
                room[entity] -= round(drawn)
                self.counts["line drawn to its end"] += room[entity] == 0

    def days_without_cash_for_funding(self) -> set[tuple[int, str]]:
        """(day, lender) where the funding cost took the last cent."""
        cash = {f"lender:{j}": round(row["cash_usd"] * 100) for j, row in enumerate(self.lenders)}
        found = set()
        for day, reason, unit, source, target, amount in self.outcome.postings:
            if unit != "cents":
                continue
            if target in cash:
                cash[target] += amount
            if source in cash:
                cash[source] -= amount
                if reason == "funding_cost" and cash[source] == 0:
                    found.add((day, source))
        return found


def situations(tables: Tables, scenario: Row, outcome: Outcome) -> Counter[str]:
    """Named situations that are not events."""
    return Reading(tables, scenario, outcome).read()


# --- command


def main() -> int:
    """Runs economies through the oracle; fails when an event, reason or situation is rare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    options = parser.parse_args()
    counts: Counter[str] = Counter(dict.fromkeys(EVENTS, 0))
    began = time.monotonic()
    in_oracle = 0.0
    for seed in range(options.first, options.first + options.count):
        tables, scenario, closes, lows = economy(seed, options.days)
        for close_usd, low_usd in zip(closes, lows, strict=True):
            before = time.monotonic()
            outcome = simulate(tables, scenario, close_usd, low_usd)
            in_oracle += time.monotonic() - before
            counts += event_counts([outcome])
            named = situations(tables, scenario, outcome)
            for name in named:
                counts[name] += named[name]
            if any(day is not None for day, _ in outcome.residuals.values()):
                print(f"seed {seed}: residuals {outcome.residuals}")
                return 1
    for name in EVENTS:
        print(f"{counts[name]:9d}  {name}")
    for name in sorted(set(counts) - set(EVENTS)):
        print(f"{counts[name]:9d}  {name}")
    rare = [name for name in {*EVENTS, *counts} if counts[name] < ENOUGH]
    print(f"{options.count} economies: {time.monotonic() - began:.1f} s, of which oracle {in_oracle:.1f} s")
    print(f"below {ENOUGH}: {', '.join(sorted(rare)) or 'nothing'}")
    return 1 if rare else 0


if __name__ == "__main__":
    sys.exit(main())
