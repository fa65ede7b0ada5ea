//! A loan of the book as a contract of the standard, and what its schedule comes to in whole cents. Model: docs/model/loans.md

use crate::{
    book::rows::{Amortisation, LoanRow},
    contract::{
        calendar::{Date, Moment},
        columns::{Columns, Row},
        cycle::{Cycle, Period},
        event::Kind,
        observed::{Market, Outside},
        plan::Plan,
        refusal::Refusal,
        terms::{ContractType, Currency, FeeBasis, Rhythm, Role, Terms},
        try_schedule,
    },
    error::{Code, Problem},
    units,
};

/// How principal comes back on a due date that is not the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pays {
    /// Interest alone.
    Interest,
    /// Interest, and an instalment of principal beside it.
    Instalment,
    /// A payment that holds the interest; the rest of it redeems principal.
    Level,
    /// The same, and interest it does not cover joins the principal.
    Fixed,
    /// Nothing: interest joins the principal.
    InKind,
}

/// One due date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DueDate {
    /// The date.
    pub date: Date,
    /// Year fraction of the period that ends on it.
    pub years: f64,
    /// Whether it is the last: everything left is due.
    pub last: bool,
}

/// What was agreed.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// What a due date asks for.
    pub pays: Pays,
    /// All due dates, in order.
    pub dates: Vec<DueDate>,
    /// Payment (cents): level or fixed with its interest, or an instalment of principal; 0 where there is none.
    pub payment_cents: f64,
    /// What the loan costs a day (cents), as the treasury plans it.
    pub service_cents_per_day: f64,
}

/// The terms, by their names in the standard, from the lender's side.
pub fn terms(row: &LoanRow) -> Terms {
    let midnight = |date: Date| Moment::new(date, 0);
    let (first, begin) = (midnight(row.first_payment_date), midnight(begin(row)));
    let cycle = Cycle { period: Period::Months(row.period_months), long_stub: false };
    let rhythm = Rhythm { anchor: Some(first), cycle: Some(cycle) };
    let (contract_type, interest, redemption) = match row.amortisation {
        Amortisation::Bullet => (ContractType::Pam, Rhythm::default(), Rhythm::default()),
        Amortisation::InterestOnly | Amortisation::PaymentInKind => (ContractType::Pam, rhythm, Rhythm::default()),
        Amortisation::Linear => (ContractType::Lam, rhythm, rhythm),
        Amortisation::Annuity => (ContractType::Ann, rhythm, rhythm),
        Amortisation::FixedPayment => (ContractType::Nam, rhythm, rhythm),
    };
    Terms {
        contract_type,
        contract_id: Some(row.loan.as_str().into()),
        role: Some(Role::Rpa),
        status_date: Some(begin),
        currency: Currency::try_parse("USD"),
        notional: Some(row.outstanding_usd),
        initial_exchange: Some(begin),
        maturity: Some(midnight(row.maturity_date)),
        redemption,
        redemption_payment: row.payment_usd.filter(|_| row.amortisation == Amortisation::FixedPayment),
        rate: Some(row.rate),
        day_count: Some(row.day_count),
        interest,
        capitalization_end: (row.amortisation == Amortisation::PaymentInKind).then(|| midnight(row.maturity_date)),
        credit_line: row.credit_line_usd,
        fee_rate: (row.fee_rate > 0.0).then_some(row.fee_rate),
        fee_basis: FeeBasis::Notional,
        fee: if row.amortisation == Amortisation::Bullet {
            Rhythm { anchor: Some(midnight(row.maturity_date)), cycle: None }
        } else {
            rhythm
        },
        delinquency_rate: Some(row.default_interest_rate),
        grace_period: Some(Period::Days(row.grace_days)),
        ..Terms::default()
    }
}

/// The agreement of a row (counted from 0), or its problems under the columns they come from.
pub fn check(row: &LoanRow, index: usize) -> Result<Agreement, Vec<Problem>> {
    let problem = |code, column: &str, value: String, expected: String| Problem::cell(code, "loans", index, column, value, expected);
    if row.maturity_date < row.first_payment_date {
        let expected = format!("a date on or after first_payment_date {}", row.first_payment_date);
        return Err(vec![problem(Code::Dates, "maturity_date", row.maturity_date.to_string(), expected)]);
    }
    if row.amortisation == Amortisation::FixedPayment && row.payment_usd.is_none() {
        let expected = "a payment, because amortisation is `fixed_payment`".to_owned();
        return Err(vec![problem(Code::Null, "payment_usd", String::new(), expected)]);
    }
    if let Some(line) = row.credit_line_usd.filter(|line| *line < row.outstanding_usd) {
        let expected = format!("at least what is outstanding, {}", row.outstanding_usd);
        return Err(vec![problem(Code::OutOfRange, "credit_line_usd", line.to_string(), expected)]);
    }
    let told = |refusal: Refusal| {
        let expected = format!("{} (the contract's {})", refusal.expected, refusal.term);
        problem(refusal.code, column(&refusal.term), refusal.value, expected)
    };
    try_agree(row).map_err(|refusals| refusals.into_iter().map(told).collect())
}

