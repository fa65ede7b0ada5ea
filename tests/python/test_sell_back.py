"""Seized machines offered to the miner that lost them, with numbers worked out by hand. Page: docs/model/lenders.md#sold-back"""

from __future__ import annotations

from datetime import date
from typing import Any

import hashstress as hs
import pytest
from hashstress.builtin.policies import RuleParams
from hashstress.hookspecs import Rule
from pydantic import ValidationError

from tests.python.orders_world import Edited, Row, fleet, loan, miner, prepaid
from tests.python.test_new_terms import slots
from tests.python.test_orders import Played
from tests.python.test_responses import FEBRUARY, JANUARY, MARCH, Play, in_the_dark, response, secured

SEIZED, APRIL = date(2021, 12, 31), date(2022, 4, 1)
UNIT = 630_000.0  # cents a machine of 100 TH/s: 70 USD/TH less a tenth
WALKS = response(
    "strategic_default", "walk", loan="l"
)  # on 1 December, with its cash in hand; the machines go on 31 December


@pytest.fixture
def play(edited: Edited) -> Play:
    """`play(WALKS, miners=miner(...), days=2000, hold_days=90)`: ten machines for 100,000 USD, of a lender that sells back."""
    dark = in_the_dark(edited)

    def played(
        *responses: Row, days: int | None = 2000, hold_days: int = 365, after: str = "", more: str = "", **of: Any
    ) -> Played:
        rule = f'{{ action = "sell_back", payback_days = {days} }}'
        policy = f"[policies.back]\nhold_days = {hold_days}\nrules = [{rule}{after}]\n"
        tables = {"loans": [secured()], "policy": "back"} | of
        return dark(*(responses or (WALKS,)), more=more + policy, **tables)

    return played


def backs(played: Played) -> list[tuple[date, float]]:
    """When machines came back, and how many."""
    return [(on, machines) for on, _, _, machines in played.told("sell_back")]


def site(**changes: Any) -> list[Row]:
    return [fleet(machines=10) | changes]


def test_all_of_a_lot_goes_back_for_what_a_quick_sale_brings(play: Play) -> None:
    played = play()
    assert played.told("strategic_default", "seizure", "sell_back", "machine_sale", "miner_default") == [
        (date(2021, 12, 1), "strategic_default", "l", 10_000_000.0),
        (SEIZED, "seizure", "l", 10.0),
        (SEIZED, "sell_back", "l", 10.0),
    ]
    assert played.posted("sell_back") == [
        (SEIZED, "sell_back", "lot:l", "fleet:site", 10.0),
        (SEIZED, "sell_back", "miner:m", "lender:bank", 10 * UNIT),
    ]
    (row,) = played.results.loans.rows()
    assert (row["ead_usd"], row["el_usd"]) == (100_000.0, 37_000.0)


def revenue(played: Played) -> float:
    """What a TH/s earns a day, cents: the same on all days."""
    (usd,) = {row["mean"] for row in played.results.daily.rows() if row["metric"] == "hashprice_usd_per_ph_day"}
    return float(usd) / 10


@pytest.mark.parametrize(("pool_fee", "usd_per_mwh"), [(0.0, 50.0), (0.1, 50.0), (0.0, 80.0)])
def test_machines_must_earn_their_price_in_time(play: Play, pool_fee: float, usd_per_mwh: float) -> None:
    """A TH/s costs 6,300 cents; it brings some 8.5 a day, and takes 30 J."""
    of = {"miners": miner(pool_fee=pool_fee), "fleets": site(power_usd_per_mwh=usd_per_mwh)}
    earns = revenue(play(**of)) * (1 - pool_fee) - 30 * 24e-6 * usd_per_mwh * 100
    days = 6_300 / earns
    assert backs(play(days=int(days) + 1, **of)) == [(SEIZED, 10.0)]
    assert not backs(play(days=int(days), **of))


def test_machines_that_earn_nothing_are_not_wanted(play: Play) -> None:
    assert not backs(play(days=3650, fleets=site(power_usd_per_mwh=120.0)))  # 8.64 cents for 8.53


@pytest.mark.parametrize(
    ("cash", "machines"), [(63_000.0, 10.0), (62_999.99, 9.0), (12_600.0, 2.0), (6_299.99, 0.0), (0.0, 0.0)]
)
def test_cash_buys_whole_machines(play: Play, cash: float, machines: float) -> None:
    played = play(miners=miner(cash_usd=cash))
    assert backs(played) == ([(SEIZED, machines)] if machines else [])
    paid = [row[4] for row in played.posted("sell_back") if row[2] == "miner:m"]
    assert paid == ([machines * UNIT] if machines else [])


def test_what_cash_did_not_buy_is_offered_again(play: Play) -> None:
    """55,000 on 31 December, 9,600 the day after, 8,300 in February."""
    played = play(miners=miner(cash_usd=50_000.0, other_income_usd_per_month=5_000.0))
    assert backs(played) == [(SEIZED, 8.0), (JANUARY, 1.0), (FEBRUARY, 1.0)]
    assert not played.told("machine_sale")
    (row,) = played.results.loans.rows()
    assert row["el_usd"] == 37_000.0


