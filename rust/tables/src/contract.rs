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
use hashstress_engine::contract::{self as engine, columns::Columns};
use hashstress_engine::error::{Error, MAX_PROBLEMS, Problem};

use crate::input::{Source, try_loans};
use crate::scenario::plain::Plain;
use draft::Draft;
use memory::{Memory, SHELF};

/// One contract, read, with what is outside of it.
#[derive(Debug, Clone)]
struct Contract {
    /// Its name in the output and in messages, where it is not the one of its terms.
    id: Option<Box<str>>,
    /// Its row in a batch, from 0.
    row: Option<usize>,
    /// Its terms, complete.
    draft: Draft,
    market: Arc<Market>,
    occurrences: Vec<Occurrence>,
    to: Option<Moment>,
}

impl Contract {
    /// What it goes by.
    fn id(&self) -> &str {
        name(self.id.as_deref(), &self.draft)
    }

    fn located(&self, refusal: Refusal) -> Problem {
        located(problem(refusal), self.id(), self.row)
    }
}

/// So many contracts are read before their events are worked out: their terms are then still at hand, and are not kept.
const CHUNK: usize = 128;

/// Contracts being read and worked out, chunk by chunk.
#[derive(Debug, Default)]
pub struct Contracts {
    /// Read, not yet worked out.
    read: Vec<Contract>,
    /// Drafts that are done with: their memory is used again.
    spare: Vec<Draft>,
    problems: Vec<Problem>,
    seen: usize,
    /// How many of them the last chunk ended with.
    worked: usize,
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

    /// An empty draft.
    pub fn draft(&mut self) -> Draft {
        self.spare.pop().map(Draft::again).unwrap_or_default()
    }

    /// Adds a contract; without an `id` it goes by the one of its terms. An `id` that is no text comes as what it is.
    pub fn add(
        &mut self,
        id: Option<Result<&str, Plain>>,
        mut draft: Draft,
        market: &Result<Arc<Market>, Vec<Problem>>,
        events: &Plain,
        to: &Plain,
    ) {
        let id = id.and_then(|id| id.map_err(|other| draft.value("contractID", &other)).ok());
        let row = self.many.then_some(self.seen);
        self.seen += 1;
        let terms = draft.try_complete().err();
        let id = id.filter(|id| draft.terms().contract_id.as_deref() != Some(*id));
        let occurrences = observed::try_occurrences(events);
        let to = observed::try_end(to);
        match (terms, market, occurrences, to) {
            (None, Ok(market), Ok(occurrences), Ok(to)) => {
                self.read.push(Contract { id: id.map(Box::from), row, draft, market: market.clone(), occurrences, to });
            }
            (terms, market, occurrences, to) => {
                let market = market.as_ref().err().cloned();
                let problems = [terms, market, occurrences.err(), to.err()].into_iter().flatten().flatten();
                let id = name(id, &draft);
                self.problems.extend(problems.map(|problem| located(problem, id, row)));
                self.spare.push(draft);
            }
        }
    }

    /// Whether it is time to [`Contracts::work`].
    pub fn is_full(&self) -> bool {
        self.seen - self.worked >= CHUNK
    }

    /// Works out the events of what was read; and forgets those problems of which there are enough in earlier rows.
    pub fn work(&mut self) {
        // Contracts of this chunk may stand before those that could not be read, so each of them is asked.
        let told = self.problems.iter().filter(|problem| problem.row.is_some_and(|row| row <= self.worked)).count();
        let before = self.events.ends.len();
        if told < MAX_PROBLEMS {
            for contract in &self.read {
                let outside = Outside { market: &contract.market, occurrences: &contract.occurrences, to: contract.to };
                if let Err(refusals) = engine::try_begin(contract.draft.terms(), &outside, &mut self.plan, &mut self.events.columns) {
                    self.problems.extend(refusals.into_iter().map(|refusal| contract.located(refusal)));
                }
                self.events.close(contract.id());
            }
            for (row, refusal) in self.plan.arrive(&mut self.events.columns) {
                let contract = &self.read[self.events.ends.partition_point(|(_, end)| *end <= row) - before];
                self.problems.push(contract.located(refusal));
            }
        }
        self.spare.extend(self.read.drain(..).map(|contract| contract.draft));
        self.problems.sort_by_key(|problem| problem.row);
        self.problems.truncate(MAX_PROBLEMS);
        self.worked = self.seen;
        self.events.reserve_for(self.expected);
    }

    /// The events of all contracts, contract after contract; or every problem, in order of contracts.
    pub fn try_events(mut self) -> Result<Events, Error> {
        self.work();
        if self.problems.is_empty() { Ok(self.events) } else { Err(Error::Input(self.problems)) }
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

/// What a contract goes by.
fn name<'a>(id: Option<&'a str>, draft: &'a Draft) -> &'a str {
    id.or(draft.terms().contract_id.as_deref()).unwrap_or_default()
}

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
        let mut draft = contracts.draft();
        TERMS.iter().chain(changed).for_each(|(name, text)| draft.text(name, text));
        contracts.add(id.map(Ok), draft, &Ok(Arc::default()), &Plain::Nothing, &Plain::Nothing);
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
    fn the_earliest_problems_are_told_however_many_there_are() {
        for chunks in [1, 3] {
            let mut contracts = Contracts::many(None);
            let unread = [("notionalPrincipal", "many"), ("currency", "?")];
            for _ in 0..chunks {
                add(&mut contracts, Some("refused"), &[("maturityDate", "2012-01-01")]);
                (1..CHUNK).for_each(|_| add(&mut contracts, Some("unread"), &unread));
                assert!(contracts.is_full());
                contracts.work();
            }
            let found = problems(contracts);
            let rows = found.iter().map(|problem| problem.row.unwrap()).collect::<Vec<_>>();
            let first = std::iter::once(1).chain((2..).flat_map(|row| [row; 2])).take(MAX_PROBLEMS);
            assert_eq!((rows, found[0].table.as_str()), (first.collect(), "contract refused"));
        }
    }

    #[test]
    fn a_loan_that_leaves_the_numbers_is_named_among_others() {
        let even = [("contractType", "NAM"), ("cycleOfInterestPayment", "P1ML0"), ("cycleOfPrincipalRedemption", "P1ML0")];
        let (mut contracts, odd) = (Contracts::many(Some(20)), [3, 11]);
        for row in 0..20 {
            let rate = if odd.contains(&row) { "1e14" } else { "0.1" };
            let rest = [
                ("maturityDate", "2018-01-01"),
                ("nextPrincipalRedemptionPayment", "1"),
                ("nominalInterestRate", rate),
                ("contractID", ["a", "b"][row % 2]),
            ];
            let changed: Vec<_> = even.into_iter().chain(rest).collect();
            add(&mut contracts, None, &changed);
        }
        let found = problems(contracts).into_iter().map(|problem| (problem.row, problem.column));
        assert!(found.eq(odd.map(|row| (Some(row + 1), Some("nominalInterestRate".to_owned())))));
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
