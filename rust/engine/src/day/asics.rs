//! Used-machine market: a slow index, a fast clearing price, and lots that move it. Model: docs/model/asics.md

use super::{Today, rescue};
use crate::{
    book::TIERS,
    ids::{FleetId, LoanId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::{self, Lanes},
    scenario::Asics,
    units,
    world::World,
};

/// Clearing price (USD/TH) of a tier whose fair price meets an overhang (TH/s) that `depth` (TH/s a day) digests; never below scrap.
#[inline(always)]
pub fn clearing_price(fair: Lanes, overhang_ths: Lanes, kappa: f64, depth_ths_per_day: f64, scrap_usd_per_th: f64) -> Lanes {
    (fair / (1.0 + kappa * (overhang_ths / depth_ths_per_day).sqrt())).max(Lanes::splat(scrap_usd_per_th))
}

/// Discount of a day's lots: from quick to bulk as the supply (TH/s) grows to a bulk lot.
#[inline(always)]
pub fn lot_discount(asics: &Asics, supply_ths: Lanes, bulk_ths: f64) -> Lanes {
    asics.quick_discount + (asics.bulk_discount - asics.quick_discount) * (supply_ths / bulk_ths).min(Lanes::splat(1.0))
}

/// What a lot brings at a discount under the index (USD/TH): never more than single machines clear at, never below scrap.
#[inline(always)]
pub fn lot_price(clearing: Lanes, index: Lanes, discount: Lanes, scrap_usd_per_th: f64) -> Lanes {
    clearing.min(index * (1.0 - discount)).max(Lanes::splat(scrap_usd_per_th))
}

/// What a quick sale brings, by tier.
#[inline(always)]
pub(crate) fn quick_prices(asics: &Asics, clearing: &[Lanes; TIERS], index: &[Lanes; TIERS]) -> [Lanes; TIERS] {
    lot_prices(asics, clearing, index, |_| Lanes::splat(asics.quick_discount))
}

#[inline(always)]
fn lot_prices(asics: &Asics, clearing: &[Lanes; TIERS], index: &[Lanes; TIERS], discount: impl Fn(usize) -> Lanes) -> [Lanes; TIERS] {
    std::array::from_fn(|k| lot_price(clearing[k], index[k], discount(k), asics.tiers[k].scrap_usd_per_th))
}

/// Prices of the day, then the offers.
#[inline(always)]
pub(super) fn clear<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    price(world, today);
    let offered = !world.offers.estates.is_empty() || !world.offers.lots.is_empty();
    let supply = if offered { sell_offers(world, today) } else { [Lanes::ZERO; TIERS] };
    if today.scenario.channels.fire_sales {
        for (overhang, sold) in world.asics.overhang.iter_mut().zip(supply) {
            *overhang = *overhang * today.scenario.asics.overhang_decay + sold;
        }
    }
}

#[inline(always)]
fn price<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let (state, market) = (&mut world.asics, &today.scenario.asics);
    let hashprice = world.network.hashprice;
    if today.day == 0 {
        state.hashprice_0 = hashprice;
        state.hashprice_smooth = hashprice;
    } else {
        state.hashprice_smooth += market.hashprice_weight * (hashprice - state.hashprice_smooth);
    }
    let log_ratio = lanes::ln(state.hashprice_smooth / state.hashprice_0);
    let (mut elasticity, mut ratio) = (f64::NAN, Lanes::ZERO); // none yet: NaN equals nothing
    for (k, tier) in market.tiers.iter().enumerate() {
        if tier.elasticity != elasticity {
            // neighbours of one elasticity share the exponential
            (elasticity, ratio) = (tier.elasticity, lanes::exp(tier.elasticity * log_ratio));
        }
        let mut fair = tier.index_usd_per_th * ratio;
        if let Some(factors) = &today.scenario.frontier {
            fair = fair * factors[today.day][k];
        }
        if let Some(shock) = today.shock() {
            fair = fair * shock.asic;
        }
        let clearing = clearing_price(fair, state.overhang[k], market.kappa, tier.depth_ths_per_day, tier.scrap_usd_per_th);
        state.clearing[k] = clearing;
        state.index[k] += market.index_weight * (clearing - state.index[k]);
    }
    state.quick = quick_prices(market, &state.clearing, &state.index);
}

/// Sells what estates offer today and lenders offered yesterday; returns the supply (TH/s) by tier.
#[inline(always)]
fn sell_offers<J: Journal>(world: &mut World<J>, today: &Today<'_>) -> [Lanes; TIERS] {
    let mut estates = std::mem::take(&mut world.offers.estates);
    let mut lots = std::mem::take(&mut world.offers.lots);
    estates.sort_unstable_by_key(|(lane, fleet, _)| (*fleet, *lane));
    let mut supply = supplied(today, &estates, &lots);
    let mut prices = prices_of_lots(world, today, &supply);
    if !today.book.facilities.is_empty() && today.scenario.channels.rescue {
        rescue::buy_back(world, today, &prices, (&mut estates, &mut lots));
        supply = supplied(today, &estates, &lots);
        prices = prices_of_lots(world, today, &supply);
    }
    for (lane, fleet, machines) in estates.drain(..) {
        sell_for_estate(world, today, lane, fleet, machines, &prices);
    }
    for (id, machines) in lots.drain(..) {
        sell_lot(world, today, id, machines, &prices);
    }
    (world.offers.estates, world.offers.lots) = (estates, lots);
    supply
}

