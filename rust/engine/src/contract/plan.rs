//! The plan of a contract: what is scheduled when, in order. It does not depend on amounts, nor on a path.

use super::calendar::{BusinessDayConvention, BusinessDays, Date, Moment};
use super::columns::Columns;
use super::convoy::{Convoys, PaymentKind};
use super::cycle::{Dates, MAX_EVENTS};
use super::even::{Even, Fixing};
use super::event::Kind;
use super::loan::Loan;
use super::refusal::{Refusal, out_of_range};

/// One event to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// When it happens: on a business day, where the contract asks for one.
    pub time: Moment,
    /// When it was scheduled; the market is read then.
    pub scheduled: Moment,
    /// The date that counts in year fractions.
    pub accrual_date: Date,
    /// What it is.
    pub kind: Kind,
    /// Its place among events of the same moment, as a rule its kind's.
    pub rank: u8,
    /// A number that belongs to it: an amount or a rate; 0 where there is none.
    pub number: f64,
}

impl Step {
    /// An event on a date that no business-day convention moves.
    #[inline]
    pub(super) fn fixed(kind: Kind, time: Moment, number: f64) -> Self {
        Self { time, scheduled: time, accrual_date: time.accrual_date(), kind, rank: kind as u8, number }
    }
}

/// So many steps out of order are put in their places one by one.
const FEW: usize = 8;

/// Steps of one contract. The memory is used again for the next.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    steps: Vec<Step>,
    /// Whether looks at the contract see it as a default of the same moment would: before what is due at its maturity is paid.
    looks_at_defaults: bool,
    /// What contracts have in their place whose events come in order by themselves, and those of them that wait for others.
    pub(super) even: Even,
    convoys: Convoys,
}

impl Plan {
    /// A plan whose looks at the contract are in the place of a default.
    pub fn of_defaults() -> Self {
        Self { looks_at_defaults: true, ..Self::default() }
    }

    /// Forgets the contract before.
    pub fn clear(&mut self) {
        self.steps.clear();
    }

    /// Adds a step as it is.
    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Adds an event on a date that no business-day convention moves.
    #[inline]
    pub fn fixed(&mut self, kind: Kind, time: Moment, number: f64) {
        self.push(Step::fixed(kind, time, number));
    }

    /// Adds a look at the contract from outside.
    pub fn look(&mut self, time: Moment) {
        let rank = if self.looks_at_defaults { Kind::Ce } else { Kind::Ad } as u8;
        self.push(Step { rank, ..Step::fixed(Kind::Ad, time, 0.0) });
    }

    /// Adds an event, moved to a business day.
    #[inline]
    pub fn moved(&mut self, kind: Kind, scheduled: Moment, days: BusinessDays, number: f64) {
        self.push(moved(kind, scheduled, days, number));
    }

    /// Adds two events of one date, moved to a business day; the first of them only if it is wanted.
    #[inline]
    pub fn moved_pair(&mut self, first: Kind, second: Kind, scheduled: Moment, days: BusinessDays, with_first: bool) {
        let step = moved(second, scheduled, days, 0.0);
        if with_first {
            self.push(Step { kind: first, rank: first as u8, ..step });
        }
        self.push(step);
    }

    /// Adds the dates of a cycle from `from` on, moved to business days.
    pub fn cyclic(&mut self, kind: Kind, dates: Dates, from: Moment, days: BusinessDays) {
        dates.filter(|date| *date >= from).for_each(|date| self.moved(kind, date, days, 0.0));
    }

    /// Opens the rows of a loan whose dates `even` has collected, and lets it wait for others to be walked with.
    pub(super) fn board(&mut self, loan: &Loan<'_>, kind: PaymentKind, fixing: Fixing, columns: &mut Columns) {
        let boarding = self.even.board(loan, fixing, columns);
        self.convoys.board(boarding, kind, self.even.years(), columns);
    }

    /// Walks all loans that wait; answers those whose amounts left the numbers, each with its first row of a payment.
    pub fn arrive(&mut self, columns: &mut Columns) -> Vec<(usize, Refusal)> {
        self.convoys.arrive(columns)
    }

