"""Rescue funds and buy-backs on books small enough to reckon by hand. Page: docs/model/rescue.md"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import hashstress as hs
import pytest
from hashstress import _core
from hashstress.claims import Verdict

from tests.python.rescue_world import CENTS, LATE, Play, Row, book, buyback, fund, owner, play, scenario
from tests.python.test_hedges import moved
from tests.python.test_lenders import fleet, happened, loan

__all__ = ["play"]
FUND = ("rescue_loan", "rescue_repaid", "rescue_default", "facility_exhausted")


def facility(results: hs.Results, key: str) -> dict[str, float]:
    """Spent, repaid, held and lost by one facility, USD."""
    row = next(row for row in results.facilities.rows() if row["facility"] == key)
    return {name: row[f"{name}_usd_mean"] for name in ("spent", "repaid", "held", "loss")}


def loss(results: hs.Results) -> float:
    return float(results.manifest["summary"]["loss_usd_mean"])


def test_a_fund_fills_up_two_months_of_bills_and_is_paid_back_with_interest(play: Play) -> None:
    """50,000 of cash against 60,000 on the day it opens; 30,000 of bills on 1 December; 10,100 on the 10th."""
    results = play(book([fund()]))
    assert happened(results, *FUND) == [
        ("2021-11-10", "rescue_loan", "m", 1_000_000.0),
        ("2021-12-10", "rescue_repaid", "m", 1_010_000.0),
    ]
    assert moved(results, "rescue_loan", "rescue_repayment") == [
        ("2021-11-10", "rescue_loan", "facility:fund", "miner:m", 1_000_000.0),
        ("2021-12-10", "rescue_repayment", "miner:m", "facility:fund", 1_010_000.0),
    ]
    assert facility(results, "fund") == {"spent": 10_000.0, "repaid": 10_100.0, "held": 0.0, "loss": -100.0}
    row = next(iter(results.paths.rows()))
    assert (row["rescue_spent_usd"], row["rescue_repaid_usd"], row["rescue_loss_usd"]) == (10_000.0, 10_100.0, -100.0)


def test_a_loan_not_due_by_the_end_is_held(play: Play) -> None:
    results = play(book([fund(term_days=3650, bill_days=200.0)]))
    assert facility(results, "fund") == {"spent": 150_000.0, "repaid": 0.0, "held": 150_000.0, "loss": 0.0}


@pytest.mark.parametrize(("rank", "to_fund"), [("senior", 1.0), ("equal", None), ("junior", 0.0)])
def test_who_cannot_pay_a_fund_defaults_and_the_rank_decides_what_it_gets(
    play: Play, rank: str, to_fund: float | None
) -> None:
    """After two months of bills nothing is left; five machines bring less than is owed."""
    results = play(book([fund(term_days=60, rank=rank)], [loan("l", "m", "bank", outstanding_usd=2e6, **LATE)]))
    assert happened(results, *FUND, "miner_default", "loan_default") == [
        ("2021-11-10", "rescue_loan", "m", 1_000_000.0),
        ("2022-01-09", "rescue_default", "m", 1_020_000.0),
        ("2022-01-09", "miner_default", "m", 0.0),
        ("2022-01-09", "loan_default", "l", 200_000_000.0),
    ]
    proceeds = sum(amount for *_, amount in moved(results, "machine_proceeds"))
    paid = {to: amount for _, _, _, to, amount in moved(results, "estate")}
    assert sum(paid.values()) == proceeds > 1_020_000.0
    share = proceeds * (1_020_000.0 / 201_020_000.0) if to_fund is None else to_fund * 1_020_000.0
    assert paid.get("facility:fund", 0.0) == pytest.approx(share, abs=1)
    assert happened(results, "estate")[0][3] == proceeds
    assert facility(results, "fund")["repaid"] == paid.get("facility:fund", 0.0) / CENTS


def test_a_default_before_the_term_leaves_a_claim_of_the_principal(play: Play) -> None:
    """70,000 last for the bills of two months; those of 1 February are missed, and the grace of 20 days ends on the 21st."""
    results = play(book([fund(term_days=3000, bill_days=70.0)]))
    found = happened(results, *FUND, "miner_default")
    assert found == [
        ("2021-11-10", "rescue_loan", "m", 2_000_000.0),
        ("2022-02-21", "miner_default", "m", 0.0),
        ("2022-02-21", "rescue_default", "m", 2_000_000.0),
    ]


def test_a_fund_pays_what_loans_have_in_arrears_before_the_grace_ends(play: Play) -> None:
    """Nothing in cash: the interest of 500 due on 15 December is missed; the fund lends it on the 16th, with a month of service."""
    terms = {"rate": 0.12, "first_payment_date": date(2021, 12, 15)}
    poor = [owner("m", cash_usd=0.0, overhead_usd_per_month=0.0)]

    def played(*facilities: Row) -> hs.Results:
        return play(book(list(facilities), [loan("l", "m", "bank", **terms)], poor))

    helped = played(fund(opens_date=date(2021, 12, 16), bill_days=30.0, term_days=1000))
    assert happened(helped, "missed_payment", "rescue_loan", "loan_default") == [
        ("2021-12-15", "missed_payment", "l", 50_000.0),
        ("2021-12-16", "rescue_loan", "m", 30 * 1667.0 + 50_000.0),
        ("2022-02-15", "missed_payment", "l", 49_990.0),
        ("2022-02-20", "loan_default", "l", 5_049_990.0),
    ]
    assert happened(played(), "loan_default") == [("2021-12-20", "loan_default", "l", 5_050_000.0)]


def test_money_is_finite_and_goes_to_miners_in_order(play: Play) -> None:
    results = play(book([fund(capital_usd=15_000.0)], miners=[owner("n"), owner("m"), owner("o")]))
    assert happened(results, "rescue_loan", "facility_exhausted") == [
        ("2021-11-10", "rescue_loan", "m", 1_000_000.0),
        ("2021-11-10", "rescue_loan", "n", 500_000.0),
        ("2021-11-10", "facility_exhausted", "fund", 0.0),
    ]


def test_what_comes_back_is_not_lent_again(play: Play) -> None:
    """n runs short only in January, when m has paid back."""
    miners = [owner("m"), owner("n", cash_usd=1.2e5)]
    results = play(book([fund(capital_usd=10_000.0, rate=0.0)], miners=miners))
    assert happened(results, "rescue_loan", "rescue_repaid", "facility_exhausted") == [
        ("2021-11-10", "rescue_loan", "m", 1_000_000.0),
        ("2021-12-10", "rescue_repaid", "m", 1_000_000.0),
        ("2022-02-01", "facility_exhausted", "fund", 0.0),
    ]


def test_two_funds_look_one_after_the_other(play: Play) -> None:
    results = play(book([fund("b", bill_days=70.0), fund("a", max_usd_per_miner=4_000.0)]))
    loans = [(giver, amount) for _, reason, giver, _, amount in moved(results, "rescue_loan")]
    assert loans == [("facility:a", 400_000.0), ("facility:b", 1_600_000.0 + 70 * 133)]  # the service of a's loan


@pytest.mark.parametrize(
    ("changes", "lends"),
    [
        ({}, True),
        ({"region": "texas"}, True),
        ({"region": "ohio"}, False),
        ({"max_debt_to_assets": 0.63}, True),  # 50,000 of debt, 50,000 of cash and five machines at 63 USD/TH
        ({"max_debt_to_assets": 0.60}, False),
        ({"bill_days": 50.0}, True),
        ({"bill_days": 49.0, "closes_date": date(2021, 11, 30)}, False),
        ({"opens_date": date(2022, 3, 1)}, False),
    ],
    ids=str,
)
def test_who_is_eligible(play: Play, changes: Row, lends: bool) -> None:
    asked = fund(**changes)
    closed = asked["bill_days"] == 50.0
    results = play(book([asked | ({"opens_date": date(2021, 12, 1)} if closed else {})]))
    assert bool(happened(results, "rescue_loan")) is lends


def test_with_the_channel_off_no_facility_does_anything(play: Play) -> None:
    facilities = [fund(), buyback()]
    off, bare = play(book(facilities), rescue=False), play(book([]))
    assert not happened(off, *FUND, "buyback")
    assert [row["spent_usd_mean"] for row in off.facilities.rows()] == [0.0, 0.0]
    hidden = {"digest"}
    for ours, theirs in zip(off.paths.rows(), bare.paths.rows(), strict=True):
        assert {k: v for k, v in ours.items() if k not in hidden} == {
            k: v for k, v in theirs.items() if k not in hidden
        }
    assert list(bare.facilities.rows()) == []


def test_a_share_of_miners_applies_and_always_the_same(play: Play) -> None:
    """One miner, many paths: it applies where its draw is below the share."""
    results = play(book([fund(take_up_share=0.25)]), paths=400)
    spent = [row["rescue_spent_usd"] for row in results.paths.rows()]
    seed = results.manifest["seed"]
    words = [_core.philox_block([seed, 2], [0, 0, 0, path])[0] for path in range(400)]
    draws = [((word >> 12) + 0.5) * 2**-52 for word in words]
    assert spent == [10_000.0 if draw < 0.25 else 0.0 for draw in draws]
    assert 70 <= sum(usd > 0 for usd in spent) <= 130


# -- buy-backs: a miner fails on 21 December, having missed the bills of the first


FAILS = {"cash_usd": 0.0}
FIELD = [fleet("m", machines=101)]


def failing(*facilities: Row, **changes: Any) -> hs.Book:
    return book(list(facilities), miners=[owner("m", **FAILS)], fleets=FIELD, **changes)


def test_a_buyback_takes_its_share_of_an_estates_offer_at_its_price(play: Play) -> None:
    results = play(failing(buyback(take_up_share=0.5)))
    assert happened(results, "buyback", "machine_sale", "facility_exhausted") == [
        ("2021-12-21", "buyback", "buyback", 50.0),
        ("2021-12-21", "machine_sale", "m-site", 51.0),
    ]
    assert moved(results, "buyback") == [
        ("2021-12-21", "buyback", "fleet:m-site", "facility:buyback", 50.0),
        ("2021-12-21", "buyback", "facility:buyback", "miner:m", 50 * 1_000_000.0),
    ]
    found = facility(results, "buyback")
    assert found["spent"] == 500_000.0
    last = {r["metric"]: r["mean"] for r in results.daily.rows() if r["day"] == 119}
    quick = min(last["asic_clearing_usd_per_th"], last["asic_index_usd_per_th"] * 0.9)
    assert found["held"] == pytest.approx(5_000 * quick, abs=0.01)


def test_a_buyback_that_runs_out_of_money_says_so_and_stops(play: Play) -> None:
    results = play(failing(buyback("a", capital_usd=205_000.0), buyback("b")))
    assert happened(results, "buyback", "facility_exhausted") == [
        ("2021-12-21", "buyback", "a", 20.0),
        ("2021-12-21", "facility_exhausted", "a", 0.0),
        ("2021-12-21", "buyback", "b", 81.0),
    ]


@pytest.mark.parametrize(
    ("changes", "buys"),
    [
        ({}, True),
        ({"region": "ohio"}, False),
        ({"price_usd_per_th": 10.0}, False),  # the market pays more
        ({"price_usd_per_th": None, "price_to_index": 0.999}, True),
        ({"price_usd_per_th": None, "price_to_index": 0.5}, False),
        ({"closes_date": date(2021, 12, 20)}, False),
        ({"closes_date": date(2021, 12, 21)}, True),
        ({"opens_date": date(2021, 12, 22)}, False),
    ],
    ids=str,
)
def test_when_a_buyback_buys(play: Play, changes: Row, buys: bool) -> None:
    assert bool(happened(play(failing(buyback(**changes))), "buyback")) is buys


def test_machines_bought_back_do_not_press_on_the_price_of_the_others(play: Play) -> None:
    """6,000 machines for sale, half of them bought back: the rest sells dearer, and so do all others from then on."""
    many = {"miners": [owner("m", **FAILS)], "fleets": [fleet("m", machines=6_000)]}
    calm, pressed = play(book([buyback(capital_usd=1e9, take_up_share=0.5)], **many)), play(book([], **many))
    each = []
    for results in (calm, pressed):
        (sold,) = (amount for *_, amount in moved(results, "machine_proceeds"))
        (machines,) = (amount for _, kind, _, amount in happened(results, "machine_sale") if kind)
        each.append(sold / machines)
    assert each[0] > each[1]
    low = [min(r["mean"] for r in x.daily.rows() if r["metric"] == "asic_clearing_usd_per_th") for x in (calm, pressed)]
    assert low[0] > low[1]


def test_a_lenders_lot_is_bought_back_up_to_the_claim_and_the_rest_is_the_miners(play: Play) -> None:
    """A loan of 300,000 without recourse, its 100 machines seized and dumped: a million is paid for them."""
    secured = {
        "collateral": "machines",
        "collateral_fleet": "m-site",
        "collateral_machines": 100,
        "recourse": "limited",
    }
    terms = secured | {"rate": 0.12, "outstanding_usd": 3e5, "first_payment_date": date(2021, 12, 15)}
    rows = {"loans": [loan("l", "m", "bank", **terms)], "fleets": [fleet("m", machines=100)], "policy": "dump"}
    poor = [owner("m", cash_usd=0.0, overhead_usd_per_month=0.0)]
    results = play(book([buyback(capital_usd=2e6)], miners=poor, **rows))
    assert happened(results, "loan_default", "seizure", "buyback", "machine_sale") == [
        ("2021-12-20", "loan_default", "l", 30_300_000.0),
        ("2021-12-25", "seizure", "l", 100.0),
        ("2021-12-26", "buyback", "buyback", 100.0),
    ]
    assert moved(results, "buyback", "machine_surplus") == [
        ("2021-12-26", "buyback", "lot:l", "facility:buyback", 100.0),
        ("2021-12-26", "buyback", "facility:buyback", "lender:bank", 30_300_000.0),
        ("2021-12-26", "machine_surplus", "facility:buyback", "miner:m", 69_700_000.0),
    ]
    assert loss(results) == 0.0


# -- what it is worth


def test_loss_avoided_per_dollar_is_the_difference_of_two_runs_over_what_was_spent(
    play: Play, edited: Callable[..., hs.Scenario]
) -> None:
    """Without help the grace of the bills of 1 February ends on the 21st and the miner fails, owing two millions."""
    of = book(
        [fund(bill_days=200.0, take_up_share=0.5, term_days=1000)],
        [loan("l", "m", "bank", outstanding_usd=2e6, **LATE)],
    )
    value = hs.rescue_value(of, scenario(edited), paths=40)
    on, off = play(of, paths=40), play(of, paths=40, rescue=False)
    lost = [[row["loss_usd"] for row in results.paths.rows()] for results in (on, off)]
    spent = [row["rescue_spent_usd"] for row in on.paths.rows()]
    avoided = [without - with_it for with_it, without in zip(*lost, strict=True)]
    assert 0 < sum(usd > 0 for usd in spent) < 40
    assert value.avoided_per_dollar.ratio == sum(avoided) / sum(spent) > 1
    assert value.avoided_per_dollar.se == 0.0  # each dollar is worth the same where it is lent
    assert value.avoided.usd == pytest.approx(sum(avoided) / 40)
    assert value.avoided.se_usd is not None
    assert value.miners_failed[0].mean < value.miners_failed[1].mean == 1.0
    text = str(value)
    for words in ("loss avoided per dollar spent", "fund", "40 paths"):
        assert words in text


def test_contributions_name_the_rescue(edited: Callable[..., hs.Scenario]) -> None:
    of = book([fund(bill_days=200.0, term_days=1000)], [loan("l", "m", "bank", outstanding_usd=2e6, **LATE)])
    found = {row.channel: row.contribution.usd for row in hs.contributions(of, scenario(edited), paths=8).channels}
    assert found["rescue"] < 0 == found["impact"]


def test_a_value_needs_facilities_and_the_channel(edited: Callable[..., hs.Scenario]) -> None:
    with pytest.raises(hs.UsageError, match="has no facilities"):
        hs.rescue_value(book([]), scenario(edited), paths=8)
    with pytest.raises(hs.UsageError, match="channel rescue is off"):
        hs.rescue_value(book([fund()]), scenario(edited).with_channels(rescue=False), paths=8)


def test_nothing_spent_has_no_ratio(edited: Callable[..., hs.Scenario]) -> None:
    value = hs.rescue_value(book([fund(opens_date=date(2022, 3, 1))]), scenario(edited), paths=8)
    assert value.avoided_per_dollar.ratio is None
    assert "nothing was spent" in str(value)


@pytest.mark.parametrize(
    ("name", "keys"),
    [("crisis-2022", ["binance-pool", "maple-icebreaker"]), ("crisis-2022:article", ["story-buyback", "story-fund"])],
)
def test_the_built_in_facilities_say_where_they_come_from(name: str, keys: list[str]) -> None:
    of = hs.Book.read(name)
    assert of.column("facilities", "facility") == keys
    for synthetic, source, assumption in zip(
        *(of.column("facilities", name) for name in ("synthetic", "source", "assumption")), strict=True
    ):
        assert assumption
        assert bool(source) is not synthetic


def test_the_command_prints_what_the_facilities_cost(cli: Callable[..., Any]) -> None:
    answer = cli("rescue", "crisis-2022", "--paths", "8")
    assert answer.exit_code == 0, answer.output
    assert "loss avoided per dollar spent" in answer.output
    assert "maple-icebreaker" in answer.output
    failed = [line for line in answer.output.splitlines() if " failed " in line]
    assert [line.count("±") for line in failed] == [2, 2]


def test_the_summary_names_facilities_where_there_are_any(play: Play) -> None:
    assert "Rescue funds and buy-backs" in play(book([fund()])).summary()
    assert "Rescue funds and buy-backs" not in play(book([])).summary()


def test_what_a_facility_spent_can_be_claimed(edited: Callable[..., hs.Scenario]) -> None:
    claim = '[[claims]]\nsystem = "rescue"\nclaim = "all"\nfigure = 10000.0\ntolerance = 1.0\nsource = "none"\nmeasure = "rescue_spent"\n'

    def judged(of: hs.Book, key: str) -> Verdict:
        told = scenario(edited, "[impact]", f'{claim}entity = "{key}"\n\n[impact]')
        (found,) = hs.check_claims(hs.run(of, told, paths=8, worst=0), of, told)
        return found

    assert (judged(book([fund()]), "fund").ours.value, judged(book([fund()]), "fund").verdict) == (
        10_000.0,
        "reproduced",
    )
    assert judged(book([]), "fund").verdict == "not modelled"
    with pytest.raises(hs.ScenarioError, match="no facility 'found'; did you mean 'fund'"):
        judged(book([fund()]), "found")


# -- why a fund can cost creditors: docs/model/rescue.md#does-a-fund-help-creditors


def lender_got(results: hs.Results) -> float:
    return sum(
        amount for _, _, _, to, amount in moved(results, "estate", "interest", "principal") if to == "lender:bank"
    )


def test_a_senior_fund_takes_from_the_estate_what_creditors_would_have_had(play: Play) -> None:
    """It carries the miner over the bills of December, brings it down when it is not repaid, and is paid first."""
    debts, poor = [loan("l", "m", "bank", outstanding_usd=2e6, **LATE)], [owner("m", cash_usd=2e4)]
    helped = play(book([fund(bill_days=40.0, term_days=60, rank="senior")], debts, poor), impact=False)
    alone = play(book([], debts, poor), impact=False)
    assert happened(helped, "miner_default") == [("2022-01-09", "miner_default", "m", 0.0)]
    assert happened(alone, "miner_default") == [("2022-01-21", "miner_default", "m", 0.0)]
    assert loss(helped) > loss(alone)
    assert lender_got(helped) < lender_got(alone)


def test_even_a_junior_fund_costs_creditors_the_fall_of_the_machines_while_it_keeps_the_miner_alive(play: Play) -> None:
    """A month longer in a falling market; the fund pays more bills than it saves the estate."""
    debts, poor = [loan("l", "m", "bank", outstanding_usd=2e6, **LATE)], [owner("m", cash_usd=0.0)]
    falling = ('["2022-02-28", 30000.0]', '["2022-02-28", 5000.0]')
    of = {"loans": debts, "miners": poor, "fleets": [fleet("m", machines=300)]}
    helped = play(book([fund(bill_days=40.0, term_days=1000, rank="junior")], **of), *falling, impact=False)
    alone = play(book([], **of), *falling, impact=False)
    assert happened(helped, "miner_default") == [("2022-01-21", "miner_default", "m", 0.0)]
    assert happened(alone, "miner_default") == [("2021-12-21", "miner_default", "m", 0.0)]
    assert loss(helped) > loss(alone)
    assert lender_got(helped) < lender_got(alone)
