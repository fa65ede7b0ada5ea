"""What lots bring and what lenders expect of machines, by hand. Page: docs/model/asics.md#what-a-lot-brings.

Machines cost 10 USD/TH and follow the price of coins at once: a coin at 0.8 of its price clears them at 8. The index goes half of the way a
day. Prices of the days are given as shares of 20,000 USD; the retarget of day 14 is still to come.
"""

from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import (
    PRICE_USD,
    Row,
    amounts,
    facility,
    fleet,
    happened,
    lender,
    loan,
    miner,
    posted,
    response,
    run,
    scenario,
)

DUE = {
    "first_payment_date": date(2021, 1, 16),
    "maturity_date": date(2021, 1, 16),
    "grace_days": 1,
}  # in default on day 2
FAR = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
TWO_FALLS = (
    1.0,
    0.8,
    0.5,
)  # day 1: 8, index 9, 7.875 in a quick sale; day 2: 5, index 7, of which 0.875 are more than 5


def market(quick_discount: float = 0.125, **tier: float) -> Row:
    """The market of the docstring; lots of any size sell quickly."""
    terms: Row = scenario(1)["asics"] | {"hashprice_half_life_days": 0.001, "index_half_life_days": 1.0, "kappa": 0.0}
    tiers = [row | {"index_usd_per_th": 10.0} | tier for row in terms["tiers"]]
    return terms | {"quick_discount": quick_discount, "tiers": tiers}


def play(shares: tuple[float, ...], *loans: Row, asics: Row | None = None, **changes: Any) -> Outcome:
    """A miner with ten machines of 100 TH/s, on days on which coins cost shares of their price."""
    closes = [PRICE_USD * share for share in shares]
    book: Row = {"miners": [miner()], "fleets": [fleet()]} | changes
    return run(len(shares), loans=loans, closes=closes, asics=asics or market(), **book)


def rigs(usd: float, **changes: Any) -> Row:
    """A loan on four of the machines, without recourse."""
    terms = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 4, "recourse": "limited"}
    return loan(**terms | {"outstanding_usd": usd} | changes)


# --- what is sold


@pytest.mark.parametrize(
    ("share", "terms", "usd_per_th"),
    [
        (1.0, {}, 8.75),  # the discount is on the index, which is the price
        (1.2, {}, 9.625),  # 12, index 11: an eighth under the index, not under the price
        (0.8, {}, 7.875),  # 8, index 9: hardly under the price
        (0.78, {}, 7.7875),  # 7.80, index 8.90
        (
            0.77,
            {},
            7.7,
        ),  # 7.70, index 8.85, of which 0.875 are 7.74: the market pays less, and no discount comes off it
        (0.5, {}, 5.0),  # 5, index 7.50
        (1.0, {"bulk_ths": 1000.0}, 4.5),  # a bulk lot
        (0.5, {"bulk_ths": 1000.0}, 3.375),  # index 7.50: hasty sellers of many machines do worse than the market still
        (0.25, {"bulk_ths": 1000.0}, 2.5),  # index 6.25, of which 0.45 are 2.81
        (1.0, {"bulk_ths": 2000.0}, 6.625),  # half a bulk lot: 0.3375 off
        (1.0, {"bulk_ths": 1000.0, "scrap_usd_per_th": 6.0}, 6.0),  # nobody sells below scrap
        (0.8, {"scrap_usd_per_th": 7.9}, 7.9),  # 8, index 9
        (0.5, {"scrap_usd_per_th": 6.0}, 6.0),  # the market is at scrap; index 8, of which 0.875 are 7
        (1.0, {"quick_discount": 0.0}, 10.0),
        (1.2, {"quick_discount": 0.0}, 11.0),
        (0.8, {"quick_discount": 0.0}, 8.0),
        (1.0, {"quick_discount": 1.0}, 0.0),
        (1.0, {"quick_discount": 1.0, "scrap_usd_per_th": 0.5}, 0.5),
    ],
)
def test_a_lot_brings_the_index_less_the_discount_but_no_more_than_the_market(
    share: float, terms: dict[str, float], usd_per_th: float
) -> None:
    """A loan without end takes the miner down on day 2, and the ten machines are sold."""
    outcome = play((1.0, 1.0, share), loan(outstanding_usd=1e6, **DUE), asics=market(**terms))
    assert amounts(outcome, "machine_sale") == [(2, "machine_sale", 10)]
    cents = round(1000 * usd_per_th * 100)
    assert posted(outcome, "machine_proceeds") == ([(2, cents)] if cents else [])


