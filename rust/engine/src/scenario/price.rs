//! Closes and lows of a path, drawn before its first day. Model: docs/model/prices.md

use super::{PriceSpec, Scenario};
use crate::{
    rng::{self, Draws},
    units,
};

const DAYS_PER_YEAR: f64 = 365.0;

/// Daily log-price step of the free-running sources.
struct Walk {
    drift: f64,
    volatility: f64,
    jumps_per_day: f64,
    jump_mean: f64,
    jump_sd: f64,
}

/// Writes one path. The source `batch` leaves the buffers as they are: its prices come from outside. Joint shocks move them all.
pub fn draw(scenario: &Scenario, seed: u64, path: u64, close_usd: &mut [f64], low_usd: &mut [f64]) {
    let draws = Draws { key: [seed, rng::PRICE_STREAM], path, entity: 0 };
    match &scenario.price {
        PriceSpec::Batch => {}
        PriceSpec::Table { close_usd: close, low_usd: low } => {
            close_usd.copy_from_slice(close);
            low_usd.copy_from_slice(low.as_ref().unwrap_or(close));
        }
        PriceSpec::Anchors { anchors, volatility_daily, intraday } => {
            bridge(anchors, *volatility_daily, &draws, close_usd);
            lows(*volatility_daily, *intraday, &draws, close_usd, low_usd);
        }
        PriceSpec::Gbm { start_usd, drift_annual, volatility_annual, intraday } => {
            let step = Walk::new(*drift_annual, *volatility_annual, 0.0, 0.0, 0.0);
            walk(*start_usd, &step, &draws, close_usd);
            lows(step.volatility, *intraday, &draws, close_usd, low_usd);
        }
        PriceSpec::Jump { start_usd, drift_annual, volatility_annual, intraday, jumps_per_year, jump_mean, jump_sd } => {
            let step = Walk::new(*drift_annual, *volatility_annual, *jumps_per_year, *jump_mean, *jump_sd);
            walk(*start_usd, &step, &draws, close_usd);
            lows(step.volatility, *intraday, &draws, close_usd, low_usd);
        }
    }
    if let Some(joint) = &scenario.joint {
        joint.move_prices(seed, path, close_usd, low_usd);
    }
}

/// One step of a Brownian bridge in the logarithm: `left` days to the anchor `target`, today included.
pub fn bridge_step(x: f64, target: f64, left: f64, volatility_daily: f64, z: f64) -> f64 {
    x + (target - x) / left + volatility_daily * ((left - 1.0) / left).sqrt() * z
}

/// Minimum of a Brownian bridge between two log prices, from a uniform.
pub fn bridge_minimum(a: f64, b: f64, volatility_daily: f64, u: f64) -> f64 {
    let gap = a - b;
    (a + b - (gap * gap - 2.0 * (volatility_daily * volatility_daily) * units::ln(u)).sqrt()) / 2.0
}

fn normal_of_day(draws: &Draws, day: usize) -> f64 {
    let words = draws.words(day as u64, 0);
    rng::normal(rng::uniform(words[0]), rng::uniform(words[1]))
}

fn bridge(anchors: &[(usize, f64)], volatility_daily: f64, draws: &Draws, close_usd: &mut [f64]) {
    close_usd[0] = anchors[0].1;
    for pair in anchors.windows(2) {
        let ((from, usd), (to, target_usd)) = (pair[0], pair[1]);
        let (mut x, target) = (units::ln(usd), units::ln(target_usd));
        for day in from + 1..=to.min(close_usd.len() - 1) {
            if day == to {
                close_usd[day] = target_usd;
            } else {
                x = bridge_step(x, target, (to - day + 1) as f64, volatility_daily, normal_of_day(draws, day));
                close_usd[day] = units::exp(x);
            }
        }
    }
}

impl Walk {
    fn new(drift_annual: f64, volatility_annual: f64, jumps_per_year: f64, jump_mean: f64, jump_sd: f64) -> Self {
        let mean_jump = units::exp(jump_mean + jump_sd * jump_sd / 2.0) - 1.0;
        Self {
            drift: (drift_annual - volatility_annual * volatility_annual / 2.0 - jumps_per_year * mean_jump) / DAYS_PER_YEAR,
            volatility: volatility_annual * (1.0 / DAYS_PER_YEAR).sqrt(),
            jumps_per_day: jumps_per_year / DAYS_PER_YEAR,
            jump_mean,
            jump_sd,
        }
    }
}

