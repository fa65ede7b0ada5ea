"""Instalments, deliveries, deployments: the stage of the orders. Page: docs/model/deliveries.md. Amounts in cents."""

from datetime import date

from .book import Credit, Fleet, Miner, Order, Row, State, canonical
from .contract import add_months
from .ledger import WORLD
from .miners import raise_cash, room_on_line
from .numbers import ceil, cents, floor, rounded
from .orders import asked, cancel, grant, index_value, lapse, vendor_fails


def given(row: Row, column: str, default: float) -> float:
    """A column that may be missing or empty."""
    found = row.get(column)
    return default if found is None else float(found)


def instalments(unpaid: float, count: int) -> tuple[list[float], list[float]]:
    """Equal whole parts, the last with what is left over; and each part with all later ones."""
    if count == 0:
        return [], []
    part = floor(unpaid / count)
    rests = [unpaid - k * part for k in range(count)]
    return [part] * (count - 1) + rests[-1:], rests


def due_days(start: date, first: date | None, count: int) -> dict[int, int]:
    """Day -> number of the instalment due then, also beyond the horizon."""
    if first is None:
        return {}
    return {(add_months(first, k) - start).days: k for k in range(count)}


def order_of(state: State, row: Row, index: int, miner: Miner, fleet: Fleet, credit: Credit) -> Order:
    """An order as the book has it, with its constants."""
    unit = cents(row["price_usd"])
    deposit = cents(row["deposit_usd"])
    count = int(given(row, "instalments", 0))
    parts, rests = instalments(row["machines"] * unit - deposit, count)
    return Order(
        index=index,
        entity=f"order:{index}",
        miner=miner,
        fleet=fleet,
        credit=credit,
        vendor=row["vendor"],
        machines=float(row["machines"]),
        unit=unit,
        parts=parts,
        rests=rests,
        dues=due_days(state.start, row.get("first_instalment_date"), count),
        delivery_day=(row["delivery_date"] - state.start).days,
        floating=row.get("price_kind") == "floating",
        price_protection=bool(row.get("price_protection")),
        deployment_days=int(given(row, "deployment_days", 30)),
        grace_days=int(given(row, "grace_days", 30)),
        forfeit_share=given(row, "forfeit_share", 1.0),
        coupon_share=given(row, "coupon_share", 0.0),
        cancel_ratio=row.get("cancel_ratio"),
        paid=deposit,
    )


def open_orders(state: State, rows: list[Row]) -> None:
    """Orders in canonical order; an empty credit account for each pair of a miner and a vendor."""
    miners = {miner.key: miner for miner in state.miners}
    fleets = {row.key: row for row in state.fleets}
    by_pair: dict[tuple[str, str], Credit] = {}
    for row in canonical(rows, "miner", "vendor"):
        pair = row["miner"], row["vendor"]
        if pair not in by_pair:
            credit = by_pair[pair] = Credit(account=f"credit:{len(by_pair)}", vendor=row["vendor"])
            state.ledger.cents[credit.account] = 0.0
            state.credits.append(credit)
            miners[row["miner"]].credits.append(credit)
    for index, row in enumerate(canonical(rows, "order")):
        miner = miners[row["miner"]]
        order = order_of(state, row, index, miner, fleets[row["fleet"]], by_pair[row["miner"], row["vendor"]])
        state.orders.append(order)
        miner.orders.append(order)


def deliver(state: State, order: Order) -> None:
    """The machines arrive, with what the vendor gives back in credit."""
    order.status = "delivered"
    state.ledger.post("delivery", "machines", WORLD, order.fleet.account, order.machines)
    state.event("delivery", order.entity, order.machines)
    if order.price_protection and not order.floating:
        grant(state, order.credit, "price_protection", order.paid - index_value(state, order))
    grant(state, order.credit, "coupon", rounded(order.paid * order.coupon_share))
    if order.deployment_days > 0:
        order.fleet.boxed += order.machines
        state.deployments[state.day + order.deployment_days].add(order.index)


def pay(state: State, order: Order) -> bool:
    """Pays all arrears or nothing: credit first, then cash; false when the miner cannot."""
    ledger, miner = state.ledger, order.miner
    used = min(order.arrears, ledger.cents[order.credit.account])
    cash_part = order.arrears - used
    need = cash_part + max(miner.power_due + miner.bills_arrears, 0.0) if cash_part > 0 else 0.0
    cash = ledger.cents[miner.account]
    if cash < need:
        coins = rounded(ledger.sats[miner.account] * state.cents_per_sat)
        lines = sum((room_on_line(state, loan) for loan in miner.loans), 0.0)
        if cash + coins + lines >= need:
            raise_cash(state, miner, need)
    if ledger.cents[miner.account] < need:
        return False
    ledger.post("credit_used", "cents", order.credit.account, WORLD, used)
    ledger.post("instalment", "cents", miner.account, WORLD, cash_part)
    order.paid = order.paid + order.arrears
    order.arrears = 0.0
    order.grace_day = None
    if state.day > order.delivery_day:
        deliver(state, order)
    return True


def end_grace(state: State, order: Order) -> None:
    """A grace ends: pay up or lose the order."""
    if order.is_open and order.arrears > 0 and order.grace_day == state.day and not pay(state, order):
        lapse(state, order)


def wants_out(state: State, order: Order, k: int) -> bool:
    """Whether the miner cancels rather than pay instalment k."""
    if order.arrears != 0 or order.cancel_ratio is None or not order.miner.selling:
        return False
    return index_value(state, order) < order.cancel_ratio * asked(state, order, order.rests[k])


def instalment_due(state: State, order: Order, k: int) -> None:
    """Instalment k: cancel, pay, or miss."""
    if wants_out(state, order, k):
        cancel(state, order)
        return
    order.arrears = order.arrears + asked(state, order, order.parts[k])
    if not pay(state, order) and order.grace_day is None:
        order.grace_day = state.day + order.grace_days
        state.order_graces[order.grace_day].add(order.index)
        state.event("missed_instalment", order.entity, order.arrears)


def service_per_day(state: State, miner: Miner) -> float:
    """What instalments of the miner's next days ask of its treasury a day."""
    window = max(30.0, ceil(miner.runway_low_days))
    service = 0.0
    for order in miner.orders:
        if order.is_open:
            for day, k in order.dues.items():
                if state.day < day <= state.day + window:
                    service = service + rounded(order.parts[k] / window)
    return service


def run_deliveries(state: State) -> None:
    """The stage: vendor failures, graces, instalments, deliveries, deployments; then what is to come."""
    day = state.day
    failing = [row["vendor"] for row in state.scenario.get("vendor_events", []) if row["day"] == day]
    for vendor in sorted(failing, key=str.encode):
        vendor_fails(state, vendor)
    for index in sorted(state.order_graces.pop(day, ())):
        end_grace(state, state.orders[index])
    for order in state.orders:
        if order.is_open and day in order.dues:
            instalment_due(state, order, order.dues[day])
    for order in state.orders:
        if order.is_open and order.delivery_day == day and order.arrears == 0:
            deliver(state, order)
    for index in sorted(state.deployments.pop(day, ())):
        state.orders[index].fleet.boxed -= state.orders[index].machines
    for row, machines in state.arrivals.pop(day, ()):
        row.boxed -= machines
    for miner in state.miners:
        miner.order_service_per_day = service_per_day(state, miner)
