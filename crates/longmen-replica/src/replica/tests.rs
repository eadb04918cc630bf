//! Rows that cannot be used: built again, or the replica stops and says why.

use std::path::Path;
use std::time::Instant;

use longmen_core::{AccountId, AccountNo, Class, Command, Key, OpenAccount, Overdraft};
use longmen_engine::Ledger;
use longmen_journal::hash::{Hasher, derive_key};
use longmen_journal::{Appender, Batch, Config, FileStorage, Watch};
use longmen_money::{Amount, Currency};
use longmen_sim::Random;
use longmen_wire::encode_entry;
use tempfile::TempDir;

use super::*;
use crate::store::{SledStore, Store};
use crate::tail::decode;
use crate::{Change, Changes, ChangesFrom, Want};

const PATIENCE: Duration = Duration::from_secs(60);

/// A ledger whose bank pays into some wallets.
struct World {
    dir: TempDir,
    ledger: Ledger,
}

const WALLETS: u64 = 3;

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let world = Self { ledger: Ledger::create(dir.path()).unwrap(), dir };
        let open = |name: String| {
            let open = OpenAccount::new(account(&name), Currency::CNY, Class::Asset);
            Command::open_account(Key::new(&name).unwrap(), open.overdraft(Overdraft::Unlimited))
        };
        let names = (0..WALLETS).map(|no| format!("wallet{no}")).chain(["bank".to_owned()]);
        world.ledger.submit_all(names.map(open).collect()).wait().unwrap();
        world
    }

    /// So many payments; the position of the last one.
    fn pay(&self, round: u64, count: u64) -> u64 {
        let pay = |no: u64| {
            let key = Key::new(&format!("pay-{round}-{no}")).unwrap();
            let wallet = account(&format!("wallet{}", no % WALLETS));
            Command::transfer(key, account("bank"), wallet, Amount::new(no + 1).unwrap(), Currency::CNY)
        };
        let payments: Vec<Command> = (0..count).map(pay).collect();
        let slice = |slice: &[Command]| self.ledger.submit_all(slice.to_vec()).wait().unwrap();
        let receipts: Vec<_> = payments.chunks(1_000).flat_map(slice).collect();
        receipts.last().unwrap().stamp.unwrap().position
    }

    fn ledger_id(&self) -> LedgerId {
        Journal::open(Arc::new(FileStorage::new(self.dir.path()))).unwrap().ledger_id()
    }

    fn follow(&self, keep: Keep) -> Replica {
        let options = Options { keep, checkpoint_entries: 50, ..Options::default() };
        Replica::follow(Arc::new(FileStorage::new(self.dir.path())), options).unwrap()
    }

    fn with_rows(&self, rows: &Path) -> Replica {
        self.follow(Keep::Dir(rows.to_owned()))
    }
}

fn reach(replica: &Replica, position: u64) {
    loop {
        match replica.read(Want::AtLeast(position, PATIENCE), |_| Ok(())) {
            Ok(_) => return,
            Err(Error::Rebuilding { .. }) => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => panic!("{error}"),
        }
    }
}

fn wait_until(replica: &Replica, is_so: impl Fn(&Status) -> bool) -> Status {
    let begun = Instant::now();
    while !is_so(&replica.status()) {
        assert!(begun.elapsed() < PATIENCE, "{:?}", replica.status());
        std::thread::sleep(Duration::from_millis(1));
    }
    replica.status()
}

fn damaged() -> StoreError {
    StoreError::Damaged { what: "so says a test".to_owned() }
}

