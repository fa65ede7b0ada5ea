"""The page on the story of 2022 is what `tools/story.py` would write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_up_to_date() -> None:
    checked = subprocess.run(
        [sys.executable, "tools/story.py", "--check"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, f"`make docs` writes the page anew\n{checked.stderr}"
