//! The compiled scenario from nested plain values, docs/model/inputs.md: every key looked up once, everything that does not fit told with its
//! path. Whether the values make sense is the engine's to say.

mod node;
pub mod plain;

use std::cell::RefCell;

use hashstress_engine::error::Error;
use hashstress_engine::scenario::spec::{
    AsicsSpec, DeliverySpec, ForcedSaleSpec, FrontierSpec, HostEventSpec, ImpactSpec, JointSpec, LenderEventSpec, PolicySpec, PriceSpec,
    RackChangeSpec, RuleSpec, ScenarioSpec, ShockSpec, StagesSpec, TierSpec, VendorEventSpec,
};

use node::Node;
use plain::Plain;

/// The specification, or every place where it does not fit.
pub fn try_spec(plain: &Plain) -> Result<ScenarioSpec, Error> {
    let problems = RefCell::new(Vec::new());
    let spec = specification(&Node::root(plain, &problems));
    let problems = problems.into_inner();
    if problems.is_empty() { Ok(spec) } else { Err(Error::Input(problems)) }
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

/// What is empty when it is absent.
const MAY_BE_ABSENT: [&str; 8] =
    ["channels", "stages", "vendor_events", "rack_changes", "host_events", "forced_sales", "joint", "frontier"];

fn specification(node: &Node<'_>) -> ScenarioSpec {
    let spec = node.keys_or(&KEYS, &MAY_BE_ABSENT);
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
        lender_events: spec.get("lender_events").each(|node| lender_event(&node)),
        deliveries: spec.get("deliveries").each(|node| delivery(&node)),
        vendor_events: spec.get("vendor_events").optional().map(|node| node.each(|node| vendor_event(&node))).unwrap_or_default(),
        rack_changes: spec.get("rack_changes").optional().map(|node| node.each(|node| rack_change(&node))).unwrap_or_default(),
        host_events: spec.get("host_events").optional().map(|node| node.each(|node| host_event(&node))).unwrap_or_default(),
        forced_sales: spec.get("forced_sales").optional().map(|node| node.each(|node| forced_sale(&node))).unwrap_or_default(),
        policies: spec.get("policies").named(|node| policy(&node)),
        estate_days: spec.get("estate_days").whole(),
        channels: spec.get("channels").optional().map(|node| node.named(|channel| channel.flag())).unwrap_or_default(),
        stages: spec.get("stages").optional().map(|node| stages(&node)).unwrap_or_default(),
        joint: spec.get("joint").optional().map(|node| joint(&node)),
        frontier: spec.get("frontier").optional().map(|node| frontier(&node)),
        price: price_source(&spec.get("price")),
    }
}

fn joint(node: &Node<'_>) -> JointSpec {
    let joint = node.keys(&["shocks", "correlation"]);
    let shock = |node: Node<'_>| {
        let shock = node.keys_or(&["source", "volatility_annual"], &["half_life_days"]);
        ShockSpec {
            source: shock.get("source").text(),
            volatility_annual: shock.number("volatility_annual"),
            half_life_days: shock.get("half_life_days").optional().map(|days| days.number()),
        }
    };
    JointSpec { shocks: joint.get("shocks").each(shock), correlation: joint.get("correlation").each(|row| row.numbers()) }
}

fn frontier(node: &Node<'_>) -> FrontierSpec {
    let frontier = node.keys_or(&["elasticity"], &["half_life_days"]);
    FrontierSpec {
        elasticity: frontier.number("elasticity"),
        half_life_days: frontier.get("half_life_days").optional().map(|days| days.number()),
    }
}

fn stages(node: &Node<'_>) -> StagesSpec {
    let stages = node.keys(&[
        "btc_usd",
        "utilisation",
        "lender_cash_share",
        "power_to_revenue",
        "miner_cash_share",
        "recovery_btc_usd",
        "recovery_lender_share",
    ]);
    StagesSpec {
        btc_usd: stages.number("btc_usd"),
        utilisation: stages.number("utilisation"),
        lender_cash_share: stages.number("lender_cash_share"),
        power_to_revenue: stages.number("power_to_revenue"),
        miner_cash_share: stages.number("miner_cash_share"),
        recovery_btc_usd: stages.number("recovery_btc_usd"),
        recovery_lender_share: stages.number("recovery_lender_share"),
    }
}

fn impact(node: &Node<'_>) -> ImpactSpec {
    let impact = node.keys(&["y", "sigma_daily", "volume_btc_per_day", "permanent_share", "half_life_days"]);
    ImpactSpec {
        y: impact.number("y"),
        sigma_daily: impact.number("sigma_daily"),
        volume_btc_per_day: impact.number("volume_btc_per_day"),
        permanent_share: impact.number("permanent_share"),
        half_life_days: impact.number("half_life_days"),
    }
}

