"""Every parameter there is, read off what the package says about itself.

The engine's schema of input tables, the models of a scenario file, the parameters of the plugins that come with the package.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hashstress import _core, plugins
from hashstress.hookspecs import LenderPolicy, PowerTariff, ScenarioSource
from hashstress.scenario_file import Day, Month, Named, ScenarioFile
from pydantic import BaseModel

BOOK, SCENARIO = "book", "scenario"
PLUGINS = ((ScenarioSource, ("price",)), (PowerTariff, ("power",)), (LenderPolicy, ("policies", "NAME")))


@dataclass(frozen=True)
class Parameter:
    """A column of an input table, or a key of a scenario file.

    `table` leads to it: ("loans",), ("asics", "tiers"), ("policies", "NAME"), ("price",); `source` is the plugin that has it, if one has.
    """

    side: str
    table: tuple[str, ...]
    name: str
    kind: str  # key, text, word, flag, whole, number, date, month, list, table
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()
    references: str | None = None
    empty: bool = False  # whether it may be left empty
    source: str | None = None

    @property
    def path(self) -> str:
        """`loans.rate`, `asics.tiers.elasticity`, `estate_days`, `price[gbm].drift_annual`."""
        table = ".".join(self.table) + (f"[{self.source}]" if self.source else "")
        return f"{table}.{self.name}" if table else self.name


def parameters() -> list[Parameter]:
    """All of them, in the order of the schema."""
    return [*of_tables(), *of_model(ScenarioFile, ()), *of_plugins()]


def of_tables() -> Iterator[Parameter]:
    """The columns of the tables of a book."""
    for name, fields in _core.schema().items():
        side, _, table = name.partition(".")
        for field in fields if side == "input" else []:
            yield Parameter(
                BOOK,
                (table,),
                field["name"],
                field["type"],
                field["minimum"],
                field["maximum"],
                tuple(field["values"]),
                field["references"],
                empty=field["nullable"] or (not field["required"] and field["default"] is None),
            )


def of_plugins() -> Iterator[Parameter]:
    """The parameters of the plugins of the package."""
    for offer in plugins.load({}, [], {}).offers:
        for descriptor, table in PLUGINS:
            model = offer.descriptor.params
            if isinstance(offer.descriptor, descriptor) and model is not None:
                yield from of_model(model, table, offer.descriptor.name)


def of_model(model: type[BaseModel], table: tuple[str, ...], source: str | None = None) -> Iterator[Parameter]:
    """The keys of a table of a scenario, and those of the tables in it."""
    hints = get_type_hints(model, include_extras=True)
    for field, info in model.model_fields.items():
        name = info.alias or field
        hint = Annotated[hints[field], *info.metadata] if info.metadata else hints[field]
        inner = model_in(hint)
        if inner is None:
            yield leaf(table, name, hint, source)
        elif issubclass(inner, Named):
            place = (*table, name, "NAME") if get_origin(hints[field]) is dict else (*table, name)
            yield leaf(place, "source", str, None)
        else:
            yield from of_model(inner, (*table, name), source)


def leaf(table: tuple[str, ...], name: str, hint: Any, source: str | None) -> Parameter:
    """One key."""
    plain, limits = bare(hint)
    kind, words = "table", ()
    if get_origin(plain) is Literal:
        kind, words = "word", get_args(plain)
    elif hint in (Day, Month):
        kind = "date" if hint == Day else "month"
    elif get_origin(plain) is list:
        kind = "list"
    elif isinstance(plain, type):
        kind = {bool: "flag", int: "whole", float: "number", str: "text", date: "date"}.get(plain, "table")
    low, high = (next((limits[name] for name in names if name in limits), None) for names in (("ge", "gt"), ("le",)))
    return Parameter(SCENARIO, table, name, kind, low, high, words, source=source)


def bare(hint: Any) -> tuple[Any, dict[str, float]]:
    """A hint without annotations and without None, and the limits among the annotations."""
    limits: dict[str, float] = {}
    while True:
        if get_origin(hint) is Annotated:
            hint, *notes = get_args(hint)
            for note in (part for item in notes for part in getattr(item, "metadata", [item])):
                limits |= {
                    name: value for name in ("ge", "gt", "le") if (value := getattr(note, name, None)) is not None
                }
        elif get_origin(hint) in (Union, UnionType):
            (hint,) = (part for part in get_args(hint) if part is not NoneType)
        else:
            return hint, limits


def model_in(hint: Any) -> type[BaseModel] | None:
    """The model that a table, a list of tables or tables by name are of."""
    if isinstance(hint, type):
        return hint if issubclass(hint, BaseModel) else None
    return next((found for part in get_args(hint) if (found := model_in(part)) is not None), None)
