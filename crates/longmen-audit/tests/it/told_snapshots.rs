//! Snapshots that say something else of products than the entries do, with the same books.

use longmen_audit::{Law, Report};
use longmen_journal::record::SnapshotMark;
use longmen_journal::{Batch, KeyRun, MemoryStorage, MetaRun, RunRow, Runs, Snapshot};
use longmen_wallet::{Entry as Told, Products, State};
use longmen_wire::encode_snapshot;
use siphasher::sip::SipHasher13;

use crate::broken_products::{clean, told_otherwise};
use crate::build::{append_told, audit, commit, create, time_ns};

/// The journal of the clean entries, with a confirmed snapshot of a state.
fn audited(state: &State) -> Report {
    let (disk, entries) = (MemoryStorage::new(), clean());
    let mut appender = create(&disk);
    append_told(&mut appender, &entries);
    let (id, head) = (appender.ledger_id(), appender.head());
    let hash = |bytes: &[u8]| SipHasher13::new_with_key(id.as_bytes()).hash(bytes);
    let row = |(position, told): (u64, &Told)| {
        Some(RunRow { hash: hash(told.key.as_ref()?.as_str().as_bytes()), position })
    };
    let mut keys: Vec<RunRow> = (1..).zip(&entries).filter_map(row).collect();
    let keys = vec![KeyRun::write(&disk, id, 0, head.next_position, &mut keys).unwrap()];
    let meta = vec![MetaRun::write(&disk, id, 0, head.next_position, &mut Vec::new()).unwrap()];
    let mut body = Vec::new();
    encode_snapshot(state, &mut body);
    let digest = Snapshot::write(&disk, id, head, &Runs { keys, meta }, &body).unwrap();
    let mark = SnapshotMark { position: head.next_position, entry_hash: head.hash, digest };
    let mut batch = Batch::new();
    batch.push_snapshot(head.next_position, time_ns(head.next_position), appender.epoch(), &mark);
    commit(&mut appender, &mut batch);
    drop(appender);
    audit(&disk)
}

/// The state after these entries.
fn after(entries: &[Told]) -> State {
    let mut state = State::new();
    for (position, told) in (1..).zip(entries) {
        state.apply(position, time_ns(position), told).unwrap();
    }
    state
}

/// The state after the clean entries, with other products.
fn changed(change: impl FnOnce(&mut Products)) -> State {
    let state = after(&clean());
    let mut products = state.products().clone();
    change(&mut products);
    State::restore(state.books().clone(), products)
}

#[test]
fn a_snapshot_has_the_same_items_lots_and_phases() {
    let report = audited(&after(&clean()));
    assert!(report.is_clean(), "{:?}", report.violations);
    assert_eq!(report.snapshots, 1);

    let [other_item, other_phase] = told_otherwise().map(|entries| after(&entries));
    let cases = [
        (other_item, "open item s differs"),
        (other_phase, "case case differs: it is cleared"),
        (changed(|products| products.items = Default::default()), "it has 0 open items instead of 2"),
        (changed(|products| products.lots = Default::default()), "the lots of alice are 0 instead of 200"),
        (changed(|products| products.cases = Default::default()), "it has 0 things of products instead of 1"),
    ];
    for (state, fault) in cases {
        let report = audited(&state);
        let [found] = &report.violations[..] else { panic!("{fault}: {:?}", report.violations) };
        assert_eq!(found.law, Law::SnapshotAgrees);
        assert!(found.detail.ends_with(fault), "{fault}: {}", found.detail);
    }
}
