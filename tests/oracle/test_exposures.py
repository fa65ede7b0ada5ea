"""Claims between lenders: networks solved by hand, and whole cents against an exact solver in fractions."""

import math
from datetime import date
from fractions import Fraction
from random import Random

import pytest

from tests.oracle.book import Lender, State, Tables, load
from tests.oracle.exposures import clear, clearing_payments, owed, owed_in_all, own_assets
from tests.oracle.lenders import open_lenders
from tests.oracle.small_world import (
    Row,
    book_events,
    exposure,
    happened,
    lender,
    lender_event,
    loan,
    miner,
    run,
    scenario,
)

# --- by hand


def sheet(key: str, assets: float, equity: float, **changes: float) -> Row:
    """A lender with its assets outside mining and no cash."""
    return lender(lender=key, cash_usd=0.0, other_assets_usd=assets, equity_usd=equity, **changes)


def test_a_cascade_within_the_day() -> None:
    """a keeps 300 of 1,000 and owes depositors 400, b 400, c 200: three tenths for all, so that b loses 280 and c 140.

    b, with equity of 50, has 500 + 120 against 550 and c's 300: 620 / 850 for all. c loses another 81.18, and with
    equity of 200 fails by 21.18 as the third; nobody has a claim on c.
    """
    lenders = [sheet("a", 1000.0, 0.0), sheet("b", 500.0, 50.0), sheet("c", 1000.0, 200.0)]
    claims = [exposure("c", "b", 300.0), exposure("c", "a", 200.0), exposure("b", "a", 400.0)]
    outcome = run(5, lenders=lenders, exposures=claims, lender_events=[lender_event(2, "a", "loss", 700.0)])
    assert book_events(outcome) == [
        (2, "lender_loss", "lender:0", 70000),
        (2, "lender_failure", "lender:0", 0),
        (2, "exposure_loss", "lender:1", 28000),
        (2, "exposure_loss", "lender:2", 14000),
        (2, "lender_failure", "lender:1", 0),
        (2, "exposure_loss", "lender:2", 8118),
        (2, "lender_failure", "lender:2", 0),
    ]
    assert outcome.marks == [12000, 6000, 21882]  # 218.8235 of 620, the depositors 401.1765
    assert [row["equity"] for row in outcome.lenders] == [-70000, 5000 - 28000, 20000 - 14000 - 8118]
    assert [row["exposure_loss"] for row in outcome.lenders] == [0, 28000, 22118]
    assert [row["loss"] for row in outcome.lenders] == [0, 0, 0]
    assert outcome.postings == []


def test_opening_sheets_balance_with_claims() -> None:
    """600 of assets, 100 claimed from and 250 owed to b, equity 40: 410 of funding, at 12 % 4.10 a month."""
    lenders = [sheet("a", 590.0, 40.0, funding_rate=0.12) | {"cash_usd": 10.0}, sheet("b", 1000.0, 100.0)]
    outcome = run(20, lenders=lenders, exposures=[exposure("a", "b", 100.0), exposure("b", "a", 250.0)])
    assert [posting[1:] for posting in outcome.postings] == [("funding_cost", "cents", "lender:0", "world", 410)]
    assert [row["equity"] for row in outcome.lenders] == [3590, 10000]


def owe_each_other(b_cost: float) -> tuple[list[Row], list[Row], list[Row]]:
    """a and b owe each other 100; a keeps 40 and owes depositors 100 as well, b keeps 20 and owes nobody else."""
    lenders = [sheet("a", 200.0, 100.0), sheet("b", 150.0, 150.0, bankruptcy_cost_share=b_cost)]
    events = [lender_event(2, "a", "loss", 160.0), lender_event(2, "b", "loss", 130.0)]
    return lenders, [exposure("a", "b", 100.0), exposure("b", "a", 100.0)], events


def test_lenders_that_owe_each_other() -> None:
    """a fails and pays 140 of 200; so b fails; 40 + 80 = 120 and 20 + 120 / 2 = 80 is where it ends."""
    lenders, claims, events = owe_each_other(0.0)
    outcome = run(3, lenders=lenders, exposures=claims, lender_events=events)
    assert book_events(outcome)[2:] == [
        (2, "lender_failure", "lender:0", 0),
        (2, "exposure_loss", "lender:1", 3000),
        (2, "lender_failure", "lender:1", 0),
        (2, "exposure_loss", "lender:1", 1000),
        (2, "exposure_loss", "lender:0", 2000),
    ]
    assert outcome.marks == [6000, 8000]


def test_a_bankruptcy_that_costs_half() -> None:
    """b pays half of 20 + p / 2, a 40 + that: 66.67 and 26.67, in whole cents 66.66 and 26.66."""
    lenders, claims, events = owe_each_other(0.5)
    outcome = run(3, lenders=lenders, exposures=claims, lender_events=events)
    assert outcome.marks == [3333, 2666]
    assert [row["exposure_loss"] for row in outcome.lenders] == [10000 - 2666, 10000 - 3333]


