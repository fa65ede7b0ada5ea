"""Joint shocks: what a factor is, what it moves, that correlation moves tails and nothing else. Page: docs/model/joint.md"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import hashstress as hs
import pytest
from hashstress import _core
from hashstress.correlation import is_positive
from hashstress.streams import StreamTable

from tests.knobs.worlds import SEEDS, world
from tests.python.orders_world import book_of, fleet, miner
from tests.python.orders_world import world as flat_world

SOURCES = ("btc", "power", "network", "asic")
SEED = 11


def joint(correlation: list[list[float]] | float = 0.0, **volatility: float | tuple[float, float]) -> str:
    """The table, with a volatility or a volatility and a half-life by source; one correlation stands for all pairs."""
    size = len(volatility)
    if isinstance(correlation, float):
        correlation = [[1.0 if i == j else correlation for j in range(size)] for i in range(size)]
    text = f"\n[joint]\ncorrelation = {correlation}\n"
    for source, terms in volatility.items():
        annual, half_life = terms if isinstance(terms, tuple) else (terms, None)
        text += f'[[joint.shocks]]\nsource = "{source}"\nvolatility_annual = {annual}\n'
        text += f"half_life_days = {half_life}\n" if half_life else ""
    return text


def normals(path: int, day: int) -> list[float]:
    """The four normals of a day, source by source."""
    u = _core.draws(SEED, 3, path, 0, day, 8)
    return [_core_normal(first, second) for first, second in zip(u[::2], u[1::2], strict=True)]


def _core_normal(first: float, second: float) -> float:
    return math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)


def factors(
    days: int, path: int, lower: dict[int, list[tuple[int, float]]], terms: dict[int, tuple[float, float]]
) -> dict[int, list[float]]:
    """Factors by source number, from the page: rows of Cholesky's factor as (source, weight), volatility and share left a day."""
    found = {source: [1.0] for source in terms}
    x, v = dict.fromkeys(terms, 0.0), dict.fromkeys(terms, 0.0)
    for day in range(1, days):
        z = normals(path, day)
        for source, (annual, left) in terms.items():
            step = annual * math.sqrt(1 / 365)
            x[source] = left * x[source] + step * sum(weight * z[of] for of, weight in lower[source])
            v[source] = left**2 * v[source] + step**2
            found[source].append(math.exp(x[source] - v[source] / 2))
    return found


def closes(scenario: hs.Scenario, book: hs.Book, path: int) -> list[float]:
    compiled = _core.Scenario.try_build(scenario.compile(book).spec, book.core)
    close, _ = _core.price_paths(compiled, SEED, path, 1)
    return list(struct.unpack(f"<{scenario.days}d", close))


def daily(results: hs.Results, metric: str) -> list[float]:
    """The mean of a metric by day; of a run of one path, the path itself."""
    return [row["mean"] for row in results.daily.rows() if row["metric"] == metric]


ALL_FOUR = joint(0.0, btc=0.0, power=0.0, network=0.0, asic=0.0)


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_shocks_of_no_size_change_no_bit_of_a_world_in_which_much_happens(seed: int) -> None:
    """Tariffs that are looked at path by path give what tariffs give that are the same on all paths, posting by posting."""
    economy = world(seed)
    economy = replace(economy, terms={name: term for name, term in economy.terms.items() if name != "joint"})
    shocks = [{"source": source, "volatility_annual": 0.0} for source in SOURCES]
    identity = [[float(i == j) for j in range(4)] for i in range(4)]
    still = economy.under(joint={"shocks": shocks, "correlation": identity})
    for off in ((), ("difficulty",)):
        plain, shocked = economy.without(*off).play(4, journals=2), still.without(*off).play(4, journals=2)
        assert shocked.digest == plain.digest
        assert shocked.ledger == plain.ledger
        assert shocked.events == plain.events


def test_the_price_is_moved_by_the_factor_of_the_page(edited: Callable[..., hs.Scenario], book: hs.Book) -> None:
    table = joint([[1.0, 0.6], [0.6, 1.0]], asic=0.5, btc=(0.9, 20.0))
    plain, moved = edited("", ""), edited("[network]", f"{table}\n[network]")
    for path in (0, 5):
        expected = factors(30, path, {0: [(0, 1.0)]}, {0: (0.9, 0.5 ** (1 / 20))})[0]
        ratios = [new / old for new, old in zip(closes(moved, book, path), closes(plain, book, path), strict=True)]
        assert ratios == pytest.approx(expected, rel=1e-9)


