"""Random contracts that are valid by the standard: terms, market data, outside events and a horizon, by seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from .dates import midnight
from .made_loans import amortiser, clm, lax, pam, ump
from .made_others import capfl, csh, derivative, enhancement, fxout, held, swaps, swppv
from .maker import Made, Maker

MAKERS: dict[str, Callable[[Maker], Made]] = {
    "PAM": pam,
    "LAM": lambda maker: amortiser(maker, "LAM"),
    "NAM": lambda maker: amortiser(maker, "NAM"),
    "ANN": lambda maker: amortiser(maker, "ANN"),
    "LAX": lax,
    "CLM": clm,
    "UMP": ump,
    "CSH": csh,
    "COM": lambda maker: held(maker, "COM"),
    "STK": lambda maker: held(maker, "STK"),
    "OPTNS": lambda maker: derivative(maker, "OPTNS"),
    "FUTUR": lambda maker: derivative(maker, "FUTUR"),
    "FXOUT": fxout,
    "SWPPV": swppv,
    "SWAPS": swaps,
    "CAPFL": capfl,
    "CEC": lambda maker: enhancement(maker, "CEC"),
    "CEG": lambda maker: enhancement(maker, "CEG"),
}


SINGLE = ("PAM", "LAM", "NAM", "ANN", "LAX", "CLM", "UMP", "COM", "STK", "OPTNS", "FUTUR")  # pay in one currency


def make(kind: str, seed: object) -> Made:
    """The contract of a type and a seed; some pay in another currency than their own."""
    maker = Maker(f"{kind} {seed}")
    made = MAKERS[kind](maker)
    if kind in SINGLE and maker.chance(0.05):
        made.terms |= {"currency": "BTC", "settlementCurrency": "USD"}
        code, low, high = maker.pick(("BTC/USD", 1000, 60000), ("USD/BTC", 0.00002, 0.001))
        made.observed[code] = maker.series(low, high, midnight(date(2009, 1, 1)), 12000)
    return made
