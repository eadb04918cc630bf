//! How long single reads take, without a writer and beside one: quantiles of calls that are timed one by one.
//!
//! ```sh
//! cargo run --release -p longmen-bench --example read_latency -- [ACCOUNTS] [READS]
//! ```
//!
//! A call is timed with the clock that `Instant` reads; the median of timing nothing at all is printed first and is not
//! taken off. A hundred accounts are summed up in one view.
//! Where other processes use the cores too, only medians and bursts say something of this one.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the measurement")]

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use longmen::{AccountId, AccountNo, Durability, Ledger, Options};
use longmen_bench::Workload;

const SLICE: usize = 1_000;
const BURST: usize = 500;

fn main() {
    let number = |at, default| std::env::args().nth(at).map_or(default, |text: String| text.parse().unwrap());
    let (accounts, reads) = (number(1, 100_000), number(2, 2_000_000));
    let dir = tempfile::tempdir_in(".").unwrap();
    let options = Options { durability: Durability::Unsynced, snapshot_every: 0, ..Options::default() };
    let ledger = options.create(dir.path().join("ledger")).unwrap();
    let mut workload = Workload::new(accounts).unwrap();
    for slice in workload.open().unwrap().chunks(SLICE) {
        ledger.submit_all(slice.to_vec()).wait().unwrap();
    }
    let ids: Vec<AccountId> = ledger.view().accounts().map(|account| *account.id()).collect();
    // The ledger prepares its next file meanwhile.
    std::thread::sleep(Duration::from_secs(2));
    report("timing nothing", reads, |_| (), |()| ());
    println!("without a writer");
    reading(&ledger, &ids, reads);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut slices, start) = (0_u32, Instant::now());
            while !stop.load(Ordering::Relaxed) {
                ledger.submit_all(workload.transfers(SLICE).unwrap()).wait().unwrap();
                slices += 1;
            }
            f64::from(slices) * SLICE as f64 / start.elapsed().as_secs_f64()
        });
        // It ends too where printing fails.
        let stopping = Stop(&stop);
        println!("beside a writer");
        reading(&ledger, &ids, reads);
        drop(stopping);
        println!("  which wrote {:.0} transfers a second, their making included", writer.join().unwrap());
    });
    ledger.close().unwrap();
}

/// Tells the writer to end when it is dropped.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn reading(ledger: &Ledger, ids: &[AccountId], reads: usize) {
    // The caller has the names at hand: fetching them is not timed.
    let name = |at: usize| ids[at % ids.len()];
    report("a balance by name", reads, name, |id| ledger.balance(id));
    let number = |at: usize| AccountNo(u32::try_from(at % ids.len()).unwrap());
    report("a view and an account by number", reads, number, |no| {
        ledger.view().account_at(*no).map(longmen::Account::balance)
    });
    let hundred = |at: usize| -> Vec<AccountId> { (0..100).map(|step| name(at + step * 7_919)).collect() };
    report("a hundred balances of one view", reads / 50, hundred, |ids| {
        let view = ledger.view();
        ids.iter().map(|id| view.balance(id).unwrap().posted().minor()).sum::<i128>()
    });
    report("a hundred balances in one call", reads / 50, hundred, |ids| {
        let balances = ledger.view().balances(ids);
        balances.into_iter().map(|balance| balance.unwrap().posted().minor()).sum::<i128>()
    });
}

/// Times each call by itself, and then bursts of them, which are shorter than a turn of the scheduler: the median burst
/// says how many there are in a second of one core, whoever else uses it.
fn report<Q, A>(what: &str, reads: usize, pick: impl Fn(usize) -> Q, read: impl Fn(&Q) -> A) {
    let mut next = 1_u64;
    let mut draw = || {
        next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        pick(usize::try_from(next >> 33).unwrap())
    };
    let (mut calls, mut bursts) = (Histogram::<u64>::new(3).unwrap(), Histogram::<u64>::new(3).unwrap());
    let nanos = |start: Instant| u64::try_from(start.elapsed().as_nanos()).unwrap();
    for _ in 0..reads {
        let wanted = draw();
        let start = Instant::now();
        black_box(read(&wanted));
        calls.record(nanos(start)).unwrap();
    }
    for _ in 0..reads / BURST {
        let wanted: Vec<Q> = (0..BURST).map(|_| draw()).collect();
        let start = Instant::now();
        for wanted in &wanted {
            black_box(read(wanted));
        }
        bursts.record(nanos(start)).unwrap();
    }
    let [median, p99, p999] = [0.5, 0.99, 0.999].map(|quantile| calls.value_at_quantile(quantile));
    let each = bursts.value_at_quantile(0.5) as f64 / BURST as f64;
    println!("  {what:<32} median {median} ns, p99 {p99} ns, p99.9 {p999} ns; in bursts {each:.0} ns each");
}
