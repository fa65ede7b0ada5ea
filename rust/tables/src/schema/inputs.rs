//! Tables of a book. Ranges are wide enough for any economy of the last fifteen years and narrow enough to catch a wrong unit.

use hashstress_engine::book::rows::{
    Amortisation, Collateral, HedgeKind, PowerContract, PriceKind, Recourse, ResponseKind, ResponseTrigger, WorkKind,
};
use hashstress_engine::contract::daycount::DayCount;

use super::{Column, Kind, Table, facilities::FACILITIES};

pub(super) const MAX_USD: f64 = 1e11;
const MAX_USD_PER_MONTH: f64 = 1e9;
const MAX_BTC: f64 = 1e6;
const MAX_DAYS: f64 = 3_650.0;
const MAX_MACHINES: f64 = 1e7;
/// 2009-01-03, the first block.
const FIRST_DATE: f64 = 14_247.0;
/// 2100-12-31.
const LAST_DATE: f64 = 47_846.0;

const IN_BTC: &str = "in whole bitcoin, not satoshis: 150,000,000 sats are 1.5";
const IN_MWH: &str = "per MWh, not per kWh: 0.05 USD/kWh is 50";
const IN_LTV: &str = "a fraction: a loan-to-value of 65 % is 0.65";
pub(super) const IN_SHARE: &str = "a fraction: 10 % is 0.1";
pub(super) const IN_RATE: &str = "a fraction of a year's interest: 11.2 % is 0.112";

pub(super) const fn key(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Key, "", description)
}

pub(super) const fn reference(name: &'static str, table: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Reference(table), "", description)
}

pub(super) const fn word(name: &'static str, words: &'static [&'static str], description: &'static str) -> Column {
    Column::new(name, Kind::Word(words), "", description)
}

pub(super) const fn number(name: &'static str, unit: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Number, unit, description)
}

const fn usd(name: &'static str, description: &'static str) -> Column {
    number(name, "USD", description).between(0.0, MAX_USD)
}

const fn usd_per_month(name: &'static str, description: &'static str) -> Column {
    number(name, "USD/month", description).between(0.0, MAX_USD_PER_MONTH)
}

const fn share(name: &'static str, description: &'static str) -> Column {
    number(name, "1", description).between(0.0, 1.0).hint(IN_SHARE)
}

const fn ratio(name: &'static str, description: &'static str) -> Column {
    number(name, "1", description).between(0.0, 5.0).hint("a ratio of revenue to power cost: 85 % is 0.85")
}

const fn usd_per_mwh(name: &'static str, description: &'static str) -> Column {
    number(name, "USD/MWh", description).between(0.0, 1_000.0).hint(IN_MWH)
}

/// Above 1 where a host adds its losses and fees to a change.
const fn pass_through(description: &'static str) -> Column {
    number("pass_through", "1", description).between(0.0, 2.0).hint("a fraction: all of a change is 1").default("0")
}

const fn ltv(name: &'static str, description: &'static str) -> Column {
    number(name, "1", description).between(0.01, 0.99).hint(IN_LTV).optional()
}

pub(super) const fn days(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Whole, "days", description).between(1.0, MAX_DAYS)
}

pub(super) const fn runway(name: &'static str, description: &'static str) -> Column {
    number(name, "days", description).between(0.0, MAX_DAYS)
}

const fn machines(name: &'static str, minimum: f64, description: &'static str) -> Column {
    Column::new(name, Kind::Whole, "machines", description).between(minimum, MAX_MACHINES)
}

pub(super) const fn date(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Date, "", description).between(FIRST_DATE, LAST_DATE)
}

const fn note(name: &'static str, description: &'static str) -> Column {
    Column::new(name, Kind::Text, "", description).provenance()
}

/// Where a row comes from; accepted in every input table, kept, not used by the model.
pub(super) const PROVENANCE: &[Column] = &[
    Column::new("synthetic", Kind::Flag, "", "Whether the row is made up rather than reported").provenance(),
    note("source", "Document or page the row comes from"),
    note("confidence", "How sure the source is"),
    note("assumption", "What was assumed where the source is silent"),
];

