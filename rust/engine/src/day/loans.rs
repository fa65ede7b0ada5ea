//! Contracts meet cash: due dates, the waterfall, grace, default. A loan is touched only on its own days. Model: docs/model/loans.md

use super::{Today, collateral, deliveries, hedges, miners, rescue, responses::renegotiation};
use crate::{
    agenda::{Stage, Task},
    book::{Pays, Rank, Recourse, Security},
    contract::state::State,
    ids::{FacilityId, FleetId, LoanId, MinerId},
    journal::{Account, Entity, EventKind, Journal, Reason},
    lanes::{Lanes, Mask},
    policy::book_sale,
    scenario::Due,
    units,
    world::{LenderState, LoanState, World},
};

/// Tasks that end today, then the day's due dates, loans in order.
#[inline(always)]
pub(super) fn collect<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    while let Some((task, lane)) = world.agenda.take(today.day, Stage::Loans) {
        end_waiting(world, today, lane, task);
    }
    for due in &today.scenario.due[today.day] {
        fall_due(world, today, due);
    }
}

#[cold]
#[inline(never)]
fn end_waiting<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, task: Task) {
    match task {
        Task::BillsGrace(miner) => miners::end_bills_grace(world, today, lane, miner),
        Task::Called(loan) => end_notice(world, today, lane, loan),
        Task::CovenantCall(loan) => end_covenant_call(world, today, lane, loan),
        Task::LoanGrace(loan) => end_grace(world, today, lane, loan),
        Task::NewTermsDue(loan) => renegotiation::fall_due(world, today, lane, loan),
        _ => unreachable!("tasks of other stages"),
    }
}

/// What a due date asks for, whole cents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// Interest to be paid, and the fee that goes with it.
    pub interest: Lanes,
    /// Principal to be paid.
    pub principal: Lanes,
    /// Interest that joins the principal instead.
    pub added: Lanes,
}

/// What a due date asks for, by the rules of the contract engine. Interest runs on `outstanding`, principal comes out of what is `left` outside
/// arrears. Interest is rounded to whole cents before anything is reckoned from it: the ledger takes over here.
#[inline(always)]
pub fn asked(due: &Due, outstanding: Lanes, left: Lanes) -> Asked {
    let (rate, payment) = (Lanes::splat(due.rate), Lanes::splat(due.payment_cents));
    let mut state = State { notional: left, base: outstanding, rate, payment, ..State::empty() };
    state.accrued = state.interest_due(due.years).round();
    let interest = state.accrued;
    let (interest, principal, added) = match due.pays {
        _ if due.last => (interest, left, Lanes::ZERO),
        Pays::Interest => (interest, Lanes::ZERO, Lanes::ZERO),
        Pays::Instalment => (interest, state.redeem(payment, LENDER), Lanes::ZERO),
        Pays::Level => (interest, state.redeem(state.beyond_interest().max(Lanes::ZERO), LENDER), Lanes::ZERO),
        Pays::Fixed => {
            let beyond = state.beyond_interest();
            let added = (-beyond).max(Lanes::ZERO);
            (interest - added, state.redeem(beyond.max(Lanes::ZERO), LENDER), added)
        }
        Pays::InKind => (Lanes::ZERO, Lanes::ZERO, interest),
    };
    let fee = if due.fee_rate > 0.0 { (outstanding * due.fee_rate * due.years).round() } else { Lanes::ZERO };
    Asked { interest: interest + fee, principal, added }
}

/// Sign of the lender's side.
const LENDER: f64 = 1.0;

/// Default interest (cents) on what is overdue.
pub fn late_interest(overdue_cents: f64, rate: f64, years: f64) -> f64 {
    units::round(overdue_cents * (rate * years))
}

