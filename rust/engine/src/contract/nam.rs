//! Negative amortiser: payments of a fixed size that cover interest first; what they do not cover is added to the principal.

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
    loan.payment = loan.try_payment()?;
    if loan.maturity.is_none() {
        loan.maturity = Some(try_maturity(loan)?);
    }
    let interest = loan.interest_with_payments();
    if plan.even.collect(loan, &interest, outside) {
        plan.board(loan, PaymentKind::Level, Fixing::ByTerms, columns);
        return Ok(());
    }
    loan.try_plan_redeemed(plan, &interest, outside.occurrences)?;
    plan.try_order()?;
    let side = loan.side();
    loan.try_walk(plan, outside, columns, |step, state, accrual| (step.kind == Kind::Pr).then(|| pay(side, state, accrual)))
}

/// A payment: what it leaves after interest redeems principal. The interest itself is paid by the interest event of the same day.
#[inline(always)]
pub(super) fn pay(side: Side, state: &mut State<f64>, accrual: Accrual) -> f64 {
    let paid = PaymentKind::Level.redeem(state, accrual, side.sign);
    side.follow(state);
    paid
}

/// When the payments have paid back the principal, reckoned as if each redeemed as much as the first: the standard's estimate.
pub(super) fn try_maturity(loan: &Loan<'_>) -> Result<super::calendar::Moment, Refusal> {
    let payment = loan.try_payment()?;
    let (_, first, second) = loan.try_next_redemptions()?;
    let interest = loan.notional * loan.years(first.accrual_date(), second.accrual_date()) * loan.rate;
    loan.try_last_redemption(payments_until_redeemed(loan.notional, payment - interest))
}
