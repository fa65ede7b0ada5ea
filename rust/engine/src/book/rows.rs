//! Rows as they come from the tables: typed and in range, but not yet cross-checked. One struct a table, names as in docs/model/inputs.md.

use crate::contract::{calendar::Date, daycount::DayCount};

/// Who bears a change of the power price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerContract {
    /// One's own contract at a fixed price; may be curtailed and sold back.
    Fixed,
    /// The region's tariff plus an adder.
    Indexed,
    /// A host's all-in fixed price.
    HostedFixed,
    /// A host's price that follows the tariff.
    HostedPassThrough,
}

/// What secures a loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collateral {
    /// Mining machines of one fleet row.
    Machines,
    /// Bitcoin held in custody.
    Btc,
    /// Nothing.
    None,
}

/// How principal comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amortisation {
    /// Interest and principal at maturity.
    Bullet,
    /// Equal parts of principal.
    Linear,
    /// Equal payments.
    Annuity,
    /// Interest on each date, principal at maturity.
    InterestOnly,
    /// Payments of a given size; interest they do not cover joins the principal.
    FixedPayment,
    /// Interest joins the principal until maturity.
    PaymentInKind,
}

/// What a lender can reach beyond the collateral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recourse {
    /// The whole company.
    Full,
    /// The collateral only (a special-purpose vehicle).
    Limited,
}

/// What a machine will have cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceKind {
    /// What was agreed.
    Fixed,
    /// What is still unpaid follows the index of used machines.
    Floating,
}

/// How a facility helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacilityKind {
    /// It lends to miners that run short.
    Fund,
    /// It buys machines that are sold under force.
    Buyback,
}

/// Where the claims of a fund stand in an estate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// Before the loans.
    Senior,
    /// With the loans.
    Equal,
    /// After the loans.
    Junior,
}

/// What was hedged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HedgeKind {
    /// Bitcoin sold forward on an exchange, with margin.
    ShortFuture,
    /// The right to sell bitcoin at a price.
    Put,
    /// A put, paid for with a call.
    Collar,
    /// Hashrate sold forward, settled in cash.
    HashpriceForward,
    /// Power bought at a fixed price and sold back at the tariff.
    PowerSale,
    /// What a plant makes, bought at a fixed price and sold at the tariff.
    Ppa,
}

/// What is done at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkKind {
    /// Machines are put into liquid.
    Cooling,
    /// Racks are built.
    Racks,
}

/// What a miner may do before it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseKind {
    /// Sells machines.
    Retire,
    /// Replaces machines by better ones.
    Upgrade,
    /// Moves machines to another site.
    Migrate,
    /// Sells coins it holds.
    SellCoins,
    /// Walks away from a loan with limited recourse.
    StrategicDefault,
    /// Asks its lender for new terms.
    Renegotiate,
    /// Pays a loan back early, in part.
    Prepay,
    /// Sells rack slots that stand empty.
    SellSlots,
}

/// What makes it do so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseTrigger {
    /// Cash lasts for fewer days.
    RunwayDaysBelow,
    /// Cash lasts for more days.
    RunwayDaysOver,
    /// Bitcoin is cheaper.
    BtcBelow,
    /// A site earns less for what its power costs.
    MarginBelow,
    /// A site was off on so many firsts of a month in a row.
    StandingMonths,
    /// More is owed for what the machines behind a loan would bring.
    LtvOver,
}

