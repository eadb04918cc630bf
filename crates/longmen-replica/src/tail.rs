//! The reading end: verified entries of a live journal, in order.

use std::sync::Arc;
use std::time::Duration;

use longmen_journal::{EntryRef, Head, Journal, LedgerId, ReadStorage, Stamp, Watch};
use longmen_wallet::Entry;
use longmen_wire::{KINDS, Payload, decode_entry};

use crate::Error;

/// Verified entries of a live journal, in order, from a stamp on.
#[derive(Debug)]
pub(crate) struct Tail {
    journal: Journal,
    watch: Option<Arc<dyn Watch>>,
    last: Option<Stamp>,
}

/// How far a step went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Advance {
    /// How many entries there were.
    pub(crate) entries: usize,
    /// Whether more are visible already.
    pub(crate) more: bool,
}

impl Tail {
    pub(crate) fn new(
        storage: Arc<dyn ReadStorage>,
        watch: Option<Arc<dyn Watch>>,
        last: Option<Stamp>,
    ) -> Result<Self, Error> {
        Ok(Self { journal: Journal::open(storage)?, watch, last })
    }

    pub(crate) fn ledger_id(&self) -> LedgerId {
        self.journal.ledger_id()
    }

    /// The end of the journal as far as it is visible.
    pub(crate) fn head(&self) -> Result<Head, Error> {
        Ok(self.journal.head()?)
    }

    /// Takes what is visible now, at most `max` entries; the journal's own come without an entry.
    pub(crate) fn advance(
        &mut self,
        max: usize,
        take: &mut dyn FnMut(Stamp, Option<Entry>) -> Result<(), Error>,
    ) -> Result<Advance, Error> {
        if let Some(watch) = &self.watch {
            self.journal.note_durable_below(watch.durable().position + 1);
        }
        let mut entries = self.journal.read(self.last.map_or(0, |last| last.position + 1))?;
        let mut count = 0;
        while count < max {
            let Some(raw) = entries.next().transpose()? else {
                return Ok(Advance { entries: count, more: false });
            };
            let entry = decode(&raw)?;
            take(raw.stamp(), entry)?;
            self.last = Some(raw.stamp());
            count += 1;
        }
        Ok(Advance { entries: count, more: true })
    }

    /// Waits until there may be more, no longer than `timeout`.
    pub(crate) fn wait(&mut self, timeout: Duration) {
        match (&self.watch, self.last) {
            (Some(watch), Some(last)) => drop(watch.wait_beyond(last.position, timeout)),
            _ => std::thread::sleep(timeout.min(Duration::from_millis(2))),
        }
    }
}

/// What an entry's bytes say; nothing for the journal's own.
pub(crate) fn decode(raw: &EntryRef<'_>) -> Result<Option<Entry>, Error> {
    if !KINDS.contains(&raw.kind) {
        return Ok(None);
    }
    let payload = Payload { kind: raw.kind, schema: raw.schema, bytes: raw.payload };
    decode_entry(payload).map(Some).map_err(|source| Error::Decode { position: raw.position, source })
}
