"""Loans of failed lenders that other lenders buy, by hand. Page: docs/model/lenders.md, book sale.

Lender j lends 10 USD on eight machines of 0.875 USD each, 7.00 in all, and fails on day 2; on day 5 the loan is offered at 4.00, which the
borrower does not have. Lender k buys what has machines of 1.75 times the price behind it.
"""

from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import (
    Row,
    amounts,
    book_events,
    coin_loan,
    exposure,
    fleet,
    happened,
    lender,
    lender_event,
    loan,
    miner,
    posted,
    response,
    run,
    scenario,
)

FAIL, SALE = 2, 5
FAR = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
MILLION = 100_000_000  # cents of equity of each lender on day 0
DUMP = {"hold_days": 0, "rules": []}
POLICIES = {"hold": {"hold_days": 1000, "rules": []}, "dump": DUMP}


def rigs(**changes: Any) -> Row:
    """The loan, due far away."""
    terms: Row = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8, "outstanding_usd": 10.0}
    return loan(**terms | FAR | changes)


def due(day: int, **changes: Any) -> Row:
    """The loan, due on a day of January, day 0 being the 15th."""
    dates = dict.fromkeys(("first_payment_date", "maturity_date"), date(2021, 1, 15 + day))
    return rigs(**dates | changes)


def seller(**changes: Any) -> Row:
    """Lender j, whose loans are sold three days after its failure at 40 cents on the dollar."""
    return lender(**{"book_sale_days": SALE - FAIL, "book_sale_price": 0.4} | changes)


def buyer(**changes: Any) -> Row:
    """Lender k."""
    return lender(**{"lender": "k", "book_buy_cover": 1.75} | changes)


def play(days: int, *loans: Row, lenders: list[Row] | None = None, **changes: Any) -> Outcome:
    """The world of the docstring. What all lenders lose is what their loans lose, whoever holds them; and each has on its book what is owed
    to it."""
    world: Row = {
        "miners": [miner()],
        "fleets": [fleet()],
        "lender_events": [lender_event(FAIL, "j", "fail")],
        "policies": POLICIES,
    }
    outcome = run(days, loans=loans or [rigs()], lenders=lenders or [seller(), buyer()], **world | changes)
    assert sum(row["loss"] for row in outcome.lenders) == sum(row["loss"] for row in outcome.loans)
    assert all(book == owed for sheets in outcome.sheets for book, owed in sheets)
    return outcome


def gains(outcome: Outcome) -> list[int]:
    """Equity of each lender over that of day 0."""
    return [row["equity"] - MILLION for row in outcome.lenders]


def losses(outcome: Outcome) -> list[int]:
    """Loss of each lender."""
    return [row["loss"] for row in outcome.lenders]


def sold(outcome: Outcome) -> list[tuple[int, str, str, int]]:
    """(day, seller, buyer, cents) of the loans that change hands."""
    return [(day, to, one, cents) for day, why, _, one, to, cents in outcome.postings if why == "book_sale"]


# --- who buys


def test_a_loan_changes_hands_below_what_is_owed() -> None:
    """The seller has lost 6.00. The buyer has an asset worth what it paid, and 6.00 to spare against what the loan may lose."""
    outcome = play(10)
    assert [event for event in book_events(outcome) if event[0] > 0] == [
        (FAIL, "lender_failure", "lender:0", 0),
        (SALE, "book_sale", "loan:0", 400),
    ]
    assert sold(outcome) == [(SALE, "lender:0", "lender:1", 400)]
    assert outcome.sheets[SALE - 1 : SALE + 1] == [[(1000, 1000), (0, 0)], [(0, 0), (1000, 1000)]]
    assert [row["cash"] for row in outcome.lenders] == [100400, 99600]
    assert gains(outcome) == [-600, 0]
    assert losses(outcome) == [600, -600]
    assert (outcome.loans[0]["status"], outcome.loans[0]["loss"]) == ("performing", 0)


@pytest.mark.parametrize(
    ("changes", "bought"),
    [
        ({}, True),
        ({"book_buy_cover": 1.7501}, False),  # 7.00 over 4.00
        ({"book_buy_cover": 0.0}, True),
        ({"book_buy_cover": None}, False),
        ({"cash_usd": 4.0}, True),
        ({"cash_usd": 3.99}, False),
        ({"stop_equity_share": 1.0}, False),  # its equity is less than its assets, so that it has stopped on day 0
        ({"stop_equity_share": 1.0, "tighten_equity_share": 1.0}, False),
        ({"stop_equity_share": 0.9, "tighten_equity_share": 0.9}, True),
    ],
)
def test_who_buys(changes: Row, bought: bool) -> None:
    outcome = play(8, lenders=[seller(), buyer(**changes)])
    assert sold(outcome) == ([(SALE, "lender:0", "lender:1", 400)] if bought else [])
    assert (losses(outcome), gains(outcome)) == (([600, -600], [-600, 0]) if bought else ([0, 0], [0, 0]))


