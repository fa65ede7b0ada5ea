//! Hold or sell: a switch on runway, not on price. Model: docs/model/miners.md

use crate::lanes::{Lanes, Mask};

/// What the treasury sees and decides.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    /// Runway below the low mark.
    pub short: Mask,
    /// Whether everything is for sale from now on.
    pub selling: Mask,
}

/// The mode of the treasury. `liquid` in cents, `burn` in cents a day, marks in days.
#[inline(always)]
pub fn decide(selling: Mask, liquid: Lanes, burn: Lanes, runway_low_days: f64, runway_high_days: f64) -> Decision {
    let short = liquid.lt(runway_low_days * burn);
    let long = liquid.gt(runway_high_days * burn);
    Decision { short, selling: (selling & !long) | (!selling & short) }
}

/// Stock to sell today (satoshis): what brings cash to the high mark, at most a share of the stock.
#[inline(always)]
pub fn stock_sale(liquid: Lanes, burn: Lanes, runway_high_days: f64, sats_per_cent: Lanes, sats: Lanes, stock_sale_share: f64) -> Lanes {
    let need = runway_high_days * burn - liquid;
    (need * sats_per_cent).round().min((sats * stock_sale_share).round()).max(Lanes::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_has_a_low_and_a_high_mark() {
        let mode = |selling, liquid| decide(selling, Lanes::splat(liquid), Lanes::splat(10.0), 60.0, 120.0).selling == Mask::ALL;
        for (selling, liquid, expected) in [
            (Mask::NONE, 700.0, false),
            (Mask::NONE, 599.0, true),
            (Mask::ALL, 700.0, true),
            (Mask::ALL, 1201.0, false),
            (Mask::ALL, 1200.0, true),
        ] {
            assert_eq!(mode(selling, liquid), expected, "{liquid}");
        }
    }

    #[test]
    fn no_more_than_needed_nor_than_the_share() {
        let sale =
            |liquid, sats| stock_sale(Lanes::splat(liquid), Lanes::splat(10.0), 120.0, Lanes::splat(0.5), Lanes::splat(sats), 0.1)[0];
        assert_eq!((sale(1000.0, 10_000.0), sale(1000.0, 500.0), sale(2000.0, 500.0)), (100.0, 50.0, 0.0));
    }
}
