//! What a run leaves behind: outcomes of paths, reduced as they come. Every sum is of whole numbers, so the order in which paths finish
//! does not matter. Definitions: docs/model/results.md

mod daily;
mod debtrank;
mod entities;
mod journal;
mod outcome;
mod stages;
mod tail;
mod totals;

pub mod columns;

pub use columns::{Column, Columns};
pub use journal::{event_columns, ledger_columns};
pub use outcome::PathOutcome;
pub use totals::{Summary, Totals, hex};

/// Sum and sum of squares of whole numbers, exact in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moments {
    sum: i128,
    squares: i128,
}

impl Moments {
    /// Adds one whole number.
    #[inline]
    pub fn add(&mut self, x: i64) {
        self.sum += i128::from(x);
        self.squares += i128::from(x) * i128::from(x);
    }

    /// Adds several at once, from their sum and their sum of squares.
    #[inline]
    pub fn add_sums(&mut self, sum: i64, squares: i128) {
        self.sum += i128::from(sum);
        self.squares += squares;
    }

    /// Mean over `n`.
    pub fn mean(&self, n: u64) -> f64 {
        self.sum as f64 / n as f64
    }

    /// Variance of one draw (unbiased); `None` below two draws.
    pub fn variance(&self, n: u64) -> Option<f64> {
        if n < 2 {
            return None;
        }
        let count = i128::from(n);
        // n * sum of squares - sum^2, whole as far as it fits, so that equal values give exactly zero
        let spread = match (self.squares.checked_mul(count), self.sum.checked_mul(self.sum)) {
            (Some(a), Some(b)) => (a - b) as f64,
            _ => (self.squares as f64) * n as f64 - (self.sum as f64) * (self.sum as f64),
        };
        Some((spread / n as f64 / (n - 1) as f64).max(0.0))
    }

    /// Standard error of the mean; `None` below two draws.
    pub fn standard_error(&self, n: u64) -> Option<f64> {
        self.variance(n).map(|variance| (variance / n as f64).sqrt())
    }
}

/// Day below which half of the counts lie; `None` when there are none.
pub(crate) fn median_day(counts: &[u32]) -> Option<usize> {
    let total: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    let mut seen = 0;
    counts.iter().position(|count| {
        seen += u64::from(*count);
        total > 0 && seen * 2 >= total
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_by_hand() {
        let mut moments = Moments::default();
        [2, 4, 4, 4, 5, 5, 7, 9].into_iter().for_each(|x| moments.add(x));
        assert_eq!(moments.mean(8), 5.0);
        assert!((moments.variance(8).unwrap() - 32.0 / 7.0).abs() < 1e-12);
        assert_eq!(Moments::default().standard_error(1), None);
        let mut equal = Moments::default();
        (0..1000).for_each(|_| equal.add(123_456_789_012));
        assert_eq!(equal.standard_error(1000), Some(0.0));
    }

    #[test]
    fn medians_of_days() {
        assert_eq!(median_day(&[0, 2, 0, 1]), Some(1));
        assert_eq!(median_day(&[1, 0, 0, 1]), Some(0));
        assert_eq!(median_day(&[0, 0]), None);
    }
}
