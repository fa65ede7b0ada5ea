//! Margins of a future: what is posted when it is dealt, and what is called for as its price moves. Rules of our own, where the standard has terms
//! but neither text nor tests: docs/reference/contracts.md

use super::calendar::Moment;
use super::cycle::try_dates;
use super::deal::Deal;
use super::event::Kind;
use super::plan::{Plan, moved};
use super::refusal::{Refusal, out_of_range, wrong_date};
use super::terms::Terms;

/// The margin account, seen from our side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    /// Posted at the start and returned at the end.
    initial: f64,
    /// Lowest and highest account (initial margin and what has not been settled yet) that leaves everything as it is.
    bounds: (f64, f64),
    /// Gains and losses settled so far.
    settled: f64,
    /// Whether the initial margin is still to be posted.
    to_post: bool,
}

impl Margin {
    /// From its terms. Without bounds every change of value is settled.
    pub fn new(deal: &Deal<'_>) -> Self {
        let terms = deal.terms;
        let initial = terms.initial_margin.unwrap_or(0.0);
        let bounds = match (terms.maintenance_margin_lower, terms.maintenance_margin_upper) {
            (None, None) => (initial, initial),
            (lower, upper) => (lower.unwrap_or(f64::NEG_INFINITY), upper.unwrap_or(f64::INFINITY)),
        };
        Self { initial, bounds, settled: terms.variation_margin.unwrap_or(0.0), to_post: posted_on(deal).is_some() }
    }

    /// What we receive when the initial margin is posted, the first time it is asked for; whatever the price.
    pub fn post(&mut self) -> Option<f64> {
        std::mem::take(&mut self.to_post).then_some(-self.initial)
    }

    /// What we receive when the contract has come to `value`: the difference to what was settled, where the account leaves its bounds.
    pub fn call(&mut self, value: f64) -> f64 {
        let open = value - self.settled;
        let account = self.initial + open;
        if account >= self.bounds.0 && account <= self.bounds.1 {
            return 0.0;
        }
        self.settled = value;
        open
    }

    /// What we receive when the contract is sold, beside its price.
    pub fn returned(&self) -> f64 {
        if self.to_post { 0.0 } else { self.initial }
    }

    /// What we receive at the end, when the contract came to `value`.
    pub fn settle(&self, value: f64) -> f64 {
        value - self.settled + self.returned()
    }
}

/// Notes margins that contradict each other or the dates of the contract.
pub fn check(deal: &Deal<'_>, maturity: Moment, refusals: &mut Vec<Refusal>) {
    let terms = deal.terms;
    if let Some(initial) = terms.initial_margin.filter(|initial| *initial < 0.0) {
        refusals.push(out_of_range("initialMargin", initial, "a margin of 0 or more"));
    }
    if let (Some(lower), Some(upper)) = (terms.maintenance_margin_lower, terms.maintenance_margin_upper)
        && lower > upper
    {
        refusals.push(out_of_range("maintenanceMarginLowerBound", lower, format!("at most the upper bound, {upper}")));
    }
    if let Some(date) = posted_on(deal).filter(|date| *date >= maturity) {
        let term = if terms.purchase_date.is_some() { "purchaseDate" } else { "contractDealDate" };
        refusals.push(wrong_date(term, date, format!("a date before the maturity, {maturity}: the initial margin is posted then")));
    }
}

/// Plans the posting of the initial margin, where it is to come, and the dates on which the price is looked at, before the `last` day.
pub fn try_plan(deal: &Deal<'_>, last: Moment, plan: &mut Plan) -> Result<(), Refusal> {
    let Terms { business_days, margining, .. } = deal.terms;
    if let Some(date) = posted_on(deal).filter(|date| *date < last) {
        plan.fixed(Kind::Mr, date, 0.0);
    }
    let begin = deal.terms.purchase_date.or(deal.terms.deal_date).unwrap_or(deal.status_date);
    if let Some(start) = margining.start(begin) {
        let dates = try_dates(start, margining.cycle, last, deal.terms.keeps_month_end(), "cycleOfMargining")?;
        let steps = dates.filter(|date| *date < last && *date > begin).map(|date| moved(Kind::Mr, date, *business_days, 0.0));
        // What is moved back to before the contract is dealt is no look at it.
        steps.filter(|step| step.time >= begin).for_each(|step| plan.push(step));
    }
    Ok(())
}

