//! Exact tails in bounded memory: the largest losses of an entity, as many as its value at risk and expected shortfall need.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::units;

/// Level, and what the tail beyond it says. Money in cents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Value at risk: the smallest of the worst `ceil((1 - level) * n)` losses.
    pub value_at_risk: f64,
    /// Half the distance between the losses one standard deviation of the rank above and below, read between order statistics.
    /// `None` for a tail of fewer than [`FEWEST`] losses.
    pub value_at_risk_se: Option<f64>,
    /// Expected shortfall: the mean of those losses.
    pub expected_shortfall: f64,
    /// Its standard error (Manistre and Hancock 2005).
    pub expected_shortfall_se: Option<f64>,
}

/// A tail of so many losses at least has a standard error of its value at risk: with fewer, the rank above would be no rank.
const FEWEST: usize = 3;

/// The largest losses seen so far.
#[derive(Debug, Clone)]
pub struct Tail {
    capacity: usize,
    largest: BinaryHeap<Reverse<i64>>,
}

/// How many of `n` losses lie in the tail beyond `level`.
fn depth(level: f64, n: u64) -> usize {
    (((1.0 - level) * n as f64) - 1e-9).ceil().max(1.0) as usize
}

/// The ranks one standard deviation above and below rank `depth`. The step is one of the rank's logarithm, because losses are spaced ever
/// wider towards the largest: equal steps in rank would reach too far up.
fn ranks_around(level: f64, depth: usize) -> (f64, f64) {
    let factor = units::exp((level / depth as f64).sqrt());
    (depth as f64 / factor, depth as f64 * factor)
}

/// The loss at a rank between two order statistics, by straight line. `losses` fall; rank 1 is the largest. `None` outside.
fn at_rank(losses: &[i64], rank: f64) -> Option<f64> {
    let (place, share) = (rank.floor(), rank - rank.floor());
    let upper = *losses.get((place as usize).checked_sub(1)?)? as f64;
    let lower = if share > 0.0 { *losses.get(place as usize)? as f64 } else { upper };
    Some(upper - share * (upper - lower))
}

impl Tail {
    /// For estimates at `level` and above over `paths` losses.
    pub fn new(level: f64, paths: u64) -> Self {
        let (_, below) = ranks_around(level, depth(level, paths));
        let capacity = (below.ceil() as usize + 1).min(paths.max(1) as usize);
        Self { capacity, largest: BinaryHeap::with_capacity(capacity + 1) }
    }

    /// Adds one loss.
    pub fn add(&mut self, loss: i64) {
        if self.largest.len() < self.capacity {
            self.largest.push(Reverse(loss));
        } else if self.largest.peek().is_some_and(|Reverse(least)| loss > *least) {
            self.largest.pop();
            self.largest.push(Reverse(loss));
        }
    }

