"""Contracts: terms in, events out; the standard's public tests where they are at hand; located errors."""

from __future__ import annotations

import json
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hashstress import InputError, actus

# The standard's tests are no part of the project; they lie beside the checkout, or beside one of the folders it is in.
PLACES = [folder / "shared" / "actus" for folder in Path(__file__).resolve().parents[3:]]
BEDS = next((place for place in PLACES if place.is_dir()), PLACES[0])
TYPES = [
    *("pam", "lam", "nam", "ann", "lax", "clm", "csh"),
    *("com", "stk", "fxout", "optns", "futur", "swppv", "swaps", "capfl", "ump", "cec", "ceg"),
]
FIELDS = {
    "payoff": "payoff",
    "notionalPrincipal": "notional_principal",
    "nominalInterestRate": "nominal_interest_rate",
    "accruedInterest": "accrued_interest",
    "exerciseAmount": "exercise_amount",
}
BULLET = {
    "contractType": "PAM",
    "contractID": "B1",
    "contractRole": "RPA",
    "statusDate": "2023-12-31T00:00:00",
    "initialExchangeDate": "2024-01-01T00:00:00",
    "maturityDate": "2025-01-01T00:00:00",
    "currency": "USD",
    "notionalPrincipal": "1000",
    "nominalInterestRate": "0.10",
    "dayCountConvention": "30E360",
}


def moment(text: str) -> datetime:
    """A date of the test files, 16 or 19 characters."""
    return datetime.fromisoformat(text)


def arguments(test: dict[str, Any]) -> dict[str, Any]:
    """What a test file hands in, as `schedule` takes it."""
    observed = {
        code: [(moment(point["timestamp"]), float(point["value"])) for point in series["data"]]
        for code, series in (test["dataObserved"] or {}).items()
    }
    events = [
        {key: event.get(key) for key in ("time", "type", "value", "contractId")}
        | {"contractPerformance": (event.get("states") or {}).get("contractPerformance")}
        for event in test["eventsObserved"] or []
    ]
    return {"terms": test["terms"], "observed": observed, "events": events, "to": test["to"]}


def excepted(test: str, event: str, field: str) -> float | None:
    """Tolerance of a number that the test files have wrong; None to leave it out."""
    known = json.loads((BEDS / "known_exceptions.json").read_text(encoding="utf-8"))["exceptions"].get(test, {})
    place = f"{event}.{field}"
    return (
        None if "skip" in known or place in known.get("ignore", ()) else float(known.get("atol", {}).get(place, 1e-8))
    )


def paired(rows: list[dict[str, Any]], notional: str) -> list[dict[str, Any]]:
    """Rows of one moment and kind by payoff, then notional: of two legs the test files fix no order."""
    same_kind = groupby(rows, key=itemgetter("event_date", "event_type"))
    by_amount = [
        sorted(group, key=lambda row: (round(float(row["payoff"]), 6), round(float(row[notional]), 6)))
        for _, group in same_kind
    ]
    return [row for group in by_amount for row in group]


@pytest.mark.parametrize("kind", TYPES)
def test_the_standards_tests_pass_alone_and_in_a_batch(kind: str) -> None:
    file = BEDS / f"actus-tests-{kind}.json"
    if not file.is_file():
        pytest.skip("the standard's tests are not beside this checkout")
    tests = {name: test | arguments(test) for name, test in json.loads(file.read_text(encoding="utf-8")).items()}
    asked = {name: {key: test[key] for key in ("terms", "observed", "events", "to")} for name, test in tests.items()}
    batch = actus.schedules({"contract_id": name, **contract} for name, contract in asked.items())
    for name, test in tests.items():
        contract = asked[name]
        terms = contract.pop("terms")
        rows = actus.schedule(terms, **contract).to_pylist()
        results = [
            row | {"event_date": moment(row["eventDate"]), "event_type": row["eventType"]} for row in test["results"]
        ]
        expected = paired(results, "notionalPrincipal")
        told, rows = rows, paired(rows, "notional_principal")
        assert [(row["event_date"], row["event_type"], row["currency"]) for row in rows] == [
            (moment(row["eventDate"]), row["eventType"], row["currency"]) for row in expected
        ]
        for row, wanted in zip(rows, expected, strict=True):
            for field in FIELDS.keys() & wanted.keys():
                tolerance = excepted(name, wanted["eventType"], field)
                if tolerance is not None:
                    assert row[FIELDS[field]] == pytest.approx(float(wanted[field]), abs=tolerance, rel=1e-10), (
                        name,
                        row,
                    )
            # The test files leave the date out of some maturities; a claim and its settlement tell it.
            if wanted["eventType"] in ("XD", "STD") and "exerciseAmount" in wanted:
                exercised = wanted.get("exerciseDate")
                assert row["exercise_date"] == (moment(exercised) if exercised else None), (name, row)
        same = [
            {key: value for key, value in row.items() if key != "contract_id"}
            for row in batch.to_pylist()
            if row["contract_id"] == name
        ]
        assert same == told


