"""Twelve kinds of bad book: each is refused by `hashstress check` with exit code 2, naming file, row and column."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hashstress as hs
import pyarrow.csv
import pyarrow.parquet
import pytest

Rows = list[dict[str, str]]
CRISIS = Path(hs.__file__).parent / "data" / "books" / "crisis-2022"
TABLES = ("machines", "regions", "miners", "fleet", "loans", "lenders", "exposures", "cohorts")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A sound book as a folder of CSV files."""
    folder = tmp_path / "book"
    folder.mkdir()
    for name in TABLES:
        (folder / f"{name}.csv").write_bytes((CRISIS / f"{name}.csv").read_bytes())
    return folder


def edit(book: Path, table: str, change: Callable[[Rows], Rows | None]) -> None:
    """Rewrites one table."""
    path = book / f"{table}.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
        columns = list(rows[0])
    rows = change(rows) or rows
    columns = [column for column in columns if not rows or column in rows[0]]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def put(row: int, column: str, value: str) -> Callable[[Rows], None]:
    """Sets one cell; `row` counts data rows from 1."""

    def change(rows: Rows) -> None:
        rows[row - 1][column] = value

    return change


def drop(column: str) -> Callable[[Rows], Rows]:
    """Leaves a column out."""
    return lambda rows: [{name: value for name, value in row.items() if name != column} for row in rows]


def first(book: Path, table: str, column: str, value: str) -> int:
    """The first data row (from 1) with a value."""
    with (book / f"{table}.csv").open(newline="") as file:
        return next(row for row, cells in enumerate(csv.DictReader(file), 1) if cells[column] == value)


def truncated_parquet(book: Path) -> None:
    table = pyarrow.csv.read_csv(book / "loans.csv")
    pyarrow.parquet.write_table(table, book / "loans.parquet")
    (book / "loans.csv").unlink()
    whole = (book / "loans.parquet").read_bytes()
    (book / "loans.parquet").write_bytes(whole[: len(whole) // 2])


def duplicate_key(rows: Rows) -> Rows:
    return [*rows, dict(rows[2])]


def orphan(book: Path) -> None:
    row = first(book, "loans", "collateral", "machines")
    edit(book, "loans", put(row, "collateral_fleet", "no-such-site"))


def look_alike(rows: Rows) -> Rows:
    twin = dict(rows[0])
    twin["miner"] = twin["miner"].replace("a", "\N{CYRILLIC SMALL LETTER A}", 1)
    return [*rows, twin]


KINDS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "missing column": (lambda book: edit(book, "loans", drop("rate")), ("loans.csv", "rate")),
    "unknown miner in a loan": (
        lambda book: edit(book, "loans", put(4, "miner", "nobody")),
        ("loans.csv", "4", "miner", "nobody"),
    ),
    "negative price": (
        lambda book: edit(book, "cohorts", put(3, "power_usd_per_mwh", "-42")),
        ("cohorts.csv", "3", "power_usd_per_mwh", "-42"),
    ),
    "NaN": (lambda book: edit(book, "miners", put(2, "cash_usd", "NaN")), ("miners.csv", "2", "cash_usd", "NaN")),
    "rate 112 for 11.2 %": (
        lambda book: edit(book, "loans", put(7, "rate", "112")),
        ("loans.csv", "7", "rate", "112", "0.112"),
    ),
    "duplicate key": (lambda book: edit(book, "lenders", duplicate_key), ("lenders.csv", "14", "lender")),
    "truncated Parquet": (truncated_parquet, ("loans.parquet",)),
    "wrong type": (
        lambda book: edit(book, "fleet", put(5, "machines", "many")),
        ("fleet.csv", "5", "machines", "many"),
    ),
    "empty table": (lambda book: edit(book, "lenders", lambda rows: rows.clear()), ("lenders.csv",)),
    "sats for BTC": (
        lambda book: edit(book, "miners", put(1, "btc", "130000000000")),
        ("miners.csv", "1", "btc", "130000000000"),
    ),
    "orphan collateral": (orphan, ("loans.csv", "collateral_fleet", "no-such-site")),
    "look-alike key": (lambda book: edit(book, "miners", look_alike), ("miners.csv", "171", "miner")),
}


def check(book: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hashstress", "check", str(book)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"COLUMNS": "300", "PATH": ""})


def test_the_sound_book_passes(book: Path) -> None:
    done = check(book)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_book_is_refused_with_its_place(book: Path, kind: str) -> None:
    spoil, words = KINDS[kind]
    spoil(book)
    done = check(book)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "Traceback" not in said
    for word in words:
        assert word in said, f"{kind}: {word!r} is not in\n{said}"