@pytest.mark.parametrize(("day", "bought"), [(SALE - 1, False), (SALE, False), (SALE + 1, True)])
def test_who_has_failed_buys_nothing(day: int, bought: bool) -> None:
    """Events of a day come before its sales."""
    failures = [lender_event(FAIL, "j", "fail"), lender_event(day, "k", "fail")]
    assert bool(sold(play(8, lender_events=failures))) == bought


@pytest.mark.parametrize(("tighten", "bought"), [(0.1, False), (0.0, True)])
def test_who_has_tightened_buys_nothing_though_it_lends_again(tighten: float, bought: bool) -> None:
    """1,000 of 10,000 USD are at a tenth; 995 of 9,995 below it on day 2; 995 of 9,895 above it again from day 3 on."""
    sheet = {"cash_usd": 1000.0, "other_assets_usd": 9000.0, "equity_usd": 1000.0, "stop_equity_share": 0.1}
    events = [
        lender_event(FAIL, "j", "fail"),
        lender_event(2, "k", "loss", 5.0),
        lender_event(3, "k", "withdrawal", 100.0),
    ]
    outcome = play(8, lenders=[seller(), buyer(tighten_equity_share=tighten, **sheet)], lender_events=events)
    assert happened(outcome, "lending_stopped", "lending_resumed") == [
        (2, "lending_stopped", "lender:1"),
        (3, "lending_resumed", "lender:1"),
    ]
    assert bool(sold(outcome)) == bought


def funded(cash: float, **terms: Any) -> Row:
    """Lender k with 10,000 USD of funding and so much of it in cash."""
    return buyer(cash_usd=cash, other_assets_usd=1e6 + 1e4 - cash, **terms)


DEMAND = {"demand_share": 1.0}
TERM = {"term_share_per_month": 0.3, "stop_equity_share": 0.001}  # of a lender that is nowhere near it


@pytest.mark.parametrize(
    ("terms", "cash", "events"),
    [
        ({"funding_rate": 0.09}, 79.0, []),  # 2.50 a day
        (TERM, 3004.0, []),  # 100 a day
        (TERM | {"demand_share": 0.5}, 1504.0, []),
        (TERM | {"funding_rate": 0.09}, 3079.0, []),
        (DEMAND | TERM, 4.0, []),
        (DEMAND | {"run_peer": 0.01}, 3004.0, []),  # of one that fails, whoever it was
        (DEMAND | {"run_own": 0.04}, 4.0, []),  # nothing is lost yet
        (DEMAND | {"run_own": 0.04}, 3004.0, [lender_event(3, "k", "loss", 250000.0)]),  # a quarter
        (DEMAND | {"run_own": 0.04, "run_peer": 0.02}, 9004.0, [lender_event(3, "k", "loss", 250000.0)]),
        (DEMAND | {"run_own": 100.0}, 300004.0, [lender_event(3, "k", "loss", 250000.0)]),  # no more than all of it
    ],
)
def test_who_buys_keeps_what_leaves_in_thirty_days(terms: Row, cash: float, events: list[Row]) -> None:
    """Beside the price of 4.00, and to the cent; also where depositors do not run."""
    world: Row = {"channels": {"confidence": False}, "lender_events": [lender_event(FAIL, "j", "fail"), *events]}
    for money, bought in ((cash, True), (cash - 0.01, False)):
        assert bool(sold(play(8, lenders=[seller(), funded(money, **terms)], **world))) == bought, money


def test_what_leaves_is_of_the_sheet_of_the_day() -> None:
    """On day 3 a hundredth of the 10,000 USD runs because j has failed; of the 9,900 that are left 2,970 leave in thirty days."""
    for cash, bought in ((100.0 + 4.0 + 2970.0, True), (100.0 + 4.0 + 2969.99, False)):
        outcome = play(8, lenders=[seller(), funded(cash, run_peer=0.01, **DEMAND)])
        assert posted(outcome, "withdrawal") == [(3, 10000)]
        assert bool(sold(outcome)) == bought


