//! The terms of a contract, typed: what was said, not yet whether it makes a contract. Each contract type asks for the ones it needs.
//!
//! The fields carry the standard's names in plain words; the table of names is in `rust/tables/src/contract/dictionary.rs`.

use std::fmt;

use super::calendar::{BusinessDays, Moment};
use super::cycle::{Cycle, Period};
use super::daycount::DayCount;
use super::refusal::{Refusal, missing};

pub use super::vocabulary::*;

/// A currency's code, one to seven letters: USD, EUR, BTC. Its default is no currency and only stands in for one that was refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Currency {
    length: u8,
    letters: [u8; 7],
}

impl Currency {
    /// From its code.
    pub fn try_parse(code: &str) -> Option<Self> {
        let mut letters = [0; 7];
        let fits = !code.is_empty() && code.len() <= letters.len() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| {
            letters[..code.len()].copy_from_slice(code.as_bytes());
            Self { length: code.len() as u8, letters }
        })
    }

    /// Its code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.letters[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// What a leg refers to.
#[derive(Debug, Clone, PartialEq)]
pub enum LegObject {
    /// A contract with terms of its own.
    Contract(Box<Terms>),
    /// A contract known elsewhere by its id.
    ContractId(Box<str>),
    /// A market object by its code.
    Market(Box<str>),
}

/// One part of a combined contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Leg {
    /// What it is to the contract.
    pub role: LegRole,
    /// What it refers to.
    pub object: LegObject,
}

/// A cycle that may have an anchor.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rhythm {
    /// First date.
    pub anchor: Option<Moment>,
    /// How it goes on.
    pub cycle: Option<Cycle>,
}

impl Rhythm {
    /// Whether anything was said.
    pub fn is_given(&self) -> bool {
        self.anchor.is_some() || self.cycle.is_some()
    }

    /// The first date: the anchor, else one period after the initial exchange.
    pub fn start(&self, initial_exchange: Moment) -> Option<Moment> {
        self.anchor.or_else(|| self.cycle.map(|cycle| cycle.period.after(initial_exchange)))
    }
}

/// Segments of an exotic amortiser, one item a segment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arrays {
    /// Where each interest segment starts.
    pub interest_anchors: Vec<Moment>,
    /// Its cycle.
    pub interest_cycles: Vec<Cycle>,
    /// Where each principal segment starts.
    pub principal_anchors: Vec<Moment>,
    /// Its cycle.
    pub principal_cycles: Vec<Cycle>,
    /// Its amount.
    pub principal_payments: Vec<f64>,
    /// Whether it pays back or draws.
    pub increase_decrease: Vec<IncreaseDecrease>,
    /// Where each rate segment starts.
    pub rate_anchors: Vec<Moment>,
    /// Its cycle.
    pub rate_cycles: Vec<Cycle>,
    /// Its rate or spread.
    pub rates: Vec<f64>,
    /// Which of the two.
    pub fixed_variable: Vec<FixedVariable>,
}

/// The terms of one contract. `None` where nothing was said; numbers are finite; dates exist.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs, reason = "the dictionary describes each term once, beside its name")]
pub struct Terms {
    pub contract_type: ContractType,
    pub contract_id: Option<Box<str>>,
    pub role: Option<Role>,
    pub structure: Vec<Leg>,
    pub status_date: Option<Moment>,
    pub deal_date: Option<Moment>,
    pub business_days: BusinessDays,
    pub end_of_month: EndOfMonth,
    pub currency: Option<Currency>,
    pub currency2: Option<Currency>,
    pub settlement_currency: Option<Currency>,
    pub market_code: Option<Box<str>>,
    pub market_value: Option<f64>,
    pub performance: Option<Performance>,

    pub notional: Option<f64>,
    pub notional2: Option<f64>,
    pub premium: Option<f64>,
    pub initial_exchange: Option<Moment>,
    pub maturity: Option<Moment>,
    pub amortization_date: Option<Moment>,
    pub redemption: Rhythm,
    pub redemption_payment: Option<f64>,
    pub purchase_date: Option<Moment>,
    pub purchase_price: Option<f64>,
    pub termination_date: Option<Moment>,
    pub termination_price: Option<f64>,
    pub quantity: Option<f64>,
    pub unit: Option<Box<str>>,
    pub credit_line: Option<f64>,

