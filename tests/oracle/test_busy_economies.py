"""Busy economies: no row is refused, and what is placed on a day happens on that day."""

from datetime import date, timedelta
from random import Random

import pytest

from tests.economies import ALL, CALM, Row, Tables, economy
from tests.economies.busy import MISSING, Busy, same_columns
from tests.economies.new_terms import COLUMNS as NEW_TERMS
from tests.economies.new_terms import PAUSED
from tests.economies.orders import DEFAULTS as ORDER_DEFAULTS
from tests.economies.placed import EARLY, ENDS, PLACERS, Placer
from tests.economies.responses import OPTIONAL
from tests.oracle import simulate
from tests.oracle.test_economies import refused, refused_hedge, refused_order

NEEDED = {
    "retire": {"fleet"},
    "upgrade": {"fleet", "to_fleet", "delay_days"},
    "migrate": {"fleet", "to_fleet", "delay_days", "cost_usd_per_machine"},
    "sell_coins": {"share"},
    "strategic_default": {"loan"},
    "renegotiate": {"loan", "term_months"},
    "sell_slots": {"fleet", "usd_per_slot"},
    "prepay": {"share", "loan"},
}
MAY = {kind: {"machines"} for kind in ("retire", "upgrade", "migrate", "sell_slots")}
MAY["renegotiate"] = {"pause_months", "rate"}
FUND = {"bill_days", "rate", "term_days", "rank"}
BUYBACK = {"price_usd_per_th", "price_to_index"}
COOLING = {"hashrate_factor", "energy_factor"}
World = tuple[Tables, Row]


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    return [economy(seed)[:2] for seed in (*range(0, CALM, 10), *range(CALM, ALL))]


def given(row: Row, *columns: str) -> set[str]:
    """Columns that say something."""
    return {column for column in columns if row.get(column) is not None}


def start_of(terms: Row) -> date:
    return date.fromisoformat(terms["start"])


