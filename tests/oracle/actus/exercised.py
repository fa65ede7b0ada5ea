"""What is exercised and settled: OPTNS, FUTUR, FXOUT."""

from __future__ import annotations

from datetime import datetime

from .terms import Case, Event, Row, fixed, moved, reported, row


def worth(case: Case, price: float) -> float:
    """What an exercise comes to at a price of the underlying."""
    terms = case.terms
    if terms.text("contractType") == "FUTUR":
        return price - terms.number("futuresPrice")
    kind, strike = terms.text("optionType"), terms.number("optionStrike1")
    call, put = max(price - strike, 0.0), max(strike - price, 0.0)
    if kind == "CP":
        return call + max(terms.number("optionStrike2", strike) - price, 0.0)
    return call if kind == "C" else put


def underlying(case: Case) -> str:
    """The market object of the leg that is the underlying."""
    for leg in case.terms.items("contractStructure"):
        if leg.get("referenceRole") == "UDL":
            thing = leg["object"]
            return str(thing if isinstance(thing, str) else thing["marketObjectCode"]).strip()
    raise ValueError("no underlying")


def exercise(case: Case) -> tuple[Event, list[datetime]] | None:
    """An exercise before maturity as observed: of a Bermudan only on its dates, of an American at any time."""
    terms = case.terms
    if terms.text("contractType") != "OPTNS" or terms.text("optionExerciseType", "E") == "E":
        return None
    last = terms.date("optionExerciseEndDate") or terms.need("maturityDate")
    allowed: list[datetime] = []
    if terms.text("optionExerciseType") == "B" and (
        terms.has("cycleOfOptionality") or terms.has("cycleAnchorDateOfOptionality")
    ):
        start, cycle = terms.date("cycleAnchorDateOfOptionality"), terms.cycle("cycleOfOptionality")
        if start is None and cycle is not None:
            start = cycle.after(terms.date("purchaseDate") or terms.status)
        allowed = terms.dates(start, cycle, terms.need("maturityDate"))
    for seen in case.events:
        if seen.kind != "XD" or not terms.status < seen.time <= min(last, terms.need("maturityDate")):
            continue
        if not allowed or seen.time in allowed:
            return fixed(seen.time, "XD"), allowed
    return None


def settlement(case: Case, day: datetime) -> Event:
    """The settlement, moved to a business day."""
    period = case.terms.cycle("settlementPeriod")
    return moved(case.terms.convention, period.after(day) if period else day, "STD")


def plan(case: Case) -> list[Event]:
    terms = case.terms
    events: list[Event] = []
    for name, kind in (("purchaseDate", "PRD"), ("terminationDate", "TD")):
        if terms.has(name):
            events.append(fixed(terms.need(name), kind))
    events += [fixed(seen.time, "AD") for seen in case.events if seen.kind == "AD"]
    events += margining(case)
    exercised = terms.date("exerciseDate")
    early = exercise(case)
    if exercised is not None and exercised <= terms.status:
        events.append(settlement(case, exercised))
    elif early is not None:
        events += [early[0], settlement(case, early[0].time)]
    else:
        end = terms.need("maturityDate")
        at_end = moved(terms.convention, end, "MD")
        events += [at_end, moved(terms.convention, end, "XD"), settlement(case, end)]
    return sorted((event for event in events if event.time > terms.status), key=lambda event: event.place)


def margining(case: Case) -> list[Event]:
    """Margins of a future: the first one on the day of purchase, else of the deal, then on the dates of their cycle."""
    terms = case.terms
    start = terms.date("purchaseDate") or terms.date("contractDealDate")
    exercised = terms.date("exerciseDate")
    if terms.text("contractType") != "FUTUR" or start is None:
        return []
    events = [fixed(start, "MR", note="initial")] if terms.has("initialMargin") else []
    cycle, first = terms.cycle("cycleOfMargining"), terms.date("cycleAnchorDateOfMargining")
    if first is None and cycle is not None:
        first = cycle.after(start)
    if first is not None and not (exercised is not None and exercised <= terms.status):
        calls = [
            moved(terms.convention, day, "MR") for day in terms.dates(first, cycle, terms.need("maturityDate"))[:-1]
        ]
        events += [event for event in calls if event.scheduled > start and event.time >= start]
    return events


