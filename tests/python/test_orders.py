"""Purchase orders end to end, with numbers worked out by hand. Page: docs/model/orders.md"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import hashstress as hs
import pyarrow as pa
import pytest
from hashstress import _core

Row = dict[str, Any]
Edited = Callable[..., hs.Scenario]

# A machine of 100 TH/s is worth 7,000 USD on every day: tier 1 opens at 70 USD/TH and nothing moves it.
FLAT = """\
source = "anchors"
volatility_daily = 0.0
anchors = [["2021-11-01", 20000.0], ["2022-05-31", 20000.0]]
"""
GBM = 'source = "gbm"\nstart_usd = 30000.0\nvolatility_annual = 0.9\n'
START = date(2021, 11, 1)


def miner(**changes: Any) -> Row:
    """A miner with 100,000 USD, no costs and no fear."""
    return {
        "miner": "m",
        "cash_usd": 100_000.0,
        "btc": 0.0,
        "overhead_usd_per_month": 0.0,
        "hodl_share": 0.0,
        "other_income_usd_per_month": 0.0,
        "runway_low_days": 0.0,
        "runway_high_days": 0.0,
        "stock_sale_share": 0.1,
        "pool_fee": 0.0,
    } | changes


def fleet(**changes: Any) -> Row:
    """A site without machines, with as many racks as it likes."""
    return {
        "fleet": "site",
        "miner": "m",
        "model": "rig",
        "region": "texas",
        "machines": 0,
        "power_contract": "fixed",
        "power_usd_per_mwh": 50.0,
        "rack_slots": None,
    } | changes


def order(**changes: Any) -> Row:
    """Ten machines at 10,000 USD: 40,000 paid, 20,000 on the first of December, January and February, delivered on 15 February."""
    return {
        "order": "o",
        "miner": "m",
        "vendor": "Maker",
        "fleet": "site",
        "machines": 10,
        "price_usd": 10_000.0,
        "price_kind": "fixed",
        "price_protection": False,
        "deposit_usd": 40_000.0,
        "first_instalment_date": date(2021, 12, 1),
        "instalments": 3,
        "delivery_date": date(2022, 2, 15),
        "deployment_days": 0,
        "grace_days": 10,
        "forfeit_share": 0.25,
        "coupon_share": 0.0,
        "cancel_ratio": None,
    } | changes


def prepaid(**changes: Any) -> Row:
    """The same, paid for."""
    return order(deposit_usd=100_000.0, first_instalment_date=None, instalments=None) | changes


def loan(**changes: Any) -> Row:
    """A loan that plays no part."""
    return {
        "loan": "l",
        "miner": "m",
        "lender": "bank",
        "collateral": "none",
        "amortisation": "bullet",
        "outstanding_usd": 1_000.0,
        "rate": 0.0,
        "day_count": "A360",
        "first_payment_date": date(2030, 1, 1),
        "maturity_date": date(2030, 1, 1),
        "period_months": 1,
        "recourse": "full",
        "grace_days": 5,
    } | changes


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows)


def book_of(
    *orders: Row, miners: Row | None = None, fleets: list[Row] | None = None, loans: Row | None = None
) -> hs.Book:
    tables = {
        "machines": [{"model": "rig", "hashrate_ths": 100.0, "power_w": 3_000.0}],
        "regions": [{"region": "texas"}],
        "miners": [miners or miner()],
        "fleet": fleets or [fleet()],
        "loans": [loans or loan()],
        "lenders": [
            {
                "lender": "bank",
                "cash_usd": 1e6,
                "equity_usd": 1e6,
                "funding_rate": 0.0,
                "seizure_days": 30,
                "policy": "dump",
            }
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
    }
    if orders:
        tables["orders"] = list(orders)
    return hs.Book.from_tables(**{name: table(rows) for name, rows in tables.items()})


class Played:
    """One path and its journal, with the book's books closed."""

    def __init__(self, book: hs.Book, scenario: hs.Scenario) -> None:
        self.results = hs.run(book, scenario, paths=1, worst=1)
        (path,) = self.results.paths.rows()
        assert [path[f"residual_{unit}"] for unit in ("cents", "sats", "machines")] == [0.0, 0.0, 0.0]
        self.events = list(self.results.events.rows())
        self.ledger = list(self.results.ledger.rows())

    def told(self, *kinds: str) -> list[tuple[date, str, str, float]]:
        """(date, kind, entity, amount) of these kinds of event."""
        return [(row["date"], row["kind"], row["entity"], row["amount"]) for row in self.events if row["kind"] in kinds]

    def posted(self, *reasons: str) -> list[tuple[date, str, str, str, float]]:
        """(date, reason, from, to, amount) of these reasons; amounts in cents or machines."""
        return [
            (row["date"], row["reason"], row["from_account"], row["to_account"], row["amount"])
            for row in self.ledger
            if row["reason"] in reasons
        ]

    def days(self, reason: str, unit: str = "sats") -> dict[date, float]:
        """Amount by date."""
        return {row["date"]: row["amount"] for row in self.ledger if row["reason"] == reason and row["unit"] == unit}


