//! State of a block of eight paths: structure of arrays, one array a state of docs/model, reset without allocating.

use std::collections::BTreeMap;

use crate::{
    agenda::Agenda,
    book::{Act, Book, HedgeTerms, TIERS, renewal::Renewed},
    day::quick_prices,
    ids::{LenderId, LoanId},
    journal::Journal,
    lanes::{Flags, Lanes, Mask, WIDTH},
    ledger::Ledger,
    policy::switching::{Recent, Rest},
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

/// docs/model/market.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/market.md")]
pub struct Market {
    pub btc_usd: Lanes,
    pub btc_low_usd: Lanes,
    pub cents_per_sat: Lanes,
    pub low_cents_per_sat: Lanes,
    /// Today's price over the scenario's.
    pub factor: Lanes,
    pub impact_permanent: Lanes,
    pub impact_temporary: Lanes,
    pub forced_sats: Lanes,
}

/// docs/model/network.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/network.md")]
pub struct Network {
    pub difficulty: Lanes,
    pub epoch_height: Lanes,
    pub epoch_blocks: Lanes,
    pub epoch_seconds: Lanes,
    pub subsidy_sats: Lanes,
    pub next_halving: Lanes,
    pub network_ths: Lanes,
    pub online_ths: Lanes,
    /// What of it the cohorts run.
    pub cohorts_online_ths: Lanes,
    pub yield_sats_per_ths: Lanes,
    pub hashprice: Lanes,
    pub revenue_usd_per_ths: Lanes,
    /// Of it on the last days, for the switches of the fleet.
    pub recent: Recent,
}

/// On or off, and when that turns if revenue stays against it: docs/model/fleet.md#switching
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "states of docs/model/fleet.md")]
pub struct Switch {
    pub on: Mask,
    /// Day on which it turns; infinite while nothing is counted against it.
    pub turns: Lanes,
}

/// docs/model/miners.md. In the order written: the stage fleet touches those up to `running_ths` on most days, miners up to `debt_service_per_day`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
#[allow(missing_docs, reason = "states of docs/model/miners.md and fleet.md")]
pub struct MinerState {
    /// Where none of its rows changes its state; ended when it stops operating on some path.
    pub rest: Rest,
    pub operating: Flags,
    pub selling: Flags,
    pub short: Flags,
    pub bills_grace: Flags,
    pub running_ths: Lanes,
    /// What a day's power costs, less what curtailment brings.
    pub power_cents: Lanes,
    /// Power due and bills in arrears.
    pub owed: Lanes,
    pub debt_service_per_day: Lanes,
    pub bills_arrears: Lanes,
    pub potential_ths: Lanes,
    pub installed_ths: Lanes,
    pub equity_left: Lanes,
    /// Day of default, or -1.
    pub failed_day: Lanes,
}

/// docs/model/loans.md. In the order written: a due date that is paid touches flags and principal only, a margin test the interest too.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
#[allow(missing_docs, reason = "states of docs/model/loans.md and collateral.md")]
pub struct LoanState {
    /// Performing or in arrears.
    pub open: Flags,
    /// Open with something unpaid.
    pub arrears: Flags,
    pub cure: Flags,
    pub defaulted: Flags,
    /// It has new terms: the dates of its row are void.
    pub renewed: Flags,
    /// Another lender than that of its row holds it.
    pub sold: Flags,
    pub outstanding: Lanes,
    pub arrears_interest: Lanes,
    pub arrears_principal: Lanes,
    pub ead: Lanes,
    pub recovered: Lanes,
    pub carry: Lanes,
    /// Day on which the current grace ends.
    pub grace_day: Lanes,
    /// Day from which default interest on the arrears has not been charged yet.
    pub late_from: Lanes,
    pub lot_initial: Lanes,
    pub lot_day: Lanes,
    /// Day of default, or -1.
    pub default_day: Lanes,
    /// What its holder paid less for it than was outstanding.
    pub discount: Lanes,
    /// Its lender has waited once.
    pub forborne: Flags,
    /// Nothing is claimed beyond the collateral.
    pub settled: Flags,
    /// Its lender, path by path: that of its row until it is sold.
    pub holder: [LenderId; WIDTH],
}

