//! A small economy in which everything happens within a few months. Drawn from the engine's own stateless uniforms.

use hashstress_engine::{
    book::rows::{
        Amortisation, CohortRow, Collateral, ExposureRow, FacilityKind, FacilityRow, FleetRow, HedgeKind, HedgeRow, LenderRow, LoanRow,
        MachineRow, MinerRow, OrderRow, PowerContract, PriceKind, ProfileRow, Rank, Recourse, RegionRow, ResponseKind, ResponseRow,
        ResponseTrigger, Rows, WorkKind, WorkRow,
    },
    contract::{calendar::Date, daycount::DayCount},
    rng,
    scenario::spec::{
        AsicsSpec, DeliverySpec, ForcedSaleSpec, HostEventSpec, ImpactSpec, LenderEventSpec, PolicySpec, PriceSpec, RackChangeSpec,
        RuleSpec, ScenarioSpec, TierSpec, VendorEventSpec,
    },
};

/// Days of the small economy.
pub const DAYS: usize = 200;

struct Draw(u64, u64);

impl Draw {
    fn next(&mut self, low: f64, high: f64) -> f64 {
        self.1 += 1;
        low + (high - low) * rng::uniforms(self.0, 99, self.1, 0, 0, 1)[0]
    }

    fn whole(&mut self, low: u32, high: u32) -> u32 {
        self.next(f64::from(low), f64::from(high) + 0.999).floor() as u32
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.whole(0, of.len() as u32 - 1) as usize]
    }
}

