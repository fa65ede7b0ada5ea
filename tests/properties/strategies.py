"""Random small economies, near the edge on which rules of docs/model/ begin to bite. Sizes follow one figure: what a TH/s earns.

The first choice of every draw is the dullest, so that Hypothesis shrinks towards an economy in which little happens.
"""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from tests.economies.world import Prices
from tests.properties.economy import Economy, Row, Tables
from tests.properties.optional import PARTS, with_parts
from tests.properties.outside import TARIFF, Draw, among, scenarios

USD_PER_THS = 0.1256  # a day, at the difficulty below and a subsidy of 6.25 BTC
MODELS = (("s19", 100.0, 3000.0), ("pro", 110.0, 2640.0), ("m20", 68.0, 3300.0), ("s9", 13.5, 1323.0))
REGIONS = ("erie", "texas")
UNUSED = ("run_own", "run_peer", "tighten_equity_share", "term_share_per_month", "bankruptcy_cost_share")
POLICIES = ("waits", "sells", "rents", "dumps")
BULLETS = ("interest_only", "bullet")
KINDS = (*BULLETS, "linear", "annuity", "fixed_payment", "payment_in_kind")
COHORTS = (("new", "texas", 32.0, 60.0, 1.2e8, 0.3), ("old", "erie", 90.0, 45.0, 0.6e8, 0.0))
COHORT_COLUMNS = ("cohort", "region", "efficiency_j_per_th", "power_usd_per_mwh", "hashrate_ths", "pass_through")


def steps(last: int, size: float = 1.0) -> st.SearchStrategy[float]:
    """0 to `last` steps of a size, to four decimals."""
    return st.integers(0, last).map(lambda count: round(count * size, 4))


def fair_usd_per_mwh(model: str) -> float:
    """The power price at which a model earns nothing."""
    ths, watts = next((ths, watts) for key, ths, watts in MODELS if key == model)
    return USD_PER_THS / (watts / ths * 24e-6)


@st.composite
def fleet_rows(draw: Draw, miner: str) -> list[Row]:
    """One to four sites of a miner."""
    rows = []
    for place in range(draw(st.integers(1, 4))):
        model, contract = (
            draw(among(*MODELS))[0],
            draw(among("fixed", "hosted_fixed", "indexed", "hosted_pass_through")),
        )
        price = fair_usd_per_mwh(model) * (0.3 + draw(steps(20, 0.04)))
        shutdown, pause, restart, again = draw(among((0.85, 14, 1.0, 7), (1.0, 1, 1.0, 1), (0.9, 3, 1.05, 2)))
        row = {"fleet": f"{miner}-{place}", "miner": miner, "model": model, "region": draw(among(*REGIONS))}
        row |= {
            "machines": draw(among(1000, 1, 7, 30_000, 150_001)),
            "power_contract": contract,
            "pass_through": 0.0,
            "curtailment_share": 1.0,
        }
        row |= {"power_usd_per_mwh": round(price if contract != "indexed" else price - TARIFF, 2)}
        row |= {"shutdown_ratio": shutdown, "shutdown_days": pause, "restart_ratio": restart, "restart_days": again}
        if contract == "hosted_pass_through":
            row["pass_through"] = draw(among(1.0, 0.5))
        if contract == "fixed":
            row["curtailment_strike_usd_per_mwh"] = draw(among(None, 100.0))
            row["curtailment_share"] = draw(among(1.0, 0.5))
        own = contract in ("fixed", "indexed") and pause == 1
        row["demand_charge_usd_per_mw_month"] = 8000.0 if own else 0.0
        rows.append(row)
    return rows


def month_usd(rows: list[Row]) -> float:
    """What the machines of some rows earn in a month, on day 0."""
    size = {model: ths for model, ths, _ in MODELS}
    return sum(row["machines"] * size[row["model"]] for row in rows) * USD_PER_THS * 30


