//! Contracts from outside, and their events as an Arrow table: terms by name in [`dictionary`], read into a [`draft::Draft`]; what was observed
//! in [`observed`]; the events of many contracts as one record batch in [`events`]. Every problem names its contract and its term.

pub mod dictionary;
pub mod draft;
pub mod events;
mod memory;
pub mod observed;
mod text;

use std::sync::Arc;

use hashstress_engine::book::agreement;
use hashstress_engine::contract::calendar::Moment;
use hashstress_engine::contract::observed::{Market, Occurrence, Outside};
use hashstress_engine::contract::plan::Plan;
use hashstress_engine::contract::refusal::Refusal;
use hashstress_engine::contract::terms::Terms;
use hashstress_engine::contract::{self as engine, columns::Columns};
use hashstress_engine::error::{Error, MAX_PROBLEMS, Problem};

use crate::input::{Source, try_loans};
use crate::scenario::plain::Plain;
use draft::Draft;
use memory::{Memory, SHELF};

/// One contract, read, with what is outside of it.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Its name in the output and in messages.
    pub id: Box<str>,
    /// Its row in a batch, from 0.
    row: Option<usize>,
    terms: Box<Terms>,
    market: Arc<Market>,
    occurrences: Vec<Occurrence>,
    to: Option<Moment>,
}

/// So many contracts are read before their events are worked out: their terms are then still at hand, and are not kept.
const CHUNK: usize = 128;

/// Contracts being read and worked out, chunk by chunk.
#[derive(Debug, Default)]
pub struct Contracts {
    /// Read, not yet worked out.
    read: Vec<Contract>,
    problems: Vec<Problem>,
    seen: usize,
    /// How many there will be, if known.
    expected: usize,
    /// Whether they are rows of a batch, so that a problem says which.
    many: bool,
    plan: Plan,
    events: Events,
}

impl Contracts {
    /// For one contract.
    pub fn one() -> Self {
        Self::default()
    }

    /// For a batch; `expected` says how many there will be, if that is known.
    pub fn many(expected: Option<usize>) -> Self {
        Self { many: true, expected: expected.unwrap_or(0), read: Vec::with_capacity(CHUNK), ..Self::default() }
    }

    /// Adds a contract; without an `id` it goes by the one of its terms.
    pub fn add(&mut self, id: Option<&str>, draft: Draft, market: &Result<Arc<Market>, Vec<Problem>>, events: &Plain, to: &Plain) {
        let id: Box<str> = id.or(draft.contract_id()).unwrap_or_default().into();
        let row = self.many.then_some(self.seen);
        self.seen += 1;
        let terms = draft.try_finish();
        let occurrences = observed::try_occurrences(events);
        let to = observed::try_end(to);
        match (terms, market, occurrences, to) {
            (Ok(terms), Ok(market), Ok(occurrences), Ok(to)) => {
                self.read.push(Contract { id, row, terms, market: market.clone(), occurrences, to });
            }
            (terms, market, occurrences, to) => {
                let market = market.as_ref().err().cloned();
                let problems = [terms.err(), market, occurrences.err(), to.err()].into_iter().flatten().flatten();
                self.problems.extend(problems.map(|problem| located(problem, &id, row)));
            }
        }
    }

    /// Whether it is time to [`Contracts::work`].
    pub fn is_full(&self) -> bool {
        self.read.len() >= CHUNK
    }

    /// Works out the events of what was read.
    pub fn work(&mut self) {
        for contract in &self.read {
            if self.problems.len() >= MAX_PROBLEMS {
                break;
            }
            let outside = Outside { market: &contract.market, occurrences: &contract.occurrences, to: contract.to };
            if let Err(refusals) = engine::try_schedule(&contract.terms, &outside, &mut self.plan, &mut self.events.columns) {
                self.problems.extend(refusals.into_iter().map(|refusal| located(problem(refusal), &contract.id, contract.row)));
            }
            self.events.close(&contract.id);
        }
        self.read.clear();
        self.events.reserve_for(self.expected);
    }

    /// The events of all contracts, contract after contract; or every problem, in order of contracts.
    pub fn try_events(mut self) -> Result<Events, Error> {
        self.work();
        let mut problems = self.problems;
        problems.sort_by_key(|problem| problem.row);
        problems.truncate(MAX_PROBLEMS);
        if problems.is_empty() { Ok(self.events) } else { Err(Error::Input(problems)) }
    }
}

/// Events of contracts, in columns.
#[derive(Debug, Default)]
pub struct Events {
    columns: Columns,
    /// Names of the contracts, one after the other.
    names: String,
    /// Of each contract: where its name ends, and the row that follows its last one.
    ends: Vec<(usize, usize)>,
    /// Memory for the text columns.
    memory: Memory,
}

impl Events {
    fn close(&mut self, id: &str) {
        self.names.push_str(id);
        self.ends.push((self.names.len(), self.columns.len()));
    }

    /// Makes room for all contracts once the first ones have shown how many rows one has: in the memory of an earlier table, if there is some.
    fn reserve_for(&mut self, expected: usize) {
        let (rows, contracts) = (self.columns.len(), self.ends.len());
        if expected > contracts && contracts > 0 {
            let left = rows.saturating_mul(expected - contracts) / contracts;
            let more = (left + left / 32).min(MOST_RESERVED);
            if self.columns.times.capacity() < rows + left.min(MOST_RESERVED) {
                self.memory = SHELF.take(rows + left);
                self.memory.hold(&mut self.columns, more);
            }
        }
    }
}

