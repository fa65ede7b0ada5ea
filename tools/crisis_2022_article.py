"""Tables of the variant `crisis-2022:article`: the rows of the book with what crisis_2022_story.py adds. Used by build_crisis_2022.py."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import crisis_2022_assumptions as assume
import crisis_2022_story as story
from crisis_2022_rows import BOOK, COLUMNS, Row, add_months, opening_close, provenance, table_text


def told(source: str, confidence: str, why: str) -> Row:
    return provenance(not source, source, confidence, why)


def fleet_rows(fleet: list[Row]) -> list[Row]:
    """Hosts and slots on the rows there are, and rows that upgrades and migrations fill."""
    known = {str(row["fleet"]): row for row in fleet}
    rows = []
    for key, row in known.items():
        new = row | {"host_deposit_usd": 0.0}
        if hosted := story.HOSTED.get(key):
            new |= {"host": story.HOST, "host_deposit_usd": hosted.deposit_musd * 1e6}
            new["assumption"] = f"{row['assumption']}; host: {hosted.why} ({hosted.source})"
        if key == "argo-helios":
            new |= {"rack_slots": story.HELIOS_SLOTS}
            new["assumption"] = f"{row['assumption']}; slots: prior"
        rows.append(new)
    for site in (*story.UPGRADE_ROWS, *story.MIGRATED_ROWS):
        racks = site in story.UPGRADE_ROWS
        rows.append(
            {
                "fleet": site.key,
                "miner": site.miner,
                "model": site.model,
                "region": site.region,
                "machines": 0,
                "power_contract": site.contract,
                "power_usd_per_mwh": float(site.usd_per_mwh),
                "pass_through": float(site.pass_through),
                "curtailment_strike_usd_per_mwh": site.strike,
                "curtailment_share": assume.CURTAILMENT_SHARE if site.strike is not None else 0.0,
                "rack_slots": 0 if racks else None,
                "host_deposit_usd": 0.0,
            }
            | assume.SWITCHING
            | provenance(
                True,
                "",
                "low",
                f"{'upgraded' if racks else 'migrated'} machines of {site.why}, none at the start; "
                f"{'power as there' if racks else 'power as other rows of the region'}",
            )
        )
    return rows


def order_rows(orders: list[Row]) -> list[Row]:
    """Those of the book, and the contracts at the prices of late 2021."""
    return orders + [
        {
            "order": f"{contract.key}-{place:02d}",
            "miner": contract.miner,
            "vendor": "Bitmain",
            "fleet": contract.fleet,
            "machines": machines,
            "price_usd": contract.usd,
            "price_kind": "fixed",
            "price_protection": True,
            "deposit_usd": machines * contract.usd * contract.deposit_share,
            "first_instalment_date": add_months(date.fromisoformat(delivery), -1).isoformat(),
            "instalments": 1,
            "delivery_date": delivery,
            "deployment_days": assume.DEPLOYMENT_DAYS,
            "grace_days": assume.INSTALMENT_GRACE_DAYS,
            "forfeit_share": 0.0,
            "coupon_share": 0.0,
            "cancel_ratio": 1.0,
        }
        | told("", "low", contract.why)
        for contract in story.DEAR
        for place, (delivery, machines) in enumerate(contract.batches, start=1)
    ]


def work_rows(fleet: list[Row]) -> list[Row]:
    machines = {str(row["fleet"]): int(str(row["machines"])) for row in fleet}
    cooling: list[Row] = [
        {
            "work": f"{site.fleet}-immersion",
            "fleet": site.fleet,
            "kind": "cooling",
            "begin_date": site.begin,
            "days": site.days,
            "capex_usd": machines[site.fleet] * story.COOLING_USD_PER_MACHINE,
            "hashrate_factor": story.HASHRATE_FACTOR,
            "energy_factor": story.ENERGY_FACTOR,
            "heat_relief": story.HEAT_RELIEF,
        }
        | told(
            "",
            "low",
            f"story: liquid cooling brings 40 % more; the site is ours, {site.why}; dates and cost are priors",
        )
        for site in story.COOLING
    ]
    racks: list[Row] = [
        {
            "work": f"{site.key}-racks",
            "fleet": site.key,
            "kind": "racks",
            "begin_date": story.RACKS_BEGIN,
            "days": story.RACKS_DAYS,
            "capex_usd": story.UPGRADED[site.miner] * story.RACKS_USD_PER_SLOT,
            "slots": story.UPGRADED[site.miner],
            "units": story.RACKS_UNITS,
            "step_days": story.RACKS_STEP_DAYS,
        }
        | told(
            "",
            "low",
            "story: modular sites; one container a month for the machines of the upgrade, dates and cost are priors",
        )
        for site in story.UPGRADE_ROWS
    ]
    return cooling + racks


def hedge_rows() -> list[Row]:
    strike = opening_close()
    futures: list[Row] = [
        {
            "hedge": f"{miner}-future",
            "miner": miner,
            "kind": "short_future",
            "expiry_date": story.FUTURES_EXPIRY,
            "btc": float(btc),
            "strike_usd": strike,
            "initial_margin_share": story.INITIAL_MARGIN,
            "maintenance_margin_share": story.MAINTENANCE_MARGIN,
            "cure_days": story.CURE_DAYS,
        }
        | told(
            "",
            "low",
            f"{story.STORY}: miners hedge with futures; who and how much is ours, the strike is the opening close",
        )
        for miner, btc in story.FUTURES.items()
    ]
    others: list[Row] = [
        {"hedge": row.key, "miner": row.miner, "kind": row.kind, "expiry_date": row.expiry}
        | row.values
        | told(row.source, row.confidence, row.why)
        for row in story.HEDGES
    ]
    return futures + others


def profile_rows() -> list[Row]:
    return [
        {"profile": name, "month": month, "share": share}
        | told("", "low", "prior: the shape of such plants over the year")
        for name, shares in story.PROFILES.items()
        for month, share in enumerate(shares, start=1)
    ]


def response_rows(loans: list[Row]) -> list[Row]:
    """Those of the book, the story's, and a request for new terms of each private miner."""
    with (BOOK / "responses.csv").open(encoding="utf-8", newline="") as file:
        rows: list[Row] = [dict(row) for row in csv.DictReader(file)]
    rows += [
        {
            "response": row.key,
            "miner": row.miner,
            "kind": row.kind,
            "trigger": row.trigger,
            "threshold": row.threshold,
            "from_date": row.first,
            "until_date": row.last,
        }
        | row.values
        | told(row.source, row.confidence, row.why)
        for row in story.RESPONSES
    ]
    rows += [
        {
            "response": f"{site.key}s",
            "miner": site.miner,
            "kind": "upgrade",
            "trigger": "runway_days_over",
            "threshold": story.UPGRADE_RUNWAY_DAYS,
            "from_date": story.UPGRADE_FROM,
            "until_date": assume.END,
            "fleet": site.why,
            "machines": story.UPGRADED[site.miner],
            "to_fleet": site.key,
            "delay_days": story.UPGRADE_DELAY_DAYS,
        }
        | told(
            "", "low", f"{story.STORY}: miners with cash replace machines by S19 XP; who, how many and when are priors"
        )
        for site in story.UPGRADE_ROWS
    ]
    largest: dict[str, Row] = {}
    for loan in loans:
        if loan["synthetic"] and loan["collateral"] == "machines" and loan["lender"] in story.AMENDING:
            best = largest.get(str(loan["miner"]))
            if best is None or float(str(loan["outstanding_usd"])) > float(str(best["outstanding_usd"])):
                largest[str(loan["miner"])] = loan
    rows += [
        {"response": f"{miner}-asks", "miner": miner, "kind": "renegotiate", "loan": loan["loan"]}
        | story.ASKS
        | told("", "low", story.ASKS_WHY)
        for miner, loan in largest.items()
    ]
    return rows


