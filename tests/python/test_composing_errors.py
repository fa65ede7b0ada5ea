"""What is wrong with a composed scenario: each problem with its file, its TOML path and its line."""

from __future__ import annotations

from pathlib import Path

import hashstress as hs
import pytest
from hashstress.layers import MOST_BASES

from tests.python.composed import BASE, Top, problems, top

__all__ = ["top"]  # the fixture


# Errors: path, line (of the file, the first two lines are name and base), text

BAD = {
    "unknown path": ('[scale]\n"impact.x" = 2', "scale.impact.x", 4, "impact has no key 'x'"),
    "misspelt": (
        '[scale]\n"impakt.y" = 2',
        "scale.impakt.y",
        4,
        "neither this file nor a base of it gives 'impakt'; did you mean 'impact'?",
    ),
    "misspelt row key": ('[scale]\n"deliveries.hashrate" = 2', "scale.deliveries.hashrate", 4, "'hashrate_ths'?"),
    "a default": (
        '[scale]\n"stages.btc_usd" = 2',
        "scale.stages.btc_usd",
        4,
        "neither this file nor a base of it gives 'stages'",
    ),
    "text": ("[scale]\nname = 2", "scale.name", 4, "name is 'top', expected a number"),
    "date": ("[add]\nstart = 1", "add.start", 4, "expected a number"),
    "true": ("[scale]\nchannels.impact = 2\n[channels]\nimpact = true", "scale.channels.impact", 4, "impact is True"),
    "table": ("[scale]\nimpact = 2", "scale.impact", 4, "impact is a table, expected a number in it like impact.y"),
    "rows": ("[scale]\ndeliveries = 2", "scale.deliveries", 4, "in it like deliveries.hashrate_ths"),
    "inside a number": ('[scale]\n"impact.y.z" = 2', "scale.impact.y.z", 4, "impact.y is 1.0, it has no z"),
    "index too large": (
        '[scale]\n"asics.tiers[4].elasticity" = 2',
        "scale.asics.tiers[4].elasticity",
        4,
        "has 4 items",
    ),
    "no path": ('[scale]\n"impact..y" = 2', "scale.impact..y", 4, "is not a path"),
    "factor as text": ('[scale]\n"impact.y" = "2"', "scale.impact.y", 4, "is '2', expected a number"),
    "factor true": ("[scale]\nimpact.y = true", "scale.impact.y", 4, "is True, expected a number"),
    "factor nan": ("[scale]\nprice = nan", "scale.price", 4, "is nan, expected a number"),
    "huge": (f"[scale]\nprice = 1{'0' * 400}", "scale.price", 4, "expected a number"),
    "list of factors": ('[scale]\n"network.fees" = [1, 2]', "scale.network.fees", 4, "is [1, 2], expected a number"),
    "twice": ('[scale]\nimpact.y = 2\n"impact.y" = 3', "scale.impact.y", 5, "is given twice"),
    "no table": ("scale = 2", "scale", 3, "is 2, expected a table"),
    "rows elsewhere": ("[[add.citations]]\nsource = 'x'", "add.citations", 3, "rows can be added to availability"),
    "misspelt rows": ("[[add.delivery]]\ncohort = 'x'", "add.delivery", 3, "did you mean 'deliveries'?"),
    "out of range": (
        '[scale]\n"availability.share" = 3',
        "availability[0].share",
        4,
        "less than or equal to 1, found 1.5",
    ),
    "no longer whole": ("[scale]\nestate_days = 0.33", "estate_days", 4, "expected a valid integer"),
    "overflow": ('[scale]\n"network.difficulty" = 1e299', "network.difficulty", 4, "finite number"),
    "a row of too little": (
        "[[add.deliveries]]\ncohort = 'x'\ndate = 2021-11-03",
        "deliveries[2].hashrate_ths",
        3,
        "is missing",
    ),
    "a row with more": (
        "[[add.lender_events]]\nlender = 'galaxy'\nkind = 'fail'\ndate = 2021-11-03\nsize = 1",
        "lender_events[2].size",
        7,
        "unknown key",
    ),
}


@pytest.mark.parametrize(("text", "path", "line", "said"), BAD.values(), ids=BAD)
def test_a_problem_is_located(top: Top, text: str, path: str, line: int, said: str) -> None:
    ((found, at, file, words),) = problems(lambda: top(text))
    assert (found, at, file) == (path, line, None)
    assert said in words


