"""Running a scenario: paths in blocks through the engine, tables out, to memory or to a folder; the manifest last.

Called as `hashstress.run`; a module of that name would hide the function.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hashstress import manifest, plugins, storage
from hashstress.batch import Block
from hashstress.book import Book
from hashstress.compile import Compiled
from hashstress.errors import RunError, UsageError, engine_errors
from hashstress.progress import Progress, Silent, check_progress, reporter
from hashstress.results import Results
from hashstress.scenario import Scenario
from hashstress.sink import FolderSink, MemorySink, Sink
from hashstress.streams import StreamTable

if TYPE_CHECKING:
    from hashstress import _core

BLOCK = 1024  # paths handed to the engine at a time; results do not depend on it
LARGE_BLOCK = 8192  # for long runs, so that parts stay few
MANY_PATHS = 100_000
MOST_PATHS = 10_000_000  # exact tails keep about 5 % of the losses of each lender in memory
MOST_SEED = (1 << 64) - 1


def run(
    book: Book | str | Path,
    scenario: Scenario | str | Path,
    *,
    paths: int = 1000,
    seed: int = 7,
    threads: int | None = None,
    progress: bool | Literal["json"] = False,
    out: str | Path | None = None,
    worst: int = 3,
) -> Results:
    """Plays every day of `paths` paths and returns what came of it.

    `book` and `scenario` may be names or paths. The same inputs, seed and number of paths give the same numbers for any
    `threads` (None: all cores). `progress` is shown on stderr: a bar on a terminal, JSON lines with `"json"` or elsewhere.
    With `out`, a new folder, tables are written as they come; memory grows only by
    the exact tails (about 0.4 bytes a path and lender; at most 10 million paths). The `worst` paths, those
    with the largest loss, get a full journal (`events`, `ledger`).

    Raises UsageError for arguments out of range, InputError, ScenarioError, PluginError, RunError; KeyboardInterrupt on Ctrl-C, with a
    note that says which finished parts stay in `out`.
    """
    order = _Order(paths, seed, threads, worst)
    check_progress(progress)
    if out is not None:
        storage.check_free(Path(out))
    registry = plugins.registry()
    read_book = Book.given(book)
    read_scenario = Scenario.given(scenario)
    compiled = read_scenario.compile(read_book)
    job = _Job(order, read_book, read_scenario, compiled, registry)
    with ExitStack() as stack:
        sink: Sink = MemorySink() if out is None else stack.enter_context(FolderSink.new(Path(out), job.identity()))
        return job.play(sink, stack.enter_context(reporter(progress, paths)))


def replay(book: Book, scenario: Scenario, *, seed: int, path: int) -> Replay:
    """One path of a run again, with its journal. Raises ScenarioError, PluginError, RunError when its prices cannot be had again."""
    compiled = scenario.compile(book)
    job = _Job(_Order(1, seed, 1, 0), book, scenario, compiled, plugins.registry())
    if compiled.batch and not compiled.batch.deterministic:
        raise RunError(f"price source {scenario.file.price.source!r} does not repeat its paths: none can be replayed")
    job.advance(path, 1, Silent())
    (row,) = StreamTable.from_tables([job.run.take_paths()]).rows()
    tables = {name: StreamTable.from_tables([table]).rows() for name, table in job.run.tables().items()}
    lenders = {row["lender"]: row["loss_usd_mean"] for row in tables["lenders"]}  # means over the one path
    loans = {row["loan"]: (row["miner"], row["el_usd"]) for row in tables["loans"]}
    return Replay(path, row, job.core_scenario.digest, job.journal(path), lenders, loans)


@dataclass(frozen=True)
class Replay:
    """A path played again: its row of `paths`, the scenario's digest, the tables `events` and `ledger`, and who lost what."""

    path: int
    row: dict[str, Any]
    scenario_digest: str
    journal: dict[str, _core.Table]
    lender_losses: dict[str, float]  # USD
    loan_losses: dict[str, tuple[str, float]]  # its miner, USD


@dataclass(frozen=True)
class _Order:
    """What was asked for. Raises UsageError for numbers out of range."""

    paths: int
    seed: int
    threads: int | None
    worst: int

    def __post_init__(self) -> None:
        whole("paths", self.paths, 1, MOST_PATHS)
        whole("seed", self.seed, 0, MOST_SEED)
        whole("worst", self.worst, 0, 10_000)
        if self.threads is not None:
            whole("threads", self.threads, 1, 4096)

    def blocks(self, block: int) -> Iterator[tuple[int, int]]:
        """First path and number of paths of each block."""
        return ((first, min(block, self.paths - first)) for first in range(0, self.paths, block))


