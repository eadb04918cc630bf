//! Small journals to break.

use std::collections::BTreeMap;
use std::sync::Arc;

use longmen_journal::{Appender, Batch, Config, Entropy, Hash, Inspection, Journal, MemoryStorage, inspect};

/// The bytes of a journal's directory.
pub(crate) type Image = BTreeMap<String, Vec<u8>>;

/// The smallest segments there are, and the same bytes in every run.
pub(crate) fn config() -> Config {
    config_seeded(7)
}

/// A journal of its own for each seed.
pub(crate) fn config_seeded(seed: u64) -> Config {
    Config { segment_size: 64 << 10, entropy: Entropy::Seeded(seed), ..Config::default() }
}

/// Adds `count` entries with payloads of `len` bytes that continue from the appender's head.
pub(crate) fn push(batch: &mut Batch, appender: &Appender, count: u64, len: usize) {
    let head = appender.head();
    for i in 0..count {
        let position = head.next_position + i;
        batch.push(16, 1, position, head.time_ns + 1 + i, appender.epoch(), |out| {
            out.extend(std::iter::repeat_n(position.to_le_bytes()[0] | 1, len));
        });
    }
}

/// Appends one batch of such entries.
pub(crate) fn append(appender: &mut Appender, count: u64, len: usize) -> Vec<Hash> {
    let mut batch = Batch::new();
    push(&mut batch, appender, count, len);
    let now_ns = appender.head().time_ns + 1_000;
    appender.append(&mut batch, now_ns).unwrap();
    batch.hashes().to_vec()
}

/// Opens the journal of a storage in memory for writing.
pub(crate) fn open(storage: &MemoryStorage) -> Appender {
    Appender::open(Arc::new(storage.clone()), config(), 50_000).unwrap().0
}

/// The last segment's file.
pub(crate) fn last_segment(image: &Image) -> String {
    image.keys().rfind(|path| path.ends_with(".jrn")).unwrap().clone()
}

/// A journal that has lived: a sealed segment, one that was cut off in a torn write, and a live one.
fn lived() -> (MemoryStorage, Appender) {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), config(), 1_000).unwrap();
    append(&mut appender, 3, 900);
    appender.switch_segment(9_000).unwrap();
    append(&mut appender, 2, 1_000);
    let before = storage.snapshot();
    append(&mut appender, 3, 2_000);
    drop(appender);
    // Of the last batch, only the first sector reached the disk.
    let live = last_segment(&before);
    let after = storage.snapshot();
    let used = used_len(&before[&live]);
    storage.restore(before);
    storage.tamper(&live, |bytes| bytes[used..used + 4096].copy_from_slice(&after[&live][used..used + 4096]));
    let mut appender = open(&storage);
    append(&mut appender, 2, 700);
    (storage, appender)
}

/// One that its writer did not close.
pub(crate) fn lived_unclean() -> MemoryStorage {
    lived().0
}

/// One that its writer closed.
pub(crate) fn lived_clean() -> MemoryStorage {
    let (storage, appender) = lived();
    appender.close(70_000).unwrap();
    storage
}

/// The end of the last sector that is not zero.
pub(crate) fn used_len(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| (at + 1).next_multiple_of(4096))
}

/// Inspects a storage in memory.
pub(crate) fn inspected(storage: &MemoryStorage) -> Inspection {
    inspect(storage, &mut |_, _| ()).unwrap()
}

/// The hashes of all entries, or the first error.
pub(crate) fn read_all(storage: &MemoryStorage) -> Result<Vec<Hash>, longmen_journal::JournalError> {
    let journal = Journal::open(Arc::new(storage.clone()))?;
    let mut entries = journal.read(0)?;
    let mut hashes = Vec::new();
    while let Some(entry) = entries.next() {
        hashes.push(entry?.hash);
    }
    Ok(hashes)
}
