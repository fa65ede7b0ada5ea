"""Which line of a TOML file a value stands on, so that an error can say it.

A scanner, not a parser: `tomllib` has already accepted the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

Path = tuple[str | int, ...]
T = TypeVar("T")

_HEADER = re.compile(r"\s*\[(\[?)([^\[\]]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_QUOTED = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*')


def line_map(text: str) -> dict[Path, int]:
    """TOML path → line number from 1, for tables, keys and the items of an array that start a line."""
    found: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line, array in _statements(text):
        header = _HEADER.match(line) if array is None else None
        if header:
            table = _open_table(_parts(header[2]), bool(header[1]), counts)
            found[table] = number
            if header[1]:
                found.setdefault(table[:-1], number)  # an array of tables begins with its first
        elif array is not None:
            found[(*table, *_parts(array[0]), array[1])] = number
        elif key := _KEY.match(line):
            found[(*table, *_parts(key[1]))] = number
    return found


def line_of(lines: Mapping[Path, T], path: Path) -> T | None:
    """The line (or whatever is kept of it) of a value, or of the nearest thing around it that has one."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def dotted(path: Path) -> str:
    """`("anchors", 3, 1)` as `anchors[3][1]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _statements(text: str) -> Iterator[tuple[int, str, tuple[str, int] | None]]:
    """Lines that start a statement (`None`), and lines that start an item of an array of a key (key, item number)."""
    depth, key, item, fence = 0, "", 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if fence:
            fence = "" if fence in line else fence
            continue
        if depth == 0 and line.strip() and not line.lstrip().startswith("#"):
            yield number, line, None
            match = _KEY.match(line)
            key, item = (match[1], 0) if match else ("", 0)
            if not match:
                continue  # a header: its brackets open nothing
        elif depth == 1 and key and line.lstrip()[:1] not in ("", "#", "]"):
            yield number, line, (key, item)
        bare, fence = _bare(line)
        change, commas = _brackets(bare, depth)
        item += commas
        depth += change


def _bare(line: str) -> tuple[str, str]:
    """The line without strings and comments, and the fence of a multi-line string it leaves open."""
    for fence in ('"""', "'''"):
        if line.count(fence) % 2:
            return line.partition(fence)[0], fence
    return _QUOTED.sub("", line), ""


def _brackets(bare: str, depth: int) -> tuple[int, int]:
    """Change of the bracket depth over a line, and the commas that end an item of the outer array."""
    now, commas = depth, 0
    for char in bare:
        now += (char in "[{") - (char in "]}")
        commas += char == "," and now == 1
    return now - depth, commas


def _open_table(names: Path, repeated: bool, counts: dict[Path, int]) -> Path:
    """The path of a table, with the index of each array of tables it lies in."""
    path: Path = ()
    for place, name in enumerate(names):
        path = (*path, name)
        last = place == len(names) - 1
        if last and repeated:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(text: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(text))