@st.composite
def miner_rows(draw: Draw, miner: str, month: float, price: float) -> Row:
    """A miner with days to months of cash."""
    low, high = draw(among((20, 40), (90, 180), (0, 5)))
    line = draw(among(0.0, 0.1, 0.5)) * month
    return {
        "miner": miner,
        "cash_usd": round(month * draw(among(0.3, 0.0, 0.02, 0.1, 1.5)), 2),
        "btc": round(month / price * draw(among(0.0, 0.05, 0.5, 2.0)), 8),
        "overhead_usd_per_month": round(month * draw(steps(12, 0.04)), 2),
        "essential_share": draw(among(0.6, 1.0, 0.0)),
        "other_income_usd_per_month": round(month * draw(among(0.0, 0.05)), 2),
        "hodl_share": draw(among(0.0, 0.5, 1.0)),
        "runway_low_days": low,
        "runway_high_days": high,
        "stock_sale_share": draw(among(0.1, 0.5)),
        "equity_line_usd": round(line, 2),
        "equity_line_usd_per_month": round(line * 0.4, 2),
        "pool_fee": draw(among(0.0, 0.02)),
        "bills_grace_days": draw(among(10, 27, 1, 45)),
    }


@st.composite
def loan_rows(draw: Draw, key: str, miner: str, lender: str, sites: list[Row], price: float, start: date) -> Row:
    """A loan of any kind to a miner with these sites."""
    owed = round(max(month_usd(sites) * draw(among(0.5, 0.1, 2.0)), 100.0), 2)
    kind, period = draw(among(*KINDS)), draw(among(1, 1, 2))
    first = start + timedelta(days=draw(st.integers(1, 45)))
    row: Row = {"loan": key, "miner": miner, "lender": lender, "collateral": draw(among("none", "machines", "btc"))}
    row |= {"amortisation": kind, "outstanding_usd": owed, "rate": draw(among(0.0, 0.12, 0.2)), "period_months": period}
    row |= {"day_count": draw(among("A360", "A365", "30E360")), "first_payment_date": first}
    row |= {"maturity_date": first + timedelta(days=draw(among(400, 30, 61, 0)))}
    row |= {"recourse": draw(among("full", "limited")), "cross_default": draw(st.booleans())}
    row |= {"grace_days": draw(among(10, 27, 2, 50)), "default_interest_rate": draw(among(0.0, 0.1))}
    row["fee_rate"] = 0.02 if row["rate"] == 0.2 else 0.0
    if kind == "fixed_payment":
        row["payment_usd"] = round(owed * draw(among(0.1, 0.01)), 2)
    if kind in BULLETS:
        row["credit_line_usd"] = draw(among(None, round(owed * 1.5, 2), round(owed * 1.01, 2)))
    if row["collateral"] == "machines":
        row["collateral_fleet"] = draw(among(*(site["fleet"] for site in sites)))
        row["covenant_cover"], row["covenant_days"] = {27: (1.25, 10), 50: (3.0, 30)}.get(
            row["grace_days"], (None, None)
        )
    if row["collateral"] == "btc":
        initial, call, liquidation, ratio = draw(
            among((0.6, 0.7, 0.8, 0.59), (0.5, 0.55, 0.7, 0.57), (0.7, 0.75, 0.9, 0.3))
        )
        row |= {"collateral_btc": round(owed / price / ratio, 8), "initial_ltv": initial, "call_ltv": call}
        row |= {
            "liquidation_ltv": liquidation,
            "cure_days": draw(among(3, 1)),
            "tranche_share": draw(among(0.5, 1.0, 0.1)),
        }
    return row


def share_machines(loans: list[Row], fleet: list[Row]) -> None:
    """Machines for the loans they secure: those of a site in equal parts; a loan that gets none is secured by nothing."""
    for site in fleet:
        holders = [row for row in loans if row.get("collateral_fleet") == site["fleet"]]
        for row in holders:
            row["collateral_machines"] = site["machines"] // len(holders)
            if not row["collateral_machines"]:
                del row["collateral_machines"], row["collateral_fleet"]
                row |= {"collateral": "none", "covenant_cover": None, "covenant_days": None}


