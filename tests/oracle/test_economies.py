"""What the generated economies hold: lenders and orders that the pages do not refuse, everything often enough."""

from datetime import date, timedelta

import pytest

from tests.economies import ALL, PLAIN, Row, Tables, economy
from tests.economies.hedges import TERMS
from tests.economies.lenders import CHANNELS, DEFAULTS, LINES
from tests.economies.orders import DEFAULTS as ORDER_DEFAULTS
from tests.oracle.contract import add_months
from tests.oracle.small_world import hedge, order

SEEDS = range(200)
SHARES = (
    "demand_share",
    "term_share_per_month",
    "stop_equity_share",
    "tighten_equity_share",
    "rehypothecated_share",
    "bankruptcy_cost_share",
)


@pytest.fixture(scope="module")
def worlds() -> list[tuple[Tables, Row]]:
    return [economy(seed, days=40)[:2] for seed in SEEDS]


def refused(row: Row, owes: bool) -> bool:
    """Whether a lender's row breaks a rule of the page on inputs, or leaves the range of a column."""
    return (
        ((row["run_own"] != 0 or row["run_peer"] != 0) and row["demand_share"] == 0)
        or (row["term_share_per_month"] != 0 and row["stop_equity_share"] == 0)
        or row["tighten_equity_share"] > row["stop_equity_share"]
        or (row["book_sale_days"] is None) != (row["book_sale_price"] is None)
        or (row["bankruptcy_cost_share"] != 0 and not owes)
        or not all(0 <= row[column] <= 1 for column in SHARES)
        or not 0 <= row["run_own"] <= 100
        or any(row[column] is not None and row[column] < 1 for column in ("forbear_days", "book_sale_days"))
        or not 0 <= (row.get("book_buy_cover") or 0) <= 100
    )


def test_no_lender_row_is_refused(worlds: list[tuple[Tables, Row]]) -> None:
    for seed, (tables, _) in enumerate(worlds):
        debtors = {row["debtor"] for row in tables.get("exposures", [])}
        assert len({tuple(row) for row in tables["lenders"]}) == 1  # the same columns in every row
        for row in tables["lenders"]:
            assert not refused(DEFAULTS | row, row["lender"] in debtors), (seed, row)


def test_the_rules_themselves_refuse() -> None:
    assert not refused(DEFAULTS, owes=False)
    for wrong in (
        {"run_own": 0.1},
        {"run_peer": 0.1},
        {"term_share_per_month": 0.1},
        {"tighten_equity_share": 0.1},
        {"book_sale_days": 3},
        {"book_sale_price": 0.4},
        {"bankruptcy_cost_share": 0.1},
        {"swap_cover": 1.0, "forbear_days": 0},
        {"book_buy_cover": 100.1},
    ):
        assert refused(DEFAULTS | wrong, owes=False), wrong


def test_claims_are_between_two_lenders_once(worlds: list[tuple[Tables, Row]]) -> None:
    for tables, _ in worlds:
        lenders = {row["lender"] for row in tables["lenders"]}
        pairs = [(row["creditor"], row["debtor"]) for row in tables.get("exposures", [])]
        assert len(set(pairs)) == len(pairs)
        assert all(creditor != debtor and {creditor, debtor} <= lenders for creditor, debtor in pairs)
        assert all(row["amount_usd"] >= 0.01 for row in tables.get("exposures", []))
        lines = [row for row in tables.get("exposures", []) if row.get("line_usd") is not None]
        assert all(row["line_usd"] >= row["amount_usd"] for row in lines)


def promised(tables: Tables) -> bool:
    """Whether some lender has promised another one more."""
    return any(row.get("line_usd") is not None for row in tables.get("exposures", []))


def test_power_costs_less_than_nothing_on_some_days(worlds: list[tuple[Tables, Row]]) -> None:
    """In two economies of five, never on the first day, by which cohorts measure their tariffs."""
    series = [list(terms["tariff_usd_per_mwh"].values()) for _, terms in worlds]
    assert (
        0.25 < sum(any(usd < 0 for days in all_regions for usd in days) for all_regions in series) / len(worlds) < 0.5
    )
    assert all(days[0] > 0 for all_regions in series for days in all_regions)


