"""The contract of a loan: due dates, periods, what it pays. Page: docs/model/loans.md. Amounts in cents."""

from calendar import monthrange
from datetime import date
from typing import NamedTuple

from .book import Loan, State
from .numbers import rounded


def add_months(day: date, months: int) -> date:
    """The same day of month some months later (or earlier), cut to the length of the target month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_dates(first: date, maturity: date, period_months: int, amortisation: str) -> list[date]:
    """All due dates of a loan; the last one is its maturity."""
    dates: list[date] = []
    if amortisation != "bullet":
        due = first
        while due < maturity:
            dates.append(due)
            due = add_months(first, len(dates) * period_months)
    return [*dates, maturity]


def year_fraction(day_count: str, begin: date, end: date) -> float:
    """Length of an interest period in years."""
    if day_count == "A360":
        return (end - begin).days / 360
    if day_count == "A365":
        return (end - begin).days / 365
    if day_count == "30E360":
        days = 360 * (end.year - begin.year) + 30 * (end.month - begin.month) + (min(end.day, 30) - min(begin.day, 30))
        return days / 360
    raise ValueError(f"unknown day count {day_count}")


def annuity_payment(principal: float, rate: float, fractions: list[float]) -> float:
    """Level payment that redeems a principal over periods of these lengths in years, cents."""
    owed = principal * (1 + rate * fractions[0])
    paid = 1.0
    for fraction in fractions[1:]:
        owed = owed * (1 + rate * fraction)
        paid = paid * (1 + rate * fraction) + 1
    return rounded(owed / paid)


class Payments(NamedTuple):
    """What a loan pays a period, and what that asks of the treasury a day, cents."""

    payment: float
    instalment: float
    service_per_day: float


def payments_without_fee(loan: Loan, principal: float, rate: float, fractions: list[float]) -> Payments:
    """Constants of a contract from its opening principal, by its kind."""
    days_per_period = 30 * loan.period_months
    if loan.amortisation == "annuity":
        payment = annuity_payment(principal, rate, fractions)
        return Payments(payment, 0.0, rounded(payment / days_per_period))
    if loan.amortisation == "fixed_payment":
        return Payments(loan.payment_cents, 0.0, rounded(loan.payment_cents / days_per_period))
    if loan.amortisation == "linear":
        instalment = rounded(principal / len(fractions))
        rate_per_period = rate * loan.period_months / 12
        return Payments(0.0, instalment, rounded((instalment + principal * rate_per_period) / days_per_period))
    return Payments(0.0, 0.0, 0.0 if loan.amortisation == "payment_in_kind" else rounded(principal * rate / 360))


def fee_per_day(loan: Loan, principal: float) -> float:
    """What the fee asks of the treasury a day, cents."""
    return rounded(principal * loan.fee_rate / 360)


def payments_of(loan: Loan, principal: float, rate: float, fractions: list[float]) -> Payments:
    """Constants of a contract from its opening principal."""
    found = payments_without_fee(loan, principal, rate, fractions)
    return found._replace(service_per_day=found.service_per_day + fee_per_day(loan, principal))


def contract(
    loan: Loan, principal: float, rate: float, first: date, maturity: date
) -> tuple[list[tuple[date, float]], Payments]:
    """Due dates of a loan of its kind, each with the year fraction of its period, and what it pays."""
    dates = due_dates(first, maturity, loan.period_months, loan.amortisation)
    begins = [add_months(first, -loan.period_months), *dates[:-1]]
    fractions = [year_fraction(loan.day_count, begin, end) for begin, end in zip(begins, dates, strict=True)]
    return list(zip(dates, fractions, strict=True)), payments_of(loan, principal, rate, fractions)


def set_due_dates(state: State, loan: Loan, pauses: list[tuple[date, float]], dues: list[tuple[date, float]]) -> None:
    """The due dates of the contract it has now, in place of any it had."""
    loan.dates = [end for end, _ in (*pauses, *dues)]
    loan.due = {}
    for end, fraction in (*pauses, *dues):
        day = (end - state.start).days
        if day < state.days:
            loan.due[day] = (fraction, end == loan.dates[-1])
            state.due[day].add(loan.index)


def schedule(state: State, loan: Loan) -> None:
    """Constants and due days of a loan."""
    loan.begin = add_months(loan.first_payment_date, -loan.period_months)
    dues, payments = contract(loan, loan.outstanding, loan.rate, loan.first_payment_date, loan.maturity_date)
    loan.payment, loan.instalment, loan.service_per_day = payments
    set_due_dates(state, loan, [], dues)
