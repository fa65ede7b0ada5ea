//! Blocks of paths × days, in parallel over groups of eight, in fixed memory, with a cancel flag and a progress counter.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use rayon::prelude::*;

use crate::{
    book::Book,
    day::{self, METRICS, PowerDay, Today},
    error::Error,
    journal::{Account, Entity, Full, Journal, Silent, Unit},
    lanes::{Lanes, WIDTH},
    results::{Column, Columns, PathOutcome, Summary, Totals},
    scenario::{PriceSpec, Scenario, price},
    world::World,
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
}

/// Prices from outside, `[count][days]`, for the price source `batch`.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Closes, USD.
    pub close_usd: Vec<f64>,
    /// Lows, USD; at most the closes.
    pub low_usd: Vec<f64>,
}

/// What all paths of a run share.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What existed on day 0.
    pub book: Arc<Book>,
    /// What comes from outside.
    pub scenario: Arc<Scenario>,
    power: Arc<Vec<PowerDay>>,
}

impl Plan {
    /// Works out what is the same on every path.
    pub fn new(book: Arc<Book>, scenario: Arc<Scenario>) -> Self {
        let power = Arc::new(day::contract_prices(&book, &scenario));
        Self { book, scenario, power }
    }
}

/// Eight paths with everything they need; reused for the next eight.
#[derive(Debug)]
struct Group<J> {
    world: World<J>,
    metrics: Vec<[Lanes; METRICS.len()]>,
    close_usd: Vec<Lanes>,
    low_usd: Vec<Lanes>,
    paths: [u64; WIDTH],
}

impl<J: Journal> Group<J> {
    fn open(plan: &Plan) -> Self {
        let scenario = &plan.scenario;
        Self {
            world: World::open(&plan.book, scenario),
            metrics: vec![[Lanes::ZERO; METRICS.len()]; scenario.days],
            close_usd: vec![Lanes::ZERO; scenario.days],
            low_usd: vec![Lanes::ZERO; scenario.days],
            paths: [0; WIDTH],
        }
    }

    /// Takes up eight paths: draws their prices and resets the world. `batch_row` is the row of a path in the batch.
    fn take_up(&mut self, plan: &Plan, seed: u64, paths: [u64; WIDTH], batch: Option<(&Batch, u64)>) {
        let scenario = &plan.scenario;
        self.world.reset(&plan.book, scenario);
        self.paths = paths;
        let days = scenario.days;
        let (mut close, mut low) = (vec![0.0; days], vec![0.0; days]);
        for (lane, path) in paths.into_iter().enumerate() {
            if let (PriceSpec::Batch, Some((batch, first_path))) = (&scenario.price, batch) {
                let row = (path - first_path) as usize * days;
                close.copy_from_slice(&batch.close_usd[row..row + days]);
                low.copy_from_slice(&batch.low_usd[row..row + days]);
            } else {
                price::draw(scenario, seed, path, &mut close, &mut low);
            }
            for day in 0..days {
                self.close_usd[day][lane] = close[day];
                self.low_usd[day][lane] = low[day];
            }
        }
    }

    /// Plays the days `from..to`.
    fn play(&mut self, plan: &Plan, days: std::ops::Range<usize>, cancel: &AtomicBool) -> Result<(), Error> {
        #[cfg(target_arch = "x86_64")]
        if let Some(play) = widest_kernel::<J>() {
            // SAFETY: the processor has what the kernel was compiled for, as `widest_kernel` checked; it needs nothing else.
            #[allow(unsafe_code, reason = "the one call that dispatches the kernel; same source, same bits, wider registers")]
            return unsafe { play(self, plan, days, cancel) };
        }
        play_days(self, plan, days, cancel)
    }

    fn outcomes(&self, plan: &Plan, count: usize) -> Vec<PathOutcome> {
        PathOutcome::read(&self.paths[..count], &self.world, &plan.book, &plan.scenario, &self.metrics)
    }
}

#[cfg(target_arch = "x86_64")]
type Kernel<J> = unsafe fn(&mut Group<J>, &Plan, std::ops::Range<usize>, &AtomicBool) -> Result<(), Error>;