class Margin:
    """The margin account of a future: what was posted and what of its value was settled."""

    def __init__(self, case: Case) -> None:
        self.case, self.terms = case, case.terms
        margined = self.terms.text("contractType") == "FUTUR"  # the terms of a margin are a future's
        self.posted = self.terms.number("initialMargin") if margined else 0.0
        self.settled = self.terms.number("variationMargin") if margined else 0.0

    def call(self, event: Event) -> float:
        """What a look at the account pays: nothing within its bounds, else all that is not settled."""
        if event.note == "initial":
            return -self.posted
        units = self.terms.number("quantity", 1.0)
        price = self.case.market.at(underlying(self.case), event.scheduled)
        open_value = self.terms.sign * units * worth(self.case, price) - self.settled
        low, high = (
            self.terms.optional("maintenanceMarginLowerBound"),
            self.terms.optional("maintenanceMarginUpperBound"),
        )
        bounded = low is not None or high is not None
        account = self.posted + open_value
        if bounded and (low is None or account >= low) and (high is None or account <= high):
            return 0.0
        self.settled += open_value
        return open_value


def derivative(case: Case) -> list[Row]:
    """OPTNS and FUTUR: bought, perhaps sold, exercised and settled."""
    terms, sign, units = case.terms, case.terms.sign, case.terms.number("quantity", 1.0)
    date, amount = terms.date("exerciseDate"), terms.number("exerciseAmount")
    if date is not None and date > terms.status:
        date = None
    elif date is not None and not terms.has("exerciseAmount"):
        amount = units * worth(case, case.market.at(underlying(case), date))
    settled, margin, early = date is not None, Margin(case), exercise(case)
    shown = amount if settled else 0.0
    rows: list[Row] = []
    for event in plan(case):
        payoff = 0.0
        if event.kind == "STD" and early and date is None:  # moved back to a business day before the exercise
            amount, date = units * worth(case, case.market.at(underlying(case), early[0].time)), early[0].time
        if event.kind == "PRD":
            rows.clear()
            payoff = -sign * terms.number("priceAtPurchaseDate")
        elif event.kind == "TD":
            payoff = sign * terms.number("priceAtTerminationDate") + margin.posted
        elif event.kind == "MR":
            payoff = margin.call(event)
        elif event.kind in ("MD", "XD"):
            amount = units * worth(case, case.market.at(underlying(case), event.scheduled))
            if amount or terms.text("contractType") == "FUTUR" or early:
                date = event.time
            shown = amount if event.kind == "XD" else 0.0
        elif event.kind == "STD":
            payoff, shown = sign * amount - margin.settled + margin.posted, 0.0
        line = row(event, payoff, terms.text("currency"))
        known = None if early and event.kind != "STD" and event.place < early[0].place else date
        rows.append(line | {"exercise_amount": shown, "exercise_date": known})
        if event.kind == "TD":
            break
    return reported(rows, case.to)


def exchange(case: Case) -> list[Row]:
    """FXOUT: two currencies against each other, by delivery or net in cash."""
    terms, sign = case.terms, case.terms.sign
    first, second = terms.text("currency"), terms.text("currency2")
    end = terms.need("maturityDate")
    amounts = terms.number("notionalPrincipal"), terms.number("notionalPrincipal2")
    lines: list[tuple[Event, float, str]] = []
    if terms.has("purchaseDate"):
        lines.append((fixed(terms.need("purchaseDate"), "PRD"), -sign * terms.number("priceAtPurchaseDate"), first))
    if terms.has("terminationDate"):
        lines.append((fixed(terms.need("terminationDate"), "TD"), terms.number("priceAtTerminationDate"), first))
    if terms.text("deliverySettlement", "D") == "S":
        if not (terms.has("terminationDate") and terms.need("terminationDate") < end):
            rate = case.market.at(f"{second}/{first}", end)
            lines.append((settlement(case, end), sign * (amounts[0] - rate * amounts[1]), first))
    else:
        at_end = moved(terms.convention, end, "MD")
        lines += [(at_end, sign * amounts[0], first), (at_end, -sign * amounts[1], second)]
    lines += [(fixed(seen.time, "AD"), 0.0, first) for seen in case.events if seen.kind == "AD"]
    rows: list[Row] = []
    for event, payoff, currency in sorted(lines, key=lambda line: line[0].place):
        if event.time <= terms.status:
            continue
        if event.kind == "PRD":
            rows.clear()
        rows.append(row(event, payoff, currency))
        if event.kind == "TD":
            break
    return reported(rows, case.to)
