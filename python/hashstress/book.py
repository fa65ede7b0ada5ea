"""A book: what exists on day 0 (miners, machines, power contracts, loans, lenders), validated and cross-checked by the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hashstress import builtin, storage
from hashstress.errors import InputError, Problem, UsageError, engine_errors, nearest

if TYPE_CHECKING:
    import pyarrow as pa

    from hashstress._core import Book as CoreBook
    from hashstress._core import Table


def table_names() -> list[str]:
    """Names of the input tables, as the engine knows them."""
    from hashstress import _core

    return [name.removeprefix("input.") for name in _core.schema() if name.startswith("input.")]


class Book:
    """Tables that fit together. Build one with `Book.read` or `Book.from_tables`; it never changes."""

    def __init__(
        self, core: CoreBook, name: str, files: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        """For `read` and `from_tables`; `files` maps tables to the files they came from, `folder` is where an own book lies."""
        self.core, self.name, self.folder = core, name, folder
        self.origins = dict(files or {})  # the file of each table, for messages
        self.files = {table: _file_record(Path(file)) for table, file in sorted((files or {}).items())}

    @classmethod
    def given(cls, book: Book | str | Path) -> Book:
        """The book itself, or the one of this name or folder."""
        return book if isinstance(book, Book) else cls.read(book)

    @classmethod
    def read(cls, name_or_folder: str | Path) -> Book:
        """A built-in book ("crisis-2022", its variant "crisis-2022:low") or a folder of CSV, Parquet, Feather or Arrow files.

        Raises InputError with up to 100 problems, each with its file, row and column.
        """
        from hashstress import tables

        if not isinstance(name_or_folder, str | Path):
            raise UsageError(f"a book is read from a {type(name_or_folder).__name__}, expected its name or folder")
        folder, variant = locate(name_or_folder)
        found, files = tables.read_folder(folder, table_names(), variant)
        own = None if builtin.DATA in folder.parents else folder.resolve()
        with tables.unread(folder):
            return cls._built(found, str(name_or_folder), files, own)

    @classmethod
    def from_tables(cls, **tables: object) -> Book:
        """Tables by name (`miners=...`, `loans=...`): anything with `__arrow_c_stream__` or `__arrow_c_array__`.

        Raises InputError with up to 100 problems, each with its table, row and column.
        """
        names = table_names()
        problems = [problem for name, table in tables.items() for problem in _table_problems(name, table, names)]
        if problems:
            raise InputError(problems, "book")
        return cls._built(tables, "tables", {})

    @classmethod
    def _built(
        cls, tables: Mapping[str, object], name: str, files: Mapping[str, str], folder: Path | None = None
    ) -> Book:
        from hashstress import _core

        with engine_errors(f"book {name}"):
            return cls(_core.Book.try_build(tables, files), name, files, folder)

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables as the engine holds them, in canonical order, defaults filled in."""
        return _Tables(self.core)

    @property
    def counts(self) -> dict[str, int]:
        """Rows of each table."""
        return self.core.counts

    @property
    def digest(self) -> str:
        """sha256 over the content, whatever the files, the order of their rows or their format."""
        return self.core.digest

    def column(self, table: str, column: str) -> list[Any]:
        """One column as Python values; empty when the book has no such table."""
        if table not in self.core.counts:
            return []
        return list(_pyarrow(self.core.table(table))[column].to_pylist())

    def write(self, folder: str | Path, kind: Literal["csv", "parquet"] = "csv") -> Path:
        """Writes the tables to a new (or empty) folder, to edit and read again; all of it appears at once. Returns the folder.

        Raises UsageError when the folder has something in it.
        """
        if kind not in ("csv", "parquet"):
            raise UsageError(f"kind {kind!r} is not known, expected csv or parquet")
        with storage.new_folder(Path(folder)) as draft:
            for name, table in self.tables.items():
                write = storage.write_csv if kind == "csv" else storage.write_parquet
                write(draft / f"{name}.{kind}", table)
        return Path(folder)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self.counts.items() if count)
        return f"Book({self.name!r}: {counts}; {self.digest[:12]})"

    def _repr_html_(self) -> str:
        from hashstress.text import html_table

        return html_table(["table", "rows"], list(self.counts.items()), caption=f"Book {self.name}, {self.digest[:12]}")


class _Tables(Mapping[str, "Table"]):
    """Tables by name, made when asked for."""

    def __init__(self, core: CoreBook) -> None:
        self._core = core

    def __getitem__(self, name: str) -> Table:
        if name not in self._core.counts:
            raise KeyError(f"the book has no table {name!r}{nearest(name, self._core.counts)}")
        return self._core.table(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._core.counts)

    def __len__(self) -> int:
        return len(self._core.counts)


def _file_record(path: Path) -> dict[str, str]:
    return {"file": path.name, "sha256": storage.sha256_of(path)}


def _pyarrow(table: Table) -> pa.Table:
    import pyarrow as pa

    return pa.RecordBatchReader.from_stream(table).read_all()


def locate(name_or_folder: str | Path) -> tuple[Path, str]:
    """The folder of a book and the variant asked for."""
    names = builtin.book_names()
    if isinstance(name_or_folder, str) and name_or_folder in names:
        name, _, variant = name_or_folder.partition(":")
        return builtin.DATA / "books" / name, variant
    folder = Path(name_or_folder)
    if folder.is_dir() and name_or_folder != "":  # an empty text would be the current folder
        return folder, ""
    if isinstance(name_or_folder, Path) and str(folder) in names:
        expected = f"a folder of tables; the built-in book of that name is given as text, {str(folder)!r}"
    else:
        what = "a folder of tables, this is a file" if folder.is_file() else "a folder or a built-in book"
        expected = f"{what}; built in: {', '.join(names) or 'none'}{nearest(str(name_or_folder), names)}"
    raise InputError([Problem("no_such_book", value=str(name_or_folder), expected=expected)], "book")


def _table_problems(name: str, table: object, names: list[str]) -> Iterator[Problem]:
    if name not in names:
        yield Problem("unknown_table", table=name, expected=f"one of {', '.join(names)}{nearest(name, names)}")
    if not (hasattr(table, "__arrow_c_stream__") or hasattr(table, "__arrow_c_array__")):
        expected = "an Arrow table: anything with __arrow_c_stream__ or __arrow_c_array__ (pyarrow, polars, pandas 2.2+, duckdb)"
        yield Problem("not_arrow", table=name, value=type(table).__name__, expected=expected)
