"""Where a parameter stands in a world, and what it may be moved to: worked out from its type, unit and range, or from the tables below."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.knobs.schema import BOOK, Parameter, of_tables
from tests.properties.economy import FOLDER, UNSECURED, Economy, Row
from tests.properties.economy import KEYS as OWN_KEYS

KEYS = OWN_KEYS | {"orders": "order", "hedges": "hedge"}
Changes = Row  # what becomes of a row; None empties a cell, or takes a key out of a scenario
Place = tuple[str | int, ...]  # the way to a row or table of a scenario, or (table, row) of a book

FACTORS = (1.1, 0.9, 2.0, 0.5, 10.0, 0.1)
STEPS = (1.0, 0.1, 0.01, 1e3, 1e6)  # from nothing
DAYS = (1, -1, 10, -10, 40, -40, 365)


# Where it stands


def places(economy: Economy, parameter: Parameter) -> list[Place]:
    """Every row or table of a world that has the parameter, or could have it."""
    if parameter.side == BOOK:
        (table,) = parameter.table
        return [(table, row) for row in range(len(economy.rows(table)))]
    found = list(below(economy.terms, parameter.table))
    return [place for place in found if parameter.source in (None, outer(economy.terms, place).get("source", "rules"))]


def below(table: Any, path: tuple[str, ...]) -> Iterator[Place]:
    """The ways down a path, through every row of a list and every table by name."""
    if isinstance(table, list):
        yield from ((row, *rest) for row, inner in enumerate(table) for rest in below(inner, path))
    elif not path:
        yield ()
    elif path[0] == "NAME":
        yield from ((name, *rest) for name, inner in table.items() for rest in below(inner, path[1:]))
    elif path[0] in table:
        yield from ((path[0], *rest) for rest in below(table[path[0]], path[1:]))


def outer(terms: Row, place: Place) -> Row:
    """The table of a plugin that a place lies in."""
    depth = 2 if place and place[0] == "policies" else 1
    found: Any = terms
    for step in place[:depth]:
        found = found[step]
    return dict(found) if isinstance(found, Mapping) else {}


def row_at(economy: Economy, parameter: Parameter, place: Place) -> Row:
    """The row or table at a place."""
    found: Any = economy.tables if parameter.side == BOOK else economy.terms
    for step in place:
        found = found[step]
    return dict(found)


def changed(economy: Economy, parameter: Parameter, place: Place, changes: Changes) -> Economy:
    """A world with the row at a place changed; a key is changed wherever it stands."""
    if parameter.kind == "key":
        old = row_at(economy, parameter, place)[parameter.name]
        return renamed(economy, parameter.table[0], old, changes[parameter.name])
    if parameter.side == BOOK:
        table, number = place
        rows = list(economy.rows(str(table)))
        rows[int(number)] = rows[int(number)] | changes
        return economy.with_table(str(table), rows)
    return Economy(economy.tables, into(economy.terms, place, changes), economy.seed, economy.off)


def into(table: Any, place: Place, changes: Changes) -> Any:
    """A copy of a table of a scenario in which the row at a place is changed."""
    if not place:
        return {name: value for name, value in (table | changes).items() if value is not None}
    if isinstance(table, list):
        return [into(row, place[1:], changes) if number == place[0] else row for number, row in enumerate(table)]
    return table | {place[0]: into(table[place[0]], place[1:], changes)}


def renamed(economy: Economy, table: str, old: str, new: str) -> Economy:
    """A world in which a row has another key."""
    columns = [(known.table[0], known.name) for known in of_tables() if known.references == table]
    for other, column in [*columns, (table, KEYS[table])]:
        rows = [row | {column: new} if row.get(column) == old else row for row in economy.rows(other)]
        economy = economy.with_table(other, rows)
    return Economy(economy.tables, everywhere(economy.terms, old, new), economy.seed, economy.off)


def everywhere(value: Any, old: str, new: str) -> Any:
    """A table of a scenario with one text in place of another."""
    if isinstance(value, dict):
        return {everywhere(name, old, new): everywhere(item, old, new) for name, item in value.items()}
    if isinstance(value, list):
        return [everywhere(item, old, new) for item in value]
    return new if value == old else value


# What it is moved to


def moves(economy: Economy, parameter: Parameter, row: Row) -> Iterator[Changes]:
    """What a row may be changed to, the likeliest to matter first. Some are refused: a rule of the book forbids them."""
    own = OVERRIDES.get(parameter.path) or OVERRIDES.get(f"*.{parameter.name}")
    if own is not None:
        yield from own(economy, row)
        return
    value = row.get(parameter.name)
    if parameter.kind == "key":
        yield {parameter.name: f"{value}'"}  # sorts right behind the old one: letters, digits, - and _ are above '
        return
    yield from ({parameter.name: other} for other in derived(economy, parameter, value) if other != value)
    if parameter.empty and value is not None:
        yield {parameter.name: None}


def derived(economy: Economy, parameter: Parameter, value: Any) -> Iterator[Any]:
    """Other values of the parameter's type, in its range."""
    match parameter.kind:
        case "flag":
            yield not value
        case "word":
            yield from parameter.words
        case "number":
            yield from within(parameter, numbers(value))
        case "whole":
            yield from within(parameter, [round(number) for number in (*around(value), *numbers(value))])
        case "date" | "month":
            yield from dates(economy, value)
        case "list":
            yield from lists(economy, parameter, value or [])
        case "table":
            yield from (value | {name: number * 1.2 + 1} for name, number in (value or {}).items())
            yield from ({row["region"]: 33.0} for row in economy.rows("regions"))
        case _:
            yield from texts(economy, parameter, value)


