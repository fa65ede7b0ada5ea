"""The generated part of docs/reference/contracts.md: the terms the engine reads, from the sources that read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DICTIONARY = ROOT / "rust" / "tables" / "src" / "contract" / "dictionary.rs"
ENGINE = ROOT / "rust" / "engine" / "src" / "contract"
WORDS = [ENGINE / "vocabulary.rs", ENGINE / "calendar.rs", ENGINE / "daycount.rs"]
PAGE = ROOT / "docs" / "reference" / "contracts.md"
BEGIN = "<!-- What follows is written by tools/reference.py from the engine's dictionary of terms. -->"

VALUES = {
    "number": "number",
    "moment": "date",
    "cycle": "cycle",
    "period": "period",
    "text": "text",
    "currency": "currency",
    "structure": "legs",
    "numbers": "numbers",
    "moments": "dates",
    "cycles": "cycles",
}


def words() -> dict[str, list[str]]:
    """The words of each enumeration of terms, by its name."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in WORDS)
    found = {
        name: re.findall(r'^\s+\w+ = "(\w+)"', body, re.MULTILINE)
        for name, body in re.findall(r"pub enum (\w+) \{(.*?)\n    \}", sources, re.DOTALL)
    }
    counts = re.search(r"pub const WORDS: \[&'static str; \d+\] = \[(.*?)\];", sources, re.DOTALL)
    found["DayCount"] = re.findall(r'"(\w+)"', counts[1]) if counts else []
    return found


def terms() -> Iterator[tuple[str, str, str]]:
    """Name, value and meaning of each term."""
    known = words()
    lines = re.findall(
        r'^    (\w+) "(\w+)" "(.*?)"(?: \((\w+).*\))?;$', DICTIONARY.read_text(encoding="utf-8"), re.MULTILINE
    )
    for kind, name, meaning, argument in lines:
        value = ", ".join(f"`{word}`" for word in known[argument]) if kind in {"word", "words"} else VALUES[kind]
        yield f"`{name}`", f"list of {value}" if kind == "words" else value, meaning


def contracts_page() -> Iterator[str]:
    """The page: its first part as it stands, and the terms."""
    yield PAGE.read_text(encoding="utf-8").partition(BEGIN)[0].rstrip("\n") if PAGE.is_file() else "# Contracts"
    yield ""
    yield BEGIN
    yield ""
    yield "| term | value | meaning |"
    yield "|---|---|---|"
    yield from (f"| {' | '.join(row)} |" for row in terms())
