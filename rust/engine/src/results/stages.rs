//! Stages of the crisis and clocks of recovery, read from a path's days. Model: docs/model/stages.md

use crate::{
    day::{METRICS, Metric},
    lanes::Lanes,
    scenario::spec::StagesSpec,
};

/// Dates of one path; `None` where one never comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_field_names, reason = "each is a day, and named as its column")]
#[allow(missing_docs, reason = "columns of the table `paths`")]
pub struct Stages {
    pub initial_day: Option<u32>,
    pub middle_day: Option<u32>,
    pub late_day: Option<u32>,
    pub btc_low_day: Option<u32>,
    pub btc_recovery_day: Option<u32>,
    pub asic_low_day: Option<u32>,
    pub lender_recovery_day: Option<u32>,
}

impl Stages {
    /// Names of the columns, in order.
    pub const NAMES: [&'static str; 7] = [
        "stage_initial_day",
        "stage_middle_day",
        "stage_late_day",
        "btc_low_day",
        "btc_recovery_day",
        "asic_low_day",
        "lender_recovery_day",
    ];

    /// The dates, in the order of [`Self::NAMES`].
    pub fn days(&self) -> [Option<u32>; 7] {
        [
            self.initial_day,
            self.middle_day,
            self.late_day,
            self.btc_low_day,
            self.btc_recovery_day,
            self.asic_low_day,
            self.lender_recovery_day,
        ]
    }

    /// Reads one lane.
    pub fn read(spec: &StagesSpec, metrics: &[[Lanes; METRICS.len()]], lane: usize) -> Self {
        let days = metrics.len();
        let at = |day: usize, metric: usize| metrics[day][metric][lane];
        let lender_floor = spec.lender_cash_share * at(0, Metric::LENDER_CASH);
        let miner_floor = spec.miner_cash_share * at(0, Metric::MINER_CASH);
        let first = |from: usize, holds: &dyn Fn(usize) -> bool| (from..days).find(|day| holds(*day)).map(|day| day as u32);
        let lowest = |metric: usize| (1..days).fold(0, |low, day| if at(day, metric) < at(low, metric) { day } else { low });
        let (btc_low, asic_low, lender_low) = (lowest(Metric::BTC_USD), lowest(Metric::ASIC_INDEX), lowest(Metric::LENDER_CASH));
        let lenders_back = spec.recovery_lender_share * at(0, Metric::LENDER_CASH);
        Self {
            initial_day: first(0, &|day| {
                at(day, Metric::BTC_USD) < spec.btc_usd && at(day, Metric::NETWORK_UTILISATION) < spec.utilisation
            }),
            middle_day: first(0, &|day| at(day, Metric::LENDERS_FAILED) >= 1.0 || at(day, Metric::LENDER_CASH) < lender_floor),
            late_day: first(0, &|day| {
                at(day, Metric::POWER_TO_REVENUE) > spec.power_to_revenue && at(day, Metric::MINER_CASH) < miner_floor
            }),
            btc_low_day: Some(btc_low as u32),
            btc_recovery_day: first(btc_low + 1, &|day| at(day, Metric::BTC_USD) >= spec.recovery_btc_usd),
            asic_low_day: (asic_low > 0 && asic_low + 1 < days).then_some(asic_low as u32),
            lender_recovery_day: if lender_low > 0 {
                first(lender_low + 1, &|day| at(day, Metric::LENDER_CASH) >= lenders_back)
            } else {
                None
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(days: &[[f64; 7]]) -> Vec<[Lanes; METRICS.len()]> {
        let places = [
            Metric::BTC_USD,
            Metric::NETWORK_UTILISATION,
            Metric::LENDERS_FAILED,
            Metric::LENDER_CASH,
            Metric::POWER_TO_REVENUE,
            Metric::MINER_CASH,
            Metric::ASIC_INDEX,
        ];
        let mut metrics = vec![[Lanes::ZERO; METRICS.len()]; days.len()];
        for (today, values) in metrics.iter_mut().zip(days) {
            for (place, value) in places.into_iter().zip(values) {
                today[place] = Lanes::splat(*value);
            }
        }
        metrics
    }

    #[test]
    fn a_crisis_by_hand() {
        //           BTC       util  failed  lenders  power  miners  index
        let days = [
            [60_000.0, 1.0, 0.0, 100.0, 0.3, 100.0, 80.0],
            [19_000.0, 0.95, 0.0, 90.0, 0.5, 90.0, 60.0],
            [18_000.0, 0.80, 0.0, 49.0, 0.9, 60.0, 50.0],
            [16_000.0, 0.70, 1.0, 60.0, 0.9, 49.0, 30.0],
            [22_000.0, 0.90, 1.0, 75.0, 0.7, 50.0, 30.0],
            [25_000.0, 0.95, 1.0, 80.0, 0.6, 50.0, 35.0],
        ];
        let found = Stages::read(&StagesSpec::default(), &path(&days), 3);
        assert_eq!(found.days(), [2, 2, 3, 3, 4, 3, 4].map(Some));
    }

    #[test]
    fn nothing_happens_on_a_calm_path() {
        let calm = [[60_000.0, 1.0, 0.0, 100.0, 0.3, 100.0, 80.0]; 4];
        let found = Stages::read(&StagesSpec::default(), &path(&calm), 0);
        assert_eq!(found.days(), [None, None, None, Some(0), Some(1), None, None]);
        let falling: Vec<[f64; 7]> = (0..4).map(|day| [60_000.0, 1.0, 0.0, 100.0, 0.3, 100.0, 80.0 - f64::from(day)]).collect();
        assert_eq!(Stages::read(&StagesSpec::default(), &path(&falling), 0).asic_low_day, None, "still falling on the last day");
    }
}
