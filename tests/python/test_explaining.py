"""`explain`: a path is played again from the run's own inputs, and stops when they are not its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hashstress as hs
import numpy as np
import pyarrow as pa
import pytest
from click.testing import Result
from hashstress import plugins
from hashstress.hookspecs import ScenarioSource, hookimpl

Cli = Callable[..., Result]
Edited = Callable[..., hs.Scenario]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the built-in book and scenario with one journal."""
    place = tmp_path_factory.mktemp("runs") / "a"
    hs.run("crisis-2022", "crisis-2022", paths=12, worst=1, out=place)
    return place


@pytest.fixture(scope="module")
def results(folder: Path) -> hs.Results:
    return hs.Results.read(folder)


@pytest.fixture(scope="module")
def worst(results: hs.Results) -> int:
    """The path whose journal the run kept."""
    return int(next(results.events.rows())["path"])


@pytest.fixture
def own(tmp_path: Path, book: hs.Book, short: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scenario, a book and a run of both, as the command line makes it from the folder above."""
    (tmp_path / "own").mkdir()
    book.write(tmp_path / "own" / "mybook")
    (tmp_path / "own" / "mine.toml").write_text(f'book = "mybook"\n{short}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "own"


def test_a_book_beside_its_scenario_is_found_from_anywhere(
    cli: Cli, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = cli("run", "own/mine.toml", "--paths", "2", "--out", "own/run", "--progress", "off")
    assert done.exit_code == 0, done.stderr
    monkeypatch.chdir("/")
    assert cli("explain", own / "run", "--path", "1").exit_code == 0
    (own / "mybook").rename(own / "moved")
    lost = cli("explain", own / "run", "--path", "1")
    assert lost.exit_code == 2
    assert f"the run's book {own / 'mybook'} is not there: say where it is with --book" in lost.stderr
    assert cli("explain", own / "run", "--path", "1", "--book", own / "moved").exit_code == 0


def test_the_book_of_a_base_lies_beside_the_base(own: Path) -> None:
    (own.parent / "top.toml").write_text('name = "top"\nbase = "own/mine.toml"\n', encoding="utf-8")
    assert Path(hs.Scenario.read("top.toml").book) == Path("own/mybook")
    assert hs.Scenario.read("crisis-2022").book == "crisis-2022"
    with pytest.raises(hs.ScenarioError, match=r"book: is missing, and there is no book 'short': .* --book"):
        _ = hs.Scenario.from_text((own / "mine.toml").read_text().partition("\n")[2]).book


def test_a_book_made_of_tables_is_asked_for(book: hs.Book, edited: Edited) -> None:
    of = hs.Book.from_tables(**{name: pa.table(table) for name, table in book.tables.items()})
    with pytest.raises(hs.UsageError, match="made of tables in Python: give it again"):
        hs.explain(hs.run(of, edited(), paths=2), path=0)


def test_a_path_is_played_again_as_it_was(results: hs.Results, worst: int) -> None:
    journal = hs.explain(results, path=worst)
    assert pa.table(journal.events).equals(pa.table(results.events))
    assert pa.table(journal.ledger).equals(pa.table(results.ledger))
    assert journal.loss_usd == results.paths.row(worst)["loss_usd"]
    assert len(list(journal.event_rows())) == journal.events.num_rows
    assert {row["path"] for row in hs.explain(results, path=(worst + 1) % 12).events.rows()} == {(worst + 1) % 12}


def test_what_concerns_one_entity(results: hs.Results, book: hs.Book, worst: int) -> None:
    event = next(row for row in results.events.rows() if row["kind"] == "seizure" and row["amount"])
    (loan,) = (row for row in pa.table(book.tables["loans"]).to_pylist() if row["loan"] == event["entity"])
    about = hs.explain(results, path=worst, loan=loan["loan"])
    known = {
        ("loan", loan["loan"]),
        ("miner", loan["miner"]),
        ("lender", loan["lender"]),
        ("fleet", loan["collateral_fleet"]),
    }
    found = {(row["entity_kind"], row["entity"]) for row in about.event_rows()}
    assert {("loan", loan["loan"])} <= found <= known
    accounts = [{row["from_account"], row["to_account"]} for row in about.posting_rows()]
    assert any(f"lot:{loan['loan']}" in pair for pair in accounts)
    for kind in ("miner", "lender"):
        some = hs.explain(results, path=worst, **{kind: loan[kind]})  # type: ignore[arg-type]
        found = {(row["entity_kind"], row["entity"]) for row in some.event_rows()}
        assert ("loan", loan["loan"]) in found
        assert (kind, loan[kind]) in some.about
        assert 0 < len(list(some.posting_rows())) < results.ledger.num_rows


def test_every_amount_has_its_unit(results: hs.Results) -> None:
    """The engine's list of events says what each counts; nothing but those without an amount counts nothing."""
    assert not {row["kind"] for row in results.events.rows() if row["amount"] and not row["unit"]}
    units = {row["kind"]: row["unit"] for row in results.events.rows()}
    assert units["retarget"] == "difficulty"
    assert units["loan_default"] == "cents"
    assert units["sell_mode"] == ""
    assert set(units.values()) <= {"", "cents", "sats", "machines", "slots", "difficulty"}


def test_a_folder_will_do(folder: Path, results: hs.Results, worst: int) -> None:
    assert pa.table(hs.explain(str(folder), path=worst).events).equals(pa.table(results.events))
    assert hs.explain(folder, path=0).path == 0
    with pytest.raises(hs.UsageError, match="results is a int, expected Results or the folder of a run"):
        hs.explain(3, path=0)  # type: ignore[arg-type]


def test_names_of_book_and_scenario_will_do(results: hs.Results, worst: int) -> None:
    by_name = hs.explain(results, path=worst, loan="stronghold-nydig-abl", book="crisis-2022", scenario="crisis-2022")
    assert list(by_name.event_rows()) == list(hs.explain(results, path=worst, loan="stronghold-nydig-abl").event_rows())


def test_what_the_asked_one_lost(results: hs.Results, book: hs.Book, worst: int) -> None:
    lenders, miners = (book.column(f"{kind}s", kind) for kind in ("lender", "miner"))
    assert hs.explain(results, path=worst).own_loss_usd is None
    whole = hs.explain(results, path=worst).loss_usd
    for kind, keys in (("lender", lenders), ("miner", miners)):
        lost = [hs.explain(results, path=worst, **{kind: key}).own_loss_usd for key in keys[:40]]  # type: ignore[arg-type]
        assert all(usd is not None for usd in lost)
        assert kind == "miner" or sum(usd or 0.0 for usd in lost) == pytest.approx(whole, abs=0.01)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"path": 12}, "from 0 to 11"),
        ({"path": -1}, "from 0 to 11"),
        ({"path": True}, "from 0 to 11"),
        ({"path": 0, "miner": "arg"}, r"no miner 'arg'; did you mean 'argo'\?"),
        ({"path": 0, "miner": "argo", "lender": "nydig"}, "one of loan, miner and lender"),
    ],
)
def test_what_the_run_has_not(results: hs.Results, asked: dict[str, Any], text: str) -> None:
    with pytest.raises(hs.UsageError, match=text):
        hs.explain(results, **asked)


