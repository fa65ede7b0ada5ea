//! Disposal policies of lenders, from the compiled scenario's rows. Model: docs/model/lenders.md#disposal-policy

use super::{
    Action, Policy, Rule,
    build::Check,
    spec::{PolicySpec, RuleSpec},
};
use crate::{error::Code, policy::consignment::Terms};

/// Longest time a broker takes to pay, days.
const LONGEST_SETTLEMENT: u32 = 3_650;
/// Longest time in which a miner wants machines to earn their price, days.
const LONGEST_PAYBACK: u32 = 3_650;

/// The policy of a name; what is wrong with it is told.
pub(super) fn policy(name: &str, spec: Option<&PolicySpec>, check: &mut Check) -> Policy {
    let Some(spec) = spec else {
        check.say(Code::UnknownKey, "policies", name, "a disposal policy the scenario or a plugin defines");
        return Policy { hold_days: 0, rules: Vec::new() };
    };
    let rules = spec.rules.iter().filter_map(|rule| {
        check.range("policies.rules.share_per_day", rule.share_per_day, 0.0, 1.0);
        if rule.max_clearing_to_index.is_nan() {
            check.say(Code::NotFinite, "policies.rules.max_clearing_to_index", rule.max_clearing_to_index, "a ratio");
        }
        if rule.action != "consign" {
            nothing_of(&broker(rule), rule, check);
        }
        if rule.action != "sell_back" {
            nothing_of(&[payback(rule)], rule, check);
        }
        let action = match rule.action.as_str() {
            "dump" => Action::Dump,
            "sell" => Action::Sell(rule.share_per_day),
            "hold" => Action::Hold,
            "host" => Action::Host,
            "consign" => Action::Consign(terms(rule, check)?),
            "sell_back" => Action::SellBack(payback_days(rule, check)?),
            other => {
                check.say(Code::UnknownWord, "policies.rules.action", other, "dump, sell, hold, host, consign or sell_back");
                return None;
            }
        };
        Some(Rule { max_clearing_to_index: rule.max_clearing_to_index, action })
    });
    Policy { rules: rules.collect(), hold_days: spec.hold_days as usize }
}

