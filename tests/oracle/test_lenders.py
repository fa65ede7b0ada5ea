"""Lenders by hand: runs, roll-over, the ladder, choices on a loan that goes wrong, book sales, coins pledged on."""

from datetime import date
from typing import Any

import pytest

from tests.oracle.small_world import (
    Row,
    amounts,
    book_events,
    coin_loan,
    fleet,
    happened,
    lender,
    lender_event,
    loan,
    miner,
    posted,
    run,
    scenario,
)

FAR = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
DUMP = {"hold": {"hold_days": 0, "rules": []}}


def platform(**changes: Any) -> Row:
    """1,000 USD of cash and 9,000 of other assets; equity 1,000; half of the funding of 9,000 on demand."""
    terms = {"cash_usd": 1000.0, "other_assets_usd": 9000.0, "equity_usd": 1000.0, "demand_share": 0.5}
    return lender(**terms | changes)


def rig_loan(usd: float, **changes: Any) -> Row:
    """A loan on machines of row f, which are worth 0.875 USD each to the lender."""
    terms = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8, "outstanding_usd": usd}
    return loan(**terms | changes)


# --- runs


def test_a_run_drains_the_cash_and_the_lender_fails() -> None:
    """A quarter of the equity lost at 0.4 is a tenth of what is left a day: 450, 405, and 145 of the 364.50 asked for."""
    outcome = run(8, lenders=[platform(run_own=0.4)], lender_events=[lender_event(2, "j", "loss", 250.0)])
    assert [event[:2] + event[3:] for event in book_events(outcome)] == [
        (2, "lender_loss", 25000),
        (2, "lender_run", 45000),
        (3, "lender_run", 40500),
        (4, "lender_run", 14500),
        (4, "lender_failure", 0),
    ]
    assert posted(outcome, "withdrawal") == [(2, 45000), (3, 40500), (4, 14500)]
    assert outcome.lenders[0]["equity"] == 75000  # a run moves cash and funding alike


def test_no_loss_no_run_and_none_without_equity_at_the_start() -> None:
    assert book_events(run(5, lenders=[platform(run_own=100.0)])) == []
    bare = platform(run_own=100.0, equity_usd=0.0)
    loss = [lender_event(2, "j", "loss", 250.0)]
    assert happened(run(5, lenders=[bare], lender_events=loss), "lender_run") == []


def test_a_run_never_asks_for_more_than_the_demand_funding() -> None:
    """Cash of 5,000 pays all 4,500 at once, and that is that."""
    rich = platform(cash_usd=5000.0, other_assets_usd=5000.0, run_own=100.0)
    outcome = run(6, lenders=[rich], lender_events=[lender_event(2, "j", "loss", 500.0)])
    assert amounts(outcome, "lender_run", "lender_failure") == [(2, "lender_run", 450000)]


def test_peers_that_fail_make_depositors_run_the_day_after() -> None:
    """Two peers fail on day 2, one on day 4: 20 % of 4,500, then 10 % of 3,600."""
    peers = [lender(lender=key) for key in "abc"]
    decree = [lender_event(2, "a", "fail"), lender_event(2, "b", "fail"), lender_event(4, "c", "fail")]
    rich = platform(cash_usd=5000.0, other_assets_usd=5000.0, run_peer=0.1)
    outcome = run(8, lenders=[rich, *peers], lender_events=decree)
    assert [event for event in outcome.events if event[1] == "lender_run"] == [
        (3, "lender_run", "lender:3", 90000),
        (5, "lender_run", "lender:3", 36000),
    ]


def test_a_withdrawal_takes_from_demand_funding_first() -> None:
    """800 of 4,500 on demand; then at 10 % a day 370 and no more than the 333 of what is left."""
    events = [lender_event(2, "j", "withdrawal", 800.0), lender_event(3, "j", "loss", 250.0)]
    rich = platform(cash_usd=5000.0, other_assets_usd=5000.0, run_own=0.4)
    outcome = run(5, lenders=[rich], lender_events=events)
    assert amounts(outcome, "lender_run") == [(3, "lender_run", 37000), (4, "lender_run", 33300)]
    all_of_it = [lender_event(2, "j", "withdrawal", 4700.0), lender_event(3, "j", "loss", 250.0)]
    outcome = run(5, lenders=[rich], lender_events=all_of_it)
    assert happened(outcome, "lender_run", "lender_failure") == []


