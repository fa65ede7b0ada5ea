//! What lenders do with seized machines. Model: docs/model/lenders.md#disposal-policy

use super::{consign, sell_back};
use crate::{
    book::TIERS,
    day::Today,
    ids::{LenderId, LoanId},
    journal::{
        Account::{self, World as Outside},
        Journal, Reason,
    },
    lanes::{Lanes, Mask},
    policy::disposal::{self, Lot},
    units,
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
        let ratio = ratio[today.book.lot_model(id).tier];
        let state = &world.loans[id.index()];
        let (initial, age) = (state.lot_initial, today.day as f64 - state.lot_day);
        let mut offer = Lanes::ZERO;
        for (lender, paths) in state.holders() {
            let lot = Lot { left: world.ledger.machines(Account::Lot(id)).only(paths), initial, age };
            let dumps = if today.scenario.channels.lender_dumping { world.lenders[lender.index()].failed } else { Mask::NONE };
            let decided = disposal::decide(&today.scenario.policies[lender.index()], &lot, dumps, ratio);
            offer += decided.offer;
            if decided.consign.any() {
                consign::sell(world, today, (id, lender), decided.consign, ratio);
            }
            if decided.sell_back.any() {
                sell_back::sell(world, today, (id, lender), decided.sell_back, ratio);
            }
            if decided.host.any() {
                host(world, today, (id, lender), lot.left.only(decided.host), &mut rack_left[lender.index()]);
            }
        }
        if offer.gt(Lanes::ZERO).any() {
            world.offers.lots.push((id, offer));
        }
    }
    world.offers.held = held;
}

/// Runs what fits the lender's rack while it earns more than its power.
#[inline(always)]
fn host<J: Journal>(world: &mut World<J>, today: &Today<'_>, (id, lender): (LoanId, LenderId), left: Lanes, rack_left: &mut Lanes) {
    let model = today.book.lot_model(id);
    let margin = world.network.revenue_usd_per_ths - model.mwh_per_ths * today.book.lenders[lender.index()].host_usd_per_mwh;
    let machines = left.min((*rack_left / model.hashrate_ths).floor()).only(margin.gt(Lanes::ZERO));
    let hosted_ths = machines * model.hashrate_ths;
    *rack_left -= hosted_ths;
    let cents = (hosted_ths * (margin * 100.0)).round();
    world.ledger.pay(Outside, Account::Lender(lender), cents, Reason::HostIncome);
    world.network.online_ths += hosted_ths;
}

/// Machines of a lot of `left` brought `paid` on one path: recovered on the loan, whose mark shrinks with the lot.
pub(super) fn recover<J>(world: &mut World<J>, lane: usize, (id, lender): (LoanId, LenderId), paid: f64, (machines, left): (f64, f64)) {
    let state = &mut world.loans[id.index()];
    state.recovered[lane] += paid;
    let carry = carry_left(state.carry[lane], machines, left, state.ead[lane] - state.recovered[lane]);
    world.lenders[lender.index()].carry[lane] += carry - state.carry[lane];
    state.carry[lane] = carry;
}

/// What a lot of `left` machines is carried at without `machines` of them: never more than the claim that is left (cents).
pub fn carry_left(carry: f64, machines: f64, left: f64, claim: f64) -> f64 {
    units::round(carry * ((left - machines) / left)).min(claim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_a_lot_shrinks_with_it() {
        for (carry, machines, left, claim, expected) in [
            (1000.0, 25.0, 100.0, 9000.0, 750.0),
            (1000.0, 100.0, 100.0, 9000.0, 0.0),
            (1000.0, 25.0, 100.0, 600.0, 600.0),
            (1000.0, 1.0, 3.0, 9000.0, 667.0),
        ] {
            assert_eq!(carry_left(carry, machines, left, claim), expected, "{carry} {machines} {left} {claim}");
        }
    }
}
