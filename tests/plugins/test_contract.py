"""What a plugin hands back is checked, and what is wrong with it is said under its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import hashstress as hs
import numpy as np
import pytest
from hashstress import plugins
from hashstress.hookspecs import (
    Context,
    LenderPolicy,
    ParamsError,
    PowerTariff,
    Rule,
    RuleTable,
    ScenarioSource,
    hookimpl,
)
from pydantic import BaseModel

from tests.python.conftest import SHORT

Run = Callable[[Any], hs.Results]


class Params(BaseModel):
    level_usd: float = 30000.0


class Source:
    """A plugin of one price source whose answer a test chooses."""

    def __init__(self, mode: str, answer: Callable[..., Any], *, deterministic: bool = True) -> None:
        self.mode, self.answer, self.deterministic = mode, answer, deterministic

    @hookimpl
    def hashstress_price_source(self) -> list[ScenarioSource]:
        made = type("Made", (), {name: staticmethod(self.answer) for name in ("paths", "table", "spec")})
        return [
            ScenarioSource(
                "mine", mode=self.mode, params=Params, factory=lambda _: made(), deterministic=self.deterministic
            )
        ]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[object], None]]:
    """Registers a plugin for one test."""
    monkeypatch.setenv(plugins.LOAD, "")

    def register(plugin: object) -> None:
        plugins.register(plugin, "mine")

    yield register
    plugins.unregister("mine")


@pytest.fixture(scope="module")
def book() -> hs.Book:
    return hs.Book.read("crisis-2022")


def scenario(section: str = "price", rest: str = "") -> hs.Scenario:
    old = {"price": '"gbm"\nstart_usd = 30000.0\nvolatility_annual = 0.9', "power": '"flat"\nusd_per_mwh = 60.0'}
    return hs.Scenario.from_text(SHORT.replace(old[section], f'"mine"\n{rest}'))


def closes(context: Context, first_path: int, count: int, days: int) -> Any:
    draws = plugins.uniforms(context, first_path, count, days)
    return 30000.0 * (0.9 + 0.2 * draws)


def test_prices_in_batches(book: hs.Book, use: Callable[[object], None], monkeypatch: pytest.MonkeyPatch) -> None:
    use(Source("batch", closes))
    whole = hs.run(book, scenario(), paths=20)
    monkeypatch.setattr(hs.run.__globals__["_Job"], "block_size", lambda _: 8)
    parts = hs.run(book, scenario(), paths=20)
    assert whole.manifest["results_digest"] == parts.manifest["results_digest"]
    assert whole.ledger.num_rows > 0


def test_lows_may_come_along(book: hs.Book, use: Callable[[object], None]) -> None:
    def both(*asked: Any) -> Any:
        close = closes(*asked)
        return close, close * 0.9

    use(Source("batch", both))
    assert hs.run(book, scenario(), paths=4).paths.num_rows == 4


def changed(value: float, path: int = 2, day: int = 5) -> Callable[..., Any]:
    def answer(context: Context, first_path: int, count: int, days: int) -> Any:
        array = np.full((count, days), 30000.0)
        if first_path <= path < first_path + count:
            array[path - first_path, day] = value
        return array

    return answer


BAD_BATCHES: dict[str, tuple[Callable[..., Any], str]] = {
    "nan": (changed(np.nan), "close is nan on path 2, day 5"),
    "inf": (changed(np.inf), "close is inf on path 2, day 5"),
    "zero": (changed(0.0), "close is 0.0 on path 2, day 5"),
    "negative": (changed(-1.0), "close is -1.0 on path 2, day 5"),
    "None": (lambda *_: None, r"shape \(1,\), expected"),
    "text": (lambda *_: "prices", "not an array of numbers"),
    "wrong shape": (lambda _c, _f, count, days: np.ones((days, count)), r"shape \(30, 6\), expected \(6, 30\)"),
    "one path for all": (lambda *asked: np.ones(asked[-1]), "shape"),
    "ragged": (lambda *_: [[1.0], [1.0, 2.0]], "not an array of numbers"),
    "low above close": (
        lambda _c, _f, count, days: (np.ones((count, days)), np.full((count, days), 2.0)),
        "low is 2.0",
    ),
    "raises": (lambda *_: 1 / 0, "ZeroDivisionError"),
    "exits": (lambda *_: exit(3), "SystemExit"),
    "wrong signature": (lambda: None, "TypeError"),
    "its own random numbers": (lambda _c, _f, count, days: 1 + np.random.default_rng().random((count, days)), "alone"),
    "depends on the block": (lambda _c, _f, count, days: np.full((count, days), float(count)), "alone"),
}


@pytest.mark.parametrize(("answer", "text"), BAD_BATCHES.values(), ids=BAD_BATCHES)
def test_bad_batches_are_named(book: hs.Book, use: Callable[[object], None], answer: Any, text: str) -> None:
    use(Source("batch", answer))
    with pytest.raises(hs.PluginError, match=text) as caught:
        hs.run(book, scenario(), paths=6)
    assert (caught.value.plugin, caught.value.hook) == ("mine", "hashstress_price_source")


def test_a_source_that_does_not_repeat_itself_has_no_journals(book: hs.Book, use: Callable[[object], None]) -> None:
    numbers = np.random.default_rng(1)
    answer = lambda _c, _f, count, days: 30000 + numbers.random((count, days))  # noqa: E731
    use(Source("batch", answer, deterministic=False))
    results = hs.run(book, scenario(), paths=6)
    assert any("no journals" in warning for warning in results.manifest["warnings"])


def test_no_draws_while_compiling(book: hs.Book, use: Callable[[object], None]) -> None:
    use(Source("table", lambda context: plugins.uniforms(context, 0, 1, 1)))
    with pytest.raises(hs.PluginError, match="no draws while a scenario is compiled"):
        scenario().compile(book)


BAD_TABLES: dict[str, tuple[Any, str]] = {
    "short": (([1.0] * 29, None), "29 values, expected 30"),
    "nan": (([1.0] * 29 + [float("nan")], None), "nan on day 29"),
    "zero": (([1.0] * 29 + [0.0], None), "<= low <= close"),
    "low above": (([1.0] * 30, [2.0] * 30), "<= low <= close"),
    "not a pair": ([1.0] * 30, "expected \\(close_usd, low_usd or None\\)"),
    "text": ((["a"] * 30, None), "not a sequence of numbers"),
}


@pytest.mark.parametrize(("answer", "text"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_bad_tables_are_named(book: hs.Book, use: Callable[[object], None], answer: Any, text: str) -> None:
    use(Source("table", lambda _: answer))
    with pytest.raises(hs.PluginError, match=text):
        scenario().compile(book)


def test_params_are_the_users(book: hs.Book, use: Callable[[object], None]) -> None:
    use(Source("batch", closes))
    with pytest.raises(hs.ScenarioError, match=r"price.level_us.*did you mean 'level_usd'\?"):
        scenario(rest="level_us = 3.0").compile(book)
    with pytest.raises(hs.ScenarioError, match=r"price.level_usd \(line 9\).*found 'x'"):
        scenario(rest='level_usd = "x"').compile(book)


def test_a_plugin_can_say_that_a_value_does_not_fit(book: hs.Book, use: Callable[[object], None]) -> None:
    def refuse(context: Context) -> Any:
        raise ParamsError("level_usd", "3 is below the start price")

    use(Source("table", refuse))
    with pytest.raises(hs.ScenarioError, match=r"price.level_usd \(line 9\): 3 is below the start price"):
        scenario(rest="level_usd = 3.0").compile(book)


class Tariff:
    """A plugin of one tariff."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer = answer

    @hookimpl
    def hashstress_power_tariff(self) -> list[PowerTariff]:
        return [PowerTariff("mine", factory=lambda _: type("Made", (), {"tariffs": staticmethod(self.answer)}))]


