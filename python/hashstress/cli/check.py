"""`hashstress check BOOK`."""

from __future__ import annotations

import click


@click.command(name="check")
@click.argument("book")
def command(book: str) -> None:
    """Read BOOK (a built-in name or a folder) and report every problem by file, row and column."""
    import hashstress as hs
    from hashstress.text import columns

    read = hs.Book.read(book)
    for line in columns([name, f"{count:,}"] for name, count in read.counts.items()):
        click.echo(line)
    click.echo(f"{book} is sound. Digest {read.digest}")
