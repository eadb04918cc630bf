//! The disk refuses once, at each of the things that are asked of it in turn.
//!
//! After the first error nobody gets a receipt any more, nothing more is written, no sync is tried again, and what
//! each caller was told of his command is true of the ledger that is opened afterwards.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use longmen::{Command, Error, Key, Ledger, Receipt};
use longmen_sim::{Fault, Op, OpKind, SimDisk, Step, TestClock, When, Workload};

use crate::laws::{Firsts, check_audit, check_groups, in_slices};
use crate::support::{START_NS, check_keys, create, entries, open, options, setting};

/// What a caller was told.
struct Told {
    command: Command,
    answer: Result<Receipt, Error>,
}

/// Submits slices and single commands, the latter without waiting for each.
fn work(ledger: &Ledger, clock: &TestClock, seed: u64, steps: u64) -> Vec<Told> {
    let mut told = Vec::new();
    let mut workload = Workload::new("w", seed);
    let (mut tickets, mut firsts) = (Vec::new(), Firsts::default());
    for at in 0..steps {
        match workload.step().unwrap() {
            Step::Advance(by_ns) => clock.advance(by_ns),
            Step::One(command) => tickets.push((command.clone(), ledger.submit(command))),
            Step::Slice(commands) => match ledger.submit_all(commands.clone()).wait() {
                Ok(receipts) => {
                    firsts.check(&commands, &receipts);
                    let pairs = commands.into_iter().zip(receipts);
                    told.extend(pairs.map(|(command, receipt)| Told { command, answer: Ok(receipt) }));
                }
                Err(error) => {
                    let all = commands.into_iter();
                    told.extend(all.map(|command| Told { command, answer: Err(same(&error)) }));
                }
            },
        }
        if at % 3 == 0 {
            told.extend(tickets.drain(..).map(|(command, ticket)| Told { command, answer: ticket.wait() }));
        }
    }
    told.extend(tickets.drain(..).map(|(command, ticket)| Told { command, answer: ticket.wait() }));
    told
}

fn same(error: &Error) -> Error {
    match error {
        Error::OutcomeUnknown { cause } => Error::OutcomeUnknown { cause: Arc::clone(cause) },
        Error::Poisoned { cause } => Error::Poisoned { cause: Arc::clone(cause) },
        other => panic!("{other}"),
    }
}

/// Fails the nth thing that the disk is asked for after the ledger was created.
fn fail_at(nth: u64, fault: Fault, seed: u64) -> bool {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
    let before = disk.ops().len();
    disk.plan(When::Nth(nth), fault);
    let told = work(&ledger, &clock, seed, 60);

    let ops = disk.ops().split_off(before);
    let Some(failed) = ops.iter().position(|op| op.failed) else {
        assert!(told.iter().all(|told| told.answer.is_ok()));
        return false;
    };
    check_nothing_written_after(&ops[failed..]);
    let late = ledger.submit(Command::release(Key::new("late").unwrap(), Key::new("none").unwrap())).wait();
    assert!(matches!(late, Err(Error::Poisoned { .. })), "{late:?}");
    assert!(ledger.close().is_err());

    disk.mend();
    let ends = [disk.moment().kill(), disk.crash(0), disk.crash(1), disk.crash(2 + nth), disk.crash(3 + nth)];
    for (at, end) in ends.into_iter().enumerate() {
        check_told(&told, &end, &clock, &format!("fault {nth}, end {at}"));
        check_audit(&end);
    }
    true
}

/// The spare file that could not be made may be removed again; that is all.
fn check_nothing_written_after(ops: &[Op]) {
    for op in &ops[1..] {
        let allowed = op.kind == OpKind::Remove && op.path.ends_with(".tmp") || !op.kind.changes();
        assert!(allowed, "after {:?} came {op:?}", ops[0]);
    }
}

/// Everything that anybody was told is true of what is on disk.
fn check_told(told: &[Told], disk: &SimDisk, clock: &TestClock, label: &str) {
    let ledger = open(disk, clock).unwrap_or_else(|error| panic!("{label}: {error}"));
    let found = entries(disk).unwrap();
    let keys = check_keys(&found);
    check_groups(&found);
    // A key that two answers speak of is as well known as the better of the two.
    let unknown: HashSet<Key> = told
        .iter()
        .filter(|told| !matches!(told.answer, Err(Error::Poisoned { .. })))
        .map(|told| told.command.key)
        .collect();
    for Told { command, answer } in told {
        let at = keys.get(&command.key);
        match answer {
            Ok(receipt) => {
                if let Some(stamp) = receipt.stamp {
                    assert_eq!(at.map(|at| found[*at].stamp), Some(stamp), "{label}: {}", command.key);
                }
            }
            Err(Error::OutcomeUnknown { .. }) => {}
            Err(Error::Poisoned { .. }) => {
                let there = at.is_some() && !unknown.contains(&command.key);
                assert!(!there, "{label}: {} is there and its caller was told that it is not", command.key);
            }
            Err(error) => panic!("{label}: {error}"),
        }
    }
    let again: Vec<Command> = told.iter().map(|told| told.command.clone()).collect();
    let mut firsts = Firsts::default();
    for slice in in_slices(&ledger, &again).into_iter().chain(in_slices(&ledger, &again)) {
        firsts.check(&slice, &ledger.submit_all(slice.clone()).wait().unwrap());
    }
    ledger.close().unwrap();
    let found = entries(disk).unwrap();
    check_keys(&found);
    check_groups(&found);
}

