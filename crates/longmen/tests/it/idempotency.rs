//! A key is good for one entry: whoever comes with the same command again gets the first receipt.

use std::sync::Arc;

use longmen::{Class, Command, Currency, Key, Ledger, OpenAccount, Options, Outcome, Reason, Receipt};
use longmen_sim::{SimDisk, TestClock, Workload};

use crate::support::{
    START_NS, account, any, check_keys, create, done, entries, key, open, opening, options, transfer,
};

fn submit(ledger: &Ledger, command: &Command) -> Receipt {
    ledger.submit(command.clone()).wait().unwrap()
}

fn again(first: Receipt) -> Receipt {
    Receipt { replayed: true, ..first }
}

/// One that is carried out and one that the books refuse.
fn commands() -> [Command; 2] {
    [transfer("pay", "alice", "bob", 500), transfer("too-much", "alice", "bob", 100_000_000)]
}

#[test]
fn a_retry_gets_the_first_receipt_in_the_same_batch_in_a_later_one_and_after_reopening() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    ledger.submit_all(opening()).wait().unwrap();
    let [pay, too_much] = commands();
    let slice = [&pay, &pay, &too_much, &too_much, &pay].map(Command::clone).to_vec();
    let receipts = ledger.submit_all(slice).wait().unwrap();
    let (paid, refused) = (receipts[0], receipts[2]);
    assert!(!paid.replayed && !refused.replayed && paid.stamp.is_some() && refused.stamp.is_some());
    assert_eq!(paid.outcome, Outcome::Done);
    assert!(
        matches!(refused.outcome, Outcome::Refused(refusal) if refusal.reason == Reason::InsufficientFunds)
    );
    assert_eq!([receipts[1], receipts[3], receipts[4]], [again(paid), again(refused), again(paid)]);

    clock.advance(1_000_000);
    // Now it could be paid, and yet a refusal stays one.
    done(submit(&ledger, &transfer("rich", "bank", "alice", 1_000_000_000)));
    assert_eq!(submit(&ledger, &pay), again(paid));
    assert_eq!(submit(&ledger, &too_much), again(refused));
    ledger.close().unwrap();

    let ledger = open(&disk, &clock).unwrap();
    assert_eq!(submit(&ledger, &pay), again(paid));
    assert_eq!(submit(&ledger, &too_much), again(refused));
    drop(ledger);
    check_keys(&entries(&disk).unwrap());
}

#[test]
fn a_retry_gets_the_first_receipt_also_where_a_snapshot_holds_the_key() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = Options { snapshot_every: 10, ..options(&clock) }.create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    let [pay, too_much] = commands();
    let first = [submit(&ledger, &pay), submit(&ledger, &too_much)];
    let mut no = 0;
    let is_snapshot = |entry: &longmen::JournalEntry| {
        matches!(entry.content, longmen::Content::Journal(longmen::Record::Snapshot(_)))
    };
    while !ledger.entries(0).unwrap().any(|entry| is_snapshot(&entry.unwrap())) {
        no += 1;
        done(submit(&ledger, &transfer(&format!("t-{no}"), "bank", "bob", 1)));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    ledger.close().unwrap();
    let ledger = open(&disk, &clock).unwrap();
    assert_eq!([submit(&ledger, &pay), submit(&ledger, &too_much)], first.map(again));
}

