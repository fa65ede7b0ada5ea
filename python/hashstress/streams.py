"""A table that can be streamed any number of times, from memory or from Parquet files: what results hand out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN_ROWS = 10
Opener = Callable[["Sequence[str] | None"], "pa.RecordBatchReader"]


class StreamTable:
    """An Arrow table behind the PyCapsule interface: hand it to pyarrow, polars, duckdb, pandas as it is.

    Nothing is read until it is streamed; each stream starts anew.
    """

    def __init__(self, opener: Opener, num_rows: int, columns: Sequence[str] | None = None) -> None:
        """`opener` starts a new stream of the named columns (None: all) each time it is called."""
        self._opener, self._rows, self._columns = opener, num_rows, columns

    @classmethod
    def from_tables(cls, tables: Sequence[Any]) -> StreamTable:
        """Tables of one schema (with `__arrow_c_stream__` and `num_rows`), one after the other. At least one."""
        parts = tuple(tables)
        return cls(lambda columns: _chained(parts, columns), sum(part.num_rows for part in parts))

    @classmethod
    def from_parquet(cls, files: Sequence[Path]) -> StreamTable:
        """Parquet files of one schema, one after the other. At least one."""
        import pyarrow.parquet as pq

        paths = tuple(files)
        return cls(lambda columns: _parquet(paths, columns), sum(pq.read_metadata(path).num_rows for path in paths))

    def select(self, columns: Sequence[str]) -> StreamTable:
        """The named columns alone, in that order; the others are not read. Raises KeyError for a name it does not have."""
        known = self.column_names
        for name in columns:
            if name not in known:
                raise KeyError(f"no column {name!r}, only {', '.join(known)}")
        return StreamTable(self._opener, self._rows, tuple(columns))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, batch by batch: as much memory as one batch needs."""
        yield from self._open()

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return self._rows

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in order."""
        with self._open() as reader:
            return list(reader.schema.names)

    def __len__(self) -> int:
        return self._rows

    def __arrow_c_schema__(self) -> object:
        with self._open() as reader:
            return reader.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._open().__arrow_c_stream__(requested_schema)

    def to_pyarrow(self) -> pa.Table:
        """The whole table in memory."""
        return self._open().read_all()

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows as dicts, streamed."""
        for batch in self._open():
            yield from batch.to_pylist()

    def row(self, place: int) -> dict[str, Any]:
        """One row, by its place from 0; batches before it are passed over. Raises IndexError when there are fewer rows."""
        passed = 0
        for batch in self._open():
            if place < passed + batch.num_rows:
                found: dict[str, Any] = batch.slice(place - passed, 1).to_pylist()[0]
                return found
            passed += batch.num_rows
        raise IndexError(f"row {place} of {passed}")

    def _open(self) -> pa.RecordBatchReader:
        return self._opener(self._columns)

    def __repr__(self) -> str:
        return f"StreamTable({self._rows} rows: {', '.join(self.column_names)})"

    def _repr_html_(self) -> str:
        from hashstress.text import html_table

        names = self.column_names
        head = [[row[name] for name in names] for row, _ in zip(self.rows(), range(SHOWN_ROWS), strict=False)]
        return html_table(names, head, caption=f"{self._rows} rows")


def _chained(parts: Sequence[Any], columns: Sequence[str] | None) -> pa.RecordBatchReader:
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        for part in parts:
            for batch in pa.RecordBatchReader.from_stream(part):
                yield batch if columns is None else batch.select(columns)

    return pa.RecordBatchReader.from_batches(_narrowed(pa.schema(parts[0]), columns), batches())


def _parquet(paths: Sequence[Path], columns: Sequence[str] | None) -> pa.RecordBatchReader:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def batches() -> Iterator[pa.RecordBatch]:
        for path in paths:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(columns=columns):
                    yield batch if columns is None else batch.select(columns)  # the file keeps an order of its own

    return pa.RecordBatchReader.from_batches(_narrowed(pq.read_schema(paths[0]), columns), batches())


def _narrowed(schema: pa.Schema, columns: Sequence[str] | None) -> pa.Schema:
    import pyarrow as pa

    return schema if columns is None else pa.schema([schema.field(name) for name in columns])
