//! The change feed: every entry in order, with what it changed on every account that it touched.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen_core::{AccountId, AccountNo, Balance};
use longmen_journal::hash::digest;
use longmen_journal::{Entries, Hash, Journal, LedgerId, Stamp};
use longmen_wallet::Entry;
use serde::Serialize;

use crate::line::{Counters, after};
use crate::projection::Projection;
use crate::query::{EntryView, entry_view, from_hex, to_hex};
use crate::shared::Shared;
use crate::tail::decode;
use crate::{Error, Replica};

/// The balances of so many accounts are remembered; of others the history is asked.
const REMEMBERED_MAX: usize = 1 << 16;

/// Bytes of what a cursor says, and of the checksum behind it.
const CURSOR_BYTES: usize = 16 + 8 + 32 + 8;
const CHECK_BYTES: usize = 6;

/// Where a feed begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChangesFrom {
    /// With the first entry of the ledger.
    Start,
    /// With the entry at this position, which the replica has, or with the next one that it gets.
    Position(u64),
    /// With the next entry that the replica gets.
    Now,
    /// Behind the entry of a cursor: see [`Changes::cursor`].
    Cursor(String),
}

/// An entry, and what it changed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Change {
    /// The entry.
    #[serde(flatten)]
    pub entry: EntryView,
    /// Every account that it touched, in the order in which it did.
    pub balances: Vec<BalanceChange>,
}

/// What an entry changed on one account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct BalanceChange {
    /// The account.
    pub account: AccountId,
    /// Its balance right before the entry.
    pub before: Balance,
    /// Its balance right after the entry.
    pub after: Balance,
}

/// A feed of changes: every entry once and in order, none left out, each as soon as the replica has it.
///
/// It reads the journal by itself, at its own pace, so that a slow reader costs nobody anything and misses nothing.
#[derive(Debug)]
pub struct Changes {
    shared: Arc<Shared>,
    journal: Journal,
    reading: Option<Entries>,
    /// The last entry that was given, or begun behind.
    last: Option<Stamp>,
    /// The replica has every entry below this position.
    known: u64,
    /// The counters of accounts after the last entry that was given.
    counters: HashMap<AccountNo, Counters>,
}

impl Replica {
    /// A feed of changes.
    ///
    /// It may begin behind an entry that this replica has not come to yet; then it waits for it.
    ///
    /// # Errors
    ///
    /// [`Error::Future`] where the ledger has not come to the position, [`Error::NotYet`] where only the replica has not,
    /// [`Error::Cursor`] where the cursor is damaged or of
    /// another ledger, and [`Error::Journal`] where the journal has
    /// another entry in its place ([`Forked`](longmen_journal::JournalError::Forked)) or ends before it
    /// ([`Cut`](longmen_journal::JournalError::Cut)).
    pub fn changes(&self, from: &ChangesFrom) -> Result<Changes, Error> {
        let shared = Arc::clone(self.shared());
        let journal = Journal::open(Arc::clone(shared.journal.storage()))?;
        let now = shared.last_of(&shared.read())?;
        let last = match from {
            ChangesFrom::Start => None,
            ChangesFrom::Now => Some(now),
            ChangesFrom::Position(wanted) => match wanted.checked_sub(1) {
                None => None,
                Some(before) if before > now.position => {
                    return Err(match shared.beyond(before, now.position) {
                        Error::Future { at, .. } => Error::Future { wanted: *wanted, at },
                        behind => behind,
                    });
                }
                Some(before) => Some(shared.stamp(before)?),
            },
            ChangesFrom::Cursor(text) => read_cursor(journal.ledger_id(), text)?,
        };
        journal.note_durable_below(now.position.saturating_add(1));
        // A fork or a cut shows here, before anything is waited for.
        let reading = Some(journal.continue_after(last)?);
        Ok(Changes { shared, journal, reading, last, known: 0, counters: HashMap::new() })
    }
}

