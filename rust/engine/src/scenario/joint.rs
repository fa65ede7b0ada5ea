//! Shocks to price, power, network and machines that move together: factors of a path, drawn before its first day. Model: docs/model/joint.md

use super::{
    build::Check,
    spec::{JointSpec, ShockSpec},
};
use crate::{
    error::Code,
    rng::{self, Draws},
    units,
};

/// The sources of docs/model/joint.md, in the order in which shocks are mixed.
pub const SOURCES: [&str; 4] = ["btc", "power", "network", "asic"];

/// Place of a source among [`SOURCES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "words of docs/model/joint.md")]
pub enum Source {
    Btc,
    Power,
    Network,
    Asic,
}

const ALL: [Source; 4] = [Source::Btc, Source::Power, Source::Network, Source::Asic];
const DAYS_PER_YEAR: f64 = 365.0;
/// Below this a pivot is nothing; that far below 0 the matrix is none of correlations.
const PIVOT: f64 = 1e-9;

/// Shocks in the order of their sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Joint(Vec<Shock>);

/// One source's factor from day to day.
#[derive(Debug, Clone, PartialEq)]
struct Shock {
    source: Source,
    volatility_daily: f64,
    /// Share of the shock that is left after a day.
    decay: f64,
    /// Row of the Cholesky factor: weights of the normals of the shocks up to this one.
    mix: Vec<f64>,
}

/// A factor on its way: its logarithm is normal with this variance, and so it is 1 on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factor {
    log: f64,
    variance: f64,
}

impl Factor {
    /// Of day 0.
    pub const ONE: Self = Self { log: 0.0, variance: 0.0 };

    /// A day on, by a standard normal step.
    #[must_use]
    pub fn step(self, decay: f64, volatility_daily: f64, z: f64) -> Self {
        Self { log: decay * self.log + volatility_daily * z, variance: decay * decay * self.variance + volatility_daily * volatility_daily }
    }

    /// The factor itself.
    pub fn value(self) -> f64 {
        units::exp(self.log - self.variance / 2.0)
    }
}

impl Joint {
    /// The factors of a path on each day, for each shock whose source `wanted` holds; the normals are the same whatever is wanted.
    pub fn draw(&self, seed: u64, path: u64, days: usize, wanted: impl Fn(Source) -> bool, mut put: impl FnMut(Source, usize, f64)) {
        let Some(last) = self.0.iter().rposition(|shock| wanted(shock.source)) else { return };
        let shocks = &self.0[..=last];
        let draws = Draws { key: [seed, rng::JOINT_STREAM], path, entity: 0 };
        let mut factors = vec![Factor::ONE; shocks.len()];
        let mut normals = vec![0.0; shocks.len()];
        for day in 0..days {
            if day > 0 {
                normals_of_day(shocks, &draws, day, &mut normals);
            }
            for (shock, factor) in shocks.iter().zip(&mut factors) {
                if day > 0 {
                    let mixed = shock.mix.iter().zip(&normals).fold(0.0, |sum, (weight, z)| sum + weight * z);
                    *factor = factor.step(shock.decay, shock.volatility_daily, mixed);
                }
                if wanted(shock.source) {
                    put(shock.source, day, factor.value());
                }
            }
        }
    }

    /// Closes and lows of a path times its factors of price.
    pub fn move_prices(&self, seed: u64, path: u64, close_usd: &mut [f64], low_usd: &mut [f64]) {
        self.draw(
            seed,
            path,
            close_usd.len(),
            |source| source == Source::Btc,
            |_, day, factor| {
                close_usd[day] *= factor;
                low_usd[day] *= factor;
            },
        );
    }

