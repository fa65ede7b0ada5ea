"""`import hashstress` and `hashstress --help` are quick because they load nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import hashstress
import pytest

HEAVY = ("pyarrow", "numpy", "pydantic", "click", "rich", "hashstress._core")
LONGEST_IMPORT_SECONDS = 0.150

TIMED = "import time; begun = time.perf_counter(); import hashstress; print(time.perf_counter() - begun)"


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def loaded_by(code: str, names: tuple[str, ...]) -> str:
    return fresh(f"import sys\n{code}\nprint(sorted(set(sys.modules) & set({names!r})))")


def test_import_loads_nothing_heavy() -> None:
    assert loaded_by("import hashstress", HEAVY) == "[]"


def test_import_is_quick() -> None:
    assert min(float(fresh(TIMED)) for _ in range(5)) < LONGEST_IMPORT_SECONDS


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["plugins", "--help"], ["nonsense"]])
def test_help_does_not_load_pyarrow(words: list[str]) -> None:
    code = f"""
from hashstress.cli import main
try:
    main({words!r})
except SystemExit:
    pass
sys.stdout = sys.__stdout__
"""
    assert loaded_by(code, ("pyarrow", "numpy", "hashstress._core")).endswith("[]")


def test_listing_plugins_does_not_load_pyarrow() -> None:
    assert loaded_by("from hashstress import plugins; plugins.registry()", ("pyarrow", "numpy")) == "[]"


@pytest.mark.parametrize("name", hashstress.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(hashstress, name) is not None
    assert name in dir(hashstress)


def test_run_stays_a_function_after_its_module_is_imported() -> None:
    assert fresh("import hashstress.running, hashstress as hs; print(callable(hs.run))") == "True"


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_such"):
        hashstress.nothing_such  # noqa: B018
