"""The oracle against hand calculation: small worlds whose numbers can be worked out on paper."""

import math
from datetime import date
from random import Random

import pytest

from tests.economies import economy
from tests.oracle import simulate
from tests.oracle.book import Cohort
from tests.oracle.contract import add_months, annuity_payment, due_dates, year_fraction
from tests.oracle.fleet import switch
from tests.oracle.ledger import Ledger
from tests.oracle.loans import shares_of_pot
from tests.oracle.numbers import OutOfRangeError, rounded
from tests.oracle.small_world import (
    CENTS_PER_SAT,
    NETWORK_THS,
    PRICE_USD,
    TARGET_DIFFICULTY,
    Row,
    book_events,
    coin_loan,
    fleet,
    happened,
    lender,
    loan,
    miner,
    posted,
    run,
    scenario,
)

# --- numbers and ledger


def test_rounding_is_to_even_and_refuses_what_is_not_exact() -> None:
    assert [rounded(x) for x in (0.5, 1.5, 2.5, -0.5, -1.5)] == [0.0, 2.0, 2.0, 0.0, -2.0]
    for bad in (math.nan, math.inf, 2.0**53 * 1.5):
        with pytest.raises(OutOfRangeError):
            rounded(bad)


def test_closing_check_sees_a_cent_out_of_nowhere() -> None:
    ledger = Ledger()
    ledger.cents["miner:0"] = 500.0
    ledger.open_world()
    ledger.start_day(0)
    ledger.post("power", "cents", "miner:0", "world", 200)
    ledger.post("power", "cents", "miner:0", "world", 0)
    ledger.close_day()
    assert ledger.first_bad_day["cents"] is None
    assert ledger.postings == [(0, "power", "cents", "miner:0", "world", 200)]
    ledger.start_day(1)
    ledger.cents["miner:0"] += 1
    ledger.close_day()
    assert (ledger.first_bad_day["cents"], ledger.worst["cents"]) == (1, 1.0)


# --- network


def test_retarget_time_and_clamp() -> None:
    """Eight times too fast: 2,016 blocks of 75 s end on day 1, clamped to 4; then 300 s a block end 7 days later."""
    slow_start = TARGET_DIFFICULTY / 8
    outcome = run(40, difficulty=slow_start)
    retargets = [(day, amount) for day, kind, _, amount in outcome.events if kind == "retarget"]
    assert [day for day, _ in retargets] == [1, 8, 22, 36]  # after 1.75, 8.75, 22.757 and 36.764 days
    assert retargets[0][1] == slow_start * 4
    assert retargets[1][1] == pytest.approx(slow_start * 4 * 2 * 2016 / 2015, rel=1e-12)
    assert retargets[2][1] == pytest.approx(retargets[1][1], rel=1e-12)  # on time, over 2,015 intervals


def test_clamp_from_below() -> None:
    outcome = run(90, difficulty=TARGET_DIFFICULTY * 5)
    retargets = [(day, amount) for day, kind, _, amount in outcome.events if kind == "retarget"]
    assert retargets[0] == (70, TARGET_DIFFICULTY * 5 * 0.25)  # 14 * 5 days, a ratio of 0.2


def test_halving_inside_an_epoch_and_hashprice() -> None:
    """72 blocks before height 840,000: half a day at 6.25 BTC, half a day at 3.125; the epoch goes on counting."""
    outcome = run(7, height=840000 - 72)
    full = 144 * 6.25 * PRICE_USD / (NETWORK_THS * 1e-3)  # USD per PH/s and day
    hashprice = [day["hashprice_usd_per_ph_day"] for day in outcome.daily]
    assert [event for event in outcome.events if event[1] == "halving"] == [(0, "halving", "network", 312500000)]
    assert hashprice[0] == pytest.approx(0.75 * full, rel=1e-12)
    assert hashprice[1] == pytest.approx(0.5 * full, rel=1e-12)
    # 839,928 is block 1,272 of its epoch: 744 blocks are left, 5 days and 4 hours
    assert happened(outcome, "retarget") == [(5, "retarget", "network")]
    assert outcome.daily[5]["difficulty"] == pytest.approx(TARGET_DIFFICULTY * 2016 / 2015, rel=1e-12)


