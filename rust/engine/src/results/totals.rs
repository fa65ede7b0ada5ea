//! Everything a run accumulates; memory does not grow with the number of paths beyond the rows not yet taken.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Column, Columns, Moments, daily::Daily, entities::Entities, outcome::PathOutcome, stages::Stages};
use crate::{book::Book, day::METRICS, lanes::Lanes, scenario::Scenario, units::CENTS_PER_USD};

/// The row of one path, waiting to be taken.
#[derive(Debug, Clone)]
struct PathRow {
    loss: i64,
    miners_failed: i64,
    lenders_failed: i64,
    first_miner: Option<u32>,
    first_lender: Option<u32>,
    lows: [f64; 3],
    forced_btc: f64,
    /// Spent, repaid and lost by facilities, cents.
    rescue: [i64; 3],
    stages: [Option<u32>; 7],
    residuals: [f64; 3],
    residual_day: Option<u32>,
    digest: [u8; 32],
}

/// Plain numbers of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "names with units")]
pub struct Summary {
    pub paths: u64,
    pub days: usize,
    pub miners: usize,
    pub loss_usd_mean: f64,
    pub loss_usd_se: Option<f64>,
    pub miners_failed_mean: f64,
    pub lenders_failed_mean: f64,
    pub residual_cents: f64,
    pub residual_sats: f64,
    pub residual_machines: f64,
}

/// Sums over finished paths.
#[derive(Debug)]
pub struct Totals {
    entities: Entities,
    daily: Daily,
    loss: Moments,
    miners_failed: Moments,
    lenders_failed: Moments,
    residuals: [f64; 3],
    rows: BTreeMap<u64, PathRow>,
    finished: Vec<u64>,
    count: u64,
    worst: Vec<(i64, u64)>,
    keep_worst: usize,
    chain: Sha256,
    chained: u64,
    waiting: BTreeMap<u64, [u8; 32]>,
}

impl Totals {
    /// For a run of about `paths` paths.
    pub fn new(book: &Book, scenario: &Scenario, paths: u64, keep_worst: usize) -> Self {
        Self {
            entities: Entities::new(book, scenario, paths),
            daily: Daily::new(scenario.days),
            loss: Moments::default(),
            miners_failed: Moments::default(),
            lenders_failed: Moments::default(),
            residuals: [0.0; 3],
            rows: BTreeMap::new(),
            finished: Vec::new(),
            count: 0,
            worst: Vec::new(),
            keep_worst,
            chain: Sha256::new(),
            chained: 0,
            waiting: BTreeMap::new(),
        }
    }

    /// Whether a path is in the sums already.
    pub fn is_finished(&self, path: u64) -> bool {
        self.finished.get((path / 64) as usize).is_some_and(|word| word >> (path % 64) & 1 == 1)
    }

    /// Finished paths.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds a finished group. `metrics` hold the aggregates of the group, lane by lane as `outcomes`.
    pub fn add(&mut self, outcomes: &[PathOutcome], metrics: &[[Lanes; METRICS.len()]]) {
        self.daily.add(metrics, outcomes.len());
        for outcome in outcomes {
            self.add_path(outcome);
        }
    }

    fn add_path(&mut self, outcome: &PathOutcome) {
        let path = outcome.path;
        let word = (path / 64) as usize;
        if self.finished.len() <= word {
            self.finished.resize(word + 1, 0);
        }
        self.finished[word] |= 1 << (path % 64);
        self.count += 1;
        self.entities.add(&outcome.loans, &outcome.miners, &outcome.lenders);
        self.entities.add_facilities(&outcome.facilities);
        let failed = |days: &mut dyn Iterator<Item = Option<u32>>| {
            days.flatten()
                .fold((0_i64, None), |(n, first): (i64, Option<u32>), day| (n + 1, Some(first.map_or(day, |first| first.min(day)))))
        };
        let (miners_failed, first_miner) = failed(&mut outcome.miners.iter().map(|miner| miner.failed_day));
        let (lenders_failed, first_lender) = failed(&mut outcome.lenders.iter().map(|lender| lender.failed_day));
        self.loss.add(outcome.loss);
        self.miners_failed.add(miners_failed);
        self.lenders_failed.add(lenders_failed);
        let residuals = [outcome.residual_cents, outcome.residual_sats, outcome.residual_machines];
        for (worst, residual) in self.residuals.iter_mut().zip(residuals) {
            *worst = worst.max(residual);
        }
        let place =
            self.worst.partition_point(|(loss, other)| (*loss, std::cmp::Reverse(*other)) > (outcome.loss, std::cmp::Reverse(path)));
        self.worst.insert(place, (outcome.loss, path));
        self.worst.truncate(self.keep_worst);
        self.waiting.insert(path, outcome.digest);
        while let Some(digest) = self.waiting.remove(&self.chained) {
            self.chain.update(digest);
            self.chained += 1;
        }
        let rescue = outcome
            .facilities
            .iter()
            .fold([0; 3], |[spent, repaid, lost], facility| [spent + facility.spent, repaid + facility.repaid, lost + facility.loss()]);
        let lows = [outcome.btc_low_usd, outcome.hashprice_low, outcome.asic_index_low];
        let row = PathRow {
            loss: outcome.loss,
            miners_failed,
            lenders_failed,
            first_miner,
            first_lender,
            lows,
            forced_btc: outcome.forced_btc,
            rescue,
            stages: outcome.stages.days(),
            residuals,
            residual_day: outcome.residual_day,
            digest: outcome.digest,
        };
        self.rows.insert(path, row);
    }

