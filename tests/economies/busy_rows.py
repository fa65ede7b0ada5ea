"""The rows of a busy miner: small, with lenders and a region of its own, no bill for power but at one row, coins that it keeps."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from tests.economies.book import COLLATERAL_COLUMNS
from tests.economies.draws import KEY_LETTERS, Row, Tables, chance, number
from tests.economies.lenders import DEFAULTS as LENDER_DEFAULTS
from tests.economies.orders import DEFAULTS as ORDER_DEFAULTS
from tests.economies.sites import COLUMNS as WORK_COLUMNS

MACHINES = 60  # of a row
SOON = 5  # days before and after the first of a month on which things are placed
TOO_MUCH_USD = 1e8  # no busy miner can pay it


class Rows:
    """One busy miner and what is its own; each method adds a row or two to the tables."""

    def __init__(self, rng: Random, tables: Tables, scenario: Row, price_usd: float) -> None:
        self.rng = rng
        self.tables = tables
        self.scenario = scenario
        self.price_usd = price_usd
        self.start = date.fromisoformat(scenario["start"])
        self.days: int = scenario["days"]
        self.others = [row["lender"] for row in tables["lenders"]]
        self.fresh = self.keys()
        self.miner = next(self.fresh)
        self.region = next(self.fresh)
        models = sorted(tables["machines"], key=lambda row: row["power_w"] / row["hashrate_ths"])
        self.model, self.better = (row["model"] for row in rng.sample(models, 2))
        if models.index(self.row_of("model", self.better)) > models.index(self.row_of("model", self.model)):
            self.model, self.better = self.better, self.model
        self.longest_wait = rng.choice(
            (4, 60)
        )  # days that its lenders may give: nothing comes back while something is overdue
        self.settle_down()
        self.plain = self.fleet()
        self.pledged = self.fleet()
        self.other = self.fleet(machines=rng.choice((0, MACHINES)))
        self.modern = self.fleet(model=self.better, machines=rng.choice((0, MACHINES)))
        self.dear = self.fleet(power_contract="indexed", machines=2)

    def keys(self) -> Iterator[str]:
        """Keys that nothing in the economy has."""
        taken = {value for rows in self.tables.values() for row in rows for value in row.values() if type(value) is str}
        while True:
            key = "".join(self.rng.choices(KEY_LETTERS, k=9))
            if key not in taken:
                taken.add(key)
                yield key

    def row_of(self, column: str, key: str) -> Row:
        """A machine model."""
        return next(row for row in self.tables["machines"] if row[column] == key)

    def day(self, day: int) -> date:
        """The date of a day."""
        return self.start + timedelta(days=day)

    def firsts(self) -> list[int]:
        """Firsts of a month with some days before them and after."""
        return [day for day in range(SOON + 3, self.days - SOON) if self.day(day).day == 1]

    def settle_down(self) -> None:
        """The miner and its region; bills that can be cut, and most often no need to sell coins."""
        needy = chance(self.rng, 0.3)
        kept = self.rng.choice((3, 3, 3650)) if needy else 0
        self.tables["regions"].append({"region": self.region})
        self.scenario["tariff_usd_per_mwh"][self.region] = [0.0] * self.days
        self.scenario["availability"][self.region] = [1.0] * self.days
        self.tables["miners"].append(
            {
                "miner": self.miner,
                "cash_usd": round(self.rng.uniform(1e3, 1e5) if needy else self.rng.uniform(1e5, 2e6), 2),
                "btc": number(self.rng, 0, 3, 8),
                "overhead_usd_per_month": 300000.0 if needy else 30000.0,
                "essential_share": 0.0 if needy else self.rng.choice((0.0, 0.0, 0.1)),
                "other_income_usd_per_month": 0.0,
                "hodl_share": 1.0,
                "runway_low_days": kept,
                "runway_high_days": 3650 if needy else 1,
                "stock_sale_share": number(self.rng, 0, 0.1, 2),
                "equity_line_usd": 50000.0 if kept == 3 else self.rng.choice((0.0, 50000.0)),
                "equity_line_usd_per_month": 20000.0,
                "pool_fee": 0.01,
                "bills_grace_days": self.rng.choice((2, 90, 90, 90)),
            }
        )

    def patience(self) -> int:
        """Days that a lender gives beyond a grace: a few, or too many for this path to see much of what comes then."""
        return self.rng.randint(1, 4) if self.longest_wait == 4 else self.rng.randint(10, self.longest_wait)

    def add(self, table: str, row: Row) -> None:
        """A row."""
        self.tables.setdefault(table, []).append(row)

    def fleet(self, **changes: object) -> str:
        """A row of the fleet that pays nothing for power."""
        key = next(self.fresh)
        row: Row = {
            "fleet": key,
            "miner": self.miner,
            "model": self.model,
            "region": self.region,
            "machines": MACHINES,
            "power_contract": "fixed",
            "power_usd_per_mwh": 0.0,
            "pass_through": 0.0,
            "curtailment_strike_usd_per_mwh": None,
            "curtailment_share": 1.0,
            "shutdown_ratio": 1.0,
            "shutdown_days": 1,
            "restart_ratio": 1.0,
            "restart_days": 1,
        }
        self.add("fleet", row | changes)
        return key

    def lender(self, **habits: object) -> str:
        """A lender with more money than it needs, and the habits it is wanted for."""
        key = next(self.fresh)
        row: Row = {
            "lender": key,
            "cash_usd": 1e7,
            "other_assets_usd": 1e10,
            "equity_usd": 1e10,
            "funding_rate": 0.0,
            "seizure_days": self.rng.randint(1, 4),
            "call_notice_days": self.rng.randint(1, 4),
            "host_usd_per_mwh": 0.0,
            "host_capacity_ths": 0.0,
            "policy": self.policy(),
        }
        self.add("lenders", row | LENDER_DEFAULTS | habits)
        if chance(self.rng, 0.4):
            self.lean(key)
        return key

    def lender_row(self, lender: str) -> Row:
        """Its row."""
        return next(row for row in self.tables["lenders"] if row["lender"] == lender)

    def resume(self, lender: str, day: int, lost_usd: float = 0.0) -> None:
        """Once so much is lost the lender has a little too much debt for its equity to go on lending; on the day it pays some back."""
        row = self.lender_row(lender)
        if row["cash_usd"] >= 1e7:
            left = (5e9 - lost_usd) / (1e10 + 5e6)  # between what is left of it with all its cash and with next to none
            row |= {"equity_usd": 5e9, "stop_equity_share": round(left, 5), "tighten_equity_share": 0.0}
            event = {"day": min(max(day, 0), self.days - 1), "lender": lender, "kind": "withdrawal"}
            self.scenario["lender_events"].append(event | {"amount_usd": 9e6})

    def buyer(self) -> str:
        """A lender that buys whatever a failed one has to sell, and has the money for it; others or the miner buy of its estate."""
        key = self.lender(book_buy_cover=0.0)
        row = self.lender_row(key)
        terms = {"book_sale_days": self.rng.randint(1, 3), "book_sale_price": self.rng.choice((0.05, 1e-5))}
        row |= {"cash_usd": 1e8, "stop_equity_share": 0.0, "term_share_per_month": 0.0} | terms
        return key

    def spend(self, lender: str, cash_usd: float, day: int) -> None:
        """The lender has so much money and a line of another one; more than so little is asked back on the day."""
        self.lender_row(lender)["cash_usd"] = cash_usd + 100.0
        self.line(lender)
        event = {"day": min(day, self.days - 1), "lender": lender, "kind": "withdrawal", "amount_usd": 10000.0}
        self.scenario["lender_events"].append(event)

    def waver(self, lender: str, day: int) -> None:
        """From the close of the day on the lender lends no more; perhaps it has paid back enough some days later to lend again."""
        row = self.lender_row(lender)
        row |= {"cash_usd": 2e8, "other_assets_usd": 1e10, "equity_usd": 5e9, "term_share_per_month": 0.001}
        row |= {"stop_equity_share": 0.485, "tighten_equity_share": self.rng.choice((0.0, 0.0, 0.485))}
        self.lose(
            lender, day, 1.5e8
        )  # equity falls from 0.490 of the assets to 0.483; or from 0.487, if a bad loan was its, to 0.480
        if chance(self.rng, 0.6):  # 0.489 of what is left then, or 0.486
            last = min(day + self.rng.randint(1, 4), self.days - 1)
            event = {"day": last, "lender": lender, "kind": "withdrawal", "amount_usd": 1.3e8}
            self.scenario["lender_events"].append(event)

    def lose(self, lender: str, day: int, usd: float) -> None:
        """A loss outside the book."""
        event = {"day": min(day, self.days - 1), "lender": lender, "kind": "loss", "amount_usd": usd}
        self.scenario["lender_events"].append(event)

    def lend_to_a_peer(self, lender: str, day: int) -> None:
        """The lender has a claim on another one, of whose estate nothing is left after its failure on the day."""
        sheet = {"cash_usd": 0.0, "other_assets_usd": 2000.0, "equity_usd": 1000.0, "bankruptcy_cost_share": 1.0}
        row = self.lender_row(lender)
        peer = row | LENDER_DEFAULTS | sheet | {"lender": next(self.fresh)}
        self.add("lenders", peer)
        self.add("exposures", {"debtor": peer["lender"], "creditor": lender, "amount_usd": 1000.0, "line_usd": None})
        self.fail(peer["lender"], day)

    def giver(self) -> str:
        """A lender that takes machines for the debt, at once, and gives them back to who pays for them."""
        return self.lender(seizure_days=1, swap_cover=0.0, policy=self.policy(action="sell_back", payback_days=3650))

    def tight_site(self, day: int) -> Row:
        """What is pledged for a little money: three machines, of which one finds a place from the day on, perhaps all of them later."""
        row, later = self.fleet(machines=4, rack_slots=4), min(day + self.rng.randint(2, 4), self.days - 1)
        changes = self.scenario.setdefault("rack_changes", [])
        changes += [{"day": when, "fleet": row, "slots": slots} for when, slots in ((day, -2), (later, 2))]
        if chance(self.rng, 0.3):
            changes.pop()
        return {"collateral_fleet": row, "collateral_machines": 3, "outstanding_usd": 50.0}

    def line(self, lender: str) -> None:
        """The lender has a line of another one."""
        other = self.lender_row(lender) | LENDER_DEFAULTS | {"lender": next(self.fresh), "book_buy_cover": None}
        self.add("lenders", other | {"cash_usd": 1e7})
        self.add("exposures", {"debtor": lender, "creditor": other["lender"], "amount_usd": 1.0, "line_usd": 1e6})

    def lean(self, lender: str) -> None:
        """The lender has next to no cash, a line of another one, and depositors that come around the firsts of months."""
        row = self.lender_row(lender)
        self.line(lender)
        row["cash_usd"] = 100.0
        if chance(self.rng, 0.3) and not row["stop_equity_share"]:
            row |= {"stop_equity_share": 1.0, "term_share_per_month": 0.01}
        for first in self.firsts():
            for _ in range(self.rng.randint(1, 3)):
                event = {"day": first + self.rng.randint(-SOON, SOON), "lender": lender, "kind": "withdrawal"}
                self.scenario["lender_events"].append(event | {"amount_usd": 10000.0})

    def policy(self, **rule: object) -> str:
        """One that does one thing with what was seized: dumps it, if nothing else is said."""
        rule = {"max_clearing_to_index": 99.0, "action": "dump", "share_per_day": 1.0} | rule
        name = f"{rule['action']} now"
        self.scenario["policies"][name] = {"hold_days": 1 if rule["action"] == "dump" else 3650, "rules": [rule]}
        return name

    def fail(self, lender: str, day: int) -> None:
        """A lender fails."""
        self.scenario["lender_events"].append({"day": day, "lender": lender, "kind": "fail", "amount_usd": 0.0})

    def loan(self, lender: str, **changes: object) -> str:
        """A bullet on one machine that falls due after the horizon."""
        key, late = next(self.fresh), self.day(self.days + 90)
        row: Row = dict.fromkeys((*COLLATERAL_COLUMNS, "payment_usd", "credit_line_usd")) | {
            "loan": key,
            "miner": self.miner,
            "lender": lender,
            "collateral": "machines",
            "amortisation": "bullet",
            "outstanding_usd": 1000.0,
            "rate": number(self.rng, 0, 0.2, 3),
            "day_count": "A360",
            "first_payment_date": late,
            "maturity_date": late,
            "period_months": 1,
            "recourse": "limited",
            "cross_default": False,
            "grace_days": 1,
            "collateral_fleet": self.pledged,
            "collateral_machines": 1,
            "default_interest_rate": self.rng.choice((0.0, 0.1)),
        }
        self.add("loans", row | changes)
        return key

    def bad_loan(self, lender: str, day: int, grace_days: int | None = None, **changes: object) -> None:
        """One that cannot be paid, and whose grace, of days unless it is given, ends on the day."""
        grace = grace_days or self.rng.randint(1, min(day - 1, 3))
        due = self.day(day - grace)
        terms = {"outstanding_usd": TOO_MUCH_USD, "grace_days": grace, "maturity_date": due, "first_payment_date": due}
        self.loan(lender, **terms | changes)

    def coin_loan(self, lender: str) -> None:
        """A small one on a coin."""
        terms = {"initial_ltv": 0.5, "call_ltv": 0.6, "liquidation_ltv": 0.8, "cure_days": 2, "tranche_share": 1.0}
        coin = {"collateral": "btc", "collateral_btc": 1.0, "collateral_fleet": None, "collateral_machines": None}
        self.loan(lender, **terms, **coin)

    def order(self, day: int, usd: float, **changes: object) -> str:
        """Machines of which the rest is due on the day, and which come some days later; the vendor."""
        vendor, price = next(self.fresh), min(usd, 1e5)
        row = ORDER_DEFAULTS | {
            "order": next(self.fresh),
            "miner": self.miner,
            "vendor": vendor,
            "fleet": self.plain,
            "machines": round(usd / price),
            "price_usd": price,
            "deposit_usd": round(usd * self.rng.uniform(0, 0.3)),
            "first_instalment_date": self.day(day),
            "instalments": 1,
            "delivery_date": self.day(day + self.rng.randint(0, 9)),
        }
        self.add("orders", row | changes)
        return vendor

    def put(self, day: int, usd: float) -> None:
        """A put far in the money."""
        strike = round(self.price_usd * 20, 2)
        self.hedge("put", day, btc=round(usd / strike, 8), strike_usd=strike)

    def future(self, day: int) -> None:
        """A short future under its margin from the first day, larger than what the miner has."""
        margins = {"initial_margin_share": 1.0, "maintenance_margin_share": 1.0, "cure_days": day}
        terms = {"btc": round(2e7 / self.price_usd, 8), "strike_usd": round(self.price_usd * 0.55, 2)}
        self.hedge("short_future", day + 60, **terms, **margins)

    def hedge(self, kind: str, day: int, **terms: object) -> None:
        """A hedge that expires on a day."""
        row: Row = {"hedge": next(self.fresh), "miner": self.miner, "kind": kind, "expiry_date": self.day(day)}
        self.add("hedges", row | terms)

    def fund(self, day: int, term: int) -> None:
        """A fund for this miner alone, on one day."""
        row: Row = {
            "facility": next(self.fresh),
            "kind": "fund",
            "capital_usd": self.rng.choice((1e6, 1e6, 50.0)),
            "opens_date": self.day(day),
            "closes_date": self.day(day),
            "take_up_share": 1.0,
            "region": self.region,
            "bill_days": 3650.0,
            "rate": number(self.rng, 0, 0.3, 2),
            "term_days": term,
            "rank": self.rng.choice(("senior", "equal", "junior")),
            "max_usd_per_miner": round(self.rng.uniform(100, 10000), 2),
        }
        self.add("facilities", row)

    def host(self, day: int, lien: int) -> None:
        """A host with a few machines, pledged to a lender that takes its time, fails."""
        host, deposit = next(self.fresh), self.rng.choice((0.0, 1000.0))
        key = self.fleet(power_contract="hosted_fixed", machines=3, host=host, host_deposit_usd=deposit)
        self.loan(self.lender(seizure_days=20), collateral_fleet=key, collateral_machines=2)
        event = {
            "day": day,
            "host": host,
            "lien_days": lien,
            "move_days": self.rng.choice((0, 5)),
            "fee_usd_per_machine": self.rng.choice((0.0, 50.0)),
            "deposit_lost_share": 0.5,
        }
        self.scenario.setdefault("host_events", []).append(event)

    def racks(self, day: int, wait: int, usd: float) -> None:
        """Racks that are begun on a day and open after some days, one by one."""
        key, units = self.fleet(machines=2, rack_slots=1), self.rng.randint(1, 3)
        row = dict.fromkeys(WORK_COLUMNS) | {
            "work": next(self.fresh),
            "fleet": key,
            "kind": "racks",
            "begin_date": self.day(day),
            "days": wait,
            "capex_usd": usd,
            "slots": 3,
            "units": units,
            "step_days": self.rng.randint(1, 4) if units > 1 else None,
        }
        self.add("works", row)

    def dear_power(self, first: int, end: int) -> None:
        """Days on which the row that pays the tariff stands still."""
        tariff = self.scenario["tariff_usd_per_mwh"][self.region]
        tariff[first:end] = [1000.0] * (min(end, self.days) - first)
