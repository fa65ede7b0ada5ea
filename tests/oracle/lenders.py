"""Balance sheet, events, disposal policy and failure. Page: docs/model/lenders.md. Amounts in cents."""

from .book import Lender, Loan, Row, State
from .ledger import WORLD
from .numbers import ceil, cents, floor, rounded


def open_lenders(state: State) -> None:
    """Funding so that the opening sheets balance; the scenario's events in their order."""
    for lender in state.lenders:
        cash = state.ledger.cents[lender.account]
        lender.funding = cash + lender.book + lender.other_assets - lender.opening_equity
    state.lender_events = sorted(
        state.scenario["lender_events"], key=lambda row: (row["day"], row["lender"].encode(), row["kind"].encode())
    )


def equity(state: State, lender: Lender) -> float:
    """What is left of a lender's assets after its funding."""
    return state.ledger.cents[lender.account] + lender.book + lender.carry + lender.other_assets - lender.funding


def fail(state: State, lender: Lender) -> None:
    """Failure, once: loans on coins or on nothing are called."""
    if lender.failed:
        return
    lender.failed = True
    lender.failed_day = state.day
    state.event("lender_failure", lender.account, 0)
    for loan in lender.loans:
        if loan.is_open and loan.collateral in ("btc", "none"):
            state.notices[state.day + lender.call_notice_days].add(loan.index)


def pay_world(state: State, lender: Lender, reason: str, amount: float) -> float:
    """Pays as far as the cash goes; what was paid."""
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


def funding_costs(state: State) -> None:
    """On the first of a month: the interest on the lenders' own funding."""
    for lender in state.lenders:
        if lender.failed:
            continue
        cost = rounded(lender.funding * lender.funding_rate / 12) if lender.funding > 0 else 0.0
        if pay_world(state, lender, "funding_cost", cost) < cost:
            fail(state, lender)


def decide(state: State, loan: Loan) -> tuple[str, float]:
    """What a lender does with a lot today: the action and its daily share."""
    policy = state.scenario["policies"][loan.lender.policy]
    if loan.lender.failed or state.day - loan.lot_day >= policy["hold_days"]:
        return "dump", 1.0
    ratio = state.clearing[loan.fleet.tier] / state.index[loan.fleet.tier]
    for rule in policy["rules"]:
        if ratio <= rule["max_clearing_to_index"]:
            return rule["action"], rule["share_per_day"]
    return "hold", 0.0


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
    action, share_per_day = decide(state, loan)
    if action == "dump":
        state.lot_offers.append((loan, left))
    elif action == "sell":
        machines = min(left, ceil(loan.lot_initial * share_per_day))
        if machines > 0:
            state.lot_offers.append((loan, machines))
    elif action == "host":
        host(state, loan, left, racks)
    elif action != "hold":
        raise ValueError(f"unknown action {action}")


def run_lenders(state: State) -> None:
    """The stage: events, funding cost, lots, solvency."""
    scenario_events(state)
    if state.first_of_month:
        funding_costs(state)
    racks = [lender.host_capacity_ths for lender in state.lenders]
    for loan in state.loans:
        left = state.ledger.machines[loan.lot]
        if left > 0:
            dispose(state, loan, left, racks)
    for lender in state.lenders:
        if not lender.failed and equity(state, lender) < 0:
            fail(state, lender)
