//! When machines stop and start again: by realised margin, with hysteresis. Model: docs/model/fleet.md#switching

use crate::{
    book::Switching,
    lanes::{Bounds, Flags, Lanes, Mask},
    world::Switch,
};

const NEVER: Lanes = Switch::ON.turns;

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

/// Days before today on which revenue must have spoken against running, or against standing still, too, before a miner's rows count: one less than
/// the least patience, at most seven. No row turns sooner, so days that come to nothing are not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "words of the rule")]
pub struct Spans {
    pub running: u8,
    pub standing: u8,
}

impl Spans {
    /// Every day is counted.
    pub const TODAY: Self = Self { running: 0, standing: 0 };

    /// The longest with which rows of these thresholds, the same on all days, turn on their day.
    pub fn of(rows: &[Thresholds]) -> Self {
        // Revenue that stops a row must not speak for its restart on the same day: else a span could reach back beyond the turn.
        if rows.iter().any(|row| row.restart_usd_per_ths < row.shutdown_usd_per_ths) {
            return Self::TODAY;
        }
        let shortest = |days: fn(&Thresholds) -> f64| rows.iter().map(days).fold(Recent::DAYS as f64, f64::min).max(1.0) as u8 - 1;
        Self { running: shortest(|row| row.shutdown_days), standing: shortest(|row| row.restart_days) }
    }
}

/// Highest and lowest revenue (USD per TH/s and day, before fees) of the last days: at place `n`, of today and `n` days before. Revenue is a finite
/// number.
#[derive(Debug, Clone, Copy)]
pub struct Recent {
    highest: [Lanes; Self::DAYS],
    lowest: [Lanes; Self::DAYS],
}

impl Recent {
    /// Days that are remembered; a power of two, so that no place needs a check.
    pub const DAYS: usize = 8;
    /// Before the first day: nothing speaks against anything.
    pub const NONE: Self =
        Self { highest: [Lanes::splat(f64::INFINITY); Self::DAYS], lowest: [Lanes::splat(f64::NEG_INFINITY); Self::DAYS] };

    /// A day more.
    #[inline(always)]
    pub fn add(&mut self, revenue: Lanes) {
        self.highest.copy_within(..Self::DAYS - 1, 1);
        self.lowest.copy_within(..Self::DAYS - 1, 1);
        (self.highest[0], self.lowest[0]) = (revenue, revenue);
        self.highest.iter_mut().for_each(|highest| *highest = highest.max(revenue));
        self.lowest.iter_mut().for_each(|lowest| *lowest = lowest.min(revenue));
    }

    /// As a miner with these spans sees it, after fees.
    #[inline(always)]
    pub fn seen(&self, spans: Spans, after_fee: f64) -> Seen {
        let place = |days: u8| usize::from(days) % Self::DAYS;
        Seen {
            today: self.highest[0] * after_fee,
            highest: self.highest[place(spans.running)] * after_fee,
            lowest: self.lowest[place(spans.standing)] * after_fee,
        }
    }
}

/// Revenue as a miner sees it, USD per TH/s and day after fees.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    today: Lanes,
    /// The highest of the span of running.
    highest: Lanes,
    /// The lowest of the span of standing still.
    lowest: Lanes,
}

impl From<Lanes> for Seen {
    /// With spans of one day.
    #[inline(always)]
    fn from(today: Lanes) -> Self {
        Self { today, highest: today, lowest: today }
    }
}

/// Where switches go on as they are: before the day `until`, while revenue (USD per TH/s and day) is at least `from` and less than `below` today; on
/// paths where no row is counting, while at least one day of the span was so. Within a millionth of a threshold it says too often that they may not.
#[derive(Debug, Clone, Copy)]
pub struct Rest {
    from: Bounds,
    below: Bounds,
    until: f64,
    /// Paths on which any of its rows counts.
    counting: Flags,
}

/// The same path by path, while rows are looked at.
#[derive(Debug, Clone, Copy)]
pub struct RestByPath {
    from: Lanes,
    below: Lanes,
    until: Lanes,
}

