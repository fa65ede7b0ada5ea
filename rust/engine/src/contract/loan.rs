//! What all lending contracts share: the terms they need, the events beside interest and principal, and the walk from event to event.

use super::calendar::{Date, Moment};
use super::columns::{Columns, Row};
use super::cycle::try_dates;
use super::daycount::DayCount;
use super::event::Kind;
use super::observed::{Occurrence, Outside};
use super::plan::{Plan, Step};
use super::refusal::{Refusal, missing, out_of_range, unsupported, wrong_date};
use super::state::{Accrual, RateBounds, State};
use super::terms::{Currency, CyclePoint, FeeBasis, InterestBase, PenaltyType, PrepaymentEffect, Rhythm, Role, Terms, required};

/// The terms of a lending contract, checked.
#[derive(Debug, Clone, Copy)]
pub struct Loan<'a> {
    /// All terms, for what only some contracts have.
    pub terms: &'a Terms,
    /// +1 for an asset, -1 for a liability.
    pub sign: f64,
    /// Currency.
    pub currency: Currency,
    /// What happened until then is past and not told again.
    pub status_date: Moment,
    /// When the principal is paid out.
    pub initial_exchange: Moment,
    /// Principal, without sign.
    pub notional: f64,
    /// Interest a year at the start.
    pub rate: f64,
    /// How days become a share of a year.
    pub day_count: DayCount,
    /// Maturity as far as the terms say it.
    pub maturity: Option<Moment>,
}

const A_DATE: &str = "a date, for example 2024-01-31T00:00:00";

impl<'a> Loan<'a> {
    /// Checks the terms every lending contract needs. Tells all that is missing at once.
    pub fn try_build(terms: &'a Terms) -> Result<Self, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let told = &mut refusals;
        let role: Role = required(terms.role, "contractRole", "a role: RPA for the lender, RPL for the borrower", told);
        let status_date = terms.status_date.unwrap_or_else(|| {
            told.push(missing("statusDate", A_DATE));
            Moment::EARLIEST
        });
        let initial_exchange = terms.initial_exchange.unwrap_or_else(|| {
            told.push(missing("initialExchangeDate", A_DATE));
            Moment::EARLIEST
        });
        let notional = required(terms.notional, "notionalPrincipal", "the principal, for example 1000", told);
        let rate = required(terms.rate, "nominalInterestRate", "the interest a year, 0.05 for 5 %, 0 for none", told);
        let day_count = required(terms.day_count, "dayCountConvention", "a day count: AA, A360, A365, 30E360, 30E360ISDA or 28E336", told);
        let currency = terms.currency.or_else(|| {
            told.push(missing("currency", "a currency, for example USD"));
            Currency::try_parse("XXX")
        });
        check_dates(terms, initial_exchange, told);
        check_words(terms, told);
        match currency {
            Some(currency) if refusals.is_empty() => {
                let sign = role.sign();
                Ok(Self { terms, sign, currency, status_date, initial_exchange, notional, rate, day_count, maturity: terms.maturity })
            }
            _ => Err(refusals),
        }
    }

    /// The maturity, for contracts that cannot do without one.
    pub fn try_maturity(&self) -> Result<Moment, Refusal> {
        self.maturity.ok_or_else(|| missing("maturityDate", A_DATE))
    }

    /// Whether interest is calculated on the notional outstanding.
    pub fn follows_notional(&self) -> bool {
        self.terms.interest_base == InterestBase::Notional
    }

    /// Plans the exchange of principal, purchase, termination, fees, rate resets, scaling and prepayments until `end`.
    pub fn try_plan_common(&self, plan: &mut Plan, end: Moment, occurrences: &[Occurrence]) -> Result<(), Refusal> {
        let terms = self.terms;
        plan.fixed(Kind::Ied, self.initial_exchange, 0.0);
        if let Some(date) = terms.purchase_date {
            plan.fixed(Kind::Prd, date, terms.purchase_price.unwrap_or(0.0));
        }
        if let Some(date) = terms.termination_date {
            plan.fixed(Kind::Td, date, terms.termination_price.unwrap_or(0.0));
        }
        if terms.fee_rate.is_some() {
            self.try_plan_rhythm(plan, Kind::Fp, &terms.fee, end, true, "cycleOfFee")?;
        }
        if terms.scaling_effect.interest() || terms.scaling_effect.notional() {
            self.try_plan_rhythm(plan, Kind::Sc, &terms.scaling, end, true, "cycleOfScalingIndex")?;
        }
        self.try_plan_resets(plan, end)?;
        self.try_plan_prepayments(plan, end, occurrences)
    }