    pub(super) fn try_from_spec(spec: &JointSpec, check: &mut Check) -> Self {
        let mut order: Vec<(Source, usize)> = Vec::new();
        for (row, shock) in spec.shocks.iter().enumerate() {
            check_shock(row, shock, check);
            match SOURCES.iter().position(|source| *source == shock.source) {
                None => {
                    check.say(Code::UnknownWord, &format!("joint.shocks[{row}].source"), &shock.source, "btc, power, network or asic");
                }
                Some(place) if order.iter().any(|(source, _)| *source == ALL[place]) => {
                    check.say(Code::DuplicateKey, &format!("joint.shocks[{row}].source"), &shock.source, "each source at most once");
                }
                Some(place) => order.push((ALL[place], row)),
            }
        }
        if spec.shocks.is_empty() {
            check.say(Code::Inconsistent, "joint.shocks", 0, "at least one shock; leave `joint` out where there is none");
        }
        if !is_square(&spec.correlation, spec.shocks.len(), check) || order.len() < spec.shocks.len() {
            return Self(Vec::new());
        }
        order.sort_unstable();
        let sorted: Vec<Vec<f64>> = order.iter().map(|(_, i)| order.iter().map(|(_, j)| spec.correlation[*i][*j]).collect()).collect();
        let Some(mix) = cholesky(&sorted) else {
            check.say(Code::Inconsistent, "joint.correlation", "a matrix that is not", "a positive semi-definite matrix");
            return Self(Vec::new());
        };
        let shock = |((source, row), mix): (&(Source, usize), Vec<f64>)| Shock {
            source: *source,
            volatility_daily: spec.shocks[*row].volatility_annual * (1.0 / DAYS_PER_YEAR).sqrt(),
            decay: spec.shocks[*row].half_life_days.map_or(1.0, units::decay),
            mix,
        };
        Self(order.iter().zip(mix).map(shock).collect())
    }
}

/// The normals of some shocks: each source has its own, whatever others there are.
fn normals_of_day(shocks: &[Shock], draws: &Draws, day: usize, normals: &mut [f64]) {
    let mut block = (u64::MAX, [0; 4]);
    for (shock, z) in shocks.iter().zip(normals) {
        let (number, pair) = (shock.source as u64 / 2, shock.source as usize % 2 * 2);
        if block.0 != number {
            block = (number, draws.words(day as u64, number));
        }
        *z = rng::normal(rng::uniform(block.1[pair]), rng::uniform(block.1[pair + 1]));
    }
}

fn check_shock(row: usize, shock: &ShockSpec, check: &mut Check) {
    check.range(&format!("joint.shocks[{row}].volatility_annual"), shock.volatility_annual, 0.0, 10.0);
    if let Some(days) = shock.half_life_days {
        check.range(&format!("joint.shocks[{row}].half_life_days"), days, 1e-3, 1e6);
    }
}

/// Whether a matrix has the shape and the cells of one of correlations; what it has not is told.
fn is_square(matrix: &[Vec<f64>], size: usize, check: &mut Check) -> bool {
    if matrix.len() != size || matrix.iter().any(|row| row.len() != size) {
        let shape = format!("{} rows of {:?}", matrix.len(), matrix.iter().map(Vec::len).collect::<Vec<_>>());
        check.say(Code::Inconsistent, "joint.correlation", shape, format!("{size} rows of {size}: one for each shock"));
        return false;
    }
    let mut fits = true;
    for (i, row) in matrix.iter().enumerate() {
        for (j, cell) in row.iter().enumerate() {
            let expected = if i == j && *cell != 1.0 {
                "1 on the diagonal"
            } else if !(-1.0..=1.0).contains(cell) {
                "a correlation from -1 to 1"
            } else if i > j && *cell != matrix[j][i] {
                "the same on both sides of the diagonal"
            } else {
                continue;
            };
            check.say(Code::OutOfRange, &format!("joint.correlation[{i}][{j}]"), cell, expected);
            fits = false;
        }
    }
    fits
}

/// The lower triangular factor of a symmetric matrix, row by row up to the diagonal; `None` unless it is positive semi-definite.
pub fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let mut lower: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (i, cells) in matrix.iter().enumerate() {
        let mut row: Vec<f64> = Vec::with_capacity(i + 1);
        for j in 0..i {
            let rest = row.iter().zip(&lower[j]).fold(cells[j], |rest, (a, b)| rest - a * b);
            let pivot = lower[j][j];
            if pivot == 0.0 && rest.abs() > PIVOT {
                return None;
            }
            row.push(if pivot > 0.0 { rest / pivot } else { 0.0 });
        }
        let rest = row.iter().fold(cells[i], |rest, a| rest - a * a);
        if rest < -PIVOT {
            return None;
        }
        row.push(if rest > PIVOT { rest.sqrt() } else { 0.0 });
        lower.push(row);
    }
    Some(lower)
}

#[cfg(test)]
mod tests;
