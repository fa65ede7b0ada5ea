"""What liquid cooling brings: hashrate by the inputs, coins by paths that are played with it and without. Model: docs/model/sites.md"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hashstress.book import Book
from hashstress.running import replay

if TYPE_CHECKING:
    import pyarrow as pa

    from hashstress.scenario import Scenario


def hashrate_gain(book: Book, scenario: Scenario) -> float | None:
    """TH/s that machines in liquid can run once they are, over what they could without it, less 1, in the mean of those days."""
    availability, start = scenario.compile(book).spec["availability"], scenario.file.start
    fleet = {key: place for place, key in enumerate(book.column("fleet", "fleet"))}
    regions, models, machines = (book.column("fleet", name) for name in ("region", "model", "machines"))
    ths = dict(zip(book.column("machines", "model"), book.column("machines", "hashrate_ths"), strict=True))
    names = ("fleet", "kind", "begin_date", "days", "hashrate_factor", "heat_relief")
    dry, wet = [], []
    for key, kind, begin, days, factor, relief in zip(*(book.column("works", name) for name in names), strict=True):
        if kind == "cooling":
            place, done = fleet[key], 0 if begin is None else (begin - start).days + days
            whole = machines[place] * ths[models[place]]
            shares = [share for share in availability[regions[place]][done:] if share > 0]
            dry += [whole * share for share in shares]
            wet += [whole * factor * (share + (1 - share) * (relief or 0.0)) for share in shares]
    return math.fsum(wet) / math.fsum(dry) - 1 if any(dry) else None


def coins_gain(book: Book, scenario: Scenario, miner: str, days: range, *, seed: int, paths: int) -> list[float]:
    """Coins the miner mines on the days, over those without any cooling, less 1: path by path, from the first on."""
    dry = _without_cooling(book)
    found = []
    for path in range(paths):
        with_it, without = (_mined(each, scenario, miner, days, seed, path) for each in (book, dry))
        if without:
            found.append(with_it / without - 1)
    return found


def _without_cooling(book: Book) -> Book:
    import pyarrow as pa
    import pyarrow.compute as pc

    works = pa.RecordBatchReader.from_stream(book.tables["works"]).read_all()
    tables: dict[str, object] = dict(book.tables)
    return Book.from_tables(
        **tables | {"works": works.filter(pc.not_equal(works["kind"].cast(pa.string()), "cooling"))}
    )


def _mined(book: Book, scenario: Scenario, miner: str, days: range, seed: int, path: int) -> float:
    import pyarrow as pa

    ledger: pa.Table = pa.RecordBatchReader.from_stream(
        replay(book, scenario, seed=seed, path=path).journal["ledger"]
    ).read_all()
    columns = (ledger[name].to_pylist() for name in ("reason", "to_account", "day", "amount"))
    return math.fsum(
        amount
        for reason, account, day, amount in zip(*columns, strict=True)
        if reason == "production" and account == f"miner:{miner}" and day in days
    )
