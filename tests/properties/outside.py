"""What comes from outside, at random: prices, tariffs, storms, deliveries, what happens to lenders."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.properties.economy import POLICY_RULES, Row

DIFFICULTY_PER_USD = 1e9
LONGEST = 120
TARIFF = 60.0  # USD/MWh
LENDER_EVENTS = ("loss", "withdrawal", "fail")
TIERS = ((55.0, 1.34), (30.0, 1.34), (15.0, 1.43), (5.0, 1.21))  # USD/TH, elasticity
Draw = Any  # what hypothesis hands to a composite strategy


def among(*values: Any) -> st.SearchStrategy[Any]:
    """One of these."""
    return st.sampled_from(values)


@st.composite
def prices(draw: Draw, start: date, price: float) -> Row:
    """A source of prices: drawn freely, drawn between anchors, or read from a table."""
    source = draw(among("anchors", "gbm", "jump", "table"))
    falls = among(1.0, 0.5, 0.3, 1.3, 0.8)
    marks = [0, *sorted(draw(st.sets(st.integers(3, LONGEST - 1), max_size=2))), LONGEST]
    if source == "anchors":
        points = [[start + timedelta(days=day), round(price * (draw(falls) if day else 1), 2)] for day in marks]
        return {"source": source, "anchors": points, "volatility_daily": draw(among(0.0, 0.03))}
    if source == "table":
        levels = [price * (draw(falls) if day else 1) for day in marks]
        closes = [levels[0]]
        for (before, after), (low, high) in zip(pairwise(marks), pairwise(levels), strict=True):
            closes += [round(low + (high - low) * day / (after - before), 2) for day in range(1, after - before + 1)]
        return {
            "source": source,
            "closes": closes,
            "lows": [1.0 - draw(among(0.0, 0.02)) for _ in marks[:1]] * len(closes),
        }
    terms = {
        "source": source,
        "start_usd": price,
        "drift_annual": draw(among(0.0, -2.0)),
        "volatility_annual": draw(among(0.6, 1.2)),
    }
    return terms if source == "gbm" else terms | {"jumps_per_year": 12.0, "jump_mean": -0.1, "jump_sd": 0.1}


@st.composite
def scenarios(draw: Draw, lenders: list[Row], price: float, start: date) -> Row:
    """What comes from outside, as the scenario file has it."""
    days = draw(st.integers(60, LONGEST))
    inside = st.integers(0, 59).map(lambda day: start + timedelta(days=day))
    events = []
    for row in lenders:
        kinds = draw(st.sets(among(*LENDER_EVENTS), max_size=1))
        for kind in sorted(kinds):
            size = (
                row["cash_usd"]
                if kind == "withdrawal"
                else row["cash_usd"] + row["other_assets_usd"] + row["equity_usd"]
            )
            usd = {} if kind == "fail" else {"amount_usd": max(round(size * draw(among(0.1, 0.5, 1.0)), 2), 1.0)}
            events.append({"date": draw(inside), "lender": row["lender"], "kind": kind, **usd})
    storms = [
        {"region": "erie", "from": draw(inside), "to": start + timedelta(days=59), "share": draw(among(0.0, 0.7))}
    ]
    return {
        "name": "small",
        "start": start,
        "end": start + timedelta(days=days - 1),
        "estate_days": draw(among(10, 1, 40)),
        "price": draw(prices(start, price)),
        "network": {
            "height": draw(among(738_000, 739_870, 839_000)),
            "difficulty": DIFFICULTY_PER_USD * price,
            "fees": [[start.replace(day=1), draw(among(10_000_000, 0))]],
        },
        "power": {
            "source": "seasonal",
            "usd_per_mwh": TARIFF,
            "monthly": [draw(among(1.0, 0.5, 2.0)) for _ in range(6)] * 2,
        },
        "availability": draw(among([], storms)),
        "impact": {
            "y": 1.0,
            "sigma_daily": 0.03,
            "volume_btc_per_day": draw(among(200_000.0, 5000.0)),
            "permanent_share": draw(among(0.0, 0.2)),
            "half_life_days": 5.0,
        },
        "asics": {
            "hashprice_half_life_days": 20.0,
            "index_half_life_days": 45.0,
            "overhang_half_life_days": 180.0,
            "kappa": draw(among(0.03, 0.5)),
            "quick_discount": 0.125,
            "bulk_discount": 0.55,
            "tiers": [
                {
                    "index_usd_per_th": usd,
                    "elasticity": elasticity,
                    "depth_ths_per_day": 30_000.0,
                    "bulk_ths": 600_000.0,
                    "scrap_usd_per_th": usd / 10,
                }
                for usd, elasticity in TIERS
            ],
        },
        "lender_events": events,
        "deliveries": [
            {"date": draw(inside), "cohort": "new", "hashrate_ths": 8e6} for _ in range(draw(st.integers(0, 1)))
        ],
        "policies": POLICY_RULES,
    }
