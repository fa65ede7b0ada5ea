//! A lender short of equity stops lending, then recalls. Model: docs/model/lenders.md

use super::{assets, failure, liabilities};
use crate::{
    day::Today,
    ids::LenderId,
    journal::{Account, Entity, EventKind, Journal},
    lanes::{Lanes, Mask},
    world::World,
};

/// Where equity is below a share of assets; nowhere without assets.
#[inline(always)]
pub fn is_short(assets: Lanes, liabilities: Lanes, share: f64) -> Mask {
    assets.gt(Lanes::ZERO) & (assets - liabilities).lt(share * assets)
}

/// Takes the steps of the day, for tomorrow.
#[inline(always)]
pub(super) fn step<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for (index, lender) in today.book.lenders.iter().enumerate() {
        if lender.stop_equity_share == 0.0 && today.scenario.channels.solvency {
            continue; // tighten_equity_share is 0 too, and whose equity is negative has failed
        }
        let id = LenderId::at(index);
        let state = &mut world.lenders[index];
        let alive = !state.failed;
        let assets = assets(state, world.ledger.cash(Account::Lender(id)));
        let liabilities = liabilities(state);
        let stopped = alive & is_short(assets, liabilities, lender.stop_equity_share);
        world.ledger.journal.events(stopped & !state.stopped, EventKind::LendingStopped, Entity::Lender(id));
        world.ledger.journal.events(state.stopped & !stopped & alive, EventKind::LendingResumed, Entity::Lender(id));
        state.stopped = stopped | (state.stopped & !alive);
        let tightens = alive & !state.tightened & is_short(assets, liabilities, lender.tighten_equity_share);
        state.tightened = state.tightened | tightens;
        for lane in tightens.lanes() {
            world.ledger.journal.event(lane, EventKind::LenderTightened, Entity::Lender(id), 0.0);
            failure::call_loans(world, today, lane, id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lender_is_short_below_a_share_of_its_assets() {
        for (assets, liabilities, share, short) in [
            (100.0, 90.0, 0.1, false),
            (100.0, 91.0, 0.1, true),
            (100.0, 120.0, 0.0, true),
            (0.0, 5.0, 0.1, false),
            (-3.0, 5.0, 0.1, false),
        ] {
            assert_eq!(is_short(Lanes::splat(assets), Lanes::splat(liabilities), share).get(0), short, "{assets} {liabilities}");
        }
    }
}