impl RestByPath {
    /// Nothing would change anything.
    pub const FOREVER: Self =
        Self { from: Lanes::splat(f64::NEG_INFINITY), below: Lanes::splat(f64::INFINITY), until: Lanes::splat(f64::INFINITY) };

    /// Where this rests and, on these paths, a row that has been looked at: it goes on counting towards its turn, or not.
    #[inline(always)]
    #[must_use]
    pub fn and(self, state: &Switch, at: &Thresholds, paths: Mask) -> Self {
        let threshold = state.on.select(Lanes::splat(at.shutdown_usd_per_ths), Lanes::splat(at.restart_usd_per_ths));
        let counting = state.turns.lt(NEVER);
        let at_least = state.on ^ counting; // it runs and should, or stands and should not
        Self {
            from: self.from.max((at_least & paths).select(threshold, Self::FOREVER.from)),
            below: self.below.min((!at_least & paths).select(threshold, Self::FOREVER.below)),
            until: self.until.min(paths.select(state.turns, NEVER)),
        }
    }
}

impl From<RestByPath> for Rest {
    #[inline(always)]
    fn from(rest: RestByPath) -> Self {
        let (from, below) = (Bounds::not_below(rest.from), Bounds::not_above(rest.below));
        let mut counting = Flags::NONE;
        counting.put(rest.until.lt(NEVER));
        Self { from, below, until: rest.until.of_smallest_path(), counting }
    }
}

impl Rest {
    /// Nothing would change anything.
    pub const FOREVER: Self =
        Self { from: Bounds::splat(f32::NEG_INFINITY), below: Bounds::splat(f32::INFINITY), until: f64::INFINITY, counting: Flags::NONE };

    /// Whether the switches rest on all eight paths today.
    #[inline(always)]
    pub fn holds(&self, revenue: &Seen, day: f64) -> bool {
        let counting = self.counting.mask(); // a count ends on the first day that does not speak against the state
        let highest = counting.select(revenue.today, revenue.highest);
        let lowest = counting.select(revenue.today, revenue.lowest);
        day < self.until && !(highest.lt(self.from.lanes()) | lowest.ge(self.below.lanes())).any()
    }

    /// Something else than revenue and time changed: look again.
    pub fn end(&mut self) {
        self.until = f64::NEG_INFINITY;
    }

    /// Whether it was ended.
    #[inline(always)]
    pub fn ended(&self) -> bool {
        self.until == f64::NEG_INFINITY
    }
}

/// One day of the rule; returns where the state flipped.
#[inline(always)]
pub fn switch(state: &mut Switch, revenue: &Seen, spans: Spans, at: &Thresholds, day: f64) -> Mask {
    let (shutdown, restart) = (Lanes::splat(at.shutdown_usd_per_ths), Lanes::splat(at.restart_usd_per_ths));
    let against = (state.on & revenue.today.lt(shutdown)) | (!state.on & revenue.today.ge(restart));
    let counted = (state.on & revenue.highest.lt(shutdown)) | (!state.on & revenue.lowest.ge(restart));
    let left = (at.shutdown_days - 1.0 - f64::from(spans.running), at.restart_days - 1.0 - f64::from(spans.standing));
    turn(state, against, counted, left, day)
}

/// The same with thresholds of each path; `patience` in days to stop and to start.
pub fn switch_at(state: &mut Switch, revenue: Lanes, shutdown: Lanes, restart: Lanes, patience: (f64, f64), day: f64) -> Mask {
    let against = (state.on & revenue.lt(shutdown)) | (!state.on & revenue.ge(restart));
    turn(state, against, against, (patience.0 - 1.0, patience.1 - 1.0), day)
}