const MACHINES: &[Column] = &[
    key("model", "Machine model"),
    number("hashrate_ths", "TH/s", "Hashrate of one machine")
        .between(0.1, 1_000.0)
        .hint("of one machine in TH/s: 0.1 PH/s is 100 and 100,000 GH/s is 100"),
    number("power_w", "W", "Power of one machine at the wall").between(1.0, 20_000.0).hint("in watts: 3.25 kW is 3250"),
    date("launched_date", "From when it can be had; empty for a model that was there before day 0").optional(),
    number("node_nm", "nm", "Process node of its chip; reported, never computed with").between(0.5, 200.0).optional(),
];

const REGIONS: &[Column] = &[key("region", "Power market")];

const MINERS: &[Column] = &[
    key("miner", "Borrower"),
    usd("cash_usd", "Cash on day 0"),
    number("btc", "BTC", "Free coins on day 0, without those pledged").between(0.0, MAX_BTC).hint(IN_BTC),
    usd_per_month("overhead_usd_per_month", "Payroll, rent and other overhead"),
    share("essential_share", "Share of overhead that cannot be cut").default("0.6"),
    usd_per_month("other_income_usd_per_month", "Income that does not depend on mining").default("0"),
    share("hodl_share", "Share of production kept while the runway is long"),
    runway("runway_low_days", "Runway below which coins are sold").default("90"),
    runway("runway_high_days", "Runway above which selling stops").default("180"),
    share("stock_sale_share", "Largest share of the coin stock sold in a day").default("0.1"),
    usd("equity_line_usd", "Equity that can still be raised").default("0"),
    usd_per_month("equity_line_usd_per_month", "Most equity raised in a month").default("0"),
    number("pool_fee", "1", "Fee of the mining pool").between(0.0, 0.1).hint("a fraction of revenue: 1 % is 0.01").default("0.01"),
    days("bills_grace_days", "Days from a missed bill to default").default("30"),
];

const FLEET: &[Column] = &[
    key("fleet", "Machines of one model of one miner at one site"),
    reference("miner", "miners", "Owner"),
    reference("model", "machines", "Machine model"),
    reference("region", "regions", "Power market of the site"),
    machines("machines", 0.0, "Machines on day 0"),
    word("power_contract", PowerContract::NAMES, "Who bears a change of the power price"),
    usd_per_mwh("power_usd_per_mwh", "Power price; for an indexed contract, the adder to the tariff, which may be negative")
        .between(-500.0, 1_000.0),
    pass_through("Share of tariff changes a host passes on; 0 unless the contract is hosted_pass_through"),
    number(
        "curtailment_strike_usd_per_mwh",
        "USD/MWh",
        "Tariff above which power is sold back; empty for never, and unless the contract is fixed or indexed",
    )
    .between(-500.0, 10_000.0)
    .hint(IN_MWH)
    .optional(),
    share("curtailment_share", "Share of the power sale the miner keeps").default("1"),
    ratio("shutdown_ratio", "Revenue to power cost below which machines are switched off").default("0.85"),
    days("shutdown_days", "Days below the ratio before they are").default("14"),
    ratio("restart_ratio", "Revenue to power cost from which machines are switched on again").default("1"),
    days("restart_days", "Days above the ratio before they are").default("7"),
    machines("rack_slots", 0.0, "Machines that can be plugged in on day 0; empty for no limit").optional(),
    Column::new("host", Kind::Text, "", "Who runs the site; empty unless the contract is hosted").optional(),
    usd("host_deposit_usd", "Left with the host as a deposit; 0 without a host").default("0"),
    number(
        "demand_charge_usd_per_mw_month",
        "USD/MW/month",
        "What the connection costs, running or not; 0 unless the contract is fixed or indexed",
    )
    .between(0.0, 100_000.0)
    .hint("of one MW a month: 10 USD/kW is 10000")
    .default("0"),
];