def test_what_is_kept_is_no_money_for_the_next_loan_either() -> None:
    """Two loans at 4.00, and 75.00 that leave in thirty days: with 83.00 it buys both, with a cent less the first."""
    halves = [rigs(loan=key, collateral_machines=4) for key in "ab"]
    for cash, loans in ((83.0, 2), (82.99, 1), (78.99, 0)):
        outcome = play(8, *halves, lenders=[seller(), funded(cash, funding_rate=0.09, book_buy_cover=0.875)])
        assert happened(outcome, "book_sale") == [(SALE, "book_sale", f"loan:{index}") for index in range(loans)]


def test_who_has_too_little_left_is_passed_over() -> None:
    lenders = [seller(), funded(78.99, funding_rate=0.09), buyer(lender="l", cash_usd=4.0)]
    assert sold(play(8, lenders=lenders)) == [(SALE, "lender:0", "lender:2", 400)]


def test_the_first_in_order_buys_whatever_another_would_take() -> None:
    """Lender a comes before j and b after it; a poor one is passed over; nobody buys of itself."""
    others = [buyer(lender="b", book_buy_cover=0.0), seller(book_buy_cover=0.0), buyer(lender="z")]
    assert sold(play(8, lenders=[buyer(lender="a"), *others])) == [(SALE, "lender:2", "lender:0", 400)]
    poor = buyer(lender="a", cash_usd=3.99)
    assert sold(play(8, lenders=[poor, *others])) == [(SALE, "lender:2", "lender:1", 400)]
    assert sold(play(8, lenders=[seller(book_buy_cover=0.0)])) == []


def test_the_borrower_is_asked_first() -> None:
    for cash, kind in ((4.0, "repurchase"), (3.99, "book_sale")):
        outcome = play(8, miners=[miner(cash_usd=cash)])
        assert amounts(outcome, "repurchase", "book_sale") == [(SALE, kind, 400)]


def test_the_mark_is_of_machines_that_are_there() -> None:
    """Four instead of eight: 3.50 are 0.875 of the price."""
    for cover, bought in ((0.875, True), (0.8751, False)):
        outcome = play(8, lenders=[seller(), buyer(book_buy_cover=cover)], fleets=[fleet(machines=4)])
        assert bool(sold(outcome)) == bought


def test_the_mark_is_at_todays_price() -> None:
    """Coins fall to 0.8 on the day of the sale: machines clear at 0.8 of their price, the index is at 0.9 of it, of which 0.875 are 0.7875;
    eight are worth 6.30 USD, 1.575 times the price. The day before they were worth 7.00."""
    asics = scenario(1)["asics"] | {"hashprice_half_life_days": 0.001, "index_half_life_days": 1.0}
    closes = [20000.0] * SALE + [16000.0] * 3
    for cover, bought in ((1.574, True), (1.576, False)):
        outcome = play(8, lenders=[seller(), buyer(book_buy_cover=cover)], asics=asics, closes=closes)
        assert bool(sold(outcome)) == bought


def test_only_open_loans_on_machines_are_sold() -> None:
    """Of four loans: one on coins is called on day 6, as is one on nothing; one on machines is in default since day 4, and its lot j's."""
    lost = due(1, loan="c", collateral_machines=1, grace_days=3, recourse="limited")
    loans = [coin_loan(600000000, loan="a"), loan(loan="b", **FAR), lost, rigs(loan="d", collateral_machines=7)]
    outcome = play(8, *loans, lenders=[seller(), buyer(book_buy_cover=0.0)], miners=[miner(cash_usd=3.0)])
    assert happened(outcome, "book_sale", "loan_called", "loan_default") == [
        (4, "loan_default", "loan:2"),
        (SALE, "book_sale", "loan:3"),
        (6, "loan_called", "loan:0"),
        (6, "loan_called", "loan:1"),
    ]


def test_loans_are_bought_in_order_as_far_as_the_money_goes() -> None:
    """Two of four machines each, 4.00 USD a piece: k has 4.00, and b gets its money back from nobody; l buys the second."""
    halves = [rigs(loan=key, collateral_machines=4) for key in "ab"]
    lean = buyer(book_buy_cover=0.875, cash_usd=4.0)
    assert sold(play(8, *halves, lenders=[seller(), lean])) == [(SALE, "lender:0", "lender:1", 400)]
    both = play(8, *halves, lenders=[seller(), lean, buyer(lender="l", book_buy_cover=0.875)])
    assert sold(both) == [(SALE, "lender:0", "lender:1", 400), (SALE, "lender:0", "lender:2", 400)]
    assert losses(both) == [1200, -600, -600]


