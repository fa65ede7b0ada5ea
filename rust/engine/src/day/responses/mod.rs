//! What miners do before they fail, once a month: sell, replace or move machines, sell coins, walk away. Nothing here runs for a book without
//! responses. Model: docs/model/responses.md

pub(super) mod renegotiation;
pub(super) mod slots;

use super::{Today, collateral, loans, power};
use crate::{
    agenda::Task,
    book::{Act, Response, Security, When, responding::Part},
    ids::{FleetId, LoanId, MinerId, ResponseId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::Lanes,
    units,
    world::World,
};

/// Responses of the day: who walks away first, then all others, in order.
#[cold]
#[inline(never)]
pub(super) fn act<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    if !today.scenario.channels.responses {
        return;
    }
    count_standing(world, today);
    for walks_away in [true, false] {
        for (index, response) in today.book.responses.iter().enumerate() {
            if matches!(response.act, Act::StrategicDefault(_)) == walks_away && in_season(response, today) {
                let (id, state) = (ResponseId::at(index), &world.responses[index]);
                let ready = state.ready.le(Lanes::splat(today.day as f64));
                for lane in (ready & world.miners[response.miner.index()].operating.mask()).lanes() {
                    use_if_it_helps(world, today, lane, id);
                }
            }
        }
    }
}

/// Firsts of a month in a row on which a site is off.
fn count_standing<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for (response, state) in today.book.responses.iter().zip(&mut world.responses) {
        if let When::StandingMonths(fleet, _) = response.when {
            state.standing = (state.standing + 1.0).only(!world.fleet[fleet.index()].on);
        }
    }
}

/// Whether the calendar allows it today.
fn in_season(response: &Response, today: &Today<'_>) -> bool {
    let date = today.scenario.date(today.day);
    response.from_date.is_none_or(|from| date >= from) && response.until_date.is_none_or(|until| date <= until)
}

fn use_if_it_helps<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: ResponseId) {
    let response = &today.book.responses[id.index()];
    // Another response of the day may have ended the miner.
    if !world.miners[response.miner.index()].operating.get(lane) || !is_triggered(world, today, lane, id) {
        return;
    }
    let used = match response.act {
        Act::Retire(part) => retire(world, today, lane, part),
        Act::Upgrade { part, to, delay_days } => upgrade(world, today, lane, id, part, to, delay_days),
        Act::Migrate { part, to, delay_days, unit_cents } => migrate(world, today, lane, id, (part, to), delay_days, unit_cents),
        Act::SellCoins { share } => sell_coins(world, lane, response.miner, share),
        Act::StrategicDefault(loan) => walk_away(world, today, lane, loan),
        Act::Renegotiate(ref request) => renegotiation::ask(world, today, lane, response.miner, request),
        Act::Prepay { loan, share } => prepay(world, today, lane, response.miner, loan, share),
        Act::SellSlots { part, unit_cents } => slots::sell(world, today, lane, response.miner, part, unit_cents),
    };
    if used {
        world.responses[id.index()].ready[lane] = response.wait_days.map_or(f64::INFINITY, |days| (today.day + days) as f64);
    }
}

/// Whether cash lasts for fewer days than `days`; never while nothing is burnt.
pub fn runs_short(liquid: f64, burn: f64, days: f64) -> bool {
    burn > 0.0 && liquid < days * burn
}

/// Whether cash lasts for more days than `days`; always while nothing is burnt.
pub fn lasts(liquid: f64, burn: f64, days: f64) -> bool {
    burn <= 0.0 || liquid > days * burn
}

/// Machines of `present` that are neither boxed, offered nor pledged, at most `wanted`.
pub fn spare_machines(present: f64, boxed: f64, offered: f64, pledged: f64, wanted: f64) -> f64 {
    (present - boxed - offered - pledged).max(0.0).min(wanted)
}

fn is_triggered<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, id: ResponseId) -> bool {
    let response = &today.book.responses[id.index()];
    match response.when {
        When::RunwayDaysBelow(days) => runs_short(liquid(world, lane, response.miner), burn(world, today, lane, response.miner), days),
        When::RunwayDaysOver(days) => lasts(liquid(world, lane, response.miner), burn(world, today, lane, response.miner), days),
        When::BtcBelow(usd) => world.market.btc_usd[lane] < usd,
        When::MarginBelow(fleet, ratio) => {
            let revenue = world.network.revenue_usd_per_ths[lane] * today.book.miners[response.miner.index()].after_fee;
            revenue * 100.0 < ratio * power::cost_cents_per_ths(today, fleet.index(), lane)
        }
        When::StandingMonths(_, months) => world.responses[id.index()].standing[lane] >= months,
        When::LtvOver(loan, share) => {
            let mark = collateral::mark(world, today, lane, loan).unwrap_or(0.0);
            loans::exposure_at_default(&world.loans[loan.index()], lane) > share * mark
        }
    }
}

