"""Why a path ended as it did: it is played again from the run's own inputs, with its full journal.

Called as `hashstress.explain`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hashstress import telling
from hashstress.book import Book
from hashstress.errors import InputError, RunError, UsageError, nearest
from hashstress.results import Results
from hashstress.running import Replay, replay, whole
from hashstress.scenario import Scenario
from hashstress.scenario_file import Channels
from hashstress.streams import StreamTable

Row = Mapping[str, Any]
Entity = tuple[str, str]  # kind and key: ("loan", "argo-nydig-abl")


@dataclass(frozen=True)
class Journal:
    """The journal of one path: `events` and `ledger` (Arrow tables), and the part of it that concerns one entity.

    `loss_usd` is the loss of all lenders; `own_loss_usd` that of the lender, on the loan, or on the miner's loans, that was asked about.
    """

    path: int
    loss_usd: float
    events: StreamTable
    ledger: StreamTable
    about: frozenset[Entity] = frozenset()  # empty: everything
    own_loss_usd: float | None = None

    def event_rows(self) -> Iterator[Row]:
        """Rows of `events` that concern the entity, in the order they happened."""
        return (
            row for row in self.events.rows() if not self.about or (row["entity_kind"], row["entity"]) in self.about
        )

    def posting_rows(self) -> Iterator[Row]:
        """Rows of `ledger` to or from the entity's accounts, in the order they were made."""
        for row in self.ledger.rows():
            if not self.about or {row["from_account"], row["to_account"]} & self._accounts:
                yield row

    @cached_property
    def _accounts(self) -> frozenset[str]:
        kinds = {
            "loan": ("pledge", "lot"),
            "fleet": ("fleet",),
            "miner": ("miner",),
            "lender": ("lender",),
            "credit": ("credit",),
            "hedge": ("margin",),
        }
        return frozenset(f"{account}:{key}" for kind, key in self.about for account in kinds.get(kind, ()))


def explain(
    results: Results | str | Path,
    *,
    path: int,
    loan: str | None = None,
    miner: str | None = None,
    lender: str | None = None,
    book: Book | str | Path | None = None,
    scenario: Scenario | str | Path | None = None,
) -> Journal:
    """Replays one path of a run, of `Results` or of the folder it was written to, and returns its journal.

    With a loan, miner or lender, the part that concerns it: a loan brings its miner, its lenders and the fleet row that secures it; a
    miner its fleet rows, loans, orders, vendor credits and hedges; a lender its loans and those it bought. When they are not given,
    `book` is read where the manifest says and `scenario` from the texts it keeps; given ones must be those of the run. Raises UsageError
    when they are not, or for a path or an entity the run has not; RunError when this engine plays the path otherwise than the run did.
    """
    if isinstance(results, str | Path):
        results = Results.read(results)
    if not isinstance(results, Results):
        raise UsageError(f"results is a {type(results).__name__}, expected Results or the folder of a run")
    recorded = results.manifest
    whole("path", path, 0, recorded["paths"] - 1)
    read = _book(recorded["book"]) if book is None else Book.given(book)
    _same("book", read.digest, recorded["book"]["digest"], read.name)
    about = _about(read, loan, miner, lender)
    chosen = _scenario(recorded["scenario"]) if scenario is None else Scenario.given(scenario)
    again = replay(read, chosen, seed=recorded["seed"], path=path)
    _same("scenario", again.scenario_digest, recorded["scenario"]["digest"], chosen.origin)
    _same_path(results, again)
    tables = {name: StreamTable.from_tables([table]) for name, table in again.journal.items()}
    if loan is not None:
        about |= {("lender", buyer) for sold, buyer in _bought(tables) if sold == loan}
    if lender is not None:
        about |= {("loan", sold) for sold, buyer in _bought(tables) if buyer == lender}
    own = _own_loss(again, loan, miner, lender)
    return Journal(path, again.row["loss_usd"], tables["events"], tables["ledger"], about, own)


def _bought(tables: Mapping[str, StreamTable]) -> Iterator[tuple[str, str]]:
    return telling.bought(tables["events"].rows(), tables["ledger"].rows())


