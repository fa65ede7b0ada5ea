"""The economies through the oracle: how often everything happens."""

import argparse
import sys
import time
from collections import Counter

from tests.economies import ALL, DAYS, economy
from tests.economies.counting import ENOUGH, EVENTS, TERMS, event_counts, terms_counts
from tests.economies.pairs import OFTEN, Pair, misses, pair_counts, plausible
from tests.economies.situations import situations
from tests.oracle import simulate


def main() -> int:
    """Runs economies through the oracle; fails when an event, reason, situation or pair of events is rare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=ALL)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    options = parser.parse_args()
    counts: Counter[str] = Counter(dict.fromkeys((*EVENTS, *TERMS), 0))
    pairs: Counter[Pair] = Counter()
    began = time.monotonic()
    in_oracle = 0.0
    for seed in range(options.first, options.first + options.count):
        tables, scenario, closes, lows = economy(seed, options.days)
        counts += terms_counts(tables, scenario)
        for close_usd, low_usd in zip(closes, lows, strict=True):
            before = time.monotonic()
            outcome = simulate(tables, scenario, close_usd, low_usd)
            in_oracle += time.monotonic() - before
            counts += event_counts([outcome])
            pairs += pair_counts(tables, outcome)
            named = situations(tables, scenario, outcome)
            for name in named:
                counts[name] += named[name]
            if any(day is not None for day, _ in outcome.residuals.values()):
                print(f"seed {seed}: residuals {outcome.residuals}")
                return 1
    for name in (*EVENTS, *TERMS):
        print(f"{counts[name]:9d}  {name}")
    for name in sorted(set(counts) - {*EVENTS, *TERMS}):
        print(f"{counts[name]:9d}  {name}")
    rare = [name for name in {*EVENTS, *TERMS, *counts} if counts[name] < ENOUGH]
    print(f"{options.count} economies: {time.monotonic() - began:.1f} s, of which oracle {in_oracle:.1f} s")
    print(f"below {ENOUGH}: {', '.join(sorted(rare)) or 'nothing'}")
    seldom = misses(pairs)
    print(f"{len(plausible())} plausible pairs of events, not seen {OFTEN} times: {len(seldom)}")
    print("\n".join(f"  {line}" for line in seldom))
    return 1 if rare or seldom else 0


if __name__ == "__main__":
    sys.exit(main())
