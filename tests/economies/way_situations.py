"""What became of loans that changed hands and of lots that went back to their miners: situations that are not events."""

from collections import Counter, defaultdict
from itertools import pairwise

from tests.economies.counting import index_of
from tests.economies.draws import Row, Tables
from tests.economies.lender_situations import ordered
from tests.oracle import Outcome

NAMES = (  # of what may not happen at all, so that it is missed then
    "loan sold for nothing",
    "loan sold twice to lenders",
    "loan sold to a lender defaults",
    "loan sold to a lender is bought by its borrower",
    "loan sold to a lender is repaid",
    "machines taken back for nothing",
    "lot taken back in part",
    "lot taken back in several parts",
    "debt paid by taking machines back",
    "machines of a swap taken back",
)
ENDS = {"loan_default": "defaults", "repurchase": "is bought by its borrower"}


class WayReading:
    """Loans sold among lenders by their end; lots by how much of them was taken back, and for what."""

    def __init__(self, tables: Tables, _: Row, outcome: Outcome) -> None:
        self.outcome = outcome
        self.loans = ordered(tables["loans"], "loan")
        self.counts: Counter[str] = Counter(dict.fromkeys(NAMES, 0))

    def read(self) -> Counter[str]:
        """All situations."""
        self.read_sales()
        self.read_lots()
        self.read_losses()
        return self.counts

    def read_sales(self) -> None:
        """Loans that were sold by what comes of them then; what their buyers are paid."""
        sold: Counter[int] = Counter()
        end: dict[int, str] = {}
        for _, kind, entity, amount in self.outcome.events:
            if kind == "book_sale":
                sold[index_of(entity)] += 1
                self.counts["loan sold for nothing"] += amount == 0
            elif kind in ENDS and index_of(entity) in sold:
                end[index_of(entity)] = ENDS[kind]
        for index, times in sold.items():
            closed = self.outcome.loans[index]["status"] == "closed"
            how = end.get(index, "is repaid" if closed else "is open at the end")
            self.counts[f"loan sold to a lender {how}"] += 1
            self.counts["loan sold twice to lenders"] += times > 1
        failed = [row["failed_day"] for row in self.outcome.lenders]
        for day, _, buyer in self.outcome.sales:
            later = failed[buyer] is not None and failed[buyer] > day
            self.counts["buyer of a loan fails later" if later else "buyer of a loan does not fail"] += 1

    def read_lots(self) -> None:
        """Lots of which machines were taken back: at once or in parts, all or some, paid or for nothing."""
        seized: dict[int, int] = {}
        taken: defaultdict[int, list[int]] = defaultdict(list)
        paid: set[int] = set()
        for _, kind, entity, amount in self.outcome.events:
            if kind == "seizure":
                seized[index_of(entity)] = round(amount)
            elif kind == "sell_back":
                taken[index_of(entity)].append(round(amount))
        for (_, reason, _, lot, _, _), (_, then, unit, *_) in pairwise(self.outcome.postings):
            if reason == "sell_back" and lot.startswith("lot:"):
                if (then, unit) == ("sell_back", "cents"):
                    paid.add(index_of(lot))
                else:
                    self.counts["machines taken back for nothing"] += 1
        for index, parts in taken.items():
            self.counts["lot taken back in several parts"] += len(parts) > 1
            self.counts["lot taken back in all" if sum(parts) == seized[index] else "lot taken back in part"] += 1
            end = self.outcome.loans[index]
            self.counts["debt paid by taking machines back"] += index in paid and end["recovered"] == end["ead"]
            self.counts["machines of a swap taken back"] += self.loans[index]["recourse"] == "full"

    def read_losses(self) -> None:
        """Lenders that have lost less than nothing: they paid less for loans than these lost."""
        self.counts["lender with a loss below nothing"] += sum(row["loss"] < 0 for row in self.outcome.lenders)
