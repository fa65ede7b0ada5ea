//! What a lender does with seized machines today. Model: docs/model/lenders.md#disposal-policy

use crate::{
    lanes::{Lanes, Mask},
    scenario::{Action, Policy},
};

/// A lot as its lender sees it.
#[derive(Debug, Clone, Copy)]
pub struct Lot {
    /// Machines left.
    pub left: Lanes,
    /// Machines seized.
    pub initial: Lanes,
    /// Days since the seizure.
    pub age: Lanes,
}

/// What happens to a lot today.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disposal {
    /// Machines to offer.
    pub offer: Lanes,
    /// Where what is left runs in the lender's rack.
    pub host: Mask,
    /// Where a broker has the lot.
    pub consign: Mask,
    /// Where the miner that lost it may have it back.
    pub sell_back: Mask,
}

/// The first rule whose ratio (clearing / index) matches decides; a failed lender dumps, and so does one that has held too long.
#[inline(always)]
pub fn decide(policy: &Policy, lot: &Lot, failed: Mask, ratio: Lanes) -> Disposal {
    let present = lot.left.gt(Lanes::ZERO);
    let dump = present & (failed | lot.age.ge(Lanes::splat(policy.hold_days as f64)));
    let mut disposal = Disposal { offer: lot.left.only(dump), host: Mask::NONE, consign: Mask::NONE, sell_back: Mask::NONE };
    let mut undecided = present & !dump;
    for rule in &policy.rules {
        let matches = undecided & ratio.le(Lanes::splat(rule.max_clearing_to_index));
        undecided = undecided & !matches;
        match rule.action {
            Action::Dump => disposal.offer = matches.select(lot.left, disposal.offer),
            Action::Sell(share) => disposal.offer = matches.select(lot.left.min((lot.initial * share).ceil()), disposal.offer),
            Action::Host => disposal.host = disposal.host | matches,
            Action::Consign(_) => disposal.consign = disposal.consign | matches,
            Action::SellBack(_) => disposal.sell_back = disposal.sell_back | matches,
            Action::Hold => {}
        }
    }
    disposal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Rule;

    #[test]
    fn the_first_rule_that_matches_decides() {
        let rule = |max_clearing_to_index, action| Rule { max_clearing_to_index, action };
        let rules = vec![rule(0.5, Action::Hold), rule(0.8, Action::Sell(0.15)), rule(0.9, Action::Host), rule(1.0, Action::Dump)];
        let policy = Policy { hold_days: 90, rules };
        for (failed, age, ratio, left, offer, host) in [
            (Mask::NONE, 0.0, 0.5, 10.0, 0.0, false),
            (Mask::NONE, 0.0, 0.6, 10.0, 2.0, false),
            (Mask::NONE, 0.0, 0.6, 1.0, 1.0, false),
            (Mask::NONE, 0.0, 0.85, 10.0, 0.0, true),
            (Mask::NONE, 0.0, 0.95, 10.0, 10.0, false),
            (Mask::NONE, 0.0, 1.2, 10.0, 0.0, false),
            (Mask::ALL, 0.0, 0.5, 10.0, 10.0, false),
            (Mask::NONE, 90.0, 0.5, 10.0, 10.0, false),
            (Mask::ALL, 0.0, 0.5, 0.0, 0.0, false),
        ] {
            let lot = Lot { left: Lanes::splat(left), initial: Lanes::splat(10.0), age: Lanes::splat(age) };
            let decided = decide(&policy, &lot, failed, Lanes::splat(ratio));
            assert_eq!((decided.offer[0], decided.host.get(0)), (offer, host), "age {age}, ratio {ratio}, left {left}");
        }
    }

    #[test]
    fn a_lot_is_sold_back_where_its_rule_decides() {
        let rule = |max_clearing_to_index, action| Rule { max_clearing_to_index, action };
        let policy = Policy { hold_days: 90, rules: vec![rule(0.8, Action::SellBack(400.0)), rule(9.0, Action::Hold)] };
        for (failed, age, ratio, left, sold_back) in [
            (Mask::NONE, 0.0, 0.8, 10.0, true),
            (Mask::NONE, 89.0, 0.5, 10.0, true),
            (Mask::NONE, 90.0, 0.5, 10.0, false),
            (Mask::NONE, 0.0, 0.9, 10.0, false),
            (Mask::NONE, 0.0, 0.5, 0.0, false),
            (Mask::ALL, 0.0, 0.5, 10.0, false),
        ] {
            let lot = Lot { left: Lanes::splat(left), initial: Lanes::splat(10.0), age: Lanes::splat(age) };
            let decided = decide(&policy, &lot, failed, Lanes::splat(ratio));
            assert_eq!(decided.sell_back.get(0), sold_back, "age {age}, ratio {ratio}, left {left}");
        }
        assert_eq!((policy.action(0.8), policy.action(1.0), policy.action(9.5)), (Some(Action::SellBack(400.0)), Some(Action::Hold), None));
    }
}
