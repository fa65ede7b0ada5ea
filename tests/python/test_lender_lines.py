"""Credit lines between lenders, on books small enough to reckon by hand. Page: docs/model/exposures.md#credit-lines"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hashstress as hs
import pytest

from tests.python.test_lenders import Row, book, claim, event, happened, lender, loan, play

__all__ = ["play"]
Play = Callable[..., hs.Results]
TOLD = ("lender_draw", "lender_withdrawal", "lender_failure", "exposure_loss")


def line(creditor: str, debtor: str, limit: float | None, drawn: float = 0.0) -> Row:
    return claim(creditor, debtor, drawn) | {"line_usd": limit}


def of(*lines: Row, **changes: Any) -> hs.Book:
    """a with 100k of cash and a loan of 50k, and b and c that may lend to it."""
    return book([lender("a", **changes), lender("b"), lender("c")], [loan("l", "m", "a")], lines)


def test_a_lender_short_of_cash_draws_and_lives(play: Play) -> None:
    """120k are withdrawn: 100k are there, 20k come from b. Without the line, or with its channel off, a fails with 100k paid."""
    asked = event("2021-11-10", "a", "withdrawal", 1.2e5)
    drawn = play(of(line("b", "a", 5e4)), asked)
    assert happened(drawn, *TOLD) == [
        ("2021-11-10", "lender_draw", "a", 2_000_000.0),
        ("2021-11-10", "lender_withdrawal", "a", 12_000_000.0),
    ]
    moved = [row for row in drawn.ledger.rows() if row["reason"] == "lender_draw"]
    assert [(row["from_account"], row["to_account"], row["amount"]) for row in moved] == [
        ("lender:b", "lender:a", 2_000_000.0)
    ]
    for alone in (play(of(), asked), play(of(line("b", "a", 5e4)), asked, lender_lines=False)):
        assert [row[1:] for row in happened(alone, *TOLD)] == [
            ("lender_withdrawal", "a", 10_000_000.0),
            ("lender_failure", "a", 0.0),
        ]


def test_what_was_drawn_is_a_claim_that_clears(play: Play) -> None:
    """a draws all of 50k, pays 150k of 160k and fails; a loss of 40k has left 10k of its 50k of loans, and nobody but b is owed."""
    shock = event("2021-11-10", "a", "loss", 4e4) + event("2021-11-10", "a", "withdrawal", 1.6e5)
    results = play(of(line("b", "a", 5e4)), shock)
    assert happened(results, *TOLD) == [
        ("2021-11-10", "lender_draw", "a", 5_000_000.0),
        ("2021-11-10", "lender_withdrawal", "a", 15_000_000.0),
        ("2021-11-10", "lender_failure", "a", 0.0),
        ("2021-11-10", "exposure_loss", "b", 4_000_000.0),
    ]
    rows = {row["lender"]: row for row in results.lenders.rows()}
    assert [rows[key]["exposure_loss_usd_mean"] for key in "abc"] == [0.0, 40_000.0, 0.0]


def test_givers_are_asked_in_order_up_to_limit_and_cash(play: Play) -> None:
    """b has 30k left on its line, c 100k of cash behind a line of 200k: 170k are paid by a with 100k, 30k and 40k."""
    lines = (line("c", "a", 2e5), line("b", "a", 4e4, 1e4))
    results = play(of(*lines), event("2021-11-10", "a", "withdrawal", 1.7e5))
    assert [row[3] for row in happened(results, "lender_draw")] == [3_000_000.0, 4_000_000.0]
    short = play(of(*lines), event("2021-11-10", "a", "withdrawal", 3e5))
    assert [row[3] for row in happened(short, "lender_draw")] == [3_000_000.0, 10_000_000.0]
    assert [row[2] for row in happened(short, "lender_failure")] == ["a", "c"]  # c's claim of 100k is worth 50k of 140k
    twice = event("2021-11-10", "a", "withdrawal", 1.2e5) + event("2021-11-12", "a", "withdrawal", 2e4)
    assert [row[3] for row in happened(play(of(*lines), twice), "lender_draw")] == [2e6, 1e6, 1e6]


@pytest.mark.parametrize(
    ("taker", "giver", "shock"),
    [
        ({"stop_equity_share": 0.2, "tighten_equity_share": 0.2}, {}, "a"),
        ({}, {"stop_equity_share": 0.39, "tighten_equity_share": 0.39}, "b"),
        ({}, {"stop_equity_share": 0.39}, "b"),
        ({}, {}, "b fails"),
    ],
)
def test_lines_are_withdrawn_when_either_side_is_in_trouble(play: Play, taker: Row, giver: Row, shock: str) -> None:
    """a has 40k of equity behind 150k, b behind 100k; a loss of 15k is enough for either to be short."""
    banks = [lender("a", **taker), lender("b", **giver)]
    lined = book(banks, [loan("l", "m", "a")], (line("b", "a", 5e4),))
    asked = event("2021-11-10", "a", "withdrawal", 1.2e5)
    before = event("2021-11-08", shock[0], "fail") if "fails" in shock else event("2021-11-08", shock, "loss", 1.5e4)
    assert happened(play(lined, asked), "lender_draw")
    assert not happened(play(lined, before + asked), "lender_draw")
    assert "a" in [row[2] for row in happened(play(lined, before + asked), "lender_failure")]


def test_a_giver_that_resumes_lending_gives_again(play: Play) -> None:
    """b stops with 25k of equity behind 85k, and lends again when 40k of its funding have left: 25k behind 45k."""
    banks = [lender("a"), lender("b", stop_equity_share=0.39)]
    lined = book(banks, [loan("l", "m", "a")], (line("b", "a", 3e4),))
    stopped = event("2021-11-08", "b", "loss", 1.5e4)
    left = event("2021-11-09", "b", "withdrawal", 4e4)
    results = play(lined, stopped + left + event("2021-11-11", "a", "withdrawal", 1.2e5))
    assert [row[1] for row in happened(results, "lending_stopped", "lending_resumed", "lender_draw")] == [
        "lending_stopped",
        "lending_resumed",
        "lender_draw",
    ]


def test_runs_funding_and_roll_off_draw_too(play: Play) -> None:
    """a has no cash of its own: what leaves it is drawn, to the cent."""
    poor = {"cash_usd": 0.0, "equity_usd": 4e4, "other_assets_usd": 1e5}
    run = play(of(line("b", "a", 1e5), **poor, demand_share=1.0, run_own=0.4), event("2021-11-10", "a", "loss", 1e4))
    assert happened(run, "lender_draw", "lender_run")[:2] == [
        ("2021-11-10", "lender_draw", "a", 1_100_000.0),
        ("2021-11-10", "lender_run", "a", 1_100_000.0),
    ]
    cost = play(of(line("b", "a", 1e5), **poor, funding_rate=0.12))
    assert happened(cost, "lender_draw")[0] == ("2021-12-01", "lender_draw", "a", 110_000.0)
    rolled = of(line("b", "a", 1e5), **poor, stop_equity_share=0.27, term_share_per_month=0.5)
    assert happened(play(rolled), "lender_draw", "lender_roll_off")[:2] == [
        ("2021-12-01", "lender_draw", "a", 5_500_000.0),
        ("2021-12-01", "lender_roll_off", "a", 5_500_000.0),
    ]


def test_a_line_nobody_draws_on_changes_nothing(play: Play) -> None:
    shock = event("2021-11-10", "a", "loss", 6e4)
    plain, lined = of(claim("b", "a", 1e4)), of(line("b", "a", 1e6, 1e4), line("c", "b", 5.0))
    digests = {play(each, shock).manifest["results_digest"] for each in (plain, lined)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (line("a", "b", 5.0, 6.0), "line_usd", "at least amount_usd"),
        (line("a", "b", 0.0), "line_usd", "0.01"),
        (line("a", "b", -1.0), "line_usd", "number"),
        (line("a", "b", float("nan"), 1.0), "line_usd", "number"),
        (line("a", "b", float("inf"), 1.0), "line_usd", "number"),
        (line("a", "b", None), "amount_usd", "line_usd beside it"),
        (line("a", "b", 5.0, -1.0), "amount_usd", "number"),
    ],
)
def test_what_is_refused_has_its_place(row: Row, column: str, message: str) -> None:
    with pytest.raises(hs.InputError, match=message) as refused:
        book([lender("a"), lender("b")], [loan("l", "m", "a")], (claim("b", "a", 1.0), row))
    assert [(problem.table, problem.row, problem.column) for problem in refused.value.problems] == [
        ("exposures", 2, column)
    ]


def test_a_line_of_another_type_is_refused() -> None:
    with pytest.raises(hs.InputError, match="line_usd"):
        book([lender("a"), lender("b")], [loan("l", "m", "a")], (line("a", "b", "much"),))  # type: ignore[arg-type]
