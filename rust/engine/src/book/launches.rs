//! Nothing is had before its launch. Model: docs/model/frontier.md

use std::collections::BTreeMap;

use super::{Rows, rows::ResponseKind};
use crate::{
    contract::calendar::Date,
    error::{Code, Problem},
};

/// Tells of orders that are delivered, and upgrades that end, before their machines are launched.
pub(super) fn check(rows: &Rows, problems: &mut Vec<Problem>) {
    let launched: BTreeMap<&str, Date> = rows.machines.iter().filter_map(|row| Some((row.model.as_str(), row.launched_date?))).collect();
    if launched.is_empty() {
        return;
    }
    let models: BTreeMap<&str, &str> = rows.fleet.iter().map(|row| (row.fleet.as_str(), row.model.as_str())).collect();
    let launch = |fleet: &str| models.get(fleet).and_then(|model| Some((*model, *launched.get(model)?)));
    for (row, item) in rows.orders.iter().enumerate() {
        if let Some((model, date)) = launch(&item.fleet).filter(|(_, date)| item.delivery_date < *date) {
            let expected = format!("a date not before {date}, when {model} is launched");
            problems.push(Problem::cell(Code::Dates, "orders", row, "delivery_date", item.delivery_date, expected));
        }
    }
    let upgrades = rows.responses.iter().enumerate().filter(|(_, item)| item.kind == ResponseKind::Upgrade);
    for (row, item) in upgrades {
        let Some((until, (model, date))) = item.until_date.zip(item.to_fleet.as_deref().and_then(launch)) else { continue };
        if until < date {
            let expected = format!("a date not before {date}, when {model} is launched");
            problems.push(Problem::cell(Code::Dates, "responses", row, "until_date", until, expected));
        }
    }
}