    pub rate: Option<f64>,
    pub rate2: Option<f64>,
    pub day_count: Option<DayCount>,
    pub accrued_interest: Option<f64>,
    pub accrued_interest2: Option<f64>,
    pub capitalization_end: Option<Moment>,
    pub interest: Rhythm,
    pub interest_point: CyclePoint,
    pub interest_base: InterestBase,
    pub interest_base_amount: Option<f64>,
    pub interest_base_dates: Rhythm,

    pub rate_reset: Rhythm,
    pub rate_reset_point: CyclePoint,
    pub rate_spread: Option<f64>,
    pub rate_multiplier: Option<f64>,
    pub rate_code: Option<Box<str>>,
    pub life_cap: Option<f64>,
    pub life_floor: Option<f64>,
    pub period_cap: Option<f64>,
    pub period_floor: Option<f64>,
    pub next_reset_rate: Option<f64>,
    pub fixing_period: Option<Period>,

    pub fee: Rhythm,
    pub fee_rate: Option<f64>,
    pub fee_basis: FeeBasis,
    pub fee_accrued: Option<f64>,

    pub scaling: Rhythm,
    pub scaling_effect: ScalingEffect,
    pub scaling_code: Option<Box<str>>,
    pub scaling_base: Option<f64>,
    pub notional_scaling: Option<f64>,
    pub interest_scaling: Option<f64>,

    pub prepayment: Rhythm,
    pub prepayment_effect: PrepaymentEffect,
    pub prepayment_code: Option<Box<str>>,
    pub prepayment_period: Option<Period>,
    pub penalty_type: PenaltyType,
    pub penalty_rate: Option<f64>,

    pub grace_period: Option<Period>,
    pub delinquency_period: Option<Period>,
    pub delinquency_rate: Option<f64>,
    pub non_performing_date: Option<Moment>,
    pub notice_period: Option<Period>,

    pub dividend: Rhythm,
    pub dividend_code: Option<Box<str>>,
    pub dividend_payment: Option<f64>,
    pub ex_dividend_date: Option<Moment>,

    pub delivery_settlement: Option<DeliverySettlement>,
    pub settlement_period: Option<Period>,
    pub exercise_date: Option<Moment>,
    pub exercise_amount: Option<f64>,
    pub exercise_type: ExerciseType,
    pub exercise_end: Option<Moment>,
    pub option_type: Option<OptionType>,
    pub strike: Option<f64>,
    pub strike2: Option<f64>,
    pub futures_price: Option<f64>,

    pub guaranteed_exposure: GuaranteedExposure,
    pub coverage: Option<f64>,
    pub haircut: Option<f64>,
    pub credit_event: Option<Performance>,

    pub clearing_house: Option<Box<str>>,
    pub initial_margin: Option<f64>,
    pub maintenance_margin_lower: Option<f64>,
    pub maintenance_margin_upper: Option<f64>,
    pub margining: Rhythm,
    pub variation_margin: Option<f64>,

    pub arrays: Option<Box<Arrays>>,
}

impl Terms {
    /// Whether legs are settled each by itself, which the standard takes for granted.
    pub fn is_delivered(&self) -> bool {
        self.delivery_settlement != Some(DeliverySettlement::Cash)
    }

    /// Whether month ends stay month ends.
    pub fn keeps_month_end(&self) -> bool {
        self.end_of_month == EndOfMonth::EndOfMonth
    }
}

/// A term that a contract type cannot do without; notes the refusal and goes on with a harmless value, so that all are told at once.
pub fn required<T: Default>(value: Option<T>, term: &'static str, expected: &str, refusals: &mut Vec<Refusal>) -> T {
    value.unwrap_or_else(|| {
        refusals.push(missing(term, expected));
        T::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_short_codes() {
        assert_eq!(Currency::try_parse("USD").unwrap().to_string(), "USD");
        assert_eq!(["", "DOLLARS8", "US$", "é"].map(Currency::try_parse), [None; 4]);
    }
}
