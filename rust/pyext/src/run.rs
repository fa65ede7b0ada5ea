//! `Run`: a run in progress.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hashstress_engine::error::Error;
use hashstress_engine::group::Batch;
use hashstress_engine::results::columns::Columns;
use hashstress_engine::run::{Control, Options, Run as Engine};
use hashstress_tables::{output, prices};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};

use crate::book::Book;
use crate::errors::{Files, raise};
use crate::guard;
use crate::scenario::Scenario;
use crate::table::Table;

/// How long the caller waits before it looks for signals.
const STEP: Duration = Duration::from_millis(50);
/// Shortest time between two calls of a progress function.
const TELL: Duration = Duration::from_millis(250);

/// A run in progress: advance it over paths, then take its tables.
#[pyclass(frozen, module = "hashstress._core")]
pub(crate) struct Run {
    engine: Engine,
    days: usize,
    /// Whether prices come with each call.
    batch: bool,
    engine_nanos: AtomicU64,
    kernel_nanos: AtomicU64,
    /// Set when a panic may have left the totals half written.
    broken: AtomicBool,
}

#[pymethods]
impl Run {
    #[new]
    #[pyo3(signature = (book, scenario, *, paths, seed, threads=None, worst=10))]
    fn new(
        py: Python<'_>,
        book: &Bound<'_, Book>,
        scenario: &Bound<'_, Scenario>,
        paths: u64,
        seed: u64,
        threads: Option<usize>,
        worst: usize,
    ) -> PyResult<Self> {
        let (book, scenario) = (book.get(), scenario.get());
        scenario.belongs_to(book)?;
        if threads == Some(0) {
            return Err(PyValueError::new_err("threads must be at least 1, or None for one a core"));
        }
        let options = Options { paths, seed, threads, worst };
        let engine = guard::detached(py, || Engine::try_new(book.engine.clone(), scenario.engine.clone(), options))?;
        Ok(Self {
            engine: engine.map_err(|error| raise(py, error, &Files::new()))?,
            days: scenario.engine.days,
            batch: scenario.is_batch(),
            engine_nanos: AtomicU64::new(0),
            kernel_nanos: AtomicU64::new(0),
            broken: AtomicBool::new(false),
        })
    }

    /// Runs paths [`first_path`, `first_path` + `count`). Detaches; checks signals every 50 ms; `progress(paths_done)` at most 4 times a
    /// second.
    #[pyo3(signature = (first_path, count, *, close_usd=None, low_usd=None, progress=None))]
    fn advance(
        &self,
        py: Python<'_>,
        first_path: u64,
        count: usize,
        close_usd: Option<&[u8]>,
        low_usd: Option<&[u8]>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.usable()?;
        if first_path.checked_add(count as u64).is_none() {
            return Err(PyValueError::new_err("first_path + count must be below 2^64"));
        }
        let batch = self.prices(py, count, close_usd, low_usd)?;
        if count == 0 {
            return Ok(());
        }
        let done_before = self.engine.paths_done();
        let job = Job { control: Control { clock: Some(nanos), ..Control::default() }, ..Job::default() };
        let caller = thread::current();
        thread::scope(|scope| {
            let work = || {
                let begin = Instant::now();
                let outcome = guard::caught(|| self.engine.advance(first_path, count, batch.as_ref(), &job.control));
                self.engine_nanos.fetch_add(begin.elapsed().as_nanos() as u64, Ordering::Relaxed);
                self.kernel_nanos.fetch_add(job.control.kernel_nanos.load(Ordering::Relaxed), Ordering::Relaxed);
                job.finished.store(true, Ordering::Release);
                caller.unpark();
                outcome
            };
            let worker = thread::Builder::new().name("hashstress-run".to_owned()).spawn_scoped(scope, work)?;
            let waited = job.wait(py, progress, done_before);
            if waited.is_err() {
                job.control.cancel.store(true, Ordering::Relaxed);
            }
            let outcome = py.detach(|| worker.join()).unwrap_or_else(|_| Err("the worker thread was lost".to_owned()));
            self.settle(py, outcome, waited)
        })
    }

    /// The rows of `paths` finished since the last call, in path order; they leave the engine's memory.
    fn take_paths(&self, py: Python<'_>) -> PyResult<Table> {
        self.table(py, "paths", Engine::take_paths)
    }

