//! New terms: a miner asks its lender for time, and what a loan pays that has them. Nothing here runs for a book in which nobody may ask.
//! Model: docs/model/responses.md#new-terms

use super::{Today, burn, collateral, liquid, loans, runs_short};
use crate::{
    agenda::Task,
    book::{
        Pays, Security,
        renewal::{self, Renewed, Request},
    },
    ids::{LoanId, MinerId},
    journal::{Entity, EventKind, Journal},
    lanes::Mask,
    scenario::Due,
    units,
    world::World,
};

/// Whether foreclosing today would leave a lender short of its bar: what it would get (cents) for what is owed.
pub fn foreclosure_loses(cover_cents: f64, owed_cents: f64, amend_cover: f64) -> bool {
    cover_cents < amend_cover * owed_cents
}

/// A miner asks for new terms; returns whether it did.
pub(super) fn ask<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, miner: MinerId, request: &Request) -> bool {
    let (id, date) = (request.loan, today.scenario.date(today.day));
    let loan = &today.book.loans[id.index()];
    let (dates, begin, rate) = match world.renewed.get(&(id, lane)) {
        Some(now) => (&now.dates, now.since, now.rate),
        None => (&loan.agreement.dates, request.begin(), loan.rate),
    };
    let from = renewal::accrues_from(dates, begin, date);
    if !world.loans[id.index()].open.get(lane) || dates.last().is_none_or(|due| due.date >= request.maturity(date)) {
        return false;
    }
    loans::charge_late(world, today, lane, id);
    let state = &world.loans[id.index()];
    let years = loan.day_count.year_fraction(from, date);
    let of_period = |rate: f64| units::round((state.outstanding[lane] * rate) * years);
    let accrued = of_period(rate) + of_period(loan.fee_rate);
    let added = state.arrears_interest[lane] + accrued;
    let owed = state.outstanding[lane] + added;
    let Ok(new) = request.try_renew(owed, request.rate.unwrap_or(rate), date) else { return false };
    if agrees(world, today, lane, miner, id, owed, new.service_now()) {
        world.ledger.journal.event(lane, EventKind::Renegotiation, Entity::Loan(id), owed);
        renew(world, today, lane, id, added, new);
    } else {
        world.ledger.journal.event(lane, EventKind::RenegotiationRefused, Entity::Loan(id), owed);
    }
    true
}

/// Whether the lender of a loan grants terms that would cost the miner `service` a day (cents).
fn agrees<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, miner: MinerId, id: LoanId, owed: f64, service: f64) -> bool {
    let lender = world.loans[id.index()].holder[lane];
    let state = &world.lenders[lender.index()];
    let after = burn(world, today, lane, miner) - service_now(world, today, lane, id) + service;
    let runway = today.book.miners[miner.index()].runway_low_days;
    today.book.lenders[lender.index()].amend_cover.is_some_and(|bar| {
        !state.failed.get(lane)
            && !state.tightened.get(lane)
            && foreclosure_loses(cover(world, today, lane, id), owed, bar)
            && !runs_short(liquid(world, lane, miner), after, runway)
    })
}

/// What the collateral of a loan would bring today (cents).
fn cover<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, id: LoanId) -> f64 {
    match today.book.loans[id.index()].security {
        Security::None => 0.0,
        Security::Btc(_) => units::round(world.ledger.pledge(id)[lane] * world.market.cents_per_sat[lane]),
        Security::Machines { .. } => collateral::mark(world, today, lane, id).unwrap_or(0.0),
    }
}

/// What a loan costs its miner a day (cents), as the treasury plans it.
pub(in crate::day) fn service_now<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, id: LoanId) -> f64 {
    match world.renewed.get(&(id, lane)) {
        Some(now) => now.service_now(),
        None => today.book.loans[id.index()].agreement.service_cents_per_day,
    }
}

/// A loan gets its new contract: what is overdue and accrued joins the principal, and nothing is in arrears.
fn renew<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, added: f64, new: Renewed) {
    let loan = &today.book.loans[id.index()];
    let before = service_now(world, today, lane, id);
    world.miners[loan.miner.index()].debt_service_per_day[lane] += new.service_now() - before;
    let state = &mut world.loans[id.index()];
    state.outstanding[lane] += added;
    state.arrears_interest[lane] = 0.0;
    state.arrears_principal[lane] = 0.0;
    state.arrears.set(lane, false);
    state.renewed.set(lane, true);
    world.lenders[state.holder[lane].index()].book[lane] += added;
    if added > 0.0 {
        world.ledger.journal.event(lane, EventKind::Capitalisation, Entity::Loan(id), added);
    }
    put_next(world, today, lane, id, &new);
    world.renewed.insert((id, lane), new);
}

fn put_next<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, terms: &Renewed) {
    if let Some(due) = terms.dates.get(terms.next) {
        let day = (due.date.0 - today.scenario.start.0).cast_unsigned() as usize;
        world.agenda.put(day, Task::NewTermsDue(id), lane);
    }
}

/// A due date of a loan that has new terms. One of terms it had before is void.
pub(in crate::day) fn fall_due<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) {
    let date = today.scenario.date(today.day);
    let before = service_now(world, today, lane, id);
    let Some(mut terms) = world.renewed.remove(&(id, lane)) else { return };
    let due = terms.dates.get(terms.next).copied().filter(|due| due.date == date && world.loans[id.index()].open.get(lane));
    if let Some(date) = due {
        let paused = terms.next < terms.paused;
        terms.next += 1;
        put_next(world, today, lane, id, &terms);
        let loan = &today.book.loans[id.index()];
        world.miners[loan.miner.index()].debt_service_per_day[lane] += terms.service_now() - before;
        let due = Due {
            loan: id,
            miner: loan.miner,
            lender: loan.lender,
            rate: terms.rate,
            fee_rate: loan.fee_rate,
            years: date.years,
            payment_cents: if paused { 0.0 } else { terms.payment_cents },
            pays: if paused { Pays::Interest } else { terms.pays },
            last: date.last,
        };
        world.renewed.insert((id, lane), terms);
        let mut path = Mask::NONE;
        path.set(lane, true);
        loans::fall_short(world, today, &due, path);
    } else {
        world.renewed.insert((id, lane), terms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lender_gives_time_where_foreclosing_loses() {
        for (cover, owed, bar, loses) in [
            (80.0, 100.0, 1.0, true),
            (100.0, 100.0, 1.0, false),
            (120.0, 100.0, 1.0, false),
            (120.0, 100.0, 1.5, true),
            (60.0, 100.0, 0.5, false),
            (0.0, 100.0, 0.0, false),
            (0.0, 100.0, 0.01, true),
        ] {
            assert_eq!(foreclosure_loses(cover, owed, bar), loses, "{cover} {owed} {bar}");
        }
    }
}
