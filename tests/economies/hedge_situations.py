"""Situations of hedges that are not events, read off an outcome and its inputs."""

from collections import Counter
from datetime import date, timedelta

from tests.economies.counting import index_of
from tests.economies.draws import Row, Tables
from tests.economies.lender_situations import ordered
from tests.oracle import Outcome

ENDS = ("hedge_closed", "hedge_settled")


class HedgeReading:
    """What became of margin calls, what hedges brought, where the money came from."""

    def __init__(self, tables: Tables, scenario: Row, outcome: Outcome) -> None:
        self.outcome = outcome
        self.start = date.fromisoformat(scenario["start"])
        self.hedges = ordered(tables.get("hedges", []), "hedge")
        miners = sorted((row["miner"] for row in tables["miners"]), key=str.encode)
        self.miner = {key: f"miner:{place}" for place, key in enumerate(miners)}
        self.bills_grace = {self.miner[row["miner"]]: row["bills_grace_days"] for row in tables["miners"]}
        failed = [(day, entity) for day, kind, entity, _ in outcome.events if kind == "miner_default"]
        self.failed = {entity: day for day, entity in failed}
        self.counts: Counter[str] = Counter()

    def read(self) -> Counter[str]:
        """All situations."""
        self.counts["path with hedges"] += bool(self.hedges)
        self.read_ends()
        self.read_calls()
        self.read_payments()
        self.read_deficits()
        self.read_bills()
        return self.counts

    def is_first(self, day: int) -> bool:
        """Whether a day is the first of a month."""
        return (self.start + timedelta(days=day)).day == 1

    def owner(self, entity: str) -> str:
        """The account of a hedge's miner."""
        return self.miner[self.hedges[index_of(entity)]["miner"]]

    def read_ends(self) -> None:
        """What each kind brought, at its own end or with its miner."""
        for day, kind, entity, amount in self.outcome.events:
            if kind not in ENDS:
                continue
            row = self.hedges[index_of(entity)]
            worth = "to get" if amount > 0 else "to pay" if amount < 0 else "nothing"
            if kind == "hedge_closed" and self.failed.get(self.owner(entity)) != day:
                self.counts[f"call unmet, {worth}"] += 1
                continue
            how = "closed by default" if kind == "hedge_closed" else "settled"
            self.counts[f"{row['kind']} {how}, {worth}"] += worth != "nothing" or row["kind"] in ("put", "collar")
            expires = (row["expiry_date"] - self.start).days == day
            self.counts["hedge expires on the first of a month"] += expires and self.is_first(day)
            self.counts["month settled before the expiry"] += kind == "hedge_settled" and not expires

    def read_calls(self) -> None:
        """Margin calls met on their day, in part or not at all; what was paid later; what is open at the horizon."""
        paid: Counter[tuple[int, int]] = Counter()
        for day, reason, _, _, target, amount in self.outcome.postings:
            if reason == "initial_margin":
                paid[day, index_of(target)] += amount
        for day, kind, entity, amount in self.outcome.events:
            if kind == "hedge_margin_call":
                first = paid.pop((day, index_of(entity)), 0)
                met = (
                    "on its day"
                    if first == amount
                    else "in part on its day"
                    if first > 0
                    else "with nothing on its day"
                )
                self.counts[f"call met {met}"] += 1
        self.counts["call answered on a later day"] += len(paid)

    def read_payments(self) -> None:
        """Margin and settlements paid after a draw or a forced sale."""
        raised = ""
        for _, reason, unit, source, _, _ in self.outcome.postings:
            if unit != "cents":
                continue
            if source.startswith("miner:"):
                if reason == "initial_margin" and raised:
                    self.counts[f"margin after a {raised}"] += 1
                if reason in ("option_payoff", "forward_settlement", "power_sale") and raised:
                    self.counts[f"settlement after a {raised}"] += 1
            raised = {"draw": "draw", "forced_sale": "forced sale"}.get(reason, "")

    def read_deficits(self) -> None:
        """Deficits: paid by the miner, left to its bills, written off."""
        for day, reason, _, source, target, _ in self.outcome.postings:
            if reason == "deficit":
                gone = self.failed.get(self.owner(f"hedge:{index_of(target)}")) == day
                who = "paid by the miner" if source != "world" else "written off" if gone else "left to the bills"
                self.counts[f"deficit {who}"] += 1

    def read_bills(self) -> None:
        """Bills missed for a hedge: with a grace that begins, and within one."""
        graces: Counter[str] = Counter()
        for day, kind, entity, _ in self.outcome.events:
            if kind == "missed_bill":
                if not self.is_first(day):  # of a month: those may be the month's bills
                    self.counts[
                        "hedge leaves a bill within a grace" if graces[entity] > day else "hedge leaves a bill"
                    ] += 1
                if graces[entity] <= day:
                    graces[entity] = day + self.bills_grace[entity]
