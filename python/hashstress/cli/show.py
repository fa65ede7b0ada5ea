"""`hashstress show DIR`."""

from __future__ import annotations

import click


@click.command(name="show")
@click.argument("folder", metavar="DIR")
def command(folder: str) -> None:
    """Sum up the finished run in DIR."""
    import hashstress as hs

    click.echo(hs.Results.read(folder).summary())
