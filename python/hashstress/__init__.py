"""hashstress stress-tests leveraged Bitcoin miners and the lenders who fund them.

Five words in every layer: **tables → book → scenario → run → results.**

>>> import hashstress as hs
>>> hs.InputError.code
'input'

The names below are loaded when first used, so that `import hashstress` stays quick and loads neither pyarrow nor the engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from hashstress import errors, hookspecs, plugins
    from hashstress.book import Book
    from hashstress.cashflows import schedule
    from hashstress.claims import check_claims
    from hashstress.contributing import contributions
    from hashstress.errors import HashstressError, InputError, PluginError, RunError, ScenarioError, UsageError
    from hashstress.explaining import explain
    from hashstress.hookspecs import hookimpl
    from hashstress.rescuing import rescue_value
    from hashstress.results import Results
    from hashstress.running import run
    from hashstress.scenario import Scenario

__all__ = [
    "Book",
    "HashstressError",
    "InputError",
    "PluginError",
    "Results",
    "RunError",
    "Scenario",
    "ScenarioError",
    "UsageError",
    "__version__",
    "check_claims",
    "contributions",
    "errors",
    "explain",
    "hookimpl",
    "hookspecs",
    "plugins",
    "rescue_value",
    "run",
    "schedule",
]

_MODULES = frozenset({"errors", "hookspecs", "plugins"})
_HOMES = {
    "Book": "book",
    "HashstressError": "errors",
    "InputError": "errors",
    "PluginError": "errors",
    "Results": "results",
    "RunError": "errors",
    "Scenario": "scenario",
    "ScenarioError": "errors",
    "UsageError": "errors",
    "check_claims": "claims",
    "contributions": "contributing",
    "explain": "explaining",
    "hookimpl": "hookspecs",
    "rescue_value": "rescuing",
    "run": "running",
    "schedule": "cashflows",
}


def __getattr__(name: str) -> Any:
    """Loads a public name on first use (PEP 562)."""
    if name in _MODULES:
        return import_module(f"hashstress.{name}")
    if name == "__version__":
        return _version()
    if name not in _HOMES:
        raise AttributeError(f"module 'hashstress' has no attribute {name!r}")
    value = getattr(import_module(f"hashstress.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("hashstress")
    except metadata.PackageNotFoundError:  # a source tree that was never installed
        return "unknown"


def __dir__() -> list[str]:
    return sorted(__all__)
