//! Without space for the next segment, and with it again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use longmen_journal::{Appender, Config, InspectionState, JournalError, MemoryStorage};

use crate::common::{append, config, inspected, lived_unclean};
use crate::hooked::{Hooked, Step};

#[test]
fn an_opening_that_finds_no_space_leaves_every_byte_as_it_was() {
    let storage = lived_unclean();
    let full = Arc::new(AtomicBool::new(true));
    let is_full = Arc::clone(&full);
    let hooked = Hooked::new(storage.clone(), move |step, path| match step {
        Step::Create if path == "seg/next.tmp" && is_full.load(Ordering::Relaxed) => {
            Err(io::ErrorKind::StorageFull.into())
        }
        _ => Ok(()),
    });
    let before = storage.snapshot();
    for _ in 0..3 {
        let opened = Appender::open(Arc::new(hooked.clone()), config(), 80_000);
        assert!(matches!(opened, Err(JournalError::NoSpace { .. })));
        assert_eq!(storage.snapshot(), before);
    }
    full.store(false, Ordering::Relaxed);
    Appender::open(Arc::new(hooked), config(), 80_000).unwrap().0.close(90_000).unwrap();
    assert_eq!(inspected(&storage).state, InspectionState::Clean);
}

#[test]
fn a_spare_that_failed_long_ago_is_tried_again_when_it_is_needed() {
    let storage = MemoryStorage::new();
    let calls = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&calls);
    // The second spare of this writer, made in the background, meets a full disk; later there is space again.
    let hooked = Hooked::new(storage, move |step, path| {
        let second =
            step == Step::Create && path == "seg/next.tmp" && counter.fetch_add(1, Ordering::Relaxed) == 1;
        if second { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    });
    let config = Config { segment_size: 4 << 20, ..config() };
    let mut appender = Appender::create(Arc::new(hooked), config, 1_000).unwrap();
    for _ in 0..6 {
        append(&mut appender, 1, 1_000_000);
    }
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}
