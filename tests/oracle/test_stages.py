"""Stages, clocks, concentration and leverage by hand. Page: docs/model/stages.md.

In the steady world a TH/s earns 144 * 6.25 BTC / 1e8 = 0.18 USD a day at 20,000 USD; a rig of 100 TH/s earns 18 USD and draws 0.072 MWh.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import NETWORK_THS, Row, exposure, fleet, lender, lender_event, loan, miner, run

AT: Row = {
    "btc_usd": 15000.0,
    "utilisation": 0.9,
    "lender_cash_share": 0.5,
    "power_to_revenue": 0.8,
    "miner_cash_share": 0.5,
    "recovery_btc_usd": 18000.0,
    "recovery_lender_share": 0.75,
}
FEBRUARY = 17  # the first of a month


def series(outcome: Outcome, name: str) -> list[float]:
    """A measure day by day."""
    return [day[name] for day in outcome.daily]


# Stages


@pytest.mark.parametrize(
    ("shutdown_days", "closes", "begins"),
    [
        (1, [20000.0] * 5 + [14000.0] * 5, 5),  # 0.126 USD do not pay for 0.144 of power: off at once
        (3, [20000.0] * 5 + [14000.0] * 5, 7),  # below the threshold on day 5, but the rigs go on until day 7
        (1, [20000.0] * 5 + [15000.0] * 5, None),  # 0.135: off, but the price is at the threshold, not below it
        (9, [20000.0] * 5 + [14000.0] * 5, None),  # below, but nothing is off
        (1, [14000.0] * 10, 0),
    ],
)
def test_initial_asks_for_price_and_machines(shutdown_days: int, closes: list[float], begins: int | None) -> None:
    rows = [fleet(power_usd_per_mwh=200.0, shutdown_days=shutdown_days)]
    outcome = run(10, miners=[miner(cash_usd=1e6)], fleets=rows, closes=closes, stages=AT)
    assert outcome.stages["stage_initial_day"] == begins


@pytest.mark.parametrize(
    ("withdrawn", "begins"),
    [
        ([(3, 400.0), (6, 100.0)], None),  # 500 of 1,000 are not less than half
        ([(3, 400.0), (6, 100.0), (8, 0.01)], 8),
        ([(0, 600.0)], None),  # half of what there is at the close of day 0
    ],
)
def test_middle_by_cash(withdrawn: list[tuple[int, float]], begins: int | None) -> None:
    events = [lender_event(day, "j", "withdrawal", usd) for day, usd in withdrawn]
    assert run(12, lender_events=events, stages=AT).stages["stage_middle_day"] == begins


def test_middle_by_a_failure_however_small_its_cash() -> None:
    banks = [lender(), lender(lender="k", cash_usd=0.01)]
    outcome = run(12, lenders=banks, lender_events=[lender_event(4, "k", "fail")], stages=AT)
    assert outcome.stages["stage_middle_day"] == 4
    assert series(outcome, "lender_cash_usd") == [1000.01] * 4 + [1000.0] * 8


def squeezed(closes: list[float]) -> Outcome:
    """A rig at 14.40 USD a day, coins held: 18 days and 500 of overhead take 759.20 of 1,000 USD on 1 February."""
    terms = {"cash_usd": 1000.0, "hodl_share": 1.0, "overhead_usd_per_month": 500.0}
    rows = [fleet(machines=1, power_usd_per_mwh=200.0)]
    return run(22, miners=[miner(**terms)], fleets=rows, closes=closes, stages=AT)


def test_late_asks_for_power_and_cash() -> None:
    """At 17,000 USD power is 0.144 of 0.153, at 25,000 of 0.225."""
    outcome = squeezed([20000.0] * 10 + [17000.0] * 12)
    assert series(outcome, "miner_cash_usd")[15:19] == [1000.0, 1000.0, 240.8, 240.8]
    assert outcome.stages["stage_late_day"] == FEBRUARY
    assert squeezed([20000.0] * 10 + [25000.0] * 9 + [17000.0] * 3).stages["stage_late_day"] == 19
    assert squeezed([25000.0] * 22).stages["stage_late_day"] is None


def test_without_a_key_the_thresholds_are_those_of_the_page() -> None:
    """20,000 USD, and below it a utilisation of 0.9."""
    rows = [fleet(power_usd_per_mwh=1000.0)]
    outcome = run(4, miners=[miner()], fleets=rows, closes=[20000.0, 20000.0, 19999.99, 22000.0])
    assert outcome.stages["stage_initial_day"] == 2
    assert (outcome.stages["btc_low_day"], outcome.stages["btc_recovery_day"]) == (2, 3)


# Clocks


@pytest.mark.parametrize(
    ("closes", "low", "back"),
    [
        ([20000.0, 15000.0, 15000.0, 17999.99, 18000.0, 19000.0], 1, 4),  # of two lowest days the first
        ([20000.0, 19000.0, 20000.0], 1, 2),  # never below the level: the day after the lowest
        ([15000.0, 16000.0, 17000.0], 0, None),
        ([18000.0] * 3, 0, 1),
    ],
)
def test_the_price_is_back(closes: list[float], low: int, back: int | None) -> None:
    outcome = run(len(closes), closes=closes, stages=AT)
    assert (outcome.stages["btc_low_day"], outcome.stages["btc_recovery_day"]) == (low, back)


def machines_lowest(closes: list[float]) -> int | None:
    """The day machines are cheapest where the hashprice that counts goes half of the way a day."""
    tier = {"index_usd_per_th": 1.0, "elasticity": 1.0, "depth_ths_per_day": 1e3, "bulk_ths": 1e12}
    asics = {
        "hashprice_half_life_days": 1.0,
        "index_half_life_days": 75.0,
        "overhang_half_life_days": 180.0,
        "kappa": 1.0,
        "quick_discount": 0.125,
        "bulk_discount": 0.55,
        "tiers": [tier | {"scrap_usd_per_th": 0.0}] * 4,
    }
    return run(len(closes), closes=closes, asics=asics).stages["asic_low_day"]


def test_machines_stop_falling() -> None:
    """After 10,000 USD on days 3 to 5 the smoothed hashprice is 0.5625 of the first, after 40,000 on day 6 it is 1.28: above any index."""
    closes = [20000.0] * 3 + [10000.0] * 3
    assert machines_lowest([*closes, 40000.0, 40000.0]) == 5
    assert machines_lowest([*closes, 40000.0]) == 5
    assert machines_lowest(closes) is None  # the last day: nobody knows whether they fall on
    assert machines_lowest([20000.0] * 5) is None  # never lower than on day 0


def test_lenders_have_their_cash_back() -> None:
    """500 of 1,000 go on day 3; a loan of 250 that is repaid on day 10 brings the cash to 750, three quarters of the first day's."""
    repaid = [loan(outstanding_usd=250.0)]
    events = [lender_event(3, "j", "withdrawal", 500.0)]
    outcome = run(14, miners=[miner(cash_usd=1e4)], loans=repaid, lender_events=events, stages=AT)
    assert series(outcome, "lender_cash_usd") == [1000.0] * 3 + [500.0] * 7 + [750.0] * 4
    assert outcome.stages["lender_recovery_day"] == 10
    short = run(14, miners=[miner(cash_usd=1e4)], loans=[loan(outstanding_usd=249.99)], lender_events=events, stages=AT)
    assert short.stages["lender_recovery_day"] is None


