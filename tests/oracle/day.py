"""The order of the day. Page: docs/model/README.md."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import (
    asics,
    book,
    close,
    collateral,
    deliveries,
    exposures,
    facilities,
    fleet,
    frontier,
    hedges,
    joint,
    lenders,
    loans,
    market,
    measures,
    miners,
    network,
    rescue,
    responses,
    sheets,
    sites,
    stages,
)
from .book import Event, Row, State, Tables
from .ledger import UNITS, Posting
from .numbers import OutOfRangeError, Real

STAGES: tuple[tuple[str, Callable[[State], None]], ...] = (
    ("market", market.price_of_the_day),
    ("network", network.blocks_of_the_day),
    ("network", network.switch_cohorts),
    ("deliveries", deliveries.run_deliveries),
    ("sites", sites.run_sites),
    ("fleet", fleet.run_fleets),
    ("fleet", network.count_the_book),
    ("miners", miners.run_miners),
    ("hedges", hedges.run_hedges),
    ("miners", miners.run_bills),
    ("loans", loans.run_loans),
    ("rescue", rescue.run_rescue),
    ("collateral", collateral.run_collateral),
    ("responses", responses.run_responses),
    ("asics", asics.run_asics),
    ("lenders", lenders.run_lenders),
    ("lenders", measures.measure_survival),
    ("close", close.close_day),
)


@dataclass
class Outcome:
    """One path. Amounts in whole cents, satoshis and machines; `retarget` events carry the new difficulty."""

    postings: list[Posting]
    events: list[Event]
    daily: list[dict[str, float]]
    loans: list[dict[str, Any]]
    miners: list[dict[str, Any]]
    lenders: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    credits: list[int]  # what vendors still owe at the horizon, by (miner, vendor)
    hedges: list[dict[str, Any]]
    facilities: list[dict[str, int]]
    marks: list[int]  # what claims between lenders are worth at the horizon, by (debtor, creditor)
    sales: list[tuple[int, int, int]]  # loans that changed hands: day, loan, the lender that holds it from then on
    stages: dict[str, int | None]  # days of stages and clocks
    sheets: list[list[tuple[int, int]]]  # by day and lender: its book, and what is owed on its open loans
    residuals: dict[str, tuple[int | None, float]]  # unit -> (first bad day, worst magnitude)


def open_path(state: State, tables: Tables) -> None:
    """The state at the start of day 0."""
    book.load(state, tables)
    joint.open_shocks(state)
    sites.open_sites(state, tables["fleet"], tables.get("works", []))
    hedges.open_hedges(state, tables.get("hedges", []), tables.get("profiles", []))
    facilities.open_facilities(state, tables.get("facilities", []))
    state.ledger.open_world()
    network.load_cohorts(state, tables["cohorts"])
    network.open_chain(state)
    loans.open_loans(state)
    deliveries.open_orders(state, tables.get("orders", []))
    responses.open_responses(state, tables.get("responses", []))
    lenders.open_lenders(state)
    measures.start_measures(state)
    asics.open_prices(state)
    frontier.open_frontier(state, tables["machines"])


def run_day(state: State, day: int) -> None:
    """All stages of a day."""
    state.day = day
    state.ledger.start_day(day)
    for name, stage in STAGES:
        try:
            stage(state)
        except OutOfRangeError as error:
            raise OutOfRangeError(f"day {day}, stage {name}: {error}") from error


def outcome(state: State) -> Outcome:
    """What the path leaves behind at the horizon."""
    ledger = state.ledger
    losses = [close.loss_at_horizon(state, loan) for loan in state.loans]
    return Outcome(
        postings=ledger.postings,
        events=[
            (day, kind, entity, amount if kind == "retarget" else int(amount))
            for day, kind, entity, amount in state.events
        ],
        daily=state.daily,
        loans=[
            {
                "status": loan.status,
                "default_day": loan.default_day,
                "ead": int(loan.ead),
                "recovered": int(loan.recovered),
                "loss": int(losses[loan.index]),
                "outstanding": int(loan.outstanding),
                "late_interest": int(loan.late_interest),
            }
            for loan in state.loans
        ],
        miners=[
            {
                "operating": miner.operating,
                "failed_day": miner.failed_day,
                "cash": int(ledger.cents[miner.account]),
                "sats": int(ledger.sats[miner.account]),
            }
            for miner in state.miners
        ],
        lenders=[
            {
                "failed": lender.failed,
                "failed_day": lender.failed_day,
                "cash": int(ledger.cents[lender.account]),
                "equity": int(sheets.equity(state, lender)),
                "loss": int(close.loss_of_lender(lender, losses)),
                "exposure_loss": int(exposures.loss_at_horizon(lender)),
                "survival_days_start": lender.survival_start,
                "survival_days_min": lender.survival_min,
                "debtrank": lender.debtrank,
            }
            for lender in state.lenders
        ],
        orders=[
            {"status": order.status, "paid": int(order.paid), "arrears": int(order.arrears)} for order in state.orders
        ],
        credits=[int(ledger.cents[credit.account]) for credit in state.credits],
        hedges=[
            {"open": hedge.open, "called": hedge.called, "margin": int(ledger.cents.get(hedge.margin, 0.0))}
            for hedge in state.hedges
        ],
        facilities=[
            {
                "spent": int(facility.spent),
                "repaid": int(ledger.cents[facility.account] - facility.left),
                "held": int(facilities.held(state, facility)),
            }
            for facility in state.facilities
        ],
        marks=[int(exposure.mark) for exposure in state.exposures],
        sales=state.sales,
        stages=stages.dates(state),
        sheets=state.sheets,
        residuals={unit: (ledger.first_bad_day[unit], ledger.worst[unit]) for unit in UNITS},
    )


def simulate(
    tables: Tables,
    scenario: Row,
    close_usd: list[float],
    low_usd: list[float],
    exp: Real = math.exp,
    ln: Real = math.log,
    cos: Real = math.cos,
    days: int | None = None,
    seed: int = 0,
    path: int = 0,
) -> Outcome:
    """Runs one path over the scenario's days (or the first `days` of them); seed and path are for what it draws itself."""
    horizon = scenario["days"] if days is None else min(days, scenario["days"])
    state = State(scenario, close_usd, low_usd, exp, ln, horizon, seed, path, cos)
    open_path(state, tables)
    for day in range(horizon):
        run_day(state, day)
    return outcome(state)
