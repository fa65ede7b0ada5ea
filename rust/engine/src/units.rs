//! What numbers are: whole cents, satoshis and machines in `f64`, and the few functions that are not plain arithmetic. Model: docs/model/numbers.md

/// Cents in a dollar.
pub const CENTS_PER_USD: f64 = 100.0;
/// Satoshis in a bitcoin.
pub const SATS_PER_BTC: f64 = 1e8;
/// Bitcoin in a satoshi.
pub const BTC_PER_SAT: f64 = 1e-8;
/// Cents per satoshi for each dollar of the bitcoin price.
pub const CENTS_PER_SAT_PER_USD: f64 = 1e-6;
/// PH/s in a TH/s.
pub const PH_PER_TH: f64 = 1e-3;
/// Hours of a day.
pub const HOURS_PER_DAY: f64 = 24.0;
/// Watt-days to megawatt-hours.
pub const MWH_PER_WATT_DAY: f64 = 24e-6;
/// Largest magnitude at which whole numbers are exact.
pub const EXACT_LIMIT: f64 = 9_007_199_254_740_992.0;
/// Satoshis of the first block reward.
pub const FIRST_SUBSIDY_SATS: f64 = 5_000_000_000.0;
/// Seconds of a day.
pub const SECONDS_PER_DAY: f64 = 86_400.0;

const ROUNDER: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52

/// Nearest whole number, ties to even, for magnitudes below 2^51.
#[inline(always)]
pub fn round(x: f64) -> f64 {
    (x + ROUNDER) - ROUNDER
}

/// Whole cents of a dollar amount.
pub fn cents(usd: f64) -> f64 {
    round(usd * CENTS_PER_USD)
}

/// Whole satoshis of a bitcoin amount.
pub fn sats(btc: f64) -> f64 {
    round(btc * SATS_PER_BTC)
}

/// A whole number carried in `f64` as an integer; the one place where the engine leaves floating point.
#[inline]
pub fn whole(x: f64) -> i64 {
    debug_assert!(x.abs() <= EXACT_LIMIT, "{x} is outside the exact range");
    x as i64
}

/// `e^x` with the same bits on every platform.
#[inline]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// Natural logarithm with the same bits on every platform.
#[inline]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// Cosine with the same bits on every platform.
#[inline]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Share left after one day of a decay with this half-life in days.
pub fn decay(half_life_days: f64) -> f64 {
    exp(-std::f64::consts::LN_2 / half_life_days)
}

/// Weight of today in a smoothing with this half-life in days.
pub fn weight(half_life_days: f64) -> f64 {
    1.0 - decay(half_life_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_goes_to_the_nearest_and_ties_to_even() {
        for (x, whole) in [(0.5, 0.0), (1.5, 2.0), (2.5, 2.0), (-0.5, 0.0), (-1.5, -2.0), (1e15 + 0.5, 1e15), (2.4999, 2.0), (-2.6, -3.0)] {
            assert_eq!(round(x), whole, "{x}");
        }
    }

    #[test]
    fn half_lives_halve() {
        let left = (0..10).fold(1.0, |share, _| share * decay(10.0));
        assert!((left - 0.5).abs() < 1e-12);
        assert_eq!(weight(5.0), 1.0 - decay(5.0));
    }

    #[test]
    fn usd_and_btc_become_whole_units() {
        assert_eq!(cents(12.345), 1234.0);
        assert_eq!(sats(0.123_456_789), 12_345_679.0);
    }
}
