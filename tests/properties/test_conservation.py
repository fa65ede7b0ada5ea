"""Nothing is lost and nothing appears: the journals of all paths, added up by hand, against what the run says came of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from tests.properties.economy import KEYS, PATHS, Economy, Played, Posting
from tests.properties.law import law
from tests.properties.strategies import economies

# Who pays whom, by reason (docs/model/ledger.md and the page of each stage); `world` is everyone outside.
SALE = {("sats", "miner", "world"), ("cents", "world", "miner")}
TO_MINER, FROM_MINER = {("cents", "world", "miner")}, {("cents", "miner", "world")}
TO_LENDER, FROM_LENDER = {("cents", "world", "lender")}, {("cents", "lender", "world")}
SERVICE = {("cents", "miner", "lender")}
CREDITED = {("cents", "world", "credit")}
ROADS: dict[str, set[tuple[str, str, str]]] = {
    "production": {("sats", "world", "miner")},
    "production_sale": SALE,
    "treasury_sale": SALE,
    "forced_sale": SALE,
    "other_income": TO_MINER,
    "power_credit": TO_MINER,
    "equity": TO_MINER,
    "bills_arrears": FROM_MINER,
    "power": FROM_MINER,
    "essential": FROM_MINER,
    "overhead": FROM_MINER,
    "interest": SERVICE,
    "principal": SERVICE,
    "repurchase": SERVICE,
    "book_sale": {("cents", "lender", "lender")},
    "sell_back": {("machines", "lot", "fleet")} | SERVICE,
    "draw": {("cents", "lender", "miner")},
    "top_up": {("sats", "miner", "pledge")},
    "release": {("sats", "pledge", "miner")},
    "collateral_sale": {("sats", "pledge", "world")},
    "rehypothecation": {("sats", "pledge", "world")},
    "collateral_proceeds": TO_LENDER,
    "collateral_surplus": TO_MINER,
    "seizure": {("machines", "fleet", "lot")},
    "machine_sale": {("machines", "fleet", "world"), ("machines", "lot", "world")},
    "machine_proceeds": TO_MINER | TO_LENDER,
    "machine_surplus": TO_MINER,
    "estate": SERVICE | FROM_MINER,
    "host_income": TO_LENDER,
    "funding_cost": FROM_LENDER,
    "withdrawal": FROM_LENDER,
    "roll_off": FROM_LENDER,
    "lender_draw": {("cents", "lender", "lender")},
    "instalment": FROM_MINER,
    "delivery": {("machines", "world", "fleet")},
    "vendor_credit": CREDITED,
    "price_protection": CREDITED,
    "coupon": CREDITED,
    "credit_used": {("cents", "credit", "world")},
    "forfeit": {("cents", "credit", "world")},
    "variation_margin": {("cents", "world", "margin"), ("cents", "margin", "world")},
    "initial_margin": {("cents", "miner", "margin")},
    "margin_return": {("cents", "margin", "miner")},
    "deficit": {("cents", "miner", "margin"), ("cents", "world", "margin")},
    "option_payoff": TO_MINER | FROM_MINER,
    "forward_settlement": TO_MINER | FROM_MINER,
    "power_sale": TO_MINER | FROM_MINER,
    "lien_fee": FROM_MINER,
    "host_deposit": FROM_MINER,
    "works": FROM_MINER,
}
RARE = {
    "host_income",
    "machine_surplus",
    "power_credit",
    "roll_off",
    "lender_draw",
    "repurchase",
    "book_sale",
    "sell_back",
}  # too rare to be asked of a few examples
COMMON = ROADS.keys() - RARE
UNITS = ("cents", "sats", "machines")
MINERS = {  # tables whose rows are a miner's, and the accounts they have
    "miners": ("miner",),
    "fleet": ("fleet",),
    "loans": ("pledge", "lot"),
    "hedges": ("margin",),
    "orders": ("credit",),
}
Balances = dict[tuple[str, str], float]  # unit and account


def kind(account: str) -> str:
    return account.partition(":")[0]


def opening(economy: Economy) -> Balances:
    """What every account holds on day 0."""
    found: Balances = defaultdict(float)
    for row in economy.rows("miners"):
        found["cents", f"miner:{row['miner']}"] = float(round(row["cash_usd"] * 100))
        found["sats", f"miner:{row['miner']}"] = float(round(row["btc"] * 1e8))
    for row in economy.rows("lenders"):
        found["cents", f"lender:{row['lender']}"] = float(round(row["cash_usd"] * 100))
    for row in economy.rows("fleet"):
        found["machines", f"fleet:{row['fleet']}"] = float(row["machines"])
    for row in economy.rows("loans"):
        if row["collateral"] == "btc":
            found["sats", f"pledge:{row['loan']}"] = float(round(row["collateral_btc"] * 1e8))
    for row in economy.rows("hedges"):
        if row["kind"] == "short_future":
            strike = round(round(row["btc"] * 1e8) * (row["strike_usd"] * 1e-6))
            found["cents", f"margin:{row['hedge']}"] = float(round(strike * row["initial_margin_share"]))
    return found


def by_path(played: Played) -> Iterator[list[Posting]]:
    """The postings of each path."""
    rows: list[list[Posting]] = [[] for _ in range(PATHS)]
    for row in played.ledger:
        rows[row.path].append(row)
    yield from rows


OVERDRAWN = {"world", "margin"}  # the counter side of everyone, and a margin account while its call is unanswered


def closing(played: Played) -> list[Balances]:
    """What every account holds after the last day of each path, from its postings alone; no balance below 0 on the way."""
    found = []
    for rows in by_path(played):
        balances = opening(played.economy)
        for row in rows:
            balances[row.unit, row.giver] -= row.amount
            balances[row.unit, row.taker] += row.amount
            assert kind(row.giver) in OVERDRAWN or balances[row.unit, row.giver] >= 0, row
        found.append(balances)
    return found


def mean(values: list[float]) -> float:
    return sum(values) / PATHS


def lending(played: Played) -> list[set[tuple[str, str]]]:
    """Path by path, miners with the lenders that hold a loan of theirs on some day. Who buys one for nothing leaves no posting: it may be
    anybody that buys."""
    economy = played.economy
    named = {(f"miner:{row['miner']}", f"lender:{row['lender']}") for row in economy.rows("loans")}
    borrower = {row["loan"]: f"miner:{row['miner']}" for row in economy.rows("loans")}
    buyers = {f"lender:{row['lender']}" for row in economy.rows("lenders") if row.get("book_buy_cover") is not None}
    found = [set(named) for _ in range(PATHS)]
    bought = iter([row for row in played.ledger if row.reason == "book_sale"])
    for sale in played.of("book_sale"):
        if sale.amount == 0:
            found[sale.path] |= {(borrower[sale.entity], buyer) for buyer in buyers}
            continue
        row = next(bought)
        assert (row.path, row.day, row.amount) == (sale.path, sale.day, sale.amount)
        assert row.giver in buyers
        assert (borrower[sale.entity], row.taker) in found[sale.path], row
        found[sale.path].add((borrower[sale.entity], row.giver))
    assert next(bought, None) is None
    return found


@law(economies(), reach=COMMON, fast=30)
def test_every_posting_is_whole_and_takes_its_road(economy: Economy) -> set[str]:
    """A whole positive amount, between the kinds of accounts its reason names; interest and principal only between a borrower and one of
    its own lenders (those that have bought a loan of it on the path among them), and between lenders only where one has promised the other
    a line, or has bought a loan of it. The run's own residuals are 0."""
    played = economy.play()
    pairs = lending(played)
    lines = {
        (f"lender:{row['creditor']}", f"lender:{row['debtor']}")
        for row in economy.rows("exposures")
        if row.get("line_usd") is not None
    }
    for row in played.ledger:
        assert row.amount >= 1, row
        assert row.amount == int(row.amount), row
        assert (row.unit, kind(row.giver), kind(row.taker)) in ROADS[row.reason], row
        if {kind(row.giver), kind(row.taker)} == {"miner", "lender"}:
            assert {(row.giver, row.taker), (row.taker, row.giver)} & pairs[row.path], row
        if row.reason == "lender_draw":
            assert (row.giver, row.taker) in lines, row
    for path in played.paths:
        assert [path[f"residual_{unit}"] for unit in UNITS] == [0, 0, 0]
    return {row.reason for row in played.ledger}


