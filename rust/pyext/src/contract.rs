//! Contracts: terms in, events out.

use std::sync::Arc;

use hashstress_engine::error::Error;
use hashstress_tables::contract::draft::Draft;
use hashstress_tables::contract::{Contracts, Events, observed::try_market, try_loan_events};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};

use crate::errors::{Files, raise};
use crate::extract::plain;
use crate::table::Table;
use crate::{arrow_in, guard};

/// The events of contracts, one after the other; each is a mapping of `contract_id`, `terms`, `observed`, `events`, `to`. In a batch rows and
/// problems say which contract is theirs.
#[pyfunction]
pub(crate) fn schedules(contracts: &Bound<'_, PyAny>, batch: bool) -> PyResult<Table> {
    guard::same_process()?;
    let py = contracts.py();
    let none = py.None().into_bound(py);
    let names = ["contract_id", "terms", "observed", "events", "to"].map(|name| PyString::intern(py, name));
    let mut read = if batch { Contracts::many(contracts.len().ok()) } else { Contracts::one() };
    // Contracts of a batch often share one object of observations: it is read once.
    let mut last = (none.clone(), Ok(Arc::default()));
    for entry in contracts.try_iter()? {
        let entry = dict(&entry?)?;
        let part = |index: usize| entry.get_item(&names[index]).map(|part| part.unwrap_or_else(|| none.clone()));
        let (id, observed) = (Some(part(0)?).filter(|id| !id.is_none()).map(|id| id.str()).transpose()?, part(2)?);
        if !observed.is(&last.0) {
            last = (observed.clone(), try_market(&plain(&observed)).map(Arc::new));
        }
        let id = id.as_ref().map(|id| id.to_str()).transpose()?;
        read.add(id, draft(&part(1)?)?, &last.1, &plain(&part(3)?), &plain(&part(4)?));
        if read.is_full() {
            guard::detached(py, || read.work())?;
            py.check_signals()?;
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
    let batch = guard::detached(py, || events().map(|events| events.try_batch(with_ids)))?;
    let batch = batch.map_err(|error| raise(py, error, files))?;
    batch.map(Table::new).map_err(|bug| PyRuntimeError::new_err(bug.to_string()))
}

fn draft(terms: &Bound<'_, PyAny>) -> PyResult<Draft> {
    let mut draft = Draft::default();
    for (name, value) in dict(terms)? {
        let Ok(name) = name.cast::<PyString>() else { continue };
        match value.cast::<PyString>() {
            Ok(text) => draft.text(name.to_str()?, text.to_str()?),
            Err(_) => draft.value(name.to_str()?, &plain(&value)),
        }
    }
    Ok(draft)
}

/// The object if it is a dict, else a dict of its items.
fn dict<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    object.cast::<PyDict>().cloned().or_else(|_| {
        let dict = PyDict::new(object.py());
        dict.update(object.cast::<PyMapping>()?).map(|()| dict)
    })
}