ORDERS = ("instalment", "credit_used", "delivery", "price_protection", "coupon", "vendor_credit", "forfeit")
EVENTS = ("missed_instalment", "order_lapse", "order_cancelled", "delivery", "vendor_default")
Play = Callable[..., Played]


@pytest.fixture
def play(edited: Edited) -> Play:
    """`play(order(), miners=miner(...), more="[[vendor_events]]...")`: seven months of a flat world."""

    def played(*orders: Row, more: str = "", **tables: Any) -> Played:
        return Played(book_of(*orders, **tables), world(edited, more))

    return played


def world(edited: Edited, more: str = "") -> hs.Scenario:
    tiers = ("80.0", "70.0", "50.0")
    still = [change for index in tiers for change in still_tier(index)]
    return edited(
        "end = 2021-11-30",
        "end = 2022-05-31",
        "y = 1.0",
        "y = 0.0",
        GBM,
        FLAT,
        *still,
        "estate_days = 10\n",
        f"estate_days = 10\n{more}",
    )


def still_tier(index: str) -> tuple[str, str]:
    before = f"index_usd_per_th = {index}\nelasticity = 1.2"
    return before, before.replace("1.2", "0.0")


def first(month: int) -> date:
    return date(2021 if month > 10 else 2022, month, 1)


# --- paying


def test_a_deposit_is_sunk_and_the_rest_is_paid_in_equal_parts(play: Play) -> None:
    played = play(order())
    paid = [(first(month), "instalment", "miner:m", "world", 2_000_000.0) for month in (12, 1, 2)]
    arrived = (date(2022, 2, 15), "delivery", "world", "fleet:site", 10.0)
    assert played.posted(*ORDERS) == [*paid, arrived]
    assert played.told(*EVENTS) == [(date(2022, 2, 15), "delivery", "o", 10.0)]


def test_the_last_part_takes_the_rest(play: Play) -> None:
    played = play(order(deposit_usd=39_999.99))
    assert [amount for *_, amount in played.posted("instalment")] == [2_000_000.0, 2_000_000.0, 2_000_001.0]


def test_coins_are_sold_for_an_instalment_they_can_cover(play: Play) -> None:
    """8,000 USD are missing on 1 December; a coin is 20,000 USD."""
    played = play(order(), miners=miner(cash_usd=12_000.0, btc=1.0, hodl_share=1.0))
    (_, _, _, _, sats), cents = played.posted("forced_sale")
    assert sats == pytest.approx(40_000_000.0, abs=1)
    assert cents == (first(12), "forced_sale", "world", "miner:m", 800_000.0)
    assert played.told("missed_instalment") == [(first(1), "missed_instalment", "o", 2_000_000.0)]
    assert len(played.told("forced_sale")) == 1, "0.6 BTC cannot cover what is due in January: they are kept"


