//! Eight paths from their first day to their last, on the widest registers the processor has.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    book::Book,
    day::{self, DayShock, METRICS, PowerDay, Today},
    error::Error,
    journal::Journal,
    lanes::{Lanes, WIDTH},
    results::PathOutcome,
    scenario::{PriceSpec, Scenario, joint::Source, price},
    world::World,
};

/// Prices from outside, `[count][days]`, for the price source `batch`.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Closes, USD.
    pub close_usd: Vec<f64>,
    /// Lows, USD; at most the closes.
    pub low_usd: Vec<f64>,
}

/// Registers the kernel is compiled for. The bits are the same on all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Registers {
    /// What every processor of the platform has.
    Baseline,
    /// x86-64 with AVX2.
    Avx2,
    /// x86-64 with AVX-512: eight paths are one register.
    Avx512,
}

impl Registers {
    /// The widest of this processor.
    pub fn widest() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx512f") && has!("avx512dq") && has!("avx512vl") && has!("avx512bw") {
                return Self::Avx512;
            }
            if has!("avx2") {
                return Self::Avx2;
            }
        }
        Self::Baseline
    }
}

/// What all paths of a run share.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What existed on day 0.
    pub book: Arc<Book>,
    /// What comes from outside.
    pub scenario: Arc<Scenario>,
    power: Arc<Vec<PowerDay>>,
    /// Never more than the processor has.
    registers: Registers,
}

impl Plan {
    /// Works out what is the same on every path.
    pub fn new(book: Arc<Book>, scenario: Arc<Scenario>) -> Self {
        let power = Arc::new(day::contract_prices(&book, &scenario));
        Self { book, scenario, power, registers: Registers::widest() }
    }

    /// The same with narrower registers; as wide as the processor has at most.
    #[must_use]
    pub fn with_registers(mut self, registers: Registers) -> Self {
        self.registers = registers.min(Registers::widest());
        self
    }
}

/// Eight paths with everything they need; reused for the next eight.
#[derive(Debug)]
pub(crate) struct Group<J> {
    pub(crate) world: World<J>,
    pub(crate) metrics: Vec<[Lanes; METRICS.len()]>,
    close_usd: Vec<Lanes>,
    low_usd: Vec<Lanes>,
    /// By day; empty when the scenario has no joint shocks.
    shocks: Vec<DayShock>,
    paths: [u64; WIDTH],
}

impl<J: Journal> Group<J> {
    pub(crate) fn open(plan: &Plan) -> Self {
        let scenario = &plan.scenario;
        Self {
            world: World::open(&plan.book, scenario),
            metrics: vec![[Lanes::ZERO; METRICS.len()]; scenario.days],
            close_usd: vec![Lanes::ZERO; scenario.days],
            low_usd: vec![Lanes::ZERO; scenario.days],
            shocks: Vec::new(),
            paths: [0; WIDTH],
        }
    }

    /// Takes up eight paths: draws their prices and resets the world. A batch comes with the path of its first row.
    pub(crate) fn take_up(&mut self, plan: &Plan, seed: u64, paths: [u64; WIDTH], batch: Option<(&Batch, u64)>) {
        let scenario = &plan.scenario;
        self.world.reset(&plan.book, scenario);
        self.paths = paths;
        day::draw_applicants(&mut self.world, &plan.book, scenario, seed, paths);
        let days = scenario.days;
        let (mut close, mut low) = (vec![0.0; days], vec![0.0; days]);
        for (lane, path) in paths.into_iter().enumerate() {
            if let (PriceSpec::Batch, Some((batch, first_path))) = (&scenario.price, batch) {
                let row = (path - first_path) as usize * days;
                close.copy_from_slice(&batch.close_usd[row..row + days]);
                low.copy_from_slice(&batch.low_usd[row..row + days]);
            }
            price::draw(scenario, seed, path, &mut close, &mut low);
            for day in 0..days {
                self.close_usd[day][lane] = close[day];
                self.low_usd[day][lane] = low[day];
            }
        }
        self.draw_shocks(scenario, seed);
    }

    /// The factors of its paths; price has had its own.
    fn draw_shocks(&mut self, scenario: &Scenario, seed: u64) {
        let Some(joint) = &scenario.joint else { return };
        self.shocks.resize(scenario.days, DayShock::NONE);
        for (lane, path) in self.paths.into_iter().enumerate() {
            let shocks = &mut self.shocks;
            joint.draw(
                seed,
                path,
                scenario.days,
                |source| source != Source::Btc,
                |source, day, factor| match source {
                    Source::Btc => {}
                    Source::Power => shocks[day].power.get_or_insert(Lanes::ZERO)[lane] = factor,
                    Source::Network => shocks[day].network[lane] = factor,
                    Source::Asic => shocks[day].asic[lane] = factor,
                },
            );
        }
    }

    /// Plays the days `from..to`.
    pub(crate) fn play(&mut self, plan: &Plan, days: std::ops::Range<usize>, cancel: &AtomicBool) -> Result<(), Error> {
        #[cfg(target_arch = "x86_64")]
        if let Some(play) = compiled_kernel::<J>(plan.registers) {
            // SAFETY: the kernel needs the registers it was compiled for, and a plan never has wider ones than the processor.
            #[allow(unsafe_code, reason = "the one call that dispatches the kernel; same source, same bits, wider registers")]
            return unsafe { play(self, plan, days, cancel) };
        }
        play_days(self, plan, days, cancel)
    }

    pub(crate) fn outcomes(&self, plan: &Plan, count: usize) -> Vec<PathOutcome> {
        PathOutcome::read(&self.paths[..count], &self.world, &plan.book, &plan.scenario, &self.metrics)
    }
}

#[cfg(target_arch = "x86_64")]
type Kernel<J> = unsafe fn(&mut Group<J>, &Plan, std::ops::Range<usize>, &AtomicBool) -> Result<(), Error>;

/// The kernel that was compiled for these registers; `None` for the baseline.
#[cfg(target_arch = "x86_64")]
fn compiled_kernel<J: Journal>(registers: Registers) -> Option<Kernel<J>> {
    match registers {
        Registers::Baseline => None,
        Registers::Avx2 => Some(play_avx2),
        Registers::Avx512 => Some(play_avx512),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]
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
            shocks: &group.shocks,
        };
        day::advance(&mut group.world, &today, &mut group.metrics[day]);
        if let Some((lane, what)) = group.world.ledger.out_of_range() {
            return Err(Error::Range { path: group.paths[lane], day, stage: "close", what: what.to_owned() });
        }
    }
    Ok(())
}
