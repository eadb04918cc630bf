//! What a command of a product costs beside a plain command of the ledger with as many postings.
//!
//! `cargo bench -p longmen-bench --bench wallet`. First deciding and applying alone, then all the way through a ledger
//! in slices, without syncs, so that the disk does not hide the difference. The books balance at the end of each.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the bench")]

use std::cell::RefCell;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use longmen::wallet::Command;
use longmen::{Durability, Ledger, Options};
use longmen_bench::products::{PAIRS, World, beginnings, key};

/// How many commands go through the ledger at once.
const SLICE: u64 = 250;

fn decide_and_apply(c: &mut Criterion) {
    for (name, plain, product) in PAIRS {
        let mut group = c.benchmark_group(format!("decide_and_apply/{name}"));
        for (kind, make) in [("plain", plain), ("product", product)] {
            let world = RefCell::new(World::default());
            group.bench_function(kind, |b| {
                let command = || {
                    let no = world.borrow().position;
                    Command::new(key(no), make(no))
                };
                b.iter_batched(command, |own| world.borrow_mut().carry_out(own), BatchSize::PerIteration);
            });
            let totals = world.into_inner().state.books().trial_balance();
            assert!(totals.iter().all(|row| row.debits_posted == row.credits_posted));
        }
        group.finish();
    }
}

fn slices(c: &mut Criterion) {
    for (name, plain, product) in PAIRS {
        let mut group = c.benchmark_group(format!("slices/{name}"));
        group.throughput(Throughput::Elements(SLICE));
        for (kind, make) in [("plain", plain), ("product", product)] {
            let dir = tempfile::tempdir().unwrap();
            let options = Options { durability: Durability::Unsynced, ..Options::default() };
            let ledger = options.create(dir.path().join("ledger")).unwrap();
            for part in beginnings().chunks(64) {
                submit(&ledger, part.to_vec());
            }
            let next = RefCell::new(0);
            group.bench_function(kind, |b| {
                let slice = || {
                    let from = *next.borrow();
                    *next.borrow_mut() += SLICE;
                    (from..from + SLICE).map(|no| Command::new(key(no), make(no))).collect()
                };
                b.iter_batched(slice, |slice| submit(&ledger, slice), BatchSize::PerIteration);
            });
            ledger.close().unwrap();
        }
        group.finish();
    }
}

fn submit(ledger: &Ledger, commands: Vec<Command>) {
    for receipt in ledger.submit_all(commands).wait().unwrap() {
        receipt.accepted().unwrap();
    }
}

criterion_group!(benches, decide_and_apply, slices);
criterion_main!(benches);
