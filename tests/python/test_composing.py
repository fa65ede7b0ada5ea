"""A scenario on top of another: what holds in the end, where an error stands, and what a run keeps of the files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hashstress as hs
import numpy as np
import pytest
from click.testing import Result
from hashstress import plugins
from hashstress.hookspecs import ScenarioSource, hookimpl
from hashstress.layers import MOST_BASES

from tests.python.conftest import SHORT

Cli = Callable[..., Result]
Top = Callable[..., hs.Scenario]

EVENTS = """
[[availability]]
region = "us-ercot"
from = 2021-11-05
to = 2021-11-20
share = 0.5

[[lender_events]]
date = 2021-11-10
lender = "genesis"
kind = "loss"
amount_usd = 1e6

[[lender_events]]
date = 2021-11-25
lender = "blockfi"
kind = "fail"

[[deliveries]]
cohort = "china-s9-q1"
date = 2021-11-03
hashrate_ths = 1000.0

[[deliveries]]
cohort = "china-s9-q2"
date = 2021-11-28
hashrate_ths = 2000.0
"""
BASE = SHORT + EVENTS


@pytest.fixture
def top(tmp_path: Path) -> Top:
    """`top(text)`: a scenario with `base.toml` below it; other files by name."""

    def build(text: str = "", *, name: str = "top", base: str = BASE, **files: str) -> hs.Scenario:
        (tmp_path / "base.toml").write_text(base)
        for file, content in files.items():
            (tmp_path / f"{file}.toml").write_text(content)
        (tmp_path / "top.toml").write_text(f'name = "{name}"\nbase = "base.toml"\n{text}')
        return hs.Scenario.read(tmp_path / "top.toml")

    return build


def spec(scenario: hs.Scenario, book: hs.Book) -> dict[str, Any]:
    return scenario.compile(book).spec


def problems(call: Callable[[], object]) -> list[tuple[str, int | None, str | None, str]]:
    """Path, line, file and text of each problem."""
    with pytest.raises(hs.ScenarioError) as caught:
        call()
    return [(found.path, found.line, found.file, found.text) for found in caught.value.problems]


# What holds


def test_nothing_said_is_the_base(top: Top, book: hs.Book) -> None:
    alone = hs.Scenario.from_text(BASE)
    assert spec(top(), book) == spec(alone, book)
    assert spec(top('[scale]\nprice = 1\npower = 1.0\n"impact.y" = 1\n[add]\npower = 0\n"impact.y" = 0'), book) == spec(
        alone, book
    )


def test_own_keys_come_first(top: Top) -> None:
    file = top('title = "mine"\nestate_days = 5\n[impact]\ny = 3.0\n[network]\nfees = [["2021-11", 5]]').file
    assert (file.name, file.title, file.estate_days) == ("top", "mine", 5)
    assert (file.impact.y, file.impact.sigma_daily) == (3.0, 0.03)  # tables are merged
    assert [sats for _, sats in file.network.fees] == [5]  # arrays are not
    assert file.network.height == 738000


def test_what_a_file_says_of_itself_is_not_inherited(top: Top) -> None:
    said = BASE.replace('title = "Thirty days of noise"', 'title = "x"\nexpect = "y"\ncitations = ["z"]')
    scenario = top(base=said)
    assert (scenario.file.title, scenario.file.expect, scenario.file.citations) == ("", "", [])
    ((origin, cited),) = scenario.citations_below()
    assert origin.endswith("base.toml")
    assert [citation.source for citation in cited] == ["z"]
    nameless = 'base = "base.toml"\n'
    (scenario.folder / "nameless.toml").write_text(nameless)
    assert ("name", None, None, "is missing") in problems(lambda: hs.Scenario.read(scenario.folder / "nameless.toml"))


def test_another_plugin_starts_anew(top: Top, book: hs.Book) -> None:
    anchors = (
        '[price]\nsource = "anchors"\nvolatility_daily = 0.01\nanchors = [["2021-11-01", 100.0], ["2021-11-30", 50.0]]'
    )
    middle = 'name = "middle"\nbase = "base.toml"\n[scale]\nprice = 7\n'
    assert spec(top("[scale]\nprice = 2", middle=middle), book)["price"]["start_usd"] == 60_000
    (folder := top(middle=middle).folder).joinpath("deep.toml").write_text(
        f'name = "deep"\nbase = "middle.toml"\n{anchors}\n[scale]\nprice = 2'
    )
    found = spec(hs.Scenario.read(folder / "deep.toml"), book)["price"]
    assert found["anchors"] == [[0, 200.0], [29, 100.0]]  # not times 7 as well: that was on the other source
    policy = '[policies.dump]\nrules = [{ max_clearing_to_index = 0.5, action = "hold" }]\n'
    held = top('[policies.dump]\nsource = "hold"\nhold_days = 9', base=BASE + policy)
    assert spec(held, book)["policies"]["dump"]["hold_days"] == 9


def test_paths_of_numbers(top: Top) -> None:
    file = top(
        """
