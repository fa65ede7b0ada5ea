"""Files of outsiders to Arrow tables: size limit, structure, full validation. What the cells may hold is the engine's affair.

A CSV file is read as text, every column (`csv_files`), so that the engine can report each bad cell by row and column.
Parquet and Arrow files are decoded under a limit and validated in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashstress.csv_files import read_csv, twice
from hashstress.errors import InputError, Problem, nearest
from hashstress.refusal import RefusedError, refused

if TYPE_CHECKING:
    import pyarrow as pa

MAX_FILE_BYTES = 256 << 20
MAX_DECODED_BYTES = 512 << 20
MAX_ROWS = 5_000_000
MAX_TEXT_BYTES = 4096
BATCH_ROWS = 8192

_WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")


def read_folder(
    folder: Path, names: Sequence[str], variant: str = "", only: Sequence[str] | None = None
) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """The tables of a folder: one file each, `loans.csv`, `loans.parquet`, `loans.feather` or `loans.arrow`.

    `names` are the tables that exist, `only` those that are wanted (all of them if not given); with a variant, `loans-VARIANT.csv` is
    read in place of `loans.csv`. Returns the tables and the file each came from. Raises InputError with the problems of all files.
    """
    problems: list[Problem] = []
    files = {
        name: path for name, path in _files(folder, names, variant, problems).items() if only is None or name in only
    }
    tables: dict[str, pa.Table] = {}
    for name, path in files.items():
        try:
            tables[name] = _read(path, name)
        except RefusedError as found:
            problems.extend(found.problems)
    if problems:
        raise InputError(problems, f"book {folder}")
    return tables, {name: str(path) for name, path in files.items()}


@contextmanager
def unread(folder: Path) -> Iterator[None]:
    """Says of a missing table in which folder it is looked for, and which file of its name lies there and is not read: `loans.xlsx`."""
    try:
        yield
    except InputError as error:
        others = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() not in _READERS}
        raise InputError([_placed(problem, folder, others) for problem in error.problems], error.about) from None


def _placed(problem: Problem, folder: Path, others: Mapping[str, Path]) -> Problem:
    if problem.code != "missing_table":
        return problem
    other = others.get(problem.table or "")
    if other is None:
        return replace(problem, file=str(folder), expected=f"{problem.table}.csv, or in another format, in this folder")
    return replace(problem, file=str(other), expected=f"{_advice(other)} ({problem.expected})")


def _advice(path: Path) -> str:
    what = (
        "a workbook is not read: save the sheet as CSV UTF-8"
        if path.suffix.lower() in _WORKBOOKS
        else "this file is not read"
    )
    return f"a table in a file ending in {', '.join(_READERS)}; {what}"


def read_file(path: Path, table: str | None = None) -> pa.Table:
    """One file as a table; CSV columns are all text, an empty cell is null. Raises InputError."""
    try:
        return _read(path, table)
    except RefusedError as found:
        raise InputError(found.problems, f"file {path}") from None


# -- which files


def _files(folder: Path, names: Sequence[str], variant: str, problems: list[Problem]) -> dict[str, Path]:
    stems: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _READERS and not path.name.startswith("."):
            stems.setdefault(path.stem, []).append(path)
    for stem, paths in stems.items():
        if stem not in names and stem.partition("-")[0] not in names:
            problems.append(
                Problem(
                    "unknown_table", file=str(paths[0]), expected=f"one of {', '.join(names)}{nearest(stem, names)}"
                )
            )
        elif len(paths) > 1:
            problems.append(
                Problem(
                    "two_files",
                    table=stem,
                    file=str(paths[1]),
                    expected=f"one file of a table, there is {paths[0].name} too",
                )
            )
    chosen = {name: f"{name}-{variant}" if variant and f"{name}-{variant}" in stems else name for name in names}
    return {name: stems[stem][0] for name, stem in chosen.items() if stem in stems}


def _read(path: Path, table: str | None) -> pa.Table:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise refused(path, table, "unknown_format", f"a file ending in {', '.join(_READERS)}")
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise refused(path, table, "not_a_file", "a file")
        if size > MAX_FILE_BYTES:
            raise refused(path, table, "file_too_large", f"at most {MAX_FILE_BYTES >> 20} MB", value=f"{size} bytes")
        return reader(path, table)
    except OSError as error:
        raise refused(path, table, "unreadable", f"a readable file ({error.strerror or error})") from None


# -- Parquet, Arrow


def _read_parquet(path: Path, table: str | None) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with _decoding(path, table, "Parquet"):
        metadata = pq.read_metadata(path)
        if metadata.num_rows > MAX_ROWS:
            raise refused(path, table, "too_many_rows", f"at most {MAX_ROWS} rows", value=str(metadata.num_rows))
        schema = metadata.schema.to_arrow_schema()
        _check_schema(path, table, schema)
        texts = [item.name for item in schema if pa.types.is_string(item.type) or pa.types.is_large_string(item.type)]
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            batches = list(_limited(path, table, file.iter_batches(batch_size=BATCH_ROWS)))
        return _whole(path, table, pa.Table.from_batches(batches, schema=batches[0].schema if batches else schema))


def _read_ipc(path: Path, table: str | None) -> pa.Table:
    import pyarrow as pa

    with _decoding(path, table, "Arrow"), pa.OSFile(str(path)) as file:
        if file.read(4) == b"FEA1":
            raise refused(path, table, "old_format", "Feather version 2 (an Arrow file)")
        file.seek(0)
        schema, batches = _ipc_batches(file)
        _check_schema(path, table, schema)
        return _whole(path, table, pa.Table.from_batches(list(_limited(path, table, batches)), schema=schema))


def _ipc_batches(file: pa.NativeFile) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Schema and batches of an Arrow file or, failing that, of an Arrow stream."""
    import pyarrow as pa

    magic = file.read(6)
    file.seek(0)
    if magic == b"ARROW1":
        reader = pa.ipc.open_file(file)
        return reader.schema, (reader.get_batch(place) for place in range(reader.num_record_batches))
    stream = pa.ipc.open_stream(file)
    return stream.schema, iter(stream)


