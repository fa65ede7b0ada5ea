//! What miners earn, sell and pay: revenue in coin, the treasury, the bills of the month. Model: docs/model/miners.md

use super::{Today, loans};
use crate::{
    agenda::Task,
    book::Miner,
    ids::{LoanId, MinerId},
    journal::{
        Account::{self, World as Outside},
        Entity, EventKind, Journal, Reason,
    },
    lanes::Lanes,
    ledger::Till,
    policy::treasury,
    units,
    world::{MinerState, World},
};

/// Revenue and treasury of the day, all miners in order.
#[inline(always)]
pub(super) fn earn<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    let prices = Prices {
        yield_sats_per_ths: world.network.yield_sats_per_ths,
        cents_per_sat: world.market.cents_per_sat,
        sats_per_cent: 1.0 / world.market.cents_per_sat,
    };
    let bills_today = today.scenario.first_of_month[today.day];
    let mut forced_sats = world.market.forced_sats;
    let mut till = world.ledger.till();
    for (index, state) in world.miners.iter_mut().enumerate() {
        if state.operating.any() {
            forced_sats += trade(&mut till, &today.book.miners[index], state, MinerId::at(index), &prices, bills_today);
        }
    }
    till.settle();
    world.market.forced_sats = forced_sats;
}

/// What a TH/s earns today and what a coin is worth.
struct Prices {
    yield_sats_per_ths: Lanes,
    cents_per_sat: Lanes,
    sats_per_cent: Lanes,
}

/// Revenue and treasury of one miner; returns what it sold of its stock (satoshis).
#[inline(always)]
fn trade<J: Journal>(
    till: &mut Till<'_, J>,
    miner: &Miner,
    state: &mut MinerState,
    id: MinerId,
    prices: &Prices,
    bills_today: bool,
) -> Lanes {
    let mined = (state.running_ths * prices.yield_sats_per_ths * miner.after_fee).round();
    state.owed += state.power_cents;
    let (was, operating) = (state.selling.mask(), state.operating.mask());
    let share = was.select(Lanes::splat(1.0), Lanes::splat(miner.sold_share));
    let sold = (mined * share).round();
    let income = (sold * prices.cents_per_sat).round();
    let mut purse = till.purse(id);
    till.exchange_coins(&mut purse, (mined, Reason::Production), (sold, Reason::ProductionSale));
    till.pay(&mut purse, income, Reason::ProductionSale);

    let burn = state.power_cents + miner.overhead_cents_per_day + state.debt_service_per_day - income;
    let liquid = purse.cash() - state.owed;
    let decision = treasury::decide(was, liquid, burn, miner.runway_low_days, miner.runway_high_days);
    if bills_today {
        state.short.put(decision.short); // read by the bills of the day
    }
    let selling = decision.selling & operating;
    state.selling.put(selling);
    till.journal.events(selling & !was, EventKind::SellMode, Entity::Miner(id));
    till.journal.events(was & !selling & operating, EventKind::HoldMode, Entity::Miner(id));
    let coins = purse.coins();
    let stock = treasury::stock_sale(liquid, burn, miner.runway_high_days, prices.sats_per_cent, coins, miner.stock_sale_share);
    let sale = stock.only(selling & coins.gt(Lanes::ZERO));
    till.take_coins(&mut purse, sale, Reason::TreasurySale);
    till.pay(&mut purse, (sale * prices.cents_per_sat).round(), Reason::TreasurySale);
    till.put_back(purse);
    sale
}

/// The bills of the month, all miners in order: together where cash suffices, path by path where it does not.
#[inline(always)]
pub(super) fn pay_bills<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for (index, miner) in today.book.miners.iter().enumerate() {
        let id = MinerId::at(index);
        let own = Account::Miner(id);
        let state = &mut world.miners[index];
        if !state.operating.any() {
            continue;
        }
        let operating = state.operating.mask();
        let ledger = &mut world.ledger;
        ledger.pay(Outside, own, Lanes::splat(miner.other_income_cents).only(operating), Reason::OtherIncome);
        let due = state.power_due();
        let credit = (-due).max(Lanes::ZERO).only(operating);
        ledger.pay(Outside, own, credit, Reason::PowerCredit);
        let due = due + credit;
        let draw = state.equity_left.min(Lanes::splat(miner.equity_cents_per_month)).only(state.short.mask() & operating);
        if draw.gt(Lanes::ZERO).any() {
            ledger.pay(Outside, own, draw, Reason::Equity);
            state.equity_left -= draw;
            for lane in draw.gt(Lanes::ZERO).lanes() {
                ledger.journal.event(lane, EventKind::EquityDraw, Entity::Miner(id), draw[lane]);
            }
        }
        let bills = due + miner.essential_cents;
        let in_full = operating & state.bills_arrears.eq(Lanes::ZERO) & ledger.cash(own).ge(bills);
        ledger.pay(own, Outside, due.only(in_full), Reason::Power);
        ledger.pay(own, Outside, Lanes::splat(miner.essential_cents).only(in_full), Reason::Essential);
        state.owed = state.bills_arrears + due.only(!in_full);
        let with_overhead = in_full & ledger.cash(own).ge(Lanes::splat(miner.other_overhead_cents));
        ledger.pay(own, Outside, Lanes::splat(miner.other_overhead_cents).only(with_overhead), Reason::Overhead);
        for lane in (operating & !in_full).lanes() {
            pay_bills_short(world, today, lane, id);
        }
    }
}

