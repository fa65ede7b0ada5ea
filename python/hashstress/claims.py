"""Figures that others give, measured on a run: what a scenario's `[[claims]]` say against what came of it.

Called as `hashstress.check_claims`. Model: docs/model/claims.md
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hashstress.errors import ScenarioError, nearest
from hashstress.frontier import Machine, frontier
from hashstress.running import run

if TYPE_CHECKING:
    from hashstress.book import Book
    from hashstress.results import Results
    from hashstress.scenario import Scenario
    from hashstress.scenario_file import Claim

REPRODUCED, NOT_REPRODUCED, CONTRADICTED, NOT_MODELLED = (
    "reproduced",
    "not reproduced",
    "contradicted by the record",
    "not modelled",
)
DAYS_PER_MONTH = 365.25 / 12
NUMBERS = (2, 3, 4)  # columns of the table that stand to the right


@dataclass(frozen=True)
class Measured:
    """What a run or its inputs say: a value with its standard error; None where it cannot be had, or has none."""

    value: float | None
    se: float | None = None
    is_input: bool = False


@dataclass(frozen=True)
class Verdict:
    """A claim, ours beside it, and what follows."""

    claim: Claim
    ours: Measured
    verdict: str


class _Run:
    """What measures read; tables are read once."""

    def __init__(self, results: Results, book: Book, scenario: Scenario) -> None:
        self.results, self.book, self.scenario = results, book, scenario

    @cached_property
    def daily(self) -> Mapping[tuple[str, int], Mapping[str, Any]]:
        return {(row["metric"], row["day"]): row for row in self.results.daily.rows()}

    def day(self, text: str) -> int:
        """The day index of an ISO date of the run; "first" and "last" are dates too."""
        last = self.scenario.days - 1
        if text in ("first", "last"):
            return 0 if text == "first" else last
        try:
            index = (date.fromisoformat(text) - self.scenario.file.start).days
        except ValueError:
            raise ValueError(f"{text!r} is no date of the run, expected first, last or one like 2022-06-18") from None
        if not 0 <= index <= last:
            raise ValueError(f"{text} lies outside the run")
        return index

    def mean(self, metric: str, on: str) -> Measured:
        """Mean over paths of a daily aggregate on a date, or on the day its mean is lowest or highest."""
        names = sorted({name for name, _ in self.daily})
        if metric not in names:
            raise ValueError(f"no daily aggregate {metric!r}{nearest(metric, names)}")
        if on in ("lowest", "highest"):
            pick = min if on == "lowest" else max
            row = pick((row for (name, _), row in self.daily.items() if name == metric), key=lambda row: row["mean"])
        else:
            row = self.daily[metric, self.day(on)]
        return Measured(row["mean"], row["mean_se"])


Measure = Callable[[_Run, "Claim"], Measured]
MEASURES: dict[str, Measure] = {}


def measure(function: Measure) -> Measure:
    """Makes a measure known by the name of its function."""
    MEASURES[function.__name__] = function
    return function


@measure
def daily(of: _Run, claim: Claim) -> Measured:
    """The aggregate `metric` on `on`: a date, `first`, `last`, `lowest` or `highest`."""
    return of.mean(_given(claim, "metric"), _given(claim, "on"))


@measure
def change(of: _Run, claim: Claim) -> Measured:
    """The aggregate `metric` on `to` over that on `on`, less 1."""
    first, last = (of.mean(_given(claim, "metric"), _given(claim, name)) for name in ("on", "to"))
    if not first.value or last.value is None:
        return Measured(None)
    ratio = last.value / first.value
    errors = [part.se / part.value for part in (first, last) if part.se is not None and part.value]
    return Measured(ratio - 1, abs(ratio) * math.hypot(*errors))


@measure
def leverage(of: _Run, claim: Claim) -> Measured:
    """Assets over equity of operating miners on `on`."""
    share = of.mean("debt_to_assets", _given(claim, "on"))
    if share.value is None or share.value >= 1:
        return Measured(None)
    equity = 1 - share.value
    return Measured(1 / equity, None if share.se is None else share.se / equity**2)


@measure
def months_between(of: _Run, claim: Claim) -> Measured:
    """Months from the date in the column `on` of `paths` to that in `to`, over the paths that have both."""
    start, end = _given(claim, "on"), _given(claim, "to")
    known = of.results.paths.column_names
    for name in (start, end):
        if name not in known:
            raise ValueError(f"paths have no column {name!r}{nearest(name, known)}")
    dates = ((row[start], row[end]) for row in of.results.paths.select(list({start: 0, end: 0})).rows())
    return _mean([(last - first) / DAYS_PER_MONTH for first, last in dates if first is not None and last is not None])


@measure
def lower_low(of: _Run, claim: Claim) -> Measured:
    """How much lower the lowest price is than with the channel `entity` off, a share: the same paths are played again."""
    channel, found = _given(claim, "entity"), of.results.manifest
    again = run(
        of.book, of.scenario.with_channels(**{channel: False}), paths=found["paths"], seed=found["seed"], worst=0
    )
    lows = (results.paths.select(["btc_low_usd"]).rows() for results in (of.results, again))
    return _mean([row["btc_low_usd"] / without["btc_low_usd"] - 1 for row, without in zip(*lows, strict=True)])


@measure
def lender_loss(of: _Run, claim: Claim) -> Measured:
    """Mean loss of the lender `entity` on the loans of the book, USD."""
    lender = _given(claim, "entity")
    row = next((row for row in of.results.lenders.rows() if row["lender"] == lender), None)
    if row is None:
        raise ValueError(f"the book has no lender {lender!r}")
    return Measured(row["loss_usd_mean"], row["loss_usd_se"])


@measure
def rescue_spent(of: _Run, claim: Claim) -> Measured:
    """Mean of what the facility `entity` lent, or paid for machines, USD; none for a book without facilities."""
    rows, key = list(of.results.facilities.rows()), _given(claim, "entity")
    row = next((row for row in rows if row["facility"] == key), None)
    if row is None and rows:
        raise ValueError(f"the book has no facility {key!r}{nearest(key, [row['facility'] for row in rows])}")
    return Measured(None) if row is None else Measured(row["spent_usd_mean"], row["spent_usd_se"])


@measure
def bulk_price(of: _Run, claim: Claim) -> Measured:
    """What a machine of the model `entity` (25-38 J/TH) fetches in a bulk lot on `on`, USD."""
    price = of.mean("asic_clearing_usd_per_th", _given(claim, "on"))
    factor = _machine(of, _given(claim, "entity"))[0] * (1 - of.scenario.file.asics.bulk_discount)
    return Measured(
        None if price.value is None else price.value * factor, None if price.se is None else price.se * factor
    )


@measure
def index_price(of: _Run, claim: Claim) -> Measured:
    """Index price of a machine of the model `entity` on day 0, by its tier, USD: an input."""
    hashrate, power = _machine(of, _given(claim, "entity"))
    tier = sum(power / hashrate >= bound for bound in (25, 38, 68))
    return _input(of.scenario.file.asics.tiers[tier].index_usd_per_th * hashrate)


@measure
def energy_saved(of: _Run, claim: Claim) -> Measured:
    """Energy a terahash of the model `entity` saves over the model `other`, a share: an input."""
    (new, new_w), (old, old_w) = _machine(of, _given(claim, "entity")), _machine(of, _given(claim, "other"))
    return _input(1 - (new_w / new) / (old_w / old))


@measure
def outstanding(of: _Run, claim: Claim) -> Measured:
    """Loans of the book on day 0, USD; with `entity`, those with that collateral: an input."""
    rows = zip(of.book.column("loans", "collateral"), of.book.column("loans", "outstanding_usd"), strict=True)
    return _input(math.fsum(usd for collateral, usd in rows if claim.entity in (None, collateral)))


@measure
def mean_rate(of: _Run, claim: Claim) -> Measured:
    """Interest a year over the loans of the book, weighted by what is owed; with `entity`, of those with that collateral: an input."""
    rows = [
        (usd, rate)
        for collateral, usd, rate in zip(
            *(of.book.column("loans", name) for name in ("collateral", "outstanding_usd", "rate")), strict=True
        )
        if claim.entity in (None, collateral)
    ]
    return _input(math.fsum(usd * rate for usd, rate in rows) / math.fsum(usd for usd, _ in rows))


@measure
def levered_share(of: _Run, claim: Claim) -> Measured:
    """Share of the fleet rows in regions whose key begins with `entity` whose miner has a loan: an input."""
    debtors = set(of.book.column("loans", "miner"))
    prefix = claim.entity or ""
    sites = [
        miner
        for miner, region in zip(of.book.column("fleet", "miner"), of.book.column("fleet", "region"), strict=True)
        if region.startswith(prefix)
    ]
    return _input(sum(miner in debtors for miner in sites) / len(sites) if sites else None)


@measure
def tariff_change(of: _Run, claim: Claim) -> Measured:
    """Mean tariff of the region `entity` over the 92 days from `to`, over that of the 92 days from `on`, less 1: an input."""
    tariffs = of.scenario.compile(of.book).spec["tariff_usd_per_mwh"]
    region = _given(claim, "entity")
    if region not in tariffs:
        raise ValueError(f"the book has no region {region!r}{nearest(region, list(tariffs))}")
    first, last = (
        math.fsum(tariffs[region][(start := of.day(_given(claim, name))) : start + 92]) for name in ("on", "to")
    )
    return _input(last / first - 1)


@measure
def frontier_j_per_th(of: _Run, claim: Claim) -> Measured:
    """Least energy of a machine of the book that can be had on `on`, J/TH: an input."""
    best = _best(of, claim)
    return _input(None if best is None else best.j_per_th)


@measure
def frontier_node_nm(of: _Run, claim: Claim) -> Measured:
    """Process node of that machine, nm: an input; none where the book does not say."""
    best = _best(of, claim)
    return _input(None if best is None else best.node_nm)


def _best(of: _Run, claim: Claim) -> Machine | None:
    day = of.scenario.file.start + timedelta(days=of.day(_given(claim, "on")))
    return frontier(of.book, day)


@measure
def nothing(of: _Run, claim: Claim) -> Measured:  # noqa: ARG001
    """The model has no such system; `source` says why."""
    return Measured(None)


def _input(value: float | None) -> Measured:
    return Measured(value, is_input=True)


def _given(claim: Claim, name: str) -> str:
    value = getattr(claim, name)
    if value is None:
        raise ValueError(f"measure {claim.measure!r} needs {name!r}")
    return str(value)


def _machine(of: _Run, model: str) -> tuple[float, float]:
    """TH/s and W of a model."""
    models = of.book.column("machines", "model")
    if model not in models:
        raise ValueError(f"the book has no machine {model!r}{nearest(model, models)}")
    place = models.index(model)
    return of.book.column("machines", "hashrate_ths")[place], of.book.column("machines", "power_w")[place]


def _mean(values: Sequence[float]) -> Measured:
    if len(values) < 2:
        return Measured(None)
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return Measured(mean, math.sqrt(variance / len(values)))


def verdict(claim: Claim, ours: Measured) -> str:
    """What follows: within the tolerance and two standard errors it is reproduced; else the record decides, if there is one."""
    if ours.value is None or claim.figure is None:
        return NOT_MODELLED
    if abs(ours.value - claim.figure) <= claim.tolerance + 2 * (ours.se or 0.0):
        return REPRODUCED
    if claim.record is not None and abs(claim.record - claim.figure) > claim.tolerance:
        return CONTRADICTED
    return NOT_REPRODUCED


def check_claims(results: Results, book: Book, scenario: Scenario) -> list[Verdict]:
    """Each claim of the scenario against the run. Raises ScenarioError for a measure that does not exist or lacks what it needs."""
    of, found, problems = _Run(results, book, scenario), [], []
    for place, claim in enumerate(scenario.file.claims):
        try:
            if claim.measure not in MEASURES:
                raise ValueError(f"no measure {claim.measure!r}{nearest(claim.measure, list(MEASURES))}")
            ours = MEASURES[claim.measure](of, claim)
            found.append(Verdict(claim, ours, verdict(claim, ours)))
        except ValueError as error:
            problems.append(scenario.problem(("claims", place), str(error)))
    if problems:
        raise ScenarioError(scenario.origin, problems)
    return found


def cells(verdicts: Sequence[Verdict]) -> list[list[str]]:
    """The claims as texts: system, claim, its figure, ours with its error, the record, verdict."""
    return [
        [
            item.claim.system,
            item.claim.claim,
            _shown(item.claim.figure, item.claim),
            _ours(item),
            _shown(item.claim.record, item.claim),
            item.verdict,
        ]
        for item in verdicts
    ]


def table(verdicts: Sequence[Verdict]) -> str:
    """The claims as aligned lines under their heads."""
    rows = [["system", "claim", "figure", "ours", "on record", "verdict"], *cells(verdicts)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = (
        "  ".join(
            cell.rjust(width) if place in NUMBERS else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(f"  {line}".rstrip() for line in lines)


def _ours(item: Verdict) -> str:
    if item.ours.value is None:
        return "-"
    text = _shown(item.ours.value, item.claim)
    if item.ours.is_input:
        return f"{text} (input)"
    error = "too few paths" if item.ours.se is None else f"± {item.ours.se * _scale(item.claim):.2g}"
    return f"{text} {error}"


def _shown(value: float | None, claim: Claim) -> str:
    if value is None:
        return "-"
    return f"{_number(value * _scale(claim))} {claim.unit}".rstrip()


def _scale(claim: Claim) -> float:
    """Shares are shown as percentages, money in its unit."""
    return {"%": 100.0, "M USD": 1e-6, "bn USD": 1e-9}.get(claim.unit, 1.0)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
