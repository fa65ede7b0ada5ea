//! Where a lender's money comes from, and when it leaves: runs, funding cost, roll-over. Model: docs/model/lenders.md

use super::{equity, failure, lines};
use crate::{
    day::Today,
    ids::LenderId,
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::Lanes,
    world::World,
};

/// Share of demand funding that leaves in a day: `run_own` for the whole equity lost, `run_peer` for each peer that failed the day before.
#[inline(always)]
pub fn run_rate(run_own: f64, run_peer: f64, lost: Lanes, peers_failed: Lanes) -> Lanes {
    (run_own * lost + run_peer * peers_failed).min(Lanes::splat(1.0))
}

/// Share of the opening equity (cents) that is gone; 0 for a lender that opened without any.
#[inline(always)]
pub fn lost_share(opening_equity: f64, equity: Lanes) -> Lanes {
    if opening_equity > 0.0 { (Lanes::splat(opening_equity) - equity).max(Lanes::ZERO) / Lanes::splat(opening_equity) } else { Lanes::ZERO }
}

/// Depositors who saw losses, or a peer fail, take their money.
#[inline(always)]
pub(super) fn run<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let yesterday = Lanes::splat(today.day as f64 - 1.0);
    let one = Lanes::splat(1.0);
    let mut peers_failed = Lanes::ZERO;
    if today.day > 0 {
        for lender in &world.lenders {
            peers_failed += one.only(lender.failed_day.eq(yesterday));
        }
    }
    for (index, lender) in today.book.lenders.iter().enumerate() {
        if lender.run_own == 0.0 && lender.run_peer == 0.0 {
            continue;
        }
        let id = LenderId::at(index);
        let state = &world.lenders[index];
        let lost = lost_share(lender.equity_cents, equity(state, world.ledger.cash(Account::Lender(id))));
        let rate = run_rate(lender.run_own, lender.run_peer, lost, peers_failed);
        let wanted = (state.demand * rate).round().only(!state.failed);
        for lane in wanted.gt(Lanes::ZERO).lanes() {
            let paid = withdraw(world, today, lane, id, wanted[lane], Reason::Withdrawal);
            world.lenders[index].demand[lane] -= paid;
            world.ledger.journal.event(lane, EventKind::LenderRun, Entity::Lender(id), paid);
            if paid < wanted[lane] {
                failure::fail(world, today, lane, id);
            }
        }
    }
}

/// Funding that leaves, as far as cash and lines go; returns what was paid.
pub(super) fn withdraw<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LenderId, cents: f64, reason: Reason) -> f64 {
    let own = Account::Lender(id);
    lines::draw(world, today, lane, id, cents);
    let paid = cents.min(world.ledger.cash(own)[lane]);
    world.ledger.pay_one(lane, own, Outside, paid, reason);
    world.lenders[id.index()].funding[lane] -= paid;
    paid
}

/// The cost of funding, and of those that have stopped lending the term funding that nobody rolls over.
#[inline(always)]
pub(super) fn pay<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for (index, lender) in today.book.lenders.iter().enumerate() {
        let id = LenderId::at(index);
        let own = Account::Lender(id);
        let alive = !world.lenders[index].failed;
        let cost = (world.lenders[index].funding.max(Lanes::ZERO) * lender.funding_rate / 12.0).round().only(alive);
        if !lender.lines.is_empty() {
            for lane in cost.gt(world.ledger.cash(own)).lanes() {
                lines::draw(world, today, lane, id, cost[lane]);
            }
        }
        let paid = cost.min(world.ledger.cash(own));
        world.ledger.pay(own, Outside, paid, Reason::FundingCost);
        for lane in paid.lt(cost).lanes() {
            failure::fail(world, today, lane, id);
        }
        let state = &world.lenders[index];
        if lender.term_share_per_month > 0.0 && state.stopped.any() {
            let due = ((state.funding - state.demand).max(Lanes::ZERO) * lender.term_share_per_month).round();
            let due = due.only(state.stopped & !state.failed);
            for lane in due.gt(Lanes::ZERO).lanes() {
                let paid = withdraw(world, today, lane, id, due[lane], Reason::RollOff);
                world.ledger.journal.event(lane, EventKind::LenderRollOff, Entity::Lender(id), paid);
                if paid < due[lane] {
                    failure::fail(world, today, lane, id);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depositors_run_from_losses_and_from_failing_peers() {
        for (own, peer, lost, peers, rate) in [
            (0.5, 0.1, 0.0, 0.0, 0.0),
            (0.5, 0.1, 0.5, 0.0, 0.25),
            (0.5, 0.125, 0.5, 2.0, 0.5),
            (4.0, 0.0, 0.5, 0.0, 1.0),
            (0.0, 0.25, 1.0, 1.0, 0.25),
        ] {
            assert_eq!(run_rate(own, peer, Lanes::splat(lost), Lanes::splat(peers))[0], rate, "{own} {peer} {lost} {peers}");
        }
    }

    #[test]
    fn losses_are_shares_of_the_opening_equity() {
        for (opening, now, lost) in [(100.0, 100.0, 0.0), (100.0, 75.0, 0.25), (100.0, 140.0, 0.0), (100.0, -100.0, 2.0), (0.0, -5.0, 0.0)]
        {
            assert_eq!(lost_share(opening, Lanes::splat(now))[0], lost, "{opening} {now}");
        }
    }
}
