"""Books: built in, from folders, from Arrow tables of any make; written and read again without a change."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import hashstress as hs
import pyarrow as pa
import pytest
from hashstress import builtin

CRISIS = builtin.DATA / "books" / "crisis-2022"


@pytest.mark.parametrize("name", builtin.book_names())
def test_built_in_books_read(name: str) -> None:
    assert hs.Book.read(name).counts["loans"] > 0


def test_variants_differ_in_their_loans(book: hs.Book) -> None:
    low, high = hs.Book.read("crisis-2022:low"), hs.Book.read("crisis-2022:high")
    assert len({book.digest, low.digest, high.digest}) == 3
    assert low.counts["miners"] == book.counts["miners"]


def test_tables_are_arrow(book: hs.Book) -> None:
    loans = pa.table(book.tables["loans"])
    assert loans.num_rows == book.counts["loans"] == book.tables["loans"].num_rows
    assert set(book.tables) >= {"miners", "fleet", "loans", "lenders"}
    with pytest.raises(KeyError, match=r"did you mean 'loans'\?"):
        book.tables["lones"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_written_and_read_again_it_is_the_same(book: hs.Book, tmp_path: Path, kind: Any) -> None:
    folder = book.write(tmp_path / "mine", kind)
    assert hs.Book.read(folder).digest == book.digest
    assert sorted(path.suffix for path in folder.iterdir()) == [f".{kind}"] * len(book.tables)


def test_tables_of_a_book_make_a_book(book: hs.Book) -> None:
    assert hs.Book.from_tables(**book.tables).digest == book.digest


def test_row_order_does_not_matter(book: hs.Book) -> None:
    tables: dict[str, Any] = dict(book.tables)
    loans = pa.table(book.tables["loans"])
    tables["loans"] = loans.take(list(reversed(range(loans.num_rows))))
    assert hs.Book.from_tables(**tables).digest == book.digest


def test_writing_replaces_nothing(book: hs.Book, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "loans.csv").write_text("precious")
    with pytest.raises(hs.RunError, match="not empty"):
        book.write(tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    with pytest.raises(hs.RunError, match="csv or parquet"):
        book.write(tmp_path / "other", "xlsx")  # type: ignore[arg-type]


def test_what_is_not_arrow_is_refused() -> None:
    with pytest.raises(hs.InputError) as caught:
        hs.Book.from_tables(loans={"loan": ["a"]}, lones=pa.table({"a": [1]}))
    assert [problem.code for problem in caught.value.problems] == ["not_arrow", "unknown_table"]


def test_unknown_books_suggest_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(hs.InputError, match=r"did you mean 'crisis-2022'\?"):
        hs.Book.read("crisis-2002")
    (tmp_path / "loans.csv").touch()
    with pytest.raises(hs.InputError, match="this is a file"):
        hs.Book.read(tmp_path / "loans.csv")


def test_a_bad_cell_is_located_by_file_row_and_column(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(CRISIS, folder)
    lines = (folder / "loans.csv").read_text().splitlines()
    place = lines[0].split(",").index("rate")
    cells = lines[7].split(",")
    lines[7] = ",".join([*cells[:place], "11.2 %", *cells[place + 1 :]])
    (folder / "loans.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(hs.InputError) as caught:
        hs.Book.read(folder)
    (problem,) = caught.value.problems
    assert (problem.table, problem.file, problem.row) == ("loans", str(folder / "loans.csv"), 7)
    assert (problem.column, problem.value) == ("rate", "11.2 %")


def test_missing_tables_are_named() -> None:
    with pytest.raises(hs.InputError, match="miners"):
        hs.Book.from_tables(loans=pa.table({"loan": ["a"]}))


def test_representations(book: hs.Book) -> None:
    assert repr(book).startswith("Book('crisis-2022': ")
    assert len(repr(book)) < 200
    assert "<table>" in book._repr_html_()


@pytest.mark.parametrize("read", [hs.Book.read, hs.schedule])
def test_a_book_is_named(read: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, book: hs.Book) -> None:
    book.write(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(hs.InputError, match="a folder or a built-in book"):
        read("")
    with pytest.raises(hs.InputError, match="given as text, 'crisis-2022'"):
        read(Path("crisis-2022"))
    read(Path())  # this folder, said as one