/// The column of `loans` that a term comes from.
fn column(term: &str) -> &'static str {
    match term {
        "nextPrincipalRedemptionPayment" => "payment_usd",
        "notionalPrincipal" => "outstanding_usd",
        "nominalInterestRate" => "rate",
        "initialExchangeDate" | "cycleAnchorDateOfInterestPayment" | "cycleAnchorDateOfPrincipalRedemption" => "first_payment_date",
        "cycleOfInterestPayment" | "cycleOfPrincipalRedemption" => "period_months",
        _ => "maturity_date",
    }
}

/// Where the first period begins.
pub fn begin(row: &LoanRow) -> Date {
    row.first_payment_date.add_months(-row.period_months.cast_signed())
}

/// The schedule of the contract engine, read as due dates and whole cents.
pub fn try_agree(row: &LoanRow) -> Result<Agreement, Vec<Refusal>> {
    let mut columns = Columns::default();
    let outside = Outside { market: &Market::default(), occurrences: &[], to: None };
    // Reckoned in cents, so that half a cent is half a cent when it is rounded.
    let usd = terms(row);
    let (notional, redemption_payment) = (usd.notional.map(units::cents), usd.redemption_payment.map(units::cents));
    try_schedule(&Terms { notional, redemption_payment, ..usd }, &outside, &mut Plan::default(), &mut columns)?;
    let events = || (0..columns.len()).map(|event| columns.row(event));
    let mut from = begin(row);
    let mut dates: Vec<DueDate> = Vec::new();
    for event in events().filter(|event| matches!(event.kind, Kind::Ip | Kind::Ipci | Kind::Pr | Kind::Md)) {
        let date = event.time.date();
        if dates.last().is_none_or(|due| due.date < date) {
            dates.push(DueDate { date, years: row.day_count.year_fraction(std::mem::replace(&mut from, date), date), last: false });
        }
        if let Some(due) = dates.last_mut() {
            due.last |= event.kind == Kind::Md;
        }
    }
    // What the first date pays; that of a loan with one date is all of it.
    let first = dates.first().map(|due| due.date);
    let on_first = |event: &Row| Some(event.time.date()) == first;
    let principal: f64 =
        events().filter(|event| on_first(event) && matches!(event.kind, Kind::Pr | Kind::Md)).map(|event| event.payoff).sum();
    let interest: f64 = events().filter(|event| on_first(event) && event.kind == Kind::Ip).map(|event| event.payoff).sum();
    let payment = match row.amortisation {
        Amortisation::Linear => principal,
        Amortisation::Annuity => principal + interest,
        Amortisation::FixedPayment => redemption_payment.unwrap_or(0.0),
        Amortisation::Bullet | Amortisation::InterestOnly | Amortisation::PaymentInKind => 0.0,
    };
    let payment_cents = units::round(payment);
    Ok(Agreement { pays: pays(row.amortisation), dates, payment_cents, service_cents_per_day: service_per_day(row, payment_cents) })
}

fn pays(amortisation: Amortisation) -> Pays {
    match amortisation {
        Amortisation::Bullet | Amortisation::InterestOnly => Pays::Interest,
        Amortisation::Linear => Pays::Instalment,
        Amortisation::Annuity => Pays::Level,
        Amortisation::FixedPayment => Pays::Fixed,
        Amortisation::PaymentInKind => Pays::InKind,
    }
}

