"""How much of the network runs, by hand. Page: docs/model/stages.md."""

import math
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.book import State
from tests.oracle.joint import open_shocks
from tests.oracle.small_world import (
    NETWORK_THS,
    PRICE_USD,
    Row,
    cohort,
    fleet,
    lender,
    loan,
    miner,
    order,
    run,
    scenario,
)

TENTH = round(NETWORK_THS / 10 / 100)  # machines of 100 TH/s
FREE = {"power_usd_per_mwh": 0.0}
PAID = {"first_instalment_date": None, "instalments": None}


def utilisation(outcome: Outcome) -> list[float]:
    return [day["network_utilisation"] for day in outcome.daily]


def play(days: int, *fleets: Row, **changes: Any) -> list[float]:
    """The network and a miner."""
    return utilisation(run(days, [miner()], fleets=fleets, **changes))


def dear(share: float, **changes: Any) -> Row:
    """A part of the network whose power is too dear: 0.72 USD a TH/s and day for an income of 0.18."""
    return cohort(cohort="dear", power_usd_per_mwh=1000.0, hashrate_ths=NETWORK_THS * share, **changes)


def test_all_runs() -> None:
    assert play(3) == [1.0] * 3
    assert play(3, fleet(machines=TENTH, **FREE)) == [1.0] * 3
    assert utilisation(run(3)) == [1.0] * 3


def test_cohorts_that_are_off_are_plugged_in() -> None:
    """A quarter as much as what runs, off from the third day against it on."""
    found = play(4, cohorts=[cohort(), dear(0.25, shutdown_days=3)])
    assert found == pytest.approx([1.0, 1.0, 0.8, 0.8], rel=1e-15)


def test_a_row_that_does_not_pay_is_plugged_in() -> None:
    assert play(2, fleet(machines=TENTH)) == pytest.approx([10 / 11] * 2, rel=1e-15)


def test_cohorts_and_rows_are_one_network() -> None:
    """100 of cohorts and 10 of the book run; 25 of cohorts and 10 of the book do not."""
    rows = [fleet(machines=TENTH, **FREE), fleet(fleet="g", machines=TENTH)]
    assert play(2, *rows, cohorts=[cohort(), dear(0.25)]) == pytest.approx([110 / 145] * 2, rel=1e-15)


def test_a_row_that_sells_its_power_is_plugged_in() -> None:
    """On a day of dear power; the book's own utilisation is 0 then."""
    row = fleet(machines=TENTH, power_usd_per_mwh=50.0, curtailment_strike_usd_per_mwh=60.0)
    found = play(3, row, tariff_usd_per_mwh={"r": [50.0, 100.0, 50.0]})
    assert found == pytest.approx([1.0, 10 / 11, 1.0], rel=1e-15)


def test_what_heat_or_a_storm_keeps_off_is_plugged_in() -> None:
    """Half of the region's machines can run on day 0: 50 of cohorts, of 100 and 10 of the book, which does not pay. Elsewhere a quarter."""
    hot = {"availability": {"r": [0.5, 1.0]}}
    assert play(2, fleet(machines=TENTH), **hot) == pytest.approx([50 / 110, 100 / 110], rel=1e-15)
    assert play(2, fleet(machines=TENTH, **FREE), **hot) == pytest.approx([55 / 110, 1.0], rel=1e-15)
    elsewhere = cohort(cohort="d", region="s")
    regions = {"availability": {"r": [1.0] * 2, "s": [0.25, 1.0]}}
    regions["tariff_usd_per_mwh"] = {"r": [50.0] * 2, "s": [50.0] * 2}
    assert play(2, cohorts=[cohort(), elsewhere], **regions) == pytest.approx([0.625, 1.0], rel=1e-15)


def test_what_is_delivered_is_there() -> None:
    """A tenth more on day 1, of a cohort that runs or does not."""
    for which, found in (("rest", [0.8, 110 / 135]), ("dear", [0.8, 100 / 135])):
        more = [{"day": 1, "cohort": which, "hashrate_ths": NETWORK_THS / 10}]
        assert play(2, cohorts=[cohort(), dear(0.25)], deliveries=more) == pytest.approx(found, rel=1e-15)


