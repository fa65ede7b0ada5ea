"""Pairs of events: every two kinds that the rules let happen one soon after the other, about the same miner or lender.

A pair (first, then) is seen when on one path an event of kind `then` comes after one of kind `first`, on the same day or up to WINDOW
days later, and both are about the same miner or lender: a loan is about its miner and the lender that holds it, its sale about the seller
and the buyer, too, the chain and facilities about everybody. Two kinds of which one is only about miners and the other only about lenders
need only meet on the same path. Every ordered pair of kinds is plausible but those that EXCLUDED names with its reason; one that is
excluded and happens nevertheless is an error of the table, or of the model.
"""

from collections import Counter

from tests.economies.counting import EVENTS
from tests.economies.draws import Tables
from tests.oracle import Outcome

Pair = tuple[str, str]
WINDOW = 5
OFTEN = 5

EVERYBODY = {"retarget", "halving", "facility_exhausted", "buyback"}  # the chain, and facilities that are open to all
OF_LENDERS = {
    "lender_loss",
    "lender_withdrawal",
    "lender_failure",
    "lender_run",
    "lender_roll_off",
    "lending_stopped",
    "lending_resumed",
    "lender_tightened",
    "exposure_loss",
    "lender_draw",
}
OF_LOANS = {
    "missed_payment",
    "capitalisation",
    "credit_draw",
    "loan_default",
    "margin_call",
    "collateral_sale",
    "seizure",
    "machine_sale",
    "loan_called",
    "repurchase",
    "collateral_lost",
    "forbearance",
    "debt_swap",
    "strategic_default",
    "consignment",
    "renegotiation",
    "renegotiation_refused",
    "covenant_call",
    "prepayment",
    "book_sale",
    "sell_back",
}
OF_MINERS = {*EVENTS} - EVERYBODY - OF_LENDERS - OF_LOANS

ALIVE = {  # only an operating miner does or suffers this; a loan of a miner that has failed is not open any more
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
    "miner_default",
    "margin_call",
    "collateral_sale",
    "loan_called",
    "repurchase",
    "collateral_lost",
    "forbearance",
    "debt_swap",
    "delivery",
    "missed_instalment",
    "order_cancelled",
    "vendor_default",
    "hedge_margin_call",
    "hedge_settled",
    "rescue_loan",
    "rescue_repaid",
    "retirement",
    "upgrade",
    "migration",
    "coin_sale",
    "strategic_default",
    "works_begun",
    "works_done",
    "renegotiation",
    "renegotiation_refused",
    "slot_sale",
    "covenant_call",
    "prepayment",
    "book_sale",
    "sell_back",
}
WITH_THE_MINER = {"miner_default", "loan_default", "order_lapse", "hedge_closed", "rescue_default"}
LENDING = {  # only a lender that has not failed does or suffers this
    "lender_loss",
    "lender_withdrawal",
    "lender_failure",
    "lender_run",
    "lender_roll_off",
    "lending_stopped",
    "lending_resumed",
    "lender_tightened",
    "lender_draw",
}
ITS_CHOICES = {"credit_draw", "forbearance", "debt_swap", "renegotiation"}
OTHER_RESPONSES = {
    "retirement",
    "upgrade",
    "migration",
    "coin_sale",
    "renegotiation",
    "renegotiation_refused",
    "slot_sale",
    "prepayment",
}
RESPONSES = OTHER_RESPONSES | {"strategic_default"}
EXCLUDED: tuple[tuple[str, set[str], set[str]], ...] = (
    (
        "a miner that has failed does nothing any more, and none of its loans, orders and hedges is open",
        {"miner_default"},
        ALIVE,
    ),
    ("a miner fails days before its estate, and has one", {"estate"}, ALIVE | WITH_THE_MINER | {"estate"}),
    (
        "a lender that has failed fails no more, and neither lends nor chooses",
        {"lender_failure"},
        LENDING | ITS_CHOICES,
    ),
    ("coins that were pledged on are lost when the lender fails", {"collateral_lost"}, LENDING),
    ("loans are sold to their borrowers after the lender has failed", {"repurchase"}, LENDING),
    ("a lender tightens once", {"lender_tightened"}, {"lender_tightened"}),
    ("a loan of a fund defaults with its miner", {"rescue_default"}, ALIVE - {"miner_default"}),
    ("a lender that has tightened gives no more time", {"lender_tightened"}, {"forbearance", "renegotiation"}),
    ("a lender that has tightened draws on no line", {"lender_tightened"}, {"lender_draw"}),
    (
        "loans are called after their lender has tightened or failed",
        {"loan_called"},
        {"lender_tightened", "lender_draw"},
    ),
    ("on the first of a month only, once for each", {"equity_draw"}, {"equity_draw"}),
    ("on the first of a month only, once for each", {"lender_roll_off"}, {"lender_roll_off"}),
    ("on the first of a month only, miners before lenders", {"lender_roll_off"}, {"equity_draw"} | RESPONSES),
    ("on the first of a month only, bills before responses", RESPONSES, {"equity_draw"}),
    ("on the first of a month only, bills before covenants", {"covenant_call"}, {"equity_draw"}),
    (
        "on the first of a month only, covenants before responses and lenders",
        {"lender_roll_off"} | RESPONSES,
        {"covenant_call"},
    ),
    ("on the first of a month only, strategic defaults before all others", OTHER_RESPONSES, {"strategic_default"}),
    ("four years apart", {"halving"}, {"halving"}),
)


