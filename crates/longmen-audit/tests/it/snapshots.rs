//! Snapshots that the journal confirms: right ones, and ones that say something else than the entries.

use longmen_audit::{Law, Report};
use longmen_core::{Books, Digest, Entry, HoldState, Key, KeyRow, Prior};
use longmen_journal::record::SnapshotMark;
use longmen_journal::{Batch, Hash, Head, MemoryStorage, Snapshot};
use longmen_wire::encode_snapshot;

use crate::build::{
    ADDED, ALICE, BANK, append, audit, commit, create, findings, group, key, sample, time_ns,
};

/// What a snapshot of the sample and the mark that confirms it would say.
struct Draft {
    books: Books,
    keys: Vec<KeyRow>,
    mark_of: fn(SnapshotMark) -> SnapshotMark,
    head_of: fn(Head) -> Head,
    confirmed: bool,
}

impl Draft {
    fn new() -> Self {
        let entries = sample();
        let mut books = Books::new();
        for (position, entry) in (1..).zip(&entries) {
            books.apply(position, entry).unwrap();
        }
        let row = |(position, entry): (u64, &Entry)| {
            let prior = Prior { digest: entry.digest, position };
            entry.key.map(|key| KeyRow { key, prior })
        };
        let keys = (1..).zip(&entries).filter_map(row).collect();
        Self { books, keys, mark_of: |mark| mark, head_of: |head| head, confirmed: true }
    }

    /// The sample, the snapshot, the mark that confirms it and one more entry.
    fn journal(&self) -> MemoryStorage {
        let disk = MemoryStorage::new();
        let mut appender = create(&disk);
        append(&mut appender, &sample());
        let head = (self.head_of)(appender.head());
        let mut body = Vec::new();
        encode_snapshot(&self.books, &self.keys, &mut body);
        let digest = Snapshot::write(&disk, appender.ledger_id(), head, &body).unwrap();
        if self.confirmed {
            let mark = SnapshotMark { position: head.next_position, entry_hash: head.hash, digest };
            let mut batch = Batch::new();
            batch.push_snapshot(ADDED, time_ns(ADDED), appender.epoch(), &(self.mark_of)(mark));
            commit(&mut appender, &mut batch);
        }
        append(&mut appender, &[group("k", BANK, ALICE, 5)]);
        drop(appender);
        disk
    }

    fn audit(&self) -> Report {
        audit(&self.journal())
    }
}

#[test]
fn a_snapshot_that_agrees_is_clean() {
    let report = Draft::new().audit();
    assert!(report.is_clean(), "{:?}", report.violations);
    assert_eq!((report.snapshots, report.counts.journal_own), (1, 2));
}

#[test]
fn a_confirmed_snapshot_that_says_something_else_is_named() {
    type Case = (&'static str, fn(&mut Draft), &'static str);
    let cases: [Case; 10] = [
        (
            "another balance",
            |draft| draft.books.apply(0, &group("x", BANK, ALICE, 1)).unwrap(),
            "account bank.cny differs",
        ),
        (
            "an account more",
            |draft| draft.books.apply(0, &again()).unwrap(),
            "it has 6 accounts instead of 5",
        ),
        (
            "a hold less",
            |draft| {
                let holds = draft.books.holds()[..3].to_vec();
                draft.books = Books::restore(draft.books.accounts().to_vec(), holds);
            },
            "it has 3 holds instead of 4",
        ),
        (
            "another end of a hold",
            |draft| {
                let mut holds = draft.books.holds().to_vec();
                holds[1].state = HoldState::Released;
                draft.books = Books::restore(draft.books.accounts().to_vec(), holds);
            },
            "hold hold-1 differs",
        ),
        (
            "another name of a hold",
            |draft| {
                let mut holds = draft.books.holds().to_vec();
                holds[3].key = key("hold-4");
                draft.books = Books::restore(draft.books.accounts().to_vec(), holds);
            },
            "hold hold-4 differs",
        ),
        ("a key less", |draft| draft.keys.truncate(15), "its idempotency keys differ"),
        ("another key", |draft| draft.keys[3].key = Key::new("x").unwrap(), "its idempotency keys differ"),
        (
            "another digest",
            |draft| draft.keys[3].prior.digest = Digest([8; 16]),
            "its idempotency keys differ",
        ),
        (
            "another time",
            |draft| draft.head_of = |head| Head { time_ns: head.time_ns - 1, ..head },
            "another journal's",
        ),
        (
            "another digest of the file",
            |draft| draft.mark_of = |mark| SnapshotMark { digest: Hash::ZERO, ..mark },
            "another digest than the journal says",
        ),
    ];
    for (name, change, detail) in cases {
        let mut draft = Draft::new();
        change(&mut draft);
        let report = draft.audit();
        assert_eq!(findings(&report), [(ADDED, Law::SnapshotAgrees)], "{name}: {:?}", report.violations);
        assert!(report.violations[0].detail.contains(detail), "{name}: {}", report.violations[0]);
        assert!(!report.is_clean(), "{name}");

        draft.confirmed = false;
        assert!(draft.audit().is_clean(), "{name}: a snapshot that nothing confirms is passed over");
    }
}

#[test]
fn a_mark_is_judged_also_where_its_snapshot_is_gone() {
    let gone = |draft: &Draft| {
        let disk = draft.journal();
        let mut files = disk.snapshot();
        files.retain(|path, _| !path.starts_with("snap/"));
        audit(&MemoryStorage::with_files(files))
    };
    let mut draft = Draft::new();
    assert!(gone(&draft).is_clean());
    draft.mark_of = |mark| SnapshotMark { entry_hash: Hash::ZERO, ..mark };
    assert_eq!(findings(&gone(&draft)), [(ADDED, Law::SnapshotAgrees)]);
    draft.mark_of = |mark| SnapshotMark { position: ADDED + 1, ..mark };
    assert_eq!(findings(&gone(&draft)), [(ADDED, Law::SnapshotAgrees)]);
}

#[test]
fn a_damaged_snapshot_that_the_journal_confirms_is_named() {
    let disk = Draft::new().journal();
    let path = disk.snapshot().keys().find(|path| path.starts_with("snap/")).unwrap().clone();
    assert!(disk.tamper(&path, |bytes| bytes[150] ^= 1));
    assert_eq!(findings(&audit(&disk)), [(ADDED, Law::SnapshotAgrees)]);
}

/// One more account.
fn again() -> Entry {
    use longmen_core::{Class, Overdraft};
    use longmen_money::Currency;
    crate::build::opening("bob.cny", Currency::CNY, Class::Liability, Overdraft::FORBIDDEN)
}
