//! Loans, miners and lenders over all paths: counts, exact sums and tails.

use super::{
    Column, Columns, Moments, debtrank, median_day,
    outcome::{FacilityEnd, LenderEnd, LoanEnd, MinerEnd},
    tail::{Estimate, Tail},
};
use crate::{
    book::{Book, Facility, Security},
    day::survival_at_start,
    scenario::Scenario,
    units::CENTS_PER_USD,
};

/// Levels of value at risk and expected shortfall.
const LEVELS: [f64; 2] = [0.95, 0.99];

#[derive(Debug, Clone)]
struct Failures {
    by_day: Vec<u32>,
    count: u64,
}

impl Failures {
    fn new(days: usize) -> Self {
        Self { by_day: vec![0; days], count: 0 }
    }

    fn add(&mut self, day: Option<u32>) {
        if let Some(day) = day {
            self.by_day[day as usize] += 1;
            self.count += 1;
        }
    }

    fn probability(&self, n: u64) -> f64 {
        self.count as f64 / n as f64
    }

    fn standard_error(&self, n: u64) -> Option<f64> {
        (n >= 2).then(|| half_width(self.probability(n), n as f64))
    }

    /// Share of paths with a failure on one of these days.
    fn share_on(&self, days: &[usize], n: u64) -> f64 {
        days.iter().map(|day| u64::from(self.by_day[*day])).sum::<u64>() as f64 / n as f64
    }

    fn median_date(&self, scenario: &Scenario) -> Option<i32> {
        median_day(&self.by_day).map(|day| scenario.date(day).0)
    }
}

/// Half the width of Wilson's interval of one standard deviation around a share: never 0, also where no path or every path counts.
fn half_width(share: f64, n: f64) -> f64 {
    (share * (1.0 - share) / n + 0.25 / (n * n)).sqrt() / (1.0 + 1.0 / n)
}

#[derive(Debug, Clone)]
struct LoanTotal {
    defaults: Failures,
    ead: Moments,
    loss: Moments,
    ead_times_loss: i128,
}

#[derive(Debug, Clone)]
struct MinerTotal {
    failures: Failures,
    cash: Moments,
}

#[derive(Debug, Clone)]
struct LenderTotal {
    failures: Failures,
    loss: Moments,
    exposure_loss: Moments,
    tail: Tail,
    survival: Moments,
    /// Of the horizon with its sign turned: the shortest are the largest.
    shortest: Tail,
}

#[derive(Debug, Clone, Default)]
struct FacilityTotal {
    spent: Moments,
    repaid: Moments,
    held: Moments,
    loss: Moments,
}

type OfFacility = fn(&FacilityTotal) -> &Moments;

/// All entities of a run.
#[derive(Debug)]
pub struct Entities {
    loans: Vec<LoanTotal>,
    miners: Vec<MinerTotal>,
    lenders: Vec<LenderTotal>,
    facilities: Vec<FacilityTotal>,
}

impl Entities {
    pub fn new(book: &Book, scenario: &Scenario, paths: u64) -> Self {
        let failures = Failures::new(scenario.days);
        let loan = LoanTotal { defaults: failures.clone(), ead: Moments::default(), loss: Moments::default(), ead_times_loss: 0 };
        let miner = MinerTotal { failures: failures.clone(), cash: Moments::default() };
        let (none, tail) = (Moments::default(), Tail::new(LEVELS[0], paths));
        let lender = LenderTotal { failures, loss: none, exposure_loss: none, tail: tail.clone(), survival: none, shortest: tail };
        Self {
            loans: vec![loan; book.loans.len()],
            miners: vec![miner; book.miners.len()],
            lenders: vec![lender; book.lenders.len()],
            facilities: vec![FacilityTotal::default(); book.facilities.len()],
        }
    }

    pub fn add_facilities(&mut self, facilities: &[FacilityEnd]) {
        for (total, end) in self.facilities.iter_mut().zip(facilities) {
            total.spent.add(end.spent);
            total.repaid.add(end.repaid);
            total.held.add(end.held);
            total.loss.add(end.loss());
        }
    }

    pub fn add(&mut self, loans: &[LoanEnd], miners: &[MinerEnd], lenders: &[LenderEnd]) {
        for (total, end) in self.loans.iter_mut().zip(loans).filter(|(_, end)| end.default_day.is_some()) {
            total.defaults.add(end.default_day);
            total.ead.add(end.ead);
            total.loss.add(end.loss);
            total.ead_times_loss += i128::from(end.ead) * i128::from(end.loss);
        }
        for (total, end) in self.miners.iter_mut().zip(miners) {
            total.failures.add(end.failed_day);
            total.cash.add(end.cash);
        }
        for (total, end) in self.lenders.iter_mut().zip(lenders) {
            total.failures.add(end.failed_day);
            total.loss.add(end.loss);
            total.exposure_loss.add(end.exposure_loss);
            total.tail.add(end.loss);
            total.survival.add(end.survival_days);
            total.shortest.add(-end.survival_days);
        }
    }

