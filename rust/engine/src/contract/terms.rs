//! The terms of a contract, typed: what was said, not yet whether it makes a contract. Each contract type asks for the ones it needs.
//!
//! The fields carry the standard's names in plain words; the table of names is in `rust/tables/src/contract/dictionary.rs`.

use std::fmt;

use super::calendar::{BusinessDays, Moment};
use super::cycle::{Cycle, Period};
use super::daycount::DayCount;
use super::refusal::{Refusal, missing};
use super::words::words;

words! {
    /// What kind of contract.
    pub enum ContractType {
        /// Principal at maturity.
        #[default]
        Pam = "PAM",
        /// Linear amortiser.
        Lam = "LAM",
        /// Negative amortiser.
        Nam = "NAM",
        /// Annuity.
        Ann = "ANN",
        /// Exotic linear amortiser: arrays of redemptions and rates.
        Lax = "LAX",
        /// Call money.
        Clm = "CLM",
        /// Undefined maturity profile: deposits.
        Ump = "UMP",
        /// Cash.
        Csh = "CSH",
        /// Stock.
        Stk = "STK",
        /// Commodity.
        Com = "COM",
        /// Foreign exchange outright.
        Fxout = "FXOUT",
        /// Plain vanilla swap.
        Swppv = "SWPPV",
        /// Swap of two contracts.
        Swaps = "SWAPS",
        /// Cap, floor.
        Capfl = "CAPFL",
        /// Option.
        Optns = "OPTNS",
        /// Future.
        Futur = "FUTUR",
        /// Guarantee.
        Ceg = "CEG",
        /// Collateral.
        Cec = "CEC",
    }
}

words! {
    /// Which side of a contract is ours.
    pub enum Role {
        /// Real position, asset.
        #[default]
        Rpa = "RPA",
        /// Real position, liability.
        Rpl = "RPL",
        /// Receives the first leg.
        Rfl = "RFL" | "RF",
        /// Pays the first leg.
        Pfl = "PFL" | "PF",
        /// Receives the fixed leg of a swap.
        Rec = "REC",
        /// Pays the fixed leg of a swap.
        Pay = "PAY",
        /// Buyer.
        Buy = "BUY",
        /// Seller.
        Sel = "SEL",
        /// Collateral.
        Col = "COL",
        /// Close-out netting.
        Cno = "CNO",
        /// Guarantor.
        Gua = "GUA",
        /// Obligee.
        Obl = "OBL",
        /// Long.
        Lg = "LG",
        /// Short.
        St = "ST",
    }
}

impl Role {
    /// +1 for the side that holds the asset, -1 for the other.
    pub fn sign(self) -> f64 {
        match self {
            Self::Rpa | Self::Rfl | Self::Rec | Self::Buy | Self::Col | Self::Cno | Self::Obl | Self::Lg => 1.0,
            Self::Rpl | Self::Pfl | Self::Pay | Self::Sel | Self::Gua | Self::St => -1.0,
        }
    }
}

words! {
    /// Whether dates that start at a month end stay there.
    pub enum EndOfMonth {
        /// The same day.
        #[default]
        SameDay = "SD",
        /// The end of the month.
        EndOfMonth = "EOM",
    }
}

words! {
    /// How a counterparty performs.
    pub enum Performance {
        /// Performing.
        #[default]
        Performing = "PF",
        /// Delayed.
        Delayed = "DL",
        /// Delinquent.
        Delinquent = "DQ",
        /// In default.
        Default = "DF",
        /// Matured.
        Matured = "MA",
        /// Terminated.
        Terminated = "TE",
    }
}

words! {
    /// What a fee rate is a rate of.
    pub enum FeeBasis {
        /// An absolute amount a payment.
        #[default]
        Absolute = "A",
        /// A rate a year on the notional.
        Notional = "N",
    }
}

words! {
    /// What interest is calculated on.
    pub enum InterestBase {
        /// The notional outstanding.
        #[default]
        Notional = "NT",
        /// The notional at initial exchange, or a given amount.
        Initial = "NTIED",
        /// The notional, read anew on dates of its own.
        Lagged = "NTL",
    }
}

words! {
    /// Whether interest is paid at the end or the beginning of its period.
    pub enum CyclePoint {
        /// End.
        #[default]
        End = "E",
        /// Beginning.
        Beginning = "B",
    }
}

