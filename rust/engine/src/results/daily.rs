//! The fan: mean and quantiles of each aggregate on each day, in fixed memory.

use super::{Column, Columns, Moments};
use crate::{day::METRICS, lanes::Lanes, scenario::Scenario, units};

/// Bins of an octave: quantiles are resolved to about 3 % and interpolated within.
const BINS_PER_OCTAVE: usize = 32;
const MANTISSA_SHIFT: u32 = 52 - 5;
const OCTAVES: usize = 24;
const BINS: usize = OCTAVES * BINS_PER_OCTAVE + 2;

/// Quantiles of the fan.
pub const QUANTILES: [(&str, f64); 5] = [("p05", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95)];

/// Steps are cut here, far beyond any real value, so that exact sums of squares cannot overflow.
const LARGEST: f64 = 4_503_599_627_370_496.0;

/// Days of a bin that lie side by side: one cache line of counts.
const DAYS_ABREAST: usize = 16;

/// Counts and exact sums of one run: metric by metric, day by day. Counts are `[metric][days / 16][bin][16 days]`: a series moves slowly from bin
/// to bin, so the days of a bin share a cache line and the bins it moves through lie on the same page of memory.
#[derive(Debug)]
pub struct Daily {
    days: usize,
    counts: Vec<u32>,
    moments: Vec<Moments>,
    extremes: Vec<(f64, f64)>,
}

fn bin(value: f64, floor: i32) -> usize {
    let base = (1023 + i64::from(floor)) << 5;
    let key = (value.max(0.0).to_bits() >> MANTISSA_SHIFT).cast_signed();
    (key - base + 1).clamp(0, BINS as i64 - 1) as usize
}

/// Lower edge of a bin; the first bin holds everything below the floor.
fn edge(bin: usize, floor: i32) -> f64 {
    if bin == 0 {
        return 0.0;
    }
    let key = ((1023 + i64::from(floor)) << 5) + bin as i64 - 1;
    f64::from_bits(key.cast_unsigned() << MANTISSA_SHIFT)
}

/// Counts of a metric.
fn counts_of(days: usize) -> usize {
    days.div_ceil(DAYS_ABREAST) * DAYS_ABREAST * BINS
}

/// Place of a bin's count on a day among those of its metric.
fn place_of(bin: usize, day: usize) -> usize {
    (day / DAYS_ABREAST * BINS + bin) * DAYS_ABREAST + day % DAYS_ABREAST
}

impl Daily {
    /// For a run of `days`.
    pub fn new(days: usize) -> Self {
        let cells = METRICS.len() * days;
        Self {
            days,
            counts: vec![0; METRICS.len() * counts_of(days)],
            moments: vec![Moments::default(); cells],
            extremes: vec![(f64::INFINITY, f64::NEG_INFINITY); cells],
        }
    }

    /// Adds the first `paths` lanes of a group.
    pub fn add(&mut self, metrics: &[[Lanes; METRICS.len()]], paths: usize) {
        for (place, metric) in METRICS.iter().enumerate() {
            let scale = step(metric.step);
            let counts = &mut self.counts[place * counts_of(self.days)..(place + 1) * counts_of(self.days)];
            for (day, today) in metrics.iter().enumerate() {
                let values = today[place];
                let steps = (values * scale).max(Lanes::splat(-LARGEST)).min(Lanes::splat(LARGEST)).round();
                let cell = place * self.days + day;
                let (mut sum, mut squares) = (0, 0); // eight steps of at most 2^52
                let mut extremes = self.extremes[cell];
                for (value, steps) in values.iter().zip(steps.iter()).take(paths) {
                    counts[place_of(bin(value, metric.floor), day)] += 1;
                    let steps = units::whole(steps);
                    sum += steps;
                    squares += i128::from(steps) * i128::from(steps);
                    extremes = (extremes.0.min(value), extremes.1.max(value));
                }
                self.moments[cell].add_sums(sum, squares);
                self.extremes[cell] = extremes;
            }
        }
    }

