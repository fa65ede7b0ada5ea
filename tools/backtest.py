"""Replays scenario crisis-2022 on daily prices of yours and sets it beside what happened.

    python tools/backtest.py PRICES.csv [--loans base|low|high]        print the comparison
    python tools/backtest.py PRICES.csv [MORE.csv ...] --write PAGE    all sizes of the tail's debt, into the page's generated part
    python tools/backtest.py PRICES.csv [MORE.csv ...] --check PAGE    fail if that would change the page

PRICES.csv has a row for each day from 2021-11-08 to 2023-06-30: `date`, `close_usd` (or `price_usd`, `close`) and, for margin calls
within the day, `low_usd` (or `low`). Nothing of it is kept. Targets: data/facts/backtest_targets.csv, failures.csv,
difficulty_epochs.csv, one figure a row with source and confidence.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from backtest_replay import BOOKS, PricesError, Replay, is_rig, mean, read_prices, replay
from hashstress.errors import HashstressError

FACTS = Path(__file__).resolve().parent.parent / "data" / "facts"
BEGIN, END = "<!-- backtest:begin -->", "<!-- backtest:end -->"
BASE = "base"
EPOCHS_SHOWN = 4  # every so many-th epoch is a row of the page


@dataclass(frozen=True)
class Target:
    """A recorded figure or range; `allowed` is the range widened by its tolerance."""

    target: str
    measure: str
    at: str
    what: str
    low: float | None  # None: the high one is a ceiling
    high: float
    unit: str
    tolerance: str  # "5 %" of the figure, "6 pp" on top of it, "" when none was set: then nothing is judged
    confidence: str

    @classmethod
    def of(cls, row: dict[str, str]) -> Target:
        """From a row of backtest_targets.csv."""
        low = float(row["low"]) if row["low"] else None
        words = {name: row[name] for name in ("target", "measure", "at", "what", "unit", "tolerance", "confidence")}
        return cls(low=low, high=float(row["high"]), **words)

    @property
    def recorded(self) -> str:
        """The figure or range as text."""
        if self.low is None:
            return f"at most {plain(self.high)} {self.unit}"
        both = plain(self.low) if self.low == self.high else f"{plain(self.low)} to {plain(self.high)}"
        return f"{both} {self.unit}"

    @property
    def allowed(self) -> tuple[float, float] | None:
        """What counts as inside."""
        if not self.tolerance:
            return None
        size, _, unit = self.tolerance.partition(" ")
        share, points = (float(size) / 100, 0.0) if unit == "%" else (0.0, float(size))
        least = -float("inf") if self.low is None else self.low - share * abs(self.low) - points
        return least, self.high + share * abs(self.high) + points

    def verdict(self, ours: float) -> str:
        """`inside`, `outside`, or nothing when no tolerance was set."""
        if self.allowed is None:
            return ""
        least, most = self.allowed
        return "inside" if least <= ours <= most else "outside"


def facts(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def targets() -> list[Target]:
    return [Target.of(row) for row in facts("backtest_targets")]


class Scored:
    """A replay with its figure for every target."""

    def __init__(self, run: Replay) -> None:
        self.run = run
        self.targets = targets()

    @cached_property
    def ours(self) -> list[float]:
        """One figure a target."""
        return [self.run.measure(target.measure, target.at) for target in self.targets]

    @cached_property
    def verdicts(self) -> list[str]:
        """One verdict a target."""
        return [target.verdict(ours) for target, ours in zip(self.targets, self.ours, strict=True)]

    def cell(self, row: int) -> str:
        """Figure and verdict."""
        figure, verdict = plain(self.ours[row]), self.verdicts[row]
        return f"**{figure} {verdict}**" if verdict == "outside" else f"{figure} {verdict}".rstrip()

    def count(self) -> str:
        """How many judged figures are inside."""
        return f"{self.verdicts.count('inside')} of {len(self.verdicts) - self.verdicts.count('')} inside"


# Words and tables


def plain(number: float) -> str:
    """Three or four figures."""
    size = abs(number)
    decimals = 0 if size >= 1000 else 1 if size >= 10 else 2
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)


def comparison(runs: dict[str, Scored]) -> Iterator[str]:
    """All targets, a column a size of the tail's debt."""
    scored = next(iter(runs.values()))
    rows = (
        [target.target, target.what, target.recorded, target.tolerance or "not judged", target.confidence]
        + [run.cell(place) for run in runs.values()]
        for place, target in enumerate(scored.targets)
    )
    yield from table(["target", "what", "recorded", "tolerance", "confidence", *titles(runs)], rows)
    yield ""
    yield "; ".join(f"{title}: {run.count()}" for title, run in zip(titles(runs), runs.values(), strict=True)) + "."


def titles(runs: dict[str, Scored]) -> list[str]:
    return [f"{loans}, {tail_debt(run.run):.1f}bn" for loans, run in runs.items()]


def tail_debt(run: Replay) -> float:
    """Rig debt of the private miners at the start, bn USD."""
    return sum(loan.outstanding_usd for loan in run.loans.values() if is_rig(loan) and not loan.named) * 1e-9


