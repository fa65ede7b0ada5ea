//! What a miner asks its lender for, and the contract a loan has when the lender agrees. Model: docs/model/loans.md#new-terms

use super::{
    agreement::{self, DueDate, Pays},
    rows::{Amortisation, LoanRow},
};
use crate::{contract::calendar::Date, contract::refusal::Refusal, ids::LoanId, units};

/// New terms of a loan.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The loan.
    pub loan: LoanId,
    /// Its row, with the rate that is asked for; `None` keeps the rate it has.
    pub row: LoanRow,
    /// Interest a year that is asked for.
    pub rate: Option<f64>,
    /// Months from the request to the last due date.
    pub term_months: u32,
    /// Months of them with interest only.
    pub pause_months: u32,
}

/// The contract of a loan that was renegotiated.
#[derive(Debug, Clone, PartialEq)]
pub struct Renewed {
    /// The day its first period begins.
    pub since: Date,
    /// Interest a year.
    pub rate: f64,
    /// What a due date after the pause asks for.
    pub pays: Pays,
    /// Payment of those dates (cents).
    pub payment_cents: f64,
    /// All due dates, those of the pause first.
    pub dates: Vec<DueDate>,
    /// How many of them are in the pause.
    pub paused: usize,
    /// The next one.
    pub next: usize,
    /// What it costs a day in the pause (cents), as the treasury plans it.
    pub pause_service: f64,
    /// The same afterwards.
    pub service: f64,
}

impl Renewed {
    /// What it costs a day now (cents).
    pub fn service_now(&self) -> f64 {
        if self.next < self.paused { self.pause_service } else { self.service }
    }
}

impl Request {
    /// Where the first period of the loan's row begins.
    pub fn begin(&self) -> Date {
        agreement::begin(&self.row)
    }

    /// The last due date if it is granted on a first of the month.
    pub fn maturity(&self, today: Date) -> Date {
        today.add_months(self.term_months.cast_signed())
    }

    /// The contract of a loan of so much (cents) from a first of the month on: interest only in the pause, then the loan's own kind.
    pub fn try_renew(&self, owed_cents: f64, rate: f64, today: Date) -> Result<Renewed, Vec<Refusal>> {
        let (period, pause) = (self.row.period_months.cast_signed(), self.pause_months.cast_signed());
        let paused = pause / period;
        let rest = LoanRow {
            outstanding_usd: owed_cents / units::CENTS_PER_USD,
            rate,
            first_payment_date: today.add_months(pause + period),
            maturity_date: self.maturity(today),
            ..self.row.clone()
        };
        let agreed = agreement::try_agree(&rest)?;
        let pause = (1..=paused).map(|k| {
            let (from, date) = (today.add_months((k - 1) * period), today.add_months(k * period));
            DueDate { date, years: self.row.day_count.year_fraction(from, date), last: false }
        });
        Ok(Renewed {
            since: today,
            rate,
            pays: agreed.pays,
            payment_cents: agreed.payment_cents,
            dates: pause.chain(agreed.dates).collect(),
            paused: paused.cast_unsigned() as usize,
            next: 0,
            pause_service: units::round(owed_cents * rate / 360.0) + units::round(owed_cents * self.row.fee_rate / 360.0),
            service: agreed.service_cents_per_day,
        })
    }

    /// Whether the loan's kind has principal to pause.
    pub fn may_pause(amortisation: Amortisation) -> bool {
        matches!(amortisation, Amortisation::Linear | Amortisation::Annuity | Amortisation::FixedPayment)
    }
}

/// The last of some due dates on or before a day, or where the first period begins; the day itself if that is still to come.
pub fn accrues_from(dates: &[DueDate], begin: Date, today: Date) -> Date {
    dates.iter().rev().map(|due| due.date).find(|date| *date <= today).unwrap_or(begin.min(today))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        book::rows::{Collateral, Recourse},
        contract::daycount::DayCount,
    };

    fn date(text: &str) -> Date {
        Date::try_parse(text).unwrap()
    }

    fn request(amortisation: Amortisation, term_months: u32, pause_months: u32, period_months: u32) -> Request {
        let row = LoanRow {
            loan: "L".into(),
            miner: "M".into(),
            lender: "B".into(),
            collateral: Collateral::None,
            amortisation,
            outstanding_usd: 5000.0,
            rate: 0.05,
            day_count: DayCount::E30360,
            first_payment_date: date("2022-01-15"),
            maturity_date: date("2022-08-15"),
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
        };
        Request { loan: LoanId(0), row, rate: None, term_months, pause_months }
    }

    #[test]
    fn a_pause_comes_first_and_the_rest_is_redeemed_after_it() {
        for (amortisation, pause, paused, dates, payment, pause_service, service) in [
            (Amortisation::Linear, 0, 0, 12, 10_000.0, 40.0, 373.0),
            (Amortisation::Linear, 4, 4, 12, 15_000.0, 40.0, 540.0),
            (Amortisation::Annuity, 0, 0, 12, 10_662.0, 40.0, 355.0),
            (Amortisation::Annuity, 11, 11, 12, 121_200.0, 40.0, 4_040.0),
            (Amortisation::FixedPayment, 2, 2, 12, 500.0, 40.0, 17.0),
            (Amortisation::InterestOnly, 0, 0, 12, 0.0, 40.0, 40.0),
            (Amortisation::Bullet, 0, 0, 1, 0.0, 40.0, 40.0),
            (Amortisation::PaymentInKind, 0, 0, 12, 0.0, 40.0, 0.0),
        ] {
            let new = request(amortisation, 12, pause, 1).try_renew(120_000.0, 0.12, date("2022-06-01")).unwrap();
            assert_eq!((new.paused, new.dates.len(), new.payment_cents), (paused, dates, payment), "{amortisation:?} {pause}");
            assert_eq!((new.pause_service, new.service), (pause_service, service), "{amortisation:?} {pause}");
            assert_eq!((new.dates[dates - 1].date, new.dates[dates - 1].last), (date("2023-06-01"), true));
            assert!(new.dates[..dates - 1].iter().all(|due| !due.last && due.years == 1.0 / 12.0));
            assert_eq!(new.service_now(), if pause > 0 { pause_service } else { service });
        }
    }

    #[test]
    fn periods_longer_than_a_month_and_a_last_one_that_is_short() {
        let new = request(Amortisation::Linear, 11, 3, 3).try_renew(120_000.0, 0.12, date("2022-06-01")).unwrap();
        let days: Vec<String> = new.dates.iter().map(|due| due.date.to_string()).collect();
        assert_eq!(days, ["2022-09-01", "2022-12-01", "2023-03-01", "2023-05-01"]);
        assert_eq!((new.paused, new.payment_cents, new.dates[3].years), (1, 40_000.0, 60.0 / 360.0));
    }

    #[test]
    fn interest_runs_from_the_last_due_date() {
        let dates: Vec<DueDate> = ["2022-02-01", "2022-03-01"].map(|text| DueDate { date: date(text), years: 0.0, last: false }).to_vec();
        for (today, from) in [
            ("2021-12-20", "2021-12-20"),
            ("2022-01-20", "2022-01-01"),
            ("2022-02-01", "2022-02-01"),
            ("2022-02-28", "2022-02-01"),
            ("2022-05-01", "2022-03-01"),
        ] {
            assert_eq!(accrues_from(&dates, date("2022-01-01"), date(today)), date(from), "{today}");
        }
    }
}
