"""Requests for new terms, lenders that grant them, and empty slots for sale: rows drawn after the other responses."""

from datetime import date
from random import Random

from tests.economies.draws import Row, Tables, chance, keys, number, wide
from tests.economies.responses import OPTIONAL, times, trigger

COLUMNS = ("term_months", "pause_months", "rate", "usd_per_slot")
PAUSED = ("linear", "annuity", "fixed_payment")


def months(rng: Random, loan: Row) -> Row:
    """A term from today and a pause within it, in whole periods, that the loan's kind allows."""
    period = loan["period_months"]
    term = max(period, rng.choice((period, rng.randint(1, 6), rng.randint(3, 48), 360)))
    pause = rng.randint(0, (term - period) // period) * period if chance(rng, 0.7) else 0
    return {"term_months": term, "pause_months": pause if loan["amortisation"] in PAUSED else rng.choice((None, 0))}


def request(rng: Random, loan: Row, price_usd: float) -> Row:
    """A request for one loan, and when it is made."""
    if loan["collateral"] == "machines" and chance(rng, 0.3):
        when: Row = {"trigger": "ltv_over", "threshold": number(rng, 0, 1.5, 2)}
    else:
        when = trigger(rng, "renegotiate", price_usd)
    rate = rng.choice((None, 0.0, loan["rate"], number(rng, 0, 0.3, 3)))
    return {"kind": "renegotiate", "loan": loan["loan"], "rate": rate, **months(rng, loan), **when}


def slots(rng: Random, row: Row, price_usd: float) -> Row:
    """An offer of some or all of what is empty at a row."""
    return {
        "kind": "sell_slots",
        "fleet": row["fleet"],
        "machines": rng.choice((None, rng.randint(1, 3), max(1, round(row["machines"] * rng.uniform(0.05, 1))))),
        "usd_per_slot": rng.choice((0.0, round(wide(rng, 0.1, 3000), 2))),
        **trigger(rng, "retire", price_usd),
    }


def add_new_terms(rng: Random, tables: Tables, scenario: Row, price_usd: float) -> None:
    """Lenders that grant time, miners that ask for it or sell slots, in half of the economies; draws of its own."""
    if not chance(rng, 0.5):
        return
    start = date.fromisoformat(scenario["start"])
    for row in tables["lenders"]:
        row["amend_cover"] = rng.choice((None, 0.0, number(rng, 0, 2, 2), 100.0, 100.0))
    asking = [loan for loan in tables["loans"] if loan.get("credit_line_usd") is None and chance(rng, 0.4)]
    selling = [row for row in tables["fleet"] if row.get("rack_slots") is not None and chance(rng, 0.5)]
    found = [{"miner": loan["miner"], **request(rng, loan, price_usd)} for loan in asking]
    found += [{"miner": row["miner"], **slots(rng, row, price_usd)} for row in selling]
    rows = tables.setdefault("responses", [])
    names = [key for key in keys(rng, len(rows) + len(found)) if key not in {row["response"] for row in rows}]
    rows += [
        dict.fromkeys(OPTIONAL) | times(rng, start, scenario["days"]) | row | {"response": key}
        for row, key in zip(found, names, strict=False)
    ]
    columns = dict.fromkeys((*(column for row in rows for column in row), *COLUMNS))
    tables["responses"] = [{column: row.get(column) for column in columns} for row in rows]
    rng.shuffle(tables["responses"])
