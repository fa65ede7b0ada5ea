"""Writes the measured part of docs/model/frontier.md: the frontier by year, and the elasticity that dated quotes across tiers imply.

python tools/frontier.py --write    work it out from data/facts, rewrite the part between the markers
python tools/frontier.py --check    fail if the page differs
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import mean

import hashstress as hs
from hashstress.frontier import Machine, frontier, machines

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "model" / "frontier.md"
QUOTES = ROOT / "data" / "facts" / "asic_quotes.csv"
BEGIN, END = "<!-- frontier:begin -->\n", "<!-- frontier:end -->\n"
BOUNDS = {"<25": (0.0, 25.0), "25-38": (25.0, 38.0), "38-68": (38.0, 68.0), ">68": (68.0, math.inf)}
SAME = {"<38": "25-38"}  # the index's name for the tier before a better one was sold
YEARS = range(2016, 2024)


def tier_efficiency(models: Sequence[Machine]) -> dict[str, float]:
    """Mean J/TH of the book's models in each tier."""
    found = {name: [m.j_per_th for m in models if low <= m.j_per_th < high] for name, (low, high) in BOUNDS.items()}
    return {name: mean(values) for name, values in found.items() if values}


def index_quotes() -> dict[str, dict[str, float]]:
    """USD/TH of the index by exact date and tier."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with QUOTES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tier = SAME.get(row["tier_or_model"], row["tier_or_model"])
            if row["kind"] == "index" and tier in BOUNDS and len(row["date"]) == len("2022-01-01"):
                found[row["date"]][tier] = float(row["usd_per_th"])
    return found


def pairs(
    quotes: Mapping[str, Mapping[str, float]], joules: Mapping[str, float]
) -> list[tuple[str, str, float, float]]:
    """Date, tier, and logarithms of efficiency and price against the best tier quoted on that date."""
    found = []
    for day, prices in sorted(quotes.items()):
        tiers = sorted((tier for tier in prices if tier in joules), key=joules.__getitem__)
        for tier in tiers[1:]:
            x = math.log(joules[tiers[0]] / joules[tier])
            found.append((day, tier, x, math.log(prices[tier] / prices[tiers[0]])))
    return found


def slope(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Least squares through the origin, and its standard error."""
    squares = math.fsum(x * x for x, _ in points)
    found = math.fsum(x * y for x, y in points) / squares
    rest = math.fsum((y - found * x) ** 2 for x, y in points) / (len(points) - 1)
    return found, math.sqrt(rest / squares)


def block() -> str:
    """What stands between the markers."""
    book = hs.Book.read("crisis-2022")
    models = machines(book)
    joules = tier_efficiency(models)
    lines = ["### The frontier by year (models of the built-in book, at the end of the year)\n\n"]
    lines += ["| year | J/TH | model | node, nm |\n", "|---|---|---|---|\n"]
    for year in YEARS:
        best = frontier(book, date(year, 12, 31))
        if best is not None:
            node = "" if best.node_nm is None else f"{best.node_nm:g}"
            lines.append(f"| {year} | {best.j_per_th:.1f} | {best.model} | {node} |\n")
    found = pairs(index_quotes(), joules)
    whole, error = slope([(x, y) for *_, x, y in found])
    own = [y / x for *_, x, y in found]
    lines.append("\n### The elasticity that quotes imply\n\n")
    means = ", ".join(f"{tier}: {joules[tier]:.1f}" for tier in BOUNDS if tier in joules)
    lines.append(
        "Index quotes of one date for two tiers or more (`data/facts/asic_quotes.csv`), each tier against the best quoted that day: "
        "`ln(price / price of the best) = elasticity * ln(J of the best / J)`,\n"
        f"J the mean of the book's models of the tier ({means}).\n\n"
    )
    lines += ["| date | tier | price to the best tier's | elasticity |\n", "|---|---|---|---|\n"]
    lines += [f"| {day} | {tier} | {math.exp(y):.3f} | {y / x:.2f} |\n" for day, tier, x, y in found]
    lines.append(
        f"\nAll {len(found)} together, through the origin: {whole:.2f} with a standard error of {error:.2f}; "
        f"one by one from {min(own):.2f} to {max(own):.2f}.\n"
    )
    return "".join(lines)


def page() -> str:
    """The page as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n{block()}\n{END}{rest.split(END)[1]}"


def main() -> int:
    """Writes or compares; 1 if the page differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--write", action="store_true")
    group.add_argument("--check", action="store_true")
    arguments, text = parser.parse_args(), page()
    if arguments.write:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE.name} is out of date: make docs writes it anew", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
