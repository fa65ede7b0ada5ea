"""Dates of a book beside those of a run: what was over before it, and what begins after it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from hashstress.errors import Problem
from hashstress.text import first_three

if TYPE_CHECKING:
    from hashstress.book import Book

LATE_DAYS = 31  # a first period that begins within a month of the first day is that of a new loan
YEAR_DAYS, MONTHS = 366, 12
OVER = (
    ("hedges", "expiry_date", 1),
    ("facilities", "closes_date", 0),
    ("responses", "until_date", 1),
)  # days past the start
BEGINS = (("facilities", "opens_date"), ("responses", "from_date"), ("works", "begin_date"))


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
            yield f"{table}.{column} after the last day, {end}, changes nothing in this run: {first_three(late)}"


def notes(book: Book, start: date) -> Iterator[str]:
    """What first periods of loans leave out or bring along: interest runs from one period before the first due date."""
    names = ("loan", "first_payment_date", "period_months")
    rows = zip(*(book.column("loans", name) for name in names), strict=True)
    begun = sorted((months_before(first, months), loan) for loan, first, months in rows)
    late = [f"{loan} ({day})" for day, loan in reversed(begun) if (day - start).days > LATE_DAYS]
    early = [f"{loan} ({day})" for day, loan in begun if (start - day).days > YEAR_DAYS]
    since = "it runs from one period before first_payment_date"
    if late:
        yield f"{_loans(late)} no interest for more than the first month, as {since}: {first_three(late)}"
    if early:
        yield f"{_loans(early)} interest since more than a year before the first day, as {since}: {first_three(early)}"


def _loans(found: list[str]) -> str:
    return "1 loan bears" if len(found) == 1 else f"{len(found)} loans bear"


def months_before(day: date, months: int) -> date:
    """The beginning of a period that ends on this day (docs/model/loans.md): the same day of the month, or its last."""
    year, month = divmod(day.year * MONTHS + day.month - 1 - months, MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


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
