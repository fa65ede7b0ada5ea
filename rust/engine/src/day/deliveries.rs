//! Purchase orders: instalments, what a missed one costs, vendor credit, machines that arrive. Touched only on the days of its calendar.
//! Model: docs/model/deliveries.md

use super::{Today, loans, miners, responses};
use crate::{
    agenda::{Stage, Task},
    book::{Instalment, Order, PriceKind, orders},
    ids::{MinerId, OrderId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::{Lanes, Mask},
    scenario::VendorFailure,
    units,
    world::World,
};

/// The day's calendar: vendors that fail, graces that end, instalments, deliveries.
#[inline(never)]
pub(super) fn receive<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let calendar = &today.scenario.orders[today.day];
    for (id, figure_cents) in &calendar.figures {
        let miner = today.book.orders[id.index()].miner;
        let open = world.orders[id.index()].open.mask();
        world.miners[miner.index()].debt_service_per_day += Lanes::splat(*figure_cents).only(open);
    }
    for failure in &calendar.failures {
        fail_vendor(world, today, failure);
    }
    while let Some((task, lane)) = world.agenda.take(today.day, Stage::Deliveries) {
        match task {
            Task::OrderGrace(order) => end_grace(world, today, lane, order),
            Task::Deployment(order) => deploy(world, today, lane, order),
            Task::Arrival(response, machines) => responses::arrive(world, today, lane, response, f64::from(machines)),
            _ => unreachable!("tasks of other stages"),
        }
    }
    for (id, instalment) in &calendar.instalments {
        fall_due(world, today, *id, instalment);
    }
    for id in &calendar.deliveries {
        let state = &world.orders[id.index()];
        for lane in (state.open.mask() & state.arrears.eq(Lanes::ZERO)).lanes() {
            deliver(world, today, lane, *id);
        }
    }
}

/// What is asked for `cents` at the price agreed, when the index says `ratio` of that price.
#[inline(always)]
pub fn asked(price_kind: PriceKind, cents: f64, ratio: Lanes) -> Lanes {
    match price_kind {
        PriceKind::Fixed => Lanes::splat(cents),
        PriceKind::Floating => (cents * ratio).round(),
    }
}

/// What stays with the vendor of what was `paid` when an order lapses (cents).
pub fn forfeited(paid: f64, forfeit_share: f64) -> f64 {
    units::round(paid * forfeit_share)
}

/// What a vendor owes at delivery (cents): the fall of the index below what was paid, where the price is protected, and the coupon.
pub fn owed_at_delivery(order: &Order, paid: f64, index_value: f64) -> (f64, f64) {
    let rebate = if order.price_protection { (paid - index_value).max(0.0) } else { 0.0 };
    (rebate, units::round(paid * order.coupon_share))
}

/// Yesterday's index of the order's machines, cents a machine.
#[inline(always)]
fn index_unit<J: Journal>(world: &World<J>, today: &Today<'_>, order: &Order) -> Lanes {
    let model = today.book.model(order.fleet);
    model.hashrate_ths * world.asics.index[model.tier] * 100.0
}

/// An instalment: together where cash suffices and nothing else is to be looked at, path by path elsewhere.
#[inline(always)]
fn fall_due<J: Journal>(world: &mut World<J>, today: &Today<'_>, id: OrderId, instalment: &Instalment) {
    let order = &today.book.orders[id.index()];
    let unit = index_unit(world, today, order);
    let ratio = unit / order.unit_cents;
    let (state, miner) = (&mut world.orders[id.index()], &world.miners[order.miner.index()]);
    let clean = state.open.mask() & state.arrears.eq(Lanes::ZERO);
    let cancelled = order.cancel_ratio.map_or(Mask::NONE, |cancel_ratio| {
        let still = asked(order.price_kind, instalment.rest_cents, ratio);
        clean & miner.selling.mask() & (order.machines * unit).round().lt(cancel_ratio * still)
    });
    let part = asked(order.price_kind, instalment.part_cents, ratio);
    let (own, credit) = (Account::Miner(order.miner), Account::Credit(order.credit));
    let covered = world.ledger.cash(own).ge(part + miner.owed.max(Lanes::ZERO));
    let in_full = clean & !cancelled & covered & world.ledger.cash(credit).eq(Lanes::ZERO);
    let paid = part.only(in_full);
    world.ledger.pay(own, Outside, paid, Reason::Instalment);
    state.paid += paid;
    for lane in (state.open.mask() & !in_full).lanes() {
        if cancelled.get(lane) {
            cancel(world, today, lane, id);
        } else {
            ask(world, today, lane, id, part[lane]);
        }
    }
}