    pub fn loan_columns(&self, book: &Book, scenario: &Scenario, n: u64) -> Columns {
        let totals = &self.loans;
        let text = |key: &dyn Fn(usize) -> String| Column::Text((0..totals.len()).map(key).collect());
        let number = |value: &dyn Fn(&LoanTotal) -> Option<f64>| Column::Number(totals.iter().map(value).collect());
        Columns(vec![
            ("loan", text(&|index| book.loans[index].key.clone())),
            ("miner", text(&|index| book.miners[book.loans[index].miner.index()].key.clone())),
            ("lender", text(&|index| book.lenders[book.loans[index].lender.index()].key.clone())),
            ("collateral", text(&|index| security_word(book.loans[index].security).to_owned())),
            ("outstanding_usd", Column::Number(book.loans.iter().map(|loan| Some(loan.principal_cents / CENTS_PER_USD)).collect())),
            ("pd", number(&|total| Some(total.defaults.probability(n)))),
            ("pd_se", number(&|total| total.defaults.standard_error(n))),
            ("lgd", number(&LoanTotal::loss_given_default)),
            ("lgd_se", number(&LoanTotal::loss_given_default_se)),
            ("ead_usd", number(&|total| total.given_default(&total.ead))),
            ("ead_usd_se", number(&|total| total.given_default_se(&total.ead))),
            ("el_usd", number(&|total| Some(total.loss.mean(n) / CENTS_PER_USD))),
            ("el_usd_se", number(&|total| total.loss.standard_error(n).map(|error| error / CENTS_PER_USD))),
            ("default_date_median", Column::Date(totals.iter().map(|total| total.defaults.median_date(scenario)).collect())),
        ])
    }

    pub fn miner_columns(&self, book: &Book, scenario: &Scenario, n: u64) -> Columns {
        let totals = &self.miners;
        let number = |value: &dyn Fn(&MinerTotal) -> Option<f64>| Column::Number(totals.iter().map(value).collect());
        Columns(vec![
            ("miner", Column::Text(book.miners.iter().map(|miner| miner.key.clone()).collect())),
            ("pd", number(&|total| Some(total.failures.probability(n)))),
            ("pd_se", number(&|total| total.failures.standard_error(n))),
            ("default_date_median", Column::Date(totals.iter().map(|total| total.failures.median_date(scenario)).collect())),
            ("cash_end_usd_mean", number(&|total| Some(total.cash.mean(n) / CENTS_PER_USD))),
            ("cash_end_usd_se", number(&|total| total.cash.standard_error(n).map(|error| error / CENTS_PER_USD))),
        ])
    }

    pub fn lender_columns(&self, book: &Book, scenario: &Scenario, n: u64) -> Columns {
        let totals = &self.lenders;
        let by_scenario = |(index, total): (usize, &LenderTotal)| Some(total.failures.share_on(&scenario.failure_days(index), n));
        let number = |value: &dyn Fn(&LenderTotal) -> Option<f64>| Column::Number(totals.iter().map(value).collect());
        let tail = |level: f64, value: &dyn Fn(Estimate) -> Option<f64>| {
            number(&|total| total.tail.estimate(level, n).and_then(value).map(|cents| cents / CENTS_PER_USD))
        };
        let mut columns = vec![
            ("lender", Column::Text(book.lenders.iter().map(|lender| lender.key.clone()).collect())),
            ("exposure_usd", Column::Number(book.lenders.iter().map(|lender| Some(lender.book_cents / CENTS_PER_USD)).collect())),
            ("loss_usd_mean", number(&|total| Some(total.loss.mean(n) / CENTS_PER_USD))),
            ("loss_usd_se", number(&|total| total.loss.standard_error(n).map(|error| error / CENTS_PER_USD))),
        ];
        let names =
            [["var_95_usd", "var_95_usd_se", "es_95_usd", "es_95_usd_se"], ["var_99_usd", "var_99_usd_se", "es_99_usd", "es_99_usd_se"]];
        for (level, names) in LEVELS.into_iter().zip(names) {
            columns.push((names[0], tail(level, &|estimate| Some(estimate.value_at_risk))));
            columns.push((names[1], tail(level, &|estimate| estimate.value_at_risk_se)));
            columns.push((names[2], tail(level, &|estimate| Some(estimate.expected_shortfall))));
            columns.push((names[3], tail(level, &|estimate| estimate.expected_shortfall_se)));
        }
        columns.push(("exposure_loss_usd_mean", number(&|total| Some(total.exposure_loss.mean(n) / CENTS_PER_USD))));
        columns.push(("exposure_loss_usd_se", number(&|total| total.exposure_loss.standard_error(n).map(|error| error / CENTS_PER_USD))));
        let shortest = |total: &LenderTotal| total.shortest.estimate(LEVELS[0], n).map(|estimate| 0.0 - estimate.value_at_risk); // 0 has no sign
        columns.push(("survival_days_start", Column::Number(book.lenders.iter().map(|lender| Some(survival_at_start(lender))).collect())));
        columns.push(("survival_days_min_mean", number(&|total| Some(total.survival.mean(n)))));
        columns.push(("survival_days_min_se", number(&|total| total.survival.standard_error(n))));
        columns.push(("survival_days_min_p05", number(&shortest)));
        columns.push(("debtrank", Column::Number(debtrank::of_lenders(book))));
        columns.push(("pd", number(&|total| Some(total.failures.probability(n)))));
        columns.push(("pd_se", number(&|total| total.failures.standard_error(n))));
        columns.push(("pd_scenario", Column::Number(totals.iter().enumerate().map(by_scenario).collect())));
        columns.push(("failure_date_median", Column::Date(totals.iter().map(|total| total.failures.median_date(scenario)).collect())));
        Columns(columns)
    }
}

