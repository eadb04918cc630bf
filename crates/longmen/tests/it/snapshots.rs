//! An opening starts from the newest snapshot that an entry of the journal confirms, and from no other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen::{Books, Content, Error, Head, Ledger, Options, Record, Snapshot};
use longmen_sim::{Random, SimDisk, TestClock, Workload};

use crate::support::{START_NS, any, create, done, entries, open, opening, options, transfer};

/// A closed ledger with at least two confirmed snapshots, and its books.
fn with_snapshots() -> (SimDisk, TestClock, Books) {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let options = Options { snapshot_every: 40, ..options(&clock) };
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
    let mut workload = Workload::new("s", 11);
    let deadline = Instant::now() + Duration::from_secs(30);
    while confirmed(&ledger).len() < 2 {
        assert!(Instant::now() < deadline, "no second snapshot was confirmed");
        for _ in 0..20 {
            any(ledger.submit(workload.command().unwrap()).wait().unwrap());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // What follows is in no snapshot.
    for _ in 0..5 {
        any(ledger.submit(workload.command().unwrap()).wait().unwrap());
    }
    let books = ledger.read(|books, _| books.clone());
    ledger.close().unwrap();
    (disk, clock, books)
}

/// The positions of the snapshots that an entry confirms.
fn confirmed(ledger: &Ledger) -> Vec<u64> {
    let entries = ledger.entries(0).unwrap().map(|entry| entry.unwrap().content);
    entries
        .filter_map(|content| match content {
            Content::Journal(Record::Snapshot(mark)) => Some(mark.position),
            _ => None,
        })
        .collect()
}

fn snapshot_file(position: u64) -> String {
    format!("snap/{position:020}.snap")
}

/// Opens it and says what its books are.
fn opened(disk: &SimDisk, clock: &TestClock) -> Result<Books, Error> {
    let ledger = open(disk, clock)?;
    Ok(ledger.read(|books, _| books.clone()))
}

fn id_of(disk: &SimDisk, clock: &TestClock) -> longmen::LedgerId {
    open(&disk.moment().kill(), clock).unwrap().ledger_id()
}

#[test]
fn an_opening_starts_from_the_newest_confirmed_snapshot() {
    let (disk, clock, books) = with_snapshots();
    assert!(opened(&disk.moment().kill(), &clock).unwrap() == books);
    let positions = Snapshot::list(&disk).unwrap();
    let newest = *positions.last().unwrap();

    // Spoil every batch of the segments that end before the snapshot: an opening that read them would fail.
    let mut files = disk.files();
    let segments: Vec<String> = files.keys().filter(|path| path.starts_with("seg/")).cloned().collect();
    let journal = longmen_journal::Journal::open(Arc::new(disk.clone())).unwrap();
    let infos = journal.segments().unwrap();
    let covered = infos.windows(2).take_while(|pair| pair[1].base_position <= newest).count();
    assert!(covered > 0, "{newest} of {} segments", segments.len());
    for info in &infos[..covered] {
        files.get_mut(&info.file).unwrap()[4_096 + 200] ^= 1;
    }
    let spoiled = SimDisk::with_files(files.clone());
    assert!(opened(&spoiled, &clock).unwrap() == books);
    for position in positions {
        files.remove(&snapshot_file(position));
    }
    let without = opened(&SimDisk::with_files(files), &clock);
    assert!(matches!(without, Err(Error::Journal(longmen::JournalError::Corrupt(_)))), "{without:?}");
}

#[test]
fn without_its_snapshots_a_ledger_is_the_same() {
    let (disk, clock, books) = with_snapshots();
    let mut files = disk.files();
    files.retain(|path, _| !path.starts_with("snap/"));
    assert!(opened(&SimDisk::with_files(files), &clock).unwrap() == books);
}

#[test]
fn a_damaged_snapshot_is_passed_over() {
    let (disk, clock, books) = with_snapshots();
    let path = snapshot_file(*Snapshot::list(&disk).unwrap().last().unwrap());
    let files = disk.files();
    let len = files[&path].len();
    for at in (0..len).step_by(7) {
        let mut damaged = files.clone();
        damaged.get_mut(&path).unwrap()[at] ^= 1 << (at % 8);
        assert!(opened(&SimDisk::with_files(damaged), &clock).unwrap() == books, "byte {at}");
    }
    for cut in (0..len).step_by(31) {
        let mut damaged = files.clone();
        damaged.get_mut(&path).unwrap().truncate(cut);
        assert!(opened(&SimDisk::with_files(damaged), &clock).unwrap() == books, "cut at {cut}");
    }
}

/// Whoever rewrites a snapshot can make its digest right again, but cannot rewrite the entry that confirms it.
#[test]
fn a_tampered_snapshot_with_a_right_digest_is_passed_over() {
    let (disk, clock, books) = with_snapshots();
    let id = id_of(&disk, &clock);
    let position = *Snapshot::list(&disk).unwrap().last().unwrap();
    let snapshot = Snapshot::read(&disk, id, position).unwrap();
    let head = Head { next_position: position, hash: snapshot.hash, time_ns: snapshot.time_ns };
    let mut random = Random::new(1);
    for _ in 0..400 {
        let mut body = snapshot.body.clone();
        let at = usize::try_from(random.below(body.len() as u64)).unwrap();
        body[at] ^= 1 << random.below(8);
        let tampered = disk.moment().kill();
        Snapshot::write(&tampered, id, head, &body).unwrap();
        let found = opened(&tampered, &clock).unwrap_or_else(|error| panic!("byte {at}: {error}"));
        assert!(found == books, "byte {at} was believed");
    }
}

/// A snapshot of a richer ledger, put in place under this ledger's name at any position, is not believed.
#[test]
fn a_snapshot_that_nothing_confirms_is_passed_over() {
    let (rich_disk, clock, _) = with_snapshots();
    let rich_id = id_of(&rich_disk, &clock);
    let rich_at = Snapshot::list(&rich_disk).unwrap()[0];
    let rich = Snapshot::read(&rich_disk, rich_id, rich_at).unwrap();

    let mut empty = Vec::new();
    longmen_wire::encode_snapshot(&Books::new(), &[], &mut empty);

    let disk = SimDisk::new();
    let ledger = create(&disk, &clock);
    ledger.submit_all(opening()).wait().unwrap();
    for no in 0..20 {
        done(ledger.submit(transfer(&format!("t-{no}"), "alice", "bob", 1)).wait().unwrap());
    }
    let (books, id) = (ledger.read(|books, _| books.clone()), ledger.ledger_id());
    ledger.close().unwrap();
    let entries = entries(&disk).unwrap();

    for position in 0..=u64::try_from(entries.len()).unwrap() + 2 {
        let forged = disk.moment().kill();
        let before = position.checked_sub(1).and_then(|at| entries.get(usize::try_from(at).unwrap()));
        let (hash, time_ns) =
            before.map_or((longmen::Hash::ZERO, 0), |entry| (entry.stamp.hash, entry.stamp.time_ns));
        let head = Head { next_position: position, hash, time_ns };
        // One of much money, and one to which what follows does not even fit.
        for body in [&rich.body, &empty] {
            Snapshot::write(&forged, id, head, body).unwrap();
            let found = opened(&forged.moment().kill(), &clock)
                .unwrap_or_else(|error| panic!("at {position}: {error}"));
            assert!(found == books, "a snapshot at {position} was believed");
        }
    }
}
