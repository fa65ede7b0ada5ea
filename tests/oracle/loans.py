"""Interest, waterfall, grace, default and estate. Page: docs/model/loans.md; its dates and terms are in contract.py. Amounts in cents."""

from datetime import timedelta

from . import channels, facilities, hedges, orders
from .book import Fleet, Loan, Miner, State
from .contract import schedule, year_fraction
from .ledger import WORLD
from .market import sell_coins
from .miners import end_bills_grace, raise_cash
from .numbers import floor, rounded


def open_loans(state: State) -> None:
    """Schedules of all loans and the service they ask of their miners; the lenders' books."""
    for loan in state.loans:
        schedule(state, loan)
        loan.miner.debt_service_per_day += loan.service_per_day
        loan.lender.book += loan.outstanding


def release_discount(loan: Loan) -> None:
    """The loan has left its lender's book: what was held against it because it was bought for less is held no more."""
    loan.lender.other_assets += loan.discount
    loan.discount = 0.0


def recover_cost(loan: Loan) -> None:
    """Principal was paid: what is held against a loan that was bought for less is never more than what is outstanding."""
    freed = max(0.0, loan.discount - loan.outstanding)
    loan.lender.other_assets += freed
    loan.discount -= freed


def close_loan(state: State, loan: Loan) -> None:
    """Fully repaid: the service ends and pledged coins go back."""
    loan.status = "closed"
    release_discount(loan)
    loan.miner.debt_service_per_day -= loan.service_per_day
    state.ledger.post("release", "sats", loan.pledge, loan.miner.account, state.ledger.sats[loan.pledge])


def charge_late(state: State, loan: Loan) -> None:
    """Default interest on what is overdue, since it was last charged."""
    if loan.status != "arrears":
        return
    begin, today = (state.start + timedelta(days=day) for day in (loan.late_from, state.day))
    fraction = year_fraction(loan.day_count, begin, today)
    late = rounded((loan.arrears_interest + loan.arrears_principal) * (loan.default_interest_rate * fraction))
    loan.arrears_interest += late
    loan.late_interest += late
    loan.late_from = state.day


def settle(state: State, loan: Loan) -> bool:
    """Pays arrears as far as the miner's cash goes; true when something is left."""
    ledger, miner, lender = state.ledger, loan.miner, loan.lender
    raise_cash(state, miner, loan.arrears_interest + loan.arrears_principal, loan)
    interest = min(ledger.cents[miner.account], loan.arrears_interest)
    ledger.post("interest", "cents", miner.account, lender.account, interest)
    loan.arrears_interest -= interest
    principal = min(ledger.cents[miner.account], loan.arrears_principal)
    ledger.post("principal", "cents", miner.account, lender.account, principal)
    loan.arrears_principal -= principal
    loan.outstanding -= principal
    lender.book -= principal
    recover_cost(loan)
    if loan.arrears_interest + loan.arrears_principal > 0:
        return True
    loan.status = "performing"
    if loan.outstanding == 0:
        close_loan(state, loan)
    return False


def settle_or_miss(state: State, loan: Loan) -> None:
    """Settles; a performing loan that cannot pay in full falls into arrears and its grace begins."""
    left = settle(state, loan)
    if left and loan.status == "performing":
        loan.status = "arrears"
        loan.grace_day = state.day + loan.grace_days
        state.graces[loan.grace_day].add(loan.index)
        loan.late_from = state.day
        state.event("missed_payment", f"loan:{loan.index}", loan.arrears_interest + loan.arrears_principal)


def prepay(state: State, loan: Loan, early: float) -> None:
    """Principal that is paid back before it is due."""
    state.event("prepayment", f"loan:{loan.index}", early)
    state.ledger.post("principal", "cents", loan.miner.account, loan.lender.account, early)
    loan.outstanding -= early
    loan.lender.book -= early
    recover_cost(loan)
    if loan.outstanding == 0 and loan.arrears_interest == 0:
        close_loan(state, loan)


