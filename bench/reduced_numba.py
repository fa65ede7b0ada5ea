"""The reduced economy in Numba: plain floats, no rounding, no ledger, one path at a time, paths in parallel.

The model is that of docs/model/, restricted to what bench/economy.py uses: fixed power contracts, unsecured full-recourse loans, no
equity line, no lender's rule, no halving inside the horizon. What is left out of the model is left out of the arithmetic too.

Amounts are not rounded to whole cents, so "nothing left" is "less than half a cent left".

Layouts tried, each faster than the one before: separate arrays and a loop a stage, passed about as one tuple (each call counts
references); one flat array of state and one of terms with constant offsets, so that the compiler sees that rows do not overlap and
vectorises the day over miners, all stages fused; loans as records of one cache line, their terms beside their state, and a short way for a
payment that cash covers: this one. Every row's switching rule runs every day, as in NumPy. The engine skips the rows it knows to rest
(docs/decisions/0008-work-done-once.md): part of its lead over both is that algorithm, which a peer could take over.
"""

import math

import numpy as np
from numba import njit, prange

from bench import economy
from bench.inputs import ANNUITY, RESULTS, Floats, Inputs

HALF_A_CENT = 0.5
PERFORMING, ARREARS, DEFAULTED, CLOSED = 0.0, 1.0, 2.0, 3.0
NEVER = 1 << 40
N = economy.MINERS  # a constant of the compiled kernel
# Rows of the machine tiers, in the order of the fields in bench/inputs.py.
INDEX, ELASTICITY, DEPTH, BULK, SCRAP = range(5)
# Rows of the miners' state and of their terms; a group has one row of each of its kinds.
CASH, SATS, POWER, BILLS, SELLING, SERVICE, ALIVE, ON, STREAK, THS, ROWS = 0, 1, 2, 3, 4, 5, 6, 7, 11, 15, 19
AFTER_FEE, HODL, LOW_DAYS, HIGH_DAYS, STOCK_SHARE, OVERHEAD, ESSENTIAL, OTHER = range(8)
COST_CENTS, OFF_BELOW, ON_FROM, OFF_DAYS, ON_DAYS = range(8, 28, 4)
# Columns of a loan, terms beside state: one line of the cache. WITHIN is 1 where the payment includes the interest (annuities).
OUTSTANDING, INTEREST, PRINCIPAL, STATUS, PAYMENT, WITHIN, LOAN_SERVICE, CLAIM = range(8)

# No not-a-number, no infinity and any order of sums: what a compiler may assume of a kernel that compares within rounding.
FAST = {"nogil": True, "fastmath": True, "error_model": "numpy"}


@njit(**FAST)
def _blocks(difficulty, epoch_blocks, epoch_seconds, network_ths, reward):
    """A day of expected blocks: yield in satoshis a TH/s, and the chain at its end."""
    left = 86400.0
    earned = 0.0
    per_ths = 1e12 / (difficulty * 4294967296.0)
    seconds = (2016.0 - epoch_blocks) / (network_ths * per_ths)
    while seconds <= left:  # a retarget today
        earned = earned + seconds * per_ths * reward
        left = left - seconds
        ratio = 1209600.0 / ((epoch_seconds + seconds) * (2015.0 / 2016.0))
        difficulty = difficulty * min(max(ratio, 0.25), 4.0)
        epoch_blocks = 0.0
        epoch_seconds = 0.0
        per_ths = 1e12 / (difficulty * 4294967296.0)
        seconds = 2016.0 / (network_ths * per_ths)
    earned = earned + left * per_ths * reward
    return earned, difficulty, epoch_blocks + network_ths * per_ths * left, epoch_seconds + left


