"""Where a parameter stands in a world, and what it may be moved to: worked out from its type, unit and range, or listed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from tests.knobs.schema import BOOK, Parameter, of_tables
from tests.knobs.special import OVERRIDES, Changes
from tests.properties.economy import Economy, Row

KEYS = {known.table[0]: known.name for known in of_tables() if known.kind == "key"}
Place = tuple[str | int, ...]  # the way to a row or table of a scenario, or (table, row) of a book

FACTORS = (1.1, 0.5, 2.0, 0.9, 10.0, 0.1, 1.01, 0.99)
STEPS = (1.0, 0.1, 0.01, 1e3, 1e6)  # from nothing
DAYS = (40, -40, 10, -10, 1, -1, 365)


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


def changed(economy: Economy, parameter: Parameter, place: Place, changes: Changes | Economy) -> Economy:
    """A world with the row at a place changed; a key is changed wherever it stands."""
    if isinstance(changes, Economy):
        return changes
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


def moves(economy: Economy, parameter: Parameter, row: Row) -> Iterator[Changes | Economy]:
    """What a row, or the world, may be changed to, the likeliest to matter first. Some are refused: a rule of the book forbids them."""
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
            yield from within(parameter, [round(number) for number in (*numbers(value), *around(value))])
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
    """A list with one number moved, or one number or date of one pair; numbers first."""
    cells = [
        (place, part)
        for place, item in enumerate(value)
        for part in (range(len(item)) if isinstance(item, list) else [None])
    ]
    for is_date in (False, True):
        for place, part in cells:
            cell = value[place] if part is None else value[place][part]
            if isinstance(cell, date) is is_date:
                for other in dates(economy, cell) if is_date else numbers(cell):
                    item = other if part is None else [*value[place][:part], other, *value[place][part + 1 :]]
                    yield [*value[:place], item, *value[place + 1 :]]


def texts(economy: Economy, parameter: Parameter, value: str | None) -> Iterator[str]:
    """Other keys of the table that is meant, or any other text."""
    table = CHOICES.get(parameter.path) or parameter.references
    if table is None:
        yield f"{value or ''}x"
    elif isinstance(table, tuple):
        yield from table
    else:
        name, _, column = table.partition(".")
        yield from sorted({found for row in economy.rows(name) if (found := row.get(column or KEYS[name])) is not None})


CHOICES: dict[str, str | tuple[str, ...]] = {
    "lenders.policy": ("dump", "hold", "host", "sell-down"),
    "orders.vendor": ("another vendor",),
    "availability.region": "regions",
    "lender_events.lender": "lenders",
    "deliveries.cohort": "cohorts",
    "vendor_events.vendor": "orders.vendor",
    "rack_changes.fleet": "fleet",
    "host_events.host": "fleet.host",
    "fleet.host": "fleet.host",
    "claims.bound": ("at_least", "at_most"),
    "claims.measure": ("daily", "nothing", "outstanding"),
    "claims.on": ("first", "last", "highest"),
    "claims.to": ("first", "last"),
    "claims.since": ("last",),
    "claims.until": ("first",),
    "claims.metric": ("network_ehs", "hashprice_usd_per_ph_day"),
    "claims.entity": "lenders",
    "claims.other": "machines.model",
}