def test_the_table_has_one_schema() -> None:
    table = actus.schedule(BULLET)
    assert table.schema.names == [
        "event_date",
        "event_type",
        "payoff",
        "currency",
        "notional_principal",
        "nominal_interest_rate",
        "accrued_interest",
        "exercise_amount",
        "exercise_date",
    ]
    assert table.schema.field("event_date").type == pa.timestamp("s")
    assert actus.schedules([]).schema.names == ["contract_id", *table.schema.names]
    assert table["exercise_amount"].null_count == 3


def test_memory_used_again_changes_no_table() -> None:
    def batch(currency: str, notional: int, count: int) -> pa.Table:
        terms = BULLET | {"currency": currency, "notionalPrincipal": str(notional)}
        return actus.schedules([{"contract_id": f"{currency}-{index}", "terms": terms} for index in range(count)])

    def rows(currency: str, notional: int, count: int) -> list[dict[str, Any]]:
        one = actus.schedule(BULLET | {"currency": currency, "notionalPrincipal": str(notional)}).to_pylist()
        return [{"contract_id": f"{currency}-{index}", **row} for index in range(count) for row in one]

    held = batch("USD", 1000, 600)
    dates = batch("USD", 2000, 500)["event_date"].to_numpy()  # a part that outlives its table
    for currency, notional, count in [
        ("USD", 3000, 500),
        ("BTC", 7, 600),
        ("BTC", 8, 590),
        ("USD", 5, 200),
        ("USD", 6, 900),
    ]:
        assert batch(currency, notional, count).to_pylist() == rows(currency, notional, count)
    assert held.to_pylist() == rows("USD", 1000, 600)
    assert list(dates) == list(held["event_date"].to_numpy()[: len(dates)])


def test_a_contract_goes_by_its_own_name_unless_given_another() -> None:
    table = actus.schedules([{"terms": BULLET}, {"contract_id": "other", "terms": BULLET}])
    assert table["contract_id"].to_pylist() == ["B1"] * 3 + ["other"] * 3


def test_values_need_not_be_text() -> None:
    typed = BULLET | {
        "notionalPrincipal": 1000,
        "nominalInterestRate": 0.1,
        "maturityDate": datetime.fromisoformat("2025-01-01"),
    }
    assert actus.schedule(typed, to=date(2024, 12, 31)).num_rows == 1
    assert actus.schedule(typed) == actus.schedule(BULLET)


