"""Terms of a contract as they come in, market data, and the rows that go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .dates import Convention, Cycle, moment, schedule
from .daycount import years

Row = dict[str, Any]
RECEIVES = {"RPA", "LG", "BUY", "RFL", "RF", "COL", "CNO", "OBL", "REC"}
PAYS = {"RPL", "ST", "SEL", "PFL", "PF", "GUA", "PAY"}

# Events of one moment happen in this order; of one rank they keep the order they were made in.
ORDER = [
    *(
        ["IED"],
        ["FP"],
        ["PR"],
        ["PI"],
        ["PD"],
        ["PY"],
        ["PP"],
        ["IP", "IPFX"],
        ["IPFL"],
        ["IPCI"],
        ["CE"],
        ["RRF"],
        ["RR"],
    ),
    *(["PRF"], ["DV"], ["PRD"], ["MR"], ["TD"], ["SC"], ["IPCB"], ["MD"], ["XD"], ["STD"], ["AD"]),
]
RANK = {kind: rank for rank, kinds in enumerate(ORDER) for kind in kinds}


class Terms:
    """The dictionary of terms, read by type."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = {name: value.strip() if isinstance(value, str) else value for name, value in raw.items()}

    def has(self, name: str) -> bool:
        return self.raw.get(name) not in (None, "", [])

    def text(self, name: str, default: str = "") -> str:
        return str(self.raw[name]) if self.has(name) else default

    def number(self, name: str, default: float = 0.0) -> float:
        return float(self.raw[name]) if self.has(name) else default

    def optional(self, name: str) -> float | None:
        return float(self.raw[name]) if self.has(name) else None

    def date(self, name: str) -> datetime | None:
        return moment(self.raw[name]) if self.has(name) else None

    def need(self, name: str) -> datetime:
        found = self.date(name)
        if found is None:
            raise ValueError(f"{name} is missing")
        return found

    def cycle(self, name: str) -> Cycle | None:
        return Cycle.of(self.text(name)) if self.has(name) else None

    def items(self, name: str) -> list[Any]:
        value = self.raw.get(name)
        if value in (None, ""):
            return []
        return list(value) if isinstance(value, (list, tuple)) else [value]

    @property
    def sign(self) -> float:
        role = self.text("contractRole", "RPA")
        if role in PAYS:
            return -1.0
        if role in RECEIVES:
            return 1.0
        raise ValueError(f"no role: {role!r}")

    @property
    def convention(self) -> Convention:
        return Convention(self.text("businessDayConvention", "NOS"), self.text("calendar", "NC"))

    @property
    def eom(self) -> bool:
        return self.text("endOfMonthConvention") == "EOM"

    @property
    def status(self) -> datetime:
        return self.need("statusDate")

    def years(self, start: datetime, end: datetime, maturity: datetime | None = None) -> float:
        return years(self.text("dayCountConvention", "A365"), start, end, maturity)

    def dates(self, anchor: datetime | None, cycle: Cycle | None, end: datetime) -> list[datetime]:
        return schedule(anchor, cycle, end, eom=self.eom)


class Market:
    """Observed series; what counts is the last observation up to a moment."""

    def __init__(self, observed: Mapping[str, Sequence[tuple[Any, float]]] | None) -> None:
        self.series = {
            code: sorted((moment(when), float(value)) for when, value in points)
            for code, points in (observed or {}).items()
        }

    def at(self, code: str, when: datetime) -> float:
        known = [value for time, value in self.series.get(code, []) if time <= when]
        if not known:
            raise ValueError(f"{code} is not observed on {when}")
        return known[-1]


@dataclass
class Event:
    """What happens: when it is paid, the date it is calculated to, the date as scheduled, and an amount if it brings one."""

    time: datetime
    kind: str
    reckoned: datetime
    scheduled: datetime
    amount: float = 0.0
    note: str = ""

    @property
    def place(self) -> tuple[datetime, int]:
        return self.time, RANK[self.kind]


@dataclass
class Observed:
    """An event from outside."""

    time: datetime
    kind: str
    value: float
    contract: str
    performance: str

    @classmethod
    def all(cls, events: Sequence[Mapping[str, Any]] | None) -> list[Observed]:
        found = [
            cls(
                moment(event["time"]),
                str(event["type"]),
                float(event.get("value") or 0.0),
                str(event.get("contractId") or ""),
                str(event.get("contractPerformance") or ""),
            )
            for event in events or []
        ]
        return sorted(found, key=lambda event: event.time)


@dataclass
class Case:
    """One contract with all it is reckoned from."""

    terms: Terms
    market: Market
    events: list[Observed] = field(default_factory=list)
    to: datetime | None = None


def fixed(when: datetime, kind: str, amount: float = 0.0, note: str = "") -> Event:
    """An event that no business-day convention moves."""
    return Event(when, kind, when, when, amount, note)


def moved(convention: Convention, day: datetime, kind: str, amount: float = 0.0, note: str = "") -> Event:
    """An event that the business-day convention moves."""
    return Event(convention.paid(day), kind, convention.reckoned(day), day, amount, note)


def row(
    event: Event, payoff: float, currency: str, notional: float = 0.0, rate: float = 0.0, accrued: float = 0.0
) -> Row:
    return {
        "event_date": event.time,
        "event_type": event.kind,
        "payoff": payoff,
        "currency": currency,
        "notional_principal": notional,
        "nominal_interest_rate": rate,
        "accrued_interest": accrued,
        "exercise_amount": None,
        "exercise_date": None,
    }


def reported(rows: list[Row], to: datetime | None) -> list[Row]:
    return [line for line in rows if to is None or line["event_date"] <= to]