/// docs/model/deliveries.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/deliveries.md")]
pub struct OrderState {
    /// Neither delivered nor closed.
    pub open: Flags,
    pub paid: Lanes,
    pub arrears: Lanes,
    /// Day on which the current grace ends.
    pub grace_day: Lanes,
}

/// docs/model/asics.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/asics.md")]
pub struct Asics {
    pub hashprice_smooth: Lanes,
    pub hashprice_0: Lanes,
    pub index: [Lanes; TIERS],
    pub clearing: [Lanes; TIERS],
    /// What a quick sale brings, USD/TH.
    pub quick: [Lanes; TIERS],
    pub overhang: [Lanes; TIERS],
}

/// docs/model/lenders.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/lenders.md")]
pub struct LenderState {
    pub book: Lanes,
    pub carry: Lanes,
    pub other_assets: Lanes,
    pub funding: Lanes,
    /// Part of the funding payable on demand.
    pub demand: Lanes,
    /// What its claims on other lenders are worth.
    pub claims: Lanes,
    /// What it owes other lenders.
    pub owed: Lanes,
    /// What it lost on loans it sold, less what it gained on those it bought.
    pub sale_loss: Lanes,
    /// Least survival horizon measured so far, days.
    pub survival: Lanes,
    pub stopped: Mask,
    pub tightened: Mask,
    pub failed: Mask,
    /// Day of failure, or -1.
    pub failed_day: Lanes,
}

/// docs/model/hedges.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/hedges.md")]
pub struct HedgeState {
    pub open: Flags,
    pub called: Flags,
    /// What a future's coins were worth when it was settled last.
    pub mark: Lanes,
    /// Day on which a future's margin call must have been met.
    pub cure_end: Lanes,
}

/// docs/model/rescue.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/rescue.md")]
pub struct FacilityState {
    pub spent: Lanes,
    /// It was asked for more than it had left.
    pub exhausted: Mask,
    /// TH/s of machines bought back, by tier.
    pub held_ths: [Lanes; TIERS],
}

/// What a fund lent a miner: docs/model/rescue.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/rescue.md")]
pub struct Bridge {
    /// The miner would apply and has not had a loan yet.
    pub may: Flags,
    pub open: Flags,
    pub principal: Lanes,
    pub due: Lanes,
    pub claim: Lanes,
    pub recovered: Lanes,
}

/// docs/model/responses.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "states of docs/model/responses.md")]
pub struct ResponseState {
    /// First day on which it may be used; infinite once it is used up.
    pub ready: Lanes,
    /// Firsts of a month in a row on which its site was off.
    pub standing: Lanes,
}

/// Hashprice of the month so far; kept up only while a book holds a hashprice forward.
#[derive(Debug, Clone, Copy)]
pub struct Month {
    /// Days it counts.
    pub days: f64,
    /// Sum over them, USD per PH/s and day.
    pub hashprice: Lanes,
}

/// Machines on offer.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    /// Of estates and of responses: lane, fleet row and machines, offered and cleared on the same day; few paths have any.
    pub estates: Vec<(usize, crate::ids::FleetId, f64)>,
    /// Of lenders: loan of the lot and machines, offered today, cleared tomorrow; loans in order.
    pub lots: Vec<(crate::ids::LoanId, Lanes)>,
    /// Lots that hold machines on some path, loans in order.
    pub held: Vec<crate::ids::LoanId>,
}

/// Counts the close reports, kept up to date by the stages.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "aggregates of docs/model/close.md")]
pub struct Tally {
    pub running_ths: Lanes,
    pub potential_ths: Lanes,
    pub installed_ths: Lanes,
    pub defaulted_cents: Lanes,
    pub miners_failed: Lanes,
    pub lenders_failed: Lanes,
    /// What a day's power costs all miners.
    pub power_cents: Lanes,
    pub monthly: Monthly,
}

/// Measures taken once a month: docs/model/stages.md
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "measures of docs/model/stages.md")]
pub struct Monthly {
    pub top10_share: Lanes,
    pub hhi: Lanes,
    pub debt_to_assets: Lanes,
}

impl Monthly {
    /// Before the first day closes.
    pub const NONE: Self = Self { top10_share: Lanes::ZERO, hhi: Lanes::ZERO, debt_to_assets: Lanes::ZERO };
}

