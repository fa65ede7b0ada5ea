"""A broken plugin is known by name and harms nobody else; two plugins of one name are an error; names can be switched off."""

from __future__ import annotations

from collections.abc import Callable

import hashstress as hs
import pyarrow as pa
import pytest
from hashstress import plugins
from hashstress.compile import compile_scenario
from hashstress.errors import PluginError, ScenarioError
from hashstress.hookspecs import PowerTariff, ScenarioSource

from tests.python.conftest import SHORT

Install = Callable[..., None]
Load = Callable[..., plugins.Registry]

GOOD = """
@hookimpl
def hashstress_price_source():
    return [ScenarioSource("good", mode="table", factory=lambda params: None)]
"""

ZOO = {
    "syntax": ("def broken(:\n", "SyntaxError"),
    "import error": ("import a_module_nobody_has\n", "ModuleNotFoundError"),
    "raises at import": ("raise RuntimeError('at import')\n", "RuntimeError: at import"),
    "exits at import": ("raise SystemExit(3)\n", "SystemExit: 3"),
    "hook typo": ("@hookimpl\ndef hashstress_prize_source():\n    return []\n", "unknown hook"),
    "argument typo": ("@hookimpl\ndef hashstress_price_source(context):\n    return []\n", "context"),
    "hook raises": ("@hookimpl\ndef hashstress_price_source():\n    raise ValueError('no luck')\n", "no luck"),
    "hook exits": ("@hookimpl\ndef hashstress_price_source():\n    raise SystemExit\n", "SystemExit"),
    "returns None": ("@hookimpl\ndef hashstress_price_source():\n    pass\n", "returned NoneType, expected a list"),
    "wrong things": ("@hookimpl\ndef hashstress_price_source():\n    return ['x']\n", "expected ScenarioSource"),
    "wrong kind": (
        "@hookimpl\ndef hashstress_price_source():\n    return [PowerTariff('x', factory=print)]\n",
        "returned a PowerTariff, expected ScenarioSource",
    ),
    "wrong mode": (
        "@hookimpl\ndef hashstress_price_source():\n    return [ScenarioSource('x', mode='fast', factory=print)]\n",
        "mode 'fast'",
    ),
    "wrong name": (
        "@hookimpl\ndef hashstress_price_source():\n    return [ScenarioSource('X y', mode='table', factory=print)]\n",
        "'X y' is not lower case",
    ),
    "other api": (
        "@hookimpl\ndef hashstress_price_source():\n    return [ScenarioSource('x', mode='table', factory=min, api=2)]\n",
        "written for api 2",
    ),
    "no factory": (
        "@hookimpl\ndef hashstress_price_source():\n    return [ScenarioSource('x', mode='table', factory=3)]\n",
        "cannot be called",
    ),
}


def find(registry: plugins.Registry, name: str) -> plugins.Offer:
    return registry.find(ScenarioSource, name, scenario="test", path="price.source")


@pytest.mark.parametrize(("code", "reason"), ZOO.values(), ids=ZOO)
def test_a_broken_plugin_is_named_and_harms_nobody(install: Install, load: Load, code: str, reason: str) -> None:
    install("broken", code)
    install("good", GOOD)
    registry = load()
    assert find(registry, "good").plugin.label == "good (hashstress-good 1.2)"
    (warning,) = registry.warnings()
    assert warning.startswith("plugin broken (hashstress-broken 1.2) failed to load")
    assert reason in warning
    with pytest.raises(PluginError) as caught:
        find(registry, "broken")
    assert (caught.value.plugin, caught.value.dist) == ("broken", "hashstress-broken")


def test_a_run_that_names_something_unknown_hears_of_broken_plugins(install: Install, load: Load) -> None:
    install("broken", "import a_module_nobody_has")
    with pytest.raises(
        ScenarioError, match=r"no price source 'lost'.*failed to load: broken \(hashstress-broken 1.2\)"
    ):
        find(load(), "lost")


def test_a_lender_that_names_an_unknown_policy_hears_of_broken_plugins(install: Install, load: Load) -> None:
    install("broken", "import a_module_nobody_has")
    book = hs.Book.read("crisis-2022")
    tables = {name: pa.table(table) for name, table in book.tables.items()}

    def under(policy: str) -> hs.Book:
        column = pa.array([policy, *book.column("lenders", "policy")[1:]])
        place = tables["lenders"].schema.get_field_index("policy")
        return hs.Book.from_tables(**tables | {"lenders": tables["lenders"].set_column(place, "policy", column)})

    scenario = hs.Scenario.from_text(SHORT)
    with pytest.raises(hs.InputError, match=r"row 1, column policy: found 'lost'.*failed to load: broken"):
        compile_scenario(scenario, under("lost"), load())
    with pytest.raises(PluginError, match="failed: ModuleNotFoundError"):
        compile_scenario(scenario, under("broken"), load())


