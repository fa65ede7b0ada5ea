"""Claims between lenders and their clearing. Page: docs/model/exposures.md. Amounts in cents."""

from .book import Exposure, Lender, State
from .loans import shares_of_pot
from .numbers import floor


def claims(lender: Lender) -> float:
    """What a lender takes its claims on others to be worth."""
    return sum((exposure.mark for exposure in lender.held), 0.0)


def owed(lender: Lender) -> float:
    """What a lender owes others; it does not change."""
    return sum((exposure.amount for exposure in lender.owing), 0.0)


def own_assets(state: State, lender: Lender) -> float:
    """A failed lender's assets but its claims on others."""
    return max(0.0, state.ledger.cents[lender.account] + lender.book + lender.carry + lender.other_assets)


def owed_in_all(lender: Lender) -> float:
    """What a lender owes depositors and peers together."""
    return max(0.0, lender.funding) + owed(lender)


def received(exposure: Exposure, pays: dict[int, float]) -> float:
    """What a claim brings when failed lenders pay so much in all, and others in full."""
    debtor = exposure.debtor
    if not debtor.failed or exposure.amount == 0:
        return exposure.amount
    return floor(pays[debtor.index] * (exposure.amount / owed_in_all(debtor)))


def clearing_payments(state: State) -> dict[int, float]:
    """What each failed lender pays in all: down from full payment until nothing changes."""
    failed = [lender for lender in state.lenders if lender.failed]
    own = {lender.index: own_assets(state, lender) for lender in failed}
    total = {lender.index: owed_in_all(lender) for lender in failed}
    pays = dict(total)
    while True:
        after = {}
        for lender in failed:
            i = lender.index
            income = sum((received(exposure, pays) for exposure in lender.held), 0.0)
            after[i] = min(total[i], floor((own[i] + income) * (1 - lender.bankruptcy_cost_share)))
        if after == pays:
            return pays
        pays = after


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
