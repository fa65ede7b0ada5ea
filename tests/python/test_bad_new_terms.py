"""Requests for new terms and sales of slots that are refused, each with its place. Page: docs/model/responses.md"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import hashstress as hs
import pytest

from tests.python.test_bad_responses import CRISIS, spoilt

HEADER = "response,miner,kind,trigger,threshold,wait_days,fleet,machines,loan,term_months,pause_months,rate,usd_per_slot,share"
SOUND = [
    "r1,stronghold,renegotiate,runway_days_below,60,,,,stronghold-whitehawk,36,12,0.1,,",
    "r2,iris-energy-spvs,renegotiate,ltv_over,1.5,90,,,iris-spv2-nydig,48,,,,",
    "r3,stronghold,sell_slots,btc_below,20000,,stronghold-minerva,50,,,,,400,",
    "r4,argo,renegotiate,runway_days_below,60,,,,argo-galaxy-btc,24,0,,,",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The built-in book with requests and a sale; a loan paid by the quarter, and one with a line."""
    folder = tmp_path / "book"
    shutil.copytree(CRISIS, folder)
    (folder / "responses.csv").write_text("\n".join([HEADER, *SOUND]) + "\n")
    return folder


KINDS = {
    "unknown kind": ("sell_slots", "sell_racks", 3, "unknown_word", 3, "kind"),
    "unknown column": ("usd_per_slot", "usd_per_mw", 0, "unknown_column", None, "usd_per_mw"),
    "wrong type": (",36,", ",long,", 1, "wrong_type", 1, "term_months"),
    "half a month": (",36,", ",36.5,", 1, "wrong_type", 1, "term_months"),
    "no term": (",36,", ",0,", 1, "out_of_range", 1, "term_months"),
    "term in days": (",36,", ",1080,", 1, "out_of_range", 1, "term_months"),
    "negative pause": (",12,", ",-12,", 1, "out_of_range", 1, "pause_months"),
    "rate of 10 %": ("0.1,", "10,", 1, "out_of_range", 1, "rate"),
    "negative rate": ("0.1,", "-0.1,", 1, "out_of_range", 1, "rate"),
    "NaN": ("0.1,", "NaN,", 1, "not_finite", 1, "rate"),
    "negative price": ("400", "-400", 3, "out_of_range", 3, "usd_per_slot"),
    "price of a megawatt": ("400", "400000", 3, "out_of_range", 3, "usd_per_slot"),
    "infinite price": ("400", "inf", 3, "not_finite", 3, "usd_per_slot"),
    "duplicate key": ("r2", "r1", 2, "duplicate_key", 2, "response"),
    "unknown loan": ("stronghold-whitehawk", "stronghold-blackhawk", 1, "unknown_key", 1, "loan"),
    "loan of another": ("stronghold-whitehawk", "argo-nydig-abl", 1, "inconsistent", 1, "loan"),
    "site of another": ("stronghold-minerva", "marathon-xp", 3, "inconsistent", 3, "fleet"),
    "site without racks": ("stronghold-minerva", "stronghold-scrubgrass", 3, "inconsistent", 3, "fleet"),
    "no loan": ("stronghold-whitehawk", "", 1, "null", 1, "loan"),
    "no term at all": (",36,", ",,", 1, "null", 1, "term_months"),
    "no site": ("stronghold-minerva", "", 3, "null", 3, "fleet"),
    "no price": ("400", "", 3, "null", 3, "usd_per_slot"),
    "pause to the end": (",12,", ",36,", 1, "inconsistent", 1, "pause_months"),
    "pause of interest alone": (",24,0,", ",24,6,", 4, "inconsistent", 4, "pause_months"),
    "site of a request": ("60,,,,", "60,,stronghold-minerva,,", 1, "inconsistent", 1, "fleet"),
    "share of a request": ("0.1,,", "0.1,,0.5", 1, "inconsistent", 1, "share"),
    "price of a request": ("0.1,,", "0.1,400,", 1, "inconsistent", 1, "usd_per_slot"),
    "no price of a request": ("0.1,,", "0.1,0,", 1, "inconsistent", 1, "usd_per_slot"),
    "loan of slots": (",50,,", ",50,stronghold-whitehawk,", 3, "inconsistent", 3, "loan"),
    "term of slots": (",,,,400", ",36,,,400", 3, "inconsistent", 3, "term_months"),
    "pause of slots": (",,,,400", ",,12,,400", 3, "inconsistent", 3, "pause_months"),
    "rate of slots": (",,,,400", ",,,0.1,400", 3, "inconsistent", 3, "rate"),
    "margin of a request": ("runway_days_below", "margin_below", 1, "inconsistent", 1, "trigger"),
    "loan-to-value of slots": ("btc_below,20000", "ltv_over,2", 3, "inconsistent", 3, "trigger"),
    "loan-to-value without machines": ("runway_days_below,60", "ltv_over,2", 1, "inconsistent", 1, "loan"),
}


def test_the_sound_responses_are_read(folder: Path) -> None:
    assert hs.Book.read(folder).counts["responses"] == len(SOUND)


@pytest.mark.parametrize("kind", KINDS)
def test_bad_requests_are_refused_with_their_place(folder: Path, kind: str) -> None:
    old, new, line, code, row, column = KINDS[kind]
    spoilt(folder, old, new, line)
    assert (code, str(folder / "responses.csv"), row, column) in refusals(folder)


def refusals(folder: Path) -> list[tuple[str, str | None, int | None, str | None]]:
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    return [(found.code, found.file, found.row, found.column) for found in refused.value.problems]


def changed(path: Path, key: str, **cells: str) -> None:
    """Gives a row other cells; a column that is missing is added."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    next(row for row in rows if key in row.values()).update(cells)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"period_months": "3"}, None),
        ({"period_months": "5"}, "pause_months"),
        ({"period_months": "48"}, "term_months"),
        ({"amortisation": "bullet", "credit_line_usd": "50000000"}, "loan"),
        ({"amortisation": "payment_in_kind"}, "pause_months"),
    ],
)
def test_terms_fit_the_loan(folder: Path, cells: dict[str, str], column: str | None) -> None:
    changed(folder / "loans.csv", "stronghold-whitehawk", **cells)
    if column is None:
        assert hs.Book.read(folder).counts["responses"] == len(SOUND)
    else:
        assert ("inconsistent", str(folder / "responses.csv"), 1, column) in refusals(folder)


@pytest.mark.parametrize(
    ("cell", "code"), [("-0.1", "out_of_range"), ("101", "out_of_range"), ("NaN", "not_finite"), ("low", "wrong_type")]
)
def test_a_bar_that_is_none_is_refused(folder: Path, cell: str, code: str) -> None:
    changed(folder / "lenders.csv", "nydig", amend_cover="1.0")
    assert hs.Book.read(folder)
    changed(folder / "lenders.csv", "nydig", amend_cover=cell)
    row = [line.split(",")[0] for line in (folder / "lenders.csv").read_text().splitlines()].index("nydig")
    assert (code, str(folder / "lenders.csv"), row, "amend_cover") in refusals(folder)