/// A due date: together where cash suffices, nothing is in arrears and the lender is that of the book, path by path elsewhere.
#[inline(always)]
fn fall_due<J: Journal>(world: &mut World<J>, today: &Today<'_>, due: &Due) {
    let id = due.loan;
    let (borrower, lender) = (Account::Miner(due.miner), Account::Lender(due.lender));
    let state = &mut world.loans[id.index()];
    if !state.open.any() {
        return;
    }
    let open = state.open.mask() & !state.renewed.mask();
    let clean = open & !(state.arrears | state.sold).mask();
    let asked = asked(due, state.outstanding, state.outstanding); // nothing in arrears
    let in_full = clean & world.ledger.cash(borrower).ge(asked.interest + asked.principal);
    let (paid_interest, paid_principal) = (asked.interest.only(in_full), asked.principal.only(in_full));
    world.ledger.pay(borrower, lender, paid_interest, Reason::Interest);
    world.ledger.pay(borrower, lender, paid_principal, Reason::Principal);
    state.outstanding -= paid_principal;
    world.lenders[due.lender.index()].book -= paid_principal;
    let repaid = in_full & state.outstanding.eq(Lanes::ZERO);
    if repaid.any() {
        for lane in repaid.lanes() {
            close(world, today, lane, id);
        }
    }
    if matches!(due.pays, Pays::Fixed | Pays::InKind) {
        capitalise(world, due, asked.added.only(in_full));
    }
    let short = open & !in_full;
    if short.any() {
        fall_short(world, today, due, short);
    }
}

/// The paths on which cash does not cover a due date, something is in arrears already, or another lender holds the loan.
#[cold]
#[inline(never)]
pub(super) fn fall_short<J: Journal>(world: &mut World<J>, today: &Today<'_>, due: &Due, short: Mask) {
    let id = due.loan;
    for lane in short.lanes() {
        charge_late(world, today, lane, id);
    }
    let state = &mut world.loans[id.index()];
    let asked = asked(due, state.outstanding, state.outstanding - state.arrears_principal);
    state.arrears_interest += asked.interest.only(short);
    state.arrears_principal += asked.principal.only(short);
    capitalise(world, due, asked.added.only(short));
    for lane in short.lanes() {
        settle(world, today, lane, id, true);
    }
}

/// Interest joins the principal.
#[inline(never)]
fn capitalise<J: Journal>(world: &mut World<J>, due: &Due, added: Lanes) {
    let state = &mut world.loans[due.loan.index()];
    state.outstanding += added;
    for (holder, paths) in state.holders() {
        world.lenders[holder.index()].book += added.only(paths);
    }
    if J::ON {
        for lane in added.gt(Lanes::ZERO).lanes() {
            world.ledger.journal.event(lane, EventKind::Capitalisation, Entity::Loan(due.loan), added[lane]);
        }
    }
}

/// Default interest joins the arrears, up to today.
#[cold]
#[inline(never)]
pub(super) fn charge_late<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    let (loan, state) = (&today.book.loans[id.index()], &mut world.loans[id.index()]);
    if !state.arrears.get(lane) {
        return;
    }
    let (from, to) = (today.scenario.date(state.late_from[lane] as usize), today.scenario.date(today.day));
    let overdue = state.arrears_interest[lane] + state.arrears_principal[lane];
    state.arrears_interest[lane] += late_interest(overdue, loan.default_interest_rate, loan.day_count.year_fraction(from, to));
    state.late_from[lane] = today.day as f64;
}

