//! How long a lender's cash would last: measured, never felt. Model: docs/model/lenders.md#survival-horizon

use super::{
    equity,
    funding::{lost_share, run_rate},
};
use crate::{
    book::Lender,
    day::Today,
    ids::LenderId,
    journal::{Account, Journal},
    lanes::Lanes,
    world::{LONGEST_SURVIVAL, LenderState, World},
};

/// Whole days that cash (cents) lasts when this much leaves a day.
#[inline(always)]
fn lasts(cash: Lanes, leaves: Lanes) -> Lanes {
    let some = leaves.gt(Lanes::ZERO);
    let longest = Lanes::splat(LONGEST_SURVIVAL);
    some.select((cash / some.select(leaves, Lanes::splat(1.0))).floor().min(longest), longest)
}

/// What leaves a lender in a day (cents): its depositors as frightened as they are and by one peer more, its term funding, the cost of it all.
#[inline(always)]
fn leaves(lender: &Lender, funding: Lanes, demand: Lanes, lost: Lanes) -> Lanes {
    let runs = demand * run_rate(lender.run_own, lender.run_peer, lost, Lanes::splat(1.0));
    let term = (funding - demand).max(Lanes::ZERO) * lender.term_share_per_month / 30.0;
    runs + term + funding.max(Lanes::ZERO) * lender.funding_rate / 360.0
}

/// The horizon of the opening sheet, days.
pub fn opening(lender: &Lender) -> f64 {
    let splat = Lanes::splat;
    lasts(splat(lender.cash_cents), leaves(lender, splat(lender.funding_cents), splat(lender.demand_cents), Lanes::ZERO))[0]
}

/// What leaves a lender in a day, as its sheet is now (cents).
#[inline(always)]
pub(super) fn outflow(lender: &Lender, state: &LenderState, cash: Lanes) -> Lanes {
    leaves(lender, state.funding, state.demand, lost_share(lender.equity_cents, equity(state, cash)))
}

/// Keeps the least horizon of each lender.
#[inline(never)]
pub(super) fn measure<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for (index, lender) in today.book.lenders.iter().enumerate() {
        let cash = world.ledger.cash(Account::Lender(LenderId::at(index)));
        let state = &mut world.lenders[index];
        let horizon = lasts(cash, outflow(lender, state, cash)).only(!state.failed);
        state.survival = state.survival.min(horizon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cash_lasts_as_long_as_what_leaves_allows() {
        for (cash, leaves, days) in [(100.0, 10.0, 10.0), (99.0, 10.0, 9.0), (0.0, 5.0, 0.0), (5.0, 0.0, 3650.0), (1e9, 1.0, 3650.0)] {
            assert_eq!(lasts(Lanes::splat(cash), Lanes::splat(leaves))[0], days, "{cash} {leaves}");
        }
    }

    #[test]
    fn runs_term_funding_and_its_cost_leave() {
        let row = Lender { run_own: 0.5, run_peer: 0.125, term_share_per_month: 0.3, funding_rate: 0.036, ..Lender::default() };
        for (funding, demand, lost, expected) in [
            (1000.0, 400.0, 0.0, 50.0 + 6.0 + 0.1),
            (1000.0, 400.0, 0.5, 150.0 + 6.0 + 0.1),
            (400.0, 400.0, 9.0, 400.0 + 0.04),
            (-50.0, 0.0, 0.0, 0.0),
        ] {
            let found = leaves(&row, Lanes::splat(funding), Lanes::splat(demand), Lanes::splat(lost))[0];
            assert!((found - expected).abs() < 1e-9, "{funding} {demand} {lost}: {found}");
        }
        let row = Lender { cash_cents: 560.0, funding_cents: 1000.0, demand_cents: 400.0, ..row };
        assert_eq!(opening(&row), 9.0);
    }
}
