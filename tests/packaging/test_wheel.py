"""The wheel alone, in a clean environment and an empty folder, runs the built-in scenario."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def done(*command: str | Path, cwd: Path) -> str:
    """Runs a command; its output is the message when it fails."""
    ran = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.long
def test_the_wheel_runs_alone(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    done(sys.executable, "-m", "maturin", "build", "--release", "--out", wheels, cwd=ROOT)
    (wheel,) = wheels.glob("*.whl")
    assert "-cp311-abi3-" in wheel.name
    venv.create(tmp_path / "clean", with_pip=True)
    python = tmp_path / "clean" / "bin" / "python"
    done(python, "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    done(python.parent / "hashstress", "run", "crisis-2022", "--paths", "64", "--out", "x", cwd=empty)
    manifest = json.loads((empty / "x" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["paths"] == 64
    assert len(manifest["results_digest"]) == 64
