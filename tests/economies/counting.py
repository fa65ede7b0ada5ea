"""What is counted: events and postings."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from tests.economies.draws import Row, Tables
from tests.economies.lenders import LINES
from tests.oracle import Outcome

ENOUGH = 50
EVENTS = (
    "retarget",
    "halving",
    "shutdown",
    "restart",
    "curtailment",
    "sell_mode",
    "hold_mode",
    "forced_sale",
    "equity_draw",
    "missed_bill",
    "missed_payment",
    "capitalisation",
    "credit_draw",
    "loan_default",
    "miner_default",
    "margin_call",
    "collateral_sale",
    "seizure",
    "machine_sale",
    "estate",
    "lender_loss",
    "lender_withdrawal",
    "lender_failure",
    "loan_called",
    "lender_run",
    "lender_roll_off",
    "repurchase",
    "lending_stopped",
    "lending_resumed",
    "lender_tightened",
    "collateral_lost",
    "forbearance",
    "debt_swap",
    "exposure_loss",
    "delivery",
    "missed_instalment",
    "order_lapse",
    "order_cancelled",
    "vendor_default",
    "hedge_margin_call",
    "hedge_closed",
    "hedge_settled",
    "rescue_loan",
    "rescue_repaid",
    "rescue_default",
    "facility_exhausted",
    "buyback",
    "retirement",
    "upgrade",
    "migration",
    "coin_sale",
    "strategic_default",
    "host_failure",
    "lien_release",
    "works_begun",
    "works_done",
    "consignment",
    "lender_draw",
    "renegotiation",
    "renegotiation_refused",
    "slot_sale",
    "covenant_call",
    "prepayment",
    "book_sale",
    "sell_back",
)
TERMS = (
    "lines promised, channel off",
    "day of a negative tariff",
    "day of a negative tariff, ppa suspended",
    "day of a negative tariff, ppa not suspended",
)


def event_counts(outcomes: Iterable[Outcome]) -> Counter[str]:
    """How often each event occurred, and each posting reason (as `posting REASON`, once per posting)."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update(kind for _, kind, _, _ in outcome.events)
        counts.update(f"posting {reason}" for _, reason, _, _, _, _ in outcome.postings)
    return counts


def terms_counts(tables: Tables, scenario: Row) -> Counter[str]:
    """How often an economy has what no event tells: lines whose channel is off, power that costs less than nothing."""
    tariffs, start = scenario["tariff_usd_per_mwh"], date.fromisoformat(scenario["start"])
    lines = any(row.get("line_usd") is not None for row in tables.get("exposures", []))
    counts = Counter(dict.fromkeys(TERMS, 0))
    counts[TERMS[0]] += lines and not scenario.get("channels", {}).get(LINES, True)
    counts[TERMS[1]] += sum(usd < 0 for series in tariffs.values() for usd in series)
    for row in tables.get("hedges", []):
        if row["kind"] == "ppa":
            below = [usd for usd in tariffs[row["region"]][: (row["expiry_date"] - start).days] if usd < 0]
            floor = row["suspend_usd_per_mwh"]
            suspended = sum(floor is not None and usd < floor for usd in below)
            counts[TERMS[2]] += suspended
            counts[TERMS[3]] += len(below) - suspended
    return counts


def index_of(account: str) -> int:
    """The index in an account or entity name."""
    return int(account.split(":")[1])