def test_what_the_utility_is_owed_is_not_spent(play: Play) -> None:
    """100 machines draw 7.2 MWh a day at 50 USD: 360 USD a day, 10,800 USD until 1 December, when only cash is short."""
    ran = [fleet(machines=100)]
    poor = play(order(), miners=miner(cash_usd=20_000.0, hodl_share=1.0, stock_sale_share=0.0), fleets=ran)
    assert poor.told("missed_instalment") == []
    coins = poor.posted("forced_sale")
    # 30 days of power are owed as the stage opens; need = 20,000 + 10,800 USD, 20,000 USD are there
    assert coins[1] == (first(12), "forced_sale", "world", "miner:m", 1_080_000.0)


# --- missing, lapsing, credit


def test_a_missed_instalment_lapses_after_grace_and_leaves_credit(play: Play) -> None:
    played = play(order(), miners=miner(cash_usd=25_000.0))
    assert played.told(*EVENTS) == [
        (first(1), "missed_instalment", "o", 2_000_000.0),
        (date(2022, 1, 11), "order_lapse", "o", 1_500_000.0),  # a quarter of 60,000 USD
    ]
    assert played.posted(*ORDERS) == [
        (first(12), "instalment", "miner:m", "world", 2_000_000.0),
        (date(2022, 1, 11), "vendor_credit", "world", "credit:m/Maker", 4_500_000.0),
    ]


def test_an_instalment_missed_and_paid_within_grace_is_delivered_late(play: Play) -> None:
    """The last is due on 10 February, missed, and paid on 7 March with the income of 1 March: after the delivery date."""
    paid_late = order(deposit_usd=80_000.0, first_instalment_date=date(2022, 2, 10), instalments=1, grace_days=25)
    played = play(paid_late, miners=miner(cash_usd=0.0, other_income_usd_per_month=5_000.0))
    assert played.told(*EVENTS) == [
        (date(2022, 2, 10), "missed_instalment", "o", 2_000_000.0),
        (date(2022, 3, 7), "delivery", "o", 10.0),
    ]


def test_credit_pays_the_next_order_with_the_vendor_and_no_other(play: Play) -> None:
    """45,000 USD of credit from 11 January: 30,000 for `p` on the 20th, then 15,000 and 5,000 in cash; nothing for `q`."""
    more = order(
        order="p",
        deposit_usd=40_000.0,
        first_instalment_date=date(2022, 1, 20),
        instalments=2,
        delivery_date=date(2022, 4, 1),
    )
    other = order(
        order="q", vendor="Other", deposit_usd=96_000.0, first_instalment_date=date(2022, 1, 21), instalments=1
    )
    played = play(order(), more, other, miners=miner(cash_usd=39_000.0))
    late = [row for row in played.posted("instalment", "credit_used") if row[0] > first(1)]
    credit = "credit:m/Maker"
    assert late == [
        (date(2022, 1, 20), "credit_used", credit, "world", 3_000_000.0),
        (date(2022, 1, 21), "instalment", "miner:m", "world", 400_000.0),
        (date(2022, 2, 20), "credit_used", credit, "world", 1_500_000.0),
        (date(2022, 2, 20), "instalment", "miner:m", "world", 1_500_000.0),
    ]


def test_neither_credit_nor_cash_is_spent_on_an_instalment_that_cannot_be_paid(play: Play) -> None:
    more = order(order="p", first_instalment_date=date(2022, 1, 20), instalments=1, delivery_date=date(2022, 4, 1))
    played = play(order(), more, miners=miner(cash_usd=25_000.0))
    assert (date(2022, 1, 20), "missed_instalment", "p", 6_000_000.0) in played.told("missed_instalment")
    assert played.posted("credit_used") == []


