//! The walk of the commonest loan: principal and interest are paid on the same dates, and nothing is moved, reset, charged or observed beside them.
//! Its events come in order by construction, so they are not planned one by one. The plan gives the same bits: `rust/engine/tests/contracts.rs`.

use super::annuity::level_payment;
use super::calendar::{BusinessDayConvention, DAY_SECONDS, Date, Moment};
use super::columns::{Amounts, Columns, Row, Rows};
use super::cycle::{Dates, MAX_EVENTS};
use super::event::Kind;
use super::loan::{Loan, Side};
use super::observed::Outside;
use super::plan::Step;
use super::refusal::Refusal;
use super::state::{Accrual, State};
use super::terms::{InterestBase, PrepaymentEffect, Rhythm};

/// When the first payment of an annuity is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixing {
    /// By the terms.
    ByTerms,
    /// By an event of its own.
    On(Moment),
    /// With the exchange of principal, because an event of its own would come before it.
    AtExchange,
    /// On the status date, because an event of its own is past.
    AtStatus,
}

/// Payment dates of one contract, and the share of a year each ends. The memory is used again for the next.
#[derive(Debug, Clone, Default)]
pub struct Even {
    /// The dates that count in year fractions.
    days: Vec<Date>,
    /// Seconds from the midnight of such a date to the moment of its payment: all but the last are paid at one time of day.
    clock: i64,
    /// The same of the last one.
    end_clock: i64,
    years: Vec<f64>,
}

/// Nothing accrues between events of one date.
const SAME_DATE: Accrual = Accrual { years: 0.0, fee_rate: 0.0 };

impl Even {
    /// Collects the payment dates, if the contract is an even one with something to come.
    pub fn collect(&mut self, loan: &Loan<'_>, interest: &Rhythm, outside: &Outside<'_>) -> bool {
        let terms = loan.terms;
        let Some(end) = loan.maturity.filter(|_| is_even(loan, interest, outside)) else { return false };
        let starts = terms.redemption.start(loan.initial_exchange).is_some_and(|start| start < end);
        let Some(dates) = loan.try_redemption_dates(end).ok().filter(|_| starts) else { return false };
        self.fill(dates, end);
        let early = self.before(loan.initial_exchange);
        self.days.drain(..early);
        // What is too long is refused by the plan.
        self.days.len() < MAX_EVENTS / 2 - 1 && end > loan.status_date
    }

    fn fill(&mut self, dates: Dates, end: Moment) {
        let start = dates.start();
        let later = start.accrual_date().0 - start.date().0;
        self.days.clear();
        dates.days_before_end(&mut self.days);
        if later != 0 {
            self.days.iter_mut().for_each(|date| date.0 += later);
        }
        self.clock = start.seconds() - i64::from(later) * DAY_SECONDS;
        self.days.push(end.accrual_date());
        self.end_clock = end.0 - i64::from(end.accrual_date().0) * DAY_SECONDS;
    }

    /// The moment of the last payment.
    fn end(&self) -> Moment {
        let last = self.days.last().map_or(0, |date| i64::from(date.0));
        Moment(last * DAY_SECONDS + self.end_clock)
    }

    /// The moments of all payments but the last.
    fn moments(&self) -> impl ExactSizeIterator<Item = Moment> {
        let clock = self.clock;
        // The same as `Moment::new`, without a check for overflow, which no date comes near: several at once.
        self.days[..self.days.len() - 1].iter().map(move |date| Moment(i64::from(date.0).wrapping_mul(DAY_SECONDS).wrapping_add(clock)))
    }

    /// How many payments come before a moment that is not after the last one.
    fn before(&self, moment: Moment) -> usize {
        self.days[..self.days.len() - 1].partition_point(|date| Moment::new(*date, self.clock) < moment)
    }

    /// Forgets the dates until the status date, which is before the last one; answers the last one before it.
    fn pass(&mut self, status: Moment) -> Option<Date> {
        let before = self.before(status);
        let since = before.checked_sub(1).map(|last| self.days[last]);
        let now = self.moments().nth(before) == Some(status);
        self.days.drain(..before + usize::from(now));
        since
    }

