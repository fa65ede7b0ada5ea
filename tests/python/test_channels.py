"""Channels: feedback that is switched off leaves its mark, and nothing else changes. Page: docs/model/channels.md"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import hashstress as hs
import pytest
from hashstress import _core
from hashstress.scenario_file import Channels

from tests.python.conftest import Cli

NAMES = list(Channels.model_fields)
PATHS = 24
Edited = Callable[..., hs.Scenario]


@pytest.fixture(scope="module")
def played() -> Callable[..., hs.Results]:
    """`played("impact")`: the built-in crisis with these channels off, played once."""
    book, scenario = hs.Book.read("crisis-2022"), hs.Scenario.read("crisis-2022")
    known: dict[tuple[str, ...], hs.Results] = {}

    def play(*off: str) -> hs.Results:
        if off not in known:
            changed = scenario.with_channels(**dict.fromkeys(off, False))
            known[off] = hs.run(book, changed, paths=PATHS, worst=1)
        return known[off]

    return play


def column(results: hs.Results, name: str) -> list[float]:
    return results.paths.to_pyarrow()[name].to_pylist()


def daily(results: hs.Results, metric: str) -> list[float]:
    return [row["mean"] for row in results.daily.rows() if row["metric"] == metric]


def events(results: hs.Results) -> set[str]:
    return {row["kind"] for row in results.events.rows()}


def test_the_engine_and_the_scenario_file_have_the_same_channels(book: hs.Book, edited: Edited) -> None:
    spec = edited().compile(book).spec
    with pytest.raises(_core.InputError, match=f"expected one of {', '.join(NAMES)} "):
        _core.Scenario.try_build(spec | {"channels": {"impakt": False}}, book.core)


def test_a_channel_that_is_on_by_name_is_the_same_as_not_named(book: hs.Book, edited: Edited) -> None:
    plain = edited()
    named = plain.with_channels(**dict.fromkeys(NAMES, True))
    first, second = (hs.run(book, scenario, paths=8, worst=0).manifest for scenario in (plain, named))
    assert first["results_digest"] == second["results_digest"]
    assert first["scenario"]["digest"] == second["scenario"]["digest"]


@pytest.mark.parametrize("name", NAMES)
def test_each_channel_changes_the_loss_of_the_crisis(played: Callable[..., hs.Results], name: str) -> None:
    assert column(played(name), "loss_usd") != column(played(), "loss_usd")


def test_without_impact_prices_are_those_of_the_scenario(book: hs.Book, edited: Edited) -> None:
    """Forced sales happen, and the low of every path is that of a book that sells nothing."""
    flat = edited(
        'source = "gbm"', 'source = "anchors"', "start_usd = 30000.0\n", "", "volatility_annual = 0.9", ANCHORS
    )
    results = hs.run(book, flat.with_channels(impact=False), paths=8, worst=0)
    assert sum(column(results, "forced_btc")) > 0
    assert daily(results, "btc_usd")[0] == 30_000.0
    assert daily(results, "btc_usd")[-1] == pytest.approx(15_000.0, abs=1e-6)
    assert daily(hs.run(book, flat, paths=8, worst=0), "btc_usd")[-1] < 15_000.0


ANCHORS = 'volatility_daily = 0.0\nanchors = [["2021-11-01", 30000.0], ["2021-11-30", 15000.0]]'


def test_without_difficulty_a_shut_down_does_not_help_those_who_run(played: Callable[..., hs.Results]) -> None:
    with_it, without = daily(played(), "difficulty"), daily(played("difficulty"), "difficulty")
    assert without[-1] > with_it[-1]
    assert daily(played("difficulty"), "hashprice_usd_per_ph_day")[-1] < daily(played(), "hashprice_usd_per_ph_day")[-1]


def test_without_fire_sales_machines_fetch_more(played: Callable[..., hs.Results]) -> None:
    clearing = "asic_clearing_usd_per_th"
    assert daily(played("fire_sales"), clearing)[-1] > daily(played(), clearing)[-1]


def test_without_margin_calls_none_is_made(played: Callable[..., hs.Results]) -> None:
    assert {"margin_call", "collateral_sale"} <= events(played())
    assert not {"margin_call", "collateral_sale"} & events(played("margin_calls"))


def test_without_lender_calls_no_loan_is_called(played: Callable[..., hs.Results]) -> None:
    assert "loan_called" in events(played())
    silent = played("lender_calls", "tightening")  # a lender that tightens calls too
    assert "loan_called" not in events(silent)
    assert "lender_failure" in events(silent)


def test_without_solvency_a_lender_survives_its_losses(edited: Edited, tmp_path: Path) -> None:
    lost = (
        'estate_days = 10\n[[lender_events]]\ndate = 2021-11-20\nlender = "nydig"\nkind = "loss"\namount_usd = 1e12\n'
    )
    hit = edited("estate_days = 10\n", lost)
    failed = column(hs.run("crisis-2022", hit, paths=8, worst=0), "lenders_failed")
    spared = column(hs.run("crisis-2022", hit.with_channels(solvency=False), paths=8, worst=0), "lenders_failed")
    assert all(some > none for some, none in zip(failed, spared, strict=True))


def test_books_close_with_everything_off(played: Callable[..., hs.Results]) -> None:
    results = played(*NAMES)
    for unit in ("cents", "sats", "machines"):
        assert column(results, f"residual_{unit}") == [0.0] * PATHS


def test_a_path_is_explained_with_the_channels_it_was_played_with(played: Callable[..., hs.Results]) -> None:
    results = played("impact")
    assert results.manifest["scenario"]["channels_off"] == ["impact"]
    again = hs.explain(results, path=3)
    assert again.loss_usd == column(results, "loss_usd")[3]


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        ("[channels]\nimpakt = false", "channels.impakt (line 13): unknown key; did you mean 'impact'?"),
        ('[channels]\nimpact = "off"', "channels.impact (line 13): expected a valid boolean, found 'off'"),
        ("[channels]\nimpact = 0", "channels.impact (line 13): expected a valid boolean, found 0"),
    ],
)
def test_a_wrong_channel_has_its_line(edited: Edited, toml: str, text: str) -> None:
    with pytest.raises(hs.ScenarioError) as refused:
        edited("[network]", f"{toml}\n[network]")
    assert text in str(refused.value)


def test_unknown_channels_are_refused_by_name(cli: Cli, edited: Edited) -> None:
    with pytest.raises(hs.UsageError, match=r"no channel 'impakt'.*did you mean 'impact'"):
        edited().with_channels(impakt=False)
    with pytest.raises(hs.UsageError, match="channel impact is 0, expected True or False"):
        edited().with_channels(impact=0)  # type: ignore[arg-type]
    for words in (["--channel", "impact"], ["--channel", "impact=of"], ["--channel", "impakt=off"]):
        answer = cli("run", "crisis-2022", "--paths", "8", *words)
        assert answer.exit_code == 2, answer.output


def test_the_command_line_switches_a_channel_off(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ("run", "crisis-2022", "--paths", "8", "--worst", "0", "--progress", "off", "--out", out)
    answer = cli(*words, "--channel", "impact=off", "--channel", "solvency=off", "--channel", "difficulty=on")
    assert answer.exit_code == 0, answer.output
    assert hs.Results.read(out).manifest["scenario"]["channels_off"] == ["impact", "solvency"]


def test_contributions_add_up_with_what_channels_do_together() -> None:
    found = hs.contributions("crisis-2022", "crisis-2022", paths=16)
    parts = math.fsum(row.contribution.usd for row in found.channels)
    assert [row.channel for row in found.channels] == NAMES
    assert found.loss.usd - found.all_off.loss_without.usd == pytest.approx(parts + found.together.usd, abs=0.01)
    for row in found.channels:
        assert row.contribution.usd == pytest.approx(found.loss.usd - row.loss_without.usd, abs=0.01)
    table = found.to_pyarrow()
    assert table["channel"].to_pylist() == [*NAMES, "(no channel)"]


def test_paths_in_pairs_leave_a_smaller_error_than_two_runs_would() -> None:
    found = {row.channel: row for row in hs.contributions("crisis-2022", "crisis-2022", paths=64).channels}
    fire = found["fire_sales"]
    assert fire.contribution.se_usd is not None
    assert fire.loss_without.se_usd is not None
    assert fire.contribution.se_usd < fire.loss_without.se_usd


def test_contributions_of_a_scenario_with_nothing_on(edited: Edited) -> None:
    with pytest.raises(hs.UsageError, match="every channel is off already"):
        hs.contributions("crisis-2022", edited().with_channels(**dict.fromkeys(NAMES, False)), paths=2)


def test_what_is_off_on_every_variant_is_told(edited: Edited) -> None:
    few = edited().with_channels(**dict.fromkeys(NAMES[2:], False))
    assert str(hs.contributions("crisis-2022", few, paths=2)).splitlines()[1] == f"channels off: {', '.join(NAMES[2:])}"


def test_the_command_prints_the_table(cli: Cli) -> None:
    answer = cli("contributions", "crisis-2022", "--paths", "8")
    assert answer.exit_code == 0, answer.output
    lines = answer.output.splitlines()
    assert "8 paths" in lines[0]
    assert {line.split()[0] for line in lines[3:-2]} == set(NAMES)
    assert all(line.count("±") == 4 for line in lines[3:-2])  # loss without it, what it adds, miners and lenders failed
