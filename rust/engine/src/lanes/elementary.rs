//! `e^x` and the natural logarithm for eight paths at once, with the bits of [`units::exp`] and [`units::ln`]. Model: docs/model/numbers.md
//!
//! Both are the steps of `libm`, which are those of FreeBSD's `e_exp.c` and `e_log.c`, in their order; the constants are theirs. If one path is outside
//! the common range, all eight go to `libm`.

use super::{Lanes, Mask};
use crate::units;

/// The natural logarithm of 2 in two parts; multiples of the first below 2^10 are exact.
const LN_2: [f64; 2] = [f64::from_bits(0x3fe6_2e42_fee0_0000), f64::from_bits(0x3dea_39ef_3579_3c76)];
const LOG2_E: f64 = f64::from_bits(0x3ff7_1547_652b_82fe);

/// `e^x`.
#[inline(always)]
pub fn exp(x: Lanes) -> Lanes {
    /// From this size on one power of two is taken out, from the second on the nearest to `e^x`.
    const TWOS_FROM: [f64; 2] = [f64::from_bits(0x3fd6_2e43_0000_0000), f64::from_bits(0x3ff0_a2b2_0000_0000)];
    /// Of smaller size: `1 + x`.
    const SMALL: f64 = f64::from_bits(0x3e30_0001_0000_0000);
    /// Of smaller size: results are normal numbers.
    const LARGE: f64 = 700.0;
    /// Of x^2, x^4, ... in `x * (e^x + 1) / (e^x - 1)`, less 2, by Remez.
    const SERIES: [f64; 5] = [
        f64::from_bits(0x3fc5_5555_5555_553e),
        f64::from_bits(0xbf66_c16c_16be_bd93),
        f64::from_bits(0x3f11_566a_af25_de2c),
        f64::from_bits(0xbebb_bd41_c5d2_6bf1),
        f64::from_bits(0x3e66_3769_72be_a4d0),
    ];
    let (one, size) = (Lanes::splat(1.0), x.abs());
    if size.lt(Lanes::splat(LARGE)) != Mask::ALL {
        return x.map(units::exp);
    }
    let nearest = (size * LOG2_E + Lanes::splat(0.5)).floor();
    let [takes_one, takes_nearest] = TWOS_FROM.map(|from| size.ge(Lanes::splat(from)));
    let twos = takes_nearest.select(nearest, one).only(takes_one);
    let twos = x.lt(Lanes::ZERO).select(-twos, twos);
    let (high, low) = (x - twos * LN_2[0], twos * LN_2[1]);
    let small = high - low;
    let square = small * small;
    let [a, b, c, d, e] = SERIES;
    let rest = small - square * (a + square * (b + square * (c + square * (d + square * e))));
    let power = one + (small * rest / (2.0 - rest) - low + high);
    size.lt(Lanes::splat(SMALL)).select(one + x, power * power_of_two(twos))
}

/// `2^x` of whole numbers from -1022 to 1023.
#[inline(always)]
fn power_of_two(x: Lanes) -> Lanes {
    const BIAS: f64 = 1023.0;
    const LOWEST_BITS: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52: a whole number added to it stands in its lowest bits
    Lanes(std::array::from_fn(|lane| f64::from_bits((x.0[lane] + BIAS + LOWEST_BITS).to_bits() << 52)))
}