# --- funding


def bank(**changes: Any) -> Row:
    """Equity of 500 on 10,000, stopped from the first day; 7,600 of 9,500 are term funding, 5 % of it due a month."""
    terms = {"equity_usd": 500.0, "demand_share": 0.2, "stop_equity_share": 0.1, "term_share_per_month": 0.05}
    return platform(**terms | changes)


def test_term_funding_of_a_lender_that_stopped_rolls_off() -> None:
    """5 % of 7,600, of 7,220 and of 6,859: for the last one 259 USD are left."""
    outcome = run(80, lenders=[bank()])
    assert [event[:2] + event[3:] for event in book_events(outcome)] == [
        (0, "lending_stopped", 0),
        (17, "lender_roll_off", 38000),
        (45, "lender_roll_off", 36100),
        (76, "lender_roll_off", 25900),
        (76, "lender_failure", 0),
    ]
    assert posted(outcome, "roll_off") == [(17, 38000), (45, 36100), (76, 25900)]
    assert outcome.lenders[0]["equity"] == 50000


def test_term_funding_of_a_lender_that_lends_is_rolled_over() -> None:
    assert book_events(run(80, lenders=[bank(stop_equity_share=0.05)])) == []  # 500 is not below 5 % of 10,000


def test_interest_comes_before_what_rolls_off() -> None:
    """1 % of 9,500 a month first. A lender that cannot pay it fails, and repays nothing."""
    outcome = run(20, lenders=[bank(funding_rate=0.12)])
    assert [(why, amount) for _, why, _, _, _, amount in outcome.postings if why in ("funding_cost", "roll_off")] == [
        ("funding_cost", 9500),
        ("roll_off", 38000),
    ]
    broke = run(20, lenders=[bank(funding_rate=2.4)])
    assert amounts(broke, "lender_roll_off", "lender_failure") == [(17, "lender_failure", 0)]
    assert posted(broke, "funding_cost") == [(17, 100000)]


# --- the ladder


def test_lending_stops_below_the_share_and_resumes_at_it() -> None:
    """1,000 of 10,000 is at a tenth; 995 of 9,995 is below; interest of 10 USD on day 10 makes it 1,005 of 10,005."""
    terms = {"amortisation": "interest_only", "rate": 0.12, "day_count": "30E360", "maturity_date": date(2022, 1, 25)}
    sheet = {"cash_usd": 1000.0, "other_assets_usd": 8000.0, "equity_usd": 1000.0, "stop_equity_share": 0.1}
    events = [lender_event(2, "j", "loss", 5.0)]
    outcome = run(12, [miner(cash_usd=20.0)], [loan(**terms)], lenders=[lender(**sheet)], lender_events=events)
    assert happened(outcome, "lending_stopped", "lending_resumed") == [
        (2, "lending_stopped", "lender:0"),
        (10, "lending_resumed", "lender:0"),
    ]


@pytest.mark.parametrize(("day", "drawn"), [(9, []), (10, [(10, 50000)])])
def test_a_lender_that_stopped_lends_nothing_from_the_next_day_on(day: int, drawn: list[tuple[int, int]]) -> None:
    loans = [loan(loan="a", credit_line_usd=1500.0, **FAR), loan(loan="b")]
    outcome = run(
        12,
        [miner()],
        loans,
        lenders=[lender(equity_usd=5e5, stop_equity_share=0.4)],
        lender_events=[lender_event(day, "j", "loss", 3e5)],
    )
    assert posted(outcome, "draw") == drawn


