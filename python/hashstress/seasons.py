"""Dates of a book beside those of a run: what was over before it, and what begins after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from hashstress.errors import Problem

if TYPE_CHECKING:
    from hashstress.book import Book

OVER = (
    ("hedges", "expiry_date", 1),
    ("facilities", "closes_date", 0),
    ("responses", "until_date", 1),
)  # days past the start
BEGINS = (("facilities", "opens_date"), ("responses", "from_date"), ("works", "begin_date"))
SHOWN = 3


def over(book: Book, start: date) -> list[Problem]:
    """One problem, with its place, for each hedge, facility and response that was over before the run could use it."""
    return [
        Problem(
            "dates",
            table=table,
            file=book.origins.get(table),
            row=row,
            column=column,
            value=str(day),
            expected=f"a date {'after' if least else 'on or after'} the scenario's start, {start}: "
            "the book and the scenario must speak of the same time",
        )
        for table, column, least in OVER
        for row, _, day in sorted(_dated(book, table, column))
        if (day - start).days < least
    ]


def warnings(book: Book, end: date) -> Iterator[str]:
    """One sentence a table for what begins after the last day; a longer run of the same book may use it."""
    for table, column in BEGINS:
        late = [f"{key} ({day})" for _, key, day in sorted(_dated(book, table, column)) if day > end]
        if late:
            more = f" and {len(late) - SHOWN} more" if len(late) > SHOWN else ""
            yield f"{table}.{column} after the last day, {end}, changes nothing in this run: {', '.join(late[:SHOWN])}{more}"


def _dated(book: Book, table: str, column: str) -> Iterator[tuple[int, str, Any]]:
    """Input row, key and date of the rows that have the date."""
    if not book.counts.get(table):
        return
    key = {"facilities": "facility"}.get(table, table.removesuffix("s"))
    for row, name, day in zip(
        book.core.input_rows(table), book.column(table, key), book.column(table, column), strict=True
    ):
        if day is not None:
            yield row, name, day
