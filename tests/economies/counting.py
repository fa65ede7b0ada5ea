"""What is counted: events and postings."""

from collections import Counter
from collections.abc import Iterable

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
)


def event_counts(outcomes: Iterable[Outcome]) -> Counter[str]:
    """How often each event occurred, and each posting reason (as `posting REASON`, once per posting)."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update(kind for _, kind, _, _ in outcome.events)
        counts.update(f"posting {reason}" for _, reason, _, _, _, _ in outcome.postings)
    return counts


def index_of(account: str) -> int:
    """The index in an account or entity name."""
    return int(account.split(":")[1])
