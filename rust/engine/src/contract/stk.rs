//! A stock: shares that are bought and sold, and pay dividends in between, known or as the market tells.

use super::calendar::{DAY_SECONDS, Moment};
use super::columns::Columns;
use super::com::trade;
use super::cycle::{Cycle, try_dates};
use super::deal::{Deal, none_refused};
use super::event::Kind;
use super::observed::Outside;
use super::plan::{Plan, Step};
use super::refusal::{Refusal, missing};
use super::terms::Terms;

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let deal = Deal::build(terms, "a role: RPA for what we have, RPL for what we owe", &mut refusals);
    none_refused(refusals)?;
    try_walk(&deal, outside, plan, columns).map_err(|refusal| vec![refusal])
}

fn try_walk(deal: &Deal<'_>, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Refusal> {
    plan.clear();
    try_plan_dividends(deal, outside, plan)?;
    deal.plan_trades(plan, outside.occurrences);
    let to_come = plan.steps().iter().filter(|step| step.kind == Kind::Dv && step.time > deal.status_date);
    let known = to_come.map(|step| step.scheduled).min().filter(|_| deal.terms.dividend_payment.is_some());
    deal.try_walk(plan, outside, columns, |step| {
        let payoff = if step.kind == Kind::Dv { deal.sign * try_dividend(deal, step, known, outside)? } else { trade(deal, step) };
        Ok(deal.paid(deal.quantity() * payoff))
    })
}

/// Dividends by their cycle until the shares are sold, else as long as events are wanted. A share bought when the next dividend had been
/// taken off its price does not get that dividend.
fn try_plan_dividends(deal: &Deal<'_>, outside: &Outside<'_>, plan: &mut Plan) -> Result<(), Refusal> {
    let terms = deal.terms;
    let Some(start) = terms.dividend.start(terms.purchase_date.unwrap_or(deal.status_date)) else { return Ok(()) };
    let dates = match last_wanted(terms, outside.to) {
        None if terms.dividend.cycle.is_some() => {
            return Err(missing("terminationDate", "a date of sale, or `to`: until when dividends are wanted"));
        }
        None => open_dates(start, None, start, terms.keeps_month_end(), CYCLE)?,
        Some(last) => open_dates(start, terms.dividend.cycle, last, terms.keeps_month_end(), CYCLE)?,
    };
    let without = terms.ex_dividend_date.filter(|ex| terms.purchase_date.is_some_and(|bought| bought >= *ex));
    let mut lost = without.is_some();
    for date in dates {
        // The dividend that follows the ex-dividend date, and only that one, stays with the seller.
        if lost && without.is_some_and(|ex| date >= ex) {
            lost = false;
            continue;
        }
        plan.moved(Kind::Dv, date, terms.business_days, 0.0);
    }
    Ok(())
}

/// The last moment on which anything can happen, if there is one.
pub(super) fn last_wanted(terms: &Terms, to: Option<Moment>) -> Option<Moment> {
    [terms.termination_date, to].into_iter().flatten().min()
}

/// So far beyond a horizon dates are looked for that are moved back to before it: more days than a calendar has holidays in a row.
const MOST_MOVED: i64 = 14 * DAY_SECONDS;

/// Until when dates are planned that may count up to a horizon.
pub(super) fn beyond(horizon: Moment) -> Moment {
    Moment(horizon.0.saturating_add(MOST_MOVED))
}

/// The dates of a cycle up to a horizon and those that may be moved back to before it; the horizon is no date of the cycle and makes no stub.
/// Without a cycle the start alone.
pub(super) fn open_dates(
    start: Moment,
    cycle: Option<Cycle>,
    last: Moment,
    month_end: bool,
    term: &'static str,
) -> Result<impl Iterator<Item = Moment> + use<>, Refusal> {
    let beyond = beyond(last);
    let dates = try_dates(start, cycle.map(Cycle::endless), beyond, month_end, term)?;
    Ok(dates.filter(move |date| *date < beyond))
}

const CYCLE: &str = "cycleOfDividendPayment";