def kind_of(state: State, loan: Loan) -> str:
    """How the loan is paid back on a due date of today: not at all in a pause."""
    paused = loan.pause_ends is not None and state.day <= loan.pause_ends
    return "interest_only" if paused else loan.amortisation


def principal_due(loan: Loan, kind: str, interest: float, last: bool) -> float:
    """Principal that falls due today."""
    rest = loan.outstanding - loan.arrears_principal
    if last:
        return rest
    if kind == "linear":
        return min(rest, loan.instalment)
    if kind in ("annuity", "fixed_payment"):
        return min(rest, max(loan.payment - interest, 0.0))
    return 0.0


def interest_added(loan: Loan, kind: str, interest: float, last: bool) -> float:
    """Interest that joins the principal today instead of falling due."""
    if last:
        return 0.0
    if kind == "fixed_payment":
        return max(interest - loan.payment, 0.0)
    return interest if kind == "payment_in_kind" else 0.0


def capitalise(state: State, loan: Loan, added: float) -> None:
    """Interest becomes principal."""
    if added > 0:
        loan.outstanding += added
        loan.lender.book += added
        state.event("capitalisation", f"loan:{loan.index}", added)


def due_date(state: State, loan: Loan) -> None:
    """Interest, fee and principal of a due date join the arrears, or the principal, and are settled."""
    if state.day == loan.pause_ends:
        loan.miner.debt_service_per_day += loan.service_after_pause - loan.service_per_day
        loan.service_per_day = loan.service_after_pause
    charge_late(state, loan)
    fraction, last = loan.due[state.day]
    kind = kind_of(state, loan)
    interest = rounded((loan.outstanding * loan.rate) * fraction)
    fee = rounded((loan.outstanding * loan.fee_rate) * fraction)
    principal = principal_due(loan, kind, interest, last)
    added = interest_added(loan, kind, interest, last)
    interest = interest - added
    capitalise(state, loan, added)
    loan.arrears_interest = loan.arrears_interest + interest + fee
    loan.arrears_principal = loan.arrears_principal + principal
    settle_or_miss(state, loan)


def sell_pledge(state: State, loan: Loan) -> None:
    """A defaulted loan's coins are sold at the price of the day."""
    ledger = state.ledger
    sats = ledger.sats[loan.pledge]
    proceeds = rounded(sats * state.cents_per_sat)
    paid = min(proceeds, loan.ead)
    ledger.post("collateral_sale", "sats", loan.pledge, WORLD, sats)
    ledger.post("collateral_proceeds", "cents", WORLD, loan.lender.account, paid)
    ledger.post("collateral_surplus", "cents", WORLD, loan.miner.account, proceeds - paid)
    loan.recovered = paid


def machine_value(state: State, row: Fleet, machines: float) -> float:
    """What machines of a row's model would bring in a quick sale, cents, at the last prices."""
    return rounded(machines * (row.hashrate_ths * state.quick[row.tier] * 100))


def machine_mark(state: State, loan: Loan, machines: float) -> float:
    """What a lender expects for pledged machines, cents."""
    return machine_value(state, loan.fleet, machines)


def pledge_mark(state: State, loan: Loan) -> float:
    """What a lender expects for the machines that are pledged to it today, cents."""
    return machine_mark(state, loan, min(loan.collateral_machines, state.ledger.machines[loan.fleet.account]))


def mark_default(state: State, loan: Loan) -> None:
    """The loan is in default: exposure, collateral, the lender's books."""
    charge_late(state, loan)
    loan.status = "defaulted"
    loan.default_day = state.day
    loan.ead = loan.outstanding + loan.arrears_interest
    loan.recovered = 0.0
    loan.miner.debt_service_per_day -= loan.service_per_day
    loan.lender.book = loan.lender.book - loan.outstanding
    most = min(loan.ead, loan.outstanding - loan.discount) if loan.discount > 0 else loan.ead  # never more than it cost
    release_discount(loan)
    if loan.collateral == "btc":
        sell_pledge(state, loan)
    elif loan.collateral == "machines":
        loan.carry = min(most, pledge_mark(state, loan))
        loan.lender.carry += loan.carry
        seizure_day = state.day + loan.lender.seizure_days
        if loan.fleet.site.holds(seizure_day):
            seizure_day = loan.fleet.site.release_day
        state.seizures[seizure_day].add(loan.index)
    state.event("loan_default", f"loan:{loan.index}", loan.ead)


