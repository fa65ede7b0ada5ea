"""Futures with margin, options, forwards on hashprice, power sold back. Page: docs/model/hedges.md. Amounts in cents.

The stage runs between the daily part of the miners and their bills.
"""

from datetime import timedelta

from .book import Hedge, Miner, Row, State, canonical
from .ledger import WORLD
from .miners import begin_bills_grace, pay_world, raise_cash
from .numbers import rounded, sats

SETTLED_MONTHLY = {"hashprice_forward": "forward_settlement", "power_sale": "power_sale", "ppa": "power_sale"}


def given(row: Row, column: str) -> float:
    """A column of numbers that is missing or empty where the kind does not need it."""
    return float(row.get(column) or 0.0)


def hedge_of(state: State, row: Row, index: int, miner: Miner, shares: list[float]) -> Hedge:
    """A hedge as the book has it, with its constants."""
    coins = sats(given(row, "btc"))
    strike = rounded(coins * (given(row, "strike_usd") * 1e-6))
    return Hedge(
        index=index,
        entity=f"hedge:{index}",
        margin=f"margin:{index}",
        miner=miner,
        kind=row["kind"],
        expiry_day=(row["expiry_date"] - state.start).days,
        sats=coins,
        strike=strike,
        cap=rounded(coins * (given(row, "cap_usd") * 1e-6)),
        initial_margin_share=given(row, "initial_margin_share"),
        maintenance_margin_share=given(row, "maintenance_margin_share"),
        cure_days=int(given(row, "cure_days")),
        hashrate_ths=given(row, "hashrate_ths"),
        strike_usd_per_ph_day=given(row, "strike_usd_per_ph_day"),
        mw=given(row, "mw"),
        region=row.get("region") or "",
        strike_usd_per_mwh=given(row, "strike_usd_per_mwh"),
        shares=shares,
        take_share=given(row, "take_share"),
        suspend_usd_per_mwh=row.get("suspend_usd_per_mwh"),
        mark=strike,
    )


def profile_of(profiles: list[Row], name: str | None) -> list[float]:
    """A plant's output by month over its full power."""
    months = {row["month"]: row["share"] for row in profiles if row["profile"] == name}
    return [months[month] for month in sorted(months)]


def open_hedges(state: State, rows: list[Row], profiles: list[Row]) -> None:
    """Hedges in canonical order; a future with the miner's money at the clearing house."""
    miners = {miner.key: miner for miner in state.miners}
    for index, row in enumerate(canonical(rows, "hedge")):
        hedge = hedge_of(state, row, index, miners[row["miner"]], profile_of(profiles, row.get("profile")))
        if hedge.kind == "short_future":
            state.ledger.cents[hedge.margin] = rounded(hedge.strike * hedge.initial_margin_share)
        state.hedges.append(hedge)
        hedge.miner.hedges.append(hedge)


# Amounts


def notional(state: State, hedge: Hedge) -> float:
    """The coins at today's price."""
    return rounded(hedge.sats * state.cents_per_sat)


def payoff(state: State, hedge: Hedge) -> float:
    """What an option is worth if today is its expiry; below 0 when the call of a collar costs."""
    value = notional(state, hedge)
    floor = max(hedge.strike - value, 0.0)
    return floor - max(value - hedge.cap, 0.0) if hedge.kind == "collar" else floor


def begin(state: State, day: int) -> int:
    """The first day of a day's month, or day 0."""
    while day > 0 and not state.first(day):
        day -= 1
    return day


def added_up(series: list[float], first: int, last: int) -> float:
    """Values of a series from one day to another, added day by day."""
    total = 0.0
    for day in range(first, last + 1):
        total = total + series[day]
    return total


def ppa_sum(state: State, hedge: Hedge, first: int, last: int) -> float:
    """What a plant's output is worth beyond the strike over some days, USD/MWh of its full power."""
    total = 0.0
    for day in range(first, last + 1):
        tariff = state.tariffs[hedge.region][day]
        share = hedge.shares[(state.start + timedelta(days=day)).month - 1]
        if hedge.suspend_usd_per_mwh is not None and tariff < hedge.suspend_usd_per_mwh:
            taken = 0.0
        else:
            taken = hedge.take_share if tariff < hedge.strike_usd_per_mwh else 1.0
        total = total + share * taken * (tariff - hedge.strike_usd_per_mwh)
    return total


def month_so_far(state: State, hedge: Hedge, day: int) -> float:
    """What a forward or a sale of power has brought in its month, up to and with a day."""
    first = begin(state, day)
    days = day - first + 1
    if hedge.kind == "ppa":
        return rounded(hedge.mw * 24 * ppa_sum(state, hedge, first, day) * 100)
    if hedge.kind == "hashprice_forward":
        hashprice = added_up(state.hashprices, first, day)
        return rounded(hedge.hashrate_ths * 1e-3 * (days * hedge.strike_usd_per_ph_day - hashprice) * 100)
    tariff = added_up(state.tariffs[hedge.region], first, day)
    return rounded(hedge.mw * 24 * (tariff - days * hedge.strike_usd_per_mwh) * 100)


# Paying


def miss(state: State, miner: Miner, rest: float) -> None:
    """What is not paid joins the bills."""
    if rest > 0:
        miner.bills_arrears += rest
        begin_bills_grace(state, miner, rest)


