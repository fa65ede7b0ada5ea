"""Lines on which nothing is drawn on day 0, which no economy has as it is: claims of nothing, until somebody draws.

Page: docs/model/exposures.md.
"""

from __future__ import annotations

from collections import Counter

from tests.differential import replay
from tests.differential.side_by_side import side_by_side
from tests.differential.test_lender_measures import compared
from tests.economies import CALM, PLAIN, Row, Tables, economy, event_counts

SOME = (*range(20), *range(PLAIN, PLAIN + 10), *range(CALM, CALM + 4))


def promised(seed: int) -> tuple[Tables, Row, list[list[float]], list[list[float]]]:
    """An economy in which every claim that has a line is only a promise."""
    tables, scenario, closes, lows = economy(seed)
    tables["exposures"] = [
        row | {"amount_usd": 0.0} if row.get("line_usd") is not None else row for row in tables.get("exposures", [])
    ]
    if not tables["exposures"]:
        del tables["exposures"]
    return tables, scenario, closes, lows


def differing(seed: int) -> tuple[list[str], Counter[str], int]:
    """Postings, events and measures that differ, how often each event occurred, and how many lines there are."""
    tables, scenario, closes, lows = promised(seed)
    run = replay.run_of(tables, scenario)
    found: list[str] = []
    events: Counter[str] = Counter()
    for path, (close, low) in enumerate(zip(closes, lows, strict=True)):
        outcome, odd = replay.compare(run, tables, scenario, path, close, low)
        found += [f"economy {seed}, path {path}: {line}" for line in odd]
        events += event_counts([outcome])
    found += compared(seed, tables, scenario, closes, lows)[0]
    lines = sum(row["amount_usd"] == 0 for row in tables.get("exposures", []))
    return found, events, lines


def test_lines_on_which_nothing_is_drawn() -> None:
    results = side_by_side(differing, SOME)
    found = [line for lines, _, _ in results for line in lines]
    assert not found, "\n".join(found[:40])
    assert sum(lines for _, _, lines in results) > 20
    events = sum((seen for _, seen, _ in results), Counter[str]())
    assert events["lender_draw"] > 20
    assert events["exposure_loss"] > 20