def numbers(value: float | None) -> Iterator[float]:
    """Numbers near a value and far from it."""
    if value:
        yield from (value * factor for factor in FACTORS)
        yield -value
    yield from STEPS
    yield 0.0


def around(value: float | None) -> Iterator[float]:
    yield from () if value is None else (value + 1, value - 1)


def within(parameter: Parameter, candidates: Any) -> Iterator[Any]:
    """Those in range."""
    low = -math.inf if parameter.low is None else parameter.low
    high = math.inf if parameter.high is None else parameter.high
    yield from dict.fromkeys(number for number in candidates if low <= number <= high)


def dates(economy: Economy, value: date | None) -> Iterator[date]:
    yield from ((value or economy.start) + timedelta(days=days) for days in DAYS)


def lists(economy: Economy, parameter: Parameter, value: list[Any]) -> Iterator[list[Any]]:
    """A list with one number, or one number or date of one pair, moved."""
    for place, item in enumerate(value):
        for part, cell in enumerate(item) if isinstance(item, list) else [(None, item)]:
            for other in dates(economy, cell) if isinstance(cell, date) else numbers(cell):
                new = (
                    [other if number == part else inner for number, inner in enumerate(item)]
                    if part is not None
                    else other
                )
                yield [*value[:place], new, *value[place + 1 :]]


def texts(economy: Economy, parameter: Parameter, value: str | None) -> Iterator[str]:
    """Other keys of the table that is meant, or any other text."""
    table = CHOICES.get(parameter.path) or parameter.references
    if table is None:
        yield f"{value or ''}x"
    elif isinstance(table, tuple):
        yield from table
    else:
        name, _, column = table.partition(".")
        yield from sorted({row[column or KEYS[name]] for row in economy.rows(name)})


CHOICES: dict[str, str | tuple[str, ...]] = {
    "lenders.policy": ("dump", "hold", "host", "sell-down"),
    "orders.vendor": ("another vendor",),
    "availability.region": "regions",
    "lender_events.lender": "lenders",
    "deliveries.cohort": "cohorts",
    "vendor_events.vendor": "orders.vendor",
    "rack_changes.fleet": "fleet",
    "claims.measure": ("daily", "nothing", "outstanding"),
    "claims.on": ("first", "last", "highest"),
    "claims.to": ("first", "last"),
    "claims.metric": ("network_ehs", "hashprice_usd_per_ph_day"),
    "claims.entity": "lenders",
    "claims.other": "machines.model",
}


# Moves that take more than one cell


