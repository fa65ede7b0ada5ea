"""What goes wrong, said so that it can be mended: one base class, a stable code each, every problem at once.

Condition or invariant: an `InputError` or `ScenarioError` is about what was handed in, a `PluginError` names whose code failed,
a `RunError` is about the run itself (its folder, its ledger), a `UsageError` among them about how it was asked for.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from hashstress.csv_lines import lines_of

MAX_PROBLEMS = 100
_SHOWN = 20
_LONGEST_VALUE = 60


class HashstressError(Exception):
    """Base of every error this package raises on purpose. `code` is stable and safe to match on."""

    code: ClassVar[str] = "error"


@dataclass(frozen=True)
class Problem:
    """One located problem of an input. `row` counts data rows from 1 (a CSV header is row 0), `line` lines; unknown places are None."""

    code: str
    table: str | None = None
    file: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    expected: str = ""
    line: int | None = None  # of a CSV file, from 1

    def __str__(self) -> str:
        """One line: where, what was found, what was expected, the code."""
        where = _where(self)
        found = "" if self.value is None else f"found {_short(self.value)}, "
        expected = f"expected {self.expected}" if self.expected else "not accepted"
        return f"{where}: {found}{expected} [{self.code}]"


def _where(problem: Problem) -> str:
    contract = (problem.table or "").partition(" ")[0] == "contract"  # of terms: `contract ID`, and a term for a column
    table = (problem.table if contract else f"table {problem.table}") if problem.table else "input"
    places = [problem.file or table or ""]
    if problem.row is not None:
        line = f" (line {problem.line})" if problem.line else ""
        places.append(f"row {problem.row}{line}" if problem.row else "the header line")
    if problem.column is not None:
        places.append(f"{'term' if contract else 'column'} {problem.column}")
    return ", ".join(places)


def _short(value: str) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 4]}...{text[0]}"


def located(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems with the lines of their CSV files, for those who look with an editor."""
    rows: dict[str, set[int]] = {}
    for problem in problems:
        if problem.file is not None and problem.row and problem.line is None:
            rows.setdefault(problem.file, set()).add(problem.row)
    lines = {file: lines_of(Path(file), wanted) for file, wanted in rows.items()}
    return tuple(
        replace(problem, line=lines[problem.file].get(problem.row or 0))
        if problem.line is None and problem.file in lines
        else problem
        for problem in problems
    )


class InputError(HashstressError, ValueError):
    """Bad tables or files. `problems` holds up to 100 located problems, in the order of tables and rows."""

    code = "input"

    def __init__(self, problems: Iterable[Problem], about: str = "input") -> None:
        """`about` names what was refused ("book mybook")."""
        self.problems = located(tuple(problems)[:MAX_PROBLEMS])
        self.about = about
        super().__init__(_listing(f"{about} refused", [str(problem) for problem in self.problems]))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems, self.about)

    def as_dicts(self) -> list[dict[str, Any]]:
        """The problems as plain dicts, for machines."""
        return [asdict(problem) for problem in self.problems]


@dataclass(frozen=True)
class ScenarioProblem:
    """One problem of a scenario: the TOML path, the line when it is known, the file when it is a base's, and a sentence."""

    path: str
    text: str
    line: int | None = None
    file: str | None = None

    def __str__(self) -> str:
        line = [] if self.line is None else [f"line {self.line}"]
        where = ", ".join([*([] if self.file is None else [self.file]), *line])
        return f"{self.path or 'file'}{f' ({where})' if where else ''}: {self.text}"


class ScenarioError(HashstressError, ValueError):
    """A scenario that cannot be read or does not fit its book. `problems` lists all of them with their TOML path."""

    code = "scenario"

    def __init__(self, name: str, problems: Iterable[ScenarioProblem]) -> None:
        self.name = name
        self.problems: tuple[ScenarioProblem, ...] = tuple(problems)[:MAX_PROBLEMS]
        super().__init__(_listing(f"scenario {name} refused", [str(problem) for problem in self.problems]))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.problems)


class PluginError(HashstressError):
    """A plugin failed or broke its contract. Names the distribution, the plugin and the hook."""

    code = "plugin"

    def __init__(self, text: str, *, plugin: str, dist: str | None = None, hook: str | None = None) -> None:
        self.text, self.plugin, self.dist, self.hook = text, plugin, dist, hook
        whose = f"plugin {plugin!r}" + (f" of {dist}" if dist else "") + (f", hook {hook}" if hook else "")
        super().__init__(f"{whose}: {text}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _plugin_error, (self.text, self.plugin, self.dist, self.hook)


def _plugin_error(text: str, plugin: str, dist: str | None, hook: str | None) -> PluginError:
    return PluginError(text, plugin=plugin, dist=dist, hook=hook)


class RunError(HashstressError):
    """The run could not be done or read back: its folder, its files, its engine."""

    code = "run"


class UsageError(RunError, ValueError):
    """A call that cannot be meant: a number out of range, a word nobody knows, a folder that is taken or not there."""

    code = "usage"


def _listing(title: str, lines: Sequence[str]) -> str:
    if len(lines) == 1:
        return f"{title}: {lines[0]}"
    count = f"{MAX_PROBLEMS} or more" if len(lines) >= MAX_PROBLEMS else str(len(lines))
    more = [f"  ... and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join([f"{title}: {count} problems", *(f"  {line}" for line in lines[:_SHOWN]), *more])


def nearest(word: str, words: Iterable[str]) -> str:
    """A hint for a misspelt name: ` (did you mean 'x'?)`, or nothing."""
    found = difflib.get_close_matches(word, sorted(words), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def problem_of(raw: Mapping[str, Any]) -> Problem:
    """The engine's problem dict as a `Problem`."""
    table, file, column, value = (
        None if raw.get(key) is None else str(raw[key]) for key in ("table", "file", "column", "value")
    )
    row = None if raw.get("row") is None else int(raw["row"])
    expected = str(raw.get("expected") or "")
    return Problem(str(raw.get("code", "invalid")), table, file, row, column, value, expected)


@contextmanager
def engine_errors(about: str) -> Iterator[None]:
    """Turns the engine's errors into ours: its input error, and what else it raises (an amount out of range, a lost worker)."""
    from hashstress import _core

    try:
        yield
    except _core.InputError as error:
        found = [problem_of(raw) for raw in error.problems] or [Problem("invalid", expected=str(error))]
        raise InputError(found, about) from None
    except (ValueError, RuntimeError) as error:
        raise RunError(f"{about}: {error}") from error
