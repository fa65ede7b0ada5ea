//! Which machines run: switching by realised margin, curtailment, and what they earn and burn. Model: docs/model/fleet.md

use super::Today;
use crate::{
    book::Miner,
    ids::{FleetId, MinerId},
    journal::{Account, Entity, EventKind, Journal},
    lanes::{Lanes, Mask},
    ledger::Ledger,
    policy::switching,
    world::{MinerState, Switch, World},
};

/// Switches every fleet row; sums a miner's hashrate and energy again when something moved: a switch, a contract, machines, the miner itself.
#[inline(always)]
pub(super) fn switch<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let revenue_usd_per_ths = world.network.revenue_usd_per_ths;
    let mut online = world.network.online_ths;
    let (mut running_total, mut potential_total) = (Lanes::ZERO, Lanes::ZERO);
    for (index, (miner, state)) in today.book.miners.iter().zip(&mut world.miners).enumerate() {
        if !state.operating.any() {
            continue; // failed on all eight paths: nothing runs, and its switches move nothing any more
        }
        let revenue = revenue_usd_per_ths * (1.0 - miner.pool_fee);
        let mut moved = today.power.changed[index] | world.ledger.take_moved(MinerId::at(index)) | std::mem::take(&mut state.stopped);
        for row in miner.fleet.clone() {
            let flipped = switching::switch(&mut world.fleet[row], revenue, &today.power.switching[row]);
            moved |= flipped.any();
            if J::ON {
                tell(&mut world.ledger, &world.fleet[row], today, row, flipped, state.operating);
            }
        }
        if moved {
            add_up(state, miner, &world.ledger, &world.fleet, today);
        }
        running_total += state.running_ths;
        potential_total += state.potential_ths;
        online += state.running_ths;
    }
    world.network.online_ths = online;
    world.tally.running_ths = running_total;
    world.tally.potential_ths = potential_total;
}

/// A miner's sums over its rows.
#[inline(always)]
fn add_up<J: Journal>(state: &mut MinerState, miner: &Miner, ledger: &Ledger<J>, fleet: &[Switch], today: &Today<'_>) {
    let (mut running_ths, mut potential_ths) = (Lanes::ZERO, Lanes::ZERO);
    let (mut energy_cents, mut credit_cents) = (Lanes::ZERO, Lanes::ZERO);
    for row in miner.fleet.clone() {
        let at = &today.power.rows[row];
        let potential = (ledger.machines(Account::Fleet(FleetId::at(row))) * at.ths).only(state.operating);
        let would_run = potential.only(fleet[row].on);
        potential_ths += potential;
        if let Some(credit) = at.curtailed_cents_per_ths {
            credit_cents += would_run * credit;
        } else {
            running_ths += would_run;
            energy_cents += would_run * at.cost_cents_per_ths;
        }
    }
    state.running_ths = running_ths;
    state.potential_ths = potential_ths;
    state.energy_cents = energy_cents;
    state.credit_cents = credit_cents;
}

/// Events of a row of an operating miner that still has machines.
fn tell<J: Journal>(ledger: &mut Ledger<J>, switch: &Switch, today: &Today<'_>, row: usize, flipped: Mask, operating: Mask) {
    let id = FleetId::at(row);
    let present = operating & ledger.machines(Account::Fleet(id)).gt(Lanes::ZERO);
    let curtailed = if today.power.rows[row].curtailed_cents_per_ths.is_some() { switch.on & present } else { Mask::NONE };
    ledger.journal.events(flipped & !switch.on & present, EventKind::Shutdown, Entity::Fleet(id));
    ledger.journal.events(flipped & switch.on & present, EventKind::Restart, Entity::Fleet(id));
    ledger.journal.events(curtailed, EventKind::Curtailment, Entity::Fleet(id));
}
