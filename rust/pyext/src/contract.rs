//! Contracts: terms in, events out.

use std::sync::Arc;

use hashstress_engine::error::Error;
use hashstress_tables::contract::{Contracts, Events, dictionary, draft::Draft, observed::try_market, try_loan_events};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyMapping, PyString};

use crate::errors::{Files, raise};
use crate::extract::plain;
use crate::table::Table;
use crate::{arrow_in, guard, items};

/// The events of contracts, one after the other; each is a mapping of `contract_id`, `terms`, `observed`, `events`, `to`. In a batch rows and
/// problems say which contract is theirs.
#[pyfunction]
pub(crate) fn schedules(contracts: &Bound<'_, PyAny>, batch: bool) -> PyResult<Table> {
    guard::same_process()?;
    let py = contracts.py();
    let none = py.None().into_bound(py);
    let names = ["contract_id", "terms", "observed", "events", "to"].map(|name| PyString::intern(py, name));
    let mut read = if batch { Contracts::many(contracts.len().ok()) } else { Contracts::one() };
    // Contracts of a batch often share one object of observations, and the names of their terms: each is read once.
    let (mut last, mut known) = ((none.clone(), Ok(Arc::default())), Vec::new());
    for given in contracts.try_iter()? {
        let (given, mut draft) = (given?, read.draft());
        let entry = dict(&given).map_or_else(|| [("terms", &given)].into_py_dict(py), Ok)?;
        let part = |index: usize| entry.get_item(&names[index]).map(|part| part.unwrap_or_else(|| none.clone()));
        let (id, observed) = (Some(part(0)?).filter(|id| !id.is_none()).map(|id| id.str()).transpose()?, part(2)?);
        if !observed.is(&last.0) {
            last = (observed.clone(), try_market(&plain(&observed)).map(Arc::new));
        }
        fill(&mut draft, &part(1)?, &mut known);
        let id = id.as_ref().map(|id| id.to_str().map_err(|_| plain(id)));
        read.add(id, draft, &last.1, &plain(&part(3)?), &plain(&part(4)?));
        if read.is_full() {
            guard::detached(py, || read.work()).and_then(|()| py.check_signals())?;
        }
    }
    table(py, &Files::new(), || read.try_events(), batch)
}

/// The contractual events of a table `loans`, loan by loan; `file` names its origin for errors.
#[pyfunction]
#[pyo3(signature = (loans, file=None))]
pub(crate) fn loan_schedule(py: Python<'_>, loans: &Bound<'_, PyAny>, file: Option<&str>) -> PyResult<Table> {
    guard::same_process()?;
    let files = file.map(|file| ("loans".to_owned(), file.to_owned())).into_iter().collect();
    let source = arrow_in::source(loans)?;
    table(py, &files, || try_loan_events(&source), true)
}

fn table(py: Python<'_>, files: &Files, events: impl FnOnce() -> Result<Events, Error> + Send, with_ids: bool) -> PyResult<Table> {
    let batch = guard::detached(py, || events().map(|events| events.try_batch(with_ids)))?.map_err(|error| raise(py, error, files))?;
    batch.map(Table::new).map_err(|bug| PyRuntimeError::new_err(bug.to_string()))
}

/// Terms by their names; `known` are those of the contract before, most often the same objects, and what they stand for.
fn fill<'py>(draft: &mut Draft, terms: &Bound<'py, PyAny>, known: &mut Vec<(Bound<'py, PyAny>, Option<&dictionary::Term>)>) {
    let Some(terms) = dict(terms) else { return draft.no_terms(&plain(terms)) };
    let (mut place, mut done_with) = (0, Vec::new()); // what is let go of is dropped after the walk: its end may be Python code
    items::for_each(&terms, |name, text, value| {
        if known.get(place).is_none_or(|(before, _)| !before.is(name)) {
            done_with.extend(known.drain(place..));
            known.push((name.clone(), name.extract().ok().and_then(dictionary::find)));
        }
        draft.read(known[place].1, text, || plain(value));
        place += 1;
    });
}

/// The object if it is a dict, else a dict of its items, if it has any.
fn dict<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    let items = || PyDict::from_sequence(object.cast::<PyMapping>().ok()?.items().ok()?.as_any()).ok();
    object.cast::<PyDict>().ok().cloned().or_else(items)
}
