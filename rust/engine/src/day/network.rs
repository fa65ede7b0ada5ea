//! Blocks, retarget and halving inside the day, the yield of a TH/s, and the anonymous cohorts. Model: docs/model/network.md

use super::{Today, power};
use crate::{
    journal::{Entity, EventKind, Journal},
    lanes::{Lanes, WIDTH},
    policy::switching::{self, Spans},
    units::{BTC_PER_SAT, SECONDS_PER_DAY},
    world::{Network, World},
};

/// Blocks of an epoch.
pub const EPOCH_BLOCKS: f64 = 2016.0;
/// Seconds an epoch should take.
pub const EPOCH_SECONDS: f64 = 1_209_600.0;
/// Blocks between halvings.
pub const HALVING_BLOCKS: f64 = 210_000.0;
/// Hashes of one TH.
const HASHES_PER_TH: f64 = 1e12;
/// Hashes of a block at difficulty 1.
const HASHES_PER_DIFFICULTY: f64 = 4_294_967_296.0;

/// The chain of one path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChainState {
    /// Difficulty.
    pub difficulty: f64,
    /// Height at the start of the epoch.
    pub epoch_height: f64,
    /// Expected blocks of the epoch so far.
    pub epoch_blocks: f64,
    /// Seconds of the epoch so far.
    pub epoch_seconds: f64,
    /// Satoshis of a block.
    pub subsidy_sats: f64,
    /// Height of the next halving.
    pub next_halving: f64,
}

/// What happened on the chain in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// The difficulty was set anew.
    Retarget,
    /// The subsidy was halved.
    Halving,
}

/// New difficulty over old after an epoch of `seconds`: consensus measures 2,015 intervals and clamps to [1/4, 4].
pub fn retarget_ratio(seconds: f64) -> f64 {
    (EPOCH_SECONDS / (seconds * (2015.0 / 2016.0))).clamp(0.25, 4.0)
}

/// One day of blocks on one path; returns the satoshis a TH/s earns.
pub fn mine_day(chain: &mut ChainState, network_ths: f64, fees_sats: f64, mut tell: impl FnMut(Milestone, f64)) -> f64 {
    let blocks_per_ths = |difficulty: f64| HASHES_PER_TH / (difficulty * HASHES_PER_DIFFICULTY);
    let mut per_ths = blocks_per_ths(chain.difficulty);
    let mut rate = network_ths * per_ths;
    let (mut remaining, mut earned) = (SECONDS_PER_DAY, 0.0);
    loop {
        let to_retarget = EPOCH_BLOCKS - chain.epoch_blocks;
        let to_halving = chain.next_halving - (chain.epoch_height + chain.epoch_blocks);
        let mut step_blocks = to_retarget.min(to_halving);
        let mut step_seconds = step_blocks / rate;
        let last = step_seconds > remaining;
        if last {
            step_seconds = remaining;
            step_blocks = rate * remaining;
        }
        earned += step_seconds * per_ths * (chain.subsidy_sats + fees_sats);
        chain.epoch_blocks += step_blocks;
        chain.epoch_seconds += step_seconds;
        remaining -= step_seconds;
        if last {
            return earned;
        }
        if to_halving <= to_retarget {
            chain.subsidy_sats = (chain.subsidy_sats / 2.0).floor();
            chain.next_halving += HALVING_BLOCKS;
            tell(Milestone::Halving, chain.subsidy_sats);
        }
        if to_retarget <= to_halving {
            chain.difficulty *= retarget_ratio(chain.epoch_seconds);
            chain.epoch_height += EPOCH_BLOCKS;
            chain.epoch_blocks = 0.0;
            chain.epoch_seconds = 0.0;
            per_ths = blocks_per_ths(chain.difficulty);
            rate = network_ths * per_ths;
            tell(Milestone::Retarget, chain.difficulty);
        }
    }
}

