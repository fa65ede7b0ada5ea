//! Concentration and leverage, once a month. Model: docs/model/stages.md

use crate::{
    day::Today,
    ids::{FleetId, MinerId},
    journal::{Account, Journal},
    lanes::{Lanes, WIDTH},
    world::{Monthly, World},
};

/// Miners whose share is reported.
const LARGEST: usize = 10;

/// The measures of one day.
#[cold]
#[inline(never)]
pub(super) fn measure<J: Journal>(world: &World<J>, today: &Today<'_>) -> Monthly {
    let running: Vec<Lanes> = world.miners.iter().map(|miner| miner.running_ths).collect();
    let online = world.network.online_ths;
    let mut monthly = Monthly { debt_to_assets: debt_to_assets(world, today), ..Monthly::NONE };
    for lane in 0..WIDTH {
        if online[lane] > 0.0 {
            let of_path = || running.iter().map(|ths| ths[lane]);
            monthly.top10_share[lane] = sum_of_largest(of_path()) / online[lane];
            monthly.hhi[lane] = herfindahl(of_path(), online[lane]);
        }
    }
    monthly
}

/// Sum of the ten largest, the largest first.
pub fn sum_of_largest(values: impl Iterator<Item = f64>) -> f64 {
    let mut largest = [0.0_f64; LARGEST];
    for value in values {
        let place = largest.partition_point(|other| *other >= value);
        if place < LARGEST {
            largest[place..].rotate_right(1);
            largest[place] = value;
        }
    }
    largest.iter().fold(0.0, |sum, value| sum + value)
}

/// Sum of squared shares of `total`.
pub fn herfindahl(values: impl Iterator<Item = f64>, total: f64) -> f64 {
    values.fold(0.0, |sum, value| sum + (value / total) * (value / total))
}

/// Debt over assets of operating miners: cash, coins at the day's price, machines at the clearing price.
fn debt_to_assets<J: Journal>(world: &World<J>, today: &Today<'_>) -> Lanes {
    let debt = world.lenders.iter().fold(Lanes::ZERO, |sum, lender| sum + lender.book);
    let mut assets = Lanes::ZERO;
    for (index, miner) in world.miners.iter().enumerate() {
        let id = MinerId::at(index);
        let liquid = world.ledger.cash(Account::Miner(id)) + world.ledger.coins(id) * world.market.cents_per_sat;
        assets += liquid.only(miner.operating.mask());
    }
    for (index, row) in today.book.fleet.iter().enumerate() {
        let (id, operating) = (FleetId::at(index), world.miners[row.miner.index()].operating.mask());
        let model = today.book.model(id);
        let unit = model.hashrate_ths * world.asics.clearing[model.tier] * 100.0;
        assets += (world.ledger.machines(Account::Fleet(id)) * unit).only(operating);
    }
    let some = assets.gt(Lanes::ZERO);
    (debt / some.select(assets, Lanes::splat(1.0))).only(some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ten_largest() {
        for (count, sum) in [(0, 0.0), (1, 1.0), (10, 55.0), (12, 75.0)] {
            assert_eq!(sum_of_largest((1..=count).map(f64::from)), sum, "{count}");
            assert_eq!(sum_of_largest((1..=count).rev().map(f64::from)), sum, "{count}, in reverse");
        }
        assert_eq!(sum_of_largest([2.0; 20].into_iter()), 20.0);
    }

    #[test]
    fn concentration_of_equals_is_one_over_their_number() {
        assert_eq!(herfindahl([5.0; 4].into_iter(), 20.0), 0.25);
        assert_eq!(herfindahl([5.0; 4].into_iter(), 40.0), 0.0625);
    }
}