/// Tables of an economy with `miners` borrowers.
#[allow(clippy::too_many_lines, reason = "one literal a table, row by row")]
pub fn rows(seed: u64, miners: usize) -> Rows {
    let mut draw = Draw(seed, 0);
    let date = |text: &str| Date::try_parse(text).unwrap();
    let mut rows = Rows {
        machines: [("s9", 13.5, 1323.0), ("m20s", 68.0, 3260.0), ("s19j-pro", 100.0, 2950.0), ("s19-xp", 140.0, 3010.0)]
            .map(|(model, hashrate_ths, power_w)| MachineRow { model: model.into(), hashrate_ths, power_w, launched_date: None })
            .to_vec(),
        regions: ["north", "south"].map(|region| RegionRow { region: region.into() }).to_vec(),
        ..Rows::default()
    };
    for j in 0..3 {
        rows.lenders.push(LenderRow {
            lender: format!("lender-{j}"),
            cash_usd: draw.next(1e6, 5e6),
            other_assets_usd: draw.next(0.0, 5e6),
            equity_usd: draw.next(1e6, 3e6),
            funding_rate: 0.05,
            seizure_days: draw.whole(1, 20),
            call_notice_days: draw.whole(1, 20),
            host_usd_per_mwh: 40.0,
            host_capacity_ths: 50_000.0,
            policy: ["dump", "host", "ladder"][j].into(),
            demand_share: [0.0, 0.3, 0.6][j],
            run_own: [0.0, 0.02, 0.1][j],
            run_peer: [0.0, 0.0, 0.05][j],
            term_share_per_month: [0.0, 0.05, 0.1][j],
            stop_equity_share: [0.0, 0.1, 0.2][j],
            tighten_equity_share: [0.0, 0.05, 0.1][j],
            forbear_days: [None, Some(10), None][j],
            swap_cover: [None, None, Some(0.7)][j],
            amend_cover: [Some(1.0), Some(2.0), None][j],
            rehypothecated_share: [0.5, 0.0, 0.0][j],
            book_sale_days: [Some(20), None, None][j],
            book_sale_price: [Some(0.37), None, None][j],
            book_buy_cover: [None, Some(0.5), Some(1.5)][j],
            bankruptcy_cost_share: [0.1, 0.0, 0.2][j],
        });
    }
    for (creditor, debtor, amount_usd) in [("lender-1", "lender-0", 4e5), ("lender-2", "lender-0", 3e5), ("lender-1", "lender-2", 2e5)] {
        rows.exposures.push(ExposureRow { creditor: creditor.into(), debtor: debtor.into(), amount_usd, line_usd: None });
    }
    for c in 0..5 {
        rows.cohorts.push(CohortRow {
            cohort: format!("cohort-{c}"),
            region: draw.pick(&["north", "south"]).into(),
            efficiency_j_per_th: draw.next(25.0, 100.0),
            power_usd_per_mwh: draw.next(25.0, 70.0),
            hashrate_ths: 2e7,
            pass_through: draw.next(0.0, 1.0),
            shutdown_ratio: 0.85,
            shutdown_days: 14,
            restart_ratio: 1.0,
            restart_days: 7,
        });
    }
    for i in 0..miners {
        let miner = format!("miner-{i:03}");
        rows.miners.push(MinerRow {
            miner: miner.clone(),
            cash_usd: draw.next(1e5, 2e6),
            btc: draw.next(0.0, 60.0),
            overhead_usd_per_month: draw.next(1e4, 2e5),
            essential_share: 0.6,
            other_income_usd_per_month: draw.pick(&[0.0, 2e4]),
            hodl_share: draw.next(0.0, 1.0),
            runway_low_days: draw.next(30.0, 90.0),
            runway_high_days: draw.next(120.0, 240.0),
            stock_sale_share: 0.1,
            equity_line_usd: draw.pick(&[0.0, 1e6]),
            equity_line_usd_per_month: 3e5,
            pool_fee: 0.01,
            bills_grace_days: draw.whole(5, 30),
        });
        for g in 0..3 {
            let fleet = format!("{miner}-site-{g}");
            rows.fleet.push(FleetRow {
                fleet: fleet.clone(),
                miner: miner.clone(),
                model: draw.pick(&["s9", "m20s", "s19j-pro", "s19-xp"]).into(),
                region: draw.pick(&["north", "south"]).into(),
                machines: draw.whole(500, 3000),
                power_contract: draw.pick(&[
                    PowerContract::Fixed,
                    PowerContract::Indexed,
                    PowerContract::HostedFixed,
                    PowerContract::HostedPassThrough,
                ]),
                power_usd_per_mwh: draw.next(20.0, 60.0),
                pass_through: draw.next(0.0, 1.0),
                curtailment_strike_usd_per_mwh: Some(120.0),
                curtailment_share: 0.9,
                shutdown_ratio: 0.9,
                shutdown_days: 5,
                restart_ratio: 1.0,
                restart_days: 3,
                rack_slots: (g == 2).then_some(2000),
                host: (g == 1).then(|| format!("host-{}", i % 2)),
                host_deposit_usd: if g == 1 { 30_000.0 } else { 0.0 },
                demand_charge_usd_per_mw_month: if g == 0 { 4_000.0 } else { 0.0 },
            });
            if g == 2 {
                continue;
            }
            let collateral = draw.pick(&[Collateral::Machines, Collateral::Machines, Collateral::Btc, Collateral::None]);
            let machines = collateral == Collateral::Machines;
            let amortisation = draw.pick(&[
                Amortisation::Bullet,
                Amortisation::Linear,
                Amortisation::Annuity,
                Amortisation::InterestOnly,
                Amortisation::FixedPayment,
                Amortisation::PaymentInKind,
            ]);
            let outstanding_usd = draw.next(1e5, 2e6);
            let is_line = matches!(amortisation, Amortisation::Bullet | Amortisation::InterestOnly);
            rows.loans.push(LoanRow {
                loan: format!("{fleet}-loan"),
                miner: miner.clone(),
                lender: draw.pick(&["lender-0", "lender-1", "lender-2"]).into(),
                collateral,
                amortisation,
                outstanding_usd,
                rate: draw.next(0.0, 0.16),
                day_count: draw.pick(&[DayCount::A360, DayCount::A365, DayCount::E30360]),
                first_payment_date: date("2022-01-31"),
                maturity_date: date("2022-05-31"),
                period_months: 1,
                recourse: draw.pick(&[Recourse::Full, Recourse::Limited]),
                cross_default: draw.next(0.0, 1.0) < 0.5,
                grace_days: draw.whole(3, 30),
                collateral_fleet: machines.then(|| fleet.clone()),
                collateral_machines: machines.then_some(500),
                collateral_btc: (collateral == Collateral::Btc).then(|| draw.next(5.0, 60.0)),
                initial_ltv: Some(0.6),
                call_ltv: Some(0.75),
                liquidation_ltv: Some(0.85),
                cure_days: Some(3),
                tranche_share: Some(0.4),
                payment_usd: (amortisation == Amortisation::FixedPayment).then(|| outstanding_usd * draw.next(0.002, 0.3)),
                default_interest_rate: draw.next(0.0, 0.1),
                fee_rate: if g == 1 { 0.02 } else { 0.0 },
                covenant_cover: machines.then_some(1.3),
                covenant_days: machines.then_some(15),
                credit_line_usd: is_line.then(|| outstanding_usd * draw.next(1.0, 1.5)),
            });
        }
    }
    rows.orders = orders(seed, miners);
    rows.hedges = hedges(seed, miners);
    rows.facilities = facilities();
    rows.profiles = (1..=12).map(|month| ProfileRow { profile: "wind".into(), month, share: 0.3 }).collect();
    rows.works = works(miners);
    rows.responses = responses(&rows, seed);
    rows
}

