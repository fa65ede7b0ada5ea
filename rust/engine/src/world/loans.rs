//! States of loans: what is owed, to whom, and what is seized for it.

use super::NEVER;
use crate::{
    book::Loan,
    ids::LenderId,
    lanes::{Flags, Lanes, Mask, WIDTH},
};

/// docs/model/loans.md. In the order written: a due date that is paid touches flags and principal only, a margin test the interest too.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
#[allow(missing_docs, reason = "states of docs/model/loans.md and collateral.md")]
pub struct LoanState {
    /// Performing or in arrears.
    pub open: Flags,
    /// Open with something unpaid.
    pub arrears: Flags,
    pub cure: Flags,
    pub defaulted: Flags,
    /// It has new terms: the dates of its row are void.
    pub renewed: Flags,
    /// Another lender than that of its row holds it.
    pub sold: Flags,
    pub outstanding: Lanes,
    pub arrears_interest: Lanes,
    pub arrears_principal: Lanes,
    pub ead: Lanes,
    pub recovered: Lanes,
    pub carry: Lanes,
    /// Day on which the current grace ends.
    pub grace_day: Lanes,
    /// Day from which default interest on the arrears has not been charged yet.
    pub late_from: Lanes,
    pub lot_initial: Lanes,
    pub lot_day: Lanes,
    /// Day of default, or -1.
    pub default_day: Lanes,
    /// What its holder paid less for it than was outstanding.
    pub discount: Lanes,
    /// Its lender has waited once.
    pub forborne: Flags,
    /// Nothing is claimed beyond the collateral.
    pub settled: Flags,
    /// Its lender, path by path: that of its row until it is sold.
    pub holder: [LenderId; WIDTH],
}

impl LoanState {
    /// At the start of day 0.
    pub(super) fn opening(loan: &Loan) -> Self {
        Self {
            open: Flags::ALL,
            arrears: Flags::NONE,
            defaulted: Flags::NONE,
            cure: Flags::NONE,
            renewed: Flags::NONE,
            sold: Flags::NONE,
            outstanding: Lanes::splat(loan.principal_cents),
            arrears_interest: Lanes::ZERO,
            arrears_principal: Lanes::ZERO,
            ead: Lanes::ZERO,
            recovered: Lanes::ZERO,
            carry: Lanes::ZERO,
            grace_day: NEVER,
            late_from: NEVER,
            lot_initial: Lanes::ZERO,
            lot_day: NEVER,
            default_day: NEVER,
            discount: Lanes::ZERO,
            forborne: Flags::NONE,
            settled: Flags::NONE,
            holder: [loan.lender; WIDTH],
        }
    }

    /// Who holds it, each with the paths on which it does.
    #[inline(always)]
    pub fn holders(&self) -> impl Iterator<Item = (LenderId, Mask)> + use<> {
        by_holder(self.holder, self.sold.any())
    }

    /// Another lender has it from now on, at a discount.
    pub fn sell(&mut self, lane: usize, to: LenderId, discount: f64) {
        self.sold.set(lane, true);
        self.holder[lane] = to;
        self.discount[lane] = discount;
    }
}

/// Holders with the paths of each; without a look at them where nothing was sold.
#[inline(always)]
fn by_holder(holder: [LenderId; WIDTH], sold: bool) -> impl Iterator<Item = (LenderId, Mask)> {
    let mut left = Mask::ALL;
    std::iter::from_fn(move || {
        let first = left.lanes().next()?;
        let paths = if sold { Mask::from_fn(|lane| holder[lane] == holder[first]) } else { Mask::ALL };
        left = left & !paths;
        Some((holder[first], paths))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loan_has_a_holder_on_each_path() {
        for (holders, sold, expected) in [
            ([5; WIDTH], false, vec![(5, vec![0, 1, 2, 3, 4, 5, 6, 7])]),
            ([5; WIDTH], true, vec![(5, vec![0, 1, 2, 3, 4, 5, 6, 7])]),
            ([5, 2, 5, 9, 2, 5, 5, 5], true, vec![(5, vec![0, 2, 5, 6, 7]), (2, vec![1, 4]), (9, vec![3])]),
        ] {
            let found = by_holder(holders.map(LenderId), sold).map(|(holder, paths)| (holder.0, paths.lanes().collect::<Vec<_>>()));
            assert_eq!(found.collect::<Vec<_>>(), expected);
        }
    }
}
