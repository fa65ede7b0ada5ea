//! From rows to a book: canonical order, references, collateral. Every check names table, row and column.

use std::collections::BTreeMap;

use super::{
    Agreement, Book, Cohort, Covenant, Exposure, Fleet, Hedge, Loan, Miner, Model, Pledge, Rows, Security, Switching, agreement,
    facilities, hedging, launches, lending, orders, profiles, responding, sites,
};
use crate::{
    book::{
        keys::{Keys, sorted},
        rows::{Collateral, LoanRow},
    },
    error::{Code, Error, Problem},
    ids::{FleetId, HedgeId, LenderId, LoanId, LotId, MinerId, ModelId, PledgeId, RegionId},
    units,
};

fn tier(joules_per_th: f64) -> usize {
    [25.0, 38.0, 68.0].iter().filter(|bound| joules_per_th >= **bound).count()
}

pub(super) fn book(rows: Rows) -> Result<Book, Error> {
    let mut problems = Vec::new();
    let p = &mut problems;
    let models = Keys::collect("machines", "model", rows.machines.iter().map(|row| row.model.as_str()), p);
    let regions = Keys::collect("regions", "region", rows.regions.iter().map(|row| row.region.as_str()), p);
    let miners = Keys::collect("miners", "miner", rows.miners.iter().map(|row| row.miner.as_str()), p);
    let fleet_keys = Keys::collect("fleet", "fleet", rows.fleet.iter().map(|row| row.fleet.as_str()), p);
    let loan_keys = Keys::collect("loans", "loan", rows.loans.iter().map(|row| row.loan.as_str()), p);
    let lenders = Keys::collect("lenders", "lender", rows.lenders.iter().map(|row| row.lender.as_str()), p);
    Keys::collect_any("cohorts", "cohort", rows.cohorts.iter().map(|row| row.cohort.as_str()), p);

    for (row, item) in rows.cohorts.iter().enumerate() {
        regions.find(&item.region, "cohorts", row, "region", p);
    }

    let mut fleet = Vec::with_capacity(rows.fleet.len());
    for (row, item) in sorted(rows.fleet.clone(), |row| format!("{}\0{}", row.miner, row.fleet)) {
        let miner = miners.find(&item.miner, "fleet", row, "miner", p);
        let model = models.find(&item.model, "fleet", row, "model", p);
        let region = regions.find(&item.region, "fleet", row, "region", p);
        if let (Some(miner), Some(model), Some(region)) = (miner, model, region) {
            fleet.push(Fleet {
                key: item.fleet,
                miner: MinerId::at(miner),
                model: ModelId::at(model),
                region: RegionId::at(region),
                machines: f64::from(item.machines),
                power_contract: item.power_contract,
                power_usd_per_mwh: item.power_usd_per_mwh,
                pass_through: item.pass_through,
                curtailment_strike_usd_per_mwh: item.curtailment_strike_usd_per_mwh,
                curtailment_share: item.curtailment_share,
                switching: switching(item.shutdown_ratio, item.shutdown_days, item.restart_ratio, item.restart_days),
                rack_slots: item.rack_slots.map(f64::from),
                host: item.host,
                host_deposit_cents: units::cents(item.host_deposit_usd),
                demand_cents_per_machine: power_w(&rows, &item.model) * 1e-6 * item.demand_charge_usd_per_mw_month * 100.0 / 30.0,
            });
        }
    }
    let fleet_at: BTreeMap<&str, FleetId> = fleet.iter().enumerate().map(|(index, row)| (row.key.as_str(), FleetId::at(index))).collect();

    let mut loans = Vec::with_capacity(rows.loans.len());
    let mut pledged = vec![0.0; fleet.len()];
    let (mut pledges, mut lots) = (0, 0);
    for (row, item) in sorted(rows.loans.clone(), |row| row.loan.clone()) {
        let miner = miners.find(&item.miner, "loans", row, "miner", p);
        let lender = lenders.find(&item.lender, "loans", row, "lender", p);
        if let Some(key) = &item.collateral_fleet {
            fleet_keys.find(key, "loans", row, "collateral_fleet", p);
        }
        let security = security(&item, row, miner.map(MinerId::at), &fleet, &fleet_at, &mut pledged, (&mut pledges, &mut lots), p);
        let covenant = covenant(&item, row, p);
        let agreed = agreement::check(&item, row).map_err(|problems| p.extend(problems)).ok();
        if let (Some(miner), Some(lender), Some(agreed)) = (miner, lender, agreed) {
            loans.push(loan(item, agreed, MinerId::at(miner), LenderId::at(lender), security, covenant));
        }
    }
    lending::check(&rows, p);
    let exposures = lending::exposures(&rows.exposures, &lenders, p);
    let (orders, credits) = orders::orders(&rows, &miners, &fleet, &fleet_keys, p);
    let profiles = profiles::profiles(&rows.profiles, p);
    let hedges = hedging::hedges(&rows.hedges, &miners, &regions, &profiles, p);
    let facilities = facilities::facilities(&rows.facilities, &regions, rows.miners.len(), &fleet, p);
    let works = sites::works(&rows.works, &fleet, &fleet_keys, p);
    launches::check(&rows, p);
    let responses = responding::responses(&rows, &miners, &fleet, &fleet_keys, &loan_keys, p);
    if !problems.is_empty() {
        problems.truncate(crate::error::MAX_PROBLEMS);
        return Err(Error::Input(problems));
    }
    Ok(Book { orders, credits, facilities, works, responses, ..assemble(rows, fleet, loans, exposures, hedges) })
}

