//! Typed tables as the engine's rows.

use hashstress_engine::book::rows::{
    Amortisation, CohortRow, Collateral, ExposureRow, FacilityKind, FacilityRow, FleetRow, HedgeKind, HedgeRow, LenderRow, LoanRow,
    MachineRow, MinerRow, OrderRow, PowerContract, PriceKind, ProfileRow, Rank, Recourse, RegionRow, ResponseKind, ResponseRow,
    ResponseTrigger, Rows, WorkKind, WorkRow,
};
use hashstress_engine::contract::calendar::Date;
use hashstress_engine::contract::daycount::DayCount;

use super::cell::Value;
use super::{Input, TypedTable};

/// One row of a typed table. What it asks for is there: the schema of the table has been applied.
#[derive(Clone, Copy)]
struct Row<'a> {
    table: &'a TypedTable,
    row: usize,
}

impl Row<'_> {
    fn maybe_text(self, column: &str) -> Option<String> {
        self.table.value(self.row, column).and_then(Value::text).map(str::to_owned)
    }

    fn text(self, column: &str) -> String {
        self.maybe_text(column).unwrap_or_default()
    }

    fn maybe_number(self, column: &str) -> Option<f64> {
        self.table.value(self.row, column).and_then(Value::number)
    }

    fn number(self, column: &str) -> f64 {
        self.maybe_number(column).unwrap_or_default()
    }

    fn maybe_whole(self, column: &str) -> Option<u32> {
        self.maybe_number(column).map(|number| number as u32)
    }

    fn whole(self, column: &str) -> u32 {
        self.number(column) as u32
    }

    fn flag(self, column: &str) -> bool {
        self.table.value(self.row, column).and_then(Value::flag).unwrap_or_default()
    }

    fn maybe_date(self, column: &str) -> Option<Date> {
        self.table.value(self.row, column).and_then(Value::date)
    }

    fn date(self, column: &str) -> Date {
        self.maybe_date(column).unwrap_or(Date(0))
    }

    /// A word the column has already been checked for.
    fn word<T>(self, column: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        parse(&self.text(column)).expect("the schema allows only the words of the engine")
    }

    fn maybe_word<T>(self, column: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.maybe_text(column).and_then(|word| parse(&word))
    }
}

/// All tables as the engine's rows, in the order of the input, so that its problems name the input's rows.
pub(super) fn rows(input: &Input) -> Rows {
    Rows {
        machines: each(input, "machines", machine),
        regions: each(input, "regions", |row| RegionRow { region: row.text("region") }),
        miners: each(input, "miners", miner),
        fleet: each(input, "fleet", fleet),
        loans: each(input, "loans", loan),
        lenders: each(input, "lenders", lender),
        exposures: each(input, "exposures", exposure),
        cohorts: each(input, "cohorts", cohort),
        orders: each(input, "orders", order),
        hedges: each(input, "hedges", hedge),
        facilities: each(input, "facilities", facility),
        profiles: each(input, "profiles", profile),
        works: each(input, "works", work),
        responses: each(input, "responses", response),
    }
}

