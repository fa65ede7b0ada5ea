//! Margin calls on coins, seizure of machines, estates. Model: docs/model/collateral.md

use super::{Today, lenders, loans};
use crate::{
    agenda::{Stage, Task},
    book::{Covenant, Pledge, Security},
    ids::LoanId,
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::Lanes,
    units,
    world::World,
};

/// What ends today, then the daily test of every BTC-backed loan.
#[inline(always)]
pub(super) fn enforce<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    while let Some((task, lane)) = world.agenda.take(today.day, Stage::Collateral) {
        end_waiting(world, today, lane, task);
    }
    if today.scenario.channels.margin_calls {
        for (id, pledge) in &today.book.pledges {
            test_loan_to_value(world, today, *id, pledge);
        }
        if today.scenario.first_of_month[today.day] {
            for (id, covenant) in &today.book.covenants {
                test_covenant(world, today, *id, covenant);
            }
        }
    }
}

#[cold]
#[inline(never)]
fn end_waiting<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, task: Task) {
    match task {
        Task::Cure(loan) => end_cure(world, today, lane, loan),
        Task::Seizure(loan) => seize(world, today, lane, loan),
        Task::Settlement(loan, paid, rest) => lenders::consign::settle(world, today, lane, loan, paid as f64, rest as f64),
        Task::Estate(miner) => loans::distribute_estate(world, today, lane, miner),
        _ => unreachable!("tasks of other stages"),
    }
}

/// The day's test at the low: together for all paths, acting only where it fails.
#[inline(always)]
fn test_loan_to_value<J: Journal>(world: &mut World<J>, today: &Today<'_>, id: LoanId, pledge: &Pledge) {
    let state = &world.loans[id.index()];
    if !state.open.any() {
        return;
    }
    let claim = state.outstanding + state.arrears_interest;
    let pledged = world.ledger.pledge(id);
    let value = pledged * world.market.low_cents_per_sat;
    let owing = state.open.mask() & claim.gt(Lanes::ZERO) & pledged.gt(Lanes::ZERO); // an empty pledge has nothing left to call or sell
    let beyond = owing & claim.ge(pledge.liquidation_ltv * value);
    let called = owing & !beyond & !state.cure.mask() & claim.ge(pledge.call_ltv * value);
    for lane in (beyond | called).lanes() {
        if beyond.get(lane) {
            sell_tranche(world, today, lane, id, pledge);
        } else {
            call_margin(world, today, lane, id, pledge);
        }
    }
}

/// What must be paid (cents), beside what is overdue already, so that machines worth `mark` cover the claim again; 0 where nothing is.
pub fn missing_cover(claim: f64, overdue: f64, mark: f64, cover: f64) -> f64 {
    (units::round(claim - mark / cover) - overdue).max(0.0)
}

/// The test of a month: a call where the machines are worth too little.
#[cold]
#[inline(never)]
fn test_covenant<J: Journal>(world: &mut World<J>, today: &Today<'_>, id: LoanId, covenant: &Covenant) {
    for lane in world.loans[id.index()].open.mask().lanes() {
        let owed = claim(world, lane, id);
        let covered = mark(world, today, lane, id).is_none_or(|mark| mark >= covenant.cover * owed);
        if owed > 0.0 && !covered && !world.loans[id.index()].cure.get(lane) {
            world.ledger.journal.event(lane, EventKind::CovenantCall, Entity::Loan(id), owed);
            world.loans[id.index()].cure.set(lane, true);
            world.agenda.put(today.day + covenant.days, Task::CovenantCall(id), lane);
        }
    }
}

fn claim<J>(world: &World<J>, lane: usize, id: LoanId) -> f64 {
    let state = &world.loans[id.index()];
    state.outstanding[lane] + state.arrears_interest[lane]
}

fn is_called<J: Journal>(world: &World<J>, lane: usize, id: LoanId, pledge: &Pledge) -> bool {
    claim(world, lane, id) >= pledge.call_ltv * (world.ledger.pledge(id)[lane] * world.market.low_cents_per_sat[lane])
}

