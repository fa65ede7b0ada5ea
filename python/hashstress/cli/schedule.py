"""`hashstress schedule LOANS`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pyarrow as pa


@click.command(name="schedule")
@click.argument("loans")
@click.option("--loan", "key", help="Print every event of this loan.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the events to this file (.csv or .parquet), which must not be there yet.",
)
def command(loans: str, key: str | None, out: Path | None) -> None:
    """Print what LOANS pay by contract, before anything goes wrong.

    LOANS is a built-in book, a folder of tables, or one file with the table loans. Without options: a line a loan.
    """
    import hashstress as hs
    from hashstress.text import columns

    if out is not None and out.suffix.lower() not in _WRITERS:
        raise hs.UsageError(f"--out {out}: a file ending in {' or '.join(_WRITERS)}")
    if out is not None and out.exists():
        raise hs.UsageError(f"--out {out}: it is there already, and nothing is written over")
    events = hs.schedule(loans)
    if key is not None:
        events = _of(events, key)
    if out is not None:
        _write(out, events)
        click.echo(f"{events.num_rows:,} events written to {out}")
    elif key is not None:
        click.echo("\n".join([*columns(_events(events)), _legend(events)]))
    else:
        click.echo("\n".join(columns(_totals(events))))


WORDS = {
    "IP": "interest is paid",
    "FP": "the fee is paid",
    "PR": "principal is paid back",
    "MD": "maturity, what is left is paid back",
    "IPCI": "interest is added to the principal",
    "PRF": "the level payment is fixed, nothing is paid",
}  # of the contract standard's events, those loans have: hashstress.schedule


def _legend(events: pa.Table) -> str:
    kinds = set(events["event_type"].to_pylist())
    return "; ".join(f"{kind} {words}" for kind, words in WORDS.items() if kind in kinds)


_WRITERS = {".csv": "write_csv", ".parquet": "write_parquet"}


def _write(out: Path, events: pa.Table) -> None:
    from hashstress import storage

    getattr(storage, _WRITERS[out.suffix.lower()])(out, events)


def _of(events: pa.Table, key: str) -> pa.Table:
    """The events of one loan."""
    import pyarrow.compute as pc

    from hashstress.errors import UsageError, nearest

    known = events["loan"].unique().to_pylist()
    if key not in known:
        raise UsageError(f"no loan {key!r}{nearest(key, known)}")
    return events.filter(pc.equal(events["loan"], key))


def _events(events: pa.Table) -> Iterator[list[str]]:
    yield ["date", "event", "payoff USD", "principal USD", "rate", "accrued USD"]
    for row in events.to_pylist():
        amounts = [row["payoff"], row["notional_principal"]]
        rate = f"{row['nominal_interest_rate'] * 100:.6g} %"
        when = row["event_date"].date().isoformat()
        yield [
            when,
            row["event_type"],
            *(f"{amount:,.2f}" for amount in amounts),
            rate,
            f"{row['accrued_interest']:,.2f}",
        ]


def _totals(events: pa.Table) -> Iterator[list[str]]:
    """A line a loan: its dates, and what it pays in all; interest that joins the principal is paid with it."""
    yield ["loan", "first", "last", "events", "interest and fees USD", "principal USD"]
    lines: dict[str, tuple[list[str], dict[str, float]]] = {}
    names = ("loan", "event_date", "event_type", "payoff")
    for loan, when, kind, payoff in zip(*(events[name].to_pylist() for name in names), strict=True):
        dates, sums = lines.setdefault(loan, ([], {"interest": 0.0, "principal": 0.0}))
        if kind != "PRF":  # a payment is fixed: nothing is paid
            dates.append(when.date().isoformat())
            sums["interest" if kind in ("IP", "FP") else "principal"] += payoff
    for loan, (dates, sums) in lines.items():
        yield [loan, dates[0], dates[-1], f"{len(dates):,}", *(f"{amount:,.2f}" for amount in sums.values())]
