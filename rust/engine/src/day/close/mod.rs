//! End of the day: impact for tomorrow, hashrate for tomorrow, the ledger's check, the day's aggregates. Model: docs/model/close.md

mod monthly;

use super::{Today, market, network};
use crate::{
    ids::LenderId,
    journal::{Account, Journal},
    lanes::Lanes,
    units::{BTC_PER_SAT, CENTS_PER_USD},
    world::{Tally, World},
};

/// An aggregate of the day.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name in docs/model/close.md and in the table `daily`.
    pub name: &'static str,
    /// Means are summed exactly in steps of 2^-`step`.
    pub step: i32,
    /// Quantiles are resolved from 2^`floor` upwards.
    pub floor: i32,
    /// Whether it only takes whole values.
    pub whole: bool,
}

const fn metric(name: &'static str, step: i32, floor: i32) -> Metric {
    Metric { name, step, floor, whole: false }
}

/// Places of aggregates that others read.
#[allow(missing_docs, reason = "names of docs/model/close.md")]
impl Metric {
    pub const BTC_USD: usize = 0;
    pub const HASHPRICE: usize = 3;
    pub const ASIC_INDEX: usize = 4;
    pub const NETWORK_UTILISATION: usize = 7;
    pub const MINER_CASH: usize = 11;
    pub const FORCED_BTC: usize = 13;
    pub const LENDERS_FAILED: usize = 15;
    pub const LENDER_CASH: usize = 16;
    pub const POWER_TO_REVENUE: usize = 17;
}

/// Aggregates of a day, in the order of docs/model/close.md.
pub const METRICS: [Metric; 21] = [
    metric("btc_usd", 16, 4),
    metric("network_ehs", 30, -8),
    metric("difficulty", -10, 30),
    metric("hashprice_usd_per_ph_day", 24, -6),
    metric("asic_index_usd_per_th", 30, -6),
    metric("asic_clearing_usd_per_th", 30, -6),
    metric("utilisation", 46, -10),
    metric("network_utilisation", 46, -10),
    metric("price_impact", 46, -14),
    metric("debt_usd", 2, 12),
    metric("defaulted_usd", 2, 12),
    metric("miner_cash_usd", 2, 12),
    metric("miner_btc", 16, -4),
    metric("forced_btc", 20, -4),
    Metric { name: "miners_failed", step: 20, floor: -1, whole: true },
    Metric { name: "lenders_failed", step: 20, floor: -1, whole: true },
    metric("lender_cash_usd", 2, 12),
    metric("power_to_revenue", 30, -10),
    metric("top10_share", 46, -14),
    metric("hhi", 46, -20),
    metric("debt_to_assets", 30, -14),
];

/// The tier whose prices are reported: 25-38 J/TH.
const REPORTED_TIER: usize = 1;

/// Closes the day.
#[inline(always)]
pub(super) fn close<J: Journal>(world: &mut World<J>, today: &Today<'_>, metrics: &mut [Lanes; METRICS.len()]) {
    let forced_sats = world.market.forced_sats;
    market::carry_impact(&mut world.market, &today.scenario.impact);
    world.network.network_ths = if today.scenario.channels.difficulty { world.network.online_ths } else { network::full_ths(today) };
    world.ledger.close(today.day);

    let (mut cash, mut coins) = (Lanes::ZERO, Lanes::ZERO);
    for (miner, (cents, sats)) in world.miners.iter().zip(world.ledger.of_miners()) {
        cash += cents.only(miner.operating.mask());
        coins += sats.only(miner.operating.mask());
    }
    if today.day == 0 || today.scenario.first_of_month[today.day] {
        world.tally.monthly = monthly::measure(world, today);
    }
    let mut lender_cash = Lanes::ZERO;
    for (index, lender) in world.lenders.iter().enumerate() {
        lender_cash += world.ledger.cash(Account::Lender(LenderId::at(index))).only(!lender.failed);
    }
    let debt = world.lenders.iter().fold(Lanes::ZERO, |sum, lender| sum + lender.book);
    let tally = &world.tally;
    let hosted_ths = world.network.online_ths - world.network.cohorts_online_ths - tally.running_ths;
    let installed_ths = network::cohorts_installed_ths(today) + tally.installed_ths + hosted_ths;
    *metrics = [
        world.market.btc_usd,
        world.network.online_ths * 1e-6,
        world.network.difficulty,
        world.network.hashprice,
        world.asics.index[REPORTED_TIER],
        world.asics.clearing[REPORTED_TIER],
        share(tally.running_ths, tally.potential_ths),
        share(world.network.online_ths, installed_ths),
        Lanes::splat(1.0) - world.market.factor,
        debt / CENTS_PER_USD,
        tally.defaulted_cents / CENTS_PER_USD,
        cash / CENTS_PER_USD,
        coins * BTC_PER_SAT,
        forced_sats * BTC_PER_SAT,
        tally.miners_failed,
        tally.lenders_failed,
        lender_cash / CENTS_PER_USD,
        power_to_revenue(tally, world.network.revenue_usd_per_ths),
        tally.monthly.top10_share,
        tally.monthly.hhi,
        tally.monthly.debt_to_assets,
    ];
}

/// A part of a whole; 0 where there is no whole.
#[inline(always)]
fn share(part: Lanes, whole: Lanes) -> Lanes {
    let some = whole.gt(Lanes::ZERO);
    (part / some.select(whole, Lanes::splat(1.0))).only(some)
}

/// A day's power over a day's revenue of the book's fleets; 0 where there is none.
#[inline(always)]
fn power_to_revenue(tally: &Tally, revenue_usd_per_ths: Lanes) -> Lanes {
    let revenue = tally.running_ths * revenue_usd_per_ths * 100.0;
    share(tally.power_cents, revenue)
}

/// Loss of a defaulted loan at the horizon (cents): what is neither recovered nor expected of machines still held.
pub fn loss(ead: f64, recovered: f64, mark: f64) -> f64 {
    let left = ead - recovered;
    left - mark.min(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_still_held_count_up_to_the_claim() {
        for (ead, recovered, mark, expected) in
            [(100.0, 40.0, 0.0, 60.0), (100.0, 40.0, 25.0, 35.0), (100.0, 40.0, 90.0, 0.0), (100.0, 100.0, 5.0, 0.0)]
        {
            assert_eq!(loss(ead, recovered, mark), expected);
        }
    }
}
