"""Balance sheet, runs, funding, ladder, disposal policy and failure. Page: docs/model/lenders.md. Amounts in cents."""

from . import channels, consignment, exposures
from .book import Lender, Loan, Row, State
from .book_sales import sell_books
from .ledger import WORLD
from .numbers import ceil, cents, floor, rounded
from .sheets import assets, equity
from .sold_back import sell_back


def open_lenders(state: State) -> None:
    """Funding so that the opening sheets balance; the scenario's events in their order."""
    for lender in state.lenders:
        cash = state.ledger.cents[lender.account]
        claims, owed = exposures.claims(lender), exposures.owed(lender)
        lender.funding = cash + lender.book + lender.other_assets + claims - owed - lender.opening_equity
        lender.demand = rounded(lender.funding * lender.demand_share) if lender.funding > 0 else 0.0
    state.lender_events = sorted(
        state.scenario["lender_events"], key=lambda row: (row["day"], row["lender"].encode(), row["kind"].encode())
    )


def call_loans(state: State, lender: Lender) -> None:
    """Loans on coins or on nothing are called."""
    for loan in lender.loans:
        if loan.is_open and loan.collateral in ("btc", "none"):
            state.notices[state.day + lender.call_notice_days].add(loan.index)


def lose_pledges(state: State, lender: Lender) -> None:
    """Coins of borrowers that the lender had pledged on are gone."""
    for loan in lender.loans:
        if loan.is_open and loan.collateral == "btc":
            lost = rounded(state.ledger.sats[loan.pledge] * lender.rehypothecated_share)
            if lost > 0:
                state.ledger.post("rehypothecation", "sats", loan.pledge, WORLD, lost)
                state.event("collateral_lost", f"loan:{loan.index}", lost)


def fail(state: State, lender: Lender) -> None:
    """Failure, once."""
    if lender.failed:
        return
    lender.failed = True
    lender.failed_day = state.day
    state.event("lender_failure", lender.account, 0)
    lose_pledges(state, lender)
    if channels.on(state, "lender_calls"):
        call_loans(state, lender)


def draw(state: State, lender: Lender, needed: float) -> None:
    """Draws on the lines of others what the cash lacks, where neither side holds back. Page: docs/model/exposures.md"""
    if not channels.on(state, "lender_lines"):
        return
    for exposure in lender.owing:
        giver = exposure.creditor
        if exposure.limit is None or lender.tightened or giver.failed or giver.stopped or giver.tightened:
            continue
        room = exposure.limit - exposure.amount
        drawn = min(needed - state.ledger.cents[lender.account], room, state.ledger.cents[giver.account])
        if drawn > 0:
            state.ledger.post("lender_draw", "cents", giver.account, lender.account, drawn)
            exposure.amount += drawn
            exposure.mark += drawn
            state.event("lender_draw", lender.account, drawn)


def pay_world(state: State, lender: Lender, reason: str, amount: float) -> float:
    """Pays as far as the cash and the lines of others go; what was paid."""
    draw(state, lender, amount)
    paid = min(state.ledger.cents[lender.account], amount)
    state.ledger.post(reason, "cents", lender.account, WORLD, paid)
    return paid


def scenario_event(state: State, lender: Lender, row: Row) -> None:
    """One event of the scenario."""
    amount = cents(row["amount_usd"])
    if row["kind"] == "fail":
        fail(state, lender)
    elif row["kind"] == "loss":
        lender.other_assets -= amount
        state.event("lender_loss", lender.account, amount)
    elif row["kind"] == "withdrawal":
        paid = pay_world(state, lender, "withdrawal", amount)
        lender.funding -= paid
        lender.demand = max(0.0, lender.demand - paid)
        state.event("lender_withdrawal", lender.account, paid)
        if paid < amount:
            fail(state, lender)
    else:
        raise ValueError(f"unknown lender event {row['kind']}")


def scenario_events(state: State) -> None:
    """Today's events, for lenders that have not failed."""
    by_key = {lender.key: lender for lender in state.lenders}
    for row in state.lender_events:
        if row["day"] == state.day and not by_key[row["lender"]].failed:
            scenario_event(state, by_key[row["lender"]], row)


def run_rate(state: State, lender: Lender) -> float:
    """The share of demand funding that leaves today: for equity lost, and for lenders that failed yesterday."""
    lost = 0.0
    if lender.opening_equity > 0:
        lost = max(0.0, lender.opening_equity - equity(state, lender)) / lender.opening_equity
    peers = sum(other.failed_day is not None and other.failed_day == state.day - 1 for other in state.lenders)
    return min(1.0, lender.run_own * lost + lender.run_peer * peers)


def runs(state: State) -> None:
    """Depositors leave."""
    for lender in state.lenders:
        if lender.failed or lender.demand <= 0:
            continue
        wanted = rounded(lender.demand * run_rate(state, lender))
        if wanted > 0:
            paid = pay_world(state, lender, "withdrawal", wanted)
            lender.funding -= paid
            lender.demand -= paid
            state.event("lender_run", lender.account, paid)
            if paid < wanted:
                fail(state, lender)