@njit(**FAST)
def _mine(s, t, revenue, earned, cents_per_sat):
    """Machines, revenue and treasury of every miner: TH/s online, and satoshis sold under force."""
    sats_per_cent = 1.0 / cents_per_sat
    online = 0.0
    forced = 0.0
    for i in range(N):
        after_fee = t[AFTER_FEE * N + i]
        earns = revenue * after_fee
        running = 0.0
        energy = 0.0
        for group in range(0, 4 * N, N):
            k = group + i
            on = s[ON * N + k]
            off_below, on_from = t[OFF_BELOW * N + k], t[ON_FROM * N + k]
            off_days, on_days = t[OFF_DAYS * N + k], t[ON_DAYS * N + k]
            runs = on != 0.0
            against = (runs and earns < off_below) or (not runs and earns >= on_from)
            days = s[STREAK * N + k] + 1.0
            days = days if against else 0.0
            flip = days >= (off_days if runs else on_days)
            on = 1.0 - on if flip else on
            s[STREAK * N + k] = 0.0 if flip else days
            s[ON * N + k] = on
            ths = on * s[THS * N + k]
            running += ths
            energy += ths * t[COST_CENTS * N + k]
        online += running
        mined = running * earned * after_fee
        was = s[SELLING * N + i] != 0.0
        kept = 0.0 if was else mined * t[HODL * N + i]
        income = (mined - kept) * cents_per_sat
        stock = s[SATS * N + i] + kept
        cash = s[CASH * N + i] + income
        due = s[POWER * N + i] + energy
        burn = energy + t[OVERHEAD * N + i] + s[SERVICE * N + i] - income
        liquid = cash - due - s[BILLS * N + i]
        wanted = t[HIGH_DAYS * N + i] * burn
        short = liquid < t[LOW_DAYS * N + i] * burn
        long = liquid > wanted
        sells = (was and not long) or (not was and short)
        sale = min(max((wanted - liquid) * sats_per_cent, 0.0), stock * t[STOCK_SHARE * N + i])
        sale = sale if sells else 0.0  # a failed miner has no stock
        forced += sale
        s[CASH * N + i] = cash + sale * cents_per_sat
        s[SATS * N + i] = stock - sale
        s[POWER * N + i] = due
        s[SELLING * N + i] = 1.0 if sells else 0.0
    return online, forced


@njit(**FAST)
def _raise_cash(miners, i, need, cents_per_sat):
    """Sells coins until the cash covers a need, or there are none; returns satoshis sold."""
    missing = need - miners[CASH, i]
    if missing <= 0.0:
        return 0.0
    sale = min(miners[SATS, i], missing / cents_per_sat)
    miners[SATS, i] -= sale
    miners[CASH, i] += sale * cents_per_sat
    return sale


@njit(**FAST)
def _bills(terms, grace_days, miners, grace_ends, day, cents_per_sat):
    """The bills of the month of every miner; returns satoshis sold under force."""
    forced = 0.0
    for i in range(grace_ends.size):
        if miners[ALIVE, i] == 0.0:
            continue
        need = miners[BILLS, i] + miners[POWER, i] + terms[ESSENTIAL, i]
        forced += _raise_cash(miners, i, need, cents_per_sat)
        paid = min(need, miners[CASH, i])
        miners[CASH, i] -= paid
        miners[POWER, i] = 0.0
        unpaid = need - paid
        if unpaid > HALF_A_CENT:
            miners[BILLS, i] = unpaid
            if grace_ends[i] == NEVER:
                grace_ends[i] = day + grace_days[i]
        else:
            miners[BILLS, i] = 0.0
            if miners[CASH, i] >= terms[OTHER, i]:
                miners[CASH, i] -= terms[OTHER, i]
    return forced


@njit(**FAST)
def _settle(miners, loans, loan, cents_per_sat):
    """Pays a loan's arrears as far as cash goes; returns what is left, and satoshis sold."""
    i = loan // 4
    need = loans[loan, INTEREST] + loans[loan, PRINCIPAL]
    forced = _raise_cash(miners, i, need, cents_per_sat)
    interest = min(miners[CASH, i], loans[loan, INTEREST])
    miners[CASH, i] -= interest
    loans[loan, INTEREST] -= interest
    principal = min(miners[CASH, i], loans[loan, PRINCIPAL])
    miners[CASH, i] -= principal
    loans[loan, PRINCIPAL] -= principal
    loans[loan, OUTSTANDING] -= principal
    left = loans[loan, INTEREST] + loans[loan, PRINCIPAL]
    if left <= HALF_A_CENT:
        left = 0.0
        loans[loan, INTEREST] = 0.0
        loans[loan, PRINCIPAL] = 0.0
        loans[loan, STATUS] = PERFORMING
        if loans[loan, OUTSTANDING] <= HALF_A_CENT:
            loans[loan, STATUS] = CLOSED
            miners[SERVICE, i] -= loans[loan, LOAN_SERVICE]
    return left, forced


