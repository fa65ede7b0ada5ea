"""Conservation of debt: what borrowers owe is what lenders have on their books, at the close of every day.

Both sides are kept apart: a loan its principal, a lender its book (docs/model/loans.md, docs/model/lenders.md). The engine tells the sum of
the one (`debt_usd`); the oracle tells both, lender by lender.
"""

from __future__ import annotations

from tests.differential.figures import Figures, cents
from tests.oracle import Outcome


def broken_debts(ours: Figures, outcome: Outcome) -> list[str]:
    """Days on which a lender's book is not what its borrowers owe, or the books together not the engine's debt."""
    found = []
    for day, sheets in enumerate(outcome.sheets):
        found += [
            f"day {day}, lender:{place}: {book} on its book, {owed} owed"
            for place, (book, owed) in enumerate(sheets)
            if book != owed
        ]
        debt, books = cents(ours["day", str(day), "debt_usd"]), sum(book for book, _ in sheets)
        if debt != books:
            found.append(f"day {day}: {debt} owed in the engine, {books} on the oracle's books")
    return found
