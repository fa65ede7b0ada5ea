//! The machines that can be bought, and what a better one does to the price of the others. Model: docs/model/frontier.md

use super::{build::Check, spec::FrontierSpec};
use crate::{
    book::{Book, TIERS},
    contract::calendar::Date,
    error::Code,
    units,
};

/// Factors of the tiers' fair prices, by day.
pub type Factors = Vec<[f64; TIERS]>;

/// A model as the frontier sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Launch {
    /// First day on which it can be bought; 0 if it was there before.
    pub day: usize,
    /// Energy, J/TH.
    pub j_per_th: f64,
    /// Efficiency tier.
    pub tier: usize,
}

/// The least J/TH that can be bought, by day; before the first launch that of its day. `None` if nothing is launched within the days.
pub fn frontier(launches: &[Launch], days: usize) -> Option<Vec<f64>> {
    let first = launches.iter().map(|launch| launch.day).min().filter(|day| *day < days)?;
    let least = |day: usize| {
        launches.iter().filter(|launch| launch.day <= day.max(first)).map(|launch| launch.j_per_th).fold(f64::INFINITY, f64::min)
    };
    Some((0..days).map(least).collect())
}

/// What is left of each tier's price as the frontier moves on; `weight` is the share of the way it goes in a day.
pub fn factors(launches: &[Launch], days: usize, elasticity: f64, weight: f64) -> Factors {
    let mut found = vec![[1.0; TIERS]; days];
    let Some(frontier) = frontier(launches, days) else { return found };
    for tier in 0..TIERS {
        let of_tier = launches.iter().filter(|launch| launch.tier == tier);
        let Some(first) = of_tier.map(|launch| launch.day).min() else { continue };
        let mut x = 0.0;
        for day in first + 1..days {
            x += weight * (elasticity * (units::ln(frontier[day]) - units::ln(frontier[first])) - x);
            found[day][tier] = units::exp(x);
        }
    }
    found
}

/// The factors of a scenario with a frontier; and what is on day 0 must have been launched.
pub(super) fn compile(spec: Option<&FrontierSpec>, start: Date, days: usize, book: &Book, check: &mut Check) -> Option<Factors> {
    for fleet in book.fleet.iter().filter(|fleet| fleet.machines > 0.0) {
        let model = &book.models[fleet.model.index()];
        if let Some(launched) = model.launched.filter(|launched| *launched > start) {
            let expected = format!("machines on day 0 that are launched by the scenario's start {start}; what comes later is an order");
            let value = format!("fleet row {} has machines {}, launched on {launched}", fleet.key, model.key);
            check.say(Code::Dates, "start", value, expected);
        }
    }
    let spec = spec?;
    check.range("frontier.elasticity", spec.elasticity, 0.0, 10.0);
    if let Some(days) = spec.half_life_days {
        check.range("frontier.half_life_days", days, 1e-3, 1e6);
    }
    if book.models.iter().all(|model| model.launched.is_none()) {
        check.say(Code::Inconsistent, "frontier", "a table", "no such table, because no machine of the book has a `launched_date`");
    }
    let launch = |model: &crate::book::Model| Launch {
        day: model.launched.map_or(0, |launched| usize::try_from(launched.0 - start.0).unwrap_or(0)),
        j_per_th: model.j_per_th,
        tier: model.tier,
    };
    let launches: Vec<Launch> = book.models.iter().map(launch).collect();
    Some(factors(&launches, days, spec.elasticity, spec.half_life_days.map_or(1.0, units::weight)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Launch = Launch { day: 0, j_per_th: 30.0, tier: 1 };
    const NEW: Launch = Launch { day: 3, j_per_th: 20.0, tier: 0 };
    const BEST: Launch = Launch { day: 5, j_per_th: 15.0, tier: 0 };

    #[test]
    fn the_frontier_is_the_least_energy_that_can_be_bought() {
        for (launches, expected) in [
            (vec![OLD], Some(vec![30.0; 7])),
            (vec![OLD, NEW, BEST], Some(vec![30.0, 30.0, 30.0, 20.0, 20.0, 15.0, 15.0])),
            (vec![NEW, BEST], Some(vec![20.0, 20.0, 20.0, 20.0, 20.0, 15.0, 15.0])),
            (vec![Launch { day: 7, ..NEW }], None),
            (vec![], None),
        ] {
            assert_eq!(frontier(&launches, 7), expected, "{launches:?}");
        }
    }

    #[test]
    fn a_tier_loses_what_the_frontier_moves_after_it_was_for_sale_itself() {
        let found = factors(&[OLD, NEW, BEST], 7, 2.0, 1.0);
        for (day, tier, expected) in [(2, 1, 1.0), (3, 1, 4.0 / 9.0), (6, 1, 0.25), (3, 0, 1.0), (4, 0, 1.0), (5, 0, 0.5625), (6, 2, 1.0)] {
            assert!((found[day][tier] - expected).abs() < 1e-12, "day {day}, tier {tier}: {}", found[day][tier]);
        }
    }

    #[test]
    fn a_weight_spreads_it_and_no_elasticity_none() {
        let found = factors(&[OLD, NEW], 6, 1.0, 0.5);
        let whole = units::ln(20.0 / 30.0);
        for (day, share) in [(2, 0.0), (3, 0.5), (4, 0.75), (5, 0.875)] {
            assert!((units::ln(found[day][1]) - share * whole).abs() < 1e-12, "day {day}");
        }
        assert_eq!(factors(&[OLD, NEW, BEST], 6, 0.0, 1.0), vec![[1.0; TIERS]; 6]);
        assert_eq!(factors(&[Launch { day: 9, ..NEW }], 3, 1.0, 1.0), vec![[1.0; TIERS]; 3]);
    }
}
