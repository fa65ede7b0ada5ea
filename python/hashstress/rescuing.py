"""What rescue funds and buy-backs cost and what they spared the lenders: the same paths with them and without.

Called as `hashstress.rescue_value`. Model: docs/model/rescue.md#what-it-cost-and-what-it-was-worth
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashstress.book import Book
from hashstress.contributing import Count, Estimate
from hashstress.errors import UsageError
from hashstress.progress import check_progress
from hashstress.running import run
from hashstress.scenario import Scenario
from hashstress.text import channels_off, columns, some, usd_error

if TYPE_CHECKING:
    from hashstress.results import Results

COLUMNS = ("loss_usd", "miners_failed", "lenders_failed", "rescue_spent_usd", "rescue_loss_usd")


@dataclass(frozen=True)
class PerDollar:
    """USD for each USD spent, with its Monte Carlo standard error; None where nothing was spent, or there is one path."""

    ratio: float | None
    se: float | None

    @classmethod
    def of(cls, gained: Sequence[float], spent: Sequence[float]) -> PerDollar:
        """Sum over sum of one value a path each; the error is that of a linearised ratio."""
        count, total = len(spent), math.fsum(spent)
        if total <= 0:
            return cls(None, None)
        ratio = math.fsum(gained) / total
        if count < 2:
            return cls(ratio, None)
        squares = math.fsum((gain - ratio * usd) ** 2 for gain, usd in zip(gained, spent, strict=True))
        return cls(ratio, math.sqrt(squares / (count - 1) / count) / (total / count))

    def __str__(self) -> str:
        if self.ratio is None:
            return "nothing was spent"
        return f"{self.ratio:.3f} USD" if self.se is None else f"{self.ratio:.3f} ± {self.se:.3f} USD"


@dataclass(frozen=True)
class RescueValue:
    """What the facilities of a book cost under a scenario, and what they spared; pairs are with them and without."""

    book: str
    scenario: str
    paths: int
    seed: int
    facilities: tuple[dict[str, Any], ...]
    loss_with: Estimate
    loss_without: Estimate
    avoided: Estimate
    spent: Estimate
    lost: Estimate
    avoided_per_dollar: PerDollar
    net_per_dollar: PerDollar
    miners_failed: tuple[Count, Count]
    lenders_failed: tuple[Count, Count]
    channels_off: tuple[str, ...] = ()  # on neither run

    def __str__(self) -> str:
        names = ("capital", "spent", "repaid", "held", "loss")
        rows = [[row["facility"], row["kind"], *(_cell(row, name) for name in names)] for row in self.facilities]
        title = f"{self.scenario}: book {self.book}, {some(self.paths, 'path')}, seed {self.seed}; means over paths, in pairs"
        return "\n".join(
            [
                title,
                *channels_off(self.channels_off),
                *columns([["facility", "kind", *names], *rows]),
                "",
                *columns(
                    [
                        ["", "with them", "without"],
                        ["loss of all lenders", str(self.loss_with), str(self.loss_without)],
                        ["miners failed", *map(str, self.miners_failed)],
                        ["lenders failed", *map(str, self.lenders_failed)],
                    ]
                ),
                "",
                *columns(
                    [
                        ["loss avoided", str(self.avoided)],
                        ["spent", str(self.spent)],
                        ["lost by the facilities", str(self.lost)],
                        ["loss avoided per dollar spent", str(self.avoided_per_dollar)],
                        ["less what the facilities lost", str(self.net_per_dollar)],
                    ]
                ),
            ]
        )


def _cell(row: dict[str, Any], name: str) -> str:
    if name == "capital":
        return f"{row['capital_usd'] / 1e6:,.1f} M USD"
    return usd_error(row[f"{name}_usd_mean"], row[f"{name}_usd_se"])


def rescue_value(
    book: Book | str | Path,
    scenario: Scenario | str | Path,
    *,
    paths: int = 1000,
    seed: int = 7,
    threads: int | None = None,
    progress: bool = False,
) -> RescueValue:
    """Plays `paths` paths with the channel `rescue` on and off; prices and draws are the same, so differences are taken path by path.

    Raises UsageError when the book has no facilities or the scenario has the channel off, and whatever `hashstress.run` raises.
    """
    check_progress(progress)
    read_book = Book.given(book)
    read = Scenario.given(scenario)
    if not read_book.counts.get("facilities"):
        raise UsageError(f"book {read_book.name} has no facilities, there is nothing to value")
    if "rescue" in read.file.channels.off:
        raise UsageError(f"{read.origin}: the channel rescue is off, there is nothing to value")

    def played(on: bool) -> Results:
        variant = read if on else read.with_channels(rescue=False)
        return run(read_book, variant, paths=paths, seed=seed, threads=threads, progress=progress, worst=0)

    helped = played(True)
    facilities = tuple(dict(row) for row in helped.facilities.rows())
    with_it, without = _of_paths(helped), _of_paths(played(False))
    avoided = [off - on for off, on in zip(without["loss_usd"], with_it["loss_usd"], strict=True)]
    net = [gain - lost for gain, lost in zip(avoided, with_it["rescue_loss_usd"], strict=True)]
    spent = with_it["rescue_spent_usd"]

    def failed(who: str) -> tuple[Count, Count]:
        return Count.of(with_it[who]), Count.of(without[who])

    return RescueValue(
        book=read_book.name,
        scenario=read.name,
        paths=paths,
        seed=seed,
        facilities=facilities,
        loss_with=Estimate.of(with_it["loss_usd"]),
        loss_without=Estimate.of(without["loss_usd"]),
        avoided=Estimate.of(avoided),
        spent=Estimate.of(spent),
        lost=Estimate.of(with_it["rescue_loss_usd"]),
        avoided_per_dollar=PerDollar.of(avoided, spent),
        net_per_dollar=PerDollar.of(net, spent),
        miners_failed=failed("miners_failed"),
        lenders_failed=failed("lenders_failed"),
        channels_off=tuple(read.file.channels.off),
    )


def _of_paths(results: Results) -> dict[str, list[float]]:
    table = results.paths.select(list(COLUMNS)).to_pyarrow()
    return {name: table[name].to_pylist() for name in COLUMNS}