    /// Plans a cycle that starts at its anchor, or one period after the initial exchange; the end itself only where it is wanted.
    pub fn try_plan_rhythm(
        &self,
        plan: &mut Plan,
        kind: Kind,
        rhythm: &Rhythm,
        end: Moment,
        with_end: bool,
        term: &'static str,
    ) -> Result<(), Refusal> {
        let Some(start) = rhythm.start(self.initial_exchange) else { return Ok(()) };
        let dates = try_dates(start, rhythm.cycle, end, self.terms.keeps_month_end(), term)?;
        let wanted = |date: &Moment| *date >= self.initial_exchange && (with_end || *date < end);
        dates.filter(wanted).for_each(|date| plan.moved(kind, date, self.terms.business_days, 0.0));
        Ok(())
    }

    /// Rate resets; the first one after the status date may be to a rate that is known already.
    fn try_plan_resets(&self, plan: &mut Plan, end: Moment) -> Result<(), Refusal> {
        let first = plan.steps().len();
        self.try_plan_rhythm(plan, Kind::Rr, &self.terms.rate_reset, end, false, "cycleOfRateReset")?;
        let known = self.terms.next_reset_rate;
        let next = plan.steps_mut()[first..].iter_mut().find(|step| step.time > self.status_date);
        if let (Some(rate), Some(step)) = (known, next) {
            (step.kind, step.rank, step.number) = (Kind::Rrf, Kind::Rrf as u8, rate);
        }
        Ok(())
    }

    /// Prepayments as observed, on dates of their own or on scheduled ones; each with its penalty before it.
    fn try_plan_prepayments(&self, plan: &mut Plan, end: Moment, occurrences: &[Occurrence]) -> Result<(), Refusal> {
        if self.terms.prepayment_effect == PrepaymentEffect::None {
            return Ok(());
        }
        let first = plan.steps().len();
        self.try_plan_rhythm(plan, Kind::Pp, &self.terms.prepayment, end, false, "cycleOfOptionality")?;
        for observed in occurrences.iter().filter(|observed| observed.kind == Kind::Pp && self.concerns(observed)) {
            let scheduled = plan.steps_mut()[first..].iter_mut().find(|step| step.scheduled == observed.time);
            match scheduled {
                Some(step) => step.number = observed.value,
                None => plan.fixed(Kind::Pp, observed.time, observed.value),
            }
        }
        if self.terms.penalty_type != PenaltyType::None {
            for index in first..plan.steps().len() {
                let penalty = Step { kind: Kind::Py, rank: Kind::Py as u8, ..plan.steps()[index] };
                plan.push(penalty);
            }
        }
        Ok(())
    }

    fn concerns(&self, observed: &Occurrence) -> bool {
        observed.contract.is_none() || observed.contract == self.terms.contract_id
    }

    /// Plans interest payments, or capitalisations as long as there are any, until `end`. Without a cycle interest is paid at the end.
    pub fn try_plan_interest(&self, plan: &mut Plan, end: Moment) -> Result<(), Refusal> {
        let days = self.terms.business_days;
        let start = self.terms.interest.start(self.initial_exchange).unwrap_or(end);
        let dates = try_dates(start, self.terms.interest.cycle, end, self.terms.keeps_month_end(), "cycleOfInterestPayment")?;
        let mut capitalised_until = self.terms.capitalization_end.filter(|date| *date >= self.initial_exchange);
        for date in dates.filter(|date| *date >= self.initial_exchange) {
            match capitalised_until {
                Some(last) if date < last => plan.moved(Kind::Ipci, date, days, 0.0),
                Some(last) => {
                    plan.moved(Kind::Ipci, last, days, 0.0);
                    capitalised_until = None;
                    if date > last {
                        plan.moved(Kind::Ip, date, days, 0.0);
                    }
                }
                None => plan.moved(Kind::Ip, date, days, 0.0),
            }
        }
        Ok(())
    }

    /// The state on the status date: nothing before the initial exchange, else what the terms say, interest accrued since the last payment.
    pub fn state_at_status(&self, plan: &Plan) -> State<f64> {
        if self.initial_exchange > self.status_date {
            return self.scaled(State::empty());
        }
        let mut state = self.scaled(self.exchanged());
        let since = plan.interest_before(self.status_date);
        let years = since.map_or(0.0, |date| self.years(date, self.status_date.accrual_date()));
        state.accrued = self.terms.accrued_interest.map_or_else(|| state.interest_due(years), |accrued| self.sign * accrued);
        state.fees = self.sign * self.terms.fee_accrued.unwrap_or(0.0);
        state
    }

    fn scaled(&self, state: State<f64>) -> State<f64> {
        let notional_scaling = self.terms.notional_scaling.unwrap_or(1.0);
        State { notional_scaling, interest_scaling: self.terms.interest_scaling.unwrap_or(1.0), ..state }
    }

