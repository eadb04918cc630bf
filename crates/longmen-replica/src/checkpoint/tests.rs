//! Projections that were put into a store and taken out again; rows that were changed behind their back.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use longmen_core::{AccountNo, HoldNo};
use longmen_engine::{Durability, Options};
use longmen_journal::{FileStorage, Journal, JournalError, LedgerId, MemoryStorage, ReadStorage, Storage};
use longmen_sim::{Random, Step, Workload};
use longmen_wallet::{Entry, State};

use super::*;
use crate::Error;
use crate::chunk::Read;
use crate::line::Counters;
use crate::store::{CheckedStore, MemoryStore, SledStore, StoreDir};
use crate::tail::decode;

const OURS: LedgerId = LedgerId::from_bytes([7; 16]);

type Entries = Vec<(Stamp, Option<Entry>)>;
type Raw = BTreeMap<Vec<u8>, Vec<u8>>;

/// The entries of a ledger in which everything has happened that a workload can do.
fn entries(seed: u64, steps: u64) -> Entries {
    let disk = Arc::new(MemoryStorage::new());
    work(&disk, seed, steps);
    read(disk)
}

/// Works on a ledger, a new one if need be.
fn work(disk: &Arc<impl Storage + 'static>, seed: u64, steps: u64) {
    let options = Options { durability: Durability::Unsynced, ..Options::default() };
    let ledger = match options.clone().create_on(disk.clone()) {
        Ok(created) => created,
        Err(_) => options.open_on(disk.clone()).unwrap(),
    };
    ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
    let mut workload = Workload::new(&format!("w{seed}"), seed);
    for _ in 0..steps {
        match workload.step().unwrap() {
            Step::One(command) => drop(ledger.submit(command).wait().unwrap()),
            Step::Slice(commands) => drop(ledger.submit_all(commands).wait().unwrap()),
            Step::Advance(_) => {}
        }
    }
    ledger.close().unwrap();
}

fn read(disk: Arc<impl ReadStorage + 'static>) -> Entries {
    let mut raw = Journal::open(disk).unwrap().read(0).unwrap();
    let mut entries = Entries::new();
    while let Some(entry) = raw.next() {
        let entry = entry.unwrap();
        entries.push((entry.stamp(), decode(&entry).unwrap()));
    }
    entries
}

fn accounts(projection: &Projection) -> impl Iterator<Item = AccountNo> {
    (0..u32::try_from(projection.opened.len()).unwrap()).map(AccountNo)
}

type Reads = Vec<Read>;

/// Every line of every account, and of another day once more, found forwards, backwards and at single positions.
fn lines(projection: &Projection) -> Result<Vec<Reads>, StoreError> {
    let mut random = Random::new(1);
    let all = accounts(projection).map(|account| {
        let now = [projection.counters(account), projection.shifted.closing(account)?];
        let histories = [&projection.history, &projection.shifted].into_iter().zip(now);
        histories
            .map(|(history, now)| lines_of(history, account, now, random.below(projection.entries())))
            .collect()
    });
    Ok(all.collect::<Result<Vec<Vec<Reads>>, StoreError>>()?.concat())
}

fn lines_of(
    history: &History,
    account: AccountNo,
    now: Counters,
    position: u64,
) -> Result<Reads, StoreError> {
    let (mut forwards, mut backwards) = (Reads::new(), Reads::new());
    history.forwards(account, 0..u64::MAX, now, &mut |read| {
        forwards.push(*read);
        true
    })?;
    history.backwards(account, 0..u64::MAX, now, &mut |read| {
        backwards.push(*read);
        true
    })?;
    backwards.reverse();
    assert_eq!(forwards, backwards);
    let before = forwards.iter().rfind(|read| read.record.position < position);
    let expected = before.map_or([0; 4], |read| read.counters);
    assert_eq!(history.counters_before(account, position, now)?, expected);
    Ok(forwards)
}