/// Every kind that the sites and loans of a miner allow.
fn responses(rows: &Rows, seed: u64) -> Vec<ResponseRow> {
    let mut draw = Draw(seed, 1 << 22); // draws of its own: the other tables stay as they are
    let mut found: Vec<ResponseRow> = Vec::new();
    let mut add = |miner: &str, kind: ResponseKind, trigger: ResponseTrigger, threshold: f64| -> ResponseRow {
        ResponseRow {
            response: String::new(),
            miner: miner.into(),
            kind,
            trigger,
            threshold,
            from_date: draw.pick(&[None, Date::try_parse("2022-02-15")]),
            until_date: None,
            wait_days: draw.pick(&[None, Some(20)]),
            fleet: None,
            machines: None,
            to_fleet: None,
            delay_days: None,
            cost_usd_per_machine: None,
            share: None,
            loan: None,
            term_months: None,
            pause_months: None,
            rate: None,
            usd_per_slot: None,
        }
    };
    let efficiency = |fleet: &FleetRow| {
        let model = rows.machines.iter().find(|row| row.model == fleet.model).unwrap();
        model.power_w / model.hashrate_ths
    };
    for miner in rows.miners.iter().map(|row| row.miner.as_str()) {
        let sites: Vec<_> = rows.fleet.iter().filter(|row| row.miner == miner).collect();
        found.push(ResponseRow { share: Some(0.3), ..add(miner, ResponseKind::SellCoins, ResponseTrigger::RunwayDaysBelow, 90.0) });
        let (kind, trigger) = (ResponseKind::Retire, ResponseTrigger::StandingMonths);
        found.push(ResponseRow { fleet: Some(sites[2].fleet.clone()), machines: Some(300), ..add(miner, kind, trigger, 1.0) });
        for (from, to) in [(0, 1), (1, 0), (2, 0), (2, 1)].map(|(from, to)| (sites[from], sites[to])) {
            let places = |row: ResponseRow| ResponseRow {
                fleet: Some(from.fleet.clone()),
                to_fleet: Some(to.fleet.clone()),
                delay_days: Some(20),
                ..row
            };
            if from.model == to.model {
                let row = add(miner, ResponseKind::Migrate, ResponseTrigger::MarginBelow, 1.2);
                found.push(ResponseRow { cost_usd_per_machine: Some(80.0), ..places(row) });
            } else if efficiency(to) < efficiency(from) {
                let row = add(miner, ResponseKind::Upgrade, ResponseTrigger::RunwayDaysOver, 30.0);
                found.push(ResponseRow { machines: Some(100), ..places(row) });
            }
        }
        let walks = |loan: &&LoanRow| loan.miner == miner && loan.recourse == Recourse::Limited && loan.collateral == Collateral::Machines;
        for loan in rows.loans.iter().filter(walks) {
            let row = add(miner, ResponseKind::StrategicDefault, ResponseTrigger::LtvOver, 1.5);
            found.push(ResponseRow { loan: Some(loan.loan.clone()), ..row });
        }
        let row = add(miner, ResponseKind::SellSlots, ResponseTrigger::BtcBelow, 30_000.0);
        found.push(ResponseRow { fleet: Some(sites[2].fleet.clone()), machines: Some(50), usd_per_slot: Some(400.0), ..row });
        for loan in rows.loans.iter().filter(|loan| loan.miner == miner && loan.credit_line_usd.is_none()) {
            let row = add(miner, ResponseKind::Prepay, ResponseTrigger::RunwayDaysOver, 150.0);
            found.push(ResponseRow { loan: Some(loan.loan.clone()), share: Some(0.3), ..row });
            let pauses = matches!(loan.amortisation, Amortisation::Linear | Amortisation::Annuity | Amortisation::FixedPayment);
            let row = add(miner, ResponseKind::Renegotiate, ResponseTrigger::RunwayDaysBelow, 120.0);
            found.push(ResponseRow {
                loan: Some(loan.loan.clone()),
                term_months: Some(12),
                pause_months: pauses.then_some(2),
                rate: (loan.outstanding_usd > 1e6).then_some(0.1),
                ..row
            });
        }
    }
    for (index, row) in found.iter_mut().enumerate() {
        row.response = format!("response-{index:04}");
    }
    found
}

