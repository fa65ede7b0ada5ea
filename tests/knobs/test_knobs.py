"""Every parameter moves a result, or docs/model/knobs.md says why it does not."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.knobs.playing import REPEATED, Search, search
from tests.knobs.schema import BOOK, Parameter, parameters
from tests.knobs.worlds import SEEDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "model" / "knobs.md"
MOST = 400  # moves of a parameter that are played before it counts as dead
MOST_OF_A_KIND = 500  # of those rows alone
A_FEW = 3  # moves of a parameter that is said to be dead; in the long tier many
PARAMETERS = parameters()
KINDS = [
    (parameter, kind.name, word)
    for parameter in PARAMETERS
    for kind in PARAMETERS
    if kind.kind == "word"
    and (kind.side, kind.table, kind.source) == (parameter.side, parameter.table, parameter.source)
    for word in kind.words
]


def listed(heading: str) -> list[list[str]]:
    """The cells of a table of the page, each as what stands in it as code."""
    section = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return [[", ".join(re.findall(r"`([^`]+)`", cell)) for cell in row] for row in rows]


NEVER = [pattern for patterns, _ in listed("Moves nothing, ever") for pattern in patterns.split(", ")]
IDLE = [
    (path, word)
    for paths, words, _ in listed("Moves nothing for some kinds of row")
    for path in paths.split(", ")
    for word in words.split(", ")
]


def is_listed(parameter: Parameter, pattern: str) -> bool:
    """Whether a pattern means a parameter; one with a star means columns of a book."""
    return fnmatchcase(parameter.path, pattern) and (parameter.side == BOOK or "*" not in pattern)


DEAD = {parameter: [pattern for pattern in NEVER if is_listed(parameter, pattern)] for parameter in PARAMETERS}


def told(found: Search) -> str:
    return f"{found.played} moves changed nothing, {found.refused} were refused (the last: {found.last_refusal})"


@pytest.mark.parametrize("parameter", [known for known in PARAMETERS if not DEAD[known]], ids=lambda known: known.path)
def test_a_parameter_moves_a_result(parameter: Parameter) -> None:
    found = search(parameter, SEEDS, MOST)
    assert found.differ, f"{parameter.path} is dead: {told(found)}; repair it, or say in {PAGE.name} why"


@pytest.mark.parametrize("most", [A_FEW, pytest.param(MOST, marks=pytest.mark.long)], ids=["few", "many"])
@pytest.mark.parametrize("parameter", [known for known in PARAMETERS if DEAD[known]], ids=lambda known: known.path)
def test_what_is_listed_as_dead_is_dead(parameter: Parameter, most: int) -> None:
    found = search(parameter, SEEDS, most)
    assert found.played >= A_FEW, f"{parameter.path} was never moved: {found.last_refusal}"
    assert not found.differ, f"{parameter.path} moves {', '.join(found.differ)}: strike it from {PAGE.name}"


def test_the_page_lists_parameters_that_there_are() -> None:
    meant = {pattern for patterns in DEAD.values() for pattern in patterns}
    assert meant == set(NEVER)
    kinds = {(parameter.path, f"{column} = {word}") for parameter, column, word in KINDS}
    assert set(IDLE) <= kinds


def test_results_are_compared_without_what_they_repeat() -> None:
    """A key and a principal stand in the tables of results; that they do is no effect."""
    assert {"loan", "outstanding_usd"} <= set(REPEATED["loans"])
    assert {"lender", "exposure_usd"} <= set(REPEATED["lenders"])


@pytest.mark.long
@pytest.mark.parametrize(
    ("parameter", "column", "word"), KINDS, ids=[f"{known.path}-{column}-{word}" for known, column, word in KINDS]
)
def test_a_parameter_moves_a_result_for_each_kind_of_row(parameter: Parameter, column: str, word: str) -> None:
    if DEAD[parameter]:
        return
    found = search(parameter, SEEDS, MOST_OF_A_KIND, {column: word})
    if (parameter.path, f"{column} = {word}") in IDLE:
        assert found.played, f"{parameter.path} is refused where {column} is {word}: strike it from {PAGE.name}"
        assert not found.differ, f"{parameter.path} moves {', '.join(found.differ)} where {column} is {word}"
    else:
        assert found.differ or not found.played, f"{parameter.path} is idle where {column} is {word}: {told(found)}"
