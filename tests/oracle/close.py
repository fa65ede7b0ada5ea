"""End of the day and what is measured. Page: docs/model/close.md."""

from . import channels, network, stages
from .book import Lender, Loan, State
from .loans import machine_mark
from .market import impact_of_forced_sales


def aggregates(state: State) -> dict[str, float]:
    """The day's aggregates, in the units of the page."""
    ledger = state.ledger
    operating = [miner.account for miner in state.miners if miner.operating]
    potential = state.fleet_potential_ths
    return {
        "btc_usd": state.btc_usd,
        "network_ehs": state.online_ths * 1e-6,
        "difficulty": state.difficulty,
        "hashprice_usd_per_ph_day": state.hashprice,
        "asic_index_usd_per_th": state.index[1],
        "asic_clearing_usd_per_th": state.clearing[1],
        "utilisation": state.fleet_running_ths / potential if potential > 0 else 0.0,
        "network_utilisation": network.network_utilisation(state),
        "price_impact": 1 - state.price_factor,
        "debt_usd": sum(loan.outstanding for loan in state.loans if loan.is_open) / 100,
        "defaulted_usd": sum(loan.ead for loan in state.loans) / 100,
        "miner_cash_usd": sum(ledger.cents[account] for account in operating) / 100,
        "miner_btc": sum(ledger.sats[account] for account in operating) * 1e-8,
        "forced_btc": ledger.forced_sats * 1e-8,
        "miners_failed": sum(not miner.operating for miner in state.miners),
        "lenders_failed": sum(lender.failed for lender in state.lenders),
        **stages.aggregates(state),
    }


def owed(lender: Lender) -> int:
    """Principal of a lender's open loans."""
    return int(sum(loan.outstanding for loan in lender.loans if loan.is_open))


def close_day(state: State) -> None:
    """The stage."""
    impact_of_forced_sales(state)
    state.network_ths = state.online_ths if channels.on(state, "difficulty") else channels.full_ths(state)
    state.ledger.close_day()
    state.daily.append(aggregates(state))
    state.sheets.append([(int(lender.book), owed(lender)) for lender in state.lenders])


def machines_to_mark(state: State, loan: Loan) -> float:
    """A defaulted loan's machines that are still in the fleet awaiting seizure, or in its lot."""
    if loan.fleet is None:
        return 0.0
    if loan.seized:
        return state.ledger.machines[loan.lot]
    return min(loan.collateral_machines, state.ledger.machines[loan.fleet.account])


def loss_at_horizon(state: State, loan: Loan) -> float:
    """Cents lost on a loan, its remaining machines at their mark; 0 when it has not defaulted."""
    if loan.status != "defaulted":
        return 0.0
    left = loan.ead - loan.recovered
    machines = machines_to_mark(state, loan)
    mark = machine_mark(state, loan, machines) if machines > 0 else 0.0
    return left - min(mark, left)


def loss_of_lender(lender: Lender, losses: list[float]) -> float:
    """Cents lost on the loans that a lender holds at the end, and on those that it has sold to others, less what it paid too little."""
    return sum(losses[loan.index] for loan in lender.loans) + lender.sale_loss
