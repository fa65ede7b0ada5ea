"""What is measured of lenders and changes nothing: survival horizons (docs/model/lenders.md), DebtRank (docs/model/exposures.md)."""

from math import floor

from .book import Lender, State
from .sheets import assets, equity, leaves_a_day

TEN_YEARS = 3650.0


def survival_days(lender: Lender, cash: float, equity_now: float) -> float:
    """Days that the cash lasts."""
    if lender.failed:
        return 0.0
    leaves = leaves_a_day(lender, equity_now)
    return TEN_YEARS if leaves == 0 else min(TEN_YEARS, float(floor(cash / leaves)))


def start_measures(state: State) -> None:
    """Horizons of the opening sheets, and how much of the system each failure puts in distress."""
    ranks = debtranks(state) if state.exposures else [None for _ in state.lenders]
    for lender, rank in zip(state.lenders, ranks, strict=True):
        cash = state.ledger.cents[lender.account]
        lender.survival_start = survival_days(lender, cash, lender.opening_equity)
        lender.debtrank = rank


def measure_survival(state: State) -> None:
    """At the end of the stage, on day 0 and on firsts of a month."""
    if state.day == 0 or state.first_of_month:
        for lender in state.lenders:
            days = survival_days(lender, state.ledger.cents[lender.account], equity(state, lender))
            lender.survival_min = min(lender.survival_min, days)


# DebtRank


def distress_passed_on(state: State) -> list[list[float]]:
    """How much of a lender's distress each other one takes over: by debtor, then creditor; nothing where there is no claim."""
    weights = [[0.0 for _ in state.lenders] for _ in state.lenders]
    for claim in state.exposures:
        own = claim.creditor.opening_equity
        share = 1.0 if own <= 0 else min(1.0, claim.amount / own)
        weights[claim.debtor.index][claim.creditor.index] = share
    return weights


def distress_after(weights: list[list[float]], failed: int) -> list[float]:
    """Distress of all lenders once one has failed and everybody has passed it on once."""
    places = range(len(weights))
    h = [1.0 if i == failed else 0.0 for i in places]
    active, before = {failed}, {failed}
    while active:
        new = [min(1.0, h[j] + sum((weights[k][j] * h[k] for k in sorted(active)), 0.0)) for j in places]
        h, active = new, {j for j in places if j not in before and new[j] > 0}
        before |= active
    return h


def debtranks(state: State) -> list[float]:
    """Share of all lenders' assets, without its own, that each one's failure puts in distress on day 0."""
    sheets = [max(0.0, assets(state, lender)) for lender in state.lenders]
    total = sum(sheets, 0.0)
    values = [sheet / total if total > 0 else 0.0 for sheet in sheets]
    weights = distress_passed_on(state)
    found = []
    for i in range(len(sheets)):
        h = distress_after(weights, i)
        found.append(sum((h[j] * values[j] for j in range(len(sheets)) if j != i), 0.0))
    return found