/// A hedge of each miner, of each kind in turn.
fn hedges(seed: u64, miners: usize) -> Vec<HedgeRow> {
    let mut draw = Draw(seed, 1 << 21); // draws of its own: the other tables stay as they are
    let mut hedge = |i: usize| {
        let kind =
            [HedgeKind::ShortFuture, HedgeKind::Put, HedgeKind::Collar, HedgeKind::HashpriceForward, HedgeKind::PowerSale, HedgeKind::Ppa]
                [i % 6];
        let (future, forward, ppa) = (kind == HedgeKind::ShortFuture, kind == HedgeKind::HashpriceForward, kind == HedgeKind::Ppa);
        let power = ppa || kind == HedgeKind::PowerSale;
        let strike_usd = draw.next(25_000.0, 45_000.0);
        HedgeRow {
            hedge: format!("hedge-{i:03}"),
            miner: format!("miner-{i:03}"),
            kind,
            expiry_date: Date::try_parse(draw.pick(&["2022-03-01", "2022-04-29", "2023-01-01"])).unwrap(),
            btc: (!forward && !power).then(|| draw.next(5.0, 100.0)),
            hashrate_ths: forward.then(|| draw.next(1e4, 2e5)),
            mw: power.then(|| draw.next(1.0, 10.0)),
            region: power.then(|| draw.pick(&["north", "south"]).into()),
            strike_usd: (!forward && !power).then_some(strike_usd),
            cap_usd: (kind == HedgeKind::Collar).then_some(strike_usd * 1.1),
            strike_usd_per_ph_day: forward.then(|| draw.next(50.0, 250.0)),
            strike_usd_per_mwh: power.then(|| draw.next(20.0, 80.0)),
            initial_margin_share: future.then_some(0.4),
            maintenance_margin_share: future.then_some(0.35),
            cure_days: future.then(|| draw.whole(1, 4)),
            profile: ppa.then(|| "wind".into()),
            take_share: ppa.then_some(0.8),
            suspend_usd_per_mwh: None,
        }
    };
    (0..miners).map(&mut hedge).collect()
}