def test_cash_that_is_lowest_on_the_first_day_has_no_clock() -> None:
    early = [lender_event(0, "j", "withdrawal", 500.0)]
    outcome = run(14, miners=[miner(cash_usd=1e4)], loans=[loan()], lender_events=early, stages=AT)
    assert series(outcome, "lender_cash_usd") == [500.0] * 10 + [1500.0] * 4
    assert outcome.stages["lender_recovery_day"] is None


# Measures by the day


def test_power_over_revenue_with_curtailment() -> None:
    """One rig runs at 14.40 for 18 USD; another sells 0.072 MWh bought at 200 USD for 250 instead: 3.60 come off the power."""
    rows = [
        fleet(fleet="a", machines=1, power_usd_per_mwh=200.0),
        fleet(
            fleet="b",
            machines=1,
            power_usd_per_mwh=200.0,
            curtailment_strike_usd_per_mwh=240.0,
            curtailment_share=1.0,
        ),
    ]
    tariff = {"r": [50.0, 250.0]}
    outcome = run(2, miners=[miner(cash_usd=1e6)], fleets=rows, tariff_usd_per_mwh=tariff)
    assert series(outcome, "power_to_revenue") == pytest.approx([2880 / 3600, (1440 - 360) / 1800], rel=1e-14)
    idle = run(2, miners=[miner()], fleets=[fleet()])
    assert series(idle, "power_to_revenue") == [0.0, 0.0]


def test_cash_of_a_lender_that_failed_is_not_counted() -> None:
    banks = [lender(), lender(lender="k", cash_usd=7000.0, equity_usd=1006000.0)]
    outcome = run(3, lenders=banks, exposures=[exposure("j", "k", 1.0)], lender_events=[lender_event(1, "k", "fail")])
    assert series(outcome, "lender_cash_usd") == [8000.0, 1000.0, 1000.0]


# Measures by the month


