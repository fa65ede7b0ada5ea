"""Random contracts that are valid by the standard: terms, market data, outside events and a horizon, by seed."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from .dates import Cycle

DAY = timedelta(days=1)
COUNTS = ["A360", "A365", "30E360", "AA", "30E360ISDA", "28E336"]
CONVENTIONS = ["NOS", "SCF", "SCMF", "CSF", "CSMF", "SCP", "SCMP", "CSP", "CSMP"]
CALENDARS = ["NC", "MF", "MF", "TARGET", "FED"]


@dataclass
class Made:
    """One random contract, as `schedule` takes it."""

    terms: dict[str, Any]
    observed: dict[str, list[tuple[datetime, float]]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    to: datetime | None = None

    def arguments(self) -> dict[str, Any]:
        return {"terms": self.terms, "observed": self.observed, "events": self.events, "to": self.to}


def text(day: datetime) -> str:
    return day.isoformat()


class Maker:
    """Draws the parts contracts are made of."""

    def __init__(self, seed: object) -> None:
        self.dice = Random(str(seed))

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def pick(self, *choices: Any) -> Any:
        return self.dice.choice(choices)

    def day(self, first: int = 2011, last: int = 2026) -> datetime:
        """A day; ends of months, the 28th to the 31st and leap days come up more often than by chance."""
        year, month = self.dice.randint(first, last), self.dice.randint(1, 12)
        end = monthrange(year, month)[1]
        number = self.pick(1, 15, 28, 29, 30, 31, end, end, self.dice.randint(1, 28), self.dice.randint(1, 28))
        if self.chance(0.05):
            year, month, number = self.pick(2012, 2016, 2020, 2024), 2, 29
        return datetime(year, month, min(number, monthrange(year, month)[1]))

    def late(self, day: datetime, share: float = 0.1) -> datetime:
        """Now and then the last second of the day."""
        return day.replace(hour=23, minute=59, second=59) if self.chance(share) else day

    def within(self, first: datetime, last: datetime) -> datetime:
        span = (last - first).days
        return (first + DAY * self.dice.randint(1, max(span - 1, 1))).replace(hour=0, minute=0, second=0)

    def cycle(self, stub: bool = True) -> str:
        period = self.pick(
            "P1M", "P1M", "P2M", "P3M", "P3M", "P6M", "P1Q", "P2Q", "P1H", "P1Y", "P1W", "P2W", "P10D", "P27D", "P90D", "P5M"
        )
        return period + (self.pick("L0", "L1") if stub else "")

    def rate(self) -> float:
        return round(self.dice.uniform(-0.02, 0.2), self.pick(2, 4, 6))

    def number(self, low: float, high: float) -> float:
        return round(self.dice.uniform(low, high), 2)

    def series(self, low: float, high: float, start: datetime, days: int = 9000) -> list[tuple[datetime, float]]:
        """Observations at random steps of up to two months, from before `start`."""
        points, day = [], start - DAY * self.dice.randint(0, 30)
        end = start + DAY * days
        while day < end:
            points.append((day, round(self.dice.uniform(low, high), 10)))
            day += DAY * self.dice.randint(1, 60)
        return points

    def frame(self, kind: str, role: str | None = None) -> dict[str, Any]:
        """What every contract has: name, role, currency, calendar, conventions."""
        terms: dict[str, Any] = {"contractType": kind, "contractID": "c1", "currency": "USD"}
        terms["contractRole"] = role or self.pick("RPA", "RPA", "RPL", "LG", "ST")
        if self.chance(0.6):
            terms["calendar"] = self.pick(*CALENDARS)
            terms["businessDayConvention"] = self.pick(*CONVENTIONS)
        if self.chance(0.7):
            terms["endOfMonthConvention"] = self.pick("SD", "EOM")
        return terms

    def anchored(self, start: datetime, cycle: str) -> datetime:
        """An anchor: at the start, one period after it, or anywhere in its first period."""
        after = Cycle.of(cycle).after(start)
        return self.pick(start, after, after, self.within(start, after), self.day_near(after))

    def day_near(self, day: datetime) -> datetime:
        """The end of the month of a day."""
        return day.replace(day=monthrange(day.year, day.month)[1])

    def dated(self, terms: dict[str, Any], cycle_name: str, anchor_name: str, start: datetime, cycle: str | None = None) -> None:
        """A cycle with or without its anchor; at times the anchor alone."""
        cycle = cycle or self.cycle()
        if self.chance(0.85):
            terms[anchor_name] = text(self.anchored(start, cycle))
            if self.chance(0.05) and not (cycle_name == "cycleOfInterestPayment" and terms["contractType"] in ("NAM", "ANN")):
                return
        terms[cycle_name] = cycle


def loan_base(maker: Maker, kind: str) -> tuple[dict[str, Any], datetime, datetime]:
    """Frame, notional, rate, day count, status date, initial exchange; and a maturity some periods later."""
    terms = maker.frame(kind)
    exchange = maker.day()
    if maker.chance(0.7):
        status = exchange - DAY * maker.dice.randint(1, 40)
    else:
        status = exchange + DAY * maker.dice.randint(0, 500)
    end = maker.late(exchange + DAY * maker.dice.randint(60, 1600))
    if maker.chance(0.4):
        end = end.replace(day=min(exchange.day, 28))
    while end <= status:
        status -= DAY * maker.dice.randint(1, 200)
    terms |= {
        "statusDate": text(status),
        "contractDealDate": text(min(status, exchange)),
        "initialExchangeDate": text(exchange),
        "notionalPrincipal": str(maker.number(100, 10000)),
        "nominalInterestRate": str(maker.rate()),
        "dayCountConvention": maker.pick(*COUNTS),
    }
    if maker.chance(0.2):
        terms["premiumDiscountAtIED"] = str(maker.number(-50, 50))
    if maker.chance(0.15):
        terms["accruedInterest"] = str(maker.number(0, 20))
    return terms, exchange, end


def loan_extras(maker: Maker, made: Made, exchange: datetime, end: datetime) -> None:
    """Resets, fees, scaling, purchase, sale, horizon: each with some chance."""
    terms, start = made.terms, min(exchange, datetime.fromisoformat(made.terms["statusDate"]))
    if maker.chance(0.45):
        resets(maker, made, exchange, start)
    if maker.chance(0.25):
        maker.dated(terms, "cycleOfFee", "cycleAnchorDateOfFee", exchange)
        terms["feeBasis"] = maker.pick("A", "N")
        terms["feeRate"] = str(maker.number(1, 20) if terms["feeBasis"] == "A" else abs(maker.rate()) + 0.001)
        if maker.chance(0.3):
            terms["feeAccrued"] = str(maker.number(0, 5))
    if maker.chance(0.2):
        maker.dated(terms, "cycleOfScalingIndex", "cycleAnchorDateOfScalingIndex", exchange)
        terms["scalingEffect"] = maker.pick("IOO", "INO", "ONO", "I00", "0N0", "IN0", "INM", "000", "I0M", "0NM")
        terms["marketObjectCodeOfScalingIndex"] = "CPI"
        terms["scalingIndexAtContractDealDate"] = "100"
        made.observed["CPI"] = maker.series(80, 150, start)
        if maker.chance(0.5):
            terms |= {"notionalScalingMultiplier": "1", "interestScalingMultiplier": maker.pick("1", "1.1")}
    traded(maker, made, start, end)


def traded(maker: Maker, made: Made, start: datetime, end: datetime) -> None:
    """A purchase, a sale after it, a horizon."""
    terms, first = made.terms, start
    if maker.chance(0.2):
        first = maker.late(maker.within(start, end))
        terms |= {"purchaseDate": text(first), "priceAtPurchaseDate": str(maker.number(90, 5200))}
    if maker.chance(0.2) and first < end - 3 * DAY:
        sold = maker.late(maker.within(first + DAY, end))
        terms |= {"terminationDate": text(sold), "priceAtTerminationDate": str(maker.number(90, 5200))}
    if maker.chance(0.2):
        made.to = maker.within(start, end + 100 * DAY)


def resets(maker: Maker, made: Made, exchange: datetime, start: datetime) -> None:
    terms = made.terms
    maker.dated(terms, "cycleOfRateReset", "cycleAnchorDateOfRateReset", exchange)
    terms["marketObjectCodeOfRateReset"] = "LIBOR"
    made.observed["LIBOR"] = maker.series(-0.01, 0.15, start)
    optional = {
        "rateSpread": lambda: maker.number(-0.02, 0.1),
        "rateMultiplier": lambda: maker.number(-1, 2),
        "lifeCap": lambda: maker.number(0.08, 0.15),
        "lifeFloor": lambda: maker.number(-0.01, 0.05),
        "periodCap": lambda: maker.number(0.0, 0.04),
        "periodFloor": lambda: -maker.number(0.0, 0.04),
        "nextResetRate": maker.rate,
    }
    for name, draw in optional.items():
        if maker.chance(0.25):
            terms[name] = str(draw())
    if maker.chance(0.3):
        terms["fixingDays"] = maker.pick("P0D", "P2D")


def interest(maker: Maker, made: Made, exchange: datetime, end: datetime, cycle: str | None = None) -> None:
    if maker.chance(0.92):
        maker.dated(
            made.terms, "cycleOfInterestPayment", "cycleAnchorDateOfInterestPayment", exchange, cycle
        )
    if maker.chance(0.2):
        made.terms["capitalizationEndDate"] = text(maker.within(exchange, end))


def pam(maker: Maker) -> Made:
    terms, exchange, end = loan_base(maker, "PAM")
    made = Made(terms | {"maturityDate": text(end)})
    interest(maker, made, exchange, end)
    loan_extras(maker, made, exchange, end)
    return made


def amortiser(maker: Maker, kind: str) -> Made:
    """LAM, NAM, ANN: redemptions, mostly on the dates of interest."""
    terms, exchange, end = loan_base(maker, kind)
    made = Made(terms)
    cycle = maker.cycle()
    maker.dated(terms, "cycleOfPrincipalRedemption", "cycleAnchorDateOfPrincipalRedemption", exchange, cycle)
    if maker.chance(0.75):
        for name in ("cycleAnchorDateOf{}", "cycleOf{}"):
            value = terms.get(name.format("PrincipalRedemption"))
            if value:
                terms[name.format("InterestPayment")] = value
        if maker.chance(0.2):
            terms["capitalizationEndDate"] = text(maker.within(exchange, end))
    else:
        interest(maker, made, exchange, end, cycle if maker.chance(0.5) else None)
    ends(maker, made, kind, exchange, end)
    if maker.chance(0.35):
        basis = maker.pick("NT", "NTIED", "NTL")
        terms["interestCalculationBase"] = basis
        if basis != "NT" and maker.chance(0.7):
            terms["interestCalculationBaseAmount"] = str(maker.number(100, 10000))
        if basis == "NTL":
            maker.dated(
                terms, "cycleOfInterestCalculationBase", "cycleAnchorDateOfInterestCalculationBase", exchange
            )
    loan_extras(maker, made, exchange, end)
    return made


def ends(maker: Maker, made: Made, kind: str, exchange: datetime, end: datetime) -> None:
    """Payment, maturity, amortisation date: which of them are given."""
    terms = made.terms
    notional, rate = float(terms["notionalPrincipal"]), float(terms["nominalInterestRate"])
    payment = str(round(notional / maker.dice.randint(3, 30) + notional * max(rate, 0) * maker.pick(0, 0.1, 1), 2))
    derived = "cycleOfPrincipalRedemption" in terms and maker.chance(0.3)
    if kind == "LAM":
        if derived or maker.chance(0.6):
            terms["nextPrincipalRedemptionPayment"] = payment
        if not derived:
            terms["maturityDate"] = text(end)
    elif kind == "NAM":
        if derived:
            payment = str(round(float(payment) + notional * max(rate, 0), 2))
        terms["nextPrincipalRedemptionPayment"] = payment
        if not derived:
            terms["maturityDate"] = text(end)
    else:
        if derived:
            payment = str(round(float(payment) + notional * max(rate, 0), 2))
        if derived or maker.chance(0.3):
            terms["nextPrincipalRedemptionPayment"] = payment
        if not derived or maker.chance(0.3):
            which = maker.pick("M", "A", "MA")
            if "M" in which:
                terms["maturityDate"] = text(end)
            if "A" in which:
                later = end + DAY * maker.dice.randint(1, 400) if which == "MA" else end
                terms["amortizationDate"] = text(later)


def lax(maker: Maker) -> Made:
    """LAX: a few segments, each of principal, interest and rates by itself."""
    terms, exchange, end = loan_base(maker, "LAX")
    status = datetime.fromisoformat(terms["statusDate"])
    made = Made(terms)
    count = maker.dice.randint(1, 4)
    stop = end
    principal = starts(maker, exchange, stop, count)
    draws = [maker.chance(0.25) for _ in principal]
    if maker.chance(0.3):
        draws[-1] = False
    else:
        terms["maturityDate"] = text(end)
    notional = float(terms["notionalPrincipal"])
    terms["arrayCycleAnchorDateOfPrincipalRedemption"] = [text(day) for day in principal]
    terms["arrayCycleOfPrincipalRedemption"] = [maker.cycle() for _ in principal]
    terms["arrayNextPrincipalRedemptionPayment"] = [str(round(notional / maker.dice.randint(4, 40), 2)) for _ in principal]
    terms["arrayIncreaseDecrease"] = ["INC" if draw else "DEC" for draw in draws]
    if maker.chance(0.9):
        days = principal if maker.chance(0.5) else starts(maker, exchange, stop, maker.dice.randint(1, 3))
        terms["arrayCycleAnchorDateOfInterestPayment"] = [text(day) for day in days]
        terms["arrayCycleOfInterestPayment"] = [maker.cycle() for _ in days]
    if maker.chance(0.5):
        days = starts(maker, exchange, stop, maker.dice.randint(1, 3))
        terms["arrayCycleAnchorDateOfRateReset"] = [text(day) for day in days]
        if maker.chance(0.7):
            terms["arrayCycleOfRateReset"] = [maker.cycle() for _ in days]
        terms["arrayRate"] = [str(maker.rate()) for _ in days]
        terms["arrayFixedVariable"] = [maker.pick("F", "V", "FIX", "VAR") for _ in days]
        terms["marketObjectCodeOfRateReset"] = "LIBOR"
        made.observed["LIBOR"] = maker.series(-0.01, 0.15, min(status, exchange))
        for name in ("rateSpread", "rateMultiplier"):
            if maker.chance(0.2):
                terms[name] = str(maker.number(0, 2) if name == "rateMultiplier" else maker.number(0, 0.1))
    if count == 1 and maker.chance(0.5):
        for name in list(terms):
            if name.startswith("array") and len(terms[name]) == 1:
                terms[name] = terms[name][0]
    spare = Made(dict(terms))
    loan_extras(maker, spare, exchange, end)
    for name in ("cycleOfRateReset", "cycleAnchorDateOfRateReset", "nextResetRate"):
        spare.terms.pop(name, None)
    if "arrayRate" not in terms:
        spare.terms.pop("marketObjectCodeOfRateReset", None)
    spare.observed = spare.observed | made.observed
    return spare


def starts(maker: Maker, exchange: datetime, end: datetime, count: int) -> list[datetime]:
    """Where segments begin, in order."""
    days = {exchange + DAY * maker.dice.randint(0, (end - exchange).days - 2) for _ in range(count)}
    return sorted({day.replace(day=1) if day.replace(day=1) >= exchange and maker.chance(0.3) else day for day in days})


def clm(maker: Maker) -> Made:
    """CLM: with maturity or without, called or not."""
    terms, exchange, end = loan_base(maker, "CLM")
    made = Made(terms)
    start = min(exchange, datetime.fromisoformat(terms["statusDate"]))
    terms["xDayNotice"] = maker.pick("P0D", "P31D", "P1M", "P2W", "P1DL0", "P9M")
    if maker.chance(0.8):
        maker.dated(terms, "cycleOfInterestPayment", "cycleAnchorDateOfInterestPayment", exchange)
    if maker.chance(0.4):
        resets(maker, made, exchange, start)
    if maker.chance(0.6):
        terms["maturityDate"] = text(end)
    if maker.chance(0.5):
        called = maker.within(max(exchange, datetime.fromisoformat(terms["statusDate"])), end + 30 * DAY)
        made.events.append({"time": called, "type": "XD", "value": 0.0})
    made.to = end if maker.chance(0.6) or "maturityDate" not in terms else None
    if maker.chance(0.15):
        maker.dated(terms, "cycleOfFee", "cycleAnchorDateOfFee", exchange)
        terms |= {"feeBasis": maker.pick("A", "N"), "feeRate": "0.02"}
    return made


def ump(maker: Maker) -> Made:
    """UMP: paid in and out as observed."""
    terms, exchange, end = loan_base(maker, "UMP")
    made = Made(terms, to=end)
    start = min(exchange, datetime.fromisoformat(terms["statusDate"]))
    if maker.chance(0.85):
        maker.dated(terms, "cycleOfInterestPayment", "cycleAnchorDateOfInterestPayment", exchange)
    if maker.chance(0.3):
        resets(maker, made, exchange, start)
    for _ in range(maker.dice.randint(0, 4)):
        when = maker.within(max(exchange, datetime.fromisoformat(terms["statusDate"])), end)
        made.events.append({"time": when, "type": maker.pick("PR", "PI"), "value": maker.number(1, 3000)})
    if maker.chance(0.3):
        sold = maker.late(maker.within(max(exchange, start), end))
        terms |= {"terminationDate": text(sold), "priceAtTerminationDate": str(maker.number(100, 5000))}
    return made


MAKERS = {
    "PAM": pam,
    "LAM": lambda maker: amortiser(maker, "LAM"),
    "NAM": lambda maker: amortiser(maker, "NAM"),
    "ANN": lambda maker: amortiser(maker, "ANN"),
    "LAX": lax,
    "CLM": clm,
    "UMP": ump,
}


def make(kind: str, seed: object) -> Made:
    """The contract of a type and a seed."""
    return MAKERS[kind](Maker(f"{kind} {seed}"))
