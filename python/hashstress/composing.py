"""A scenario on top of another: `base`, then the file's own keys, then `[scale]`, then `[add]`. docs/model/scenarios.md"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hashstress import toml_lines
from hashstress.errors import ScenarioProblem, nearest
from hashstress.layers import Layer

Kind = Literal["scale", "add"]

OWN = ("name", "title", "expect", "citations")  # what a file says about itself: a base does not say it for another
HOW = ("base", "scale", "add")
ROWS = (
    "availability",
    "deliveries",
    "forced_sales",
    "host_events",
    "lender_events",
    "rack_changes",
    "vendor_events",
)  # tables that `[[add.NAME]]` adds rows to
WHOLE = ("price", "power")  # made by plugins: changed after they are made, `hashstress.scaling`

MOST = 1e300  # what a number of a file may be

_PART = re.compile(r"([^.\[\]]+)((?:\[\d+\])*)")


@dataclass(frozen=True)
class Place:
    """Where a value was written. `file` is None for the scenario's own file."""

    line: int | None
    file: str | None


@dataclass(frozen=True)
class Step:
    """A factor (`scale`) or an amount (`add`) for all prices, for all tariffs, or for the tariff of one region."""

    target: str  # "price" or "power"
    region: str | None
    kind: Kind
    number: float
    path: str  # where the file says so
    place: Place

    def problem(self, text: str) -> ScenarioProblem:
        """A problem of this step."""
        return ScenarioProblem(self.path, text, self.place.line, self.place.file)


@dataclass
class Composed:
    """What the files say together, where each value was written, and what is left to do once plugins have spoken."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[toml_lines.Path, Place] = field(default_factory=dict)
    folders: dict[toml_lines.Path, Path] = field(
        default_factory=dict
    )  # table that names a plugin → folder of its files
    steps: list[Step] = field(default_factory=list)
    problems: list[ScenarioProblem] = field(default_factory=list)


def compose(layers: Sequence[Layer]) -> Composed:
    """The layers as one, the scenario's own first. Problems are collected, none is raised."""
    composed = Composed()
    for layer in reversed(layers):
        _Overlay(composed, layer, None if layer is layers[0] else layer.origin).put()
    return composed


class _Overlay:
    """Puts one layer on top of what lies below it."""

    def __init__(self, composed: Composed, layer: Layer, file: str | None) -> None:
        self.composed, self.layer, self.file = composed, layer, file

    def put(self) -> None:
        for key in OWN:
            self.composed.values.pop(key, None)
            self.forget((key,))
        own = {key: value for key, value in self.layer.table.items() if key not in HOW}
        self.merge(self.composed.values, own, ())
        for kind in ("scale", "add"):
            self.change(kind)
        for key in HOW:
            self.composed.values.pop(key, None)
            if self.file is None and isinstance(value := self.layer.table.get(key), str | dict):
                self.composed.values[key] = value

    # -- keys

    def merge(self, values: dict[str, Any], own: Mapping[str, Any], path: toml_lines.Path) -> None:
        """Tables are merged by key; anything else takes the place of what was there."""
        for key, value in own.items():
            here = (*path, key)
            below = values.get(key)
            if isinstance(value, dict) and isinstance(below, dict) and not _starts_anew(here, value, below):
                if _names_plugin(here) and any(_has_text(text) for name, text in value.items() if name != "source"):
                    self.composed.folders[here] = self.layer.folder
                self.merge(below, value, here)
                continue
            values[key] = deepcopy(value)
            self.write(here, here)
            if _names_plugin(here):
                self.composed.folders[here] = self.layer.folder
                self.composed.steps = [step for step in self.composed.steps if (step.target,) != here]
            elif here == ("policies",) and isinstance(value, dict):
                self.composed.folders |= {(*here, name): self.layer.folder for name in value}

    # -- factors, amounts and rows

    def change(self, kind: Kind) -> None:
        """Applies one of the two tables; rows to add come last, as they are written."""
        table = self.layer.table.get(kind, {})
        if not isinstance(table, dict):
            self.note((kind,), f"is {_shown(table)}, expected a table")
            return
        rows = {key: value for key, value in table.items() if kind == "add" and isinstance(value, list)}
        numbers = {key: value for key, value in table.items() if key not in rows}
        seen: set[toml_lines.Path] = set()
        for path, value in _leaves(numbers, (kind,)):
            parts = _parts(path[1:])
            if parts is None:
                self.note(path, "is not a path like impact.y or asics.tiers[0].elasticity")
            elif not _is_number(value) or not abs(value) <= MOST:
                self.note(path, f"is {_shown(value)}, expected a number")
            elif parts in seen:
                self.note(path, "is given twice")
            else:
                seen.add(parts)
                self.number(kind, path, parts, value)
        for name, found in rows.items():
            self.rows(name, found)

    def number(self, kind: Kind, path: toml_lines.Path, parts: toml_lines.Path, number: float) -> None:
        """One factor or amount: for a whole, later; for values of the file, at once."""
        values, place = self.composed.values, self.place(path)
        whole = parts in [(name,) for name in WHOLE]
        power = values.get("power")
        region = len(parts) == 2 and parts[0] == "power" and isinstance(power, dict) and parts[1] not in power
        if whole or region:
            step = Step(str(parts[0]), str(parts[1]) if region else None, kind, number, toml_lines.dotted(path), place)
            self.composed.steps.append(step)
            return
        try:
            targets = list(_targets(values, parts, ()))
        except _NoTargetError as error:
            self.note(path, str(error))
            return
        for table, key, here in targets:
            table[key] = _changed(table[key], number, kind)
            self.forget(here)
            self.composed.places[here] = place

    def rows(self, name: str, found: list[Any]) -> None:
        """Rows at the end of a table."""
        if name not in ROWS:
            self.note(("add", name), f"rows can be added to {', '.join(ROWS)}{nearest(name, ROWS)}")
            return
        there = self.composed.values.setdefault(name, [])
        if not isinstance(there, list):
            return  # the model says so
        for place, row in enumerate(found):
            self.write((name, len(there)), ("add", name, place))
            there.append(deepcopy(row))

    # -- where things were written

    def note(self, path: toml_lines.Path, text: str) -> None:
        place = self.place(path)
        self.composed.problems.append(ScenarioProblem(toml_lines.dotted(path), text, place.line, place.file))

    def place(self, path: toml_lines.Path) -> Place:
        return Place(self.layer.line(path), self.file)

    def forget(self, path: toml_lines.Path) -> None:
        """Lines of what is replaced."""
        for known in [known for known in self.composed.places if known[: len(path)] == path]:
            del self.composed.places[known]

    def write(self, path: toml_lines.Path, source: toml_lines.Path) -> None:
        """A value at `path`, and what is in it, stands in this layer at `source`."""
        self.forget(path)
        self.composed.places[path] = self.place(source)
        for known, line in self.layer.lines.items():
            if known[: len(source)] == source:
                self.composed.places[(*path, *known[len(source) :])] = Place(line, self.file)


