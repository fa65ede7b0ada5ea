"""How pairs of events are counted, and that the table of those which cannot be names known kinds, each pair once."""

from collections import Counter
from itertools import product

from tests.economies.counting import EVENTS
from tests.economies.pairs import (
    APART,
    EVERYBODY,
    EXCLUDED,
    OF_LENDERS,
    OF_LOANS,
    OF_MINERS,
    OFTEN,
    WINDOW,
    impossible,
    misses,
    pair_counts,
    plausible,
)
from tests.oracle import Outcome
from tests.oracle.small_world import fleet, lender, loan, miner, run

TABLES = {
    "miners": [miner(miner="a"), miner(miner="b")],
    "lenders": [lender(lender="j"), lender(lender="k")],
    "fleet": [fleet(miner="a"), fleet(fleet="g", miner="b")],
    "loans": [loan(loan="l", miner="a", lender="j"), loan(loan="n", miner="b", lender="k")],
}


def outcome(*events: tuple[int, str, str]) -> Outcome:
    found = run(1)
    found.events = [(*event, 0.0) for event in events]
    return found


def test_every_kind_is_about_somebody_and_every_pair_is_judged_once() -> None:
    assert {*EVENTS} == EVERYBODY | OF_LENDERS | OF_LOANS | OF_MINERS
    assert len(EVENTS) == sum(map(len, (EVERYBODY, OF_LENDERS, OF_LOANS, OF_MINERS)))
    listed = [(first, then) for _, firsts, thens in EXCLUDED for first, then in product(firsts, thens)]
    assert {kind for pair in listed for kind in pair} <= {*EVENTS}
    assert len(listed) == len(set(listed)) == len(impossible())
    assert len(plausible()) == len(EVENTS) ** 2 - len(listed)


def test_a_pair_is_about_one_miner_or_one_lender() -> None:
    events = (
        (3, "missed_payment", "loan:0"),
        (4, "hedge_settled", "miner:1"),  # of another miner
        (5, "sell_mode", "miner:0"),
        (5, "lender_loss", "lender:0"),
        (5, "lender_loss", "lender:1"),
        (6, "shutdown", "fleet:0"),
    )
    counts = pair_counts(TABLES, outcome(*events))
    assert counts["missed_payment", "sell_mode"] == 1
    assert counts["missed_payment", "lender_loss"] == 1
    assert counts["missed_payment", "shutdown"] == 1
    assert counts["sell_mode", "shutdown"] == 1
    assert counts["missed_payment", "hedge_settled"] == 0
    assert counts["sell_mode", "missed_payment"] == 0


def test_kinds_about_miners_and_kinds_about_lenders_meet_on_the_path() -> None:
    assert ("sell_mode", "lender_run") in APART
    assert ("sell_mode", "loan_called") not in APART
    counts = pair_counts(TABLES, outcome((3, "sell_mode", "miner:1"), (4, "lender_run", "lender:0")))
    assert counts == {("sell_mode", "lender_run"): 1}


def test_the_chain_is_about_everybody() -> None:
    events = (
        (2, "retarget", "network"),
        (3, "sell_mode", "miner:1"),
        (4, "lender_run", "lender:0"),
        (5, "halving", "network"),
    )
    counts = pair_counts(TABLES, outcome(*events))
    assert {pair for pair in counts if "retarget" in pair or "halving" in pair} == {
        ("retarget", "sell_mode"),
        ("retarget", "lender_run"),
        ("retarget", "halving"),
        ("sell_mode", "halving"),
        ("lender_run", "halving"),
    }


def test_soon_is_the_same_day_in_order_or_a_window_later() -> None:
    first = (2, "sell_mode", "miner:0")
    for days, seen in ((0, 1), (WINDOW, 1), (WINDOW + 1, 0)):
        assert pair_counts(TABLES, outcome(first, (2 + days, "hold_mode", "miner:0")))["sell_mode", "hold_mode"] == seen


def test_a_kind_follows_itself_and_each_second_event_counts_once() -> None:
    events = [(day, "forced_sale", "miner:0") for day in (1, 2, 3, 20)] + [(21, "missed_bill", "miner:0")]
    counts = pair_counts(TABLES, outcome(*events))
    assert counts == {("forced_sale", "forced_sale"): 2, ("forced_sale", "missed_bill"): 1}


def test_what_is_rare_and_what_should_not_be_is_named() -> None:
    often = Counter(dict.fromkeys(plausible(), OFTEN))
    assert misses(often) == []
    seldom = often - Counter({("retarget", "sell_mode"): 1}) + Counter({("halving", "halving"): 1})
    assert misses(seldom) == [
        "retarget -> sell_mode: 4 times",
        "halving -> halving: 1 times, although four years apart",
    ]
