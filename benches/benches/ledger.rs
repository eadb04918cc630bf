//! What a command costs, from one waiting caller to full slices, and what reading back costs.
//!
//! `cargo bench -p longmen-bench`. Each group checks its ledger at the end.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the bench")]

use std::fs::OpenOptions;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use longmen::{AccountNo, Durability, Ledger, Options};
use longmen_bench::Workload;

const SECTOR: usize = 4_096;
const SLICE: usize = 1_000;
const CALLERS: usize = 64;

/// Not on a memory file system: a sync would cost nothing there.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn open(dir: &tempfile::TempDir, durability: Durability) -> (Ledger, Workload) {
    let options = Options { durability, snapshot_every: 0, ..Options::default() };
    let ledger = options.create(dir.path().join("ledger")).unwrap();
    let workload = Workload::new(1_000).unwrap();
    for receipt in ledger.submit_all(workload.open().unwrap()).wait().unwrap() {
        receipt.accepted().unwrap();
    }
    (ledger, workload)
}

fn close(ledger: Ledger, workload: &Workload) {
    assert!(workload.balances_to_zero(&ledger));
    ledger.close().unwrap();
}

/// One caller that waits for each commit, beside a bare write and sync of as many bytes.
fn one_waiting_caller(c: &mut Criterion) {
    let dir = scratch();
    let bare = OpenOptions::new().create_new(true).write(true).open(dir.path().join("bare")).unwrap();
    bare.write_all_at(&vec![0; 16 << 20], 0).unwrap();
    bare.sync_all().unwrap();
    let (ledger, mut workload) = open(&dir, Durability::Synced);
    let mut group = c.benchmark_group("one_waiting_caller");
    group.bench_function("bare_pwrite_fdatasync", |b| {
        let (bytes, mut sector) = ([7; SECTOR], 0);
        b.iter(|| {
            bare.write_all_at(&bytes, sector * SECTOR as u64).unwrap();
            bare.sync_data().unwrap();
            sector = (sector + 1) % 4_096;
        });
    });
    group.bench_function("commit", |b| {
        let command = || workload.transfer().unwrap();
        let commit = |command| ledger.submit(command).wait().unwrap().accepted().unwrap();
        b.iter_batched(command, commit, BatchSize::PerIteration);
    });
    group.finish();
    close(ledger, &workload);
}

/// Slices of a thousand transfers, synced and not.
fn slices(c: &mut Criterion) {
    let mut group = c.benchmark_group("slices_of_1000_transfers");
    group.throughput(Throughput::Elements(SLICE as u64)).sample_size(50);
    for (name, durability) in [("synced", Durability::Synced), ("unsynced", Durability::Unsynced)] {
        let dir = scratch();
        let (ledger, mut workload) = open(&dir, durability);
        group.bench_function(name, |b| {
            b.iter_batched(
                || workload.transfers(SLICE).unwrap(),
                |slice| ledger.submit_all(slice).wait().unwrap(),
                BatchSize::PerIteration,
            );
        });
        close(ledger, &workload);
    }
    let (ledger, mut workload) = {
        let ledger = Options::default().in_memory().unwrap();
        let workload = Workload::new(1_000).unwrap();
        ledger.submit_all(workload.open().unwrap()).wait().unwrap();
        (ledger, workload)
    };
    group.bench_function("in_memory", |b| {
        b.iter_batched(
            || workload.transfers(SLICE).unwrap(),
            |slice| ledger.submit_all(slice).wait().unwrap(),
            BatchSize::PerIteration,
        );
    });
    close(ledger, &workload);
    group.finish();
}

/// Sixty-four callers that each wait for their command: how many share a sync.
fn shared_syncs(c: &mut Criterion) {
    let dir = scratch();
    let (ledger, mut workload) = open(&dir, Durability::Synced);
    let (mut commands, mut batches) = (0, 0);
    let mut group = c.benchmark_group("64_waiting_callers");
    group.throughput(Throughput::Elements(CALLERS as u64)).sample_size(20);
    group.bench_function("command_each", |b| {
        b.iter_custom(|rounds| {
            let rounds = usize::try_from(rounds).unwrap();
            let work: Vec<_> = (0..CALLERS).map(|_| workload.transfers(rounds).unwrap()).collect();
            let before = ledger.batches();
            let start = Instant::now();
            std::thread::scope(|scope| {
                for commands in work {
                    let ledger = &ledger;
                    scope.spawn(move || {
                        for command in commands {
                            ledger.submit(command).wait().unwrap().accepted().unwrap();
                        }
                    });
                }
            });
            let elapsed = start.elapsed();
            commands += CALLERS * rounds;
            batches += ledger.batches() - before;
            elapsed
        });
    });
    group.finish();
    println!("64_waiting_callers: {:.1} commands for each sync", commands as f64 / batches.max(1) as f64);
    close(ledger, &workload);
}

/// Reading a ledger back: verifying and replaying it, and looking up one balance.
fn reading(c: &mut Criterion) {
    let dir = scratch();
    let (ledger, mut workload) = open(&dir, Durability::Unsynced);
    for _ in 0..20 {
        ledger.submit_all(workload.transfers(SLICE).unwrap()).wait().unwrap();
    }
    let account = *ledger.view().account_at(AccountNo(7)).unwrap().id();
    let mut group = c.benchmark_group("reading");
    group.bench_function("balance", |b| b.iter(|| black_box(ledger.balance(black_box(&account)))));
    let entries = ledger.head().next_position;
    let path = dir.path().join("ledger");
    close(ledger, &workload);
    group.throughput(Throughput::Elements(entries)).sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("replay", |b| {
        b.iter(|| assert_eq!(longmen::replay(&path, None).unwrap().head.next_position, entries));
    });
    group.bench_function("verify", |b| {
        b.iter(|| assert!(longmen::verify(&path, &mut |_, _| ()).unwrap().is_clean()));
    });
    group.finish();
}

criterion_group!(benches, one_waiting_caller, slices, shared_syncs, reading);
criterion_main!(benches);
