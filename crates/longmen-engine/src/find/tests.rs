//! What the index finds beside what a walk over the whole journal finds.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use longmen_core::{AccountId, Class, Command, Key, Meta, OpenAccount, Overdraft};
use longmen_journal::{MemoryStorage, Storage};
use longmen_money::{Amount, Currency};

use super::*;
use crate::{Ledger, Options, entries};

type Files = BTreeMap<String, Vec<u8>>;

fn options(snapshot_every: u64) -> Options {
    Options { segment_size: 64 << 10, snapshot_every, ..Options::default() }
}

fn shared(disk: &MemoryStorage) -> Arc<dyn Storage> {
    Arc::new(disk.clone())
}

fn pair(key: &str, value: Value) -> (MetaKey, Value) {
    (MetaKey::new(key).unwrap(), value)
}

/// Those that stand in the entries, those that only look like them, and one that stands nowhere.
fn pairs() -> Vec<(MetaKey, Value)> {
    let order = [Value::Int(7), Value::text("7").unwrap(), Value::Reference(7), Value::Bool(true)];
    let mut pairs: Vec<_> = order.into_iter().map(|value| pair("order", value)).collect();
    pairs.extend([pair("twin.a", Value::Int(1)), pair("twin.b", Value::Int(1))]);
    pairs.extend([pair("order", Value::Int(8)), pair("other", Value::Int(7)), pair("twin.c", Value::Int(1))]);
    pairs
}

/// How many of [`pairs`] stand in some entry.
const THERE: usize = 6;

fn command(n: usize) -> Command {
    let key = Key::new(&format!("t-{n}")).unwrap();
    let account = |name: &str| AccountId::new(name).unwrap();
    let (from, to) = (account("from"), account("to"));
    let command = Command::transfer(key, from, to, Amount::new(1).unwrap(), Currency::CNY);
    let (all, mut meta) = (pairs(), Vec::new());
    if n.is_multiple_of(3) {
        meta.push(all[n / 3 % 4].clone());
    }
    if n.is_multiple_of(5) {
        meta.push(all[4 + n / 5 % 2].clone());
    }
    if meta.is_empty() { command } else { command.with_meta(Meta::new(meta).unwrap()) }
}

fn create(disk: &MemoryStorage, snapshot_every: u64) -> Ledger {
    create_on(&shared(disk), options(snapshot_every))
}

fn create_on(storage: &Arc<dyn Storage>, options: Options) -> Ledger {
    let ledger = options.create_on(Arc::clone(storage)).unwrap();
    for name in ["from", "to"] {
        let account = OpenAccount::new(AccountId::new(name).unwrap(), Currency::CNY, Class::Asset);
        let key = Key::new(&format!("open-{name}")).unwrap();
        let account = account.overdraft(Overdraft::Unlimited);
        let receipt = ledger.submit(Command::open_account(key, account)).wait().unwrap();
        assert!(receipt.stamp.is_some());
    }
    ledger
}

fn send(ledger: &Ledger, numbers: std::ops::Range<usize>) {
    let tickets: Vec<_> = numbers.map(|n| ledger.submit(command(n))).collect();
    for ticket in tickets {
        assert!(ticket.wait().unwrap().stamp.is_some());
    }
}

/// A ledger with so many confirmed snapshots, and how many commands it took.
fn with_snapshots(disk: &MemoryStorage, count: usize) -> (Ledger, usize) {
    let (ledger, deadline) = (create(disk, 30), Instant::now() + Duration::from_secs(60));
    let mut sent = 0;
    while confirmed(disk) < count {
        assert!(Instant::now() < deadline, "no snapshot was confirmed");
        send(&ledger, sent..sent + 20);
        sent += 20;
        std::thread::sleep(Duration::from_millis(5));
        check(&ledger);
    }
    (ledger, sent)
}

fn confirmed(disk: &MemoryStorage) -> usize {
    let is_mark = |entry: &JournalEntry| matches!(entry.content, Content::Journal(Record::Snapshot(_)));
    entries(Arc::new(disk.clone()), 0).unwrap().filter(|entry| is_mark(entry.as_ref().unwrap())).count()
}

fn walked(entries: crate::Entries, (key, value): &(MetaKey, Value)) -> Vec<JournalEntry> {
    let entries = entries.map(Result::unwrap);
    entries.filter(|entry| matches!(&entry.content, Content::Ledger(own) if has(own, key, value))).collect()
}

/// The open ledger finds what a walk finds.
fn check(ledger: &Ledger) {
    for (no, pair) in pairs().iter().enumerate() {
        // Nothing comes between: the caller has waited for every command.
        let found: Vec<_> = ledger.find_entries(&pair.0, &pair.1).unwrap().map(Result::unwrap).collect();
        assert_eq!(found, walked(ledger.entries(0).unwrap(), pair), "{pair:?}");
        assert_eq!(found.is_empty(), no >= THERE, "{pair:?}");
    }
}

