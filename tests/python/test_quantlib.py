"""QuantLib as an outside opinion where the public tests of contracts do not reach: day counts, calendars, fixed-rate loans."""

from __future__ import annotations

from datetime import date, timedelta
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


def test_fixed_rate_loans() -> None:
    """Interest-only, linear and level-payment loans, coupon by coupon; QuantLib is told the principal outstanding of each period."""
    rng = Random(7)
    for kind in ("PAM", "LAM", "ANN") * 30:
        months = rng.randrange(3, 48)
        begin = date(2021, rng.randrange(1, 13), rng.randrange(1, 29))
        dates = [
            begin.replace(year=begin.year + (begin.month - 1 + k) // 12, month=(begin.month - 1 + k) % 12 + 1)
            for k in range(months + 1)
        ]
        notional, rate = round(rng.uniform(1e4, 1e7), 2), round(rng.uniform(0.01, 0.2), 4)
        cycle = {"cycleAnchorDateOfInterestPayment": f"{dates[1]}T00:00:00", "cycleOfInterestPayment": "P1ML1"}
        if kind != "PAM":
            cycle |= {
                "cycleAnchorDateOfPrincipalRedemption": f"{dates[1]}T00:00:00",
                "cycleOfPrincipalRedemption": "P1ML1",
            }
        terms = bullet(begin, dates[-1], dayCountConvention="A365", **cycle) | {
            "contractType": kind,
            "notionalPrincipal": repr(notional),
            "nominalInterestRate": repr(rate),
        }
        rows = actus.schedule(terms).to_pylist()
        interest = [row["payoff"] for row in rows if row["event_type"] == "IP"]
        redeemed = [row["payoff"] for row in rows if row["event_type"] in ("PR", "MD")]
        left = [notional]
        for amount in redeemed[:-1]:
            left.append(left[-1] - amount)
        if kind == "PAM":
            left = [notional] * months
        schedule = QuantLib.Schedule(
            quantlib_date(begin),
            quantlib_date(dates[-1]),
            QuantLib.Period(1, QuantLib.Months),
            QuantLib.NullCalendar(),
            QuantLib.Unadjusted,
            QuantLib.Unadjusted,
            QuantLib.DateGeneration.Forward,
            False,
        )
        bond = QuantLib.AmortizingFixedRateBond(0, left, schedule, [rate], QuantLib.Actual365Fixed())
        coupons = [flow.amount() for flow in map(QuantLib.as_coupon, bond.cashflows()) if flow is not None]
        assert interest == pytest.approx(coupons, rel=1e-9)
        assert sum(redeemed) == pytest.approx(notional, rel=1e-12)
        if kind == "ANN":
            paid = [pay + back for pay, back in zip(interest, redeemed, strict=True)]
            assert max(paid) - min(paid) < 1e-7 * notional
