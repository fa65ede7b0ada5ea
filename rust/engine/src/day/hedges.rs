//! Hedges against the day's price: margin, payoffs, monthly settlements. Nothing here runs for a book without any. Model: docs/model/hedges.md

use super::{Today, miners, power};
use crate::{
    book::{Floor, Future, HedgeTerms},
    ids::{HedgeId, MinerId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::{Lanes, Mask},
    scenario::hedges::Settlement,
    units::CENTS_PER_USD,
    world::{Month, World},
};

/// What coins are worth today, whole cents.
#[inline(always)]
pub fn notional(sats: f64, cents_per_sat: Lanes) -> Lanes {
    (Lanes::splat(sats) * cents_per_sat).round()
}

/// Margin that a share of the notional comes to, cents.
#[inline(always)]
pub fn margin_level(notional: Lanes, share: f64) -> Lanes {
    (notional * share).round()
}

/// What a floor pays its holder (cents), less what the cap takes.
#[inline(always)]
pub fn payoff(floor: &Floor, notional: Lanes) -> Lanes {
    let below = (Lanes::splat(floor.strike_cents) - notional).max(Lanes::ZERO);
    let above = (notional - Lanes::splat(floor.cap_cents)).max(Lanes::ZERO);
    below - above
}

/// What hashrate sold forward brings over the days of a month (cents): the strike less the hashprice.
#[inline(always)]
pub fn forward(phs: f64, strike_usd_per_ph_day: f64, month: &Month) -> Lanes {
    (phs * (Lanes::splat(month.days * strike_usd_per_ph_day) - month.hashprice) * CENTS_PER_USD).round()
}

/// Hedges of the day, in order.
#[inline(always)]
pub(super) fn settle<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    if !today.book.hedges.is_empty() {
        settle_all(world, today);
    }
}

#[inline(never)]
fn settle_all<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for due in &today.scenario.hedges.days[today.day] {
        let open = world.hedges[due.hedge.index()].open.mask();
        if open.any() {
            settle_one(world, today, *due, open);
        }
    }
    if today.scenario.hedges.follows_hashprice {
        if today.scenario.first_of_month[today.day] {
            world.month = Month::OPENING;
        }
        world.month.days += 1.0;
        world.month.hashprice += world.network.hashprice;
    }
}

fn settle_one<J: Journal>(world: &mut World<J>, today: &Today<'_>, due: Settlement, open: Mask) {
    let (amount, reason) = match &today.book.hedges[due.hedge.index()].terms {
        HedgeTerms::ShortFuture(future) => return mark(world, today, due, future, open),
        HedgeTerms::Option(floor) => (payoff(floor, notional(floor.sats, world.market.cents_per_sat)), Reason::OptionPayoff),
        HedgeTerms::HashpriceForward { phs, strike } => (forward(*phs, *strike, &world.month), Reason::ForwardSettlement),
        HedgeTerms::PowerSale { .. } | HedgeTerms::Ppa(_) => (power::sale(today, due.hedge, today.day - 1), Reason::PowerSale),
    };
    pay_out(world, today, due, open, amount, reason);
}

/// A cash settlement: gains at once, losses path by path.
fn pay_out<J: Journal>(world: &mut World<J>, today: &Today<'_>, due: Settlement, open: Mask, amount: Lanes, reason: Reason) {
    let miner = today.book.hedges[due.hedge.index()].miner;
    if due.expires {
        world.hedges[due.hedge.index()].open.put(Mask::NONE);
    }
    if J::ON {
        for lane in open.lanes() {
            world.ledger.journal.event(lane, EventKind::HedgeSettled, Entity::Hedge(due.hedge), amount[lane]);
        }
    }
    world.ledger.pay(Outside, Account::Miner(miner), amount.max(Lanes::ZERO).only(open), reason);
    for lane in (open & amount.lt(Lanes::ZERO)).lanes() {
        charge(world, today, lane, miner, Outside, -amount[lane], reason);
    }
}

