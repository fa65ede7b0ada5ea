"""`hashstress book NAME -o DIR`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click


@click.command(name="book")
@click.argument("name")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, help="A new folder, a file of it for each table."
)
@click.option(
    "--kind", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True, help="Format of the files."
)
def command(name: str, out: Path, kind: Literal["csv", "parquet"]) -> None:
    """Write the tables of NAME (a built-in book or a folder) to a folder, to edit and read again.

    Every column is there, with its default where the book gave none; tables without rows have their header alone.
    """
    import hashstress as hs
    from hashstress.text import columns

    book = hs.Book.read(name)
    book.write(out, kind)
    for line in columns([f"{table}.{kind}", f"{count:,}"] for table, count in book.counts.items()):
        click.echo(line)
    click.echo(
        f"Tables of {name} in {out}; play them with `hashstress run SCENARIO --book {out}`. Digest {book.digest}"
    )
