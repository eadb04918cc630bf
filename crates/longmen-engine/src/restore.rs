//! From a directory to the state: the newest snapshot that the journal confirms, and the entries after it.

use std::sync::Arc;

use longmen_core::Books;
use longmen_journal::{Hash, Head, Journal, KeyRun, LedgerId, ReadStorage, Record, Runs, Snapshot};
use longmen_wallet::{Entry, State};
use longmen_wire::{decode_snapshot, encode_snapshot};

use crate::Error;
use crate::entries::{Content, decode};
use crate::key_index::{KeyHasher, KeyIndex};
use crate::meta_index::{MetaHasher, MetaIndex, Tail};

/// The state at one position of a journal, made by replaying it.
#[derive(Debug)]
pub struct Replayed {
    /// The state: the books, and the products on them.
    pub state: State,
    /// The count of entries that went into them, and the hash and time of the last of them.
    pub head: Head,
}

impl Replayed {
    /// The books.
    #[must_use]
    pub fn books(&self) -> &Books {
        self.state.books()
    }

    /// The hash of the state: two replays of the same entries give the same one, on any machine and in any build.
    ///
    /// It is the BLAKE3 of the state as a snapshot writes them, see `docs/format/entries-v1.md`.
    #[must_use]
    pub fn state_hash(&self) -> Hash {
        let mut bytes = Vec::new();
        encode_snapshot(&self.state, &mut bytes);
        longmen_journal::hash::digest(&bytes)
    }
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
    let restored = restore(storage.as_ref(), &journal, until, &mut Unneeded, &mut |done, all| {
        progress(done, all);
        true
    })?;
    Ok(Replayed { state: restored.state, head: restored.head })
}

/// The state at one position.
pub(crate) struct Restored {
    pub(crate) state: State,
    pub(crate) head: Head,
    /// The position of the snapshot that it started from, 0 without one, and the runs that belong to that.
    pub(crate) snapshot: u64,
    pub(crate) runs: Runs,
}

/// What becomes of keys and metadata on the way. An error of the first and of the last function passes over the snapshot.
pub(crate) trait Indexing {
    /// A replay starts, from the snapshot at `position` that names these runs, or from the first entry.
    fn restart(&mut self, position: u64, runs: &Runs) -> Result<(), Error>;

    /// This is the entry at `position`.
    fn note(&mut self, position: u64, entry: &Entry) -> Result<(), Error>;

    /// The replay has come to its end, and an entry has confirmed the snapshot and so the runs.
    fn complete(&mut self, runs: &Runs) -> Result<(), Error>;
}

/// For those who only want the state.
struct Unneeded;

impl Indexing for Unneeded {
    fn restart(&mut self, _: u64, _: &Runs) -> Result<(), Error> {
        Ok(())
    }

    fn note(&mut self, _: u64, _: &Entry) -> Result<(), Error> {
        Ok(())
    }

    fn complete(&mut self, _: &Runs) -> Result<(), Error> {
        Ok(())
    }
}

/// Where every key and every pair of metadata stands.
pub(crate) struct Indexes {
    pub(crate) keys: KeyIndex,
    pub(crate) meta: MetaIndex,
}

/// The indexes in the making: what is replayed first, then the runs, once they are
/// known to be worth reading. Meta runs are only seen to be whole: they are searched where they are.
pub(crate) struct Loading<'a> {
    storage: &'a dyn ReadStorage,
    journal: &'a Journal,
    hasher: KeyHasher,
    index: KeyIndex,
    meta_hasher: MetaHasher,
    tail: Tail,
}

impl<'a> Loading<'a> {
    pub(crate) fn new(storage: &'a dyn ReadStorage, journal: &'a Journal) -> Self {
        let id = journal.ledger_id();
        let (hasher, meta_hasher) = (KeyHasher::new(id), MetaHasher::new(id));
        Self { storage, journal, hasher, index: KeyIndex::new(), meta_hasher, tail: Tail::default() }
    }

    /// Both indexes, where this is what was restored.
    pub(crate) fn into_indexes(self, restored: &Restored) -> Indexes {
        let meta = MetaIndex::new(self.meta_hasher, &restored.runs.meta, restored.snapshot, self.tail);
        Indexes { keys: self.index, meta }
    }
}

impl Indexing for Loading<'_> {
    fn restart(&mut self, position: u64, runs: &Runs) -> Result<(), Error> {
        (self.index, self.tail) = (KeyIndex::new(), Tail::default());
        if !runs.cover(position) {
            return Err(Error::Snapshot { position, what: "its runs do not cover the entries before it" });
        }
        Ok(())
    }

    fn note(&mut self, position: u64, entry: &Entry) -> Result<(), Error> {
        self.meta_hasher.rows(position, entry).for_each(|row| self.tail.push(row));
        entry.key.as_ref().map_or(Ok(()), |key| self.index.insert(self.hasher.hash(key), position))
    }

    fn complete(&mut self, runs: &Runs) -> Result<(), Error> {
        let ledger_id = self.journal.ledger_id();
        load(&mut self.index, self.storage, ledger_id, &runs.keys)?;
        for run in &runs.meta {
            run.read(self.storage, ledger_id, &mut |_| ())?;
        }
        Ok(())
    }
}