class Rules:
    """The rules of docs/model/ for the rows of one economy."""

    def __init__(self, tables: Tables, terms: Row) -> None:
        self.start = start_of(terms)
        self.days = terms["days"]
        self.fleet = {row["fleet"]: row for row in tables["fleet"]}
        self.loans = {row["loan"]: row for row in tables["loans"]}
        self.joules = {row["model"]: row["power_w"] / row["hashrate_ths"] for row in tables["machines"]}
        self.regions = {row["region"] for row in tables["regions"]}

    def response(self, row: Row) -> bool:
        """Whether a response is refused."""
        kind, word, x = row["kind"], row["trigger"], row["threshold"]
        terms = given(row, *OPTIONAL, *NEW_TERMS) - {"from_date", "until_date", "wait_days"}
        if terms - MAY.get(kind, set()) != NEEDED[kind] or not 0.001 <= (row.get("share") or 1) <= 1:
            return True
        most = {"margin_below": 5, "standing_months": 120, "ltv_over": 100, "btc_below": 1e8}.get(word, 3650)
        first, until = row.get("from_date"), row.get("until_date")
        if not 0 <= x <= most or (until is not None and (until <= self.start or until < (first or until))):
            return True
        if kind == "renegotiate" and self.wrong_term(row, self.loans[row["loan"]]):
            return True
        return self.wrong_trigger(row, kind, word) or self.wrong_reference(row, kind)

    def wrong_trigger(self, row: Row, kind: str, word: str) -> bool:
        """Whether a kind cannot use a trigger."""
        if word in ("margin_below", "standing_months"):
            return "fleet" not in NEEDED[kind]
        on_machines = kind == "renegotiate" and self.loans[row["loan"]]["collateral"] == "machines"
        return word == "ltv_over" and kind != "strategic_default" and not on_machines

    def wrong_term(self, row: Row, loan: Row) -> bool:
        """Whether a loan cannot have the terms that are asked for."""
        term, pause, period = row["term_months"], row.get("pause_months") or 0, loan["period_months"]
        fits = period <= term <= 360 and pause % period == 0 and 0 <= pause <= term - period
        kind_has_pauses = pause == 0 or loan["amortisation"] in PAUSED
        return not fits or not kind_has_pauses or loan.get("credit_line_usd") is not None

    def wrong_reference(self, row: Row, kind: str) -> bool:
        """Whether rows and loans are not the miner's, or not of a kind that will do."""
        if kind == "strategic_default":
            loan = self.loans[row["loan"]]
            terms = (loan["miner"], loan["recourse"], loan["collateral"])
            return terms != (row["miner"], "limited", "machines")
        if kind in ("renegotiate", "prepay"):
            lined = kind == "prepay" and self.loans[row["loan"]].get("credit_line_usd") is not None
            return lined or self.loans[row["loan"]]["miner"] != row["miner"]
        rows = [self.fleet[row[column]] for column in ("fleet", "to_fleet") if row.get(column) is not None]
        if any(found["miner"] != row["miner"] for found in rows):
            return True
        if len(rows) < 2:
            return kind == "sell_slots" and rows[0].get("rack_slots") is None
        old, new = (self.joules[found["model"]] for found in rows)
        same = rows[0]["model"] == rows[1]["model"]
        return rows[0] is rows[1] or (not same if kind == "migrate" else new >= old)

    def work(self, row: Row) -> bool:
        """Whether a work is refused."""
        begin, units = row.get("begin_date"), row.get("units")
        if begin is not None and begin <= self.start:
            return True
        if row["kind"] == "cooling":
            odd = given(row, "slots", "units", "step_days") or len(given(row, *COOLING)) < 2
            return bool(odd) or (begin is None and (row["days"] != 0 or row["capex_usd"] != 0))
        return (
            begin is None
            or bool(given(row, *COOLING, "heat_relief"))
            or self.fleet[row["fleet"]].get("rack_slots") is None
            or units is None
            or not 1 <= units <= row["slots"]
            or (units == 1) != (row["step_days"] is None)
        )

    def facility(self, row: Row) -> bool:
        """Whether a facility is refused."""
        needs = given(row, *FUND) == FUND and not given(row, *BUYBACK)
        if row["kind"] == "buyback":
            needs = len(given(row, *BUYBACK)) == 1 and not given(row, *FUND, "max_usd_per_miner", "max_debt_to_assets")
        region = row.get("region")
        late = row["closes_date"] < max(self.start, row["opens_date"])
        return not needs or late or (region is not None and region not in self.regions)

    def host_event(self, row: Row) -> bool:
        """Whether the failure of a host is refused."""
        known = {found["host"] for found in self.fleet.values() if found.get("host") is not None}
        return (
            row["host"] not in known
            or not 0 <= row["day"] < self.days
            or not 1 <= row["lien_days"] <= 3650
            or not 0 <= row["move_days"] <= 3650
            or not 0 <= row["fee_usd_per_machine"] <= 1e5
            or not 0 <= row["deposit_lost_share"] <= 1
        )

    def site(self, row: Row) -> bool:
        """Whether a fleet row has a host, a deposit or a demand charge it cannot have."""
        hosted = row["power_contract"].startswith("hosted")
        host, deposit = row.get("host"), row.get("host_deposit_usd") or 0.0
        charge = row.get("demand_charge_usd_per_mw_month") or 0.0
        wrong = not 0 <= charge <= 1e5 or (charge != 0 and hosted)
        return wrong or (host is not None and not hosted) or (deposit != 0 and host is None)

    def loan(self, row: Row) -> bool:
        """Whether a loan falls due too early, or is secured by machines its miner does not have."""
        if not self.start < row["first_payment_date"] <= row["maturity_date"]:
            return True
        covenant = given(row, "covenant_cover", "covenant_days")
        if len(covenant) == 1 or not 0 <= (row.get("fee_rate") or 0.0) <= 1:
            return True
        if covenant and (row["covenant_cover"] <= 0 or row["covenant_days"] < 1):
            return True
        if row["collateral"] != "machines":
            return bool(given(row, "collateral_fleet", "collateral_machines") | covenant)
        return self.fleet[row["collateral_fleet"]]["miner"] != row["miner"] or row["collateral_machines"] < 1


def each(worlds: list[World], table: str, rule: str) -> list[tuple[int, Row]]:
    """Rows of a table that a rule refuses."""
    found = []
    for place, (tables, terms) in enumerate(worlds):
        rules = Rules(tables, terms)
        rows = tables.get(table, []) or terms.get(table, [])
        found += [(place, row) for row in rows if getattr(rules, rule)(row)]
    return found


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ("responses", "response"),
        ("works", "work"),
        ("facilities", "facility"),
        ("host_events", "host_event"),
        ("fleet", "site"),
        ("loans", "loan"),
    ],
)
def test_no_row_is_refused(worlds: list[World], table: str, rule: str) -> None:
    assert sum(len(tables.get(table, []) or terms.get(table, [])) for tables, terms in worlds) > 100
    assert each(worlds, table, rule) == []


