"""Conservation of margin, from a journal alone: what a clearing house holds is what was put in, less what was taken out.

For each future of docs/model/hedges.md, whatever its stage does on the way:
* variation adds up to the strike less the last price it was marked at;
* once it has ended, nothing is left in the account, and nothing moves any more; the event of the end tells what went back or was borne;
* while it is open, no more than the initial margin of the day is left in the account (the rest went back), and it is below maintenance
  only from a margin call on.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from tests.economies import Row, Tables

Entry = tuple[Any, ...]
ENDS = ("hedge_settled", "hedge_closed")


class Future:
    """One future and what the journal says of it."""

    def __init__(self, row: Row, start: date, days: int) -> None:
        self.sats = round(row["btc"] * 1e8)
        self.strike = round(self.sats * (row["strike_usd"] * 1e-6))
        self.initial_share = row["initial_margin_share"]
        self.maintenance_share = row["maintenance_margin_share"]
        self.opening = round(self.strike * self.initial_share)
        expiry = (row["expiry_date"] - start).days
        self.expires = expiry < days
        self.last_day = min(expiry, days - 1)
        self.ended: tuple[int, int] | None = None
        self.called: set[int] = set()
        self.moves: dict[int, list[tuple[str, str, int]]] = defaultdict(
            list
        )  # day -> reason, other side, signed amount

    def broken(self, btc_usd: list[float]) -> list[str]:
        """Laws that do not hold."""
        last = self.ended[0] if self.ended else self.last_day
        balance, variation, found = self.opening, 0, []
        for day in range(last + 1):
            value = round(self.sats * (btc_usd[day] * 1e-6))
            variation += sum(amount for reason, _, amount in self.moves[day] if reason == "variation_margin")
            balance += sum(amount for _, _, amount in self.moves[day])
            if variation != self.strike - value:
                found.append(f"day {day}: variation of {variation} in all, but {self.strike - value} since the strike")
            if self.ended and day == last:
                continue
            if balance > round(value * self.initial_share):
                found.append(f"day {day}: {balance} in the account, more than the initial margin")
            if balance < round(value * self.maintenance_share) and not any(when <= day for when in self.called):
                found.append(f"day {day}: {balance} in the account, below maintenance without a call")
        if self.ended and balance:
            found.append(f"{balance} left in the account after its end")
        if any(amounts for day, amounts in self.moves.items() if day > last):
            found.append(f"postings after day {last}")
        return found + self.broken_at_the_end()

    def broken_at_the_end(self) -> list[str]:
        """The event of the end tells what is then paid back, or borne by somebody."""
        if self.ended is None:
            reasons = [reason for amounts in self.moves.values() for reason, _, _ in amounts]
            return ["a deficit, or the expiry, without its event"] if self.expires or "deficit" in reasons else []
        day, told = self.ended
        back = [-amount for reason, _, amount in self.moves[day] if reason == "margin_return"]
        borne = sum(-amount for reason, _, amount in self.moves[day] if reason == "deficit")
        moved = (back[-1:] or [0])[0] if told > 0 else borne  # a default may follow the return of the same day
        return [] if moved == told else [f"day {day}: the end tells of {told}, but {moved} moved"]


def broken_laws(
    tables: Tables, scenario: Row, postings: list[Entry], events: list[Entry], btc_usd: list[float]
) -> list[str]:
    """Laws of margin that a path's journal does not keep; `postings` and `events` name accounts by canonical place."""
    rows = sorted(tables.get("hedges", []), key=lambda row: row["hedge"].encode())
    start = date.fromisoformat(scenario["start"])
    futures = {
        place: Future(row, start, scenario["days"]) for place, row in enumerate(rows) if row["kind"] == "short_future"
    }
    for day, reason, _, source, target, amount in postings:
        for account, other, signed in ((target, source, amount), (source, target, -amount)):
            if account.startswith("margin:"):
                futures[int(account.split(":")[1])].moves[day].append((reason, other, signed))
    for day, kind, entity, amount in events:
        if kind in (*ENDS, "hedge_margin_call") and (place := int(entity.split(":")[1])) in futures:
            if kind in ENDS:
                futures[place].ended = (day, int(amount))
            else:
                futures[place].called.add(day)
    return [f"margin:{place}: {line}" for place, future in futures.items() for line in future.broken(btc_usd)]
