"""`hashstress rescue SCENARIO`."""

from __future__ import annotations

import click


@click.command(name="rescue")
@click.argument("scenario")
@click.option(
    "--book", help="A built-in book or a folder of tables. [default: what the scenario says, else the book of its name]"
)
@click.option("--paths", type=click.IntRange(min=1), default=1000, show_default=True, help="Paths, played twice.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Seed of all draws.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the engine. [default: all cores]")
def command(scenario: str, book: str | None, paths: int, seed: int, threads: int | None) -> None:
    """Print what the facilities of a book cost under SCENARIO (a built-in name or a TOML file) and what they spared the lenders."""
    import hashstress as hs

    read = hs.Scenario.read(scenario)
    chosen = hs.Book.read(book or read.book)
    click.echo(str(hs.rescue_value(chosen, read, paths=paths, seed=seed, threads=threads)))