/// A day on which revenue speaks `against` the state on some paths, and has for so long that it is `counted`; `left`: how many days after today it
/// turns, to stop and to start. Whoever calls has compared already: thresholds spread over eight paths and handed on would cost the day its wide registers.
#[inline(always)]
fn turn(state: &mut Switch, against: Mask, counted: Mask, left: (f64, f64), day: f64) -> Mask {
    let left_days = state.on.select(Lanes::splat(left.0), Lanes::splat(left.1));
    let goes_on = against.select(state.turns, NEVER);
    let turns = counted.select(state.turns.min(left_days + day), goes_on); // counted from the first day against it, the first of the span
    let flipped = turns.le(Lanes::splat(day));
    state.on = state.on ^ flipped;
    state.turns = flipped.select(NEVER, turns);
    flipped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{self, uniform};

    const RULE: Switching = Switching { shutdown_ratio: 0.9, shutdown_days: 3.0, restart_ratio: 1.0, restart_days: 2.0 };

    fn rest(state: &Switch, paths: Mask) -> Rest {
        RestByPath::FOREVER.and(state, &Thresholds::at_cost(&RULE, 1.0), paths).into()
    }

    #[test]
    fn a_row_rests_where_the_rule_leaves_it_alone() {
        let at = Thresholds::at_cost(&RULE, 1.0);
        let today = 10.0;
        for on in [Mask::ALL, Mask::NONE] {
            for turns in [today, today + 1.0, f64::INFINITY] {
                for revenue in [0.0, 0.85, 0.9, 0.9 + 1e-6, 0.95, 1.0, 1.0 + 1e-6, 1.5] {
                    let before = Switch { on, turns: Lanes::splat(turns) };
                    let mut after = before;
                    switch(&mut after, &Lanes::splat(revenue).into(), Spans::TODAY, &at, today);
                    let holds = rest(&before, Mask::ALL).holds(&Lanes::splat(revenue).into(), today);
                    let at_threshold = revenue == 0.9 || revenue == 1.0;
                    let which = format!("on {on:?} turns {turns} at {revenue}");
                    assert!(if at_threshold { after == before || !holds } else { holds == (after == before) }, "{which}");
                }
            }
        }
    }

    #[test]
    fn rows_rest_together_until_one_path_of_one_row_moves() {
        let at = Thresholds::at_cost(&RULE, 1.0);
        let counting = Switch { on: Mask::NONE, turns: Lanes::splat(5.0) };
        let mut rest: Rest = RestByPath::FOREVER.and(&Switch::ON, &at, Mask::ALL).and(&counting, &at, Mask::ALL).into();
        let enough = 1.0 + 1e-6; // to run, and to go on counting towards a restart
        let mut revenue = Lanes::splat(enough);
        assert!(rest.holds(&revenue.into(), 4.0) && !rest.holds(&revenue.into(), 5.0));
        revenue[3] = 0.95;
        assert!(!rest.holds(&revenue.into(), 4.0));
        revenue[3] = enough;
        rest.end();
        assert!(rest.ended() && !rest.holds(&revenue.into(), 4.0));
    }

    #[test]
    fn only_the_paths_that_matter_end_a_rest() {
        let mut state = Switch::ON;
        state.turns[3] = 4.0;
        let mut elsewhere = Mask::ALL;
        elsewhere.set(3, false);
        let mut revenue = Lanes::splat(1.0);
        revenue[3] = 0.0;
        assert!(!rest(&state, Mask::ALL).holds(&Lanes::splat(1.0).into(), 2.0) && rest(&state, elsewhere).holds(&revenue.into(), 9.0));
    }

    #[test]
    fn no_span_is_longer_than_the_shortest_patience() {
        let rows = |days: &[(f64, f64)], restart_ratio| -> Vec<Thresholds> {
            let rule = |&(shutdown_days, restart_days)| Switching { shutdown_ratio: 0.9, shutdown_days, restart_ratio, restart_days };
            days.iter().map(|days| Thresholds::at_cost(&rule(days), 1.0)).collect()
        };
        for (days, restart_ratio, running, standing) in [
            (&[(5.0, 3.0)][..], 1.0, 4, 2),
            (&[(5.0, 3.0), (3.0, 7.0)], 1.0, 2, 2),
            (&[(1.0, 0.0)], 1.0, 0, 0),
            (&[(300.0, 300.0)], 1.0, 7, 7),
            (&[(5.0, 3.0)], 0.9, 4, 2),
            (&[(5.0, 3.0)], 0.89, 0, 0), // what stops it would start it
            (&[], 1.0, 7, 7),
        ] {
            assert_eq!(Spans::of(&rows(days, restart_ratio)), Spans { running, standing }, "{days:?} {restart_ratio}");
        }
    }

    #[test]
    fn recent_days_are_those_of_the_span() {
        let mut recent = Recent::NONE;
        let spans = Spans { running: 2, standing: 1 };
        // (revenue, highest of three days, lowest of two), of half of it after fees
        for (revenue, highest, lowest) in
            [(4.0, f64::INFINITY, f64::NEG_INFINITY), (8.0, f64::INFINITY, 2.0), (6.0, 4.0, 3.0), (2.0, 4.0, 1.0), (2.0, 3.0, 1.0)]
        {
            recent.add(Lanes::splat(revenue));
            let seen = recent.seen(spans, 0.5);
            assert_eq!((seen.today[0], seen.highest[0], seen.lowest[0]), (revenue / 2.0, highest, lowest), "{revenue}");
        }
    }

    #[test]
    fn rows_that_are_seldom_looked_at_turn_on_the_days_of_the_rule() {
        let mut looks = [0, 0];
        for world in 0..400 {
            let draw = |day: u64, entity: u64| uniform(rng::philox([world, 0], [day, entity, 0, 0])[0]);
            let patience = |row: u64| (draw(0, row) * 12.0).floor();
            let rows: Vec<Thresholds> = (0..4)
                .map(|row| {
                    let shutdown_ratio = 0.8 + 0.2 * draw(1, row);
                    let restart_ratio = shutdown_ratio + (0.3 * draw(2, row) - 0.05).max(-0.02);
                    let (shutdown_days, restart_days) = (patience(row), patience(row + 4));
                    Thresholds::at_cost(&Switching { shutdown_ratio, shutdown_days, restart_ratio, restart_days }, 0.9 + 0.05 * row as f64)
                })
                .collect();
            let (spans, mut recent, mut rest) = (Spans::of(&rows), Recent::NONE, Rest::FOREVER);
            let (mut daily, mut seldom) = (vec![Switch::ON; 4], vec![Switch::ON; 4]);
            let mut operating = Mask::ALL;
            rest.end();
            for day in 0..300 {
                let revenue = Lanes::from_fn(|lane| 0.8 + 0.4 * draw(day / 20 + 10, 0) + 0.1 * draw(day + 100, lane as u64));
                recent.add(revenue);
                if draw(day + 100, 8) < 0.02 {
                    operating.set((draw(day + 100, 9) * 8.0) as usize, false);
                    rest.end();
                }
                let seen = recent.seen(spans, 0.98);
                let look = !rest.holds(&seen, day as f64);
                let mut new_rest = RestByPath::FOREVER;
                for (row, at) in rows.iter().enumerate() {
                    switch(&mut daily[row], &(revenue * 0.98).into(), Spans::TODAY, at, day as f64);
                    if look {
                        switch(&mut seldom[row], &seen, spans, at, day as f64);
                        new_rest = new_rest.and(&seldom[row], at, operating);
                    }
                    assert_eq!(daily[row].on & operating, seldom[row].on & operating, "world {world}, day {day}, row {row}, {rows:?}");
                }
                if look {
                    rest = new_rest.into();
                }
                looks[usize::from(look)] += 1;
            }
        }
        assert!(looks.iter().all(|days| *days > 20_000), "{looks:?}");
    }

    #[test]
    fn machines_stop_after_patience_and_start_after_patience() {
        let mut state = Switch::ON;
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
            switch(&mut state, &Lanes::splat(revenue).into(), Spans::TODAY, &Thresholds::at_cost(&RULE, 1.0), day as f64);
            assert_eq!(state.on.get(0), on, "day {day}");
        }
    }
}
