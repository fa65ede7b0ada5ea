"""Plays a world and its moved twin, and tells which tables differ."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import hashstress as hs

from tests.knobs.moves import Changes, Place, changed, moves, places, row_at
from tests.knobs.schema import Parameter
from tests.knobs.worlds import world
from tests.properties.economy import Economy

# What the tables repeat of the inputs, and names of entities: not results.
REPEATED = {
    "paths": (),
    "loans": ("loan", "miner", "lender", "collateral", "outstanding_usd"),
    "miners": ("miner",),
    "lenders": ("lender", "exposure_usd"),
    "facilities": ("facility", "kind", "capital_usd"),
    "daily": ("date",),
    "events": ("date", "entity"),
    "ledger": ("date", "from_account", "to_account"),
}
Figures = dict[str, object]
PATHS = 4
MOST_REFUSED = 100  # before a search gives up, and three more for each move that was played
CLAIMS = "claims"


class Search(NamedTuple):
    """What came of moving a parameter: the tables that differ (none: it is dead), how many moves were played and how many refused."""

    differ: tuple[str, ...]
    played: int
    refused: int
    last_refusal: str = ""


class Twin(NamedTuple):
    """A world's seed, and the world with one row changed."""

    seed: int
    economy: Economy


@cache
def book_of(seed: int) -> hs.Book:
    return world(seed).book


@cache
def scenario_of(seed: int) -> hs.Scenario:
    return world(seed).scenario


def figures(twin: Twin, with_claims: bool) -> Figures:
    """The results: every table without what it repeats, and what is said of the scenario's claims."""
    seed, economy = twin
    book = book_of(seed) if economy.tables is world(seed).tables else economy.book
    scenario = scenario_of(seed) if economy.terms is world(seed).terms else economy.scenario
    results = hs.run(book, scenario, paths=PATHS, seed=seed, threads=1, worst=1)
    found: Figures = {
        name: getattr(results, name).to_pyarrow().drop_columns(list(names)) for name, names in REPEATED.items()
    }
    found["summary"] = results.manifest["summary"]
    if with_claims:
        found[CLAIMS] = [(item.verdict, item.ours) for item in hs.check_claims(results, book, scenario)]
    return found


@cache
def unmoved(seed: int) -> Figures:
    """The results of a world as it is."""
    return figures(Twin(seed, world(seed)), True)


def differing(twin: Twin, with_claims: bool = False) -> tuple[str, ...]:
    """The names of the tables that differ from the unmoved world's. Raises InputError or ScenarioError for a world that is refused."""
    before, after = unmoved(twin.seed), figures(twin, with_claims)
    return tuple(name for name in after if before[name] != after[name])


def moved(row: Changes, change: Changes | Economy) -> bool:
    """Whether a change is one: what leaves a row's cells as they were is none, nor is a 0 where there was nothing."""
    return isinstance(change, Economy) or any((row.get(name) or 0) != (value or 0) for name, value in change.items())


def twins(seed: int, parameter: Parameter, where: Changes | None) -> Iterator[Twin]:
    """A world with the parameter moved: its first rows with their likeliest moves first."""
    economy = world(seed)
    waiting = deque(
        moves(economy, parameter, row_at(economy, parameter, place)) for place in fitting(economy, parameter, where)
    )
    found = deque(fitting(economy, parameter, where))
    while waiting:
        change = next(waiting[0], None)
        if change is None:
            waiting.popleft()
            found.popleft()
            continue
        if moved(row_at(economy, parameter, found[0]), change):
            yield Twin(seed, changed(economy, parameter, found[0], change))
        waiting.rotate(-1)
        found.rotate(-1)


def search(parameter: Parameter, seeds: Iterable[int], most: int, where: Changes | None = None) -> Search:
    """Moves a parameter in one world after the other (rows with the cells of `where`), again and again, until a result moves or `most`
    moves of it have been played."""
    played = refused = 0
    why = ""
    waiting = deque(twins(seed, parameter, where) for seed in seeds)
    while waiting and played < most and refused <= MOST_REFUSED + 3 * played:
        twin = next(waiting[0], None)
        if twin is None:
            waiting.popleft()
            continue
        waiting.rotate(-1)
        try:
            differ = differing(twin, CLAIMS in parameter.table)
        except (hs.InputError, hs.ScenarioError) as error:
            refused, why = refused + 1, str(error)
            continue
        played += 1
        if differ:
            return Search(differ, played, refused)
    return Search((), played, refused, why)


def fitting(economy: Economy, parameter: Parameter, where: Changes | None) -> list[Place]:
    """The places whose row has the cells of `where`; those where the parameter is given first."""
    rows = [(place, row_at(economy, parameter, place)) for place in places(economy, parameter)]
    fit = [(place, row) for place, row in rows if not where or where.items() <= row.items()]
    return [place for place, row in sorted(fit, key=lambda item: item[1].get(parameter.name) is None)]
