"""What the generated economies hold: lender rows that the pages do not refuse, claims and channels often enough."""

import pytest

from tests.economies import Row, Tables, economy
from tests.economies.lenders import CHANNELS, DEFAULTS

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
    ):
        assert refused(DEFAULTS | wrong, owes=False), wrong


def test_claims_are_between_two_lenders_once(worlds: list[tuple[Tables, Row]]) -> None:
    for tables, _ in worlds:
        lenders = {row["lender"] for row in tables["lenders"]}
        pairs = [(row["creditor"], row["debtor"]) for row in tables.get("exposures", [])]
        assert len(set(pairs)) == len(pairs)
        assert all(creditor != debtor and {creditor, debtor} <= lenders for creditor, debtor in pairs)
        assert all(row["amount_usd"] >= 0.01 for row in tables.get("exposures", []))


def test_shares_of_economies(worlds: list[tuple[Tables, Row]]) -> None:
    """Claims in about half, a channel off in about a fifth; each channel off, each column and table left out somewhere."""
    claims = sum(bool(tables.get("exposures")) for tables, _ in worlds)
    assert 80 <= claims <= 120
    assert sum(tables.get("exposures") == [] for tables, _ in worlds) > 10
    assert sum("exposures" not in tables for tables, _ in worlds) > 10
    off = [[name for name, on in terms.get("channels", {}).items() if not on] for _, terms in worlds]
    assert 30 <= sum(map(bool, off)) <= 50
    assert sum(len(names) == 1 for names in off) > 10
    assert all(sum(name in names for names in off) > 5 for name in CHANNELS)
    for column in DEFAULTS:
        assert any(column not in tables["lenders"][0] for tables, _ in worlds), column
