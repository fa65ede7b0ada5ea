"""`hashstress run SCENARIO`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

PROGRESS: dict[str, bool | Literal["json"]] = {"auto": True, "json": "json", "off": False}


def switches(texts: tuple[str, ...]) -> dict[str, bool]:
    """Channels from NAME=on or NAME=off."""
    found = {}
    for text in texts:
        name, _, state = text.partition("=")
        if state not in ("on", "off"):
            raise click.BadParameter(f"{text!r}, expected NAME=on or NAME=off", param_hint="--channel")
        found[name] = state == "on"
    return found


@click.command(name="run")
@click.argument("scenario")
@click.option(
    "--book", help="A built-in book or a folder of tables. [default: what the scenario says, else the book of its name]"
)
@click.option("--paths", type=click.IntRange(min=1), default=1000, show_default=True, help="Paths to play.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Seed of all draws.")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    help="Threads of the engine. [default: all cores; the numbers do not depend on it]",
)
@click.option("--out", type=click.Path(path_type=Path), help="A new folder for tables and manifest.")
@click.option(
    "--worst",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="Paths with the largest loss to journal in full.",
)
@click.option(
    "--channel",
    "channels",
    multiple=True,
    metavar="NAME=on|off",
    help="Switch a feedback on or off, as often as needed; docs/model/channels.md lists them.",
)
@click.option(
    "--progress",
    type=click.Choice(list(PROGRESS)),
    default="auto",
    show_default=True,
    help="A bar on a terminal, else JSON lines.",
)
def command(
    scenario: str,
    book: str | None,
    paths: int,
    seed: int,
    threads: int | None,
    out: Path | None,
    worst: int,
    channels: tuple[str, ...],
    progress: str,
) -> None:
    """Play SCENARIO (a built-in name or a TOML file) and print who fails, when, and what it costs."""
    import hashstress as hs

    read = hs.Scenario.read(scenario).with_channels(**switches(channels))
    chosen = hs.Book.read(book or read.book)
    results = hs.run(
        chosen, read, paths=paths, seed=seed, threads=threads, out=out, worst=worst, progress=PROGRESS[progress]
    )
    click.echo(results.summary())
    if read.file.claims:
        from hashstress.claims import table

        verdicts = table(hs.check_claims(results, chosen, read))
        click.echo(
            f"\nClaims of {read.name} (figure, what this run says with its error, what is on record)\n{verdicts}"
        )
    if out is not None:
        click.echo(f"Tables and manifest in {out}")
