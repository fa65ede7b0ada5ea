//! What each fleet row pays for energy today, and whether it is curtailed. The same on all paths. Model: docs/model/power.md

mod by_path;

use std::sync::Arc;

pub(super) use by_path::{cost_cents_per_ths, sale, switch_cohorts, switch_fleets};

use crate::{
    book::{Book, Fleet, PowerContract},
    ids::MinerId,
    policy::switching::{Spans, Thresholds},
    scenario::Scenario,
};

/// What the contracts say on one day; the same on all paths.
#[derive(Debug, Clone)]
pub struct PowerDay {
    /// By fleet row. Days that say the same share it, so that it stays near the processor.
    pub contracts: Arc<Contracts>,
    /// Miners with a row that differs from yesterday's, in order.
    pub changed: Vec<MinerId>,
    /// What each miner may leave uncounted; the same on all days. Not asked where tariffs differ between paths.
    pub spans: Arc<[Spans]>,
}

/// What the contracts say.
#[derive(Debug, Clone, PartialEq)]
pub struct Contracts {
    /// When each fleet row stops and starts.
    pub switching: Vec<Thresholds>,
    /// What each fleet row runs and pays.
    pub rows: Vec<FleetDay>,
}

/// A fleet row's day, before any decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FleetDay {
    /// TH/s of one machine, after availability.
    pub ths: f64,
    /// The same before it.
    pub installed_ths: f64,
    /// Power cost, cents per TH/s and day.
    pub cost_cents_per_ths: f64,
    /// What selling the energy back brings, cents per TH/s and day; `None` when not curtailed.
    pub curtailed_cents_per_ths: Option<f64>,
    /// Machines that can be plugged in; infinite without a limit.
    pub slots: f64,
    /// What the connection of a machine costs, running or not, cents.
    pub demand_cents_per_machine: f64,
}

/// Contract price today, USD/MWh.
pub fn power_price(fleet: &Fleet, tariff: f64, opening_tariff: f64) -> f64 {
    match fleet.power_contract {
        PowerContract::Fixed | PowerContract::HostedFixed => fleet.power_usd_per_mwh,
        PowerContract::Indexed => tariff + fleet.power_usd_per_mwh,
        PowerContract::HostedPassThrough => fleet.power_usd_per_mwh + fleet.pass_through * (tariff - opening_tariff),
    }
}

/// What stopping brings, USD/MWh: the sale of a fixed price's energy, nothing where the energy was not bought yet; `None` while the tariff is not above
/// the strike.
pub fn curtailment_credit(fleet: &Fleet, tariff: f64, price: f64) -> Option<f64> {
    let strike = fleet.curtailment_strike_usd_per_mwh?;
    let credit = match fleet.power_contract {
        PowerContract::Fixed => fleet.curtailment_share * (tariff - price),
        PowerContract::Indexed => 0.0,
        PowerContract::HostedFixed | PowerContract::HostedPassThrough => return None,
    };
    (tariff > strike).then_some(credit)
}

/// The days of a scenario.
pub fn contract_prices(book: &Book, scenario: &Scenario) -> Vec<PowerDay> {
    let mut days: Vec<PowerDay> = Vec::with_capacity(scenario.days);
    for day in 0..scenario.days {
        let (switching, rows) = (0..book.fleet.len()).map(|row| fleet_day(book, scenario, row, day)).unzip();
        let contracts = Contracts { switching, rows };
        let yesterday = days.last().map(|yesterday| Arc::clone(&yesterday.contracts));
        let differs = |rows: std::ops::Range<usize>| {
            yesterday.as_ref().is_none_or(|before| before.rows[rows.clone()] != contracts.rows[rows.clone()])
        };
        let changed = (0..book.miners.len()).filter(|miner| differs(book.miners[*miner].fleet.clone())).map(MinerId::at).collect();
        let contracts = yesterday.filter(|before| **before == contracts).unwrap_or_else(|| Arc::new(contracts));
        days.push(PowerDay { contracts, changed, spans: Arc::default() });
    }
    let spans: Arc<[Spans]> = book.miners.iter().map(|miner| spans(&days, miner.fleet.clone())).collect();
    days.iter_mut().for_each(|day| day.spans = Arc::clone(&spans));
    days
}

/// What a miner with these rows may leave uncounted: nothing where a threshold of any of them moves, for counts go on across the change.
fn spans(days: &[PowerDay], rows: std::ops::Range<usize>) -> Spans {
    let Some(first) = days.first() else { return Spans::TODAY };
    let thresholds = &first.contracts.switching[rows.clone()];
    let same = |day: &PowerDay| Arc::ptr_eq(&day.contracts, &first.contracts) || day.contracts.switching[rows.clone()] == *thresholds;
    if days.iter().all(same) { Spans::of(thresholds) } else { Spans::TODAY }
}

