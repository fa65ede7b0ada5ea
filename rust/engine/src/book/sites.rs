//! Works at sites, from rows to the book: liquid cooling and racks that are built. Model: docs/model/sites.md

use std::collections::BTreeMap;

use super::{
    Fleet,
    keys::{Keys, sorted},
    rows::{WorkKind, WorkRow},
};
use crate::{
    contract::calendar::Date,
    error::{Code, Problem},
    ids::FleetId,
    units,
};

/// One job at one fleet row.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names of docs/model/sites.md with the unit they are carried in")]
pub struct Work {
    pub key: String,
    pub fleet: FleetId,
    /// `None` for what was in place before day 0.
    pub begin: Option<Date>,
    /// Until it is done, or until its first unit opens.
    pub days: usize,
    pub capex_cents: f64,
    pub job: Job,
}

/// What a work brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Machines in liquid.
    Cooling(Cooling),
    /// Slots.
    Racks(Vec<Opening>),
}

/// What liquid cooling changes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "names of docs/model/sites.md")]
pub struct Cooling {
    pub hashrate_factor: f64,
    pub energy_factor: f64,
    pub heat_relief: f64,
}

/// A unit of racks that opens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opening {
    /// Days after the work began.
    pub after_days: usize,
    /// Machines that can be plugged in there.
    pub slots: f64,
}

impl Cooling {
    /// Share of machines that can run in liquid where `availability` could in air; a site without any power stays so.
    pub fn relieved(&self, availability: f64) -> f64 {
        if availability > 0.0 { availability + (1.0 - availability) * self.heat_relief } else { availability }
    }
}

/// The units of a work one after the other: equal parts of `slots`, the last takes the rest.
pub fn openings(slots: u32, units: u32, days: usize, step_days: usize) -> Vec<Opening> {
    let part = slots / units;
    let opening = |k: u32| Opening {
        after_days: days + k as usize * step_days,
        slots: f64::from(if k + 1 == units { slots - k * part } else { part }),
    };
    (0..units).map(opening).collect()
}

/// Works in canonical order; problems are told with their row.
pub(super) fn works(rows: &[WorkRow], fleet: &[Fleet], fleet_keys: &Keys<'_>, problems: &mut Vec<Problem>) -> Vec<Work> {
    Keys::collect_any("works", "work", rows.iter().map(|row| row.work.as_str()), problems);
    let at: BTreeMap<&str, FleetId> = fleet.iter().enumerate().map(|(index, row)| (row.key.as_str(), FleetId::at(index))).collect();
    let mut cooled: BTreeMap<FleetId, String> = BTreeMap::new();
    let mut found = Vec::with_capacity(rows.len());
    for (row, item) in sorted(rows.to_vec(), |row| row.work.clone()) {
        fleet_keys.find(&item.fleet, "works", row, "fleet", problems);
        let Some(&id) = at.get(item.fleet.as_str()) else { continue };
        let mut check = Check { item: &item, row, problems };
        let job = match item.kind {
            WorkKind::Cooling => {
                let first = cooled.insert(id, item.work.clone());
                check.refuse(first.is_some(), "fleet", &item.fleet, || {
                    format!("a fleet row that is not cooled already, by {}", first.clone().unwrap_or_default())
                });
                check.cooling()
            }
            WorkKind::Racks => {
                check.refuse(fleet[id.index()].rack_slots.is_none(), "fleet", &item.fleet, || {
                    "a fleet row with rack_slots: this one has no limit".to_owned()
                });
                check.racks()
            }
        };
        if let Some(job) = job {
            let (begin, days, capex_cents) = (item.begin_date, item.days as usize, units::cents(item.capex_usd));
            found.push(Work { key: item.work, fleet: id, begin, days, capex_cents, job });
        }
    }
    found
}

/// One row, and what is wrong with it.
struct Check<'a> {
    item: &'a WorkRow,
    row: usize,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn cooling(&mut self) -> Option<Job> {
        let item = self.item;
        let before = item.begin_date.is_none();
        let nothing = || "0, because an empty begin_date says it was in place before day 0".to_owned();
        self.refuse(before && item.days > 0, "days", item.days, nothing);
        self.refuse(before && item.capex_usd > 0.0, "capex_usd", item.capex_usd, nothing);
        let (hashrate, energy) = (self.need("hashrate_factor", item.hashrate_factor), self.need("energy_factor", item.energy_factor));
        Some(Job::Cooling(Cooling {
            hashrate_factor: hashrate?,
            energy_factor: energy?,
            heat_relief: item.heat_relief.unwrap_or_default(),
        }))
    }

    fn racks(&mut self) -> Option<Job> {
        let item = self.item;
        let begin = self.need("begin_date", item.begin_date);
        let (slots, units) = (self.need("slots", item.slots), self.need("units", item.units));
        let (_, slots, units) = (begin?, slots?, units?);
        self.refuse(units > slots, "units", units, || format!("at most one for each of the {slots} slots"));
        if units > 1 {
            self.need("step_days", item.step_days)?;
        }
        self.refuse(units == 1 && item.step_days.is_some(), "step_days", item.step_days.unwrap_or_default(), || {
            "an empty cell, because there is one unit only".to_owned()
        });
        Some(Job::Racks(openings(slots, units, item.days as usize, item.step_days.unwrap_or_default() as usize)))
    }

    fn need<T>(&mut self, column: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            let expected = format!("a value, because the kind is `{}`", self.item.kind.name());
            self.problems.push(Problem::cell(Code::Null, "works", self.row, column, "", expected));
        }
        value
    }

    #[allow(clippy::needless_pass_by_value, reason = "numbers and text are handed over as they come")]
    fn refuse(&mut self, wrong: bool, column: &str, value: impl ToString, expected: impl Fn() -> String) {
        if wrong {
            self.problems.push(Problem::cell(Code::Inconsistent, "works", self.row, column, value.to_string(), expected()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_open_one_after_the_other() {
        for (slots, units, days, step_days, expected) in [
            (10, 3, 60, 14, vec![(60, 3.0), (74, 3.0), (88, 4.0)]),
            (10, 1, 360, 0, vec![(360, 10.0)]),
            (3, 3, 0, 1, vec![(0, 1.0), (1, 1.0), (2, 1.0)]),
        ] {
            let found: Vec<_> = openings(slots, units, days, step_days).iter().map(|unit| (unit.after_days, unit.slots)).collect();
            assert_eq!(found, expected, "{slots} {units}");
        }
    }

    #[test]
    fn liquid_relieves_heat_but_not_a_dead_grid() {
        for (availability, heat_relief, expected) in [(0.5, 0.5, 0.75), (0.75, 1.0, 1.0), (0.9, 0.0, 0.9), (0.0, 1.0, 0.0), (1.0, 0.5, 1.0)]
        {
            let cooling = Cooling { hashrate_factor: 1.0, energy_factor: 1.0, heat_relief };
            assert_eq!(cooling.relieved(availability), expected, "{availability} {heat_relief}");
        }
    }
}
