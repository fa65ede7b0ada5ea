//! The one crossing of errors: the engine's error becomes a Python exception.

use std::collections::BTreeMap;

use hashstress_engine::error::{Error, Problem};
use pyo3::create_exception;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};

create_exception!(hashstress._core, InputError, PyValueError, "Bad input: `problems` holds up to 100 located problems.");

/// Where each table came from, by table name.
pub(crate) type Files = BTreeMap<String, String>;

/// The exception of an error; `files` names the origin of tables.
pub(crate) fn raise(py: Python<'_>, error: Error, files: &Files) -> PyErr {
    match error {
        Error::Input(problems) => input_error(py, &problems, files).unwrap_or_else(|failure| failure),
        Error::Cancelled => PyKeyboardInterrupt::new_err(error.to_string()),
        Error::Range { .. } => PyValueError::new_err(error.to_string()),
        Error::Threads { .. } => PyRuntimeError::new_err(error.to_string()),
    }
}

fn input_error(py: Python<'_>, problems: &[Problem], files: &Files) -> PyResult<PyErr> {
    let lines: Vec<_> = problems.iter().map(|problem| line(problem, files.get(&problem.table))).collect();
    let error = InputError::new_err(format!("{} problem(s) in the input:\n{}", problems.len(), lines.join("\n")));
    let dicts = problems.iter().map(|problem| dict(py, problem, files.get(&problem.table))).collect::<PyResult<Vec<_>>>()?;
    error.value(py).setattr("problems", dicts)?;
    Ok(error)
}

/// One problem in one line: `loans.csv (loans), row 3, column rate, value 112: expected ... [out_of_range]`.
fn line(problem: &Problem, file: Option<&String>) -> String {
    let place = file.map_or_else(|| problem.table.clone(), |file| format!("{file} ({})", problem.table));
    let row = problem.row.map(|row| format!(", row {row}")).unwrap_or_default();
    let column = problem.column.as_ref().map(|column| format!(", column {column}")).unwrap_or_default();
    let value = problem.value.as_ref().filter(|value| !value.is_empty()).map(|value| format!(", value {value:?}")).unwrap_or_default();
    format!("  {place}{row}{column}{value}: expected {} [{}]", problem.expected, problem.code.name())
}

fn dict<'py>(py: Python<'py>, problem: &Problem, file: Option<&String>) -> PyResult<Bound<'py, PyDict>> {
    let texts = [("table", &problem.table), ("expected", &problem.expected)].into_py_dict(py)?;
    texts.set_item("code", problem.code.name())?;
    texts.set_item("row", problem.row)?;
    let optional = [("file", file), ("column", problem.column.as_ref()), ("value", problem.value.as_ref())];
    optional.into_iter().try_for_each(|(name, text)| texts.set_item(name, text)).map(|()| texts)
}

#[cfg(test)]
mod tests {
    use hashstress_engine::error::Code;

    use super::*;

    #[test]
    fn a_problem_in_one_line() {
        let cell = Problem::cell(Code::OutOfRange, "loans", 2, "rate", 112, "a number from 0 to 1");
        let file = "loans.csv".to_owned();
        let expected = "  loans.csv (loans), row 3, column rate, value \"112\": expected a number from 0 to 1 [out_of_range]";
        assert_eq!(line(&cell, Some(&file)), expected);
        let table = Problem::table(Code::MissingTable, "loans", None, "a table `loans`");
        assert_eq!(line(&table, None), "  loans: expected a table `loans` [missing_table]");
    }
}
