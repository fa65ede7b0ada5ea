"""Rescue funds and buy-backs by hand, and the draws of who applies."""

from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.draws import draw, philox, uniform
from tests.oracle.small_world import (
    Row,
    amounts,
    facility,
    fleet,
    happened,
    hedge,
    loan,
    miner,
    posted,
    run,
)

KINDS = ("rescue_loan", "rescue_repaid", "rescue_default", "facility_exhausted", "buyback", "miner_default")
DAILY_3 = {"overhead_usd_per_month": 90.0}  # 3 USD a day; the bills of 90 USD come on 1 February, day 17
BUY = "buyback"


def play(days: int, *facilities: Row, **changes: Any) -> Outcome:
    """One miner that burns 3 USD a day and has nothing, unless a test says otherwise."""
    return run(days, miners=changes.pop("miners", [miner(**DAILY_3)]), facilities=facilities, **changes)


def told(outcome: Outcome) -> list[tuple[int, str, float]]:
    return amounts(outcome, *KINDS)


# --- draws


def test_philox_gives_the_published_blocks() -> None:
    ones = 2**64 - 1
    assert philox((0, 0, 0, 0), (0, 0)) == (
        0x16554D9ECA36314C,
        0xDB20FE9D672D0FDC,
        0xD7E772CEE186176B,
        0x7E68B68AEC7BA23B,
    )
    assert philox((ones,) * 4, (ones, ones)) == (
        0x87B092C3013FE90B,
        0x438C3C67BE8D0224,
        0x9CC7D7C69CD777B6,
        0xA09CAEBF594F0BA0,
    )


def test_a_uniform_is_within_nought_and_one() -> None:
    assert uniform(0) == 2.0**-53
    assert uniform(2**64 - 1) == 1 - 2.0**-53
    assert uniform(2**63) == 0.5 + 2.0**-53


def test_who_applies_is_drawn_by_fund_miner_and_path() -> None:
    """A share just above the draw applies, one just below it does not; the next path draws anew."""
    u = draw(0, 2, 0, 0, 0, 0)
    for share, lent in ((u * 1.0001, 1), (u, 0), (u * 0.9999, 0)):
        assert len(posted(play(3, facility("fund", take_up_share=share)), "rescue_loan")) == lent
    assert draw(0, 2, 0, 0, 0, 1) != u
    assert draw(0, 2, 1, 0, 0, 0) != u
    assert draw(0, 2, 0, 0, 1, 0) != u


# --- loans of a fund


def test_a_book_without_facilities_is_what_it_was() -> None:
    plain = play(30)
    assert run(30, miners=[miner(**DAILY_3)]) == plain
    assert run(30, miners=[miner(**DAILY_3)], facilities=[]) == plain


def test_a_fund_fills_up_to_its_days_of_bills_and_is_repaid_with_interest() -> None:
    """29 USD for 5 days at 36 %: 14.5 cents, ties to even."""
    outcome = play(8, facility("fund"), miners=[miner(**DAILY_3, cash_usd=1.0)])
    assert told(outcome) == [(0, "rescue_loan", 2900), (5, "rescue_repaid", 2914)]
    assert posted(outcome, "rescue_repayment") == [(5, 2914)]
    assert outcome.facilities == [{"spent": 2900, "repaid": 2914, "held": 0}]


def test_nothing_is_lent_to_who_has_enough() -> None:
    assert told(play(4, facility("fund"), miners=[miner(**DAILY_3, cash_usd=30.0)])) == []
    assert told(play(4, facility("fund"), miners=[miner(**DAILY_3, btc=0.0015)])) == []
    assert told(play(4, facility("fund"), miners=[miner(**DAILY_3, cash_usd=29.99)])) == [(0, "rescue_loan", 1)]


def test_a_loan_that_cannot_be_repaid_takes_the_miner_down() -> None:
    """30 USD and 15 cents are due on day 5; 15 cents are not there, and the fund claims them."""
    outcome = play(14, facility("fund"))
    assert told(outcome) == [
        (0, "rescue_loan", 3000),
        (5, "rescue_default", 15),
        (5, "miner_default", 0),
    ]
    assert outcome.facilities == [{"spent": 3000, "repaid": 3000, "held": 0}]
    assert amounts(outcome, "estate") == [(9, "estate", 0)]


def test_a_miner_is_helped_once_by_each_fund() -> None:
    """The second fund sees the money of the first: 20 days of bills, of which it lends the other ten."""
    funds = [facility("fund", term_days=30), facility("fund", facility="b", bill_days=20.0, term_days=30, rate=0.0)]
    outcome = play(16, *funds)
    service = 3  # ROUND(3000 * 0.36 / 360) cents a day joins the bills
    assert told(outcome) == [(0, "rescue_loan", 3000), (0, "rescue_loan", 20 * (300 + service) - 3000)]


