"""A scenario: what happens from outside. Read from TOML, compiled for one book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from hashstress import builtin, toml_lines
from hashstress.composing import Composed, Place, Step, compose
from hashstress.errors import ScenarioError, ScenarioProblem, UsageError, nearest
from hashstress.layers import Layer, chain, digest, read_layer
from hashstress.scenario_file import Channels, Citation, Cited, ScenarioFile

if TYPE_CHECKING:
    from hashstress.book import Book
    from hashstress.compile import Compiled


@dataclass(frozen=True)
class Scenario:
    """A checked scenario file. `compile` turns its dates into days and asks its plugins for prices, tariffs and policies."""

    file: ScenarioFile
    layers: tuple[Layer, ...]  # its own text, its base's, and so on
    composed: Composed

    @classmethod
    def given(cls, scenario: Scenario | str | Path) -> Scenario:
        """The scenario itself, or the one of this name or file."""
        return scenario if isinstance(scenario, Scenario) else cls.read(scenario)

    @classmethod
    def read(cls, name_or_path: str | Path) -> Scenario:
        """A built-in name ("crisis-2022") or a TOML file; a base it names is read as well.

        Raises ScenarioError with every problem, its file, its TOML path and its line; UsageError for anything but text and paths.
        """
        if not isinstance(name_or_path, str | Path):
            raise UsageError(f"a scenario is read from a {type(name_or_path).__name__}, expected its name or file")
        return cls.of(chain(read_layer(name_or_path)))

    @classmethod
    def from_text(cls, text: str, *, folder: str | Path = ".", origin: str = "(text)") -> Scenario:
        """A scenario from TOML text; files it names, and its base, are looked for in `folder`. Raises ScenarioError."""
        return cls.of(chain(Layer(origin, Path(folder), text)))

    @classmethod
    def recorded(cls, texts: Sequence[Mapping[str, Any]]) -> Scenario:
        """The scenario of a run, from what its manifest keeps of it (`scenario.texts`). Raises ScenarioError."""
        return cls.of([Layer.recorded(record) for record in texts])

    @classmethod
    def of(cls, layers: Sequence[Layer]) -> Scenario:
        """The scenario that some layers make, its own first. Raises ScenarioError."""
        composed = compose(layers)
        problems = list(composed.problems)
        try:
            checked = ScenarioFile.model_validate(composed.values)
        except ValidationError as error:
            problems += problems_of(error, ScenarioFile, (), composed.places)
        if problems:
            raise ScenarioError(layers[0].origin, problems)
        return cls(checked, tuple(layers), composed)

    @property
    def name(self) -> str:
        """The scenario's own name."""
        return self.file.name

    @property
    def origin(self) -> str:
        """The name or path it was read from."""
        return self.layers[0].origin

    @property
    def text(self) -> str:
        """The text of its own file."""
        return self.layers[0].text

    @property
    def folder(self) -> Path:
        """Where its own file lies."""
        return self.layers[0].folder

    @property
    def book(self) -> str:
        """The book it is made for: a built-in name or a folder beside the file that names it.

        Without one, the built-in book with its name or its base's name, or a folder of its name beside it. Raises ScenarioError
        when there is none of those.
        """
        built_in = builtin.book_names()
        layer = next((layer for layer in self.layers if "book" in layer.table), None)
        if self.file.book is not None and layer is not None:
            return self.file.book if self.file.book in built_in else str(layer.folder / self.file.book)
        names = [str(layer.table.get("name")) for layer in self.layers]
        found = next((name for name in names if name in built_in), None)
        if found is None and (self.folder / self.name).is_dir():
            found = str(self.folder / self.name)
        if found is None:
            text = f"is missing, and there is no book {self.name!r}: name a book with `book`, or with --book on the command line"
            raise ScenarioError(self.origin, [self.problem(("book",), text)])
        return found

    @property
    def days(self) -> int:
        """Number of days."""
        return self.file.days

    @property
    def sha256(self) -> str:
        """Digest of the text it was read from and of its bases' texts."""
        return digest(layer.text for layer in self.layers)

    def citations_below(self) -> list[tuple[str, list[Citation]]]:
        """Origin of each base, and where the numbers it gives come from. Raises ScenarioError for a base that says so in a wrong way."""
        return [(layer.origin, _citations(layer)) for layer in self.layers[1:]]

    def folder_of(self, path: toml_lines.Path) -> Path:
        """Where the files lie that the plugin of a table names: beside the file that named them."""
        return self.composed.folders.get(path, self.folder)

    def inherited(self, path: toml_lines.Path) -> bool:
        """Whether a value comes from a base."""
        place = toml_lines.line_of(self.composed.places, path)
        return place is not None and place.file is not None

    def steps(self, target: str) -> list[Step]:
        """What is to be done with all prices ("price") or tariffs ("power")."""
        return [step for step in self.composed.steps if step.target == target]

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
        return _located(self.composed.places, path, text)

    def __repr__(self) -> str:
        return f"Scenario({self.name!r}, {self.file.start} to {self.file.end}, prices from {self.file.price.source!r})"


def _citations(layer: Layer) -> list[Citation]:
    try:
        return Cited.model_validate({"citations": layer.table.get("citations", [])}).citations
    except ValidationError as error:
        places = {path: Place(line, None) for path, line in layer.lines.items()}
        raise ScenarioError(layer.origin, problems_of(error, Cited, (), places)) from None


def problems_of(
    error: ValidationError, model: type[BaseModel], prefix: toml_lines.Path, places: Mapping[toml_lines.Path, Place]
) -> list[ScenarioProblem]:
    """pydantic's errors as problems: TOML path, line, and the nearest name for an unknown key."""
    return [_problem(dict(item), model, prefix, places) for item in error.errors(include_url=False)]


def _problem(
    item: Mapping[str, Any], model: type[BaseModel], prefix: toml_lines.Path, places: Mapping[toml_lines.Path, Place]
) -> ScenarioProblem:
    path = (*prefix, *item["loc"])
    if item["type"] == "extra_forbidden":
        text = f"unknown key{nearest(str(item['loc'][-1]), _keys(model, item['loc'][:-1]))}"
    elif item["type"] == "missing":
        text = "is missing"
    else:
        reason = str(item["msg"]).removeprefix("Value error, ").replace("Input should be", "expected")
        text = reason if item["type"] == "value_error" else f"{reason}, found {_shown(item['input'])}"
    return _located(places, path, text)


def _located(places: Mapping[toml_lines.Path, Place], path: toml_lines.Path, text: str) -> ScenarioProblem:
    place = toml_lines.line_of(places, path) or Place(None, None)
    return ScenarioProblem(toml_lines.dotted(path), text, place.line, place.file)


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