@contextmanager
def _decoding(path: Path, table: str | None, kind: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, EOFError, ValueError) as error:
        text = " ".join(str(error).split())[:200]
        raise refused(path, table, "damaged_file", f"a whole and valid {kind} file ({text})") from None


def _check_schema(path: Path, table: str | None, schema: pa.Schema) -> None:
    import pyarrow as pa

    repeated = [
        Problem("duplicate_column", table=table, file=str(path), column=name, expected="each column once")
        for name in twice(schema.names)
    ]
    foreign = [
        Problem(
            "column_type",
            table=table,
            file=str(path),
            column=item.name,
            value=str(item.type),
            expected="text, a number or a date",
        )
        for item in schema
        if isinstance(item.type, pa.BaseExtensionType) or pa.types.is_nested(item.type)
    ]
    if repeated or foreign:
        raise RefusedError(*repeated, *foreign)


def _limited(path: Path, table: str | None, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, each validated in full, under a limit of rows and decoded bytes."""
    rows = size = 0
    for batch in batches:
        batch.validate(full=True)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > MAX_ROWS or size > MAX_DECODED_BYTES:
            limit = f"at most {MAX_ROWS} rows and {MAX_DECODED_BYTES >> 20} MB when decoded"
            raise refused(path, table, "too_large_when_decoded", limit)
        _check_texts(path, table, batch)
        yield batch


def _check_texts(path: Path, table: str | None, batch: pa.RecordBatch) -> None:
    """Refuses texts of absurd length before anything copies a dictionary out row by row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        texts = column.dictionary if isinstance(column, pa.DictionaryArray) else column
        if (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)) and len(texts):
            longest = pc.max(pc.binary_length(texts)).as_py() or 0
            if longest > MAX_TEXT_BYTES:
                raise refused(
                    path,
                    table,
                    "text_too_long",
                    f"at most {MAX_TEXT_BYTES} bytes",
                    column=name,
                    value=f"{longest} bytes",
                )


def _whole(path: Path, table: str | None, read: pa.Table) -> pa.Table:
    if not read.num_columns:
        raise refused(path, table, "no_columns", "a table with columns")
    return read


_READERS: dict[str, Callable[[Path, str | None], Any]] = {
    ".csv": read_csv,
    ".parquet": _read_parquet,
    ".feather": _read_ipc,
    ".arrow": _read_ipc,
    ".ipc": _read_ipc,
}
