"""A loan gets new terms, or does not. Pages: docs/model/responses.md#new-terms, docs/model/loans.md#new-terms. Amounts in cents."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from .book import Loan, Miner, State
from .contract import Payments, add_months, contract, fee_per_day, set_due_dates, year_fraction
from .loans import charge_late, pledge_mark
from .numbers import rounded

Reserves = Callable[[State, Miner], tuple[float, float]]


@dataclass(slots=True)
class Request:
    """What a miner asks for."""

    term_months: int
    pause_months: int
    rate: float | None


@dataclass(slots=True)
class Offer:
    """The contract that would follow: what it pays, and when."""

    rate: float
    maturity: date
    pauses: list[tuple[date, float]]  # due dates of the pause, each with the year fraction of its period
    dues: list[tuple[date, float]]  # and of the rest
    payments: Payments  # of the rest
    service_per_day: float  # at first


def accrued(state: State, loan: Loan) -> float:
    """Interest and fees since the last due date, or since the first period began, if it has."""
    today = state.start + timedelta(days=state.day)
    begin = max((due for due in loan.dates if due <= today), default=min(loan.begin, today))
    fraction = year_fraction(loan.day_count, begin, today)
    return rounded((loan.outstanding * loan.rate) * fraction) + rounded((loan.outstanding * loan.fee_rate) * fraction)


def offer(state: State, loan: Loan, request: Request, owed: float) -> Offer:
    """The new contract of a loan on which so much is owed."""
    today = state.start + timedelta(days=state.day)
    rate = loan.rate if request.rate is None else request.rate
    begin, pauses = today, []
    for k in range(1, request.pause_months // loan.period_months + 1):
        due = add_months(today, k * loan.period_months)
        pauses.append((due, year_fraction(loan.day_count, begin, due)))
        begin = due
    first = add_months(today, request.pause_months + loan.period_months)
    maturity = add_months(today, request.term_months)
    dues, payments = contract(loan, owed, rate, first, maturity)
    service = rounded(owed * rate / 360) + fee_per_day(loan, owed) if pauses else payments.service_per_day
    return Offer(rate, maturity, pauses, dues, payments, service)


def cover(state: State, loan: Loan) -> float:
    """What the collateral would bring today."""
    if loan.collateral == "machines":
        return pledge_mark(state, loan)
    return rounded(state.ledger.sats[loan.pledge] * state.cents_per_sat) if loan.collateral == "btc" else 0.0


def agreed(state: State, loan: Loan, owed: float, terms: Offer, burn: float, liquid: float) -> bool:
    """Whether the lender gives time: to a borrower that lasts with it, on a loan that its collateral would not repay."""
    lender = loan.lender
    if lender.amend_cover is None or lender.failed or lender.tightened:
        return False
    if cover(state, loan) >= lender.amend_cover * owed:
        return False
    after = burn - loan.service_per_day + terms.service_per_day
    return not (after > 0 and liquid < loan.miner.runway_low_days * after)


def take(state: State, loan: Loan, owed: float, terms: Offer) -> None:
    """The new contract takes the place of the one there was."""
    added = owed - loan.outstanding
    state.event("renegotiation", f"loan:{loan.index}", owed)
    loan.outstanding = owed
    loan.lender.book += added
    if added > 0:
        state.event("capitalisation", f"loan:{loan.index}", added)
    loan.arrears_interest = loan.arrears_principal = 0.0
    loan.status = "performing"
    loan.miner.debt_service_per_day += terms.service_per_day - loan.service_per_day
    loan.rate = terms.rate
    loan.maturity_date = terms.maturity
    loan.begin = state.start + timedelta(days=state.day)
    loan.payment, loan.instalment = terms.payments.payment, terms.payments.instalment
    loan.service_per_day = terms.service_per_day
    loan.renewed = True
    loan.pause_ends = (terms.pauses[-1][0] - state.start).days if terms.pauses else None
    loan.service_after_pause = terms.payments.service_per_day
    set_due_dates(state, loan, terms.pauses, terms.dues)


def renegotiate(state: State, loan: Loan, request: Request, reserves: Reserves) -> bool:
    """Asks for new terms; false when there is nothing to ask for."""
    today = state.start + timedelta(days=state.day)
    if not loan.is_open or add_months(today, request.term_months) <= loan.maturity_date:
        return False
    charge_late(state, loan)
    owed = loan.outstanding + (loan.arrears_interest + accrued(state, loan))
    terms = offer(state, loan, request, owed)
    burn, liquid = reserves(state, loan.miner)
    if agreed(state, loan, owed, terms, burn, liquid):
        take(state, loan, owed, terms)
    else:
        state.event("renegotiation_refused", f"loan:{loan.index}", owed)
    return True
