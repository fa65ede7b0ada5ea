"""Hosts, works and host failures that are refused, each with its place. Page: docs/model/sites.md"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import hashstress as hs
import pytest
from hashstress import _core

from tests.python.orders_world import START, Edited, fleet, sites_book, world
from tests.python.test_sites import cooling, hosted, racks

CRISIS = Path(hs.__file__).parent / "data" / "books" / "crisis-2022"
HEADER = "work,fleet,kind,begin_date,days,capex_usd,hashrate_factor,energy_factor,heat_relief,slots,units,step_days"
TANK = "tank,{fleet},cooling,2022-01-15,30,900000,1.25,0.95,0.5,,,"
HALLS = "halls,{fleet},racks,2022-01-15,60,400000,,,,1000,3,14"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The built-in book with a limit of racks at its first hosted site, a host there, and two works."""
    folder = tmp_path / "book"
    shutil.copytree(CRISIS, folder)
    with (folder / "fleet.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    own = next(row for row in rows if row["power_contract"] == "hosted_fixed")
    rows.sort(key=lambda row: row is not own)
    for row in rows:
        row |= {"rack_slots": "", "host": "", "host_deposit_usd": "0"}
    own |= {"rack_slots": "500", "host": "Compute North", "host_deposit_usd": "100000"}
    with (folder / "fleet.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(own))
        writer.writeheader()
        writer.writerows(rows)
    lines = [HEADER, *(line.format(fleet=own["fleet"]) for line in (TANK, HALLS))]
    (folder / "works.csv").write_text("\n".join(lines) + "\n")
    return folder


def spoilt(file: Path, old: str, new: str, row: int) -> None:
    """Replaces a text in one line of a table; row 0 is the header."""
    lines = file.read_text().splitlines()
    assert old in lines[row]
    lines[row] = lines[row].replace(old, new, 1)
    file.write_text("\n".join(lines) + "\n")


WORKS = {
    "missing column": ("kind,", "kinds,", 0, "missing_column", None, "kind"),
    "unknown column": ("step_days", "step_day", 0, "unknown_column", None, "step_day"),
    "unknown fleet row": (",racks", "x,racks", 2, "unknown_key", 2, "fleet"),
    "unknown kind": ("cooling", "air", 1, "unknown_word", 1, "kind"),
    "duplicate key": ("halls", "tank", 2, "duplicate_key", 2, "work"),
    "no key": ("tank", "", 1, "null", 1, "work"),
    "look-alike key": ("halls", "Tank", 2, "look_alike_key", 2, "work"),
    "wrong type": ("900000", "much", 1, "wrong_type", 1, "capex_usd"),
    "part of a day": (",60,", ",60.5,", 2, "wrong_type", 2, "days"),
    "NaN": ("1.25", "NaN", 1, "not_finite", 1, "hashrate_factor"),
    "negative capex": ("400000", "-400000", 2, "out_of_range", 2, "capex_usd"),
    "negative days": (",30,", ",-30,", 1, "out_of_range", 1, "days"),
    "a factor as a percentage": ("1.25", "25", 1, "out_of_range", 1, "hashrate_factor"),
    "energy for nothing": ("0.95", "0.05", 1, "out_of_range", 1, "energy_factor"),
    "relief of more than all": (",0.5,", ",1.5,", 1, "out_of_range", 1, "heat_relief"),
    "no slots": (",1000,3,", ",0,3,", 2, "out_of_range", 2, "slots"),
    "no units": (",1000,3,", ",1000,0,", 2, "out_of_range", 2, "units"),
    "units without an end": (",1000,3,14", ",1000,3,", 2, "null", 2, "step_days"),
    "steps of a single unit": (",1000,3,", ",1000,1,", 2, "inconsistent", 2, "step_days"),
    "units of no slot": (",1000,3,", ",2,3,", 2, "inconsistent", 2, "units"),
    "racks without a date": ("2022-01-15", "", 2, "null", 2, "begin_date"),
    "racks without slots": (",1000,3,", ",,3,", 2, "null", 2, "slots"),
    "racks without units": (",1000,3,", ",1000,,", 2, "null", 2, "units"),
    "cooling without a factor": ("1.25", "", 1, "null", 1, "hashrate_factor"),
    "cooling without energy": ("0.95", "", 1, "null", 1, "energy_factor"),
    "cooling with slots": (",0.5,,,", ",0.5,10,,", 1, "inconsistent", 1, "slots"),
    "racks in liquid": (",,,,1000", ",1.1,,,1000", 2, "inconsistent", 2, "hashrate_factor"),
    "days of what is in place": ("2022-01-15", "", 1, "inconsistent", 1, "days"),
    "a date that is none": ("2022-01-15", "2022-02-30", 1, "out_of_range", 1, "begin_date"),
}

FLEET = {
    "host of one's own site": ("hosted_fixed", "fixed", 1, "inconsistent", 1, "host"),
    "deposit without a host": ("Compute North", "", 1, "inconsistent", 1, "host_deposit_usd"),
    "negative deposit": ("100000", "-1", 1, "out_of_range", 1, "host_deposit_usd"),
    "deposit that is no number": ("100000", "some", 1, "wrong_type", 1, "host_deposit_usd"),
    "NaN": ("100000", "nan", 1, "not_finite", 1, "host_deposit_usd"),
    "racks without a limit": (",500,", ",,", 1, "inconsistent", 2, "fleet"),
}


def test_the_sound_works_are_read(folder: Path) -> None:
    assert hs.Book.read(folder).counts["works"] == 2


@pytest.mark.parametrize("kind", WORKS)
def test_bad_works_are_refused_with_their_place(folder: Path, kind: str) -> None:
    old, new, line, code, row, column = WORKS[kind]
    spoilt(folder / "works.csv", old, new, line)
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    places = [(found.code, found.file, found.row, found.column) for found in refused.value.problems]
    assert (code, str(folder / "works.csv"), row, column) in places


@pytest.mark.parametrize("kind", FLEET)
def test_bad_hosts_are_refused_with_their_place(folder: Path, kind: str) -> None:
    old, new, line, code, row, column = FLEET[kind]
    spoilt(folder / "fleet.csv", old, new, line)
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    places = [(found.code, found.row, found.column) for found in refused.value.problems]
    assert (code, row, column) in places


def test_a_host_that_is_written_in_two_ways_is_refused() -> None:
    with pytest.raises(hs.InputError) as refused:
        sites_book(fleets=[hosted(), hosted(fleet="b", host="NORTH")])
    assert [(p.code, p.row, p.column) for p in refused.value.problems] == [("look_alike_key", 2, "host")]


def test_a_site_is_cooled_once() -> None:
    with pytest.raises(hs.InputError) as refused:
        sites_book(cooling(), cooling(work="tank2"))
    assert [(p.code, p.row, p.column) for p in refused.value.problems] == [("inconsistent", 2, "fleet")]


def test_capex_of_what_is_in_place_is_refused() -> None:
    with pytest.raises(hs.InputError) as refused:
        sites_book(cooling(begin_date=None, days=0))
    assert [(p.code, p.row, p.column) for p in refused.value.problems] == [("inconsistent", 1, "capex_usd")]


EVENT = '[[host_events]]\ndate = 2022-01-15\nhost = "North"\nlien_days = 30\n'


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (EVENT.replace("North", "Nord"), "no host 'Nord'"),
        (EVENT.replace("2022", "2023"), "outside the run"),
        (EVENT.replace("2022", "2020"), "outside the run"),
        (EVENT * 2, "fails twice"),
        (EVENT + 'kind = "fail"\n', "kind"),
        (EVENT.replace("lien_days = 30\n", ""), "lien_days"),
        (EVENT.replace("30", "0"), "lien_days"),
        (EVENT.replace("30", "30.5"), "lien_days"),
        (EVENT + "move_days = -1\n", "move_days"),
        (EVENT + "fee_usd_per_machine = -1\n", "fee_usd_per_machine"),
        (EVENT + "fee_usd_per_machine = nan\n", "fee_usd_per_machine"),
        (EVENT + "deposit_lost_share = 1.5\n", "deposit_lost_share"),
        (EVENT + 'deposit_lost_share = "all"\n', "deposit_lost_share"),
    ],
)
def test_bad_host_events_are_refused_with_their_line(edited: Edited, more: str, said: str) -> None:
    with pytest.raises(hs.ScenarioError, match=said) as refused:
        world(edited, more).compile(sites_book(fleets=[hosted()]))
    assert all(problem.line for problem in refused.value.problems)


