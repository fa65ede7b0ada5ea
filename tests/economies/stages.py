"""Thresholds of stages and clocks, near the prices and measures of an economy."""

from random import Random

from tests.economies.draws import Row, chance, number


def add_thresholds(rng: Random, scenario: Row, price_usd: float) -> None:
    """Thresholds of its own in most economies; the others keep the defaults. Draws of its own, so that all else stays as it was."""
    if chance(rng, 0.2):
        return
    scenario["stages"] = {
        "btc_usd": round(price_usd * rng.uniform(0.4, 1.2), 2),
        "utilisation": rng.choice((1.0, number(rng, 0.3, 1, 3))),
        "lender_cash_share": number(rng, 0.1, 1, 3),
        "power_to_revenue": number(rng, 0.1, 1, 3),
        "miner_cash_share": number(rng, 0.1, 1, 3),
        "recovery_btc_usd": round(price_usd * rng.uniform(0.3, 1.2), 2),
        "recovery_lender_share": number(rng, 0.1, 1, 3),
    }