def test_a_vendor_that_fails_keeps_everything(play: Play) -> None:
    """On 15 January: 80,000 USD paid for `o`, and the 10,000 of credit that the lapse of `p` left on 11 January."""
    lapsed = order(order="p", deposit_usd=13_333.33, first_instalment_date=date(2022, 1, 1), instalments=1)
    event = '[[vendor_events]]\ndate = 2022-01-15\nvendor = "Maker"\n'
    played = play(order(), lapsed, miners=miner(cash_usd=60_000.0), more=event)
    day = date(2022, 1, 15)
    assert played.told("vendor_default", "delivery") == [(day, "vendor_default", "o", 8_000_000.0)]
    # p: 13,333.33 paid, a quarter kept: ROUND(333,333.25) = 333,333 cents
    assert played.posted("forfeit") == [(day, "forfeit", "credit:m/Maker", "world", 1_000_000.0)]
    assert [row[0] for row in played.posted("instalment")] == [first(12), first(1)]


def test_a_miner_that_defaults_loses_its_orders_and_its_credit(play: Play) -> None:
    due = loan(first_payment_date=date(2022, 1, 20), maturity_date=date(2022, 1, 20), outstanding_usd=9e6)
    more = order(order="p", first_instalment_date=date(2022, 3, 1), instalments=1, delivery_date=date(2022, 4, 1))
    played = play(order(), more, miners=miner(cash_usd=25_000.0), loans=due)
    day = date(2022, 1, 25)
    assert played.told("miner_default") == [(day, "miner_default", "m", 0.0)]
    assert played.told("order_lapse") == [
        (date(2022, 1, 11), "order_lapse", "o", 1_500_000.0),
        (day, "order_lapse", "p", 4_000_000.0),
    ]
    assert played.posted("forfeit") == [(day, "forfeit", "credit:m/Maker", "world", 4_500_000.0)]
    assert played.told("delivery") == []


# --- prices


def test_price_protection_and_coupon_come_back_as_credit(play: Play) -> None:
    """Paid 100,000 USD, worth 70,000 at the index."""
    played = play(order(price_protection=True, coupon_share=0.03))
    day = date(2022, 2, 15)
    assert played.posted("price_protection", "coupon") == [
        (day, "price_protection", "world", "credit:m/Maker", 3_000_000.0),
        (day, "coupon", "world", "credit:m/Maker", 300_000.0),
    ]


def test_a_protected_price_is_never_raised(play: Play) -> None:
    cheap = order(price_usd=6_000.0, price_protection=True)
    assert play(cheap).posted("price_protection") == []


@pytest.mark.parametrize(("price_usd", "asked"), [(10_000.0, 1_400_000.0), (5_000.0, 466_666.0)])
def test_a_floating_price_follows_the_index_down_and_up(play: Play, price_usd: float, asked: float) -> None:
    """20,000 USD at 7/10 are 14,000; 3,333.33 at 7/5 are 4,666.662."""
    played = play(order(price_kind="floating", price_usd=price_usd))
    assert [amount for *_, amount in played.posted("instalment")][:2] == [asked, asked]


# --- the treasury


SHORT_OF_CASH = {"cash_usd": 50_000.0, "btc": 1.0, "hodl_share": 1.0, "runway_low_days": 92.0, "runway_high_days": 92.0}


def test_instalments_weigh_on_the_runway_as_debt_service_does(play: Play) -> None:
    """Window 92 days: from 1 November the three instalments up to 1 February are planned, 60,000 USD against 50,000 in cash."""
    late = order(first_instalment_date=date(2021, 12, 2), delivery_date=date(2022, 2, 15))
    poor = miner(**SHORT_OF_CASH)
    assert play(order(), miners=poor).told("sell_mode")[0] == (START, "sell_mode", "m", 0.0)
    # the third of these comes near a day later
    assert play(late, miners=poor).told("sell_mode")[0] == (START + timedelta(days=1), "sell_mode", "m", 0.0)
    assert play(miners=poor).told("sell_mode") == []


def test_a_seller_cancels_what_is_dearer_than_the_index_and_gets_credit(play: Play) -> None:
    """Worth 70,000 USD, 60,000 still to be paid: cancelled at twice that, not at once."""
    poor = miner(**SHORT_OF_CASH)
    cancelled = play(order(cancel_ratio=2.0), miners=poor)
    assert cancelled.told(*EVENTS) == [(first(12), "order_cancelled", "o", 4_000_000.0)]
    assert cancelled.posted(*ORDERS) == [(first(12), "vendor_credit", "world", "credit:m/Maker", 4_000_000.0)]
    assert cancelled.told("hold_mode")[0] == (first(12), "hold_mode", "m", 0.0), "the plan is free of the order at once"
    assert play(order(cancel_ratio=1.0), miners=poor).told("order_cancelled") == []
    assert play(order(cancel_ratio=2.0)).told("order_cancelled") == [], "who does not sell does not cancel"


