//! The power goes at any moment, and of what was not synced any part survives.
//!
//! Each run is watched once: the disk keeps every moment of its life. Then the power is cut at each of them, many
//! times over, and the ledger is opened on what is left. `LONGMEN_CRASH_STATES` says how many states are tried.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use longmen::{Command, Durability, Ledger, Receipt};
use longmen_sim::{Random, SimDisk, Step, TestClock, Workload};

use crate::crashed::{Ack, Run};
use crate::laws::Firsts;
use crate::support::{START_NS, create, open, options, setting};

/// So many states in all; each test takes its share.
fn states(share_in_100: u64) -> u64 {
    setting("LONGMEN_CRASH_STATES", 21_000) * share_in_100 / 100
}

struct Watch<'a> {
    disk: &'a SimDisk,
    ledger: &'a Ledger,
    acks: Vec<Ack>,
    slices: Vec<(u64, u64)>,
    firsts: Firsts,
}

impl<'a> Watch<'a> {
    fn new(disk: &'a SimDisk, ledger: &'a Ledger) -> Watch<'a> {
        Watch { disk, ledger, acks: Vec::new(), slices: Vec::new(), firsts: Firsts::default() }
    }

    /// The receipts of a slice come all at once, so that a group is acknowledged as a whole.
    fn ack(&mut self, commands: Vec<Command>, receipts: Vec<Receipt>) {
        let moment = self.disk.moments() - 1;
        self.firsts.check(&commands, &receipts);
        let acks = commands.into_iter().zip(receipts);
        self.acks.extend(acks.map(|(command, receipt)| Ack { command, receipt, moment }));
    }

    fn one(&mut self, command: Command) {
        let receipt = self.ledger.submit(command.clone()).wait().unwrap();
        self.ack(vec![command], vec![receipt]);
    }

    fn slice(&mut self, commands: Vec<Command>) {
        let receipts = self.ledger.submit_all(commands.clone()).wait().unwrap();
        let new = receipts.iter().filter(|receipt| !receipt.replayed).filter_map(|receipt| receipt.stamp);
        let positions: Vec<u64> = new.map(|stamp| stamp.position).collect();
        if let (Some(first), Some(last)) = (positions.first(), positions.last()) {
            self.slices.push((*first, *last));
        }
        self.ack(commands, receipts);
    }

    fn step(&mut self, clock: &TestClock, step: Step) {
        clock.advance(10);
        match step {
            Step::One(command) => self.one(command),
            Step::Slice(commands) => self.slice(commands),
            Step::Advance(by_ns) => clock.advance(by_ns),
        }
    }
}

/// One caller, one command or slice after the other.
fn one_caller(seed: u64, steps: u64, durability: Durability) -> Run {
    one_caller_with(seed, steps, durability, 0)
}

fn one_caller_with(seed: u64, steps: u64, durability: Durability, snapshot_every: u64) -> Run {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    disk.keep_history();
    let options = longmen::Options { durability, snapshot_every, ..options(&clock) };
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    let mut watch = Watch::new(&disk, &ledger);
    watch.slice(Workload::opening().unwrap());
    let mut workload = Workload::new("a", seed);
    for _ in 0..steps {
        watch.step(&clock, workload.step().unwrap());
    }
    let Watch { acks, slices, .. } = watch;
    ledger.close().unwrap();
    Run { synced: durability != Durability::Unsynced, ..Run::new(&disk, &clock, acks, slices) }
}

/// Several callers at once, so that commands share batches and one batch is decided while another is synced.
fn callers(seed: u64, threads: u64, steps: u64) -> Run {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    disk.keep_history();
    let ledger = create(&disk, &clock);
    let mut watch = Watch::new(&disk, &ledger);
    watch.slice(Workload::opening().unwrap());
    let Watch { mut acks, mut slices, .. } = watch;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                let (disk, ledger, clock) = (&disk, &ledger, &clock);
                scope.spawn(move || {
                    let mut watch = Watch::new(disk, ledger);
                    let mut workload = Workload::new(&format!("t{thread}"), seed + thread);
                    for _ in 0..steps {
                        watch.step(clock, workload.step().unwrap());
                    }
                    (watch.acks, watch.slices)
                })
            })
            .collect();
        for thread in threads {
            let (more_acks, more_slices) = thread.join().unwrap();
            acks.extend(more_acks);
            slices.extend(more_slices);
        }
    });
    ledger.close().unwrap();
    acks.sort_by_key(|ack| ack.moment);
    Run::new(&disk, &clock, acks, slices)
}