/// What a day costs (cents), less what a day's production is worth, sold or not.
pub(in crate::day) fn burn<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, id: MinerId) -> f64 {
    let (miner, state) = (&today.book.miners[id.index()], &world.miners[id.index()]);
    let mined = units::round(state.running_ths[lane] * world.network.yield_sats_per_ths[lane] * miner.after_fee);
    let costs = state.power_cents[lane] + miner.overhead_cents_per_day + state.debt_service_per_day[lane];
    costs - units::round(mined * world.market.cents_per_sat[lane])
}

/// Cash that is not owed to the utility or the office.
fn liquid<J: Journal>(world: &World<J>, lane: usize, id: MinerId) -> f64 {
    world.ledger.cash(Account::Miner(id))[lane] - world.miners[id.index()].power_due()[lane] - world.miners[id.index()].bills_arrears[lane]
}

/// Cash that can be spent: what the utility owes is not there yet.
pub(super) fn spare_cash<J: Journal>(world: &World<J>, lane: usize, id: MinerId) -> f64 {
    let state = &world.miners[id.index()];
    world.ledger.cash(Account::Miner(id))[lane] - state.bills_arrears[lane] - state.power_due()[lane].max(0.0)
}

/// Machines of a row a response may take, free of any lien, of a lender as of a host.
fn take<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, part: Part) -> f64 {
    if today.scenario.sites.held_until(part.fleet, today.day).is_some() {
        return 0.0;
    }
    let present = world.ledger.machines(Account::Fleet(part.fleet))[lane];
    let offered = world.offers.estates.iter().find(|(path, fleet, _)| (*path, *fleet) == (lane, part.fleet));
    let offered = offered.map_or(0.0, |(_, _, machines)| *machines);
    let boxed = world.boxed[part.fleet.index()][lane];
    spare_machines(present, boxed, offered, pledged(world, today, lane, part.fleet), part.machines)
}

/// Machines of a row that secure a loan which is open or waits for their seizure.
fn pledged<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, row: FleetId) -> f64 {
    let miner = today.book.fleet[row.index()].miner;
    today.book.miners[miner.index()].loans.iter().fold(0.0, |sum, id| {
        let state = &world.loans[id.index()];
        let holds = state.open.get(lane) || loans::awaits_seizure(state, lane);
        match today.book.loans[id.index()].security {
            Security::Machines { fleet, machines, .. } if fleet == row && holds => sum + machines,
            _ => sum,
        }
    })
}

/// Offers machines of a row for sale today; one offer a row.
fn offer<J: Journal>(world: &mut World<J>, lane: usize, fleet: FleetId, machines: f64) {
    match world.offers.estates.iter_mut().find(|(path, row, _)| (*path, *row) == (lane, fleet)) {
        Some((_, _, offered)) => *offered += machines,
        None => world.offers.estates.push((lane, fleet, machines)),
    }
}

fn retire<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, part: Part) -> bool {
    let machines = take(world, today, lane, part);
    if machines > 0.0 {
        world.ledger.journal.event(lane, EventKind::Retirement, Entity::Fleet(part.fleet), machines);
        offer(world, lane, part.fleet, machines);
    }
    machines > 0.0
}

fn upgrade<J: Journal>(
    world: &mut World<J>,
    today: &Today<'_>,
    lane: usize,
    id: ResponseId,
    part: Part,
    to: FleetId,
    delay_days: usize,
) -> bool {
    let miner = today.book.responses[id.index()].miner;
    let model = today.book.model(to);
    if model.launched.is_some_and(|launched| today.scenario.date(today.day) < launched) {
        return false;
    }
    let machines = take(world, today, lane, part);
    let price = units::round(machines * (model.hashrate_ths * world.asics.index[model.tier][lane] * 100.0));
    if machines == 0.0 || spare_cash(world, lane, miner) < price {
        return false;
    }
    world.ledger.journal.event(lane, EventKind::Upgrade, Entity::Fleet(to), machines);
    world.ledger.pay_one(lane, Account::Miner(miner), Outside, price, Reason::MachinePurchase);
    world.ledger.move_machines_one(lane, Outside, Account::Fleet(to), machines, Reason::Delivery);
    offer(world, lane, part.fleet, machines);
    box_up(world, today, lane, (id, to), machines, delay_days);
    true
}