# --- boxes and racks


def test_machines_in_boxes_earn_nothing_and_draw_no_power(play: Play) -> None:
    played = play(prepaid(deployment_days=20))
    runs = date(2022, 2, 15) + timedelta(days=20)
    assert min(played.days("production")) == runs
    # the bill of 1 April, that day included: 26 days of 10 machines, 0.72 MWh a day at 50 USD
    assert next(iter(played.days("power", "cents").items())) == (date(2022, 4, 1), 26 * 3_600.0)
    assert min(play(prepaid()).days("production")) == date(2022, 2, 15), "without a delay they run on the day"


def test_machines_without_a_slot_wait_until_there_is_one(play: Play) -> None:
    change = '[[rack_changes]]\ndate = 2022-03-01\nfleet = "site"\nslots = {}\n'
    limited = [fleet(rack_slots=4)]
    added = play(prepaid(), fleets=limited, more=change.format(6)).days("production")
    free = play(prepaid()).days("production")
    before, after = date(2022, 2, 28), date(2022, 3, 1)
    assert added[before] == pytest.approx(0.4 * free[before], abs=1)
    assert added[after] == pytest.approx(free[after], abs=2), "the difficulty has hardly noticed"
    taken = play(prepaid(), fleets=limited, more=change.format(-4)).days("production")
    assert max(taken) == before
    none = play(prepaid(), fleets=[fleet(rack_slots=0)])
    assert none.days("production") == {}
    assert none.days("power", "cents") == {}


def test_boxed_machines_are_sold_with_the_estate(play: Play) -> None:
    due = loan(first_payment_date=date(2022, 3, 1), maturity_date=date(2022, 3, 1), outstanding_usd=9e6)
    played = play(prepaid(deployment_days=300), loans=due)
    assert played.told("machine_sale") == [(date(2022, 3, 6), "machine_sale", "site", 10.0)]
    assert played.days("production") == {}


def test_seizure_takes_deployed_machines_first(play: Play) -> None:
    """Limited recourse: 6 of 8 running machines go, 10 boxed ones stay boxed until they are deployed."""
    secured = loan(
        collateral="machines",
        collateral_fleet="site",
        collateral_machines=6,
        recourse="limited",
        first_payment_date=date(2022, 1, 20),
        maturity_date=date(2022, 1, 20),
        outstanding_usd=9e6,
    )
    played = play(prepaid(deployment_days=30), fleets=[fleet(machines=8)], loans=secured)
    seized = date(2022, 1, 25) + timedelta(days=30)
    assert played.told("seizure") == [(seized, "seizure", "l", 6.0)]
    mined, runs = played.days("production"), date(2022, 2, 15) + timedelta(days=30)
    day = timedelta(days=1)
    assert mined[seized + day] == pytest.approx(mined[seized] / 4, rel=1e-6, abs=2)
    assert mined[runs] == pytest.approx(6 * mined[runs - day], rel=1e-2)


# --- nothing


def test_an_empty_table_and_no_limit_are_as_if_they_were_not_there(edited: Edited) -> None:
    bare = fleet(machines=50)
    del bare["rack_slots"]
    scenario = world(edited)
    digests = set()
    for rows in ([bare], [fleet(machines=50)], [fleet(machines=50, rack_slots=50)]):
        digests.add(hs.run(book_of(fleets=rows), scenario, paths=3, worst=0).manifest["results_digest"])
    assert len(digests) == 1


