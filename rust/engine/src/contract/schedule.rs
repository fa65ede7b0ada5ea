//! Due dates and the amounts a loan's terms fix in advance. Model: docs/model/loans.md

use super::{calendar::Date, daycount::DayCount};
use crate::{book::rows::Amortisation, units};

/// One due date: the day and the year fraction of the period that ends on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DueDate {
    /// The date.
    pub date: Date,
    /// Year fraction of the period.
    pub year_fraction: f64,
}

/// The terms that make a schedule.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// How principal comes back.
    pub amortisation: Amortisation,
    /// Day count.
    pub day_count: DayCount,
    /// First due date.
    pub first_payment: Date,
    /// Last due date.
    pub maturity: Date,
    /// Months between due dates.
    pub period_months: u32,
}

/// All due dates, in order; the last one is the maturity.
pub fn due_dates(terms: &Terms) -> Vec<DueDate> {
    let month = terms.period_months.cast_signed();
    let mut dates = Vec::new();
    if terms.amortisation != Amortisation::Bullet {
        for k in 0.. {
            let date = terms.first_payment.add_months(k * month);
            if date >= terms.maturity {
                break;
            }
            dates.push(date);
        }
    }
    dates.push(terms.maturity);
    let mut from = terms.first_payment.add_months(-month);
    dates
        .into_iter()
        .map(|date| {
            let year_fraction = terms.day_count.year_fraction(from, date);
            from = date;
            DueDate { date, year_fraction }
        })
        .collect()
}

/// Level payment (cents) that redeems `principal` over `n` periods at `rate` a period.
pub fn annuity_payment(principal: f64, rate: f64, n: usize) -> f64 {
    if rate == 0.0 {
        return units::round(principal / n as f64);
    }
    let growth = (0..n).fold(1.0, |q, _| q * (1.0 + rate));
    units::round(principal * rate / (1.0 - 1.0 / growth))
}

/// Equal part of principal (cents).
pub fn instalment(principal: f64, n: usize) -> f64 {
    units::round(principal / n as f64)
}

/// What a loan costs a day (cents), as the treasury plans it. `payment` is the level payment or the instalment.
pub fn service_per_day(amortisation: Amortisation, principal: f64, rate: f64, period_months: u32, payment: f64) -> f64 {
    let months = f64::from(period_months);
    match amortisation {
        Amortisation::Annuity => units::round(payment / (30.0 * months)),
        Amortisation::Linear => units::round((payment + principal * (rate * months / 12.0)) / (30.0 * months)),
        Amortisation::Bullet | Amortisation::InterestOnly => units::round(principal * rate / 360.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(amortisation: Amortisation, first: &str, maturity: &str, period_months: u32) -> Terms {
        let date = |text| Date::try_parse(text).unwrap();
        Terms { amortisation, day_count: DayCount::E30360, first_payment: date(first), maturity: date(maturity), period_months }
    }

    #[test]
    fn due_dates_keep_the_day_of_the_month() {
        let dates = due_dates(&terms(Amortisation::Linear, "2022-01-31", "2022-05-15", 1));
        let days: Vec<String> = dates.iter().map(|due| due.date.to_string()).collect();
        assert_eq!(days, ["2022-01-31", "2022-02-28", "2022-03-31", "2022-04-30", "2022-05-15"]);
        assert_eq!(dates[0].year_fraction, 30.0 / 360.0);
        assert_eq!(dates[4].year_fraction, 15.0 / 360.0);
    }

    #[test]
    fn a_bullet_has_one_date_and_the_whole_period() {
        let dates = due_dates(&terms(Amortisation::Bullet, "2022-04-01", "2023-01-01", 3));
        assert_eq!(dates, [DueDate { date: Date::try_parse("2023-01-01").unwrap(), year_fraction: 1.0 }]);
    }

    #[test]
    fn level_payments_redeem_the_principal() {
        let payment = annuity_payment(10_000_000.0, 0.01, 24);
        let left = (0..24).fold(10_000_000.0, |left, _| left * 1.01 - payment);
        assert!(left.abs() < 24.0, "{left}");
        assert_eq!(annuity_payment(1200.0, 0.0, 12), 100.0);
        assert_eq!(instalment(1000.0, 3), 333.0);
    }

    #[test]
    fn service_per_day_by_kind() {
        assert_eq!(service_per_day(Amortisation::Annuity, 0.0, 0.0, 1, 3000.0), 100.0);
        assert_eq!(service_per_day(Amortisation::Linear, 36_000.0, 0.12, 1, 3000.0), 112.0);
        assert_eq!(service_per_day(Amortisation::InterestOnly, 36_000.0, 0.1, 3, 0.0), 10.0);
    }
}
