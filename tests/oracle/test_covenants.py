"""Calls for cover on machine loans, by hand. Pages: docs/model/collateral.md#machines-covenants, docs/model/loans.md.

Machines cost 10 USD/TH, in a quick sale as in any other, and follow the price of coins on the day: four of 100 TH/s are worth 4,000 USD
where a coin costs its 20,000, and cover 3,200 at a cover of 1.25. Looked at on 1 February (day 17) and 1 March (day 45); a call ends ten
days later. Blocks are a hundred times too slow, so that no retarget moves the price.
"""

from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import (
    PRICE_USD,
    TARGET_DIFFICULTY,
    Row,
    amounts,
    fleet,
    happened,
    hedge,
    lender,
    lender_event,
    loan,
    miner,
    posted,
    response,
    run,
    scenario,
)

FAR = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
KINDS = ("covenant_call", "missed_payment", "loan_default", "forbearance", "prepayment", "renegotiation")
RICH = miner(cash_usd=10000.0)


def market() -> Row:
    """The market of the docstring."""
    terms: Row = scenario(1)["asics"]
    tiers = [row | {"index_usd_per_th": 10.0} for row in terms["tiers"]]
    at_once = {"hashprice_half_life_days": 0.001, "index_half_life_days": 0.001, "kappa": 0.0, "quick_discount": 0.0}
    return terms | at_once | {"tiers": tiers}


def rigs(usd: float = 3200.0, **changes: Any) -> Row:
    """A loan on four machines that falls due far away, with a cover of 1.25 in ten days."""
    pledge = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 4, "recourse": "limited"}
    covenant = {"covenant_cover": 1.25, "covenant_days": 10}
    return loan(**FAR | pledge | covenant | {"outstanding_usd": usd} | changes)


def play(shares: dict[int, float], *loans: Row, days: int = 35, **changes: Any) -> Outcome:
    """Coins at a share of their price from each of some days on; ten machines that stand still."""
    closes, share = [], 1.0
    for day in range(days):
        share = shares.get(day, share)
        closes.append(PRICE_USD * share)
    book: Row = {"miners": [RICH], "fleets": [fleet()]} | changes
    return run(days, loans=loans, closes=closes, asics=market(), difficulty=TARGET_DIFFICULTY * 100, **book)


def told(outcome: Outcome) -> list[tuple[int, str, float]]:
    return amounts(outcome, *KINDS)


# --- the call


def test_just_enough_cover_is_enough() -> None:
    assert told(play({}, rigs(3200.0))) == []
    outcome = play({}, rigs(3200.01))
    assert told(outcome) == [(17, "covenant_call", 320001)]
    assert posted(outcome, "principal") == [(27, 1)]


def test_a_call_asks_for_what_brings_the_cover_back() -> None:
    """3,200 USD on what is worth 3,200: at 1.25 that covers 2,560. On 1 March it covers what is left, just so."""
    outcome = play({10: 0.8}, rigs(), days=60)
    assert told(outcome) == [(17, "covenant_call", 320000)]
    assert posted(outcome, "principal") == [(27, 64000)]
    assert outcome.loans[0]["outstanding"] == 256000
    assert outcome.lenders[0]["cash"] == 100000 + 64000
    assert outcome.lenders[0]["equity"] == 100_000_000


@pytest.mark.parametrize(
    ("shares", "paid"),
    [
        ({10: 0.8, 26: 1.0}, []),  # the price came back the day before
        ({10: 0.8, 27: 1.0}, [(27, 64000)]),  # too late: the mark is yesterday's
        ({10: 0.8, 26: 0.9}, [(27, 32000)]),
        ({10: 0.8, 20: 0.6}, [(27, 128000)]),
        ({10: 0.8, 20: 2.0, 27: 0.1}, []),
    ],
)
def test_the_price_of_the_day_before_it_ends_counts(shares: dict[int, float], paid: list[tuple[int, int]]) -> None:
    outcome = play(shares, rigs())
    assert told(outcome) == [(17, "covenant_call", 320000)]
    assert posted(outcome, "principal") == paid
    assert outcome.loans[0]["status"] == "performing"


