"""What each measure of a claim needs to be told: checked with the scenario, before anything is played. docs/model/claims.md"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hashstress.errors import nearest

if TYPE_CHECKING:
    from hashstress.errors import ScenarioProblem
    from hashstress.scenario import Scenario

NEEDS: Mapping[str, tuple[str, ...]] = {
    "daily": ("metric", "on"),
    "change": ("metric", "on", "to"),
    "leverage": ("on",),
    "months_between": ("on", "to"),
    "share_of_paths": ("on",),
    "own_impact": (),
    "lender_loss": ("entity",),
    "rescue_spent": ("entity",),
    "rescue_per_dollar": (),
    "bulk_price": ("entity", "on"),
    "index_price": ("entity",),
    "energy_saved": ("entity", "other"),
    "outstanding": (),
    "mean_rate": (),
    "loan_leverage": (),
    "deposit_share": (),
    "cooling_gain": (),
    "cooled_coins": ("entity",),
    "levered_share": (),
    "tariff_change": ("entity", "on", "to"),
    "frontier_j_per_th": ("on",),
    "frontier_node_nm": ("on",),
    "nothing": (),
}


def problems(scenario: Scenario) -> Iterator[ScenarioProblem]:
    """Measures nobody knows, and what the others lack."""
    for place, claim in enumerate(scenario.file.claims):
        if claim.measure not in NEEDS:
            text = f"no measure {claim.measure!r}; there are {', '.join(sorted(NEEDS))}{nearest(claim.measure, NEEDS)}"
            yield scenario.problem(("claims", place, "measure"), text)
        for name in NEEDS.get(claim.measure, ()):
            if getattr(claim, name) is None:
                yield scenario.problem(("claims", place), f"measure {claim.measure!r} needs {name!r}")
