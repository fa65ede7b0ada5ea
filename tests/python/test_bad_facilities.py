"""Facilities that are refused, each with its place. Page: docs/model/rescue.md"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import hashstress as hs
import pytest

from tests.python.rescue_world import book, buyback, fund, scenario

CRISIS = Path(hs.__file__).parent / "data" / "books" / "crisis-2022"
HEADER = (
    "facility,kind,capital_usd,opens_date,closes_date,take_up_share,region,bill_days,rate,term_days,rank,"
    "max_usd_per_miner,max_debt_to_assets,price_usd_per_th,price_to_index"
)
ROWS = (
    "pool,fund,5e8,2022-10-14,2023-06-30,0.15,,90,0.075,630,senior,1e8,0.8,,",
    "vendor,buyback,5e7,2022-06-01,2023-06-30,0.5,,,,,,,,,0.6",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The built-in book with a fund and a buy-back."""
    folder = tmp_path / "book"
    shutil.copytree(CRISIS, folder)
    (folder / "facilities.csv").write_text("\n".join([HEADER, *ROWS]) + "\n")
    return folder


def spoilt(folder: Path, old: str, new: str, row: int) -> None:
    """Replaces a text in one line of facilities.csv; row 0 is the header."""
    lines = (folder / "facilities.csv").read_text().splitlines()
    assert old in lines[row]
    lines[row] = lines[row].replace(old, new, 1)
    (folder / "facilities.csv").write_text("\n".join(lines) + "\n")


KINDS = {
    "missing column": ("capital_usd", "capital", 0, "missing_column", None, "capital_usd"),
    "unknown column": ("rank", "ranking", 0, "unknown_column", None, "ranking"),
    "no kind": (",fund,", ",,", 1, "null", 1, "kind"),
    "unknown kind": (",fund,", ",grant,", 1, "unknown_word", 1, "kind"),
    "unknown rank": ("senior", "first", 1, "unknown_word", 1, "rank"),
    "wrong type": ("5e8", "plenty", 1, "wrong_type", 1, "capital_usd"),
    "NaN": ("5e7", "NaN", 2, "not_finite", 2, "capital_usd"),
    "no money": ("5e8", "0", 1, "out_of_range", 1, "capital_usd"),
    "negative money": ("5e8", "-5e8", 1, "out_of_range", 1, "capital_usd"),
    "nobody applies": ("0.15", "0", 1, "out_of_range", 1, "take_up_share"),
    "take-up of 15 %": ("0.15", "15", 1, "out_of_range", 1, "take_up_share"),
    "rate of 7.5 %": ("0.075", "7.5", 1, "out_of_range", 1, "rate"),
    "term of no day": (",630,", ",0,", 1, "out_of_range", 1, "term_days"),
    "half a day": (",630,", ",630.5,", 1, "wrong_type", 1, "term_days"),
    "negative days of bills": (",90,", ",-90,", 1, "out_of_range", 1, "bill_days"),
    "cap of nothing": ("1e8", "0", 1, "out_of_range", 1, "max_usd_per_miner"),
    "negative debt": (",0.8,", ",-0.8,", 1, "out_of_range", 1, "max_debt_to_assets"),
    "price of 60 % of the index": (",0.6", ",60", 2, "out_of_range", 2, "price_to_index"),
    "price of a machine": (",,0.6", ",6000,", 2, "out_of_range", 2, "price_usd_per_th"),
    "date that is none": ("2022-10-14", "2022-10-34", 1, "out_of_range", 1, "opens_date"),
    "no opening": ("2022-10-14", "", 1, "null", 1, "opens_date"),
    "closes before it opens": ("2023-06-30", "2022-05-31", 2, "dates", 2, "closes_date"),
    "unknown region": ("0.15,,", "0.15,atlantis,", 1, "unknown_key", 1, "region"),
    "duplicate key": ("vendor", "pool", 2, "duplicate_key", 2, "facility"),
    "look-alike key": ("vendor", "Pool", 2, "look_alike_key", 2, "facility"),
    "fund without a mark": (",90,", ",,", 1, "null", 1, "bill_days"),
    "fund without a rate": ("0.075", "", 1, "null", 1, "rate"),
    "fund without a term": (",630,", ",,", 1, "null", 1, "term_days"),
    "fund without a rank": ("senior", "", 1, "null", 1, "rank"),
    "fund with a price": ("0.8,,", "0.8,,0.6", 1, "inconsistent", 1, "price_to_index"),
    "buyback with a term": ("0.5,,,,", "0.5,,,,630", 2, "inconsistent", 2, "term_days"),
    "buyback without a price": (",0.6", ",", 2, "null", 2, "price_usd_per_th"),
    "buyback with two prices": (",,0.6", ",30,0.6", 2, "inconsistent", 2, "price_to_index"),
}


def test_the_sound_facilities_are_read(folder: Path) -> None:
    assert hs.Book.read(folder).counts["facilities"] == 2


@pytest.mark.parametrize("kind", KINDS)
def test_bad_facilities_are_refused_with_their_place(folder: Path, kind: str) -> None:
    old, new, line, code, row, column = KINDS[kind]
    spoilt(folder, old, new, line)
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    places = [(found.code, found.file, found.row, found.column) for found in refused.value.problems]
    assert (code, str(folder / "facilities.csv"), row, column) in places


def test_all_problems_are_told_at_once(folder: Path) -> None:
    spoilt(folder, "0.15", "15", 1)
    spoilt(folder, "5e7", "NaN", 2)
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    assert {(found.row, found.column) for found in refused.value.problems} == {(1, "take_up_share"), (2, "capital_usd")}


def test_a_facility_that_is_closed_before_the_start_is_refused(edited: Callable[..., hs.Scenario]) -> None:
    """The first day of the scenario is the last on which it may close."""
    early = {"opens_date": date(2021, 1, 1), "closes_date": date(2021, 10, 31)}
    for row in (fund(**early), buyback(**early)):
        with pytest.raises(hs.InputError, match="table facilities, row 1, column closes_date: found '2021-10-31'"):
            hs.run(book([row]), scenario(edited), paths=1)
    hs.run(book([fund(**(early | {"closes_date": date(2021, 11, 1)}))]), scenario(edited), paths=1)


def test_a_facility_that_opens_after_the_end_is_a_warning(edited: Callable[..., hs.Scenario]) -> None:
    """A longer run of the same book may use it."""
    late = {"opens_date": date(2023, 1, 1), "closes_date": date(2023, 6, 1)}
    played = scenario(edited)
    said = played.compile(book([fund(), buyback(**late)])).warnings
    expected = f"facilities.opens_date after the last day, {played.file.end}, changes nothing in this run: buyback (2023-01-01)"
    assert expected in said
    assert expected in hs.run(book([fund(), buyback(**late)]), played, paths=1).summary()
    in_time = {"opens_date": played.file.end, "closes_date": played.file.end}
    assert not any("opens_date" in words for words in played.compile(book([fund(**in_time)])).warnings)
