"""Launch dates of machines, better machines that nobody has yet, and what they do to the price of others."""

from datetime import date, timedelta
from random import Random

from tests.economies.draws import Row, Tables, chance, keys, number, wide

BEST_J_PER_TH = 9.0


def latest_launch(tables: Tables, model: str, start: date, end: date) -> date:
    """The last day on which a model may be launched: before its first delivery and the last chance of an upgrade; day 0 if it runs."""
    rows = {row["fleet"]: row for row in tables["fleet"] if row["model"] == model}
    if any(row["machines"] > 0 for row in rows.values()):
        return start
    due = [row["delivery_date"] for row in tables.get("orders", []) if row["fleet"] in rows]
    ends = [
        row.get("until_date")
        for row in tables.get("responses", [])
        if row["kind"] == "upgrade" and row.get("to_fleet") in rows
    ]
    return min(day for day in (end, *due, *ends) if day is not None)


def better_models(rng: Random, tables: Tables, days: int) -> None:
    """Machines that nobody orders, each better than the last, most of them launched within the run."""
    taken = {row["model"] for row in tables["machines"]}
    best = min(row["power_w"] / row["hashrate_ths"] for row in tables["machines"])
    names = [key for key in keys(rng, 10) if key not in taken]
    for name in names[: rng.randint(0, 3)]:
        best = max(best * rng.uniform(0.7, 0.98), BEST_J_PER_TH)
        ths = round(rng.uniform(100, 400), 1)
        tables["machines"].append(
            {
                "model": name,
                "hashrate_ths": ths,
                "power_w": round(best * ths, 1),
                "launched_in": rng.randint(1, days + 10),
            }
        )


def add_frontier(rng: Random, tables: Tables, scenario: Row) -> None:
    """Launch dates in a third of the economies, and a frontier in most of these; draws of its own, after everything else."""
    if not chance(rng, 0.35):
        return
    start, days = date.fromisoformat(scenario["start"]), scenario["days"]
    better_models(rng, tables, days)
    for row in tables["machines"]:
        latest = latest_launch(tables, row["model"], start, start + timedelta(days=days + 20))
        wanted = row.pop("launched_in", None)
        drawn = start + timedelta(days=rng.randint(-400, days) if wanted is None else wanted)
        row["launched_date"] = min(drawn, latest) if wanted is not None or chance(rng, 0.8) else None
        row["node_nm"] = rng.choice((None, 5.0, 7.0, 16.0))
    if all(row["launched_date"] is None for row in tables["machines"]):
        tables["machines"][0]["launched_date"] = start - timedelta(days=rng.randint(0, 1000))
    rng.shuffle(tables["machines"])
    if chance(rng, 0.8):
        half_life = rng.choice((None, number(rng, 0.5, 20, 1), round(wide(rng, 1, 200), 2)))
        scenario["frontier"] = {
            "elasticity": rng.choice((0.0, 1.0, number(rng, 0.1, 3, 2), 10.0)),
            "half_life_days": half_life,
        }
