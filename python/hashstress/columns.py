"""Columns of a small file (a price history, a tariff) as Python values, every bad cell located."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hashstress.errors import MAX_PROBLEMS, InputError, Problem
from hashstress.hookspecs import ParamsError
from hashstress.tables import read_file

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


def read_columns(
    path: Path, columns: Mapping[str, str], optional: Mapping[str, str] | None = None
) -> dict[str, list[Any]]:
    """Columns of a small file as Python values; kinds are `date`, `number`, `text`. Every column is filled, numbers are finite.

    Optional columns are left out when the file has none. Raises InputError with every bad cell by row and column.
    """
    table = read_file(path)
    kinds = {**columns, **{name: kind for name, kind in (optional or {}).items() if name in table.column_names}}
    problems = [_missing(path, name, table.column_names) for name in columns if name not in table.column_names]
    unknown = [name for name in table.column_names if name not in kinds]
    problems += [Problem("unknown_column", file=str(path), column=name, expected=_one_of(kinds)) for name in unknown]
    found: dict[str, list[Any]] = {}
    for name, kind in kinds.items():
        if name in table.column_names:
            found[name] = [
                _cell(value, kind, path, name, row, problems)
                for row, value in enumerate(table[name].to_pylist(), start=1)
            ]
    if problems:
        raise InputError(problems, f"file {path}")
    return found


def check_range(path: Path, columns: Mapping[str, Sequence[float]], least: float, most: float, unit: str) -> None:
    """Numbers of a file's columns lie between `least` and `most`. Raises InputError with every cell that does not, by row."""
    expected = f"{least:,g} to {most:,g} {unit}"
    problems = [
        Problem("out_of_range", file=str(path), row=row, column=name, value=f"{value:g}", expected=expected)
        for name, values in columns.items()
        for row, value in enumerate(values, start=1)
        if not least <= value <= most
    ]
    if problems:
        raise InputError(problems, f"file {path}")


def beside(folder: Path, name: str) -> Path:
    """A file a scenario names: below the scenario's own folder. Raises ParamsError for `..`, absolute names and links that lead out."""
    path = folder / name
    if "\0" in name or Path(name).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
        raise ParamsError("file", f"{name!r} lies outside the scenario's folder")
    return path


def _missing(path: Path, name: str, there: Sequence[str]) -> Problem:
    return Problem(
        "missing_column", file=str(path), column=name, expected=f"a column of that name; there are {', '.join(there)}"
    )


def _one_of(words: Iterable[str]) -> str:
    return f"one of {', '.join(words)}"


def _cell(value: object, kind: str, path: Path, column: str, row: int, problems: list[Problem]) -> Any:
    parsed = _PARSERS[kind](value)
    if parsed is None and len(problems) < MAX_PROBLEMS:
        shown = None if value is None else str(value)
        problems.append(
            Problem(f"not_a_{kind}", file=str(path), row=row, column=column, value=shown, expected=_EXPECTED[kind])
        )
    return parsed


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else None
    if isinstance(value, str):
        try:
            return date.fromisoformat(value) if len(value) == len("2022-06-13") else None
        except ValueError:
            return None
    return value if isinstance(value, date) else None


def _filled(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


_PARSERS: dict[str, Callable[[object], Any]] = {"number": _number, "date": _date, "text": _filled}
_EXPECTED = {
    "number": "a finite number with a decimal point",
    "date": "a date like 2022-06-13",
    "text": "a text that is not empty",
}
