"""Who holds a loan: the lender that the book names, until it is sold to another one."""

from tests.economies.draws import Tables
from tests.oracle import Outcome


class Holders:
    """Lenders, by canonical place, that hold the loans of one path."""

    def __init__(self, tables: Tables, outcome: Outcome) -> None:
        places = {key: j for j, key in enumerate(sorted((row["lender"] for row in tables["lenders"]), key=str.encode))}
        loans = sorted(tables["loans"], key=lambda row: row["loan"].encode())
        self.since: list[list[tuple[int, int]]] = [[(-1, places[row["lender"]])] for row in loans]  # day, lender
        for day, loan, lender in outcome.sales:
            self.since[loan].append((day, lender))

    def at(self, loan: int, day: int) -> int:
        """The lender that holds a loan at the end of a day (loans are sold in the last stage but one)."""
        return [lender for since, lender in self.since[loan] if since <= day][-1]