def test_the_rules_themselves_refuse(worlds: list[World]) -> None:
    """One wrong value each in a row that is right."""
    busy = worlds[-(ALL - CALM) :]
    tables, terms = next(
        world
        for world in busy
        if "racks" in {row["kind"] for row in world[0].get("works", [])}
        and {row["kind"] for row in world[0]["responses"]} == {*NEEDED}
    )
    rules = Rules(tables, terms)
    start, rows = start_of(terms), {name: tables[name] for name in ("responses", "works", "facilities", "loans")}
    first = {kind: next(row for row in rows["responses"] if row["kind"] == kind) for kind in NEEDED}
    for kind, row in first.items():
        assert not rules.response(row)
        for column in NEEDED[kind]:
            assert rules.response(row | {column: None}), (kind, column)
        assert rules.response(row | {"trigger": "ltv_over", "threshold": 101.0})
        assert rules.response(row | {"from_date": None, "until_date": start})
    asked = first["renegotiate"]
    for wrong in (
        {"term_months": 0},
        {"term_months": 361},
        {"pause_months": asked["term_months"]},
        {"loan": first["strategic_default"]["loan"], "miner": "?"},
    ):
        assert rules.response(asked | wrong), wrong
    assert rules.response(first["sell_slots"] | {"fleet": first["retire"]["fleet"]})
    assert rules.response(first["sell_coins"] | {"trigger": "margin_below", "threshold": 1.0})
    assert rules.response(first["upgrade"] | {"to_fleet": first["upgrade"]["fleet"]})
    assert rules.response(first["migrate"] | {"to_fleet": first["upgrade"]["to_fleet"]})
    racks = next(row for row in rows["works"] if row["kind"] == "racks")
    for wrong in ({"units": 0}, {"units": racks["slots"] + 1}, {"begin_date": start}, {"energy_factor": 1.0}):
        assert rules.work(racks | wrong), wrong
    fund = next(row for row in rows["facilities"] if row["kind"] == "fund")
    for wrong in ({"rate": None}, {"price_to_index": 1.0}, {"closes_date": start - timedelta(days=1)}, {"region": "?"}):
        assert rules.facility(fund | wrong), wrong
    assert rules.host_event({"host": "?", "day": 1, "lien_days": 1})
    assert rules.site({"power_contract": "fixed", "host": "h", "host_deposit_usd": 0.0})
    assert rules.site({"power_contract": "hosted_fixed", "host": None, "host_deposit_usd": 1.0})
    assert rules.site({"power_contract": "hosted_fixed", "demand_charge_usd_per_mw_month": 1.0})
    assert rules.loan(rows["loans"][0] | {"first_payment_date": start})
    called = next(row for row in rows["loans"] if row["covenant_cover"] is not None)
    assert not rules.loan(called)
    for wrong in ({"covenant_days": None}, {"covenant_cover": None}, {"covenant_days": 0}, {"fee_rate": 1.1}):
        assert rules.loan(called | wrong), wrong
    assert rules.loan(called | {"collateral": "none", "collateral_fleet": None, "collateral_machines": None})
    prepaid = next(row for row in rows["loans"] if row["loan"] == first["prepay"]["loan"])
    prepaid["credit_line_usd"] = 1e6
    assert rules.response(first["prepay"])


def test_busy_economies_keep_the_rules_of_lenders_orders_and_hedges() -> None:
    for seed in range(CALM, ALL):
        tables, terms, _, _ = economy(seed)
        debtors = {row["debtor"] for row in tables.get("exposures", [])}
        fleet = {row["fleet"]: row["miner"] for row in tables["fleet"]}
        regions = {row["region"] for row in tables["regions"]}
        assert not any(refused(row, row["lender"] in debtors) for row in tables["lenders"]), seed
        for row in tables.get("orders", []):
            assert not refused_order(ORDER_DEFAULTS | row, start_of(terms), fleet), (seed, row)
        for row in tables.get("hedges", []):
            assert not refused_hedge(row, start_of(terms), regions), (seed, row)
        days = [
            event["day"] for key in ("lender_events", "vendor_events", "host_events") for event in terms.get(key, [])
        ]
        assert all(0 <= day < terms["days"] for day in days), seed
        hosts = [event["host"] for event in terms.get("host_events", [])]
        assert len(set(hosts)) == len(hosts), seed


