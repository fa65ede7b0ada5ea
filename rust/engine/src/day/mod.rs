//! THE SIMULATED DAY: one file a stage; this one is the only place that knows the order. Model: docs/model/README.md

mod asics;
mod close;
mod collateral;
mod deliveries;
mod fleet;
mod hedges;
mod lenders;
mod loans;
mod market;
mod miners;
mod network;
mod power;
mod rescue;
mod responses;
mod sites;

pub(crate) use asics::quick_prices;
pub use close::{METRICS, Metric, loss};
pub use collateral::machine_mark;
pub use lenders::survival_at_start;
pub use power::{Contracts, FleetDay, PowerDay, contract_prices};
pub(crate) use rescue::draw_applicants;
pub use rescue::held;

use crate::{book::Book, journal::Journal, lanes::Lanes, scenario::Scenario, world::World};

/// What a stage may look at: the book, the scenario and the day's drivers.
#[derive(Debug, Clone, Copy)]
pub struct Today<'a> {
    /// What existed on day 0.
    pub book: &'a Book,
    /// What comes from outside.
    pub scenario: &'a Scenario,
    /// Day index.
    pub day: usize,
    /// Close before impact, USD.
    pub close_usd: Lanes,
    /// Low before impact, USD.
    pub low_usd: Lanes,
    /// What the stage `power` says today; the same on all paths, so it is worked out once a run.
    pub power: &'a PowerDay,
    /// Factors of the paths by day; empty when the scenario has no joint shocks.
    pub shocks: &'a [DayShock],
}

/// What a day's drivers are multiplied by, path by path: docs/model/joint.md
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "words of docs/model/joint.md")]
pub struct DayShock {
    /// `None` where tariffs are the same on all paths.
    pub power: Option<Lanes>,
    pub network: Lanes,
    pub asic: Lanes,
}

impl DayShock {
    /// Nothing is moved.
    pub const NONE: Self = Self { power: None, network: Lanes::splat(1.0), asic: Lanes::splat(1.0) };
}

impl Today<'_> {
    /// The day's factors, if there are any.
    #[inline(always)]
    fn shock(&self) -> Option<&DayShock> {
        self.shocks.get(self.day)
    }

    /// The factor of the day's tariffs, where it is not the same on all paths.
    #[inline(always)]
    fn tariff_factor(&self) -> Option<Lanes> {
        self.shock()?.power
    }
}

/// One day of eight paths; `metrics` receives the day's aggregates.
#[inline(always)]
pub fn advance<J: Journal>(world: &mut World<J>, today: &Today<'_>, metrics: &mut [Lanes; METRICS.len()]) {
    world.ledger.journal.begin(today.day);
    market::price(world, today);
    network::mine(world, today);
    if !today.book.orders.is_empty() || !today.book.responses.is_empty() {
        deliveries::receive(world, today);
    }
    if !today.scenario.sites.days.is_empty() {
        sites::visit(world, today);
    }
    match today.tariff_factor() {
        None => fleet::switch(world, today), // with the contract prices of the stage `power`
        Some(factor) => fleet::switch_by_path(world, today, factor),
    }
    miners::earn(world, today);
    hedges::settle(world, today);
    if today.scenario.first_of_month[today.day] {
        miners::pay_bills(world, today);
    }
    loans::collect(world, today);
    if !today.book.facilities.is_empty() && today.scenario.channels.rescue {
        rescue::lend(world, today);
    }
    collateral::enforce(world, today);
    if !today.book.responses.is_empty() && today.scenario.first_of_month[today.day] {
        responses::act(world, today);
    }
    asics::clear(world, today);
    lenders::act(world, today);
    close::close(world, today, metrics);
}
