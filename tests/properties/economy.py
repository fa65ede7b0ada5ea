"""A small economy as plain rows: changed with words, built through the public API, played, and its journals read."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import hashstress as hs
import pyarrow as pa
from hashstress.scenario_file import Channels

Row = dict[str, Any]
Tables = dict[str, list[Row]]

KEYS = {
    "machines": "model",
    "regions": "region",
    "miners": "miner",
    "fleet": "fleet",
    "loans": "loan",
    "lenders": "lender",
    "cohorts": "cohort",
    "responses": "response",
    "orders": "order",
    "hedges": "hedge",
    "works": "work",
    "facilities": "facility",
}
TYPES = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string(), date: pa.date32()}
CHANNELS = tuple(Channels.model_fields)
COIN_TERMS = ("collateral_btc", "initial_ltv", "call_ltv", "liquidation_ltv", "cure_days", "tranche_share")
COVENANT = ("covenant_cover", "covenant_days")
UNSECURED: Row = {
    "collateral": "none",
    **dict.fromkeys(("collateral_fleet", "collateral_machines", *COIN_TERMS, *COVENANT)),
}
PATHS = 8
LONGEST_REPR = 12_000
POLICY_RULES: Row = {
    "waits": {"hold_days": 30, "rules": [{"action": "hold"}]},
    "sells": {"hold_days": 60, "rules": [{"action": "sell", "share_per_day": 0.1}]},
    "rents": {
        "hold_days": 20,
        "rules": [{"max_clearing_to_index": 1.05, "action": "host"}, {"action": "sell", "share_per_day": 0.3}],
    },
    "dumps": {"hold_days": 10, "rules": [{"action": "dump"}]},
}


class Lost(NamedTuple):
    """What goes when an economy has to do without a part."""

    tables: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = {}
    lists: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


LOST = {
    "orders": Lost(("orders",), lists=("vendor_events",)),
    "racks": Lost(("works",), {"fleet": ("rack_slots",)}, ("rack_changes",)),
    "hedges": Lost(("hedges", "profiles")),
    "hosts": Lost((), {"fleet": ("host", "host_deposit_usd")}, ("host_events",)),
    "lines": Lost((), {"exposures": ("line_usd",)}),
    "brokers": Lost(),  # policies become those that everybody knows
    "returns": Lost(),  # policies lose the rules by which machines go back
    "buyers": Lost((), {"lenders": ("book_buy_cover",)}),
    "joint": Lost(terms=("joint",)),
    "frontier": Lost(terms=("frontier",)),
}
FOLDER = tempfile.TemporaryDirectory(prefix="hashstress-laws-")  # price tables of scenarios; gone with the process


@dataclass(frozen=True, repr=False)
class Economy:
    """Rows of a book, a scenario as its file has it, a seed. Never changed in place: every method makes another one."""

    tables: Tables
    terms: Row
    seed: int
    off: frozenset[str] = field(default_factory=frozenset)

    def __repr__(self) -> str:
        """What a law that fails shows: cells with something in them, cut where it is longer than Hypothesis cares to show."""
        rows = {
            table: [{name: cell for name, cell in row.items() if cell is not None} for row in rows]
            for table, rows in self.tables.items()
        }
        text = f"Economy({rows!r}, {self.terms!r}, {self.seed}, {sorted(self.off)})"
        return text if len(text) < LONGEST_REPR else f"{text[:LONGEST_REPR]}..."

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """The same for Hypothesis, which would print every field of a dataclass on a line of its own."""
        printer.text(repr(self))

    @property
    def start(self) -> date:
        return self.terms["start"]

    @property
    def end(self) -> date:
        return self.terms["end"]

    @property
    def days(self) -> int:
        return (self.terms["end"] - self.terms["start"]).days + 1

    def rows(self, table: str) -> list[Row]:
        return self.tables.get(table, [])

    def keys(self, table: str) -> list[str]:
        """Keys of a table in canonical order."""
        return sorted((row[KEYS[table]] for row in self.rows(table)), key=str.encode)

    def named(self, table: str, key: str) -> Row:
        (row,) = (row for row in self.rows(table) if row[KEYS[table]] == key)
        return row

    def each(self, table: str, where: Callable[[Row], bool] = bool, /, **changes: Any) -> Economy:
        """The rows of a table (those `where` holds) with columns changed; a function is asked with the row."""

        def changed(row: Row) -> Row:
            if not where(row):
                return row
            return row | {name: value(row) if callable(value) else value for name, value in changes.items()}

        return self.with_table(table, [changed(row) for row in self.rows(table)])

    def one(self, table: str, key: str, /, **changes: Any) -> Economy:
        """One row with columns changed."""
        return self.each(table, lambda row: row[KEYS[table]] == key, **changes)

    def only(self, table: str, where: Callable[[Row], bool]) -> Economy:
        """Without the rows of a table that do not fit."""
        return self.with_table(table, [row for row in self.rows(table) if where(row)])

    def plus(self, table: str, *rows: Row) -> Economy:
        """With more rows."""
        return self.with_table(table, [*self.rows(table), *rows])

    def with_table(self, table: str, rows: list[Row]) -> Economy:
        return replace(self, tables=self.tables | {table: rows})

    def under(self, **terms: Any) -> Economy:
        """With other keys of the scenario; those of a table that is there join it."""
        joined = {
            name: self.terms[name] | value if isinstance(value, dict) and name in self.terms else value
            for name, value in terms.items()
        }
        return replace(self, terms=self.terms | joined)

    def lacking(self, *parts: str) -> Economy:
        """Without some of what an economy may have besides (tests/properties/optional.py)."""
        found = self
        for part in parts:
            for table in LOST[part].tables:
                found = found.with_table(table, [])
            for table, columns in LOST[part].columns.items():
                found = found.each(table, **dict.fromkeys(columns))
            kept = {key: term for key, term in found.terms.items() if key not in LOST[part].terms}
            found = replace(found, terms=kept | {key: [] for key in LOST[part].lists})
        policies = found.terms["policies"]
        if "brokers" in parts:
            return found.under(policies={name: POLICY_RULES[name] for name in policies})
        if "returns" in parts:
            return found.under(policies={name: without_returns(name, policy) for name, policy in policies.items()})
        return found

    def without(self, *channels: str) -> Economy:
        """With more channels switched off."""
        return replace(self, off=self.off | set(channels))

    @property
    def book(self) -> hs.Book:
        return hs.Book.from_tables(**{name: arrow(rows) for name, rows in self.tables.items() if rows})

    @property
    def scenario(self) -> hs.Scenario:
        terms = dict(self.terms)
        if terms["price"]["source"] == "table":
            terms["price"] = {"source": "history", "file": price_file(self.start, terms["price"])}
        text = "\n".join(f"{key} = {toml(value)}" for key, value in terms.items())
        return hs.Scenario.from_text(text, folder=FOLDER.name).with_channels(**dict.fromkeys(self.off, False))

    def play(self, paths: int = PATHS, *, threads: int = 1, journals: int = PATHS) -> Played:
        """All paths, by default all with a journal."""
        results = hs.run(self.book, self.scenario, paths=paths, seed=self.seed, threads=threads, worst=journals)
        return Played(self, results)

    @property
    def digest(self) -> str:
        """The digest of what comes of it."""
        return self.play(journals=0).digest


def without_returns(name: str, policy: Row) -> Row:
    """A policy without rules by which machines go back; where that leaves none, with those that everybody knows."""
    kept = [rule for rule in policy["rules"] if rule["action"] != "sell_back"]
    return policy | {"rules": kept or POLICY_RULES[name]["rules"]}


def arrow(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table; a column without a value is left out, its default is meant."""
    listed = list(rows)
    columns = dict.fromkeys(name for row in listed for name in row)
    given = [name for name in columns if any(row.get(name) is not None for row in listed)]
    return pa.table({name: typed([row.get(name) for row in listed]) for name in given})


