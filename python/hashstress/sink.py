"""Where a run's tables go: memory, or a folder that gains its manifest last."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hashstress import storage
from hashstress.errors import RunError
from hashstress.results import MANIFEST, Results
from hashstress.seal import sealed
from hashstress.streams import StreamTable

if TYPE_CHECKING:
    from hashstress._core import Table

PLAN = "run.json"


class Sink(Protocol):
    """Takes the tables of a run as they come."""

    def paths(self, first_path: int, table: Table) -> None:
        """Rows of `paths` from `first_path` onwards."""

    def table(self, name: str, table: Table) -> None:
        """A table over all paths."""

    def journal(self, name: str, table: Table) -> None:
        """`events` or `ledger` of one path."""

    def finish(self, closing: Mapping[str, Any]) -> Results:
        """The results, once everything has come."""


class MemorySink:
    """Keeps everything."""

    def __init__(self) -> None:
        self._tables: dict[str, list[Table]] = {}

    def paths(self, first_path: int, table: Table) -> None:  # noqa: ARG002
        """Keeps a block."""
        self._tables.setdefault("paths", []).append(table)

    def table(self, name: str, table: Table) -> None:
        """Keeps a table."""
        self._tables[name] = [table]

    def journal(self, name: str, table: Table) -> None:
        """Keeps a journal behind those before it."""
        self._tables.setdefault(name, []).append(table)

    def finish(self, closing: Mapping[str, Any]) -> Results:
        """Results over what was kept."""
        return Results({name: StreamTable.from_tables(parts) for name, parts in self._tables.items()}, dict(closing))


class FolderSink:
    """Writes a folder: `paths/part-*.parquet` block by block, then the other tables, then `manifest.json`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journals: dict[str, list[Table]] = {}
        self._files: list[dict[str, Any]] = []

    @classmethod
    @contextmanager
    def new(cls, folder: Path, identity: Mapping[str, Any]) -> Iterator[FolderSink]:
        """Claims a new or empty folder with `run.json`: what the run is, for whoever finds it unfinished. Raises RunError.

        An error that ends the run gains a note that says what is left; a folder in which no part was finished is taken away again.
        """
        storage.check_free(folder)
        was_there = folder.exists()
        try:
            (folder / "paths").mkdir(parents=True)
        except OSError as error:
            raise RunError(f"cannot make {folder}: {error.strerror or error}") from error
        storage.write_json(folder / PLAN, {"started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **identity})
        sink = cls(folder)
        try:
            yield sink
        except BaseException as error:
            error.add_note(sink._left_behind(was_there))
            raise

    def paths(self, first_path: int, table: Table) -> None:
        """Writes a block as a part of its own."""
        self._write(f"paths/part-{first_path:012d}.parquet", table, first_path=first_path)

    def table(self, name: str, table: Table) -> None:
        """Writes a table."""
        self._write(f"{name}.parquet", table)

    def journal(self, name: str, table: Table) -> None:
        """Keeps a journal; the worst paths are few."""
        self._journals.setdefault(name, []).append(table)

    def finish(self, closing: Mapping[str, Any]) -> Results:
        """Writes the journals, the manifest, and opens what was written."""
        for name, parts in self._journals.items():
            self._write(f"{name}.parquet", StreamTable.from_tables(parts))
        storage.write_json(self.folder / MANIFEST, sealed({**closing, "files": self._files}))
        return Results.read(self.folder)

    def _left_behind(self, was_there: bool) -> str:
        """What a run that ended early leaves, as a sentence; nothing at all before its first part."""
        parts = sorted((self.folder / "paths").glob("part-*.parquet"))
        if parts:
            return f"{len(parts)} finished parts are in {self.folder / 'paths'}; there is no manifest, so they are not a whole run."
        shutil.rmtree(self.folder / "paths", ignore_errors=True)
        (self.folder / PLAN).unlink(missing_ok=True)
        if not was_there:
            shutil.rmtree(self.folder, ignore_errors=True)
        return f"No part was finished and {self.folder} is {'as it was' if was_there else 'not there'}."

    def _write(self, name: str, table: Any, **more: int) -> None:
        path = self.folder / name
        rows = storage.write_parquet(path, table)
        record = {"file": name, "rows": rows, "bytes": path.stat().st_size, "sha256": storage.sha256_of(path)}
        self._files.append(record | more)
