"""Files that are whole or absent: temporary name, fsync, rename, fsync of the folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashstress.errors import RunError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A draft beside `folder` that takes its place when the block ends well, and is removed otherwise.

    Raises UsageError when `folder` exists and is not an empty folder, RunError when it cannot be written.
    """
    check_free(folder)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        draft.mkdir(parents=True)
        yield draft
        sync_folder(draft)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise RunError(f"cannot write {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_free(folder: Path) -> None:
    """Raises UsageError unless `folder` is absent or an empty folder."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, expected a new folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; choose a new folder")


def write_atomic(path: Path, write: Callable[[Path], None]) -> None:
    """`write(temporary)`, then the file takes its name. Raises RunError naming the file."""
    draft = path.with_name(f".{path.name}.tmp")
    try:
        write(draft)
        _sync(draft)
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


def write_parquet(path: Path, table: Any) -> int:
    """A table as Parquet (zstd), batch by batch. Returns the number of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = 0

    def write(draft: Path) -> None:
        nonlocal rows
        reader = pa.RecordBatchReader.from_stream(table)
        with pq.ParquetWriter(draft, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)
                rows += batch.num_rows

    write_atomic(path, write)
    return rows


def write_csv(path: Path, table: Any) -> None:
    """A table as CSV: dates in ISO form, numbers so that they read back the same, null as an empty cell."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    whole = _plain(pa.RecordBatchReader.from_stream(table).read_all())
    write_atomic(path, lambda draft: pa_csv.write_csv(whole, draft, pa_csv.WriteOptions(quoting_style="needed")))


def _plain(table: pa.Table) -> pa.Table:
    """Dictionary columns as the texts they stand for."""
    import pyarrow as pa

    fields = [
        item.with_type(item.type.value_type) if pa.types.is_dictionary(item.type) else item for item in table.schema
    ]
    return table.cast(pa.schema(fields))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """A mapping as JSON, keys in the order given; NaN is refused."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomic(path, lambda draft: _write_text(draft, text))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder last; a system without folder handles does it by itself."""
    try:
        _sync(folder)
    except OSError:
        return
