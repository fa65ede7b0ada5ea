"""Each channel, switched off, leaves its mark and nothing else of a small world by hand."""

import math
from datetime import date

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import (
    NETWORK_THS,
    PRICE_USD,
    TARGET_DIFFICULTY,
    coin_loan,
    exposure,
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
FAIL = [lender_event(2, "j", "fail")]
RIGS = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8}
Channels = dict[str, bool]


def off(channel: str) -> Channels:
    """One channel off; another is said to be on, the rest are not named."""
    return {channel: False, "not_" + channel: True}


def test_impact() -> None:
    """2.5 BTC into 10 a day on February 1st: 2 %."""
    impact = scenario(0)["impact"] | {"y": 1.0}
    book = [miner(btc=100.0, overhead_usd_per_month=50000.0)]
    price = [run(19, book, impact=impact, channels=channels).daily[18]["btc_usd"] for channels in ({}, off("impact"))]
    assert price == [pytest.approx(PRICE_USD * math.exp(-0.02), rel=1e-12), PRICE_USD]


def test_difficulty() -> None:
    """Half of the network is too dear to run: 288 blocks on day 0, then 144 a day; if it counted, 288 a day for a week."""
    row = fleet(machines=int(NETWORK_THS / 100))
    with_it, without = (run(20, [miner()], fleets=[row], channels=channels) for channels in ({}, off("difficulty")))
    assert happened(with_it, "retarget") == [(12, "retarget", "network")]
    assert happened(without, "retarget")[0][0] in (6, 7)
    ratio = without.daily[7]["difficulty"] / TARGET_DIFFICULTY
    assert ratio == pytest.approx(2 * 2016 / 2015, rel=1e-12)
    assert [day["network_ehs"] for day in without.daily] == [day["network_ehs"] for day in with_it.daily]


def test_difficulty_counts_what_could_run() -> None:
    """Half of everything stands in a storm on day 0, which counts on days 0 and 1: 216 blocks each, then 432 a day."""
    row = fleet(machines=int(2 * NETWORK_THS / 100))
    storm = {"r": [0.5] + [1.0] * 19}
    outcome = run(8, [miner()], fleets=[row], availability=storm, channels=off("difficulty"))
    days = 2 + (2016 - 2 * 216) / 432
    assert happened(outcome, "retarget") == [(5, "retarget", "network")]
    assert outcome.daily[5]["difficulty"] / TARGET_DIFFICULTY == pytest.approx(14 / days * 2016 / 2015, rel=1e-12)


def test_difficulty_counts_machines_that_were_sold() -> None:
    """The miner fails on day 2 and its half of the network is sold: 288 blocks a day all the same."""
    due = {"first_payment_date": date(2021, 1, 16), "maturity_date": date(2021, 1, 16), "grace_days": 1}
    row = fleet(machines=int(NETWORK_THS / 100))
    outcome = run(10, [miner()], [loan(**due)], [row], channels=off("difficulty"))
    assert posted(outcome, "machine_sale", "machines") == [(2, int(NETWORK_THS / 100))]
    assert happened(outcome, "retarget")[0][0] in (6, 7)


def test_fire_sales() -> None:
    """Two machines for the estate on day 13, eight for the lender on day 19, in a market that takes lots of 200 TH/s.

    Both sell at the bulk discount of 55 % instead of 12.5 %. The first lot presses on the price, to 0.0069 of 0.01 USD/TH, and with it for
    six days on the index, which the second is quoted against: 45 % of it is still below the price.
    """
    asics = scenario(0)["asics"]
    terms = {
        "asics": asics | {"tiers": [tier | {"bulk_ths": 200.0} for tier in asics["tiers"]]},
        "policies": {"hold": {"hold_days": 0, "rules": []}},
        "estate_days": 30,
    }
    book = ([miner()], [loan(**RIGS)], [fleet()])
    index = 0.01
    for days in range(6):  # after day 13
        overhang = 200 * 0.5 ** (days / 180)
        pressed = 0.01 / (1 + math.sqrt(overhang / 1000))
        index += (1 - 0.5 ** (1 / 75)) * (pressed - index)
    assert index * 0.45 < pressed
    assert posted(run(20, *book, **terms), "machine_proceeds") == [(13, 90), (19, round(800 * index * 0.45 * 100))]
    calm = run(20, *book, **terms, channels=off("fire_sales"))
    assert posted(calm, "machine_proceeds") == [(13, 175), (19, 700)]


def test_margin_calls() -> None:
    book = ([miner(btc=1.0)], [coin_loan(400000000)])
    assert happened(run(10, *book), "margin_call")[:1] == [(0, "margin_call", "loan:0")]
    outcome = run(10, *book, channels=off("margin_calls"))
    assert outcome.events == []
    assert posted(outcome, "top_up", "sats") == []


