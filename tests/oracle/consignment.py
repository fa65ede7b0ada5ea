"""Seized machines handed to a broker. Page: docs/model/consignment.md. Amounts in cents and machines."""

from . import channels
from .book import Loan, Row, State
from .ledger import WORLD
from .numbers import ceil, rounded


def consign(state: State, loan: Loan, left: float, rule: Row) -> None:
    """The rule's turn for a lot: the broker takes it over, and sells some of it unless the market is below the reserve."""
    clearing = state.clearing[loan.fleet.tier]
    if loan.consigned_index is None:
        loan.consigned_index = state.index[loan.fleet.tier]
        state.event("consignment", f"loan:{loan.index}", left)
    if clearing < rule["reserve_to_index"] * loan.consigned_index:
        return
    machines = min(left, ceil(loan.lot_initial * rule["share_per_day"]))
    price = rounded(machines * (loan.fleet.hashrate_ths * clearing * (1 - rule["commission"]) * 100))
    sell(state, loan, left, machines, price, state.day + int(rule["settle_days"]))


def sell(state: State, loan: Loan, left: float, machines: float, price: float, settlement_day: int) -> None:
    """Machines go to buyers outside the book; what they pay is the claim's first, and comes later."""
    state.ledger.post("machine_sale", "machines", loan.lot, WORLD, machines)
    state.event("machine_sale", f"loan:{loan.index}", machines)
    paid = min(price, loan.ead - loan.recovered)
    loan.recovered += paid
    carry = min(rounded(loan.carry * ((left - machines) / left)), loan.ead - loan.recovered)
    loan.lender.carry += (carry - loan.carry) + paid
    loan.carry = carry
    if channels.on(state, "fire_sales"):
        state.overhang[loan.fleet.tier] += machines * loan.fleet.hashrate_ths
    state.settlements[settlement_day].append((loan.index, paid, price - paid))


def settle(state: State) -> None:
    """What brokers pay today: the lender's part is no asset any more but cash, the rest is the miner's."""
    for index, paid, rest in sorted(state.settlements.pop(state.day, [])):
        loan = state.loans[index]
        state.ledger.post("machine_proceeds", "cents", WORLD, loan.lender.account, paid)
        state.ledger.post("machine_surplus", "cents", WORLD, loan.miner.account, rest)
        loan.lender.carry -= paid
