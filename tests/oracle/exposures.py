"""Claims between lenders and their clearing. Page: docs/model/exposures.md. Amounts in cents."""

import math
from fractions import Fraction

from .book import Lender, State
from .loans import shares_of_pot


def claims(lender: Lender) -> float:
    """What a lender takes its claims on others to be worth."""
    return sum((exposure.mark for exposure in lender.held), 0.0)


def owed(lender: Lender) -> float:
    """What a lender owes others."""
    return sum((exposure.amount for exposure in lender.owing), 0.0)


def own_assets(state: State, lender: Lender) -> float:
    """A failed lender's assets but its claims on others."""
    return max(0.0, state.ledger.cents[lender.account] + lender.book + lender.carry + lender.other_assets)


def owed_in_all(lender: Lender) -> float:
    """What a lender owes depositors and peers together."""
    return max(0.0, lender.funding) + owed(lender)


SLACK = Fraction(1, 128)  # cents
Payments = dict[int, Fraction]


def income(lender: Lender, short: Payments, total: dict[int, Fraction]) -> Fraction:
    """What a lender's claims bring when the debtors in `short` pay so much in all, and all others in full."""
    found = Fraction(0)
    for exposure in lender.held:
        debtor, amount = exposure.debtor.index, Fraction(exposure.amount)
        found += short[debtor] * amount / total[debtor] if debtor in short else amount
    return found


def solved(lenders: list[Lender], own: dict[int, Fraction], total: dict[int, Fraction]) -> Payments:
    """p[i] = (1 - cost[i]) * (own[i] + income[i]) for all of these at once, exactly: elimination in fractions."""
    place = {lender.index: column for column, lender in enumerate(lenders)}
    rows = []
    for lender in lenders:
        kept = 1 - Fraction(lender.bankruptcy_cost_share)
        row = [Fraction(0)] * len(lenders) + [kept * own[lender.index]]
        row[place[lender.index]] += 1
        for exposure in lender.held:
            debtor, amount = exposure.debtor.index, Fraction(exposure.amount)
            if debtor in place:
                row[place[debtor]] -= kept * amount / total[debtor]
            else:
                row[-1] += kept * amount
        rows.append(row)
    for column in range(len(rows)):
        pivot = next(k for k in range(column, len(rows)) if rows[k][column] != 0)
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for k, row in enumerate(rows):
            if k != column and row[column] != 0:
                rows[k] = [value - row[column] * other for value, other in zip(row, rows[column], strict=True)]
    return {lender.index: rows[column][-1] for lender, column in zip(lenders, range(len(rows)), strict=True)}


def clearing_payments(state: State) -> dict[int, float]:
    """What each failed lender pays in all: every round finds further lenders short, and solves for all that are."""
    failed = [lender for lender in state.lenders if lender.failed]
    own = {lender.index: Fraction(own_assets(state, lender)) for lender in failed}
    total = {lender.index: Fraction(owed_in_all(lender)) for lender in failed}
    short: Payments = {}
    while True:
        has = {
            lender.index: (1 - Fraction(lender.bankruptcy_cost_share))
            * (own[lender.index] + income(lender, short, total))
            for lender in failed
        }
        new = {i for i in has if i not in short and has[i] < total[i] - SLACK}
        if not new:
            break
        short = solved([lender for lender in failed if lender.index in short.keys() | new], own, total)
    return {
        i: float(max(Fraction(0), min(total[i], Fraction(math.floor(short[i] + SLACK)))) if i in short else total[i])
        for i in total
    }


def clear(state: State) -> None:
    """Marks the claims on failed lenders at their shares of what these pay."""
    for index, paid in clearing_payments(state).items():
        debtor = state.lenders[index]
        if owed(debtor) == 0:
            continue
        shares = shares_of_pot(paid, [max(0.0, debtor.funding), *(exposure.amount for exposure in debtor.owing)])
        for exposure, mark in zip(debtor.owing, shares[1:], strict=True):
            if mark < exposure.mark:
                state.event("exposure_loss", exposure.creditor.account, exposure.mark - mark)
            exposure.mark = mark


def loss_at_horizon(lender: Lender) -> float:
    """The second round: what claims on other lenders have lost."""
    return sum((exposure.amount - exposure.mark for exposure in lender.held), 0.0)
