//! What a replayed path wrote down, as tables.

use super::{Column, Columns};
use crate::{
    book::Book,
    journal::{Account, Entity, Full, Unit},
    scenario::Scenario,
};

fn day_columns(path: u64, days: impl Iterator<Item = u32> + Clone, scenario: &Scenario) -> Vec<(&'static str, Column)> {
    vec![
        ("path", Column::Whole(days.clone().map(|_| Some(path.cast_signed())).collect())),
        ("day", Column::Whole(days.clone().map(|day| Some(i64::from(day))).collect())),
        ("date", Column::Date(days.map(|day| Some(scenario.date(day as usize).0)).collect())),
    ]
}

/// The table `events` of a path.
pub fn event_columns(path: u64, journal: &Full, book: &Book, scenario: &Scenario) -> Columns {
    let events = &journal.events;
    let mut columns = day_columns(path, events.iter().map(|event| event.day), scenario);
    let entities = events.iter().map(|event| match event.entity {
        Entity::Network => ("network", String::new()),
        Entity::Miner(id) => ("miner", book.miners[id.index()].key.clone()),
        Entity::Fleet(id) => ("fleet", book.fleet[id.index()].key.clone()),
        Entity::Loan(id) => ("loan", book.loans[id.index()].key.clone()),
        Entity::Lender(id) => ("lender", book.lenders[id.index()].key.clone()),
        Entity::Order(id) => ("order", book.orders[id.index()].key.clone()),
        Entity::Hedge(id) => ("hedge", book.hedges[id.index()].key.clone()),
        Entity::Facility(id) => ("facility", book.facilities[id.index()].key.clone()),
    });
    let (kinds, keys): (Vec<&str>, Vec<String>) = entities.unzip();
    columns.push(("kind", Column::Text(events.iter().map(|event| event.kind.name().to_owned()).collect())));
    columns.push(("entity_kind", Column::Text(kinds.into_iter().map(str::to_owned).collect())));
    columns.push(("entity", Column::Text(keys)));
    columns.push(("amount", Column::Number(events.iter().map(|event| Some(event.amount)).collect())));
    columns.push(("unit", Column::Text(events.iter().map(|event| event.kind.unit().to_owned()).collect())));
    Columns(columns)
}

/// The table `ledger` of a path.
pub fn ledger_columns(path: u64, journal: &Full, book: &Book, scenario: &Scenario) -> Columns {
    let postings = &journal.postings;
    let account = |account: Account| match account {
        Account::World => "world".to_owned(),
        Account::Miner(id) => format!("miner:{}", book.miners[id.index()].key),
        Account::Lender(id) => format!("lender:{}", book.lenders[id.index()].key),
        Account::Pledge(id) => format!("pledge:{}", book.loans[id.index()].key),
        Account::Lot(id) => format!("lot:{}", book.loans[id.index()].key),
        Account::Fleet(id) => format!("fleet:{}", book.fleet[id.index()].key),
        Account::Credit(id) => {
            let credit = &book.credits[id.index()];
            format!("credit:{}/{}", book.miners[credit.miner.index()].key, credit.vendor)
        }
        Account::Margin(id) => format!("margin:{}", book.hedges[id.index()].key),
        Account::Facility(id) => format!("facility:{}", book.facilities[id.index()].key),
    };
    let unit = |unit: Unit| match unit {
        Unit::Cents => "cents",
        Unit::Sats => "sats",
        Unit::Machines => "machines",
    };
    let mut columns = day_columns(path, postings.iter().map(|posting| posting.day), scenario);
    columns.push(("reason", Column::Text(postings.iter().map(|posting| posting.reason.name().to_owned()).collect())));
    columns.push(("unit", Column::Text(postings.iter().map(|posting| unit(posting.unit).to_owned()).collect())));
    columns.push(("from_account", Column::Text(postings.iter().map(|posting| account(posting.from)).collect())));
    columns.push(("to_account", Column::Text(postings.iter().map(|posting| account(posting.to)).collect())));
    columns.push(("amount", Column::Number(postings.iter().map(|posting| Some(posting.amount)).collect())));
    Columns(columns)
}