@law(economies(), reach=("miner_default", "lender_failure"))
def test_money_and_coins_at_the_end_are_those_of_the_beginning_and_the_postings(economy: Economy) -> set[str]:
    """Cash of miners and lenders, and free coins of miners, from the opening and the journal, as the run reports them; nobody's account
    falls below 0 on any path."""
    played = economy.play()
    ends = closing(played)
    for key, row in played.table("miners").items():
        assert row["cash_end_usd_mean"] == pytest.approx(mean([end["cents", f"miner:{key}"] for end in ends]) / 100)
    for metric, unit, table, fall, scale in (
        ("miner_cash_usd", "cents", "miners", "miner_default", 100),
        ("miner_btc", "sats", "miners", "miner_default", 1e8),
        ("lender_cash_usd", "cents", "lenders", "lender_failure", 100),
    ):
        fallen = played.first_day(fall)
        accounts = [(key, f"{table[:-1]}:{key}") for key in economy.keys(table)]
        held = [
            sum(end[unit, account] for key, account in accounts if (path, key) not in fallen)
            for path, end in enumerate(ends)
        ]
        last = played.daily(metric)[-1]
        assert [last["min"], last["max"]] == pytest.approx([min(held) / scale, max(held) / scale], rel=1e-12)
    return set(played.happened)


