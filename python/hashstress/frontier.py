"""The machine frontier: the best model of a book that can be had on a day. Model: docs/model/frontier.md"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashstress.book import Book


@dataclass(frozen=True)
class Machine:
    """A model: its energy (J/TH), its launch (None: always there), its chip's process node (nm, None: not known)."""

    model: str
    j_per_th: float
    launched: date | None
    node_nm: float | None


def machines(book: Book) -> list[Machine]:
    """The models of a book, in order of their keys."""
    names = ("model", "power_w", "hashrate_ths", "launched_date", "node_nm")
    rows = zip(*(book.column("machines", name) for name in names), strict=True)
    return [Machine(model, watts / ths, launched, node) for model, watts, ths, launched, node in rows]


def frontier(book: Book, day: date) -> Machine | None:
    """The model that needs least energy of those launched by a day; the first by key among equals, None where there is none."""
    there = [machine for machine in machines(book) if machine.launched is None or machine.launched <= day]
    return min(there, key=lambda machine: (machine.j_per_th, machine.model), default=None)