def test_more_slots_than_were_built_cannot_be_lost(edited: Edited) -> None:
    """33 slots open on 9 January, 33 on the 23rd."""
    more = '[[rack_changes]]\ndate = 2022-01-22\nfleet = "site"\nslots = -34\n'
    book = sites_book(racks(), fleets=[fleet(rack_slots=0)])
    with pytest.raises(hs.ScenarioError, match="left with -1 slots"):
        world(edited, more).compile(book)
    world(edited, more.replace("01-22", "01-23")).compile(book)


def test_a_work_of_the_past_is_refused(edited: Edited) -> None:
    with pytest.raises(hs.ScenarioError, match="works that begin on or before the first day"):
        world(edited).compile(sites_book(cooling(begin_date=START)))


def test_what_a_caller_hands_to_the_engine_is_checked_there_too(edited: Edited) -> None:
    book = sites_book(fleets=[hosted()])
    spec = world(edited).compile(book).spec
    assert spec.pop("host_events") == []
    _core.Scenario.try_build(spec, book.core)  # absent is empty
    event = {
        "day": 3,
        "host": "North",
        "lien_days": 5,
        "move_days": 0,
        "fee_usd_per_machine": 0.0,
        "deposit_lost_share": 1.0,
    }
    for events, said in [
        ([event | {"host": "Nord"}], "a host of the book's fleet"),
        ([event, event], "every host once"),
        ([event | {"lien_days": 0}], "a number from 1 to 3650"),
        ([event | {"move_days": -1}], "a whole number, not negative"),
        ([event | {"fee_usd_per_machine": -1.0}], "a number from 0 to 100000"),
        ([event | {"deposit_lost_share": float("nan")}], "a finite number"),
        ([event | {"deposit_lost_share": 2.0}], "a number from 0 to 1"),
    ]:
        with pytest.raises(_core.InputError, match=said):
            _core.Scenario.try_build(spec | {"host_events": events}, book.core)
    early = sites_book(cooling(begin_date=START), fleets=[hosted()])
    with pytest.raises(_core.InputError, match="works that begin after the scenario's start"):
        _core.Scenario.try_build(spec, early.core)
