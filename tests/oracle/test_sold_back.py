"""Machines that the miner takes back from its lender, by hand. Page: docs/model/lenders.md#sold-back.

Ten machines of 100 TH/s, eight of them pledged without recourse for 20,000 USD that are never paid: due on day 1, in default on day 2,
seized on day 3. Machines cost 10 USD/TH, 8.75 in a quick sale: 875 USD each. A TH/s brings 18 cents a day and takes power for 9, so that
a machine is paid back in 97.2 days; but nothing runs, because the site is as choosy as a book may have it. What money the miner has comes
on the first of February, day 4.
"""

from datetime import date
from typing import Any

import pytest

from tests.oracle import Outcome
from tests.oracle.small_world import (
    PRICE_USD,
    Row,
    amounts,
    facility,
    fleet,
    lender,
    lender_event,
    loan,
    miner,
    order,
    posted,
    response,
    run,
    scenario,
)

PAID, MARCH = 4, 32  # firsts of a month
DAYS = 12  # before the retarget


def market(**changes: Any) -> Row:
    """Machines at 10 USD/TH whatever happens."""
    terms: Row = scenario(1)["asics"] | {"kappa": 0.0, "hashprice_half_life_days": 0.001, "index_half_life_days": 1.0}
    tier = terms["tiers"][0] | {"index_usd_per_th": 10.0, "elasticity": 0.0} | changes
    return terms | {"tiers": [tier] * 4}


def policy(payback_days: int = 98, hold_days: int = 1000, *before: Row) -> dict[str, Row]:
    """Machines go back to the miner if they pay for themselves in so many days; other rules may come before."""
    back = {"max_clearing_to_index": 99.0, "action": "sell_back", "share_per_day": 0.0, "payback_days": payback_days}
    return {"hold": {"hold_days": hold_days, "rules": [*before, back]}}


def site(**changes: Any) -> Row:
    """Power at 125 USD/MWh, 9 cents a TH/s and day; runs only where it earns five times that."""
    return fleet(**{"power_usd_per_mwh": 125.0, "shutdown_ratio": 5.0, "restart_ratio": 5.0} | changes)


def unpaid(usd: float = 20000.0, **changes: Any) -> Row:
    """The loan."""
    due = date(2021, 1, 29)
    terms: Row = {"collateral": "machines", "collateral_fleet": "f", "collateral_machines": 8, "recourse": "limited"}
    terms |= {"first_payment_date": due, "maturity_date": due, "grace_days": 1, "outstanding_usd": usd}
    return loan(**terms | changes)


def play(income_usd: float, days: int = DAYS, **changes: Any) -> Outcome:
    """The world of the docstring; `income_usd` comes on each first of a month."""
    world: Row = {
        "miners": [miner(other_income_usd_per_month=income_usd)],
        "loans": [unpaid()],
        "fleets": [site()],
        "lenders": [lender(seizure_days=1)],
        "policies": policy(),
        "asics": market(),
        "start": "2021-01-28",
    }
    outcome = run(days, **world | changes)
    assert sum(row["loss"] for row in outcome.lenders) == sum(row["loss"] for row in outcome.loans)
    return outcome


def taken(outcome: Outcome) -> list[tuple[int, int]]:
    """(day, machines) taken back; as many are posted, from the lot to the row."""
    told = [(day, int(amount)) for day, _, amount in amounts(outcome, "sell_back")]
    assert posted(outcome, "sell_back", "machines") == told
    roads = {
        (one[:4], two) for _, why, unit, one, two, _ in outcome.postings if (why, unit) == ("sell_back", "machines")
    }
    assert roads <= {("lot:", "fleet:0")}
    return told


def test_a_miner_takes_back_what_its_cash_pays_for_month_by_month() -> None:
    """3,000 USD pay for three machines; of 3,375 on 1 March three more; 3,750 on 1 April are more than the last two cost."""
    outcome = play(3000.0, 70)
    assert taken(outcome) == [(PAID, 3), (MARCH, 3), (63, 2)]
    assert posted(outcome, "sell_back") == [(PAID, 262500), (MARCH, 262500), (63, 175000)]
    assert outcome.miners[0]["cash"] == 900000 - 700000
    loan_row, lender_row = outcome.loans[0], outcome.lenders[0]
    assert (loan_row["ead"], loan_row["recovered"], loan_row["loss"]) == (2000000, 700000, 1300000)
    assert lender_row["cash"] == 100000 + 700000
    assert lender_row["equity"] == 100_000_000 - 1300000


