"""What is held and bears no interest: CSH, COM, STK."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from .terms import Case, Event, Row, Terms, fixed, moved, reported, row


def cash(case: Case) -> list[Row]:
    """CSH: the moments looked at, with what is there."""
    terms = case.terms
    notional = terms.sign * terms.number("notionalPrincipal")
    rows = [
        row(fixed(seen.time, "AD"), 0.0, terms.text("currency"), notional)
        for seen in case.events
        if seen.kind == "AD" and seen.time > terms.status
    ]
    return reported(rows, case.to)


def first_of(terms: Terms, *names: str) -> str:
    """The first of some names that is given; a term of the standard may have an older and a newer one."""
    return next((name for name in names if terms.has(name)), names[0])


def dividends(case: Case) -> list[Event]:
    """Dividends up to the sale or the horizon, those on that day included."""
    terms = case.terms
    name = first_of(terms, "cycleAnchorDateOfDividendPayment", "cycleAnchorDateOfDividend")
    cycle = terms.cycle(first_of(terms, "cycleOfDividendPayment", "cycleOfDividend"))
    start = terms.date(name)
    if start is None and cycle is not None:
        start = cycle.after(terms.need("purchaseDate"))
    ends = [day for day in (terms.date("terminationDate"), case.to) if day is not None]
    if start is None:
        return []
    if not ends:
        raise ValueError("dividends without end")
    end = min(ends) + timedelta(days=14)  # a dividend may be moved back from after the end
    dates = terms.dates(start, replace(cycle, long_stub=False) if cycle else None, end)[:-1]
    return [moved(terms.convention, day, "DV") for day in dates]


def held(case: Case) -> list[Row]:
    """COM and STK: bought, sold, and dividends between."""
    terms, sign = case.terms, case.terms.sign
    units = terms.number("quantity", 1.0)
    events = dividends(case) if terms.text("contractType") == "STK" else []
    events = [event for event in events if event is not forgone(terms, events)]
    known = next((event for event in sorted(events, key=lambda e: e.place) if event.time > terms.status), None)
    for name, kind in (("purchaseDate", "PRD"), ("terminationDate", "TD")):
        if terms.has(name):
            events.append(fixed(terms.need(name), kind))
    events += [fixed(seen.time, "AD") for seen in case.events if seen.kind == "AD"]
    rows: list[Row] = []
    for event in sorted(events, key=lambda e: e.place):
        if event.time <= terms.status:
            continue
        if event.kind == "PRD":
            rows.clear()
            payoff = -sign * units * terms.number("priceAtPurchaseDate")
        elif event.kind == "TD":
            payoff = sign * units * terms.number("priceAtTerminationDate")
        elif event.kind == "DV":
            payoff = sign * units * dividend(case, event, known=event is known)
        else:
            payoff = 0.0
        rows.append(row(event, payoff, terms.text("currency")))
        if event.kind == "TD":
            break
    return reported(rows, case.to)


def forgone(terms: Terms, events: list[Event]) -> Event | None:
    """The dividend a buyer does not get: the first from the ex-dividend date on, if bought on that date or later."""
    bought, ex = terms.date("purchaseDate"), terms.date("exDividendDate")
    if bought is None or ex is None or bought < ex:
        return None
    return next((event for event in sorted(events, key=lambda e: e.place) if event.scheduled >= ex), None)


def dividend(case: Case, event: Event, *, known: bool) -> float:
    """A dividend of one share: the next one if its amount is known, else as observed."""
    terms = case.terms
    if known and terms.has("nextDividendPaymentAmount"):
        return terms.number("nextDividendPaymentAmount")
    code = first_of(terms, "marketObjectCodeOfDividends", "marketObjectCodeOfDividendRate")
    return case.market.at(terms.text(code), event.scheduled)
