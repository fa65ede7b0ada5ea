//! From the compiled scenario of Python to the engine's: shapes, ranges, keys, and the calendars that all paths share.

use std::collections::BTreeMap;

use super::{
    Asics, Chain, Channels, CohortDay, Due, Impact, LenderEvent, Scenario, Shock, Sites, Slots, frontier,
    hedges::Calendar,
    joint::Joint,
    orders, policies,
    spec::{PriceSpec, ScenarioSpec},
};
use crate::{
    book::{Book, Cohort, TIERS},
    contract::calendar::Date,
    error::{Code, Error, MAX_PROBLEMS, Problem},
    ids::{LenderId, LoanId},
    policy::switching::Thresholds,
    units,
};

#[derive(Default)]
pub(super) struct Check(Vec<Problem>);

impl Check {
    #[allow(clippy::needless_pass_by_value, reason = "numbers and text are handed over as they come")]
    pub(super) fn say(&mut self, code: Code, column: &str, value: impl ToString, expected: impl Into<String>) {
        let (column, value) = (Some(column.to_owned()), Some(value.to_string()));
        self.0.push(Problem { code, table: "scenario".to_owned(), row: None, column, value, expected: expected.into() });
    }

    /// Columns of what was said.
    #[cfg(test)]
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|problem| problem.column.as_deref())
    }

    pub(super) fn range(&mut self, column: &str, value: f64, low: f64, high: f64) {
        if !(low..=high).contains(&value) {
            let code = if value.is_finite() { Code::OutOfRange } else { Code::NotFinite };
            self.say(code, column, value, format!("a number from {low} to {high}"));
        }
    }

    fn series(&mut self, column: &str, values: &[f64], days: usize, low: f64, high: f64) {
        if values.len() != days {
            self.say(Code::Inconsistent, column, values.len(), format!("one value for each of the {days} days"));
        }
        if let Some((day, value)) = values.iter().enumerate().find(|(_, value)| !(low..=high).contains(*value)) {
            self.say(Code::OutOfRange, column, format!("{value} on day {day}"), format!("numbers from {low} to {high}"));
        }
    }
}

