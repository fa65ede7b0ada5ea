"""Compiling a scenario for a book: dates to days, months to arrays, and what the plugins say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import hashstress as hs
import pyarrow as pa
import pytest
from hashstress.compile import held

Edited = Callable[..., hs.Scenario]

ADDITIONS = """
[[availability]]
region = "us-ercot"
from = 2021-11-10
to = 2021-11-12
share = 0.5

[[availability]]
region = "us-ercot"
from = 2021-11-12
to = 2021-11-13
share = 0.8

[[lender_events]]
date = 2021-11-15
lender = "genesis"
kind = "loss"
amount_usd = 1e8

[[lender_events]]
date = 2021-11-03
lender = "nydig"
kind = "fail"

[impact]
"""


def with_additions(edited: Edited, *changes: str) -> hs.Scenario:
    return edited("[impact]\n", ADDITIONS, *changes)


def test_dates_become_days(edited: Edited, book: hs.Book) -> None:
    spec = with_additions(edited).compile(book).spec
    assert (spec["start"], spec["days"]) == ("2021-11-01", 30)
    assert spec["availability"]["us-ercot"][8:14] == [1.0, 0.5, 0.5, 0.5, 0.8, 1.0]
    assert [(event["day"], event["lender"]) for event in spec["lender_events"]] == [(2, "nydig"), (14, "genesis")]
    assert set(spec["availability"]) == set(spec["tariff_usd_per_mwh"]) == set(book.column("regions", "region"))


def test_months_become_days(edited: Edited, book: hs.Book) -> None:
    spec = edited("start = 2021-11-01", "start = 2021-10-30").compile(book).spec
    assert spec["fees_sats_per_block"][:4] == [10e6, 10e6, 11e6, 11e6]
    assert len(spec["fees_sats_per_block"]) == 32


def test_held() -> None:
    values = {date(2022, 1, 3): 3.0, date(2021, 12, 1): 1.0, date(2022, 1, 2): 2.0}
    assert held(values, date(2022, 1, 1), 4) == [1.0, 2.0, 3.0, 3.0]


def test_what_the_book_does_not_know_is_refused_all_at_once(edited: Edited, book: hs.Book) -> None:
    changes = ("us-ercot", "us-erkot", "genesis", "genisis", "date = 2021-11-03", "date = 2021-12-03")
    with pytest.raises(hs.ScenarioError) as caught:
        with_additions(edited, *changes).compile(book)
    assert [problem.path for problem in caught.value.problems] == [
        "availability[0].region",
        "availability[1].region",
        "lender_events[0].lender",
        "lender_events[1].date",
    ]
    assert "did you mean 'us-ercot'?" in str(caught.value)
    assert all(problem.line for problem in caught.value.problems)


def test_fees_must_reach_back_to_the_start(edited: Edited, book: hs.Book) -> None:
    with pytest.raises(hs.ScenarioError, match="first month is 2021-11, expected 2021-10"):
        edited("start = 2021-11-01", "start = 2021-10-30", '["2021-10", 10_000_000], ', "").compile(book)


# -- prices

GBM = '"gbm"\nstart_usd = 30000.0\nvolatility_annual = 0.9'


def price(edited: Edited, book: hs.Book, text: str, folder: Path | str = ".") -> dict[str, object]:
    found: dict[str, object] = edited(GBM, text, folder=folder).compile(book).spec["price"]
    return found


def test_gbm_and_jump(edited: Edited, book: hs.Book) -> None:
    gbm = {"source": "gbm", "start_usd": 30000.0, "drift_annual": 0.0, "volatility_annual": 0.9, "intraday": True}
    assert price(edited, book, GBM) == gbm
    jumps = GBM.replace("gbm", "jump") + "\njumps_per_year = 6\njump_mean = -0.1\njump_sd = 0.1"
    assert price(edited, book, jumps) == gbm | {
        "source": "jump",
        "jumps_per_year": 6.0,
        "jump_mean": -0.1,
        "jump_sd": 0.1,
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("volatility_annual = 0.9", "volatility_annual = 90"),
        ("start_usd = 30000.0", "start_usd = 1e13"),
        ("intraday = true", "drift_annual = 11"),
        ("jumps_per_year = 6", "jumps_per_year = 1001"),
        ("jump_mean = -0.1", "jump_mean = -10"),
        ("jump_sd = 0.1", "jump_sd = 10"),
    ],
)
def test_numbers_out_of_range_have_their_line(edited: Edited, book: hs.Book, old: str, new: str) -> None:
    jumps = GBM.replace("gbm", "jump") + "\nintraday = true\njumps_per_year = 6\njump_mean = -0.1\njump_sd = 0.1"
    with pytest.raises(hs.ScenarioError) as caught:
        price(edited, book, jumps.replace(old, new))
    (problem,) = caught.value.problems
    assert problem.path == f"price.{new.partition(' ')[0]}"
    assert problem.line == 8 + jumps.replace(old, new).splitlines().index(new)
    assert "or equal to" in problem.text


ANCHORS = '"anchors"\nvolatility_daily = 0.03\nanchors = [["2021-11-01", 3e4], ["2021-11-18", 2e4], [2021-11-30, 2e4]]'


def test_anchors(edited: Edited, book: hs.Book) -> None:
    assert price(edited, book, ANCHORS)["anchors"] == [[0, 3e4], [17, 2e4], [29, 2e4]]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('["2021-11-01", 3e4], ', "", "expected the first day, 2021-11-01"),
        ("[2021-11-30, 2e4]", "[2021-11-29, 2e4]", "expected 2021-11-30 or later"),
        ('"2021-11-18"', '"2021-11-01"', "dates must rise"),
        (
            "volatility_daily = 0.03",
            "volatility = 0.03",
            r"unknown key of 'anchors'; did you mean 'volatility_daily'\?",
        ),
        ("2e4], [", "-2e4], [", "greater than or equal to 0.000001"),
        ("volatility_daily = 0.03", "volatility_daily = 3", r"volatility_daily \(line 9\): .*less than or equal to 1"),
    ],
)
def test_bad_anchors(edited: Edited, book: hs.Book, old: str, new: str, text: str) -> None:
    with pytest.raises(hs.ScenarioError, match=text) as caught:
        price(edited, book, ANCHORS.replace(old, new))
    assert all(problem.path.startswith("price.") for problem in caught.value.problems)


def history(folder: Path, rows: list[str], header: str = "date,close_usd,low_usd") -> None:
    (folder / "btc.csv").write_text("\n".join([header, *rows, ""]))


JUNE = [f"2021-11-{day:02d},{30000 - day},{29000 - day}" for day in range(1, 31)]


def test_history(edited: Edited, book: hs.Book, tmp_path: Path) -> None:
    history(tmp_path, ["2021-10-31,1,1", *JUNE])
    found = price(edited, book, '"history"\nfile = "btc.csv"', tmp_path)
    assert found["source"] == "table"
    assert found["close_usd"] == [30000 - day for day in range(1, 31)]
    assert found["low_usd"] == [29000 - day for day in range(1, 31)]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (JUNE[:10] + JUNE[11:], "no row for 2021-11-11"),
        (JUNE[:2] + JUNE[1:], "dates must rise"),
        ([*JUNE[:-1], "2021-11-30,100,101"], "<= low <= close"),
        (
            [*JUNE[:-1], "2021-11-30,100,0"],
            r"btc.csv, row 30 \(line 31\), column low_usd: found '0', expected 1e-06 to 1e\+12 USD",
        ),
    ],
)
def test_bad_history(edited: Edited, book: hs.Book, tmp_path: Path, rows: list[str], text: str) -> None:
    history(tmp_path, rows)
    with pytest.raises(hs.HashstressError, match=text):
        price(edited, book, '"history"\nfile = "btc.csv"', tmp_path)


def test_bad_cells_of_a_history_are_located(edited: Edited, book: hs.Book, tmp_path: Path) -> None:
    history(tmp_path, [*JUNE[:4], "2021-11-05,NaN,1", *JUNE[5:]])
    with pytest.raises(hs.InputError, match=r"btc.csv, row 5 \(line 6\), column close_usd: found 'NaN'"):
        price(edited, book, '"history"\nfile = "btc.csv"', tmp_path)


def test_unknown_source(edited: Edited, book: hs.Book) -> None:
    with pytest.raises(hs.ScenarioError, match=r"there are anchors, gbm, history, jump; did you mean 'gbm'\?"):
        price(edited, book, GBM.replace("gbm", "gbmm"))


# -- tariffs

FLAT = 'source = "flat"\nusd_per_mwh = 60.0'


def tariff(edited: Edited, book: hs.Book, text: str, folder: Path | str = ".") -> dict[str, list[float]]:
    found: dict[str, list[float]] = edited(FLAT, text, folder=folder).compile(book).spec["tariff_usd_per_mwh"]
    return found


@pytest.mark.parametrize("text", ["usd_per_mwh = 0.05", "usd_per_mwh = 50.0\nregions = { us-ercot = 0.05 }"])
@pytest.mark.parametrize("source", ["flat", "seasonal"])
def test_a_tariff_per_kwh_is_told(edited: Edited, book: hs.Book, source: str, text: str) -> None:
    months = f"monthly = {[1.0] * 12}\n" if source == "seasonal" else ""
    with pytest.raises(hs.ScenarioError, match=r"0\.05 looks like USD per kWh: 0\.05 USD/kWh is 50 USD/MWh"):
        tariff(edited, book, f'source = "{source}"\n{months}{text}')
    assert tariff(edited, book, f'source = "{source}"\n{months}{text.replace("0.05", "-0.05")}')


def test_flat(edited: Edited, book: hs.Book) -> None:
    found = tariff(edited, book, f"{FLAT}\n[power.regions]\nus-ercot = -5.0")
    assert found["us-ercot"] == [-5.0] * 30
    assert found["us-nyiso"] == [60.0] * 30
    with pytest.raises(hs.ScenarioError, match=r"power.usd_per_mwh \(line .*less than or equal to 100000"):
        tariff(edited, book, FLAT.replace("60.0", "6e5"))
    with pytest.raises(hs.ScenarioError, match="the book has no region us-erkot"):
        tariff(edited, book, f"{FLAT}\n[power.regions]\nus-erkot = -5.0")


def test_seasonal(edited: Edited, book: hs.Book) -> None:
    months = "monthly = [1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1.5, 1]"
    assert tariff(edited, book, FLAT.replace("flat", "seasonal") + f"\n{months}")["us-ercot"] == [90.0] * 30
    with pytest.raises(hs.ScenarioError, match=r"power.monthly \(line .*leaves -10,000 to 100,000 USD/MWh: 180,000"):
        tariff(edited, book, FLAT.replace("flat", "seasonal") + "\n" + months.replace("1.5", "3000"))
    with pytest.raises(hs.ScenarioError, match="at least 12"):
        tariff(edited, book, FLAT.replace("flat", "seasonal") + "\nmonthly = [1]")


def test_tariff_history(edited: Edited, book: hs.Book, tmp_path: Path) -> None:
    regions = book.column("regions", "region")
    rows = [f"2021-01-01,{region},40" for region in regions] + [f"2021-11-10,{regions[0]},80.5"]
    path = tmp_path / "power.csv"
    path.write_text("\n".join(["date,region,tariff_usd_per_mwh", *rows, ""]))
    found = tariff(edited, book, 'source = "history"\nfile = "power.csv"', tmp_path)
    assert found[regions[0]][8:10] == [40.0, 80.5]
    assert found[regions[1]] == [40.0] * 30
    path.write_text("\n".join(["date,region,tariff_usd_per_mwh", *rows, f"2022-01-01,{regions[0]},1e6", ""]))
    with pytest.raises(
        hs.InputError, match=rf"row {len(rows) + 1} \(line {len(rows) + 2}\), column tariff_usd_per_mwh: found '1e\+06'"
    ):
        tariff(edited, book, 'source = "history"\nfile = "power.csv"', tmp_path)
    path.write_text("\n".join(["date,region,tariff_usd_per_mwh", *rows[1:], ""]))
    with pytest.raises(hs.ScenarioError, match=f"no value for region '{regions[0]}' on or before 2021-11-01"):
        tariff(edited, book, 'source = "history"\nfile = "power.csv"', tmp_path)


# -- policies


def test_policies_of_the_book_are_there(edited: Edited, book: hs.Book) -> None:
    found = edited().compile(book).spec["policies"]
    assert set(book.column("lenders", "policy")) <= set(found)
    assert all(table["hold_days"] >= 1 and table["rules"] for table in found.values())


def test_a_scenario_defines_and_overrides_policies(edited: Edited, book: hs.Book) -> None:
    text = """
