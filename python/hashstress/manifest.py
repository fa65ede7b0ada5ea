"""The record of a run: what made the numbers, what they are, and how sure we are that the books close."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashstress import plugins, storage

if TYPE_CHECKING:
    from hashstress._core import Scenario as CoreScenario
    from hashstress.book import Book
    from hashstress.compile import Compiled
    from hashstress.scenario import Scenario
    from hashstress.scenario_file import ScenarioFile

FORMAT = 1
_LIBRARIES = ("numpy", "pluggy", "pyarrow", "pydantic")


def identity(
    book: Book,
    scenario: Scenario,
    core: CoreScenario,
    compiled: Compiled,
    registry: plugins.Registry,
    *,
    paths: int,
    seed: int,
) -> dict[str, Any]:
    """Everything two runs must share to have the same numbers, and the versions that made them."""
    file = scenario.file
    return {
        "format": FORMAT,
        "book": {
            "name": book.name,
            "folder": None if book.folder is None else str(book.folder),
            "digest": book.digest,
            "counts": dict(book.counts),
            "files": book.files,
        },
        "scenario": {
            "name": scenario.name,
            "title": file.title,
            "origin": scenario.origin,
            "digest": core.digest,
            "sha256": scenario.sha256,
            "texts": [layer.record() for layer in scenario.layers],
            "start": file.start.isoformat(),
            "days": file.days,
            "lender_failures": lender_failures(file),
            "channels_off": file.channels.off,
        },
        "paths": paths,
        "seed": seed,
        "plugins": plugin_records(compiled, registry),
        "versions": versions(),
        "engine_sha256": engine_sha256(),
    }


def lender_failures(file: ScenarioFile) -> dict[str, str]:
    """Lenders the scenario itself fails, and on which date: those are no findings of the model."""
    inside = (event for event in file.lender_events if file.start <= event.date <= file.end)  # a base may be longer
    failing = sorted((event.date, event.lender) for event in inside if event.kind == "fail")
    first: dict[str, str] = {}
    for day, lender in failing:
        first.setdefault(lender, day.isoformat())
    return first


@cache
def engine_sha256() -> str:
    """Digest of the compiled engine's file: two builds of one version differ in it."""
    from hashstress import _core

    return storage.sha256_of(Path(_core.__file__))


def plugin_records(compiled: Compiled, registry: plugins.Registry) -> list[dict[str, Any]]:
    """Every plugin found: who made it, its status, and for those in use what the run uses and the digest of their code."""
    records = []
    for plugin in registry.plugins:
        uses = sorted({f"{offer.hook}:{offer.descriptor.name}" for offer in compiled.used if offer.plugin is plugin})
        record: dict[str, Any] = {
            "name": plugin.name,
            "dist": plugin.dist,
            "version": plugin.version,
            "status": plugin.status,
        }
        if plugin.reason:
            record["reason"] = plugin.reason
        if uses:
            record |= {"uses": uses, "sha256": plugin.sha256}
        records.append(record)
    return records


def versions() -> dict[str, str]:
    """Versions of the engine, of Python and of the libraries at the border."""
    import hashstress
    from hashstress import _core

    found = {"hashstress": hashstress.__version__, "engine": _core.__version__, "python": platform.python_version()}
    return (
        found
        | {"machine": platform.machine(), "system": platform.system()}
        | {name: version for name in _LIBRARIES if (version := _version(name))}
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
