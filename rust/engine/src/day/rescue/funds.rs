//! Loans of rescue funds: who is short, what it gets, what it pays back, what is left of it in an estate. Model: docs/model/rescue.md

use crate::{
    agenda::{Stage, Task},
    book::{Fund, Help, Rank, Security},
    day::{Today, loans, machine_mark, miners},
    ids::{FacilityId, FleetId, MinerId},
    journal::{Account, Entity, EventKind, Journal, Reason},
    lanes::Lanes,
    units,
    world::{Bridge, World},
};

const DAYS_PER_YEAR: f64 = 360.0;

/// Repayments of the day, then new loans.
#[inline(never)]
pub(in crate::day) fn lend<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    while let Some((task, lane)) = world.agenda.take(today.day, Stage::Rescue) {
        match task {
            Task::RescueDue(facility, miner) => repay(world, today, lane, facility, miner),
            _ => unreachable!("tasks of other stages"),
        }
    }
    let date = today.scenario.date(today.day);
    for (index, facility) in today.book.facilities.iter().enumerate() {
        if let Help::Fund(fund) = &facility.help
            && facility.is_open(date)
        {
            look_around(world, today, FacilityId::at(index), fund);
        }
    }
}

/// What a bridge loan comes to at the end of its term (cents).
pub fn due(principal: f64, rate: f64, term_days: f64) -> f64 {
    principal + units::round(principal * (rate * term_days / DAYS_PER_YEAR))
}

/// What a bridge loan weighs on the treasury (cents a day).
pub fn service(principal: f64, rate: f64) -> f64 {
    units::round(principal * rate / DAYS_PER_YEAR)
}

fn place(today: &Today<'_>, id: FacilityId, miner: MinerId) -> usize {
    id.index() * today.book.miners.len() + miner.index()
}

/// Miners in order: who is short of the fund's mark gets a loan.
fn look_around<J: Journal>(world: &mut World<J>, today: &Today<'_>, id: FacilityId, fund: &Fund) {
    for &miner in &fund.reach {
        let bridge = &world.bridges[place(today, id, miner)];
        if !bridge.may.any() {
            continue;
        }
        let state = &world.miners[miner.index()];
        let asking = bridge.may.mask() & state.operating.mask() & !world.facilities[id.index()].exhausted;
        let overhead = today.book.miners[miner.index()].overhead_cents_per_day;
        let bills = state.power_cents.max(Lanes::ZERO) + overhead + state.debt_service_per_day;
        let coins = (world.ledger.coins(miner) * world.market.cents_per_sat).round();
        let liquid = world.ledger.cash(Account::Miner(miner)) + coins - state.owed;
        let mark = (fund.bill_days * bills).round();
        for lane in (asking & liquid.lt(mark)).lanes() {
            consider(world, today, lane, (id, fund), miner, mark[lane] - liquid[lane]);
        }
    }
}

/// A miner that is `short` of a fund's mark (cents), on one path.
#[cold]
#[inline(never)]
fn consider<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, (id, fund): (FacilityId, &Fund), miner: MinerId, short: f64) {
    if fund.max_debt_to_assets.is_some_and(|most| debt(world, today, lane, miner) > most * assets(world, today, lane, miner)) {
        return;
    }
    let asked = (short + past_due(world, today, lane, miner)).min(fund.most_cents);
    let state = &mut world.facilities[id.index()];
    let loan = asked.min(today.book.facilities[id.index()].capital_cents - state.spent[lane]);
    if loan > 0.0 {
        state.spent[lane] += loan;
        let due = due(loan, fund.rate, fund.term_days as f64);
        let bridge = &mut world.bridges[place(today, id, miner)];
        bridge.may.set(lane, false);
        bridge.open.set(lane, true);
        (bridge.principal[lane], bridge.due[lane]) = (loan, due);
        world.miners[miner.index()].debt_service_per_day[lane] += service(loan, fund.rate);
        world.ledger.pay_one(lane, Account::Facility(id), Account::Miner(miner), loan, Reason::RescueLoan);
        world.ledger.journal.event(lane, EventKind::RescueLoan, Entity::Miner(miner), loan);
        world.agenda.put(today.day + fund.term_days, Task::RescueDue(id, miner), lane);
    }
    if loan < asked {
        super::exhaust(world, lane, id);
    }
}

/// What a miner's loans have in arrears (cents).
pub(in crate::day) fn past_due<J>(world: &World<J>, today: &Today<'_>, lane: usize, miner: MinerId) -> f64 {
    let open = open_loans(world, today, lane, miner);
    open.fold(0.0, |sum, state| sum + (state.arrears_interest[lane] + state.arrears_principal[lane]))
}

fn open_loans<'a, J>(
    world: &'a World<J>,
    today: &'a Today<'_>,
    lane: usize,
    miner: MinerId,
) -> impl Iterator<Item = &'a crate::world::LoanState> {
    let all = today.book.miners[miner.index()].loans.iter().map(|loan| &world.loans[loan.index()]);
    all.filter(move |state| state.open.get(lane))
}