const LOANS: &[Column] = &[
    key("loan", "Loan"),
    reference("miner", "miners", "Borrower"),
    reference("lender", "lenders", "Lender"),
    word("collateral", Collateral::NAMES, "What secures it"),
    word("amortisation", Amortisation::NAMES, "How principal comes back"),
    number("outstanding_usd", "USD", "Principal on day 0").between(0.01, MAX_USD),
    number("rate", "1", "Interest a year").between(0.0, 1.0).hint(IN_RATE),
    word("day_count", &DayCount::NAMES, "How days become a share of a year"),
    date("first_payment_date", "First due date, on or after day 1; interest runs from one period before it"),
    date("maturity_date", "Last due date"),
    Column::new(
        "period_months",
        Kind::Whole,
        "months",
        "Months between due dates; of a bullet, those for which interest runs to its maturity",
    )
    .between(1.0, 120.0),
    word("recourse", Recourse::NAMES, "What the lender can reach beyond the collateral"),
    Column::new("cross_default", Kind::Flag, "", "Whether it falls with another loan of the miner").default("false"),
    days("grace_days", "Days from a missed payment to default").default("30"),
    reference("collateral_fleet", "fleet", "Fleet row that secures it; empty unless the collateral is machines").optional(),
    machines("collateral_machines", 1.0, "Machines that secure it; empty unless the collateral is machines").optional(),
    number("collateral_btc", "BTC", "Coins that secure it; empty unless the collateral is btc")
        .between(0.0, MAX_BTC)
        .hint(IN_BTC)
        .optional(),
    ltv("initial_ltv", "Loan-to-value a margin call is topped up to; empty unless the collateral is btc"),
    ltv("call_ltv", "Loan-to-value of a margin call; empty unless the collateral is btc"),
    number("liquidation_ltv", "1", "Loan-to-value at which coins are sold at once; empty unless the collateral is btc")
        .between(0.01, 1.0)
        .hint(IN_LTV)
        .optional(),
    days("cure_days", "Days to answer a margin call; empty unless the collateral is btc").optional(),
    number("tranche_share", "1", "Largest share of the pledge sold in a sale; empty unless the collateral is btc")
        .between(0.001, 1.0)
        .hint(IN_SHARE)
        .optional(),
    number("payment_usd", "USD", "What is paid on each due date, interest within; empty unless the amortisation is fixed_payment")
        .between(0.01, MAX_USD)
        .optional(),
    number("default_interest_rate", "1", "Interest a year on what is overdue, beside the rate")
        .between(0.0, 1.0)
        .hint(IN_RATE)
        .default("0"),
    number("fee_rate", "1", "Fee a year on the principal, due with the interest").between(0.0, 1.0).hint(IN_RATE).default("0"),
    number("credit_line_usd", "USD", "Most that may be owed: short of cash the miner draws up to it; empty unless bullet or interest_only")
        .between(0.01, MAX_USD)
        .optional(),
    number("covenant_cover", "1", "Worth of the machines over the claim that must be kept; empty unless the collateral is machines")
        .between(0.01, 100.0)
        .optional(),
    days("covenant_days", "Days to make a covenant good; empty unless there is a covenant_cover").optional(),
];

const LENDERS: &[Column] = &[
    key("lender", "Lender"),
    usd("cash_usd", "Cash on day 0"),
    usd("other_assets_usd", "Assets outside the loans of this book").default("0"),
    usd("equity_usd", "Equity on day 0; funding follows so that the sheet balances"),
    number("funding_rate", "1", "Cost of funding a year").between(0.0, 1.0).hint(IN_RATE),
    days("seizure_days", "Days from default to seizure of machines"),
    days("call_notice_days", "Days of notice when a failed lender calls its loans").default("30"),
    usd_per_mwh("host_usd_per_mwh", "Power price where seized machines can be hosted").default("0"),
    number("host_capacity_ths", "TH/s", "Seized hashrate that can be hosted; used by policies with the action host")
        .between(0.0, 1e9)
        .default("0"),
    reference("policy", "policies", "Disposal policy, named in the scenario"),
    share("demand_share", "Share of its funding that can be withdrawn at any time").default("0"),
    number(
        "run_own",
        "1/day",
        "Share of demand funding that leaves in a day when all equity is lost; in proportion before; 0 without demand funding",
    )
    .between(0.0, 100.0)
    .default("0"),
    share("run_peer", "Share of demand funding that leaves the day after, for each lender that fails; 0 without demand funding")
        .default("0"),
    share(
        "term_share_per_month",
        "Share of its other funding that falls due in a month, rolled over unless it has stopped lending; 0 without stop_equity_share",
    )
    .default("0"),
    share("stop_equity_share", "Equity over assets below which it lends nothing more").default("0"),
    share("tighten_equity_share", "Equity over assets below which it recalls loans; at most stop_equity_share").default("0"),
    days("forbear_days", "Days it waits once more when a grace ends; empty for never").optional(),
    number("swap_cover", "1", "Value of machines over the claim from which it takes them for the debt; empty for never")
        .between(0.0, 100.0)
        .optional(),
    number("amend_cover", "1", "Value of the collateral over the claim below which it grants new terms when asked; empty for never")
        .between(0.0, 100.0)
        .optional(),
    share("rehypothecated_share", "Share of coins pledged to it that it has pledged on, lost when it fails").default("0"),
    days("book_sale_days", "Days after its failure on which its machine loans are offered to borrowers and lenders; empty for never")
        .optional(),
    number("book_sale_price", "1", "Price they are offered at, as a share of what is owed; empty without book_sale_days")
        .between(0.0, 1.0)
        .hint(IN_SHARE)
        .optional(),
    number("book_buy_cover", "1", "Value of machines over the price from which it buys loans of failed lenders; empty for never")
        .between(0.0, 100.0)
        .optional(),
    share("bankruptcy_cost_share", "Share of its assets its failure costs, before other lenders are paid; 0 for one that owes none")
        .default("0"),
];

