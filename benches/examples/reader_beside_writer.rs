//! What a reader costs the writer: slices of 1,000 transfers, in turn alone, beside a thread that reads balances as
//! fast as it can, and beside a thread that only spins, which is what a core costs by itself.
//!
//! ```sh
//! cargo run --release -p longmen-bench --example reader_beside_writer -- [ACCOUNTS] [ROUNDS] [SLICES]
//! ```
//!
//! Each figure is transfers a second, the median of the rounds and from the lowest to the highest; a ratio is the median
//! of those of each round to the same round alone, or beside the spinning thread.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the measurement")]

use std::collections::VecDeque;
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use longmen::{AccountId, Durability, Ledger, Options};
use longmen_bench::Workload;

const SLICE: usize = 1_000;
const BESIDE: [&str; 3] = ["alone", "reading", "spinning"];

fn main() {
    let number = |at, default| std::env::args().nth(at).map_or(default, |text: String| text.parse().unwrap());
    let (accounts, rounds, slices) = (number(1, 10_000), number(2, 15), number(3, 60));
    for (name, durability) in [("synced", Durability::Synced), ("unsynced", Durability::Unsynced)] {
        for under_way in [1, 8] {
            measure(name, durability, accounts, under_way, rounds, slices);
        }
    }
}

fn measure(
    name: &str,
    durability: Durability,
    accounts: usize,
    under_way: usize,
    rounds: usize,
    slices: usize,
) {
    let dir = tempfile::tempdir_in(".").unwrap();
    let options = Options { durability, snapshot_every: 0, ..Options::default() };
    let ledger = options.create(dir.path().join("ledger")).unwrap();
    let mut workload = Workload::new(accounts).unwrap();
    for slice in workload.open().unwrap().chunks(SLICE) {
        ledger.submit_all(slice.to_vec()).wait().unwrap();
    }
    let mut seen: [Vec<f64>; 3] = Default::default();
    let reads = AtomicU64::new(0);
    for _ in 0..rounds {
        for (beside, seen) in BESIDE.iter().zip(&mut seen) {
            let work: Vec<_> = (0..slices).map(|_| workload.transfers(SLICE).unwrap()).collect();
            let stop = AtomicBool::new(false);
            let elapsed = std::thread::scope(|scope| {
                match *beside {
                    "reading" => drop(scope.spawn(|| read(&ledger, accounts, &stop, &reads))),
                    "spinning" => drop(scope.spawn(|| {
                        while !stop.load(Ordering::Relaxed) {
                            spin_loop();
                        }
                    })),
                    _ => {}
                }
                let start = Instant::now();
                let mut tickets = VecDeque::new();
                for slice in work {
                    if tickets.len() == under_way {
                        let ticket: longmen::Ticket<_> = tickets.pop_front().unwrap();
                        ticket.wait().unwrap();
                    }
                    tickets.push_back(ledger.submit_all(slice));
                }
                tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
                let elapsed = start.elapsed();
                stop.store(true, Ordering::Relaxed);
                elapsed
            });
            seen.push((slices * SLICE) as f64 / elapsed.as_secs_f64());
        }
    }
    assert!(workload.balances_to_zero(&ledger));
    ledger.close().unwrap();
    println!("{name}, {under_way} under way, {accounts} accounts, {} reads", reads.load(Ordering::Relaxed));
    for (beside, own) in BESIDE.iter().zip(&seen) {
        let [low, median, high] = spread(own.clone());
        let [alone, spinning] = [&seen[0], &seen[2]].map(|other| {
            let ratios = own.iter().zip(other).map(|(own, other)| own / other);
            spread(ratios.collect())[1]
        });
        print!("  {beside:<9} {median:>9.0} ({low:.0} to {high:.0}), ");
        println!("{alone:.2} of alone, {spinning:.2} of spinning");
    }
}

/// Reads one balance after the other until it is told to stop.
fn read(ledger: &Ledger, accounts: usize, stop: &AtomicBool, reads: &AtomicU64) {
    let ids: Vec<AccountId> =
        (0..accounts).map(|n| AccountId::new(&format!("customer.{n:06}.cny")).unwrap()).collect();
    let mut next = 1_u64;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..64 {
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from((next >> 33) % ids.len() as u64).unwrap();
            black_box(ledger.balance(&ids[at]));
        }
        reads.fetch_add(64, Ordering::Relaxed);
    }
}

/// The lowest, the median and the highest.
fn spread(mut of: Vec<f64>) -> [f64; 3] {
    of.sort_by(f64::total_cmp);
    [of[0], of[of.len() / 2], of[of.len() - 1]]
}
