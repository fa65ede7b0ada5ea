"""Seized machines that the miner takes back. Page: docs/model/lenders.md#sold-back. Amounts in cents and machines."""

from .book import Loan, Miner, Row, State
from .numbers import floor, rounded
from .power import cost_usd_per_ths, power_price
from .responses import burn_and_liquid
from .slots import for_sale


def earns(state: State, loan: Loan) -> float:
    """What a TH/s would bring the miner today on the row it was seized from, less its power: cents a day."""
    row, day = loan.fleet, state.day
    cost = cost_usd_per_ths(row, power_price(row, state.tariffs[row.region], day), day)
    return (state.revenue_usd_per_ths * (1 - loan.miner.pool_fee)) * 100 - cost * 100


def wanted(state: State, loan: Loan, left: float, payback_days: float) -> float:
    """Machines that the miner has places for, if they pay for themselves soon enough; else none."""
    miner, row = loan.miner, loan.fleet
    margin = earns(state, loan)
    if not miner.operating or margin <= 0 or state.quick[row.tier] * 100 > payback_days * margin:
        return 0.0
    return left if row.slots is None else min(left, for_sale(state, miner, row))


def affordable(spare: float, most: float, unit: float, claim: float) -> float:
    """As many of the machines wanted as the spare cash pays for: all, where it pays for all or for what is still owed."""
    if spare >= min(rounded(most * unit), claim):
        return most
    return floor(spare / unit) if spare > 0 else 0.0


def to_spare(state: State, miner: Miner) -> float:
    """Cash beyond bills, power, what is overdue on open loans, and the runway that the miner keeps."""
    past_due = sum((loan.arrears_interest + loan.arrears_principal for loan in miner.loans if loan.is_open), 0.0)
    burn, _ = burn_and_liquid(state, miner)
    runway = max(0.0, miner.runway_low_days * burn)
    return state.ledger.cents[miner.account] - miner.bills_arrears - max(miner.power_due, 0.0) - past_due - runway


def sell_back(state: State, loan: Loan, left: float, rule: Row) -> None:
    """The rule's turn for a lot: the miner takes back what it wants and can pay, for no more than it still owes on the loan."""
    ledger, miner, row = state.ledger, loan.miner, loan.fleet
    unit = row.hashrate_ths * state.quick[row.tier] * 100
    claim = loan.ead - loan.recovered
    machines = affordable(to_spare(state, miner), wanted(state, loan, left, rule["payback_days"]), unit, claim)
    if machines <= 0:
        return
    price = min(rounded(machines * unit), claim)
    ledger.post("sell_back", "machines", loan.lot, row.account, machines)
    ledger.post("sell_back", "cents", miner.account, loan.lender.account, price)
    loan.recovered += price
    state.event("sell_back", f"loan:{loan.index}", machines)
    carry = min(rounded(loan.carry * ((left - machines) / left)), loan.ead - loan.recovered)
    loan.lender.carry += carry - loan.carry
    loan.carry = carry
