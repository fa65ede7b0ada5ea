//! What was observed outside the contract: prices and rates, and events nobody scheduled.

use super::calendar::Moment;
use super::event::Kind;
use super::refusal::{Refusal, unobserved};
use super::terms::Performance;

/// One market object's observations.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    code: Box<str>,
    points: Vec<(Moment, f64)>,
}

impl Series {
    /// Observations of a market object, put in order of time; of two at the same time the later in the list counts.
    pub fn new(code: impl Into<Box<str>>, mut points: Vec<(Moment, f64)>) -> Self {
        points.sort_by_key(|(time, _)| *time);
        Self { code: code.into(), points }
    }

    /// The last observation at or before a moment.
    pub fn at(&self, moment: Moment) -> Option<f64> {
        let seen = self.points.partition_point(|(time, _)| *time <= moment);
        seen.checked_sub(1).map(|last| self.points[last].1)
    }
}

/// All that was observed on the market.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Market {
    series: Vec<Series>,
}

impl Market {
    /// From one series a market object.
    pub fn new(mut series: Vec<Series>) -> Self {
        series.sort_by(|left, right| left.code.cmp(&right.code));
        Self { series }
    }

    /// A market object's observations, if there are any.
    pub fn series(&self, code: &str) -> Option<&Series> {
        let found = self.series.binary_search_by(|series| (*series.code).cmp(code)).ok()?;
        Some(&self.series[found])
    }

    /// The last observation of a market object at or before a moment; `term` is what asks for it.
    pub fn try_at(&self, term: &'static str, code: &str, moment: Moment) -> Result<f64, Refusal> {
        let at = self.series(code).and_then(|series| series.at(moment));
        at.ok_or_else(|| unobserved(term, code, format!("an observation of `{code}` at or before {moment}")))
    }
}

/// An event nobody scheduled, as it was observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// When.
    pub time: Moment,
    /// What.
    pub kind: Kind,
    /// Its amount, 0 where it has none.
    pub value: f64,
    /// The contract it happened to; `None` for the contract at hand.
    pub contract: Option<Box<str>>,
    /// The performance of that contract from then on.
    pub performance: Option<Performance>,
}

/// What is outside of one contract.
#[derive(Debug, Clone, Copy)]
pub struct Outside<'a> {
    /// The market.
    pub market: &'a Market,
    /// Unscheduled events, in order of time.
    pub occurrences: &'a [Occurrence],
    /// Events up to this moment are wanted, later ones not; `None` for all.
    pub to: Option<Moment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_observation_counts() {
        let market = Market::new(vec![
            Series::new("rate", vec![(Moment(20), 2.0), (Moment(10), 1.0), (Moment(20), 3.0)]),
            Series::new("price", vec![(Moment(0), 100.0)]),
        ]);
        let rate = |time| market.try_at("marketObjectCodeOfRateReset", "rate", Moment(time)).map_err(|refusal| refusal.term.into_owned());
        assert_eq!(rate(9), Err("marketObjectCodeOfRateReset".to_owned()));
        assert_eq!([rate(10), rate(19), rate(20), rate(99)], [Ok(1.0), Ok(1.0), Ok(3.0), Ok(3.0)]);
        assert!(market.series("price").is_some() && market.series("pric").is_none());
    }
}
