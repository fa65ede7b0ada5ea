"""Contracts in batches: what is no contract, what is no text, which problems come first, names in any order."""

from __future__ import annotations

from typing import Any

import pytest
from hashstress import actus
from hashstress.errors import InputError

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


@pytest.mark.parametrize("terms", [5, None, "PAM", [1]])
def test_terms_are_a_mapping(terms: Any) -> None:
    with pytest.raises(InputError) as caught:
        actus.schedule(terms)
    (problem,) = caught.value.problems
    assert (problem.code, problem.column) == ("wrong_type", "terms")
    assert "a mapping of terms" in problem.expected
    with pytest.raises(InputError) as caught:
        actus.schedules([{"terms": BULLET}, terms, {"terms": terms}, {}])
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [
        (2, "terms"),
        (3, "terms"),
        (4, "terms"),
    ]


@pytest.mark.parametrize("contracts", [5, None, actus])
def test_contracts_come_one_after_the_other(contracts: Any) -> None:
    with pytest.raises(InputError, match="one after the other"):
        actus.schedules(contracts)


HALF = "\udc80"  # half of a pair of characters: no text that can be written


@pytest.mark.parametrize(
    ("contract", "column"),
    [
        ({"terms": BULLET | {"currency": HALF}}, "currency"),
        ({"terms": BULLET | {"notionalPrincipal": f"1{HALF}"}}, "notionalPrincipal"),
        ({"terms": BULLET | {"contractID": HALF}}, "contractID"),
        ({"terms": BULLET, "contract_id": HALF}, "contractID"),
        ({"terms": BULLET, "to": HALF}, "to"),
    ],
)
def test_half_characters_are_refused(contract: dict[str, Any], column: str) -> None:
    with pytest.raises(InputError) as caught:
        actus.schedules([contract])
    (problem,) = caught.value.problems
    assert (problem.code, problem.row, problem.column) == ("wrong_type", 1, column)
    assert "udc80" in str(caught.value)


def test_a_name_with_half_a_character_is_no_term() -> None:
    assert actus.schedule(BULLET | {HALF: "1"}) == actus.schedule(BULLET)


def test_names_are_known_again_whatever_their_order() -> None:
    turned = dict(reversed(BULLET.items()))
    copied = {"".join(list(name)): value for name, value in BULLET.items()}
    other = {5: "no name", **BULLET, "notionalPrincipal": "500"}
    batch = actus.schedules([{"terms": terms} for terms in (BULLET, turned, copied, other, BULLET)])
    rows = batch.num_rows // 5
    one = actus.schedule(BULLET)
    for place in (0, 1, 2, 4):
        assert batch.slice(place * rows, rows).drop_columns("contract_id").equals(one)
    assert batch["payoff"].to_pylist()[3 * rows] == one["payoff"].to_pylist()[0] / 2


def test_the_earliest_problems_are_told() -> None:
    refused = {"contract_id": "early", "terms": BULLET | {"maturityDate": "2001-01-01"}}
    unread = {"contract_id": "late", "terms": BULLET | {"currency": "?", "notionalPrincipal": "many"}}
    with pytest.raises(InputError) as caught:
        actus.schedules([refused, *[unread] * 400])
    rows = [problem.row for problem in caught.value.problems]
    assert len(rows) == 100
    assert rows == sorted(rows)
    assert (rows[0], rows[1], rows[-1]) == (1, 2, 51)