/// The contractual events of a table `loans`, loan by loan in order of their keys, by the terms the simulated day goes by.
pub fn try_loan_events(source: &Result<Source, String>) -> Result<Events, Error> {
    let loans = try_loans(source)?;
    let (mut plan, mut events) = (Plan::default(), Events::default());
    let outside = Outside { market: &Market::default(), occurrences: &[], to: None };
    for (row, _) in &loans {
        // Their agreement came from the same terms: nothing is left to be refused.
        let done = engine::try_schedule(&agreement::terms(row), &outside, &mut plan, &mut events.columns);
        done.map_err(|refusals| Error::Input(refusals.into_iter().map(|refusal| located(problem(refusal), &row.loan, None)).collect()))?;
        events.close(&row.loan);
    }
    Ok(events)
}

/// Rows that are made room for in advance at most: memory is asked for, not yet used.
const MOST_RESERVED: usize = 1 << 24;

fn problem(refusal: Refusal) -> Problem {
    let Refusal { code, term, value, expected } = refusal;
    let value = (!value.is_empty()).then_some(value);
    Problem { code, table: String::new(), row: None, column: Some(term.into_owned()), value, expected }
}

/// Names the contract; rows count from 1.
fn located(problem: Problem, id: &str, row: Option<usize>) -> Problem {
    let table = if id.is_empty() { "contract".to_owned() } else { format!("contract {id}") };
    Problem { table, row: row.map(|row| row + 1), ..problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hashstress_engine::error::Code;

    const TERMS: [(&str, &str); 10] = [
        ("contractType", "PAM"),
        ("contractID", "L1"),
        ("contractRole", "RPA"),
        ("statusDate", "2012-12-31T00:00:00"),
        ("initialExchangeDate", "2013-01-01T00:00:00"),
        ("maturityDate", "2014-01-01T00:00:00"),
        ("currency", "USD"),
        ("notionalPrincipal", "1000"),
        ("nominalInterestRate", "0.1"),
        ("dayCountConvention", "30E360"),
    ];

    fn add(contracts: &mut Contracts, id: Option<&str>, changed: &[(&str, &str)]) {
        let mut draft = Draft::default();
        TERMS.iter().chain(changed).for_each(|(name, text)| draft.text(name, text));
        contracts.add(id, draft, &Ok(Arc::default()), &Plain::Nothing, &Plain::Nothing);
    }

    fn problems(contracts: Contracts) -> Vec<Problem> {
        let Err(Error::Input(problems)) = contracts.try_events() else { return Vec::new() };
        problems
    }

    #[test]
    fn a_batch_is_its_contracts_one_after_the_other() {
        let mut contracts = Contracts::many(None);
        add(&mut contracts, None, &[]);
        add(&mut contracts, Some("second"), &[("notionalPrincipal", "500")]);
        let batch = contracts.try_events().unwrap().try_batch(true).unwrap();
        assert_eq!((batch.num_rows(), batch.num_columns()), (6, 10));
        let mut single = Contracts::one();
        add(&mut single, None, &[]);
        let one = single.try_events().unwrap().try_batch(false).unwrap();
        assert_eq!((one.num_rows(), one.num_columns()), (3, 9));
        for column in 0..9 {
            assert_eq!(one.column(column).as_ref(), batch.column(column + 1).slice(0, 3).as_ref());
        }
    }

    #[test]
    fn problems_name_contract_row_and_term() {
        let mut contracts = Contracts::many(Some(3));
        add(&mut contracts, None, &[]);
        add(&mut contracts, Some("bad"), &[("maturityDate", "2012-01-01")]);
        add(&mut contracts, Some("worse"), &[("notionalPrincipal", "many"), ("currency", "?")]);
        let found = problems(contracts);
        assert_eq!((found[0].table.as_str(), found[0].row, found[0].column.as_deref()), ("contract bad", Some(2), Some("maturityDate")));
        assert_eq!((found[0].code, found[0].value.as_deref()), (Code::Dates, Some("2012-01-01T00:00:00")));
        assert_eq!(found.iter().filter(|problem| problem.table == "contract worse" && problem.row == Some(3)).count(), 2);
        let mut one = Contracts::one();
        one.add(None, Draft::default(), &Ok(Arc::default()), &Plain::Nothing, &Plain::Text("soon".to_owned()));
        let found = problems(one);
        assert_eq!(found.iter().map(|problem| (problem.table.as_str(), problem.row)).collect::<Vec<_>>(), [("contract", None); 2]);
    }

    #[test]
    fn chunks_leave_no_trace() {
        let batch = |worked: bool| {
            let mut contracts = Contracts::many(Some(5));
            for name in ["a", "b", "c", "d", "e"] {
                add(&mut contracts, Some(name), &[]);
                if worked {
                    contracts.work();
                }
            }
            contracts.try_events().unwrap().try_batch(true).unwrap()
        };
        assert_eq!(batch(true), batch(false));
    }
}