def test_orders_of_the_same_book_do_not_depend_on_the_order_of_rows(edited: Edited) -> None:
    orders = [order(order=name, vendor=vendor) for name, vendor in (("a", "Z"), ("b", "Y"), ("c", "Z"))]
    scenario = world(edited)
    first_run, second_run = (Played(book_of(*rows), scenario) for rows in (orders, orders[::-1]))
    assert first_run.ledger == second_run.ledger


# --- what is refused

CRISIS = Path(hs.__file__).parent / "data" / "books" / "crisis-2022"
HEADER = (
    "order,miner,vendor,fleet,machines,price_usd,price_kind,price_protection,deposit_usd,first_instalment_date,"
    "instalments,delivery_date,deployment_days,grace_days,forfeit_share,coupon_share,cancel_ratio"
)
SOUND = "{key},marathon,Bitmain,{fleet},100,9000,fixed,true,300000,2022-01-15,6,2022-07-01,30,30,0.5,0.02,1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The built-in book with two orders of one miner."""
    folder = tmp_path / "book"
    shutil.copytree(CRISIS, folder)
    with (folder / "fleet.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    own = next(row["fleet"] for row in rows if row["miner"] == "marathon")
    lines = [HEADER, *(SOUND.format(key=key, fleet=own) for key in ("o1", "o2"))]
    (folder / "orders.csv").write_text("\n".join(lines) + "\n")
    return folder


def spoilt(folder: Path, old: str, new: str, row: int) -> None:
    """Replaces a text in one line of orders.csv; row 0 is the header."""
    lines = (folder / "orders.csv").read_text().splitlines()
    assert old in lines[row]
    lines[row] = lines[row].replace(old, new, 1)
    (folder / "orders.csv").write_text("\n".join(lines) + "\n")


KINDS = {
    "missing column": ("price_usd", "price", 0, "missing_column", None, "price_usd"),
    "unknown column": ("coupon_share", "cupon_share", 0, "unknown_column", None, "cupon_share"),
    "unknown miner": ("marathon", "nobody", 2, "unknown_key", 2, "miner"),
    "unknown fleet row": (",100,9000", "x,100,9000", 2, "unknown_key", 2, "fleet"),
    "no vendor": ("Bitmain", "", 1, "null", 1, "vendor"),
    "look-alike vendor": ("Bitmain", "bitmain", 2, "look_alike_key", 2, "vendor"),
    "wrong type": ("9000", "many", 2, "wrong_type", 2, "price_usd"),
    "NaN": ("300000", "NaN", 1, "not_finite", 1, "deposit_usd"),
    "price of the batch": ("9000", "900000", 1, "out_of_range", 1, "price_usd"),
    "coupon of 2 %": ("0.02", "2", 1, "out_of_range", 1, "coupon_share"),
    "no machines": (",100,", ",0,", 2, "out_of_range", 2, "machines"),
    "unknown price kind": ("fixed", "non-fixed", 2, "unknown_word", 2, "price_kind"),
    "duplicate key": ("o2", "o1", 2, "duplicate_key", 2, "order"),
    "protection of a floating price": ("fixed", "floating", 1, "inconsistent", 1, "price_protection"),
    "deposit above the price": ("300000", "900001", 2, "inconsistent", 2, "deposit_usd"),
    "instalments of nothing": ("300000", "900000", 2, "inconsistent", 2, "first_instalment_date"),
    "unpaid without instalments": (",6,", ",,", 2, "null", 2, "instalments"),
    "delivery before it is paid": (",6,", ",7,", 1, "dates", 1, "delivery_date"),
    "date that is none": ("2022-01-15", "2022-02-30", 1, "out_of_range", 1, "first_instalment_date"),
    "grace of no day": (",30,30,", ",30,0,", 1, "out_of_range", 1, "grace_days"),
}


def test_the_sound_orders_are_read(folder: Path) -> None:
    assert hs.Book.read(folder).counts["orders"] == 2


@pytest.mark.parametrize("kind", KINDS)
def test_bad_orders_are_refused_with_their_place(folder: Path, kind: str) -> None:
    old, new, line, code, row, column = KINDS[kind]
    spoilt(folder, old, new, line)
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    places = [(found.code, found.file, found.row, found.column) for found in refused.value.problems]
    assert (code, str(folder / "orders.csv"), row, column) in places


def test_the_fleet_row_of_another_miner_is_refused(folder: Path) -> None:
    with (folder / "fleet.csv").open(newline="") as file:
        other = next(row["fleet"] for row in csv.DictReader(file) if row["miner"] != "marathon")
    lines = (folder / "orders.csv").read_text().splitlines()
    cells = lines[1].split(",")
    cells[3] = other
    (folder / "orders.csv").write_text("\n".join([lines[0], ",".join(cells), lines[2]]) + "\n")
    with pytest.raises(hs.InputError) as refused:
        hs.Book.read(folder)
    assert [(p.code, p.row, p.column) for p in refused.value.problems] == [("inconsistent", 1, "fleet")]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[[vendor_events]]\ndate = 2022-01-15\nvendor = "Mker"\n', "no vendor 'Mker'"),
        ('[[vendor_events]]\ndate = 2023-01-15\nvendor = "Maker"\n', "outside the run"),
        ('[[vendor_events]]\ndate = 2022-01-15\nvendor = "Maker"\n' * 2, "fails twice"),
        ('[[vendor_events]]\ndate = 2022-01-15\nvendor = "Maker"\nkind = "fail"\n', "kind"),
        ('[[rack_changes]]\ndate = 2022-01-15\nfleet = "sites"\nslots = 5\n', "no fleet row 'sites'"),
        ('[[rack_changes]]\ndate = 2022-01-15\nfleet = "free"\nslots = 5\n', "has no rack_slots"),
        ('[[rack_changes]]\ndate = 2022-01-15\nfleet = "site"\nslots = 0\n', "change nothing"),
        ('[[rack_changes]]\ndate = 2022-01-15\nfleet = "site"\nslots = 1.5\n', "slots"),
        ('[[rack_changes]]\ndate = 2022-01-15\nfleet = "site"\nslots = -5\n', "left with -1 slots"),
    ],
)
def test_bad_events_are_refused_with_their_line(edited: Edited, more: str, said: str) -> None:
    fleets = [fleet(rack_slots=4), fleet(fleet="free")]
    with pytest.raises(hs.ScenarioError, match=said) as refused:
        world(edited, more).compile(book_of(order(), fleets=fleets))
    assert all(problem.line for problem in refused.value.problems)


