//! `Scenario`: what happens from outside, compiled for one book.

use std::cell::RefCell;
use std::sync::Arc;

use hashstress_engine::error::Error;
use hashstress_engine::scenario::spec::{
    AsicsSpec, DeliverySpec, ImpactSpec, LenderEventSpec, PolicySpec, PriceSpec, RuleSpec, ScenarioSpec, TierSpec,
};
use hashstress_engine::scenario::{Scenario as Engine, price};
use hashstress_tables::digest;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyMapping;

use crate::book::Book;
use crate::errors::{Files, raise};
use crate::extract::Node;
use crate::guard;

/// What happens from outside, compiled for one book.
#[pyclass(frozen, module = "hashstress._core")]
pub(crate) struct Scenario {
    pub(crate) engine: Arc<Engine>,
    /// Digest of the book it was compiled for.
    pub(crate) book: String,
    #[pyo3(get)]
    digest: String,
}

impl Scenario {
    /// Whether closes and lows come with each call.
    pub(crate) fn is_batch(&self) -> bool {
        matches!(self.engine.price, PriceSpec::Batch)
    }
}

#[pymethods]
impl Scenario {
    /// `spec` is the compiled scenario of docs/model/inputs.md plus the key `price`.
    #[staticmethod]
    fn try_build(py: Python<'_>, spec: &Bound<'_, PyMapping>, book: &Bound<'_, Book>) -> PyResult<Self> {
        let problems = RefCell::new(Vec::new());
        let spec = specification(&Node::root(spec.clone().into_any(), &problems));
        let problems = problems.into_inner();
        if !problems.is_empty() {
            return Err(raise(py, Error::Input(problems), &Files::new()));
        }
        let book = book.get();
        let built = guard::detached(py, || (digest::scenario(&spec), Engine::try_build(spec, &book.engine)))?;
        let engine = built.1.map_err(|error| raise(py, error, &Files::new()))?;
        Ok(Self { engine: Arc::new(engine), book: book.digest.clone(), digest: built.0 })
    }

    #[getter]
    fn days(&self) -> usize {
        self.engine.days
    }

    fn __repr__(&self) -> String {
        format!("Scenario({} days from {})", self.engine.days, self.engine.start)
    }
}

/// Closes and lows of some paths, little-endian.
pub(crate) fn price_paths(scenario: &Scenario, py: Python<'_>, seed: u64, first_path: u64, count: usize) -> PyResult<(Vec<u8>, Vec<u8>)> {
    if scenario.is_batch() {
        return Err(PyValueError::new_err("a scenario with the price source \"batch\" draws no prices: they come from outside"));
    }
    let engine = scenario.engine.clone();
    guard::detached(py, move || {
        let (mut close_usd, mut low_usd) = (vec![0.0; engine.days], vec![0.0; engine.days]);
        let (mut closes, mut lows) = (Vec::new(), Vec::new());
        for path in 0..count as u64 {
            price::draw(&engine, seed, first_path + path, &mut close_usd, &mut low_usd);
            closes.extend(close_usd.iter().flat_map(|usd| usd.to_le_bytes()));
            lows.extend(low_usd.iter().flat_map(|usd| usd.to_le_bytes()));
        }
        (closes, lows)
    })
}

const KEYS: [&str; 14] = [
    "start",
    "days",
    "fees_sats_per_block",
    "tariff_usd_per_mwh",
    "availability",
    "height",
    "difficulty",
    "impact",
    "asics",
    "lender_events",
    "deliveries",
    "policies",
    "estate_days",
    "price",
];

fn specification(node: &Node<'_, '_>) -> ScenarioSpec {
    let spec = node.keys(&KEYS);
    ScenarioSpec {
        start: spec.get("start").text(),
        days: spec.get("days").whole(),
        fees_sats_per_block: spec.get("fees_sats_per_block").numbers(),
        tariff_usd_per_mwh: spec.get("tariff_usd_per_mwh").named(|region| region.numbers()),
        availability: spec.get("availability").named(|region| region.numbers()),
        height: spec.number("height"),
        difficulty: spec.number("difficulty"),
        impact: impact(&spec.get("impact")),
        asics: asics(&spec.get("asics")),
        lender_events: spec.get("lender_events").each(|event| lender_event(&event)),
        deliveries: spec.get("deliveries").each(|delivery_node| delivery(&delivery_node)),
        policies: spec.get("policies").named(|policy_node| policy(&policy_node)),
        estate_days: spec.get("estate_days").whole(),
        price: price_source(&spec.get("price")),
    }
}

