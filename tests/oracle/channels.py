"""Feedback that can be switched off. Page: docs/model/channels.md."""

from .book import State
from .fleet import housed


def on(state: State, channel: str) -> bool:
    """Whether a channel is on: unless the scenario switches it off."""
    return bool(state.scenario.get("channels", {}).get(channel, True))


def cohorts_ths(state: State) -> float:
    """Today's hashrate of all cohorts if none stood still."""
    total = 0.0
    for cohort in state.cohorts:
        total = total + cohort.ths[state.day]
    return total


def full_ths(state: State) -> float:
    """Today's hashrate if nothing had ever stood still: cohorts, then fleet rows with the machines of day 0."""
    total = cohorts_ths(state)
    for row in state.fleets:
        total = total + housed(row, row.opening_machines, state.day) * (
            row.site.ths[state.day] * row.site.available[state.day]
        )
    return total + (state.shocks["network"][state.day] - 1) * cohorts_ths(state)