    /// The share of a year from date to date, the first one from `last`.
    fn count(&mut self, loan: &Loan<'_>, mut last: Date) {
        self.years.clear();
        match loan.day_count.days_a_year() {
            // The day counts of most loans, without a choice for each date.
            Some(days) => {
                let between = |from: Date, to: Date| f64::from(to.0.wrapping_sub(from.0)) / days;
                self.years.extend(self.days.first().map(|first| between(last, *first)));
                self.years.extend(self.days.iter().zip(&self.days[1..]).map(|(from, to)| between(*from, *to)));
            }
            None => self.years.extend(self.days.iter().map(|date| loan.years(std::mem::replace(&mut last, *date), *date))),
        }
    }

    /// The payment that pays back what is owed at the beginning of the first period.
    fn level(&self, state: &State<f64>) -> f64 {
        let due = state.notional + state.accrued + state.notional * state.rate * self.years[0];
        level_payment(due, self.years[1..].iter().map(|years| 1.0 + state.rate * years))
    }
}

/// Whether the terms have nothing beside payments on one rhythm.
fn is_even(loan: &Loan<'_>, interest: &Rhythm, outside: &Outside<'_>) -> bool {
    let terms = loan.terms;
    let alone = outside.occurrences.is_empty() && outside.to.is_none();
    let held = terms.purchase_date.is_none() && terms.termination_date.is_none();
    let scaled = terms.scaling_effect.interest() || terms.scaling_effect.notional();
    let together = terms.redemption == *interest && loan.capitalised_until().is_none() && terms.interest_base != InterestBase::Lagged;
    let prepaid = terms.prepayment_effect != PrepaymentEffect::None;
    let moved = terms.business_days.convention != BusinessDayConvention::None;
    alone && held && together && !scaled && !prepaid && !moved && terms.fee_rate.is_none() && !terms.rate_reset.is_given()
}

impl Loan<'_> {
    /// Walks the dates that were collected from the status date on and adds a row an event; `pay` moves the state by a payment of principal.
    pub fn try_walk_even(
        &self,
        even: &mut Even,
        fixing: Fixing,
        columns: &mut Columns,
        pay: impl Fn(Side, &mut State<f64>, Accrual) -> f64,
    ) -> Result<(), Refusal> {
        let since = even.pass(self.status_date);
        let begin = columns.len();
        let mut rows = columns.open(2 * even.days.len() + 2);
        // By value: a state whose place is known elsewhere would be written there after each event.
        let begun = self.begin_even(even, fixing, self.state_since(since), &mut rows);
        let side = self.side();
        // A loop for each side: with the sign known, what multiplies by it costs no time in the chain from payment to payment.
        let state = if side.sign > 0.0 {
            pay_evenly(even, State { ..begun }, &mut rows, |state, accrual| pay(Side { sign: 1.0, ..side }, state, accrual))
        } else {
            pay_evenly(even, State { ..begun }, &mut rows, |state, accrual| pay(Side { sign: -1.0, ..side }, state, accrual))
        };
        let end = begin + rows.written;
        columns.truncate(end);
        self.try_close(&state, columns)
    }

    /// What comes before the payments: the exchange of principal and the fixing of the payment. Counts the shares of a year from there.
    fn begin_even(&self, even: &mut Even, fixing: Fixing, mut state: State<f64>, rows: &mut Rows<'_>) -> State<f64> {
        let mut last = self.status_date.accrual_date();
        if !self.is_running() {
            let exchange = Step::fixed(Kind::Ied, self.initial_exchange, 0.0);
            let paid = self.exchange(&exchange, &mut state);
            rows.push(row(self.initial_exchange, Kind::Ied, paid, &state));
            last = exchange.accrual_date;
        }
        if let Fixing::On(date) = fixing {
            state.accrue(Accrual { years: self.years(last, date.accrual_date()), fee_rate: 0.0 });
            last = date.accrual_date();
        }
        even.count(self, last);
        if fixing != Fixing::ByTerms {
            state.payment = even.level(&state);
        }
        if let Fixing::On(date) = fixing {
            rows.push(row(date, Kind::Prf, 0.0, &state));
        }
        state
    }
}