/// The longest survival horizon that is told (days): ten years or more.
pub const LONGEST_SURVIVAL: f64 = 3650.0;

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
        self.miners.extend(book.miners.iter().map(|miner| {
            let service = miner.loans.iter().fold(0.0, |sum, loan| sum + book.loans[loan.index()].agreement.service_cents_per_day);
            MinerState {
                operating: Flags::ALL,
                selling: Flags::NONE,
                short: Flags::NONE,
                bills_grace: Flags::NONE,
                running_ths: Lanes::ZERO,
                potential_ths: Lanes::ZERO,
                installed_ths: Lanes::ZERO,
                power_cents: Lanes::ZERO,
                rest: Rest::FOREVER, // the first day looks at everything: its contracts are new
                owed: Lanes::ZERO,
                bills_arrears: Lanes::ZERO,
                equity_left: Lanes::splat(miner.equity_line_cents),
                debt_service_per_day: Lanes::splat(service),
                failed_day: NEVER,
            }
        }));
        self.loans.clear();
        self.loans.extend(book.loans.iter().map(|loan| LoanState {
            open: Flags::ALL,
            arrears: Flags::NONE,
            defaulted: Flags::NONE,
            cure: Flags::NONE,
            renewed: Flags::NONE,
            sold: Flags::NONE,
            outstanding: Lanes::splat(loan.principal_cents),
            arrears_interest: Lanes::ZERO,
            arrears_principal: Lanes::ZERO,
            ead: Lanes::ZERO,
            recovered: Lanes::ZERO,
            carry: Lanes::ZERO,
            grace_day: NEVER,
            late_from: NEVER,
            lot_initial: Lanes::ZERO,
            lot_day: NEVER,
            default_day: NEVER,
            discount: Lanes::ZERO,
            forborne: Flags::NONE,
            settled: Flags::NONE,
            holder: [loan.lender; WIDTH],
        }));
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
        self.lenders.extend(book.lenders.iter().map(|lender| LenderState {
            book: Lanes::splat(lender.book_cents),
            carry: Lanes::ZERO,
            other_assets: Lanes::splat(lender.other_assets_cents),
            funding: Lanes::splat(lender.funding_cents),
            demand: Lanes::splat(lender.demand_cents),
            claims: Lanes::splat(lender.claims_cents),
            owed: Lanes::splat(lender.owed_cents),
            sale_loss: Lanes::ZERO,
            survival: Lanes::splat(LONGEST_SURVIVAL),
            stopped: Mask::NONE,
            tightened: Mask::NONE,
            failed: Mask::NONE,
            failed_day: NEVER,
        }));
        self.marks.clear();
        self.marks.extend(book.exposures.iter().map(|exposure| Lanes::splat(exposure.cents)));
        self.claimed.clear();
        self.claimed.extend_from_slice(&self.marks);
        self.hedges.clear();
        self.hedges.extend(book.hedges.iter().map(|hedge| HedgeState {
            open: Flags::ALL,
            called: Flags::NONE,
            mark: match hedge.terms {
                HedgeTerms::ShortFuture(future) => Lanes::splat(future.strike_cents),
                _ => Lanes::ZERO,
            },
            cure_end: NEVER,
        }));
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

impl LoanState {
    /// Who holds it, each with the paths on which it does.
    #[inline(always)]
    pub fn holders(&self) -> impl Iterator<Item = (LenderId, Mask)> + use<> {
        by_holder(self.holder, self.sold.any())
    }

    /// Another lender has it from now on, at a discount.
    pub fn sell(&mut self, lane: usize, to: LenderId, discount: f64) {
        self.sold.set(lane, true);
        self.holder[lane] = to;
        self.discount[lane] = discount;
    }
}

impl MinerState {
    /// Power used and not yet billed (cents); negative where curtailment brought more.
    #[inline(always)]
    pub fn power_due(&self) -> Lanes {
        self.owed - self.bills_arrears
    }
}

impl Switch {
    /// Running, with nothing counted against it.
    pub const ON: Self = Self { on: Mask::ALL, turns: Lanes::splat(f64::INFINITY) };
}

