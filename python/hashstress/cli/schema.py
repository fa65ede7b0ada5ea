"""`hashstress schema [TABLE]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from hashstress.errors import InputError, Problem, nearest
from hashstress.text import columns


@click.command(name="schema")
@click.argument("table", required=False)
def command(table: str | None) -> None:
    """Print the columns of TABLE: type, unit, range, default, whether a cell may be empty; without TABLE, the names of all tables."""
    from hashstress import _core

    schema = _core.schema()
    if table is None:
        for side in ("input", "output"):
            names = [name.partition(".")[2] for name in schema if name.startswith(f"{side}.")]
            click.echo(f"{side}: {', '.join(names)}")
        return
    found = [name for name in schema if table in (name, name.partition(".")[2])]
    if not found:
        names = sorted({name.partition(".")[2] for name in schema})
        expected = f"one of {', '.join(names)}{nearest(table, names)}"
        raise InputError([Problem("unknown_table", value=table, expected=expected)], "table")
    for name in found:
        _show(name, schema[name])


def _show(name: str, fields: list[dict[str, Any]]) -> None:
    click.echo(name)
    lines = columns([field["name"], field["type"], field["unit"], _range(field), _empty(field)] for field in fields)
    for line, field in zip(lines, fields, strict=True):
        click.echo(f"{line}  {field.get('description') or ''}".rstrip())


def _range(field: Mapping[str, Any]) -> str:
    if field.get("values"):
        return "|".join(map(str, field["values"]))
    least, most = field.get("minimum"), field.get("maximum")
    return "" if least is None and most is None else f"{_bound(least, '-inf')}..{_bound(most, 'inf')}"


def _empty(field: Mapping[str, Any]) -> str:
    """Whether the column may be left out, what that stands for, and whether a cell may be empty."""
    column = "required" if field["required"] else f"default {field['default'] or 'empty'}"
    return f"{column}, may be null" if field["nullable"] else column


def _bound(value: object, open_end: str) -> str:
    return open_end if value is None else f"{value:g}" if isinstance(value, float) else str(value)