    /// The tail beyond `level` of `n` losses; `None` while there are none.
    pub fn estimate(&self, level: f64, n: u64) -> Option<Estimate> {
        let mut losses: Vec<i64> = self.largest.iter().map(|Reverse(loss)| *loss).collect();
        losses.sort_unstable_by(|a, b| b.cmp(a));
        let depth = depth(level, n).min(losses.len());
        let value_at_risk = *losses.get(depth.checked_sub(1)?)? as f64;
        let worst = &losses[..depth];
        let sum: i128 = worst.iter().map(|loss| i128::from(*loss)).sum();
        let expected_shortfall = sum as f64 / depth as f64;
        let (above, below) = ranks_around(level, depth);
        let around = at_rank(&losses, above).zip(at_rank(&losses, below));
        let value_at_risk_se = around.filter(|_| depth >= FEWEST).map(|(above, below)| (above - below) / 2.0);
        let variance =
            worst.iter().map(|loss| *loss as f64 - expected_shortfall).map(|gap| gap * gap).sum::<f64>() / (depth.max(2) - 1) as f64;
        let gap = expected_shortfall - value_at_risk;
        let expected_shortfall_se = (depth >= 2).then(|| ((variance + level * gap * gap) / depth as f64).sqrt());
        Some(Estimate { value_at_risk, value_at_risk_se, expected_shortfall, expected_shortfall_se })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    #[test]
    fn the_tail_of_a_hundred() {
        let mut tail = Tail::new(0.95, 100);
        (1..=100).rev().for_each(|loss| tail.add(loss * 37 % 101)); // a permutation of 1..=100
        let at_95 = tail.estimate(0.95, 100).unwrap();
        assert_eq!((at_95.value_at_risk, at_95.expected_shortfall), (96.0, 98.0));
        let ranks = (5.0 / 1.546_339, 5.0 * 1.546_339); // exp(sqrt(0.95 / 5)); losses are 1 apart
        assert!((at_95.value_at_risk_se.unwrap() - (ranks.1 - ranks.0) / 2.0).abs() < 1e-5, "{at_95:?}");
        let at_99 = tail.estimate(0.99, 100).unwrap();
        assert_eq!((at_99.value_at_risk, at_99.expected_shortfall, at_99.expected_shortfall_se), (100.0, 100.0, None));
    }

    #[test]
    fn ranks_between_losses() {
        let losses = [90, 70, 40];
        for (rank, expected) in [(0.9, None), (1.0, Some(90.0)), (1.5, Some(80.0)), (2.9, Some(43.0)), (3.0, Some(40.0)), (3.1, None)] {
            assert_eq!(at_rank(&losses, rank), expected, "{rank}");
        }
    }

    /// Against the spread of the value at risk itself, over many samples of exponential losses.
    #[test]
    fn the_error_of_a_small_sample_is_about_right() {
        for (level, n, most) in
            [(0.95, 41, 1.25), (0.95, 60, 1.25), (0.95, 200, 1.1), (0.99, 201, 1.25), (0.99, 300, 1.25), (0.99, 1_000, 1.1)]
        {
            let samples: Vec<Estimate> = (0..3_000)
                .map(|sample| {
                    let mut tail = Tail::new(level, n);
                    rng::uniforms(7, 1, sample, 0, 0, n as usize).iter().for_each(|u| tail.add((units::ln(*u) * -1e9) as i64));
                    tail.estimate(level, n).unwrap()
                })
                .collect();
            let mean = samples.iter().map(|estimate| estimate.value_at_risk).sum::<f64>() / 3_000.0;
            let variance = samples.iter().map(|estimate| estimate.value_at_risk - mean).map(|gap| gap * gap).sum::<f64>() / 2_999.0;
            let said = samples.iter().filter_map(|estimate| estimate.value_at_risk_se).sum::<f64>() / 3_000.0;
            let ratio = said / variance.sqrt();
            assert!((0.9..most).contains(&ratio), "level {level}, {n} losses: {ratio}");
        }
    }

    #[test]
    fn too_few_losses_have_no_error() {
        for (level, most) in [(0.95, 40), (0.99, 200)] {
            for (n, known) in [(most / 2 + 1, false), (most, false), (most + 1, true), (most * 2, true)] {
                let mut tail = Tail::new(level, n);
                (0..n.cast_signed()).for_each(|loss| tail.add(loss));
                assert_eq!(tail.estimate(level, n).unwrap().value_at_risk_se.is_some(), known, "level {level}, {n} losses");
            }
        }
    }

    #[test]
    fn order_does_not_matter_and_memory_is_bounded() {
        let (mut up, mut down) = (Tail::new(0.95, 10_000), Tail::new(0.95, 10_000));
        (0..10_000).for_each(|loss| up.add(loss));
        (0..10_000).rev().for_each(|loss| down.add(loss));
        assert_eq!(up.estimate(0.95, 10_000), down.estimate(0.95, 10_000));
        assert!(up.largest.len() < 600);
    }
}
