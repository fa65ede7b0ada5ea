"""Crowded economies: the same books and worlds, changed so that what is rare happens often, and close together."""

from collections import Counter
from datetime import date, timedelta
from random import Random

from tests.economies.draws import Row, Tables, chance, keys, number, wide
from tests.economies.lenders import DEFAULTS

BLOCKS_PER_DAY = 144
HALVING_BLOCKS = 210000


def near_a_halving(rng: Random, scenario: Row) -> None:
    """A height from which the next halving comes within the horizon, or about."""
    if chance(rng, 0.8):
        coming = (scenario["height"] // HALVING_BLOCKS + 1) * HALVING_BLOCKS
        scenario["height"] = coming - rng.randint(1, BLOCKS_PER_DAY * scenario["days"])


def lively(rng: Random, row: Row, sheet_usd: float, patient: bool) -> None:
    """A lender on the edge of its ladder, ready to be sold, to swap, and, if it is patient, to forbear."""
    stop = min(max(row["equity_usd"] / sheet_usd * rng.uniform(0.97, 1.01), 0.0001), 1.0)
    row |= {
        "seizure_days": rng.randint(1, 4),
        "call_notice_days": rng.randint(1, 5),
        "demand_share": 0.5 if chance(rng, 0.5) else 0.0,
        "run_own": 0.0,
        "run_peer": 0.0,
        "stop_equity_share": round(stop, 4),
        "tighten_equity_share": round(
            stop * rng.choice((0.0, 0.97) if patient else (1.0, 1.0, rng.uniform(0.9, 1))), 4
        ),
        "term_share_per_month": number(rng, 0.001, 0.05, 3),
        "forbear_days": rng.randint(1, 6) if patient else None,
        "swap_cover": rng.choice((0.0, 0.0, number(rng, 0, 0.1, 2))),
        "rehypothecated_share": number(rng, 0.1, 1, 2),
        "book_sale_days": rng.randint(1, 3),
        "book_sale_price": rng.choice((0.0001, 0.001)),
    }
    if row["demand_share"]:
        row |= {"run_own": round(wide(rng, 0.003, 0.1), 4), "run_peer": rng.choice((0.0, 0.01))}


def episode(rng: Random, lender: Row, sheet_usd: float, first: int, days: int, end: float) -> list[Row]:
    """Losses and withdrawals by turns for some days, so that equity swings about its rung; with some chance the end."""
    found = []
    for day in range(first, min(first + rng.randint(4, 9), days)):
        kind = rng.choice(("loss", "withdrawal"))
        usd = lender["equity_usd"] * rng.uniform(0.002, 0.03) if kind == "loss" else 0.0
        if kind == "withdrawal":
            usd = min(sheet_usd * rng.uniform(0.005, 0.05), lender["cash_usd"] * rng.uniform(0.05, 0.4))
        found.append({"day": day, "lender": lender["lender"], "kind": kind, "amount_usd": round(usd, 2)})
    if chance(rng, end) and found:
        found[-1] |= {"kind": "fail", "amount_usd": 0.0}
    return found


def lively_lenders(rng: Random, tables: Tables, scenario: Row, patient: set[str]) -> None:
    """All lenders, with episodes of their own; many of them around the first of a month, when funding falls due."""
    lent: Counter[str] = Counter()
    for row in tables["loans"]:
        lent[row["lender"]] += row["outstanding_usd"]
    for row in tables.get("exposures", []):
        lent[row["creditor"]] += row["amount_usd"]
    start, days = date.fromisoformat(scenario["start"]), scenario["days"]
    firsts = [day for day in range(days) if (start + timedelta(days=day)).day == 1]
    for row in tables["lenders"]:
        for column, default in DEFAULTS.items():
            row.setdefault(column, default)
        row["cash_usd"] = round(row["cash_usd"] + 0.05 * lent[row["lender"]], 2)
        sheet = row["cash_usd"] + row["other_assets_usd"] + lent[row["lender"]]
        waits = row["lender"] in patient
        lively(rng, row, sheet, waits)
        for _ in range(rng.randint(1, 4)):
            first = rng.choice(firsts) - rng.randint(1, 5) if chance(rng, 0.5) else rng.randrange(days)
            scenario["lender_events"] += episode(rng, row, sheet, max(first, 0), days, 0.05 if waits else 0.5)


def hurried_loans(rng: Random, tables: Tables, start: date) -> None:
    """Loans on machines that fall due early and have hardly any grace, most of them with recourse (that nobody may walk away from)."""
    left_alone = {row.get("loan") for row in tables.get("responses", [])}
    for row in tables["loans"]:
        if row["collateral"] == "machines" and chance(rng, 0.7):
            due = start + timedelta(days=rng.randint(1, 100))
            row |= {
                "first_payment_date": due,
                "maturity_date": due,
                "grace_days": rng.randint(1, 5),
                "recourse": "full" if chance(rng, 0.8) and row["loan"] not in left_alone else "limited",
            }


def split_loans(rng: Random, tables: Tables, patient: set[str]) -> None:
    """Many loans on machines become two halves, the second from a patient lender and due some days later."""
    lenders = sorted(patient)
    taken = {row["loan"] for row in tables["loans"]}
    names = iter([key for key in keys(rng, 1000, prefix="w") if key not in taken])
    for row in list(tables["loans"]):
        if row["collateral"] == "machines" and row["collateral_machines"] > 1 and lenders and chance(rng, 0.85):
            half = row["collateral_machines"] // 2
            row["collateral_machines"] -= half
            row["outstanding_usd"] = round(row["outstanding_usd"] / 2 + 0.01, 2)
            later = timedelta(days=rng.randint(0, 6))
            tables["loans"].append(
                row
                | {
                    "loan": next(names),
                    "lender": rng.choice(lenders),
                    "collateral_machines": half,
                    "first_payment_date": row["first_payment_date"] + later,
                    "maturity_date": row["maturity_date"] + later,
                }
            )


def press(rng: Random, tables: Tables, scenario: Row, patient: set[str]) -> None:
    """Some lenders fail and sell a loan to its borrower just as another loan of that borrower, too large to pay, runs out of grace."""
    left_alone = {row.get("loan") for row in tables.get("responses", [])}
    start, lenders = date.fromisoformat(scenario["start"]), {row["lender"]: row for row in tables["lenders"]}
    for row in tables["loans"]:
        if row["collateral"] != "machines" or row["lender"] in patient or chance(rng, 0.2):
            continue
        others = [
            loan
            for loan in tables["loans"]
            if loan["miner"] == row["miner"]
            and loan["lender"] in patient
            and loan["collateral"] == "machines"
            and loan["loan"] not in left_alone
        ]
        if others:
            other, fails = rng.choice(others), rng.randint(12, scenario["days"] // 2)
            late = start + timedelta(days=scenario["days"])
            due = fails + lenders[row["lender"]]["book_sale_days"] - other["grace_days"] + rng.randint(0, 3)
            row |= {"first_payment_date": late, "maturity_date": late}
            other |= dict.fromkeys(("first_payment_date", "maturity_date"), start + timedelta(days=max(due, 1)))
            other["outstanding_usd"] = round(other["outstanding_usd"] * wide(rng, 1, 50), 2)
            other |= {"recourse": "full", "credit_line_usd": None}
            event = {"day": fails, "lender": row["lender"], "kind": "fail", "amount_usd": 0.0}
            scenario["lender_events"].append(event)


def short_graces(rng: Random, tables: Tables) -> None:
    """Miners that fail, and orders that lapse, soon after something is missed."""
    for row in tables["miners"]:
        if chance(rng, 0.7):
            row["bills_grace_days"] = rng.randint(1, 6)
    for row in tables.get("orders", []):
        row["grace_days"] = rng.randint(1, 6)


def failing_vendors(rng: Random, tables: Tables, scenario: Row) -> None:
    """Each order has a vendor of its own, and every vendor fails some day."""
    rows = tables.get("orders", [])
    names = keys(rng, len(rows), prefix="v")
    for row, vendor in zip(rows, names, strict=True):
        row["vendor"] = vendor
    events = [{"day": rng.randrange(scenario["days"]), "vendor": vendor} for vendor in names]
    if events:
        scenario["vendor_events"] = events
    else:
        scenario.pop("vendor_events", None)


def hurried_funds(rng: Random, tables: Tables) -> None:
    """Rescue funds with money for many, for days, of which some are hardly felt."""
    for row in tables.get("facilities", []):
        if row["kind"] == "fund":
            row["capital_usd"] = round(min(row["capital_usd"] * 20, 1e11), 2)
            row["term_days"] = rng.randint(1, 12)
            if "max_usd_per_miner" in row and chance(rng, 0.5):
                row["max_usd_per_miner"] = round(wide(rng, 0.01, 1000), 2)


def crowd(rng: Random, tables: Tables, scenario: Row) -> None:
    """Changes an economy in place."""
    near_a_halving(rng, scenario)
    scenario["estate_days"] = rng.randint(1, 2)
    hurried_loans(rng, tables, date.fromisoformat(scenario["start"]))
    patient = {row["lender"] for row in tables["lenders"] if chance(rng, 0.5)}
    split_loans(rng, tables, patient)
    lively_lenders(rng, tables, scenario, patient)
    press(rng, tables, scenario, patient)
    short_graces(rng, tables)
    failing_vendors(rng, tables, scenario)
    hurried_funds(rng, tables)
