"""Stages and clocks of a path, reckoned again from its days by the rules of docs/model/stages.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import hashstress as hs
import pytest
from hashstress.scenario_file import Stages

Series = dict[str, list[float]]
BITING = """[stages]
btc_usd = 50000
utilisation = 1.0
power_to_revenue = 0.2
lender_cash_share = 0.99
miner_cash_share = 0.95
recovery_btc_usd = 30000
recovery_lender_share = 0.4
"""


@pytest.fixture(scope="module", params=["crisis", "thresholds that bite"])
def path(request: pytest.FixtureRequest) -> tuple[dict[str, object], Series, Stages]:
    """Row, days and thresholds of a run of one path, whose daily means are the path itself."""
    scenario = hs.Scenario.read("crisis-2022")
    if request.param != "crisis":
        text = scenario.layers[0].text.replace("[impact]", f"{BITING}\n[impact]")
        scenario = hs.Scenario.from_text(text, folder=scenario.folder)
    results = hs.run("crisis-2022", scenario, paths=1, worst=0)
    days: Series = defaultdict(list)
    for row in results.daily.rows():
        days[row["metric"]].append(row["mean"])
    return next(iter(results.paths.rows())), days, scenario.file.stages


def first(days: int, holds: Callable[[int], bool], start: int = 0) -> int | None:
    return next((day for day in range(start, days) if holds(day)), None)


def test_stages_are_dated_by_their_rules(path: tuple[dict[str, object], Series, Stages]) -> None:
    row, days, at = path
    count = len(days["btc_usd"])
    lenders, miners = days["lender_cash_usd"], days["miner_cash_usd"]
    assert row["stage_initial_day"] == first(
        count, lambda day: days["btc_usd"][day] < at.btc_usd and days["network_utilisation"][day] < at.utilisation
    )
    assert row["stage_middle_day"] == first(
        count, lambda day: days["lenders_failed"][day] >= 1 or lenders[day] < at.lender_cash_share * lenders[0]
    )
    assert row["stage_late_day"] == first(
        count,
        lambda day: (
            days["power_to_revenue"][day] > at.power_to_revenue and miners[day] < at.miner_cash_share * miners[0]
        ),
    )


def test_clocks_run_from_their_lows(path: tuple[dict[str, object], Series, Stages]) -> None:
    row, days, at = path
    price, index, lenders = days["btc_usd"], days["asic_index_usd_per_th"], days["lender_cash_usd"]
    low, slump, dry = (series.index(min(series)) for series in (price, index, lenders))
    assert row["btc_low_day"] == low
    assert row["btc_recovery_day"] == first(len(price), lambda day: price[day] >= at.recovery_btc_usd, low + 1)
    assert row["asic_low_day"] == (slump if 0 < slump < len(index) - 1 else None)
    back = first(len(price), lambda day: lenders[day] >= at.recovery_lender_share * lenders[0], dry + 1)
    assert row["lender_recovery_day"] == (back if dry else None)


def test_measures_are_shares_and_held_for_the_month(path: tuple[dict[str, object], Series, Stages]) -> None:
    _, days, _ = path
    for metric in ("top10_share", "hhi", "debt_to_assets"):
        assert min(days[metric]) >= 0
        assert len(set(days[metric])) <= 21  # day 0 and twenty firsts of a month
    assert all(hhi <= share for hhi, share in zip(days["hhi"], days["top10_share"], strict=True))
    assert max(days["top10_share"]) < 1
    assert days["debt_to_assets"][0] < 1 < max(days["debt_to_assets"]) * 2


def test_the_summary_dates_the_stages() -> None:
    text = hs.run("crisis-2022", "crisis-2022", paths=16, worst=0).summary()
    assert "Stages and clocks" in text
    assert "middle stage: lenders run short" in text
    assert "2022-06-17" in text  # the scenario fails Babel on that day


def test_thresholds_out_of_range_are_refused(edited: Callable[..., hs.Scenario]) -> None:
    with pytest.raises(hs.ScenarioError, match="utilisation"):
        edited("[network]", "[stages]\nutilisation = 1.5\n[network]")
    with pytest.raises(hs.ScenarioError, match="did you mean 'btc_usd'"):
        edited("[network]", "[stages]\nbtc_us = 1.5\n[network]")