macro_rules! words {
    ($kind:ident { $($variant:ident = $word:literal),+ }) => {
        impl $kind {
            /// The words of the input.
            pub const NAMES: &'static [&'static str] = &[$($word),+];

            /// From its word.
            pub fn try_parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// Its word.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}
words!(PowerContract { Fixed = "fixed", Indexed = "indexed", HostedFixed = "hosted_fixed", HostedPassThrough = "hosted_pass_through" });
words!(Collateral { Machines = "machines", Btc = "btc", None = "none" });
words!(Amortisation { Bullet = "bullet", Linear = "linear", Annuity = "annuity", InterestOnly = "interest_only",
    FixedPayment = "fixed_payment", PaymentInKind = "payment_in_kind" });
words!(Recourse { Full = "full", Limited = "limited" });
words!(PriceKind { Fixed = "fixed", Floating = "floating" });
words!(FacilityKind { Fund = "fund", Buyback = "buyback" });
words!(Rank { Senior = "senior", Equal = "equal", Junior = "junior" });
words!(WorkKind { Cooling = "cooling", Racks = "racks" });
words!(HedgeKind { ShortFuture = "short_future", Put = "put", Collar = "collar", HashpriceForward = "hashprice_forward", PowerSale = "power_sale",
    Ppa = "ppa" });
words!(ResponseKind { Retire = "retire", Upgrade = "upgrade", Migrate = "migrate", SellCoins = "sell_coins", StrategicDefault = "strategic_default",
    Renegotiate = "renegotiate", Prepay = "prepay", SellSlots = "sell_slots" });
words!(ResponseTrigger { RunwayDaysBelow = "runway_days_below", RunwayDaysOver = "runway_days_over", BtcBelow = "btc_below",
    MarginBelow = "margin_below", StandingMonths = "standing_months", LtvOver = "ltv_over" });

/// All tables of a book.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Machine catalogue.
    pub machines: Vec<MachineRow>,
    /// Power markets.
    pub regions: Vec<RegionRow>,
    /// Borrowers.
    pub miners: Vec<MinerRow>,
    /// Machines by miner, site and model.
    pub fleet: Vec<FleetRow>,
    /// Loans.
    pub loans: Vec<LoanRow>,
    /// Lenders.
    pub lenders: Vec<LenderRow>,
    /// Claims between lenders.
    pub exposures: Vec<ExposureRow>,
    /// The anonymous rest of the network.
    pub cohorts: Vec<CohortRow>,
    /// Purchase orders.
    pub orders: Vec<OrderRow>,
    /// What miners have hedged.
    pub hedges: Vec<HedgeRow>,
    /// Rescue funds and buy-backs.
    pub facilities: Vec<FacilityRow>,
    /// What plants make by month.
    pub profiles: Vec<ProfileRow>,
    /// Jobs at sites.
    pub works: Vec<WorkRow>,
    /// What miners may do before they fail.
    pub responses: Vec<ResponseRow>,
}

/// `machines`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct MachineRow {
    pub model: String,
    pub hashrate_ths: f64,
    pub power_w: f64,
    pub launched_date: Option<Date>,
}

/// `regions`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct RegionRow {
    pub region: String,
}

/// `miners`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct MinerRow {
    pub miner: String,
    pub cash_usd: f64,
    pub btc: f64,
    pub overhead_usd_per_month: f64,
    pub essential_share: f64,
    pub other_income_usd_per_month: f64,
    pub hodl_share: f64,
    pub runway_low_days: f64,
    pub runway_high_days: f64,
    pub stock_sale_share: f64,
    pub equity_line_usd: f64,
    pub equity_line_usd_per_month: f64,
    pub pool_fee: f64,
    pub bills_grace_days: u32,
}

/// `fleet`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct FleetRow {
    pub fleet: String,
    pub miner: String,
    pub model: String,
    pub region: String,
    pub machines: u32,
    pub power_contract: PowerContract,
    pub power_usd_per_mwh: f64,
    pub pass_through: f64,
    pub curtailment_strike_usd_per_mwh: Option<f64>,
    pub curtailment_share: f64,
    pub shutdown_ratio: f64,
    pub shutdown_days: u32,
    pub restart_ratio: f64,
    pub restart_days: u32,
    pub rack_slots: Option<u32>,
    pub host: Option<String>,
    pub host_deposit_usd: f64,
    pub demand_charge_usd_per_mw_month: f64,
}

/// `loans`.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct LoanRow {
    pub loan: String,
    pub miner: String,
    pub lender: String,
    pub collateral: Collateral,
    pub amortisation: Amortisation,
    pub outstanding_usd: f64,
    pub rate: f64,
    pub day_count: DayCount,
    pub first_payment_date: Date,
    pub maturity_date: Date,
    pub period_months: u32,
    pub recourse: Recourse,
    pub cross_default: bool,
    pub grace_days: u32,
    pub collateral_fleet: Option<String>,
    pub collateral_machines: Option<u32>,
    pub collateral_btc: Option<f64>,
    pub initial_ltv: Option<f64>,
    pub call_ltv: Option<f64>,
    pub liquidation_ltv: Option<f64>,
    pub cure_days: Option<u32>,
    pub tranche_share: Option<f64>,
    pub payment_usd: Option<f64>,
    pub default_interest_rate: f64,
    pub fee_rate: f64,
    pub credit_line_usd: Option<f64>,
    pub covenant_cover: Option<f64>,
    pub covenant_days: Option<u32>,
}