/// A fund of each rank with its limits, and a buy-back of each price; small, so that they are soon exhausted.
fn facilities() -> Vec<FacilityRow> {
    let date = |text: &str| Date::try_parse(text).unwrap();
    let row = |facility: &str, capital_usd| FacilityRow {
        facility: facility.into(),
        kind: FacilityKind::Buyback,
        capital_usd,
        opens_date: date("2022-01-01"),
        closes_date: date("2022-12-31"),
        take_up_share: 0.7,
        region: None,
        bill_days: None,
        rate: None,
        term_days: None,
        rank: None,
        max_usd_per_miner: None,
        max_debt_to_assets: None,
        price_usd_per_th: None,
        price_to_index: None,
    };
    let fund = |facility: &str, rank, term_days| FacilityRow {
        kind: FacilityKind::Fund,
        bill_days: Some(30.0),
        rate: Some(0.12),
        term_days: Some(term_days),
        rank: Some(rank),
        ..row(facility, 2e6)
    };
    vec![
        FacilityRow { max_usd_per_miner: Some(2e5), ..fund("fund-0", Rank::Senior, 30) },
        FacilityRow { region: Some("south".into()), bill_days: Some(60.0), ..fund("fund-1", Rank::Equal, 60) },
        FacilityRow { max_debt_to_assets: Some(0.9), ..fund("fund-2", Rank::Junior, 10) },
        FacilityRow { price_to_index: Some(0.9), ..row("store-0", 1e6) },
        FacilityRow { region: Some("north".into()), price_usd_per_th: Some(30.0), ..row("store-1", 1e8) },
    ]
}

/// Liquid for the first site of every miner, racks in three units for the last.
fn works(miners: usize) -> Vec<WorkRow> {
    let date = |text: &str| Date::try_parse(text).unwrap();
    let later = |i: usize| !i.is_multiple_of(3);
    let cooling = |i: usize| WorkRow {
        work: format!("liquid-{i:03}"),
        fleet: format!("miner-{i:03}-site-0"),
        kind: WorkKind::Cooling,
        begin_date: later(i).then(|| date("2022-02-10")),
        days: if later(i) { 15 } else { 0 },
        capex_usd: if later(i) { 150_000.0 } else { 0.0 },
        hashrate_factor: Some(1.2),
        energy_factor: Some(0.97),
        heat_relief: Some(0.5),
        slots: None,
        units: None,
        step_days: None,
    };
    let racks = |i: usize| WorkRow {
        work: format!("racks-{i:03}"),
        fleet: format!("miner-{i:03}-site-2"),
        kind: WorkKind::Racks,
        begin_date: Some(date("2022-01-20")),
        days: 30,
        capex_usd: 250_000.0,
        hashrate_factor: None,
        energy_factor: None,
        heat_relief: None,
        slots: Some(1000),
        units: Some(3),
        step_days: Some(14),
    };
    (0..miners).flat_map(|i| [cooling(i), racks(i)]).collect()
}

/// Two batches of each miner, from one vendor or from two.
fn orders(seed: u64, miners: usize) -> Vec<OrderRow> {
    let mut draw = Draw(seed, 1 << 20); // draws of its own: the other tables stay as they are
    let date = |text: &str| Date::try_parse(text).unwrap();
    let mut batch = |i: usize, k: usize| {
        let floating = draw.next(0.0, 1.0) < 0.5;
        OrderRow {
            order: format!("order-{i:03}-{k}"),
            miner: format!("miner-{i:03}"),
            vendor: format!("vendor-{}", (i + k * draw.whole(0, 1) as usize) % 3),
            fleet: format!("miner-{i:03}-site-{}", 1 + k),
            machines: draw.whole(50, 400),
            price_usd: draw.next(1_000.0, 9_000.0),
            price_kind: if floating { PriceKind::Floating } else { PriceKind::Fixed },
            price_protection: !floating && draw.next(0.0, 1.0) < 0.5,
            deposit_usd: draw.next(0.0, 49_999.0),
            first_instalment_date: Some(date(["2022-01-20", "2022-01-31"][k])),
            instalments: Some(draw.whole(1, 4)),
            delivery_date: date(["2022-05-01", "2022-04-30"][k]),
            deployment_days: draw.whole(0, 40),
            grace_days: draw.whole(1, 20),
            forfeit_share: draw.next(0.0, 1.0),
            coupon_share: draw.pick(&[0.0, 0.03]),
            cancel_ratio: draw.pick(&[None, Some(1.0), Some(20.0)]),
        }
    };
    (0..miners).flat_map(|i| [(i, 0), (i, 1)]).map(|(i, k)| batch(i, k)).collect()
}

