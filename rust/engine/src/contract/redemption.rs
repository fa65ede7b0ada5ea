//! Redemption in parts: when the principal is paid back, and when all of it will be where the terms do not say so.

use super::calendar::Moment;
use super::cycle::{Dates, MAX_EVENTS, try_dates};
use super::event::Kind;
use super::loan::Loan;
use super::observed::Occurrence;
use super::plan::Plan;
use super::refusal::{Refusal, missing, out_of_range};
use super::terms::{ContractType, InterestBase, Rhythm};

const PAYMENT: &str = "nextPrincipalRedemptionPayment";
const CYCLE: &str = "cycleOfPrincipalRedemption";

/// How many payments of one size redeem a notional; 0 if they never do.
pub fn payments_until_redeemed(notional: f64, payment: f64) -> f64 {
    if payment > 0.0 { (notional / payment).ceil() } else { 0.0 }
}

impl Loan<'_> {
    /// The first redemption date.
    pub fn try_redemption_start(&self) -> Result<Moment, Refusal> {
        self.terms.redemption.start(self.initial_exchange).ok_or_else(|| missing(CYCLE, "the cycle of redemptions, for example P1ML0"))
    }

    /// The redemption dates until `end`, and `end`; from the initial exchange on.
    pub fn try_redemption_dates(&self, end: Moment) -> Result<Dates, Refusal> {
        try_dates(self.try_redemption_start()?, self.terms.redemption.cycle, end, self.terms.keeps_month_end(), CYCLE)
    }

    /// Whether something on that date is still to come on the status date.
    pub fn is_to_come(&self, date: Moment) -> bool {
        date >= self.initial_exchange && (!self.is_running() || date > self.status_date)
    }

    /// The first redemption to come and the one after it: what a loan is reckoned from that does not say its maturity.
    pub fn try_next_redemptions(&self) -> Result<(u32, Moment, Moment), Refusal> {
        let start = self.try_redemption_start()?;
        let never = || missing("maturityDate", "a maturity, or a cycle of redemptions that goes on from the initial exchange");
        let cycle = self.terms.redemption.cycle.ok_or_else(never)?;
        let nth = |k| cycle.nth(start, k, self.terms.keeps_month_end());
        let first = (0..).map_while(|k| Some((k, nth(k)?))).find(|(_, date)| self.is_to_come(*date));
        let (k, date) = first.ok_or_else(never)?;
        Ok((k, date, nth(k + 1).ok_or_else(never)?))
    }

    /// The date on which `count` redemptions to come have been paid. `count` is 0 when they never redeem the principal.
    pub fn try_last_redemption(&self, count: f64) -> Result<Moment, Refusal> {
        if count < 1.0 {
            return Err(missing("maturityDate", "a maturity, or redemption payments that pay back the principal"));
        }
        let too_many = || {
            out_of_range(
                PAYMENT,
                self.payment,
                format!("payments that pay back the principal in at most {MAX_EVENTS} dates, before the year 10000"),
            )
        };
        let (first, ..) = self.try_next_redemptions()?;
        let cycle = self.terms.redemption.cycle.filter(|_| count <= MAX_EVENTS as f64).ok_or_else(too_many)?;
        cycle.nth(self.try_redemption_start()?, first + count as u32 - 1, self.terms.keeps_month_end()).ok_or_else(too_many)
    }

    /// The payment, for contracts that cannot derive it.
    pub fn try_payment(&self) -> Result<f64, Refusal> {
        self.terms.redemption_payment.ok_or_else(|| missing(PAYMENT, "the amount of a redemption, or a maturity date"))
    }

    /// Plans a contract that is paid back in parts: redemptions, interest on `interest`, the base of interest, maturity, all the others.
    pub fn try_plan_redeemed(&self, plan: &mut Plan, interest: &Rhythm, occurrences: &[Occurrence]) -> Result<(), Refusal> {
        let end = self.try_maturity()?;
        let days = self.terms.business_days;
        plan.clear();
        let redemption = self.terms.redemption;
        let redeemed = self.try_redemption_dates(end)?;
        if redemption == *interest && self.capitalised_until().is_none() && self.interest_before_payments().is_none() {
            // One stream of dates for both, in order: nothing is left to be sorted.
            redeemed
                .filter(|date| *date >= self.initial_exchange)
                .for_each(|date| plan.moved_pair(Kind::Pr, Kind::Ip, date, days, date < end));
        } else {
            redeemed.filter(|date| *date >= self.initial_exchange && *date < end).for_each(|date| plan.moved(Kind::Pr, date, days, 0.0));
            let start = interest.start(self.initial_exchange).unwrap_or(end);
            let dates = try_dates(start, interest.cycle, end, self.terms.keeps_month_end(), "cycleOfInterestPayment")?;
            let early = self.interest_before_payments().filter(|date| *date < end);
            self.plan_interest_on(plan, early.into_iter().chain(dates));
        }
        self.try_plan_base(plan, end)?;
        self.try_plan_common(plan, end, occurrences)?;
        plan.moved(Kind::Md, end, days, 0.0);
        Ok(())
    }

    /// Plans the dates on which the base of interest is read anew.
    pub fn try_plan_base(&self, plan: &mut Plan, end: Moment) -> Result<(), Refusal> {
        if self.terms.interest_base != InterestBase::Lagged {
            return Ok(());
        }
        self.try_plan_rhythm(plan, Kind::Ipcb, &self.terms.interest_base_dates, end, false, "cycleOfInterestCalculationBase")
    }

    /// When interest is paid by contracts whose payments contain it: in its own cycle, else with the redemptions.
    pub fn interest_with_payments(&self) -> Rhythm {
        if self.terms.interest.cycle.is_some() { self.terms.interest } else { self.terms.redemption }
    }

    /// A date of interest before the redemptions, with which it is paid from then on.
    pub fn interest_before_payments(&self) -> Option<Moment> {
        let with_payments = matches!(self.terms.contract_type, ContractType::Nam | ContractType::Ann);
        let early = self.terms.interest.anchor.filter(|_| with_payments && self.terms.interest.cycle.is_none())?;
        self.terms.redemption.start(self.initial_exchange).is_none_or(|start| early < start).then_some(early)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_are_counted() {
        for (notional, payment, count) in
            [(5000.0, 500.0, 10.0), (5000.0, 501.0, 10.0), (5000.0, 499.0, 11.0), (5000.0, 0.0, 0.0), (5000.0, -1.0, 0.0)]
        {
            assert_eq!(payments_until_redeemed(notional, payment), count, "{payment}");
        }
    }
}