/// The next change, however often its replica begins again meanwhile.
fn next(feed: &mut Changes, seen_rebuilding: &mut u64) -> Change {
    loop {
        match feed.next(PATIENCE) {
            Ok(change) => return change.expect("there is one more"),
            Err(Error::Rebuilding { .. }) => *seen_rebuilding += 1,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_feed_goes_on_over_every_rebuild_without_a_gap_and_its_cursor_stays_good() {
    let (world, rows) = (World::new(), tempfile::tempdir().unwrap());
    let replica = world.with_rows(rows.path());
    let (mut random, mut seen, mut cursor) = (Random::new(7), 0, None::<String>);
    let mut told: Vec<Change> = Vec::new();
    let mut feed = replica.changes(&ChangesFrom::Start).unwrap();
    for round in 0..20 {
        let last = world.pay(round, 200);
        // Somebody finds the rows damaged, in the middle of the feed.
        let until = last - random.below(200);
        while told.last().is_none_or(|change| change.entry.position < until) {
            told.push(next(&mut feed, &mut seen));
            if random.once_in(300) {
                cursor = Some(feed.cursor());
            }
        }
        let generation = replica.shared().generation();
        let said = replica.shared().report(damaged(), generation);
        assert!(matches!(said, Error::Rebuilding { .. }), "{said}");
        if let Some(kept) = cursor.take() {
            // A reader that died goes back to the cursor that it kept, and sees again what came after that.
            let from = loop {
                match replica.changes(&ChangesFrom::Cursor(kept.clone())) {
                    Ok(from) => break from,
                    Err(Error::Rebuilding { .. }) => seen += 1,
                    Err(error) => panic!("{error}"),
                }
            };
            feed = from;
            let again = feed.last().unwrap().position;
            told.retain(|change| change.entry.position <= again);
        }
        told.push(next(&mut feed, &mut seen));
        wait_until(&replica, |status| status.rebuilt == round + 1);
    }
    let last = world.pay(20, 1);
    while told.last().is_none_or(|change| change.entry.position < last) {
        told.push(next(&mut feed, &mut seen));
    }
    let memory = world.follow(Keep::Memory);
    let mut right = memory.changes(&ChangesFrom::Start).unwrap();
    for (position, change) in (0..).zip(&told) {
        assert_eq!(change.entry.position, position, "in order, and none left out");
        assert_eq!(*change, right.next(PATIENCE).unwrap().unwrap());
    }
    println!("{} changes, {seen} times the feed said that the rows were built again", told.len());
    assert_eq!(told.len() as u64, last + 1);
    assert!(seen > 0, "no rebuild was ever noticed");
}

/// Makes the rows say that they are of this version.
fn write_format(rows: &Path, format: u8) {
    let store = SledStore::open(&rows.join("rows-1")).unwrap();
    let mut owner = store.get(b"i").unwrap().unwrap();
    owner.truncate(owner.len() - 8);
    assert_eq!(owner.len(), 17, "the version, and the ledger's id");
    owner[0] = format;
    // With a sound checksum, as that other version would have written it.
    let mut hasher = Hasher::new_keyed(&derive_key("longmen replica rows, whoever's", &[]));
    hasher.update(&[1]).update(b"i").update(&owner);
    owner.extend_from_slice(&hasher.finalize().as_bytes()[..8]);
    store.put_all(vec![(b"i".to_vec(), owner)]).unwrap();
}

#[test]
fn rows_of_another_version_are_built_again_and_kept_for_that_version() {
    let (world, rows) = (World::new(), tempfile::tempdir().unwrap());
    let last = world.pay(0, 120);
    reach(&world.with_rows(rows.path()), last);
    let sound = world.with_rows(rows.path()).status();
    assert_eq!((sound.rebuilt, sound.stored.map(|stamp| stamp.position)), (0, Some(last)));
    write_format(rows.path(), 200);
    let store = StoreDir::open(rows.path(), world.ledger_id()).unwrap().store();
    let said = store.unwrap_err().to_string();
    assert!(said.contains("another version wrote them") && said.contains("built again"), "{said}");
    let replica = world.with_rows(rows.path());
    assert_eq!((replica.status().rebuilt, replica.status().stored), (1, None));
    reach(&replica, last);
    drop(replica);
    let again = world.with_rows(rows.path()).status();
    assert_eq!((again.rebuilt, again.stored.map(|stamp| stamp.position)), (0, Some(last)));
    assert!(rows.path().join("rows-1").is_dir());
}

#[test]
fn what_new_rows_would_not_help_stops_the_replica_and_is_said_to_whoever_found_it() {
    let (world, rows) = (World::new(), tempfile::tempdir().unwrap());
    let last = world.pay(0, 120);
    let replica = world.with_rows(rows.path());
    reach(&replica, last);
    let io = StoreError::Io { op: "read", cause: "no permission".to_owned() };
    let said = replica.shared().report(io, replica.shared().generation());
    assert!(matches!(&said, Error::Store(StoreError::Io { .. })), "{said}");
    let status = wait_until(&replica, |status| status.phase == Phase::Stopped);
    assert!(status.stopped.unwrap().to_string().contains("could not be read: no permission; check the disk"));
    // What is found damaged now is built by nobody again.
    let said = replica.shared().report(damaged(), replica.shared().generation());
    assert!(
        matches!(&said, Error::Stopped { cause } if cause.to_string().contains("no permission")),
        "{said}"
    );
    // Until it is closed the rows are its own, also when its thread has ended.
    while !replica.follower.as_ref().unwrap().is_finished() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let storage = Arc::new(FileStorage::new(world.dir.path()));
    let options = Options { keep: Keep::Dir(rows.path().to_owned()), ..Options::default() };
    assert!(matches!(Replica::follow(storage, options), Err(Error::InUse { .. })));
    // What it has is still right, and what comes now is never reached.
    let next = world.pay(1, 1);
    let at = replica.read(Want::Latest, |view| Ok(view.at().position)).unwrap().value;
    assert_eq!(at, last);
    let begun = Instant::now();
    let said = replica.read(Want::AtLeast(next, PATIENCE), |_| Ok(())).unwrap_err();
    assert!(matches!(said, Error::Stopped { .. }) && begun.elapsed() < PATIENCE / 2, "{said}");
    drop(replica);
    let again = world.with_rows(rows.path());
    reach(&again, next);
    assert_eq!(again.status().rebuilt, 0);
}

#[test]
fn what_is_damaged_again_before_it_is_whole_is_not_built_a_third_time() {
    let (world, rows) = (World::new(), tempfile::tempdir().unwrap());
    let last = world.pay(0, 20_000);
    let replica = world.with_rows(rows.path());
    reach(&replica, last);
    replica.shared().report(damaged(), replica.shared().generation());
    wait_until(&replica, |status| status.rebuilt == 1);
    replica.shared().report(damaged(), replica.shared().generation());
    let status = wait_until(&replica, |status| status.phase != Phase::Rebuilding);
    assert_eq!((status.phase, status.rebuilt), (Phase::Stopped, 1));
    // Nothing of the half that it has is answered.
    let said = replica.read(Want::Latest, |_| Ok(())).unwrap_err();
    assert!(matches!(said, Error::Stopped { .. }), "{said}");
    assert!(
        said.to_string().contains("rows could not be built again: they were damaged meanwhile"),
        "{said}"
    );
}

#[test]
fn a_feed_that_outlives_its_replica_leaves_the_rows_to_the_next_one() {
    let (world, rows) = (World::new(), tempfile::tempdir().unwrap());
    let last = world.pay(0, 120);
    let replica = world.with_rows(rows.path());
    reach(&replica, last);
    let mut feed = replica.changes(&ChangesFrom::Start).unwrap();
    feed.next(PATIENCE).unwrap().unwrap();
    drop(replica);
    let begun = Instant::now();
    let next = world.with_rows(rows.path());
    assert_eq!(next.status().rebuilt, 0);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let said = feed.next(PATIENCE);
    assert!(matches!(&said, Err(Error::Stopped { cause }) if matches!(**cause, Error::Closed)), "{said:?}");
}

#[test]
fn an_entry_that_does_not_follow_stops_it_and_nothing_is_answered_from_the_half_of_it() {
    for keep_rows in [false, true] {
        let world = World::new();
        let last = world.pay(0, 120);
        let World { dir, ledger } = world;
        ledger.close().unwrap();
        // The last payment once more, to an account that there is not.
        let storage = Arc::new(FileStorage::new(dir.path()));
        let journal = Journal::open(storage.clone()).unwrap();
        let mut entries = journal.read(last).unwrap();
        let raw = entries.next().unwrap().unwrap();
        let (kind, schema, mut entry) = (raw.kind, raw.schema, decode(&raw).unwrap().unwrap());
        entry.postings[1].account = AccountNo(99);
        let (mut appender, _) = Appender::open(storage.clone(), Config::default(), 1_000).unwrap();
        let mut batch = Batch::new();
        let head = appender.head();
        batch.push(kind, schema, head.next_position, head.time_ns + 1, appender.epoch(), |out| {
            encode_entry(&entry, out);
        });
        appender.append(&mut batch, head.time_ns + 2).unwrap();
        appender.close(head.time_ns + 3).unwrap();

        let rows = tempfile::tempdir().unwrap();
        let keep = if keep_rows { Keep::Dir(rows.path().to_owned()) } else { Keep::Memory };
        let follow = || {
            let options = Options { keep: keep.clone(), checkpoint_entries: 50, ..Options::default() };
            Replica::follow(storage.clone(), options).unwrap()
        };
        for _ in 0..2 {
            let replica = follow();
            let status = wait_until(&replica, |status| status.phase == Phase::Stopped);
            let stopped = status.stopped.unwrap();
            assert!(matches!(*stopped, Error::Apply(_)), "{stopped}");
            for want in [Want::Latest, Want::Exactly(5), Want::AtLeast(last, PATIENCE)] {
                let said = replica.read(want, |_| Ok(())).unwrap_err();
                assert!(matches!(&said, Error::Stopped { .. }), "{said}");
            }
        }
    }
}

/// A watch that fails inside itself.
#[derive(Debug)]
struct Broken(Stamp);

impl Watch for Broken {
    fn durable(&self) -> Stamp {
        self.0
    }

    fn wait_beyond(&self, _: u64, _: Duration) -> Stamp {
        panic!("so says a test")
    }
}

#[test]
fn a_thread_that_panics_stops_it_and_what_it_has_is_still_right() {
    let world = World::new();
    let last = world.pay(0, 120);
    let storage = Arc::new(FileStorage::new(world.dir.path()));
    let watch = Arc::new(Broken(world.ledger.view().at()));
    let options = Options { watch: Some(watch), ..Options::default() };
    let replica = Replica::follow(storage, options).unwrap();
    let status = wait_until(&replica, |status| status.phase == Phase::Stopped);
    assert!(matches!(*status.stopped.unwrap(), Error::Panicked { work: "reads the journal" }));
    assert_eq!(replica.read(Want::Latest, |_| Ok(())).unwrap().at.position, last);
}
