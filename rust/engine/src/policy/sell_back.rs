//! Which machines of a lot the miner that lost them takes back, and for how much. Model: docs/model/lenders.md#sold-back

use crate::units;

/// What a TH/s earns a miner beyond its power (cents a day), `revenue` before the pool's fee.
pub fn earns(revenue_usd_per_ths: f64, after_fee: f64, cost_cents_per_ths: f64) -> f64 {
    (revenue_usd_per_ths * after_fee) * 100.0 - cost_cents_per_ths
}

/// Whether a TH/s earns its price within so many days.
pub fn pays_back(price_cents_per_ths: f64, earns_cents_per_ths: f64, days: f64) -> bool {
    earns_cents_per_ths > 0.0 && price_cents_per_ths <= days * earns_cents_per_ths
}

/// Cash a miner buys with (cents): of what is free neither what is past due nor what its own measure of a short runway tells it to keep.
pub fn spare(free_cents: f64, past_due_cents: f64, runway_low_days: f64, burn_cents_per_day: f64) -> f64 {
    free_cents - past_due_cents - (runway_low_days * burn_cents_per_day).max(0.0)
}

/// Machines a miner may have back.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// How many it wants and has room for.
    pub machines: f64,
    /// What a quick sale of one would bring (cents, not rounded).
    pub unit_cents: f64,
    /// What is still owed (cents).
    pub claim_cents: f64,
}

impl Offer {
    /// What machines cost: never more than is still owed (cents).
    pub fn price(&self, machines: f64) -> f64 {
        units::round(machines * self.unit_cents).min(self.claim_cents)
    }

    /// Machines taken: all of them, or as many as cash that can be spent goes for.
    pub fn taken(&self, spare_cents: f64) -> f64 {
        if spare_cents >= self.price(self.machines) {
            self.machines
        } else if spare_cents > 0.0 {
            (spare_cents / self.unit_cents).floor()
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_a_terahash() {
        for (revenue, after_fee, cost, cents) in [(0.25, 1.0, 10.0, 15.0), (0.25, 0.5, 10.0, 2.5), (0.25, 1.0, 40.0, -15.0)] {
            assert_eq!(earns(revenue, after_fee, cost), cents, "{revenue} {after_fee} {cost}");
        }
    }

    #[test]
    fn machines_must_earn_their_price_in_time() {
        for (price, earns, days, wanted) in [
            (4000.0, 10.0, 400.0, true),
            (4000.0, 10.0, 399.0, false),
            (4000.0, 0.0, 3650.0, false),
            (0.0, 0.0, 3650.0, false),
            (4000.0, -1.0, 3650.0, false),
            (0.0, 1.0, 1.0, true),
        ] {
            assert_eq!(pays_back(price, earns, days), wanted, "{price} {earns} {days}");
        }
    }

    #[test]
    fn nothing_is_bought_with_what_is_owed_or_needed() {
        for (free, past_due, days, burn, expected) in [
            (900.0, 0.0, 0.0, 50.0, 900.0),
            (900.0, 200.0, 10.0, 50.0, 200.0),
            (900.0, 200.0, 10.0, -50.0, 700.0),
            (100.0, 200.0, 0.0, 0.0, -100.0),
        ] {
            assert_eq!(spare(free, past_due, days, burn), expected, "{free} {past_due} {days} {burn}");
        }
    }

    #[test]
    fn all_that_is_wanted_or_what_cash_goes_for() {
        // 10 machines of 2.5 dollars; (claim, spare) -> machines and their price
        for (claim, spare, machines, price) in [
            (10_000.0, 2_500.0, 10.0, 2_500.0),
            (10_000.0, 9_999.0, 10.0, 2_500.0),
            (10_000.0, 2_499.0, 9.0, 2_250.0),
            (10_000.0, 249.0, 0.0, 0.0),
            (10_000.0, 0.0, 0.0, 0.0),
            (10_000.0, -5.0, 0.0, 0.0),
            (1_000.0, 1_000.0, 10.0, 1_000.0),
            (1_000.0, 999.0, 3.0, 750.0),
            (600.0, 500.0, 2.0, 500.0),
            (0.0, 0.0, 10.0, 0.0),
            (0.0, -5.0, 0.0, 0.0),
        ] {
            let offer = Offer { machines: 10.0, unit_cents: 250.0, claim_cents: claim };
            let taken = offer.taken(spare);
            assert_eq!((taken, offer.price(taken)), (machines, price), "claim {claim}, spare {spare}");
        }
        let none = Offer { machines: 0.0, unit_cents: 250.0, claim_cents: 1_000.0 };
        assert_eq!((none.taken(500.0), none.taken(-5.0)), (0.0, 0.0));
    }

    #[test]
    fn a_price_is_rounded_once() {
        let offer = Offer { machines: 3.0, unit_cents: 33.5, claim_cents: 1e9 };
        assert_eq!((offer.price(1.0), offer.price(3.0)), (34.0, 100.0), "halves to even");
        assert_eq!((offer.taken(100.0), offer.taken(99.0)), (3.0, 2.0));
    }
}
