"""Reading scenarios: every problem at once, with its TOML path and its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hashstress as hs
import pytest
from hashstress import builtin

Edited = Callable[..., hs.Scenario]


def refusals(call: Callable[[], object]) -> dict[str, str]:
    """Path → text of each problem."""
    with pytest.raises(hs.ScenarioError) as caught:
        call()
    return {problem.path: problem.text for problem in caught.value.problems}


def test_a_good_scenario(edited: Edited) -> None:
    scenario = edited()
    assert (scenario.name, scenario.days) == ("short", 30)
    assert repr(scenario) == "Scenario('short', 2021-11-01 to 2021-11-30, prices from 'gbm')"


@pytest.mark.parametrize("name", builtin.scenario_names())
def test_built_in_scenarios_read(name: str) -> None:
    assert hs.Scenario.read(name).name == name


CASES = {
    "unknown table": ("[impact]", "[impakt]", "impakt", "unknown key; did you mean 'impact'?"),
    "unknown key": ("kappa", "kapa", "asics.kapa", "unknown key; did you mean 'kappa'?"),
    "missing key": ("height = 738000\n", "", "network.height", "is missing"),
    "text for a number": ("difficulty = 30e12", 'difficulty = "30e12"', "network.difficulty", "valid number"),
    "float for a whole number": ("height = 738000", "height = 738000.5", "network.height", "valid integer"),
    "true for a number": ("y = 1.0", "y = true", "impact.y", "valid number"),
    "nan": ("y = 1.0", "y = nan", "impact.y", "finite"),
    "inf": ("difficulty = 30e12", "difficulty = inf", "network.difficulty", "finite"),
    "out of range": ("permanent_share = 0.2", "permanent_share = 20", "impact.permanent_share", "found 20"),
    "date as text": ("start = 2021-11-01", 'start = "1 June"', "start", "'1 June' is not a date like 2022-06-13"),
    "Feb 30": ("start = 2021-11-01", 'start = "2022-02-30"', "start", "is not a date"),
    "time of day": ("start = 2021-11-01", "start = 2021-11-01T00:00:00", "start", "without a time"),
    "end before start": ("end = 2021-11-30", "end = 2021-10-30", "end", "must lie"),
    "month": ('"2021-10"', '"2022-13"', "network.fees[0][0]", "is not a date"),
    "pair": ('["2021-10", 10_000_000]', '["2021-10"]', "network.fees[0][1]", "is missing"),
    "three tiers": ("[[asics.tiers]]\nindex_usd_per_th = 80.0", "[[other]]\nx = 1", "asics.tiers", "at least 4"),
    "half-life of no days": (
        "\nhalf_life_days = 5",
        "\nhalf_life_days = 0",
        "impact.half_life_days",
        "or equal to 0.001",
    ),
    "volatility in percent": ("sigma_daily = 0.03", "sigma_daily = 3", "impact.sigma_daily", "or equal to 1"),
    "height after the last subsidy": ("height = 738000", "height = 7000000", "network.height", "or equal to 6929999"),
    "a lot of nothing": ("bulk_ths = 100_000", "bulk_ths = 0", "asics.tiers[3].bulk_ths", "or equal to 0.001"),
    "bulk below quick": (
        "bulk_discount = 0.5",
        "bulk_discount = 0.05",
        "asics.bulk_discount",
        "below quick_discount, 0.1",
    ),
    "delay of no days": ("estate_days = 10", "estate_days = 0", "estate_days", "greater than or equal to 1"),
}


@pytest.mark.parametrize(("old", "new", "path", "text"), CASES.values(), ids=CASES)
def test_a_problem_is_located(edited: Edited, old: str, new: str, path: str, text: str) -> None:
    found = refusals(lambda: edited(old, new))
    assert text in found[path]


def test_all_problems_come_at_once_with_their_lines(edited: Edited) -> None:
    with pytest.raises(hs.ScenarioError) as caught:
        edited("y = 1.0", "y = -1.0", "kappa", "kapa", "estate_days = 10", "estate_days = 0")
    assert len(caught.value.problems) == 4
    assert {problem.line for problem in caught.value.problems} >= {5, 22}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"name = ", "not TOML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "not"),
        (b'name = "x"', "is missing"),
    ],
)
def test_files_that_are_no_scenarios(tmp_path: Path, data: bytes, text: str) -> None:
    (tmp_path / "s.toml").write_bytes(data)
    with pytest.raises(hs.ScenarioError, match=text):
        hs.Scenario.read(tmp_path / "s.toml")


def test_unknown_names_suggest_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(hs.ScenarioError, match=r"did you mean 'crisis-2022'\?"):
        hs.Scenario.read("crisis-2O22")
    with pytest.raises(hs.ScenarioError, match="is a folder"):
        hs.Scenario.read(tmp_path)
