"""Events as people read them."""

from __future__ import annotations

from typing import Any

import pytest
from hashstress.telling import amount, bought, lines


def event(
    day: int, kind: str, entity: str = "m", of: str = "miner", value: float = 0.0, unit: str = ""
) -> dict[str, Any]:
    row = {"day": day, "date": f"2022-01-{day:02d}", "kind": kind, "entity_kind": of, "entity": entity}
    return row | {"amount": value, "unit": unit}


def posting(day: int, reason: str, source: str, value: float) -> dict[str, Any]:
    unit = "machines" if reason == "machine_sale" else "cents"
    return {"day": day, "reason": reason, "unit": unit, "from_account": source, "to_account": "", "amount": value}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (123_450.0, "cents", "1,234.50 USD"),
        (50_000_000.0, "sats", "0.50000000 BTC"),
        (1200.0, "machines", "1,200 machines"),
        (40.0, "slots", "40 slots"),
        (21.6e12, "difficulty", "difficulty 21,600,000,000,000"),
        (0.0, "cents", "0.00 USD"),
        (0.0, "", ""),
    ],
)
def test_amounts(value: float, unit: str, text: str) -> None:
    assert amount(event(1, "x", value=value, unit=unit)) == text


def test_a_miners_to_and_fro_is_a_line_until_something_happens_to_it() -> None:
    modes = [event(day, kind) for day, kind in ((1, "sell_mode"), (2, "hold_mode"), (3, "sell_mode"), (5, "hold_mode"))]
    other = [event(2, "sell_mode", "n"), event(4, "seizure", "l", "loan", 7.0, "machines")]
    later = [event(6, "missed_bill", value=100.0, unit="cents"), event(7, "sell_mode")]
    rows = sorted([*modes, *other, *later], key=lambda row: row["day"])
    told = [" ".join(line.split()) for line in lines(rows, [])]
    assert told == [
        "2022-01-01 sell_mode miner m and back, 2 times until 2022-01-05: then hold_mode",
        "2022-01-02 sell_mode miner n",
        "2022-01-04 seizure loan l 7 machines",
        "2022-01-06 missed_bill miner m 1.00 USD",
        "2022-01-07 sell_mode miner m",
    ]
    assert len(list(lines(rows, [], every=True))) == len(rows)


def test_sales_of_machines_say_what_they_brought() -> None:
    sale = {"value": 10.0, "unit": "machines"}
    events = [
        event(1, "machine_sale", "l", "loan", **sale),
        event(1, "machine_sale", "g", "fleet", **sale),
        event(2, "consignment", "k", "loan", **sale),
        event(2, "machine_sale", "k", "loan", **sale),
    ]
    ledger = [
        posting(1, "machine_sale", "lot:l", 10),
        posting(1, "machine_proceeds", "world", 400_000),
        posting(1, "machine_surplus", "world", 100_000),
        posting(1, "machine_sale", "fleet:g", 10),
        posting(1, "machine_proceeds", "world", 250_000),
        posting(2, "power", "miner:m", 5),
        posting(2, "machine_sale", "lot:k", 10),
        posting(2, "machine_proceeds", "world", 900_000),  # of an earlier sale: a broker pays later
    ]
    told = [line.partition("machines")[2] for line in lines(events, ledger)]
    assert told == [" for 5,000.00 USD, 500.00 each", " for 2,500.00 USD, 250.00 each", "", ""]


def test_machines_sold_back_say_what_they_cost_also_those_a_broker_had() -> None:
    machines = {"value": 4.0, "unit": "machines"}
    events = [event(1, "consignment", "l", "loan", **machines), event(2, "sell_back", "l", "loan", **machines)]
    ledger = [posting(2, "sell_back", "lot:l", 4) | {"unit": "machines"}, posting(2, "sell_back", "miner:m", 2_520_000)]
    told = [line.partition("machines")[2] for line in lines(events, ledger)]
    assert told == ["", " for 25,200.00 USD, 6,300.00 each"]
    free = [line.partition("machines")[2] for line in lines(events[1:], ledger[:1])]
    assert free == [" for 0.00 USD, 0.00 each"]


def test_a_call_tells_the_claim_as_such() -> None:
    calls = [event(1, kind, "l", "loan", 1_000_000.0, unit="cents") for kind in ("margin_call", "covenant_call")]
    assert all(line.endswith("on a claim of 10,000.00 USD") for line in lines(calls, []))


def test_a_loan_that_is_sold_says_who_paid_whom() -> None:
    def paid(giver: str, taker: str, value: float) -> dict[str, Any]:
        return posting(1, "book_sale", f"lender:{giver}", value) | {"to_account": f"lender:{taker}"}

    usd = {"unit": "cents"}
    events = [
        event(1, "book_sale", "k", "loan", 100.0, **usd),
        event(1, "book_sale", "l", "loan", 200.0, **usd),
        event(1, "book_sale", "m", "loan", 200.0, **usd),
        event(1, "book_sale", "n", "loan", 0.0, **usd),
    ]
    told = [line.partition("USD")[2] for line in lines(events, [paid("b", "a", 100.0), paid("b", "a", 200.0)])]
    assert told == [", paid by b to a", ", paid by b to a", ", paid by b to a", ""]
    two = [paid("b", "a", 100.0), paid("b", "a", 200.0), paid("c", "a", 200.0)]
    assert [line.partition("USD")[2] for line in lines(events, two)] == [", paid by b to a", "", "", ""]
    assert list(bought(events, two)) == [("k", "b"), ("l", "b"), ("m", "c")]
