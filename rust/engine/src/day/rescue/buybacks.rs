//! Machines bought back out of what estates and lenders offer, before the market clears the rest. Model: docs/model/rescue.md

use crate::{
    book::{Facility, Help, Price, Security, TIERS},
    day::{Today, asics},
    ids::{FacilityId, FleetId, LoanId},
    journal::{Account, Entity, EventKind, Journal, Reason},
    lanes::Lanes,
    units,
    world::World,
};

/// Offers of estates: lane, fleet row, machines. Offers of lenders: loan of the lot, machines.
type Offers<'a> = (&'a mut Vec<(usize, FleetId, f64)>, &'a mut Vec<(LoanId, Lanes)>);

/// Takes machines out of the day's offers; `prices` are what lots of the whole supply would bring, USD/TH by tier.
#[cold]
#[inline(never)]
pub(in crate::day) fn buy_back<J: Journal>(world: &mut World<J>, today: &Today<'_>, prices: &[Lanes; TIERS], (estates, lots): Offers<'_>) {
    let date = today.scenario.date(today.day);
    for (index, facility) in today.book.facilities.iter().enumerate() {
        let Help::Buyback(price) = facility.help else { continue };
        if !facility.is_open(date) {
            continue;
        }
        let buyer = Buyer { id: FacilityId::at(index), facility, price };
        for (lane, fleet, machines) in estates.iter_mut() {
            let purchase = buyer.decide(world, today, *lane, *fleet, *machines, prices);
            if purchase.machines > 0.0 {
                let (own, seller) = (Account::Facility(buyer.id), Account::Miner(today.book.fleet[fleet.index()].miner));
                world.ledger.move_machines_one(*lane, Account::Fleet(*fleet), own, purchase.machines, Reason::Buyback);
                world.ledger.pay_one(*lane, own, seller, purchase.cents, Reason::Buyback);
            }
            buyer.conclude(world, today, *lane, *fleet, &purchase);
            *machines -= purchase.machines;
        }
        for (loan, machines) in lots.iter_mut() {
            let Security::Machines { fleet, .. } = today.book.loans[loan.index()].security else { continue };
            for lane in machines.gt(Lanes::ZERO).lanes() {
                let purchase = buyer.decide(world, today, lane, fleet, machines[lane], prices);
                if purchase.machines > 0.0 {
                    let (mut bought, mut cents) = (Lanes::ZERO, Lanes::ZERO);
                    (bought[lane], cents[lane]) = (purchase.machines, purchase.cents);
                    asics::hand_over(world, today, *loan, bought, cents, (Account::Facility(buyer.id), Reason::Buyback, Reason::Buyback));
                }
                buyer.conclude(world, today, lane, fleet, &purchase);
                machines[lane] -= purchase.machines;
            }
        }
    }
    estates.retain(|(_, _, machines)| *machines > 0.0);
}

/// What a buy-back takes of one offer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purchase {
    /// Machines.
    pub machines: f64,
    /// What they cost, cents.
    pub cents: f64,
    /// It wanted more than it could pay.
    pub is_cut: bool,
}

impl Purchase {
    const NONE: Self = Self { machines: 0.0, cents: 0.0, is_cut: false };

    /// Of `offered` machines, at `bid` cents each while the market pays `market`, with `left` cents.
    pub fn of(offered: f64, take_up_share: f64, bid: f64, market: f64, left: f64) -> Self {
        if bid < market {
            return Self::NONE;
        }
        let wanted = (offered * take_up_share).floor();
        let machines = wanted.min((left / bid).floor());
        Self { machines, cents: units::round(machines * bid), is_cut: machines < wanted }
    }
}

struct Buyer<'a> {
    id: FacilityId,
    facility: &'a Facility,
    price: Price,
}

impl Buyer<'_> {
    fn decide<J: Journal>(
        &self,
        world: &World<J>,
        today: &Today<'_>,
        lane: usize,
        row: FleetId,
        offered: f64,
        prices: &[Lanes; TIERS],
    ) -> Purchase {
        let state = &world.facilities[self.id.index()];
        let elsewhere = self.facility.region.is_some_and(|region| today.book.fleet[row.index()].region != region);
        if offered == 0.0 || elsewhere || state.exhausted.get(lane) {
            return Purchase::NONE;
        }
        let model = today.book.model(row);
        let usd_per_th = match self.price {
            Price::PerTh(usd) => usd,
            Price::ToIndex(share) => share * world.asics.index[model.tier][lane],
        };
        let bid = model.hashrate_ths * usd_per_th * 100.0;
        let market = model.hashrate_ths * prices[model.tier][lane] * 100.0;
        Purchase::of(offered, self.facility.take_up_share, bid, market, self.facility.capital_cents - state.spent[lane])
    }

    /// What a purchase changes beside the ledger.
    fn conclude<J: Journal>(&self, world: &mut World<J>, today: &Today<'_>, lane: usize, row: FleetId, purchase: &Purchase) {
        if purchase.machines > 0.0 {
            let model = today.book.model(row);
            let state = &mut world.facilities[self.id.index()];
            state.spent[lane] += purchase.cents;
            state.held_ths[model.tier][lane] += purchase.machines * model.hashrate_ths;
            world.ledger.journal.event(lane, EventKind::Buyback, Entity::Facility(self.id), purchase.machines);
        }
        if purchase.is_cut {
            super::exhaust(world, lane, self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyback_takes_its_share_while_it_pays_the_most() {
        for (offered, share, bid, market, left, machines, cents, is_cut) in [
            (10.0, 1.0, 100.0, 90.0, 5_000.0, 10.0, 1_000.0, false),
            (10.0, 1.0, 100.0, 100.0, 5_000.0, 10.0, 1_000.0, false),
            (10.0, 1.0, 100.0, 100.5, 5_000.0, 0.0, 0.0, false),
            (10.0, 0.25, 100.4, 90.0, 5_000.0, 2.0, 201.0, false),
            (10.0, 0.05, 100.0, 90.0, 5_000.0, 0.0, 0.0, false),
            (10.0, 1.0, 100.0, 90.0, 550.0, 5.0, 500.0, true),
            (10.0, 1.0, 100.0, 90.0, 0.0, 0.0, 0.0, true),
        ] {
            let expected = Purchase { machines, cents, is_cut };
            assert_eq!(Purchase::of(offered, share, bid, market, left), expected, "{offered} {share} {bid} {market} {left}");
        }
    }
}