/// Pays what is in arrears as far as cash and coins go; returns what is left. `miss` opens a grace if something is.
#[cold]
#[inline(never)]
pub(super) fn settle<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, miss: bool) -> f64 {
    let loan = &today.book.loans[id.index()];
    let state = &world.loans[id.index()];
    let holder = state.holder[lane];
    let (borrower, lender) = (Account::Miner(loan.miner), Account::Lender(holder));
    let need = state.arrears_interest[lane] + state.arrears_principal[lane];
    miners::raise_cash(world, today, lane, loan.miner, need, Some(id));
    let state = &mut world.loans[id.index()];
    let interest = state.arrears_interest[lane].min(world.ledger.cash(borrower)[lane]);
    world.ledger.pay_one(lane, borrower, lender, interest, Reason::Interest);
    let principal = state.arrears_principal[lane].min(world.ledger.cash(borrower)[lane]);
    world.ledger.pay_one(lane, borrower, lender, principal, Reason::Principal);
    state.arrears_interest[lane] -= interest;
    state.arrears_principal[lane] -= principal;
    state.outstanding[lane] -= principal;
    world.lenders[holder.index()].book[lane] -= principal;
    free_discount(state, &mut world.lenders, lane);
    let left = state.arrears_interest[lane] + state.arrears_principal[lane];
    if left == 0.0 {
        state.arrears.set(lane, false);
        if state.outstanding[lane] == 0.0 {
            close(world, today, lane, id);
        }
    } else if miss && !state.arrears.get(lane) {
        state.arrears.set(lane, true);
        world.ledger.journal.event(lane, EventKind::MissedPayment, Entity::Loan(id), left);
        state.grace_day[lane] = (today.day + loan.grace_days) as f64;
        state.late_from[lane] = today.day as f64;
        world.agenda.put(today.day + loan.grace_days, Task::LoanGrace(id), lane);
    }
    left
}

/// Draws on a credit line what is `missing`, as far as its room and the lender's cash go; not on a line in arrears, nor of a lender that failed or stopped
/// lending.
#[cold]
#[inline(never)]
pub(super) fn draw<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, missing: f64) {
    let loan = &today.book.loans[id.index()];
    let drawn = missing.min(room(world, today, lane, id));
    if drawn > 0.0 {
        let state = &mut world.loans[id.index()];
        let holder = state.holder[lane];
        state.outstanding[lane] += drawn;
        world.lenders[holder.index()].book[lane] += drawn;
        world.ledger.pay_one(lane, Account::Lender(holder), Account::Miner(loan.miner), drawn, Reason::Draw);
        world.ledger.journal.event(lane, EventKind::CreditDraw, Entity::Loan(id), drawn);
    }
}

/// What can be drawn on a credit line today (cents).
pub(super) fn room<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, id: LoanId) -> f64 {
    let state = &world.loans[id.index()];
    let holder = state.holder[lane];
    let lender = &world.lenders[holder.index()];
    if !state.open.get(lane) || state.arrears.get(lane) || lender.failed.get(lane) || lender.stopped.get(lane) {
        return 0.0;
    }
    (today.book.loans[id.index()].credit_line_cents - state.outstanding[lane]).min(world.ledger.cash(Account::Lender(holder))[lane])
}

/// A loan is repaid: its service leaves the miner's plan, its pledge goes back.
#[cold]
#[inline(never)]
pub(super) fn close<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    let loan = &today.book.loans[id.index()];
    world.loans[id.index()].open.set(lane, false);
    world.loans[id.index()].arrears.set(lane, false);
    end_discount(world, lane, id);
    world.miners[loan.miner.index()].debt_service_per_day[lane] -= renegotiation::service_now(world, today, lane, id);
    if let Security::Btc(_) = loan.security {
        let sats = world.ledger.pledge(id)[lane];
        world.ledger.move_coins_one(lane, Account::Pledge(id), Account::Miner(loan.miner), sats, Reason::Release);
    }
}

/// What a loan was bought below its principal is held against other assets no further than that principal goes.
fn free_discount(state: &mut LoanState, lenders: &mut [LenderState], lane: usize) {
    let freed = book_sale::freed(state.discount[lane], state.outstanding[lane]);
    state.discount[lane] -= freed;
    lenders[state.holder[lane].index()].other_assets[lane] += freed;
}

/// What a loan was bought below its principal is held against its lender's other assets no longer.
fn end_discount<J>(world: &mut World<J>, lane: usize, id: LoanId) {
    let state = &mut world.loans[id.index()];
    let discount = std::mem::take(&mut state.discount[lane]);
    world.lenders[state.holder[lane].index()].other_assets[lane] += discount;
}

