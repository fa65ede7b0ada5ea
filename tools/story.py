"""Writes the table of docs/model/article-2022.md: figures of the story, what the built-in run says, what is on record, what follows.

python tools/story.py --write    play the scenario, rewrite the part between the markers
python tools/story.py --check    play the scenario, fail if the page differs
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import hashstress as hs
from hashstress import claims

PAGE = Path(__file__).resolve().parent.parent / "docs" / "model" / "article-2022.md"
PATHS, SEED = 400, 7
BEGIN, END = "<!-- story:begin -->\n", "<!-- story:end -->\n"
HEAD = """\
From `hashstress run article-2022 --paths {paths} --seed {seed}`, {count} claims: {counts}.

| system | claim | figure | this run | on record | verdict | what the record is |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    return f"{head}{BEGIN}\n{block()}\n{END}{rest.split(END)[1]}"


def block() -> str:
    """What stands between the markers."""
    scenario = hs.Scenario.read("article-2022")
    book = hs.Book.read(scenario.book)
    results = hs.run(book, scenario, paths=PATHS, seed=SEED, worst=0)
    verdicts = hs.check_claims(results, book, scenario)
    found = [item.verdict for item in verdicts]
    counts = ", ".join(
        f"{found.count(word)} {word}"
        for word in (claims.REPRODUCED, claims.NOT_REPRODUCED, claims.CONTRADICTED, claims.NOT_MODELLED)
    )
    rows = [[*cells, item.claim.source] for item, cells in zip(verdicts, claims.cells(verdicts), strict=True)]
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return HEAD.format(paths=PATHS, seed=SEED, count=len(found), counts=counts) + lines


def main() -> int:
    """Writes or compares; 1 if the page differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--write", action="store_true")
    group.add_argument("--check", action="store_true")
    arguments, text = parser.parse_args(), page()
    if arguments.write:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE.name} is out of date: make docs writes it anew", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
