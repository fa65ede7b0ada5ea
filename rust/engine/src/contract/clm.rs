//! Call money: interest is added to the principal every cycle until maturity, or until the loan is called. A call is observed (an event XD);
//! interest stops then, and everything is paid when the period of notice is over.

use super::calendar::Moment;
use super::columns::Columns;
use super::cycle::{Dates, try_dates};
use super::event::Kind;
use super::loan::Loan;
use super::observed::Outside;
use super::plan::{Plan, Step};
use super::refusal::{Refusal, missing};
use super::stk::beyond;
use super::terms::{Rhythm, Terms};

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut loan = Loan::try_build(terms)?;
    try_walk(&mut loan, outside, plan, columns).map_err(|refusal| vec![refusal])
}

fn try_walk(loan: &mut Loan<'_>, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Refusal> {
    let end = try_end(loan, outside)?;
    loan.is_open = matches!(end, End::Open(_));
    plan.clear();
    try_plan(loan, plan, end, outside)?;
    // A settlement is told with its call, however late it is.
    let mut told = *outside;
    if let End::Called { at, settled } = end {
        told.to = outside.to.map(|to| if at <= to { to.max(settled) } else { to });
    }
    let mut state = loan.state_at_status(plan);
    if loan.terms.accrued_interest.is_none() {
        state.accrued = 0.0; // Nothing is reckoned back to the cycle before: the standard's tests decide.
    }
    loan.try_walk_from(state, plan, &told, columns, |step, state, accrual| {
        (step.kind == Kind::Std).then(|| {
            state.accrue(accrual);
            state.mature()
        })
    })
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// On the agreed date.
    Matures(Moment),
    /// By a call.
    Called { at: Moment, settled: Moment },
    /// Not by the last moment that is wanted.
    Open(Moment),
}

impl End {
    /// Until when interest is added.
    fn last(self) -> Moment {
        match self {
            Self::Matures(date) | Self::Called { at: date, .. } => date,
            Self::Open(to) => beyond(to),
        }
    }
}

fn try_end(loan: &Loan<'_>, outside: &Outside<'_>) -> Result<End, Refusal> {
    let maturity = loan.maturity;
    let counts = |at: Moment| at > loan.status_date && at >= loan.initial_exchange && maturity.is_none_or(|maturity| at < maturity);
    let calls = outside.occurrences.iter().filter(|observed| observed.kind == Kind::Xd && loan.concerns(observed));
    if let Some(at) = calls.map(|call| call.time).find(|at| counts(*at)) {
        let settled = loan.terms.notice_period.map_or(at, |notice| notice.after(at));
        return Ok(End::Called { at, settled });
    }
    let never = || missing("maturityDate", "a maturity, an observed call (event XD), or `to`: until when events are wanted");
    maturity.map(End::Matures).or(outside.to.map(End::Open)).ok_or_else(never)
}

fn try_plan(loan: &Loan<'_>, plan: &mut Plan, end: End, outside: &Outside<'_>) -> Result<(), Refusal> {
    let (terms, days, last) = (loan.terms, loan.terms.business_days, end.last());
    try_cycle(loan, &terms.interest, last, "cycleOfInterestPayment")?.for_each(|date| plan.moved(Kind::Ipci, date, days, 0.0));
    loan.try_plan_common(plan, last, outside.occurrences)?;
    match end {
        End::Matures(date) => {
            plan.push(unmoved(loan, Kind::Ip, date));
            plan.push(unmoved(loan, Kind::Md, date));
        }
        End::Called { at, settled } => {
            plan.push(unmoved(loan, Kind::Xd, at));
            // No interest runs over the notice: what is paid is what had accrued at the call. It is paid after the call, also on the same day.
            let accrual_date = unmoved(loan, Kind::Xd, at).accrual_date;
            plan.push(Step { accrual_date, rank: Kind::Std as u8, ..unmoved(loan, Kind::Ip, settled) });
            plan.push(Step { accrual_date, ..unmoved(loan, Kind::Std, settled) });
        }
        End::Open(_) => {}
    }
    plan.try_order()
}

/// An event on its date as agreed, with interest until the business day that convention would move it to.
fn unmoved(loan: &Loan<'_>, kind: Kind, date: Moment) -> Step {
    let days = loan.terms.business_days;
    let counted = if days.calculates_after_shift() { date.on(days.shift(date.date())) } else { date };
    Step { time: date, scheduled: date, accrual_date: counted.accrual_date(), kind, rank: kind as u8, number: 0.0 }
}

/// Dates before the end; without an anchor from the initial exchange on.
fn try_cycle(loan: &Loan<'_>, rhythm: &Rhythm, end: Moment, term: &'static str) -> Result<impl Iterator<Item = Moment>, Refusal> {
    let from = loan.initial_exchange;
    let dates: Option<Dates> = match (rhythm.anchor, rhythm.cycle) {
        (None, None) => None,
        (anchor, _) => Some(try_dates(anchor.unwrap_or(from), loan.cycle_of(rhythm), end, loan.terms.keeps_month_end(), term)?),
    };
    Ok(dates.into_iter().flatten().filter(move |date| *date >= from && *date < end))
}

#[cfg(test)]
mod tests {
    use crate::contract::calendar::{BusinessDayConvention, BusinessDays, Calendar};
    use crate::contract::cases::{currency, events, market, moment};
    use crate::contract::cycle::Cycle;
    use crate::contract::daycount::DayCount;
    use crate::contract::terms::{ContractType, FeeBasis, Rhythm, Role, Terms};

    #[test]
    fn a_horizon_is_no_date_of_a_cycle_and_makes_no_stub() {
        let monthly = Rhythm { anchor: Some(moment("2024-02-01")), cycle: Cycle::try_parse("P1ML0") };
        let mut terms = Terms {
            contract_type: ContractType::Clm,
            role: Some(Role::Rpa),
            currency: currency("USD"),
            status_date: Some(moment("2023-12-31")),
            initial_exchange: Some(moment("2024-01-01")),
            notional: Some(1200.0),
            rate: Some(0.1),
            day_count: Some(DayCount::E30360),
            interest: monthly,
            fee: monthly,
            fee_basis: FeeBasis::Absolute,
            fee_rate: Some(5.0),
            business_days: BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::ShiftCalculatePreceding },
            ..Terms::default()
        };
        let until = |terms: &Terms, to: &str| events(terms, &market(&[]), &[], Some(to));
        let told = ["2024-01-01 IED -1200 1200", "2024-02-01 FP 5 1200", "2024-02-01 IPCI 0 1210", "2024-03-01 FP 5 1210"];
        assert_eq!(until(&terms, "2024-02-29"), told[..3]);
        assert_eq!(until(&terms, "2024-03-15")[..4], told);
        assert_eq!((until(&terms, "2024-03-15").len(), until(&terms, "2024-03-31").len()), (5, 5));
        // 2024-06-01 is a Saturday: what is due then is paid on the Friday before, also when no more is wanted.
        terms.status_date = Some(moment("2024-05-10"));
        assert_eq!(until(&terms, "2024-05-31"), ["2024-05-31 FP 5 1200", "2024-05-31 IPCI 0 1206.666667"]);
    }
}
