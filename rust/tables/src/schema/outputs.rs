//! Tables of results. Standard errors are empty where one path leaves none to estimate.

use super::{Column, Kind, Table};

const fn text(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Text, "", description)
}

const fn key(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Key, "", description)
}

const fn number(name: &'static str, unit: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Number, unit, description)
}

const fn usd(name: &'static str, description: &'static str) -> Column {
    number(name, "USD", description)
}

const fn share(name: &'static str, description: &'static str) -> Column {
    number(name, "1", description).between(0.0, 1.0)
}

const fn whole(name: &'static str, unit: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Whole, unit, description)
}

const fn day(name: &'static str, description: &'static str) -> Column {
    whole(name, "day", description)
}

const fn date(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Date, "", description)
}

const SE: &str = "Monte Carlo standard error of the column before";
const PD_SE: &str = "Monte Carlo error of the column before, never 0: half of Wilson's interval of one standard deviation";
const PATH: Column = whole("path", "", "Path, from 0");

const PATHS: &[Column] = &[
    PATH,
    number("weight", "1", "Weight of the path in every estimate"),
    usd("loss_usd", "Loss of all lenders on this book's loans"),
    whole("miners_failed", "miners", "Miners that defaulted"),
    whole("lenders_failed", "lenders", "Lenders that failed"),
    day("first_miner_failure_day", "Day of the first miner default").nullable(),
    day("first_lender_failure_day", "Day of the first lender failure").nullable(),
    usd("btc_low_usd", "Lowest daily price of bitcoin after impact"),
    number("hashprice_low_usd_per_ph_day", "USD/PH/day", "Lowest hashprice"),
    number("asic_index_low_usd_per_th", "USD/TH", "Lowest index of used machines, tier 1"),
    number("forced_btc", "BTC", "Coins sold under force"),
    day("stage_initial_day", "First day of the initial stage, docs/model/stages.md").nullable(),
    day("stage_middle_day", "First day of the middle stage").nullable(),
    day("stage_late_day", "First day of the late stage").nullable(),
    day("btc_low_day", "Day of the lowest price").nullable(),
    day("btc_recovery_day", "Day on which the price is back").nullable(),
    day("asic_low_day", "Day on which used machines stopped falling").nullable(),
    day("lender_recovery_day", "Day on which lenders' cash is back").nullable(),
    usd("rescue_spent_usd", "What facilities lent, or paid for machines, docs/model/rescue.md"),
    usd("rescue_repaid_usd", "What came back to them"),
    usd("rescue_loss_usd", "What they have lost, below 0 for a gain; no part of loss_usd"),
    number("residual_cents", "cents", "Largest closing residual of the ledger; 0 when the books balance"),
    number("residual_sats", "sats", "The same for satoshis"),
    number("residual_machines", "machines", "The same for machines"),
    day("residual_day", "First day with a residual").nullable(),
    text("digest", "Digest of the path's results"),
];

const LOANS: &[Column] = &[
    key("loan", "Loan"),
    text("miner", "Borrower"),
    text("lender", "Lender on day 0"),
    text("collateral", "What secures it"),
    usd("outstanding_usd", "Principal on day 0"),
    share("pd", "Share of paths in which it defaults"),
    number("pd_se", "1", PD_SE).nullable(),
    number("lgd", "1", "Loss given default: sum of losses over sum of exposures at default; empty where there is no default").nullable(),
    number("lgd_se", "1", SE).nullable(),
    usd("ead_usd", "Mean exposure at default over the paths with a default; empty where there is none").nullable(),
    usd("ead_usd_se", SE).nullable(),
    usd("el_usd", "Expected loss"),
    usd("el_usd_se", SE).nullable(),
    date("default_date_median", "Median date of default among the paths with one").nullable(),
];

const MINERS: &[Column] = &[
    key("miner", "Borrower"),
    share("pd", "Share of paths in which it defaults"),
    number("pd_se", "1", PD_SE).nullable(),
    date("default_date_median", "Median date of default among the paths with one").nullable(),
    usd("cash_end_usd_mean", "Mean cash on the last day"),
    usd("cash_end_usd_se", SE).nullable(),
];