def test_what_is_owed_to_the_utility_is_not_spent(play: Play) -> None:
    """Ten more machines run on a second site, so that twenty have used 2,160 USD of power in the thirty days since the last bill."""
    both = [*site(), fleet(fleet="other", machines=10)]

    def lit(cash: float) -> Played:
        return play(fleets=both, miners=miner(cash_usd=cash), light=True)

    by_then = [row for row in lit(0.0).ledger if row["date"] <= SEIZED and row["unit"] == "cents"]
    earned = sum(row["amount"] for row in by_then if row["to_account"] == "miner:m")
    spent = sum(row["amount"] for row in by_then if row["reason"] == "power")
    enough = (10 * UNIT - earned + spent + 30 * 7_200.0) / 100
    assert backs(lit(enough))[0] == (SEIZED, 10.0)
    assert backs(lit(enough - 0.01))[0] == (SEIZED, 9.0)


def test_the_runway_is_kept(play: Play) -> None:
    """3,000 USD a month are 100 a day: with a low mark of twenty days it keeps 2,000 of what the overhead of 1 December leaves it."""

    def offered(cash: float, low: float) -> list[tuple[date, float]]:
        return backs(
            play(miners=miner(cash_usd=cash, overhead_usd_per_month=3_000.0, runway_low_days=low, runway_high_days=low))
        )[:1]

    for low, kept in ((0.0, 0.0), (20.0, 2_000.0)):
        enough = 63_000.0 + 3_000.0 + kept
        assert offered(enough, low) == [(SEIZED, 10.0)], low
        assert offered(enough - 0.01, low) == [(SEIZED, 9.0)], low


def test_what_is_past_due_is_not_spent(play: Play) -> None:
    """Of 30,000 due on 15 December it has paid what it had; ten thousand come in January and February, and its grace ends on the 13th."""
    due = date(2021, 12, 15)
    other = loan(
        loan="o",
        outstanding_usd=30_000.0,
        first_payment_date=due,
        maturity_date=due,
        grace_days=60,
        cross_default=False,
    )
    poor = {"miners": miner(cash_usd=0.0, other_income_usd_per_month=10_000.0)}
    assert [on for on, _ in backs(play(**poor))][:2] == [SEIZED, JANUARY]
    late = play(loans=[secured(), other], **poor)
    assert late.told("missed_payment") == [(due, "missed_payment", "o", 2_000_000.0)]
    assert [on for on, _ in backs(late) if on < date(2022, 2, 13)] == []
    assert not late.told("miner_default")


def test_nobody_pays_more_than_is_owed(play: Play) -> None:
    """50,000 USD on machines worth 63,000: seven for 44,100, then the other three for the 5,900 that are left."""
    small = {"loans": [secured(outstanding_usd=50_000.0)]}
    assert backs(play(miners=miner(cash_usd=50_000.0), **small)) == [(SEIZED, 10.0)]
    played = play(miners=miner(cash_usd=40_000.0, other_income_usd_per_month=5_000.0), **small)
    assert [row for row in played.posted("sell_back") if row[2] == "miner:m"] == [
        (SEIZED, "sell_back", "miner:m", "lender:bank", 7 * UNIT),
        (JANUARY, "sell_back", "miner:m", "lender:bank", 590_000.0),
    ]
    assert backs(played) == [(SEIZED, 7.0), (JANUARY, 3.0)]
    (row,) = played.results.loans.rows()
    assert row["el_usd"] == 0.0


@pytest.mark.parametrize(
    ("owed", "cash", "equity"),
    [
        (100_000.0, 50_400.0, 963_000.0),  # eight machines: 12,600 of carry left of 63,000
        (50_000.0, 44_100.0, 1_000_000.0),  # seven machines: 5,900 of carry left of 50,000, which is all that is owed
    ],
)
def test_a_lenders_equity_does_not_move_with_the_sale(play: Play, owed: float, cash: float, equity: float) -> None:
    def after(loss: float) -> list[Any]:
        shock = f'[[lender_events]]\ndate = 2022-01-10\nlender = "bank"\nkind = "loss"\namount_usd = {loss}\n'
        return play(
            loans=[secured(outstanding_usd=owed)], miners=miner(cash_usd=cash), more=shock, equity_usd=1e6
        ).told("lender_failure")

    assert not after(equity)
    assert after(equity + 0.01)


def test_only_machines_that_have_a_place_come_back(play: Play) -> None:
    assert backs(play(fleets=site(rack_slots=4))) == [(SEIZED, 4.0)]
    assert not backs(play(fleets=site(rack_slots=0)))
    ordered = play(fleets=site(rack_slots=10), orders=[prepaid(machines=7, deposit_usd=70_000.0)])
    assert backs(ordered) == [(SEIZED, 3.0)]
    sold = slots(fleet="site", machines=6, from_date=date(2022, 1, 1))
    assert backs(play(WALKS, sold, fleets=site(rack_slots=10), seizure_days=31)) == [(JANUARY, 4.0)]


