//! Settings that their row cannot use: sound alone, but nothing would ever read them. A knob that moves nothing is a mistake.

use hashstress_engine::book::rows::{Amortisation, Collateral, FacilityKind, HedgeKind, PowerContract, PriceKind, ResponseKind, WorkKind};
use hashstress_engine::error::Code;

use super::TypedTable;
use super::cell::Value;
use super::findings::Findings;
use super::raw::Raw;

/// Columns a row leaves empty (or 0), and why.
type Idle = (&'static [&'static str], String);

const MARGIN_TERMS: &[&str] = &["initial_ltv", "call_ltv", "liquidation_ltv", "cure_days", "tranche_share"];
const COVENANT: &[&str] = &["covenant_cover", "covenant_days"];
const MARGIN_TERMS_AND_COINS: &[&str] = &["collateral_btc", "initial_ltv", "call_ltv", "liquidation_ltv", "cure_days", "tranche_share"];

/// Tells of each setting its row cannot use.
pub(super) fn check(table: &TypedTable, findings: &mut Findings) {
    if !findings.has_all_columns(table.table.name) {
        return;
    }
    for row in 0..table.rows {
        if !findings.is_sound(table.table.name, row) {
            continue;
        }
        let word = |column| table.value(row, column).and_then(Value::text).unwrap_or_default();
        let idle = match table.table.name {
            "fleet" => [power(word("power_contract")), host(word("host"))].concat(),
            "loans" => [collateral(word("collateral")), amortisation(word("amortisation"))].concat(),
            "orders" => price(word("price_kind")),
            "hedges" => hedge(word("kind")),
            "facilities" => facility(word("kind")),
            "works" => work(word("kind")),
            "responses" => response(word("kind")),
            _ => Vec::new(),
        };
        for (columns, expected) in idle {
            for column in columns.iter().filter_map(|name| table.table.column(name)) {
                let given = match table.value(row, column.name) {
                    None | Some(Value::Flag(false)) => continue,
                    Some(Value::Flag(true)) => Raw::Flag(true),
                    Some(Value::Number(number)) if *number == 0.0 && !is_meant(column.name) => continue,
                    Some(Value::Text(text)) => Raw::Text(text),
                    Some(value) => Raw::Number(value.number().unwrap_or_default()),
                };
                findings.say_value(table.table, column, row, given, (Code::Inconsistent, expected.clone()));
            }
        }
    }
}

/// A strike of 0 is a strike: power is sold back whenever its price is positive. So is a delay or a cost of 0, where only some kinds have any.
fn is_meant(column: &str) -> bool {
    matches!(
        column,
        "curtailment_strike_usd_per_mwh"
            | "strike_usd_per_mwh"
            | "suspend_usd_per_mwh"
            | "delay_days"
            | "cost_usd_per_machine"
            | "usd_per_slot"
    )
}

/// docs/model/responses.md
fn response(kind: &str) -> Vec<Idle> {
    const MACHINES: &[&str] = &["fleet", "machines"];
    const MOVES: &[&str] = &["to_fleet", "delay_days"];
    const COST: &[&str] = &["cost_usd_per_machine"];
    const COINS: &[&str] = &["share"];
    const LOAN: &[&str] = &["loan"];
    const TERMS: &[&str] = &["term_months", "pause_months", "rate"];
    const SLOTS: &[&str] = &["usd_per_slot"];
    let idle: &[&'static [&'static str]] = match ResponseKind::try_parse(kind) {
        Some(ResponseKind::Retire) => &[MOVES, COST, COINS, LOAN, TERMS, SLOTS],
        Some(ResponseKind::Upgrade) => &[COST, COINS, LOAN, TERMS, SLOTS],
        Some(ResponseKind::Migrate) => &[COINS, LOAN, TERMS, SLOTS],
        Some(ResponseKind::SellCoins) => &[MACHINES, MOVES, COST, LOAN, TERMS, SLOTS],
        Some(ResponseKind::StrategicDefault) => &[MACHINES, MOVES, COST, COINS, TERMS, SLOTS],
        Some(ResponseKind::Renegotiate) => &[MACHINES, MOVES, COST, COINS, SLOTS],
        Some(ResponseKind::Prepay) => &[MACHINES, MOVES, COST, TERMS, SLOTS],
        Some(ResponseKind::SellSlots) => &[MOVES, COST, COINS, LOAN, TERMS],
        None => &[],
    };
    idle.iter().map(|columns| (*columns, format!("an empty cell, because the kind is `{kind}`"))).collect()
}

