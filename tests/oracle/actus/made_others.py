"""Random contracts that are no loans, or consist of loans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .dates import Cycle
from .made_loans import loan_base, looked_at, resets, traded
from .maker import CONVENTIONS, COUNTS, DAY, Made, Maker, text


def csh(maker: Maker) -> Made:
    """CSH: looked at now and then."""
    terms, exchange, end = loan_base(maker, "CSH")
    for name in (
        "initialExchangeDate",
        "nominalInterestRate",
        "dayCountConvention",
        "premiumDiscountAtIED",
        "accruedInterest",
    ):
        terms.pop(name, None)
    made = Made(terms, to=end if maker.chance(0.5) else None)
    looked_at(maker, made, exchange, end, 1.0)
    return made


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
            ("cycleAnchorDateOfDividendPayment", "cycleOfDividendPayment"),
            ("cycleAnchorDateOfDividend", "cycleOfDividend"),
        )
        if maker.chance(0.8) or "purchaseDate" not in terms:
            terms[days] = text(maker.anchored(bought.replace(hour=0, minute=0, second=0), cycle))
        terms[cycles] = cycle
        terms[maker.pick("marketObjectCodeOfDividends", "marketObjectCodeOfDividendRate")] = "DIV"
        made.observed["DIV"] = maker.series(0, 50, min(bought, status) - 40 * DAY)
        if maker.chance(0.3) and "purchaseDate" in terms:
            terms["exDividendDate"] = text(
                bought.replace(hour=0, minute=0, second=0) + DAY * maker.dice.randint(-40, 20)
            )
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
        terms["cycleAnchorDateOfMargining"] = text(
            maker.anchored(bought.replace(hour=0, minute=0, second=0), "P1M") + DAY
        )
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
        when = (
            Cycle.of(cycle).after(first, maker.dice.randint(0, 3)) if maker.chance(0.6) else maker.within(status, end)
        )
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
    if terms["initialExchangeDate"] <= terms["statusDate"] and maker.chance(0.15):
        terms["accruedInterest2"] = str(maker.number(0, 20))
    if maker.chance(0.8):
        terms["deliverySettlement"] = maker.pick("S", "D")
    made = Made(terms)
    start = min(exchange, datetime.fromisoformat(terms["statusDate"]))
    if maker.chance(0.93):
        maker.dated(terms, "cycleOfInterestPayment", "cycleAnchorDateOfInterestPayment", exchange)
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
    """A loan that begins soon or has begun, as a leg of something else."""
    exchange = status + DAY * maker.dice.randint(1, 40)
    if maker.chance(0.5):
        exchange = exchange.replace(day=1)
    if exchange <= status:
        exchange = status + 7 * DAY
    if maker.chance(0.2):
        exchange = status - DAY * maker.dice.randint(0, 90)
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
    if maker.chance(0.3):
        terms |= {"calendar": "MF", "businessDayConvention": maker.pick(*CONVENTIONS)}
    made = Made(terms)
    cycle = maker.pick("P1M", "P3M", "P1Q", "P2M") + maker.pick("L0", "L1")
    first = text(maker.pick(exchange, Cycle.of(cycle).after(exchange)))
    terms |= {"cycleAnchorDateOfInterestPayment": first, "cycleOfInterestPayment": cycle}
    if kind != "PAM":
        terms |= {"cycleAnchorDateOfPrincipalRedemption": first, "cycleOfPrincipalRedemption": cycle}
        if kind == "NAM" or (kind == "LAM" and maker.chance(0.5)):
            terms["nextPrincipalRedemptionPayment"] = str(maker.number(50, 400))
    if maker.chance(0.4):
        resets(maker, made, exchange, min(exchange, status))
    return made


def capfl(maker: Maker) -> Made:
    """CAPFL: a cap, a floor or both on a loan with resets."""
    terms = maker.frame("CAPFL", maker.pick("BUY", "SEL"))
    status = maker.day()
    loan = plain_loan(maker, maker.pick("PAM", "PAM", "PAM", "LAM"), status, "u")
    made = Made(terms | {"statusDate": text(status), "contractDealDate": text(status)}, loan.observed)
    for name in ("cycleOfRateReset", "cycleAnchorDateOfRateReset"):
        loan.terms.pop(name, None)
    apart = maker.chance(0.3)  # resets within interest periods
    loan.terms |= {
        "cycleAnchorDateOfRateReset": loan.terms["cycleAnchorDateOfInterestPayment"],
        "cycleOfRateReset": maker.cycle() if apart else loan.terms["cycleOfInterestPayment"],
        "marketObjectCodeOfRateReset": "LIBOR",
    }
    for name in ("lifeCap", "lifeFloor", "periodCap", "periodFloor", "nextResetRate"):
        loan.terms.pop(name, None)
    made.observed["LIBOR"] = maker.series(-0.01, 0.15, status - 100 * DAY)
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
    terms = maker.frame(
        kind, maker.pick("BUY", "SEL", "COL", "GUA", "OBL") if kind == "CEG" else maker.pick("BUY", "SEL", "COL")
    )
    status = maker.day()
    made = Made(terms | {"statusDate": text(status), "contractDealDate": text(status)})
    terms = made.terms
    parts, names, ends = [], [], []
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
        ends.append(one.terms["maturityDate"])
        parts.append({"object": one.terms, "referenceType": "CNT", "referenceRole": "COVE"})
    if kind == "CEC":
        pieces = [piece(maker, made, status, i) for i in range(maker.dice.randint(1, 3))]
        parts += [{"object": thing, "referenceType": "CNT", "referenceRole": "COVI"} for thing in pieces]
    terms["contractStructure"] = parts
    terms["settlementPeriod"] = maker.pick("P0D", "P5D", "P2W", "P1M")
    if maker.chance(0.7):
        terms["creditEventTypeCovered"] = maker.pick("DF", "DF", "DQ", "DL")
    if maker.chance(0.7):
        terms["coverageOfCreditEnhancement"] = maker.pick("0.5", "0.7", "1.0", "1.2")
    if maker.chance(0.7):
        terms["guaranteedExposure"] = maker.pick("NO", "NI", "MV")
    if kind == "CEG":
        bought = status + DAY * maker.pick(1, 1, 1, -1, -30, -200)
        terms |= {"purchaseDate": text(bought), "priceAtPurchaseDate": str(maker.number(1, 100))}
        if maker.chance(0.4):
            terms["notionalPrincipal"] = str(maker.number(1000, 9000))
            terms["maturityDate"] = text(status + DAY * maker.dice.randint(200, 900))
        if "notionalPrincipal" in terms and maker.chance(0.6):
            terms |= {"feeBasis": maker.pick("A", "N"), "dayCountConvention": maker.pick(*COUNTS)}
            terms["feeRate"] = str(maker.number(1, 20) if terms["feeBasis"] == "A" else abs(maker.rate()) + 0.001)
            terms["cycleOfFee"] = maker.cycle()
            if maker.chance(0.6):
                terms["cycleAnchorDateOfFee"] = text(bought + DAY * maker.dice.randint(10, 90))
            if maker.chance(0.2):
                terms["feeAccrued"] = str(maker.number(0, 5))
    for _ in range(maker.dice.randint(0, 2)):
        made.events.append(
            {
                "time": maker.pick(
                    status + DAY * maker.dice.randint(10, 700), datetime.fromisoformat(maker.pick(*ends))
                ),
                "type": "CE",
                "value": 0.0,
                "contractId": maker.pick(*names, "another"),
                "contractPerformance": maker.pick("DF", "DF", "DQ", "DL"),
            }
        )
    if maker.chance(0.3):
        made.to = status + DAY * maker.dice.randint(200, 1300)
    looked_at(maker, made, status, status + DAY * 800, 0.3)
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
