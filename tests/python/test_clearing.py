"""What failed lenders pay, on random networks, against the rule of docs/model/exposures.md in fractions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

import hashstress as hs
import pytest

from tests.python.test_lenders import FLAT, Edited, Row, book, claim, event, lender, loan

SLACK = Fraction(1, 128)
Network = tuple[list[Row], list[Row], set[str]]


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """The solution of a linear system, by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        pivot = next(i for i in range(k, len(rows)) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(len(rows)):
            if i != k and rows[i][k]:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]


class Clearing:
    """The failed lenders of a network, amounts in cents."""

    def __init__(self, network: Network) -> None:
        rows, claims, self.failed = network
        self.amounts = {(row["creditor"], row["debtor"]): round(row["amount_usd"] * 100) for row in claims}
        self.own, self.deposits, self.kept = {}, {}, {}
        for row in rows:
            key, cash = row["lender"], round(row["cash_usd"] * 100)
            equity = round(row["equity_usd"] * 100) - round(row["other_assets_usd"] * 100)  # other assets are lost
            self.own[key] = cash
            self.deposits[key] = max(0, cash + self.claims_of(key) - self.owed_by(key) - equity)
            self.kept[key] = 1 - Fraction(row["bankruptcy_cost_share"])
        self.total = {key: self.deposits[key] + self.owed_by(key) for key in self.own}

    def claims_of(self, key: str) -> int:
        return sum(amount for (creditor, _), amount in self.amounts.items() if creditor == key)

    def owed_by(self, key: str) -> int:
        return sum(amount for (_, debtor), amount in self.amounts.items() if debtor == key)

    def passed(self, creditor: str, debtor: str) -> Fraction:
        """What a creditor has left of each cent that a debtor pays in all."""
        amount = self.amounts.get((creditor, debtor), 0)
        return self.kept[creditor] * amount / self.total[debtor] if amount else Fraction(0)

    def outside(self, key: str, short: list[str]) -> Fraction:
        """What a lender has when the short pay nothing and all others in full."""
        income = sum(
            amount for (creditor, debtor), amount in self.amounts.items() if creditor == key and debtor not in short
        )
        return self.kept[key] * (self.own[key] + income)

    def pays(self) -> dict[str, int]:
        short: list[str] = []
        paid: dict[str, Fraction] = {}
        while True:
            new = []
            for key in sorted(self.failed - set(short)):
                has = self.outside(key, short) + sum(self.passed(key, other) * paid[other] for other in short)
                if has < self.total[key] - SLACK:
                    new.append(key)
            if not new:
                return {
                    key: max(0, min(self.total[key], (paid[key] + SLACK).__floor__()))
                    if key in short
                    else self.total[key]
                    for key in self.failed
                }
            short += new
            matrix = [[int(a == b) - self.passed(a, b) for b in short] for a in short]
            paid = dict(zip(short, solved(matrix, [self.outside(key, short) for key in short]), strict=True))

    def losses(self) -> dict[str, int]:
        """What each lender's claims have lost."""
        lost = dict.fromkeys(self.own, 0)
        for debtor, pot in self.pays().items():
            rows = sorted(creditor for creditor, other in self.amounts if other == debtor)
            if not rows:
                continue
            owed = [self.deposits[debtor], *(self.amounts[creditor, debtor] for creditor in rows)]
            exact = [Fraction(pot * amount, sum(owed)) for amount in owed]
            shares = [part.__floor__() for part in exact]
            order = sorted(range(len(owed)), key=lambda place: (shares[place] - exact[place], place))
            for place in order[: pot - sum(shares)]:
                shares[place] += 1
            for creditor, share, amount in zip(rows, shares[1:], owed[1:], strict=True):
                lost[creditor] += amount - share
        return lost


def sheet(key: str, cash: float, equity: float, **changes: Any) -> Row:
    """A lender that keeps its cash: what its equity is short of 0 stands as other assets, which are lost before anyone fails."""
    short = max(0.0, -equity)
    return lender(key, cash_usd=cash, other_assets_usd=short, equity_usd=equity + short, **changes)


