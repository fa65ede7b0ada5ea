"""Problems of one file on their way to an InputError."""

from __future__ import annotations

from pathlib import Path

from hashstress.errors import Problem


class RefusedError(Exception):
    """Problems of one file; `tables` collects those of all files."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(*problems)


def refused(
    path: Path,
    table: str | None,
    code: str,
    expected: str,
    *,
    row: int | None = None,
    line: int | None = None,
    column: str | None = None,
    value: str | None = None,
) -> RefusedError:
    """One problem of a file."""
    return RefusedError(
        Problem(code, table=table, file=str(path), row=row, column=column, value=value, expected=expected, line=line)
    )