fn assert_same(one: &Projection, other: &Projection) {
    assert_eq!(one.last, other.last);
    assert!(one.state == other.state);
    assert_eq!(one.opened, other.opened);
    assert_eq!(one.points.all(), other.points.all());
    let holds =
        |projection: &Projection| projection.open_holds.from((AccountNo(0), HoldNo(0))).collect::<Vec<_>>();
    assert_eq!(holds(one), holds(other));
    assert_eq!(one.shifted.counts(), other.shifted.counts());
    assert_eq!(one.history.counts(), other.history.counts());
    assert_eq!(lines(one).unwrap(), lines(other).unwrap());
}

fn checkpoint(projection: &mut Projection, store: &dyn Store, stored: Stored) -> Stored {
    let checkpoint = Checkpoint::of(projection).unwrap().with_lines(projection);
    let stored = checkpoint.put(store, stored).unwrap();
    projection.stored(checkpoint.stamp);
    stored
}

fn checked(store: impl Store + 'static) -> Arc<dyn Store> {
    Arc::new(CheckedStore::open(Box::new(store), OURS).unwrap())
}

#[test]
fn what_a_checkpoint_put_is_what_is_loaded_in_either_store() {
    let entries = entries(3, 400);
    for every in [1, 7, 50, 1_000] {
        let dir = tempfile::tempdir().unwrap();
        let sled: Box<dyn Store> = Box::new(SledStore::open(dir.path()).unwrap());
        for store in [Box::new(MemoryStore::default()), sled] {
            let store: Arc<dyn Store> = Arc::new(CheckedStore::open(store, OURS).unwrap());
            let mut oracle = Projection::new(Arc::new(MemoryStore::default()));
            let mut projection = Projection::new(Arc::clone(&store));
            let mut stored = Stored::default();
            for (at, (stamp, entry)) in entries.iter().enumerate() {
                oracle.fold(*stamp, entry.as_ref()).unwrap();
                projection.fold(*stamp, entry.as_ref()).unwrap();
                if at % every == every - 1 {
                    stored = checkpoint(&mut projection, store.as_ref(), stored);
                }
                // Now and then it goes on from what it had put.
                if at % (every * 3) == every * 3 - 1 {
                    (projection, stored) = load(&store).unwrap();
                    if every > 1 || at % 51 == 50 {
                        assert_same(&projection, &oracle);
                    }
                }
            }
            assert_same(&projection, &oracle);
            assert!(oracle.shifted.counts().iter().sum::<u64>() > 0, "no line is of another day");
        }
    }
}

/// A store that takes so many more rows, and then no more.
#[derive(Debug)]
struct Interrupted(Arc<dyn Store>, AtomicUsize);

impl Interrupted {
    fn take(&self, rows: usize) -> Result<(), StoreError> {
        let left = self.1.load(Ordering::Relaxed).checked_sub(rows);
        self.1
            .store(left.ok_or(StoreError::Io { op: "written", cause: "enough".into() })?, Ordering::Relaxed);
        Ok(())
    }
}

impl Store for Interrupted {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key)
    }

    fn last_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        self.0.last_in(low, high)
    }

    fn first_in(&self, low: &[u8], high: &[u8]) -> Result<Option<Row>, StoreError> {
        self.0.first_in(low, high)
    }

    fn put(&self, row: Row) -> Result<(), StoreError> {
        self.take(1).and_then(|()| self.0.put(row))
    }

    fn put_all(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        self.take(rows.len()).and_then(|()| self.0.put_all(rows))
    }
}

fn fold(projection: &mut Projection, entries: &[(Stamp, Option<Entry>)]) {
    entries.iter().for_each(|(stamp, entry)| projection.fold(*stamp, entry.as_ref()).unwrap());
}

