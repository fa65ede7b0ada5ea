"""Names of a scenario that its book has not: row by row where they are few, in one sentence where it speaks of another book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hashstress.errors import ScenarioError, ScenarioProblem, nearest
from hashstress.text import first_three

if TYPE_CHECKING:
    from hashstress.book import Book
    from hashstress.scenario import Scenario
    from hashstress.toml_lines import Path

MOST_ROWS = 3  # of one table, each with its line


class Strangers:
    """Collects them while a scenario is compiled."""

    def __init__(self, scenario: Scenario, book: Book) -> None:
        self.scenario, self.book = scenario, book
        self.found: dict[tuple[str, str], list[tuple[str, Sequence[str], Path]]] = {}

    def add(self, name: str, kind: str, names: Sequence[str], path: Path) -> None:
        """A name that stands at a TOML path; `names` are those the book has."""
        self.found.setdefault((str(path[0]), kind), []).append((name, names, path))

    def problems(self) -> Iterator[ScenarioProblem]:
        """Each by itself, or all of a table as one."""
        for (block, kind), rows in self.found.items():
            if len(rows) > MOST_ROWS:
                names = list(dict.fromkeys(name for name, *_ in rows))
                shown = f"{len(rows)} rows name a {kind} the book has not: {first_three(names)}"
                yield self.scenario.problem((block,), f"{shown}; {self._speaks()}{self._way_out(block, rows[0][-1])}")
                continue
            for name, known, path in rows:
                yield self.scenario.problem(path, f"the book has no {kind} {name!r}{nearest(name, known)}")

    def _way_out(self, block: str, path: Path) -> str:
        if self.scenario.inherited(path):
            return f"write `{block} = []` to leave out the base's"
        return f"a scenario with this one as its base leaves them out with `{block} = []`"

    def _speaks(self) -> str:
        try:
            spoken = self.scenario.book
        except ScenarioError:
            return ""
        return f"this scenario speaks of book {spoken}, not of {self.book.name}: " if spoken != self.book.name else ""
