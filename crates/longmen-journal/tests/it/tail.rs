//! The end of the chain beside a writer: what a reader says about it is true, and looking at it is cheap.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use longmen_journal::{Appender, Config, Journal, JournalError, MemoryStorage, ReadStorage};

use crate::common::{append, config, last_segment, used_len};
use crate::hooked::{Hooked, Step};

/// A reader's view of a storage, and how many bytes of segments were read through it.
fn counted(storage: &MemoryStorage) -> (Arc<dyn ReadStorage>, Arc<AtomicUsize>) {
    let bytes = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&bytes);
    let hooked = Hooked::new(storage.clone(), move |step, path| {
        if let Step::Read(len) = step
            && path.starts_with("seg/")
        {
            counter.fetch_add(len, Ordering::Relaxed);
        }
        Ok(())
    });
    (Arc::new(hooked), bytes)
}

fn unsynced() -> Config {
    Config { sync: false, segment_size: 4 << 20, ..config() }
}

#[test]
fn the_head_that_a_reader_tells_is_that_of_a_batch_it_has_verified() {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), unsynced(), 1_000).unwrap();
    let head = || Journal::open(Arc::new(storage.clone())).unwrap().head().unwrap();
    assert_eq!(head(), appender.durable_head());
    for round in 0..40 {
        let durable = appender.durable_head();
        // Several batches that nothing vouches for yet.
        for _ in 0..round % 4 {
            append(&mut appender, 2, 3_000);
            assert_eq!(head(), durable, "round {round}");
        }
        appender.sync().unwrap();
        let durable = appender.durable_head();
        append(&mut appender, 1, 100);
        assert_eq!(head(), durable, "round {round}: the batch behind it vouches for it");
        let journal = Journal::open(Arc::new(storage.clone())).unwrap();
        let mut entries = journal.read(0).unwrap();
        let mut count = 0;
        while entries.next().transpose().unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, durable.next_position, "round {round}: reading shows what the head says");
        if round % 16 == 15 {
            appender.switch_segment(90_000).unwrap();
            assert_eq!(head(), appender.durable_head());
        }
    }
    // Of the last three batches only the headers reached the disk.
    appender.sync().unwrap();
    let durable = appender.head();
    let live = last_segment(&storage.snapshot());
    let from = used_len(&storage.snapshot()[&live]);
    (0..3).for_each(|_| drop(append(&mut appender, 1, 9_000)));
    let end = appender.head();
    drop(appender);
    assert_eq!(head(), end);
    storage.tamper(&live, |bytes| {
        (from..from + 3 * 12_288).step_by(12_288).for_each(|at| bytes[at + 4096..at + 12_288].fill(0));
    });
    assert_eq!(head(), durable);
}

#[test]
fn damage_to_the_batch_at_the_head_is_an_error() {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    append(&mut appender, 2, 300);
    append(&mut appender, 2, 300);
    append(&mut appender, 2, 300);
    let image = storage.snapshot();
    let live = last_segment(&image);
    // The batch before the last: the last one vouches for it, and is not visible itself.
    let at = used_len(&image[&live]) - 2 * 4096 + 200;
    storage.tamper(&live, |bytes| bytes[at] ^= 1);
    let journal = Journal::open(Arc::new(storage.clone())).unwrap();
    assert!(matches!(journal.head(), Err(JournalError::Corrupt(_))));
}

#[test]
fn an_empty_look_at_the_tail_beside_a_writer_reads_a_few_sectors() {
    let storage = MemoryStorage::new();
    let config = Config { segment_size: 4 << 20, ..config() };
    let mut appender = Appender::create(Arc::new(storage.clone()), config, 1_000).unwrap();
    append(&mut appender, 3, 500);
    let (reader, bytes) = counted(&storage);
    let journal = Journal::open(reader).unwrap();
    let end = appender.head().next_position;
    journal.note_durable_below(end);
    for _ in 0..3 {
        bytes.store(0, Ordering::Relaxed);
        assert!(journal.read(end).unwrap().next().is_none());
        assert_eq!(journal.head().unwrap().next_position, end);
        let read = bytes.load(Ordering::Relaxed);
        assert!(read < 64 << 10, "{read} bytes for two looks at nothing");
    }
    // Zeros where the embedder knows of entries are not nothing.
    let live = last_segment(&storage.snapshot());
    let used = used_len(&storage.snapshot()[&live]);
    append(&mut appender, 1, 10);
    append(&mut appender, 1, 10);
    journal.note_durable_below(end + 2);
    let sound = storage.snapshot();
    for (what, len) in [("the first", 4096), ("both", 8192)] {
        storage.tamper(&live, |bytes| bytes[used..used + len].fill(0));
        assert!(matches!(journal.read(end).unwrap().next(), Some(Err(JournalError::Corrupt(_)))), "{what}");
        assert!(matches!(journal.head(), Err(JournalError::Corrupt(_))), "{what}");
        storage.tamper(&live, |bytes| bytes.clone_from(&sound[&live]));
    }
    assert_eq!(journal.head().unwrap(), appender.head());
}

#[test]
fn one_walk_to_the_end_of_a_segment_leaves_points_all_along_it() {
    let storage = MemoryStorage::new();
    let config = Config { segment_size: 4 << 20, ..config() };
    let mut appender = Appender::create(Arc::new(storage.clone()), config, 1_000).unwrap();
    for _ in 0..400 {
        append(&mut appender, 1, 10);
    }
    appender.close(900_000).unwrap();
    let (reader, bytes) = counted(&storage);
    let journal = Journal::open(reader).unwrap();
    journal.head().unwrap();
    for position in [399, 200, 100] {
        bytes.store(0, Ordering::Relaxed);
        assert_eq!(journal.read(position).unwrap().next().unwrap().unwrap().position, position);
        let read = bytes.load(Ordering::Relaxed);
        assert!(read < 8192 + 17 * 128, "{read} bytes to get to {position}");
    }
}