def test_with_fire_sales_off_every_lot_is_sold_quickly() -> None:
    """Ten machines are a bulk lot ten times over, and bring 7.875 USD/TH with an index of 9."""
    unpaid = loan(outstanding_usd=1e6, **DUE)
    outcome = play((1.0, 1.0, 0.8), unpaid, asics=market(bulk_ths=100.0), channels={"fire_sales": False})
    assert posted(outcome, "machine_proceeds") == [(2, 787500)]


def test_a_lot_of_a_lender_is_sold_at_the_prices_of_the_day_after() -> None:
    """Seized on day 3, dumped, sold on day 4: the index is 7 on day 2, half of the way to 12 on day 3, half of the way to 8 on day 4."""
    terms: Row = {"lenders": [lender(seizure_days=1)], "policies": {"hold": {"hold_days": 0, "rules": []}}}
    outcome = play((*TWO_FALLS, 1.2, 0.8), rigs(1e4, **DUE), **terms)
    assert amounts(outcome, "seizure", "machine_sale") == [(3, "seizure", 4), (4, "machine_sale", 4)]
    assert posted(outcome, "machine_proceeds") == [(4, 306250)]  # 400 TH/s at 0.875 * 8.75


# --- what is expected


def test_a_default_marks_machines_at_yesterdays_quick_price_and_the_horizon_at_todays() -> None:
    """Four machines: 3,150 USD by day 1; 2,000 by day 2, on which they would clear at once at 5."""
    outcome = play(TWO_FALLS, rigs(10000.0, **DUE))
    assert outcome.lenders[0]["equity"] == 100_000_000 - 1_000_000 + 315_000
    assert outcome.loans[0]["loss"] == 1_000_000 - 200_000


def test_the_mark_is_never_below_scrap() -> None:
    """Scrap at 8.70 is all the market pays on days 1 and 2; of the index, 9.35 and 9.025, 0.875 would be 8.18 and 7.90."""
    outcome = play(TWO_FALLS, rigs(10000.0, **DUE), asics=market(scrap_usd_per_th=8.7))
    assert outcome.lenders[0]["equity"] == 100_000_000 - 1_000_000 + 348_000
    assert outcome.loans[0]["loss"] == 1_000_000 - 348_000


@pytest.mark.parametrize(("owed", "swapped"), [(3150.0, True), (3150.01, False)])
def test_a_lender_takes_machines_for_the_debt_at_yesterdays_quick_price(owed: float, swapped: bool) -> None:
    outcome = play(TWO_FALLS, rigs(owed, recourse="full", **DUE), lenders=[lender(swap_cover=1.0)])
    assert bool(happened(outcome, "debt_swap")) == swapped


@pytest.mark.parametrize(("owed", "walks"), [(3150.0, False), (3150.01, True)])
def test_a_miner_walks_away_by_yesterdays_quick_price(owed: float, walks: bool) -> None:
    """The first of February is day 2."""
    leaving = response("strategic_default", trigger="ltv_over", threshold=1.0, loan="l")
    outcome = play(TWO_FALLS, rigs(owed, **FAR), responses=[leaving], start="2021-01-30")
    assert bool(happened(outcome, "strategic_default")) == walks