/// TH/s on offer, by tier.
#[inline(always)]
fn supplied(today: &Today<'_>, estates: &[(usize, FleetId, f64)], lots: &[(LoanId, Lanes)]) -> [Lanes; TIERS] {
    let mut supply = [Lanes::ZERO; TIERS];
    for (lane, fleet, machines) in estates {
        let model = today.book.model(*fleet);
        supply[model.tier][*lane] += machines * model.hashrate_ths;
    }
    for (id, machines) in lots {
        let model = today.book.lot_model(*id);
        supply[model.tier] += *machines * model.hashrate_ths;
    }
    supply
}

/// What a day's lots bring, by tier.
#[inline(always)]
fn prices_of_lots<J: Journal>(world: &World<J>, today: &Today<'_>, supply: &[Lanes; TIERS]) -> [Lanes; TIERS] {
    let (state, market) = (&world.asics, &today.scenario.asics);
    let weighed = if today.scenario.channels.fire_sales { *supply } else { [Lanes::ZERO; TIERS] };
    lot_prices(market, &state.clearing, &state.index, |k| lot_discount(market, weighed[k], market.tiers[k].bulk_ths))
}

#[inline(never)]
fn sell_for_estate<J: Journal>(
    world: &mut World<J>,
    today: &Today<'_>,
    lane: usize,
    fleet: FleetId,
    machines: f64,
    prices: &[Lanes; TIERS],
) {
    let model = today.book.model(fleet);
    let unit = model.hashrate_ths * prices[model.tier][lane] * 100.0;
    world.ledger.move_machines_one(lane, Account::Fleet(fleet), Outside, machines, Reason::MachineSale);
    let owner = Account::Miner(today.book.fleet[fleet.index()].miner);
    world.ledger.pay_one(lane, Outside, owner, units::round(machines * unit), Reason::MachineProceeds);
    world.ledger.journal.event(lane, EventKind::MachineSale, Entity::Fleet(fleet), machines);
}

/// To the market, at the day's price of lots.
#[inline(always)]
fn sell_lot<J: Journal>(world: &mut World<J>, today: &Today<'_>, id: LoanId, machines: Lanes, prices: &[Lanes; TIERS]) {
    let model = today.book.lot_model(id);
    let unit = model.hashrate_ths * prices[model.tier] * 100.0;
    let cents = (machines * unit).round();
    hand_over(world, today, id, machines, cents, (Outside, Reason::MachineSale, Reason::MachineProceeds));
    if J::ON {
        for lane in machines.gt(Lanes::ZERO).lanes() {
            world.ledger.journal.event(lane, EventKind::MachineSale, Entity::Loan(id), machines[lane]);
        }
    }
}

/// Machines of a lot to a buyer, with the reasons of machines and money: the claim first, the rest to the miner; the lender's mark shrinks with the lot.
#[inline(always)]
pub(super) fn hand_over<J: Journal>(
    world: &mut World<J>,
    today: &Today<'_>,
    id: LoanId,
    machines: Lanes,
    cents: Lanes,
    (buyer, of_machines, of_money): (Account, Reason, Reason),
) {
    let loan = &today.book.loans[id.index()];
    let before = world.ledger.machines(Account::Lot(id));
    world.ledger.move_machines(Account::Lot(id), buyer, machines, of_machines);
    let state = &mut world.loans[id.index()];
    let paid = cents.min(state.ead - state.recovered);
    for (holder, paths) in state.holders() {
        world.ledger.pay(buyer, Account::Lender(holder), paid.only(paths), of_money);
    }
    world.ledger.pay(buyer, Account::Miner(loan.miner), cents - paid, Reason::MachineSurplus);
    state.recovered += paid;
    let sold = machines.gt(Lanes::ZERO);
    let share_left = (before - machines) / sold.select(before, Lanes::splat(1.0));
    let carry = sold.select((state.carry * share_left).round().min(state.ead - state.recovered), state.carry);
    for (holder, paths) in state.holders() {
        world.lenders[holder.index()].carry += (carry - state.carry).only(paths);
    }
    state.carry = carry;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::spec::TierSpec;

    #[test]
    fn an_overhang_lowers_the_clearing_price_down_to_scrap() {
        for (overhang, expected) in [(0.0, 40.0), (100.0, 20.0), (1e12, 3.0)] {
            assert_eq!(clearing_price(Lanes::splat(40.0), Lanes::splat(overhang), 1.0, 100.0, 3.0)[0], expected);
        }
    }

    #[test]
    fn a_lot_is_discounted_under_the_index_and_never_above_the_market() {
        for (clearing, index, discount, expected) in
            [(40.0, 60.0, 0.5, 30.0), (20.0, 60.0, 0.5, 20.0), (40.0, 60.0, 0.0, 40.0), (40.0, 60.0, 0.96, 3.0), (3.0, 60.0, 0.5, 3.0)]
        {
            let price = lot_price(Lanes::splat(clearing), Lanes::splat(index), Lanes::splat(discount), 3.0);
            assert!((price[0] - expected).abs() < 1e-12, "{clearing} {index} {discount}");
        }
    }

    #[test]
    fn larger_lots_get_a_larger_discount() {
        let asics = Asics {
            hashprice_weight: 0.1,
            index_weight: 0.1,
            overhang_decay: 0.9,
            kappa: 1.0,
            quick_discount: 0.1,
            bulk_discount: 0.5,
            tiers: std::array::from_fn(|_| TierSpec::default()),
        };
        for (supply, discount) in [(0.0, 0.1), (500.0, 0.3), (1000.0, 0.5), (9000.0, 0.5)] {
            assert!((lot_discount(&asics, Lanes::splat(supply), 1000.0)[0] - discount).abs() < 1e-15);
        }
    }
}
