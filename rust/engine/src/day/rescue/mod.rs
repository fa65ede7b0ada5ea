//! Rescue funds lend to miners that run short; buy-backs take machines off the market before it clears. Model: docs/model/rescue.md

mod buybacks;
mod funds;

pub(super) use buybacks::buy_back;
pub(super) use funds::{claim, claims, lend, past_due, recover};

use crate::{
    book::{Book, Help, TIERS},
    ids::{FacilityId, MinerId},
    journal::{Entity, EventKind, Journal},
    lanes::WIDTH,
    rng::{self, Draws},
    scenario::Scenario,
    units,
    world::{Bridge, World},
};

/// Who would apply to which fund, on each path of a group; drawn before the first day.
pub(crate) fn draw_applicants<J: Journal>(world: &mut World<J>, book: &Book, scenario: &Scenario, seed: u64, paths: [u64; WIDTH]) {
    if !scenario.channels.rescue {
        return;
    }
    for (index, facility) in book.facilities.iter().enumerate() {
        let Help::Fund(fund) = &facility.help else { continue };
        for miner in &fund.reach {
            let bridge = &mut world.bridges[index * book.miners.len() + miner.index()];
            for (lane, path) in paths.into_iter().enumerate() {
                bridge.may.set(lane, applies(seed, path, FacilityId::at(index), *miner, facility.take_up_share));
            }
        }
    }
}

/// Whether a miner applies to a fund on a path.
pub fn applies(seed: u64, path: u64, fund: FacilityId, miner: MinerId, take_up_share: f64) -> bool {
    let draws = Draws { key: [seed, rng::RESCUE_STREAM], path, entity: miner.index() as u64 };
    rng::uniform(draws.words(0, fund.index() as u64)[0]) < take_up_share
}

/// A facility was asked for more than it has left: it does no new business.
fn exhaust<J: Journal>(world: &mut World<J>, lane: usize, id: FacilityId) {
    world.facilities[id.index()].exhausted.set(lane, true);
    world.ledger.journal.event(lane, EventKind::FacilityExhausted, Entity::Facility(id), 0.0);
}

/// What a facility holds on one path at the end (cents): principal of open loans, or machines at the price of a quick sale.
pub fn held<J: Journal>(world: &World<J>, book: &Book, lane: usize, id: FacilityId) -> f64 {
    match &book.facilities[id.index()].help {
        Help::Fund(_) => {
            bridges(world, book, id).filter(|bridge| bridge.open.get(lane)).fold(0.0, |sum, bridge| sum + bridge.principal[lane])
        }
        Help::Buyback(_) => {
            let held_ths = world.facilities[id.index()].held_ths.map(|ths| ths[lane]);
            mark(&held_ths, &world.asics.quick.map(|usd| usd[lane]))
        }
    }
}

/// Loans of a fund, miners in order.
fn bridges<'a, J>(world: &'a World<J>, book: &Book, id: FacilityId) -> impl Iterator<Item = &'a Bridge> {
    let miners = book.miners.len();
    world.bridges[id.index() * miners..(id.index() + 1) * miners].iter()
}

/// What TH/s bought back would bring in a quick sale (cents).
pub fn mark(held_ths: &[f64; TIERS], quick_usd_per_th: &[f64; TIERS]) -> f64 {
    let worth = |(ths, usd): (&f64, &f64)| ths * (usd * units::CENTS_PER_USD);
    units::round(held_ths.iter().zip(quick_usd_per_th).map(worth).fold(0.0, |sum, cents| sum + cents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_share_adds_applicants_and_loses_none() {
        let applicants = |share| -> Vec<u32> { (0..1000).filter(|miner| applies(7, 3, FacilityId(1), MinerId(*miner), share)).collect() };
        let (few, many) = (applicants(0.05), applicants(0.25));
        assert!(few.iter().all(|miner| many.contains(miner)));
        assert!((30..=70).contains(&few.len()) && (200..=300).contains(&many.len()), "{} {}", few.len(), many.len());
        assert_eq!((applicants(0.0).len(), applicants(1.0).len()), (0, 1000));
        let other = |path, fund| applies(7, path, FacilityId(fund), MinerId(0), 0.5);
        assert!((0..64).any(|path| other(path, 0) != other(path + 64, 0)) && (0..64).any(|path| other(path, 0) != other(path, 1)));
    }

    #[test]
    fn machines_bought_back_are_marked_at_a_quick_sale() {
        for (held_ths, cents) in [([0.0; TIERS], 0.0), ([100.0, 0.0, 0.0, 0.0], 350_000.0), ([100.0, 10.0, 0.0, 1.0], 367_938.0)] {
            assert_eq!(mark(&held_ths, &[35.0, 17.5, 8.75, 4.375]), cents, "{held_ths:?}");
        }
    }
}
