//! Balance sheets under shocks, what happens to seized machines, and failure. Model: docs/model/lenders.md

use super::Today;
use crate::{
    agenda::Task,
    book::{Security, TIERS},
    ids::{LenderId, LoanId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::{Lanes, Mask},
    policy::disposal::{self, Lot},
    scenario::Shock,
    world::{LenderState, World},
};

/// Shocks, funding cost, disposal, solvency.
#[inline(always)]
pub(super) fn act<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for event in &today.scenario.lender_events[today.day] {
        for lane in (!world.lenders[event.lender.index()].failed).lanes() {
            suffer(world, today, lane, event.lender, event.shock);
        }
    }
    if today.scenario.first_of_month[today.day] {
        pay_funding(world, today);
    }
    if !world.offers.held.is_empty() {
        dispose(world, today);
    }
    if today.scenario.channels.solvency {
        fail_insolvent(world, today);
    }
}

#[inline(always)]
fn fail_insolvent<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for index in 0..today.book.lenders.len() {
        let id = LenderId::at(index);
        let insolvent =
            !world.lenders[index].failed & equity(&world.lenders[index], world.ledger.cash(Account::Lender(id))).lt(Lanes::ZERO);
        for lane in insolvent.lanes() {
            fail(world, today, lane, id);
        }
    }
}

/// Assets less funding (cents).
#[inline(always)]
pub fn equity(state: &LenderState, cash: Lanes) -> Lanes {
    cash + state.book + state.carry + state.other_assets - state.funding
}

#[cold]
fn suffer<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LenderId, shock: Shock) {
    match shock {
        Shock::Fail => fail(world, today, lane, id),
        Shock::Loss(cents) => {
            world.lenders[id.index()].other_assets[lane] -= cents;
            world.ledger.journal.event(lane, EventKind::LenderLoss, Entity::Lender(id), cents);
        }
        Shock::Withdrawal(cents) => {
            let own = Account::Lender(id);
            let paid = cents.min(world.ledger.cash(own)[lane]);
            world.ledger.pay_one(lane, own, Outside, paid, Reason::Withdrawal);
            world.lenders[id.index()].funding[lane] -= paid;
            world.ledger.journal.event(lane, EventKind::LenderWithdrawal, Entity::Lender(id), paid);
            if paid < cents {
                fail(world, today, lane, id);
            }
        }
    }
}

#[inline(always)]
fn pay_funding<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for (index, lender) in today.book.lenders.iter().enumerate() {
        let id = LenderId::at(index);
        let own = Account::Lender(id);
        let alive = !world.lenders[index].failed;
        let cost = (world.lenders[index].funding.max(Lanes::ZERO) * lender.funding_rate / 12.0).round().only(alive);
        let paid = cost.min(world.ledger.cash(own));
        world.ledger.pay(own, Outside, paid, Reason::FundingCost);
        for lane in paid.lt(cost).lanes() {
            fail(world, today, lane, id);
        }
    }
}

/// What each lender does with the lots it holds, loans in order.
#[inline(always)]
fn dispose<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let mut held = std::mem::take(&mut world.offers.held);
    held.retain(|id| world.ledger.machines(Account::Lot(*id)).gt(Lanes::ZERO).any());
    let ratio: [Lanes; TIERS] = std::array::from_fn(|k| world.asics.clearing[k] / world.asics.index[k]);
    let mut rack_left: Vec<Lanes> = today.book.lenders.iter().map(|lender| Lanes::splat(lender.host_capacity_ths)).collect();
    for &id in &held {
        let (lender, state) = (today.book.loans[id.index()].lender, &world.loans[id.index()]);
        let tier = today.book.lot_model(id).tier;
        let left = world.ledger.machines(Account::Lot(id));
        let lot = Lot { left, initial: state.lot_initial, age: today.day as f64 - state.lot_day };
        let dumps = if today.scenario.channels.lender_dumping { world.lenders[lender.index()].failed } else { Mask::NONE };
        let decided = disposal::decide(&today.scenario.policies[lender.index()], &lot, dumps, ratio[tier]);
        if decided.offer.gt(Lanes::ZERO).any() {
            world.offers.lots.push((id, decided.offer));
        }
        if decided.host.any() {
            host(world, today, id, left.only(decided.host), &mut rack_left[lender.index()]);
        }
    }
    world.offers.held = held;
}

/// Runs what fits the lender's rack while it earns more than its power.
#[inline(always)]
fn host<J: Journal>(world: &mut World<J>, today: &Today<'_>, id: LoanId, left: Lanes, rack_left: &mut Lanes) {
    let loan = &today.book.loans[id.index()];
    let (model, lender) = (today.book.lot_model(id), &today.book.lenders[loan.lender.index()]);
    let margin = world.network.revenue_usd_per_ths - model.mwh_per_ths * lender.host_usd_per_mwh;
    let machines = left.min((*rack_left / model.hashrate_ths).floor()).only(margin.gt(Lanes::ZERO));
    let hosted_ths = machines * model.hashrate_ths;
    *rack_left -= hosted_ths;
    let cents = (hosted_ths * (margin * 100.0)).round();
    world.ledger.pay(Outside, Account::Lender(loan.lender), cents, Reason::HostIncome);
    world.network.online_ths += hosted_ths;
}

/// A lender fails once: its coin-backed and unsecured loans are called; its lots will be dumped.
#[cold]
#[inline(never)]
fn fail<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LenderId) {
    let state = &mut world.lenders[id.index()];
    if state.failed.get(lane) {
        return;
    }
    state.failed.set(lane, true);
    state.failed_day[lane] = today.day as f64;
    world.tally.lenders_failed[lane] += 1.0;
    world.ledger.journal.event(lane, EventKind::LenderFailure, Entity::Lender(id), 0.0);
    if !today.scenario.channels.lender_calls {
        return;
    }
    let lender = &today.book.lenders[id.index()];
    for &loan in &lender.loans {
        let secured_by_machines = matches!(today.book.loans[loan.index()].security, Security::Machines { .. });
        if !secured_by_machines && world.loans[loan.index()].open.get(lane) {
            world.agenda.put(today.day + lender.call_notice_days, Task::Called(loan), lane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equity_is_assets_less_funding() {
        let state = LenderState {
            book: Lanes::splat(500.0),
            carry: Lanes::splat(50.0),
            other_assets: Lanes::splat(-20.0),
            funding: Lanes::splat(600.0),
            failed: Mask::NONE,
            failed_day: Lanes::splat(-1.0),
        };
        assert_eq!(equity(&state, Lanes::splat(100.0))[0], 30.0);
    }
}
