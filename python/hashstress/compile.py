"""From a checked scenario to the engine's plain numbers: dates become days, months become arrays, plugins are asked.

Prices, tariffs and policies always come through the plugin hooks; the built-ins are plugins too. What a plugin hands back is checked
here, and an error names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from hashstress import answers, claim_terms, disposal, hookspecs, idle, opening, plugins, scaling, seasons
from hashstress.batch import BatchSource
from hashstress.draws import stream_of
from hashstress.errors import HashstressError, ScenarioError, ScenarioProblem, nearest
from hashstress.hookspecs import Context, LenderPolicy, ParamsError, PowerTariff, ScenarioSource
from hashstress.plugins import Offer
from hashstress.scenario import problems_of
from hashstress.scenario_file import Named
from hashstress.sites import opened
from hashstress.strangers import Strangers
from hashstress.text import first_three

if TYPE_CHECKING:
    from hashstress.book import Book
    from hashstress.scenario import Scenario
    from hashstress.toml_lines import Path

T = TypeVar("T")


@dataclass(frozen=True)
class Compiled:
    """A scenario compiled for one book: the engine's spec, the batch source if prices come in batches, the plugins it uses."""

    spec: dict[str, Any]
    batch: BatchSource | None
    used: tuple[Offer, ...]
    warnings: tuple[str, ...] = ()  # what the run will not use, one sentence each