/// A column of a rule that some actions have, and what it says.
type Term = (&'static str, Option<f64>);

fn broker(rule: &RuleSpec) -> [Term; 3] {
    [("commission", rule.commission), ("settle_days", rule.settle_days.map(f64::from)), ("reserve_to_index", rule.reserve_to_index)]
}

fn payback(rule: &RuleSpec) -> Term {
    ("payback_days", rule.payback_days.map(f64::from))
}

/// Terms of another action are refused.
fn nothing_of(terms: &[Term], rule: &RuleSpec, check: &mut Check) {
    for (column, value) in terms {
        if let Some(value) = value {
            let expected = format!("nothing here, because the action is `{}`", rule.action);
            check.say(Code::Inconsistent, &format!("policies.rules.{column}"), value, expected);
        }
    }
}

/// Terms of the action must be said.
fn all_of(terms: &[Term], rule: &RuleSpec, check: &mut Check) {
    for (column, value) in terms {
        if value.is_none() {
            let expected = format!("a value, because the action is `{}`", rule.action);
            check.say(Code::Null, &format!("policies.rules.{column}"), "", expected);
        }
    }
}

/// How soon machines that are sold back must earn their price.
fn payback_days(rule: &RuleSpec, check: &mut Check) -> Option<f64> {
    all_of(&[payback(rule)], rule, check);
    let days = f64::from(rule.payback_days?);
    check.range("policies.rules.payback_days", days, 1.0, f64::from(LONGEST_PAYBACK));
    Some(days)
}

/// What the rule says of the broker; everything must be said.
fn terms(rule: &RuleSpec, check: &mut Check) -> Option<Terms> {
    all_of(&broker(rule), rule, check);
    let (commission, settle_days, reserve_to_index) = (rule.commission?, rule.settle_days?, rule.reserve_to_index?);
    if rule.share_per_day == 0.0 {
        check.say(Code::OutOfRange, "policies.rules.share_per_day", 0.0, "a share above 0, because the action is `consign`");
    }
    check.range("policies.rules.commission", commission, 0.0, 1.0);
    check.range("policies.rules.settle_days", f64::from(settle_days), 1.0, f64::from(LONGEST_SETTLEMENT));
    check.range("policies.rules.reserve_to_index", reserve_to_index, 0.0, 2.0);
    Some(Terms { share_per_day: rule.share_per_day, commission, settle_days: settle_days as usize, reserve_to_index })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consign() -> RuleSpec {
        RuleSpec {
            max_clearing_to_index: 9.0,
            action: "consign".into(),
            share_per_day: 0.1,
            commission: Some(0.05),
            settle_days: Some(30),
            reserve_to_index: Some(0.0),
            payback_days: None,
        }
    }

    fn sell_back() -> RuleSpec {
        RuleSpec { max_clearing_to_index: 9.0, action: "sell_back".into(), payback_days: Some(400), ..RuleSpec::default() }
    }

    fn refused(rule: &RuleSpec) -> Vec<String> {
        let mut check = Check::default();
        policy("p", Some(&PolicySpec { hold_days: 9, rules: vec![rule.clone()] }), &mut check);
        check.columns().map(str::to_owned).collect()
    }

    #[test]
    fn a_broker_needs_all_terms_and_nobody_else_any() {
        let sell = RuleSpec { action: "sell".into(), ..consign() };
        for (rule, columns) in [
            (consign(), vec![]),
            (RuleSpec { commission: None, ..consign() }, vec!["commission"]),
            (RuleSpec { settle_days: None, reserve_to_index: None, ..consign() }, vec!["settle_days", "reserve_to_index"]),
            (RuleSpec { share_per_day: 0.0, ..consign() }, vec!["share_per_day"]),
            (RuleSpec { commission: Some(1.1), ..consign() }, vec!["commission"]),
            (RuleSpec { commission: Some(f64::NAN), ..consign() }, vec!["commission"]),
            (RuleSpec { settle_days: Some(0), ..consign() }, vec!["settle_days"]),
            (RuleSpec { settle_days: Some(3_651), ..consign() }, vec!["settle_days"]),
            (RuleSpec { reserve_to_index: Some(-0.1), ..consign() }, vec!["reserve_to_index"]),
            (sell, vec!["commission", "settle_days", "reserve_to_index"]),
            (
                RuleSpec { action: "consgin".into(), commission: None, settle_days: None, reserve_to_index: None, ..consign() },
                vec!["action"],
            ),
        ] {
            let columns: Vec<String> = columns.into_iter().map(|column| format!("policies.rules.{column}")).collect();
            assert_eq!(refused(&rule), columns, "{rule:?}");
        }
    }

    #[test]
    fn machines_are_sold_back_within_days_that_are_said() {
        for (rule, column) in [
            (sell_back(), None),
            (RuleSpec { payback_days: Some(1), ..sell_back() }, None),
            (RuleSpec { payback_days: Some(3_650), ..sell_back() }, None),
            (RuleSpec { payback_days: Some(0), ..sell_back() }, Some("payback_days")),
            (RuleSpec { payback_days: Some(3_651), ..sell_back() }, Some("payback_days")),
            (RuleSpec { payback_days: None, ..sell_back() }, Some("payback_days")),
            (RuleSpec { commission: Some(0.1), ..sell_back() }, Some("commission")),
            (RuleSpec { action: "hold".into(), ..sell_back() }, Some("payback_days")),
            (RuleSpec { payback_days: Some(9), ..consign() }, Some("payback_days")),
        ] {
            let columns: Vec<String> = column.into_iter().map(|column: &str| format!("policies.rules.{column}")).collect();
            assert_eq!(refused(&rule), columns, "{rule:?}");
        }
    }
}
