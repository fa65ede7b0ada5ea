"""Random economies on the edge: books, scenarios and prices in which every rule of docs/model/ happens often.

`python -m tests.economies` runs them through the oracle and prints how often each event and situation occurred, and which pairs of events
are rare. From seed PLAIN on they are crowded: what is rare happens often and close together. From seed CALM on they are busy besides:
some miners do all that miners may do, around the firsts of months.
"""

from random import Random

from tests.economies.asking import add_askers
from tests.economies.book import Book
from tests.economies.busy import busy
from tests.economies.consignment import add_brokers
from tests.economies.counting import ENOUGH, EVENTS, event_counts, terms_counts
from tests.economies.crowd import crowd
from tests.economies.draws import Row, Tables, chance, keys, number, wide
from tests.economies.facilities import add_facilities
from tests.economies.forced import add_forced_sales
from tests.economies.frontier import add_frontier
from tests.economies.haste import add_haste
from tests.economies.hedges import add_hedges
from tests.economies.joint import add_shocks
from tests.economies.lenders import (
    add_habits,
    add_lines,
    channels_off,
    exposure_rows,
    lender_events,
    lender_rows,
    lines_off,
)
from tests.economies.new_terms import add_new_terms
from tests.economies.orders import add_orders
from tests.economies.responses import add_responses
from tests.economies.sites import add_sites
from tests.economies.stages import add_thresholds
from tests.economies.terms import add_prepayers, add_terms
from tests.economies.ways_out import add_ways_out
from tests.economies.world import (
    Scale,
    add_negative_prices,
    asic_market,
    availability_series,
    cohort_rows,
    deliveries,
    disposal_policy,
    price_path,
    start_date,
    tariff_series,
)

__all__ = [
    "ALL",
    "CALM",
    "DAYS",
    "ENOUGH",
    "EVENTS",
    "PATHS",
    "PLAIN",
    "Economy",
    "Row",
    "Tables",
    "economy",
    "event_counts",
    "terms_counts",
]

Economy = tuple[Tables, Row, list[list[float]], list[list[float]]]
DAYS = 120
PATHS = 2
PLAIN = 200  # economies of higher seeds are crowded
CALM = 440  # economies of higher seeds are busy, too
ALL = 560


def economy(seed: int, days: int = DAYS) -> Economy:
    """Tables, scenario, and closes and lows per path and day."""
    rng = Random(seed)
    start = start_date(rng)
    scale = Scale(rng, days)
    asics = asic_market(rng, scale.network_ths)
    add_haste(Random(f"haste of {seed}"), asics)
    book = Book(rng, scale, asics, start, days)
    policies = {key: disposal_policy(rng) for key in keys(rng, rng.randint(1, 3))}
    lenders = lender_rows(rng, list(policies), scale, book)
    exposures = exposure_rows(rng, lenders, book)
    add_habits(rng, lenders, exposures, book)
    add_lines(Random(f"lines of {seed}"), exposures)
    cohorts = cohort_rows(rng, scale, book.regions)
    tables: Tables = {
        "machines": book.machines,
        "regions": [{"region": key} for key in book.regions],
        "miners": book.miners,
        "fleet": book.fleet,
        "loans": book.loans,
        "lenders": lenders,
        "cohorts": cohorts,
    }
    if exposures or chance(rng, 0.5):
        tables["exposures"] = exposures
    for rows in tables.values():
        rng.shuffle(rows)
    scenario: Row = {
        "start": start.isoformat(),
        "days": days,
        "fees_sats_per_block": [float(round(scale.subsidy * rng.uniform(0, 0.1))) for _ in range(days)],
        "tariff_usd_per_mwh": {
            key: tariff_series(rng, days, scale.tariff * rng.uniform(0.7, 1.2)) for key in book.regions
        },
        "availability": {key: availability_series(rng, days) for key in book.regions},
        "height": scale.height,
        "difficulty": round(scale.difficulty, 2),
        "impact": {
            "y": number(rng, 0.5, 1.5, 2),
            "sigma_daily": number(rng, 0.02, 0.05, 3),
            "volume_btc_per_day": round(wide(rng, 2000, 250000), 1),
            "permanent_share": number(rng, 0, 0.4, 2),
            "half_life_days": number(rng, 1, 10, 1),
        },
        "asics": asics,
        "lender_events": lender_events(rng, lenders, days),
        "deliveries": deliveries(rng, cohorts, days),
        "policies": policies,
        "estate_days": rng.randint(1, 30),
        **channels_off(rng),
    }
    add_brokers(Random(f"brokers of {seed}"), scenario)
    add_negative_prices(Random(f"negative prices of {seed}"), scenario)
    add_shocks(Random(f"shocks of {seed}"), scenario)
    add_forced_sales(Random(f"forced sales of {seed}"), scenario)
    paths = [price_path(rng, days, scale.price_usd) for _ in range(PATHS)]
    add_orders(rng, tables, scenario, book, scale.month_usd(book.ths))
    add_hedges(rng, tables, scenario, scale, book.ths)
    add_facilities(rng, tables, scenario, scale.month_usd(book.ths))
    add_responses(rng, tables, scenario, scale, book)
    add_new_terms(Random(f"new terms of {seed}"), tables, scenario, scale.price_usd)
    add_sites(rng, tables, scenario, scale.month_usd(book.ths))
    add_terms(Random(f"terms of {seed}"), tables, scenario, book, scale.tariff)
    if seed >= PLAIN:
        crowd(rng, tables, scenario)
    if seed < CALM:
        add_askers(Random(f"askers of {seed}"), tables, scenario)
    else:
        busy(rng, tables, scenario, scale.price_usd)
    add_prepayers(Random(f"prepayers of {seed}"), tables, scenario, book, scale.price_usd)
    add_frontier(Random(f"frontier of {seed}"), tables, scenario)
    lines_off(Random(f"lines off of {seed}"), scenario, exposures)
    add_thresholds(Random(f"thresholds of {seed}"), scenario, scale.price_usd)
    add_ways_out(Random(f"ways out of {seed}"), tables, scenario, is_busy=seed >= CALM)
    return tables, scenario, [closes for closes, _ in paths], [lows for _, lows in paths]
