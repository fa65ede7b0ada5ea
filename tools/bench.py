"""Speed on this machine: one run, one table, medians with their spread, into a JSON file.

The reduced kernel (bench/economy.py) in the engine, with its ledger on, against Numba and NumPy, which keep none; then the full model on
`crisis-2022`. All contestants take turns, repetition by repetition, in one process; the first round of each is not counted (it
compiles Numba's kernel and warms the caches). Before anything is timed, results are compared path by path; a difference beyond
rounding ends the benchmark with exit code 1.

On the reduced kernel all contestants are timed on the same work: closes are there, the days are played, nothing is gathered
(`Run.kernel_seconds` for the engine). A row of its own says what the engine takes with its prices drawn and its results gathered and
digested (the wall time of `Run.advance`), which is what the rows of the full model time.

    python tools/bench.py --out bench.json [--paths 512] [--repetitions 5] [--no-memory]
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))  # `bench`, before this file of the same name

import hashstress as hs  # noqa: E402
import numba  # noqa: E402
import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
from hashstress import _core, actus  # noqa: E402

from bench import agreement, annuities, economy, inputs, reduced_numba, reduced_numpy  # noqa: E402

SEED = 7
SCENARIO = "crisis-2022"
SCHEDULE_CALLS = 5
Contestant = Callable[[], float]  # plays once; returns the figure of this repetition


# --- contestants


def engine_rate(book: _core.Book, scenario: _core.Scenario, paths: int, threads: int) -> float:
    """Miner-days a second of `Run.advance`."""
    run = _core.Run(book, scenario, paths=paths, seed=SEED, threads=threads)
    begin = time.perf_counter()
    run.advance(0, paths)
    return paths * scenario.days * book.counts["miners"] / (time.perf_counter() - begin)


def kernel_rate(book: _core.Book, scenario: _core.Scenario, paths: int) -> float:
    """Miner-days a second of the days alone, with the ledger on: `Run.advance` without drawing prices and gathering results."""
    run = _core.Run(book, scenario, paths=paths, seed=SEED, threads=1)
    run.advance(0, paths)
    return paths * scenario.days * book.counts["miners"] / run.kernel_seconds


def peer_rate(
    kernel: Callable[[inputs.Inputs, inputs.Floats], Any], arrays: inputs.Inputs, closes: inputs.Floats
) -> float:
    """Miner-days a second of a peer's kernel."""
    begin = time.perf_counter()
    kernel(arrays, closes)
    return closes.size * economy.MINERS / (time.perf_counter() - begin)


def schedule_rate(make: Callable[[], int]) -> float:
    """Contract events a second over a few calls in a row, as a server makes them: the first one alone finds cold memory."""
    begin = time.perf_counter()
    return sum(make() for _ in range(SCHEDULE_CALLS)) / (time.perf_counter() - begin)


def border_share(book: hs.Book, scenario: hs.Scenario, paths: int) -> float:
    """Share of the wall time of a run of blocks that is not the engine's."""
    return float(hs.run(book, scenario, paths=paths, seed=SEED, threads=1, worst=0).manifest["border_share"])


def contestants(paths: int) -> dict[str, Contestant]:
    """What is timed, by its key in the JSON file, in the order of their turns."""
    # First of all, as in a program of its own: later the objects of Python would lie scattered between those of the others.
    loans = annuities.loans()
    terms, given, few = annuities.contracts(loans), annuities.arrays(loans), loans[:200]
    book, scenario = economy.compiled()
    arrays = inputs.inputs(economy.tables(), economy.scenario())
    closes = agreement.closes(scenario, SEED, paths)
    full_book, full_scenario = hs.Book.read(SCENARIO), hs.Scenario.read(SCENARIO)
    full = _core.Scenario.try_build(full_scenario.compile(full_book).spec, full_book.core)
    return {
        "kernel_miner_days_per_s": lambda: kernel_rate(book, scenario, paths),
        "kernel_numba_miner_days_per_s": lambda: peer_rate(reduced_numba.run, arrays, closes),
        "kernel_numpy_miner_days_per_s": lambda: peer_rate(reduced_numpy.run, arrays, closes),
        "kernel_run_miner_days_per_s": lambda: engine_rate(book, scenario, paths, 1),
        "full_miner_days_per_s": lambda: engine_rate(full_book.core, full, paths, 1),
        "full_2_threads_miner_days_per_s": lambda: engine_rate(full_book.core, full, paths, 2),
        "border_share": lambda: border_share(full_book, full_scenario, paths),
        "schedule_events_per_s": lambda: schedule_rate(lambda: actus.schedules(terms).num_rows),
        "schedule_numpy_terms_events_per_s": lambda: schedule_rate(
            lambda: annuities.peer(annuities.read(terms)).num_rows
        ),
        "schedule_numpy_events_per_s": lambda: schedule_rate(lambda: annuities.peer(given).num_rows),
        "schedule_quantlib_events_per_s": lambda: schedule_rate(lambda: annuities.quantlib(few)),
    }