/// The kernel for the widest registers of this processor; `None` where the baseline is all there is.
#[cfg(target_arch = "x86_64")]
fn widest_kernel<J: Journal>() -> Option<Kernel<J>> {
    use std::arch::is_x86_feature_detected as has;
    if has!("avx512f") && has!("avx512dq") && has!("avx512vl") {
        return Some(play_avx512);
    }
    has!("avx2").then_some(play_avx2)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn play_avx512<J: Journal>(group: &mut Group<J>, plan: &Plan, days: std::ops::Range<usize>, cancel: &AtomicBool) -> Result<(), Error> {
    play_days(group, plan, days, cancel)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn play_avx2<J: Journal>(group: &mut Group<J>, plan: &Plan, days: std::ops::Range<usize>, cancel: &AtomicBool) -> Result<(), Error> {
    play_days(group, plan, days, cancel)
}

#[inline(always)]
fn play_days<J: Journal>(group: &mut Group<J>, plan: &Plan, days: std::ops::Range<usize>, cancel: &AtomicBool) -> Result<(), Error> {
    for day in days {
        if cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        let today = Today {
            book: &plan.book,
            scenario: &plan.scenario,
            day,
            close_usd: group.close_usd[day],
            low_usd: group.low_usd[day],
            power: &plan.power[day],
        };
        day::advance(&mut group.world, &today, &mut group.metrics[day]);
        if let Some((lane, what)) = group.world.ledger.out_of_range() {
            return Err(Error::Range { path: group.paths[lane], day, stage: "close", what: what.to_owned() });
        }
    }
    Ok(())
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
        let played = group.play(&self.plan, 0..self.plan.scenario.days, &control.cancel);
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

fn day_columns(path: u64, days: impl Iterator<Item = u32> + Clone, scenario: &Scenario) -> Vec<(&'static str, Column)> {
    vec![
        ("path", Column::Whole(days.clone().map(|_| Some(path.cast_signed())).collect())),
        ("day", Column::Whole(days.clone().map(|day| Some(i64::from(day))).collect())),
        ("date", Column::Date(days.map(|day| Some(scenario.date(day as usize).0)).collect())),
    ]
}

fn event_columns(path: u64, journal: &Full, book: &Book, scenario: &Scenario) -> Columns {
    let events = &journal.events;
    let mut columns = day_columns(path, events.iter().map(|event| event.day), scenario);
    let entities = events.iter().map(|event| match event.entity {
        Entity::Network => ("network", String::new()),
        Entity::Miner(id) => ("miner", book.miners[id.index()].key.clone()),
        Entity::Fleet(id) => ("fleet", book.fleet[id.index()].key.clone()),
        Entity::Loan(id) => ("loan", book.loans[id.index()].key.clone()),
        Entity::Lender(id) => ("lender", book.lenders[id.index()].key.clone()),
    });
    let (kinds, keys): (Vec<&str>, Vec<String>) = entities.unzip();
    columns.push(("kind", Column::Text(events.iter().map(|event| event.kind.name().to_owned()).collect())));
    columns.push(("entity_kind", Column::Text(kinds.into_iter().map(str::to_owned).collect())));
    columns.push(("entity", Column::Text(keys)));
    columns.push(("amount", Column::Number(events.iter().map(|event| Some(event.amount)).collect())));
    Columns(columns)
}

fn ledger_columns(path: u64, journal: &Full, book: &Book, scenario: &Scenario) -> Columns {
    let postings = &journal.postings;
    let account = |account: Account| match account {
        Account::World => "world".to_owned(),
        Account::Miner(id) => format!("miner:{}", book.miners[id.index()].key),
        Account::Lender(id) => format!("lender:{}", book.lenders[id.index()].key),
        Account::Pledge(id) => format!("pledge:{}", book.loans[id.index()].key),
        Account::Lot(id) => format!("lot:{}", book.loans[id.index()].key),
        Account::Fleet(id) => format!("fleet:{}", book.fleet[id.index()].key),
    };
    let unit = |unit: Unit| match unit {
        Unit::Cents => "cents",
        Unit::Sats => "sats",
        Unit::Machines => "machines",
    };
    let mut columns = day_columns(path, postings.iter().map(|posting| posting.day), scenario);
    columns.push(("reason", Column::Text(postings.iter().map(|posting| posting.reason.name().to_owned()).collect())));
    columns.push(("unit", Column::Text(postings.iter().map(|posting| unit(posting.unit).to_owned()).collect())));
    columns.push(("from_account", Column::Text(postings.iter().map(|posting| account(posting.from)).collect())));
    columns.push(("to_account", Column::Text(postings.iter().map(|posting| account(posting.to)).collect())));
    columns.push(("amount", Column::Number(postings.iter().map(|posting| Some(posting.amount)).collect())));
    Columns(columns)
}
