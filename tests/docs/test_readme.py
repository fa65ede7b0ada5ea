"""What README shows is what the commands print, and its Python runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import readme

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"(?ms)^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"))

SUMMARY = """\
A title: book b, 10 paths

Lenders that fail (share of paths, median date)
  celsius  100.0 ± 0.0 %  2022-07-13

Miners that default (share of paths, median date)
  stronghold  90.0 ± 3.0 %  2022-08-31
  tail-001    80.0 ± 3.0 %  2022-08-31
  ... and 3 more

Losses by lender (mean, 99 % VaR, 99 % ES)
{losses}

Books close to 0 cents, 0 sats, 0 machines (worst residual of any path and day)
Digest 7f
0.1 s, 100 paths/s, 1 % of it outside the engine
""".format(losses="\n".join(f"  lender-{place}  1 USD" for place in range(9)))


def test_the_excerpt_is_what_the_command_prints() -> None:
    old = (ROOT / "README.md").read_text(encoding="utf-8")
    new = readme.rewritten(old, readme.excerpt(readme.printed()))
    assert old == new, "`make docs` rewrites the excerpt"


@pytest.mark.parametrize("block", BLOCKS, ids=[f"example-{place}" for place in range(len(BLOCKS))])
def test_python_examples_run(block: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def test_there_are_examples() -> None:
    assert BLOCKS


def test_the_excerpt_leaves_out_drawn_miners_small_losses_and_the_time() -> None:
    shown = readme.excerpt(SUMMARY)
    assert "stronghold" in shown
    assert "tail-001" not in shown
    assert shown.count("lender-") == readme.MOST_LOSSES
    assert shown.count("\n  ...\n") == 2
    assert shown.endswith("Digest 7f")


def test_a_summary_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="does not end with"):
        readme.excerpt("A title\n\nSomething else")
    with pytest.raises(ValueError, match="allowed"):
        readme.excerpt(SUMMARY.replace("  celsius", "  x\n" * readme.MOST_LINES + "  celsius"))


def test_only_the_part_between_the_markers_is_rewritten() -> None:
    page = f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n"
    assert readme.rewritten(page, "new") == f"before\n{readme.BEGIN}\n```text\nnew\n```\n{readme.END}\nafter\n"
    with pytest.raises(ValueError, match="lacks"):
        readme.rewritten("nothing here", "new")