def network(rng: Random, name: str) -> Network:
    """Two to seven lenders, most failed; some owe only each other or almost only each other, some lose a part in failing."""
    keys = [f"{name}-{letter}" for letter in "abcdefg"[: rng.randint(2, 7)]]
    pairs = [(creditor, debtor) for creditor in keys for debtor in keys if creditor != debtor]
    thick, size = rng.choice((0.3, 0.6, 1.0)), rng.choice((10.0, 1e4, 1e8))
    claims = [claim(*pair, round(rng.uniform(0.01, size), 2)) for pair in pairs if rng.random() < thick]
    debtors, rows = {row["debtor"] for row in claims}, []
    for key in keys:
        cash = rng.choice((0.0, round(rng.uniform(0, size), 2)))
        net = sum(row["amount_usd"] * ((row["creditor"] == key) - (row["debtor"] == key)) for row in claims)
        deposits = rng.choice((0.0, 0.01, round(rng.uniform(0, size), 2), round(rng.uniform(0, 3 * size), 2)))
        cost = rng.choice((0.0, 0.0, 0.1, 0.3, 1.0)) if key in debtors else 0.0
        rows.append(sheet(key, cash, round(cash + net - deposits, 2), bankruptcy_cost_share=cost))
    return rows, claims, {key for key in keys if rng.random() < 0.85}


@pytest.fixture
def lost(edited: Edited) -> Callable[[list[Network]], dict[str, float]]:
    """`lost(networks)`: what each lender's claims lose (cents) when the failed ones fail on the third of November."""

    def run(networks: list[Network]) -> dict[str, float]:
        lenders = [row for rows, _, _ in networks for row in rows]
        claims = [row for _, rows, _ in networks for row in rows]
        lossy = [row for row in lenders if row["other_assets_usd"]]
        events = "".join(event("2021-11-02", row["lender"], "loss", row["other_assets_usd"]) for row in lossy)
        events += "".join(event("2021-11-03", key, "fail") for _, _, failed in networks for key in sorted(failed))
        ladder = '\n[policies.ladder]\nhold_days = 30\nrules = [{ action = "hold" }]\n'
        scenario = edited(*FLAT, "end = 2021-11-30", "end = 2021-11-04", "[network]", f"{events}{ladder}\n[network]")
        bank: dict[str, Any] = {"cash_usd": 1e6, "equity_usd": 1e6}
        bullet = loan("l", "m", "none", amortisation="bullet", maturity_date=date(2022, 12, 15))
        of = book([lender("none", **bank), *lenders], [bullet], tuple(claims))
        results = hs.run(of, scenario.with_channels(solvency=False), paths=8, worst=0)
        return {row["lender"]: row["exposure_loss_usd_mean"] * 100 for row in results.lenders.rows()}

    return run


@pytest.mark.parametrize("seed", range(20))
def test_random_networks_agree_with_fractions_to_the_cent(
    lost: Callable[[list[Network]], dict[str, float]], seed: int
) -> None:
    """Twenty networks in one book, twenty times: claims between networks are none, so that each clears for itself."""
    rng = Random(f"networks {seed}")
    networks = [network(rng, f"n{place:02}") for place in range(20)]
    found = lost(networks)
    expected = {key: amount for each in networks for key, amount in Clearing(each).losses().items()}
    assert {key: round(found[key]) for key in expected} == expected
    assert sum(amount > 0 for amount in expected.values()) > 10


def test_a_ring_that_hardly_leaks_costs_no_time(lost: Callable[[list[Network]], dict[str, float]]) -> None:
    """100 USD of deposits beside a million of claims each way and nothing else: nothing comes in, so nothing is paid."""
    ring = [claim("a", "b", 1e6), claim("b", "a", 1e6)]
    without = [sheet("a", 0.0, -100.0), sheet("b", 0.0, 0.0)]
    assert lost([(without, ring, {"a", "b"})])["a"] == 1e8
    closed = [sheet("a", 0.0, 0.0), sheet("b", 0.0, 0.0)]
    found = lost([(closed, ring, {"a", "b"})])
    assert (found["a"], found["b"]) == (0.0, 0.0)
