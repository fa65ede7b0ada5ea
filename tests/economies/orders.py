"""Machines on order, their vendors, and racks: rows that are drawn after everything else."""

from datetime import date, timedelta
from random import Random

from tests.economies.book import Models
from tests.economies.draws import Row, Tables, chance, keys, number, wide
from tests.oracle.contract import add_months

MOST_MACHINES = 10_000_000  # of a row, a rack or a change
DEFAULTS: Row = {
    "price_kind": "fixed",
    "price_protection": False,
    "first_instalment_date": None,
    "instalments": None,
    "deployment_days": 30,
    "grace_days": 30,
    "forfeit_share": 1.0,
    "coupon_share": 0.0,
    "cancel_ratio": None,
}


def new_row(rng: Random, book: Models, taken: set[str], like: Row) -> Row:
    """A fleet row of the same site and contract that holds no machines yet."""
    key = next(key for key in keys(rng, 200) if key not in taken)
    taken.add(key)
    return like | {"fleet": key, "machines": 0, "model": rng.choice(book.machines)["model"]}


def price_terms(rng: Random) -> Row:
    """Fixed, fixed and protected, or floating."""
    kind = rng.choice(("fixed", "protected", "floating"))
    return {
        "price_kind": "floating" if kind == "floating" else "fixed",
        "price_protection": kind == "protected",
    }


def payment_terms(rng: Random, start: date, value: int) -> Row:
    """Deposit and instalments, cents; often soon, so that something is left of the miner; sometimes paid in full."""
    delivery = start + timedelta(days=rng.randint(1, 40) if chance(rng, 0.8) else rng.randint(40, 200))
    deposit = round(value * rng.choice((0.0, rng.uniform(0, 0.3), rng.uniform(0.3, 0.95))))
    if chance(rng, 0.2) or deposit == value:
        return {"deposit_usd": value / 100, "delivery_date": delivery}
    first = start + timedelta(days=rng.randint(1, 30) if chance(rng, 0.8) else rng.randint(30, 90))
    count = rng.choice((1, 1, 1, 2, 3, 3, 4, 9))
    last = add_months(first, count - 1)
    wait = rng.choice((0, rng.randint(0, 5), rng.randint(0, 10), rng.randint(1, 60)))
    return {
        "deposit_usd": deposit / 100,
        "first_instalment_date": first,
        "instalments": count,
        "delivery_date": last + timedelta(days=wait),
    }


def habit_terms(rng: Random) -> Row:
    """Racks, patience and forfeits."""
    return {
        "deployment_days": rng.choice((0, rng.randint(1, 10), rng.randint(1, 60), rng.randint(30, 90))),
        "grace_days": rng.randint(1, 10) if chance(rng, 0.35) else rng.randint(10, 75),
        "forfeit_share": rng.choice((0.0, 1.0, number(rng, 0, 1, 3))),
        "coupon_share": rng.choice((0.0, number(rng, 0.0, 0.1, 3), 1.0 if chance(rng, 0.1) else 0.02)),
        "cancel_ratio": rng.choice((None, number(rng, 0.2, 2, 2), 100.0 if chance(rng, 0.2) else 1.0)),
    }


def order_row(rng: Random, book: Models, asics: Row, fleet: Row, vendor: str, usd: float) -> Row:
    """An order for about so many USD, at a price around the index."""
    model = book.model[fleet["model"]]
    index = asics["tiers"][book.tier_of[fleet["model"]]]["index_usd_per_th"] * model["hashrate_ths"]
    price = round(index * rng.uniform(0.5, 2.2), 2)
    machines = min(max(1, round(usd / price)), 5_000_000)
    return {
        **DEFAULTS,
        "order": "",
        "miner": fleet["miner"],
        "vendor": vendor,
        "fleet": fleet["fleet"],
        "machines": machines,
        "price_usd": price,
        **price_terms(rng),
        **payment_terms(rng, book.start, machines * round(price * 100)),
        **habit_terms(rng),
    }


