//! Collateral: when a covered contract defaults, what is owed is paid out of the value of the collateral, as far as it goes.

use super::calendar::Moment;
use super::columns::Columns;
use super::credit::{Enhancement, value};
use super::deal::After;
use super::event::Kind;
use super::observed::Outside;
use super::plan::Plan;
use super::refusal::{Refusal, missing, out_of_range};
use super::terms::{LegObject, LegRole, Terms};

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let enhancement = Enhancement::try_build(terms, outside)?;
    if !terms.structure.iter().any(|leg| leg.role == LegRole::Covering) {
        return Err(vec![missing("contractStructure", "a piece of collateral, COVI")]);
    }
    let claim = match enhancement.claimed {
        Some(at) => Some(try_claim(&enhancement, at, outside)?),
        None => None,
    };
    enhancement.plan(plan, outside.occurrences);
    let deal = &enhancement.deal;
    let (claimed, paid) = claim.unwrap_or((0.0, 0.0));
    let told = (paid, enhancement.claimed);
    let past = enhancement.claimed.is_some_and(|at| at <= deal.status_date);
    let (mut exercised, mut notional) = if past { (told, claimed) } else { ((0.0, None), 0.0) };
    let walked = deal.try_walk(plan, outside, columns, |step| {
        // A settlement may be moved back to a business day before the claim.
        if matches!(step.kind, Kind::Xd | Kind::Std) && exercised.1.is_none() {
            (exercised, notional) = (told, claimed);
        }
        let payoff = match step.kind {
            Kind::Prd => deal.bought(step),
            Kind::Td => deal.sold(step),
            Kind::Std => {
                notional = 0.0;
                paid
            }
            _ => 0.0,
        };
        let notional = if step.kind == Kind::Xd { claimed } else { notional };
        Ok(After { notional, exercise: Some(exercised), ..deal.paid(payoff) })
    });
    walked.map_err(|refusal| vec![refusal])
}

/// What is claimed and what is paid for it, from our side. A claim of the past may be told by the terms.
fn try_claim(enhancement: &Enhancement<'_>, at: Moment, outside: &Outside<'_>) -> Result<(f64, f64), Vec<Refusal>> {
    let deal = &enhancement.deal;
    if let Some(amount) = deal.terms.exercise_amount.filter(|_| at <= deal.status_date) {
        return Ok((deal.sign * amount, deal.sign * amount));
    }
    let owed = enhancement.coverage * enhancement.try_exposures(&[at], outside)?[0];
    let worth = try_collateral(deal.terms, outside, at)?;
    Ok((deal.sign * owed, deal.sign * paid_out(owed, worth)))
}

/// What collateral pays of a claim.
pub fn paid_out(claim: f64, collateral: f64) -> f64 {
    claim.min(collateral)
}

/// The value of all pieces of collateral, each less its haircut.
fn try_collateral(terms: &Terms, outside: &Outside<'_>, moment: Moment) -> Result<f64, Vec<Refusal>> {
    let mut sum = 0.0;
    for (place, leg) in terms.structure.iter().enumerate().filter(|(_, leg)| leg.role == LegRole::Covering) {
        let worth = match &leg.object {
            LegObject::Contract(leg) => try_after_haircut(leg, outside, moment),
            LegObject::Market(code) | LegObject::ContractId(code) => outside.market.try_at("marketObjectCode", code, moment),
        };
        sum += worth.map_err(|refusal| vec![refusal.of_leg(place)])?;
    }
    Ok(sum)
}