def offer_row(state: State, miner: Miner, row: Fleet) -> None:
    """Machines of one row that no defaulted loan still waits to seize are offered."""
    machines = state.ledger.machines[row.account]
    pledged = 0.0
    for loan in miner.loans:
        if loan.status == "defaulted" and loan.fleet is row and not loan.seized:
            pledged = pledged + min(loan.collateral_machines, machines)
    free = max(machines - pledged, 0.0)
    if free > 0:
        state.estate_offers.append((row, free))


def offer_free_machines(state: State, miner: Miner) -> None:
    """A defaulted miner's machines are offered at once, but those that a host holds."""
    for row in miner.fleets:
        if not row.site.holds(state.day):
            offer_row(state, miner, row)


def miner_default(state: State, miner: Miner) -> None:
    """A liquidity default: coins sold, loans in default, machines offered, estate to come."""
    if not miner.operating:
        return
    state.event("miner_default", miner.account, 0)
    miner.operating = False
    miner.failed_day = state.day
    sell_coins(state, miner.account, state.ledger.sats[miner.account], "forced_sale")
    hedges.close_all(state, miner)
    for loan in miner.loans:
        if loan.is_open:
            mark_default(state, loan)
    orders.lose_all(state, miner)
    facilities.lend_no_more(state, miner)
    held = [row.site.release_day + 1 for row in miner.fleets if row.site.holds(state.day)]
    state.estates[max(state.day + state.scenario["estate_days"], *held, 0)].add(miner.index)
    offer_free_machines(state, miner)


def default(state: State, loan: Loan) -> None:
    """A loan defaults; recourse and cross default decide what follows."""
    mark_default(state, loan)
    if loan.full_recourse:
        miner_default(state, loan.miner)
        return
    if not channels.on(state, "cross_default"):
        return
    reaches_miner = False
    for other in loan.miner.loans:
        if other.is_open and other.cross_default:
            mark_default(state, other)
            reaches_miner = reaches_miner or other.full_recourse
    if reaches_miner:
        miner_default(state, loan.miner)


def forbears(loan: Loan) -> bool:
    """Whether the lender waits once more."""
    lender = loan.lender
    return lender.forbear_days > 0 and not (lender.failed or lender.tightened or loan.forborne)


def swaps(state: State, loan: Loan) -> bool:
    """Whether the lender takes the machines for the debt."""
    lender = loan.lender
    if not loan.full_recourse or loan.fleet is None or lender.swap_cover is None or lender.failed:
        return False
    return pledge_mark(state, loan) >= lender.swap_cover * loan.claim


def choose(state: State, loan: Loan) -> None:
    """A grace ended with something unpaid: forbear, swap debt for machines, or seize."""
    if forbears(loan):
        loan.forborne = True
        loan.grace_day = state.day + loan.lender.forbear_days
        state.graces[loan.grace_day].add(loan.index)
        state.event("forbearance", f"loan:{loan.index}", loan.arrears_interest + loan.arrears_principal)
    elif swaps(state, loan):
        state.event("debt_swap", f"loan:{loan.index}", loan.claim)
        mark_default(state, loan)
        loan.settled = True
    else:
        default(state, loan)


def end_covenant_call(state: State, loan: Loan) -> None:
    """The lender asks for what brings the cover back, in money."""
    loan.covenant_pending = False
    if not loan.is_open:
        return
    charge_late(state, loan)
    overdue = loan.arrears_interest + loan.arrears_principal
    short = rounded(loan.claim - pledge_mark(state, loan) / loan.covenant_cover) - overdue
    due = min(loan.outstanding - loan.arrears_principal, max(0.0, short))
    if due > 0:
        loan.arrears_principal += due
        settle_or_miss(state, loan)