@pytest.mark.parametrize(
    ("income_usd", "owed_usd", "machines", "cents"),
    [
        (2000.0, 2000.0, 8, 200000),  # who has paid the debt has the rest for nothing
        (1999.99, 2000.0, 2, 175000),  # who has not pays for each; 249.99 are left, a cent short of what is still owed
        (7000.0, 7000.0, 8, 700000),
        (6999.99, 7000.0, 7, 612500),
        (7000.0, 20000.0, 8, 700000),
        (874.99, 20000.0, 0, 0),
        (875.0, 20000.0, 1, 87500),
        (800.0, 800.0, 8, 80000),  # less than a machine, but all that is owed
        (0.0, 20000.0, 0, 0),
    ],
)
def test_the_price_is_that_of_a_quick_sale_and_no_more_than_is_owed(
    income_usd: float, owed_usd: float, machines: int, cents: int
) -> None:
    outcome = play(income_usd, loans=[unpaid(owed_usd)])
    assert taken(outcome) == ([(PAID, machines)] if machines else [])
    assert posted(outcome, "sell_back") == ([(PAID, cents)] if cents else [])
    assert outcome.loans[0]["recovered"] == cents
    assert outcome.loans[0]["loss"] == max(0, round(owed_usd * 100) - cents - 87500 * (8 - machines))


def test_the_lenders_mark_shrinks_with_the_lot_and_with_what_is_owed() -> None:
    """Of 20,000 USD with machines of 7,000: three for their mark, 4,375 are left. Of 6,000, all of it covered: 3,375 are still owed."""
    for owed, left in ((20000.0, 437500), (6000.0, 337500)):
        outcome = play(3000.0, loans=[unpaid(owed)])
        assert taken(outcome) == [(PAID, 3)]
        cents = round(owed * 100)
        assert outcome.lenders[0]["equity"] == 100_000_000 - cents + 262500 + left
        assert outcome.lenders[0]["loss"] == cents - 262500 - left


@pytest.mark.parametrize(
    ("fee", "power", "payback_days", "back"),
    [
        (0.0, 125.0, 98, True),
        (0.0, 125.0, 97, False),
        (0.1, 125.0, 122, True),  # 7.2 cents: 121.5 days
        (0.1, 125.0, 121, False),
        (0.0, 230.0, 608, True),  # 1.44 cents: 607.6 days
        (0.1, 230.0, 3650, False),  # nothing is left
    ],
)
def test_machines_have_to_pay_for_themselves_after_the_pools_fee(
    fee: float, power: float, payback_days: int, back: bool
) -> None:
    rich = miner(other_income_usd_per_month=1e4, pool_fee=fee)
    outcome = play(0.0, miners=[rich], fleets=[site(power_usd_per_mwh=power)], policies=policy(payback_days))
    assert bool(taken(outcome)) == back


@pytest.mark.parametrize(
    ("power", "payback_days", "back"),
    [
        ({"power_usd_per_mwh": 0.0}, 49, True),  # 18 cents: 48.6 days
        ({"power_usd_per_mwh": 0.0}, 48, False),
        ({"power_usd_per_mwh": 260.0}, 3650, False),  # 18.72 cents of power
        ({"power_usd_per_mwh": 75.0, "power_contract": "indexed"}, 98, True),  # the tariff is 50
        ({"power_usd_per_mwh": 75.0, "power_contract": "indexed"}, 97, False),
    ],
)
def test_power_is_that_of_the_row_they_were_seized_from(power: Row, payback_days: int, back: bool) -> None:
    """Where power costs nothing the two machines that are left run, and keep their coins."""
    hoarder = miner(other_income_usd_per_month=1e4, hodl_share=1.0)
    outcome = play(0.0, miners=[hoarder], fleets=[site(**power)], policies=policy(payback_days))
    assert bool(taken(outcome)) == back


def test_they_run_from_the_next_day_on() -> None:
    """900 satoshis a TH/s: two machines until day 4, five from day 5. Coins of days 0 to 2 went to the lender."""
    hoarder = miner(other_income_usd_per_month=3000.0, hodl_share=1.0)
    outcome = play(0.0, miners=[hoarder], fleets=[site(power_usd_per_mwh=0.0)])
    assert taken(outcome) == [(PAID, 3)]
    mined = dict(posted(outcome, "production", "sats"))
    assert [mined[day] for day in (2, 4, 5, 6)] == [900000, 180000, 450000, 450000]


