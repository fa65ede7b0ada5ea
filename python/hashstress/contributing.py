"""What each channel of feedback adds to the loss: the same paths with everything on, with each channel off alone, and with all off.

Called as `hashstress.contributions`. Model: docs/model/channels.md#contributions
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hashstress.book import Book
from hashstress.errors import UsageError
from hashstress.progress import check_progress
from hashstress.running import run
from hashstress.scenario import Scenario
from hashstress.scenario_file import Channels
from hashstress.text import channels_off, columns, mean_error, some, usd_error

if TYPE_CHECKING:
    import pyarrow as pa

    from hashstress.results import Results

NOTHING, TOGETHER, ALL = "(no channel)", "(together)", "(all channels)"


@dataclass(frozen=True)
class Estimate:
    """A mean over paths with its Monte Carlo standard error, USD."""

    usd: float
    se_usd: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Estimate:
        """The mean of one value a path; no error for a single path."""
        return cls(*_mean(values))

    def __str__(self) -> str:
        return usd_error(self.usd, self.se_usd)


@dataclass(frozen=True)
class Count:
    """A mean number over paths with its Monte Carlo standard error."""

    mean: float
    se: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Count:
        """The mean of one number a path; no error for a single path."""
        return cls(*_mean(values))

    def __str__(self) -> str:
        return mean_error(self.mean, self.se)


def _mean(values: Sequence[float]) -> tuple[float, float | None]:
    count = len(values)
    mean = math.fsum(values) / count
    if count < 2:
        return mean, None
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1) / count)


@dataclass(frozen=True)
class Contribution:
    """One channel: the mean loss without it, what it adds, and how many miners and lenders fail without it (means over paths)."""

    channel: str
    loss_without: Estimate
    contribution: Estimate
    miners_failed: Count
    lenders_failed: Count


@dataclass(frozen=True)
class Contributions:
    """Loss of a book under a scenario, taken apart by channel."""

    book: str
    scenario: str
    paths: int
    seed: int
    loss: Estimate
    miners_failed: Count
    lenders_failed: Count
    channels: tuple[Contribution, ...]
    all_off: Contribution
    together: Estimate
    channels_off: tuple[str, ...] = ()  # on no variant

    def to_pyarrow(self) -> pa.Table:
        """One row a channel, then `(no channel)`: loss without it and contribution in USD with standard errors, failures a path."""
        import pyarrow as pa

        rows = [*self.channels, self.all_off]
        return pa.table(
            {
                "channel": [row.channel for row in rows],
                "loss_without_usd": [row.loss_without.usd for row in rows],
                "loss_without_usd_se": pa.array([row.loss_without.se_usd for row in rows], pa.float64()),
                "contribution_usd": [row.contribution.usd for row in rows],
                "contribution_usd_se": pa.array([row.contribution.se_usd for row in rows], pa.float64()),
                "miners_failed": [row.miners_failed.mean for row in rows],
                "miners_failed_se": pa.array([row.miners_failed.se for row in rows], pa.float64()),
                "lenders_failed": [row.lenders_failed.mean for row in rows],
                "lenders_failed_se": pa.array([row.lenders_failed.se for row in rows], pa.float64()),
            }
        )

    def __str__(self) -> str:
        head = ["channel", "loss without it", "it adds", "miners failed", "lenders failed"]
        ordered = sorted(self.channels, key=lambda row: (-row.contribution.usd, row.channel))
        lines = columns(
            [
                head,
                [ALL, str(self.loss), "", str(self.miners_failed), str(self.lenders_failed)],
                *(_cells(row) for row in ordered),
                [TOGETHER, "", str(self.together), "", ""],
                _cells(self.all_off),
            ]
        )
        title = f"{self.scenario}: book {self.book}, {some(self.paths, 'path')}, seed {self.seed}; mean loss of all lenders, paths in pairs"
        return "\n".join([title, *channels_off(self.channels_off), *lines])


def _cells(row: Contribution) -> list[str]:
    return [row.channel, *map(str, (row.loss_without, row.contribution, row.miners_failed, row.lenders_failed))]


def contributions(
    book: Book | str | Path,
    scenario: Scenario | str | Path,
    *,
    paths: int = 1000,
    seed: int = 7,
    threads: int | None = None,
    progress: bool = False,
) -> Contributions:
    """Plays `paths` paths with every channel the scenario has on, with each of those off alone, and with none.

    Prices and draws are the same on each variant, so differences are taken path by path. Raises UsageError when the scenario has no
    channel on, and whatever `hashstress.run` raises.
    """
    check_progress(progress)
    read_book = Book.given(book)
    read = Scenario.given(scenario)
    on = [name for name in Channels.model_fields if name not in read.file.channels.off]
    if not on:
        raise UsageError(f"{read.origin}: every channel is off already, there is nothing to take apart")

    def losses(off: Sequence[str]) -> _Losses:
        changed = read.with_channels(**dict.fromkeys(off, False))
        played = run(read_book, changed, paths=paths, seed=seed, threads=threads, progress=progress, worst=0)
        return _Losses.of(played)

    whole = losses(())
    found = tuple(_contribution(name, whole, losses([name])) for name in on)
    nothing = _contribution(NOTHING, whole, losses(on))
    every = [whole, nothing.losses, *(part.losses for part in found)]
    together = [
        base - none - math.fsum(base - part for part in parts)
        for base, none, *parts in zip(*(part.usd for part in every), strict=True)
    ]
    return Contributions(
        read_book.name,
        read.name,
        paths,
        seed,
        Estimate.of(whole.usd),
        whole.miners_failed,
        whole.lenders_failed,
        tuple(part.row for part in found),
        nothing.row,
        Estimate.of(together),
        tuple(read.file.channels.off),
    )


@dataclass(frozen=True)
class _Losses:
    """Loss of each path (USD), in path order; failures, mean a path."""

    usd: list[float]
    miners_failed: Count
    lenders_failed: Count

    @classmethod
    def of(cls, results: Results) -> _Losses:
        table = results.paths.select(["loss_usd", "miners_failed", "lenders_failed"]).to_pyarrow()
        miners, lenders = (table[f"{who}_failed"].to_pylist() for who in ("miners", "lenders"))
        return cls(table["loss_usd"].to_pylist(), Count.of(miners), Count.of(lenders))


@dataclass(frozen=True)
class _Part:
    row: Contribution
    losses: _Losses


def _contribution(name: str, whole: _Losses, without: _Losses) -> _Part:
    added = [base - part for base, part in zip(whole.usd, without.usd, strict=True)]
    row = Contribution(
        name, Estimate.of(without.usd), Estimate.of(added), without.miners_failed, without.lenders_failed
    )
    return _Part(row, without)
