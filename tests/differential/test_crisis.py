"""The built-in book and scenario, path by path, through the oracle."""

import struct

import hashstress as hs
import pyarrow as pa
import pytest
from hashstress import _core
from hashstress.compile import compile_scenario

from tests.differential import replay
from tests.differential.side_by_side import side_by_side

SEED = 7


def differing(path: int) -> list[str]:
    book = hs.Book.read("crisis-2022")
    spec = compile_scenario(hs.Scenario.read("crisis-2022"), book).spec
    tables = {name: pa.table(book.tables[name]).to_pylist() for name in book.tables}
    drawn = _core.Scenario.try_build(spec, replay.book_of(tables))
    run, days = replay.run_of(tables, spec), spec["days"]
    close, low = (list(struct.unpack(f"<{days}d", series)) for series in _core.price_paths(drawn, SEED, path, 1))
    _, odd = replay.compare(run, tables, spec, path, close, low)
    return [f"path {path}: {line}" for line in odd]


def test_the_first_path_of_the_crisis_agrees() -> None:
    found = differing(0)
    assert not found, "\n".join(found)


@pytest.mark.long
def test_the_first_twenty_paths_of_the_crisis_agree() -> None:
    found = [line for lines in side_by_side(differing, range(20)) for line in lines]
    assert not found, "\n".join(found[:40])