def test_tightening_recalls_loans_on_coins_and_on_nothing_once() -> None:
    """Equity of 500,000 on 1,070,000 and more; 200,000 on 770,000 after a loss are 26 %, and less after the next one."""
    loans = [
        loan(loan="a", **FAR),
        rig_loan(10.0, loan="b", **FAR),
        coin_loan(600000000, loan="c"),
        loan(loan="d", **FAR),
    ]
    shares = {"equity_usd": 5e5, "stop_equity_share": 0.4, "tighten_equity_share": 0.3}
    events = [lender_event(2, "j", "loss", 3e5), lender_event(5, "j", "loss", 1e5)]
    outcome = run(12, [miner(cash_usd=80000.0)], loans, [fleet()], lenders=[lender(**shares)], lender_events=events)
    assert [event for event in book_events(outcome) if event[1] not in ("lender_loss", "shutdown")] == [
        (2, "lending_stopped", "lender:0", 0),
        (2, "lender_tightened", "lender:0", 0),
        (6, "loan_called", "loan:0", 100000),
        (6, "loan_called", "loan:2", 7000000),
        (6, "loan_called", "loan:3", 100000),
    ]
    assert posted(outcome, "release", "sats") == [(6, 600000000)]


def test_a_loan_called_twice_has_two_notices() -> None:
    """Tightened on day 2, failed on day 3: the second call finds the loan in arrears and changes nothing."""
    shares = {"equity_usd": 5e5, "stop_equity_share": 0.4, "tighten_equity_share": 0.4}
    events = [lender_event(2, "j", "loss", 3e5), lender_event(3, "j", "fail")]
    outcome = run(30, [miner()], [loan(grace_days=9)], lenders=[lender(**shares)], lender_events=events)
    assert amounts(outcome, "loan_called", "missed_payment", "loan_default") == [
        (6, "loan_called", 100000),
        (6, "missed_payment", 100000),
        (7, "loan_called", 100000),
        (15, "loan_default", 100000),
    ]


def test_the_ladder_is_quiet_when_there_are_no_assets() -> None:
    """More is lost than there was; the channel `solvency` keeps the lender alive."""
    shares = {"stop_equity_share": 0.1, "tighten_equity_share": 0.1}
    events = [lender_event(2, "j", "loss", 1e6), lender_event(3, "j", "loss", 1000.0)]
    outcome = run(6, lenders=[lender(**shares)], lender_events=events, channels={"solvency": False})
    assert happened(outcome, "lending_stopped", "lending_resumed", "lender_tightened", "lender_failure") == [
        (2, "lending_stopped", "lender:0"),
        (2, "lender_tightened", "lender:0"),
        (3, "lending_resumed", "lender:0"),
    ]


# --- coins pledged on


def test_coins_pledged_on_are_gone_when_the_lender_fails() -> None:
    """30 % of 5 BTC; what is left is worth 70,000, so that the coins go the day after. It is no sale of that day."""
    terms = {"rehypothecated_share": 0.3}
    outcome = run(
        4, [miner()], [coin_loan(500000000)], lenders=[lender(**terms)], lender_events=[lender_event(2, "j", "fail")]
    )
    assert book_events(outcome)[:3] == [
        (2, "lender_failure", "lender:0", 0),
        (2, "collateral_lost", "loan:0", 150000000),
        (3, "collateral_sale", "loan:0", 350000000),
    ]
    assert (2, "rehypothecation", "sats", "pledge:0", "world", 150000000) in outcome.postings
    assert outcome.daily[2]["forced_btc"] == 0
    assert outcome.loans[0]["outstanding"] == 0


def test_coins_of_closed_loans_and_shares_too_small_are_not_lost() -> None:
    due = {"first_payment_date": date(2021, 1, 16), "maturity_date": date(2021, 1, 16)}
    loans = [coin_loan(500000000, loan="a", **due), coin_loan(1, loan="b", outstanding_usd=0.0001)]
    outcome = run(
        4,
        [miner(cash_usd=70000.0)],
        loans,
        lenders=[lender(rehypothecated_share=0.5)],  # half a satoshi rounds to none
        lender_events=[lender_event(2, "j", "fail")],
    )
    assert happened(outcome, "collateral_lost") == []


# --- choices on a loan that goes wrong


def test_forbearance_once_then_default() -> None:
    """0.1 % a day: 3.00 on day 13, another 5.01 (of 501.5 cents less a last bit) on day 18."""
    outcome = run(20, [miner()], [loan(default_interest_rate=0.36)], lenders=[lender(forbear_days=5)])
    assert amounts(outcome, "missed_payment", "forbearance", "loan_default") == [
        (10, "missed_payment", 100000),
        (13, "forbearance", 100300),
        (18, "loan_default", 100000 + 300 + 501),
    ]


