"""Plugins without installing them: distributions made of a few lines, as `importlib.metadata` finds them on the path."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
from hashstress import plugins

Install = Callable[..., None]
Load = Callable[..., plugins.Registry]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of distributions, first on the path."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def install(site: Path) -> Install:
    """`install("name", code)`: a distribution `hashstress-name` with one module and one entry point."""

    def put(name: str, code: str, *, entry: str = "") -> None:
        module = f"plugin_{name.replace('-', '_')}"
        (site / f"{module}.py").write_text(HEAD + textwrap.dedent(code))
        info = site / f"hashstress_{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: hashstress-{name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[hashstress]\n{entry or name} = {module}\n")

    return put


HEAD = """\
from hashstress.hookspecs import LenderPolicy, PowerTariff, Rule, RuleTable, ScenarioSource, hookimpl
"""


@pytest.fixture
def load(site: Path) -> Load:
    """The registry of what was installed, under an environment."""

    def registry(**environ: str) -> plugins.Registry:
        return plugins.load(environ, metadata.distributions(path=[str(site)]), {})

    return registry
