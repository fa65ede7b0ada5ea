//! Contracts made of contracts: a leg is worked out by itself and its events are put together.

use super::columns::{Columns, Row};
use super::deal::Deal;
use super::event::Kind;
use super::observed::{Occurrence, Outside};
use super::plan::Plan;
use super::refusal::{Refusal, missing};
use super::terms::{Currency, Leg, LegObject, LegRole, Role, Terms};

/// An event of a leg with its currency.
pub type Told = (Row, Currency);

/// The terms of a leg, on the side it takes in the whole; what it leaves open is as in the contract.
pub fn completed(leg: &Terms, contract: &Terms, role: Role) -> Terms {
    Terms {
        role: Some(role),
        status_date: leg.status_date.or(contract.status_date),
        currency: leg.currency.or(contract.currency),
        ..leg.clone()
    }
}

/// The first leg of a role that is a contract, with its place.
pub fn try_leg<'a>(terms: &'a Terms, role: LegRole, expected: &str) -> Result<(usize, &'a Terms), Refusal> {
    let contract = |(place, leg): (usize, &'a Leg)| match &leg.object {
        LegObject::Contract(terms) if leg.role == role => Some((place, &**terms)),
        _ => None,
    };
    terms.structure.iter().enumerate().find_map(contract).ok_or_else(|| missing("contractStructure", expected))
}

/// The events nobody scheduled that happened to a leg, by its name.
pub fn occurrences_of(leg: &Terms, outside: &Outside<'_>) -> Vec<Occurrence> {
    let named = |observed: &&Occurrence| observed.contract.is_some() && observed.contract == leg.contract_id;
    outside.occurrences.iter().filter(named).cloned().collect()
}

/// The events of a leg by itself; its refusals name it.
pub fn try_columns(leg: &Terms, place: usize, outside: &Outside<'_>, mut plan: Plan) -> Result<Columns, Vec<Refusal>> {
    let mut columns = Columns::default();
    let done = super::try_schedule(leg, outside, &mut plan, &mut columns);
    done.map_err(|refusals| refusals.into_iter().map(|refusal| refusal.of_leg(place)).collect::<Vec<_>>())?;
    Ok(columns)
}

/// The same, row by row.
pub fn try_rows(leg: &Terms, place: usize, outside: &Outside<'_>) -> Result<Vec<Told>, Vec<Refusal>> {
    let occurrences = occurrences_of(leg, outside);
    let columns = try_columns(leg, place, &Outside { occurrences: &occurrences, ..*outside }, Plan::default())?;
    let (mut run, mut rows) = (0, Vec::with_capacity(columns.len()));
    for row in 0..columns.len() {
        while columns.currencies[run].1 <= row {
            run += 1;
        }
        rows.push((columns.row(row), columns.currencies[run].0));
    }
    Ok(rows)
}

/// Puts two legs in one order of time and kind; where both have an event of the same moment and kind, `both` may make one of them. The order
/// within each leg stays.
pub fn merged(first: Vec<Told>, second: Vec<Told>, both: impl Fn(&Told, &Told) -> Option<Told>) -> Vec<Told> {
    let key = |told: &Told| (told.0.time, told.0.kind);
    let mut all = Vec::with_capacity(first.len() + second.len());
    let mut second = second.into_iter().peekable();
    for told in first {
        while let Some(other) = second.next_if(|other| key(other) < key(&told)) {
            all.push(other);
        }
        let one = second.peek().filter(|other| key(other) == key(&told)).and_then(|other| both(&told, other));
        if one.is_some() {
            second.next();
        }
        all.push(one.unwrap_or(told));
    }
    all.extend(second);
    all
}

/// Tells the events of a whole that may be bought and sold: none until the status date, none before a purchase, none after a sale. `bought` and
/// `sold` are what we receive then.
pub fn tell(deal: &Deal<'_>, rows: Vec<Told>, (bought, sold): (f64, f64), outside: &Outside<'_>, columns: &mut Columns) {
    let trade = |date: Option<_>, kind, payoff| {
        date.map(|time| (Row { time, kind, payoff, notional: 0.0, rate: 0.0, accrued: 0.0 }, deal.currency))
    };
    let key = |told: &Told| (told.0.time, told.0.kind);
    let purchase = trade(deal.terms.purchase_date, Kind::Prd, bought);
    let sale = trade(deal.terms.termination_date, Kind::Td, sold);
    let kept = |told: &Told| purchase.is_none_or(|trade| key(told) > key(&trade)) && sale.is_none_or(|trade| key(told) < key(&trade));
    let between = rows.into_iter().filter(kept);
    for (row, currency) in purchase.into_iter().chain(between).chain(sale) {
        if row.time > deal.status_date && outside.to.is_none_or(|to| row.time <= to) {
            columns.push(row);
            columns.close(currency);
        }
    }
}
