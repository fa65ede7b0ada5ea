//! Used-machine market: a slow index, a fast clearing price, and lots that move it. Model: docs/model/asics.md

use super::{Today, rescue};
use crate::{
    book::TIERS,
    ids::{FleetId, LoanId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::Lanes,
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
    let log_ratio = (state.hashprice_smooth / state.hashprice_0).map(units::ln);
    for (k, tier) in market.tiers.iter().enumerate() {
        let mut fair = tier.index_usd_per_th * (tier.elasticity * log_ratio).map(units::exp);
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
}

/// Sells what estates offer today and lenders offered yesterday; returns the supply (TH/s) by tier.
#[inline(always)]
fn sell_offers<J: Journal>(world: &mut World<J>, today: &Today<'_>) -> [Lanes; TIERS] {
    let mut estates = std::mem::take(&mut world.offers.estates);
    let mut lots = std::mem::take(&mut world.offers.lots);
    estates.sort_unstable_by_key(|(lane, fleet, _)| (*fleet, *lane));
    let mut supply = supplied(today, &estates, &lots);
    let mut kept = kept(today, &supply);
    if !today.book.facilities.is_empty() && today.scenario.channels.rescue {
        rescue::buy_back(world, today, &kept, (&mut estates, &mut lots));
        supply = supplied(today, &estates, &lots);
        kept = self::kept(today, &supply);
    }
    for (lane, fleet, machines) in estates.drain(..) {
        sell_for_estate(world, today, lane, fleet, machines, &kept);
    }
    for (id, machines) in lots.drain(..) {
        sell_lot(world, today, id, machines, &kept);
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

/// What a day's discount leaves of the clearing price, by tier.
#[inline(always)]
fn kept(today: &Today<'_>, supply: &[Lanes; TIERS]) -> [Lanes; TIERS] {
    let market = &today.scenario.asics;
    let weighed = if today.scenario.channels.fire_sales { *supply } else { [Lanes::ZERO; TIERS] };
    std::array::from_fn(|k| 1.0 - lot_discount(market, weighed[k], market.tiers[k].bulk_ths))
}

#[inline(never)]
fn sell_for_estate<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, fleet: FleetId, machines: f64, kept: &[Lanes; TIERS]) {
    let model = today.book.model(fleet);
    let unit = model.hashrate_ths * world.asics.clearing[model.tier][lane] * kept[model.tier][lane] * 100.0;
    world.ledger.move_machines_one(lane, Account::Fleet(fleet), Outside, machines, Reason::MachineSale);
    let owner = Account::Miner(today.book.fleet[fleet.index()].miner);
    world.ledger.pay_one(lane, Outside, owner, units::round(machines * unit), Reason::MachineProceeds);
    world.ledger.journal.event(lane, EventKind::MachineSale, Entity::Fleet(fleet), machines);
}

/// To the market, at the day's discount.
#[inline(always)]
fn sell_lot<J: Journal>(world: &mut World<J>, today: &Today<'_>, id: LoanId, machines: Lanes, kept: &[Lanes; TIERS]) {
    let model = today.book.lot_model(id);
    let unit = model.hashrate_ths * world.asics.clearing[model.tier] * kept[model.tier] * 100.0;
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
    world.ledger.pay(buyer, Account::Lender(loan.lender), paid, of_money);
    world.ledger.pay(buyer, Account::Miner(loan.miner), cents - paid, Reason::MachineSurplus);
    state.recovered += paid;
    let sold = machines.gt(Lanes::ZERO);
    let share_left = (before - machines) / sold.select(before, Lanes::splat(1.0));
    let carry = sold.select((state.carry * share_left).round().min(state.ead - state.recovered), state.carry);
    world.lenders[loan.lender.index()].carry += carry - state.carry;
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