words! {
    /// What a scaling index scales: interest (first letter), notional (second).
    pub enum ScalingEffect {
        /// Nothing.
        #[default]
        None = "000" | "OOO",
        /// Interest.
        Interest = "I00" | "IOO",
        /// Notional.
        Notional = "0N0" | "ONO",
        /// Both.
        Both = "IN0" | "INO",
        /// Interest, and the largest notional.
        InterestMaximum = "I0M" | "IOM",
        /// Notional, and the largest notional.
        NotionalMaximum = "0NM" | "ONM",
        /// Both, and the largest notional.
        BothMaximum = "INM",
        /// The largest notional.
        Maximum = "00M" | "OOM",
    }
}

impl ScalingEffect {
    /// Whether interest is scaled.
    pub fn interest(self) -> bool {
        self.word().starts_with('I')
    }

    /// Whether the notional is scaled.
    pub fn notional(self) -> bool {
        self.word().as_bytes()[1] == b'N'
    }
}

words! {
    /// What a prepayment changes.
    pub enum PrepaymentEffect {
        /// There are none.
        #[default]
        None = "N",
        /// Later payments become smaller.
        Amount = "A",
        /// The contract ends earlier.
        Maturity = "M",
    }
}

words! {
    /// How the penalty for a prepayment is reckoned.
    pub enum PenaltyType {
        /// None.
        #[default]
        None = "O",
        /// An amount.
        Absolute = "A",
        /// A rate on the notional.
        Relative = "N" | "R",
        /// What the rate lost against the market.
        InterestDifferential = "I",
    }
}

words! {
    /// What of a covered contract is claimed.
    pub enum GuaranteedExposure {
        /// The notional.
        #[default]
        Notional = "NO",
        /// Notional and accrued interest.
        NotionalAndInterest = "NI",
        /// The market value.
        MarketValue = "MV",
    }
}

words! {
    /// How a derivative settles.
    pub enum DeliverySettlement {
        /// In cash, net.
        #[default]
        Cash = "S",
        /// By delivery, leg by leg.
        Delivery = "D",
    }
}

words! {
    /// What an option gives the right to.
    pub enum OptionType {
        /// To buy.
        #[default]
        Call = "C",
        /// To sell.
        Put = "P",
        /// Both.
        CallPut = "CP",
    }
}

words! {
    /// When an option may be exercised.
    pub enum ExerciseType {
        /// At maturity.
        #[default]
        European = "E",
        /// On given dates.
        Bermudan = "B",
        /// At any time.
        American = "A",
    }
}

words! {
    /// Whether a rate segment is a rate or a spread.
    pub enum FixedVariable {
        /// The rate itself.
        #[default]
        Fixed = "F" | "FIX",
        /// A spread on the observed rate.
        Variable = "V" | "VAR",
    }
}

words! {
    /// Whether a principal segment pays back or draws.
    pub enum IncreaseDecrease {
        /// Redemption.
        #[default]
        Decrease = "DEC",
        /// Draw.
        Increase = "INC",
    }
}

words! {
    /// What a leg is to its contract.
    pub enum LegRole {
        /// What the contract is written on.
        #[default]
        Underlying = "UDL",
        /// First leg.
        First = "FIL",
        /// Second leg.
        Second = "SEL",
        /// Covered: whose default is insured.
        Covered = "COVE",
        /// Covering: what pays then.
        Covering = "COVI",
    }
}

/// A currency's code, at most seven letters: USD, EUR, BTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

    pub delivery_settlement: DeliverySettlement,
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
    fn roles_have_a_side() {
        let sides = |sign: f64| Role::WORDS.iter().filter(|word| Role::try_parse(word).unwrap().sign() == sign).count();
        assert_eq!((sides(1.0), sides(-1.0)), (8, 6));
        assert_eq!([Role::try_parse("RF"), Role::try_parse("PF")], [Some(Role::Rfl), Some(Role::Pfl)]);
    }

    #[test]
    fn scaling_effects_by_letter() {
        for (word, interest, notional) in [("IOO", true, false), ("0N0", false, true), ("INM", true, true), ("00M", false, false)] {
            let effect = ScalingEffect::try_parse(word).unwrap();
            assert_eq!((effect.interest(), effect.notional()), (interest, notional), "{word}");
        }
    }

    #[test]
    fn currencies_are_short_codes() {
        assert_eq!(Currency::try_parse("USD").unwrap().to_string(), "USD");
        assert_eq!(["", "DOLLARS8", "US$", "é"].map(Currency::try_parse), [None; 4]);
    }
}
