//! Seized machines in the hands of a broker. Nothing here runs unless a policy consigns. Model: docs/model/consignment.md

use super::lots::recover;
use crate::{
    agenda::Task,
    day::Today,
    ids::{LenderId, LoanId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::{Lanes, Mask},
    scenario::Action,
    units,
    world::World,
};

/// What the broker sells of a lender's lot today, on the paths on which its policy consigns; `ratio` is clearing price to index.
#[cold]
#[inline(never)]
pub(super) fn sell<J: Journal>(world: &mut World<J>, today: &Today<'_>, (id, lender): (LoanId, LenderId), paths: Mask, ratio: Lanes) {
    let model = today.book.lot_model(id);
    let policy = &today.scenario.policies[lender.index()];
    for lane in paths.lanes() {
        let Some(Action::Consign(terms)) = policy.action(ratio[lane]) else { continue };
        let left = world.ledger.machines(Account::Lot(id))[lane];
        let consigned = &mut world.consigned_index[id.index()][lane];
        if *consigned == 0.0 {
            *consigned = world.asics.index[model.tier][lane];
            world.ledger.journal.event(lane, EventKind::Consignment, Entity::Loan(id), left);
        }
        let clearing = world.asics.clearing[model.tier][lane];
        let machines = terms.sells(left, world.loans[id.index()].lot_initial[lane], clearing, *consigned);
        if machines == 0.0 {
            continue;
        }
        let cents = terms.proceeds(machines, model.hashrate_ths, clearing);
        world.ledger.move_machines_one(lane, Account::Lot(id), Outside, machines, Reason::MachineSale);
        world.ledger.journal.event(lane, EventKind::MachineSale, Entity::Loan(id), machines);
        let state = &world.loans[id.index()];
        let paid = cents.min(state.ead[lane] - state.recovered[lane]);
        recover(world, lane, (id, lender), paid, (machines, left));
        world.lenders[lender.index()].carry[lane] += paid;
        if today.scenario.channels.fire_sales {
            world.asics.overhang[model.tier][lane] += machines * model.hashrate_ths;
        }
        if cents > 0.0 {
            let settlement = Task::Settlement(id, units::whole(paid), units::whole(cents - paid));
            world.agenda.put(today.day + terms.settle_days, settlement, lane);
        }
    }
}

/// The broker pays: the lender its part, what is beyond the claim to the miner.
pub(in crate::day) fn settle<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, paid: f64, rest: f64) {
    let (borrower, lender) = (today.book.loans[id.index()].miner, world.loans[id.index()].holder[lane]);
    world.ledger.pay_one(lane, Outside, Account::Lender(lender), paid, Reason::MachineProceeds);
    world.ledger.pay_one(lane, Outside, Account::Miner(borrower), rest, Reason::MachineSurplus);
    world.lenders[lender.index()].carry[lane] -= paid;
}