@law(economies(), reach=("seizure", "machine_sale"))
def test_machines_are_in_sites_in_lots_or_sold(economy: Economy) -> set[str]:
    """Machines of a site on day 0 and those delivered or given back to it are those left in it, those seized from it and those its estate
    sold; a lot holds what was seized and neither sold nor given back. Events tell the same numbers as postings."""
    played = economy.play()
    for end, rows in zip(closing(played), by_path(played), strict=True):
        moved: Counter[tuple[str, str]] = Counter()
        for row in rows:
            if row.unit == "machines":
                moved[row.reason, row.giver] += int(row.amount)
                moved["taken", row.taker] += int(row.amount)
        for site in economy.rows("fleet"):
            account = f"fleet:{site['fleet']}"
            assert (
                site["machines"] + moved["taken", account]
                == end["machines", account] + moved["seizure", account] + moved["machine_sale", account]
            )
        for loan in economy.rows("loans"):
            account = f"lot:{loan['loan']}"
            left = moved["taken", account] - moved["machine_sale", account] - moved["sell_back", account]
            assert end["machines", account] == left
            assert moved["taken", account] <= loan.get("collateral_machines", 0)
    assert played.total("delivery") == played.posted("delivery", unit="machines")
    assert played.total("seizure") == played.posted("seizure", unit="machines")
    assert played.total("machine_sale") == played.posted("machine_sale", unit="machines")
    assert played.total("sell_back") == played.posted("sell_back", unit="machines")
    return set(played.happened)


# What still moves on the accounts of a miner that failed before: what is sold, and what the sale brings.
ESTATE = {"machine_sale", "machine_proceeds", "machine_surplus", "seizure", "estate"}
LIVING = {  # events of a miner's sites, orders and hedges that a miner alone brings about
    "fleet": {"shutdown", "restart", "curtailment", "works_begun", "works_done"},
    "orders": {"delivery", "missed_instalment", "order_lapse", "order_cancelled", "vendor_default"},
    "hedges": {"hedge_margin_call", "hedge_closed", "hedge_settled"},
}


