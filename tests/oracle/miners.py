"""Revenue, treasury, bills and equity. Page: docs/model/miners.md. Amounts in cents and satoshis."""

from .book import Loan, Miner, State
from .ledger import WORLD
from .market import sell_coins
from .numbers import ceil, rounded


def room_on_line(state: State, loan: Loan) -> float:
    """What a loan's line would give today if it were drawn to its end."""
    lends = loan.status == "performing" and not loan.lender.failed and not loan.lender.stopped
    if loan.credit_line is None or not lends:
        return 0.0
    return min(loan.credit_line - loan.outstanding, state.ledger.cents[loan.lender.account])


def draw_lines(state: State, miner: Miner, need: float, to_pay: Loan | None) -> None:
    """Draws on the miner's credit lines towards a need, but not on the line of the loan to be paid."""
    cents = state.ledger.cents
    for loan in miner.loans:
        if loan is to_pay:
            continue
        draw = min(need - cents[miner.account], room_on_line(state, loan))
        if draw > 0:
            state.ledger.post("draw", "cents", loan.lender.account, miner.account, draw)
            loan.outstanding += draw
            loan.lender.book += draw
            state.event("credit_draw", f"loan:{loan.index}", draw)


def raise_cash(state: State, miner: Miner, need: float, to_pay: Loan | None = None) -> None:
    """Draws on credit lines, then sells coins under force, until the cash covers a need or nothing is left."""
    draw_lines(state, miner, need, to_pay)
    cash = state.ledger.cents[miner.account]
    if cash >= need:
        return
    sats = min(state.ledger.sats[miner.account], ceil((need - cash) / state.cents_per_sat))
    if sats > 0:
        sell_coins(state, miner.account, sats, "forced_sale")
        state.event("forced_sale", miner.account, sats)


def pay_world(state: State, miner: Miner, reason: str, amount: float) -> float:
    """Pays a bill as far as the cash goes; what was paid."""
    paid = min(state.ledger.cents[miner.account], amount)
    state.ledger.post(reason, "cents", miner.account, WORLD, paid)
    return paid


def set_selling(state: State, miner: Miner, short: bool, long: bool) -> None:
    """The treasury switch, with its events."""
    was = miner.selling
    miner.selling = not long if was else short
    if miner.selling and not was:
        state.event("sell_mode", miner.account, 0)
    elif was and not miner.selling:
        state.event("hold_mode", miner.account, 0)


def sell_treasury(state: State, miner: Miner, need: float) -> None:
    """Sells stock towards a need of cents, at most the daily share of the stock."""
    sats = state.ledger.sats[miner.account]
    sale = min(rounded(need * (1.0 / state.cents_per_sat)), rounded(sats * miner.stock_sale_share))
    if sale > 0:
        sell_coins(state, miner.account, sale, "treasury_sale")


def power_cents(miner: Miner) -> float:
    """What a day's power costs, less what curtailment brings, cents."""
    return rounded(miner.energy_cents) - rounded(miner.credit_cents) + rounded(miner.demand_cents)


def revenue_and_treasury(state: State, miner: Miner) -> None:
    """The daily part of one miner."""
    ledger = state.ledger
    mined = rounded(miner.running_ths * state.yield_sats_per_ths * (1 - miner.pool_fee))
    ledger.post("production", "sats", WORLD, miner.account, mined)
    accrued = power_cents(miner)
    miner.accrued = accrued
    miner.power_due = miner.power_due + accrued
    share = 1 if miner.selling else 1 - miner.hodl_share
    sold = rounded(mined * share)
    income = sell_coins(state, miner.account, sold, "production_sale")
    debt_service = miner.debt_service_per_day + miner.order_service_per_day
    burn = accrued + miner.overhead_per_day + debt_service - income
    liquid = ledger.cents[miner.account] - miner.power_due - miner.bills_arrears
    miner.short = liquid < miner.runway_low_days * burn
    long = liquid > miner.runway_high_days * burn
    set_selling(state, miner, miner.short, long)
    if miner.selling and ledger.sats[miner.account] > 0:
        sell_treasury(state, miner, miner.runway_high_days * burn - liquid)


def draw_equity(state: State, miner: Miner) -> None:
    """A short miner draws on its equity line."""
    if miner.short and miner.equity_left > 0:
        draw = min(miner.equity_left, miner.equity_per_month)
        state.ledger.post("equity", "cents", WORLD, miner.account, draw)
        miner.equity_left -= draw
        state.event("equity_draw", miner.account, draw)


def begin_bills_grace(state: State, miner: Miner, unpaid: float) -> None:
    """Something was not paid; its grace begins, unless one is pending."""
    state.event("missed_bill", miner.account, unpaid)
    if not miner.bills_grace:
        miner.bills_grace = True
        state.bills_graces[state.day + miner.bills_grace_days].add(miner.index)


def monthly_bills(state: State, miner: Miner) -> None:
    """The bills of one miner on the first of a month."""
    ledger = state.ledger
    ledger.post("other_income", "cents", WORLD, miner.account, miner.other_income_cents)
    if miner.power_due < 0:
        ledger.post("power_credit", "cents", WORLD, miner.account, -miner.power_due)
        miner.power_due = 0.0
    draw_equity(state, miner)
    raise_cash(state, miner, miner.bills_arrears + miner.power_due + miner.essential_cents)
    unpaid = miner.bills_arrears - pay_world(state, miner, "bills_arrears", miner.bills_arrears)
    unpaid += miner.power_due - pay_world(state, miner, "power", miner.power_due)
    unpaid += miner.essential_cents - pay_world(state, miner, "essential", miner.essential_cents)
    miner.bills_arrears = unpaid
    miner.power_due = 0.0
    if unpaid > 0:
        begin_bills_grace(state, miner, unpaid)
    elif ledger.cents[miner.account] >= miner.other_cents:
        ledger.post("overhead", "cents", miner.account, WORLD, miner.other_cents)


def end_bills_grace(state: State, miner: Miner) -> bool:
    """A bills grace ends; true when something is left, so that the miner defaults."""
    miner.bills_grace = False
    if not miner.operating or miner.bills_arrears <= 0:
        return False
    raise_cash(state, miner, miner.bills_arrears)
    miner.bills_arrears -= pay_world(state, miner, "bills_arrears", miner.bills_arrears)
    return miner.bills_arrears > 0


def run_miners(state: State) -> None:
    """The daily part of all miners; hedges come between it and the bills."""
    for miner in state.miners:
        if miner.operating:
            revenue_and_treasury(state, miner)


def run_bills(state: State) -> None:
    """The bills, on the first of a month."""
    if state.first_of_month:
        for miner in state.miners:
            if miner.operating:
                monthly_bills(state, miner)
