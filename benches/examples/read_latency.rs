//! How long single reads take, without a writer and beside one: quantiles of calls that are timed one by one.
//!
//! ```sh
//! cargo run --release -p longmen-bench --example read_latency -- [ACCOUNTS] [READS]
//! ```
//!
//! A call is timed with the clock that `Instant` reads; the median of timing nothing at all is printed first and is not
//! taken off. A hundred accounts are summed up in one view.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the measurement")]

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use hdrhistogram::Histogram;
use longmen::{AccountId, AccountNo, Durability, Ledger, Options};
use longmen_bench::Workload;

const SLICE: usize = 1_000;

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
    report("timing nothing", reads, |_| ());
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
        println!("beside a writer");
        reading(&ledger, &ids, reads);
        stop.store(true, Ordering::Relaxed);
        println!("  which wrote {:.0} transfers a second, their making included", writer.join().unwrap());
    });
    ledger.close().unwrap();
}

fn reading(ledger: &Ledger, ids: &[AccountId], reads: usize) {
    report("a balance by name", reads, |at| {
        black_box(ledger.balance(&ids[at % ids.len()]));
    });
    report("a view and an account by number", reads, |at| {
        let no = AccountNo(u32::try_from(at % ids.len()).unwrap());
        black_box(ledger.view().account_at(no).map(longmen::Account::balance));
    });
    report("a hundred balances of one view", reads / 20, |at| {
        let view = ledger.view();
        let sum = |step: usize| view.balance(&ids[(at + step * 7_919) % ids.len()]).unwrap().posted().minor();
        black_box((0..100).map(sum).sum::<i128>());
    });
}

fn report(what: &str, reads: usize, read: impl Fn(usize)) {
    let mut seen = Histogram::<u64>::new(3).unwrap();
    let (mut next, begin) = (1_u64, Instant::now());
    for _ in 0..reads {
        next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(next >> 33).unwrap();
        let start = Instant::now();
        read(at);
        seen.record(u64::try_from(start.elapsed().as_nanos()).unwrap()).unwrap();
    }
    let whole = begin.elapsed().as_nanos() as f64 / reads as f64;
    let [median, p99, p999] = [0.5, 0.99, 0.999].map(|quantile| seen.value_at_quantile(quantile));
    println!(
        "  {what:<33} median {median} ns, p99 {p99} ns, p99.9 {p999} ns, most {} ns; {whole:.0} ns each in all",
        seen.max()
    );
}
