"""Build the built-in book and scenario `crisis-2022`, and the book's variant `article`, from data/facts/ and crisis_2022_assumptions.py.

    python tools/build_crisis_2022.py            write the files
    python tools/build_crisis_2022.py --check    fail if a committed file differs from what would be written

Standard library only. Deterministic: every random stream is seeded by name, every table is sorted by key.
"""

from __future__ import annotations

import argparse
import math
import sys
from bisect import bisect_right
from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import NormalDist

import crisis_2022_assumptions as assume
from crisis_2022_article import article_tables
from crisis_2022_rows import (
    BOOK,
    COLUMNS,
    ROOT,
    SCENARIOS,
    Row,
    add_months,
    csv_text,
    facts,
    joined,
    lowest,
    opening_close,
    provenance,
    table_text,
)  # fmt: skip


def stream(name: str) -> Random:
    return Random(f"{assume.SEED}/{name}")


# ------------------------------------------------------------------------------------------------ machines, regions
def hashrates() -> dict[str, float]:
    return {row["model"]: float(row["hashrate_ths"]) for row in facts("machines")}


def machine_rows() -> list[Row]:
    return [
        {
            "model": row["model"],
            "hashrate_ths": float(row["hashrate_ths"]),
            "power_w": float(row["power_w"]),
            "launched_date": row["launched"] + "-01-01"[len(row["launched"]) - 4 :],
            "node_nm": row["node_nm"],
        }
        | provenance(
            False,
            joined(filter(None, (row["source"], row["launch_source"], row["node_source"]))),
            row["confidence"],
            launch_assumption(row["launched"]),
        )
        for row in facts("machines")
    ]


def launch_assumption(launched: str) -> str:
    """What was put in place of the part of a date that is not known."""
    missing = {len("2021"): "month and day", len("2021-04"): "day"}.get(len(launched))
    return f"launched {launched}: the {missing} taken as the first" if missing else ""


def region_rows() -> list[Row]:
    priced = {"us-ercot", "us-nyiso", *assume.RETAIL_STATES}
    source = {"us-ercot": "ERCOT day-ahead", "us-nyiso": "NYISO day-ahead"}
    return [
        {"region": region}
        | provenance(
            region not in priced,
            source.get(region, "EIA form 861M") if region in priced else "",
            "high" if region in priced else "low",
            f"tariff: {note}",
        )
        for region, note in assume.REGION_NOTE.items()
    ]


# ------------------------------------------------------------------------------------------------ named miners
def named_miner_rows() -> list[Row]:
    by_miner: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in facts("miners"):
        by_miner[row["miner"]].append(row)
    rows: list[Row] = []
    for named in assume.NAMED:
        known = by_miner.get(named.key) or by_miner[named.key.removesuffix("-spvs")]
        overhead = (named.sga + named.growth) * 1e6
        rows.append(
            {
                "miner": named.key,
                "cash_usd": named.cash * 1e6,
                "btc": float(named.btc),
                "overhead_usd_per_month": overhead,
                "essential_share": round(named.sga * 1e6 / overhead, 4),
                "other_income_usd_per_month": named.other_income * 1e6,
                "hodl_share": named.hodl,
                "runway_low_days": named.runway[0],
                "runway_high_days": named.runway[1],
                "stock_sale_share": named.stock_sale,
                "equity_line_usd": named.equity_line * 1e6,
                "equity_line_usd_per_month": named.equity_month * 1e6,
                "pool_fee": assume.POOL_FEE,
                "bills_grace_days": assume.NAMED_BILLS_GRACE,
            }
            | provenance(
                False,
                joined(row["source"] for row in known),
                lowest(row["confidence"] for row in known),
                f"state of 2021-12-31 taken for the start; {named.why}; growth spending, runway and sale shares are priors",
            )
        )
    return rows


def named_fleet_rows() -> list[Row]:
    source = {
        row["miner"]: row["source"] for row in facts("miners") if row["field"] in ("hashrate_self_ehs", "fleet_count")
    }
    return [
        {
            "fleet": site.key,
            "miner": site.miner,
            "model": site.model,
            "region": site.region,
            "machines": site.machines,
            "power_contract": site.contract,
            "power_usd_per_mwh": float(site.usd_per_mwh),
            "pass_through": float(site.pass_through),
            "curtailment_strike_usd_per_mwh": site.strike,
            "curtailment_share": assume.CURTAILMENT_SHARE if site.strike is not None else 0.0,
            "rack_slots": 0 if site.slots else None,
        }
        | assume.SWITCHING
        | provenance(
            False,
            source.get(site.miner, source.get(site.miner.removesuffix("-spvs"), "")),
            "medium",
            f"split by site and model is assumed; {site.why}",
        )
        for site in (*assume.SITES, *assume.SITES_ON_ORDER)
    ]


