"""Claims of others, measured on a run. Page: docs/model/claims.md"""

from __future__ import annotations

import csv
import math
from calendar import monthrange
from collections.abc import Callable
from pathlib import Path

import hashstress as hs
import pytest
from hashstress import claims, cooled
from hashstress.measures import MEASURES, Measured
from hashstress.scenario_file import Claim

from tests.python.conftest import Cli

Edited = Callable[..., hs.Scenario]
Story = tuple[hs.Results, hs.Book, hs.Scenario]


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


@pytest.mark.parametrize(
    ("bound", "ours", "record", "verdict"),
    [
        ("at_least", Measured(0.92, 0.0), None, claims.REPRODUCED),
        ("at_least", Measured(0.60, 0.0), None, claims.REPRODUCED),  # the tolerance
        ("at_least", Measured(0.56, 0.02), None, claims.REPRODUCED),
        ("at_least", Measured(0.54, 0.02), None, claims.NOT_REPRODUCED),
        ("at_least", Measured(0.50, 0.02), 0.90, claims.NOT_REPRODUCED),
        ("at_least", Measured(0.50, 0.02), 0.55, claims.CONTRADICTED),
        ("at_most", Measured(0.10, 0.0), None, claims.REPRODUCED),
        ("at_most", Measured(0.75, 0.01), None, claims.NOT_REPRODUCED),
        ("at_most", Measured(0.75, 0.01), 0.10, claims.NOT_REPRODUCED),
        ("at_most", Measured(0.75, 0.01), 0.80, claims.CONTRADICTED),
    ],
)
def test_a_bound_has_one_side(bound: str, ours: Measured, record: float | None, verdict: str) -> None:
    assert claims.verdict(claim(bound=bound, tolerance=0.06, record=record), ours) == verdict


def test_the_table_says_on_which_side() -> None:
    shown = {
        bound: claims.cells([claims.Verdict(claim(bound=bound, unit="%"), Measured(0.7), "")])[0][2]
        for bound in (None, "at_least", "at_most")
    }
    assert shown == {None: "65 %", "at_least": "at least 65 %", "at_most": "at most 65 %"}


def test_a_claim_without_a_figure_is_not_judged() -> None:
    assert claims.verdict(claim(figure=None), Measured(1.0, 0.0)) == claims.NOT_MODELLED


@pytest.fixture(scope="module")
def story() -> Story:
    scenario = hs.Scenario.read("article-2022")
    book = hs.Book.read(scenario.book)
    return hs.run(book, scenario, paths=16, worst=0), book, scenario


@pytest.fixture(scope="module")
def verdicts(story: Story) -> list[claims.Verdict]:
    return hs.check_claims(*story)


def test_every_claim_of_the_story_gets_a_verdict(story: Story, verdicts: list[claims.Verdict]) -> None:
    assert [item.claim for item in verdicts] == story[2].file.claims
    assert {item.claim.measure for item in verdicts} == set(MEASURES) - {
        "nothing"
    }  # each measure is used, none is idle
    for item in verdicts:
        assert (item.ours.value is None) == (item.verdict == claims.NOT_MODELLED)
        assert item.claim.source
        assert item.ours.value is None or item.ours.is_input or item.ours.se is not None


def test_measures_are_those_of_the_tables(story: Story, verdicts: list[claims.Verdict]) -> None:
    """A few of them reckoned again from the tables of the run and the book."""
    results, book, scenario = story
    found = {item.claim.measure: item for item in verdicts}
    price = {row["day"]: row["mean"] for row in results.daily.rows() if row["metric"] == "btc_usd"}
    assert found["change"].ours.value is not None
    assert found["outstanding"].ours.value == pytest.approx(
        sum(
            usd
            for usd, collateral in zip(
                *(book.column("loans", name) for name in ("outstanding_usd", "collateral")), strict=True
            )
            if collateral == "machines"
        )
    )
    assert found["energy_saved"].ours.value == pytest.approx(1 - (3010 / 140) / (2950 / 100))
    days = [row["btc_recovery_day"] - 222 for row in results.paths.rows() if row["btc_recovery_day"] is not None]
    assert found["months_between"].ours.value == pytest.approx(sum(days) / len(days) / (365.25 / 12))
    late = [row["stage_late_day"] is not None for row in results.paths.rows()]
    assert found["share_of_paths"].ours.value == sum(late) / len(late)  # the last of them
    first = next(item for item in found.values() if item.claim.measure == "change")
    assert first.claim.metric == "asic_index_usd_per_th"  # the last of them
    down = next(item for item in verdicts if item.claim.metric == "btc_usd")
    assert down.ours.value == pytest.approx(price[222] / price[0] - 1)
    assert found["rescue_per_dollar"].ours.value == pytest.approx(
        hs.rescue_value(book, scenario, paths=16, seed=7).avoided_per_dollar.ratio
    )
    cost = list(zip(*(book.column("orders", name) for name in ("machines", "price_usd", "deposit_usd")), strict=True))
    share = sum(deposit for *_, deposit in cost) / sum(machines * usd for machines, usd, _ in cost)
    assert found["deposit_share"].ours.value == pytest.approx(share)


