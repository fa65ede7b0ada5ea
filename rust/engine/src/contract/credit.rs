//! What guarantees and collateral share: the contracts they cover, the default they insure against, and how much is at stake then.

use super::calendar::Moment;
use super::columns::Columns;
use super::cycle::MAX_EVENTS;
use super::deal::{Deal, none_refused};
use super::event::Kind;
use super::exercise::settlement;
use super::legs::{completed, occurrences_of, try_columns};
use super::observed::{Occurrence, Outside};
use super::plan::Plan;
use super::refusal::{Refusal, missing, out_of_range};
use super::terms::{GuaranteedExposure, LegObject, LegRole, Performance, Role, Terms};

/// No more events are worked out of all contracts that one contract covers; more is a slip of the pen, or malice.
const MOST_COVERED_EVENTS: usize = 10 * MAX_EVENTS;

/// An enhancement of the credit of other contracts.
#[derive(Debug, Clone)]
pub struct Enhancement<'a> {
    /// What it shares with other contracts.
    pub deal: Deal<'a>,
    /// Share of the exposure that is covered.
    pub coverage: f64,
    /// Last day of cover.
    pub maturity: Moment,
    /// When a default was claimed.
    pub claimed: Option<Moment>,
}

impl<'a> Enhancement<'a> {
    /// From its terms: covered contracts, what happened to them, and until when they are covered.
    pub fn try_build(terms: &'a Terms, outside: &Outside<'_>) -> Result<Self, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let deal = Deal::build(terms, "a role: BUY for the one who is covered, SEL for the one who covers", &mut refusals);
        if !terms.structure.iter().any(|leg| leg.role == LegRole::Covered) {
            refusals.push(missing("contractStructure", "a covered contract, COVE"));
        }
        none_refused(refusals)?;
        let maturity = try_maturity(terms, outside)?;
        let claimed = terms.exercise_date.or_else(|| default_of(terms, outside, maturity));
        Ok(Self { deal, coverage: terms.coverage.unwrap_or(1.0), maturity, claimed })
    }

    /// Plans trades, and the claim with its settlement, or else the end of cover.
    pub fn plan(&self, plan: &mut Plan, occurrences: &[Occurrence]) {
        let (terms, days) = (self.deal.terms, self.deal.terms.business_days);
        plan.clear();
        self.deal.plan_trades(plan, occurrences);
        match self.claimed {
            Some(at) => {
                plan.fixed(Kind::Xd, at, 0.0);
                plan.moved(Kind::Std, settlement(terms, at), days, 0.0);
            }
            None => plan.moved(Kind::Md, self.maturity, days, 0.0),
        }
    }

    /// What of the covered contracts is at stake at each of some moments, in order of time; not signed, before the share that is covered.
    pub fn try_exposures(&self, moments: &[Moment], outside: &Outside<'_>) -> Result<Vec<f64>, Vec<Refusal>> {
        let mut sums = vec![0.0; moments.len()];
        let mut events = 0;
        for (place, leg) in self.deal.terms.structure.iter().enumerate().filter(|(_, leg)| leg.role == LegRole::Covered) {
            let exposures = match &leg.object {
                LegObject::Contract(leg) if self.deal.terms.guaranteed_exposure != GuaranteedExposure::MarketValue => {
                    let (exposures, rows) = self.try_owed(leg, place, moments, outside)?;
                    events += rows;
                    if events > MOST_COVERED_EVENTS {
                        let expected = format!("covered contracts of at most {MOST_COVERED_EVENTS} events in all");
                        return Err(vec![out_of_range("contractStructure", events, expected)]);
                    }
                    exposures
                }
                LegObject::Contract(leg) => try_each(moments, |moment| value(leg, outside, moment), place)?,
                LegObject::Market(code) => try_each(moments, |moment| outside.market.try_at("marketObjectCode", code, moment), place)?,
                LegObject::ContractId(_) => {
                    return Err(vec![missing(
                        "notionalPrincipal",
                        "the amount covered, as the covered contract is known by its name alone",
                    )]);
                }
            };
            sums.iter_mut().zip(exposures).for_each(|(sum, exposure)| *sum += exposure);
        }
        Ok(sums)
    }

    /// Principal, and where that is covered interest, of one contract: it is looked at from outside, by an event AD at each moment, in the place of a
    /// default of that moment. Also how many events it had.
    fn try_owed(&self, leg: &Terms, place: usize, moments: &[Moment], outside: &Outside<'_>) -> Result<(Vec<f64>, usize), Vec<Refusal>> {
        let lender = completed(leg, self.deal.terms, Role::Rpa);
        // Terms describe the state on their status date; earlier than that nothing is known, and that state is taken.
        let known = lender.status_date.map_or(Moment::EARLIEST, |date| Moment(date.0.saturating_add(1)));
        let looks: Vec<_> = moments.iter().map(|moment| (*moment).max(known)).collect();
        let mut occurrences = occurrences_of(leg, outside);
        occurrences.retain(|observed| observed.kind != Kind::Ad);
        occurrences.extend(looks.iter().map(|time| Occurrence {
            time: *time,
            kind: Kind::Ad,
            value: 0.0,
            contract: None,
            performance: None,
        }));
        let seen = Outside { occurrences: &occurrences, to: looks.last().copied(), ..*outside };
        let columns = try_columns(&lender, place, &seen, Plan::of_defaults())?;
        let with_interest = self.deal.terms.guaranteed_exposure == GuaranteedExposure::NotionalAndInterest;
        Ok((looks.iter().map(|time| owed(&columns, *time, with_interest)).collect(), columns.len()))
    }
}

