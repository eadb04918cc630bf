use std::sync::{Condvar, Mutex};
use std::time::Instant;

use longmen_core::{AccountId, Class, Command, Key, OpenAccount};
use longmen_engine::{Content, Durability, Ledger, Options};
use longmen_journal::{Appender, Batch, Config, FileStorage, JournalError, MemoryStorage};
use longmen_money::{Amount, Currency};

use super::*;

fn options() -> Options {
    Options { segment_size: 128 << 10, ..Options::default() }
}

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn open_accounts(ledger: &Ledger) {
    for (name, class) in [("bank", Class::Asset), ("alice", Class::Liability)] {
        let opened = OpenAccount::new(account(name), Currency::CNY, class);
        let command = Command::open_account(Key::new(name).unwrap(), opened);
        ledger.submit(command).wait().unwrap().accepted().unwrap();
    }
}

/// Pays once for each number, all of them in one slice; gives the last stamp.
fn pay(ledger: &Ledger, numbers: std::ops::Range<u64>) -> Stamp {
    let amount = Amount::new(1).unwrap();
    let (bank, alice) = (account("bank"), account("alice"));
    let key = |number: u64| Key::new(&format!("pay-{number}")).unwrap();
    let transfer = |number| Command::transfer(key(number), bank, alice, amount, Currency::CNY);
    let receipts = ledger.submit_all(numbers.map(transfer).collect::<Vec<_>>()).wait().unwrap();
    receipts.last().unwrap().stamp.unwrap()
}

fn tail(storage: &MemoryStorage, last: Option<Stamp>) -> Result<Tail, Error> {
    Tail::new(Arc::new(storage.clone()), None, last)
}

type Taken = Vec<(Stamp, Option<Entry>)>;

/// Takes in all that is visible, `max` at a time.
fn take_all(tail: &mut Tail, max: usize, taken: &mut Taken) -> Result<(), Error> {
    loop {
        let before = taken.len();
        let advance = tail.advance(max, &mut |stamp, entry| {
            taken.push((stamp, entry));
            Ok(())
        })?;
        assert_eq!(advance.entries, taken.len() - before);
        assert_eq!(tail.last, taken.last().map(|taken| taken.0));
        if !advance.more {
            return Ok(());
        }
        assert_eq!(advance.entries, max);
    }
}

/// The same, read by the engine.
fn all(storage: &MemoryStorage) -> Taken {
    let entries = longmen_engine::entries(Arc::new(storage.clone()), 0).unwrap();
    let taken = entries.map(Result::unwrap).map(|entry| match entry.content {
        Content::Ledger(content) => (entry.stamp, Some(content)),
        Content::Journal(_) => (entry.stamp, None),
    });
    taken.collect()
}

#[test]
fn every_entry_comes_once_over_segments_writers_and_restarts_of_the_tail() {
    for max in [1, 7, 10_000] {
        let storage = MemoryStorage::new();
        let mut ledger = options().create_on(Arc::new(storage.clone())).unwrap();
        open_accounts(&ledger);
        let mut here = tail(&storage, None).unwrap();
        let mut taken = Taken::new();
        for round in 0..12_u64 {
            pay(&ledger, round * 60..round * 60 + 60);
            take_all(&mut here, max, &mut taken).unwrap();
            match round % 4 {
                1 => {
                    ledger.close().unwrap();
                    take_all(&mut here, max, &mut taken).unwrap();
                    ledger = options().open_on(Arc::new(storage.clone())).unwrap();
                }
                // The directory as it was while a writer had it: the next one finds an end that nobody closed.
                2 => {
                    let image = storage.snapshot();
                    ledger.close().unwrap();
                    storage.restore(image);
                    take_all(&mut here, max, &mut taken).unwrap();
                    ledger = options().open_on(Arc::new(storage.clone())).unwrap();
                }
                3 => here = tail(&storage, here.last).unwrap(),
                _ => {}
            }
        }
        ledger.close().unwrap();
        take_all(&mut here, max, &mut taken).unwrap();
        assert!(storage.snapshot().keys().filter(|name| name.ends_with(".jrn")).count() > 3);
        assert!(taken.iter().filter(|taken| taken.1.is_none()).count() > 3, "recoveries are entries too");
        assert!(taken == all(&storage), "{} entries", taken.len());
        assert_eq!(here.head().unwrap().last(), here.last);
    }
}