fn impact(node: &Node<'_, '_>) -> ImpactSpec {
    let impact = node.keys(&["y", "sigma_daily", "volume_btc_per_day", "permanent_share", "half_life_days"]);
    ImpactSpec {
        y: impact.number("y"),
        sigma_daily: impact.number("sigma_daily"),
        volume_btc_per_day: impact.number("volume_btc_per_day"),
        permanent_share: impact.number("permanent_share"),
        half_life_days: impact.number("half_life_days"),
    }
}

fn asics(node: &Node<'_, '_>) -> AsicsSpec {
    let asics = node.keys(&[
        "hashprice_half_life_days",
        "index_half_life_days",
        "overhang_half_life_days",
        "kappa",
        "quick_discount",
        "bulk_discount",
        "tiers",
    ]);
    AsicsSpec {
        hashprice_half_life_days: asics.number("hashprice_half_life_days"),
        index_half_life_days: asics.number("index_half_life_days"),
        overhang_half_life_days: asics.number("overhang_half_life_days"),
        kappa: asics.number("kappa"),
        quick_discount: asics.number("quick_discount"),
        bulk_discount: asics.number("bulk_discount"),
        tiers: asics.get("tiers").each(|tier_node| tier(&tier_node)),
    }
}

fn tier(node: &Node<'_, '_>) -> TierSpec {
    let tier = node.keys(&["index_usd_per_th", "elasticity", "depth_ths_per_day", "bulk_ths", "scrap_usd_per_th"]);
    TierSpec {
        index_usd_per_th: tier.number("index_usd_per_th"),
        elasticity: tier.number("elasticity"),
        depth_ths_per_day: tier.number("depth_ths_per_day"),
        bulk_ths: tier.number("bulk_ths"),
        scrap_usd_per_th: tier.number("scrap_usd_per_th"),
    }
}

fn lender_event(node: &Node<'_, '_>) -> LenderEventSpec {
    let event = node.keys(&["day", "lender", "kind", "amount_usd"]);
    LenderEventSpec {
        day: event.get("day").whole(),
        lender: event.get("lender").text(),
        kind: event.get("kind").text(),
        amount_usd: event.number("amount_usd"),
    }
}

fn delivery(node: &Node<'_, '_>) -> DeliverySpec {
    let delivery = node.keys(&["day", "cohort", "hashrate_ths"]);
    DeliverySpec { day: delivery.get("day").whole(), cohort: delivery.get("cohort").text(), hashrate_ths: delivery.number("hashrate_ths") }
}

fn policy(node: &Node<'_, '_>) -> PolicySpec {
    let policy = node.keys(&["hold_days", "rules"]);
    let rule = |node: Node<'_, '_>| {
        let rule = node.keys(&["max_clearing_to_index", "action", "share_per_day"]);
        RuleSpec {
            max_clearing_to_index: rule.get("max_clearing_to_index").ratio(),
            action: rule.get("action").text(),
            share_per_day: rule.number("share_per_day"),
        }
    };
    PolicySpec { hold_days: policy.get("hold_days").whole(), rules: policy.get("rules").each(rule) }
}

fn price_source(node: &Node<'_, '_>) -> PriceSpec {
    let source = node.peek("source").word(&["anchors", "gbm", "jump", "table", "batch"]);
    match source {
        Some("anchors") => {
            let price = node.keys(&["source", "anchors", "volatility_daily", "intraday"]);
            let anchors = price.get("anchors").each(|anchor| anchor.pair());
            PriceSpec::Anchors { anchors, volatility_daily: price.number("volatility_daily"), intraday: price.get("intraday").flag() }
        }
        Some("gbm") => {
            let price = node.keys(&["source", "start_usd", "drift_annual", "volatility_annual", "intraday"]);
            PriceSpec::Gbm {
                start_usd: price.number("start_usd"),
                drift_annual: price.number("drift_annual"),
                volatility_annual: price.number("volatility_annual"),
                intraday: price.get("intraday").flag(),
            }
        }
        Some("jump") => {
            let known = ["source", "start_usd", "drift_annual", "volatility_annual", "intraday", "jumps_per_year", "jump_mean", "jump_sd"];
            let price = node.keys(&known);
            PriceSpec::Jump {
                start_usd: price.number("start_usd"),
                drift_annual: price.number("drift_annual"),
                volatility_annual: price.number("volatility_annual"),
                intraday: price.get("intraday").flag(),
                jumps_per_year: price.number("jumps_per_year"),
                jump_mean: price.number("jump_mean"),
                jump_sd: price.number("jump_sd"),
            }
        }
        Some("table") => {
            let price = node.keys(&["source", "close_usd", "low_usd"]);
            let low_usd = price.get("low_usd").optional().map(|low_usd| low_usd.numbers());
            PriceSpec::Table { close_usd: price.get("close_usd").numbers(), low_usd }
        }
        _ => {
            if source.is_some() {
                node.keys(&["source"]);
            }
            PriceSpec::Batch
        }
    }
}
