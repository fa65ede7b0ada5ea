//! The dates of the commonest loan: principal and interest are paid on the same ones, and nothing is moved, reset, charged or observed beside them.
//! Its events come in order by construction, so they are not planned one by one; a [`super::convoy`] works out what is paid. The plan gives the
//! same bits: `rust/engine/tests/contracts.rs`.

use super::calendar::{BusinessDayConvention, DAY_SECONDS, Date, Moment};
use super::columns::{Columns, Row};
use super::cycle::{Dates, MAX_EVENTS};
use super::event::Kind;
use super::loan::Loan;
use super::observed::Outside;
use super::plan::Step;
use super::state::{Accrual, State};
use super::terms::{PrepaymentEffect, Rhythm};

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

    /// Forgets the dates until the status date, which is before the last one; answers the last of them.
    fn pass(&mut self, status: Moment) -> Option<Date> {
        let before = self.before(status);
        let passed = before + usize::from(self.moments().nth(before) == Some(status));
        let since = passed.checked_sub(1).map(|last| self.days[last]);
        self.days.drain(..passed);
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
}

/// Whether the terms have nothing beside payments on one rhythm.
fn is_even(loan: &Loan<'_>, interest: &Rhythm, outside: &Outside<'_>) -> bool {
    let terms = loan.terms;
    let alone = outside.occurrences.is_empty() && outside.to.is_none();
    let held = terms.purchase_date.is_none() && terms.termination_date.is_none();
    let scaled = terms.scaling_effect.interest() || terms.scaling_effect.notional();
    let together = terms.redemption == *interest && loan.capitalised_until().is_none() && loan.interest_before_payments().is_none();
    let prepaid = terms.prepayment_effect != PrepaymentEffect::None;
    let moved = terms.business_days.convention != BusinessDayConvention::None;
    let plain = loan.follows_notional() && terms.settlement_currency.is_none();
    alone && held && together && plain && !scaled && !prepaid && !moved && terms.fee_rate.is_none() && !terms.rate_reset.is_given()
}

/// A loan whose rows are open: everything but the amounts of its payments is written.
#[derive(Debug, Clone, Copy)]
pub struct Boarding {
    /// The row of its first payment; two rows a payment follow, one of principal and one of interest.
    pub first: usize,
    /// The state before its first payment.
    pub state: State<f64>,
    /// +1 for an asset, -1 for a liability.
    pub sign: f64,
    /// Whether the payment is still to be fixed.
    pub level: bool,
}

impl Even {
    /// Opens the rows of a loan whose dates were collected, from its status date on.
    pub fn board(&mut self, loan: &Loan<'_>, fixing: Fixing, columns: &mut Columns) -> Boarding {
        let since = self.pass(loan.status_date);
        let state = self.begin(loan, fixing, loan.state_since(since), columns);
        let first = columns.len();
        columns.open_pairs(self.moments(), [Kind::Pr, Kind::Ip], state.rate);
        columns.open_pairs(std::iter::once(self.end()), [Kind::Ip, Kind::Md], state.rate);
        columns.close(loan.currency);
        Boarding { first, state, sign: loan.sign, level: fixing != Fixing::ByTerms }
    }

    /// What comes before the payments: the exchange of principal and the fixing of the payment. Counts the shares of a year from there.
    fn begin(&mut self, loan: &Loan<'_>, fixing: Fixing, mut state: State<f64>, columns: &mut Columns) -> State<f64> {
        let mut last = loan.status_date.accrual_date();
        if !loan.is_running() {
            let exchange = Step::fixed(Kind::Ied, loan.initial_exchange, 0.0);
            let paid = loan.exchange(&exchange, &mut state);
            columns.push(row(loan.initial_exchange, Kind::Ied, paid, &state));
            last = exchange.accrual_date;
        }
        if let Fixing::On(date) = fixing {
            state.accrue(Accrual { years: loan.years(last, date.accrual_date()), fee_rate: 0.0 });
            last = date.accrual_date();
            columns.push(row(date, Kind::Prf, 0.0, &state));
        }
        self.count(loan, last);
        state
    }

    /// The share of a year each payment ends.
    pub fn years(&self) -> &[f64] {
        &self.years
    }
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
    use crate::contract::terms::{ContractType, InterestBase, Role, ScalingEffect, Terms};

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
        let changed: [(&str, Change); 14] = [
            ("bought", |terms, date| terms.purchase_date = date),
            ("sold", |terms, date| terms.termination_date = date),
            ("reset", |terms, date| terms.rate_reset.anchor = date),
            ("capitalised", |terms, date| terms.capitalization_end = date),
            ("on another rhythm", |terms, date| terms.interest.anchor = date),
            ("charged", |terms, _| terms.fee_rate = Some(0.0)),
            ("scaled", |terms, _| terms.scaling_effect = ScalingEffect::Both),
            ("prepaid", |terms, _| terms.prepayment_effect = PrepaymentEffect::Amount),
            ("lagged", |terms, _| terms.interest_base = InterestBase::Lagged),
            ("on the first notional", |terms, _| terms.interest_base = InterestBase::Initial),
            ("settled in coins", |terms, _| terms.settlement_currency = currency("BTC")),
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
        for (status, left, since) in [("2013-02-15", 2, Some("2013-02-01")), ("2013-02-01", 2, Some("2013-02-01")), ("2013-01-15", 3, None)]
        {
            let mut even =
                Even { days: ["2013-02-01", "2013-03-01", "2013-04-01"].map(|date| moment(date).date()).to_vec(), ..Even::default() };
            assert_eq!(even.pass(moment(status)).map(|date| date.to_string()).as_deref(), since, "{status}");
            assert_eq!(even.days.len(), left, "{status}");
        }
    }
}
