//! What must not reach Python: panics, and a process that inherited half of our threads.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::marker::Ungil;
use pyo3::prelude::*;

/// The process that imported the module; 0 before the import.
static HOME: AtomicU32 = AtomicU32::new(0);

/// Notes which process imported the module.
pub(crate) fn remember_process() {
    HOME.store(process::id(), Ordering::Relaxed);
}

/// An error in a process that was forked after the import: its copies of our locks and threads are not alive.
pub(crate) fn same_process() -> PyResult<()> {
    let home = HOME.load(Ordering::Relaxed);
    if home == 0 || home == process::id() {
        return Ok(());
    }
    Err(PyRuntimeError::new_err(format!(
        "hashstress was imported in process {home} and cannot be used in process {}, which was forked from it; \
         start worker processes with the method \"spawn\" or \"forkserver\"",
        process::id()
    )))
}

/// Runs Rust code detached from Python; a panic becomes a `RuntimeError`.
pub(crate) fn detached<T: Ungil + Send>(py: Python<'_>, work: impl FnOnce() -> T + Ungil + Send) -> PyResult<T> {
    same_process()?;
    py.detach(|| caught(work)).map_err(PyRuntimeError::new_err)
}

/// Runs code; a panic becomes a sentence.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| bug(panic.as_ref()))
}

/// A sentence for a panic.
fn bug(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned());
    format!("this is a bug in hashstress, please report it with the input that caused it: {}", text.replace('\0', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_sentences() {
        assert_eq!(caught(|| 1), Ok(1));
        for sentence in [caught(|| panic!("bo\0om")), caught(|| panic!("{}om", "bo"))] {
            let sentence: String = sentence.map(|(): ()| ()).unwrap_err();
            assert!(sentence.starts_with("this is a bug in hashstress") && sentence.ends_with("boom"), "{sentence}");
        }
    }

    #[test]
    fn another_process_is_told_apart() {
        assert!(same_process().is_ok());
    }
}