/// A future's day: variation, expiry, margin call, and what is free above the initial margin.
fn mark<J: Journal>(world: &mut World<J>, today: &Today<'_>, due: Settlement, future: &Future, open: Mask) {
    let (id, account) = (due.hedge, Account::Margin(due.hedge));
    let worth = notional(future.sats, world.market.cents_per_sat);
    let state = &mut world.hedges[id.index()];
    let change = (state.mark - worth).only(open);
    state.mark = worth;
    world.ledger.pay(Outside, account, change.max(Lanes::ZERO), Reason::VariationMargin);
    world.ledger.pay(account, Outside, (-change).max(Lanes::ZERO), Reason::VariationMargin);
    if due.expires {
        for lane in open.lanes() {
            end(world, today, lane, id, EventKind::HedgeSettled);
        }
        return;
    }
    let initial = margin_level(worth, future.initial_margin_share);
    let maintenance = margin_level(worth, future.maintenance_margin_share);
    let short = open & (state.called.mask() | world.ledger.cash(account).lt(maintenance));
    for lane in short.lanes() {
        answer_call(world, today, lane, id, future, initial[lane]);
    }
    let excess = (world.ledger.cash(account) - initial).max(Lanes::ZERO).only(open); // nothing where it was closed just now
    world.ledger.pay(account, Account::Miner(today.book.hedges[id.index()].miner), excess, Reason::MarginReturn);
}

/// A margin call, new or not yet met: pays up to the initial margin as far as cash, lines and coins go; closed out when the cure is over.
#[cold]
#[inline(never)]
fn answer_call<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: HedgeId, future: &Future, initial: f64) {
    let need = initial - world.ledger.cash(Account::Margin(id))[lane];
    let state = &mut world.hedges[id.index()];
    if !state.called.get(lane) {
        state.called.set(lane, true);
        state.cure_end[lane] = today.day as f64 + future.cure_days;
        world.ledger.journal.event(lane, EventKind::HedgeMarginCall, Entity::Hedge(id), need);
    }
    let cure_is_over = state.cure_end[lane] == today.day as f64;
    let mut unpaid = 0.0;
    if need > 0.0 {
        let miner = today.book.hedges[id.index()].miner;
        miners::raise_cash(world, today, lane, miner, need, None);
        unpaid = miners::pay_as_far(world, lane, miner, Account::Margin(id), need, Reason::InitialMargin);
    }
    if unpaid == 0.0 {
        world.hedges[id.index()].called.set(lane, false);
    } else if cure_is_over {
        end(world, today, lane, id, EventKind::HedgeClosed);
    }
}

/// A future ends: what is left of its margin goes back, what is missing is owed.
#[cold]
#[inline(never)]
fn end<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: HedgeId, kind: EventKind) {
    let (miner, account) = (today.book.hedges[id.index()].miner, Account::Margin(id));
    let margin = world.ledger.cash(account)[lane];
    world.ledger.journal.event(lane, kind, Entity::Hedge(id), margin);
    let state = &mut world.hedges[id.index()];
    state.open.set(lane, false);
    state.called.set(lane, false);
    if margin > 0.0 {
        world.ledger.pay_one(lane, account, Account::Miner(miner), margin, Reason::MarginReturn);
    } else if margin < 0.0 {
        charge(world, today, lane, miner, account, -margin, Reason::Deficit);
    }
}

/// A loss: paid as far as cash, lines and coins go; the rest is a bill. The world stands in for it where a margin account must be made whole.
#[cold]
#[inline(never)]
pub(super) fn charge<J: Journal>(
    world: &mut World<J>,
    today: &Today<'_>,
    lane: usize,
    id: MinerId,
    to: Account,
    cents: f64,
    reason: Reason,
) {
    miners::raise_cash(world, today, lane, id, cents, None);
    let unpaid = miners::pay_as_far(world, lane, id, to, cents, reason);
    if unpaid == 0.0 {
        return;
    }
    if to != Outside {
        world.ledger.pay_one(lane, Outside, to, unpaid, reason);
    }
    let state = &mut world.miners[id.index()];
    state.bills_arrears[lane] += unpaid;
    state.owed[lane] += unpaid;
    miners::miss_bill(world, today, lane, id, unpaid);
}

