"""Keeps the excerpt in README.md equal to what the command prints.

    python tools/readme.py --write    run the command, rewrite the excerpt
    python tools/readme.py --check    run the command, fail if the excerpt differs

The excerpt leaves out the line with the time, the drawn private miners, and all but the largest losses; a line with dots says where.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- demo:begin -->", "<!-- demo:end -->"
COMMAND = "hashstress run crisis-2022 --paths 1000 --seed 7"
MOST_LINES = 42
MOST_LOSSES = 6
DOTS = "  ..."


def printed() -> str:
    """What the command prints, with built-in plugins only."""
    words = [sys.executable, "-m", *COMMAND.split(), "--progress", "off"]
    environ = os.environ | {"HASHSTRESS_LOAD_PLUGINS": ""}
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, env=environ, cwd=ROOT).stdout


def excerpt(text: str) -> str:
    """The lines README shows. Raises ValueError when the summary has another form."""
    title, *sections, closing = text.strip().split("\n\n")
    shown = [title, *(_section(section) for section in sections), _closing(closing)]
    lines = "\n\n".join(shown).splitlines()
    if len(lines) > MOST_LINES:
        raise ValueError(
            f"the excerpt has {len(lines)} lines, {MOST_LINES} allowed: change what tools/readme.py leaves out"
        )
    return "\n".join(lines)


def _section(section: str) -> str:
    head, *rows = section.splitlines()
    kept = [row for row in rows if not row.startswith(("  tail-", DOTS))]
    if head.startswith("Losses"):
        kept = kept[:MOST_LOSSES]
    return "\n".join([head, *kept, *([DOTS] if len(kept) < len(rows) else [])])


def _closing(closing: str) -> str:
    kept = [line for line in closing.splitlines() if re.match(r"Books close|Digest|Warning", line)]
    if len(kept) < 2:
        raise ValueError("the summary does not end with the closing of the books and the digest")
    return "\n".join(kept)


def rewritten(readme: str, shown: str) -> str:
    """README with the excerpt between its markers. Raises ValueError without them."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n```text\n{shown}\n```\n{END}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="rewrite the excerpt")
    what.add_argument("--check", action="store_true", help="fail if it differs")
    chosen = parser.parse_args()
    old = README.read_text(encoding="utf-8")
    new = rewritten(old, excerpt(printed()))
    if chosen.write:
        README.write_text(new, encoding="utf-8")
        return 0
    sys.stderr.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "README.md", "printed"))
    return int(old != new)


if __name__ == "__main__":
    raise SystemExit(main())
