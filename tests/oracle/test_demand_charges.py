"""What a connection costs whether machines run or not, by hand. Page: docs/model/power.md#demand-charge.

Ten machines of 3,000 W at 10,000 USD per MW and month: 30 USD a machine and month, 1 USD a day. Bills are paid on 1 February, day 17, for
18 days, and on 1 March, day 45, for 28.
"""

from datetime import date
from typing import Any

import pytest

from tests.oracle.small_world import Row, amounts, facility, fleet, happened, miner, order, posted, response, run

RICH = {"cash_usd": 10000.0}


def site(**changes: Any) -> Row:
    """Ten machines whose power is too dear to run, with the charge of the docstring."""
    return fleet(**{"demand_charge_usd_per_mw_month": 10000.0} | changes)


def bills(days: int, *sites: Row, **changes: Any) -> list[tuple[int, int]]:
    """Power bills of a miner with these sites."""
    return posted(run(days, **{"miners": [miner(**RICH)], "fleets": sites} | changes), "power")


def racks(slots: int, **changes: Any) -> Row:
    """Racks that are built at once on day 20."""
    row = {"work": "w", "fleet": "f", "kind": "racks", "begin_date": date(2021, 2, 4), "days": 0, "capex_usd": 0.0}
    return row | {"slots": slots, "units": 1, "step_days": None} | changes


def cooling(**changes: Any) -> Row:
    """Twice the hashrate for twice the energy, in place before day 0."""
    row = {"work": "w", "fleet": "f", "kind": "cooling", "begin_date": None, "days": 0, "capex_usd": 0.0}
    return row | {"hashrate_factor": 2.0, "energy_factor": 2.0} | changes


def test_machines_that_stand_still_pay_for_the_connection() -> None:
    outcome = run(46, [miner(**RICH)], fleets=[site()])
    assert happened(outcome, "shutdown") == [(0, "shutdown", "fleet:0")]
    assert posted(outcome, "power") == [(17, 18000), (45, 28000)]


def test_a_charge_comes_on_top_of_energy() -> None:
    """1,000 TH/s at 30 J/TH and 50 USD are 36 USD a day, on both contracts that may have a charge; hosts have it in their price."""
    for terms in ({"power_usd_per_mwh": 50.0}, {"power_contract": "indexed", "power_usd_per_mwh": 0.0}):
        assert bills(20, site(**terms)) == [(17, 18 * 4600)]
        assert bills(20, fleet(**terms)) == [(17, 18 * 3600)]


def test_half_of_the_machines_in_a_storm_are_connected_all_the_same() -> None:
    half = {"r": [0.5] * 20}
    assert bills(20, site(power_usd_per_mwh=50.0), availability=half) == [(17, 18 * (1800 + 1000))]


def test_a_curtailed_site_pays_and_sells() -> None:
    """A day at 100 USD earns 18 USD for half of 0.72 MWh of difference; the connection costs 10 that day, too."""
    tariff = {"r": [50.0] * 3 + [100.0] + [50.0] * 16}
    row = site(power_usd_per_mwh=50.0, curtailment_strike_usd_per_mwh=60.0, curtailment_share=0.5)
    assert bills(20, row, tariff_usd_per_mwh=tariff) == [(17, 17 * 3600 - 1800 + 18 * 1000)]


def test_a_plant_of_ones_own_earns_less_its_connection() -> None:
    """Sold at 50 USD for what costs 20: 0.72 MWh bring 21.60 USD a day; the charge takes 10 of them."""
    row = site(power_usd_per_mwh=20.0, curtailment_strike_usd_per_mwh=20.0, curtailment_share=1.0)
    outcome = run(20, [miner()], fleets=[row])
    assert posted(outcome, "power_credit") == [(17, 18 * (2160 - 1000))]
    assert posted(outcome, "power") == []


def test_machines_in_boxes_are_not_connected() -> None:
    """Four more on day 8, out of their boxes on day 38: 8 days until the bill of March."""
    outcome = run(46, [miner(**RICH)], fleets=[site()], orders=[order()])
    assert happened(outcome, "delivery") == [(8, "delivery", "order:0")]
    assert posted(outcome, "power") == [(17, 18000), (45, 28000 + 8 * 400)]
    at_once = run(46, [miner(**RICH)], fleets=[site()], orders=[order(deployment_days=0)])
    assert posted(at_once, "power") == [(17, 18000 + 10 * 400), (45, 28000 + 28 * 400)]


def test_machines_without_a_slot_are_not_connected() -> None:
    assert bills(46, site(rack_slots=6)) == [(17, 18 * 600), (45, 28 * 600)]
    assert bills(46, site(rack_slots=0)) == []
    grown = bills(46, site(rack_slots=6), works=[racks(3)])  # from day 20 on: 26 days
    assert grown == [(17, 18 * 600), (45, 28 * 600 + 26 * 300)]