def test_forbearance_lets_a_miner_come_back() -> None:
    """The owners pay in 1,000 USD on February 1st, day 17; the grace would have ended on day 13."""
    line = {
        "runway_low_days": 30,
        "runway_high_days": 30,
        "equity_line_usd": 1000.0,
        "equity_line_usd_per_month": 1000.0,
    }
    terms = {"amortisation": "interest_only", "rate": 0.36, "day_count": "30E360", "maturity_date": date(2022, 1, 25)}
    miners = [miner(overhead_usd_per_month=3.0, **line)]
    assert run(30, miners, [loan(**terms)]).loans[0]["status"] == "defaulted"
    patient = run(30, miners, [loan(**terms)], lenders=[lender(forbear_days=5)])
    assert amounts(patient, "forbearance") == [(13, "forbearance", 3000)]
    assert posted(patient, "interest") == [(18, 3000)]
    assert patient.loans[0]["status"] == "performing"


def test_a_loan_is_forborne_once_in_its_life() -> None:
    """Missed in January, cured on day 18 with the owners' money; missed again on day 41, nobody waits a second time."""
    line = {"runway_low_days": 30, "runway_high_days": 30, "equity_line_usd": 33.0, "equity_line_usd_per_month": 33.0}
    terms = {"amortisation": "interest_only", "rate": 0.36, "day_count": "30E360", "maturity_date": date(2022, 1, 25)}
    outcome = run(60, [miner(overhead_usd_per_month=3.0, **line)], [loan(**terms)], lenders=[lender(forbear_days=5)])
    assert amounts(outcome, "missed_payment", "forbearance", "loan_default") == [
        (10, "missed_payment", 3000),
        (13, "forbearance", 3000),
        (41, "missed_payment", 3000),
        (44, "loan_default", 103000),
    ]


@pytest.mark.parametrize("why", ["failed", "tightened"])
def test_who_failed_or_tightened_does_not_wait(why: str) -> None:
    shares = {"equity_usd": 5e5, "stop_equity_share": 0.4, "tighten_equity_share": 0.4, "call_notice_days": 30}
    events = [lender_event(2, "j", "fail") if why == "failed" else lender_event(2, "j", "loss", 3e5)]
    outcome = run(20, [miner()], [loan()], lenders=[lender(forbear_days=5, **shares)], lender_events=events)
    assert amounts(outcome, "forbearance", "loan_default") == [(13, "loan_default", 100000)]


def test_a_swap_takes_the_machines_and_leaves_the_miner_alone() -> None:
    """Eight machines at 87.5 cents cover 1.4 times 5.00 USD. They are sold for 7.00: the miner gets what is over."""
    loans = [rig_loan(5.0, loan="a"), loan(loan="b", cross_default=True, **FAR)]
    outcome = run(30, [miner()], loans, [fleet()], lenders=[lender(swap_cover=1.4)], policies=DUMP)
    assert [event for event in book_events(outcome) if event[0] > 10] == [
        (13, "debt_swap", "loan:0", 500),
        (13, "loan_default", "loan:0", 500),
        (18, "seizure", "loan:0", 8),
        (19, "machine_sale", "loan:0", 8),
    ]
    assert posted(outcome, "machine_proceeds") == [(19, 500)]
    assert posted(outcome, "machine_surplus") == [(19, 200)]
    assert outcome.miners[0]["operating"]
    assert [row["status"] for row in outcome.loans] == ["defaulted", "performing"]
    assert outcome.loans[0]["loss"] == 0


@pytest.mark.parametrize(
    ("changes", "cover", "swapped"),
    [
        ({}, 1.4, True),
        ({}, 1.4001, False),
        ({}, None, False),
        ({"recourse": "limited"}, 1.4, False),
        ({"collateral_machines": 7}, 1.4, False),
        ({"collateral": "none", "collateral_fleet": None, "collateral_machines": None}, 0.0, False),
    ],
)
def test_who_swaps(changes: Row, cover: float | None, swapped: bool) -> None:
    outcome = run(14, [miner()], [rig_loan(5.0, **changes)], [fleet()], lenders=[lender(swap_cover=cover)])
    assert bool(happened(outcome, "debt_swap")) == swapped
    assert outcome.miners[0]["operating"] == (swapped or changes.get("recourse") == "limited")