/// Facilities over all paths.
impl Entities {
    pub fn facility_columns(&self, book: &Book, n: u64) -> Columns {
        let text = |value: &dyn Fn(&Facility) -> String| Column::Text(book.facilities.iter().map(value).collect());
        let mut columns = vec![
            ("facility", text(&|facility| facility.key.clone())),
            ("kind", text(&|facility| facility.help.kind().name().to_owned())),
            ("capital_usd", Column::Number(book.facilities.iter().map(|facility| Some(facility.capital_cents / CENTS_PER_USD)).collect())),
        ];
        let moments: [(_, _, OfFacility); 4] = [
            ("spent_usd_mean", "spent_usd_se", |total| &total.spent),
            ("repaid_usd_mean", "repaid_usd_se", |total| &total.repaid),
            ("held_usd_mean", "held_usd_se", |total| &total.held),
            ("loss_usd_mean", "loss_usd_se", |total| &total.loss),
        ];
        for (mean, error, of) in moments {
            let usd = |value: &dyn Fn(&Moments) -> Option<f64>| {
                Column::Number(self.facilities.iter().map(|total| value(of(total)).map(|cents| cents / CENTS_PER_USD)).collect())
            };
            columns.push((mean, usd(&|moments| Some(moments.mean(n)))));
            columns.push((error, usd(&|moments| moments.standard_error(n))));
        }
        Columns(columns)
    }
}

impl LoanTotal {
    /// Mean over the paths with a default, USD.
    fn given_default(&self, moments: &Moments) -> Option<f64> {
        (self.defaults.count > 0).then(|| moments.mean(self.defaults.count) / CENTS_PER_USD)
    }

    fn given_default_se(&self, moments: &Moments) -> Option<f64> {
        moments.standard_error(self.defaults.count).map(|error| error / CENTS_PER_USD)
    }

    /// Sum of losses over sum of exposures.
    fn loss_given_default(&self) -> Option<f64> {
        (self.ead.sum > 0).then(|| self.loss.sum as f64 / self.ead.sum as f64)
    }

    /// Standard error of that ratio (linearised).
    fn loss_given_default_se(&self) -> Option<f64> {
        let (n, ratio) = (self.defaults.count, self.loss_given_default()?);
        if n < 2 {
            return None;
        }
        let squares = self.loss.squares as f64 - 2.0 * ratio * self.ead_times_loss as f64 + ratio * ratio * self.ead.squares as f64;
        Some((squares.max(0.0) / (n - 1) as f64 / n as f64).sqrt() / self.ead.mean(n))
    }
}

fn security_word(security: Security) -> &'static str {
    match security {
        Security::None => "none",
        Security::Machines { .. } => "machines",
        Security::Btc(_) => "btc",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_certain() {
        for (share, n, expected) in [(0.0, 1_000.0, 0.5 / 1_001.0), (1.0, 1_000.0, 0.5 / 1_001.0), (0.5, 99.0, 0.05), (0.0, 1.0, 0.25)] {
            assert!((half_width(share, n) - expected).abs() < 1e-15, "{share} of {n}: {}", half_width(share, n));
        }
        let plug_in = (0.1_f64 * 0.9 / 9_999.0).sqrt();
        assert!((half_width(0.1, 10_000.0) / plug_in - 1.0).abs() < 1e-3); // the usual formula where there is much to count
    }

    #[test]
    fn failures_on_the_days_of_the_scenario() {
        let mut failures = Failures::new(5);
        [Some(1), Some(3), Some(3), None].into_iter().for_each(|day| failures.add(day));
        for (days, share) in [(&[][..], 0.0_f64), (&[3], 0.5), (&[1, 3], 0.75), (&[4], 0.0)] {
            assert_eq!(failures.share_on(days, 4).to_bits(), share.to_bits(), "{days:?}"); // no -0.0, where no day is dated
        }
    }
}
