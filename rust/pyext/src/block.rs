//! `Block`: paths that advance together, some days at a time.

use std::sync::{Mutex, PoisonError};

use hashstress_engine::group::Plan;
use hashstress_engine::results::hex;
use hashstress_engine::run::Block as Engine;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::book::Book;
use crate::errors::{Files, raise};
use crate::guard;
use crate::scenario::Scenario;

/// Paths that advance together.
#[pyclass(frozen, module = "hashstress._core")]
pub(crate) struct Block {
    engine: Mutex<Engine>,
}

#[pymethods]
impl Block {
    #[new]
    #[pyo3(signature = (book, scenario, *, paths, seed, first_path=0))]
    fn new(
        py: Python<'_>,
        book: &Bound<'_, Book>,
        scenario: &Bound<'_, Scenario>,
        paths: usize,
        seed: u64,
        first_path: u64,
    ) -> PyResult<Self> {
        let (book, scenario) = (book.get(), scenario.get());
        scenario.belongs_to(book)?;
        if scenario.is_batch() {
            return Err(PyValueError::new_err("a block draws its own prices: the source \"batch\" has none to draw"));
        }
        if paths == 0 || first_path.checked_add(paths as u64).is_none() {
            return Err(PyValueError::new_err("paths must be at least 1, and first_path + paths below 2^64"));
        }
        let open = || Engine::open(Plan::new(book.engine.clone(), scenario.engine.clone()), seed, first_path, paths, None);
        Ok(Self { engine: Mutex::new(guard::detached(py, open)?) })
    }

    /// The next days on all paths, on the calling thread; how many there were.
    fn advance(&self, py: Python<'_>, days: usize) -> PyResult<usize> {
        let advanced = guard::detached(py, || self.engine.lock().unwrap_or_else(PoisonError::into_inner).advance(days))?;
        advanced.map_err(|error| raise(py, error, &Files::new()))
    }

    /// sha256 of each path's results so far, in path order.
    fn digests(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let outcomes = guard::detached(py, || self.engine.lock().unwrap_or_else(PoisonError::into_inner).outcomes())?;
        Ok(outcomes.iter().map(|outcome| hex(&outcome.digest)).collect())
    }
}
