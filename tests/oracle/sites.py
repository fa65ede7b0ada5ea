"""Hosts that fail, liquid cooling, new racks: the stage between orders and fleet. Page: docs/model/sites.md. Amounts in cents."""

from dataclasses import dataclass, field
from math import inf

from .book import Fleet, Miner, Row, State, canonical
from .hedges import miss
from .loans import offer_row
from .miners import pay_world, raise_cash
from .numbers import cents, rounded


@dataclass(slots=True)
class Work:
    """One job at one fleet row: cooling, or racks that open unit by unit."""

    row: Fleet
    begin_day: int
    capex: float
    done: list[tuple[int, float]] = field(default_factory=list)  # (day, slots that open)


@dataclass(slots=True)
class Site:
    """What happens to the place of a fleet row: the failure of its host, and how its machines run on each day."""

    ths: list[float]  # of a machine
    mwh_per_ths: list[float]
    available: list[float]
    fail_day: int | None = None
    release_day: int | None = None
    fee: float = 0.0  # a machine
    lost: float = 0.0  # of the deposit

    def holds(self, day: int) -> bool:
        """Whether a host that failed holds the machines."""
        return self.fail_day is not None and self.fail_day <= day < self.release_day


def number(row: Row, column: str, default: float) -> float:
    """A column that may be missing or empty."""
    found = row.get(column)
    return default if found is None else float(found)


def host_fails(state: State, fleet_row: Row, row: Fleet, site: Site) -> set[int]:
    """Sets when a row's host fails; the days on which the row stands still for it."""
    for event in state.scenario.get("host_events", []):
        if fleet_row.get("host") is not None and event["host"] == fleet_row["host"]:
            site.fail_day = event["day"]
            site.release_day = event["day"] + event["lien_days"]
            site.fee = cents(number(event, "fee_usd_per_machine", 0.0))
            deposit = cents(number(fleet_row, "host_deposit_usd", 0.0))
            site.lost = rounded(deposit * number(event, "deposit_lost_share", 1.0))
            return set(range(site.fail_day, site.release_day + int(number(event, "move_days", 0))))
    return set()


def cool(state: State, work: Row, row: Fleet, site: Site, begin: int | None) -> set[int]:
    """Liquid cooling from the day it is done; the days on which the row stands still for it."""
    done = 0 if begin is None else begin + int(number(work, "days", 0))
    relief = number(work, "heat_relief", 0.0)
    for day in range(done, state.days):
        site.ths[day] = row.hashrate_ths * work["hashrate_factor"]
        site.mwh_per_ths[day] = row.mwh_per_ths * work["energy_factor"]
        a = site.available[day]
        site.available[day] = a + (1 - a) * relief if a > 0 else a
    return set() if begin is None else set(range(begin, done))


def open_racks(state: State, work: Row, row: Fleet, begin: int) -> list[tuple[int, float]]:
    """Day and slots of each unit, which join the row's slots."""
    units = int(work["units"])
    each = work["slots"] // units
    first, step = begin + int(number(work, "days", 0)), int(number(work, "step_days", 0))
    found = []
    for k in range(units):
        slots = each if k < units - 1 else work["slots"] - (units - 1) * each
        found.append((first + k * step, float(slots)))
        for day in range(first + k * step, state.days):
            row.slots[day] += slots
    return found


def stand_still(state: State, row: Fleet, days: set[int]) -> None:
    """No slots on some days, also of a row without a limit."""
    if days:
        slots = [inf] * state.days if row.slots is None else row.slots
        row.slots = [0.0 if day in days else slots[day] for day in range(state.days)]


def open_sites(state: State, fleet_rows: list[Row], works: list[Row]) -> None:
    """The sites of all rows and the works, the same on all paths."""
    by_key = {row["fleet"]: row for row in fleet_rows}
    still: dict[int, set[int]] = {}
    for row in state.fleets:
        days = range(state.days)
        row.site = Site(
            ths=[row.hashrate_ths for _ in days],
            mwh_per_ths=[row.mwh_per_ths for _ in days],
            available=[state.scenario["availability"][row.region][day] for day in days],
        )
        still[row.index] = host_fails(state, by_key[row.key], row, row.site)
    rows = {row.key: row for row in state.fleets}
    for work in canonical(works, "work"):
        row = rows[work["fleet"]]
        begin = None if work.get("begin_date") is None else (work["begin_date"] - state.start).days
        done: list[tuple[int, float]] = []
        if work["kind"] == "cooling":
            still[row.index] |= cool(state, work, row, row.site, begin)
            if begin is not None:
                done = [(begin + int(number(work, "days", 0)), 0.0)]
        else:
            done = open_racks(state, work, row, begin)
        if begin is not None:
            state.works.append(Work(row=row, begin_day=begin, capex=cents(number(work, "capex_usd", 0.0)), done=done))
    for row in state.fleets:
        stand_still(state, row, still[row.index])


# The stage


def owe(state: State, miner: Miner, amount: float, reason: str) -> None:
    """A bill that is paid as far as it goes; the rest joins the arrears."""
    if amount > 0:
        raise_cash(state, miner, amount)
        miss(state, miner, amount - pay_world(state, miner, reason, amount))


def release(state: State, row: Fleet, machines: float) -> None:
    """A host gives machines back: to a miner that operates for a fee, else to those who sell them."""
    miner = state.miners[row.miner]
    state.event("lien_release", row.account, machines)
    if miner.operating:
        owe(state, miner, machines * row.site.fee, "lien_fee")
        owe(state, miner, row.site.lost, "host_deposit")
    else:
        offer_row(state, miner, row)


def run_sites(state: State) -> None:
    """The stage: failures, releases, works that begin, works that are done."""
    day = state.day
    for row in state.fleets:
        if row.site.fail_day == day and state.ledger.machines[row.account] > 0:
            state.event("host_failure", row.account, state.ledger.machines[row.account])
    for row in state.fleets:
        if row.site.release_day == day and state.ledger.machines[row.account] > 0:
            release(state, row, state.ledger.machines[row.account])
    for work in state.works:
        miner = state.miners[work.row.miner]
        if work.begin_day == day and miner.operating:
            state.event("works_begun", work.row.account, work.capex)
            owe(state, miner, work.capex, "works")
    for work in state.works:
        if state.miners[work.row.miner].operating:
            for when, slots in work.done:
                if when == day:
                    state.event("works_done", work.row.account, slots)
