//! Seized machines offered to the miner that lost them. Nothing here runs unless a policy sells back. Model: docs/model/lenders.md#sold-back

use super::lots::recover;
use crate::{
    book::Security,
    day::{
        Today, power, rescue,
        responses::{burn, slots, spare_cash},
    },
    ids::{LenderId, LoanId, MinerId},
    journal::{Account, Entity, EventKind, Journal, Reason},
    lanes::{Lanes, Mask},
    policy::sell_back::{self, Offer},
    scenario::Action,
    world::World,
};

/// What the miner takes back of a lender's lot today, on the paths on which its policy offers it; `ratio` is clearing price to index.
#[cold]
#[inline(never)]
pub(super) fn sell<J: Journal>(world: &mut World<J>, today: &Today<'_>, (id, lender): (LoanId, LenderId), paths: Mask, ratio: Lanes) {
    let loan = &today.book.loans[id.index()];
    let Security::Machines { fleet, .. } = loan.security else { return };
    let policy = &today.scenario.policies[lender.index()];
    for lane in paths.lanes() {
        let Some(Action::SellBack(days)) = policy.action(ratio[lane]) else { continue };
        let left = world.ledger.machines(Account::Lot(id))[lane];
        let offer = offer(world, today, lane, id, left, days);
        let machines = offer.taken(spare(world, today, lane, loan.miner));
        if machines == 0.0 {
            continue;
        }
        let price = offer.price(machines);
        world.ledger.move_machines_one(lane, Account::Lot(id), Account::Fleet(fleet), machines, Reason::SellBack);
        world.ledger.pay_one(lane, Account::Miner(loan.miner), Account::Lender(lender), price, Reason::SellBack);
        world.ledger.journal.event(lane, EventKind::SellBack, Entity::Loan(id), machines);
        recover(world, lane, (id, lender), price, (machines, left));
    }
}

fn spare<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, miner: MinerId) -> f64 {
    let past_due = rescue::past_due(world, today, lane, miner);
    let burn = burn(world, today, lane, miner);
    sell_back::spare(spare_cash(world, lane, miner), past_due, today.book.miners[miner.index()].runway_low_days, burn)
}

/// Machines the miner wants of `left` and has room for: none unless it operates and they earn their price within `days`.
fn offer<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, id: LoanId, left: f64, days: f64) -> Offer {
    let loan = &today.book.loans[id.index()];
    let (model, state) = (today.book.lot_model(id), &world.loans[id.index()]);
    let quick_usd_per_th = world.asics.quick[model.tier][lane];
    let wanted = match loan.security {
        Security::Machines { fleet, .. } if world.miners[loan.miner.index()].operating.get(lane) => {
            let cost = power::cost_cents_per_ths(today, fleet.index(), lane);
            let after_fee = today.book.miners[loan.miner.index()].after_fee;
            let earns = sell_back::earns(world.network.revenue_usd_per_ths[lane], after_fee, cost);
            if sell_back::pays_back(quick_usd_per_th * 100.0, earns, days) { slots::empty(world, today, lane, fleet, left) } else { 0.0 }
        }
        _ => 0.0,
    };
    Offer {
        machines: wanted,
        unit_cents: model.hashrate_ths * quick_usd_per_th * 100.0,
        claim_cents: state.ead[lane] - state.recovered[lane],
    }
}