def changes(base: Scored, other: Scored, only: str) -> Iterator[str]:
    """Targets whose verdict differs, as list items; `only` says so when there is none."""
    found = False
    for place, target in enumerate(base.targets):
        if base.verdicts[place] != other.verdicts[place]:
            found = True
            yield (
                f"* {target.target}, {target.what}: {plain(other.ours[place])} {target.unit} is {other.verdicts[place]}; "
                f"base {plain(base.ours[place])} {base.verdicts[place]}"
            )
    if not found:
        yield f"* {only}"


def sizes(runs: dict[str, Scored]) -> Iterator[str]:
    """What else depends on the size of the tail's debt: no record exists to set beside it."""
    lines = [[what, *(measure(scored.run) for scored in runs.values())] for what, measure in OUTCOMES]
    yield from table(["in the replay", *titles(runs)], lines)


def of_rigs(run: Replay) -> tuple[float, float, float]:
    """Rig debt at the start, exposure defaulted and loss to the end, bn USD."""
    loans = [loan for loan in run.loans.values() if is_rig(loan)]
    found = [run.loan_results[loan.loan] for loan in loans]
    defaulted = sum(row["ead_usd"] for row in found if row["pd"])
    return (
        sum(loan.outstanding_usd for loan in loans) * 1e-9,
        defaulted * 1e-9,
        sum(row["el_usd"] for row in found) * 1e-9,
    )


def failed(run: Replay, kind: str, *, named: bool = True) -> list[str]:
    return [who for what, who in run.failures() if what == kind and (named == (not who.startswith("tail-")))]


def told_to_fail(run: Replay) -> list[str]:
    """Lenders whose failure is an event of the scenario."""
    return [event.lender for event in run.scenario.file.lender_events if event.kind == "fail"]


def unforced(run: Replay) -> list[str]:
    """Lenders that fail though the scenario does not say so."""
    told = told_to_fail(run)
    return [who for who in failed(run, "lender") if who not in told]


def default_share(run: Replay) -> str:
    opening, defaulted, _ = of_rigs(run)
    return f"{plain(100 * defaulted / opening)} %"


def first_private(run: Replay) -> date | None:
    days = [day for (kind, who), day in run.failures().items() if kind == "miner" and who.startswith("tail-")]
    return min(days, default=None)


def below(run: Replay, at: str) -> str:
    return f"{run.below_record(at):.1f} %"


OUTCOMES = (
    ("rig debt at the start, named and private", lambda run: f"{of_rigs(run)[0]:.2f} bn USD"),
    ("rig debt defaulted to the end", lambda run: f"{of_rigs(run)[1]:.2f} bn USD"),
    ("the same, of the opening balance", default_share),
    ("loss on rig loans", lambda run: f"{of_rigs(run)[2]:.2f} bn USD"),
    ("named miners that default", lambda run: f"{len(failed(run, 'miner'))}"),
    ("private miners that default, of 150", lambda run: f"{len(failed(run, 'miner', named=False))}"),
    ("first private miner that defaults", lambda run: str(first_private(run) or "none")),
    ("lenders that fail without the scenario saying so", lambda run: ", ".join(unforced(run)) or "none"),
    ("coins sold under force", lambda run: f"{plain(sum(run.series['forced_btc']))} BTC"),
    ("price against the recorded close, 2022-12-31", lambda run: below(run, "2022-12-31")),
    ("price against the recorded close, 2023-06-30", lambda run: below(run, "2023-06-30")),
)


def failures(runs: dict[str, Scored]) -> Iterator[str]:
    """Named miners and lenders that failed on record or in a replay."""
    recorded = {(row["kind"], row["who"]): row for row in facts("failures")}
    ours = {loans: scored.run.failures() for loans, scored in runs.items()}
    told = set(told_to_fail(next(iter(runs.values())).run))
    named = {key for dates in ours.values() for key in dates if not key[1].startswith("tail-")}
    head = ["who", "recorded", "what happened", *(f"{loans}, days later" for loans in runs)]
    yield from table(head, (_failure(key, recorded, ours, told) for key in _by_date(recorded, named)))


def _by_date(recorded: dict[tuple[str, str], dict[str, str]], named: set[tuple[str, str]]) -> list[tuple[str, str]]:
    keys = set(recorded) | named
    return sorted(keys, key=lambda key: (key[0], recorded[key]["date"] if key in recorded else "9", key[1]))


def _failure(
    key: tuple[str, str],
    recorded: dict[tuple[str, str], dict[str, str]],
    ours: dict[str, dict[tuple[str, str], date]],
    told: set[str],
) -> list[str]:
    kind, who = key
    row = recorded.get(key)
    about = [f"{who} ({kind})", row["date"] if row else "", row["event"] if row else "**did not fail**"]
    if kind == "lender" and who in told:
        return [*about, *("input of the scenario" for _ in ours)]
    return about + [_days_later(dates.get(key), row) for dates in ours.values()]


def _days_later(day: date | None, row: dict[str, str] | None) -> str:
    if day is None:
        return "does not fail" if row else ""
    return f"{day} ({(day - date.fromisoformat(row['date'])).days:+d})" if row else f"**{day}**"


