"""Orders, vendor failures and rack changes that are refused, each with its place. Page: docs/model/deliveries.md"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import hashstress as hs
import pytest
from hashstress import _core

from tests.python.orders_world import START, Edited, book_of, fleet, order, world

CRISIS = Path(hs.__file__).parent / "data" / "books" / "crisis-2022"
HEADER = (
    "order,miner,vendor,fleet,machines,price_usd,price_kind,price_protection,deposit_usd,first_instalment_date,"
    "instalments,delivery_date,deployment_days,grace_days,forfeit_share,coupon_share,cancel_ratio"
)
SOUND = "{key},marathon,Bitmain,{fleet},100,9000,fixed,true,300000,2022-01-15,6,2022-07-01,30,30,0.5,0.02,1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The built-in book with two orders of one miner."""
    folder = tmp_path / "book"
    shutil.copytree(CRISIS, folder)
    with (folder / "fleet.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    own = next(row["fleet"] for row in rows if row["miner"] == "marathon")
    lines = [HEADER, *(SOUND.format(key=key, fleet=own) for key in ("o1", "o2"))]
    (folder / "orders.csv").write_text("\n".join(lines) + "\n")
    return folder


def spoilt(folder: Path, old: str, new: str, row: int) -> None:
    """Replaces a text in one line of orders.csv; row 0 is the header."""
    lines = (folder / "orders.csv").read_text().splitlines()
    assert old in lines[row]
    lines[row] = lines[row].replace(old, new, 1)
    (folder / "orders.csv").write_text("\n".join(lines) + "\n")


KINDS = {
    "missing column": ("price_usd", "price", 0, "missing_column", None, "price_usd"),
    "unknown column": ("coupon_share", "cupon_share", 0, "unknown_column", None, "cupon_share"),
    "unknown miner": ("marathon", "nobody", 2, "unknown_key", 2, "miner"),
    "unknown fleet row": (",100,9000", "x,100,9000", 2, "unknown_key", 2, "fleet"),
    "no vendor": ("Bitmain", "", 1, "null", 1, "vendor"),
    "look-alike vendor": ("Bitmain", "bitmain", 2, "look_alike_key", 2, "vendor"),
    "wrong type": ("9000", "many", 2, "wrong_type", 2, "price_usd"),
    "NaN": ("300000", "NaN", 1, "not_finite", 1, "deposit_usd"),
    "price of the batch": ("9000", "900000", 1, "out_of_range", 1, "price_usd"),
    "coupon of 2 %": ("0.02", "2", 1, "out_of_range", 1, "coupon_share"),
    "no machines": (",100,", ",0,", 2, "out_of_range", 2, "machines"),
    "unknown price kind": ("fixed", "non-fixed", 2, "unknown_word", 2, "price_kind"),
    "duplicate key": ("o2", "o1", 2, "duplicate_key", 2, "order"),
    "protection of a floating price": ("fixed", "floating", 1, "inconsistent", 1, "price_protection"),
    "deposit above the price": ("300000", "900001", 2, "inconsistent", 2, "deposit_usd"),
    "instalments of nothing": ("300000", "900000", 2, "inconsistent", 2, "first_instalment_date"),
    "unpaid without instalments": (",6,", ",,", 2, "null", 2, "instalments"),
    "delivery before it is paid": (",6,", ",7,", 1, "dates", 1, "delivery_date"),
    "date that is none": ("2022-01-15", "2022-02-30", 1, "out_of_range", 1, "first_instalment_date"),
    "grace of no day": (",30,30,", ",30,0,", 1, "out_of_range", 1, "grace_days"),
}


def test_the_sound_orders_are_read(folder: Path) -> None:
    assert hs.Book.read(folder).counts["orders"] == 2


@pytest.mark.parametrize("kind", KINDS)
def test_bad_orders_are_refused_with_their_place(folder: Path, kind: str) -> None:
    old, new, line, code, row, column = KINDS[kind]
    spoilt(folder, old, new, line)
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    places = [(found.code, found.file, found.row, found.column) for found in refused.value.problems]
    assert (code, str(folder / "orders.csv"), row, column) in places


def test_the_fleet_row_of_another_miner_is_refused(folder: Path) -> None:
    with (folder / "fleet.csv").open(newline="") as file:
        other = next(row["fleet"] for row in csv.DictReader(file) if row["miner"] != "marathon")
    lines = (folder / "orders.csv").read_text().splitlines()
    cells = lines[1].split(",")
    cells[3] = other
    (folder / "orders.csv").write_text("\n".join([lines[0], ",".join(cells), lines[2]]) + "\n")
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    assert [(p.code, p.row, p.column) for p in refused.value.problems] == [("inconsistent", 1, "fleet")]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[[vendor_events]]\ndate = 2022-01-15\nvendor = "Mker"\n', "no vendor 'Mker'"),
        ('[[vendor_events]]\ndate = 2023-01-15\nvendor = "Maker"\n', "outside the run"),
        ('[[vendor_events]]\ndate = 2022-01-15\nvendor = "Maker"\n' * 2, "fails twice"),
        ('[[vendor_events]]\ndate = 2022-01-15\nvendor = "Maker"\nkind = "fail"\n', "kind"),
        ('[[rack_changes]]\ndate = 2022-01-15\nfleet = "sites"\nslots = 5\n', "no fleet row 'sites'"),
        ('[[rack_changes]]\ndate = 2022-01-15\nfleet = "free"\nslots = 5\n', "has no rack_slots"),
        ('[[rack_changes]]\ndate = 2022-01-15\nfleet = "site"\nslots = 0\n', "change nothing"),
        ('[[rack_changes]]\ndate = 2022-01-15\nfleet = "site"\nslots = 1.5\n', "slots"),
        ('[[rack_changes]]\ndate = 2022-01-15\nfleet = "site"\nslots = -5\n', "left with -1 slots"),
    ],
)
def test_bad_events_are_refused_with_their_line(edited: Edited, more: str, said: str) -> None:
    fleets = [fleet(rack_slots=4), fleet(fleet="free")]
    with pytest.raises(hs.ScenarioError, match=said) as refused:
        world(edited, more).compile(book_of(order(), fleets=fleets))
    assert all(problem.line for problem in refused.value.problems)


