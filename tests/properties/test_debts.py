"""Nothing is lost of what is lent: principal, what comes back and what is lost, and the two states that keep a debt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.properties.economy import Economy, Played
from tests.properties.law import law
from tests.properties.strategies import BULLETS, economies
from tests.properties.test_conservation import kind

AMONG_THEMSELVES = ("host_income", "lender_draw", "book_sale")  # what lenders are paid, and not by their debtors


def with_lines(economy: Economy) -> Economy:
    """With a line half again as large as what is owed on all loans that may have one."""
    return economy.each(
        "loans",
        lambda row: row["amortisation"] in BULLETS,
        credit_line_usd=lambda row: round(1.5 * row["outstanding_usd"], 2),
    )


def owed_at_first(economy: Economy) -> float:
    """Principal of all loans on day 0, cents."""
    return float(sum(round(row["outstanding_usd"] * 100) for row in economy.rows("loans")))


def still_owed(played: Played) -> float:
    """Principal of open loans on the last day of a run of one path, cents: there the largest is exact, as a mean is not."""
    return float(round(100 * played.daily("debt_usd")[-1]["max"]))


@law(economies(), reach=("loan_default", "credit_draw", "capitalisation"), fast=40)
def test_principal_is_repaid_owed_or_defaulted(economy: Economy) -> set[str]:
    """Without margin calls (sales of pledges pay interest or principal, and do not say which) and loans bought back: principal on day 0,
    what was drawn and what was added = what was repaid + what is owed at the end + the exposures at default, less the interest that was
    in arrears in them. Loans without interest have none."""
    told = with_lines(economy).without("margin_calls").each("lenders", book_sale_days=None, book_sale_price=None)
    free = told.each("loans", rate=0.0, fee_rate=0.0, default_interest_rate=0.0).play(1)
    played = told.play(1)
    assert arrears_of_interest(free) == 0
    assert arrears_of_interest(played) >= 0
    assert played.total("credit_draw") == played.posted("draw")
    return set(played.happened)


@law(economies(), reach=("loan_default", "credit_draw", "capitalisation", "collateral_sale"), fast=40)
def test_debts_are_what_lenders_carry(economy: Economy) -> set[str]:
    """Principal of all open loans (`debt_usd`, which loans know) = the books of all lenders (which lenders know), on day 0 and the first of
    each month. Books are told by `debt_to_assets` alone, times the assets of miners that operate: their cash and coins, and the machines
    that the journal leaves them, at the clearing price, which is told of machines of one tier: here all are."""
    middling = {key: (26.0 + place) * 100.0 for place, key in enumerate(economy.keys("machines"))}
    told = with_lines(economy).each("machines", hashrate_ths=100.0, power_w=lambda row: middling[row["model"]]).play(1)
    days = {
        name: [row["max"] for row in told.daily(name)]
        for name in ("debt_usd", "debt_to_assets", "miner_cash_usd", "miner_btc", "btc_usd", "asic_clearing_usd_per_th")
    }
    fallen = {miner: day for (_, miner), day in told.first_day("miner_default").items()}
    machines = {f"fleet:{row['fleet']}": row["machines"] for row in told.economy.rows("fleet")}
    owner = {f"fleet:{row['fleet']}": row["miner"] for row in told.economy.rows("fleet")}
    moves = iter([row for row in told.ledger if row.unit == "machines"])
    coming = next(moves, None)
    for day in range(economy.days):
        while coming is not None and coming.day == day:
            for account, sign in ((coming.giver, -1), (coming.taker, 1)):
                if account in machines:
                    machines[account] += sign * int(coming.amount)
            coming = next(moves, None)
        if day == 0 or (economy.start + timedelta(days=day)).day == 1:
            held = sum(count for site, count in machines.items() if fallen.get(owner[site], economy.days) > day)
            assets = held * 100.0 * days["asic_clearing_usd_per_th"][day]
            assets += days["miner_cash_usd"][day] + days["miner_btc"][day] * days["btc_usd"][day]
            books = days["debt_to_assets"][day] * assets
            assert books == pytest.approx(days["debt_usd"][day] if assets > 0 else 0.0, rel=1e-12, abs=1e-3)
    return set(told.happened)


def arrears_of_interest(played: Played) -> float:
    """Interest within the exposures at default of a run of one path, cents, by what is left when everything else is taken away."""
    lent = owed_at_first(played.economy) + played.posted("draw") + played.total("capitalisation")
    return played.posted("principal") + still_owed(played) + played.total("loan_default") - lent


@law(economies(), reach=("loan_default", "collateral_sale", "estate", "machine_sale", "repurchase"), fast=14)
def test_every_cent_lent_without_interest_comes_back_is_owed_is_lost_or_stands_in_machines(
    economy: Economy,
) -> set[str]:
    """Principal on day 0 and draws = repaid + proceeds of coins and machines + paid by estates and for loans and machines bought back +
    owed at the end + lost + what machines of defaulted loans are still worth, which is nothing where no defaulted loan holds any."""
    free = economy.each("loans", rate=0.0, fee_rate=0.0, default_interest_rate=0.0)
    played = free.play(1)
    to_lenders = [row for row in played.ledger if kind(row.taker) == "lender"]
    back = sum(row.amount for row in to_lenders if row.reason not in AMONG_THEMSELVES)
    (path,) = played.paths
    worth = owed_at_first(free) + played.posted("draw") - back - still_owed(played) - round(100 * path["loss_usd"])
    assert worth >= 0
    secured = {row["loan"] for row in free.rows("loans") if row["collateral"] == "machines"}
    if not secured & played.entities("loan_default"):
        assert worth == 0
    return set(played.happened)
