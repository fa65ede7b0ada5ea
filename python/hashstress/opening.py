"""Day 0: the book's hashrate beside the difficulty's (docs/model/network.md), equity beside what lenders own (docs/model/lenders.md)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from hashstress.text import first_three

if TYPE_CHECKING:
    from hashstress.book import Book

MOST_APART = 2.0  # a difficulty follows the hashrate within weeks; a ban took half of it away
SECONDS_PER_BLOCK = 600
HASHES_PER_DIFFICULTY = 2**32


def ths_of_difficulty(difficulty: float) -> float:
    """The hashrate that finds a block in ten minutes, TH/s."""
    return difficulty * HASHES_PER_DIFFICULTY / SECONDS_PER_BLOCK / 1e12


def warnings(book: Book, difficulty: float, availability: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """A sentence where the book opens with more than twice, or less than half, the hashrate of the difficulty."""
    machines, cohorts = (math.fsum(found) for found in (_machines(book, availability), _cohorts(book, availability)))
    there, implied = machines + cohorts, ths_of_difficulty(difficulty)
    if there * MOST_APART < implied or implied * MOST_APART < there:
        has = f"the book opens with {_ehs(there)} (machines {_ehs(machines)}, cohorts {_ehs(cohorts)})"
        said = f"network.difficulty {difficulty:.3g} is that of {_ehs(implied)}"
        then = f"{_pace(there / implied)} until the difficulty has followed"
        remedy = "put the rest of the network into the table cohorts" if there < implied else "check hashrates in TH/s"
        yield f"{has}, but {said}: {then}; {remedy}, or change network.difficulty"


def sheets(book: Book) -> Iterator[str]:
    """A sentence for lenders whose equity is more than they own."""
    owns: dict[str, list[float]] = {}
    equity: dict[str, float] = {}
    names = ("lender", "cash_usd", "other_assets_usd", "equity_usd")
    for lender, cash, other, own in zip(*(book.column("lenders", name) for name in names), strict=True):
        owns[lender], equity[lender] = [cash, other], own
    for lender, usd in zip(book.column("loans", "lender"), book.column("loans", "outstanding_usd"), strict=True):
        owns[lender].append(usd)
    for lender, usd in zip(book.column("exposures", "creditor"), book.column("exposures", "amount_usd"), strict=True):
        owns[lender].append(usd)
    rich = [lender for lender, usd in owns.items() if equity[lender] > math.fsum(usd)]
    if rich:
        yield f"equity_usd is more than cash, loans, claims and other assets together: {first_three(rich)}"


def _machines(book: Book, availability: Mapping[str, Sequence[float]]) -> Iterator[float]:
    models = dict(zip(book.column("machines", "model"), book.column("machines", "hashrate_ths"), strict=True))
    rows = (book.column("fleet", name) for name in ("machines", "rack_slots", "model", "region"))
    for machines, slots, model, region in zip(*rows, strict=True):
        running = machines if slots is None else min(machines, slots)
        yield running * models[model] * availability[region][0]


def _cohorts(book: Book, availability: Mapping[str, Sequence[float]]) -> Iterator[float]:
    for ths, region in zip(book.column("cohorts", "hashrate_ths"), book.column("cohorts", "region"), strict=True):
        yield ths * availability[region][0]


def _pace(ratio: float) -> str:
    if not ratio:
        return "no block comes"
    return f"blocks come {ratio:,.3g} times too fast" if ratio > 1 else f"blocks come {1 / ratio:,.3g} times too slowly"


def _ehs(ths: float) -> str:
    return f"{ths / 1e6:.3g} EH/s"
