"""Runs: the same numbers in memory and on disk, for any number of threads; whole files or none; Ctrl-C keeps what is finished."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hashstress as hs
import pyarrow as pa
import pytest
from hashstress import _core, running
from hashstress.streams import StreamTable
from hashstress.text import share_half_width

Edited = Callable[..., hs.Scenario]

TABLES = ("paths", "loans", "miners", "lenders", "daily", "events", "ledger")


@pytest.fixture(scope="module")
def scenario() -> hs.Scenario:
    return hs.Scenario.read("crisis-2022")


@pytest.fixture(scope="module")
def results(book: hs.Book, scenario: hs.Scenario) -> hs.Results:
    return hs.run(book, scenario, paths=40, seed=7, worst=2)


def test_the_built_in_example(results: hs.Results, book: hs.Book) -> None:
    rows = {name: getattr(results, name).num_rows for name in TABLES}
    assert rows["paths"] == 40
    assert (rows["loans"], rows["miners"], rows["lenders"]) == tuple(
        book.counts[name] for name in ("loans", "miners", "lenders")
    )
    assert all(rows.values())
    assert [row["path"] for row in results.paths.rows()] == list(range(40))


def test_the_books_close(results: hs.Results) -> None:
    for row in results.paths.rows():
        assert (row["residual_cents"], row["residual_sats"], row["residual_machines"]) == (0, 0, 0)


def test_journals_are_of_the_worst_paths(results: hs.Results) -> None:
    rows = sorted(results.paths.rows(), key=lambda row: (-row["loss_usd"], row["path"]))
    worst = {row["path"] for row in rows[:2]}
    assert {row["path"] for row in results.events.rows()} == worst
    assert {row["path"] for row in results.ledger.rows()} == worst


@pytest.mark.parametrize("name", TABLES)
def test_tables_stream_again_and_again(results: hs.Results, name: str) -> None:
    table = getattr(results, name)
    first, second = pa.table(table), pa.table(table)
    assert first.equals(second)
    assert pa.schema(table) == first.schema
    assert table.column_names == first.column_names
    assert len(table) == first.num_rows


@pytest.mark.parametrize("where", ["memory", "folder"])
def test_some_columns_alone_in_the_order_asked_for(results: hs.Results, folder: Path, where: str) -> None:
    paths = (results if where == "memory" else hs.Results.read(folder)).paths
    some = paths.select(["loss_usd", "path"])
    assert some.column_names == ["loss_usd", "path"]
    assert pa.table(some).equals(pa.table(paths).select(["loss_usd", "path"]))
    assert sum(batch.num_rows for batch in some.batches()) == some.num_rows == paths.num_rows
    with pytest.raises(KeyError, match="no column 'los'"):
        paths.select(["los"])


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_and_blocks_change_nothing(
    results: hs.Results, book: hs.Book, scenario: hs.Scenario, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BLOCK", 16)
    again = hs.run(book, scenario, paths=40, seed=7, worst=2, threads=threads)
    assert again.manifest["results_digest"] == results.manifest["results_digest"]
    for name in TABLES:
        assert pa.table(getattr(again, name)).equals(pa.table(getattr(results, name)))


def test_another_seed_is_another_run(results: hs.Results, book: hs.Book, scenario: hs.Scenario) -> None:
    assert (
        hs.run(book, scenario, paths=40, seed=8, worst=0).manifest["results_digest"]
        != results.manifest["results_digest"]
    )


def test_a_folder_holds_the_same(results: hs.Results, book: hs.Book, scenario: hs.Scenario, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "BLOCK", 16)
        hs.run(book, scenario, paths=40, seed=7, worst=2, out=tmp_path / "a")
    read = hs.Results.read(tmp_path / "a")
    assert len(list((tmp_path / "a" / "paths").iterdir())) == 3
    for name in TABLES:
        assert pa.table(getattr(read, name)).equals(pa.table(getattr(results, name))), name
    assert read.manifest["results_digest"] == results.manifest["results_digest"]
    assert not list(tmp_path.rglob("*.tmp"))


def test_the_manifest_says_what_made_the_numbers(results: hs.Results, book: hs.Book) -> None:
    found = json.loads(json.dumps(results.manifest))
    assert found["book"]["digest"] == book.digest
    assert found["book"]["files"]["loans"]["file"] == "loans.csv"
    assert (found["seed"], found["paths"], found["paths_done"]) == (7, 40, 40)
    assert 0 <= found["border_share"] <= 1
    used = {use for plugin in found["plugins"] for use in plugin.get("uses", [])}
    assert "hashstress_price_source:anchors" in used
    assert all(len(plugin["sha256"]) == 64 for plugin in found["plugins"] if "uses" in plugin)
    assert set(found["versions"]) >= {"engine", "python", "pyarrow"}
    assert found["engine_sha256"] == hashlib.sha256(Path(_core.__file__).read_bytes()).hexdigest()


def test_what_the_scenario_fails_is_told_apart(book: hs.Book, edited: Edited, results: hs.Results) -> None:
    dates = {"celsius": "2022-07-13", "ftx": "2022-11-11", "silvergate": "2023-03-08"}
    assert results.manifest["scenario"]["lender_failures"] == dates
    own = ["blockfi", "genesis", "babel-finance"]  # of what they had at FTX, and of a loss; the largest lender first
    by_date = list(dates)
    assert results.manifest["summary"]["lenders_failed_by_scenario_mean"] == len(by_date)
    assert {row["lender"] for row in results.lenders.rows() if row["pd_scenario"] == 1} == set(by_date)
    model, scenario = results.summary().split("\n\n")[1:3]
    assert model.splitlines()[0] == "Lenders that fail in the model (share of paths, median date)"
    assert [line.split()[0] for line in model.splitlines()[1:]] == own
    assert scenario.splitlines()[0] == "Lenders that the scenario fails (share of paths, its date)"
    said = [line.split() for line in scenario.splitlines()[1:]]
    assert [row for row in said if row[1] == "all"] == [[name, "all", dates[name]] for name in by_date]
    assert "fails by the scenario" in results._repr_html_()
    assert "the scenario fails" not in hs.run(book, edited(), paths=2).summary()


def test_a_model_failure_before_the_date_is_the_models(book: hs.Book, edited: Edited) -> None:
    run_on = '[[lender_events]]\ndate = 2021-11-05\nlender = "nydig"\nkind = "withdrawal"\namount_usd = 1e12\n'
    fail = '[[lender_events]]\ndate = 2021-11-20\nlender = "nydig"\nkind = "fail"\n'
    results = hs.run(book, edited("[impact]\n", f"{run_on}{fail}[impact]\n"), paths=9)
    (row,) = (row for row in results.lenders.rows() if row["lender"] == "nydig")
    assert (row["pd"], row["pd_scenario"], str(row["failure_date_median"])) == (1, 0, "2021-11-05")
    model, scenario = results.summary().split("\n\n")[1:3]
    assert model.splitlines()[1].split() == ["nydig", "100.0", "±", "5.0", "%", "before", "2021-11-20"]
    assert scenario.splitlines()[1].split() == ["nydig", "0.0", "±", "5.0", "%", "2021-11-20"]
    assert "before DATE: the scenario fails it on DATE" in model


def test_the_summary_has_an_error_beside_each_estimate(results: hs.Results) -> None:
    text = results.summary()
    assert "Lenders that fail in the model" in text
    assert "± 0.0" not in text.partition("Losses by lender")[0]
    assert results.manifest["results_digest"] in text
    losses = text.partition("Losses by lender")[2].partition("\n\n")[0].splitlines()[1:]
    assert all(line.count("±") >= 1 for line in losses)
    bare = sum(line.count("USD") - line.count("±") for line in losses)  # tails of one or two losses
    assert bare > 0
    assert "A number without ± has no error: too few paths" in text
    assert "celsius" in text
    assert "<table>" in results._repr_html_()
    assert len(repr(results)) < 200


def test_one_path_is_told_without_errors(book: hs.Book, edited: Edited) -> None:
    results = hs.run(book, edited(), paths=1)
    text = results.summary()
    assert "<p>One path: " in results._repr_html_()
    assert ", 1 path, " in text
    assert text.count("±") == 1
    assert "One path: there is no error to estimate, so nothing here has a ±." in text
    assert "too few paths" not in text


def test_channels_that_are_off_head_the_summary(book: hs.Book, edited: Edited) -> None:
    whole, less = (
        hs.run(book, edited().with_channels(**off), paths=2) for off in ({}, {"rescue": False, "impact": False})
    )
    assert less.summary().splitlines()[1] == "channels off: impact, rescue"
    assert "; channels off: impact, rescue</caption>" in less._repr_html_()
    assert "channels off" not in whole.summary() + whole._repr_html_()


def test_among_equals_the_largest_debtor_comes_first(results: hs.Results) -> None:
    owed: dict[str, float] = {}
    for loan in results.loans.rows():
        owed[loan["miner"]] = owed.get(loan["miner"], 0.0) + loan["outstanding_usd"]
    sure = {row["miner"] for row in results.miners.rows() if row["pd"] == 1}
    (section,) = (part for part in results.summary().split("\n\n") if part.startswith("Miners that default"))
    shown = [line.split()[0] for line in section.splitlines()[1:]]
    first = [miner for miner in shown if miner in sure]
    assert len(first) > 3
    assert first == sorted(sure, key=lambda miner: (-owed.get(miner, 0.0), miner))[: len(first)]


def test_nothing_is_minus_zero(results: hs.Results) -> None:
    for name in TABLES:
        table = pa.table(getattr(results, name))
        for column in (column for column in table.column_names if pa.types.is_floating(table[column].type)):
            values = table[column].drop_null().to_pylist()
            assert not any(value == 0 and math.copysign(1, value) < 0 for value in values), f"{name}.{column}"


def test_a_share_of_all_paths_or_none_has_an_error(results: hs.Results) -> None:
    for table in (results.loans, results.miners, results.lenders):
        for row in table.rows():
            assert row["pd_se"] == pytest.approx(share_half_width(row["pd"], 40), rel=1e-12)
            assert row["pd_se"] >= 0.5 / 41


@pytest.mark.parametrize("name", ["events", "ledger"])
def test_without_journals_their_tables_are_empty(
    results: hs.Results, book: hs.Book, edited: Edited, tmp_path: Path, name: str
) -> None:
    schema = pa.schema(getattr(results, name))
    for out in (None, tmp_path / "a"):
        table = getattr(hs.run(book, edited(), paths=2, worst=0, out=out), name)
        assert pa.table(table).num_rows == 0
        assert pa.schema(table) == schema


def test_names_will_do(edited: Edited) -> None:
    assert hs.run("crisis-2022", edited(), paths=2).paths.num_rows == 2


@pytest.mark.parametrize(
    "wrong",
    [{"paths": 0}, {"paths": 1.5}, {"paths": True}, {"seed": -1}, {"threads": 0}, {"worst": -1}, {"progress": "x"}],
)
def test_arguments_that_cannot_be_meant(book: hs.Book, edited: Edited, wrong: dict[str, Any]) -> None:
    with pytest.raises(hs.UsageError, match=next(iter(wrong))):
        hs.run(book, edited(), **wrong)


def test_a_folder_with_something_in_it_is_left_alone(book: hs.Book, edited: Edited, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").touch()
    with pytest.raises(hs.UsageError, match="not empty"):
        hs.run(book, edited(), paths=2, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


class Interrupted:
    """A progress report during which Ctrl-C is pressed, once so many paths are done."""

    def __init__(self, after: int) -> None:
        self.after = after

    def update(self, done: int) -> None:
        if done >= self.after:
            raise KeyboardInterrupt


def test_ctrl_c_keeps_what_is_finished(
    book: hs.Book, edited: Edited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BLOCK", 16)
    compiled, order = edited().compile(book), running._Order(64, 7, None, 1)
    job = running._Job(order, book, edited(), compiled, running.plugins.registry())
    with pytest.raises(KeyboardInterrupt) as caught, running.FolderSink.new(tmp_path / "a", job.identity()) as sink:
        job.play(sink, Interrupted(48))
    assert caught.value.__notes__[0].startswith(f"2 finished parts are in {tmp_path / 'a' / 'paths'}")
    assert len(list((tmp_path / "a" / "paths").glob("part-*.parquet"))) == 2
    assert not (tmp_path / "a" / "manifest.json").exists()
    with pytest.raises(hs.RunError, match="not finished"):
        hs.Results.read(tmp_path / "a")


@pytest.mark.parametrize("there", [False, True])
def test_ctrl_c_before_the_first_part_leaves_no_folder(
    book: hs.Book, edited: Edited, tmp_path: Path, there: bool
) -> None:
    folder = tmp_path / "a"
    if there:
        folder.mkdir()
    job = running._Job(
        running._Order(64, 7, None, 1), book, edited(), edited().compile(book), running.plugins.registry()
    )
    with pytest.raises(KeyboardInterrupt) as caught, running.FolderSink.new(folder, job.identity()) as sink:
        job.play(sink, Interrupted(0))
    assert caught.value.__notes__ == [f"No part was finished and {folder} is {'as it was' if there else 'not there'}."]
    assert list(tmp_path.rglob("*")) == ([folder] if there else [])


# -- reading results back


@pytest.fixture
def folder(book: hs.Book, edited: Edited, tmp_path: Path) -> Path:
    hs.run(book, edited(), paths=3, out=tmp_path / "a")
    return tmp_path / "a"


def test_book_and_scenario_in_each_others_place_are_told(book: hs.Book, edited: Edited) -> None:
    with pytest.raises(hs.UsageError, match="a book is read from a Scenario, expected its name or folder"):
        hs.run(edited(), book, paths=2)  # type: ignore[arg-type]
    with pytest.raises(hs.UsageError, match="a scenario is read from a Book, expected its name or file"):
        hs.Scenario.read(book)  # type: ignore[arg-type]


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(hs.UsageError, match="not the folder of a run"):
        hs.Results.read(tmp_path)
    with pytest.raises(hs.UsageError, match="is not there"):
        hs.Results.read(tmp_path / "nowhere")


@pytest.mark.parametrize("damage", ["missing", "short", "manifest", "outside"])
def test_damaged_folders(folder: Path, damage: str) -> None:
    manifest = folder / "manifest.json"
    if damage == "missing":
        (folder / "loans.parquet").unlink()
    elif damage == "short":
        (folder / "loans.parquet").write_bytes(b"PAR1")
    elif damage == "manifest":
        manifest.write_text("{}")
    else:
        manifest.write_text(manifest.read_text().replace("loans.parquet", "../loans.parquet"))
    with pytest.raises(hs.RunError, match=r"loans\.parquet|manifest"):
        hs.Results.read(folder)


def test_a_table_can_be_shown(folder: Path) -> None:
    table = hs.Results.read(folder).paths
    assert isinstance(table, StreamTable)
    assert "3 rows" in repr(table)
    assert "<caption>3 rows</caption>" in table._repr_html_()