def test_network_machines_and_power_are_moved_by_theirs(edited: Callable[..., hs.Scenario]) -> None:
    """A book that mines next to nothing: the network is the cohort, power an indexed contract, nobody sells a machine."""
    small = book_of(
        miners=miner(cash_usd=1e9), fleets=[fleet(machines=100, power_contract="indexed", power_usd_per_mwh=0.0)]
    )
    correlation = [[1.0, -0.5, 0.5], [-0.5, 1.0, 0.0], [0.5, 0.0, 1.0]]  # power, network, asic
    lower = {
        1: [(1, 1.0)],
        2: [(1, -0.5), (2, math.sqrt(0.75))],
        3: [(1, 0.5), (2, 0.25 / math.sqrt(0.75)), (3, math.sqrt(1 - 0.25 - 0.0625 / 0.75))],
    }
    terms = {1: (1.2, 0.5 ** (1 / 15)), 2: (0.2, 1.0), 3: (0.6, 1.0)}
    table = joint(correlation, power=(1.2, 15.0), network=0.2, asic=0.6)
    plain, moved = (hs.run(small, flat_world(edited, text), paths=1, seed=SEED, worst=0) for text in ("", f"{table}\n"))
    expected = factors(len(daily(plain, "btc_usd")), 0, lower, terms)
    assert daily(moved, "btc_usd") == daily(plain, "btc_usd")
    for source, metric, close in ((2, "network_ehs", 1e-4), (3, "asic_clearing_usd_per_th", 1e-9)):
        ratios = [new / old for new, old in zip(daily(moved, metric), daily(plain, metric), strict=True)]
        assert ratios == pytest.approx(expected[source], rel=close), metric
    power = [
        (new * price) / (old * before)
        for new, old, price, before in zip(
            daily(moved, "power_to_revenue"),
            daily(plain, "power_to_revenue"),
            daily(moved, "hashprice_usd_per_ph_day"),
            daily(plain, "hashprice_usd_per_ph_day"),
            strict=True,
        )
    ]
    assert power == pytest.approx(expected[1], rel=1e-4)
    assert any(abs(after - before) > 0.01 for before, after in pairwise(power))


CALM, STRESS = 0.0, 0.8
CRISIS = """
name = "joint"
base = "crisis-2022"
end = 2022-08-31
[price]
source = "gbm"
start_usd = 67566.83
drift_annual = -0.3
volatility_annual = 0.0
"""
SHOCKS = {"btc": 0.7, "power": (1.0, 30.0), "network": 0.25, "asic": 0.5}


def correlated(stress: float) -> list[list[float]]:
    """btc falls with machine prices while power gets dear and the network grows: one common cause of all four."""
    signs = (1, -1, -1, 1)
    return [[1.0 if i == j else stress * signs[i] * signs[j] for j in range(4)] for i in range(4)]


