"""QuantLib as an outside opinion where the public tests of contracts do not reach: day counts, calendars, fixed-rate loans."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import accumulate, pairwise
from operator import mul
from random import Random
from typing import Any

import pytest
import QuantLib
from hashstress import actus

DAY_COUNTS = {
    "A360": lambda _: QuantLib.Actual360(),
    "A365": lambda _: QuantLib.Actual365Fixed(),
    "AA": lambda _: QuantLib.ActualActual(QuantLib.ActualActual.ISDA),
    "30E360": lambda _: QuantLib.Thirty360(QuantLib.Thirty360.European),
    "30E360ISDA": lambda end: QuantLib.Thirty360(QuantLib.Thirty360.ISDA, end),
}
PAIRS = 2_000


def quantlib_date(day: date) -> Any:
    return QuantLib.Date(day.day, day.month, day.year)


def bullet(begin: date, end: date, **terms: str) -> dict[str, Any]:
    return {
        "contractType": "PAM",
        "contractRole": "RPA",
        "statusDate": f"{begin - timedelta(days=1)}T00:00:00",
        "initialExchangeDate": f"{begin}T00:00:00",
        "maturityDate": f"{end}T00:00:00",
        "currency": "USD",
        "notionalPrincipal": "1",
        "nominalInterestRate": "1",
        **terms,
    }


def month_ends_too(rng: Random, first: date, days: int) -> date:
    """A random day, every third one at the end of a month: where day counts differ."""
    day = first + timedelta(days=rng.randrange(days))
    if rng.randrange(3):
        return day
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=rng.randrange(1, 3))


def pairs() -> list[tuple[date, date]]:
    rng = Random(360)
    drawn = [
        (month_ends_too(rng, date(1999, 1, 1), 9_000), month_ends_too(rng, date(1999, 1, 1), 12_000))
        for _ in range(2 * PAIRS)
    ]
    return [(begin, end) for begin, end in drawn if begin < end][:PAIRS]


@pytest.mark.parametrize("day_count", DAY_COUNTS)
def test_day_counts(day_count: str) -> None:
    spans = pairs()
    contracts = [
        {"contract_id": str(number), "terms": bullet(begin, end, dayCountConvention=day_count)}
        for number, (begin, end) in enumerate(spans)
    ]
    rows = actus.schedules(contracts).to_pylist()
    ours = [row["payoff"] for row in rows if row["event_type"] == "IP"]
    theirs = [
        DAY_COUNTS[day_count](quantlib_date(end)).yearFraction(quantlib_date(begin), quantlib_date(end))
        for begin, end in spans
    ]
    assert len(ours) == PAIRS > 1_000
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_twenty_eight_day_months() -> None:
    """28E336 is in no library: 28 days a month, 336 a year, days beyond the 28th counted as the 28th."""
    spans = pairs()[:500]
    contracts = [
        {"contract_id": str(number), "terms": bullet(begin, end, dayCountConvention="28E336")}
        for number, (begin, end) in enumerate(spans)
    ]
    ours = [row["payoff"] for row in actus.schedules(contracts).to_pylist() if row["event_type"] == "IP"]
    theirs = [
        (336 * (end.year - begin.year) + 28 * (end.month - begin.month) + min(end.day, 28) - min(begin.day, 28)) / 336
        for begin, end in spans
    ]
    assert ours == pytest.approx(theirs, abs=1e-12)


CALENDARS = {"TARGET": QuantLib.TARGET(), "FED": QuantLib.UnitedStates(QuantLib.UnitedStates.FederalReserve)}
CONVENTIONS = {
    "SCF": QuantLib.Following,
    "SCMF": QuantLib.ModifiedFollowing,
    "CSP": QuantLib.Preceding,
    "CSMP": QuantLib.ModifiedPreceding,
}


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_calendars(calendar: str, convention: str) -> None:
    days = [date(2002, 1, 5) + timedelta(days=k) for k in range(0, 365 * 60, 1 if convention == "SCF" else 3)]
    contracts = [
        {
            "contract_id": str(number),
            "terms": bullet(
                day - timedelta(days=40),
                day,
                dayCountConvention="A365",
                calendar=calendar,
                businessDayConvention=convention,
            ),
        }
        for number, day in enumerate(days)
    ]
    rows = actus.schedules(contracts).to_pylist()
    ours = [row["event_date"].date() for row in rows if row["event_type"] == "MD"]
    theirs = [CALENDARS[calendar].adjust(quantlib_date(day), CONVENTIONS[convention]).to_date() for day in days]
    assert [pair for pair in zip(days, ours, theirs, strict=True) if pair[1] != pair[2]] == []


def outstanding(kind: str, notional: float, rate: float, dates: list[Any]) -> list[float]:
    """The principal of each period, from QuantLib's rates, curve and cash flows alone."""
    count = len(dates) - 1
    if kind == "PAM":
        return [notional] * count
    if kind == "LAM":
        return [notional * (count - paid) / count for paid in range(count)]
    simple = QuantLib.InterestRate(rate, QuantLib.Actual365Fixed(), QuantLib.Simple, QuantLib.Annual)
    growths = [simple.compoundFactor(begin, end) for begin, end in pairwise(dates)]
    discounts = list(accumulate((1.0 / growth for growth in growths), mul, initial=1.0))
    curve = QuantLib.YieldTermStructureHandle(QuantLib.DiscountCurve(dates, discounts, QuantLib.Actual365Fixed()))
    ones = QuantLib.Leg([QuantLib.SimpleCashFlow(1.0, day) for day in dates[1:]])
    payment = notional / QuantLib.CashFlows.npv(ones, curve, False, dates[0])
    return list(accumulate(growths[:-1], lambda left, growth: left * growth - payment, initial=notional))