/// The notice of a failed lender ends: everything is due.
fn end_notice<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    if world.loans[id.index()].open.get(lane) {
        charge_late(world, today, lane, id);
        let state = &mut world.loans[id.index()];
        let outstanding = state.outstanding[lane];
        world.ledger.journal.event(lane, EventKind::LoanCalled, Entity::Loan(id), outstanding);
        state.arrears_principal[lane] = outstanding;
        settle(world, today, lane, id, true);
    }
}

/// The time to make a covenant good ends: what brings the cover back is due in money.
fn end_covenant_call<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    world.loans[id.index()].cure.set(lane, false);
    let Some(covenant) = today.book.loans[id.index()].covenant.filter(|_| world.loans[id.index()].open.get(lane)) else { return };
    charge_late(world, today, lane, id);
    let mark = collateral::mark(world, today, lane, id).unwrap_or(0.0);
    let state = &mut world.loans[id.index()];
    let overdue = state.arrears_interest[lane] + state.arrears_principal[lane];
    let short = collateral::missing_cover(exposure_at_default(state, lane), overdue, mark, covenant.cover);
    let due = short.min(state.outstanding[lane] - state.arrears_principal[lane]);
    if due > 0.0 {
        state.arrears_principal[lane] += due;
        settle(world, today, lane, id, true);
    }
}

/// A miner pays principal back before it is due.
pub(super) fn prepay<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, cents: f64) {
    let loan = &today.book.loans[id.index()];
    world.ledger.journal.event(lane, EventKind::Prepayment, Entity::Loan(id), cents);
    let state = &mut world.loans[id.index()];
    let holder = state.holder[lane];
    world.ledger.pay_one(lane, Account::Miner(loan.miner), Account::Lender(holder), cents, Reason::Principal);
    state.outstanding[lane] -= cents;
    world.lenders[holder.index()].book[lane] -= cents;
    free_discount(state, &mut world.lenders, lane);
    if state.outstanding[lane] == 0.0 && state.arrears_interest[lane] == 0.0 {
        close(world, today, lane, id);
    }
}

/// A grace ends: pay now or default.
fn end_grace<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    let state = &world.loans[id.index()];
    if state.grace_day[lane] != today.day as f64 || !state.arrears.get(lane) {
        return;
    }
    charge_late(world, today, lane, id);
    let unpaid = settle(world, today, lane, id, false);
    if unpaid > 0.0 {
        choose(world, today, lane, id, unpaid);
    }
}

/// What the lender of a loan that stays unpaid does: wait once, take the machines for the debt, or seize. Model: docs/model/lenders.md
fn choose<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, unpaid: f64) {
    let holder = world.loans[id.index()].holder[lane];
    let (terms, lender) = (&today.book.lenders[holder.index()], &world.lenders[holder.index()]);
    let alive = !lender.failed.get(lane);
    let state = &mut world.loans[id.index()];
    match terms.forbear_days {
        Some(days) if alive && !lender.tightened.get(lane) && !state.forborne.get(lane) => {
            state.forborne.set(lane, true);
            state.grace_day[lane] = (today.day + days) as f64;
            world.agenda.put(today.day + days, Task::LoanGrace(id), lane);
            world.ledger.journal.event(lane, EventKind::Forbearance, Entity::Loan(id), unpaid);
        }
        _ if alive && covers(world, today, lane, id) => {
            let claim = exposure_at_default(&world.loans[id.index()], lane);
            world.ledger.journal.event(lane, EventKind::DebtSwap, Entity::Loan(id), claim);
            world.loans[id.index()].settled.set(lane, true);
            mark_default(world, today, lane, id);
        }
        _ => default(world, today, lane, id),
    }
}

