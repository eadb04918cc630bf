//! What is the entry at this position? Answered from the journal.

use std::sync::Arc;

use longmen_journal::{Entries, EntryRef, Journal};

use crate::Error;

/// How far it is worth reading on rather than looking the place up anew.
const NEAR: u64 = 4_096;

/// Reads single entries that are in the journal, each verified with its batch.
///
/// Retries mostly come in the order of the first tries, so it goes on reading where the last one was found.
pub(crate) struct Past {
    journal: Arc<Journal>,
    /// An iterator and the position of the entry that it gives next.
    reading: Option<(Entries, u64)>,
}

impl Past {
    pub(crate) fn new(journal: Arc<Journal>) -> Self {
        Self { journal, reading: None }
    }

    /// What `look` makes of the entry at `position`, which is below `durable`.
    ///
    /// # Errors
    ///
    /// [`Error`] where the entry cannot be read just now: it is there, but not what it says.
    pub(crate) fn look<T>(
        &mut self,
        position: u64,
        durable: u64,
        look: impl Fn(&EntryRef<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.journal.note_durable_below(durable);
        let found = self.find(position, look);
        if found.is_err() {
            self.reading = None;
        }
        found
    }

    fn find<T>(
        &mut self,
        position: u64,
        look: impl Fn(&EntryRef<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some((entries, next)) = self.reading.take()
            && (next..next.saturating_add(NEAR)).contains(&position)
            && let Some(found) = self.read_on(entries, position, &look)?
        {
            return Ok(found);
        }
        let entries = self.journal.read(position)?;
        let found = self.read_on(entries, position, look)?;
        found.ok_or(Error::HeadsDiffer { replayed: position, journal: position })
    }

    /// Reads on to the entry at `position`; nothing where these entries end before it.
    fn read_on<T>(
        &mut self,
        mut entries: Entries,
        position: u64,
        look: impl Fn(&EntryRef<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        while let Some(raw) = entries.next().transpose()? {
            if raw.position < position {
                continue;
            }
            let found = look(&raw)?;
            self.reading = Some((entries, position + 1));
            return Ok(Some(found));
        }
        Ok(None)
    }
}