# --- agreement


def compare_schedules() -> float:
    """Compares the engine's annuities with the peer's, event by event; the largest relative difference, or an end with exit code 1."""
    loans = annuities.loans(500)
    contracts = annuities.contracts(loans)
    ours, theirs = pa.table(actus.schedules(contracts)), annuities.peer(annuities.arrays(loans))
    if not theirs.equals(annuities.peer(annuities.read(contracts))):
        sys.exit("NumPy makes other annuities of the terms than of the arrays")
    largest = 0.0
    for name in theirs.column_names:
        if pa.types.is_floating(theirs[name].type):
            one, other = ours[name].to_numpy(), theirs[name].to_numpy()
            largest = max(largest, float((np.abs(one - other) / np.maximum(np.abs(other), 1.0)).max()))
        elif ours[name].to_pylist() != theirs[name].to_pylist():
            sys.exit(f"engine and NumPy disagree in {name} of the annuities")
    if largest > 1e-10:
        sys.exit(f"engine and NumPy disagree in the annuities: a relative difference of {largest}")
    return largest


def compare(paths: int) -> dict[str, Any]:
    """Compares engine and peers path by path; what was found, or an end with exit code 1."""
    book, scenario = economy.compiled()
    arrays = inputs.inputs(economy.tables(), economy.scenario())
    closes = agreement.closes(scenario, SEED, paths)
    engine = agreement.engine_results(book, scenario, SEED, paths)
    found: dict[str, Any] = {"paths": paths, "failed_mean": float(engine[:, inputs.RESULTS.index("failed")].mean())}
    for name, kernel in (("numba", reduced_numba.run), ("numpy", reduced_numpy.run)):
        peer = kernel(arrays, closes)
        differences = agreement.differences(engine, peer)
        if differences:
            print(
                f"engine and {name} disagree in {len(differences)} results:",
                *differences[:20],
                sep="\n  ",
                file=sys.stderr,
            )
            sys.exit(1)
        found[name] = {
            "median_relative_difference": agreement.median_difference(engine, peer),
            "paths_with_a_decision_flipped_by_rounding": agreement.flipped(engine, peer),
        }
    return found


# --- memory


# A process of its own starts the run and reports its peak: Linux counts the peak of whoever started a process as the process's own, and
# this one has Numba in it.
STARTER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(pid, 0)
print(status, usage.ru_maxrss)
"""


def peak_mb(paths: int) -> float:
    """Peak resident memory of a run that streams to a folder, MB; without journals, which are large and as many on any number of paths."""
    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, "-m", "hashstress", "run", SCENARIO, "--paths", str(paths)]
        run += ["--out", str(Path(folder) / "run"), "--worst", "0", "--progress", "off"]
        starter = [sys.executable, "-I", "-S", "-c", STARTER]
        told = subprocess.run([*starter, *run], check=True, stdout=subprocess.PIPE, text=True).stdout
    status, peak = map(int, told.split())
    if status != 0:
        sys.exit(f"`hashstress run` with {paths} paths failed")
    return peak / (1024 if sys.platform == "linux" else 1024 * 1024)


# --- figures


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    cpu = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "hashstress": _core.__version__,
        "load_before": round(os.getloadavg()[0], 2),
    }


def spread_of(values: list[float]) -> dict[str, float]:
    """Median and range."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def take_turns(turns: dict[str, Contestant], repetitions: int) -> dict[str, list[float]]:
    """All contestants in turn, again and again; a first round is not counted."""
    for play in turns.values():
        play()
    values: dict[str, list[float]] = {name: [] for name in turns}
    for repetition in range(repetitions):
        print(f"repetition {repetition + 1} of {repetitions}", file=sys.stderr)
        for name, play in turns.items():
            values[name].append(play())
    return values


def ratios(values: dict[str, list[float]], above: str, below: str) -> list[float]:
    """Ratios within each repetition, so that a slow minute of the machine hits both."""
    return [a / b for a, b in zip(values[above], values[below], strict=True)]