/// So does whoever reads without a writer.
fn check_reader(disk: &MemoryStorage) {
    let storage: Arc<dyn ReadStorage> = Arc::new(disk.clone());
    for (no, pair) in pairs().iter().enumerate() {
        let found = find_entries(Arc::clone(&storage), &pair.0, &pair.1).unwrap();
        let found: Vec<_> = found.map(Result::unwrap).collect();
        assert_eq!(found, walked(entries(Arc::clone(&storage), 0).unwrap(), pair), "{pair:?}");
        assert_eq!(found.is_empty(), no >= THERE, "{pair:?}");
    }
}

fn check_files(files: Files) {
    let disk = MemoryStorage::with_files(files);
    check_reader(&disk);
    check(&options(0).open_on(shared(&disk)).unwrap());
}

fn runs_of(files: &Files) -> Vec<String> {
    files.keys().filter(|path| path.ends_with(".meta")).cloned().collect()
}

#[test]
fn entries_are_found_in_memory_and_after_reopening() {
    let disk = MemoryStorage::new();
    let ledger = create(&disk, 0);
    // More pairs than are sorted at once.
    for from in (0..9_000).step_by(300) {
        send(&ledger, from..from + 300);
    }
    check(&ledger);
    check_reader(&disk);
    ledger.close().unwrap();
    assert!(runs_of(&disk.snapshot()).is_empty());
    check_files(disk.snapshot());
}

#[test]
fn entries_are_found_in_several_runs_and_after_them() {
    let disk = MemoryStorage::new();
    let (ledger, sent) = with_snapshots(&disk, 3);
    send(&ledger, sent..sent + 7);
    check(&ledger);
    check_reader(&disk);
    ledger.close().unwrap();
    assert!(runs_of(&disk.snapshot()).len() >= 3);
    check_files(disk.snapshot());

    let without = disk.snapshot().into_iter().filter(|(path, _)| !path.starts_with("snap/")).collect();
    check_files(without);
    // Going on from what was loaded.
    let ledger = options(30).open_on(shared(&disk)).unwrap();
    send(&ledger, sent + 7..sent + 60);
    check(&ledger);
}

/// A run that is missing, damaged or cut off makes its snapshots useless, and no answer wrong or incomplete.
#[test]
fn a_meta_run_that_is_missing_or_damaged_is_replaced_by_the_journal() {
    let disk = MemoryStorage::new();
    let (ledger, _) = with_snapshots(&disk, 3);
    ledger.close().unwrap();
    let files = disk.snapshot();
    for run in runs_of(&files) {
        let mut missing = files.clone();
        missing.remove(&run);
        check_files(missing);
        for at in (0..files[&run].len()).step_by(61) {
            let mut damaged = files.clone();
            damaged.get_mut(&run).unwrap()[at] ^= 1 << (at % 8);
            check_files(damaged);
        }
        for len in (0..files[&run].len()).step_by(131) {
            let mut cut = files.clone();
            cut.get_mut(&run).unwrap().truncate(len);
            check_files(cut);
        }
    }
}

/// After the opening a run is believed, except for what a search meets.
#[test]
fn a_run_that_goes_bad_while_the_ledger_is_open_is_an_error_where_a_search_meets_it() {
    let disk = MemoryStorage::new();
    let (ledger, _) = with_snapshots(&disk, 2);
    ledger.close().unwrap();
    let ledger = options(0).open_on(shared(&disk)).unwrap();
    let (key, value) = &pairs()[0];
    let hash = MetaHasher::new(ledger.ledger_id()).hash(key, value);
    let (files, run) = (disk.snapshot(), runs_of(&disk.snapshot())[0].clone());
    let row = files[&run][64..].chunks_exact(16).position(|row| row[..8] == hash.to_le_bytes()).unwrap();
    let first_error = || {
        let mut found = ledger.find_entries(key, value).unwrap();
        let error = found.by_ref().find_map(Result::err);
        assert!(found.next().is_none(), "something comes after an error");
        error
    };
    // Position 1 is that of an entry without metadata, and 0 that of one of the journal's own.
    for position in [1_u64, 0] {
        assert!(disk.tamper(&run, |bytes| {
            bytes[64 + 16 * row + 8..64 + 16 * row + 16].copy_from_slice(&position.to_le_bytes());
        }));
        assert!(matches!(first_error(), Some(Error::Misled { position: at }) if at == position));
    }
    assert!(disk.tamper(&run, |bytes| *bytes.last_mut().unwrap() ^= 1));
    assert!(matches!(first_error(), Some(Error::Journal(JournalError::Corrupt(_)))));
    disk.remove(&run).unwrap();
    assert!(matches!(first_error(), Some(Error::Journal(JournalError::Io { .. }))));
}

