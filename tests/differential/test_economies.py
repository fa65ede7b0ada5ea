"""The engine and the independent oracle agree to the cent, posting by posting, on economies in which everything happens."""

from collections import Counter
from typing import NamedTuple

import pytest

from tests.differential import figures, measures, replay
from tests.differential.side_by_side import side_by_side
from tests.economies import ALL, CALM, ENOUGH, EVENTS, PLAIN, economy, event_counts, terms_counts
from tests.economies.counting import TERMS
from tests.economies.pairs import OFTEN, Pair, misses, pair_counts, plausible

QUICK = 30
FIRST = (*range(QUICK), *range(PLAIN, PLAIN + QUICK // 2), *range(CALM, CALM + QUICK // 5))


class Compared(NamedTuple):
    """An economy on all its paths: what differs, and how often everything happened."""

    differing: list[str]
    events: Counter[str]  # events and reasons, and what no event tells
    pairs: Counter[Pair]
    telling: Counter[str]  # measures of lenders
    figures: Counter[str]  # figures that are there and not 0


def compared(seed: int) -> Compared:
    """Journals and figures of an economy's paths, and what is measured of its lenders."""
    pairs: Counter[Pair] = Counter()
    said: Counter[str] = Counter()
    tables, scenario, closes, lows = economy(seed)
    events = terms_counts(tables, scenario)
    run = replay.run_of(tables, scenario, len(closes))
    lenders = measures.engine_rows(run, closes, lows)
    found, outcomes = [], []
    for path, (close, low) in enumerate(zip(closes, lows, strict=True)):
        outcome, odd = replay.compare(run, tables, scenario, path, close, low)
        events += event_counts([outcome])
        pairs += pair_counts(tables, outcome)
        said += figures.telling(figures.of_oracle(tables, scenario, outcome))
        found += [f"economy {seed}, path {path}: {line}" for line in odd]
        outcomes.append(outcome)
    found += [f"economy {seed}: {line}" for line in measures.differences(lenders, outcomes)]
    return Compared(found, events, pairs, measures.telling(lenders), said)


def check_measures(results: list[Compared]) -> None:
    """Each measure of lenders, and each figure of a path, says something often."""
    counts = sum((result.telling for result in results), Counter[str]())
    rare = {name: counts[name] for name in measures.TELLING if counts[name] < counts["lenders"] / 50}
    assert not rare, f"of {counts['lenders']} lenders: {rare}"
    said = sum((result.figures for result in results), Counter[str]())
    silent = {name: said[name] for name in figures.TELLING if said[name] < len(results) / 10}
    assert not silent, f"of {len(results)} economies: {silent}"


def test_nothing_differs_on_the_first_economies() -> None:
    results = side_by_side(compared, FIRST)
    found = [line for result in results for line in result.differing]
    assert not found, "\n".join(found[:40])
    check_measures(results)


@pytest.mark.long
def test_nothing_differs_on_any_economy(capsys: pytest.CaptureFixture[str]) -> None:
    results = side_by_side(compared, range(ALL))
    found = [line for result in results for line in result.differing]
    counts = sum((result.events for result in results), Counter[str]())
    pairs = sum((result.pairs for result in results), Counter[Pair]())
    seldom = misses(pairs)
    with capsys.disabled():
        print(
            f"\n{ALL} economies, {len(found)} differing postings, events, figures or measures, {len(plausible())} plausible pairs "
            f"of events of which {len(seldom)} are not seen {OFTEN} times; how often each event and reason occurred:"
        )
        print("\n".join(f"  {count:8,}  {name}" for name, count in sorted(counts.items())))
    assert not found, "\n".join(found[:40])
    check_measures(results)
    rare = {name: counts[name] for name in {*EVENTS, *TERMS, *counts} if counts[name] < ENOUGH}
    assert not rare, f"too rare to count as tested: {rare}"
    assert not seldom, "\n".join(seldom)
