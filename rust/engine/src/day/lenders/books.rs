//! A failed lender's machine loans, offered to their borrowers, then to other lenders. Model: docs/model/lenders.md

use super::survival;
use crate::{
    book::{Lender, Security},
    day::{Today, collateral, loans, responses::spare_cash},
    ids::{LenderId, LoanId},
    journal::{Account, Entity, EventKind, Journal, Reason},
    lanes::Lanes,
    policy::book_sale,
    units,
    world::{LenderState, World},
};

/// Sells the books of lenders that failed long enough ago.
#[inline(always)]
pub(super) fn sell<J: Journal>(world: &mut World<J>, today: &Today<'_>) {
    for (index, lender) in today.book.lenders.iter().enumerate() {
        let Some(sale) = lender.book_sale else { continue };
        let failed = world.lenders[index].failed;
        if today.day < sale.days || !failed.any() {
            continue;
        }
        let due = failed & world.lenders[index].failed_day.eq(Lanes::splat((today.day - sale.days) as f64));
        for lane in due.lanes() {
            sell_book(world, today, lane, LenderId::at(index), sale.price);
        }
    }
}

/// Every open machine loan a lender holds, at a `share` of what is owed.
#[cold]
#[inline(never)]
fn sell_book<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LenderId, share: f64) {
    for (index, loan) in today.book.loans.iter().enumerate() {
        let state = &world.loans[index];
        if matches!(loan.security, Security::Machines { .. }) && state.open.get(lane) && state.holder[lane] == id {
            offer(world, today, lane, LoanId::at(index), share);
        }
    }
}

fn offer<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, share: f64) {
    loans::charge_late(world, today, lane, id);
    let owed = loans::exposure_at_default(&world.loans[id.index()], lane);
    let price = units::round(owed * share);
    if spare_cash(world, lane, today.book.loans[id.index()].miner) >= price {
        repurchase(world, today, lane, id, owed, price);
    } else if let Some(buyer) = buyer(world, today, lane, id, price) {
        sell_loan(world, lane, id, buyer, owed, price);
    }
}

/// The borrower buys: a distressed exchange.
fn repurchase<J: Journal>(world: &mut World<J>, today: &Today<'_>, lane: usize, id: LoanId, owed: f64, price: f64) {
    let borrower = Account::Miner(today.book.loans[id.index()].miner);
    let lender = Account::Lender(world.loans[id.index()].holder[lane]);
    world.ledger.pay_one(lane, borrower, lender, price, Reason::Repurchase);
    loans::leave(world, today, lane, id, owed);
    let state = &mut world.loans[id.index()];
    state.settled.set(lane, true);
    state.recovered[lane] = price;
    state.lot_day[lane] = today.day as f64;
    world.ledger.journal.event(lane, EventKind::Repurchase, Entity::Loan(id), price);
}

/// The first lender that buys a loan at a price. The seller does not: it has failed.
fn buyer<J: Journal>(world: &World<J>, today: &Today<'_>, lane: usize, id: LoanId, price: f64) -> Option<LenderId> {
    let mark = collateral::mark(world, today, lane, id)?;
    let mut lenders = today.book.lenders.iter().zip(&world.lenders).enumerate();
    let buys = |(index, (terms, state)): (usize, (&Lender, &LenderState))| {
        let cash = world.ledger.cash(Account::Lender(LenderId::at(index)));
        let leaves = survival::outflow(terms, state, cash)[lane];
        let lends = !(state.failed | state.stopped | state.tightened).get(lane);
        lends && terms.book_buy_cover.is_some_and(|cover| book_sale::buys(cover, mark, price, cash[lane], leaves))
    };
    lenders.find(|lender| buys(*lender)).map(|(index, _)| LenderId::at(index))
}

/// Another lender buys, and holds the loan from now on: at cost, so that its equity stays what it was.
fn sell_loan<J: Journal>(world: &mut World<J>, lane: usize, id: LoanId, to: LenderId, owed: f64, price: f64) {
    let state = &mut world.loans[id.index()];
    let (from, outstanding) = (state.holder[lane], state.outstanding[lane]);
    let (before, discount) = (state.discount[lane], book_sale::discount(outstanding, price));
    state.sell(lane, to, discount);
    world.ledger.pay_one(lane, Account::Lender(to), Account::Lender(from), price, Reason::BookSale);
    let seller = &mut world.lenders[from.index()];
    seller.book[lane] -= outstanding;
    seller.other_assets[lane] += before;
    seller.sale_loss[lane] += owed - price;
    let buyer = &mut world.lenders[to.index()];
    buyer.book[lane] += outstanding;
    buyer.other_assets[lane] -= discount;
    buyer.sale_loss[lane] -= owed - price;
    world.ledger.journal.event(lane, EventKind::BookSale, Entity::Loan(id), price);
}
