//! Contracts by hand: few events each, numbers one can follow.

use super::calendar::{BusinessDayConvention, BusinessDays, Calendar, Moment};
use super::columns::Columns;
use super::cycle::{Cycle, Period};
use super::daycount::DayCount;
use super::event::Kind;
use super::observed::{Market, Occurrence, Outside, Series};
use super::plan::Plan;
use super::refusal::Refusal;
use super::terms::{
    Arrays, ContractType, Currency, FixedVariable, IncreaseDecrease, InterestBase, PrepaymentEffect, Rhythm, Role, ScalingEffect, Terms,
};
use super::try_schedule;

fn moment(text: &str) -> Moment {
    Moment::try_parse(text).unwrap()
}

fn rhythm(anchor: &str, cycle: &str) -> Rhythm {
    Rhythm { anchor: Moment::try_parse(anchor), cycle: Cycle::try_parse(cycle) }
}

/// 1200 at 12 %, 30E360, quarterly from 2013-04-01 on, to be completed.
fn loan(contract_type: ContractType) -> Terms {
    Terms {
        contract_type,
        role: Some(Role::Rpa),
        status_date: Some(moment("2012-12-31")),
        initial_exchange: Some(moment("2013-01-01")),
        currency: Currency::try_parse("USD"),
        notional: Some(1200.0),
        rate: Some(0.12),
        day_count: Some(DayCount::E30360),
        redemption: rhythm("2013-04-01", "P3M"),
        interest: rhythm("2013-04-01", "P3M"),
        ..Terms::default()
    }
}

fn try_events(terms: &Terms, market: &Market, occurrences: &[Occurrence], to: Option<Moment>) -> Result<Columns, Vec<Refusal>> {
    let mut columns = Columns::default();
    try_schedule(terms, &Outside { market, occurrences, to }, &mut Plan::default(), &mut columns).map(|()| columns)
}

/// Kind, payoff and notional of each event after the initial exchange, to eight decimals.
fn told(columns: &Columns) -> Vec<(&'static str, f64, f64)> {
    let rounded = |number: f64| (number * 1e8).round() / 1e8;
    let rows = (0..columns.len()).map(|row| columns.row(row)).filter(|row| row.kind != Kind::Ied);
    rows.map(|row| (row.kind.word(), rounded(row.payoff), rounded(row.notional))).collect()
}

fn events(terms: &Terms) -> Vec<(&'static str, f64, f64)> {
    told(&try_events(terms, &Market::default(), &[], None).unwrap())
}

fn refused(terms: &Terms) -> String {
    try_events(terms, &Market::default(), &[], None).unwrap_err()[0].term.to_string()
}

#[test]
fn a_linear_amortiser_finds_its_maturity_or_its_payment() {
    let expected =
        [("PR", 500.0, 700.0), ("IP", 36.0, 700.0), ("PR", 500.0, 200.0), ("IP", 21.0, 200.0), ("IP", 6.0, 200.0), ("MD", 200.0, 0.0)];
    let mut terms = Terms { redemption_payment: Some(500.0), ..loan(ContractType::Lam) };
    assert_eq!(events(&terms), expected);
    terms.redemption_payment = None;
    assert_eq!(refused(&terms), "nextPrincipalRedemptionPayment");
    terms.maturity = Some(moment("2013-10-01"));
    assert_eq!(events(&terms)[..2], [("PR", 400.0, 800.0), ("IP", 36.0, 800.0)]);
    terms.redemption = Rhythm::default();
    assert_eq!(refused(&terms), "cycleOfPrincipalRedemption");
    let slow = Terms { redemption_payment: Some(1e-9), ..loan(ContractType::Lam) };
    assert_eq!(refused(&slow), "nextPrincipalRedemptionPayment");
    assert_eq!(refused(&Terms { redemption_payment: Some(-1.0), ..loan(ContractType::Lam) }), "maturityDate");
}

