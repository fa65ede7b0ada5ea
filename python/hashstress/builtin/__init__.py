"""What comes with the package: price sources, tariffs and policies on the same hooks as any plugin, and example data."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
SCENARIOS = DATA / "scenarios"

_PLUGINS = ("policies", "prices", "tariffs")


def plugins() -> list[tuple[str, object]]:
    """The built-in plugins as (name, module), sorted by name."""
    return [(f"builtin-{name}", import_module(f"hashstress.builtin.{name}")) for name in _PLUGINS]


def book_names() -> list[str]:
    """Built-in books, sorted; a variant `NAME:VARIANT` reads `TABLE-VARIANT.csv` in place of `TABLE.csv`, where there is one."""
    folders = sorted(path for path in (DATA / "books").glob("*") if path.is_dir())
    return [name for folder in folders for name in (folder.name, *_variants(folder))]


def scenario_names() -> list[str]:
    """Built-in scenarios, sorted."""
    return sorted(path.stem for path in SCENARIOS.glob("*.toml"))


def _variants(folder: Path) -> list[str]:
    return sorted({f"{folder.name}:{path.stem.partition('-')[2]}" for path in folder.glob("*-*.csv")})
