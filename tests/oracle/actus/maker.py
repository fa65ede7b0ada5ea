"""What random contracts are made of: days, cycles, rates, series; all from one seed."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from .dates import Cycle, midnight

DAY = timedelta(days=1)
COUNTS = ["A360", "A365", "30E360", "AA", "30E360ISDA", "28E336"]
CONVENTIONS = ["NOS", "SCF", "SCMF", "CSF", "CSMF", "SCP", "SCMP", "CSP", "CSMP"]
CALENDARS = ["NC", "MF", "MF", "TARGET", "FED"]


@dataclass
class Made:
    """One random contract, as `schedule` takes it."""

    terms: dict[str, Any]
    observed: dict[str, list[tuple[datetime, float]]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    to: datetime | None = None

    def arguments(self) -> dict[str, Any]:
        return {"terms": self.terms, "observed": self.observed, "events": self.events, "to": self.to}


def text(day: datetime) -> str:
    return day.isoformat()


class Maker:
    """Draws the parts contracts are made of."""

    def __init__(self, seed: object) -> None:
        self.dice = Random(str(seed))

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def pick(self, *choices: Any) -> Any:
        return self.dice.choice(choices)

    def day(self, first: int = 2011, last: int = 2026) -> datetime:
        """A day; ends of months, the 28th to the 31st and leap days come up more often than by chance."""
        year, month = self.dice.randint(first, last), self.dice.randint(1, 12)
        end = monthrange(year, month)[1]
        number = self.pick(1, 15, 28, 29, 30, 31, end, end, self.dice.randint(1, 28), self.dice.randint(1, 28))
        if self.chance(0.05):
            year, month, number = self.pick(2012, 2016, 2020, 2024), 2, 29
        return midnight(date(year, month, min(number, monthrange(year, month)[1])))

    def late(self, day: datetime, share: float = 0.1) -> datetime:
        """Now and then the last second of the day."""
        return day.replace(hour=23, minute=59, second=59) if self.chance(share) else day

    def within(self, first: datetime, last: datetime) -> datetime:
        span = (last - first).days
        return (first + DAY * self.dice.randint(1, max(span - 1, 1))).replace(hour=0, minute=0, second=0)

    def cycle(self, stub: bool = True) -> str:
        period = self.pick(
            "P1M",
            "P1M",
            "P2M",
            "P3M",
            "P3M",
            "P6M",
            "P1Q",
            "P2Q",
            "P1H",
            "P1Y",
            "P1W",
            "P2W",
            "P10D",
            "P27D",
            "P90D",
            "P5M",
        )
        return str(period) + (str(self.pick("L0", "L1")) if stub else "")

    def rate(self) -> float:
        return float(round(self.dice.uniform(-0.02, 0.2), self.pick(2, 4, 6)))

    def number(self, low: float, high: float) -> float:
        return round(self.dice.uniform(low, high), 2)

    def series(self, low: float, high: float, start: datetime, days: int = 9000) -> list[tuple[datetime, float]]:
        """Observations at random steps of up to two months, from before `start`."""
        points, day = [], start - DAY * self.dice.randint(100, 140)
        end = start + DAY * days
        while day < end:
            points.append((day, round(self.dice.uniform(low, high), 10)))
            day += DAY * self.dice.randint(1, 60)
        return points

    def frame(self, kind: str, role: str | None = None) -> dict[str, Any]:
        """What every contract has: name, role, currency, calendar, conventions."""
        terms: dict[str, Any] = {"contractType": kind, "contractID": "c1", "currency": "USD"}
        terms["contractRole"] = role or self.pick("RPA", "RPA", "RPL", "LG", "ST")
        if self.chance(0.6):
            terms["calendar"] = self.pick(*CALENDARS)
            terms["businessDayConvention"] = self.pick(*CONVENTIONS)
        if self.chance(0.7):
            terms["endOfMonthConvention"] = self.pick("SD", "EOM")
        return terms

    def anchored(self, start: datetime, cycle: str) -> datetime:
        """An anchor: at the start, one period after it, or anywhere in its first period; at times before the start."""
        after = Cycle.of(cycle).after(start)
        if self.chance(0.06):
            return start - DAY * self.dice.randint(1, 100)
        return self.dice.choice([start, after, after, self.within(start, after), self.day_near(after)])

    def day_near(self, day: datetime) -> datetime:
        """The end of the month of a day."""
        return day.replace(day=monthrange(day.year, day.month)[1])

    def dated(
        self, terms: dict[str, Any], cycle_name: str, anchor_name: str, start: datetime, cycle: str | None = None
    ) -> None:
        """A cycle with or without its anchor; at times the anchor alone."""
        cycle = cycle or self.cycle()
        if self.chance(0.85):
            terms[anchor_name] = text(self.anchored(start, cycle))
            if self.chance(0.05):
                return
        terms[cycle_name] = cycle
