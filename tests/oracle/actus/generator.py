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
        points, day = [], start - DAY * self.dice.randint(100, 140)
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
        """An anchor: at the start, one period after it, or anywhere in its first period; at times before the start."""
        after = Cycle.of(cycle).after(start)
        if self.chance(0.06):
            return start - DAY * self.dice.randint(1, 100)
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
    if maker.chance(0.2):
        prepaid(maker, made, exchange, end)
    if maker.chance(0.1):
        terms["creditLineAmount"] = str(maker.number(100, 15000))
        for _ in range(maker.dice.randint(1, 3)):
            made.events.append({"time": maker.within(start, end), "type": "PD", "value": maker.number(0, 4000)})
    if maker.chance(0.1) and "marketObjectCodeOfRateReset" not in terms and terms["contractType"] != "LAX":
        late(maker, made, exchange, end)
    looked_at(maker, made, start, end, 0.05)
    traded(maker, made, start, end)


def prepaid(maker: Maker, made: Made, exchange: datetime, end: datetime) -> None:
    """Prepayments: on dates of a cycle as a share of what is owed, or as observed; with a penalty or without."""
    terms = made.terms
    terms["prepaymentEffect"] = maker.pick("A", "M", "N")
    if maker.chance(0.6):
        maker.dated(terms, "cycleOfOptionality", "cycleAnchorDateOfOptionality", exchange)
        if maker.chance(0.8):
            terms["objectCodeOfPrepaymentModel"] = "CPR"
            made.observed["CPR"] = maker.series(0, 0.2, min(exchange, datetime.fromisoformat(terms["statusDate"])))
    for _ in range(maker.dice.randint(0, 3)):
        made.events.append({"time": maker.within(exchange, end), "type": "PP", "value": maker.number(1, 2000)})
    if maker.chance(0.6):
        terms["penaltyType"] = maker.pick("O", "A", "N", "I")
        terms["penaltyRate"] = str(maker.number(1, 20) if terms["penaltyType"] == "A" else maker.rate())
        if terms["penaltyType"] == "I" and "marketObjectCodeOfRateReset" not in terms:
            terms["marketObjectCodeOfRateReset"] = "LIBOR"
            made.observed["LIBOR"] = maker.series(-0.01, 0.15, min(exchange, datetime.fromisoformat(terms["statusDate"])))


def late(maker: Maker, made: Made, exchange: datetime, end: datetime) -> None:
    """Lateness that begins and, most times, ends."""
    made.terms["delinquencyRate"] = str(maker.number(0.01, 0.1))
    if maker.chance(0.6):
        made.terms["gracePeriod"] = maker.pick("P10D", "P1M", "P0D", "P2W")
    first = datetime.fromisoformat(made.terms["statusDate"])
    for _ in range(maker.dice.randint(1, 4)):
        when = maker.within(max(exchange, first), end)
        performance = maker.pick("DL", "DQ", "DF", "PF", "PF", "MA")
        made.events.append({"time": when, "type": "CE", "value": 0.0, "contractPerformance": performance, "contractId": "c1"})


def traded(maker: Maker, made: Made, start: datetime, end: datetime) -> None:
    """A purchase, a sale after it, a horizon."""
    terms, first = made.terms, start
    if terms["contractType"] in ("LAM", "NAM", "ANN", "LAX") and not {"maturityDate", "amortizationDate"} & set(terms):
        return  # where the maturity is derived, a trade might come after it
    if maker.chance(0.2):
        first = maker.late(maker.within(start, end))
        terms |= {"purchaseDate": text(first), "priceAtPurchaseDate": str(maker.number(90, 5200))}
    first = max(first, datetime.fromisoformat(terms["statusDate"]))
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
    if "arrayRate" not in terms and spare.terms.get("penaltyType") != "I":
        spare.terms.pop("marketObjectCodeOfRateReset", None)
    spare.observed = spare.observed | made.observed
    return spare


