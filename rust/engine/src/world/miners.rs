//! States of miners, their machines, orders and hedges, and of what they do about it.

use super::NEVER;
use crate::{
    book::{Book, Hedge, HedgeTerms, Miner},
    lanes::{Flags, Lanes, Mask},
    policy::switching::Rest,
};

/// On or off, and when that turns if revenue stays against it: docs/model/fleet.md#switching
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "states of docs/model/fleet.md")]
pub struct Switch {
    pub on: Mask,
    /// Day on which it turns; infinite while nothing is counted against it, as on days before its miner keeps count.
    pub turns: Lanes,
}

impl Switch {
    /// Running, with nothing counted against it.
    pub const ON: Self = Self { on: Mask::ALL, turns: Lanes::splat(f64::INFINITY) };
}

/// docs/model/miners.md. In the order written: the stage fleet touches those up to `running_ths` on most days, miners up to `debt_service_per_day`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
#[allow(missing_docs, reason = "states of docs/model/miners.md and fleet.md")]
pub struct MinerState {
    /// Where none of its rows changes its state; ended when it stops operating on some path.
    pub rest: Rest,
    pub operating: Flags,
    pub selling: Flags,
    pub short: Flags,
    pub bills_grace: Flags,
    pub running_ths: Lanes,
    /// What a day's power costs, less what curtailment brings.
    pub power_cents: Lanes,
    /// Power due and bills in arrears.
    pub owed: Lanes,
    pub debt_service_per_day: Lanes,
    pub bills_arrears: Lanes,
    pub potential_ths: Lanes,
    pub installed_ths: Lanes,
    pub equity_left: Lanes,
    /// Day of default, or -1.
    pub failed_day: Lanes,
}

impl MinerState {
    /// At the start of day 0, service of orders aside.
    pub(super) fn opening(book: &Book, miner: &Miner) -> Self {
        let service = miner.loans.iter().fold(0.0, |sum, loan| sum + book.loans[loan.index()].agreement.service_cents_per_day);
        Self {
            operating: Flags::ALL,
            selling: Flags::NONE,
            short: Flags::NONE,
            bills_grace: Flags::NONE,
            running_ths: Lanes::ZERO,
            potential_ths: Lanes::ZERO,
            installed_ths: Lanes::ZERO,
            power_cents: Lanes::ZERO,
            rest: Rest::FOREVER, // the first day looks at everything: its contracts are new
            owed: Lanes::ZERO,
            bills_arrears: Lanes::ZERO,
            equity_left: Lanes::splat(miner.equity_line_cents),
            debt_service_per_day: Lanes::splat(service),
            failed_day: NEVER,
        }
    }

    /// Power used and not yet billed (cents); negative where curtailment brought more.
    #[inline(always)]
    pub fn power_due(&self) -> Lanes {
        self.owed - self.bills_arrears
    }
}

/// docs/model/deliveries.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/deliveries.md")]
pub struct OrderState {
    /// Neither delivered nor closed.
    pub open: Flags,
    pub paid: Lanes,
    pub arrears: Lanes,
    /// Day on which the current grace ends.
    pub grace_day: Lanes,
}

/// docs/model/hedges.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/hedges.md")]
pub struct HedgeState {
    pub open: Flags,
    pub called: Flags,
    /// What a future's coins were worth when it was settled last.
    pub mark: Lanes,
    /// Day on which a future's margin call must have been met.
    pub cure_end: Lanes,
}

impl HedgeState {
    /// At the start of day 0.
    pub(super) fn opening(hedge: &Hedge) -> Self {
        Self {
            open: Flags::ALL,
            called: Flags::NONE,
            mark: match hedge.terms {
                HedgeTerms::ShortFuture(future) => Lanes::splat(future.strike_cents),
                _ => Lanes::ZERO,
            },
            cure_end: NEVER,
        }
    }
}

/// docs/model/responses.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/responses.md")]
pub struct ResponseState {
    /// First day on which it may be used; infinite once it is used up.
    pub ready: Lanes,
    /// Firsts of a month in a row on which its site was off.
    pub standing: Lanes,
}

impl ResponseState {
    /// Ready, with nothing counted.
    pub(super) const OPENING: Self = Self { ready: Lanes::ZERO, standing: Lanes::ZERO };
}

/// Hashprice of the month so far; kept up only while a book holds a hashprice forward.
#[derive(Debug, Clone, Copy)]
pub struct Month {
    /// Days it counts.
    pub days: f64,
    /// Sum over them, USD per PH/s and day.
    pub hashprice: Lanes,
}

impl Month {
    /// Nothing yet.
    pub const OPENING: Self = Self { days: 0.0, hashprice: Lanes::ZERO };
}
