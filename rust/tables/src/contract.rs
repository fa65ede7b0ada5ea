//! Contracts from outside, and their events as an Arrow table: terms by name in [`dictionary`], read into a [`draft::Draft`]; what was observed
//! in [`observed`]; the events of many contracts as one record batch in [`events`]. Every problem names its contract and its term.

pub mod dictionary;
pub mod draft;
pub mod events;
pub mod observed;

use std::sync::Arc;

use hashstress_engine::contract::calendar::Moment;
use hashstress_engine::contract::observed::{Market, Occurrence, Outside};
use hashstress_engine::contract::plan::Plan;
use hashstress_engine::contract::refusal::Refusal;
use hashstress_engine::contract::terms::Terms;
use hashstress_engine::contract::{self as engine, columns::Columns};
use hashstress_engine::error::{Error, MAX_PROBLEMS, Problem};

use crate::scenario::plain::Plain;
use draft::Draft;

/// One contract, read, with what is outside of it.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Its name in the output and in messages.
    pub id: Box<str>,
    /// Its row in a batch, from 0.
    row: Option<usize>,
    terms: Terms,
    market: Arc<Market>,
    occurrences: Vec<Occurrence>,
    to: Option<Moment>,
}

/// Contracts being read, one after the other.
#[derive(Debug, Default)]
pub struct Contracts {
    read: Vec<Contract>,
    problems: Vec<Problem>,
    seen: usize,
    /// Whether they are rows of a batch, so that a problem says which.
    many: bool,
}

impl Contracts {
    /// For one contract.
    pub fn one() -> Self {
        Self::default()
    }

    /// For a batch.
    pub fn many() -> Self {
        Self { many: true, ..Self::default() }
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

    /// The events of all contracts, contract after contract; every problem of the terms, or else of what they come to.
    pub fn try_events(&self) -> Result<Events<'_>, Error> {
        let mut problems = self.problems.clone();
        let (mut plan, mut columns, mut ends) = (Plan::default(), Columns::default(), Vec::with_capacity(self.read.len()));
        for contract in &self.read {
            let outside = Outside { market: &contract.market, occurrences: &contract.occurrences, to: contract.to };
            if let Err(refusals) = engine::try_schedule(&contract.terms, &outside, &mut plan, &mut columns) {
                problems.extend(refusals.into_iter().map(|refusal| located(problem(refusal), &contract.id, contract.row)));
            }
            ends.push(columns.len());
            if problems.len() >= MAX_PROBLEMS {
                break;
            }
        }
        problems.truncate(MAX_PROBLEMS);
        if problems.is_empty() { Ok(Events { contracts: &self.read, columns, ends }) } else { Err(Error::Input(problems)) }
    }
}

/// Events of contracts, in columns.
#[derive(Debug)]
pub struct Events<'a> {
    contracts: &'a [Contract],
    columns: Columns,
    /// The row that follows each contract's last one.
    ends: Vec<usize>,
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
        let mut draft = Draft::default();
        TERMS.iter().chain(changed).for_each(|(name, text)| draft.text(name, text));
        contracts.add(id, draft, &Ok(Arc::default()), &Plain::Nothing, &Plain::Nothing);
    }

    fn problems(contracts: &Contracts) -> Vec<Problem> {
        let Err(Error::Input(problems)) = contracts.try_events() else { return Vec::new() };
        problems
    }

    #[test]
    fn a_batch_is_its_contracts_one_after_the_other() {
        let mut contracts = Contracts::many();
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
        let mut contracts = Contracts::many();
        add(&mut contracts, None, &[]);
        add(&mut contracts, Some("bad"), &[("maturityDate", "2012-01-01")]);
        let found = problems(&contracts);
        assert_eq!((found[0].table.as_str(), found[0].row, found[0].column.as_deref()), ("contract bad", Some(2), Some("maturityDate")));
        assert_eq!((found[0].code, found[0].value.as_deref()), (Code::Dates, Some("2012-01-01T00:00:00")));
        add(&mut contracts, Some("worse"), &[("notionalPrincipal", "many"), ("currency", "?")]);
        let found = problems(&contracts);
        assert_eq!(found.iter().filter(|problem| problem.table == "contract worse" && problem.row == Some(3)).count(), 2);
        let mut one = Contracts::one();
        one.add(None, Draft::default(), &Ok(Arc::default()), &Plain::Nothing, &Plain::Text("soon".to_owned()));
        let found = problems(&one);
        assert_eq!(found.iter().map(|problem| (problem.table.as_str(), problem.row)).collect::<Vec<_>>(), [("contract", None); 2]);
    }
}
