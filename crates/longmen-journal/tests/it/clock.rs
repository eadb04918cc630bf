//! One wild reading of the clock is refused before it is written down, and bricks nothing.

use std::sync::Arc;

use longmen_journal::{Appender, Batch, InspectionState, JournalError, MemoryStorage};

use crate::common::{append, config, inspected, lived_clean, lived_unclean, push};

const FIRST_WILD: u64 = 1 << 63;

fn refused<T>(result: Result<T, JournalError>) -> bool {
    matches!(result, Err(JournalError::BadBatch { .. }))
}

#[test]
fn wild_times_are_refused_before_anything_is_written_and_the_writer_goes_on() {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    append(&mut appender, 2, 100);
    for wild in [FIRST_WILD, u64::MAX - 1, u64::MAX] {
        let before = storage.snapshot();
        let head = appender.head();
        let mut batch = Batch::new();
        push(&mut batch, &appender, 1, 10);
        assert!(refused(appender.append(&mut batch, wild)));
        batch.clear();
        batch.push(16, 1, head.next_position, wild, appender.epoch(), |_| ());
        assert!(refused(appender.append(&mut batch, 5_000)));
        assert!(refused(appender.note_durable(wild)));
        assert!(refused(appender.switch_segment(wild)));
        assert_eq!(storage.snapshot(), before);
        append(&mut appender, 1, 10);
    }
    // The last time there is counts, and leaves room for the recovery that follows it.
    let head = appender.head();
    let mut batch = Batch::new();
    batch.push(16, 1, head.next_position, FIRST_WILD - 1, appender.epoch(), |_| ());
    appender.append(&mut batch, FIRST_WILD - 1).unwrap();
    drop(appender);
    let (appender, _) = Appender::open(Arc::new(storage.clone()), config(), FIRST_WILD - 1).unwrap();
    appender.close(60_000).unwrap();
    assert_eq!((inspected(&storage).state, inspected(&storage).damages), (InspectionState::Clean, vec![]));
}

#[test]
fn an_opening_or_a_creation_at_a_wild_time_changes_nothing() {
    for storage in [lived_clean(), lived_unclean(), MemoryStorage::new()] {
        let before = storage.snapshot();
        for wild in [FIRST_WILD, u64::MAX] {
            if before.is_empty() {
                assert!(refused(Appender::create(Arc::new(storage.clone()), config(), wild)));
            } else {
                assert!(refused(Appender::open(Arc::new(storage.clone()), config(), wild)));
            }
            assert_eq!(storage.snapshot(), before);
        }
        if !before.is_empty() {
            Appender::open(Arc::new(storage), config(), 99_000).unwrap();
        }
    }
}