def test_a_failed_lender_does_not_swap() -> None:
    book = ([miner()], [rig_loan(5.0)], [fleet()])
    outcome = run(14, *book, lenders=[lender(swap_cover=1.4)], lender_events=[lender_event(2, "j", "fail")])
    assert happened(outcome, "debt_swap", "miner_default") == [(13, "miner_default", "miner:0")]


def test_what_a_swap_does_not_bring_is_lost() -> None:
    """14.00 USD against machines of 7.00; when the miner fails over loan b, its estate of 1.75 is for b alone."""
    loans = [rig_loan(14.0, loan="a"), loan(loan="b", grace_days=9)]
    asics = scenario(0)["asics"] | {"kappa": 0.0}  # the two free machines do not lower the price of the others
    outcome = run(30, [miner()], loans, [fleet()], lenders=[lender(swap_cover=0.5)], asics=asics)
    assert happened(outcome, "debt_swap", "miner_default", "estate") == [
        (13, "debt_swap", "loan:0"),
        (19, "miner_default", "miner:0"),
        (23, "estate", "miner:0"),
    ]
    assert posted(outcome, "estate") == [(23, 175)]
    assert [row["recovered"] for row in outcome.loans] == [0, 175]
    assert [row["loss"] for row in outcome.loans] == [1400 - 700, 100000 - 175]


def test_forbearance_comes_before_a_swap() -> None:
    """0.1 % a day on 5.00 USD: a cent on day 13 (1.5) and two on day 18 (2.51)."""
    terms = {"default_interest_rate": 0.36}
    both = lender(forbear_days=5, swap_cover=1.3)
    outcome = run(20, [miner()], [rig_loan(5.0, **terms)], [fleet()], lenders=[both])
    assert amounts(outcome, "forbearance", "debt_swap", "loan_default") == [
        (13, "forbearance", 502),
        (18, "debt_swap", 505),
        (18, "loan_default", 505),
    ]


# --- book sales

SALE = {"book_sale_days": 3, "book_sale_price": 0.4}
FAIL = [lender_event(2, "j", "fail")]


def test_a_miner_buys_back_its_loan() -> None:
    """1,000 USD at 40 cents on the dollar. The machines are free; the loan counts as defaulted, the miner does not."""
    outcome = run(
        10, [miner(cash_usd=400.0)], [rig_loan(1000.0, **FAR)], [fleet()], lenders=[lender(**SALE)], lender_events=FAIL
    )
    assert [event for event in book_events(outcome) if event[0] > 0] == [
        (2, "lender_failure", "lender:0", 0),
        (5, "repurchase", "loan:0", 40000),
    ]
    assert (5, "repurchase", "cents", "miner:0", "lender:0", 40000) in outcome.postings
    assert outcome.miners[0] == {"operating": True, "failed_day": None, "cash": 0, "sats": 0}
    row = outcome.loans[0]
    assert (row["status"], row["default_day"], row["ead"], row["recovered"], row["loss"]) == (
        "defaulted", 5, 100000, 40000, 60000,
    )  # fmt: skip
    assert outcome.lenders[0]["equity"] == 100_000_000 - 60000
    assert outcome.daily[-1]["defaulted_usd"] == 1000.0


def test_a_loan_bought_back_asks_nothing_more_of_the_treasury() -> None:
    """30 USD are left, 30 days of a dollar a day that is no longer due."""
    terms = {"amortisation": "interest_only", "rate": 0.36, **FAR}
    outcome = run(
        10,
        [miner(cash_usd=429.99, runway_low_days=30, runway_high_days=60)],
        [rig_loan(1000.0, **terms)],
        [fleet()],
        lenders=[lender(**SALE)],
        lender_events=FAIL,
    )
    assert posted(outcome, "repurchase") == [(5, 40000)]
    assert happened(outcome, "sell_mode") == []


