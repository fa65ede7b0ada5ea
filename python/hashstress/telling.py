"""How the events of a path are told to people: dollars and bitcoin, sales with what they brought, a miner's to and fro in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]

CENTS_PER_USD, SATS_PER_BTC = 100, 100_000_000
TO_AND_FRO = ("sell_mode", "hold_mode")  # a miner that lives from hand to mouth has hundreds


def amount(row: Row) -> str:
    """`1,234.50 USD`, `0.50000000 BTC`, `12 machines`; nothing where the event has no amount."""
    value, unit = row["amount"], row["unit"]
    if unit == "cents":
        return f"{value / CENTS_PER_USD:,.2f} USD"
    if unit == "sats":
        return f"{value / SATS_PER_BTC:,.8f} BTC"
    if unit == "difficulty":
        return f"difficulty {value:,.0f}"
    return f"{value:,.0f} {unit}" if unit else ""


def lines(events: Iterable[Row], ledger: Iterable[Row], *, every: bool = False) -> Iterator[str]:
    """A line an event. A miner's runs of selling and holding become one line where it begins, unless `every` is asked for."""
    brought = _Sales(ledger)
    for item in [_Told([row]) for row in events] if every else _folded(events):
        row = item.rows[0]
        said = item.to_and_fro() if len(item.rows) > 1 else f"{amount(row)}{brought.of(row)}"
        yield f"{row['date']}  {row['kind']:<18} {row['entity_kind']:<8} {row['entity']:<24} {said}".rstrip()


@dataclass
class _Told:
    """Events that share a line."""

    rows: list[Row] = field(default_factory=list)

    def to_and_fro(self) -> str:
        """How often a miner came to sell, and until when."""
        times = sum(row["kind"] == TO_AND_FRO[0] for row in self.rows)
        last = self.rows[-1]
        return f"and back, {times} time{'' if times == 1 else 's'} until {last['date']}: then {last['kind']}"


def _folded(events: Iterable[Row]) -> list[_Told]:
    """A run of a miner's modes lasts until something else happens to that miner."""
    told: list[_Told] = []
    running: dict[str, _Told] = {}
    for row in events:
        if row["kind"] in TO_AND_FRO:
            if row["entity"] in running:
                running[row["entity"]].rows.append(row)
                continue
            running[row["entity"]] = _Told([row])
            told.append(running[row["entity"]])
            continue
        if row["entity_kind"] == "miner":
            running.pop(row["entity"], None)
        told.append(_Told([row]))
    return told


class _Sales:
    """What each sale of machines brought, by the postings that follow its own. A broker pays later: nothing is said of his sales."""

    def __init__(self, ledger: Iterable[Row]) -> None:
        self.brought: dict[tuple[int, str], list[float]] = {}
        self.consigned: set[str] = set()
        sale: list[float] | None = None
        for row in ledger:
            if row["reason"] == "machine_sale":
                sale = self.brought.setdefault((row["day"], row["from_account"]), [])
                sale.append(0.0)
            elif sale and row["reason"] in ("machine_proceeds", "machine_surplus"):
                sale[-1] += row["amount"]
            else:
                sale = None

    def of(self, row: Row) -> str:
        """Words for what an event's machines brought, or nothing."""
        if row["kind"] == "consignment":
            self.consigned.add(row["entity"])
        if row["kind"] != "machine_sale" or row["entity"] in self.consigned:
            return ""
        account = f"{'lot' if row['entity_kind'] == 'loan' else 'fleet'}:{row['entity']}"
        waiting = self.brought.get((row["day"], account))
        if not waiting:
            return ""
        usd = waiting.pop(0) / CENTS_PER_USD
        return f" for {usd:,.2f} USD, {usd / row['amount']:,.2f} each"