def test_lines_of_others_are_not_drawn_for_it() -> None:
    lines = [exposure("z", "k", 1.0) | {"line_usd": 100.0}]
    lenders = [seller(), buyer(cash_usd=3.0), lender(lender="z")]
    outcome = play(8, lenders=lenders, exposures=lines)
    assert (sold(outcome), posted(outcome, "lender_draw")) == ([], [])


# --- the price


@pytest.mark.parametrize(("cash", "kind"), [(0.0, "book_sale"), (1.0, "repurchase")])
def test_a_price_of_nothing(cash: float, kind: str) -> None:
    """The connection costs 10 cents a day a machine: 6.00 USD are due on day 5, which a miner without money cannot pay. So a lender without
    money has the loan: nothing is posted, and all of it is the seller's loss."""
    connected = fleet(demand_charge_usd_per_mw_month=1000.0)
    lenders = [seller(book_sale_price=0.0), buyer(cash_usd=0.0, book_buy_cover=100.0)]
    outcome = play(8, lenders=lenders, fleets=[connected], miners=[miner(cash_usd=6 * cash)])
    assert amounts(outcome, "repurchase", "book_sale") == [(SALE, kind, 0)]
    assert posted(outcome, "repurchase") == posted(outcome, "book_sale") == []
    assert (losses(outcome), gains(outcome)) == (([1000, -1000], [-1000, 0]) if not cash else ([1000, 0], [-1000, 0]))


def test_overdue_interest_is_in_the_price_and_more_than_is_outstanding_may_be_paid() -> None:
    """0.1 % a day: 4 cents on day 5, and 26 of 1,004 more until day 31. What is paid then is the buyer's.

    At 40 cents on the dollar: 4.02 of 10.04 for 10.00 outstanding. At par: 10.04, of which 4 cents stand among the buyer's other assets.
    """
    late = due(1, grace_days=30, default_interest_rate=0.36)
    paying = [miner(other_income_usd_per_month=10.30)]  # on day 17
    for share, price in ((0.4, 402), (1.0, 1004)):
        lenders = [seller(book_sale_price=share), buyer(book_buy_cover=0.69)]
        outcome = play(SALE + 3, late, lenders=lenders)
        assert sold(outcome) == [(SALE, "lender:0", "lender:1", price)]
        assert losses(outcome) == [1004 - price, price - 1004]
        assert gains(outcome) == [price - 1000, 0]
        outcome = play(33, late, lenders=lenders, miners=paying)
        paid = [
            (day, why, to, cents) for day, why, _, _, to, cents in outcome.postings if why in ("interest", "principal")
        ]
        assert paid == [(31, "interest", "lender:1", 30), (31, "principal", "lender:1", 1000)]
        assert outcome.loans[0]["status"] == "closed"
        assert gains(outcome) == [price - 1000, 1030 - price]


# --- in the buyer's hands


def test_interest_goes_to_the_buyer_and_what_it_paid_less_is_its_gain_when_the_loan_is_repaid() -> None:
    """30 cents of interest a month, on days 10 and 41; the rest falls due on day 41, too, and is paid with coins."""
    terms = {"amortisation": "interest_only", "rate": 0.36, "day_count": "30E360", "grace_days": 9}
    monthly = rigs(**terms | {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 2, 25)})
    rich = [miner(cash_usd=0.3, btc=0.01)]
    before, after = play(41, monthly, miners=rich), play(42, monthly, miners=rich)
    roads = [(day, to, cents) for day, why, _, _, to, cents in after.postings if why in ("interest", "principal")]
    assert roads == [(10, "lender:1", 30), (41, "lender:1", 30), (41, "lender:1", 1000)]
    assert gains(before) == [-600, 30]
    assert gains(after) == [-600, 60 + 600]
    assert losses(before) == losses(after) == [600, -600]
    assert after.loans[0]["status"] == "closed"


def test_a_default_in_the_buyers_hands_is_marked_seized_and_sold_by_its_terms() -> None:
    """Due on day 10, in default on day 13: the buyer has machines of 7.00, marked at the 4.00 that it paid. It seizes two days later, not
    five, and dumps."""
    hers = {"seizure_days": 2, "policy": "dump"}
    unpaid = due(10, recourse="limited")
    lenders = [seller(), buyer(**hers)]
    assert gains(play(13, unpaid, lenders=lenders)) == [-600, 0]
    assert gains(play(14, unpaid, lenders=lenders)) == [-600, 0]
    outcome = play(18, unpaid, lenders=lenders)
    assert amounts(outcome, "loan_default", "seizure", "machine_sale") == [
        (13, "loan_default", 1000),
        (15, "seizure", 8),
        (16, "machine_sale", 8),
    ]
    assert (16, "machine_proceeds", "cents", "world", "lender:1", 700) in outcome.postings
    assert (outcome.loans[0]["loss"], losses(outcome), gains(outcome)) == (300, [600, -300], [-600, 300])