[scale]
"impact.y" = 2
impact.sigma_daily = 0.5
"network.fees" = 3
"asics.tiers.elasticity" = 0.5
"asics.tiers[3].scrap_usd_per_th" = 4
"deliveries.hashrate_ths" = 1.5
"lender_events.amount_usd" = 2
estate_days = 3
[add]
"impact.y" = 0.25
"network.fees" = 1
estate_days = -1
"""
    ).file
    assert (file.impact.y, file.impact.sigma_daily) == (2.25, 0.015)  # first the factor, then the amount
    assert [sats for _, sats in file.network.fees] == [30_000_001, 33_000_001]
    assert [tier.elasticity for tier in file.asics.tiers] == [0.6, 0.6, 0.6, 0.55]
    assert [tier.scrap_usd_per_th for tier in file.asics.tiers] == [4.0, 3.0, 2.0, 4.0]
    assert [row.hashrate_ths for row in file.deliveries] == [1500.0, 3000.0]
    assert [row.amount_usd for row in file.lender_events] == [2e6, 0.0]  # a failure has no amount and gets none
    assert file.estate_days == 29
    assert isinstance(file.estate_days, int)


def test_files_apply_from_the_inside_out(top: Top) -> None:
    middle = 'name = "middle"\nbase = "base.toml"\n[scale]\n"impact.y" = 2\n[add]\n"impact.y" = 1\n'
    top(middle=middle)
    folder = top(middle=middle).folder
    (folder / "outer.toml").write_text('name = "outer"\nbase = "middle.toml"\n[scale]\n"impact.y" = 10\n')
    assert hs.Scenario.read(folder / "outer.toml").file.impact.y == 30.0
    (folder / "outer.toml").write_text(
        'name = "o"\nbase = "middle.toml"\n[impact]\ny = 1.0\n[scale]\n"impact.y" = 10\n'
    )
    assert hs.Scenario.read(folder / "outer.toml").file.impact.y == 10.0


def test_rows_come_last_as_they_are_written(top: Top, book: hs.Book) -> None:
    found = spec(
        top(
            """
