//! Contracts meet cash: due dates, the waterfall, grace, default. A loan is touched only on its own days. Model: docs/model/loans.md

mod asked;
mod defaults;
mod estates;

pub use asked::{asked, late_interest};
pub use defaults::exposure_at_default;
pub(super) use defaults::{default, default_miner, leave};
pub(super) use estates::{awaits_seizure, distribute_estate, offer_free};

use super::{Today, collateral, miners, responses::renegotiation};
use crate::{
    agenda::{Stage, Task},
    book::{Pays, Security},
    ids::LoanId,
    journal::{Account, Entity, EventKind, Journal, Reason},
    lanes::{Lanes, Mask},
    policy::book_sale,
    scenario::Due,
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
        defaults::choose(world, today, lane, id, unpaid);
    }
}
