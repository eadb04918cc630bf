//! The journal's entries, read back.

use std::sync::Arc;

use longmen_journal::{EntryRef, Journal, ReadStorage, Record};
use longmen_wallet::Entry;
use longmen_wire::{DecodeError, KINDS, Payload, decode_entry};

use crate::{Error, Stamp};

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Where it stands.
    pub stamp: Stamp,
    /// The term of the writer that wrote it.
    pub epoch: u32,
    /// What it says.
    pub content: Content,
}

impl JournalEntry {
    pub(crate) fn of(raw: &EntryRef<'_>) -> Result<Self, Error> {
        Ok(Self { stamp: raw.stamp(), epoch: raw.epoch, content: decode(raw)? })
    }
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An accounting fact.
    Ledger(Entry),
    /// One of the journal's own entries: its beginning, a recovery, a snapshot.
    Journal(Record),
}

/// Walks the entries of a journal in order and verifies each one.
pub struct Entries {
    entries: longmen_journal::Entries,
    /// Where to stop.
    until: u64,
}

impl Entries {
    pub(crate) fn new(journal: &Journal, from: u64, until: u64) -> Result<Self, Error> {
        Ok(Self { entries: journal.read(from)?, until })
    }
}

impl Iterator for Entries {
    type Item = Result<JournalEntry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = match self.entries.next()? {
            Ok(raw) if raw.position >= self.until => return None,
            Ok(raw) => JournalEntry::of(&raw),
            Err(error) => Err(error.into()),
        };
        Some(entry)
    }
}

/// What an entry's bytes say.
pub(crate) fn decode(raw: &EntryRef<'_>) -> Result<Content, Error> {
    if !KINDS.contains(&raw.kind) {
        let unknown = Error::Decode { position: raw.position, source: DecodeError::UnknownKind(raw.kind) };
        return Record::from_entry(raw).map(Content::Journal).ok_or(unknown);
    }
    let payload = Payload { kind: raw.kind, schema: raw.schema, bytes: raw.payload };
    let entry = decode_entry(payload).map_err(|source| Error::Decode { position: raw.position, source })?;
    Ok(Content::Ledger(entry))
}

/// Walks the entries of a journal from `position` on without opening it for writing, also beside a live writer.
///
/// # Errors
///
/// [`Error`] where the journal cannot be read.
pub fn entries(storage: Arc<dyn ReadStorage>, position: u64) -> Result<Entries, Error> {
    Entries::new(&Journal::open(storage)?, position, u64::MAX)
}
