//! Which machines run: switching by realised margin, curtailment, and what they earn and burn. Model: docs/model/fleet.md

use super::Today;
use crate::{
    ids::FleetId,
    journal::{Account, Entity, EventKind, Journal},
    lanes::{Lanes, Mask},
    policy::switching,
    world::World,
};

/// Switches every fleet row and sums hashrate and energy by miner.
#[inline(always)]
pub(super) fn switch<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let revenue_usd_per_ths = world.network.revenue_usd_per_ths;
    let mut online = world.network.online_ths;
    let (mut running_total, mut potential_total) = (Lanes::ZERO, Lanes::ZERO);
    for (miner, state) in today.book.miners.iter().zip(&mut world.miners) {
        if !state.operating.any() {
            continue; // failed on all eight paths: nothing runs, and its switches move nothing any more
        }
        let revenue = revenue_usd_per_ths * (1.0 - miner.pool_fee);
        let (mut running_ths, mut energy_cents, mut credit_cents, mut potential_ths) = (Lanes::ZERO, Lanes::ZERO, Lanes::ZERO, Lanes::ZERO);
        for row in miner.fleet.clone() {
            let (at, id) = (&today.power[row], FleetId::at(row));
            let switch = &mut world.fleet[row];
            let flipped = switching::switch(switch, revenue, &at.switching);
            let machines = world.ledger.machines(Account::Fleet(id));
            let potential = (machines * at.ths).only(state.operating);
            let would_run = potential.only(switch.on);
            potential_ths += potential;
            if let Some(credit) = at.curtailed_cents_per_ths {
                credit_cents += would_run * credit;
            } else {
                running_ths += would_run;
                energy_cents += would_run * at.cost_cents_per_ths;
                online += would_run;
            }
            if J::ON {
                let present = state.operating & machines.gt(Lanes::ZERO);
                let curtailed = if at.curtailed_cents_per_ths.is_some() { switch.on & present } else { Mask::NONE };
                let journal = &mut world.ledger.journal;
                journal.events(flipped & !switch.on & present, EventKind::Shutdown, Entity::Fleet(id));
                journal.events(flipped & switch.on & present, EventKind::Restart, Entity::Fleet(id));
                journal.events(curtailed, EventKind::Curtailment, Entity::Fleet(id));
            }
        }
        running_total += running_ths;
        potential_total += potential_ths;
        state.running_ths = running_ths;
        state.energy_cents = energy_cents;
        state.credit_cents = credit_cents;
    }
    world.network.online_ths = online;
    world.tally.running_ths = running_total;
    world.tally.potential_ths = potential_total;
}
