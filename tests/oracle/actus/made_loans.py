"""Random loans: PAM, LAM, NAM, ANN, LAX, CLM, UMP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .dates import Cycle
from .maker import COUNTS, DAY, Made, Maker, text


def loan_base(maker: Maker, kind: str) -> tuple[dict[str, Any], datetime, datetime]:
    """Frame, notional, rate, day count, status date, initial exchange; and a maturity some periods later."""
    terms = maker.frame(kind)
    exchange = maker.day()
    ahead = maker.chance(0.7)
    status = exchange - DAY * maker.dice.randint(1, 40) if ahead else exchange + DAY * maker.dice.randint(0, 500)
    end = maker.late(exchange + DAY * maker.dice.randint(60, 1600))
    if maker.chance(0.4):
        end = end.replace(day=min(exchange.day, 28))
    if not ahead and maker.chance(0.4):  # looked at on a date of its cycles
        status = Cycle.of("P1M").after(exchange, maker.dice.randint(0, 15))
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
        if maker.chance(0.1):
            terms["feeRate"] = "0"
        if maker.chance(0.3):
            terms["feeAccrued"] = str(maker.number(0, 5))
    if maker.chance(0.2):
        scaled(maker, made, exchange, start)
    if maker.chance(0.2):
        prepaid(maker, made, exchange, end)
    if maker.chance(0.1):
        terms["creditLineAmount"] = str(maker.number(100, 15000))
        for _ in range(maker.dice.randint(1, 3)):
            made.events.append(
                {"time": maker.within(start, end + 4 * DAY), "type": "PD", "value": maker.number(0, 4000)}
            )
    if maker.chance(0.1) and "marketObjectCodeOfRateReset" not in terms and terms["contractType"] != "LAX":
        late(maker, made, exchange, end)
    looked_at(maker, made, start, end, 0.05)
    traded(maker, made, start, end)


def scaled(maker: Maker, made: Made, exchange: datetime, start: datetime) -> None:
    terms = made.terms
    maker.dated(terms, "cycleOfScalingIndex", "cycleAnchorDateOfScalingIndex", exchange)
    terms["scalingEffect"] = maker.pick("IOO", "INO", "ONO", "I00", "0N0", "IN0", "INM", "000", "I0M", "0NM")
    terms["marketObjectCodeOfScalingIndex"] = "CPI"
    terms["scalingIndexAtContractDealDate"] = "100"
    made.observed["CPI"] = maker.series(80, 150, start)
    if maker.chance(0.5):
        terms |= {"notionalScalingMultiplier": "1", "interestScalingMultiplier": maker.pick("1", "1.1")}


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
        when = maker.pick(maker.within(exchange - 3 * DAY, end + 5 * DAY), maker.within(end - 4 * DAY, end + 5 * DAY))
        made.events.append({"time": when, "type": "PP", "value": maker.number(1, 2000)})
    if maker.chance(0.6):
        terms["penaltyType"] = maker.pick("O", "A", "N", "I")
        terms["penaltyRate"] = str(maker.number(1, 20) if terms["penaltyType"] == "A" else maker.rate())
        if terms["penaltyType"] == "I" and "marketObjectCodeOfRateReset" not in terms:
            terms["marketObjectCodeOfRateReset"] = "LIBOR"
            made.observed["LIBOR"] = maker.series(
                -0.01, 0.15, min(exchange, datetime.fromisoformat(terms["statusDate"]))
            )


def late(maker: Maker, made: Made, exchange: datetime, end: datetime) -> None:
    """Lateness that begins and, most times, ends."""
    made.terms["delinquencyRate"] = str(maker.number(0.01, 0.1))
    if maker.chance(0.6):
        made.terms["gracePeriod"] = maker.pick("P10D", "P1M", "P0D", "P2W")
    first = datetime.fromisoformat(made.terms["statusDate"])
    for _ in range(maker.dice.randint(1, 4)):
        when = maker.within(max(exchange, first), end + 4 * DAY)
        performance = maker.pick("DL", "DQ", "DF", "PF", "PF", "MA")
        made.events.append(
            {"time": when, "type": "CE", "value": 0.0, "contractPerformance": performance, "contractId": "c1"}
        )


def traded(maker: Maker, made: Made, start: datetime, end: datetime) -> None:
    """A purchase, a sale after it, a horizon."""
    terms, first = made.terms, start
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
        maker.dated(made.terms, "cycleOfInterestPayment", "cycleAnchorDateOfInterestPayment", exchange, cycle)
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
            maker.dated(terms, "cycleOfInterestCalculationBase", "cycleAnchorDateOfInterestCalculationBase", exchange)
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
    terms["arrayNextPrincipalRedemptionPayment"] = [
        str(round(notional / maker.dice.randint(4, 40), 2)) for _ in principal
    ]
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
    firsts = [
        day.replace(day=1) if day.replace(day=1) >= exchange and maker.chance(0.3) else day for day in sorted(days)
    ]
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
    if maker.chance(0.2):
        prepaid(maker, made, exchange, end)
    if maker.chance(0.15):
        terms["creditLineAmount"] = str(maker.number(100, 15000))
        made.events.append({"time": maker.within(start, end), "type": "PD", "value": maker.number(0, 4000)})
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
    if maker.chance(0.15):
        scaled(maker, made, exchange, start)
    looked_at(maker, made, start, end, 0.1)
    return made


def looked_at(maker: Maker, made: Made, start: datetime, end: datetime, share: float) -> None:
    """Moments at which the state is looked at."""
    if maker.chance(share):
        for _ in range(maker.dice.randint(1, 3)):
            made.events.append({"time": maker.within(start, end), "type": "AD", "value": 0.0})