/// Whether the machines behind a loan with full recourse are worth enough for its lender to take them for the debt.
fn covers<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, id: LoanId) -> bool {
    let loan = &today.book.loans[id.index()];
    let state = &world.loans[id.index()];
    match (loan.recourse, today.book.lenders[state.holder[lane].index()].swap_cover) {
        (Recourse::Full, Some(cover)) => {
            collateral::mark(world, today, lane, id).is_some_and(|mark| mark >= cover * exposure_at_default(state, lane))
        }
        _ => false,
    }
}

/// A loan leaves the book in default: `owed` is its exposure.
pub(super) fn leave<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, owed: f64) {
    let loan = &today.book.loans[id.index()];
    world.miners[loan.miner.index()].debt_service_per_day[lane] -= renegotiation::service_now(world, today, lane, id);
    let state = &mut world.loans[id.index()];
    state.open.set(lane, false);
    state.arrears.set(lane, false);
    state.defaulted.set(lane, true);
    state.default_day[lane] = today.day as f64;
    state.ead[lane] = owed;
    world.lenders[state.holder[lane].index()].book[lane] -= state.outstanding[lane];
    end_discount(world, lane, id);
    world.tally.defaulted_cents[lane] += owed;
}

/// A loan defaults, and with it what its recourse and cross-default reach.
pub(super) fn default<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    let loans = &today.book.loans;
    let miner = loans[id.index()].miner;
    mark_default(world, today, lane, id);
    let mut reaches_miner = loans[id.index()].recourse == Recourse::Full;
    if !reaches_miner && today.scenario.channels.cross_default {
        for &other in &today.book.miners[miner.index()].loans {
            if loans[other.index()].cross_default && world.loans[other.index()].open.get(lane) {
                mark_default(world, today, lane, other);
                reaches_miner |= loans[other.index()].recourse == Recourse::Full;
            }
        }
    }
    if reaches_miner {
        default_miner(world, today, lane, miner);
    }
}

/// Exposure at default: principal and unpaid interest (cents).
pub fn exposure_at_default(state: &LoanState, lane: usize) -> f64 {
    state.outstanding[lane] + state.arrears_interest[lane]
}

/// Marks one loan as defaulted and reaches for its collateral.
fn mark_default<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    charge_late(world, today, lane, id);
    let loan = &today.book.loans[id.index()];
    let state = &world.loans[id.index()];
    let (ead, cost) = (exposure_at_default(state, lane), book_sale::cost(state.outstanding[lane], state.discount[lane]));
    leave(world, today, lane, id, ead);
    match loan.security {
        Security::None => {}
        Security::Btc(_) => collateral::sell_pledge(world, today, lane, id),
        Security::Machines { .. } => {
            let carry = ead.min(collateral::mark(world, today, lane, id).unwrap_or(0.0)).min(cost);
            let state = &mut world.loans[id.index()];
            let holder = state.holder[lane];
            state.carry[lane] = carry;
            world.lenders[holder.index()].carry[lane] += carry;
            let seizure_days = today.book.lenders[holder.index()].seizure_days;
            world.agenda.put(today.day + seizure_days, Task::Seizure(id), lane);
        }
    }
    world.ledger.journal.event(lane, EventKind::LoanDefault, Entity::Loan(id), ead);
}

/// A miner runs out of cash: it stops, sells its coins, all its loans default, and its unpledged machines are for sale.
#[cold]
#[inline(never)]
pub(super) fn default_miner<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId) {
    let state = &mut world.miners[id.index()];
    if !state.operating.get(lane) {
        return;
    }
    state.operating.set(lane, false);
    state.rest.end();
    state.failed_day[lane] = today.day as f64;
    world.tally.miners_failed[lane] += 1.0;
    world.ledger.journal.event(lane, EventKind::MinerDefault, Entity::Miner(id), 0.0);
    let sats = world.ledger.coins(id)[lane];
    if sats > 0.0 {
        miners::sell_coins(world, lane, id, sats);
    }
    hedges::close_all(world, today, lane, id);
    let miner = &today.book.miners[id.index()];
    for &loan in &miner.loans {
        if world.loans[loan.index()].open.get(lane) {
            mark_default(world, today, lane, loan);
        }
    }
    deliveries::lose_orders(world, today, lane, id);
    rescue::claim(world, today, lane, id);
    let mut estate_day = today.day + today.scenario.estate_days;
    for fleet in miner.fleet.clone().map(FleetId::at) {
        match today.scenario.sites.held_until(fleet, today.day) {
            Some(released) => estate_day = estate_day.max(released + 1), // offered then
            None => offer_free(world, today, lane, id, fleet),
        }
    }
    world.agenda.put(estate_day, Task::Estate(id), lane);
}

