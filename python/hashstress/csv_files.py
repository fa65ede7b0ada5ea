"""CSV files: encoding, delimiter, header and shape of the rows. Every column is text; what its cells may hold is the engine's affair."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashstress.errors import MAX_PROBLEMS, Problem
from hashstress.refusal import RefusedError, refused

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.csv as pa_csv

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_EUROPEAN = {
    "semicolons": ": a spreadsheet of a European region writes these, and commas for decimals; "
    "save with commas between columns and points for decimals"
}


def read_csv(path: Path, table: str | None) -> pa.Table:
    """A CSV file as columns of text, an empty cell null. Raises RefusedError."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    text = _plain(path, table, path.read_bytes())
    header = _header(path, table, text)
    ragged: list[Problem] = []

    def skip(row: pa_csv.InvalidRow) -> str:
        if len(ragged) < MAX_PROBLEMS:
            ragged.append(_ragged(path, table, row))
        return "skip"

    try:
        read = pa_csv.read_csv(
            pa.BufferReader(text),
            read_options=pa_csv.ReadOptions(use_threads=False),
            parse_options=pa_csv.ParseOptions(invalid_row_handler=skip),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in header},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowException as error:
        raise refused(path, table, "csv_structure", f"comma-separated text ({error})") from None
    if ragged:
        raise RefusedError(*ragged)
    return read


def _ragged(path: Path, table: str | None, row: Any) -> Problem:
    number = None if row.number is None else row.number - 1  # pyarrow counts the header as 1
    return Problem(
        "csv_ragged_row",
        table=table,
        file=str(path),
        row=number,
        value=row.text,
        expected=f"{row.expected_columns} cells, there are {row.actual_columns}",
    )


def _plain(path: Path, table: str | None, data: bytes) -> bytes:
    """UTF-8 without a byte order mark and without NUL, ending in a newline."""
    if data.startswith(_UTF16_BOMS):
        raise refused(path, table, "csv_encoding", "UTF-8 (this file is UTF-16)")
    data = data.removeprefix(_UTF8_BOM)
    if not data.strip():
        raise refused(path, table, "empty_file", "a header line and rows")
    if b"\0" in data:
        row, line = _place(data, data.index(b"\0"))
        raise refused(path, table, "csv_encoding", "text without NUL bytes", row=row, line=line)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, table, data, error.start) from None
    return data if data.endswith(b"\n") else data + b"\n"


def _place(data: bytes, offset: int) -> tuple[int, int]:
    """Data row (blank lines are none) and line of a byte."""
    before = data[:offset].split(b"\n")[:-1]
    return sum(bool(line.strip()) for line in before), len(before) + 1


def _not_utf8(path: Path, table: str | None, data: bytes, offset: int) -> RefusedError:
    """A letter in the encoding of a country: the cell it is in, read as most spreadsheets write."""
    row, line = _place(data, offset)
    begin, end = data.rfind(b"\n", 0, offset) + 1, data.find(b"\n", offset)
    header, upto, cells = (
        next(csv.reader([part.decode("cp1252", "replace")]), [])
        for part in (data.partition(b"\n")[0], data[begin : offset + 1], data[begin : end if end >= 0 else None])
    )
    place = len(upto) - 1
    column = header[place].strip() if row and place < len(header) else None
    value = cells[place].strip() if place < len(cells) else None
    expected = "UTF-8: in a spreadsheet save as 'CSV UTF-8', plain 'CSV' is in the encoding of a country"
    return refused(path, table, "csv_encoding", expected, row=row, line=line, column=column, value=value)


def _header(path: Path, table: str | None, data: bytes) -> list[str]:
    lines = (line.decode("utf-8") for line in data.splitlines()[:1])
    try:
        names = next(csv.reader(lines, strict=True), [])
    except csv.Error as error:
        raise refused(path, table, "csv_header", f"column names ({error})", row=0) from None
    wrong = next((words for mark, words in _OTHER_DELIMITERS.items() if len(names) == 1 and mark in names[0]), None)
    if wrong:
        raise refused(
            path, table, "csv_delimiter", f"commas between columns, not {wrong}{_EUROPEAN.get(wrong, '')}", row=0
        )
    problems = [
        Problem("duplicate_column", table=table, file=str(path), row=0, column=name, expected="each column once")
        for name in twice(names)
    ]
    problems += [
        Problem("csv_header", table=table, file=str(path), row=0, expected=f"a name for column {place}")
        for place, name in enumerate(names, start=1)
        if not name.strip()
    ]
    if problems:
        raise RefusedError(*problems)
    return names


def twice(names: Iterable[str]) -> list[str]:
    """Names that are given more than once, sorted."""
    seen: set[str] = set()
    return sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]
