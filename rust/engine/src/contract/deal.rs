//! What contracts without a principal of their own share: a side, a currency, and that they are bought and sold as a whole.

use super::calendar::Moment;
use super::columns::{Columns, Row};
use super::event::Kind;
use super::observed::{Occurrence, Outside};
use super::plan::{Plan, Step};
use super::refusal::{Refusal, missing, wrong_date};
use super::terms::{Currency, Role, Terms, required};

/// What every such contract says.
#[derive(Debug, Clone, Copy)]
pub struct Deal<'a> {
    /// All terms.
    pub terms: &'a Terms,
    /// +1 for the one who has the right or the thing, -1 for the one who owes it.
    pub sign: f64,
    /// Currency.
    pub currency: Currency,
    /// What happened until then is past and not told again.
    pub status_date: Moment,
}

/// What an event leaves behind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct After {
    /// What we receive.
    pub payoff: f64,
    /// Notional, signed from our side.
    pub notional: f64,
    /// Amount and date of an exercise, for contracts that can be exercised.
    pub exercise: Option<(f64, Option<Moment>)>,
    /// The currency of the payoff.
    pub currency: Currency,
}

pub(super) const A_DATE: &str = "a date, for example 2024-01-31T00:00:00";

impl<'a> Deal<'a> {
    /// From its terms; notes what is missing, all at once. `sides` says what the roles are here.
    pub fn build(terms: &'a Terms, sides: &str, refusals: &mut Vec<Refusal>) -> Self {
        let role: Role = required(terms.role, "contractRole", sides, refusals);
        let currency = required(terms.currency, "currency", "a currency, for example USD", refusals);
        let status_date = date_of(terms.status_date, "statusDate", refusals);
        if let (Some(bought), Some(sold)) = (terms.purchase_date, terms.termination_date)
            && sold < bought
        {
            refusals.push(wrong_date("terminationDate", sold, format!("a date not before the purchase, {bought}")));
        }
        Self { terms, sign: role.sign(), currency, status_date }
    }

    /// Number of units; one if nothing was said.
    pub fn quantity(&self) -> f64 {
        self.terms.quantity.unwrap_or(1.0)
    }

    /// What we receive when the contract is bought: the price, from the one who sells.
    pub fn bought(&self, step: &Step) -> f64 {
        -self.sign * step.number
    }

    /// What we receive when it is sold.
    pub fn sold(&self, step: &Step) -> f64 {
        self.sign * step.number
    }

    /// An event that leaves nothing but what was paid.
    pub fn paid(&self, payoff: f64) -> After {
        After { payoff, notional: 0.0, exercise: None, currency: self.currency }
    }

    /// Plans purchase and sale, and when somebody looks at the contract.
    pub fn plan_trades(&self, plan: &mut Plan, occurrences: &[Occurrence]) {
        if let Some(date) = self.terms.purchase_date {
            plan.fixed(Kind::Prd, date, self.terms.purchase_price.unwrap_or(0.0));
        }
        if let Some(date) = self.terms.termination_date {
            plan.fixed(Kind::Td, date, self.terms.termination_price.unwrap_or(0.0));
        }
        let looks = occurrences.iter().filter(|observed| observed.kind == Kind::Ad && self.concerns(observed));
        looks.for_each(|observed| plan.look(observed.time));
    }

    /// Whether an event happened to this contract.
    pub fn concerns(&self, observed: &Occurrence) -> bool {
        observed.contract.is_none() || observed.contract == self.terms.contract_id
    }

    /// Walks the plan in order from the status date and adds a row an event. What precedes a purchase happens but is not told, but for a fee of
    /// the same moment, which is the buyer's; nothing happens after a sale.
    pub fn try_walk(
        &self,
        plan: &mut Plan,
        outside: &Outside<'_>,
        columns: &mut Columns,
        mut apply: impl FnMut(&Step) -> Result<After, Refusal>,
    ) -> Result<(), Refusal> {
        plan.try_order()?;
        let purchase = self.terms.purchase_date.filter(|date| *date > self.status_date);
        let mut ours = purchase.is_none();
        for step in plan.steps().iter().filter(|step| step.time > self.status_date) {
            if outside.to.is_some_and(|to| step.time > to) {
                break;
            }
            let after = apply(step)?;
            ours |= step.kind == Kind::Prd;
            if ours || (step.kind == Kind::Fp && Some(step.time) == purchase) {
                let row = Row { time: step.time, kind: step.kind, payoff: after.payoff, notional: after.notional, rate: 0.0, accrued: 0.0 };
                match after.exercise {
                    Some((amount, date)) => columns.push_exercise(row, amount, date),
                    None => columns.push(row),
                }
                columns.close(after.currency);
            }
            if step.kind == Kind::Td {
                break;
            }
        }
        Ok(())
    }
}

/// A date that must be there; notes its absence.
pub(super) fn date_of(date: Option<Moment>, term: &'static str, refusals: &mut Vec<Refusal>) -> Moment {
    date.unwrap_or_else(|| {
        refusals.push(missing(term, A_DATE));
        Moment::EARLIEST
    })
}

/// The terms, unless some were refused.
pub(super) fn none_refused(refusals: Vec<Refusal>) -> Result<(), Vec<Refusal>> {
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}