/// An instalment on one path where cash alone does not do, or the order is in arrears.
#[cold]
#[inline(never)]
fn ask<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: OrderId, part: f64) {
    let state = &mut world.orders[id.index()];
    let in_grace = state.arrears[lane] > 0.0;
    state.arrears[lane] += part;
    if !pay(world, today, lane, id) && !in_grace {
        let (order, state) = (&today.book.orders[id.index()], &mut world.orders[id.index()]);
        state.grace_day[lane] = (today.day + order.grace_days) as f64;
        world.ledger.journal.event(lane, EventKind::MissedInstalment, Entity::Order(id), state.arrears[lane]);
        world.agenda.put(today.day + order.grace_days, Task::OrderGrace(id), lane);
    }
}

/// Pays what is in arrears, from vendor credit first, or nothing at all; returns whether it was paid.
fn pay<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: OrderId) -> bool {
    let order = &today.book.orders[id.index()];
    let (own, credit) = (Account::Miner(order.miner), Account::Credit(order.credit));
    let arrears = world.orders[id.index()].arrears[lane];
    let used = arrears.min(world.ledger.cash(credit)[lane]);
    let from_cash = arrears - used;
    if from_cash > 0.0 {
        let need = from_cash + world.miners[order.miner.index()].owed[lane].max(0.0);
        if world.ledger.cash(own)[lane] < need && within_reach(world, today, lane, order.miner) >= need {
            miners::raise_cash(world, today, lane, order.miner, need, None);
        }
        if world.ledger.cash(own)[lane] < need {
            return false;
        }
    }
    world.ledger.pay_one(lane, credit, Outside, used, Reason::CreditUsed);
    world.ledger.pay_one(lane, own, Outside, from_cash, Reason::Instalment);
    let state = &mut world.orders[id.index()];
    state.paid[lane] += arrears;
    state.arrears[lane] = 0.0;
    if today.scenario.date(today.day) > order.delivery_date {
        deliver(world, today, lane, id);
    }
    true
}

/// Cash and what coins and credit lines would bring today (cents).
fn within_reach<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, id: MinerId) -> f64 {
    let coins = units::round(world.ledger.coins(id)[lane] * world.market.cents_per_sat[lane]);
    let lines = today.book.miners[id.index()].credit_lines.iter();
    let lines = lines.fold(0.0, |sum, line| sum + loans::room(world, today, lane, *line));
    world.ledger.cash(Account::Miner(id))[lane] + coins + lines
}

/// A grace for a missed instalment ends: pay now or lose the order.
#[cold]
#[inline(never)]
fn end_grace<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: OrderId) {
    let state = &world.orders[id.index()];
    let ends = state.open.get(lane) && state.arrears[lane] > 0.0 && state.grace_day[lane] == today.day as f64;
    if ends && !pay(world, today, lane, id) {
        lapse(world, today, lane, id);
    }
}

fn lapse<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: OrderId) {
    let order = &today.book.orders[id.index()];
    close(world, today, lane, id);
    let paid = world.orders[id.index()].paid[lane];
    let kept = forfeited(paid, order.forfeit_share);
    world.ledger.journal.event(lane, EventKind::OrderLapse, Entity::Order(id), kept);
    world.ledger.pay_one(lane, Outside, Account::Credit(order.credit), paid - kept, Reason::VendorCredit);
}

/// A miner that sells its coins gives up an order that is dearer than the index: what was paid becomes credit.
#[cold]
#[inline(never)]
fn cancel<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: OrderId) {
    close(world, today, lane, id);
    let paid = world.orders[id.index()].paid[lane];
    world.ledger.journal.event(lane, EventKind::OrderCancelled, Entity::Order(id), paid);
    let credit = Account::Credit(today.book.orders[id.index()].credit);
    world.ledger.pay_one(lane, Outside, credit, paid, Reason::VendorCredit);
}

/// An order ends without machines: its instalments leave the treasury's plan.
fn close<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: OrderId) {
    let order = &today.book.orders[id.index()];
    world.orders[id.index()].open.set(lane, false);
    let figure_cents = order.figure_after(today.scenario.date(today.day));
    world.miners[order.miner.index()].debt_service_per_day[lane] -= figure_cents;
}