#[test]
fn an_error_at_any_operation_poisons_and_nobody_is_told_a_lie() {
    let runs = setting("LONGMEN_IO_ERROR_RUNS", 1);
    let mut tried = 0;
    for seed in 1..=runs {
        for fault in [
            Fault::Error(ErrorKind::Other),
            Fault::ErrorFromNowOn(ErrorKind::StorageFull),
            Fault::ShortWrite(512 * (1 + usize::try_from(seed).unwrap())),
        ] {
            let mut nth = 0;
            while fail_at(nth, fault, seed) {
                nth += 1;
            }
            assert!(nth > 20, "only {nth} operations");
            tried += nth;
        }
    }
    println!("{tried} errors, each looked at after a restart and four power cuts");
}

#[test]
fn an_error_while_creating_leaves_nothing_that_stands_in_the_way() {
    let mut nth = 0;
    loop {
        let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
        disk.plan(When::Nth(nth), Fault::Error(ErrorKind::Other));
        let made = options(&clock).create_on(Arc::new(disk.clone()));
        disk.mend();
        match made {
            Ok(ledger) => {
                ledger.close().unwrap();
                break;
            }
            Err(error) => assert!(matches!(error, Error::Journal(_)), "{error}"),
        }
        for end in [disk.moment().kill(), disk.crash(0), disk.crash(1), disk.crash(nth)] {
            // Where the failing step came after the moment of creation, it is there and can be opened.
            let ledger = options(&clock).create_on(Arc::new(end.clone())).or_else(|_| open(&end, &clock));
            ledger.unwrap().close().unwrap();
        }
        nth += 1;
    }
    assert!(nth > 10, "only {nth} operations");
}

#[test]
fn an_error_while_opening_is_an_error_and_the_next_opening_finds_everything() {
    for torn in [0, 1, 2, 5] {
        let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
        let ledger = create(&disk, &clock);
        ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
        work(&ledger, &clock, 7, 20);
        disk.plan(When::NthOf(OpKind::Sync, 0), Fault::Crash);
        work(&ledger, &clock, 8, 4);
        drop(ledger);
        let left = disk.crash(torn);
        let before = entries(&left).unwrap();
        for kind in [None, Some(OpKind::Read), Some(OpKind::OpenRead), Some(OpKind::List)] {
            let mut nth = 0;
            loop {
                let disk = left.moment().kill();
                disk.plan(
                    kind.map_or(When::Nth(nth), |kind| When::NthOf(kind, nth)),
                    Fault::Error(ErrorKind::Other),
                );
                let opened = open(&disk, &clock);
                disk.mend();
                let done = opened.is_ok();
                drop(opened);
                for end in [disk.moment().kill(), disk.crash(0), disk.crash(nth)] {
                    open(&end, &clock)
                        .unwrap_or_else(|error| panic!("{kind:?} {nth}: {error}"))
                        .close()
                        .unwrap();
                    assert!(entries(&end).unwrap().starts_with(&before), "{kind:?} {nth}");
                }
                if done {
                    break;
                }
                nth += 1;
            }
            assert!(nth > 1, "{kind:?}: only {nth} operations");
        }
    }
}

#[test]
fn a_failed_sync_is_never_tried_again() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
    let syncs = disk.count(OpKind::Sync);
    disk.plan(When::NthOf(OpKind::Sync, 0), Fault::Error(ErrorKind::Other));
    let told = work(&ledger, &clock, 1, 10);
    assert!(told.iter().any(|told| matches!(told.answer, Err(Error::OutcomeUnknown { .. }))));
    assert!(ledger.close().is_err());
    assert_eq!(disk.count(OpKind::Sync), syncs + 1);
}