BAD_TARIFFS: dict[str, tuple[Callable[[Context], Any], str]] = {
    "nothing": (lambda _: {}, "tariffs lack region"),
    "a list": (lambda _: [1.0], "expected region"),
    "short": (lambda context: {region: [1.0] for region in context.regions}, "has 1 values, expected 30"),
    "inf": (lambda context: {region: [float("inf")] * 30 for region in context.regions}, "is inf on day 0"),
}


@pytest.mark.parametrize(("answer", "text"), BAD_TARIFFS.values(), ids=BAD_TARIFFS)
def test_bad_tariffs_are_named(book: hs.Book, use: Callable[[object], None], answer: Any, text: str) -> None:
    use(Tariff(answer))
    with pytest.raises(hs.PluginError, match=text) as caught:
        scenario("power").compile(book)
    assert caught.value.hook == "hashstress_power_tariff"


class Lender:
    """A plugin of one policy."""

    def __init__(self, table: Any) -> None:
        self.table = table

    @hookimpl
    def hashstress_lender_policy(self) -> list[LenderPolicy]:
        return [LenderPolicy("mine", factory=lambda _: type("Made", (), {"rules": lambda *_: self.table})())]


BAD_RULES: dict[str, tuple[Any, str]] = {
    "a list": ([], "expected RuleTable"),
    "no days": (RuleTable(0, (Rule(1.0, "dump"),)), "hold_days is 0"),
    "nan": (RuleTable(1, (Rule(float("nan"), "dump"),)), "max_clearing_to_index is nan"),
    "action": (RuleTable(1, (Rule(1.0, "burn"),)), "action 'burn'"),  # type: ignore[arg-type]
    "share": (RuleTable(1, (Rule(1.0, "sell", 1.5),)), "share_per_day is 1.5"),
    "no payback": (RuleTable(1, (Rule(1.0, "sell_back"),)), "payback_days is None, expected a whole number of days"),
    "half a day": (RuleTable(1, (Rule(1.0, "sell_back", payback_days=0.5),)), "payback_days is 0.5"),  # type: ignore[arg-type]
    "too long": (RuleTable(1, (Rule(1.0, "sell_back", payback_days=3651),)), "payback_days is 3651"),
    "payback of others": (RuleTable(1, (Rule(1.0, "hold", payback_days=9),)), "payback_days is 9, expected None"),
    "broker of others": (RuleTable(1, (Rule(1.0, "sell_back", commission=0.1),)), "commission is 0.1, expected None"),
}


@pytest.mark.parametrize(("table", "text"), BAD_RULES.values(), ids=BAD_RULES)
def test_bad_rules_are_named(book: hs.Book, use: Callable[[object], None], table: Any, text: str) -> None:
    use(Lender(table))
    with pytest.raises(hs.PluginError, match=text) as caught:
        hs.Scenario.from_text(SHORT + '\n[policies.nydig]\nsource = "mine"\n').compile(book)
    assert caught.value.hook == "hashstress_lender_policy"


def test_a_factory_without_the_method(book: hs.Book, use: Callable[[object], None]) -> None:
    use(type("Bare", (), {"hashstress_power_tariff": hookimpl(lambda: [PowerTariff("mine", factory=lambda _: 3)])}))
    with pytest.raises(hs.PluginError, match="without the method 'tariffs'"):
        scenario("power").compile(book)
