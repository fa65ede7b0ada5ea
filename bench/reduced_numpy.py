"""The reduced economy in NumPy, vectorised over paths: the innermost axis of every array is the path.

The same model and the same plain floats as bench/reduced_numba.py. Every-day arithmetic is written over `[group, miner, path]` or
`[miner, path]` into buffers that are allocated once; what is rare is done for the (entity, path) pairs it happens to. Paths are played
in chunks that keep the state near the processor: of 32, 64, 128, 256 and 512 paths, 256 was the fastest.
"""

import numpy as np
import numpy.typing as npt

from bench.inputs import ANNUITY, RESULTS, Floats, Inputs, Wholes

CHUNK = 256
HALF_A_CENT = 0.5
NEVER = 1 << 40
PERFORMING, ARREARS, DEFAULTED, CLOSED = 0, 1, 2, 3
Flags = npt.NDArray[np.bool_]


def due_rounds(inputs: Inputs, day: int) -> list[Wholes]:
    """A day's due dates in rounds: in each, no miner comes twice."""
    begin, end = inputs.due.begin[day : day + 2]
    miner = inputs.due.loan[begin:end] // 4
    nth = np.array([np.count_nonzero(miner[:k] == miner[k]) for k in range(end - begin)], dtype=np.int64)
    return [begin + np.flatnonzero(nth == n) for n in np.unique(nth)]


