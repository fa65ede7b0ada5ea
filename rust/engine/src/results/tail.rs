//! Exact tails in bounded memory: the largest losses of an entity, as many as its value at risk and expected shortfall need.

use std::{cmp::Reverse, collections::BinaryHeap};

/// Level, and what the tail beyond it says. Money in cents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Value at risk: the smallest of the worst `ceil((1 - level) * n)` losses.
    pub value_at_risk: f64,
    /// Half the distance between the order statistics one binomial standard deviation above and below.
    pub value_at_risk_se: Option<f64>,
    /// Expected shortfall: the mean of those losses.
    pub expected_shortfall: f64,
    /// Its standard error (Manistre and Hancock 2005).
    pub expected_shortfall_se: Option<f64>,
}

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

/// One binomial standard deviation of that number.
fn spread(level: f64, n: u64) -> usize {
    (level * (1.0 - level) * n as f64).sqrt().ceil() as usize
}

impl Tail {
    /// For estimates at `level` and above over `paths` losses.
    pub fn new(level: f64, paths: u64) -> Self {
        let capacity = (depth(level, paths) + spread(level, paths) + 1).min(paths.max(1) as usize);
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
        let (above, below) = (depth.checked_sub(1 + spread(level, n)), losses.get(depth - 1 + spread(level, n)));
        let value_at_risk_se = match (above, below) {
            (Some(above), Some(below)) => Some((losses[above] - below) as f64 / 2.0),
            _ => None,
        };
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

    #[test]
    fn the_tail_of_a_hundred() {
        let mut tail = Tail::new(0.95, 100);
        (1..=100).rev().for_each(|loss| tail.add(loss * 37 % 101)); // a permutation of 1..=100
        let at_95 = tail.estimate(0.95, 100).unwrap();
        assert_eq!((at_95.value_at_risk, at_95.expected_shortfall), (96.0, 98.0));
        assert_eq!(at_95.value_at_risk_se, Some(3.0));
        let at_99 = tail.estimate(0.99, 100).unwrap();
        assert_eq!((at_99.value_at_risk, at_99.expected_shortfall, at_99.expected_shortfall_se), (100.0, 100.0, None));
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
