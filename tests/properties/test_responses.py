"""What miners do before they fail, whatever the economy: nothing is lost, no lien is broken, and nothing is done for nothing. Page:
docs/model/responses.md"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import permutations

from hypothesis import strategies as st

from tests.properties.economy import Economy, Row
from tests.properties.law import law
from tests.properties.strategies import MODELS, economies
from tests.properties.test_conservation import closing

EFFICIENCY = {model: watts / ths for model, ths, watts in MODELS}
EVENTS = ("retirement", "upgrade", "migration", "coin_sale", "strategic_default")
ROADS = {
    "machine_purchase": ("cents", "miner", "world"),
    "migration_cost": ("cents", "miner", "world"),
    "migration": ("machines", "fleet", "fleet"),
    "delivery": ("machines", "world", "fleet"),
}
PAUSES = st.sampled_from((None, 1, 40))


def all_there_is(economy: Economy, wait_days: int | None) -> Iterator[Row]:
    """Every response that the sites and loans of the miners allow."""
    for miner in economy.keys("miners"):
        common = {"miner": miner, "wait_days": wait_days}
        sites = [row for row in economy.rows("fleet") if row["miner"] == miner]
        yield common | {"kind": "sell_coins", "trigger": "runway_days_below", "threshold": 60.0, "share": 0.5}
        for site in sites:
            yield common | {
                "kind": "retire",
                "trigger": "margin_below",
                "threshold": 0.8,
                "fleet": site["fleet"],
                "machines": 50,
            }
        for site, to in permutations(sites, 2):
            places = common | {"fleet": site["fleet"], "to_fleet": to["fleet"], "delay_days": 20}
            if site["model"] == to["model"]:
                move = {"kind": "migrate", "trigger": "margin_below", "threshold": 1.2, "cost_usd_per_machine": 0.5}
                yield places | move | {"machines": 300}
            elif EFFICIENCY[to["model"]] < EFFICIENCY[site["model"]]:
                yield places | {"kind": "upgrade", "trigger": "runway_days_over", "threshold": 5.0, "machines": 1}
        for loan in economy.rows("loans"):
            if (loan["miner"], loan["collateral"], loan["recourse"]) == (miner, "machines", "limited"):
                walk = {"kind": "strategic_default", "trigger": "ltv_over", "threshold": 1.0, "loan": loan["loan"]}
                yield common | walk


def responding(economy: Economy, wait_days: int | None, **changes: object) -> Economy:
    """With all responses there can be, and half of what secured loans free of a lien."""
    half = economy.each(
        "loans",
        lambda row: row["collateral"] == "machines",
        collateral_machines=lambda row: max(1, row["collateral_machines"] // 2),
    )
    rows = [{"response": f"r{place:03}"} | row | changes for place, row in enumerate(all_there_is(half, wait_days))]
    return half.with_table("responses", rows)


@law(economies(), PAUSES, reach=EVENTS, fast=14)
def test_machines_and_money_go_from_one_account_to_another(economy: Economy, wait_days: int | None) -> set[str]:
    """Nobody's account falls below 0 on any path, row by row: no machine is sold or moved twice. Each new reason takes its
    road, a migration stays within a miner, and the journal's events say how many machines moved."""
    played = responding(economy, wait_days).play()
    assert closing(played)
    owner = {row["fleet"]: row["miner"] for row in economy.rows("fleet")}
    moved: Counter[tuple[int, int, str]] = Counter()
    for row in played.ledger:
        if row.reason in ROADS:
            kinds = (row.unit, row.giver.partition(":")[0], row.taker.partition(":")[0])
            assert kinds == ROADS[row.reason], row
        if row.reason == "migration":
            giver, taker = (account.partition(":")[2] for account in (row.giver, row.taker))
            assert owner[giver] == owner[taker], row
            moved[row.path, row.day, taker] += int(row.amount)
    told: Counter[tuple[int, int, str]] = Counter()
    for event in played.of("migration"):
        told[event.path, event.day, event.entity] += int(event.amount)
    assert moved == told
    for path in played.paths:
        assert [path[f"residual_{unit}"] for unit in ("cents", "sats", "machines")] == [0, 0, 0]
    return set(played.happened)


@law(economies(), PAUSES, reach=("its case",), fast=14)
def test_whoever_seizes_finds_the_machines_that_were_pledged(economy: Economy, wait_days: int | None) -> bool:
    """Only free machines are sold or moved, so a lender that seizes gets all it was promised, whatever its borrower did before."""
    responds = responding(economy, wait_days)
    played = responds.play()
    touched = {
        (row.path, row.giver.partition(":")[2]) for row in played.ledger if row.reason in ("migration", "machine_sale")
    }
    met = False
    for event in played.of("seizure"):
        loan = responds.named("loans", event.entity)
        assert event.amount == loan["collateral_machines"], event
        met = met or (event.path, loan["collateral_fleet"]) in touched
    return met


@law(economies(), PAUSES)
def test_a_response_whose_day_never_comes_changes_nothing(economy: Economy, wait_days: int | None) -> None:
    """Its channel is off, or bitcoin would have to be all but free, or its season is after the end: the same results as
    without the table."""
    responds = responding(economy, wait_days)
    expected = responds.with_table("responses", []).digest
    assert responds.without("responses").digest == expected
    assert responding(economy, wait_days, trigger="btc_below", threshold=0.01).digest == expected
    assert responding(economy, wait_days, from_date=economy.end.replace(year=economy.end.year + 1)).digest == expected
