//! The dictionary: every term this engine reads, by its name in the standard, with what its text must be and where it goes.

use std::sync::LazyLock;

use hashstress_engine::contract::calendar::{BusinessDayConvention, Calendar, Moment};
use hashstress_engine::contract::cycle::{Cycle, Period};
use hashstress_engine::contract::daycount::DayCount;
use hashstress_engine::contract::terms::{
    Arrays, ContractType, Currency, CyclePoint, DeliverySettlement, EndOfMonth, ExerciseType, FeeBasis, FixedVariable, GuaranteedExposure,
    IncreaseDecrease, InterestBase, OptionType, PenaltyType, Performance, PrepaymentEffect, Role, ScalingEffect, Terms,
};

/// One term.
#[derive(Debug)]
pub struct Term {
    /// Its name in the standard.
    pub name: &'static str,
    /// What it means and in which unit.
    pub description: &'static str,
    /// What its text must be and where it goes.
    pub target: Target,
}

/// What a term's text must be, with the place of its value.
#[derive(Debug)]
pub enum Target {
    /// A finite number.
    Number(fn(&mut Terms) -> &mut Option<f64>),
    /// A date with an optional time of day.
    Moment(fn(&mut Terms) -> &mut Option<Moment>),
    /// A cycle (`P1ML0`).
    Cycle(fn(&mut Terms) -> &mut Option<Cycle>),
    /// A period (`P5D`).
    Period(fn(&mut Terms) -> &mut Option<Period>),
    /// Any text.
    Text(fn(&mut Terms) -> &mut Option<Box<str>>),
    /// A currency.
    Currency(fn(&mut Terms) -> &mut Option<Currency>),
    /// One of some words; the function says whether it knows the word.
    Word(&'static [&'static str], fn(&mut Terms, &str) -> bool),
    /// Numbers, one a segment.
    Numbers(fn(&mut Arrays) -> &mut Vec<f64>),
    /// Dates, one a segment.
    Moments(fn(&mut Arrays) -> &mut Vec<Moment>),
    /// Cycles, one a segment.
    Cycles(fn(&mut Arrays) -> &mut Vec<Cycle>),
    /// Words, one a segment.
    Words(&'static [&'static str], fn(&mut Arrays, &str) -> bool),
    /// The legs of a combined contract.
    Structure,
}

macro_rules! terms {
    ($($make:ident $name:literal $description:literal $(($($argument:tt)*))?;)*) => {
        /// All terms, by subject. A name that stands below another with the same meaning is its older spelling.
        pub static TERMS: &[Term] = &[$(Term { name: $name, description: $description, target: terms!(@ $make $(($($argument)*))?) }),*];
    };
    (@ number ($($field:tt)+)) => { Target::Number(|terms| &mut terms.$($field)+) };
    (@ moment ($($field:tt)+)) => { Target::Moment(|terms| &mut terms.$($field)+) };
    (@ cycle ($($field:tt)+)) => { Target::Cycle(|terms| &mut terms.$($field)+) };
    (@ period ($($field:tt)+)) => { Target::Period(|terms| &mut terms.$($field)+) };
    (@ text ($($field:tt)+)) => { Target::Text(|terms| &mut terms.$($field)+) };
    (@ currency ($($field:tt)+)) => { Target::Currency(|terms| &mut terms.$($field)+) };
    (@ word ($kind:ident, $($field:tt)+)) => {
        Target::Word(&$kind::WORDS, |terms, word| $kind::try_parse(word).map(|found| terms.$($field)+ = found.into()).is_some())
    };
    (@ numbers ($field:ident)) => { Target::Numbers(|arrays| &mut arrays.$field) };
    (@ moments ($field:ident)) => { Target::Moments(|arrays| &mut arrays.$field) };
    (@ cycles ($field:ident)) => { Target::Cycles(|arrays| &mut arrays.$field) };
    (@ words ($kind:ident, $field:ident)) => {
        Target::Words(&$kind::WORDS, |arrays, word| $kind::try_parse(word).map(|found| arrays.$field.push(found)).is_some())
    };
    (@ structure) => { Target::Structure };
}

