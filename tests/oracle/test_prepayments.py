"""What miners pay back before it is due, by hand. Page: docs/model/responses.md.

Boards meet on 1 February (day 17) and 1 March (day 45).
"""

from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import (
    Row,
    amounts,
    coin_loan,
    fleet,
    happened,
    hedge,
    lender,
    loan,
    miner,
    posted,
    response,
    run,
)

FAR = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
MONTHLY = {"day_count": "30E360", "first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 7, 25)}


def early(**changes: Any) -> Row:
    """A quarter of the spare cash, once."""
    return response("prepay", **{"loan": "l", "share": 0.25, "wait_days": None} | changes)


def play(days: int, cash: float, owing: Row, *responses: Row, **changes: Any) -> Outcome:
    """A miner with so much cash and one loan."""
    book: Row = {"miners": [miner(cash_usd=cash)]} | changes
    return run(days, loans=[owing], responses=responses or [early()], **book)


def told(outcome: Outcome) -> list[tuple[int, float]]:
    """(day, amount) of what was prepaid."""
    return [(day, amount) for day, _, amount in amounts(outcome, "prepayment")]


def test_a_share_of_the_cash_goes_to_the_lender() -> None:
    """A quarter of 400.10 USD is 100.025: ties to even, 100.02."""
    outcome = play(20, 400.10, loan(**FAR))
    assert told(outcome) == [(17, 10002)]
    assert outcome.postings == [(17, "principal", "cents", "miner:0", "lender:0", 10002)]
    assert outcome.loans[0] == outcome.loans[0] | {"status": "performing", "outstanding": 89998}
    assert outcome.lenders[0]["cash"] == 100000 + 10002
    assert outcome.lenders[0]["equity"] == 100_000_000


def test_no_more_than_is_owed_and_then_the_loan_is_closed() -> None:
    """All of 1,500 USD would be spent, 1,000 are owed. Nothing is due on its dates any more."""
    due = {"first_payment_date": date(2021, 2, 25), "maturity_date": date(2021, 2, 25)}
    outcome = play(60, 1500.0, loan(rate=0.12, fee_rate=0.06, **due), early(share=1.0, wait_days=1))
    assert told(outcome) == [(17, 100000)]
    assert posted(outcome, "principal") == [(17, 100000)]
    assert posted(outcome, "interest") == []
    assert outcome.loans[0] == outcome.loans[0] | {"status": "closed", "outstanding": 0}


def test_to_the_last_cent_is_all_of_it_and_a_cent_less_is_not() -> None:
    for cash, status in ((1000.0, "closed"), (999.99, "performing")):
        outcome = play(20, cash, loan(**FAR), early(share=1.0))
        assert told(outcome) == [(17, cash * 100)]
        assert outcome.loans[0]["status"] == status
        assert outcome.miners[0]["cash"] == 0


def test_coins_come_back_with_the_last_of_it() -> None:
    outcome = play(20, 70000.0, coin_loan(500_000_000), early(share=1.0))
    assert posted(outcome, "release", "sats") == [(17, 500_000_000)]
    assert outcome.miners[0]["sats"] == 500_000_000


def test_machines_are_free_once_their_loan_is_closed() -> None:
    """Ten machines are pledged; the board sells what is free after it has prepaid, or a month later, by the order of keys."""
    owing = loan(collateral="machines", collateral_fleet="f", collateral_machines=10, **FAR)
    for key, days in (("z", [17]), ("a", [45])):
        retire = response("retire", response=key, fleet="f", wait_days=1)
        outcome = play(46, 1000.0, owing, early(share=1.0), retire, fleets=[fleet()])
        assert [day for day, _, _ in amounts(outcome, "retirement")] == days


def test_the_service_of_a_closed_loan_ends() -> None:
    """A dollar a day: 1,400 USD are less than 1,500 days of it. Without the loan 400 are more than nothing."""
    careful = miner(cash_usd=1400.0, runway_low_days=1500, runway_high_days=1500)
    outcome = play(20, 0.0, loan(rate=0.36, **FAR), early(share=1.0), miners=[careful])
    assert happened(outcome, "sell_mode", "hold_mode") == [(0, "sell_mode", "miner:0"), (18, "hold_mode", "miner:0")]


def test_a_part_leaves_the_service_as_it_was() -> None:
    careful = miner(cash_usd=1500.0, runway_low_days=1000, runway_high_days=1500)
    outcome = play(20, 0.0, loan(rate=0.36, **FAR), early(share=0.5), miners=[careful])
    assert happened(outcome, "sell_mode") == [(18, "sell_mode", "miner:0")]


def test_what_is_prepaid_bears_no_interest_from_the_last_date_on() -> None:
    """10 USD of interest and 5 of fee on day 10; half of the principal is prepaid on day 17; on day 41 half of both."""
    owing = loan(amortisation="interest_only", rate=0.12, fee_rate=0.06, **MONTHLY)
    outcome = play(42, 1015.0, owing, early(share=0.5))
    assert posted(outcome, "interest") == [(10, 1500), (41, 750)]
    assert posted(outcome, "principal") == [(17, 50000)]


def test_instalments_stay_as_they_were_and_the_loan_ends_early() -> None:
    """1,400 USD in seven instalments of 200; 700 are prepaid after the first; then 200, 200 and the last 100."""
    outcome = play(110, 1600.0, loan(amortisation="linear", outstanding_usd=1400.0, **MONTHLY), early(share=0.5))
    assert posted(outcome, "principal") == [(10, 20000), (17, 70000), (41, 20000), (69, 20000), (100, 10000)]
    assert outcome.loans[0]["status"] == "closed"


def test_level_payments_stay_as_they_were() -> None:
    """148.63 USD a month redeem 1,000 at 1 % a month in seven months; 425.69 prepaid of 861.37 leave 4.36 of interest in it."""
    outcome = play(42, 1000.0, loan(amortisation="annuity", rate=0.12, **MONTHLY), early(share=0.5))
    assert posted(outcome, "interest") == [(10, 1000), (41, 436)]
    assert posted(outcome, "principal") == [(10, 13863), (17, 42568), (41, 14863 - 436)]


def test_a_loan_in_arrears_is_not_prepaid_and_the_response_stays_ready() -> None:
    """Interest of 10 USD is missed on day 10 and paid on day 41, out of a put of day 20; on 1 March half of what is left is prepaid."""
    owing = loan(amortisation="interest_only", rate=0.12, grace_days=60, **MONTHLY)
    paid = hedge("put", strike_usd=30000.0, expiry_date=date(2021, 2, 4))
    slots = response("sell_slots", response="a", fleet="f", usd_per_slot=1.0, wait_days=None)
    sites = [fleet(rack_slots=15)]
    outcome = play(46, 0.0, owing, slots, early(share=0.5), hedges=[paid], fleets=sites)
    assert amounts(outcome, "missed_payment", "slot_sale") == [(10, "missed_payment", 1000), (17, "slot_sale", 5)]
    assert posted(outcome, "interest") == [(41, 2000)]
    assert told(outcome) == [(45, (500 + 100000 - 2000) / 2)]


def test_what_bills_are_short_of_is_not_spare() -> None:
    """Bills of 60 USD are missed on 1 February; then 100 slots bring 100 USD, of which 40 are spare, or 50, of which none is."""
    poor = miner(overhead_usd_per_month=60.0)
    for price, paid in ((1.0, [(17, 4000)]), (0.6, []), (0.5, [])):
        slots = response("sell_slots", response="a", fleet="f", usd_per_slot=price, wait_days=None)
        sites = [fleet(rack_slots=110)]
        outcome = play(20, 0.0, loan(**FAR), slots, early(share=1.0), miners=[poor], fleets=sites)
        assert amounts(outcome, "missed_bill") == [(17, "missed_bill", 6000)]
        assert told(outcome) == paid


def test_a_fraction_of_a_cent_is_nothing() -> None:
    """Half a cent is none, ties to even; the response stays ready for the cent and a half of March, which are two."""
    for cash, paid in ((0.02, []), (0.06, [(17, 2)])):
        assert told(play(20, cash, loan(**FAR))) == paid
    put = hedge("put", strike_usd=20000.04, btc=1.0, expiry_date=date(2021, 2, 20))
    assert told(play(50, 0.02, loan(**FAR), hedges=[put])) == [(45, 2)]


def test_coins_are_sold_first_if_their_turn_is_first() -> None:
    """Half of 0.1 coins bring 1,000 USD, of which half is prepaid."""
    for key, paid in (("a", [(17, 50000)]), ("z", [])):
        coins = response("sell_coins", response=key, share=0.5, wait_days=None)
        outcome = play(20, 0.0, loan(**FAR), coins, early(share=0.5), miners=[miner(btc=0.1)])
        assert told(outcome) == paid


def test_who_walks_away_does_not_prepay() -> None:
    owing = loan(collateral="machines", collateral_fleet="f", collateral_machines=10, recourse="limited", **FAR)
    walk = response("strategic_default", response="z", loan="l")
    outcome = play(20, 1000.0, owing, early(), walk, fleets=[fleet()])
    assert happened(outcome, "strategic_default", "prepayment") == [(17, "strategic_default", "loan:0")]


def test_every_month_a_share_of_what_is_left() -> None:
    outcome = play(80, 800.0, loan(**FAR), early(share=0.5, wait_days=1))
    assert told(outcome) == [(17, 40000), (45, 20000), (76, 10000)]


@pytest.mark.parametrize(("days", "paid"), [(999.0, [(17, 25000)]), (1000.0, [])])
def test_a_miner_that_has_long_enough_prepays(days: float, paid: list[tuple[int, int]]) -> None:
    """1,000 USD at a dollar a day."""
    outcome = play(20, 1000.0, loan(rate=0.36, **FAR), early(trigger="runway_days_over", threshold=days))
    assert told(outcome) == paid


def test_a_pledge_is_worth_more_of_what_is_left() -> None:
    """70,000 USD on coins of 90,000 are called, above three quarters; once 10,000 are prepaid they are not."""
    lows = [20000.0] * 18 + [18000.0]
    for share, calls in ((0.01, [(18, "margin_call", 6_960_000)]), (0.25, [])):
        outcome = play(19, 40000.0, coin_loan(500_000_000), early(share=share), lows=lows)
        assert amounts(outcome, "margin_call") == calls


def test_in_a_pause_and_on_new_terms() -> None:
    """900 USD at 1 % a month, asked for on 1 February; a month of pause, in which 9 USD are paid, and then three instalments of 300.

    On 1 March half of 900 are prepaid, after the interest: 450 are left on 1 April, of which 300 are paid, and 150 on 1 May.
    """
    owing = loan(amortisation="linear", outstanding_usd=900.0, rate=0.12, day_count="30E360")
    dates = {"first_payment_date": date(2021, 3, 1), "maturity_date": date(2021, 3, 1)}
    ask = response("renegotiate", response="a", loan="l", term_months=4, pause_months=1, wait_days=None)
    prepaid = early(share=0.5, from_date=date(2021, 3, 1))
    outcome = play(110, 909.0, owing | dates, ask, prepaid, lenders=[lender(amend_cover=1.0)])
    assert amounts(outcome, "renegotiation", "capitalisation") == [(17, "renegotiation", 90000)]
    assert posted(outcome, "interest") == [(45, 900), (76, 450), (106, 150)]
    assert told(outcome) == [(45, 45000)]
    assert posted(outcome, "principal") == [(45, 45000), (76, 30000), (106, 14400)]


def test_the_channel_switches_it_off() -> None:
    assert told(play(20, 1000.0, loan(**FAR), channels={"responses": False})) == []
