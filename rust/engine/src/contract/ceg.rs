//! A guarantee: for a fee, what is owed is paid when a covered contract defaults.

use super::calendar::{BusinessDays, Date, Moment};
use super::columns::Columns;
use super::credit::Enhancement;
use super::cycle::try_dates;
use super::daycount::DayCount;
use super::deal::{After, Deal};
use super::event::Kind;
use super::observed::Outside;
use super::plan::{Plan, Step, moved};
use super::refusal::{Refusal, missing};
use super::terms::{FeeBasis, Terms};

/// The fees of a guarantee.
struct Fees {
    rate: f64,
    basis: FeeBasis,
    day_count: DayCount,
    days: BusinessDays,
    /// When they are paid, also after a default.
    steps: Vec<Step>,
}

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let guarantee = Enhancement::try_build(terms, outside)?;
    let fees = Fees::try_build(&guarantee).map_err(|refusal| vec![refusal])?;
    guarantee.plan(plan, outside.occurrences);
    // What would be due from the default on is settled with it.
    let due = fees.steps.iter().filter(|step| guarantee.claimed.is_none_or(|claimed| fees.counted(step) < claimed));
    due.for_each(|step| plan.push(*step));
    plan.try_order().map_err(|refusal| vec![refusal])?;
    let covered = try_covered(&guarantee, plan, outside)?;
    walk(&guarantee, &fees, &covered, outside, plan, columns).map_err(|refusal| vec![refusal])
}

/// The amount covered at the moments on which it is taken anew: the status date first.
fn try_covered(guarantee: &Enhancement<'_>, plan: &Plan, outside: &Outside<'_>) -> Result<Vec<(Moment, f64)>, Vec<Refusal>> {
    let deal = &guarantee.deal;
    let anew = plan.steps().iter().filter(|step| matches!(step.kind, Kind::Prd | Kind::Fp) && step.time > deal.status_date);
    let mut moments = vec![deal.status_date];
    moments.extend(anew.map(|step| step.time).filter(|time| outside.to.is_none_or(|to| *time <= to)));
    // Also of a claim of the past, and of one whose settlement is moved back to before it.
    moments.extend(guarantee.claimed);
    moments.sort_unstable();
    moments.dedup();
    let amounts = match deal.terms.notional {
        Some(notional) => vec![notional; moments.len()],
        None => guarantee.try_exposures(&moments, outside)?,
    };
    let signed = amounts.into_iter().map(|amount| deal.sign * guarantee.coverage * amount);
    Ok(moments.into_iter().zip(signed).collect())
}

fn walk(
    guarantee: &Enhancement<'_>,
    fees: &Fees,
    covered: &[(Moment, f64)],
    outside: &Outside<'_>,
    plan: &mut Plan,
    columns: &mut Columns,
) -> Result<(), Refusal> {
    let deal = &guarantee.deal;
    let at = |moment: Moment| covered.binary_search_by_key(&moment, |(at, _)| *at).map_or(0.0, |place| covered[place].1);
    let told = deal.terms.exercise_amount.map(|amount| deal.sign * amount);
    let past = guarantee.claimed.filter(|claimed| *claimed <= deal.status_date);
    let claim = guarantee.claimed.map_or(0.0, |claimed| told.filter(|_| past.is_some()).unwrap_or_else(|| at(claimed)));
    let mut to_come = guarantee.claimed.filter(|_| past.is_none());
    let mut exercised = past.map_or((0.0, None), |claimed| (claim, Some(claimed)));
    let (mut notional, mut last) = (at(deal.status_date), past.unwrap_or(deal.status_date).accrual_date());
    let before = fees.accrued_before(past, deal.status_date, at(past.unwrap_or(deal.status_date)), deal);
    let mut accrued = before;
    deal.try_walk(plan, outside, columns, |step| {
        // A settlement may be moved back to a business day before the claim.
        let claimed = if matches!(step.kind, Kind::Xd | Kind::Std) { to_come.take() } else { None };
        // The claim ends the fee; one due before it may be paid after it.
        let until = match guarantee.claimed.map(Moment::accrual_date) {
            Some(end) if step.kind == Kind::Std || step.accrual_date > end => end,
            _ => step.accrual_date,
        };
        if fees.basis == FeeBasis::Notional {
            accrued += fees.on(notional, last, until);
        }
        last = until;
        if claimed.is_some() {
            (notional, exercised) = (claim, (claim, claimed));
        }
        if let (Some(claimed), FeeBasis::Absolute) = (claimed, fees.basis) {
            accrued = deal.sign * fees.share(claimed);
        }
        let payoff = match step.kind {
            Kind::Prd => {
                // Fees of the time before are not the buyer's.
                (notional, accrued) = (at(step.time), before);
                deal.bought(step)
            }
            Kind::Fp => {
                if exercised.1.is_none() {
                    notional = at(step.time);
                }
                let paid = std::mem::take(&mut accrued);
                if fees.basis == FeeBasis::Notional { paid } else { deal.sign * fees.rate }
            }
            Kind::Std => {
                notional = 0.0;
                claim + std::mem::take(&mut accrued)
            }
            Kind::Td => {
                notional = 0.0;
                deal.sold(step)
            }
            Kind::Md => {
                notional = 0.0;
                0.0
            }
            _ => 0.0,
        };
        let notional = if step.kind == Kind::Xd { claim } else { notional };
        Ok(After { notional, exercise: Some(exercised), ..deal.paid(payoff) })
    })
}

