"""Power purchase agreements, and indexed rows that stop for the tariff. Pages: docs/model/hedges.md, docs/model/power.md"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import hashstress as hs
import pytest

from tests.python.orders_world import Edited, Row, book_of, fleet, miner, world
from tests.python.test_orders import Played

Play = Callable[..., Played]
STRIKE = 40.0
# tariffs of November, December, January and February on, USD/MWh: over the strike, below it, negative, a peak
TARIFF = {11: 60.0, 12: 20.0, 1: -10.0, 2: 200.0}


def ppa(**changes: Any) -> Row:
    """A plant of 10 MW at 40 USD/MWh until 10 February."""
    return {
        "hedge": "plant",
        "miner": "m",
        "kind": "ppa",
        "expiry_date": date(2022, 2, 10),
        "mw": 10.0,
        "region": "texas",
        "strike_usd_per_mwh": STRIKE,
        "profile": "wind",
        "take_share": 1.0,
        "suspend_usd_per_mwh": None,
    } | changes


def profile(name: str = "wind", **months: float) -> list[Row]:
    """Half of its power in every month but those given."""
    return [{"profile": name, "month": month, "share": months.get(f"m{month}", 0.5)} for month in range(1, 13)]


def book(*hedges: Row, fleets: list[Row] | None = None, profiles: list[Row] | None = None, **of_miner: Any) -> hs.Book:
    return book_of(
        miners=miner(**({"cash_usd": 1e7} | of_miner)),
        fleets=fleets,
        hedges=list(hedges),
        profiles=profile() if profiles is None else profiles,
    )


@pytest.fixture
def play(edited: Edited, tmp_path: Path) -> Callable[..., Played]:
    """`play(ppa(), profiles=..., cash_usd=...)`: seven months of a flat world with the tariffs above."""
    dates = {date(2021 if month > 10 else 2022, month, 1): usd for month, usd in TARIFF.items()}
    rows = "".join(f"{day},texas,{usd}\n" for day, usd in dates.items())
    (tmp_path / "tariffs.csv").write_text(f"date,region,tariff_usd_per_mwh\n{rows}")

    def dated(*changes: str) -> hs.Scenario:
        flat = 'source = "flat"\nusd_per_mwh = 60.0'
        return edited(*changes, flat, 'source = "history"\nfile = "tariffs.csv"', folder=tmp_path)

    def played(*hedges: Row, **tables: Any) -> Played:
        return Played(book(*hedges, **tables), world(dated))

    return played


def settled(played: Played) -> list[tuple[date, float]]:
    return [(day, amount / 100.0) for day, _, _, amount in played.told("hedge_settled")]


@pytest.mark.parametrize(
    ("take_share", "suspend", "taken"),
    [
        (1.0, None, (1.0, 1.0, 1.0, 1.0)),
        (0.75, None, (1.0, 0.75, 0.75, 1.0)),
        (0.75, 0.0, (1.0, 0.75, 0.0, 1.0)),
        (0.0, None, (1.0, 0.0, 0.0, 1.0)),
    ],
)
def test_a_plant_is_paid_for_what_must_be_taken(
    play: Play, take_share: float, suspend: float | None, taken: tuple[float, ...]
) -> None:
    played = play(ppa(take_share=take_share, suspend_usd_per_mwh=suspend))
    days = (30, 31, 31, 9)  # the expiry settles the nine days before it
    firsts = (date(2021, 12, 1), date(2022, 1, 1), date(2022, 2, 1), date(2022, 2, 10))
    assert settled(played) == [
        (day, 10.0 * 24 * 0.5 * count * share * (tariff - STRIKE))
        for day, count, share, tariff in zip(firsts, days, taken, TARIFF.values(), strict=True)
    ]
    assert {reason for _, reason, *_ in played.posted("power_sale")} == {"power_sale"}
    assert sum(amount if to == "miner:m" else -amount for *_, to, amount in played.posted("power_sale")) == sum(
        usd * 100.0 for _, usd in settled(played)
    )


def test_the_profile_gives_each_month_its_share(play: Play) -> None:
    played = play(ppa(), profiles=profile(m11=0.25, m12=0.0, m1=1.0))
    assert [usd for _, usd in settled(played)] == [
        10.0 * 24 * 0.25 * 30 * 20.0,
        0.0,
        10.0 * 24 * 31 * -50.0,
        10.0 * 24 * 0.5 * 9 * 160.0,
    ]


def test_a_miner_that_fails_has_what_the_month_has_brought_so_far(play: Play) -> None:
    """Nine days of November at 20 USD over the strike: the bill nobody can pay comes on 1 December."""
    broke = play(
        ppa(strike_usd_per_mwh=100.0),
        hodl_share=1.0,
        stock_sale_share=0.0,
        cash_usd=0.0,
        bills_grace_days=10,
    )
    loss = 10.0 * 24 * 0.5 * 30 * 40.0 * 100.0
    assert broke.told("hedge_settled", "missed_bill", "miner_default", "hedge_closed") == [
        (date(2021, 12, 1), "hedge_settled", "plant", -loss),
        (date(2021, 12, 1), "missed_bill", "m", loss),  # as it settles, and among the bills of the month
        (date(2021, 12, 1), "missed_bill", "m", loss),
        (date(2021, 12, 11), "miner_default", "m", 0.0),
        (date(2021, 12, 11), "hedge_closed", "plant", -10.0 * 24 * 0.5 * 11 * 80.0 * 100.0),
    ]
    assert broke.posted("power_sale") == [], "the plant writes off what it is owed"


def test_an_indexed_site_stops_for_the_peak_and_is_paid_for_negative_hours(play: Play) -> None:
    """100 machines draw 7.2 MWh a day; from February on the tariff is over what they would stop for."""
    site = {"power_contract": "indexed", "power_usd_per_mwh": 0.0}
    site |= {"curtailment_strike_usd_per_mwh": 150.0, "curtailment_share": 1.0}
    played = play(fleets=[fleet(machines=100, **site)])
    assert max(played.days("production")) == date(2022, 1, 31)
    stopped = [day for day, *_ in played.told("curtailment")]
    assert (min(stopped), max(stopped), len(stopped)) == (date(2022, 2, 1), date(2022, 2, 13), 13)
    assert played.told("shutdown") == [(date(2022, 2, 14), "shutdown", "site", 0.0)]  # two weeks below its cost
    # bills cover the second to the first: 29 days of November and one of December, and so on
    power = {day: amount for day, amount in played.days("power", "cents").items() if amount}
    assert power[date(2021, 12, 1)] == 100.0 * 7.2 * (30 * 60.0 + 20.0)
    assert power[date(2022, 1, 1)] == 100.0 * 7.2 * (30 * 20.0 - 10.0)
    assert played.posted("power_credit") == [
        (date(2022, 2, 1), "power_credit", "world", "miner:m", 100.0 * 7.2 * 300.0)
    ]


WRONG: list[tuple[Row, str]] = [
    (ppa(mw=None), "mw"),
    (ppa(region=None), "region"),
    (ppa(region="mars"), "region"),
    (ppa(strike_usd_per_mwh=None), "strike_usd_per_mwh"),
    (ppa(profile=None), "profile"),
    (ppa(profile="sun"), "profile"),
    (ppa(take_share=None), "take_share"),
    (ppa(take_share=-0.1), "take_share"),
    (ppa(take_share=75.0), "take_share"),
    (ppa(take_share=float("nan")), "take_share"),
    (ppa(suspend_usd_per_mwh=-20_000.0), "suspend_usd_per_mwh"),
    (ppa(btc=1.0), "btc"),
    (ppa(kind="power_sale", take_share=None), "profile"),
    (ppa(kind="power_sale", profile=None), "take_share"),
    (ppa(kind="power_sale", profile=None, take_share=None, suspend_usd_per_mwh=0.0), "suspend_usd_per_mwh"),
]


@pytest.mark.parametrize(("row", "column"), WRONG)
def test_what_is_refused_has_its_place(row: Row, column: str) -> None:
    with pytest.raises(hs.InputError) as refused:
        book(row)
    assert [(problem.table, problem.row, problem.column) for problem in refused.value.problems] == [
        ("hedges", 1, column)
    ]


@pytest.mark.parametrize(
    ("rows", "code", "row", "column"),
    [
        (profile()[:11], "inconsistent", 1, "month"),
        ([*profile(), profile()[3]], "duplicate_key", 13, "month"),
        ([*profile()[:11], profile()[11] | {"month": 13}], "out_of_range", 12, "month"),
        ([*profile()[:11], profile()[11] | {"month": None}], "null", 12, "month"),
        ([*profile()[:11], profile()[11] | {"share": 30.0}], "out_of_range", 12, "share"),
        ([*profile()[:11], profile()[11] | {"share": -0.1}], "out_of_range", 12, "share"),
        ([*profile()[:11], profile()[11] | {"share": float("nan")}], "not_finite", 12, "share"),
        ([*profile()[:11], profile()[11] | {"profile": "Wind"}], "look_alike_key", 12, "profile"),
        ([*profile()[:11], profile()[11] | {"profile": None}], "null", 12, "profile"),
    ],
)
def test_a_bad_profile_has_its_place(rows: list[Row], code: str, row: int, column: str) -> None:
    with pytest.raises(hs.InputError) as refused:
        book(ppa(), profiles=rows)
    assert (code, row, column) in [(problem.code, problem.row, problem.column) for problem in refused.value.problems]


def test_a_site_without_a_price_of_its_own_may_not_stop_for_the_tariff() -> None:
    hosted = fleet(power_contract="hosted_fixed", curtailment_strike_usd_per_mwh=100.0)
    with pytest.raises(hs.InputError) as refused:
        book(fleets=[hosted])
    assert [(p.row, p.column) for p in refused.value.problems] == [(1, "curtailment_strike_usd_per_mwh")]


@pytest.mark.xfail(
    strict=True, reason="rows of `profiles` keep their order within a profile: a month is no text to sort by"
)
def test_the_order_of_months_is_no_part_of_a_book() -> None:
    """The digest of a book is that of its content, whatever the order of rows."""
    assert book(ppa(), profiles=profile()[::-1]).digest == book(ppa()).digest


def test_the_order_of_months_changes_no_result(play: Play) -> None:
    shares = profile(m1=0.2)
    turned, told = (play(ppa(), profiles=rows).posted("power_sale") for rows in (shares[::-1], shares))
    assert turned == told != []