def test_an_estate_pays_the_buyer() -> None:
    """With recourse the two free machines bring 1.75 on the day of the default, and the estate four days later; of the claim 8.25 are left,
    with machines of 7.00 behind it."""
    steady = scenario(1)["asics"] | {"kappa": 0.0}  # what is sold moves no price
    outcome = play(18, due(10), lenders=[seller(), buyer(seizure_days=30)], asics=steady)
    (paid,) = [posting for posting in outcome.postings if posting[1] == "estate"]
    assert paid == (17, "estate", "cents", "miner:0", "lender:1", 175)
    assert outcome.loans[0]["recovered"] == 175
    assert outcome.loans[0]["loss"] == 1000 - 175 - 700
    assert losses(outcome) == [600, 125 - 600]


def test_machines_go_back_for_the_buyers_money() -> None:
    """Its policy decides: on day 17 the miner has 1.80 USD, at 0.875 a machine."""
    back = {"max_clearing_to_index": 99.0, "action": "sell_back", "share_per_day": 0.0, "payback_days": 3650}
    steady = scenario(1)["asics"]
    steady = steady | {"tiers": [tier | {"elasticity": 0.0} for tier in steady["tiers"]]}
    terms: Row = {"policies": POLICIES | {"back": {"hold_days": 1000, "rules": [back]}}, "asics": steady}
    choosy = [fleet(power_usd_per_mwh=125.0, shutdown_ratio=5.0, restart_ratio=5.0)]
    lenders = [seller(), buyer(seizure_days=1, policy="back")]
    payer = [miner(other_income_usd_per_month=1.80)]
    outcome = play(18, due(10, recourse="limited"), lenders=lenders, miners=payer, fleets=choosy, **terms)
    assert amounts(outcome, "sell_back") == [(17, "sell_back", 2)]
    assert (17, "sell_back", "cents", "miner:0", "lender:1", 175) in outcome.postings
    assert losses(outcome) == [600, 300 - 600]


def test_new_terms_are_the_buyers_to_grant() -> None:
    """Asked on day 17, when 0.1 a year for seven days make 2 cents of 10.00. A failed lender grants none."""
    soon = dict.fromkeys(FAR, date(2021, 2, 25))
    asked = response("renegotiate", loan="l", term_months=36, wait_days=None)
    for lenders, word in (
        ([seller(amend_cover=1.0)], "renegotiation_refused"),
        ([seller(), buyer(amend_cover=1.0)], "renegotiation"),
    ):
        outcome = play(18, rigs(rate=0.1, **soon), lenders=lenders, responses=[asked])
        assert happened(outcome, "renegotiation", "renegotiation_refused") == [(17, word, "loan:0")]
    assert amounts(outcome, "capitalisation") == [(17, "capitalisation", 2)]
    assert outcome.sheets[17] == [(0, 0), (1002, 1002)]
    assert gains(outcome) == [-600, 2]


@pytest.mark.parametrize(
    ("hers", "events"),
    [
        ({"forbear_days": 9}, [(13, "forbearance", 1000), (22, "loan_default", 1000)]),
        ({"swap_cover": 0.7}, [(13, "debt_swap", 1000), (13, "loan_default", 1000)]),
        ({"swap_cover": 0.71}, [(13, "loan_default", 1000)]),
    ],
)
def test_choices_are_the_buyers(hers: Row, events: list[tuple[int, str, int]]) -> None:
    """The seller, which failed, had neither."""
    outcome = play(25, due(10), lenders=[seller(), buyer(**hers)])
    assert amounts(outcome, "forbearance", "debt_swap", "loan_default") == events


def test_a_loan_that_was_forborne_stays_forborne() -> None:
    """By j, on day 2 for ten days, an hour before it fails: k, which would wait nine days more, does not."""
    outcome = play(25, due(1, grace_days=1), lenders=[seller(forbear_days=10), buyer(forbear_days=9)])
    assert amounts(outcome, "forbearance", "book_sale", "loan_default") == [
        (2, "forbearance", 1000),
        (SALE, "book_sale", 400),
        (12, "loan_default", 1000),
    ]


