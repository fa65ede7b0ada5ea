"""Situations of orders and racks that are not events, read off an outcome and its inputs."""

from collections import Counter
from datetime import date

from tests.economies.counting import index_of
from tests.economies.draws import Row, Tables
from tests.economies.lender_situations import ordered
from tests.oracle import Outcome


class OrderReading:
    """How instalments were paid, what became of orders, machines that wait."""

    def __init__(self, tables: Tables, scenario: Row, outcome: Outcome) -> None:
        self.outcome = outcome
        self.start = date.fromisoformat(scenario["start"])
        self.orders = ordered(tables.get("orders", []), "order")
        self.fleet = ordered(tables["fleet"], "miner", "fleet")
        self.changes = scenario.get("rack_changes", [])
        miners = sorted((row["miner"] for row in tables["miners"]), key=str.encode)
        self.miner = {key: f"miner:{place}" for place, key in enumerate(miners)}
        self.days = scenario["days"]
        self.counts: Counter[str] = Counter()

    def read(self) -> Counter[str]:
        """All situations."""
        self.counts["path with orders"] += bool(self.orders)
        self.read_rows()
        self.read_payments()
        self.read_ends()
        self.read_deliveries()
        return self.counts

    def read_rows(self) -> None:
        """Rows with fewer slots than machines, rows without machines; racks that change."""
        for row in self.fleet:
            slots = row.get("rack_slots")
            self.counts["fleet row short of slots"] += slots is not None and slots < row["machines"]
            self.counts["fleet row without machines"] += row["machines"] == 0
        for change in self.changes:
            self.counts["slots gained" if change["slots"] > 0 else "slots lost"] += 1

    def read_payments(self) -> None:
        """Instalments by where the money came from, read off the postings just before."""
        raised, in_credit = "", False
        for _, reason, unit, _, _, _ in self.outcome.postings:
            if unit == "sats":
                continue
            if reason == "instalment":
                self.counts["instalment in credit and cash"] += in_credit
                self.counts["instalment after a forced sale"] += raised == "forced_sale"
                self.counts["instalment after a draw"] += raised == "draw"
            elif in_credit:
                self.counts["instalment in credit alone"] += 1
            in_credit = reason == "credit_used"
            if not in_credit:
                raised = reason

    def read_ends(self) -> None:
        """Missed instalments by what became of them; lapses by what came back; orders that a miner took along."""
        failed = {entity: day for day, kind, entity, _ in self.outcome.events if kind == "miner_default"}
        missed: dict[str, int] = {}
        for day, kind, entity, amount in self.outcome.events:
            if kind == "missed_instalment":
                missed[entity] = round(amount)
            elif kind == "order_lapse":
                row, end = self.orders[index_of(entity)], self.outcome.orders[index_of(entity)]
                if failed.get(self.miner[row["miner"]]) == day:
                    self.counts["order lost with its miner"] += 1
                else:
                    self.counts["lapse with credit" if amount < end["paid"] else "lapse without credit"] += 1
        for entity, arrears in missed.items():
            end = self.outcome.orders[index_of(entity)]
            self.counts["missed instalment paid up"] += end["arrears"] == 0
            self.counts["instalment joins arrears"] += end["arrears"] > arrears

    def read_deliveries(self) -> None:
        """Deliveries late, by kind of price; machines that are deployed, or in boxes when their miner fails."""
        failed = {entity: day for day, kind, entity, _ in self.outcome.events if kind == "miner_default"}
        for day, kind, entity, _ in self.outcome.events:
            if kind != "delivery":
                continue
            row = self.orders[index_of(entity)]
            self.counts["delivered late"] += day > (row["delivery_date"] - self.start).days
            self.counts[f"delivered at a {row.get('price_kind', 'fixed')} price"] += 1
            waits = row.get("deployment_days", 30)
            ends = min(failed.get(self.miner[row["miner"]], self.days), self.days)
            self.counts["deployed at once"] += waits == 0
            self.counts["deployed later"] += 0 < waits < ends - day
            self.counts["in boxes when the miner fails"] += ends < self.days and day < ends <= day + waits