def test_shares_of_economies(worlds: list[tuple[Tables, Row]]) -> None:
    """Claims in about half, a channel off in about a fifth, that of lines besides in a third of those that have some; each channel off,
    each column and table left out somewhere."""
    claims = sum(bool(tables.get("exposures")) for tables, _ in worlds)
    assert 80 <= claims <= 120
    assert sum(tables.get("exposures") == [] for tables, _ in worlds) > 10
    assert sum("exposures" not in tables for tables, _ in worlds) > 10
    off = [[name for name, on in terms.get("channels", {}).items() if not on] for _, terms in worlds]
    others = [[name for name in names if name != LINES] for names in off]
    assert 30 <= sum(map(bool, others)) <= 50
    lines = [LINES in names for (tables, _), names in zip(worlds, off, strict=True) if promised(tables)]
    assert 0.25 < sum(lines) / len(lines) < 0.45
    assert sum(lines) == sum(LINES in names for names in off) > 20
    assert sum(len(names) == 1 for names in others) > 10
    assert all(sum(name in names for names in off) > 5 for name in CHANNELS)
    for column in DEFAULTS:
        assert any(column not in tables["lenders"][0] for tables, _ in worlds), column


def refused_order(row: Row, start: date, fleet: dict[str, str]) -> bool:
    """Whether an order breaks a rule of the page on inputs, or leaves the range of a column."""
    value = row["machines"] * round(row["price_usd"] * 100)
    deposit = round(row["deposit_usd"] * 100)
    first, count = row["first_instalment_date"], row["instalments"]
    empty = first is None and count is None
    return (
        fleet[row["fleet"]] != row["miner"]
        or row["machines"] < 1
        or not 0 <= deposit <= value
        or (first is None) != (count is None)
        or empty != (deposit == value)
        or (row["price_protection"] and row["price_kind"] != "fixed")
        or row["delivery_date"] <= start
        or (not empty and (first <= start or count < 1 or add_months(first, count - 1) > row["delivery_date"]))
        or row["grace_days"] < 1
        or row["deployment_days"] < 0
        or not all(0 <= row[column] <= 1 for column in ("forfeit_share", "coupon_share"))
        or not 0 <= (row["cancel_ratio"] or 0) <= 100
    )


def test_no_order_is_refused(worlds: list[tuple[Tables, Row]]) -> None:
    for seed, (tables, terms) in enumerate(worlds):
        rows = tables.get("orders", [])
        fleet = {row["fleet"]: row["miner"] for row in tables["fleet"]}
        assert len({tuple(row) for row in rows}) <= 1
        assert len({row["order"] for row in rows}) == len(rows)
        for row in rows:
            assert not refused_order(ORDER_DEFAULTS | row, date.fromisoformat(terms["start"]), fleet), (seed, row)


def test_the_rules_of_orders_themselves_refuse() -> None:
    start, fleet = date(2021, 1, 15), {"f": "m", "g": "n"}
    assert not refused_order(order(), start, fleet)
    for wrong in (
        {"fleet": "g"},
        {"deposit_usd": 8.01},
        {"deposit_usd": 8.0},
        {"instalments": None},
        {"first_instalment_date": None, "instalments": None},
        {"price_kind": "floating", "price_protection": True},
        {"first_instalment_date": start},
        {"delivery_date": date(2021, 1, 19)},
        {"instalments": 2},
        {"grace_days": 0},
        {"forfeit_share": 1.1},
    ):
        assert refused_order(order(**wrong), start, fleet), wrong


def test_vendors_fail_once_and_racks_never_hold_fewer_than_none(worlds: list[tuple[Tables, Row]]) -> None:
    for tables, terms in worlds:
        vendors = [row["vendor"] for row in terms.get("vendor_events", [])]
        assert len(set(vendors)) == len(vendors)
        assert set(vendors) <= {row["vendor"] for row in tables.get("orders", [])}
        changes = terms.get("rack_changes", [])
        limited = {row["fleet"]: row["rack_slots"] for row in tables["fleet"] if row.get("rack_slots") is not None}
        assert {row["fleet"] for row in changes} <= set(limited)
        assert len({tuple(row) for row in tables["fleet"]}) == 1
        for day in range(terms["days"]):
            for fleet, slots in limited.items():
                assert slots + sum(row["slots"] for row in changes if row["fleet"] == fleet and row["day"] <= day) >= 0


def test_shares_of_economies_with_orders(worlds: list[tuple[Tables, Row]]) -> None:
    """Orders of about half of the miners; each optional column, table and key left out somewhere, and empty somewhere."""
    buyers = sum(len({row["miner"] for row in tables.get("orders", [])}) for tables, _ in worlds)
    assert 0.35 < buyers / sum(len(tables["miners"]) for tables, _ in worlds) < 0.6
    assert any("orders" not in tables for tables, _ in worlds)
    assert any(tables.get("orders") == [] for tables, _ in worlds)
    for key in ("vendor_events", "rack_changes"):
        assert sum(bool(terms.get(key)) for _, terms in worlds) > 40
        assert any(key not in terms for _, terms in worlds)
        assert any(terms.get(key) == [] for _, terms in worlds)
    assert any("rack_slots" not in tables["fleet"][0] for tables, _ in worlds)
    for column in ORDER_DEFAULTS:
        assert any(tables.get("orders") and column not in tables["orders"][0] for tables, _ in worlds), column


