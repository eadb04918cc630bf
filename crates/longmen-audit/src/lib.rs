//! The audit: every byte, and the laws of double entry stated a second time.
//!
//! [`verify`] looks at every byte of a journal, then walks its entries from the first one and judges each by the
//! [`Law`]s. It keeps small tables of its own and never asks the ledger's core what an entry does, so that a mistake
//! in the core shows here instead of being repeated. What products say in their entries is judged in the same way, and
//! never by the wallet's own tables and machines.
//!
//! ```
//! use std::sync::Arc;
//! use longmen_journal::{Appender, Config, MemoryStorage};
//!
//! let disk = MemoryStorage::new();
//! Appender::create(Arc::new(disk.clone()), Config::default(), 1_000)?.close(2_000)?;
//!
//! let report = longmen_audit::verify(Arc::new(disk), &mut |_done, _total| ())?;
//! assert!(report.is_clean());
//! assert_eq!(report.entries, 1); // the journal's own first entry
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it is not
//!
//! It only looks: it never repairs, and never writes a byte. It cannot tell that a whole directory was replaced by an
//! older copy of itself; for that compare [`Report::head`] with a receipt kept elsewhere.

mod accounts;
mod chart;
mod check;
mod compare;
mod error;
mod groups;
mod holds;
mod keys;
mod law;
mod moves;
mod products;
mod report;
mod reversals;
mod shape;
mod snapshots;
mod tables;
mod time;
mod velocity;
mod windows;

use std::sync::Arc;

use longmen_core::{Entry, Event};
use longmen_journal::record::{KIND_SNAPSHOT, SnapshotMark};
use longmen_journal::{
    Damage, Entries, EntryRef, Hash, Head, Inspection, Journal, JournalError, KIND_FIRST_FREE, ReadStorage,
};
use longmen_wallet::Fact;
use longmen_wire::{DecodeError, Payload, decode_entry};

pub use error::AuditError;
pub use law::{Law, VIOLATIONS_MAX, Violation};
pub use report::{CurrencyTotals, EntryCounts, Report};

use check::Checker;
use snapshots::Snapshots;

/// Progress is told every so many entries.
const PROGRESS_STRIDE: u64 = 4_096;

/// Checks every byte of a journal, and every entry against the laws.
///
/// Beside a live writer it audits what is known to be durable.
/// `progress` is told how much of how much is done; the first half are bytes, the second half entries.
///
/// The walk over the entries ends where damage breaks them off ([`Report::stopped_by`]) or where an entry cannot be
/// read ([`Law::Readable`]); what comes behind is in [`Report::inspection`] only.
///
/// # Errors
///
/// [`AuditError`] where there is no journal or the storage fails. Damage and broken laws are in the report.
pub fn verify(
    storage: Arc<dyn ReadStorage>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, AuditError> {
    let opened = match Journal::open(Arc::clone(&storage)) {
        Ok(journal) => Ok(journal),
        Err(JournalError::Corrupt(damage)) => Err(damage),
        Err(error) => return Err(error.into()),
    };
    let mut bytes_total = 0;
    let inspection = longmen_journal::inspect(storage.as_ref(), &mut |done, total| {
        bytes_total = total;
        progress(done, total.saturating_mul(2));
    })
    .map_err(AuditError::Storage)?;

    let mut progress = |done: u64, total: u64| {
        // As long as the first half, which went by bytes.
        let done = u128::from(bytes_total) * u128::from(done) / u128::from(total.max(1));
        let done = bytes_total.saturating_add(u64::try_from(done).unwrap_or(bytes_total));
        progress(done, bytes_total.saturating_mul(2));
    };
    let mut walk = Walk::new(&inspection, &mut progress, Snapshots::list(Arc::clone(&storage))?);
    let stopped_by = match opened {
        Ok(journal) => stopped_by(walk.run(&journal))?,
        Err(damage) => Some(damage),
    };
    Ok(walk.finish(inspection, stopped_by))
}

/// The damage that stopped the walk, if that is what did.
fn stopped_by(walked: Result<(), JournalError>) -> Result<Option<Damage>, AuditError> {
    match walked {
        Ok(()) => Ok(None),
        Err(JournalError::Corrupt(damage)) => Ok(Some(damage)),
        Err(error) => Err(error.into()),
    }
}

/// An entry, and what it means to a product.
fn decode(entry: &EntryRef<'_>) -> Result<(Entry, Option<Box<Fact>>), DecodeError> {
    let payload = Payload { kind: entry.kind, schema: entry.schema, bytes: entry.payload };
    let mut entry = decode_entry(payload)?;
    let fact = entry.product.take();
    Ok((entry.with_product(()), fact))
}

/// The entry of a command that stands at `position`, if one does and it comes before `until`.
fn earlier(journal: &Journal, position: u64, until: u64) -> Result<Option<Entry>, JournalError> {
    if position >= until {
        return Ok(None);
    }
    let mut entries = journal.read(position)?;
    let Some(entry) = entries.next().transpose()? else { return Ok(None) };
    let is_it = entry.position == position && entry.kind >= KIND_FIRST_FREE;
    Ok(if is_it { decode(&entry).ok().map(|(entry, _)| entry) } else { None })
}

/// Where an entry of the same batch would begin after this one, by the format's own arithmetic: a head of 32 bytes, the
/// payload up to a multiple of 16, a hash of 32 bytes.
fn end_of(entry: &EntryRef<'_>) -> u64 {
    let payload = u64::try_from(entry.payload.len().next_multiple_of(16)).unwrap_or(u64::MAX);
    entry.offset.saturating_add(64).saturating_add(payload)
}

/// A walk over a journal's entries.
struct Walk<'a> {
    checker: Checker,
    snapshots: Snapshots,
    head: Head,
    /// Where the entry that was judged last ends.
    end: u64,
    /// Is told how many entries of how many are done.
    progress: &'a mut dyn FnMut(u64, u64),
    entries_total: u64,
}