# Key, title, scale, unit, target and whether more is better.
LINES: tuple[tuple[str, str, float, str, float | None, bool], ...] = (
    ("kernel_miner_days_per_s", "reduced kernel, engine with ledger, 1 thread", 1e-6, "M/s", None, True),
    ("kernel_numba_miner_days_per_s", "reduced kernel, Numba, 1 thread", 1e-6, "M/s", None, True),
    ("kernel_numpy_miner_days_per_s", "reduced kernel, NumPy", 1e-6, "M/s", None, True),
    ("kernel_run_miner_days_per_s", "reduced kernel, engine with draws and results", 1e-6, "M/s", None, True),
    ("kernel_to_numba", "engine to Numba", 1.0, "x", 2.0, True),
    ("kernel_to_numpy", "engine to NumPy", 1.0, "x", 15.0, True),
    ("full_miner_days_per_s", f"full model, {SCENARIO}, 1 thread", 1e-6, "M/s", 40e6, True),
    ("full_2_threads_miner_days_per_s", f"full model, {SCENARIO}, 2 threads", 1e-6, "M/s", None, True),
    ("speedup_2_threads", "two threads to one", 1.0, "x", 1.8, True),
    ("border_share", "Python border, share of wall time", 100.0, "%", 0.02, False),
    ("schedule_events_per_s", "annuities from their terms, engine", 1e-6, "M/s", 20e6, True),
    ("schedule_numpy_terms_events_per_s", "annuities from the same terms, NumPy", 1e-6, "M/s", None, True),
    ("schedule_to_numpy_terms", "engine to NumPy, from the same terms", 1.0, "x", 1.0, True),
    ("schedule_numpy_events_per_s", "annuities from arrays, NumPy", 1e-6, "M/s", None, True),
    ("schedule_to_numpy", "engine from terms to NumPy from arrays", 1.0, "x", 1.0, True),
    ("schedule_quantlib_events_per_s", "annuities one by one, QuantLib", 1e-6, "M/s", None, True),
    ("memory_100000_to_100_paths", "peak memory, 100,000 to 100 paths", 1.0, "x", 1.1, False),
)


def print_table(spreads: dict[str, dict[str, float]]) -> None:
    """The table: rates in millions of miner-days a second."""
    print(f"{'':46} {'median':>8} {'min':>8} {'max':>8}       target")
    for key, title, scale, unit, target, more in LINES:
        if key not in spreads:
            continue
        spread = spreads[key]
        numbers = " ".join(f"{spread[name] * scale:8.2f}" for name in ("median", "min", "max"))
        verdict = ""
        if target is not None:
            met = spread["median"] >= target if more else spread["median"] <= target
            verdict = f"{'≥' if more else '≤'} {target * scale:g} {'met' if met else 'MISSED'}"
        print(f"{title:46} {numbers} {unit:4} {verdict}".rstrip())


def main() -> None:
    """Compares, measures, prints, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    parser.add_argument("--paths", type=int, default=512, help="paths of a repetition (default 512)")
    parser.add_argument("--repetitions", type=int, default=5, help="counted rounds (default 5)")
    parser.add_argument("--agree", type=int, default=256, help="paths to compare first (default 256)")
    parser.add_argument(
        "--no-memory", action="store_true", help="without the peak memory of 100 and 100,000 paths, which takes minutes"
    )
    options = parser.parse_args()

    numba.set_num_threads(1)
    figures: dict[str, Any] = {"machine": machine(), "paths": options.paths, "repetitions": options.repetitions}
    turns = contestants(options.paths)
    figures["agreement"] = compare(options.agree) | {"schedules": compare_schedules()}
    values = take_turns(turns, options.repetitions)
    values["kernel_to_numba"] = ratios(values, "kernel_miner_days_per_s", "kernel_numba_miner_days_per_s")
    values["kernel_to_numpy"] = ratios(values, "kernel_miner_days_per_s", "kernel_numpy_miner_days_per_s")
    values["schedule_to_numpy_terms"] = ratios(values, "schedule_events_per_s", "schedule_numpy_terms_events_per_s")
    values["schedule_to_numpy"] = ratios(values, "schedule_events_per_s", "schedule_numpy_events_per_s")
    values["speedup_2_threads"] = ratios(values, "full_2_threads_miner_days_per_s", "full_miner_days_per_s")
    if not options.no_memory:
        few, many = peak_mb(100), peak_mb(100_000)
        figures["peak_memory_mb"] = {"100": few, "100000": many}
        values["memory_100000_to_100_paths"] = [many / few]
    spreads = {name: spread_of(found) for name, found in values.items()}
    figures |= {name: spread["median"] for name, spread in spreads.items()}
    figures["spread"] = spreads

    print_table(spreads)
    for name in ("numba", "numpy"):
        found = figures["agreement"][name]
        digits = -math.log10(max(found["median_relative_difference"], 1e-17))
        flips = found["paths_with_a_decision_flipped_by_rounding"]
        print(
            f"engine and {name} agree to {digits:.0f} digits on {options.agree} paths; a decision flipped by rounding on {flips}"
        )
    if options.out:
        options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
