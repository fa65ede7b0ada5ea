"""Fees and covenants of loans, demand charges of sites, and miners that prepay: columns and rows with draws of their own."""

from datetime import date
from random import Random

from tests.economies.asking import fresh, widen
from tests.economies.book import Book
from tests.economies.draws import Row, Tables, chance, number, wide
from tests.economies.new_terms import COLUMNS
from tests.economies.responses import OPTIONAL, times, trigger

HOURS = 720  # of a month of 30 days
LARGEST_CHARGE = 100000.0  # USD per MW and month


def add_fees(rng: Random, tables: Tables) -> None:
    """Fees on most loans of two economies in five, from next to nothing to more than the interest."""
    if chance(rng, 0.4):
        for row in tables["loans"]:
            row["fee_rate"] = rng.choice(
                (0.0, number(rng, 0.0001, 0.03), number(rng, 0.0001, 0.03), number(rng, 0.03, 0.3))
            )


def add_covenants(rng: Random, tables: Tables, asics: Row, book: Book) -> None:
    """Covers about what there is on day 0, or far above it, of many loans on machines in three economies of five."""
    if not chance(rng, 0.6):
        return
    for row in tables["loans"]:
        row |= {"covenant_cover": None, "covenant_days": None}
        if row["collateral"] == "machines" and chance(rng, 0.6):
            there = book.machines_usd(row, asics) / row["outstanding_usd"]
            cover = rng.choice((there * rng.uniform(0.5, 1.3), there * rng.uniform(0.8, 1.0), rng.uniform(1, 2)))
            days = rng.choice((rng.randint(1, 9), rng.randint(10, 40), rng.randint(10, 40)))
            row |= {"covenant_cover": round(min(max(cover, 0.01), 100.0), 3), "covenant_days": days}


def add_demand_charges(rng: Random, tables: Tables, tariff: float) -> None:
    """Connections that cost from little to half of what energy does, of most sites that may have them in half of the economies."""
    if not chance(rng, 0.5):
        return
    for row in tables["fleet"]:
        row["demand_charge_usd_per_mw_month"] = 0.0
        if row["power_contract"] in ("fixed", "indexed") and chance(rng, 0.8):
            charge = (row["power_usd_per_mwh"] or tariff) * HOURS * wide(rng, 0.01, 0.5)
            row["demand_charge_usd_per_mw_month"] = round(min(charge, LARGEST_CHARGE), 2)


def add_terms(rng: Random, tables: Tables, scenario: Row, book: Book, tariff: float) -> None:
    """All of them but who prepays; each column is missing where nothing has it."""
    add_fees(rng, tables)
    add_covenants(rng, tables, scenario["asics"], book)
    add_demand_charges(rng, tables, tariff)


def add_prepayers(rng: Random, tables: Tables, scenario: Row, book: Book, price_usd: float) -> None:
    """Some miners pay some of their loans back early, in half of the economies; a few all they can, every month."""
    if not chance(rng, 0.5):
        return
    start = date.fromisoformat(scenario["start"])
    drawn = {row["miner"] for row in tables["miners"]} & {*book.ths}  # no busy miners
    fit = [row for row in tables["loans"] if row["miner"] in drawn and row.get("credit_line_usd") is None]
    paid = [row for row in fit if chance(rng, 0.3)]
    rows = tables.setdefault("responses", [])
    for loan, key in zip(paid, fresh(rng, rows, "response", len(paid)), strict=True):
        terms = {"miner": loan["miner"], "kind": "prepay", "loan": loan["loan"]}
        share = rng.choice((1.0, number(rng, 0.001, 0.05, 3), number(rng, 0.05, 1, 2)))
        when = trigger(rng, "prepay", price_usd) | times(rng, start, scenario["days"])
        rows.append({"response": key, **terms, **when, "share": share})
    tables["responses"] = widen(rows, *OPTIONAL, *COLUMNS)
    rng.shuffle(tables["responses"])
