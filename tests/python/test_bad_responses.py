"""Responses that are refused, each with its place. Page: docs/model/responses.md"""

from __future__ import annotations

import shutil
from pathlib import Path

import hashstress as hs
import pytest

CRISIS = Path(hs.__file__).parent / "data" / "books" / "crisis-2022"
HEADER = (
    "response,miner,kind,trigger,threshold,from_date,until_date,wait_days,"
    "fleet,machines,to_fleet,delay_days,cost_usd_per_machine,share,loan"
)
SOUND = [
    "r1,iris-energy-spvs,retire,margin_below,0.8,2022-01-01,2022-12-31,30,iris-spv2,100,,,,,",
    "r2,iris-energy-spvs,migrate,standing_months,3,,,,iris-spv2,,iris-spv3,60,120,,",
    "r3,iris-energy-spvs,sell_coins,runway_days_below,90,,,,,,,,,0.25,",
    "r4,iris-energy-spvs,strategic_default,ltv_over,1.5,,,,,,,,,,iris-spv2-nydig",
    "r5,argo,upgrade,runway_days_over,180,,,,argo-quebec,50,argo-helios,0,,,",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The built-in book with a response of each kind."""
    folder = tmp_path / "book"
    shutil.copytree(CRISIS, folder)
    (folder / "responses.csv").write_text("\n".join([HEADER, *SOUND]) + "\n")
    return folder


def spoilt(folder: Path, old: str, new: str, row: int) -> None:
    """Replaces a text in one line of responses.csv; row 0 is the header."""
    lines = (folder / "responses.csv").read_text().splitlines()
    assert old in lines[row]
    lines[row] = lines[row].replace(old, new, 1)
    (folder / "responses.csv").write_text("\n".join(lines) + "\n")


KINDS = {
    "missing column": ("threshold", "limit", 0, "missing_column", None, "threshold"),
    "unknown column": ("delay_days", "delay", 0, "unknown_column", None, "delay"),
    "unknown miner": ("argo,", "nobody,", 5, "unknown_key", 5, "miner"),
    "no kind": ("retire", "", 1, "null", 1, "kind"),
    "unknown kind": ("retire", "retired", 1, "unknown_word", 1, "kind"),
    "unknown trigger": ("ltv_over", "ltv_above", 4, "unknown_word", 4, "trigger"),
    "wrong type": ("0.8", "low", 1, "wrong_type", 1, "threshold"),
    "NaN": ("0.8", "NaN", 1, "not_finite", 1, "threshold"),
    "negative threshold": ("0.8", "-1", 1, "out_of_range", 1, "threshold"),
    "margin of 80 %": ("0.8", "80", 1, "out_of_range", 1, "threshold"),
    "half a month": (",3,", ",2.5,", 2, "out_of_range", 2, "threshold"),
    "no month": (",3,", ",0,", 2, "out_of_range", 2, "threshold"),
    "loan-to-value of 150 %": ("1.5", "150", 4, "out_of_range", 4, "threshold"),
    "share of 25 %": ("0.25", "25", 3, "out_of_range", 3, "share"),
    "no wait": (",30,", ",0,", 1, "out_of_range", 1, "wait_days"),
    "date that is none": ("2022-01-01", "2022-02-30", 1, "out_of_range", 1, "from_date"),
    "until before from": ("2022-12-31", "2021-12-31", 1, "dates", 1, "until_date"),
    "no machines": (",100,", ",0,", 1, "out_of_range", 1, "machines"),
    "negative cost": (",120,", ",-120,", 2, "out_of_range", 2, "cost_usd_per_machine"),
    "duplicate key": ("r2", "r1", 2, "duplicate_key", 2, "response"),
    "look-alike key": ("r2", "R1", 2, "look_alike_key", 2, "response"),
    "unknown fleet row": ("iris-spv2,", "iris-spv9,", 1, "unknown_key", 1, "fleet"),
    "unknown destination": ("iris-spv3", "iris-spv9", 2, "unknown_key", 2, "to_fleet"),
    "unknown loan": ("iris-spv2-nydig", "iris-spv9-nydig", 4, "unknown_key", 4, "loan"),
    "row of another": ("iris-spv2,", "argo-helios,", 1, "inconsistent", 1, "fleet"),
    "destination of another": ("iris-spv3", "iris-energy-canal-flats", 2, "inconsistent", 2, "to_fleet"),
    "loan of another": ("iris-spv2-nydig", "iris-spv1-nydig", 4, "inconsistent", 4, "loan"),
    "move to where it is": ("iris-spv3", "iris-spv2", 2, "inconsistent", 2, "to_fleet"),
    "upgrade to worse machines": (
        "argo-quebec,50,argo-helios",
        "argo-helios,50,argo-quebec",
        5,
        "inconsistent",
        5,
        "to_fleet",
    ),
    "move to other machines": (
        "argo,upgrade,runway_days_over,180,,,,argo-quebec,50,argo-helios,0,",
        "argo,migrate,runway_days_over,180,,,,argo-quebec,50,argo-helios,0,1",
        5,
        "inconsistent",
        5,
        "to_fleet",
    ),
    "retire nothing": ("iris-spv2,100", ",", 1, "null", 1, "fleet"),
    "move nowhere": ("iris-spv3", "", 2, "null", 2, "to_fleet"),
    "move in no time": (",60,", ",,", 2, "null", 2, "delay_days"),
    "move at no price": (",120,", ",,", 2, "null", 2, "cost_usd_per_machine"),
    "sell no share": ("0.25", "", 3, "null", 3, "share"),
    "walk away from nothing": ("iris-spv2-nydig", "", 4, "null", 4, "loan"),
    "share of machines": (",,,,,", ",,,,0.5,", 1, "inconsistent", 1, "share"),
    "delay of a sale": (",,,,,", ",,0,,,", 1, "inconsistent", 1, "delay_days"),
    "cost of an upgrade": (",0,,,", ",0,0,,", 5, "inconsistent", 5, "cost_usd_per_machine"),
    "loan of coins": ("0.25,", "0.25,iris-spv2-nydig", 3, "inconsistent", 3, "loan"),
    "margin of coins": ("runway_days_below", "margin_below", 3, "inconsistent", 3, "trigger"),
    "loan-to-value of a site": ("margin_below", "ltv_over", 1, "inconsistent", 1, "trigger"),
}


def test_the_sound_responses_are_read(folder: Path) -> None:
    assert hs.Book.read(folder).counts["responses"] == 5


@pytest.mark.parametrize("kind", KINDS)
def test_bad_responses_are_refused_with_their_place(folder: Path, kind: str) -> None:
    old, new, line, code, row, column = KINDS[kind]
    spoilt(folder, old, new, line)
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    places = [(found.code, found.file, found.row, found.column) for found in refused.value.problems]
    assert (code, str(folder / "responses.csv"), row, column) in places


@pytest.mark.parametrize(
    "changed", [{",limited,": ",full,"}, {",nydig,machines,": ",nydig,none,", "iris-spv2,16000": ","}]
)
def test_nobody_walks_away_from_another_loan(folder: Path, changed: dict[str, str]) -> None:
    loans = folder / "loans.csv"
    lines = loans.read_text().splitlines()
    place = next(index for index, line in enumerate(lines) if line.startswith("iris-spv2-nydig,"))
    for old, new in changed.items():
        assert old in lines[place]
        lines[place] = lines[place].replace(old, new)
    loans.write_text("\n".join(lines) + "\n")
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    places = [(found.code, found.file, found.row, found.column) for found in refused.value.problems]
    assert ("inconsistent", str(folder / "responses.csv"), 4, "loan") in places
