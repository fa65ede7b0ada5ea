"""Swaps and what is written on rates: SWPPV, SWAPS, CAPFL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from . import loans
from .loan_dates import interest_dates, stretch
from .terms import RANK, Case, Event, Row, Terms, fixed, moved, reported, row

SILENT = ("RR", "RRF", "PRF", "IPCB", "SC", "IPCI")
RESET = ("cycleAnchorDateOfRateReset", "cycleOfRateReset")


# --- Fixed against floating ------------------------------------------------------------------------------------------------------


@dataclass
class Legs:
    """State of a plain swap: one notional, two interests."""

    since: datetime
    notional: float = 0.0
    rate: float = 0.0
    fixed: float = 0.0
    floating: float = 0.0


class PlainSwap:
    """SWPPV: a fixed rate received (RFL) or paid (PFL) against one that is reset."""

    def __init__(self, case: Case) -> None:
        self.case, self.terms, self.sign = case, case.terms, case.terms.sign
        self.end = self.terms.need("maturityDate")
        self.net = self.terms.text("deliverySettlement", "D") == "S"
        self.rates = self.terms.number("nominalInterestRate"), self.terms.number("nominalInterestRate2")
        self.events = self._plan()
        self.state = self._start()

    def _plan(self) -> list[Event]:
        terms, convention = self.terms, self.terms.convention
        events = [fixed(terms.need("initialExchangeDate"), "IED"), moved(convention, self.end, "MD")]
        for day in self._interest_dates():
            events += [moved(convention, day, kind) for kind in (("IP",) if self.net else ("IPFX", "IPFL"))]
        resets = [moved(convention, day, "RR") for day in stretch(terms, RESET, self.end) if day >= events[0].time]
        ahead = [event for event in resets if event.time > terms.status]
        if ahead and terms.has("nextResetRate"):
            ahead[0].kind = "RRF"
        events += resets
        for name, kind in (("purchaseDate", "PRD"), ("terminationDate", "TD")):
            if terms.has(name):
                events.append(fixed(terms.need(name), kind))
        events += [fixed(seen.time, "AD") for seen in self.case.events if seen.kind == "AD"]
        return sorted((event for event in events if event.time > terms.status), key=lambda event: event.place)

    def _interest_dates(self) -> list[datetime]:
        """Those of the life of the swap; a cycle may be anchored earlier."""
        first = self.terms.need("initialExchangeDate")
        return [day for day in interest_dates(self.terms, self.end) if day >= first]

    def _start(self) -> Legs:
        terms = self.terms
        state = Legs(terms.status)
        if terms.need("initialExchangeDate") > terms.status:
            return state
        state.notional, state.rate = self.sign * terms.number("notionalPrincipal"), self.rates[1]
        convention = terms.convention
        paid = [day for day in self._interest_dates() if convention.paid(day) <= terms.status]
        self._begin(state, convention.reckoned(paid[-1]) if paid else terms.status, terms.status)
        return state

    def _begin(self, state: Legs, start: datetime, end: datetime) -> None:
        """Interest accrued at a start: as told, else from an interest date before."""
        terms = self.terms
        span = terms.years(start, end, self.end)
        state.fixed, state.floating = span * state.notional * self.rates[0], span * state.notional * state.rate
        if terms.has("accruedInterest"):
            state.fixed = self.sign * terms.number("accruedInterest")
        if terms.has("accruedInterest2"):
            state.floating = self.sign * terms.number("accruedInterest2")

    def run(self) -> list[Row]:
        rows: list[Row] = []
        for event in self.events:
            payoff = self._pay(event)
            state = self.state
            accrued = state.fixed - (state.floating if self.net else 0.0)
            if event.kind == "PRD":
                rows.clear()
            rows.append(row(event, payoff, self.terms.text("currency"), state.notional, state.rate, accrued))
            if event.kind == "TD":
                break
        return reported(rows, self.case.to)

    def _pay(self, event: Event) -> float:
        terms, state = self.terms, self.state
        span = terms.years(state.since, event.reckoned, self.end)
        state.since = event.reckoned
        if event.kind == "IED":
            # The text sets both accrued amounts to 0 here, also where a cycle is anchored earlier (of a loan interest runs from there).
            state.notional, state.rate = self.sign * terms.number("notionalPrincipal"), self.rates[1]
            state.fixed = state.floating = 0.0
            return 0.0
        state.fixed += span * state.notional * self.rates[0]
        state.floating += span * state.notional * state.rate
        return self._settle(event)

    def _settle(self, event: Event) -> float:
        terms, state, payoff = self.terms, self.state, 0.0
        if event.kind == "IP":
            payoff, state.fixed, state.floating = state.fixed - state.floating, 0.0, 0.0
        elif event.kind == "IPFX":
            payoff, state.fixed = state.fixed, 0.0
        elif event.kind == "IPFL":
            payoff, state.floating = -state.floating, 0.0
        elif event.kind in ("RR", "RRF"):
            state.rate = self._reset(event)
        elif event.kind == "PRD":
            payoff = -self.sign * terms.number("priceAtPurchaseDate")
        elif event.kind == "TD":
            payoff = terms.number("priceAtTerminationDate")
        if event.kind in ("TD", "MD"):
            state.notional = state.fixed = state.floating = 0.0
        return payoff

    def _reset(self, event: Event) -> float:
        if event.kind == "RRF":
            return self.terms.number("nextResetRate")
        return reset(self.case, self.state.rate, event.scheduled)


def reset(case: Case, rate: float, when: datetime) -> float:
    """A rate after a reset: the observed one with multiplier and spread, its change and itself within their bounds."""
    terms = case.terms
    observed = case.market.at(terms.text("marketObjectCodeOfRateReset"), when)
    change = observed * terms.number("rateMultiplier", 1.0) + terms.number("rateSpread") - rate
    change = min(max(change, terms.number("periodFloor", -1e300)), terms.number("periodCap", 1e300))
    return min(max(rate + change, terms.number("lifeFloor", -1e300)), terms.number("lifeCap", 1e300))


def plain(case: Case) -> list[Row]:
    """The rows of a plain swap."""
    return PlainSwap(case).run()


# --- Two contracts against each other ----------------------------------------------------------------------------------------------


def leg(case: Case, role: str) -> dict[str, Any]:
    """The contract of one leg."""
    for part in case.terms.items("contractStructure"):
        if str(part["referenceRole"]).strip() == role:
            return dict(part["object"])
    raise ValueError(f"no leg {role}")


def leg_rows(case: Case, role: str, sign: float) -> list[Row]:
    inherited = {name: case.terms.raw[name] for name in ("statusDate", "currency") if case.terms.has(name)}
    raw = inherited | leg(case, role) | {"contractRole": "RPA" if sign > 0 else "RPL"}
    return loans.schedule(Case(Terms(raw), case.market, [], case.to))


def exchanged(case: Case) -> list[Row]:
    """SWAPS: the first leg received and the second paid (RFL), or the other way round (PFL); net where settled in cash."""
    terms, sign = case.terms, case.terms.sign
    legs = leg_rows(case, "FIL", sign), leg_rows(case, "SEL", -sign)
    rows = netted(*legs) if terms.text("deliverySettlement", "D") == "S" else legs[0] + legs[1]
    currency = terms.text("currency")
    rows += [row(fixed(seen.time, "AD"), 0.0, currency) for seen in case.events if seen.kind == "AD"]
    bought, sold = terms.date("purchaseDate"), terms.date("terminationDate")
    if bought is not None and bought > terms.status:
        rows = [line for line in rows if place(line) > (bought, RANK["PRD"])]
        rows.append(row(fixed(bought, "PRD"), terms.number("priceAtPurchaseDate"), currency))
    if sold is not None:
        rows = [line for line in rows if place(line) < (sold, RANK["TD"])]
        if sold > terms.status:
            rows.append(row(fixed(sold, "TD"), terms.number("priceAtTerminationDate"), currency))
    return reported(sorted(rows, key=place), case.to)


def place(line: Row) -> tuple[datetime, int]:
    return line["event_date"], RANK[line["event_type"]]


def netted(first: list[Row], second: list[Row]) -> list[Row]:
    """Payments of both legs of one moment and type as one; what pays nothing by its nature is told of each leg."""
    groups: dict[tuple[datetime, int], tuple[list[Row], list[Row]]] = {}
    for which, rows in enumerate((first, second)):
        for line in rows:
            groups.setdefault(place(line), ([], []))[which].append(line)
    result: list[Row] = []
    for ours, theirs in groups.values():
        if (ours + theirs)[0]["event_type"] in SILENT:
            result += ours + theirs
        else:
            result += [net([line for line in pair if line]) for pair in zip_longest(ours, theirs)]
    return result


def net(lines: list[Row]) -> Row:
    """One payment of two; the rate of two legs is none."""
    if len(lines) == 1:
        return lines[0]
    sums = ("payoff", "notional_principal", "accrued_interest")
    return lines[0] | {name: sum(line[name] for line in lines) for name in sums} | {"nominal_interest_rate": 0.0}


# --- Caps and floors ---------------------------------------------------------------------------------------------------------------


def capped(case: Case) -> list[Row]:
    """CAPFL: on each interest date of the underlying what its interest differs by from that of the same contract with cap and floor."""
    terms = case.terms
    free = leg(case, "UDL") | {"contractRole": "RPA"}
    inherited = {name: terms.raw[name] for name in ("statusDate", "currency") if terms.has(name)}
    bounds = {name: terms.raw[name] for name in ("lifeCap", "lifeFloor") if terms.has(name)}
    both = [loans.Loan(Case(Terms(inherited | free | more), case.market, [], case.to)) for more in ({}, bounds)]
    paid = [[line for line in loan.run() if line["event_type"] == "IP"] for loan in both]
    rows = [
        dict(a, payoff=terms.sign * abs(a["payoff"] - b["payoff"]), currency=terms.text("currency"))
        | {"notional_principal": 0.0, "nominal_interest_rate": 0.0, "accrued_interest": 0.0}
        for a, b in zip(*paid, strict=True)
    ]
    for name, kind, price in (
        ("purchaseDate", "PRD", "priceAtPurchaseDate"),
        ("terminationDate", "TD", "priceAtTerminationDate"),
    ):
        day = terms.date(name)
        if day is None or day <= terms.status:
            continue
        if kind == "PRD":
            rows = [line for line in rows if place(line) > (day, RANK["PRD"])]
        else:
            rows = [line for line in rows if place(line) < (day, RANK["TD"])]
        side = -terms.sign if kind == "PRD" else terms.sign
        rows.append(row(fixed(day, kind), side * terms.number(price), terms.text("currency")))
    return reported(sorted(rows, key=place), case.to)
