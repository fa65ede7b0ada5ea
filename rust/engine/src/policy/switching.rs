//! When machines stop and start again: by realised margin, with hysteresis. Model: docs/model/fleet.md#switching

use crate::{
    book::Switching,
    lanes::{Lanes, Mask},
    world::Switch,
};

/// What the rule compares with: money in USD per TH/s and day, patience in days.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "names of docs/model/fleet.md")]
pub struct Thresholds {
    pub shutdown_usd_per_ths: f64,
    pub restart_usd_per_ths: f64,
    pub shutdown_days: f64,
    pub restart_days: f64,
}

impl Thresholds {
    /// Of a rule at today's power cost (USD per TH/s and day).
    pub fn at_cost(rule: &Switching, cost_usd_per_ths: f64) -> Self {
        Self {
            shutdown_usd_per_ths: rule.shutdown_ratio * cost_usd_per_ths,
            restart_usd_per_ths: rule.restart_ratio * cost_usd_per_ths,
            shutdown_days: rule.shutdown_days,
            restart_days: rule.restart_days,
        }
    }
}

/// One day of the rule; returns where the state flipped.
#[inline(always)]
pub fn switch(state: &mut Switch, revenue: Lanes, at: &Thresholds) -> Mask {
    let below = revenue.lt(Lanes::splat(at.shutdown_usd_per_ths));
    let above = revenue.ge(Lanes::splat(at.restart_usd_per_ths));
    let against = (state.on & below) | (!state.on & above);
    if !against.any() {
        state.streak = Lanes::ZERO;
        return Mask::NONE;
    }
    let streak = (state.streak + 1.0).only(against);
    let tired = streak.ge(Lanes::splat(at.shutdown_days));
    let hopeful = streak.ge(Lanes::splat(at.restart_days));
    let flipped = (state.on & tired) | (!state.on & hopeful);
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
            switch(&mut state, Lanes::splat(revenue), &Thresholds::at_cost(&rule, 1.0));
            assert_eq!(state.on.get(0), on, "day {day}");
        }
    }
}