# --- places


@pytest.mark.parametrize(("slots", "machines"), [(None, 8), (10, 8), (9, 7), (3, 1), (2, 0), (1, 0)])
def test_no_more_than_there_are_places_for(slots: int | None, machines: int) -> None:
    outcome = play(1e4, fleets=[site(rack_slots=slots)])
    assert taken(outcome) == ([(PAID, machines)] if machines else [])


def test_a_place_that_an_order_waits_for_is_none() -> None:
    """Four machines come in March; those that an order brought before are counted as they stand."""
    coming = order(delivery_date=date(2021, 3, 20), first_instalment_date=date(2021, 3, 20))
    for bought, machines in ((coming, 4), (coming | {"fleet": "g"}, 8)):
        outcome = play(1e4, fleets=[site(rack_slots=10), site(fleet="g")], orders=[bought])
        assert taken(outcome) == [(PAID, machines)]


def test_a_place_that_was_sold_is_none() -> None:
    """Six of eight at 1,000 USD on the first of February; the money pays for two machines, and would for six."""
    selling = response("sell_slots", fleet="f", machines=6, usd_per_slot=1000.0, wait_days=None)
    outcome = play(0.0, fleets=[site(rack_slots=10)], responses=[selling])
    assert posted(outcome, "slot_sale") == [(PAID, 600000)]
    assert taken(outcome) == [(PAID, 2)]


def test_a_site_that_stands_still_takes_nothing() -> None:
    """Its host fails on the day on which the money comes; the machines are held for two days, and move for three."""
    hosted = site(power_contract="hosted_fixed", host="h", host_deposit_usd=0.0)
    failure = {"day": PAID, "host": "h", "lien_days": 2, "move_days": 3}
    failure |= {"fee_usd_per_machine": 0.0, "deposit_lost_share": 0.0}
    outcome = play(1e4, fleets=[hosted], host_events=[failure])
    assert taken(outcome) == [(PAID + 5, 8)]


def test_lots_have_their_turn_in_order_for_cash_and_for_places() -> None:
    """Four machines each. 6,000 USD are six machines: four for the one loan, two for the other. Seven slots: four, and one."""
    halves = [unpaid(loan=key, collateral_machines=4) for key in "ab"]
    for income, slots, found in ((6000.0, 10, [4, 2]), (1e4, 7, [4, 1])):
        outcome = play(income, loans=halves, fleets=[site(rack_slots=slots)])
        assert taken(outcome) == [(PAID, machines) for machines in found]
        assert [row["recovered"] for row in outcome.loans] == [87500 * machines for machines in found]


# --- who takes, and who sells


def test_bills_come_first() -> None:
    """1,750 USD, of which 875.01 of the month's overhead cannot be cut: the rest is a cent too little for a machine."""
    for overhead, machines in ((875.0, 1), (875.01, 0)):
        careful = miner(other_income_usd_per_month=1750.0, overhead_usd_per_month=overhead)
        assert taken(play(0.0, miners=[careful])) == ([(PAID, machines)] if machines else [])


def test_power_that_is_not_billed_yet_is_kept() -> None:
    """Seized on day 5. The connection of another row's machine costs 10 cents a day: 50 were billed on day 4, and 10 are due on day 5."""
    other = site(fleet="g", machines=1, demand_charge_usd_per_mw_month=1000.0)
    for income, machines in ((875.60, 1), (875.59, 0)):
        outcome = play(income, fleets=[site(), other], lenders=[lender(seizure_days=3)])
        assert posted(outcome, "power") == [(PAID, 50)]
        assert taken(outcome) == ([(PAID + 1, machines)] if machines else [])