/// The batch that holds the first try is with the sync thread, so its entries can be read nowhere.
#[test]
fn a_retry_beside_the_sync_of_its_first_waits_and_gets_the_first_receipt() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let options = Options { segment_size: 1 << 20, ..options(&clock) };
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    let small = |name: &str, minor| transfer(name, "alice", "bob", minor);
    disk.close_gate();
    // So many that the writer decides what comes next while they are synced.
    let mut slice: Vec<Command> = (0..100).map(|no| small(&format!("filler-{no}"), 5)).collect();
    slice.push(small("once", 5));
    let first = ledger.submit_all(slice);
    disk.wait_at_gate();
    let fresh = ledger.submit(small("fresh", 5));
    let retries = ledger.submit_all(vec![small("once", 5), small("once", 6), small("fresh", 5)]);
    let later = ledger.submit(small("filler-7", 5));
    std::thread::sleep(std::time::Duration::from_millis(20));
    disk.open_gate();
    let first = first.wait().unwrap();
    let fresh = fresh.wait().unwrap();
    let retries = retries.wait().unwrap();
    assert!(!fresh.replayed);
    assert_eq!([retries[0], retries[2]], [again(first[100]), again(fresh)]);
    let reused = |refusal: longmen::Refusal| refusal.reason == Reason::KeyReused;
    assert!(matches!(retries[1].outcome, Outcome::Refused(refusal) if reused(refusal)));
    assert_eq!(later.wait().unwrap(), again(first[7]));
    ledger.close().unwrap();
    check_keys(&entries(&disk).unwrap());
}

#[test]
fn other_content_under_a_used_key_is_refused_without_a_trace() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    ledger.submit_all(opening()).wait().unwrap();
    let [pay, too_much] = commands();
    let receipts = ledger.submit_all(vec![pay, too_much]).wait().unwrap();
    any(receipts[0]);
    let before = entries(&disk.crash(1)).unwrap();
    let others = [
        transfer("pay", "alice", "bob", 501),
        transfer("pay", "bob", "alice", 500),
        transfer("too-much", "alice", "bob", 1),
        Command::open_account(key("pay"), OpenAccount::new(account("eve"), Currency::CNY, Class::Liability)),
        Command::release(key("open-bank"), key("pay")),
    ];
    for other in others {
        let receipt = submit(&ledger, &other);
        assert!(matches!(receipt.outcome, Outcome::Refused(refusal) if refusal.reason == Reason::KeyReused));
        assert_eq!((receipt.stamp, receipt.replayed), (None, false));
    }
    ledger.close().unwrap();
    assert_eq!(entries(&disk).unwrap(), before);
}

#[test]
fn a_command_that_is_wrong_in_itself_leaves_its_key_free() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    ledger.submit_all(opening()).wait().unwrap();
    let nothing = submit(&ledger, &transfer("pay", "alice", "bob", 0));
    assert!(matches!(nothing.outcome, Outcome::Refused(refusal) if refusal.reason == Reason::AmountZero));
    assert_eq!((nothing.stamp, nothing.replayed), (None, false));
    let paid = submit(&ledger, &transfer("pay", "alice", "bob", 1));
    assert!(paid.stamp.is_some() && !paid.replayed);
    done(paid);
    ledger.close().unwrap();
}

#[test]
fn eight_callers_with_the_same_commands_make_one_entry_of_each() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
    let mut workload = Workload::new("same", 3);
    let commands: Vec<Command> = (0..300).map(|_| workload.command().unwrap()).collect();
    let answers: Vec<Vec<(Key, Receipt)>> = std::thread::scope(|scope| {
        let submit_them = || {
            let tickets: Vec<_> =
                commands.iter().map(|command| (command.key, ledger.submit(command.clone()))).collect();
            tickets.into_iter().map(|(key, ticket)| (key, ticket.wait().unwrap())).collect()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(submit_them)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    ledger.close().unwrap();
    let found = entries(&disk).unwrap();
    let keys = check_keys(&found);
    let mut first_receipts = std::collections::HashMap::new();
    for (key, receipt) in answers.iter().flatten() {
        if let Some(stamp) = receipt.stamp {
            assert_eq!(found[keys[key]].stamp, stamp);
            *first_receipts.entry(key).or_insert(0) += u32::from(!receipt.replayed);
        }
    }
    assert!(first_receipts.len() > 200);
    assert!(first_receipts.values().all(|count| *count == 1), "one caller and no other was the first");
}