def impossible() -> dict[Pair, str]:
    """Pairs that the rules exclude, with the reason."""
    return {(first, then): reason for reason, firsts, thens in EXCLUDED for first in firsts for then in thens}


def plausible() -> list[Pair]:
    """All other pairs."""
    excluded = impossible()
    return [(first, then) for first in EVENTS for then in EVENTS if (first, then) not in excluded]


def sides(kind: str) -> set[str]:
    """Whether a kind is about miners, about lenders or about both."""
    if kind in OF_LENDERS:
        return {"lender"}
    return {"miner"} if kind in OF_MINERS else {"miner", "lender"}


APART = {(first, then) for first in EVENTS for then in EVENTS if not sides(first) & sides(then)}


def parties(tables: Tables) -> dict[str, tuple[str, ...]]:
    """Entity -> the miners and lenders it is about."""

    def places(name: str, *columns: str) -> list[dict[str, str]]:
        rows = tables.get(name, [])
        return sorted(rows, key=lambda row: tuple(row[column].encode() for column in columns))

    miner = {row["miner"]: f"miner:{place}" for place, row in enumerate(places("miners", "miner"))}
    lender = {row["lender"]: f"lender:{place}" for place, row in enumerate(places("lenders", "lender"))}
    found = {account: (account,) for account in (*miner.values(), *lender.values())}
    for name, kind, columns in (
        ("fleet", "fleet", ("miner", "fleet")),
        ("orders", "order", ("order",)),
        ("hedges", "hedge", ("hedge",)),
    ):
        found |= {f"{kind}:{place}": (miner[row["miner"]],) for place, row in enumerate(places(name, *columns))}
    for place, row in enumerate(places("loans", "loan")):
        found[f"loan:{place}"] = (miner[row["miner"]], lender[row["lender"]])
    everybody = (*miner.values(), *lender.values())
    facilities = {f"facility:{place}": everybody for place, _ in enumerate(tables.get("facilities", []))}
    return found | facilities | {"network": everybody}


def pair_counts(tables: Tables, outcome: Outcome) -> Counter[Pair]:
    """How often each pair is seen on a path: events that come soon after one of the first kind, each once per first kind."""
    about = parties(tables)
    last: dict[str, dict[str, int]] = {party: {} for party in about["network"]}  # party -> kind -> day
    anywhere: dict[str, int] = {}
    sales = iter(outcome.sales)
    counts: Counter[Pair] = Counter()
    for day, kind, entity, _ in outcome.events:
        those = about[entity]
        if kind == "book_sale":
            miner, _ = those
            buyer = f"lender:{next(sales)[2]}"
            those = (*those, buyer)
            about[entity] = (miner, buyer)
        soon = {first for party in those for first, when in last[party].items() if when >= day - WINDOW}
        soon |= {first for first, when in anywhere.items() if (first, kind) in APART and when >= day - WINDOW}
        counts.update((first, kind) for first in soon)
        for party in those:
            last[party][kind] = day
        anywhere[kind] = day
    return counts


def misses(counts: Counter[Pair]) -> list[str]:
    """Plausible pairs that were seen too rarely, and excluded ones that were seen."""
    rare = [
        f"{first} -> {then}: {counts[first, then]} times" for first, then in plausible() if counts[first, then] < OFTEN
    ]
    odd = [
        f"{first} -> {then}: {counts[first, then]} times, although {reason}"
        for (first, then), reason in impossible().items()
        if counts[first, then]
    ]
    return rare + odd
