"""A table that can be streamed any number of times, from memory or from Parquet files: what results hand out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN_ROWS = 10


class StreamTable:
    """An Arrow table behind the PyCapsule interface: hand it to pyarrow, polars, duckdb, pandas as it is.

    Nothing is read until it is streamed; each stream starts anew.
    """

    def __init__(self, open_reader: Callable[[], pa.RecordBatchReader], num_rows: int) -> None:
        """`open_reader` starts a new stream each time it is called."""
        self._open, self._rows = open_reader, num_rows

    @classmethod
    def from_tables(cls, tables: Sequence[Any]) -> StreamTable:
        """Tables of one schema (with `__arrow_c_stream__` and `num_rows`), one after the other. At least one."""
        parts = tuple(tables)
        return cls(lambda: _chained(parts), sum(part.num_rows for part in parts))

    @classmethod
    def from_parquet(cls, files: Sequence[Path]) -> StreamTable:
        """Parquet files of one schema, one after the other. At least one."""
        import pyarrow.parquet as pq

        paths = tuple(files)
        return cls(lambda: _parquet(paths), sum(pq.read_metadata(path).num_rows for path in paths))

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

    def __repr__(self) -> str:
        return f"StreamTable({self._rows} rows: {', '.join(self.column_names)})"

    def _repr_html_(self) -> str:
        from hashstress.text import html_table

        names = self.column_names
        head = [[row[name] for name in names] for row, _ in zip(self.rows(), range(SHOWN_ROWS), strict=False)]
        return html_table(names, head, caption=f"{self._rows} rows")


def _chained(parts: Sequence[Any]) -> pa.RecordBatchReader:
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        for part in parts:
            yield from pa.RecordBatchReader.from_stream(part)

    return pa.RecordBatchReader.from_batches(pa.schema(parts[0]), batches())


def _parquet(paths: Sequence[Path]) -> pa.RecordBatchReader:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def batches() -> Iterator[pa.RecordBatch]:
        for path in paths:
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches()

    return pa.RecordBatchReader.from_batches(pq.read_schema(paths[0]), batches())
