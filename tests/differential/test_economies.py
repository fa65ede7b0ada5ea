"""The engine and the independent oracle agree to the cent, posting by posting, on economies in which everything happens."""

from collections import Counter

import pytest

from tests.differential import replay
from tests.differential.side_by_side import side_by_side
from tests.economies import ALL, CALM, ENOUGH, EVENTS, PLAIN, economy, event_counts
from tests.economies.pairs import OFTEN, Pair, misses, pair_counts, plausible

QUICK = 30
FIRST = (*range(QUICK), *range(PLAIN, PLAIN + QUICK // 2), *range(CALM, CALM + QUICK // 5))


def differing(seed: int) -> tuple[list[str], Counter[str], Counter[Pair]]:
    """Differences over the paths of an economy, how often each event and reason occurred, and each pair of events."""
    found: list[str] = []
    events: Counter[str] = Counter()
    pairs: Counter[Pair] = Counter()
    tables, scenario, closes, lows = economy(seed)
    run = replay.run_of(tables, scenario)
    for path, (close, low) in enumerate(zip(closes, lows, strict=True)):
        outcome, odd = replay.compare(run, tables, scenario, path, close, low)
        events += event_counts([outcome])
        pairs += pair_counts(tables, outcome)
        found += [f"economy {seed}, path {path}: {line}" for line in odd]
    return found, events, pairs


def test_no_posting_differs_on_the_first_economies() -> None:
    found = [line for lines, _, _ in side_by_side(differing, FIRST) for line in lines]
    assert not found, "\n".join(found[:40])


@pytest.mark.long
def test_no_posting_differs_on_any_economy(capsys: pytest.CaptureFixture[str]) -> None:
    results = side_by_side(differing, range(ALL))
    found = [line for lines, _, _ in results for line in lines]
    counts = sum((events for _, events, _ in results), Counter[str]())
    pairs = sum((seen for _, _, seen in results), Counter[Pair]())
    seldom = misses(pairs)
    with capsys.disabled():
        print(
            f"\n{ALL} economies, {len(found)} differing postings or events, {len(plausible())} plausible pairs of events of which "
            f"{len(seldom)} are not seen {OFTEN} times; how often each event and reason occurred:"
        )
        print("\n".join(f"  {count:8,}  {name}" for name, count in sorted(counts.items())))
    assert not found, "\n".join(found[:40])
    rare = {name: counts[name] for name in {*EVENTS, *counts} if counts[name] < ENOUGH}
    assert not rare, f"too rare to count as tested: {rare}"
    assert not seldom, "\n".join(seldom)