def test_a_site_that_stands_still_has_no_place(play: Play) -> None:
    hosted = site(power_contract="hosted_fixed", host="h")
    fails = '[[host_events]]\ndate = 2021-12-20\nhost = "h"\nlien_days = 5\nmove_days = 30\n'
    assert backs(play(fleets=hosted, more=fails)) == [(date(2022, 1, 24), 10.0)]


def test_who_has_defaulted_takes_nothing(play: Play) -> None:
    """The same loan with full recourse, due on 15 December and not paid; cash comes later."""
    due = date(2021, 12, 15)
    late = secured(recourse="full", outstanding_usd=50_000.0, first_payment_date=due, maturity_date=due)
    poor = miner(cash_usd=0.0, other_income_usd_per_month=10_000.0)
    failed = play(response("retire", fleet="other"), loans=[late], miners=poor)
    assert failed.told("miner_default", "seizure")
    assert not backs(failed)
    # For the debt they are the machines of a miner that lives: 40,000 are still owed, 14,800 of them on 1 April, when it has as much.
    swapped = play(response("retire", fleet="other"), loans=[late], miners=poor, swap_cover=1.0)
    assert backs(swapped) == [(date(2022, 1, 19), 1.0), (FEBRUARY, 2.0), (MARCH, 1.0), (APRIL, 6.0)]
    assert [row[4] for row in swapped.posted("sell_back") if row[2] == "miner:m"][-1] == 1_480_000.0


def test_a_lot_is_dumped_when_its_days_are_over_or_its_lender_fails(play: Play) -> None:
    poor = {"miners": miner(cash_usd=6_300.0)}
    played = play(hold_days=10, **poor)
    assert played.told("sell_back", "machine_sale") == [
        (SEIZED, "sell_back", "l", 1.0),
        (date(2022, 1, 11), "machine_sale", "l", 9.0),  # offered on the tenth day
    ]
    fails = '[[lender_events]]\ndate = 2021-12-31\nlender = "bank"\nkind = "fail"\n'
    assert play(more=fails).told("sell_back", "machine_sale") == [(JANUARY, "machine_sale", "l", 10.0)]


def test_machines_run_from_the_day_after(play: Play) -> None:
    """One machine on 1 January, of the ten that earned until the end of December."""
    played = play(miners=miner(cash_usd=0.0, other_income_usd_per_month=2_000.0), fleets=site(), light=True)
    assert backs(played)[0] == (JANUARY, 1.0)
    mined = played.days("production")
    assert JANUARY not in mined
    assert mined[date(2022, 1, 2)] == pytest.approx(mined[SEIZED] / 10, rel=1e-3)


def test_a_rule_decides_whether_they_are_offered(play: Play) -> None:
    """The clearing price is the index: a rule for a lower one leaves the lot to the next."""
    assert backs(play()) == [(SEIZED, 10.0)]
    low = '[policies.low]\nhold_days = 365\nrules = [{ max_clearing_to_index = 0.9, action = "sell_back", '
    low += 'payback_days = 2000 }, { action = "dump" }]\n'
    assert play(more=low, policy="low").told("sell_back", "machine_sale") == [(JANUARY, "machine_sale", "l", 10.0)]


@pytest.mark.parametrize("days", ["0", "3651", "1.5", '"soon"', "nan"])
def test_days_that_are_none_are_refused_where_they_stand(edited: Edited, book: hs.Book, days: str) -> None:
    text = f'[policies.back]\nhold_days = 60\nrules = [{{ action = "sell_back", payback_days = {days} }}]\n'
    with pytest.raises(hs.ScenarioError) as refused:
        edited("[network]", f"{text}\n[network]").compile(book)
    assert [problem.path for problem in refused.value.problems] == ["policies.back.rules[0].payback_days"]


def test_the_action_needs_its_days(edited: Edited, book: hs.Book) -> None:
    text = '[policies.back]\nhold_days = 60\nrules = [{ action = "sell_back" }]\n'
    with pytest.raises(hs.ScenarioError, match="the action sell_back needs a value") as refused:
        edited("[network]", f"{text}\n[network]").compile(book)
    (problem,) = refused.value.problems
    assert problem.path == "policies.back.rules[0].payback_days"
    assert problem.line is not None


@pytest.mark.parametrize("action", ["dump", "sell", "hold", "host", "consign"])
def test_other_actions_have_no_such_days(action: str) -> None:
    terms = {"share_per_day": 0.1} if action in ("sell", "consign") else {}
    if action == "consign":
        terms |= {"commission": 0.0, "settle_days": 1, "reserve_to_index": 0.0}
    with pytest.raises(ValidationError, match="only the action sell_back asks what machines earn"):
        RuleParams.model_validate({"action": action, "payback_days": 9} | terms)


def test_a_compiled_rule_says_only_what_it_has(edited: Edited, book: hs.Book) -> None:
    text = '[policies.back]\nhold_days = 60\nrules = [{ action = "sell_back", payback_days = 400 }]\n'
    (rule,) = edited("[network]", f"{text}\n[network]").compile(book).spec["policies"]["back"]["rules"]
    assert rule == {"action": "sell_back", "max_clearing_to_index": 1e9, "share_per_day": 0.0, "payback_days": 400}
    assert Rule(1.0, "hold").payback_days is None
