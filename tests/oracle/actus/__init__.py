"""A second implementation of the ACTUS contract standard, in plain Python, to test the engine against.

Written from the standard's text and public tests alone; nothing is taken from the engine. `schedule` has the engine's signature and gives
its rows as dictionaries in processing order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from . import enhancement, exercised, holdings, loans, swaps
from .dates import moment
from .terms import Case, Market, Observed, Row, Terms

TYPES = dict.fromkeys(("PAM", "LAM", "NAM", "ANN", "LAX", "CLM", "UMP"), loans.schedule) | {
    "CSH": holdings.cash,
    "COM": holdings.held,
    "STK": holdings.held,
    "OPTNS": exercised.derivative,
    "FUTUR": exercised.derivative,
    "FXOUT": exercised.exchange,
    "SWPPV": swaps.plain,
    "SWAPS": swaps.exchanged,
    "CAPFL": swaps.capped,
    "CEC": enhancement.enhanced,
    "CEG": enhancement.enhanced,
}


def schedule(
    terms: Mapping[str, Any],
    *,
    observed: Mapping[str, Sequence[tuple[Any, float]]] | None = None,
    events: Sequence[Mapping[str, Any]] | None = None,
    to: datetime | str | None = None,
) -> list[Row]:
    """The events of a contract, one row each, in processing order."""
    read = Terms(terms)
    horizon = None if to in (None, "") else moment(to)
    case = Case(read, Market(observed), Observed.all(events), horizon)
    rows = TYPES[read.text("contractType")](case)
    return [converted(case, line) for line in rows] if read.has("settlementCurrency") else rows


def converted(case: Case, line: Row) -> Row:
    """A row paid in the settlement currency, at the price of the moment of payment; states stay in the contract's currency."""
    own, paid = line["currency"], case.terms.text("settlementCurrency")
    if own == paid:
        return line
    direct, inverse = f"{own}/{paid}", f"{paid}/{own}"
    when = line["event_date"]
    rate = case.market.at(direct, when) if direct in case.market.series else 1 / case.market.at(inverse, when)
    return line | {"payoff": line["payoff"] * rate, "currency": paid}
