"""The built-in book and scenario `crisis-2022`: counts, totals, references and provenance."""

from __future__ import annotations

import csv
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "python" / "hashstress" / "data"
BOOK = DATA / "books" / "crisis-2022"
SCENARIO = DATA / "scenarios" / "crisis-2022.toml"
TABLES = ("machines", "regions", "miners", "fleet", "loans", "lenders", "cohorts")
LOAN_FILES = {"loans-low": 0.4e9, "loans": 1.5e9, "loans-high": 3.1e9, "loans-article": 3.1e9}
STORY = ("fleet", "hedges", "lenders", "loans", "orders", "profiles", "responses", "works")  # of the variant `article`
STORY_FILES = tuple(f"{name}-article" for name in STORY)

Row = dict[str, str]


def read(name: str) -> list[Row]:
    with (BOOK / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def book() -> dict[str, list[Row]]:
    return {name: read(name) for name in (*TABLES, "loans-low", "loans-high", *STORY_FILES)}


@pytest.fixture(scope="module")
def scenario() -> dict:
    """The scenario with the market it stands on."""
    market, crisis = (
        tomllib.loads(path.read_text(encoding="utf-8")) for path in (SCENARIO.with_name("market-2022.toml"), SCENARIO)
    )
    assert crisis["base"] == market["name"]
    assert not {*market} & {*crisis} - {"name", "title", "start", "end", "citations"}
    return market | crisis


def keys(rows: list[Row], column: str) -> set[str]:
    return {row[column] for row in rows}


def test_columns_are_those_of_the_inputs_page() -> None:
    page = (ROOT / "docs" / "model" / "inputs.md").read_text(encoding="utf-8").splitlines()
    for name in (*TABLES, "loans-low", "loans-high", *STORY_FILES):
        line = next(
            line for line in page if line.startswith((f"| {name.split('-')[0]} |", f"| {name.split('-')[0]} ("))
        )
        with (BOOK / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        columns, provenance = header[:-4], header[-4:]
        assert provenance == ["synthetic", "source", "confidence", "assumption"]
        named = [word for word in line.split("`")[1::2] if word in columns]
        assert columns == list(dict.fromkeys(named))


def test_counts(book: dict[str, list[Row]]) -> None:
    tail = [row for row in book["miners"] if row["synthetic"] == "true"]
    assert len(tail) == 150
    assert 19 <= len(book["miners"]) - len(tail) <= 21
    assert len(book["fleet"]) <= 330
    assert 550 <= len(book["loans"]) <= 650
    assert len(book["lenders"]) == 13
    assert len(book["regions"]) == 8
    assert len(book["cohorts"]) <= 100


@pytest.mark.parametrize(
    "name", [*TABLES, "loans-low", "loans-high", *(file for file in STORY_FILES if file != "profiles-article")]
)
def test_keys_are_unique_and_rows_say_where_they_come_from(book: dict[str, list[Row]], name: str) -> None:
    rows = book[name]
    key = next(iter(rows[0]))
    assert max(Counter(row[key] for row in rows).values()) == 1
    for row in rows:
        assert row["source"] or row["assumption"], row[key]
        assert row["confidence"] in ("high", "medium", "low")
        assert row["synthetic"] in ("true", "false")
        assert row["synthetic"] == "true" or row["source"] or row["assumption"]


def test_references(book: dict[str, list[Row]], scenario: dict) -> None:
    miners, lenders, regions = (keys(book[name], name[:-1]) for name in ("miners", "lenders", "regions"))
    assert keys(book["fleet"], "miner") == miners
    assert keys(book["fleet"], "model") <= keys(book["machines"], "model")
    assert keys(book["fleet"], "region") <= regions
    assert keys(book["cohorts"], "region") <= regions
    assert keys(book["lenders"], "policy") <= set(scenario["policies"])
    for name in LOAN_FILES:
        assert keys(book[name], "miner") <= miners
        assert keys(book[name], "lender") <= lenders
    assert {event["lender"] for event in scenario["lender_events"]} <= lenders
    assert {item["cohort"] for item in scenario["deliveries"]} <= keys(book["cohorts"], "cohort")
    assert {item["region"] for item in scenario["availability"]} <= regions


@pytest.mark.parametrize("name", LOAN_FILES)
def test_collateral(book: dict[str, list[Row]], scenario: dict, name: str) -> None:
    fleet = {row["fleet"]: row for row in book["fleet"]}
    pledged: dict[str, int] = defaultdict(int)
    for row in book[name]:
        if row["collateral"] == "machines":
            assert fleet[row["collateral_fleet"]]["miner"] == row["miner"]
            assert int(row["collateral_machines"]) > 0
            pledged[row["collateral_fleet"]] += int(row["collateral_machines"])
        else:
            assert (row["collateral_fleet"], row["collateral_machines"]) == ("", "")
        if row["collateral"] == "btc":
            assert 0 < float(row["initial_ltv"]) < float(row["call_ltv"]) < float(row["liquidation_ltv"]) < 1
            assert float(row["collateral_btc"]) > 0
            assert int(row["cure_days"]) >= 1
            assert 0 < float(row["tranche_share"]) <= 1
        assert float(row["outstanding_usd"]) > 0
        assert int(row["grace_days"]) >= 1
        assert row["amortisation"] in ("bullet", "linear", "annuity", "interest_only")
        assert (
            scenario["start"]
            < date.fromisoformat(row["first_payment_date"])
            <= date.fromisoformat(row["maturity_date"])
        )
    for key, machines in pledged.items():
        assert machines <= int(fleet[key]["machines"]), key


@pytest.mark.parametrize(("name", "target"), LOAN_FILES.items())
def test_tail_rig_debt(book: dict[str, list[Row]], name: str, target: float) -> None:
    rows = [row for row in book[name] if row["synthetic"] == "true" and row["collateral"] == "machines"]
    assert sum(float(row["outstanding_usd"]) for row in rows) == pytest.approx(target, rel=0.01)


def test_opening_hashrate_matches_the_difficulty(book: dict[str, list[Row]], scenario: dict) -> None:
    ths = {row["model"]: float(row["hashrate_ths"]) for row in book["machines"]}
    online = sum(float(row["hashrate_ths"]) for row in book["cohorts"])
    online += sum(int(row["machines"]) * ths[row["model"]] for row in book["fleet"])
    implied = scenario["network"]["difficulty"] * 2**32 / 600 / 1e12
    assert online == pytest.approx(implied, rel=0.02)


def test_scenario_series(scenario: dict, book: dict[str, list[Row]]) -> None:
    start, end = scenario["start"], scenario["end"]
    assert (start, end) == (date(2021, 11, 8), date(2023, 6, 30))
    anchors = [date.fromisoformat(day) for day, _ in scenario["price"]["anchors"]]
    assert anchors == sorted(set(anchors))
    assert (anchors[0], anchors[-1]) == (start, end)
    months = {month for month, _ in scenario["network"]["fees"]}
    assert len(months) == 20
    assert {"2021-11", "2023-06"} <= months
    assert len(scenario["asics"]["tiers"]) == 4
    for event in scenario["availability"]:
        assert start <= event["from"] <= event["to"] <= end
        assert 0 <= event["share"] <= 1
    assert all(start < item["date"] <= end for item in scenario["deliveries"])
    assert all(item["hashrate_ths"] > 0 for item in scenario["deliveries"])
    assert 200e6 < sum(item["hashrate_ths"] for item in scenario["deliveries"]) < 320e6
    with SCENARIO.with_name("crisis-2022-tariffs.csv").open(encoding="utf-8", newline="") as file:
        tariffs = list(csv.DictReader(file))
    assert keys(tariffs, "region") == keys(book["regions"], "region")
    assert {row["region"] for row in tariffs if row["date"] == start.isoformat()} == keys(book["regions"], "region")
    assert max(Counter((row["region"], row["date"]) for row in tariffs).values()) == 1


def test_no_availability_overlap(scenario: dict) -> None:
    by_region: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for event in scenario["availability"]:
        by_region[event["region"]].append((event["from"], event["to"]))
    for spans in by_region.values():
        spans.sort()
        assert all(first[1] < second[0] for first, second in pairwise(spans))


def test_the_storys_variant_adds_to_the_book_and_changes_only_what_it_says(book: dict[str, list[Row]]) -> None:
    """Fleet, lenders and the loans of `loans-high` are there as they were, but for the columns that are the story's."""
    theirs = {
        "fleet": {"rack_slots", "assumption"},
        "lenders": {"policy", "rehypothecated_share", "stop_equity_share", "term_share_per_month", "assumption"},
        "loans": {"assumption"},
    }
    for name, changed in theirs.items():
        key = name if name == "fleet" else name[:-1]
        story = {row[key]: row for row in book[f"{name}-article"]}
        for row in book["loans-high" if name == "loans" else name]:
            assert {column: text for column, text in story[row[key]].items() if column in row.keys() - changed} == {
                column: text for column, text in row.items() if column not in changed
            }
    assert {row["order"] for row in read("orders")} < {row["order"] for row in book["orders-article"]}
    assert {row["response"] for row in read("responses")} < {row["response"] for row in book["responses-article"]}


def test_a_row_of_the_story_without_a_source_says_that_it_is_the_storys(book: dict[str, list[Row]]) -> None:
    for name in ("hedges", "responses", "works"):
        for row in book[f"{name}-article"]:
            if not row["source"]:
                assert row["synthetic"] == "true"
                assert row["confidence"] == "low"
                assert "story" in row["assumption"]


def test_files_are_what_the_builder_writes() -> None:
    command = [sys.executable, str(ROOT / "tools" / "build_crisis_2022.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_row_says_how_sure_it_is() -> None:
    for name in sorted(path.stem for path in BOOK.glob("*.csv")):
        assert keys(read(name), "confidence") <= {"high", "medium", "low"}, name


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a,1,no link, kept,high", "5 cells, expected 4; quote a cell that has a comma"),
        ("a,1,a source", "3 cells, expected 4"),
        ("a,1,a source,sure", "confidence 'sure', expected one of high, medium, low"),
    ],
)
def test_facts_of_another_shape_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, said: str
) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    import crisis_2022_rows

    monkeypatch.setattr(crisis_2022_rows, "FACTS", tmp_path)
    (tmp_path / "some.csv").write_text(f"key,usd,source,confidence\na,1,b,low\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"some\.csv, row 2 \(line 3\): {said}"):
        crisis_2022_rows.facts("some")
