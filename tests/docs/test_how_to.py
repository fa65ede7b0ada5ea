"""What the how-to pages show runs as it stands, and prints what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "how-to").glob("*.md"))
BLOCK = re.compile(r"(?ms)^```sh\n(.*?)^```$(?:\n```text\n(.*?)^```$)?")


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_a_page_runs(page: Path, tmp_path: Path) -> None:
    """Its blocks one after the other in an empty folder; each line that is shown begins a line that is printed."""
    environ = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HASHSTRESS_LOAD_PLUGINS": "",
    }
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert blocks
    for commands, shown in blocks:
        ran = subprocess.run(
            ["bash", "-euc", commands], cwd=tmp_path, env=environ, check=False, capture_output=True, text=True
        )
        assert ran.returncode == 0, f"{commands}\n{ran.stderr}"
        printed = [*ran.stdout.splitlines(), *ran.stderr.splitlines()]
        for line in shown.splitlines():
            assert any(said.startswith(line) for said in printed), f"{line!r} is not in\n{ran.stdout}{ran.stderr}"