def test_fixed_rate_loans() -> None:
    """Interest-only, linear and level-payment loans, coupon by coupon and redemption by redemption."""
    rng = Random(7)
    for kind in ("PAM", "LAM", "ANN") * 30:
        months = rng.randrange(3, 48)
        begin = date(2021, rng.randrange(1, 13), rng.randrange(1, 29))
        schedule = QuantLib.Schedule(
            quantlib_date(begin),
            quantlib_date(begin) + QuantLib.Period(months, QuantLib.Months),
            QuantLib.Period(1, QuantLib.Months),
            QuantLib.NullCalendar(),
            QuantLib.Unadjusted,
            QuantLib.Unadjusted,
            QuantLib.DateGeneration.Forward,
            False,
        )
        dates = list(schedule)
        notional, rate = round(rng.uniform(1e4, 1e7), 2), round(rng.uniform(0.01, 0.2), 4)
        first = f"{dates[1].to_date()}T00:00:00"
        cycle = {"cycleAnchorDateOfInterestPayment": first, "cycleOfInterestPayment": "P1ML1"}
        if kind != "PAM":
            cycle |= {"cycleAnchorDateOfPrincipalRedemption": first, "cycleOfPrincipalRedemption": "P1ML1"}
        terms = bullet(begin, dates[-1].to_date(), dayCountConvention="A365", **cycle) | {
            "contractType": kind,
            "notionalPrincipal": repr(notional),
            "nominalInterestRate": repr(rate),
        }
        rows = actus.schedule(terms).to_pylist()
        interest = [(row["event_date"].date(), row["payoff"]) for row in rows if row["event_type"] == "IP"]
        redeemed = [(row["event_date"].date(), row["payoff"]) for row in rows if row["event_type"] in ("PR", "MD")]
        left = outstanding(kind, notional, rate, dates)
        bond = QuantLib.AmortizingFixedRateBond(0, left, schedule, [rate], QuantLib.Actual365Fixed())
        flows = list(bond.cashflows())
        coupons = [(flow.date().to_date(), flow.amount()) for flow in flows if QuantLib.as_coupon(flow) is not None]
        others = [(flow.date().to_date(), flow.amount()) for flow in flows if QuantLib.as_coupon(flow) is None]
        for ours, theirs in ((interest, coupons), (redeemed, others)):
            assert [day for day, _ in ours] == [day for day, _ in theirs]
            assert [amount for _, amount in ours] == pytest.approx(
                [amount for _, amount in theirs], rel=1e-9, abs=1e-12 * notional
            )
