"""Situations of lenders that are not events, read off an outcome and its inputs."""

from collections import Counter

from tests.economies.counting import index_of
from tests.economies.draws import Row, Tables
from tests.oracle import Outcome


def ordered(rows: list[Row], *columns: str) -> list[Row]:
    """Rows in canonical order."""
    return sorted(rows, key=lambda row: tuple(row[column].encode() for column in columns))


class LenderReading:
    """What became of called and forborne loans, swaps, claims between lenders."""

    def __init__(self, tables: Tables, scenario: Row, outcome: Outcome) -> None:
        self.outcome = outcome
        self.off = [name for name, on in scenario.get("channels", {}).items() if not on]
        self.loans = ordered(tables["loans"], "loan")
        self.lenders = ordered(tables["lenders"], "lender")
        self.exposures = ordered(tables.get("exposures", []), "debtor", "creditor")
        self.counts: Counter[str] = Counter()

    def read(self) -> Counter[str]:
        """All situations."""
        self.counts["path with claims between lenders"] += bool(self.exposures)
        self.counts["path with a channel off"] += bool(self.off)
        self.read_loans()
        self.read_failures()
        self.read_claims()
        return self.counts

    def read_loans(self) -> None:
        """Calls, forbearance and swaps by their outcome."""
        seen = Counter((kind, entity) for _, kind, entity, _ in self.outcome.events)
        for index, end in enumerate(self.outcome.loans):
            entity = f"loan:{index}"
            self.counts["loan called twice"] += seen["loan_called", entity] > 1
            if seen["forbearance", entity]:
                swapped = "swapped" if seen["debt_swap", entity] else "defaulted"
                self.counts[f"forborne loan {swapped if end['status'] == 'defaulted' else 'not defaulted'}"] += 1
            if seen["debt_swap", entity]:
                self.counts["swap with a loss" if end["loss"] > 0 else "swap without a loss"] += 1

    def read_failures(self) -> None:
        """Failures that come together; runs that follow a failure; runs that a lender outlives."""
        failed = [row["failed_day"] for row in self.outcome.lenders]
        per_day = Counter(day for day in failed if day is not None)
        self.counts["lender fails on a day with others"] += sum(count for count in per_day.values() if count > 1)
        for day, kind, entity, _ in self.outcome.events:
            if kind == "lender_run":
                self.counts["run the day after a failure"] += day - 1 in per_day
                self.counts["run paid in full"] += failed[index_of(entity)] != day

    def read_claims(self) -> None:
        """Marks: wiped out, in part, risen again; and whose they are."""
        told: Counter[int] = Counter()
        for _, kind, entity, amount in self.outcome.events:
            if kind == "exposure_loss":
                told[index_of(entity)] += round(amount)
        for index, row in enumerate(self.outcome.lenders):
            self.counts["claims rose again"] += told[index] > row["exposure_loss"]
            self.counts["claims lost by who failed"] += row["exposure_loss"] > 0 and row["failed"]
            self.counts["claims lost by who did not fail"] += row["exposure_loss"] > 0 and not row["failed"]
        for row, mark in zip(self.exposures, self.outcome.marks, strict=True):
            cents = round(row["amount_usd"] * 100)
            self.counts["claim wiped out"] += mark == 0
            self.counts["claim lost in part"] += 0 < mark < cents
