//! Solvency, failure and what it sets off: calls, coins lost upstream, claims marked down.
//! Model: docs/model/lenders.md, docs/model/exposures.md

use super::equity;
use crate::{
    agenda::Task,
    book::Security,
    day::Today,
    ids::{ExposureId, LenderId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::{Lanes, Mask},
    policy::{
        clearing::{self, Claim, Debtor},
        estate,
    },
    units,
    world::World,
};

/// Lenders without equity fail; claims on those that failed are marked down, which may fail more: until nobody does.
#[inline(always)]
pub(super) fn fail_and_clear<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let channels = &today.scenario.channels;
    let clears = channels.exposures && !today.book.exposures.is_empty();
    let now = Lanes::splat(today.day as f64);
    let mut pending = Mask::NONE;
    if clears {
        for lender in &world.lenders {
            pending = pending | lender.failed_day.eq(now);
        }
    }
    loop {
        if channels.solvency {
            pending = pending | fail_insolvent(world, today);
        }
        if !clears || !pending.any() {
            return;
        }
        for lane in pending.lanes() {
            clear(world, today, lane);
        }
        pending = Mask::NONE;
    }
}

#[inline(always)]
fn fail_insolvent<J: Journal>(world: &mut World<J>, today: &Today<'_>) -> Mask {
    let mut any = Mask::NONE;
    for index in 0..world.lenders.len() {
        let id = LenderId::at(index);
        let state = &world.lenders[index];
        let insolvent = !state.failed & equity(state, world.ledger.cash(Account::Lender(id))).lt(Lanes::ZERO);
        any = any | insolvent;
        for lane in insolvent.lanes() {
            fail(world, today, lane, id);
        }
    }
    any
}

/// A lender fails once: coins pledged on are gone, its coin-backed and unsecured loans are called; its lots will be dumped.
#[cold]
#[inline(never)]
pub(super) fn fail<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LenderId) {
    let state = &mut world.lenders[id.index()];
    if state.failed.get(lane) {
        return;
    }
    state.failed.set(lane, true);
    state.failed_day[lane] = today.day as f64;
    world.tally.lenders_failed[lane] += 1.0;
    world.ledger.journal.event(lane, EventKind::LenderFailure, Entity::Lender(id), 0.0);
    lose_pledges(world, today, lane, id);
    if today.scenario.channels.lender_calls {
        call_loans(world, today, lane, id);
    }
}

/// Coins a lender had pledged on are lost with it; the borrower still owes.
fn lose_pledges<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LenderId) {
    let lender = &today.book.lenders[id.index()];
    for &loan in &lender.loans {
        if matches!(today.book.loans[loan.index()].security, Security::Btc(_)) && world.loans[loan.index()].open.get(lane) {
            let lost = units::round(world.ledger.pledge(loan)[lane] * lender.rehypothecated_share);
            if lost > 0.0 {
                world.ledger.move_coins_one(lane, Account::Pledge(loan), Outside, lost, Reason::Rehypothecation);
                world.ledger.journal.event(lane, EventKind::CollateralLost, Entity::Loan(loan), lost);
            }
        }
    }
}

/// Notice on the open loans that are not secured by machines; those are never sold, so that the book says whose they are.
pub(super) fn call_loans<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LenderId) {
    let lender = &today.book.lenders[id.index()];
    for &loan in &lender.loans {
        let secured_by_machines = matches!(today.book.loans[loan.index()].security, Security::Machines { .. });
        if !secured_by_machines && world.loans[loan.index()].open.get(lane) {
            world.agenda.put(today.day + lender.call_notice_days, Task::Called(loan), lane);
        }
    }
}

/// Marks claims on the lenders of one path that have failed, by the clearing of docs/model/exposures.md.
#[cold]
#[inline(never)]
fn clear<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize) {
    let book = today.book;
    let failed: Vec<LenderId> = (0..book.lenders.len()).map(LenderId::at).filter(|id| world.lenders[id.index()].failed.get(lane)).collect();
    let place = |id: LenderId| failed.iter().position(|other| *other == id);
    let debtors: Vec<Debtor> = failed
        .iter()
        .map(|id| {
            let (lender, state) = (&book.lenders[id.index()], &world.lenders[id.index()]);
            let sheet = world.ledger.cash(Account::Lender(*id))[lane] + state.book[lane] + state.carry[lane] + state.other_assets[lane];
            let deposits = state.funding[lane].max(0.0);
            Debtor { own: sheet.max(0.0), deposits, owed: state.owed[lane], cost: lender.bankruptcy_cost_share }
        })
        .collect();
    let rows = book.exposures.iter().zip(&world.claimed);
    let claims: Vec<Claim> =
        rows.map(|(row, cents)| Claim { creditor: place(row.creditor), debtor: place(row.debtor), cents: cents[lane] }).collect();
    let pays = clearing::pays(&debtors, &claims);
    for (index, (debtor, pays)) in debtors.iter().zip(&pays).enumerate() {
        let rows: Vec<usize> = (0..claims.len()).filter(|row| claims[*row].debtor == Some(index)).collect();
        let mut owed = vec![debtor.deposits];
        owed.extend(rows.iter().map(|row| claims[*row].cents));
        let shares = estate::split(*pays, &owed);
        for (row, share) in rows.iter().zip(&shares[1..]) {
            mark(world, today, lane, ExposureId::at(*row), *share);
        }
    }
}

/// A claim is worth this much from now on.
fn mark<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: ExposureId, cents: f64) {
    let creditor = today.book.exposures[id.index()].creditor;
    let lost = world.marks[id.index()][lane] - cents;
    world.marks[id.index()][lane] = cents;
    world.lenders[creditor.index()].claims[lane] -= lost;
    if lost > 0.0 {
        world.ledger.journal.event(lane, EventKind::ExposureLoss, Entity::Lender(creditor), lost);
    }
}
