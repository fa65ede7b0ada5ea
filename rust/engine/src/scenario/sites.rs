//! What the calendar says of sites: hosts that fail, machines that stand still or are held, works; the same on all paths. Model: docs/model/sites.md

use std::ops::Range;

use super::{
    build::Check,
    orders::Slots,
    spec::{HostEventSpec, ScenarioSpec},
};
use crate::{
    book::{
        Book,
        sites::{Cooling, Job},
    },
    contract::calendar::Date,
    error::Code,
    ids::{FleetId, WorkId},
    units,
};

/// Every site, and what happens there.
#[derive(Debug, Clone, Default)]
pub struct Sites {
    /// By fleet row; empty when nothing ever happens at any.
    rows: Vec<Site>,
    /// By day; empty when nothing ever happens.
    pub days: Vec<SiteDay>,
}

/// What happens at the site of a fleet row.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// Days on which its machines stand still.
    still: Vec<Range<usize>>,
    /// Days on which a host that failed holds them.
    held: Range<usize>,
    /// Liquid, from a day on.
    cooling: Option<(usize, Cooling)>,
    /// Slots that open, by day.
    openings: Vec<(usize, f64)>,
}

/// A day of sites.
#[derive(Debug, Clone, Default)]
pub struct SiteDay {
    /// Rows whose host fails, in order.
    pub failures: Vec<FleetId>,
    /// Rows that are released, in order.
    pub releases: Vec<Release>,
    /// Works that begin, in order.
    pub begun: Vec<WorkId>,
    /// Works that are done and the slots they open, in order.
    pub done: Vec<(WorkId, f64)>,
}

/// A fleet row's machines are no longer held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Release {
    /// Which.
    pub fleet: FleetId,
    /// What the host asks, cents a machine.
    pub fee_cents: f64,
    /// What it keeps of the deposit, cents.
    pub lost_cents: f64,
}

/// A row at which nothing happens.
static AS_IT_IS: Site = Site { still: Vec::new(), held: 0..0, cooling: None, openings: Vec::new() };

impl Sites {
    /// The calendar of the works of a book and the host failures of a scenario.
    pub(super) fn new(spec: &ScenarioSpec, start: Date, book: &Book, check: &mut Check) -> Self {
        let failures = failures(spec, book, check);
        if failures.is_empty() && book.works.is_empty() {
            return Self::default();
        }
        let mut sites = Self { rows: vec![Site::default(); book.fleet.len()], days: vec![SiteDay::default(); spec.days] };
        for event in failures {
            sites.fail_host(event, book);
        }
        for index in 0..book.works.len() {
            sites.put_work(index, start, book, check);
        }
        for day in &mut sites.days {
            day.failures.sort_unstable();
            day.releases.sort_unstable_by_key(|release| release.fleet);
        }
        sites
    }

    /// A fleet row's site.
    pub fn row(&self, row: usize) -> &Site {
        self.rows.get(row).unwrap_or(&AS_IT_IS)
    }

    /// The day on which machines of a row that are held today are released.
    pub fn held_until(&self, fleet: FleetId, day: usize) -> Option<usize> {
        let held = &self.row(fleet.index()).held;
        held.contains(&day).then_some(held.end)
    }

    fn on(&mut self, day: usize, put: impl FnOnce(&mut SiteDay)) {
        self.days.get_mut(day).map(put);
    }

    fn fail_host(&mut self, event: &HostEventSpec, book: &Book) {
        let released = event.day + event.lien_days as usize;
        for (row, fleet) in book.fleet.iter().enumerate().filter(|(_, fleet)| fleet.host.as_ref() == Some(&event.host)) {
            let id = FleetId::at(row);
            self.rows[row].held = event.day..released;
            self.rows[row].still.push(event.day..released + event.move_days as usize);
            self.on(event.day, |today| today.failures.push(id));
            let release = Release {
                fleet: id,
                fee_cents: units::cents(event.fee_usd_per_machine),
                lost_cents: deposit_lost(fleet.host_deposit_cents, event.deposit_lost_share),
            };
            self.on(released, |today| today.releases.push(release));
        }
    }

    fn put_work(&mut self, index: usize, start: Date, book: &Book, check: &mut Check) {
        let (id, work) = (WorkId::at(index), &book.works[index]);
        let begin = match work.begin.map(|date| date.0 - start.0) {
            Some(begin) if begin < 1 => {
                let expected =
                    format!("works that begin after the scenario's start {start}: the book and the scenario must speak of the same time");
                check.say(Code::Dates, "start", format!("work {} begins on the first day or earlier", work.key), expected);
                return;
            }
            begin => begin.map(|begin| begin as usize),
        };
        if let Some(begin) = begin {
            self.on(begin, |today| today.begun.push(id));
        }
        match &work.job {
            Job::Cooling(cooling) => {
                let done = begin.map_or(0, |begin| begin + work.days);
                let site = &mut self.rows[work.fleet.index()];
                site.cooling = Some((done, *cooling));
                if let Some(begin) = begin {
                    site.still.push(begin..done);
                    self.on(done, |today| today.done.push((id, 0.0)));
                }
            }
            Job::Racks(units) => {
                for unit in units {
                    let day = begin.unwrap_or_default() + unit.after_days;
                    self.rows[work.fleet.index()].openings.push((day, unit.slots));
                    self.on(day, |today| today.done.push((id, unit.slots)));
                }
            }
        }
    }
}