def test_lender_calls() -> None:
    """A failure calls nothing, but a lender that tightens still does."""
    book = ([miner()], [loan(**FAR)])
    assert happened(run(10, *book, lender_events=FAIL), "loan_called") == [(6, "loan_called", "loan:0")]
    assert happened(run(10, *book, lender_events=FAIL, channels=off("lender_calls")), "loan_called") == []
    short = lender(equity_usd=5e5, stop_equity_share=0.6, tighten_equity_share=0.6)
    tight = run(10, *book, lenders=[short], lender_events=FAIL, channels=off("lender_calls"))
    assert happened(tight, "loan_called") == [(4, "loan_called", "loan:0")]


def test_lender_dumping() -> None:
    """The policy holds on; a failed lender dumps, unless it may not."""
    fail = [lender_event(19, "j", "fail")]
    book = ([miner()], [loan(**RIGS, recourse="limited")], [fleet()])
    assert posted(run(30, *book, lender_events=fail), "machine_sale", "machines") == [(20, 8)]
    held = run(30, *book, lender_events=fail, channels=off("lender_dumping"))
    assert posted(held, "machine_sale", "machines") == []


def test_cross_default() -> None:
    """Loan a is of limited recourse and takes b along, and with it the miner; without the channel it falls alone."""
    book = ([miner()], [loan(loan="a", recourse="limited"), loan(loan="b", cross_default=True, **FAR)])
    assert happened(run(20, *book), "loan_default", "miner_default") == [
        (13, "loan_default", "loan:0"),
        (13, "loan_default", "loan:1"),
        (13, "miner_default", "miner:0"),
    ]
    alone = run(20, *book, channels=off("cross_default"))
    assert happened(alone, "loan_default", "miner_default") == [(13, "loan_default", "loan:0")]
    full = [loan(loan="a"), loan(loan="b", **FAR)]
    through_the_miner = run(20, [miner()], full, channels=off("cross_default"))
    assert len(happened(through_the_miner, "loan_default")) == 2


def test_confidence() -> None:
    sheet = {"other_assets_usd": 9000.0, "equity_usd": 1000.0, "demand_share": 0.5, "run_own": 0.4}
    loss = [lender_event(2, "j", "loss", 250.0)]
    assert len(happened(run(8, lenders=[lender(**sheet)], lender_events=loss), "lender_run")) == 3
    calm = run(8, lenders=[lender(**sheet)], lender_events=loss, channels=off("confidence"))
    assert happened(calm, "lender_run", "lender_failure") == []


def test_tightening() -> None:
    """No stop, no recall, and term funding is rolled over."""
    shares = {"stop_equity_share": 0.6, "tighten_equity_share": 0.6, "term_share_per_month": 0.001}
    book = ([miner()], [loan(**FAR)])
    kinds = ("lending_stopped", "lender_tightened", "loan_called", "lender_roll_off")
    short = [lender(equity_usd=5e5, **shares)]
    assert happened(run(20, *book, lenders=short), *kinds) == [
        (0, "lending_stopped", "lender:0"),
        (0, "lender_tightened", "lender:0"),
        (4, "loan_called", "loan:0"),
        (17, "lender_roll_off", "lender:0"),
    ]
    assert happened(run(20, *book, lenders=short, channels=off("tightening")), *kinds) == []


def chain(channels: Channels) -> Outcome:
    """Lender a loses all but 100 of the 1,000 USD that depositors and b put in; b has 200 of its own behind 800."""
    lenders = [
        lender(lender="a", cash_usd=1000.0, other_assets_usd=0.0, equity_usd=0.0),
        lender(lender="b", cash_usd=200.0, other_assets_usd=0.0, equity_usd=200.0),
    ]
    events = [lender_event(2, "a", "loss", 900.0)]
    return run(5, lenders=lenders, exposures=[exposure("b", "a", 800.0)], lender_events=events, channels=channels)


def test_exposures() -> None:
    """A tenth is left of the claim of 800; without the channel its holder goes on believing in it."""
    outcome = chain({})
    assert (outcome.marks, [row["failed"] for row in outcome.lenders]) == ([8000], [True, True])
    outcome = chain(off("exposures"))
    assert (outcome.marks, [row["failed"] for row in outcome.lenders]) == ([80000], [True, False])
    assert outcome.lenders[1]["equity"] == 20000
    assert outcome.lenders[1]["exposure_loss"] == 0


def test_solvency() -> None:
    """With less than nothing a lender lives on, until an event or its cash ends it."""
    assert chain(off("solvency")).marks == [80000]
    loss = [lender_event(2, "j", "loss", 2e6)]
    decreed = [*loss, lender_event(3, "j", "fail")]
    withdrawn = [*loss, lender_event(3, "j", "withdrawal", 1500.0)]
    failed = [
        run(5, lender_events=events, channels=off("solvency")).lenders[0]["failed_day"]
        for events in (loss, decreed, withdrawn)
    ]
    assert failed == [None, 3, 3]


def test_all_on_by_name_is_as_by_silence() -> None:
    names = (
        "impact difficulty fire_sales margin_calls lender_calls lender_dumping cross_default confidence tightening"
        " exposures solvency"
    )
    assert chain(dict.fromkeys(names.split(), True)) == chain({})
