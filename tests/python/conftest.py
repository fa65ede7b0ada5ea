"""What the tests of the Python layer share: the built-in book, a short scenario, a command-line runner."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import hashstress as hs
import pytest
from click.testing import CliRunner, Result
from hashstress import plugins
from hashstress.cli import main

SHORT = """\
name = "short"
title = "Thirty days of noise"
start = 2021-11-01
end = 2021-11-30
estate_days = 10

[price]
source = "gbm"
start_usd = 30000.0
volatility_annual = 0.9

[network]
height = 738000
difficulty = 30e12
fees = [["2021-10", 10_000_000], ["2021-11", 11_000_000]]

[power]
source = "flat"
usd_per_mwh = 60.0

[impact]
y = 1.0
sigma_daily = 0.03
volume_btc_per_day = 200_000
permanent_share = 0.2
half_life_days = 5

[asics]
hashprice_half_life_days = 40
index_half_life_days = 45
overhang_half_life_days = 180
kappa = 0.03
quick_discount = 0.1
bulk_discount = 0.5

[[asics.tiers]]
index_usd_per_th = 80.0
elasticity = 1.2
depth_ths_per_day = 30_000
bulk_ths = 600_000
scrap_usd_per_th = 4.0

[[asics.tiers]]
index_usd_per_th = 70.0
elasticity = 1.2
depth_ths_per_day = 50_000
bulk_ths = 600_000
scrap_usd_per_th = 3.0

[[asics.tiers]]
index_usd_per_th = 50.0
elasticity = 1.2
depth_ths_per_day = 30_000
bulk_ths = 300_000
scrap_usd_per_th = 2.0

[[asics.tiers]]
index_usd_per_th = 20.0
elasticity = 1.1
depth_ths_per_day = 10_000
bulk_ths = 100_000
scrap_usd_per_th = 1.0
"""

Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def _no_plugins_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plugins that happen to be installed here change no test."""
    monkeypatch.setenv(plugins.LOAD, "")
    plugins.registry.cache_clear()


@pytest.fixture(scope="session")
def book() -> hs.Book:
    """The built-in book."""
    return hs.Book.read("crisis-2022")


@pytest.fixture
def short() -> str:
    """The text of a scenario that fits any book."""
    return SHORT


@pytest.fixture
def edited(short: str) -> Callable[..., hs.Scenario]:
    """`edited(old, new, ...)`: the short scenario with texts replaced, each of which must be there."""

    def edit(*changes: str, folder: Path | str = ".") -> hs.Scenario:
        text = short
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            assert old in text
            text = text.replace(old, new)
        return hs.Scenario.from_text(text, folder=folder)

    return edit


@pytest.fixture
def cli() -> Cli:
    """`cli("run", "crisis-2022")`: the command line in this process."""

    def run(*words: str | os.PathLike[str]) -> Result:
        return CliRunner().invoke(main, [os.fspath(word) for word in words], prog_name="hashstress")

    return run
