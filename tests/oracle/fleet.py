"""Which machines run. Page: docs/model/fleet.md."""

from . import power
from .book import Cohort, Fleet, Miner, State


def switch(row: Fleet | Cohort, revenue: float, cost: float) -> bool:
    """One day of the switching rule (USD per TH/s and day); true when the row changed sides."""
    against = revenue < row.shutdown_ratio * cost if row.on else revenue >= row.restart_ratio * cost
    row.streak = row.streak + 1 if against else 0
    if row.streak < (row.shutdown_days if row.on else row.restart_days):
        return False
    row.on = not row.on
    row.streak = 0
    return True


def can_run(row: Fleet, machines: float, day: int) -> float:
    """Of a row's machines, those that are unpacked and have a slot that was not sold."""
    unpacked = max(machines - row.boxed, 0.0)
    return unpacked if row.slots is None else min(unpacked, max(0.0, row.slots[day] - row.sold))


def housed(row: Fleet, machines: float, day: int) -> float:
    """Of so many machines, those that have a slot on a day."""
    return machines if row.slots is None else min(machines, row.slots[day])


def run_row(state: State, miner: Miner, row: Fleet, revenue: float) -> None:
    """Switches one fleet row and adds what it runs, costs and earns today."""
    day = state.day
    tariff = state.tariffs[row.region]
    price = power.power_price(row, tariff, day)
    cost = power.cost_usd_per_ths(row, price, day)
    machines = state.ledger.machines[row.account]
    present = miner.operating and machines > 0
    if switch(row, revenue, cost) and present:
        state.event("restart" if row.on else "shutdown", row.account, 0)
    if not present:
        return  # every term of the sums below is zero
    connected = can_run(row, machines, day)
    miner.demand_cents = miner.demand_cents + power.demand_cents(row, connected)
    potential = connected * (row.site.ths[day] * row.site.available[day])
    miner.potential_ths = miner.potential_ths + potential
    if not row.on:
        return
    if power.curtailed(row, tariff[day]):
        credit = power.credit_usd_per_ths(row, tariff[day], price, day)
        miner.credit_cents = miner.credit_cents + potential * (credit * 100)
        state.event("curtailment", row.account, 0)
        return
    miner.running_ths = miner.running_ths + potential
    miner.energy_cents = miner.energy_cents + potential * (cost * 100)


def run_fleets(state: State) -> None:
    """What every miner runs today: TH/s, and cents of energy, of credit and of demand."""
    state.fleet_running_ths = 0.0
    state.fleet_potential_ths = 0.0
    for miner in state.miners:
        miner.running_ths = 0.0
        miner.potential_ths = 0.0
        miner.energy_cents = 0.0
        miner.credit_cents = 0.0
        miner.demand_cents = 0.0
        revenue = state.revenue_usd_per_ths * (1 - miner.pool_fee)
        for row in miner.fleets:
            run_row(state, miner, row, revenue)
        state.online_ths = state.online_ths + miner.running_ths
        state.fleet_running_ths = state.fleet_running_ths + miner.running_ths
        state.fleet_potential_ths = state.fleet_potential_ths + miner.potential_ths