def test_rows_of_a_table_have_the_same_columns_and_keys_of_their_own(worlds: list[World]) -> None:
    names = ("miner", "fleet", "loan", "lender", "order", "hedge", "work", "response", "region")
    keys = {name if name == "fleet" else name + "s": name for name in names} | {"facilities": "facility"}
    for tables, terms in worlds:
        for name, rows in tables.items():
            assert len({tuple(sorted(row)) for row in rows}) <= 1, name
        for name, key in keys.items():
            found = [row[key] for row in tables.get(name, [])]
            assert len(set(found)) == len(found), name
        assert set(terms["tariff_usd_per_mwh"]) == {row["region"] for row in tables["regions"]}
        assert {row["policy"] for row in tables["lenders"]} <= set(terms["policies"])


HAPPENS = {
    "forborne": "forbearance",
    "swapped": "debt_swap",
    "seized": "seizure",
    "consigned": "consignment",
    "lost_coins": "collateral_lost",
    "bought_back": "repurchase",
    "sold_on": "book_sale",
    "taken_back": "sell_back",
    "capitalised": "capitalisation",
    "drawn": "credit_draw",
    "missed_instalment": "missed_instalment",
    "lapsed": "order_lapse",
    "cancelled": "order_cancelled",
    "delivered": "delivery",
    "failing_vendor": "vendor_default",
    "paid_put": "hedge_settled",
    "closed_future": "hedge_closed",
    "rescued": "rescue_loan",
    "repaid": "rescue_repaid",
    "failing_host": "host_failure",
    "released": "lien_release",
    "begun": "works_begun",
    "done": "works_done",
    "missed_bill": "missed_bill",
    "restarted": "restart",
    "failed": "miner_default",
    "failed_to_repay": "rescue_default",
    "failed_before_host": "miner_default",
}
ALL_PLACERS: dict[str, Placer] = {
    place.__name__: place for place in (*(place for place, _ in (*PLACERS, *EARLY)), *ENDS)
}
DAY = 12


def quiet_world() -> tuple[Tables, Row]:
    """A crowded economy of which only machines, regions, cohorts and the market are left."""
    tables, terms, _, _ = economy(CALM - 1)
    for name in ("miners", "fleet", "loans", "lenders", "orders", "hedges", "facilities", "works", "responses"):
        tables[name] = []
    tables.pop("exposures", None)
    for key in ("lender_events", "vendor_events", "host_events", "rack_changes", "deliveries"):
        terms[key] = []
    terms["channels"] = {}
    return tables, terms


@pytest.mark.parametrize("name", sorted(ALL_PLACERS))
def test_what_is_placed_happens_on_its_day(name: str) -> None:
    tables, terms = quiet_world()
    price = 30000.0
    miner = Busy(Random(name), tables, terms, price)
    row = next(row for row in tables["miners"] if row["miner"] == miner.miner)
    needy = name == "cancelled"
    row |= {"runway_low_days": 3650 if needy else 0, "runway_high_days": 3650 if needy else 1, "cash_usd": 1e5}
    row |= {"overhead_usd_per_month": 300000.0 if needy else 30000.0}
    ALL_PLACERS[name](miner, DAY)
    same_columns(tables)
    outcome = simulate(tables, terms, [price] * terms["days"], [price] * terms["days"], days=DAY + 1)
    assert HAPPENS[name] in {kind for day, kind, _, _ in outcome.events if day == DAY}


def test_every_response_happens_on_the_first_of_a_month() -> None:
    tables, terms = quiet_world()
    miner = Busy(Random("responses"), tables, terms, 30000.0)
    miner.lender()
    miner.others = [row["lender"] for row in tables["lenders"]]
    first = miner.firsts()[0]
    miner.habits()
    miner.respond(first)
    same_columns(tables)
    outcome = simulate(tables, terms, [30000.0] * terms["days"], [30000.0] * terms["days"], days=first + 1)
    kinds = {row["kind"] for row in tables["responses"]}
    names = {
        "retire": "retirement",
        "migrate": "migration",
        "sell_coins": "coin_sale",
        "sell_slots": "slot_sale",
        "renegotiate": "renegotiation",
        "prepay": "prepayment",
    }
    assert kinds >= {"sell_coins", "strategic_default"}
    happened = {kind for day, kind, _, _ in outcome.events if day == first}
    assert {"covenant_call", *(names.get(kind, kind) for kind in kinds)} <= happened


def test_missing_columns_are_filled_with_what_their_absence_says() -> None:
    tables: Tables = {"facilities": [{"facility": "a"}, {"facility": "b", "take_up_share": 0.5, "region": "r"}]}
    same_columns(tables)
    assert tables["facilities"][0] == {"facility": "a", "take_up_share": 1.0, "region": None}
    assert MISSING["fleet"] == {"host_deposit_usd": 0.0, "demand_charge_usd_per_mw_month": 0.0}