def _own_loss(again: Replay, loan: str | None, miner: str | None, lender: str | None) -> float | None:
    """Loss on the path of whom was asked about, USD."""
    if lender is not None:
        return again.lender_losses[lender]
    if loan is not None:
        return again.loan_losses[loan][1]
    if miner is not None:
        return math.fsum(usd for borrower, usd in again.loan_losses.values() if borrower == miner)
    return None


def _book(recorded: Mapping[str, Any]) -> Book:
    """The book of a run, by its built-in name or where its folder was. Raises UsageError when it is there no more."""
    name, folder = recorded["name"], recorded.get("folder")  # runs of earlier versions keep the name alone
    if folder is None and not recorded["files"]:
        raise UsageError("the run's book was made of tables in Python: give it again, as `book` or with --book")
    try:
        return Book.read(folder or name)
    except InputError as error:
        if error.problems[0].code != "no_such_book":
            raise
        raise UsageError(
            f"the run's book {folder or name} is not there: say where it is with --book (in Python, `book`)"
        ) from None


def _scenario(recorded: Mapping[str, Any]) -> Scenario:
    """The scenario of a run as it was, whatever its files say by now, with every channel as the run had it."""
    texts = recorded.get("texts")  # runs of earlier versions keep none
    scenario = Scenario.recorded(texts) if texts else Scenario.read(recorded["origin"])
    off = recorded.get("channels_off", [])
    return scenario.with_channels(**{name: name not in off for name in Channels.model_fields})


def _same(what: str, found: str, expected: str, name: str) -> None:
    if found != expected:
        digests = f"its digest is {found[:12]}, the manifest says {expected[:12]}"
        raise UsageError(f"{what} {name} is not the one of this run: {digests}; give the right {what}")


def _same_path(results: Results, again: Replay) -> None:
    """Stops at the path's own row of the run: equal digests are equal results."""
    row = results.paths.row(again.path)
    if row["path"] != again.path or row["digest"] != again.row["digest"]:
        raise RunError(
            f"path {again.path} plays otherwise than in the run: another engine or another plugin (manifest.json: engine_sha256, plugins)"
        )


def _about(book: Book, loan: str | None, miner: str | None, lender: str | None) -> frozenset[Entity]:
    given = [(kind, key) for kind, key in (("loan", loan), ("miner", miner), ("lender", lender)) if key is not None]
    if not given:
        return frozenset()
    if len(given) > 1:
        raise UsageError("one of loan, miner and lender can be asked about at a time")
    ((kind, key),) = given
    keys = book.column(f"{kind}s", kind)
    if key not in keys:
        raise UsageError(f"the book has no {kind} {key!r}{nearest(key, keys)}")
    columns = (book.column("loans", name) for name in ("loan", "miner", "lender", "collateral_fleet"))
    loans = [
        dict(zip(("loan", "miner", "lender", "fleet"), cells, strict=True)) for cells in zip(*columns, strict=True)
    ]
    fleets = zip(book.column("fleet", "fleet"), book.column("fleet", "miner"), strict=True)
    found: set[Entity] = {(kind, key)}
    if kind == "loan":
        (row,) = (row for row in loans if row["loan"] == key)
        found |= {(other, name) for other, name in row.items() if name is not None}
    else:
        found |= {("loan", row["loan"]) for row in loans if row[kind] == key}
        found |= {("fleet", fleet) for fleet, owner in fleets if kind == "miner" and owner == key}
    if kind == "miner":
        orders = zip(*(book.column("orders", name) for name in ("order", "miner", "vendor")), strict=True)
        own = [(order, vendor) for order, buyer, vendor in orders if buyer == key]
        found |= {("order", order) for order, _ in own} | {("credit", f"{key}/{vendor}") for _, vendor in own}
        hedges = zip(book.column("hedges", "hedge"), book.column("hedges", "miner"), strict=True)
        found |= {("hedge", hedge) for hedge, owner in hedges if owner == key}
    return frozenset(found)
