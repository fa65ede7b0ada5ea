"""Rescue funds lend and are repaid: the stage between loans and collateral. Page: docs/model/rescue.md. Amounts in cents."""

from . import channels
from .book import Miner, State
from .facilities import Bridge, Facility, exhaust, works
from .loans import machine_value, miner_default
from .miners import raise_cash
from .numbers import rounded


def repay(state: State, facility: Facility, miner: Miner, bridge: Bridge) -> None:
    """The one payment of a bridge loan; the miner defaults when it cannot make it."""
    ledger = state.ledger
    raise_cash(state, miner, bridge.due)
    paid = min(ledger.cents[miner.account], bridge.due)
    ledger.post("rescue_repayment", "cents", miner.account, facility.account, paid)
    miner.debt_service_per_day -= bridge.service
    if paid == bridge.due:
        bridge.status = "repaid"
        state.event("rescue_repaid", miner.account, bridge.due)
    else:
        bridge.status = "defaulted"
        bridge.claim = bridge.due - paid
        state.event("rescue_default", miner.account, bridge.claim)
        miner_default(state, miner)


def coins_worth(state: State, sats: float) -> float:
    """Cents for coins at the price of the day."""
    return rounded(sats * state.cents_per_sat)


def debt(state: State, miner: Miner) -> float:
    """What a miner owes lenders and funds."""
    owed = sum((loan.claim for loan in miner.loans if loan.is_open), 0.0)
    bridges = (facility.bridges[miner.index] for facility in state.facilities if facility.kind == "fund")
    return owed + sum((bridge.principal for bridge in bridges if bridge.status == "open"), 0.0)


def assets(state: State, miner: Miner) -> float:
    """Cash, coins, pledged coins and machines."""
    ledger = state.ledger
    found = ledger.cents[miner.account] + coins_worth(state, ledger.sats[miner.account])
    for loan in miner.loans:
        if loan.is_open and loan.collateral == "btc":
            found += coins_worth(state, ledger.sats[loan.pledge])
    for row in miner.fleets:
        found += machine_value(state, row, ledger.machines[row.account])
    return found


def consider(state: State, facility: Facility, miner: Miner) -> None:
    """Lends to a miner that is short of so many days of bills."""
    bridge = facility.bridges[miner.index]
    if not miner.operating or not bridge.applies or bridge.status != "none":
        return
    if facility.region is not None and all(row.region != facility.region for row in miner.fleets):
        return
    ledger = state.ledger
    coins = coins_worth(state, ledger.sats[miner.account])
    liquid = ledger.cents[miner.account] + coins - miner.power_due - miner.bills_arrears
    service = miner.debt_service_per_day + miner.order_service_per_day
    mark = rounded(facility.bill_days * (max(miner.accrued, 0.0) + miner.overhead_per_day + service))
    if liquid >= mark or debt(state, miner) > facility.max_debt_to_assets * assets(state, miner):
        return
    past_due = sum((loan.arrears_interest + loan.arrears_principal for loan in miner.loans if loan.is_open), 0.0)
    asked = min(mark - liquid + past_due, facility.most_per_miner)
    lent = min(asked, facility.left)
    if lent > 0:
        ledger.post("rescue_loan", "cents", facility.account, miner.account, lent)
        facility.spent += lent
        bridge.status = "open"
        bridge.principal = lent
        bridge.due = lent + rounded(lent * (facility.rate * facility.term_days / 360))
        bridge.due_day = state.day + facility.term_days
        bridge.service = rounded(lent * facility.rate / 360)
        miner.debt_service_per_day += bridge.service
        state.event("rescue_loan", miner.account, lent)
    if lent < asked:
        exhaust(state, facility)


def run_rescue(state: State) -> None:
    """The stage."""
    if not channels.on(state, "rescue"):
        return
    funds = [facility for facility in state.facilities if facility.kind == "fund"]
    for facility in funds:
        for miner, bridge in zip(state.miners, facility.bridges, strict=True):
            if bridge.status == "open" and bridge.due_day == state.day:
                repay(state, facility, miner, bridge)
    for facility in funds:
        for miner in state.miners:
            if works(state, facility):
                consider(state, facility, miner)