#[cold]
#[inline(never)]
fn call_margin<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, pledge: &Pledge) {
    let amount = claim(world, lane, id);
    world.ledger.journal.event(lane, EventKind::MarginCall, Entity::Loan(id), amount);
    top_up(world, today, lane, id, pledge);
    if is_called(world, lane, id, pledge) {
        world.loans[id.index()].cure.set(lane, true);
        world.agenda.put(today.day + pledge.cure_days, Task::Cure(id), lane);
    }
}

fn top_up<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, pledge: &Pledge) {
    let miner = today.book.loans[id.index()].miner;
    let wanted =
        (claim(world, lane, id) / pledge.initial_ltv / world.market.low_cents_per_sat[lane]).ceil() - world.ledger.pledge(id)[lane];
    let moved = wanted.min(world.ledger.coins(miner)[lane]);
    if moved > 0.0 {
        world.ledger.move_coins_one(lane, Account::Miner(miner), Account::Pledge(id), moved, Reason::TopUp);
    }
}

fn end_cure<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    world.loans[id.index()].cure.set(lane, false);
    let Some(pledge) = today.book.loans[id.index()].pledge() else { return };
    if world.loans[id.index()].open.get(lane) && is_called(world, lane, id, &pledge) {
        top_up(world, today, lane, id, &pledge);
        if is_called(world, lane, id, &pledge) {
            sell_tranche(world, today, lane, id, &pledge);
        }
    }
}

/// Coins to sell (satoshis) so that `claim` falls back to `call_ltv` of what is left, at most a tranche.
pub fn tranche(claim: f64, pledged_sats: f64, low_cents_per_sat: f64, pledge: &Pledge) -> f64 {
    let cents = (claim - pledge.call_ltv * (pledged_sats * low_cents_per_sat)) / (1.0 - pledge.call_ltv);
    (cents / low_cents_per_sat).ceil().min((pledged_sats * pledge.tranche_share).ceil()).min(pledged_sats)
}

#[cold]
#[inline(never)]
fn sell_tranche<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, pledge: &Pledge) {
    if world.ledger.pledge(id)[lane] == 0.0 {
        return; // nothing to sell, so the claim is not reckoned anew either
    }
    let price = world.market.low_cents_per_sat[lane];
    loans::charge_late(world, today, lane, id);
    let claim = claim(world, lane, id);
    let sats = tranche(claim, world.ledger.pledge(id)[lane], price, pledge);
    if sats <= 0.0 {
        return;
    }
    let paid = sell_collateral(world, today, lane, id, sats, price, claim);
    world.ledger.journal.event(lane, EventKind::CollateralSale, Entity::Loan(id), sats);
    let state = &mut world.loans[id.index()];
    let to_interest = paid.min(state.arrears_interest[lane]);
    let to_principal = paid - to_interest;
    state.arrears_interest[lane] -= to_interest;
    state.outstanding[lane] -= to_principal;
    state.arrears_principal[lane] = state.arrears_principal[lane].min(state.outstanding[lane]);
    world.lenders[state.holder[lane].index()].book[lane] -= to_principal;
    if state.outstanding[lane] == 0.0 && state.arrears_interest[lane] == 0.0 {
        loans::close(world, today, lane, id);
    } else if state.arrears_interest[lane] + state.arrears_principal[lane] == 0.0 {
        state.arrears.set(lane, false);
    }
}

/// Sells pledged coins at `price` (cents a satoshi); the lender gets up to `claim`, the miner the rest. Returns what the lender got.
fn sell_collateral<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, sats: f64, price: f64, claim: f64) -> f64 {
    let (borrower, lender) = (today.book.loans[id.index()].miner, world.loans[id.index()].holder[lane]);
    world.ledger.move_coins_one(lane, Account::Pledge(id), Outside, sats, Reason::CollateralSale);
    world.market.forced_sats[lane] += sats;
    let proceeds = units::round(sats * price);
    let paid = proceeds.min(claim);
    world.ledger.pay_one(lane, Outside, Account::Lender(lender), paid, Reason::CollateralProceeds);
    world.ledger.pay_one(lane, Outside, Account::Miner(borrower), proceeds - paid, Reason::CollateralSurplus);
    paid
}

