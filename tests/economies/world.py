"""The world around the book: prices, tariffs, weather, the chain and its cohorts, used machines."""

import math
from datetime import date, timedelta
from random import Random

from tests.economies.draws import Row, chance, keys, number, wide
from tests.oracle.contract import add_months

MIDDLING_J_PER_TH = 33.0


def price_path(rng: Random, days: int, start_usd: float) -> tuple[list[float], list[float]]:
    """Closes and lows: a few regimes of crash, rally or chop."""
    closes, lows = [], []
    x = math.log(start_usd)
    drift, volatility, left = 0.0, 0.03, 0
    for day in range(days):
        if left == 0:
            left = rng.randint(10, 45)
            drift = rng.choice((-0.025, -0.012, 0.0, 0.0, 0.01, 0.02))
            volatility = rng.uniform(0.01, 0.07)
        left -= 1
        if day > 0:
            x += drift + rng.gauss(0, volatility) - (rng.uniform(0.1, 0.6) if chance(rng, 0.004) else 0.0)
        x = min(max(x, math.log(start_usd) - 2.5), math.log(start_usd) + 1.5)
        close = round(math.exp(x), 2)
        closes.append(close)
        lows.append(
            close if day == 0 or chance(rng, 0.1) else round(close * math.exp(-abs(rng.gauss(0, volatility))), 2)
        )
    return closes, lows


def tariff_series(rng: Random, days: int, base: float) -> list[float]:
    """USD/MWh a day: a slow walk, with hot spells."""
    out, x, spell = [], 0.0, 0
    for _ in range(days):
        x = 0.9 * x + rng.gauss(0, 0.1)
        if spell == 0 and chance(rng, 0.03):
            spell = rng.randint(2, 25)
        hot = rng.uniform(1.5, 5.0) if spell else 1.0
        spell = max(spell - 1, 0)
        out.append(round(base * math.exp(x) * hot, 2))
    return out


def add_negative_prices(rng: Random, scenario: Row) -> None:
    """Days on which power costs less than nothing, here and there in two economies of five; the first day keeps its price, which others are
    measured by. Draws of its own, so that all else stays as it was."""
    if not chance(rng, 0.4):
        return
    for series in scenario["tariff_usd_per_mwh"].values():
        for _ in range(rng.randint(0, 4)):
            begin = rng.randrange(1, len(series))
            for day in range(begin, min(begin + rng.randint(1, 6), len(series))):
                series[day] = -round(abs(series[day]) * rng.choice((0.01, rng.random(), rng.uniform(1, 3))), 2)


def availability_series(rng: Random, days: int) -> list[float]:
    """Share of machines that can run, with storms."""
    level = rng.choice((1.0, 0.97, 0.9))
    return [
        rng.choice((0.0, 0.3, 0.6)) if chance(rng, 0.02) else round(level - 0.05 * rng.random(), 3) for _ in range(days)
    ]


def start_date(rng: Random) -> date:
    """A first day; often at a month's end or in a leap February."""
    day = date(2019, 1, 1) + timedelta(days=rng.randrange(365 * 6))
    if chance(rng, 0.3):
        return add_months(date(day.year, day.month, 1), 1) - timedelta(days=rng.randint(0, 2))
    return date(2024, 1, rng.randint(1, 31)) if chance(rng, 0.1) else day


def chain_height(rng: Random, days: int) -> int:
    """A height: anywhere, shortly before a halving, just before a retarget, or just after one."""
    kind = rng.random()
    if kind < 0.4:
        return rng.choice((3, 4, 6, 6, 6)) * 210000 - rng.randint(1, 100 * days)
    height = rng.randint(600000, 900000)
    if kind < 0.6:
        return height // 2016 * 2016 + rng.randint(0, 50)
    return height


def asic_market(rng: Random, network_ths: float) -> Row:
    """The used-machine market."""
    level = wide(rng, 0.4, 1.6)
    tiers = []
    for index, elasticity in ((55.0, 1.34), (30.0, 1.34), (15.0, 1.43), (5.0, 1.21)):
        price = round(index * level * rng.uniform(0.8, 1.2), 2)
        tiers.append(
            {
                "index_usd_per_th": price,
                "elasticity": elasticity,
                "depth_ths_per_day": round(network_ths * wide(rng, 1e-5, 1e-3), 1),
                "bulk_ths": round(network_ths * wide(rng, 1e-4, 1e-1), 1),
                "scrap_usd_per_th": round(price * rng.uniform(0.02, 0.3), 2),
            }
        )
    return {
        "hashprice_half_life_days": number(rng, 5, 30, 1),
        "index_half_life_days": number(rng, 30, 90, 1),
        "overhang_half_life_days": number(rng, 60, 200, 1),
        "kappa": number(rng, 0.05, 0.8, 2),
        "quick_discount": 0.125,
        "bulk_discount": 0.55,
        "tiers": tiers,
    }


