"""`hashstress explain DIR --path K`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hashstress.explaining import Journal


@click.command(name="explain")
@click.argument("folder", metavar="DIR")
@click.option("--path", type=click.IntRange(min=0), required=True, help="The path to replay, as in the table `paths`.")
@click.option("--loan", help="Only what concerns this loan: it, its miner, its lenders, its machines.")
@click.option("--miner", help="Only what concerns this miner: it, its machines, its loans.")
@click.option("--lender", help="Only what concerns this lender: it, its loans and those it bought.")
@click.option("--ledger", is_flag=True, help="Postings in place of events, in whole cents, satoshis and machines.")
@click.option(
    "--all", "every", is_flag=True, help="Every event: also each time a miner turns from holding to selling and back."
)
@click.option("--book", help="The run's book. [default: where the run found it]")
@click.option("--scenario", help="The run's scenario. [default: the texts the run keeps]")
def command(
    folder: str,
    path: int,
    loan: str | None,
    miner: str | None,
    lender: str | None,
    ledger: bool,
    every: bool,
    book: str | None,
    scenario: str | None,
) -> None:
    """Replay one path of the finished run in DIR and print its journal, day by day."""
    import hashstress as hs
    from hashstress import telling

    journal = hs.explain(
        folder,
        path=path,
        loan=loan,
        miner=miner,
        lender=lender,
        book=None if book is None else hs.Book.read(book),
        scenario=None if scenario is None else hs.Scenario.read(scenario),
    )
    rows = list(journal.posting_rows() if ledger else journal.event_rows())
    lines = list(_postings(rows) if ledger else telling.lines(rows, journal.ledger.rows(), every=every))
    for line in lines:
        click.echo(line)
    asked = lender or (f"loan {loan}" if loan else f"loans of {miner}" if miner else None)
    click.echo(f"Path {path}: {_counted(len(rows), len(lines), ledger)}; {_losses(journal, asked, lender is not None)}")


def _counted(rows: int, lines: int, ledger: bool) -> str:
    from hashstress.text import some

    folded = f" in {some(lines, 'line')} (--all: a line each)" if lines < rows else ""
    return f"{some(rows, 'posting' if ledger else 'event')}{folded}"


def _losses(journal: Journal, asked: str | None, is_lender: bool) -> str:
    every = f"of all lenders {journal.loss_usd:,.2f} USD"
    if journal.own_loss_usd is None:
        return f"loss {every}"
    return f"loss {'of' if is_lender else 'on'} {asked} {journal.own_loss_usd:,.2f} USD, {every}"


def _postings(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for row in rows:
        accounts = f"{row['from_account']} -> {row['to_account']}"
        yield f"{row['date']}  {row['reason']:<19} {accounts:<48} {row['amount']:,.0f} {row['unit']}"