def starts(maker: Maker, exchange: datetime, end: datetime, count: int) -> list[datetime]:
    """Where segments begin, in order."""
    days = {exchange + DAY * maker.dice.randint(0, (end - exchange).days - 2) for _ in range(count)}
    firsts = [day.replace(day=1) if day.replace(day=1) >= exchange and maker.chance(0.3) else day for day in sorted(days)]
    return sorted(set(firsts))


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
    if maker.chance(0.15):
        maker.dated(terms, "cycleOfFee", "cycleAnchorDateOfFee", exchange)
        terms |= {"feeBasis": maker.pick("A", "N"), "feeRate": "0.02"}
    for _ in range(maker.dice.randint(0, 4)):
        when = maker.within(max(exchange, datetime.fromisoformat(terms["statusDate"])), end)
        made.events.append({"time": when, "type": maker.pick("PR", "PI"), "value": maker.number(1, 3000)})
    if maker.chance(0.3):
        sold = maker.late(maker.within(max(exchange, datetime.fromisoformat(terms["statusDate"])), end))
        terms |= {"terminationDate": text(sold), "priceAtTerminationDate": str(maker.number(100, 5000))}
    return made


def csh(maker: Maker) -> Made:
    """CSH: looked at now and then."""
    terms, exchange, end = loan_base(maker, "CSH")
    for name in ("initialExchangeDate", "nominalInterestRate", "dayCountConvention", "premiumDiscountAtIED", "accruedInterest"):
        terms.pop(name, None)
    made = Made(terms, to=end if maker.chance(0.5) else None)
    looked_at(maker, made, exchange, end, 1.0)
    return made


def looked_at(maker: Maker, made: Made, start: datetime, end: datetime, share: float) -> None:
    """Moments at which the state is looked at."""
    if maker.chance(share):
        for _ in range(maker.dice.randint(1, 3)):
            made.events.append({"time": maker.within(start, end), "type": "AD", "value": 0.0})


def held(maker: Maker, kind: str) -> Made:
    """COM and STK: bought, sold, with dividends."""
    terms = maker.frame(kind)
    status = maker.day()
    bought = maker.late(status + DAY * maker.dice.randint(-30, 300))
    end = max(bought, status) + DAY * maker.dice.randint(30, 1500)
    terms |= {"statusDate": text(status), "contractDealDate": text(status)}
    made = Made(terms)
    if kind == "COM" or maker.chance(0.7):
        terms |= {"purchaseDate": text(bought), "priceAtPurchaseDate": str(maker.number(1, 2000))}
    if maker.chance(0.6):
        sold = maker.late(maker.within(max(bought, status), end))
        terms |= {"terminationDate": text(sold), "priceAtTerminationDate": str(maker.number(1, 2000))}
    if maker.chance(0.6):
        terms["quantity"] = str(maker.number(1, 20))
    if maker.chance(0.7) or "terminationDate" not in terms:
        made.to = end
    if kind == "STK" and maker.chance(0.8):
        cycle = maker.cycle()
        days, cycles = maker.pick(
            ("cycleAnchorDateOfDividendPayment", "cycleOfDividendPayment"), ("cycleAnchorDateOfDividend", "cycleOfDividend")
        )
        if maker.chance(0.8) or "purchaseDate" not in terms:
            terms[days] = text(maker.anchored(bought.replace(hour=0, minute=0, second=0), cycle))
        terms[cycles] = cycle
        terms[maker.pick("marketObjectCodeOfDividends", "marketObjectCodeOfDividendRate")] = "DIV"
        made.observed["DIV"] = maker.series(0, 50, min(bought, status) - 40 * DAY)
        if maker.chance(0.3) and "purchaseDate" in terms:
            terms["exDividendDate"] = text(bought.replace(hour=0, minute=0, second=0) + DAY * maker.dice.randint(-40, 20))
        if maker.chance(0.3):
            terms["nextDividendPaymentAmount"] = str(maker.number(1, 30))
    looked_at(maker, made, status, end, 0.1)
    return made


