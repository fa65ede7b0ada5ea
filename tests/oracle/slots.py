"""Empty rack slots that are sold. Page: docs/model/responses.md#slots. Amounts in cents and slots."""

from .book import Fleet, Miner, State
from .ledger import WORLD


def for_sale(state: State, miner: Miner, row: Fleet) -> float:
    """Slots of a row that neither hold a machine nor wait for one."""
    coming = sum((order.machines for order in miner.orders if order.is_open and order.fleet is row), 0.0)
    left = row.slots[state.day] - row.sold - state.ledger.machines[row.account] - coming
    return max(0.0, left)


def sell_slots(state: State, miner: Miner, row: Fleet, wanted: float | None, unit: float) -> bool:
    """Sells what is empty, or as much of it as is wanted; false when nothing is."""
    free = for_sale(state, miner, row)
    slots = free if wanted is None else min(wanted, free)
    if slots <= 0:
        return False
    state.event("slot_sale", row.account, slots)
    state.ledger.post("slot_sale", "cents", WORLD, miner.account, slots * unit)
    row.sold += slots
    return True
