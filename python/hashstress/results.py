"""What came of a run: tables to stream anywhere, a manifest, and a summary that never shows a number without its error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hashstress import summary
from hashstress.errors import RunError, UsageError, nearest
from hashstress.seal import SEAL, content_sha256
from hashstress.streams import StreamTable

MANIFEST = "manifest.json"


class Results:
    """The tables of a run, in memory or on disk. Each is an Arrow table (PyCapsule) that can be streamed again and again.

    `paths` one row a path · `loans`, `miners`, `lenders`, `facilities` one row each, every estimate with its Monte Carlo standard error ·
    `daily` fan quantiles · `events`, `ledger` the journals of the worst paths.
    """

    def __init__(
        self, tables: Mapping[str, StreamTable], manifest: Mapping[str, Any], folder: Path | None = None
    ) -> None:
        """For `hashstress.run` and `Results.read`."""
        self._tables, self.manifest, self.folder = dict(tables), dict(manifest), folder

    @classmethod
    def read(cls, folder: str | Path) -> Results:
        """The folder of a finished run; tables are read when they are streamed.

        Raises UsageError when there is no such folder or it is none of a run, RunError when the run was not finished, its manifest was
        changed, or a file is missing or of another size.
        """
        place = Path(folder)
        manifest = read_manifest(place)
        if manifest.get(SEAL, found := content_sha256(manifest)) != found:  # runs of earlier versions have none
            raise RunError(
                f"{place / MANIFEST} was changed since the run, so that nothing vouches for its numbers: run it again"
            )
        files: dict[str, list[Path]] = {}
        for record in manifest["files"]:
            name = str(record["file"])
            files.setdefault(name.partition("/")[0].removesuffix(".parquet"), []).append(
                present(place, name, record["bytes"])
            )
        return cls({name: StreamTable.from_parquet(parts) for name, parts in files.items()}, manifest, place)

    @property
    def table_names(self) -> tuple[str, ...]:
        """Names of the tables this run has."""
        return tuple(self._tables)

    @property
    def paths(self) -> StreamTable:
        """One row a path: losses, failures, lows, residuals, digest."""
        return self._table("paths")

    @property
    def loans(self) -> StreamTable:
        """One row a loan: PD, LGD, EAD, EL and their standard errors."""
        return self._table("loans")

    @property
    def miners(self) -> StreamTable:
        """One row a miner: PD, time to default, cash at the end."""
        return self._table("miners")

    @property
    def lenders(self) -> StreamTable:
        """One row a lender: loss, VaR, ES, PD."""
        return self._table("lenders")

    @property
    def facilities(self) -> StreamTable:
        """One row a rescue fund or buy-back: what it spent, had back, holds and lost; no rows for a book without any."""
        return self._table("facilities")

    @property
    def daily(self) -> StreamTable:
        """One row a day and metric: mean and quantiles over paths."""
        return self._table("daily")

    @property
    def events(self) -> StreamTable:
        """What happened on the worst paths, worst path first; empty for a run without journals."""
        return self._table("events")

    @property
    def ledger(self) -> StreamTable:
        """Every posting of the worst paths, worst path first; empty for a run without journals."""
        return self._table("ledger")

    def summary(self) -> str:
        """Who failed and when, losses by lender with their errors, residuals and digest, as text."""
        return summary.text(self)

    def _table(self, name: str) -> StreamTable:
        if name not in self._tables:
            raise RunError(
                f"this run has no table {name!r}; it has {', '.join(self._tables)}{nearest(name, self._tables)}"
            )
        return self._tables[name]

    def __repr__(self) -> str:
        found = self.manifest
        return f"Results({found['book']['name']!r} under {found['scenario']['name']!r}: {found['paths']} paths, seed {found['seed']})"

    def _repr_html_(self) -> str:
        return summary.html(self)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished run. Raises UsageError for a folder of no run, RunError for an unfinished run or a damaged manifest."""
    path = folder / MANIFEST
    if not path.is_file():
        if (folder / "run.json").is_file():
            raise RunError(f"{folder} holds a run that was not finished")
        why = (
            f"is not the folder of a run (no {MANIFEST})"
            if folder.is_dir()
            else "is not there"
            if not folder.exists()
            else "is a file"
        )
        raise UsageError(f"{folder} {why}, expected the folder a run was written to with --out")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read: {error}") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), list) or manifest.get("format") != 1:
        raise RunError(f"{path} is not a manifest of format 1")
    return manifest


def present(folder: Path, name: str, size: object) -> Path:
    """A file the manifest names. Raises RunError when it is missing, of another size, or outside the folder."""
    path = folder / name
    if ".." in Path(name).parts or Path(name).is_absolute():
        raise RunError(f"{folder / MANIFEST} names a file outside the folder: {name!r}")
    if not path.is_file():
        raise RunError(f"{path} is missing")
    if path.stat().st_size != size:
        raise RunError(f"{path} has {path.stat().st_size} bytes, the manifest says {size}")
    return path