    fn quantile(&self, cell: usize, share: f64, n: u64) -> f64 {
        let (place, day) = (cell / self.days, cell % self.days);
        let metric = &METRICS[place];
        let (least, most) = self.extremes[cell];
        let counts = &self.counts[place * counts_of(self.days)..(place + 1) * counts_of(self.days)];
        let rank = share * (n - 1) as f64;
        let mut below = 0.0;
        for bin in 0..BINS {
            let inside = f64::from(counts[place_of(bin, day)]);
            if rank < below + inside {
                let (low, high) = (edge(bin, metric.floor), edge(bin + 1, metric.floor));
                let value = if metric.whole { low.ceil() } else { low + (high - low) * ((rank - below + 0.5) / inside) };
                return value.clamp(least, most);
            }
            below += inside;
        }
        most
    }

    /// The table `daily` over `n` paths.
    pub fn columns(&self, scenario: &Scenario, n: u64) -> Columns {
        // rows by day, then metric
        let by_day = (0..self.days).flat_map(|day| (0..METRICS.len()).map(move |place| place * self.days + day));
        let cells: Vec<usize> = if n == 0 { Vec::new() } else { by_day.collect() };
        let day = |cell: &usize| cell % self.days;
        let scale = |cell: &usize| step(METRICS[cell / self.days].step);
        let number = |value: &dyn Fn(&usize) -> Option<f64>| Column::Number(cells.iter().map(value).collect());
        let mut columns = vec![
            ("day", Column::Whole(cells.iter().map(|cell| Some(day(cell) as i64)).collect())),
            ("date", Column::Date(cells.iter().map(|cell| Some(scenario.date(day(cell)).0)).collect())),
            ("metric", Column::Text(cells.iter().map(|cell| METRICS[cell / self.days].name.to_owned()).collect())),
            ("mean", number(&|cell| Some(self.moments[*cell].mean(n) / scale(cell)))),
            ("mean_se", number(&|cell| self.moments[*cell].standard_error(n).map(|error| error / scale(cell)))),
            ("min", number(&|cell| Some(self.extremes[*cell].0))),
        ];
        for (name, share) in QUANTILES {
            columns.push((name, number(&|cell| Some(self.quantile(*cell, share, n)))));
        }
        columns.push(("max", number(&|cell| Some(self.extremes[*cell].1))));
        Columns(columns)
    }
}

/// 2 to the power of `step`, exactly.
fn step(step: i32) -> f64 {
    f64::from_bits(((1023 + i64::from(step)) << 52).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_what_they_should() {
        for value in [16.0, 17.3, 20_000.0, 65_536.0, 1e6] {
            let place = bin(value, 4);
            assert!(edge(place, 4) <= value && value < edge(place + 1, 4), "{value}");
        }
        assert_eq!((bin(0.0, 4), bin(15.9, 4), bin(-3.0, 4), bin(1e300, 4)), (0, 0, 0, BINS - 1));
        assert_eq!((step(16), step(-10), step(0)), (65_536.0, 1.0 / 1024.0, 1.0));
    }

    #[test]
    fn a_fan_of_equal_paths_is_a_line() {
        let mut daily = Daily::new(1);
        for _ in 0..4 {
            daily.add(&[std::array::from_fn(|place| Lanes::splat(if METRICS[place].whole { 3.0 } else { 40_000.0 }))], 5);
        }
        for cell in 0..METRICS.len() {
            let expected = if METRICS[cell].whole { 3.0 } else { 40_000.0 };
            for (_, share) in QUANTILES {
                assert_eq!(daily.quantile(cell, share, 20), expected);
            }
            assert!(METRICS[cell].name != "btc_usd" || daily.moments[cell].mean(20) / step(METRICS[cell].step) == expected);
            assert_eq!(daily.moments[cell].standard_error(20), Some(0.0));
        }
    }

    #[test]
    fn quantiles_are_resolved_to_a_few_percent() {
        let mut daily = Daily::new(1);
        for k in 0..1000 {
            daily.add(&[[Lanes::from_fn(|lane| 10_000.0 + f64::from(k * 8 + lane as i32)); METRICS.len()]], 8);
        }
        for (share, exact) in [(0.05, 10_400.0), (0.5, 14_000.0), (0.95, 17_600.0)] {
            assert!((daily.quantile(0, share, 8000) / exact - 1.0).abs() < 0.005, "{share}");
        }
    }
}
