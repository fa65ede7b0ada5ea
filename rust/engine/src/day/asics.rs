//! Used-machine market: a slow index, a fast clearing price, and lots that move it. Model: docs/model/asics.md

use super::Today;
use crate::{
    book::{Security, TIERS},
    ids::{FleetId, LoanId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::{Lanes, WIDTH},
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
pub fn lot_discount(asics: &Asics, supply_ths: f64, bulk_ths: f64) -> f64 {
    asics.quick_discount + (asics.bulk_discount - asics.quick_discount) * (supply_ths / bulk_ths).min(1.0)
}

/// Prices of the day, then the offers.
#[inline(always)]
pub(super) fn clear<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    price(world, today);
    let supply =
        if world.offers.estates.is_empty() && world.offers.lots.is_empty() { [[0.0; TIERS]; WIDTH] } else { sell_offers(world, today) };
    for k in 0..TIERS {
        let sold = Lanes::from_fn(|lane| supply[lane][k]);
        world.asics.overhang[k] = world.asics.overhang[k] * today.scenario.asics.overhang_decay + sold;
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
        let fair = tier.index_usd_per_th * (tier.elasticity * log_ratio).map(units::exp);
        let clearing = clearing_price(fair, state.overhang[k], market.kappa, tier.depth_ths_per_day, tier.scrap_usd_per_th);
        state.clearing[k] = clearing;
        state.index[k] += market.index_weight * (clearing - state.index[k]);
    }
}

/// Sells what estates offer today and lenders offered yesterday; returns the supply (TH/s) by path and tier.
#[cold]
#[inline(never)]
fn sell_offers<J: Journal>(world: &mut World<J>, today: &Today<'_>) -> [[f64; TIERS]; WIDTH] {
    let mut estates = std::mem::take(&mut world.offers.estates);
    let mut lots = std::mem::take(&mut world.offers.lots);
    estates.sort_unstable_by_key(|(lane, fleet, _)| (*fleet, *lane));
    let mut supply = [[0.0; TIERS]; WIDTH];
    for (lane, fleet, machines) in
        estates.iter().copied().chain(lots.iter().map(|(lane, loan, machines)| (*lane, fleet_of(today, *loan), *machines)))
    {
        let model = today.book.model(fleet);
        supply[lane][model.tier] += machines * model.hashrate_ths;
    }
    for &(lane, fleet, machines) in &estates {
        let cents = proceeds(world, today, lane, fleet, machines, &supply);
        world.ledger.move_machines_one(lane, Account::Fleet(fleet), Outside, machines, Reason::MachineSale);
        let owner = Account::Miner(today.book.fleet[fleet.index()].miner);
        world.ledger.pay_one(lane, Outside, owner, cents, Reason::MachineProceeds);
        world.ledger.journal.event(lane, EventKind::MachineSale, Entity::Fleet(fleet), machines);
    }
    for &(lane, loan, machines) in &lots {
        sell_lot(world, today, lane, loan, machines, &supply);
    }
    estates.clear();
    lots.clear();
    (world.offers.estates, world.offers.lots) = (estates, lots);
    supply
}

fn fleet_of(today: &Today<'_>, loan: LoanId) -> FleetId {
    match today.book.loans[loan.index()].security {
        Security::Machines { fleet, .. } => fleet,
        _ => unreachable!("only machine-backed loans have lots"),
    }
}

/// What `machines` of a row bring (cents) at the day's clearing price and discount.
fn proceeds<J>(world: &World<J>, today: &Today<'_>, lane: usize, fleet: FleetId, machines: f64, supply: &[[f64; TIERS]; WIDTH]) -> f64 {
    let (model, market) = (today.book.model(fleet), &today.scenario.asics);
    let k = model.tier;
    let discount = lot_discount(market, supply[lane][k], market.tiers[k].bulk_ths);
    units::round(machines * (model.hashrate_ths * world.asics.clearing[k][lane] * (1.0 - discount) * 100.0))
}

fn sell_lot<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, machines: f64, supply: &[[f64; TIERS]; WIDTH]) {
    let loan = &today.book.loans[id.index()];
    let cents = proceeds(world, today, lane, fleet_of(today, id), machines, supply);
    let before = world.ledger.machines(Account::Lot(id))[lane];
    world.ledger.move_machines_one(lane, Account::Lot(id), Outside, machines, Reason::MachineSale);
    let state = &mut world.loans[id.index()];
    let paid = cents.min(state.ead[lane] - state.recovered[lane]);
    world.ledger.pay_one(lane, Outside, Account::Lender(loan.lender), paid, Reason::MachineProceeds);
    world.ledger.pay_one(lane, Outside, Account::Miner(loan.miner), cents - paid, Reason::MachineSurplus);
    state.recovered[lane] += paid;
    let owed = state.ead[lane] - state.recovered[lane];
    let carry = units::round(state.carry[lane] * ((before - machines) / before)).min(owed);
    world.lenders[loan.lender.index()].carry[lane] += carry - state.carry[lane];
    state.carry[lane] = carry;
    world.ledger.journal.event(lane, EventKind::MachineSale, Entity::Loan(id), machines);
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
            assert!((lot_discount(&asics, supply, 1000.0) - discount).abs() < 1e-15);
        }
    }
}
