"""Worlds in which parameters matter: economies of tests/economies as files, with hedges and a scenario that gives every key."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random

from hashstress.scenario_file import Channels

from tests.economies import Row, economy
from tests.properties.economy import FOLDER, Economy, price_file

SEEDS = (
    349,
    224,
    204,
    9,
    402,
    427,
    330,
    355,
    47,
    312,
    414,
    303,
    296,
    354,
    1,
    318,
    439,
    313,
    430,
    529,
)  # together they have whatever happens
DAYS = 120
SOURCES = ("history", "anchors", "gbm", "jump")
TARIFFS = ("history", "seasonal", "flat")
DATED = ("deliveries", "rack_changes", "host_events")  # lists of the scenario as they are
STORM = 0.7  # an availability below this is a storm of its own


@cache
def world(seed: int) -> Economy:
    """One world: tables of a book and a scenario file in which every key is written out."""
    place = SEEDS.index(seed)
    tables, spec, closes, lows = economy(seed, DAYS)
    rng = Random(seed)
    start = date.fromisoformat(spec["start"])
    regions = [row["region"] for row in tables["regions"]]
    for row in tables["lenders"]:  # the policies that come with the package, beside those of the scenario
        row["policy"] = rng.choice((row["policy"], row["policy"], "calm", "rented", "slow", "dump"))
    tables["hedges"] = tables.get("hedges", []) + hedges(rng, tables["miners"], regions, spec, closes[0], start)
    walkers = {row["miner"] for row in tables.get("responses", []) if row["kind"] == "strategic_default"}
    for row in tables["loans"]:  # a miner that walks away may choose from what
        if row["miner"] in walkers and row["collateral"] == "machines":
            row["recourse"] = "limited"
    if place % 3 == 0:
        tables["responses"] = tables.get("responses", []) + requests(Random(-seed), tables)
    if place % 3 == 1:
        buyers(Random(-seed), tables["lenders"])
    sells_back = place == len(SEEDS) - 1
    if sells_back:
        vehicles(tables)
    if place % 2:
        tables["machines"] = launches(tables["machines"], start)
    for row in tables.get("exposures", []):
        row["line_usd"] = round(row["amount_usd"] * 1.5 + 1000, 2) if rng.random() < 0.5 else None
    terms = {
        **labels(seed),
        "start": start,
        "end": start + timedelta(days=DAYS - 1),
        "price": price(SOURCES[place % len(SOURCES)], start, closes[0], lows[0]),
        "network": network(spec, start),
        "power": power(TARIFFS[place % len(TARIFFS)], spec, start, regions),
        "availability": weather(spec, start),
        "policies": policies(spec, place % 2 == 1, sells_back),
        "channels": dict.fromkeys(Channels.model_fields, True) | spec.get("channels", {}),
        "stages": stages(closes[0]),
        "claims": claims(rng, tables, start),
        **({"joint": joint(), "frontier": {"elasticity": 1.0, "half_life_days": 20.0}} if place % 2 else {}),
        **{name: spec[name] for name in ("impact", "asics", "estate_days")},
        **{name: dated(spec.get(name, []), start) for name in DATED},
        "forced_sales": dated([row for row in spec.get("forced_sales", []) if sold_in_the_run(row)], start),
        "vendor_events": dated(spec.get("vendor_events", [])[:1], start),
        "lender_events": [
            {name: value for name, value in row.items() if name != "amount_usd" or row["kind"] != "fail"}
            for row in dated(spec["lender_events"], start)
            if row["kind"] == "fail" or row["amount_usd"] > 0
        ],
    }
    return Economy(tables, terms, seed)


def requests(rng: Random, tables: dict[str, list[Row]]) -> list[Row]:
    """Miners ask for new terms of their loans, of lenders that may say yes, and sell the slots that stand empty."""
    rows: list[Row] = []
    generous: set[str] = set()
    for row in tables["lenders"]:
        row["amend_cover"] = rng.choice((None, 0.5, 2.0, 100.0))
    for row in tables["miners"][::2]:  # satisfied with any runway, so that a lender is too
        row["runway_low_days"] = 0.0
    for place, row in enumerate(tables["loans"]):
        if row.get("credit_line_usd") is None:
            months = row["period_months"]
            pauses = row["amortisation"] in ("linear", "annuity", "fixed_payment")
            terms = {"term_months": 36 + months, "pause_months": months * rng.randint(0, 2) if pauses else None}
            word = rng.choice(("runway_days_below", "runway_days_over"))  # who is not short has more to offer a lender
            when = {"trigger": word, "threshold": round(rng.uniform(20, 120), 1), "wait_days": 40}
            if (
                row["collateral"] == "machines" and place % 2
            ):  # asks again and again, of a lender that is never against it
                when = {"trigger": "ltv_over", "threshold": 0.0, "wait_days": 20}
                generous.add(row["lender"])
            key = {"response": f"~request-{place}", "miner": row["miner"], "kind": "renegotiate"}
            rows.append(key | when | terms | {"loan": row["loan"], "rate": rng.choice((None, 0.05, 0.2))})
    for row in tables["lenders"]:
        if row["lender"] in generous:
            row["amend_cover"] = 100.0
    for place, row in enumerate(tables["fleet"]):
        if row.get("rack_slots") is not None:
            when = {"trigger": "btc_below", "threshold": 1e6, "wait_days": 40}
            if place % 2:
                when |= {"trigger": "standing_months", "threshold": 1}
            key = {"response": f"~slots-{place}", "miner": row["miner"], "kind": "sell_slots"}
            terms = {"machines": rng.choice((None, 3)), "usd_per_slot": round(rng.uniform(50, 500), 2)}
            rows.append(key | when | terms | {"fleet": row["fleet"]})
    return rows


def labels(seed: int) -> Row:
    """What a scenario says for its readers."""
    return {
        "name": f"world-{seed}",
        "title": "A world on the edge",
        "expect": "Everything happens",
        "book": "crisis-2022",
        "citations": [{"source": "nobody", "date": date(2022, 6, 13), "url": "https://example.org"}],
    }


def buyers(rng: Random, lenders: list[Row]) -> None:
    """Lenders sell their books when they fail, and most buy those of others."""
    for row in lenders:
        row["book_buy_cover"] = rng.choice((None, 0.1, 0.5, 1.5))
        if row.get("book_sale_days") is None:
            row |= {"book_sale_days": rng.randint(2, 20), "book_sale_price": 0.4}


def vehicles(tables: dict[str, list[Row]]) -> None:
    """Loans on machines reach no further than these, and their miners have something to live on: they could have machines back."""
    for row in tables["loans"]:
        if row["collateral"] == "machines":
            row |= {"recourse": "limited", "cross_default": False}
    for row in tables["miners"]:
        row["other_income_usd_per_month"] = 2e6


def sold_in_the_run(row: Row) -> bool:
    """Whether coins of the row are sold on some day; a file with other rows is refused."""
    return row["day"] + row["days"] > 0 and row["day"] < DAYS


def dated(rows: list[Row], start: date) -> list[Row]:
    """Rows with dates in place of days."""
    return [{"date": start + timedelta(days=row["day"])} | {k: v for k, v in row.items() if k != "day"} for row in rows]


def price(source: str, start: date, closes: list[float], lows: list[float]) -> Row:
    """The path of the economy as a file, as anchors, or its first close alone."""
    if source == "history":
        shares = [low / close for low, close in zip(lows, closes, strict=True)]
        return {"source": source, "file": price_file(start, {"closes": closes, "lows": shares})}
    if source == "anchors":
        points = [[start + timedelta(days=day), closes[day]] for day in (*range(0, DAYS - 1, 20), DAYS - 1)]
        return {"source": source, "anchors": points, "volatility_daily": 0.04, "intraday": True}
    drawn = {"source": source, "start_usd": closes[0], "drift_annual": -1.5, "volatility_annual": 0.8, "intraday": True}
    return drawn if source == "gbm" else drawn | {"jumps_per_year": 20.0, "jump_mean": -0.1, "jump_sd": 0.1}


def network(spec: Row, start: date) -> Row:
    """Fees of the first day of each month of the run."""
    days = [start + timedelta(days=day) for day in range(DAYS)]
    firsts = [day for day, date_ in enumerate(days) if day == 0 or date_.day == 1]
    fees = [[days[day].replace(day=1), spec["fees_sats_per_block"][day]] for day in firsts]
    return {"height": spec["height"], "difficulty": spec["difficulty"], "fees": fees}


def power(source: str, spec: Row, start: date, regions: list[str]) -> Row:
    """The tariffs of the economy as a file, or their first day's: flat, or with the months; one region apart."""
    tariffs = spec["tariff_usd_per_mwh"]
    if source == "history":
        return {"source": source, "file": tariff_file(tariffs, start)}
    usd = tariffs[regions[0]][0]
    apart = {regions[-1]: round(usd * 1.3, 2)}
    flat = {"source": source, "usd_per_mwh": usd, "regions": apart if len(regions) > 1 else {}}
    return flat if source == "flat" else flat | {"monthly": [1.0, 1.4, 0.8, 2.0] * 3}


