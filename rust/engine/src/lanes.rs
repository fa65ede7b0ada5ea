//! Eight paths in lock-step. The only place that knows the width; every-day arithmetic is written over [`Lanes`] and reads like scalar code.

mod elementary;

pub use elementary::{exp, ln};

use std::ops::{Add, AddAssign, BitAnd, BitOr, BitXor, Div, Index, IndexMut, Mul, Neg, Not, Sub, SubAssign};

use crate::units;

/// Paths that move together.
pub const WIDTH: usize = 8;

/// One number for each of eight paths.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes([f64; WIDTH]);

/// One yes or no for each of eight paths (all bits set or none).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Mask([u64; WIDTH]);

impl Lanes {
    /// Zero on every path.
    pub const ZERO: Self = Self([0.0; WIDTH]);

    /// The same number on every path.
    #[inline(always)]
    pub const fn splat(x: f64) -> Self {
        Self([x; WIDTH])
    }

    /// A number for each path.
    #[inline(always)]
    pub fn from_fn(number: impl FnMut(usize) -> f64) -> Self {
        Self(std::array::from_fn(number))
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Self(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
    }

    #[inline(always)]
    fn test(self, other: Self, f: impl Fn(f64, f64) -> bool) -> Mask {
        Mask(std::array::from_fn(|lane| if f(self.0[lane], other.0[lane]) { u64::MAX } else { 0 }))
    }

    /// Nearest whole number, ties to even.
    #[inline(always)]
    #[must_use]
    pub fn round(self) -> Self {
        Self(std::array::from_fn(|lane| units::round(self.0[lane])))
    }

    /// Smallest whole number that is not below.
    #[inline(always)]
    #[must_use]
    pub fn ceil(self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].ceil()))
    }

    /// Largest whole number that is not above.
    #[inline(always)]
    #[must_use]
    pub fn floor(self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].floor()))
    }

    /// Square root.
    #[inline(always)]
    #[must_use]
    pub fn sqrt(self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].sqrt()))
    }

    /// The smaller of two.
    #[inline(always)]
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    /// The larger of two.
    #[inline(always)]
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    /// Magnitude.
    #[inline(always)]
    #[must_use]
    pub fn abs(self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].abs()))
    }

    /// The number of the path that has the smallest.
    #[inline(always)]
    pub fn of_smallest_path(self) -> f64 {
        let [a, b, c, d, e, f, g, h] = self.0;
        let smaller = |a: f64, b: f64| if a < b { a } else { b };
        smaller(smaller(smaller(a, e), smaller(b, f)), smaller(smaller(c, g), smaller(d, h)))
    }

    /// Any function of one path's number; for the few that do not vectorise.
    #[inline(always)]
    #[must_use]
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self(std::array::from_fn(|lane| f(self.0[lane])))
    }

    /// Where smaller.
    #[inline(always)]
    pub fn lt(self, other: Self) -> Mask {
        self.test(other, |a, b| a < b)
    }

    /// Where smaller or equal.
    #[inline(always)]
    pub fn le(self, other: Self) -> Mask {
        self.test(other, |a, b| a <= b)
    }

    /// Where larger.
    #[inline(always)]
    pub fn gt(self, other: Self) -> Mask {
        self.test(other, |a, b| a > b)
    }

    /// Where larger or equal.
    #[inline(always)]
    pub fn ge(self, other: Self) -> Mask {
        self.test(other, |a, b| a >= b)
    }

    /// Where equal.
    #[inline(always)]
    pub fn eq(self, other: Self) -> Mask {
        self.test(other, |a, b| a == b)
    }

    /// The number where the mask is set, zero elsewhere.
    #[inline(always)]
    #[must_use]
    pub fn only(self, mask: Mask) -> Self {
        Self(std::array::from_fn(|lane| f64::from_bits(self.0[lane].to_bits() & mask.0[lane])))
    }

    /// The numbers, path by path.
    pub fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().copied()
    }
}

impl Mask {
    /// Nowhere.
    pub const NONE: Self = Self([0; WIDTH]);
    /// Everywhere.
    pub const ALL: Self = Self([u64::MAX; WIDTH]);

