//! Looking up what a command was answered with at first.

use longmen_core::{Entry, Event};
use longmen_journal::Journal;

use crate::entries::{Content, decode};
use crate::{Error, Outcome, Receipt, Stamp};

/// How far it is worth reading on rather than looking the place up anew.
const NEAR: u64 = 4_096;

/// The receipts of entries that are in the journal, for commands that come again.
///
/// Retries mostly come in the order of the first tries, so it goes on reading where the last one was found.
pub(crate) struct FirstReceipts {
    journal: Journal,
    /// An iterator and the position of the entry that it gives next.
    reading: Option<(longmen_journal::Entries, u64)>,
}

impl FirstReceipts {
    pub(crate) fn new(journal: Journal) -> Self {
        Self { journal, reading: None }
    }

    /// The receipt of the entry at `position`, which is below `durable`.
    ///
    /// # Errors
    ///
    /// [`Error::OutcomeUnknown`] where it cannot be read just now: the entry is there, but not what it says.
    pub(crate) fn get(&mut self, position: u64, durable: u64) -> Result<Receipt, Error> {
        self.journal.note_durable_below(durable);
        self.find(position).map_err(|error| {
            self.reading = None;
            Error::OutcomeUnknown { cause: error.to_string().into() }
        })
    }

    fn find(&mut self, position: u64) -> Result<Receipt, Error> {
        if let Some((entries, next)) = self.reading.take()
            && (next..next.saturating_add(NEAR)).contains(&position)
            && let Some(receipt) = self.read_on(entries, position)?
        {
            return Ok(receipt);
        }
        let entries = self.journal.read(position)?;
        self.read_on(entries, position)?.ok_or(Error::HeadsDiffer { replayed: position, journal: position })
    }

    /// Reads on to the entry at `position`; nothing where these entries end before it.
    fn read_on(
        &mut self,
        mut entries: longmen_journal::Entries,
        position: u64,
    ) -> Result<Option<Receipt>, Error> {
        while let Some(raw) = entries.next().transpose()? {
            if raw.position < position {
                continue;
            }
            let outcome = match decode(&raw)? {
                Content::Ledger(Entry { event: Event::Refused { refusal, .. }, .. }) => {
                    Outcome::Refused(refusal)
                }
                _ => Outcome::Done,
            };
            let stamp = Stamp { position, hash: raw.hash, time_ns: raw.time_ns };
            self.reading = Some((entries, position + 1));
            return Ok(Some(Receipt { outcome, stamp: Some(stamp), replayed: true }));
        }
        Ok(None)
    }
}
