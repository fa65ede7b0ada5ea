"""Files of outsiders: every kind of damage gives a located problem that names the file, and good files read the same in every format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hashstress as hs
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hashstress import tables
from hashstress.columns import beside, read_columns
from hashstress.csv_lines import lines_of
from hashstress.errors import InputError, Problem
from hashstress.hookspecs import ParamsError

GOOD = pa.table({"loan": ["a", "b"], "rate": [0.1, 0.2]})


def problems(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        tables.read_file(path, "loans")
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return caught.value.problems


def written(folder: Path, data: bytes, name: str = "loans.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


BAD_CSV: dict[str, tuple[bytes, str, int | None]] = {
    "empty": (b"", "empty_file", None),
    "blank": (b" \n\n", "empty_file", None),
    "semicolons": (b"loan;rate\na;0,1\n", "csv_delimiter", 0),
    "tabs": (b"loan\trate\na\t0.1\n", "csv_delimiter", 0),
    "duplicate column": (b"loan,rate,rate\na,1,2\n", "duplicate_column", 0),
    "nameless column": (b"loan,,rate\na,1,2\n", "csv_header", 0),
    "short row": (b"loan,rate\na,1\nb\nc,3\n", "csv_ragged_row", 2),
    "long row (a decimal comma)": (b"loan,rate\na,0,1\n", "csv_ragged_row", 1),
    "open quote": (b'loan,rate\n"a,1\nb,2\n', "csv_ragged_row", 1),
    "UTF-16": ("loan,rate\na,1\n".encode("utf-16"), "csv_encoding", None),
    "latin-1": (b"loan,rate\na,1\n\xe9,2\n", "csv_encoding", 2),
    "NUL": (b"loan,rate\na,1\nb\0,2\n", "csv_encoding", 2),
}


@pytest.mark.parametrize(("data", "code", "row"), BAD_CSV.values(), ids=BAD_CSV)
def test_bad_csv(tmp_path: Path, data: bytes, code: str, row: int | None) -> None:
    first = problems(written(tmp_path, data))[0]
    assert (first.code, first.row, first.table) == (code, row, "loans")


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        (
            b"loan,source\na,x\nb,caf\xe9 house\n",
            "row 2 (line 3), column source: found 'caf\u00e9 house'",
            "save as 'CSV UTF-8'",
        ),
        (b"loan,source\n\na,x\n\nb,\x80 5\n", "row 2 (line 5), column source: found '\u20ac 5'", "save as 'CSV UTF-8'"),
        (b"loan,soci\xe9t\xe9\na,x\n", "the header line: found 'soci\u00e9t\u00e9'", "save as 'CSV UTF-8'"),
        (b"loan;rate\na;0,1\n", "the header line", "commas for decimals"),
        (b"loan\trate\na\t0.1\n", "the header line", "commas between columns, not tabs ["),
        (b"loan,rate\n\na,1\n\nb\n", "row 2 (line 5)", "2 cells, there are 1"),
    ],
)
def test_habits_of_spreadsheets_have_their_place_and_a_way_out(
    tmp_path: Path, data: bytes, place: str, said: str
) -> None:
    path = written(tmp_path, data)
    (problem,) = problems(path)
    assert str(problem).startswith(f"{path}, {place}"), str(problem)
    assert said in str(problem)


def test_a_workbook_in_place_of_a_table_is_told(tmp_path: Path, book: hs.Book) -> None:
    folder = book.write(tmp_path / "mine")
    (folder / "loans.csv").rename(folder / "loans.xlsx")
    with pytest.raises(InputError) as caught:
        hs.Book.read(folder)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file) == ("missing_table", str(folder / "loans.xlsx"))
    assert "a workbook is not read: save the sheet as CSV UTF-8" in problem.expected


def test_a_table_that_is_not_there_is_told_with_its_folder(tmp_path: Path, book: hs.Book) -> None:
    folder = book.write(tmp_path / "mine")
    (folder / "lenders.csv").unlink()
    with pytest.raises(InputError) as caught:
        hs.Book.read(folder)
    (problem,) = caught.value.problems
    assert (problem.code, problem.table, problem.file) == ("missing_table", "lenders", str(folder))
    assert str(problem) == f"{folder}: expected lenders.csv, or in another format, in this folder [missing_table]"


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, b'loan,source\n\na,"two\nlines"\nb,c\n')
    assert lines_of(path, {1, 2}) == {1: 3, 2: 5}
    assert lines_of(path, {7}) == lines_of(tmp_path / "gone.csv", {1}) == lines_of(tmp_path / "a.parquet", {1}) == {}


def test_every_ragged_row_is_reported(tmp_path: Path) -> None:
    found = problems(written(tmp_path, b"loan,rate\n" + b"a\n" * 3 + b"a,1\n" + b"a,1,2\n"))
    assert [problem.row for problem in found] == [1, 2, 3, 5]


GOOD_CSV: dict[str, bytes] = {
    "plain": b"loan,rate\na,0.1\nb,0.2\n",
    "byte order mark": b"\xef\xbb\xbfloan,rate\na,0.1\nb,0.2\n",
    "CRLF": b"loan,rate\r\na,0.1\r\nb,0.2\r\n",
    "no last newline": b"loan,rate\na,0.1\nb,0.2",
    "quotes": b'"loan","rate"\n"a","0.1"\nb,0.2\n',
    "blank lines": b"loan,rate\n\na,0.1\n\nb,0.2\n\n",
}


@pytest.mark.parametrize("data", GOOD_CSV.values(), ids=GOOD_CSV)
def test_good_csv(tmp_path: Path, data: bytes) -> None:
    read = tables.read_file(written(tmp_path, data))
    assert read.to_pydict() == {"loan": ["a", "b"], "rate": ["0.1", "0.2"]}


def test_csv_cells_stay_text_and_only_empty_ones_are_null(tmp_path: Path) -> None:
    read = tables.read_file(written(tmp_path, b'loan,rate\nNA,NaN\nnull,inf\n,""\n'))
    assert read.to_pydict() == {"loan": ["NA", "null", None], "rate": ["NaN", "inf", None]}
    assert set(read.schema.types) == {pa.string()}


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    assert tables.read_file(written(tmp_path, b"loan,rate")).num_rows == 0


def write_stream(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    "loans.parquet": pq.write_table,
    "loans.feather": pyarrow.feather.write_feather,
    "loans.arrow": write_stream,
}


@pytest.mark.parametrize("name", WRITERS)
def test_binary_files(tmp_path: Path, name: str) -> None:
    WRITERS[name](GOOD, tmp_path / name)
    assert tables.read_file(tmp_path / name).to_pydict() == GOOD.to_pydict()


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.6, 0.97])
def test_truncated_files_are_named(tmp_path: Path, name: str, keep: float) -> None:
    WRITERS[name](GOOD, tmp_path / name)
    data = (tmp_path / name).read_bytes()
    assert problems(written(tmp_path, data[: int(len(data) * keep)], name))[0].code == "damaged_file"


@pytest.mark.parametrize("name", WRITERS)
def test_wrong_content_is_named(tmp_path: Path, name: str) -> None:
    assert problems(written(tmp_path, GOOD_CSV["plain"], name))[0].code == "damaged_file"


def test_bad_dictionary_indices_are_found(tmp_path: Path) -> None:
    wild = pa.DictionaryArray.from_arrays(pa.array([0, 9], pa.int8()), pa.array(["a"]), safe=False)
    write_stream(pa.table({"loan": wild}), tmp_path / "loans.arrow")
    assert problems(tmp_path / "loans.arrow")[0].code == "damaged_file"


def test_a_parquet_bomb_is_refused(tmp_path: Path) -> None:
    column = pa.array(["x" * 1_000_000] * 2).dictionary_encode()
    pq.write_table(pa.table({"loan": column.take(pa.array([0] * 3000))}), tmp_path / "loans.parquet")
    assert (tmp_path / "loans.parquet").stat().st_size < 100_000
    assert problems(tmp_path / "loans.parquet")[0].code == "text_too_long"


def test_limits_count_what_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(pa.table({"rate": [0.5] * 100_000}), tmp_path / "loans.parquet")
    monkeypatch.setattr(tables, "MAX_DECODED_BYTES", 100_000)
    assert problems(tmp_path / "loans.parquet")[0].code == "too_large_when_decoded"
    monkeypatch.setattr(tables, "MAX_ROWS", 1000)
    assert problems(tmp_path / "loans.parquet")[0].code == "too_many_rows"
    monkeypatch.setattr(tables, "MAX_FILE_BYTES", 10)
    assert problems(tmp_path / "loans.parquet")[0].code == "file_too_large"


def test_nested_and_duplicate_columns_are_refused(tmp_path: Path) -> None:
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["rate", "rate"])
    write_stream(twice, tmp_path / "loans.arrow")
    assert problems(tmp_path / "loans.arrow")[0].code == "duplicate_column"
    pq.write_table(pa.table({"rate": [[1, 2]]}), tmp_path / "loans.parquet")
    assert problems(tmp_path / "loans.parquet")[0].code == "column_type"


def test_files_that_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "loans.csv").mkdir()
    assert problems(tmp_path / "loans.csv")[0].code == "not_a_file"
    assert problems(tmp_path / "gone.csv")[0].code == "unreadable"
    assert problems(written(tmp_path, b"", "loans.xlsx"))[0].code == "unknown_format"


# -- folders


def test_a_folder_reports_all_files_at_once(tmp_path: Path) -> None:
    written(tmp_path, b"loan;rate\n", "loans.csv")
    written(tmp_path, b"", "miners.csv")
    written(tmp_path, b"a\n1\n", "lones.csv")
    written(tmp_path, b"a\n1\n", "fleet.csv")
    pq.write_table(GOOD, tmp_path / "fleet.parquet")
    written(tmp_path, b"notes", "README.md")
    with pytest.raises(InputError) as caught:
        tables.read_folder(tmp_path, ["loans", "miners", "fleet"])
    assert sorted(problem.code for problem in caught.value.problems) == [
        "csv_delimiter",
        "empty_file",
        "two_files",
        "unknown_table",
    ]
    assert "did you mean 'loans'?" in str(caught.value)


def test_a_variant_replaces_a_table(tmp_path: Path) -> None:
    written(tmp_path, b"loan\nplain\n", "loans.csv")
    written(tmp_path, b"loan\nother\n", "loans-low.csv")
    plain, _ = tables.read_folder(tmp_path, ["loans"])
    low, files = tables.read_folder(tmp_path, ["loans"], "low")
    assert (plain["loans"]["loan"][0].as_py(), low["loans"]["loan"][0].as_py()) == ("plain", "other")
    assert Path(files["loans"]).name == "loans-low.csv"


# -- columns of small files


def test_read_columns_locates_every_bad_cell(tmp_path: Path) -> None:
    rows = [b"2022-01-01,1e3", b"2022-02-30,1.5", b"01/02/2022,1 000", b",nan", b"2022-01-02,inf", b"2022-01-03,"]
    path = written(tmp_path, b"\n".join([b"date,usd", *rows, b""]), "prices.csv")
    with pytest.raises(InputError) as caught:
        read_columns(path, {"date": "date", "usd": "number"})
    bad = {(problem.column, problem.row) for problem in caught.value.problems}
    assert bad == {("date", 2), ("date", 3), ("date", 4), ("usd", 3), ("usd", 4), ("usd", 5), ("usd", 6)}


def test_read_columns_knows_its_columns(tmp_path: Path) -> None:
    path = written(tmp_path, b"date,close\n2022-01-01,1\n", "prices.csv")
    with pytest.raises(InputError) as caught:
        read_columns(path, {"date": "date", "close_usd": "number"}, {"low_usd": "number"})
    assert {problem.code for problem in caught.value.problems} == {"missing_column", "unknown_column"}


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "a/../../b.csv", "a\0b"])
def test_files_stay_beside_their_scenario(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParamsError, match="outside"):
        beside(tmp_path, name)
    assert beside(tmp_path, "a.csv") == tmp_path / "a.csv"
