"""Credit enhancement: CEC (collateral) and CEG (guarantee) of other contracts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import loan_dates, loans
from .exercised import settlement
from .terms import Case, Event, Observed, Row, Terms, fixed, moved, reported, row


def legs(case: Case, role: str) -> list[dict[str, Any]]:
    """The objects of the legs of one role."""
    return [
        dict(part["object"])
        for part in case.terms.items("contractStructure")
        if str(part["referenceRole"]).strip() == role and isinstance(part["object"], dict)
    ]


def covered(case: Case) -> list[Case]:
    """The covered contracts that are told with their terms, from the lender's side."""
    return [
        Case(Terms(thing | {"contractRole": "RPA"}), case.market, [], None)
        for thing in legs(case, "COVE")
        if "contractType" in thing
    ]


def names(case: Case) -> set[str]:
    """The covered contracts' names."""
    keys = ("contractID", "contractIdentifier")
    return {str(thing[key]).strip() for thing in legs(case, "COVE") for key in keys if key in thing}


def exposure(case: Case, when: datetime) -> float:
    """What is covered: a notional of its own, else what all covered contracts owe, as `guaranteedExposure` counts it."""
    counted = case.terms.text("guaranteedExposure", "NO")
    if case.terms.has("notionalPrincipal"):
        return case.terms.number("notionalPrincipal")
    total = 0.0
    for one in covered(case):
        if counted == "MV":
            total += price(case, one.terms, when) * one.terms.number("quantity", 1.0)
            continue
        principal, interest = loans.exposure(one, when)
        total += principal + (interest if counted == "NI" else 0.0)
    return total


def price(case: Case, thing: Terms, when: datetime) -> float:
    """What one unit is worth: cash its notional, anything else as observed, on the status date if not later."""
    if thing.text("contractType") == "CSH":
        return thing.number("notionalPrincipal")
    if thing.has("marketObjectCode"):
        return case.market.at(thing.text("marketObjectCode"), when)
    return thing.number("marketValueObserved")


def collateral(case: Case, when: datetime) -> float:
    """What the pieces of collateral are worth, less what of them does not count."""
    total = 0.0
    for thing in legs(case, "COVI"):
        piece = Terms(thing)
        total += price(case, piece, when) * piece.number("quantity", 1.0) * (1 - piece.number("haircut"))
    return total


def maturity(case: Case) -> datetime:
    """The last maturity covered, unless the enhancement has its own."""
    given = case.terms.date("maturityDate")
    return given or max(loan_dates.maturity(one.terms) for one in covered(case))


def claim(case: Case, end: datetime) -> Observed | None:
    """The first credit event of the covered kind on a covered contract, until maturity."""
    terms = case.terms
    kind, ids = terms.text("creditEventTypeCovered", "DF"), names(case)
    return next(
        (
            seen
            for seen in case.events
            if seen.kind == "CE"
            and seen.contract in ids
            and seen.performance == kind
            and terms.status < seen.time <= end
        ),
        None,
    )


def fee_dates(case: Case) -> list[datetime]:
    """Dates of a guarantee's fees, maturity included; without anchor from one period after the purchase."""
    terms = case.terms
    start, cycle = terms.date("cycleAnchorDateOfFee"), terms.cycle("cycleOfFee")
    if start is None and cycle is not None:
        start = cycle.after(terms.need("purchaseDate"))
    return [] if start is None else terms.dates(start, cycle, maturity(case))


def fee_part(case: Case, hit: Observed) -> float:
    """The part of an absolute fee since the last one; before the first there is none. The text reckons from event to event, so that dates
    count as moved where SC has amounts calculated there."""
    terms, dates = case.terms, [case.terms.convention.reckoned(day) for day in fee_dates(case)]
    before = [day for day in dates if day < hit.time]
    after = [day for day in dates if day >= hit.time]
    if not before or not after or terms.text("feeBasis") == "N" or terms.text("contractType") != "CEG":
        return 0.0
    return terms.sign * terms.number("feeRate") * terms.years(before[-1], hit.time) / terms.years(before[-1], after[0])