def tariff_file(tariffs: dict[str, list[float]], start: date) -> str:
    """The name of a file of tariffs, written once."""
    rows = (
        f"{start + timedelta(days=day)},{region},{usd!r}"
        for region, series in tariffs.items()
        for day, usd in enumerate(series)
    )
    text = "\n".join(("date,region,tariff_usd_per_mwh", *rows, ""))
    path = Path(FOLDER.name) / f"tariffs-{sha256(text.encode()).hexdigest()[:16]}.csv"
    path.write_text(text, encoding="utf-8")
    return path.name


def weather(spec: Row, start: date) -> list[Row]:
    """A level for the whole run and a window for each storm."""

    def window(region: str, first: int, last: int, share: float) -> Row:
        days = {"from": start + timedelta(days=first), "to": start + timedelta(days=last)}
        return {"region": region, **days, "share": share}

    rows = []
    for region, series in spec["availability"].items():
        rows.append(window(region, 0, DAYS // 2, round(max(series), 2)))
        rows += [window(region, day, day, share) for day, share in enumerate(series) if share < STORM]
    return rows


def launches(models: list[Row], start: date) -> list[Row]:
    """Models that were there before, and two better ones that nobody has and that are launched within the run."""
    rows = [row | {"launched_date": start - timedelta(days=400), "node_nm": 16.0} for row in models]
    for key, watts, day in (("~better", 2_400.0, 15), ("~best", 2_000.0, 60)):
        launched = start + timedelta(days=day)
        rows.append({"model": key, "hashrate_ths": 200.0, "power_w": watts, "launched_date": launched, "node_nm": 5.0})
    return rows


def policies(spec: Row, with_broker: bool, sells_back: bool) -> Row:
    """The economy's tables of rules, and one table for each policy of the package that has parameters; some sell through a broker, some
    offer machines back where they would wait or run them."""
    broker = {"action": "consign", "commission": 0.05, "settle_days": 5, "reserve_to_index": 0.3}

    def rule(row: Row) -> Row:
        if row["action"] == "sell":
            return row | broker if with_broker else row
        if row["action"] == "consign":
            return row
        if (
            row["action"] == "sell_back" and not sells_back
        ):  # elsewhere lots are sold or held: those have parameters, too
            kept = {"max_clearing_to_index": row["max_clearing_to_index"]}
            return kept | ({"action": "sell", "share_per_day": 0.2} if row["payback_days"] % 2 else {"action": "hold"})
        if sells_back and row["action"] in ("hold", "host"):
            return {"max_clearing_to_index": row["max_clearing_to_index"], "action": "sell_back", "payback_days": 600}
        return {name: value for name, value in row.items() if name != "share_per_day"}

    own = {
        name: {"source": "rules", "hold_days": table["hold_days"], "rules": [rule(row) for row in table["rules"]]}
        for name, table in spec["policies"].items()
    }
    named = {
        "calm": {"source": "hold", "hold_days": 12},
        "rented": {"source": "host", "hold_days": 20},
        "slow": {"source": "sell-down", "hold_days": 15, "share_per_day": 0.1, "least_clearing_to_index": 0.3},
    }
    return own | named


def stages(closes: list[float]) -> Row:
    """Thresholds that are crossed."""
    return {
        "btc_usd": closes[0] * 0.9,
        "utilisation": 0.95,
        "lender_cash_share": 0.9,
        "power_to_revenue": 0.5,
        "miner_cash_share": 0.9,
        "recovery_btc_usd": min(closes) * 1.1,
        "recovery_lender_share": 0.6,
    }


def joint() -> Row:
    """Shocks to everything, in no order."""
    sizes = {"asic": (0.6, 30.0), "btc": (0.5, None), "network": (0.3, None), "power": (1.5, 10.0)}
    shocks: list[Row] = [
        {"source": source, "volatility_annual": annual} | ({"half_life_days": days} if days else {})
        for source, (annual, days) in sizes.items()
    ]
    signs = (1, 1, -1, -1)
    cells = [[0.5 * one * other for other in signs] for one in signs]
    return {"shocks": shocks, "correlation": [[1.0 if i == j else cells[i][j] for j in range(4)] for i in range(4)]}


def claims(rng: Random, tables: dict[str, list[Row]], start: date) -> list[Row]:
    """A figure of each way to measure that reads keys of the scenario."""
    about = {"system": "a world", "claim": "it is so", "unit": "USD", "source": "nobody"}
    figures = {"figure": 1.0, "tolerance": 0.5, "record": 1.8}
    models, lender = [row["model"] for row in tables["machines"]], rng.choice(tables["lenders"])["lender"]
    later = (start + timedelta(days=30)).isoformat()
    return [
        about | figures | {"record": 0.9, "measure": "daily", "metric": "btc_usd", "on": "lowest"},
        about | figures | {"measure": "change", "metric": "difficulty", "on": "first", "to": later},
        about | figures | {"measure": "lender_loss", "entity": lender},
        about | figures | {"measure": "energy_saved", "entity": models[0], "other": models[1]},
    ]


def hedges(
    rng: Random, miners: list[Row], regions: list[str], spec: Row, closes: list[float], start: date
) -> list[Row]:
    """One of each kind for every second miner, at the prices of the first day."""
    usd, rows = closes[0], []
    hashprice = usd * 86400e15 / (spec["difficulty"] * 2**32) * 50 / 2 ** (spec["height"] // 210_000)
    for place, miner in enumerate(sorted(row["miner"] for row in miners)[::2]):
        expiry = start + timedelta(days=rng.randint(20, DAYS + 10))
        coins = round(rng.uniform(1, 200), 2)
        kinds: dict[str, Row] = {
            "short_future": {
                "initial_margin_share": 0.4,
                "maintenance_margin_share": 0.3,
                "cure_days": rng.randint(1, 5),
                "btc": coins,
                "strike_usd": round(usd * 0.9, 2),
            },
            "put": {"btc": coins, "strike_usd": round(usd, 2)},
            "collar": {"btc": coins, "strike_usd": round(usd * 0.8, 2), "cap_usd": round(usd * 0.9, 2)},
            "hashprice_forward": {"hashrate_ths": 1e5, "strike_usd_per_ph_day": round(hashprice, 2)},
            "power_sale": {"mw": 10.0, "region": rng.choice(regions), "strike_usd_per_mwh": 50.0},
        }
        for kind, terms in kinds.items():
            key = {"hedge": f"~{kind}-{place}", "miner": miner, "kind": kind, "expiry_date": expiry}
            rows.append(key | terms)
    return rows