#[test]
fn a_checkpoint_that_was_interrupted_does_not_count_and_does_no_harm() {
    let entries = entries(6, 300);
    let (mut random, mut interrupted) = (Random::new(2), 0);
    let mut lines: Option<Raw> = None;
    for _ in 0..20 {
        let memory = Arc::new(MemoryStore::default());
        let store = checked(Arc::clone(&memory));
        let mut projection = Projection::new(Arc::clone(&store));
        let mut stored = Stored::default();
        let mut at = 0;
        while at < entries.len() {
            let next = entries.len().min(at + 1 + usize::try_from(random.below(60)).unwrap());
            fold(&mut projection, &entries[at..next]);
            let checkpoint = Checkpoint::of(&projection).unwrap().with_lines(&mut projection);
            let room = usize::try_from(random.below(100)).unwrap();
            match checkpoint.put(&Interrupted(Arc::clone(&store), AtomicUsize::new(room)), stored) {
                Ok(put) => {
                    (stored, at) = (put, next);
                    projection.stored(checkpoint.stamp);
                }
                Err(_) => {
                    interrupted += 1;
                    (projection, stored) = load(&store).unwrap();
                    assert!(room == 0 || stored.ahead.unwrap().position >= checkpoint.stamp.position);
                    at = usize::try_from(projection.entries()).unwrap();
                    let mut oracle = Projection::new(Arc::new(MemoryStore::default()));
                    fold(&mut oracle, &entries[..at]);
                    assert_same(&projection, &oracle);
                }
            }
        }
        let mut oracle = Projection::new(Arc::new(MemoryStore::default()));
        fold(&mut oracle, &entries);
        assert_same(&projection, &oracle);
        assert_same(&load(&store).unwrap().0, &oracle);
        // Whatever was put when, the chunks are the same.
        let mut rows = memory.rows();
        rows.retain(|key, _| key.starts_with(b"l") || key.starts_with(b"s"));
        assert_eq!(&rows, lines.get_or_insert_with(|| rows.clone()));
    }
    assert!(interrupted >= 40, "only {interrupted} checkpoints were interrupted");
}

#[test]
fn lines_that_were_put_before_they_counted_are_of_this_journal_or_it_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let [journal, copied, rows] = ["journal", "copied", "rows"].map(|name| root.path().join(name));
    let disk = Arc::new(FileStorage::new(&journal));
    work(&disk, 1, 50);
    copy(&journal, &copied);
    let early = read(disk.clone());
    work(&disk, 2, 50);
    let whole = read(disk.clone());
    let ledger_id = Journal::open(disk).unwrap().ledger_id();

    // A checkpoint of the early entries comes to its end, one of all of them does not.
    let store = StoreDir::open(&rows, ledger_id).unwrap().store().unwrap();
    let mut projection = Projection::new(Arc::clone(&store));
    fold(&mut projection, &early);
    let stored = checkpoint(&mut projection, store.as_ref(), Stored::default());
    fold(&mut projection, &whole[early.len()..]);
    let interrupted = Interrupted(Arc::clone(&store), AtomicUsize::new(5));
    let unfinished = Checkpoint::of(&projection).unwrap().with_lines(&mut projection);
    unfinished.put(&interrupted, stored).unwrap_err();
    drop((projection, interrupted, store));

    let follow = |journal| {
        let options = crate::Options { keep: crate::Keep::Dir(rows.clone()), ..crate::Options::default() };
        crate::Replica::follow(Arc::new(FileStorage::new(journal)), options)
    };
    let refused = follow(&copied).map(drop);
    assert!(matches!(&refused, Err(Error::Journal(JournalError::Cut { .. }))), "{refused:?}");
    work(&Arc::new(FileStorage::new(&copied)), 3, 200);
    let refused = follow(&copied).map(drop);
    assert!(matches!(&refused, Err(Error::Journal(JournalError::Forked { .. }))), "{refused:?}");
    let replica = follow(&journal).unwrap();
    let last = whole.last().unwrap().0;
    let want = crate::Want::AtLeast(last.position, std::time::Duration::from_secs(60));
    assert_eq!(replica.read(want, |_| Ok(())).unwrap().at, last);
    assert_eq!(replica.status().rebuilt, 0);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn the_digest_of_the_state_is_the_hash_of_a_replay() {
    let entries = entries(4, 100);
    let store = checked(MemoryStore::default());
    let mut projection = Projection::new(Arc::clone(&store));
    let mut state = State::new();
    for (stamp, entry) in &entries {
        projection.fold(*stamp, entry.as_ref()).unwrap();
        entry.iter().for_each(|entry| state.apply(stamp.position, stamp.time_ns, entry).unwrap());
    }
    checkpoint(&mut projection, store.as_ref(), Stored::default());
    let meta: Meta = postcard::from_bytes(&store.get(META).unwrap().unwrap()).unwrap();
    let mut bytes = Vec::new();
    encode_snapshot(&state, &mut bytes);
    assert_eq!(&meta.parts[0].digest, digest(&bytes).as_bytes());
}