def derivative(maker: Maker, kind: str) -> Made:
    """OPTNS and FUTUR: bought, perhaps sold or exercised before, settled after a while."""
    terms = maker.frame(kind, maker.pick("BUY", "SEL"))
    status = maker.day()
    bought = maker.late(status + DAY * maker.dice.randint(-60, 60))
    end = maker.late(max(status, bought) + DAY * maker.dice.randint(10, 600))
    terms |= {
        "statusDate": text(status),
        "contractDealDate": text(status),
        "purchaseDate": text(bought),
        "priceAtPurchaseDate": str(maker.number(1, 50)),
        "maturityDate": text(end),
        "contractStructure": [{"object": {"marketObjectCode": "AAPL"}, "referenceType": "MOC", "referenceRole": "UDL"}],
        "settlementPeriod": maker.pick("P0D", "P3D", "P5D", "P1M", "P5DL0", "P1W"),
    }
    made = Made(terms, {"AAPL": maker.series(50, 150, min(status, bought) - 700 * DAY)})
    if maker.chance(0.7):
        terms["deliverySettlement"] = maker.pick("S", "D")
    if maker.chance(0.3):
        terms["quantity"] = str(maker.dice.randint(1, 9))
    if kind == "FUTUR":
        terms["futuresPrice"] = str(maker.number(50, 150))
        margined(maker, terms, bought)
    else:
        terms |= {"optionStrike1": str(maker.number(50, 150)), "optionType": maker.pick("C", "P", "CP")}
        if terms["optionType"] == "CP":
            terms["optionStrike2"] = str(maker.number(50, 150))
        terms["optionExerciseType"] = maker.pick("E", "E", "A", "B")
        exercisable(maker, made, status, end)
    if maker.chance(0.2):
        sold = maker.late(maker.within(max(status, bought), end))
        terms |= {"terminationDate": text(sold), "priceAtTerminationDate": str(maker.number(1, 50))}
    if maker.chance(0.15) and status < end:
        exercised = status - DAY * maker.dice.randint(0, 5)
        terms |= {"exerciseDate": text(exercised), "purchaseDate": text(exercised - DAY * maker.dice.randint(10, 90))}
        if maker.chance(0.7):
            terms["exerciseAmount"] = str(maker.number(0, 40))
        made.events.clear()
    if maker.chance(0.4):
        made.to = end + DAY * maker.dice.randint(-5, 40)
    looked_at(maker, made, status, end, 0.1)
    return made


def margined(maker: Maker, terms: dict[str, Any], bought: datetime) -> None:
    """Margins, with bounds or without."""
    if maker.chance(0.6):
        return
    if maker.chance(0.8):
        terms["initialMargin"] = str(maker.number(1, 30))
    terms["cycleOfMargining"] = maker.cycle()
    if maker.chance(0.7):
        terms["cycleAnchorDateOfMargining"] = text(maker.anchored(bought.replace(hour=0, minute=0, second=0), "P1M") + DAY)
    if maker.chance(0.4):
        terms["maintenanceMarginLowerBound"] = str(maker.number(0, 10))
        terms["maintenanceMarginUpperBound"] = str(maker.number(30, 60))
    if maker.chance(0.3):
        terms["variationMargin"] = str(maker.number(-20, 20))


def exercisable(maker: Maker, made: Made, status: datetime, end: datetime) -> None:
    """Exercises as observed, on dates of a Bermudan option or any."""
    terms = made.terms
    if terms["optionExerciseType"] == "E":
        return
    first = status + DAY * maker.dice.randint(1, 30)
    cycle = maker.cycle(stub=False) + "L1"
    if terms["optionExerciseType"] == "B" and maker.chance(0.7):
        terms |= {"cycleAnchorDateOfOptionality": text(first), "cycleOfOptionality": cycle}
    if maker.chance(0.3):
        terms["optionExerciseEndDate"] = text(maker.within(status, end))
    for _ in range(maker.dice.randint(0, 2)):
        when = Cycle.of(cycle).after(first, maker.dice.randint(0, 3)) if maker.chance(0.6) else maker.within(status, end)
        made.events.append({"time": when, "type": "XD", "value": 0.0})


