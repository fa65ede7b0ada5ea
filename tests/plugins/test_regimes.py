"""hashstress-regimes, a distribution of its own, does its work through the public hooks alone."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import hashstress as hs
import numpy as np
import pytest
from hashstress import plugins

from tests.python.conftest import SHORT

HOME = Path(__file__).parents[2] / "plugins" / "hashstress-regimes"
PUBLIC = {"hashstress.hookspecs", "hashstress.plugins", "hashstress.errors"}
LONGEST_IMPORT_SECONDS = 0.3

REGIMES = """\
[price]
source = "regimes"
start_usd = 30000.0
crash_probability = 0.1
"""
HEAT = """\
[power]
source = "heat-wave"
usd_per_mwh = 45.0
factor = 2.0
first = 2021-11-10
last = 2021-11-19
"""
PATIENT = '\n[policies.dump]\nsource = "patient"\nleast_clearing_to_index = 0.7\n'


def scenario(power: str = HEAT) -> hs.Scenario:
    price = SHORT[SHORT.index("[price]") : SHORT.index("[network]")]
    flat = SHORT[SHORT.index("[power]") : SHORT.index("[impact]")]
    return hs.Scenario.from_text(SHORT.replace(price, f"{REGIMES}\n").replace(flat, f"{power}\n") + PATIENT)


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The distribution as an installer would put it on the path: its package and its entry points."""
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    info = tmp_path / "hashstress_regimes-0.1.0.dist-info"
    info.mkdir()
    name, version = project["name"], project["version"]
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    entries = project["entry-points"]["hashstress"]
    (info / "entry_points.txt").write_text("\n".join(["[hashstress]", *(f"{key} = {entries[key]}" for key in entries)]))
    monkeypatch.syspath_prepend(HOME)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv(plugins.LOAD, "regimes")
    plugins.registry.cache_clear()
    yield
    plugins.registry.cache_clear()


@pytest.fixture(scope="module")
def book() -> hs.Book:
    return hs.Book.read("crisis-2022")


def test_it_offers_one_of_each_kind() -> None:
    offers = [offer for offer in plugins.registry().offers if offer.plugin.dist == "hashstress-regimes"]
    assert [(offer.hook, offer.descriptor.name) for offer in offers] == [
        ("hashstress_lender_policy", "patient"),
        ("hashstress_power_tariff", "heat-wave"),
        ("hashstress_price_source", "regimes"),
    ]


def test_a_run_with_all_three(book: hs.Book) -> None:
    results = hs.run(book, scenario(), paths=12)
    record = next(plugin for plugin in results.manifest["plugins"] if plugin["name"] == "regimes")
    assert record["uses"] == [
        "hashstress_lender_policy:patient",
        "hashstress_power_tariff:heat-wave",
        "hashstress_price_source:regimes",
    ]
    assert (record["dist"], len(record["sha256"])) == ("hashstress-regimes", 64)
    assert results.manifest["results_digest"] == hs.run(book, scenario(), paths=12).manifest["results_digest"]


def test_closes(book: hs.Book) -> None:
    batch = scenario().compile(book).batch
    assert batch is not None
    closes = np.frombuffer(batch.block(7, 0, 200).close_usd).reshape(200, 30)
    assert (closes[:, 0] == 30000.0).all()
    assert (closes[:, 1:] != closes[:, :-1]).all()
    moves = closes[:, 1:] / closes[:, :-1] - 1
    assert moves.min() > -0.6 - 1e-12
    assert 0.02 < moves.std() < 0.06


def test_regimes_change_as_their_probabilities_say() -> None:
    from hashstress_regimes.prices import changed

    crash = np.array([False, False, True, True])
    draws = np.array([0.05, 0.5, 0.01, 0.5])
    assert changed(crash, draws, 0.1, 0.03).tolist() == [True, False, False, True]


def test_the_heat_wave_lasts_from_its_first_to_its_last_day(book: hs.Book) -> None:
    tariff = scenario().compile(book).spec["tariff_usd_per_mwh"]["us-ercot"]
    assert tariff == [45.0] * 9 + [90.0] * 10 + [45.0] * 11


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("last = 2021-11-19", "last = 2021-11-01", "power.last.*lies before first"),
        ("2021-11-1", "2023-11-1", "power.first.*no day of the run"),
        ("factor = 2.0", "factor = -2.0", "power.factor"),
        ("factor", "factr", r"power.factr.*did you mean 'factor'\?"),
    ],
)
def test_values_that_do_not_fit_are_the_users(book: hs.Book, old: str, new: str, text: str) -> None:
    with pytest.raises(hs.ScenarioError, match=text):
        scenario(HEAT.replace(old, new)).compile(book)


def test_it_uses_public_names_only() -> None:
    for path in (HOME / "hashstress_regimes").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "hashstress":
                assert node.module in PUBLIC
            assert not (isinstance(node, ast.Import) and any("hashstress" in name.name for name in node.names))


def test_importing_it_is_quick_and_loads_no_numpy() -> None:
    code = """
import sys, time
import hashstress.hookspecs, pydantic
pydantic.BaseModel
begun = time.perf_counter()
import hashstress_regimes
print(time.perf_counter() - begun, "numpy" in sys.modules)
"""
    import os

    path = os.pathsep.join([str(HOME), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}
    )
    seconds, numpy_loaded = done.stdout.split()
    assert float(seconds) < LONGEST_IMPORT_SECONDS
    assert numpy_loaded == "False"
