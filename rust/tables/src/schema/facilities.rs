//! The table of rescue funds and buy-backs. Model: docs/model/rescue.md

use hashstress_engine::book::rows::{FacilityKind, Rank};

use super::inputs::{IN_RATE, IN_SHARE, MAX_USD, date, days, key, number, reference, runway, word};
use super::{Column, Kind};

pub(super) const FACILITIES: &[Column] = &[
    key("facility", "Rescue fund or buy-back"),
    word("kind", FacilityKind::NAMES, "How it helps"),
    number("capital_usd", "USD", "Most that it spends").between(0.01, MAX_USD),
    date("opens_date", "First day on which it lends or buys"),
    date("closes_date", "Last day, not before opens_date nor before the scenario's start"),
    number("take_up_share", "1", "Chance that a miner applies to a fund; share of an offer a buyback takes")
        .between(0.001, 1.0)
        .hint(IN_SHARE)
        .default("1"),
    reference("region", "regions", "Where it helps; empty for anywhere").optional(),
    runway("bill_days", "Days of bills that a borrower of a fund is short of and filled up to").optional(),
    number("rate", "1", "Interest a year on what a fund lends, paid at the end").between(0.0, 1.0).hint(IN_RATE).optional(),
    days("term_days", "Days after which what a fund lends is due").optional(),
    Column::new("rank", Kind::Word(Rank::NAMES), "", "Where claims of a fund stand in an estate, beside those of loans").optional(),
    number("max_usd_per_miner", "USD", "Most that a fund lends one miner; empty for no limit").between(0.01, MAX_USD).optional(),
    number("max_debt_to_assets", "1", "Debt over assets above which a fund does not lend; empty for any")
        .between(0.0, 100.0)
        .hint("a ratio: 80 % is 0.8")
        .optional(),
    number("price_usd_per_th", "USD/TH", "What a buyback pays; empty when price_to_index is given").between(0.01, 1_000.0).optional(),
    number("price_to_index", "1", "What a buyback pays as a share of the index; empty when price_usd_per_th is given")
        .between(0.001, 5.0)
        .hint("a share of the index: 60 % is 0.6")
        .optional(),
];
