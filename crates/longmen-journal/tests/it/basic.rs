//! The normal path: create, append, close, open again, read, on files and in memory.

use std::sync::Arc;

use longmen_journal::{Appender, Batch, FileStorage, Journal, MemoryStorage, Opening, Storage};

use crate::common::{config, push};

fn round_trip(storage: &Arc<dyn Storage>) {
    let mut appender = Appender::create(Arc::clone(storage), config(), 1_000).unwrap();
    let mut batch = Batch::new();
    let mut hashes = Vec::new();
    for round in 0..40 {
        batch.clear();
        push(&mut batch, &appender, 10, 100 + round);
        appender.append(&mut batch, 5_000).unwrap();
        hashes.extend_from_slice(batch.hashes());
    }
    let head = appender.head();
    assert_eq!(head.next_position, 401);
    appender.close(9_000).unwrap();

    let (mut appender, recovery) = Appender::open(Arc::clone(storage), config(), 10_000).unwrap();
    assert_eq!(recovery.opening, Opening::Clean);
    assert_eq!(appender.head(), head);
    assert_eq!(appender.epoch(), 2);
    batch.clear();
    push(&mut batch, &appender, 3, 7);
    appender.append(&mut batch, 11_000).unwrap();
    hashes.extend_from_slice(batch.hashes());
    let head = appender.head();
    drop(appender);

    let (appender, recovery) = Appender::open(Arc::clone(storage), config(), 20_000).unwrap();
    assert_eq!(recovery.opening, Opening::Unclean);
    assert_eq!(recovery.records.len(), 1);
    assert_eq!(appender.head().next_position, head.next_position + 1);
    let head = appender.head();
    appender.close(21_000).unwrap();

    let reader: Arc<dyn Storage> = Arc::clone(storage);
    let journal = Journal::open(reader).unwrap();
    assert_eq!(journal.head().unwrap(), head);
    assert!(journal.segments().unwrap().len() > 2);
    for from in [0, 1, 2, 57, 200, 403, 404, 405] {
        let mut entries = journal.read(from).unwrap();
        let mut next = from;
        while let Some(entry) = entries.next() {
            let entry = entry.unwrap();
            assert_eq!(entry.position, next);
            if (1..404).contains(&next) {
                assert_eq!(entry.hash, hashes[usize::try_from(next - 1).unwrap()]);
            }
            next += 1;
        }
        assert_eq!(next, head.next_position, "read from {from}");
    }
}

#[test]
fn a_journal_in_memory_round_trips() {
    round_trip(&(Arc::new(MemoryStorage::new()) as Arc<dyn Storage>));
}

#[test]
fn a_journal_in_files_round_trips() {
    let dir = tempfile::tempdir().unwrap();
    round_trip(&(Arc::new(FileStorage::new(dir.path().join("ledger"))) as Arc<dyn Storage>));
}
