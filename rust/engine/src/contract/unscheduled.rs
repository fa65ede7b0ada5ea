//! What happens to a loan that nobody scheduled, beside prepayments: draws on a line, and payments that come late. Rules of our own, where the
//! standard has terms but neither text nor tests: docs/reference/contracts.md

use super::calendar::Moment;
use super::event::Kind;
use super::loan::Loan;
use super::observed::Occurrence;
use super::plan::Plan;
use super::refusal::{Refusal, missing, out_of_range, unsupported};
use super::state::State;
use super::terms::{ContractType, Performance};

impl Loan<'_> {
    /// Plans observed draws, and the times from which and until which the loan is late.
    pub fn try_plan_unscheduled(&self, plan: &mut Plan, end: Moment, occurrences: &[Occurrence]) -> Result<(), Refusal> {
        if matches!(self.terms.contract_type, ContractType::Swppv | ContractType::Ump) {
            return Ok(()); // no loans
        }
        // The last payment may have been moved to before the maturity.
        let end = end.min(self.closes(end));
        let ours = |observed: &&Occurrence| self.concerns(observed) && observed.time >= self.initial_exchange && observed.time < end;
        for draw in occurrences.iter().filter(ours).filter(|observed| observed.kind == Kind::Pd) {
            if self.terms.credit_line.is_none() {
                return Err(missing("creditLineAmount", "the most that may be drawn, because a draw (event PD) was observed"));
            }
            if draw.value < 0.0 {
                return Err(out_of_range("events", draw.value, "a draw (event PD) of 0 or more"));
            }
            plan.fixed(Kind::Pd, draw.time, draw.value);
        }
        let Some(rate) = self.terms.delinquency_rate else { return Ok(()) };
        let told: Vec<&Occurrence> = occurrences.iter().filter(ours).filter(|observed| observed.kind == Kind::Ce).collect();
        let segments = self.terms.arrays.as_ref().is_some_and(|arrays| !arrays.rate_anchors.is_empty());
        if !told.is_empty() && (self.terms.rate_reset.is_given() || segments) {
            let expected = "no rate resets beside a delinquencyRate: a reset would overwrite what lateness adds";
            return Err(unsupported("delinquencyRate", rate, expected));
        }
        for (time, added) in lateness(&told, |missed| self.terms.grace_period.map_or(missed, |grace| grace.after(missed)), rate) {
            if time < end {
                plan.fixed(Kind::Ce, time, added);
            }
        }
        Ok(())
    }

    /// A draw, as far as the line goes; never negative.
    pub fn draw(&self, state: &mut State<f64>, wanted: f64) -> f64 {
        let room = self.terms.credit_line.unwrap_or(0.0) - state.notional * self.sign;
        let paid = state.draw(self.sign * wanted.min(room).max(0.0));
        self.follow(state);
        paid + 0.0 // not -0
    }
}

