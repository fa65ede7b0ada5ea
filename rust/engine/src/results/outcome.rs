//! How one path ended, read from the world after its last day.

use sha2::{Digest, Sha256};

use super::stages::Stages;
use crate::{
    book::{Book, Security},
    day::{METRICS, Metric, held, loss, machine_mark},
    ids::{FacilityId, LenderId, LoanId, MinerId},
    journal::{Account, Journal},
    lanes::{Lanes, WIDTH},
    scenario::Scenario,
    units,
    world::World,
};

/// A loan at the end of a path. Money in whole cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoanEnd {
    /// Day of default.
    pub default_day: Option<u32>,
    /// Exposure at default.
    pub ead: i64,
    /// Loss at the horizon.
    pub loss: i64,
}

/// A miner at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinerEnd {
    /// Day of default.
    pub failed_day: Option<u32>,
    /// Cash, cents.
    pub cash: i64,
    /// Free coins, satoshis.
    pub sats: i64,
}

/// A lender at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LenderEnd {
    /// Day of failure.
    pub failed_day: Option<u32>,
    /// Losses of the loans it holds and of those it sold, less what it bought them below what was owed: cents, below 0 for a gain.
    pub loss: i64,
    /// Loss on claims on other lenders, cents.
    pub exposure_loss: i64,
    /// Cash, cents.
    pub cash: i64,
    /// Least survival horizon, days; not part of the digest.
    pub survival_days: i64,
}

/// A facility at the end of a path. Money in whole cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FacilityEnd {
    /// Lent, or paid for machines.
    pub spent: i64,
    /// What came back.
    pub repaid: i64,
    /// Principal of open loans, or the mark of machines.
    pub held: i64,
}

impl FacilityEnd {
    /// What is gone, below 0 for a gain.
    pub fn loss(&self) -> i64 {
        self.spent - self.repaid - self.held
    }
}

/// How one path ended.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "columns of the table `paths`")]
pub struct PathOutcome {
    pub path: u64,
    pub loans: Vec<LoanEnd>,
    pub miners: Vec<MinerEnd>,
    pub lenders: Vec<LenderEnd>,
    pub facilities: Vec<FacilityEnd>,
    pub loss: i64,
    pub btc_low_usd: f64,
    pub hashprice_low: f64,
    pub asic_index_low: f64,
    pub forced_btc: f64,
    pub stages: Stages,
    pub residual_cents: f64,
    pub residual_sats: f64,
    pub residual_machines: f64,
    pub residual_day: Option<u32>,
    pub digest: [u8; 32],
}

/// What a path's days say of it, by lane.
struct Extremes {
    btc_low_usd: Lanes,
    hashprice_low: Lanes,
    asic_index_low: Lanes,
    forced_btc: Lanes,
}

/// The logical values of every day, by lane, after room for the path's number.
fn logical_days(metrics: &[[Lanes; METRICS.len()]]) -> [Vec<u8>; WIDTH] {
    let mut bytes: [Vec<u8>; WIDTH] = std::array::from_fn(|_| vec![0; 8 * (1 + metrics.len() * METRICS.len())]);
    for (place, value) in (1..).zip(metrics.iter().flatten()) {
        for (lane, bytes) in bytes.iter_mut().enumerate() {
            bytes[8 * place..8 * (place + 1)].copy_from_slice(&value[lane].to_le_bytes());
        }
    }
    bytes
}

fn day(lanes: Lanes, lane: usize) -> Option<u32> {
    (lanes[lane] >= 0.0).then(|| units::whole(lanes[lane]) as u32)
}

impl PathOutcome {
    /// Reads the first lanes of a group, one for each of `paths`. `metrics` are the aggregates of every day.
    pub fn read<J: Journal>(
        paths: &[u64],
        world: &World<J>,
        book: &Book,
        scenario: &Scenario,
        metrics: &[[Lanes; METRICS.len()]],
    ) -> Vec<Self> {
        let low = |metric: usize| metrics.iter().fold(Lanes::splat(f64::INFINITY), |low, day| low.min(day[metric]));
        let extremes = Extremes {
            btc_low_usd: low(Metric::BTC_USD),
            hashprice_low: low(Metric::HASHPRICE),
            asic_index_low: low(Metric::ASIC_INDEX),
            forced_btc: metrics.iter().fold(Lanes::ZERO, |sum, day| sum + day[Metric::FORCED_BTC]),
        };
        let mut days = logical_days(metrics);
        let lanes = paths.iter().zip(&mut days).enumerate();
        lanes
            .map(|(lane, (path, bytes))| {
                let stages = Stages::read(&scenario.stages, metrics, lane);
                Self { stages, ..Self::read_lane(*path, lane, world, book, &extremes, std::mem::take(bytes)) }
            })
            .collect()
    }