@pytest.mark.parametrize(
    ("changed", "code", "column"),
    [
        ({"contractType": "PAN"}, "unknown_word", "contractType"),
        ({"contractType": ""}, "null", "contractType"),
        ({"nominalInterestRate": ""}, "null", "nominalInterestRate"),
        ({"nominalInterestRate": float("nan")}, "not_finite", "nominalInterestRate"),
        ({"notionalPrincipal": "inf"}, "not_finite", "notionalPrincipal"),
        ({"notionalPrincipal": 10**400}, "wrong_type", "notionalPrincipal"),
        ({"maturityDate": "2025-02-30T00:00:00"}, "out_of_range", "maturityDate"),
        ({"maturityDate": "2023-01-01T00:00:00"}, "dates", "maturityDate"),
        ({"cycleOfInterestPayment": "P0ML0"}, "wrong_type", "cycleOfInterestPayment"),
        ({"cycleOfInterestPayment": "P1DL0", "maturityDate": "9999-12-31"}, "out_of_range", "cycleOfInterestPayment"),
        ({"cycleOfRateReset": "P1ML0"}, "null", "marketObjectCodeOfRateReset"),
        ({"contractRole": "LENDER"}, "unknown_word", "contractRole"),
        ({"cyclePointOfInterestPayment": "B"}, "unknown_word", "cyclePointOfInterestPayment"),
        ({"contractStructure": [{"object": {}}]}, "unknown_word", "contractStructure[0].referenceRole"),
    ],
)
def test_bad_terms_are_located(changed: dict[str, Any], code: str, column: str) -> None:
    with pytest.raises(InputError) as caught:
        actus.schedule(BULLET | changed)
    assert [(problem.code, problem.table, problem.column) for problem in caught.value.problems] == [
        (code, "contract B1", column)
    ]


def test_terms_that_change_while_they_are_read_are_read_as_it_comes() -> None:
    """A value that is no text is asked what it is, and may do anything: what it adds or takes away is told or not, and nothing breaks."""

    class Date:
        def isoformat(self) -> str:
            for name in [name for name in terms if name.startswith("extra")]:
                del terms[name]
            terms.update({f"other{number}": "letters" * 20 for number in range(1000)})
            return "2025-01-01"

    for taken in range(0, 400, 100):
        extras = {f"extra{number}": str(number) * 50 for number in range(taken)}
        terms: dict[str, Any] = extras | BULLET | {"maturityDate": Date()} | {"extra": "last"}
        if taken == 0:
            assert pa.table(actus.schedule(terms))["event_type"].to_pylist() == ["IED", "IP", "MD"]
        else:
            with pytest.raises(InputError, match="expected the principal"):  # the dict has closed its gaps meanwhile
                actus.schedule(terms)


def test_names_whose_end_changes_the_terms_are_let_go_of_after_them() -> None:
    """The names of one contract are kept for the next; what is kept no longer may do anything as it ends."""
    cleared: dict[str, Any] = {}

    class Name(str):
        __slots__ = ()

        def __del__(self) -> None:
            cleared.clear()

    for number in range(50):
        cleared.update({f"other{number}-{place}": "letters" * 50 for place in range(20)} | BULLET)

        def batch(cleared: dict[str, Any] = cleared) -> Any:
            yield {"contract_id": "a", "terms": {Name(f"extra{place}"): "x" for place in range(20)} | BULLET}
            yield {"contract_id": "b", "terms": cleared}

        assert pa.table(actus.schedules(batch())).num_rows == 6


def test_a_batch_says_which_contract() -> None:
    with pytest.raises(InputError) as caught:
        actus.schedules([{"terms": BULLET}, {"contract_id": "X", "terms": BULLET | {"currency": "?"}, "to": "soon"}])
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [(2, "currency"), (2, "to")]
    assert "contract X, row 2, term currency: found '?'" in str(caught.value)


def test_observations_and_events_are_located() -> None:
    with pytest.raises(InputError) as caught:
        actus.schedule(
            BULLET, observed={"LIBOR": [("2024-01-01", "x")]}, events=[{"time": "2024-01-01", "type": "PPP"}]
        )  # type: ignore[list-item]
    assert [problem.column for problem in caught.value.problems] == ["observed.LIBOR[0]", "events[0].type"]


