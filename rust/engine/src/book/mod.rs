//! WHAT EXISTS on day 0, already cross-checked and in canonical order. Model: docs/model/inputs.md

pub mod agreement;
mod build;
pub mod facilities;
mod hedging;
mod keys;
mod launches;
mod lending;
pub mod orders;
mod profiles;
pub mod renewal;
pub mod responding;
pub mod rows;
pub mod sites;

use crate::{
    contract::{calendar::Date, daycount::DayCount},
    error::Error,
    ids::{ExposureId, FleetId, HedgeId, LenderId, LoanId, LotId, MinerId, ModelId, PledgeId, RegionId},
};
pub use agreement::{Agreement, Pays};
pub use facilities::{Facility, Fund, Help, Price};
pub use orders::{Credit, Instalment, Order};
pub use responding::{Act, Response, When};
pub use rows::{
    Amortisation, Collateral, FacilityKind, HedgeKind, PowerContract, PriceKind, Rank, Recourse, ResponseKind, ResponseTrigger, Rows,
    WorkKind,
};
pub use sites::{Job, Work};

/// Efficiency tiers of machines: below 25, 25-38, 38-68, from 68 J/TH.
pub const TIERS: usize = 4;

/// Miners, machines, loans and lenders at the start.
#[derive(Debug, Clone)]
pub struct Book {
    /// Machine catalogue.
    pub models: Vec<Model>,
    /// Power markets, by key.
    pub regions: Vec<String>,
    /// Borrowers.
    pub miners: Vec<Miner>,
    /// Machines, grouped by miner.
    pub fleet: Vec<Fleet>,
    /// Loans.
    pub loans: Vec<Loan>,
    /// Lenders.
    pub lenders: Vec<Lender>,
    /// Claims between lenders, by (debtor, creditor).
    pub exposures: Vec<Exposure>,
    /// The anonymous rest of the network.
    pub cohorts: Vec<Cohort>,
    /// Pledges of coins: the BTC-backed loans, in order.
    pub pledges: Vec<(LoanId, Pledge)>,
    /// Loans with a covenant, in order.
    pub covenants: Vec<(LoanId, Covenant)>,
    /// Purchase orders.
    pub orders: Vec<Order>,
    /// Pairs of a miner and a vendor that have an order, in order.
    pub credits: Vec<Credit>,
    /// What miners have hedged.
    pub hedges: Vec<Hedge>,
    /// Rescue funds and buy-backs.
    pub facilities: Vec<Facility>,
    /// Jobs at sites.
    pub works: Vec<Work>,
    /// What miners may do before they fail.
    pub responses: Vec<Response>,
}

/// A machine model.
#[derive(Debug, Clone)]
pub struct Model {
    /// Key.
    pub key: String,
    /// TH/s of one machine.
    pub hashrate_ths: f64,
    /// Energy of one TH/s, MWh a day.
    pub mwh_per_ths: f64,
    /// Efficiency tier, 0 (best) to 3.
    pub tier: usize,
    /// Energy, J/TH.
    pub j_per_th: f64,
    /// From when it can be bought; `None` for always.
    pub launched: Option<Date>,
}

/// A borrower. Money in whole cents, coins in whole satoshis.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names of docs/model/inputs.md with the unit they are carried in")]
pub struct Miner {
    pub key: String,
    pub cash_cents: f64,
    pub sats: f64,
    pub essential_cents: f64,
    pub other_overhead_cents: f64,
    pub overhead_cents_per_day: f64,
    pub other_income_cents: f64,
    /// Share of production sold while nothing is short: `1 - hodl_share`.
    pub sold_share: f64,
    pub runway_low_days: f64,
    pub runway_high_days: f64,
    pub stock_sale_share: f64,
    pub equity_line_cents: f64,
    pub equity_cents_per_month: f64,
    /// Share of production left by the pool: `1 - pool_fee`.
    pub after_fee: f64,
    pub bills_grace_days: usize,
    /// Its rows of [`Book::fleet`].
    pub fleet: std::ops::Range<usize>,
    /// Its loans, in order.
    pub loans: Vec<LoanId>,
    /// Those of them that can be drawn on.
    pub credit_lines: Vec<LoanId>,
    /// Its hedges, in order.
    pub hedges: Vec<HedgeId>,
}

