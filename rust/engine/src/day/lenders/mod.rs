//! Balance sheets under shocks: runs, funding, seized machines, failure and what it sets off. Model: docs/model/lenders.md

mod books;
pub(super) mod consign;
mod failure;
mod funding;
mod ladder;
mod lines;
mod lots;
mod sell_back;
mod survival;

pub use survival::opening as survival_at_start;

use super::Today;
use crate::{
    ids::LenderId,
    journal::{Entity, EventKind, Journal, Reason},
    lanes::Lanes,
    scenario::Shock,
    world::{LenderState, World},
};

/// Shocks, runs, funding, the sale of failed books, lots, solvency, and the steps for tomorrow.
#[inline(always)]
pub(super) fn act<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for event in &today.scenario.lender_events[today.day] {
        for lane in (!world.lenders[event.lender.index()].failed).lanes() {
            suffer(world, today, lane, event.lender, event.shock);
        }
    }
    if today.scenario.channels.confidence {
        funding::run(world, today);
    }
    if today.scenario.first_of_month[today.day] {
        funding::pay(world, today);
    }
    books::sell(world, today);
    if !world.offers.held.is_empty() {
        lots::dispose(world, today);
    }
    failure::fail_and_clear(world, today);
    if today.scenario.channels.tightening {
        ladder::step(world, today);
    }
    if today.day == 0 || today.scenario.first_of_month[today.day] {
        survival::measure(world, today);
    }
}

/// What a lender has (cents).
#[inline(always)]
pub fn assets(state: &LenderState, cash: Lanes) -> Lanes {
    cash + state.book + state.carry + state.other_assets + state.claims
}

/// What it owes (cents).
#[inline(always)]
pub fn liabilities(state: &LenderState) -> Lanes {
    state.funding + state.owed
}

/// Assets less liabilities (cents).
#[inline(always)]
pub fn equity(state: &LenderState, cash: Lanes) -> Lanes {
    assets(state, cash) - liabilities(state)
}

#[cold]
fn suffer<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LenderId, shock: Shock) {
    match shock {
        Shock::Fail => failure::fail(world, today, lane, id),
        Shock::Loss(cents) => {
            world.lenders[id.index()].other_assets[lane] -= cents;
            world.ledger.journal.event(lane, EventKind::LenderLoss, Entity::Lender(id), cents);
        }
        Shock::Withdrawal(cents) => {
            let paid = funding::withdraw(world, today, lane, id, cents, Reason::Withdrawal);
            let state = &mut world.lenders[id.index()];
            state.demand[lane] = (state.demand[lane] - paid).max(0.0);
            world.ledger.journal.event(lane, EventKind::LenderWithdrawal, Entity::Lender(id), paid);
            if paid < cents {
                failure::fail(world, today, lane, id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_count_as_assets_and_debts_to_peers_as_liabilities() {
        let lanes = Lanes::splat;
        let none = crate::lanes::Mask::NONE;
        let state = LenderState {
            book: lanes(500.0),
            carry: lanes(50.0),
            other_assets: lanes(-20.0),
            funding: lanes(600.0),
            demand: lanes(100.0),
            claims: lanes(30.0),
            owed: lanes(25.0),
            sale_loss: lanes(0.0),
            survival: lanes(0.0),
            stopped: none,
            tightened: none,
            failed: none,
            failed_day: lanes(-1.0),
        };
        assert_eq!((assets(&state, lanes(100.0))[0], equity(&state, lanes(100.0))[0]), (660.0, 35.0));
    }
}