[scale]
"deliveries.hashrate_ths" = 2
[[add.deliveries]]
cohort = "china-s9-q3"
date = 2021-11-04
hashrate_ths = 7.0
[[add.lender_events]]
date = 2021-11-11
lender = "galaxy"
kind = "fail"
[[add.availability]]
region = "us-nyiso"
from = 2021-11-30
to = 2021-11-30
share = 0.25
"""
        ),
        book,
    )
    assert [row["hashrate_ths"] for row in found["deliveries"]] == [2000.0, 4000.0, 7.0]
    assert [row["lender"] for row in found["lender_events"]] == ["genesis", "galaxy", "blockfi"]
    assert (found["availability"]["us-nyiso"][-1], found["availability"]["us-ercot"][4]) == (0.25, 0.5)


# Prices and tariffs as a whole


def test_tariffs_as_a_whole_and_by_region(top: Top, book: hs.Book) -> None:
    found = spec(top('[scale]\npower = 1.5\n"power.us-ercot" = 2\n[add]\n"power.us-ercot" = -30.0'), book)
    tariffs = found["tariff_usd_per_mwh"]
    assert set(tariffs["us-nyiso"]) == {90.0}
    assert set(tariffs["us-ercot"]) == {150.0}
    flat = spec(top('[scale]\n"power.usd_per_mwh" = 0.5'), book)["tariff_usd_per_mwh"]
    assert {usd for values in flat.values() for usd in values} == {30.0}


def test_prices_that_are_drawn(top: Top, book: hs.Book) -> None:
    assert spec(top("[scale]\nprice = 0.8"), book)["price"]["start_usd"] == 24_000.0
    off = "[channels]\nimpact = false\n"  # else forced sales move the two alike, but not by a factor
    once, twice = (hs.run(book, top(f"{off}{more}"), paths=8) for more in ("", "[scale]\nprice = 2"))
    lows = zip(once.paths.rows(), twice.paths.rows(), strict=True)
    assert all(double["btc_low_usd"] == pytest.approx(2 * single["btc_low_usd"]) for single, double in lows)


def test_prices_of_a_table(top: Top, book: hs.Book, tmp_path: Path) -> None:
    rows = "\n".join(f"2021-11-{day:02},{100 + day},{90 + day}" for day in range(1, 31))
    (tmp_path / "mine.csv").write_text(f"date,close_usd,low_usd\n{rows}\n")
    text = '[price]\nsource = "history"\nfile = "mine.csv"\n[scale]\nprice = 2\n[add]\nprice = 5'
    found = spec(top(text), book)["price"]
    assert found["close_usd"][:2] == [207.0, 209.0]
    assert found["low_usd"][:2] == [187.0, 189.0]


class Steady:
    """A batch source: every path is 1,000 USD for ever, its lows 900."""

    @hookimpl
    def hashstress_price_source(self) -> list[ScenarioSource]:
        def paths(_context: object, _first: int, count: int, days: int) -> Any:
            return np.full((count, days), 1000.0), np.full((count, days), 900.0)

        made = type("Made", (), {"paths": staticmethod(paths)})
        return [ScenarioSource("steady", mode="batch", factory=lambda _: made())]


def test_prices_in_batches(top: Top, book: hs.Book) -> None:
    plugins.register(Steady(), "steady")
    try:
        batch = top('[price]\nsource = "steady"\n[scale]\nprice = 3\n[add]\nprice = -1').compile(book).batch
        assert batch
        block = batch.block(7, 0, 2)
        assert set(np.frombuffer(block.close_usd)) == {2999.0}
        assert set(np.frombuffer(block.low_usd)) == {2699.0}
        low = top('[price]\nsource = "steady"\n[add]\nprice = -950')
        ((path, line, _, text),) = problems(lambda: hs.run(book, low, paths=2))
        assert (path, line) == ("add.price", 6)
        assert "makes a price -50, expected 1e-06 to 1e+12 USD" in text
    finally:
        plugins.unregister("steady")


# Files, and the run


def test_files_lie_beside_the_file_that_names_them(book: hs.Book, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    regions = book.column("regions", "region")
    for folder, usd in ((inner, 50), (tmp_path, 70)):
        lines = "\n".join(f"2021-11-01,{region},{usd}" for region in regions)
        (folder / "tariffs.csv").write_text(f"date,region,tariff_usd_per_mwh\n{lines}\n")
    history = 'source = "history"\nfile = "tariffs.csv"'
    (inner / "base.toml").write_text(BASE.replace('source = "flat"\nusd_per_mwh = 60.0', history))
    for text, usd in (("", 50), ('[power]\nfile = "tariffs.csv"', 70)):
        (tmp_path / "top.toml").write_text(f'name = "top"\nbase = "inner/base.toml"\n{text}')
        tariffs = spec(hs.Scenario.read(tmp_path / "top.toml"), book)["tariff_usd_per_mwh"]
        assert {value for values in tariffs.values() for value in values} == {usd}


def test_a_short_run_on_a_long_base(top: Top, book: hs.Book) -> None:
    scenario = top("end = 2021-11-15")
    found = spec(scenario, book)
    assert [row["lender"] for row in found["lender_events"]] == ["genesis"]
    assert [row["cohort"] for row in found["deliveries"]] == ["china-s9-q1"]
    assert found["availability"]["us-ercot"] == [1.0] * 4 + [0.5] * 11
    assert hs.run(book, scenario, paths=2).manifest["scenario"]["lender_failures"] == {}
    own = """end = 2021-11-15