const EXPOSURES: &[Column] = &[
    reference("creditor", "lenders", "Lender that is owed"),
    reference("debtor", "lenders", "Lender that owes"),
    number("amount_usd", "USD", "Claim on day 0; 0 for a line nothing is drawn on").between(0.0, MAX_USD),
    number("line_usd", "USD", "Up to how much the creditor has committed to lend in all; empty for no line")
        .between(0.01, MAX_USD)
        .optional(),
];

const COHORTS: &[Column] = &[
    key("cohort", "Slice of the anonymous rest of the network"),
    reference("region", "regions", "Power market"),
    number("efficiency_j_per_th", "J/TH", "Efficiency at the wall")
        .between(5.0, 2_000.0)
        .hint("joules per terahash, lower is better: 30 J/TH is 30"),
    usd_per_mwh("power_usd_per_mwh", "Power price on day 0"),
    number("hashrate_ths", "TH/s", "Hashrate on day 0").between(0.0, 5e9).hint("in TH/s: 1 EH/s is 1,000,000"),
    pass_through("Share of tariff changes it bears"),
    ratio("shutdown_ratio", "Revenue to power cost below which it switches off").default("0.85"),
    days("shutdown_days", "Days below the ratio before it does").default("14"),
    ratio("restart_ratio", "Revenue to power cost from which it switches on again").default("1"),
    days("restart_days", "Days above the ratio before it does").default("7"),
];

const ORDERS: &[Column] = &[
    key("order", "One batch of machines"),
    reference("miner", "miners", "Buyer"),
    Column::new("vendor", Kind::Text, "", "Who sells; credit is with one vendor"),
    reference("fleet", "fleet", "Fleet row of the buyer the machines go to; it may hold none yet"),
    machines("machines", 1.0, "Machines bought"),
    number("price_usd", "USD", "Price of one machine").between(0.01, 100_000.0).hint("of one machine, not per TH/s nor of the batch"),
    word("price_kind", PriceKind::NAMES, "Whether what is unpaid follows the index of used machines").default("fixed"),
    Column::new("price_protection", Kind::Flag, "", "Whether a fall of the index below a fixed price comes back as credit at delivery")
        .default("false"),
    usd("deposit_usd", "Paid before day 0"),
    date("first_instalment_date", "First instalment, on or after day 1; empty when the deposit pays for all").optional(),
    Column::new("instalments", Kind::Whole, "", "Monthly parts of what is unpaid; empty when the deposit pays for all")
        .between(1.0, 120.0)
        .optional(),
    date("delivery_date", "Delivery, not before the last instalment"),
    Column::new("deployment_days", Kind::Whole, "days", "Days from delivery until the machines can run")
        .between(0.0, MAX_DAYS)
        .default("30"),
    days("grace_days", "Days from a missed instalment until the order lapses").default("30"),
    share("forfeit_share", "Share of what was paid that the vendor keeps when an order lapses; the rest is credit").default("1"),
    share("coupon_share", "Share of what was paid that comes back as credit at delivery").default("0"),
    number(
        "cancel_ratio",
        "1",
        "A miner that sells its coins cancels when the index value is below this times what is unpaid; empty for never",
    )
    .between(0.0, 100.0)
    .optional(),
];