/// Mines the day's blocks and switches the cohorts.
#[inline(always)]
pub(super) fn mine<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    if !mine_quietly(&mut world.network, today.scenario.fees_sats_per_block[today.day]) {
        for lane in 0..WIDTH {
            mine_path(world, today, lane);
        }
    }
    let network = &mut world.network;
    network.hashprice = network.yield_sats_per_ths * 1e-5 * world.market.btc_usd;
    network.revenue_usd_per_ths = network.yield_sats_per_ths * BTC_PER_SAT * world.market.btc_usd;
    let revenue = network.revenue_usd_per_ths;
    network.recent.add(revenue);
    let mut online = Lanes::ZERO;
    if let Some(factor) = today.tariff_factor() {
        power::switch_cohorts(&mut world.cohorts, today, revenue, factor);
        for (switch, cohort) in world.cohorts.iter().zip(&today.scenario.cohorts[today.day]) {
            online += Lanes::splat(cohort.ths).only(switch.on);
        }
    } else {
        for (switch, cohort) in world.cohorts.iter_mut().zip(&today.scenario.cohorts[today.day]) {
            switching::switch(switch, &revenue.into(), Spans::TODAY, &cohort.switching, today.day as f64);
            online += Lanes::splat(cohort.ths).only(switch.on);
        }
    }
    network.online_ths = today.shock().map_or(online, |shock| online * shock.network);
    network.cohorts_online_ths = network.online_ths;
}

/// TH/s of all cohorts' machines, whether they can run or not.
#[inline(always)]
pub(super) fn cohorts_installed_ths(today: &Today<'_>) -> Lanes {
    let installed = today.scenario.cohorts_installed_ths[today.day];
    today.shock().map_or(Lanes::splat(installed), |shock| shock.network * installed)
}

/// TH/s if nothing ever stood still, with the cohorts' factor: docs/model/channels.md, docs/model/joint.md
pub(super) fn full_ths(today: &Today<'_>) -> Lanes {
    let full = today.scenario.full_ths[today.day];
    let Some(shock) = today.shock() else { return Lanes::splat(full) };
    let cohorts_ths = today.scenario.cohorts[today.day].iter().fold(0.0, |sum, cohort| sum + cohort.ths);
    full + (shock.network - Lanes::splat(1.0)) * cohorts_ths
}

/// The day of eight paths none of which reaches the end of an epoch or a halving; returns false, with nothing done, when one does.
#[inline(always)]
fn mine_quietly(network: &mut Network, fees_sats: f64) -> bool {
    let per_ths = Lanes::splat(HASHES_PER_TH) / (network.difficulty * HASHES_PER_DIFFICULTY);
    let rate = network.network_ths * per_ths;
    let to_retarget = Lanes::splat(EPOCH_BLOCKS) - network.epoch_blocks;
    let to_halving = network.next_halving - (network.epoch_height + network.epoch_blocks);
    let day = Lanes::splat(SECONDS_PER_DAY);
    if (to_retarget.min(to_halving) / rate).le(day).any() {
        return false;
    }
    network.yield_sats_per_ths = day * per_ths * (network.subsidy_sats + fees_sats);
    network.epoch_blocks += rate * SECONDS_PER_DAY;
    network.epoch_seconds += day;
    true
}