fn each<T>(input: &Input, name: &str, build: impl Fn(Row<'_>) -> T) -> Vec<T> {
    input.table(name).map(|table| (0..table.rows).map(|row| build(Row { table, row })).collect()).unwrap_or_default()
}

fn machine(row: Row<'_>) -> MachineRow {
    MachineRow {
        model: row.text("model"),
        hashrate_ths: row.number("hashrate_ths"),
        power_w: row.number("power_w"),
        launched_date: row.maybe_date("launched_date"),
    }
}

fn miner(row: Row<'_>) -> MinerRow {
    MinerRow {
        miner: row.text("miner"),
        cash_usd: row.number("cash_usd"),
        btc: row.number("btc"),
        overhead_usd_per_month: row.number("overhead_usd_per_month"),
        essential_share: row.number("essential_share"),
        other_income_usd_per_month: row.number("other_income_usd_per_month"),
        hodl_share: row.number("hodl_share"),
        runway_low_days: row.number("runway_low_days"),
        runway_high_days: row.number("runway_high_days"),
        stock_sale_share: row.number("stock_sale_share"),
        equity_line_usd: row.number("equity_line_usd"),
        equity_line_usd_per_month: row.number("equity_line_usd_per_month"),
        pool_fee: row.number("pool_fee"),
        bills_grace_days: row.whole("bills_grace_days"),
    }
}

fn fleet(row: Row<'_>) -> FleetRow {
    FleetRow {
        fleet: row.text("fleet"),
        miner: row.text("miner"),
        model: row.text("model"),
        region: row.text("region"),
        machines: row.whole("machines"),
        power_contract: row.word("power_contract", PowerContract::try_parse),
        power_usd_per_mwh: row.number("power_usd_per_mwh"),
        pass_through: row.number("pass_through"),
        curtailment_strike_usd_per_mwh: row.maybe_number("curtailment_strike_usd_per_mwh"),
        curtailment_share: row.number("curtailment_share"),
        shutdown_ratio: row.number("shutdown_ratio"),
        shutdown_days: row.whole("shutdown_days"),
        restart_ratio: row.number("restart_ratio"),
        restart_days: row.whole("restart_days"),
        rack_slots: row.maybe_whole("rack_slots"),
        host: row.maybe_text("host"),
        host_deposit_usd: row.number("host_deposit_usd"),
        demand_charge_usd_per_mw_month: row.number("demand_charge_usd_per_mw_month"),
    }
}

/// One row of the table `loans`.
pub(super) fn loan_at(table: &TypedTable, row: usize) -> LoanRow {
    loan(Row { table, row })
}

fn loan(row: Row<'_>) -> LoanRow {
    LoanRow {
        loan: row.text("loan"),
        miner: row.text("miner"),
        lender: row.text("lender"),
        collateral: row.word("collateral", Collateral::try_parse),
        amortisation: row.word("amortisation", Amortisation::try_parse),
        outstanding_usd: row.number("outstanding_usd"),
        rate: row.number("rate"),
        day_count: row.word("day_count", DayCount::try_parse),
        first_payment_date: row.date("first_payment_date"),
        maturity_date: row.date("maturity_date"),
        period_months: row.whole("period_months"),
        recourse: row.word("recourse", Recourse::try_parse),
        cross_default: row.flag("cross_default"),
        grace_days: row.whole("grace_days"),
        collateral_fleet: row.maybe_text("collateral_fleet"),
        collateral_machines: row.maybe_whole("collateral_machines"),
        collateral_btc: row.maybe_number("collateral_btc"),
        initial_ltv: row.maybe_number("initial_ltv"),
        call_ltv: row.maybe_number("call_ltv"),
        liquidation_ltv: row.maybe_number("liquidation_ltv"),
        cure_days: row.maybe_whole("cure_days"),
        tranche_share: row.maybe_number("tranche_share"),
        payment_usd: row.maybe_number("payment_usd"),
        default_interest_rate: row.number("default_interest_rate"),
        fee_rate: row.number("fee_rate"),
        credit_line_usd: row.maybe_number("credit_line_usd"),
        covenant_cover: row.maybe_number("covenant_cover"),
        covenant_days: row.maybe_whole("covenant_days"),
    }
}

fn lender(row: Row<'_>) -> LenderRow {
    LenderRow {
        lender: row.text("lender"),
        cash_usd: row.number("cash_usd"),
        other_assets_usd: row.number("other_assets_usd"),
        equity_usd: row.number("equity_usd"),
        funding_rate: row.number("funding_rate"),
        seizure_days: row.whole("seizure_days"),
        call_notice_days: row.whole("call_notice_days"),
        host_usd_per_mwh: row.number("host_usd_per_mwh"),
        host_capacity_ths: row.number("host_capacity_ths"),
        policy: row.text("policy"),
        demand_share: row.number("demand_share"),
        run_own: row.number("run_own"),
        run_peer: row.number("run_peer"),
        term_share_per_month: row.number("term_share_per_month"),
        stop_equity_share: row.number("stop_equity_share"),
        tighten_equity_share: row.number("tighten_equity_share"),
        forbear_days: row.maybe_whole("forbear_days"),
        swap_cover: row.maybe_number("swap_cover"),
        amend_cover: row.maybe_number("amend_cover"),
        rehypothecated_share: row.number("rehypothecated_share"),
        book_sale_days: row.maybe_whole("book_sale_days"),
        book_sale_price: row.maybe_number("book_sale_price"),
        book_buy_cover: row.maybe_number("book_buy_cover"),
        bankruptcy_cost_share: row.number("bankruptcy_cost_share"),
    }
}

fn exposure(row: Row<'_>) -> ExposureRow {
    ExposureRow {
        creditor: row.text("creditor"),
        debtor: row.text("debtor"),
        amount_usd: row.number("amount_usd"),
        line_usd: row.maybe_number("line_usd"),
    }
}

fn cohort(row: Row<'_>) -> CohortRow {
    CohortRow {
        cohort: row.text("cohort"),
        region: row.text("region"),
        efficiency_j_per_th: row.number("efficiency_j_per_th"),
        power_usd_per_mwh: row.number("power_usd_per_mwh"),
        hashrate_ths: row.number("hashrate_ths"),
        pass_through: row.number("pass_through"),
        shutdown_ratio: row.number("shutdown_ratio"),
        shutdown_days: row.whole("shutdown_days"),
        restart_ratio: row.number("restart_ratio"),
        restart_days: row.whole("restart_days"),
    }
}

fn order(row: Row<'_>) -> OrderRow {
    OrderRow {
        order: row.text("order"),
        miner: row.text("miner"),
        vendor: row.text("vendor"),
        fleet: row.text("fleet"),
        machines: row.whole("machines"),
        price_usd: row.number("price_usd"),
        price_kind: row.word("price_kind", PriceKind::try_parse),
        price_protection: row.flag("price_protection"),
        deposit_usd: row.number("deposit_usd"),
        first_instalment_date: row.maybe_date("first_instalment_date"),
        instalments: row.maybe_whole("instalments"),
        delivery_date: row.date("delivery_date"),
        deployment_days: row.whole("deployment_days"),
        grace_days: row.whole("grace_days"),
        forfeit_share: row.number("forfeit_share"),
        coupon_share: row.number("coupon_share"),
        cancel_ratio: row.maybe_number("cancel_ratio"),
    }
}

fn hedge(row: Row<'_>) -> HedgeRow {
    HedgeRow {
        hedge: row.text("hedge"),
        miner: row.text("miner"),
        kind: row.word("kind", HedgeKind::try_parse),
        expiry_date: row.date("expiry_date"),
        btc: row.maybe_number("btc"),
        hashrate_ths: row.maybe_number("hashrate_ths"),
        mw: row.maybe_number("mw"),
        region: row.maybe_text("region"),
        strike_usd: row.maybe_number("strike_usd"),
        cap_usd: row.maybe_number("cap_usd"),
        strike_usd_per_ph_day: row.maybe_number("strike_usd_per_ph_day"),
        strike_usd_per_mwh: row.maybe_number("strike_usd_per_mwh"),
        initial_margin_share: row.maybe_number("initial_margin_share"),
        maintenance_margin_share: row.maybe_number("maintenance_margin_share"),
        cure_days: row.maybe_whole("cure_days"),
        profile: row.maybe_text("profile"),
        take_share: row.maybe_number("take_share"),
        suspend_usd_per_mwh: row.maybe_number("suspend_usd_per_mwh"),
    }
}

fn profile(row: Row<'_>) -> ProfileRow {
    ProfileRow { profile: row.text("profile"), month: row.whole("month"), share: row.number("share") }
}

fn work(row: Row<'_>) -> WorkRow {
    WorkRow {
        work: row.text("work"),
        fleet: row.text("fleet"),
        kind: row.word("kind", WorkKind::try_parse),
        begin_date: row.maybe_date("begin_date"),
        days: row.whole("days"),
        capex_usd: row.number("capex_usd"),
        hashrate_factor: row.maybe_number("hashrate_factor"),
        energy_factor: row.maybe_number("energy_factor"),
        heat_relief: row.maybe_number("heat_relief"),
        slots: row.maybe_whole("slots"),
        units: row.maybe_whole("units"),
        step_days: row.maybe_whole("step_days"),
    }
}

fn facility(row: Row<'_>) -> FacilityRow {
    FacilityRow {
        facility: row.text("facility"),
        kind: row.word("kind", FacilityKind::try_parse),
        capital_usd: row.number("capital_usd"),
        opens_date: row.date("opens_date"),
        closes_date: row.date("closes_date"),
        take_up_share: row.number("take_up_share"),
        region: row.maybe_text("region"),
        bill_days: row.maybe_number("bill_days"),
        rate: row.maybe_number("rate"),
        term_days: row.maybe_whole("term_days"),
        rank: row.maybe_word("rank", Rank::try_parse),
        max_usd_per_miner: row.maybe_number("max_usd_per_miner"),
        max_debt_to_assets: row.maybe_number("max_debt_to_assets"),
        price_usd_per_th: row.maybe_number("price_usd_per_th"),
        price_to_index: row.maybe_number("price_to_index"),
    }
}

fn response(row: Row<'_>) -> ResponseRow {
    ResponseRow {
        response: row.text("response"),
        miner: row.text("miner"),
        kind: row.word("kind", ResponseKind::try_parse),
        trigger: row.word("trigger", ResponseTrigger::try_parse),
        threshold: row.number("threshold"),
        from_date: row.maybe_date("from_date"),
        until_date: row.maybe_date("until_date"),
        wait_days: row.maybe_whole("wait_days"),
        fleet: row.maybe_text("fleet"),
        machines: row.maybe_whole("machines"),
        to_fleet: row.maybe_text("to_fleet"),
        delay_days: row.maybe_whole("delay_days"),
        cost_usd_per_machine: row.maybe_number("cost_usd_per_machine"),
        share: row.maybe_number("share"),
        loan: row.maybe_text("loan"),
        term_months: row.maybe_whole("term_months"),
        pause_months: row.maybe_whole("pause_months"),
        rate: row.maybe_number("rate"),
        usd_per_slot: row.maybe_number("usd_per_slot"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::samples;

    #[test]
    fn every_field_has_its_column() {
        let rows = rows(&samples::input());
        assert_eq!(rows.machines[0].power_w, 3250.0);
        assert_eq!(rows.miners[0].bills_grace_days, 30);
        assert_eq!(rows.fleet[0].power_contract, PowerContract::Fixed);
        assert_eq!(rows.loans[0].maturity_date.to_string(), "2024-01-15");
        assert_eq!(rows.loans[0].collateral_machines, Some(100));
        assert_eq!((rows.loans[0].cure_days, rows.loans[1].cure_days), (None, Some(3)));
        assert_eq!(rows.lenders[0].policy, "patient");
        assert_eq!((rows.lenders[0].forbear_days, rows.lenders[1].forbear_days), (None, Some(30)));
        assert_eq!((rows.exposures[0].debtor.as_str(), rows.exposures[0].amount_usd), ("fund", 250_000.0));
        assert_eq!(rows.cohorts[0].restart_days, 7);
        assert_eq!(rows.regions[0].region, "texas");
        assert_eq!((rows.orders[0].price_kind, rows.orders[0].instalments), (PriceKind::Floating, Some(2)));
        assert_eq!(rows.orders[0].delivery_date.to_string(), "2022-06-01");
        assert_eq!((rows.orders[1].first_instalment_date, rows.orders[1].cancel_ratio), (None, None));
        assert_eq!((rows.hedges[0].kind, rows.hedges[1].kind), (HedgeKind::ShortFuture, HedgeKind::PowerSale));
        assert_eq!((rows.hedges[0].cure_days, rows.hedges[1].cure_days), (Some(2), None));
        assert_eq!((rows.fleet[1].host.as_deref(), rows.fleet[1].host_deposit_usd), (None, 0.0));
        assert_eq!((rows.hedges[2].take_share, rows.hedges[2].suspend_usd_per_mwh), (Some(0.75), Some(0.0)));
        assert_eq!((rows.profiles[1].month, rows.profiles[1].share), (2, 0.25));
        assert_eq!((rows.works[0].kind, rows.works[0].energy_factor, rows.works[0].begin_date), (WorkKind::Cooling, Some(0.95), None));
        assert_eq!((rows.works[1].units, rows.works[1].step_days, rows.works[1].heat_relief), (Some(3), Some(14), None));
        assert_eq!((rows.hedges[0].region.as_deref(), rows.hedges[1].region.as_deref()), (None, Some("texas")));
        let (fund, buyback) = (&rows.facilities[0], &rows.facilities[1]);
        assert_eq!((fund.kind, fund.rank, fund.term_days), (FacilityKind::Fund, Some(Rank::Senior), Some(540)));
        assert_eq!((buyback.kind, buyback.rank, buyback.price_to_index), (FacilityKind::Buyback, None, Some(0.6)));
        assert_eq!((fund.take_up_share, buyback.region.as_deref()), (0.25, Some("texas")));
        let (retire, walk) = (&rows.responses[0], &rows.responses[1]);
        assert_eq!((retire.kind, walk.kind), (ResponseKind::Retire, ResponseKind::StrategicDefault));
        assert_eq!((retire.trigger, walk.trigger), (ResponseTrigger::StandingMonths, ResponseTrigger::LtvOver));
        assert_eq!((retire.machines, retire.wait_days, walk.machines, walk.wait_days), (Some(50), Some(90), None, None));
        assert_eq!((retire.fleet.as_deref(), walk.loan.as_deref(), walk.threshold), (Some("A1"), Some("L1"), 1.5));
        let (ask, slots) = (&rows.responses[2], &rows.responses[3]);
        assert_eq!((ask.kind, slots.kind), (ResponseKind::Renegotiate, ResponseKind::SellSlots));
        assert_eq!((ask.term_months, ask.pause_months, ask.rate, ask.usd_per_slot), (Some(36), Some(6), Some(0.1), None));
        assert_eq!((slots.term_months, slots.pause_months, slots.rate, slots.usd_per_slot), (None, None, None, Some(250.0)));
        assert_eq!((rows.lenders[0].amend_cover, rows.lenders[1].amend_cover), (Some(0.75), None));
        assert_eq!((rows.lenders[0].book_buy_cover, rows.lenders[1].book_buy_cover), (None, Some(1.25)));
        assert_eq!(retire.until_date.map(|date| date.to_string()).as_deref(), Some("2022-12-31"));
    }
}
