//! HOW THEY DECIDE: one rule, one small file, one table of cases.

pub mod book_sale;
pub mod clearing;
pub mod consignment;
pub mod disposal;
pub mod estate;
pub mod sell_back;
pub mod switching;
pub mod treasury;