def test_utilisation_is_looked_at_within_its_window(story: Story, verdicts: list[claims.Verdict]) -> None:
    results = story[0]
    of = {
        row["date"].isoformat(): row["mean"] for row in results.daily.rows() if row["metric"] == "network_utilisation"
    }
    found = next(item for item in verdicts if item.claim.metric == "network_utilisation")
    window = [value for day, value in of.items() if "2022-06-18" <= day <= "2022-12-22"]
    assert found.ours.value == min(window) > min(of.values())  # the winter storm is outside


def test_forced_sales_of_the_book_alone_are_a_part_of_all(story: Story, verdicts: list[claims.Verdict]) -> None:
    results, book, _ = story
    found = {item.claim.measure: item.ours.value for item in verdicts}
    alone = found["own_impact"]
    everyone = max(row["mean"] for row in results.daily.rows() if row["metric"] == "price_impact")
    assert alone is not None
    assert 0 < alone < everyone
    bare = hs.Scenario.from_text('name = "bare"\nbase = "article-2022"\nforced_sales = []\n')
    again = hs.run(book, bare, paths=16, worst=0)
    assert alone == max(row["mean"] for row in again.daily.rows() if row["metric"] == "price_impact")


def test_a_bulk_lot_is_sold_at_its_discount_to_the_index_but_not_above_the_market(
    story: Story, verdicts: list[claims.Verdict]
) -> None:
    results = story[0]
    of = {row["metric"]: row["mean"] for row in results.daily.rows() if row["date"].isoformat() == "2022-06-24"}
    index, clearing = of["asic_index_usd_per_th"], of["asic_clearing_usd_per_th"]
    found = next(item for item in verdicts if item.claim.measure == "bulk_price")
    assert found.ours.value == pytest.approx(100 * max(3.0, min(clearing, index * (1 - 0.55))))


def test_cooling_gains_more_than_its_factor_where_heat_stops_the_others(
    story: Story, verdicts: list[claims.Verdict]
) -> None:
    found = next(item for item in verdicts if item.claim.measure == "cooling_gain")
    assert found.ours.value is not None
    assert 0.4 < found.ours.value < 0.45
    factors = {factor for factor in story[1].column("works", "hashrate_factor") if factor is not None}
    assert factors == {1.4}


def test_cooling_brings_coins_where_there_is_any(story: Story, verdicts: list[claims.Verdict]) -> None:
    """The mean of the paths' gains; a miner with no machines in liquid mines a little less for the others' hashrate."""
    _, book, scenario = story
    found = next(item for item in verdicts if item.claim.measure == "cooled_coins")
    gains = cooled.coins_gain(book, scenario, "argo", range(235, 388), seed=7, paths=8)
    assert found.ours.value == pytest.approx(math.fsum(gains) / 8)
    assert min(gains) > 0.3
    (other,) = cooled.coins_gain(book, scenario, "hive", range(235, 388), seed=7, paths=1)
    assert -0.05 < other < 0


FACTS = Path(__file__).resolve().parents[2] / "data" / "facts"