def test_halving_on_the_retarget_block_comes_first() -> None:
    outcome = run(2, height=1260000 - 72)
    assert happened(outcome, "halving", "retarget") == [(0, "halving", "network"), (0, "retarget", "network")]


def test_deliveries_slow_nothing_but_raise_difficulty() -> None:
    """The network doubles on day 1, so blocks come twice as fast from day 2 on."""
    outcome = run(12, deliveries=[{"day": 1, "cohort": "rest", "hashrate_ths": NETWORK_THS}])
    assert [day["network_ehs"] for day in outcome.daily[:3]] == [100.0, 200.0, 200.0]
    # 288 blocks in two days, then 1,728 at 288 a day: 8 days in all
    assert happened(outcome, "retarget")[0][0] in (7, 8)
    ratio = outcome.daily[8]["difficulty"] / TARGET_DIFFICULTY
    assert ratio == pytest.approx(14 / 8 * 2016 / 2015, rel=1e-12)


# --- switching and power


def test_switching_hysteresis() -> None:
    """Off below 0.9 of cost for 3 days on end, on again from 1.1 of cost for 2 days on end."""
    row = Cohort(0, shutdown_ratio=0.9, shutdown_days=3, restart_ratio=1.1, restart_days=2, ths=[], cost=[])
    revenue = [8.9, 8.9, 9.0, 8.9, 8.9, 8.9, 9.5, 11.0, 10.9, 11.0, 11.0, 10.0]
    on = []
    for usd in revenue:
        switch(row, usd, 10.0)
        on.append(row.on)
    assert on == [True] * 5 + [False] * 5 + [True] * 2


def test_curtailment_credit_and_power_bill() -> None:
    """1,000 TH/s at 30 J/TH are 0.72 MWh a day: 36 USD of power; a curtailed day earns 0.72 * 0.5 * (100 - 50) = 18."""
    tariff = [50.0] * 20
    tariff[3] = 100.0
    row = fleet(power_usd_per_mwh=50.0, curtailment_strike_usd_per_mwh=60.0, curtailment_share=0.5)
    outcome = run(20, [miner(hodl_share=1.0)], fleets=[row], tariff_usd_per_mwh={"r": tariff})
    assert happened(outcome, "curtailment") == [(3, "curtailment", "fleet:0")]
    assert outcome.daily[3]["utilisation"] == 0.0
    assert len(posted(outcome, "production", "sats")) == 19
    # February 1st is day 17, whose own power is accrued before the bills: 17 days of power less one credit
    assert posted(outcome, "power") == [(17, 17 * 3600 - 1800)]