    /// Puts the steps in order of time, then of rank. Refuses more than [`MAX_EVENTS`] of them.
    pub fn try_order(&mut self) -> Result<(), Refusal> {
        if self.steps.len() > MAX_EVENTS {
            let count = self.steps.len();
            return Err(out_of_range("maturityDate", "", format!("a contract of at most {MAX_EVENTS} events; this one has {count}")));
        }
        let place = |step: &Step| (step.time, step.rank);
        let ordered = 1 + self.steps.windows(2).take_while(|pair| place(&pair[0]) <= place(&pair[1])).count();
        if self.steps.len() - ordered.min(self.steps.len()) > FEW {
            self.steps.sort_by_key(place);
            return Ok(());
        }
        // The rule: dates that came in order, and a few that did not.
        for next in ordered..self.steps.len() {
            let before = self.steps[..next].partition_point(|step| place(step) <= place(&self.steps[next]));
            self.steps[before..=next].rotate_right(1);
        }
        Ok(())
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps, to be changed before they are put in order.
    pub fn steps_mut(&mut self) -> &mut Vec<Step> {
        &mut self.steps
    }

    /// The last date up to `moment` on which interest was paid or capitalised, of a swap that of its fixed leg: what falls on the status date has
    /// happened.
    pub fn interest_until(&self, moment: Moment) -> Option<Date> {
        self.last_until(moment, |kind| matches!(kind, Kind::Ip | Kind::Ipfx | Kind::Ipci))
    }

    /// The last date up to `moment` on which a fee was paid.
    pub fn fee_until(&self, moment: Moment) -> Option<Date> {
        self.last_until(moment, |kind| kind == Kind::Fp)
    }

    fn last_until(&self, moment: Moment, of: impl Fn(Kind) -> bool) -> Option<Date> {
        self.steps.iter().filter(|step| of(step.kind) && step.time <= moment).map(|step| step.accrual_date).max()
    }
}

/// An event, moved to a business day.
#[inline]
pub(super) fn moved(kind: Kind, scheduled: Moment, days: BusinessDays, number: f64) -> Step {
    if days.convention == BusinessDayConvention::None {
        return Step::fixed(kind, scheduled, number);
    }
    let time = scheduled.on(days.shift(scheduled.date()));
    let accrual_date = if days.calculates_after_shift() { time } else { scheduled }.accrual_date();
    Step { time, scheduled, accrual_date, kind, rank: kind as u8, number }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::Calendar;

    fn moment(text: &str) -> Moment {
        Moment::try_parse(text).unwrap()
    }

    #[test]
    fn steps_are_ordered_by_time_and_kind() {
        let mut plan = Plan::default();
        plan.fixed(Kind::Md, moment("2013-03-01"), 0.0);
        plan.fixed(Kind::Ip, moment("2013-03-01"), 0.0);
        plan.fixed(Kind::Ied, moment("2013-01-01"), 0.0);
        plan.try_order().unwrap();
        assert_eq!(plan.steps().iter().map(|step| step.kind).collect::<Vec<_>>(), [Kind::Ied, Kind::Ip, Kind::Md]);
        assert_eq!(plan.interest_until(moment("2013-02-28")), None);
        assert_eq!(plan.interest_until(moment("2013-03-01")).unwrap().to_string(), "2013-03-01");
    }

    #[test]
    fn many_and_few_are_ordered_alike() {
        for late in [0, 1, FEW, FEW + 1, 40] {
            let mut plan = Plan::default();
            (0..60).for_each(|day| plan.fixed(Kind::Ip, Moment(day), 1.0));
            (0..late).for_each(|k| plan.fixed(if k % 2 == 0 { Kind::Pr } else { Kind::Ip }, Moment((k as i64 * 37) % 60), 2.0));
            let mut expected = plan.steps().to_vec();
            expected.sort_by_key(|step| (step.time, step.rank));
            plan.try_order().unwrap();
            assert_eq!(plan.steps(), expected, "{late}");
        }
    }

    #[test]
    fn amounts_are_calculated_before_or_after_the_shift() {
        // 2013-06-01 is a Saturday.
        for (convention, accrual) in
            [(BusinessDayConvention::ShiftCalculateFollowing, "2013-06-03"), (BusinessDayConvention::CalculateShiftFollowing, "2013-06-01")]
        {
            let mut plan = Plan::default();
            plan.moved(Kind::Ip, moment("2013-06-01"), BusinessDays { calendar: Calendar::MondayToFriday, convention }, 0.0);
            let step = plan.steps()[0];
            assert_eq!((step.time, step.scheduled), (moment("2013-06-03"), moment("2013-06-01")));
            assert_eq!(step.accrual_date.to_string(), accrual);
        }
    }
}
