"""What loans pay by contract: `hs.schedule` and `hashstress schedule`."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hashstress as hs
import pyarrow as pa
import pytest
from hashstress.cli import schedule as verb

if TYPE_CHECKING:
    from tests.python.conftest import Cli

ROW: dict[str, Any] = {
    "loan": "L",
    "miner": "M",
    "lender": "B",
    "collateral": "none",
    "amortisation": "interest_only",
    "outstanding_usd": 1200.0,
    "rate": 0.12,
    "day_count": "30E360",
    "first_payment_date": date(2022, 2, 1),
    "maturity_date": date(2022, 5, 1),
    "period_months": 1,
    "recourse": "full",
}


def loans(*changes: dict[str, Any]) -> pa.Table:
    columns = dict.fromkeys([*ROW, *(name for change in changes for name in change)])
    return pa.Table.from_pylist([{**dict.fromkeys(columns), **ROW, **change} for change in changes])


def flows(table: pa.Table) -> list[tuple[str, str, float, float]]:
    return [
        (
            row["event_date"].date().isoformat(),
            row["event_type"],
            round(row["payoff"], 6),
            round(row["notional_principal"], 6),
        )
        for row in table.to_pylist()
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"amortisation": "bullet"},
            [("2022-05-01", "IP", 48.0, 1200.0), ("2022-05-01", "MD", 1200.0, 0.0)],
        ),
        (
            {"maturity_date": date(2022, 3, 1)},
            [("2022-02-01", "IP", 12.0, 1200.0), ("2022-03-01", "IP", 12.0, 1200.0), ("2022-03-01", "MD", 1200.0, 0.0)],
        ),
        (
            {"amortisation": "linear", "maturity_date": date(2022, 3, 1)},
            [
                ("2022-02-01", "PR", 600.0, 600.0),
                ("2022-02-01", "IP", 12.0, 600.0),
                ("2022-03-01", "IP", 6.0, 600.0),
                ("2022-03-01", "MD", 600.0, 0.0),
            ],
        ),
        (
            {"amortisation": "fixed_payment", "payment_usd": 5.0, "maturity_date": date(2022, 3, 1)},
            [
                ("2022-02-01", "PR", -7.0, 1207.0),
                ("2022-02-01", "IP", 12.0, 1207.0),
                ("2022-03-01", "IP", 12.07, 1207.0),
                ("2022-03-01", "MD", 1207.0, 0.0),
            ],
        ),
        (
            {"amortisation": "payment_in_kind", "maturity_date": date(2022, 3, 1)},
            [
                ("2022-02-01", "IPCI", 0.0, 1212.0),
                ("2022-03-01", "IPCI", 0.0, 1224.12),
                ("2022-03-01", "MD", 1224.12, 0.0),
            ],
        ),
    ],
)
def test_each_kind_by_hand(change: dict[str, Any], expected: list[tuple[str, str, float, float]]) -> None:
    assert flows(hs.schedule(loans(change))) == expected


def test_what_is_paid_back_early_keeps_its_dates() -> None:
    table = hs.schedule(loans({"amortisation": "fixed_payment", "payment_usd": 700.0}))
    assert [(day, kind, payoff) for day, kind, payoff, _ in flows(table)][2:] == [
        ("2022-03-01", "PR", 512.0),
        ("2022-03-01", "IP", 5.12),
        ("2022-04-01", "PR", 0.0),
        ("2022-04-01", "IP", 0.0),
        ("2022-05-01", "IP", 0.0),
        ("2022-05-01", "MD", 0.0),
    ]


def test_a_level_payment_leaves_nothing() -> None:
    table = hs.schedule(loans({"amortisation": "annuity", "day_count": "A365", "maturity_date": date(2023, 1, 15)}))
    paid: dict[str, float] = defaultdict(float)
    for day, kind, payoff, _ in flows(table):
        if kind in ("PR", "IP", "MD"):
            paid[day] += payoff
    assert len(paid) == 13
    assert max(paid.values()) - min(paid.values()) < 1e-5
    assert flows(table)[-1][3] == 0.0


def test_loans_come_in_order_with_their_names_and_nine_columns() -> None:
    table = hs.schedule(loans({"loan": "b"}, {"loan": "a", "amortisation": "bullet"}))
    assert table["loan"].to_pylist() == ["a", "a", "b", "b", "b", "b", "b"]
    assert table.column_names[:4] == ["loan", "event_date", "event_type", "payoff"]
    assert table.num_columns == 10


def test_principal_is_paid_back_with_what_was_added(book: hs.Book) -> None:
    table = hs.schedule(book)
    owed = dict(zip(book.column("loans", "loan"), book.column("loans", "outstanding_usd"), strict=True))
    added: dict[str, float] = defaultdict(float)
    back: dict[str, float] = defaultdict(float)
    before = dict(owed)
    for row in table.to_pylist():
        loan = row["loan"]
        if row["event_type"] == "IPCI":
            added[loan] += row["notional_principal"] - before[loan]
        if row["event_type"] in ("PR", "MD"):
            back[loan] += row["payoff"]
        before[loan] = row["notional_principal"]
    assert set(back) == set(owed)
    for loan, principal in owed.items():
        assert back[loan] == pytest.approx(principal + added[loan], rel=1e-9)


def test_the_same_from_book_name_folder_file_and_table(book: hs.Book, tmp_path: Path) -> None:
    expected = hs.schedule(book)
    folder = book.write(tmp_path / "book")
    for given in ("crisis-2022", folder, str(folder / "loans.csv"), book.tables["loans"]):
        assert hs.schedule(given).equals(expected)


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"rate": 12.0}, "out_of_range", "rate"),
        ({"maturity_date": date(2021, 5, 1)}, "dates", "maturity_date"),
        ({"amortisation": "fixed_payment"}, "null", "payment_usd"),
        ({"payment_usd": 5.0}, "inconsistent", "payment_usd"),
        ({"amortisation": "bulet"}, "unknown_word", "amortisation"),
        ({"credit_line_usd": 100.0}, "out_of_range", "credit_line_usd"),
    ],
)
def test_bad_rows_are_located(change: dict[str, Any], code: str, column: str) -> None:
    with pytest.raises(hs.InputError) as caught:
        hs.schedule(loans({"loan": "A"}, change))
    (problem,) = caught.value.problems
    assert (problem.code, problem.table, problem.row, problem.column) == (code, "loans", 2, column)


def test_all_problems_at_once_whatever_else_is_refused(tmp_path: Path) -> None:
    given = tmp_path / "loans.csv"
    columns = [*ROW, "payment_usd", "credit_line_usd"]
    changes: list[dict[str, Any]] = [
        {"loan": "a", "rate": 12.0, "maturity_date": date(2021, 5, 1)},
        {"loan": "b", "maturity_date": date(2021, 5, 1)},
        {"loan": "c", "amortisation": "fixed_payment"},
        {"loan": "d"},
        {"loan": "e", "credit_line_usd": 100.0},
        {"loan": "f", "amortisation": "bulet"},
    ]
    lines = [",".join(str({**ROW, **change}.get(name, "")) for name in columns) for change in changes]
    given.write_text("\n".join([",".join(columns), *lines]) + "\n")
    expected = [
        (1, "rate"),
        (2, "maturity_date"),
        (3, "payment_usd"),
        (5, "credit_line_usd"),
        (6, "amortisation"),
    ]
    with pytest.raises(hs.InputError) as caught:
        hs.schedule(given)
    assert [(problem.row, problem.column) for problem in caught.value.problems] == expected
    assert {Path(problem.file or "").name for problem in caught.value.problems} == {"loans.csv"}
    # The check of a whole book tells the same of its loans, beside what it finds elsewhere.
    with pytest.raises(hs.InputError) as caught:
        hs.Book.from_tables(loans=loans(*changes))
    found = [(problem.row, problem.column) for problem in caught.value.problems if problem.table == "loans"]
    assert [place for place in found if place[0]] == expected


def test_a_column_that_is_not_there_leaves_nothing_to_contradict() -> None:
    with pytest.raises(hs.InputError) as caught:
        hs.schedule(loans({"maturity_date": date(2021, 5, 1)}).drop_columns("rate"))
    assert [(problem.code, problem.column) for problem in caught.value.problems] == [("missing_column", "rate")]


def test_a_loan_stands_once() -> None:
    with pytest.raises(hs.InputError) as caught:
        hs.schedule(loans({}, {}))
    assert [(problem.code, problem.column) for problem in caught.value.problems] == [("duplicate_key", "loan")]


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    for given in (5, tmp_path / "nowhere", tmp_path):
        with pytest.raises(hs.InputError):
            hs.schedule(given)


def test_every_kind_of_event_has_its_words() -> None:
    kinds = set(hs.schedule("crisis-2022:high")["event_type"].to_pylist())
    assert kinds <= set(verb.WORDS)
    assert set(verb.WORDS) - kinds == {"IPCI", "FP"}  # loans that pay in kind, or a fee: the built-in book has none


def test_fees_are_paid_with_the_interest_and_are_no_principal() -> None:
    """A fee of 3 % beside a rate of 12 % on 1,200 USD for four months: 48 and 12."""
    events = hs.schedule(loans({"amortisation": "bullet", "fee_rate": 0.03}))
    (head, line) = verb._totals(pa.table(events))
    assert head[4:] == ["interest and fees USD", "principal USD"]
    assert line[4:] == ["60.00", "1,200.00"]
    assert "FP the fee is paid" in verb._legend(pa.table(events))


def test_the_verb_prints_and_writes(cli: Cli, tmp_path: Path) -> None:
    done = cli("schedule", "crisis-2022")
    assert done.exit_code == 0
    head, *lines = done.output.splitlines()
    assert head.split() == ["loan", "first", "last", "events", "interest", "and", "fees", "USD", "principal", "USD"]
    key = lines[0].split()[0]
    one = cli("schedule", "crisis-2022", "--loan", key)
    assert one.exit_code == 0
    *lines_of_one, legend = one.output.splitlines()
    assert legend == "IP interest is paid; PR principal is paid back; MD maturity, what is left is paid back"
    told = [line for line in lines_of_one[1:] if "PRF" not in line]
    assert len(told) == int(lines[0].split()[3].replace(",", ""))
    assert cli("schedule", "crisis-2022", "--loan", key, "--out", str(tmp_path / "one.csv")).exit_code == 0
    assert len((tmp_path / "one.csv").read_text().splitlines()) == len(lines_of_one)
    assert cli("schedule", "crisis-2022", "--loan", "nobody", "--out", str(tmp_path / "two.csv")).exit_code == 2
    assert not (tmp_path / "two.csv").exists()
    for name in ("events.csv", "events.parquet"):
        assert cli("schedule", "crisis-2022", "--out", str(tmp_path / name)).exit_code == 0
    import pyarrow.parquet as pq

    assert pq.read_table(tmp_path / "events.parquet").num_rows == hs.schedule("crisis-2022").num_rows
    assert len((tmp_path / "events.csv").read_text().splitlines()) == 1 + hs.schedule("crisis-2022").num_rows


def test_the_verb_refuses_with_2(cli: Cli, tmp_path: Path) -> None:
    assert cli("schedule", "crisis-2022", "--out", str(tmp_path / "x.txt")).exit_code == 2
    assert cli("schedule", "crisis-2022", "--loan", "nobody").exit_code == 2
    bad = tmp_path / "loans.csv"
    bad.write_text("loan,miner\nL,M\n")
    kept = cli("schedule", "crisis-2022", "--out", str(bad))
    assert (kept.exit_code, bad.read_text()) == (2, "loan,miner\nL,M\n")
    assert "it is there already" in kept.output
    refused = cli("schedule", str(bad))
    assert refused.exit_code == 2
    assert "loans.csv" in refused.output
    assert "maturity_date" in refused.output


WORDS = ["annuity", "bullet", "fixed_payment", "interest_only", "linear", "payment_in_kind"]


def asked(book: hs.Book) -> dict[str, dict[date, tuple[float, float]]]:
    """By loan and date, interest and principal in cents: what the schedule says of each."""
    paid: dict[str, dict[date, tuple[float, float]]] = defaultdict(dict)
    before = dict(zip(book.column("loans", "loan"), book.column("loans", "outstanding_usd"), strict=True))
    added = dict.fromkeys(before, 0.0)
    for row in hs.schedule(book).to_pylist():
        loan, day, cents = row["loan"], row["event_date"].date(), 100.0 * row["payoff"]
        interest, principal = paid[loan].get(day, (0.0, 0.0))
        if row["event_type"] == "IP":
            interest += cents
        elif row["event_type"] in ("PR", "MD"):
            principal += cents
        elif row["event_type"] == "IPCI":
            added[loan] = 100.0 * (row["notional_principal"] - before[loan])
        if row["event_type"] == "MD" and loan == "payment_in_kind":  # the last interest is added and paid in one moment
            interest, principal = interest + added[loan], principal - added[loan]
        before[loan] = row["notional_principal"]
        if interest or principal:
            paid[loan][day] = (interest, principal)
    return paid


def test_the_simulated_day_asks_for_what_the_schedule_says(book: hs.Book, tmp_path: Path) -> None:
    """One rich miner a kind of loan: what each pays its lender, day by day, against the schedule."""
    rows = {name: pa.table(table).to_pylist() for name, table in book.tables.items()}
    terms = {
        "lender": "antalpha",  # nothing happens to it in the scenario
        "collateral": "none",
        "recourse": "full",
        "collateral_fleet": None,
        "collateral_machines": None,
        "outstanding_usd": 1234567.89,
        "rate": 0.125,
        "first_payment_date": date(2022, 7, 31),
        "maturity_date": date(2022, 12, 15),
        "period_months": 1,
    }
    changed = {
        "miners": [rows["miners"][0] | {"miner": word, "cash_usd": 1e9} for word in WORDS],
        "fleet": [rows["fleet"][0] | {"fleet": word, "miner": word, "machines": 100} for word in WORDS],
        "loans": [
            rows["loans"][0]
            | terms
            | {"loan": word, "miner": word, "amortisation": word, "day_count": day_count}
            | {"payment_usd": 250_000.0 if word == "fixed_payment" else None}
            for word, day_count in zip(WORDS, ["A360", "A365", "30E360"] * 2, strict=True)
        ],
    }
    tables = {
        name: pa.Table.from_pylist(changed[name], schema=pa.table(table).schema) if name in changed else table
        for name, table in book.tables.items()
        if name not in ("orders", "responses", "facilities")
    }
    (tmp_path / "rich.toml").write_text('name = "rich"\nbase = "crisis-2022"\nrack_changes = []\nvendor_events = []\n')
    rich = hs.Book.from_tables(**tables)
    results = hs.run(rich, tmp_path / "rich.toml", paths=1, worst=1, seed=7)
    paid: dict[str, dict[date, list[float]]] = defaultdict(dict)
    for row in pa.table(results.ledger).to_pylist():
        if row["reason"] in ("interest", "principal") and row["from_account"].startswith("miner:"):
            both = paid[row["from_account"].removeprefix("miner:")].setdefault(row["date"], [0.0, 0.0])
            both[row["reason"] == "principal"] += row["amount"]
    expected = asked(rich)
    assert sorted(paid) == sorted(expected) == WORDS
    for word in WORDS:
        assert list(paid[word]) == list(expected[word]), word
        # A cent of rounding a date before: the payment, and the interest that is whole before it is taken off the payment or added.
        for count, (day, (interest, principal)) in enumerate(expected[word].items()):
            loose = 0 if word in ("bullet", "interest_only") else count + 1
            assert abs(paid[word][day][0] - round(interest)) <= loose, (word, day)
            assert abs(paid[word][day][1] - round(principal)) <= loose, (word, day)
        added = sum(
            row["amount"]
            for row in pa.table(results.events).to_pylist()
            if row["kind"] == "capitalisation" and row["entity"] == word
        )
        assert (added > 0) == (word == "payment_in_kind")
        assert sum(principal for _, principal in paid[word].values()) == 123456789 + added