const fn factor(name: &'static str, unit: &'static str, description: &'static str) -> Column {
    number(name, unit, description).between(0.5, 2.0).hint("a factor: 40 % more is 1.4").optional()
}

const WORKS: &[Column] = &[
    key("work", "One job at one fleet row's site"),
    reference("fleet", "fleet", "Fleet row; at most one job of cooling each"),
    word("kind", WorkKind::NAMES, "What is done; a column below that its kind does not name is empty"),
    date("begin_date", "First day, after day 0; empty for cooling in place before").optional(),
    Column::new("days", Kind::Whole, "days", "Cooling: days machines stand still; racks: days until the first unit opens")
        .between(0.0, MAX_DAYS)
        .default("0"),
    number("capex_usd", "USD", "Paid on the first day").between(0.0, 1e10).default("0"),
    factor("hashrate_factor", "1", "Cooling: TH/s of a machine in liquid, over the nameplate"),
    factor("energy_factor", "1", "Cooling: J/TH of a machine in liquid, over the nameplate"),
    share("heat_relief", "Cooling: share of an outage in part that liquid avoids; empty for none").optional(),
    machines("slots", 1.0, "Racks: machines that all units together take").optional(),
    Column::new("units", Kind::Whole, "", "Racks: containers or halls that open one after the other").between(1.0, MAX_MACHINES).optional(),
    days("step_days", "Racks: days from one unit to the next; empty for a single one").optional(),
];

const HEDGES: &[Column] = &[
    key("hedge", "What a miner has hedged before day 0"),
    reference("miner", "miners", "Who has"),
    word("kind", HedgeKind::NAMES, "What was agreed; a column below that its kind does not name is empty"),
    date("expiry_date", "Last settlement, after day 0"),
    number("btc", "BTC", "Coins of a short_future, put or collar").between(1e-8, MAX_BTC).hint(IN_BTC).optional(),
    number("hashrate_ths", "TH/s", "Hashrate of a hashprice_forward").between(0.1, 1e9).hint("in TH/s: 1 PH/s is 1000").optional(),
    number("mw", "MW", "Power of a power_sale, or of the plant of a ppa").between(1e-3, 1e5).hint("in MW: 500 kW is 0.5").optional(),
    reference("region", "regions", "Power market of a power_sale or ppa, at whose tariff the power is sold").optional(),
    btc_price("strike_usd", "Strike of a put or collar; of a short_future its last settlement price before day 0"),
    btc_price("cap_usd", "Strike of the call a collar has sold, at least strike_usd"),
    number("strike_usd_per_ph_day", "USD/PH/day", "Price of a hashprice_forward")
        .between(0.01, 1e6)
        .hint("per PH/s and day: 0.08 USD a TH/s is 80")
        .optional(),
    usd_per_mwh("strike_usd_per_mwh", "Price at which the power of a power_sale or ppa is bought").optional(),
    margin_share("initial_margin_share", "Share of today's notional that opens a short_future, and that a margin call is topped up to"),
    margin_share(
        "maintenance_margin_share",
        "Share of today's notional below which a short_future is called; at most initial_margin_share",
    ),
    days("cure_days", "Days to answer a margin call of a short_future").optional(),
    reference("profile", "profiles", "What the plant of a ppa makes by month").optional(),
    share("take_share", "Share of a plant's output that must be taken while the tariff is below the price of a ppa").optional(),
    number("suspend_usd_per_mwh", "USD/MWh", "Tariff below which a ppa takes nothing; empty for never")
        .between(-10_000.0, 10_000.0)
        .hint(IN_MWH)
        .optional(),
];

const PROFILES: &[Column] = &[
    key("profile", "What a plant makes, by month: twelve rows"),
    Column::new("month", Kind::Whole, "", "Month, 1 to 12, each once").between(1.0, 12.0),
    share("share", "Mean output over the power of the plant"),
];