/// `lenders`.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct LenderRow {
    pub lender: String,
    pub cash_usd: f64,
    pub other_assets_usd: f64,
    pub equity_usd: f64,
    pub funding_rate: f64,
    pub seizure_days: u32,
    pub call_notice_days: u32,
    pub host_usd_per_mwh: f64,
    pub host_capacity_ths: f64,
    pub policy: String,
    pub demand_share: f64,
    pub run_own: f64,
    pub run_peer: f64,
    pub term_share_per_month: f64,
    pub stop_equity_share: f64,
    pub tighten_equity_share: f64,
    pub forbear_days: Option<u32>,
    pub swap_cover: Option<f64>,
    pub amend_cover: Option<f64>,
    pub rehypothecated_share: f64,
    pub book_sale_days: Option<u32>,
    pub book_sale_price: Option<f64>,
    pub book_buy_cover: Option<f64>,
    pub bankruptcy_cost_share: f64,
}

/// `exposures`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct ExposureRow {
    pub creditor: String,
    pub debtor: String,
    pub amount_usd: f64,
    pub line_usd: Option<f64>,
}

/// `cohorts`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct CohortRow {
    pub cohort: String,
    pub region: String,
    pub efficiency_j_per_th: f64,
    pub power_usd_per_mwh: f64,
    pub hashrate_ths: f64,
    pub pass_through: f64,
    pub shutdown_ratio: f64,
    pub shutdown_days: u32,
    pub restart_ratio: f64,
    pub restart_days: u32,
}

/// `orders`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct OrderRow {
    pub order: String,
    pub miner: String,
    pub vendor: String,
    pub fleet: String,
    pub machines: u32,
    pub price_usd: f64,
    pub price_kind: PriceKind,
    pub price_protection: bool,
    pub deposit_usd: f64,
    pub first_instalment_date: Option<Date>,
    pub instalments: Option<u32>,
    pub delivery_date: Date,
    pub deployment_days: u32,
    pub grace_days: u32,
    pub forfeit_share: f64,
    pub coupon_share: f64,
    pub cancel_ratio: Option<f64>,
}

/// `hedges`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct HedgeRow {
    pub hedge: String,
    pub miner: String,
    pub kind: HedgeKind,
    pub expiry_date: Date,
    pub btc: Option<f64>,
    pub hashrate_ths: Option<f64>,
    pub mw: Option<f64>,
    pub region: Option<String>,
    pub strike_usd: Option<f64>,
    pub cap_usd: Option<f64>,
    pub strike_usd_per_ph_day: Option<f64>,
    pub strike_usd_per_mwh: Option<f64>,
    pub initial_margin_share: Option<f64>,
    pub maintenance_margin_share: Option<f64>,
    pub cure_days: Option<u32>,
    pub profile: Option<String>,
    pub take_share: Option<f64>,
    pub suspend_usd_per_mwh: Option<f64>,
}

/// `profiles`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct ProfileRow {
    pub profile: String,
    pub month: u32,
    pub share: f64,
}

/// `works`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/sites.md")]
pub struct WorkRow {
    pub work: String,
    pub fleet: String,
    pub kind: WorkKind,
    pub begin_date: Option<Date>,
    pub days: u32,
    pub capex_usd: f64,
    pub hashrate_factor: Option<f64>,
    pub energy_factor: Option<f64>,
    pub heat_relief: Option<f64>,
    pub slots: Option<u32>,
    pub units: Option<u32>,
    pub step_days: Option<u32>,
}

/// `facilities`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct FacilityRow {
    pub facility: String,
    pub kind: FacilityKind,
    pub capital_usd: f64,
    pub opens_date: Date,
    pub closes_date: Date,
    pub take_up_share: f64,
    pub region: Option<String>,
    pub bill_days: Option<f64>,
    pub rate: Option<f64>,
    pub term_days: Option<u32>,
    pub rank: Option<Rank>,
    pub max_usd_per_miner: Option<f64>,
    pub max_debt_to_assets: Option<f64>,
    pub price_usd_per_th: Option<f64>,
    pub price_to_index: Option<f64>,
}

/// `responses`.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names and units are those of docs/model/inputs.md")]
pub struct ResponseRow {
    pub response: String,
    pub miner: String,
    pub kind: ResponseKind,
    pub trigger: ResponseTrigger,
    pub threshold: f64,
    pub from_date: Option<Date>,
    pub until_date: Option<Date>,
    pub wait_days: Option<u32>,
    pub fleet: Option<String>,
    pub machines: Option<u32>,
    pub to_fleet: Option<String>,
    pub delay_days: Option<u32>,
    pub cost_usd_per_machine: Option<f64>,
    pub share: Option<f64>,
    pub loan: Option<String>,
    pub term_months: Option<u32>,
    pub pause_months: Option<u32>,
    pub rate: Option<f64>,
    pub usd_per_slot: Option<f64>,
}