[[add.deliveries]]
cohort = "china-s9-q1"
date = 2021-11-16
hashrate_ths = 1.0
"""
    ((path, line, file, text),) = problems(lambda: spec(top(own), book))
    assert (path, line, file) == ("deliveries[2].date", 6, None)
    assert "2021-11-16 lies outside the run" in text


def test_the_book_it_is_made_for(top: Top, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\nbase = "crisis-2022"\n')
    assert hs.Scenario.read(tmp_path / "mine.toml").book == "crisis-2022"
    assert top().book == "top"
    assert top('book = "other"').book == "other"


def test_the_digest_covers_every_text(top: Top) -> None:
    assert hs.Scenario.from_text(BASE).sha256 == hashlib.sha256(BASE.encode()).hexdigest()
    one, other, third = top(), top(base=BASE + "# x\n"), top("# x\n")
    assert len({one.sha256, other.sha256, third.sha256}) == 3
    texts = b"\0".join(layer.text.encode() for layer in one.layers)
    assert one.sha256 == hashlib.sha256(texts).hexdigest()


def test_a_stored_run_does_not_depend_on_its_files(top: Top, book: hs.Book, cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "run"
    scenario = top("[scale]\nprice = 0.5\n[channels]\nimpact = false")
    hs.run(book, scenario.with_channels(difficulty=False), paths=3, worst=1, out=out)
    results = hs.Results.read(out)
    before = hs.explain(results, path=1)
    (tmp_path / "base.toml").unlink()
    (tmp_path / "top.toml").write_text("nonsense")
    assert hs.explain(results, path=1).loss_usd == before.loss_usd
    assert cli("verify", out).exit_code == 0
    assert cli("explain", out, "--path", "0").exit_code == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert [text["origin"].rpartition("/")[2] for text in manifest["scenario"]["texts"]] == ["top.toml", "base.toml"]
    manifest["scenario"]["texts"][1]["text"] += "\n"
    (out / "manifest.json").write_text(json.dumps(manifest))
    done = cli("verify", out)
    assert done.exit_code == 1
    assert "the scenario's texts make" in done.stderr


def test_runs_of_earlier_versions(book: hs.Book) -> None:
    played = hs.run(book, "slow-grind", paths=2, worst=0)
    older = json.loads(json.dumps(played.manifest))
    del older["scenario"]["texts"]
    tables = {name: getattr(played, name) for name in ("paths", "events", "ledger")}
    assert hs.explain(hs.Results(tables, older), path=0).loss_usd == played.paths.row(0)["loss_usd"]


# Errors: path, line (of the file, the first two lines are name and base), text

BAD = {
    "unknown path": ('[scale]\n"impact.x" = 2', "scale.impact.x", 4, "impact has no key 'x'"),
    "misspelt": ('[scale]\n"impakt.y" = 2', "scale.impakt.y", 4, "has no key 'impakt'; did you mean 'impact'?"),
    "misspelt row key": ('[scale]\n"deliveries.hashrate" = 2', "scale.deliveries.hashrate", 4, "'hashrate_ths'?"),
    "a default": ('[scale]\n"stages.btc_usd" = 2', "scale.stages.btc_usd", 4, "has no key 'stages'"),
    "text": ("[scale]\nname = 2", "scale.name", 4, "name is 'top', expected a number"),
    "date": ("[add]\nstart = 1", "add.start", 4, "expected a number"),
    "true": ("[scale]\nchannels.impact = 2\n[channels]\nimpact = true", "scale.channels.impact", 4, "impact is True"),
    "table": ("[scale]\nimpact = 2", "scale.impact", 4, "impact is a table, expected a number in it like impact.y"),
    "rows": ("[scale]\ndeliveries = 2", "scale.deliveries", 4, "in it like deliveries.hashrate_ths"),
    "inside a number": ('[scale]\n"impact.y.z" = 2', "scale.impact.y.z", 4, "impact.y is 1.0, it has no z"),
    "index too large": (
        '[scale]\n"asics.tiers[4].elasticity" = 2',
        "scale.asics.tiers[4].elasticity",
        4,
        "has 4 items",
    ),
    "no path": ('[scale]\n"impact..y" = 2', "scale.impact..y", 4, "is not a path"),
    "factor as text": ('[scale]\n"impact.y" = "2"', "scale.impact.y", 4, "is '2', expected a number"),
    "factor true": ("[scale]\nimpact.y = true", "scale.impact.y", 4, "is True, expected a number"),
    "factor nan": ("[scale]\nprice = nan", "scale.price", 4, "is nan, expected a number"),
    "huge": (f"[scale]\nprice = 1{'0' * 400}", "scale.price", 4, "expected a number"),
    "list of factors": ('[scale]\n"network.fees" = [1, 2]', "scale.network.fees", 4, "is [1, 2], expected a number"),
    "twice": ('[scale]\nimpact.y = 2\n"impact.y" = 3', "scale.impact.y", 5, "is given twice"),
    "no table": ("scale = 2", "scale", 3, "is 2, expected a table"),
    "rows elsewhere": ("[[add.citations]]\nsource = 'x'", "add.citations", 3, "rows can be added to availability"),
    "misspelt rows": ("[[add.delivery]]\ncohort = 'x'", "add.delivery", 3, "did you mean 'deliveries'?"),
    "out of range": (
        '[scale]\n"availability.share" = 3',
        "availability[0].share",
        4,
        "less than or equal to 1, found 1.5",
    ),
    "no longer whole": ("[scale]\nestate_days = 0.33", "estate_days", 4, "expected a valid integer"),
    "overflow": ('[scale]\n"network.difficulty" = 1e299', "network.difficulty", 4, "finite number"),
    "a row of too little": (
        "[[add.deliveries]]\ncohort = 'x'\ndate = 2021-11-03",
        "deliveries[2].hashrate_ths",
        3,
        "is missing",
    ),
    "a row with more": (
        "[[add.lender_events]]\nlender = 'galaxy'\nkind = 'fail'\ndate = 2021-11-03\nsize = 1",
        "lender_events[2].size",
        7,
        "unknown key",
    ),
}


@pytest.mark.parametrize(("text", "path", "line", "said"), BAD.values(), ids=BAD)
def test_a_problem_is_located(top: Top, text: str, path: str, line: int, said: str) -> None:
    ((found, at, file, words),) = problems(lambda: top(text))
    assert (found, at, file) == (path, line, None)
    assert said in words


LATE = {
    "no such region": ('[scale]\n"power.us-ercto" = 2', "scale.power.us-ercto", 4, "did you mean 'us-ercot'?"),
    "tariff out of range": (
        "[add]\npower = 1e6",
        "add.power",
        4,
        "canada-nordics 1,000,060.00, expected -10,000 to 100,000 USD/MWh",
    ),
    "price out of range": ("[scale]\nprice = 0", "scale.price", 4, "makes a price 0, expected 1e-06 to 1e+12 USD"),
    "amount on drawn prices": ("[add]\nprice = 5", "add.price", 4, "an amount cannot be added to it"),
    "lender": (
        '[[add.lender_events]]\nlender = "genesys"\nkind = "fail"\ndate = 2021-11-03',
        "lender_events[2].lender",
        4,
        "did you mean 'genesis'?",
    ),
    "another plugin's key": ("[price]\nhigh = 3", "price.high", 4, "unknown key of 'gbm'"),
}


@pytest.mark.parametrize(("text", "path", "line", "said"), LATE.values(), ids=LATE)
def test_a_problem_with_the_book_is_located(
    top: Top, book: hs.Book, text: str, path: str, line: int, said: str
) -> None:
    found = problems(lambda: spec(top(text), book))
    assert [(where, at, file) for where, at, file, _ in found if where == path] == [(path, line, None)] * len(found)
    assert any(said in words for *_, words in found)


def test_all_problems_come_at_once_with_their_files(top: Top) -> None:
    base = BASE.replace("y = 1.0", "y = -1.0") + "[scale]\n'impact.z' = 1\n"
    with pytest.raises(hs.ScenarioError) as caught:
        top('[scale]\n"impact.x" = 2\n[channels]\nimpakt = true', base=base)
    found = {(problem.path, problem.line, Path(problem.file or "top.toml").name) for problem in caught.value.problems}
    assert found == {
        ("scale.impact.z", len(base.splitlines()), "base.toml"),
        ("scale.impact.x", 4, "top.toml"),
        ("impact.y", 1 + base.splitlines().index("y = -1.0"), "base.toml"),
        ("channels.impakt", 6, "top.toml"),
    }
    assert "base.toml, line " in str(caught.value)


def test_a_row_of_the_base_is_named_with_its_file(top: Top, book: hs.Book) -> None:
    base = BASE.replace('"blockfi"', '"nobody"')
    ((path, line, file, _),) = problems(lambda: spec(top(base=base), book))
    assert path == "lender_events[1].lender"
    assert file is not None
    assert file.endswith("base.toml")
    assert base.splitlines()[(line or 0) - 1] == 'lender = "nobody"'


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("3", "is 3, expected the name of a scenario"),
        ('"nothing.toml"', "'nothing.toml' is neither a file beside this one nor built in"),
        ('"crisis-202"', "did you mean 'crisis-2022'?"),
        ('"../base.toml"', "lies outside the scenario's folder"),
        ('"top.toml"', "the bases make a circle: "),
    ],
)
def test_bases_that_are_none(tmp_path: Path, base: str, said: str) -> None:
    (tmp_path / "top.toml").write_text(f'name = "top"\nbase = {base}\n')
    ((path, line, file, text),) = problems(lambda: hs.Scenario.read(tmp_path / "top.toml"))
    assert (path, line, file) == ("base", 2, None)
    assert said in text


def test_circles_and_long_chains_are_named(tmp_path: Path) -> None:
    for name, base in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.toml").write_text(f'name = "{name}"\n\nbase = "{base}.toml"\n')
    ((path, line, file, text),) = problems(lambda: hs.Scenario.read(tmp_path / "a.toml"))
    assert (path, line, Path(file or "").name) == ("base", 3, "c.toml")
    assert [Path(name).name for name in text.partition(": ")[2].split(" -> ")] == [
        "a.toml",
        "b.toml",
        "c.toml",
        "a.toml",
    ]
    (tmp_path / "0.toml").write_text(BASE)
    for number in range(1, MOST_BASES + 2):
        (tmp_path / f"{number}.toml").write_text(f'name = "{number}"\nbase = "{number - 1}.toml"\n')
    assert hs.Scenario.read(tmp_path / f"{MOST_BASES}.toml").file.impact.y == 1.0
    ((path, line, _, text),) = problems(lambda: hs.Scenario.read(tmp_path / f"{MOST_BASES + 1}.toml"))
    assert (path, line) == ("base", 2)
    assert f"more than {MOST_BASES} bases" in text


def test_a_base_that_is_no_toml(top: Top) -> None:
    with pytest.raises(hs.ScenarioError, match=r"scenario .*base\.toml refused: file: not TOML"):
        top(base="name = ")