def order_rows() -> list[Row]:
    """Batches of the purchase contracts: what was not paid before the start falls due monthly up to a month before delivery."""
    known = {row["contract"]: row for row in facts("purchase_orders")}
    rows: list[Row] = []
    for contract in assume.CONTRACTS:
        fact = known[contract.fact]
        for place, (delivery, machines) in enumerate(contract.batches, start=1):
            first = date.fromisoformat(assume.START)
            last = date.fromisoformat(delivery)
            due = [add_months(last, -back) for back in range(assume.INSTALMENT_MONTHS, 0, -1)]
            due = [day for day in due if day > first]
            price = round(contract.usd, 2)
            rows.append(
                {
                    "order": f"{contract.key}-{place:02d}",
                    "miner": fact["miner"],
                    "vendor": fact["vendor"],
                    "fleet": contract.site,
                    "machines": machines,
                    "price_usd": price,
                    "price_kind": contract.price_kind,
                    "price_protection": False,
                    "deposit_usd": round(machines * price * contract.paid_share, 2),
                    "first_instalment_date": due[0].isoformat(),
                    "instalments": len(due),
                    "delivery_date": delivery,
                    "deployment_days": assume.DEPLOYMENT_DAYS,
                    "grace_days": assume.INSTALMENT_GRACE_DAYS,
                    "forfeit_share": contract.forfeit_share,
                    "coupon_share": 0.0,
                    "cancel_ratio": contract.cancel_ratio,
                }
                | provenance(
                    False,
                    fact["source"],
                    fact["confidence"],
                    f"batches, instalments and, where it is not in data/facts, the price are assumed; {contract.why}",
                )
            )
    return rows  # fmt: skip


def rack_changes() -> list[tuple[str, str, int]]:
    """Date, fleet row and slots added."""
    out = []
    for site in assume.SITES_ON_ORDER:
        before = 0
        for day, slots in site.slots or ():
            out.append((day, site.key, slots - before))
            before = slots
    return sorted(out)


def ordered_ths(day: date) -> float:
    """What the purchase contracts run on a day when everything is paid: machines that have come, as far as there are slots."""
    total, known = 0.0, hashrates()
    failed = {vendor: date.fromisoformat(when) for when, vendor, _ in assume.VENDOR_EVENTS}
    vendors = {row["contract"]: row["vendor"] for row in facts("purchase_orders")}
    for site in assume.SITES_ON_ORDER:
        arrived = sum(
            machines
            for contract in assume.CONTRACTS
            if contract.site == site.key
            for delivery, machines in contract.batches
            if date.fromisoformat(delivery) + timedelta(days=assume.DEPLOYMENT_DAYS) <= day
            and date.fromisoformat(delivery) < failed.get(vendors[contract.fact], date.max)
        )
        opened = [slots for when, slots in site.slots or () if date.fromisoformat(when) <= day]
        slots = arrived if site.slots is None else max(opened, default=0)
        total += min(arrived, slots) * known[site.model]
    return total


def pledged_coins(outstanding: float, initial_ltv: float) -> float:
    return round(outstanding / initial_ltv / opening_close(), 4)


def hashprice(difficulty: float, close: float) -> float:
    """USD per PH/s and day on the subsidy alone."""
    return 1e15 * 86400 / (difficulty * 2**32) * 6.25 * close


def named_loan_rows() -> list[Row]:
    known = {row["loan"]: row for row in facts("loans")}
    rows: list[Row] = []
    for loan in assume.NAMED_LOANS:
        fact = known[loan.fact or loan.key]
        row: Row = {
            "loan": loan.key,
            "miner": loan.miner,
            "lender": loan.lender,
            "collateral": loan.collateral,
            "amortisation": loan.amortisation,
            "outstanding_usd": round(loan.musd * 1e6, 2),
            "rate": loan.rate,
            "day_count": "30E360" if loan.collateral == "none" else "A360",
            "first_payment_date": loan.first,
            "maturity_date": loan.maturity,
            "period_months": 6 if loan.key in assume.SIX_MONTHLY else 1,
            "recourse": loan.recourse,
            "cross_default": loan.recourse == "full",
            "grace_days": assume.NAMED_GRACE_DAYS,
            "collateral_fleet": loan.fleet,
            "collateral_machines": loan.machines,
        }
        if loan.ltv:
            row |= btc_terms(loan.musd * 1e6, loan.ltv, *assume.NAMED_BTC_CURE)
        rows.append(row | provenance(False, fact["source"], fact["confidence"], loan.why))
    return rows


def btc_terms(outstanding: float, ltv: tuple[float, float, float], cure_days: int, tranche_share: float) -> Row:
    return {
        "collateral_btc": pledged_coins(outstanding, ltv[0]),
        "initial_ltv": ltv[0],
        "call_ltv": ltv[1],
        "liquidation_ltv": ltv[2],
        "cure_days": cure_days,
        "tranche_share": tranche_share,
    }


# ------------------------------------------------------------------------------------------------ the explicit tail
CLASS_OF_MODEL = {model: key for key, models in assume.TAIL_MODELS.items() for model, _ in models} | {
    "antminer-s9": "s9", "antminer-s17": "s17", "avalon-a1246": "m30s",
}  # fmt: skip


@dataclass
class TailRow:
    fleet: str
    cls: str
    ths: float
    row: Row


@dataclass
class TailMiner:
    key: str
    stratum: str
    indebted: bool
    rows: list[TailRow]

    @property
    def ths(self) -> float:
        return sum(row.ths for row in self.rows)


def pick(random: Random, weighted: Sequence[tuple[str, float]]) -> str:
    return random.choices([key for key, _ in weighted], [weight for _, weight in weighted])[0]


def tail_sizes(random: Random, number: int, total_ehs: float) -> list[float]:
    """Lognormal sizes in EH/s, truncated and rescaled to the stratum's total."""
    low, high = assume.TAIL_SIZE_RANGE_EHS
    median = math.log(total_ehs / number) - assume.TAIL_SIZE_SIGMA**2 / 2
    sizes = [min(max(math.exp(random.normalvariate(median, assume.TAIL_SIZE_SIGMA)), low), high) for _ in range(number)]
    for _ in range(20):
        scale = total_ehs / sum(sizes)
        sizes = [min(max(size * scale, low), high) for size in sizes]
    return sizes


