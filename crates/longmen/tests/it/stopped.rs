//! What is said, and what is not said, after an error: no caller is told of a command that nothing was written where
//! something was.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use longmen::{Clock, Error, Ledger, MemoryStorage, Options};
use longmen_journal::{Appender, Batch, Config};
use longmen_sim::{Fault, OpKind, SimDisk, TestClock, When};

use crate::support::{START_NS, account, done, opening, options, transfer};

fn funded() -> (SimDisk, TestClock, Ledger) {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = options(&clock).create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    (disk, clock, ledger)
}

#[test]
fn a_retry_on_a_stopped_ledger_is_told_that_the_outcome_is_unknown() {
    let (disk, clock, ledger) = funded();
    done(ledger.submit(transfer("paid", "alice", "bob", 1)).wait().unwrap());
    disk.plan(When::NthOf(OpKind::Sync, 0), Fault::Error(ErrorKind::Other));
    let answer = |key: &str| ledger.submit(transfer(key, "alice", "bob", 1)).wait().unwrap_err();
    assert!(matches!(answer("unknown"), Error::OutcomeUnknown { .. }));
    for known in ["unknown", "paid"] {
        assert!(matches!(answer(known), Error::OutcomeUnknown { .. }), "{known}");
    }
    assert!(matches!(answer("new"), Error::Poisoned { .. }));
    assert!(matches!(ledger.close(), Err(Error::Stopped { .. })));
    let ledger = options(&clock).open_on(Arc::new(disk.moment().kill())).unwrap();
    assert!(ledger.submit(transfer("paid", "alice", "bob", 1)).wait().unwrap().replayed);
    assert!(!ledger.submit(transfer("new", "alice", "bob", 1)).wait().unwrap().replayed);
    ledger.close().unwrap();
}

#[test]
fn a_stopped_ledger_shows_no_entry_that_was_not_published() {
    let (disk, _, ledger) = funded();
    disk.plan(When::NthOf(OpKind::Sync, 0), Fault::Error(ErrorKind::Other));
    assert!(ledger.submit(transfer("k", "alice", "bob", 1)).wait().is_err());
    disk.mend();
    let shown = ledger.entries(0).unwrap().inspect(|entry| assert!(entry.is_ok())).count();
    assert_eq!(u64::try_from(shown).unwrap(), ledger.head().next_position);
}

#[test]
fn a_first_receipt_that_cannot_be_read_now_is_an_unknown_outcome() {
    let (disk, _, ledger) = funded();
    done(ledger.submit(transfer("old", "alice", "bob", 1)).wait().unwrap());
    disk.plan(When::NthOf(OpKind::List, 0), Fault::Error(ErrorKind::Other));
    let slice = vec![transfer("new", "alice", "bob", 1), transfer("old", "alice", "bob", 1)];
    assert!(matches!(ledger.submit_all(slice).wait(), Err(Error::OutcomeUnknown { .. })));
    disk.mend();
    for key in ["new", "old"] {
        assert!(ledger.submit(transfer(key, "alice", "bob", 1)).wait().unwrap().replayed, "{key}");
    }
    ledger.close().unwrap();
}

#[test]
fn a_full_disk_may_be_waited_for_for_ever() {
    let options = Options { space_patience: Duration::MAX, ..options(&TestClock::at(START_NS)) };
    let ledger = options.in_memory().unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    ledger.close().unwrap();
}

#[test]
fn one_wild_reading_of_the_clock_does_not_use_up_time() {
    let now = Arc::new(AtomicU64::new(START_NS));
    let reader = Arc::clone(&now);
    let clock: Clock = Arc::new(move || reader.load(Ordering::Relaxed));
    let disk = MemoryStorage::new();
    let options = || Options { clock: Arc::clone(&clock), ..options(&TestClock::at(START_NS)) };
    let ledger = options().create_on(Arc::new(disk.clone())).unwrap();
    now.store(u64::MAX, Ordering::Relaxed);
    ledger.submit_all(opening()).wait().unwrap();
    now.store(START_NS + 10, Ordering::Relaxed);
    done(ledger.submit(transfer("k", "alice", "bob", 1)).wait().unwrap());
    ledger.close().unwrap();
    let ledger = options().open_on(Arc::new(disk)).unwrap();
    assert!(ledger.balance(&account("bob")).is_some());
    ledger.close().unwrap();
}

