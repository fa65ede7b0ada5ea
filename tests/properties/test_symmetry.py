"""What names, order, units and pieces have to do with results: nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.properties.economy import KEYS, UNSECURED, Economy, Played, Posting, Row
from tests.properties.law import law
from tests.properties.optional import DATED
from tests.properties.strategies import economies

REFERENCES = {"collateral_fleet": "fleet", "creditor": "lender", "debtor": "lender"}
NAMED = {*KEYS.values(), "policy", "vendor", "host", "profile"}
LISTS = ("lender_events", "availability", "deliveries", *DATED)


@law(economies(), st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(economy: Economy, seed: int) -> None:
    """Rows of every table, and of the scenario's lists, shocks with their correlations among them, in any order: the same book, the same
    results."""
    rng = Random(seed)
    mixed = economy
    for table, rows in economy.tables.items():
        mixed = mixed.with_table(table, rng.sample(rows, len(rows)))
    assert mixed.book.digest == economy.book.digest
    for name in LISTS:
        mixed = mixed.under(**{name: rng.sample(economy.terms[name], len(economy.terms[name]))})
    if "joint" in economy.terms:
        shocks, matrix = (economy.terms["joint"][name] for name in ("shocks", "correlation"))
        order = rng.sample(range(len(shocks)), len(shocks))
        turned = {"shocks": [shocks[i] for i in order], "correlation": [[matrix[i][j] for j in order] for i in order]}
        mixed = mixed.under(joint=turned)
    assert mixed.digest == economy.digest


def renamed(economy: Economy) -> Economy:
    """Every key with a prefix of its kind, everywhere; the order of keys stays."""

    def row_of(row: Row) -> Row:
        return {
            name: f"{REFERENCES.get(name, name)}.{value}" if REFERENCES.get(name, name) in NAMED and value else value
            for name, value in row.items()
        }

    for table, rows in economy.tables.items():
        economy = economy.with_table(table, [row_of(row) for row in rows])
    lists = {name: [row_of(row) for row in economy.terms[name]] for name in LISTS}
    policies = {f"policy.{name}": rules for name, rules in economy.terms["policies"].items()}
    return Economy(economy.tables, economy.terms | lists | {"policies": policies}, economy.seed)


@law(economies())
def test_names_change_nothing(economy: Economy) -> None:
    """Keys that sort as the old ones did: the same results, the same amounts in the journal."""
    first, second = economy.play(), renamed(economy).play()
    assert second.digest == first.digest
    assert [(row.path, row.day, row.reason, row.amount) for row in second.ledger] == [
        (row.path, row.day, row.reason, row.amount) for row in first.ledger
    ]


OWNED = ("miners", "fleet", "loans", "orders", "hedges", "works")  # tables whose rows are a miner's


def is_of(economy: Economy, miner: str) -> Callable[[Row], bool]:
    """Whether a row is about a miner or one of its sites."""
    sites = {row["fleet"] for row in economy.rows("fleet") if row["miner"] == miner}
    return lambda row: row["miner"] == miner if "miner" in row else row["fleet"] in sites


def twin_of(economy: Economy, miner: str) -> Economy:
    """With a second miner that has the same machines, money, coins, loans, orders, hedges and works, from the same lenders and vendors, at
    the same hosts."""
    mine = is_of(economy, miner)

    def copy(row: Row) -> Row:
        own = ("miner", "fleet", "loan", "collateral_fleet", "order", "hedge", "work")
        return row | {name: f"{row[name]}'" for name in own if row.get(name)}

    for table in OWNED:
        economy = economy.plus(table, *(copy(row) for row in economy.rows(table) if mine(row)))
    changes = economy.terms["rack_changes"]
    return economy.under(rack_changes=[*changes, *(copy(row) for row in changes if mine(row))])


def life_of(played: Played, miner: str, mark: str) -> list[tuple[Any, ...]]:
    """What happens to a miner, its sites and its loans, path by path, without the mark of a twin."""
    mine = is_of(played.economy, miner + mark)
    names = {row[KEYS[table]] for table in OWNED for row in played.economy.rows(table) if mine(row)}
    names |= {f"{row['miner']}/{row['vendor']}" for row in played.economy.rows("orders") if mine(row)}
    accounts = {f"{kind}:{name}" for name in names for kind in ("miner", "fleet", "pledge", "lot", "credit", "margin")}

    def plain(name: str) -> str:
        return name.replace(f"{mark}/", "/").removesuffix(mark) if mark else name

    found: list[tuple[Any, ...]] = [
        (event.path, event.day, event.kind, plain(event.entity), event.amount)
        for event in played.events
        if event.entity in names
    ]

    def told(row: Posting) -> tuple[Any, ...]:
        return (row.path, row.day, row.reason, plain(row.giver), plain(row.taker), row.amount)

    return found + [told(row) for row in played.ledger if {row.giver, row.taker} & accounts]


@law(economies())
def test_twins_live_the_same_life(economy: Economy) -> None:
    """Two miners alike in all but name, with every feedback on: the same events and postings on the same days.

    Only credit lines and lenders that buy loans are left out: twins would draw, one after the other, on what cash their lender has left,
    and one's loan would be bought when there is no cash left for the other's.
    """
    played = twin_of(economy.lacking("buyers").each("loans", credit_line_usd=None), "m0").play()
    assert life_of(played, "m0", "'") == life_of(played, "m0", "")


def lots_in_one_piece(economy: Economy) -> Economy:
    """Lenders that sell a lot whole or not at all, so that no share of it is rounded up and no rack filled."""
    return economy.lacking("brokers").each(
        "lenders", policy=lambda row: "dumps" if row["policy"] in ("sells", "dumps") else "waits"
    )


@law(economies(), reach=("seizure", "machine_sale"))
def test_machines_of_half_the_size_in_twice_the_number_change_nothing(economy: Economy) -> set[str]:
    """Halves are exact in binary: the same results to the bit, where no policy sells a share of a lot or fills a rack, and nothing has a
    price by the machine (an order, a host's fee), half of which is rounded to a cent."""
    whole = lots_in_one_piece(economy).lacking("orders", "racks")
    hosts = [row | {"fee_usd_per_machine": 0.0} for row in whole.terms["host_events"]]
    whole = whole.under(host_events=hosts)
    halves = whole.each(
        "machines", hashrate_ths=lambda row: row["hashrate_ths"] / 2, power_w=lambda row: row["power_w"] / 2
    )
    halves = halves.each("fleet", machines=lambda row: 2 * row["machines"])
    halves = halves.each(
        "loans",
        lambda row: row["collateral"] == "machines",
        collateral_machines=lambda row: 2 * row["collateral_machines"],
    )
    played = whole.play()
    assert halves.digest == played.digest
    return set(played.happened)


@law(economies())
def test_a_site_in_two_equal_halves_changes_nothing(economy: Economy) -> bool:
    """The miner's first site, not pledged, as two rows: every posting and every path's figures are the same as long as the miner does not
    default (its estate would sell two lots, each rounded). Nothing else is at the site: no host, no racks, no works, no order for it."""
    calm = economy.lacking("orders", "racks", "hosts").under(
        availability=[]
    )  # whole numbers of half TH/s, whose sums are exact
    calm = calm.each("fleet", lambda row: row["fleet"] == "m0-0", machines=lambda row: 2 * row["machines"])
    calm = calm.only("loans", lambda row: row.get("collateral_fleet") != "m0-0")
    site = calm.named("fleet", "m0-0")
    halves = calm.one("fleet", "m0-0", machines=site["machines"] // 2)
    halves = halves.plus("fleet", site | {"fleet": "m0-0a", "machines": site["machines"] // 2})
    first, second = calm.play(), halves.play()
    if "m0" in first.entities("miner_default"):
        return False
    assert second.ledger == first.ledger
    assert figures(second) == figures(first)
    return True


def figures(played: Played) -> list[Row]:
    """What `paths` says, without digests: they hold a sum over sites (leverage), whose last bit depends on how many there are."""
    return [{name: value for name, value in row.items() if name != "digest"} for row in played.paths]


@law(economies(), reach=("missed_payment", "miner_default"))
def test_a_loan_in_two_equal_halves_changes_nothing_but_cents_of_an_estate(economy: Economy) -> set[str]:
    """An unsecured loan of `m0` without interest, as two loans: the same defaults of miners on the same days, the same exposures; the
    lender's loss within two cents a path, the most two shares of an estate, each rounded down and topped up by a cent, can differ from one.

    Miners sell no coins one loan after the other (they have none); lenders neither forbear (once a loan) nor lend more.
    """
    plain = UNSECURED | {
        "amortisation": "interest_only",
        "rate": 0.0,
        "default_interest_rate": 0.0,
        "fee_rate": 0.0,
        "payment_usd": None,
    }
    whole = economy.each("loans", credit_line_usd=None).each("lenders", forbear_days=None)
    whole = whole.each("miners", btc=0.0, hodl_share=0.0)
    whole = whole.only("loans", lambda row: row["collateral"] != "btc" or row["miner"] != "m0" or row["loan"] == "m0-0")
    whole = whole.one(
        "loans", "m0-0", **plain, recourse="full", outstanding_usd=lambda row: 2 * round(row["outstanding_usd"])
    )
    loan = whole.named("loans", "m0-0")
    halves = whole.one("loans", "m0-0", outstanding_usd=loan["outstanding_usd"] / 2)
    halves = halves.plus("loans", loan | {"loan": "m0-0a", "outstanding_usd": loan["outstanding_usd"] / 2})
    first, second = whole.play(), halves.play()
    assert second.first_day("miner_default") == first.first_day("miner_default")
    assert second.total("loan_default") == first.total("loan_default")
    for one, two in zip(first.paths, second.paths, strict=True):
        assert abs(one["loss_usd"] - two["loss_usd"]) <= 0.02 + 1e-6
    return set(first.happened)


@law(economies())
def test_only_the_tariff_and_the_weather_of_a_region_matter(economy: Economy) -> None:
    """Sites and cohorts moved to a region of the same tariff and weather: nothing changes."""
    moved = economy.plus("regions", {"region": "utah"})
    for table in ("fleet", "cohorts"):
        moved = moved.each(table, lambda row: row["region"] == "texas", region="utah")
    assert moved.digest == economy.digest


def cents_of_rounding(played: Played) -> float:
    """What rounding may do to a sum of a run that is scaled by two: each posting is rounded by half a cent in either run, a whole one and
    a half after scaling, and errors pass from balance to posting as they are. Prices move by less for the few coins sold with them.
    """
    return 1.5 * max(Counter(row.path for row in played.ledger).values(), default=0)


def assert_twice(first: Played, second: Played) -> None:
    """The same decisions on the same days; every loss is twice what it was, but for rounding. A mode that changes nothing any more and a
    claim's loss of a single cent are no decisions."""
    modes = ("sell_mode", "hold_mode", "exposure_loss")
    told = [
        [(row.path, row.day, row.kind, row.entity) for row in played.events if row.kind not in modes]
        for played in (first, second)
    ]
    assert told[0] == told[1]
    bound = cents_of_rounding(first) / 100
    for one, two in zip(first.paths, second.paths, strict=True):
        assert abs(two["loss_usd"] - 2 * one["loss_usd"]) <= bound
    for name in ("loss_usd_mean", "exposure_loss_usd_mean"):
        rows = second.table("lenders")
        for key, row in first.table("lenders").items():
            assert abs(rows[key][name] - 2 * row[name]) <= bound


def doubled(value: Any, names: tuple[str, ...] = ("usd",)) -> Any:
    """A row, or a table of a scenario, with the columns doubled whose name holds one of these."""
    if not isinstance(value, dict):
        return value
    return {
        name: item * 2 if item is not None and any(part in name for part in names) else doubled(item, names)
        for name, item in value.items()
    }


def far_from_ties(economy: Economy) -> Economy:
    """Without the rules that move just so much that the next comparison is a tie, which a cent decides (the treasury sells coins up to its
    runway, a tranche sale goes back to the call level, a margin to what is called below where initial and maintenance are the same); sites
    of a thousand machines and futures on ten coins, to which a cent a day is nothing."""
    large = economy.each("fleet", lambda row: 0 < row["machines"] < 1000, machines=1000)
    large = large.each(
        "hedges",
        lambda row: row["kind"] == "short_future",
        maintenance_margin_share=lambda row: round(row["initial_margin_share"] * 0.8, 4),
        btc=lambda row: max(row["btc"], 10.0),
    )
    return large.each("miners", stock_sale_share=0.0, hodl_share=0.0).without("margin_calls")


@law(economies(), reach=("miner_default", "lender_failure", "machine_sale", "forced_sale"))
def test_in_a_currency_worth_half_every_loss_is_twice_as_much(economy: Economy) -> set[str]:
    """All money doubled (prices of coins, power, machines; cash, loans, sheets, claims, orders, strikes, works, what hosts ask), coins and
    machines as they are: the same decisions, twice the losses."""
    first = far_from_ties(economy)
    second = first
    for table, rows in first.tables.items():
        second = second.with_table(table, [doubled(row) for row in rows])
    price = doubled(first.terms["price"])
    if "anchors" in price:
        price["anchors"] = [[day, usd * 2] for day, usd in price["anchors"]]
    if "closes" in price:
        price["closes"] = [usd * 2 for usd in price["closes"]]
    asics = first.terms["asics"] | {"tiers": [doubled(tier) for tier in first.terms["asics"]["tiers"]]}
    events = [doubled(row) for row in first.terms["lender_events"]]
    hosts = [doubled(row) for row in first.terms["host_events"]]
    second = second.under(price=price, power=doubled(first.terms["power"]), asics=asics, lender_events=events)
    second = second.under(host_events=hosts)
    played = first.play()
    assert_twice(played, second.play())
    return set(played.happened)


EXTENSIVE = (
    "cash_usd",
    "btc",
    "usd_per_month",
    "line",
    "machines",
    "outstanding",
    "payment_usd",
    "other_assets",
    "equity_usd",
    "amount_usd",
    "deposit_usd",
    "slots",
    "capex_usd",
)
SIZES = {"btc", "mw", "hashrate_ths"}  # of a hedge
BOOKED = (*OWNED, "lenders", "exposures")


def of_twice_the_size(table: str, row: Row) -> Row:
    """A row of a book with twice the money, coins, machines, racks and megawatts, prices as they are."""
    if table == "hedges":
        return {name: item * 2 if name in SIZES and item is not None else item for name, item in row.items()}
    return doubled(row, (*EXTENSIVE, "host_capacity"))


def in_one_piece(economy: Economy) -> Economy:
    """New racks that open all on one day, so that no unit of them is rounded."""
    return economy.each("works", lambda row: row["kind"] == "racks", units=1, step_days=None)


@law(economies(), reach=("miner_default", "lender_failure", "machine_sale", "forced_sale"))
def test_a_book_of_twice_the_size_loses_twice_as_much(economy: Economy) -> set[str]:
    """Money, coins, machines, racks and the depth of both markets doubled, prices as they are: the same decisions, twice the losses.

    The network is held at its full hashrate (channel `difficulty` off) and its anonymous part makes room for the book's, of which the same
    is there every day: no shock, no storm, no host that fails, no works and no limit of racks. Nobody takes back as many machines as money
    pays for: twice the money may pay for one more.
    """
    first = (
        far_from_ties(economy)
        .lacking("joint", "racks", "hosts", "returns")
        .under(availability=[])
        .without("difficulty")
    )
    size = {row["model"]: row["hashrate_ths"] for row in first.rows("machines")}
    book_ths = sum(row["machines"] * size[row["model"]] for row in first.rows("fleet"))
    first = first.one("cohorts", "new", hashrate_ths=lambda row: row["hashrate_ths"] + book_ths)
    second = first.one("cohorts", "new", hashrate_ths=lambda row: row["hashrate_ths"] - book_ths)
    for table in BOOKED:
        second = second.with_table(table, [of_twice_the_size(table, row) for row in second.rows(table)])
    tiers = [doubled(tier, ("depth", "bulk")) for tier in first.terms["asics"]["tiers"]]
    events = [doubled(row) for row in first.terms["lender_events"]]
    second = second.under(
        asics={"tiers": tiers}, impact=doubled(first.terms["impact"], ("volume",)), lender_events=events
    )
    played = first.play()
    assert_twice(played, second.play())
    return set(played.happened)


@law(economies(), reach=("miner_default", "lender_failure", "machine_sale"))
def test_a_miner_in_two_equal_halves_loses_the_same(economy: Economy) -> set[str]:
    """One miner, or two of half its size with half of every site, loan, order and hedge each: the same failures on the same days, the same
    losses but for the rounding of twice as many postings. No lender buys loans: its money may be enough for one half."""
    half = in_one_piece(lots_in_one_piece(far_from_ties(economy))).lacking("buyers").each("loans", credit_line_usd=None)
    whole, mine = half, is_of(half, "m0")
    for table in OWNED:
        rows = [of_twice_the_size(table, row) if mine(row) else row for row in half.rows(table)]
        whole = whole.with_table(table, rows)
    changes = [doubled(row, EXTENSIVE) if mine(row) else row for row in half.terms["rack_changes"]]
    whole = whole.under(rack_changes=changes)
    first, second = whole.play(), twin_of(half, "m0").play()
    for kind in ("miner_default", "loan_default", "lender_failure"):
        found = {what: day for what, day in second.first_day(kind).items() if not what[1].endswith("'")}
        assert found == first.first_day(kind)
    bound = cents_of_rounding(second) / 100
    for one, two in zip(first.paths, second.paths, strict=True):
        assert abs(two["loss_usd"] - one["loss_usd"]) <= bound
    return set(first.happened)