terms! {
    word "contractType" "Kind of contract" (ContractType, contract_type);
    text "contractID" "Name of the contract" (contract_id);
    word "contractRole" "Which side is ours" (Role, role);
    structure "contractStructure" "Legs: `{object, referenceType, referenceRole}` each";
    moment "statusDate" "Date of the state the terms describe; what happened until then is not told again" (status_date);
    moment "contractDealDate" "Date of the agreement" (deal_date);
    word "calendar" "Days that are no business days" (Calendar, business_days.calendar);
    word "businessDayConvention" "What happens to a date that is no business day" (BusinessDayConvention, business_days.convention);
    word "endOfMonthConvention" "Whether dates that start at a month end stay at month ends" (EndOfMonth, end_of_month);
    currency "currency" "Currency of all amounts" (currency);
    currency "currency2" "Currency of the second leg" (currency2);
    currency "settlementCurrency" "Currency in which payments are made" (settlement_currency);
    text "marketObjectCode" "Market object of the contract's value" (market_code);
    number "marketValueObserved" "Market value on the status date" (market_value);
    word "contractPerformance" "How the counterparty performs" (Performance, performance);

    number "notionalPrincipal" "Principal, without sign" (notional);
    number "notionalPrincipal2" "Principal of the second leg" (notional2);
    number "premiumDiscountAtIED" "Added to the principal paid out; negative for a discount" (premium);
    moment "initialExchangeDate" "When the principal is paid out" (initial_exchange);
    moment "maturityDate" "When everything that is left is paid" (maturity);
    moment "amortizationDate" "When an annuity would be paid back, if later than its maturity" (amortization_date);
    moment "cycleAnchorDateOfPrincipalRedemption" "First redemption" (redemption.anchor);
    cycle "cycleOfPrincipalRedemption" "Cycle of redemptions" (redemption.cycle);
    number "nextPrincipalRedemptionPayment" "Amount of a redemption; of an annuity with its interest" (redemption_payment);
    moment "purchaseDate" "When the contract is bought" (purchase_date);
    number "priceAtPurchaseDate" "Price then, without accrued interest" (purchase_price);
    moment "terminationDate" "When the contract is sold" (termination_date);
    number "priceAtTerminationDate" "Price then, without accrued interest" (termination_price);
    number "quantity" "Number of units" (quantity);
    text "unit" "Unit of the quantity" (unit);
    number "creditLineAmount" "Most that may be drawn" (credit_line);

    number "nominalInterestRate" "Interest a year; 0.05 is 5 %" (rate);
    number "nominalInterestRate2" "Interest a year of the second leg" (rate2);
    word "dayCountConvention" "How days become a share of a year" (DayCount, day_count);
    number "accruedInterest" "Interest accrued on the status date, without sign" (accrued_interest);
    number "accruedInterest2" "Interest accrued on the second leg" (accrued_interest2);
    moment "capitalizationEndDate" "Until then interest is added to the principal" (capitalization_end);
    moment "cycleAnchorDateOfInterestPayment" "First interest payment" (interest.anchor);
    cycle "cycleOfInterestPayment" "Cycle of interest payments" (interest.cycle);
    word "cyclePointOfInterestPayment" "Interest at the end or the beginning of its period" (CyclePoint, interest_point);
    word "interestCalculationBase" "What interest is calculated on" (InterestBase, interest_base);
    number "interestCalculationBaseAmount" "That amount, where it is not the notional" (interest_base_amount);
    moment "cycleAnchorDateOfInterestCalculationBase" "When it is first read anew" (interest_base_dates.anchor);
    cycle "cycleOfInterestCalculationBase" "Cycle in which it is read anew" (interest_base_dates.cycle);

    moment "cycleAnchorDateOfRateReset" "First rate reset" (rate_reset.anchor);
    cycle "cycleOfRateReset" "Cycle of rate resets" (rate_reset.cycle);
    word "cyclePointOfRateReset" "Reset at the end or the beginning of its period" (CyclePoint, rate_reset_point);
    number "rateSpread" "Added to the observed rate" (rate_spread);
    number "rateMultiplier" "Multiplies the observed rate" (rate_multiplier);
    text "marketObjectCodeOfRateReset" "Market object whose rate is read" (rate_code);
    number "lifeCap" "Highest rate" (life_cap);
    number "lifeFloor" "Lowest rate" (life_floor);
    number "periodCap" "Highest change of one reset" (period_cap);
    number "periodFloor" "Lowest change of one reset" (period_floor);
    number "nextResetRate" "Rate of the next reset, when it is known" (next_reset_rate);
    period "fixingPeriod" "Time between the fixing of a rate and its use" (fixing_period);
    period "fixingDays" "Time between the fixing of a rate and its use" (fixing_period);

    moment "cycleAnchorDateOfFee" "First fee" (fee.anchor);
    cycle "cycleOfFee" "Cycle of fees" (fee.cycle);
    number "feeRate" "Amount of a fee, or rate a year on the notional" (fee_rate);
    word "feeBasis" "Which of the two" (FeeBasis, fee_basis);
    number "feeAccrued" "Fee accrued on the status date" (fee_accrued);

    moment "cycleAnchorDateOfScalingIndex" "When the scaling index is first read" (scaling.anchor);
    cycle "cycleOfScalingIndex" "Cycle in which it is read" (scaling.cycle);
    word "scalingEffect" "What it scales" (ScalingEffect, scaling_effect);
    text "marketObjectCodeOfScalingIndex" "Market object of the index" (scaling_code);
    number "scalingIndexAtContractDealDate" "The index on the deal date" (scaling_base);
    number "scalingIndexAtStatusDate" "The index on the deal date" (scaling_base);
    number "notionalScalingMultiplier" "Multiplier of principal on the status date" (notional_scaling);
    number "interestScalingMultiplier" "Multiplier of interest on the status date" (interest_scaling);

    moment "cycleAnchorDateOfOptionality" "First date on which prepayment is allowed" (prepayment.anchor);
    cycle "cycleOfOptionality" "Cycle of such dates" (prepayment.cycle);
    word "prepaymentEffect" "What a prepayment changes" (PrepaymentEffect, prepayment_effect);
    text "objectCodeOfPrepaymentModel" "Market object of the share prepaid" (prepayment_code);
    period "prepaymentPeriod" "Notice of a prepayment" (prepayment_period);
    word "penaltyType" "How the penalty for a prepayment is reckoned" (PenaltyType, penalty_type);
    number "penaltyRate" "Amount or rate of the penalty" (penalty_rate);

    period "gracePeriod" "Time a payment may be late" (grace_period);
    period "delinquencyPeriod" "Time after which a late payment is a default" (delinquency_period);
    number "delinquencyRate" "Interest a year on late payments" (delinquency_rate);
    moment "nonPerformingDate" "Since when payments are late" (non_performing_date);
    period "xDayNotice" "Notice of a call" (notice_period);

    moment "cycleAnchorDateOfDividendPayment" "First dividend" (dividend.anchor);
    moment "cycleAnchorDateOfDividend" "First dividend" (dividend.anchor);
    cycle "cycleOfDividendPayment" "Cycle of dividends" (dividend.cycle);
    cycle "cycleOfDividend" "Cycle of dividends" (dividend.cycle);
    text "marketObjectCodeOfDividends" "Market object of dividends" (dividend_code);
    text "marketObjectCodeOfDividendRate" "Market object of dividends" (dividend_code);
    number "nextDividendPaymentAmount" "Next dividend, when it is known" (dividend_payment);
    moment "exDividendDate" "Since when a buyer does not get the next dividend" (ex_dividend_date);

    word "deliverySettlement" "Settled in cash or by delivery" (DeliverySettlement, delivery_settlement);
    period "settlementPeriod" "Time from exercise to settlement" (settlement_period);
    moment "exerciseDate" "When it was exercised" (exercise_date);
    number "exerciseAmount" "What the exercise came to" (exercise_amount);
    word "optionExerciseType" "When an option may be exercised" (ExerciseType, exercise_type);
    moment "optionExerciseEndDate" "Last date on which it may be" (exercise_end);
    word "optionType" "What an option gives the right to" (OptionType, option_type);
    number "optionStrike1" "Strike" (strike);
    number "optionStrike2" "Second strike" (strike2);
    number "futuresPrice" "Price agreed in a future" (futures_price);

    word "guaranteedExposure" "What of a covered contract is claimed" (GuaranteedExposure, guaranteed_exposure);
    number "coverageOfCreditEnhancement" "Share of it that is covered" (coverage);
    number "haircut" "Share of a collateral's value that does not count; an addition of ours, of a covering leg" (haircut);
    word "creditEventTypeCovered" "The performance that is insured against" (Performance, credit_event);

    text "clearingHouse" "Who clears" (clearing_house);
    number "initialMargin" "Margin posted at the start of a future" (initial_margin);
    number "maintenanceMarginLowerBound" "Margin account below which a call is made" (maintenance_margin_lower);
    number "maintenanceMarginUpperBound" "Margin above which it is returned" (maintenance_margin_upper);
    moment "cycleAnchorDateOfMargining" "First margining" (margining.anchor);
    cycle "cycleOfMargining" "Cycle of margining" (margining.cycle);
    number "variationMargin" "Gains and losses settled before the status date" (variation_margin);

    moments "arrayCycleAnchorDateOfInterestPayment" "Where each interest segment starts" (interest_anchors);
    cycles "arrayCycleOfInterestPayment" "Its cycle" (interest_cycles);
    moments "arrayCycleAnchorDateOfPrincipalRedemption" "Where each principal segment starts" (principal_anchors);
    cycles "arrayCycleOfPrincipalRedemption" "Its cycle" (principal_cycles);
    numbers "arrayNextPrincipalRedemptionPayment" "Its amount" (principal_payments);
    words "arrayIncreaseDecrease" "Whether it pays back or draws" (IncreaseDecrease, increase_decrease);
    moments "arrayCycleAnchorDateOfRateReset" "Where each rate segment starts" (rate_anchors);
    cycles "arrayCycleOfRateReset" "Its cycle" (rate_cycles);
    numbers "arrayRate" "Its rate or spread" (rates);
    words "arrayFixedVariable" "Which of the two" (FixedVariable, fixed_variable);
}