#[test]
fn an_opening_that_fails_leaves_no_new_segment_behind_each_time() {
    let disk = MemoryStorage::new();
    let config = Config { segment_size: 64 << 10, ..Config::default() };
    let mut appender = Appender::create(Arc::new(disk.clone()), config, START_NS).unwrap();
    let mut batch = Batch::new();
    batch.push(99, 1, 1, START_NS + 1, appender.epoch(), |payload| payload.extend_from_slice(&[0; 8]));
    appender.append(&mut batch, START_NS + 2).unwrap();
    drop(appender);
    let segments = || disk.snapshot().keys().filter(|path| path.ends_with(".jrn")).count();
    for _ in 0..4 {
        let opened = options(&TestClock::at(START_NS + 10)).open_on(Arc::new(disk.clone()));
        assert!(matches!(opened, Err(Error::Decode { position: 1, .. })), "{opened:?}");
    }
    assert_eq!(segments(), 2, "one for the unclean end, and no more");
}

/// A clock that panics from the moment on at which the switch is set.
fn breakable(clock: &TestClock) -> (Arc<AtomicU64>, Clock) {
    let (breaks, read) = (Arc::new(AtomicU64::new(0)), clock.reader());
    let switch = Arc::clone(&breaks);
    (
        breaks,
        Arc::new(move || if switch.load(Ordering::SeqCst) == 0 { read() } else { panic!("a broken clock") }),
    )
}

#[test]
fn a_writer_that_panics_while_closing_is_waited_for_no_longer_than_it_lives() {
    let (disk, clock, ledger) = funded();
    ledger.close().unwrap();
    let (breaks, panics) = breakable(&clock);
    let ledger = Options { clock: panics, ..options(&clock) }.open_on(Arc::new(disk.clone())).unwrap();
    breaks.store(1, Ordering::SeqCst);
    let closing = std::thread::spawn(move || ledger.close());
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !closing.is_finished() {
        assert!(std::time::Instant::now() < deadline, "still closing");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(matches!(closing.join().unwrap(), Err(Error::Stopped { .. })));
    options(&clock).open_on(Arc::new(disk)).unwrap().close().unwrap();
}

/// A clock that panics stands for any mistake on the writer's thread: whoever waits is told, and nobody waits for ever.
#[test]
fn a_writer_that_panics_leaves_nobody_waiting() {
    for round in 0..20 {
        let (disk, clock, ledger) = funded();
        ledger.close().unwrap();
        let (breaks, panics) = breakable(&clock);
        let options = Options { clock: panics, queue_len: 4, ..options(&clock) };
        let ledger = options.open_on(Arc::new(disk.clone())).unwrap();
        let callers = 8;
        std::thread::scope(|scope| {
            for caller in 0..callers {
                let (ledger, breaks) = (&ledger, &breaks);
                scope.spawn(move || {
                    for no in 0..20 {
                        let ticket = ledger.submit(transfer(&format!("t-{caller}-{no}"), "alice", "bob", 1));
                        breaks.store(u64::from(caller == 0 && no == round % 10), Ordering::SeqCst);
                        let answer = ticket.wait_for(Duration::from_secs(20));
                        let answer = answer.unwrap_or_else(|_| panic!("round {round}: no answer"));
                        assert!(
                            matches!(answer, Ok(_) | Err(Error::OutcomeUnknown { .. } | Error::Closed)),
                            "{answer:?}"
                        );
                    }
                });
            }
        });
        let closed = ledger.close();
        assert!(matches!(closed, Ok(()) | Err(Error::Stopped { .. })), "{closed:?}");
    }
}
