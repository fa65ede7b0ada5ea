"""Small loans of every kind whose miners ask for time whatever happens, and a lender that gives it: rows drawn after all others."""

from datetime import date, timedelta
from random import Random

from tests.economies.draws import Row, Tables, chance, keys, number, wide
from tests.economies.new_terms import COLUMNS, PAUSED
from tests.economies.responses import OPTIONAL
from tests.oracle.contract import add_months

KINDS = ("bullet", "interest_only", "payment_in_kind", "linear", "annuity", "fixed_payment")
ABSENT = {"default_interest_rate": 0.0, "fee_rate": 0.0}


def owing(rng: Random, start: date) -> Row:
    """A loan without security that falls due soon, and stays in arrears for a while if it is not paid."""
    kind, period, usd = rng.choice(KINDS), rng.choice((1, 1, 1, 2, 3)), round(wide(rng, 10, 1e5), 2)
    first = start + timedelta(days=rng.randint(1, 45))
    return {
        "collateral": "none",
        "amortisation": kind,
        "outstanding_usd": usd,
        "rate": rng.choice((0.0, number(rng, 0, 0.3, 3))),
        "day_count": rng.choice(("A360", "A365", "30E360")),
        "first_payment_date": first,
        "maturity_date": add_months(first, rng.randint(0, 3) * period),
        "period_months": period,
        "recourse": "limited",
        "cross_default": False,
        "grace_days": rng.randint(5, 60),
        "payment_usd": max(0.01, round(usd * wide(rng, 0.001, 1), 2)) if kind == "fixed_payment" else None,
        "default_interest_rate": rng.choice((0.0, number(rng, 0, 0.4, 3))),
    }


def asking(rng: Random, loan: Row) -> Row:
    """What is asked for: one to eight periods more, some of them with interest only, now and then at another rate."""
    period = loan["period_months"]
    periods = rng.choice((1, 2, 3, 4, 8))
    pause = rng.randint(0, min(2, periods - 1)) if loan["amortisation"] in PAUSED else 0
    return {
        "kind": "renegotiate",
        "trigger": "btc_below",
        "threshold": 1e8,
        "wait_days": rng.choice((None, None, None, 1, 32, 62)),
        "term_months": periods * period,
        "pause_months": pause * period,
        "rate": rng.choice((None, None, 0.0, number(rng, 0, 0.3, 3))),
    }


def widen(rows: list[Row], *names: str) -> list[Row]:
    """The rows with the columns of all of them and these."""
    columns = dict.fromkeys((*(column for row in rows for column in row), *names))
    return [{column: row.get(column, ABSENT.get(column)) for column in columns} for row in rows]


def fresh(rng: Random, rows: list[Row], name: str, count: int) -> list[str]:
    """So many keys that no row has."""
    taken = {row[name] for row in rows}
    return [key for key in keys(rng, len(taken) + count) if key not in taken][:count]


def add_askers(rng: Random, tables: Tables, scenario: Row) -> None:
    """Up to four such loans in most economies; draws of their own."""
    if not tables["loans"] or chance(rng, 0.3):
        return
    start = date.fromisoformat(scenario["start"])
    tables["lenders"] = widen(tables["lenders"], "amend_cover")
    patient = rng.choice(tables["lenders"])
    patient["amend_cover"] = 100.0
    count = rng.randint(1, 4)
    responses = tables.setdefault("responses", [])
    for name, key in zip(
        fresh(rng, tables["loans"], "loan", count), fresh(rng, responses, "response", count), strict=True
    ):
        miner = rng.choice(tables["miners"])["miner"]
        loan = {"loan": name, "miner": miner, "lender": patient["lender"], **owing(rng, start)}
        tables["loans"].append(loan)
        responses.append({"response": key, "miner": miner, "loan": name, **asking(rng, loan)})
    tables["loans"] = widen(tables["loans"])
    tables["responses"] = widen(responses, *OPTIONAL, *COLUMNS)
    rng.shuffle(tables["loans"])
    rng.shuffle(tables["responses"])
