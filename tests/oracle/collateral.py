"""Margin calls, tranche sales, covenants and seizure. Page: docs/model/collateral.md. Amounts in cents and satoshis."""

from . import channels, consignment
from .book import Loan, State
from .ledger import WORLD
from .loans import charge_late, close_loan, distribute_estate, pledge_mark
from .numbers import ceil, rounded


def low_cents_per_sat(state: State) -> float:
    """The day's low, cents a satoshi."""
    return state.btc_low_usd * 1e-6


def pledge_value(state: State, loan: Loan) -> float:
    """The pledged coins at the low, cents, not rounded."""
    return state.ledger.sats[loan.pledge] * low_cents_per_sat(state)


def above_call(state: State, loan: Loan) -> bool:
    """Whether the claim is at or above the call level."""
    return loan.claim >= loan.call_ltv * pledge_value(state, loan)


def top_up(state: State, loan: Loan) -> None:
    """Free coins of the miner join the pledge, back to the initial loan-to-value as far as they go."""
    ledger = state.ledger
    wanted = ceil(loan.claim / loan.initial_ltv / low_cents_per_sat(state)) - ledger.sats[loan.pledge]
    moved = min(wanted, ledger.sats[loan.miner.account])
    if moved > 0:
        ledger.post("top_up", "sats", loan.miner.account, loan.pledge, moved)


def call(state: State, loan: Loan) -> None:
    """A margin call: top-up at once, and a cure window if that is not enough."""
    state.event("margin_call", f"loan:{loan.index}", loan.claim)
    top_up(state, loan)
    if above_call(state, loan):
        loan.cure_pending = True
        state.cures[state.day + loan.cure_days].add(loan.index)


def tranche_sale(state: State, loan: Loan) -> None:
    """Sells pledged coins at the low, back to the call level, at most a tranche."""
    if state.ledger.sats[loan.pledge] == 0:
        return
    charge_late(state, loan)
    ledger, low = state.ledger, low_cents_per_sat(state)
    claim = loan.claim
    pledged = ledger.sats[loan.pledge]
    x = (claim - loan.call_ltv * pledge_value(state, loan)) / (1 - loan.call_ltv)
    sats = min(ceil(x / low), ceil(pledged * loan.tranche_share), pledged)
    if sats <= 0:
        return
    ledger.post("collateral_sale", "sats", loan.pledge, WORLD, sats)
    state.event("collateral_sale", f"loan:{loan.index}", sats)
    proceeds = rounded(sats * low)
    paid = min(proceeds, claim)
    ledger.post("collateral_proceeds", "cents", WORLD, loan.lender.account, paid)
    ledger.post("collateral_surplus", "cents", WORLD, loan.miner.account, proceeds - paid)
    repay_from_collateral(state, loan, paid)


def repay_from_collateral(state: State, loan: Loan, paid: float) -> None:
    """Proceeds reduce overdue interest first, then principal; the loan may close or be cured."""
    to_interest = min(paid, loan.arrears_interest)
    loan.arrears_interest -= to_interest
    to_principal = paid - to_interest
    loan.outstanding -= to_principal
    loan.lender.book -= to_principal
    loan.arrears_principal = min(loan.arrears_principal, loan.outstanding)
    if loan.outstanding == 0 and loan.arrears_interest == 0:
        close_loan(state, loan)
    elif loan.status == "arrears" and loan.arrears_interest + loan.arrears_principal == 0:
        loan.status = "performing"


def end_cure(state: State, loan: Loan) -> None:
    """A cure window ends."""
    loan.cure_pending = False
    if loan.is_open and above_call(state, loan):
        top_up(state, loan)
        if above_call(state, loan):
            tranche_sale(state, loan)


def seize(state: State, loan: Loan) -> None:
    """The lender takes the pledged machines into a lot."""
    ledger = state.ledger
    machines = min(loan.collateral_machines, ledger.machines[loan.fleet.account])
    ledger.post("seizure", "machines", loan.fleet.account, loan.lot, machines)
    state.event("seizure", f"loan:{loan.index}", machines)
    loan.seized = True
    loan.lot_initial = machines
    loan.lot_day = state.day
    if machines == 0:
        loan.lender.carry -= loan.carry
        loan.carry = 0.0


def daily_test(state: State, loan: Loan) -> None:
    """The loan-to-value test of an open loan on coins."""
    claim = loan.claim
    if claim == 0:
        return
    if claim >= loan.liquidation_ltv * pledge_value(state, loan):
        tranche_sale(state, loan)
    elif above_call(state, loan) and not loan.cure_pending:
        call(state, loan)


def covenant_test(state: State, loan: Loan) -> None:
    """Whether pledged machines are still worth what they should be; if not, a call that ends some days later."""
    claim = loan.claim
    if claim > 0 and pledge_mark(state, loan) < loan.covenant_cover * claim:
        state.event("covenant_call", f"loan:{loan.index}", claim)
        loan.covenant_pending = True
        state.covenant_calls[state.day + loan.covenant_days].add(loan.index)


def run_collateral(state: State) -> None:
    """The stage: cure windows, seizures, what brokers pay, estates, the daily test, covenants."""
    for index in sorted(state.cures.pop(state.day, ())):
        end_cure(state, state.loans[index])
    for index in sorted(state.seizures.pop(state.day, ())):
        seize(state, state.loans[index])
    consignment.settle(state)
    for i in sorted(state.estates.pop(state.day, ())):
        distribute_estate(state, state.miners[i])
    if not channels.on(state, "margin_calls"):
        return
    for loan in state.loans:
        if loan.collateral == "btc" and loan.is_open:
            daily_test(state, loan)
    for loan in state.loans if state.first_of_month else ():
        if loan.covenant_cover is not None and loan.is_open and not loan.covenant_pending:
            covenant_test(state, loan)