def tail_contract(random: Random, stratum: str, base: float) -> Row:
    contract = pick(random, assume.TAIL_CONTRACTS) if stratum == "us" else "fixed"
    price, pass_through, strike = round(base, 1), 0.0, None
    if contract == "hosted_pass_through":
        pass_through = round(random.uniform(*assume.TAIL_PASS_THROUGH), 2)
    elif contract == "indexed":
        price = assume.TAIL_INDEX_ADDER
    elif contract == "fixed" and stratum == "us":
        strike = assume.TAIL_STRIKE
    return {
        "power_contract": contract,
        "power_usd_per_mwh": price,
        "pass_through": pass_through,
        "curtailment_strike_usd_per_mwh": strike,
        "curtailment_share": assume.TAIL_CURTAILMENT_SHARE if strike else 0.0,
    }


def tail_miners() -> list[TailMiner]:
    specs = hashrates()
    median = {cls.key: cls.median_power for cls in assume.CLASSES}
    sized = [
        (size, stratum)
        for stratum, (number, ehs) in assume.EXPLICIT_TAIL.items()
        for size in tail_sizes(stream(f"size/{stratum}"), number, ehs)
    ]
    sized.sort(key=lambda item: -item[0])
    miners: list[TailMiner] = []
    for index, (size, stratum) in enumerate(sized, 1):
        key = f"tail-{index:03d}"
        random = stream(f"fleet/{key}")
        north_america = stratum in ("us", "canada-nordics")
        indebted = random.random() < (1.0 if north_america else assume.INDEBTED_OUTSIDE_NORTH_AMERICA)
        number = 1 + sum(size >= limit for limit in assume.TAIL_ROWS_FROM_EHS)
        if number == 1:
            mix = (
                [(pick(random, assume.TAIL_SMALL_INDEBTED_CLASS), 1.0)]
                if indebted
                else [(pick(random, assume.TAIL_SMALL_FREE_CLASS), 1.0)]
            )
        else:
            first = random.uniform(*assume.TAIL_M30S_SHARE)
            mix = [("m30s", first), ("s19pro", 1 - first)]
            if number == 3:
                old = random.uniform(*assume.TAIL_OLD_SHARE)
                mix = [(cls, share * (1 - old)) for cls, share in mix] + [("s17", old)]
        rows = []
        for letter, (cls, share) in zip("abc", mix, strict=False):
            model = pick(random, assume.TAIL_MODELS[cls])
            machines = max(10, round(size * share * 1e6 / specs[model]))
            region = random.choices(assume.US_REGIONS, assume.US_REGION_WEIGHT)[0] if stratum == "us" else stratum
            base = median[cls] * math.exp(random.normalvariate(0, assume.POWER_SIGMA))
            fleet = f"{key}-{letter}"
            row: Row = {"fleet": fleet, "miner": key, "model": model, "region": region, "machines": machines}
            row |= tail_contract(random, stratum, base)
            row |= assume.SWITCHING
            row |= provenance(True, "", "low", "drawn: size, class, site, contract and price of a private miner")
            rows.append(TailRow(fleet, cls, machines * specs[model], row))
        miners.append(TailMiner(key, stratum, indebted, rows))
    return miners


@dataclass(frozen=True)
class Vintage:
    first: date
    maturity: date
    relative: float  # advance per TH times the share not yet repaid at the start


def purchase_price() -> dict[str, float]:
    """New machine price per TH by month, log-linear between the dated quotes on the efficient tier."""
    quotes = [
        (date.fromisoformat((row["date"] + "-15")[:10]), math.log(float(row["usd_per_th"])))
        for row in facts("asic_quotes")
        if row["tier_or_model"] in ("<38", "25-38", "S19 95T") and row["date"] <= "2022-07"
    ]
    quotes.sort()
    quotes.insert(0, (date(2021, 1, 1), math.log(assume.PURCHASE_PRICE_2021_01)))
    prices = {}
    for month in months(*assume.VINTAGES):
        day = date.fromisoformat(month + "-15")
        place = min(max(bisect_right([when for when, _ in quotes], day), 1), len(quotes) - 1)
        (d0, p0), (d1, p1) = quotes[place - 1], quotes[place]
        share = (day - d0).days / max((d1 - d0).days, 1)
        prices[month] = math.exp(p0 + (p1 - p0) * min(max(share, 0.0), 1.0))
    return prices


def months(first: str, last: str) -> list[str]:
    day, out = date.fromisoformat(first + "-01"), []
    while day.isoformat()[:7] <= last:
        out.append(day.isoformat()[:7])
        day = add_months(day, 1)
    return out


def draw_vintage(random: Random, prices: dict[str, float]) -> Vintage:
    start = date.fromisoformat(assume.START)
    known = {row["month"]: float(row["hashprice_usd_per_ph_day"]) for row in facts("network_monthly")}
    weights = [known.get(month, assume.HASHPRICE_BEFORE) for month in prices]
    while True:
        month = random.choices(list(prices), weights)[0]
        tenor = random.choices([t for t, _ in assume.TENOR_MONTHS], [w for _, w in assume.TENOR_MONTHS])[0]
        granted = date.fromisoformat(month + "-01") + timedelta(days=random.randrange(28))
        paid = 0
        while paid < tenor and add_months(granted, paid + 1) <= start:
            paid += 1
        if paid >= tenor - 2:
            continue  # repaid, or nearly: drawn anew
        relative = prices[month] * random.uniform(*assume.ADVANCE) * (1 - paid / tenor)
        return Vintage(add_months(granted, paid + 1), add_months(granted, tenor), relative)