    /// `yes` where set, `no` elsewhere. A question for each path, not bits put together: the compiler then keeps masks where comparisons leave them.
    #[inline(always)]
    pub fn select(self, yes: Lanes, no: Lanes) -> Lanes {
        Lanes(std::array::from_fn(|lane| if self.0[lane] != 0 { yes.0[lane] } else { no.0[lane] }))
    }

    /// Whether it is set on any path.
    #[inline(always)]
    pub fn any(self) -> bool {
        self.0.iter().fold(0, |bits, lane| bits | lane) != 0
    }

    /// Whether it is set on this path.
    #[inline(always)]
    pub fn get(self, lane: usize) -> bool {
        self.0[lane] != 0
    }

    /// Sets one path.
    #[inline(always)]
    pub fn set(&mut self, lane: usize, value: bool) {
        self.0[lane] = if value { u64::MAX } else { 0 };
    }

    /// Where a number of a path says so.
    #[inline(always)]
    pub fn from_fn(mut is_set: impl FnMut(usize) -> bool) -> Self {
        Self(std::array::from_fn(|lane| if is_set(lane) { u64::MAX } else { 0 }))
    }

    /// The paths on which it is set.
    pub fn lanes(self) -> impl Iterator<Item = usize> {
        (0..WIDTH).filter(move |&lane| self.get(lane))
    }
}

/// One number for each of eight paths in half the memory, rounded up or down: for bounds that may be too careful, below 1e38 or
/// infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds([f32; WIDTH]);

impl Bounds {
    /// The same number on every path.
    pub const fn splat(x: f32) -> Self {
        Self([x; WIDTH])
    }

    /// Not below.
    #[inline(always)]
    pub fn not_below(exact: Lanes) -> Self {
        Self::nearest((exact * (1.0 + Self::MARGIN)).max(exact * (1.0 - Self::MARGIN)) + Self::SMALLEST)
    }

    /// Not above.
    #[inline(always)]
    pub fn not_above(exact: Lanes) -> Self {
        Self::nearest((exact * (1.0 + Self::MARGIN)).min(exact * (1.0 - Self::MARGIN)) - Self::SMALLEST)
    }

    /// Twice what rounding to single precision can move a number by.
    const MARGIN: f64 = f32::EPSILON as f64;
    /// More than it moves numbers next to zero by.
    const SMALLEST: f64 = f32::MIN_POSITIVE as f64;

    #[inline(always)]
    fn nearest(numbers: Lanes) -> Self {
        let mut near = [0.0; WIDTH];
        for (near, number) in near.iter_mut().zip(numbers.0) {
            *near = number as f32;
        }
        Self(near)
    }

    /// The bounds as they are kept.
    #[inline(always)]
    pub fn lanes(&self) -> Lanes {
        let mut exact = [0.0; WIDTH];
        for (exact, bound) in exact.iter_mut().zip(self.0) {
            *exact = f64::from(bound);
        }
        Lanes(exact)
    }
}

/// One yes or no for each of eight paths in an eighth of the memory: how states are kept. Rules take its [`Mask`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags([u8; WIDTH]);

impl Flags {
    /// Nowhere.
    pub const NONE: Self = Self([0; WIDTH]);
    /// Everywhere.
    pub const ALL: Self = Self([u8::MAX; WIDTH]);

    /// The same as a mask.
    #[inline(always)]
    pub fn mask(&self) -> Mask {
        let mut mask = [0; WIDTH];
        for (whole, byte) in mask.iter_mut().zip(&self.0) {
            *whole = i64::from(byte.cast_signed()).cast_unsigned();
        }
        Mask(mask)
    }

    /// Takes over a mask.
    #[inline(always)]
    pub fn put(&mut self, mask: Mask) {
        for (byte, whole) in self.0.iter_mut().zip(&mask.0) {
            *byte = *whole as u8;
        }
    }

    /// Whether it is set on any path.
    #[inline(always)]
    pub fn any(self) -> bool {
        self != Self::NONE
    }

    /// Whether it is set on this path.
    #[inline(always)]
    pub fn get(self, lane: usize) -> bool {
        self.0[lane] != 0
    }

    /// Sets one path.
    #[inline(always)]
    pub fn set(&mut self, lane: usize, value: bool) {
        self.0[lane] = if value { u8::MAX } else { 0 };
    }
}

impl BitOr for Flags {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] | other.0[lane]))
    }
}

impl Index<usize> for Lanes {
    type Output = f64;

