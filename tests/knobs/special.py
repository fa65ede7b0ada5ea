"""Moves that take more than one cell, or that a type does not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.properties.economy import FOLDER, UNSECURED, Economy, Row

Changes = Row  # what becomes of a row; None empties a cell, or takes a key out of a scenario


def other_price(economy: Economy, row: Row) -> Iterator[Changes]:
    new = {"source": "gbm", "start_usd": 25_000.0, "volatility_annual": 0.5}
    if row["source"] != "gbm":
        yield dict.fromkeys(row) | new


def other_power(economy: Economy, row: Row) -> Iterator[Changes]:
    yield dict.fromkeys(row) | {"source": "flat", "usd_per_mwh": 55.0}


def other_policy(economy: Economy, row: Row) -> Iterator[Changes]:
    yield dict.fromkeys(row) | {"source": "dump"}
    yield dict.fromkeys(row) | {"source": "hold"}


def other_share(economy: Economy, row: Row) -> Iterator[Changes]:
    """Of actions that have a share; to others it can only be said that it is 0, which it is."""
    if row.get("action") in (None, "sell", "consign"):
        for factor in (0.5, 2.0, 0.1):
            yield {"share_per_day": min(1.0, row["share_per_day"] * factor)}


def other_payback(economy: Economy, row: Row) -> Iterator[Changes]:
    """Hardly any days, or all there may be; other actions have none."""
    if row["action"] == "sell_back":
        yield {"payback_days": 1}
        yield {"payback_days": 3650}


def other_file(economy: Economy, row: Row) -> Iterator[Changes]:
    """The same file with the numbers of its last columns a tenth lower."""
    head, *lines = (Path(FOLDER.name) / row["file"]).read_text(encoding="utf-8").splitlines()

    def lower(cell: str) -> str:
        try:
            return repr(float(cell) * 0.9)
        except ValueError:
            return cell

    rows = [",".join(map(lower, line.split(","))) for line in lines]
    path = Path(FOLDER.name) / f"lower-{row['file']}"
    path.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    yield {"file": path.name}


def other_buyer(economy: Economy, row: Row) -> Iterator[Changes]:
    """Another miner, and a site of that one."""
    for site in economy.rows("fleet"):
        if site["miner"] != row["miner"]:
            yield {"miner": site["miner"], "fleet": site["fleet"]}


def other_contract(economy: Economy, row: Row) -> Iterator[Changes]:
    """Another contract, without what only the old one has."""
    for contract in ("fixed", "indexed", "hosted_fixed", "hosted_pass_through"):
        if contract != row["power_contract"]:
            yield {"power_contract": contract, "pass_through": 0.0, "curtailment_strike_usd_per_mwh": None}


def no_collateral(economy: Economy, row: Row) -> Iterator[Changes]:
    if row["collateral"] != "none":
        yield UNSECURED


def other_facility(economy: Economy, row: Row) -> Iterator[Changes]:
    fund = dict.fromkeys(("bill_days", "rate", "term_days", "rank", "max_usd_per_miner", "max_debt_to_assets"))
    if row["kind"] == "fund":
        yield fund | {"kind": "buyback", "price_to_index": 0.9}
    else:
        terms = {"kind": "fund", "bill_days": 60.0, "rate": 0.1, "term_days": 20, "rank": "equal"}
        yield fund | terms | {"price_usd_per_th": None, "price_to_index": None}


def other_work(economy: Economy, row: Row) -> Iterator[Changes]:
    racks, cooling = ("slots", "units", "step_days"), ("hashrate_factor", "energy_factor", "heat_relief")
    if row["kind"] == "racks":
        yield dict.fromkeys(racks) | {"kind": "cooling", "hashrate_factor": 1.3, "energy_factor": 1.0}
    else:
        yield dict.fromkeys(cooling) | {"kind": "racks", "slots": 10, "units": 1}


def other_response(economy: Economy, row: Row) -> Iterator[Changes]:
    if row["kind"] in ("upgrade", "migrate"):
        yield {"kind": "retire", "to_fleet": None, "delay_days": None, "cost_usd_per_machine": None}


def own_sites(economy: Economy, row: Row) -> Iterator[Changes]:
    for site in economy.rows("fleet"):
        if site["miner"] == row["miner"] and row.get("to_fleet") not in (None, site["fleet"]):
            yield {"to_fleet": site["fleet"]}


def own_loans(economy: Economy, row: Row) -> Iterator[Changes]:
    for loan in economy.rows("loans"):
        if (
            loan["miner"] == row["miner"]
            and loan["collateral"] == "machines"
            and row.get("loan") not in (None, loan["loan"])
        ):
            yield {"loan": loan["loan"]}


def other_pause(economy: Economy, row: Row) -> Iterator[Changes]:
    """No pause in place of one, and one of a period in place of none: others seldom fit the loan."""
    if row.get("pause_months"):
        yield {"pause_months": None}
    elif row["kind"] == "renegotiate":
        yield {"pause_months": economy.named("loans", row["loan"])["period_months"]}


def swapped_months(economy: Economy, row: Row) -> Iterator[Economy]:
    """A profile with the shares of two months exchanged: each month has one."""
    other = row["month"] % 12 + 1
    months = {row["month"]: other, other: row["month"]}
    yield economy.each(
        "profiles",
        lambda found: found["profile"] == row["profile"],
        month=lambda found: months.get(found["month"], found["month"]),
    )


def other_event(economy: Economy, row: Row) -> Iterator[Changes]:
    """Of another kind; a lender fails without an amount, everything else has one."""
    for kind in ("fail", "loss", "withdrawal"):
        if kind != row["kind"]:
            yield {"kind": kind, "amount_usd": None if kind == "fail" else row.get("amount_usd") or 1e6}


def swapped_sources(economy: Economy, row: Row) -> Iterator[Economy]:
    """Two sources with each other's terms: each has one shock."""
    shocks = economy.terms["joint"]["shocks"]
    for other in shocks:
        names = {row["source"]: other["source"], other["source"]: row["source"]}
        if other["source"] != row["source"]:
            yield economy.under(
                joint={"shocks": [shock | {"source": names.get(shock["source"], shock["source"])} for shock in shocks]}
            )


