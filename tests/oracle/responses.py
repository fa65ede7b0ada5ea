"""What miners do before they fail, once a month. Page: docs/model/responses.md. Amounts in cents, satoshis and machines."""

from collections import defaultdict
from dataclasses import dataclass

from . import channels
from .book import Fleet, Loan, Miner, Row, State, canonical
from .ledger import WORLD
from .loans import default, pledge_mark, prepay
from .market import sell_coins
from .miners import power_cents
from .new_terms import Request, renegotiate
from .numbers import cents, rounded
from .power import cost_usd_per_ths, power_price
from .slots import sell_slots


@dataclass(slots=True)
class Response:
    """One thing that one miner may do, and since when it may."""

    miner: Miner
    kind: str
    trigger: str
    threshold: float
    from_day: int | None
    until_day: int | None
    wait_days: int | None
    fleet: Fleet | None
    machines: float | None
    to_fleet: Fleet | None
    delay_days: int
    cost: float  # a machine
    share: float
    loan: Loan | None
    request: Request
    slot: float  # cents
    ready: int | None = 0
    standing: int = 0


def open_responses(state: State, rows: list[Row]) -> None:
    """Responses in canonical order."""
    miners = {miner.key: miner for miner in state.miners}
    fleets = {(state.miners[row.miner].key, row.key): row for row in state.fleets}

    def day_of(row: Row, column: str) -> int | None:
        return (row[column] - state.start).days if row.get(column) is not None else None

    for row in canonical(rows, "response"):
        key, wait, machines = row["miner"], row.get("wait_days"), row.get("machines")
        state.responses.append(
            Response(
                miner=miners[key],
                kind=row["kind"],
                trigger=row["trigger"],
                threshold=row["threshold"],
                from_day=day_of(row, "from_date"),
                until_day=day_of(row, "until_date"),
                wait_days=None if wait is None else int(wait),
                fleet=fleets.get((key, row.get("fleet") or "")),
                machines=None if machines is None else float(machines),
                to_fleet=fleets.get((key, row.get("to_fleet") or "")),
                delay_days=int(row.get("delay_days") or 0),
                cost=cents(row.get("cost_usd_per_machine") or 0.0),
                share=row.get("share") or 0.0,
                request=Request(int(row.get("term_months") or 0), int(row.get("pause_months") or 0), row.get("rate")),
                slot=cents(row.get("usd_per_slot") or 0.0),
                loan=next((loan for loan in state.loans if loan.key == row.get("loan")), None),
            )
        )


# Triggers


def burn_and_liquid(state: State, miner: Miner) -> tuple[float, float]:
    """What a day costs if all of its production is sold, and what there is for it."""
    mined = rounded(miner.running_ths * state.yield_sats_per_ths * (1 - miner.pool_fee))
    service = miner.debt_service_per_day + miner.order_service_per_day
    burn = power_cents(miner) + miner.overhead_per_day + service - rounded(mined * state.cents_per_sat)
    return burn, state.ledger.cents[miner.account] - miner.power_due - miner.bills_arrears


def margin_below(state: State, miner: Miner, row: Fleet, ratio: float) -> bool:
    """Whether a row earns less than so much of its power."""
    tariff = state.tariffs[row.region]
    cost = cost_usd_per_ths(row, power_price(row, tariff, state.day), state.day)
    return state.revenue_usd_per_ths * (1 - miner.pool_fee) * 100 < ratio * (cost * 100)


def over_the_mark(state: State, loan: Loan, ratio: float) -> bool:
    """Whether a loan owes more than so much of what its machines would bring."""
    return loan.claim > ratio * pledge_mark(state, loan)


def triggered(state: State, response: Response) -> bool:
    """Whether the trigger holds."""
    x = response.threshold
    if response.trigger == "btc_below":
        return state.btc_usd < x
    if response.trigger == "margin_below":
        return margin_below(state, response.miner, response.fleet, x)
    if response.trigger == "standing_months":
        return response.standing >= x
    if response.trigger == "ltv_over":
        return over_the_mark(state, response.loan, x)
    burn, liquid = burn_and_liquid(state, response.miner)
    if response.trigger == "runway_days_below":
        return burn > 0 and liquid < x * burn
    if response.trigger == "runway_days_over":
        return burn <= 0 or liquid > x * burn
    raise ValueError(f"unknown trigger {response.trigger}")


def usable(state: State, response: Response) -> bool:
    """Whether it may be used today, what it finds to do aside."""
    if not response.miner.operating or response.ready is None or state.day < response.ready:
        return False
    if response.from_day is not None and state.day < response.from_day:
        return False
    if response.until_day is not None and state.day > response.until_day:
        return False
    return triggered(state, response)


