//! Purchase orders: what was agreed, in whole cents, and the pairs of miner and vendor that may hold credit. Model: docs/model/deliveries.md

use std::collections::BTreeMap;

use super::{
    Fleet, Rows,
    keys::{Keys, sorted},
    rows::{OrderRow, PriceKind},
};
use crate::{
    contract::calendar::Date,
    error::{Code, Problem},
    ids::{CreditId, FleetId, MinerId, OrderId},
    units,
};

/// A batch of machines bought from one vendor.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names of docs/model/deliveries.md with the unit they are carried in")]
pub struct Order {
    pub key: String,
    pub miner: MinerId,
    pub fleet: FleetId,
    pub credit: CreditId,
    pub machines: f64,
    /// Cents a machine.
    pub unit_cents: f64,
    pub price_kind: PriceKind,
    pub price_protection: bool,
    pub deposit_cents: f64,
    pub instalments: Vec<Instalment>,
    /// Days of the runway within which an instalment weighs on the treasury.
    pub window_days: i32,
    pub delivery_date: Date,
    pub deployment_days: usize,
    pub grace_days: usize,
    pub forfeit_share: f64,
    pub coupon_share: f64,
    pub cancel_ratio: Option<f64>,
}

/// One part of what is unpaid.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "names of docs/model/deliveries.md with the unit they are carried in")]
pub struct Instalment {
    pub date: Date,
    /// At the price agreed.
    pub part_cents: f64,
    /// This part and all later ones.
    pub rest_cents: f64,
    /// What the treasury plans a day while it is near.
    pub figure_cents: f64,
}

/// What a vendor may owe a miner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credit {
    /// Who holds it.
    pub miner: MinerId,
    /// With whom.
    pub vendor: String,
}

impl Order {
    /// What its instalments add to the treasury's plan as a day ends (cents a day).
    pub fn figure_after(&self, today: Date) -> f64 {
        let near = |instalment: &&Instalment| (1..=self.window_days).contains(&(instalment.date.0 - today.0));
        self.instalments.iter().filter(near).fold(0.0, |sum, instalment| sum + instalment.figure_cents)
    }
}

/// Days within which instalments count, at least the 30 of a month.
fn window_days(runway_low_days: f64) -> i32 {
    units::whole(runway_low_days.ceil().max(30.0)) as i32
}

/// Equal parts of `unpaid` cents, the last takes the rest.
pub fn instalments(unpaid: f64, first: Date, count: u32, window_days: i32) -> Vec<Instalment> {
    let part = (unpaid / f64::from(count)).floor();
    let instalment = |k: u32| {
        let rest_cents = unpaid - f64::from(k) * part;
        let part_cents = if k + 1 == count { rest_cents } else { part };
        let figure_cents = units::round(part_cents / f64::from(window_days));
        Instalment { date: first.add_months(k.cast_signed()), part_cents, rest_cents, figure_cents }
    };
    (0..count).map(instalment).collect()
}

/// What is wrong with a row alone.
fn contradictions(row: &OrderRow) -> Option<(Code, &'static str, String, String)> {
    let value = f64::from(row.machines) * units::cents(row.price_usd);
    let unpaid = value - units::cents(row.deposit_usd);
    if unpaid < 0.0 {
        let expected = format!("at most what the machines cost, {} USD", value / units::CENTS_PER_USD);
        return Some((Code::Inconsistent, "deposit_usd", row.deposit_usd.to_string(), expected));
    }
    let planned = [
        ("first_instalment_date", row.first_instalment_date.map(|date| date.to_string())),
        ("instalments", row.instalments.map(|count| count.to_string())),
    ];
    for (column, given) in planned {
        match given {
            Some(given) if unpaid == 0.0 => {
                return Some((Code::Inconsistent, column, given, "an empty cell, because the deposit pays for all machines".to_owned()));
            }
            None if unpaid > 0.0 => {
                let expected = format!("a value, because {} USD are still to be paid", unpaid / units::CENTS_PER_USD);
                return Some((Code::Null, column, String::new(), expected));
            }
            _ => {}
        }
    }
    let last = row.first_instalment_date.zip(row.instalments).map(|(first, count)| first.add_months(count.cast_signed() - 1))?;
    let expected = || format!("a date not before the last instalment, {last}: machines are paid before they are shipped");
    (last > row.delivery_date).then(|| (Code::Dates, "delivery_date", row.delivery_date.to_string(), expected()))
}