def roll_off(state: State, lender: Lender) -> None:
    """Term funding of a lender that lends no more falls due and is not replaced."""
    due = rounded(max(0.0, lender.funding - lender.demand) * lender.term_share_per_month)
    if due > 0:
        paid = pay_world(state, lender, "roll_off", due)
        lender.funding -= paid
        state.event("lender_roll_off", lender.account, paid)
        if paid < due:
            fail(state, lender)


def monthly_funding(state: State) -> None:
    """On the first of a month: interest on the lenders' own funding, and what is not rolled over."""
    for lender in state.lenders:
        if lender.failed:
            continue
        cost = rounded(lender.funding * lender.funding_rate / 12) if lender.funding > 0 else 0.0
        if pay_world(state, lender, "funding_cost", cost) < cost:
            fail(state, lender)
        elif lender.stopped:
            roll_off(state, lender)


DUMP: Row = {"action": "dump"}
HOLD: Row = {"action": "hold"}


def decide(state: State, loan: Loan) -> Row:
    """What a lender does with a lot today: the rule that decides."""
    policy = state.scenario["policies"][loan.lender.policy]
    dumping = loan.lender.failed and channels.on(state, "lender_dumping")
    if dumping or state.day - loan.lot_day >= policy["hold_days"]:
        return DUMP
    ratio = state.clearing[loan.fleet.tier] / state.index[loan.fleet.tier]
    for rule in policy["rules"]:
        if ratio <= rule["max_clearing_to_index"]:
            return rule
    return HOLD


def host(state: State, loan: Loan, left: float, racks: list[float]) -> None:
    """Runs what fits the lender's rack, when it pays."""
    lender, row = loan.lender, loan.fleet
    machines = min(left, floor(racks[lender.index] / row.hashrate_ths))
    margin = state.revenue_usd_per_ths - row.mwh_per_ths * lender.host_usd_per_mwh
    if machines > 0 and margin > 0:
        income = rounded(machines * row.hashrate_ths * (margin * 100))
        state.ledger.post("host_income", "cents", WORLD, lender.account, income)
        state.online_ths = state.online_ths + machines * row.hashrate_ths
        racks[lender.index] = racks[lender.index] - machines * row.hashrate_ths


def dispose(state: State, loan: Loan, left: float, racks: list[float]) -> None:
    """The disposal policy for one lot; offers clear tomorrow."""
    rule = decide(state, loan)
    action = rule["action"]
    if action == "dump":
        state.lot_offers.append((loan, left))
    elif action == "sell":
        machines = min(left, ceil(loan.lot_initial * rule["share_per_day"]))
        if machines > 0:
            state.lot_offers.append((loan, machines))
    elif action == "host":
        host(state, loan, left, racks)
    elif action == "consign":
        consignment.consign(state, loan, left, rule)
    elif action == "sell_back":
        sell_back(state, loan, left, rule)
    elif action != "hold":
        raise ValueError(f"unknown action {action}")


def dispose_of_lots(state: State) -> None:
    """The disposal policies of the day."""
    racks = [lender.host_capacity_ths for lender in state.lenders]
    for loan in state.loans:
        left = state.ledger.machines[loan.lot]
        if left > 0:
            dispose(state, loan, left, racks)


def solvency_test(state: State) -> bool:
    """Lenders with less than nothing fail; true when one did."""
    found = False
    for lender in state.lenders:
        if not lender.failed and equity(state, lender) < 0:
            fail(state, lender)
            found = True
    return found


def failures_spread(state: State, pending: bool) -> None:
    """Solvency and clearing in turn until nobody else fails; `pending` when a lender failed earlier in the stage."""
    while True:
        if channels.on(state, "solvency") and solvency_test(state):
            pending = True
        if not pending or not state.exposures or not channels.on(state, "exposures"):
            return
        exposures.clear(state)
        pending = False


def climb_ladder(state: State, lender: Lender) -> None:
    """Short of equity, a lender lends no more; shorter still, it also calls its loans, once."""
    held, left = assets(state, lender), equity(state, lender)
    stopped = held > 0 and left < lender.stop_equity_share * held
    if stopped != lender.stopped:
        state.event("lending_stopped" if stopped else "lending_resumed", lender.account, 0)
    lender.stopped = stopped
    if not lender.tightened and held > 0 and left < lender.tighten_equity_share * held:
        lender.tightened = True
        state.event("lender_tightened", lender.account, 0)
        call_loans(state, lender)


def run_lenders(state: State) -> None:
    """The stage: events, runs, funding, book sales, lots, solvency and clearing, the ladder."""
    failed_before = sum(lender.failed for lender in state.lenders)
    scenario_events(state)
    if channels.on(state, "confidence"):
        runs(state)
    if state.first_of_month:
        monthly_funding(state)
    sell_books(state)
    dispose_of_lots(state)
    failures_spread(state, pending=sum(lender.failed for lender in state.lenders) > failed_before)
    if channels.on(state, "tightening"):
        for lender in state.lenders:
            if not lender.failed:
                climb_ladder(state, lender)
