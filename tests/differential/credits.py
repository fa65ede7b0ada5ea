"""Conservation of vendor credit, from a journal alone: what a vendor owes a miner in goods (docs/model/deliveries.md).

For each pair of a miner and a vendor:
* credit is given and taken by the world alone, for the reasons of the page, and is never below 0;
* it is forfeited only on a day on which the vendor or the miner fails, and then all of it;
* at the close of that day there is none, and none is given or used any more.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.economies import Row, Tables

Entry = tuple[Any, ...]
GIVEN = {"vendor_credit", "price_protection", "coupon"}
TAKEN = {"credit_used", "forfeit"}


def ends(tables: Tables, scenario: Row, events: list[Entry]) -> list[int | None]:
    """The day on which each credit ends: the first failure of its vendor or its miner."""
    rows = tables.get("orders", [])
    pairs = sorted({(row["miner"], row["vendor"]) for row in rows}, key=lambda pair: [key.encode() for key in pair])
    miners = sorted((row["miner"] for row in tables["miners"]), key=str.encode)
    fell = {miners[int(entity.split(":")[1])]: day for day, kind, entity, _ in events if kind == "miner_default"}
    vendors = {row["vendor"]: row["day"] for row in scenario.get("vendor_events", [])}
    return [
        min((day for day in (fell.get(miner), vendors.get(vendor)) if day is not None), default=None)
        for miner, vendor in pairs
    ]


def broken_credit(end: int | None, moves: list[tuple[int, str, str, int]]) -> list[str]:
    """Laws that one credit's moves (day, reason, the other side, signed amount) do not keep."""
    balance, found = 0, []
    for day, reason, other, amount in moves:
        balance += amount
        if other != "world" or reason not in (GIVEN if amount > 0 else TAKEN):
            found.append(f"day {day}: {reason} of {amount}, {other}")
        if balance < 0:
            found.append(f"day {day}: {balance} after {reason}")
        if end is not None and day > end:
            found.append(f"day {day}: {reason} after the end on day {end}")
        if reason == "forfeit" and (day != end or balance != 0):
            found.append(f"day {day}: a forfeit that leaves {balance}, end {end}")
    if end is not None and balance != 0:
        found.append(f"{balance} left after the end on day {end}")
    return found


def broken_credits(tables: Tables, scenario: Row, postings: list[Entry], events: list[Entry]) -> list[str]:
    """Laws of vendor credit that a path's journal does not keep; `postings` and `events` name accounts by canonical place."""
    moves: dict[str, list[tuple[int, str, str, int]]] = defaultdict(list)
    for day, reason, _, source, target, amount in postings:
        for account, other, signed in ((target, source, amount), (source, target, -amount)):
            if account.startswith("credit:"):
                moves[account].append((day, reason, other, signed))
    return [
        f"credit:{place}: {line}"
        for place, end in enumerate(ends(tables, scenario, events))
        for line in broken_credit(end, moves[f"credit:{place}"])
    ]
