"""Claims between lenders: what a failure can do to the others, and what it cannot."""

from __future__ import annotations

from collections import Counter

from tests.properties.economy import Economy, Played, no_earlier
from tests.properties.law import law
from tests.properties.strategies import economies

# What a failed or frightened lender does to miners; without it miners, and so first-round losses, do not know which lender fails.
REACTIONS = ("lender_calls", "lender_dumping", "confidence", "tightening")


def one_way(economy: Economy) -> Economy:
    """Losses go from miners to lenders and among lenders, never back: no calls, runs, fright, lines, coins lost upstream, and no choice
    that only a lender has that stands."""
    calm = economy.lacking("lines").without(*REACTIONS)
    calm = calm.each("loans", credit_line_usd=None)
    return calm.each(
        "lenders",
        forbear_days=None,
        swap_cover=None,
        book_sale_days=None,
        book_sale_price=None,
        rehypothecated_share=0.0,
    )


def owed_to(economy: Economy) -> Counter[str]:
    """What each lender claims on others, USD."""
    found: Counter[str] = Counter()
    for row in economy.rows("exposures"):
        found[row["creditor"]] += row["amount_usd"]
    return found


@law(economies(), reach=("exposure_loss",))
def test_a_creditor_loses_at_most_its_claims_and_only_on_lenders_that_fail(economy: Economy) -> set[str]:
    """With every channel on: 0 <= loss on claims <= claims, and nothing without a failed debtor on some path."""
    played = economy.play()
    failed, claims = played.entities("lender_failure"), owed_to(economy)
    exposed = {row["creditor"] for row in economy.rows("exposures") if row["debtor"] in failed}
    for key, row in played.table("lenders").items():
        assert 0 <= row["exposure_loss_usd_mean"] <= claims[key] + 1e-6
        assert row["exposure_loss_usd_mean"] == 0 or key in exposed
    assert played.entities("exposure_loss") <= exposed
    return set(played.happened)


@law(economies(), reach=("lender_failure",))
def test_claims_that_nobody_feels_are_no_claims(economy: Economy) -> set[str]:
    """With the channel `exposures` off, lenders without cost of funds, depositors and a ladder live as without any claims: what they owe
    and are owed is in the sheet from the first day and stays there."""
    calm = economy.without("exposures").each("lenders", funding_rate=0.0, demand_share=0.0, run_own=0.0, run_peer=0.0)
    calm = calm.each("lenders", stop_equity_share=0.0, tighten_equity_share=0.0, term_share_per_month=0.0)
    freed = calm.with_table("exposures", []).each("lenders", bankruptcy_cost_share=0.0)
    played = calm.play()
    assert freed.digest == played.digest
    return set(played.happened)


@law(economies(), fast=40)
def test_a_claim_between_two_that_never_fail_changes_nothing(economy: Economy) -> bool:
    """Lenders without cost of funds, depositors and a ladder: a claim of one that never fails on another that never fails moves no mark,
    brings nobody down, and leaves every result as it was."""
    calm = economy.each("lenders", funding_rate=0.0, demand_share=0.0, run_own=0.0, run_peer=0.0)
    calm = calm.each("lenders", stop_equity_share=0.0, tighten_equity_share=0.0, term_share_per_month=0.0)
    played = calm.play()
    safe = [key for key in calm.keys("lenders") if key not in played.entities("lender_failure")]
    if len(safe) < 2 or not played.of("lender_failure"):
        return False
    pair = {"creditor": safe[0], "debtor": safe[1]}
    grown = calm.only("exposures", lambda row: not (row["creditor"] == safe[0] and row["debtor"] == safe[1]))
    grown = grown.one("lenders", safe[1], bankruptcy_cost_share=0.0)  # which only debtors may have
    played = grown.play()
    if {*safe[:2]} & played.entities("lender_failure"):
        return False
    assert grown.plus("exposures", pair | {"amount_usd": 12_345.67}).digest == played.digest
    return True


def failures(played: Played) -> dict[tuple[int, str], int]:
    return played.first_day("lender_failure")


@law(economies(), reach=("exposure_loss",))
def test_claims_bring_failures_forward_never_back(economy: Economy) -> set[str]:
    """Under `one_way`, whoever fails with the channel `exposures` off fails with it on, on the same day or before; first-round losses of
    loans do not change at all."""
    linked = one_way(economy)
    on, off = linked.play(), linked.without("exposures").play()
    assert no_earlier(failures(off), failures(on), linked.days)
    assert on.table("loans") == off.table("loans")
    return set(on.happened)


def nobody_is_spared(calm: dict[tuple[int, str], int], worse: dict[tuple[int, str], int], days: int) -> bool:
    """Whether on each path whoever fails in `calm` fails in `worse` on the same day or before, up to the first day on which somebody fails
    in `calm` who has failed earlier in `worse`.

    From that day on it need not be so: claims are cleared when somebody fails, with the assets of that day. A lender that failed earlier
    was cleared with better ones, and its later losses reach others only with the next failure of anybody.
    """
    limit: dict[int, int] = {}
    for (path, lender), day in calm.items():
        if worse.get((path, lender), days) < day:
            limit[path] = min(day, limit.get(path, days))
    first = {what: day for what, day in calm.items() if day < limit.get(what[0], days)}
    return no_earlier(first, worse, days)


@law(economies(), reach=("exposure_loss", "same days"), fast=14)
def test_dearer_bankruptcies_spare_nobody(economy: Economy) -> set[str]:
    """Under `one_way`, a larger share of assets lost in each failure: nobody fails later, as `nobody_is_spared` has it, and where the same
    lenders fail on the same days, no creditor loses less, but for the cent a claim that sharing in whole cents may move.

    Where a failure comes earlier, a creditor may lose less: claims are cleared with the assets of the day, and what a failed lender loses
    after the last clearing is passed on to nobody (docs/model/exposures.md).
    """
    linked = one_way(economy)
    debtors = {row["debtor"] for row in linked.rows("exposures")}
    dear = linked.each(
        "lenders",
        lambda row: row["lender"] in debtors,
        bankruptcy_cost_share=lambda row: row["bankruptcy_cost_share"] + 0.3,
    )
    cheap, costly = linked.play(), dear.play()
    assert nobody_is_spared(failures(cheap), failures(costly), linked.days)
    if failures(cheap) != failures(costly):
        return set()
    cents = Counter(row["creditor"] for row in linked.rows("exposures"))
    after = costly.table("lenders")
    for key, row in cheap.table("lenders").items():
        assert after[key]["exposure_loss_usd_mean"] >= row["exposure_loss_usd_mean"] - cents[key] / 100 - 1e-6
    return {*cheap.happened, "same days"}


@law(economies(), reach=("lender_failure",))
def test_an_outside_loss_spares_nobody(economy: Economy) -> set[str]:
    """Under `one_way`, one lender more that fails by decree: nobody else fails later, as `nobody_is_spared` has it."""
    linked = one_way(economy)
    day = linked.start.replace(day=28) if linked.start.day < 28 else linked.end
    event = {"date": day, "lender": "l0", "kind": "fail"}
    kept = [row for row in linked.terms["lender_events"] if row["lender"] != "l0"]
    spared = linked.under(lender_events=kept)
    first, second = spared.play(), spared.under(lender_events=[*kept, event]).play()
    assert nobody_is_spared(failures(first), failures(second), linked.days)
    return set(first.happened)
