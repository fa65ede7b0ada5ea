"""Situations that are not events, read off an outcome and its inputs."""

from collections import Counter
from datetime import date, timedelta

from tests.economies.counting import index_of
from tests.economies.draws import Row, Tables
from tests.economies.hedge_situations import HedgeReading
from tests.economies.holders import Holders
from tests.economies.lender_situations import LenderReading
from tests.economies.lot_situations import LotReading
from tests.economies.order_situations import OrderReading
from tests.economies.term_situations import TermReading
from tests.economies.way_situations import WayReading
from tests.oracle import Outcome

SHORT_OF_CASH = {"lender_withdrawal": "withdrawal", "lender_run": "run", "lender_roll_off": "roll-off"}
PURPOSE = {"interest": "draw for a loan", "principal": "draw for a loan", "instalment": "draw for an instalment"}


class Reading:
    """Situations that are not events, read off one outcome and its inputs."""

    def __init__(self, tables: Tables, scenario: Row, outcome: Outcome) -> None:
        self.scenario = scenario
        self.outcome = outcome
        self.start = date.fromisoformat(scenario["start"])
        self.loans = sorted(tables["loans"], key=lambda row: row["loan"].encode())
        self.lenders = sorted(tables["lenders"], key=lambda row: row["lender"].encode())
        self.holders = Holders(tables, outcome)
        self.miner_index = {
            key: i for i, key in enumerate(sorted((r["miner"] for r in tables["miners"]), key=str.encode))
        }
        self.counts: Counter[str] = Counter()

    def read(self) -> Counter[str]:
        """All situations."""
        self.read_chain()
        self.read_loans()
        self.read_defaults()
        self.read_pledges()
        self.read_cures()
        self.read_lots()
        self.read_estates()
        self.read_lender_failures()
        self.read_old_graces()
        self.read_seized_before()
        self.read_machines_at_the_estate()
        self.read_late_interest()
        self.read_capitalisations()
        self.read_draws()
        return self.counts

    def read_chain(self) -> None:
        """Clamped retargets; halvings inside an epoch or on its last block."""
        difficulty = self.scenario["difficulty"]
        halving_height = self.scenario["height"] // 210000 * 210000
        for _, kind, _, amount in self.outcome.events:
            if kind == "retarget":
                self.counts["retarget clamped up"] += amount == difficulty * 4
                self.counts["retarget clamped down"] += amount == difficulty * 0.25
                difficulty = amount
            elif kind == "halving":
                halving_height += 210000
                same_block = halving_height % 2016 == 0
                self.counts["halving on the retarget block" if same_block else "halving inside an epoch"] += 1

    def read_loans(self) -> None:
        """Cured arrears, called loans by their fate, kinds that were repaid."""
        missed = {entity for _, kind, entity, _ in self.outcome.events if kind == "missed_payment"}
        called = {entity for _, kind, entity, _ in self.outcome.events if kind == "loan_called"}
        for index, (row, end) in enumerate(zip(self.loans, self.outcome.loans, strict=True)):
            entity = f"loan:{index}"
            closed = end["status"] == "closed"
            self.counts["arrears cured"] += entity in missed and end["status"] in ("performing", "closed")
            self.counts["called loan repaid"] += entity in called and closed
            self.counts["called loan defaulted"] += entity in called and end["status"] == "defaulted"
            self.counts["loan repaid inside the horizon"] += closed
            self.counts["zero-rate loan repaid"] += closed and row["rate"] == 0
            self.counts["single-date loan repaid"] += closed and row["first_payment_date"] == row["maturity_date"]
            ends_month = (row["first_payment_date"] + timedelta(days=1)).day == 1
            self.counts["month-end loan repaid"] += closed and ends_month
            self.counts[f"{row['amortisation']} repaid"] += closed
            self.counts[f"{row['day_count']} repaid"] += closed
            if end["status"] == "defaulted":
                self.counts[f"default of a {row['collateral']} loan, {row['recourse']} recourse"] += 1
                self.counts["default with a loss"] += end["loss"] > 0
                self.counts["default without a loss"] += end["loss"] == 0

    def read_defaults(self) -> None:
        """Chains: a limited-recourse loan that pulls others down; defaults over bills and over loans."""
        before: tuple[int, str, str, float] = (-1, "", "", 0)
        for event in self.outcome.events:
            day, kind, entity, _ = event
            follows_loan = before[0] == day and before[1] == "loan_default"
            if kind == "loan_default" and follows_loan:
                first, this = self.loans[index_of(before[2])], self.loans[index_of(entity)]
                self.counts["cross default"] += (
                    first["miner"] == this["miner"] and first["recourse"] == "limited" and this["cross_default"]
                )
            if kind == "miner_default":
                over_loan = follows_loan and self.miner_index[self.loans[index_of(before[2])]["miner"]] == index_of(
                    entity
                )
                self.counts["miner default over a loan" if over_loan else "miner default over bills"] += 1
            before = event

    def read_pledges(self) -> None:
        """Top-ups, releases, surpluses, and pledges sold out under an open loan."""
        pledged = {f"pledge:{i}": round((row["collateral_btc"] or 0) * 1e8) for i, row in enumerate(self.loans)}
        ends = [row["default_day"] for row in self.outcome.loans]
        for day, reason, unit, source, target, amount in self.outcome.postings:
            if reason in ("top_up", "release", "collateral_surplus", "machine_surplus", "power_credit", "host_income"):
                self.counts[reason.replace("_", " ")] += 1
            if target in pledged:
                pledged[target] += amount
            if source in pledged and unit == "sats":
                pledged[source] -= amount
                sold_out = reason == "collateral_sale" and pledged[source] == 0 and ends[index_of(source)] != day
                self.counts["pledge sold out, loan open"] += sold_out

    def read_cures(self) -> None:
        """Tranche sales on the day a cure window ends, and tranches that stopped short of the whole pledge."""
        calls = {(day, entity) for day, kind, entity, _ in self.outcome.events if kind == "margin_call"}
        for day, kind, entity, _ in self.outcome.events:
            if kind == "collateral_sale":
                cure_days = self.loans[index_of(entity)]["cure_days"]
                self.counts["sale as a cure window ends"] += (day - cure_days, entity) in calls

    def read_lots(self) -> None:
        """How machines were sold: estate offers, lots at once, in parts, at the end of the hold."""
        lots: dict[str, tuple[int, float]] = {}
        for day, kind, entity, amount in self.outcome.events:
            if kind == "seizure":
                lots[entity] = (day, amount)
            if kind != "machine_sale":
                continue
            if entity.startswith("fleet:"):
                self.counts["machine sale by an estate"] += 1
                continue
            lot_day, left = lots[entity]
            lots[entity] = (lot_day, left - amount)
            lender = self.lenders[self.holders.at(index_of(entity), day)]
            hold_days = self.scenario["policies"][lender["policy"]]["hold_days"]
            how = "of what is left" if amount == left else "in part"
            self.counts[f"lot sale {how}"] += 1
            self.counts["lot sale at the end of the hold"] += amount == left and day == lot_day + hold_days + 1

    def read_estates(self) -> None:
        """Estates that paid bills, one lender or several."""
        paid = Counter(
            (day, source, target == "world")
            for day, reason, _, source, target, _ in self.outcome.postings
            if reason == "estate"
        )
        for (_, _, bills), count in paid.items():
            self.counts[
                "estate pays bills" if bills else "estate pays several loans" if count > 1 else "estate pays one loan"
            ] += 1
        self.counts["estate with nothing"] += sum(
            kind == "estate" and amount == 0 for _, kind, _, amount in self.outcome.events
        )

    def read_lender_failures(self) -> None:
        """Failures by cause."""
        decreed = {(row["day"], row["lender"]) for row in self.scenario["lender_events"] if row["kind"] == "fail"}
        short = self.days_without_cash_for_funding()
        marked_down: set[tuple[int, str]] = set()
        before: tuple[int, str, str, float] = (-1, "", "", 0)
        for event in self.outcome.events:
            day, kind, entity, _ = event
            if kind == "exposure_loss":
                marked_down.add((day, entity))
            if kind == "lender_failure":
                key = self.lenders[index_of(entity)]["lender"]
                if (day, key) in decreed:
                    cause = "event"
                elif before[0] == day and before[2] == entity and before[1] in SHORT_OF_CASH:
                    cause = SHORT_OF_CASH[before[1]]
                elif (day, entity) in short:
                    cause = "funding cost"
                else:
                    cause = "claims on peers" if (day, entity) in marked_down else "insolvency"
                self.counts[f"lender failure by {cause}"] += 1
            before = event

    def read_old_graces(self) -> None:
        """Loans in arrears again while the grace of cured arrears would still run."""
        grace_ends: dict[str, int] = {}
        for day, kind, entity, _ in self.outcome.events:
            if kind == "missed_payment":
                self.counts["in arrears again inside an old grace"] += grace_ends.get(entity, -1) > day
                grace_ends[entity] = day + self.loans[index_of(entity)]["grace_days"]

    def read_seized_before(self) -> None:
        """Miners that default when a lender has already seized machines of one of their rows."""
        seized = set()
        for _, kind, entity, _ in self.outcome.events:
            if kind == "seizure":
                seized.add(self.miner_index[self.loans[index_of(entity)]["miner"]])
            if kind == "miner_default":
                self.counts["miner default after a seizure"] += index_of(entity) in seized

    def read_machines_at_the_estate(self) -> None:
        """Estate offers from a row that a lender has already seized from; estates that pay while a lender holds a lot."""
        seized_from: set[str] = set()
        lots: Counter[str] = Counter()
        paying: set[tuple[int, str]] = set()
        for day, reason, _, source, target, amount in self.outcome.postings:
            if reason == "seizure":
                seized_from.add(source)
                lots[target] += amount
            elif reason == "machine_sale" and source.startswith("lot:"):
                lots[source] -= amount
            elif reason == "machine_sale":
                self.counts["estate offer from a row seized before"] += source in seized_from
            elif reason == "estate" and target != "world" and (day, source) not in paying:
                paying.add((day, source))
                self.counts["estate pays while a lot is unsold"] += any(
                    row["recourse"] == "full"
                    and self.miner_index[row["miner"]] == index_of(source)
                    and lots[f"lot:{index}"] > 0
                    for index, row in enumerate(self.loans)
                )

    def read_late_interest(self) -> None:
        """Loans that were charged default interest, and what became of them."""
        for end in self.outcome.loans:
            if end["late_interest"] > 0:
                self.counts["late interest charged"] += 1
                fate = end["status"] if end["status"] in ("arrears", "defaulted") else "cured"
                self.counts[f"late interest charged, loan {fate}"] += 1

    def read_capitalisations(self) -> None:
        """Interest that joined the principal, by kind of loan."""
        for _, kind, entity, _ in self.outcome.events:
            if kind == "capitalisation":
                self.counts[f"{self.loans[index_of(entity)]['amortisation']} capitalises"] += 1

    def read_draws(self) -> None:
        """Draws by what they were for, and by what ended them: the line, the lender's cash, or else the need."""
        cash = {f"lender:{j}": round(row["cash_usd"] * 100) for j, row in enumerate(self.lenders)}
        drawing = ""
        for _, reason, unit, source, target, amount in self.outcome.postings:
            if unit == "cents":
                if source == drawing:
                    self.counts[PURPOSE.get(reason, "draw for bills")] += 1
                    drawing = ""
                for account, change in ((source, -amount), (target, amount)):
                    if account in cash:
                        cash[account] += change
                if reason == "draw":
                    drawing = target
                    self.counts["draw of the lender's last cent"] += cash[source] == 0
        room = {f"loan:{i}": round((row["credit_line_usd"] or 0) * 100) for i, row in enumerate(self.loans)}
        for index, row in enumerate(self.loans):
            room[f"loan:{index}"] -= round(row["outstanding_usd"] * 100)
        for _, kind, entity, drawn in self.outcome.events:
            if kind == "credit_draw":
                room[entity] -= round(drawn)
                self.counts["line drawn to its end"] += room[entity] == 0

    def days_without_cash_for_funding(self) -> set[tuple[int, str]]:
        """(day, lender) where the funding cost took the last cent."""
        cash = {f"lender:{j}": round(row["cash_usd"] * 100) for j, row in enumerate(self.lenders)}
        found = set()
        for day, reason, unit, source, target, amount in self.outcome.postings:
            if unit != "cents":
                continue
            if target in cash:
                cash[target] += amount
            if source in cash:
                cash[source] -= amount
                if reason == "funding_cost" and cash[source] == 0:
                    found.add((day, source))
        return found


def situations(tables: Tables, scenario: Row, outcome: Outcome) -> Counter[str]:
    """Named situations that are not events."""
    found: Counter[str] = Counter()
    for reading in (Reading, LenderReading, OrderReading, HedgeReading, LotReading, TermReading, WayReading):
        for name, count in reading(tables, scenario, outcome).read().items():
            found[name] += count
    return found
