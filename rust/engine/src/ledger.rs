//! The only way money, coins and machines change hands: double postings of whole units with a reason, closing to zero each day for each unit.
//! Model: docs/model/ledger.md

use crate::{
    book::{Book, HedgeTerms, Security},
    ids::{LoanId, MinerId},
    journal::{Account, Journal, Reason, Unit},
    lanes::{Lanes, WIDTH},
    units::EXACT_LIMIT,
};

/// Balances of one kind of unit, one slot an account.
#[derive(Debug, Clone)]
struct Balances {
    opening: Vec<f64>,
    now: Vec<Lanes>,
    /// Something was posted since the last closing check.
    posted: bool,
}

impl Balances {
    /// The last slot is the world's and opens at minus the rest.
    fn open(mut opening: Vec<f64>) -> Self {
        opening.push(-opening.iter().sum::<f64>());
        let now = opening.iter().map(|amount| Lanes::splat(*amount)).collect();
        Self { opening, now, posted: true }
    }

    fn reset(&mut self) {
        for (now, opening) in self.now.iter_mut().zip(&self.opening) {
            *now = Lanes::splat(*opening);
        }
        self.posted = true;
    }

    #[inline(always)]
    fn shift(&mut self, from: usize, to: usize, amounts: Lanes) {
        self.posted = true;
        self.now[from] -= amounts;
        self.now[to] += amounts;
    }

    #[inline(always)]
    fn shift_one(&mut self, lane: usize, from: usize, to: usize, amount: f64) {
        self.posted = true;
        self.now[from][lane] -= amount;
        self.now[to][lane] += amount;
    }

    /// What all accounts add up to: zero, if every posting had two sides. Nothing to add up while nothing was posted.
    #[inline(always)]
    fn check(&mut self) -> Lanes {
        if !std::mem::take(&mut self.posted) {
            return Lanes::ZERO;
        }
        sum_whole(&self.now).abs()
    }
}

/// Sum of whole amounts, in four sums that do not wait for each other; exact, so the order does not matter.
#[inline(always)]
pub fn sum_whole(amounts: &[Lanes]) -> Lanes {
    let mut sums = [Lanes::ZERO; 4];
    let (fours, rest) = amounts.as_chunks::<4>();
    for four in fours {
        for (sum, amount) in sums.iter_mut().zip(four) {
            *sum += *amount;
        }
    }
    rest.iter().fold((sums[0] + sums[1]) + (sums[2] + sums[3]), |sum, amount| sum + *amount)
}

/// What a path's books were off by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Residual {
    /// Largest magnitude over the days, cents.
    pub cents: Lanes,
    /// Largest magnitude over the days, satoshis.
    pub sats: Lanes,
    /// Largest magnitude over the days, machines.
    pub machines: Lanes,
    /// First day on which any was not zero, or -1.
    pub day: Lanes,
}

impl Residual {
    const NONE: Self = Self { cents: Lanes::ZERO, sats: Lanes::ZERO, machines: Lanes::ZERO, day: Lanes::splat(-1.0) };
}

/// The accounts of eight paths.
#[derive(Debug)]
pub struct Ledger<J> {
    /// What is written down.
    pub journal: J,
    /// What the closing checks found.
    pub residual: Residual,
    miners: usize,
    lenders: usize,
    cents: Balances,
    sats: Balances,
    machines: Balances,
    pledge_slot: Vec<u32>,
    lot_slot: Vec<u32>,
    margin_slot: Vec<u32>,
    first_margin: usize,
    /// Accounts of facilities: the first of their cash, the first of their machines.
    first_facility: (usize, usize),
    owner: Vec<MinerId>,
    moved: Vec<MinerId>,
}