impl<'a> Walk<'a> {
    fn new(inspection: &Inspection, progress: &'a mut dyn FnMut(u64, u64), snapshots: Snapshots) -> Self {
        let head = Head { next_position: 0, hash: Hash::ZERO, time_ns: 0 };
        let mut checker = Checker::default();
        checker.keys.expect(inspection.entries);
        Self { checker, snapshots, head, end: 0, progress, entries_total: inspection.entries }
    }

    fn run(&mut self, journal: &Journal) -> Result<(), JournalError> {
        self.checker.keys.of(journal.ledger_id());
        let mut entries: Entries = journal.read(0)?;
        while let Some(entry) = entries.next() {
            let entry = entry?;
            if entry.position % PROGRESS_STRIDE == 0 {
                self.tell(entry.position);
            }
            self.snapshots.compare_at(journal, self.head, &self.checker)?;
            // Entries of one batch lie one right after the other; between two batches are a digest and a header.
            if entry.offset != self.end {
                self.checker.groups.break_off("in another batch", &mut self.checker.found);
            }
            self.end = end_of(&entry);
            if !self.entry(journal, &entry)? {
                return Ok(());
            }
            self.head = Head { next_position: entry.position + 1, hash: entry.hash, time_ns: entry.time_ns };
        }
        self.checker.groups.break_off("the end of the journal", &mut self.checker.found);
        self.tell(self.head.next_position);
        Ok(())
    }

    /// Judges one entry; `false` where it cannot be read, so that nothing behind it can be judged.
    fn entry(&mut self, journal: &Journal, entry: &EntryRef<'_>) -> Result<bool, JournalError> {
        if entry.kind < KIND_FIRST_FREE {
            self.checker.counts.journal_own += 1;
            self.checker.groups.break_off("the journal's own entry", &mut self.checker.found);
            if entry.kind == KIND_SNAPSHOT
                && let Some(mark) = SnapshotMark::from_bytes(entry.payload)
            {
                self.snapshots.confirm(journal, entry.position, &mark, &mut self.checker)?;
            }
            return Ok(true);
        }
        match decode(entry) {
            Ok((decoded, fact)) => {
                let original = match decoded.event {
                    Event::Reversed { original } => earlier(journal, original, entry.position)?,
                    _ => None,
                };
                let at = (entry.position, entry.time_ns);
                self.checker.entry(at, &decoded, fact.as_deref(), original.as_ref());
            }
            Err(error) => {
                let detail = || format!("{error}; nothing from here on was judged");
                self.checker.found.add(entry.position, Law::Readable, detail);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn tell(&mut self, done: u64) {
        (self.progress)(done, self.entries_total.max(done));
    }

    fn finish(self, inspection: Inspection, stopped_by: Option<Damage>) -> Report {
        let Self { mut checker, snapshots, head, .. } = self;
        let keys = checker.keys.count();
        let totals = checker.finish(head.next_position.saturating_sub(1));
        let (violations, violations_count) = checker.found.finish();
        Report {
            inspection,
            head,
            stopped_by,
            accounts: u64::try_from(checker.tables.accounts.len()).unwrap_or(u64::MAX),
            holds_open: checker.holds.open_count(),
            keys,
            entries: head.next_position,
            counts: checker.counts,
            snapshots: u64::try_from(snapshots.confirmed.len()).unwrap_or(u64::MAX),
            totals,
            violations,
            violations_count,
        }
    }
}
