//! An opening starts from the newest snapshot that an entry of the journal confirms, and from no other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen::{
    Command, Content, Error, Head, Key, Ledger, Options, Outcome, Reason, Receipt, Record, Snapshot, State,
};
use longmen_journal::{KeyRun, MetaRun, Runs};
use longmen_sim::{Random, SimDisk, TestClock, Workload};

use crate::laws::{check_audit, check_state};
use crate::support::{START_NS, create, done, entries, open, opening, options, state_of, transfer};

/// A closed ledger with at least two confirmed snapshots, and its books.
fn with_snapshots() -> (SimDisk, TestClock, State) {
    let (disk, clock, books, _) = with_snapshots_and_receipts();
    (disk, clock, books)
}

/// The same, with every command that was sent and what it was answered.
fn with_snapshots_and_receipts() -> (SimDisk, TestClock, State, Vec<(Command, Receipt)>) {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let options = Options { snapshot_every: 40, ..options(&clock) };
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
    let mut workload = Workload::new("s", 11);
    let mut sent = Vec::new();
    let mut send = |ledger: &Ledger| {
        let command = workload.command().unwrap();
        sent.push((command.clone(), ledger.submit(command).wait().unwrap()));
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while confirmed(&ledger).len() < 2 {
        assert!(Instant::now() < deadline, "no second snapshot was confirmed");
        for _ in 0..20 {
            send(&ledger);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // What follows is in no snapshot.
    for _ in 0..5 {
        send(&ledger);
    }
    let books = state_of(&ledger);
    ledger.close().unwrap();
    check_state(&disk);
    check_audit(&disk);
    (disk, clock, books, sent)
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
fn opened(disk: &SimDisk, clock: &TestClock) -> Result<State, Error> {
    let ledger = open(disk, clock)?;
    Ok(state_of(&ledger))
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
    assert!(files.keys().any(|path| path.ends_with(".keys")), "runs alone are of no use");
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
        Snapshot::write(&tampered, id, head, &snapshot.runs, &body).unwrap();
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
    longmen_wire::encode_snapshot(&State::new(), &mut empty);

    let disk = SimDisk::new();
    let ledger = create(&disk, &clock);
    ledger.submit_all(opening()).wait().unwrap();
    for no in 0..20 {
        done(ledger.submit(transfer(&format!("t-{no}"), "alice", "bob", 1)).wait().unwrap());
    }
    let (books, id) = (state_of(&ledger), ledger.ledger_id());
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
            let mut runs = Runs {
                keys: vec![KeyRun::write(&forged, id, 0, position, &mut []).unwrap()],
                meta: vec![MetaRun::write(&forged, id, 0, position, &mut []).unwrap()],
            };
            if position == 0 {
                runs = Runs::default();
            }
            Snapshot::write(&forged, id, head, &runs, body).unwrap();
            let found = opened(&forged.moment().kill(), &clock)
                .unwrap_or_else(|error| panic!("at {position}: {error}"));
            assert!(found == books, "a snapshot at {position} was believed");
        }
    }
}

/// Every command that left an entry, sent again, gets its first receipt; with other content it conflicts.
fn check_retries(ledger: &Ledger, sent: &[(Command, Receipt)], label: &str) {
    let head = ledger.head();
    let is_first = |receipt: &Receipt| receipt.stamp.is_some() && !receipt.replayed;
    for (command, first) in sent.iter().filter(|(_, receipt)| is_first(receipt)) {
        let again = ledger.submit(command.clone()).wait().unwrap();
        assert_eq!(again, Receipt { replayed: true, ..*first }, "{label}: {}", command.key);
        let other = Command { key: command.key, ..transfer("other", "nobody", "someone", 77_777) };
        let refused = ledger.submit(other).wait().unwrap();
        let reused = |refusal: longmen::Refusal| refusal.reason == Reason::KeyReused;
        assert!(matches!(refused.outcome, Outcome::Refused(refusal) if reused(refusal)), "{label}");
        assert_eq!(refused.stamp, None, "{label}");
    }
    assert_eq!(ledger.head(), head, "{label}: a retry left a trace");
}

fn runs_of(disk: &SimDisk) -> Vec<String> {
    disk.files().into_keys().filter(|path| path.ends_with(".keys")).collect()
}

#[test]
fn keys_are_known_after_an_opening_with_and_without_snapshots() {
    let (disk, clock, books, sent) = with_snapshots_and_receipts();
    let check = |disk: SimDisk, label: &str| {
        let ledger = open(&disk, &clock).unwrap();
        assert!(state_of(&ledger) == books, "{label}");
        check_retries(&ledger, &sent, label);
        let fresh = ledger.submit(transfer("fresh", "nobody", "someone", 1)).wait().unwrap();
        assert!(!fresh.replayed);
        ledger.close().unwrap();
    };
    check(disk.moment().kill(), "from the newest snapshot");
    let mut files = disk.files();
    files.retain(|path, _| !path.starts_with("snap/"));
    check(SimDisk::with_files(files), "from the first entry");
    assert!(runs_of(&disk).len() >= 2);
}

/// A run that is missing, damaged, cut off or another one makes its snapshots useless, and no answer wrong.
#[test]
fn a_key_run_that_is_missing_or_damaged_is_replaced_by_the_journal() {
    let (disk, clock, books, sent) = with_snapshots_and_receipts();
    let check = |files, label: &str| {
        let ledger = open(&SimDisk::with_files(files), &clock).unwrap();
        assert!(state_of(&ledger) == books, "{label}");
        check_retries(&ledger, &sent, label);
    };
    let (files, runs) = (disk.files(), runs_of(&disk));
    for (no, run) in runs.iter().enumerate() {
        let mut missing = files.clone();
        missing.remove(run);
        check(missing, &format!("{run} is missing"));
        for at in (0..files[run].len()).step_by(97) {
            let mut damaged = files.clone();
            damaged.get_mut(run).unwrap()[at] ^= 1 << (at % 8);
            check(damaged, &format!("{run}, byte {at}"));
        }
        for len in (0..files[run].len()).step_by(331) {
            let mut cut = files.clone();
            cut.get_mut(run).unwrap().truncate(len);
            check(cut, &format!("{run}, cut at {len}"));
        }
        let mut other = files.clone();
        other.insert(run.clone(), files[&runs[(no + 1) % runs.len()]].clone());
        check(other, &format!("{run} is another one"));
    }
}

/// Whoever rewrites a run can make its digest right again, but not the one that the snapshot names.
#[test]
fn a_tampered_key_run_with_a_right_digest_is_not_believed() {
    let (disk, clock, books, sent) = with_snapshots_and_receipts();
    let id = id_of(&disk, &clock);
    for (from, until) in KeyRun::list(&disk).unwrap() {
        let tampered = disk.moment().kill();
        KeyRun::write(&tampered, id, from, until, &mut []).unwrap();
        let ledger = open(&tampered, &clock).unwrap();
        assert!(state_of(&ledger) == books);
        check_retries(&ledger, &sent, &format!("the run from {from} to {until} is empty"));
    }
}

/// The next snapshot after a run was found damaged builds on no run that was not read.
#[test]
fn snapshots_are_useful_again_after_a_key_run_was_damaged() {
    let (disk, clock, _, mut sent) = with_snapshots_and_receipts();
    let run = runs_of(&disk)[0].clone();
    assert!(disk.tamper(&run, |bytes| bytes[70] ^= 1));
    let options = Options { snapshot_every: 20, ..options(&clock) };
    let ledger = options.open_on(Arc::new(disk.clone())).unwrap();
    let (before, deadline) = (confirmed(&ledger).len(), Instant::now() + Duration::from_secs(30));
    let mut workload = Workload::new("after", 12);
    // The oldest ones are removed with what only they name.
    while confirmed(&ledger).len() < before + 4 {
        assert!(Instant::now() < deadline, "no snapshot was confirmed");
        for _ in 0..20 {
            let command = workload.command().unwrap();
            sent.push((command.clone(), ledger.submit(command).wait().unwrap()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let books = state_of(&ledger);
    ledger.close().unwrap();
    check_audit(&disk);
    check_state(&disk);
    let newest = *Snapshot::list(&disk).unwrap().last().unwrap();
    let named = Snapshot::read(&disk, id_of(&disk, &clock), newest).unwrap().runs;
    assert!(named.cover(newest));

    // An opening that replayed the first segment would fail.
    assert!(disk.tamper(&disk.files().into_keys().find(|path| path.starts_with("seg/")).unwrap(), |bytes| {
        bytes[4_096 + 200] ^= 1;
    }));
    let ledger = open(&disk, &clock).unwrap();
    assert!(state_of(&ledger) == books);
    drop(ledger);
}

/// An entry that cannot be read back leaves the question open, and everything else goes on.
#[test]
fn a_key_whose_entry_is_damaged_is_an_unknown_outcome_and_nothing_is_decided() {
    let (disk, clock, _, sent) = with_snapshots_and_receipts();
    let segment = disk.files().into_keys().find(|path| path.starts_with("seg/")).unwrap();
    // The batch after that of the first entry.
    assert!(disk.tamper(&segment, |bytes| bytes[8_192 + 300] ^= 1));
    let ledger = open(&disk, &clock).unwrap();
    let (books, head) = (state_of(&ledger), ledger.head());
    let opening = Workload::opening().unwrap();
    for command in &opening {
        let answer = ledger.submit(command.clone()).wait();
        assert!(matches!(answer, Err(Error::OutcomeUnknown { .. })), "{answer:?}");
        let other = Command { key: command.key, ..transfer("other", "nobody", "someone", 77_777) };
        let answer = ledger.submit(other).wait();
        assert!(matches!(answer, Err(Error::OutcomeUnknown { .. })), "{answer:?}");
    }
    assert!(ledger.head() == head && state_of(&ledger) == books);
    check_retries(&ledger, &sent[sent.len() - 5..], "the last ones");

    // In a slice what comes before it is journaled, and what comes after it is not.
    let slice = vec![
        transfer("before", "nobody", "someone", 1),
        opening[0].clone(),
        transfer("after", "nobody", "someone", 1),
    ];
    let [before, _, after] = &slice[..] else { unreachable!() };
    let (before, after) = (before.clone(), after.clone());
    assert!(matches!(ledger.submit_all(slice).wait(), Err(Error::OutcomeUnknown { .. })));
    assert!(ledger.submit(before).wait().unwrap().replayed);
    assert!(!ledger.submit(after).wait().unwrap().replayed);
    ledger.close().unwrap();
}

/// Every run that is on disk is named by a snapshot that is there too.
#[test]
fn runs_are_kept_while_a_snapshot_names_them() {
    let (disk, clock, _) = with_snapshots();
    let id = id_of(&disk, &clock);
    let (mut named, mut named_meta) = (Vec::new(), Vec::new());
    for position in Snapshot::list(&disk).unwrap() {
        let snapshot = Snapshot::read(&disk, id, position).unwrap();
        assert!(snapshot.runs.cover(position));
        assert_eq!(Snapshot::runs_named(&disk, id, position).unwrap(), snapshot.runs);
        named.extend(snapshot.runs.keys.iter().map(|run| (run.from, run.until)));
        named_meta.extend(snapshot.runs.meta.iter().map(|run| (run.from, run.until)));
    }
    for named in [&mut named, &mut named_meta] {
        named.sort_unstable();
        named.dedup();
    }
    assert_eq!((KeyRun::list(&disk).unwrap(), MetaRun::list(&disk).unwrap()), (named, named_meta));
}

/// The names of two keys that this ledger's index takes for the same, found by trying.
fn twins(id: longmen::LedgerId) -> [Key; 2] {
    const COUNT: u64 = 1 << 23;
    let hasher = siphasher::sip::SipHasher13::new_with_key(id.as_bytes());
    let name = |round: u64, n: u64| format!("{round}.{n:08}");
    let looks = |name: &str| hasher.hash(name.as_bytes()) >> 20;
    for round in 0_u64.. {
        let mut all: Vec<u64> = (0..COUNT).map(|n| looks(&name(round, n))).collect();
        all.sort_unstable();
        if let Some(pair) = all.windows(2).find(|pair| pair[0] == pair[1]) {
            let mut found = (0..COUNT).map(|n| name(round, n)).filter(|name| looks(name) == pair[0]);
            return [(); 2].map(|()| Key::new(&found.next().unwrap()).unwrap());
        }
    }
    unreachable!()
}

/// Two keys of which the index keeps the same bits are told apart by their entries, wherever these are.
#[test]
fn keys_that_look_alike_are_told_apart() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let options = || Options { snapshot_every: 8, ..options(&clock) };
    let ledger = options().create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    let [one, other] = twins(ledger.ledger_id());
    let command = |key| Command { key, ..transfer("x", "alice", "bob", 1) };
    let first = ledger.submit(command(one)).wait().unwrap();
    assert!(!first.replayed);
    // In one batch with its twin, and after it.
    let slice = vec![command(other), command(one), command(other)];
    let receipts = ledger.submit_all(slice).wait().unwrap();
    let second = receipts[0];
    assert_eq!(receipts.iter().map(|receipt| receipt.replayed).collect::<Vec<_>>(), [false, true, true]);
    let both = [(one, first), (other, second)];
    let check = |ledger: &Ledger, label: &str| {
        for (key, receipt) in both {
            let again = ledger.submit(command(key)).wait().unwrap();
            assert_eq!(again, Receipt { replayed: true, ..receipt }, "{label}");
        }
    };
    check(&ledger, "in the journal");
    let mut no = 0;
    while confirmed(&ledger).is_empty() {
        no += 1;
        done(ledger.submit(transfer(&format!("t-{no}"), "bank", "bob", 1)).wait().unwrap());
        std::thread::sleep(Duration::from_millis(2));
    }
    ledger.close().unwrap();
    assert!(!runs_of(&disk).is_empty());
    check(&open(&disk.moment().kill(), &clock).unwrap(), "in a key run");
    let mut files = disk.files();
    files.retain(|path, _| !path.starts_with("snap/"));
    check(&open(&SimDisk::with_files(files), &clock).unwrap(), "replayed");
}
