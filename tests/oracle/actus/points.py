"""Single contracts on which engine and oracle once parted, each with the sentence that decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .dates import moment
from .maker import Made

BULLET: dict[str, Any] = {
    "contractType": "PAM",
    "contractID": "p1",
    "contractRole": "RPA",
    "statusDate": "2023-12-31",
    "initialExchangeDate": "2024-01-01",
    "maturityDate": "2025-01-01",
    "currency": "USD",
    "notionalPrincipal": "1000",
    "nominalInterestRate": "0.1",
    "dayCountConvention": "30E360",
    "cycleAnchorDateOfInterestPayment": "2024-02-01",
    "cycleOfInterestPayment": "P1ML1",
}
CALL = {
    name: value for name, value in BULLET.items() if name not in ("maturityDate", "cycleAnchorDateOfInterestPayment")
}
CALL |= {"contractType": "CLM", "xDayNotice": "P0D"}
ANNUITY = BULLET | {
    "contractType": "ANN",
    "initialExchangeDate": "2024-03-31",
    "maturityDate": "2024-07-30",
    "cycleAnchorDateOfPrincipalRedemption": "2024-03-31",
    "cycleOfPrincipalRedemption": "P1ML1",
    "cycleAnchorDateOfInterestPayment": "2024-03-31",
    "calendar": "MF",
    "businessDayConvention": "CSP",
}
STOCK: dict[str, Any] = {
    "contractType": "STK",
    "contractID": "s1",
    "contractRole": "RPA",
    "statusDate": "2024-04-15",
    "currency": "USD",
    "purchaseDate": "2024-01-10",
    "priceAtPurchaseDate": "50",
    "cycleAnchorDateOfDividendPayment": "2024-03-01",
    "cycleOfDividendPayment": "P1ML1",
    "marketObjectCodeOfDividends": "DIV",
    "nextDividendPaymentAmount": "9",
}
COVERED = BULLET | {
    "contractID": "loan",
    "statusDate": "2024-01-01",
    "initialExchangeDate": "2024-01-02",
    "maturityDate": "2025-01-02",
}
GUARANTEE: dict[str, Any] = {
    "contractType": "CEG",
    "contractID": "g1",
    "contractRole": "BUY",
    "statusDate": "2024-01-01",
    "currency": "USD",
    "purchaseDate": "2024-01-02",
    "priceAtPurchaseDate": "5",
    "settlementPeriod": "P0D",
    "creditEventTypeCovered": "DF",
    "contractStructure": [{"object": COVERED, "referenceType": "CNT", "referenceRole": "COVE"}],
}
FUTURE: dict[str, Any] = {
    "contractType": "FUTUR",
    "contractID": "f1",
    "contractRole": "BUY",
    "statusDate": "2024-01-01",
    "currency": "USD",
    "purchaseDate": "2024-02-03",
    "priceAtPurchaseDate": "1",
    "maturityDate": "2024-06-03",
    "futuresPrice": "100",
    "settlementPeriod": "P0D",
    "calendar": "MF",
    "businessDayConvention": "SCP",
    "initialMargin": "10",
    "cycleAnchorDateOfMargining": "2024-02-04",
    "cycleOfMargining": "P3ML1",
    "contractStructure": [{"object": {"marketObjectCode": "BTC"}, "referenceType": "MOC", "referenceRole": "UDL"}],
}
OPTION = FUTURE | {"contractType": "OPTNS", "optionType": "C", "optionStrike1": "100", "optionExerciseType": "A"}
LONG_AGO = "2009-01-03"


@dataclass(frozen=True)
class Point:
    """One contract and what decides about it."""

    name: str
    why: str
    terms: dict[str, Any]
    observed: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    events: tuple[dict[str, Any], ...] = ()
    to: str | None = None

    def made(self) -> Made:
        observed = {code: [(moment(day), value) for day, value in series] for code, series in self.observed.items()}
        events = [{"value": 0.0} | event | {"time": moment(event["time"])} for event in self.events]
        return Made(self.terms, observed, events, moment(self.to) if self.to else None)


def default(day: str) -> tuple[dict[str, Any], ...]:
    return ({"time": day, "type": "CE", "contractId": "loan", "contractPerformance": "DF"},)


POINTS = [
    Point(
        "interest-date-on-the-status-date",
        "Events on the status date have happened: a contract looked at on an interest date owes nothing for the period before it.",
        BULLET | {"statusDate": "2024-04-01"},
    ),
    Point(
        "accrued-fee-of-an-absolute-fee",
        "FP sets the accrued fee to 0; else the part of a fee accrued on the status date is paid with the fee and again at maturity.",
        BULLET
        | {"statusDate": "2024-03-15", "accruedInterest": "0", "feeBasis": "A", "feeRate": "5", "feeAccrued": "2"}
        | {"cycleOfFee": "P3ML1"},
    ),
    Point(
        "horizon-of-call-money-makes-no-stub",
        "`to` only ends what is reported: with a later `to` the same earlier rows.",
        CALL | {"cycleOfInterestPayment": "P1ML0"},
        to="2024-03-15",
    ),
    Point(
        "no-fee-on-the-horizon",
        "The horizon is no date of the fee's cycle (and no event is at 00:00:01).",
        CALL
        | {"feeBasis": "A", "feeRate": "5", "cycleOfFee": "P1ML1", "calendar": "MF", "businessDayConvention": "SCP"},
        to="2024-03-31",
    ),
    Point(
        "level-payment-with-a-later-amortisation-date",
        "The payments that count are those to come: one moved before the initial exchange does not, with an amortisation date or without.",
        ANNUITY | {"amortizationDate": "2024-08-30"},
    ),
    Point(
        "no-prepayment-after-maturity",
        "A contract that has ended is not prepaid, nor is there a penalty.",
        BULLET | {"maturityDate": "2024-02-01", "prepaymentEffect": "M", "penaltyType": "A", "penaltyRate": "7"},
        events=({"time": "2024-03-01", "type": "PP", "value": 10.0},),
    ),
    Point(
        "prepayment-with-scaled-principal",
        "PP pays the observed amount; only redemptions and maturity are scaled.",
        BULLET
        | {"prepaymentEffect": "M", "scalingEffect": "0N0", "cycleAnchorDateOfScalingIndex": "2024-02-15"}
        | {"marketObjectCodeOfScalingIndex": "CPI", "scalingIndexAtContractDealDate": "100"},
        {"CPI": [(LONG_AGO, 150.0)]},
        ({"time": "2024-03-10", "type": "PP", "value": 100.0},),
    ),
    Point(
        "draw-with-scaled-principal",
        "A draw's value is paid out.",
        BULLET
        | {"creditLineAmount": "5000", "scalingEffect": "0N0", "cycleAnchorDateOfScalingIndex": "2024-02-15"}
        | {"marketObjectCodeOfScalingIndex": "CPI", "scalingIndexAtContractDealDate": "100"},
        {"CPI": [(LONG_AGO, 150.0)]},
        ({"time": "2024-03-10", "type": "PD", "value": 100.0},),
    ),
    Point(
        "penalty-against-the-market",
        "PY of type I: R·y·Nt·max(0, Ipnr − O), with the observed rate itself.",
        BULLET
        | {"prepaymentEffect": "M", "penaltyType": "I", "rateSpread": "0.03", "marketObjectCodeOfRateReset": "L"},
        {"L": [(LONG_AGO, 0.05)]},
        ({"time": "2024-03-10", "type": "PP", "value": 100.0},),
    ),
    Point(
        "next-dividend-of-a-running-stock",
        "The next dividend is the first after the status date, as the next reset rate is.",
        STOCK,
        {"DIV": [(LONG_AGO, 2.0)]},
        to="2024-06-15",
    ),
    Point(
        "dividend-moved-back-to-before-the-horizon",
        "Rows up to `to` by the date they are paid: with a later `to` the same earlier rows.",
        {name: value for name, value in STOCK.items() if name != "nextDividendPaymentAmount"}
        | {"cycleAnchorDateOfDividendPayment": "2024-06-16", "calendar": "MF", "businessDayConvention": "SCP"},
        {"DIV": [(LONG_AGO, 2.0)]},
        to="2024-06-15",
    ),
    Point(
        "guarantee-settled-on-the-business-day-before",
        "The settlement pays the claim also where the business day before comes before the claim.",
        GUARANTEE | {"calendar": "MF", "businessDayConvention": "SCP"},
        events=default("2024-09-21"),
    ),
    Point(
        "default-on-the-maturity-date",
        "CE comes before MD: what is due at that moment is not yet paid when the default is observed.",
        GUARANTEE | {"maturityDate": "2025-02-01"},
        events=default("2025-01-02"),
    ),
    Point(
        "fee-of-a-guarantee-moved-to-a-business-day",
        "SC: the date is moved, and what accrues is reckoned to the moved date.",
        GUARANTEE
        | {"notionalPrincipal": "1000", "maturityDate": "2025-01-02", "dayCountConvention": "A365", "calendar": "MF"}
        | {"businessDayConvention": "SCF", "feeBasis": "N", "feeRate": "0.01", "cycleAnchorDateOfFee": "2024-03-02"}
        | {"cycleOfFee": "P1ML1"},
    ),
    Point(
        "margin-date-moved-before-the-purchase",
        "The initial margin is posted on the day of purchase; margins never change how much is gained.",
        FUTURE,
        {"BTC": [(LONG_AGO, 104.0)]},
    ),
    Point(
        "option-settled-on-the-business-day-before",
        "The settlement pays the exercise also where the business day before comes before it.",
        OPTION,
        {"BTC": [(LONG_AGO, 104.0)]},
        ({"time": "2024-03-02", "type": "XD"},),
    ),
    Point(
        "fee-ends-with-the-claim",
        "STD pays Xa + Feac of the claim: nothing accrues over the settlement period.",
        GUARANTEE
        | {
            "notionalPrincipal": "1000",
            "maturityDate": "2025-01-02",
            "dayCountConvention": "A365",
            "settlementPeriod": "P1M",
        }
        | {"feeBasis": "N", "feeRate": "0.01", "cycleAnchorDateOfFee": "2024-03-02", "cycleOfFee": "P1ML1"},
        events=default("2024-09-20"),
    ),
    Point(
        "claim-is-told-until-it-is-settled",
        "A row between claim and settlement has the state of the claim.",
        GUARANTEE | {"settlementPeriod": "P1M"},
        events=(*default("2024-09-20"), {"time": "2024-10-01", "type": "AD"}),
    ),
    Point(
        "accrued-fee-of-a-running-loan",
        "Feac is as told, else accrued since the last fee: a loan looked at in between pays what it pays looked at from the start.",
        BULLET | {"statusDate": "2024-05-15", "feeBasis": "N", "feeRate": "0.02", "cycleOfFee": "P3ML1"},
    ),
    Point(
        "no-fee-without-a-rate",
        "FP: none if FER is 0.",
        BULLET | {"feeBasis": "N", "feeRate": "0", "cycleOfFee": "P3ML1"},
    ),
    Point(
        "no-draw-after-the-last-payment",
        "A line that was paid back on the business day before its maturity is closed.",
        BULLET
        | {"maturityDate": "2025-01-05", "creditLineAmount": "5000", "calendar": "MF", "businessDayConvention": "CSP"},
        events=({"time": "2025-01-04", "type": "PD", "value": 100.0},),
    ),
    Point(
        "interest-anchor-alone-of-a-contract-with-payments",
        "NAM, ANN: t^IP = (u, v), v the redemption dates: an anchor alone is one date before them.",
        ANNUITY
        | {
            "contractType": "NAM",
            "nextPrincipalRedemptionPayment": "100",
            "cycleAnchorDateOfInterestPayment": "2024-04-10",
        }
        | {"cycleAnchorDateOfPrincipalRedemption": "2024-04-30", "cycleOfInterestPayment": ""},
    ),
    Point(
        "one-accrued-amount-of-a-swap",
        "What is missing is derived, leg by leg.",
        BULLET
        | {"contractType": "SWPPV", "contractRole": "RFL", "statusDate": "2024-05-15", "nominalInterestRate2": "0.08"}
        | {"accruedInterest": "3"},
    ),
    Point(
        "deposit-interest-moved-back-to-before-the-horizon",
        "With a later `to` the same earlier rows.",
        {name: value for name, value in BULLET.items() if name != "maturityDate"}
        | {"contractType": "UMP", "calendar": "MF", "businessDayConvention": "SCP"}
        | {"cycleAnchorDateOfInterestPayment": "2024-06-01"},
        to="2024-06-01",
    ),
    Point(
        "option-exercised-on-the-day-of-purchase",
        "The purchase comes before the exercise: its row has no date of exercise yet.",
        OPTION,
        {"BTC": [(LONG_AGO, 104.0)]},
        ({"time": "2024-02-03", "type": "XD"},),
    ),
]