def order_rows(rng: Random, book: Models, asics: Row, fleet: list[Row], month_usd: dict[str, float]) -> list[Row]:
    """Orders of about half of the miners, with one to three vendors; `fleet` gets the rows that are still empty."""
    vendors = keys(rng, rng.randint(1, 3))
    taken = {row["fleet"] for row in fleet}
    rows: list[Row] = []
    for miner, earned in month_usd.items():
        if chance(rng, 0.45):
            continue
        mine = [row for row in fleet if row["miner"] == miner]
        favourite = rng.choice(vendors)
        for _ in range(rng.choice((1, 3, 5, 8))):
            into = rng.choice(mine)
            if chance(rng, 0.15):
                into = new_row(rng, book, taken, into)
                fleet.append(into)
            vendor = favourite if chance(rng, 0.8) else rng.choice(vendors)
            months = wide(rng, 0.0005, 0.05) if chance(rng, 0.4) else wide(rng, 0.02, 2)
            rows.append(order_row(rng, book, asics, into, vendor, earned * months))
    for row, key in zip(rows, keys(rng, len(rows)), strict=True):
        row["order"] = key
    return rows


def drop_plain_columns(rng: Random, rows: list[Row]) -> None:
    """A table may do without the columns that say nothing."""
    plain = chance(rng, 0.05)
    if plain:
        for row in rows:
            row |= {name: value for name, value in DEFAULTS.items() if "instalment" not in name}
    for column, default in DEFAULTS.items():
        if all(row[column] == default for row in rows) and chance(rng, 0.5):
            for row in rows:
                del row[column]


def rack_changes(rng: Random, row: Row, coming: int, days: int) -> list[Row]:
    """Slots that a fleet row gains and loses, at no time fewer than none."""
    level = row["rack_slots"]
    found = []
    for day in sorted(rng.choice((0, rng.randrange(days))) for _ in range(rng.randint(0, 4))):
        lost = min(level, rng.randint(0, row["machines"] // 2 + 1)) if chance(rng, 0.4) else 0
        slots = -lost if lost > 0 else min(rng.randint(1, row["machines"] // 3 + coming + 1), MOST_MACHINES)
        level += slots
        found.append({"day": day, "fleet": row["fleet"], "slots": slots})
    return found


def racks(rng: Random, fleet: list[Row], orders: list[Row], days: int) -> list[Row]:
    """Gives some fleet rows a limit: too few for what is there, enough for it, or for what comes; and its changes."""
    share = rng.choice((0.2, 0.6))
    changes: list[Row] = []
    for row in fleet:
        row["rack_slots"] = None
        if chance(rng, share):
            machines, coming = row["machines"], sum(o["machines"] for o in orders if o["fleet"] == row["fleet"])
            slots = (machines, machines + round(coming * rng.random()), round(machines * rng.uniform(0.8, 1)))
            row["rack_slots"] = min(rng.choice(slots), MOST_MACHINES)
            changes += rack_changes(rng, row, coming, days)
    rng.shuffle(changes)
    return changes


def vendor_events(rng: Random, orders: list[Row], days: int) -> list[Row]:
    """Vendors that fail, each once."""
    vendors = sorted({row["vendor"] for row in orders})
    return [{"day": rng.randrange(days), "vendor": vendor} for vendor in rng.sample(vendors, len(vendors))]


def add_orders(rng: Random, tables: Tables, scenario: Row, book: Models, month_usd: dict[str, float]) -> None:
    """Orders in most economies, racks in half of them, failing vendors in a third; tables and keys may be missing."""
    fleet, days = tables["fleet"], scenario["days"]
    rows = order_rows(rng, book, scenario["asics"], fleet, month_usd) if chance(rng, 0.9) else []
    drop_plain_columns(rng, rows)
    rng.shuffle(rows)
    rng.shuffle(fleet)
    if rows or chance(rng, 0.5):
        tables["orders"] = rows
    if chance(rng, 0.5):
        changes = racks(rng, fleet, rows, days)
        if changes or chance(rng, 0.5):
            scenario["rack_changes"] = changes
    failing = vendor_events(rng, rows, days) if chance(rng, 0.35) else []
    if failing or chance(rng, 0.5):
        scenario["vendor_events"] = failing
