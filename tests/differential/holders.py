"""Loans that change hands, from a journal and the tables alone: who holds a loan is paid for it (docs/model/lenders.md, book sale).

* A loan is sold by the lender that holds it, so many days after its failure, to one that buys such loans and has not failed; event and
  posting tell the same price, and the same loan.
* What a miner pays a lender, draws from it or buys of it is for a loan that this lender holds.
* Machines go back from a loan's lot to the row that was pledged; the money goes to who holds the loan.
* All lenders together have lost what all loans have lost.

A loan that is sold for nothing leaves no posting: from then on whoever could have bought it may be its holder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tests.differential.figures import Figures
from tests.economies import Row, Tables

Entry = tuple[Any, ...]
SERVICE = {
    "interest",
    "principal",
    "repurchase",
    "estate",
    "sell_back",
    "draw",
}  # between a miner and a lender, or machines


def ordered(tables: Tables, name: str, *columns: str) -> list[Row]:
    """Rows in canonical order."""
    return sorted(tables[name], key=lambda row: tuple(row[column].encode() for column in columns))


class Hands:
    """Who may hold each loan of a path, day by day."""

    def __init__(self, tables: Tables, postings: list[Entry], events: list[Entry]) -> None:
        self.lenders = ordered(tables, "lenders", "lender")
        self.loans = ordered(tables, "loans", "loan")
        places = {row["lender"]: f"lender:{j}" for j, row in enumerate(self.lenders)}
        miners = {row["miner"]: f"miner:{i}" for i, row in enumerate(ordered(tables, "miners", "miner"))}
        rows = {(row["miner"], row["fleet"]): g for g, row in enumerate(ordered(tables, "fleet", "miner", "fleet"))}
        self.pledged = [f"fleet:{rows.get((row['miner'], row['collateral_fleet']))}" for row in self.loans]
        self.of: defaultdict[str, list[int]] = defaultdict(list)  # loans by miner
        for index, row in enumerate(self.loans):
            self.of[miners[row["miner"]]].append(index)
        self.may = [{places[row["lender"]]} for row in self.loans]  # hold each loan now
        self.before: dict[int, list[set[str]]] = {}  # and before the sales of a day
        self.failed: dict[str, int] = {}
        self.odd = list(self.sales(postings, events))

    def sales(self, postings: list[Entry], events: list[Entry]) -> Iterator[str]:
        """Follows the loans from hand to hand; sales that cannot be."""
        paid = iter([posting for posting in postings if posting[1] == "book_sale"])
        for day, kind, entity, amount in events:
            if kind == "lender_failure":
                self.failed[entity] = day
            if kind != "book_sale":
                continue
            self.before.setdefault(day, list(self.may))
            index = int(entity.split(":")[1])
            sellers = {lender for lender in self.may[index] if self.sells(lender, day)}
            buyers = {f"lender:{j}" for j, row in enumerate(self.lenders) if row.get("book_buy_cover") is not None}
            buyers -= self.failed.keys()
            if amount > 0:
                when, _, _, buyer, seller, cents = next(paid, (None, "", "", "", "", 0))
                buyers, sellers = buyers & {buyer}, sellers & {seller}
                if (when, cents) != (day, amount):
                    yield f"day {day}: {entity} is sold for {amount}, posted are {cents} on day {when}"
            if not buyers or not sellers or self.loans[index]["collateral"] != "machines":
                yield f"day {day}: {entity} cannot be sold by {sorted(self.may[index])} to {sorted(buyers)}"
            self.may[index] = buyers - sellers if len(sellers) == 1 else buyers
        yield from (f"day {posting[0]}: a sale that no event tells: {posting}" for posting in paid)

    def sells(self, lender: str, day: int) -> bool:
        """Whether a lender's loans are sold on a day."""
        row = self.lenders[int(lender.split(":")[1])]
        return lender in self.failed and row.get("book_sale_days") == day - self.failed[lender]

    def on(self, day: int) -> list[set[str]]:
        """Who may hold each loan on a day, until its sales."""
        later = [when for when in self.before if when >= day]
        return self.before[min(later)] if later else self.may


def broken_payments(hands: Hands, postings: list[Entry]) -> Iterator[str]:
    """Payments between a miner and a lender that holds none of its loans; machines that go back to another row."""
    by_day: dict[int, list[set[str]]] = {}
    for place, (day, reason, unit, source, target, amount) in enumerate(postings):
        if reason not in SERVICE or "world" in (source, target) or target.startswith("facility:"):
            continue
        may = by_day.setdefault(day, hands.on(day))
        if unit == "machines":
            index = int(source.split(":")[1])
            if target != hands.pledged[index]:
                yield f"day {day}: {amount} machines of {source} go to {target}"
            then = postings[place + 1] if place + 1 < len(postings) else (None,) * 6
            if then[1:3] == ("sell_back", "cents") and then[4] not in may[index]:
                yield f"day {day}: machines of {source} are paid to {then[4]}, held by {sorted(may[index])}"
            continue
        miner, lender = (target, source) if reason == "draw" else (source, target)
        if not any(lender in may[index] for index in hands.of[miner]):
            yield f"day {day}: {reason} of {amount} between {miner} and {lender}, which holds none of its loans"


def broken_sales(tables: Tables, postings: list[Entry], events: list[Entry]) -> list[str]:
    """Laws of loans that change hands which a path's journal does not keep; accounts and entities by canonical place."""
    hands = Hands(tables, postings, events)
    back = [(day, f"lot:{entity.split(':')[1]}", amount) for day, kind, entity, amount in events if kind == "sell_back"]
    moved = [(day, one, n) for day, why, unit, one, _, n in postings if (why, unit) == ("sell_back", "machines")]
    odd = [] if back == moved else [f"events tell of machines sold back {back}, postings of {moved}"]
    return hands.odd + list(broken_payments(hands, postings)) + odd


def broken_losses(ours: Figures) -> list[str]:
    """What lenders have lost together is not what loans have lost together."""
    lenders = sum(value for (table, _, name), value in ours.items() if (table, name) == ("lender", "loss_usd_mean"))
    loans = sum(value for (table, _, name), value in ours.items() if (table, name) == ("loan", "el_usd"))
    return [] if lenders == loans else [f"lenders have lost {lenders}, loans {loans}"]
