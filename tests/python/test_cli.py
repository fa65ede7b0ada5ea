"""The command line: answers on stdout, messages on stderr, exit codes 0, 1, 2 and 130."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import hashstress as hs
import pytest
from click.testing import Result
from hashstress import builtin, progress

Cli = Callable[..., Result]


@pytest.fixture
def scenario(short: str, tmp_path: Path) -> Path:
    """The short scenario as a file that names its book."""
    path = tmp_path / "short.toml"
    path.write_text(f'book = "crisis-2022"\n{short}')
    return path


def test_run_prints_a_summary(cli: Cli, scenario: Path) -> None:
    done = cli("run", scenario, "--paths", "5", "--seed", "3", "--threads", "1")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Thirty days of noise: book crisis-2022, 5 paths, 30 days from 2021-11-01, seed 3")
    assert "Digest" in done.stdout


def test_run_then_show(cli: Cli, scenario: Path, tmp_path: Path) -> None:
    done = cli("run", scenario, "--paths", "5", "--out", tmp_path / "a", "--progress", "off")
    assert done.exit_code == 0, done.output
    shown = cli("show", tmp_path / "a")
    assert shown.exit_code == 0
    assert done.stdout == shown.stdout + f"Tables and manifest in {tmp_path / 'a'}\n"
    assert done.stderr == ""


def test_the_book_defaults_to_the_name_of_the_scenario(cli: Cli) -> None:
    assert cli("run", "crisis-2022", "--paths", "2").exit_code == 0


def test_check(cli: Cli) -> None:
    done = cli("check", "crisis-2022:low")
    assert done.exit_code == 0
    assert "is sound under scenario crisis-2022" in done.stdout
    assert done.stderr == ""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A copy of the built-in book in which one lender's policy is misspelt."""
    shutil.copytree(builtin.DATA / "books" / "crisis-2022", tmp_path / "mine")
    lenders = tmp_path / "mine" / "lenders.csv"
    lenders.write_text(lenders.read_text().replace("70,0,dump,", "70,0,dumb,"))
    return tmp_path / "mine"


def test_check_takes_policies_and_scenario_with_the_book(cli: Cli, scenario: Path, mine: Path) -> None:
    place = f"{mine / 'lenders.csv'}, row 5 (line 6), column policy: found 'dumb'"
    together = cli("check", mine, "--scenario", scenario)
    assert together.exit_code == 2
    assert place in together.stderr
    assert "did you mean 'dump'?" in together.stderr
    alone = cli("check", mine)
    assert alone.exit_code == 0
    assert place in alone.stderr
    assert "a scenario may define it: check with --scenario" in alone.stderr
    scenario.write_text(scenario.read_text() + '\n[policies.dumb]\nsource = "dump"\n')
    assert cli("check", mine, "--scenario", scenario).exit_code == 0


def test_check_refuses_a_scenario_that_does_not_fit_the_book(cli: Cli, scenario: Path) -> None:
    scenario.write_text(scenario.read_text().replace("2021-11-", "2021-12-"))
    done = cli("check", "crisis-2022", "--scenario", scenario)
    assert done.exit_code == 2
    assert "first payment on or before the first day" in done.stderr


def test_check_locates_problems(cli: Cli, tmp_path: Path) -> None:
    shutil.copytree(builtin.DATA / "books" / "crisis-2022", tmp_path / "mine")
    (tmp_path / "mine" / "loans.csv").write_text("loan;rate\n")
    done = cli("check", tmp_path / "mine")
    assert done.exit_code == 2
    assert f"{tmp_path / 'mine' / 'loans.csv'}, the header line: expected commas between columns" in done.stderr
    assert done.stdout == ""


def test_plugins(cli: Cli) -> None:
    done = cli("plugins", "--trace")
    assert done.exit_code == 0
    assert "anchors" in done.stdout
    records = json.loads(cli("plugins", "--json").stdout)
    assert {offer["name"] for record in records for offer in record["offers"]} >= {"anchors", "flat", "dump"}


def test_schema(cli: Cli) -> None:
    assert "loans" in cli("schema").stdout
    table = cli("schema", "loans")
    assert table.exit_code == 0
    assert "outstanding_usd" in table.stdout
    grace = next(line for line in table.stdout.splitlines() if "grace_days" in line)
    assert "default 30 " in grace
    (strike,) = (line for line in cli("schema", "fleet").stdout.splitlines() if "curtailment_strike" in line)
    assert "default empty, may be null" in strike
    lenders = cli("schema", "output.lenders").stdout
    assert "Mean loss on the loans it holds and in sales of loans" in lenders
    assert all("may be null" in line for line in lenders.splitlines() if "_se " in line)
    wrong = cli("schema", "lones")
    assert wrong.exit_code == 2
    assert "did you mean 'loans'?" in wrong.stderr