impl<J: Journal> Ledger<J> {
    /// Opens the accounts of a book.
    pub fn open(book: &Book) -> Self {
        let (mut pledge_slot, mut lot_slot) = (vec![u32::MAX; book.loans.len()], vec![u32::MAX; book.loans.len()]);
        let cash = book.miners.iter().map(|miner| miner.cash_cents).chain(book.lenders.iter().map(|lender| lender.cash_cents));
        let mut cents: Vec<f64> = cash.chain(book.credits.iter().map(|_| 0.0)).collect();
        let first_facility = cents.len();
        cents.extend(book.facilities.iter().map(|facility| facility.capital_cents));
        let first_margin = cents.len();
        let mut margin_slot = vec![u32::MAX; book.hedges.len()];
        for (slot, hedge) in margin_slot.iter_mut().zip(&book.hedges) {
            if let HedgeTerms::ShortFuture(future) = &hedge.terms {
                *slot = cents.len() as u32;
                cents.push(future.opening_margin_cents);
            }
        }
        let mut sats: Vec<f64> = book.miners.iter().map(|miner| miner.sats).collect();
        let mut machines: Vec<f64> = book.fleet.iter().map(|fleet| fleet.machines).collect();
        for (index, loan) in book.loans.iter().enumerate() {
            match loan.security {
                Security::None => {}
                Security::Btc(pledge) => {
                    pledge_slot[index] = sats.len() as u32;
                    sats.push(pledge.sats);
                }
                Security::Machines { .. } => {
                    lot_slot[index] = machines.len() as u32;
                    machines.push(0.0);
                }
            }
        }
        let first_facility = (first_facility, machines.len());
        machines.extend(book.facilities.iter().map(|_| 0.0));
        Self {
            journal: J::default(),
            residual: Residual::NONE,
            miners: book.miners.len(),
            lenders: book.lenders.len(),
            cents: Balances::open(cents),
            sats: Balances::open(sats),
            machines: Balances::open(machines),
            pledge_slot,
            lot_slot,
            margin_slot,
            first_margin,
            first_facility,
            owner: book.fleet.iter().map(|fleet| fleet.miner).collect(),
            moved: Vec::new(),
        }
    }

    /// Back to the opening balances, without allocating.
    pub fn reset(&mut self) {
        self.cents.reset();
        self.sats.reset();
        self.machines.reset();
        self.residual = Residual::NONE;
        self.moved.clear();
        self.journal = J::default();
    }

    #[inline(always)]
    fn cash_slot(&self, account: Account) -> usize {
        match account {
            Account::Miner(miner) => miner.index(),
            Account::Lender(lender) => self.miners + lender.index(),
            Account::Credit(credit) => self.miners + self.lenders + credit.index(),
            Account::Margin(hedge) => self.margin_slot[hedge.index()] as usize,
            Account::Facility(facility) => self.first_facility.0 + facility.index(),
            _ => self.cents.now.len() - 1,
        }
    }

    #[inline(always)]
    fn coin_slot(&self, account: Account) -> usize {
        match account {
            Account::Miner(miner) => miner.index(),
            Account::Pledge(loan) => self.pledge_slot[loan.index()] as usize,
            _ => self.sats.now.len() - 1,
        }
    }

    #[inline(always)]
    fn machine_slot(&self, account: Account) -> usize {
        match account {
            Account::Fleet(fleet) => fleet.index(),
            Account::Lot(loan) => self.lot_slot[loan.index()] as usize,
            Account::Facility(facility) => self.first_facility.1 + facility.index(),
            _ => self.machines.now.len() - 1,
        }
    }

    /// Cash of an account, or what a vendor owes a miner; cents.
    #[inline(always)]
    pub fn cash(&self, account: Account) -> Lanes {
        self.cents.now[self.cash_slot(account)]
    }

    /// Free coins of a miner, satoshis.
    #[inline(always)]
    pub fn coins(&self, miner: MinerId) -> Lanes {
        self.sats.now[miner.index()]
    }