def test_other_inputs_are_refused(results: hs.Results, edited: Edited) -> None:
    with pytest.raises(hs.UsageError, match="book crisis-2022:low is not the one of this run: its digest is"):
        hs.explain(results, path=0, book=hs.Book.read("crisis-2022:low"))
    with pytest.raises(hs.UsageError, match=r"scenario .* is not the one of this run"):
        hs.explain(results, path=0, scenario=edited())


def test_an_engine_that_plays_otherwise_is_told(results: hs.Results) -> None:
    changed = json.loads(json.dumps(results.manifest))
    changed["seed"] = 8  # as if the same seed gave other numbers
    tables = {name: getattr(results, name) for name in ("paths", "events", "ledger")}
    with pytest.raises(hs.RunError, match="plays otherwise than in the run"):
        hs.explain(hs.Results(tables, changed), path=0)


class Noise:
    """A price source whose paths do not repeat."""

    @hookimpl
    def hashstress_price_source(self) -> list[ScenarioSource]:
        numbers = np.random.default_rng(1)

        def paths(_context: object, _first: int, count: int, days: int) -> Any:
            return 30000 + numbers.random((count, days))

        made = type("Made", (), {"paths": staticmethod(paths)})
        return [ScenarioSource("noise", mode="batch", factory=lambda _: made(), deterministic=False)]


def test_prices_that_cannot_be_had_again(book: hs.Book, edited: Edited) -> None:
    plugins.register(Noise(), "noise")
    try:
        scenario = edited('"gbm"\nstart_usd = 30000.0\nvolatility_annual = 0.9', '"noise"')
        results = hs.run(book, scenario, paths=3)
        with pytest.raises(hs.RunError, match="'noise' does not repeat its paths"):
            hs.explain(results, path=1, book=book, scenario=scenario)
    finally:
        plugins.unregister("noise")


def test_the_command(cli: Cli, folder: Path, worst: int) -> None:
    done = cli("explain", folder, "--path", str(worst), "--loan", "argo-nydig-abl")
    assert done.exit_code == 0, done.output
    *events, closing = done.stdout.splitlines()
    whole = cli("explain", folder, "--path", str(worst), "--loan", "argo-nydig-abl", "--all").stdout.splitlines()
    count = len(whole) - 1
    said = f"Path {worst}: {count} events in {len(events)} lines (--all: a line each); loss on loan argo-nydig-abl "
    assert closing.startswith(said)
    assert ", of all lenders " in closing
    assert whole[-1].startswith(f"Path {worst}: {count} events; loss on loan argo-nydig-abl ")
    assert len(events) < count
    assert not any(" cents" in line or " sats" in line for line in whole)
    assert any(line.endswith(" USD") and " loan_default " in line for line in events)
    assert "; loss of nydig " in cli("explain", folder, "--path", str(worst), "--lender", "nydig").stdout
    assert any("lender" not in line and "miner" in line and " argo" in line for line in events)
    ledger = cli("explain", folder, "--path", str(worst), "--miner", "argo", "--ledger")
    assert "world -> miner:argo" in ledger.stdout
    assert cli("explain", folder, "--path", "99").exit_code == 2
    assert cli("explain", folder.parent, "--path", "0").exit_code == 2