impl Changes {
    /// The next change; nothing where none came within `timeout`.
    ///
    /// # Errors
    ///
    /// [`Error::Stopped`] where the replica has stopped, [`Error::Journal`] where the journal cannot be read.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Change>, Error> {
        let deadline = Instant::now().checked_add(timeout);
        let wanted = self.last.map_or(0, |last| last.position.saturating_add(1));
        if wanted >= self.known {
            let left = deadline.map_or(timeout, |at| at.saturating_duration_since(Instant::now()));
            match self.shared.read_at_least(wanted, left) {
                Ok(now) => self.known = self.shared.last_of(&now)?.position.saturating_add(1),
                Err(Error::NotYet { .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        let generation = self.shared.generation();
        let change = self.take().map_err(|error| match error {
            Error::Store(error) => self.shared.report(error, generation),
            error => error,
        });
        if change.is_err() {
            // What was read and not given is read again.
            self.reading = None;
        }
        change.map(Some)
    }

    /// The next change, which the replica has.
    fn take(&mut self) -> Result<Change, Error> {
        let (at, entry) = self.entry()?;
        let shared = Arc::clone(&self.shared);
        let now = shared.read();
        // It may have begun again at the first entry meanwhile.
        shared.last_of(&now)?;
        let balances = match &entry {
            Some(entry) => self.balances(&now, at, entry)?,
            None => Vec::new(),
        };
        self.last = Some(at);
        Ok(Change { entry: entry_view(&now, at, entry), balances })
    }

    /// A text with which a later feed, also of another process, goes on behind the last change that was given.
    ///
    /// Keep it after a change was dealt with: then every change is seen at least once, whatever happens in between.
    #[must_use]
    pub fn cursor(&self) -> String {
        write_cursor(self.journal.ledger_id(), self.last)
    }

    /// The last entry that was given, or begun behind.
    #[must_use]
    pub fn last(&self) -> Option<Stamp> {
        self.last
    }

    /// The next entry, which the replica has.
    fn entry(&mut self) -> Result<(Stamp, Option<Entry>), Error> {
        if let Some(entries) = &mut self.reading
            && let Some(raw) = entries.next().transpose()?
        {
            return Ok((raw.stamp(), decode(&raw)?));
        }
        self.journal.note_durable_below(self.known);
        let mut entries = self.journal.continue_after(self.last)?;
        let raw = entries.next().transpose()?;
        let wanted = self.last.map_or(0, |last| last.position.saturating_add(1));
        let raw = raw.ok_or(Error::NotYet { wanted, at: wanted.saturating_sub(1) })?;
        let found = (raw.stamp(), decode(&raw)?);
        self.reading = Some(entries);
        Ok(found)
    }

    fn balances(&mut self, now: &Projection, at: Stamp, entry: &Entry) -> Result<Vec<BalanceChange>, Error> {
        if self.counters.len() > REMEMBERED_MAX {
            self.counters.clear();
        }
        let mut touched: Vec<(AccountNo, Counters, Counters)> = Vec::new();
        for posting in &entry.postings {
            let no = posting.account;
            let place = match touched.iter().position(|(own, ..)| *own == no) {
                Some(place) => place,
                None => {
                    let before = match self.counters.get(&no) {
                        Some(counters) => *counters,
                        None => now.history.counters_before(no, at.position, now.counters(no))?,
                    };
                    touched.push((no, before, before));
                    touched.len() - 1
                }
            };
            let Some((.., counters)) = touched.get_mut(place) else { continue };
            let what = "a counter leaves its range";
            *counters =
                after(*counters, posting).ok_or(longmen_core::ApplyError { position: at.position, what })?;
        }
        self.counters.extend(touched.iter().map(|(no, _, after)| (*no, *after)));
        let changes = touched.into_iter().filter_map(|(no, before, after)| {
            let account = now.state.books().account_at(no)?;
            Some(BalanceChange {
                account: *account.id(),
                before: account.balance_with(before),
                after: account.balance_with(after),
            })
        });
        Ok(changes.collect())
    }
}

/// The place behind an entry as a text.
fn write_cursor(ledger: LedgerId, last: Option<Stamp>) -> String {
    let next = last.map_or(0, |last| last.position.saturating_add(1));
    let mut bytes = Vec::with_capacity(CURSOR_BYTES + CHECK_BYTES);
    bytes.extend_from_slice(ledger.as_bytes());
    bytes.extend_from_slice(&next.to_be_bytes());
    bytes.extend_from_slice(last.map_or(Hash::ZERO, |last| last.hash).as_bytes());
    bytes.extend_from_slice(&last.map_or(0, |last| last.time_ns).to_be_bytes());
    bytes.extend_from_slice(&digest(&bytes).as_bytes()[..CHECK_BYTES]);
    to_hex(&bytes)
}

fn read_cursor(ledger: LedgerId, text: &str) -> Result<Option<Stamp>, Error> {
    let refused = |what| Error::Cursor { what };
    let bytes = from_hex(text).filter(|bytes| bytes.len() == CURSOR_BYTES + CHECK_BYTES);
    let bytes = bytes.ok_or(refused("it is not the text of a feed's cursor, or not all of it"))?;
    let (said, check) = bytes.split_at(CURSOR_BYTES);
    if digest(said).as_bytes()[..CHECK_BYTES] != *check {
        return Err(refused("it was changed on its way"));
    }
    if said[..16] != *ledger.as_bytes() {
        return Err(refused("it is of another ledger"));
    }
    let number = |at: usize| u64::from_be_bytes(said[at..at + 8].try_into().unwrap_or([0; 8]));
    let hash = Hash::from_bytes(said[24..56].try_into().unwrap_or([0; 32]));
    let stamp = |position| Stamp { position, hash, time_ns: number(56) };
    Ok(number(16).checked_sub(1).map(stamp))
}