impl FacilityState {
    /// Nothing spent.
    pub const OPENING: Self = Self { spent: Lanes::ZERO, exhausted: Mask::NONE, held_ths: [Lanes::ZERO; TIERS] };
}

impl Bridge {
    /// Nothing lent, and nobody applies.
    pub const NONE: Self =
        Self { may: Flags::NONE, open: Flags::NONE, principal: Lanes::ZERO, due: Lanes::ZERO, claim: Lanes::ZERO, recovered: Lanes::ZERO };
}

impl ResponseState {
    /// Ready, with nothing counted.
    const OPENING: Self = Self { ready: Lanes::ZERO, standing: Lanes::ZERO };
}

impl Month {
    /// Nothing yet.
    pub const OPENING: Self = Self { days: 0.0, hashprice: Lanes::ZERO };
}

impl Market {
    const OPENING: Self = Self {
        btc_usd: Lanes::ZERO,
        btc_low_usd: Lanes::ZERO,
        cents_per_sat: Lanes::ZERO,
        low_cents_per_sat: Lanes::ZERO,
        factor: Lanes::ZERO,
        impact_permanent: Lanes::ZERO,
        impact_temporary: Lanes::ZERO,
        forced_sats: Lanes::ZERO,
    };
}

impl Network {
    fn opening(scenario: &Scenario) -> Self {
        let chain = &scenario.chain;
        Self {
            difficulty: Lanes::splat(chain.difficulty),
            epoch_height: Lanes::splat(chain.epoch_height),
            epoch_blocks: Lanes::splat(chain.epoch_blocks),
            epoch_seconds: Lanes::splat(chain.epoch_seconds),
            subsidy_sats: Lanes::splat(chain.subsidy_sats),
            next_halving: Lanes::splat(chain.next_halving),
            network_ths: Lanes::ZERO,
            online_ths: Lanes::ZERO,
            cohorts_online_ths: Lanes::ZERO,
            yield_sats_per_ths: Lanes::ZERO,
            hashprice: Lanes::ZERO,
            revenue_usd_per_ths: Lanes::ZERO,
            recent: Recent::NONE,
        }
    }
}

impl Asics {
    fn opening(scenario: &Scenario) -> Self {
        let index = std::array::from_fn(|k| Lanes::splat(scenario.asics.tiers[k].index_usd_per_th));
        let quick = quick_prices(&scenario.asics, &index, &index);
        Self { hashprice_smooth: Lanes::ZERO, hashprice_0: Lanes::ZERO, index, clearing: index, quick, overhang: [Lanes::ZERO; TIERS] }
    }
}

impl Tally {
    const NONE: Self = Self {
        running_ths: Lanes::ZERO,
        potential_ths: Lanes::ZERO,
        installed_ths: Lanes::ZERO,
        defaulted_cents: Lanes::ZERO,
        miners_failed: Lanes::ZERO,
        lenders_failed: Lanes::ZERO,
        power_cents: Lanes::ZERO,
        monthly: Monthly::NONE,
    };
}

/// Holders with the paths of each; without a look at them where nothing was sold.
#[inline(always)]
fn by_holder(holder: [LenderId; WIDTH], sold: bool) -> impl Iterator<Item = (LenderId, Mask)> {
    let mut left = Mask::ALL;
    std::iter::from_fn(move || {
        let first = left.lanes().next()?;
        let paths = if sold { Mask::from_fn(|lane| holder[lane] == holder[first]) } else { Mask::ALL };
        left = left & !paths;
        Some((holder[first], paths))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loan_has_a_holder_on_each_path() {
        for (holders, sold, expected) in [
            ([5; WIDTH], false, vec![(5, vec![0, 1, 2, 3, 4, 5, 6, 7])]),
            ([5; WIDTH], true, vec![(5, vec![0, 1, 2, 3, 4, 5, 6, 7])]),
            ([5, 2, 5, 9, 2, 5, 5, 5], true, vec![(5, vec![0, 2, 5, 6, 7]), (2, vec![1, 4]), (9, vec![3])]),
        ] {
            let found = by_holder(holders.map(LenderId), sold).map(|(holder, paths)| (holder.0, paths.lanes().collect::<Vec<_>>()));
            assert_eq!(found.collect::<Vec<_>>(), expected);
        }
    }
}
