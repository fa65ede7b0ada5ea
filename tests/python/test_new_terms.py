"""Loans that are renegotiated and slots that are sold, with numbers worked out by hand. Page: docs/model/responses.md"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.python.orders_world import Edited, Row, fleet, loan, miner, prepaid
from tests.python.test_responses import DECEMBER, FEBRUARY, JANUARY, MARCH, Play, in_the_dark, response, secured

TERMS = ("renegotiation", "renegotiation_refused", "capitalisation")
DEBT = ("interest", "principal")
APRIL, MAY = date(2022, 4, 1), date(2022, 5, 1)


@pytest.fixture
def play(edited: Edited) -> Play:
    """`play(ask(), loans=[owing()], amend_cover=1.0)`: what is not of a table is a column of the one lender."""
    return in_the_dark(edited)


def ask(key: str = "r", **changes: Any) -> Row:
    return response("renegotiate", key, loan="l", term_months=12) | changes


def owing(**changes: Any) -> Row:
    """100,000 USD in five parts from the middle of December on, at 1 % a month; the machines bring 63,000."""
    dates = {"first_payment_date": date(2021, 12, 15), "maturity_date": date(2022, 4, 15)}
    return secured(amortisation="linear", rate=0.12, day_count="30E360", **dates) | changes


def test_interest_since_the_last_date_joins_the_principal_and_the_new_dates_hold(play: Play) -> None:
    played = play(ask(pause_months=2, rate=0.06), loans=[owing()], amend_cover=1.0)
    accrued = 53_333.0  # 16 days from the middle of November at 12 %
    assert played.told(*TERMS) == [
        (DECEMBER, "renegotiation", "l", 10_000_000.0 + accrued),
        (DECEMBER, "capitalisation", "l", accrued),
    ]
    # Interest of half a per cent a month, in the pause alone; then a tenth of 100,533.33 a month.
    assert [(on, reason, cents) for on, reason, _, _, cents in played.posted(*DEBT)] == [
        (JANUARY, "interest", 50_267.0),
        (FEBRUARY, "interest", 50_267.0),
        (MARCH, "interest", 50_267.0),
        (MARCH, "principal", 1_005_333.0),
        (APRIL, "interest", 45_240.0),
        (APRIL, "principal", 1_005_333.0),
        (MAY, "interest", 40_213.0),
        (MAY, "principal", 1_005_333.0),
    ]


def test_a_level_payment_and_a_bullet_follow_their_own_kind(play: Play) -> None:
    annuity = play(ask(term_months=5), loans=[owing(amortisation="annuity")], amend_cover=1.0)
    owed = 10_053_333.0
    interest = round(owed * 0.01)
    level = round(owed / sum(1.01**-month for month in range(1, 6)))
    assert [row[4] for row in annuity.posted(*DEBT)][:2] == [interest, level - interest]
    assert {row[0] for row in annuity.posted(*DEBT)} == {JANUARY, FEBRUARY, MARCH, APRIL, MAY}
    lump = loan(rate=0.12, day_count="30E360", first_payment_date=JANUARY, maturity_date=date(2022, 2, 15))
    bullet = play(ask(term_months=3), loans=[lump], amend_cover=1.0)
    # Its period began on the first of December: nothing has accrued, and three months are due on the first of March.
    assert [(row[0], row[4]) for row in bullet.posted(*DEBT)] == [(MARCH, 3_000.0), (MARCH, 100_000.0)]


def test_asking_for_no_time_is_not_asking(play: Play) -> None:
    """The loan ends on 15 April: a term to the first of April is no longer than that."""
    asked = {months: ask(term_months=months, until_date=DECEMBER) for months in (4, 5)}
    told = {months: play(row, loans=[owing()], amend_cover=1.0).told(*TERMS) for months, row in asked.items()}
    assert not told[4]
    assert told[5]


@pytest.mark.parametrize(
    ("bank", "terms", "granted"),
    [
        ({"amend_cover": 1.0}, {}, True),
        ({}, {}, False),
        ({"amend_cover": 0.6}, {}, False),  # 63,000 for 100,533
        ({"amend_cover": 0.63}, {}, True),
        ({"amend_cover": 1.0}, {"outstanding_usd": 60_000.0}, False),
        ({"amend_cover": 1.05}, {"outstanding_usd": 60_000.0}, True),
        ({"amend_cover": 0.0}, {"collateral": "none"}, False),
        ({"amend_cover": 0.001}, {"collateral": "none"}, True),
    ],
)
def test_a_lender_gives_time_where_foreclosing_would_lose(play: Play, bank: Row, terms: Row, granted: bool) -> None:
    if terms.get("collateral") == "none":
        terms = terms | {"collateral_fleet": None, "collateral_machines": None}
    played = play(ask(), loans=[owing(**terms)], **bank)
    assert [row[1] for row in played.told(*TERMS)] == (
        ["renegotiation", "capitalisation"] if granted else ["renegotiation_refused"]
    )
    if not granted:
        assert played.ledger == play(loans=[owing(**terms)], **bank).ledger


def test_coins_count_at_the_price_of_the_day(play: Play) -> None:
    """Three coins of 20,000 USD behind 50,000."""
    pledge = {"collateral": "btc", "collateral_fleet": None, "collateral_machines": None, "collateral_btc": 3.0}
    margin = {"initial_ltv": 0.9, "call_ltv": 0.95, "liquidation_ltv": 1.0, "cure_days": 3, "tranche_share": 1.0}
    coins = owing(**pledge, **margin, outstanding_usd=50_000.0, recourse="full")
    for cover, word in [(1.0, "renegotiation_refused"), (1.19, "renegotiation_refused"), (1.21, "renegotiation")]:
        assert play(ask(), loans=[coins], amend_cover=cover).told(*TERMS)[0][1] == word, cover


def test_a_lender_that_has_failed_gives_no_time(play: Play) -> None:
    fails = '[[lender_events]]\ndate = 2021-11-20\nlender = "bank"\nkind = "fail"\n'
    played = play(ask(), loans=[owing()], amend_cover=1.0, more=fails)
    assert [row[1] for row in played.told(*TERMS)] == ["renegotiation_refused"]


def test_time_is_for_those_whose_cash_lasts_under_the_new_terms(play: Play) -> None:
    """70,000 USD are left after the bills. Overhead is 1,000 a day; the loan costs 720.00 a day now, and
    0.12 * 100,533.33 / 360 = 33.51 of it in a pause: 67.7 days, but only 40.7 where it goes on as it was."""
    spends = miner(overhead_usd_per_month=30_000.0, runway_low_days=60.0, runway_high_days=200.0)
    told = {
        pause: play(ask(pause_months=pause, term_months=12), miners=spends, loans=[owing()], amend_cover=1.0).told(
            *TERMS
        )
        for pause in (None, 6)
    }
    # Without a pause: (8,377.78 + 1,005.33) / 30 = 312.77 a day, 53.3 days.
    assert [told[pause][0][1] for pause in told] == ["renegotiation_refused", "renegotiation"]


def test_what_is_overdue_joins_the_principal_and_the_grace_is_over(play: Play) -> None:
    """A payment of 21,000 USD is missed on 15 November; 2,000 come in each month, which pay the interest of a pause."""
    dates = {"first_payment_date": date(2021, 11, 15), "maturity_date": date(2022, 3, 15)}
    late = owing(**dates, grace_days=30, default_interest_rate=0.24)
    poor = miner(cash_usd=0.0, other_income_usd_per_month=2_000.0)
    lost = play(miners=poor, loans=[late])
    assert lost.told("missed_payment", "loan_default")[1][1] == "loan_default"
    played = play(ask(term_months=24, pause_months=12), miners=poor, loans=[late], amend_cover=1.0)
    added = 100_000.0 + 22_400.0 + 53_333.0  # interest, default interest on 21,000 and interest of 16 days
    assert played.told(*TERMS, "missed_payment", "loan_default") == [
        (date(2021, 11, 15), "missed_payment", "l", 2_100_000.0),
        (DECEMBER, "renegotiation", "l", 10_000_000.0 + added),
        (DECEMBER, "capitalisation", "l", added),
    ]
    assert [(row[0], row[4]) for row in played.posted(*DEBT)] == [
        (on, 101_757.0) for on in (JANUARY, FEBRUARY, MARCH, APRIL, MAY)
    ]


def test_a_loan_is_renegotiated_again_from_the_contract_it_has(play: Play) -> None:
    again = ask(pause_months=6, wait_days=60)
    played = play(again, loans=[owing()], amend_cover=1.0)
    owed = 10_053_333.0
    assert played.told(*TERMS) == [
        (DECEMBER, "renegotiation", "l", owed),
        (DECEMBER, "capitalisation", "l", 53_333.0),
        (FEBRUARY, "renegotiation", "l", owed),  # interest was paid on the same day
        (MAY, "renegotiation", "l", owed),
    ]
    assert [(row[0], row[4]) for row in played.posted(*DEBT)] == [
        (on, 100_533.0) for on in (JANUARY, FEBRUARY, MARCH, APRIL, MAY)
    ]


def test_a_loan_with_new_terms_can_still_be_missed_and_default(play: Play) -> None:
    poor = miner(cash_usd=200.0)
    played = play(ask(pause_months=6, rate=0.01), miners=poor, loans=[owing()], amend_cover=1.0)
    interest = round(10_053_333.0 * 0.01 / 12)
    left = 20_000.0
    while left >= interest:
        left -= interest
    assert played.told("missed_payment", "loan_default")[0][3] == interest - left
    assert played.told("loan_default")[0][3] == 10_053_333.0 + interest - left


def test_the_order_of_rows_does_not_matter(play: Play) -> None:
    acts = [ask("a"), slots("b", fleet="other"), response("sell_coins", "c", share=0.5)]
    own = {"miners": miner(btc=10.0), "fleets": [fleet(machines=10), fleet(fleet="other", rack_slots=4)]}
    one, other = (play(*rows, loans=[owing()], amend_cover=1.0, **own) for rows in (acts, acts[::-1]))
    assert one.events == other.events
    assert one.ledger == other.ledger
    off = play(*acts, loans=[owing()], amend_cover=1.0, off=True, **own)
    assert off.ledger == play(loans=[owing()], amend_cover=1.0, **own).ledger


# Slots


def slots(key: str = "r", **changes: Any) -> Row:
    return response("sell_slots", key, fleet="site", usd_per_slot=400.0) | changes


def rack(number: int, **changes: Any) -> Row:
    return fleet(machines=10, rack_slots=number) | changes


def test_slots_that_stand_empty_are_sold(play: Play) -> None:
    played = play(slots(), fleets=[rack(25)])
    assert played.told("slot_sale") == [(DECEMBER, "slot_sale", "site", 15.0)]
    assert played.posted("slot_sale") == [(DECEMBER, "slot_sale", "world", "miner:m", 600_000.0)]
    some = play(slots(machines=6, wait_days=1), fleets=[rack(25)])
    assert [(row[0], row[3]) for row in some.told("slot_sale")] == [(DECEMBER, 6.0), (JANUARY, 6.0), (FEBRUARY, 3.0)]
    assert not play(slots(), fleets=[rack(10)]).told("slot_sale")
    free = play(slots(usd_per_slot=0.0), fleets=[rack(25)])
    assert free.told("slot_sale")
    assert not free.posted("slot_sale")


def test_machines_on_order_keep_their_slots(play: Play) -> None:
    """Ten are delivered in the middle of February."""
    played = play(slots(wait_days=1), fleets=[rack(25)], orders=[prepaid()])
    assert [(row[0], row[3]) for row in played.told("slot_sale")] == [(DECEMBER, 5.0)]


def test_slots_that_are_sold_are_gone(play: Play) -> None:
    """Ten machines move to a site whose ten empty slots were sold before: they stay in their boxes."""
    other = fleet(fleet="other", machines=10, power_usd_per_mwh=10.0)
    fleets = [rack(20, power_usd_per_mwh=10.0), other]
    moves = response(
        "migrate", "z", fleet="other", to_fleet="site", delay_days=0, cost_usd_per_machine=0.0, from_date=JANUARY
    )
    kept, sold = (play(*acts, moves, light=True, fleets=fleets) for acts in ((), (slots(),)))
    mined = [played.days("production") for played in (kept, sold)]
    for on, share in [(date(2021, 12, 31), 1.0), (JANUARY, 1.0), (date(2022, 1, 2), 0.5), (APRIL, 0.5)]:
        assert mined[1][on] == pytest.approx(share * mined[0][on], rel=1e-3), on


def test_a_rack_that_shrinks_below_what_was_sold_runs_nothing(play: Play) -> None:
    change = '[[rack_changes]]\ndate = 2022-01-15\nfleet = "site"\nslots = -18\n'
    played = play(slots(), light=True, fleets=[rack(25, power_usd_per_mwh=10.0)], more=change)
    assert played.told("slot_sale") == [(DECEMBER, "slot_sale", "site", 15.0)]
    assert max(played.days("production")) == date(2022, 1, 14)


def test_a_trigger_of_a_site_sells_its_slots(play: Play) -> None:
    dear = rack(25, power_usd_per_mwh=500.0)
    for trigger, threshold, first in [("margin_below", 1.0, DECEMBER), ("standing_months", 3.0, FEBRUARY)]:
        played = play(slots(trigger=trigger, threshold=threshold), light=True, fleets=[dear])
        assert [row[0] for row in played.told("slot_sale")] == [first], trigger
