//! Which machines run: switching by realised margin, curtailment, and what they earn and burn. Model: docs/model/fleet.md

use super::{
    Today,
    power::{self, FleetDay},
};
use crate::{
    book::Miner,
    ids::FleetId,
    journal::{Account, Entity, EventKind, Journal},
    lanes::{Lanes, Mask},
    ledger::Ledger,
    policy::switching::{self, RestByPath, Seen, Spans},
    world::{MinerState, Switch, World},
};

/// Switches fleet rows and sums what they run and burn, of the miners whose rest ended: by a contract, by machines, by the miner's own end, or
/// because a switch may turn. The journal is told of every row.
#[inline(always)]
pub(super) fn switch<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for miner in world.ledger.take_moved() {
        world.miners[miner.index()].rest.end();
    }
    for miner in &today.power.changed {
        world.miners[miner.index()].rest.end();
    }
    let mut online = world.network.online_ths;
    let mut running_total = Lanes::ZERO;
    let mut power_total = Lanes::ZERO;
    let mut any_moved = false;
    let (miners, spans) = (&today.book.miners, &today.power.spans);
    assert_eq!(miners.len(), spans.len(), "each miner has its spans");
    let miners = miners.iter().zip(&**spans);
    for (state, (miner, spans)) in world.miners.iter_mut().zip(miners) {
        let revenue = world.network.recent.seen(*spans, miner.after_fee);
        if J::ON || !state.rest.holds(&revenue, today.day as f64) {
            let moved = state.rest.ended();
            let flipped = switch_rows(state, miner, &mut world.ledger, &mut world.fleet, (&revenue, *spans), today);
            if moved || flipped {
                add_up(state, miner, &world.ledger, &world.fleet, (&world.boxed, &world.sold_slots), today);
            }
            any_moved |= moved;
        }
        running_total += state.running_ths;
        power_total += state.power_cents;
        online += state.running_ths;
    }
    world.network.online_ths = online;
    world.tally.running_ths = running_total;
    world.tally.power_cents = power_total;
    if any_moved {
        world.tally.potential_ths = world.miners.iter().fold(Lanes::ZERO, |sum, state| sum + state.potential_ths);
        world.tally.installed_ths = world.miners.iter().fold(Lanes::ZERO, |sum, state| sum + state.installed_ths);
    }
}

/// The same where contract prices differ between paths: every row is looked at every day.
#[cold]
#[inline(never)]
pub(super) fn switch_by_path<J: Journal>(world: &mut World<J>, today: &Today<'_>, factor: Lanes) {
    world.ledger.take_moved().for_each(drop);
    power::switch_fleets(world, today, factor, |world, row, [flipped, sold_back, operating]| {
        if J::ON {
            tell(&mut world.ledger, &world.fleet[row], row, flipped, sold_back, operating);
        }
    });
}

/// Switches a miner's rows and finds where they rest from now on; returns whether any flipped on any path.
#[inline(always)]
fn switch_rows<J: Journal>(
    state: &mut MinerState,
    miner: &Miner,
    ledger: &mut Ledger<J>,
    fleet: &mut [Switch],
    (revenue, spans): (&Seen, Spans),
    today: &Today<'_>,
) -> bool {
    let operating = state.operating.mask();
    let mut rest = RestByPath::FOREVER;
    let mut any_flipped = Mask::NONE;
    for row in miner.fleet.clone() {
        let thresholds = &today.power.contracts.switching[row];
        let flipped = switching::switch(&mut fleet[row], revenue, spans, thresholds, today.day as f64);
        any_flipped = any_flipped | flipped;
        rest = rest.and(&fleet[row], thresholds, operating);
        if J::ON {
            let sold_back = today.power.contracts.rows[row].curtailed_cents_per_ths.is_some();
            tell(ledger, &fleet[row], row, flipped, if sold_back { Mask::ALL } else { Mask::NONE }, operating);
        }
    }
    state.rest = rest.into();
    any_flipped.any()
}

/// A miner's sums over its rows.
#[inline(always)]
fn add_up<J: Journal>(
    state: &mut MinerState,
    miner: &Miner,
    ledger: &Ledger<J>,
    fleet: &[Switch],
    held: (&[Lanes], &[Lanes]),
    today: &Today<'_>,
) {
    let operating = state.operating.mask();
    let (mut running_ths, mut potential_ths, mut installed_ths) = (Lanes::ZERO, Lanes::ZERO, Lanes::ZERO);
    let (mut energy_cents, mut credit_cents, mut demand_cents) = (Lanes::ZERO, Lanes::ZERO, Lanes::ZERO);
    for row in miner.fleet.clone() {
        let at = &today.power.contracts.rows[row];
        let can_run = can_run(ledger, held, row, at, operating);
        let potential = can_run * at.ths;
        let would_run = potential.only(fleet[row].on);
        potential_ths += potential;
        installed_ths += can_run * at.installed_ths;
        demand_cents += can_run * at.demand_cents_per_machine;
        if let Some(credit) = at.curtailed_cents_per_ths {
            credit_cents += would_run * credit;
        } else {
            running_ths += would_run;
            energy_cents += would_run * at.cost_cents_per_ths;
        }
    }
    state.running_ths = running_ths;
    state.potential_ths = potential_ths;
    state.installed_ths = installed_ths;
    state.power_cents = energy_cents.round() - credit_cents.round() + demand_cents.round();
}

/// Machines a row can run: those that are deployed and have a slot. Machines `boxed` and slots `sold` by row; empty where there are none.
#[inline(always)]
pub(super) fn can_run<J: Journal>(
    ledger: &Ledger<J>,
    (boxed, sold): (&[Lanes], &[Lanes]),
    row: usize,
    at: &FleetDay,
    operating: Mask,
) -> Lanes {
    let machines = ledger.machines(Account::Fleet(FleetId::at(row)));
    let deployed = if let Some(boxed) = boxed.get(row) { (machines - *boxed).max(Lanes::ZERO) } else { machines };
    let slots = Lanes::splat(at.slots);
    let slots = if let Some(sold) = sold.get(row) { (slots - *sold).max(Lanes::ZERO) } else { slots };
    deployed.min(slots).only(operating)
}

/// Events of a row of an operating miner that still has machines.
fn tell<J: Journal>(ledger: &mut Ledger<J>, switch: &Switch, row: usize, flipped: Mask, sold_back: Mask, operating: Mask) {
    let id = FleetId::at(row);
    let present = operating & ledger.machines(Account::Fleet(id)).gt(Lanes::ZERO);
    ledger.journal.events(flipped & !switch.on & present, EventKind::Shutdown, Entity::Fleet(id));
    ledger.journal.events(flipped & switch.on & present, EventKind::Restart, Entity::Fleet(id));
    ledger.journal.events(sold_back & switch.on & present, EventKind::Curtailment, Entity::Fleet(id));
}