COLLATERAL: dict[str, Any] = {
    "contractType": "CEC",
    "contractID": "C1",
    "contractRole": "BUY",
    "statusDate": "2022-01-01",
    "currency": "USD",
    "creditEventTypeCovered": "DF",
    "settlementPeriod": "P2D",
    "calendar": "MF",
    "businessDayConvention": "SCF",
    "contractStructure": [
        {
            "object": BULLET | {"statusDate": "2022-01-01", "initialExchangeDate": "2022-01-02"},
            "referenceType": "CNT",
            "referenceRole": "COVE",
        },
        {
            "object": {"contractType": "COM", "marketObjectCode": "BTC/USD", "quantity": "0.03", "haircut": "0.25"},
            "referenceType": "CNT",
            "referenceRole": "COVI",
        },
        {
            "object": {"contractType": "COM", "marketObjectCode": "S19", "quantity": "2"},
            "referenceType": "CNT",
            "referenceRole": "COVI",
        },
    ],
}
PRICES = {"BTC/USD": [("2022-01-01", 47_000.0), ("2022-11-10", 16_000.0)], "S19": [("2022-01-01", 100.0)]}
DEFAULT = [{"time": "2022-11-10", "type": "CE", "contractId": "B1", "contractPerformance": "DF"}]


def told(terms: Any, **outside: Any) -> list[tuple[str, str, float, str]]:
    """Date, kind, payoff, currency of each event."""
    rows = actus.schedule(terms, **outside).to_pylist()
    return [(f"{row['event_date']:%Y-%m-%d}", row["event_type"], row["payoff"], row["currency"]) for row in rows]


def test_collateral_of_several_pieces_pays_what_it_is_worth() -> None:
    # 1000 are owed; 0.03 coins at 16,000 less a quarter are 360, two machines 200. 12 November 2022 was a Saturday.
    assert told(COLLATERAL, observed=PRICES, events=DEFAULT) == [
        ("2022-11-10", "XD", 0.0, "USD"),
        ("2022-11-14", "STD", 560.0, "USD"),
    ]
    assert told(COLLATERAL, observed=PRICES) == [("2025-01-01", "MD", 0.0, "USD")]
    with pytest.raises(InputError) as caught:
        actus.schedule(COLLATERAL, observed={"BTC/USD": PRICES["BTC/USD"]}, events=DEFAULT)
    assert [problem.column for problem in caught.value.problems] == ["contractStructure[2].marketObjectCode"]


def test_a_claim_in_coins_is_paid_in_dollars() -> None:
    coins = COLLATERAL | {
        "currency": "BTC",
        "settlementCurrency": "USD",
        "contractStructure": [*COLLATERAL["contractStructure"][:1]],
    }
    coins["contractStructure"].append(
        {
            "object": {"contractType": "CSH", "notionalPrincipal": "0.02"},
            "referenceType": "CNT",
            "referenceRole": "COVI",
        }
    )
    # Two hundredths of a coin, of which there were 1000 owed, at the price of the day of payment.
    observed = {"BTC/USD": [("2022-11-10", 16_000.0), ("2022-11-14", 17_000.0)]}
    rows = actus.schedule(coins, observed=observed, events=DEFAULT).to_pylist()
    assert [(row["payoff"], row["currency"], row["exercise_amount"]) for row in rows] == [
        (0.0, "USD", 0.02),
        (340.0, "USD", 0.02),
    ]


def test_the_other_side_receives_what_we_pay() -> None:
    option = {
        "contractType": "OPTNS",
        "contractRole": "BUY",
        "statusDate": "2022-01-01",
        "purchaseDate": "2022-01-02",
        "priceAtPurchaseDate": 400,
        "currency": "USD",
        "maturityDate": "2022-11-10",
        "optionType": "P",
        "optionStrike1": "20000",
        "quantity": "0.5",
        "contractStructure": [
            {"object": {"marketObjectCode": "BTC/USD"}, "referenceType": "MOC", "referenceRole": "UDL"}
        ],
    }
    for ours in (option, COLLATERAL):
        outside = {"observed": PRICES, "events": DEFAULT}
        bought = told(ours, **outside)
        sold = told(ours | {"contractRole": "SEL"}, **outside)
        assert [(date, kind, -payoff, currency) for date, kind, payoff, currency in sold] == bought
    assert told(option, observed=PRICES)[-1] == ("2022-11-10", "STD", 2000.0, "USD")