def whole(name: str, value: object, least: int, most: int) -> None:
    """Raises UsageError unless a value is a whole number of the range."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise UsageError(f"{name} is {value!r}, expected a whole number from {least} to {most}")


class _Job:
    """One run: the engine's run object, the price source if it comes in batches, and where the tables go."""

    def __init__(
        self, order: _Order, book: Book, scenario: Scenario, compiled: Compiled, registry: plugins.Registry
    ) -> None:
        from hashstress import _core

        self.order, self.book, self.scenario, self.compiled, self.registry = order, book, scenario, compiled, registry
        self.about = f"scenario {scenario.origin}"
        with engine_errors(self.about):
            self.core_scenario = _core.Scenario.try_build(compiled.spec, book.core)
            self.run: _core.Run = _core.Run(
                book.core,
                self.core_scenario,
                paths=order.paths,
                seed=order.seed,
                threads=order.threads,
                worst=order.worst,
            )
        self.warnings = [*registry.warnings(), *compiled.warnings]

    def identity(self) -> dict[str, Any]:
        """What makes the numbers: digests, seed, paths, versions, plugins."""
        return manifest.identity(
            self.book,
            self.scenario,
            self.core_scenario,
            self.compiled,
            self.registry,
            paths=self.order.paths,
            seed=self.order.seed,
        )

    def play(self, sink: Sink, progress: Progress) -> Results:
        """All blocks, then the tables over all paths, the journals of the worst, and the manifest."""
        begun = time.perf_counter()
        for first, count in self.order.blocks(self.block_size()):
            self.advance(first, count, progress)
            sink.paths(first, self.run.take_paths())
        seconds = time.perf_counter() - begun
        tables = self.run.tables()
        for name, table in tables.items():
            sink.table(name, table)
        worst = self.worst_paths()
        for journal in map(self.journal, worst) if worst else [self.run.no_journal()]:
            for name, table in journal.items():
                sink.journal(name, table)
        return sink.finish(self.closing(seconds, tables["lenders"]))

    def block_size(self) -> int:
        """Paths of a block."""
        return LARGE_BLOCK if self.order.paths > MANY_PATHS and self.compiled.batch is None else BLOCK

    def advance(self, first: int, count: int, progress: Progress) -> None:
        """One block through the engine."""
        block = self.prices(first, count)
        if self.compiled.batch and block:
            self.compiled.batch.check_repeatable(self.order.seed, block, first, count)
        with engine_errors(self.about):
            self.run.advance(
                first,
                count,
                close_usd=block.close_usd if block else None,
                low_usd=block.low_usd if block else None,
                progress=progress.update,
            )
        progress.update(first + count)

    def prices(self, first: int, count: int) -> Block | None:
        """Prices of a block when they come in batches."""
        return self.compiled.batch.block(self.order.seed, first, count) if self.compiled.batch else None

    def worst_paths(self) -> list[int]:
        """Paths to journal; none when their prices cannot be had again."""
        if self.compiled.batch and not self.compiled.batch.deterministic:
            self.warnings.append(
                f"no journals: price source {self.scenario.file.price.source!r} does not repeat its paths"
            )
            return []
        return self.run.worst_paths()[: self.order.worst]

    def journal(self, path: int) -> dict[str, _core.Table]:
        """The journal of one path."""
        block = self.prices(path, 1)
        with engine_errors(self.about):
            if block is None:
                return self.run.journal(path)
            return self.run.journal(path, close_usd=block.close_usd, low_usd=block.low_usd)

    def closing(self, seconds: float, lenders: _core.Table) -> dict[str, Any]:
        """The manifest."""
        by_scenario = sum(row["pd_scenario"] for row in StreamTable.from_tables([lenders]).rows())
        engine_seconds = self.run.engine_seconds
        return self.identity() | {
            "paths_done": self.run.paths_done,
            "worst": self.order.worst,
            "threads": self.order.threads,
            "results_digest": self.run.results_digest,
            "summary": self.run.summary | {"lenders_failed_by_scenario_mean": by_scenario},
            "wall_seconds": round(seconds, 3),
            "engine_seconds": round(engine_seconds, 3),
            "border_share": round(max(0.0, 1 - engine_seconds / seconds), 4) if seconds > 0 else 0.0,
            "warnings": self.warnings,
        }
