//! Digests over logical values: the same for the same meaning, whatever the row order, the chunks or the Arrow types.

use hashstress_engine::scenario::spec::{PriceSpec, ScenarioSpec, StagesSpec};
use sha2::{Digest as _, Sha256};

use crate::input::Input;
use crate::input::cell::Value;

/// SHA-256 over tagged values; text with its length, numbers as IEEE bits with one zero.
#[derive(Debug, Default)]
struct Digest(Sha256);

impl Digest {
    fn text(&mut self, text: &str) {
        self.0.update([b't']);
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn number(&mut self, number: f64) {
        self.0.update([b'n']);
        self.0.update((number + 0.0).to_bits().to_le_bytes());
    }

    fn whole(&mut self, whole: usize) {
        self.0.update([b'w']);
        self.0.update((whole as u64).to_le_bytes());
    }

    fn numbers(&mut self, numbers: &[f64]) {
        self.whole(numbers.len());
        for number in numbers {
            self.number(*number);
        }
    }

    fn value(&mut self, value: Option<&Value>) {
        match value {
            None => self.0.update([b'0']),
            Some(Value::Text(text)) => self.text(text),
            Some(Value::Number(number)) => self.number(*number),
            Some(Value::Flag(flag)) => self.0.update([b'f', u8::from(*flag)]),
            Some(Value::Date(date)) => {
                self.0.update([b'd']);
                self.0.update(date.0.to_le_bytes());
            }
        }
    }

    fn finish(self) -> String {
        self.0.finalize().iter().fold(String::with_capacity(64), |hex, byte| format!("{hex}{byte:02x}"))
    }
}

/// SHA-256 of a book's tables: every table in schema order, rows in canonical order, the columns the model reads.
pub fn input(input: &Input) -> String {
    let mut digest = Digest::default();
    for table in &input.tables {
        digest.text(table.table.name);
        digest.whole(table.rows);
        let columns: Vec<_> = table.columns.iter().filter(|column| column.column.model).collect();
        for column in &columns {
            digest.text(column.column.name);
        }
        for row in table.canonical_order() {
            for column in &columns {
                digest.value(column.values[row].as_ref());
            }
        }
    }
    digest.finish()
}

/// SHA-256 of a compiled scenario.
pub fn scenario(spec: &ScenarioSpec) -> String {
    let mut digest = Digest::default();
    digest.text(&spec.start);
    digest.whole(spec.days);
    digest.numbers(&spec.fees_sats_per_block);
    for series in [&spec.tariff_usd_per_mwh, &spec.availability] {
        digest.whole(series.len());
        for (region, values) in series {
            digest.text(region);
            digest.numbers(values);
        }
    }
    digest.numbers(&[spec.height, spec.difficulty]);
    let impact = &spec.impact;
    digest.numbers(&[impact.y, impact.sigma_daily, impact.volume_btc_per_day, impact.permanent_share, impact.half_life_days]);
    let asics = &spec.asics;
    digest.numbers(&[asics.hashprice_half_life_days, asics.index_half_life_days, asics.overhang_half_life_days]);
    digest.numbers(&[asics.kappa, asics.quick_discount, asics.bulk_discount]);
    for tier in &asics.tiers {
        digest.numbers(&[tier.index_usd_per_th, tier.elasticity, tier.depth_ths_per_day, tier.bulk_ths, tier.scrap_usd_per_th]);
    }
    outside(&mut digest, spec);
    price(&mut digest, &spec.price);
    digest.finish()
}

fn outside(digest: &mut Digest, spec: &ScenarioSpec) {
    digest.whole(spec.lender_events.len());
    for event in &spec.lender_events {
        digest.whole(event.day);
        digest.text(&event.lender);
        digest.text(&event.kind);
        digest.number(event.amount_usd);
    }
    digest.whole(spec.deliveries.len());
    for delivery in &spec.deliveries {
        digest.whole(delivery.day);
        digest.text(&delivery.cohort);
        digest.number(delivery.hashrate_ths);
    }
    digest.whole(spec.policies.len());
    for (name, policy) in &spec.policies {
        digest.text(name);
        digest.whole(policy.hold_days as usize);
        digest.whole(policy.rules.len());
        for rule in &policy.rules {
            digest.number(rule.max_clearing_to_index);
            digest.text(&rule.action);
            digest.number(rule.share_per_day);
            let terms = [rule.commission, rule.settle_days.map(f64::from), rule.reserve_to_index, rule.payback_days.map(f64::from)];
            terms.into_iter().flatten().for_each(|term| digest.number(term));
        }
    }
    digest.whole(spec.estate_days as usize);
    let stages = &spec.stages;
    if *stages != StagesSpec::default() {
        digest.numbers(&[stages.btc_usd, stages.utilisation, stages.lender_cash_share, stages.power_to_revenue, stages.miner_cash_share]);
        digest.numbers(&[stages.recovery_btc_usd, stages.recovery_lender_share]);
    }
    if !spec.vendor_events.is_empty() {
        digest.text("vendor_events");
        for event in &spec.vendor_events {
            digest.whole(event.day);
            digest.text(&event.vendor);
        }
    }
    if !spec.rack_changes.is_empty() {
        digest.text("rack_changes");
        for change in &spec.rack_changes {
            digest.whole(change.day);
            digest.text(&change.fleet);
            digest.number(change.slots);
        }
    }
    if !spec.host_events.is_empty() {
        digest.text("host_events");
        for event in &spec.host_events {
            digest.whole(event.day);
            digest.text(&event.host);
            digest.whole(event.lien_days as usize);
            digest.whole(event.move_days as usize);
            digest.numbers(&[event.fee_usd_per_machine, event.deposit_lost_share]);
        }
    }
    if !spec.forced_sales.is_empty() {
        digest.text("forced_sales");
        spec.forced_sales.iter().for_each(|sale| digest.numbers(&[sale.day, sale.days, sale.btc]));
    }
    if let Some(joint) = &spec.joint {
        digest.text("joint");
        for shock in &joint.shocks {
            digest.text(&shock.source);
            digest.numbers(&[shock.volatility_annual, shock.half_life_days.unwrap_or(f64::INFINITY)]);
        }
        joint.correlation.iter().for_each(|row| digest.numbers(row));
    }
    if let Some(frontier) = &spec.frontier {
        digest.text("frontier");
        digest.numbers(&[frontier.elasticity, frontier.half_life_days.unwrap_or(0.0)]);
    }
    let off: Vec<_> = spec.channels.iter().filter(|(_, on)| !**on).collect();
    if !off.is_empty() {
        digest.whole(off.len());
        off.into_iter().for_each(|(name, _)| digest.text(name));
    }
}

fn price(digest: &mut Digest, spec: &PriceSpec) {
    match spec {
        PriceSpec::Table { close_usd, low_usd } => {
            digest.text("table");
            digest.numbers(close_usd);
            digest.numbers(low_usd.as_deref().unwrap_or(&[]));
        }
        PriceSpec::Anchors { anchors, volatility_daily, intraday } => {
            digest.text("anchors");
            digest.whole(anchors.len());
            for (day, usd) in anchors {
                digest.whole(*day);
                digest.number(*usd);
            }
            digest.number(*volatility_daily);
            digest.whole(usize::from(*intraday));
        }
        PriceSpec::Gbm { start_usd, drift_annual, volatility_annual, intraday } => {
            digest.text("gbm");
            digest.numbers(&[*start_usd, *drift_annual, *volatility_annual]);
            digest.whole(usize::from(*intraday));
        }
        PriceSpec::Jump { start_usd, drift_annual, volatility_annual, intraday, jumps_per_year, jump_mean, jump_sd } => {
            digest.text("jump");
            digest.numbers(&[*start_usd, *drift_annual, *volatility_annual, *jumps_per_year, *jump_mean, *jump_sd]);
            digest.whole(usize::from(*intraday));
        }
        PriceSpec::Batch => digest.text("batch"),
    }
}

#[cfg(test)]
mod tests {
    use hashstress_engine::scenario::spec::{ForcedSaleSpec, FrontierSpec, HostEventSpec, JointSpec, RackChangeSpec, VendorEventSpec};