/// Power of one machine of a model.
fn power_w(rows: &Rows, model: &str) -> f64 {
    rows.machines.iter().find(|row| row.model == model).map_or(0.0, |row| row.power_w)
}

/// What a covenant says, if there is one.
fn covenant(item: &LoanRow, row: usize, problems: &mut Vec<Problem>) -> Option<Covenant> {
    let mut alone = |column: &str, other: &str| {
        problems.push(Problem::cell(Code::Null, "loans", row, column, "", format!("a value, because {other} is given")));
        None
    };
    match (item.covenant_cover, item.covenant_days) {
        (Some(cover), Some(days)) => Some(Covenant { cover, days: days as usize }),
        (Some(_), None) => alone("covenant_days", "covenant_cover"),
        (None, Some(_)) => alone("covenant_cover", "covenant_days"),
        (None, None) => None,
    }
}

fn switching(shutdown_ratio: f64, shutdown_days: u32, restart_ratio: f64, restart_days: u32) -> Switching {
    Switching { shutdown_ratio, shutdown_days: f64::from(shutdown_days), restart_ratio, restart_days: f64::from(restart_days) }
}

#[allow(clippy::too_many_arguments, reason = "one check of one row against everything it names")]
fn security(
    item: &LoanRow,
    row: usize,
    miner: Option<MinerId>,
    fleet: &[Fleet],
    fleet_at: &BTreeMap<&str, FleetId>,
    pledged: &mut [f64],
    (pledges, lots): (&mut usize, &mut usize),
    problems: &mut Vec<Problem>,
) -> Security {
    let mut missing = |column: &str, why: &str| {
        problems.push(Problem::cell(
            Code::Collateral,
            "loans",
            row,
            column,
            "",
            format!("{why}, because collateral is `{}`", item.collateral.name()),
        ));
    };
    match item.collateral {
        Collateral::None => {
            for (column, given) in [
                ("collateral_fleet", item.collateral_fleet.is_some()),
                ("collateral_machines", item.collateral_machines.is_some_and(|n| n > 0)),
                ("collateral_btc", item.collateral_btc.is_some_and(|btc| btc > 0.0)),
            ] {
                if given {
                    missing(column, "nothing here");
                }
            }
            Security::None
        }
        Collateral::Machines => {
            let Some(key) = &item.collateral_fleet else {
                missing("collateral_fleet", "a fleet row");
                return Security::None;
            };
            let Some(machines) = item.collateral_machines.map(f64::from) else {
                missing("collateral_machines", "a number of machines");
                return Security::None;
            };
            let Some(&id) = fleet_at.get(key.as_str()) else { return Security::None };
            let owner = &fleet[id.index()];
            if miner.is_some_and(|miner| owner.miner != miner) {
                problems.push(Problem::cell(
                    Code::Collateral,
                    "loans",
                    row,
                    "collateral_fleet",
                    key,
                    format!("a fleet row of the borrower {}", item.miner),
                ));
            }
            pledged[id.index()] += machines;
            if pledged[id.index()] > owner.machines {
                let expected = format!(
                    "no more than are there: {} machines stand in {key}, {} are pledged up to this loan",
                    owner.machines,
                    pledged[id.index()]
                );
                problems.push(Problem::cell(Code::Collateral, "loans", row, "collateral_machines", machines, expected));
            }
            *lots += 1;
            Security::Machines { fleet: id, machines, lot: LotId::at(*lots - 1) }
        }
        Collateral::Btc => {
            for (column, given) in [
                ("initial_ltv", item.initial_ltv.is_some()),
                ("call_ltv", item.call_ltv.is_some()),
                ("liquidation_ltv", item.liquidation_ltv.is_some()),
                ("cure_days", item.cure_days.is_some()),
                ("tranche_share", item.tranche_share.is_some()),
            ] {
                if !given {
                    missing(column, "a value");
                }
            }
            let (initial_ltv, call_ltv) = (item.initial_ltv.unwrap_or(0.5), item.call_ltv.unwrap_or(0.7));
            let liquidation_ltv = item.liquidation_ltv.unwrap_or(0.9);
            if !(initial_ltv <= call_ltv && call_ltv <= liquidation_ltv && call_ltv < 1.0) {
                let expected = "initial_ltv <= call_ltv <= liquidation_ltv, and call_ltv below 1";
                problems.push(Problem::cell(Code::Inconsistent, "loans", row, "call_ltv", call_ltv, expected));
            }
            *pledges += 1;
            Security::Btc(Pledge {
                id: PledgeId::at(*pledges - 1),
                sats: units::sats(item.collateral_btc.unwrap_or(0.0)),
                initial_ltv,
                call_ltv,
                liquidation_ltv,
                cure_days: item.cure_days.unwrap_or(1) as usize,
                tranche_share: item.tranche_share.unwrap_or(1.0),
            })
        }
    }
}

