"""The network on day 0: a book that is far from the hashrate of the difficulty is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import hashstress as hs
import pyarrow as pa
import pytest
from click.testing import Result
from hashstress import opening, seasons

Edited = Callable[..., hs.Scenario]
Cli = Callable[..., Result]


def without_cohorts(book: hs.Book) -> hs.Book:
    return hs.Book.from_tables(**{name: pa.table(table) for name, table in book.tables.items() if name != "cohorts"})


def told(scenario: hs.Scenario, book: hs.Book) -> list[str]:
    return [words for words in scenario.compile(book).warnings if "network.difficulty" in words]


@pytest.mark.parametrize(("difficulty", "ehs"), [(21_659_344_833_265.0, 155.0), (30e12, 214.7)])
def test_the_hashrate_of_a_difficulty(difficulty: float, ehs: float) -> None:
    assert opening.ths_of_difficulty(difficulty) / 1e6 == pytest.approx(ehs, rel=1e-3)


def test_a_book_without_the_rest_of_the_network_is_a_warning(edited: Edited, book: hs.Book) -> None:
    alone = without_cohorts(book)
    assert told(edited(), book) == []
    (words,) = told(edited(), alone)
    assert words.startswith(
        "the book opens with 85.8 EH/s (machines 85.8 EH/s, cohorts 0 EH/s), but network.difficulty 3e+13 is that of 215 EH/s"
    )
    assert "put the rest of the network into the table cohorts, or change network.difficulty" in words
    assert told(edited("difficulty = 30e12", "difficulty = 15e12"), alone) == []
    assert "blocks come 2.19 times too fast until" in told(edited("difficulty = 30e12", "difficulty = 10e12"), book)[0]


def test_the_remedy_is_that_of_the_side(edited: Edited, book: hs.Book) -> None:
    (words,) = told(edited("difficulty = 30e12", "difficulty = 10e12"), book)
    assert "check hashrates in TH/s, or change network.difficulty" in words


def test_more_equity_than_assets_is_a_warning(edited: Edited, book: hs.Book) -> None:
    tables = {name: pa.table(table) for name, table in book.tables.items()}
    lenders = tables["lenders"].to_pylist()
    lenders[0]["equity_usd"] = 1e11
    tables["lenders"] = pa.Table.from_pylist(lenders, schema=tables["lenders"].schema)
    said = "equity_usd is more than cash, loans, claims and other assets together"
    found = [words for words in edited().compile(hs.Book.from_tables(**tables)).warnings if said in words]
    assert found == [f"{said}: {lenders[0]['lender']}"]
    assert not [words for words in edited().compile(book).warnings if said in words]


def test_the_beginning_of_a_first_period_is_that_of_the_contract(book: hs.Book) -> None:
    loans = [row for row in pa.table(book.tables["loans"]).to_pylist() if row["day_count"] == "A360"]
    first: dict[str, float] = {}
    for row in hs.schedule(book).to_pylist():
        if row["event_type"] == "IP":
            first.setdefault(row["loan"], row["payoff"])
    for row in loans:
        day = row["first_payment_date"]
        begin = seasons.months_before(day, row["period_months"])
        interest = row["outstanding_usd"] * row["rate"] * (day - begin).days / 360
        assert first[row["loan"]] == pytest.approx(interest, rel=1e-9), row["loan"]
    assert len(loans) > 100
    assert seasons.months_before(date(2022, 3, 31), 1) == date(2022, 2, 28)


def test_first_periods_that_begin_late_or_long_ago_are_a_note(
    cli: Cli, edited: Edited, book: hs.Book, tmp_path: Path
) -> None:
    tables = {name: pa.table(table) for name, table in book.tables.items() if name != "responses"}
    start, loans = edited().file.start, tables["loans"].to_pylist()
    for row in loans:
        row.update(
            first_payment_date=date(2021, 12, 31),
            maturity_date=date(2023, 12, 31),
            period_months=1,
            amortisation="linear",
        )
    loans[0].update(first_payment_date=date(2023, 12, 31))
    loans[1].update(first_payment_date=date(2022, 2, 28), period_months=24)
    tables["loans"] = pa.Table.from_pylist(loans, schema=tables["loans"].schema)
    assert start == date(2021, 11, 1)
    keys = [row["loan"] for row in loans]
    since = "it runs from one period before first_payment_date"
    read = hs.Book.from_tables(**tables)
    assert list(seasons.notes(read, start)) == [
        f"1 loan bears no interest for more than the first month, as {since}: {keys[0]} (2023-11-30)",
        f"1 loan bears interest since more than a year before the first day, as {since}: {keys[1]} (2020-02-28)",
    ]
    (tmp_path / "a.toml").write_text(edited().text, encoding="utf-8")
    done = cli("check", read.write(tmp_path / "mine"), "--scenario", tmp_path / "a.toml")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("\nNote: 1 loan bears") == 2


def test_a_check_and_a_run_say_so(cli: Cli, edited: Edited, book: hs.Book, tmp_path: Path) -> None:
    folder = without_cohorts(book).write(tmp_path / "mine")
    (tmp_path / "a.toml").write_text(edited().text, encoding="utf-8")
    for words in (
        ("check", folder, "--scenario", tmp_path / "a.toml"),
        ("run", tmp_path / "a.toml", "--book", folder, "--paths", "2"),
    ):
        done = cli(*words)
        assert done.exit_code == 0, done.output
        assert "network.difficulty 3e+13 is that of 215 EH/s" in done.output
