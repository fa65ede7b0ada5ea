"""Errors: stable codes, located problems, readable texts, survive pickling."""

from __future__ import annotations

import pickle

import pytest
from hashstress.errors import (
    MAX_PROBLEMS,
    HashstressError,
    InputError,
    PluginError,
    Problem,
    RunError,
    ScenarioError,
    ScenarioProblem,
    UsageError,
    nearest,
    problem_of,
)

RATE = Problem("out_of_range", table="loans", file="loans.csv", row=3, column="rate", value="11.2", expected="0 to 1")

EXAMPLES = {
    "input": InputError([RATE], "book mine"),
    "scenario": ScenarioError("mine", [ScenarioProblem("price.source", "is missing", 4)]),
    "plugin": PluginError("no good", plugin="regimes", dist="hashstress-regimes", hook="hashstress_price_source"),
    "run": RunError("runs/a/loans.parquet is missing"),
    "usage": UsageError("runs/a is not empty"),
}


@pytest.mark.parametrize(("code", "error"), EXAMPLES.items())
def test_code_and_pickle(code: str, error: HashstressError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, str(again), type(again)) == (code, str(error), type(error))


def test_a_problem_says_where_what_and_what_was_expected() -> None:
    assert str(EXAMPLES["input"]) == (
        "book mine refused: loans.csv, row 3, column rate: found '11.2', expected 0 to 1 [out_of_range]"
    )
    assert str(EXAMPLES["scenario"]) == "scenario mine refused: price.source (line 4): is missing"
    assert str(EXAMPLES["plugin"]) == ("plugin 'regimes' of hashstress-regimes, hook hashstress_price_source: no good")


def test_many_problems_are_kept_to_a_hundred_and_shown_to_twenty() -> None:
    error = InputError([RATE] * 250)
    assert len(error.problems) == MAX_PROBLEMS
    assert "100 or more problems" in str(error)
    assert str(error).endswith("... and 80 more")
    assert len(str(error).splitlines()) == 22


def test_long_values_are_cut() -> None:
    assert len(str(Problem("x", value="9" * 10_000))) < 200


def test_problem_of_takes_what_the_engine_gives() -> None:
    assert problem_of(RATE.__dict__) == RATE
    assert problem_of({"code": "x"}) == Problem("x")


@pytest.mark.parametrize(("word", "hint"), [("lones", "; did you mean 'loans'?"), ("zzz", "")])
def test_nearest(word: str, hint: str) -> None:
    assert nearest(word, ["loans", "miners"]) == hint
