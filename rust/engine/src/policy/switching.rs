//! When machines stop and start again: by realised margin, with hysteresis. Model: docs/model/fleet.md#switching

use crate::{
    book::Switching,
    lanes::{Lanes, Mask},
    world::Switch,
};

/// One day of the rule; returns where the state flipped. `shutdown`, `restart`: thresholds in USD per TH/s and day.
#[inline(always)]
pub fn switch(state: &mut Switch, revenue: Lanes, shutdown: f64, restart: f64, rule: &Switching) -> Mask {
    let threshold = state.on.select(Lanes::splat(shutdown), Lanes::splat(restart));
    let against = revenue.lt(threshold) ^ !state.on;
    let patience = state.on.select(Lanes::splat(rule.shutdown_days), Lanes::splat(rule.restart_days));
    let streak = (state.streak + 1.0).only(against);
    let flipped = streak.ge(patience);
    state.on = state.on ^ flipped;
    state.streak = streak.only(!flipped);
    flipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_stop_after_patience_and_start_after_patience() {
        let rule = Switching { shutdown_ratio: 0.9, shutdown_days: 3.0, restart_ratio: 1.0, restart_days: 2.0 };
        let mut state = Switch { on: Mask::ALL, streak: Lanes::ZERO };
        // (revenue, on afterwards) at cost 1: below 0.9 counts against running, 1.0 and more against standing still
        for (day, (revenue, on)) in [
            (0.8, true),
            (0.8, true),
            (0.95, true),
            (0.8, true),
            (0.8, true),
            (0.8, false),
            (0.95, false),
            (1.0, false),
            (0.9, false),
            (1.1, false),
            (1.1, true),
        ]
        .into_iter()
        .enumerate()
        {
            switch(&mut state, Lanes::splat(revenue), rule.shutdown_ratio, rule.restart_ratio, &rule);
            assert_eq!(state.on.get(0), on, "day {day}");
        }
    }
}
