//! Blocks of paths × days, in parallel over groups of eight, in fixed memory, with a cancel flag and a progress counter.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use rayon::prelude::*;

use crate::{
    book::Book,
    error::Error,
    group::{Batch, Group, Plan},
    journal::{Full, Silent},
    lanes::WIDTH,
    results::{Columns, PathOutcome, Summary, Totals, event_columns, ledger_columns},
    scenario::Scenario,
};

/// How to run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Paths of the whole run (sizes the tails).
    pub paths: u64,
    /// Seed of all draws.
    pub seed: u64,
    /// Worker threads; the machine's cores when not given.
    pub threads: Option<usize>,
    /// How many of the worst paths to remember.
    pub worst: usize,
}

/// What the caller and the workers share while a call runs.
#[derive(Debug, Default)]
pub struct Control {
    /// Set it to stop: the workers look every few days.
    pub cancel: AtomicBool,
    /// Paths finished in this call.
    pub paths_done: AtomicU64,
    /// The caller's clock, nanoseconds; the engine has none.
    pub clock: Option<fn() -> u64>,
    /// Nanoseconds spent playing days, by that clock, summed over workers.
    pub kernel_nanos: AtomicU64,
}

/// A block of any number of groups that can be advanced day by day in lock-step, on the caller's thread.
#[derive(Debug)]
pub struct Block {
    plan: Plan,
    groups: Vec<Group<Silent>>,
    count: usize,
    day: usize,
}

impl Block {
    /// Takes up paths `[first_path, first_path + count)`: draws their prices, opens their worlds.
    pub fn open(plan: Plan, seed: u64, first_path: u64, count: usize, batch: Option<&Batch>) -> Self {
        let open = |index| {
            let mut group = Group::open(&plan);
            group.take_up(&plan, seed, lane_paths(first_path, count, index), batch.map(|batch| (batch, first_path)));
            group
        };
        let groups = (0..count.div_ceil(WIDTH)).map(open).collect();
        Self { plan, groups, count, day: 0 }
    }

    /// The next `days` on all paths, as far as the scenario goes; returns how many that were.
    pub fn advance(&mut self, days: usize) -> Result<usize, Error> {
        let until = self.plan.scenario.days.min(self.day.saturating_add(days));
        let never = AtomicBool::new(false);
        for group in &mut self.groups {
            group.play(&self.plan, self.day..until, &never)?;
        }
        let advanced = until - self.day;
        self.day = until;
        Ok(advanced)
    }

    /// How the paths ended, in order; call it after the last day.
    pub fn outcomes(&self) -> Vec<PathOutcome> {
        let groups = self.groups.iter().enumerate();
        groups.flat_map(|(index, group)| group.outcomes(&self.plan, (self.count - index * WIDTH).min(WIDTH))).collect()
    }
}

/// The paths of group `index`; lanes beyond `count` repeat the last path and are not reported.
fn lane_paths(first_path: u64, count: usize, index: usize) -> [u64; WIDTH] {
    std::array::from_fn(|lane| first_path + (index * WIDTH + lane).min(count - 1) as u64)
}

/// How a table of estimates is asked for.
pub type Estimates = fn(&Run) -> Columns;

/// A run in progress.
#[derive(Debug)]
pub struct Run {
    plan: Plan,
    options: Options,
    pool: rayon::ThreadPool,
    totals: Mutex<Totals>,
    idle: Mutex<Vec<Group<Silent>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run {
    /// Tables of estimates over all paths, by name.
    pub const TABLES: [(&str, Estimates); 5] = [
        ("loans", Self::loans),
        ("miners", Self::miners),
        ("lenders", Self::lenders),
        ("facilities", Self::facilities),
        ("daily", Self::daily),
    ];

    /// Prepares the worker threads and empty totals.
    pub fn try_new(book: Arc<Book>, scenario: Arc<Scenario>, options: Options) -> Result<Self, Error> {
        let threads = options.threads.unwrap_or(0);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("hashstress-{index}"))
            .build()
            .map_err(|error| Error::Threads { threads, why: error.to_string() })?;
        let totals = Mutex::new(Totals::new(&book, &scenario, options.paths, options.worst));
        Ok(Self { plan: Plan::new(book, scenario), options, pool, totals, idle: Mutex::new(Vec::new()) })
    }

