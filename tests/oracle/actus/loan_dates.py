"""When the events of a loan are: PAM, LAM, NAM, ANN, LAX, CLM, UMP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from math import ceil

from .dates import MONTHS, Cycle, is_month_end, moment
from .terms import Terms

AMORTISERS = ("LAM", "NAM", "ANN")
PRINCIPAL = ("cycleAnchorDateOfPrincipalRedemption", "cycleOfPrincipalRedemption")
INTEREST = ("cycleAnchorDateOfInterestPayment", "cycleOfInterestPayment")


def anchor(terms: Terms, name: str, cycle: str) -> datetime | None:
    """Where a cycle begins: its anchor, else one period after the initial exchange (interest of CLM and UMP: at it)."""
    start, period = terms.date(name), terms.cycle(cycle)
    if start is not None or period is None:
        return start
    exchange = terms.need("initialExchangeDate")
    if name == INTEREST[0] and terms.text("contractType") in ("CLM", "UMP"):
        return exchange
    return period.after(exchange)


def stretch(terms: Terms, names: tuple[str, str], end: datetime, *, with_end: bool = False) -> list[datetime]:
    """The dates of a cycle up to `end`; without anchor and cycle there are none."""
    start = anchor(terms, *names)
    if start is None:
        return []
    dates = terms.dates(start, terms.cycle(names[1]), end)
    return dates if with_end else dates[:-1]


def interest_dates(terms: Terms, maturity: datetime) -> list[datetime]:
    """Dates of interest payments, maturity included; of NAM and ANN the redemption dates where none are given."""
    if terms.text("contractType") == "LAX":
        names = ("arrayCycleAnchorDateOfInterestPayment", "arrayCycleOfInterestPayment")
        return [*(day for _, day in segments(terms, names, maturity)), maturity]
    if terms.text("contractType") in ("NAM", "ANN") and not terms.has(INTEREST[1]):
        # The text has NAM and ANN pay interest on the redemption dates, and on dates of its own until then: an anchor alone is one of
        # these, not the whole of the interest dates (as of PAM).
        first, start = terms.date(INTEREST[0]), anchor(terms, *PRINCIPAL)
        early = [first] if first is not None and first < maturity and (start is None or first < start) else []
        return early + (stretch(terms, PRINCIPAL, maturity, with_end=True) or [maturity])
    return stretch(terms, INTEREST, maturity, with_end=True) or [maturity]


def redemption_dates(terms: Terms, end: datetime) -> list[datetime]:
    """Dates of redemptions, without `end`."""
    return stretch(terms, PRINCIPAL, end)


def maturity(terms: Terms) -> datetime:
    """Md, as scheduled."""
    given = terms.date("maturityDate")
    if given is not None:
        return given
    kind = terms.text("contractType")
    if kind == "LAX":
        return segments_maturity(terms)
    if kind == "ANN" and terms.has("amortizationDate"):
        return terms.need("amortizationDate")
    if kind in AMORTISERS:
        return last_payment(terms)
    raise ValueError("no maturity")


def last_payment(terms: Terms) -> datetime:
    """The ⌈notional / redemption⌉-th redemption to come; a redemption of NAM and ANN is the payment less one period's interest."""
    start, cycle = anchor(terms, *PRINCIPAL), terms.cycle(PRINCIPAL[1])
    if start is None or cycle is None or not terms.has("nextPrincipalRedemptionPayment"):
        raise ValueError("no maturity, and nothing it follows from")
    month_end = terms.eom and cycle.unit in MONTHS and is_month_end(start)
    exchange = terms.need("initialExchangeDate")
    first = next(k for k in count() if ahead(cycle.after(start, k, month_end=month_end), terms.status, exchange))
    notional, redemption = terms.number("notionalPrincipal"), terms.number("nextPrincipalRedemptionPayment")
    if terms.text("contractType") != "LAM":
        period = [cycle.after(start, k, month_end=month_end) for k in (first, first + 1)]
        redemption -= notional * terms.years(*period) * terms.number("nominalInterestRate")
    if redemption <= 0:
        raise ValueError("payments do not cover interest")
    return cycle.after(start, first + ceil(notional / redemption) - 1, month_end=month_end)


def ahead(day: datetime, status: datetime, exchange: datetime) -> bool:
    """Whether a date of a cycle is still to come, and of the contract's life."""
    return day > status and day >= exchange


def segments(terms: Terms, names: tuple[str, str], end: datetime) -> list[tuple[int, datetime]]:
    """Dates of each segment of LAX: from its anchor, in its cycle, until the next segment begins or `end` is reached."""
    starts = [moment(item) for item in terms.items(names[0])]
    periods = terms.items(names[1])
    found: list[tuple[int, datetime]] = []
    for i, start in enumerate(starts):
        stop = min([end, *starts[i + 1 : i + 2]])
        cycle = Cycle.of(str(periods[i])) if i < len(periods) else None
        if start < stop:
            found += [(i, day) for day in terms.dates(start, cycle, stop)[:-1]]
    return found


def principal_segments(terms: Terms, end: datetime) -> list[tuple[datetime, float]]:
    """Redemptions (positive) and draws (negative) of LAX, date by date."""
    amounts = [float(amount) for amount in terms.items("arrayNextPrincipalRedemptionPayment")]
    effects = [str(effect).strip() for effect in terms.items("arrayIncreaseDecrease")]
    names = ("arrayCycleAnchorDateOfPrincipalRedemption", "arrayCycleOfPrincipalRedemption")
    return [(day, -amounts[i] if effects[i] == "INC" else amounts[i]) for i, day in segments(terms, names, end)]


def segments_maturity(terms: Terms) -> datetime:
    """The date on which redemptions less draws reach the notional."""
    left = notional = terms.number("notionalPrincipal")
    for day, amount in endless(terms):
        if ahead(day, terms.status, terms.need("initialExchangeDate")):
            left -= amount
            if left <= 1e-12 * notional:
                return day
    raise ValueError("redemptions never reach the notional")


def endless(terms: Terms) -> Iterator[tuple[datetime, float]]:
    """Redemptions and draws of LAX, those of the last segment for 300 years."""
    last = max(moment(item) for item in terms.items("arrayCycleAnchorDateOfPrincipalRedemption"))
    yield from principal_segments(terms, last.replace(year=last.year + 300, month=1, day=1))