impl Fees {
    fn try_build(guarantee: &Enhancement<'_>) -> Result<Self, Refusal> {
        let (deal, terms) = (&guarantee.deal, guarantee.deal.terms);
        let (rate, days) = (terms.fee_rate.unwrap_or(0.0), terms.business_days);
        let start = terms.fee.start(terms.purchase_date.unwrap_or(deal.status_date)).filter(|_| rate != 0.0);
        let dates = start.map(|start| try_dates(start, terms.fee.cycle, guarantee.maturity, terms.keeps_month_end(), "cycleOfFee"));
        let steps = dates.transpose()?.into_iter().flatten().map(|date| moved(Kind::Fp, date, days, 0.0)).collect();
        let (basis, day_count) = (terms.fee_basis, terms.day_count);
        if basis == FeeBasis::Notional && rate != 0.0 && day_count.is_none() {
            return Err(missing("dayCountConvention", "how days become a share of a year, as the fee is a rate a year: A365"));
        }
        Ok(Self { rate, basis, day_count: day_count.unwrap_or(DayCount::A365), days, steps })
    }

    /// The moment that counts for a fee: where amounts are calculated after the shift, the moved one.
    fn counted(&self, step: &Step) -> Moment {
        if self.days.calculates_after_shift() { step.time } else { step.scheduled }
    }

    fn years(&self, from: Date, to: Date) -> f64 {
        self.day_count.year_fraction(from, to)
    }

    /// The fee on an amount for a time.
    fn on(&self, notional: f64, from: Date, to: Date) -> f64 {
        notional * self.rate * self.years(from, to)
    }

    /// The part of an absolute fee that belongs to the time since the last one was due; 0 before the first.
    fn share(&self, moment: Moment) -> f64 {
        let next = self.steps.partition_point(|step| self.counted(step) < moment);
        let date = |step: &Step| step.accrual_date;
        match (next.checked_sub(1).map(|last| date(&self.steps[last])), self.steps.get(next).map(date)) {
            // Under some day counts a period of a day has no length.
            (Some(last), Some(next)) if self.years(last, next) > 0.0 => {
                self.rate * self.years(last, moment.accrual_date()) / self.years(last, next)
            }
            _ => 0.0,
        }
    }