def test_an_order_of_the_past_is_refused(edited: Edited) -> None:
    with pytest.raises(hs.ScenarioError, match="orders with an instalment or a delivery on or before the first day"):
        world(edited).compile(book_of(order(first_instalment_date=START)))


def test_what_a_caller_hands_to_the_engine_is_checked_there_too(edited: Edited) -> None:
    book = book_of(order(), fleets=[fleet(rack_slots=4), fleet(fleet="free")])
    spec = world(edited).compile(book).spec
    assert (spec.pop("vendor_events"), spec.pop("rack_changes")) == ([], [])
    _core.Scenario.try_build(spec, book.core)  # absent is empty
    change = {"day": 3, "fleet": "site", "slots": 1}
    for more, said in [
        ({"vendor_events": [{"day": 3, "vendor": "Mker"}]}, "a vendor of the book's orders"),
        ({"vendor_events": [{"day": 3, "vendor": "Maker"}] * 2}, "every vendor once"),
        ({"vendor_events": [{"day": -3, "vendor": "Maker"}]}, "a whole number, not negative"),
        ({"rack_changes": [change | {"fleet": "sites"}]}, "a fleet row of the book"),
        ({"rack_changes": [change | {"fleet": "free"}]}, "a fleet row with rack_slots"),
        ({"rack_changes": [change | {"slots": 0.5}]}, "a whole number of slots"),
        ({"rack_changes": [change | {"slots": float("nan")}]}, "a finite number"),
        ({"rack_changes": [change | {"slots": -5}]}, "no more slots taken from site"),
    ]:
        with pytest.raises(_core.InputError, match=said):
            _core.Scenario.try_build(spec | more, book.core)