#[test]
fn a_running_amortiser_counts_from_its_status_date() {
    let terms = Terms {
        status_date: Some(moment("2013-04-01")),
        notional: Some(700.0),
        accrued_interest: Some(0.0),
        redemption_payment: Some(500.0),
        ..loan(ContractType::Lam)
    };
    assert_eq!(events(&terms), [("PR", 500.0, 200.0), ("IP", 21.0, 200.0), ("IP", 6.0, 200.0), ("MD", 200.0, 0.0)]);
}

#[test]
fn interest_is_calculated_on_its_base() {
    let interest = |interest_base, dates| {
        let interest_base_dates = rhythm(dates, "P6M");
        let maturity = Some(moment("2014-01-01"));
        let terms = Terms {
            interest_base,
            interest_base_dates,
            interest_base_amount: Some(2400.0),
            maturity,
            redemption_payment: Some(300.0),
            ..loan(ContractType::Lam)
        };
        events(&terms).iter().filter(|event| event.0 == "IP").map(|event| event.1).collect::<Vec<_>>()
    };
    assert_eq!(interest(InterestBase::Notional, ""), [36.0, 27.0, 18.0, 9.0]);
    assert_eq!(interest(InterestBase::Initial, ""), [72.0, 72.0, 72.0, 72.0]);
    assert_eq!(interest(InterestBase::Lagged, "2013-04-01"), [72.0, 27.0, 27.0, 9.0]);
}

#[test]
fn a_negative_amortiser_may_grow() {
    let terms = Terms { redemption_payment: Some(26.0), maturity: Some(moment("2013-10-01")), ..loan(ContractType::Nam) };
    let grown = [("PR", -10.0, 1210.0), ("IP", 36.0, 1210.0), ("PR", -10.3, 1220.3), ("IP", 36.3, 1220.3), ("IP", 36.609, 1220.3)];
    assert_eq!(events(&terms)[..5], grown);
    assert_eq!(refused(&Terms { maturity: None, ..terms.clone() }), "maturityDate");
    // 464 of the first 500 redeem: the standard's estimate is three payments.
    let short = Terms { redemption_payment: Some(500.0), maturity: None, ..terms };
    assert_eq!(events(&short).iter().map(|event| event.0).collect::<Vec<_>>(), ["PR", "IP", "PR", "IP", "IP", "MD"]);
}

#[test]
fn payments_without_an_interest_cycle_contain_it() {
    let terms = Terms { redemption_payment: Some(26.0), maturity: Some(moment("2013-10-01")), ..loan(ContractType::Nam) };
    assert_eq!(events(&Terms { interest: Rhythm::default(), ..terms.clone() }), events(&terms));
}

#[test]
fn an_annuity_pays_the_same_on_each_date() {
    // 1200 = x (1/1.03 + 1/1.03^2 + 1/1.03^3).
    let x = 424.236_435_979_495_6;
    let mut terms = Terms { maturity: Some(moment("2013-10-01")), ..loan(ContractType::Ann) };
    let paid: Vec<f64> = events(&terms)[1..].chunks(2).map(|pair| pair[0].1 + pair[1].1).collect();
    assert!(paid.iter().all(|paid| (paid - x).abs() < 1e-6), "{paid:?}");
    assert_eq!(events(&terms)[0], ("PRF", 0.0, 1200.0));
    // It matures before it is paid back: the payment is smaller, the rest falls due.
    terms.amortization_date = Some(moment("2014-01-01"));
    let balloon = events(&terms);
    let y = 322.832_454_237_3;
    assert!((balloon[1].1 + balloon[2].1 - y).abs() < 1e-6, "{balloon:?}");
    assert_eq!(balloon.last().unwrap().0, "MD");
}

