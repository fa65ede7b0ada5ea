"""A claim that cannot be measured is told with the scenario, before a run."""

from __future__ import annotations

from collections.abc import Callable

import hashstress as hs
import pytest
from hashstress import measures
from hashstress.claim_terms import NEEDS
from hashstress.scenario_file import Claim

Edited = Callable[..., hs.Scenario]

FULL = {"metric": "btc_usd", "on": "first", "to": "last", "entity": "e", "other": "o"}


def with_claim(edited: Edited, terms: str) -> hs.Scenario:
    return edited("[impact]\n", f'[[claims]]\nsystem = "s"\nclaim = "c"\nfigure = 1.0\n{terms}\n\n[impact]\n')


def test_every_measure_is_known() -> None:
    assert set(NEEDS) == set(measures.MEASURES)


@pytest.mark.parametrize(("measure", "name"), [(measure, name) for measure, names in NEEDS.items() for name in names])
def test_a_measure_needs_what_it_is_said_to_need(edited: Edited, book: hs.Book, measure: str, name: str) -> None:
    played = hs.run(book, edited(), paths=1)
    first = {"machines": book.column("machines", "model")[0], "regions": book.column("regions", "region")[0]}
    terms = {term: FULL[term] for term in NEEDS[measure] if term != name}
    if "entity" in terms:
        terms["entity"] = first["regions" if measure == "tariff_change" else "machines"]
    claim = Claim.model_validate({"system": "s", "claim": "c", "measure": measure} | terms)
    with pytest.raises(ValueError, match=rf"measure '{measure}' needs '{name}'"):
        measures.MEASURES[measure](measures.Played(played, book, edited()), claim)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (
            'measure = "dayly"\non = "first"',
            r"claims\[0\]\.measure \(line \d+\): no measure 'dayly'; there are .*; did you mean 'daily'\?",
        ),
        ('measure = "daily"\non = "first"', r"claims\[0\] .*: measure 'daily' needs 'metric'"),
        ('measure = "change"\nmetric = "btc_usd"', r"measure 'change' needs 'on'"),
    ],
)
def test_it_is_told_before_the_run(edited: Edited, book: hs.Book, terms: str, said: str) -> None:
    with pytest.raises(hs.ScenarioError, match=said):
        with_claim(edited, terms).compile(book)
