"""A scenario on top of another: what holds in the end, where an error stands, and what a run keeps of the files."""

from __future__ import annotations

import hashlib
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

from tests.python.composed import BASE, SMALL, Top, problems, top
from tests.python.conftest import SHORT

__all__ = ["top"]  # the fixture

Cli = Callable[..., Result]


def spec(scenario: hs.Scenario, book: hs.Book) -> dict[str, Any]:
    return scenario.compile(book).spec


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


def test_vendors_and_racks_of_a_long_base(top: Top) -> None:
    small = hs.Book.from_tables(**{name: pa.Table.from_pylist([row]) for name, row in SMALL.items()})
    rows = """
[[vendor_events]]
date = 2021-11-25
vendor = "Maker"

[[rack_changes]]
date = 2021-11-05
fleet = "site"
slots = 3

[[rack_changes]]
date = 2021-11-26
fleet = "site"
slots = 4
"""
    more = '[[add.rack_changes]]\ndate = 2021-11-09\nfleet = "site"\nslots = -1\n'
    found = spec(top(f"end = 2021-11-15\n{more}", base=SHORT + rows), small)
    assert found["vendor_events"] == []
    assert [(row["day"], row["slots"]) for row in found["rack_changes"]] == [(4, 3), (8, -1)]
    assert [row["vendor"] for row in spec(top(base=SHORT + rows), small)["vendor_events"]] == ["Maker"]


def test_hosts_of_a_long_base(top: Top) -> None:
    hosted = {"power_contract": "hosted_fixed", "host": "North"}
    rows = {name: [row | hosted if name == "fleet" else row] for name, row in SMALL.items()}
    small = hs.Book.from_tables(**{name: pa.Table.from_pylist(of) for name, of in rows.items()})
    fails = '[[host_events]]\ndate = 2021-11-25\nhost = "North"\nlien_days = 30\n'
    assert spec(top("end = 2021-11-15\n", base=SHORT + fails), small)["host_events"] == []
    more = "[[add.host_events]]" + fails.removeprefix("[[host_events]]")
    (found,) = spec(top(more + "move_days = 3\n", base=SHORT), small)["host_events"]
    assert found == {
        "day": 24,
        "host": "North",
        "lien_days": 30,
        "move_days": 3,
        "fee_usd_per_machine": 0.0,
        "deposit_lost_share": 1.0,
    }
    ((path, *_, text),) = problems(lambda: spec(top(more, base=SHORT + fails), small))
    assert (path, text) == ("host_events[1].host", "North fails twice; a host that failed stays so")


def test_the_book_it_is_made_for(top: Top, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\nbase = "crisis-2022"\n')
    assert hs.Scenario.read(tmp_path / "mine.toml").book == "crisis-2022"
    with pytest.raises(hs.ScenarioError, match="book: is missing, and there is no book 'top': name a book"):
        _ = top().book
    (tmp_path / "top").mkdir()
    assert Path(top().book) == tmp_path / "top"
    assert Path(top('book = "other"').book) == tmp_path / "other"


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
