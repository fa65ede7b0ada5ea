"""Names of a scenario that its book has not: each by itself where they are few, a sentence a table where it speaks of another book."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hashstress as hs
import pyarrow as pa
import pytest

from tests.python.composed import SMALL

Edited = Callable[..., hs.Scenario]


@pytest.fixture
def small() -> hs.Book:
    return hs.Book.from_tables(**{name: pa.Table.from_pylist([row]) for name, row in SMALL.items()})


def told(scenario: hs.Scenario, book: hs.Book) -> dict[str, str]:
    with pytest.raises(hs.ScenarioError) as refused:
        scenario.compile(book)
    return {problem.path: str(problem) for problem in refused.value.problems}


def test_a_scenario_of_another_book_has_one_problem_a_table(small: hs.Book) -> None:
    found = told(hs.Scenario.read("crisis-2022"), small)
    assert found["deliveries"].startswith("deliveries (line ")
    assert ": 256 rows name a cohort the book has not: us-new-2022-q1, us-new-2022-q2, " in found["deliveries"]
    assert " and 13 more; this scenario speaks of book crisis-2022, not of tables: " in found["deliveries"]
    assert found["lender_events"].endswith(
        "a scenario with this one as its base leaves them out with `lender_events = []`"
    )
    assert found["vendor_events[0].vendor"].endswith("the book has no vendor 'MinerVa'")  # one is told as it is
    assert {*found} >= {"availability", "rack_changes"}


def test_what_a_base_says_can_be_left_out(small: hs.Book, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nbase = "crisis-2022"\n', encoding="utf-8")
    found = told(hs.Scenario.read(path), small)
    assert found["deliveries"].startswith("deliveries (crisis-2022, line ")
    assert found["deliveries"].endswith("write `deliveries = []` to leave out the base's")
    tables = ("availability", "deliveries", "lender_events", "rack_changes", "vendor_events")
    empty = "".join(f"{name} = []\n" for name in tables)
    region = SMALL["regions"]["region"]
    path.write_text(
        f'name = "mine"\nbase = "crisis-2022"\n{empty}[power]\nsource = "flat"\nusd_per_mwh = 50.0\nregions = {{{region} = 40.0}}\n',
        encoding="utf-8",
    )
    hs.Scenario.read(path).compile(small)


def test_few_of_them_have_their_lines_and_their_nearest(edited: Edited, book: hs.Book) -> None:
    rows = "".join(
        f'[[lender_events]]\ndate = 2021-11-05\nlender = "{name}"\nkind = "fail"\n' for name in ("nydg", "celsus")
    )
    found = told(edited("[impact]\n", f"{rows}[impact]\n"), book)
    assert found["lender_events[0].lender"].endswith("the book has no lender 'nydg'; did you mean 'nydig'?")
    assert len(found) == 2