fn walk(start_usd: f64, step: &Walk, draws: &Draws, close_usd: &mut [f64]) {
    let mut x = units::ln(start_usd);
    close_usd[0] = start_usd;
    for day in 1..close_usd.len() {
        x += step.drift + step.volatility * normal_of_day(draws, day) + jumps(step, draws, day);
        close_usd[day] = units::exp(x);
    }
}

/// Sum of the day's jumps: their number by inversion of the day's word 3, each from two words of the next blocks.
fn jumps(step: &Walk, draws: &Draws, day: usize) -> f64 {
    if step.jumps_per_day == 0.0 {
        return 0.0;
    }
    let number = poisson(step.jumps_per_day, rng::uniform(draws.words(day as u64, 0)[3]));
    (0..number).fold(0.0, |sum, jump| {
        let words = draws.words(day as u64, 1 + jump / 2);
        let pair = if jump % 2 == 0 { [words[0], words[1]] } else { [words[2], words[3]] };
        sum + step.jump_mean + step.jump_sd * rng::normal(rng::uniform(pair[0]), rng::uniform(pair[1]))
    })
}

/// Poisson number by inversion.
pub fn poisson(mean: f64, u: f64) -> u64 {
    let mut probability = units::exp(-mean);
    let (mut number, mut sum) = (0_u64, probability);
    while u > sum && number < 1000 {
        number += 1;
        probability *= mean / number as f64;
        sum += probability;
    }
    number
}

fn lows(volatility_daily: f64, intraday: bool, draws: &Draws, close_usd: &[f64], low_usd: &mut [f64]) {
    low_usd.copy_from_slice(close_usd);
    if !intraday {
        return;
    }
    for day in 1..close_usd.len() {
        let u = rng::uniform(draws.words(day as u64, 0)[2]);
        let low = units::exp(bridge_minimum(units::ln(close_usd[day - 1]), units::ln(close_usd[day]), volatility_daily, u));
        low_usd[day] = if low < close_usd[day] { low } else { close_usd[day] };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bridge_ends_on_its_anchor() {
        assert_eq!(bridge_step(1.0, 3.0, 1.0, 0.5, 2.0), 3.0);
        assert_eq!(bridge_step(1.0, 3.0, 2.0, 0.0, 2.0), 2.0);
        let draws = Draws { key: [7, 1], path: 3, entity: 0 };
        let mut close = vec![0.0; 21];
        bridge(&[(0, 60_000.0), (10, 20_000.0), (20, 30_000.0)], 0.04, &draws, &mut close);
        assert_eq!((close[0], close[10], close[20]), (60_000.0, 20_000.0, 30_000.0));
        assert!(close.iter().all(|usd| (5_000.0..200_000.0).contains(usd)));
        assert_ne!(close[5], close[6]);
    }

    #[test]
    fn a_low_is_below_both_ends() {
        for u in [1e-9, 0.1, 0.9, 1.0 - 1e-12] {
            assert!(bridge_minimum(2.0, 1.5, 0.03, u) <= 1.5);
        }
        assert_eq!(bridge_minimum(2.0, 1.5, 0.03, 1.0), 1.5);
    }

    #[test]
    fn poisson_by_inversion() {
        assert_eq!((poisson(0.0, 0.99), poisson(1.0, 0.3), poisson(1.0, 0.7), poisson(1.0, 0.99)), (0, 0, 1, 4));
    }

    #[test]
    fn jumps_are_compensated() {
        let step = Walk::new(0.0, 0.0, 12.0, -0.1, 0.05);
        let mean: f64 = (0..4000)
            .map(|path| {
                let mut close = vec![0.0; 366];
                walk(1.0, &step, &Draws { key: [1, 1], path, entity: 0 }, &mut close);
                close[365]
            })
            .sum::<f64>()
            / 4000.0;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
    }
}