    /// What had accrued on the status date, or until a claim of the past: as the terms say, else since the last fee.
    fn accrued_before(&self, claimed: Option<Moment>, status_date: Moment, notional: f64, deal: &Deal<'_>) -> f64 {
        if let Some(accrued) = deal.terms.fee_accrued {
            return deal.sign * accrued;
        }
        match (self.basis, claimed) {
            (FeeBasis::Absolute, claimed) => claimed.map_or(0.0, |claimed| deal.sign * self.share(claimed)),
            (FeeBasis::Notional, _) => {
                let paid = |step: &&Step| claimed.map_or(step.time <= status_date, |claimed| self.counted(step) < claimed);
                let since = self.steps.iter().rfind(paid);
                since.map_or(0.0, |since| self.on(notional, since.accrual_date, claimed.unwrap_or(status_date).accrual_date()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::{BusinessDayConvention, Calendar};
    use crate::contract::cases::{currency, events, happened, lines, market, moment, refused, try_columns};
    use crate::contract::cycle::{Cycle, Period};
    use crate::contract::observed::{Market, Occurrence};
    use crate::contract::terms::{ContractType, GuaranteedExposure, Leg, LegObject, LegRole, Performance, Rhythm, Role};

    fn guarantee() -> Terms {
        Terms {
            contract_type: ContractType::Ceg,
            role: Some(Role::Buy),
            currency: currency("USD"),
            status_date: Some(moment("2020-01-01")),
            purchase_date: Some(moment("2020-01-02")),
            purchase_price: Some(10.0),
            maturity: Some(moment("2020-12-31")),
            notional: Some(1000.0),
            coverage: Some(0.7),
            structure: vec![Leg { role: LegRole::Covered, object: LegObject::ContractId("L1".into()) }],
            ..Terms::default()
        }
    }

    fn default() -> Vec<Occurrence> {
        vec![happened("2020-09-20", Kind::Ce, 0.0, Some("L1"), Some(Performance::Default))]
    }

    fn none() -> Market {
        market(&[])
    }

    #[test]
    fn the_covered_share_of_the_notional_is_paid() {
        let mut terms = guarantee();
        assert_eq!(events(&terms, &none(), &[], None), ["2020-01-02 PRD -10 700", "2020-12-31 MD 0 0"]);
        let claimed = ["2020-01-02 PRD -10 700", "2020-09-20 XD 0 700", "2020-09-20 STD 700 0"];
        assert_eq!(events(&terms, &none(), &default(), None), claimed);
        terms.role = Some(Role::Sel);
        terms.settlement_period = Some(Period::Days(5));
        let columns = try_columns(&terms, &none(), &default(), None).unwrap();
        assert_eq!(lines(&columns)[2], "2020-09-25 STD -700 0");
        assert_eq!(columns.exercises[2].date, Some(moment("2020-09-20")));
        terms.notional = None;
        assert_eq!(refused(&terms, &none()), ["notionalPrincipal"]);
        (terms.maturity, terms.structure) = (None, Vec::new());
        assert_eq!(refused(&terms, &none()), ["contractStructure"]);
    }

    #[test]
    fn an_absolute_fee_is_due_in_part_at_a_default() {
        let mut terms = guarantee();
        (terms.fee_rate, terms.fee_basis) = (Some(92.0), FeeBasis::Absolute);
        terms.fee = Rhythm { anchor: Some(moment("2020-01-02")), cycle: Cycle::try_parse("P3ML1") };
        // From 2 July to 20 September 80 of 92 days.
        let expected = [
            "2020-01-02 FP 92 700",
            "2020-01-02 PRD -10 700",
            "2020-04-02 FP 92 700",
            "2020-07-02 FP 92 700",
            "2020-09-20 XD 0 700",
            "2020-09-20 STD 780 0",
        ];
        assert_eq!(events(&terms, &none(), &default(), None), expected);
        terms.fee.anchor = None;
        let fees = events(&terms, &none(), &[], None).into_iter().filter(|line| line.contains("FP")).collect::<Vec<_>>();
        assert_eq!(fees, ["2020-04-02", "2020-07-02", "2020-10-02", "2020-12-31"].map(|date| format!("{date} FP 92 700")));
    }

    #[test]
    fn a_fee_on_the_notional_accrues() {
        let mut terms = guarantee();
        (terms.fee_rate, terms.fee_basis) = (Some(0.1), FeeBasis::Notional);
        terms.fee = Rhythm { anchor: Some(moment("2020-07-02")), cycle: Cycle::try_parse("P1Y") };
        assert_eq!(refused(&terms, &none()), ["dayCountConvention"]);
        terms.day_count = Some(DayCount::E30360);
        // Half a year of 10 % on 700, bought on 2 January; then 78 days of 360.
        let told = events(&terms, &none(), &default(), None);
        assert_eq!(told[1..], ["2020-07-02 FP 35 700", "2020-09-20 XD 0 700", "2020-09-20 STD 715.166667 0"]);
        terms.role = Some(Role::Sel);
        assert_eq!(events(&terms, &none(), &default(), None)[1], "2020-07-02 FP -35 -700");
        // Running: the same told from a status date in between.
        let running = Terms { status_date: Some(moment("2020-08-01")), purchase_date: None, ..terms };
        assert_eq!(events(&running, &none(), &default(), None)[1], "2020-09-20 STD -715.166667 0");
    }

    #[test]
    fn a_moved_fee_accrues_to_the_day_that_counts() {
        let mut terms = guarantee();
        (terms.fee_rate, terms.fee_basis, terms.day_count) = (Some(0.365), FeeBasis::Notional, Some(DayCount::A365));
        // 2020-05-02 was a Saturday: 121 days after the purchase, paid after 123.
        terms.fee = Rhythm { anchor: Some(moment("2020-05-02")), cycle: Cycle::try_parse("P1Y") };
        let fee = |terms: &Terms| events(terms, &none(), &[], None)[1].clone();
        terms.business_days =
            BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::CalculateShiftFollowing };
        assert_eq!(fee(&terms), "2020-05-04 FP 84.7 700");
        terms.business_days.convention = BusinessDayConvention::ShiftCalculateFollowing;
        assert_eq!(fee(&terms), "2020-05-04 FP 86.1 700");
        // On a status date on which a fee was paid nothing has accrued.
        let running = Terms { status_date: Some(moment("2020-05-04")), purchase_date: None, ..terms };
        assert_eq!(events(&running, &none(), &[], None)[0], "2020-12-31 FP 168.7 700");
    }

    #[test]
    fn a_claim_ends_the_fee_and_is_told_until_it_is_settled() {
        let mut terms = guarantee();
        (terms.fee_rate, terms.fee_basis, terms.day_count) = (Some(0.365), FeeBasis::Notional, Some(DayCount::A365));
        terms.fee = Rhythm { anchor: Some(moment("2020-09-19")), cycle: Cycle::try_parse("P1Y") };
        (terms.settlement_period, terms.purchase_date) = (Some(Period::Days(30)), None);
        terms.business_days =
            BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::CalculateShiftFollowing };
        // The fee of Saturday the 19th is paid on Monday, after the default of the Sunday; one day of it is left.
        let columns = try_columns(&terms, &none(), &default(), None).unwrap();
        assert_eq!(lines(&columns), ["2020-09-20 XD 0 700", "2020-09-21 FP 183.4 700", "2020-10-20 STD 700.7 0"]);
    }

    #[test]
    fn settled_on_the_business_day_before_the_claim() {
        let mut terms = guarantee();
        terms.business_days =
            BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::ShiftCalculatePreceding };
        // 2020-09-20 was a Sunday.
        let told = ["2020-01-02 PRD -10 700", "2020-09-18 STD 700 0", "2020-09-20 XD 0 700"];
        assert_eq!(events(&terms, &none(), &default(), None), told);
        assert_eq!(events(&terms, &none(), &default(), Some("2020-09-18")), told[..2]);
    }

    #[test]
    fn exposures_follow_the_covered_contracts_or_the_market() {
        let loan = Terms {
            contract_type: ContractType::Pam,
            contract_id: Some("L1".into()),
            initial_exchange: Some(moment("2020-01-02")),
            maturity: Some(moment("2021-01-02")),
            notional: Some(1000.0),
            rate: Some(0.12),
            day_count: Some(DayCount::E30360),
            market_code: Some("BOND".into()),
            quantity: Some(3.0),
            ..Terms::default()
        };
        let mut terms = guarantee();
        (terms.notional, terms.maturity) = (None, None);
        terms.structure = vec![Leg { role: LegRole::Covered, object: LegObject::Contract(Box::new(loan)) }];
        terms.guaranteed_exposure = GuaranteedExposure::NotionalAndInterest;
        // 258 days of 12 % on 1000 are 86; 70 % of it all.
        assert_eq!(events(&terms, &none(), &default(), None)[1..], ["2020-09-20 XD 0 760.2", "2020-09-20 STD 760.2 0"]);
        assert_eq!(events(&terms, &none(), &[], None)[1], "2021-01-02 MD 0 0");
        terms.guaranteed_exposure = GuaranteedExposure::MarketValue;
        let bond = market(&[("BOND", &[("2020-01-01", 400.0), ("2020-09-01", 200.0)])]);
        assert_eq!(events(&terms, &bond, &default(), None)[..2], ["2020-01-02 PRD -10 840", "2020-09-20 XD 0 420"]);
    }

    #[test]
    fn a_claim_of_the_past_is_settled() {
        let mut terms = guarantee();
        (terms.status_date, terms.settlement_period) = (Some(moment("2020-09-21")), Some(Period::Days(5)));
        assert_eq!(events(&terms, &none(), &default(), None), ["2020-09-25 STD 700 0"]);
        (terms.exercise_date, terms.exercise_amount) = (Some(moment("2020-09-20")), Some(650.0));
        assert_eq!(events(&terms, &none(), &[], None), ["2020-09-25 STD 650 0"]);
    }
}
