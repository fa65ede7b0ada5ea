//! WHAT HAPPENS from outside: compiled for one book, read-only, shared by all paths. Model: docs/model/inputs.md

mod build;
mod channels;
pub mod frontier;
pub mod hedges;
pub mod joint;
pub mod orders;
mod policies;
pub mod price;
pub mod sites;
pub mod spec;

use crate::{
    book::{Book, Pays, TIERS},
    contract::calendar::Date,
    error::Error,
    ids::{LenderId, LoanId, MinerId},
    policy::{consignment::Terms, switching::Thresholds},
};
pub use build::cohort_cost_usd_per_ths;
pub use channels::Channels;
pub use orders::{OrderDay, Slots, VendorFailure};
pub use sites::Sites;
pub use spec::{PriceSpec, ScenarioSpec};

/// A compiled scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Day 0.
    pub start: Date,
    /// Days simulated.
    pub days: usize,
    /// Whether a day (after day 0) is the first of a month.
    pub first_of_month: Vec<bool>,
    /// Fees, satoshis a block, by day.
    pub fees_sats_per_block: Vec<f64>,
    /// Tariff, USD/MWh, by region and day.
    pub tariff_usd_per_mwh: Vec<Vec<f64>>,
    /// Share of machines that can run, by region and day.
    pub availability: Vec<Vec<f64>>,
    /// The chain at the start.
    pub chain: Chain,
    /// Price impact of forced sales.
    pub impact: Impact,
    /// The market for used machines.
    pub asics: Asics,
    /// Lender events by day.
    pub lender_events: Vec<Vec<LenderEvent>>,
    /// Cohorts by day and cohort.
    pub cohorts: Vec<Vec<CohortDay>>,
    /// Disposal policy of each lender.
    pub policies: Vec<Policy>,
    /// Days from a miner's default to the distribution of its estate.
    pub estate_days: usize,
    /// Which feedback is on.
    pub channels: Channels,
    /// When stages begin and clocks end.
    pub stages: spec::StagesSpec,
    /// TH/s if nothing ever stood still, by day: docs/model/channels.md
    pub full_ths: Vec<f64>,
    /// TH/s of all cohorts' machines, whether they can run or not, by day.
    pub cohorts_installed_ths: Vec<f64>,
    /// Satoshis that sellers outside the book sell under force, by day.
    pub outside_sats: Vec<f64>,
    /// Due dates by day, loans in order.
    pub due: Vec<Vec<Due>>,
    /// Purchase orders by day; empty when the book has none.
    pub orders: Vec<OrderDay>,
    /// Slots of each fleet row.
    pub slots: Vec<Slots>,
    /// What happens at sites.
    pub sites: Sites,
    /// When hedges are settled.
    pub hedges: hedges::Calendar,
    /// Shocks that move together; none unless the scenario has them.
    pub joint: Option<joint::Joint>,
    /// What better machines leave of the older ones' prices; absent unless the scenario has a frontier.
    pub frontier: Option<frontier::Factors>,
    /// Where prices come from.
    pub price: PriceSpec,
}

/// The chain at the start of day 0: docs/model/network.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "names of docs/model/network.md")]
pub struct Chain {
    pub difficulty: f64,
    pub epoch_height: f64,
    pub epoch_blocks: f64,
    pub epoch_seconds: f64,
    pub subsidy_sats: f64,
    pub next_halving: f64,
}

/// docs/model/market.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "names of docs/model/market.md")]
pub struct Impact {
    pub y: f64,
    pub sigma_daily: f64,
    pub volume_btc_per_day: f64,
    pub permanent_share: f64,
    pub decay: f64,
}

/// docs/model/asics.md
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names of docs/model/asics.md")]
pub struct Asics {
    pub hashprice_weight: f64,
    pub index_weight: f64,
    pub overhang_decay: f64,
    pub kappa: f64,
    pub quick_discount: f64,
    pub bulk_discount: f64,
    pub tiers: [spec::TierSpec; TIERS],
}

/// What happens to a lender from outside mining.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shock {
    /// It fails.
    Fail,
    /// Its other assets lose this much (cents).
    Loss(f64),
    /// Depositors take this much (cents).
    Withdrawal(f64),
}

/// A dated shock to a lender.
#[derive(Debug, Clone, Copy)]
pub struct LenderEvent {
    /// Who.
    pub lender: LenderId,
    /// What.
    pub shock: Shock,
}

/// A cohort on one day: the same on all paths.
#[derive(Debug, Clone, Copy)]
pub struct CohortDay {
    /// TH/s installed.
    pub installed_ths: f64,
    /// TH/s installed and available.
    pub ths: f64,
    /// When it stops and starts.
    pub switching: Thresholds,
}

/// What a lender does with seized machines.
#[derive(Debug, Clone)]
pub struct Policy {
    /// A lot older than this is dumped.
    pub hold_days: usize,
    /// The first rule that matches decides.
    pub rules: Vec<Rule>,
}

/// One rule of a disposal policy.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Matches while clearing price / index is at most this.
    pub max_clearing_to_index: f64,
    /// What to do.
    pub action: Action,
}

/// What to do with a lot today.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// Offer all of it.
    Dump,
    /// Offer this share of the original lot.
    Sell(f64),
    /// Wait.
    Hold,
    /// Run it in the lender's own rack.
    Host,
    /// Hand it to a broker.
    Consign(Terms),
    /// Offer it to the miner that lost it, which wants machines that earn their price in so many days.
    SellBack(f64),
}

impl Policy {
    /// What the first rule that matches says; nothing where none does.
    pub fn action(&self, clearing_to_index: f64) -> Option<Action> {
        self.rules.iter().find(|rule| clearing_to_index <= rule.max_clearing_to_index).map(|rule| rule.action)
    }
}

/// A loan's due date, with all that a payment in full needs to know of the loan.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// The loan.
    pub loan: LoanId,
    /// Who pays.
    pub miner: MinerId,
    /// Whom, on the paths on which it was not sold.
    pub lender: LenderId,
    /// Interest a year.
    pub rate: f64,
    /// Fee a year on the same.
    pub fee_rate: f64,
    /// Year fraction of the period that ends.
    pub years: f64,
    /// Payment, level or fixed with its interest, or an instalment of principal, cents.
    pub payment_cents: f64,
    /// What is asked for.
    pub pays: Pays,
    /// Whether it is the last.
    pub last: bool,
}

impl Scenario {
    /// Checks the compiled scenario against a book; all problems at once (table `scenario`).
    pub fn try_build(spec: ScenarioSpec, book: &Book) -> Result<Self, Error> {
        build::scenario(spec, book)
    }

    /// Whether some lender's policy hands machines to a broker.
    pub fn consigns(&self) -> bool {
        self.policies.iter().flat_map(|policy| &policy.rules).any(|rule| matches!(rule.action, Action::Consign(_)))
    }

    /// The date of a day.
    pub fn date(&self, day: usize) -> Date {
        Date(self.start.0 + day as i32)
    }

    /// Days on which the scenario itself fails a lender, by its index.
    pub fn failure_days(&self, lender: usize) -> Vec<usize> {
        let fails = |event: &LenderEvent| event.lender.index() == lender && event.shock == Shock::Fail;
        (0..self.days).filter(|day| self.lender_events[*day].iter().any(fails)).collect()
    }
}
