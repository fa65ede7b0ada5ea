//! Sites: hosts that fail and release machines, works that begin and end. Touched only on the days of its calendar. Model: docs/model/sites.md

use super::{Today, hedges, loans};
use crate::{
    ids::{FleetId, MinerId, WorkId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::{Lanes, Mask},
    scenario::sites::Release,
    world::World,
};

/// The day's calendar.
#[inline(never)]
pub(super) fn visit<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let calendar = &today.scenario.sites.days[today.day];
    for &fleet in &calendar.failures {
        tell_machines(world, fleet, EventKind::HostFailure);
    }
    for release in &calendar.releases {
        tell_machines(world, release.fleet, EventKind::LienRelease);
        for lane in present(world, release.fleet).lanes() {
            let_go(world, today, lane, release);
        }
    }
    for &work in &calendar.begun {
        for lane in operating(world, today, work).lanes() {
            begin(world, today, lane, work);
        }
    }
    for &(work, slots) in &calendar.done {
        let entity = Entity::Fleet(today.book.works[work.index()].fleet);
        for lane in operating(world, today, work).lanes() {
            world.ledger.journal.event(lane, EventKind::WorksDone, entity, slots);
        }
    }
}

/// Paths on which a row has machines.
fn present<J: Journal>(world: &World<J>, fleet: FleetId) -> Mask {
    world.ledger.machines(Account::Fleet(fleet)).gt(Lanes::ZERO)
}

/// Paths on which the miner of a work operates.
fn operating<J: Journal>(world: &World<J>, today: &Today<'_>, work: WorkId) -> Mask {
    world.miners[miner_of(today, today.book.works[work.index()].fleet).index()].operating.mask()
}

fn miner_of(today: &Today<'_>, fleet: FleetId) -> MinerId {
    today.book.fleet[fleet.index()].miner
}

fn tell_machines<J: Journal>(world: &mut World<J>, fleet: FleetId, kind: EventKind) {
    let machines = world.ledger.machines(Account::Fleet(fleet));
    for lane in present(world, fleet).lanes() {
        world.ledger.journal.event(lane, kind, Entity::Fleet(fleet), machines[lane]);
    }
}

/// Machines are released: their owner pays for it, or its estate offers them.
#[cold]
#[inline(never)]
fn let_go<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, release: &Release) {
    let miner = miner_of(today, release.fleet);
    let machines = world.ledger.machines(Account::Fleet(release.fleet))[lane];
    if world.miners[miner.index()].operating.get(lane) {
        owe(world, today, lane, miner, machines * release.fee_cents, Reason::LienFee);
        owe(world, today, lane, miner, release.lost_cents, Reason::HostDeposit);
    } else {
        loans::offer_free(world, today, lane, miner, release.fleet);
    }
}

#[cold]
#[inline(never)]
fn begin<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: WorkId) {
    let work = &today.book.works[id.index()];
    world.ledger.journal.event(lane, EventKind::WorksBegun, Entity::Fleet(work.fleet), work.capex_cents);
    owe(world, today, lane, miner_of(today, work.fleet), work.capex_cents, Reason::Works);
}

fn owe<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId, cents: f64, reason: Reason) {
    if cents > 0.0 {
        hedges::charge(world, today, lane, id, Outside, cents, reason);
    }
}
