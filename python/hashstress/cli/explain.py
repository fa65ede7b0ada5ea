"""`hashstress explain DIR --path K`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click


@click.command(name="explain")
@click.argument("folder", metavar="DIR")
@click.option("--path", type=click.IntRange(min=0), required=True, help="The path to replay, as in the table `paths`.")
@click.option("--loan", help="Only what concerns this loan: it, its miner, its lender, its machines.")
@click.option("--miner", help="Only what concerns this miner: it, its machines, its loans.")
@click.option("--lender", help="Only what concerns this lender: it and its loans.")
@click.option("--ledger", is_flag=True, help="Postings in place of events.")
@click.option("--book", help="The run's book. [default: by the name in the manifest]")
@click.option("--scenario", help="The run's scenario. [default: by the name in the manifest]")
def command(
    folder: str,
    path: int,
    loan: str | None,
    miner: str | None,
    lender: str | None,
    ledger: bool,
    book: str | None,
    scenario: str | None,
) -> None:
    """Replay one path of the finished run in DIR and print its journal, day by day."""
    import hashstress as hs
    from hashstress.explaining import explain

    journal = explain(
        hs.Results.read(folder),
        path=path,
        loan=loan,
        miner=miner,
        lender=lender,
        book=None if book is None else hs.Book.read(book),
        scenario=None if scenario is None else hs.Scenario.read(scenario),
    )
    rows = _postings(journal.posting_rows()) if ledger else _events(journal.event_rows())
    count = 0
    for count, line in enumerate(rows, start=1):  # noqa: B007
        click.echo(line)
    click.echo(
        f"Path {path}: {count:,} {'postings' if ledger else 'events'}; loss of all lenders {journal.loss_usd:,.2f} USD"
    )


def _events(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    from hashstress.explaining import unit

    for row in rows:
        counted = unit(row["kind"])
        amount = f"{row['amount']:,.0f} {counted}" if counted else f"{row['amount']:,.0f}" if row["amount"] else ""
        yield f"{row['date']}  {row['kind']:<18} {row['entity_kind']:<8} {row['entity']:<24} {amount}".rstrip()


def _postings(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for row in rows:
        accounts = f"{row['from_account']} -> {row['to_account']}"
        yield f"{row['date']}  {row['reason']:<19} {accounts:<48} {row['amount']:,.0f} {row['unit']}"