/// Slots of the index: a power of two, several times the number of terms.
const SLOTS: usize = 1024;
const EMPTY: u8 = u8::MAX;

/// Where each name is found, by a number made of its length and its last eight letters. Terms are looked up millions of times.
static INDEX: LazyLock<[u8; SLOTS]> = LazyLock::new(|| {
    let mut slots = [EMPTY; SLOTS];
    for (term, place) in TERMS.iter().zip(0..EMPTY) {
        let mut slot = slot(term.name);
        while slots[slot] != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        slots[slot] = place;
    }
    slots
});

#[inline]
fn slot(name: &str) -> usize {
    let bytes = name.as_bytes();
    let last = bytes.last_chunk().copied().unwrap_or_else(|| {
        let mut last = [0; 8];
        last[..bytes.len()].copy_from_slice(bytes);
        last
    });
    let mixed = (u64::from_le_bytes(last) ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 54) as usize
}

/// The term of that name.
pub fn find(name: &str) -> Option<&'static Term> {
    let index = &*INDEX;
    let mut slot = slot(name);
    while index[slot] != EMPTY {
        let term = &TERMS[usize::from(index[slot])];
        if term.name == name {
            return Some(term);
        }
        slot = (slot + 1) % SLOTS;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_is_found_by_its_name() {
        assert!(TERMS.len() < usize::from(EMPTY));
        for term in TERMS {
            assert_eq!(find(term.name).map(|found| found.description), Some(term.description), "{}", term.name);
        }
        for name in ["", "notional", "NotionalPrincipal", "notionalPrincipal3", "é"] {
            assert!(find(name).is_none(), "{name}");
        }
    }

    #[test]
    fn names_are_told_once() {
        let mut names: Vec<_> = TERMS.iter().map(|term| term.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TERMS.len());
    }
}