pub(super) fn scenario(spec: ScenarioSpec, book: &Book) -> Result<Scenario, Error> {
    let mut check = Check(Vec::new());
    let start = Date::try_parse(&spec.start).unwrap_or_else(|| {
        check.say(Code::WrongType, "start", &spec.start, "a date as YYYY-MM-DD");
        Date(0)
    });
    if !(1..=36_600).contains(&spec.days) {
        check.say(Code::OutOfRange, "days", spec.days, "between 1 and 36600 days");
        return Err(Error::Input(check.0));
    }
    check.series("fees_sats_per_block", &spec.fees_sats_per_block, spec.days, 0.0, 1e12);
    check.range("height", spec.height, 0.0, 6_929_999.0);
    check.range("difficulty", spec.difficulty, 1.0, 1e30);
    check.range("impact.y", spec.impact.y, 0.0, 100.0);
    check.range("impact.sigma_daily", spec.impact.sigma_daily, 0.0, 1.0);
    check.range("impact.volume_btc_per_day", spec.impact.volume_btc_per_day, 1e-6, 1e9);
    check.range("impact.permanent_share", spec.impact.permanent_share, 0.0, 1.0);
    check.range("impact.half_life_days", spec.impact.half_life_days, 1e-3, 1e6);
    if spec.estate_days < 1 {
        check.say(Code::OutOfRange, "estate_days", spec.estate_days, "at least 1 day");
    }
    check_stages(&spec, &mut check);
    check_price(&spec, &mut check);
    let regions = |series: &BTreeMap<String, Vec<f64>>, column: &str, low: f64, high: f64, check: &mut Check| -> Vec<Vec<f64>> {
        for key in series.keys().filter(|key| !book.regions.contains(key)) {
            check.say(Code::UnknownKey, column, key, "a region of the book");
        }
        book.regions
            .iter()
            .map(|key| {
                let values = series.get(key).cloned().unwrap_or_default();
                check.series(&format!("{column}.{key}"), &values, spec.days, low, high);
                values
            })
            .collect()
    };
    let tariff_usd_per_mwh = regions(&spec.tariff_usd_per_mwh, "tariff_usd_per_mwh", -10_000.0, 100_000.0, &mut check);
    let availability = regions(&spec.availability, "availability", 0.0, 1.0, &mut check);
    let asics = asics(&spec, &mut check);
    let lender_events = lender_events(&spec, book, &mut check);
    let policies =
        book.lenders.iter().map(|lender| policies::policy(&lender.policy, spec.policies.get(&lender.policy), &mut check)).collect();
    let due = due(&spec, start, book, &mut check);
    let orders = orders::calendar(&spec, start, book, &mut check);
    let sites = Sites::new(&spec, start, book, &mut check);
    let slots = orders::slots(&spec, book, &sites, &mut check);
    check_seasons(start, book, &mut check);
    check_deliveries(&spec, book, &mut check);
    let channels = channels(&spec, &mut check);
    let joint = spec.joint.as_ref().map(|joint| Joint::try_from_spec(joint, &mut check));
    let outside_sats = outside_sats(&spec, &mut check);
    let frontier = frontier::compile(spec.frontier.as_ref(), start, spec.days, book, &mut check);
    if !check.0.is_empty() {
        check.0.truncate(MAX_PROBLEMS);
        return Err(Error::Input(check.0));
    }
    let cohorts = cohorts(&spec, book, &tariff_usd_per_mwh, &availability);
    let first_of_month: Vec<bool> = (0..spec.days).map(|day| day > 0 && Date(start.0 + day as i32).civil().2 == 1).collect();
    Ok(Scenario {
        hedges: Calendar::new(book, start, &first_of_month, &tariff_usd_per_mwh),
        first_of_month,
        chain: chain(spec.height, spec.difficulty),
        impact: Impact {
            y: if channels.impact { spec.impact.y } else { 0.0 },
            sigma_daily: spec.impact.sigma_daily,
            volume_btc_per_day: spec.impact.volume_btc_per_day,
            permanent_share: spec.impact.permanent_share,
            decay: units::decay(spec.impact.half_life_days),
        },
        full_ths: (0..spec.days).map(|day| full_ths(book, &cohorts[day], (&slots, &sites), &availability, day)).collect(),
        cohorts_installed_ths: cohorts.iter().map(|day| day.iter().fold(0.0, |sum, cohort| sum + cohort.installed_ths)).collect(),
        cohorts,
        outside_sats,
        start,
        days: spec.days,
        fees_sats_per_block: spec.fees_sats_per_block,
        tariff_usd_per_mwh,
        availability,
        asics,
        lender_events,
        policies,
        estate_days: spec.estate_days as usize,
        channels,
        stages: spec.stages,
        due,
        orders,
        slots,
        sites,
        joint,
        frontier,
        price: spec.price,
    })
}

/// Thresholds of stages and clocks.
fn check_stages(spec: &ScenarioSpec, check: &mut Check) {
    let stages = &spec.stages;
    for (column, value, high) in [
        ("stages.btc_usd", stages.btc_usd, 1e12),
        ("stages.utilisation", stages.utilisation, 1.0),
        ("stages.lender_cash_share", stages.lender_cash_share, 1.0),
        ("stages.power_to_revenue", stages.power_to_revenue, 1e6),
        ("stages.miner_cash_share", stages.miner_cash_share, 1.0),
        ("stages.recovery_btc_usd", stages.recovery_btc_usd, 1e12),
        ("stages.recovery_lender_share", stages.recovery_lender_share, 1e6),
    ] {
        check.range(column, value, 0.0, high);
    }
}

/// The chain's state at a height, as if the epoch had run on time.
fn chain(height: f64, difficulty: f64) -> Chain {
    let epoch_height = (height / 2016.0).floor() * 2016.0;
    let epoch_blocks = height - epoch_height;
    let halvings = (height / 210_000.0).floor();
    let subsidy_sats = (0..units::whole(halvings)).fold(units::FIRST_SUBSIDY_SATS, |subsidy, _| (subsidy / 2.0).floor());
    Chain {
        difficulty,
        epoch_height,
        epoch_blocks,
        epoch_seconds: epoch_blocks * 600.0,
        subsidy_sats,
        next_halving: (halvings + 1.0) * 210_000.0,
    }
}