def fxout(maker: Maker) -> Made:
    """FXOUT: delivered or settled in cash."""
    terms = maker.frame("FXOUT")
    status = maker.day()
    end = maker.late(status + DAY * maker.dice.randint(20, 900), 0.3)
    terms |= {
        "statusDate": text(status),
        "contractDealDate": text(status),
        "currency2": "EUR",
        "notionalPrincipal": str(maker.number(100, 5000)),
        "notionalPrincipal2": str(maker.number(100, 5000)),
        "maturityDate": text(end),
    }
    made = Made(terms)
    if maker.chance(0.5):
        terms |= {"deliverySettlement": "S", "settlementPeriod": maker.pick("P0D", "P1DL0", "P5DL0", "P1W", "P1M")}
        made.observed["EUR/USD"] = maker.series(0.8, 1.5, status)
    elif maker.chance(0.3):
        terms["deliverySettlement"] = "D"
    traded(maker, made, status, end)
    return made


def swppv(maker: Maker) -> Made:
    """SWPPV: fixed against floating."""
    terms, exchange, end = loan_base(maker, "SWPPV")
    terms.pop("premiumDiscountAtIED", None)
    terms["contractRole"] = maker.pick("RFL", "PFL", "RF", "PF")
    terms |= {"maturityDate": text(end), "nominalInterestRate2": str(maker.rate())}
    if terms["initialExchangeDate"] > terms["statusDate"]:
        terms.pop("accruedInterest", None)
    if "accruedInterest" in terms:
        terms["accruedInterest2"] = str(maker.number(0, 20))
    if maker.chance(0.8):
        terms["deliverySettlement"] = maker.pick("S", "D")
    made = Made(terms)
    start = min(exchange, datetime.fromisoformat(terms["statusDate"]))
    if maker.chance(0.93):
        maker.dated(terms, "cycleOfInterestPayment", "cycleAnchorDateOfInterestPayment", exchange)
        if terms.get("cycleAnchorDateOfInterestPayment", text(exchange)) < text(exchange):
            terms["cycleAnchorDateOfInterestPayment"] = text(exchange)
    resets(maker, made, exchange, start)
    traded(maker, made, start, end)
    return made


def swaps(maker: Maker) -> Made:
    """SWAPS: any two loans."""
    terms = maker.frame("SWAPS", maker.pick("RFL", "PFL"))
    status = maker.day()
    made = Made(terms | {"statusDate": text(status), "contractDealDate": text(status)})
    made.terms["deliverySettlement"] = maker.pick("S", "D")
    if made.terms["deliverySettlement"] == "D" and maker.chance(0.2):
        del made.terms["deliverySettlement"]
    parts = []
    for role in ("FIL", "SEL"):
        one = plain_loan(maker, maker.pick("PAM", "PAM", "LAM", "NAM", "ANN"), status, role)
        made.observed |= {f"{code}{role}": series for code, series in one.observed.items()}
        if "marketObjectCodeOfRateReset" in one.terms:
            one.terms["marketObjectCodeOfRateReset"] = f"LIBOR{role}"
        parts.append({"object": one.terms, "referenceType": "CNT", "referenceRole": role})
    made.terms["contractStructure"] = parts
    traded(maker, made, status, status + 700 * DAY)
    return made


def plain_loan(maker: Maker, kind: str, status: datetime, name: str) -> Made:
    """A loan that begins soon, as a leg of something else."""
    exchange = status + DAY * maker.dice.randint(1, 40)
    if maker.chance(0.5):
        exchange = exchange.replace(day=1)
    if exchange <= status:
        exchange = status + 7 * DAY
    end = exchange + DAY * maker.dice.randint(300, 1200)
    terms: dict[str, Any] = {
        "contractType": kind,
        "contractID": f"loan-{name}",
        "contractDealDate": text(status),
        "statusDate": text(status),
        "currency": "USD",
        "initialExchangeDate": text(exchange),
        "maturityDate": text(end),
        "notionalPrincipal": str(maker.number(1000, 5000)),
        "nominalInterestRate": str(maker.rate()),
        "dayCountConvention": maker.pick(*COUNTS),
    }
    made = Made(terms)
    cycle = maker.pick("P1M", "P3M", "P1Q", "P2M") + maker.pick("L0", "L1")
    first = text(maker.pick(exchange, Cycle.of(cycle).after(exchange)))
    terms |= {"cycleAnchorDateOfInterestPayment": first, "cycleOfInterestPayment": cycle}
    if kind != "PAM":
        terms |= {"cycleAnchorDateOfPrincipalRedemption": first, "cycleOfPrincipalRedemption": cycle}
        if kind == "NAM" or (kind == "LAM" and maker.chance(0.5)):
            terms["nextPrincipalRedemptionPayment"] = str(maker.number(50, 400))
    if maker.chance(0.4):
        resets(maker, made, exchange, status)
    return made


