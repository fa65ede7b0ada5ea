//! What all lending contracts share: the terms they need, what is scheduled beside the redemption of principal, and the state on the status date.

use super::calendar::{Date, Moment};
use super::cycle::{Cycle, try_dates};
use super::daycount::DayCount;
use super::event::Kind;
use super::observed::Occurrence;
use super::plan::{Plan, Step};
use super::refusal::{Refusal, missing, unsupported, wrong_date};
use super::state::State;
use super::terms::{
    ContractType, Currency, CyclePoint, FeeBasis, InterestBase, PenaltyType, PrepaymentEffect, Rhythm, Role, Terms, required,
};

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
    /// Maturity as far as the terms say it, or as the kind of contract derives it.
    pub maturity: Option<Moment>,
    /// Redemption payment as far as the terms say it, without sign; else 0.
    pub payment: f64,
    /// Whether it goes on as long as events are wanted: its last moment is then a horizon, which is no date of a cycle and makes no stub.
    pub is_open: bool,
}

/// What every payment of principal asks of its loan.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    /// +1 for an asset, -1 for a liability.
    pub sign: f64,
    /// Whether interest is calculated on the notional outstanding.
    pub(super) follows_notional: bool,
}

impl Side {
    /// The base of interest follows the notional, where it is the notional.
    #[inline(always)]
    pub fn follow(self, state: &mut State<f64>) {
        if self.follows_notional {
            state.base = state.notional;
        }
    }
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
        let currency = required(terms.currency, "currency", "a currency, for example USD", told);
        check_dates(terms, initial_exchange, told);
        check_words(terms, told);
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let (sign, maturity, payment) = (role.sign(), terms.maturity, terms.redemption_payment.unwrap_or(0.0));
        Ok(Self { terms, sign, currency, status_date, initial_exchange, notional, rate, day_count, maturity, payment, is_open: false })
    }

    /// The maturity, for contracts that cannot do without one.
    pub fn try_maturity(&self) -> Result<Moment, Refusal> {
        self.maturity.ok_or_else(|| missing("maturityDate", A_DATE))
    }

    /// Whether interest is calculated on the notional outstanding: always, unless principal is paid back in parts.
    pub fn follows_notional(&self) -> bool {
        let in_parts = !matches!(self.terms.contract_type, ContractType::Pam | ContractType::Clm | ContractType::Ump);
        self.terms.interest_base == InterestBase::Notional || !in_parts
    }

    /// What its payments of principal ask.
    pub fn side(&self) -> Side {
        Side { sign: self.sign, follows_notional: self.follows_notional() }
    }

    /// Whether the principal was already paid out on the status date.
    pub fn is_running(&self) -> bool {
        self.initial_exchange <= self.status_date
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
        let looks = occurrences.iter().filter(|observed| observed.kind == Kind::Ad && self.concerns(observed));
        looks.for_each(|observed| plan.look(observed.time));
        if terms.fee_rate.is_some_and(|rate| rate != 0.0) {
            self.try_plan_rhythm(plan, Kind::Fp, &terms.fee, end, true, "cycleOfFee")?;
        }
        if terms.scaling_effect.interest() || terms.scaling_effect.notional() {
            self.try_plan_rhythm(plan, Kind::Sc, &terms.scaling, end, false, "cycleOfScalingIndex")?;
        }
        self.try_plan_resets(plan, end)?;
        self.try_plan_unscheduled(plan, end, occurrences)?;
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
        let dates = try_dates(start, self.cycle_of(rhythm), end, self.terms.keeps_month_end(), term)?;
        let with_end = with_end && !self.is_open;
        let wanted = |date: &Moment| *date >= self.initial_exchange && (with_end || *date < end);
        dates.filter(wanted).for_each(|date| plan.moved(kind, date, self.terms.business_days, 0.0));
        Ok(())
    }

    /// The cycle of a rhythm until the end of the contract, if that is one.
    pub(super) fn cycle_of(&self, rhythm: &Rhythm) -> Option<Cycle> {
        if self.is_open { rhythm.cycle.map(Cycle::endless) } else { rhythm.cycle }
    }

    /// When everything that is left is paid, if the contract ends on that date.
    pub(super) fn closes(&self, end: Moment) -> Moment {
        match self.terms.contract_type {
            ContractType::Clm | ContractType::Ump => end,
            _ => end.on(self.terms.business_days.shift(end.date())),
        }
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

    /// Prepayments as observed, on dates of their own or on scheduled ones; each with its penalty before it. There are none before the principal is
    /// paid out, nor after it is paid back.
    fn try_plan_prepayments(&self, plan: &mut Plan, end: Moment, occurrences: &[Occurrence]) -> Result<(), Refusal> {
        if self.terms.prepayment_effect == PrepaymentEffect::None {
            return Ok(());
        }
        let (first, life) = (plan.steps().len(), self.initial_exchange..=self.closes(end));
        self.try_plan_rhythm(plan, Kind::Pp, &self.terms.prepayment, end, false, "cycleOfOptionality")?;
        plan.steps_mut().retain(|step| step.kind != Kind::Pp || life.contains(&step.time));
        let ours = |observed: &&Occurrence| observed.kind == Kind::Pp && self.concerns(observed) && life.contains(&observed.time);
        for observed in occurrences.iter().filter(ours) {
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

    /// Whether something observed happened to this contract.
    pub fn concerns(&self, observed: &Occurrence) -> bool {
        observed.contract.is_none() || observed.contract == self.terms.contract_id
    }

    /// Plans interest payments, or capitalisations as long as there are any, until `end`. Without a cycle interest is paid at the end.
    pub fn try_plan_interest(&self, plan: &mut Plan, end: Moment) -> Result<(), Refusal> {
        let rhythm = &self.terms.interest;
        let start = rhythm.start(self.initial_exchange).unwrap_or(end);
        let dates = try_dates(start, rhythm.cycle, end, self.terms.keeps_month_end(), "cycleOfInterestPayment")?;
        self.plan_interest_on(plan, dates);
        Ok(())
    }

    /// Plans interest payments on these dates, or capitalisations up to the agreed date and on it.
    pub fn plan_interest_on(&self, plan: &mut Plan, dates: impl Iterator<Item = Moment>) {
        let days = self.terms.business_days;
        let mut capitalised_until = self.capitalised_until();
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
    }

    /// Until when interest is added to the principal; an agreement that ends before the principal is paid out is none.
    pub fn capitalised_until(&self) -> Option<Moment> {
        self.terms.capitalization_end.filter(|date| *date >= self.initial_exchange)
    }

    /// The state on the status date: nothing before the initial exchange, else what the terms say, interest and fees accrued since they were last
    /// paid.
    pub fn state_at_status(&self, plan: &Plan) -> State<f64> {
        if !self.is_running() {
            return self.state_since(None);
        }
        let state = self.state_since(plan.interest_until(self.status_date));
        let accrued = self.terms.fee_accrued.is_none() && self.terms.fee_basis == FeeBasis::Notional;
        match (self.terms.fee_rate, plan.fee_until(self.status_date)) {
            (Some(rate), Some(since)) if accrued => {
                let years = self.years(since, self.status_date.accrual_date());
                State { fees: state.notional * years * rate, ..state }
            }
            _ => state,
        }
    }

    /// The same, with the date of the last payment of interest, which may be that date.
    #[inline]
    pub fn state_since(&self, since: Option<Date>) -> State<f64> {
        if !self.is_running() {
            return self.scaled(State::empty());
        }
        let mut state = self.scaled(self.exchanged());
        let years = since.map_or(0.0, |date| self.years(date, self.status_date.accrual_date()));
        state.accrued = self.terms.accrued_interest.map_or_else(|| state.interest_due(years), |accrued| self.sign * accrued);
        state.fees = self.sign * self.terms.fee_accrued.unwrap_or(0.0);
        state
    }

    #[inline]
    fn scaled(&self, state: State<f64>) -> State<f64> {
        let notional_scaling = self.terms.notional_scaling.unwrap_or(1.0);
        let interest_scaling = self.terms.interest_scaling.unwrap_or(1.0);
        State { notional_scaling, interest_scaling, payment: self.sign * self.payment, ..state }
    }

    /// Principal paid out, nothing accrued.
    #[inline]
    pub(super) fn exchanged(&self) -> State<f64> {
        let notional = self.sign * self.notional;
        let base = if self.follows_notional() { notional } else { self.sign * self.terms.interest_base_amount.unwrap_or(self.notional) };
        State { notional, base, rate: self.rate, ..State::empty() }
    }

    /// Share of a year between two dates.
    #[inline(always)]
    pub fn years(&self, from: Date, to: Date) -> f64 {
        if from == to {
            return 0.0;
        }
        self.day_count.year_fraction_until(from, to, self.maturity.map(Moment::accrual_date))
    }
}

fn check_dates(terms: &Terms, initial_exchange: Moment, refusals: &mut Vec<Refusal>) {
    let after_exchange = [("maturityDate", terms.maturity), ("amortizationDate", terms.amortization_date)];
    for (term, date) in after_exchange.into_iter().filter_map(|(term, date)| Some((term, date?))) {
        if date <= initial_exchange {
            refusals.push(wrong_date(term, date, format!("a date after the initial exchange, {initial_exchange}")));
        }
    }
    if let (Some(bought), Some(sold)) = (terms.purchase_date, terms.termination_date)
        && sold < bought
    {
        refusals.push(wrong_date("terminationDate", sold, format!("a date not before the purchase, {bought}")));
    }
}

fn check_words(terms: &Terms, refusals: &mut Vec<Refusal>) {
    for (term, point) in [("cyclePointOfInterestPayment", terms.interest_point), ("cyclePointOfRateReset", terms.rate_reset_point)] {
        if point == CyclePoint::Beginning {
            refusals.push(unsupported(term, point.word(), "E: interest is paid and rates are reset at the end of a period"));
        }
    }
}
