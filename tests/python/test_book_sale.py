"""Loans of a failed lender bought by other lenders, on a book small enough to reckon by hand. Page: docs/model/lenders.md"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import hashstress as hs
import pytest

from tests.python.test_lenders import MACHINES, Row, book, claim, event, happened, lender, loan, play

__all__ = ["play"]  # a fixture

Play = Callable[..., hs.Results]
FAILS = event("2021-11-10", "a", "fail")
SOLD = "2021-11-30"  # twenty days later
PRICE = 1_850_000.0  # 37 % of 50,000 USD
POOR = {"cash_usd": 1e4}  # enough for interest, not for the loan
DEAD = ("miner_default", "loan_default", "repurchase")


def seller(key: str = "a", **changes: Any) -> Row:
    return lender(key, book_sale_days=20, book_sale_price=0.37) | changes


def buyer(key: str, cover: float | None = 1.0, **changes: Any) -> Row:
    return lender(key, book_buy_cover=cover) | changes


def rigs(key: str = "l", **changes: Any) -> Row:
    """50,000 USD of lender a on a hundred machines worth some 600,000."""
    return loan(key, "m", "a", **MACHINES) | changes


def world(*lenders: Row, loans: list[Row] | None = None, claims: tuple[Row, ...] = (), **of_miner: Any) -> hs.Book:
    """a sells; who else there is buys or does not; the borrower cannot."""
    return book([seller(), *lenders], loans or [rigs()], claims, **POOR | of_miner)


def postings(results: hs.Results, *reasons: str) -> list[tuple[str, str, str, str, float]]:
    return [
        (row["date"].isoformat(), row["reason"], row["from_account"], row["to_account"], row["amount"])
        for row in results.ledger.rows()
        if row["reason"] in reasons
    ]


def losses(results: hs.Results) -> dict[str, float]:
    """By lender, USD; together they are what the loans lost."""
    found = {row["lender"]: float(row["loss_usd_mean"]) for row in results.lenders.rows()}
    assert sum(found.values()) == pytest.approx(sum(row["el_usd"] for row in results.loans.rows()), abs=1e-6)
    return found


def bought(results: hs.Results) -> list[tuple[str, str, str, float]]:
    """Day, from whom, by whom and for how many cents."""
    return [(day, to, giver, cents) for day, _, giver, to, cents in postings(results, "book_sale")]


def lives(play: Play, of: hs.Book, key: str, day: str, usd: float, toml: str = FAILS) -> bool:
    """Whether a lender has equity for a loss on a day."""
    return key not in [row[2] for row in happened(play(of, toml + event(day, key, "loss", usd)), "lender_failure")]


def has_equity(play: Play, of: hs.Book, key: str, day: str, usd: float, toml: str = FAILS) -> bool:
    """Whether it is this much, to the cent."""
    return lives(play, of, key, day, usd, toml) and not lives(play, of, key, day, usd + 0.01, toml)


def test_a_loan_goes_to_a_lender_when_its_borrower_cannot_pay(play: Play) -> None:
    results = play(world(buyer("b")), FAILS)
    assert happened(results, "book_sale", "repurchase") == [(SOLD, "book_sale", "l", PRICE)]
    assert bought(results) == [(SOLD, "lender:a", "lender:b", PRICE)]
    assert losses(results) == {"a": 31_500.0, "b": -31_500.0}
    (row,) = results.loans.rows()
    assert (row["lender"], row["pd"], row["el_usd"]) == ("a", 0.0, 0.0)


def test_its_borrower_comes_first(play: Play) -> None:
    for cash in (18_500.0, 1e6):
        results = play(world(buyer("b"), cash_usd=cash), FAILS)
        assert happened(results, "book_sale", "repurchase") == [(SOLD, "repurchase", "l", PRICE)]
        assert losses(results) == {"a": 31_500.0, "b": 0.0}
    assert happened(play(world(buyer("b"), cash_usd=18_499.99), FAILS), "book_sale")


@pytest.mark.parametrize(
    ("of_b", "more", "takes"),
    [
        ({}, "", "b"),
        ({"book_buy_cover": None}, "", "c"),
        ({"book_buy_cover": 100.0}, "", "c"),
        ({"book_buy_cover": 0.0}, "", "b"),
        ({"cash_usd": 18_500.0, "equity_usd": 1_000.0}, "", "b"),
        ({"cash_usd": 18_499.99, "equity_usd": 1_000.0}, "", "c"),
        ({}, event("2021-11-20", "b", "fail"), "c"),
        ({}, event(SOLD, "b", "fail"), "c"),  # earlier on the same day
        ({"stop_equity_share": 0.41}, "", "c"),
        ({"stop_equity_share": 0.4}, "", "b"),
        ({"stop_equity_share": 0.5, "tighten_equity_share": 0.41}, "", "c"),
    ],
)
def test_the_first_lender_that_wants_it_and_can_pay(play: Play, of_b: Row, more: str, takes: str) -> None:
    """The machines are worth some 30 times the price, which b and c have in cash."""
    results = play(world(buyer("b") | of_b, buyer("c")), FAILS + more)
    assert bought(results) == [(SOLD, "lender:a", f"lender:{takes}", PRICE)]


def test_a_lender_that_has_tightened_and_lends_again_buys_nothing(play: Play) -> None:
    """A loss of 1,500 leaves 25.9 % of equity on 12 November, interest of 1,000 makes it 26.4 %: it lends again, and stays tightened."""
    own = loan("k", "m", "b", rate=0.24, first_payment_date=date(2021, 11, 15), **MACHINES | {"collateral_machines": 1})
    loss = FAILS + event("2021-11-12", "b", "loss", 1_500.0)
    for tighten, buys in ((0.26, False), (0.2, True)):
        thin = buyer("b", stop_equity_share=0.26, tighten_equity_share=tighten)
        results = play(world(thin, loans=[rigs(collateral_machines=99), own]), loss)
        assert [row[0] for row in happened(results, "lending_stopped", "lending_resumed")] == [
            "2021-11-12",
            "2021-11-15",
        ]
        assert bool(bought(results)) == buys


def mark(results: hs.Results) -> float:
    """What a hundred machines would bring on the day of the sale, cents: a tenth below the index, or at what single ones clear at."""
    usd = {
        row["metric"]: row["mean"]
        for row in results.daily.rows()
        if row["date"].isoformat() == SOLD and row["metric"].startswith("asic_")
    }
    return 100 * 100 * min(usd["asic_clearing_usd_per_th"], 0.9 * usd["asic_index_usd_per_th"]) * 100


def test_the_machines_must_cover_the_price(play: Play) -> None:
    cover = mark(play(world(buyer("b")), FAILS)) / PRICE
    assert 10 < cover < 100
    assert bought(play(world(buyer("b", cover * 0.999999)), FAILS))
    assert not bought(play(world(buyer("b", cover * 1.000001)), FAILS))


@pytest.mark.parametrize(("funding_rate", "kept"), [(0.0, 0.0), (0.12, 815.0)])
def test_a_buyer_keeps_a_month_of_what_leaves(play: Play, funding_rate: float, kept: float) -> None:
    """Assets of 100,000 of which 18,500 are equity: funding of 81,500 costs 815 a month at 12 %."""
    need = PRICE / 100 + kept
    terms = {"funding_rate": funding_rate, "other_assets_usd": 100_000.0 - need}
    for cash, takes in ((need, 1), (need - 0.01, 0)):
        one = buyer("b", cash_usd=cash, equity_usd=18_500.0 - (need - cash), **terms)
        assert len(bought(play(world(one), FAILS))) == takes, cash


def test_who_wants_it_not_leaves_it_with_the_estate(play: Play) -> None:
    paid = [rigs(rate=0.12)]
    for nobody in ((), (buyer("b", None),), (buyer("b", 100.0),)):
        results = play(world(*nobody, loans=paid), FAILS)
        assert not bought(results)
        assert [row[3] for row in postings(results, "interest")] == ["lender:a"] * 3  # December to February
        assert set(losses(results).values()) == {0.0}


def test_loans_are_bought_in_order_while_the_cash_lasts(play: Play) -> None:
    """37,000 USD of cash buy two of three; the second buyer has the third; what no machines secure is not for sale."""
    three = [rigs(key, collateral_machines=30) for key in ("x", "y", "z")]
    three.append(loan("n", "m", "a", grace_days=30))
    results = play(world(buyer("b", cash_usd=3.7e4), buyer("c"), loans=three), FAILS)
    assert [(row[2], row[3]) for row in happened(results, "book_sale")] == [("x", PRICE), ("y", PRICE), ("z", PRICE)]
    assert [row[2] for row in bought(results)] == ["lender:b", "lender:b", "lender:c"]


def test_what_is_paid_later_is_the_buyers(play: Play) -> None:
    paying = [rigs(rate=0.12, amortisation="linear", maturity_date=date(2022, 3, 15), outstanding_usd=4_000.0)]
    income = {"cash_usd": 1_400.0, "other_income_usd_per_month": 1_100.0}
    results = play(world(buyer("b"), loans=paying, **income), FAILS)
    assert [row[1:] for row in postings(results, "interest", "principal")] == [
        ("interest", "miner:m", "lender:b", 4_000.0),
        ("principal", "miner:m", "lender:b", 100_000.0),
        ("interest", "miner:m", "lender:b", 3_000.0),
        ("principal", "miner:m", "lender:b", 100_000.0),
        ("interest", "miner:m", "lender:b", 2_000.0),
        ("principal", "miner:m", "lender:b", 100_000.0),
    ]
    kind = rigs(rate=0.12, amortisation="payment_in_kind")  # what joins the principal joins the buyer's book
    assert has_equity(play, world(buyer("b"), loans=[kind]), "b", "2021-12-20", 40_500.0)


def test_arrears_go_with_the_loan(play: Play) -> None:
    """600 USD fell due on 15 November and were not paid: 37 % of 50,600, and the buyer has them in December, with 400 of the next."""
    late = [rigs(rate=0.144, first_payment_date=date(2021, 11, 15), grace_days=30, recourse="limited")]
    results = play(world(buyer("b"), loans=late, cash_usd=0.0, other_income_usd_per_month=1e3), FAILS)
    assert bought(results) == [(SOLD, "lender:a", "lender:b", round(5_060_000 * 0.37))]
    assert postings(results, "interest")[:2] == [
        ("2021-12-15", "interest", "miner:m", "lender:b", 60_000.0),  # the grace ends
        ("2021-12-15", "interest", "miner:m", "lender:b", 40_000.0),
    ]
    assert losses(results)["a"] == 50_600 - 18_722


def test_default_interest_up_to_the_day_is_in_the_price(play: Play) -> None:
    late = rigs(rate=0.144, first_payment_date=date(2021, 11, 15), grace_days=30, default_interest_rate=0.36)
    results = play(world(buyer("b"), loans=[late], cash_usd=0.0), FAILS)
    assert bought(results)[0][3] == round((5_060_000 + 900) * 0.37)  # 15 days at 36 % a year on 600


DUE = {"amortisation": "bullet", "first_payment_date": date(2021, 12, 15), "maturity_date": date(2021, 12, 15)}
LOST = [rigs(recourse="limited", **DUE)]  # 10,000 of 50,000 are paid


def test_a_default_is_the_buyers_with_its_seizure_and_its_policy(play: Play) -> None:
    slow = buyer("b", seizure_days=9, policy="dumps")
    dumps = '\n[policies.dumps]\nhold_days = 30\nrules = [{ action = "dump" }]\n'
    results = play(world(slow, loans=LOST), FAILS + dumps)
    assert [row[0] for row in happened(results, "loan_default", "seizure", "machine_sale")] == [
        "2021-12-20",
        "2021-12-29",
        "2021-12-30",
    ]
    assert {row[3] for row in postings(results, "machine_proceeds")} == {"lender:b"}
    (row,) = results.loans.rows()
    assert (row["ead_usd"], row["el_usd"]) == (40_000.0, 0.0)
    assert losses(results) == {"a": 31_500.0, "b": -31_500.0}


def test_a_buyer_may_lose_on_it_too(play: Play) -> None:
    """Of 5 million there is nothing but the machines: a has lost what b paid less, b what is not covered."""
    large = [rigs(recourse="limited", outstanding_usd=5e6, **DUE)]
    results = play(world(buyer("b", 0.1, cash_usd=1.9e6), loans=large), FAILS)
    (row,) = results.loans.rows()
    lost = losses(results)
    assert lost["a"] == 5e6 * 0.63
    assert lost["b"] == row["el_usd"] - 5e6 * 0.63
    assert row["el_usd"] > 4e6


@pytest.mark.parametrize(
    ("of_b", "told"),
    [
        ({"forbear_days": 20}, ["forbearance"]),
        ({"swap_cover": 2.0}, ["debt_swap"]),
        ({"swap_cover": 50.0}, []),
        ({}, []),
    ],
)
def test_the_buyer_chooses_what_becomes_of_a_loan_that_goes_wrong(play: Play, of_b: Row, told: list[str]) -> None:
    """Whatever a would have done, which waits for nobody and swaps nothing."""
    results = play(world(buyer("b", **of_b), loans=[rigs(**DUE)]), FAILS)
    assert [row[1] for row in happened(results, "forbearance", "debt_swap")] == told
    patient = book([seller(forbear_days=20), buyer("b")], [rigs(**DUE)], **POOR)
    assert not happened(play(patient, FAILS), "forbearance")


def test_a_loan_is_not_waited_for_twice(play: Play) -> None:
    """It was forborne before the sale; the buyer would wait too."""
    due = rigs(**DUE | {"first_payment_date": date(2021, 11, 12), "maturity_date": date(2021, 11, 12)})
    both = book([seller(forbear_days=40), buyer("b", forbear_days=40)], [due], **POOR)
    results = play(both, event("2021-11-20", "a", "fail"))
    assert [row[0] for row in happened(results, "forbearance")] == ["2021-11-17"]
    assert [row[0] for row in bought(results)] == ["2021-12-10"]
    assert [row[0] for row in happened(results, "loan_default")] == ["2021-12-27"]


def test_an_estate_pays_the_buyer(play: Play) -> None:
    """10,000 of 50,000 are paid before the miner fails; forty machines that are not pledged bring the rest."""
    results = play(world(buyer("b", seizure_days=60), loans=[rigs(collateral_machines=60, **DUE)]), FAILS)
    paid = [row[1:] for row in postings(results, "principal", "estate")]
    assert paid == [
        ("principal", "miner:m", "lender:b", 1_000_000.0),
        ("estate", "miner:m", "lender:b", 4_000_000.0),
    ]
    assert losses(results) == {"a": 31_500.0, "b": -31_500.0}


def response(kind: str, **terms: Any) -> Row:
    row = {"response": "r", "miner": "m", "kind": kind, "trigger": "btc_below", "threshold": 1e6, "loan": "l"}
    return row | {"from_date": date(2021, 12, 1)} | terms


@pytest.mark.parametrize(
    ("of_a", "of_b", "told"), [(None, 100.0, "renegotiation"), (100.0, None, "renegotiation_refused")]
)
def test_the_buyer_is_asked_for_new_terms(play: Play, of_a: float | None, of_b: float | None, told: str) -> None:
    """Sixteen days of interest at 12 % would join the principal; what is due next is due to b in either case."""
    asks = response("renegotiate", term_months=24)
    banks = [seller(amend_cover=of_a), buyer("b", amend_cover=of_b)]
    results = play(book(banks, [rigs(rate=0.12)], responses=(asks,), **POOR), FAILS)
    owed = 5_026_667.0  # 16 days
    assert happened(results, "renegotiation", "renegotiation_refused") == [("2021-12-01", told, "l", owed)]
    paid = postings(results, "interest")
    assert {row[3] for row in paid} == {"lender:b"}
    assert paid[0][0] == ("2022-01-01" if of_b else "2021-12-15")


def test_what_is_repaid_early_is_the_buyers(play: Play) -> None:
    pays = response("prepay", share=0.5)
    results = play(book([seller(), buyer("b")], [rigs()], responses=(pays,), **POOR), FAILS)
    assert postings(results, "principal") == [("2021-12-01", "principal", "miner:m", "lender:b", 500_000.0)]


def test_the_buyer_stands_behind_a_line(play: Play) -> None:
    """A line of 80,000 with 50,000 drawn; 20,000 more are due elsewhere: b lends, unless it has stopped by then."""
    line = rigs(credit_line_usd=8e4)
    other = loan("o", "m", "d", amortisation="bullet", outstanding_usd=2e4, maturity_date=date(2021, 12, 15))
    of = world(buyer("b"), lender("d"), loans=[line, other])
    assert [row[1:] for row in postings(play(of, FAILS), "draw")] == [("draw", "lender:b", "miner:m", 1_000_000.0)]
    poor = world(buyer("b", cash_usd=2e4, equity_usd=1e3), lender("d"), loans=[line, other])
    assert [row[4] for row in postings(play(poor, FAILS), "draw")] == [150_000.0]  # 20,000 - 18,500
    fails = FAILS + event("2021-12-10", "b", "fail")
    assert not postings(play(of, fails), "draw")


def test_a_buyer_that_fails_sells_by_its_own_terms(play: Play) -> None:
    fails = FAILS + event("2021-12-05", "b", "fail")
    own = buyer("b", book_sale_days=3, book_sale_price=0.25)
    results = play(world(own, buyer("c"), lender("d")), fails)
    assert bought(results) == [
        (SOLD, "lender:a", "lender:b", PRICE),
        ("2021-12-08", "lender:b", "lender:c", 1_250_000.0),
    ]
    assert losses(results) == {"a": 31_500.0, "b": 6_000.0, "c": -37_500.0, "d": 0.0}
    kept = play(world(buyer("b"), buyer("c")), fails)  # a buyer without terms of its own keeps it
    assert [row[2] for row in bought(kept)] == ["lender:b"]
    again = play(world(own, buyer("c"), other_income_usd_per_month=1e4), fails)  # by then its borrower can
    assert happened(again, "repurchase") == [("2021-12-08", "repurchase", "l", 1_250_000.0)]
    assert losses(again) == {"a": 31_500.0, "b": 6_000.0, "c": 0.0}


def test_a_sale_leaves_the_buyers_equity_as_it_was(play: Play) -> None:
    """40,000 on the day before and after; with the price in cash it has 50,000 of book and 31,500 less of other assets."""
    of = world(buyer("b"))
    for day in ("2021-11-29", SOLD, "2021-12-01"):
        assert has_equity(play, of, "b", day, 40_000.0), day


def test_the_discount_is_earned_when_the_loan_is_repaid(play: Play) -> None:
    """Half of it pays the 18,500 back, and 6,500 more; the other half is all gain."""
    terms = {"amortisation": "linear", "first_payment_date": date(2021, 12, 15), "maturity_date": date(2022, 1, 15)}
    of = world(buyer("b"), loans=[rigs(**terms)], cash_usd=1.8e4, other_income_usd_per_month=3e4)
    fails = event("2021-11-08", "a", "fail")  # sold before the income of December
    assert bought(play(of, fails))
    assert has_equity(play, of, "b", "2021-12-20", 46_500.0, fails)
    assert has_equity(play, of, "b", "2022-01-20", 71_500.0, fails)


def test_a_default_earns_nothing_before_the_machines_are_sold(play: Play) -> None:
    """At the default the book loses 40,000 of which 31,500 were held against it; machines are marked at the 8,500 left of the cost. They
    bring the claim of 40,000 once they are sold."""
    of = world(buyer("b", seizure_days=30), loans=LOST)
    for day in ("2021-12-19", "2021-12-21", "2022-01-10"):
        assert has_equity(play, of, "b", day, 40_000.0), day
    dumps = '\n[policies.dumps]\nhold_days = 30\nrules = [{ action = "dump" }]\n'
    sold = world(buyer("b", seizure_days=2, policy="dumps"), loans=LOST)
    assert has_equity(play, sold, "b", "2022-01-10", 71_500.0, FAILS + dumps)


def test_the_discount_ends_with_a_sale_to_others(play: Play) -> None:
    """b fails with a loan of 50,000 that cost it 18,500 and owes c 200,000. What it gets for the loan counts when claims on it are cleared
    again, because d fails too."""
    fails = FAILS + event("2021-12-05", "b", "fail")

    def loss(price: float, **of_m: Any) -> float:
        banks = [buyer("b", book_sale_days=3, book_sale_price=price, other_assets_usd=4e4)]
        banks += [buyer("c", equity_usd=1.5e5), lender("d")]
        of = world(*banks, claims=(claim("c", "b", 2e5),), **of_m)
        results = play(of, fails + event("2021-12-09", "d", "fail"))
        return float(next(row for row in results.lenders.rows() if row["lender"] == "c")["exposure_loss_usd_mean"])

    # b has 81,500 in cash and 40,000 of other assets, less 31,500 while it holds the loan; nobody else is owed
    assert loss(0.2, cash_usd=0.0) == 200_000 - (81_500 + 10_000 + 40_000)  # c buys
    assert loss(0.2, other_income_usd_per_month=1e4) == 200_000 - (81_500 + 10_000 + 40_000)  # the borrower does
    assert loss(0.0, cash_usd=0.0) == 200_000 - (81_500 + 40_000)  # it has it for nothing


def test_a_price_of_nothing_moves_the_loan_without_a_posting(play: Play) -> None:
    owing = {"overhead_usd_per_month": 2e4, "essential_share": 1.0, "bills_grace_days": 60}
    free = book([seller(book_sale_price=0.0, book_sale_days=22), buyer("b", 5.0)], [rigs()], cash_usd=0.0, **owing)
    results = play(free, FAILS)
    assert happened(results, "book_sale", "repurchase") == [("2021-12-02", "book_sale", "l", 0.0)]
    assert not bought(results)
    assert losses(results)["b"] == -50_000.0


def test_a_lender_is_told_of_what_it_bought(play: Play) -> None:
    of = world(
        buyer("b", 0.1, seizure_days=9),
        buyer("c"),
        loans=[LOST[0] | {"collateral_machines": 99}, rigs("k", collateral_machines=1)],
    )
    results = play(of, FAILS)
    told = {
        key: {(row["kind"], row["entity"]) for row in hs.explain(results, path=0, book=of, **{kind: key}).event_rows()}
        for kind, key in (("lender", "b"), ("lender", "c"), ("loan", "l"))
    }
    assert {("book_sale", "l"), ("book_sale", "k"), ("loan_default", "l")} <= told["b"]
    assert not told["c"]
    assert {entity for _, entity in told["l"]} <= {"l", "m", "a", "b", "m-site"}
    paid = [row for row in hs.explain(results, path=0, book=of, loan="l").posting_rows() if "lender:b" in row.values()]
    assert [row["reason"] for row in paid] == ["book_sale", "book_sale", "principal", "machine_proceeds"]


def test_the_order_of_rows_does_not_matter(play: Play) -> None:
    rows = [seller(), buyer("b", book_sale_days=3, book_sale_price=0.25), buyer("c")]
    loans = [rigs("x", collateral_machines=50), rigs("y", collateral_machines=40, rate=0.1)]
    fails = FAILS + event("2021-12-05", "b", "fail")
    one, other = (play(book(banks, owed, **POOR), fails) for banks, owed in ((rows, loans), (rows[::-1], loans[::-1])))
    assert one.manifest["results_digest"] == other.manifest["results_digest"]
    assert len(bought(one)) == 4


@pytest.mark.parametrize(
    ("cover", "code"),
    [(-0.1, "out_of_range"), (100.1, "out_of_range"), (float("nan"), "not_finite"), ("low", "wrong_type")],
)
def test_a_cover_that_is_none_is_refused(cover: Any, code: str) -> None:
    with pytest.raises(hs.InputError) as refused:
        book([buyer("b", cover), lender("a")][: 1 if code == "wrong_type" else 2], [loan("l", "m", "b")])
    problem = refused.value.problems[0]
    assert (problem.code, problem.table, problem.column) == (code, "lenders", "book_buy_cover")


def test_a_cover_fits_any_book() -> None:
    """Also one in which nobody sells, and a lender that sells itself."""
    assert book([buyer("a"), buyer("b", 100.0, book_sale_days=3, book_sale_price=0.5)], [rigs()])