def test_what_is_overdue_on_other_loans_is_kept() -> None:
    """1 % of 50,000 USD was due on day 1, and is in its grace; the other loan, in default, asks for nothing more. Once the grace is over
    the 500 USD are paid, and what is left is kept for nobody."""
    terms: Row = {"amortisation": "interest_only", "rate": 0.12, "day_count": "30E360", "outstanding_usd": 50000.0}
    dates = {"first_payment_date": date(2021, 1, 29), "maturity_date": date(2022, 1, 29)}
    for income, machines in ((1375.0, 1), (1374.99, 0), (500.0, 0)):
        waiting = loan(loan="m", grace_days=25, **terms, **dates)
        outcome = play(income, 20, loans=[unpaid(), waiting])
        assert amounts(outcome, "missed_payment") == [(1, "missed_payment", 2000000), (1, "missed_payment", 50000)]
        assert taken(outcome) == ([(PAID, machines)] if machines else [])
    waiting = loan(loan="m", grace_days=20, **terms, **dates)
    outcome = play(1374.99, 28, loans=[unpaid(), waiting])
    assert posted(outcome, "interest") == [(21, 50000)]
    assert taken(outcome) == []  # 874.99 are left
    assert taken(play(2249.99, 28, loans=[unpaid(), waiting])) == [(PAID, 1)]  # two with a cent more
    assert taken(play(2250.0, 28, loans=[unpaid(), waiting])) == [(PAID, 2)]


def test_principal_that_is_overdue_is_kept_of_every_loan() -> None:
    """300 and 200 USD since day 1, in their graces."""
    late = dict.fromkeys(("first_payment_date", "maturity_date"), date(2021, 1, 29))
    others = [loan(loan=key, outstanding_usd=usd, grace_days=30, **late) for key, usd in (("m", 300.0), ("n", 200.0))]
    for income, machines in ((1375.0, 1), (1374.99, 0)):
        assert taken(play(income, loans=[unpaid(), *others])) == ([(PAID, machines)] if machines else [])


def test_a_short_runway_is_kept() -> None:
    """300 USD of overhead a month are 10 a day, of which ten days are kept beside the month that is paid on day 4; twelve are 120."""
    for days, income, machines in (
        (10, 1275.0, 1),
        (10, 1274.99, 0),
        (12, 1295.0, 1),
        (12, 1294.99, 0),
        (0, 1175.0, 1),
    ):
        careful = miner(
            overhead_usd_per_month=300.0, other_income_usd_per_month=income, runway_low_days=days, runway_high_days=99
        )
        outcome = play(0.0, miners=[careful])
        assert taken(outcome) == ([(PAID, machines)] if machines else []), (days, income)


def test_the_service_of_loans_is_in_the_runway() -> None:
    """1 % of 30,000 USD a month, 10 a day, due on 20 February."""
    terms: Row = {"amortisation": "interest_only", "rate": 0.12, "day_count": "30E360", "outstanding_usd": 30000.0}
    dates = {"first_payment_date": date(2021, 2, 20), "maturity_date": date(2022, 2, 20)}
    for income, machines in ((975.0, 1), (974.99, 0)):
        careful = miner(other_income_usd_per_month=income, runway_low_days=10, runway_high_days=99)
        outcome = play(0.0, miners=[careful], loans=[unpaid(), loan(loan="m", **terms, **dates)])
        assert taken(outcome) == ([(PAID, machines)] if machines else [])


def test_who_earns_more_than_it_spends_keeps_no_runway_and_gains_none() -> None:
    """Power costs nothing: the two machines that are left bring 36 USD a day, and 2,625 on day 4 are three machines whatever it would keep.
    Coins are kept; what is sold of them on days 3 and 4, in need or not, is less than a machine."""
    for days in (0, 3650):
        rich = miner(other_income_usd_per_month=2625.0, runway_low_days=days, runway_high_days=days, hodl_share=1.0)
        outcome = play(0.0, PAID + 1, miners=[rich], fleets=[site(power_usd_per_mwh=0.0)])
        assert taken(outcome) == [(PAID, 3)]
        poor = rich | {"other_income_usd_per_month": 0.0}
        assert taken(play(0.0, PAID + 1, miners=[poor], fleets=[site(power_usd_per_mwh=0.0)])) == []


def test_what_the_utility_owes_is_no_cash_yet() -> None:
    """The machine sells its power back at 50 USD, for 2.88 USD a day: five days of it were paid on day 4, those since are not."""
    other = fleet(
        fleet="g", machines=1, power_usd_per_mwh=10.0, curtailment_strike_usd_per_mwh=40.0, curtailment_share=1.0
    )
    for income, machines in ((875.0 - 14.40, 1), (875.0 - 14.41, 0)):
        outcome = play(income, fleets=[site(), other])
        assert posted(outcome, "power_credit") == [(PAID, 1440)]
        assert taken(outcome) == ([(PAID, machines)] if machines else [])


