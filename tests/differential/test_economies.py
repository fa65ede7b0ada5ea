"""The engine and the independent oracle agree to the cent, posting by posting, on economies in which everything happens."""

from collections import Counter

import pytest

from tests.differential import replay
from tests.economies import ENOUGH, EVENTS, economy, event_counts

QUICK = 40
ALL = 200


def differing(seeds: range) -> tuple[list[str], Counter[str]]:
    """Differences over the economies of some seeds, and how often each event and situation occurred."""
    found: list[str] = []
    outcomes = []
    for seed in seeds:
        tables, scenario, closes, lows = economy(seed)
        run = replay.run_of(tables, scenario)
        for path, (close, low) in enumerate(zip(closes, lows, strict=True)):
            outcome, odd = replay.compare(run, tables, scenario, path, close, low)
            outcomes.append(outcome)
            found += [f"economy {seed}, path {path}: {line}" for line in odd]
    return found, event_counts(outcomes)


def test_no_posting_differs_on_the_first_economies() -> None:
    found, _ = differing(range(QUICK))
    assert not found, "\n".join(found[:40])


@pytest.mark.long
def test_no_posting_differs_on_any_economy(capsys: pytest.CaptureFixture[str]) -> None:
    found, counts = differing(range(ALL))
    with capsys.disabled():
        print(
            f"\n{ALL} economies, {len(found)} differing postings or events; how often each event and situation occurred:"
        )
        print("\n".join(f"  {count:8,}  {name}" for name, count in sorted(counts.items())))
    assert not found, "\n".join(found[:40])
    rare = {name: counts[name] for name in {*EVENTS, *counts} if counts[name] < ENOUGH}
    assert not rare, f"too rare to count as tested: {rare}"
