//! The reading end: verified entries of a live journal, in order.

use std::sync::Arc;
use std::time::Duration;

use longmen_journal::{Entries, EntryRef, Head, Journal, LedgerId, ReadStorage, Stamp, Watch};
use longmen_wallet::Entry;
use longmen_wire::{KINDS, Payload, decode_entry};

use crate::Error;

/// How long it sleeps before it looks again, without a watch: the first time, and at most.
const NAPS: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

/// Verified entries of a live journal, in order, from a stamp on.
///
/// Every entry continues the chain of the one before it, over segments and writers; where the journal does not, that is
/// an error at every call from then on.
#[derive(Debug)]
pub(crate) struct Tail {
    journal: Journal,
    watch: Option<Arc<dyn Watch>>,
    last: Option<Stamp>,
    /// Stands after `last`, while it may have more.
    entries: Option<Entries>,
    nap: Duration,
}

/// How far a step went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Advance {
    /// How many entries there were.
    pub(crate) entries: usize,
    /// Whether it stopped because that was enough: more may be visible already.
    pub(crate) more: bool,
}

impl Tail {
    /// A tail that goes on after `last`, or starts with the first entry.
    ///
    /// # Errors
    ///
    /// [`Error::Journal`] where there is no journal, or one that does not hold the entry that `last` names.
    pub(crate) fn new(
        storage: Arc<dyn ReadStorage>,
        watch: Option<Arc<dyn Watch>>,
        last: Option<Stamp>,
    ) -> Result<Self, Error> {
        let journal = Journal::open(storage)?;
        journal.continue_after(last)?;
        Ok(Self { journal, watch, last, entries: None, nap: NAPS.0 })
    }

    /// The name of the ledger whose journal it is.
    pub(crate) fn ledger_id(&self) -> LedgerId {
        self.journal.ledger_id()
    }

    /// Whether the writer is in this process.
    pub(crate) fn is_beside_writer(&self) -> bool {
        self.watch.is_some()
    }

    /// The end of the journal as far as it is visible.
    ///
    /// # Errors
    ///
    /// [`Error::Journal`].
    pub(crate) fn head(&self) -> Result<Head, Error> {
        self.note_durable();
        Ok(self.journal.head()?)
    }

    /// Takes what is visible now, at most `max` entries; the journal's own come without an entry.
    ///
    /// What `take` refuses counts as not taken, and comes again with the next call.
    ///
    /// # Errors
    ///
    /// [`Error::Journal`] and [`Error::Decode`], and whatever `take` says.
    pub(crate) fn advance(
        &mut self,
        max: usize,
        take: &mut dyn FnMut(Stamp, Option<Entry>) -> Result<(), Error>,
    ) -> Result<Advance, Error> {
        self.note_durable();
        // Put back only when all went well: after an error the journal is asked again from the last entry that was taken.
        let kept = self.entries.take();
        let mut is_new = kept.is_none();
        let mut entries = match kept {
            Some(entries) => entries,
            None => self.journal.continue_after(self.last)?,
        };
        let mut count = 0;
        while count < max {
            if let Some(raw) = entries.next().transpose()? {
                let (stamp, entry) = (raw.stamp(), decode(&raw)?);
                take(stamp, entry)?;
                self.last = Some(stamp);
                self.nap = NAPS.0;
                count += 1;
            } else if is_new {
                return Ok(Advance { entries: count, more: false });
            } else {
                // Those that were kept end where the journal ended when they were made.
                entries = self.journal.continue_after(self.last)?;
                is_new = true;
            }
        }
        self.entries = Some(entries);
        Ok(Advance { entries: count, more: true })
    }

    /// Waits until there may be more, no longer than `timeout`: on the watch, or without one a little longer each time
    /// that nothing has come.
    pub(crate) fn wait(&mut self, timeout: Duration) {
        match (&self.watch, self.last) {
            (Some(watch), Some(last)) => drop(watch.wait_beyond(last.position, timeout)),
            // There is a first entry in every journal.
            (Some(_), None) => {}
            (None, _) => {
                std::thread::sleep(self.nap.min(timeout));
                self.nap = (self.nap * 2).min(NAPS.1);
            }
        }
    }

    /// What the writer's own process knows before its files do.
    fn note_durable(&self) {
        if let Some(watch) = &self.watch {
            self.journal.note_durable_below(watch.durable().position + 1);
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

#[cfg(test)]
mod tests;