def facts(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_record_of_the_summers_power_is_that_of_the_same_months() -> None:
    usd = {
        row["month"]: float(row["mean_usd_per_mwh"])
        for row in facts("power_wholesale_monthly")
        if row["market"] == "ERCOT"
    }

    def mean(*months: int) -> float:
        days = {month: monthrange(2022, month)[1] for month in months}
        return math.fsum(usd[f"2022-{month:02d}"] * length for month, length in days.items()) / sum(days.values())

    of = next(each for each in hs.Scenario.read("article-2022").file.claims if each.measure == "tariff_change")
    assert of.record == pytest.approx(mean(6, 7, 8) / mean(1, 2, 3) - 1, abs=0.005)


def test_sellers_outside_the_book_are_those_on_record() -> None:
    rows = facts("forced_sellers")
    known = {row["seller"]: row for row in rows if row["seller"] not in ("public miners", "all known large sellers")}
    (whole,) = (float(row["btc"]) for row in rows if row["seller"] == "all known large sellers")
    miners = math.fsum(float(row["btc"]) for row in rows if row["seller"] == "public miners")
    *named, rest = hs.Scenario.read("article-2022").file.forced_sales
    named_sales = [(sale.date.isoformat(), sale.btc) for sale in named]
    assert sorted(named_sales) == sorted((row["from"], float(row["btc"])) for row in known.values())
    assert rest.btc == whole - miners - math.fsum(sale.btc for sale in named)


def test_lenders_fail_in_the_story_as_in_the_crisis_but_for_babels_loss() -> None:
    story, crisis = (hs.Scenario.read(name).file.lender_events for name in ("article-2022", "crisis-2022"))
    changed = [(ours, theirs) for ours, theirs in zip(story, crisis, strict=True) if ours != theirs]
    assert [(ours.lender, ours.amount_usd, theirs.amount_usd) for ours, theirs in changed] == [
        ("babel-finance", 180e6, 225e6)
    ]
    assert {event.lender for event in story if event.kind == "fail"} == {"celsius", "ftx", "silvergate"}


def test_claims_change_no_number(story: Story) -> None:
    results, book, scenario = story
    bare = scenario.file.model_copy(update={"claims": []})
    again = hs.run(book, hs.Scenario(bare, scenario.layers, scenario.composed), paths=16, worst=0)
    assert again.manifest["results_digest"] == results.manifest["results_digest"]


CLAIM = '[[claims]]\nsystem = "s"\nclaim = "c"\nfigure = 1.0\n'


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        ('measure = "dayly"', "no measure 'dayly'; there are bulk_price, "),
        ('measure = "daily"\non = "first"', "measure 'daily' needs 'metric'"),
        ('measure = "daily"\nmetric = "btc"\non = "first"', "no daily aggregate 'btc'"),
        ('measure = "daily"\nmetric = "btc_usd"\non = "2031-01-01"', "lies outside the run"),
        ('measure = "daily"\nmetric = "btc_usd"\non = "soon"', "'soon' is no date of the run"),
        ('measure = "lender_loss"\nentity = "nobody"', "the book has no lender 'nobody'"),
        ('measure = "index_price"\nentity = "s19"', "the book has no machine 's19'"),
        ('measure = "months_between"\non = "a"\nto = "b"', "paths have no column 'a'"),
        (
            'measure = "daily"\nmetric = "btc_usd"\non = "first"\nsince = "last"',
            "since and until do nothing with on = 'first'",
        ),
        (
            'measure = "daily"\nmetric = "btc_usd"\non = "lowest"\nsince = "last"\nuntil = "first"',
            "since last is after until first",
        ),
        ('measure = "cooled_coins"\nentity = "nobody"', "the book has no miner 'nobody'"),
        ('measure = "share_of_paths"\non = "stage_initial"', "did you mean 'stage_initial_day'?"),
        ('measure = "tariff_change"\nentity = "mars"\non = "first"\nto = "last"', "the book has no region 'mars'"),
    ],
)
def test_a_claim_that_cannot_be_measured_is_refused(book: hs.Book, edited: Edited, rest: str, text: str) -> None:
    scenario = edited("[network]", f"{CLAIM}{rest}\n[network]")
    with pytest.raises(hs.ScenarioError) as refused:  # a measure or what it lacks before the run, the rest after it
        hs.check_claims(hs.run(book, scenario, paths=2, worst=0), book, scenario)
    assert text in str(refused.value)
    assert f"line {16 if 'no measure' in text else 12}" in str(refused.value)  # that of the key, or of the claim


def test_the_command_prints_the_table(cli: Cli) -> None:
    answer = cli("run", "article-2022", "--paths", "8", "--worst", "0", "--progress", "off")
    assert answer.exit_code == 0, answer.output
    assert "Claims of article-2022" in answer.output
    assert "contradicted by the record" in answer.output
    assert "Claims" not in cli("run", "crisis-2022", "--paths", "2", "--worst", "0", "--progress", "off").output
