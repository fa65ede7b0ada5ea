"""The line of a CSV file on which a row begins: what an editor shows, where blank lines and quoted line breaks make a difference."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path


def lines_of(path: Path, rows: Collection[int]) -> dict[int, int]:
    """Line of each of some data rows, both counted from 1; nothing for a file that is no CSV or cannot be read."""
    if path.suffix.lower() != ".csv" or not rows:
        return {}
    found: dict[int, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            row, before = -1, 0  # the header is row 0
            for cells in reader:
                row += bool(cells)
                if cells and row in rows:
                    found[row] = before + 1
                if row >= max(rows):
                    break
                before = reader.line_num
    except (OSError, UnicodeDecodeError, csv.Error):
        return {}
    return found
