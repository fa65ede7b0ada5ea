"""What became of calls for cover, prepaid loans, fees and demand charges, read off an outcome and its inputs."""

from collections import Counter

from tests.economies.counting import index_of
from tests.economies.draws import Row, Tables
from tests.economies.holders import Holders
from tests.economies.lender_situations import ordered
from tests.oracle import Outcome

GONE = ("loan_default", "repurchase")
PLACED = ("shutdown", "curtailment")
ENDS = ("closed", "defaulted")


class TermReading:
    """Calls by how they end, loans by what was paid on them, sites by why they pay for power that they do not use."""

    def __init__(self, tables: Tables, scenario: Row, outcome: Outcome) -> None:
        self.outcome = outcome
        self.days: int = scenario["days"]
        self.loans = ordered(tables["loans"], "loan")
        self.fleet = ordered(tables["fleet"], "miner", "fleet")
        miners = {row["miner"]: f"miner:{place}" for place, row in enumerate(ordered(tables["miners"], "miner"))}
        self.miners = [miners[row["miner"]] for row in self.loans]
        self.holders = Holders(tables, outcome)
        self.told: dict[str, list[tuple[int, str]]] = {f"loan:{place}": [] for place, _ in enumerate(self.loans)}
        for day, kind, entity, _ in outcome.events:
            if entity in self.told:
                self.told[entity].append((day, kind))
        self.paid = {
            (day, source, target)
            for day, reason, _, source, target, _ in outcome.postings
            if reason in ("interest", "principal")
        }
        self.counts: Counter[str] = Counter()

    def read(self) -> Counter[str]:
        """All situations."""
        for place, row in enumerate(self.loans):
            self.read_calls(place, row)
            self.read_loan(place, row)
        for _, kind, entity, _ in self.outcome.events:
            if kind in PLACED and self.fleet[index_of(entity)].get("demand_charge_usd_per_mw_month"):
                self.counts[f"{kind} at a site with a demand charge"] += 1
        return self.counts

    def read_calls(self, place: int, row: Row) -> None:
        """How calls of a loan end."""
        told = self.told[f"loan:{place}"]
        calls = [day for day, kind in told if kind == "covenant_call"]
        self.counts["covenant called again"] += len(calls) > 1
        for day in calls:
            end = day + row["covenant_days"]
            if end >= self.days:
                how = "ends after the run"
            elif any(kind in GONE and day <= when < end for when, kind in told):
                how = "of a loan that is gone meanwhile"
            elif (end, "missed_payment") in told:
                how = "is missed"
            else:
                sides = self.miners[place], f"lender:{self.holders.at(place, end - 1)}"
                how = "is paid, or in part" if (end, *sides) in self.paid else "asks for nothing, or in vain"
            self.counts[f"covenant call {how}"] += 1

    def read_loan(self, place: int, row: Row) -> None:
        """Prepaid loans and loans with a fee by their ends."""
        status, kinds = self.outcome.loans[place]["status"], {kind for _, kind in self.told[f"loan:{place}"]}
        if "prepayment" in kinds:
            self.counts[f"loan prepaid, {status if status in ENDS else 'open'}"] += 1
        if row.get("fee_rate"):
            self.counts[f"{row['amortisation']} with a fee, {'repaid' if status == 'closed' else 'not repaid'}"] += 1
            self.counts["new terms of a loan with a fee"] += "renegotiation" in kinds
