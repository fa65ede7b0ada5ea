//! Exotic linear amortiser: segments of redemptions, draws, interest and rates, one after the other. Staged deposits.

use super::calendar::Moment;
use super::columns::Columns;
use super::cycle::{Cycle, Dates, MAX_EVENTS, try_dates};
use super::event::Kind;
use super::loan::Loan;
use super::observed::Outside;
use super::plan::Plan;
use super::refusal::{Refusal, missing, out_of_range, wrong_date};
use super::terms::{Arrays, FixedVariable, IncreaseDecrease, Terms};

const ANCHORS: &str = "arrayCycleAnchorDateOfPrincipalRedemption";
const PAYMENTS: &str = "arrayNextPrincipalRedemptionPayment";
const INTEREST: &str = "arrayCycleAnchorDateOfInterestPayment";
const RATES: &str = "arrayCycleAnchorDateOfRateReset";
/// Principal that is less than this share of the notional is none: sums of decimal amounts are not exact.
const NOTHING: f64 = 1e-12;

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut loan = Loan::try_build(terms)?;
    try_walk(&mut loan, outside, plan, columns).map_err(|refusal| vec![refusal])
}

fn try_walk(loan: &mut Loan<'_>, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Refusal> {
    let arrays = try_arrays(loan)?;
    let end = match loan.maturity {
        Some(end) => end,
        None => try_maturity(loan, &arrays)?,
    };
    loan.maturity = Some(end);
    try_plan(loan, &arrays, plan, end, outside)?;
    loan.try_walk(plan, outside, columns, |step, state, accrual| {
        let amount = loan.sign * step.number;
        let paid = match step.kind {
            Kind::Pr => {
                state.accrue(accrual);
                state.redeem(amount, loan.sign)
            }
            Kind::Pi => {
                state.accrue(accrual);
                state.increase(amount)
            }
            _ => return None,
        };
        loan.follow(state);
        Some(paid)
    })
}

fn try_plan(loan: &Loan<'_>, arrays: &Arrays, plan: &mut Plan, end: Moment, outside: &Outside<'_>) -> Result<(), Refusal> {
    let days = loan.terms.business_days;
    plan.clear();
    for (segment, dates) in try_segments(loan, &arrays.principal_anchors, &arrays.principal_cycles, end, ANCHORS)?.into_iter().enumerate() {
        let draws = arrays.increase_decrease.get(segment) == Some(&IncreaseDecrease::Increase);
        let kind = if draws { Kind::Pi } else { Kind::Pr };
        dates.into_iter().for_each(|date| plan.moved(kind, date, days, arrays.principal_payments[segment]));
    }
    if arrays.interest_anchors.is_empty() {
        loan.try_plan_interest(plan, end)?;
    } else {
        let dates = try_segments(loan, &arrays.interest_anchors, &arrays.interest_cycles, end, INTEREST)?;
        loan.plan_interest_on(plan, dates.into_iter().flatten().chain(std::iter::once(end)));
    }
    for (segment, dates) in try_segments(loan, &arrays.rate_anchors, &arrays.rate_cycles, end, RATES)?.into_iter().enumerate() {
        let variable = arrays.fixed_variable.get(segment) == Some(&FixedVariable::Variable);
        let kind = if variable { Kind::Rr } else { Kind::Rrf };
        dates.into_iter().for_each(|date| plan.moved(kind, date, days, arrays.rates[segment]));
    }
    loan.try_plan_base(plan, end)?;
    loan.try_plan_common(plan, end, outside.occurrences)?;
    plan.moved(Kind::Md, end, days, 0.0);
    plan.try_order()
}

