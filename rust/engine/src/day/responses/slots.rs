//! Slots that stand empty, and those sold for good. Model: docs/model/responses.md#slots

use super::Today;
use crate::{
    book::responding::Part,
    ids::{FleetId, MinerId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    world::World,
};

/// Slots of a row left after `sold`, less those its machines and those on order need, at most `wanted`.
pub fn empty_slots(slots: f64, sold: f64, present: f64, coming: f64, wanted: f64) -> f64 {
    (slots - sold - present - coming).max(0.0).min(wanted)
}

/// A miner sells slots of a row, at so many cents each; returns whether it had any.
pub(super) fn sell<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, miner: MinerId, part: Part, unit_cents: f64) -> bool {
    let number = empty(world, today, lane, part.fleet, part.machines);
    if number > 0.0 {
        world.ledger.journal.event(lane, EventKind::SlotSale, Entity::Fleet(part.fleet), number);
        world.ledger.pay_one(lane, Outside, Account::Miner(miner), number * unit_cents, Reason::SlotSale);
        world.sold_slots[part.fleet.index()][lane] += number;
    }
    number > 0.0
}

/// Slots of a row that stand empty today, at most `wanted`.
pub(in crate::day) fn empty<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, fleet: FleetId, wanted: f64) -> f64 {
    let row = fleet.index();
    let slots = today.scenario.sites.row(row).slots(&today.scenario.slots[row], today.day);
    let sold = world.sold_slots.get(row).map_or(0.0, |sold| sold[lane]);
    let present = world.ledger.machines(Account::Fleet(fleet))[lane];
    empty_slots(slots, sold, present, coming(world, today, lane, fleet), wanted)
}

/// Machines for a row that were ordered and are not delivered.
fn coming<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, fleet: FleetId) -> f64 {
    let orders = today.book.orders.iter().zip(&world.orders);
    let open = orders.filter(|(order, state)| order.fleet == fleet && state.open.get(lane));
    open.fold(0.0, |sum, (order, _)| sum + order.machines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slots_that_nothing_needs_are_empty() {
        for (slots, sold, present, coming, wanted, expected) in [
            (100.0, 0.0, 60.0, 0.0, f64::INFINITY, 40.0),
            (100.0, 10.0, 60.0, 5.0, f64::INFINITY, 25.0),
            (100.0, 10.0, 60.0, 5.0, 20.0, 20.0),
            (100.0, 30.0, 60.0, 50.0, 20.0, 0.0),
            (0.0, 0.0, 60.0, 0.0, f64::INFINITY, 0.0),
        ] {
            assert_eq!(empty_slots(slots, sold, present, coming, wanted), expected);
        }
    }
}
