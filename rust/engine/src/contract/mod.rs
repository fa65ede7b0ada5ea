//! What the contract says before anything goes wrong: dates, year fractions, instalments. Model: docs/model/loans.md
//!
//! Cash flows follow the ACTUS standard: [`terms`] are what was agreed, a [`plan`] is what is scheduled when, a [`state`] is moved from event to
//! event, and [`columns`] take down what was paid. One file a contract type; [`try_schedule`] is the only place that knows them all.

pub mod ann;
pub mod annuity;
pub mod calendar;
pub mod capfl;
#[cfg(test)]
mod cases;
pub mod cec;
pub mod ceg;
pub mod clm;
pub mod columns;
pub mod com;
pub mod convoy;
pub mod credit;
pub mod csh;
pub mod cycle;
pub mod daycount;
pub mod deal;
pub mod even;
pub mod event;
pub mod exercise;
pub mod futur;
pub mod fxout;
pub mod holidays;
pub mod lam;
pub mod lax;
pub mod legs;
pub mod loan;
pub mod margining;
pub mod nam;
pub mod observed;
pub mod optns;
pub mod pam;
pub mod plan;
pub mod redemption;
pub mod refusal;
pub mod settlement;
pub mod state;
pub mod stk;
pub mod swaps;
pub mod swppv;
pub mod terms;
pub mod ump;
pub mod unscheduled;
pub mod vocabulary;
pub mod walk;
mod words;

use columns::Columns;
use observed::Outside;
use plan::Plan;
use refusal::Refusal;
use terms::{ContractType, Terms};

/// Adds the events of a contract to the columns, in order of processing. Adds nothing when terms are refused; tells all of them at once.
/// `plan` is memory that is used again from contract to contract.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let rows = columns.len();
    try_begin(terms, outside, plan, columns)?;
    let refusals = plan.arrive(columns).into_iter().map(|(_, refusal)| refusal).collect::<Vec<_>>();
    if refusals.is_empty() {
        return Ok(());
    }
    columns.truncate(rows);
    Err(refusals)
}

/// The same for one contract of many: its rows are there, but the amounts of loans that pay on one rhythm may come later, with those of others,
/// at the latest with [`Plan::arrive`]. All contracts until then add to the same columns.
pub fn try_begin(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let rows = columns.len();
    let done = match terms.contract_type {
        ContractType::Pam => pam::try_schedule(terms, outside, plan, columns),
        ContractType::Lam => lam::try_schedule(terms, outside, plan, columns),
        ContractType::Nam => nam::try_schedule(terms, outside, plan, columns),
        ContractType::Ann => ann::try_schedule(terms, outside, plan, columns),
        ContractType::Lax => lax::try_schedule(terms, outside, plan, columns),
        ContractType::Clm => clm::try_schedule(terms, outside, plan, columns),
        ContractType::Csh => csh::try_schedule(terms, outside, columns),
        ContractType::Com => com::try_schedule(terms, outside, plan, columns),
        ContractType::Stk => stk::try_schedule(terms, outside, plan, columns),
        ContractType::Fxout => fxout::try_schedule(terms, outside, plan, columns),
        ContractType::Optns => optns::try_schedule(terms, outside, plan, columns),
        ContractType::Futur => futur::try_schedule(terms, outside, plan, columns),
        ContractType::Swppv => swppv::try_schedule(terms, outside, plan, columns),
        ContractType::Swaps => swaps::try_schedule(terms, outside, columns),
        ContractType::Capfl => capfl::try_schedule(terms, outside, columns),
        ContractType::Ump => ump::try_schedule(terms, outside, plan, columns),
        ContractType::Cec => cec::try_schedule(terms, outside, plan, columns),
        ContractType::Ceg => ceg::try_schedule(terms, outside, plan, columns),
    };
    let done = done.and_then(|()| settlement::try_convert(terms, outside, columns, rows).map_err(|refusal| vec![refusal]));
    if done.is_err() {
        columns.truncate(rows);
    }
    done
}

#[cfg(test)]
mod tests;