#[test]
fn an_annuity_is_fixed_anew_when_its_rate_changes() {
    let terms = Terms {
        maturity: Some(moment("2013-10-01")),
        rate_reset: Rhythm { anchor: Some(moment("2013-04-01")), cycle: None },
        next_reset_rate: Some(0.0),
        redemption_payment: Some(436.0),
        ..loan(ContractType::Ann)
    };
    let expected =
        [("PR", 400.0, 800.0), ("IP", 36.0, 800.0), ("RRF", 0.0, 800.0), ("PRF", 0.0, 800.0), ("PR", 400.0, 400.0), ("IP", 0.0, 400.0)];
    assert_eq!(events(&terms)[..6], expected);
}

#[test]
fn a_first_payment_that_cannot_be_fixed_before_is_fixed_silently() {
    let level = |terms: &Terms| events(terms).iter().filter(|event| event.0 == "PRF").count();
    let at_exchange = Terms { redemption: rhythm("2013-01-01", "P3M"), maturity: Some(moment("2013-10-01")), ..loan(ContractType::Ann) };
    assert_eq!(level(&at_exchange), 0);
    let running = Terms { status_date: Some(moment("2013-03-31")), maturity: Some(moment("2013-10-01")), ..loan(ContractType::Ann) };
    let paid = events(&running);
    assert_eq!((level(&running), paid[0].0), (0, "PR"));
    assert!((paid[0].1 + paid[1].1 - paid[2].1 - paid[3].1).abs() < 1e-6, "{paid:?}");
}

#[test]
fn a_prepayment_lowers_payments_or_ends_earlier() {
    let paid = |prepayment_effect| {
        let terms =
            Terms { maturity: Some(moment("2014-01-01")), redemption_payment: Some(300.0), prepayment_effect, ..loan(ContractType::Lam) };
        let early = Occurrence { time: moment("2013-04-02"), kind: Kind::Pp, value: 600.0, contract: None, performance: None };
        let told = told(&try_events(&terms, &Market::default(), &[early], None).unwrap());
        told.iter().filter(|event| matches!(event.0, "PR" | "PP" | "MD")).map(|event| event.1).collect::<Vec<_>>()
    };
    assert_eq!(paid(PrepaymentEffect::Maturity), [300.0, 600.0, 300.0, 0.0, 0.0]);
    assert_eq!(paid(PrepaymentEffect::Amount), [300.0, 600.0, 100.0, 100.0, 100.0]);
    assert_eq!(paid(PrepaymentEffect::None), [300.0, 300.0, 300.0, 300.0]);
}

#[test]
fn a_prepayment_model_says_shares() {
    let terms = Terms {
        maturity: Some(moment("2013-10-01")),
        prepayment_effect: PrepaymentEffect::Maturity,
        prepayment: rhythm("2013-04-01", "P3M"),
        prepayment_code: Some("cpr".into()),
        ..loan(ContractType::Pam)
    };
    let market = Market::new(vec![Series::new("cpr", vec![(moment("2013-01-01"), 0.5)])]);
    let told = told(&try_events(&terms, &market, &[], None).unwrap());
    assert_eq!(told.iter().filter(|event| event.0 == "PP").map(|event| event.1).collect::<Vec<_>>(), [600.0, 300.0]);
}

#[test]
fn caps_floors_and_scaling_bind() {
    let point = |code: &str, value: f64| Series::new(code, vec![(moment("2013-01-01"), value)]);
    let market = Market::new(vec![point("rate", 0.5), point("cpi", 110.0)]);
    let terms = Terms {
        maturity: Some(moment("2013-10-01")),
        redemption_payment: Some(400.0),
        rate_reset: Rhythm { anchor: Some(moment("2013-04-01")), cycle: None },
        rate_code: Some("rate".into()),
        period_cap: Some(0.04),
        life_cap: Some(0.14),
        scaling: Rhythm { anchor: Some(moment("2013-04-01")), cycle: None },
        scaling_effect: ScalingEffect::Both,
        scaling_code: Some("cpi".into()),
        scaling_base: Some(100.0),
        ..loan(ContractType::Lam)
    };
    let columns = try_events(&terms, &market, &[], None).unwrap();
    assert_eq!(told(&columns)[2..6], [("RR", 0.0, 800.0), ("SC", 0.0, 800.0), ("PR", 440.0, 400.0), ("IP", 30.8, 400.0)]);
    assert_eq!(columns.rates.last(), Some(&0.14));
    let lower = Terms { period_cap: Some(0.01), period_floor: Some(-0.01), ..terms };
    assert_eq!(try_events(&lower, &market, &[], None).unwrap().rates.last(), Some(&0.13));
}

