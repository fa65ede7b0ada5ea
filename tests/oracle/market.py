"""Price of the day and the impact of forced sales. Page: docs/model/market.md."""

import math

from . import channels
from .book import State
from .ledger import WORLD
from .numbers import decay, rounded


def outside_sats(state: State) -> float:
    """Satoshis that sellers outside the book sell under force today: each row in equal parts, whole ones."""
    total = 0.0
    for row in state.scenario.get("forced_sales", []):
        if row["day"] <= state.day < row["day"] + row["days"]:
            total = total + rounded(row["btc"] * 1e8 / row["days"])
    return total


def price_of_the_day(state: State) -> None:
    """BTC price and low in USD after the impact carried from yesterday; what others sell is the first of today's forced sales."""
    state.ledger.forced_sats = state.ledger.forced_sats + outside_sats(state)
    factor = state.exp(-(state.impact_permanent + state.impact_temporary))
    state.price_factor = factor
    state.btc_usd = state.close_usd[state.day] * factor
    state.btc_low_usd = state.low_usd[state.day] * factor
    state.cents_per_sat = state.btc_usd * 1e-6


def sell_coins(state: State, account: str, sats: float, reason: str) -> float:
    """Sells satoshis of an account at the price of the day; the proceeds in cents."""
    income = rounded(sats * state.cents_per_sat)
    state.ledger.post(reason, "sats", account, WORLD, sats)
    state.ledger.post(reason, "cents", WORLD, account, income)
    return income


def impact_of_forced_sales(state: State) -> None:
    """At the close: today's forced satoshis, of the book and of others, move tomorrow's price."""
    impact = state.scenario["impact"]
    permanent_share = impact["permanent_share"]
    sold_btc = state.ledger.forced_sats * 1e-8
    shock = impact["y"] * impact["sigma_daily"] * math.sqrt(sold_btc / impact["volume_btc_per_day"])
    if not channels.on(state, "impact"):
        shock = 0.0
    state.impact_permanent = state.impact_permanent + permanent_share * shock
    state.impact_temporary = (
        state.impact_temporary * decay(impact["half_life_days"], state.exp) + (1 - permanent_share) * shock
    )