/// One path on which cash does not cover the bills: sell coins, pay in order, carry the rest into arrears.
#[cold]
#[inline(never)]
fn pay_bills_short<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId) {
    let miner = &today.book.miners[id.index()];
    let state = &world.miners[id.index()];
    let (arrears, power) = (state.bills_arrears[lane], state.power_due()[lane]);
    raise_cash(world, today, lane, id, arrears + power + miner.essential_cents, None);
    let unpaid = pay_from_cash(world, lane, id, arrears, Reason::BillsArrears)
        + pay_from_cash(world, lane, id, power, Reason::Power)
        + pay_from_cash(world, lane, id, miner.essential_cents, Reason::Essential);
    let state = &mut world.miners[id.index()];
    state.bills_arrears[lane] = unpaid;
    state.owed[lane] = unpaid;
    if unpaid > 0.0 {
        miss_bill(world, today, lane, id, unpaid);
    } else if world.ledger.cash(Account::Miner(id))[lane] >= miner.other_overhead_cents {
        world.ledger.pay_one(lane, Account::Miner(id), Outside, miner.other_overhead_cents, Reason::Overhead);
    }
}

/// Something stays unpaid: tells of it, and starts a grace unless one runs already.
pub(super) fn miss_bill<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId, unpaid: f64) {
    world.ledger.journal.event(lane, EventKind::MissedBill, Entity::Miner(id), unpaid);
    let state = &mut world.miners[id.index()];
    if !state.bills_grace.get(lane) {
        state.bills_grace.set(lane, true);
        world.agenda.put(today.day + today.book.miners[id.index()].bills_grace_days, Task::BillsGrace(id), lane);
    }
}

/// Pays the world as far as cash goes; returns what is left unpaid.
fn pay_from_cash<J: Journal>(world: &mut World<J>, lane: usize, id: MinerId, cents: f64, reason: Reason) -> f64 {
    pay_as_far(world, lane, id, Outside, cents, reason)
}

/// Pays an account as far as cash goes; returns what is left unpaid.
pub(super) fn pay_as_far<J: Journal>(world: &mut World<J>, lane: usize, id: MinerId, to: Account, cents: f64, reason: Reason) -> f64 {
    let paid = cents.min(world.ledger.cash(Account::Miner(id))[lane]);
    world.ledger.pay_one(lane, Account::Miner(id), to, paid, reason);
    cents - paid
}

/// Draws credit lines, except that of the loan to be `paid`, then sells coins, until cash covers `need` or there is no more.
pub(super) fn raise_cash<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId, need: f64, paid: Option<LoanId>) {
    let own = Account::Miner(id);
    for &line in &today.book.miners[id.index()].credit_lines {
        let missing = need - world.ledger.cash(own)[lane];
        if missing > 0.0 && paid != Some(line) {
            loans::draw(world, today, lane, line, missing);
        }
    }
    let missing = need - world.ledger.cash(own)[lane];
    if missing <= 0.0 {
        return;
    }
    let wanted = (missing / world.market.cents_per_sat[lane]).ceil();
    let sats = wanted.min(world.ledger.coins(id)[lane]);
    if sats > 0.0 {
        sell_coins(world, lane, id, sats);
        world.ledger.journal.event(lane, EventKind::ForcedSale, Entity::Miner(id), sats);
    }
}

/// Sells free coins under force, at the price of the day.
pub(super) fn sell_coins<J: Journal>(world: &mut World<J>, lane: usize, id: MinerId, sats: f64) {
    let own = Account::Miner(id);
    world.ledger.move_coins_one(lane, own, Outside, sats, Reason::ForcedSale);
    world.ledger.pay_one(lane, Outside, own, units::round(sats * world.market.cents_per_sat[lane]), Reason::ForcedSale);
    world.market.forced_sats[lane] += sats;
}

/// A grace for unpaid bills ends: pay now or default.
pub(super) fn end_bills_grace<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: MinerId) {
    let state = &mut world.miners[id.index()];
    state.bills_grace.set(lane, false);
    let arrears = state.bills_arrears[lane];
    if !state.operating.get(lane) || arrears == 0.0 {
        return;
    }
    raise_cash(world, today, lane, id, arrears, None);
    let unpaid = pay_from_cash(world, lane, id, arrears, Reason::BillsArrears);
    let state = &mut world.miners[id.index()];
    state.owed[lane] -= arrears - unpaid;
    state.bills_arrears[lane] = unpaid;
    if unpaid > 0.0 {
        loans::default_miner(world, today, lane, id);
    }
}
