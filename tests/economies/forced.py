"""Coins that sellers outside the book sell under force."""

from random import Random

from tests.economies.draws import Row, chance, wide


def sale_row(rng: Random, days: int, volume: float) -> Row:
    """From a hardly felt part of a day's volume to days of it; on one day, for a while or for longer than the run; within the run or across
    its ends."""
    length = rng.choice((1, rng.randint(2, 10), rng.randint(2, 10), rng.randint(5, 60), 400))
    begin = rng.randrange(days)
    place = rng.random()
    if place < 0.25:
        begin = -rng.randint(1, 30)
    elif place < 0.4:
        begin = days - rng.randint(1, 8)
    elif place < 0.45:
        begin = days + rng.randint(0, 30)
    return {"day": begin, "days": length, "btc": max(round(volume * wide(rng, 1e-4, 5), rng.choice((0, 2, 8))), 1e-8)}


def add_forced_sales(rng: Random, scenario: Row) -> None:
    """One to five rows in half of the economies, often two of them at once; the key may be missing or empty. Draws of its own."""
    rows: list[Row] = []
    if chance(rng, 0.5):
        volume = scenario["impact"]["volume_btc_per_day"]
        rows = [sale_row(rng, scenario["days"], volume) for _ in range(rng.randint(1, 4))]
        if chance(rng, 0.5):
            other = rng.choice(rows)
            rows.append(sale_row(rng, scenario["days"], volume) | {"day": other["day"] + rng.randrange(other["days"])})
        rng.shuffle(rows)
    if rows or chance(rng, 0.5):
        scenario["forced_sales"] = rows
