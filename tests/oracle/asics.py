"""Used machines: prices and the clearing of offers. Page: docs/model/asics.md."""

import math

from . import channels, facilities
from .book import Fleet, Loan, State
from .ledger import WORLD
from .numbers import decay, rounded, weight

TIERS = range(4)


def open_prices(state: State) -> None:
    """Index, clearing price and price of a quick sale of each tier, USD/TH; nothing offered yet."""
    tiers = state.scenario["asics"]["tiers"]
    state.index = [float(tiers[k]["index_usd_per_th"]) for k in TIERS]
    state.clearing = list(state.index)
    state.quick = quick_prices(state)
    state.overhang = [0.0 for _ in TIERS]


def prices_of_the_day(state: State) -> None:
    """The smoothed hashprice moves the clearing prices; the index follows slowly."""
    asics = state.scenario["asics"]
    if state.day == 0:
        state.hashprice_0 = state.hashprice_smooth = state.hashprice
    else:
        gain = weight(asics["hashprice_half_life_days"], state.exp)
        state.hashprice_smooth = state.hashprice_smooth + gain * (state.hashprice - state.hashprice_smooth)
    log_ratio = state.ln(state.hashprice_smooth / state.hashprice_0)
    follow = weight(asics["index_half_life_days"], state.exp)
    for k in TIERS:
        tier = asics["tiers"][k]
        fair = tier["index_usd_per_th"] * state.exp(tier["elasticity"] * log_ratio)
        if state.frontier is not None:
            fair = fair * state.frontier[k][state.day]
        fair = fair * state.shocks["asic"][state.day]
        glut = 1 + asics["kappa"] * math.sqrt(state.overhang[k] / tier["depth_ths_per_day"])
        state.clearing[k] = max(tier["scrap_usd_per_th"], fair / glut)
        state.index[k] = state.index[k] + follow * (state.clearing[k] - state.index[k])
    state.quick = quick_prices(state)


def lot_prices(state: State, discount: list[float]) -> list[float]:
    """What a lot at a discount on the index brings per tier, USD/TH: no more than the market pays, and no less than scrap."""
    tiers = state.scenario["asics"]["tiers"]
    return [
        max(tiers[k]["scrap_usd_per_th"], min(state.clearing[k], state.index[k] * (1 - discount[k]))) for k in TIERS
    ]


def quick_prices(state: State) -> list[float]:
    """What lenders and funds expect of machines per tier, USD/TH."""
    return lot_prices(state, [state.scenario["asics"]["quick_discount"] for _ in TIERS])


def supplies(offers: list[facilities.Offer]) -> list[float]:
    """TH/s offered per tier."""
    supply = [0.0 for _ in TIERS]
    for row, machines, _ in offers:
        supply[row.tier] = supply[row.tier] + machines * row.hashrate_ths
    return supply


def discounts(state: State, supply: list[float]) -> list[float]:
    """Discount on the index per tier."""
    asics = state.scenario["asics"]
    quick, bulk = asics["quick_discount"], asics["bulk_discount"]
    if not channels.on(state, "fire_sales"):
        return [quick for _ in TIERS]
    return [quick + (bulk - quick) * min(1.0, supply[k] / asics["tiers"][k]["bulk_ths"]) for k in TIERS]


def proceeds_of(row: Fleet, machines: float, prices: list[float]) -> float:
    """Cents for machines of a fleet row's model."""
    unit = row.hashrate_ths * prices[row.tier] * 100
    return rounded(machines * unit)


def clear_estate_offer(state: State, row: Fleet, machines: float, proceeds: float) -> None:
    """Machines of a failed miner are sold for its estate."""
    state.ledger.post("machine_sale", "machines", row.account, WORLD, machines)
    state.ledger.post("machine_proceeds", "cents", WORLD, state.miners[row.miner].account, proceeds)
    state.event("machine_sale", row.account, machines)


def clear_lot_offer(state: State, loan: Loan, machines: float, proceeds: float) -> None:
    """Seized machines are sold: the claim first, the rest to the miner; the lender's mark shrinks with the lot."""
    ledger = state.ledger
    before = ledger.machines[loan.lot]
    ledger.post("machine_sale", "machines", loan.lot, WORLD, machines)
    after = ledger.machines[loan.lot]
    paid = min(proceeds, loan.ead - loan.recovered)
    ledger.post("machine_proceeds", "cents", WORLD, loan.lender.account, paid)
    ledger.post("machine_surplus", "cents", WORLD, loan.miner.account, proceeds - paid)
    loan.recovered += paid
    carry = min(rounded(loan.carry * (after / before)), loan.ead - loan.recovered)
    loan.lender.carry += carry - loan.carry
    loan.carry = carry
    state.event("machine_sale", f"loan:{loan.index}", machines)


def clear_offers(state: State) -> None:
    """Estate offers of today, then lot offers of yesterday; facilities buy first."""
    estate = sorted(state.estate_offers, key=lambda offer: offer[0].index)
    lots = sorted(state.lot_offers, key=lambda offer: offer[0].index)
    offers: list[facilities.Offer] = [(row, machines, None) for row, machines in estate]
    offers += [(loan.fleet, machines, loan) for loan, machines in lots]
    offers = facilities.buy_back(state, offers, lot_prices(state, discounts(state, supplies(offers))))
    supply = supplies(offers)
    prices = lot_prices(state, discounts(state, supply))
    for row, machines, loan in offers:
        if machines > 0:
            proceeds = proceeds_of(row, machines, prices)
            if loan is None:
                clear_estate_offer(state, row, machines, proceeds)
            else:
                clear_lot_offer(state, loan, machines, proceeds)
    joining = supply if channels.on(state, "fire_sales") else supplies([])
    left = decay(state.scenario["asics"]["overhang_half_life_days"], state.exp)
    for k in TIERS:
        state.overhang[k] = state.overhang[k] * left + joining[k]
    state.estate_offers = []
    state.lot_offers = []


def run_asics(state: State) -> None:
    """The stage."""
    prices_of_the_day(state)
    clear_offers(state)
