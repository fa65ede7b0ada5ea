//! Cells that are in range alone but not together: the unit mix-ups that a range of one column cannot catch.

use hashstress_engine::book::rows::PowerContract;
use hashstress_engine::error::Code;

use super::TypedTable;
use super::cell::Value;
use super::findings::Findings;
use super::raw::Raw;

/// Joules per terahash of any machine ever built.
const EFFICIENCY: std::ops::RangeInclusive<f64> = 5.0..=2_000.0;
/// A positive power price below this is a price per kWh.
const CHEAPEST_USD_PER_MWH: f64 = 1.0;

/// Tells of each row whose cells contradict each other.
pub(super) fn check(table: &TypedTable, findings: &mut Findings) {
    if !findings.has_all_columns(table.table.name) {
        return;
    }
    for row in 0..table.rows {
        if !findings.is_sound(table.table.name, row) {
            continue;
        }
        let number = |column| table.value(row, column).and_then(Value::number).unwrap_or_default();
        let found = match table.table.name {
            "machines" => efficiency(number("hashrate_ths"), number("power_w")),
            "fleet" if is_adder(table.value(row, "power_contract")) => None, // an adder may be small or negative
            "fleet" | "cohorts" => price("power_usd_per_mwh", number("power_usd_per_mwh")),
            "lenders" => price("host_usd_per_mwh", number("host_usd_per_mwh")),
            "hedges" => price("strike_usd_per_mwh", number("strike_usd_per_mwh")),
            "miners" => runway(number("runway_low_days"), number("runway_high_days")),
            _ => None,
        };
        let Some((name, value, code, expected)) = found else { continue };
        if let Some(column) = table.table.column(name) {
            findings.say_value(table.table, column, row, Raw::Number(value), (code, expected));
        }
    }
}

/// Column, its value, the code and the expectation.
type Found = (&'static str, f64, Code, String);

fn efficiency(hashrate_ths: f64, power_w: f64) -> Option<Found> {
    let joules = power_w / hashrate_ths;
    let expected = || {
        format!(
            "power_w / hashrate_ths from {} to {} J/TH, but {power_w} W / {hashrate_ths} TH/s is {joules:.1}; check TH/s against PH/s and W against kW",
            EFFICIENCY.start(),
            EFFICIENCY.end()
        )
    };
    (hashrate_ths > 0.0 && !EFFICIENCY.contains(&joules)).then(|| ("power_w", power_w, Code::OutOfRange, expected()))
}

fn is_adder(contract: Option<&Value>) -> bool {
    contract.and_then(Value::text) == Some(PowerContract::Indexed.name())
}

fn price(column: &'static str, usd_per_mwh: f64) -> Option<Found> {
    let expected = if usd_per_mwh < 0.0 {
        "a price that is not negative; only the adder of an indexed contract may be".to_owned()
    } else {
        format!("USD per MWh, 0 or at least {CHEAPEST_USD_PER_MWH}; {usd_per_mwh} looks like USD per kWh: 0.05 USD/kWh is 50")
    };
    (usd_per_mwh != 0.0 && usd_per_mwh < CHEAPEST_USD_PER_MWH).then_some((column, usd_per_mwh, Code::OutOfRange, expected))
}

fn runway(low: f64, high: f64) -> Option<Found> {
    (low > high).then(|| ("runway_low_days", low, Code::Inconsistent, format!("at most runway_high_days, which is {high}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_units_of_a_machine() {
        for (hashrate_ths, power_w, found) in [
            (95.0, 3_250.0, false),
            (0.18, 360.0, false),
            (200.0, 3_500.0, false),
            (0.2, 3_500.0, true),
            (95.0, 3.25, true),
            (1_000.0, 3_000.0, true),
        ] {
            assert_eq!(efficiency(hashrate_ths, power_w).is_some(), found, "{hashrate_ths} {power_w}");
        }
    }

    #[test]
    fn a_price_per_kwh() {
        for (usd_per_mwh, found) in [(0.05, true), (0.0, false), (50.0, false), (-20.0, true), (1.0, false)] {
            assert_eq!(price("power_usd_per_mwh", usd_per_mwh).is_some(), found, "{usd_per_mwh}");
        }
    }

    #[test]
    fn a_runway_in_order() {
        assert!(runway(90.0, 180.0).is_none());
        assert_eq!(runway(181.0, 180.0).unwrap().2, Code::Inconsistent);
    }
}
