//! A small valid book as text tables, as they come from CSV files.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};

use super::{Input, Source, Sources, try_book};

const TABLES: [(&str, &str); 14] = [
    ("machines", "model,hashrate_ths,power_w\nS19,95,3250\nS9,13.5,1323\n"),
    ("regions", "region\ntexas\n"),
    ("miners", "miner,cash_usd,btc,overhead_usd_per_month,hodl_share\nbeta,1000000,10.5,20000,0.5\nalpha,2e6,0,50000,1\n"),
    (
        "fleet",
        "fleet,miner,model,region,rack_slots,machines,power_contract,power_usd_per_mwh\nB1,beta,S19,texas,,500,fixed,45\nA1,alpha,S9,texas,1000,1000,indexed,0\n",
    ),
    (
        "loans",
        "loan,miner,lender,collateral,amortisation,outstanding_usd,rate,day_count,first_payment_date,maturity_date,period_months,recourse,\
         collateral_fleet,collateral_machines,collateral_btc,initial_ltv,call_ltv,liquidation_ltv,cure_days,tranche_share\n\
         L1,beta,bank,machines,annuity,250000,0.112,30E360,2022-01-15,2024-01-15,1,limited,B1,100,,,,,,\n\
         L2,alpha,bank,btc,bullet,100000,0.09,A360,2022-02-01,2023-02-01,1,full,,,5,0.6,0.7,0.8,3,0.25\n",
    ),
    (
        "lenders",
        "lender,cash_usd,equity_usd,funding_rate,seizure_days,policy,forbear_days,amend_cover,book_buy_cover\nbank,5000000,1000000,0.05,60,patient,,0.75,\nfund,400000,100000,0.05,60,patient,30,,1.25\n",
    ),
    ("exposures", "creditor,debtor,amount_usd\nbank,fund,250000\n"),
    (
        "orders",
        "order,miner,vendor,fleet,machines,price_usd,price_kind,price_protection,deposit_usd,first_instalment_date,instalments,delivery_date,cancel_ratio\n\
         O1,beta,Foundry,B1,100,5000,floating,false,150000,2022-03-31,2,2022-06-01,0.9\n\
         O2,alpha,Foundry,A1,10,1000,fixed,true,10000,,,2022-06-01,\n",
    ),
    ("cohorts", "cohort,region,efficiency_j_per_th,power_usd_per_mwh,hashrate_ths\nrest,texas,40,55,150000000\n"),
    (
        "facilities",
        "facility,kind,capital_usd,opens_date,closes_date,take_up_share,region,bill_days,rate,term_days,rank,price_to_index\n\
         F1,fund,120000000,2022-06-01,2022-12-31,0.25,,60,0.1,540,senior,\nF2,buyback,5e6,2022-06-01,2022-12-31,1,texas,,,,,0.6\n",
    ),
    (
        "hedges",
        "hedge,miner,kind,expiry_date,btc,strike_usd,initial_margin_share,maintenance_margin_share,cure_days,mw,region,strike_usd_per_mwh,\
         profile,take_share,suspend_usd_per_mwh\n\
         H1,beta,short_future,2022-06-24,100,45000,0.4,0.35,2,,,,,,\nH2,alpha,power_sale,2022-12-31,,,,,,5,texas,30,,,\n\
         H3,alpha,ppa,2022-12-31,,,,,,5,texas,30,wind,0.75,0\n",
    ),
    (
        "profiles",
        "profile,month,share\nwind,1,0.5\nwind,2,0.25\nwind,3,0.5\nwind,4,0.5\nwind,5,0.5\nwind,6,0.5\n\
         wind,7,0.5\nwind,8,0.5\nwind,9,0.5\nwind,10,0.5\nwind,11,0.5\nwind,12,0.5\n",
    ),
    (
        "works",
        "work,fleet,kind,begin_date,days,capex_usd,hashrate_factor,energy_factor,heat_relief,slots,units,step_days\n\
         W1,B1,cooling,,0,0,1.25,0.95,0.5,,,\nW2,A1,racks,2022-01-10,60,400000,,,,100,3,14\n",
    ),
    (
        "responses",
        "response,miner,kind,trigger,threshold,from_date,until_date,wait_days,fleet,machines,loan,term_months,pause_months,rate,usd_per_slot\n\
         R1,alpha,retire,standing_months,3,2022-01-01,2022-12-31,90,A1,50,,,,,\nR2,beta,strategic_default,ltv_over,1.5,,,,,,L1,,,,\n\
         R3,beta,renegotiate,ltv_over,1.25,,,,,,L1,36,6,0.1,\nR4,alpha,sell_slots,btc_below,20000,,,,A1,,,,,,250\n",
    ),
];

/// The text of a sample table.
pub(crate) fn csv(name: &str) -> String {
    TABLES.iter().find(|(table, _)| *table == name).unwrap().1.to_owned()
}

/// A table of text columns; an empty cell is null in every other row, to see both.
pub(crate) fn text_table(csv: &str) -> Source {
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let rows: Vec<_> = lines.collect();
    let column = |index: usize| {
        let cell = |(row, cells): (usize, &Vec<&str>)| Some(cells[index].to_owned()).filter(|cell| !cell.is_empty() || row % 2 == 0);
        Arc::new(rows.iter().enumerate().map(cell).collect::<StringArray>()) as ArrayRef
    };
    let schema = Arc::new(Schema::new(names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(schema.clone(), (0..names.len()).map(column).collect()).unwrap();
    Source { schema, batches: vec![batch] }
}

/// The sample book.
pub(crate) fn sources() -> Sources {
    TABLES.iter().map(|(name, csv)| ((*name).to_owned(), Ok(text_table(csv)))).collect()
}

/// The sample book with one table changed.
pub(crate) fn with(name: &str, csv: &str) -> Sources {
    let mut sources = sources();
    sources.insert(name.to_owned(), Ok(text_table(csv)));
    sources
}

/// The sample book, typed.
pub(crate) fn input() -> Input {
    try_book(&sources()).unwrap().1
}