fn migrate<J: Journal>(
    world: &mut World<J>,
    today: &Today<'_>,
    lane: usize,
    id: ResponseId,
    (part, to): (Part, FleetId),
    delay_days: usize,
    unit_cents: f64,
) -> bool {
    let miner = today.book.responses[id.index()].miner;
    let machines = take(world, today, lane, part);
    let cost = machines * unit_cents;
    if machines == 0.0 || spare_cash(world, lane, miner) < cost {
        return false;
    }
    world.ledger.journal.event(lane, EventKind::Migration, Entity::Fleet(to), machines);
    world.ledger.pay_one(lane, Account::Miner(miner), Outside, cost, Reason::MigrationCost);
    world.ledger.move_machines_one(lane, Account::Fleet(part.fleet), Account::Fleet(to), machines, Reason::Migration);
    box_up(world, today, lane, (id, to), machines, delay_days);
    true
}

/// Machines are on their way for some days.
fn box_up<J: Journal>(
    world: &mut World<J>,
    today: &Today<'_>,
    lane: usize,
    (id, to): (ResponseId, FleetId),
    machines: f64,
    delay_days: usize,
) {
    if delay_days > 0 {
        world.boxed[to.index()][lane] += machines;
        world.agenda.put(today.day + delay_days, Task::Arrival(id, machines as u32), lane);
    }
}

/// They have arrived.
#[cold]
#[inline(never)]
pub(super) fn arrive<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: ResponseId, machines: f64) {
    let response = &today.book.responses[id.index()];
    if let Act::Upgrade { to, .. } | Act::Migrate { to, .. } = response.act {
        world.boxed[to.index()][lane] -= machines;
        world.miners[response.miner.index()].rest.end();
    }
}

fn sell_coins<J: Journal>(world: &mut World<J>, lane: usize, id: MinerId, share: f64) -> bool {
    let sats = units::round(world.ledger.coins(id)[lane] * share);
    if sats > 0.0 {
        let own = Account::Miner(id);
        world.ledger.journal.event(lane, EventKind::CoinSale, Entity::Miner(id), sats);
        world.ledger.move_coins_one(lane, own, Outside, sats, Reason::TreasurySale);
        world.ledger.pay_one(lane, Outside, own, units::round(sats * world.market.cents_per_sat[lane]), Reason::TreasurySale);
        world.market.forced_sats[lane] += sats;
    }
    sats > 0.0
}

/// What of the spare cash goes to a loan, never more than is owed.
pub fn early(outstanding: f64, spare: f64, share: f64) -> f64 {
    outstanding.min(units::round(spare.max(0.0) * share))
}

fn prepay<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, miner: MinerId, id: LoanId, share: f64) -> bool {
    let state = &world.loans[id.index()];
    let performs = state.open.get(lane) && !state.arrears.get(lane);
    let cents = early(state.outstanding[lane], spare_cash(world, lane, miner), share);
    let pays = performs && cents > 0.0;
    if pays {
        loans::prepay(world, today, lane, id, cents);
    }
    pays
}

fn walk_away<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId) -> bool {
    let state = &world.loans[id.index()];
    let open = state.open.get(lane);
    if open {
        let claim = loans::exposure_at_default(state, lane);
        world.ledger.journal.event(lane, EventKind::StrategicDefault, Entity::Loan(id), claim);
        loans::default(world, today, lane, id);
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runway_is_measured_against_what_is_burnt() {
        for (liquid, burn, days, short, long) in [
            (100.0, 10.0, 11.0, true, false),
            (100.0, 10.0, 10.0, false, false),
            (100.0, 10.0, 9.0, false, true),
            (-5.0, 0.0, 10.0, false, true),
            (-5.0, -1.0, 10.0, false, true),
        ] {
            assert_eq!((runs_short(liquid, burn, days), lasts(liquid, burn, days)), (short, long), "{liquid} {burn} {days}");
        }
    }

    #[test]
    fn what_is_prepaid() {
        for (outstanding, spare, share, expected) in [
            (1000.0, 500.0, 0.5, 250.0),
            (100.0, 500.0, 0.5, 100.0),
            (1000.0, -5.0, 1.0, 0.0),
            (1000.0, 5.0, 0.5, 2.0),
            (0.0, 500.0, 1.0, 0.0),
        ] {
            assert_eq!(early(outstanding, spare, share), expected, "{outstanding} {spare} {share}");
        }
    }

    #[test]
    fn only_free_machines_are_taken() {
        for (present, boxed, offered, pledged, wanted, expected) in [
            (100.0, 0.0, 0.0, 0.0, f64::INFINITY, 100.0),
            (100.0, 20.0, 10.0, 30.0, f64::INFINITY, 40.0),
            (100.0, 20.0, 10.0, 30.0, 25.0, 25.0),
            (100.0, 80.0, 0.0, 30.0, 25.0, 0.0),
        ] {
            assert_eq!(spare_machines(present, boxed, offered, pledged, wanted), expected);
        }
    }
}
