"""A scenario: what happens from outside. Read from TOML, compiled for one book."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from hashstress import builtin, toml_lines
from hashstress.errors import ScenarioError, ScenarioProblem, UsageError, nearest
from hashstress.scenario_file import Channels, ScenarioFile

if TYPE_CHECKING:
    from hashstress.book import Book
    from hashstress.compile import Compiled

MAX_SCENARIO_BYTES = 4 << 20


@dataclass(frozen=True)
class Scenario:
    """A checked scenario file. `compile` turns its dates into days and asks its plugins for prices, tariffs and policies."""

    file: ScenarioFile
    folder: Path  # files the scenario names lie here
    origin: str  # the name or path it was read from
    text: str = field(default="", repr=False)

    @classmethod
    def read(cls, name_or_path: str | Path) -> Scenario:
        """A built-in name ("crisis-2022") or a TOML file.

        Raises ScenarioError with every problem, its TOML path and its line.
        """
        path = _locate(name_or_path)
        origin = str(name_or_path)
        return cls.from_text(_text(path, origin), folder=path.parent, origin=origin)

    @classmethod
    def from_text(cls, text: str, *, folder: str | Path = ".", origin: str = "(text)") -> Scenario:
        """A scenario from TOML text; files it names are looked for in `folder`. Raises ScenarioError."""
        try:
            checked = ScenarioFile.model_validate(_parsed(text, origin))
        except ValidationError as error:
            lines = toml_lines.line_map(text)
            raise ScenarioError(origin, problems_of(error, ScenarioFile, (), lines)) from None
        return cls(checked, Path(folder), origin, text)

    @property
    def name(self) -> str:
        """The scenario's own name."""
        return self.file.name

    @property
    def days(self) -> int:
        """Number of days."""
        return self.file.days

    @property
    def sha256(self) -> str:
        """Digest of the text it was read from."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def lines(self) -> Mapping[toml_lines.Path, int]:
        """The line of each value, for messages."""
        return toml_lines.line_map(self.text)

    def compile(self, book: Book) -> Compiled:
        """The engine's spec for this book, through the plugins the scenario names. Raises ScenarioError, PluginError."""
        from hashstress.compile import compile_scenario

        return compile_scenario(self, book)

    def with_channels(self, **channels: bool) -> Scenario:
        """The same scenario with some channels switched on or off (docs/model/channels.md). Raises UsageError for an unknown one."""
        names = list(Channels.model_fields)
        for name, on in channels.items():
            if name not in names:
                raise UsageError(f"there is no channel {name!r}; there are {', '.join(names)}{nearest(name, names)}")
            if not isinstance(on, bool):
                raise UsageError(f"channel {name} is {on!r}, expected True or False")
        changed = self.file.channels.model_copy(update=channels)
        return replace(self, file=self.file.model_copy(update={"channels": changed}))

    def problem(self, path: toml_lines.Path, text: str) -> ScenarioProblem:
        """A problem of this scenario at a TOML path."""
        return ScenarioProblem(toml_lines.dotted(path), text, toml_lines.line_of(self.lines, path))

    def __repr__(self) -> str:
        return f"Scenario({self.name!r}, {self.file.start} to {self.file.end}, prices from {self.file.price.source!r})"


def _locate(name_or_path: str | Path) -> Path:
    names = builtin.scenario_names()
    if isinstance(name_or_path, str) and name_or_path in names:
        return builtin.DATA / "scenarios" / f"{name_or_path}.toml"
    path = Path(name_or_path)
    if path.is_file():
        return path
    what = "is a folder, expected a TOML file" if path.is_dir() else "is neither a file nor a built-in scenario"
    text = (
        f"{what}; built in: {', '.join(names) or 'none'}{_book_hint(name_or_path) or nearest(str(name_or_path), names)}"
    )
    raise ScenarioError(str(name_or_path), [ScenarioProblem("", text)])


def _book_hint(name_or_path: str | Path) -> str:
    """Words for a book given in place of a scenario."""
    if str(name_or_path) in builtin.book_names() or any(Path(name_or_path).glob("loans.*")):
        return f"; {str(name_or_path)!r} is a book: name a scenario here, and the book with --book"
    return ""


def _text(path: Path, origin: str) -> str:
    try:
        if path.stat().st_size > MAX_SCENARIO_BYTES:
            raise ScenarioError(origin, [ScenarioProblem("", f"larger than {MAX_SCENARIO_BYTES >> 20} MB")])
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(origin, [ScenarioProblem("", f"not UTF-8 (byte {error.start})")]) from None
    except OSError as error:
        raise ScenarioError(origin, [ScenarioProblem("", f"cannot be read: {error.strerror}")]) from None


def _parsed(text: str, origin: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(origin, [ScenarioProblem("", f"not TOML: {error}")]) from None
    except RecursionError:
        raise ScenarioError(origin, [ScenarioProblem("", "not accepted: nested too deeply")]) from None


def problems_of(
    error: ValidationError, model: type[BaseModel], prefix: toml_lines.Path, lines: Mapping[toml_lines.Path, int]
) -> list[ScenarioProblem]:
    """pydantic's errors as problems: TOML path, line, and the nearest name for an unknown key."""
    return [_problem(dict(item), model, prefix, lines) for item in error.errors(include_url=False)]


def _problem(
    item: Mapping[str, Any], model: type[BaseModel], prefix: toml_lines.Path, lines: Mapping[toml_lines.Path, int]
) -> ScenarioProblem:
    path = (*prefix, *item["loc"])
    if item["type"] == "extra_forbidden":
        text = f"unknown key{nearest(str(item['loc'][-1]), _keys(model, item['loc'][:-1]))}"
    elif item["type"] == "missing":
        text = "is missing"
    else:
        reason = str(item["msg"]).removeprefix("Value error, ").replace("Input should be", "expected")
        text = reason if item["type"] == "value_error" else f"{reason}, found {_shown(item['input'])}"
    return ScenarioProblem(toml_lines.dotted(path), text, toml_lines.line_of(lines, path))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _keys(model: type[BaseModel], path: toml_lines.Path) -> list[str]:
    """Keys a table may have, for the table a path leads to."""
    for part in path:
        if isinstance(part, int):
            continue
        inner = next((field for name, field in model.model_fields.items() if part in (name, field.alias)), None)
        models = list(_models(inner.annotation)) if inner else []
        if not models:
            return []
        model = models[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
