//! What is written down of a path: nothing in an ordinary run, every posting and event in a replay. A type parameter of the run, so that silence
//! costs nothing.

use crate::{
    ids::{CreditId, FacilityId, FleetId, HedgeId, LenderId, LoanId, MinerId, OrderId},
    lanes::{Lanes, Mask},
};

/// An account of the ledger: docs/model/ledger.md
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table of docs/model/ledger.md")]
pub enum Account {
    World,
    Miner(MinerId),
    Lender(LenderId),
    Pledge(LoanId),
    Fleet(FleetId),
    Lot(LoanId),
    Credit(CreditId),
    Margin(HedgeId),
    Facility(FacilityId),
}

/// What a posting counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the units of docs/model/ledger.md")]
pub enum Unit {
    Cents,
    Sats,
    Machines,
}

macro_rules! named {
    ($(#[$doc:meta])* $kind:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the words of docs/model")]
        pub enum $kind { $($variant),+ }

        impl $kind {
            /// Its word in tables and docs.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}
macro_rules! counted {
    ($(#[$doc:meta])* $kind:ident { $($unit:literal { $($variant:ident = $word:literal),+ $(,)? })+ }) => {
        named!($(#[$doc])* $kind { $($($variant = $word),+),+ });

        impl $kind {
            /// All of them.
            pub const ALL: &[Self] = &[$($(Self::$variant),+),+];

            /// What its amount counts; empty where it has none.
            pub fn unit(self) -> &'static str {
                match self { $($(Self::$variant)|+ => $unit),+ }
            }
        }
    };
}
named!(
    /// Why a posting was made: docs/model/ledger.md
    Reason {
        Production = "production", ProductionSale = "production_sale", TreasurySale = "treasury_sale", ForcedSale = "forced_sale",
        OtherIncome = "other_income", PowerCredit = "power_credit", Equity = "equity", BillsArrears = "bills_arrears", Power = "power",
        Essential = "essential", Overhead = "overhead", Interest = "interest", Principal = "principal", Draw = "draw", TopUp = "top_up", Release = "release",
        CollateralSale = "collateral_sale", CollateralProceeds = "collateral_proceeds", CollateralSurplus = "collateral_surplus",
        Seizure = "seizure", MachineSale = "machine_sale", MachineProceeds = "machine_proceeds", MachineSurplus = "machine_surplus",
        MachinePurchase = "machine_purchase", Migration = "migration", MigrationCost = "migration_cost", SlotSale = "slot_sale",
        Instalment = "instalment", CreditUsed = "credit_used", Delivery = "delivery", PriceProtection = "price_protection", Coupon = "coupon",
        VendorCredit = "vendor_credit", Forfeit = "forfeit",
        Estate = "estate", HostIncome = "host_income", FundingCost = "funding_cost", Withdrawal = "withdrawal",
        RollOff = "roll_off", LenderDraw = "lender_draw", Repurchase = "repurchase", BookSale = "book_sale", SellBack = "sell_back",
        Rehypothecation = "rehypothecation",
        VariationMargin = "variation_margin", InitialMargin = "initial_margin", MarginReturn = "margin_return", OptionPayoff = "option_payoff",
        ForwardSettlement = "forward_settlement", PowerSale = "power_sale", Deficit = "deficit",
        RescueLoan = "rescue_loan", RescueRepayment = "rescue_repayment", Buyback = "buyback",
        LienFee = "lien_fee", HostDeposit = "host_deposit", Works = "works",
    }
);
counted!(
    /// What happened, by what its amount counts: docs/model, the page of its stage.
    EventKind {
        "" {
            Shutdown = "shutdown", Restart = "restart", Curtailment = "curtailment", SellMode = "sell_mode", HoldMode = "hold_mode",
            MinerDefault = "miner_default", LenderFailure = "lender_failure", LendingStopped = "lending_stopped",
            LendingResumed = "lending_resumed", LenderTightened = "lender_tightened", FacilityExhausted = "facility_exhausted",
        }
        "cents" {
            EquityDraw = "equity_draw", MissedBill = "missed_bill", MissedPayment = "missed_payment", Capitalisation = "capitalisation",
            CreditDraw = "credit_draw", LoanCalled = "loan_called", LoanDefault = "loan_default", MarginCall = "margin_call", CovenantCall = "covenant_call", Estate = "estate",
            MissedInstalment = "missed_instalment", OrderLapse = "order_lapse", OrderCancelled = "order_cancelled",
            VendorDefault = "vendor_default", LenderLoss = "lender_loss", LenderWithdrawal = "lender_withdrawal", LenderRun = "lender_run",
            LenderRollOff = "lender_roll_off", LenderDraw = "lender_draw", ExposureLoss = "exposure_loss", Forbearance = "forbearance",
            DebtSwap = "debt_swap", Repurchase = "repurchase", BookSale = "book_sale", StrategicDefault = "strategic_default", Renegotiation = "renegotiation",
            RenegotiationRefused = "renegotiation_refused", Prepayment = "prepayment", HedgeMarginCall = "hedge_margin_call", HedgeClosed = "hedge_closed",
            HedgeSettled = "hedge_settled", RescueLoan = "rescue_loan", RescueRepaid = "rescue_repaid", RescueDefault = "rescue_default",
            WorksBegun = "works_begun",
        }
        "sats" {
            Halving = "halving", ForcedSale = "forced_sale", CollateralSale = "collateral_sale", CollateralLost = "collateral_lost",
            CoinSale = "coin_sale",
        }
        "machines" {
            Seizure = "seizure", MachineSale = "machine_sale", Delivery = "delivery", Consignment = "consignment", SellBack = "sell_back", Retirement = "retirement",
            Upgrade = "upgrade", Migration = "migration", Buyback = "buyback", HostFailure = "host_failure", LienRelease = "lien_release",
        }
        "slots" { SlotSale = "slot_sale", WorksDone = "works_done" }
        "difficulty" { Retarget = "retarget" }
    }
);

/// Whom an event concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "one variant a kind of entity")]
pub enum Entity {
    Network,
    Miner(MinerId),
    Fleet(FleetId),
    Loan(LoanId),
    Lender(LenderId),
    Order(OrderId),
    Hedge(HedgeId),
    Facility(FacilityId),
}

/// One movement, on one path.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the columns of docs/model/ledger.md")]
pub struct Posting {
    pub day: u32,
    pub reason: Reason,
    pub unit: Unit,
    pub from: Account,
    pub to: Account,
    pub amount: f64,
}

/// One event, on one path. `amount` counts the unit of the kind.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the columns of the table `events`")]
pub struct Event {
    pub day: u32,
    pub kind: EventKind,
    pub entity: Entity,
    pub amount: f64,
}

/// Where postings and events go.
pub trait Journal: Default + Send {
    /// Whether anything is written down.
    const ON: bool;

    /// The day that follows.
    fn begin(&mut self, day: usize);

    /// A posting on every path with a positive amount.
    fn postings(&mut self, reason: Reason, unit: Unit, from: Account, to: Account, amounts: Lanes);

    /// A posting on one path.
    fn posting(&mut self, lane: usize, reason: Reason, unit: Unit, from: Account, to: Account, amount: f64);

    /// An event on one path.
    fn event(&mut self, lane: usize, kind: EventKind, entity: Entity, amount: f64);

    /// An event on each path of a mask, without an amount.
    #[inline(always)]
    fn events(&mut self, paths: Mask, kind: EventKind, entity: Entity) {
        if Self::ON {
            for lane in paths.lanes() {
                self.event(lane, kind, entity, 0.0);
            }
        }
    }
}

/// Writes nothing.
#[derive(Debug, Default)]
pub struct Silent;

impl Journal for Silent {
    const ON: bool = false;

    #[inline(always)]
    fn begin(&mut self, _: usize) {}

    #[inline(always)]
    fn postings(&mut self, _: Reason, _: Unit, _: Account, _: Account, _: Lanes) {}

    #[inline(always)]
    fn posting(&mut self, _: usize, _: Reason, _: Unit, _: Account, _: Account, _: f64) {}

    #[inline(always)]
    fn event(&mut self, _: usize, _: EventKind, _: Entity, _: f64) {}
}

/// The lane that is written down.
const WRITTEN: usize = 0;

/// Writes everything of the first path of a group, in the order in which it happened. A replay puts one path on every lane.
#[derive(Debug, Default)]
pub struct Full {
    day: u32,
    /// Postings.
    pub postings: Vec<Posting>,
    /// Events.
    pub events: Vec<Event>,
}

impl Journal for Full {
    const ON: bool = true;

    fn begin(&mut self, day: usize) {
        self.day = day as u32;
    }

    fn postings(&mut self, reason: Reason, unit: Unit, from: Account, to: Account, amounts: Lanes) {
        self.posting(WRITTEN, reason, unit, from, to, amounts[WRITTEN]);
    }

    fn posting(&mut self, lane: usize, reason: Reason, unit: Unit, from: Account, to: Account, amount: f64) {
        if lane == WRITTEN && amount != 0.0 {
            self.postings.push(Posting { day: self.day, reason, unit, from, to, amount });
        }
    }

    fn event(&mut self, lane: usize, kind: EventKind, entity: Entity, amount: f64) {
        if lane == WRITTEN {
            self.events.push(Event { day: self.day, kind, entity, amount });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::EventKind;

    #[test]
    fn every_event_has_one_word_and_a_unit_people_know() {
        let words: BTreeSet<_> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(words.len(), EventKind::ALL.len());
        for kind in EventKind::ALL {
            assert!(["", "cents", "sats", "machines", "slots", "difficulty"].contains(&kind.unit()), "{}", kind.name());
        }
        for (kind, unit) in [
            (EventKind::HostFailure, "machines"),
            (EventKind::LienRelease, "machines"),
            (EventKind::WorksBegun, "cents"),
            (EventKind::WorksDone, "slots"),
            (EventKind::SlotSale, "slots"),
            (EventKind::Halving, "sats"),
            (EventKind::SellMode, ""),
        ] {
            assert_eq!(kind.unit(), unit, "{}", kind.name());
        }
    }
}