def capfl(maker: Maker) -> Made:
    """CAPFL: a cap, a floor or both on a loan with resets."""
    terms = maker.frame("CAPFL", maker.pick("BUY", "SEL"))
    status = maker.day()
    loan = plain_loan(maker, maker.pick("PAM", "PAM", "PAM", "LAM"), status, "u")
    made = Made(terms | {"statusDate": text(status), "contractDealDate": text(status)}, loan.observed)
    for name in ("cycleOfRateReset", "cycleAnchorDateOfRateReset"):
        loan.terms.pop(name, None)
    loan.terms |= {
        "cycleAnchorDateOfRateReset": loan.terms["cycleAnchorDateOfInterestPayment"],
        "cycleOfRateReset": loan.terms["cycleOfInterestPayment"],
        "marketObjectCodeOfRateReset": "LIBOR",
    }
    for name in ("lifeCap", "lifeFloor", "periodCap", "periodFloor", "nextResetRate"):
        loan.terms.pop(name, None)
    made.observed["LIBOR"] = maker.series(-0.01, 0.15, status)
    which = maker.pick("C", "F", "CF")
    if "C" in which:
        made.terms["lifeCap"] = str(maker.number(0.06, 0.1))
    if "F" in which:
        made.terms["lifeFloor"] = str(maker.number(0.0, 0.05))
    made.terms["contractStructure"] = [{"object": loan.terms, "referenceType": "CNT", "referenceRole": "UDL"}]
    traded(maker, made, status, status + 300 * DAY)
    return made


def enhancement(maker: Maker, kind: str) -> Made:
    """CEC and CEG: one to three covered loans, pieces of collateral, credit events of several kinds."""
    terms = maker.frame(kind, maker.pick("BUY", "SEL", "COL", "GUA", "OBL") if kind == "CEG" else maker.pick("BUY", "SEL", "COL"))
    status = maker.day()
    made = Made(terms | {"statusDate": text(status), "contractDealDate": text(status)})
    terms = made.terms
    parts, names = [], []
    for i in range(maker.dice.randint(1, 3)):
        one = plain_loan(maker, maker.pick("PAM", "LAM", "NAM", "ANN"), status, str(i))
        made.observed |= {f"{code}{i}": series for code, series in one.observed.items()}
        if "marketObjectCodeOfRateReset" in one.terms:
            one.terms["marketObjectCodeOfRateReset"] = f"LIBOR{i}"
        one.terms["contractRole"] = maker.pick("RPA", "RPA", "RPL")
        one.terms["marketObjectCode"] = f"BOND{i}"
        made.observed[f"BOND{i}"] = maker.series(500, 1500, status)
        if maker.chance(0.3):
            one.terms["quantity"] = str(maker.number(1, 3))
        names.append(one.terms["contractID"])
        parts.append({"object": one.terms, "referenceType": "CNT", "referenceRole": "COVE"})
    if kind == "CEC":
        for i in range(maker.dice.randint(1, 3)):
            parts.append({"object": piece(maker, made, status, i), "referenceType": "CNT", "referenceRole": "COVI"})
    terms["contractStructure"] = parts
    terms["settlementPeriod"] = maker.pick("P0D", "P5D", "P2W", "P1M")
    if maker.chance(0.7):
        terms["creditEventTypeCovered"] = maker.pick("DF", "DF", "DQ", "DL")
    if maker.chance(0.7):
        terms["coverageOfCreditEnhancement"] = maker.pick("0.5", "0.7", "1.0", "1.2")
    if maker.chance(0.7):
        terms["guaranteedExposure"] = maker.pick("NO", "NI", "MV")
    if kind == "CEG":
        terms |= {"purchaseDate": text(status + DAY), "priceAtPurchaseDate": str(maker.number(1, 100))}
        if maker.chance(0.4):
            terms["notionalPrincipal"] = str(maker.number(1000, 9000))
            terms["maturityDate"] = text(status + DAY * maker.dice.randint(200, 900))
        if "notionalPrincipal" in terms and maker.chance(0.6):
            terms |= {"feeBasis": maker.pick("A", "N"), "dayCountConvention": maker.pick(*COUNTS)}
            terms["feeRate"] = str(maker.number(1, 20) if terms["feeBasis"] == "A" else abs(maker.rate()) + 0.001)
            terms["cycleOfFee"] = maker.cycle()
            if maker.chance(0.6):
                terms["cycleAnchorDateOfFee"] = text(status + DAY * maker.dice.randint(10, 90))
    for _ in range(maker.dice.randint(0, 2)):
        made.events.append(
            {
                "time": status + DAY * maker.dice.randint(10, 700),
                "type": "CE",
                "value": 0.0,
                "contractId": maker.pick(*names, "another"),
                "contractPerformance": maker.pick("DF", "DF", "DQ", "DL"),
            }
        )
    if maker.chance(0.3):
        made.to = status + DAY * maker.dice.randint(200, 1300)
    return made