fn asics(node: &Node<'_>) -> AsicsSpec {
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
        tiers: asics.get("tiers").each(|node| tier(&node)),
    }
}

fn tier(node: &Node<'_>) -> TierSpec {
    let tier = node.keys(&["index_usd_per_th", "elasticity", "depth_ths_per_day", "bulk_ths", "scrap_usd_per_th"]);
    TierSpec {
        index_usd_per_th: tier.number("index_usd_per_th"),
        elasticity: tier.number("elasticity"),
        depth_ths_per_day: tier.number("depth_ths_per_day"),
        bulk_ths: tier.number("bulk_ths"),
        scrap_usd_per_th: tier.number("scrap_usd_per_th"),
    }
}

fn lender_event(node: &Node<'_>) -> LenderEventSpec {
    let event = node.keys(&["day", "lender", "kind", "amount_usd"]);
    LenderEventSpec {
        day: event.get("day").whole(),
        lender: event.get("lender").text(),
        kind: event.get("kind").text(),
        amount_usd: event.number("amount_usd"),
    }
}

fn delivery(node: &Node<'_>) -> DeliverySpec {
    let delivery = node.keys(&["day", "cohort", "hashrate_ths"]);
    DeliverySpec { day: delivery.get("day").whole(), cohort: delivery.get("cohort").text(), hashrate_ths: delivery.number("hashrate_ths") }
}

fn vendor_event(node: &Node<'_>) -> VendorEventSpec {
    let event = node.keys(&["day", "vendor"]);
    VendorEventSpec { day: event.get("day").whole(), vendor: event.get("vendor").text() }
}

fn rack_change(node: &Node<'_>) -> RackChangeSpec {
    let change = node.keys(&["day", "fleet", "slots"]);
    RackChangeSpec { day: change.get("day").whole(), fleet: change.get("fleet").text(), slots: change.number("slots") }
}

fn host_event(node: &Node<'_>) -> HostEventSpec {
    let event = node.keys(&["day", "host", "lien_days", "move_days", "fee_usd_per_machine", "deposit_lost_share"]);
    HostEventSpec {
        day: event.get("day").whole(),
        host: event.get("host").text(),
        lien_days: event.get("lien_days").whole(),
        move_days: event.get("move_days").whole(),
        fee_usd_per_machine: event.number("fee_usd_per_machine"),
        deposit_lost_share: event.number("deposit_lost_share"),
    }
}

fn forced_sale(node: &Node<'_>) -> ForcedSaleSpec {
    let sale = node.keys(&["day", "days", "btc"]);
    ForcedSaleSpec { day: sale.number("day"), days: sale.number("days"), btc: sale.number("btc") }
}

fn policy(node: &Node<'_>) -> PolicySpec {
    let policy = node.keys(&["hold_days", "rules"]);
    let rule = |node: Node<'_>| {
        let terms = ["commission", "settle_days", "reserve_to_index", "payback_days"];
        let rule = node.keys_or(&["max_clearing_to_index", "action", "share_per_day"], &terms);
        RuleSpec {
            max_clearing_to_index: rule.get("max_clearing_to_index").ratio(),
            action: rule.get("action").text(),
            share_per_day: rule.number("share_per_day"),
            commission: rule.get("commission").optional().map(|share| share.number()),
            settle_days: rule.get("settle_days").optional().map(|days| days.whole()),
            reserve_to_index: rule.get("reserve_to_index").optional().map(|share| share.number()),
            payback_days: rule.get("payback_days").optional().map(|days| days.whole()),
        }
    };
    PolicySpec { hold_days: policy.get("hold_days").whole(), rules: policy.get("rules").each(rule) }
}