    use super::*;

    #[test]
    fn a_scenario_digest_sees_each_part() {
        let base = ScenarioSpec { start: "2021-11-08".to_owned(), days: 2, ..ScenarioSpec::default() };
        let first = scenario(&base);
        assert_eq!(first.len(), 64);
        assert_eq!(first, scenario(&base.clone()));
        let region = || ("tx".to_owned(), vec![]);
        let changed = [
            ScenarioSpec { days: 3, ..base.clone() },
            ScenarioSpec { height: 1.0, ..base.clone() },
            ScenarioSpec { fees_sats_per_block: vec![0.0], ..base.clone() },
            ScenarioSpec { availability: [region()].into(), ..base.clone() },
            ScenarioSpec { stages: StagesSpec { btc_usd: 1.0, ..StagesSpec::default() }, ..base.clone() },
            ScenarioSpec { vendor_events: vec![VendorEventSpec { day: 1, vendor: "v".to_owned() }], ..base.clone() },
            ScenarioSpec { rack_changes: vec![RackChangeSpec { day: 1, fleet: "v".to_owned(), slots: 1.0 }], ..base.clone() },
            ScenarioSpec { forced_sales: vec![ForcedSaleSpec { day: 1.0, days: 2.0, btc: 3.0 }], ..base.clone() },
            ScenarioSpec { host_events: vec![HostEventSpec { day: 1, host: "v".to_owned(), ..HostEventSpec::default() }], ..base.clone() },
            ScenarioSpec { joint: Some(JointSpec::default()), ..base.clone() },
            ScenarioSpec { frontier: Some(FrontierSpec::default()), ..base.clone() },
            ScenarioSpec { channels: [("impact".to_owned(), false)].into(), ..base.clone() },
            ScenarioSpec { tariff_usd_per_mwh: [region()].into(), ..base.clone() },
            ScenarioSpec { price: PriceSpec::Table { close_usd: vec![], low_usd: None }, ..base },
        ];
        let mut digests: Vec<_> = changed.iter().map(scenario).chain([first]).collect();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), 15);
    }

    #[test]
    fn minus_zero_is_zero() {
        let digest = |number| {
            let mut digest = Digest::default();
            digest.number(number);
            digest.finish()
        };
        assert_eq!(digest(-0.0), digest(0.0));
    }
}