def test_shares_of_three_miners_and_what_is_held_for_a_month() -> None:
    """1,000, 2,000 and 3,000 TH/s beside 1e8; power gets dear on day 5, but the shares stay until 1 February."""
    rows = [
        fleet(fleet=key, miner=key, machines=10 * (place + 1), power_contract="indexed", power_usd_per_mwh=0.0)
        for place, key in enumerate("abc")
    ]
    tariff = {"r": [50.0] * 5 + [1000.0] * 14}
    outcome = run(19, miners=[miner(miner=key, cash_usd=1e6) for key in "abc"], fleets=rows, tariff_usd_per_mwh=tariff)
    online = NETWORK_THS + 6000
    squares = (1000 / online) ** 2 + (2000 / online) ** 2 + (3000 / online) ** 2
    assert series(outcome, "hhi") == pytest.approx([squares] * FEBRUARY + [0.0] * 2, rel=1e-13)
    assert series(outcome, "top10_share") == pytest.approx([6000 / online] * FEBRUARY + [0.0] * 2, rel=1e-13)
    assert series(outcome, "utilisation") == [1.0] * 5 + [0.0] * 14


def test_ten_of_twelve() -> None:
    """Miners with 1 to 12 rigs: those with 3 to 12 have 75."""
    names = "abcdefghijkl"
    rows = [
        fleet(fleet=key, miner=key, machines=1 + names.index(key), power_usd_per_mwh=0.0) for key in reversed(names)
    ]
    outcome = run(1, miners=[miner(miner=key) for key in names], fleets=rows)
    assert outcome.daily[0]["top10_share"] == pytest.approx(7500 / (NETWORK_THS + 7800), rel=1e-13)


def owing(**changes: Any) -> Outcome:
    """1,000 USD owed until 2022, by a miner with 1,000 of cash, a tenth of a coin and ten rigs at a dollar each: 3,010 USD."""
    late = date(2022, 1, 1)
    terms: dict[str, Any] = {"miners": [miner(cash_usd=1000.0, btc=0.1)], "fleets": [fleet()]}
    return run(19, loans=[loan(first_payment_date=late, maturity_date=late)], **terms | changes)


def test_debt_over_assets() -> None:
    assert owing().daily[0]["debt_to_assets"] == pytest.approx(1000 / 3010, rel=1e-14)
    assert series(owing(), "debt_to_assets") == pytest.approx([1000 / 3010] * 19, rel=1e-6)  # rigs lose a hair by then
    dearer = owing(
        closes=[20000.0] * 10 + [30000.0] * 9
    )  # coins at 3,000; machines follow slowly and are worth hardly more
    assert series(dearer, "debt_to_assets")[:FEBRUARY] == pytest.approx([1000 / 3010] * FEBRUARY, rel=1e-13)
    assert series(dearer, "debt_to_assets")[FEBRUARY:] == pytest.approx([1000 / 4010] * 2, rel=1e-3)


def test_a_loan_of_a_lender_that_failed_is_still_owed() -> None:
    failed = owing(lender_events=[lender_event(3, "j", "fail")], channels={"lender_calls": False})
    assert failed.daily[-1]["lenders_failed"] == 1
    assert series(failed, "debt_to_assets") == series(owing(), "debt_to_assets")


def test_where_nothing_is_online_shares_are_nothing_and_debt_is_what_it_was() -> None:
    """A storm over everybody on 1 February."""
    rows = [fleet(power_usd_per_mwh=0.0)]
    dark = owing(fleets=rows, availability={"r": [1.0] * FEBRUARY + [0.0, 1.0]})
    assert series(dark, "network_ehs")[FEBRUARY] == 0.0
    for name in ("hhi", "top10_share"):
        assert series(dark, name)[:FEBRUARY] == [series(dark, name)[0]] * FEBRUARY
        assert series(dark, name)[0] > 0
        assert series(dark, name)[FEBRUARY:] == [0.0, 0.0]
    assert 0 < series(dark, "debt_to_assets")[FEBRUARY] < series(dark, "debt_to_assets")[0]  # it has mined since


def test_a_miner_that_failed_has_neither_machines_nor_cash() -> None:
    """a owes 1,000 that it does not have on day 10 and fails on day 13; b has 500 and no debt."""
    outcome = run(19, miners=[miner(miner="a"), miner(miner="b", cash_usd=500.0)], loans=[loan(miner="a")])
    assert outcome.daily[-1]["miners_failed"] == 1
    assert series(outcome, "debt_to_assets") == pytest.approx([2.0] * FEBRUARY + [0.0] * 2, rel=1e-13)
    nobody = run(19, miners=[miner()], loans=[loan()])
    assert series(nobody, "debt_to_assets") == [0.0] * 19
