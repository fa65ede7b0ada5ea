//! BTC price of the day: the scenario's, lowered by what forced sellers sold before. Model: docs/model/market.md

use super::Today;
use crate::{
    journal::Journal,
    lanes::{self, Lanes},
    scenario::Impact,
    units::{BTC_PER_SAT, CENTS_PER_SAT_PER_USD},
    world::{Market, World},
};

/// Sets the day's prices from the scenario and yesterday's impact.
#[inline(always)]
pub(super) fn price<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let market = &mut world.market;
    let factor = lanes::exp(-(market.impact_permanent + market.impact_temporary));
    market.btc_usd = today.close_usd * factor;
    market.btc_low_usd = today.low_usd * factor;
    market.cents_per_sat = market.btc_usd * CENTS_PER_SAT_PER_USD;
    market.low_cents_per_sat = market.btc_low_usd * CENTS_PER_SAT_PER_USD;
    market.factor = factor;
    market.forced_sats = Lanes::splat(today.scenario.outside_sats[today.day]);
}

/// Log-price shock of `forced_sats` sold in a day: `y * sigma * sqrt(Q / V)`.
#[inline(always)]
pub fn shock(impact: &Impact, forced_sats: Lanes) -> Lanes {
    impact.y * impact.sigma_daily * (forced_sats * BTC_PER_SAT / impact.volume_btc_per_day).sqrt()
}

/// Carries the day's forced sales into tomorrow's price.
#[inline(always)]
pub(super) fn carry_impact(market: &mut Market, impact: &Impact) {
    let shock = shock(impact, market.forced_sats);
    market.impact_permanent += impact.permanent_share * shock;
    market.impact_temporary = market.impact_temporary * impact.decay + (1.0 - impact.permanent_share) * shock;
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMPACT: Impact = Impact { y: 1.0, sigma_daily: 0.04, volume_btc_per_day: 200_000.0, permanent_share: 0.25, decay: 0.5 };

    #[test]
    fn shock_is_a_square_root() {
        for (btc, expected) in [(0.0, 0.0), (2000.0, 0.004), (8000.0, 0.008), (200_000.0, 0.04)] {
            let shock = shock(&IMPACT, Lanes::splat(btc * 1e8));
            assert!((shock[0] - expected).abs() < 1e-15, "{btc}: {}", shock[0]);
        }
    }

    #[test]
    fn the_temporary_part_decays_and_the_permanent_stays() {
        let zero = Lanes::ZERO;
        let mut market = Market {
            btc_usd: zero,
            btc_low_usd: zero,
            cents_per_sat: zero,
            low_cents_per_sat: zero,
            factor: zero,
            impact_permanent: zero,
            impact_temporary: zero,
            forced_sats: Lanes::splat(8000.0 * 1e8),
        };
        carry_impact(&mut market, &IMPACT);
        assert!((market.impact_permanent[0] - 0.002).abs() < 1e-15 && (market.impact_temporary[0] - 0.006).abs() < 1e-15);
        market.forced_sats = Lanes::ZERO;
        carry_impact(&mut market, &IMPACT);
        assert!((market.impact_permanent[0] - 0.002).abs() < 1e-15 && (market.impact_temporary[0] - 0.003).abs() < 1e-15);
    }
}
