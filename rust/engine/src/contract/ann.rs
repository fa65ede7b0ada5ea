//! Annuity: payments of one size that cover interest first and pay back the principal on the last date; fixed anew when the rate changes.

use super::annuity::level_payment;
use super::calendar::{Date, Moment};
use super::columns::Columns;
use super::convoy::PaymentKind;
use super::cycle::Period;
use super::even::Fixing;
use super::event::Kind;
use super::loan::Loan;
use super::nam;
use super::observed::Outside;
use super::plan::{Plan, Step, moved};
use super::refusal::Refusal;
use super::state::State;
use super::terms::Terms;

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut loan = Loan::try_build(terms)?;
    try_walk(&mut loan, outside, plan, columns).map_err(|refusal| vec![refusal])
}

fn try_walk(loan: &mut Loan<'_>, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Refusal> {
    loan.maturity = Some(match loan.maturity.or(loan.terms.amortization_date) {
        Some(end) => end,
        None => nam::try_maturity(loan)?,
    });
    let interest = loan.interest_with_payments();
    let redeemed_then = loan.terms.amortization_date.is_none_or(|date| Some(date) == loan.maturity);
    if redeemed_then && plan.even.collect(loan, &interest, outside) {
        let fixing = try_fixing(loan)?;
        plan.board(loan, PaymentKind::Level, fixing, columns);
        return Ok(());
    }
    loan.try_plan_redeemed(plan, &interest, outside.occurrences)?;
    let fixing = try_plan_fixings(loan, plan)?;
    plan.try_order()?;
    let payments = Payments::try_new(loan)?;
    let mut state = loan.state_at_status(plan);
    if fixing == Fixing::AtStatus {
        state.payment = payments.level(loan, plan, (loan.status_date, u8::MAX), state, loan.status_date.accrual_date());
    }
    let side = loan.side();
    loan.try_walk_from(state, plan, outside, columns, |step, state, accrual| match step.kind {
        Kind::Pr => Some(nam::pay(side, state, accrual)),
        Kind::Ied if fixing == Fixing::AtExchange => {
            let paid = loan.exchange(step, state);
            state.payment = payments.level(loan, plan, (step.time, step.rank), *state, step.accrual_date);
            Some(paid)
        }
        Kind::Prf => {
            state.accrue(accrual);
            state.payment = payments.level(loan, plan, (step.time, step.rank), *state, step.accrual_date);
            Some(0.0)
        }
        _ => None,
    })
}

/// Plans the fixings of the payment: the first one where it is an event of its own, and one after every rate reset.
fn try_plan_fixings(loan: &Loan<'_>, plan: &mut Plan) -> Result<Fixing, Refusal> {
    for index in 0..plan.steps().len() {
        let step = plan.steps()[index];
        if matches!(step.kind, Kind::Rr | Kind::Rrf) {
            plan.push(Step { kind: Kind::Prf, rank: Kind::Prf as u8, number: 0.0, ..step });
        }
    }
    let fixing = try_fixing(loan)?;
    if let Fixing::On(date) = fixing {
        plan.fixed(Kind::Prf, date, 0.0);
    }
    Ok(fixing)
}

/// When the first payment is fixed, where the terms do not say it: a day before it.
fn try_fixing(loan: &Loan<'_>) -> Result<Fixing, Refusal> {
    if loan.terms.redemption_payment.is_some() {
        return Ok(Fixing::ByTerms);
    }
    let start = loan.try_redemption_start()?;
    // Also before the business day the first payment may be moved back to.
    let first = start.min(start.on(loan.terms.business_days.shift(start.date())));
    let day_before = Period::Days(1).before(first);
    Ok(if loan.is_running() && day_before <= loan.status_date {
        Fixing::AtStatus
    } else if day_before < loan.initial_exchange {
        Fixing::AtExchange
    } else {
        Fixing::On(day_before)
    })
}

/// The dates the level payment is reckoned over: those of the plan, unless it would be paid back on another date than it matures.
struct Payments {
    others: Option<Vec<Step>>,
}

impl Payments {
    fn try_new(loan: &Loan<'_>) -> Result<Self, Refusal> {
        let until = loan.terms.amortization_date.filter(|date| Some(*date) != loan.maturity);
        let dates = until.map(|until| loan.try_redemption_dates(until)).transpose()?;
        let step = |date: Moment| moved(Kind::Pr, date, loan.terms.business_days, 0.0);
        Ok(Self { others: dates.map(|dates| dates.filter(|date| *date >= loan.initial_exchange).map(step).collect()) })
    }

    /// The payment for what is owed on `date`, over the payments that are made after a place in the order of events.
    fn level(&self, loan: &Loan<'_>, plan: &Plan, place: (Moment, u8), state: State<f64>, date: Date) -> f64 {
        let steps = self.others.as_deref().unwrap_or(plan.steps());
        let next = steps.partition_point(|step| (step.time, step.rank) <= place);
        let paid = steps[next..].iter().filter(|step| matches!(step.kind, Kind::Pr | Kind::Md));
        level(loan, state, date, paid.map(|step| step.accrual_date))
    }
}

fn level(loan: &Loan<'_>, state: State<f64>, date: Date, mut paid: impl Iterator<Item = Date>) -> f64 {
    let Some(first) = paid.next() else { return 0.0 };
    let due = state.notional + state.accrued + state.notional * state.rate * loan.years(date, first);
    let mut last = first;
    let growths = paid.map(|next| {
        let years = loan.years(last, next);
        last = next;
        1.0 + state.rate * years
    });
    level_payment(due, growths)
}
