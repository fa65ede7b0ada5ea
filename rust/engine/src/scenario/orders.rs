//! What the calendar says of purchase orders and racks; the same on all paths. Model: docs/model/deliveries.md

use super::{
    build::Check,
    sites::{Site, Sites},
    spec::ScenarioSpec,
};
use crate::{
    book::{Book, Fleet, Instalment},
    contract::calendar::Date,
    error::Code,
    ids::{CreditId, OrderId},
};

/// A day of purchase orders.
#[derive(Debug, Clone, Default)]
pub struct OrderDay {
    /// What instalments that come near or fall due add to the treasury's plan, cents a day.
    pub figures: Vec<(OrderId, f64)>,
    /// Vendors that fail, by key.
    pub failures: Vec<VendorFailure>,
    /// Instalments that fall due, orders in order.
    pub instalments: Vec<(OrderId, Instalment)>,
    /// Orders with their delivery date, in order.
    pub deliveries: Vec<OrderId>,
}

/// Whom the failure of a vendor reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorFailure {
    /// Its orders, in order.
    pub orders: Vec<OrderId>,
    /// Its credits, in order.
    pub credits: Vec<CreditId>,
}

/// Slots of a fleet row: those it opens with, and from which day on how many it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Slots(Vec<(usize, f64)>);

impl Slots {
    /// Machines that can be plugged in on a day; infinite without a limit.
    pub fn on(&self, day: usize) -> f64 {
        self.0.iter().rev().find(|(from, _)| *from <= day).map_or(f64::INFINITY, |(_, slots)| *slots)
    }

    /// From the opening slots and dated changes; the error is the day on which there would be fewer than none.
    fn try_new(opening: Option<f64>, mut changes: Vec<(usize, f64)>) -> Result<Self, usize> {
        let Some(mut slots) = opening else { return Ok(Self(Vec::new())) };
        changes.sort_by_key(|(day, _)| *day);
        let mut steps: Vec<(usize, f64)> = vec![(0, slots)];
        for (day, change) in changes {
            slots += change;
            match steps.last_mut() {
                Some(last) if last.0 == day => last.1 = slots,
                _ => steps.push((day, slots)),
            }
        }
        match steps.iter().find(|(_, slots)| *slots < 0.0) {
            Some((day, _)) => Err(*day),
            None => Ok(Self(steps)),
        }
    }
}

/// The calendar of the book's orders, by day; empty when it has none.
pub(super) fn calendar(spec: &ScenarioSpec, start: Date, book: &Book, check: &mut Check) -> Vec<OrderDay> {
    let failures = vendor_failures(spec, book, check);
    if book.orders.is_empty() && book.responses.is_empty() {
        return Vec::new();
    }
    let mut days = vec![OrderDay::default(); spec.days];
    for (index, order) in book.orders.iter().enumerate() {
        let id = OrderId::at(index);
        let day_of = |date: Date| date.0 - start.0;
        if let Some(early) = order.instalments.iter().map(|part| part.date).chain([order.delivery_date]).find(|date| day_of(*date) < 1) {
            let expected = format!(
                "instalments and deliveries after the scenario's start {start}: the book and the scenario must speak of the same time"
            );
            check.say(Code::Dates, "start", format!("order {} has a date of {early}", order.key), expected);
            continue;
        }
        for part in &order.instalments {
            let due = day_of(part.date);
            let near = due - order.window_days;
            if let Some(today) = usize::try_from(near).ok().filter(|near| *near > 0).and_then(|near| days.get_mut(near)) {
                today.figures.push((id, part.figure_cents));
            }
            if let Some(today) = days.get_mut(due as usize) {
                today.figures.push((id, -part.figure_cents));
                today.instalments.push((id, *part));
            }
        }
        if let Some(today) = days.get_mut(day_of(order.delivery_date) as usize) {
            today.deliveries.push(id);
        }
    }
    for (day, failure) in failures {
        if let Some(today) = days.get_mut(day) {
            today.failures.push(failure);
        }
    }
    days
}

/// Vendors in byte order with the day of their failure.
fn vendor_failures(spec: &ScenarioSpec, book: &Book, check: &mut Check) -> Vec<(usize, VendorFailure)> {
    let mut events: Vec<_> = spec.vendor_events.iter().collect();
    events.sort_by(|a, b| a.vendor.cmp(&b.vendor));
    if let Some(pair) = events.windows(2).find(|pair| pair[0].vendor == pair[1].vendor) {
        check.say(Code::DuplicateKey, "vendor_events.vendor", &pair[1].vendor, "every vendor once: it fails for good");
    }
    let mut failures = Vec::with_capacity(events.len());
    for event in events {
        let held = book.credits.iter().enumerate().filter(|(_, credit)| credit.vendor == event.vendor);
        let credits: Vec<_> = held.map(|(index, _)| CreditId::at(index)).collect();
        if credits.is_empty() {
            check.say(Code::UnknownKey, "vendor_events.vendor", &event.vendor, "a vendor of the book's orders");
        }
        let ordered = book.orders.iter().enumerate().filter(|(_, order)| credits.contains(&order.credit));
        failures.push((event.day, VendorFailure { orders: ordered.map(|(index, _)| OrderId::at(index)).collect(), credits }));
    }
    failures
}

/// Slots of every fleet row.
pub(super) fn slots(spec: &ScenarioSpec, book: &Book, sites: &Sites, check: &mut Check) -> Vec<Slots> {
    for change in &spec.rack_changes {
        if change.slots.fract() != 0.0 || !(-1e7..=1e7).contains(&change.slots) {
            check.say(Code::OutOfRange, "rack_changes.slots", change.slots, "a whole number of slots from -10000000 to 10000000");
        }
        match book.fleet.iter().find(|fleet| fleet.key == change.fleet) {
            None => check.say(Code::UnknownKey, "rack_changes.fleet", &change.fleet, "a fleet row of the book"),
            Some(fleet) if fleet.rack_slots.is_none() => {
                check.say(Code::Inconsistent, "rack_changes.fleet", &change.fleet, "a fleet row with rack_slots: this one has no limit");
            }
            Some(_) => {}
        }
    }
    book.fleet.iter().enumerate().map(|(row, fleet)| slots_of(fleet, sites.row(row), spec, check)).collect()
}

fn slots_of(fleet: &Fleet, site: &Site, spec: &ScenarioSpec, check: &mut Check) -> Slots {
    let changes = spec.rack_changes.iter().filter(|change| change.fleet == fleet.key).map(|change| (change.day, change.slots));
    let changes = site.openings().iter().copied().chain(changes);
    Slots::try_new(fleet.rack_slots, changes.collect()).unwrap_or_else(|day| {
        let expected = format!("no more slots taken from {} than it has on day {day}", fleet.key);
        check.say(Code::Inconsistent, "rack_changes.slots", &fleet.key, expected);
        Slots(Vec::new())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_come_and_go() {
        let slots = Slots::try_new(Some(10.0), vec![(5, -4.0), (2, 3.0), (5, 1.0)]).unwrap();
        for (day, expected) in [(0, 10.0), (1, 10.0), (2, 13.0), (4, 13.0), (5, 10.0), (900, 10.0)] {
            assert_eq!(slots.on(day), expected, "day {day}");
        }
        assert_eq!(Slots::try_new(Some(0.0), vec![(0, 7.0)]).unwrap().on(0), 7.0);
        assert_eq!(Slots::try_new(None, vec![]).unwrap().on(3), f64::INFINITY);
        assert_eq!(Slots::try_new(Some(10.0), vec![(5, -11.0), (6, 20.0)]), Err(5));
    }
}
