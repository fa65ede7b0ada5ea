//! Contract prices where tariffs differ between paths: every row, every day, path by path. Model: docs/model/joint.md

use super::{FleetDay, at_tariff};
use crate::{
    day::{Today, fleet},
    ids::HedgeId,
    journal::Journal,
    lanes::{Lanes, Mask, WIDTH},
    policy::switching::{self, Thresholds},
    scenario::{
        cohort_cost_usd_per_ths,
        hedges::{brought, region_of},
    },
    world::{Switch, World},
};

/// What a rule compares with, path by path; its patience is the same on all.
#[derive(Debug, Clone, Copy)]
struct ByPath {
    shutdown_usd_per_ths: Lanes,
    restart_usd_per_ths: Lanes,
    patience: Thresholds,
}

impl ByPath {
    /// From the thresholds of each path.
    fn of(paths: &[Thresholds; WIDTH]) -> Self {
        Self {
            shutdown_usd_per_ths: Lanes::from_fn(|lane| paths[lane].shutdown_usd_per_ths),
            restart_usd_per_ths: Lanes::from_fn(|lane| paths[lane].restart_usd_per_ths),
            patience: paths[0],
        }
    }

    fn switch(&self, state: &mut Switch, revenue: Lanes, day: f64) -> Mask {
        let patience = (self.patience.shutdown_days, self.patience.restart_days);
        switching::switch_at(state, revenue, self.shutdown_usd_per_ths, self.restart_usd_per_ths, patience, day)
    }
}

/// The cohorts' switches, at today's cost of each path.
#[cold]
#[inline(never)]
pub(in crate::day) fn switch_cohorts(cohorts: &mut [Switch], today: &Today<'_>, revenue: Lanes, factor: Lanes) {
    for (switch, cohort) in cohorts.iter_mut().zip(&today.book.cohorts) {
        let tariff = &today.scenario.tariff_usd_per_mwh[cohort.region.index()];
        let cost = |lane: usize| cohort_cost_usd_per_ths(cohort, tariff[today.day] * factor[lane], tariff[0]);
        let paths = std::array::from_fn(|lane| Thresholds::at_cost(&cohort.switching, cost(lane)));
        ByPath::of(&paths).switch(switch, revenue, today.day as f64);
    }
}

/// The stage `fleet`. `tell` is told of each row: where it flipped, where its energy is sold back, where its miner operates.
#[cold]
#[inline(never)]
pub(in crate::day) fn switch_fleets<J: Journal>(
    world: &mut World<J>,
    today: &Today<'_>,
    factor: Lanes,
    tell: impl Fn(&mut World<J>, usize, [Mask; 3]),
) {
    let revenue_usd_per_ths = world.network.revenue_usd_per_ths;
    let (mut running_total, mut power_total) = (Lanes::ZERO, Lanes::ZERO);
    let (mut potential_total, mut installed_total) = (Lanes::ZERO, Lanes::ZERO);
    for (index, miner) in today.book.miners.iter().enumerate() {
        let operating = world.miners[index].operating.mask();
        let (mut running_ths, mut potential_ths, mut installed_ths) = (Lanes::ZERO, Lanes::ZERO, Lanes::ZERO);
        let (mut energy_cents, mut credit_cents, mut demand_cents) = (Lanes::ZERO, Lanes::ZERO, Lanes::ZERO);
        for row in miner.fleet.clone() {
            let (at, days) = row_by_path(today, row, factor);
            let flipped = at.switch(&mut world.fleet[row], revenue_usd_per_ths * miner.after_fee, today.day as f64);
            let can_run = fleet::can_run(&world.ledger, (&world.boxed, &world.sold_slots), row, &days[0], operating);
            let potential = can_run * days[0].ths;
            let would_run = potential.only(world.fleet[row].on);
            let curtailed = where_of(|lane| days[lane].curtailed_cents_per_ths.is_some());
            potential_ths += potential;
            installed_ths += can_run * days[0].installed_ths;
            demand_cents += can_run * days[0].demand_cents_per_machine;
            credit_cents += would_run.only(curtailed) * Lanes::from_fn(|lane| days[lane].curtailed_cents_per_ths.unwrap_or(0.0));
            running_ths += would_run.only(!curtailed);
            energy_cents += would_run.only(!curtailed) * Lanes::from_fn(|lane| days[lane].cost_cents_per_ths);
            tell(world, row, [flipped, curtailed, operating]);
        }
        let state = &mut world.miners[index];
        state.running_ths = running_ths;
        state.potential_ths = potential_ths;
        state.installed_ths = installed_ths;
        state.power_cents = energy_cents.round() - credit_cents.round() + demand_cents.round();
        running_total += running_ths;
        power_total += state.power_cents;
        potential_total += potential_ths;
        installed_total += installed_ths;
        world.network.online_ths += running_ths;
    }
    world.tally.running_ths = running_total;
    world.tally.power_cents = power_total;
    world.tally.potential_ths = potential_total;
    world.tally.installed_ths = installed_total;
}

/// A fleet row's thresholds, and its day on each path.
fn row_by_path(today: &Today<'_>, row: usize, factor: Lanes) -> (ByPath, [FleetDay; WIDTH]) {
    let tariff = today.scenario.tariff_usd_per_mwh[today.book.fleet[row].region.index()][today.day];
    let paths: [(Thresholds, FleetDay); WIDTH] =
        std::array::from_fn(|lane| at_tariff(today.book, today.scenario, row, today.day, tariff * factor[lane]));
    (ByPath::of(&paths.map(|(at, _)| at)), paths.map(|(_, day)| day))
}

fn where_of(holds: impl Fn(usize) -> bool) -> Mask {
    let mut mask = Mask::NONE;
    for lane in 0..WIDTH {
        mask.set(lane, holds(lane));
    }
    mask
}

/// What a hedge of power has brought in the month up to and including a day, cents: docs/model/hedges.md
pub(in crate::day) fn sale(today: &Today<'_>, id: HedgeId, until: usize) -> Lanes {
    if today.tariff_factor().is_none() {
        return Lanes::splat(today.scenario.hedges.sales[id.index()][until]);
    }
    let terms = &today.book.hedges[id.index()].terms;
    let Some(region) = region_of(terms) else { return Lanes::ZERO };
    let first_of_month = &today.scenario.first_of_month[..=until];
    let begin = first_of_month.iter().rposition(|first| *first).unwrap_or(0);
    let tariff = &today.scenario.tariff_usd_per_mwh[region.index()];
    Lanes::from_fn(|lane| {
        let of_path: Vec<f64> =
            (begin..=until).map(|day| tariff[day] * today.shocks[day].power.map_or(1.0, |factor| factor[lane])).collect();
        let so_far = brought(terms, today.scenario.date(begin), &first_of_month[begin..], &of_path);
        so_far.last().copied().unwrap_or(0.0)
    })
}

/// Power cost of a fleet row on one path today, cents per TH/s and day.
pub(in crate::day) fn cost_cents_per_ths(today: &Today<'_>, row: usize, lane: usize) -> f64 {
    let Some(factor) = today.tariff_factor() else { return today.power.contracts.rows[row].cost_cents_per_ths };
    row_by_path(today, row, factor).1[lane].cost_cents_per_ths
}
