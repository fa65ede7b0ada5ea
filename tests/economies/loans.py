"""Terms of loans: dates, collateral, grace, lines."""

from datetime import date, timedelta
from random import Random

from tests.economies.draws import Row, chance, number, wide
from tests.oracle.contract import add_months


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
        "recourse": "full" if chance(rng, 0.5) else "limited",
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
