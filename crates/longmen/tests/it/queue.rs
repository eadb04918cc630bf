//! The way from a caller to the journal: order, back-pressure, sharing a sync, closing, waiting.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use longmen::{Command, Durability, Error, Ledger, Opening, Options};
use longmen_sim::{OpKind, SimDisk, TestClock};

use crate::support::{START_NS, account, any, cny, create, done, entries, open, opening, options, transfer};

fn funded(options: Options) -> (SimDisk, Ledger) {
    let disk = SimDisk::new();
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    (disk, ledger)
}

fn pay(no: u64) -> Command {
    transfer(&format!("pay-{no}"), "alice", "bob", 1)
}

fn clock() -> TestClock {
    TestClock::at(START_NS)
}

#[test]
fn a_full_queue_holds_callers_back_and_loses_nobody() {
    let (disk, ledger) = funded(Options { queue_len: 3, ..options(&clock()) });
    disk.close_gate();
    let submitted = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let caller = scope.spawn(|| {
            let submit = |no| {
                let ticket = ledger.submit(pay(no));
                submitted.fetch_add(1, Ordering::SeqCst);
                ticket
            };
            let tickets: Vec<_> = (0..200).map(submit).collect();
            tickets.into_iter().for_each(|ticket| done(ticket.wait().unwrap()));
        });
        disk.wait_at_gate();
        std::thread::sleep(Duration::from_millis(100));
        let waiting = submitted.load(Ordering::SeqCst);
        assert!((1..150).contains(&waiting), "{waiting} were taken while nothing could be synced");
        assert!(!caller.is_finished());
        disk.open_gate();
    });
    assert_eq!(submitted.load(Ordering::SeqCst), 200);
    ledger.close().unwrap();
}

#[test]
fn a_slice_comes_into_the_journal_in_its_order_and_nothing_between() {
    let (_, ledger) = funded(options(&clock()));
    std::thread::scope(|scope| {
        for caller in 0..4_u64 {
            let ledger = &ledger;
            scope.spawn(move || {
                for no in 0..20 {
                    let slice = (0..10).map(|at| pay(caller * 1_000 + no * 10 + at)).collect();
                    let receipts = ledger.submit_all(slice).wait().unwrap();
                    let positions = receipts.iter().map(|receipt| receipt.stamp.unwrap().position);
                    let first = receipts[0].stamp.unwrap().position;
                    assert!(positions.eq(first..first + 10));
                }
            });
        }
    });
    assert!(ledger.submit_all(Vec::<longmen::Command>::new()).wait().unwrap().is_empty());
}

