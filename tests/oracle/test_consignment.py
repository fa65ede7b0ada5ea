"""Seized machines at a broker by hand. Page: docs/model/consignment.md."""

from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import Row, amounts, fleet, lender, lender_event, loan, miner, posted, run, scenario

SEIZED = 18  # due on day 10, grace of 3 days, 5 until the machines are taken
STEADY = scenario(1)["asics"] | {"kappa": 0.0}  # what is sold moves no price: a machine is worth 1 USD


def broker(hold_days: int = 1000, **changes: Any) -> dict[str, Row]:
    """A quarter of the lot a day, at a tenth of the price, paid four days later."""
    rule = {"max_clearing_to_index": 99.0, "action": "consign", "share_per_day": 0.25, "commission": 0.1}
    rule |= {"settle_days": 4, "reserve_to_index": 0.0} | changes
    return {"hold": {"hold_days": hold_days, "rules": [rule]}}


def play(days: int, policies: dict[str, Row], usd: float = 20.0, **changes: Any) -> Outcome:
    """A loan without recourse on eight machines that is never paid."""
    terms = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8, "recourse": "limited"}
    unpaid = loan(outstanding_usd=usd, **terms)
    return run(days, [miner()], [unpaid], [fleet()], policies=policies, **{"asics": STEADY} | changes)


def test_a_quarter_a_day_less_the_commission_paid_days_later() -> None:
    """Two machines a day at 90 cents: 180 each on days 18 to 21, settled on days 22 to 25; 7.20 of 20 USD come back."""
    outcome = play(30, broker())
    sales = [(day, "machine_sale", 2) for day in range(SEIZED, SEIZED + 4)]
    assert amounts(outcome, "consignment", "machine_sale") == [(SEIZED, "consignment", 8), *sales]
    assert posted(outcome, "machine_proceeds") == [(day, 180) for day in range(22, 26)]
    assert posted(outcome, "machine_surplus") == []
    assert (outcome.loans[0]["recovered"], outcome.loans[0]["loss"]) == (720, 1280)


def test_equity_moves_with_the_sale_and_cash_with_the_settlement() -> None:
    """The mark of 7.00 falls with the lot, to 5.25, and 1.80 are owed by the broker: 5 cents of equity a sale, none when he pays."""
    equity = {days: play(days, broker()).lenders[0]["equity"] for days in (18, 19, 20, 22, 23, 26)}
    assert [equity[day] - equity[18] for day in (19, 20, 22, 23, 26)] == [5, 10, 20, 20, 20]
    cash = {days: play(days, broker()).lenders[0]["cash"] for days in (22, 23, 26)}
    assert [cash[day] - 100000 for day in (22, 23, 26)] == [0, 180, 720]


def test_what_is_settled_after_the_last_day_is_recovered_and_no_cash() -> None:
    outcome = play(30, broker(settle_days=13))
    assert (outcome.loans[0]["recovered"], outcome.lenders[0]["cash"]) == (720, 100000)
    outcome = play(32, broker(settle_days=13))
    assert outcome.lenders[0]["cash"] == 100000 + 180


def test_what_the_claim_does_not_need_is_the_miners() -> None:
    """All eight at once for 7.20, of which 3.00 are owed."""
    outcome = play(30, broker(share_per_day=1.0), usd=3.0)
    assert posted(outcome, "machine_proceeds") == [(22, 300)]
    assert posted(outcome, "machine_surplus") == [(22, 420)]
    assert outcome.loans[0]["loss"] == 0


def test_a_broker_waits_below_his_reserve_until_the_lot_is_dumped() -> None:
    """The market is at the index: a reserve of 1.1 is never met, one of 0.99 is. On day 21 the lot is three days old, and sold the next."""
    outcome = play(30, broker(hold_days=3, reserve_to_index=1.1))
    assert amounts(outcome, "consignment", "machine_sale") == [(18, "consignment", 8), (22, "machine_sale", 8)]
    assert posted(outcome, "machine_proceeds") == [(22, 700)]
    assert len(amounts(play(30, broker(reserve_to_index=0.99)), "machine_sale")) == 4


def test_the_reserve_is_of_the_index_on_the_day_of_consignment() -> None:
    """Four machines of 100 TH/s weigh on a depth of 1,000 TH/s: tomorrow's price is 1 / (1 + sqrt(0.4)) = 61 % of today's."""
    glut = scenario(1)["asics"]
    for reserve, sold in ((0.6, 2), (0.65, 1)):
        outcome = play(21, broker(share_per_day=0.5, reserve_to_index=reserve), asics=glut)
        assert len(amounts(outcome, "machine_sale")) == sold, reserve
    off = play(21, broker(share_per_day=0.5, reserve_to_index=0.99), asics=glut, channels={"fire_sales": False})
    assert amounts(off, "machine_sale") == [(18, "machine_sale", 4), (19, "machine_sale", 4)]


def test_a_lender_that_has_failed_is_paid_and_dumps_the_rest() -> None:
    failing = [lender_event(19, "j", "fail")]
    outcome = play(30, broker(), lender_events=failing, lenders=[lender()])
    assert amounts(outcome, "machine_sale") == [(18, "machine_sale", 2), (20, "machine_sale", 6)]
    assert posted(outcome, "machine_proceeds") == [(20, 525), (22, 180)]


@pytest.mark.parametrize(("commission", "paid"), [(0.0, 200), (0.1, 180), (1.0, 0)])
def test_the_commission_is_a_share_of_the_price(commission: float, paid: int) -> None:
    outcome = play(23, broker(commission=commission))
    assert posted(outcome, "machine_proceeds") == ([(22, paid)] if paid else [])
    assert outcome.loans[0]["recovered"] == 4 * paid