def test_costs_of_who_does_not_fail_are_nothing() -> None:
    lenders = [sheet("a", 200.0, 100.0, bankruptcy_cost_share=0.5), sheet("b", 100.0, 50.0)]
    outcome = run(5, lenders=lenders, exposures=[exposure("b", "a", 100.0)])
    assert (outcome.marks, outcome.events) == ([10000], [])


def test_a_failure_that_pays_in_full_marks_nothing_down() -> None:
    """b fails by decree; its 1,000 are more than enough, also after 30 % of costs."""
    lenders = [sheet("a", 100.0, 50.0), sheet("b", 1000.0, 500.0, bankruptcy_cost_share=0.3)]
    outcome = run(
        5, lenders=lenders, exposures=[exposure("a", "b", 300.0)], lender_events=[lender_event(2, "b", "fail")]
    )
    assert book_events(outcome) == [(2, "lender_failure", "lender:1", 0)]
    assert outcome.marks == [30000]


def test_a_mark_may_rise_when_a_later_clearing_finds_more() -> None:
    """a keeps 100 of 200 for b's 200; by day 12 interest of 10 has come in, and c's failure has everything cleared anew."""
    lenders = [sheet("a", 0.0, 0.0), sheet("b", 1000.0, 900.0), sheet("c", 10.0, 0.0)]
    terms = {"amortisation": "interest_only", "rate": 0.6, "day_count": "30E360", "outstanding_usd": 200.0}
    events = [lender_event(2, "a", "loss", 100.0), lender_event(12, "c", "fail")]
    outcome = run(
        15,
        [miner(cash_usd=50.0)],
        [loan(lender="a", **terms, maturity_date=date(2021, 9, 25))],
        lenders=lenders,
        exposures=[exposure("b", "a", 200.0)],
        lender_events=events,
        channels={"lender_calls": False},
    )
    assert happened(outcome, "exposure_loss") == [(2, "exposure_loss", "lender:1")]
    assert outcome.marks == [11000]
    assert outcome.lenders[1]["exposure_loss"] == 9000


def test_no_clearing_without_a_failure() -> None:
    """a has 100 less than it needs to pay b, but it is kept alive; on day 4 c fails and a still counts as good."""
    lenders = [sheet("a", 1000.0, 100.0), sheet("b", 1000.0, 900.0), sheet("c", 10.0, 0.0)]
    claims = [exposure("b", "a", 500.0), exposure("b", "c", 5.0)]
    events = [lender_event(2, "a", "loss", 600.0), lender_event(4, "c", "fail")]
    outcome = run(6, lenders=lenders, exposures=claims, lender_events=events, channels={"solvency": False})
    assert happened(outcome, "exposure_loss") == []
    assert outcome.marks == [50000, 500]


def test_a_lender_without_depositors_owes_only_its_peers() -> None:
    """Equity of 100 behind assets of 100 and a debt of 50: depositors owe the lender 50, which counts for nothing here."""
    lenders = [sheet("a", 100.0, 100.0, bankruptcy_cost_share=0.6), sheet("b", 1000.0, 900.0)]
    outcome = run(
        3, lenders=lenders, exposures=[exposure("b", "a", 50.0)], lender_events=[lender_event(2, "a", "fail")]
    )
    assert outcome.marks == [4000]


def test_assets_below_nothing_pay_nothing() -> None:
    lenders = [sheet("a", 1000.0, 100.0), sheet("b", 1000.0, 900.0)]
    outcome = run(
        3,
        lenders=lenders,
        exposures=[exposure("b", "a", 500.0)],
        lender_events=[lender_event(2, "a", "loss", 1500.0)],
    )
    assert outcome.marks == [0]
    assert outcome.lenders[1]["equity"] == 90000 - 50000


# --- random networks


def opened(lenders: list[Row], exposures: list[Row]) -> State:
    """A path on day 0 with nothing but lenders."""
    state = State(scenario(1), [1.0], [1.0], math.exp, math.log, 1)
    tables: Tables = {name: [] for name in ("miners", "fleet", "machines", "loans")}
    load(state, tables | {"lenders": lenders, "exposures": exposures})
    open_lenders(state)
    return state


def network(rng: Random, costs: bool) -> State:
    """Three to seven lenders with at least a third of their funding from depositors; most have failed."""
    keys = "abcdefg"[: rng.randint(3, 7)]
    pairs = [(creditor, debtor) for creditor in keys for debtor in keys if creditor != debtor]
    rows = [exposure(*pair, round(rng.uniform(1, 1e6), 2)) for pair in pairs if rng.random() < 0.6]
    lenders = []
    for key in keys:
        owes = sum(row["amount_usd"] for row in rows if row["debtor"] == key)
        holds = sum(row["amount_usd"] for row in rows if row["creditor"] == key)
        depositors = max(1e5, owes) * rng.uniform(0.5, 2)
        assets = round(max(0.0, depositors + owes - holds) * rng.choice((0.0, rng.uniform(0, 1.2))), 2)
        equity = round(assets + holds - owes - depositors, 2)
        cost = rng.choice((0.0, 0.1, 0.3, 1.0)) if costs else 0.0
        lenders.append(sheet(key, assets, equity, bankruptcy_cost_share=cost))
    state = opened(lenders, rows)
    for row in state.lenders:
        row.failed = rng.random() < 0.8
    return state


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """The solution of a linear system, by elimination."""
    n = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(n):
        pivot = next(i for i in range(k, n) if rows[i][k] != 0)
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(n):
            if i != k and rows[i][k] != 0:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[n] for row in rows]


