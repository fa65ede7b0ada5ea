//! The compiled module `hashstress._core`: extract, detach, call, wrap. The model lives in `rust/engine`, the schema in `rust/tables`,
//! the contract of this module in `python/hashstress/_core.pyi`.

mod arrow_in;
mod book;
mod contract;
mod errors;
mod extract;
mod guard;
mod items;
mod run;
mod scenario;
mod table;

use pyo3::prelude::*;

/// The compiled engine.
#[pymodule]
mod _core {
    use hashstress_engine::{rng, units};
    use hashstress_tables::schema::{self as tables, Column, Kind};
    use pyo3::prelude::*;
    use pyo3::types::{PyBytes, PyDict};

    #[pymodule_export]
    use crate::book::Book;
    #[pymodule_export]
    use crate::contract::{loan_schedule, schedules};
    #[pymodule_export]
    use crate::run::Run;
    #[pymodule_export]
    use crate::scenario::Scenario;
    #[pymodule_export]
    use crate::table::Table;

    use crate::{errors, guard};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        guard::remember_process();
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("InputError", module.py().get_type::<errors::InputError>())?;
        module.delattr("__all__") // everything here is public, as in the stub
    }

    /// Every input and output table by `input.NAME` and `output.NAME`: a list of columns.
    #[pyfunction]
    fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let all = PyDict::new(py);
        for (prefix, group) in [("input", tables::INPUTS), ("output", tables::OUTPUTS)] {
            for table in group {
                let columns = table.all_columns().map(|column| describe(py, column)).collect::<PyResult<Vec<_>>>()?;
                all.set_item(format!("{prefix}.{}", table.name), columns)?;
            }
        }
        Ok(all)
    }

    fn describe<'py>(py: Python<'py>, column: &Column) -> PyResult<Bound<'py, PyDict>> {
        let entry = PyDict::new(py);
        entry.set_item("name", column.name)?;
        entry.set_item("type", column.kind.name())?;
        entry.set_item("unit", column.unit)?;
        for (key, bound) in [("minimum", column.minimum), ("maximum", column.maximum)] {
            match bound {
                Some(days) if column.kind == Kind::Date => entry.set_item(key, tables::date(days))?,
                bound => entry.set_item(key, bound)?,
            }
        }
        entry.set_item("nullable", column.nullable)?;
        entry.set_item("required", column.required)?;
        entry.set_item("default", column.default)?;
        entry.set_item("values", column.words())?;
        entry.set_item("references", column.references())?;
        entry.set_item("description", column.description).map(|()| entry)
    }

    /// Closes and lows the engine would use: little-endian f64 `[count][days]` each.
    #[pyfunction]
    fn price_paths<'py>(
        py: Python<'py>,
        scenario: &Bound<'py, Scenario>,
        seed: u64,
        first_path: u64,
        count: usize,
    ) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
        let bytes = scenario.get().price_paths(py, seed, first_path, count)?;
        Ok((PyBytes::new(py, &bytes.0), PyBytes::new(py, &bytes.1)))
    }

    /// Uniforms in (0, 1) of the engine's stateless generator, for plugins that draw.
    #[pyfunction]
    fn draws(py: Python<'_>, seed: u64, stream: u64, path: u64, entity: u64, day: u64, count: usize) -> PyResult<Vec<f64>> {
        guard::detached(py, || rng::uniforms(seed, stream, path, entity, day, count))
    }

    /// One block of Philox4x64-10: four words for a key of two and a counter of four.
    #[pyfunction]
    fn philox_block(key: [u64; 2], counter: [u64; 4]) -> [u64; 4] {
        rng::philox(key, counter)
    }

    /// `e^x`, the same bits on every platform.
    #[pyfunction]
    fn exp(x: f64) -> f64 {
        units::exp(x)
    }

    /// Natural logarithm, the same bits on every platform.
    #[pyfunction]
    fn ln(x: f64) -> f64 {
        units::ln(x)
    }

    /// Cosine, the same bits on every platform.
    #[pyfunction]
    fn cos(x: f64) -> f64 {
        units::cos(x)
    }
}
