"""Dates of a contract: cycles, end of month, business days.

A cycle `P1ML0` has a count, a unit and a last period that is long (`L0`) or short (`L1`). Its dates are anchor + k cycles, never chained:
31 January + 1 M + 1 M would lose three days.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

MONTHS = {"M": 1, "Q": 3, "H": 6, "Y": 12}
DAYS = {"D": 1, "W": 7}
ONE_DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    """The beginning of a day."""
    return datetime.combine(day, time.min)


def moment(value: object) -> datetime:
    """A date of a term: 10, 16 or 19 characters; 24:00 is the next midnight."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return midnight(value)
    text = str(value).strip()
    if text[11:13] == "24":
        return datetime.fromisoformat(text[:10]) + ONE_DAY
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class Cycle:
    """A period that repeats; `settlementPeriod`, `xDayNotice` and `gracePeriod` are cycles that do not."""

    count: int
    unit: str
    long_stub: bool = False

    @classmethod
    def of(cls, text: str) -> Cycle:
        found = re.fullmatch(r"P(\d+)([DWMQHY])(?:L([01]))?", text.strip())
        if not found:
            raise ValueError(f"no cycle: {text!r}")
        return cls(int(found[1]), found[2], found[3] == "0")

    def after(self, start: datetime, times: int = 1, *, month_end: bool = False) -> datetime:
        """`times` cycles after `start`; with `month_end` at the end of the month it falls in."""
        if self.unit in DAYS:
            return start + timedelta(days=self.count * DAYS[self.unit] * times)
        months = start.year * 12 + start.month - 1 + self.count * MONTHS[self.unit] * times
        year, month = months // 12, months % 12 + 1
        last = monthrange(year, month)[1]
        return start.replace(year=year, month=month, day=last if month_end else min(start.day, last))


def is_month_end(day: datetime) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


def regular(start: datetime, cycle: Cycle | None, end: datetime, *, eom: bool) -> tuple[list[datetime], bool]:
    """The dates of a cycle before `end`, and whether `end` is one itself."""
    if cycle is None:
        return ([start] if start < end else []), True
    if cycle.count == 0:
        raise ValueError("a cycle of no length")
    month_end = eom and cycle.unit in MONTHS and is_month_end(start)
    dates: list[datetime] = []
    k = 0
    while (day := cycle.after(start, k, month_end=month_end)) < end:
        dates.append(day)
        k += 1
    return dates, day == end


def schedule(start: datetime | None, cycle: Cycle | None, end: datetime, *, eom: bool) -> list[datetime]:
    """S(s, c, T): the dates of the cycle, then T.

    A long stub takes the last regular date away if T is off the cycle and there are more than two dates.
    """
    if start is None:
        return [end]
    dates, on_cycle = regular(start, cycle, end, eom=eom)
    dates.append(end)
    if cycle is not None and cycle.long_stub and not on_cycle and len(dates) > 2:
        del dates[-2]
    return dates


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    ell = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * ell) // 451
    month, day = divmod(h + ell - 7 * m + 114, 31)
    return date(year, month, day + 1)


def target_open(day: date) -> bool:
    """Days of the European payment system: closed on New Year, Good Friday, Easter Monday, 1 May, 25 and 26 December."""
    if day.weekday() > 4 or (day.month, day.day) in {(1, 1), (5, 1), (12, 25), (12, 26)}:
        return False
    return day - easter(day.year) not in (timedelta(days=-2), timedelta(days=1))


def nth_monday(year: int, month: int, n: int, weekday: int = 0) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def fed_open(day: date) -> bool:
    """Days of the Federal Reserve Banks: a holiday on a Sunday is kept on Monday, one on a Saturday is not kept."""
    if day.weekday() > 4:
        return False
    year = day.year
    fixed = [(1, 1), (7, 4), (11, 11), (12, 25)] + ([(6, 19)] if year >= 2022 else [])
    closed = {date(year, month, number) for month, number in fixed}
    closed |= {holiday + ONE_DAY for holiday in closed if holiday.weekday() == 6}
    closed |= {nth_monday(year, 1, 3), nth_monday(year, 2, 3), nth_monday(year, 9, 1), nth_monday(year, 10, 2)}
    memorial = date(year, 5, 31)
    closed.add(memorial - timedelta(days=memorial.weekday()))
    closed.add(nth_monday(year, 11, 4, 3))
    return day not in closed


CALENDARS: dict[str, Callable[[date], bool]] = {
    "NC": lambda _: True,
    "NOCALENDAR": lambda _: True,
    "MF": lambda day: day.weekday() < 5,
    "TARGET": target_open,
    "FED": fed_open,
}


@dataclass(frozen=True)
class Convention:
    """A business-day convention over a calendar.

    `SC…` shifts first and calculates on the shifted date, `CS…` calculates on the date as scheduled and only pays on the shifted one.
    """

    name: str
    calendar: str

    def paid(self, day: datetime) -> datetime:
        """The business day a date is moved to; its time of day stays."""
        if self.name in ("NOS", ""):
            return day
        direction = 1 if self.name.endswith("F") else -1
        moved = self._next(day, direction)
        if "M" in self.name[2:] and moved.month != day.month:
            moved = self._next(day, -direction)
        return moved

    def reckoned(self, day: datetime) -> datetime:
        """The date up to which is calculated."""
        return self.paid(day) if self.name.startswith("SC") else day

    def _next(self, day: datetime, direction: int) -> datetime:
        is_open = CALENDARS[self.calendar]
        while not is_open(day.date()):
            day += direction * ONE_DAY
        return day