    /// `loans`, `miners`, `lenders`, `facilities`, `daily`: estimates over all paths so far.
    fn tables<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tables = Engine::TABLES.into_iter().map(|(name, question)| Ok((name, self.table(py, name, question)?)));
        tables.collect::<PyResult<Vec<_>>>()?.into_py_dict(py)
    }

    /// Paths with the largest total loss, worst first.
    fn worst_paths(&self, py: Python<'_>) -> PyResult<Vec<u64>> {
        self.ask(py, Engine::worst_paths)
    }

    /// Replays one path with its journal: `events` and `ledger`.
    #[pyo3(signature = (path, *, close_usd=None, low_usd=None))]
    fn journal<'py>(&self, py: Python<'py>, path: u64, close_usd: Option<&[u8]>, low_usd: Option<&[u8]>) -> PyResult<Bound<'py, PyDict>> {
        let batch = self.prices(py, 1, close_usd, low_usd)?;
        let journal = self.ask(py, |engine| engine.journal(path, batch.as_ref()))?;
        let (events, ledger) = journal.map_err(|error| raise(py, error, &Files::new()))?;
        let (events, ledger) = (self.table(py, "events", |_| events)?, self.table(py, "ledger", |_| ledger)?);
        [("events", events), ("ledger", ledger)].into_py_dict(py)
    }

    /// `events` and `ledger` without rows, for a run without journals.
    #[staticmethod]
    fn no_journal(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let empty =
            |name| output::empty(name).map(|batch| (name, Table::new(batch))).map_err(|bug| PyRuntimeError::new_err(bug.to_string()));
        [empty("events")?, empty("ledger")?].into_py_dict(py)
    }

    #[getter]
    fn paths_done(&self, py: Python<'_>) -> PyResult<u64> {
        self.ask(py, Engine::paths_done)
    }

    #[getter]
    fn results_digest(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, Engine::results_digest)
    }

    #[getter]
    fn engine_seconds(&self) -> f64 {
        Duration::from_nanos(self.engine_nanos.load(Ordering::Relaxed)).as_secs_f64()
    }

    #[getter]
    fn kernel_seconds(&self) -> f64 {
        Duration::from_nanos(self.kernel_nanos.load(Ordering::Relaxed)).as_secs_f64()
    }

    #[getter]
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let summary = self.ask(py, Engine::summary)?;
        let plain = [("paths", summary.paths), ("days", summary.days as u64), ("miners", summary.miners as u64)].into_py_dict(py)?;
        plain.set_item("loss_usd_se", summary.loss_usd_se)?;
        let numbers = [
            ("loss_usd_mean", summary.loss_usd_mean),
            ("miners_failed_mean", summary.miners_failed_mean),
            ("lenders_failed_mean", summary.lenders_failed_mean),
            ("residual_cents", summary.residual_cents),
            ("residual_sats", summary.residual_sats),
            ("residual_machines", summary.residual_machines),
        ];
        numbers.into_iter().try_for_each(|(name, number)| plain.set_item(name, number)).map(|()| plain)
    }

    fn __repr__(&self) -> String {
        format!("Run({} days)", self.days)
    }
}

impl Run {
    fn usable(&self) -> PyResult<()> {
        guard::same_process()?;
        if self.broken.load(Ordering::Relaxed) {
            return Err(PyRuntimeError::new_err(
                "this run was stopped by a bug in hashstress and its totals cannot be trusted; start a new one",
            ));
        }
        Ok(())
    }

    /// Asks the engine, detached: its workers may hold what is asked for.
    fn ask<T: Send>(&self, py: Python<'_>, question: impl FnOnce(&Engine) -> T + Send) -> PyResult<T> {
        self.usable()?;
        guard::detached(py, || question(&self.engine))
    }

    fn table(&self, py: Python<'_>, name: &str, question: impl FnOnce(&Engine) -> Columns + Send) -> PyResult<Table> {
        let batch = self.ask(py, |engine| output::batch(name, question(engine)))?;
        batch.map(Table::new).map_err(|bug| PyRuntimeError::new_err(bug.to_string()))
    }

    /// The prices of a call, checked; `None` when the engine draws them.
    fn prices(&self, py: Python<'_>, count: usize, close_usd: Option<&[u8]>, low_usd: Option<&[u8]>) -> PyResult<Option<Batch>> {
        match (self.batch, close_usd) {
            (true, Some(close_usd)) => prices::batch(self.days, count, close_usd, low_usd.unwrap_or(close_usd))
                .map(Some)
                .map_err(|problem| raise(py, Error::Input(vec![problem]), &Files::new())),
            (true, None) => Err(PyValueError::new_err("the price source \"batch\" needs close_usd in each call")),
            (false, None) if low_usd.is_none() => Ok(None),
            (false, _) => {
                Err(PyValueError::new_err("close_usd and low_usd are for the price source \"batch\"; this scenario has its own prices"))
            }
        }
    }

    /// What a call comes to: an interrupt first, then a bug, then the engine's word.
    fn settle(&self, py: Python<'_>, outcome: Result<Result<(), Error>, String>, waited: PyResult<()>) -> PyResult<()> {
        if outcome.is_err() {
            self.broken.store(true, Ordering::Relaxed);
        }
        waited?;
        outcome.map_err(PyRuntimeError::new_err)?.map_err(|error| raise(py, error, &Files::new()))
    }
}

/// Nanoseconds of a clock that never goes back, for the engine.
fn nanos() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as u64
}

/// What the caller and the worker of one call share.
#[derive(Default)]
struct Job {
    control: Control,
    finished: AtomicBool,
}

impl Job {
    /// Waits for the worker; an error is a signal's or the progress function's.
    fn wait(&self, py: Python<'_>, progress: Option<&Bound<'_, PyAny>>, done_before: u64) -> PyResult<()> {
        let mut told = Instant::now();
        while !self.finished.load(Ordering::Acquire) {
            py.detach(|| thread::park_timeout(STEP));
            py.check_signals()?;
            if let Some(progress) = progress.filter(|_| told.elapsed() >= TELL) {
                progress.call1((done_before + self.control.paths_done.load(Ordering::Relaxed),))?;
                told = Instant::now();
            }
        }
        Ok(())
    }
}
