"""Every system of the story takes part in `article-2022`: each kind of event happens there. Page: docs/model/article-2022.md"""

from __future__ import annotations

import re
from pathlib import Path

import hashstress as hs
import pytest

JOURNAL = Path(__file__).resolve().parents[2] / "rust" / "engine" / "src" / "journal.rs"
PATHS = 16  # all of them journalled

CANNOT = {  # kinds that do not happen in it, and why
    "covenant_call": "no rig loan of 2021-22 was found to have a covenant on the worth of its machines",
    "halving": "block 840,000 is mined in April 2024, ten months after the run",
}


def kinds() -> list[str]:
    """The kinds of events the engine has, from its own list."""
    text = JOURNAL.read_text(encoding="utf-8").partition("    EventKind {")[2].partition("\n    }\n")[0]
    return re.findall(r'\w+ = "(\w+)"', text)


@pytest.fixture(scope="module")
def happened() -> set[str]:
    scenario = hs.Scenario.read("article-2022")
    results = hs.run(hs.Book.read(scenario.book), scenario, paths=PATHS, worst=PATHS)
    return {row["kind"] for row in results.events.rows()}


def test_every_kind_of_event_happens(happened: set[str]) -> None:
    assert len(kinds()) > 50
    assert set(kinds()) - happened == set(CANNOT)


def test_the_page_says_which_do_not() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "model" / "article-2022.md").read_text(encoding="utf-8")
    assert all(f"`{kind}`" in page for kind in CANNOT)