/// The miner defaults: each of its hedges is closed at what it is worth today, which is never less than nothing to the estate.
#[cold]
#[inline(never)]
pub(super) fn close_all<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId) {
    for &hedge in &today.book.miners[id.index()].hedges {
        if world.hedges[hedge.index()].open.get(lane) {
            close_out(world, today, lane, hedge);
        }
    }
}

fn close_out<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: HedgeId) {
    let hedge = &today.book.hedges[id.index()];
    let (own, margin) = (Account::Miner(hedge.miner), Account::Margin(id));
    let (value, from, reason) = match &hedge.terms {
        HedgeTerms::ShortFuture(_) => (world.ledger.cash(margin)[lane], margin, Reason::MarginReturn),
        HedgeTerms::Option(floor) => (payoff(floor, notional(floor.sats, world.market.cents_per_sat))[lane], Outside, Reason::OptionPayoff),
        HedgeTerms::HashpriceForward { phs, strike } => (forward(*phs, *strike, &world.month)[lane], Outside, Reason::ForwardSettlement),
        HedgeTerms::PowerSale { .. } | HedgeTerms::Ppa(_) => (power::sale(today, id, today.day)[lane], Outside, Reason::PowerSale),
    };
    let state = &mut world.hedges[id.index()];
    state.open.set(lane, false);
    state.called.set(lane, false);
    world.ledger.journal.event(lane, EventKind::HedgeClosed, Entity::Hedge(id), value);
    if value > 0.0 {
        world.ledger.pay_one(lane, from, own, value, reason);
    } else if value < 0.0 && from == margin {
        world.ledger.pay_one(lane, Outside, margin, -value, Reason::Deficit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_and_margin_are_whole_cents() {
        for (sats, usd, worth, margin) in
            [(100_000_000.0, 30_000.0, 3_000_000.0, 1_050_000.0), (1.0, 30_000.0, 0.0, 0.0), (12_345_678.0, 43_210.5, 533_463.0, 186_712.0)]
        {
            let found = notional(sats, Lanes::splat(usd * 1e-6));
            assert_eq!((found[0], margin_level(found, 0.35)[0]), (worth, margin), "{sats} {usd}");
        }
    }

    #[test]
    fn floors_and_caps_pay() {
        let put = Floor { sats: 1.0, strike_cents: 3000.0, cap_cents: f64::INFINITY };
        let collar = Floor { cap_cents: 4000.0, ..put };
        for (worth, of_put, of_collar) in
            [(0.0, 3000.0, 3000.0), (2500.0, 500.0, 500.0), (3000.0, 0.0, 0.0), (4000.0, 0.0, 0.0), (4600.0, 0.0, -600.0)]
        {
            let found = [put, collar].map(|floor| payoff(&floor, Lanes::splat(worth))[0]);
            assert_eq!(found, [of_put, of_collar], "{worth}");
        }
    }

    #[test]
    fn a_forward_pays_the_strike_less_the_mean_hashprice() {
        for (phs, strike, days, hashprice, cents) in [
            (200.0, 80.0, 30.0, 30.0 * 70.0, 6_000_000.0),
            (200.0, 80.0, 30.0, 30.0 * 95.0, -9_000_000.0),
            (0.25, 80.0, 1.0, 79.9, 2.0), // 2.5 cents, less a hair
            (10.0, 80.0, 24.0, 80.0 * 24.0, 0.0),
        ] {
            let month = Month { days, hashprice: Lanes::splat(hashprice) };
            assert_eq!(forward(phs, strike, &month)[0], cents, "{phs} {strike} {days} {hashprice}");
        }
    }
}
