"""How lots were priced, and what others sold: situations that are not events, read off an outcome and its inputs."""

from collections import Counter

from tests.economies.draws import Row, Tables
from tests.economies.lender_situations import ordered
from tests.oracle import Outcome

TIER = 1  # whose prices are among the aggregates of the day


class LotReading:
    """Sales of tier 1 by what made their price; days on which others sell coins."""

    def __init__(self, tables: Tables, scenario: Row, outcome: Outcome) -> None:
        self.outcome = outcome
        self.sales = scenario.get("forced_sales", [])
        self.days = len(outcome.daily)
        self.market = scenario["asics"]
        models = {row["model"]: row for row in tables["machines"]}
        fleet = ordered(tables["fleet"], "miner", "fleet")
        rows = {(row["miner"], row["fleet"]): models[row["model"]] for row in fleet}
        self.models = {f"fleet:{place}": models[row["model"]] for place, row in enumerate(fleet)}
        for place, row in enumerate(ordered(tables["loans"], "loan")):
            if row["collateral"] == "machines":
                self.models[f"lot:{place}"] = rows[row["miner"], row["collateral_fleet"]]
        self.counts: Counter[str] = Counter()

    def read(self) -> Counter[str]:
        """All situations."""
        self.read_days()
        self.read_lots()
        self.read_sales_of_others()
        return self.counts

    def read_days(self) -> None:
        """Days by what a quick sale brings."""
        floor = self.market["tiers"][TIER]["scrap_usd_per_th"]
        for day in self.outcome.daily:
            clearing, index = (day[f"asic_{name}_usd_per_th"] for name in ("clearing", "index"))
            quick = index * (1 - self.market["quick_discount"])
            self.counts["quick price: the market's" if clearing < quick else "quick price: the index less haste"] += 1
            self.counts["quick price: scrap"] += max(floor, min(clearing, quick)) == floor

    def read_lots(self) -> None:
        """Sales on the day, each with what is paid for it just after."""
        postings = self.outcome.postings
        for place, (day, reason, _, source, target, machines) in enumerate(postings):
            if reason == "machine_sale" and target == "world":
                cents = 0
                for when, why, _, _, _, amount in postings[place + 1 :]:
                    if why not in ("machine_proceeds", "machine_surplus") or when != day:
                        break
                    cents += amount
                if cents > 0:  # a broker pays later
                    self.read_lot(day, source, machines, cents)

    def read_lot(self, day: int, source: str, machines: int, cents: int) -> None:
        """A sale that was priced as the market is, as scrap, or at a discount on the index."""
        model = self.models[source]
        if not 25 <= model["power_w"] / model["hashrate_ths"] < 38:
            return
        usd_per_th = cents / (machines * model["hashrate_ths"] * 100)
        rounding = 0.51 / (machines * model["hashrate_ths"] * 100)
        today, floor = self.outcome.daily[day], self.market["tiers"][TIER]["scrap_usd_per_th"]
        clearing = today["asic_clearing_usd_per_th"]
        if abs(usd_per_th - floor) <= rounding:
            how = "scrap, above what haste would bring" if floor < clearing else "scrap, which is the market's"
        elif abs(usd_per_th - clearing) <= rounding:
            how = "the market's price"
        else:
            how = "a discount on the index"
        self.counts[f"lot sold at {how}"] += 1

    def read_sales_of_others(self) -> None:
        """Days with one seller or with several; rows that begin before the run or go on after it; days on which the book sells, too."""
        sellers = [sum(row["day"] <= day < row["day"] + row["days"] for row in self.sales) for day in range(self.days)]
        own = {day for day, reason, *_ in self.outcome.postings if reason in ("treasury_sale", "forced_sale")}
        for day, count in enumerate(sellers):
            self.counts["others sell coins"] += count > 0
            self.counts["several others sell coins"] += count > 1
            self.counts["others and the book sell coins"] += count > 0 and day in own
        for row in self.sales:
            end = row["day"] + row["days"]
            self.counts["forced sales from before the run"] += row["day"] < 0 < end
            self.counts["forced sales beyond the run"] += row["day"] < self.days < end
            self.counts["forced sales outside the run"] += end <= 0 or row["day"] >= self.days