/// The arrays, with the plain terms of an amortiser as a single segment where there are none. Segments are told in full and in order.
fn try_arrays(loan: &Loan<'_>) -> Result<Arrays, Refusal> {
    let mut arrays = loan.terms.arrays.as_deref().cloned().unwrap_or_default();
    if arrays.principal_anchors.is_empty() && arrays.principal_payments.is_empty() {
        arrays.principal_payments.extend(loan.terms.redemption_payment);
        arrays.principal_anchors.extend(loan.terms.redemption_payment.map(|_| loan.try_redemption_start()).transpose()?);
        arrays.principal_cycles.extend(loan.terms.redemption.cycle.filter(|_| loan.terms.redemption_payment.is_some()));
    }
    let (principal, interest, rate) = (&arrays.principal_anchors, &arrays.interest_anchors, &arrays.rate_anchors);
    for (name, length, anchors, optional) in [
        (PAYMENTS, arrays.principal_payments.len(), principal, false),
        ("arrayIncreaseDecrease", arrays.increase_decrease.len(), principal, true),
        ("arrayCycleOfPrincipalRedemption", arrays.principal_cycles.len(), principal, true),
        ("arrayCycleOfInterestPayment", arrays.interest_cycles.len(), interest, true),
        ("arrayCycleOfRateReset", arrays.rate_cycles.len(), rate, true),
        ("arrayRate", arrays.rates.len(), rate, false),
        ("arrayFixedVariable", arrays.fixed_variable.len(), rate, true),
    ] {
        if length != anchors.len() && !(optional && length == 0) {
            return Err(out_of_range(name, length, format!("one item a segment: {} here, as there are anchor dates", anchors.len())));
        }
    }
    for (name, anchors) in [(ANCHORS, principal), (INTEREST, interest), (RATES, rate)] {
        if let Some(pair) = anchors.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(wrong_date(name, pair[1], format!("segments in order of time: a date after {}", pair[0])));
        }
    }
    Ok(arrays)
}

/// The dates of each segment: from its anchor by its cycle until the next one's anchor, or the end; without a cycle the anchor alone.
fn try_segments(
    loan: &Loan<'_>,
    anchors: &[Moment],
    cycles: &[Cycle],
    end: Moment,
    term: &'static str,
) -> Result<Vec<Vec<Moment>>, Refusal> {
    let dates = |(segment, anchor): (usize, &Moment)| {
        let until = anchors.get(segment + 1).copied().unwrap_or(end).min(end);
        let dates = try_segment(loan, *anchor, cycles.get(segment).copied(), until, term)?;
        Ok(dates.filter(|date| *date < until && *date >= loan.initial_exchange).collect())
    };
    anchors.iter().enumerate().map(dates).collect()
}

fn try_segment(loan: &Loan<'_>, anchor: Moment, cycle: Option<Cycle>, until: Moment, term: &'static str) -> Result<Dates, Refusal> {
    try_dates(anchor, cycle, until, loan.terms.keeps_month_end(), term)
}

/// The date on which the redemptions have paid back the notional and what was drawn.
fn try_maturity(loan: &Loan<'_>, arrays: &Arrays) -> Result<Moment, Refusal> {
    let never = || missing("maturityDate", "a maturity, or redemptions that pay back the principal");
    let mut left = loan.notional;
    for (segment, anchor) in arrays.principal_anchors.iter().enumerate() {
        let draws = arrays.increase_decrease.get(segment) == Some(&IncreaseDecrease::Increase);
        let amount = if draws { arrays.principal_payments[segment] } else { -arrays.principal_payments[segment] };
        let cycle = arrays.principal_cycles.get(segment).copied();
        let mut redeemed_on = |dates: &mut dyn Iterator<Item = Moment>| {
            dates.filter(|date| loan.is_to_come(*date)).find(|_| {
                left += amount;
                left <= loan.notional * NOTHING
            })
        };
        let found = match (arrays.principal_anchors.get(segment + 1), cycle) {
            (Some(next), cycle) => redeemed_on(&mut try_segment(loan, *anchor, cycle, *next, ANCHORS)?.filter(|date| date < next)),
            (None, Some(cycle)) => {
                let nth = |k| cycle.nth(*anchor, k, loan.terms.keeps_month_end());
                redeemed_on(&mut (0..=MAX_EVENTS as u32).map_while(nth))
            }
            (None, None) => redeemed_on(&mut std::iter::once(*anchor)),
        };
        if let Some(date) = found {
            return Ok(date);
        }
    }
    Err(never())
}