/// When the rate rises by `rate` and when it falls again: a payment late longer than its grace (`DL`, `DQ` or `DF`) raises it, any other performance
/// (`PF`, `MA`, `TE`) or the end of the contract ends that. Each observation is an event; so is the end of a grace that was not kept.
fn lateness(told: &[&Occurrence], grace_ends: impl Fn(Moment) -> Moment, rate: f64) -> Vec<(Moment, f64)> {
    let mut events: Vec<(Moment, f64)> = Vec::new();
    // When the rate will rise, and whether it has.
    let (mut rises, mut risen): (Option<Moment>, bool) = (None, false);
    let rise = |events: &mut Vec<(Moment, f64)>, at: Moment| match events.last_mut() {
        Some((time, added)) if *time == at => *added = rate,
        _ => events.push((at, rate)),
    };
    for observed in told {
        if let Some(at) = rises.take_if(|at| *at <= observed.time) {
            rise(&mut events, at);
            risen = true;
        }
        let Some(performance) = observed.performance else { continue };
        let late = matches!(performance, Performance::Delayed | Performance::Delinquent | Performance::Default);
        events.push((observed.time, if risen && !late { -rate } else { 0.0 }));
        if !late {
            (rises, risen) = (None, false);
        } else if !risen {
            rises = rises.or_else(|| Some(grace_ends(observed.time)));
        }
    }
    if let Some(at) = rises {
        rise(&mut events, at);
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::{BusinessDayConvention, BusinessDays, Calendar};
    use crate::contract::cases::{currency, events, happened, market, moment, try_columns};
    use crate::contract::cycle::{Cycle, Period};
    use crate::contract::daycount::DayCount;
    use crate::contract::terms::{Rhythm, Role, Terms};

    fn line(contract_type: ContractType) -> Terms {
        Terms {
            contract_type,
            role: Some(Role::Rpa),
            currency: currency("USD"),
            status_date: Some(moment("2021-12-31")),
            initial_exchange: Some(moment("2022-01-01")),
            maturity: Some(moment("2023-01-01")),
            notional: Some(1000.0),
            rate: Some(0.12),
            day_count: Some(DayCount::E30360),
            interest: Rhythm { anchor: None, cycle: Cycle::try_parse("P6ML1") },
            credit_line: Some(1500.0),
            ..Terms::default()
        }
    }

    fn drawn(date: &str, amount: f64) -> Occurrence {
        happened(date, Kind::Pd, amount, None, None)
    }

    #[test]
    fn a_line_is_drawn_as_far_as_it_goes() {
        let draws = [drawn("2022-04-01", 300.0), drawn("2022-07-01", 900.0), drawn("2022-10-01", 50.0)];
        let mut terms = line(ContractType::Pam);
        let expected = [
            "2022-01-01 IED -1000 1000",
            "2022-04-01 PD -300 1300",
            "2022-07-01 PD -200 1500",
            "2022-07-01 IP 69 1500",
            "2022-10-01 PD 0 1500",
            "2023-01-01 IP 90 1500",
            "2023-01-01 MD 1500 0",
        ];
        assert_eq!(events(&terms, &market(&[]), &draws, None), expected);
        terms.notional_scaling = Some(3.0);
        assert_eq!(events(&terms, &market(&[]), &draws, None)[1], expected[1]);
        (terms.role, terms.notional_scaling) = (Some(Role::Rpl), None);
        assert_eq!(events(&terms, &market(&[]), &draws, None)[2], "2022-07-01 PD 200 -1500");
        // 2023-01-01 is a Sunday: paid back on the Friday before, the line is closed on the Saturday.
        let convention = BusinessDayConvention::CalculateShiftPreceding;
        let moved = Terms { business_days: BusinessDays { calendar: Calendar::MondayToFriday, convention }, ..terms.clone() };
        let count = |date| events(&moved, &market(&[]), &[drawn(date, 5.0)], None).len();
        assert_eq!((count("2022-12-31"), count("2022-12-29")), (4, 5));
        let negative = try_columns(&terms, &market(&[]), &[drawn("2022-10-01", -50.0)], None).unwrap_err();
        assert_eq!(negative[0].term, "events");
        terms.credit_line = None;
        assert_eq!(try_columns(&terms, &market(&[]), &draws, None).unwrap_err()[0].term, "creditLineAmount");
    }

    #[test]
    fn call_money_is_drawn_too() {
        let rows = events(&line(ContractType::Clm), &market(&[]), &[drawn("2022-04-01", 100.0)], None);
        assert!(rows.contains(&"2022-04-01 PD -100 1100".to_owned()), "{rows:?}");
    }

    #[test]
    fn lateness_costs_from_the_end_of_its_grace() {
        let told = |date: &str, performance| happened(date, Kind::Ce, 0.0, None, Some(performance));
        let mut terms = line(ContractType::Pam);
        terms.delinquency_rate = Some(0.06);
        let late = [told("2022-04-01", Performance::Delayed), told("2022-10-01", Performance::Performing)];
        let second = |terms: &Terms, occurrences: &[Occurrence]| {
            let columns = try_columns(terms, &market(&[]), occurrences, None).unwrap();
            let row = (0..columns.len()).map(|row| columns.row(row)).rfind(|row| row.kind == Kind::Ip).unwrap();
            ((row.payoff * 1e9).round() / 1e9, row.rate)
        };
        assert_eq!(second(&terms, &[]), (60.0, 0.12));
        assert_eq!(second(&terms, &late), (75.0, 0.12)); // July to October at 18 %
        terms.grace_period = Some(Period::Months(4));
        assert_eq!(second(&terms, &late), (70.0, 0.12)); // August to October
        let rows = events(&terms, &market(&[]), &late, None);
        assert_eq!(rows.iter().filter(|row| row.contains(" CE ")).count(), 3);
        terms.grace_period = Some(Period::Months(6));
        assert_eq!(second(&terms, &late), (60.0, 0.12)); // in time
        assert_eq!(second(&terms, &late[..1]), (75.0, 0.18)); // never cured
        terms.delinquency_rate = None;
        assert_eq!(second(&terms, &late), (60.0, 0.12));
        (terms.delinquency_rate, terms.rate_reset.anchor) = (Some(0.06), Some(moment("2022-07-01")));
        assert_eq!(try_columns(&terms, &market(&[]), &late, None).unwrap_err()[0].term, "delinquencyRate");
    }

    #[test]
    fn lateness_by_hand() {
        let told = |time: i64, performance| Occurrence {
            time: Moment(time),
            kind: Kind::Ce,
            value: 0.0,
            contract: None,
            performance: Some(performance),
        };
        let (late, fine) = (Performance::Delinquent, Performance::Performing);
        for (observed, grace, expected) in [
            (vec![], 0, vec![]),
            (vec![told(10, late)], 0, vec![(10, 0.1)]),
            (vec![told(10, late)], 5, vec![(10, 0.0), (15, 0.1)]),
            (vec![told(10, late), told(12, fine)], 5, vec![(10, 0.0), (12, 0.0)]),
            (vec![told(10, late), told(15, fine)], 5, vec![(10, 0.0), (15, 0.1), (15, -0.1)]),
            (vec![told(10, late), told(12, late), told(20, fine)], 5, vec![(10, 0.0), (12, 0.0), (15, 0.1), (20, -0.1)]),
            (vec![told(10, late), told(30, fine), told(40, late)], 0, vec![(10, 0.1), (30, -0.1), (40, 0.1)]),
        ] {
            let observed: Vec<&Occurrence> = observed.iter().collect();
            let events: Vec<(i64, f64)> =
                lateness(&observed, |missed| Moment(missed.0 + grace), 0.1).into_iter().map(|(time, added)| (time.0, added)).collect();
            assert_eq!(events, expected);
        }
    }
}