impl Site {
    /// Whether its machines stand still.
    pub fn is_still(&self, day: usize) -> bool {
        self.still.iter().any(|days| days.contains(&day))
    }

    /// Machines that can be plugged in on a day, of those there are `slots` for.
    pub fn slots(&self, slots: &Slots, day: usize) -> f64 {
        if self.is_still(day) { 0.0 } else { slots.on(day) }
    }

    /// Slots that its works open, with their days.
    pub fn openings(&self) -> &[(usize, f64)] {
        &self.openings
    }

    /// TH/s of one machine of so many by the nameplate, after availability.
    pub fn ths(&self, hashrate_ths: f64, availability: f64, day: usize) -> f64 {
        match self.cooling {
            Some((done, cooling)) if day >= done => (hashrate_ths * cooling.hashrate_factor) * cooling.relieved(availability),
            _ => hashrate_ths * availability,
        }
    }

    /// Energy of one TH/s, MWh a day, of so much by the nameplate.
    pub fn mwh_per_ths(&self, mwh_per_ths: f64, day: usize) -> f64 {
        match self.cooling {
            Some((done, cooling)) if day >= done => mwh_per_ths * cooling.energy_factor,
            _ => mwh_per_ths,
        }
    }
}

/// What a host that failed keeps of a deposit (cents).
pub fn deposit_lost(deposit_cents: f64, lost_share: f64) -> f64 {
    units::round(deposit_cents * lost_share)
}

/// The failures of hosts that the book has, each once.
fn failures<'a>(spec: &'a ScenarioSpec, book: &Book, check: &mut Check) -> Vec<&'a HostEventSpec> {
    let mut events: Vec<_> = spec.host_events.iter().collect();
    events.sort_by(|a, b| a.host.cmp(&b.host));
    if let Some(pair) = events.windows(2).find(|pair| pair[0].host == pair[1].host) {
        check.say(Code::DuplicateKey, "host_events.host", &pair[1].host, "every host once: it fails for good");
    }
    for event in &events {
        if !book.fleet.iter().any(|fleet| fleet.host.as_ref() == Some(&event.host)) {
            check.say(Code::UnknownKey, "host_events.host", &event.host, "a host of the book's fleet");
        }
        check.range("host_events.lien_days", f64::from(event.lien_days), 1.0, 3_650.0);
        check.range("host_events.move_days", f64::from(event.move_days), 0.0, 3_650.0);
        check.range("host_events.fee_usd_per_machine", event.fee_usd_per_machine, 0.0, 1e5);
        check.range("host_events.deposit_lost_share", event.deposit_lost_share, 0.0, 1.0);
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_stands_still_on_its_days_only() {
        let site = Site { still: vec![3..5, 4..7, 9..9], ..Site::default() };
        let still: Vec<_> = (0..11).filter(|day| site.is_still(*day)).collect();
        assert_eq!(still, [3, 4, 5, 6]);
    }

    #[test]
    fn liquid_changes_hashrate_and_energy_from_its_day_on() {
        let cooling = Cooling { hashrate_factor: 1.5, energy_factor: 0.75, heat_relief: 0.5 };
        let site = Site { cooling: Some((4, cooling)), ..Site::default() };
        for (day, availability, ths, mwh) in [(3, 0.5, 50.0, 8.0), (4, 0.5, 112.5, 6.0), (5, 1.0, 150.0, 6.0), (5, 0.0, 0.0, 6.0)] {
            assert_eq!((site.ths(100.0, availability, day), site.mwh_per_ths(8.0, day)), (ths, mwh), "day {day}");
        }
        assert_eq!((AS_IT_IS.ths(100.0, 0.5, 9), AS_IT_IS.mwh_per_ths(8.0, 9)), (50.0, 8.0));
    }

    #[test]
    fn a_lien_ends_on_the_day_of_release() {
        let sites = Sites { rows: vec![Site { held: 3..5, ..Site::default() }], days: Vec::new() };
        let found = [2, 3, 4, 5].map(|day| sites.held_until(FleetId(0), day));
        assert_eq!(found, [None, Some(5), Some(5), None]);
        assert_eq!(sites.held_until(FleetId(7), 3), None, "a row at which nothing happens");
    }

    #[test]
    fn a_deposit_is_lost_in_part() {
        for (deposit, share, lost) in [(1001.0, 0.5, 500.0), (1000.0, 1.0, 1000.0), (1000.0, 0.0, 0.0), (0.0, 1.0, 0.0)] {
            assert_eq!(deposit_lost(deposit, share), lost, "{deposit} {share}");
        }
    }
}
