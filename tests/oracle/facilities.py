"""Rescue funds and buy-backs: what they are, what a default makes of their loans, machines they buy. Page: docs/model/rescue.md. Cents.

The stage of the day, in which funds lend and are repaid, is in rescue.py.
"""

from dataclasses import dataclass, field
from math import inf

from . import channels
from .book import Fleet, Loan, Miner, Row, State, canonical
from .draws import draw
from .numbers import cents, floor, rounded

APPLICATIONS = 2  # the stream of draws


@dataclass(slots=True)
class Bridge:
    """What a fund and a miner have to do with each other: at most one loan."""

    applies: bool
    status: str = "none"
    principal: float = 0.0
    due: float = 0.0
    due_day: int = -1
    service: float = 0.0  # a day
    claim: float = 0.0
    recovered: float = 0.0


@dataclass(slots=True)
class Facility:
    """Terms and state of a facility; its cents and machines are the ledger's `facility:f`."""

    account: str
    kind: str
    capital: float
    opens_day: int
    closes_day: int
    take_up_share: float
    region: str | None
    bill_days: float
    rate: float
    term_days: int
    rank: str
    most_per_miner: float
    max_debt_to_assets: float
    price_usd_per_th: float | None
    price_to_index: float | None
    bridges: list[Bridge] = field(default_factory=list)  # a fund's, per miner
    spent: float = 0.0
    exhausted: bool = False
    held_ths: list[float] = field(default_factory=lambda: [0.0] * 4)

    @property
    def left(self) -> float:
        """What may still be spent."""
        return self.capital - self.spent


def facility_of(state: State, row: Row, index: int) -> Facility:
    """A facility as the book has it, with who applies to it on this path."""
    share = row.get("take_up_share")
    share = 1.0 if share is None else share
    most, leverage = row.get("max_usd_per_miner"), row.get("max_debt_to_assets")
    found = Facility(
        account=f"facility:{index}",
        kind=row["kind"],
        capital=cents(row["capital_usd"]),
        opens_day=(row["opens_date"] - state.start).days,
        closes_day=(row["closes_date"] - state.start).days,
        take_up_share=share,
        region=row.get("region"),
        bill_days=row.get("bill_days") or 0.0,
        rate=row.get("rate") or 0.0,
        term_days=int(row.get("term_days") or 0),
        rank=row.get("rank") or "",
        most_per_miner=inf if most is None else cents(most),
        max_debt_to_assets=inf if leverage is None else leverage,
        price_usd_per_th=row.get("price_usd_per_th"),
        price_to_index=row.get("price_to_index"),
    )
    if found.kind == "fund":
        for miner in state.miners:
            u = draw(state.seed, APPLICATIONS, index, 0, miner.index, state.path)
            found.bridges.append(Bridge(applies=u < share))
    return found


def open_facilities(state: State, rows: list[Row]) -> None:
    """Facilities in canonical order, with their capital."""
    for index, row in enumerate(canonical(rows, "facility")):
        facility = facility_of(state, row, index)
        state.ledger.cents[facility.account] = facility.capital
        state.ledger.machines[facility.account] = 0.0
        state.facilities.append(facility)


def works(state: State, facility: Facility) -> bool:
    """Whether a facility may spend today."""
    if not channels.on(state, "rescue") or facility.exhausted:
        return False
    return facility.opens_day <= state.day <= facility.closes_day


def exhaust(state: State, facility: Facility) -> None:
    """It spends nothing more."""
    facility.exhausted = True
    state.event("facility_exhausted", facility.account, 0)


# Default of a miner


def lend_no_more(state: State, miner: Miner) -> None:
    """A miner defaults: what funds lent it becomes a claim."""
    for facility in state.facilities:
        if facility.kind == "fund" and facility.bridges[miner.index].status == "open":
            bridge = facility.bridges[miner.index]
            bridge.status = "defaulted"
            bridge.claim = bridge.principal
            miner.debt_service_per_day -= bridge.service
            state.event("rescue_default", miner.account, bridge.claim)


def claims_of_rank(state: State, miner: Miner, rank: str) -> list[tuple[Facility, Bridge]]:
    """Funds of a rank that claim something of a miner's estate."""
    funds = [facility for facility in state.facilities if facility.kind == "fund" and facility.rank == rank]
    pairs = [(facility, facility.bridges[miner.index]) for facility in funds]
    return [(facility, bridge) for facility, bridge in pairs if bridge.status == "defaulted"]


# Buy-backs

Offer = tuple[Fleet, float, Loan | None]  # row, machines, the loan of a lot


def bid(state: State, facility: Facility, row: Fleet) -> float:
    """What a buy-back gives for a machine, not rounded."""
    if facility.price_usd_per_th is not None:
        return row.hashrate_ths * facility.price_usd_per_th * 100
    share = facility.price_to_index or 0.0
    return row.hashrate_ths * (share * state.index[row.tier]) * 100


def hand_over(state: State, facility: Facility, offer: Offer, machines: float, price: float) -> None:
    """Machines go to a facility, the money to the estate, or to the lender and what it is not owed to the miner."""
    row, _, loan = offer
    ledger = state.ledger
    if loan is None:
        ledger.post("buyback", "machines", row.account, facility.account, machines)
        ledger.post("buyback", "cents", facility.account, state.miners[row.miner].account, price)
        return
    before = ledger.machines[loan.lot]
    ledger.post("buyback", "machines", loan.lot, facility.account, machines)
    paid = min(price, loan.ead - loan.recovered)
    ledger.post("buyback", "cents", facility.account, loan.lender.account, paid)
    ledger.post("machine_surplus", "cents", facility.account, loan.miner.account, price - paid)
    loan.recovered += paid
    carry = min(rounded(loan.carry * (ledger.machines[loan.lot] / before)), loan.ead - loan.recovered)
    loan.lender.carry += carry - loan.carry
    loan.carry = carry


def buy(state: State, facility: Facility, offer: Offer, prices: list[float]) -> float:
    """What a buy-back takes of one offer, machines."""
    row, offered, _ = offer
    price = bid(state, facility, row)
    market = row.hashrate_ths * prices[row.tier] * 100
    if price < market or offered <= 0 or facility.region not in (None, row.region):
        return 0.0
    wanted = floor(offered * facility.take_up_share)
    machines = min(wanted, floor(facility.left / price))
    if machines > 0:
        paid = rounded(machines * price)
        facility.spent += paid
        facility.held_ths[row.tier] += machines * row.hashrate_ths
        hand_over(state, facility, offer, machines, paid)
        state.event("buyback", facility.account, machines)
    if machines < wanted:
        exhaust(state, facility)
    return machines


def buy_back(state: State, offers: list[Offer], prices: list[float]) -> list[Offer]:
    """What buy-backs leave of the offers; the market would give the prices, USD/TH per tier."""
    left = list(offers)
    for facility in state.facilities:
        for place, (row, offered, loan) in enumerate(left):
            if facility.kind == "buyback" and works(state, facility):
                taken = buy(state, facility, (row, offered, loan), prices)
                left[place] = (row, offered - taken, loan)
    return left


def held(state: State, facility: Facility) -> float:
    """What a facility still has at the horizon, at the lenders' mark."""
    if facility.kind == "fund":
        return sum((bridge.principal for bridge in facility.bridges if bridge.status == "open"), 0.0)
    value = 0.0
    for k in range(4):
        value = value + facility.held_ths[k] * (state.quick[k] * 100)
    return rounded(value)
