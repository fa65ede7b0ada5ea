"""The engine against the second implementation of the standard; the second implementation against the standard's tests."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from hashstress import InputError, actus

from tests.oracle.actus import TYPES, schedule
from tests.oracle.actus.dates import moment
from tests.oracle.actus.generator import make
from tests.oracle.actus.maker import Made
from tests.oracle.actus.points import POINTS, Point
from tests.oracle.actus.terms import Row

# The standard's tests are no part of the project; they lie beside the checkout, or beside one of the folders it is in.
PLACES = [folder / "shared" / "actus" for folder in Path(__file__).resolve().parents[4:]]
BEDS = next((place for place in PLACES if place.is_dir()), PLACES[0])
SETS = 200
NUMBERS = {
    "payoff": "payoff",
    "notionalPrincipal": "notional_principal",
    "nominalInterestRate": "nominal_interest_rate",
    "accruedInterest": "accrued_interest",
    "exerciseAmount": "exercise_amount",
}
LOAN = {"IED", "IP", "RR", "RRF", "FP", "MD"}
TRADED = {"PRD", "TD"}
LENT = LOAN | TRADED | {"IPCI", "SC", "PP", "PY", "PD", "AD"}
REACHED = {
    "PAM": LENT | {"CE"},
    "LAM": LENT | {"CE", "PR", "IPCB"},
    "NAM": LENT | {"CE", "PR", "IPCB"},
    "ANN": LENT | {"CE", "PR", "PRF", "IPCB"},
    "LAX": (LENT - {"IPCI"}) | {"PR", "PI"},
    "CLM": LOAN | {"IPCI", "XD", "STD"},
    "UMP": {"IED", "IPCI", "PR", "PI", "RR", "RRF", "FP", "TD"},
    "CSH": {"AD"},
    "COM": TRADED | {"AD"},
    "STK": TRADED | {"DV", "AD"},
    "OPTNS": TRADED | {"MD", "XD", "STD", "AD"},
    "FUTUR": TRADED | {"MD", "XD", "STD", "MR", "AD"},
    "FXOUT": TRADED | {"MD", "STD"},
    "SWPPV": TRADED | {"IED", "IP", "IPFX", "IPFL", "RR", "RRF", "MD"},
    "SWAPS": TRADED | {"IED", "IP", "PR", "PRF", "RR", "RRF", "MD"},
    "CAPFL": TRADED | {"IP"},
    "CEC": {"MD", "XD", "STD"},
    "CEG": {"PRD", "FP", "MD", "XD", "STD"},
}


@cache
def sets(kind: str) -> list[tuple[Made, list[Row] | str, list[Row] | str]]:
    """The random contracts of a type, each with what oracle and engine make of it: rows, or why there are none."""
    return [(made, reckoned(made), engine(made)) for made in (make(kind, seed) for seed in range(SETS))]


def reckoned(made: Made) -> list[Row] | str:
    try:
        return schedule(**made.arguments())
    except ValueError as refusal:
        return str(refusal)


def engine(made: Made) -> list[Row] | str:
    asked = made.arguments()
    try:
        rows: list[Row] = actus.schedule(asked.pop("terms"), **asked).to_pylist()
    except InputError as refusal:
        return str(refusal)
    return rows


def paired(rows: list[Row]) -> list[Row]:
    """Rows of one moment and kind by payoff, then notional: of two legs nothing fixes an order."""
    same_kind = groupby(rows, key=itemgetter("event_date", "event_type"))
    return [
        row
        for _, group in same_kind
        for row in sorted(group, key=lambda row: (round(row["payoff"], 6), round(row["notional_principal"] or 0.0, 6)))
    ]


def places(rows: list[Row]) -> list[tuple[datetime, str, str]]:
    return [(row["event_date"], row["event_type"], row["currency"]) for row in rows]


def near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1e-8 + 1e-10 * abs(one)


def difference(expected: list[Row] | str, got: list[Row] | str) -> str:
    """The first thing two answers differ in; nothing if they agree, or if both refuse."""
    if isinstance(expected, str) or isinstance(got, str):
        return (
            ""
            if isinstance(expected, str) and isinstance(got, str)
            else f"oracle {expected!r:.200}, engine {got!r:.200}"
        )
    for place, its in zip(places(expected), places(got), strict=False):
        if place != its:
            return f"row: oracle {place}, engine {its}"
    if len(expected) != len(got):
        return f"oracle {len(expected)} rows, engine {len(got)}"
    for one, other in zip(paired(expected), paired(got), strict=True):
        where = f"{one['event_date']} {one['event_type']}"
        for name in NUMBERS.values():
            if not near(one[name], other[name]):
                return f"{where} {name}: oracle {one[name]}, engine {other[name]}"
        if one["exercise_date"] != other["exercise_date"]:
            return f"{where} exercise_date: oracle {one['exercise_date']}, engine {other['exercise_date']}"
    return ""


@pytest.mark.parametrize("kind", TYPES)
def test_engine_and_oracle_agree_on_random_contracts(kind: str) -> None:
    found = [(seed, difference(rows, got)) for seed, (_, rows, got) in enumerate(sets(kind))]
    apart = [f"make({kind!r}, {seed}): {what}" for seed, what in found if what]
    if apart:
        pytest.fail("\n".join([f"{len(apart)} of {SETS} differ", *apart[:8]]), pytrace=False)


@pytest.mark.parametrize("kind", TYPES)
def test_a_batch_of_random_contracts_gives_the_rows_of_each(kind: str) -> None:
    alone = {str(seed): (made, got) for seed, (made, _, got) in enumerate(sets(kind)) if not isinstance(got, str)}
    asked = [{"contract_id": name} | made.arguments() for name, (made, _) in alone.items()]
    together: dict[str, list[Row]] = defaultdict(list)
    for row in actus.schedules(asked).to_pylist():
        together[row.pop("contract_id")].append(row)
    assert all(together[name] == rows for name, (_, rows) in alone.items())


@pytest.mark.parametrize("kind", TYPES)
def test_random_contracts_reach_every_event(kind: str) -> None:
    told = [rows for _, rows, _ in sets(kind) if not isinstance(rows, str)]
    assert len(told) > 0.9 * SETS
    reached = {row["event_type"] for rows in told for row in rows}
    assert reached >= REACHED[kind], REACHED[kind] - reached


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_engine_and_oracle_agree_on_a_point(point: Point) -> None:
    made = point.made()
    what = difference(reckoned(made), engine(made))
    if what:
        pytest.fail(f"{what}\n{point.why}", pytrace=False)


@pytest.mark.parametrize("kind", TYPES)
def test_the_oracle_passes_the_standards_tests(kind: str) -> None:
    file = BEDS / f"actus-tests-{kind.lower()}.json"
    if not file.is_file():
        pytest.skip("the standard's tests are not beside this checkout")
    excepted = json.loads((BEDS / "known_exceptions.json").read_text(encoding="utf-8"))["exceptions"]
    for name, bed in json.loads(file.read_text(encoding="utf-8")).items():
        known = excepted.get(name, {})
        if "skip" not in known:
            rows = schedule(bed["terms"], observed=observed(bed), events=observed_events(bed), to=bed["to"])
            agree(name, paired(rows), bed["results"], known)


def observed(bed: dict[str, Any]) -> dict[str, list[tuple[datetime, float]]]:
    return {
        code: [(moment(point["timestamp"]), float(point["value"])) for point in series["data"]]
        for code, series in (bed["dataObserved"] or {}).items()
    }


def observed_events(bed: dict[str, Any]) -> list[dict[str, Any]]:
    return [event | (event.get("states") or {}) for event in bed["eventsObserved"] or []]


def agree(name: str, rows: list[Row], results: list[dict[str, Any]], known: dict[str, Any]) -> None:
    """Rows as a test of the standard expects them, but for the numbers it has wrong."""
    named = [
        {"event_date": moment(result["eventDate"]), "event_type": result["eventType"], "currency": result["currency"]}
        | {field: float(result[key]) if key in result else None for key, field in NUMBERS.items()}
        | {"exercise_date": moment(result["exerciseDate"]) if result.get("exerciseDate") else None}
        for result in results
    ]
    assert places(rows) == places(paired(named)), name
    for row, wanted in zip(rows, paired(named), strict=True):
        for key, number in NUMBERS.items():
            place = f"{wanted['event_type']}.{key}"
            if wanted[number] is not None and place not in known.get("ignore", ()):
                tolerance = known.get("atol", {}).get(place, 1e-8)
                assert row[number] == pytest.approx(wanted[number], abs=tolerance, rel=1e-10), (name, row)
        # The test files leave the date out of some maturities; a claim and its settlement tell it.
        if wanted["event_type"] in ("XD", "STD") and wanted["exercise_amount"] is not None:
            assert row["exercise_date"] == wanted["exercise_date"], (name, row)