def fee_before(case: Case, notional: float) -> float:
    """The fee accrued on the status date: as told, else on what is covered since the last fee."""
    terms = case.terms
    if terms.has("feeAccrued") or terms.text("feeBasis") != "N":
        return terms.sign * terms.number("feeAccrued")
    paid = [day for day in fee_dates(case) if terms.convention.paid(day) <= terms.status]
    since = terms.convention.reckoned(paid[-1]) if paid else terms.status
    return terms.years(since, terms.status) * notional * terms.number("feeRate")


def plan(case: Case) -> list[Event]:
    terms = case.terms
    end = maturity(case)
    hit = claim(case, end)
    events = [fixed(seen.time, "AD") for seen in case.events if seen.kind == "AD"]
    for name, kind in (("purchaseDate", "PRD"), ("terminationDate", "TD")):
        if terms.has(name):
            events.append(fixed(terms.need(name), kind))
    if hit is None:
        events.append(moved(terms.convention, end, "MD"))
    else:
        events += [fixed(hit.time, "XD"), settlement(case, hit.time)]
    if terms.text("contractType") == "CEG" and terms.number("feeRate"):
        fees = [moved(terms.convention, day, "FP") for day in fee_dates(case)]
        events += [fee for fee in fees if hit is None or fee.reckoned < hit.time]
    return sorted((event for event in events if event.time > terms.status), key=lambda event: event.place)


def enhanced(case: Case) -> list[Row]:
    """CEC and CEG: no claim and an end, or a claim and its settlement."""
    terms, sign = case.terms, case.terms.sign
    cover = terms.number("coverageOfCreditEnhancement", 1.0)
    guarantee = terms.text("contractType") == "CEG"
    hit = claim(case, maturity(case))
    owed = sign * cover * exposure(case, hit.time) if hit else 0.0
    due = owed if guarantee or not hit else sign * min(abs(owed), collateral(case, hit.time))
    notional, amount, date = 0.0, 0.0, None
    rows: list[Row] = []
    bought = terms.date("purchaseDate")
    begun = guarantee and (bought is None or bought <= terms.status)
    if begun:
        notional = sign * cover * exposure(case, terms.status)
    fee, since = fee_before(case, notional), terms.status
    settled = False
    for event in plan(case):
        payoff = 0.0
        if terms.text("feeBasis") == "N":
            # STD pays Xa + Feac of the claim: XD is the last event that adds to Feac. A fee due before may be paid after it.
            until = event.reckoned
            if hit and (event.kind == "STD" or until > hit.time):
                until = hit.time
            fee += terms.years(since, until) * notional * terms.number("feeRate")
            since = until
        if event.kind == "FP":
            payoff, fee = (fee if terms.text("feeBasis") == "N" else sign * terms.number("feeRate")), 0.0
        elif event.kind == "PRD":
            rows.clear()
            payoff = -sign * terms.number("priceAtPurchaseDate")
            notional = sign * cover * exposure(case, event.time)
        elif event.kind == "TD":
            payoff, notional = sign * terms.number("priceAtTerminationDate"), 0.0
        elif hit and event.kind in ("XD", "STD"):  # a settlement moved back to a business day may come first
            notional, amount, date = owed, due, hit.time
        if hit and event.kind == "STD":
            payoff, notional, settled = amount + fee + fee_part(case, hit), 0.0, True
        elif event.kind == "MD":
            notional = 0.0
        line = row(event, payoff, terms.text("currency"), notional)
        rows.append(line | {"exercise_amount": amount, "exercise_date": date})
        if settled:
            notional = 0.0  # a claim told after its settlement covers nothing any more
        if event.kind == "TD":
            break
    return reported(rows, case.to)