/// docs/model/hedges.md
fn hedge(kind: &str) -> Vec<Idle> {
    const COINS: &[&str] = &["btc", "strike_usd"];
    const MARGIN: &[&str] = &["initial_margin_share", "maintenance_margin_share", "cure_days"];
    const CAP: &[&str] = &["cap_usd"];
    const HASHRATE: &[&str] = &["hashrate_ths", "strike_usd_per_ph_day"];
    const POWER: &[&str] = &["mw", "region", "strike_usd_per_mwh"];
    const PLANT: &[&str] = &["profile", "take_share", "suspend_usd_per_mwh"];
    let idle: &[&'static [&'static str]] = match HedgeKind::try_parse(kind) {
        Some(HedgeKind::ShortFuture) => &[CAP, HASHRATE, POWER, PLANT],
        Some(HedgeKind::Put) => &[CAP, MARGIN, HASHRATE, POWER, PLANT],
        Some(HedgeKind::Collar) => &[MARGIN, HASHRATE, POWER, PLANT],
        Some(HedgeKind::HashpriceForward) => &[COINS, CAP, MARGIN, POWER, PLANT],
        Some(HedgeKind::PowerSale) => &[COINS, CAP, MARGIN, HASHRATE, PLANT],
        Some(HedgeKind::Ppa) => &[COINS, CAP, MARGIN, HASHRATE],
        None => &[],
    };
    idle.iter().map(|columns| (*columns, format!("an empty cell, because the kind is `{kind}`"))).collect()
}

/// docs/model/rescue.md
fn facility(kind: &str) -> Vec<Idle> {
    const FUND: &[&str] = &["bill_days", "rate", "term_days", "rank", "max_usd_per_miner", "max_debt_to_assets"];
    const BUYBACK: &[&str] = &["price_usd_per_th", "price_to_index"];
    let idle = match FacilityKind::try_parse(kind) {
        Some(FacilityKind::Fund) => BUYBACK,
        Some(FacilityKind::Buyback) => FUND,
        None => &[],
    };
    vec![(idle, format!("an empty cell, because the kind is `{kind}`"))]
}

/// docs/model/loans.md
fn amortisation(word: &str) -> Vec<Idle> {
    let is = |known: Amortisation| word == known.name();
    let mut idle: Vec<Idle> = Vec::new();
    if !is(Amortisation::FixedPayment) {
        idle.push((&["payment_usd"], format!("nothing here, because the amortisation is `{word}`")));
    }
    if !is(Amortisation::Bullet) && !is(Amortisation::InterestOnly) {
        idle.push((&["credit_line_usd"], format!("nothing here, because a loan that is `{word}` is not drawn on")));
    }
    idle
}

/// docs/model/deliveries.md
fn price(kind: &str) -> Vec<Idle> {
    let expected = || format!("false, because a price that is `{kind}` follows the index anyway");
    if kind == PriceKind::Floating.name() { vec![(&["price_protection"][..], expected())] } else { Vec::new() }
}

/// docs/model/sites.md
fn host(host: &str) -> Vec<Idle> {
    let expected = || "0, because the row names no host".to_owned();
    if host.is_empty() { vec![(&["host_deposit_usd"][..], expected())] } else { Vec::new() }
}

/// docs/model/sites.md
fn work(kind: &str) -> Vec<Idle> {
    let idle: &'static [&'static str] = match WorkKind::try_parse(kind) {
        Some(WorkKind::Cooling) => &["slots", "units", "step_days"],
        Some(WorkKind::Racks) => &["hashrate_factor", "energy_factor", "heat_relief"],
        None => &[],
    };
    vec![(idle, format!("an empty cell, because the kind is `{kind}`"))]
}

/// docs/model/power.md
fn power(contract: &str) -> Vec<Idle> {
    let is = |known: PowerContract| contract == known.name();
    let mut idle = Vec::new();
    if !is(PowerContract::HostedPassThrough) {
        idle.push((
            &["pass_through"][..],
            format!("0, because only a contract `hosted_pass_through` passes anything on, not `{contract}`"),
        ));
    }
    if !is(PowerContract::HostedFixed) && !is(PowerContract::HostedPassThrough) {
        idle.push((&["host"][..], format!("an empty cell, because a contract `{contract}` has no host")));
    }
    if !is(PowerContract::Fixed) && !is(PowerContract::Indexed) {
        idle.push((
            &["curtailment_strike_usd_per_mwh"][..],
            format!("an empty cell, because only a contract `fixed` or `indexed` stops for the tariff, not `{contract}`"),
        ));
        idle.push((
            &["demand_charge_usd_per_mw_month"][..],
            format!("0, because a host bears the connection under a contract `{contract}`"),
        ));
    }
    idle
}

/// docs/model/collateral.md; a loan without collateral that names some is refused by the engine.
fn collateral(collateral: &str) -> Vec<Idle> {
    let machines = format!("an empty cell, because collateral is `{collateral}`, not `machines`");
    let btc = format!("an empty cell, because collateral is `{collateral}`: margin terms are for `btc`");
    let covenant = format!("an empty cell, because collateral is `{collateral}`: a covenant is on machines");
    match Collateral::try_parse(collateral) {
        Some(Collateral::Btc) => vec![(&["collateral_fleet", "collateral_machines"][..], machines), (COVENANT, covenant)],
        Some(Collateral::Machines) => vec![(MARGIN_TERMS_AND_COINS, btc)],
        Some(Collateral::None) => vec![(MARGIN_TERMS, btc), (COVENANT, covenant)],
        None => Vec::new(),
    }
}