fn try_dividend(deal: &Deal<'_>, step: &Step, known: Option<Moment>, outside: &Outside<'_>) -> Result<f64, Refusal> {
    if known == Some(step.scheduled) {
        return Ok(deal.terms.dividend_payment.unwrap_or(0.0));
    }
    let term = "marketObjectCodeOfDividends";
    match (&deal.terms.dividend_code, &deal.terms.contract_id) {
        (Some(code), _) => outside.market.try_at(term, code, step.scheduled),
        // The standard names the series of a stock's dividends after the stock.
        (None, Some(id)) => outside.market.try_at(term, &format!("{id}-DV"), step.scheduled),
        (None, None) => Err(missing(term, "the market object whose values are the dividends")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::{BusinessDayConvention, BusinessDays, Calendar};
    use crate::contract::cases::{currency, events, market, moment, refused};
    use crate::contract::terms::{ContractType, Rhythm, Role};

    const DIVIDENDS: &[(&str, f64)] = &[("2013-06-01", 10.0), ("2013-09-01", 20.0), ("2013-12-01", 30.0)];

    fn share() -> Terms {
        Terms {
            contract_type: ContractType::Stk,
            contract_id: Some("ACME".into()),
            role: Some(Role::Rpa),
            currency: currency("USD"),
            status_date: Some(moment("2012-12-30")),
            purchase_date: Some(moment("2013-01-01")),
            purchase_price: Some(1200.0),
            dividend: Rhythm { anchor: Some(moment("2013-06-01")), cycle: Cycle::try_parse("P3ML0") },
            ..Terms::default()
        }
    }

    #[test]
    fn dividends_are_paid_to_the_horizon_or_the_sale() {
        let told = market(&[("ACME-DV", DIVIDENDS), ("DIV", &[("2013-06-01", 1.0)])]);
        let mut terms = share();
        let until = |terms: &Terms, to: &str| events(terms, &told, &[], Some(to));
        let paid = ["2013-01-01 PRD -1200 0", "2013-06-01 DV 10 0", "2013-09-01 DV 20 0", "2013-12-01 DV 30 0"];
        assert_eq!(until(&terms, "2013-12-01"), paid);
        // A horizon between two dates makes no stub.
        assert_eq!(until(&terms, "2013-11-30"), paid[..3]);
        assert_eq!(refused(&terms, &told), ["terminationDate"]);
        (terms.termination_date, terms.termination_price) = (Some(moment("2013-09-01")), Some(1300.0));
        assert_eq!(events(&terms, &told, &[], None)[1..], ["2013-06-01 DV 10 0", "2013-09-01 DV 20 0", "2013-09-01 TD 1300 0"]);
        (terms.quantity, terms.role, terms.dividend_code) = (Some(3.0), Some(Role::Rpl), Some("DIV".into()));
        assert_eq!(until(&terms, "2013-07-01"), ["2013-01-01 PRD 3600 0", "2013-06-01 DV -3 0"]);
    }

    #[test]
    fn the_next_dividend_may_be_known_or_lost() {
        let told = market(&[("ACME-DV", DIVIDENDS)]);
        let mut terms = share();
        terms.dividend_payment = Some(7.0);
        assert_eq!(events(&terms, &told, &[], Some("2013-09-01"))[1..], ["2013-06-01 DV 7 0", "2013-09-01 DV 20 0"]);
        let running = Terms { status_date: Some(moment("2013-06-01")), ..terms.clone() };
        assert_eq!(events(&running, &told, &[], Some("2013-12-01")), ["2013-09-01 DV 7 0", "2013-12-01 DV 30 0"]);
        terms.ex_dividend_date = Some(moment("2013-05-20"));
        assert_eq!(events(&terms, &told, &[], Some("2013-06-01")).len(), 2);
        terms.dividend_payment = None;
        terms.purchase_date = Some(moment("2013-05-25"));
        assert_eq!(events(&terms, &told, &[], Some("2013-09-01")), ["2013-05-25 PRD -1200 0", "2013-09-01 DV 20 0"]);
    }

    #[test]
    fn dividends_are_read_before_they_are_moved() {
        let mut terms = share();
        terms.business_days =
            BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::ShiftCalculateFollowing };
        // 2013-06-01 was a Saturday.
        let told = market(&[("ACME-DV", &[("2013-06-01", 10.0), ("2013-06-02", 99.0)])]);
        assert_eq!(events(&terms, &told, &[], Some("2013-07-01"))[1..], ["2013-06-03 DV 10 0"]);
        terms.business_days.convention = BusinessDayConvention::ShiftCalculatePreceding;
        assert_eq!(events(&terms, &told, &[], Some("2013-05-31"))[1..], ["2013-05-31 DV 10 0"]);
        assert_eq!(events(&terms, &told, &[], Some("2013-05-30")).len(), 1);
        assert_eq!(refused(&Terms { contract_type: ContractType::Stk, ..Terms::default() }, &told).len(), 3);
    }
}