def test_the_price_of_the_day_before_the_first_counts() -> None:
    assert told(play({17: 0.5}, rigs())) == []
    assert told(play({16: 0.5, 17: 1.0}, rigs())) == [(17, "covenant_call", 320000)]
    assert told(play({5: 0.5, 16: 1.0}, rigs())) == []


def test_nothing_is_looked_at_on_day_0() -> None:
    """The run begins on the first of a month; the next one is day 28."""
    far_below = rigs(9000.0, first_payment_date=date(2022, 2, 1), maturity_date=date(2022, 2, 1))
    assert told(play({}, far_below, start="2021-02-01")) == [(28, "covenant_call", 900000)]


def test_a_loan_may_be_called_again() -> None:
    outcome = play({10: 0.8, 30: 0.6}, rigs(), days=60)
    assert told(outcome) == [(17, "covenant_call", 320000), (45, "covenant_call", 256000)]
    assert posted(outcome, "principal") == [(27, 64000), (55, 256000 - 192000)]


def test_no_call_while_one_is_pending() -> None:
    """29 days end on 2 March; 28 end on the morning of the first, so that the loan is called anew that day."""
    slow = rigs(covenant_days=29, grace_days=60)
    assert told(play({10: 0.8}, slow, days=75, miners=[miner()])) == [
        (17, "covenant_call", 320000),
        (46, "missed_payment", 64000),
    ]
    same_day = rigs(covenant_days=28, grace_days=60)
    assert told(play({10: 0.8}, same_day, days=75, miners=[miner()])) == [
        (17, "covenant_call", 320000),
        (45, "missed_payment", 64000),
        (45, "covenant_call", 320000),
    ]


def test_machines_that_are_not_there_cover_nothing() -> None:
    """Three of four are left in the row: 3,000 USD cover 2,400."""
    outcome = play({}, rigs(), fleets=[fleet(machines=3)])
    assert told(outcome) == [(17, "covenant_call", 320000)]
    assert posted(outcome, "principal") == [(27, 80000)]


def test_each_loan_is_asked_in_its_turn() -> None:
    """1,300 USD for two calls of 640; of the 440 that are asked of the third 20 are left."""
    loans = [rigs(loan=key) for key in "ab"] + [rigs(3000.0, loan="c")]
    outcome = play({10: 0.8}, *loans, miners=[miner(cash_usd=1300.0)], fleets=[fleet(machines=12)])
    assert posted(outcome, "principal") == [(27, 64000), (27, 64000), (27, 2000)]
    assert told(outcome) == [
        (17, "covenant_call", 320000),
        (17, "covenant_call", 320000),
        (17, "covenant_call", 300000),
        (27, "missed_payment", 42000),
        (30, "loan_default", 298000),
    ]


def test_calls_are_margin_calls() -> None:
    assert told(play({10: 0.8}, rigs(), channels={"margin_calls": False})) == []


def test_a_lender_that_has_failed_calls_all_the_same() -> None:
    outcome = play({10: 0.8}, rigs(), lender_events=[lender_event(2, "j", "fail")])
    assert told(outcome) == [(17, "covenant_call", 320000)]
    assert posted(outcome, "principal") == [(27, 64000)]


# --- who cannot pay


def test_who_cannot_pay_misses_a_payment() -> None:
    """100 of 640 USD are paid; three days later the loan is in default."""
    outcome = play({10: 0.8}, rigs(), miners=[miner(cash_usd=100.0)])
    assert posted(outcome, "principal") == [(27, 10000)]
    assert told(outcome) == [
        (17, "covenant_call", 320000),
        (27, "missed_payment", 54000),
        (30, "loan_default", 310000),
    ]


def test_coins_are_sold_for_it() -> None:
    """640 USD at 16,000 a coin."""
    outcome = play({10: 0.8}, rigs(), miners=[miner(btc=1.0)])
    assert amounts(outcome, "forced_sale") == [(27, "forced_sale", 4_000_000)]
    assert outcome.loans[0]["status"] == "performing"