def test_machines_without_a_slot_or_in_boxes_are_not_plugged_in() -> None:
    assert play(2, fleet(machines=TENTH, rack_slots=TENTH // 2)) == pytest.approx([100 / 105] * 2, rel=1e-15)
    boxed = order(fleet="f", machines=1000000, price_usd=0.01, deposit_usd=10000.0, **PAID)
    assert play(14, fleet(**FREE), orders=[boxed]) == [1.0] * 14


def test_machines_that_a_failed_host_holds_are_not_plugged_in() -> None:
    """On day 1 its host fails, for a day."""
    row = fleet(machines=TENTH, power_contract="hosted_fixed", host="h")
    event = {
        "day": 1,
        "host": "h",
        "lien_days": 1,
        "move_days": 0,
        "fee_usd_per_machine": 0.0,
        "deposit_lost_share": 1.0,
    }
    assert play(3, row, host_events=[event]) == pytest.approx([100 / 110, 1.0, 100 / 110], rel=1e-15)


def test_cooled_machines_count_for_what_they_would_do() -> None:
    """Twelve tenths of the nameplate; the heat of day 0, which leaves them half, does not matter."""
    cooled: Row = {"work": "w", "fleet": "f", "kind": "cooling", "hashrate_factor": 1.2, "energy_factor": 1.0}
    cooled |= {"heat_relief": 0.0, "begin_date": None, "days": 0, "capex_usd": 0.0}
    cooled |= dict.fromkeys(("slots", "units", "step_days"))
    hot = {"availability": {"r": [0.5, 1.0]}}
    found = play(2, fleet(machines=TENTH), works=[cooled], **hot)
    assert found == pytest.approx([50 / 112, 100 / 112], rel=1e-15)


def test_machines_that_lenders_host_run() -> None:
    """Half of the machines are seized on day 18, by a lender with a rack for a quarter; the miner's half stands still. On the day itself
    all of it was still the miner's when the fleet was counted."""
    pledged = {
        "collateral": "machines",
        "collateral_fleet": "f",
        "collateral_machines": TENTH // 2,
        "recourse": "limited",
    }
    policy = {"hold_days": 1000, "rules": [{"max_clearing_to_index": 99.0, "action": "host", "share_per_day": 0.0}]}
    found = utilisation(
        run(
            20,
            [miner()],
            [loan(**pledged)],
            [fleet(machines=TENTH)],
            [lender(host_capacity_ths=NETWORK_THS / 40, host_usd_per_mwh=0.0)],
            policies={"hold": policy},
        )
    )
    assert found[17] == pytest.approx(100 / 110, rel=1e-15)
    assert found[18] == pytest.approx(102.5 / 112.5, rel=1e-15)
    assert found[19] == pytest.approx(102.5 / 107.5, rel=1e-15)


def test_machines_of_a_miner_that_has_failed_are_unplugged() -> None:
    """It fails on day 13, after the fleet was counted. Half of its machines are pledged, and wait for the lender until day 18."""
    pledged = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": TENTH // 2}
    found = utilisation(run(20, [miner()], [loan(**pledged)], [fleet(machines=TENTH)]))
    assert found[:14] == pytest.approx([100 / 110] * 14, rel=1e-15)
    assert found[14:] == [1.0] * 6


def test_what_others_bring_is_part_of_the_network() -> None:
    """Without a book the factor of a shock to the network is above and below the line; with one it is not."""
    shock = {"source": "network", "volatility_annual": 3.0, "half_life_days": None}
    terms: Row = {"joint": {"shocks": [shock], "correlation": [[1.0]]}}
    cohorts = [cohort(), dear(0.25)]
    assert play(9, cohorts=cohorts, **terms) == pytest.approx([0.8] * 9, rel=1e-14)
    state = State(scenario(9, **terms), [PRICE_USD] * 9, [PRICE_USD] * 9, math.exp, math.log, 9)
    open_shocks(state)
    assert len(set(state.shocks["network"])) == 9
    found = play(9, fleet(machines=TENTH), cohorts=cohorts, **terms)
    assert found == pytest.approx([100 * f / (125 * f + 10) for f in state.shocks["network"]], rel=1e-14)


def test_where_there_is_nothing_nothing_runs() -> None:
    assert play(2, cohorts=[cohort(hashrate_ths=0.0)]) == [0.0] * 2
    assert play(2, cohorts=[cohort()], availability={"r": [0.0, 1.0]}) == [0.0, 1.0]