/// What a loan costs a day (cents), as the treasury plans it.
fn service_per_day(row: &LoanRow, payment_cents: f64) -> f64 {
    let (principal, months) = (units::cents(row.outstanding_usd), f64::from(row.period_months));
    let fee = units::round(principal * row.fee_rate / 360.0);
    fee + match row.amortisation {
        Amortisation::Annuity | Amortisation::FixedPayment => units::round(payment_cents / (30.0 * months)),
        Amortisation::Linear => units::round((payment_cents + principal * (row.rate * months / 12.0)) / (30.0 * months)),
        Amortisation::Bullet | Amortisation::InterestOnly => units::round(principal * row.rate / 360.0),
        Amortisation::PaymentInKind => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        book::rows::{Collateral, Recourse},
        contract::daycount::DayCount,
    };

    fn row(amortisation: Amortisation, first: &str, maturity: &str, period_months: u32) -> LoanRow {
        let date = |text| Date::try_parse(text).unwrap();
        LoanRow {
            loan: "L".into(),
            miner: "M".into(),
            lender: "B".into(),
            collateral: Collateral::None,
            amortisation,
            outstanding_usd: 1200.0,
            rate: 0.12,
            day_count: DayCount::E30360,
            first_payment_date: date(first),
            maturity_date: date(maturity),
            period_months,
            recourse: Recourse::Full,
            cross_default: false,
            grace_days: 30,
            collateral_fleet: None,
            collateral_machines: None,
            collateral_btc: None,
            initial_ltv: None,
            call_ltv: None,
            liquidation_ltv: None,
            cure_days: None,
            tranche_share: None,
            payment_usd: (amortisation == Amortisation::FixedPayment).then_some(5.0),
            default_interest_rate: 0.0,
            fee_rate: 0.0,
            credit_line_usd: None,
            covenant_cover: None,
            covenant_days: None,
        }
    }

    fn agree(row: &LoanRow) -> Agreement {
        try_agree(row).unwrap()
    }

    #[test]
    fn due_dates_keep_the_day_of_the_month() {
        for amortisation in [
            Amortisation::Linear,
            Amortisation::Annuity,
            Amortisation::FixedPayment,
            Amortisation::InterestOnly,
            Amortisation::PaymentInKind,
        ] {
            let dates = agree(&row(amortisation, "2022-01-31", "2022-05-15", 1)).dates;
            let days: Vec<String> = dates.iter().map(|due| due.date.to_string()).collect();
            assert_eq!(days, ["2022-01-31", "2022-02-28", "2022-03-31", "2022-04-30", "2022-05-15"], "{amortisation:?}");
            assert_eq!((dates[0].years, dates[4].years), (30.0 / 360.0, 15.0 / 360.0));
            assert_eq!(dates.iter().map(|due| due.last).collect::<Vec<_>>(), [false, false, false, false, true]);
        }
    }

    #[test]
    fn a_bullet_has_one_date_and_the_whole_period() {
        let dates = agree(&row(Amortisation::Bullet, "2022-04-01", "2023-01-01", 3)).dates;
        assert_eq!(dates, [DueDate { date: Date::try_parse("2023-01-01").unwrap(), years: 1.0, last: true }]);
    }

    #[test]
    fn one_date_alone_is_the_last() {
        for amortisation in
            [Amortisation::Bullet, Amortisation::Linear, Amortisation::Annuity, Amortisation::FixedPayment, Amortisation::PaymentInKind]
        {
            let dates = agree(&row(amortisation, "2022-04-01", "2022-04-01", 3)).dates;
            assert_eq!(dates, [DueDate { date: Date::try_parse("2022-04-01").unwrap(), years: 0.25, last: true }], "{amortisation:?}");
        }
        let payment = |amortisation| agree(&row(amortisation, "2022-04-01", "2022-04-01", 3)).payment_cents;
        assert_eq!([Amortisation::Linear, Amortisation::Annuity].map(payment), [120_000.0, 123_600.0]);
    }

    #[test]
    fn payments_by_kind() {
        for (amortisation, payment, service) in [
            (Amortisation::Linear, 10_000.0, 373.0),
            (Amortisation::Annuity, 10_662.0, 355.0),
            (Amortisation::FixedPayment, 500.0, 17.0),
            (Amortisation::InterestOnly, 0.0, 40.0),
            (Amortisation::Bullet, 0.0, 40.0),
            (Amortisation::PaymentInKind, 0.0, 0.0),
        ] {
            let agreed = agree(&row(amortisation, "2022-02-01", "2023-01-01", 1));
            assert_eq!((agreed.payment_cents, agreed.service_cents_per_day), (payment, service), "{amortisation:?}");
        }
    }

    #[test]
    fn half_a_cent_goes_to_the_even_one() {
        let mut halves = row(Amortisation::Linear, "2022-02-01", "2023-01-01", 1);
        halves.outstanding_usd = 3.18; // 26.5 cents each of twelve
        assert_eq!(agree(&halves).payment_cents, 26.0);
        halves.outstanding_usd = 3.30;
        assert_eq!(agree(&halves).payment_cents, 28.0);
    }

    #[test]
    fn a_level_payment_follows_the_periods_as_they_are() {
        let mut uneven = row(Amortisation::Annuity, "2022-01-31", "2022-04-15", 1);
        uneven.day_count = DayCount::A365;
        let agreed = agree(&uneven);
        let left = agreed.dates.iter().fold(120_000.0, |left, due| left * (1.0 + 0.12 * due.years) - agreed.payment_cents);
        assert!(left.abs() < 3.0, "{left}");
        uneven.rate = 0.0;
        assert_eq!(agree(&uneven).payment_cents, 30_000.0);
    }
}
