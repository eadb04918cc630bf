//! Snapshots that the journal confirms: right ones, and ones that say something else than the entries.

use longmen_audit::{Law, Report};
use longmen_core::{Books, Entry, HoldState, Meta, Most, Overdraft, Parts};
use longmen_journal::record::SnapshotMark;
use longmen_journal::{Batch, Hash, Head, KeyRun, MemoryStorage, MetaRun, RunRow, Runs, Snapshot};
use longmen_money::Amount;
use longmen_wallet::{Products, State};
use longmen_wire::encode_snapshot;
use siphasher::sip::SipHasher13;

use crate::build::{
    ADDED, ALICE, BANK, REFUND, append, audit, commit, create, findings, group, key, refund, refunds, sample,
    time_ns,
};

/// Where the second key run begins.
const SPLIT: u64 = 9;

/// What a snapshot of the sample and the mark that confirms it would say.
struct Draft {
    books: Books,
    /// The keys in the order of their positions: the first run has those before the split.
    keys: Vec<(&'static str, u64)>,
    /// The pairs of metadata, in the same order.
    pairs: Vec<(&'static [u8], u64)>,
    runs_of: fn(Runs) -> Runs,
    mark_of: fn(SnapshotMark) -> SnapshotMark,
    head_of: fn(Head) -> Head,
    confirmed: bool,
}

impl Draft {
    fn new() -> Self {
        let entries = sample();
        let mut books = Books::new();
        for (position, entry) in (1..).zip(&entries) {
            books.apply(position, time_ns(position), entry).unwrap();
        }
        let keys = (1..)
            .zip(&entries)
            .filter_map(|(position, entry)| Some((&*entry.key?.as_str().to_owned().leak(), position)))
            .collect();
        let pairs = (1..)
            .zip(&entries)
            .flat_map(|(position, entry)| vec![(REFUND, position); refunds(entry)])
            .collect();
        let (mark_of, head_of, runs_of) = (|mark| mark, |head| head, |runs| runs);
        Self { books, keys, pairs, runs_of, mark_of, head_of, confirmed: true }
    }

    /// The sample, the snapshot, the mark that confirms it and one more entry.
    fn journal(&self) -> MemoryStorage {
        let disk = MemoryStorage::new();
        let mut appender = create(&disk);
        append(&mut appender, &sample());
        let head = (self.head_of)(appender.head());
        let mut body = Vec::new();
        encode_snapshot(&State::restore(self.books.clone(), Products::default()), &mut body);
        let id = appender.ledger_id();
        let row = |bytes: &[u8], position| {
            let hash = SipHasher13::new_with_key(id.as_bytes()).hash(bytes);
            RunRow { hash, position }
        };
        let split = |rows: Vec<RunRow>| -> (Vec<RunRow>, Vec<RunRow>) {
            rows.into_iter().partition(|row| row.position < SPLIT)
        };
        let keys = self.keys.iter().map(|(key, position)| row(key.as_bytes(), *position));
        let (mut before, mut after) = split(keys.collect());
        let keys = vec![
            KeyRun::write(&disk, id, 0, SPLIT, &mut before).unwrap(),
            KeyRun::write(&disk, id, SPLIT, head.next_position, &mut after).unwrap(),
        ];
        let pairs = self.pairs.iter().map(|(pair, position)| row(pair, *position));
        let (mut before, mut after) = split(pairs.collect());
        let meta = vec![
            MetaRun::write(&disk, id, 0, SPLIT, &mut before).unwrap(),
            MetaRun::write(&disk, id, SPLIT, head.next_position, &mut after).unwrap(),
        ];
        let runs = Runs { keys, meta };
        let digest = Snapshot::write(&disk, id, head, &(self.runs_of)(runs), &body).unwrap();
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

fn change(draft: &mut Draft, change: impl FnOnce(&mut Parts)) {
    let mut parts = draft.books.parts();
    change(&mut parts);
    draft.books = Books::restore(parts);
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
    let cases: &[Case] = &[
        (
            "another balance",
            |draft| draft.books.apply(ADDED, time_ns(ADDED), &group("x", BANK, ALICE, 1)).unwrap(),
            "account bank.cny differs",
        ),
        (
            "an account more",
            |draft| draft.books.apply(ADDED, time_ns(ADDED), &again()).unwrap(),
            "it has 8 accounts instead of 7",
        ),
        (
            "a hold less",
            |draft| change(draft, |parts| parts.holds.truncate(3)),
            "it has 3 holds instead of 5",
        ),
        (
            "another end of a hold",
            |draft| change(draft, |parts| parts.holds[1].state = HoldState::Released),
            "hold hold-1 differs",
        ),
        (
            "another name of a hold",
            |draft| change(draft, |parts| parts.holds[3].key = key("hold-x")),
            "hold hold-x differs",
        ),
        (
            "another version",
            |draft| change(draft, |parts| parts.accounts[1].0.version += 1),
            "account alice.cny differs",
        ),
        (
            "another freeze",
            |draft| change(draft, |parts| parts.accounts[6].0.access.debit_frozen = false),
            "account carol.cny differs",
        ),
        (
            "another overdraft",
            |draft| change(draft, |parts| parts.accounts[6].0.overdraft = Overdraft::FORBIDDEN),
            "account carol.cny differs",
        ),
        (
            "other details",
            |draft| change(draft, |parts| parts.accounts[2].1.meta = Meta::new([refund()]).unwrap()),
            "account shop.cny differs",
        ),
        (
            "less beyond a hold",
            |draft| change(draft, |parts| parts.holds[4].forced = Amount::ZERO),
            "hold hold-4 differs",
        ),
        (
            "a hold that closes",
            |draft| change(draft, |parts| parts.holds[3].closes.debit = true),
            "hold hold-3 differs",
        ),
        ("a set less", |draft| change(draft, |parts| drop(parts.sets.pop())), "it has 1 sets instead of 2"),
        ("a member less", |draft| change(draft, |parts| parts.sets[0].members.clear()), "set family differs"),
        (
            "a limit less",
            |draft| change(draft, |parts| drop(parts.limits.pop())),
            "it has 1 limits instead of 2",
        ),
        (
            "another bound of a limit",
            |draft| change(draft, |parts| parts.limits[0].limit.most = Most::Count(1)),
            "limit spend differs",
        ),
        (
            "a limit in force again",
            |draft| change(draft, |parts| parts.limits[1].is_in_force = true),
            "limit often differs",
        ),
        (
            "less counted",
            |draft| change(draft, |parts| parts.limits[0].usage.sum -= 1),
            "limit spend differs",
        ),
        (
            "counted in another window",
            |draft| change(draft, |parts| parts.limits[0].usage.window = 7),
            "limit spend differs",
        ),
        (
            "counted at another time",
            |draft| change(draft, |parts| parts.limits[0].usage.recent[0].0 += 1),
            "limit spend differs",
        ),
        ("a reversal less", |draft| change(draft, |parts| parts.reversals.clear()), "its reversals differ"),
        ("no seal", |draft| change(draft, |parts| parts.sealed_through = None), "its seal differs"),
        ("no import", |draft| change(draft, |parts| parts.imported_ns = None), "its time of the last import"),
        ("nobody erased", |draft| change(draft, |parts| parts.erased.clear()), "its erased subjects differ"),
        ("a key less", |draft| draft.keys.truncate(37), "lists other keys"),
        ("a key more", |draft| draft.keys.push(("x", 10)), "lists other keys"),
        ("another key", |draft| draft.keys[3].0 = "x", "from 0 to 9 lists other keys"),
        ("another key behind", |draft| draft.keys[13].0 = "x", "lists other keys"),
        ("another position", |draft| draft.keys[3].1 = 5, "lists other keys"),
        ("a pair less", |draft| draft.pairs.truncate(draft.pairs.len() - 1), "lists other metadata"),
        ("a pair more", |draft| draft.pairs.push((REFUND, 10)), "lists other metadata"),
        ("another pair", |draft| draft.pairs[0].0 = b"\x03why\x00\x06refunc", "lists other metadata"),
        ("a pair elsewhere", |draft| draft.pairs[0].1 = 5, "from 0 to 9 lists other metadata"),
        ("no run", |draft| draft.runs_of = |_| Runs::default(), "its key runs end at position 0"),
        (
            "a run less",
            |draft| draft.runs_of = |runs| Runs { keys: runs.keys[..1].to_vec(), ..runs },
            "its key runs end at position 9",
        ),
        (
            "the second run only",
            |draft| draft.runs_of = |runs| Runs { keys: runs.keys[1..].to_vec(), ..runs },
            "do not go on at position 0",
        ),
        (
            "no meta run",
            |draft| draft.runs_of = |runs| Runs { meta: Vec::new(), ..runs },
            "its meta runs end at position 0",
        ),
        (
            "the second meta run only",
            |draft| draft.runs_of = |runs| Runs { meta: runs.meta[1..].to_vec(), ..runs },
            "its meta runs do not go on at position 0",
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
fn a_run_that_is_missing_damaged_or_exchanged_is_named() {
    check_run("keys", |draft| draft.keys[2].0 = "x");
    check_run("meta", |draft| draft.pairs.push((REFUND, 5)));
}

/// The first run with this ending, and a change that makes it another one.
fn check_run(ending: &str, change: fn(&mut Draft)) {
    let disk = Draft::new().journal();
    let files = disk.snapshot();
    let run = format!("snap/{:020}-{SPLIT:020}.{ending}", 0);
    let findings_of = |files| audit(&MemoryStorage::with_files(files));
    let mut missing = files.clone();
    missing.remove(&run).unwrap();
    let report = findings_of(missing);
    assert_eq!(findings(&report), [(ADDED, Law::SnapshotAgrees)]);
    assert!(report.violations[0].detail.contains("from 0 to 9 is missing"), "{}", report.violations[0]);

    for at in 0..files[&run].len() {
        let mut damaged = files.clone();
        damaged.get_mut(&run).unwrap()[at] ^= 1;
        let report = findings_of(damaged);
        assert_eq!(findings(&report), [(ADDED, Law::SnapshotAgrees)], "byte {at}");
        assert!(!report.inspection.damages.is_empty(), "byte {at}");
    }

    // Whole, of this ledger and of this range, but not the one that the snapshot names.
    let mut other = Draft::new();
    change(&mut other);
    let mut exchanged = files.clone();
    exchanged.insert(run.clone(), other.journal().snapshot()[&run].clone());
    assert_eq!(findings(&findings_of(exchanged)), [(ADDED, Law::SnapshotAgrees)]);
}

#[test]
fn a_damaged_snapshot_that_the_journal_confirms_is_named() {
    let disk = Draft::new().journal();
    let path = disk.snapshot().keys().find(|path| path.ends_with(".snap")).unwrap().clone();
    assert!(disk.tamper(&path, |bytes| bytes[150] ^= 1));
    assert_eq!(findings(&audit(&disk)), [(ADDED, Law::SnapshotAgrees)]);
}

/// One more account.
fn again() -> Entry {
    use longmen_core::{Class, Overdraft};
    use longmen_money::Currency;
    crate::build::opening("bob.cny", Currency::CNY, Class::Liability, Overdraft::FORBIDDEN)
}