/// Machines of one model at one site of one miner.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names of docs/model/inputs.md with the unit they are carried in")]
pub struct Fleet {
    pub key: String,
    pub miner: MinerId,
    pub model: ModelId,
    pub region: RegionId,
    pub machines: f64,
    pub power_contract: PowerContract,
    pub power_usd_per_mwh: f64,
    pub pass_through: f64,
    pub curtailment_strike_usd_per_mwh: Option<f64>,
    pub curtailment_share: f64,
    pub switching: Switching,
    /// Machines that can be plugged in on day 0; `None` for no limit.
    pub rack_slots: Option<f64>,
    /// Who runs the site of a hosted row.
    pub host: Option<String>,
    /// What the miner has left with its host.
    pub host_deposit_cents: f64,
    /// What the connection of a machine costs a day, running or not.
    pub demand_cents_per_machine: f64,
}

/// When machines stop and start again: docs/model/fleet.md#switching
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "names of docs/model/inputs.md")]
pub struct Switching {
    pub shutdown_ratio: f64,
    pub shutdown_days: f64,
    pub restart_ratio: f64,
    pub restart_days: f64,
}

/// A loan with the amounts its terms fix in advance.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names of docs/model/inputs.md with the unit they are carried in")]
pub struct Loan {
    pub key: String,
    pub miner: MinerId,
    pub lender: LenderId,
    pub agreement: Agreement,
    pub principal_cents: f64,
    pub rate: f64,
    pub day_count: DayCount,
    pub default_interest_rate: f64,
    pub fee_rate: f64,
    /// Most that may be owed (cents); 0 where nothing can be drawn.
    pub credit_line_cents: f64,
    pub recourse: Recourse,
    pub cross_default: bool,
    pub grace_days: usize,
    pub security: Security,
    pub covenant: Option<Covenant>,
}

/// What machines behind a loan must be worth: docs/model/collateral.md#machines-covenants
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Covenant {
    /// Their worth over the claim, at least.
    pub cover: f64,
    /// Days to make good what is missing.
    pub days: usize,
}

/// What secures a loan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Security {
    /// Nothing.
    None,
    /// Machines of one fleet row.
    Machines {
        /// The row.
        fleet: FleetId,
        /// How many.
        machines: f64,
        /// Where they go when seized.
        lot: LotId,
    },
    /// Coins in custody.
    Btc(Pledge),
}

/// Terms of a BTC-backed loan: docs/model/collateral.md
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "names of docs/model/inputs.md")]
pub struct Pledge {
    pub id: PledgeId,
    pub sats: f64,
    pub initial_ltv: f64,
    pub call_ltv: f64,
    pub liquidation_ltv: f64,
    pub cure_days: usize,
    pub tranche_share: f64,
}

/// A lender.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names of docs/model/inputs.md with the unit they are carried in")]
pub struct Lender {
    pub key: String,
    pub cash_cents: f64,
    pub other_assets_cents: f64,
    pub book_cents: f64,
    pub funding_cents: f64,
    pub funding_rate: f64,
    pub seizure_days: usize,
    pub call_notice_days: usize,
    pub host_usd_per_mwh: f64,
    pub host_capacity_ths: f64,
    pub policy: String,
    pub equity_cents: f64,
    /// Funding payable on demand on day 0.
    pub demand_cents: f64,
    pub run_own: f64,
    pub run_peer: f64,
    pub term_share_per_month: f64,
    pub stop_equity_share: f64,
    pub tighten_equity_share: f64,
    pub forbear_days: Option<usize>,
    pub swap_cover: Option<f64>,
    pub amend_cover: Option<f64>,
    pub rehypothecated_share: f64,
    pub book_sale: Option<BookSale>,
    pub book_buy_cover: Option<f64>,
    pub bankruptcy_cost_share: f64,
    /// What it owes other lenders.
    pub owed_cents: f64,
    /// What it has lent to other lenders, on day 0.
    pub claims_cents: f64,
    /// Claims on it that it can draw more on, in order.
    pub lines: Vec<ExposureId>,
    /// Its loans, in order.
    pub loans: Vec<LoanId>,
}

