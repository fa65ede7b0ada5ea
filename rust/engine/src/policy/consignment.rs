//! What a broker sells for a lender today, and for how much. Model: docs/model/consignment.md

use crate::units;

/// What a lender and its broker have agreed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "names and units are those of docs/model/consignment.md")]
pub struct Terms {
    pub share_per_day: f64,
    pub commission: f64,
    pub settle_days: usize,
    pub reserve_to_index: f64,
}

impl Terms {
    /// Machines sold today of `left` in a lot of `initial`, at a clearing price and with the index of the day of consignment (USD/TH).
    pub fn sells(&self, left: f64, initial: f64, clearing_usd_per_th: f64, consigned_index_usd_per_th: f64) -> f64 {
        if clearing_usd_per_th < self.reserve_to_index * consigned_index_usd_per_th {
            return 0.0;
        }
        left.min((initial * self.share_per_day).ceil())
    }

    /// What machines bring the lender and the miner, commission taken off (whole cents).
    pub fn proceeds(&self, machines: f64, hashrate_ths: f64, clearing_usd_per_th: f64) -> f64 {
        units::round(machines * (hashrate_ths * clearing_usd_per_th * (1.0 - self.commission) * 100.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(commission: f64, reserve_to_index: f64) -> Terms {
        Terms { share_per_day: 0.15, commission, settle_days: 30, reserve_to_index }
    }

    #[test]
    fn a_share_of_the_lot_a_day_unless_the_market_is_below_the_reserve() {
        for (left, clearing, reserve, sold) in [
            (100.0, 40.0, 0.0, 15.0),
            (7.0, 40.0, 0.0, 7.0),
            (100.0, 40.0, 0.8, 15.0),
            (100.0, 39.99, 0.8, 0.0),
            (100.0, 60.0, 1.2, 15.0),
            (100.0, 59.0, 1.2, 0.0),
        ] {
            assert_eq!(terms(0.0, reserve).sells(left, 100.0, clearing, 50.0), sold, "{left} left, {clearing}, {reserve}");
        }
        assert_eq!(terms(0.0, 0.0).sells(10.0, 10.0, 1.0, 1.0), 2.0, "a started machine is a whole one");
    }

    #[test]
    fn the_broker_keeps_his_commission() {
        for (machines, commission, cents) in [(3.0, 0.0, 1_200_000.0), (3.0, 0.05, 1_140_000.0), (1.0, 1.0, 0.0), (0.0, 0.05, 0.0)] {
            assert_eq!(terms(commission, 0.0).proceeds(machines, 100.0, 40.0), cents);
        }
        assert_eq!(terms(0.1, 0.0).proceeds(1.0, 1.0, 0.125), 11.0, "11.25 cents are 11");
    }
}
