//! What a command costs in a ledger that knows many idempotency keys, beside one that knows few.
//!
//! `LONGMEN_KEYS=100000000 cargo bench -p longmen-bench --bench keys` fills a ledger with so many keys, half of them
//! sorted by time and half random, which takes 160 bytes of disk each. Without it there are a million, and in
//! `cargo test` a few thousand.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the bench")]

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use longmen::{Command, Durability, Key, Ledger, Options};
use longmen_bench::Workload;

const SLICE: usize = 1_000;

/// Slices under way at once while a ledger is filled, and in the second measurement.
const UNDER_WAY: usize = 8;

/// How many slices of each ledger are compared in turn.
const TURNS: usize = 1_600;

/// How keys are made: as ULIDs, which grow with time, or at random.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Sorted,
    Random,
}

fn is_test() -> bool {
    std::env::args().any(|arg| arg == "--test") || !std::env::args().any(|arg| arg == "--bench")
}

fn keys_wanted() -> usize {
    let wanted = std::env::var("LONGMEN_KEYS").ok().map(|text| text.parse().unwrap());
    wanted.unwrap_or(if is_test() { 4_000 } else { 1_000_000 })
}

/// Commands of either kind; no key comes twice.
struct Source {
    workload: Workload,
    next: u64,
}

impl Source {
    fn slice(&mut self, kind: Kind) -> Vec<Command> {
        let mut commands = self.workload.transfers(SLICE).unwrap();
        if let Kind::Random = kind {
            for command in &mut commands {
                command.key = self.random_key();
            }
        }
        commands
    }

    /// As long as a UUID.
    fn random_key(&mut self) -> Key {
        self.next += 1;
        let mix = |n: u64| {
            let n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let n = (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            n ^ n >> 31
        };
        let (high, low) = (mix(self.next), mix(!self.next));
        Key::new(&format!("{high:016x}-4-{low:016x}-9")).unwrap()
    }
}

fn options(snapshot_every: u64) -> Options {
    Options { durability: Durability::Unsynced, snapshot_every, ..Options::default() }
}

fn create(dir: &Path, snapshot_every: u64) -> (Ledger, Source) {
    let ledger = options(snapshot_every).create(dir).unwrap();
    let workload = Workload::new(10_000).unwrap();
    for slice in workload.open().unwrap().chunks(SLICE) {
        ledger.submit_all(slice.to_vec()).wait().unwrap();
    }
    (ledger, Source { workload, next: 0 })
}

/// Sends slices, several under way.
fn send(ledger: &Ledger, slices: impl IntoIterator<Item = Vec<Command>>) {
    let mut under_way = VecDeque::new();
    for slice in slices {
        if under_way.len() == UNDER_WAY {
            check(under_way.pop_front());
        }
        under_way.push_back(ledger.submit_all(slice));
    }
    under_way.into_iter().for_each(|ticket| check(Some(ticket)));
}

fn check(ticket: Option<longmen::Ticket<Vec<longmen::Receipt>>>) {
    let receipts = ticket.unwrap().wait().unwrap();
    assert!(receipts.iter().all(|receipt| !receipt.replayed && receipt.stamp.is_some()));
}

/// Half of the keys sorted, half random, in turn; snapshots on the way, so that opening it again reads key runs.
fn fill(dir: &Path) -> (Ledger, Source) {
    let keys = keys_wanted();
    let snapshot_every = u64::try_from(keys / 10).unwrap().max(1_000);
    let (ledger, mut source) = create(dir, snapshot_every);
    let start = Instant::now();
    for part in 0..20 {
        let slices = keys / SLICE / 20;
        let kinds = (0..slices).map(|no| if no % 2 == 0 { Kind::Sorted } else { Kind::Random });
        send(&ledger, kinds.map(|kind| source.slice(kind)));
        if !is_test() {
            println!("filled {} of 20 after {:?}, {}", part + 1, start.elapsed(), memory());
        }
    }
    ledger.close().unwrap();
    let start = Instant::now();
    let ledger = options(0).open(dir).unwrap();
    println!("opened in {:?}, head {}, {}", start.elapsed(), ledger.head().next_position, memory());
    (ledger, source)
}

/// What the operating system says that this process has in memory, where it says that.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", ")
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The medians of slices in turn: one to the ledger with few keys, one to the ledger with many.
fn compare(kind: Kind, ledgers: [(&Ledger, &mut Source); 2], slices: usize) {
    let turns = if is_test() { 2 } else { TURNS / slices };
    let mut times = [Vec::new(), Vec::new()];
    let mut ledgers = ledgers;
    for _ in 0..turns {
        for ((ledger, source), times) in ledgers.iter_mut().zip(&mut times) {
            let slices: Vec<_> = (0..slices).map(|_| source.slice(kind)).collect();
            let start = Instant::now();
            send(ledger, slices);
            times.push(start.elapsed());
        }
    }
    let [few, many] = times.each_mut().map(|times| median(times));
    let each = |time: Duration| time.as_nanos() / u128::try_from(slices * SLICE).unwrap();
    println!(
        "{kind:?}, {slices} under way: {} ns a transfer with few keys, {} ns with many, ratio {:.3}",
        each(few),
        each(many),
        many.as_secs_f64() / few.as_secs_f64()
    );
}

fn keys(c: &mut Criterion) {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (few, mut few_source) = create(&dir.path().join("few"), 0);
    let (many, mut many_source) = fill(&dir.path().join("many"));
    for round in 0..if is_test() { 1 } else { 3 } {
        for kind in [Kind::Sorted, Kind::Random] {
            for slices in [1, UNDER_WAY] {
                // An empty ledger at the start of each comparison, and a full one that stays what it is.
                let (empty, mut source) = create(&dir.path().join(format!("{round}{kind:?}{slices}")), 0);
                compare(kind, [(&empty, &mut source), (&many, &mut many_source)], slices);
                empty.close().unwrap();
            }
        }
    }
    println!("{}", memory());
    let mut group = c.benchmark_group("slice_of_1000_new_keys");
    group.throughput(Throughput::Elements(1_000)).sample_size(30);
    for kind in [Kind::Sorted, Kind::Random] {
        for (name, ledger, source) in [("few", &few, &mut few_source), ("many", &many, &mut many_source)] {
            group.bench_function(format!("{kind:?}_beside_{name}"), |b| {
                let made = || source.slice(kind);
                b.iter_batched(made, |slice| check(Some(ledger.submit_all(slice))), BatchSize::PerIteration);
            });
        }
    }
    group.finish();
    for (ledger, source) in [(few, few_source), (many, many_source)] {
        assert!(source.workload.balances_to_zero(&ledger));
        ledger.close().unwrap();
    }
}

criterion_group!(benches, keys);
criterion_main!(benches);