/// The rows after two checkpoints, and after the first of them.
fn two_checkpoints(entries: &Entries) -> (Raw, Raw) {
    let memory = Arc::new(MemoryStore::default());
    let store = checked(Arc::clone(&memory));
    let mut projection = Projection::new(Arc::clone(&store));
    let (first, second) = entries.split_at(entries.len() / 2);
    first.iter().for_each(|(stamp, entry)| projection.fold(*stamp, entry.as_ref()).unwrap());
    let stored = checkpoint(&mut projection, store.as_ref(), Stored::default());
    let earlier = memory.rows();
    second.iter().for_each(|(stamp, entry)| projection.fold(*stamp, entry.as_ref()).unwrap());
    checkpoint(&mut projection, store.as_ref(), stored);
    (memory.rows(), earlier)
}

/// Opens rows and reads everything in them.
fn read_all(rows: &Raw) -> Result<Vec<Reads>, Error> {
    let store = CheckedStore::open(Box::new(MemoryStore::from(rows.clone())), OURS)?;
    let (projection, _) = load(&(Arc::new(store) as Arc<dyn Store>))?;
    Ok(lines(&projection)?)
}

#[test]
fn no_row_can_be_changed_taken_away_or_put_in_the_place_of_another_one() {
    let (rows, earlier) = two_checkpoints(&entries(5, 300));
    assert!(read_all(&rows).is_ok());
    let mut random = Random::new(9);
    let keys: Vec<&Vec<u8>> = rows.keys().collect();
    let mut older = 0;
    for (key, value) in &rows {
        let mut faults = Vec::new();
        let mut taken = rows.clone();
        taken.remove(key);
        faults.push(("taken away", taken));
        let other = keys.iter().copied().find(|other| other[0] == key[0] && *other != key);
        faults.extend(other.map(|other| {
            let swapped = rows.iter().map(|(k, v)| {
                if k == key { (k.clone(), rows[other].clone()) } else { (k.clone(), v.clone()) }
            });
            ("another one's", swapped.collect())
        }));
        let mut flipped = rows.clone();
        let at = usize::try_from(random.below(value.len() as u64)).unwrap();
        flipped.get_mut(key).unwrap()[at] ^= 1 << random.below(8);
        faults.push(("flipped", flipped));
        let mut cut = rows.clone();
        cut.get_mut(key).unwrap().truncate(at);
        faults.push(("cut", cut));
        if let Some(before) = earlier.get(key).filter(|before| *before != value) {
            let mut back = rows.clone();
            back.insert(key.clone(), before.clone());
            faults.push(("that of the checkpoint before", back));
            older += 1;
        }
        for (what, rows) in faults {
            let read = read_all(&rows);
            let is_damage = matches!(&read, Err(Error::Store(StoreError::Damaged { .. })));
            assert!(is_damage, "row {}, {what}: {read:?}", key.escape_ascii());
        }
    }
    assert!(older >= 3, "the checkpoint before has other values of {older} rows only");
}

#[test]
fn rows_of_another_ledger_are_told_from_damaged_ones() {
    let (mut rows, _) = two_checkpoints(&entries(8, 10));
    let theirs = LedgerId::from_bytes([8; 16]);
    let opened = CheckedStore::open(Box::new(MemoryStore::from(rows.clone())), theirs);
    assert!(matches!(opened, Err(Error::OtherLedger { rows: OURS, journal }) if journal == theirs));
    rows.get_mut(&b"i"[..]).unwrap()[3] ^= 1;
    let opened = CheckedStore::open(Box::new(MemoryStore::from(rows)), theirs);
    assert!(matches!(opened, Err(Error::Store(StoreError::Damaged { .. }))));
}