#[test]
fn what_is_refused_comes_again() {
    let storage = MemoryStorage::new();
    let ledger = options().create_on(Arc::new(storage.clone())).unwrap();
    open_accounts(&ledger);
    pay(&ledger, 0..20);
    ledger.close().unwrap();
    let mut here = tail(&storage, None).unwrap();
    let mut taken = Taken::new();
    for refuse_at in [0, 3, 3, 11] {
        let refused = here.advance(100, &mut |stamp, entry| match stamp.position == refuse_at {
            true => Err(Error::Closed),
            false => {
                taken.push((stamp, entry));
                Ok(())
            }
        });
        assert!(matches!(refused, Err(Error::Closed)));
        assert_eq!(here.last.map_or(0, |last| last.position + 1), refuse_at);
    }
    take_all(&mut here, 5, &mut taken).unwrap();
    assert!(taken == all(&storage));
}

#[test]
fn a_journal_that_was_put_back_is_an_error_at_every_call() {
    let storage = MemoryStorage::new();
    let ledger = options().create_on(Arc::new(storage.clone())).unwrap();
    open_accounts(&ledger);
    ledger.close().unwrap();
    let older = storage.snapshot();
    let ledger = options().open_on(Arc::new(storage.clone())).unwrap();
    let last = pay(&ledger, 0..50);
    ledger.close().unwrap();
    let mut here = tail(&storage, None).unwrap();
    let mut taken = Taken::new();
    take_all(&mut here, 100, &mut taken).unwrap();
    assert_eq!(here.last, Some(last));

    storage.restore(older);
    for _ in 0..3 {
        let cut = take_all(&mut here, 100, &mut taken);
        assert!(matches!(cut, Err(Error::Journal(JournalError::Cut { expected, .. })) if expected == last));
    }
    assert!(matches!(tail(&storage, Some(last)), Err(Error::Journal(JournalError::Cut { .. }))));
    // Another writer goes on from the copy, and gets past where the first one had come.
    let ledger = options().open_on(Arc::new(storage.clone())).unwrap();
    pay(&ledger, 100..200);
    ledger.close().unwrap();
    for _ in 0..3 {
        let forked = take_all(&mut here, 100, &mut taken);
        assert!(
            matches!(forked, Err(Error::Journal(JournalError::Forked { expected, .. })) if expected == last.hash)
        );
    }
    assert!(matches!(tail(&storage, Some(last)), Err(Error::Journal(JournalError::Forked { .. }))));
    assert_eq!(taken.last().unwrap().0, last);
}

#[test]
fn an_entry_that_nobody_can_read_stops_it_where_it_stands() {
    let storage = MemoryStorage::new();
    let mut appender = Appender::create(Arc::new(storage.clone()), Config::default(), 1_000).unwrap();
    let mut batch = Batch::new();
    batch.push(*KINDS.start(), 1, 1, 2_000, appender.epoch(), |out| out.push(7));
    appender.append(&mut batch, 3_000).unwrap();
    appender.close(4_000).unwrap();
    let mut here = tail(&storage, None).unwrap();
    let mut taken = Taken::new();
    for _ in 0..2 {
        let unread = take_all(&mut here, 100, &mut taken);
        assert!(matches!(unread, Err(Error::Decode { position: 1, .. })));
        assert_eq!(taken.len(), 1);
    }
}

/// A watch that a test sets.
#[derive(Debug)]
struct Told {
    durable: Mutex<Stamp>,
    moved: Condvar,
}

