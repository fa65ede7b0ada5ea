//! States of the markets: bitcoin, the network, used machines.

use crate::{book::TIERS, day::quick_prices, lanes::Lanes, policy::switching::Recent, scenario::Scenario};

/// docs/model/market.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/market.md")]
pub struct Market {
    pub btc_usd: Lanes,
    pub btc_low_usd: Lanes,
    pub cents_per_sat: Lanes,
    pub low_cents_per_sat: Lanes,
    /// Today's price over the scenario's.
    pub factor: Lanes,
    pub impact_permanent: Lanes,
    pub impact_temporary: Lanes,
    pub forced_sats: Lanes,
}

impl Market {
    pub(super) const OPENING: Self = Self {
        btc_usd: Lanes::ZERO,
        btc_low_usd: Lanes::ZERO,
        cents_per_sat: Lanes::ZERO,
        low_cents_per_sat: Lanes::ZERO,
        factor: Lanes::ZERO,
        impact_permanent: Lanes::ZERO,
        impact_temporary: Lanes::ZERO,
        forced_sats: Lanes::ZERO,
    };
}

/// docs/model/network.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/network.md")]
pub struct Network {
    pub difficulty: Lanes,
    pub epoch_height: Lanes,
    pub epoch_blocks: Lanes,
    pub epoch_seconds: Lanes,
    pub subsidy_sats: Lanes,
    pub next_halving: Lanes,
    pub network_ths: Lanes,
    pub online_ths: Lanes,
    /// What of it the cohorts run.
    pub cohorts_online_ths: Lanes,
    pub yield_sats_per_ths: Lanes,
    pub hashprice: Lanes,
    pub revenue_usd_per_ths: Lanes,
    /// Of it on the last days, for the switches of the fleet.
    pub recent: Recent,
}

impl Network {
    pub(super) fn opening(scenario: &Scenario) -> Self {
        let chain = &scenario.chain;
        Self {
            difficulty: Lanes::splat(chain.difficulty),
            epoch_height: Lanes::splat(chain.epoch_height),
            epoch_blocks: Lanes::splat(chain.epoch_blocks),
            epoch_seconds: Lanes::splat(chain.epoch_seconds),
            subsidy_sats: Lanes::splat(chain.subsidy_sats),
            next_halving: Lanes::splat(chain.next_halving),
            network_ths: Lanes::ZERO,
            online_ths: Lanes::ZERO,
            cohorts_online_ths: Lanes::ZERO,
            yield_sats_per_ths: Lanes::ZERO,
            hashprice: Lanes::ZERO,
            revenue_usd_per_ths: Lanes::ZERO,
            recent: Recent::NONE,
        }
    }
}

/// docs/model/asics.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/asics.md")]
pub struct Asics {
    pub hashprice_smooth: Lanes,
    pub hashprice_0: Lanes,
    pub index: [Lanes; TIERS],
    pub clearing: [Lanes; TIERS],
    /// What a quick sale brings, USD/TH.
    pub quick: [Lanes; TIERS],
    pub overhang: [Lanes; TIERS],
}

impl Asics {
    pub(super) fn opening(scenario: &Scenario) -> Self {
        let index = std::array::from_fn(|k| Lanes::splat(scenario.asics.tiers[k].index_usd_per_th));
        let quick = quick_prices(&scenario.asics, &index, &index);
        Self { hashprice_smooth: Lanes::ZERO, hashprice_0: Lanes::ZERO, index, clearing: index, quick, overhang: [Lanes::ZERO; TIERS] }
    }
}