/// A reader believes no snapshot that the journal does not confirm, so an empty run in its place hides nothing.
#[test]
fn a_tampered_run_with_a_right_digest_is_not_believed() {
    let disk = MemoryStorage::new();
    let (ledger, _) = with_snapshots(&disk, 2);
    let id = ledger.ledger_id();
    ledger.close().unwrap();
    for (from, until) in MetaRun::list(&disk).unwrap() {
        let tampered = MemoryStorage::with_files(disk.snapshot());
        MetaRun::write(&tampered, id, from, until, &mut []).unwrap();
        check_files(tampered.snapshot());
        // Neither is one whose snapshot was made to fit.
        for position in Snapshot::list(&tampered).unwrap() {
            let mut snapshot = Snapshot::read(&tampered, id, position).unwrap();
            for run in snapshot.runs.meta.iter_mut().filter(|run| run.from == from) {
                *run = MetaRun::write(&tampered, id, run.from, run.until, &mut []).unwrap();
            }
            let head = longmen_journal::Head {
                next_position: position,
                hash: snapshot.hash,
                time_ns: snapshot.time_ns,
            };
            Snapshot::write(&tampered, id, head, &snapshot.runs, &snapshot.body).unwrap();
        }
        check_files(tampered.snapshot());
    }
}

#[test]
fn the_hash_stays_what_it_is_and_tells_types_apart() {
    use longmen_journal::LedgerId;
    let hasher = MetaHasher::new(LedgerId::from_bytes(std::array::from_fn(|n| u8::try_from(n).unwrap())));
    let hash = |value| hasher.hash(&MetaKey::new("order").unwrap(), &value);
    let hashes = [
        hash(Value::text("7").unwrap()),
        hash(Value::Int(7)),
        hash(Value::Bool(true)),
        hash(Value::Reference(7)),
    ];
    // The values are from a second implementation of SipHash-1-3.
    assert_eq!(
        hashes,
        [0x44ec_a36e_a336_b29b, 0x9b5a_adc9_afbd_c092, 0xa46b_4a13_71dd_dd02, 0xbbfb_0347_db76_e6ee]
    );
}

/// `cargo test --release -p longmen-engine a_million_entries -- --ignored --nocapture`
#[test]
#[ignore = "a million entries"]
fn a_million_entries_with_metadata_are_searched() {
    const COUNT: usize = 1_000_000;
    let dir = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(longmen_journal::FileStorage::new(dir.path()));
    let options = |every| Options {
        snapshot_every: every,
        durability: crate::Durability::Unsynced,
        ..Options::default()
    };
    let order = |n: usize| pair("order", Value::Int(i64::try_from(n).unwrap()));
    let bare = |n: usize| Command { extras: None, ..command(n) };
    let with = |n: usize| bare(n).with_meta(Meta::new([order(n)]).unwrap());
    let fill = |ledger: &Ledger, range: std::ops::Range<usize>, make: &dyn Fn(usize) -> Command| {
        let start = Instant::now();
        for from in range.clone().step_by(1_000) {
            let receipts = ledger.submit_all((from..from + 1_000).map(make).collect()).wait().unwrap();
            assert!(receipts.iter().all(|receipt| receipt.stamp.is_some()));
        }
        start.elapsed() / u32::try_from(range.len()).unwrap()
    };
    let look = |ledger: &Ledger, label: &str| {
        let mut times: Vec<Duration> = (0..1_000)
            .map(|n| {
                let (key, value) = order(n * 7_919 % COUNT);
                let start = Instant::now();
                assert_eq!(ledger.find_entries(&key, &value).unwrap().map(Result::unwrap).count(), 1);
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        let start = Instant::now();
        let (key, value) = order(COUNT + 7);
        assert!((0..1_000).all(|_| ledger.find_entries(&key, &value).unwrap().next().is_none()));
        println!(
            "{label}: found in {:?}, at most {:?}; nothing in {:?}",
            times[500],
            times[999],
            start.elapsed() / 1_000
        );
    };
    let ledger = create_on(&storage, options(0));
    println!("{:?} a transfer with a pair", fill(&ledger, 0..COUNT, &with));
    look(&ledger, "in memory");
    ledger.close().unwrap();
    let ledger = options(1).open_on(Arc::clone(&storage)).unwrap();
    println!("{:?} a transfer without", fill(&ledger, COUNT..COUNT + 1_000, &bare));
    while MetaRun::list(storage.as_ref()).unwrap().is_empty() {
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(1));
    ledger.close().unwrap();
    let ledger = options(0).open_on(Arc::clone(&storage)).unwrap();
    let runs = MetaRun::list(storage.as_ref()).unwrap();
    look(&ledger, &format!("{} runs", runs.len()));
    ledger.close().unwrap();
    let start = Instant::now();
    let (key, value) = order(77);
    assert_eq!(
        find_entries(Arc::new(longmen_journal::FileStorage::new(dir.path())), &key, &value).unwrap().count(),
        1
    );
    println!("without a writer: {:?}", start.elapsed());
}