    /// Rows of `paths` since the last call, in path order.
    pub fn take_paths(&mut self) -> Columns {
        let rows = std::mem::take(&mut self.rows);
        let whole = |value: &dyn Fn(&PathRow) -> Option<i64>| Column::Whole(rows.values().map(value).collect());
        let number = |value: &dyn Fn(&PathRow) -> f64| Column::Number(rows.values().map(|row| Some(value(row))).collect());
        let mut columns = vec![
            ("path", Column::Whole(rows.keys().map(|path| Some(path.cast_signed())).collect())),
            ("weight", number(&|_| 1.0)),
            ("loss_usd", number(&|row| row.loss as f64 / CENTS_PER_USD)),
            ("miners_failed", whole(&|row| Some(row.miners_failed))),
            ("lenders_failed", whole(&|row| Some(row.lenders_failed))),
            ("first_miner_failure_day", whole(&|row| row.first_miner.map(i64::from))),
            ("first_lender_failure_day", whole(&|row| row.first_lender.map(i64::from))),
            ("btc_low_usd", number(&|row| row.lows[0])),
            ("hashprice_low_usd_per_ph_day", number(&|row| row.lows[1])),
            ("asic_index_low_usd_per_th", number(&|row| row.lows[2])),
            ("forced_btc", number(&|row| row.forced_btc)),
        ];
        for (place, name) in Stages::NAMES.into_iter().enumerate() {
            columns.push((name, whole(&|row| row.stages[place].map(i64::from))));
        }
        for (place, name) in ["rescue_spent_usd", "rescue_repaid_usd", "rescue_loss_usd"].into_iter().enumerate() {
            columns.push((name, number(&|row| row.rescue[place] as f64 / CENTS_PER_USD)));
        }
        columns.extend([
            ("residual_cents", number(&|row| row.residuals[0])),
            ("residual_sats", number(&|row| row.residuals[1])),
            ("residual_machines", number(&|row| row.residuals[2])),
            ("residual_day", whole(&|row| row.residual_day.map(i64::from))),
            ("digest", Column::Text(rows.values().map(|row| hex(&row.digest)).collect())),
        ]);
        Columns(columns)
    }

    /// The table `loans`.
    pub fn loans(&self, book: &Book, scenario: &Scenario) -> Columns {
        self.entities.loan_columns(book, scenario, self.count)
    }

    /// The table `miners`.
    pub fn miners(&self, book: &Book, scenario: &Scenario) -> Columns {
        self.entities.miner_columns(book, scenario, self.count)
    }

    /// The table `lenders`.
    pub fn lenders(&self, book: &Book, scenario: &Scenario) -> Columns {
        self.entities.lender_columns(book, scenario, self.count)
    }

    /// The table `facilities`.
    pub fn facilities(&self, book: &Book) -> Columns {
        self.entities.facility_columns(book, self.count)
    }

    /// The table `daily`.
    pub fn daily(&self, scenario: &Scenario) -> Columns {
        self.daily.columns(scenario, self.count)
    }

    /// Paths with the largest loss, worst first.
    pub fn worst_paths(&self) -> Vec<u64> {
        self.worst.iter().map(|(_, path)| *path).collect()
    }

    /// sha256 over the digests of the finished paths, in path order.
    pub fn digest(&self) -> String {
        let mut chain = self.chain.clone();
        self.waiting.values().for_each(|digest| chain.update(digest));
        hex(&chain.finalize())
    }

    /// Plain numbers.
    pub fn summary(&self, book: &Book, scenario: &Scenario) -> Summary {
        let n = self.count;
        Summary {
            paths: n,
            days: scenario.days,
            miners: book.miners.len(),
            loss_usd_mean: self.loss.mean(n.max(1)) / CENTS_PER_USD,
            loss_usd_se: self.loss.standard_error(n).map(|error| error / CENTS_PER_USD),
            miners_failed_mean: self.miners_failed.mean(n.max(1)),
            lenders_failed_mean: self.lenders_failed.mean(n.max(1)),
            residual_cents: self.residuals[0],
            residual_sats: self.residuals[1],
            residual_machines: self.residuals[2],
        }
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect()
}
