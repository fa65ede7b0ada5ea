//! HOW THEY DECIDE: one rule, one small file, one table of cases.

pub mod clearing;
pub mod consignment;
pub mod disposal;
pub mod estate;
pub mod switching;
pub mod treasury;
