//! `Scenario`: what happens from outside, compiled for one book.

use std::sync::Arc;

use hashstress_engine::scenario::Scenario as Engine;
use hashstress_engine::scenario::spec::PriceSpec;
use hashstress_tables::{digest, prices, scenario};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyMapping;

use crate::book::Book;
use crate::errors::{Files, raise};
use crate::extract::plain;
use crate::guard;

/// What happens from outside, compiled for one book.
#[pyclass(frozen, module = "hashstress._core")]
pub(crate) struct Scenario {
    pub(crate) engine: Arc<Engine>,
    /// Digest of the book it was compiled for.
    book: String,
    #[pyo3(get)]
    digest: String,
}

impl Scenario {
    /// Whether closes and lows come with each call.
    pub(crate) fn is_batch(&self) -> bool {
        matches!(self.engine.price, PriceSpec::Batch)
    }

    /// Closes and lows it draws for some paths, little-endian.
    pub(crate) fn price_paths(&self, py: Python<'_>, seed: u64, first_path: u64, count: usize) -> PyResult<(Vec<u8>, Vec<u8>)> {
        if self.is_batch() {
            return Err(PyValueError::new_err("a scenario with the price source \"batch\" draws no prices: they come from outside"));
        }
        guard::detached(py, || prices::drawn(&self.engine, seed, first_path, count))
    }

    /// An error for any book but the one it was compiled for.
    pub(crate) fn belongs_to(&self, book: &Book) -> PyResult<()> {
        let other = || PyValueError::new_err("the scenario was compiled for another book; call Scenario.try_build with this one");
        (book.digest == self.book).then_some(()).ok_or_else(other)
    }
}

#[pymethods]
impl Scenario {
    /// `spec` is the compiled scenario of docs/model/inputs.md plus the key `price`.
    #[staticmethod]
    fn try_build(py: Python<'_>, spec: &Bound<'_, PyMapping>, book: &Bound<'_, Book>) -> PyResult<Self> {
        let (plain, book) = (plain(spec), book.get());
        let built = guard::detached(py, || {
            let spec = scenario::try_spec(&plain)?;
            Ok((digest::scenario(&spec), Engine::try_build(spec, &book.engine)?))
        })?;
        let (digest, engine) = built.map_err(|error| raise(py, error, &Files::new()))?;
        Ok(Self { engine: Arc::new(engine), book: book.digest.clone(), digest })
    }

    #[getter]
    fn days(&self) -> usize {
        self.engine.days
    }

    fn __repr__(&self) -> String {
        format!("Scenario({} days from {})", self.engine.days, self.engine.start)
    }
}