def test_a_call_for_cover_outlives_the_sale() -> None:
    """Called on day 17, sold on day 21; on day 27 the 3.00 that 7.00 of machines do not cover are paid to the buyer. Its discount stays."""
    called = rigs(covenant_cover=1.0, covenant_days=10)
    failing = [lender_event(18, "j", "fail")]
    outcome = play(
        30, called, miners=[miner(cash_usd=3.0)], lender_events=failing, lenders=[seller(), buyer(book_buy_cover=1.7)]
    )
    assert amounts(outcome, "covenant_call", "book_sale") == [(17, "covenant_call", 1000), (21, "book_sale", 400)]
    assert [posting for posting in outcome.postings if posting[1] == "principal"] == [
        (27, "principal", "cents", "miner:0", "lender:1", 300)
    ]
    assert outcome.sheets[-1] == [(0, 0), (700, 700)]
    assert gains(outcome) == [-600, 0]


@pytest.mark.parametrize(("day", "drawn"), [(4, []), (SALE, []), (SALE + 1, [(SALE + 1, 200)])])
def test_the_buyer_stands_behind_a_line(day: int, drawn: list[tuple[int, int]]) -> None:
    """2.00 USD fall due on another loan: until the sale, which comes last that day, nobody lends on the line of one that has failed."""
    lined = rigs(loan="a", credit_line_usd=15.0)
    other = loan(loan="b", lender="k", outstanding_usd=2.0, **dict.fromkeys(FAR, date(2021, 1, 15 + day)))
    outcome = play(7, lined, other, lenders=[seller(), buyer()])
    assert posted(outcome, "draw") == drawn
    if drawn:
        assert (day, "draw", "cents", "lender:1", "miner:0", 200) in outcome.postings
        assert outcome.sheets[-1] == [(0, 0), (1200, 1200)]
        assert gains(outcome) == [-600, 0]


# --- cost first, gain later


@pytest.mark.parametrize(
    ("cover", "paid", "gain"),
    [(7 / 6, 400, 0), (1.4, 500, 100), (2.0, 650, 250)],  # 6.00, 5.00 and 3.50 are covered
)
def test_what_is_paid_beyond_the_cost_is_a_gain_at_once(cover: float, paid: int, gain: int) -> None:
    """4.00 were paid for 10.00: of what is asked back for cover on day 27 the first 4.00 are the cost. The loan goes on."""
    called = rigs(covenant_cover=cover, covenant_days=10)
    world: Row = {"lender_events": [lender_event(18, "j", "fail")], "lenders": [seller(), buyer(book_buy_cover=1.7)]}
    outcome = play(30, called, miners=[miner(cash_usd=3.0, btc=0.01)], **world)
    assert posted(outcome, "principal") == [(27, paid)]
    assert outcome.sheets[-1] == [(0, 0), (1000 - paid, 1000 - paid)]
    assert gains(outcome) == [-600, gain]
    assert losses(outcome) == [600, -600]


FIRST, NEXT = 17, 45  # firsts of a month


def prepaid(days: int, usd: float, owed: Row, **hers: Any) -> Outcome:
    """So much of it is prepaid on each first of a month, to the buyer."""
    paying = response("prepay", loan="l", share=1.0)
    income = [miner(other_income_usd_per_month=usd)]
    return play(days, owed, miners=income, responses=[paying], lenders=[seller(), buyer(**hers)])


@pytest.mark.parametrize(
    ("usd", "first", "second"), [(2.0, 0, 0), (4.0, 0, 400), (4.01, 1, 402), (5.0, 100, 600), (10.0, 600, 600)]
)
def test_what_is_prepaid_beyond_the_cost_is_a_gain_at_once(usd: float, first: int, second: int) -> None:
    """And no more than the 6.00 in all: with 10.00, or twice 5.00, the loan is closed."""
    for days, gain in ((FIRST + 1, first), (NEXT + 1, second)):
        outcome = prepaid(days, usd, rigs())
        assert gains(outcome) == [-600, gain]
        assert (outcome.loans[0]["status"] == "closed") == (gain == 600)


def test_what_is_prepaid_on_a_loan_bought_above_par_frees_nothing() -> None:
    """10.04 for 10.00 outstanding, in arrears since day 1. On day 21 the miner has 5.00: 20 cents of interest, 4.80 of principal. The 4
    cents stay among the other assets."""
    late = due(1, grace_days=20, default_interest_rate=0.36)
    lenders = [seller(book_sale_price=1.0), buyer(book_buy_cover=0.69, forbear_days=9)]
    outcome = play(22, late, lenders=lenders, miners=[miner(other_income_usd_per_month=5.0)])
    assert amounts(outcome, "book_sale", "forbearance") == [(SALE, "book_sale", 1004), (21, "forbearance", 520)]
    assert gains(outcome)[1] == 20


