//! A deposit without maturity: interest is added to it every cycle, as long as events are wanted; money is taken out and paid in as observed
//! (events PR and PI).

use super::calendar::Moment;
use super::columns::Columns;
use super::event::Kind;
use super::loan::Loan;
use super::observed::Outside;
use super::plan::Plan;
use super::refusal::{Refusal, missing};
use super::stk::{beyond, last_wanted, open_dates};
use super::terms::{Rhythm, Terms};

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let open = with_rate(terms);
    let loan = Loan { is_open: true, ..Loan::try_build(&open)? };
    try_walk(&loan, outside, plan, columns).map_err(|refusal| vec![refusal])
}

/// Without a rate no interest is added, and everything else is as with a rate of 0.
fn with_rate(terms: &Terms) -> Terms {
    let interest = if terms.rate.is_some() { terms.interest } else { Rhythm::default() };
    Terms { rate: terms.rate.or(Some(0.0)), interest, ..terms.clone() }
}

fn try_walk(loan: &Loan<'_>, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Refusal> {
    try_plan(loan, outside, plan)?;
    loan.try_walk(plan, outside, columns, |step, state, accrual| {
        let amount = match step.kind {
            Kind::Pr => step.number,
            Kind::Pi => -step.number.abs(),
            _ => return None,
        };
        state.accrue(accrual);
        let paid = state.prepay(loan.sign * amount, loan.sign);
        loan.follow(state);
        Some(paid)
    })
}

fn try_plan(loan: &Loan<'_>, outside: &Outside<'_>, plan: &mut Plan) -> Result<(), Refusal> {
    let terms = loan.terms;
    let ours = |kind: Kind| matches!(kind, Kind::Pr | Kind::Pi);
    plan.clear();
    let moves = outside.occurrences.iter().filter(|observed| ours(observed.kind) && loan.concerns(observed));
    moves.for_each(|observed| plan.fixed(observed.kind, observed.time, observed.value));
    let goes_on = [terms.interest, terms.rate_reset, terms.fee, terms.scaling].iter().any(|rhythm| rhythm.cycle.is_some());
    let (end, horizon) = match last_wanted(terms, outside.to) {
        Some(end) => (end, beyond(end)),
        None if goes_on => return Err(missing("terminationDate", "a date on which it ends, or `to`: until when events are wanted")),
        None => (loan.initial_exchange, Moment(loan.initial_exchange.0.saturating_add(1))),
    };
    loan.try_plan_common(plan, horizon, outside.occurrences)?;
    // Without an anchor interest is added from the initial exchange on, as the standard's tests have it.
    let given = terms.interest.is_given().then(|| terms.interest.anchor.unwrap_or(loan.initial_exchange));
    if let Some(anchor) = given {
        let dates = open_dates(anchor, terms.interest.cycle, end, terms.keeps_month_end(), "cycleOfInterestPayment")?;
        for date in dates.filter(|date| *date >= loan.initial_exchange) {
            plan.moved(Kind::Ipci, date, terms.business_days, 0.0);
        }
    }
    // The standard's tests do not capitalise on the last moment that is wanted; nor is anything else that comes in a cycle told there.
    let cyclic = |kind: Kind| matches!(kind, Kind::Ipci | Kind::Fp | Kind::Sc | Kind::Rr | Kind::Rrf);
    plan.steps_mut().retain(|step| !cyclic(step.kind) || outside.to.is_none_or(|to| step.time < to));
    plan.try_order()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::{BusinessDayConvention, BusinessDays, Calendar};
    use crate::contract::cases::{currency, events, happened, market, moment, refused};
    use crate::contract::cycle::Cycle;
    use crate::contract::daycount::DayCount;
    use crate::contract::terms::{ContractType, FeeBasis, Role};

    fn deposit() -> Terms {
        Terms {
            contract_type: ContractType::Ump,
            role: Some(Role::Rpa),
            currency: currency("USD"),
            status_date: Some(moment("2012-12-15")),
            initial_exchange: Some(moment("2013-01-01")),
            notional: Some(1000.0),
            rate: Some(0.1),
            day_count: Some(DayCount::E30360),
            interest: Rhythm { anchor: Some(moment("2013-07-01")), cycle: Cycle::try_parse("P6ML0") },
            ..Terms::default()
        }
    }

    #[test]
    fn interest_is_added_until_the_horizon_and_not_on_it() {
        let mut terms = deposit();
        let until = |terms: &Terms, to: &str| events(terms, &market(&[]), &[], Some(to));
        assert_eq!(until(&terms, "2014-01-01"), ["2013-01-01 IED -1000 1000", "2013-07-01 IPCI 0 1050"]);
        // A horizon between two dates makes no stub.
        assert_eq!(until(&terms, "2014-05-05").len(), 3);
        (terms.termination_date, terms.termination_price) = (Some(moment("2014-01-01")), Some(900.0));
        let ended = ["2013-01-01 IED -1000 1000", "2013-07-01 IPCI 0 1050", "2014-01-01 IPCI 0 1102.5", "2014-01-01 TD 900 0"];
        assert_eq!(events(&terms, &market(&[]), &[], None), ended);
        terms.termination_date = None;
        assert_eq!(refused(&terms, &market(&[])), ["terminationDate"]);
        terms.rate = None;
        assert_eq!(until(&terms, "2014-01-01"), ["2013-01-01 IED -1000 1000"]);
        assert_eq!(events(&terms, &market(&[]), &[], None), ["2013-01-01 IED -1000 1000"]);
    }

    #[test]
    fn a_later_horizon_leaves_the_rows_before_it() {
        let mut terms = deposit();
        // 2014-03-01 is a Saturday: its interest is added on the Friday before.
        terms.interest.anchor = Some(moment("2014-03-01"));
        terms.business_days =
            BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::ShiftCalculatePreceding };
        let told = |to: &str| events(&terms, &market(&[]), &[], Some(to)).len();
        assert_eq!(["2014-02-28", "2014-03-01", "2014-03-02", "2014-08-30"].map(told), [1, 2, 2, 2]);
    }

    #[test]
    fn money_is_taken_out_and_paid_in() {
        let mut terms = deposit();
        terms.role = Some(Role::Rpl);
        let moves = [happened("2013-04-01", Kind::Pr, 400.0, None, None), happened("2013-10-01", Kind::Pi, 100.0, None, None)];
        // 1000 for a quarter at 10 %, then 600: 25 + 15 are added; then 640 for a quarter and 740 for another: 16 + 18.5.
        let expected = [
            "2013-01-01 IED 1000 -1000",
            "2013-04-01 PR -400 -600",
            "2013-07-01 IPCI 0 -640",
            "2013-10-01 PI 100 -740",
            "2014-01-01 IPCI 0 -774.5",
        ];
        assert_eq!(events(&terms, &market(&[]), &moves, Some("2014-02-01")), expected);
        let all = [happened("2013-04-01", Kind::Pr, 4000.0, None, None)];
        assert_eq!(events(&terms, &market(&[]), &all, Some("2013-05-01"))[1], "2013-04-01 PR -1000 0");
    }

    #[test]
    fn fees_and_resets_end_with_the_horizon() {
        let mut terms = deposit();
        (terms.fee_rate, terms.fee_basis) = (Some(3.0), FeeBasis::Absolute);
        terms.fee = Rhythm { anchor: Some(moment("2013-02-01")), cycle: Cycle::try_parse("P1ML0") };
        assert_eq!(events(&terms, &market(&[]), &[], Some("2013-03-15"))[1..], ["2013-02-01 FP 3 1000", "2013-03-01 FP 3 1000"]);
    }
}
