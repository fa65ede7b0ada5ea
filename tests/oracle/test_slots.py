"""Empty slots that are sold, by hand. Page: docs/model/responses.md#slots."""

from datetime import date
from typing import Any

from tests.oracle.small_world import Row, amounts, fleet, miner, order, posted, response, run


def sell(**changes: Any) -> Row:
    """At 2.50 USD each."""
    return response("sell_slots", **{"fleet": "f", "usd_per_slot": 2.5} | changes)


def test_what_neither_holds_a_machine_nor_waits_for_one_is_sold_once() -> None:
    """30 slots, 10 machines, 4 on order: 16 slots for 40 USD on 1 February, and nothing is left on 1 March."""
    late = order(delivery_date=date(2021, 12, 1), first_instalment_date=date(2021, 12, 1))
    outcome = run(50, [miner()], fleets=[fleet(rack_slots=30)], orders=[late], responses=[sell()])
    assert amounts(outcome, "slot_sale") == [(17, "slot_sale", 16)]
    assert posted(outcome, "slot_sale") == [(17, 4000)]


def test_as_many_as_are_wanted_every_month() -> None:
    outcome = run(80, [miner()], fleets=[fleet(rack_slots=17)], responses=[sell(machines=3)])
    assert amounts(outcome, "slot_sale") == [(17, "slot_sale", 3), (45, "slot_sale", 3), (76, "slot_sale", 1)]


def test_sold_slots_are_gone_when_others_close() -> None:
    """12 slots of which 2 are sold; on day 20 five close, so that 5 of 10 machines run."""
    closing = [{"fleet": "f", "day": 20, "slots": -5}]
    cheap = fleet(rack_slots=12, power_usd_per_mwh=0.0)
    mined = {
        kind: dict(
            posted(run(22, [miner()], fleets=[cheap], responses=rows, rack_changes=closing), "production", "sats")
        )
        for kind, rows in (("sold", [sell()]), ("kept", []))
    }
    assert mined["sold"][19] == mined["kept"][19]
    assert [round(10 * mined[kind][20] / mined["kept"][19]) for kind in ("sold", "kept")] == [5, 7]


def test_a_gift_is_an_event_and_no_posting() -> None:
    outcome = run(20, [miner()], fleets=[fleet(rack_slots=11)], responses=[sell(usd_per_slot=0.0)])
    assert (amounts(outcome, "slot_sale"), posted(outcome, "slot_sale")) == ([(17, "slot_sale", 1)], [])
