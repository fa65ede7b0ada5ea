"""Nothing is lost and nothing appears: the journals of all paths, added up by hand, against what the run says came of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from tests.properties.economy import PATHS, Economy, Played, Posting
from tests.properties.law import law
from tests.properties.strategies import economies

# Who pays whom, by reason (docs/model/ledger.md and the page of each stage); `world` is everyone outside.
SALE = {("sats", "miner", "world"), ("cents", "world", "miner")}
TO_MINER, FROM_MINER = {("cents", "world", "miner")}, {("cents", "miner", "world")}
TO_LENDER, FROM_LENDER = {("cents", "world", "lender")}, {("cents", "lender", "world")}
SERVICE = {("cents", "miner", "lender")}
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
}
RARE = {
    "host_income",
    "machine_surplus",
    "power_credit",
    "roll_off",
    "repurchase",
}  # too rare to be asked of a few examples
COMMON = ROADS.keys() - RARE
UNITS = ("cents", "sats", "machines")
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
    return found


def by_path(played: Played) -> Iterator[list[Posting]]:
    """The postings of each path."""
    rows: list[list[Posting]] = [[] for _ in range(PATHS)]
    for row in played.ledger:
        rows[row.path].append(row)
    yield from rows


def closing(played: Played) -> list[Balances]:
    """What every account holds after the last day of each path, from its postings alone; no balance below 0 on the way."""
    found = []
    for rows in by_path(played):
        balances = opening(played.economy)
        for row in rows:
            balances[row.unit, row.giver] -= row.amount
            balances[row.unit, row.taker] += row.amount
            assert row.giver == "world" or balances[row.unit, row.giver] >= 0, row
        found.append(balances)
    return found


def mean(values: list[float]) -> float:
    return sum(values) / PATHS


@law(economies(), reach=COMMON, fast=14)
def test_every_posting_is_whole_and_takes_its_road(economy: Economy) -> set[str]:
    """A whole positive amount, between the kinds of accounts its reason names; interest and principal only between a borrower and one of
    its own lenders. The run's own residuals are 0."""
    played = economy.play()
    pairs = {(f"miner:{row['miner']}", f"lender:{row['lender']}") for row in economy.rows("loans")}
    for row in played.ledger:
        assert row.amount >= 1, row
        assert row.amount == int(row.amount), row
        assert (row.unit, kind(row.giver), kind(row.taker)) in ROADS[row.reason], row
        if {kind(row.giver), kind(row.taker)} == {"miner", "lender"}:
            assert (row.giver, row.taker) in pairs or (row.taker, row.giver) in pairs, row
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
    """Machines of a site on day 0 are those left in it, those seized from it and those its estate sold; a lot holds what was seized and not
    sold. Events tell the same numbers as postings."""
    played = economy.play()
    for end, rows in zip(closing(played), by_path(played), strict=True):
        moved: Counter[tuple[str, str]] = Counter()
        for row in rows:
            if row.unit == "machines":
                moved[row.reason, row.giver] += int(row.amount)
                moved["seized", row.taker] += int(row.amount)
        for site in economy.rows("fleet"):
            account = f"fleet:{site['fleet']}"
            assert (
                site["machines"]
                == end["machines", account] + moved["seizure", account] + moved["machine_sale", account]
            )
        for loan in economy.rows("loans"):
            account = f"lot:{loan['loan']}"
            assert end["machines", account] == moved["seized", account] - moved["machine_sale", account]
            assert moved["seized", account] <= loan.get("collateral_machines", 0)
    assert played.total("seizure") == played.posted("seizure", unit="machines")
    assert played.total("machine_sale") == played.posted("machine_sale", unit="machines")
    return set(played.happened)


def owed_at_first(economy: Economy) -> float:
    """Principal of all loans on day 0, cents."""
    return sum(round(row["outstanding_usd"] * 100) for row in economy.rows("loans"))


def still_owed(played: Played) -> float:
    """Principal of open loans on the last day of a run of one path, cents: there the largest is exact, as a mean is not."""
    return float(round(100 * played.daily("debt_usd")[-1]["max"]))


@law(economies(), reach=("loan_default", "credit_draw", "capitalisation"), fast=14)
def test_principal_is_repaid_owed_or_defaulted(economy: Economy) -> set[str]:
    """Without margin calls (sales of pledges pay interest or principal, and do not say which) and loans bought back: principal on day 0,
    what was drawn and what was added = what was repaid + what is owed at the end + the exposures at default, less the interest that was
    in arrears in them. Loans without interest have none."""
    told = economy.without("margin_calls").each("lenders", book_sale_days=None, book_sale_price=None)
    free = told.each("loans", rate=0.0, fee_rate=0.0, default_interest_rate=0.0).play(1)
    played = told.play(1)
    assert arrears_of_interest(free) == 0
    assert arrears_of_interest(played) >= 0
    assert played.total("credit_draw") == played.posted("draw")
    return set(played.happened)


def arrears_of_interest(played: Played) -> float:
    """Interest within the exposures at default of a run of one path, cents, by what is left when everything else is taken away."""
    lent = owed_at_first(played.economy) + played.posted("draw") + played.total("capitalisation")
    return played.posted("principal") + still_owed(played) + played.total("loan_default") - lent


@law(economies(), reach=("loan_default", "collateral_sale", "estate", "machine_sale", "repurchase"), fast=14)
def test_every_cent_lent_without_interest_comes_back_is_owed_is_lost_or_stands_in_machines(
    economy: Economy,
) -> set[str]:
    """Principal on day 0 and draws = repaid + proceeds of coins and machines + paid by estates and for loans bought back + owed at the
    end + lost + what machines of defaulted loans are still worth, which is nothing where no defaulted loan holds any."""
    free = economy.each("loans", rate=0.0, fee_rate=0.0, default_interest_rate=0.0)
    played = free.play(1)
    to_lenders = [row for row in played.ledger if kind(row.taker) == "lender"]
    back = sum(row.amount for row in to_lenders if row.reason != "host_income")
    (path,) = played.paths
    worth = owed_at_first(free) + played.posted("draw") - back - still_owed(played) - round(100 * path["loss_usd"])
    assert worth >= 0
    secured = {row["loan"] for row in free.rows("loans") if row["collateral"] == "machines"}
    if not secured & played.entities("loan_default"):
        assert worth == 0
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