/// What was seen at a moment; nothing where the contract had ended.
fn owed(columns: &Columns, time: Moment, with_interest: bool) -> f64 {
    let begin = columns.times.partition_point(|at| *at < time.0);
    let end = columns.times.partition_point(|at| *at <= time.0);
    let seen = (begin..end).rev().find(|row| columns.kinds[*row] == Kind::Ad);
    seen.map_or(0.0, |row| columns.notionals[row] + if with_interest { columns.accrued[row] } else { 0.0 })
}

fn try_each(moments: &[Moment], value: impl Fn(Moment) -> Result<f64, Refusal>, place: usize) -> Result<Vec<f64>, Vec<Refusal>> {
    moments.iter().map(|moment| value(*moment).map_err(|refusal| vec![refusal.of_leg(place)])).collect()
}

/// What a thing or a contract is worth on the market: the price of its units, its value as told, or, of cash, its amount.
pub fn value(leg: &Terms, outside: &Outside<'_>, moment: Moment) -> Result<f64, Refusal> {
    let price = match (&leg.market_code, leg.market_value, leg.contract_type) {
        (Some(code), _, _) => outside.market.try_at("marketObjectCode", code, moment)?,
        (None, Some(value), _) => value,
        (None, None, super::terms::ContractType::Csh) => leg.notional.unwrap_or(0.0),
        (None, None, _) => return Err(missing("marketObjectCode", "the market object whose values are the contract's price")),
    };
    Ok(price * leg.quantity.unwrap_or(1.0))
}

/// The first default that is covered, of any covered contract.
fn default_of(terms: &Terms, outside: &Outside<'_>, maturity: Moment) -> Option<Moment> {
    let insured = terms.credit_event.unwrap_or(Performance::Default);
    let names = terms.structure.iter().filter(|leg| leg.role == LegRole::Covered).filter_map(|leg| match &leg.object {
        LegObject::Contract(leg) => leg.contract_id.as_ref(),
        LegObject::ContractId(id) => Some(id),
        LegObject::Market(_) => None,
    });
    let names: Vec<_> = names.collect();
    let covered = |observed: &&Occurrence| {
        let named = observed.contract.as_ref().is_some_and(|id| names.contains(&id));
        observed.kind == Kind::Ce && observed.performance == Some(insured) && named && observed.time <= maturity
    };
    outside.occurrences.iter().filter(covered).map(|observed| observed.time).min()
}

/// Until when there is cover: as the terms say, else until the last covered contract ends.
fn try_maturity(terms: &Terms, outside: &Outside<'_>) -> Result<Moment, Vec<Refusal>> {
    if let Some(maturity) = terms.maturity {
        return Ok(maturity);
    }
    let mut last = None;
    for (place, leg) in terms.structure.iter().enumerate().filter(|(_, leg)| leg.role == LegRole::Covered) {
        let LegObject::Contract(leg) = &leg.object else { continue };
        let end = try_end(leg, place, terms, outside)?;
        let end = end.map(|end| leg.termination_date.map_or(end, |sold| sold.min(end)));
        last = last.max(end);
    }
    last.ok_or_else(|| vec![missing("maturityDate", "a date, as the covered contracts do not tell when they end")])
}

/// When a covered contract ends: its maturity, else its last event.
fn try_end(leg: &Terms, place: usize, terms: &Terms, outside: &Outside<'_>) -> Result<Option<Moment>, Vec<Refusal>> {
    if leg.maturity.is_some() {
        return Ok(leg.maturity);
    }
    let occurrences = occurrences_of(leg, outside);
    let whole = Outside { occurrences: &occurrences, to: None, ..*outside };
    Ok(try_columns(&completed(leg, terms, Role::Rpa), place, &whole, Plan::default())?.times.last().copied().map(Moment))
}