def test_two_plugins_of_one_name_are_an_error_that_names_both(install: Install, load: Load) -> None:
    install("good", GOOD)
    install("twin", GOOD)
    registry = load()
    with pytest.raises(PluginError, match=r"good \(hashstress-good 1.2\) and twin \(hashstress-twin 1.2\)"):
        find(registry, "good")
    assert any("good" in warning and "twin" in warning for warning in registry.warnings())
    assert find(load(HASHSTRESS_DISABLE_PLUGINS="twin"), "good").plugin.name == "good"


def test_nobody_takes_a_built_in_name_silently(install: Install, load: Load) -> None:
    install("mine", GOOD.replace('"good"', '"gbm"'))
    with pytest.raises(PluginError, match="builtin-prices"):
        find(load(), "gbm")


def test_one_name_may_stand_for_things_of_two_kinds(load: Load) -> None:
    registry = load()
    assert find(registry, "history").hook == "hashstress_price_source"
    assert registry.find(PowerTariff, "history", scenario="", path="").hook == "hashstress_power_tariff"


def test_two_entry_points_of_one_name(install: Install, load: Load) -> None:
    install("good", GOOD)
    install("other", GOOD.replace('"good"', '"other"'), entry="good")
    registry = load()
    assert [plugin.status for plugin in registry.plugins if plugin.name == "good"] == ["loaded", "failed"]
    assert find(registry, "good").plugin.dist == "hashstress-good"


@pytest.mark.parametrize(
    ("environ", "loaded"),
    [
        ({}, {"good", "other"}),
        ({"HASHSTRESS_LOAD_PLUGINS": ""}, set()),
        ({"HASHSTRESS_LOAD_PLUGINS": "good"}, {"good"}),
        ({"HASHSTRESS_LOAD_PLUGINS": " hashstress-other , x"}, {"other"}),
        ({"HASHSTRESS_DISABLE_PLUGINS": "good"}, {"other"}),
        ({"HASHSTRESS_DISABLE_PLUGINS": "*"}, set()),
        ({"HASHSTRESS_LOAD_PLUGINS": "good", "HASHSTRESS_DISABLE_PLUGINS": "hashstress-good"}, set()),
    ],
    ids=str,
)
def test_switches(install: Install, load: Load, environ: dict[str, str], loaded: set[str]) -> None:
    install("good", GOOD)
    install("other", GOOD.replace('"good"', '"other"'))
    registry = load(**environ)
    outside = [plugin for plugin in registry.plugins if plugin.dist != plugins.BUILTIN]
    assert {plugin.name for plugin in outside if plugin.status == "loaded"} == loaded
    assert all(plugin.reason for plugin in outside if plugin.status == "skipped")


def test_naming_a_plugin_that_is_switched_off_says_so(install: Install, load: Load) -> None:
    install("good", GOOD)
    with pytest.raises(PluginError, match="skipped: in HASHSTRESS_DISABLE_PLUGINS"):
        find(load(HASHSTRESS_DISABLE_PLUGINS="good"), "good")


def test_the_digest_is_of_the_plugins_own_files(install: Install, load: Load) -> None:
    install("good", GOOD)
    install("twin", GOOD.replace('"good"', '"twin"'))
    shas = {plugin.name: plugin.sha256 for plugin in load().plugins}
    assert len(shas) == len(set(shas.values()))


def test_a_plugin_of_the_session() -> None:
    class Mine:
        pass

    plugins.register(Mine(), "mine")
    try:
        assert "mine" in [plugin.name for plugin in plugins.registry().plugins]
    finally:
        plugins.unregister("mine")
    assert "mine" not in [plugin.name for plugin in plugins.registry().plugins]


def test_switches_that_name_nobody_are_a_warning(install: Install, load: Load) -> None:
    install("good", GOOD)
    said = load(HASHSTRESS_DISABLE_PLUGINS="goods, *", HASHSTRESS_LOAD_PLUGINS="good,x").warnings()
    assert said == [
        "HASHSTRESS_LOAD_PLUGINS names 'x', which is no installed plugin",
        "HASHSTRESS_DISABLE_PLUGINS names 'goods', which is no installed plugin; did you mean 'good'?",
    ]
    assert load(HASHSTRESS_DISABLE_PLUGINS="good,hashstress-good").warnings() == []


RAISES = """
def told(params):
    return 1 / 0


@hookimpl
def hashstress_price_source():
    return [ScenarioSource("good", mode="table", factory=told)]
"""


def test_what_a_plugin_raises_has_its_file_and_line(install: Install, load: Load) -> None:
    install("good", RAISES)
    text = SHORT.replace('source = "gbm"\nstart_usd = 30000.0\nvolatility_annual = 0.9', 'source = "good"')
    with pytest.raises(PluginError, match=r"ZeroDivisionError: division by zero \(.*good.*\.py, line \d+\)$"):
        compile_scenario(hs.Scenario.from_text(text), hs.Book.read("crisis-2022"), load())
    install("bad", "raise RuntimeError('at import')\n")
    (bad,) = (plugin for plugin in load().plugins if plugin.name == "bad")
    assert "RuntimeError: at import (" in bad.reason
    assert ".py, line " in bad.reason