    /// Reads one lane; `bytes` are the logical values of its days.
    fn read_lane<J: Journal>(path: u64, lane: usize, world: &World<J>, book: &Book, extremes: &Extremes, bytes: Vec<u8>) -> Self {
        let loans: Vec<LoanEnd> = (0..book.loans.len()).map(|index| loan_end(LoanId::at(index), lane, world, book)).collect();
        let miners = (0..book.miners.len()).map(|index| MinerEnd {
            failed_day: day(world.miners[index].failed_day, lane),
            cash: units::whole(world.ledger.cash(Account::Miner(MinerId::at(index)))[lane]),
            sats: units::whole(world.ledger.coins(MinerId::at(index))[lane]),
        });
        let losses = lender_losses(lane, world, &loans);
        let lenders = (0..book.lenders.len()).map(|index| LenderEnd {
            failed_day: day(world.lenders[index].failed_day, lane),
            loss: losses[index],
            exposure_loss: units::whole(world.claimed_by(book, LenderId::at(index))[lane] - world.lenders[index].claims[lane]),
            cash: units::whole(world.ledger.cash(Account::Lender(LenderId::at(index)))[lane]),
            survival_days: units::whole(world.lenders[index].survival[lane]),
        });
        let (miners, lenders): (Vec<_>, Vec<_>) = (miners.collect(), lenders.collect());
        let facilities = (0..book.facilities.len()).map(|index| facility_end(FacilityId::at(index), lane, world, book)).collect();
        let residual = &world.ledger.residual;
        let mut outcome = Self {
            path,
            loss: lenders.iter().map(|lender| lender.loss).sum(),
            btc_low_usd: extremes.btc_low_usd[lane],
            hashprice_low: extremes.hashprice_low[lane],
            asic_index_low: extremes.asic_index_low[lane],
            forced_btc: extremes.forced_btc[lane],
            stages: Stages::default(),
            residual_cents: residual.cents[lane],
            residual_sats: residual.sats[lane],
            residual_machines: residual.machines[lane],
            residual_day: day(residual.day, lane),
            digest: [0; 32],
            loans,
            miners,
            lenders,
            facilities,
        };
        outcome.digest = outcome.logical_digest(bytes);
        outcome
    }

    /// sha256 over the path's logical values: its number, days in order, then loans, miners, lenders and facilities in order.
    fn logical_digest(&self, mut bytes: Vec<u8>) -> [u8; 32] {
        bytes[..8].copy_from_slice(&self.path.to_le_bytes());
        let mut put = |day: Option<u32>, values: &[i64]| {
            bytes.extend(day.map_or(-1, i64::from).to_le_bytes());
            for value in values {
                bytes.extend(value.to_le_bytes());
            }
        };
        self.loans.iter().for_each(|loan| put(loan.default_day, &[loan.ead, loan.loss]));
        self.miners.iter().for_each(|miner| put(miner.failed_day, &[miner.cash, miner.sats]));
        self.lenders.iter().for_each(|lender| put(lender.failed_day, &[lender.cash, lender.loss, lender.exposure_loss]));
        for value in self.facilities.iter().flat_map(|facility| [facility.spent, facility.repaid, facility.held]) {
            bytes.extend(value.to_le_bytes());
        }
        Sha256::digest(&bytes).into()
    }
}

fn facility_end<J: Journal>(id: FacilityId, lane: usize, world: &World<J>, book: &Book) -> FacilityEnd {
    let spent = world.facilities[id.index()].spent[lane];
    let left = book.facilities[id.index()].capital_cents - spent;
    let repaid = world.ledger.cash(Account::Facility(id))[lane] - left;
    let held = held(world, book, lane, id);
    FacilityEnd { spent: units::whole(spent), repaid: units::whole(repaid), held: units::whole(held) }
}

/// What lenders lost on loans, each on those it holds at the end and on those it sold (cents).
fn lender_losses<J>(lane: usize, world: &World<J>, loans: &[LoanEnd]) -> Vec<i64> {
    let mut losses: Vec<i64> = world.lenders.iter().map(|lender| units::whole(lender.sale_loss[lane])).collect();
    for (state, end) in world.loans.iter().zip(loans) {
        losses[state.holder[lane].index()] += end.loss;
    }
    losses
}

fn loan_end<J: Journal>(id: LoanId, lane: usize, world: &World<J>, book: &Book) -> LoanEnd {
    let state = &world.loans[id.index()];
    if !state.defaulted.get(lane) {
        return LoanEnd { default_day: None, ead: 0, loss: 0 };
    }
    let (ead, recovered) = (state.ead[lane], state.recovered[lane]);
    let mark = match book.loans[id.index()].security {
        Security::Machines { fleet, machines, .. } => {
            let seized = state.lot_day[lane] >= 0.0;
            let held = if seized {
                world.ledger.machines(Account::Lot(id))[lane]
            } else {
                machines.min(world.ledger.machines(Account::Fleet(fleet))[lane])
            };
            let model = book.model(fleet);
            machine_mark(held, model.hashrate_ths, world.asics.quick[model.tier][lane])
        }
        _ => 0.0,
    };
    LoanEnd { default_day: day(state.default_day, lane), ead: units::whole(ead), loss: units::whole(loss(ead, recovered, mark)) }
}
