"""What a book and a scenario may have besides: drawn by the builders of tests/economies, brought into the form of a scenario's file."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from random import Random
from typing import Any

from tests.economies.book import Models
from tests.economies.consignment import add_brokers
from tests.economies.frontier import add_frontier
from tests.economies.hedges import add_hedges
from tests.economies.joint import add_shocks
from tests.economies.lenders import add_lines
from tests.economies.orders import add_orders
from tests.economies.sites import agreements, name_hosts, work_rows
from tests.economies.world import Prices
from tests.properties.economy import Economy, Row, Tables

# Events of the file by the day, and what they are about.
DATED = ("vendor_events", "rack_changes", "host_events")
ATTEMPTS = 100  # after which a builder that leaves its part out by chance has surely drawn it


class Builders:
    """The builders of tests/economies at work on the tables of one small economy and on what they know of a compiled scenario."""

    def __init__(self, tables: Tables, terms: Row, prices: Prices, month_usd: dict[str, float], seed: int) -> None:
        self.tables = tables
        self.terms = terms
        self.prices = prices
        self.month_usd = month_usd
        self.seed = seed
        self.ths = {miner: usd / 30 / prices.revenue_usd_per_ths for miner, usd in month_usd.items()}
        self.scenario: Row = {
            "start": terms["start"].isoformat(),
            "days": (terms["end"] - terms["start"]).days + 1,
            "asics": terms["asics"],
            "tariff_usd_per_mwh": {row["region"]: [prices.tariff] for row in tables["regions"]},
            "policies": deepcopy(terms["policies"]),
        }

    def until(self, there: Callable[[], Any], build: Callable[[Random], None]) -> None:
        """Builds with one draw after another until the part is there."""
        for attempt in range(ATTEMPTS):
            if not there():
                build(Random(f"{self.seed}, {attempt}"))

    def orders(self) -> None:
        """Orders; perhaps racks and vendors that fail."""
        models = Models(self.tables["machines"], self.terms["start"])

        def build(rng: Random) -> None:
            self.scenario.pop("rack_changes", None)
            for row in self.tables["fleet"]:
                row.pop("rack_slots", None)
            add_orders(rng, self.tables, self.scenario, models, self.month_usd)

        self.until(lambda: self.tables.get("orders"), build)

    def hedges(self) -> None:
        """Hedges of any kind but power purchase agreements."""

        def build(rng: Random) -> None:
            add_hedges(rng, self.tables, self.scenario, self.prices, self.ths)

        self.until(lambda: self.tables.get("hedges"), build)

    def sites(self) -> None:
        """Hosts, most of which fail; works; power purchase agreements."""
        rng, days = Random(self.seed), self.scenario["days"]
        name_hosts(rng, self.tables, self.scenario)
        self.tables["works"] = work_rows(rng, self.tables, self.terms["start"], days, self.month_usd)
        agreements(rng, self.tables, self.scenario, self.month_usd)

    def frontier(self) -> None:
        """Launch dates, better machines, and what they do to prices."""
        self.until(lambda: "frontier" in self.scenario, lambda rng: add_frontier(rng, self.tables, self.scenario))

    def joint(self) -> None:
        """Shocks that move together."""
        self.until(lambda: "joint" in self.scenario, lambda rng: add_shocks(rng, self.scenario))

    def brokers(self) -> None:
        """Policies that consign."""
        add_brokers(Random(self.seed), self.scenario)

    def returns(self) -> None:
        """Policies that give seized machines back to their miner, one at least."""
        rng, names = Random(self.seed), sorted(self.scenario["policies"])
        for name in {rng.choice(names), *(name for name in names if rng.random() < 0.5)}:
            rules = self.scenario["policies"][name]["rules"]
            back: Row = {"action": "sell_back", "payback_days": rng.choice((3650, 3650, 400, 60))}
            if "max_clearing_to_index" in rules[0]:
                back["max_clearing_to_index"] = rules[0]["max_clearing_to_index"]
            rules[0] = back

    def buyers(self) -> None:
        """Lenders that buy loans of others, one at least."""
        rng, rows = Random(self.seed), self.tables["lenders"]
        for row in rows:
            row["book_buy_cover"] = rng.choice((None, 0.0, 0.5, 2.0))
        rng.choice(rows)["book_buy_cover"] = 0.0

    def lines(self) -> None:
        """Lenders that have promised others more than they lend."""
        add_lines(Random(self.seed), self.tables["exposures"])

    def told(self) -> Row:
        """What the builders have put into the scenario, as its file has it."""
        start, found = self.terms["start"], {"policies": self.scenario["policies"]}
        for name in ("joint", "frontier"):
            if name in self.scenario:
                found[name] = self.scenario[name]
        for name in DATED:
            found[name] = [
                {"date": start + timedelta(days=row["day"])} | {key: row[key] for key in row if key != "day"}
                for row in self.scenario.get(name, [])
            ]
        return found


PARTS: dict[str, Callable[[Builders], None]] = {  # in the order in which one may need the other
    "orders": Builders.orders,
    "hedges": Builders.hedges,
    "sites": Builders.sites,
    "lines": Builders.lines,
    "brokers": Builders.brokers,
    "returns": Builders.returns,
    "buyers": Builders.buyers,
    "joint": Builders.joint,
    "frontier": Builders.frontier,
}


def with_parts(economy: Economy, parts: set[str], seed: int, prices: Prices, month_usd: dict[str, float]) -> Economy:
    """An economy with these parts; nothing of it is changed in place."""
    tables = deepcopy(economy.tables)
    builders = Builders(tables, economy.terms, prices, month_usd, seed)
    for name, build in PARTS.items():
        if name in parts:
            build(builders)
    for table, key in (("orders", "order"), ("hedges", "hedge"), ("works", "work")):
        for row in tables.get(table, []):
            row[key] = f"{key}-{row[key]}"  # journals name entities without their kind
    return Economy(tables, economy.terms | builders.told(), economy.seed)