def test_production_of_a_day() -> None:
    """1,000 of 1e8 TH/s and 900 BTC a day: 900,000 satoshis less a fee of 2 %; half of them are kept."""
    outcome = run(1, [miner(pool_fee=0.02, hodl_share=0.5)], fleets=[fleet(power_usd_per_mwh=0.0)])
    expected = round(1000 * (900e8 / NETWORK_THS) * 0.98)
    assert posted(outcome, "production", "sats") == [(0, expected)]
    assert posted(outcome, "production_sale", "sats") == [(0, expected // 2)]
    assert posted(outcome, "production_sale") == [(0, round(expected // 2 * CENTS_PER_SAT))]


# --- market


def test_impact_decay() -> None:
    """A bill of 50,000 USD sells 2.5 BTC into 10 BTC a day: a shock of 0.04 * 0.5 = 2 %, a quarter of it for good."""
    impact = {
        "y": 1.0,
        "sigma_daily": 0.04,
        "volume_btc_per_day": 10.0,
        "permanent_share": 0.25,
        "half_life_days": 5.0,
    }
    outcome = run(40, [miner(btc=100.0, overhead_usd_per_month=50000.0)], impact=impact)
    sold = 17  # February 1st
    assert posted(outcome, "forced_sale", "sats") == [(sold, 250000000)]
    assert posted(outcome, "essential") == [(sold, 5000000)]
    price = [day["btc_usd"] for day in outcome.daily]
    assert price[sold] == PRICE_USD
    assert price[sold + 1] == pytest.approx(PRICE_USD * math.exp(-0.02), rel=1e-12)
    assert price[sold + 6] == pytest.approx(PRICE_USD * math.exp(-(0.005 + 0.0075)), rel=1e-12)
    assert price[sold + 11] == pytest.approx(PRICE_USD * math.exp(-(0.005 + 0.00375)), rel=1e-12)


# --- schedules


def test_annuity_payment() -> None:
    """The textbook loan: 100,000 at 12 % over 12 months is 8,884.88 a month."""
    months = [30 / 360] * 12
    assert annuity_payment(1e7, 0.12, months) == 888488
    assert annuity_payment(1e7, 0.0, months) == round(1e7 / 12)


def test_annuity_runs_off_in_level_payments() -> None:
    terms = {
        "amortisation": "annuity",
        "outstanding_usd": 100000.0,
        "rate": 0.12,
        "day_count": "30E360",
        "first_payment_date": date(2021, 2, 10),
        "maturity_date": date(2022, 1, 10),
    }
    outcome = run(370, [miner(cash_usd=2e5)], [loan(**terms)])
    interest, principal = posted(outcome, "interest"), posted(outcome, "principal")
    assert len(interest) == len(principal) == 12
    assert interest[0] == (26, 100000)
    assert sum(amount for _, amount in principal) == 10_000_000
    level = [a + b for (_, a), (_, b) in zip(interest, principal, strict=True)]
    assert level[:-1] == [888488] * 11
    assert abs(level[-1] - 888488) <= 12  # the last one takes the cents
    assert outcome.loans[0]["status"] == "closed"


def test_day_counts() -> None:
    assert year_fraction("30E360", date(2021, 1, 31), date(2021, 2, 28)) == 28 / 360
    assert year_fraction("30E360", date(2021, 1, 30), date(2021, 3, 31)) == 60 / 360
    assert year_fraction("30E360", date(2020, 12, 15), date(2021, 1, 15)) == 30 / 360
    assert year_fraction("A360", date(2020, 1, 1), date(2021, 1, 1)) == 366 / 360
    assert year_fraction("A365", date(2021, 1, 31), date(2021, 2, 28)) == 28 / 365


def test_due_dates_keep_the_day_of_month() -> None:
    first = date(2021, 1, 31)
    assert [add_months(first, k) for k in (1, 2, 3, -2, 13)] == [
        date(2021, 2, 28),
        date(2021, 3, 31),
        date(2021, 4, 30),
        date(2020, 11, 30),
        date(2022, 2, 28),
    ]
    assert due_dates(first, date(2021, 4, 15), 1, "linear") == [
        date(2021, 1, 31),
        date(2021, 2, 28),
        date(2021, 3, 31),
        date(2021, 4, 15),
    ]
    assert due_dates(first, date(2021, 3, 31), 2, "linear") == [first, date(2021, 3, 31)]
    assert due_dates(first, date(2021, 4, 15), 1, "bullet") == [date(2021, 4, 15)]
    assert due_dates(first, first, 3, "annuity") == [first]


def test_linear_redemptions_add_up() -> None:
    """1,000.00 in seven parts: six of 142.86 and one of 142.84."""
    terms = {"amortisation": "linear", "first_payment_date": date(2021, 1, 31), "maturity_date": date(2021, 7, 31)}
    outcome = run(200, [miner(cash_usd=2000.0)], [loan(**terms)])
    principal = posted(outcome, "principal")
    assert [amount for _, amount in principal] == [14286] * 6 + [14284]
    assert [day for day, _ in principal] == [16, 44, 75, 105, 136, 166, 197]
    assert posted(outcome, "interest") == []
    assert outcome.lenders[0]["cash"] == 100000 + 100000


def test_bullet_interest_begins_a_period_before_the_first_payment() -> None:
    """From December 25th to March 25th: 90 days at 10 % of 1,000."""
    outcome = run(80, [miner(cash_usd=2000.0)], [loan(rate=0.1, maturity_date=date(2021, 3, 25))])
    assert posted(outcome, "interest") == [(69, 2500)]
    assert posted(outcome, "principal") == [(69, 100000)]


# --- arrears, default, recourse


def test_waterfall_grace_and_full_recourse() -> None:
    """Due on day 10 with 400 USD in cash: 10 of interest, 390 of principal; three days later the miner defaults."""
    terms = {"rate": 0.12, "day_count": "30E360"}
    outcome = run(30, [miner(cash_usd=400.0)], [loan(**terms)])
    assert posted(outcome, "interest") == [(10, 1000)]
    assert posted(outcome, "principal") == [(10, 39000)]
    assert book_events(outcome) == [
        (10, "missed_payment", "loan:0", 61000),
        (13, "loan_default", "loan:0", 61000),
        (13, "miner_default", "miner:0", 0),
        (17, "estate", "miner:0", 0),
    ]
    assert outcome.loans[0] == {
        "status": "defaulted",
        "default_day": 13,
        "ead": 61000,
        "recovered": 0,
        "loss": 61000,
        "outstanding": 61000,
        "late_interest": 0,
    }


def test_grace_begins_anew_after_a_cure() -> None:
    """10 USD of interest a month and 20 USD once, from the equity line: missed on day 10, cured on 41, missed on 69."""
    terms = {
        "amortisation": "interest_only",
        "rate": 0.12,
        "day_count": "30E360",
        "maturity_date": date(2022, 1, 25),
        "grace_days": 60,
    }
    line = {"runway_low_days": 10, "runway_high_days": 10, "equity_line_usd": 20.0, "equity_line_usd_per_month": 20.0}
    outcome = run(135, [miner(**line)], [loan(**terms)])
    assert posted(outcome, "interest") == [(41, 2000)]
    kinds = ("missed_payment", "loan_default")
    assert [(event[0], event[1], event[3]) for event in outcome.events if event[1] in kinds] == [
        (10, "missed_payment", 1000),
        (69, "missed_payment", 1000),
        (129, "loan_default", 102000),  # not day 70, when the first grace would have ended
    ]


def test_limited_recourse_spares_the_miner_unless_cross_default_reaches_it() -> None:
    first = loan(loan="a", recourse="limited")
    later = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
    kinds = ("loan_default", "miner_default")
    alone = run(30, [miner()], [first, loan(loan="b", **later)])
    assert happened(alone, *kinds) == [(13, "loan_default", "loan:0")]
    limited = run(30, [miner()], [first, loan(loan="b", cross_default=True, recourse="limited", **later)])
    assert happened(limited, *kinds) == [(13, "loan_default", "loan:0"), (13, "loan_default", "loan:1")]
    loans = [first, loan(loan="b", cross_default=True, **later), loan(loan="c", **later)]
    reached = run(30, [miner()], loans)
    assert happened(reached, *kinds) == [
        (13, "loan_default", "loan:0"),
        (13, "loan_default", "loan:1"),
        (13, "miner_default", "miner:0"),
        (13, "loan_default", "loan:2"),
    ]


def test_missed_bill_grace_and_forced_sale() -> None:
    """1,000 USD of bills on February 1st, 400 in cash and 0.01 BTC (200 USD): 400 short, and default ten days later."""
    outcome = run(40, [miner(cash_usd=400.0, btc=0.01, overhead_usd_per_month=1000.0)])
    assert posted(outcome, "forced_sale", "sats") == [(17, 1000000)]
    assert posted(outcome, "essential") == [(17, 60000)]
    assert [(event[0], event[1], event[3]) for event in outcome.events if event[1] in ("missed_bill", "estate")] == [
        (17, "missed_bill", 40000),
        (31, "estate", 0),
    ]
    assert outcome.miners[0]["failed_day"] == 27


def test_only_a_short_miner_draws_equity() -> None:
    """100 USD a day of overhead: 2,999 in cash is under 30 days of it, 3,000 is not; the line gives 400, then 100."""
    terms = {
        "overhead_usd_per_month": 3000.0,
        "runway_low_days": 30,
        "runway_high_days": 60,
        "equity_line_usd": 500.0,
        "equity_line_usd_per_month": 400.0,
    }
    short = run(50, [miner(cash_usd=2999.0, **terms)])
    assert posted(short, "equity") == [(17, 40000), (45, 10000)]
    draws = [event for event in short.events if event[1] == "equity_draw"]
    assert draws == [(17, "equity_draw", "miner:0", 40000), (45, "equity_draw", "miner:0", 10000)]
    assert happened(short, "sell_mode", "hold_mode") == [(0, "sell_mode", "miner:0")]
    easy = run(20, [miner(cash_usd=3000.0, **terms)])
    assert posted(easy, "equity") == []


def test_treasury_sells_towards_the_upper_runway() -> None:
    """100 USD a day, 20 days short of the upper runway: 2,000 USD are 0.1 BTC, but a day sells a tenth of 0.5 BTC."""
    terms = {"overhead_usd_per_month": 3000.0, "runway_low_days": 50, "runway_high_days": 60}
    outcome = run(4, [miner(cash_usd=4000.0, btc=0.5, **terms)])
    assert posted(outcome, "treasury_sale", "sats") == [(0, 5000000), (1, 4500000), (2, 500000)]
    assert happened(outcome, "hold_mode") == []  # exactly 60 days is not above 60 days


# --- estate and machines


def test_largest_remainder() -> None:
    assert shares_of_pot(100, [100, 100, 100]) == [34, 33, 33]
    assert shares_of_pot(999, [500, 300, 200]) == [499, 300, 200]  # 499.5, 299.7, 199.8
    assert shares_of_pot(1000, [500, 300, 200]) == [500, 300, 200]
    assert shares_of_pot(7, [0, 10, 0]) == [0, 7, 0]
    assert shares_of_pot(5, [1, 1, 1000]) == [0, 0, 5]


def test_estate_end_to_end() -> None:
    """Ten machines bring 10 * 100 * 0.01 * 0.875 USD = 8.75; claims of 500, 300, 200 share 437.5, 262.5, 175 cents."""
    loans = [loan(loan=key, outstanding_usd=usd) for key, usd in (("a", 500.0), ("b", 300.0), ("c", 200.0))]
    outcome = run(30, [miner()], loans, [fleet()])
    assert posted(outcome, "machine_sale", "machines") == [(13, 10)]
    assert posted(outcome, "machine_proceeds") == [(13, 875)]
    assert posted(outcome, "estate") == [(17, 438), (17, 262), (17, 175)]
    assert [row["loss"] for row in outcome.loans] == [50000 - 438, 30000 - 262, 20000 - 175]
    assert (17, "estate", "miner:0", 875) in outcome.events


def test_estate_pays_bills_first() -> None:
    """Bills of 6.00 USD go unpaid on February 1st; the machines bring 8.75 on day 27, the lender gets what is left."""
    terms = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
    outcome = run(40, [miner(overhead_usd_per_month=6.0)], [loan(**terms)], [fleet()])
    assert [posting for posting in outcome.postings if posting[1] == "estate"] == [
        (31, "estate", "cents", "miner:0", "world", 600),
        (31, "estate", "cents", "miner:0", "lender:0", 275),
    ]


@pytest.mark.parametrize(("due", "failed"), [(date(2021, 2, 9), 28), (date(2021, 1, 30), 18), (date(2021, 1, 29), 17)])
def test_estate_offers_what_no_lender_still_waits_to_seize(due: date, failed: int) -> None:
    """Four of ten machines are seized on day 18; the miner fails after, on (before the seizure) or before that day."""
    loans = [
        loan(loan="a", collateral="machines", collateral_fleet="f", collateral_machines=4, recourse="limited"),
        loan(loan="b", first_payment_date=due, maturity_date=due),
    ]
    outcome = run(40, [miner()], loans, [fleet()])
    assert outcome.miners[0]["failed_day"] == failed
    assert posted(outcome, "seizure", "machines") == [(18, 4)]
    assert posted(outcome, "machine_sale", "machines") == [(failed, 6)]


def test_no_estate_offer_and_an_empty_seizure_when_all_is_pledged_twice() -> None:
    """The first loan takes all ten machines; the second finds none, and its mark of 8.75 USD is written off."""
    terms = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 10}
    outcome = run(20, [miner()], [loan(loan="a", **terms), loan(loan="b", **terms)], [fleet()])
    assert [event[1:] for event in book_events(outcome) if event[0] > 13] == [
        ("estate", "miner:0", 0),
        ("seizure", "loan:0", 10),
        ("seizure", "loan:1", 0),
    ]
    assert posted(outcome, "machine_sale", "machines") == []
    assert outcome.lenders[0]["equity"] == 100_000_000 - (200000 - 875)


@pytest.mark.parametrize(
    ("owed", "carry"),
    [
        (1000, 700),  # 825 are left to claim: the mark of 8 * 87.5 stays
        (875, 700),  # 700 are left
        (800, 625),  # 625 are left: 75 are written off
        (175, 0),  # paid in full: so is the whole mark
    ],
)
def test_estate_caps_the_mark_at_what_is_still_owed(owed: int, carry: int) -> None:
    """Two free machines bring the estate 175 cents, all for the one loan, whose lender waits for eight machines."""
    terms = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8}
    outcome = run(18, [miner()], [loan(outstanding_usd=owed / 100, **terms)], [fleet()])
    assert posted(outcome, "estate") == [(17, 175)]
    assert outcome.loans[0]["recovered"] == 175
    assert outcome.lenders[0]["equity"] == 100_000_000 - owed + 175 + carry


def test_machine_prices_follow_the_hashprice() -> None:
    """The hashprice halves after day 0; with a half-life of 2 days, day 4 is smoothed to 5/8 of day 0."""
    asics = scenario(0)["asics"] | {"hashprice_half_life_days": 2.0}
    outcome = run(5, height=840000 - 144, asics=asics)
    day = outcome.daily[4]
    assert day["hashprice_usd_per_ph_day"] == pytest.approx(0.5 * outcome.daily[0]["hashprice_usd_per_ph_day"])
    assert day["asic_clearing_usd_per_th"] == pytest.approx(0.01 * 5 / 8, rel=1e-9)
    index, gain = 0.01, 1 - 0.5 ** (1 / 75)
    for t in range(5):
        index += gain * (0.01 * (0.5 + 0.5 * 0.5 ** (t / 2)) - index)
    assert day["asic_index_usd_per_th"] == pytest.approx(index, rel=1e-9)


def test_seizure_disposal_and_carry() -> None:
    """Eight pledged machines, seized 5 days later, are sold 3 a day; the two free ones go to the estate at once."""
    policy = {"hold_days": 30, "rules": [{"max_clearing_to_index": 9.0, "action": "sell", "share_per_day": 0.3}]}
    terms = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8}
    outcome = run(40, [miner()], [loan(**terms)], [fleet()], policies={"hold": policy}, estate_days=30)
    assert happened(outcome, "seizure", "machine_sale") == [
        (13, "machine_sale", "fleet:0"),
        (18, "seizure", "loan:0"),
        (19, "machine_sale", "loan:0"),
        (20, "machine_sale", "loan:0"),
        (21, "machine_sale", "loan:0"),
    ]
    assert posted(outcome, "machine_sale", "machines") == [(13, 2), (19, 3), (20, 3), (21, 2)]
    # tier 1's overhang after the estate's 200 TH/s pushes the clearing price under the index, and under what haste would bring
    overhang = 200 * math.exp(-0.6931471805599453 / 180) ** 5
    clearing = 0.01 / (1 + math.sqrt(overhang / 1000))
    assert posted(outcome, "machine_proceeds")[1] == (19, round(3 * 100 * clearing * 100))
    assert posted(outcome, "machine_proceeds")[0] == (13, 175)
    recovered = sum(amount for _, amount in posted(outcome, "machine_proceeds")[1:])
    assert outcome.loans[0]["recovered"] == recovered
    assert outcome.lenders[0]["equity"] == 100_000_000 - (100000 - recovered)  # nothing is carried any more


def test_carry_is_the_mark_until_the_lot_is_sold() -> None:
    terms = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8}
    outcome = run(16, [miner()], [loan(**terms)], [fleet()])
    assert outcome.lenders[0]["equity"] == 100_000_000 - (100000 - 700)


def test_mark_at_the_horizon() -> None:
    """Seized but unsold: the eight machines are worth 8 * 87.5 cents to the lender."""
    terms = {
        "collateral": "machines",
        "collateral_fleet": "f",
        "collateral_machines": 8,
        "recourse": "limited",
        "outstanding_usd": 10.0,
    }
    outcome = run(40, [miner()], [loan(**terms)], [fleet()])
    assert outcome.loans[0]["ead"] == 1000
    assert outcome.loans[0]["loss"] == 1000 - 700
    assert outcome.miners[0]["operating"]
    small = run(40, [miner()], [loan(**terms | {"outstanding_usd": 5.0})], [fleet()])
    assert small.loans[0]["loss"] == 0


# --- margin calls


def test_margin_call_threshold_is_at_the_call_level() -> None:
    """70,000 / 0.75 = 93,333.33 USD of coins at 20,000: 466,666,667 satoshis are enough, one less is not."""
    assert run(1, [miner()], [coin_loan(466666667)]).events == []
    assert run(1, [miner()], [coin_loan(466666666)]).events == [(0, "margin_call", "loan:0", 7000000)]


def test_top_up_goes_back_to_the_initial_level() -> None:
    outcome = run(10, [miner(btc=1.0)], [coin_loan(466666666)])
    assert posted(outcome, "top_up", "sats") in ([(0, 33333334)], [(0, 33333335)])  # to 5 BTC, last bit aside
    assert happened(outcome, "margin_call", "collateral_sale") == [(0, "margin_call", "loan:0")]


def test_cure_window_expires_in_a_tranche_sale_back_to_the_call_level() -> None:
    """4.5 BTC are 90,000 USD: a call at 77.8 %, no coins, and on day 3 a sale of (70,000 - 67,500) / 0.25 = 10,000."""
    outcome = run(10, [miner()], [coin_loan(450000000)])
    assert happened(outcome, "margin_call", "collateral_sale")[:2] == [
        (0, "margin_call", "loan:0"),
        (3, "collateral_sale", "loan:0"),
    ]
    assert posted(outcome, "collateral_sale", "sats")[0] == (3, 50000000)
    assert posted(outcome, "collateral_proceeds")[0] == (3, 1000000)
    assert 0.75 * (400000000 * CENTS_PER_SAT) == 6000000  # 60,000 on 80,000: at the call level


def test_tranche_share_caps_a_liquidation_at_the_low() -> None:
    """A low of 15,000 puts 70,000 on 4.8 BTC at 97 %: a quarter of the pledge goes at the low."""
    lows = [PRICE_USD, 15000.0]
    outcome = run(2, [miner()], [coin_loan(480000000, tranche_share=0.25)], lows=lows)
    assert outcome.events == [(1, "collateral_sale", "loan:0", 120000000)]
    assert posted(outcome, "collateral_proceeds") == [(1, 1800000)]
    assert outcome.loans[0]["outstanding"] == 5200000


def test_tranche_sale_cures_overdue_interest() -> None:
    """700 USD of interest are missed on day 10; on day 12 a quarter of the pledge brings 18,000: interest first."""
    terms = {
        "amortisation": "interest_only",
        "rate": 0.12,
        "day_count": "30E360",
        "first_payment_date": date(2021, 1, 25),
        "grace_days": 20,
        "liquidation_ltv": 0.9,
        "tranche_share": 0.25,
    }
    lows = [PRICE_USD] * 35
    lows[12] = 15000.0
    outcome = run(35, [miner()], [coin_loan(480000000, **terms)], lows=lows)
    assert [event for event in book_events(outcome) if event[0] <= 12] == [
        (10, "missed_payment", "loan:0", 70000),
        (12, "collateral_sale", "loan:0", 120000000),
    ]
    assert posted(outcome, "collateral_proceeds") == [(12, 1800000)]
    assert outcome.loans[0]["outstanding"] == 7000000 - (1800000 - 70000)
    assert outcome.loans[0]["status"] == "performing"


def test_repaid_loan_releases_its_pledge() -> None:
    terms = {"first_payment_date": date(2021, 1, 25), "maturity_date": date(2021, 1, 25)}
    outcome = run(20, [miner(cash_usd=70000.0)], [coin_loan(600000000, **terms)])
    assert posted(outcome, "release", "sats") == [(10, 600000000)]
    assert outcome.miners[0] == {"operating": True, "failed_day": None, "cash": 0, "sats": 600000000}


# --- lenders


def lender_event(kind: str, usd: float) -> Row:
    """An event of lender j on day 2."""
    return {"day": 2, "lender": "j", "kind": kind, "amount_usd": usd}


def test_lender_fails_below_zero_equity_only() -> None:
    thin = [lender(other_assets_usd=0.0, equity_usd=100.0)]
    assert not run(5, lenders=thin, lender_events=[lender_event("loss", 100.0)]).lenders[0]["failed"]
    failed = run(5, lenders=thin, lender_events=[lender_event("loss", 100.01)])
    assert book_events(failed) == [(2, "lender_loss", "lender:0", 10001), (2, "lender_failure", "lender:0", 0)]
    assert failed.lenders[0]["equity"] == -1


def test_withdrawal_shortfall_and_called_loan() -> None:
    """1,000 USD of cash against a run of 1,500: failure on day 2; its loan is called on day 6."""
    outcome = run(20, [miner(cash_usd=5000.0)], [loan()], lender_events=[lender_event("withdrawal", 1500.0)])
    assert [event[:2] + event[3:] for event in book_events(outcome)] == [
        (2, "lender_withdrawal", 100000),
        (2, "lender_failure", 0),
        (6, "loan_called", 100000),
    ]
    assert posted(outcome, "principal") == [(6, 100000)]
    assert outcome.loans[0]["status"] == "closed"


def test_withdrawal_paid_in_full_leaves_equity_alone() -> None:
    outcome = run(
        5, lenders=[lender(other_assets_usd=0.0, equity_usd=100.0)], lender_events=[lender_event("withdrawal", 400.0)]
    )
    assert outcome.lenders[0] == {
        "failed": False,
        "failed_day": None,
        "cash": 60000,
        "equity": 10000,
        "loss": 0,
        "exposure_loss": 0,
        "survival_days_start": 3650.0,
        "survival_days_min": 3650.0,
        "debtrank": None,
    }


def test_funding_cost() -> None:
    """1,000 of cash, 100 of equity: 900 of funding at 12 % cost 9 USD a month."""
    sheet = {"equity_usd": 100.0, "funding_rate": 0.12}
    outcome = run(20, lenders=[lender(other_assets_usd=0.0, **sheet)])
    assert posted(outcome, "funding_cost") == [(17, 900)]
    broke = run(20, lenders=[lender(cash_usd=5.0, other_assets_usd=995.0, **sheet)])
    assert posted(broke, "funding_cost") == [(17, 500)]
    assert broke.lenders[0]["failed_day"] == 17


# --- on random economies


@pytest.mark.parametrize("seed", range(20))
def test_economy_conserves(seed: int) -> None:
    """Residuals are exactly zero; losses and recoveries stay inside the exposure; accounts replay to their end."""
    tables, terms, closes, lows = economy(seed)
    outcome = simulate(tables, terms, closes[0], lows[0])
    assert outcome.residuals == dict.fromkeys(("cents", "sats", "machines"), (None, 0.0))
    assert all(amount > 0 for *_, amount in outcome.postings)
    for row in outcome.loans:
        assert 0 <= row["recovered"] <= row["ead"]
        assert 0 <= row["loss"] <= row["ead"] - row["recovered"]
    opening = sorted(tables["miners"], key=lambda row: row["miner"].encode())
    for index, row in enumerate(opening):
        for unit, start, end in (
            ("cents", round(row["cash_usd"] * 100), outcome.miners[index]["cash"]),
            ("sats", round(row["btc"] * 1e8), outcome.miners[index]["sats"]),
        ):
            balance = start
            for _, _, of, source, target, amount in outcome.postings:
                if of == unit:
                    balance += amount * ((target == f"miner:{index}") - (source == f"miner:{index}"))
                assert balance >= 0
            assert balance == end


def test_events_without_a_named_amount_carry_zero() -> None:
    bare = {
        "shutdown",
        "restart",
        "curtailment",
        "sell_mode",
        "hold_mode",
        "miner_default",
        "lender_failure",
        "lending_stopped",
        "lending_resumed",
        "lender_tightened",
    }
    seen = set()
    for seed in range(20):
        tables, terms, closes, lows = economy(seed)
        for _, kind, _, amount in simulate(tables, terms, closes[0], lows[0]).events:
            if kind in bare:
                seen.add(kind)
                assert amount == 0, kind
    assert seen == bare


@pytest.mark.parametrize("seed", range(5))
def test_order_of_rows_does_not_matter(seed: int) -> None:
    tables, terms, closes, lows = economy(seed)
    shuffled = {name: list(rows) for name, rows in tables.items()}
    for rows in shuffled.values():
        Random(seed + 1).shuffle(rows)
    assert simulate(tables, terms, closes[0], lows[0]) == simulate(shuffled, terms, closes[0], lows[0])


def test_a_shorter_horizon_is_a_prefix() -> None:
    tables, terms, closes, lows = economy(7)
    whole = simulate(tables, terms, closes[0], lows[0])
    part = simulate(tables, terms, closes[0], lows[0], days=50)
    assert part.postings == [posting for posting in whole.postings if posting[0] < 50]
    assert part.events == [event for event in whole.events if event[0] < 50]