/// Natural logarithm.
#[inline(always)]
pub fn ln(x: Lanes) -> Lanes {
    /// Of s^2, s^4, ... in `ln((1 + s) / (1 - s)) / s`, less 2, by Remez.
    const SERIES: [f64; 7] = [
        f64::from_bits(0x3fe5_5555_5555_5593),
        f64::from_bits(0x3fd9_9999_9997_fa04),
        f64::from_bits(0x3fd2_4924_9422_9359),
        f64::from_bits(0x3fcc_71c5_1d8e_78af),
        f64::from_bits(0x3fc7_4664_96cb_03de),
        f64::from_bits(0x3fc3_9a09_d078_c69f),
        f64::from_bits(0x3fc2_f112_df3e_5244),
    ];
    let normal = x.ge(Lanes::splat(f64::MIN_POSITIVE)) & x.le(Lanes::splat(f64::MAX));
    if normal != Mask::ALL {
        return x.map(units::ln);
    }
    let (mantissa, twos) = around_one(x);
    let above = mantissa - Lanes::splat(1.0);
    let half_square = 0.5 * above * above;
    let s = above / (2.0 + above);
    let z = s * s;
    let w = z * z;
    let [a, b, c, d, e, f, g] = SERIES;
    let even = w * (b + w * (d + w * f));
    let odd = z * (a + w * (c + w * (e + w * g)));
    s * (half_square + (odd + even)) + twos * LN_2[1] - half_square + above + twos * LN_2[0]
}

/// Normal numbers as `m * 2^n`, m between the roots of one half and of two.
#[inline(always)]
fn around_one(x: Lanes) -> (Lanes, Lanes) {
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const ROOT: u64 = 0x3fe6_a09e_0000_0000; // of one half, its upper 32 bits
    const FRACTION: u64 = (1 << 52) - 1;
    const WHOLE: u64 = 0x4330_0000_0000_0000; // 2^52: its lowest bits are the units
    const BIAS: f64 = 1023.0;
    let moved = x.0.map(|number| number.to_bits().wrapping_add(ONE - ROOT));
    let mantissa = moved.map(|bits| f64::from_bits((bits & FRACTION).wrapping_add(ROOT)));
    let twos = moved.map(|bits| f64::from_bits(WHOLE | (bits >> 52)) - (f64::from_bits(WHOLE) + BIAS));
    (Lanes(mantissa), Lanes(twos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lanes::WIDTH,
        rng::{philox, uniform},
    };

    fn same(x: Lanes) {
        for (wide, one_by_one) in [(exp(x), x.map(units::exp)), (ln(x), x.map(units::ln))] {
            for lane in 0..WIDTH {
                let (wide, one) = (wide[lane], one_by_one[lane]);
                assert!(wide.to_bits() == one.to_bits() || (wide.is_nan() && one.is_nan()), "{wide:e} is not {one:e} at {:e}", x[lane]);
            }
        }
    }

    #[test]
    fn eight_paths_have_the_bits_of_one() {
        for range in [1e-12, 1e-8, 1e-3, 0.1, 0.7, 1.5, 30.0, 700.0, 800.0, 1e12] {
            for draw in 0..20_000 {
                let words = [0, 1].map(|block| philox([draw, 0], [block, 0, 0, 0])).concat();
                let signed = Lanes::from_fn(|lane| (2.0 * uniform(words[lane]) - 1.0) * range);
                same(signed);
                same(signed.abs());
                same(signed + Lanes::splat(1.0));
            }
        }
    }

    #[test]
    fn where_the_steps_change_too() {
        let steps = [0x3fd6_2e43_0000_0000, 0x3ff0_a2b2_0000_0000, 0x3e30_0001_0000_0000, 0x3fe6_a09e_0000_0000, 0x3ff6_a09e_0000_0000];
        let edges = [700.0, 0.0, 1.0, f64::MIN_POSITIVE, 5e-324, 708.4, 709.79, 745.2, 1e300, f64::MAX, f64::INFINITY];
        for edge in steps.map(f64::from_bits).into_iter().chain(edges) {
            let neighbours = Lanes::from_fn(|lane| {
                let near = f64::from_bits((edge.to_bits() + 2).saturating_sub(lane as u64 / 2));
                if lane % 2 == 0 { near } else { -near }
            });
            same(neighbours);
            (0..WIDTH).for_each(|lane| same(Lanes::splat(neighbours[lane])));
        }
        // halfway between powers of two
        for twos in -1000..1000 {
            same(Lanes::from_fn(|lane| (f64::from(twos) + 0.5) / LOG2_E * (1.0 + (lane as f64 - 4.0) * f64::EPSILON / 2.0)));
        }
        same(Lanes::splat(f64::NAN));
    }
}
