//! States of lenders, and what is for sale.

use super::NEVER;
use crate::{
    book::Lender,
    lanes::{Lanes, Mask},
};

/// The longest survival horizon that is told (days): ten years or more.
pub const LONGEST_SURVIVAL: f64 = 3650.0;

/// docs/model/lenders.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/lenders.md")]
pub struct LenderState {
    pub book: Lanes,
    pub carry: Lanes,
    pub other_assets: Lanes,
    pub funding: Lanes,
    /// Part of the funding payable on demand.
    pub demand: Lanes,
    /// What its claims on other lenders are worth.
    pub claims: Lanes,
    /// What it owes other lenders.
    pub owed: Lanes,
    /// What it lost on loans it sold, less what it gained on those it bought.
    pub sale_loss: Lanes,
    /// Least survival horizon measured so far, days.
    pub survival: Lanes,
    pub stopped: Mask,
    pub tightened: Mask,
    pub failed: Mask,
    /// Day of failure, or -1.
    pub failed_day: Lanes,
}

impl LenderState {
    /// At the start of day 0.
    pub(super) fn opening(lender: &Lender) -> Self {
        Self {
            book: Lanes::splat(lender.book_cents),
            carry: Lanes::ZERO,
            other_assets: Lanes::splat(lender.other_assets_cents),
            funding: Lanes::splat(lender.funding_cents),
            demand: Lanes::splat(lender.demand_cents),
            claims: Lanes::splat(lender.claims_cents),
            owed: Lanes::splat(lender.owed_cents),
            sale_loss: Lanes::ZERO,
            survival: Lanes::splat(LONGEST_SURVIVAL),
            stopped: Mask::NONE,
            tightened: Mask::NONE,
            failed: Mask::NONE,
            failed_day: NEVER,
        }
    }
}

/// Machines on offer.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    /// Of estates and of responses: lane, fleet row and machines, offered and cleared on the same day; few paths have any.
    pub estates: Vec<(usize, crate::ids::FleetId, f64)>,
    /// Of lenders: loan of the lot and machines, offered today, cleared tomorrow; loans in order.
    pub lots: Vec<(crate::ids::LoanId, Lanes)>,
    /// Lots that hold machines on some path, loans in order.
    pub held: Vec<crate::ids::LoanId>,
}
