//! Seized machines in the hands of a broker. Nothing here runs unless a policy consigns. Model: docs/model/consignment.md

use crate::{
    agenda::Task,
    day::Today,
    ids::LoanId,
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::{Lanes, Mask},
    scenario::Action,
    units,
    world::World,
};

/// What the broker sells of a lot today, on the paths on which its lender's policy consigns; `ratio` is clearing price to index.
#[cold]
#[inline(never)]
pub(super) fn sell<J: Journal>(world: &mut World<J>, today: &Today<'_>, id: LoanId, paths: Mask, ratio: Lanes) {
    let loan = &today.book.loans[id.index()];
    let model = today.book.lot_model(id);
    let rules = &today.scenario.policies[loan.lender.index()].rules;
    for lane in paths.lanes() {
        let decides = rules.iter().find(|rule| ratio[lane] <= rule.max_clearing_to_index);
        let Some(Action::Consign(terms)) = decides.map(|rule| rule.action) else { continue };
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
        let state = &mut world.loans[id.index()];
        let claim = state.ead[lane] - state.recovered[lane];
        let paid = cents.min(claim);
        state.recovered[lane] += paid;
        let carry = units::round(state.carry[lane] * ((left - machines) / left)).min(claim - paid);
        world.lenders[loan.lender.index()].carry[lane] += (carry - state.carry[lane]) + paid;
        state.carry[lane] = carry;
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
    let loan = &today.book.loans[id.index()];
    world.ledger.pay_one(lane, Outside, Account::Lender(loan.lender), paid, Reason::MachineProceeds);
    world.ledger.pay_one(lane, Outside, Account::Miner(loan.miner), rest, Reason::MachineSurplus);
    world.lenders[loan.lender.index()].carry[lane] -= paid;
}
