"""Year fractions of the standard's day counts.

23:59:59 counts as the next midnight; any other time of day does not count.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime, timedelta

from .dates import is_month_end, midnight


def counted(when: datetime) -> date:
    """The date a moment counts as."""
    if (when.hour, when.minute, when.second) == (23, 59, 59):
        return when.date() + timedelta(days=1)
    return when.date()


def years(basis: str, start: datetime, end: datetime, maturity: datetime | None = None) -> float:
    """Y(s, t); negative if t is before s."""
    s, t = counted(start), counted(end)
    if t == s:
        return 0.0  # else a maturity at the end of February would count -2 days to itself
    if t < s:
        return -years(basis, end, start, maturity)
    if basis == "A360":
        return (t - s).days / 360
    if basis == "A365":
        return (t - s).days / 365
    if basis == "AA":
        return actual_actual(s, t)
    if basis == "30E360":
        return thirty(s, t, min(s.day, 30), min(t.day, 30))
    if basis == "30E360ISDA":
        return thirty_isda(s, t, counted(maturity) if maturity else None)
    if basis == "28E336":
        months = (t.year - s.year) * 12 + t.month - s.month
        return (months * 28 + min(t.day, 28) - min(s.day, 28)) / 336
    raise ValueError(f"no day count: {basis!r}")


def actual_actual(s: date, t: date) -> float:
    """Actual/actual ISDA: split at the ends of years."""
    if s.year == t.year:
        return (t - s).days / (366 if isleap(s.year) else 365)
    head = (date(s.year + 1, 1, 1) - s).days / (366 if isleap(s.year) else 365)
    tail = (t - date(t.year, 1, 1)).days / (366 if isleap(t.year) else 365)
    return head + (t.year - s.year - 1) + tail


def thirty(s: date, t: date, first: int, last: int) -> float:
    return (360 * (t.year - s.year) + 30 * (t.month - s.month) + last - first) / 360


def thirty_isda(s: date, t: date, maturity: date | None) -> float:
    """30E/360 ISDA: month ends are the 30th, except a maturity in February."""
    first = 30 if is_month_end(midnight(s)) else s.day
    ends = is_month_end(midnight(t))
    last = 30 if ends and not (t == maturity and t.month == 2) else t.day
    return thirty(s, t, first, last)