def epochs(run: Replay) -> Iterator[str]:
    """Retargets of the base replay against consensus data."""
    found = run.retargets()
    recorded = {int(row["height"]): row for row in facts("difficulty_epochs")}
    last = run.scenario.file.end.isoformat()
    within = sum(1 for height, row in recorded.items() if height >= min(found) and row["first_full_day"] <= last)
    both = [(height, *found[height], recorded[height]) for height in sorted(found) if height in recorded]
    days = [(day - date.fromisoformat(row["first_full_day"])).days for _, day, _, row in both]
    errors = [100 * (ours / float(row["difficulty"]) - 1) for _, _, ours, row in both]
    yield (
        f"{len(found)} retargets in the replay, {within} on record to {last}. First full day of an epoch: {min(days):+d} to "
        f"{max(days):+d} days from the record. Difficulty: {mean(errors):+.1f} % in the mean, "
        f"{mean([abs(error) for error in errors]):.1f} % in the mean of magnitudes, {min(errors):+.1f} to {max(errors):+.1f} %. "
        f"Every {EPOCHS_SHOWN}th:"
    )
    yield ""
    rows = (
        [
            f"{height:,}",
            row["first_full_day"],
            str(day),
            f"{float(row['difficulty']) * 1e-12:.2f}",
            f"{ours * 1e-12:.2f}",
            f"{error:+.1f} %",
        ]
        for (height, day, ours, row), error in list(zip(both, errors, strict=True))[::EPOCHS_SHOWN]
    )
    yield from table(["height", "first full day", "ours", "difficulty, 10^12", "ours", "apart"], rows)


# The page


def page(files: Sequence[Path]) -> str:
    """The generated part of docs/model/backtest.md."""
    prices = [read_prices(path) for path in files]
    runs = {loans: Scored(replay(prices[0], loans)) for loans in ("low", BASE, "high")}
    base = runs[BASE]
    parts = [
        ["### Targets", "", *comparison(runs)],
        ["### What changes with the size of the private miners' debt", ""],
        *(
            [f"Verdicts that the size `{loans}` turns:", "", *changes(base, runs[loans], "none")]
            for loans in ("low", "high")
        ),
        [*sizes(runs)],
        ["### Other replays of the base size", ""],
        [
            "Without price impact (`y = 0`: the recorded prices contain the sales already), verdicts that turn:",
            "",
            *changes(base, Scored(replay(prices[0], BASE, impact=False)), "none"),
        ],
        *(other_prices(base, rows, prices[0]) for rows in prices[1:]),
        ["### Failures", "", *failures(runs)],
        ["### Difficulty epochs (base)", "", *epochs(base.run)],
    ]
    return "\n\n".join("\n".join(part).rstrip("\n") for part in parts)


def other_prices(base: Scored, rows: list[dict[str, str]], first: list[dict[str, str]]) -> list[str]:
    """What another price file changes."""
    other = Scored(replay(rows, BASE))
    kinds = [words_of(prices) for prices in (rows, first)]
    moved = sorted(set(failed(other.run, "miner")) ^ set(failed(base.run, "miner")))
    named = f"Named miners that default with one file and not with the other: {', '.join(moved) or 'none'}."
    title = f"On another source's prices ({kinds[0]}; the tables above: {kinds[1]}), verdicts that turn:"
    return [title, "", *changes(base, other, "none"), "", named]


def words_of(rows: list[dict[str, str]]) -> str:
    return "closes and lows" if rows and "low_usd" in rows[0] else "closes only"


def with_generated(text: str, generated: str, path: Path) -> str:
    """The page's text with the part between the markers replaced."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise PricesError(f"{path} lacks the markers {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{generated}\n\n{END}{after}"


def update(path: Path, generated: str, *, write: bool) -> int:
    """Writes the page, or says what would change; 1 if it would."""
    old = path.read_text(encoding="utf-8")
    new = with_generated(old, generated, path)
    if write:
        path.write_text(new, encoding="utf-8")
        return 0
    sys.stderr.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), str(path), "generated"))
    return int(old != new)


def report(files: Sequence[Path], loans: str) -> str:
    """The comparison for one size, and failures."""
    runs = {loans: Scored(replay(read_prices(files[0]), loans))}
    return "\n".join([*comparison(runs), "", *failures(runs)])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "prices", nargs="+", type=Path, metavar="PRICES.csv", help="the first is replayed, more are compared with it"
    )
    parser.add_argument(
        "--loans", choices=list(BOOKS), default=BASE, help="size of the private miners' debt (default: base)"
    )
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--write", type=Path, metavar="PAGE", help="rewrite the generated part of this page")
    one.add_argument("--check", type=Path, metavar="PAGE", help="fail if that would change it")
    chosen = parser.parse_args()
    try:
        if chosen.write or chosen.check:
            return update(chosen.write or chosen.check, page(chosen.prices), write=bool(chosen.write))
        print(report(chosen.prices, chosen.loans))
    except (PricesError, HashstressError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
