//! What lenders do with seized machines. Model: docs/model/lenders.md#disposal-policy

use super::consign;
use crate::{
    book::TIERS,
    day::Today,
    ids::LoanId,
    journal::{
        Account::{self, World as Outside},
        Journal, Reason,
    },
    lanes::{Lanes, Mask},
    policy::disposal::{self, Lot},
    world::World,
};

/// What each lender does with the lots it holds, loans in order.
#[inline(always)]
pub(super) fn dispose<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let mut held = std::mem::take(&mut world.offers.held);
    held.retain(|id| world.ledger.machines(Account::Lot(*id)).gt(Lanes::ZERO).any());
    let ratio: [Lanes; TIERS] = std::array::from_fn(|k| world.asics.clearing[k] / world.asics.index[k]);
    let mut rack_left: Vec<Lanes> = today.book.lenders.iter().map(|lender| Lanes::splat(lender.host_capacity_ths)).collect();
    for &id in &held {
        let (lender, state) = (today.book.loans[id.index()].lender, &world.loans[id.index()]);
        let tier = today.book.lot_model(id).tier;
        let left = world.ledger.machines(Account::Lot(id));
        let lot = Lot { left, initial: state.lot_initial, age: today.day as f64 - state.lot_day };
        let dumps = if today.scenario.channels.lender_dumping { world.lenders[lender.index()].failed } else { Mask::NONE };
        let decided = disposal::decide(&today.scenario.policies[lender.index()], &lot, dumps, ratio[tier]);
        if decided.offer.gt(Lanes::ZERO).any() {
            world.offers.lots.push((id, decided.offer));
        }
        if decided.consign.any() {
            consign::sell(world, today, id, decided.consign, ratio[tier]);
        }
        if decided.host.any() {
            host(world, today, id, left.only(decided.host), &mut rack_left[lender.index()]);
        }
    }
    world.offers.held = held;
}

/// Runs what fits the lender's rack while it earns more than its power.
#[inline(always)]
fn host<J: Journal>(world: &mut World<J>, today: &Today<'_>, id: LoanId, left: Lanes, rack_left: &mut Lanes) {
    let loan = &today.book.loans[id.index()];
    let (model, lender) = (today.book.lot_model(id), &today.book.lenders[loan.lender.index()]);
    let margin = world.network.revenue_usd_per_ths - model.mwh_per_ths * lender.host_usd_per_mwh;
    let machines = left.min((*rack_left / model.hashrate_ths).floor()).only(margin.gt(Lanes::ZERO));
    let hosted_ths = machines * model.hashrate_ths;
    *rack_left -= hosted_ths;
    let cents = (hosted_ths * (margin * 100.0)).round();
    world.ledger.pay(Outside, Account::Lender(loan.lender), cents, Reason::HostIncome);
    world.network.online_ths += hosted_ths;
}