def test_the_grace_pays_what_was_missed() -> None:
    """A put pays on day 29."""
    paid = hedge("put", strike_usd=30000.0, expiry_date=date(2021, 2, 13))
    outcome = play({10: 0.8}, rigs(), miners=[miner()], hedges=[paid])
    assert told(outcome) == [(17, "covenant_call", 320000), (27, "missed_payment", 64000)]
    assert posted(outcome, "principal") == [(30, 64000)]
    assert outcome.loans[0]["status"] == "performing"


def test_a_loan_in_arrears_keeps_its_grace_and_is_charged_first() -> None:
    """32 USD of interest are missed on day 41, 26 cents come of them in 8 days of 30 a month; then 3,232.26 are owed, 2,560 covered.

    Of the 672.26 that are short 32.26 are overdue already, so 640 are asked; all of it is overdue 14 days more, until the grace ends: 9.41.
    """
    terms = {"rate": 0.12, "default_interest_rate": 0.36, "day_count": "30E360", "grace_days": 20, "covenant_days": 30}
    dates = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2022, 1, 25)}
    owing = rigs(amortisation="interest_only", **terms, **dates)
    outcome = play({10: 0.8}, owing, days=70, miners=[miner(cash_usd=32.0)])
    assert posted(outcome, "interest") == [(10, 3200)]
    assert told(outcome) == [
        (17, "covenant_call", 320000),
        (41, "missed_payment", 3200),
        (61, "loan_default", 320000 + 3200 + 26 + 941),
    ]


def test_what_is_overdue_counts_in_the_claim() -> None:
    """3,200 USD are covered, with a cent of interest in arrears they are not; the cent is all that is short, and it is overdue already."""
    dates = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2022, 1, 25)}
    owing = rigs(rate=0.00004, day_count="30E360", grace_days=10, amortisation="interest_only", **dates)
    outcome = play({}, owing, miners=[miner()], lenders=[lender(forbear_days=60)])
    assert told(outcome) == [
        (10, "missed_payment", 1),
        (17, "covenant_call", 320001),
        (20, "forbearance", 1),
    ]
    later = play({}, owing | {"grace_days": 25}, days=40, miners=[miner()], lenders=[lender(forbear_days=60)])
    assert amounts(later, "forbearance") == [(35, "forbearance", 1)]


def test_a_second_call_does_not_ask_again_for_what_the_first_left_overdue() -> None:
    """640 USD are short on day 27, of which 100 are paid; on day 55, the price as it was, 540 are short and all of them overdue."""
    outcome = play({10: 0.8}, rigs(grace_days=60), days=80, miners=[miner(cash_usd=100.0)])
    assert told(outcome) == [
        (17, "covenant_call", 320000),
        (27, "missed_payment", 54000),
        (45, "covenant_call", 310000),
        (76, "covenant_call", 310000),
    ]
    assert posted(outcome, "principal") == [(27, 10000)]
    assert (outcome.loans[0]["ead"], outcome.loans[0]["status"]) == (0, "arrears")


def test_no_more_is_asked_than_is_not_overdue_yet() -> None:
    """Due on day 20, of which 1,000 USD are paid: all 2,200 left are overdue, so that the call adds nothing, but charges seven days."""
    terms = {"default_interest_rate": 0.36, "grace_days": 20}
    dates = {"first_payment_date": date(2021, 2, 4), "maturity_date": date(2021, 2, 4)}
    outcome = play({10: 0.1}, rigs(**terms, **dates), days=45, miners=[miner(cash_usd=1000.0)])
    assert told(outcome) == [
        (17, "covenant_call", 320000),
        (20, "missed_payment", 220000),
        (40, "loan_default", 220000 + 1540 + 2880),  # 13 days on what was charged before, too
    ]


def test_a_call_that_ends_with_a_grace_comes_before_it() -> None:
    """32 USD missed on day 10, grace until day 27; 672 are short then, 640 not overdue yet; the lender forbears what both come to."""
    terms = {"rate": 0.12, "day_count": "30E360", "grace_days": 17, "amortisation": "interest_only"}
    dates = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2022, 1, 25)}
    patient = lender(forbear_days=5)
    outcome = play({10: 0.8}, rigs(**terms, **dates), miners=[miner()], lenders=[patient])
    assert told(outcome) == [
        (10, "missed_payment", 3200),
        (17, "covenant_call", 323200),
        (27, "forbearance", 3200 + 64000),
        (32, "loan_default", 323200),
    ]