def test_a_loan_is_marked_at_its_cost_when_it_defaults() -> None:
    """Machines of 10.50 for a claim of 10.30 on day 31: what was bought for 4.02 is marked at 4.02, for 9.04 at 9.04. Nothing was saved of
    what was bought for 10.04: it is marked at the whole claim, and where machines of 3.50 are there at these."""
    late = due(1, grace_days=30, default_interest_rate=0.36, collateral_machines=12, recourse="limited")
    for share, machines, gain in (
        (0.4, 20, 0),
        (0.9, 20, 0),
        (1.0, 20, 26),
        (0.4, 4, 350 - 402),
        (0.9, 4, 350 - 904),
    ):
        lenders = [seller(book_sale_price=share), buyer(book_buy_cover=0.0)]
        outcome = play(33, late, lenders=lenders, fleets=[fleet(machines=machines)])
        assert amounts(outcome, "loan_default") == [(31, "loan_default", 1030)]
        assert gains(outcome)[1] == gain, (share, machines)


@pytest.mark.parametrize(("swap_cover", "kinds"), [(0.7, ["debt_swap", "loan_default"]), (0.71, ["loan_default"])])
def test_a_swap_is_marked_at_cost_as_well(swap_cover: float, kinds: list[str]) -> None:
    outcome = play(14, due(10, recourse="full"), lenders=[seller(), buyer(swap_cover=swap_cover)])
    assert [kind for _, kind, _ in amounts(outcome, "debt_swap", "loan_default")] == kinds
    assert gains(outcome) == [-600, 0]


@pytest.mark.parametrize(("usd", "before", "after"), [(3.0, 0, 300), (5.0, 100, 600)])
def test_cost_that_has_come_back_is_not_marked_again(usd: float, before: int, after: int) -> None:
    """3.00 of the 4.00 are prepaid on day 17: in default on day 23 the machines are marked at 1.00. Of 5.00, at nothing. What they bring,
    7.00 and at most the claim, is for the buyer: 7.00 of 7.00, or 5.00."""
    owed = rigs(recourse="limited", **dict.fromkeys(FAR, date(2021, 2, 4)))
    hers: Row = {"seizure_days": 2, "policy": "dump"}
    for day, gain in ((23, before), (24, before), (28, after + (300 if usd == 3.0 else 0))):
        assert gains(prepaid(day, usd, owed, **hers)) == [-600, gain], day


@pytest.mark.parametrize(
    ("usd", "day", "gain"),
    [
        (0.0, 18, 0.0),  # the loan is open, and was bought for 4.00
        (4.0, 18, 0.0),
        (5.0, 18, 1.0),
        (0.0, 24, 0.0),  # in default since day 23, with machines of 7.00
        (3.0, 24, 0.0),
        (5.0, 24, 1.0),
        (0.0, 28, 3.0),  # the machines are sold
        (3.0, 28, 6.0),
        (5.0, 28, 6.0),
    ],
)
def test_a_buyer_that_has_nothing_else_survives_a_loss_of_what_it_has_gained(usd: float, day: int, gain: float) -> None:
    """So much is prepaid on day 17; all that it owns is somebody else's but the gain."""
    hers = buyer(seizure_days=2, policy="dump", equity_usd=0.0)
    owed = rigs(recourse="limited", **dict.fromkeys(FAR, date(2021, 2, 4)))
    world: Row = {"responses": [response("prepay", loan="l", share=1.0)], "lenders": [seller(), hers]}
    world["miners"] = [miner(other_income_usd_per_month=usd)]
    for lost, failed in ((gain, []), (gain + 0.01, [(day, "lender_failure", "lender:1")])):
        events = [lender_event(FAIL, "j", "fail"), lender_event(day, "k", "loss", lost)]
        outcome = play(30, owed, lender_events=events, **world)
        assert happened(outcome, "lender_failure")[1:] == failed, lost


# --- when the buyer fails


def test_a_buyer_that_fails_sells_by_its_own_terms() -> None:
    """Two days later at half of what is owed: k gains 1.00, z has 5.00 to spare."""
    lenders = [seller(), buyer(book_sale_days=2, book_sale_price=0.5), buyer(lender="z", book_buy_cover=1.4)]
    failures = [lender_event(FAIL, "j", "fail"), lender_event(7, "k", "fail")]
    outcome = play(12, lenders=lenders, lender_events=failures)
    assert sold(outcome) == [(SALE, "lender:0", "lender:1", 400), (9, "lender:1", "lender:2", 500)]
    assert losses(outcome) == [600, 500 - 600, -500]
    assert gains(outcome) == [-600, 100, 0]
    assert outcome.sheets[9] == [(0, 0), (0, 0), (1000, 1000)]


