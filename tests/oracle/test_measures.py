"""Survival horizons and DebtRank by hand. Pages: docs/model/lenders.md#survival-horizon, docs/model/exposures.md#debtrank."""

from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import Row, exposure, lender, lender_event, run


def bank(key: str = "j", assets: float = 99000.0, equity: float = 40000.0, **changes: Any) -> Row:
    """1,000 USD of cash and 99,000 of other assets, 40,000 of equity: 60,000 of funding."""
    return lender(lender=key, cash_usd=1000.0, other_assets_usd=assets, equity_usd=equity, **changes)


def horizons(outcome: Outcome, place: int = 0) -> tuple[float, float]:
    """On the opening sheet, and the least measured."""
    row = outcome.lenders[place]
    return row["survival_days_start"], row["survival_days_min"]


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        ({}, 3650.0),  # nothing leaves
        ({"demand_share": 0.5, "run_peer": 0.01}, 3.0),  # 1 % of 30,000 a day of 1,000: 3.33 days
        ({"demand_share": 0.5, "run_peer": 0.02}, 1.0),  # 600 a day: 1.67
        ({"demand_share": 1.0, "run_peer": 5.0}, 0.0),  # all of it at once, not five times
        ({"demand_share": 1.0, "run_own": 100.0}, 3650.0),  # no equity is lost as yet
        ({"demand_share": 0.5, "term_share_per_month": 0.1}, 10.0),  # 30,000 * 0.1 / 30 = 100 a day: exactly ten
        ({"funding_rate": 0.06}, 100.0),  # 60,000 * 0.06 / 360 = 10 a day
        ({"funding_rate": 0.0001}, 3650.0),  # a sixtieth of a dollar a day would be 60,000 days: ten years are said
        # 300 of runs, 100 of term funding, 10 of interest: 410 a day, 2.44
        ({"demand_share": 0.5, "run_peer": 0.01, "term_share_per_month": 0.1, "funding_rate": 0.06}, 2.0),
    ],
)
def test_days_that_cash_lasts(terms: Row, days: float) -> None:
    assert horizons(run(3, lenders=[bank(**terms)])) == (days, days)


def test_equity_lost_shortens_it_on_the_first_of_the_next_month() -> None:
    """A quarter of the equity is lost on day 5; from then on a hundredth of a quarter of the depositors leave a day: 60,000 * 0.0025 = 150.

    Runs of 150, 149.63, 149.25, 148.88, 148.51 and 148.14 (59,850, 59,700.37, 59,551.12, 59,402.24, 59,253.73 and 59,105.59 are left)
    on days 5 to 10 take 894.41; on day 11 only 105.59 of 147.76 are there: the lender fails, and has nothing on 1 February (day 17).
    """
    terms = {"demand_share": 1.0, "run_own": 0.01}
    loss = [lender_event(5, "j", "loss", 10000.0)]
    outcome = run(20, lenders=[bank(**terms)], lender_events=loss)
    assert outcome.lenders[0]["failed_day"] == 11
    assert horizons(outcome) == (3650.0, 0.0)
    assert horizons(run(17, lenders=[bank(**terms)], lender_events=loss)) == (
        3650.0,
        3650.0,
    )  # measured by then on day 0 alone


def test_what_day_0_does_is_in_the_least_but_not_in_the_start() -> None:
    """500 of 1,000 are withdrawn from 60,000 on demand: 500 against 595 a day instead of 1,000 against 600."""
    terms = {"demand_share": 1.0, "run_peer": 0.01}
    withdrawn = [lender_event(0, "j", "withdrawal", 500.0)]
    assert horizons(run(1, lenders=[bank(**terms)], lender_events=withdrawn)) == (1.0, 0.0)


def ranks(*lenders: Row, claims: list[Row]) -> list[float | None]:
    """DebtRank of each lender."""
    return [row["debtrank"] for row in run(1, lenders=lenders, exposures=claims).lenders]


def test_a_chain_passes_on_what_it_takes_over() -> None:
    """b's claim on a is half its equity, c's on b a quarter. Assets: a 100,000, b 100,000 and 20,000 claimed, c 100,000 and 10,000.

    a: b half in distress, c an eighth: (60,000 + 13,750) / 330,000. b: a quarter of c: 27,500 / 330,000. c: nobody.
    """
    claims = [exposure("b", "a", 20000.0), exposure("c", "b", 10000.0)]
    found = ranks(bank("a"), bank("b"), bank("c"), claims=claims)
    assert found == pytest.approx([73750 / 330000, 27500 / 330000, 0.0], rel=1e-14)


def test_a_ring_passes_distress_on_once() -> None:
    """a and b owe each other half of their equity: a's failure puts half of b in distress, and b's distress comes back to a alone."""
    claims = [exposure("b", "a", 20000.0), exposure("a", "b", 20000.0)]
    assert ranks(bank("a"), bank("b"), claims=claims) == pytest.approx([0.25, 0.25], rel=1e-14)


def test_distress_is_passed_on_in_rounds() -> None:
    """d hears of a's failure directly (a quarter) and a round later through b (half of half): half in all.

    What e takes over from d is what d has in the first round: a quarter of it, before it hears from b.
    """
    claims = [exposure("b", "a", 20000.0), exposure("d", "a", 10000.0), exposure("d", "b", 20000.0)]
    claims.append(exposure("e", "d", 40000.0))
    found = ranks(bank("a"), bank("b"), bank("d"), bank("e"), claims=claims)
    # assets: a 100,000, b 120,000, d 130,000, e 140,000; h: b 1/2, d 1/4 + 1/4, e 1 * 1/4
    assert found[0] == pytest.approx((60000 + 65000 + 35000) / 490000, rel=1e-14)


def test_who_has_no_equity_is_wholly_in_distress() -> None:
    claims = [exposure("b", "a", 0.01)]
    found = ranks(bank("a"), bank("b", equity=0.0), claims=claims)
    assert found[0] == pytest.approx(100000.01 / 200000.01, rel=1e-14)


def test_more_than_all_equity_is_all_of_it_and_no_claims_no_rank() -> None:
    found = ranks(bank("a"), bank("b"), claims=[exposure("b", "a", 50000.0)])
    assert found == pytest.approx([150000 / 250000, 0.0], rel=1e-14)
    assert run(1, lenders=[bank()]).lenders[0]["debtrank"] is None
