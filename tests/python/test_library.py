"""The built-in scenarios: each runs, says where it comes from, and shows what it says one should see."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date
from functools import cache

import hashstress as hs
import pytest
from click.testing import Result
from hashstress import builtin

Cli = Callable[..., Result]
Series = dict[date, float]

PATHS = 64


MARKET = "market-2022"  # made for no book


@cache
def played(name: str) -> hs.Results:
    """A built-in scenario on its book."""
    return hs.run(hs.Book.read("crisis-2022" if name == MARKET else hs.Scenario.read(name).book), name, paths=PATHS)


@cache
def other(name: str, text: str) -> hs.Results:
    """A built-in scenario with something changed."""
    scenario = hs.Scenario.from_text(f'name = "other"\nbase = "{name}"\n{text}', folder=builtin.SCENARIOS)
    return hs.run(hs.Book.read("crisis-2022"), scenario, paths=PATHS)


def mean(results: hs.Results, metric: str) -> Series:
    """Day → mean over paths."""
    return {row["date"]: row["mean"] for row in results.daily.rows() if row["metric"] == metric}


def over(series: Series, first: date, last: date) -> list[float]:
    return [value for day, value in series.items() if first <= day <= last]


def defaults(results: hs.Results) -> float:
    """Miners that default, mean a path."""
    return sum(row["pd"] for row in results.miners.rows())


@pytest.mark.parametrize("name", builtin.scenario_names())
def test_it_runs_and_closes(name: str) -> None:
    results, scenario = played(name), hs.Scenario.read(name)
    assert scenario.name == name
    assert name == MARKET or scenario.book.partition(":")[0] == "crisis-2022"
    assert len(mean(results, "btc_usd")) == scenario.days
    assert all(results.manifest["summary"][f"residual_{what}"] == 0 for what in ("cents", "sats", "machines"))


@pytest.mark.parametrize("name", sorted({*builtin.scenario_names()} - {"crisis-2022"}))
def test_it_says_what_it_is(name: str, cli: Cli) -> None:
    file = hs.Scenario.read(name).file
    assert file.title
    assert file.citations
    assert len(file.expect.split()) > 20
    assert mean(played(name), "btc_usd")[file.start] == pytest.approx(67_567, rel=1e-5)  # the book's own start
    shown = cli("scenarios", name)
    assert shown.exit_code == 0, shown.output
    words = " ".join(shown.stdout.split())
    assert " ".join(file.expect.split()) in words
    assert all(str(citation.date) in words for citation in file.citations if citation.date)
    assert "Difficulty and height: consensus data" in words  # of its base


def test_the_list(cli: Cli) -> None:
    shown = cli("scenarios")
    assert shown.exit_code == 0, shown.output
    rows = {line.split()[0]: line.split() for line in shown.stdout.splitlines() if line[0] != " "}
    assert {*rows} == {"name", *builtin.scenario_names()}
    assert rows["slow-grind"][-2:] == ["547", "crisis-2022"]
    assert cli("scenarios", "slow-grin").exit_code == 2


def test_november_2018() -> None:
    results = played("november-2018")
    plunge, low = date(2022, 10, 6), date(2022, 11, 7)
    hashrate, difficulty = mean(results, "network_ehs"), mean(results, "difficulty")
    assert hashrate[date(2023, 2, 20)] < 0.95 * hashrate[plunge]
    path = next(results.events.rows())["path"]
    retargets = [row for row in results.events.rows() if row["kind"] == "retarget" and row["path"] == path]
    steps = itertools.pairwise(retargets)
    falls = [later for row, later in steps if later["date"] > plunge and later["amount"] < row["amount"]]
    assert len(falls) >= 3
    assert difficulty[date(2023, 2, 20)] < difficulty[plunge]
    failed = mean(results, "miners_failed")
    assert failed[max(failed)] - failed[plunge] > failed[plunge]
    assert min(mean(results, "btc_usd").items(), key=lambda item: item[1])[0] == low


def test_march_2020() -> None:
    results = played("march-2020")
    forced = mean(results, "forced_btc")
    days = sorted(forced)
    weeks = {days[place + 3]: sum(forced[day] for day in days[place : place + 7]) for place in range(len(days) - 6)}
    assert abs((max(weeks, key=weeks.__getitem__) - date(2021, 11, 20)).days) <= 3
    price, difficulty = mean(results, "btc_usd"), mean(results, "difficulty")
    assert price[date(2021, 11, 20)] < 0.65 * price[date(2021, 11, 19)]
    assert price[date(2022, 1, 8)] > 0.95 * price[days[0]]
    assert min(over(difficulty, date(2021, 11, 20), date(2022, 1, 20))) > 0.95 * difficulty[date(2021, 11, 19)]
    assert defaults(results) < 0.1 * defaults(played("crisis-2022"))


def test_china_ban_2021(book: hs.Book) -> None:
    results = played("china-ban-2021")
    hashrate, difficulty = mean(results, "network_ehs"), mean(results, "difficulty")
    before, after = (
        over(hashrate, date(2021, 11, 8), date(2021, 11, 28)),
        over(hashrate, date(2021, 12, 29), date(2022, 1, 20)),
    )
    assert min(after) < 0.67 * max(before)
    days = sorted(difficulty)
    highest = max(days, key=difficulty.__getitem__)
    assert min(difficulty[day] for day in days if day > highest) < 0.75 * difficulty[highest]
    hashprice = mean(results, "hashprice_usd_per_ph_day")
    assert hashprice[days[-1]] > hashprice[days[0]]
    places = zip(book.column("fleet", "miner"), book.column("fleet", "region"), strict=True)
    in_china = {miner for miner, region in places if region == "china"}
    failing = {row["miner"] for row in results.miners.rows() if row["pd"] > 0.5}
    assert failing
    assert failing <= in_china


def test_summer_power_2022(book: hs.Book) -> None:
    results = played("summer-power-2022")
    scenario = hs.Scenario.read("summer-power-2022")
    first = {region: days[0] for region, days in scenario.compile(book).spec["tariff_usd_per_mwh"].items()}
    regions = ", ".join(f'"{region}" = {usd}' for region, usd in first.items())
    flat = other("summer-power-2022", f'[power]\nsource = "flat"\nusd_per_mwh = 1.0\nregions = {{ {regions} }}')
    july = date(2022, 7, 1), date(2022, 7, 31)
    dear, cheap = (over(mean(each, "utilisation"), *july) for each in (results, flat))
    assert sum(dear) < 0.99 * sum(cheap)
    cash = [{row["miner"]: row["cash_end_usd_mean"] for row in each.miners.rows()} for each in (results, flat)]
    assert sum(cash[0].values()) < sum(cash[1].values())
    assert all(cash[0][miner] > cash[1][miner] for miner in ("riot", "cipher"))  # paid to stand still
    assert defaults(results) == pytest.approx(defaults(flat), rel=0.2)
    assert not any(row["pd_scenario"] for row in results.lenders.rows())


def test_ftx_november_2022() -> None:
    results, price_alone = played("ftx-november-2022"), other("ftx-november-2022", "lender_events = []")
    assert {*results.manifest["scenario"]["lender_failures"]} == {"ftx", "silvergate"}
    fails = {row["lender"]: row["failure_date_median"] for row in results.lenders.rows() if row["pd"] == 1.0}
    assert fails.keys() == {"ftx", "genesis", "blockfi", "silvergate"}
    assert fails["genesis"] == fails["blockfi"] == fails["ftx"] == date(2021, 11, 14)  # of what they had there
    assert any(row["kind"] == "loan_called" for row in results.events.rows())
    losses = [sum(row["loss_usd_mean"] for row in each.lenders.rows()) for each in (results, price_alone)]
    assert losses[0] > losses[1]
    ends = [mean(each, "debt_usd")[date(2022, 7, 3)] for each in (results, price_alone)]
    assert ends[0] < ends[1]
    assert defaults(results) < 0.1 * defaults(played("crisis-2022"))
    price = mean(results, "btc_usd")
    assert price[date(2021, 11, 12)] < 0.8 * price[date(2021, 11, 8)]


def test_winter_storm_december_2022() -> None:
    results, no_storm = played("winter-storm-december-2022"), other("winter-storm-december-2022", "availability = []")
    hashrate, usual = mean(results, "network_ehs"), mean(no_storm, "network_ehs")
    lost = {day: 1 - hashrate[day] / usual[day] for day in hashrate}
    assert max(lost, key=lost.__getitem__) == date(2021, 12, 24)
    assert lost[date(2021, 12, 24)] > 0.3
    assert min(over(lost, date(2021, 12, 23), date(2021, 12, 26))) > 0.1
    assert max(over(lost, date(2021, 11, 8), date(2021, 12, 22))) < 0.01
    assert max(over(lost, date(2021, 12, 29), date(2022, 3, 31))) < 0.01
    assert defaults(results) == defaults(no_storm)
    no_spike = other("winter-storm-december-2022", '[power]\nfile = "crisis-2022-tariffs.csv"')
    cash = [{row["miner"]: row["cash_end_usd_mean"] for row in each.miners.rows()} for each in (results, no_spike)]
    assert all(cash[0][miner] > cash[1][miner] for miner in ("riot", "cipher"))  # fixed power in Texas, sold back
    assert cash[0]["argo"] < cash[1]["argo"]  # indexed
    difficulty, calm = mean(results, "difficulty"), mean(no_storm, "difficulty")
    assert min(difficulty[day] / calm[day] for day in calm) > 0.9


def test_halving_2024() -> None:
    results = played("halving-2024")
    (halving,) = {row["date"] for row in results.events.rows() if row["kind"] == "halving"}
    assert date(2022, 2, 20) <= halving <= date(2022, 3, 5)
    hashprice, price = mean(results, "hashprice_usd_per_ph_day"), mean(results, "btc_usd")
    days = sorted(price)
    coins = {day: hashprice[day] / price[day] for day in days}
    falls = {day: coins[later] / coins[earlier] for earlier, day, later in zip(days, days[1:], days[2:], strict=False)}
    steepest = min(falls, key=falls.__getitem__)
    assert abs((steepest - halving).days) <= 1
    assert 0.48 < falls[steepest] < 0.56
    assert min(fall for day, fall in falls.items() if abs((day - halving).days) > 2) > 0.9
    index = mean(results, "asic_index_usd_per_th")
    assert index[days[-1]] < 0.75 * index[halving]
    assert defaults(results) < 0.1 * defaults(played("crisis-2022"))


def test_slow_grind() -> None:
    results = played("slow-grind")
    price = mean(results, "btc_usd")
    days = sorted(price)
    assert price[days[-1]] / price[days[0]] == pytest.approx(0.4, rel=0.01)
    assert min(price[later] / price[day] for day, later in itertools.pairwise(days)) > 0.98
    assert results.manifest["scenario"]["lender_failures"] == {}
    failed = mean(results, "miners_failed")
    middle = days[len(days) // 2]
    assert failed[days[-1]] > 1
    assert failed[days[-1]] - failed[middle] > 5 * failed[middle]
    busiest = sorted(mean(results, "forced_btc").values())
    crash = max(mean(played("march-2020"), "forced_btc").values())
    assert busiest[-3] < crash / 2  # two loans against coins default