fn segments(maturity: Option<&str>) -> Terms {
    let moments = |texts: &[&str]| texts.iter().map(|text| moment(text)).collect();
    let arrays = Arrays {
        interest_anchors: moments(&["2013-07-01"]),
        interest_cycles: vec![Cycle::try_parse("P6M").unwrap()],
        principal_anchors: moments(&["2013-04-01", "2013-10-01"]),
        principal_cycles: vec![Cycle::try_parse("P3M").unwrap(); 2],
        principal_payments: vec![100.0, 900.0],
        increase_decrease: vec![IncreaseDecrease::Increase, IncreaseDecrease::Decrease],
        rate_anchors: moments(&["2013-04-01", "2013-07-01"]),
        rate_cycles: Vec::new(),
        rates: vec![0.24, 0.01],
        fixed_variable: vec![FixedVariable::Fixed, FixedVariable::Variable],
    };
    let maturity = maturity.map(moment);
    Terms { maturity, rate_code: Some("rate".into()), arrays: Some(Box::new(arrays)), ..loan(ContractType::Lax) }
}

#[test]
fn segments_draw_repay_and_change_the_rate() {
    let market = Market::new(vec![Series::new("rate", vec![(moment("2013-01-01"), 0.05)])]);
    let columns = try_events(&segments(None), &market, &[], None).unwrap();
    let expected = [
        ("PI", -100.0, 1300.0),
        ("RRF", 0.0, 1300.0),
        ("PI", -100.0, 1400.0),
        ("IP", 36.0 + 78.0, 1400.0),
        ("RR", 0.0, 1400.0),
        ("PR", 900.0, 500.0),
        ("IP", 21.0 + 7.5, 500.0),
        ("MD", 500.0, 0.0),
    ];
    assert_eq!(told(&columns), expected);
    assert_eq!((columns.rates[2], columns.rates[5]), (0.24, 0.06));
    assert_eq!(told(&try_events(&segments(Some("2013-10-01")), &market, &[], None).unwrap()).last(), Some(&("MD", 1400.0, 0.0)));
}

#[test]
fn segments_are_told_in_full_and_in_order() {
    let changed = |change: fn(&mut Arrays)| {
        let mut terms = segments(None);
        change(terms.arrays.as_mut().unwrap());
        refused(&terms)
    };
    assert_eq!(changed(|arrays| arrays.principal_payments.truncate(1)), "arrayNextPrincipalRedemptionPayment");
    assert_eq!(changed(|arrays| arrays.rates.clear()), "arrayRate");
    assert_eq!(changed(|arrays| arrays.principal_anchors.reverse()), "arrayCycleAnchorDateOfPrincipalRedemption");
    assert_eq!(changed(|arrays| arrays.principal_payments[1] = -1.0), "maturityDate");
    let plain = Terms { redemption_payment: Some(500.0), ..loan(ContractType::Lax) };
    assert_eq!(events(&plain), events(&Terms { contract_type: ContractType::Lam, ..plain.clone() }));
}

