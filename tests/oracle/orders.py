"""Machines bought and not yet running: what an order is worth and how it ends. Page: docs/model/deliveries.md. Cents.

The stage of the day is in deliveries.py.
"""

from .book import Credit, Miner, Order, State
from .ledger import WORLD
from .numbers import rounded


def index_unit(state: State, order: Order) -> float:
    """Yesterday's index value of one machine, not rounded."""
    return order.fleet.hashrate_ths * state.index[order.fleet.tier] * 100


def index_value(state: State, order: Order) -> float:
    """Yesterday's index value of all machines of an order."""
    return rounded(order.machines * index_unit(state, order))


def asked(state: State, order: Order, amount: float) -> float:
    """What the vendor asks today for a contractual amount."""
    return rounded(amount * (index_unit(state, order) / order.unit)) if order.floating else amount


def close_order(order: Order) -> None:
    """The order is neither paid nor delivered any more."""
    order.status = "closed"


def grant(state: State, credit: Credit, reason: str, amount: float) -> None:
    """The vendor owes the miner more."""
    if amount > 0:
        state.ledger.post(reason, "cents", WORLD, credit.account, amount)


def lose_credit(state: State, credit: Credit) -> None:
    """All of a credit is worthless."""
    state.ledger.post("forfeit", "cents", credit.account, WORLD, state.ledger.cents[credit.account])


def lapse(state: State, order: Order) -> None:
    """The vendor keeps its share of what was paid; the rest becomes credit."""
    close_order(order)
    kept = rounded(order.paid * order.forfeit_share)
    state.event("order_lapse", order.entity, kept)
    grant(state, order.credit, "vendor_credit", order.paid - kept)


def cancel(state: State, order: Order) -> None:
    """The miner walks away; what was paid becomes credit."""
    close_order(order)
    state.event("order_cancelled", order.entity, order.paid)
    grant(state, order.credit, "vendor_credit", order.paid)


def lose_all(state: State, miner: Miner) -> None:
    """A miner defaults: its open orders and its credits are gone."""
    for order in miner.orders:
        if order.is_open:
            close_order(order)
            state.event("order_lapse", order.entity, order.paid)
    for credit in miner.credits:
        lose_credit(state, credit)


def vendor_fails(state: State, vendor: str) -> None:
    """A vendor's open orders and all credit with it are gone."""
    for order in state.orders:
        if order.is_open and order.vendor == vendor:
            close_order(order)
            state.event("vendor_default", order.entity, order.paid)
    for credit in state.credits:
        if credit.vendor == vendor:
            lose_credit(state, credit)
