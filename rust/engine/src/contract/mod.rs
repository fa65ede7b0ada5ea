//! What the contract says before anything goes wrong: dates, year fractions, instalments. Model: docs/model/loans.md

pub mod calendar;
pub mod daycount;
pub mod schedule;
