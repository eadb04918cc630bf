//! Looking up what a command was answered with at first.

use std::sync::Arc;

use longmen_journal::{EntryRef, Journal};

use crate::entries::{Content, decode};
use crate::past::Past;
use crate::work::Told;
use crate::{Error, Receipt};

/// The receipts of entries that are in the journal, for commands that come again.
pub(crate) struct FirstReceipts(Past);

impl FirstReceipts {
    pub(crate) fn new(journal: Arc<Journal>) -> Self {
        Self(Past::new(journal))
    }

    /// The receipt of the entry at `position`, which is below `durable`.
    ///
    /// # Errors
    ///
    /// [`Error::OutcomeUnknown`] where it cannot be read just now: the entry is there, but not what it says.
    pub(crate) fn get(&mut self, position: u64, durable: u64) -> Result<Receipt, Error> {
        self.0.look(position, durable, receipt).map_err(Error::unknown)
    }
}

fn receipt(raw: &EntryRef<'_>) -> Result<Receipt, Error> {
    let told = match decode(raw)? {
        Content::Ledger(entry) => Told::of(&entry.event),
        Content::Journal(_) => Told::default(),
    };
    Ok(told.receipt(Some(raw.stamp()), true))
}
