"""`hashstress verify DIR`."""

from __future__ import annotations

import click


@click.command(name="verify")
@click.argument("folder", metavar="DIR")
@click.pass_context
def command(ctx: click.Context, folder: str) -> None:
    """Read the finished run in DIR whole and compare every file and digest with its manifest."""
    from hashstress import verification
    from hashstress.cli import FAILED
    from hashstress.results import Results
    from hashstress.text import some

    problems = verification.problems(folder)
    for problem in problems:
        click.echo(f"Error: {problem}", err=True)
    if problems:
        ctx.exit(FAILED)
    manifest = Results.read(folder).manifest
    click.echo(
        f"{folder} is whole: {some(len(manifest['files']), 'file')}, {some(manifest['paths'], 'path')}, every digest as in manifest.json"
    )
    click.echo(f"Digest {manifest['results_digest']}")