def test_a_call_that_ends_on_a_due_date_leaves_less_to_fall_due() -> None:
    """3,600 USD, of which 1,200 fall due on the 11th of each month, first on day 27: 1,040 are asked before, 1,360 left after."""
    dates = {"first_payment_date": date(2021, 2, 11), "maturity_date": date(2021, 4, 11)}
    outcome = play({10: 0.8}, rigs(3600.0, amortisation="linear", **dates), days=60)
    assert posted(outcome, "principal") == [(27, 104000), (27, 120000), (55, 120000)]


# --- the loan has changed meanwhile


def test_a_call_on_a_loan_that_was_repaid_asks_for_nothing() -> None:
    dates = {"first_payment_date": date(2021, 2, 4), "maturity_date": date(2021, 2, 4)}
    outcome = play({10: 0.8}, rigs(**dates))
    assert told(outcome) == [(17, "covenant_call", 320000)]
    assert posted(outcome, "principal") == [(20, 320000)]
    assert outcome.loans[0]["status"] == "closed"


def test_a_call_on_a_loan_in_default_asks_for_nothing() -> None:
    dates = {"first_payment_date": date(2021, 2, 4), "maturity_date": date(2021, 2, 4)}
    paid = hedge("put", strike_usd=70000.0, expiry_date=date(2021, 2, 8))  # day 24: 5,400 USD
    outcome = play({10: 0.8}, rigs(**dates), miners=[miner()], hedges=[paid])
    assert told(outcome) == [
        (17, "covenant_call", 320000),
        (20, "missed_payment", 320000),
        (23, "loan_default", 320000),
    ]
    assert posted(outcome, "principal") == []


def test_a_call_on_a_loan_that_was_sold_to_the_borrower_asks_for_nothing() -> None:
    """Its lender fails on day 19 and sells it at a tenth three days later."""
    seller = lender(book_sale_days=3, book_sale_price=0.1)
    outcome = play({10: 0.8}, rigs(), lenders=[seller], lender_events=[lender_event(19, "j", "fail")])
    assert posted(outcome, "repurchase") == [(22, 32000)]
    assert posted(outcome, "principal") == []


def test_what_was_prepaid_need_not_be_paid_again() -> None:
    """Boards meet after the call: 640 of 6,400 USD are prepaid the same day, which is all that was short."""
    early = response("prepay", loan="l", share=0.1, wait_days=None)
    outcome = play({10: 0.8}, rigs(), miners=[miner(cash_usd=6400.0)], responses=[early])
    assert told(outcome) == [(17, "covenant_call", 320000), (17, "prepayment", 64000)]
    assert posted(outcome, "principal") == [(17, 64000)]
    closing = play({10: 0.8}, rigs(), miners=[miner(cash_usd=6400.0)], responses=[early | {"share": 1.0}])
    assert told(closing) == [(17, "covenant_call", 320000), (17, "prepayment", 320000)]
    assert closing.loans[0]["status"] == "closed"


def test_new_terms_leave_a_call_pending() -> None:
    """3,200 USD for three years more; ten days later the lender asks for its cover nevertheless."""
    asked = response("renegotiate", loan="l", term_months=36, wait_days=None)
    outcome = play({10: 0.8}, rigs(), lenders=[lender(amend_cover=1.5)], responses=[asked])
    assert told(outcome) == [(17, "covenant_call", 320000), (17, "renegotiation", 320000)]
    assert posted(outcome, "principal") == [(27, 64000)]


def test_a_loan_without_a_covenant_is_never_called() -> None:
    plain = rigs(covenant_cover=None, covenant_days=None)
    bare = {name: cell for name, cell in plain.items() if not name.startswith("covenant")}
    assert told(play({10: 0.1}, plain)) == told(play({10: 0.1}, bare)) == []
    assert happened(play({10: 0.1}, bare), "covenant_call") == []