def test_a_fund_that_cannot_lend_all_lends_the_rest_and_is_exhausted() -> None:
    outcome = play(3, facility("fund", capital_usd=20.0, term_days=90))
    assert told(outcome) == [(0, "rescue_loan", 2000), (0, "facility_exhausted", 0)]
    assert outcome.facilities == [{"spent": 2000, "repaid": 0, "held": 2000}]


def test_a_fund_with_nothing_left_is_exhausted_by_the_next_who_asks() -> None:
    miners = [miner(**DAILY_3, miner=key) for key in "mn"]
    outcome = play(3, facility("fund", capital_usd=30.0, term_days=90), miners=miners)
    assert told(outcome) == [(0, "rescue_loan", 3000), (0, "facility_exhausted", 0)]


def test_what_comes_back_is_not_lent_again() -> None:
    miners = [miner(**DAILY_3, miner="m", other_income_usd_per_month=500.0), miner(**DAILY_3, miner="n", cash_usd=90.0)]
    outcome = play(20, facility("fund", capital_usd=30.0, term_days=18), miners=miners)
    assert told(outcome)[:2] == [(0, "rescue_loan", 3000), (17, "facility_exhausted", 0)]
    assert told(outcome)[2][:2] == (18, "rescue_repaid")


def test_most_for_one_miner_and_the_days_on_which_it_lends() -> None:
    late = facility("fund", opens_date=date(2021, 1, 18), closes_date=date(2021, 1, 19), max_usd_per_miner=7.0)
    assert told(play(7, late)) == [(3, "rescue_loan", 700)]
    early = late | {"opens_date": date(2021, 1, 1), "closes_date": date(2021, 1, 15)}
    assert told(play(5, early)) == [(0, "rescue_loan", 700)]
    assert told(play(5, early, start="2021-01-16")) == []


def test_a_region_asks_for_a_fleet_row_there() -> None:
    fund = facility("fund", region="r")
    assert told(play(2, fund)) == []
    assert told(play(2, fund, fleets=[fleet(machines=0)])) == [(0, "rescue_loan", 3000)]


def test_past_due_payments_are_asked_for_and_do_not_count_in_the_test() -> None:
    """The loan of 1,000 USD missed on day 10 joins what is asked; its grace ends on day 13 and is paid."""
    rich = facility("fund", capital_usd=5000.0, opens_date=date(2021, 1, 26), term_days=90, rate=0.0)
    outcome = play(15, rich, loans=[loan()])
    assert told(outcome) == [(11, "rescue_loan", 103000)]
    assert posted(outcome, "principal") == [(13, 100000)]


def test_debt_above_assets_gets_nothing() -> None:
    """Ten machines of 100 TH/s at 0.00875 USD/TH are 8.75 USD; the loan is 10 USD."""
    terms = {"loans": [loan(outstanding_usd=10.0)], "fleets": [fleet()]}
    for limit, lent in ((1.14, 0), (1.15, 1)):
        fund = facility("fund", max_debt_to_assets=limit, closes_date=date(2021, 1, 15))
        assert len(posted(play(2, fund, **terms), "rescue_loan")) == lent, limit


def test_ranks_in_an_estate() -> None:
    """Power brings 100 USD when the miner fails: 20 to the senior fund; 60 of the bank and 30 of the equal fund share 80.

    The junior fund has nothing. All the funds' money, 70 USD, went to the bank on day 10.
    """
    funds = [
        facility("fund", facility="a", rank="junior", max_usd_per_miner=20.0),
        facility("fund", facility="b", rank="equal", max_usd_per_miner=30.0),
        facility("fund", facility="c", rank="senior", max_usd_per_miner=20.0),
    ]
    terms = {"bill_days": 100.0, "rate": 0.0, "term_days": 90}
    power = hedge("power_sale", mw=100.0 / (24 * 14 * 30), strike_usd_per_mwh=20.0, expiry_date=date(2022, 1, 1))
    outcome = play(20, *(row | terms for row in funds), loans=[loan(outstanding_usd=130.0)], hedges=[power])
    assert told(outcome) == [
        (0, "rescue_loan", 2000),
        (0, "rescue_loan", 3000),
        (0, "rescue_loan", 2000),
        (13, "miner_default", 0),
        (13, "rescue_default", 2000),
        (13, "rescue_default", 3000),
        (13, "rescue_default", 2000),
    ]
    assert posted(outcome, "principal") == [(10, 7000)]
    assert [(posting[4], posting[5]) for posting in outcome.postings if posting[1] == "estate"] == [
        ("facility:2", 2000),
        ("lender:0", 5333),
        ("facility:1", 2667),
    ]
    assert amounts(outcome, "estate") == [(17, "estate", 10000)]
    assert [end["repaid"] for end in outcome.facilities] == [0, 2667, 2000]