# What it does


class Offered:
    """Machines of each row offered by responses of today so far."""

    def __init__(self) -> None:
        self.machines: defaultdict[int, float] = defaultdict(float)

    def free(self, state: State, miner: Miner, row: Fleet) -> float:
        """Machines of a row that are deployed, not offered and not pledged; none of one that a failed host holds."""
        if row.site.holds(state.day):
            return 0.0
        pledged = sum(
            (
                loan.collateral_machines
                for loan in miner.loans
                if loan.fleet is row and (loan.is_open or (loan.status == "defaulted" and not loan.seized))
            ),
            0.0,
        )
        return max(0.0, state.ledger.machines[row.account] - row.boxed - self.machines[row.index] - pledged)


def arrive(state: State, row: Fleet, machines: float, delay_days: int) -> None:
    """Machines that come stay in boxes for a while."""
    if delay_days > 0:
        row.boxed += machines
        state.arrivals.setdefault(state.day + delay_days, []).append((row, machines))


def upgrade(state: State, response: Response, machines: float) -> bool:
    """New machines are bought in place of old ones, if the money is there."""
    ledger, miner, row, into = state.ledger, response.miner, response.fleet, response.to_fleet
    if state.day < into.launch_day:
        return False
    price = rounded(machines * (into.hashrate_ths * state.index[into.tier] * 100))
    if spare(state, miner) < price:
        return False
    state.event("upgrade", into.account, machines)
    ledger.post("machine_purchase", "cents", miner.account, WORLD, price)
    ledger.post("delivery", "machines", WORLD, into.account, machines)
    arrive(state, into, machines, response.delay_days)
    return row is not None


def migrate(state: State, response: Response, machines: float) -> bool:
    """Machines move to another row, if the money is there."""
    ledger, miner, row, into = state.ledger, response.miner, response.fleet, response.to_fleet
    cost = machines * response.cost
    if spare(state, miner) < cost:
        return False
    state.event("migration", into.account, machines)
    ledger.post("migration_cost", "cents", miner.account, WORLD, cost)
    ledger.post("migration", "machines", row.account, into.account, machines)
    arrive(state, into, machines, response.delay_days)
    return True


def spare(state: State, miner: Miner) -> float:
    """Cash beyond bills and power."""
    return state.ledger.cents[miner.account] - miner.bills_arrears - max(miner.power_due, 0.0)


def act_on_machines(state: State, response: Response, offered: Offered) -> bool:
    """Sells, replaces or moves machines; false when there is nothing to do."""
    row = response.fleet
    free = offered.free(state, response.miner, row)
    machines = free if response.machines is None else min(response.machines, free)
    if machines <= 0:
        return False
    if response.kind == "migrate":
        return migrate(state, response, machines)
    if response.kind == "retire":
        state.event("retirement", row.account, machines)
    elif not upgrade(state, response, machines):
        return False
    offered.machines[row.index] += machines
    return True


def act(state: State, response: Response, offered: Offered) -> bool:
    """Does what the response says; false when there is nothing to do."""
    miner, loan = response.miner, response.loan
    if response.kind == "strategic_default":
        if not loan.is_open:
            return False
        state.event("strategic_default", f"loan:{loan.index}", loan.claim)
        default(state, loan)
        return True
    if response.kind == "sell_coins":
        sale = rounded(state.ledger.sats[miner.account] * response.share)
        if sale <= 0:
            return False
        state.event("coin_sale", miner.account, sale)
        sell_coins(state, miner.account, sale, "treasury_sale")
        return True
    if response.kind == "prepay":
        early = min(loan.outstanding, rounded(max(0.0, spare(state, miner)) * response.share))
        if loan.status != "performing" or early <= 0:
            return False
        prepay(state, loan, early)
        return True
    if response.kind == "renegotiate":
        return renegotiate(state, loan, response.request, burn_and_liquid)
    if response.kind == "sell_slots":
        return sell_slots(state, miner, response.fleet, response.machines, response.slot)
    return act_on_machines(state, response, offered)


def run_responses(state: State) -> None:
    """The stage."""
    if not state.first_of_month or not channels.on(state, "responses"):
        return
    for response in state.responses:
        if response.trigger == "standing_months":
            response.standing = 0 if response.fleet.on else response.standing + 1
    offered = Offered()
    walking = [response for response in state.responses if response.kind == "strategic_default"]
    for response in [*walking, *(other for other in state.responses if other.kind != "strategic_default")]:
        if usable(state, response) and act(state, response, offered):
            response.ready = None if response.wait_days is None else state.day + response.wait_days
    for index, machines in offered.machines.items():
        if machines > 0:
            state.estate_offers.append((state.fleets[index], machines))