/// The payments, and the last one with what is left; answers the state after them.
#[inline(always)]
fn pay_evenly(even: &Even, mut state: State<f64>, rows: &mut Rows<'_>, pay: impl Fn(&mut State<f64>, Accrual) -> f64) -> State<f64> {
    let mut years = even.years.iter().map(|years| Accrual { years: *years, fee_rate: 0.0 });
    let mut since = || years.next().unwrap_or(SAME_DATE);
    rows.push_pairs(even.moments(), [Kind::Pr, Kind::Ip], state.rate, || {
        let redeemed = pay(&mut state, since());
        let after = amounts(redeemed, &state);
        let interest = state.pay_interest(SAME_DATE);
        [after, amounts(interest, &state)]
    });
    let interest = state.pay_interest(since());
    rows.push(row(even.end(), Kind::Ip, interest, &state));
    state.accrue(SAME_DATE);
    let matured = state.mature();
    rows.push(row(even.end(), Kind::Md, matured, &state));
    state
}

#[inline(always)]
fn amounts(payoff: f64, state: &State<f64>) -> Amounts {
    Amounts { payoff, notional: state.notional, accrued: state.accrued }
}

#[inline(always)]
fn row(time: Moment, kind: Kind, payoff: f64, state: &State<f64>) -> Row {
    Row { time, kind, payoff, notional: state.notional, rate: state.rate, accrued: state.accrued }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::BusinessDays;
    use crate::contract::cases::{currency, moment};
    use crate::contract::cycle::Cycle;
    use crate::contract::daycount::DayCount;
    use crate::contract::observed::Market;
    use crate::contract::terms::{ContractType, Role, ScalingEffect, Terms};

    fn terms() -> Terms {
        let monthly = Rhythm { anchor: Some(moment("2013-02-01")), cycle: Cycle::try_parse("P1M") };
        Terms {
            contract_type: ContractType::Nam,
            role: Some(Role::Rpa),
            status_date: Some(moment("2012-12-31")),
            initial_exchange: Some(moment("2013-01-01")),
            maturity: Some(moment("2013-04-01")),
            currency: currency("USD"),
            notional: Some(1000.0),
            rate: Some(0.1),
            day_count: Some(DayCount::E30360),
            redemption: monthly,
            interest: monthly,
            ..Terms::default()
        }
    }

    fn collected(terms: &Terms, to: Option<Moment>) -> Option<usize> {
        let (market, mut even) = (Market::default(), Even::default());
        let loan = Loan::try_build(terms).unwrap();
        even.collect(&loan, &terms.interest, &Outside { market: &market, occurrences: &[], to }).then_some(even.days.len())
    }

    #[test]
    fn whatever_moves_or_adds_an_event_makes_a_loan_uneven() {
        type Change = fn(&mut Terms, Option<Moment>);
        let date = Some(moment("2013-02-15"));
        let changed: [(&str, Change); 12] = [
            ("bought", |terms, date| terms.purchase_date = date),
            ("sold", |terms, date| terms.termination_date = date),
            ("reset", |terms, date| terms.rate_reset.anchor = date),
            ("capitalised", |terms, date| terms.capitalization_end = date),
            ("on another rhythm", |terms, date| terms.interest.anchor = date),
            ("charged", |terms, _| terms.fee_rate = Some(0.0)),
            ("scaled", |terms, _| terms.scaling_effect = ScalingEffect::Both),
            ("prepaid", |terms, _| terms.prepayment_effect = PrepaymentEffect::Amount),
            ("lagged", |terms, _| terms.interest_base = InterestBase::Lagged),
            ("moved", |terms, _| {
                terms.business_days =
                    BusinessDays { convention: BusinessDayConvention::CalculateShiftFollowing, ..BusinessDays::default() };
            }),
            ("one payment", |terms, _| terms.redemption.anchor = terms.maturity),
            ("past", |terms, _| terms.status_date = terms.maturity),
        ];
        assert_eq!((collected(&terms(), None), collected(&terms(), date)), (Some(3), None));
        for (what, change) in changed {
            let mut terms = terms();
            change(&mut terms, date);
            assert_eq!(collected(&terms, None), None, "{what}");
        }
    }

    #[test]
    fn dates_until_the_status_date_are_passed() {
        for (status, left, since) in [("2013-02-15", 2, Some("2013-02-01")), ("2013-02-01", 2, None), ("2013-01-15", 3, None)] {
            let mut even =
                Even { days: ["2013-02-01", "2013-03-01", "2013-04-01"].map(|date| moment(date).date()).to_vec(), ..Even::default() };
            assert_eq!(even.pass(moment(status)).map(|date| date.to_string()).as_deref(), since, "{status}");
            assert_eq!(even.days.len(), left, "{status}");
        }
    }
}