class Chunk:
    """Some paths side by side."""

    def __init__(self, inputs: Inputs, rounds: list[list[Wholes]], close_usd: Floats) -> None:
        self.inputs = inputs
        self.close_usd = np.ascontiguousarray(close_usd.T)  # [day, path]
        paths = len(close_usd)
        groups, miners, loans = inputs.groups, inputs.miners, inputs.loans
        by_group, by_miner, by_loan = (
            (4, len(miners.cash), paths),
            (len(miners.cash), paths),
            (len(loans.principal), paths),
        )

        def spread(column: Floats, shape: tuple[int, ...]) -> Floats:
            return np.broadcast_to(column[..., None], shape).copy()

        # terms, with an axis for the paths
        self.off_below, self.on_from = groups.off_below[..., None], groups.on_from[..., None]
        self.off_days, self.on_days = (
            groups.off_days[..., None].astype(np.int16),
            groups.on_days[..., None].astype(np.int16),
        )
        self.cost_cents, self.after_fee = groups.cost_cents[..., None], miners.after_fee[:, None]
        self.hodl, self.stock_share, self.overhead = (
            miners.hodl[:, None],
            miners.stock_share[:, None],
            miners.overhead_per_day[:, None],
        )
        self.low_days, self.high_days = miners.low_days[:, None], miners.high_days[:, None]
        self.payment, self.within = loans.payment[:, None], (loans.kind == ANNUITY)[:, None]
        self.rounds = rounds
        # state of the machines
        self.ths = spread(groups.ths, by_group)
        self.on = np.ones(by_group, bool)
        self.streak = np.zeros(by_group, np.int16)
        # state of the miners
        self.cash, self.sats, self.service = (spread(x, by_miner) for x in (miners.cash, miners.sats, miners.service))
        self.power, self.bills = np.zeros(by_miner), np.zeros(by_miner)
        self.selling, self.alive = np.zeros(by_miner, bool), np.ones(by_miner, bool)
        self.bills_grace = np.full(by_miner, NEVER)
        self.estate_day = np.full(by_miner, NEVER)
        # state of the loans
        self.outstanding = spread(loans.principal, by_loan)
        self.interest, self.principal, self.claim = (np.zeros(by_loan) for _ in range(3))
        self.status = np.zeros(by_loan, np.int8)
        self.loan_grace = np.full(by_loan, NEVER)
        # state of the world
        world = inputs.world
        self.difficulty = np.full(paths, world.difficulty)
        self.epoch_blocks = np.full(paths, world.epoch_blocks)
        self.epoch_seconds = self.epoch_blocks * 600.0
        self.network_ths = np.full(paths, world.cohort_ths) + self.ths.sum(axis=(0, 1))
        self.cohort_on, self.cohort_streak = np.ones(paths, bool), np.zeros(paths)
        self.permanent, self.temporary = np.zeros(paths), np.zeros(paths)
        self.overhang = np.zeros((len(inputs.tiers.index_usd), paths))
        self.index = np.repeat(inputs.tiers.index_usd[:, None], paths, axis=1)
        # days on which something ends, shared by the paths
        self.bills_grace_days: set[int] = set()
        self.loan_grace_days: set[int] = set()
        self.estate_days: set[int] = set()
        # today and totals
        self.day = 0
        self.failed_today: list[tuple[Wholes, Wholes]] = []
        self.forced, self.forced_total = np.zeros(paths), np.zeros(paths)
        self.failed, self.first_failure = np.zeros(paths), np.full(paths, -1.0)
        # buffers
        self.flags = [np.empty(by_group, bool) for _ in range(2)]
        self.running_of_group = np.empty(by_group)
        self.running, self.energy, self.work, self.more = (np.empty(by_miner) for _ in range(4))

    def play(self) -> Floats:
        """All days; `[path, result]`."""
        for day, close_usd in enumerate(self.close_usd):
            self.day = day
            self.btc_usd = close_usd * np.exp(-(self.permanent + self.temporary))
            self.cents_per_sat = self.btc_usd * 1e-6
            self.failed_today = []
            self.mine_blocks()
            self.switch()
            self.earn()
            if self.inputs.first_of_month[day]:
                self.pay_bills()
            if day in self.bills_grace_days:
                self.end_bills_graces()
            if day in self.loan_grace_days:
                self.end_loan_graces()
            self.pay_loans()
            if day in self.estate_days:
                self.distribute_estates()
            self.clear_machines()
            self.close()
        alive = self.alive
        cash, sats = np.where(alive, self.cash, 0.0).sum(axis=0), np.where(alive, self.sats, 0.0).sum(axis=0)
        loss = np.where(self.status == DEFAULTED, self.claim, 0.0).sum(axis=0)
        results = (loss, self.forced_total, self.failed, self.first_failure, cash, sats, self.btc_usd, self.difficulty)
        return np.column_stack(results)

    # --- every day

    def mine_blocks(self) -> None:
        """Yield of the day; some paths retarget."""
        reward = self.inputs.world.subsidy + self.inputs.fees[self.day]
        left = np.full_like(self.difficulty, 86400.0)
        earned = np.zeros_like(left)
        while True:
            per_ths = 1e12 / (self.difficulty * 4294967296.0)
            rate = self.network_ths * per_ths
            seconds = (2016.0 - self.epoch_blocks) / rate
            retarget = seconds <= left
            step = np.minimum(seconds, left)
            earned += step * per_ths * reward
            self.epoch_blocks += step * rate
            self.epoch_seconds += step
            left -= step
            if not retarget.any():
                break
            ratio = 1209600.0 / (self.epoch_seconds * (2015.0 / 2016.0))
            self.difficulty = np.where(retarget, self.difficulty * np.clip(ratio, 0.25, 4.0), self.difficulty)
            self.epoch_blocks[retarget] = 0.0
            self.epoch_seconds[retarget] = 0.0
        self.earned = earned
        self.revenue = earned * 1e-8 * self.btc_usd

    def switch(self) -> None:
        """Cohort and machine groups: who runs, and at what cost."""
        world, revenue = self.inputs.world, self.revenue
        against = np.where(self.cohort_on, revenue < world.cohort_off_below, revenue >= world.cohort_on_from)
        self.cohort_streak = (self.cohort_streak + 1) * against
        flip = self.cohort_streak >= np.where(self.cohort_on, world.cohort_off_days, world.cohort_on_days)
        self.cohort_on ^= flip
        self.cohort_streak[flip] = 0

        earns = np.multiply(self.after_fee, revenue, out=self.work)
        against, other = self.flags
        np.less(earns, self.off_below, out=against)
        np.greater_equal(earns, self.on_from, out=other)
        against &= self.on
        other &= ~self.on
        against |= other
        self.streak += 1
        self.streak *= against
        np.greater_equal(self.streak, np.minimum(self.off_days, self.on_days), out=other)
        if other.any():  # few streaks are that long; those are looked at one by one
            group, miner, path = np.nonzero(other)
            limit = np.where(self.on[group, miner, path], self.off_days[group, miner, 0], self.on_days[group, miner, 0])
            flips = self.streak[group, miner, path] >= limit
            group, miner, path = group[flips], miner[flips], path[flips]
            self.on[group, miner, path] ^= True
            self.streak[group, miner, path] = 0
        np.multiply(self.ths, self.on, out=self.running_of_group)
        np.sum(self.running_of_group, axis=0, out=self.running)
        self.online = self.running.sum(axis=0) + world.cohort_ths * self.cohort_on
        self.running_of_group *= self.cost_cents
        np.sum(self.running_of_group, axis=0, out=self.energy)

    def earn(self) -> None:
        """Revenue and treasury of all miners."""
        work, more = self.work, self.more
        mined = self.running
        mined *= self.earned
        mined *= self.after_fee
        np.multiply(mined, self.hodl, out=work)
        work *= ~self.selling  # what is kept
        self.sats += work
        mined -= work
        income = mined
        income *= self.cents_per_sat
        self.cash += income
        self.power += self.energy
        burn = self.energy
        burn += self.overhead
        burn += self.service
        burn -= income
        liquid = np.subtract(self.cash, self.power, out=work)
        liquid -= self.bills
        short = liquid < np.multiply(burn, self.low_days, out=more)
        burn *= self.high_days
        long = liquid > burn
        self.selling = np.where(self.selling, ~long, short)
        burn -= liquid
        burn /= self.cents_per_sat
        np.multiply(self.sats, self.stock_share, out=more)
        sale = np.minimum(burn, more, out=burn)
        np.maximum(sale, 0.0, out=sale)
        sale *= self.selling
        self.sats -= sale
        self.forced = sale.sum(axis=0)
        sale *= self.cents_per_sat
        self.cash += sale

    def close(self) -> None:
        """Impact of the day's forced sales, and tomorrow's network."""
        world = self.inputs.world
        shock = world.shock_factor * np.sqrt(self.forced)
        self.permanent += world.permanent_share * shock
        self.temporary = self.temporary * world.impact_decay + (1.0 - world.permanent_share) * shock
        self.network_ths = self.online
        self.forced_total += self.forced

    # --- bills and loans

    def raise_cash(self, miner: Wholes, path: Wholes, need: Floats) -> None:
        """Sells coins of (miner, path) pairs, each at most once, until cash covers the need or there are none."""
        missing = need - self.cash[miner, path]
        lacks = missing > 0.0
        if lacks.any():
            miner, path = miner[lacks], path[lacks]
            price = self.cents_per_sat[path]
            sale = np.minimum(self.sats[miner, path], missing[lacks] / price)
            self.sats[miner, path] -= sale
            self.cash[miner, path] += sale * price
            np.add.at(self.forced, path, sale)

    def pay_bills(self) -> None:
        """The bills of the month."""
        miners = self.inputs.miners
        need = self.bills + self.power + miners.essential[:, None]
        need *= self.alive
        miner, path = np.nonzero(self.cash < need)
        self.raise_cash(miner, path, need[miner, path])
        paid = np.minimum(need, self.cash)
        self.cash -= paid
        need -= paid
        unpaid = need > HALF_A_CENT
        np.copyto(self.bills, need * unpaid, where=self.alive)
        self.power *= ~self.alive
        miner, path = np.nonzero(unpaid & (self.bills_grace == NEVER))
        self.bills_grace[miner, path] = self.day + miners.bills_grace[miner]
        self.bills_grace_days.update(self.bills_grace[miner, path].tolist())
        other = miners.other[:, None]
        self.cash -= other * (self.alive & ~unpaid & (self.cash >= other))

    def end_bills_graces(self) -> None:
        """Pay the bills in arrears now, or default."""
        miner, path = np.nonzero(self.bills_grace == self.day)
        self.bills_grace[miner, path] = NEVER
        asked = self.alive[miner, path] & (self.bills[miner, path] > 0.0)
        miner, path = miner[asked], path[asked]
        self.raise_cash(miner, path, self.bills[miner, path])
        paid = np.minimum(self.bills[miner, path], self.cash[miner, path])
        self.cash[miner, path] -= paid
        left = self.bills[miner, path] - paid
        unpaid = left > HALF_A_CENT
        self.bills[miner, path] = left * unpaid
        self.default(miner[unpaid], path[unpaid])

    def settle(self, loan: Wholes, path: Wholes) -> Flags:
        """Pays arrears of (loan, path) pairs, no miner twice on a path, as far as cash goes; where something is left."""
        miner = loan // 4
        self.raise_cash(miner, path, self.interest[loan, path] + self.principal[loan, path])
        for arrears in (self.interest, self.principal):
            paid = np.minimum(self.cash[miner, path], arrears[loan, path])
            self.cash[miner, path] -= paid
            arrears[loan, path] -= paid
        self.outstanding[loan, path] -= paid
        left = self.interest[loan, path] + self.principal[loan, path] > HALF_A_CENT
        loan, path = loan[~left], path[~left]
        self.interest[loan, path] = 0.0
        self.principal[loan, path] = 0.0
        self.status[loan, path] = PERFORMING
        repaid = self.outstanding[loan, path] <= HALF_A_CENT
        loan, path = loan[repaid], path[repaid]
        self.status[loan, path] = CLOSED
        self.service[loan // 4, path] -= self.inputs.loans.service[loan]
        return left

    def end_loan_graces(self) -> None:
        """Pay the arrears now, or default; one loan of a miner after the other."""
        ended = self.loan_grace == self.day
        self.loan_grace[ended] = NEVER
        for place in range(4):
            loan, path = np.nonzero(ended[place::4] & (self.status[place::4] == ARREARS))
            left = self.settle(4 * loan + place, path)
            self.default(loan[left], path[left])

    def pay_loans(self) -> None:
        """The due dates of the day, in rounds in which no miner comes twice."""
        for entries in self.rounds[self.day]:
            self.pay_round(entries)

    def pay_round(self, entries: Wholes) -> None:
        """Some due dates on all paths."""
        loan, last = self.inputs.due.loan[entries], self.inputs.due.last[entries, None]
        outstanding, cash, status = self.outstanding[loan], self.cash[loan // 4], self.status[loan]
        interest = outstanding * self.inputs.due.rate[entries, None]
        principal = np.maximum(self.payment[loan] - interest * self.within[loan], 0.0)
        rest = outstanding - self.principal[loan]
        principal = np.where(last, rest, np.minimum(rest, principal))
        plain = (status == PERFORMING) & (cash >= interest + principal) & ~last
        self.cash[loan // 4] = cash - (interest + principal) * plain
        self.outstanding[loan] = outstanding - principal * plain
        entry, path = np.nonzero((status <= ARREARS) & ~plain)
        if not path.size:
            return
        loan = loan[entry]
        self.interest[loan, path] += interest[entry, path]
        self.principal[loan, path] += principal[entry, path]
        missed = self.settle(loan, path)
        missed &= self.status[loan, path] == PERFORMING
        loan, path = loan[missed], path[missed]
        self.status[loan, path] = ARREARS
        self.loan_grace[loan, path] = self.day + self.inputs.loans.grace[loan]
        self.loan_grace_days.update(self.loan_grace[loan, path].tolist())

    # --- default

    def default(self, miner: Wholes, path: Wholes) -> None:
        """Miners default: coins sold, loans in default, machines offered, estates to come."""
        if not miner.size:
            return
        sale = self.sats[miner, path]
        np.add.at(self.forced, path, sale)
        self.cash[miner, path] += sale * self.cents_per_sat[path]
        self.sats[miner, path] = 0.0
        self.alive[miner, path] = False
        for k in range(4):
            is_open = self.status[4 * miner + k, path] <= ARREARS
            loan, where = 4 * miner[is_open] + k, path[is_open]
            self.status[loan, where] = DEFAULTED
            self.claim[loan, where] = self.outstanding[loan, where] + self.interest[loan, where]
        estate_day = self.day + self.inputs.world.estate_days
        self.estate_day[miner, path] = estate_day
        self.estate_days.add(estate_day)
        self.failed_today.append((miner, path))

    def clear_machines(self) -> None:
        """Prices of used machines today; then the machines of today's estates are sold."""
        world, tiers = self.inputs.world, self.inputs.tiers
        hashprice = self.revenue * 1000.0
        if self.day == 0:
            self.smooth = self.first_hashprice = hashprice
        self.smooth = self.smooth + world.hashprice_weight * (hashprice - self.smooth)
        fair = tiers.index_usd[:, None] * np.exp(tiers.elasticity[:, None] * np.log(self.smooth / self.first_hashprice))
        market = fair / (1.0 + world.kappa * np.sqrt(self.overhang / tiers.depth[:, None]))
        clearing = np.maximum(tiers.scrap[:, None], market)
        self.index += world.index_weight * (clearing - self.index)
        if not self.failed_today:
            self.overhang *= world.overhang_decay
            return
        miner, path = (np.concatenate(part) for part in zip(*self.failed_today, strict=True))
        tier, offered = self.inputs.groups.tier[:, miner], self.ths[:, miner, path]
        self.ths[:, miner, path] = 0.0
        supply = np.zeros_like(self.overhang)
        np.add.at(supply, (tier, path[None, :]), offered)
        share = np.minimum(1.0, supply / tiers.bulk[:, None])
        discount = world.quick_discount + (world.bulk_discount - world.quick_discount) * share
        cents = np.maximum(tiers.scrap[:, None], np.minimum(clearing, self.index * (1.0 - discount))) * 100.0
        self.cash[miner, path] += (offered * cents[tier, path]).sum(axis=0)
        self.overhang = self.overhang * world.overhang_decay + supply
        count = np.bincount(path, minlength=len(self.failed))
        self.first_failure[(self.failed == 0) & (count > 0)] = self.day
        self.failed += count

    def distribute_estates(self) -> None:
        """Bills first, then the loans in proportion."""
        miner, path = np.nonzero(self.estate_day == self.day)
        cash = self.cash[miner, path]
        cash = cash - np.minimum(cash, self.bills[miner, path] + self.power[miner, path])
        self.bills[miner, path] = 0.0
        self.power[miner, path] = 0.0
        loans = 4 * miner + np.arange(4)[:, None]
        claims = np.where(self.status[loans, path] == DEFAULTED, self.claim[loans, path], 0.0)
        total = claims.sum(axis=0)
        pot = np.minimum(cash, total)
        self.cash[miner, path] = cash - pot
        self.claim[loans, path] = claims - claims * (pot / np.maximum(total, HALF_A_CENT))


def run(inputs: Inputs, close_usd: Floats) -> Floats:
    """Plays paths of closes `[path, day]`; one row of bench.inputs.RESULTS a path."""
    results = np.empty((len(close_usd), len(RESULTS)))
    rounds = [due_rounds(inputs, day) for day in range(close_usd.shape[1])]
    for first in range(0, len(close_usd), CHUNK):
        results[first : first + CHUNK] = Chunk(inputs, rounds, close_usd[first : first + CHUNK]).play()
    return results
