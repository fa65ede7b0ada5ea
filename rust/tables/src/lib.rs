//! Arrow tables on one side, the engine's rows and columns on the other.
//!
//! * [`schema`] is the only place that knows names, types, units and ranges of tables.
//! * [`input`] checks tables from outside and turns them into the engine's rows: matched by name, cast once, every
//!   problem located, up to a hundred at once.
//! * [`output`] turns the engine's result columns into record batches.
//! * [`scenario`] and [`prices`] do the same for what comes from outside: nested plain values, and bytes of many paths' prices.
//! * [`contract`] reads the terms of contracts and hands out their events.
//! * [`digest`] names an input by its logical values, whatever the row order, the chunks or the Arrow types.

#![deny(unsafe_code)]

pub mod contract;
pub mod digest;
pub mod input;
pub mod nearest;
pub mod output;
pub mod prices;
pub mod scenario;
pub mod schema;

/// The Arrow types of this crate's signatures, so that callers use the same version.
pub use {arrow_array, arrow_schema};
