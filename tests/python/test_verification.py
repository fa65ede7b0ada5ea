"""`hashstress verify`: a run's folder is compared with its manifest, and each kind of damage has its sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hashstress as hs
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from hashstress import running, verification
from hashstress.seal import SEAL, sealed

from tests.python.conftest import SHORT

Cli = Callable[..., Result]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of ten paths in three parts."""
    folder = tmp_path_factory.mktemp("runs") / "a"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "BLOCK", 4)
        hs.run("crisis-2022", hs.Scenario.from_text(SHORT), paths=10, out=folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(original, tmp_path / "a"))


def edit(folder: Path, change: Callable[[dict[str, Any]], object], *, seal: bool = True) -> None:
    """Changes the manifest as someone would who knows how to seal it again."""
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(sealed(manifest) if seal else manifest))


def test_a_whole_run(cli: Cli, folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    done = cli("verify", folder)
    assert done.exit_code == 0, done.stderr
    assert "is whole: 10 files, 10 paths, every digest as in manifest.json" in done.stdout
    assert hs.Results.read(folder).manifest["results_digest"] in done.stdout


def flip(folder: Path) -> None:
    path = folder / "loans.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def swap_parts(folder: Path) -> None:
    """Parts in another order, as a manifest might be put together by hand."""
    edit(folder, lambda manifest: manifest["files"].insert(0, manifest["files"].pop(1)))


def drop_part(folder: Path) -> None:
    (folder / "paths" / "part-000000000008.parquet").unlink()
    edit(folder, lambda manifest: manifest["files"].pop(2))


def another_digest(folder: Path) -> None:
    edit(folder, lambda manifest: manifest.update(results_digest="0" * 64))


def another_residual(folder: Path) -> None:
    edit(folder, lambda manifest: manifest["summary"].update(residual_sats=3.0))


def more_rows(folder: Path) -> None:
    edit(folder, lambda manifest: manifest["files"][0].update(rows=5))


def stranger(folder: Path) -> None:
    shutil.copy(folder / "paths" / "part-000000000000.parquet", folder / "paths" / "part-000000000010.parquet")


def no_digest(folder: Path) -> None:
    edit(folder, lambda manifest: manifest.pop("results_digest"))


def by_hand(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    return lambda folder: edit(folder, change, seal=False)


DAMAGE: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "a flipped bit": (flip, [r"loans.parquet was changed: its sha256 is"]),
    "a file less": (lambda folder: (folder / "lenders.parquet").unlink(), ["lenders.parquet is missing"]),
    "a shorter file": (lambda folder: (folder / "daily.parquet").write_bytes(b"PAR1"), ["daily.parquet has 4 bytes"]),
    "a file more": (stranger, ["part-000000000010.parquet does not belong to the run"]),
    "other rows": (more_rows, ["part-000000000000.parquet has 4 rows, the manifest says 5"]),
    "another seed": (
        by_hand(lambda manifest: manifest.update(seed=8)),
        ["manifest.json was changed: what it says makes"],
    ),
    "another name": (by_hand(lambda manifest: manifest["book"].update(name="b")), ["manifest.json was changed"]),
    "no seal": (by_hand(lambda manifest: manifest.pop(SEAL)), [f"manifest.json has no {SEAL}"]),
    "another digest": (another_digest, ["the manifest's results_digest is 000"]),
    "another residual": (another_residual, ["the worst residual_sats of a path is 0, the manifest says 3"]),
    "a manifest without its digest": (no_digest, ["manifest.json is damaged: KeyError 'results_digest'"]),
    "parts in another order": (swap_parts, ["path 0 is missing or out of order", "results_digest"]),
    "a part less": (drop_part, ["there are 8 paths, the manifest says 10", "results_digest"]),
}


@pytest.mark.parametrize(("damage", "texts"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_found(cli: Cli, folder: Path, damage: Callable[[Path], object], texts: list[str]) -> None:
    damage(folder)
    found = verification.problems(folder)
    assert len(found) == len(texts)
    assert all(text in problem for text, problem in zip(texts, found, strict=True)), found
    done = cli("verify", folder)
    assert done.exit_code == 1
    assert texts[0] in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("change", [{"seed": 8}, {"paths": "many"}, {"paths": 0}])
def test_a_manifest_that_was_changed_is_not_shown(cli: Cli, folder: Path, change: dict[str, Any]) -> None:
    edit(folder, lambda manifest: manifest.update(change), seal=False)
    done = cli("show", folder)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "manifest.json was changed since the run" in done.stderr


def test_what_is_no_finished_run(cli: Cli, folder: Path, tmp_path: Path) -> None:
    assert cli("verify", tmp_path / "nowhere").exit_code == 2
    (folder / "manifest.json").unlink()
    done = cli("verify", folder)
    assert done.exit_code == 1
    assert "not finished" in done.stderr


def test_a_file_that_was_rewritten_with_other_numbers(folder: Path) -> None:
    path = folder / "lenders.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    assert verification.problems(folder)