    /// Cash (cents) and free coins (satoshis) of every miner, in order.
    #[inline(always)]
    pub fn of_miners(&self) -> impl Iterator<Item = (Lanes, Lanes)> + '_ {
        self.cents.now[..self.miners].iter().copied().zip(self.sats.now[..self.miners].iter().copied())
    }

    /// Pledged coins of a BTC-backed loan, satoshis.
    #[inline(always)]
    pub fn pledge(&self, loan: LoanId) -> Lanes {
        self.sats.now[self.pledge_slot[loan.index()] as usize]
    }

    /// Machines of an account.
    #[inline(always)]
    pub fn machines(&self, account: Account) -> Lanes {
        self.machines.now[self.machine_slot(account)]
    }

    /// Miners whose machines moved, on any path, since this was asked last; some more than once.
    #[inline(always)]
    pub fn take_moved(&mut self) -> impl Iterator<Item = MinerId> + use<'_, J> {
        self.moved.drain(..)
    }

    fn note_moved(&mut self, from: Account, to: Account) {
        for account in [from, to] {
            if let Account::Fleet(fleet) = account {
                self.moved.push(self.owner[fleet.index()]);
            }
        }
    }

    /// Money, on all paths.
    #[inline(always)]
    pub fn pay(&mut self, from: Account, to: Account, cents: Lanes, reason: Reason) {
        let slots = (self.cash_slot(from), self.cash_slot(to));
        self.cents.shift(slots.0, slots.1, cents);
        self.journal.postings(reason, Unit::Cents, from, to, cents);
    }

    /// Coins, on all paths.
    #[inline(always)]
    pub fn move_coins(&mut self, from: Account, to: Account, sats: Lanes, reason: Reason) {
        let slots = (self.coin_slot(from), self.coin_slot(to));
        self.sats.shift(slots.0, slots.1, sats);
        self.journal.postings(reason, Unit::Sats, from, to, sats);
    }

    /// Opens a till for trades of miners with the world.
    #[inline(always)]
    pub fn till(&mut self) -> Till<'_, J> {
        let world = [&self.cents, &self.sats].map(|balances| balances.now.len() - 1);
        (self.cents.posted, self.sats.posted) = (true, true);
        let (cents, world_cents) = self.cents.now.split_at_mut(world[0]);
        let (sats, world_sats) = self.sats.now.split_at_mut(world[1]);
        Till {
            journal: &mut self.journal,
            cents: &mut cents[..self.miners],
            sats: &mut sats[..self.miners],
            world: (&mut world_cents[0], &mut world_sats[0]),
            taken_cents: Lanes::ZERO,
            taken_sats: Lanes::ZERO,
        }
    }

    /// Machines, on all paths.
    #[inline(always)]
    pub fn move_machines(&mut self, from: Account, to: Account, machines: Lanes, reason: Reason) {
        let slots = (self.machine_slot(from), self.machine_slot(to));
        self.machines.shift(slots.0, slots.1, machines);
        self.note_moved(from, to);
        self.journal.postings(reason, Unit::Machines, from, to, machines);
    }

    /// Money, on one path.
    pub fn pay_one(&mut self, lane: usize, from: Account, to: Account, cents: f64, reason: Reason) {
        let slots = (self.cash_slot(from), self.cash_slot(to));
        self.cents.shift_one(lane, slots.0, slots.1, cents);
        self.journal.posting(lane, reason, Unit::Cents, from, to, cents);
    }

    /// Coins, on one path.
    pub fn move_coins_one(&mut self, lane: usize, from: Account, to: Account, sats: f64, reason: Reason) {
        let slots = (self.coin_slot(from), self.coin_slot(to));
        self.sats.shift_one(lane, slots.0, slots.1, sats);
        self.journal.posting(lane, reason, Unit::Sats, from, to, sats);
    }

    /// Machines, on one path.
    pub fn move_machines_one(&mut self, lane: usize, from: Account, to: Account, machines: f64, reason: Reason) {
        let slots = (self.machine_slot(from), self.machine_slot(to));
        self.machines.shift_one(lane, slots.0, slots.1, machines);
        self.note_moved(from, to);
        self.journal.posting(lane, reason, Unit::Machines, from, to, machines);
    }

    /// The closing check of a day: what is left is kept in [`Ledger::residual`].
    #[inline(always)]
    pub fn close(&mut self, day: usize) {
        let (cents, sats, machines) = (self.cents.check(), self.sats.check(), self.machines.check());
        if (cents + sats + machines).gt(Lanes::ZERO).any() {
            self.note_residual(day, cents, sats, machines);
        }
    }

    #[cold]
    fn note_residual(&mut self, day: usize, cents: Lanes, sats: Lanes, machines: Lanes) {
        let residual = &mut self.residual;
        residual.cents = residual.cents.max(cents);
        residual.sats = residual.sats.max(sats);
        residual.machines = residual.machines.max(machines);
        for lane in 0..WIDTH {
            if residual.day[lane] < 0.0 && cents[lane] + sats[lane] + machines[lane] > 0.0 {
                residual.day[lane] = day as f64;
            }
        }
    }

    /// The first path whose world account left the exact range or is not a number. All others are smaller: the world is the other side of everyone.
    #[inline(always)]
    pub fn out_of_range(&self) -> Option<(usize, &'static str)> {
        let kinds = [(&self.cents, "cash in cents"), (&self.sats, "coins in satoshis"), (&self.machines, "machines")];
        kinds
            .into_iter()
            .find_map(|(balances, what)| {
                let world = balances.now[balances.now.len() - 1];
                (0..WIDTH).find(|&lane| is_out_of_range(world[lane])).map(|lane| (lane, what))
            })
            .or_else(|| self.margin_out_of_range())
    }

    /// Margin may be below zero, and a deficit here could hide a fortune there: such accounts are looked at themselves.
    #[inline(always)]
    fn margin_out_of_range(&self) -> Option<(usize, &'static str)> {
        let margins = &self.cents.now[self.first_margin..self.cents.now.len() - 1];
        margins.iter().find_map(|margin| (0..WIDTH).find(|&lane| is_out_of_range(margin[lane])).map(|lane| (lane, "margin in cents")))
    }

    /// A one-sided entry: what the closing check must catch. Only tests call it.
    #[doc(hidden)]
    pub fn plant_broken_posting(&mut self, lane: usize, miner: MinerId, cents: f64) {
        self.cents.now[miner.index()][lane] += cents;
        self.cents.posted = true;
    }
}

