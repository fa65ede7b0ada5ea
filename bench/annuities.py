"""Contract cash flows in bulk: 10,000 level-payment loans over 36 months, 74 events each, for the engine and a NumPy peer.

The engine reads its terms as anybody would write them (`contracts`): a dictionary of texts a contract. The peer makes the events of some
hundred contracts at once, month by month, and knows only this kind of loan. It is timed twice: from the same terms, of which it reads the
three it needs and checks none, and from arrays of numbers that somebody has made of them before. QuantLib's bonds, one by one, are the
figure beside them: dates and amounts of equal payments, without the states.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

CONTRACTS = 10_000
MONTHS = 36
EVENTS = (
    2 * MONTHS + 2
)  # initial exchange, fixing of the payment, a redemption and an interest payment a month; the last redeems at maturity
SEED = 36
DAY = timedelta(days=1)

Floats = npt.NDArray[np.float64]
Contract = dict[str, Any]


class Loan(NamedTuple):
    """What tells one loan from the next."""

    start: date
    notional: float
    rate: float


def loans(count: int = CONTRACTS) -> list[Loan]:
    """Loans that start on different days, 1st to 28th, of 2021 and 2022."""
    rng = Random(SEED)
    return [
        Loan(
            date(2021 + rng.randrange(2), rng.randrange(1, 13), rng.randrange(1, 29)),
            round(rng.uniform(1e4, 1e7), 2),
            round(rng.uniform(0.04, 0.18), 4),
        )
        for _ in range(count)
    ]


def _month(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, start.day)


def contracts(book: list[Loan]) -> list[Contract]:
    """The terms, as the standard names them."""
    return [
        {
            "contract_id": f"loan-{number}",
            "terms": {
                "contractType": "ANN",
                "contractID": f"loan-{number}",
                "contractRole": "RPA",
                "currency": "USD",
                "statusDate": f"{loan.start - DAY}T00:00:00",
                "initialExchangeDate": f"{loan.start}T00:00:00",
                "maturityDate": f"{_month(loan.start, MONTHS)}T00:00:00",
                "notionalPrincipal": repr(loan.notional),
                "nominalInterestRate": repr(loan.rate),
                "dayCountConvention": "A365",
                "cycleAnchorDateOfInterestPayment": f"{_month(loan.start, 1)}T00:00:00",
                "cycleOfInterestPayment": "P1ML0",
                "cycleAnchorDateOfPrincipalRedemption": f"{_month(loan.start, 1)}T00:00:00",
                "cycleOfPrincipalRedemption": "P1ML0",
            },
        }
        for number, loan in enumerate(book)
    ]


class Arrays(NamedTuple):
    """The same loans for the peer, `[contract]`."""

    start_month: npt.NDArray[np.int64]  # months since 1970-01
    day: npt.NDArray[np.int64]  # of the month, from 0
    notional: Floats
    rate: Floats


def arrays(book: list[Loan]) -> Arrays:
    """From the loans."""
    return Arrays(
        np.array([(loan.start.year - 1970) * 12 + loan.start.month - 1 for loan in book]),
        np.array([loan.start.day - 1 for loan in book]),
        np.array([loan.notional for loan in book]),
        np.array([loan.rate for loan in book]),
    )


def read(given: list[Contract]) -> Arrays:
    """From the terms the engine is given, unchecked."""
    terms = [contract["terms"] for contract in given]
    start = np.array([of["initialExchangeDate"][:10] for of in terms], "datetime64[D]")
    month = start.astype("datetime64[M]")
    return Arrays(
        month.astype(np.int64),
        (start - month).astype(np.int64),
        np.array([float(of["notionalPrincipal"]) for of in terms]),
        np.array([float(of["nominalInterestRate"]) for of in terms]),
    )


BLOCK = 500  # contracts whose columns stay near the processor; the fastest of those tried


def peer(given: Arrays) -> pa.Table:
    """Every event of every loan, contract by contract in order of time; the seven columns of a schedule."""
    import pyarrow as pa

    count = len(given.notional)
    event_date = np.empty((count, EVENTS), np.int64)
    payoff, notional, rate, accrued = (np.zeros((count, EVENTS)) for _ in range(4))
    columns = (event_date, payoff, notional, rate, accrued)
    for begin in range(0, count, BLOCK):
        some = slice(begin, begin + BLOCK)
        _fill(Arrays(*(values[some] for values in given)), *(column[some] for column in columns))
    kinds = ["IED", "PRF", *["PR", "IP"] * (MONTHS - 1), "IP", "MD"]
    return pa.table(
        {
            "event_date": pa.array(event_date.reshape(-1), pa.timestamp("s")),
            "event_type": _repeated(kinds, count),
            "payoff": payoff.reshape(-1),
            "currency": _repeated(["USD"] * EVENTS, count),
            "notional_principal": notional.reshape(-1),
            "nominal_interest_rate": rate.reshape(-1),
            "accrued_interest": accrued.reshape(-1),
        }
    )


def _fill(
    given: Arrays,
    event_date: npt.NDArray[np.int64],
    payoff: Floats,
    notional: Floats,
    rate: Floats,
    accrued: Floats,
) -> None:
    """The events of some loans, `[contract, event]`."""
    months = given.start_month[:, None] + np.arange(MONTHS + 1)
    dates = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + given.day[:, None]
    years = np.diff(dates, axis=1) / 365.0
    rate[:] = given.rate[:, None]
    event_date[:, 0] = dates[:, 0]
    payoff[:, 0] = -given.notional
    event_date[:, 1] = dates[:, 1] - 1
    notional[:, :2] = given.notional[:, None]
    before = given.notional * given.rate * ((event_date[:, 1] - dates[:, 0]) / 365.0)
    accrued[:, 1] = before
    growth = 1.0 + given.rate[:, None] * years
    after, shares = (
        np.ones(len(growth)),
        np.ones(len(growth)),
    )  # growth from a payment to the last one, its sum over payments
    for month in range(MONTHS - 1, 0, -1):
        after = after * growth[:, month]
        shares = shares + after
    first = given.notional * given.rate / 365.0  # of the day between the fixing and the first payment
    payment = (given.notional + before + first) * after / shares

    left = given.notional
    for month in range(MONTHS - 1):
        at = 2 + 2 * month
        interest = before + first if month == 0 else left * given.rate * years[:, month]
        redeemed = np.minimum(payment - interest, left)
        left = left - redeemed
        payoff[:, at], notional[:, at], accrued[:, at] = redeemed, left, interest
        payoff[:, at + 1], notional[:, at + 1] = interest, left
    payoff[:, -2], notional[:, -2] = left * given.rate * years[:, -1], left  # the last interest, then what is left
    payoff[:, -1] = left
    event_date[:, 2::2] = dates[:, 1:]
    event_date[:, 3::2] = dates[:, 1:]
    event_date *= 86_400


def quantlib(book: list[Loan]) -> int:
    """Cash flows of the loans as QuantLib's amortising bonds; how many there are."""
    import QuantLib as ql  # noqa: N813 (the name its users write)

    flows = 0
    for loan in book:
        start = ql.Date(loan.start.day, loan.start.month, loan.start.year)
        month = ql.Period(1, ql.Months)
        rule = (ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted, ql.DateGeneration.Forward, False)
        schedule = ql.Schedule(start, start + ql.Period(MONTHS, ql.Months), month, *rule)
        notionals = ql.sinkingNotionals(ql.Period(MONTHS, ql.Months), ql.Monthly, loan.rate, loan.notional)
        bond = ql.AmortizingFixedRateBond(0, notionals, schedule, [loan.rate], ql.Actual365Fixed())
        flows += len([(flow.date(), flow.amount()) for flow in bond.cashflows()])
    return flows


def _repeated(texts: list[str], count: int) -> pa.StringArray:
    """The same texts for every contract, from their bytes."""
    import pyarrow as pa

    one = "".join(texts).encode()
    offsets = np.zeros(count * len(texts) + 1, np.int32)
    offsets[1:] = np.cumsum(np.tile([len(text) for text in texts], count))
    return pa.StringArray.from_buffers(count * len(texts), pa.py_buffer(offsets), pa.py_buffer(one * count))