@law(economies(), reach=("miner_default", "hedge_closed", "order_lapse", "seizure"), fast=14)
def test_a_miner_that_failed_only_winds_up(economy: Economy) -> set[str]:
    """After the day of its default nothing moves on the accounts of a miner, its sites, pledges, lots, margins and credits but what its
    estate and its lenders sell and what that brings; its sites, orders and hedges are still."""
    played = economy.play()
    fallen = played.first_day("miner_default")
    owner: dict[str, str] = {}
    for table, kinds in MINERS.items():
        for row in economy.rows(table):
            key = f"{row['miner']}/{row['vendor']}" if kinds == ("credit",) else row[KEYS[table]]
            owner |= {f"{kind}:{key}": row["miner"] for kind in kinds}
    for row in played.ledger:
        for account in (row.giver, row.taker):
            day = fallen.get((row.path, owner.get(account, "")), economy.days)
            assert row.day <= day or row.reason in ESTATE, row
    for event in played.events:
        table = next((table for table, kinds in LIVING.items() if event.kind in kinds), None)
        if table is not None:
            miner = economy.named(table, event.entity)["miner"]
            assert event.day <= fallen.get((event.path, miner), economy.days), event
    return set(played.happened)


@law(economies(), reach=("loan_default", "miner_default", "lender_failure", "lender_run"))
def test_the_tables_count_what_the_journals_tell(economy: Economy) -> set[str]:
    """Shares of default, exposures at default and failures per path are the events of all paths, counted (a loan bought back counts as
    defaulted, without an event of that name); losses of paths, loans and
    lenders add up to the same sum; no loan loses less than nothing or more than its exposure."""
    played = economy.play()
    bought = played.first_day("repurchase")
    for table, event in (("loans", "loan_default"), ("miners", "miner_default"), ("lenders", "lender_failure")):
        fallen = {*played.first_day(event), *(bought if table == "loans" else ())}
        shares = Counter(key for _, key in fallen)
        assert {key: row["pd"] for key, row in played.table(table).items()} == {
            key: shares[key] / PATHS for key in economy.keys(table)
        }
        if table != "loans":
            per_path = Counter(path for path, _ in fallen)
            assert [row[f"{table}_failed"] for row in played.paths] == [per_path[path] for path in range(PATHS)]
    owed: Counter[str] = Counter()
    for default in played.of("loan_default"):
        owed[default.entity] += int(default.amount)
    loans = played.table("loans")
    for key, row in loans.items():
        assert row["el_usd"] >= 0
        if key not in played.entities("repurchase"):
            assert row["el_usd"] * PATHS <= owed[key] / 100 + 1e-6
            assert row["ead_usd"] is None or row["ead_usd"] * row["pd"] * PATHS == pytest.approx(owed[key] / 100)
    total = sum(row["loss_usd"] for row in played.paths)
    assert PATHS * sum(row["el_usd"] for row in loans.values()) == pytest.approx(total, abs=1e-3)
    assert PATHS * sum(row["loss_usd_mean"] for row in played.table("lenders").values()) == pytest.approx(
        total, abs=1e-3
    )
    return set(played.happened)


@law(economies(), reach=("withdrawal", "funding_cost"), fast=10)
def test_what_lenders_lose_to_funders_is_what_their_events_say(economy: Economy) -> set[str]:
    """Withdrawals posted are those of runs and of the scenario, roll-off is that of the events, and after its failure a lender pays nobody
    but through its loans."""
    played = economy.play()
    assert played.posted("withdrawal") == played.total("lender_run", "lender_withdrawal")
    assert played.posted("roll_off") == played.total("lender_roll_off")
    failed = played.first_day("lender_failure")
    for row in played.ledger:
        if kind(row.giver) == "lender":
            assert row.day <= failed.get((row.path, row.giver.partition(":")[2]), economy.days), row
    return {row.reason for row in played.ledger}
