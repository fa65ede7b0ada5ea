"""What the table `works` brings to a site, as far as a scenario must know of it. docs/model/sites.md"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashstress.book import Book

_COLUMNS = ("fleet", "begin_date", "days", "slots", "units", "step_days")


def opened(book: Book, fleet: str, day: date) -> int:
    """Slots that works have opened at a fleet row, up to and including a day."""
    total = 0
    for row, begin, days, slots, units, step in zip(*(book.column("works", name) for name in _COLUMNS), strict=True):
        if row != fleet or slots is None:
            continue
        for unit in range(units):
            if begin + timedelta(days=days + unit * (step or 0)) <= day:
                total += slots // units if unit + 1 < units else slots - (units - 1) * (slots // units)
    return total
