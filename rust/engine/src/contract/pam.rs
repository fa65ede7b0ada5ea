//! Principal at maturity: interest on its dates, the principal at the end. Bullet loans and bonds.

use super::columns::Columns;
use super::event::Kind;
use super::loan::Loan;
use super::observed::Outside;
use super::plan::Plan;
use super::refusal::Refusal;
use super::terms::Terms;

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let loan = Loan::try_build(terms)?;
    try_plan(&loan, outside, plan).and_then(|()| loan.try_walk(plan, outside, columns, |_, _, _| None)).map_err(|refusal| vec![refusal])
}

fn try_plan(loan: &Loan<'_>, outside: &Outside<'_>, plan: &mut Plan) -> Result<(), Refusal> {
    let maturity = loan.try_maturity()?;
    plan.clear();
    loan.try_plan_interest(plan, maturity)?;
    loan.try_plan_common(plan, maturity, outside.occurrences)?;
    plan.moved(Kind::Md, maturity, loan.terms.business_days, 0.0);
    plan.try_order()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::Moment;
    use crate::contract::cycle::Cycle;
    use crate::contract::daycount::DayCount;
    use crate::contract::observed::{Market, Occurrence, Series};
    use crate::contract::terms::{Currency, FeeBasis, PenaltyType, PrepaymentEffect, Rhythm, Role};

    fn moment(text: &str) -> Moment {
        Moment::try_parse(text).unwrap()
    }

    fn bullet() -> Terms {
        Terms {
            role: Some(Role::Rpa),
            status_date: Some(moment("2012-12-31")),
            initial_exchange: Some(moment("2013-01-01")),
            maturity: Some(moment("2014-01-01")),
            currency: Currency::try_parse("USD"),
            notional: Some(1000.0),
            rate: Some(0.1),
            day_count: Some(DayCount::E30360),
            interest: Rhythm { anchor: None, cycle: Cycle::try_parse("P6ML1") },
            ..Terms::default()
        }
    }

    fn events(terms: &Terms, market: &Market, occurrences: &[Occurrence], to: Option<Moment>) -> Vec<(&'static str, f64, f64)> {
        let mut columns = Columns::default();
        let outside = Outside { market, occurrences, to };
        try_schedule(terms, &outside, &mut Plan::default(), &mut columns).unwrap();
        let tuple = |row: usize| (columns.kinds[row].word(), (columns.payoffs[row] * 1e9).round() / 1e9, columns.notionals[row]);
        (0..columns.len()).map(tuple).collect()
    }

    fn alone(terms: &Terms) -> Vec<(&'static str, f64, f64)> {
        events(terms, &Market::default(), &[], None)
    }

    #[test]
    fn a_bullet_by_hand() {
        assert_eq!(alone(&bullet()), [("IED", -1000.0, 1000.0), ("IP", 50.0, 1000.0), ("IP", 50.0, 1000.0), ("MD", 1000.0, 0.0)]);
        let mut borrower = bullet();
        borrower.role = Some(Role::Rpl);
        borrower.premium = Some(-20.0);
        assert_eq!(alone(&borrower), [("IED", 980.0, -1000.0), ("IP", -50.0, -1000.0), ("IP", -50.0, -1000.0), ("MD", -1000.0, 0.0)]);
    }

    #[test]
    fn interest_is_added_as_long_as_agreed() {
        let mut terms = bullet();
        terms.capitalization_end = Some(moment("2013-07-01"));
        assert_eq!(alone(&terms), [("IED", -1000.0, 1000.0), ("IPCI", 0.0, 1050.0), ("IP", 52.5, 1050.0), ("MD", 1050.0, 0.0)]);
        terms.capitalization_end = Some(moment("2013-04-01"));
        assert_eq!(
            alone(&terms),
            [("IED", -1000.0, 1000.0), ("IPCI", 0.0, 1025.0), ("IP", 25.625, 1025.0), ("IP", 51.25, 1025.0), ("MD", 1025.0, 0.0)]
        );
    }

    #[test]
    fn fees_fixed_and_accrued() {
        let mut terms = bullet();
        terms.fee = Rhythm { anchor: None, cycle: Cycle::try_parse("P1YL1") };
        terms.fee_rate = Some(0.02);
        terms.fee_basis = FeeBasis::Notional;
        let fee = |terms: &Terms| alone(terms).into_iter().find(|event| event.0 == "FP").unwrap().1;
        assert_eq!(fee(&terms), 20.0);
        // Running: the part accrued since the last fee is the terms', else derived; of an absolute fee it is paid with the fee.
        let running = Terms {
            fee: Rhythm { anchor: None, cycle: Cycle::try_parse("P3M") },
            status_date: Some(moment("2013-05-01")),
            ..terms.clone()
        };
        assert_eq!(fee(&running), 5.0);
        assert_eq!(fee(&Terms { fee_accrued: Some(1.0), ..running.clone() }), 4.333333333);
        let absolute = Terms { fee_accrued: Some(1.0), fee_basis: FeeBasis::Absolute, fee_rate: Some(3.0), ..running.clone() };
        assert_eq!((fee(&absolute), alone(&absolute).last().unwrap().1), (3.0, 1000.0));
        assert!(alone(&Terms { fee_rate: Some(0.0), ..running }).iter().all(|event| event.0 != "FP"));
        terms.fee_basis = FeeBasis::Absolute;
        terms.fee_rate = Some(3.0);
        assert_eq!(fee(&terms), 3.0);
    }

    #[test]
    fn a_prepayment_with_its_penalty() {
        let mut terms = bullet();
        (terms.prepayment_effect, terms.penalty_type, terms.penalty_rate) = (PrepaymentEffect::Amount, PenaltyType::Absolute, Some(7.0));
        let paid = Occurrence { time: moment("2013-07-01"), kind: Kind::Pp, value: 400.0, contract: None, performance: None };
        assert_eq!(
            events(&terms, &Market::default(), &[paid], None)[1..],
            [("PY", 7.0, 1000.0), ("PP", 400.0, 600.0), ("IP", 50.0, 600.0), ("IP", 30.0, 600.0), ("MD", 600.0, 0.0)]
        );
    }

    #[test]
    fn a_prepayment_is_what_was_observed_in_the_life_of_the_loan() {
        use crate::contract::calendar::{BusinessDayConvention, BusinessDays, Calendar};
        let paid = |date: &str| Occurrence { time: moment(date), kind: Kind::Pp, value: 400.0, contract: None, performance: None };
        let mut terms = bullet();
        (terms.prepayment_effect, terms.notional_scaling) = (PrepaymentEffect::Maturity, Some(2.0));
        (terms.penalty_type, terms.penalty_rate) = (PenaltyType::Absolute, Some(7.0));
        let rows = |terms: &Terms, date: &str| events(terms, &Market::default(), &[paid(date)], None);
        assert_eq!(rows(&terms, "2014-01-01")[2..], [("PY", 7.0, 1000.0), ("PP", 400.0, 600.0), ("IP", 50.0, 600.0), ("MD", 1200.0, 0.0)]);
        assert_eq!((rows(&terms, "2014-01-02").len(), rows(&terms, "2012-12-31").len(), rows(&terms, "2013-01-01").len()), (4, 4, 6));
        // 2014-01-05 is a Sunday: paid back on the Friday before, nothing is left to be prepaid on the Saturday.
        terms.maturity = Some(moment("2014-01-05"));
        let convention = BusinessDayConvention::CalculateShiftPreceding;
        terms.business_days = BusinessDays { calendar: Calendar::MondayToFriday, convention };
        assert_eq!((rows(&terms, "2014-01-04").len(), rows(&terms, "2014-01-03").len()), (5, 7));
    }

    #[test]
    fn a_penalty_against_the_market_takes_its_rate_as_it_is() {
        let mut terms = bullet();
        (terms.prepayment_effect, terms.penalty_type) = (PrepaymentEffect::Maturity, PenaltyType::InterestDifferential);
        (terms.rate_code, terms.rate_spread, terms.rate_multiplier) = (Some("LIBOR".into()), Some(0.01), Some(3.0));
        let market = Market::new(vec![Series::new("LIBOR", vec![(moment("2013-01-01"), 0.04)])]);
        let paid = Occurrence { time: moment("2013-07-01"), kind: Kind::Pp, value: 400.0, contract: None, performance: None };
        assert_eq!(events(&terms, &market, &[paid], None)[1], ("PY", 30.0, 1000.0));
    }

    #[test]
    fn resets_read_the_market() {
        let mut terms = bullet();
        terms.rate_reset = Rhythm { anchor: Some(moment("2013-07-01")), cycle: None };
        (terms.rate_code, terms.rate_spread) = (Some("LIBOR".into()), Some(0.01));
        let market = Market::new(vec![Series::new("LIBOR", vec![(moment("2013-06-30"), 0.03)])]);
        assert_eq!(events(&terms, &market, &[], None)[2..4], [("RR", 0.0, 1000.0), ("IP", 20.0, 1000.0)]);
        let nothing = Outside { market: &Market::default(), occurrences: &[], to: None };
        let refused = try_schedule(&terms, &nothing, &mut Plan::default(), &mut Columns::default()).unwrap_err();
        assert_eq!(refused[0].term, "marketObjectCodeOfRateReset");
        terms.next_reset_rate = Some(0.08);
        assert_eq!(alone(&terms)[2..4], [("RRF", 0.0, 1000.0), ("IP", 40.0, 1000.0)]);
    }

    #[test]
    fn bought_and_sold_between() {
        let mut terms = bullet();
        (terms.purchase_date, terms.purchase_price) = (Some(moment("2013-04-01")), Some(900.0));
        (terms.termination_date, terms.termination_price) = (Some(moment("2013-10-01")), Some(950.0));
        assert_eq!(alone(&terms), [("PRD", -925.0, 1000.0), ("IP", 50.0, 1000.0), ("TD", 975.0, 0.0)]);
    }

    #[test]
    fn what_is_past_is_not_told_and_what_is_later_not_wanted() {
        let mut terms = bullet();
        terms.status_date = Some(moment("2013-08-01"));
        assert_eq!(alone(&terms), [("IP", 50.0, 1000.0), ("MD", 1000.0, 0.0)]);
        assert_eq!(events(&bullet(), &Market::default(), &[], Some(moment("2013-07-01"))).len(), 2);
        // What is due on the status date is past too.
        terms.status_date = Some(moment("2013-07-01"));
        assert_eq!(alone(&terms), [("IP", 50.0, 1000.0), ("MD", 1000.0, 0.0)]);
    }

    #[test]
    fn what_is_missing_is_told_at_once() {
        let refused = |terms: &Terms| {
            let outside = Outside { market: &Market::default(), occurrences: &[], to: None };
            try_schedule(terms, &outside, &mut Plan::default(), &mut Columns::default()).unwrap_err()
        };
        let names: Vec<_> = refused(&Terms::default()).into_iter().map(|refusal| refusal.term).collect();
        let expected =
            ["contractRole", "statusDate", "initialExchangeDate", "notionalPrincipal", "nominalInterestRate", "dayCountConvention"];
        assert_eq!(names[..6], expected);
        let mut terms = bullet();
        terms.maturity = Some(moment("2012-01-01"));
        assert_eq!(refused(&terms)[0].term, "maturityDate");
        terms.maturity = None;
        assert_eq!(refused(&terms)[0].term, "maturityDate");
    }
}