/// Machines arrive, in boxes; the vendor's rebate and coupon come as credit.
#[cold]
#[inline(never)]
fn deliver<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: OrderId) {
    let order = &today.book.orders[id.index()];
    let index_value = units::round(order.machines * index_unit(world, today, order)[lane]);
    world.orders[id.index()].open.set(lane, false);
    world.ledger.move_machines_one(lane, Outside, Account::Fleet(order.fleet), order.machines, Reason::Delivery);
    world.ledger.journal.event(lane, EventKind::Delivery, Entity::Order(id), order.machines);
    let (rebate, coupon) = owed_at_delivery(order, world.orders[id.index()].paid[lane], index_value);
    world.ledger.pay_one(lane, Outside, Account::Credit(order.credit), rebate, Reason::PriceProtection);
    world.ledger.pay_one(lane, Outside, Account::Credit(order.credit), coupon, Reason::Coupon);
    if order.deployment_days > 0 {
        world.boxed[order.fleet.index()][lane] += order.machines;
        world.agenda.put(today.day + order.deployment_days, Task::Deployment(id), lane);
    }
}

/// Machines come out of their boxes.
#[cold]
#[inline(never)]
fn deploy<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: OrderId) {
    let order = &today.book.orders[id.index()];
    world.boxed[order.fleet.index()][lane] -= order.machines;
    world.miners[order.miner.index()].rest.end();
}

/// A vendor fails: its open orders are lost, its credit is worthless.
#[cold]
#[inline(never)]
fn fail_vendor<J: Journal>(world: &mut World<J>, today: &Today<'_>, failure: &VendorFailure) {
    for &id in &failure.orders {
        for lane in world.orders[id.index()].open.mask().lanes() {
            close(world, today, lane, id);
            let paid = world.orders[id.index()].paid[lane];
            world.ledger.journal.event(lane, EventKind::VendorDefault, Entity::Order(id), paid);
        }
    }
    for &credit in &failure.credits {
        let worthless = world.ledger.cash(Account::Credit(credit));
        world.ledger.pay(Account::Credit(credit), Outside, worthless, Reason::Forfeit);
    }
}

/// A miner that defaults loses its open orders and its credit with vendors; its estate gets nothing of either.
pub(super) fn lose_orders<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, miner: MinerId) {
    let (own, credits) = orders::of_miner(&today.book.orders, &today.book.credits, miner);
    for id in own.into_iter().filter(|id| world.orders[id.index()].open.get(lane)).collect::<Vec<_>>() {
        close(world, today, lane, id);
        let paid = world.orders[id.index()].paid[lane];
        world.ledger.journal.event(lane, EventKind::OrderLapse, Entity::Order(id), paid);
    }
    for credit in credits {
        let lost = world.ledger.cash(Account::Credit(credit))[lane];
        world.ledger.pay_one(lane, Account::Credit(credit), Outside, lost, Reason::Forfeit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::calendar::Date,
        ids::{CreditId, FleetId},
    };

    #[test]
    fn a_floating_price_follows_the_index_both_ways() {
        for (kind, ratio, expected) in [
            (PriceKind::Fixed, 0.5, 1001.0),
            (PriceKind::Fixed, 2.0, 1001.0),
            (PriceKind::Floating, 0.5, 500.0), // 500.5, ties to even
            (PriceKind::Floating, 1.0, 1001.0),
            (PriceKind::Floating, 2.0, 2002.0),
        ] {
            assert_eq!(asked(kind, 1001.0, Lanes::splat(ratio))[0], expected, "{kind:?} {ratio}");
        }
    }

    #[test]
    fn a_share_of_what_was_paid_stays_with_the_vendor() {
        for (paid, share, kept) in [(1000.0, 0.0, 0.0), (1000.0, 1.0, 1000.0), (1001.0, 0.5, 500.0), (0.0, 1.0, 0.0)] {
            assert_eq!(forfeited(paid, share), kept);
        }
    }

    #[test]
    fn rebate_and_coupon_at_delivery() {
        let order = |price_protection, coupon_share| Order {
            key: String::new(),
            miner: MinerId(0),
            fleet: FleetId(0),
            credit: CreditId(0),
            machines: 10.0,
            unit_cents: 100.0,
            price_kind: PriceKind::Fixed,
            price_protection,
            deposit_cents: 1000.0,
            instalments: Vec::new(),
            window_days: 30,
            delivery_date: Date(0),
            deployment_days: 0,
            grace_days: 1,
            forfeit_share: 1.0,
            coupon_share,
            cancel_ratio: None,
        };
        for (protected, coupon_share, index_value, expected) in [
            (false, 0.0, 400.0, (0.0, 0.0)),
            (true, 0.0, 400.0, (600.0, 0.0)),
            (true, 0.03, 1400.0, (0.0, 30.0)),
            (false, 0.0125, 400.0, (0.0, 12.0)),
        ] {
            assert_eq!(owed_at_delivery(&order(protected, coupon_share), 1000.0, index_value), expected);
        }
    }
}