FUTURE_TERMS = {"btc", "strike_usd", "initial_margin_share", "maintenance_margin_share", "cure_days"}
NEEDED = {
    "short_future": FUTURE_TERMS,
    "put": {"btc", "strike_usd"},
    "collar": {"btc", "strike_usd", "cap_usd"},
    "hashprice_forward": {"hashrate_ths", "strike_usd_per_ph_day"},
    "power_sale": {"mw", "region", "strike_usd_per_mwh"},
    "ppa": {"mw", "region", "strike_usd_per_mwh"},
}


def refused_hedge(row: Row, start: date, regions: set[str]) -> bool:
    """Whether a hedge breaks a rule of its page, or leaves the range of a column."""
    given = {column for column in TERMS if row.get(column) is not None}
    if given != NEEDED[row["kind"]] or row["expiry_date"] <= start:
        return True
    sizes = [row[column] for column in ("btc", "hashrate_ths", "mw") if column in given]
    return (
        not all(size > 0 for size in sizes)
        or any(row["btc"] * row[column] > 1e11 for column in ("strike_usd", "cap_usd") if column in given)
        or (row["kind"] == "collar" and row["cap_usd"] < row["strike_usd"])
        or (row["kind"] in ("power_sale", "ppa") and row["region"] not in regions)
        or any((row.get(column) is not None) != (row["kind"] == "ppa") for column in ("profile", "take_share"))
        or (row["kind"] == "short_future" and row["cure_days"] < 1)
        or (
            row["kind"] == "short_future"
            and not 0 <= row["maintenance_margin_share"] <= row["initial_margin_share"] <= 1
        )
    )


def test_no_hedge_is_refused(worlds: list[tuple[Tables, Row]]) -> None:
    for seed, (tables, terms) in enumerate(worlds):
        rows = tables.get("hedges", [])
        regions = {row["region"] for row in tables["regions"]}
        assert len({tuple(sorted(row)) for row in rows}) <= 1
        assert len({row["hedge"] for row in rows}) == len(rows)
        assert {row["miner"] for row in rows} <= {row["miner"] for row in tables["miners"]}
        for row in rows:
            assert not refused_hedge(row, date.fromisoformat(terms["start"]), regions), (seed, row)


def test_the_rules_of_hedges_themselves_refuse() -> None:
    start = date(2021, 1, 15)
    for kind, needed in NEEDED.items():
        assert not refused_hedge(hedge(kind), start, {"r"})
        assert refused_hedge(hedge(kind, expiry_date=start), start, {"r"})
        for column in needed:
            assert refused_hedge(hedge(kind, **{column: None}), start, {"r"}), (kind, column)
        for column in {*TERMS} - needed:
            assert refused_hedge(hedge(kind, **{column: 1.0}), start, {"r"}), (kind, column)
    for kind, wrong in (
        ("short_future", {"cure_days": 0}),
        ("short_future", {"maintenance_margin_share": 0.41}),
        ("put", {"btc": 0.0}),
        ("put", {"strike_usd": 1e12 + 1}),
        ("collar", {"cap_usd": 19999.0}),
        ("power_sale", {"region": "q"}),
    ):
        assert refused_hedge(hedge(kind, **wrong), start, {"r"}), (kind, wrong)


def test_shares_of_economies_with_hedges(worlds: list[tuple[Tables, Row]]) -> None:
    """Hedges in most economies, all kinds often; the table missing or empty somewhere, each column left out somewhere."""
    rows = [row for tables, _ in worlds for row in tables.get("hedges", [])]
    assert sum(bool(tables.get("hedges")) for tables, _ in worlds) > 140
    assert any("hedges" not in tables for tables, _ in worlds)
    assert any(tables.get("hedges") == [] for tables, _ in worlds)
    for kind in NEEDED:
        assert sum(row["kind"] == kind for row in rows) > 150, kind
    for column in TERMS:
        assert any(tables.get("hedges") and column not in tables["hedges"][0] for tables, _ in worlds), column
    starts = [(date.fromisoformat(terms["start"]), row) for tables, terms in worlds for row in tables.get("hedges", [])]
    assert sum(row["expiry_date"] == start + timedelta(days=1) for start, row in starts) > 20
    assert sum(row["expiry_date"] >= start + timedelta(days=40) for start, row in starts) > 200