def expected_shortfall(losses: list[float]) -> float:
    worst = sorted(losses, reverse=True)[: len(losses) // 20]
    return sum(worst) / len(worst)


def test_correlation_moves_the_tail_and_not_the_marginals() -> None:
    """On the book of 2022, prices drawn freely: the mean of the worst twentieth of the losses rises by a quarter (asked: more than a
    fifth) and by more than three standard errors of the difference, while mean and deviation of the price stay as they are (those of all
    factors: the engine's tests)."""
    paths, batches = 1024, 32
    losses, marginals = {}, {}
    for stress in (CALM, STRESS):
        scenario = hs.Scenario.from_text(CRISIS + joint(correlated(stress), **SHOCKS)).with_channels(impact=False)
        results = hs.run("crisis-2022", scenario, paths=paths, seed=SEED, worst=0)
        losses[stress] = results.paths.to_pyarrow()["loss_usd"].to_pylist()
        marginals[stress] = {(row["metric"], row["day"]): row for row in results.daily.rows()}
    size = paths // batches
    parts = {stress: [found[i * size : (i + 1) * size] for i in range(batches)] for stress, found in losses.items()}
    gains = [
        expected_shortfall(hot) - expected_shortfall(cold) for hot, cold in zip(parts[STRESS], parts[CALM], strict=True)
    ]
    gain = sum(gains) / batches
    error = math.sqrt(sum((one - gain) ** 2 for one in gains) / (batches - 1) / batches)
    assert gain > 3 * error
    assert gain > 0.2 * expected_shortfall(losses[CALM])
    for day in (30, 150, 290):
        cold, hot = (marginals[stress]["btc_usd", day] for stress in (CALM, STRESS))
        assert abs(hot["mean"] - cold["mean"]) <= 4 * math.hypot(hot["mean_se"], cold["mean_se"])
        assert hot["mean_se"] == pytest.approx(cold["mean_se"], rel=0.15)


def located(refused: pytest.ExceptionInfo[hs.ScenarioError]) -> list[tuple[str, int | None]]:
    return [(found.path, found.line) for found in refused.value.problems]


TABLE = joint([[1.0, 0.5], [0.5, 1.0]], btc=0.5, asic=0.5)


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("[0.5, 1.0]]", "[0.4, 1.0]]", "joint.correlation", "row 2, column 1 (asic, btc) is 0.4, expected 0.5"),
        ("[0.5, 1.0]]", "[0.5, 0.9]]", "joint.correlation", "row 2, column 2 (asic, asic) is 0.9, expected 1"),
        ("0.5], [0.5", "1.5], [1.5", "joint.correlation", "-1 to 1"),
        ("[[1.0, 0.5], [0.5, 1.0]]", "[[1.0]]", "joint.correlation", "2 rows of 2"),
        ("[[1.0, 0.5], [0.5, 1.0]]", "[[1.0, 0.5], [0.5]]", "joint.correlation", "2 rows of 2"),
        ("0.5], [0.5", "nan], [nan", "joint.correlation[0][1]", "finite"),
        ('"asic"', '"btc"', "joint.shocks", "btc is given twice"),
        ('"asic"', '"gold"', "joint.shocks[1].source", "'btc', 'power', 'network' or 'asic'"),
        (
            '"asic"\nvolatility_annual = 0.5',
            '"asic"\nvolatility_annual = -0.5',
            "joint.shocks[1].volatility_annual",
            "greater",
        ),
        (
            '"asic"\nvolatility_annual',
            '"asic"\nvolatility',
            "joint.shocks[1].volatility",
            "did you mean 'volatility_annual'",
        ),
        ('"asic"\n', '"asic"\nhalf_life_days = 0\n', "joint.shocks[1].half_life_days", "greater"),
        ("correlation = [[1.0, 0.5], [0.5, 1.0]]\n", "", "joint.correlation", "is missing"),
    ],
)
def test_what_is_no_table_of_shocks_is_refused_at_its_line(
    edited: Callable[..., hs.Scenario], old: str, new: str, path: str, words: str
) -> None:
    text = TABLE.replace(old, new, 1)
    assert text != TABLE
    with pytest.raises(hs.ScenarioError, match="joint") as refused:
        edited("[network]", f"{text}\n[network]")
    (place, line) = next(found for found in located(refused) if found[0] == path)
    assert place == path
    assert line is not None
    assert words in str(refused.value)


def test_a_matrix_that_no_shocks_can_have_is_refused(edited: Callable[..., hs.Scenario], book: hs.Book) -> None:
    odd = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]
    assert not is_positive(odd)
    table = joint(odd, btc=0.5, network=0.5, asic=0.5)
    with pytest.raises(hs.ScenarioError, match="not positive semi-definite"):
        edited("[network]", f"{table}\n[network]")
    spec = edited("", "").compile(book).spec
    shocks = [{"source": source, "volatility_annual": 0.5} for source in ("btc", "network", "asic")]
    with pytest.raises(_core.InputError) as refused:
        _core.Scenario.try_build(spec | {"joint": {"shocks": shocks, "correlation": odd}}, book.core)
    assert refused.value.problems[0]["column"] == "joint.correlation"


@pytest.mark.parametrize("correlation", [1.0, -1.0, 0.999999])
def test_shocks_that_are_one_are_taken(edited: Callable[..., hs.Scenario], book: hs.Book, correlation: float) -> None:
    table = joint([[1.0, correlation], [correlation, 1.0]], btc=0.5, asic=0.5)
    assert hs.run(book, edited("[network]", f"{table}\n[network]"), paths=8, worst=0).manifest["paths_done"] == 8


def test_prices_of_a_batch_are_moved_as_well(edited: Callable[..., hs.Scenario], book: hs.Book) -> None:
    spec = edited("[network]", f"{joint(btc=0.9)}\n[network]").with_channels(impact=False).compile(book).spec
    plain = {name: value for name, value in spec.items() if name != "joint"}
    prices = struct.pack("<30d", *[30_000.0] * 30)

    def lowest(of: dict[str, object]) -> float:
        compiled = _core.Scenario.try_build(of | {"price": {"source": "batch"}}, book.core)
        run = _core.Run(book.core, compiled, paths=1, seed=SEED)
        run.advance(0, 1, close_usd=prices, low_usd=prices)
        return float(StreamTable.from_tables([run.take_paths()]).to_pyarrow()["btc_low_usd"][0].as_py())

    expected = min(factors(30, 0, {0: [(0, 1.0)]}, {0: (0.9, 1.0)})[0])
    assert lowest(spec) / lowest(plain) == pytest.approx(expected, rel=1e-9)
