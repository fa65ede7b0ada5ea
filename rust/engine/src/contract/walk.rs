//! The walk of a lending contract from event to event: what is paid, and how the state moves.

use super::columns::{Columns, Row};
use super::event::Kind;
use super::loan::Loan;
use super::observed::Outside;
use super::plan::{Plan, Step};
use super::refusal::{Refusal, missing};
use super::state::{Accrual, RateBounds, State, try_finite};
use super::terms::{FeeBasis, PenaltyType, PrepaymentEffect};

impl Loan<'_> {
    /// Walks the plan from the status date and adds a row an event. `apply` moves the state by the events only this kind of contract has and
    /// answers what we receive, or `None` for the events all lending contracts share.
    pub fn try_walk(
        &self,
        plan: &Plan,
        outside: &Outside<'_>,
        columns: &mut Columns,
        apply: impl FnMut(&Step, &mut State<f64>, Accrual) -> Option<f64>,
    ) -> Result<(), Refusal> {
        self.try_walk_from(self.state_at_status(plan), plan, outside, columns, apply)
    }

    /// The same from another state on the status date.
    pub fn try_walk_from(
        &self,
        mut state: State<f64>,
        plan: &Plan,
        outside: &Outside<'_>,
        columns: &mut Columns,
        mut apply: impl FnMut(&Step, &mut State<f64>, Accrual) -> Option<f64>,
    ) -> Result<(), Refusal> {
        let fee_rate = if self.terms.fee_basis == FeeBasis::Notional { self.terms.fee_rate.unwrap_or(0.0) } else { 0.0 };
        let mut last = self.status_date.accrual_date();
        let mut ours = self.terms.purchase_date.is_none_or(|date| date <= self.status_date);
        let first = plan.steps().partition_point(|step| step.time <= self.status_date);
        let begin = columns.len();
        let mut rows = columns.open(plan.steps().len() - first);
        for step in &plan.steps()[first..] {
            if outside.to.is_some_and(|to| step.time > to) {
                break;
            }
            let accrual = Accrual { years: self.years(last, step.accrual_date), fee_rate };
            last = step.accrual_date;
            let payoff = match apply(step, &mut state, accrual) {
                Some(payoff) => payoff,
                None if step.kind == Kind::Ip => state.pay_interest(accrual),
                None => {
                    // The frequent events above stay in registers: only a copy of the state is handed to the others.
                    let mut next = state;
                    let payoff = self.try_apply(step, &mut next, accrual, outside)?;
                    state = next;
                    payoff
                }
            };
            ours |= step.kind == Kind::Prd;
            if ours {
                let (notional, rate, accrued) = (state.notional, state.rate, state.accrued);
                rows.push(Row { time: step.time, kind: step.kind, payoff, notional, rate, accrued });
            }
            if step.kind == Kind::Td {
                break;
            }
        }
        let end = begin + rows.written;
        columns.truncate(end);
        self.try_close(&state, columns)
    }

    /// Ends the rows of the contract, unless its amounts have left the numbers.
    pub(super) fn try_close(&self, state: &State<f64>, columns: &mut Columns) -> Result<(), Refusal> {
        let paid = columns.payoffs.last().copied().unwrap_or(0.0);
        try_finite([state.notional, state.accrued, state.rate, paid], self.rate)?;
        columns.close(self.currency);
        Ok(())
    }

    /// The rarer events all lending contracts share.
    #[inline(never)]
    fn try_apply(&self, step: &Step, state: &mut State<f64>, accrual: Accrual, outside: &Outside<'_>) -> Result<f64, Refusal> {
        let payoff = match step.kind {
            Kind::Ied => self.exchange(step, state),
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
                let observed = self.try_observed_rate(step, outside)? + step.number;
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
                self.try_prepay(step, state, outside)?
            }
            Kind::Pd => {
                state.accrue(accrual);
                self.draw(state, step.number)
            }
            Kind::Ce => {
                state.accrue(accrual);
                state.rate += step.number;
                0.0
            }
            Kind::Ipcb => {
                state.accrue(accrual);
                state.base = state.notional;
                0.0
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
    #[inline]
    pub(super) fn exchange(&self, step: &Step, state: &mut State<f64>) -> f64 {
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
        self.side().follow(state);
    }

    /// The observed rate with the contract's multiplier and spread.
    pub fn try_observed_rate(&self, step: &Step, outside: &Outside<'_>) -> Result<f64, Refusal> {
        let observed = self.try_market_rate(step, outside)?;
        Ok(observed * self.terms.rate_multiplier.unwrap_or(1.0) + self.terms.rate_spread.unwrap_or(0.0))
    }

    /// The observed rate as it is.
    fn try_market_rate(&self, step: &Step, outside: &Outside<'_>) -> Result<f64, Refusal> {
        let term = "marketObjectCodeOfRateReset";
        let code = self.terms.rate_code.as_deref().ok_or_else(|| missing(term, "the market object whose rate is read at a reset"))?;
        outside.market.try_at(term, code, step.scheduled)
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

    /// Principal is paid back early: the amount observed, else the share the prepayment model says. Where the terms say so later payments
    /// become smaller in proportion, else the contract ends earlier.
    fn try_prepay(&self, step: &Step, state: &mut State<f64>, outside: &Outside<'_>) -> Result<f64, Refusal> {
        let before = state.notional;
        let amount = match self.terms.prepayment_code.as_deref() {
            Some(code) if step.number == 0.0 => before * outside.market.try_at("objectCodeOfPrepaymentModel", code, step.scheduled)?,
            _ => self.sign * step.number,
        };
        let paid = state.prepay(amount, self.sign);
        if self.terms.prepayment_effect == PrepaymentEffect::Amount && before != 0.0 {
            state.lower_payment(state.notional / before);
        }
        self.follow(state);
        Ok(paid)
    }

    /// The penalty for a prepayment, before its amount is taken off the notional.
    fn try_penalty(&self, step: &Step, state: &State<f64>, accrual: Accrual, outside: &Outside<'_>) -> Result<f64, Refusal> {
        let rate = self.terms.penalty_rate.unwrap_or(0.0);
        Ok(match self.terms.penalty_type {
            PenaltyType::None => 0.0,
            PenaltyType::Absolute => self.sign * rate,
            PenaltyType::Relative => accrual.years * state.notional * rate,
            PenaltyType::InterestDifferential => {
                let lost = state.rate - self.try_market_rate(step, outside)?;
                accrual.years * state.notional * lost.max(0.0)
            }
        })
    }
}
