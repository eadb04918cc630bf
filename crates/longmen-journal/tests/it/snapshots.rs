//! The folder of snapshots: what lies beside them, taking one away, and damage to them.

use std::sync::Arc;

use longmen_journal::{Appender, DamageClass, InspectionState, MemoryStorage, Runs, Snapshot};

use crate::common::{append, config, inspected};

const PATH: &str = "snap/00000000000000000004.snap";

/// A closed journal with a snapshot at position 4.
fn journal() -> MemoryStorage {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    append(&mut appender, 3, 100);
    Snapshot::write(&storage, appender.ledger_id(), appender.head(), &Runs::default(), b"the books").unwrap();
    appender.close(9_000).unwrap();
    storage
}

#[test]
fn a_stray_file_beside_the_snapshots_does_not_stop_the_next_one() {
    let storage = journal();
    let mut image = storage.snapshot();
    let names = ["tmp", "p", "next.tmp", "x.snap"];
    image.extend(names.map(|name| (format!("snap/{name}"), b"left behind".to_vec())));
    let storage = MemoryStorage::with_files(image);
    let (appender, _) = Appender::open(Arc::new(storage.clone()), config(), 20_000).unwrap();
    let head = appender.head();
    Snapshot::write(&storage, appender.ledger_id(), head, &Runs::default(), b"the same books").unwrap();
    Snapshot::write(&storage, appender.ledger_id(), head, &Runs::default(), b"the same books").unwrap();
    assert_eq!(Snapshot::read(&storage, appender.ledger_id(), 4).unwrap().body, b"the same books");
}

#[test]
fn a_snapshot_can_be_taken_away_and_one_that_is_gone_is_no_error() {
    let storage = journal();
    assert_eq!(Snapshot::list(&storage).unwrap(), [4]);
    Snapshot::remove(&storage, 4).unwrap();
    assert_eq!(Snapshot::list(&storage).unwrap(), [0_u64; 0]);
    Snapshot::remove(&storage, 4).unwrap();
}

#[test]
fn every_flip_in_a_snapshot_is_reported_and_keeps_no_journal_from_opening() {
    let storage = journal();
    let sound = inspected(&storage);
    assert_eq!((sound.damages.len(), sound.notes.len(), sound.state), (0, 0, InspectionState::Clean));
    for bit in 0..storage.snapshot()[PATH].len() * 8 {
        storage.tamper(PATH, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        let seen = inspected(&storage);
        let [damage] = &seen.damages[..] else { panic!("bit {bit}: {:?}", seen.damages) };
        assert_eq!((damage.class, damage.file.as_str()), (DamageClass::Snapshot, PATH));
        assert_eq!(seen.state, InspectionState::Clean, "an opening passes over it");
        storage.tamper(PATH, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
    }
    for len in 0..storage.snapshot()[PATH].len() {
        let mut image = storage.snapshot();
        image.get_mut(PATH).unwrap().truncate(len);
        assert_eq!(inspected(&MemoryStorage::with_files(image)).damages[0].class, DamageClass::Snapshot);
    }
}

#[test]
fn a_file_that_is_no_snapshot_is_noted() {
    let storage = journal();
    let mut image = storage.snapshot();
    // What a snapshot that was interrupted left is not remarkable.
    let names = ["next.tmp", "tmp", "4.snap", "+0000000000000000004.snap"];
    image.extend(names.map(|name| (format!("snap/{name}"), b"x".to_vec())));
    let seen = inspected(&MemoryStorage::with_files(image));
    assert_eq!((seen.damages.len(), seen.notes.len(), seen.state), (0, 3, InspectionState::Clean));
}