def test_slots_that_were_sold_leave_machines_without_one() -> None:
    """14 slots for ten machines; the four empty ones are sold on 1 February; on day 20 three go, and seven machines have one."""
    sold = response("sell_slots", fleet="f", usd_per_slot=0.0, wait_days=None)
    fewer = [{"fleet": "f", "day": 20, "slots": -3}]
    outcome = run(46, [miner(**RICH)], fleets=[site(rack_slots=14)], responses=[sold], rack_changes=fewer)
    assert amounts(outcome, "slot_sale") == [(17, "slot_sale", 4)]
    assert posted(outcome, "power") == [(17, 18000), (45, 2 * 1000 + 26 * 700)]
    assert bills(46, site(rack_slots=14), rack_changes=fewer) == [(17, 18000), (45, 28000)]


def test_a_site_that_is_refitted_is_not_connected() -> None:
    """From 4 February for 10 days: 18 of the 28 days of February and 1 March are left."""
    refit = cooling(begin_date=date(2021, 2, 4), days=10)
    assert bills(46, site(), works=[refit]) == [(17, 18000), (45, 18000)]


def test_liquid_does_not_change_the_nameplate() -> None:
    """2,000 TH/s at 60 J/TH cost four times the 36 USD; the connection costs what it did."""
    assert bills(20, site(power_usd_per_mwh=50.0), works=[cooling()]) == [(17, 18 * (4 * 3600 + 1000))]


def test_rows_are_added_up_before_they_are_rounded_and_apart_from_energy() -> None:
    """Half a cent a day at each of two sites: one cent together, none alone. 14.4 cents of energy and 0.4 of the connection are 14."""
    small = site(machines=1, demand_charge_usd_per_mw_month=50.0)
    assert bills(20, small) == []
    assert bills(20, small, site(fleet="g", machines=1, demand_charge_usd_per_mw_month=50.0)) == [(17, 18)]
    storm = {"r": [0.04] * 20}  # 4 of 100 TH/s run, on 0.00288 MWh a day
    dim = site(machines=1, demand_charge_usd_per_mw_month=40.0, power_usd_per_mwh=50.0)
    assert bills(20, dim, availability=storm) == [(17, 18 * 14)]


def test_the_switching_rule_does_not_see_it() -> None:
    """180 USD of revenue a day less 108 for energy: on, although the connection costs 100."""
    dear = site(power_usd_per_mwh=150.0, demand_charge_usd_per_mw_month=100000.0)
    outcome = run(3, [miner(**RICH)], fleets=[dear])
    assert happened(outcome, "shutdown") == []


@pytest.mark.parametrize(("cash", "short"), [(299.99, True), (300.0, False)])
def test_it_burns_cash(cash: float, short: bool) -> None:
    """10 USD a day for 29 days after the first, whose own is due already; the machines earn nothing."""
    poor = miner(cash_usd=cash, runway_low_days=29, runway_high_days=60)
    outcome = run(1, [poor], fleets=[site()])
    assert happened(outcome, "sell_mode") == ([(0, "sell_mode", "miner:0")] if short else [])


@pytest.mark.parametrize(("days", "sold"), [(82.0, 0), (82.1, 1)])
def test_responses_see_it(days: float, sold: int) -> None:
    """On 1 February 180 of 1,000 USD are paid: 820 are left, 82 days of 10 USD."""
    asked = response("retire", fleet="f", machines=1, trigger="runway_days_below", threshold=days)
    outcome = run(20, [miner(cash_usd=1000.0)], fleets=[site()], responses=[asked])
    assert len(amounts(outcome, "retirement")) == sold


def test_funds_see_it() -> None:
    """A fund fills up ten days of bills of 10 USD, and pays for the day, for a miner without cash."""
    outcome = run(2, [miner()], fleets=[site()], facilities=[facility("fund")])
    assert amounts(outcome, "rescue_loan") == [(0, "rescue_loan", 10000 + 1000)]


def test_a_miner_that_has_failed_is_cut_off() -> None:
    """The 180 USD of 1 February are missed, and ten days later the miner is gone; nothing more is billed."""
    outcome = run(50, [miner()], fleets=[site()])
    assert amounts(outcome, "missed_bill", "miner_default") == [
        (17, "missed_bill", 18000),
        (27, "miner_default", 0),
    ]


def test_a_row_without_the_column_has_no_charge() -> None:
    assert bills(20, fleet()) == bills(20, site(demand_charge_usd_per_mw_month=0.0)) == []