[policies.dump]
hold_days = 3
rules = [{ max_clearing_to_index = 0.4, action = "hold" }, { action = "sell", share_per_day = 0.1 }]
[policies.slow]
source = "sell-down"
share_per_day = 0.01
[impact]
"""
    found = edited("[impact]\n", text).compile(book).spec["policies"]
    assert found["dump"] == {
        "hold_days": 3,
        "rules": [
            {"max_clearing_to_index": 0.4, "action": "hold", "share_per_day": 0.0},
            {"max_clearing_to_index": 1e9, "action": "sell", "share_per_day": 0.1},
        ],
    }
    assert found["slow"]["rules"][-1]["share_per_day"] == 0.01


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ('rules = [{ action = "sel" }]', r"rules\[0\]\.action"),
        ("rules = []", "at least 1"),
        (
            'rules = [{ action = "hold", share_per_day = 0.1 }]',
            r"rules\[0\]\.share_per_day \(line \d+\): 0.1 does nothing",
        ),
        ('rules = [{ action = "sell" }]', r"rules\[0\]\.share_per_day .*needs a share above 0"),
        ('rules = [{ action = "hold" }]\nhold_days = 0', "greater than or equal to 1"),
        ('rules = [{ max_clearing_to_index = 0.0, action = "hold" }]', "greater than 0"),
        ('rules = [{ action = "host" }, { action = "hold" }]', r"rules\[1\] is never reached"),
        (
            'rules = [{ max_clearing_to_index = 0.5, action = "hold" }, { max_clearing_to_index = 0.5, action = "dump" }]',
            "let max_clearing_to_index rise from rule to rule",
        ),
        ('source = "hodl"', r"did you mean 'hold'\?"),
    ],
)
def test_bad_policies(edited: Edited, book: hs.Book, rules: str, text: str) -> None:
    with pytest.raises(hs.ScenarioError, match=text) as caught:
        edited("[impact]\n", f"[policies.mine]\n{rules}\n[impact]\n").compile(book)
    assert all(problem.path.startswith("policies.mine") for problem in caught.value.problems)


def with_policies(book: hs.Book, *policies: str, host_capacity_ths: float = 0.0) -> hs.Book:
    """The book with other policies for its first lenders, and another rack for the first of them; rows in falling order of key."""
    tables = {name: pa.table(table) for name, table in book.tables.items()}
    rows = tables["lenders"].to_pylist()
    for row, policy in zip(rows, policies, strict=False):
        row["policy"] = policy
    rows[0]["host_capacity_ths"] = host_capacity_ths
    tables["lenders"] = pa.Table.from_pylist(rows[::-1], schema=tables["lenders"].schema)
    return hs.Book.from_tables(**tables)


def test_policies_nobody_knows_are_refused_row_by_row(edited: Edited, book: hs.Book) -> None:
    with pytest.raises(hs.InputError) as caught:
        edited().compile(with_policies(book, "dumb", "mine"))
    count = book.counts["lenders"]
    places = [(problem.table, problem.row, problem.column, problem.value) for problem in caught.value.problems]
    assert places == [("lenders", count - 1, "policy", "mine"), ("lenders", count, "policy", "dumb")]
    assert "did you mean 'dump'?" in str(caught.value)
    defined = edited("[impact]\n", '[policies.mine]\nsource = "dump"\n[impact]\n')
    assert "mine" in defined.compile(with_policies(book, "mine")).spec["policies"]


def warned(scenario: hs.Scenario, book: hs.Book) -> list[str]:
    """Warnings, without those on what begins after the short run."""
    return [words for words in scenario.compile(book).warnings if "after the last day" not in words]


def test_a_policy_nobody_uses_is_a_warning(edited: Edited, book: hs.Book) -> None:
    assert warned(edited(), book) == []
    scenario = edited("[impact]\n", '[policies.mine]\nsource = "dump"\n[impact]\n')
    warning = "no lender of the book names the policy mine: it changes nothing"
    assert warned(scenario, book) == [warning]
    results = hs.run(book, scenario, paths=2)
    assert results.manifest["warnings"] == list(scenario.compile(book).warnings)
    assert f"Warning: {warning}" in results.summary()
    two = '[policies.mine]\nsource = "dump"\n[policies.other]\nsource = "dump"\n[impact]\n'
    assert warned(edited("[impact]\n", two), book) == [
        "no lender of the book names the policies mine, other: they change nothing"
    ]


def test_policies_of_a_base_need_not_be_used(book: hs.Book) -> None:
    dumping = with_policies(book, *["dump"] * book.counts["lenders"])
    idle = [words for words in warned(hs.Scenario.read("crisis-2022"), dumping) if "no lender" in words]
    assert idle == ["no lender of the book names the policies hold, host, sell-down: they change nothing"]
    above = hs.Scenario.from_text('name = "above"\nbase = "crisis-2022"\n')
    assert not [words for words in warned(above, dumping) if "no lender" in words]


def changed(book: hs.Book, table: str, *rows: dict[str, Any]) -> hs.Book:
    """The book with other cells in the first rows of a table, without responses, which ask for loans of their kind."""
    tables = {name: pa.table(rows) for name, rows in book.tables.items() if name != "responses"}
    cells = tables[table].to_pylist()
    for row, new in zip(cells, rows, strict=False):
        row.update(new)
    tables[table] = pa.Table.from_pylist(cells, schema=tables[table].schema)
    return hs.Book.from_tables(**tables)


def test_machines_nobody_can_take_back_are_a_warning(edited: Edited, book: hs.Book) -> None:
    scenario = edited(
        "[impact]\n", '[policies.back]\nrules = [{ action = "sell_back", payback_days = 300 }]\n[impact]\n'
    )
    loans = pa.table(book.tables["loans"])
    full = changed(book, "loans", *({"recourse": "full", "cross_default": False} for _ in range(len(loans))))
    lender = next(row["lender"] for row in loans.to_pylist() if row["collateral"] == "machines")
    place = book.column("lenders", "lender").index(lender)

    def lent(on: hs.Book, **cells: float) -> hs.Book:
        none = dict.fromkeys(("swap_cover", "book_buy_cover", "book_sale_price", "book_sale_days"))
        return changed(on, "lenders", *[{}] * place, {"policy": "back", **none, **cells})

    said = "sell_back changes nothing where machines are only seized from miners that have failed (full recourse, no swap_cover)"
    assert warned(scenario, lent(full)) == [f"{said}: {lender} (back)"]
    assert warned(scenario, lent(full, swap_cover=1.2)) == []
    limited = next(
        k for k, row in enumerate(loans.to_pylist()) if row["collateral"] == "machines" and row["lender"] == lender
    )
    assert warned(scenario, lent(changed(full, "loans", *[{}] * limited, {"recourse": "limited"}))) == []


def test_buyers_of_loans_that_nobody_sells_are_a_warning(edited: Edited, book: hs.Book) -> None:
    count = book.counts["lenders"]
    keeps = {"book_buy_cover": None, "book_sale_price": None, "book_sale_days": None}
    sells = {**keeps, "book_sale_price": 0.8, "book_sale_days": 60}

    def lent(first: dict[str, Any], second: dict[str, Any]) -> hs.Book:
        return changed(book, "lenders", first, second, *[keeps] * (count - 2))

    name = book.column("lenders", "lender")[0]
    said = f"book_buy_cover changes nothing where no other lender has a book_sale_price: {name}"
    assert warned(edited(), lent({**keeps, "book_buy_cover": 1.5}, keeps)) == [said]
    assert warned(edited(), lent({**sells, "book_buy_cover": 1.5}, keeps)) == [said]
    assert warned(edited(), lent({**keeps, "book_buy_cover": 1.5}, sells)) == []


def test_a_host_without_a_rack_is_a_warning(edited: Edited, book: hs.Book) -> None:
    first = book.column("lenders", "lender")[0]
    assert warned(edited(), with_policies(book, "host")) == [
        f"the action host only holds where host_capacity_ths is 0: {first} (host)"
    ]


def test_new_terms_nobody_grants_are_a_warning(edited: Edited, book: hs.Book) -> None:
    loan, of = next(zip(book.column("loans", "loan"), book.column("loans", "lender"), strict=True))
    miner = book.column("loans", "miner")[0]
    place = book.column("lenders", "lender").index(of)
    asking = pa.Table.from_pylist(
        [
            {
                "response": "plea",
                "miner": miner,
                "kind": "renegotiate",
                "trigger": "runway_days_below",
                "threshold": 30.0,
                "loan": loan,
                "term_months": 24,
            }
        ]
    )

    def asked(first: dict[str, Any], others: dict[str, Any]) -> list[str]:
        none = dict.fromkeys(("amend_cover", "book_buy_cover", "book_sale_price", "book_sale_days"))
        rows = [none | others for _ in range(book.counts["lenders"])]
        rows[place] = none | first
        tables = {name: pa.table(table) for name, table in changed(book, "lenders", *rows).tables.items()}
        read = hs.Book.from_tables(**(tables | {"responses": asking}))
        return [words for words in edited().compile(read).warnings if "renegotiate" in words]

    assert asked({}, {}) == [f"a renegotiate changes nothing where the lender has no amend_cover: plea ({of})"]
    assert asked({"amend_cover": 0.8}, {}) == []
    grants = {"amend_cover": 0.8, "book_buy_cover": 1.0}
    assert asked({}, grants) != []
    assert asked({"book_sale_price": 0.5, "book_sale_days": 90}, grants) == []


def test_a_rack_nobody_uses_is_a_warning(edited: Edited, book: hs.Book) -> None:
    first = book.column("lenders", "lender")[0]
    (warning,) = warned(edited(), with_policies(book, "dump", host_capacity_ths=5.0))
    assert warning == f"host_capacity_ths changes nothing where the lender's policy never hosts: {first} (dump)"
    assert warned(edited(), with_policies(book, "host", host_capacity_ths=5.0)) == []


# -- events and dates


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ('kind = "fail"\namount_usd = 5.0', r"lender_events\[0\]\.amount_usd \(line 25\): 5.0 does nothing"),
        ('kind = "loss"', r"lender_events\[0\]\.amount_usd \(line 21\): a loss needs an amount above 0"),
        ('kind = "withdrawal"\namount_usd = 0', r"a withdrawal needs an amount above 0"),
    ],
)
def test_amounts_of_lender_events(edited: Edited, event: str, text: str) -> None:
    with pytest.raises(hs.ScenarioError, match=text):
        edited("[impact]\n", f'[[lender_events]]\ndate = 2021-11-03\nlender = "nydig"\n{event}\n[impact]\n')


def test_a_start_after_first_payments_is_one_sentence(edited: Edited, book: hs.Book) -> None:
    months = ("start = 2021-11-01", "start = 2022-02-01", "end = 2021-11-30", "end = 2022-03-01")
    with pytest.raises(hs.ScenarioError) as caught:
        edited(*months).compile(book)
    problem, of_orders = caught.value.problems
    columns = (book.column("loans", name) for name in ("loan", "amortisation", "first_payment_date", "maturity_date"))
    due = {loan: last if kind == "bullet" else first for loan, kind, first, last in zip(*columns, strict=True)}
    late = [loan for loan, day in due.items() if day <= date(2022, 2, 1)]
    assert (problem.path, problem.line) == ("start", 3)
    assert problem.text.startswith(
        f"{len(late)} loans have a first payment on or before the first day, 2022-02-01 ({late[0]}, "
    )
    assert f"and {len(late) - 3} more" in problem.text
    assert f"start before {min(due.values())}" in problem.text
    assert of_orders.path == "start"
    assert of_orders.text.startswith("orders with an instalment or a delivery on or before the first day, 2022-02-01: ")
