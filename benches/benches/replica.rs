//! What following costs, and what a question to a replica costs.
//!
//! `cargo bench -p longmen-bench --bench replica`. The figures of a large ledger, and of a writer with a replica beside
//! it, come from the example `replica_numbers`.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the bench")]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use longmen::replica::{Keep, Options as Follow, Replica, Want};
use longmen::{AccountId, Durability, Options};
use longmen_bench::Workload;

const SLICE: usize = 1_000;
const ACCOUNTS: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(600);

fn is_test() -> bool {
    !std::env::args().any(|arg| arg == "--bench")
}

/// Makes a ledger; gives how many entries it has.
fn fill(dir: &Path) -> u64 {
    let options = Options { durability: Durability::Unsynced, snapshot_every: 0, ..Options::default() };
    let ledger = options.create(dir).unwrap();
    let mut workload = Workload::new(ACCOUNTS).unwrap();
    for receipt in ledger.submit_all(workload.open().unwrap()).wait().unwrap() {
        receipt.accepted().unwrap();
    }
    for _ in 0..if is_test() { 5 } else { 300 } {
        ledger.submit_all(workload.transfers(SLICE).unwrap()).wait().unwrap();
    }
    assert!(workload.balances_to_zero(&ledger));
    let head = ledger.head().next_position;
    ledger.close().unwrap();
    head
}

fn follow(dir: &Path, keep: Keep, head: u64) -> Replica {
    let replica = longmen::follow(dir, Follow { keep, ..Follow::default() }).unwrap();
    replica.read(Want::AtLeast(head - 1, PATIENCE), |_| Ok(())).unwrap();
    replica
}

fn replica(c: &mut Criterion) {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (dir, rows) = (root.path().join("ledger"), root.path().join("rows"));
    let head = fill(&dir);
    let mut group = c.benchmark_group("follow_from_the_first_entry");
    group.throughput(Throughput::Elements(head)).sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("in_memory", |b| b.iter(|| follow(&dir, Keep::Memory, head)));
    group.bench_function("with_rows", |b| {
        b.iter_with_setup(
            || drop(std::fs::remove_dir_all(&rows)),
            |()| follow(&dir, Keep::Dir(rows.clone()), head),
        );
    });
    group.finish();
    drop(follow(&dir, Keep::Dir(rows.clone()), head));
    let mut group = c.benchmark_group("asking");
    for (name, keep) in [("in_memory", Keep::Memory), ("with_rows", Keep::Dir(rows.clone()))] {
        let replica = follow(&dir, keep, head);
        let mut next = 0_u64;
        let mut picked = || {
            next = next.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            let id = AccountId::new(&format!("customer.{:06}.cny", (next >> 33) % ACCOUNTS as u64)).unwrap();
            let position = ACCOUNTS as u64 + 1 + (next >> 13) % (head - ACCOUNTS as u64 - 1);
            (id, position)
        };
        group.bench_function(format!("balance_now_{name}"), |b| {
            b.iter(|| {
                let (id, _) = picked();
                black_box(replica.read(Want::Latest, |view| view.balance(&id)).unwrap())
            });
        });
        group.bench_function(format!("balance_at_a_position_{name}"), |b| {
            b.iter(|| {
                let (id, position) = picked();
                black_box(replica.read(Want::Exactly(position), |view| view.balance(&id)).unwrap())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, replica);
criterion_main!(benches);