    /// Runs paths `[first_path, first_path + count)`. Paths that are finished already are left as they are, so a cancelled call can be made again.
    pub fn advance(&self, first_path: u64, count: usize, batch: Option<&Batch>, control: &Control) -> Result<(), Error> {
        let groups = count.div_ceil(WIDTH);
        self.pool.install(|| {
            (0..groups).into_par_iter().with_max_len(1).try_for_each(|index| {
                let paths = lane_paths(first_path, count, index);
                let real = (count - index * WIDTH).min(WIDTH);
                self.run_group(paths, real, batch.map(|batch| (batch, first_path)), control)
            })
        })
    }

    fn run_group(&self, paths: [u64; WIDTH], real: usize, batch: Option<(&Batch, u64)>, control: &Control) -> Result<(), Error> {
        let wanted: Vec<u64> = {
            let totals = locked(&self.totals);
            paths[..real].iter().copied().filter(|path| !totals.is_finished(*path)).collect()
        };
        if wanted.is_empty() {
            return Ok(());
        }
        let paths = std::array::from_fn(|lane| wanted[lane.min(wanted.len() - 1)]);
        let idle = locked(&self.idle).pop();
        let mut group = idle.unwrap_or_else(|| Group::open(&self.plan));
        group.take_up(&self.plan, self.options.seed, paths, batch);
        let begin = control.clock.map(|now| now());
        let played = group.play(&self.plan, 0..self.plan.scenario.days, &control.cancel);
        if let (Some(now), Some(begin)) = (control.clock, begin) {
            control.kernel_nanos.fetch_add(now() - begin, Ordering::Relaxed);
        }
        if played.is_ok() {
            let outcomes = group.outcomes(&self.plan, wanted.len());
            locked(&self.totals).add(&outcomes, &group.metrics);
            control.paths_done.fetch_add(wanted.len() as u64, Ordering::Relaxed);
        }
        locked(&self.idle).push(group);
        played
    }

    /// Rows of `paths` finished since the last call.
    pub fn take_paths(&self) -> Columns {
        locked(&self.totals).take_paths()
    }

    /// The table `loans`.
    pub fn loans(&self) -> Columns {
        locked(&self.totals).loans(&self.plan.book, &self.plan.scenario)
    }

    /// The table `miners`.
    pub fn miners(&self) -> Columns {
        locked(&self.totals).miners(&self.plan.book, &self.plan.scenario)
    }

    /// The table `lenders`.
    pub fn lenders(&self) -> Columns {
        locked(&self.totals).lenders(&self.plan.book, &self.plan.scenario)
    }

    /// The table `facilities`.
    pub fn facilities(&self) -> Columns {
        locked(&self.totals).facilities(&self.plan.book)
    }

    /// The table `daily`.
    pub fn daily(&self) -> Columns {
        locked(&self.totals).daily(&self.plan.scenario)
    }

    /// Paths with the largest loss, worst first.
    pub fn worst_paths(&self) -> Vec<u64> {
        locked(&self.totals).worst_paths()
    }

    /// Finished paths.
    pub fn paths_done(&self) -> u64 {
        locked(&self.totals).count()
    }

    /// sha256 over the digests of the finished paths, in path order.
    pub fn results_digest(&self) -> String {
        locked(&self.totals).digest()
    }

    /// Plain numbers.
    pub fn summary(&self) -> Summary {
        locked(&self.totals).summary(&self.plan.book, &self.plan.scenario)
    }

    /// Replays one path with its journal: the tables `events` and `ledger`. A batch holds that path alone.
    pub fn journal(&self, path: u64, batch: Option<&Batch>) -> Result<(Columns, Columns), Error> {
        let mut group: Group<Full> = Group::open(&self.plan);
        group.take_up(&self.plan, self.options.seed, [path; WIDTH], batch.map(|batch| (batch, path)));
        group.play(&self.plan, 0..self.plan.scenario.days, &AtomicBool::new(false))?;
        let journal = &group.world.ledger.journal;
        Ok((
            event_columns(path, journal, &self.plan.book, &self.plan.scenario),
            ledger_columns(path, journal, &self.plan.book, &self.plan.scenario),
        ))
    }
}