/// What sellers outside the book sell, day by day: whole satoshis.
fn outside_sats(spec: &ScenarioSpec, check: &mut Check) -> Vec<f64> {
    let mut sats = vec![0.0; spec.days];
    for sale in &spec.forced_sales {
        check.range("forced_sales.btc", sale.btc, 0.0, 21e6);
        check.range("forced_sales.day", sale.day, -36_600.0, 36_600.0);
        check.range("forced_sales.days", sale.days, 1.0, 36_600.0);
        if [sale.day, sale.days].iter().any(|number| number.fract() != 0.0) {
            check.say(Code::WrongType, "forced_sales.days", sale.days, "whole days");
        }
        let daily = units::round(sale.btc * 1e8 / sale.days);
        let sells = |day: usize| (sale.day..sale.day + sale.days).contains(&(day as f64));
        sats.iter_mut().enumerate().filter(|(day, _)| sells(*day)).for_each(|(_, sats)| *sats += daily);
    }
    sats
}

fn check_price(spec: &ScenarioSpec, check: &mut Check) {
    match &spec.price {
        PriceSpec::Table { close_usd, low_usd } => {
            check.series("price.close_usd", close_usd, spec.days, 1e-6, 1e12);
            if let Some(low_usd) = low_usd {
                check.series("price.low_usd", low_usd, spec.days, 1e-6, 1e12);
                if let Some(day) = close_usd.iter().zip(low_usd).position(|(close, low)| low > close) {
                    check.say(
                        Code::Inconsistent,
                        "price.low_usd",
                        format!("{} on day {day}", low_usd[day]),
                        "a low that is not above the close",
                    );
                }
            }
        }
        PriceSpec::Anchors { anchors, volatility_daily, .. } => {
            check.range("price.volatility_daily", *volatility_daily, 0.0, 1.0);
            for (_, usd) in anchors {
                check.range("price.anchors", *usd, 1e-6, 1e12);
            }
            if anchors.first().is_none_or(|(day, _)| *day != 0) || anchors.last().is_none_or(|(day, _)| day + 1 < spec.days) {
                check.say(Code::Dates, "price.anchors", anchors.len(), "closes that begin on the first day and reach the last");
            }
            if let Some(pair) = anchors.windows(2).find(|pair| pair[1].0 <= pair[0].0) {
                check.say(Code::Dates, "price.anchors", format!("day {}", pair[1].0), "dates in order, each once");
            }
        }
        PriceSpec::Gbm { start_usd, drift_annual, volatility_annual, .. }
        | PriceSpec::Jump { start_usd, drift_annual, volatility_annual, .. } => {
            check.range("price.start_usd", *start_usd, 1e-6, 1e12);
            check.range("price.drift_annual", *drift_annual, -10.0, 10.0);
            check.range("price.volatility_annual", *volatility_annual, 0.0, 10.0);
            if let PriceSpec::Jump { jumps_per_year, jump_mean, jump_sd, .. } = &spec.price {
                check.range("price.jumps_per_year", *jumps_per_year, 0.0, 1000.0);
                check.range("price.jump_mean", *jump_mean, -5.0, 5.0);
                check.range("price.jump_sd", *jump_sd, 0.0, 5.0);
            }
        }
        PriceSpec::Batch => {}
    }
}

