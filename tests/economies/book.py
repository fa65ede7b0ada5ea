"""The book: miners, their machines, their loans."""

from datetime import date
from random import Random

from tests.economies.draws import Row, chance, keys, number, wide
from tests.economies.loans import (
    coin_terms,
    early_terms,
    grace_days,
    loan_dates,
    machine_terms,
    optional_terms,
    sliding_terms,
)
from tests.economies.world import Scale, switching

MODELS = (
    (110.0, 1980.0),
    (151.0, 3247.0),
    (104.0, 3068.0),
    (95.0, 3250.0),
    (53.0, 2400.0),
    (36.5, 2160.0),
    (13.5, 1323.0),
)
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
            outstanding = round(book.machines_usd(terms, asics) * wide(rng, 0.02, 2), 2)
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


class Models:
    """Machines there are, and the first day: what an order is drawn from."""

    def __init__(self, machines: list[Row], start: date) -> None:
        self.start = start
        self.machines = machines
        self.tier_of = {row["model"]: tier_of(row) for row in machines}
        self.model = {row["model"]: row for row in machines}


class Book(Models):
    """The tables while they are drawn."""

    def __init__(self, rng: Random, scale: Scale, asics: Row, start: date, days: int) -> None:
        machines = [
            {"model": key, "hashrate_ths": ths, "power_w": watts}
            for key, (ths, watts) in zip(keys(rng, len(MODELS)), MODELS, strict=True)
        ]
        super().__init__(machines, start)
        self.days = days
        self.regions = keys(rng, rng.randint(1, 4))
        self.miners: list[Row] = []
        self.fleet: list[Row] = []
        self.loans: list[Row] = []
        self.idle: list[str] = []
        self.ths: dict[str, float] = {}
        self.draw_miners(rng, scale)
        self.free = {row["fleet"]: row["machines"] for row in self.fleet}
        self.lender_keys = keys(rng, rng.randint(1, 6))
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
        if not self.loans:
            miner, lender = rng.choice(list(self.ths)), rng.choice(self.lender_keys)
            self.loans.append(loan_row(rng, scale, asics, next(loan_keys), miner, lender, self))
        for row in self.loans:
            row.update(optional_terms(rng, row))

    def machines_usd(self, terms: Row, asics: Row) -> float:
        """Pledged machines at the opening index."""
        row = next(row for row in self.fleet if row["fleet"] == terms["collateral_fleet"])
        tier = asics["tiers"][self.tier_of[row["model"]]]
        return float(terms["collateral_machines"] * self.model[row["model"]]["hashrate_ths"] * tier["index_usd_per_th"])


def tier_of(model: Row) -> int:
    """The tier of a machine model."""
    return sum(model["power_w"] / model["hashrate_ths"] >= bound for bound in (25, 38, 68))
