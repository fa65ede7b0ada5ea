"""Claims of others, measured on a run. Page: docs/model/claims.md"""

from __future__ import annotations

from collections.abc import Callable

import hashstress as hs
import pytest
from hashstress import claims
from hashstress.claims import Measured
from hashstress.scenario_file import Claim

from tests.python.conftest import Cli

Edited = Callable[..., hs.Scenario]


def claim(**changes: object) -> Claim:
    return Claim.model_validate({"system": "s", "claim": "c", "figure": 0.65, "measure": "daily"} | changes)


@pytest.mark.parametrize(
    ("ours", "tolerance", "record", "verdict"),
    [
        (Measured(0.65, 0.0), 0.0, None, claims.REPRODUCED),
        (Measured(0.70, 0.0), 0.05, None, claims.REPRODUCED),
        (Measured(0.70, 0.02), 0.0, None, claims.NOT_REPRODUCED),
        (Measured(0.68, 0.02), 0.0, None, claims.REPRODUCED),
        (Measured(0.90, 0.02), 0.0, 0.65, claims.NOT_REPRODUCED),
        (Measured(0.90, 0.02), 0.05, 0.69, claims.NOT_REPRODUCED),
        (Measured(0.90, 0.02), 0.05, 0.90, claims.CONTRADICTED),
        (Measured(None), 0.0, None, claims.NOT_MODELLED),
    ],
)
def test_verdicts(ours: Measured, tolerance: float, record: float | None, verdict: str) -> None:
    assert claims.verdict(claim(tolerance=tolerance, record=record), ours) == verdict


def test_a_claim_without_a_figure_is_not_judged() -> None:
    assert claims.verdict(claim(figure=None), Measured(1.0, 0.0)) == claims.NOT_MODELLED


@pytest.fixture(scope="module")
def story() -> tuple[hs.Results, hs.Book, hs.Scenario]:
    scenario = hs.Scenario.read("article-2022")
    book = hs.Book.read(scenario.book)
    return hs.run(book, scenario, paths=16, worst=0), book, scenario


def test_every_claim_of_the_story_gets_a_verdict(story: tuple[hs.Results, hs.Book, hs.Scenario]) -> None:
    verdicts = hs.check_claims(*story)
    assert [item.claim for item in verdicts] == story[2].file.claims
    assert {item.claim.measure for item in verdicts} == set(claims.MEASURES)  # each measure is used, none is idle
    for item in verdicts:
        assert (item.ours.value is None) == (item.verdict == claims.NOT_MODELLED)
        assert item.claim.source
        assert item.ours.value is None or item.ours.is_input or item.ours.se is not None


def test_measures_are_those_of_the_tables(story: tuple[hs.Results, hs.Book, hs.Scenario]) -> None:
    """A few of them reckoned again from the tables of the run and the book."""
    results, book, scenario = story
    found = {item.claim.measure: item for item in hs.check_claims(results, book, scenario)}
    price = {row["day"]: row["mean"] for row in results.daily.rows() if row["metric"] == "btc_usd"}
    assert found["change"].ours.value is not None
    assert found["outstanding"].ours.value == pytest.approx(sum(book.column("loans", "outstanding_usd")))
    assert found["energy_saved"].ours.value == pytest.approx(1 - (3010 / 140) / (2950 / 100))
    days = [
        row["btc_recovery_day"] - row["stage_initial_day"]
        for row in results.paths.rows()
        if row["stage_initial_day"] is not None and row["btc_recovery_day"] is not None
    ]
    assert found["months_between"].ours.value == pytest.approx(sum(days) / len(days) / (365.25 / 12))
    first = next(item for item in hs.check_claims(*story) if item.claim.metric == "btc_usd")
    assert first.ours.value == pytest.approx(price[222] / price[0] - 1)
    without = hs.run(book, scenario.with_channels(impact=False), paths=16, worst=0)
    lows = [
        row["btc_low_usd"] / other["btc_low_usd"] - 1
        for row, other in zip(results.paths.rows(), without.paths.rows(), strict=True)
    ]
    assert found["lower_low"].ours.value == pytest.approx(sum(lows) / len(lows))


def test_claims_change_no_number(story: tuple[hs.Results, hs.Book, hs.Scenario]) -> None:
    results, book, scenario = story
    bare = scenario.file.model_copy(update={"claims": []})
    again = hs.run(book, hs.Scenario(bare, scenario.layers, scenario.composed), paths=16, worst=0)
    assert again.manifest["results_digest"] == results.manifest["results_digest"]


CLAIM = '[[claims]]\nsystem = "s"\nclaim = "c"\nfigure = 1.0\n'


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        ('measure = "dayly"', "no measure 'dayly'; did you mean 'daily'?"),
        ('measure = "daily"\non = "first"', "measure 'daily' needs 'metric'"),
        ('measure = "daily"\nmetric = "btc"\non = "first"', "no daily aggregate 'btc'"),
        ('measure = "daily"\nmetric = "btc_usd"\non = "2031-01-01"', "lies outside the run"),
        ('measure = "daily"\nmetric = "btc_usd"\non = "soon"', "'soon' is no date of the run"),
        ('measure = "lender_loss"\nentity = "nobody"', "the book has no lender 'nobody'"),
        ('measure = "index_price"\nentity = "s19"', "the book has no machine 's19'"),
        ('measure = "months_between"\non = "a"\nto = "b"', "paths have no column 'a'"),
        ('measure = "tariff_change"\nentity = "mars"\non = "first"\nto = "last"', "the book has no region 'mars'"),
    ],
)
def test_a_claim_that_cannot_be_measured_is_refused(book: hs.Book, edited: Edited, rest: str, text: str) -> None:
    scenario = edited("[network]", f"{CLAIM}{rest}\n[network]")
    with pytest.raises(hs.ScenarioError) as refused:  # a measure or what it lacks before the run, the rest after it
        hs.check_claims(hs.run(book, scenario, paths=2, worst=0), book, scenario)
    assert text in str(refused.value)
    assert "line 12" in str(refused.value)


def test_the_command_prints_the_table(cli: Cli) -> None:
    answer = cli("run", "article-2022", "--paths", "8", "--worst", "0", "--progress", "off")
    assert answer.exit_code == 0, answer.output
    assert "Claims of article-2022" in answer.output
    assert "contradicted by the record" in answer.output
    assert "Claims" not in cli("run", "crisis-2022", "--paths", "2", "--worst", "0", "--progress", "off").output
