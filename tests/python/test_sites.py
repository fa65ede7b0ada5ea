"""Hosts that fail, liquid cooling and racks, with numbers worked out by hand. Page: docs/model/sites.md"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import hashstress as hs
import pytest

from tests.python.orders_world import START, Edited, Row, fleet, loan, miner, prepaid, sites_book, world
from tests.python.test_orders import Played

EVENTS = ("host_failure", "lien_release", "works_begun", "works_done")
REASONS = ("lien_fee", "host_deposit", "works", "seizure", "machine_sale", "bills_arrears")
FAILS = date(2021, 12, 10)
FREE = FAILS + timedelta(days=40)
Play = Callable[..., Played]


@pytest.fixture
def play(edited: Edited) -> Play:
    """`play(cooling(), fleets=[...], more="[[host_events]]...")`: seven months of a flat world."""

    def played(*works: Row, more: str = "", **tables: Any) -> Played:
        return Played(sites_book(*works, **tables), world(edited, more))

    return played


def hosted(**changes: Any) -> Row:
    """100 machines at a host that holds a deposit of 6,000 USD."""
    return (
        fleet(
            machines=100, power_contract="hosted_fixed", power_usd_per_mwh=50.0, host="North", host_deposit_usd=6_000.0
        )
        | changes
    )


def fails(**changes: Any) -> str:
    """The host fails on 10 December and holds machines for 40 days."""
    said = {"date": FAILS, "host": '"North"', "lien_days": 40} | changes
    return "[[host_events]]\n" + "".join(f"{key} = {value}\n" for key, value in said.items())


def cooling(**changes: Any) -> Row:
    """Liquid for 10,000 USD within 20 days from 10 December on: half as much again, for 0.9 of the energy a TH/s."""
    return {
        "work": "tank",
        "fleet": "site",
        "kind": "cooling",
        "begin_date": FAILS,
        "days": 20,
        "capex_usd": 10_000.0,
        "hashrate_factor": 1.5,
        "energy_factor": 0.9,
        "heat_relief": None,
        "slots": None,
        "units": None,
        "step_days": None,
    } | changes


def racks(**changes: Any) -> Row:
    """Three containers for 100 machines, the first 30 days after 10 December, 14 days apart."""
    return (
        cooling(
            work="racks",
            kind="racks",
            days=30,
            hashrate_factor=None,
            energy_factor=None,
            slots=100,
            units=3,
            step_days=14,
        )
        | changes
    )


def days_of(played: Played) -> list[date]:
    """Days on which something was mined."""
    return sorted(played.days("production"))


def rich(**changes: Any) -> Row:
    return miner(cash_usd=1_000_000.0) | changes


# --- hosts that fail


def test_machines_of_a_host_that_fails_stand_still_until_they_have_moved(play: Play) -> None:
    played = play(fleets=[hosted(), hosted(fleet="other", host="South", machines=0)], more=fails(move_days=5))
    assert played.told(*EVENTS) == [(FAILS, "host_failure", "site", 100.0), (FREE, "lien_release", "site", 100.0)]
    ran = days_of(played)
    stood = [START + timedelta(days=day) for day in range(212) if START + timedelta(days=day) not in ran]
    assert stood == [FAILS + timedelta(days=day) for day in range(45)]
    # the bill of 1 January covers 2 December on: eight days at 3 kW * 24 h * 50 USD/MWh = 3.60 USD a machine
    assert played.days("power", "cents")[date(2022, 1, 1)] == 8 * 100 * 360


def test_the_release_costs_a_fee_and_what_is_lost_of_the_deposit(play: Play) -> None:
    played = play(fleets=[hosted()], miners=rich(), more=fails(fee_usd_per_machine=12.5, deposit_lost_share=0.25))
    assert played.posted(*REASONS) == [
        (FREE, "lien_fee", "miner:m", "world", 125_000.0),
        (FREE, "host_deposit", "miner:m", "world", 150_000.0),
    ]


def test_a_deposit_is_lost_whole_unless_the_event_says_otherwise(play: Play) -> None:
    played = play(fleets=[hosted()], miners=rich(), more=fails())
    assert played.posted(*REASONS) == [(FREE, "host_deposit", "miner:m", "world", 600_000.0)]


def test_what_the_release_asks_beyond_cash_is_a_bill(play: Play) -> None:
    played = play(
        fleets=[hosted(power_usd_per_mwh=0.0)],
        miners=miner(cash_usd=100.0, hodl_share=1.0, stock_sale_share=0.0),
        loans=loan(collateral="none"),
        more=fails(fee_usd_per_machine=1_000.0, deposit_lost_share=0.0),
    )
    paid = played.posted("lien_fee")[0][-1]
    (missed, *_) = played.told("missed_bill")
    assert missed == (FREE, "missed_bill", "m", 10_000_000.0 - paid)
    assert played.told("miner_default") == [(FREE + timedelta(days=30), "miner_default", "m", 0.0)]


def test_a_lender_waits_for_machines_that_are_held(play: Play) -> None:
    """The loan is due on 1 December and defaults on the sixth; 30 days later its machines are still held."""
    played = play(
        fleets=[hosted()], miners=miner(cash_usd=0.0, hodl_share=1.0), loans=machine_loan(), more=fails(move_days=5)
    )
    default, seizure = date(2021, 12, 6), date(2022, 1, 5)
    assert [row[:3] for row in played.told("loan_default")] == [(default, "loan_default", "l")]
    assert played.told("seizure") == [(FREE, "seizure", "l", 60.0)]
    assert FAILS < seizure < FREE
    free_of_loan = [(default, "machine_sale", "fleet:site", "world", 40.0)]  # before the host failed
    assert played.posted("machine_sale")[:1] == free_of_loan
    unheld = play(fleets=[hosted()], miners=miner(cash_usd=0.0, hodl_share=1.0), loans=machine_loan())
    assert unheld.told("seizure") == [(seizure, "seizure", "l", 60.0)]


def machine_loan(**changes: Any) -> Row:
    """1,000,000 USD against 60 machines, due on 1 December."""
    return (
        loan(
            collateral="machines",
            outstanding_usd=1_000_000.0,
            first_payment_date=date(2021, 12, 1),
            maturity_date=date(2021, 12, 1),
            collateral_fleet="site",
            collateral_machines=60,
        )
        | changes
    )


def test_an_estate_waits_for_machines_that_are_held(play: Play) -> None:
    """The host fails first: 60 machines go to the lender and 40 to the market on the day of release, the estate a day later."""
    early = date(2021, 12, 3)
    played = play(
        fleets=[hosted()], miners=miner(cash_usd=0.0, hodl_share=1.0), loans=machine_loan(), more=fails(date=early)
    )
    free = early + timedelta(days=40)
    assert played.told("miner_default") == [(date(2021, 12, 6), "miner_default", "m", 0.0)]
    assert played.posted("seizure", "machine_sale")[:2] == [
        (free, "seizure", "fleet:site", "lot:l", 60.0),
        (free, "machine_sale", "fleet:site", "world", 40.0),
    ]
    assert [day for day, *_ in played.told("estate")] == [free + timedelta(days=1)]
    assert played.posted("lien_fee", "host_deposit") == [], "an estate pays no fee"


def test_machines_delivered_while_the_site_is_held_wait_for_it(play: Play) -> None:
    empty = hosted(machines=0)
    played = play(fleets=[empty], orders=[prepaid(delivery_date=FAILS + timedelta(days=9))], more=fails())
    assert played.told(*EVENTS) == [(FREE, "lien_release", "site", 10.0)]
    assert days_of(played)[0] == FREE


def test_a_release_beyond_the_horizon_never_comes(play: Play) -> None:
    played = play(fleets=[hosted()], more=fails(lien_days=3650))
    assert played.told(*EVENTS) == [(FAILS, "host_failure", "site", 100.0)]
    assert days_of(played)[-1] == FAILS - timedelta(days=1)


# --- liquid cooling


def test_cooling_stops_machines_then_runs_them_faster_on_less_energy(play: Play) -> None:
    played = play(cooling(), fleets=[fleet(machines=100)], miners=rich())
    done = FAILS + timedelta(days=20)
    assert played.told(*EVENTS) == [(FAILS, "works_begun", "site", 1_000_000.0), (done, "works_done", "site", 0.0)]
    assert played.posted("works") == [(FAILS, "works", "miner:m", "world", 1_000_000.0)]
    ran = days_of(played)
    assert [day for day in (FAILS - timedelta(days=1), FAILS, done - timedelta(days=1), done) if day in ran] == [
        FAILS - timedelta(days=1),
        done,
    ]
    mined, plain = played.days("production"), play(fleets=[fleet(machines=100)], miners=rich()).days("production")
    # the network is 16,000 times this site: its own faster machines move the difficulty by less than 1e-4
    assert mined[done] / plain[done] == pytest.approx(1.5, rel=1e-3)
    # January: 31 days at 100 machines * 3 kW * 24 h * 50 USD/MWh * 1.5 * 0.9
    assert played.days("power", "cents")[date(2022, 2, 1)] == 31 * 48_600


def test_cooling_in_place_costs_nothing_and_runs_from_day_0(play: Play) -> None:
    played = play(cooling(begin_date=None, days=0, capex_usd=0.0), fleets=[fleet(machines=100)], miners=rich())
    assert (played.told(*EVENTS), played.posted("works")) == ([], [])
    assert played.days("power", "cents")[date(2021, 12, 1)] == 31 * 48_600


def test_liquid_relieves_heat_but_not_a_dead_grid(play: Play) -> None:
    heat = '[[availability]]\nregion = "texas"\nfrom = 2021-11-10\nto = 2021-11-10\nshare = 0.5\n'
    dead = heat.replace("11-10", "11-12").replace("0.5", "0.0")
    tank = cooling(begin_date=None, days=0, capex_usd=0.0, hashrate_factor=1.0, energy_factor=1.0)
    mined = {
        relief: play(tank | {"heat_relief": relief}, fleets=[fleet(machines=100)], more=heat + dead).days("production")
        for relief in (None, 0.5, 1.0)
    }
    hot, before = date(2021, 11, 10), date(2021, 11, 9)
    for relief, share in ((None, 0.5), (0.5, 0.75), (1.0, 1.0)):
        assert mined[relief][hot] / mined[relief][before] == pytest.approx(share, rel=1e-6)
        assert date(2021, 11, 12) not in mined[relief]


def test_a_job_that_is_not_paid_is_a_bill_and_goes_on(play: Play) -> None:
    played = play(
        cooling(capex_usd=5_000_000.0),
        fleets=[fleet(machines=100)],
        miners=miner(cash_usd=1_000.0, bills_grace_days=60),
    )
    (missed, *_) = played.told("missed_bill")
    assert missed[0] == FAILS
    assert missed[-1] == 500_000_000.0 - played.posted("works")[0][-1]
    assert played.told("works_done") == [(FAILS + timedelta(days=20), "works_done", "site", 0.0)]
    assert played.told("miner_default") == [(FAILS + timedelta(days=60), "miner_default", "m", 0.0)]


def test_liquid_does_not_change_what_a_machine_sells_for(play: Play) -> None:
    broke = {"fleets": [fleet(machines=100)], "miners": miner(cash_usd=0.0, hodl_share=1.0), "loans": machine_loan()}
    plain = play(**broke)
    liquid = play(cooling(begin_date=None, days=0, capex_usd=0.0), **broke)
    assert liquid.posted("machine_proceeds") == plain.posted("machine_proceeds") != []


# --- racks


def test_containers_open_one_after_the_other(play: Play) -> None:
    played = play(racks(), fleets=[fleet(machines=100, rack_slots=10)], miners=rich())
    opened = [FAILS + timedelta(days=30 + 14 * unit) for unit in range(3)]
    assert played.told(*EVENTS) == [
        (FAILS, "works_begun", "site", 1_000_000.0),
        (opened[0], "works_done", "site", 33.0),
        (opened[1], "works_done", "site", 33.0),
        (opened[2], "works_done", "site", 34.0),
    ]
    mined = played.days("production")
    each = mined[opened[0] - timedelta(days=1)] / 10
    for day, machines in zip(opened, (43, 76, 100), strict=True):
        assert mined[day] / each == pytest.approx(machines, rel=2e-2)  # the difficulty moves in between


def test_a_hall_opens_at_once(play: Play) -> None:
    hall = racks(units=1, step_days=None, days=90)
    played = play(hall, fleets=[fleet(machines=100, rack_slots=0)], miners=rich())
    assert days_of(played)[0] == FAILS + timedelta(days=90)
    assert played.told("works_done") == [(FAILS + timedelta(days=90), "works_done", "site", 100.0)]


def test_slots_that_were_built_can_be_lost_again(play: Play) -> None:
    lost = f'[[rack_changes]]\ndate = {FAILS + timedelta(days=44)}\nfleet = "site"\nslots = -66\n'
    played = play(racks(), fleets=[fleet(machines=100, rack_slots=0)], miners=rich(), more=lost)
    mined = played.days("production")
    assert FAILS + timedelta(days=43) in mined
    assert FAILS + timedelta(days=44) not in mined


def test_without_difficulty_the_network_knows_of_works_and_liens(play: Play) -> None:
    """`full_ths` counts what stands still as standing still, and liquid at its hashrate."""
    off = "[channels]\ndifficulty = false\n"
    machines = 100_000  # 10 EH/s of 170
    small = {"miners": rich(cash_usd=1e10), "fleets": [hosted(machines=machines)]}
    path = {
        name: play(*works, more=off + more, **small).days("production")
        for name, works, more in [
            ("plain", (), ""),
            ("held", (), fails(lien_days=100)),
            ("liquid", (cooling(days=0, capex_usd=0.0),), ""),
        ]
    }
    late = date(2022, 5, 30)
    assert path["held"].keys() & {FAILS + timedelta(days=99)} == set()
    assert path["liquid"][late] < 1.5 * path["plain"][late]  # a larger network shares the same blocks
    assert path["liquid"][late] / path["plain"][late] == pytest.approx(1.5 * 170 / 175, rel=1e-2)


# --- nothing given, nothing changed


def test_absent_is_as_empty(edited: Edited) -> None:
    plain = hs.run(sites_book(fleets=[fleet(machines=100)]), world(edited), paths=2)
    named = hs.run(sites_book(fleets=[hosted(power_contract="hosted_fixed", host="North")]), world(edited), paths=2)
    unnamed = hs.run(sites_book(fleets=[hosted(host=None, host_deposit_usd=0.0)]), world(edited), paths=2)
    assert named.manifest["results_digest"] == unnamed.manifest["results_digest"]
    assert plain.manifest["paths"] == 2