def other_price(economy: Economy, row: Row) -> Iterator[Changes]:
    new = {"source": "gbm", "start_usd": 25_000.0, "volatility_annual": 0.5}
    if row["source"] != "gbm":
        yield dict.fromkeys(row) | new


def other_power(economy: Economy, row: Row) -> Iterator[Changes]:
    yield dict.fromkeys(row) | {"source": "flat", "usd_per_mwh": 55.0}


def other_policy(economy: Economy, row: Row) -> Iterator[Changes]:
    yield dict.fromkeys(row) | {"source": "dump"}
    yield dict.fromkeys(row) | {"source": "hold"}


def other_file(economy: Economy, row: Row) -> Iterator[Changes]:
    """The same file with the numbers of its last columns a tenth lower."""
    head, *lines = (Path(FOLDER.name) / row["file"]).read_text(encoding="utf-8").splitlines()

    def lower(cell: str) -> str:
        try:
            return repr(float(cell) * 0.9)
        except ValueError:
            return cell

    rows = [",".join(map(lower, line.split(","))) for line in lines]
    path = Path(FOLDER.name) / f"lower-{row['file']}"
    path.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    yield {"file": path.name}


def other_buyer(economy: Economy, row: Row) -> Iterator[Changes]:
    """Another miner, and a site of that one."""
    for site in economy.rows("fleet"):
        if site["miner"] != row["miner"]:
            yield {"miner": site["miner"], "fleet": site["fleet"]}


def other_contract(economy: Economy, row: Row) -> Iterator[Changes]:
    """Another contract, without what only the old one has."""
    for contract in ("fixed", "indexed", "hosted_fixed", "hosted_pass_through"):
        if contract != row["power_contract"]:
            yield {"power_contract": contract, "pass_through": 0.0, "curtailment_strike_usd_per_mwh": None}


def no_collateral(economy: Economy, row: Row) -> Iterator[Changes]:
    if row["collateral"] != "none":
        yield UNSECURED


def other_kind(economy: Economy, row: Row) -> Iterator[Changes]:
    if row["kind"] == "collar":
        yield {"kind": "put", "cap_usd": None}
    if row["kind"] == "put":
        yield {"kind": "collar", "cap_usd": row["strike_usd"]}


def fixed_payment(economy: Economy, row: Row) -> Iterator[Changes]:
    plain = {"payment_usd": None, "credit_line_usd": None}
    for kind in ("linear", "annuity", "bullet", "payment_in_kind"):
        if kind != row["amortisation"]:
            yield {"amortisation": kind, **plain}
    yield {"amortisation": "fixed_payment", **plain, "payment_usd": round(row["outstanding_usd"] / 10 + 1, 2)}


def scaled(economy: Economy, row: Row) -> Iterator[Changes]:
    for path in ("price", "power", "asics.kappa", "impact.y", "deliveries.hashrate_ths"):
        yield {"scale": {path: 0.9}}


def added(economy: Economy, row: Row) -> Iterator[Changes]:
    yield {"add": {"power": 5.0}}
    yield {"add": {"asics.tiers[0].index_usd_per_th": 3.0}}
    yield {"add": {"lender_events": [{"date": economy.start, "lender": economy.keys("lenders")[0], "kind": "fail"}]}}


def on_a_base(economy: Economy, row: Row) -> Iterator[Changes]:
    """What the file leaves out, its base gives."""
    path = Path(FOLDER.name) / "base.toml"
    path.write_text(f"estate_days = {row['estate_days'] + 3}\n", encoding="utf-8")
    yield {"base": path.name, "estate_days": None}


OVERRIDES: dict[str, Callable[[Economy, Row], Iterator[Changes]]] = {
    "price.source": other_price,
    "power.source": other_power,
    "policies.NAME.source": other_policy,
    "*.file": other_file,
    "loans.collateral": no_collateral,
    "loans.amortisation": fixed_payment,
    "fleet.power_contract": other_contract,
    "orders.miner": other_buyer,
    "hedges.kind": other_kind,
    "scale": scaled,
    "add": added,
    "base": on_a_base,
}