    /// Principal paid out, nothing accrued.
    fn exchanged(&self) -> State<f64> {
        let notional = self.sign * self.notional;
        let base = if self.terms.interest_base == InterestBase::Notional {
            notional
        } else {
            self.sign * self.terms.interest_base_amount.unwrap_or(self.notional)
        };
        State { notional, base, rate: self.rate, ..State::empty() }
    }

    /// Share of a year between two dates.
    pub fn years(&self, from: Date, to: Date) -> f64 {
        if from == to {
            return 0.0;
        }
        self.day_count.year_fraction_until(from, to, self.maturity.map(Moment::accrual_date))
    }

    /// Walks the plan from the status date and adds a row an event. `apply` moves the state by the events only this kind of contract has and
    /// answers what we receive, or `None` for the events all lending contracts share.
    pub fn try_walk(
        &self,
        plan: &Plan,
        outside: &Outside<'_>,
        columns: &mut Columns,
        mut apply: impl FnMut(&Step, &mut State<f64>, Accrual) -> Option<f64>,
    ) -> Result<(), Refusal> {
        let fee_rate = if self.terms.fee_basis == FeeBasis::Notional { self.terms.fee_rate.unwrap_or(0.0) } else { 0.0 };
        let mut state = self.state_at_status(plan);
        let mut last = self.status_date.accrual_date();
        let mut ours = self.terms.purchase_date.is_none_or(|date| date <= self.status_date);
        let first = plan.steps().partition_point(|step| step.time <= self.status_date);
        columns.reserve(plan.steps().len() - first);
        for step in &plan.steps()[first..] {
            if outside.to.is_some_and(|to| step.time > to) {
                break;
            }
            let accrual = Accrual { years: self.years(last, step.accrual_date), fee_rate };
            last = step.accrual_date;
            let payoff = match apply(step, &mut state, accrual) {
                Some(payoff) => payoff,
                None => self.try_apply(step, &mut state, accrual, outside)?,
            };
            ours |= step.kind == Kind::Prd;
            if ours {
                let (notional, rate, accrued) = (state.notional, state.rate, state.accrued);
                columns.push(Row { time: step.time, kind: step.kind, payoff, notional, rate, accrued });
            }
            if step.kind == Kind::Td {
                break;
            }
        }
        self.try_finite(&state, columns)?;
        columns.close(self.currency);
        Ok(())
    }

    fn try_finite(&self, state: &State<f64>, columns: &Columns) -> Result<(), Refusal> {
        let paid = columns.payoffs.last().copied().unwrap_or(0.0);
        let finite = [state.notional, state.accrued, state.rate, paid].iter().all(|number| number.is_finite());
        let growth = || out_of_range("nominalInterestRate", self.rate, "rates and amounts whose growth stays below 1e308");
        if finite { Ok(()) } else { Err(growth()) }
    }

    /// The events all lending contracts share.
    fn try_apply(&self, step: &Step, state: &mut State<f64>, accrual: Accrual, outside: &Outside<'_>) -> Result<f64, Refusal> {
        let payoff = match step.kind {
            Kind::Ied => self.exchange(step, state),
            Kind::Ip => state.pay_interest(accrual),
            Kind::Ipci => {
                state.capitalise(accrual);
                self.follow(state);
                0.0
            }
            Kind::Fp => match self.terms.fee_basis {
                FeeBasis::Absolute => state.pay_fixed_fee(accrual, self.sign, self.terms.fee_rate.unwrap_or(0.0)),
                FeeBasis::Notional => state.pay_accrued_fee(accrual),
            },
            Kind::Rr => {
                let observed = self.try_observed_rate(step, outside)?;
                state.reset_rate(accrual, observed, &self.rate_bounds());
                0.0
            }
            Kind::Rrf => {
                state.reset_rate(accrual, step.number, &RateBounds::NONE);
                0.0
            }
            Kind::Sc => {
                state.accrue(accrual);
                self.try_scale(step, state, outside)?
            }
            Kind::Py => {
                let penalty = self.try_penalty(step, state, accrual, outside)?;
                state.accrue(accrual);
                penalty
            }
            Kind::Pp => {
                state.accrue(accrual);
                let paid = state.redeem(self.sign * step.number, self.sign);
                self.follow(state);
                paid
            }
            Kind::Prd => {
                let paid = state.price(accrual, -self.sign, step.number);
                state.accrue(accrual);
                paid
            }
            Kind::Td => {
                let paid = state.price(accrual, self.sign, step.number);
                state.close();
                paid
            }
            Kind::Md => {
                state.accrue(accrual);
                state.mature()
            }
            _ => {
                state.accrue(accrual);
                0.0
            }
        };
        Ok(payoff)
    }

