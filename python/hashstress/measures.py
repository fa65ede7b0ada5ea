"""What a claim can be measured by: on the results of a run, or on the book and the scenario that went into it.

Model: docs/model/claims.md#measures
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hashstress import cooled
from hashstress.errors import nearest
from hashstress.frontier import Machine, frontier
from hashstress.rescuing import rescue_value
from hashstress.running import run
from hashstress.scenario import Scenario
from hashstress.text import share_half_width

if TYPE_CHECKING:
    from hashstress.book import Book
    from hashstress.results import Results
    from hashstress.scenario_file import Claim

DAYS_PER_MONTH = 365.25 / 12
COOLED_PATHS = 8  # journalled one by one, so few


@dataclass(frozen=True)
class Measured:
    """What a run or its inputs say: a value with its standard error; None where it cannot be had, or has none."""

    value: float | None
    se: float | None = None
    is_input: bool = False


class Played:
    """A run with what went into it, as measures read it; tables are read once."""

    def __init__(self, results: Results, book: Book, scenario: Scenario) -> None:
        self.results, self.book, self.scenario = results, book, scenario

    @cached_property
    def daily(self) -> Mapping[tuple[str, int], Mapping[str, Any]]:
        """Daily aggregates by metric and day."""
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

    def window(self, claim: Claim) -> range:
        """The days from `since` to `until`, both included: the whole run where they are not given."""
        first, last = (self.day(text) for text in (claim.since or "first", claim.until or "last"))
        if first > last:
            raise ValueError(f"since {claim.since} is after until {claim.until}")
        return range(first, last + 1)

    def mean(self, metric: str, on: str, days: range | None = None) -> Measured:
        """Mean over paths of a daily aggregate on a date, or on the day of `days` on which its mean is lowest or highest."""
        names = sorted({name for name, _ in self.daily})
        if metric not in names:
            raise ValueError(f"no daily aggregate {metric!r}{nearest(metric, names)}")
        if on in ("lowest", "highest"):
            pick = min if on == "lowest" else max
            found = (row for (name, day), row in self.daily.items() if name == metric and (days is None or day in days))
            row = pick(found, key=lambda row: row["mean"])
        else:
            row = self.daily[metric, self.day(on)]
        return Measured(row["mean"], row["mean_se"])


Measure = Callable[[Played, "Claim"], Measured]
MEASURES: dict[str, Measure] = {}


def measure(function: Measure) -> Measure:
    """Makes a measure known by the name of its function."""
    MEASURES[function.__name__] = function
    return function


@measure
def daily(of: Played, claim: Claim) -> Measured:
    """The aggregate `metric` on `on`: a date, `first`, `last`, or the `lowest` or `highest` between `since` and `until`."""
    on = _given(claim, "on")
    if (claim.since or claim.until) and on not in ("lowest", "highest"):
        raise ValueError(
            f"since and until do nothing with on = {on!r}: only lowest and highest look at more than a day"
        )
    return of.mean(_given(claim, "metric"), on, of.window(claim))


@measure
def change(of: Played, claim: Claim) -> Measured:
    """The aggregate `metric` on `to` over that on `on`, less 1."""
    first, last = (of.mean(_given(claim, "metric"), _given(claim, name)) for name in ("on", "to"))
    if not first.value or last.value is None:
        return Measured(None)
    ratio = last.value / first.value
    if first.se is None or last.se is None:
        return Measured(ratio - 1)
    errors = [part.se / part.value for part in (first, last) if part.se is not None and part.value]
    return Measured(ratio - 1, abs(ratio) * math.hypot(*errors))


@measure
def leverage(of: Played, claim: Claim) -> Measured:
    """Assets over equity of operating miners on `on`."""
    share = of.mean("debt_to_assets", _given(claim, "on"))
    if share.value is None or share.value >= 1:
        return Measured(None)
    equity = 1 - share.value
    return Measured(1 / equity, None if share.se is None else share.se / equity**2)


@measure
def months_between(of: Played, claim: Claim) -> Measured:
    """Months from `on` to `to`, each a column of `paths` or a date, over the paths that have both."""
    names = [_given(claim, name) for name in ("on", "to")]
    start, end = (_days_of_paths(of, name) for name in names)
    both = zip(start, end, strict=True)
    return _mean([(last - first) / DAYS_PER_MONTH for first, last in both if first is not None and last is not None])


@measure
def share_of_paths(of: Played, claim: Claim) -> Measured:
    """Share of the paths whose day in the column `on` of `paths` lies between `since` and `until`."""
    window, found = of.window(claim), _days_of_paths(of, _given(claim, "on"))
    share = sum(day in window for day in found if day is not None) / len(found)
    return Measured(share, share_half_width(share, len(found)))


def _days_of_paths(of: Played, name: str) -> list[int | None]:
    """A column of `paths`, or the same date for each of them."""
    known = of.results.paths.column_names
    if name in known:
        return [row[name] for row in of.results.paths.select([name]).rows()]
    try:
        date.fromisoformat(name)
    except ValueError:
        raise ValueError(f"paths have no column {name!r}{nearest(name, known)}") from None
    return [of.day(name)] * int(of.results.manifest["paths"])


@measure
def own_impact(of: Played, claim: Claim) -> Measured:
    """What forced sales of the book alone take off the price on the worst day, a share: played again without `[[forced_sales]]`."""
    del claim
    bare = of.scenario.file.model_copy(update={"forced_sales": []})
    scenario, found = Scenario(bare, of.scenario.layers, of.scenario.composed), of.results.manifest
    again = run(of.book, scenario, paths=found["paths"], seed=found["seed"], worst=0)
    return Played(again, of.book, scenario).mean("price_impact", "highest")


@measure
def lender_loss(of: Played, claim: Claim) -> Measured:
    """Mean loss of the lender `entity` on the loans of the book, USD."""
    lender = _given(claim, "entity")
    row = next((row for row in of.results.lenders.rows() if row["lender"] == lender), None)
    if row is None:
        raise ValueError(f"the book has no lender {lender!r}")
    return Measured(row["loss_usd_mean"], row["loss_usd_se"])


@measure
def rescue_spent(of: Played, claim: Claim) -> Measured:
    """Mean of what the facility `entity` lent, or paid for machines, USD: an input where that is all it had; none without facilities."""
    rows, key = list(of.results.facilities.rows()), _given(claim, "entity")
    row = next((row for row in rows if row["facility"] == key), None)
    if row is None and rows:
        raise ValueError(f"the book has no facility {key!r}{nearest(key, [row['facility'] for row in rows])}")
    if row is None:
        return Measured(None)
    spent = row["spent_usd_mean"]
    return Measured(spent, row["spent_usd_se"], is_input=spent == row["capital_usd"])


@measure
def rescue_per_dollar(of: Played, claim: Claim) -> Measured:
    """Loss all facilities together spare the lenders for each dollar they spend, as `hashstress rescue` has it: played again."""
    del claim
    if not of.book.counts.get("facilities") or "rescue" in of.scenario.file.channels.off:
        return Measured(None)
    found = of.results.manifest
    value = rescue_value(of.book, of.scenario, paths=found["paths"], seed=found["seed"]).avoided_per_dollar
    return Measured(value.ratio, value.se)


@measure
def bulk_price(of: Played, claim: Claim) -> Measured:
    """What a machine of the model `entity` (25-38 J/TH) fetches in a bulk lot on `on`, USD, at the mean prices of that day."""
    asics, on = of.scenario.file.asics, _given(claim, "on")
    index, clearing = (of.mean(f"asic_{name}_usd_per_th", on) for name in ("index", "clearing"))
    if index.value is None or clearing.value is None:
        return Measured(None)
    quoted, scrap, ths = (
        1 - asics.bulk_discount,
        asics.tiers[1].scrap_usd_per_th,
        _machine(of, _given(claim, "entity"))[0],
    )
    if scrap >= min(clearing.value, index.value * quoted):
        return Measured(scrap * ths, 0.0)
    price, factor = (index, quoted) if index.value * quoted <= clearing.value else (clearing, 1.0)
    return Measured((price.value or 0.0) * factor * ths, None if price.se is None else price.se * factor * ths)


@measure
def index_price(of: Played, claim: Claim) -> Measured:
    """Index price of a machine of the model `entity` on day 0, by its tier, USD: an input."""
    return _input(_opening_price(of, _given(claim, "entity")))


def _opening_price(of: Played, model: str) -> float:
    hashrate, power = _machine(of, model)
    tier = sum(power / hashrate >= bound for bound in (25, 38, 68))
    return of.scenario.file.asics.tiers[tier].index_usd_per_th * hashrate


@measure
def energy_saved(of: Played, claim: Claim) -> Measured:
    """Energy a terahash of the model `entity` saves over the model `other`, a share: an input."""
    (new, new_w), (old, old_w) = _machine(of, _given(claim, "entity")), _machine(of, _given(claim, "other"))
    return _input(1 - (new_w / new) / (old_w / old))


@measure
def outstanding(of: Played, claim: Claim) -> Measured:
    """Loans of the book on day 0, USD; with `entity`, those with that collateral: an input."""
    rows = zip(of.book.column("loans", "collateral"), of.book.column("loans", "outstanding_usd"), strict=True)
    return _input(math.fsum(usd for collateral, usd in rows if claim.entity in (None, collateral)))


@measure
def mean_rate(of: Played, claim: Claim) -> Measured:
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
def loan_leverage(of: Played, claim: Claim) -> Measured:
    """Machines pledged, at the index of day 0, over their value less what is owed on them, all loans on machines together: an input."""
    del claim
    models = dict(zip(of.book.column("fleet", "fleet"), of.book.column("fleet", "model"), strict=True))
    rows = _rows(of, "loans", "collateral", "collateral_fleet", "collateral_machines", "outstanding_usd")
    pledged = [row for row in rows if row["collateral"] == "machines"]
    value = math.fsum(
        row["collateral_machines"] * _opening_price(of, models[row["collateral_fleet"]]) for row in pledged
    )
    equity = value - math.fsum(row["outstanding_usd"] for row in pledged)
    return _input(value / equity if equity > 0 else None)


@measure
def deposit_share(of: Played, claim: Claim) -> Measured:
    """Deposits of the orders of the book over what the machines cost by contract, all together: an input; none without orders."""
    del claim
    rows = list(_rows(of, "orders", "machines", "price_usd", "deposit_usd"))
    cost = math.fsum(row["machines"] * row["price_usd"] for row in rows)
    return _input(math.fsum(row["deposit_usd"] for row in rows) / cost if cost else None)


@measure
def cooling_gain(of: Played, claim: Claim) -> Measured:
    """TH/s that machines in liquid can run once they are, over what they could without it, less 1: an input."""
    del claim
    return _input(cooled.hashrate_gain(of.book, of.scenario))


@measure
def cooled_coins(of: Played, claim: Claim) -> Measured:
    """Coins the miner `entity` mines from `since` to `until` over those without any cooling, less 1: the first paths, played again."""
    miner, found = _given(claim, "entity"), of.results.manifest
    miners = of.book.column("miners", "miner")
    if miner not in miners:
        raise ValueError(f"the book has no miner {miner!r}{nearest(miner, miners)}")
    paths = min(found["paths"], COOLED_PATHS)
    return _mean(cooled.coins_gain(of.book, of.scenario, miner, of.window(claim), seed=found["seed"], paths=paths))


def _rows(of: Played, table: str, *columns: str) -> Iterator[dict[str, Any]]:
    """Rows of a table of the book; none where the book has no such table."""
    for values in zip(*(of.book.column(table, name) for name in columns), strict=True):
        yield dict(zip(columns, values, strict=True))


@measure
def levered_share(of: Played, claim: Claim) -> Measured:
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
def tariff_change(of: Played, claim: Claim) -> Measured:
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
def frontier_j_per_th(of: Played, claim: Claim) -> Measured:
    """Least energy of a machine of the book that can be had on `on`, J/TH: an input."""
    best = _best(of, claim)
    return _input(None if best is None else best.j_per_th)


@measure
def frontier_node_nm(of: Played, claim: Claim) -> Measured:
    """Process node of that machine, nm: an input; none where the book does not say."""
    best = _best(of, claim)
    return _input(None if best is None else best.node_nm)


def _best(of: Played, claim: Claim) -> Machine | None:
    day = of.scenario.file.start + timedelta(days=of.day(_given(claim, "on")))
    return frontier(of.book, day)


@measure
def nothing(of: Played, claim: Claim) -> Measured:  # noqa: ARG001
    """The model has no such system; `source` says why."""
    return Measured(None)


def _input(value: float | None) -> Measured:
    return Measured(value, is_input=True)


def _given(claim: Claim, name: str) -> str:
    value = getattr(claim, name)
    if value is None:
        raise ValueError(f"measure {claim.measure!r} needs {name!r}")
    return str(value)


def _machine(of: Played, model: str) -> tuple[float, float]:
    """TH/s and W of a model."""
    models = of.book.column("machines", "model")
    if model not in models:
        raise ValueError(f"the book has no machine {model!r}{nearest(model, models)}")
    place = models.index(model)
    return of.book.column("machines", "hashrate_ths")[place], of.book.column("machines", "power_w")[place]


def _mean(values: Sequence[float]) -> Measured:
    if not values:
        return Measured(None)
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return Measured(mean)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return Measured(mean, math.sqrt(variance / len(values)))