/// A crash from 45,000 to about 18,000 USD around which paths differ.
pub fn scenario() -> ScenarioSpec {
    let days = DAYS;
    let rule = |max_clearing_to_index, action: &str, share_per_day| RuleSpec {
        max_clearing_to_index,
        action: action.into(),
        share_per_day,
        ..RuleSpec::default()
    };
    let back = RuleSpec { payback_days: Some(2_000), ..rule(0.95, "sell_back", 0.0) };
    let tier = |index_usd_per_th: f64| TierSpec {
        index_usd_per_th,
        elasticity: 1.3,
        depth_ths_per_day: 50_000.0,
        bulk_ths: 500_000.0,
        scrap_usd_per_th: 1.0,
    };
    ScenarioSpec {
        start: "2022-01-05".into(),
        days,
        fees_sats_per_block: vec![10_000_000.0; days],
        tariff_usd_per_mwh: [
            ("north".to_owned(), (0..days).map(|day| if day % 30 == 20 { 150.0 } else { 40.0 }).collect()),
            ("south".to_owned(), (0..days).map(|day| 35.0 + day as f64 / 4.0).collect()),
        ]
        .into(),
        availability: [("north".to_owned(), vec![0.97; days]), ("south".to_owned(), vec![0.99; days])].into(),
        height: 839_000.0,
        difficulty: 1.5e13,
        impact: ImpactSpec { y: 1.0, sigma_daily: 0.035, volume_btc_per_day: 20_000.0, permanent_share: 0.2, half_life_days: 5.0 },
        asics: AsicsSpec {
            hashprice_half_life_days: 10.0,
            index_half_life_days: 75.0,
            overhang_half_life_days: 180.0,
            kappa: 0.05,
            quick_discount: 0.125,
            bulk_discount: 0.55,
            tiers: vec![tier(90.0), tier(80.0), tier(60.0), tier(20.0)],
        },
        lender_events: vec![
            LenderEventSpec { day: 90, lender: "lender-0".into(), kind: "fail".into(), amount_usd: 0.0 },
            LenderEventSpec { day: 60, lender: "lender-1".into(), kind: "loss".into(), amount_usd: 5e5 },
            LenderEventSpec { day: 70, lender: "lender-1".into(), kind: "withdrawal".into(), amount_usd: 1e6 },
        ],
        deliveries: (0..10).map(|k| DeliverySpec { day: k * 15, cohort: "cohort-1".into(), hashrate_ths: 1e6 }).collect(),
        policies: [
            ("dump".to_owned(), PolicySpec { hold_days: 0, rules: vec![] }),
            ("host".to_owned(), PolicySpec { hold_days: 60, rules: vec![rule(f64::INFINITY, "host", 0.0)] }),
            (
                "ladder".to_owned(),
                PolicySpec { hold_days: 90, rules: vec![back, rule(1.0, "hold", 0.0), rule(f64::INFINITY, "sell", 0.1)] },
            ),
        ]
        .into(),
        estate_days: 45,
        vendor_events: vec![VendorEventSpec { day: 80, vendor: "vendor-1".into() }],
        rack_changes: vec![
            RackChangeSpec { day: 20, fleet: "miner-000-site-2".into(), slots: 500.0 },
            RackChangeSpec { day: 90, fleet: "miner-001-site-2".into(), slots: -1500.0 },
        ],
        host_events: [("host-0", 100, 40), ("host-1", 60, 25)]
            .map(|(host, day, lien_days)| HostEventSpec {
                day,
                host: host.into(),
                lien_days,
                move_days: 7,
                fee_usd_per_machine: 20.0,
                deposit_lost_share: 0.6,
            })
            .to_vec(),
        forced_sales: vec![ForcedSaleSpec { day: 70.0, days: 9.0, btc: 40_000.0 }],
        channels: std::collections::BTreeMap::new(),
        stages: hashstress_engine::scenario::spec::StagesSpec::default(),
        joint: None,
        frontier: None,
        price: PriceSpec::Anchors {
            anchors: vec![(0, 45_000.0), (100, 20_000.0), (199, 18_000.0)],
            volatility_daily: 0.04,
            intraday: true,
        },
    }
}
