//! What a reader in the writer's process pays: one balance, by name and by number, and a hundred that go together.
//!
//! `cargo bench -p longmen-bench --bench read`. Accounts are picked at random among 100,000.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the bench")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use longmen::{Account, AccountId, AccountNo, Options};
use longmen_bench::Workload;

const ACCOUNTS: usize = 100_000;

/// Numbers at random, the same on every machine.
fn random() -> impl FnMut() -> usize {
    let mut next = 1_u64;
    move || {
        next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(next >> 33).unwrap()
    }
}

fn reads(c: &mut Criterion) {
    let ledger = Options::default().in_memory().unwrap();
    for slice in Workload::new(ACCOUNTS).unwrap().open().unwrap().chunks(1_000) {
        ledger.submit_all(slice.to_vec()).wait().unwrap();
    }
    let view = ledger.view();
    let ids: Vec<AccountId> = view.accounts().map(|account| *account.id()).collect();
    assert_eq!(ids.len(), ACCOUNTS);
    let (id, no) =
        (|at: usize| &ids[at % ACCOUNTS], |at: usize| AccountNo(u32::try_from(at % ACCOUNTS).unwrap()));

    let mut group = c.benchmark_group("one_account_of_100000");
    group.throughput(Throughput::Elements(1));
    let mut pick = random();
    group.bench_function("picking_one", |b| b.iter(|| *id(pick())));
    group.bench_function("by_name", |b| b.iter(|| ledger.balance(id(pick())).unwrap()));
    group.bench_function("by_name_in_a_view", |b| b.iter(|| view.balance(id(pick())).unwrap()));
    group.bench_function("by_number_in_a_view", |b| {
        b.iter(|| view.account_at(no(pick())).map(Account::balance).unwrap());
    });
    group.bench_function("taking_a_view", |b| b.iter(|| black_box(ledger.view())));
    group.finish();

    let mut group = c.benchmark_group("100_accounts_of_one_view");
    group.throughput(Throughput::Elements(100));
    group.bench_function("by_name", |b| {
        b.iter(|| {
            let view = ledger.view();
            (0..100).map(|_| view.balance(id(pick())).unwrap().posted().minor()).sum::<i128>()
        });
    });
    group.finish();
    ledger.close().unwrap();
}

criterion_group!(benches, reads);
criterion_main!(benches);
