"""`hashstress scenarios [NAME]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hashstress.scenario import Scenario
    from hashstress.scenario_file import Citation


@click.command(name="scenarios")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the built-in scenarios; with NAME (or a TOML file), what that one does, what to expect of it and where its numbers come from."""
    import hashstress as hs
    from hashstress import builtin

    if name is None:
        _list([hs.Scenario.read(found) for found in builtin.scenario_names()])
    else:
        _show(hs.Scenario.read(name))


def _list(scenarios: list[Scenario]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "title", "days", "base", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in (0, 2, 3):
        table.columns[column].no_wrap = True
    for scenario in scenarios:
        table.add_row(*map(Text, (scenario.name, scenario.file.title, f"{scenario.days}", scenario.file.base or "")))
    Console(highlight=False).print(table)


def _show(scenario: Scenario) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for key, value in _facts(scenario):
        table.add_row(Text(key), Text(value))
    Console(highlight=False).print(table)


def _facts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """What a reader wants to know, the texts of bases below the scenario's own."""
    file = scenario.file
    yield file.name, file.title
    yield "days", f"{scenario.days}, {file.start} to {file.end}"
    yield "book", _book(scenario)
    if len(scenario.layers) > 1:
        yield "base", " on top of ".join(layer.origin for layer in scenario.layers[1:])
    yield "price, power", f"{file.price.source}, {file.power.source}"
    for kind, table in (("scale", file.scale), ("add", file.add)):
        if table:
            yield kind, ", ".join(_changes(table, ""))
    if file.channels.off:
        yield "channels off", ", ".join(file.channels.off)
    if file.expect:
        yield "expect", " ".join(file.expect.split())
    for place, citation in enumerate(file.citations):
        yield "" if place else "sources", _cited(citation)
    for origin, citations in scenario.citations_below():
        for place, citation in enumerate(citations):
            yield "" if place else f"of {origin}", _cited(citation)


def _book(scenario: Scenario) -> str:
    from hashstress.errors import ScenarioError

    try:
        return scenario.book
    except ScenarioError:
        return "any: name one with --book"


def _changes(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """Factors and amounts as they are written, rows by their number."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _changes(value, f"{path}{key}.")
        elif isinstance(value, list):
            yield f"{key}: {len(value)} row{'' if len(value) == 1 else 's'}"
        else:
            yield f"{path}{key} {value:,g}"


def _cited(citation: Citation) -> str:
    dated = f" ({citation.date})" if citation.date else ""
    return f"{citation.source}{dated}{f' {citation.url}' if citation.url else ''}"