/// When the initial margin is posted: on the day it is dealt or bought, if that is still to come.
fn posted_on(deal: &Deal<'_>) -> Option<Moment> {
    let dealt = deal.terms.purchase_date.or(deal.terms.deal_date);
    dealt.filter(|date| *date > deal.status_date && deal.terms.initial_margin.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::cases::{currency, events, market, moment};
    use crate::contract::cycle::{Cycle, Period};
    use crate::contract::terms::{ContractType, Rhythm, Role};

    fn short_future() -> Terms {
        Terms {
            contract_type: ContractType::Futur,
            role: Some(Role::Sel),
            currency: currency("USD"),
            status_date: Some(moment("2022-01-01")),
            deal_date: Some(moment("2022-01-03")),
            maturity: Some(moment("2022-01-07")),
            futures_price: Some(100.0),
            market_code: Some("BTC".into()),
            quantity: Some(2.0),
            settlement_period: Some(Period::Days(0)),
            initial_margin: Some(30.0),
            margining: Rhythm { anchor: None, cycle: Cycle::try_parse("P1DL1") },
            ..Terms::default()
        }
    }

    fn amounts(terms: &Terms) -> Vec<(String, f64)> {
        let prices = market(&[(
            "BTC",
            &[("2022-01-03", 100.0), ("2022-01-04", 105.0), ("2022-01-05", 120.0), ("2022-01-06", 90.0), ("2022-01-07", 80.0)],
        )]);
        let row = |line: String| {
            let parts: Vec<&str> = line.split(' ').collect();
            (format!("{} {}", parts[0], parts[1]), parts[2].parse().unwrap())
        };
        let rows = events(terms, &prices, &[], None).into_iter().map(row);
        rows.filter(|(what, _)| what.ends_with("MR") || what.ends_with("STD")).collect()
    }

    #[test]
    fn a_short_future_pays_in_a_rally() {
        let flows = amounts(&short_future());
        let expected = [
            ("2022-01-03 MR", -30.0),
            ("2022-01-04 MR", -10.0),
            ("2022-01-05 MR", -30.0),
            ("2022-01-06 MR", 60.0),
            ("2022-01-07 STD", 50.0),
        ];
        assert_eq!(flows.iter().map(|(what, amount)| (what.as_str(), *amount)).collect::<Vec<_>>(), expected);
        assert_eq!(flows.iter().map(|(_, amount)| amount).sum::<f64>(), 40.0); // 2 x (100 - 80), as without margins
    }

    #[test]
    fn a_look_moved_back_to_before_the_deal_is_none() {
        use crate::contract::calendar::{BusinessDayConvention, BusinessDays, Calendar};
        let mut terms = short_future();
        // 2022-01-01 and 02 are a weekend, dealt on the Sunday; the looks at the 3rd and the 6th are called for on these days.
        (terms.deal_date, terms.status_date) = (Some(moment("2022-01-02")), Some(moment("2021-12-30")));
        terms.margining = Rhythm { anchor: Some(moment("2022-01-02T12:00")), cycle: Cycle::try_parse("P4DL1") };
        terms.business_days =
            BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::ShiftCalculatePreceding };
        let flows = amounts(&terms);
        let expected = [("2022-01-02 MR", -30.0), ("2022-01-06 MR", 20.0), ("2022-01-07 STD", 50.0)];
        assert_eq!(flows.iter().map(|(what, amount)| (what.as_str(), *amount)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn bounds_leave_small_changes_alone() {
        let mut terms = short_future();
        (terms.maintenance_margin_lower, terms.maintenance_margin_upper) = (Some(15.0), None);
        let flows: Vec<f64> = amounts(&terms).into_iter().map(|(_, amount)| amount).collect();
        assert_eq!(flows, [-30.0, 0.0, -40.0, 0.0, 110.0]);
        assert_eq!(flows.iter().sum::<f64>(), 40.0);
        terms.maintenance_margin_upper = Some(60.0);
        assert_eq!(amounts(&terms).into_iter().map(|(_, amount)| amount).collect::<Vec<_>>(), [-30.0, 0.0, -40.0, 60.0, 50.0]);
    }

    #[test]
    fn an_early_exercise_ends_the_calls() {
        let mut terms = short_future();
        terms.exercise_date = Some(moment("2022-01-05"));
        let flows: Vec<f64> = amounts(&terms).into_iter().map(|(_, amount)| amount).collect();
        assert_eq!(flows, [-30.0, -10.0, 0.0]); // 2 x (100 - 120) in all: the settlement returns the margin and takes what is left
        assert_eq!(flows.iter().sum::<f64>(), -40.0);
        (terms.exercise_date, terms.exercise_amount) = (Some(moment("2021-12-31")), Some(5.0));
        (terms.settlement_period, terms.deal_date) = (Some(Period::Days(5)), None);
        assert_eq!(amounts(&terms), [("2022-01-05 STD".to_owned(), -5.0 + 30.0)]);
    }

    #[test]
    fn contradicting_margins_are_refused() {
        let refused = |change: fn(&mut Terms)| {
            let mut terms = short_future();
            change(&mut terms);
            crate::contract::cases::refused(&terms, &market(&[]))
        };
        assert_eq!(refused(|terms| terms.initial_margin = Some(-1.0)), ["initialMargin"]);
        assert_eq!(refused(|terms| terms.deal_date = Some(moment("2022-02-01"))), ["contractDealDate"]);
        let crossed = |terms: &mut Terms| (terms.maintenance_margin_lower, terms.maintenance_margin_upper) = (Some(5.0), Some(4.0));
        assert_eq!(refused(crossed), ["maintenanceMarginLowerBound"]);
    }

    #[test]
    fn a_margin_posted_before_is_only_returned() {
        let mut terms = short_future();
        (terms.deal_date, terms.margining, terms.variation_margin) = (Some(moment("2021-12-01")), Rhythm::default(), Some(-12.0));
        assert_eq!(amounts(&terms), [("2022-01-07 STD".to_owned(), 40.0 + 12.0 + 30.0)]);
    }
}