def test_a_loan_that_comes_back_to_nobody_stays_with_the_estate_that_holds_it() -> None:
    """Nobody else buys, and k has no price: interest goes to its estate."""
    monthly = rigs(amortisation="interest_only", rate=0.36, day_count="30E360", first_payment_date=date(2021, 1, 25))
    failures = [lender_event(FAIL, "j", "fail"), lender_event(7, "k", "fail")]
    outcome = play(12, monthly, lender_events=failures, miners=[miner(cash_usd=0.3)])
    assert sold(outcome) == [(SALE, "lender:0", "lender:1", 400)]
    assert (10, "interest", "cents", "miner:0", "lender:1", 30) in outcome.postings


def test_a_borrower_buys_from_the_buyer() -> None:
    """It has 3.00, too little for j's price; k's is 2.00. Of the 8.00 that the loan loses j has lost 6.00 and k 2.00."""
    lenders = [seller(), buyer(book_sale_days=2, book_sale_price=0.2)]
    failures = [lender_event(FAIL, "j", "fail"), lender_event(7, "k", "fail")]
    outcome = play(12, lenders=lenders, lender_events=failures, miners=[miner(cash_usd=3.0)])
    assert (9, "repurchase", "cents", "miner:0", "lender:1", 200) in outcome.postings
    assert (outcome.loans[0]["ead"], outcome.loans[0]["loss"]) == (1000, 800)
    assert losses(outcome) == [600, 200]
    assert gains(outcome) == [-600, -200]


def test_two_lenders_that_fail_on_one_day_sell_to_the_third() -> None:
    """In order of the lenders, then of the loans: i's loan m before j's loan l. 8.00 USD are enough for both."""
    loans = [rigs(loan="l", collateral_machines=4), rigs(loan="m", lender="i", collateral_machines=4)]
    lenders = [seller(lender="i"), seller(), buyer(book_buy_cover=0.0, cash_usd=8.0)]
    failures = [lender_event(FAIL, key, "fail") for key in "ij"]
    outcome = play(8, *loans, lenders=lenders, lender_events=failures)
    assert happened(outcome, "book_sale") == [(SALE, "book_sale", "loan:1"), (SALE, "book_sale", "loan:0")]
    assert sold(outcome) == [(SALE, "lender:0", "lender:2", 400), (SALE, "lender:1", "lender:2", 400)]
    assert losses(outcome) == [600, 600, -1200]


def test_a_buyers_loans_have_their_turn_in_order() -> None:
    """Of its own it has loan b; what it bought comes before and after. When it fails they are sold in order, to z."""
    loans = [rigs(loan=key, lender="k" if key == "b" else "j", collateral_machines=2) for key in "abc"]
    lenders = [
        seller(),
        buyer(book_buy_cover=0.0, book_sale_days=2, book_sale_price=0.5),
        buyer(lender="z", book_buy_cover=0.0),
    ]
    failures = [lender_event(FAIL, "j", "fail"), lender_event(7, "k", "fail")]
    outcome = play(12, *loans, lenders=lenders, lender_events=failures)
    assert happened(outcome, "book_sale") == [
        *((SALE, "book_sale", f"loan:{index}") for index in (0, 2)),
        *((9, "book_sale", f"loan:{index}") for index in (0, 1, 2)),
    ]
    assert losses(outcome) == [1200, -1200 + 3 * 500, -1500]


def test_what_a_claim_on_the_seller_is_worth_knows_the_price() -> None:
    """j owes z 5.00 USD and has nothing but the loan and what it was sold for. On day 2 the book covers the debt; when q fails on day 6,
    4.00 of cash are left for 5.00 owed."""
    bare = seller(cash_usd=0.0, other_assets_usd=0.0, equity_usd=5.0)
    lenders = [bare, buyer(), lender(lender="q"), lender(lender="z")]
    failures = [lender_event(FAIL, "j", "fail"), lender_event(6, "q", "fail")]
    outcome = play(8, lenders=lenders, lender_events=failures, exposures=[exposure("z", "j", 5.0)])
    assert amounts(outcome, "exposure_loss") == [(6, "exposure_loss", 100)]
    assert outcome.marks == [400]