class _Compiler:
    def __init__(self, scenario: Scenario, book: Book, registry: plugins.Registry) -> None:
        self.scenario, self.file, self.book, self.registry = scenario, scenario.file, book, registry
        self.context = Context(
            scenario=scenario.name,
            start=self.file.start,
            days=self.file.days,
            regions=tuple(book.column("regions", "region")),
            folder=scenario.folder,
        )
        self.problems: list[ScenarioProblem] = []
        self.strangers = Strangers(scenario, book)
        self.used: list[Offer] = []
        self.batch: BatchSource | None = None
        self.unknown_policies = disposal.unknown(book, registry, scenario.file.policies)

    def compiled(self) -> Compiled:
        file = self.file
        self.starts_before_payments()
        self.starts_before_orders()
        self.starts_before_works()
        spec: dict[str, Any] = {
            "start": file.start.isoformat(),
            "days": file.days,
            "fees_sats_per_block": self.fees(),
            "tariff_usd_per_mwh": self.attempt(self.tariffs),
            "availability": self.availability(),
            "height": file.network.height,
            "difficulty": file.network.difficulty,
            "impact": file.impact.model_dump(),
            "asics": file.asics.model_dump(),
            "lender_events": self.lender_events(),
            "deliveries": self.deliveries(),
            "vendor_events": self.vendor_events(),
            "rack_changes": self.rack_changes(),
            "host_events": self.host_events(),
            "forced_sales": self.forced_sales(),
            "policies": self.policies(),
            "estate_days": file.estate_days,
            "channels": file.channels.model_dump(),
            "stages": file.stages.model_dump(),
            "price": self.attempt(self.price),
        }
        if file.joint is not None:
            spec["joint"] = file.joint.model_dump()
        if file.frontier is not None:
            spec["frontier"] = file.frontier.model_dump()
            if not any(self.book.column("machines", "launched_date")):
                self.note(("frontier",), "no machine of the book has a launched_date: there is no frontier to move")
        self.problems = [*self.strangers.problems(), *self.problems, *claim_terms.problems(self.scenario)]
        if self.problems:
            raise ScenarioError(self.scenario.origin, self.problems)
        disposal.refuse(self.book, [*self.unknown_policies, *seasons.over(self.book, file.start)])
        own = [name for name in file.policies if not self.scenario.inherited(("policies", name))]
        warnings = (
            *disposal.warnings(self.book, own, spec["policies"]),
            *idle.warnings(self.book, spec["policies"]),
            *seasons.warnings(self.book, file.end),
            *opening.warnings(self.book, file.network.difficulty, spec["availability"]),
            *opening.sheets(self.book),
        )
        return Compiled(spec, self.batch, tuple(self.used), warnings)

    def attempt(self, part: Callable[[], T]) -> T | None:
        """A part of the spec, or None and its problems noted."""
        try:
            return part()
        except ScenarioError as error:
            self.problems.extend(error.problems)
            return None

    def note(self, path: Path, text: str) -> None:
        self.problems.append(self.scenario.problem(path, text))

    # -- what the file itself says

    def day(self, day: date, path: Path) -> int:
        """The day index of a date; a date outside the run is a problem."""
        index = (day - self.file.start).days
        if not 0 <= index < self.file.days:
            self.note(path, f"{day} lies outside the run, {self.file.start} to {self.file.end}")
        return index

    def left_out(self, path: Path, first: date, last: date) -> bool:
        """Whether a base's row lies outside the run: the base may be longer."""
        return self.scenario.inherited(path) and (last < self.file.start or first > self.file.end)

    def fees(self) -> list[float]:
        months = dict(self.file.network.fees)
        if len(months) < len(self.file.network.fees):
            self.note(("network", "fees"), "a month is given twice")
        first = self.file.start.replace(day=1)
        if min(months) > first:
            self.note(("network", "fees"), f"the first month is {min(months):%Y-%m}, expected {first:%Y-%m} or earlier")
            return []
        return held(months, self.file.start, self.file.days)

    def availability(self) -> dict[str, list[float]]:
        shares = {region: [1.0] * self.file.days for region in self.context.regions}
        for place, window in enumerate(self.file.availability):
            path: Path = ("availability", place)
            self.known(window.region, "region", self.context.regions, (*path, "region"))
            if window.last < window.first:
                self.note((*path, "to"), f"{window.last} lies before {window.first}")
            elif self.left_out(path, window.first, window.last):
                continue
            from_day, to_day = window.first, window.last
            if self.scenario.inherited(path):
                from_day, to_day = max(from_day, self.file.start), min(to_day, self.file.end)
            first, last = self.day(from_day, (*path, "from")), self.day(to_day, (*path, "to"))
            series = shares.get(window.region, [])
            for day in range(max(first, 0), min(last + 1, len(series))):
                series[day] = min(series[day], window.share)
        return shares

    def lender_events(self) -> list[dict[str, Any]]:
        lenders = self.book.column("lenders", "lender")
        rows = []
        for place, event in enumerate(self.file.lender_events):
            path: Path = ("lender_events", place)
            self.known(event.lender, "lender", lenders, (*path, "lender"))
            if self.left_out(path, event.date, event.date):
                continue
            day = self.day(event.date, (*path, "date"))
            rows.append({"day": day, "lender": event.lender, "kind": event.kind, "amount_usd": event.amount_usd})
        return sorted(rows, key=lambda row: (row["day"], row["lender"].encode(), row["kind"]))

    def deliveries(self) -> list[dict[str, Any]]:
        cohorts = self.book.column("cohorts", "cohort")
        rows = []
        for place, delivery in enumerate(self.file.deliveries):
            path: Path = ("deliveries", place)
            self.known(delivery.cohort, "cohort", cohorts, (*path, "cohort"))
            if self.left_out(path, delivery.date, delivery.date):
                continue
            day = self.day(delivery.date, (*path, "date"))
            rows.append({"day": day, "cohort": delivery.cohort, "hashrate_ths": delivery.hashrate_ths})
        return rows

    def vendor_events(self) -> list[dict[str, Any]]:
        vendors = sorted(set(self.book.column("orders", "vendor")))
        rows: list[dict[str, Any]] = []
        for place, event in enumerate(self.file.vendor_events):
            path: Path = ("vendor_events", place)
            self.known(event.vendor, "vendor", vendors, (*path, "vendor"))
            if self.left_out(path, event.date, event.date):
                continue
            if any(row["vendor"] == event.vendor for row in rows):
                self.note((*path, "vendor"), f"{event.vendor} fails twice; a vendor that failed stays so")
            rows.append({"day": self.day(event.date, (*path, "date")), "vendor": event.vendor})
        return sorted(rows, key=lambda row: (row["day"], row["vendor"].encode()))

    def rack_changes(self) -> list[dict[str, Any]]:
        slots = dict(zip(self.book.column("fleet", "fleet"), self.book.column("fleet", "rack_slots"), strict=True))
        rows: list[dict[str, Any]] = []
        paths: list[Path] = []
        for place, change in enumerate(self.file.rack_changes):
            path: Path = ("rack_changes", place)
            self.known(change.fleet, "fleet row", list(slots), (*path, "fleet"))
            if slots.get(change.fleet, 0) is None:
                self.note((*path, "fleet"), f"{change.fleet} has no rack_slots in the book: no limit to change")
            if not self.left_out(path, change.date, change.date):
                day = self.day(change.date, (*path, "date"))
                rows.append({"day": day, "fleet": change.fleet, "slots": change.slots})
                paths.append(path)
        for row, path in zip(rows, paths, strict=True):
            so_far = [other for other in rows if other["fleet"] == row["fleet"] and other["day"] <= row["day"]]
            built = opened(self.book, row["fleet"], self.file.start + timedelta(days=row["day"]))
            left = (slots.get(row["fleet"]) or 0) + sum(other["slots"] for other in so_far) + built
            if slots.get(row["fleet"]) is not None and left < 0 and row["slots"] < 0:
                self.note((*path, "slots"), f"{row['fleet']} would be left with {left} slots")
        return sorted(rows, key=lambda row: (row["day"], row["fleet"].encode()))

    def host_events(self) -> list[dict[str, Any]]:
        hosts = sorted({host for host in self.book.column("fleet", "host") if host is not None})
        rows: list[dict[str, Any]] = []
        for place, event in enumerate(self.file.host_events):
            path: Path = ("host_events", place)
            self.known(event.host, "host", hosts, (*path, "host"))
            if self.left_out(path, event.date, event.date):
                continue
            if any(row["host"] == event.host for row in rows):
                self.note((*path, "host"), f"{event.host} fails twice; a host that failed stays so")
            rows.append({"day": self.day(event.date, (*path, "date"))} | event.model_dump(exclude={"date"}))
        return sorted(rows, key=lambda row: (row["day"], row["host"].encode()))

    def forced_sales(self) -> list[dict[str, Any]]:
        rows = []
        for place, sale in enumerate(self.file.forced_sales):
            last = sale.date + timedelta(days=sale.days - 1)
            path: Path = ("forced_sales", place)
            if self.left_out(path, sale.date, last):
                continue
            if last < self.file.start or sale.date > self.file.end:
                self.note((*path, "date"), f"{sale.date} to {last} lies outside the run: nothing is sold in it")
            rows.append({"day": (sale.date - self.file.start).days, "days": sale.days, "btc": sale.btc})
        return sorted(rows, key=lambda row: (row["day"], row["days"], row["btc"]))

    def known(self, name: str, kind: str, names: Sequence[str], path: Path) -> None:
        if name not in names:
            self.strangers.add(name, kind, names, path)

    def starts_before_payments(self) -> None:
        """Every loan is outstanding at the start: its first due date lies on day 1 or later."""
        columns = (
            self.book.column("loans", name) for name in ("loan", "amortisation", "first_payment_date", "maturity_date")
        )
        due = [(last if kind == "bullet" else first, loan) for loan, kind, first, last in zip(*columns, strict=True)]
        late = [loan for day, loan in due if day <= self.file.start]
        if late:
            count = f"{len(late)} loan{'s have' if len(late) > 1 else ' has'}"
            self.note(
                ("start",),
                f"{count} a first payment on or before the first day, {self.file.start} ({first_three(late)}); "
                f"start before {min(due)[0]}, or give those loans the payments and balances they have after {self.file.start}",
            )

    def starts_before_orders(self) -> None:
        """What an order still brings lies on day 1 or later."""
        columns = (self.book.column("orders", name) for name in ("order", "first_instalment_date", "delivery_date"))
        due = [(first or delivery, order) for order, first, delivery in zip(*columns, strict=True)]
        late = [order for day, order in due if day <= self.file.start]
        if late:
            self.note(
                ("start",),
                f"orders with an instalment or a delivery on or before the first day, {self.file.start}: {first_three(late)}; "
                f"start before {min(due)[0]}, or put what was paid into deposit_usd and what was delivered into the fleet",
            )

    def starts_before_works(self) -> None:
        """What is done at a site begins on day 1 or later."""
        columns = (self.book.column("works", name) for name in ("work", "begin_date"))
        late = [work for work, begin in zip(*columns, strict=True) if begin is not None and begin <= self.file.start]
        if late:
            self.note(
                ("start",),
                f"works that begin on or before the first day, {self.file.start}: {first_three(late)}; "
                "start earlier, or give the book the sites they have left",
            )

    # -- what plugins say

    def price(self) -> dict[str, Any]:
        path: Path = ("price",)
        offer, source = self.made(ScenarioSource, self.file.price, path)
        context, steps, origin = self.own(offer, path), self.scenario.steps("price"), self.scenario.origin
        if offer.descriptor.mode == "engine":
            return scaling.drawn(self.asked(offer, path, lambda: source.spec(context)), steps, origin)
        if offer.descriptor.mode == "table":
            found = answers.prices(offer, self.asked(offer, path, lambda: source.table(context)), self.file.days)
            close, low = scaling.table(*found, steps, origin)
            return {"source": "table", "close_usd": close, "low_usd": low}
        self.batch = BatchSource(offer, source, context, scaling.batches(steps, origin))
        return {"source": "batch"}

    def tariffs(self) -> dict[str, list[float]]:
        path: Path = ("power",)
        offer, source = self.made(PowerTariff, self.file.power, path)
        answer = self.asked(offer, path, lambda: source.tariffs(self.own(offer, path)))
        found = answers.tariffs(offer, answer, self.context.regions, self.file.days)
        return scaling.tariffs(found, self.scenario.steps("power"), self.scenario.origin)

    def policies(self) -> dict[str, Any]:
        unknown = {problem.value for problem in self.unknown_policies}
        names = sorted({*self.file.policies, *self.book.column("lenders", "policy")} - unknown)
        found = {name: self.attempt(partial(self.policy, name)) for name in names}
        return {name: table for name, table in found.items() if table is not None}

    def policy(self, name: str) -> dict[str, Any]:
        path: Path = ("policies", name)
        named = self.file.policies.get(name) or Named(source=name)
        offer, policy = self.made(LenderPolicy, named, path)
        table = answers.rule_table(offer, self.asked(offer, path, lambda: policy.rules(self.own(offer, path))))
        rules = [
            {term: value for term, value in vars(rule).items() if value is not None}
            | {"max_clearing_to_index": float(rule.max_clearing_to_index)}
            for rule in table.rules
        ]
        return {"hold_days": table.hold_days, "rules": rules}

    def made(self, kind: type[plugins.D], named: Named, path: Path) -> tuple[Offer, Any]:
        """The offer a table names, and what its factory makes of the table's other keys."""
        offer = self.registry.find(kind, named.source, scenario=self.scenario.origin, path=".".join(map(str, path)))
        self.used.append(offer)
        params = self.params(offer, named, path)
        made = self.asked(offer, path, lambda: offer.descriptor.factory(params))
        method = hookspecs.METHODS[type(offer.descriptor), offer.descriptor.mode]
        if not callable(getattr(made, method, None)):
            raise offer.error(
                f"the factory of {named.source!r} made a {type(made).__name__} without the method {method!r}"
            )
        return offer, made

    def params(self, offer: Offer, named: Named, path: Path) -> Any:
        model, values = offer.descriptor.params, named.params
        keys = [field.alias or name for name, field in model.model_fields.items()] if model else []
        unknown = [key for key in values if key not in keys]
        problems = [
            self.scenario.problem((*path, key), f"unknown key of {named.source!r}{nearest(key, keys)}")
            for key in unknown
        ]
        checked = None
        try:
            known = {key: value for key, value in values.items() if key in keys}
            checked = model.model_validate(known) if model else None
        except ValidationError as error:
            problems += problems_of(error, model, path, self.scenario.composed.places) if model else []
        if problems:
            raise ScenarioError(self.scenario.origin, problems)
        return checked

    def asked(self, offer: Offer, path: Path, question: Callable[[], T]) -> T:
        """What a plugin answers; what it raises is named, or is a problem of the scenario when it says so."""
        try:
            return question()
        except ParamsError as error:
            problem = self.scenario.problem((*path, error.key) if error.key else path, error.text)
            raise ScenarioError(self.scenario.origin, [problem]) from None
        except (HashstressError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise offer.raised(error) from error

    def own(self, offer: Offer, path: Path) -> Context:
        """The context with the plugin's own stream of draws, and the folder of the file that named what it reads."""
        return replace(self.context, stream=stream_of(offer.plugin.name), folder=self.scenario.folder_of(path))


def compile_scenario(scenario: Scenario, book: Book, registry: plugins.Registry | None = None) -> Compiled:
    """The engine's spec of a scenario for a book. Raises ScenarioError with every problem, PluginError, InputError."""
    return _Compiler(scenario, book, registry or plugins.registry()).compiled()


def held(values: Mapping[date, float], start: date, days: int) -> list[float]:
    """Daily values `[days]` from dated ones that hold until the next date. The first date must not lie after `start`."""
    dates = sorted(values)
    series, place = [], 0
    for offset in range(days):
        today = start + timedelta(days=offset)
        while place + 1 < len(dates) and dates[place + 1] <= today:
            place += 1
        series.append(values[dates[place]])
    return series
