"""What the tests of composed scenarios share: a long base with rows of every kind, and a scenario on top of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hashstress as hs
import pytest

from tests.python.conftest import SHORT

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


def problems(call: Callable[[], object]) -> list[tuple[str, int | None, str | None, str]]:
    """Path, line, file and text of each problem."""
    with pytest.raises(hs.ScenarioError) as caught:
        call()
    return [(found.path, found.line, found.file, found.text) for found in caught.value.problems]