#[test]
fn a_slice_that_is_too_large_is_an_error_and_nothing_of_it_is_done() {
    let (_, ledger) = funded(options(&clock()));
    let head = ledger.head();
    let slice: Vec<Command> = (0..5_000).map(pay).collect();
    match ledger.submit_all(slice).wait() {
        Err(Error::SliceTooLarge { bytes, bytes_max }) => {
            assert_eq!(bytes_max, ledger.slice_bytes_max());
            assert!(bytes > bytes_max);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(ledger.head(), head);
    done(ledger.submit(pay(1)).wait().unwrap());
}

#[test]
fn a_window_lets_commands_share_a_sync() {
    let window = Durability::Window(Duration::from_millis(200));
    let (disk, ledger) = funded(Options { durability: window, ..options(&clock()) });
    let before =
        disk.ops().iter().filter(|op| op.kind == OpKind::Write && op.path.starts_with("seg/")).count();
    let tickets: Vec<_> = (0..10).map(|no| ledger.submit(pay(no))).collect();
    tickets.into_iter().for_each(|ticket| done(ticket.wait().unwrap()));
    let after =
        disk.ops().iter().filter(|op| op.kind == OpKind::Write && op.path.starts_with("seg/")).count();
    assert_eq!(after - before, 1);
    ledger.close().unwrap();
}

#[test]
fn without_syncs_only_closing_syncs() {
    let unsynced = Options { durability: Durability::Unsynced, ..options(&clock()) };
    let (disk, ledger) = funded(Options { segment_size: 4 << 20, ..unsynced });
    let synced = |disk: &SimDisk| {
        disk.ops().iter().filter(|op| op.kind == OpKind::Sync && op.path.starts_with("seg/")).count()
    };
    let before = synced(&disk);
    (0..50).for_each(|no| done(ledger.submit(pay(no)).wait().unwrap()));
    let during = synced(&disk);
    ledger.close().unwrap();
    assert!(during - before <= 1, "{} syncs", during - before);
    assert_eq!(entries(&disk.crash(0)).unwrap().len(), 1 + 5 + 50);
}

#[test]
fn readers_see_nothing_that_is_not_synced() {
    let (disk, ledger) = funded(options(&clock()));
    let (head, alice) = (ledger.head(), ledger.balance(&account("alice")).unwrap());
    disk.close_gate();
    let ticket = ledger.submit(pay(1));
    disk.wait_at_gate();
    assert_eq!((ledger.head(), ledger.balance(&account("alice")).unwrap()), (head, alice));
    assert_eq!(ledger.entries(0).unwrap().count() as u64, head.next_position);
    assert!(entries(&disk).unwrap().len() as u64 <= head.next_position);
    disk.open_gate();
    let stamp = ticket.wait().unwrap().accepted().unwrap();
    assert_eq!(ledger.head().next_position, stamp.position + 1);
    assert_eq!(ledger.entries(stamp.position).unwrap().next().unwrap().unwrap().stamp, stamp);
    assert_eq!(ledger.balance(&account("alice")).unwrap().available().minor(), 99_999);
}

#[test]
fn closing_carries_out_what_was_submitted() {
    let clock = clock();
    let (disk, ledger) = funded(options(&clock));
    let tickets: Vec<_> = (0..500).map(|no| ledger.submit(pay(no))).collect();
    ledger.close().unwrap();
    for ticket in tickets {
        done(ticket.wait().unwrap());
    }
    let ledger = open(&disk.crash(0), &clock).unwrap();
    assert_eq!(ledger.recovery().unwrap().opening, Opening::Clean);
    assert_eq!(ledger.balance(&account("bob")).unwrap().available().minor(), 100_500);
}

#[test]
fn dropping_closes_too() {
    let clock = clock();
    let (disk, ledger) = funded(options(&clock));
    // Carried out although nobody waits.
    drop(ledger.submit(pay(1)));
    drop(ledger);
    let ledger = open(&disk.crash(0), &clock).unwrap();
    assert_eq!(ledger.recovery().unwrap().opening, Opening::Clean);
    assert_eq!(ledger.balance(&account("bob")).unwrap().available().minor(), 100_001);
}

#[test]
fn waiting_for_a_while_gives_the_ticket_back() {
    let (disk, ledger) = funded(options(&clock()));
    disk.close_gate();
    let ticket = ledger.submit(pay(1));
    let Err(ticket) = ticket.wait_for(Duration::from_millis(20)) else { panic!("nothing was synced yet") };
    disk.open_gate();
    let answer = ticket.wait_for(Duration::from_secs(60)).unwrap_or_else(|_| panic!("no answer"));
    done(answer.unwrap());
    let replay = ledger.submit(pay(1)).wait().unwrap();
    assert!(replay.replayed);
    any(replay);
}

#[test]
fn a_ticket_can_be_awaited() {
    let (disk, ledger) = funded(options(&clock()));
    disk.close_gate();
    let (one, many) = (ledger.submit(pay(1)), ledger.submit_all(vec![pay(2), pay(3)]));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            disk.wait_at_gate();
            disk.open_gate();
        });
        let both = async { (one.await, many.await) };
        let (one, many) = block_on(both);
        done(one.unwrap());
        assert_eq!(many.unwrap().len(), 2);
    });
    let refused = block_on(ledger.submit(transfer("x", "alice", "bob", cny(1).minor() << 40)).into_future());
    assert!(refused.unwrap().accepted().is_err());
}

#[test]
fn two_ledgers_in_one_process_do_not_share_a_directory() {
    let clock = clock();
    let disk = SimDisk::new();
    let ledger = create(&disk, &clock);
    let second = open(&disk, &clock);
    assert!(matches!(second, Err(Error::Journal(longmen::JournalError::InUse))), "{second:?}");
    ledger.close().unwrap();
    open(&disk, &clock).unwrap().close().unwrap();
}

/// The smallest runtime there is.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