def end_graces(state: State) -> None:
    """Start of the stage: bills graces, notices of called loans, covenant calls, loan graces that end today."""
    for i in sorted(state.bills_graces.pop(state.day, ())):
        if end_bills_grace(state, state.miners[i]):
            miner_default(state, state.miners[i])
    for index in sorted(state.notices.pop(state.day, ())):
        loan = state.loans[index]
        if loan.is_open:
            charge_late(state, loan)
            state.event("loan_called", f"loan:{index}", loan.outstanding)
            loan.arrears_principal = loan.outstanding
            settle_or_miss(state, loan)
    for index in sorted(state.covenant_calls.pop(state.day, ())):
        end_covenant_call(state, state.loans[index])
    for index in sorted(state.graces.pop(state.day, ())):
        loan = state.loans[index]
        if loan.status == "arrears" and loan.grace_day == state.day:
            charge_late(state, loan)
            if settle(state, loan):
                choose(state, loan)


def run_loans(state: State) -> None:
    """The stage: what ends today, then the due dates, those of new terms first."""
    end_graces(state)
    loans = [state.loans[index] for index in sorted(state.due.get(state.day, ()))]
    due = [loan for loan in loans if state.day in loan.due]
    for loan in (*(loan for loan in due if loan.renewed), *(loan for loan in due if not loan.renewed)):
        if loan.is_open:
            due_date(state, loan)


def shares_of_pot(pot: float, claims: list[float]) -> list[float]:
    """Cents of a pot per claim: in proportion, whole, leftovers to the largest remainders."""
    total = 0.0
    for claim in claims:
        total = total + claim
    exact = [pot * (claim / total) for claim in claims]
    shares = [min(floor(part), claim) for part, claim in zip(exact, claims, strict=True)]
    left = pot - sum(shares)
    while left > 0:
        below_cap = [k for k, claim in enumerate(claims) if shares[k] < claim]
        if not below_cap:
            break
        best = max(below_cap, key=lambda k: (exact[k] - shares[k], -k))
        shares[best] += 1
        left -= 1
    return shares


def write_off_carry(loan: Loan) -> None:
    """The lender's mark cannot exceed what is still owed."""
    carry = min(loan.carry, loan.ead - loan.recovered)
    loan.lender.carry += carry - loan.carry
    loan.carry = carry


def share_out(state: State, miner: Miner, loans: list[Loan], rank: str) -> float:
    """One round of an estate: claims of loans, then of funds of a rank, in proportion; cents paid."""
    ledger = state.ledger
    funds = facilities.claims_of_rank(state, miner, rank)
    claims = [loan.ead - loan.recovered for loan in loans] + [bridge.claim - bridge.recovered for _, bridge in funds]
    total = sum(claims, 0.0)
    cash = ledger.cents[miner.account]
    if total <= 0 or cash <= 0:
        return 0.0
    shares = shares_of_pot(min(cash, total), claims)
    for loan, share in zip(loans, shares[: len(loans)], strict=True):
        ledger.post("estate", "cents", miner.account, loan.lender.account, share)
        loan.recovered += share
        write_off_carry(loan)
    for (facility, bridge), share in zip(funds, shares[len(loans) :], strict=True):
        ledger.post("estate", "cents", miner.account, facility.account, share)
        bridge.recovered += share
    return sum(shares, 0.0)


def distribute_estate(state: State, miner: Miner) -> None:
    """Bills first; then senior funds; then the full-recourse claims and funds of their rank; then junior funds."""
    ledger = state.ledger
    bills = min(ledger.cents[miner.account], miner.bills_arrears + max(miner.power_due, 0.0))
    ledger.post("estate", "cents", miner.account, WORLD, bills)
    miner.bills_arrears = 0.0
    miner.power_due = 0.0
    loans = [loan for loan in miner.loans if loan.status == "defaulted" and loan.full_recourse and not loan.settled]
    paid = share_out(state, miner, [], "senior")
    paid += share_out(state, miner, loans, "equal")
    paid += share_out(state, miner, [], "junior")
    state.event("estate", miner.account, paid)
