"""The compiled engine. Everything here is extract, detach, call, wrap; the model lives in Rust (rust/engine)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, final

__version__: str

class InputError(ValueError):
    """Bad input. `problems` holds up to 100 located problems, one dict each: `code, table, file, row, column, value, expected`.

    `row` counts data rows from 1 (the header of a CSV file is row 0); `file`, `row`, `column`, `value` may be None.
    """

    problems: list[dict[str, Any]]

@final
class Table:
    """An immutable Arrow table (Arrow PyCapsule interface), can be streamed any number of times."""

    @property
    def num_rows(self) -> int: ...
    @property
    def column_names(self) -> list[str]: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Book:
    """What exists on day 0, validated and cross-checked."""

    @staticmethod
    def try_build(tables: Mapping[str, object], files: Mapping[str, str] | None = None) -> Book:
        """Tables by name: anything with `__arrow_c_stream__` or `__arrow_c_array__`. `files` names each table's origin for errors."""
    @property
    def counts(self) -> dict[str, int]: ...
    @property
    def digest(self) -> str: ...
    def table(self, name: str) -> Table: ...
    def input_rows(self, name: str) -> list[int]:
        """For each row of a table in canonical order, the row of the input it came from, from 1."""

@final
class Scenario:
    """What happens from outside, compiled for one book."""

    @staticmethod
    def try_build(spec: Mapping[str, Any], book: Book) -> Scenario:
        """`spec` is the compiled scenario of docs/model/inputs.md plus the key `price`:

        {"source": "anchors", "anchors": [[day, usd], ...], "volatility_daily": float, "intraday": bool}
        {"source": "gbm", "start_usd", "drift_annual", "volatility_annual", "intraday"}
        {"source": "jump", the same and "jumps_per_year", "jump_mean", "jump_sd"}
        {"source": "table", "close_usd": [float, ...], "low_usd": [float, ...] | None}   one path for all
        {"source": "batch"}   closes and lows are handed to each call of `Run.advance`
        """
    @property
    def days(self) -> int: ...
    @property
    def digest(self) -> str: ...

@final
class Run:
    """A run in progress: advance it over paths, then take its tables. Memory does not grow with the number of paths."""

    def __new__(
        cls, book: Book, scenario: Scenario, *, paths: int, seed: int, threads: int | None = None, worst: int = 10
    ) -> Run: ...
    def advance(
        self,
        first_path: int,
        count: int,
        *,
        close_usd: bytes | None = None,
        low_usd: bytes | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Runs paths [first_path, first_path + count). Detaches, checks signals every 50 ms, `progress(paths_done)` up to 4 times a second.

        `close_usd`, `low_usd`: little-endian f64, `[count][days]`, for the source "batch". Raises KeyboardInterrupt on Ctrl-C: what the
        call had not finished is dropped, the object stays usable and the same paths may be advanced again.
        """
    def take_paths(self) -> Table:
        """The rows of `paths` finished since the last call, in path order; they leave the engine's memory."""
    def tables(self) -> dict[str, Table]:
        """`loans`, `miners`, `lenders`, `daily`: estimates over all paths so far, each with its Monte Carlo standard error."""
    def worst_paths(self) -> list[int]:
        """Paths with the largest total loss, worst first (ties: lower path first), at most `worst`."""
    def journal(self, path: int, *, close_usd: bytes | None = None, low_usd: bytes | None = None) -> dict[str, Table]:
        """Replays one path with its journal: `events` and `ledger`."""
    @staticmethod
    def no_journal() -> dict[str, Table]:
        """`events` and `ledger` without rows, for a run without journals."""
    @property
    def paths_done(self) -> int: ...
    @property
    def results_digest(self) -> str:
        """sha256 over the digests of the finished paths, in path order."""
    @property
    def engine_seconds(self) -> float:
        """Wall time spent inside the engine's block kernel by the slowest worker of each call (for the border share)."""
    @property
    def kernel_seconds(self) -> float:
        """Time spent playing days, summed over workers: without drawing prices and gathering results (for benchmarks)."""
    @property
    def summary(self) -> dict[str, Any]:
        """Plain numbers: paths, days, miners, residuals (worst per unit), loss mean and standard error in USD, mean failures."""

def schema() -> dict[str, list[dict[str, Any]]]:
    """Every input and output table: list of columns `{name, type, unit, minimum, maximum, nullable, required, values, description}`.

    Keys `input.NAME` and `output.NAME`.
    """

def price_paths(scenario: Scenario, seed: int, first_path: int, count: int) -> tuple[bytes, bytes]:
    """Closes and lows the engine would use: little-endian f64 `[count][days]` each."""

def loan_schedule(loans: object, file: str | None = None) -> Table:
    """The contractual events of a table `loans`, loan by loan; `file` names its origin for errors."""

def schedules(contracts: Iterable[Mapping[str, Any]], batch: bool) -> Table:
    """The events of contracts, one after the other: see `hashstress.actus`. In a batch rows and problems say which contract is theirs."""

def draws(seed: int, stream: int, path: int, entity: int, day: int, count: int) -> list[float]:
    """Uniforms in (0, 1) of the engine's stateless generator, for plugins that draw."""

def philox_block(key: Sequence[int], counter: Sequence[int]) -> list[int]: ...
def exp(x: float) -> float: ...
def ln(x: float) -> float: ...
def cos(x: float) -> float: ...
