"""How far a run is, on stderr: a bar on a terminal, a JSON line every few seconds elsewhere."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

from hashstress.errors import UsageError

SECONDS_BETWEEN_LINES = 3.0


class Progress(Protocol):
    """Is told how many paths are done."""

    def update(self, done: int) -> None:
        """`done` paths since the start of the run."""


class Silent:
    """Says nothing."""

    def update(self, done: int) -> None:
        """Nothing."""


class JsonLines:
    """`{"paths_done": 4096, "paths": 10000, "paths_per_second": 812.5, "seconds_left": 7.3}`."""

    def __init__(self, paths: int) -> None:
        self._paths, self._begun, self._last = paths, time.monotonic(), time.monotonic()

    def update(self, done: int) -> None:
        """A line, when the last one is a few seconds old or all is done."""
        now = time.monotonic()
        if done < self._paths and now - self._last < SECONDS_BETWEEN_LINES:
            return
        self._last = now
        speed = done / max(now - self._begun, 1e-9)
        line = {"paths_done": done, "paths": self._paths, "paths_per_second": round(speed, 1)}
        left = round((self._paths - done) / speed, 1) if speed > 0 else None
        sys.stderr.write(json.dumps(line | {"seconds_left": left}) + "\n")
        sys.stderr.flush()


def check_progress(progress: object) -> None:
    """Raises UsageError unless `progress` is True, False or "json"."""
    if not isinstance(progress, bool) and progress != "json":
        raise UsageError(f"progress is {progress!r}, expected True, False or 'json'")


@contextmanager
def reporter(progress: bool | Literal["json"], paths: int) -> Iterator[Progress]:
    """What `progress` asks for: nothing, a bar where stderr is a terminal, JSON lines otherwise or with "json"."""
    if progress is False:
        yield Silent()
    elif progress == "json" or not sys.stderr.isatty():
        yield JsonLines(paths)
    else:
        with _bar(paths) as bar:
            yield bar


@contextmanager
def _bar(paths: int) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress
    from rich.text import Text

    class Speed(ProgressColumn):
        """Paths a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.finished_speed or task.speed or 0:,.0f} paths/s")

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Speed(), TimeRemainingColumn())
    with RichProgress(*shown, console=Console(stderr=True)) as rich:
        task = rich.add_task("paths", total=paths)

        class Bar:
            """The bar."""

            def update(self, done: int) -> None:
                """Moves it."""
                rich.update(task, completed=done)

        yield Bar()
