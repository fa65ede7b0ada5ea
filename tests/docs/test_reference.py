"""The reference pages are what `tools/reference.py` would write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hashstress import _core

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "reference"


def test_pages_are_up_to_date() -> None:
    checked = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, f"`make docs` writes the pages anew\n{checked.stderr}"


def test_every_column_is_on_the_page() -> None:
    page = (PAGES / "tables.md").read_text(encoding="utf-8")
    for name, fields in _core.schema().items():
        side, _, table = name.partition(".")
        _, _, rest = page.partition(f"## {side.title()}:")
        section = rest.partition(f"### {table}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
        named = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        assert named == [field["name"] for field in fields], name


def test_no_page_shows_a_python_type() -> None:
    for page in ("scenario.md", "tables.md"):
        text = (PAGES / page).read_text(encoding="utf-8")
        assert not any(word in text for word in ("typing.", "Annotated", "<class", "NoneType", "PydanticUndefined")), (
            page
        )