def test_the_scenario_is_wrong(cli: Cli, scenario: Path) -> None:
    scenario.write_text(scenario.read_text().replace("kappa", "kapa"))
    done = cli("run", scenario)
    assert done.exit_code == 2
    assert "asics.kapa" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["run"],
        ["run", "crisis-2O22"],
        ["run", "crisis-2022", "--paths", "0"],
        ["run", "crisis-2022", "--book", "nowhere"],
        ["check", "nowhere"],
        ["run", "crisis-2022", "--wrong"],
        ["run", "crisis-2022", "--paths", "10000001"],
        ["run", "crisis-2022", "--seed", str(1 << 64)],
        ["run", "crisis-2022", "--threads", "4097"],
        ["run", "crisis-2022", "--worst", "10001"],
        ["run", "crisis-2022", "--progress", "x"],
        ["show", "nowhere"],
        ["show", "."],
        ["show", "pyproject.toml"],
    ],
    ids=" ".join,
)
def test_bad_usage_and_bad_input_are_2(cli: Cli, words: list[str]) -> None:
    assert cli(*words).exit_code == 2


def test_a_folder_that_is_taken_is_bad_usage(cli: Cli, scenario: Path, tmp_path: Path) -> None:
    for out in (tmp_path, scenario):
        done = cli("run", scenario, "--paths", "2", "--out", out)
        assert done.exit_code == 2
        assert "not empty" in done.stderr or "is a file" in done.stderr


def test_what_fails_is_1(cli: Cli, scenario: Path, tmp_path: Path) -> None:
    assert cli("run", scenario, "--paths", "2", "--out", tmp_path / "a").exit_code == 0
    (tmp_path / "a" / "loans.parquet").unlink()
    done = cli("show", tmp_path / "a")
    assert done.exit_code == 1
    assert "loans.parquet is missing" in done.stderr


def test_a_book_in_place_of_a_scenario(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "loans.parquet").touch()
    for book in ("crisis-2022:low", tmp_path):
        done = cli("run", book)
        assert done.exit_code == 2
        assert f"'{book}' is a book: name a scenario here, and the book with --book" in done.stderr


def test_interrupted_is_130(cli: Cli, scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(hs, "run", interrupt)
    done = cli("run", scenario)
    assert done.exit_code == 130
    assert done.stderr == "Interrupted. Nothing was kept.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of a terminal")
def test_ctrl_c_ends_a_real_run_soon(scenario: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "hashstress",
        "run",
        str(scenario),
        "--paths",
        "10000000",
        "--out",
        str(tmp_path / "a"),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        deadline = time.monotonic() + 30
        while not list((tmp_path / "a").glob("paths/part-*.parquet")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        _, said = process.communicate(timeout=20)
        assert process.returncode == 130, said
        assert time.monotonic() - begun < 1.0
        assert "Traceback" not in said
        assert f"finished parts are in {tmp_path / 'a' / 'paths'}" in said


LOADING = """
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "hashstress.cli":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from hashstress.__main__ import main
main()
"""


def test_ctrl_c_while_loading_leaves_no_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_json_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    with progress.reporter(True, 10) as reporter:  # the tests' stderr is no terminal
        reporter.update(4)
        reporter.update(10)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["paths_done"] for line in lines] == [4, 10]
    assert lines[-1]["seconds_left"] == 0


def test_a_bar_can_be_drawn() -> None:
    with progress._bar(10) as bar:
        bar.update(10)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_book_is_written_to_be_edited(cli: Cli, tmp_path: Path, book: hs.Book, kind: str) -> None:
    done = cli("book", "crisis-2022", "-o", tmp_path / "mine", "--kind", kind)
    assert done.exit_code == 0, done.output
    assert f"loans.{kind}" in done.stdout
    assert f"Tables of crisis-2022 in {tmp_path / 'mine'}" in done.stdout
    assert hs.Book.read(tmp_path / "mine").digest == book.digest
    again = cli("book", "crisis-2022", "-o", tmp_path / "mine")
    assert again.exit_code == 2
    assert "is not empty" in again.stderr
    assert cli("book", "crisis-2023", "-o", tmp_path / "other").exit_code == 2
