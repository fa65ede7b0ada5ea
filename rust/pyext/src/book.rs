//! `Book`: what exists on day 0.

use std::sync::Arc;

use hashstress_engine::book::Book as Engine;
use hashstress_tables::input::{Input, Sources, TypedTable, try_book};
use hashstress_tables::nearest::suggestion;
use hashstress_tables::{digest, output};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyMapping};

use crate::errors::{Files, raise};
use crate::table::Table;
use crate::{arrow_in, guard};

/// What exists on day 0, validated and cross-checked.
#[pyclass(frozen, module = "hashstress._core")]
pub(crate) struct Book {
    pub(crate) engine: Arc<Engine>,
    input: Input,
    #[pyo3(get)]
    pub(crate) digest: String,
}

#[pymethods]
impl Book {
    /// Tables by name: anything with `__arrow_c_stream__` or `__arrow_c_array__`. `files` names each table's origin for errors.
    #[staticmethod]
    #[pyo3(signature = (tables, files=None))]
    fn try_build(py: Python<'_>, tables: &Bound<'_, PyMapping>, files: Option<&Bound<'_, PyMapping>>) -> PyResult<Self> {
        guard::same_process()?;
        let files = files.map(files_by_table).transpose()?.unwrap_or_default();
        let mut sources = Sources::new();
        for item in tables.items()?.iter() {
            let (name, table): (String, Bound<'_, PyAny>) = item.extract()?;
            sources.insert(name, arrow_in::source(&table)?);
        }
        let built = guard::detached(py, move || try_book(&sources).map(|(engine, input)| (digest::input(&input), engine, input)))?;
        let (digest, engine, input) = built.map_err(|error| raise(py, error, &files))?;
        Ok(Self { engine: Arc::new(engine), input, digest })
    }

    #[getter]
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.input.tables.iter().map(|table| (table.table.name, table.rows)).into_py_dict(py)
    }

    /// For each row of a table in canonical order, the row of the input it came from, from 1.
    fn input_rows(&self, name: &str) -> PyResult<Vec<usize>> {
        Ok(self.typed(name)?.canonical_order().into_iter().map(|row| row + 1).collect())
    }

    /// A table as it was understood: canonical order, defaults filled in.
    fn table(&self, py: Python<'_>, name: &str) -> PyResult<Table> {
        let table = self.typed(name)?;
        let batch = guard::detached(py, || output::canonical(table))?;
        batch.map(Table::new).map_err(|bug| PyRuntimeError::new_err(bug.to_string()))
    }
}

impl Book {
    fn typed(&self, name: &str) -> PyResult<&TypedTable> {
        let (found, names) = (self.input.table(name), self.input.tables.iter().map(|table| table.table.name));
        found.ok_or_else(|| PyValueError::new_err(format!("no table `{name}` in a book{}", suggestion(name, names))))
    }
}

fn files_by_table(files: &Bound<'_, PyMapping>) -> PyResult<Files> {
    files.items()?.iter().map(|item| item.extract()).collect()
}
