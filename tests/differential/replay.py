"""Runs one path through the engine and through the oracle, and lists where their journals differ.

The oracle is handed the engine's `exp` and `ln` (docs/decisions/0006-oracle-receives-libm.md); everything else it computes itself.
"""

from __future__ import annotations

import struct
from collections import Counter
from typing import Any

import pyarrow as pa
from hashstress import _core

from tests.differential import figures
from tests.differential.credits import broken_credits
from tests.differential.debts import broken_debts
from tests.differential.holders import broken_losses, broken_sales
from tests.differential.margins import broken_laws
from tests.economies import Row, Tables
from tests.oracle import Outcome, simulate

Entry = tuple[Any, ...]
KEYS = {"miner": "miners", "lender": "lenders", "loan": "loans", "pledge": "loans", "lot": "loans"}


def book_of(tables: Tables) -> _core.Book:
    """The engine's book of plain rows."""
    arrow = {}
    for name, rows in tables.items():
        columns = {column: pa.array([row[column] for row in rows]) for column in rows[0]} if rows else {}
        texts = {column: array.cast(pa.string()) for column, array in columns.items() if pa.types.is_null(array.type)}
        arrow[name] = pa.table(columns | texts)
    return _core.Book.try_build({name: table for name, table in arrow.items() if table.num_columns})


def run_of(tables: Tables, scenario: Row, paths: int = 1, seed: int = 0) -> _core.Run:
    """A run whose prices come from outside."""
    book = book_of(tables)
    spec = scenario | {"price": {"source": "batch"}}
    return _core.Run(book, _core.Scenario.try_build(spec, book), paths=paths, seed=seed)


def packed(series: list[float]) -> bytes:
    """Little-endian doubles."""
    return struct.pack(f"<{len(series)}d", *series)


class Names:
    """Accounts and entities as the oracle numbers them: places in canonical order instead of keys."""

    def __init__(self, tables: Tables) -> None:
        self.places: dict[str, int | str] = {"world": "world", "network": "network"}
        for kind, table in KEYS.items():
            key = table.removesuffix("s")
            ordered = sorted((row[key] for row in tables[table]), key=str.encode)
            self.places |= {f"{kind}:{name}": f"{kind}:{place}" for place, name in enumerate(ordered)}
        orders = tables.get("orders", [])
        for place, key in enumerate(sorted((row["order"] for row in orders), key=str.encode)):
            self.places[f"order:{key}"] = f"order:{place}"
        pairs = sorted(
            {(row["miner"], row["vendor"]) for row in orders}, key=lambda pair: [key.encode() for key in pair]
        )
        self.places |= {f"credit:{miner}/{vendor}": f"credit:{place}" for place, (miner, vendor) in enumerate(pairs)}
        hedges = sorted((row["hedge"] for row in tables.get("hedges", [])), key=str.encode)
        for place, key in enumerate(hedges):
            self.places |= {f"hedge:{key}": f"hedge:{place}", f"margin:{key}": f"margin:{place}"}
        facilities = sorted((row["facility"] for row in tables.get("facilities", [])), key=str.encode)
        self.places |= {f"facility:{key}": f"facility:{place}" for place, key in enumerate(facilities)}
        fleet = sorted(tables["fleet"], key=lambda row: (row["miner"].encode(), row["fleet"].encode()))
        self.places |= {f"fleet:{row['fleet']}": f"fleet:{place}" for place, row in enumerate(fleet)}

    def __getitem__(self, account: str) -> int | str:
        return self.places[account]


def engine_journal(
    run: _core.Run, names: Names, path: int, close: list[float], low: list[float]
) -> tuple[list[Entry], list[Entry]]:
    """Postings and events of the engine, in the oracle's form."""
    journal = run.journal(path, close_usd=packed(close), low_usd=packed(low))
    ledger, events = (pa.table(journal[name]).to_pydict() for name in ("ledger", "events"))
    columns = (ledger[name] for name in ("day", "reason", "unit", "from_account", "to_account", "amount"))
    postings = [
        (day, reason, unit, names[source], names[target], int(amount))
        for day, reason, unit, source, target, amount in zip(*columns, strict=True)
    ]
    columns = (events[name] for name in ("day", "kind", "entity_kind", "entity", "amount"))
    happened = [
        (day, kind, names[f"{entity_kind}:{entity}" if entity else entity_kind], amount)
        for day, kind, entity_kind, entity, amount in zip(*columns, strict=True)
    ]
    return postings, happened


def differences(ours: list[Entry], theirs: list[Entry]) -> list[str]:
    """What one journal has and the other lacks, by day: up to twenty, the earliest first."""
    if ours == theirs:
        return []
    engine, oracle = Counter(ours), Counter(theirs)
    odd = [(entry, "engine only") for entry in (engine - oracle).elements()]
    odd += [(entry, "oracle only") for entry in (oracle - engine).elements()]
    odd.sort(key=lambda item: (item[0][0], str(item)))
    return [f"{who}: {entry}" for entry, who in odd[:20]]


def play_alone(
    tables: Tables, scenario: Row, path: int, close: list[float], low: list[float], seed: int = 0
) -> _core.Run:
    """A run that has played this path and no other."""
    run = run_of(tables, scenario, path + 1, seed)
    run.advance(path, 1, close_usd=packed(close), low_usd=packed(low))
    return run


def compare(
    run: _core.Run, tables: Tables, scenario: Row, path: int, close: list[float], low: list[float], seed: int = 0
) -> tuple[Outcome, list[str]]:
    """The oracle's outcome of a path; how the engine differs from it, by posting, event and figure, and laws it breaks: of margins, of
    vendor credit, of debt, of loans that change hands."""
    outcome = simulate(tables, scenario, close, low, exp=_core.exp, ln=_core.ln, cos=_core.cos, seed=seed, path=path)
    postings, events = engine_journal(run, Names(tables), path, close, low)
    odd = differences(postings, outcome.postings) + differences(events, outcome.events)
    engine = figures.of_engine(play_alone(tables, scenario, path, close, low, seed))
    odd += figures.differences(engine, figures.of_oracle(tables, scenario, outcome))
    odd += broken_laws(tables, scenario, postings, events, [day["btc_usd"] for day in outcome.daily])
    odd += broken_credits(tables, scenario, postings, events) + broken_debts(engine, outcome)
    odd += broken_sales(tables, postings, events) + broken_losses(engine)
    return outcome, odd