fn try_after_haircut(leg: &Terms, outside: &Outside<'_>, moment: Moment) -> Result<f64, Refusal> {
    let haircut = leg.haircut.unwrap_or(0.0);
    if !(0.0..=1.0).contains(&haircut) {
        return Err(out_of_range("haircut", haircut, "a share from 0 to 1"));
    }
    Ok(value(leg, outside, moment)? * (1.0 - haircut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::{BusinessDayConvention, BusinessDays, Calendar};
    use crate::contract::cases::{currency, events, happened, lines, market, moment, refused, try_columns};
    use crate::contract::cycle::{Cycle, Period};
    use crate::contract::daycount::DayCount;
    use crate::contract::observed::{Market, Occurrence};
    use crate::contract::terms::{ContractType, GuaranteedExposure, Leg, Performance, Rhythm, Role};

    fn loan(id: &str, notional: f64) -> Leg {
        let terms = Terms {
            contract_type: ContractType::Pam,
            contract_id: Some(id.into()),
            initial_exchange: Some(moment("2020-01-02")),
            maturity: Some(moment("2021-01-02")),
            notional: Some(notional),
            rate: Some(0.12),
            day_count: Some(DayCount::E30360),
            interest: Rhythm { anchor: Some(moment("2020-07-02")), cycle: Cycle::try_parse("P6ML1") },
            ..Terms::default()
        };
        Leg { role: LegRole::Covered, object: LegObject::Contract(Box::new(terms)) }
    }

    fn piece(code: &str, quantity: f64, haircut: Option<f64>) -> Leg {
        let (market_code, quantity) = (Some(code.into()), Some(quantity));
        let terms = Terms { contract_type: ContractType::Com, market_code, quantity, haircut, ..Terms::default() };
        Leg { role: LegRole::Covering, object: LegObject::Contract(Box::new(terms)) }
    }

    fn collateral() -> Terms {
        Terms {
            contract_type: ContractType::Cec,
            role: Some(Role::Buy),
            currency: currency("USD"),
            status_date: Some(moment("2020-01-01")),
            structure: vec![loan("L1", 1000.0), loan("L2", 500.0), piece("BTC", 2.0, None), piece("S19", 10.0, Some(0.25))],
            ..Terms::default()
        }
    }

    fn prices() -> Market {
        market(&[("BTC", &[("2020-01-01", 900.0), ("2020-09-30", 400.0)]), ("S19", &[("2020-01-01", 20.0)])])
    }

    fn default(contract: &str, performance: Performance) -> Vec<Occurrence> {
        vec![happened("2020-10-02", Kind::Ce, 0.0, Some(contract), Some(performance))]
    }

    #[test]
    fn several_pieces_pay_what_they_are_worth() {
        let mut terms = collateral();
        let defaulted = default("L2", Performance::Default);
        // 1500 are owed. Two coins at 400 and ten machines at 20 less a quarter: 800 + 150.
        let told = events(&terms, &prices(), &defaulted, None);
        assert_eq!(told, ["2020-10-02 XD 0 1500", "2020-10-02 STD 950 0"]);
        // Half covered, with interest of a quarter at 12 % since July: (1500 + 45) / 2, less than the collateral.
        (terms.coverage, terms.guaranteed_exposure) = (Some(0.5), GuaranteedExposure::NotionalAndInterest);
        terms.role = Some(Role::Sel);
        let columns = try_columns(&terms, &prices(), &defaulted, None).unwrap();
        assert_eq!(lines(&columns), ["2020-10-02 XD 0 -772.5", "2020-10-02 STD -772.5 0"]);
        let exercised: Vec<_> = columns.exercises.iter().map(|exercise| (exercise.amount, exercise.date)).collect();
        assert_eq!(exercised, [(-772.5, Some(moment("2020-10-02"))); 2]);
        for (claim, worth, paid) in [(5.0, 7.0, 5.0), (7.0, 5.0, 5.0), (5.0, 0.0, 0.0)] {
            assert_eq!(paid_out(claim, worth), paid);
        }
    }

    #[test]
    fn a_default_on_the_last_day_comes_before_the_payment() {
        let defaulted = [happened("2021-01-02", Kind::Ce, 0.0, Some("L1"), Some(Performance::Default))];
        let mut terms = collateral();
        let claimed = ["2021-01-02 XD 0 1500", "2021-01-02 STD 950 0"];
        assert_eq!(events(&terms, &prices(), &defaulted, None), claimed);
        terms.maturity = Some(moment("2021-02-02"));
        assert_eq!(events(&terms, &prices(), &defaulted, None), claimed);
        // Interest of that day is paid by then: none is left of the half-year.
        terms.guaranteed_exposure = GuaranteedExposure::NotionalAndInterest;
        assert_eq!(events(&terms, &prices(), &defaulted, None), claimed);
    }

    #[test]
    fn without_the_default_that_is_covered_nothing_is_paid() {
        let mut terms = collateral();
        let matured = ["2021-01-02 MD 0 0"];
        assert_eq!(events(&terms, &prices(), &[], None), matured);
        assert_eq!(events(&terms, &prices(), &default("L3", Performance::Default), None), matured);
        assert_eq!(events(&terms, &prices(), &default("L1", Performance::Delinquent), None), matured);
        terms.credit_event = Some(Performance::Delinquent);
        assert_eq!(events(&terms, &prices(), &default("L1", Performance::Delinquent), None).len(), 2);
        terms.maturity = Some(moment("2020-10-01"));
        assert_eq!(events(&terms, &prices(), &default("L1", Performance::Delinquent), None), ["2020-10-01 MD 0 0"]);
    }

    #[test]
    fn settled_after_a_period_on_a_business_day() {
        let mut terms = collateral();
        terms.settlement_period = Some(Period::Days(1));
        terms.business_days =
            BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::CalculateShiftFollowing };
        // 2020-10-03 was a Saturday.
        assert_eq!(events(&terms, &prices(), &default("L1", Performance::Default), None)[1], "2020-10-05 STD 950 0");
        (terms.status_date, terms.exercise_amount) = (Some(moment("2020-10-02")), Some(123.0));
        assert_eq!(events(&terms, &prices(), &default("L1", Performance::Default), None), ["2020-10-05 STD 123 0"]);
    }

    #[test]
    fn a_share_paid_back_is_no_longer_at_stake() {
        let mut terms = collateral();
        let mut happened_before = vec![happened("2020-05-01", Kind::Pp, 400.0, Some("L1"), None)];
        if let LegObject::Contract(leg) = &mut terms.structure[0].object {
            leg.prepayment_effect = crate::contract::terms::PrepaymentEffect::Amount;
        }
        happened_before.extend(default("L1", Performance::Default));
        assert_eq!(events(&terms, &prices(), &happened_before, None)[0], "2020-10-02 XD 0 1100");
    }

    #[test]
    fn what_is_missing_is_located() {
        let mut terms = collateral();
        let at = |terms: &Terms| try_columns(terms, &market(&[]), &default("L1", Performance::Default), None).unwrap_err()[0].term.clone();
        assert_eq!(at(&terms), "contractStructure[2].marketObjectCode");
        terms.structure[3] = piece("S19", 1.0, Some(1.5));
        terms.structure[2] = piece("S19", 1.0, Some(1.5));
        assert_eq!(at(&terms), "contractStructure[2].haircut");
        terms.structure.truncate(2);
        assert_eq!(refused(&terms, &prices()), ["contractStructure"]);
        terms.structure.clear();
        assert_eq!(refused(&terms, &prices()), ["contractStructure"]);
    }
}