def settle(state: State, hedge: Hedge, amount: float, reason: str) -> None:
    """Pays the miner, or has it pay as far as it can."""
    miner = hedge.miner
    if amount > 0:
        state.ledger.post(reason, "cents", WORLD, miner.account, amount)
    elif amount < 0:
        raise_cash(state, miner, -amount)
        miss(state, miner, -amount - pay_world(state, miner, reason, -amount))


def end_future(state: State, hedge: Hedge, kind: str) -> None:
    """The position is gone: the margin goes back, or the deficit is paid."""
    ledger, miner = state.ledger, hedge.miner
    margin = ledger.cents[hedge.margin]
    state.event(kind, hedge.entity, margin)
    hedge.open = False
    if margin > 0:
        ledger.post("margin_return", "cents", hedge.margin, miner.account, margin)
    elif margin < 0:
        owed = -margin
        raise_cash(state, miner, owed)
        paid = min(ledger.cents[miner.account], owed)
        ledger.post("deficit", "cents", miner.account, hedge.margin, paid)
        ledger.post("deficit", "cents", WORLD, hedge.margin, owed - paid)
        miss(state, miner, owed - paid)


# The stage


def mark_to_market(state: State, hedge: Hedge) -> None:
    """The day's change of a short position goes into its margin or out of it."""
    value = notional(state, hedge)
    change = hedge.mark - value
    hedge.mark = value
    if change > 0:
        state.ledger.post("variation_margin", "cents", WORLD, hedge.margin, change)
    elif change < 0:
        state.ledger.post("variation_margin", "cents", hedge.margin, WORLD, -change)


def answer_call(state: State, hedge: Hedge, initial: float) -> None:
    """A call is met as far as cash goes; unmet at the end of the cure, the position is closed."""
    ledger, miner = state.ledger, hedge.miner
    need = initial - ledger.cents[hedge.margin]
    paid = 0.0
    if need > 0:
        raise_cash(state, miner, need)
        paid = min(ledger.cents[miner.account], need)
        ledger.post("initial_margin", "cents", miner.account, hedge.margin, paid)
    if paid >= need:
        hedge.called = False
    elif state.day == hedge.cure_end:
        end_future(state, hedge, "hedge_closed")


def run_future(state: State, hedge: Hedge) -> None:
    """A short future's day."""
    ledger = state.ledger
    mark_to_market(state, hedge)
    if state.day == hedge.expiry_day:
        end_future(state, hedge, "hedge_settled")
        return
    initial = rounded(hedge.mark * hedge.initial_margin_share)
    maintenance = rounded(hedge.mark * hedge.maintenance_margin_share)
    if not hedge.called and ledger.cents[hedge.margin] < maintenance:
        hedge.called = True
        hedge.cure_end = state.day + hedge.cure_days
        state.event("hedge_margin_call", hedge.entity, initial - ledger.cents[hedge.margin])
    if hedge.called:
        answer_call(state, hedge, initial)
        if not hedge.open:
            return
    excess = ledger.cents[hedge.margin] - initial
    if excess > 0:
        ledger.post("margin_return", "cents", hedge.margin, hedge.miner.account, excess)


def run_option(state: State, hedge: Hedge) -> None:
    """An option on its expiry."""
    if state.day == hedge.expiry_day:
        hedge.open = False
        amount = payoff(state, hedge)
        state.event("hedge_settled", hedge.entity, amount)
        settle(state, hedge, amount, "option_payoff")


def run_monthly(state: State, hedge: Hedge) -> None:
    """A forward or a sale of power: the month that ended yesterday, on the expiry what there is of it."""
    expires = state.day == hedge.expiry_day
    if expires or state.first_of_month:
        amount = month_so_far(state, hedge, state.day - 1)
        hedge.open = not expires
        state.event("hedge_settled", hedge.entity, amount)
        settle(state, hedge, amount, SETTLED_MONTHLY[hedge.kind])


def run_hedges(state: State) -> None:
    """The stage."""
    for hedge in state.hedges:
        if not hedge.open:
            continue
        if hedge.kind == "short_future":
            run_future(state, hedge)
        elif hedge.kind in ("put", "collar"):
            run_option(state, hedge)
        else:
            run_monthly(state, hedge)


# Default of the miner


def close_future(state: State, hedge: Hedge) -> None:
    """Its margin joins the miner's cash; a deficit is the clearing house's loss."""
    margin = state.ledger.cents[hedge.margin]
    state.event("hedge_closed", hedge.entity, margin)
    if margin > 0:
        state.ledger.post("margin_return", "cents", hedge.margin, hedge.miner.account, margin)
    elif margin < 0:
        state.ledger.post("deficit", "cents", WORLD, hedge.margin, -margin)


def close_other(state: State, hedge: Hedge) -> None:
    """What a hedge without margin is worth today joins the miner's cash; what it would cost is the dealer's loss."""
    option = hedge.kind in ("put", "collar")
    value = payoff(state, hedge) if option else month_so_far(state, hedge, state.day)
    state.event("hedge_closed", hedge.entity, value)
    if value > 0:
        reason = "option_payoff" if option else SETTLED_MONTHLY[hedge.kind]
        state.ledger.post(reason, "cents", WORLD, hedge.miner.account, value)


def close_all(state: State, miner: Miner) -> None:
    """A miner defaults: its open hedges are closed at today's value."""
    for hedge in miner.hedges:
        if hedge.open:
            hedge.open = False
            hedge.called = False
            (close_future if hedge.kind == "short_future" else close_other)(state, hedge)
