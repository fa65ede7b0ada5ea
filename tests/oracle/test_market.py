"""What others sell under force, and what forced sales take off the price, by hand. Page: docs/model/market.md."""

import math
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import PRICE_USD, Row, miner, posted, run

STRONG = {"y": 1.0, "sigma_daily": 0.04, "volume_btc_per_day": 10.0, "permanent_share": 0.25, "half_life_days": 5.0}


def sale(day: int, days: int, btc: float) -> Row:
    """Coins that somebody outside the book sells in equal parts."""
    return {"day": day, "days": days, "btc": btc}


def daily(outcome: Outcome, name: str) -> list[float]:
    return [day[name] for day in outcome.daily]


def forced(days: int, *sales: Row, **changes: Any) -> list[float]:
    """BTC sold under force on each day."""
    return daily(run(days, forced_sales=list(sales), **changes), "forced_btc")


@pytest.mark.parametrize(
    ("row", "parts"),
    [
        (sale(1, 1, 3.0), [0.0, 3.0, 0.0, 0.0, 0.0]),
        (sale(1, 3, 3.0), [0.0, 1.0, 1.0, 1.0, 0.0]),
        (sale(-2, 3, 3.0), [1.0, 0.0, 0.0, 0.0, 0.0]),  # two thirds were sold before the run begins
        (sale(-2, 100, 100.0), [1.0] * 5),
        (sale(-3, 3, 3.0), [0.0] * 5),  # all of it
        (sale(4, 10, 10.0), [0.0, 0.0, 0.0, 0.0, 1.0]),  # nine tenths come after it ends
        (sale(5, 1, 10.0), [0.0] * 5),
    ],
)
def test_coins_are_sold_in_equal_parts_on_the_days_of_a_row(row: Row, parts: list[float]) -> None:
    assert forced(5, row) == pytest.approx(parts, abs=1e-12)


def test_rows_add_up() -> None:
    rows = (sale(-1, 3, 6.0), sale(1, 1, 0.5), sale(1, 2, 3.0), sale(3, 1000, 100.0))
    assert forced(5, *rows) == pytest.approx([2.0, 4.0, 1.5, 0.1, 0.1], abs=1e-12)


@pytest.mark.parametrize(
    ("rows", "sats"),
    [
        ([sale(0, 3, 1.0)], 33333333),  # a third of a coin, three times: a satoshi is lost
        ([sale(0, 3, 2.0)], 66666667),  # or found
        ([sale(0, 2, 1 / 256)], 195312),  # half of 390,625 satoshis: the even number
        ([sale(0, 2, 3 / 256)], 585938),
        ([sale(0, 2, 1 / 256), sale(0, 2, 1 / 256)], 390624),  # each row is rounded, not their sum
    ],
)
def test_a_days_part_is_whole_satoshis(rows: list[Row], sats: int) -> None:
    assert forced(2, *rows) == [sats * 1e-8] * 2


def test_coins_of_others_lower_the_price_from_the_next_day_on() -> None:
    """2.5 BTC a day into 10 BTC: a shock of 0.04 * 0.5 = 2 % on days 3 and 4, a quarter of it for good, the rest half gone in five days."""
    outcome = run(15, forced_sales=[sale(3, 2, 5.0)], impact=STRONG)
    impact = [0.0] * 4 + [0.02, 0.01 + 0.015 * 0.5**0.2 + 0.015]
    impact += [0.01 + (0.015 * 0.5**0.2 + 0.015) * 0.5 ** (days / 5) for days in range(1, 10)]
    assert daily(outcome, "btc_usd") == pytest.approx([PRICE_USD * math.exp(-log) for log in impact], rel=1e-12)
    assert daily(outcome, "price_impact") == pytest.approx([1 - math.exp(-log) for log in impact], abs=1e-12)


def test_they_weigh_together_with_what_the_book_sells() -> None:
    """2.5 BTC of the book on 1 February and 7.5 of others: 10 into 10, a shock of 4 %; the root is of the sum."""
    seller = miner(btc=100.0, overhead_usd_per_month=50000.0)
    outcome = run(19, [seller], forced_sales=[sale(17, 1, 7.5)], impact=STRONG)
    assert posted(outcome, "forced_sale", "sats") == [(17, 250000000)]
    assert daily(outcome, "forced_btc")[16:] == pytest.approx([0.0, 10.0, 0.0], abs=1e-12)
    assert daily(outcome, "price_impact")[17:] == pytest.approx([0.0, 1 - math.exp(-0.04)], abs=1e-12)


def test_the_day_of_the_sale_and_the_ledger_do_not_feel_them() -> None:
    """No posting, no event, and without impact nothing else either."""
    seller = miner(btc=100.0, overhead_usd_per_month=50000.0)
    alone, beside = run(20, [seller]), run(20, [seller], forced_sales=[sale(0, 20, 2000.0)])
    assert (beside.postings, beside.events, beside.residuals) == (alone.postings, alone.events, alone.residuals)
    assert daily(beside, "btc_usd") == [PRICE_USD] * 20
    assert sum(daily(beside, "forced_btc")) == pytest.approx(2002.5)
    assert run(20, [seller], forced_sales=[]) == alone


def test_without_the_channel_they_are_counted_and_lower_no_price() -> None:
    outcome = run(8, forced_sales=[sale(3, 2, 5.0)], impact=STRONG, channels={"impact": False})
    assert daily(outcome, "price_impact") == [0.0] * 8
    assert daily(outcome, "forced_btc") == pytest.approx([0.0, 0.0, 0.0, 2.5, 2.5, 0.0, 0.0, 0.0], abs=1e-12)


def test_shocks_to_the_price_are_no_impact() -> None:
    shock = {"source": "btc", "volatility_annual": 1.0, "half_life_days": None}
    outcome = run(8, joint={"shocks": [shock], "correlation": [[1.0]]}, impact=STRONG)
    assert len(set(daily(outcome, "btc_usd"))) == 8
    assert daily(outcome, "price_impact") == [0.0] * 8