#[inline(always)]
fn is_out_of_range(amount: f64) -> bool {
    amount.is_nan() || amount.abs() >= EXACT_LIMIT / 4.0
}

/// Miners' cash and coins while they trade with the world. Its side is summed meanwhile and posted once, so that no miner waits for the account
/// of the one before; a till that is not settled leaves a residual.
#[derive(Debug)]
#[must_use]
pub struct Till<'a, J> {
    /// What is written down.
    pub journal: &'a mut J,
    cents: &'a mut [Lanes],
    sats: &'a mut [Lanes],
    world: (&'a mut Lanes, &'a mut Lanes),
    taken_cents: Lanes,
    taken_sats: Lanes,
}

impl<J: Journal> Till<'_, J> {
    /// Posts the world's side.
    #[inline(always)]
    pub fn settle(self) {
        *self.world.0 += self.taken_cents;
        *self.world.1 += self.taken_sats;
    }

    /// A miner's purse, in hand until it is put back.
    #[inline(always)]
    pub fn purse(&self, miner: MinerId) -> Purse {
        Purse { miner, cents: self.cents[miner.index()], sats: self.sats[miner.index()] }
    }

    /// Puts a purse back.
    #[inline(always)]
    #[allow(clippy::needless_pass_by_value, reason = "what is put back is no longer in hand")]
    pub fn put_back(&mut self, purse: Purse) {
        self.cents[purse.miner.index()] = purse.cents;
        self.sats[purse.miner.index()] = purse.sats;
    }

    /// Coins to a miner and from it: two postings, and the difference moves once. Whole numbers, so the balances are the same.
    #[inline(always)]
    pub fn exchange_coins(&mut self, purse: &mut Purse, to: (Lanes, Reason), from: (Lanes, Reason)) {
        let net = to.0 - from.0;
        purse.sats += net;
        self.taken_sats -= net;
        self.journal.postings(to.1, Unit::Sats, Account::World, Account::Miner(purse.miner), to.0);
        self.journal.postings(from.1, Unit::Sats, Account::Miner(purse.miner), Account::World, from.0);
    }

    /// A miner's coins to the world.
    #[inline(always)]
    pub fn take_coins(&mut self, purse: &mut Purse, sats: Lanes, reason: Reason) {
        purse.sats -= sats;
        self.taken_sats += sats;
        self.journal.postings(reason, Unit::Sats, Account::Miner(purse.miner), Account::World, sats);
    }

    /// The world's money to a miner.
    #[inline(always)]
    pub fn pay(&mut self, purse: &mut Purse, cents: Lanes, reason: Reason) {
        purse.cents += cents;
        self.taken_cents -= cents;
        self.journal.postings(reason, Unit::Cents, Account::World, Account::Miner(purse.miner), cents);
    }
}

/// What a miner holds while it trades, near the processor. One at a time for each miner; one that is not put back leaves a residual.
#[derive(Debug)]
#[must_use]
pub struct Purse {
    miner: MinerId,
    cents: Lanes,
    sats: Lanes,
}

impl Purse {
    /// Cash, cents.
    #[inline(always)]
    pub fn cash(&self) -> Lanes {
        self.cents
    }

    /// Free coins, satoshis.
    #[inline(always)]
    pub fn coins(&self) -> Lanes {
        self.sats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_amounts_add_up_exactly_whatever_their_number() {
        for count in [0, 1, 3, 4, 5, 8, 11] {
            let amounts: Vec<Lanes> = (0..count).map(|k| Lanes::from_fn(|lane| (k * 8 + lane) as f64 - 20.0)).collect();
            let expected = amounts.iter().fold(Lanes::ZERO, |sum, amount| sum + *amount);
            assert_eq!(sum_whole(&amounts), expected, "{count}");
        }
    }
}
