"""Every world that is worked out by hand is played by the engine, too, and its journal compared with the oracle's."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hashstress import _core

from tests.differential import replay
from tests.economies.busy import same_columns
from tests.oracle import Outcome, simulate, small_world
from tests.oracle.small_world import Row, fleet, lender, loan, miner

if TYPE_CHECKING:
    from tests.economies import Tables

LAST = "zzz"  # a key after all others, so that these keep their places
FAR = date(2030, 1, 1)
IDLE: dict[str, Row] = {
    "miners": miner(miner=LAST),
    "fleet": fleet(fleet=LAST, miner=LAST, machines=0),
    "lenders": lender(lender=LAST),
    "loans": loan(loan=LAST, miner=LAST, lender=LAST, first_payment_date=FAR, maturity_date=FAR),
}
# What a hand calculation may ask of the formulas though no book may have it: round numbers, columns of some rows only, other channels.
BEYOND_A_BOOK = {"out_of_range", "unknown_key", "null", "inconsistent", "collateral", "dates"}


def completed(tables: Tables) -> Tables:
    """The tables as a book has them: with a miner, its site, loan and lender that do nothing where a table may not be empty."""
    full = {name: list(rows) for name, rows in tables.items()}
    if not all(full[name] for name in IDLE):
        for name, row in IDLE.items():
            full[name].append(row)
    same_columns(full)
    return full


def codes(error: _core.InputError) -> set[str]:
    """Why the engine refuses a world: the words in brackets at the ends of its lines."""
    return {line.rsplit("[", 1)[1].rstrip("]") for line in str(error).splitlines()[1:]}


@pytest.fixture(autouse=True)
def on_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small worlds are compared as they are played."""

    def played(tables: Tables, scenario: Row, close_usd: list[float], low_usd: list[float], seed: int = 0) -> Outcome:
        full = completed(tables)
        try:
            run = replay.run_of(full, scenario, seed=seed)
        except _core.InputError as error:
            assert codes(error) <= BEYOND_A_BOOK, error  # noqa: PT017
        else:
            _, odd = replay.compare(run, full, scenario, 0, close_usd, low_usd, seed=seed)
            assert not odd, "\n".join(odd)
        return simulate(tables, scenario, close_usd, low_usd, seed=seed)

    monkeypatch.setattr(small_world, "simulate", played)