def test_a_rescue_stage_comes_after_the_loans_of_the_day() -> None:
    """The payment of day 10 is missed before the fund opens for the day, and paid from its loan when the grace ends."""
    fund = facility("fund", opens_date=date(2021, 1, 25), term_days=90, capital_usd=2000.0)
    outcome = play(15, fund, loans=[loan()])
    assert happened(outcome, "missed_payment", "rescue_loan") == [
        (10, "missed_payment", "loan:0"),
        (10, "rescue_loan", "miner:0"),
    ]


def test_a_channel_that_is_off_leaves_the_capital_where_it_is() -> None:
    outcome = play(20, facility("fund"), channels={"rescue": False})
    assert outcome.facilities == [{"spent": 0, "repaid": 0, "held": 0}]
    assert outcome.postings == play(20).postings


# --- buy-backs: an unpaid loan of 1,000 USD takes the miner down on day 13, with ten machines of 100 TH/s


def fire(*facilities: Row, **changes: Any) -> Outcome:
    return run(20, miners=[miner()], fleets=[fleet()], loans=[loan()], facilities=facilities, **changes)


def test_a_buy_back_takes_an_estate_offer_before_the_market() -> None:
    """0.0095 USD/TH are 0.95 USD a machine; the market gives less than 0.875. All ten, and none is sold."""
    outcome = fire(facility(BUY))
    assert amounts(outcome, "buyback", "machine_sale") == [(13, "buyback", 10)]
    assert posted(outcome, "buyback", "machines") == [(13, 10)]
    assert posted(outcome, "buyback") == [(13, 950)]
    assert outcome.facilities[0]["spent"] == 950
    assert posted(outcome, "estate") == [(17, 950)]


def test_a_bid_below_the_market_buys_nothing() -> None:
    outcome = fire(facility(BUY, price_usd_per_th=0.005))
    assert amounts(outcome, "buyback", "facility_exhausted") == []
    assert amounts(outcome, "machine_sale") == [(13, "machine_sale", 10)]


def test_a_share_of_an_offer_is_whole_machines_and_the_rest_is_sold() -> None:
    outcome = fire(facility(BUY, take_up_share=0.37))
    assert amounts(outcome, "buyback", "machine_sale", "facility_exhausted") == [
        (13, "buyback", 3),
        (13, "machine_sale", 7),
    ]


def test_a_buy_back_that_cannot_pay_all_is_exhausted() -> None:
    outcome = fire(facility(BUY, capital_usd=2.0), facility(BUY, facility="b", take_up_share=0.5))
    assert amounts(outcome, "buyback", "machine_sale", "facility_exhausted") == [
        (13, "buyback", 2),
        (13, "facility_exhausted", 0),
        (13, "buyback", 4),
        (13, "machine_sale", 4),
    ]


@pytest.mark.parametrize(("region", "bought"), [("r", 10), ("s", 0)])
def test_a_buy_back_keeps_to_its_region(region: str, bought: int) -> None:
    outcome = fire(facility(BUY, region=region))
    assert sum(amount for _, _, amount in amounts(outcome, "buyback")) == bought


def test_a_price_to_the_index_follows_it() -> None:
    outcome = fire(facility(BUY, price_to_index=1.0) | {"price_usd_per_th": None})
    index = outcome.daily[13]["asic_index_usd_per_th"]
    assert posted(outcome, "buyback") == [(13, round(10 * (100 * (1.0 * index) * 100)))]


def test_a_lot_is_bought_back_for_the_lender_first_and_the_miner_then() -> None:
    """Eight machines behind 5 USD, seized on day 18, dumped that day and bought on day 19 for 7.60, of which the lender is owed 3.10."""
    rig = loan(collateral="machines", collateral_fleet="f", collateral_machines=8, outstanding_usd=5.0)
    outcome = run(
        21,
        miners=[miner()],
        fleets=[fleet()],
        loans=[rig],
        facilities=[facility(BUY)],
        policies={"hold": {"hold_days": 0, "rules": []}},
    )
    assert amounts(outcome, "buyback", "machine_sale") == [(13, "buyback", 2), (19, "buyback", 8)]
    assert posted(outcome, "estate") == [(17, 190)]  # to the bank, which is owed 3.10 after that
    assert posted(outcome, "buyback") == [(13, 190), (19, 310)]
    assert posted(outcome, "machine_surplus") == [(19, 760 - 310)]
    assert outcome.loans[0]["loss"] == 0