/// Subsets of what was not synced that are tried at one moment of a run.
const SUBSETS_MAX: u64 = 64;

/// Cuts the power at the moments of run after run, at each with all subsets where they are few and some of them where
/// they are many, until so many different states were checked.
fn cut_everywhere(name: &str, budget: u64, run: impl Fn(u64) -> Run) {
    let (mut states, mut cuts, mut moments, mut seed) = (0, 0, 0, 0);
    while states < budget {
        seed += 1;
        let run = run(seed);
        let mut seen = HashSet::new();
        for at in shuffled(run.moments.len(), seed) {
            let moment = &run.moments[at];
            let unsynced = moment.unsynced();
            let all = if unsynced < 32 { 1_u64 << unsynced } else { u64::MAX };
            let acknowledged = run.acknowledged(at);
            moments += 1;
            for n in 0..all.min(SUBSETS_MAX) {
                let disk = if all <= SUBSETS_MAX { moment.crash_with(n) } else { moment.crash(n) };
                cuts += 1;
                // The same bytes with the same promises are one state.
                if seen.insert((disk.fingerprint(), acknowledged)) {
                    named(name, (seed, at, n), || run.check(&disk, at, false));
                    states += 1;
                }
            }
            if states >= budget {
                break;
            }
        }
    }
    println!("{name}: {states} states out of {cuts} power cuts at {moments} moments of {seed} runs");
}

/// The numbers below `len`, so that a small share of a run is spread over all of it.
fn shuffled(len: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut all: Vec<(u64, usize)> = (0..len).map(|at| (random.draw(), at)).collect();
    all.sort_unstable();
    all.into_iter().map(|(_, at)| at).collect()
}

/// Cuts the power a second time, while the ledger is recovering from the first cut.
fn cut_twice(name: &str, budget: u64) {
    let (mut states, mut seed) = (0, 0);
    while states < budget {
        seed += 1;
        let run = one_caller(seed, 40, Durability::Synced);
        let mut random = Random::new(seed);
        for _ in 0..budget.min(100) {
            let at = usize::try_from(random.below(u64::try_from(run.moments.len()).unwrap())).unwrap();
            let first = random.below(64);
            let disk = run.moments[at].crash(first);
            let left = named(name, (seed, at, first), || run.check(&disk.moment().kill(), at, false));
            if left == 0 {
                continue;
            }
            disk.keep_history();
            let opened = open(&disk, &TestClock::at(run.end_ns)).unwrap();
            let moments = disk.history();
            drop(opened);
            for moment in moments {
                let second = random.below(64);
                let found = named(name, (seed, at, first), || run.check(&moment.crash(second), at, true));
                assert!(found >= left, "{found} entries after the second power cut, {left} before");
                states += 1;
            }
        }
    }
    println!("{name}: {states} states in {seed} runs");
}

/// Says where it was when it panics.
fn named<T>(name: &str, place: (u64, usize, u64), check: impl FnOnce() -> T) -> T {
    struct Label<'a>(&'a str, (u64, usize, u64));
    impl Drop for Label<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                let Label(name, (seed, moment, subset)) = self;
                eprintln!("{name}: run {seed}, moment {moment}, subset {subset}");
            }
        }
    }
    let _label = Label(name, place);
    check()
}

#[test]
fn one_caller_loses_nothing_that_was_acknowledged() {
    cut_everywhere("one caller", states(30), |seed| one_caller(seed, 60, Durability::Synced));
}

#[test]
fn several_callers_lose_nothing_that_was_acknowledged() {
    cut_everywhere("several callers", states(30), |seed| callers(seed, 3, 40));
}

#[test]
fn a_window_changes_nothing_of_it() {
    let window = Durability::Window(Duration::from_micros(200));
    cut_everywhere("window", states(10), |seed| one_caller(seed, 30, window));
}

#[test]
fn without_syncs_what_is_left_is_still_a_whole_beginning() {
    cut_everywhere("unsynced", states(10), |seed| one_caller(seed, 60, Durability::Unsynced));
}

#[test]
fn snapshots_in_the_making_change_nothing_of_it() {
    cut_everywhere("snapshots", states(10), |seed| one_caller_with(seed, 150, Durability::Synced, 20));
}

#[test]
fn a_second_power_cut_during_recovery_loses_nothing_either() {
    cut_twice("twice", states(10));
}