/// The orders in canonical order and the credits they may bring; problems are told with their row.
pub(super) fn orders(
    rows: &Rows,
    miners: &Keys<'_>,
    fleet: &[Fleet],
    fleet_keys: &Keys<'_>,
    problems: &mut Vec<Problem>,
) -> (Vec<Order>, Vec<Credit>) {
    Keys::collect_any("orders", "order", rows.orders.iter().map(|row| row.order.as_str()), problems);
    let at: BTreeMap<&str, FleetId> = fleet.iter().enumerate().map(|(index, row)| (row.key.as_str(), FleetId::at(index))).collect();
    let runway: BTreeMap<&str, f64> = rows.miners.iter().map(|row| (row.miner.as_str(), row.runway_low_days)).collect();
    let mut found = Vec::with_capacity(rows.orders.len());
    for (row, item) in sorted(rows.orders.clone(), |row| row.order.clone()) {
        let miner = miners.find(&item.miner, "orders", row, "miner", problems).map(MinerId::at);
        fleet_keys.find(&item.fleet, "orders", row, "fleet", problems);
        let place = at.get(item.fleet.as_str()).copied();
        if let (Some(miner), Some(place)) = (miner, place)
            && fleet[place.index()].miner != miner
        {
            let expected = format!("a fleet row of the buyer {}", item.miner);
            problems.push(Problem::cell(Code::Inconsistent, "orders", row, "fleet", &item.fleet, expected));
        }
        if let Some((code, column, value, expected)) = contradictions(&item) {
            problems.push(Problem::cell(code, "orders", row, column, value, expected));
            continue;
        }
        if let (Some(miner), Some(place)) = (miner, place) {
            found.push((miner, place, window_days(runway[item.miner.as_str()]), item));
        }
    }
    let mut credits: Vec<Credit> = found.iter().map(|(miner, _, _, item)| Credit { miner: *miner, vendor: item.vendor.clone() }).collect();
    credits.sort();
    credits.dedup();
    let orders = found.into_iter().map(|(miner, fleet, window_days, item)| order(item, miner, fleet, window_days, &credits)).collect();
    (orders, credits)
}

fn order(item: OrderRow, miner: MinerId, fleet: FleetId, window_days: i32, credits: &[Credit]) -> Order {
    let (machines, unit_cents, deposit_cents) = (f64::from(item.machines), units::cents(item.price_usd), units::cents(item.deposit_usd));
    let unpaid = machines * unit_cents - deposit_cents;
    let planned = item.first_instalment_date.zip(item.instalments);
    let credit = credits.partition_point(|credit| (credit.miner, credit.vendor.as_str()) < (miner, item.vendor.as_str()));
    Order {
        key: item.order,
        miner,
        fleet,
        credit: CreditId::at(credit),
        machines,
        unit_cents,
        price_kind: item.price_kind,
        price_protection: item.price_protection,
        deposit_cents,
        instalments: planned.map(|(first, count)| instalments(unpaid, first, count, window_days)).unwrap_or_default(),
        window_days,
        delivery_date: item.delivery_date,
        deployment_days: item.deployment_days as usize,
        grace_days: item.grace_days as usize,
        forfeit_share: item.forfeit_share,
        coupon_share: item.coupon_share,
        cancel_ratio: item.cancel_ratio,
    }
}

/// Orders and credits of a miner, in order.
pub fn of_miner(orders: &[Order], credits: &[Credit], miner: MinerId) -> (Vec<OrderId>, Vec<CreditId>) {
    let own = orders.iter().enumerate().filter(|(_, order)| order.miner == miner).map(|(index, _)| OrderId::at(index));
    let held = credits.iter().enumerate().filter(|(_, credit)| credit.miner == miner).map(|(index, _)| CreditId::at(index));
    (own.collect(), held.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::try_parse(text).unwrap()
    }

    #[test]
    fn parts_are_equal_and_the_last_takes_the_rest() {
        for (unpaid, count, parts) in [
            (100.0, 3, vec![33.0, 33.0, 34.0]),
            (8.0, 10, vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 8.0]),
            (19.0, 10, vec![1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 10.0]),
            (5.0, 1, vec![5.0]),
        ] {
            let planned = instalments(unpaid, date("2022-01-31"), count, 30);
            assert_eq!(planned.iter().map(|part| part.part_cents).collect::<Vec<_>>(), parts);
            assert_eq!(planned[0].rest_cents, unpaid);
            assert_eq!(planned.last().map(|part| part.rest_cents), parts.last().copied());
        }
    }

    #[test]
    fn instalments_keep_the_day_of_the_month() {
        let dates = instalments(3.0, date("2022-01-31"), 3, 30);
        assert_eq!(dates.iter().map(|part| part.date.to_string()).collect::<Vec<_>>(), ["2022-01-31", "2022-02-28", "2022-03-31"]);
    }

    #[test]
    fn instalments_weigh_on_the_treasury_while_they_are_near() {
        assert_eq!((window_days(0.0), window_days(90.0), window_days(90.5)), (30, 90, 91));
        let order = Order {
            key: String::new(),
            miner: MinerId(0),
            fleet: FleetId(0),
            credit: CreditId(0),
            machines: 1.0,
            unit_cents: 6_000.0,
            price_kind: PriceKind::Fixed,
            price_protection: false,
            deposit_cents: 0.0,
            instalments: instalments(6_000.0, date("2022-03-01"), 2, 60),
            window_days: 60,
            delivery_date: date("2022-06-01"),
            deployment_days: 0,
            grace_days: 1,
            forfeit_share: 1.0,
            coupon_share: 0.0,
            cancel_ratio: None,
        };
        for (today, figure) in [("2021-12-30", 0.0), ("2021-12-31", 50.0), ("2022-01-31", 100.0), ("2022-03-01", 50.0), ("2022-04-01", 0.0)]
        {
            assert_eq!(order.figure_after(date(today)), figure, "{today}");
        }
    }
}