/// A failed lender's machine loans, offered to their borrowers and to other lenders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BookSale {
    /// Days after its failure.
    pub days: usize,
    /// Share of what is owed.
    pub price: f64,
}

/// A claim of one lender on another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// Who is owed.
    pub creditor: LenderId,
    /// Who owes.
    pub debtor: LenderId,
    /// How much on day 0, cents.
    pub cents: f64,
    /// Up to how much the creditor has committed to lend, cents.
    pub line_cents: Option<f64>,
}

/// Something a miner has hedged: docs/model/hedges.md
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names of docs/model/inputs.md")]
pub struct Hedge {
    pub key: String,
    pub miner: MinerId,
    pub expiry: Date,
    pub terms: HedgeTerms,
}

/// What was agreed. Money in whole cents, coins in whole satoshis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HedgeTerms {
    /// Bitcoin sold forward, with margin.
    ShortFuture(Future),
    /// A put, or a collar.
    Option(Floor),
    /// Hashrate sold forward.
    HashpriceForward {
        /// PH/s.
        phs: f64,
        /// USD per PH/s and day.
        strike: f64,
    },
    /// What a plant makes, bought at a price and sold at the tariff.
    Ppa(Ppa),
    /// Power sold back.
    PowerSale {
        /// Megawatts.
        mw: f64,
        /// Whose tariff it is sold at.
        region: RegionId,
        /// USD/MWh it was bought at.
        strike: f64,
    },
}

/// A power purchase agreement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ppa {
    /// Megawatts of the plant.
    pub mw: f64,
    /// Whose tariff its power is sold at.
    pub region: RegionId,
    /// USD/MWh it is bought at.
    pub strike: f64,
    /// Share that must be taken while it is worth less.
    pub take_share: f64,
    /// Tariff below which nothing is taken, USD/MWh.
    pub suspend: Option<f64>,
    /// Mean output by month over `mw`.
    pub shares: profiles::Shares,
}

/// A short future.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "names of docs/model/hedges.md with the unit they are carried in")]
pub struct Future {
    pub sats: f64,
    pub strike_cents: f64,
    pub opening_margin_cents: f64,
    pub initial_margin_share: f64,
    pub maintenance_margin_share: f64,
    pub cure_days: f64,
}

/// A floor under the price of some coins, and perhaps a cap over it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// How many coins.
    pub sats: f64,
    /// What they bring at least, cents.
    pub strike_cents: f64,
    /// What they bring at most, cents; infinite for a put.
    pub cap_cents: f64,
}

/// A slice of the anonymous network.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names of docs/model/inputs.md")]
pub struct Cohort {
    pub key: String,
    pub region: RegionId,
    pub efficiency_j_per_th: f64,
    pub power_usd_per_mwh: f64,
    pub hashrate_ths: f64,
    pub pass_through: f64,
    pub switching: Switching,
}

impl Book {
    /// Cross-checks the rows and puts them in canonical order; all problems at once.
    pub fn try_build(rows: Rows) -> Result<Self, Error> {
        build::book(rows)
    }

    /// The machine model of a fleet row.
    #[inline(always)]
    pub fn model(&self, fleet: FleetId) -> &Model {
        &self.models[self.fleet[fleet.index()].model.index()]
    }

    /// The machine model that secures a machine-backed loan.
    ///
    /// # Panics
    /// For a loan without machines: only machine-backed loans have lots.
    #[inline(always)]
    pub fn lot_model(&self, loan: LoanId) -> &Model {
        match self.loans[loan.index()].security {
            Security::Machines { fleet, .. } => self.model(fleet),
            _ => unreachable!("only machine-backed loans have lots"),
        }
    }
}

impl Loan {
    /// Its pledge of coins, if it is backed by coins.
    pub fn pledge(&self) -> Option<Pledge> {
        match self.security {
            Security::Btc(pledge) => Some(pledge),
            _ => None,
        }
    }
}