def disposal_policy(rng: Random) -> Row:
    """Rules by clearing price over index; sometimes none matches."""
    count = rng.randint(1, 4)
    limits = sorted(number(rng, 0.3, 1.3, 2) for _ in range(count))
    if chance(rng, 0.7):
        limits[-1] = 99.0
    rules = [
        {
            "max_clearing_to_index": limit,
            "action": rng.choice(("dump", "sell", "sell", "hold", "host", "host")),
            "share_per_day": number(rng, 0.02, 0.5, 2),
        }
        for limit in limits
    ]
    return {"hold_days": rng.randint(1, 40), "rules": rules}


class Prices:
    """What a coin, a TH/s and a MWh are worth on day 0."""

    def __init__(self, price_usd: float, revenue_usd_per_ths: float, tariff: float) -> None:
        self.price_usd = price_usd
        self.revenue_usd_per_ths = revenue_usd_per_ths
        self.tariff = tariff


class Scale(Prices):
    """What a TH/s earns and how many there are on day 0; sizes everything else."""

    def __init__(self, rng: Random, days: int) -> None:
        price_usd = round(wide(rng, 12000, 70000), 2)
        self.height = chain_height(rng, days)
        self.subsidy = 5000000000 // 2 ** (self.height // 210000)
        revenue_usd_per_ths = rng.uniform(0.05, 0.13)
        super().__init__(price_usd, revenue_usd_per_ths, 0.7 * revenue_usd_per_ths / (MIDDLING_J_PER_TH * 24e-6))
        blocks_per_ths = 86400 * 1e12 / 4294967296
        self.difficulty = blocks_per_ths * self.subsidy * 1e-8 * self.price_usd / self.revenue_usd_per_ths
        kind = rng.random()
        speed = (
            rng.uniform(4.5, 8) if kind < 0.17 else rng.uniform(0.15, 0.23) if kind < 0.38 else rng.uniform(0.7, 1.6)
        )
        if kind < 0.38:  # let the odd epoch begin afresh, so that its retarget is clamped
            self.height = self.height // 2016 * 2016
        self.network_ths = self.difficulty * 4294967296 / (600 * 1e12) * speed
        self.book_share = wide(rng, 0.0002, 0.5)

    def month_usd(self, ths: dict[str, float]) -> dict[str, float]:
        """What miners of so many TH/s earn in a month."""
        return {miner: count * self.revenue_usd_per_ths * 30 for miner, count in ths.items()}


def switching(rng: Random) -> Row:
    """Thresholds of the switching rule."""
    ratio = number(rng, 0.75, 1.0, 3)
    return {
        "shutdown_ratio": ratio,
        "shutdown_days": rng.randint(1, 14),
        "restart_ratio": round(ratio + rng.choice((0.0, rng.uniform(0, 0.2))), 3),
        "restart_days": rng.randint(1, 7),
    }


def cohort_rows(rng: Random, scale: Scale, regions: list[str]) -> list[Row]:
    """The rest of the network, in a few cost classes."""
    names = keys(rng, rng.randint(2, 10))
    total = scale.network_ths * (1 - scale.book_share)
    weights = [wide(rng, 0.1, 1) for _ in names]
    rows = []
    for name, share in zip(names, weights, strict=True):
        efficiency = number(rng, 18, 75, 1)
        fair = scale.revenue_usd_per_ths / (efficiency * 24e-6)
        rows.append(
            {
                "cohort": name,
                "region": rng.choice(regions),
                "efficiency_j_per_th": efficiency,
                "power_usd_per_mwh": round(fair * rng.uniform(0.3, 1.0), 2),
                "hashrate_ths": round(total * share / sum(weights), 1),
                "pass_through": number(rng, 0, 1, 2),
                **switching(rng),
            }
        )
    return rows


def deliveries(rng: Random, cohorts: list[Row], days: int) -> list[Row]:
    """New machines of the rest of the network."""
    return [
        {
            "day": rng.choice((7, rng.randrange(days))),
            "cohort": cohort["cohort"],
            "hashrate_ths": round(cohort["hashrate_ths"] * rng.uniform(0.001, 0.1), 1),
        }
        for cohort in rng.choices(cohorts, k=rng.randint(0, 8))
    ]