fn asics(spec: &ScenarioSpec, check: &mut Check) -> Asics {
    let a = &spec.asics;
    for (column, value) in [
        ("asics.hashprice_half_life_days", a.hashprice_half_life_days),
        ("asics.index_half_life_days", a.index_half_life_days),
        ("asics.overhang_half_life_days", a.overhang_half_life_days),
    ] {
        check.range(column, value, 1e-3, 1e6);
    }
    check.range("asics.kappa", a.kappa, 0.0, 1e6);
    check.range("asics.quick_discount", a.quick_discount, 0.0, 1.0);
    check.range("asics.bulk_discount", a.bulk_discount, a.quick_discount, 1.0);
    if a.tiers.len() != TIERS {
        check.say(Code::Inconsistent, "asics.tiers", a.tiers.len(), "four tiers: below 25, 25-38, 38-68, from 68 J/TH");
    }
    for tier in &a.tiers {
        check.range("asics.tiers.index_usd_per_th", tier.index_usd_per_th, 1e-6, 1e6);
        check.range("asics.tiers.elasticity", tier.elasticity, 0.0, 20.0);
        check.range("asics.tiers.depth_ths_per_day", tier.depth_ths_per_day, 1e-3, 1e12);
        check.range("asics.tiers.bulk_ths", tier.bulk_ths, 1e-3, 1e12);
        check.range("asics.tiers.scrap_usd_per_th", tier.scrap_usd_per_th, 0.0, 1e6);
    }
    Asics {
        hashprice_weight: units::weight(a.hashprice_half_life_days),
        index_weight: units::weight(a.index_half_life_days),
        overhang_decay: units::decay(a.overhang_half_life_days),
        kappa: a.kappa,
        quick_discount: a.quick_discount,
        bulk_discount: a.bulk_discount,
        tiers: std::array::from_fn(|k| a.tiers.get(k).cloned().unwrap_or_default()),
    }
}

fn lender_events(spec: &ScenarioSpec, book: &Book, check: &mut Check) -> Vec<Vec<LenderEvent>> {
    let mut days = vec![Vec::new(); spec.days];
    let mut events: Vec<_> = spec.lender_events.iter().collect();
    events.sort_by(|a, b| (a.day, &a.lender, &a.kind).cmp(&(b.day, &b.lender, &b.kind)));
    for event in events {
        let Some(lender) = book.lenders.iter().position(|lender| lender.key == event.lender) else {
            check.say(Code::UnknownKey, "lender_events.lender", &event.lender, "a lender of the book");
            continue;
        };
        check.range("lender_events.amount_usd", event.amount_usd, 0.0, 1e13);
        let amount = units::cents(event.amount_usd);
        let shock = match event.kind.as_str() {
            "fail" => Shock::Fail,
            "loss" => Shock::Loss(amount),
            "withdrawal" => Shock::Withdrawal(amount),
            kind => {
                check.say(Code::UnknownWord, "lender_events.kind", kind, "fail, loss or withdrawal");
                continue;
            }
        };
        if let Some(today) = days.get_mut(event.day) {
            today.push(LenderEvent { lender: LenderId::at(lender), shock });
        }
    }
    days
}

fn due(spec: &ScenarioSpec, start: Date, book: &Book, check: &mut Check) -> Vec<Vec<Due>> {
    let mut days = vec![Vec::new(); spec.days];
    for (index, loan) in book.loans.iter().enumerate() {
        for due in &loan.agreement.dates {
            let day = due.date.0 - start.0;
            if day < 1 {
                let expected =
                    format!("payments after the scenario's start {start}: the book and the scenario must speak of the same time");
                check.say(Code::Dates, "start", format!("loan {} is due on {}", loan.key, due.date), expected);
                break;
            }
            if let Some(today) = days.get_mut(day as usize) {
                today.push(Due {
                    loan: LoanId::at(index),
                    miner: loan.miner,
                    lender: loan.lender,
                    rate: loan.rate,
                    fee_rate: loan.fee_rate,
                    years: due.years,
                    payment_cents: loan.agreement.payment_cents,
                    pays: loan.agreement.pays,
                    last: due.last,
                });
            }
        }
    }
    days
}

fn check_expiries(start: Date, book: &Book, check: &mut Check) {
    for hedge in book.hedges.iter().filter(|hedge| hedge.expiry <= start) {
        let expected =
            format!("hedges that expire after the scenario's start {start}: the book and the scenario must speak of the same time");
        check.say(Code::Dates, "start", format!("hedge {} expires on {}", hedge.key, hedge.expiry), expected);
    }
}

