//! A run whose disk was watched, and what must be true of the disk after any crash of it.

use std::collections::HashMap;
use std::sync::Arc;

use longmen::{
    Command, Content, DamageClass, Error, Event, HoldNo, InspectionState, JournalEntry, JournalError, Key,
    Ledger, Receipt, Record, State,
};
use longmen_sim::{Moment, SimDisk, TestClock};

use crate::laws::{Firsts, check_audit, check_groups, check_state, in_slices};
use crate::support::{check_balanced, check_keys, entries, open, options, replay};

/// A command with its receipt, and the moment of the disk's life at which the caller had it.
#[derive(Clone, Debug)]
pub(crate) struct Ack {
    pub(crate) command: Command,
    pub(crate) receipt: Receipt,
    pub(crate) moment: usize,
}

/// A run that was watched.
pub(crate) struct Run {
    pub(crate) moments: Vec<Moment>,
    /// In the order in which they were submitted.
    pub(crate) acks: Vec<Ack>,
    /// First and last position of the entries that came into the journal as one slice.
    pub(crate) slices: Vec<(u64, u64)>,
    /// What the journal held at the end.
    pub(crate) entries: Vec<JournalEntry>,
    /// What the entries before each position add up to.
    pub(crate) books: Vec<State>,
    pub(crate) end_ns: u64,
    /// Whether a receipt means that the entry is durable.
    pub(crate) synced: bool,
}

impl Run {
    pub(crate) fn new(disk: &SimDisk, clock: &TestClock, acks: Vec<Ack>, slices: Vec<(u64, u64)>) -> Run {
        let entries = entries(disk).unwrap();
        check_keys(&entries);
        check_groups(&entries);
        check_audit(disk);
        check_state(disk);
        let mut books = vec![State::new()];
        for entry in &entries {
            let mut next = books[books.len() - 1].clone();
            if let Content::Ledger(ledger_entry) = &entry.content {
                next.apply(entry.stamp.position, entry.stamp.time_ns, ledger_entry).unwrap();
            }
            books.push(next);
        }
        Run { moments: disk.history(), acks, slices, entries, books, end_ns: clock.now_ns(), synced: true }
    }

    /// The count of entries that somebody had a receipt for at this moment.
    pub(crate) fn acknowledged(&self, moment: usize) -> u64 {
        let known = self.acks.iter().filter(|ack| ack.moment <= moment);
        known.filter_map(|ack| ack.receipt.stamp).map(|stamp| stamp.position + 1).max().unwrap_or(0)
    }

    /// Checks the disk as it is after a crash at `moment`; gives the count of the run's entries that are left.
    ///
    /// Where the ledger was opened since, entries that the writer makes by itself may follow them.
    pub(crate) fn check(&self, disk: &SimDisk, moment: usize, recovered: bool) -> u64 {
        let acknowledged = if self.synced { self.acknowledged(moment) } else { 0 };
        let clock = TestClock::at(self.end_ns);
        let inspection = match longmen_journal::inspect(disk, &mut |_, _| ()) {
            Ok(inspection) => inspection,
            Err(error) => {
                assert_eq!((error.kind(), acknowledged), (std::io::ErrorKind::NotFound, 0), "{error}");
                return self.check_uncreated(disk, &clock);
            }
        };
        assert_ne!(inspection.state, InspectionState::Corrupt, "{:?}", inspection.damages);
        for damage in &inspection.damages {
            assert_eq!(damage.class, DamageClass::Manifest, "{damage}");
        }

        let found = entries(disk).unwrap();
        let common = found.iter().zip(&self.entries).take_while(|(found, run)| found == run).count();
        let count = u64::try_from(common).unwrap();
        assert!(count >= acknowledged, "{count} entries are left and {acknowledged} were acknowledged");
        for (first, last) in &self.slices {
            assert!(count <= *first || count > *last, "of the slice {first} to {last} only a part is left");
        }
        check_groups(&found);
        let mut books = self.books[common].clone();
        for entry in &found[common..] {
            assert!(recovered && is_the_writers_own(entry), "nobody submitted {entry:?}");
            if let Content::Ledger(ledger_entry) = &entry.content {
                books.apply(entry.stamp.position, entry.stamp.time_ns, ledger_entry).unwrap();
            }
        }
        assert!(replay(disk).unwrap().state == books);
        self.check_reopened(disk, &clock, moment, &found);
        count
    }

