"""Hedges on books small enough to reckon by hand. Page: docs/model/hedges.md"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import hashstress as hs
import pyarrow as pa
import pytest

from tests.python.test_lenders import FLAT, Row, fleet, happened, lender, loan, miner

Play = Callable[..., hs.Results]
EXPIRY = date(2022, 2, 10)
DARK = '[[availability]]\nregion = "texas"\nfrom = 2021-11-01\nto = 2022-02-28\nshare = 0.0\n'  # nobody earns or burns
CENTS = 100.0


def hedge(key: str, kind: str, owner: str = "m", /, **terms: Any) -> Row:
    return {"hedge": key, "miner": owner, "kind": kind, "expiry_date": EXPIRY} | terms


def future(key: str = "short", **changes: Any) -> Row:
    terms = {"btc": 100.0, "strike_usd": 30_000.0, "initial_margin_share": 0.4, "maintenance_margin_share": 0.35}
    return hedge(key, "short_future", **(terms | {"cure_days": 3} | changes))


PUT = {"btc": 10.0, "strike_usd": 30_000.0}
FORWARD = {"hashrate_ths": 200_000.0, "strike_usd_per_ph_day": 80.0}
POWER = {"mw": 10.0, "region": "texas", "strike_usd_per_mwh": 50.0}


def table(rows: list[Row]) -> pa.Table:
    names = dict.fromkeys(column for row in rows for column in row)
    return pa.Table.from_pylist([{**dict.fromkeys(names), **row} for row in rows])


def book(hedges: list[Row], loans: tuple[Row, ...] = (), **of_miner: Any) -> hs.Book:
    """One miner `m` with one site; a loan it never has to pay in these months, unless `loans` says otherwise."""
    late = {"first_payment_date": date(2022, 11, 15)}
    rest = {"efficiency_j_per_th": 40.0, "power_usd_per_mwh": 40.0, "hashrate_ths": 2e8}
    tables = {
        "machines": [{"model": "S19", "hashrate_ths": 100.0, "power_w": 3000.0}],
        "regions": [{"region": "texas"}],
        "miners": [miner("m", **({"bills_grace_days": 30} | of_miner)), miner("n", cash_usd=1e3, bills_grace_days=30)],
        "fleet": [fleet("m"), fleet("n")],
        "loans": list(loans) or [loan("l", "m", "bank", **late)],
        "lenders": [lender("bank", cash_usd=1e6)],
        "cohorts": [{"cohort": "rest", "region": "texas"} | rest],
        "hedges": hedges,
    }
    return hs.Book.from_tables(**{name: table(rows) for name, rows in tables.items() if rows})


def path(*steps: tuple[str, float]) -> str:
    """A price that stands still between its steps, each given with its day."""
    anchors: list[tuple[str, float]] = [("2021-11-01", 30_000.0)]
    for day, usd in steps:
        before = date.fromordinal(date.fromisoformat(day).toordinal() - 1).isoformat()
        anchors += [(before, anchors[-1][1]), (day, usd)]
    anchors.append(("2022-02-28", anchors[-1][1]))
    return str([list(anchor) for anchor in anchors]).replace("'", '"')


@pytest.fixture
def play(edited: Callable[..., hs.Scenario]) -> Play:
    """`play(book, path(...))`: four months on a price, one path journaled; every account closes to zero."""

    def run(of: hs.Book, anchors: str = "", volatility: float = 0.0, tariff: float = 60.0, **kept: bool) -> hs.Results:
        price = f'source = "anchors"\nintraday = false\nvolatility_daily = {volatility}\nanchors = {anchors or path()}'
        ladder = '\n[policies.ladder]\nhold_days = 30\nrules = [{ action = "hold" }]\n'
        scenario = edited(
            *(FLAT[0], price, "end = 2021-11-30", "end = 2022-02-28"),
            *("[network]", f"{DARK}{ladder}\n[network]", "usd_per_mwh = 60.0", f"usd_per_mwh = {tariff}"),
        )
        results = hs.run(of, scenario.with_channels(impact=kept.get("impact", False)), paths=8, worst=1)
        for unit in ("cents", "sats", "machines"):
            assert set(results.paths.to_pyarrow()[f"residual_{unit}"].to_pylist()) == {0.0}
        return results

    return run


def moved(results: hs.Results, *reasons: str) -> list[tuple[str, str, str, str, float]]:
    """Date, reason, from, to and amount of the postings with these reasons."""
    rows = (row for row in results.ledger.rows() if row["reason"] in reasons)
    return [(r["date"].isoformat(), r["reason"], r["from_account"], r["to_account"], r["amount"]) for r in rows]


def balance(results: hs.Results, account: str) -> float:
    """What went into an account less what left it."""
    rows = [row for row in results.ledger.rows() if row["unit"] == "cents"]
    into = sum(row["amount"] for row in rows if row["to_account"] == account)
    return into - sum(row["amount"] for row in rows if row["from_account"] == account)


COINS = {"collateral": "btc", "collateral_btc": 40.0, "initial_ltv": 0.6, "call_ltv": 0.7, "liquidation_ltv": 0.8}
COINS |= {"cure_days": 3, "tranche_share": 0.5, "first_payment_date": date(2022, 11, 15)}


def test_a_rally_drains_the_miner_until_the_position_is_closed_and_it_fails_although_its_coins_are_worth_more(
    play: Play,
) -> None:
    """100 BTC short at 30,000, margin 1.2M, cash 100k, 40 pledged BTC behind 50k of debt; the price jumps to 45,000."""
    rich = book([future()], (loan("l", "m", "bank", **COINS),), cash_usd=1e5, bills_grace_days=10)
    results = play(rich, path(("2021-11-10", 45_000.0)))
    assert moved(results, "variation_margin", "initial_margin", "deficit") == [
        ("2021-11-10", "variation_margin", "margin:short", "world", 150_000_000.0),
        ("2021-11-10", "initial_margin", "miner:m", "margin:short", 10_000_000.0),  # all of its cash
        ("2021-11-13", "deficit", "world", "margin:short", 20_000_000.0),
    ]
    assert happened(results, "hedge_margin_call", "hedge_closed", "missed_bill", "miner_default") == [
        ("2021-11-10", "hedge_margin_call", "short", 210_000_000.0),  # 0.4 * 4.5M + 300k
        ("2021-11-13", "hedge_closed", "short", -20_000_000.0),
        ("2021-11-13", "missed_bill", "m", 20_000_000.0),
        ("2021-11-23", "miner_default", "m", 0.0),
    ]
    assert balance(results, "margin:short") == -120_000_000.0  # what was there on day 0 is gone
    # Its coins: 1.8M, 50k to the bank, and of the rest 200k to the clearing house from the estate.
    assert moved(results, "collateral_proceeds", "collateral_surplus", "estate") == [
        ("2021-11-23", "collateral_proceeds", "world", "lender:bank", 5_000_000.0),
        ("2021-11-23", "collateral_surplus", "world", "miner:m", 175_000_000.0),
        ("2021-12-03", "estate", "miner:m", "world", 20_000_000.0),
    ]
    assert play(rich, path()).paths.to_pyarrow()["miners_failed"].to_pylist() == [0] * 8


def test_a_call_that_is_not_met_closes_the_position_and_gives_back_what_is_left(play: Play) -> None:
    results = play(book([future()], cash_usd=1e5), path(("2021-11-10", 33_000.0)))
    assert happened(results, "hedge_margin_call", "hedge_closed", "hedge_settled", "miner_default") == [
        ("2021-11-10", "hedge_margin_call", "short", 42_000_000.0),  # 0.4 * 3.3M - 900k
        ("2021-11-13", "hedge_closed", "short", 100_000_000.0),
    ]
    assert moved(results, "margin_return") == [
        ("2021-11-13", "margin_return", "margin:short", "miner:m", 100_000_000.0)
    ]


def test_a_call_is_met_from_cash_then_credit_lines_then_coins(play: Play) -> None:
    line = loan("l", "m", "bank", first_payment_date=date(2022, 11, 15), credit_line_usd=1.5e5)
    results = play(book([future()], (line,), cash_usd=1e5, btc=20.0), path(("2021-11-10", 33_000.0)))
    assert [(reason, amount) for _, reason, *_, amount in moved(results, "draw", "forced_sale", "initial_margin")] == [
        ("draw", 10_000_000.0),
        ("forced_sale", 666_666_667.0),  # satoshis: 220k are still missing
        ("forced_sale", 22_000_000.0),
        ("initial_margin", 42_000_000.0),
    ]
    assert [kind for _, kind, *_ in happened(results, "hedge_margin_call", "hedge_closed", "hedge_settled")] == [
        "hedge_margin_call",
        "hedge_settled",
    ]
    assert moved(results, "margin_return") == [
        (EXPIRY.isoformat(), "margin_return", "margin:short", "miner:m", 132_000_000.0)
    ]


def test_a_call_lapses_when_the_price_comes_back(play: Play) -> None:
    results = play(book([future()], cash_usd=0.0), path(("2021-11-10", 33_000.0), ("2021-11-12", 30_000.0)))
    assert [kind for _, kind, *_ in happened(results, "hedge_margin_call", "hedge_closed", "hedge_settled")] == [
        "hedge_margin_call",
        "hedge_settled",
    ]
    assert not moved(results, "initial_margin")


def test_a_fall_pays_at_once_and_the_expiry_gives_the_margin_back(play: Play) -> None:
    results = play(book([future()]), path(("2021-11-10", 27_000.0)))
    assert moved(results, "variation_margin", "margin_return") == [
        ("2021-11-10", "variation_margin", "world", "margin:short", 30_000_000.0),
        ("2021-11-10", "margin_return", "margin:short", "miner:m", 42_000_000.0),  # 1.5M less 0.4 * 2.7M
        (EXPIRY.isoformat(), "margin_return", "margin:short", "miner:m", 108_000_000.0),
    ]
    assert happened(results, "hedge_settled") == [(EXPIRY.isoformat(), "hedge_settled", "short", 108_000_000.0)]


def test_variation_adds_up_to_the_fall_since_the_strike(play: Play) -> None:
    """Whatever the price did on the way: the miner has the margin of day 0, and the strike less the last price."""
    ends_at = path((EXPIRY.isoformat(), 31_234.56))
    results = play(book([future()], cash_usd=1e8), ends_at, volatility=0.05)
    assert len(moved(results, "variation_margin")) > 90
    assert happened(results, "hedge_margin_call")
    assert not happened(results, "hedge_closed")
    assert balance(results, "margin:short") == -120_000_000.0
    assert balance(results, "miner:m") == 120_000_000.0 + 300_000_000.0 - 312_345_600.0


@pytest.mark.parametrize(("usd", "pays"), [(20_000.0, 100_000.0), (30_000.0, 0.0), (40_000.0, 0.0)])
def test_a_put_floors(play: Play, usd: float, pays: float) -> None:
    results = play(book([hedge("floor", "put", **PUT)]), path((EXPIRY.isoformat(), usd)))
    assert happened(results, "hedge_settled") == [(EXPIRY.isoformat(), "hedge_settled", "floor", pays * CENTS)]
    assert balance(results, "miner:m") == pays * CENTS


@pytest.mark.parametrize(("usd", "pays"), [(20_000.0, 100_000.0), (34_000.0, 0.0), (41_000.0, -60_000.0)])
def test_a_collar_floors_and_caps(play: Play, usd: float, pays: float) -> None:
    collar = hedge("collar", "collar", **PUT, cap_usd=35_000.0)
    results = play(book([collar]), path((EXPIRY.isoformat(), usd)))
    assert happened(results, "hedge_settled") == [(EXPIRY.isoformat(), "hedge_settled", "collar", pays * CENTS)]
    assert balance(results, "miner:m") == pays * CENTS


def test_what_a_capped_miner_cannot_pay_becomes_a_bill(play: Play) -> None:
    collar = hedge("collar", "collar", **PUT, cap_usd=35_000.0)
    poor = book([collar], cash_usd=20_000.0, bills_grace_days=5)
    results = play(poor, path((EXPIRY.isoformat(), 41_000.0)))
    assert happened(results, "hedge_settled", "missed_bill", "miner_default") == [
        ("2022-02-10", "hedge_settled", "collar", -6_000_000.0),
        ("2022-02-10", "missed_bill", "m", 4_000_000.0),
        ("2022-02-15", "miner_default", "m", 0.0),
    ]
    assert moved(results, "option_payoff") == [("2022-02-10", "option_payoff", "miner:m", "world", 2_000_000.0)]


@pytest.mark.parametrize("strike", [50.0, 5_000.0])
def test_a_hashprice_forward_pays_each_month_the_strike_less_the_mean(play: Play, strike: float) -> None:
    """Nobody runs, so the difficulty stands and the hashprice is the same every day."""
    blocks = 86_400 * 1e12 / (30e12 * 2**32)
    hashprice = blocks * (625_000_000 + 11_000_000) * 1e-5 * 30_000.0
    results = play(
        book([hedge("hash", "hashprice_forward", **FORWARD | {"strike_usd_per_ph_day": strike})], cash_usd=1e9)
    )
    settled = happened(results, "hedge_settled")
    assert [day for day, *_ in settled] == ["2021-12-01", "2022-01-01", "2022-02-01", "2022-02-10"]
    for (*_, cents), days in zip(settled, (30, 31, 31, 9), strict=True):
        assert cents == pytest.approx(200.0 * days * (strike - hashprice) * CENTS, abs=1.0)
    assert balance(results, "miner:m") == sum(cents for *_, cents in settled)
    assert {reason for _, reason, *_ in moved(results, "forward_settlement")} == {"forward_settlement"}


@pytest.mark.parametrize("tariff", [60.0, 30.0, -20.0])
def test_power_is_sold_back_also_at_negative_prices(play: Play, tariff: float) -> None:
    results = play(book([hedge("power", "power_sale", **POWER)], cash_usd=1e7), tariff=tariff)
    usd = [10.0 * 24 * days * (tariff - 50.0) for days in (30, 31, 31, 9)]
    assert [amount for *_, amount in happened(results, "hedge_settled")] == [amount * CENTS for amount in usd]
    ways = {(source, to) for _, _, source, to, _ in moved(results, "power_sale")}
    assert ways == ({("world", "miner:m")} if tariff > 50.0 else {("miner:m", "world")})
    assert balance(results, "miner:m") == sum(usd) * CENTS


def test_margin_and_gains_of_a_miner_that_fails_go_to_its_creditors(play: Play) -> None:
    """A million falls due in December that the miner has not; the bank gets what its hedges are worth that day."""
    due = loan("l", "m", "bank", outstanding_usd=1e6, maturity_date=date(2021, 12, 15), grace_days=2)
    hedges = [
        future("a-short", btc=10.0),
        hedge("b-put", "put", btc=10.0, strike_usd=31_000.0),
        hedge("c-collar", "collar", btc=10.0, strike_usd=20_000.0, cap_usd=29_000.0),  # would have to pay: written off
        hedge("d-power", "power_sale", **POWER),
    ]
    results = play(book(hedges, (due,), cash_usd=0.0), path())
    sale_so_far = 10.0 * 24 * 17 * 10.0 * CENTS  # 1 to 17 December
    assert happened(results, "hedge_closed") == [
        ("2021-12-17", "hedge_closed", "a-short", 12_000_000.0),
        ("2021-12-17", "hedge_closed", "b-put", 1_000_000.0),
        ("2021-12-17", "hedge_closed", "c-collar", -1_000_000.0),
        ("2021-12-17", "hedge_closed", "d-power", sale_so_far),
    ]
    assert [move[1:] for move in moved(results, "margin_return", "option_payoff", "power_sale")][-3:] == [
        ("margin_return", "margin:a-short", "miner:m", 12_000_000.0),
        ("option_payoff", "world", "miner:m", 1_000_000.0),
        ("power_sale", "world", "miner:m", sale_so_far),
    ]
    kinds = [row["kind"] for row in results.events.rows() if row["date"] == date(2021, 12, 17)]
    assert kinds[:6] == ["loan_default", "miner_default", *["hedge_closed"] * 4]
    estate, machines = moved(results, "estate"), moved(results, "machine_sale", "machine_proceeds")
    assert [to for *_, to, _ in estate] == ["lender:bank"]
    of_machines = sum(amount for *_, to, amount in machines if to == "miner:m")
    earlier = sum(amount for day, *_, to, amount in moved(results, "power_sale") if day < "2021-12-17")
    paid = sum(amount for *_, source, _, amount in moved(results, "interest", "principal") if source == "miner:m")
    assert estate[0][-1] == 12_000_000.0 + 1_000_000.0 + sale_so_far + of_machines + earlier - paid
    assert not [day for day, *_ in happened(results, "hedge_settled") if day > "2021-12-17"]


def test_a_deficit_of_a_miner_that_fails_is_written_off(play: Play) -> None:
    """It fails while a margin call runs: the clearing house bears what is missing."""
    due = loan("l", "m", "bank", maturity_date=date(2021, 12, 15), grace_days=2)
    poor = book([future(cure_days=30)], (due,), cash_usd=0.0)
    results = play(poor, path(("2021-12-16", 45_000.0)))
    assert happened(results, "hedge_closed") == [("2021-12-17", "hedge_closed", "short", -30_000_000.0)]
    assert moved(results, "deficit") == [("2021-12-17", "deficit", "world", "margin:short", 30_000_000.0)]
    assert balance(results, "margin:short") == -120_000_000.0


EVERY_KIND = [
    future("e", btc=3.0, cure_days=1),
    hedge("d", "put", **PUT),
    hedge("c", "collar", "n", **PUT, cap_usd=36_000.0),
    hedge("b", "hashprice_forward", **FORWARD),
    hedge("a", "power_sale", "n", **POWER),
    future("f", btc=30.0, expiry_date=date(2025, 1, 1)),
]


def test_the_order_of_rows_changes_nothing_and_every_hedge_something(play: Play) -> None:
    def digest(hedges: list[Row]) -> str:
        return str(
            play(book(hedges, cash_usd=3e4, btc=5.0), path(), volatility=0.06, impact=True).manifest["results_digest"]
        )

    whole = digest(EVERY_KIND)
    assert digest(EVERY_KIND[::-1]) == digest(EVERY_KIND[3:] + EVERY_KIND[:3]) == whole
    assert len({digest([row for row in EVERY_KIND if row is not without]) for without in EVERY_KIND} | {whole}) == 7


def test_a_table_without_rows_is_no_table(play: Play) -> None:
    none = book([], cash_usd=3e4)
    empty = hs.Book.from_tables(
        **{name: none.tables[name] for name in none.tables if name != "hedges"},
        hedges=table(EVERY_KIND).slice(0, 0),
    )
    assert play(empty).manifest["results_digest"] == play(none).manifest["results_digest"]


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        (future(miner="nobody"), "miner"),
        (future(kind="long_future"), "kind"),
        (future(btc=None), "btc"),
        (future(btc=0.0), "btc"),
        (future(btc=float("nan")), "btc"),
        (future(btc=5e8), "btc"),  # satoshis
        (future(strike_usd=float("inf")), "strike_usd"),
        (future(strike_usd=-30_000.0), "strike_usd"),
        (future(btc=1e6, strike_usd=1e6), "strike_usd"),
        (future(initial_margin_share=40.0), "initial_margin_share"),
        (future(maintenance_margin_share=0.5), "maintenance_margin_share"),
        (future(cure_days=0), "cure_days"),
        (future(cap_usd=40_000.0), "cap_usd"),
        (future(expiry_date=None), "expiry_date"),
        (hedge("x", "put", **PUT, cure_days=3), "cure_days"),
        (hedge("x", "put", **PUT, region="texas"), "region"),
        (hedge("x", "collar", **PUT), "cap_usd"),
        (hedge("x", "collar", **PUT, cap_usd=29_999.0), "cap_usd"),
        (hedge("x", "hashprice_forward", **FORWARD, btc=1.0), "btc"),
        (hedge("x", "hashprice_forward", hashrate_ths=1e3), "strike_usd_per_ph_day"),
        (hedge("x", "power_sale", **POWER | {"region": "mars"}), "region"),
        (hedge("x", "power_sale", **POWER | {"region": None}), "region"),
        (hedge("x", "power_sale", **POWER | {"strike_usd_per_mwh": 0.05}), "strike_usd_per_mwh"),
        (hedge("x", "power_sale", **POWER, strike_usd=3e4), "strike_usd"),
        (future("sound"), "hedge"),  # twice
        (future("Sound"), "hedge"),  # looks like the first
    ],
)
def test_what_is_refused_has_its_place(changed: Row, column: str) -> None:
    with pytest.raises(hs.InputError) as refused:
        book([future("sound"), changed])
    assert [(problem.table, problem.row, problem.column) for problem in refused.value.problems] == [
        ("hedges", 2, column)
    ]


@pytest.mark.parametrize("column", ["hedge", "miner", "kind", "expiry_date"])
def test_a_table_without_a_column_is_refused(column: str) -> None:
    with pytest.raises(hs.InputError, match=column) as refused:
        book([{name: value for name, value in future().items() if name != column}])
    assert refused.value.problems[0].table == "hedges"


def test_a_column_of_another_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(hs.InputError, match="strike_usd"):
        book([future(strike_usd="thirty")])
    with pytest.raises(hs.InputError, match="expiry_date"):
        book([future(expiry_date="10.02.2022")])
    with pytest.raises(hs.InputError, match="strik_usd"):
        book([future(strik_usd=3e4)])


def test_explain_tells_of_a_miners_hedges(edited: Callable[..., hs.Scenario]) -> None:
    of = book([future(), future("other", miner="n")])
    scenario = edited("[network]", '[policies.ladder]\nhold_days = 30\nrules = [{ action = "hold" }]\n\n[network]')
    told = hs.explain(hs.run(of, scenario, paths=2), path=1, miner="m", book=of, scenario=scenario)
    accounts = {row[side] for row in told.posting_rows() for side in ("from_account", "to_account")}
    assert "margin:short" in accounts
    assert "margin:other" not in accounts
    assert ("hedge", "short") in told.about


SOUND = """hedge,miner,kind,expiry_date,btc,strike_usd,initial_margin_share,maintenance_margin_share,cure_days,mw,region,strike_usd_per_mwh
long,m,short_future,2022-02-10,100,30000,0.4,0.35,3,,,
spare,m,power_sale,2022-02-10,,,,,,10,texas,50
"""
KINDS = {
    "missing column": ("expiry_date,", "", "expiry_date"),
    "unknown key": ("spare,m,", "spare,nobody,", "row 2", "column miner", "nobody"),
    "unknown region": ("texas", "mars", "row 2", "column region", "mars"),
    "wrong type": (",100,", ",many,", "row 1", "column btc", "many"),
    "NaN": (",30000,", ",NaN,", "row 1", "column strike_usd"),
    "infinite": (",30000,", ",inf,", "row 1", "column strike_usd"),
    "out of range": (",0.4,", ",40,", "row 1", "column initial_margin_share", "40"),
    "sats for BTC": (",100,", ",10000000000,", "row 1", "column btc"),
    "kWh for MWh": ("texas,50", "texas,0.05", "row 2", "column strike_usd_per_mwh", "kWh"),
    "duplicate key": ("spare,", "long,", "row 2", "column hedge", "long"),
    "date": ("2022-02-10,100", "10.02.2022,100", "row 1", "column expiry_date"),
    "idle setting": ("2022-02-10,,,", "2022-02-10,5,,", "row 2", "column btc", "power_sale"),
    "missing setting": (",0.4,", ",,", "row 1", "column initial_margin_share", "short_future"),
    "maintenance above initial": (",0.35,", ",0.45,", "row 1", "column maintenance_margin_share"),
}


@pytest.mark.parametrize("kind", ["sound", "truncated", *KINDS])
def test_a_bad_file_is_refused_with_file_row_and_column(kind: str, tmp_path: Path, cli: Any) -> None:
    folder = book([]).write(tmp_path / "book")
    old, new, *words = KINDS.get(kind, ("", ""))
    text = SOUND if kind != "missing column" else SOUND.replace("2022-02-10,", "")
    (folder / "hedges.csv").write_text(text.replace(old, new, 1) if old else text)
    if kind == "truncated":
        (folder / "hedges.csv").rename(folder / "hedges.parquet")
        words = ["hedges.parquet"]
    done = cli("check", folder)
    assert done.exit_code == (0 if kind == "sound" else 2), done.output
    said = " ".join(done.output.split())
    for word in [*words, *(["hedges.csv"] if kind in KINDS else [])]:
        assert word in said, f"{kind}: {word!r} is not in\n{said}"


def test_a_hedge_that_has_expired_is_refused_with_the_scenario(play: Play) -> None:
    with pytest.raises(hs.InputError) as refused:
        play(book([future("new"), future("old", expiry_date=date(2021, 11, 1))]))
    (problem,) = refused.value.problems
    assert (problem.code, problem.table, problem.row, problem.column) == ("dates", "hedges", 2, "expiry_date")
    assert "expected a date after the scenario's start, 2021-11-01" in str(problem)