const RESPONSES: &[Column] = &[
    key("response", "One thing a miner may do"),
    reference("miner", "miners", "Who may"),
    word("kind", ResponseKind::NAMES, "What it does; a column below that its kind does not name is empty"),
    word("trigger", ResponseTrigger::NAMES, "What makes it do so, looked at on the first of each month"),
    number("threshold", "", "Number of the trigger: days, USD, a ratio, months or a loan-to-value").between(0.0, 1e8),
    date("from_date", "First day on which it may be used; empty for any").optional(),
    date("until_date", "Last day on which it may be used, not before from_date; empty for any").optional(),
    days("wait_days", "Days until it may be used again; empty for once").optional(),
    reference("fleet", "fleet", "Fleet row of the miner that a retire, upgrade or migrate takes machines from, or a sell_slots slots")
        .optional(),
    machines("machines", 1.0, "Machines a retire, upgrade or migrate takes at most, or slots a sell_slots; empty for all that are free")
        .optional(),
    reference("to_fleet", "fleet", "Fleet row of the miner where an upgrade or migrate puts machines; it may hold none yet").optional(),
    Column::new("delay_days", Kind::Whole, "days", "Days until machines of an upgrade or migrate can run")
        .between(0.0, MAX_DAYS)
        .optional(),
    number("cost_usd_per_machine", "USD", "What a migrate costs").between(0.0, 100_000.0).hint("of one machine").optional(),
    number("share", "1", "Share of its free coins that a sell_coins sells, or of its spare cash that a prepay pays")
        .between(0.001, 1.0)
        .hint(IN_SHARE)
        .optional(),
    reference(
        "loan",
        "loans",
        "Loan of the miner that a strategic_default walks away from, a renegotiate asks new terms for or a prepay pays back",
    )
    .optional(),
    Column::new("term_months", Kind::Whole, "months", "Months from the day of a renegotiate to the loan's last due date")
        .between(1.0, 360.0)
        .optional(),
    Column::new("pause_months", Kind::Whole, "months", "Months of them with interest only; empty for none").between(0.0, 360.0).optional(),
    number("rate", "1", "Interest a year a renegotiate asks for; empty for what it is").between(0.0, 1.0).hint(IN_RATE).optional(),
    number("usd_per_slot", "USD", "Price of a sell_slots").between(0.0, 100_000.0).hint("of one slot, not per MW").optional(),
];

const fn btc_price(name: &'static str, description: &'static str) -> Column {
    number(name, "USD/BTC", description).between(0.01, 1e8).hint("of one bitcoin").optional()
}

const fn margin_share(name: &'static str, description: &'static str) -> Column {
    number(name, "1", description).between(0.001, 1.0).hint(IN_SHARE).optional()
}

const fn table(name: &'static str, order: &'static [&'static str], columns: &'static [Column], description: &'static str) -> Table {
    Table { name, required: true, order, columns, sourced: true, description }
}

const fn may_be_empty(mut table: Table) -> Table {
    table.required = false;
    table
}

/// The tables of a book, in the order of docs/model/inputs.md.
pub const INPUTS: &[Table] = &[
    table("machines", &["model"], MACHINES, "Machine catalogue"),
    table("regions", &["region"], REGIONS, "Power markets"),
    table("miners", &["miner"], MINERS, "Borrowers"),
    table("fleet", &["miner", "fleet"], FLEET, "Machines by miner, site and model"),
    table("loans", &["loan"], LOANS, "Loans"),
    table("lenders", &["lender"], LENDERS, "Lenders"),
    may_be_empty(table("exposures", &["debtor", "creditor"], EXPOSURES, "Claims between lenders")),
    may_be_empty(table("cohorts", &["cohort"], COHORTS, "The anonymous rest of the network")),
    may_be_empty(table("orders", &["order"], ORDERS, "Machines bought and not yet delivered")),
    may_be_empty(table("hedges", &["hedge"], HEDGES, "What miners have hedged before day 0")),
    may_be_empty(table("facilities", &["facility"], FACILITIES, "Rescue funds and buy-backs")),
    may_be_empty(table("profiles", &["profile", "month"], PROFILES, "What plants make by month, for power purchase agreements")),
    may_be_empty(table("works", &["work"], WORKS, "Liquid cooling and racks that are built")),
    may_be_empty(table("responses", &["response"], RESPONSES, "What miners may do before they fail")),
];
