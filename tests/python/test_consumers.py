"""Tables go to other libraries as they are, and come back as books without a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import hashstress as hs
import polars as pl
import pyarrow as pa
import pytest


def through_duckdb(table: Any) -> Any:
    """A table as DuckDB hands it out."""
    return duckdb.from_arrow(pa.table(table)).to_arrow_table()


MAKERS: dict[str, Callable[[Any], Any]] = {
    "pyarrow": pa.table,
    "chunked": lambda table: pa.Table.from_batches(pa.table(table).to_batches(max_chunksize=7), pa.schema(table)),
    "sliced": lambda table: pa.concat_tables([pa.table(table)] * 2).slice(pa.table(table).num_rows),
    "large": lambda table: pa.table(table).cast(large(pa.schema(table))),
    "stream": pa.RecordBatchReader.from_stream,
    "polars": pl.DataFrame,
    "duckdb": through_duckdb,
}


def large(schema: pa.Schema) -> pa.Schema:
    """The schema with large texts."""
    return pa.schema([item.with_type(pa.large_string()) if item.type == pa.string() else item for item in schema])


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_tables_of_any_make_are_the_same_book(book: hs.Book, make: Callable[[Any], Any]) -> None:
    tables = {name: make(table) for name, table in book.tables.items()}
    assert hs.Book.from_tables(**tables).digest == book.digest


def test_results_go_anywhere(book: hs.Book, edited: Callable[..., hs.Scenario]) -> None:
    results = hs.run(book, edited(), paths=5, worst=1)
    paths, events = results.paths, results.events
    assert pl.DataFrame(paths).height == 5
    assert duckdb.sql("select count(*), max(path) from paths").fetchall() == [(5, 4)]
    assert duckdb.sql("select count(*) from paths a join paths b using (path)").fetchall() == [(5,)]
    assert duckdb.sql("select count(*) from events").fetchall() == [(events.num_rows,)]
