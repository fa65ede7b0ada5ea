//! What a formula computes with: one path's number, or eight paths in lock-step.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::lanes::Lanes;

/// Arithmetic that reads the same for one path (`f64`) and for eight ([`Lanes`]).
pub trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Mul<f64, Output = Self> + Neg<Output = Self>
{
    /// The same number on every path.
    fn splat(x: f64) -> Self;

    /// The smaller of two.
    #[must_use]
    fn least(self, other: Self) -> Self;

    /// The larger of two.
    #[must_use]
    fn most(self, other: Self) -> Self;
}

/// What every path is multiplied by: one number for all (`f64`), or one for each.
pub trait Factor: Copy + Mul<f64, Output = Self> {}

impl Factor for f64 {}

impl Factor for Lanes {}

impl Number for f64 {
    #[inline(always)]
    fn splat(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn least(self, other: Self) -> Self {
        if self < other { self } else { other }
    }

    #[inline(always)]
    fn most(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
}

impl Number for Lanes {
    #[inline(always)]
    fn splat(x: f64) -> Self {
        Lanes::splat(x)
    }

    #[inline(always)]
    fn least(self, other: Self) -> Self {
        self.min(other)
    }

    #[inline(always)]
    fn most(self, other: Self) -> Self {
        self.max(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula<N: Number>(x: N, y: N) -> N {
        (x * y + x / y - -x * 0.5).least(N::splat(10.0)).most(y)
    }

    #[test]
    fn eight_paths_compute_what_one_path_computes() {
        let lanes = formula(Lanes::from_fn(|lane| lane as f64), Lanes::splat(1.5));
        for (lane, number) in lanes.iter().enumerate() {
            assert_eq!(number, formula(lane as f64, 1.5));
        }
    }
}