    #[inline(always)]
    fn index(&self, lane: usize) -> &f64 {
        &self.0[lane]
    }
}

impl IndexMut<usize> for Lanes {
    #[inline(always)]
    fn index_mut(&mut self, lane: usize) -> &mut f64 {
        &mut self.0[lane]
    }
}

macro_rules! arithmetic {
    ($($trait:ident $method:ident $op:tt),+) => {$(
        impl $trait for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.zip(other, |a, b| a $op b)
            }
        }

        impl $trait<f64> for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: f64) -> Self {
                Self(std::array::from_fn(|lane| self.0[lane] $op other))
            }
        }

        impl $trait<Lanes> for f64 {
            type Output = Lanes;

            #[inline(always)]
            fn $method(self, other: Lanes) -> Lanes {
                Lanes(std::array::from_fn(|lane| self $op other.0[lane]))
            }
        }
    )+};
}
arithmetic!(Add add +, Sub sub -, Mul mul *, Div div /);

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Lanes {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for Lanes {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(std::array::from_fn(|lane| -self.0[lane]))
    }
}

macro_rules! logic {
    ($($trait:ident $method:ident $op:tt),+) => {$(
        impl $trait for Mask {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(std::array::from_fn(|lane| self.0[lane] $op other.0[lane]))
            }
        }
    )+};
}
logic!(BitAnd bitand &, BitOr bitor |, BitXor bitxor ^);

impl Not for Mask {
    type Output = Self;

    #[inline(always)]
    fn not(self) -> Self {
        Self(std::array::from_fn(|lane| !self.0[lane]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_select_and_tell_where() {
        let numbers = Lanes::from_fn(|lane| lane as f64);
        let large = numbers.ge(Lanes::splat(6.0));
        assert_eq!(large.lanes().collect::<Vec<_>>(), [6, 7]);
        assert_eq!(large.select(numbers, Lanes::ZERO), numbers.only(large));
        assert!(large.any() && !Mask::NONE.any() && (large | !large) == Mask::ALL);
        let mut one = Mask::NONE;
        one.set(3, true);
        assert!(one.get(3) && !one.get(2));
    }

    #[test]
    fn bounds_are_on_their_side_and_near() {
        let exact = Lanes([0.0, 0.1, -0.1, 1.0 / 3.0, 1e-9, f64::INFINITY, f64::NEG_INFINITY, 1e30]);
        let (up, down) = (Bounds::not_below(exact).lanes(), Bounds::not_above(exact).lanes());
        assert!(!up.lt(exact).any() && !down.gt(exact).any());
        let near = (up - down).le(exact.abs() * 5e-7 + 1e-37) | up.eq(down);
        assert_eq!(near, Mask::ALL);
    }

    #[test]
    fn flags_are_masks_in_little_memory() {
        let mut flags = Flags::NONE;
        for lane in [0, 3, 7] {
            flags.set(lane, true);
            assert!(flags.get(lane) && flags.any());
        }
        assert_eq!(flags.mask().lanes().collect::<Vec<_>>(), [0, 3, 7]);
        let mut same = Flags::ALL;
        same.put(flags.mask());
        assert_eq!(same, flags);
        flags.set(3, false);
        assert_eq!(flags.mask().lanes().collect::<Vec<_>>(), [0, 7]);
        assert_eq!((flags | same).mask().lanes().collect::<Vec<_>>(), [0, 3, 7]);
        assert_eq!((flags | Flags::NONE, flags.mask()), (flags, Mask::from_fn(|lane| lane % 7 == 0)));
        assert!((Flags::ALL.mask(), Flags::NONE.mask()) == (Mask::ALL, Mask::NONE) && !Flags::NONE.any());
    }

    #[test]
    fn the_smallest_of_eight_paths() {
        assert_eq!(Lanes::from_fn(|lane| (lane as f64 - 3.0).abs()).of_smallest_path(), 0.0);
        assert_eq!(Lanes::splat(f64::INFINITY).of_smallest_path(), f64::INFINITY);
    }

    #[test]
    fn whole_units_are_rounded_lane_by_lane() {
        let halves = Lanes::from_fn(|lane| lane as f64 + 0.5);
        assert_eq!(halves.round().iter().collect::<Vec<_>>(), [0.0, 2.0, 2.0, 4.0, 4.0, 6.0, 6.0, 8.0]);
    }
}