@st.composite
def lender_rows(draw: Draw, key: str, lent: float) -> Row:
    """A lender with thin capital: a bank, a platform or a mining house."""
    cash, other = (round(lent * draw(among(*shares)), 2) for shares in ((0.2, 0.001, 1.0), (0.0, 0.5)))
    equity = round((lent + cash + other) * draw(among(0.3, 0.02, 0.1, 0.0)), 2)
    row: Row = {"lender": key, "cash_usd": cash, "other_assets_usd": other, "equity_usd": equity}
    row |= {
        "funding_rate": draw(among(0.0, 0.06)),
        "seizure_days": draw(among(5, 1, 20)),
        "call_notice_days": draw(among(10, 2)),
    }
    row |= {"policy": draw(among(*POLICIES)), "host_usd_per_mwh": 40.0, "host_capacity_ths": draw(among(1e5, 1e7))}
    row |= dict.fromkeys(UNUSED, 0.0)
    row |= {"demand_share": draw(among(0.0, 0.5, 1.0))}
    if row["demand_share"]:
        row |= {"run_own": draw(among(0.0, 0.1, 2.0)), "run_peer": draw(among(0.0, 0.3))}
    row["stop_equity_share"] = draw(among(0.0, 0.05, 0.28))
    if row["stop_equity_share"]:
        row |= {"tighten_equity_share": draw(among(0.0, 0.04)), "term_share_per_month": draw(among(0.0, 0.2))}
    row |= {"forbear_days": draw(among(None, 10, 40)), "swap_cover": draw(among(None, 0.1, 1.0))}
    row |= {"rehypothecated_share": draw(among(0.0, 0.5, 1.0)), "book_sale_days": draw(among(None, 5))}
    row["book_sale_price"] = row["book_sale_days"] and draw(among(0.4, 0.01))
    return row


@st.composite
def claims(draw: Draw, lenders: list[Row], lent: dict[str, float]) -> list[Row]:
    """Claims between lenders; the debtor's bankruptcy may cost something."""
    rows = []
    for debtor in lenders:
        for creditor in lenders:
            if debtor is not creditor and (share := draw(among(0.0, 0.1, 0.3))):
                size = lent[debtor["lender"]] + debtor["cash_usd"] + debtor["other_assets_usd"]
                usd = max(round(size * share, 2), 1.0)
                rows.append({"creditor": creditor["lender"], "debtor": debtor["lender"], "amount_usd": usd})
        if any(row["debtor"] == debtor["lender"] for row in rows):
            debtor["bankruptcy_cost_share"] = draw(among(0.0, 0.2))
    return rows


@st.composite
def economies(draw: Draw, always: frozenset[str] = frozenset()) -> Economy:
    """3 to 6 miners with 1 to 4 sites each, 2 to 4 lenders, a loan or two a miner, claims between lenders, 60 to 120 days;
    and of what else an economy may have (tests/properties/optional.py) `always` these parts and perhaps others."""
    price = draw(among(30_000.0, 20_000.0, 50_000.0))
    start = draw(among(date(2021, 11, 1), date(2022, 1, 31), date(2024, 1, 20), date(2022, 5, 15)))
    sites = {f"m{place}": draw(fleet_rows(f"m{place}")) for place in range(draw(st.integers(3, 6)))}
    lenders = [f"l{place}" for place in range(draw(st.integers(2, 4)))]
    miners = [draw(miner_rows(miner, month_usd(rows), price)) for miner, rows in sites.items()]
    fleet = [row for rows in sites.values() for row in rows]
    loans = [
        draw(loan_rows(f"{miner}-{place}", miner, draw(among(*lenders)), rows, price, start))
        for miner, rows in sites.items()
        for place in range(draw(st.integers(1, 2)))
    ]
    share_machines(loans, fleet)
    lent = {key: 1000 + sum(row["outstanding_usd"] for row in loans if row["lender"] == key) for key in lenders}
    banks = [draw(lender_rows(key, lent[key])) for key in lenders]
    tables: Tables = {
        "machines": [{"model": key, "hashrate_ths": ths, "power_w": watts} for key, ths, watts in MODELS],
        "regions": [{"region": key} for key in REGIONS],
        "miners": miners,
        "fleet": fleet,
        "loans": loans,
        "lenders": banks,
        "cohorts": [dict(zip(COHORT_COLUMNS, row, strict=True)) for row in COHORTS],
        "exposures": draw(claims(banks, lent)),
    }
    plain = Economy(tables, draw(scenarios(banks, price, start)), draw(st.integers(0, 3)))
    months = {miner: month_usd(rows) for miner, rows in sites.items()}
    parts = draw(st.sets(among(*PARTS)))
    return with_parts(plain, parts | always, draw(st.integers(0, 2**16)), Prices(price, USD_PER_THS, TARIFF), months)