def test_machines_bought_free_are_the_estates_and_the_claim_is_gone() -> None:
    """Loan b fails on day 13: all ten machines are offered, and their 8.75 USD are for b."""
    loans = [rig_loan(1000.0, loan="a", **FAR), loan(loan="b", lender="k")]
    outcome = run(
        25,
        [miner(cash_usd=400.0)],
        loans,
        [fleet()],
        lenders=[lender(**SALE), lender(lender="k")],
        lender_events=FAIL,
    )
    assert posted(outcome, "machine_sale", "machines") == [(13, 10)]
    assert posted(outcome, "seizure", "machines") == []
    assert [row["recovered"] for row in outcome.loans] == [40000, 875]
    assert happened(outcome, "loan_default") == [(13, "loan_default", "loan:1")]


@pytest.mark.parametrize(("cash", "bought"), [(616.0, True), (615.99, False)])
def test_bills_come_before_a_repurchase(cash: float, bought: bool) -> None:
    """Six days of power at 36 USD are due first."""
    row = fleet(power_usd_per_mwh=50.0)
    outcome = run(
        10,
        [miner(cash_usd=cash, hodl_share=1.0)],
        [rig_loan(1000.0, **FAR)],
        [row],
        lenders=[lender(**SALE)],
        lender_events=FAIL,
    )
    assert posted(outcome, "repurchase") == ([(5, 40000)] if bought else [])
    assert outcome.loans[0]["status"] == ("defaulted" if bought else "performing")


@pytest.mark.parametrize(("share", "price"), [(0.4, [(5, 65862)]), (0.5, [])])
def test_late_interest_is_in_the_price(share: float, price: list[tuple[int, int]]) -> None:
    """180 USD a day: 360 of 2,000 are paid on day 1; four days at 0.1 % make 1,646.56 on day 5, when 720 are there.

    At 50 cents on the dollar that is too little; the interest is charged all the same.
    """
    due = {"first_payment_date": date(2021, 1, 16), "maturity_date": date(2021, 1, 16), "grace_days": 30}
    outcome = run(
        6,
        [miner()],
        [rig_loan(2000.0, default_interest_rate=0.36, **due)],
        [fleet(power_usd_per_mwh=0.0)],
        lenders=[lender(book_sale_days=3, book_sale_price=share)],
        lender_events=FAIL,
    )
    assert posted(outcome, "principal") == [(1, 36000)]
    assert outcome.loans[0]["late_interest"] == 656
    assert posted(outcome, "repurchase") == price
    assert outcome.loans[0]["ead"] == (164656 if price else 0)


def test_only_machine_loans_of_the_day_are_offered() -> None:
    """Loans on coins or on nothing are called instead; a lender that failed on another day sells on another day."""
    loans = [loan(loan="a", **FAR), rig_loan(10.0, loan="b", **FAR), rig_loan(10.0, loan="c", lender="k", **FAR)]
    outcome = run(
        12,
        [miner(cash_usd=2000.0)],
        loans,
        [fleet(machines=20)],
        lenders=[lender(**SALE), lender(lender="k", **SALE)],
        lender_events=[*FAIL, lender_event(4, "k", "fail")],
    )
    assert happened(outcome, "repurchase", "loan_called") == [
        (5, "repurchase", "loan:1"),
        (6, "loan_called", "loan:0"),
        (7, "repurchase", "loan:2"),
    ]


# --- columns that are not there


def test_rows_without_the_columns_are_rows_with_the_defaults() -> None:
    zero = ("demand_share", "run_own", "run_peer", "term_share_per_month", "stop_equity_share", "tighten_equity_share")
    empty = ("forbear_days", "swap_cover", "book_sale_days", "book_sale_price")
    full = dict.fromkeys((*zero, "rehypothecated_share", "bankruptcy_cost_share"), 0.0) | dict.fromkeys(empty)
    book = ([miner(btc=0.1)], [rig_loan(10.0, loan="a"), coin_loan(480000000, loan="b"), loan(loan="c")], [fleet()])
    events = [lender_event(6, "j", "withdrawal", 900.0), lender_event(7, "j", "fail")]
    bare = run(60, *book, lender_events=events)
    assert bare == run(60, *book, lenders=[lender(**full)], exposures=[], channels={}, lender_events=events)
    assert happened(bare, "lender_failure") == [(7, "lender_failure", "lender:0")]