@pytest.mark.parametrize(("owed", "agreed"), [(3150.0, False), (3150.01, True)])
def test_a_lender_grants_new_terms_by_yesterdays_quick_price(owed: float, agreed: bool) -> None:
    asked = response("renegotiate", loan="l", term_months=36, wait_days=None)
    terms: Row = {"lenders": [lender(amend_cover=1.0)], "start": "2021-01-30"}
    outcome = play(TWO_FALLS, rigs(owed, **FAR), responses=[asked], **terms)
    assert bool(happened(outcome, "renegotiation")) == agreed


@pytest.mark.parametrize(
    ("day", "scrap", "worth"),
    [(0, 0.0, 8750.0), (0, 9.0, 9000.0), (1, 0.0, 8750.0), (2, 0.0, 7875.0), (2, 7.9, 7900.0)],
)
def test_a_fund_weighs_machines_at_yesterdays_quick_price(day: int, scrap: float, worth: float) -> None:
    """The opening index on day 0, and no less than scrap. Ten machines for a debt that is just covered, or a cent more."""
    opens = date(2021, 1, 15 + day)
    fund = facility("fund", max_debt_to_assets=1.0, opens_date=opens, closes_date=opens)
    for owed, lent in ((worth, 1), (worth + 0.01, 0)):
        terms: Row = {"facilities": [fund], "miners": [miner(overhead_usd_per_month=90.0)]}
        outcome = play(TWO_FALLS, rigs(owed, **FAR), asics=market(scrap_usd_per_th=scrap), **terms)
        assert len(posted(outcome, "rescue_loan")) == lent, owed


# --- buy-backs


@pytest.mark.parametrize(
    ("shares", "bulk_ths", "usd_per_th"),
    [
        ((1.0, 1.0, 1.0), 1e12, 8.75),
        ((1.0, 1.0, 1.2), 1e12, 9.625),
        (TWO_FALLS, 1e12, 5.0),  # what the market pays today: the discount of 0.875 on 7 would be more
        ((1.0, 1.0, 1.0), 1000.0, 4.5),  # the discount of all ten
        ((1.0, 1.0, 0.8), 1000.0, 4.05),  # of an index of 9
    ],
)
def test_a_buy_back_bids_against_what_the_lot_would_bring_today(
    shares: tuple[float, ...], bulk_ths: float, usd_per_th: float
) -> None:
    for bid, bought in ((usd_per_th - 0.01, 0), (usd_per_th + 0.01, 10)):
        buyer = facility("buyback", price_usd_per_th=bid, capital_usd=1e5)
        terms: Row = {"facilities": [buyer], "asics": market(bulk_ths=bulk_ths)}
        outcome = play(shares, loan(outstanding_usd=1e6, **DUE), **terms)
        assert sum(amount for _, _, amount in amounts(outcome, "buyback")) == bought, bid


def test_what_a_buy_back_leaves_is_sold_as_the_smaller_lot_it_is() -> None:
    """Half of a bulk lot is bought at 4.60 a TH, where the whole would have brought 4.50; the rest is half a bulk lot and brings 6.625."""
    buyer = facility("buyback", price_usd_per_th=4.6, capital_usd=1e5, take_up_share=0.5)
    terms: Row = {"facilities": [buyer], "asics": market(bulk_ths=1000.0)}
    outcome = play((1.0, 1.0, 1.0), loan(outstanding_usd=1e6, **DUE), **terms)
    assert posted(outcome, "buyback") == [(2, 230000)]
    assert posted(outcome, "machine_proceeds") == [(2, 331250)]


@pytest.mark.parametrize(("last", "usd_per_th"), [(1.0, 8.75), (0.8, 7.875), (0.5, 5.0)])
def test_what_a_buy_back_holds_is_worth_the_quick_price_of_the_last_day(last: float, usd_per_th: float) -> None:
    """1,000 TH/s at 8.80 USD; on the day after, the index is 10, 9 or 7.50."""
    buyer = facility("buyback", price_usd_per_th=8.8, capital_usd=1e5)
    outcome = play((1.0, 1.0, 1.0, last), loan(outstanding_usd=1e6, **DUE), facilities=[buyer])
    assert outcome.facilities == [{"spent": 880000, "repaid": 0, "held": round(100000 * usd_per_th)}]
