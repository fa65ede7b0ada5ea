"""How the events of a path are told to people: dollars and bitcoin, sales with what they brought, a miner's to and fro in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]

CENTS_PER_USD, SATS_PER_BTC = 100, 100_000_000
CALLS = ("margin_call", "covenant_call")  # their amount is the claim, not what is asked for
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
    postings = list(ledger)
    brought, sold = _Sales(postings), _BookSales(postings)
    for item in [_Told([row]) for row in events] if every else _folded(events):
        row = item.rows[0]
        on = "on a claim of " if row["kind"] in CALLS else ""
        said = item.to_and_fro() if len(item.rows) > 1 else f"{on}{amount(row)}{brought.of(row)}{sold.of(row)}"
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
            if row["reason"] in ("machine_sale", "sell_back") and row["unit"] == "machines":
                sale = self.brought.setdefault((row["day"], row["from_account"]), [])
                sale.append(0.0)
            elif sale and row["reason"] in ("machine_proceeds", "machine_surplus", "sell_back"):
                sale[-1] += row["amount"]
            else:
                sale = None

    def of(self, row: Row) -> str:
        """Words for what an event's machines brought, or nothing."""
        if row["kind"] == "consignment":
            self.consigned.add(row["entity"])
        by_broker = row["kind"] == "machine_sale" and row["entity"] in self.consigned
        if by_broker or row["kind"] not in ("machine_sale", "sell_back"):
            return ""
        account = f"{'lot' if row['entity_kind'] == 'loan' else 'fleet'}:{row['entity']}"
        waiting = self.brought.get((row["day"], account))
        if not waiting:
            return ""
        usd = waiting.pop(0) / CENTS_PER_USD
        return f" for {usd:,.2f} USD, {usd / row['amount']:,.2f} each"


class _BookSales:
    """Who bought a loan, and of whom, by the payment; nothing is said where two of a day cannot be told apart."""

    def __init__(self, ledger: Iterable[Row]) -> None:
        self.paid: dict[tuple[int, float], set[tuple[str, str]]] = {}
        for row in ledger:
            if row["reason"] == "book_sale":
                between = tuple(row[side].partition(":")[2] for side in ("from_account", "to_account"))
                self.paid.setdefault((row["day"], row["amount"]), set()).add(between)

    def of(self, row: Row) -> str:
        """Words for who paid whom, or nothing."""
        between = self.paid.get((row["day"], row["amount"]), set()) if row["kind"] == "book_sale" else set()
        return "".join(f", paid by {buyer} to {seller}" for buyer, seller in between) if len(between) == 1 else ""


def bought(events: Iterable[Row], ledger: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """Each loan of a path that changed hands, and the lender that paid for it."""
    paid = (row["from_account"].partition(":")[2] for row in ledger if row["reason"] == "book_sale")
    sold = (row["entity"] for row in events if row["kind"] == "book_sale" and row["amount"] > 0)
    return zip(sold, paid, strict=True)