/// After a failed sync the system may take what was written for clean: a reader still sees it, and no later sync makes
/// it durable. An opening must not take it for durable just because it can read it.
#[test]
fn what_a_failed_sync_left_in_memory_is_written_again_before_anybody_gets_a_receipt_for_it() {
    for nth in 0..40 {
        let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
        let ledger = create(&disk, &clock);
        ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
        disk.plan(When::NthOf(OpKind::Sync, nth), Fault::Error(ErrorKind::Other));
        let told = work(&ledger, &clock, 3, 40);
        drop(ledger);
        disk.mend();

        // The same machine goes on, with its memory.
        let ledger = open(&disk, &clock).unwrap();
        let mut receipts = Vec::new();
        for Told { command, .. } in told.iter().take(60) {
            let receipt = ledger.submit(command.clone()).wait().unwrap();
            receipts.push(Told { command: command.clone(), answer: Ok(receipt) });
        }
        for seed in 0..6 {
            check_told(&receipts, &disk.crash(seed), &clock, &format!("sync {nth}, power cut {seed}"));
        }
        ledger.close().unwrap();
        check_told(&receipts, &disk.crash(0), &clock, &format!("sync {nth}, power cut after closing"));
    }
}

#[test]
fn a_full_disk_holds_callers_back_until_there_is_space_again() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let options = longmen::Options { space_patience: Duration::from_secs(60), ..options(&clock) };
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
    disk.plan(When::NthOf(OpKind::Create, 0), Fault::ErrorFromNowOn(ErrorKind::StorageFull));
    let transfers =
        |first: u64| (first..first + 8).map(|no| crate::support::transfer(&format!("t-{no}"), "a", "b", 1));
    let mut first = 0;
    let held_back = loop {
        let ticket = ledger.submit_all(transfers(first).collect());
        match ticket.wait_for(Duration::from_millis(300)) {
            Ok(answer) => drop(answer.unwrap()),
            Err(ticket) => break ticket,
        }
        first += 8;
        assert!(first < 10_000, "the disk is full and nobody was held back");
    };
    disk.mend();
    assert_eq!(held_back.wait().unwrap().len(), 8);
    ledger.close().unwrap();
    assert_eq!(
        check_keys(&entries(&disk).unwrap()).keys().filter(|key| key.as_str().starts_with("t-")).count()
            as u64,
        first + 8
    );
}

#[test]
fn after_an_error_no_snapshot_is_started_either() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let options = longmen::Options { snapshot_every: 30, ..options(&clock) };
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(crate::support::opening()).wait().unwrap();
    disk.plan(When::NthOf(OpKind::Sync, 0), Fault::Error(ErrorKind::Other));
    // So many that a snapshot is due the moment the batch has failed.
    let slice = (0..28).map(|no| crate::support::transfer(&format!("t-{no}"), "alice", "bob", 1)).collect();
    assert!(ledger.submit_all(slice).wait().is_err());
    std::thread::sleep(Duration::from_millis(100));
    assert!(ledger.close().is_err());
    let ops = disk.ops();
    let failed = ops.iter().position(|op| op.failed).unwrap();
    check_nothing_written_after(&ops[failed..]);
}

/// A retry that comes while the first is being written learns no more than the first: that nothing is known.
#[test]
fn a_retry_beside_its_first_is_not_told_that_nothing_was_written() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let options = longmen::Options { segment_size: 1 << 20, ..options(&clock) };
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(crate::support::opening()).wait().unwrap();
    let small = |name: &str| crate::support::transfer(name, "alice", "bob", 5);
    let command = small("once");

    disk.close_gate();
    // So many that the writer decides what comes next while they are synced.
    let mut slice: Vec<Command> = (0..100).map(|no| small(&format!("filler-{no}"))).collect();
    slice.push(command.clone());
    let first = ledger.submit_all(slice);
    disk.wait_at_gate();
    let retry = ledger.submit(command);
    let fresh = ledger.submit(small("fresh"));
    std::thread::sleep(Duration::from_millis(20));
    disk.plan(When::NthOf(OpKind::Sync, 0), Fault::Error(ErrorKind::Other));
    disk.open_gate();
    assert!(matches!(first.wait(), Err(Error::OutcomeUnknown { .. })));
    let answers = [retry.wait(), fresh.wait()];
    drop(ledger);
    disk.mend();

    // Nothing was lost: the sync failed, and the bytes were written all the same.
    let keys = check_keys(&entries(&disk.crash(1)).unwrap());
    for (name, answer) in ["once", "fresh"].iter().zip(answers) {
        let there = keys.contains_key(&crate::support::key(name));
        match answer {
            Err(Error::OutcomeUnknown { .. }) => {}
            Err(Error::Poisoned { .. }) => {
                assert!(!there, "{name} is there, and its caller was told that it is not");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}
