"""Launch dates of machines, and what a better one does to the others. Page: docs/model/frontier.md"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import hashstress as hs
import pytest
from hashstress.frontier import frontier, machines

from tests.python.orders_world import Edited, Row, fleet, loan, miner, prepaid, world
from tests.python.test_orders import Played
from tests.python.test_responses import move, table

LAUNCH = date(2022, 1, 10)
JANUARY, FEBRUARY = date(2022, 1, 1), date(2022, 2, 1)
Index = Callable[..., list[float]]


def models(**of_fine: Any) -> list[Row]:
    """A rig of 30 J/TH that was always there, and a fine one of 20."""
    fine = {"model": "fine", "hashrate_ths": 100.0, "power_w": 2_000.0, "launched_date": LAUNCH, "node_nm": 5.0}
    return [{"model": "rig", "hashrate_ths": 100.0, "power_w": 3_000.0}, fine | of_fine]


def book_of(
    *,
    responses: tuple[Row, ...] = (),
    orders: tuple[Row, ...] = (),
    machines: list[Row] | None = None,
    fleets: list[Row] | None = None,
) -> hs.Book:
    sites = [fleet(machines=10), fleet(fleet="new", model="fine", machines=0)]
    bank = {"lender": "bank", "cash_usd": 1e6, "equity_usd": 1e6, "funding_rate": 0.0, "seizure_days": 30}
    rest = {"cohort": "rest", "region": "texas", "efficiency_j_per_th": 40.0, "power_usd_per_mwh": 40.0}
    tables: dict[str, list[Row]] = {
        "machines": machines or models(),
        "regions": [{"region": "ohio"}, {"region": "texas"}],
        "miners": [miner()],
        "fleet": fleets or sites,
        "loans": [loan()],
        "lenders": [bank | {"policy": "dump"}],
        "cohorts": [rest | {"hashrate_ths": 1.6e8}],
        "orders": list(orders),
        "responses": list(responses),
    }
    return hs.Book.from_tables(**{name: table(rows) for name, rows in tables.items() if rows})


def clearing(edited: Edited, of: hs.Book, toml: str = "") -> list[float]:
    """The clearing price of tier 1, day by day, where nothing else moves it."""
    results = hs.run(of, world(edited, toml), paths=8, worst=0)
    return [row["mean"] for row in results.daily.rows() if row["metric"] == "asic_clearing_usd_per_th"]


def ratios(edited: Edited, toml: str, of: hs.Book | None = None) -> list[float]:
    of = of or book_of()
    moved, still = clearing(edited, of, toml), clearing(edited, of)
    return [one / other for one, other in zip(moved, still, strict=True)]


def test_older_machines_lose_what_the_frontier_gains(edited: Edited) -> None:
    """20 J/TH instead of 30 from 10 January: tier 1 falls to (2/3)^e on that day and stays there."""
    for elasticity in (1.0, 2.0, 0.0):
        found = ratios(edited, f"[frontier]\nelasticity = {elasticity}\n")
        day = (LAUNCH - world(edited).file.start).days
        assert found[:day] == [1.0] * day
        assert found[day:] == pytest.approx([(20 / 30) ** elasticity] * (len(found) - day))


def test_a_half_life_spreads_it(edited: Edited) -> None:
    found = ratios(edited, "[frontier]\nelasticity = 1.0\nhalf_life_days = 10.0\n")
    day = (LAUNCH - world(edited).file.start).days
    for after in (0, 9, 29):
        share = 1 - 0.5 ** ((after + 1) / 10)
        assert math.log(found[day + after]) == pytest.approx(share * math.log(20 / 30))


def test_a_better_machine_that_was_there_before_changes_nothing(edited: Edited) -> None:
    for before in (date(2021, 1, 1), date(2030, 1, 1)):
        of = book_of(machines=models(launched_date=before))
        assert set(ratios(edited, "[frontier]\nelasticity = 1.0\n", of)) == {1.0}


def test_a_worse_machine_does_not_move_the_frontier(edited: Edited) -> None:
    of = book_of(machines=models(power_w=3_500.0))
    assert set(ratios(edited, "[frontier]\nelasticity = 1.0\n", of)) == {1.0}


def test_dates_alone_change_no_result(edited: Edited) -> None:
    with_dates, without = book_of(), book_of(machines=models(launched_date=None, node_nm=None))
    first, second = (hs.run(of, world(edited), paths=8).manifest["results_digest"] for of in (with_dates, without))
    assert first == second


def test_an_upgrade_waits_for_the_launch(edited: Edited) -> None:
    """It would be used on 1 December."""
    for launched, used in [(None, date(2021, 12, 1)), (LAUNCH, FEBRUARY), (JANUARY, JANUARY)]:
        of = book_of(responses=(move("upgrade", to_fleet="new"),), machines=models(launched_date=launched))
        assert [row[0] for row in Played(of, world(edited)).told("upgrade")] == [used]


def test_the_frontier_of_a_book(edited: Edited) -> None:
    of = book_of()
    for day, model in [(LAUNCH - timedelta(days=1), "rig"), (LAUNCH, "fine")]:
        best = frontier(of, day)
        assert best is not None
        assert best.model == model
    assert [machine.node_nm for machine in machines(of)] == [5.0, None]
    assert frontier(book_of(machines=[row | {"launched_date": LAUNCH} for row in models()]), JANUARY) is None


def refused(**tables: Any) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(hs.InputError) as caught:
        book_of(**tables)
    return [(problem.table, problem.row, problem.column) for problem in caught.value.problems]


def test_an_order_before_the_launch_is_refused_where_it_stands() -> None:
    early = prepaid(fleet="new", delivery_date=LAUNCH - timedelta(days=1))
    assert refused(orders=(early,)) == [("orders", 1, "delivery_date")]
    book_of(orders=(early | {"delivery_date": LAUNCH},))


def test_an_upgrade_that_ends_before_the_launch_is_refused_where_it_stands() -> None:
    early = move("upgrade", to_fleet="new", until_date=LAUNCH - timedelta(days=1))
    assert refused(responses=(early,)) == [("responses", 1, "until_date")]
    book_of(responses=(early | {"until_date": LAUNCH},))


@pytest.mark.parametrize(
    "change",
    [
        {"launched_date": "soon"},
        {"launched_date": 5.5},
        {"launched_date": date(2008, 1, 1)},
        {"launched_date": date(2101, 1, 1)},
        {"node_nm": float("nan")},
        {"node_nm": -5.0},
        {"node_nm": 0.0},
        {"node_nm": 201.0},
    ],
)
def test_bad_cells_are_refused_where_they_stand(change: Row) -> None:
    (column,) = change
    rows = models() if "node_nm" in change else [models()[1] | change]
    place = 2 if len(rows) == 2 else 1
    if len(rows) == 2:
        rows[1] |= change
    sites = [fleet(machines=10, model="fine")] if place == 1 else None
    found = refused(machines=rows, **({"fleets": sites} if sites else {}))
    assert ("machines", column) in {(name, at) for name, _, at in found}


def test_machines_that_are_not_there_yet_are_refused_on_day_0(edited: Edited) -> None:
    of = book_of(fleets=[fleet(machines=10), fleet(fleet="new", model="fine", machines=1)])
    with pytest.raises(hs.InputError, match="fleet row new has machines fine, launched on 2022-01-10") as caught:
        hs.run(of, world(edited), paths=8)
    assert [(problem.table, problem.column) for problem in caught.value.problems] == [("scenario", "start")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("elasticity = -1.0", "frontier.elasticity"),
        ("elasticity = 10.5", "frontier.elasticity"),
        ("elasticity = nan", "frontier.elasticity"),
        ('elasticity = "much"', "frontier.elasticity"),
        ("half_life_days = 9.0", "frontier.elasticity"),
        ("elasticity = 1.0\nhalf_life_days = 0.0", "frontier.half_life_days"),
        ("elasticity = 1.0\nhalf_life_days = inf", "frontier.half_life_days"),
        ("elasticity = 1.0\nhalflife = 9.0", "frontier.halflife"),
    ],
)
def test_a_bad_table_is_refused_where_it_stands(edited: Edited, text: str, place: str) -> None:
    with pytest.raises(hs.ScenarioError) as caught:
        world(edited, f"[frontier]\n{text}\n").compile(book_of())
    assert [problem.path for problem in caught.value.problems] == [place]


def test_a_frontier_needs_a_launch(edited: Edited) -> None:
    never = book_of(machines=models(launched_date=None))
    with pytest.raises(hs.ScenarioError, match="no machine of the book has a launched_date"):
        world(edited, "[frontier]\nelasticity = 1.0\n").compile(never)


def test_the_built_in_book_has_the_step_of_2022() -> None:
    of = hs.Book.read("crisis-2022")
    before, after = frontier(of, date(2021, 11, 8)), frontier(of, date(2023, 6, 30))
    assert before is not None
    assert after is not None
    assert (round(before.j_per_th, 1), before.node_nm) == (29.5, 7.0)
    assert (after.model, after.j_per_th, after.node_nm) == ("antminer-s19-xp", 21.5, 5.0)


def test_the_page_shows_what_the_data_say() -> None:
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, str(root / "tools" / "frontier.py"), "--check"], check=True, timeout=60)


def test_claims_measure_the_frontier(edited: Edited) -> None:
    said = '[[claims]]\nsystem = "t"\nclaim = "c"\n'
    measured = [(name, on) for name in ("frontier_node_nm", "frontier_j_per_th") for on in ("first", "2022-01-10")]
    text = "".join(f'{said}measure = "{name}"\non = "{on}"\nfigure = 5.0\n' for name, on in measured)
    of, scenario = book_of(), world(edited, text)
    found = hs.check_claims(hs.run(of, scenario, paths=2, worst=0), of, scenario)
    assert [item.ours.value for item in found] == [None, 5.0, 30.0, 20.0]
    assert [item.verdict for item in found] == ["not modelled", "reproduced", "not reproduced", "not reproduced"]
    assert all(item.ours.is_input for item in found)
