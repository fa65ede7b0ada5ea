"""Blocks, retarget, halving, yield and the anonymous cohorts. Page: docs/model/network.md."""

import math

from .book import Cohort, Row, State, canonical
from .fleet import can_run, housed, switch
from .numbers import floor

DAY_SECONDS = 86400.0
EPOCH_BLOCKS = 2016.0
HALVING_BLOCKS = 210000.0


def installed_ths(row: Row, scenario: Row, days: int) -> list[float]:
    """TH/s of a cohort per day: the opening plus the sum of its deliveries up to and with that day."""
    mine = [delivery for delivery in scenario["deliveries"] if delivery["cohort"] == row["cohort"]]
    mine.sort(key=lambda delivery: delivery["day"])
    series = []
    delivered = 0.0
    taken = 0
    for day in range(days):
        while taken < len(mine) and mine[taken]["day"] <= day:
            delivered = delivered + mine[taken]["hashrate_ths"]
            taken += 1
        series.append(row["hashrate_ths"] + delivered)
    return series


def cohort_cost(row: Row, tariff: list[float], day: int) -> float:
    """USD per TH/s and day."""
    power = row["power_usd_per_mwh"] * (1 + row["pass_through"] * (tariff[day] / tariff[0] - 1))
    return row["efficiency_j_per_th"] * 24e-6 * power


def load_cohorts(state: State, rows: list[Row]) -> None:
    """Cohorts in canonical order with their hashrate and cost on every day."""
    for index, row in enumerate(canonical(rows, "cohort")):
        available = state.scenario["availability"][row["region"]]
        tariff = state.tariffs[row["region"]]
        installed = installed_ths(row, state.scenario, state.days)
        state.cohorts.append(
            Cohort(
                index=index,
                shutdown_ratio=row["shutdown_ratio"],
                shutdown_days=row["shutdown_days"],
                restart_ratio=row["restart_ratio"],
                restart_days=row["restart_days"],
                ths=[installed[day] * available[day] for day in range(state.days)],
                cost=[cohort_cost(row, tariff, day) for day in range(state.days)],
                installed=installed,
            )
        )


def open_chain(state: State) -> None:
    """The chain and the hashrate online at the start of day 0."""
    height = state.scenario["height"]
    halvings = height // 210000
    state.difficulty = float(state.scenario["difficulty"])
    state.epoch_height = float(height // 2016 * 2016)
    state.epoch_blocks = float(height - height // 2016 * 2016)
    state.epoch_seconds = state.epoch_blocks * 600
    state.subsidy_sats = float(5000000000 // 2**halvings)
    state.next_halving = float((halvings + 1) * 210000)
    online = 0.0
    for cohort in state.cohorts:
        online = online + cohort.ths[0]
    for row in state.fleets:
        online = online + housed(row, row.opening_machines, 0) * (row.site.ths[0] * row.site.available[0])
    state.network_ths = online


def retarget(state: State) -> None:
    """Difficulty of the next epoch, from the time the old one took over 2,015 intervals."""
    ratio = 1209600 / (state.epoch_seconds * (2015 / 2016)) if state.epoch_seconds != 0 else math.inf
    ratio = min(max(ratio, 0.25), 4.0)
    state.difficulty = state.difficulty * ratio
    state.epoch_height = state.epoch_height + EPOCH_BLOCKS
    state.epoch_blocks = 0.0
    state.epoch_seconds = 0.0
    state.event("retarget", "network", state.difficulty)


def halve(state: State) -> None:
    """The subsidy halves."""
    state.subsidy_sats = floor(state.subsidy_sats / 2)
    state.next_halving = state.next_halving + HALVING_BLOCKS
    state.event("halving", "network", state.subsidy_sats)


def expected_blocks_per_ths(difficulty: float) -> float:
    """Expected blocks per second and TH/s."""
    return 1e12 / (difficulty * 4294967296)


def blocks_of_the_day(state: State) -> None:
    """Runs the day's expected blocks; sets the yield, the hashprice and the revenue per TH/s."""
    fees = state.scenario["fees_sats_per_block"][state.day]
    remaining = DAY_SECONDS
    day_yield = 0.0
    per_ths = expected_blocks_per_ths(state.difficulty)
    rate = state.network_ths * per_ths
    while True:
        to_retarget = EPOCH_BLOCKS - state.epoch_blocks
        to_halving = state.next_halving - (state.epoch_height + state.epoch_blocks)
        step_blocks = min(to_retarget, to_halving)
        step_seconds = step_blocks / rate if rate != 0 else math.inf
        last = step_seconds > remaining
        if last:
            step_seconds = remaining
            step_blocks = rate * remaining
        day_yield = day_yield + step_seconds * per_ths * (state.subsidy_sats + fees)
        state.epoch_blocks = state.epoch_blocks + step_blocks
        state.epoch_seconds = state.epoch_seconds + step_seconds
        remaining = remaining - step_seconds
        if last:
            break
        if to_halving <= to_retarget:
            halve(state)
        if to_retarget <= to_halving:
            retarget(state)
            per_ths = expected_blocks_per_ths(state.difficulty)
            rate = state.network_ths * per_ths
    state.yield_sats_per_ths = day_yield
    state.hashprice = day_yield * 1e-5 * state.btc_usd
    state.hashprices.append(state.hashprice)
    state.revenue_usd_per_ths = day_yield * 1e-8 * state.btc_usd


def switch_cohorts(state: State) -> None:
    """Switches the cohorts and starts the day's online hashrate with those that are on."""
    day = state.day
    revenue = state.revenue_usd_per_ths
    online = 0.0
    for cohort in state.cohorts:
        switch(cohort, revenue, cohort.cost[day])
        if cohort.on:
            online = online + cohort.ths[day]
    state.cohorts_online_ths = online * state.shocks["network"][day]
    state.online_ths = state.cohorts_online_ths


def count_the_book(state: State) -> None:
    """What the book has plugged in when the fleets have been switched."""
    day = state.day
    total = 0.0
    for miner in state.miners:
        own = 0.0
        for row in miner.fleets:
            if miner.operating:
                own = own + can_run(row, state.ledger.machines[row.account], day) * row.site.ths[day]
        total = total + own
    state.book_plugged_ths = total


def network_utilisation(state: State) -> float:
    """What runs at the close of all that is plugged in, in the whole network; 0 where nothing is. Page: docs/model/stages.md"""
    cohorts = 0.0
    for cohort in state.cohorts:
        cohorts = cohorts + cohort.installed[state.day]
    fleets = 0.0
    for miner in state.miners:
        fleets = fleets + miner.running_ths
    hosted = state.online_ths - state.cohorts_online_ths - fleets
    plugged = cohorts * state.shocks["network"][state.day] + state.book_plugged_ths + hosted
    return state.online_ths / plugged if plugged > 0 else 0.0
