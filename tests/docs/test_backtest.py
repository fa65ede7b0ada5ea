"""The back-test runs on any daily file; its page is what the tool writes."""

from __future__ import annotations

import csv
import math
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FACTS = ROOT / "data" / "facts"
PAGE = ROOT / "docs" / "model" / "backtest.md"
LOCAL = ROOT.parent / "shared" / "data"  # price files that are no part of the project
PRICES = [LOCAL / "btc_ohlc_daily.csv", LOCAL / "btc_network_daily.csv"]


def rows(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "tools/backtest.py", *map(str, words)], cwd=ROOT, check=False, capture_output=True, text=True
    )


@pytest.fixture
def backtest(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tool as a module; its neighbours are imported by their plain names."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    import backtest

    return backtest


def between(closes: list[tuple[date, float]]) -> Iterable[tuple[date, float]]:
    """Dated closes with straight lines in the logarithm between them."""
    for (first, low), (last, high) in pairwise(closes):
        days = (last - first).days
        for day in range(days):
            yield first + timedelta(days=day), math.exp(math.log(low) + day / days * math.log(high / low))
    yield closes[-1]


def test_it_runs_on_closes_between_published_ones(tmp_path: Path) -> None:
    closes = [(date.fromisoformat(row["date"]), float(row["close_usd"])) for row in rows("btc_closes")]
    file = tmp_path / "mine.csv"
    file.write_text("date,close\n" + "".join(f"{day},{usd:.2f}\n" for day, usd in between(closes)), encoding="utf-8")
    ran = tool(file, "--loans", "low")
    assert ran.returncode == 0, ran.stderr
    for row in rows("backtest_targets"):
        (line,) = (line for line in ran.stdout.splitlines() if f"| {row['what']} |" in line)
        verdict = r"\d (inside|outside)(\*\*)? \|$" if row["tolerance"] else r"\d \|$"
        assert re.search(verdict, line), line
    for row in rows("failures"):
        assert f"| {row['who']} ({row['kind']}) |" in ran.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,close\n2021-11-08,1\n", "expected date and one of close_usd, price_usd, close"),
        ("date,close\n2021-11-08,1\n", "no row for 2021-11-09"),
        ("date,close\n2021-11-08,x\n", "a finite number"),
        ("date,close\n", "2021-11-08"),
    ],
)
def test_a_file_that_does_not_serve_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(text, encoding="utf-8")
    ran = tool(file)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("low", "high", "tolerance", "ours", "verdict"),
    [
        (100, 100, "5 %", 105, "inside"),
        (100, 100, "5 %", 105.1, "outside"),
        (42, 42, "6 pp", 36, "inside"),
        (42, 42, "6 pp", 35.9, "outside"),
        (20, 40, "20 %", 48, "inside"),
        (20, 40, "20 %", 15.9, "outside"),
        (-25, -25, "20 %", -30, "inside"),
        (-25, -25, "20 %", -30.1, "outside"),
        (None, 4, "25 %", 0.1, "inside"),
        (None, 4, "25 %", 5.1, "outside"),
        (15, 40, "0 pp", 40, "inside"),
        (15, 40, "", 400, ""),
    ],
)
def test_verdicts(
    backtest: ModuleType, low: float | None, high: float, tolerance: str, ours: float, verdict: str
) -> None:
    target = backtest.Target("T", "m", "", "what", low, high, "", tolerance, "high")
    assert target.verdict(ours) == verdict


def test_figures_are_short(backtest: ModuleType) -> None:
    assert [backtest.plain(number) for number in (14600.4, 246.93, 15.0, 1.842, -0.5, 0)] == [
        "14,600", "246.9", "15", "1.84", "-0.5", "0",
    ]  # fmt: skip


def test_the_page_names_every_target() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for row in rows("backtest_targets"):
        assert f"| {row['target']} | {row['what']} |" in text, "`make docs` with PRICES writes the page anew"


@pytest.mark.skipif(not all(path.is_file() for path in PRICES), reason="the daily price files are not here")
def test_the_page_is_what_the_tool_writes() -> None:
    checked = tool(*PRICES, "--check", PAGE)
    assert checked.returncode == 0, f"`make docs` with PRICES writes the page anew\n{checked.stderr}"