    /// The principal is paid out, with its premium or discount; interest may have run before.
    fn exchange(&self, step: &Step, state: &mut State<f64>) -> f64 {
        *state = State {
            notional_scaling: state.notional_scaling,
            interest_scaling: state.interest_scaling,
            payment: state.payment,
            ..self.exchanged()
        };
        let before = self.terms.interest.anchor.filter(|anchor| *anchor < step.scheduled);
        let years = before.map_or(0.0, |anchor| self.years(anchor.accrual_date(), step.accrual_date));
        state.accrued = self.terms.accrued_interest.map_or_else(|| state.interest_due(years), |accrued| self.sign * accrued);
        -self.sign * (self.notional + self.terms.premium.unwrap_or(0.0))
    }

    /// The base of interest follows the notional, where it is the notional.
    #[inline]
    pub fn follow(&self, state: &mut State<f64>) {
        if self.follows_notional() {
            state.base = state.notional;
        }
    }

    /// The observed rate with the contract's multiplier and spread.
    pub fn try_observed_rate(&self, step: &Step, outside: &Outside<'_>) -> Result<f64, Refusal> {
        let term = "marketObjectCodeOfRateReset";
        let code = self.terms.rate_code.as_deref().ok_or_else(|| missing(term, "the market object whose rate is read at a reset"))?;
        let observed = outside.market.try_at(term, code, step.scheduled)?;
        Ok(observed * self.terms.rate_multiplier.unwrap_or(1.0) + self.terms.rate_spread.unwrap_or(0.0))
    }

    /// Bounds of rate resets.
    pub fn rate_bounds(&self) -> RateBounds {
        let bounds = |low: Option<f64>, high: Option<f64>| (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
        RateBounds {
            change: bounds(self.terms.period_floor, self.terms.period_cap),
            level: bounds(self.terms.life_floor, self.terms.life_cap),
        }
    }

    fn try_scale(&self, step: &Step, state: &mut State<f64>, outside: &Outside<'_>) -> Result<f64, Refusal> {
        let term = "marketObjectCodeOfScalingIndex";
        let code = self.terms.scaling_code.as_deref().ok_or_else(|| missing(term, "the market object that scales the contract"))?;
        let base = self.terms.scaling_base.filter(|base| *base != 0.0);
        let base = base.ok_or_else(|| missing("scalingIndexAtContractDealDate", "the index on the deal date, not 0"))?;
        let scaling = outside.market.try_at(term, code, step.scheduled)? / base;
        if self.terms.scaling_effect.interest() {
            state.interest_scaling = scaling;
        }
        if self.terms.scaling_effect.notional() {
            state.notional_scaling = scaling;
        }
        Ok(0.0)
    }

    /// The penalty for a prepayment, before its amount is taken off the notional.
    fn try_penalty(&self, step: &Step, state: &State<f64>, accrual: Accrual, outside: &Outside<'_>) -> Result<f64, Refusal> {
        let rate = self.terms.penalty_rate.unwrap_or(0.0);
        Ok(match self.terms.penalty_type {
            PenaltyType::None => 0.0,
            PenaltyType::Absolute => self.sign * rate,
            PenaltyType::Relative => accrual.years * state.notional * rate,
            PenaltyType::InterestDifferential => {
                let lost = state.rate - self.try_observed_rate(step, outside)?;
                accrual.years * state.notional * lost.max(0.0)
            }
        })
    }
}

fn check_dates(terms: &Terms, initial_exchange: Moment, refusals: &mut Vec<Refusal>) {
    let after_exchange = [("maturityDate", terms.maturity), ("amortizationDate", terms.amortization_date)];
    for (term, date) in after_exchange.into_iter().filter_map(|(term, date)| Some((term, date?))) {
        if date <= initial_exchange {
            refusals.push(wrong_date(term, date, format!("a date after the initial exchange, {initial_exchange}")));
        }
    }
    if let (Some(bought), Some(sold)) = (terms.purchase_date, terms.termination_date) {
        if sold < bought {
            refusals.push(wrong_date("terminationDate", sold, format!("a date not before the purchase, {bought}")));
        }
    }
}

fn check_words(terms: &Terms, refusals: &mut Vec<Refusal>) {
    for (term, point) in [("cyclePointOfInterestPayment", terms.interest_point), ("cyclePointOfRateReset", terms.rate_reset_point)] {
        if point == CyclePoint::Beginning {
            refusals.push(unsupported(term, point.word(), "E: interest is paid and rates are reset at the end of a period"));
        }
    }
}