def piece(maker: Maker, made: Made, status: datetime, number: int) -> dict[str, Any]:
    """A piece of collateral: metal, a share, cash."""
    kind = maker.pick("COM", "COM", "STK", "CSH")
    terms: dict[str, Any] = {
        "contractType": kind,
        "contractID": f"piece-{number}",
        "statusDate": text(status),
        "contractDealDate": text(status),
        "currency": "USD",
        "contractRole": "RPA",
    }
    if kind == "CSH":
        terms["notionalPrincipal"] = str(maker.number(100, 3000))
        return terms | ({"haircut": "0.1"} if maker.chance(0.3) else {})
    if maker.chance(0.85):
        terms["marketObjectCode"] = f"GOLD{number}"
        made.observed[f"GOLD{number}"] = maker.series(100, 3000, status)
    else:
        terms["marketValueObserved"] = str(maker.number(100, 3000))
    if maker.chance(0.6):
        terms["quantity"] = str(maker.number(0.5, 4))
    if maker.chance(0.3):
        terms["haircut"] = str(maker.number(0, 1))
    return terms


MAKERS = {
    "PAM": pam,
    "LAM": lambda maker: amortiser(maker, "LAM"),
    "NAM": lambda maker: amortiser(maker, "NAM"),
    "ANN": lambda maker: amortiser(maker, "ANN"),
    "LAX": lax,
    "CLM": clm,
    "UMP": ump,
    "CSH": csh,
    "COM": lambda maker: held(maker, "COM"),
    "STK": lambda maker: held(maker, "STK"),
    "OPTNS": lambda maker: derivative(maker, "OPTNS"),
    "FUTUR": lambda maker: derivative(maker, "FUTUR"),
    "FXOUT": fxout,
    "SWPPV": swppv,
    "SWAPS": swaps,
    "CAPFL": capfl,
    "CEC": lambda maker: enhancement(maker, "CEC"),
    "CEG": lambda maker: enhancement(maker, "CEG"),
}


SINGLE = ("PAM", "LAM", "NAM", "ANN", "LAX", "CLM", "UMP", "COM", "STK", "OPTNS", "FUTUR")  # pay in one currency


def make(kind: str, seed: object) -> Made:
    """The contract of a type and a seed; some pay in another currency than their own."""
    maker = Maker(f"{kind} {seed}")
    made = MAKERS[kind](maker)
    if kind in SINGLE and maker.chance(0.05):
        made.terms |= {"currency": "BTC", "settlementCurrency": "USD"}
        code, low, high = maker.pick(("BTC/USD", 1000, 60000), ("USD/BTC", 0.00002, 0.001))
        made.observed[code] = maker.series(low, high, datetime(2009, 1, 1), 12000)
    return made