#[test]
fn call_money_is_called() {
    let terms = Terms {
        redemption: Rhythm::default(),
        interest: rhythm("", "P3M"),
        notice_period: Some(Period::Months(1)),
        ..loan(ContractType::Clm)
    };
    assert_eq!(refused(&terms), "maturityDate");
    let call = Occurrence { time: moment("2013-05-01"), kind: Kind::Xd, value: 0.0, contract: None, performance: None };
    let called = |to| told(&try_events(&terms, &Market::default(), std::slice::from_ref(&call), Moment::try_parse(to)).unwrap());
    let whole = [("IPCI", 0.0, 1200.0), ("IPCI", 0.0, 1236.0), ("XD", 0.0, 1236.0), ("IP", 12.36, 1236.0), ("STD", 1236.0, 0.0)];
    assert_eq!([called(""), called("2013-05-01")], [whole, whole]);
    assert_eq!(called("2013-04-30"), whole[..2]);
    let open = try_events(&terms, &Market::default(), &[], Some(moment("2013-07-01"))).unwrap();
    assert_eq!(told(&open).iter().map(|event| event.0).collect::<Vec<_>>(), ["IPCI"; 3]);
    let dated = Terms { maturity: Some(moment("2013-04-15")), ..terms };
    assert_eq!(told(&try_events(&dated, &Market::default(), &[call], None).unwrap())[2..], [("IP", 5.768, 1236.0), ("MD", 1236.0, 0.0)]);
}

#[test]
fn a_payment_moved_back_is_fixed_before() {
    // 2013-06-01 is a Saturday: with a preceding convention the first payment is made on the Friday.
    let terms = Terms {
        redemption: rhythm("2013-06-01", "P1M"),
        interest: rhythm("2013-06-01", "P1M"),
        maturity: Some(moment("2013-09-02")),
        business_days: BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::ShiftCalculatePreceding },
        ..loan(ContractType::Ann)
    };
    assert_eq!(events(&terms)[0].0, "PRF");
}

#[test]
fn interest_of_payments_that_contain_it_is_paid_with_them() {
    let mut terms = Terms { redemption_payment: Some(300.0), maturity: Some(moment("2014-01-01")), ..loan(ContractType::Nam) };
    let kinds = |terms: &Terms| events(terms).into_iter().map(|event| event.0).collect::<Vec<_>>();
    let with_payments = kinds(&terms);
    terms.interest = Rhythm::default();
    assert_eq!(kinds(&terms), with_payments);
    // An anchor without a cycle is one date more, if it comes before the payments.
    terms.interest.anchor = Some(moment("2013-04-01"));
    assert_eq!(kinds(&terms), with_payments);
    terms.interest.anchor = Some(moment("2013-02-01"));
    assert_eq!(events(&terms)[0], ("IP", 12.0, 1200.0));
    assert_eq!(kinds(&terms)[1..], with_payments);
    assert_eq!(events(&terms)[1], ("PR", 276.0, 924.0));
}

#[test]
fn an_amortisation_date_leaves_out_the_payments_that_are_past() {
    // Paid on the Friday before, 2024-03-29, the first payment comes before the loan is paid out: it is none.
    let annuity = |amortization: Option<&str>| Terms {
        status_date: Some(moment("2023-12-31")),
        initial_exchange: Some(moment("2024-03-31")),
        maturity: Some(moment("2024-07-30")),
        amortization_date: amortization.map(moment),
        redemption: rhythm("2024-03-31", "P1M"),
        interest: rhythm("2024-03-31", "P1M"),
        business_days: BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::CalculateShiftPreceding },
        ..loan(ContractType::Ann)
    };
    let first = |terms: &Terms| events(terms).into_iter().find(|event| event.0 == "PR" && event.2 != 0.0).unwrap();
    // 1200 in four payments, or in five, at 1 % a month: the first redeems the payment less the interest.
    let payment = |count: usize| 1200.0 / (1..=count).fold(0.0, |sum: f64, _| (sum + 1.0) / 1.01);
    for (amortization, count) in [(None, 4), (Some("2024-08-30"), 5)] {
        assert!((first(&annuity(amortization)).1 - (payment(count) - 12.0)).abs() < 1e-7, "{count}");
    }
}