LATE = {
    "no such region": ('[scale]\n"power.us-ercto" = 2', "scale.power.us-ercto", 4, "did you mean 'us-ercot'?"),
    "tariff out of range": (
        "[add]\npower = 1e6",
        "add.power",
        4,
        "canada-nordics 1,000,060.00, expected -10,000 to 100,000 USD/MWh",
    ),
    "price out of range": ("[scale]\nprice = 0", "scale.price", 4, "makes a price 0, expected 1e-06 to 1e+12 USD"),
    "amount on drawn prices": ("[add]\nprice = 5", "add.price", 4, "an amount cannot be added to it"),
    "lender": (
        '[[add.lender_events]]\nlender = "genesys"\nkind = "fail"\ndate = 2021-11-03',
        "lender_events[2].lender",
        4,
        "did you mean 'genesis'?",
    ),
    "another plugin's key": ("[price]\nhigh = 3", "price.high", 4, "unknown key of 'gbm'"),
}


@pytest.mark.parametrize(("text", "path", "line", "said"), LATE.values(), ids=LATE)
def test_a_problem_with_the_book_is_located(
    top: Top, book: hs.Book, text: str, path: str, line: int, said: str
) -> None:
    found = problems(lambda: top(text).compile(book))
    assert [(where, at, file) for where, at, file, _ in found if where == path] == [(path, line, None)] * len(found)
    assert any(said in words for *_, words in found)


def test_all_problems_come_at_once_with_their_files(top: Top) -> None:
    base = BASE.replace("y = 1.0", "y = -1.0") + "[scale]\n'impact.z' = 1\n"
    with pytest.raises(hs.ScenarioError) as caught:
        top('[scale]\n"impact.x" = 2\n[channels]\nimpakt = true', base=base)
    found = {(problem.path, problem.line, Path(problem.file or "top.toml").name) for problem in caught.value.problems}
    assert found == {
        ("scale.impact.z", len(base.splitlines()), "base.toml"),
        ("scale.impact.x", 4, "top.toml"),
        ("impact.y", 1 + base.splitlines().index("y = -1.0"), "base.toml"),
        ("channels.impakt", 6, "top.toml"),
    }
    assert "base.toml, line " in str(caught.value)


def test_a_row_of_the_base_is_named_with_its_file(top: Top, book: hs.Book) -> None:
    base = BASE.replace('"blockfi"', '"nobody"')
    ((path, line, file, _),) = problems(lambda: top(base=base).compile(book))
    assert path == "lender_events[1].lender"
    assert file is not None
    assert file.endswith("base.toml")
    assert base.splitlines()[(line or 0) - 1] == 'lender = "nobody"'


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("3", "is 3, expected the name of a scenario"),
        ('"nothing.toml"', "'nothing.toml' is neither a file beside this one nor built in"),
        ('"crisis-202"', "did you mean 'crisis-2022'?"),
        ('"../base.toml"', "lies outside the scenario's folder"),
        ('"top.toml"', "the bases make a circle: "),
    ],
)
def test_bases_that_are_none(tmp_path: Path, base: str, said: str) -> None:
    (tmp_path / "top.toml").write_text(f'name = "top"\nbase = {base}\n')
    ((path, line, file, text),) = problems(lambda: hs.Scenario.read(tmp_path / "top.toml"))
    assert (path, line, file) == ("base", 2, None)
    assert said in text


def test_circles_and_long_chains_are_named(tmp_path: Path) -> None:
    for name, base in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.toml").write_text(f'name = "{name}"\n\nbase = "{base}.toml"\n')
    ((path, line, file, text),) = problems(lambda: hs.Scenario.read(tmp_path / "a.toml"))
    assert (path, line, Path(file or "").name) == ("base", 3, "c.toml")
    assert [Path(name).name for name in text.partition(": ")[2].split(" -> ")] == [
        "a.toml",
        "b.toml",
        "c.toml",
        "a.toml",
    ]
    (tmp_path / "0.toml").write_text(BASE)
    for number in range(1, MOST_BASES + 2):
        (tmp_path / f"{number}.toml").write_text(f'name = "{number}"\nbase = "{number - 1}.toml"\n')
    assert hs.Scenario.read(tmp_path / f"{MOST_BASES}.toml").file.impact.y == 1.0
    ((path, line, _, text),) = problems(lambda: hs.Scenario.read(tmp_path / f"{MOST_BASES + 1}.toml"))
    assert (path, line) == ("base", 2)
    assert f"more than {MOST_BASES} bases" in text


def test_a_base_that_is_no_toml(top: Top) -> None:
    with pytest.raises(hs.ScenarioError, match=r"scenario .*base\.toml refused: file: not TOML"):
        top(base="name = ")