def test_who_has_failed_takes_nothing() -> None:
    """Another loan takes the miner down on day 5. Its two free machines bring 1,750 USD that day, which are the estate's."""
    due = {"first_payment_date": date(2021, 1, 29), "maturity_date": date(2021, 1, 29), "grace_days": 4}
    outcome = play(0.0, loans=[unpaid(), loan(loan="m", outstanding_usd=5000.0, **due)])
    assert posted(outcome, "machine_proceeds") == [(5, 175000)]
    assert posted(outcome, "estate") == [(9, 175000)]
    assert taken(outcome) == []
    alive = play(0.0, loans=[unpaid()], miners=[miner(other_income_usd_per_month=1750.0)])
    assert taken(alive) == [(PAID, 2)]


def test_machines_of_a_swap_come_back() -> None:
    """Full recourse, but the lender took the machines for the debt, and the miner lives."""
    outcome = play(3000.0, loans=[unpaid(recourse="full")], lenders=[lender(seizure_days=1, swap_cover=0.0)])
    assert amounts(outcome, "debt_swap") == [(2, "debt_swap", 2000000)]
    assert taken(outcome) == [(PAID, 3)]


@pytest.mark.parametrize(("dumping", "back"), [(True, []), (False, [(PAID, 3)])])
def test_a_failed_lender_dumps_instead_where_it_dumps(dumping: bool, back: list[tuple[int, int]]) -> None:
    terms: Row = {"lender_events": [lender_event(3, "j", "fail")], "channels": {"lender_dumping": dumping}}
    outcome = play(3000.0, **terms)
    assert taken(outcome) == back
    assert bool(posted(outcome, "machine_sale", "machines")) == dumping


def test_what_is_not_taken_waits_and_is_dumped_at_the_end_of_the_hold() -> None:
    """Three go back on day 4; on day 6 the lot is three days old, and the other five are sold on day 7."""
    outcome = play(3000.0, policies=policy(98, 3))
    assert taken(outcome) == [(PAID, 3)]
    assert amounts(outcome, "machine_sale") == [(7, "machine_sale", 5)]
    assert posted(outcome, "machine_proceeds") == [(7, 437500)]
    assert outcome.loans[0]["recovered"] == 262500 + 437500


def test_no_line_is_drawn_and_no_coin_sold() -> None:
    """800 USD are too little for a machine. Coins of more than that are kept; and a lender has money again of which a line would give."""
    far = {"first_payment_date": date(2022, 1, 1), "maturity_date": date(2022, 1, 1)}
    lined = loan(loan="m", lender="k", outstanding_usd=1.0, credit_line_usd=1001.0, **far)
    hoarder = miner(other_income_usd_per_month=800.0, hodl_share=1.0)
    lenders = [lender(seizure_days=1), lender(lender="k")]
    running = site(power_usd_per_mwh=0.0)
    outcome = play(0.0, miners=[hoarder], loans=[unpaid(outstanding_usd=1e6), lined], fleets=[running], lenders=lenders)
    assert posted(outcome, "draw") == [(1, 100000)]  # for the loan; the line is used up
    assert (taken(outcome), outcome.miners[0]["cash"]) == ([], 80000)
    assert outcome.miners[0]["sats"] > 0
    later = [lender(seizure_days=1), lender(lender="k", cash_usd=0.0)]
    held = loan(loan="n", lender="k", outstanding_usd=10.0, **far)
    paying = response("prepay", loan="n", share=0.01)
    outcome = play(800.0, loans=[unpaid(), lined, held], lenders=later, responses=[paying])
    assert posted(outcome, "principal") == [(PAID, 800)]  # with which k could lend
    assert (taken(outcome), posted(outcome, "draw")) == ([], [])


def test_machines_that_came_back_are_free() -> None:
    """Three of eight; on 1 March all five that stand there are sold, none of which is pledged."""
    leaving = response("retire", fleet="f", machines=None, from_date=date(2021, 3, 1))
    poor = miner(other_income_usd_per_month=2625.0, overhead_usd_per_month=0.0)
    outcome = play(0.0, MARCH + 1, miners=[poor], responses=[leaving])
    assert taken(outcome)[0] == (PAID, 3)
    assert amounts(outcome, "retirement") == [(MARCH, "retirement", 5)]


