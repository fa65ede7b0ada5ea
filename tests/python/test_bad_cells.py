"""Every column of every input table, spoilt in every way its type knows: refused, with file, row and column. Page: docs/model/inputs.md"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hashstress as hs
import pyarrow as pa
import pyarrow.parquet
import pytest
from hashstress import _core

from tests.knobs.schema import Parameter, of_tables
from tests.knobs.worlds import world

WORLD = 204  # one in which each table has rows
COLUMNS = list(of_tables())
TABLES = sorted({column.table[0] for column in COLUMNS})
REQUIRED = {
    f"{name.partition('.')[2]}.{field['name']}"
    for name, fields in _core.schema().items()
    for field in fields
    if name.startswith("input.") and field["required"]
}
ALIKE = str.maketrans(
    {"a": "\N{CYRILLIC SMALL LETTER A}", "e": "\N{CYRILLIC SMALL LETTER IE}", "o": "\N{GREEK SMALL LETTER OMICRON}"}
)

Rows = list[dict[str, str]]
Place = tuple[str, int | None, str | None]  # code, row, column


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every table, as text."""
    folder = tmp_path_factory.mktemp("sound")
    for name, rows in world(WORLD).tables.items():
        if rows:
            write(folder / f"{name}.csv", [{column: cell(value) for column, value in row.items()} for row in rows])
    return folder


def cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def write(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
        writer.writeheader()
        writer.writerows(rows)


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def spoilt_cells(column: Parameter, value: str) -> Iterator[tuple[str, str]]:
    """What may stand in a cell by mistake, and what the mistake is called."""
    if column.references is not None:
        if column.path != "lenders.policy":  # known where the scenario is: tests/python/test_compile.py
            yield "nobody", "unknown_key"
        return
    match column.kind:
        case "number" | "whole":
            yield "many", "wrong_type"
            yield "NaN", "not_finite"
            yield "1e400", "not_finite"
            if column.low is not None:
                yield repr(column.low - 42.0), "out_of_range"
            if column.high is not None:
                yield repr(column.high * 112.0 + 1.0), "out_of_range"  # as 112 for 11.2 %, satoshis for coins
        case "date":
            yield "soon", "wrong_type"
            yield "2022-02-30", "out_of_range"
        case "word":
            yield f"{value}x", "unknown_word"
        case "flag":
            yield "perhaps", "wrong_type"
    if column.kind == "whole":
        yield "1.5", "wrong_type"


def mistakes(rows: Rows, column: Parameter) -> Iterator[tuple[str, Rows, Place]]:
    """Tables with one mistake in a column, and what must be said of each."""
    name = column.name
    row = next((place for place, found in enumerate(rows) if found.get(name)), None)
    if row is None:
        return
    others = [{key: value for key, value in found.items() if key != name} for found in rows]
    if column.path in REQUIRED and len(rows[0]) > 1:
        yield "left out", others, ("missing_column", None, name)
    if column.path in REQUIRED and not column.empty:
        yield "empty", with_cell(rows, row, name, ""), ("null", row + 1, name)
    misspelt = [other | {f"{name}_": found[name]} for other, found in zip(others, rows, strict=True)]
    yield "misspelt", misspelt, ("unknown_column", None, f"{name}_")
    for text, code in spoilt_cells(column, rows[row][name]):
        yield text, with_cell(rows, row, name, text), (code, row + 1, name)
    if column.kind == "key" and (twin := rows[row][name].translate(ALIKE)) != rows[row][name]:
        yield "look-alike", [*rows, rows[row] | {name: twin}], ("look_alike_key", len(rows) + 1, name)


def with_cell(rows: Rows, row: int, name: str, text: str) -> Rows:
    return [found | {name: text} if place == row else found for place, found in enumerate(rows)]


def said(folder: Path) -> list[tuple[str | None, Place]]:
    """File and place of every problem."""
    try:
        hs.Book.read(folder)
    except hs.InputError as refused:
        return [(found.file, (found.code, found.row, found.column)) for found in refused.problems]
    return []


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    for path in sound.iterdir():
        (tmp_path / path.name).symlink_to(path)
    return tmp_path


def test_the_sound_book_has_every_table(sound: Path) -> None:
    assert {path.stem for path in sound.iterdir()} == set(TABLES)
    assert all(hs.Book.read(sound).counts[name] > 0 for name in TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_a_mistake_in_any_column_is_refused_with_its_place(folder: Path, table: str) -> None:
    path = folder / f"{table}.csv"
    rows = read(path)
    path.unlink()
    unsaid, tried = [], 0
    for column in COLUMNS:
        for what, changed, place in mistakes(rows, column) if column.table == (table,) else ():
            write(path, changed)
            tried += 1
            if (str(path), place) not in (problems := said(folder)):
                unsaid.append(f"{column.path}, {what}: expected {place}, found {problems[:3]}")
    assert not unsaid, "\n".join(unsaid)
    assert tried >= 3


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_stands_twice_is_refused_with_its_place(folder: Path, table: str) -> None:
    path = folder / f"{table}.csv"
    rows = read(path)
    path.unlink()
    write(path, [*rows, rows[0]])
    codes = [(place[0], place[1]) for file, place in said(folder) if file == str(path)]
    assert ("duplicate_key", len(rows) + 1) in codes


@pytest.mark.parametrize("table", TABLES)
def test_half_a_file_is_refused_by_its_name(folder: Path, table: str) -> None:
    path = folder / f"{table}.csv"
    whole = folder / f"{table}.parquet"
    pa.parquet.write_table(pa.Table.from_pylist(read(path)), whole)
    path.unlink()
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert any(file == str(whole) for file, _ in said(folder))
