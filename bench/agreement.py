"""Whether engine and peers come to the same results, path by path, within what rounding to whole cents and satoshis explains."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bench.inputs import RESULTS, Floats

if TYPE_CHECKING:
    from hashstress import _core

# What rounding explains: relative, and absolute in the unit of the result. Counts and days are equal.
RELATIVE = 1e-6
ABSOLUTE = {"loss_cents": 1e5, "forced_sats": 1e6, "cash_cents": 1e5, "sats": 1e6}
# A treasury whose runway is within a cent of its threshold may decide the other way and sell a day later. That is rare, about once in ten
# million decisions, and small; a peer that rounds as the engine does agrees on those paths too, to the last digit.
FLIPPED_SHARE = 0.03
FLIPPED_RELATIVE = 1e-3


def closes(scenario: "_core.Scenario", seed: int, count: int) -> Floats:
    """The engine's closes, `[path, day]`."""
    from hashstress import _core

    close_usd, _ = _core.price_paths(scenario, seed, 0, count)
    return np.frombuffer(close_usd, dtype="<f8").reshape(count, scenario.days)


def engine_results(book: "_core.Book", scenario: "_core.Scenario", seed: int, count: int) -> Floats:
    """What the engine makes of each path, a run of its own for each; columns as bench.inputs.RESULTS."""
    return np.array([_engine_path(book, scenario, seed, path) for path in range(count)])


def _engine_path(book: "_core.Book", scenario: "_core.Scenario", seed: int, path: int) -> list[float]:
    import pyarrow as pa
    from hashstress import _core

    run = _core.Run(book, scenario, paths=path + 1, seed=seed, threads=1, worst=0)
    run.advance(path, 1)
    row = pa.table(run.take_paths()).to_pylist()[0]
    daily = pa.table(run.tables()["daily"]).to_pylist()
    last = {entry["metric"]: entry["max"] for entry in daily if entry["day"] == scenario.days - 1}
    first_failure = row["first_miner_failure_day"]
    values = {
        "loss_cents": row["loss_usd"] * 100,
        "forced_sats": row["forced_btc"] * 1e8,
        "failed": row["miners_failed"],
        "first_failure_day": -1 if first_failure is None else first_failure,
        "cash_cents": last["miner_cash_usd"] * 100,
        "sats": last["miner_btc"] * 1e8,
        "btc_usd": last["btc_usd"],
        "difficulty": last["difficulty"],
    }
    return [values[name] for name in RESULTS]


def _beyond(ours: Floats, theirs: Floats, relative: float) -> npt.NDArray[np.bool_]:
    """Which results differ by more than rounding, `[path, result]`; not a number differs from everything."""
    absolute = np.array([ABSOLUTE.get(name, 0.0) for name in RESULTS])
    within: npt.NDArray[np.bool_] = np.abs(ours - theirs) <= relative * np.abs(ours) + absolute
    return ~within


def flipped(ours: Floats, theirs: Floats) -> int:
    """Paths on which some decision fell the other way."""
    return int(_beyond(ours, theirs, RELATIVE).any(axis=1).sum())


def median_difference(ours: Floats, theirs: Floats) -> float:
    """The largest relative difference of a path, in the median over paths."""
    relative = np.abs(ours - theirs) / np.maximum(np.abs(ours), 1.0)
    return float(np.median(relative.max(axis=1)))


def differences(ours: Floats, theirs: Floats) -> list[str]:
    """Where two sets of results differ by more than rounding and its rare flips explain."""
    relative = RELATIVE if flipped(ours, theirs) > max(1, FLIPPED_SHARE * len(ours)) else FLIPPED_RELATIVE
    return [
        f"path {path}: {RESULTS[column]} is {ours[path, column]!r} and {theirs[path, column]!r}"
        for path, column in np.argwhere(_beyond(ours, theirs, relative))
    ]