@njit(**FAST)
def _default(miners, loans, offered, i, cents_per_sat):
    """A miner defaults: coins sold, loans in default, machines offered; returns satoshis sold."""
    sale = miners[SATS, i]
    miners[CASH, i] += sale * cents_per_sat
    miners[SATS, i] = 0.0
    miners[ALIVE, i] = 0.0
    for loan in range(4 * i, 4 * i + 4):
        if loans[loan, STATUS] <= ARREARS:
            loans[loan, STATUS] = DEFAULTED
            loans[loan, CLAIM] = loans[loan, OUTSTANDING] + loans[loan, INTEREST]
    for group in range(4):
        offered[group, i] = miners[THS + group, i]
        miners[THS + group, i] = 0.0
    return sale


@njit(**FAST)
def _machine_prices(world, tiers, log_hashprice, overhang, clearing, index):
    """Prices of used machines today: what single ones clear at, and the slow index."""
    for tier in range(4):
        fair = tiers[INDEX, tier] * math.exp(tiers[ELASTICITY, tier] * log_hashprice)
        market = fair / (1.0 + world.kappa * math.sqrt(overhang[tier] / tiers[DEPTH, tier]))
        clearing[tier] = max(tiers[SCRAP, tier], market)
        index[tier] += world.index_weight * (clearing[tier] - index[tier])


@njit(**FAST)
def _clear(world, tiers, tier_of, miners, offered, failed_today, clearing, index, overhang):
    """Sells the machines of today's estates."""
    supply = np.zeros(4)
    for k in range(failed_today.size):
        for group in range(4):
            supply[tier_of[group, failed_today[k]]] += offered[group, failed_today[k]]
    cents = np.empty(4)  # a TH/s
    for tier in range(4):
        share = min(1.0, supply[tier] / tiers[BULK, tier])
        discount = world.quick_discount + (world.bulk_discount - world.quick_discount) * share
        lot = max(tiers[SCRAP, tier], min(clearing[tier], index[tier] * (1.0 - discount)))
        cents[tier] = lot * 100.0
        overhang[tier] = overhang[tier] * world.overhang_decay + supply[tier]
    for k in range(failed_today.size):
        for group in range(4):
            i = failed_today[k]
            miners[CASH, i] += offered[group, i] * cents[tier_of[group, i]]


@njit(**FAST)
def _estate(miners, loans, i):
    """Distributes an estate: bills first, then the loans in proportion."""
    bills = min(miners[CASH, i], miners[BILLS, i] + miners[POWER, i])
    miners[CASH, i] -= bills
    miners[BILLS, i] = 0.0
    miners[POWER, i] = 0.0
    total = 0.0
    for loan in range(4 * i, 4 * i + 4):
        if loans[loan, STATUS] == DEFAULTED:
            total += loans[loan, CLAIM]
    pot = min(miners[CASH, i], total)
    if pot > 0.0:
        miners[CASH, i] -= pot
        for loan in range(4 * i, 4 * i + 4):
            if loans[loan, STATUS] == DEFAULTED:
                loans[loan, CLAIM] -= pot * (loans[loan, CLAIM] / total)


@njit(**FAST)
def _due(miners, loans, loan, rate, last, cents_per_sat):
    """A due date: interest and principal join the arrears and are settled; returns what is left, and satoshis sold."""
    interest = loans[loan, OUTSTANDING] * rate
    rest = loans[loan, OUTSTANDING] - loans[loan, PRINCIPAL]
    principal = max(loans[loan, PAYMENT] - loans[loan, WITHIN] * interest, 0.0)
    principal = rest if last else min(rest, principal)
    i = loan // 4
    cash = miners[CASH, i] - interest - principal
    if loans[loan, STATUS] == PERFORMING and cash >= 0.0 and not last:  # as a rule
        miners[CASH, i] = cash
        loans[loan, OUTSTANDING] -= principal
        return 0.0, 0.0
    loans[loan, INTEREST] += interest
    loans[loan, PRINCIPAL] += principal
    return _settle(miners, loans, loan, cents_per_sat)