fn price_source(node: &Node<'_>) -> PriceSpec {
    let source = node.word_of("source", &["anchors", "gbm", "jump", "table", "batch"]);
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

#[cfg(test)]
mod tests {
    use hashstress_engine::error::{Code, Problem};

    use super::*;

    fn mapping(items: &[(&str, Plain)]) -> Plain {
        Plain::Mapping(items.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }

    fn text(text: &str) -> Plain {
        Plain::Text(text.to_owned())
    }

    fn numbers(numbers: &[f64]) -> Plain {
        Plain::List(numbers.iter().map(|number| Plain::Number(*number)).collect())
    }

    /// Every number of a list of keys.
    fn all(keys: &[&str]) -> Vec<(String, Plain)> {
        keys.iter().map(|key| ((*key).to_owned(), Plain::Number(1.0))).collect()
    }

    fn sample() -> Plain {
        let tier = all(&["index_usd_per_th", "elasticity", "depth_ths_per_day", "bulk_ths", "scrap_usd_per_th"]);
        let mut asics = all(&[
            "hashprice_half_life_days",
            "index_half_life_days",
            "overhang_half_life_days",
            "kappa",
            "quick_discount",
            "bulk_discount",
        ]);
        asics.push(("tiers".to_owned(), Plain::List(vec![Plain::Mapping(tier.into_iter().collect()); 4])));
        let impact = all(&["y", "sigma_daily", "volume_btc_per_day", "permanent_share", "half_life_days"]);
        let rule = mapping(&[
            ("max_clearing_to_index", Plain::Number(f64::INFINITY)),
            ("action", text("sell")),
            ("share_per_day", Plain::Number(0.1)),
        ]);
        let event = mapping(&[("day", Plain::Whole(1)), ("lender", text("bank")), ("kind", text("loss")), ("amount_usd", Plain::Whole(5))]);
        mapping(&[
            ("start", text("2021-12-01")),
            ("days", Plain::Whole(2)),
            ("fees_sats_per_block", numbers(&[1.0, 2.0])),
            ("tariff_usd_per_mwh", mapping(&[("texas", numbers(&[40.0, 41.0]))])),
            ("availability", mapping(&[("texas", numbers(&[1.0, 0.9]))])),
            ("height", Plain::Whole(711_000)),
            ("difficulty", Plain::Number(22e12)),
            ("impact", Plain::Mapping(impact.into_iter().collect())),
            ("asics", Plain::Mapping(asics.into_iter().collect())),
            ("lender_events", Plain::List(vec![event])),
            ("deliveries", Plain::List(vec![])),
            ("policies", mapping(&[("patient", mapping(&[("hold_days", Plain::Whole(60)), ("rules", Plain::List(vec![rule]))]))])),
            ("estate_days", Plain::Whole(90)),
            ("price", mapping(&[("source", text("batch"))])),
        ])
    }

    fn with(key: &str, value: Option<Plain>) -> Plain {
        let Plain::Mapping(mut items) = sample() else { unreachable!("the sample is a mapping") };
        match value {
            Some(value) => drop(items.insert(key.to_owned(), value)),
            None => drop(items.remove(key)),
        }
        Plain::Mapping(items)
    }

    fn problems(plain: &Plain) -> Vec<Problem> {
        match try_spec(plain) {
            Err(Error::Input(problems)) => problems,
            other => panic!("problems were expected, not {other:?}"),
        }
    }

    #[test]
    fn a_complete_specification() {
        let spec = try_spec(&sample()).unwrap();
        assert_eq!((spec.start.as_str(), spec.days, spec.estate_days), ("2021-12-01", 2, 90));
        assert_eq!(spec.tariff_usd_per_mwh["texas"], [40.0, 41.0]);
        assert_eq!(spec.asics.tiers.len(), 4);
        assert_eq!(spec.policies["patient"].rules[0].max_clearing_to_index, f64::INFINITY);
        assert_eq!(spec.lender_events[0].amount_usd, 5.0);
        assert!(spec.vendor_events.is_empty() && spec.rack_changes.is_empty());
        let change = mapping(&[("day", Plain::Whole(1)), ("fleet", text("site")), ("slots", Plain::Number(-5.0))]);
        assert_eq!(try_spec(&with("rack_changes", Some(Plain::List(vec![change])))).unwrap().rack_changes[0].slots, -5.0);
    }

    #[test]
    fn what_does_not_fit_has_its_path() {
        let mistake = |keys: &[(&str, Plain)]| Some(mapping(keys));
        for (key, value, code, path) in [
            ("height", None, Code::MissingColumn, "height"),
            ("extra", Some(Plain::Whole(1)), Code::UnknownColumn, "extra"),
            ("days", Some(Plain::Flag(true)), Code::WrongType, "days"),
            ("days", Some(Plain::Number(2.5)), Code::WrongType, "days"),
            ("estate_days", Some(Plain::Whole(1 << 40)), Code::WrongType, "estate_days"),
            ("channels", mistake(&[("impact", text("off"))]), Code::WrongType, "channels.impact"),
            (
                "vendor_events",
                Some(Plain::List(vec![mapping(&[("day", Plain::Whole(1))])])),
                Code::MissingColumn,
                "vendor_events[0].vendor",
            ),
            (
                "host_events",
                Some(Plain::List(vec![mapping(&[("day", Plain::Whole(1)), ("host", text("h")), ("lien_days", Plain::Number(1.5))])])),
                Code::WrongType,
                "host_events[0].lien_days",
            ),
            (
                "forced_sales",
                Some(Plain::List(vec![mapping(&[("day", Plain::Whole(1)), ("days", Plain::Whole(1))])])),
                Code::MissingColumn,
                "forced_sales[0].btc",
            ),
            ("rack_changes", Some(text("none")), Code::WrongType, "rack_changes"),
            ("joint", mistake(&[("shocks", Plain::List(vec![]))]), Code::MissingColumn, "joint.correlation"),
            (
                "joint",
                mistake(&[("shocks", Plain::List(vec![])), ("correlation", Plain::List(vec![numbers(&[1.0, f64::NAN])]))]),
                Code::NotFinite,
                "joint.correlation[0][1]",
            ),
            (
                "joint",
                mistake(&[("shocks", Plain::List(vec![mapping(&[("source", text("btc"))])])), ("correlation", Plain::List(vec![]))]),
                Code::MissingColumn,
                "joint.shocks[0].volatility_annual",
            ),
            ("height", Some(text("1")), Code::WrongType, "height"),
            ("height", Some(Plain::Number(f64::NAN)), Code::NotFinite, "height"),
            ("start", Some(Plain::Nothing), Code::WrongType, "start"),
            ("asics", Some(Plain::Whole(1)), Code::WrongType, "asics"),
            ("deliveries", Some(text("abc")), Code::WrongType, "deliveries"),
            ("deliveries", Some(Plain::List(vec![Plain::Whole(1)])), Code::WrongType, "deliveries[0]"),
            ("fees_sats_per_block", Some(Plain::List(vec![text("a"), Plain::Whole(1)])), Code::WrongType, "fees_sats_per_block[0]"),
            ("availability", mistake(&[("texas", numbers(&[1.0, f64::NAN]))]), Code::NotFinite, "availability.texas[1]"),
            ("policies", mistake(&[("p", mapping(&[("rules", Plain::List(vec![]))]))]), Code::MissingColumn, "policies.p.hold_days"),
            ("price", mistake(&[("source", text("gbn"))]), Code::UnknownWord, "price.source"),
            ("price", mistake(&[]), Code::MissingColumn, "price.source"),
            ("price", mistake(&[("source", text("table"))]), Code::MissingColumn, "price.close_usd"),
            ("price", mistake(&[("source", text("batch")), ("close_usd", numbers(&[]))]), Code::UnknownColumn, "price.close_usd"),
        ] {
            let found = problems(&with(key, value.clone()));
            assert!(
                found.iter().any(|problem| problem.code == code && problem.column.as_deref() == Some(path)),
                "{key} {value:?}: {found:?}"
            );
        }
    }

    #[test]
    fn every_price_source_is_read() {
        let price = |items: &[(&str, Plain)]| try_spec(&with("price", Some(mapping(items)))).unwrap().price;
        let table = price(&[("source", text("table")), ("close_usd", numbers(&[1.0, 2.0])), ("low_usd", Plain::Nothing)]);
        assert!(matches!(table, PriceSpec::Table { low_usd: None, .. }));
        let pair = Plain::List(vec![Plain::Whole(0), Plain::Number(57_000.0)]);
        let anchors = [
            ("source", text("anchors")),
            ("anchors", Plain::List(vec![pair])),
            ("volatility_daily", Plain::Number(0.04)),
            ("intraday", Plain::Flag(true)),
        ];
        assert!(matches!(price(&anchors), PriceSpec::Anchors { anchors, intraday: true, .. } if anchors == [(0, 57_000.0)]));
        let walk = |source: &str, more: &[&str]| {
            let mut items = all(&["start_usd", "drift_annual", "volatility_annual"]);
            items.extend(all(more));
            items.push(("source".to_owned(), text(source)));
            items.push(("intraday".to_owned(), Plain::Flag(false)));
            try_spec(&with("price", Some(Plain::Mapping(items.into_iter().collect())))).unwrap().price
        };
        assert!(matches!(walk("gbm", &[]), PriceSpec::Gbm { .. }));
        assert!(matches!(walk("jump", &["jumps_per_year", "jump_mean", "jump_sd"]), PriceSpec::Jump { .. }));
    }

    #[test]
    fn a_specification_is_a_mapping() {
        assert_eq!(problems(&Plain::Whole(1))[0].code, Code::WrongType);
        assert_eq!(problems(&mapping(&[])).len(), 14);
    }
}
