"""What slots that are sold leave behind, by hand: what counts as empty, who stands still. Page: docs/model/responses.md#slots."""

from datetime import date
from typing import Any

import pytest

from tests.oracle.small_world import Row, amounts, fleet, miner, order, posted, response, run

MARCH, APRIL = 45, 76  # the firsts after 1 February, day 17


def sell(**changes: Any) -> Row:
    """All that is empty, at 2.50 USD each."""
    return response("sell_slots", **{"fleet": "f", "usd_per_slot": 2.5} | changes)


def move(**changes: Any) -> Row:
    """Two machines from e to f, at once."""
    terms = {"fleet": "e", "to_fleet": "f", "machines": 2, "delay_days": 0, "cost_usd_per_machine": 0.0}
    return response("migrate", **terms | {"wait_days": None} | changes)


def test_a_price_is_rounded_a_slot_and_not_in_all() -> None:
    """0.125 USD are 12 cents, ties to even: 36 for three, not 37 or 38."""
    outcome = run(20, [miner()], fleets=[fleet(rack_slots=13)], responses=[sell(usd_per_slot=0.125)])
    assert posted(outcome, "slot_sale") == [(17, 36)]
    assert outcome.miners[0]["cash"] == 36


def test_a_full_site_and_one_that_is_too_small_sell_nothing() -> None:
    for slots in (0, 9, 10):
        outcome = run(20, [miner()], fleets=[fleet(rack_slots=slots)], responses=[sell()])
        assert amounts(outcome, "slot_sale") == []


def test_slots_that_open_today_are_sold_today() -> None:
    opening = [{"fleet": "f", "day": day, "slots": 5} for day in (MARCH, APRIL + 1)]
    outcome = run(110, [miner()], fleets=[fleet(rack_slots=12)], responses=[sell()], rack_changes=opening)
    assert amounts(outcome, "slot_sale") == [(17, "slot_sale", 2), (MARCH, "slot_sale", 5), (106, "slot_sale", 5)]


@pytest.mark.parametrize(("lien_days", "move_days", "day"), [(8, 0, MARCH), (7, 0, 17), (30, 6, APRIL), (30, 5, MARCH)])
def test_a_site_that_stands_still_has_none_to_sell(lien_days: int, move_days: int, day: int) -> None:
    """Its host fails on day 10: held to day 17 or 16, still to day 45 or 44."""
    failure = {"day": 10, "host": "h", "fee_usd_per_machine": 0.0, "deposit_lost_share": 1.0}
    hosted = fleet(rack_slots=12, power_contract="hosted_fixed", host="h", host_deposit_usd=0.0)
    still = failure | {"lien_days": lien_days, "move_days": move_days}
    outcome = run(80, [miner()], fleets=[hosted], responses=[sell()], host_events=[still])
    assert amounts(outcome, "slot_sale") == [(day, "slot_sale", 2)]


def test_machines_in_boxes_count_and_an_order_that_has_lapsed_does_not() -> None:
    """Four machines come on day 8 and stay in their boxes for a month; or are not paid for, and the order lapses on day 7."""
    paid = order(deposit_usd=8.0, first_instalment_date=None, instalments=None)
    for bought, sold in ((paid, 1), (order(grace_days=2), 5)):
        outcome = run(20, [miner()], fleets=[fleet(rack_slots=15)], orders=[bought], responses=[sell()])
        assert amounts(outcome, "slot_sale") == [(17, "slot_sale", sold)]


def test_orders_for_another_row_do_not_count() -> None:
    rows = [fleet(rack_slots=15), fleet(fleet="g")]
    late = order(fleet="g", first_instalment_date=date(2021, 12, 1), delivery_date=date(2021, 12, 1))
    outcome = run(20, [miner()], fleets=rows, orders=[late], responses=[sell()])
    assert amounts(outcome, "slot_sale") == [(17, "slot_sale", 5)]


def test_machines_offered_today_still_have_their_slots() -> None:
    """Three of ten are sold on 1 February; their slots a month later."""
    gone = response("retire", response="a", fleet="f", machines=3, wait_days=None)
    outcome = run(50, [miner()], fleets=[fleet(rack_slots=10)], responses=[gone, sell()])
    assert amounts(outcome, "retirement", "slot_sale") == [(17, "retirement", 3), (MARCH, "slot_sale", 3)]


@pytest.mark.parametrize(("first", "sold", "running"), [("sell", 2, 3), ("move", 0, 5)])
def test_machines_that_move_in_after_the_sale_stand_still(first: str, sold: int, running: int) -> None:
    """Three machines on five slots. What comes first in the book has them: the buyer, or two machines from elsewhere."""
    names = {"sell": ("a", "b"), "move": ("b", "a")}[first]
    rows = [fleet(fleet="e", machines=2), fleet(machines=3, rack_slots=5, power_usd_per_mwh=0.0)]
    asked = [sell(response=names[0]), move(response=names[1])]
    outcome = run(20, [miner()], fleets=rows, responses=asked)
    assert amounts(outcome, "slot_sale") == ([(17, "slot_sale", sold)] if sold else [])
    mined = dict(posted(outcome, "production", "sats"))
    assert round(3 * mined[18] / mined[17]) == running  # three ran before


def test_the_money_is_there_for_what_comes_after_it() -> None:
    """Two slots for 5 USD pay for moving two machines at 2.50 on the same day, if they are sold first."""
    rows = [fleet(fleet="e", machines=2), fleet(machines=3, rack_slots=5)]
    for name, day in (("a", 17), ("z", MARCH)):
        moved = move(cost_usd_per_machine=2.5)
        outcome = run(50, [miner()], fleets=rows, responses=[sell(response=name), moved])
        assert amounts(outcome, "migration") == [(day, "migration", 2)]
        assert outcome.miners[0]["cash"] == 0


def test_sites_that_close_beyond_what_was_sold_run_nothing() -> None:
    """Twelve slots, two sold, eleven closed on day 20: the one that is left is the buyer's, and none is for sale."""
    closing = [{"fleet": "f", "day": 20, "slots": -11}]
    cheap = fleet(rack_slots=12, power_usd_per_mwh=0.0)
    outcome = run(50, [miner()], fleets=[cheap], responses=[sell()], rack_changes=closing)
    assert [day for day, _ in posted(outcome, "production", "sats")] == [*range(20)]
    assert amounts(outcome, "slot_sale") == [(17, "slot_sale", 2)]


def test_two_miners_sell_what_is_theirs() -> None:
    rows = [fleet(rack_slots=11), fleet(fleet="g", miner="n", rack_slots=14)]
    asked = [sell(), sell(response="s", miner="n", fleet="g")]
    outcome = run(20, [miner(), miner(miner="n")], fleets=rows, responses=asked)
    assert [event for event in outcome.events if event[1] == "slot_sale"] == [
        (17, "slot_sale", "fleet:0", 1),
        (17, "slot_sale", "fleet:1", 4),
    ]
    assert [row["cash"] for row in outcome.miners] == [250, 1000]