fn fleet_day(book: &Book, scenario: &Scenario, row: usize, day: usize) -> (Thresholds, FleetDay) {
    at_tariff(book, scenario, row, day, scenario.tariff_usd_per_mwh[book.fleet[row].region.index()][day])
}

/// A fleet row's day at a tariff of its region.
fn at_tariff(book: &Book, scenario: &Scenario, row: usize, day: usize, tariff: f64) -> (Thresholds, FleetDay) {
    let fleet = &book.fleet[row];
    let model = &book.models[fleet.model.index()];
    let price = power_price(fleet, tariff, scenario.tariff_usd_per_mwh[fleet.region.index()][0]);
    let site = scenario.sites.row(row);
    let mwh_per_ths = site.mwh_per_ths(model.mwh_per_ths, day);
    let cost_usd_per_ths = mwh_per_ths * price;
    let today = FleetDay {
        ths: site.ths(model.hashrate_ths, scenario.availability[fleet.region.index()][day], day),
        installed_ths: site.ths(model.hashrate_ths, 1.0, day),
        cost_cents_per_ths: cost_usd_per_ths * 100.0,
        curtailed_cents_per_ths: curtailment_credit(fleet, tariff, price).map(|credit| mwh_per_ths * credit * 100.0),
        slots: site.slots(&scenario.slots[row], day),
        demand_cents_per_machine: fleet.demand_cents_per_machine,
    };
    (Thresholds::at_cost(&fleet.switching, cost_usd_per_ths), today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        book::Switching,
        ids::{ModelId, RegionId},
    };

    fn fleet(power_contract: PowerContract) -> Fleet {
        Fleet {
            key: String::new(),
            miner: MinerId(0),
            model: ModelId(0),
            region: RegionId(0),
            machines: 1.0,
            power_contract,
            power_usd_per_mwh: 40.0,
            pass_through: 0.5,
            curtailment_strike_usd_per_mwh: Some(100.0),
            curtailment_share: 0.9,
            switching: Switching { shutdown_ratio: 1.0, shutdown_days: 1.0, restart_ratio: 1.0, restart_days: 1.0 },
            rack_slots: None,
            host: None,
            host_deposit_cents: 0.0,
            demand_cents_per_machine: 0.0,
        }
    }

    #[test]
    fn prices_by_contract() {
        for (contract, price) in [
            (PowerContract::Fixed, 40.0),
            (PowerContract::HostedFixed, 40.0),
            (PowerContract::Indexed, 120.0),
            (PowerContract::HostedPassThrough, 65.0),
        ] {
            assert_eq!(power_price(&fleet(contract), 80.0, 30.0), price, "{contract:?}");
        }
    }

    #[test]
    fn only_thresholds_that_stay_leave_days_uncounted() {
        let rule = Switching { shutdown_ratio: 1.0, shutdown_days: 5.0, restart_ratio: 1.0, restart_days: 3.0 };
        let day = |costs: [f64; 3]| {
            let switching = costs.map(|cost| Thresholds::at_cost(&rule, cost)).to_vec();
            PowerDay { contracts: Arc::new(Contracts { switching, rows: Vec::new() }), changed: Vec::new(), spans: Arc::default() }
        };
        let days = [day([1.0, 2.0, 3.0]), day([1.0, 2.0, 3.0]), day([1.0, 2.0, 4.0])];
        assert_eq!(spans(&days, 0..2), Spans { running: 4, standing: 2 });
        assert_eq!(spans(&days, 1..3), Spans::TODAY);
        assert_eq!(spans(&days[..2], 1..3), Spans { running: 4, standing: 2 });
    }

    #[test]
    fn only_a_fixed_contract_is_paid_for_stopping() {
        assert_eq!(curtailment_credit(&fleet(PowerContract::HostedFixed), 140.0, 40.0), None);
        assert_eq!(curtailment_credit(&fleet(PowerContract::Fixed), 140.0, 40.0), Some(90.0));
        assert_eq!(curtailment_credit(&fleet(PowerContract::Fixed), 100.0, 40.0), None);
        assert_eq!(curtailment_credit(&fleet(PowerContract::Indexed), 140.0, 140.0), Some(0.0));
        assert_eq!(curtailment_credit(&fleet(PowerContract::Indexed), 100.0, 100.0), None);
    }
}
