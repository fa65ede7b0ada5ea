//! What a day adds up to.

use crate::lanes::Lanes;

/// Counts the close reports, kept up to date by the stages.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "aggregates of docs/model/close.md")]
pub struct Tally {
    pub running_ths: Lanes,
    pub potential_ths: Lanes,
    pub installed_ths: Lanes,
    pub defaulted_cents: Lanes,
    pub miners_failed: Lanes,
    pub lenders_failed: Lanes,
    /// What a day's power costs all miners.
    pub power_cents: Lanes,
    pub monthly: Monthly,
}

impl Tally {
    pub(super) const NONE: Self = Self {
        running_ths: Lanes::ZERO,
        potential_ths: Lanes::ZERO,
        installed_ths: Lanes::ZERO,
        defaulted_cents: Lanes::ZERO,
        miners_failed: Lanes::ZERO,
        lenders_failed: Lanes::ZERO,
        power_cents: Lanes::ZERO,
        monthly: Monthly::NONE,
    };
}

/// Measures taken once a month: docs/model/stages.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "measures of docs/model/stages.md")]
pub struct Monthly {
    pub top10_share: Lanes,
    pub hhi: Lanes,
    pub debt_to_assets: Lanes,
}

impl Monthly {
    /// Before the first day closes.
    pub const NONE: Self = Self { top10_share: Lanes::ZERO, hhi: Lanes::ZERO, debt_to_assets: Lanes::ZERO };
}