/// Adds the keys of these runs to the index.
fn load(
    index: &mut KeyIndex,
    storage: &dyn ReadStorage,
    ledger_id: LedgerId,
    runs: &[KeyRun],
) -> Result<(), Error> {
    // Almost every entry has a key.
    index.reserve(runs.iter().map(|run| run.until - run.from).sum());
    for run in runs {
        let mut full = None;
        run.read(storage, ledger_id, &mut |rows| {
            for row in rows {
                full = index.insert(row.hash, row.position).err().or(full.take());
            }
        })?;
        full.map_or(Ok(()), Err)?;
    }
    Ok(())
}

/// Restores the state before `until`, or at the journal's head, and tells `indexing` of every entry on the way. `go_on` is
/// asked now and then; where it says no, the state so far is returned.
pub(crate) fn restore(
    storage: &dyn ReadStorage,
    journal: &Journal,
    until: Option<u64>,
    indexing: &mut dyn Indexing,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Restored, Error> {
    let until = until.unwrap_or(u64::MAX).min(journal.head()?.next_position);
    // One at position 0 says nothing that the journal does not, and no entry before it could be replayed to check it.
    for snapshot in
        Snapshot::list(storage)?.into_iter().filter(|position| (1..=until).contains(position)).rev()
    {
        // A snapshot that cannot be read, or that no entry confirms, is passed over: the journal has it all.
        match start_from(storage, journal, snapshot, indexing) {
            Ok(start) => {
                let digest = start.digest;
                match run(journal, start, until, indexing, go_on) {
                    Ok((restored, true)) => match indexing.complete(&restored.runs) {
                        Ok(()) => return Ok(restored),
                        Err(error) => {
                            tracing::warn!(snapshot, %error, "its runs cannot be used; passing over it");
                        }
                    },
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
    indexing.restart(0, &Runs::default())?;
    run(journal, Start::genesis(), until, indexing, go_on).map(|(restored, _)| restored)
}

struct Start {
    state: State,
    position: u64,
    head: Head,
    runs: Runs,
    digest: Hash,
}

impl Start {
    fn genesis() -> Self {
        let head = Head { next_position: 0, hash: Hash::ZERO, time_ns: 0 };
        Self { state: State::new(), position: 0, head, runs: Runs::default(), digest: Hash::ZERO }
    }
}

fn start_from(
    storage: &dyn ReadStorage,
    journal: &Journal,
    position: u64,
    indexing: &mut dyn Indexing,
) -> Result<Start, Error> {
    let snapshot = Snapshot::read(storage, journal.ledger_id(), position)?;
    indexing.restart(position, &snapshot.runs)?;
    let state = decode_snapshot(&snapshot.body).map_err(|source| Error::Decode { position, source })?;
    let head = Head { next_position: position, hash: snapshot.hash, time_ns: snapshot.time_ns };
    Ok(Start { state, position, head, runs: snapshot.runs, digest: snapshot.digest })
}

/// Folds in the entries from `start` to `until`, and says whether one of them confirms the snapshot it started from.
fn run(
    journal: &Journal,
    start: Start,
    until: u64,
    indexing: &mut dyn Indexing,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<(Restored, bool), Error> {
    let Start { mut state, position, mut head, runs, digest } = start;
    let mut confirmed = position == 0;
    let mut entries = journal.read(position)?;
    while head.next_position < until {
        if head.next_position % 4_096 == 0 && !go_on(head.next_position, until) {
            break;
        }
        let Some(raw) = entries.next().transpose()? else { break };
        match decode(&raw)? {
            Content::Ledger(entry) => {
                state.apply(raw.position, raw.time_ns, &entry)?;
                indexing.note(raw.position, &entry)?;
            }
            Content::Journal(Record::Snapshot(mark)) => {
                confirmed |= mark.position == position && mark.digest == digest;
            }
            Content::Journal(_) => {}
        }
        head = Head { next_position: raw.position + 1, hash: raw.hash, time_ns: raw.time_ns };
    }
    Ok((Restored { state, head, snapshot: position, runs }, confirmed))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use longmen_journal::{FileStorage, RunRow};

    use super::*;

    /// `LONGMEN_KEYS=100000000 cargo test --release -p longmen-engine key_runs_load -- --nocapture`
    #[test]
    fn key_runs_load_every_key_that_was_written() {
        const ROWS: u64 = 1 << 22;
        let keys: u64 = std::env::var("LONGMEN_KEYS").map_or(10_000, |text| text.parse().unwrap());
        let dir = tempfile::tempdir().unwrap();
        let (storage, id) = (FileStorage::new(dir.path()), LedgerId::from_bytes([5; 16]));
        // A multiplication by an odd number gives every hash once.
        let hash = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let write = |from: u64| {
            let until = keys.min(from + ROWS);
            let mut rows: Vec<_> = (from..until).map(|n| RunRow { hash: hash(n), position: n }).collect();
            KeyRun::write(&storage, id, from, until, &mut rows).unwrap()
        };
        let runs: Vec<KeyRun> = (0..keys).step_by(usize::try_from(ROWS).unwrap()).map(write).collect();
        let mut index = KeyIndex::new();
        let start = Instant::now();
        load(&mut index, &storage, id, &runs).unwrap();
        println!("{keys} keys of {} runs in {:?}", runs.len(), start.elapsed());
        assert!((0..keys).all(|n| index.positions(hash(n)).contains(&n)));
    }
}