def weaker(economy: Economy, row: Row) -> Iterator[Changes]:
    """The same shocks, correlated half as much."""
    halved = [
        [cell if i == j else cell / 2 for j, cell in enumerate(cells)] for i, cells in enumerate(row["correlation"])
    ]
    yield {"correlation": halved}


def other_kind(economy: Economy, row: Row) -> Iterator[Changes]:
    if row["kind"] == "collar":
        yield {"kind": "put", "cap_usd": None}
    if row["kind"] == "put":
        yield {"kind": "collar", "cap_usd": row["strike_usd"]}


def fixed_payment(economy: Economy, row: Row) -> Iterator[Changes]:
    plain = {"payment_usd": None, "credit_line_usd": None}
    for kind in ("linear", "annuity", "bullet", "payment_in_kind"):
        if kind != row["amortisation"]:
            yield {"amortisation": kind, **plain}
    yield {"amortisation": "fixed_payment", **plain, "payment_usd": round(row["outstanding_usd"] / 10 + 1, 2)}


def scaled(economy: Economy, row: Row) -> Iterator[Changes]:
    for path in ("price", "power", "asics.kappa", "impact.y", "deliveries.hashrate_ths"):
        yield {"scale": {path: 0.9}}


def added(economy: Economy, row: Row) -> Iterator[Changes]:
    yield {"add": {"power": 5.0}}
    yield {"add": {"asics.tiers[0].index_usd_per_th": 3.0}}
    yield {"add": {"lender_events": [{"date": economy.start, "lender": economy.keys("lenders")[0], "kind": "fail"}]}}


def on_a_base(economy: Economy, row: Row) -> Iterator[Changes]:
    """What the file leaves out, its base gives."""
    path = Path(FOLDER.name) / "base.toml"
    path.write_text(f"estate_days = {row['estate_days'] + 3}\n", encoding="utf-8")
    yield {"base": path.name, "estate_days": None}


OVERRIDES: dict[str, Callable[[Economy, Row], Iterator[Changes | Economy]]] = {
    "price.source": other_price,
    "power.source": other_power,
    "policies.NAME.source": other_policy,
    "*.payback_days": other_payback,
    "*.share_per_day": other_share,
    "*.file": other_file,
    "loans.collateral": no_collateral,
    "loans.amortisation": fixed_payment,
    "fleet.power_contract": other_contract,
    "orders.miner": other_buyer,
    "hedges.kind": other_kind,
    "facilities.kind": other_facility,
    "works.kind": other_work,
    "responses.kind": other_response,
    "responses.to_fleet": own_sites,
    "responses.loan": own_loans,
    "responses.pause_months": other_pause,
    "profiles.month": swapped_months,
    "lender_events.kind": other_event,
    "joint.shocks.source": swapped_sources,
    "joint.correlation": weaker,
    "scale": scaled,
    "add": added,
    "base": on_a_base,
}
