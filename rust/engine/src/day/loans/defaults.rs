//! A loan that stays unpaid: what its lender chooses, how a default reaches other loans and the miner. Model: docs/model/loans.md, docs/model/lenders.md

use super::{charge_late, end_discount, offer_free};
use crate::{
    agenda::Task,
    book::{Recourse, Security},
    day::{Today, collateral, deliveries, hedges, miners, rescue, responses::renegotiation},
    ids::{FleetId, LoanId, MinerId},
    journal::{Entity, EventKind, Journal},
    policy::book_sale,
    world::{LoanState, World},
};

/// What the lender of a loan that stays unpaid does: wait once, take the machines for the debt, or seize. Model: docs/model/lenders.md
pub(super) fn choose<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, unpaid: f64) {
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
pub(in crate::day) fn leave<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, owed: f64) {
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
pub(in crate::day) fn default<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
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
pub(in crate::day) fn default_miner<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId) {
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