def test_shares_of_economies_in_which_others_sell(worlds: list[tuple[Tables, Row]]) -> None:
    """Rows in about half; across both ends of the run, outside it and at once somewhere; the key missing or empty somewhere."""
    sold = [terms.get("forced_sales", []) for _, terms in worlds]
    assert 80 <= sum(map(bool, sold)) <= 120
    assert sum("forced_sales" not in terms for _, terms in worlds) > 30
    assert sum(terms.get("forced_sales") == [] for _, terms in worlds) > 30
    rows = [row for found in sold for row in found]
    assert all(row["days"] >= 1 and row["btc"] > 0 for row in rows)
    ends = [(row["day"], row["day"] + row["days"]) for row in rows]
    for count in (
        sum(first < 0 < end for first, end in ends),
        sum(first < 40 < end for first, end in ends),
        sum(end <= 0 or first >= 40 for first, end in ends),
        sum(row["days"] == 1 for row in rows),
    ):
        assert count > 20
    together = [
        any(
            one["day"] <= other["day"] < one["day"] + one["days"]
            for one in found
            for other in found
            if one is not other
        )
        for found in sold
    ]
    assert sum(together) > 40


def test_shares_of_economies_with_haste_of_their_own(worlds: list[tuple[Tables, Row]]) -> None:
    """Discounts the same for every lot, none, and all of the price; scrap above what haste would bring on day 0; lots without weight."""
    markets = [terms["asics"] for _, terms in worlds]
    assert all(0 <= market["quick_discount"] <= market["bulk_discount"] <= 1 for market in markets)
    assert sum(market["quick_discount"] == market["bulk_discount"] for market in markets) > 10
    assert sum(market["quick_discount"] == 0 for market in markets) > 10
    assert sum(market["bulk_discount"] == 1 for market in markets) > 10
    assert sum(market["kappa"] == 0 for market in markets) > 20
    for name in ("quick_discount", "bulk_discount"):
        held_up = [
            tier["scrap_usd_per_th"] > tier["index_usd_per_th"] * (1 - market[name])
            for market in markets
            for tier in market["tiers"]
        ]
        assert sum(held_up) > 10, name
        assert all(
            0 < tier["scrap_usd_per_th"] < tier["index_usd_per_th"] for market in markets for tier in market["tiers"]
        )


def test_shares_of_economies_with_fees_covenants_and_demand_charges(worlds: list[tuple[Tables, Row]]) -> None:
    """In about half of the economies each, columns missing in others; fees above most interest, calls that end soon and late."""
    fees = [row["fee_rate"] for tables, _ in worlds for row in tables["loans"] if "fee_rate" in row]
    assert 50 < sum(any(row.get("fee_rate") for row in tables["loans"]) for tables, _ in worlds) < 110
    assert sum(fee == 0 for fee in fees) > 100 < sum(fee > 0.03 for fee in fees)
    called = [sum(row.get("covenant_cover") is not None for row in tables["loans"]) for tables, _ in worlds]
    assert 90 < sum(map(bool, called)) < 140
    days = [row["covenant_days"] for tables, _ in worlds for row in tables["loans"] if row.get("covenant_days")]
    assert sum(count < 10 for count in days) > 50 < sum(count > 30 for count in days)
    charged = [sum(bool(row.get("demand_charge_usd_per_mw_month")) for row in tables["fleet"]) for tables, _ in worlds]
    assert 80 < sum(map(bool, charged)) < 120
    for table, column in (
        ("loans", "fee_rate"),
        ("loans", "covenant_cover"),
        ("fleet", "demand_charge_usd_per_mw_month"),
    ):
        assert any(column not in tables[table][0] for tables, _ in worlds), column


def test_shares_of_economies_in_which_loans_are_prepaid(worlds: list[tuple[Tables, Row]]) -> None:
    """About half; most triggers, all of what is spare and next to nothing of it."""
    rows = [row for tables, _ in worlds for row in tables.get("responses", []) if row["kind"] == "prepay"]
    assert len(rows) > 200
    assert {row["trigger"] for row in rows} == {"runway_days_below", "runway_days_over", "btc_below"}
    assert sum(row["share"] == 1 for row in rows) > 50 < sum(row["share"] < 0.05 for row in rows)


def test_crowded_economies_keep_the_rules_of_lenders_and_dates() -> None:
    for seed in range(PLAIN, ALL):
        tables, terms, _, _ = economy(seed, days=40)
        start = date.fromisoformat(terms["start"])
        debtors = {row["debtor"] for row in tables.get("exposures", [])}
        assert len({row["loan"] for row in tables["loans"]}) == len(tables["loans"]) > 0
        for row in tables["lenders"]:
            assert not refused(row, row["lender"] in debtors), (seed, row)
        for row in tables["loans"]:
            assert start < row["first_payment_date"] <= row["maturity_date"], (seed, row)
        assert all(0 <= event["day"] < terms["days"] for event in terms["lender_events"])