fn check_facilities(start: Date, book: &Book, check: &mut Check) {
    for facility in book.facilities.iter().filter(|facility| facility.closes < start) {
        let expected = format!("facilities that are open on the scenario's start {start} or later: the others can do nothing");
        check.say(Code::Dates, "start", format!("facility {} closes on {}", facility.key, facility.closes), expected);
    }
}

/// What ends before the scenario starts belongs to another time.
fn check_seasons(start: Date, book: &Book, check: &mut Check) {
    check_expiries(start, book, check);
    check_facilities(start, book, check);
    for response in &book.responses {
        if let Some(until) = response.until_date.filter(|until| *until <= start) {
            let expected = format!(
                "responses that can be used after the scenario's start {start}: the book and the scenario must speak of the same time"
            );
            check.say(Code::Dates, "start", format!("response {} can be used until {until}", response.key), expected);
        }
    }
}

fn channels(spec: &ScenarioSpec, check: &mut Check) -> Channels {
    Channels::try_from_names(&spec.channels).unwrap_or_else(|unknown| {
        for name in unknown {
            check.say(Code::UnknownKey, "channels", name, format!("one of {}", Channels::NAMES.join(", ")));
        }
        Channels::ON
    })
}

/// TH/s of a day if nothing ever stood still: docs/model/channels.md
fn full_ths(book: &Book, cohorts: &[CohortDay], (slots, sites): (&[Slots], &Sites), availability: &[Vec<f64>], day: usize) -> f64 {
    let cohorts = cohorts.iter().fold(0.0, |sum, cohort| sum + cohort.ths);
    book.fleet.iter().zip(slots).enumerate().fold(cohorts, |sum, (row, (fleet, slots))| {
        let (model, site) = (&book.models[fleet.model.index()], sites.row(row));
        sum + fleet.machines.min(site.slots(slots, day)) * site.ths(model.hashrate_ths, availability[fleet.region.index()][day], day)
    })
}

fn check_deliveries(spec: &ScenarioSpec, book: &Book, check: &mut Check) {
    for delivery in &spec.deliveries {
        check.range("deliveries.hashrate_ths", delivery.hashrate_ths, 0.0, 1e12);
        if !book.cohorts.iter().any(|cohort| cohort.key == delivery.cohort) {
            check.say(Code::UnknownKey, "deliveries.cohort", &delivery.cohort, "a cohort of the book");
        }
    }
}

/// What a cohort's power costs at a tariff, USD per TH/s and day: docs/model/network.md
pub fn cohort_cost_usd_per_ths(cohort: &Cohort, tariff: f64, opening_tariff: f64) -> f64 {
    let power = cohort.power_usd_per_mwh * (1.0 + cohort.pass_through * (tariff / opening_tariff - 1.0));
    cohort.efficiency_j_per_th * units::MWH_PER_WATT_DAY * power
}

fn cohorts(spec: &ScenarioSpec, book: &Book, tariff: &[Vec<f64>], availability: &[Vec<f64>]) -> Vec<Vec<CohortDay>> {
    let mut delivered = vec![0.0; book.cohorts.len()];
    let mut deliveries: Vec<_> = spec.deliveries.iter().collect();
    deliveries.sort_by_key(|delivery| delivery.day);
    let mut next = deliveries.into_iter().peekable();
    (0..spec.days)
        .map(|day| {
            while let Some(delivery) = next.next_if(|delivery| delivery.day <= day) {
                if let Some(place) = book.cohorts.iter().position(|cohort| cohort.key == delivery.cohort) {
                    delivered[place] += delivery.hashrate_ths;
                }
            }
            let today = book.cohorts.iter().zip(&delivered).map(|(cohort, delivered)| {
                let tariff = &tariff[cohort.region.index()];
                let cost = cohort_cost_usd_per_ths(cohort, tariff[day], tariff[0]);
                let installed_ths = cohort.hashrate_ths + delivered;
                let ths = installed_ths * availability[cohort.region.index()][day];
                CohortDay { installed_ths, ths, switching: Thresholds::at_cost(&cohort.switching, cost) }
            });
            today.collect()
        })
        .collect()
}
