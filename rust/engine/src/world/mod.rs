//! State of a block of eight paths: structure of arrays, one array a state of docs/model, reset without allocating.

mod facilities;
mod lenders;
mod loans;
mod markets;
mod miners;
mod tally;

pub use facilities::{Bridge, FacilityState};
pub use lenders::{LONGEST_SURVIVAL, LenderState, Offers};
pub use loans::LoanState;
pub use markets::{Asics, Market, Network};
pub use miners::{HedgeState, MinerState, Month, OrderState, ResponseState, Switch};
pub use tally::{Monthly, Tally};

use std::collections::BTreeMap;

use crate::{
    agenda::Agenda,
    book::{Act, Book, renewal::Renewed},
    ids::{LenderId, LoanId},
    journal::Journal,
    lanes::{Flags, Lanes},
    ledger::Ledger,
    scenario::Scenario,
};

/// Everything that changes.
#[derive(Debug)]
#[allow(missing_docs, reason = "one field a stage; the fields below are the states of its page in docs/model")]
pub struct World<J> {
    pub ledger: Ledger<J>,
    pub market: Market,
    pub network: Network,
    pub cohorts: Vec<Switch>,
    pub fleet: Vec<Switch>,
    /// Machines delivered and not yet deployed, by fleet row; empty when the book has neither orders nor responses.
    pub boxed: Vec<Lanes>,
    /// Slots sold, by fleet row; empty unless the book has a response that sells any.
    pub sold_slots: Vec<Lanes>,
    pub orders: Vec<OrderState>,
    pub miners: Vec<MinerState>,
    pub loans: Vec<LoanState>,
    pub asics: Asics,
    pub lenders: Vec<LenderState>,
    /// What each claim between lenders is worth: docs/model/exposures.md
    pub marks: Vec<Lanes>,
    /// What each of them is, with what was drawn on its line.
    pub claimed: Vec<Lanes>,
    pub hedges: Vec<HedgeState>,
    pub facilities: Vec<FacilityState>,
    /// What each facility lent each miner, facility by facility; empty when the book has no facilities.
    pub bridges: Vec<Bridge>,
    pub responses: Vec<ResponseState>,
    /// Contracts of loans that have new terms, by loan and path.
    pub renewed: BTreeMap<(LoanId, usize), Renewed>,
    pub month: Month,
    pub offers: Offers,
    /// Index of a lot's tier on the day on which a broker first had it (USD/TH), by loan, 0 before; empty unless a policy consigns.
    pub consigned_index: Vec<Lanes>,
    pub agenda: Agenda,
    pub tally: Tally,
}

const NEVER: Lanes = Lanes::splat(-1.0);

impl<J: Journal> World<J> {
    /// A world for a book, at the opening of day 0.
    pub fn open(book: &Book, scenario: &Scenario) -> Self {
        let mut world = Self {
            ledger: Ledger::open(book),
            market: Market::OPENING,
            network: Network::opening(scenario),
            cohorts: vec![Switch::ON; book.cohorts.len()],
            fleet: vec![Switch::ON; book.fleet.len()],
            boxed: if book.orders.is_empty() && book.responses.is_empty() { Vec::new() } else { vec![Lanes::ZERO; book.fleet.len()] },
            sold_slots: if book.responses.iter().any(|response| matches!(response.act, Act::SellSlots { .. })) {
                vec![Lanes::ZERO; book.fleet.len()]
            } else {
                Vec::new()
            },
            orders: Vec::with_capacity(book.orders.len()),
            miners: Vec::with_capacity(book.miners.len()),
            loans: Vec::with_capacity(book.loans.len()),
            asics: Asics::opening(scenario),
            lenders: Vec::with_capacity(book.lenders.len()),
            marks: Vec::with_capacity(book.exposures.len()),
            claimed: Vec::with_capacity(book.exposures.len()),
            hedges: Vec::with_capacity(book.hedges.len()),
            facilities: vec![FacilityState::OPENING; book.facilities.len()],
            bridges: vec![Bridge::NONE; book.facilities.len() * book.miners.len()],
            responses: vec![ResponseState::OPENING; book.responses.len()],
            renewed: BTreeMap::new(),
            month: Month::OPENING,
            offers: Offers::default(),
            consigned_index: if scenario.consigns() { vec![Lanes::ZERO; book.loans.len()] } else { Vec::new() },
            agenda: Agenda::new(scenario.days),
            tally: Tally::NONE,
        };
        world.reset(book, scenario);
        world
    }

    /// Back to the opening of day 0.
    pub fn reset(&mut self, book: &Book, scenario: &Scenario) {
        self.ledger.reset();
        self.market = Market::OPENING;
        self.network = Network::opening(scenario);
        self.network.network_ths = Lanes::splat(scenario.full_ths[0]);
        self.cohorts.fill(Switch::ON);
        self.fleet.fill(Switch::ON);
        self.miners.clear();
        self.miners.extend(book.miners.iter().map(|miner| MinerState::opening(book, miner)));
        self.loans.clear();
        self.loans.extend(book.loans.iter().map(LoanState::opening));
        self.boxed.fill(Lanes::ZERO);
        self.sold_slots.fill(Lanes::ZERO);
        self.renewed.clear();
        self.orders.clear();
        for order in &book.orders {
            self.miners[order.miner.index()].debt_service_per_day += Lanes::splat(order.figure_after(scenario.start));
            let paid = Lanes::splat(order.deposit_cents);
            self.orders.push(OrderState { open: Flags::ALL, paid, arrears: Lanes::ZERO, grace_day: NEVER });
        }
        self.asics = Asics::opening(scenario);
        self.lenders.clear();
        self.lenders.extend(book.lenders.iter().map(LenderState::opening));
        self.marks.clear();
        self.marks.extend(book.exposures.iter().map(|exposure| Lanes::splat(exposure.cents)));
        self.claimed.clear();
        self.claimed.extend_from_slice(&self.marks);
        self.hedges.clear();
        self.hedges.extend(book.hedges.iter().map(HedgeState::opening));
        self.facilities.fill(FacilityState::OPENING);
        self.bridges.fill(Bridge::NONE);
        self.responses.fill(ResponseState::OPENING);
        self.month = Month::OPENING;
        self.offers.estates.clear();
        self.offers.lots.clear();
        self.offers.held.clear();
        self.consigned_index.fill(Lanes::ZERO);
        self.agenda.clear();
        self.tally = Tally::NONE;
    }
}

impl<J> World<J> {
    /// What a lender claims on other lenders, cents, whatever that is worth.
    pub fn claimed_by(&self, book: &Book, id: LenderId) -> Lanes {
        let rows = book.exposures.iter().zip(&self.claimed).filter(|(row, _)| row.creditor == id);
        rows.fold(Lanes::ZERO, |sum, (_, cents)| sum + *cents)
    }
}
