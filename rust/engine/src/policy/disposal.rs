//! What a lender does with seized machines today. Model: docs/model/lenders.md#disposal-policy

use crate::scenario::{Action, Policy};

/// The action for a lot that is `age` days old while clearing / index stands at `ratio`. A failed lender dumps.
pub fn action(policy: &Policy, failed: bool, age: usize, ratio: f64) -> Action {
    if failed || age >= policy.hold_days {
        return Action::Dump;
    }
    policy.rules.iter().find(|rule| ratio <= rule.max_clearing_to_index).map_or(Action::Hold, |rule| rule.action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Rule;

    #[test]
    fn the_first_rule_that_matches_decides() {
        let rule = |max_clearing_to_index, action| Rule { max_clearing_to_index, action };
        let policy = Policy { hold_days: 90, rules: vec![rule(0.5, Action::Hold), rule(0.8, Action::Sell(0.1)), rule(1.0, Action::Dump)] };
        for (failed, age, ratio, expected) in [
            (false, 0, 0.5, Action::Hold),
            (false, 0, 0.6, Action::Sell(0.1)),
            (false, 0, 0.9, Action::Dump),
            (false, 0, 1.2, Action::Hold),
            (true, 0, 0.5, Action::Dump),
            (false, 90, 0.5, Action::Dump),
        ] {
            assert_eq!(action(&policy, failed, age, ratio), expected);
        }
    }
}