def tail_rig_loans(miners: list[TailMiner]) -> list[Row]:
    """Rig loans of the tail with relative sizes; the caller scales them to the total."""
    prices = purchase_price()
    pledgeable = [
        (miner, row) for miner in miners if miner.indebted for row in miner.rows if row.cls in assume.LENDABLE
    ]
    weight = [math.sqrt(row.ths) for _, row in pledgeable]
    numbers = [1 + int((assume.TAIL_RIG_LOANS - len(pledgeable)) * w / sum(weight)) for w in weight]
    short = assume.TAIL_RIG_LOANS - sum(numbers)
    for place in sorted(range(len(numbers)), key=lambda i: -weight[i])[:short]:
        numbers[place] += 1
    rows: list[Row] = []
    for (miner, fleet), number in zip(pledgeable, numbers, strict=True):
        random = stream(f"loans/{fleet.fleet}")
        machines = int(str(fleet.row["machines"]))
        cuts = [random.uniform(0.5, 1.5) for _ in range(min(number, max(1, machines // 20)))]
        pledged = random.uniform(*assume.TAIL_PLEDGED_SHARE) * machines
        for index, cut in enumerate(cuts, 1):
            count = int(pledged * cut / sum(cuts))
            vintage = draw_vintage(random, prices)
            lender = pick(random, tuple(assume.RIG_LENDER_WEIGHT.items()))
            mix = assume.RATE_MIX
            _, low, high = random.choices(mix, [entry[0] for entry in mix])[0]
            full = random.random() < assume.TAIL_FULL_RECOURSE
            rows.append(
                {
                    "loan": f"{fleet.fleet}-rig-{index}",
                    "miner": miner.key,
                    "lender": lender,
                    "collateral": "machines",
                    "amortisation": "annuity" if random.random() < assume.TAIL_ANNUITY_SHARE else "linear",
                    "outstanding_usd": count * fleet.ths / machines * vintage.relative,
                    "rate": round(random.uniform(low, high), 4),
                    "day_count": pick(random, assume.DAY_COUNTS),
                    "first_payment_date": vintage.first.isoformat(),
                    "maturity_date": vintage.maturity.isoformat(),
                    "period_months": 1,
                    "recourse": "full" if full else "limited",
                    "cross_default": random.random() < assume.TAIL_CROSS_DEFAULT,
                    "grace_days": int(pick(random, assume.TAIL_GRACE_DAYS)),
                    "collateral_fleet": fleet.fleet,
                    "collateral_machines": count,
                }
                | provenance(True, "", "low", "drawn rig loan of the tail; total scaled to the tail's rig debt")
            )
    return rows


def scaled(rows: list[Row], total: float, note: str = "") -> list[Row]:
    current = sum(float(str(row["outstanding_usd"])) for row in rows)
    out = []
    for row in rows:
        amount = round(float(str(row["outstanding_usd"])) * total / current, 2)
        out.append(row | {"outstanding_usd": amount, "assumption": f"{row['assumption']}{note}"})
    return out


def fewer_borrowers(rows: list[Row], total: float, base_total: float) -> list[Row]:
    """The low variant: as many borrowers, drawn at random, as reach the total at base leverage."""
    by_miner: dict[str, float] = defaultdict(float)
    for row in rows:
        by_miner[str(row["miner"])] += float(str(row["outstanding_usd"]))
    target = sum(by_miner.values()) * total / base_total
    keys = sorted(by_miner)
    stream("low-variant").shuffle(keys)
    kept: set[str] = set()
    amount = 0.0
    for key in keys:
        if amount + by_miner[key] <= target * 1.02:
            kept.add(key)
            amount += by_miner[key]
    return [row for row in rows if row["miner"] in kept]


def tail_btc_loans(miners: list[TailMiner]) -> list[Row]:
    random = stream("btc-loans")
    asian = [miner for miner in miners if miner.stratum in ("china", "kazakhstan", "russia-other")]
    asian.sort(key=lambda miner: -miner.ths)
    sizes = [asian[i % len(asian)].ths ** 0.7 * random.uniform(0.5, 1.5) for i in range(assume.TAIL_BTC_LOANS)]
    rows: list[Row] = []
    for index, size in enumerate(sizes):
        miner = asian[index % len(asian)]
        amount = round(size / sum(sizes) * assume.TAIL_BTC_DEBT, 2)
        first = date(2021, 12, 1) + timedelta(days=random.randrange(90))
        tenor = int(pick(random, assume.BTC_TENOR_MONTHS))
        bullet = random.random() < assume.BTC_BULLET_SHARE
        cure_days, tranche = random.choice(assume.BTC_CURE_DAYS), random.choice(assume.BTC_TRANCHES)
        rows.append(
            {
                "loan": f"{miner.key}-btc-{index // len(asian) + 1}",
                "miner": miner.key,
                "lender": "babel-finance" if random.random() < 0.5 else "antalpha",
                "collateral": "btc",
                "amortisation": "bullet" if bullet else "interest_only",
                "outstanding_usd": amount,
                "rate": round(random.uniform(*assume.BTC_RATE), 4),
                "day_count": "A365",
                "first_payment_date": first.isoformat(),
                "maturity_date": add_months(first, tenor).isoformat(),
                "period_months": 1,
                "recourse": "full",
                "cross_default": True,
                "grace_days": 5,
            }
            | btc_terms(amount, assume.BTC_LTV, cure_days, tranche)
            | provenance(
                True, "", "low", "drawn BTC-backed loan; size of this book is a prior; pledge at the initial LTV"
            )
        )
    return rows


def tail_unsecured_loans(miners: list[TailMiner]) -> list[Row]:
    random = stream("unsecured")
    chosen = random.sample([miner for miner in miners if miner.stratum == "us"], assume.TAIL_UNSECURED_LOANS)
    weights = [random.uniform(0.5, 1.5) * miner.ths**0.7 for miner in chosen]
    return [
        {
            "loan": f"{miner.key}-note",
            "miner": miner.key,
            "lender": "private-credit",
            "collateral": "none",
            "amortisation": "interest_only",
            "outstanding_usd": round(weight / sum(weights) * assume.TAIL_UNSECURED_DEBT, 2),
            "rate": round(random.uniform(*assume.NOTE_RATE), 4),
            "day_count": "30E360",
            "first_payment_date": "2022-01-31",
            "maturity_date": random.choice(assume.NOTE_MATURITY),
            "period_months": 3,
            "recourse": "full",
            "cross_default": True,
            "grace_days": 15,
        }
        | provenance(True, "", "low", "drawn note to insiders or vendors; size is a prior")
        for miner, weight in zip(chosen, weights, strict=True)
    ]


def tail_miner_rows(miners: list[TailMiner], loans: list[Row], opening_hashprice: float) -> list[Row]:
    service: dict[str, float] = defaultdict(float)
    for loan in loans:
        first, maturity = (date.fromisoformat(str(loan[key])) for key in ("first_payment_date", "maturity_date"))
        number = max(1, (maturity.year - first.year) * 12 + maturity.month - first.month + 1)
        amount, rate = float(str(loan["outstanding_usd"])), float(str(loan["rate"]))
        principal = amount / number if loan["amortisation"] in ("linear", "annuity") else 0.0
        service[str(loan["miner"])] += principal + amount * rate / 12
    power = {row["model"]: float(row["power_w"]) for row in facts("machines")}
    rows: list[Row] = []
    for miner in miners:
        random = stream(f"balance/{miner.key}")
        energy = sum(
            int(str(row.row["machines"]))
            * power[str(row.row["model"])]
            * 720e-6
            * max(float(str(row.row["power_usd_per_mwh"])), assume.LEAST_BUDGET_PRICE)
            for row in miner.rows
        )
        sga = miner.ths * random.uniform(*assume.TAIL_SGA_USD_PER_TH_YEAR) / 12
        growth = miner.ths / 1000 * random.uniform(*assume.TAIL_GROWTH_USD_PER_PH_DAY) * 30
        median, sigma = assume.TAIL_CASH_MONTHS
        cash = (energy + sga + service[miner.key]) * median * math.exp(random.normalvariate(0, sigma))
        holds = random.random() < assume.TAIL_HODL_SHARE_OF_MINERS
        mined = miner.ths / 1000 * opening_hashprice * 30 / opening_close()  # coins a month
        rows.append(
            {
                "miner": miner.key,
                "cash_usd": float(round(cash, -3)),
                "btc": round(mined * random.uniform(*assume.TAIL_HODL_MONTHS), 4) if holds else 0.0,
                "overhead_usd_per_month": float(round(sga + growth, -2)),
                "essential_share": round(sga / (sga + growth), 4),
                "other_income_usd_per_month": 0.0,
                "hodl_share": round(random.uniform(*assume.TAIL_HODL_SHARE), 2) if holds else 0.0,
                "runway_low_days": random.randrange(*assume.TAIL_RUNWAY_LOW),
                "runway_high_days": random.randrange(*assume.TAIL_RUNWAY_HIGH),
                "stock_sale_share": assume.TAIL_STOCK_SALE,
                "equity_line_usd": 0.0,
                "equity_line_usd_per_month": 0.0,
                "pool_fee": assume.POOL_FEE,
                "bills_grace_days": random.choice(assume.TAIL_BILLS_GRACE),
            }
            | provenance(
                True, "", "low",
                "drawn private miner: cash in months of outflow, SG&A per TH, growth spending and treasury policy are priors",
            )
        )  # fmt: skip
    return rows


# ------------------------------------------------------------------------------------------------ lenders
def lender_rows() -> list[Row]:
    known: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in facts("lenders"):
        known[row["lender"]].append(row)
    return [
        {
            "lender": lender.key,
            "cash_usd": lender.cash_musd * 1e6,
            "other_assets_usd": lender.other_assets_musd * 1e6,
            "equity_usd": lender.equity_musd * 1e6,
            "funding_rate": lender.funding_rate,
            "seizure_days": lender.seizure_days,
            "call_notice_days": lender.call_notice_days,
            "host_usd_per_mwh": float(lender.host_usd_per_mwh),
            "host_capacity_ths": lender.host_capacity_ehs * 1e6,
            "policy": lender.policy,
        }
        | {column: 0.0 for column in COLUMNS["lenders"][10:] if column not in NEVER}
        | conduct(lender.key)[0]
        | provenance(
            not known[lender.key],
            joined(row["source"] for row in known[lender.key]),
            "low",
            f"balance sheet is assumed: {lender.why}; funding rate is net of other income{conduct(lender.key)[1]}",
        )
        for lender in assume.LENDERS
    ]


NEVER = ("forbear_days", "swap_cover", "book_sale_days", "book_sale_price")  # empty unless a lender does it


def conduct(lender: str) -> tuple[Row, str]:
    """What a lender does under stress, and why."""
    values, why = assume.CONDUCT.get(lender, ({}, ""))
    return dict(values), f"; under stress: {why}, shares are priors" if why else ""


def exposure_rows() -> list[Row]:
    return [
        {"creditor": creditor, "debtor": debtor, "amount_usd": million * 1e6, "line_usd": line * 1e6 if line else None}
        | provenance(True, "", "low", why)
        for creditor, debtor, million, line, why in assume.EXPOSURES
    ]


# ------------------------------------------------------------------------------------------------ cohorts
def opening_difficulty() -> float:
    before = [row for row in facts("difficulty_epochs") if row["first_full_day"] <= assume.START]
    return float(before[-1]["difficulty"])


def implied_ehs(difficulty: float) -> float:
    return difficulty * 2**32 / 600 / 1e18


def opening_height() -> int:
    """Height at 00:00 of the first day, interpolated between the two epochs around it."""
    rows = [(date.fromisoformat(row["first_full_day"]), int(row["height"])) for row in facts("difficulty_epochs")]
    start = date.fromisoformat(assume.START)
    place = bisect_right([day for day, _ in rows], start)
    (d0, h0), (d1, h1) = rows[place - 1], rows[place]
    return h0 + int((h1 - h0) * (start - d0).days / (d1 - d0).days)


def cohort_region(stratum: str, quantile: int) -> str:
    return assume.US_COHORT_REGIONS[quantile % len(assume.US_COHORT_REGIONS)] if stratum == "us" else stratum


def cohort_rows(fleet: list[Row], tail: list[TailMiner]) -> list[Row]:
    specs = hashrates()
    network = implied_ehs(opening_difficulty()) * assume.OPENING_TO_IMPLIED * 1e6
    by_class: dict[str, float] = defaultdict(float)
    for row in fleet:
        if row["machines"] == 0:
            continue  # on order: its class is not of the start
        by_class[CLASS_OF_MODEL[str(row["model"])]] += int(str(row["machines"])) * specs[str(row["model"])]
    class_left = {
        cls.key: max(assume.LEAST_COHORT_THS, network * cls.network_share - by_class[cls.key]) for cls in assume.CLASSES
    }
    explicit: dict[str, float] = defaultdict(float)
    for miner in tail:
        explicit[miner.stratum] += miner.ths
    book = sum(by_class.values())
    tail_total = network - (book - sum(explicit.values()))
    stratum_left = {
        key: max(assume.LEAST_COHORT_THS, share * tail_total - explicit[key])
        for key, share in assume.STRATUM_SHARE.items()
    }
    total = network - book
    scale = total / (sum(class_left.values()) * sum(stratum_left.values()))
    rows: list[Row] = []
    for stratum, stratum_ths in stratum_left.items():
        for cls in assume.CLASSES:
            ths = class_left[cls.key] * stratum_ths * scale / cls.quantiles
            rows += [cohort(cls, stratum, quantile, ths) for quantile in range(cls.quantiles)]
    for stratum in assume.DELIVERY_STRATUM:
        for cls in assume.NEW_CLASSES:
            rows += [cohort(cls, stratum, quantile, 0.0) for quantile in range(cls.quantiles)]
    return rows


def cohort_key(stratum: str, cls: assume.MachineClass, quantile: int) -> str:
    return f"{stratum}-{cls.key}-q{quantile + 1}"


def cohort(cls: assume.MachineClass, stratum: str, quantile: int, ths: float) -> Row:
    level = NormalDist().inv_cdf((quantile + 0.5) / cls.quantiles)
    return (
        {
            "cohort": cohort_key(stratum, cls, quantile),
            "region": cohort_region(stratum, quantile),
            "efficiency_j_per_th": cls.j_per_th,
            "power_usd_per_mwh": round(cls.median_power * math.exp(assume.POWER_SIGMA * level), 2),
            "hashrate_ths": round(ths, 1),
            "pass_through": cls.us_pass_through if stratum == "us" else assume.OTHER_PASS_THROUGH,
        }
        | assume.SWITCHING
        | provenance(
            True, "", "low",
            "anonymous hashrate: class share x stratum share of what the book does not hold, cut at power quantiles",
        )
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ scenario
def tariffs() -> list[Row]:
    """Dated levels per region; each holds until the next date."""
    rows: list[Row] = []

    def level(day: str, region: str, usd: float) -> None:
        rows.append({"date": max(day, assume.START), "region": region, "tariff_usd_per_mwh": round(usd, 1)})

    for region, levels in assume.FLAT_TARIFF.items():
        for day, usd in levels:
            level(day, region, usd)
    retail: dict[tuple[str, str], float] = {
        (row["state"], row["month"]): float(row["usd_per_mwh"]) for row in facts("power_retail_monthly")
    }
    for region, states in assume.RETAIL_STATES.items():
        for month in months(assume.START[:7], assume.END[:7]):
            level(f"{month}-01", region, sum(retail[state, month] for state in states) / len(states))
    spikes = {
        (row["market"], row["date"]): float(row["mean_usd_per_mwh"]) for row in facts("power_wholesale_spike_days")
    }
    for row in facts("power_wholesale_monthly"):
        region = {"ERCOT": "us-ercot", "NYISO": "us-nyiso"}[row["market"]]
        base = float(row["mean_of_days_up_to_100_usd_per_mwh"])
        first = date.fromisoformat(row["month"] + "-01")
        current = None
        for offset in range(monthrange(first.year, first.month)[1]):
            day = (first + timedelta(days=offset)).isoformat()
            today = spikes.get((row["market"], day), base)
            if today != current and day <= assume.END:
                if day >= assume.START or offset == 0:
                    level(day, region, today)
                current = today
    rows.sort(key=lambda row: (str(row["region"]), str(row["date"])))
    return rows


def fees() -> list[tuple[str, int]]:
    """Fees per block from the share of fees in miner revenue: subsidy x f / (1 - f)."""
    subsidy = 625_000_000
    return [
        (row["month"], round(subsidy * share / (1 - share)))
        for row in facts("fee_share_monthly")
        for share in [float(row["fee_share_pct"]) / 100]
    ]


def deliveries() -> list[tuple[str, str, float]]:
    """Half-monthly steps on the 1st and the 16th along the gross path, less what the book's own orders add, split over strata and power
    quantiles."""
    knots = [(date.fromisoformat(day), ehs) for day, ehs in assume.GROSS_ADDS_EHS]

    def gross(day: date) -> float:
        place = min(max(bisect_right([when for when, _ in knots], day), 1), len(knots) - 1)
        (d0, g0), (d1, g1) = knots[place - 1], knots[place]
        return g0 + (g1 - g0) * (day - d0).days / (d1 - d0).days

    ahead = 0.0  # TH/s that orders added where the gross path did not grow
    before = date.fromisoformat(assume.START)
    out: list[tuple[str, str, float]] = []
    for month in months(assume.START[:7], assume.END[:7]):
        for day in (date.fromisoformat(f"{month}-01"), date.fromisoformat(f"{month}-16")):
            if day <= before:
                continue
            left = (gross(day) - gross(before)) * 1e6 - (ordered_ths(day) - ordered_ths(before)) - ahead
            step, ahead = max(left, 0.0), max(-left, 0.0)
            cls = assume.NEW_CLASSES[1] if day.isoformat() >= assume.NEW_2023_FROM else assume.NEW_CLASSES[0]
            for stratum, share in assume.DELIVERY_STRATUM.items():
                ths = round(step * share / cls.quantiles, 1)
                if ths > 0:
                    out.extend((day.isoformat(), cohort_key(stratum, cls, q), ths) for q in range(cls.quantiles))
            before = day
    return out


def opening_index() -> list[float]:
    quotes = {(row["date"], row["tier_or_model"]): float(row["usd_per_th"]) for row in facts("asic_quotes")}
    xp = (quotes["2021-12-07", "<25"] + quotes["2021-12-15", "<25"]) / 2
    peak, year_end = date(2021, 5, 7), date(2022, 1, 1)
    share = (date.fromisoformat(assume.START) - peak).days / (year_end - peak).days

    def between(tier: str) -> float:
        low, high = math.log(quotes["2021-05-07", tier]), math.log(quotes["2022-01-01", tier])
        return math.exp(low + (high - low) * share)

    return [round(value, 2) for value in (xp, quotes["2021-11", "S19 95T"], between("38-68"), between(">68"))]


WRITTEN = "# Written by tools/build_crisis_2022.py from data/facts/ and tools/crisis_2022_assumptions.py. Do not edit."


def market_text() -> str:
    """What comes from outside whatever the book: prices of coins, power and machines, the chain."""
    difficulty = opening_difficulty()
    lines = [
        WRITTEN,
        "# Names no miner, lender or cohort: a base for scenarios of any book whose regions have a tariff.",
        'name = "market-2022"',
        'title = "The market of 2022 without any book: coins, power, machines, the chain"',
        f"start = {assume.START}",
        f"end = {assume.END}",
        'expect = """',
        "A book of yours under the closes, tariffs, fees and machine prices of November 2021 to June 2023: nothing happens to \\",
        "anybody by name, no cohort grows, no region goes dark. The difficulty is that of the whole network: put the rest of it \\",
        'into the table cohorts, or set `network.difficulty`."""',
        "citations = [",
        '  "BTC: month-end and single closes published in the press (data/facts/btc_closes.csv)",',
        '  "Difficulty and height: consensus data",',
        '  "Tariffs: EIA form 861M; ERCOT and NYISO day-ahead via HewlettPackard/green-dcc (MIT)",',
        '  "Fees: blockchain.com monthly means",',
        '  "Machine prices: cited single quotes (data/facts/asic_quotes.csv)",',
        '  "Everything else: docs/model/sources.md",',
        "]",
        f"estate_days = {assume.ESTATE_DAYS}",
        "",
        "[price]",
        'source = "anchors"',
        f"volatility_daily = {assume.VOLATILITY_DAILY}",
        "anchors = [",
        *(f'  ["{row["date"]}", {float(row["close_usd"]):.1f}],' for row in facts("btc_closes")),
        "]",
        "",
        "[network]",
        f"height = {opening_height()}  # interpolated between two retargets",
        f"difficulty = {difficulty:.1f}",
        "fees = [  # satoshis per block, held for the month",
        *(f'  ["{month}", {sats}],' for month, sats in fees()),
        "]",
        "",
        "[power]",
        'source = "history"',
        'file = "crisis-2022-tariffs.csv"  # date, region, tariff_usd_per_mwh; a value holds until the next date',
        "",
        "[impact]",
        *(f"{key} = {value}" for key, value in assume.IMPACT.items()),
        "",
        "[asics]",
        *(f"{key} = {value}" for key, value in assume.ASICS.items()),
    ]
    for index, tier in zip(opening_index(), assume.ASIC_TIERS, strict=True):
        lines += [
            "",
            "[[asics.tiers]]",
            f"index_usd_per_th = {index}",
            *(f"{key} = {value}" for key, value in tier.items()),
        ]
    return "\n".join(lines) + "\n"


def scenario_text() -> str:
    """What happened to the book of that name, on the market of that year."""
    lines = [
        WRITTEN,
        'name = "crisis-2022"',
        'title = "The mining credit crisis of 2022, on dated closes"',
        'base = "market-2022"',
        f"start = {assume.START}",
        f"end = {assume.END}",
        "citations = [",
        '  "Lender failures: press and court filings (data/facts/lender_events.csv)",',
        '  "Everything else: docs/model/sources.md",',
        "]",
        "",
        "# `to` is the last day of the event; share of machines that can run",
    ]
    for region, first, last, share, why in assume.AVAILABILITY:
        lines += [
            "[[availability]]",
            f'region = "{region}"  # {why}',
            f"from = {first}",
            f"to = {last}",
            f"share = {share}",
            "",
        ]
    for day, lender, kind, amount in assume.LENDER_EVENTS:
        lines += [
            "[[lender_events]]",
            f"date = {day}",
            f'lender = "{lender}"',
            f'kind = "{kind}"',
            *([] if kind == "fail" else [f"amount_usd = {amount:.1f}"]),
            "",
        ]
    for day, fleet, slots in rack_changes():
        lines += ["[[rack_changes]]", f"date = {day}", f'fleet = "{fleet}"', f"slots = {slots}", ""]
    for day, vendor, why in assume.VENDOR_EVENTS:
        lines += ["[[vendor_events]]", f"date = {day}", f'vendor = "{vendor}"  # {why}', ""]
    for name, (hold_days, rules) in assume.POLICIES.items():
        lines += [f"[policies.{name}]", f"hold_days = {hold_days}", "rules = ["]
        for ratio, action, share in rules:
            sold = f", share_per_day = {share}" if action == "sell" else ""
            lines.append(f'  {{ max_clearing_to_index = {ratio}, action = "{action}"{sold} }},')
        lines += ["]", ""]
    for day, key, ths in deliveries():
        lines += ["[[deliveries]]", f'cohort = "{key}"', f"date = {day}", f"hashrate_ths = {ths}", ""]
    return "\n".join(lines).rstrip() + "\n"


# ------------------------------------------------------------------------------------------------ all of it
def build() -> dict[Path, str]:
    tail = tail_miners()
    fleet = named_fleet_rows() + [row.row for miner in tail for row in miner.rows]
    drawn = tail_rig_loans(tail)
    named, coins, notes = named_loan_rows(), tail_btc_loans(tail), tail_unsecured_loans(tail)
    debt = assume.TAIL_RIG_DEBT
    base = scaled(drawn, debt["base"])
    low = scaled(fewer_borrowers(drawn, debt["low"], debt["base"]), debt["low"], "; low variant: fewer borrowers")
    high = scaled(drawn, debt["high"], "; high variant: the same loans, larger")
    cohorts = cohort_rows(fleet, tail)
    opening_hashprice = hashprice(opening_difficulty(), opening_close())
    miners = named_miner_rows() + tail_miner_rows(tail, base + coins + notes, opening_hashprice)
    return {
        BOOK / "machines.csv": table_text("machines", machine_rows()),
        BOOK / "regions.csv": table_text("regions", region_rows()),
        BOOK / "miners.csv": table_text("miners", miners),
        BOOK / "fleet.csv": table_text("fleet", fleet),
        BOOK / "orders.csv": table_text("orders", order_rows()),
        BOOK / "loans.csv": table_text("loans", named + base + coins + notes),
        BOOK / "loans-low.csv": table_text("loans", named + low + coins + notes),
        BOOK / "loans-high.csv": table_text("loans", named + high + coins + notes),
        BOOK / "lenders.csv": table_text("lenders", lender_rows()),
        BOOK / "exposures.csv": table_text("exposures", exposure_rows()),
        BOOK / "cohorts.csv": table_text("cohorts", cohorts),
        SCENARIOS / "market-2022.toml": market_text(),
        **article_tables(fleet, named + high + coins + notes, order_rows(), lender_rows()),
        SCENARIOS / "crisis-2022.toml": scenario_text(),
        SCENARIOS / "crisis-2022-tariffs.csv": csv_text(("date", "region", "tariff_usd_per_mwh"), tariffs()),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
    check = parser.parse_args().check
    different = []
    for path, text in build().items():
        current = path.read_text(encoding="utf-8") if path.exists() else None
        if current == text:
            continue
        different.append(str(path.relative_to(ROOT)))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    if check and different:
        print("out of date, run tools/build_crisis_2022.py:", *different, sep="\n  ")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