#[cold]
#[inline(never)]
fn mine_path<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize) {
    let network = &mut world.network;
    let mut chain = ChainState {
        difficulty: network.difficulty[lane],
        epoch_height: network.epoch_height[lane],
        epoch_blocks: network.epoch_blocks[lane],
        epoch_seconds: network.epoch_seconds[lane],
        subsidy_sats: network.subsidy_sats[lane],
        next_halving: network.next_halving[lane],
    };
    let journal = &mut world.ledger.journal;
    let fees = today.scenario.fees_sats_per_block[today.day];
    network.yield_sats_per_ths[lane] = mine_day(&mut chain, network.network_ths[lane], fees, |milestone, amount| {
        let kind = if milestone == Milestone::Retarget { EventKind::Retarget } else { EventKind::Halving };
        journal.event(lane, kind, Entity::Network, amount);
    });
    network.difficulty[lane] = chain.difficulty;
    network.epoch_height[lane] = chain.epoch_height;
    network.epoch_blocks[lane] = chain.epoch_blocks;
    network.epoch_seconds[lane] = chain.epoch_seconds;
    network.subsidy_sats[lane] = chain.subsidy_sats;
    network.next_halving[lane] = chain.next_halving;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(epoch_height: f64, epoch_blocks: f64) -> ChainState {
        ChainState {
            difficulty: 2e13,
            epoch_height,
            epoch_blocks,
            epoch_seconds: epoch_blocks * 600.0,
            subsidy_sats: 625_000_000.0,
            next_halving: 840_000.0,
        }
    }

    /// Hashrate that finds a block every `seconds`.
    fn ths(seconds: f64) -> f64 {
        2e13 * HASHES_PER_DIFFICULTY / HASHES_PER_TH / seconds
    }

    #[test]
    fn a_day_on_time_has_144_blocks_and_pays_the_subsidy() {
        let mut state = chain(709_632.0, 100.0);
        let earned = mine_day(&mut state, ths(600.0), 10_000_000.0, |_, _| panic!("no milestone today"));
        assert!((state.epoch_blocks - 244.0).abs() < 1e-9);
        assert!((earned * ths(600.0) - 144.0 * 635_000_000.0).abs() < 1.0);
    }

    #[test]
    fn the_retarget_falls_inside_the_day_and_is_clamped() {
        for (seconds, ratio) in [(300.0, 1_209_600.0 / ((2000.0 * 600.0 + 16.0 * 300.0) * 2015.0 / 2016.0)), (1e-3, 0.0)] {
            let mut state = chain(709_632.0, 2000.0);
            let mut told = Vec::new();
            mine_day(&mut state, ths(seconds), 0.0, |milestone, amount| told.push((milestone, amount)));
            assert_eq!(told[0].0, Milestone::Retarget);
            if ratio > 0.0 {
                assert!((told[0].1 / 2e13 - ratio).abs() < 1e-12);
                assert_eq!((state.epoch_height, told.len()), (711_648.0, 1));
            } else {
                assert!((told[1].1 / told[0].1 - 4.0).abs() < 1e-12, "a full epoch in two seconds is clamped to 4");
            }
        }
    }

    #[test]
    fn a_halving_inside_the_epoch_keeps_the_epoch_counting() {
        let mut state = chain(838_656.0, 1300.0); // 44 blocks before 840,000
        let mut told = Vec::new();
        let earned = mine_day(&mut state, ths(600.0), 0.0, |milestone, amount| told.push((milestone, amount)));
        assert_eq!(told, [(Milestone::Halving, 312_500_000.0)]);
        assert!((earned * ths(600.0) - (44.0 * 625e6 + 100.0 * 312.5e6)).abs() < 10.0);
        assert!((state.epoch_blocks - 1444.0).abs() < 1e-9);
    }

    #[test]
    fn a_quiet_day_is_the_same_for_eight_paths_as_for_one() {
        for epoch_blocks in [0.0, 1700.0, 1900.0, 2015.0] {
            for seconds in [500.0, 600.0, 900.0] {
                let mut network = Network {
                    difficulty: Lanes::splat(2e13),
                    epoch_height: Lanes::splat(709_632.0),
                    epoch_blocks: Lanes::splat(epoch_blocks),
                    epoch_seconds: Lanes::splat(epoch_blocks * 600.0),
                    subsidy_sats: Lanes::splat(625_000_000.0),
                    next_halving: Lanes::splat(840_000.0),
                    network_ths: Lanes::splat(ths(600.0)),
                    online_ths: Lanes::ZERO,
                    cohorts_online_ths: Lanes::ZERO,
                    yield_sats_per_ths: Lanes::ZERO,
                    hashprice: Lanes::ZERO,
                    revenue_usd_per_ths: Lanes::ZERO,
                    recent: switching::Recent::NONE,
                };
                network.network_ths[5] = ths(seconds);
                let mut state = chain(709_632.0, epoch_blocks);
                let mut milestones = 0;
                let earned = mine_day(&mut state, ths(seconds), 10_000_000.0, |_, _| milestones += 1);
                let quiet = mine_quietly(&mut network, 10_000_000.0);
                if quiet {
                    let after = (network.yield_sats_per_ths[5], network.epoch_blocks[5], network.epoch_seconds[5]);
                    assert_eq!((milestones, after), (0, (earned, state.epoch_blocks, state.epoch_seconds)), "{epoch_blocks} {seconds}");
                } else {
                    assert_eq!((network.epoch_blocks[5], network.yield_sats_per_ths[5]), (epoch_blocks, 0.0), "nothing is done");
                }
                assert_eq!(quiet, epoch_blocks < 1800.0, "{epoch_blocks} {seconds}");
            }
        }
    }

    #[test]
    fn without_hashrate_there_are_no_blocks() {
        let mut state = chain(709_632.0, 5.0);
        let earned = mine_day(&mut state, 0.0, 0.0, |_, _| panic!("no milestone"));
        assert_eq!(state.epoch_blocks, 5.0);
        assert!(earned > 0.0, "a first TH/s would earn all of it");
    }
}
