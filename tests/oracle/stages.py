"""Stages of the crisis, clocks of recovery, concentration and leverage: measured, felt by nobody. Page: docs/model/stages.md."""

from collections.abc import Callable

from .book import Fleet, Row, State
from .miners import power_cents

Days = list[dict[str, float]]
THRESHOLDS: Row = {
    "btc_usd": 20000.0,
    "utilisation": 0.9,
    "lender_cash_share": 0.5,
    "power_to_revenue": 0.8,
    "miner_cash_share": 0.5,
    "recovery_btc_usd": 22000.0,
    "recovery_lender_share": 0.75,
}

# Measures by the day


def lender_cash_usd(state: State) -> float:
    """Cash of lenders that have not failed."""
    return sum(state.ledger.cents[lender.account] for lender in state.lenders if not lender.failed) / 100


def power_to_revenue(state: State) -> float:
    """A day's power, less what curtailment brings and with the demand charge, over a day's revenue of the book's fleets."""
    power = 0.0
    for miner in state.miners:
        power = power + power_cents(miner)
    revenue = state.fleet_running_ths * state.revenue_usd_per_ths * 100
    return power / revenue if revenue > 0 else 0.0


# Measures by the month


def top10_share(state: State) -> float:
    """What the ten miners of the book that run most run, of all that is online; 0 where nothing is."""
    if state.online_ths == 0:
        return 0.0
    total = 0.0
    for running in sorted((miner.running_ths for miner in state.miners), reverse=True)[:10]:
        total = total + running
    return total / state.online_ths


def hhi(state: State) -> float:
    """Squares of the shares of the book's miners; 0 where nothing is online."""
    if state.online_ths == 0:
        return 0.0
    total = 0.0
    for miner in state.miners:
        share = miner.running_ths / state.online_ths
        total = total + share * share
    return total


def worth(state: State, row: Fleet) -> float:
    """Cents that a site's machines would bring at the clearing price."""
    return state.ledger.machines[row.account] * (row.hashrate_ths * state.clearing[row.tier] * 100)


def miners_assets(state: State) -> float:
    """Cents: cash and coins of all operating miners, then the machines of all of them."""
    operating = [miner for miner in state.miners if miner.operating]
    total = 0.0
    for miner in operating:
        account = miner.account
        total = total + (state.ledger.cents[account] + state.ledger.sats[account] * state.cents_per_sat)
    for miner in operating:
        for row in miner.fleets:
            total = total + worth(state, row)
    return total


def debt_to_assets(state: State) -> float:
    """What lenders have on their books over what operating miners have."""
    assets = miners_assets(state)
    return sum(lender.book for lender in state.lenders) / assets if assets > 0 else 0.0


def monthly(state: State) -> dict[str, float]:
    """The measures of a month."""
    return {"top10_share": top10_share(state), "hhi": hhi(state), "debt_to_assets": debt_to_assets(state)}


def aggregates(state: State) -> dict[str, float]:
    """What this page adds to the day's aggregates (docs/model/close.md)."""
    if state.day == 0 or state.first_of_month:
        state.monthly = monthly(state)
    return {
        "lender_cash_usd": lender_cash_usd(state),
        "power_to_revenue": power_to_revenue(state),
        **state.monthly,
    }


# Dates, after the last day


def first_day(daily: Days, holds: Callable[[dict[str, float]], bool], start: int = 0) -> int | None:
    """The first day from a day on whose measures hold."""
    return next((day for day in range(start, len(daily)) if holds(daily[day])), None)


def day_of_the_lowest(daily: Days, name: str) -> int:
    """The first, if several."""
    return min(range(len(daily)), key=lambda day: daily[day][name])


def stages(daily: Days, at: Row) -> dict[str, int | None]:
    """When each stage begins, each by itself."""
    lenders, miners = (daily[0][name] for name in ("lender_cash_usd", "miner_cash_usd"))
    return {
        "stage_initial_day": first_day(
            daily, lambda now: now["btc_usd"] < at["btc_usd"] and now["network_utilisation"] < at["utilisation"]
        ),
        "stage_middle_day": first_day(
            daily,
            lambda now: now["lenders_failed"] >= 1 or now["lender_cash_usd"] < at["lender_cash_share"] * lenders,
        ),
        "stage_late_day": first_day(
            daily,
            lambda now: (
                now["power_to_revenue"] > at["power_to_revenue"]
                and now["miner_cash_usd"] < at["miner_cash_share"] * miners
            ),
        ),
    }


def clocks(daily: Days, at: Row) -> dict[str, int | None]:
    """When prices, machines and lenders are lowest, and when they are back."""
    btc_low, asic_low, cash_low = (
        day_of_the_lowest(daily, name) for name in ("btc_usd", "asic_index_usd_per_th", "lender_cash_usd")
    )
    enough = at["recovery_lender_share"] * daily[0]["lender_cash_usd"]
    return {
        "btc_low_day": btc_low,
        "btc_recovery_day": first_day(daily, lambda now: now["btc_usd"] >= at["recovery_btc_usd"], btc_low + 1),
        "asic_low_day": asic_low if 0 < asic_low < len(daily) - 1 else None,
        "lender_recovery_day": first_day(daily, lambda now: now["lender_cash_usd"] >= enough, cash_low + 1)
        if cash_low > 0
        else None,
    }


def dates(state: State) -> dict[str, int | None]:
    """Stages and clocks of a path by its days and the scenario's thresholds."""
    at = state.scenario.get("stages", THRESHOLDS)
    return stages(state.daily, at) | clocks(state.daily, at)
