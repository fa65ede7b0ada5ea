"""`hashstress check BOOK`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hashstress.book import Book
    from hashstress.scenario import Scenario


@click.command(name="check")
@click.argument("book")
@click.option(
    "--scenario",
    help="Check the book together with this scenario: dates, lenders, policies. [default: the built-in one of its name]",
)
def command(book: str, scenario: str | None) -> None:
    """Read BOOK (a built-in name or a folder) and report every problem by file, row and column."""
    import hashstress as hs
    from hashstress import builtin
    from hashstress.text import columns

    read = hs.Book.read(book)
    name = book.partition(":")[0]
    chosen = scenario or (name if name in builtin.scenario_names() else None)
    warnings, notes = (_alone(read), []) if chosen is None else _together(read, hs.Scenario.read(chosen))
    for line in columns([name, f"{count:,}"] for name, count in read.counts.items()):
        click.echo(line)
    together = "" if chosen is None else f" under scenario {chosen}"
    click.echo(f"{book} is sound{together}. Digest {read.digest}")
    for note in notes:
        click.echo(f"Note: {note}")
    for warning in warnings:
        click.echo(f"Warning: {warning}", err=True)


def _together(book: Book, scenario: Scenario) -> tuple[list[str], list[str]]:
    """Compiles the scenario for the book, as a run does: warnings of what neither can use, and notes on what may not be meant."""
    from hashstress import _core, seasons
    from hashstress.errors import engine_errors

    compiled = scenario.compile(book)
    with engine_errors(f"scenario {scenario.origin}"):
        _core.Scenario.try_build(compiled.spec, book.core)
    return list(compiled.warnings), list(seasons.notes(book, scenario.file.start))


def _alone(book: Book) -> list[str]:
    """Policies that only a scenario could define."""
    from hashstress import disposal, plugins
    from hashstress.errors import located

    problems = located(tuple(disposal.unknown(book, plugins.registry())))
    return [f"{problem}; a scenario may define it: check with --scenario" for problem in problems]
