"""What lenders are worth, and what leaves them in a day. Page: docs/model/lenders.md. Amounts in cents."""

from . import exposures
from .book import Lender, State


def assets(state: State, lender: Lender) -> float:
    """Cash, loans, marks of machines, other assets, claims on other lenders."""
    cash = state.ledger.cents[lender.account]
    return cash + lender.book + lender.carry + lender.other_assets + exposures.claims(lender)


def equity(state: State, lender: Lender) -> float:
    """What is left of a lender's assets after its funding and what it owes other lenders."""
    return assets(state, lender) - lender.funding - exposures.owed(lender)


def leaves_a_day(lender: Lender, equity_now: float) -> float:
    """Cents that leave on a day when depositors run, one more peer has failed and term funding is not rolled over."""
    start = lender.opening_equity
    lost = max(0.0, start - equity_now) / start if start > 0 else 0.0
    run = lender.demand * min(1.0, lender.run_own * lost + lender.run_peer)
    term = max(0.0, lender.funding - lender.demand) * lender.term_share_per_month / 30
    return run + term + max(0.0, lender.funding) * lender.funding_rate / 360