def lender_rows(lenders: list[Row]) -> list[Row]:
    rows = []
    for row in lenders:
        values, why = story.LENDERS.get(str(row["lender"]), ({}, ""))
        new = row | values
        if why:
            new["assumption"] = f"{row['assumption']}; story: {why}"
        rows.append(new)
    return rows


def loan_rows(loans: list[Row]) -> list[Row]:
    rows = []
    for row in loans:
        line, why = story.CREDIT_LINES.get(str(row["loan"]), (None, ""))
        if row["synthetic"] and row["collateral"] == "none":
            line, why = float(str(row["outstanding_usd"])) * story.NOTE_LINE / 1e6, "story: a line, size: prior"
        new = row | ({} if line is None else {"credit_line_usd": round(line * 1e6, 2)})
        if why:
            new["assumption"] = f"{row['assumption']}; {why}"
        rows.append(new)
    return rows


def article_tables(fleet: list[Row], loans: list[Row], orders: list[Row], lenders: list[Row]) -> dict[Path, str]:
    """The files of the variant, from the rows of the book itself."""
    rows = {
        "fleet": fleet_rows(fleet),
        "orders": order_rows(orders),
        "works": work_rows(fleet),
        "hedges": hedge_rows(),
        "profiles": profile_rows(),
        "responses": response_rows(loans),
        "lenders": lender_rows(lenders),
        "loans": loan_rows(loans),
    }
    return {
        BOOK / f"{name}-article.csv": table_text(f"{name}-article" if f"{name}-article" in COLUMNS else name, table)
        for name, table in rows.items()
    }
