//! The compiled scenario as it comes from Python: plain numbers, names as in docs/model/inputs.md. Not yet checked against a book.

use std::collections::BTreeMap;

/// Everything that comes from outside.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names, shapes and units are those of docs/model/inputs.md")]
pub struct ScenarioSpec {
    pub start: String,
    pub days: usize,
    pub fees_sats_per_block: Vec<f64>,
    pub tariff_usd_per_mwh: BTreeMap<String, Vec<f64>>,
    pub availability: BTreeMap<String, Vec<f64>>,
    pub height: f64,
    pub difficulty: f64,
    pub impact: ImpactSpec,
    pub asics: AsicsSpec,
    pub lender_events: Vec<LenderEventSpec>,
    pub deliveries: Vec<DeliverySpec>,
    pub vendor_events: Vec<VendorEventSpec>,
    pub rack_changes: Vec<RackChangeSpec>,
    pub host_events: Vec<HostEventSpec>,
    pub forced_sales: Vec<ForcedSaleSpec>,
    pub policies: BTreeMap<String, PolicySpec>,
    pub estate_days: u32,
    pub channels: BTreeMap<String, bool>,
    pub stages: StagesSpec,
    pub joint: Option<JointSpec>,
    pub frontier: Option<FrontierSpec>,
    pub price: PriceSpec,
}

/// Price impact of forced sales: docs/model/market.md.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/market.md")]
pub struct ImpactSpec {
    pub y: f64,
    pub sigma_daily: f64,
    pub volume_btc_per_day: f64,
    pub permanent_share: f64,
    pub half_life_days: f64,
}

/// The market for used machines: docs/model/asics.md.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/asics.md")]
pub struct AsicsSpec {
    pub hashprice_half_life_days: f64,
    pub index_half_life_days: f64,
    pub overhang_half_life_days: f64,
    pub kappa: f64,
    pub quick_discount: f64,
    pub bulk_discount: f64,
    pub tiers: Vec<TierSpec>,
}

/// One efficiency tier: docs/model/asics.md.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/asics.md")]
pub struct TierSpec {
    pub index_usd_per_th: f64,
    pub elasticity: f64,
    pub depth_ths_per_day: f64,
    pub bulk_ths: f64,
    pub scrap_usd_per_th: f64,
}

/// When a stage of the crisis begins and a clock of recovery ends: docs/model/stages.md.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "names and units are those of docs/model/stages.md")]
pub struct StagesSpec {
    pub btc_usd: f64,
    pub utilisation: f64,
    pub lender_cash_share: f64,
    pub power_to_revenue: f64,
    pub miner_cash_share: f64,
    pub recovery_btc_usd: f64,
    pub recovery_lender_share: f64,
}

impl Default for StagesSpec {
    /// The parameters of docs/model/stages.md.
    fn default() -> Self {
        Self {
            btc_usd: 20_000.0,
            utilisation: 0.9,
            lender_cash_share: 0.5,
            power_to_revenue: 0.8,
            miner_cash_share: 0.5,
            recovery_btc_usd: 22_000.0,
            recovery_lender_share: 0.75,
        }
    }
}

/// A dated event of a lender: `fail`, `loss`, `withdrawal`.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/lenders.md")]
pub struct LenderEventSpec {
    pub day: usize,
    pub lender: String,
    pub kind: String,
    pub amount_usd: f64,
}

/// New hashrate of a cohort.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/network.md")]
pub struct DeliverySpec {
    pub day: usize,
    pub cohort: String,
    pub hashrate_ths: f64,
}

/// A vendor fails.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/deliveries.md")]
pub struct VendorEventSpec {
    pub day: usize,
    pub vendor: String,
}

/// Slots that a fleet row gains or loses.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/deliveries.md")]
pub struct RackChangeSpec {
    pub day: usize,
    pub fleet: String,
    pub slots: f64,
}

/// A host fails.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/sites.md")]
pub struct HostEventSpec {
    pub day: usize,
    pub host: String,
    pub lien_days: u32,
    pub move_days: u32,
    pub fee_usd_per_machine: f64,
    pub deposit_lost_share: f64,
}

/// Coins that sellers outside the book sell under force, in equal parts over days that may lie outside the run.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/market.md")]
pub struct ForcedSaleSpec {
    pub day: f64,
    pub days: f64,
    pub btc: f64,
}

/// A disposal policy as a table of rules.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/lenders.md")]
pub struct PolicySpec {
    pub hold_days: u32,
    pub rules: Vec<RuleSpec>,
}

/// One rule: the first whose ratio matches decides. Action: `dump`, `sell`, `hold`, `host`, `consign`, `sell_back`; `payback_days` is of `sell_back` alone,
/// the three before it of `consign`.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/lenders.md")]
pub struct RuleSpec {
    pub max_clearing_to_index: f64,
    pub action: String,
    pub share_per_day: f64,
    pub commission: Option<f64>,
    pub settle_days: Option<u32>,
    pub reserve_to_index: Option<f64>,
    pub payback_days: Option<u32>,
}

/// What better machines do to older ones: docs/model/frontier.md.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[allow(missing_docs, reason = "names and units are those of docs/model/frontier.md")]
pub struct FrontierSpec {
    pub elasticity: f64,
    pub half_life_days: Option<f64>,
}

/// Shocks that move together: docs/model/joint.md.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs, reason = "names and units are those of docs/model/joint.md")]
pub struct JointSpec {
    pub shocks: Vec<ShockSpec>,
    pub correlation: Vec<Vec<f64>>,
}

/// One source of shocks: `btc`, `power`, `network`, `asic`.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs, reason = "names and units are those of docs/model/joint.md")]
pub struct ShockSpec {
    pub source: String,
    pub volatility_annual: f64,
    pub half_life_days: Option<f64>,
}

/// Where closes and lows come from: docs/model/prices.md.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "names and units are those of docs/model/prices.md")]
pub enum PriceSpec {
    Table {
        close_usd: Vec<f64>,
        low_usd: Option<Vec<f64>>,
    },
    Anchors {
        anchors: Vec<(usize, f64)>,
        volatility_daily: f64,
        intraday: bool,
    },
    Gbm {
        start_usd: f64,
        drift_annual: f64,
        volatility_annual: f64,
        intraday: bool,
    },
    Jump {
        start_usd: f64,
        drift_annual: f64,
        volatility_annual: f64,
        intraday: bool,
        jumps_per_year: f64,
        jump_mean: f64,
        jump_sd: f64,
    },
    #[default]
    Batch,
}
