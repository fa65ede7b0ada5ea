"""What miners do before they fail, with numbers worked out by hand. Page: docs/model/responses.md"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import hashstress as hs
import pyarrow as pa
import pytest

from tests.python.orders_world import Edited, Row, fleet, loan, miner, world
from tests.python.test_orders import Played

DARK = '[[availability]]\nregion = "texas"\nfrom = 2021-11-01\nto = 2022-05-31\nshare = 0.0\n'  # nobody earns or burns
KINDS = ("retirement", "upgrade", "migration", "coin_sale", "strategic_default", "machine_sale")
DECEMBER, JANUARY, FEBRUARY, MARCH = date(2021, 12, 1), date(2022, 1, 1), date(2022, 2, 1), date(2022, 3, 1)
Play = Callable[..., Played]


def response(kind: str, key: str = "r", **changes: Any) -> Row:
    """Something the miner does on the first day it may: a coin is worth 20,000."""
    return {"response": key, "miner": "m", "kind": kind, "trigger": "btc_below", "threshold": 20_001.0} | changes


def retire(key: str = "r", **changes: Any) -> Row:
    return response("retire", key, fleet="site") | changes


def move(kind: str, **changes: Any) -> Row:
    cost = {"cost_usd_per_machine": 100.0} if kind == "migrate" else {}
    return response(kind, fleet="site", to_fleet="other", delay_days=20) | cost | changes


def secured(**changes: Any) -> Row:
    """100,000 USD on ten machines that bring 63,000, and nothing beyond them."""
    terms = {"collateral": "machines", "collateral_fleet": "site", "collateral_machines": 10}
    return loan(outstanding_usd=100_000.0, recourse="limited", cross_default=False, **terms) | changes


def book_of(
    *responses: Row,
    miners: Row | None = None,
    fleets: list[Row] | None = None,
    loans: list[Row] | None = None,
    orders: list[Row] | None = None,
    **bank: Any,
) -> hs.Book:
    """Ten machines of 30 J/TH at `site`; `other` has room for them, `new` for machines of 20 J/TH."""
    other = fleet(fleet="other", region="ohio", power_usd_per_mwh=10.0)
    tables: dict[str, list[Row]] = {
        "machines": [
            {"model": "rig", "hashrate_ths": 100.0, "power_w": 3_000.0},
            {"model": "fine", "hashrate_ths": 100.0, "power_w": 2_000.0},
        ],
        "regions": [{"region": "ohio"}, {"region": "texas"}],
        "miners": [miners or miner()],
        "fleet": fleets or [fleet(machines=10), other, fleet(fleet="new", model="fine")],
        "loans": loans or [loan()],
        "lenders": [
            {
                "lender": "bank",
                "cash_usd": 1e6,
                "equity_usd": 1e6,
                "funding_rate": 0.0,
                "seizure_days": 30,
                "policy": "dump",
            }
            | bank
        ],
        "cohorts": [
            {
                "cohort": "rest",
                "region": "texas",
                "efficiency_j_per_th": 40.0,
                "power_usd_per_mwh": 40.0,
                "hashrate_ths": 1.6e8,
            }
        ],
        "orders": orders or [],
        "responses": list(responses),
    }
    return hs.Book.from_tables(**{name: table(rows) for name, rows in tables.items() if rows})


def table(rows: list[Row]) -> pa.Table:
    names = dict.fromkeys(column for row in rows for column in row)
    return pa.Table.from_pylist([{**dict.fromkeys(names), **row} for row in rows])


def in_the_dark(edited: Edited) -> Play:
    """Plays seven months of a flat world in the dark; `light=True` lets machines run."""

    def played(*responses: Row, light: bool = False, off: bool = False, more: str = "", **tables: Any) -> Played:
        scenario = world(edited, more if light else more + DARK)
        return Played(book_of(*responses, **tables), scenario.with_channels(responses=not off))

    return played


@pytest.fixture
def play(edited: Edited) -> Play:
    """`play(retire(), miners=miner(...))`"""
    return in_the_dark(edited)


def sold_for(machines: int) -> float:
    """Cents that so many machines bring on the first day of sales: 70 USD/TH less a tenth, and the slope towards a bulk lot."""
    ths = machines * 100.0
    return float(round(machines * (100.0 * 70.0 * (1.0 - (0.1 + (0.5 - 0.1) * (ths / 600_000.0))) * 100.0)))


def test_machines_are_sold_and_the_money_is_the_miners(play: Play) -> None:
    played = play(retire())
    assert played.told(*KINDS) == [
        (DECEMBER, "retirement", "site", 10.0),
        (DECEMBER, "machine_sale", "site", 10.0),
    ]
    assert played.posted("machine_sale", "machine_proceeds") == [
        (DECEMBER, "machine_sale", "fleet:site", "world", 10.0),
        (DECEMBER, "machine_proceeds", "world", "miner:m", sold_for(10)),
    ]


def test_what_is_pledged_stays_until_the_loan_is_paid(play: Play) -> None:
    pledge = {"collateral": "machines", "collateral_fleet": "site", "collateral_machines": 6}
    ends = {"first_payment_date": date(2022, 1, 15), "maturity_date": date(2022, 1, 15), "outstanding_usd": 1_000.0}
    played = play(retire(wait_days=1), loans=[loan(**pledge, **ends)])
    assert played.told("retirement") == [(DECEMBER, "retirement", "site", 4.0), (FEBRUARY, "retirement", "site", 6.0)]


def test_two_sales_of_a_row_on_a_day_are_one_offer_of_what_is_there(play: Play) -> None:
    played = play(retire("a", machines=6), retire("b", machines=6))
    assert played.told(*KINDS) == [
        (DECEMBER, "retirement", "site", 6.0),
        (DECEMBER, "retirement", "site", 4.0),
        (DECEMBER, "machine_sale", "site", 10.0),
    ]


def test_an_upgrade_buys_at_the_index_and_sells_the_old_machines(play: Play) -> None:
    played = play(move("upgrade", to_fleet="new", machines=8), light=True)
    assert played.told(*KINDS) == [(DECEMBER, "upgrade", "new", 8.0), (DECEMBER, "machine_sale", "site", 8.0)]
    assert played.posted("machine_purchase", "delivery", "machine_sale", "machine_proceeds") == [
        (DECEMBER, "machine_purchase", "miner:m", "world", 6_400_000.0),  # 8 machines of 100 TH/s at 80 USD
        (DECEMBER, "delivery", "world", "fleet:new", 8.0),
        (DECEMBER, "machine_sale", "fleet:site", "world", 8.0),
        (DECEMBER, "machine_proceeds", "world", "miner:m", sold_for(8)),
    ]
    mined, otherwise = (result.days("production") for result in (played, play(light=True)))
    for day, share in [(0, 1.0), (1, 0.2), (19, 0.2), (20, 1.0)]:  # two of ten run on
        on = DECEMBER + timedelta(days=day)
        assert mined[on] == pytest.approx(share * otherwise[on], rel=1e-3), on


def test_who_cannot_pay_for_an_upgrade_does_not_begin_it(play: Play) -> None:
    assert not play(move("upgrade", to_fleet="new"), miners=miner(cash_usd=79_999.99)).told(*KINDS)
    assert play(move("upgrade", to_fleet="new"), miners=miner(cash_usd=80_000.0)).told("upgrade")


def test_machines_move_to_a_cheaper_contract(play: Play) -> None:
    played = play(move("migrate"), light=True)
    assert played.told(*KINDS) == [(DECEMBER, "migration", "other", 10.0)]
    assert played.posted("migration_cost", "migration") == [
        (DECEMBER, "migration_cost", "miner:m", "world", 100_000.0),
        (DECEMBER, "migration", "fleet:site", "fleet:other", 10.0),
    ]
    assert set(played.days("production")) & {DECEMBER + timedelta(days=day) for day in range(1, 21)} == {
        DECEMBER + timedelta(days=20)
    }
    # A day costs 1000 TH/s * 30 J/TH * 24 h at 50, then at 10 USD/MWh.
    power = {row[0]: row[4] for row in played.posted("power")}
    assert (power[DECEMBER], power[FEBRUARY]) == (31 * 3_600.0, 31 * 720.0)


def test_a_move_nobody_can_pay_for_waits_for_the_money(play: Play) -> None:
    poor = miner(cash_usd=500.0, other_income_usd_per_month=300.0)
    assert play(move("migrate"), miners=poor).told("migration") == [(JANUARY, "migration", "other", 10.0)]


def test_a_miner_with_cash_walks_away_from_machines_worth_less_than_the_debt(play: Play) -> None:
    """Ten machines bring 63,000 USD in a quick sale: 100,000 is 1.59 times as much."""
    walks = response("strategic_default", trigger="ltv_over", threshold=1.5, loan="l")
    played = play(walks, loans=[secured()])
    assert played.told("strategic_default", "loan_default", "miner_default", "seizure") == [
        (DECEMBER, "strategic_default", "l", 10_000_000.0),
        (DECEMBER, "loan_default", "l", 10_000_000.0),
        (DECEMBER + timedelta(days=30), "seizure", "l", 10.0),
    ]
    assert not played.posted("interest", "principal", "estate")
    assert not play(walks | {"threshold": 1.6}, loans=[secured()]).told("strategic_default", "loan_default")


def test_who_walks_away_does_so_before_it_sells_and_falls_with_what_the_loan_reaches(play: Play) -> None:
    walks = response("strategic_default", "z", loan="l")
    other = loan(loan="full", cross_default=True, outstanding_usd=1_000.0)
    played = play(retire("a"), walks, loans=[secured(collateral_machines=7), other])
    assert played.told(*KINDS, "miner_default")[:3] == [
        (DECEMBER, "strategic_default", "l", 10_000_000.0),
        (DECEMBER, "miner_default", "m", 0.0),
        (DECEMBER, "machine_sale", "site", 3.0),
    ]


def test_coins_are_sold_in_parts_with_a_pause(play: Play) -> None:
    played = play(response("sell_coins", share=0.25, wait_days=60), miners=miner(btc=10.0))
    assert played.told("coin_sale") == [
        (DECEMBER, "coin_sale", "m", 250_000_000.0),
        (FEBRUARY, "coin_sale", "m", 187_500_000.0),
        (
            date(2022, 5, 1),
            "coin_sale",
            "m",
            140_625_000.0,
        ),  # 60 days from the first of February end on the second of April
    ]
    assert [row[1:] for row in played.posted("treasury_sale")][:2] == [
        ("treasury_sale", "miner:m", "world", 250_000_000.0),
        ("treasury_sale", "world", "miner:m", 5_000_000.0),
    ]


def test_a_runway_is_what_is_left_after_the_bills(play: Play) -> None:
    """100,000 USD, 30,000 a month: on the first of December 70 days are left, then 40, then 10."""
    spends = miner(btc=10.0, overhead_usd_per_month=30_000.0)
    for trigger, days, first in [
        ("runway_days_below", 71.0, DECEMBER),
        ("runway_days_below", 70.0, JANUARY),
        ("runway_days_below", 40.0, FEBRUARY),
        ("runway_days_over", 69.0, DECEMBER),
    ]:
        sale = response("sell_coins", share=0.001, trigger=trigger, threshold=days)
        assert play(sale, miners=spends).told("coin_sale") == [(first, "coin_sale", "m", 1_000_000.0)], days
    rests = response("sell_coins", share=0.001, trigger="runway_days_over", threshold=70.0)
    assert not play(rests, miners=spends).told("coin_sale")


@pytest.mark.parametrize(
    ("trigger", "threshold", "usd_per_mwh", "first"),
    [
        ("margin_below", 1.0, 500.0, DECEMBER),
        ("margin_below", 1.0, 5.0, None),
        ("standing_months", 1.0, 500.0, DECEMBER),
        ("standing_months", 3.0, 500.0, FEBRUARY),
        ("standing_months", 1.0, 5.0, None),
    ],
)
def test_a_site_that_does_not_earn_its_power_is_given_up(
    play: Play, trigger: str, threshold: float, usd_per_mwh: float, first: date | None
) -> None:
    played = play(
        retire(trigger=trigger, threshold=threshold),
        light=True,
        fleets=[fleet(machines=10, power_usd_per_mwh=usd_per_mwh)],
    )
    assert [row[0] for row in played.told("retirement")] == ([first] if first else [])


def test_a_response_has_its_season(play: Play) -> None:
    for season, first in [
        ({"from_date": date(2022, 1, 2)}, FEBRUARY),
        ({"from_date": JANUARY, "until_date": JANUARY}, JANUARY),
        ({"until_date": date(2021, 11, 30)}, None),
    ]:
        assert [row[0] for row in play(retire(**season)).told("retirement")] == ([first] if first else []), season


def test_without_the_channel_nothing_is_done(play: Play) -> None:
    acts = (retire(machines=3), move("migrate", response="s"), response("sell_coins", "t", share=0.5))
    rich = miner(btc=10.0)
    digests = [
        play(*acts, off=True, miners=rich).results.manifest["results_digest"],
        play(miners=rich).results.manifest["results_digest"],
        play(*acts, miners=rich).results.manifest["results_digest"],
    ]
    assert digests[0] == digests[1] != digests[2]


def test_the_order_of_rows_does_not_matter(play: Play) -> None:
    acts = [retire("a", machines=3), move("migrate", response="b"), response("sell_coins", "c", share=0.5)]
    one, other = (play(*rows, miners=miner(btc=10.0)) for rows in (acts, acts[::-1]))
    assert one.events == other.events
    assert one.ledger == other.ledger


def test_a_season_that_is_over_before_the_scenario_begins_is_refused(play: Play) -> None:
    with pytest.raises(hs.InputError) as refused:
        play(retire(until_date=date(2021, 11, 1)))
    assert [(found.code, found.column) for found in refused.value.problems] == [("dates", "until_date")]
