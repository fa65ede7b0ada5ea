"""The best machine that can be had, and what it does to the price of others. Page: docs/model/frontier.md."""

from .book import Row, State, tier_of
from .numbers import weight


def joules_per_th(model: Row) -> float:
    """J per TH."""
    return model["power_w"] / model["hashrate_ths"]


def launch_day(state: State, model: Row) -> int:
    """The first day on which a model can be had; 0 also for one that was there before."""
    launched = model.get("launched_date")
    return 0 if launched is None else max(0, (launched - state.start).days)


def frontier_by_day(state: State, models: list[Row]) -> list[float]:
    """The least J/TH of the models that can be had, per day; days before the first launch take that of the first that has one."""
    launches = [(launch_day(state, model), joules_per_th(model)) for model in models]
    begin = min((day for day, _ in launches), default=0)
    return [
        min((joules for launch, joules in launches if launch <= max(day, begin)), default=1.0)
        for day in range(state.days)
    ]


def first_days(state: State, models: list[Row]) -> list[int | None]:
    """The first day on which a model of each tier can be had; None where there is none within the run."""
    days: list[int | None] = []
    for tier in range(4):
        launches = [launch_day(state, model) for model in models if tier_of(joules_per_th(model)) == tier]
        days.append(min((day for day in launches if day < state.days), default=None))
    return days


def factors(state: State, models: list[Row]) -> list[list[float]] | None:
    """What the frontier leaves of the fair price of each tier, per tier and day; None without the scenario's table."""
    terms = state.scenario.get("frontier")
    if terms is None:
        return None
    joules = frontier_by_day(state, models)
    share = 1.0 if terms["half_life_days"] is None else weight(terms["half_life_days"], state.exp)
    found = []
    for first in first_days(state, models):
        x = 0.0
        row = []
        for day in range(state.days):
            if first is None or day <= first:
                x = 0.0
            else:
                x = x + share * (terms["elasticity"] * (state.ln(joules[day]) - state.ln(joules[first])) - x)
            row.append(state.exp(x))
        found.append(row)
    return found


def open_frontier(state: State, models: list[Row]) -> None:
    """Factors of all days, and since when each fleet row's model can be had."""
    state.frontier = factors(state, models)
    launches = {model["model"]: launch_day(state, model) for model in models}
    for row in state.fleets:
        row.launch_day = launches[row.model]