/// What a miner owes on loans and to funds (cents).
fn debt<J>(world: &World<J>, today: &Today<'_>, lane: usize, miner: MinerId) -> f64 {
    let owed = open_loans(world, today, lane, miner).fold(0.0, |sum, state| sum + loans::exposure_at_default(state, lane));
    let funds = (0..today.book.facilities.len()).map(|index| &world.bridges[place(today, FacilityId::at(index), miner)]);
    owed + funds.filter(|bridge| bridge.open.get(lane)).fold(0.0, |sum, bridge| sum + bridge.principal[lane])
}

/// What a miner has (cents): cash, coins, also pledged ones, and machines at the price of a quick sale.
fn assets<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, miner: MinerId) -> f64 {
    let worth = |sats: f64| units::round(sats * world.market.cents_per_sat[lane]);
    let terms = &today.book.miners[miner.index()];
    let liquid = world.ledger.cash(Account::Miner(miner))[lane] + worth(world.ledger.coins(miner)[lane]);
    let pledged = terms
        .loans
        .iter()
        .filter(|loan| world.loans[loan.index()].open.get(lane) && matches!(today.book.loans[loan.index()].security, Security::Btc(_)));
    let with_pledges = pledged.fold(liquid, |sum, loan| sum + worth(world.ledger.pledge(*loan)[lane]));
    terms.fleet.clone().map(FleetId::at).fold(with_pledges, |sum, row| {
        let (model, machines) = (today.book.model(row), world.ledger.machines(Account::Fleet(row))[lane]);
        sum + machine_mark(machines, model.hashrate_ths, world.asics.quick[model.tier][lane])
    })
}

/// The end of a term: all of it, or the miner defaults.
#[cold]
#[inline(never)]
fn repay<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: FacilityId, miner: MinerId) {
    let bridge = world.bridges[place(today, id, miner)];
    if !bridge.open.get(lane) {
        return;
    }
    let due = bridge.due[lane];
    miners::raise_cash(world, today, lane, miner, due, None);
    let left = miners::pay_as_far(world, lane, miner, Account::Facility(id), due, Reason::RescueRepayment);
    if left > 0.0 {
        end_in_default(world, today, lane, id, miner, left);
        loans::default_miner(world, today, lane, miner);
    } else {
        leave(world, today, lane, id, miner);
        world.ledger.journal.event(lane, EventKind::RescueRepaid, Entity::Miner(miner), due);
    }
}

/// A bridge loan is no longer open: its service leaves the miner's plan.
fn leave<'a, J: Journal>(world: &'a mut World<J>, today: &Today<'_>, lane: usize, id: FacilityId, miner: MinerId) -> &'a mut Bridge {
    let Help::Fund(fund) = &today.book.facilities[id.index()].help else { unreachable!("only funds lend") };
    let bridge = &mut world.bridges[place(today, id, miner)];
    bridge.open.set(lane, false);
    world.miners[miner.index()].debt_service_per_day[lane] -= service(bridge.principal[lane], fund.rate);
    bridge
}

fn end_in_default<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: FacilityId, miner: MinerId, claim: f64) {
    leave(world, today, lane, id, miner).claim[lane] = claim;
    world.ledger.journal.event(lane, EventKind::RescueDefault, Entity::Miner(miner), claim);
}

/// A miner defaults: what funds lent it becomes a claim on its estate.
pub(in crate::day) fn claim<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, miner: MinerId) {
    for id in (0..today.book.facilities.len()).map(FacilityId::at) {
        let bridge = &world.bridges[place(today, id, miner)];
        if bridge.open.get(lane) {
            end_in_default(world, today, lane, id, miner, bridge.principal[lane]);
        }
    }
}

/// What funds of a rank still claim of a miner's estate (cents), facilities in order.
pub(in crate::day) fn claims<J>(world: &World<J>, today: &Today<'_>, lane: usize, miner: MinerId, rank: Rank) -> Vec<(FacilityId, f64)> {
    let funds = today.book.facilities.iter().enumerate();
    funds
        .filter(|(_, facility)| matches!(&facility.help, Help::Fund(fund) if fund.rank == rank))
        .map(|(index, _)| {
            let bridge = &world.bridges[place(today, FacilityId::at(index), miner)];
            (FacilityId::at(index), bridge.claim[lane] - bridge.recovered[lane])
        })
        .filter(|(_, claim)| *claim > 0.0)
        .collect()
}

/// An estate pays a fund.
pub(in crate::day) fn recover<J: Journal>(
    world: &mut World<J>,
    today: &Today<'_>,
    lane: usize,
    id: FacilityId,
    miner: MinerId,
    cents: f64,
) {
    world.ledger.pay_one(lane, Account::Miner(miner), Account::Facility(id), cents, Reason::Estate);
    world.bridges[place(today, id, miner)].recovered[lane] += cents;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interest_comes_at_the_end_and_weighs_by_the_day() {
        for (principal, rate, term_days, at_end, by_day) in [
            (36_000_000.0, 0.1, 360.0, 39_600_000.0, 10_000.0),
            (36_000_000.0, 0.1, 90.0, 36_900_000.0, 10_000.0),
            (36_000_000.0, 0.0, 360.0, 36_000_000.0, 0.0),
            (1_001.0, 0.5, 360.0, 1_501.0, 1.0), // 500.5, ties to even
            (1.0, 0.1, 30.0, 1.0, 0.0),
        ] {
            assert_eq!((due(principal, rate, term_days), service(principal, rate)), (at_end, by_day), "{principal} {rate} {term_days}");
        }
    }
}
