//! Linear amortiser: the principal in equal parts, interest beside it.

use super::columns::Columns;
use super::convoy::PaymentKind;
use super::even::Fixing;
use super::event::Kind;
use super::loan::{Loan, Side};
use super::observed::Outside;
use super::plan::Plan;
use super::redemption::payments_until_redeemed;
use super::refusal::Refusal;
use super::state::{Accrual, State};
use super::terms::Terms;

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut loan = Loan::try_build(terms)?;
    try_walk(&mut loan, outside, plan, columns).map_err(|refusal| vec![refusal])
}

fn try_walk(loan: &mut Loan<'_>, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Refusal> {
    try_complete(loan)?;
    if plan.even.collect(loan, &loan.terms.interest, outside) {
        plan.board(loan, PaymentKind::Principal, Fixing::ByTerms, columns);
        return Ok(());
    }
    loan.try_plan_redeemed(plan, &loan.terms.interest, outside.occurrences)?;
    plan.try_order()?;
    let side = loan.side();
    loan.try_walk(plan, outside, columns, |step, state, accrual| (step.kind == Kind::Pr).then(|| pay(side, state, accrual)))
}

/// A payment: a part of the principal, whatever the interest.
#[inline(always)]
fn pay(side: Side, state: &mut State<f64>, accrual: Accrual) -> f64 {
    let paid = PaymentKind::Principal.redeem(state, accrual, side.sign);
    side.follow(state);
    paid
}

/// The maturity from the payment, or the payment from the maturity: one of the two may be missing.
fn try_complete(loan: &mut Loan<'_>) -> Result<(), Refusal> {
    match (loan.maturity, loan.terms.redemption_payment) {
        (Some(_), Some(_)) => {}
        (Some(end), None) => {
            let parts = loan.try_redemption_dates(end)?.filter(|date| loan.is_to_come(*date)).count();
            loan.payment = loan.notional / parts.max(1) as f64;
        }
        (None, _) => {
            let count = payments_until_redeemed(loan.notional, loan.try_payment()?);
            loan.maturity = Some(loan.try_last_redemption(count)?);
        }
    }
    Ok(())
}