/// An estate offers the machines of a row that no lender still waits to seize.
pub(super) fn offer_free<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId, fleet: FleetId) {
    let machines = world.ledger.machines(Account::Fleet(fleet))[lane];
    let free = machines - pledged(world, today, lane, today.book.miners[id.index()].loans.as_slice(), fleet, machines);
    if free > 0.0 {
        world.offers.estates.push((lane, fleet, free));
    }
}

pub(super) fn awaits_seizure(state: &LoanState, lane: usize) -> bool {
    state.defaulted.get(lane) && state.lot_day[lane] < 0.0
}

/// Machines of a row that wait for seizure under a defaulted loan.
fn pledged<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, loans: &[LoanId], row: FleetId, present: f64) -> f64 {
    loans.iter().fold(0.0, |sum, id| match today.book.loans[id.index()].security {
        Security::Machines { fleet, machines, .. } if fleet == row && awaits_seizure(&world.loans[id.index()], lane) => {
            sum + machines.min(present)
        }
        _ => sum,
    })
}

/// An estate pays its bills, then shares what is left among the creditors with full recourse.
pub(super) fn distribute_estate<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId) {
    let own = Account::Miner(id);
    let state = &mut world.miners[id.index()];
    let bills = state.bills_arrears[lane] + state.power_due()[lane].max(0.0);
    state.bills_arrears[lane] = 0.0;
    state.owed[lane] = 0.0;
    let paid = bills.min(world.ledger.cash(own)[lane]);
    world.ledger.pay_one(lane, own, Account::World, paid, Reason::Estate);
    let miner = &today.book.miners[id.index()];
    let with_claim = |loan: &LoanId| {
        let state = &world.loans[loan.index()];
        today.book.loans[loan.index()].recourse == Recourse::Full && state.defaulted.get(lane) && !state.settled.get(lane)
    };
    let creditors: Vec<LoanId> = miner.loans.iter().copied().filter(with_claim).collect();
    let total =
        [(Rank::Senior, &[][..]), (Rank::Equal, &creditors), (Rank::Junior, &[])].into_iter().fold(0.0, |sum, (rank, creditors)| {
            let funds = rescue::claims(world, today, lane, id, rank);
            sum + share(world, today, lane, id, creditors, &funds)
        });
    world.ledger.journal.event(lane, EventKind::Estate, Entity::Miner(id), units::round(total));
}