class _NoTargetError(ValueError):
    """A path leads to nothing that can be scaled."""


Target = tuple[Any, Any, toml_lines.Path]  # a table or list, the key in it, and the whole path


def _targets(values: Any, parts: toml_lines.Path, done: toml_lines.Path) -> Iterator[Target]:
    """Numbers a path leads to. A path through a list without an index goes to each of its items that has the key."""
    key, rest = parts[0], parts[1:]
    shown = toml_lines.dotted(done)
    if isinstance(values, list) and isinstance(key, str):
        having = [place for place, item in enumerate(values) if isinstance(item, dict) and key in item]
        if not having:
            keys = sorted({name for item in values if isinstance(item, dict) for name in item})
            raise _NoTargetError(f"{shown} has no key {key!r}{nearest(key, keys)}")
        for place in having:
            yield from _targets(values[place], parts, (*done, place))
        return
    if isinstance(values, dict) and isinstance(key, str):
        if key not in values:
            said = f"{shown} has no key {key!r}" if shown else f"neither this file nor a base of it gives {key!r}"
            raise _NoTargetError(f"{said}{nearest(key, values)}")
        below = values[key]
    elif isinstance(values, list) and isinstance(key, int):
        if key >= len(values):
            raise _NoTargetError(f"{shown} has {len(values)} items, counted from 0")
        below = values[key]
    else:
        raise _NoTargetError(f"{shown} is {_shown(values)}, it has no {toml_lines.dotted((key,))}")
    if rest:
        yield from _targets(below, rest, (*done, key))
    else:
        yield from _numbers(values, key, (*done, key))


def _numbers(table: Any, key: Any, here: toml_lines.Path) -> Iterator[Target]:
    """A number, the numbers of a list, or those of a list of pairs like `["2022-06", 9517766]`."""
    value, shown = table[key], toml_lines.dotted(here)
    if _is_number(value):
        yield table, key, here
    elif isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value)):
        first = next(item for item in value if isinstance(item, dict)) if isinstance(value, list) else value
        keys = ", ".join(f"{shown}.{name}" for name in first if _is_number(first[name]))
        raise _NoTargetError(f"{shown} is a table, expected a number in it{f' like {keys}' if keys else ''}")
    elif isinstance(value, list) and value and all(_is_number(item) for item in value):
        yield from ((value, place, (*here, place)) for place in range(len(value)))
    elif isinstance(value, list) and value and all(isinstance(item, list) and _pair(item) for item in value):
        yield from ((item, 1, (*here, place, 1)) for place, item in enumerate(value))
    else:
        raise _NoTargetError(f"{shown} is {_shown(value)}, expected a number or a list of numbers")


def _pair(item: list[Any]) -> bool:
    return len(item) == 2 and not _is_number(item[0]) and _is_number(item[1])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _changed(value: float, number: float, kind: Kind) -> float:
    """A whole number stays one where it can; what is too large becomes infinite, which the model refuses."""
    if abs(value) > MOST:
        return math.copysign(math.inf, value)
    result = value * number if kind == "scale" else value + number
    return int(result) if isinstance(value, int) and math.isfinite(result) and result == int(result) else result


def _leaves(table: Mapping[str, Any], path: toml_lines.Path) -> Iterator[tuple[toml_lines.Path, Any]]:
    """`"impact.y" = 2` and `impact.y = 2` alike: the path as it is written, and the value."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _parts(path: toml_lines.Path) -> toml_lines.Path | None:
    """`("asics.tiers[0]", "elasticity")` as `("asics", "tiers", 0, "elasticity")`; None when it is no path."""
    found: list[str | int] = []
    for part in ".".join(map(str, path)).split("."):
        match = _PART.fullmatch(part)
        if not match:
            return None
        found += [match[1], *map(int, re.findall(r"\d+", match[2]))]
    return tuple(found)


def _names_plugin(path: toml_lines.Path) -> bool:
    return path in [(name,) for name in WHOLE] or (len(path) == 2 and path[0] == "policies")


def _starts_anew(path: toml_lines.Path, own: Mapping[str, Any], below: Mapping[str, Any]) -> bool:
    """Whether a table names another plugin than the one below: its keys would mean nothing to it."""
    default = "rules" if path[0] == "policies" else None
    return _names_plugin(path) and "source" in own and own["source"] != below.get("source", default)


def _has_text(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_text, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
