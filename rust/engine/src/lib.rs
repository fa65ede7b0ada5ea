//! The engine of hashstress: one day of a leveraged mining economy, eight paths at a time.
//!
//! **tables → book → scenario → run → results.** A [`book::Book`] is what exists on day 0, a [`scenario::Scenario`] is what comes from outside,
//! a [`run::Run`] plays every [`day`] of every path and reduces what happened to [`results`]. Money is whole cents and coins whole satoshis
//! ([`units`]); they change hands only through the [`ledger`], which closes to zero every day. Eight paths move together ([`lanes`]); draws are
//! stateless ([`rng`]); what falls due later waits on the [`agenda`]; decisions are small rules ([`policy`]). Nothing here knows Python, Arrow,
//! files, clocks or the network. The formulas are in `docs/model/`, one page a stage.

#![deny(unsafe_code)]

pub mod agenda;
pub mod book;
pub mod contract;
pub mod day;
pub mod error;
pub mod group;
pub mod ids;
pub mod journal;
pub mod lanes;
pub mod ledger;
pub mod number;
pub mod policy;
pub mod results;
pub mod rng;
pub mod run;
pub mod scenario;
pub mod units;
pub mod world;
