//! An option: the right to buy (call), to sell (put), or both, at a strike.

use super::columns::Columns;
use super::deal::{Deal, date_of, none_refused};
use super::exercise::{Derivative, underlying};
use super::observed::Outside;
use super::plan::Plan;
use super::refusal::Refusal;
use super::terms::{OptionType, Terms, required};

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let told = &mut refusals;
    let deal = Deal::build(terms, "a role: BUY for the one who has the right, SEL for the one who gave it", told);
    let maturity = date_of(terms.maturity, "maturityDate", told);
    let kind = required(terms.option_type, "optionType", "C for a call, P for a put, CP for both", told);
    let strike = required(terms.strike, "optionStrike1", "the strike, for example 80", told);
    let second = if kind == OptionType::CallPut {
        required(terms.strike2, "optionStrike2", "the strike of the put of a pair", told)
    } else {
        strike
    };
    let underlying = underlying(terms).unwrap_or_else(|refusal| {
        told.push(refusal);
        ""
    });
    none_refused(refusals)?;
    let derivative = Derivative { deal, maturity, underlying, is_margined: false };
    derivative.try_walk(outside, plan, columns, |price| intrinsic(kind, price, strike, second)).map_err(|refusal| vec![refusal])
}

/// What an option comes to when it is exercised at a price of the underlying.
pub fn intrinsic(kind: OptionType, price: f64, strike: f64, second_strike: f64) -> f64 {
    match kind {
        OptionType::Call => (price - strike).max(0.0),
        OptionType::Put => (strike - price).max(0.0),
        OptionType::CallPut => (price - strike).max(0.0) + (second_strike - price).max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::{BusinessDayConvention, BusinessDays, Calendar};
    use crate::contract::cases::{currency, events, happened, market, moment, refused, try_columns};
    use crate::contract::cycle::{Cycle, Period};
    use crate::contract::event::Kind;
    use crate::contract::observed::Market;
    use crate::contract::terms::{ContractType, ExerciseType, Leg, LegObject, LegRole, Rhythm, Role};

    fn call() -> Terms {
        Terms {
            contract_type: ContractType::Optns,
            role: Some(Role::Buy),
            currency: currency("USD"),
            status_date: Some(moment("2020-01-01")),
            purchase_date: Some(moment("2020-01-02")),
            purchase_price: Some(10.0),
            maturity: Some(moment("2020-09-30")),
            option_type: Some(OptionType::Call),
            strike: Some(80.0),
            structure: vec![Leg { role: LegRole::Underlying, object: LegObject::Market("BTC".into()) }],
            ..Terms::default()
        }
    }

    fn prices() -> Market {
        market(&[("BTC", &[("2020-01-01", 70.0), ("2020-06-30", 100.0), ("2020-09-30", 115.0)])])
    }

    #[test]
    fn the_value_at_exercise() {
        use OptionType::{Call, CallPut, Put};
        for (kind, price, worth) in [
            (Call, 100.0, 20.0),
            (Call, 80.0, 0.0),
            (Call, 60.0, 0.0),
            (Put, 60.0, 20.0),
            (Put, 100.0, 0.0),
            (CallPut, 100.0, 20.0),
            (CallPut, 75.0, 0.0),
            (CallPut, 60.0, 10.0),
        ] {
            assert_eq!(intrinsic(kind, price, 80.0, 70.0), worth, "{kind:?} {price}");
        }
    }

    #[test]
    fn exercised_at_maturity_and_settled_on_a_business_day() {
        let mut terms = call();
        terms.settlement_period = Some(Period::Days(3));
        let columns = try_columns(&terms, &prices(), &[], None).unwrap();
        let expected = ["2020-01-02 PRD -10 0", "2020-09-30 MD 0 0", "2020-09-30 XD 0 0", "2020-10-03 STD 35 0"];
        assert_eq!(crate::contract::cases::lines(&columns), expected);
        let exercises: Vec<_> = columns.exercises.iter().map(|exercise| (exercise.amount, exercise.date)).collect();
        let at = Some(moment("2020-09-30"));
        assert_eq!(exercises, [(0.0, None), (0.0, at), (35.0, at), (0.0, at)]);
        terms.business_days =
            BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::CalculateShiftPreceding };
        (terms.role, terms.quantity) = (Some(Role::Sel), Some(2.0));
        assert_eq!(events(&terms, &prices(), &[], None)[3], "2020-10-02 STD -70 0");
        (terms.option_type, terms.quantity) = (Some(OptionType::Put), None);
        let worthless = try_columns(&terms, &prices(), &[], None).unwrap();
        assert!(worthless.exercises.iter().all(|exercise| exercise.date.is_none() && exercise.amount == 0.0));
        assert_eq!(worthless.len(), 4);
    }

    #[test]
    fn exercised_early_where_that_is_allowed() {
        let exercise = [happened("2020-06-30", Kind::Xd, 0.0, None, None)];
        let mut terms = call();
        let last = events(&terms, &prices(), &exercise, None);
        assert_eq!(last[3], "2020-09-30 STD 35 0");
        terms.exercise_type = ExerciseType::American;
        let early = ["2020-01-02 PRD -10 0", "2020-06-30 XD 0 0", "2020-06-30 STD 20 0"];
        assert_eq!(events(&terms, &prices(), &exercise, None), early);
        // The purchase of the same day comes before it, a settlement moved to the business day before it too: 2020-06-28 was a Sunday.
        let exercises = |terms: &Terms, date: &str| {
            let columns = try_columns(terms, &prices(), &[happened(date, Kind::Xd, 0.0, None, None)], None).unwrap();
            columns.exercises.iter().map(|exercise| (exercise.amount, exercise.date)).collect::<Vec<_>>()
        };
        let at = Some(moment("2020-06-30"));
        assert_eq!(exercises(&Terms { purchase_date: at, ..terms.clone() }, "2020-06-30"), [(0.0, None), (20.0, at), (0.0, at)]);
        let convention = BusinessDayConvention::ShiftCalculatePreceding;
        let moved =
            Terms { business_days: BusinessDays { calendar: Calendar::MondayToFriday, convention }, strike: Some(60.0), ..terms.clone() };
        let sunday = [happened("2020-06-28", Kind::Xd, 0.0, None, None)];
        assert_eq!(events(&moved, &prices(), &sunday, None)[1..], ["2020-06-26 STD 10 0", "2020-06-28 XD 0 0"]);
        terms.exercise_end = Some(moment("2020-06-29"));
        assert_eq!(events(&terms, &prices(), &exercise, None), last);
        (terms.exercise_end, terms.exercise_type) = (None, ExerciseType::Bermudan);
        terms.prepayment = Rhythm { anchor: Some(moment("2020-03-30")), cycle: Cycle::try_parse("P3M") };
        assert_eq!(events(&terms, &prices(), &exercise, None), early);
        terms.prepayment.cycle = Cycle::try_parse("P2M");
        assert_eq!(events(&terms, &prices(), &exercise, None), last);
    }

    #[test]
    fn what_was_exercised_is_settled_later() {
        let mut terms = call();
        (terms.status_date, terms.settlement_period) = (Some(moment("2020-09-30")), Some(Period::Days(5)));
        assert!(events(&terms, &prices(), &[], None).is_empty());
        (terms.exercise_date, terms.exercise_amount) = (terms.status_date, Some(10.5));
        assert_eq!(events(&terms, &prices(), &[], None), ["2020-10-05 STD 10.5 0"]);
        terms.exercise_amount = None;
        assert_eq!(events(&terms, &prices(), &[], None), ["2020-10-05 STD 35 0"]);
    }

    #[test]
    fn sold_before_maturity_or_refused() {
        let mut terms = call();
        (terms.termination_date, terms.termination_price) = (Some(moment("2020-05-01")), Some(12.0));
        assert_eq!(events(&terms, &prices(), &[], None), ["2020-01-02 PRD -10 0", "2020-05-01 TD 12 0"]);
        terms.termination_date = None;
        assert_eq!(refused(&terms, &Market::default()), ["contractStructure"]);
        terms.option_type = Some(OptionType::CallPut);
        terms.structure.clear();
        (terms.maturity, terms.strike) = (None, None);
        assert_eq!(refused(&terms, &prices()), ["maturityDate", "optionStrike1", "optionStrike2", "contractStructure"]);
    }
}