const LENDERS: &[Column] = &[
    key("lender", "Lender"),
    usd("exposure_usd", "Principal lent on day 0"),
    usd(
        "loss_usd_mean",
        "Mean loss on the loans it holds and in sales of loans; below 0 where those it bought lost less than they cost below what was owed",
    ),
    usd("loss_usd_se", SE).nullable(),
    usd("var_95_usd", "Loss not exceeded on 95 % of paths; empty before the first path").nullable(),
    usd("var_95_usd_se", SE).nullable(),
    usd("es_95_usd", "Mean loss on the worst 5 % of paths; empty before the first path").nullable(),
    usd("es_95_usd_se", SE).nullable(),
    usd("var_99_usd", "Loss not exceeded on 99 % of paths; empty before the first path").nullable(),
    usd("var_99_usd_se", SE).nullable(),
    usd("es_99_usd", "Mean loss on the worst 1 % of paths; empty before the first path").nullable(),
    usd("es_99_usd_se", SE).nullable(),
    usd("exposure_loss_usd_mean", "Mean loss on claims on other lenders: the second round, beside loss_usd_mean"),
    usd("exposure_loss_usd_se", SE).nullable(),
    number("survival_days_start", "days", "Days its cash lasts under its run-off on the opening sheet, docs/model/lenders.md"),
    number("survival_days_min_mean", "days", "Mean over paths of the least such horizon, measured monthly"),
    number("survival_days_min_se", "days", SE).nullable(),
    number("survival_days_min_p05", "days", "Least horizon that the worst 5 % of paths do not exceed; empty before the first path")
        .nullable(),
    number(
        "debtrank",
        "1",
        "Share of all lenders' assets that its failure puts in distress, on day 0, docs/model/exposures.md; empty without exposures",
    )
    .nullable(),
    share("pd", "Share of paths on which it fails"),
    number("pd_se", "1", PD_SE).nullable(),
    share("pd_scenario", "Share of paths on which a dated `fail` of the scenario fails it; the rest of pd is the model's"),
    date("failure_date_median", "Median date of failure among the paths with one").nullable(),
];

const FACILITIES: &[Column] = &[
    key("facility", "Rescue fund or buy-back"),
    text("kind", "How it helps"),
    usd("capital_usd", "What it may spend"),
    usd("spent_usd_mean", "Mean of what it lent, or paid for machines"),
    usd("spent_usd_se", SE).nullable(),
    usd("repaid_usd_mean", "Mean of what came back"),
    usd("repaid_usd_se", SE).nullable(),
    usd("held_usd_mean", "Mean principal of open loans on the last day, or mark of its machines"),
    usd("held_usd_se", SE).nullable(),
    usd("loss_usd_mean", "Mean of what is gone: spent less repaid less held; below 0 for a gain"),
    usd("loss_usd_se", SE).nullable(),
];

const DAILY: &[Column] = &[
    day("day", "Day, from 0"),
    date("date", "Its date"),
    text("metric", "What is measured, docs/model/close.md"),
    number("mean", "", "Mean over paths"),
    number("mean_se", "", SE).nullable(),
    number("min", "", "Smallest"),
    number("p05", "", "5th percentile"),
    number("p25", "", "25th percentile"),
    number("p50", "", "Median"),
    number("p75", "", "75th percentile"),
    number("p95", "", "95th percentile"),
    number("max", "", "Largest"),
];

const EVENTS: &[Column] = &[
    PATH,
    day("day", "Day, from 0"),
    date("date", "Its date"),
    text("kind", "What happened"),
    text("entity_kind", "Whom it happened to: table of the entity"),
    text("entity", "Key of the entity"),
    number("amount", "", "Amount, in the unit of the next column; 0 where there is none"),
    text("unit", "What it counts: cents, sats, machines, slots or difficulty; empty where there is no amount"),
];

const LEDGER: &[Column] = &[
    PATH,
    day("day", "Day, from 0"),
    date("date", "Its date"),
    text("reason", "Why it moved, docs/model/ledger.md"),
    text("unit", "cents, sats or machines"),
    text("from_account", "Account that gives"),
    text("to_account", "Account that takes"),
    number("amount", "", "Whole units moved"),
];

const fn table(name: &'static str, order: &'static [&'static str], columns: &'static [Column], description: &'static str) -> Table {
    Table { name, required: true, order, columns, sourced: false, description }
}

/// The tables of results.
pub const OUTPUTS: &[Table] = &[
    table("paths", &["path"], PATHS, "One row per path"),
    table("loans", &["loan"], LOANS, "Estimates per loan"),
    table("miners", &["miner"], MINERS, "Estimates per miner"),
    table("lenders", &["lender"], LENDERS, "Estimates per lender"),
    table("facilities", &["facility"], FACILITIES, "Estimates per rescue fund or buy-back; without rows for a book that has none"),
    table("daily", &["day"], DAILY, "Spread of the economy's aggregates per day"),
    table("events", &["path", "day"], EVENTS, "What happened on one path, in the order it happened"),
    table("ledger", &["path", "day"], LEDGER, "Every posting of one path, in the order it was made"),
];
