"""What miners may do before they fail: rows that are drawn after everything else."""

from datetime import date, timedelta
from random import Random

from tests.economies.book import Book
from tests.economies.draws import Row, Tables, chance, keys, number, wide
from tests.economies.world import Scale

OPTIONAL = (
    "from_date",
    "until_date",
    "wait_days",
    "fleet",
    "machines",
    "to_fleet",
    "delay_days",
    "cost_usd_per_machine",
    "share",
    "loan",
)
KINDS = ("retire", "retire", "upgrade", "upgrade", "migrate", "migrate", "sell_coins", "strategic_default")


def target(rng: Random, book: Book, tables: Tables, taken: set[str], row: Row, kind: str) -> Row | None:
    """Another row of the miner that the kind allows, or a new one without machines."""
    joules = {model["model"]: model["power_w"] / model["hashrate_ths"] for model in book.machines}
    better = [model for model in joules if joules[model] < joules[row["model"]]]
    models = [row["model"]] if kind == "migrate" else better
    mine = [
        other
        for other in tables["fleet"]
        if other["miner"] == row["miner"] and other["fleet"] != row["fleet"] and other["model"] in models
    ]
    if mine and chance(rng, 0.6):
        return rng.choice(mine)
    if not models:
        return None
    key = next(key for key in keys(rng, 300) if key not in taken)
    taken.add(key)
    new = row | {
        "fleet": key,
        "machines": 0,
        "model": rng.choice(models),
        "region": rng.choice(book.regions),
        "power_usd_per_mwh": round(row["power_usd_per_mwh"] * rng.uniform(0.4, 1), 2),
    }
    if "rack_slots" in row:
        new["rack_slots"] = None
    tables["fleet"].append(new)
    return new


def trigger(rng: Random, kind: str, price_usd: float) -> Row:
    """When: mostly true somewhere, seldom always."""
    general = ["runway_days_below", "runway_days_over", "btc_below"]
    words = general + (["margin_below", "standing_months"] if kind in ("retire", "upgrade", "migrate") else [])
    words += ["ltv_over", "ltv_over"] if kind == "strategic_default" else []
    word = rng.choice(words)
    threshold = {
        "runway_days_below": number(rng, 0, 200, 1),
        "runway_days_over": number(rng, 0, 60, 1),
        "btc_below": round(price_usd * rng.uniform(0.6, 1.2), 2),
        "margin_below": number(rng, 0.5, 2.5, 2),
        "standing_months": float(rng.choice((1, 1, 2, 3))),
        "ltv_over": number(rng, 0, 1.5, 2),
    }[word]
    return {"trigger": word, "threshold": threshold}


def times(rng: Random, start: date, days: int) -> Row:
    """From when, until when, and whether again."""
    first = start + timedelta(days=rng.randint(-10, 60)) if chance(rng, 0.3) else None
    until = max(first or start, start) + timedelta(days=rng.randint(1, days)) if chance(rng, 0.3) else None
    return {"from_date": first, "until_date": until, "wait_days": rng.choice((None, 1, 25, 32, 60))}


def terms_of(rng: Random, book: Book, tables: Tables, taken: set[str], kind: str, miner: str) -> Row | None:
    """What the kind needs, if the miner has it."""
    if kind == "sell_coins":
        return {"share": number(rng, 0.01, 1, 2)}
    if kind == "strategic_default":
        fit = [row for row in tables["loans"] if row["miner"] == miner and row["collateral"] == "machines"]
        fit = [row for row in fit if row["recourse"] == "limited"]
        return {"loan": rng.choice(fit)["loan"]} if fit else None
    row = rng.choice([row for row in tables["fleet"] if row["miner"] == miner])
    some = max(1, round(row["machines"] * rng.uniform(0.05, 0.8)))
    found: Row = {"fleet": row["fleet"], "machines": some if chance(rng, 0.7) else None}
    if kind != "retire":
        into = target(rng, book, tables, taken, row, kind)
        if into is None:
            return None
        found |= {"to_fleet": into["fleet"], "delay_days": rng.choice((0, rng.randint(1, 60)))}
        if kind == "upgrade" and chance(rng, 0.8):
            found["machines"] = max(1, round(row["machines"] * wide(rng, 0.0005, 0.1)))
    if kind == "migrate":
        found["cost_usd_per_machine"] = rng.choice((0.0, round(wide(rng, 0.1, 200), 2)))
    return found


def add_responses(rng: Random, tables: Tables, scenario: Row, scale: Scale, book: Book) -> None:
    """Up to four responses of many miners in half of the economies; the table, columns and the channel may be missing."""
    rows: list[Row] = []
    start, taken = date.fromisoformat(scenario["start"]), {row["fleet"] for row in tables["fleet"]}
    for miner in book.ths if chance(rng, 0.5) else ():
        for _ in range(rng.randint(0, 4)):
            kind = rng.choice(KINDS)
            terms = terms_of(rng, book, tables, taken, kind, miner)
            if terms is not None:
                row = {"response": "", "miner": miner, "kind": kind, **trigger(rng, kind, scale.price_usd)}
                rows.append(row | dict.fromkeys(OPTIONAL) | times(rng, start, scenario["days"]) | terms)
    for row, key in zip(rows, keys(rng, len(rows)), strict=True):
        row["response"] = key
    for column in OPTIONAL:
        if all(row[column] is None for row in rows) and chance(rng, 0.5):
            for row in rows:
                del row[column]
    rng.shuffle(rows)
    rng.shuffle(tables["fleet"])
    if rows or chance(rng, 0.5):
        tables["responses"] = rows
    if rows and chance(rng, 0.05):
        scenario["channels"] = scenario.get("channels", {}) | {"responses": False}