/// The whole pledge of a defaulted loan, at the price of the day.
pub(super) fn sell_pledge<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    let (sats, price) = (world.ledger.pledge(id)[lane], world.market.cents_per_sat[lane]);
    let ead = world.loans[id.index()].ead[lane];
    let paid = sell_collateral(world, today, lane, id, sats, price, ead);
    world.loans[id.index()].recovered[lane] = paid;
}

/// What a lender expects of `machines` of a row (cents): the price of a quick sale.
pub fn machine_mark(machines: f64, hashrate_ths: f64, quick_usd_per_th: f64) -> f64 {
    units::round(machines * (hashrate_ths * quick_usd_per_th * 100.0))
}

/// What the machines still behind a loan would bring on one path (cents); `None` for a loan without machines.
pub(super) fn mark<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, id: LoanId) -> Option<f64> {
    let Security::Machines { fleet, machines, .. } = today.book.loans[id.index()].security else { return None };
    let present = machines.min(world.ledger.machines(Account::Fleet(fleet))[lane]);
    let model = today.book.model(fleet);
    Some(machine_mark(present, model.hashrate_ths, world.asics.quick[model.tier][lane]))
}

/// Machines of a defaulted loan move to its lender.
fn seize<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    let Security::Machines { fleet, machines, .. } = today.book.loans[id.index()].security else { return };
    if let Some(released) = today.scenario.sites.held_until(fleet, today.day) {
        world.agenda.put(released, Task::Seizure(id), lane);
        return;
    }
    let present = machines.min(world.ledger.machines(Account::Fleet(fleet))[lane]);
    world.ledger.move_machines_one(lane, Account::Fleet(fleet), Account::Lot(id), present, Reason::Seizure);
    world.ledger.journal.event(lane, EventKind::Seizure, Entity::Loan(id), present);
    let state = &mut world.loans[id.index()];
    state.lot_initial[lane] = present;
    state.lot_day[lane] = today.day as f64;
    if present == 0.0 {
        world.lenders[state.holder[lane].index()].carry[lane] -= state.carry[lane];
        state.carry[lane] = 0.0;
    } else {
        let held = &mut world.offers.held;
        if let Err(place) = held.binary_search(&id) {
            held.insert(place, id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PledgeId;

    #[test]
    fn a_tranche_goes_back_to_the_call_level() {
        let pledge = |tranche_share| Pledge {
            id: PledgeId(0),
            sats: 0.0,
            initial_ltv: 0.6,
            call_ltv: 0.75,
            liquidation_ltv: 0.85,
            cure_days: 1,
            tranche_share,
        };
        // claim 900, pledge 1000 sats at 1 cent: x = (900 - 750) / 0.25 = 600, after which 300 stands against 400
        for (tranche_share, expected) in [(1.0, 600.0), (0.25, 250.0)] {
            assert_eq!(tranche(900.0, 1000.0, 1.0, &pledge(tranche_share)), expected);
        }
        assert_eq!(tranche(5000.0, 1000.0, 1.0, &pledge(1.0)), 1000.0, "never more than the pledge");
        assert_eq!(tranche(900.0, 0.0, 1.0, &pledge(1.0)), 0.0, "an empty pledge sells nothing");
    }

    #[test]
    fn a_covenant_asks_for_what_brings_the_cover_back() {
        for (claim, overdue, mark, cover, missing) in [
            (1000.0, 0.0, 1500.0, 1.5, 0.0),
            (1000.0, 0.0, 1200.0, 1.5, 200.0),
            (1000.0, 150.0, 1200.0, 1.5, 50.0),
            (1000.0, 300.0, 1200.0, 1.5, 0.0),
            (1000.0, 0.0, 0.0, 1.5, 1000.0),
            (1000.0, 0.0, 3000.0, 1.5, 0.0),
            (0.0, 0.0, 0.0, 1.5, 0.0),
        ] {
            assert_eq!(missing_cover(claim, overdue, mark, cover), missing, "{claim} {overdue} {mark} {cover}");
        }
    }

    #[test]
    fn machines_are_marked_at_a_quick_sale() {
        for (machines, quick_usd_per_th, cents) in [(10.0, 35.0, 3_500_000.0), (0.0, 35.0, 0.0), (1.0, 40.0, 400_000.0)] {
            assert_eq!(machine_mark(machines, 100.0, quick_usd_per_th), cents);
        }
    }
}