@njit(**FAST)
def _path(
    first_of_month,
    fees,
    world,
    tiers,
    tier_of,
    opening,
    terms,
    grace_days,
    opening_loans,
    loan_grace_days,
    due_begin,
    due_loan,
    due_rate,
    due_last,
    close_usd,
    results,
):
    """All days of one path."""
    state = opening.copy()
    miners = state.reshape((ROWS, N))
    flat_terms = terms.reshape(-1)
    offered = np.zeros((4, N))
    bills_grace = np.full(N, NEVER)
    estate_day = np.full(N, NEVER)
    loans = opening_loans.copy()
    loan_grace = np.full(4 * N, NEVER)
    overhang = np.zeros(4)
    clearing = np.empty(4)
    index = tiers[INDEX].copy()
    failed_today = np.empty(N, np.int64)
    next_bills_grace = next_loan_grace = next_estate = NEVER  # the earliest of each
    cohort_on, cohort_streak = 1.0, 0.0
    permanent = temporary = 0.0
    difficulty, epoch_blocks = world.difficulty, world.epoch_blocks
    epoch_seconds = epoch_blocks * 600.0
    network_ths = world.cohort_ths + miners[THS:].sum()
    smooth = first_hashprice = btc_usd = 0.0
    forced_total = failed = 0.0
    first_failure = -1.0
    for day in range(close_usd.size):
        btc_usd = close_usd[day] * math.exp(-(permanent + temporary))
        cents_per_sat = btc_usd * 1e-6
        reward = world.subsidy + fees[day]
        earned, difficulty, epoch_blocks, epoch_seconds = _blocks(
            difficulty, epoch_blocks, epoch_seconds, network_ths, reward
        )
        revenue = earned * 1e-8 * btc_usd
        against = revenue < world.cohort_off_below if cohort_on != 0.0 else revenue >= world.cohort_on_from
        cohort_streak = cohort_streak + 1.0 if against else 0.0
        if cohort_streak >= (world.cohort_off_days if cohort_on != 0.0 else world.cohort_on_days):
            cohort_on, cohort_streak = 1.0 - cohort_on, 0.0
        online, forced = _mine(state, flat_terms, revenue, earned, cents_per_sat)
        online += cohort_on * world.cohort_ths
        if first_of_month[day]:
            forced += _bills(terms, grace_days, miners, bills_grace, day, cents_per_sat)
            next_bills_grace = bills_grace.min()
        failures = 0
        if day == next_bills_grace:
            for i in range(N):
                if bills_grace[i] != day:
                    continue
                bills_grace[i] = NEVER
                if miners[ALIVE, i] == 0.0 or miners[BILLS, i] == 0.0:
                    continue
                forced += _raise_cash(miners, i, miners[BILLS, i], cents_per_sat)
                paid = min(miners[BILLS, i], miners[CASH, i])
                miners[CASH, i] -= paid
                miners[BILLS, i] -= paid
                if miners[BILLS, i] > HALF_A_CENT:
                    forced += _default(miners, loans, offered, i, cents_per_sat)
                    failed_today[failures] = i
                    failures += 1
                else:
                    miners[BILLS, i] = 0.0
            next_bills_grace = bills_grace.min()
        if day == next_loan_grace:
            for loan in range(4 * N):
                if loan_grace[loan] != day:
                    continue
                loan_grace[loan] = NEVER
                if loans[loan, STATUS] != ARREARS:
                    continue
                left, sale = _settle(miners, loans, loan, cents_per_sat)
                forced += sale
                if left > 0.0:
                    forced += _default(miners, loans, offered, loan // 4, cents_per_sat)
                    failed_today[failures] = loan // 4
                    failures += 1
            next_loan_grace = loan_grace.min()
        for entry in range(due_begin[day], due_begin[day + 1]):
            loan = due_loan[entry]
            if loans[loan, STATUS] > ARREARS:
                continue
            left, sale = _due(miners, loans, loan, due_rate[entry], due_last[entry], cents_per_sat)
            forced += sale
            if left > 0.0 and loans[loan, STATUS] == PERFORMING:
                loans[loan, STATUS] = ARREARS
                loan_grace[loan] = day + loan_grace_days[loan]
                next_loan_grace = min(next_loan_grace, loan_grace[loan])
        if day == next_estate:
            for i in range(N):
                if estate_day[i] == day:
                    estate_day[i] = NEVER
                    _estate(miners, loans, i)
            next_estate = estate_day.min()
        hashprice = revenue * 1000.0
        if day == 0:
            smooth = first_hashprice = hashprice
        smooth += world.hashprice_weight * (hashprice - smooth)
        _machine_prices(world, tiers, math.log(smooth / first_hashprice), overhang, clearing, index)
        if failures > 0:
            _clear(world, tiers, tier_of, miners, offered, failed_today[:failures], clearing, index, overhang)
            for k in range(failures):
                estate_day[failed_today[k]] = day + world.estate_days
            next_estate = estate_day.min()
            if failed == 0.0:
                first_failure = float(day)
            failed += failures
        else:
            for tier in range(4):
                overhang[tier] *= world.overhang_decay
        shock = world.shock_factor * math.sqrt(forced)
        permanent += world.permanent_share * shock
        temporary = temporary * world.impact_decay + (1.0 - world.permanent_share) * shock
        network_ths = online
        forced_total += forced
    loss = 0.0
    for loan in range(4 * N):
        if loans[loan, STATUS] == DEFAULTED:
            loss += loans[loan, CLAIM]
    results[0] = loss
    results[1] = forced_total
    results[2] = failed
    results[3] = first_failure
    results[4] = (miners[CASH] * miners[ALIVE]).sum()
    results[5] = (miners[SATS] * miners[ALIVE]).sum()
    results[6] = btc_usd
    results[7] = difficulty


@njit(**FAST, parallel=True)
def _paths(
    first_of_month,
    fees,
    world,
    tiers,
    tier_of,
    opening,
    terms,
    grace_days,
    loans,
    grace,
    due,
    due_last,
    close,
    out,
):
    due_begin, due_loan, due_rate = due
    for path in prange(close.shape[0]):
        _path(
            first_of_month,
            fees,
            world,
            tiers,
            tier_of,
            opening,
            terms,
            grace_days,
            loans,
            grace,
            due_begin,
            due_loan,
            due_rate,
            due_last,
            close[path],
            out[path],
        )


def run(inputs: Inputs, close_usd: Floats) -> Floats:
    """Plays paths of closes `[path, day]`; one row of bench.inputs.RESULTS a path."""
    results = np.empty((len(close_usd), len(RESULTS)))
    groups, miners, loans, due = inputs.groups, inputs.miners, inputs.loans, inputs.due
    opening = np.zeros((ROWS, N))
    opening[[CASH, SATS, SERVICE, ALIVE]] = miners.cash, miners.sats, miners.service, np.ones(N)
    opening[ON:STREAK] = 1.0
    opening[THS:] = groups.ths
    opening_loans = np.zeros((4 * N, 8))
    opening_loans[:, [OUTSTANDING, PAYMENT, LOAN_SERVICE]] = np.transpose(loans[:3])
    opening_loans[:, WITHIN] = loans.kind == ANNUITY
    _paths(
        inputs.first_of_month,
        inputs.fees,
        inputs.world,
        np.array(inputs.tiers),
        groups.tier,
        opening.reshape(-1),
        np.vstack([miners[: OTHER + 1], *groups[1:-1]]),
        miners.bills_grace,
        opening_loans,
        loans.grace,
        (due.begin, due.loan, due.rate),
        due.last,
        close_usd,
        results,
    )
    return results
