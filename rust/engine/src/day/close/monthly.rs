//! Concentration and leverage, once a month. Model: docs/model/stages.md

use crate::{
    day::Today,
    ids::{FleetId, MinerId},
    journal::{Account, Journal},
    lanes::Lanes,
    world::{Monthly, World},
};

/// Miners whose share is reported.
const LARGEST: usize = 10;

/// The measures of one day.
#[inline(always)]
pub(super) fn measure<J: Journal>(world: &World<J>, today: &Today<'_>) -> Monthly {
    let online = world.network.online_ths;
    let some = online.gt(Lanes::ZERO);
    let total = some.select(online, Lanes::splat(1.0));
    let running = || world.miners.iter().map(|miner| miner.running_ths);
    Monthly {
        top10_share: (sum_of_largest(running()) / total).only(some),
        hhi: herfindahl(running(), total).only(some),
        debt_to_assets: debt_to_assets(world, today),
    }
}

/// Sum of the ten largest, the largest first. Values are not negative.
#[inline(always)]
pub fn sum_of_largest(values: impl Iterator<Item = Lanes>) -> Lanes {
    let mut largest = [Lanes::ZERO; LARGEST]; // falling in each lane
    for value in values {
        if !value.gt(largest[LARGEST - 1]).any() {
            continue; // too small on every path
        }
        let mut passed_down = value;
        for place in &mut largest {
            let smaller = place.min(passed_down);
            *place = place.max(passed_down);
            passed_down = smaller;
        }
    }
    largest.iter().fold(Lanes::ZERO, |sum, value| sum + *value)
}

/// Sum of squared shares of `total`.
#[inline(always)]
pub fn herfindahl(values: impl Iterator<Item = Lanes>, total: Lanes) -> Lanes {
    values.fold(Lanes::ZERO, |sum, value| sum + (value / total) * (value / total))
}

/// Debt over assets of operating miners: cash, coins at the day's price, machines at the clearing price.
#[inline(always)]
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
            // each lane in an order of its own
            let values = |k: i32| Lanes::from_fn(|lane| f64::from(if lane % 2 == 0 { k } else { count + 1 - k }));
            assert_eq!(sum_of_largest((1..=count).map(values)), Lanes::splat(sum), "{count}");
        }
        assert_eq!(sum_of_largest([Lanes::splat(2.0); 20].into_iter()), Lanes::splat(20.0));
    }

    #[test]
    fn concentration_of_equals_is_one_over_their_number() {
        let equals = || [Lanes::splat(5.0); 4].into_iter();
        assert_eq!(herfindahl(equals(), Lanes::splat(20.0)), Lanes::splat(0.25));
        assert_eq!(herfindahl(equals(), Lanes::splat(40.0)), Lanes::splat(0.0625));
    }
}
