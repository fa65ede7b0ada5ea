"""Figures that others give, measured on a run: what a scenario's `[[claims]]` say against what came of it.

Called as `hashstress.check_claims`. Model: docs/model/claims.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hashstress.errors import ScenarioError, nearest
from hashstress.measures import MEASURES, Measured, Played

if TYPE_CHECKING:
    from hashstress.book import Book
    from hashstress.results import Results
    from hashstress.scenario import Scenario
    from hashstress.scenario_file import Claim

REPRODUCED, NOT_REPRODUCED, CONTRADICTED, NOT_MODELLED = (
    "reproduced",
    "not reproduced",
    "contradicted by the record",
    "not modelled",
)
NUMBERS = (2, 3, 4)  # columns of the table that stand to the right


@dataclass(frozen=True)
class Verdict:
    """A claim, ours beside it, and what follows."""

    claim: Claim
    ours: Measured
    verdict: str


def verdict(claim: Claim, ours: Measured) -> str:
    """What follows: within the tolerance and two standard errors it is reproduced; else the record decides, if there is one."""
    if ours.value is None or claim.figure is None:
        return NOT_MODELLED
    if missed_by(ours.value, claim.figure, claim.bound) <= claim.tolerance + 2 * (ours.se or 0.0):
        return REPRODUCED
    if claim.record is not None and missed_by(claim.record, claim.figure, claim.bound) > claim.tolerance:
        return CONTRADICTED
    return NOT_REPRODUCED


def missed_by(value: float, figure: float, bound: str | None) -> float:
    """How far a value is from what is claimed, in its unit; below 0 on the good side of a bound."""
    if bound is None:
        return abs(value - figure)
    return figure - value if bound == "at_least" else value - figure


def check_claims(results: Results, book: Book, scenario: Scenario) -> list[Verdict]:
    """Each claim of the scenario against the run. Raises ScenarioError for a measure that does not exist or lacks what it needs."""
    of, found, problems = Played(results, book, scenario), [], []
    for place, claim in enumerate(scenario.file.claims):
        try:
            if claim.measure not in MEASURES:
                raise ValueError(f"no measure {claim.measure!r}{nearest(claim.measure, list(MEASURES))}")
            ours = MEASURES[claim.measure](of, claim)
            found.append(Verdict(claim, ours, verdict(claim, ours)))
        except ValueError as error:
            problems.append(scenario.problem(("claims", place), str(error)))
    if problems:
        raise ScenarioError(scenario.origin, problems)
    return found


def cells(verdicts: Sequence[Verdict]) -> list[list[str]]:
    """The claims as texts: system, claim, its figure, ours with its error, the record, verdict."""
    return [
        [
            item.claim.system,
            item.claim.claim,
            _figure(item.claim),
            _ours(item),
            _shown(item.claim.record, item.claim),
            item.verdict,
        ]
        for item in verdicts
    ]


def table(verdicts: Sequence[Verdict]) -> str:
    """The claims as aligned lines under their heads."""
    rows = [["system", "claim", "figure", "ours", "on record", "verdict"], *cells(verdicts)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = (
        "  ".join(
            cell.rjust(width) if place in NUMBERS else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(f"  {line}".rstrip() for line in lines)


def _figure(claim: Claim) -> str:
    words = {None: "", "at_least": "at least ", "at_most": "at most "}[claim.bound]
    return words + _shown(claim.figure, claim)


def _ours(item: Verdict) -> str:
    if item.ours.value is None:
        return "-"
    text = _shown(item.ours.value, item.claim)
    if item.ours.is_input:
        return f"{text} (input)"
    error = "too few paths" if item.ours.se is None else f"± {item.ours.se * _scale(item.claim):.2g}"
    return f"{text} {error}"


def _shown(value: float | None, claim: Claim) -> str:
    if value is None:
        return "-"
    return f"{_number(value * _scale(claim))} {claim.unit}".rstrip()


def _scale(claim: Claim) -> float:
    """Shares are shown as percentages, money in its unit."""
    return {"%": 100.0, "M USD": 1e-6, "bn USD": 1e-9}.get(claim.unit, 1.0)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