    /// Before the journal was created for good, another one may be.
    fn check_uncreated(&self, disk: &SimDisk, clock: &TestClock) -> u64 {
        let error = open(disk, clock).unwrap_err();
        assert!(matches!(error, Error::Journal(JournalError::NotAJournal { .. })), "{error}");
        options(clock).create_on(Arc::new(disk.clone())).unwrap().close().unwrap();
        0
    }

    fn check_reopened(&self, disk: &SimDisk, clock: &TestClock, moment: usize, before: &[JournalEntry]) {
        let ledger = open(disk, clock).unwrap();
        let records = ledger.recovery().unwrap().records.clone();
        let again = self.unacknowledged(moment);
        let receipts = submit_twice(&ledger, &again);
        check_balanced(ledger.view().accounts());
        ledger.close().unwrap();

        let found = entries(disk).unwrap();
        assert!(found.starts_with(before), "what was there before is not there now");
        for (entry, record) in found[before.len()..].iter().zip(records) {
            assert_eq!(entry.content, Content::Journal(Record::Recovery(record)));
        }
        let keys = check_keys(&found);
        check_expiries(&found);
        check_groups(&found);
        // It reads every byte once more, so a share of the moments has to do.
        if moment.is_multiple_of(4) {
            check_audit(disk);
        }
        check_retries(&again, &receipts, &keys, &found, before.len());
        let inspection = longmen_journal::inspect(disk, &mut |_, _| ()).unwrap();
        assert_eq!((inspection.state, inspection.damages), (InspectionState::Clean, Vec::new()));
    }

    /// The first few commands and whole groups that nobody had a receipt for.
    fn unacknowledged(&self, moment: usize) -> Vec<Command> {
        let mut found: Vec<Command> = Vec::new();
        let acks: Vec<&Ack> = self.acks.iter().filter(|ack| ack.moment > moment).collect();
        for group in acks.split_inclusive(|ack| !ack.command.linked) {
            // Two commands with one key have two answers, so only the first is sent again.
            let is_known = |ack: &&Ack| found.iter().any(|other| other.key == ack.command.key);
            if found.len() < 12 && !group.iter().any(is_known) {
                found.extend(group.iter().map(|ack| ack.command.clone()));
            }
        }
        found
    }
}

/// Submits the commands, their groups together, and once more; gives what they were answered first.
fn submit_twice(ledger: &Ledger, commands: &[Command]) -> Vec<Receipt> {
    let mut firsts = Firsts::default();
    let mut submit = || {
        let mut receipts = Vec::new();
        for slice in in_slices(ledger, commands) {
            let answer = ledger.submit_all(slice.clone()).wait().unwrap();
            firsts.check(&slice, &answer);
            receipts.extend(answer);
        }
        receipts
    };
    let first = submit();
    submit();
    first
}

/// Every command that was sent again has one entry, and where it was in the journal before, its receipt says so.
fn check_retries(
    again: &[Command],
    receipts: &[Receipt],
    keys: &HashMap<Key, usize>,
    found: &[JournalEntry],
    count: usize,
) {
    for (Command { key, .. }, receipt) in again.iter().zip(receipts) {
        let Some(stamp) = receipt.stamp else { continue };
        let at = *keys.get(key).unwrap_or_else(|| panic!("{key} has a receipt and no entry"));
        assert_eq!(found[at].stamp, stamp, "{key}");
        assert_eq!(receipt.replayed, at < count, "{key}");
    }
}

fn is_the_writers_own(entry: &JournalEntry) -> bool {
    match &entry.content {
        Content::Journal(Record::Recovery(_)) => true,
        Content::Ledger(entry) => matches!(entry.event, Event::HoldExpired { .. }),
        Content::Journal(_) => false,
    }
}

/// No hold expires twice.
pub(crate) fn check_expiries(entries: &[JournalEntry]) {
    let mut expired: Vec<HoldNo> = Vec::new();
    for entry in entries {
        if let Content::Ledger(longmen::Entry { event: Event::HoldExpired { hold }, .. }) = &entry.content {
            assert!(!expired.contains(hold), "{hold:?} expired twice");
            expired.push(*hold);
        }
    }
}
