//! Entries found by a pair of their metadata.

use std::collections::VecDeque;
use std::iter::FusedIterator;
use std::sync::Arc;

use longmen_core::{MetaKey, Value};
use longmen_journal::{Journal, JournalError, MetaRun, ReadStorage, Record, Snapshot};
use longmen_wallet::Entry;

use crate::Error;
use crate::entries::{Content, JournalEntry, decode};
use crate::meta_index::{MetaHasher, Places};
use crate::past::Past;

/// The entries that have one pair of metadata, in the order of the journal.
///
/// Each is read from the journal, verified, and compared. After an error nothing more comes.
pub struct FoundEntries {
    storage: Arc<dyn ReadStorage>,
    journal: Arc<Journal>,
    past: Past,
    key: MetaKey,
    value: Value,
    hasher: MetaHasher,
    hash: u64,
    /// Runs that nobody has searched yet; what they hold comes before the other positions.
    runs: VecDeque<MetaRun>,
    /// Where the pair may stand, of the run that was searched last.
    ahead: VecDeque<u64>,
    /// The same of the entries that are in no run.
    behind: VecDeque<u64>,
    /// Every entry below this position can be read.
    until: u64,
    failed: bool,
}

impl FoundEntries {
    pub(crate) fn new(
        storage: Arc<dyn ReadStorage>,
        journal: Arc<Journal>,
        (key, value): (MetaKey, Value),
        places: Places,
        until: u64,
    ) -> Self {
        Self {
            past: Past::new(Arc::clone(&journal)),
            hasher: MetaHasher::new(journal.ledger_id()),
            storage,
            journal,
            key,
            value,
            hash: places.hash,
            runs: places.runs.iter().copied().collect(),
            ahead: VecDeque::new(),
            behind: places.positions.into(),
            until,
            failed: false,
        }
    }

    /// Where the pair may stand next.
    fn candidate(&mut self) -> Result<Option<u64>, Error> {
        loop {
            if let Some(position) = self.ahead.pop_front() {
                return Ok(Some(position));
            }
            let Some(run) = self.runs.pop_front() else { return Ok(self.behind.pop_front()) };
            let positions = run.positions(self.storage.as_ref(), self.journal.ledger_id(), self.hash)?;
            self.ahead = positions.into();
        }
    }

    /// The entry at `position` where it has the pair; nothing where it has one that only has the same hash.
    fn verified(&mut self, position: u64) -> Result<Option<JournalEntry>, Error> {
        let found = self.past.look(position, self.until, JournalEntry::of)?;
        let Content::Ledger(entry) = &found.content else { return Err(Error::Misled { position }) };
        if has(entry, &self.key, &self.value) {
            return Ok(Some(found));
        }
        let is_like = self.hasher.rows(position, entry).any(|row| row.hash == self.hash);
        if is_like { Ok(None) } else { Err(Error::Misled { position }) }
    }

    fn step(&mut self) -> Result<Option<JournalEntry>, Error> {
        while let Some(position) = self.candidate()? {
            if let Some(found) = self.verified(position)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

impl Iterator for FoundEntries {
    type Item = Result<JournalEntry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let step = self.step();
        self.failed = !matches!(step, Ok(Some(_)));
        step.transpose()
    }
}

impl FusedIterator for FoundEntries {}

impl std::fmt::Debug for FoundEntries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FoundEntries")
            .field("key", &self.key)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

/// The entries of a journal that have this pair of metadata, without opening it for writing, also beside a live writer.
///
/// The meta runs of the newest snapshot that an entry confirms are read in full, 16 bytes a pair, because nobody else
/// has said that they are whole; the entries after it, or all where there is none, are read one by one.
///
/// # Errors
///
/// [`Error`] where the journal cannot be read.
pub fn find_entries(
    storage: Arc<dyn ReadStorage>,
    key: &MetaKey,
    value: &Value,
) -> Result<FoundEntries, Error> {
    let journal = Arc::new(Journal::open(Arc::clone(&storage))?);
    let until = journal.head()?.next_position;
    let hash = MetaHasher::new(journal.ledger_id()).hash(key, value);
    let search = Search { storage: storage.as_ref(), journal: &journal, pair: (key, value), hash, until };
    let positions = search.positions()?;
    let places = Places { hash, runs: Arc::default(), positions };
    let pair = (*key, value.clone());
    Ok(FoundEntries::new(Arc::clone(&storage), journal, pair, places, until))
}

/// A search where no writer keeps an index.
struct Search<'a> {
    storage: &'a dyn ReadStorage,
    journal: &'a Journal,
    pair: (&'a MetaKey, &'a Value),
    hash: u64,
    until: u64,
}

impl Search<'_> {
    /// Where the pair may stand, in order.
    fn positions(&self) -> Result<Vec<u64>, Error> {
        let snapshots = Snapshot::list(self.storage)?;
        for position in snapshots.into_iter().filter(|position| (1..=self.until).contains(position)).rev() {
            let snapshot = match Snapshot::read(self.storage, self.journal.ledger_id(), position) {
                Ok(snapshot) if snapshot.runs.cover(position) => Snapshot { body: Vec::new(), ..snapshot },
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(position, %error, "this snapshot cannot be used; passing over it");
                    continue;
                }
            };
            let (after, confirmed) = self.scan(position, Some(&snapshot))?;
            if !confirmed {
                continue;
            }
            match self.in_runs(&snapshot.runs.meta) {
                Ok(before) => return Ok([before, after].concat()),
                Err(error) => {
                    tracing::warn!(position, %error, "its meta runs cannot be used; passing over it");
                }
            }
        }
        Ok(self.scan(0, None)?.0)
    }

    /// The positions from one on whose entries have the pair, and whether one confirms the snapshot.
    fn scan(&self, from: u64, snapshot: Option<&Snapshot>) -> Result<(Vec<u64>, bool), Error> {
        let (mut found, mut confirmed, mut next) = (Vec::new(), false, from);
        let mut entries = self.journal.read(from)?;
        while let Some(raw) = entries.next().transpose()? {
            if raw.position >= self.until {
                break;
            }
            next = raw.position + 1;
            match decode(&raw)? {
                Content::Ledger(entry) if has(&entry, self.pair.0, self.pair.1) => found.push(raw.position),
                Content::Journal(Record::Snapshot(mark)) => {
                    confirmed |= snapshot.is_some_and(|snapshot| {
                        (mark.position, mark.digest) == (snapshot.position, snapshot.digest)
                    });
                }
                _ => {}
            }
        }
        if next < self.until {
            return Err(Error::HeadsDiffer { replayed: next, journal: self.until });
        }
        Ok((found, confirmed))
    }

    /// The positions at which whole runs say that the pair may stand.
    fn in_runs(&self, runs: &[MetaRun]) -> Result<Vec<u64>, JournalError> {
        let mut found = Vec::new();
        for run in runs {
            run.read(self.storage, self.journal.ledger_id(), &mut |rows| {
                found.extend(rows.iter().filter(|row| row.hash == self.hash).map(|row| row.position));
            })?;
        }
        Ok(found)
    }
}

fn has(entry: &Entry, key: &MetaKey, value: &Value) -> bool {
    entry.meta().is_some_and(|meta| meta.has(key, value))
}

#[cfg(test)]
mod tests;
