"""Whether the folder of a run still holds what its manifest says: the manifest itself, files' bytes, paths' digests, the books' closing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashstress import layers, storage
from hashstress.errors import RunError
from hashstress.results import MANIFEST, Results, present, read_manifest
from hashstress.seal import SEAL, content_sha256

if TYPE_CHECKING:
    import pyarrow as pa

RESIDUALS = ("residual_cents", "residual_sats", "residual_machines")


def problems(folder: str | Path) -> list[str]:
    """What does not agree with the manifest, one sentence each; empty when everything does.

    Files are read whole; the results are not computed again (the same command on the same inputs does that). Raises UsageError for a folder
    of no run, RunError for an unfinished one.
    """
    place = Path(folder)
    manifest = read_manifest(place)
    try:
        found = [
            *_manifest(place, manifest),
            *_scenario(place, manifest),
            *_files(place, manifest),
            *_strangers(place, manifest),
        ]
        return found or [*_counts(place, manifest), *_paths(place, manifest)]  # a damaged file is not opened
    except (KeyError, TypeError) as error:
        return [f"{place / MANIFEST} is damaged: {type(error).__name__} {error}"]


def _manifest(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """The manifest against its own digest: nothing else vouches for the seed."""
    recorded, found = manifest.get(SEAL), content_sha256(manifest)
    if recorded is None:
        yield f"{folder / MANIFEST} has no {SEAL}: an earlier version wrote it, or it was taken out; run again to have one"
    elif recorded != found:
        yield f"{folder / MANIFEST} was changed: what it says makes {found}, its {SEAL} is {recorded}"


def _scenario(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """The scenario's texts against their digest; runs of earlier versions keep none."""
    recorded = manifest["scenario"]
    if recorded.get("texts"):
        found = layers.digest(record["text"] for record in recorded["texts"])
        if found != recorded["sha256"]:
            yield f"{folder / MANIFEST}: the scenario's texts make {found}, its sha256 is {recorded['sha256']}"


def _files(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    for record in manifest["files"]:
        try:
            path = present(folder, str(record["file"]), record["bytes"])
        except RunError as error:
            yield str(error)
            continue
        found = storage.sha256_of(path)
        if found != record["sha256"]:
            yield f"{path} was changed: its sha256 is {found}, the manifest says {record['sha256']}"


def _strangers(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Tables that whoever reads the folder as a whole would take for the run's."""
    known = {str(record["file"]) for record in manifest["files"]}
    for path in sorted(folder.rglob("*.parquet")):
        if path.relative_to(folder).as_posix() not in known:
            yield f"{path} does not belong to the run: {MANIFEST} does not name it"


def _counts(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    import pyarrow.parquet as pq

    for record in manifest["files"]:
        rows = pq.read_metadata(folder / record["file"]).num_rows
        if rows != record["rows"]:
            yield f"{folder / record['file']} has {rows} rows, the manifest says {record['rows']}"


def _paths(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """The digest of the whole run from those of its paths (docs/model/results.md), and their worst residuals."""
    total, count, gap = hashlib.sha256(), 0, None
    worst = dict.fromkeys(RESIDUALS, 0.0)
    for batch in _batches(Results.read(folder)):
        columns = batch.to_pydict()
        for path, digest in zip(columns["path"], columns["digest"], strict=True):
            gap = count if gap is None and path != count else gap
            total.update(bytes.fromhex(digest))
            count += 1
        worst = {name: max([worst[name], *columns[name]]) for name in RESIDUALS}
    if gap is not None:
        yield f"path {gap} is missing or out of order"
    if count != manifest["paths"]:
        yield f"there are {count} paths, the manifest says {manifest['paths']}"
    if total.hexdigest() != manifest["results_digest"]:
        yield f"the digests of the paths make {total.hexdigest()}, the manifest's results_digest is {manifest['results_digest']}"
    for name, value in worst.items():
        if value != manifest["summary"][name]:
            yield f"the worst {name} of a path is {value:g}, the manifest says {manifest['summary'][name]:g}"


def _batches(results: Results) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    with pa.RecordBatchReader.from_stream(results.paths) as reader:
        yield from reader