def test_an_order_of_the_past_is_refused(edited: Edited) -> None:
    with pytest.raises(hs.ScenarioError, match="orders with an instalment or a delivery on or before the first day"):
        world(edited).compile(book_of(order(first_instalment_date=START)))


def test_what_a_caller_hands_to_the_engine_is_checked_there_too(edited: Edited) -> None:
    book = book_of(order(), fleets=[fleet(rack_slots=4), fleet(fleet="free")])
    spec = world(edited).compile(book).spec
    assert (spec.pop("vendor_events"), spec.pop("rack_changes")) == ([], [])
    _core.Scenario.try_build(spec, book.core)  # absent is empty
    change = {"day": 3, "fleet": "site", "slots": 1}
    for more, said in [
        ({"vendor_events": [{"day": 3, "vendor": "Mker"}]}, "a vendor of the book's orders"),
        ({"vendor_events": [{"day": 3, "vendor": "Maker"}] * 2}, "every vendor once"),
        ({"vendor_events": [{"day": -3, "vendor": "Maker"}]}, "a whole number, not negative"),
        ({"rack_changes": [change | {"fleet": "sites"}]}, "a fleet row of the book"),
        ({"rack_changes": [change | {"fleet": "free"}]}, "a fleet row with rack_slots"),
        ({"rack_changes": [change | {"slots": 0.5}]}, "a whole number of slots"),
        ({"rack_changes": [change | {"slots": float("nan")}]}, "a finite number"),
        ({"rack_changes": [change | {"slots": -5}]}, "no more slots taken from site"),
    ]:
        with pytest.raises(_core.InputError, match=said):
            _core.Scenario.try_build(spec | more, book.core)
