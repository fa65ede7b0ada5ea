"""The files a scenario is made of: its own, its base, and the base's base."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hashstress import builtin, toml_lines
from hashstress.columns import beside
from hashstress.errors import ScenarioError, ScenarioProblem, nearest
from hashstress.hookspecs import ParamsError

MAX_SCENARIO_BYTES = 4 << 20
MOST_BASES = 8  # one below the other


@dataclass(frozen=True)
class Layer:
    """One file of a scenario. `folder` is where the files it names lie; `path` is None for a text that was handed in."""

    origin: str  # the built-in name or the path it was read from
    folder: Path
    text: str
    path: Path | None = None

    @cached_property
    def table(self) -> Mapping[str, Any]:
        """The file as TOML says it. Raises ScenarioError."""
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise ScenarioError(self.origin, [ScenarioProblem("", f"not TOML: {error}")]) from None
        except RecursionError:
            raise ScenarioError(self.origin, [ScenarioProblem("", "not accepted: nested too deeply")]) from None

    @cached_property
    def lines(self) -> Mapping[toml_lines.Path, int]:
        """The line of each value, for messages."""
        return toml_lines.line_map(self.text)

    @property
    def is_built_in(self) -> bool:
        """Whether it comes with the package."""
        return self.folder == builtin.SCENARIOS

    def line(self, path: toml_lines.Path) -> int | None:
        """The line of a value, or of what is around it."""
        return toml_lines.line_of(self.lines, path)

    def record(self) -> dict[str, str | None]:
        """What a run keeps of it, so that it can be read again when the file has changed or gone."""
        return {
            "origin": self.origin,
            "folder": None if self.is_built_in else str(self.folder.resolve()),
            "text": self.text,
        }

    @classmethod
    def recorded(cls, record: Mapping[str, Any]) -> Layer:
        """The layer of a `record`."""
        folder = builtin.SCENARIOS if record["folder"] is None else Path(record["folder"])
        return cls(str(record["origin"]), folder, str(record["text"]))


def read_layer(name_or_path: str | Path) -> Layer:
    """A built-in name or a TOML file. Raises ScenarioError."""
    path, origin = _locate(name_or_path), str(name_or_path)
    return Layer(origin, path.parent, _text(path, origin), path)


def chain(first: Layer) -> tuple[Layer, ...]:
    """A layer, its base, the base's base and so on. Raises ScenarioError for a base that is not there, a cycle, a chain too long."""
    found = [first]
    while (base := found[-1].table.get("base")) is not None:
        if not isinstance(base, str):
            raise _refused(found, f"is {base!r}, expected the name of a scenario or of a file beside this one")
        path = _beside(found, base)
        origins = " -> ".join([*(layer.origin for layer in found), base])
        if path.resolve() in [layer.path.resolve() for layer in found if layer.path]:
            raise _refused(found, f"the bases make a circle: {origins}")
        if len(found) > MOST_BASES:
            raise _refused(found, f"more than {MOST_BASES} bases one below the other: {origins}")
        origin = base if path.parent == builtin.SCENARIOS else str(path)
        found.append(Layer(origin, path.parent, _text(path, origin), path))
    return tuple(found)


def digest(texts: Iterable[str]) -> str:
    """sha256 of the texts of a chain: the scenario's own, its base's and so on, a zero byte between them."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _beside(found: Sequence[Layer], base: str) -> Path:
    """The file of the base that the last layer names."""
    names = builtin.scenario_names()
    if base in names:
        return builtin.SCENARIOS / f"{base}.toml"
    try:
        path = beside(found[-1].folder, base)
    except ParamsError as error:
        raise _refused(found, error.text) from None
    if not path.is_file():
        hint = nearest(base, names)
        raise _refused(found, f"{base!r} is neither a file beside this one nor built in ({', '.join(names)}){hint}")
    return path


def _refused(found: Sequence[Layer], text: str) -> ScenarioError:
    """An error about the base that the last layer names."""
    last = found[-1]
    file = None if len(found) == 1 else last.origin
    return ScenarioError(found[0].origin, [ScenarioProblem("base", text, last.line(("base",)), file)])


def _locate(name_or_path: str | Path) -> Path:
    names = builtin.scenario_names()
    if isinstance(name_or_path, str) and name_or_path in names:
        return builtin.SCENARIOS / f"{name_or_path}.toml"
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