def typed(values: list[Any]) -> pa.Array:
    """Values of one kind as an Arrow array; told its type, Arrow need not look for it."""
    kinds = {type(value) for value in values if value is not None}
    return pa.array(values, TYPES[float if kinds == {int, float} else kinds.pop()])


def toml(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, dict):
        given = {key: item for key, item in value.items() if item is not None}  # what is empty is left out
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in given.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


def price_file(start: date, price: Row) -> str:
    """The name of a table of closes and lows, `lows` as shares of the close, written once."""
    lines = ["date,close_usd,low_usd"]
    for day, (close, low) in enumerate(zip(price["closes"], price["lows"], strict=True)):
        lines.append(f"{start + timedelta(days=day)},{close!r},{close * low!r}")
    text = "\n".join(lines) + "\n"
    path = Path(FOLDER.name) / f"{sha256(text.encode()).hexdigest()[:16]}.csv"
    if not path.exists():
        path.write_text(text, encoding="utf-8")
    return path.name


class Event(NamedTuple):
    path: int
    day: int
    kind: str
    entity: str
    amount: float


class Posting(NamedTuple):
    path: int
    day: int
    reason: str
    unit: str
    giver: str
    taker: str
    amount: float


@dataclass(frozen=True)
class Played:
    """What came of an economy."""

    economy: Economy
    results: hs.Results

    @property
    def digest(self) -> str:
        return str(self.results.manifest["results_digest"])

    @cached_property
    def paths(self) -> list[Row]:
        return list(self.results.paths.rows())

    @cached_property
    def events(self) -> list[Event]:
        """Events of all paths, path by path, in the order they happened."""
        names = ("path", "day", "kind", "entity", "amount")
        return sorted((Event(*cells) for cells in columns(self.results.events, names)), key=lambda event: event.path)

    @cached_property
    def ledger(self) -> list[Posting]:
        """Postings of all paths, path by path, in the order they were made."""
        names = ("path", "day", "reason", "unit", "from_account", "to_account", "amount")
        rows = (Posting(*cells) for cells in columns(self.results.ledger, names))
        return sorted(rows, key=lambda posting: posting.path)

    @cached_property
    def happened(self) -> Counter[str]:
        """How often each kind of event happened."""
        return Counter(event.kind for event in self.events)

    def of(self, *kinds: str) -> list[Event]:
        """The events of these kinds."""
        return [event for event in self.events if event.kind in kinds]

    def entities(self, *kinds: str) -> set[str]:
        """Who or what these kinds of events happened to, on any path."""
        return {event.entity for event in self.of(*kinds)}

    def first_day(self, kind: str) -> dict[tuple[int, str], int]:
        """Path and entity of each event of a kind, and the first day of it."""
        found: dict[tuple[int, str], int] = {}
        for event in self.of(kind):
            found.setdefault((event.path, event.entity), event.day)
        return found

    def total(self, *kinds: str) -> float:
        """Sum of the amounts of these kinds of events."""
        return sum(event.amount for event in self.of(*kinds))

    def posted(self, *reasons: str, unit: str = "cents") -> float:
        """Sum of the postings with these reasons."""
        return sum(row.amount for row in self.ledger if row.reason in reasons and row.unit == unit)

    def daily(self, metric: str) -> list[Row]:
        """The fan of a metric, day by day."""
        return [row for row in self.results.daily.rows() if row["metric"] == metric]

    def table(self, name: str) -> dict[str, Row]:
        """Rows of `loans`, `miners` or `lenders` by key."""
        return {row[KEYS[name]]: row for row in getattr(self.results, name).rows()}


def columns(table: Any, names: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of an Arrow table as tuples of some columns."""
    whole = table.to_pyarrow()
    return zip(*(whole[name].to_pylist() for name in names), strict=True)


def no_earlier(found: dict[tuple[int, str], int], than: dict[tuple[int, str], int], days: int) -> bool:
    """Whether everything that happens in `found` happens in `than` as well, on the same day or before."""
    return all(than.get(what, days) <= day for what, day in found.items())