fn loan(item: LoanRow, agreement: Agreement, miner: MinerId, lender: LenderId, security: Security, covenant: Option<Covenant>) -> Loan {
    Loan {
        key: item.loan,
        miner,
        lender,
        agreement,
        principal_cents: units::cents(item.outstanding_usd),
        rate: item.rate,
        day_count: item.day_count,
        default_interest_rate: item.default_interest_rate,
        fee_rate: item.fee_rate,
        credit_line_cents: units::cents(item.credit_line_usd.unwrap_or(0.0)),
        recourse: item.recourse,
        cross_default: item.cross_default,
        grace_days: item.grace_days as usize,
        security,
        covenant,
    }
}

fn assemble(rows: Rows, fleet: Vec<Fleet>, loans: Vec<Loan>, exposures: Vec<Exposure>, hedges: Vec<Hedge>) -> Book {
    let loans_of = |owner: &dyn Fn(&Loan) -> bool| -> Vec<LoanId> {
        loans.iter().enumerate().filter(|(_, loan)| owner(loan)).map(|(index, _)| LoanId::at(index)).collect()
    };
    let models = sorted(rows.machines, |row| row.model.clone()).into_iter().map(|(_, row)| Model {
        hashrate_ths: row.hashrate_ths,
        mwh_per_ths: row.power_w / row.hashrate_ths * units::MWH_PER_WATT_DAY,
        tier: tier(row.power_w / row.hashrate_ths),
        j_per_th: row.power_w / row.hashrate_ths,
        launched: row.launched_date,
        key: row.model,
    });
    let miners = sorted(rows.miners, |row| row.miner.clone()).into_iter().enumerate().map(|(index, (_, row))| {
        let id = MinerId::at(index);
        let first = fleet.partition_point(|row| row.miner < id);
        let last = fleet.partition_point(|row| row.miner <= id);
        let overhead = units::cents(row.overhead_usd_per_month);
        let essential_cents = units::round(overhead * row.essential_share);
        Miner {
            cash_cents: units::cents(row.cash_usd),
            sats: units::sats(row.btc),
            essential_cents,
            other_overhead_cents: overhead - essential_cents,
            overhead_cents_per_day: units::round(overhead / 30.0),
            other_income_cents: units::cents(row.other_income_usd_per_month),
            sold_share: 1.0 - row.hodl_share,
            runway_low_days: row.runway_low_days,
            runway_high_days: row.runway_high_days,
            stock_sale_share: row.stock_sale_share,
            equity_line_cents: units::cents(row.equity_line_usd),
            equity_cents_per_month: units::cents(row.equity_line_usd_per_month),
            after_fee: 1.0 - row.pool_fee,
            bills_grace_days: row.bills_grace_days as usize,
            fleet: first..last,
            loans: loans_of(&|loan| loan.miner == id),
            credit_lines: loans_of(&|loan| loan.miner == id && loan.credit_line_cents > 0.0),
            hedges: (0..hedges.len()).filter(|index| hedges[*index].miner == id).map(HedgeId::at).collect(),
            key: row.miner,
        }
    });
    let regions: Vec<String> = sorted(rows.regions, |row| row.region.clone()).into_iter().map(|(_, row)| row.region).collect();
    let cohorts = sorted(rows.cohorts, |row| row.cohort.clone()).into_iter().filter_map(|(_, row)| {
        Some(Cohort {
            region: RegionId::at(regions.iter().position(|region| *region == row.region)?),
            efficiency_j_per_th: row.efficiency_j_per_th,
            power_usd_per_mwh: row.power_usd_per_mwh,
            hashrate_ths: row.hashrate_ths,
            pass_through: row.pass_through,
            switching: switching(row.shutdown_ratio, row.shutdown_days, row.restart_ratio, row.restart_days),
            key: row.cohort,
        })
    });
    Book {
        models: models.collect(),
        miners: miners.collect(),
        lenders: lending::lenders(rows.lenders, &loans, &exposures),
        cohorts: cohorts.collect(),
        covenants: loans.iter().enumerate().filter_map(|(index, loan)| Some((LoanId::at(index), loan.covenant?))).collect(),
        pledges: loans.iter().enumerate().filter_map(|(index, loan)| Some((LoanId::at(index), loan.pledge()?))).collect(),
        regions,
        fleet,
        loans,
        exposures,
        orders: Vec::new(),
        credits: Vec::new(),
        facilities: Vec::new(),
        works: Vec::new(),
        responses: Vec::new(),
        hedges,
    }
}
