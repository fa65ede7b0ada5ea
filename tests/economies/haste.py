"""What haste costs who sells machines, and how far down scrap holds their price."""

from random import Random

from tests.economies.draws import Row, chance, number


def add_haste(rng: Random, asics: Row) -> None:
    """Discounts of its own in four economies of ten, from none to all; in three scrap often above what haste would bring; in two a market
    on which no lot weighs. Draws of its own."""
    if chance(rng, 0.4):
        quick = rng.choice((0.0, number(rng, 0, 0.3, 3), number(rng, 0, 0.3, 3)))
        asics["quick_discount"] = quick
        asics["bulk_discount"] = rng.choice((quick, number(rng, quick, 1, 3), number(rng, quick, 1, 3), 1.0))
    if chance(rng, 0.3):
        for tier in asics["tiers"]:
            if chance(rng, 0.6):
                tier["scrap_usd_per_th"] = round(tier["index_usd_per_th"] * rng.uniform(0.3, 0.95), 2)
    if chance(rng, 0.2):
        asics["kappa"] = 0.0
