"""Launch dates and what better machines do to the price of others, by hand. Page: docs/model/frontier.md."""

import math
from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.book import State
from tests.oracle.frontier import factors, first_days, frontier_by_day
from tests.oracle.small_world import Row, amounts, fleet, miner, response, run, scenario

RIG: Row = {"model": "rig", "hashrate_ths": 100.0, "power_w": 3000.0}  # 30 J/TH, of tier 1, always there
XP: Row = {"model": "xp", "hashrate_ths": 140.0, "power_w": 2800.0}  # 20 J/TH, of tier 0
LAUNCH = date(2021, 1, 20)  # day 5


def state(days: int, **terms: Any) -> State:
    """The world, with a frontier."""
    row: Row = {"elasticity": 1.0, "half_life_days": None} | terms
    prices = [20000.0] * days
    return State(scenario(days, frontier=row), prices, prices, math.exp, math.log, days)


def test_the_frontier_is_the_best_machine_launched() -> None:
    found = frontier_by_day(state(8), [RIG, XP | {"launched_date": LAUNCH}])
    assert found == [30.0] * 5 + [20.0] * 3
    assert (
        frontier_by_day(state(3), [RIG | {"launched_date": date(2021, 1, 16)}]) == [30.0] * 3
    )  # day 0 takes what is first
    assert first_days(state(8), [RIG, XP | {"launched_date": LAUNCH}]) == [5, 0, None, None]
    assert first_days(state(5), [RIG, XP | {"launched_date": LAUNCH}]) == [None, 0, None, None]


def test_older_machines_lose_what_the_frontier_has_moved_and_the_new_one_nothing() -> None:
    """30 to 20 J/TH at an elasticity of 1 leaves two thirds, at 2 four ninths; from the day of the launch on."""
    for elasticity, left in ((0.0, 1.0), (1.0, 2 / 3), (2.0, 4 / 9)):
        found = factors(state(8, elasticity=elasticity), [RIG, XP | {"launched_date": LAUNCH}])
        assert found is not None
        assert found[1] == pytest.approx([1.0] * 5 + [left] * 3, rel=1e-15)
        assert found[0] == found[2] == found[3] == [1.0] * 8


def test_with_a_half_life_half_of_it_is_lost_by_then() -> None:
    found = factors(state(26, half_life_days=10.0), [RIG, XP | {"launched_date": LAUNCH}])
    assert found is not None
    assert found[1][14] == pytest.approx(
        (2 / 3) ** 0.5, rel=1e-14
    )  # ten days of the new frontier, from day 5 to day 14
    assert found[1][24] == pytest.approx((2 / 3) ** 0.75, rel=1e-14)
    assert factors(State(scenario(3), [1.0] * 3, [1.0] * 3, math.exp, math.log, 3), [RIG]) is None


def test_clearing_prices_follow() -> None:
    def clearing(**changes: Any) -> list[float]:
        days = run(8, models=[XP | {"launched_date": LAUNCH}], **changes).daily
        return [day["asic_clearing_usd_per_th"] for day in days]

    with_it = clearing(frontier={"elasticity": 1.0, "half_life_days": None})
    assert with_it == pytest.approx(
        [1.0 * price for price in clearing()[:5]] + [2 / 3 * price for price in clearing()[5:]], rel=1e-14
    )


def upgrading(launched: date) -> Outcome:
    """On every first of a month one machine is replaced by a better one."""
    rows = [fleet(), fleet(fleet="g", model="xp", machines=0)]
    buying = response("upgrade", fleet="f", machines=1, to_fleet="g", delay_days=0)
    return run(80, [miner(cash_usd=1e6)], fleets=rows, models=[XP | {"launched_date": launched}], responses=[buying])


def test_an_upgrade_waits_for_the_launch() -> None:
    assert [day for day, _, _ in amounts(upgrading(date(2020, 1, 1)), "upgrade")] == [17, 45, 76]
    assert [day for day, _, _ in amounts(upgrading(date(2021, 3, 1)), "upgrade")] == [45, 76]
    assert [day for day, _, _ in amounts(upgrading(date(2021, 3, 2)), "upgrade")] == [76]