impl Watch for Told {
    fn durable(&self) -> Stamp {
        *self.durable.lock().unwrap()
    }

    fn wait_beyond(&self, position: u64, timeout: Duration) -> Stamp {
        let durable = self.durable.lock().unwrap();
        *self.moved.wait_timeout_while(durable, timeout, |durable| durable.position <= position).unwrap().0
    }
}

#[test]
fn with_a_watch_the_last_batch_is_visible_at_once_and_waiting_ends_with_it() {
    let storage = MemoryStorage::new();
    let ledger = options().create_on(Arc::new(storage.clone())).unwrap();
    open_accounts(&ledger);
    let told = Arc::new(Told { durable: Mutex::new(pay(&ledger, 0..1)), moved: Condvar::new() });
    let mut here = Tail::new(Arc::new(storage.clone()), Some(told.clone()), None).unwrap();
    here.wait(Duration::from_secs(60));
    let mut taken = Taken::new();
    for number in 1..30 {
        take_all(&mut here, 100, &mut taken).unwrap();
        let last = told.durable();
        assert_eq!((here.last, here.head().unwrap().last()), (Some(last), Some(last)), "payment {number}");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                *told.durable.lock().unwrap() = pay(&ledger, number..number + 1);
                told.moved.notify_all();
            });
            here.wait(Duration::from_secs(60));
        });
        assert!(told.durable().position > last.position);
    }
    let started = Instant::now();
    take_all(&mut here, 100, &mut taken).unwrap();
    here.wait(Duration::from_millis(20));
    assert!(started.elapsed() >= Duration::from_millis(20), "nothing comes");
}

#[test]
fn without_a_watch_it_looks_less_and_less_often_while_nothing_comes() {
    let storage = MemoryStorage::new();
    let ledger = options().create_on(Arc::new(storage.clone())).unwrap();
    open_accounts(&ledger);
    let mut here = tail(&storage, None).unwrap();
    take_all(&mut here, 100, &mut Taken::new()).unwrap();
    let naps: Vec<u128> = std::iter::repeat_with(|| {
        let nap = here.nap.as_millis();
        let started = Instant::now();
        here.wait(Duration::from_secs(60));
        assert!(started.elapsed().as_millis() >= nap);
        nap
    })
    .take(7)
    .collect();
    assert_eq!(naps, [1, 2, 4, 8, 16, 20, 20]);
    here.wait(Duration::ZERO);
    pay(&ledger, 0..2);
    ledger.close().unwrap();
    take_all(&mut here, 100, &mut Taken::new()).unwrap();
    assert_eq!(here.nap, NAPS.0);
}

/// Prints how many entries of plain transfers are read, verified and decoded in a second.
#[test]
#[ignore = "a million entries"]
fn a_long_journal_is_read_to_its_end() {
    const ENTRIES: u64 = 1_000_000;
    let dir = tempfile::tempdir().unwrap();
    let unsynced = Options { durability: Durability::Unsynced, snapshot_every: 0, ..Options::default() };
    let ledger = unsynced.create(dir.path()).unwrap();
    open_accounts(&ledger);
    let last = (0..ENTRIES / 1_000)
        .map(|slice| pay(&ledger, slice * 1_000..slice * 1_000 + 1_000))
        .fold(None, |_, last| Some(last));
    ledger.close().unwrap();
    for _ in 0..3 {
        let started = Instant::now();
        let mut here = Tail::new(Arc::new(FileStorage::new(dir.path())), None, None).unwrap();
        let mut count = 0;
        let mut take = |_, entry: Option<Entry>| {
            count += u64::from(entry.is_some());
            Ok(())
        };
        while here.advance(1_024, &mut take).unwrap().more {}
        let elapsed = started.elapsed();
        assert_eq!((here.last, count), (last, ENTRIES + 2));
        println!("{:.0} entries/s", 1e6 / elapsed.as_secs_f64());
    }
}