def kept(row: Lender) -> Fraction:
    """The share of a failed lender's assets that its bankruptcy leaves."""
    return 1 - Fraction(row.bankruptcy_cost_share)


def passed_on(row: Lender, debtor: Lender) -> Fraction:
    """What a lender has left of each cent that a debtor pays in all."""
    amount = sum(claim.amount for claim in row.held if claim.debtor is debtor)
    return Fraction(amount) / Fraction(owed_in_all(debtor)) * kept(row) if amount else Fraction(0)


def without(state: State, row: Lender, short: list[Lender]) -> Fraction:
    """What a lender has to pay with when some pay nothing and all others in full."""
    income = sum(Fraction(claim.amount) for claim in row.held if claim.debtor not in short)
    return (Fraction(own_assets(state, row)) + income) * kept(row)


def exact_payments(state: State) -> dict[int, Fraction]:
    """The largest unrounded fixed point: who cannot pay in full, solved and widened until nobody else falls short."""
    failed = [row for row in state.lenders if row.failed]
    short: list[Lender] = []
    while True:
        matrix = [[int(a is b) - passed_on(a, b) for b in short] for a in short]
        found = solved(matrix, [without(state, row, short) for row in short])
        pays = dict(zip((row.index for row in short), found, strict=True))
        others = [row for row in failed if row not in short]
        has = {row.index: sum(passed_on(row, b) * pays[b.index] for b in short) for row in others}
        more = [row for row in others if without(state, row, short) + has[row.index] < owed_in_all(row)]
        if not more:
            return {row.index: pays.get(row.index, Fraction(owed_in_all(row))) for row in failed}
        short += more


@pytest.mark.parametrize("costs", [False, True])
def test_payments_are_the_exact_fixed_point_in_whole_cents(costs: bool) -> None:
    """Below it by less than a cent, above it by what counts as the next cent."""
    rng = Random(2001 + costs)
    short, errors = 0, []
    for _ in range(200):
        state = network(rng, costs)
        whole, exact = clearing_payments(state), exact_payments(state)
        assert whole.keys() == exact.keys()
        for index, paid in whole.items():
            assert paid == int(paid)
            errors.append(exact[index] - Fraction(paid))
            short += paid < owed_in_all(state.lenders[index])
    assert short > 200
    assert Fraction(-1, 128) <= min(errors)
    assert max(errors) < 1
    assert sum(error > Fraction(1, 2) for error in errors) > 50  # whole cents are really cut off


def test_the_exact_solver_by_hand() -> None:
    """The two that owe each other, once more: 120 and 80, or 200 / 3 and 80 / 3."""
    for cost, expected in ((0.0, (12000, 8000)), (0.5, (Fraction(20000, 3), Fraction(8000, 3)))):
        lenders, rows, _ = owe_each_other(cost)
        state = opened(lenders, rows)
        for row, left in zip(state.lenders, (4000.0, 2000.0), strict=True):
            row.failed = True
            row.other_assets = left
        assert tuple(exact_payments(state).values()) == expected


def test_shares_add_up_to_the_cent() -> None:
    """What depositors and creditors of a failed lender get is what it pays, and nobody gets more than a claim."""
    rng = Random(1)
    for _ in range(200):
        state = network(rng, costs=True)
        pays = clearing_payments(state)
        clear(state)
        for row in state.lenders:
            marks = [claim.mark for claim in row.owing]
            if row.failed and owed(row) > 0:
                depositors = pays[row.index] - sum(marks)
                assert 0 <= depositors <= row.funding
                for value, claim in [
                    *zip(marks, (c.amount for c in row.owing), strict=True),
                    (depositors, row.funding),
                ]:
                    assert value == int(value)
                    assert abs(value - pays[row.index] * (claim / owed_in_all(row))) < 1
            elif not row.failed:
                assert marks == [claim.amount for claim in row.owing]
        events = {(kind, entity) for _, kind, entity, _ in state.events}
        losers = {("exposure_loss", claim.creditor.account) for claim in state.exposures if claim.mark < claim.amount}
        assert events == losers


def test_clearing_again_changes_nothing() -> None:
    rng = Random(2)
    for _ in range(50):
        state = network(rng, costs=True)
        clear(state)
        marks, events = [claim.mark for claim in state.exposures], list(state.events)
        clear(state)
        assert ([claim.mark for claim in state.exposures], state.events) == (marks, events)
