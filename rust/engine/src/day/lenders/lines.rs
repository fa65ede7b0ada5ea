//! Lines that lenders have committed to each other. Model: docs/model/exposures.md#credit-lines

use crate::{
    day::Today,
    ids::LenderId,
    journal::{Account, Entity, EventKind, Journal, Reason},
    world::World,
};

/// What is drawn on a line (cents): what is missing, up to what the line leaves and the giver has.
pub fn drawn(needed: f64, cash: f64, left_on_line: f64, cash_of_giver: f64) -> f64 {
    (needed - cash).min(left_on_line).min(cash_of_giver).max(0.0)
}

/// A lender that has to pay draws first where its cash does not do.
pub(super) fn draw<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LenderId, needed: f64) {
    let taker = &today.book.lenders[id.index()];
    if taker.lines.is_empty() || !today.scenario.channels.lender_lines || world.lenders[id.index()].tightened.get(lane) {
        return;
    }
    for &line in &taker.lines {
        let row = &today.book.exposures[line.index()];
        let giver = &world.lenders[row.creditor.index()];
        let (Some(limit), false) = (row.line_cents, (giver.failed | giver.stopped | giver.tightened).get(lane)) else { continue };
        let cash = |of: LenderId| world.ledger.cash(Account::Lender(of))[lane];
        let cents = drawn(needed, cash(id), limit - world.claimed[line.index()][lane], cash(row.creditor));
        if cents > 0.0 {
            world.ledger.pay_one(lane, Account::Lender(row.creditor), Account::Lender(id), cents, Reason::LenderDraw);
            world.claimed[line.index()][lane] += cents;
            world.marks[line.index()][lane] += cents;
            world.lenders[row.creditor.index()].claims[lane] += cents;
            world.lenders[id.index()].owed[lane] += cents;
            world.ledger.journal.event(lane, EventKind::LenderDraw, Entity::Lender(id), cents);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_drawn_as_far_as_it_and_its_giver_go() {
        for (needed, cash, left, giver, expected) in [
            (100.0, 40.0, 500.0, 500.0, 60.0),
            (100.0, 40.0, 50.0, 500.0, 50.0),
            (100.0, 40.0, 50.0, 30.0, 30.0),
            (100.0, 100.0, 50.0, 30.0, 0.0),
            (100.0, 140.0, 50.0, 30.0, 0.0),
            (100.0, 40.0, 0.0, 30.0, 0.0),
        ] {
            assert_eq!(drawn(needed, cash, left, giver), expected, "{needed} {cash} {left} {giver}");
        }
    }
}