/// Shares an estate's cash among loans, then claims of funds; returns what they got (cents).
fn share<J: Journal>(
    world: &mut World<J>,
    today: &Today<'_>,
    lane: usize,
    id: MinerId,
    creditors: &[LoanId],
    funds: &[(FacilityId, f64)],
) -> f64 {
    let own = Account::Miner(id);
    let of_loans = creditors.iter().map(|loan| world.loans[loan.index()].ead[lane] - world.loans[loan.index()].recovered[lane]);
    let claims: Vec<f64> = of_loans.chain(funds.iter().map(|(_, claim)| *claim)).collect();
    let shares = crate::policy::estate::split(world.ledger.cash(own)[lane], &claims);
    for (loan, share) in creditors.iter().zip(&shares) {
        let state = &mut world.loans[loan.index()];
        let holder = state.holder[lane];
        world.ledger.pay_one(lane, own, Account::Lender(holder), *share, Reason::Estate);
        state.recovered[lane] += share;
        let carry = state.carry[lane].min(state.ead[lane] - state.recovered[lane]);
        world.lenders[holder.index()].carry[lane] += carry - state.carry[lane];
        state.carry[lane] = carry;
    }
    for ((fund, _), share) in funds.iter().zip(&shares[creditors.len()..]) {
        rescue::recover(world, today, lane, *fund, id, *share);
    }
    shares.iter().fold(0.0, |sum, share| sum + share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::LenderId;

    fn due(pays: Pays, payment_cents: f64, last: bool) -> Due {
        Due {
            loan: LoanId(0),
            miner: MinerId(0),
            lender: LenderId(0),
            rate: 0.12,
            fee_rate: 0.0,
            years: 1.0 / 12.0,
            payment_cents,
            pays,
            last,
        }
    }

    fn ask(due: &Due, outstanding: f64, arrears: f64) -> (f64, f64, f64) {
        let asked = asked(due, Lanes::splat(outstanding), Lanes::splat(outstanding - arrears));
        (asked.interest[0], asked.principal[0], asked.added[0])
    }

    #[test]
    fn interest_is_rounded_once() {
        let due = Due { years: 31.0 / 360.0, ..due(Pays::Interest, 0.0, false) };
        assert_eq!(ask(&due, 1_000_050.0, 0.0), (10_334.0, 0.0, 0.0));
    }

    #[test]
    fn a_fee_is_paid_with_the_interest_and_never_joins_the_principal() {
        for (pays, payment_cents, last, expected) in [
            (Pays::Interest, 0.0, false, (150.0, 0.0, 0.0)),
            (Pays::Level, 1066.0, false, (150.0, 946.0, 0.0)),
            (Pays::Fixed, 100.0, false, (130.0, 0.0, 20.0)),
            (Pays::InKind, 0.0, false, (30.0, 0.0, 120.0)),
            (Pays::InKind, 0.0, true, (150.0, 12_000.0, 0.0)),
        ] {
            let due = Due { fee_rate: 0.03, ..due(pays, payment_cents, last) };
            assert_eq!(ask(&due, 12_000.0, 0.0), expected, "{pays:?} {last}");
        }
    }

    #[test]
    fn what_is_asked_by_kind() {
        for (pays, payment_cents, last, arrears, expected) in [
            (Pays::Instalment, 1000.0, false, 0.0, (120.0, 1000.0, 0.0)),
            (Pays::Instalment, 1000.0, false, 11_500.0, (120.0, 500.0, 0.0)),
            (Pays::Instalment, 1000.0, true, 1000.0, (120.0, 11_000.0, 0.0)),
            (Pays::Level, 1066.0, false, 0.0, (120.0, 946.0, 0.0)),
            (Pays::Level, 100.0, false, 0.0, (120.0, 0.0, 0.0)),
            (Pays::Fixed, 1066.0, false, 0.0, (120.0, 946.0, 0.0)),
            (Pays::Fixed, 100.0, false, 0.0, (100.0, 0.0, 20.0)),
            (Pays::Fixed, 100.0, true, 0.0, (120.0, 12_000.0, 0.0)),
            (Pays::InKind, 0.0, false, 0.0, (0.0, 0.0, 120.0)),
            (Pays::InKind, 0.0, true, 0.0, (120.0, 12_000.0, 0.0)),
            (Pays::Interest, 0.0, false, 0.0, (120.0, 0.0, 0.0)),
            (Pays::Interest, 0.0, true, 0.0, (120.0, 12_000.0, 0.0)),
        ] {
            assert_eq!(ask(&due(pays, payment_cents, last), 12_000.0, arrears), expected, "{pays:?} {payment_cents} {last} {arrears}");
        }
    }

    #[test]
    fn default_interest_runs_on_what_is_overdue() {
        assert_eq!(late_interest(100_000.0, 0.18, 30.0 / 360.0), 1500.0);
        assert_eq!(late_interest(100_000.0, 0.0, 30.0 / 360.0), 0.0);
    }
}
