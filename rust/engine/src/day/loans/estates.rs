//! Estates of failed miners: which machines are theirs to sell, and who gets what is left. Model: docs/model/loans.md

use crate::{
    book::{Rank, Recourse, Security},
    day::{Today, rescue},
    ids::{FacilityId, FleetId, LoanId, MinerId},
    journal::{Account, Entity, EventKind, Journal, Reason},
    policy::estate,
    units,
    world::{LoanState, World},
};

/// An estate offers the machines of a row that no lender still waits to seize.
pub(in crate::day) fn offer_free<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId, fleet: FleetId) {
    let machines = world.ledger.machines(Account::Fleet(fleet))[lane];
    let free = machines - pledged(world, today, lane, today.book.miners[id.index()].loans.as_slice(), fleet, machines);
    if free > 0.0 {
        world.offers.estates.push((lane, fleet, free));
    }
}

pub(in crate::day) fn awaits_seizure(state: &LoanState, lane: usize) -> bool {
    state.defaulted.get(lane) && state.lot_day[lane] < 0.0
}

/// Machines of a row that wait for seizure under a defaulted loan.
fn pledged<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, loans: &[LoanId], row: FleetId, present: f64) -> f64 {
    loans.iter().fold(0.0, |sum, id| match today.book.loans[id.index()].security {
        Security::Machines { fleet, machines, .. } if fleet == row && awaits_seizure(&world.loans[id.index()], lane) => {
            sum + machines.min(present)
        }
        _ => sum,
    })
}

/// An estate pays its bills, then shares what is left among the creditors with full recourse.
pub(in crate::day) fn distribute_estate<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId) {
    let own = Account::Miner(id);
    let state = &mut world.miners[id.index()];
    let bills = state.bills_arrears[lane] + state.power_due()[lane].max(0.0);
    state.bills_arrears[lane] = 0.0;
    state.owed[lane] = 0.0;
    let paid = bills.min(world.ledger.cash(own)[lane]);
    world.ledger.pay_one(lane, own, Account::World, paid, Reason::Estate);
    let miner = &today.book.miners[id.index()];
    let with_claim = |loan: &LoanId| {
        let state = &world.loans[loan.index()];
        today.book.loans[loan.index()].recourse == Recourse::Full && state.defaulted.get(lane) && !state.settled.get(lane)
    };
    let creditors: Vec<LoanId> = miner.loans.iter().copied().filter(with_claim).collect();
    let total =
        [(Rank::Senior, &[][..]), (Rank::Equal, &creditors), (Rank::Junior, &[])].into_iter().fold(0.0, |sum, (rank, creditors)| {
            let funds = rescue::claims(world, today, lane, id, rank);
            sum + share(world, today, lane, id, creditors, &funds)
        });
    world.ledger.journal.event(lane, EventKind::Estate, Entity::Miner(id), units::round(total));
}

/// Shares an estate's cash among loans, then claims of funds; returns what they got (cents).
fn share<J: Journal>(
    world: &mut World<J>,
    today: &Today<'_>,
    lane: usize,
    id: MinerId,
    creditors: &[LoanId],
    funds: &[(FacilityId, f64)],
) -> f64 {
    let own = Account::Miner(id);
    let of_loans = creditors.iter().map(|loan| world.loans[loan.index()].ead[lane] - world.loans[loan.index()].recovered[lane]);
    let claims: Vec<f64> = of_loans.chain(funds.iter().map(|(_, claim)| *claim)).collect();
    let shares = estate::split(world.ledger.cash(own)[lane], &claims);
    for (loan, share) in creditors.iter().zip(&shares) {
        let state = &mut world.loans[loan.index()];
        let holder = state.holder[lane];
        world.ledger.pay_one(lane, own, Account::Lender(holder), *share, Reason::Estate);
        state.recovered[lane] += share;
        let carry = state.carry[lane].min(state.ead[lane] - state.recovered[lane]);
        world.lenders[holder.index()].carry[lane] += carry - state.carry[lane];
        state.carry[lane] = carry;
    }
    for ((fund, _), share) in funds.iter().zip(&shares[creditors.len()..]) {
        rescue::recover(world, today, lane, *fund, id, *share);
    }
    shares.iter().fold(0.0, |sum, share| sum + share)
}
