//! From a directory to books: the newest snapshot that the journal confirms, and the entries after it.

use std::sync::Arc;

use longmen_core::{Books, Entry, Keys, Prior};
use longmen_journal::{Hash, Head, Journal, ReadStorage, Record, Snapshot};
use longmen_wire::decode_snapshot;

use crate::Error;
use crate::entries::{Content, decode};

/// Books at one position of a journal, made by replaying it.
#[derive(Debug)]
pub struct Replayed {
    /// The books.
    pub books: Books,
    /// The count of entries that went into them, and the hash and time of the last of them.
    pub head: Head,
}

/// Replays a journal without opening it for writing, also beside a live writer, and never writes.
///
/// With `until`, only the entries before that position are taken.
/// `progress` is told how many entries are done and how many there are.
///
/// # Errors
///
/// [`Error`] where the journal cannot be read, is damaged, or has no entry before `until`.
pub fn replay(
    storage: Arc<dyn ReadStorage>,
    until: Option<u64>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Replayed, Error> {
    let journal = Journal::open(Arc::clone(&storage))?;
    let restored = restore(storage.as_ref(), &journal, until, &mut |done, all| {
        progress(done, all);
        true
    })?;
    Ok(Replayed { books: restored.books, head: restored.head })
}

/// The whole state at one position.
pub(crate) struct Restored {
    pub(crate) books: Books,
    pub(crate) keys: Keys,
    pub(crate) head: Head,
    /// The position of the newest snapshot, 0 without one.
    pub(crate) snapshot: u64,
}

/// Restores the state before `until`, or at the journal's head. `go_on` is asked now and then; where it says no, the
/// state so far is returned.
pub(crate) fn restore(
    storage: &dyn ReadStorage,
    journal: &Journal,
    until: Option<u64>,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Restored, Error> {
    let until = until.unwrap_or(u64::MAX).min(journal.head()?.next_position);
    // One at position 0 says nothing that the journal does not, and no entry before it could be replayed to check it.
    for snapshot in
        Snapshot::list(storage)?.into_iter().filter(|position| (1..=until).contains(position)).rev()
    {
        // A snapshot that cannot be read, or that no entry confirms, is passed over: the journal has it all.
        match start_from(storage, journal, snapshot) {
            Ok(start) => {
                let digest = start.digest;
                match run(journal, start, until, go_on) {
                    Ok((restored, true)) => return Ok(restored),
                    // Stopped on the way: whoever asked for that knows.
                    Ok((restored, false)) if restored.head.next_position < until => return Ok(restored),
                    Ok((_, false)) => {
                        tracing::warn!(snapshot, %digest, "no entry confirms this snapshot; passing over it");
                    }
                    // Where it is the journal that is wrong, the replay from its first entry says so too.
                    Err(Error::Apply(error)) => {
                        tracing::warn!(snapshot, %error, "the journal does not follow from this snapshot");
                    }
                    Err(error) => return Err(error),
                }
            }
            Err(error) => tracing::warn!(snapshot, %error, "this snapshot cannot be used; passing over it"),
        }
    }
    run(journal, Start::genesis(journal), until, go_on).map(|(restored, _)| restored)
}

struct Start {
    books: Books,
    keys: Keys,
    position: u64,
    head: Option<Head>,
    digest: Hash,
}

impl Start {
    fn genesis(journal: &Journal) -> Self {
        let digest = Hash::ZERO;
        Self { books: Books::new(), keys: no_keys(journal), position: 0, head: None, digest }
    }
}

fn start_from(storage: &dyn ReadStorage, journal: &Journal, position: u64) -> Result<Start, Error> {
    let snapshot = Snapshot::read(storage, journal.ledger_id(), position)?;
    let (books, keys) =
        decode_snapshot(&snapshot.body).map_err(|source| Error::Decode { position, source })?;
    let head = Head { next_position: position, hash: snapshot.hash, time_ns: snapshot.time_ns };
    let mut all = no_keys(journal);
    keys.into_iter().for_each(|row| all.insert(row.key, row.prior));
    Ok(Start { books, keys: all, position, head: Some(head), digest: snapshot.digest })
}

/// Folds in the entries from `start` to `until`, and says whether one of them confirms the snapshot it started from.
fn run(
    journal: &Journal,
    start: Start,
    until: u64,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<(Restored, bool), Error> {
    let Start { mut books, mut keys, position, head, digest } = start;
    let mut head = head.unwrap_or(Head { next_position: 0, hash: Hash::ZERO, time_ns: 0 });
    let mut confirmed = position == 0;
    let mut entries = journal.read(position)?;
    while head.next_position < until {
        if head.next_position % 4_096 == 0 && !go_on(head.next_position, until) {
            break;
        }
        let Some(raw) = entries.next().transpose()? else { break };
        match decode(&raw)? {
            Content::Ledger(entry) => {
                books.apply(raw.position, &entry)?;
                note_key(&mut keys, raw.position, &entry);
            }
            Content::Journal(Record::Snapshot(mark)) => {
                confirmed |= mark.position == position && mark.digest == digest;
            }
            Content::Journal(_) => {}
        }
        head = Head { next_position: raw.position + 1, hash: raw.hash, time_ns: raw.time_ns };
    }
    Ok((Restored { books, keys, head, snapshot: position }, confirmed))
}

/// Remembers the key of the entry at `position`, if it has one.
pub(crate) fn note_key(keys: &mut Keys, position: u64, entry: &Entry) {
    if let Some(key) = entry.key {
        keys.insert(key, Prior { digest: entry.digest, position });
    }
}

/// The ledger's id is random and no caller of the ledger needs to know it: it seeds the table.
fn no_keys(journal: &Journal) -> Keys {
    let [a, b, c, d, e, f, g, h, ..] = *journal.ledger_id().as_bytes();
    Keys::new(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
}
