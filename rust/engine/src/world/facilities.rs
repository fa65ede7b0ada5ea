//! States of rescue funds and buy-backs.

use crate::{
    book::TIERS,
    lanes::{Flags, Lanes, Mask},
};

/// docs/model/rescue.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/rescue.md")]
pub struct FacilityState {
    pub spent: Lanes,
    /// It was asked for more than it had left.
    pub exhausted: Mask,
    /// TH/s of machines bought back, by tier.
    pub held_ths: [Lanes; TIERS],
}

impl FacilityState {
    /// Nothing spent.
    pub const OPENING: Self = Self { spent: Lanes::ZERO, exhausted: Mask::NONE, held_ths: [Lanes::ZERO; TIERS] };
}

/// What a fund lent a miner: docs/model/rescue.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/rescue.md")]
pub struct Bridge {
    /// The miner would apply and has not had a loan yet.
    pub may: Flags,
    pub open: Flags,
    pub principal: Lanes,
    pub due: Lanes,
    pub claim: Lanes,
    pub recovered: Lanes,
}

impl Bridge {
    /// Nothing lent, and nobody applies.
    pub const NONE: Self =
        Self { may: Flags::NONE, open: Flags::NONE, principal: Lanes::ZERO, due: Lanes::ZERO, claim: Lanes::ZERO, recovered: Lanes::ZERO };
}