# --- prices


def test_a_machine_that_is_worth_nothing_costs_nothing() -> None:
    """Haste takes the whole price: nothing is asked, not even of a miner without a cent. One that owes for its connection, 1 USD a day
    for ten machines and 20 cents for two, takes nothing until it has paid, on day 4; and with a cent of it unpaid, nothing at all."""
    free = market() | {"quick_discount": 1.0, "bulk_discount": 1.0}
    outcome = play(0.0, asics=free, days=4)
    assert taken(outcome) == [(3, 8)]
    assert posted(outcome, "sell_back") == []
    assert outcome.loans[0]["loss"] == 2000000
    connected = [site(demand_charge_usd_per_mw_month=1000.0)]
    assert taken(play(4.20, asics=free, fleets=connected)) == [(PAID, 8)]
    assert taken(play(4.19, asics=free, fleets=connected)) == []


LOW, BACK = 0.8, 1.0  # of the price of coins, on days 3 and 4
FALL = [PRICE_USD] * 3 + [PRICE_USD * LOW] + [PRICE_USD * BACK] * (DAYS - 4)


def test_who_owes_nothing_more_has_the_rest_for_nothing() -> None:
    """On day 3 machines clear at 8, below 0.95 of an index of 9: a quarter is offered, and sold on day 4 at 0.875 of an index of 9.5,
    for 1,662.50 USD. That is all that was owed. The other six go back for nothing."""
    a_quarter = {"max_clearing_to_index": 0.95, "action": "sell", "share_per_day": 0.25}
    terms: Row = {"asics": market(elasticity=1.0), "closes": FALL, "policies": policy(98, 1000, a_quarter)}
    outcome = play(0.0, loans=[unpaid(1662.5)], **terms)
    assert posted(outcome, "machine_proceeds") == [(4, 166250)]
    assert posted(outcome, "machine_surplus") == []
    assert taken(outcome) == [(4, 6)]
    assert posted(outcome, "sell_back") == []
    assert outcome.lenders[0]["equity"] == 100_000_000


def test_what_a_broker_still_owes_is_not_asked_of_the_miner() -> None:
    """On day 3 he sells two machines at 8, less a tenth: 1,440 USD of 3,000, to be paid on day 7. The miner has the rest for 1,560."""
    broker = {"max_clearing_to_index": 0.95, "action": "consign", "share_per_day": 0.25}
    broker |= {"commission": 0.1, "settle_days": 4, "reserve_to_index": 0.0}
    terms: Row = {"asics": market(elasticity=1.0), "closes": FALL, "policies": policy(98, 1000, broker)}
    outcome = play(2000.0, loans=[unpaid(3000.0)], **terms)
    assert amounts(outcome, "consignment", "sell_back") == [(3, "consignment", 8), (4, "sell_back", 6)]
    assert posted(outcome, "sell_back") == [(4, 156000)]
    assert posted(outcome, "machine_proceeds") == [(7, 144000)]
    assert (outcome.loans[0]["loss"], outcome.lenders[0]["equity"]) == (0, 100_000_000)


def test_the_price_is_todays() -> None:
    """Coins rise by a half on day 4: machines clear at 15, the index is 12.50, of which 0.875 are 10.94 USD/TH: two for 3,000 USD. A TH/s
    earns 18 cents, so that the machine is paid back in 60.8 days."""
    rise = [PRICE_USD] * 4 + [PRICE_USD * 1.5] * (DAYS - 4)
    for payback_days, machines in ((61, 2), (60, 0)):
        outcome = play(3000.0, 5, asics=market(elasticity=1.0), closes=rise[:5], policies=policy(payback_days))
        assert taken(outcome) == ([(PAID, machines)] if machines else [])
        assert posted(outcome, "sell_back") == ([(PAID, 218750)] if machines else [])


def test_a_buy_back_buys_what_is_offered_and_nothing_that_goes_back() -> None:
    buyer = facility("buyback", price_usd_per_th=9.0, capital_usd=1e6, opens_date=date(2021, 1, 28))
    outcome = play(3000.0, facilities=[buyer])
    assert (taken(outcome), posted(outcome, "buyback")) == ([(PAID, 3)], [])
