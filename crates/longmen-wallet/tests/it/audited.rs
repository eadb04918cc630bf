//! What a test did, written as a journal with a snapshot in it and audited: its entries against laws in other words.

use std::sync::Arc;

use longmen_core::Value;
use longmen_journal::record::SnapshotMark;
use longmen_journal::{
    Appender, Batch, Config, Entropy, KeyRun, LedgerId, MemoryStorage, MetaRun, RunRow, Runs, Snapshot,
};
use longmen_wallet::{Entry, State};
use longmen_wire::{SCHEMA, encode_entry, encode_snapshot, kind_of};
use siphasher::sip::SipHasher13;

/// The audit finds nothing wrong with these entries, each with its journal time, nor with a snapshot at their end.
pub(crate) fn audit(entries: &[(u64, Entry)]) {
    let entries = &one_after_the_other(entries);
    let (Some((first_ns, _)), Some((last_ns, _))) = (entries.first(), entries.last()) else { return };
    let disk = MemoryStorage::new();
    let config = Config { segment_size: 1 << 22, entropy: Entropy::Seeded(1), ..Config::default() };
    let mut appender = Appender::create(Arc::new(disk.clone()), config, first_ns - 1).unwrap();
    for entries in entries.chunks(64) {
        append(&mut appender, entries);
    }
    confirm_a_snapshot(&disk, &mut appender, entries, last_ns + 1);
    appender.close(last_ns + 2).unwrap();
    let report = longmen_audit::verify(Arc::new(disk), &mut |_, _| ()).unwrap();
    assert!(report.is_clean(), "{:#?}\n{:?}", report.violations, report.stopped_by);
    assert_eq!(report.snapshots, 1);
}

/// A journal gives every entry a time of its own, a test several the same.
fn one_after_the_other(entries: &[(u64, Entry)]) -> Vec<(u64, Entry)> {
    let mut last_ns = 0;
    let mut later = |(time_ns, entry): &(u64, Entry)| {
        last_ns = (*time_ns).max(last_ns + 1);
        (last_ns, entry.clone())
    };
    entries.iter().map(&mut later).collect()
}

fn append(appender: &mut Appender, entries: &[(u64, Entry)]) {
    let mut batch = Batch::new();
    for (position, (time_ns, entry)) in (appender.head().next_position..).zip(entries) {
        let epoch = appender.epoch();
        batch.push(kind_of(&entry.event), SCHEMA, position, *time_ns, epoch, |out| encode_entry(entry, out));
    }
    let last_ns = entries.last().map_or(0, |(time_ns, _)| *time_ns);
    appender.append(&mut batch, last_ns).unwrap();
}

/// The state of the journal's entries, whose positions are one beyond those of the test: the first entry is its own.
fn confirm_a_snapshot(disk: &MemoryStorage, appender: &mut Appender, entries: &[(u64, Entry)], last_ns: u64) {
    let (mut state, mut keys) = (State::new(), Vec::new());
    let id = appender.ledger_id();
    for (position, (time_ns, entry)) in (1..).zip(entries) {
        state.apply(position, *time_ns, entry).unwrap();
        keys.extend(entry.key.map(|key| row(id, key.as_bytes(), position)));
    }
    let head = appender.head();
    let mut pairs = pairs(id, entries);
    let keys = vec![KeyRun::write(disk, id, 0, head.next_position, &mut keys).unwrap()];
    let meta = vec![MetaRun::write(disk, id, 0, head.next_position, &mut pairs).unwrap()];
    let mut body = Vec::new();
    encode_snapshot(&state, &mut body);
    let digest = Snapshot::write(disk, id, head, &Runs { keys, meta }, &body).unwrap();
    let mark = SnapshotMark { position: head.next_position, entry_hash: head.hash, digest };
    let mut batch = Batch::new();
    batch.push_snapshot(head.next_position, last_ns, appender.epoch(), &mark);
    appender.append(&mut batch, last_ns).unwrap();
}

fn row(id: LedgerId, bytes: &[u8], position: u64) -> RunRow {
    RunRow { hash: SipHasher13::new_with_key(id.as_bytes()).hash(bytes), position }
}

/// The pairs of metadata. Products write one kind only: that something does not count as a withdrawal.
fn pairs(id: LedgerId, entries: &[(u64, Entry)]) -> Vec<RunRow> {
    let mut rows = Vec::new();
    for (position, (_, entry)) in (1..).zip(entries) {
        for (key, value) in entry.meta().map_or(&[][..], |meta| meta.pairs()) {
            let Value::Bool(yes) = value else { panic!("products write no other pairs") };
            let mut bytes = vec![u8::try_from(key.len()).unwrap()];
            bytes.extend_from_slice(key.as_bytes());
            bytes.extend([2, u8::from(*yes)]);
            rows.push(row(id, &bytes, position));
        }
    }
    rows
}
