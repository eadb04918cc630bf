//! Holds that come to their time: the writer journals it, in order, once.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen::{
    Command, Content, Currency, Event, HoldState, JournalEntry, Key, Ledger, Options, Outcome, PlaceHold,
    Reason,
};
use longmen_sim::{SimDisk, TestClock};

use crate::crashed::check_expiries;
use crate::support::done;
use crate::support::{
    START_NS, account, check_balanced, cny, create, entries, key, open, opening, options, transfer,
};

fn hold(name: &str, minor: u64, life_ns: u64) -> Command {
    let hold = PlaceHold::new(account("alice"), account("bank"), cny(minor), Currency::CNY);
    let hold = PlaceHold { expires_after_ns: NonZeroU64::new(life_ns), ..hold };
    Command::place_hold(key(name), hold)
}

/// The keys of the holds that expired, in the order of their entries.
fn expired(ledger: &Ledger, entries: &[JournalEntry]) -> Vec<Key> {
    let view = ledger.view();
    let numbers = entries.iter().filter_map(|entry| match &entry.content {
        Content::Ledger(entry) => match entry.event {
            Event::HoldExpired { hold } => Some(hold),
            _ => None,
        },
        Content::Journal(_) => None,
    });
    numbers.map(|no| view.hold_at(no).unwrap().key).collect()
}

/// What the ledger's own process reads of its journal.
fn beside(ledger: &Ledger) -> Vec<JournalEntry> {
    ledger.entries(0).unwrap().map(Result::unwrap).collect()
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn holds_end_in_the_order_of_their_time_and_then_of_their_placing() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    ledger.submit_all(opening()).wait().unwrap();
    let lives = [("late", 9_000), ("early", 3_000), ("never", 0), ("middle", 6_000), ("far", 1_000_000)];
    for (name, life) in lives {
        done(ledger.submit(hold(name, 100, life)).wait().unwrap());
    }
    assert_eq!(ledger.open_holds().len(), 5);
    clock.advance(20_000);
    // A command that draws on what expired comes after the expiries, whatever the caller knows.
    let all = transfer("all", "alice", "bank", 100_000 - 200);
    assert_eq!(ledger.submit(all).wait().unwrap().outcome, Outcome::Done);
    let found = beside(&ledger);
    assert_eq!(expired(&ledger, &found), ["early", "middle", "late"].map(key));
    assert_eq!(ledger.open_holds().len(), 2);
    let late = ledger.submit(Command::release(key("r"), key("late"))).wait().unwrap();
    assert!(matches!(late.outcome, Outcome::Refused(refusal) if refusal.reason == Reason::HoldExpired));
    ledger.close().unwrap();
}

#[test]
fn an_idle_ledger_ends_holds_too() {
    let disk = SimDisk::new();
    let options = Options { clock: Options::default().clock, ..options(&TestClock::at(0)) };
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    done(ledger.submit(hold("short", 100, 30_000_000)).wait().unwrap());
    wait_until("the hold did not expire", || ledger.open_holds().is_empty());
    assert_eq!(ledger.hold(&key("short")).unwrap().state, HoldState::Expired);
    ledger.close().unwrap();
}

#[test]
fn a_hold_whose_time_came_while_the_ledger_was_closed_ends_once_also_when_the_power_goes() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    ledger.submit_all(opening()).wait().unwrap();
    for no in 0..40 {
        done(ledger.submit(hold(&format!("h-{no}"), 10, 1_000 + no)).wait().unwrap());
    }
    ledger.close().unwrap();
    clock.advance(1_000_000);

    disk.keep_history();
    let ledger = open(&disk, &clock).unwrap();
    wait_until("holds are open that have expired", || ledger.open_holds().is_empty());
    ledger.close().unwrap();
    for (at, moment) in disk.history().iter().enumerate() {
        for seed in 0..6 {
            let left = moment.crash(seed);
            let ledger = open(&left, &clock).unwrap();
            wait_until("holds are open that have expired", || ledger.open_holds().is_empty());
            check_balanced(ledger.view().accounts());
            let found = beside(&ledger);
            check_expiries(&found);
            let want: Vec<Key> = (0..40).map(|no| key(&format!("h-{no}"))).collect();
            assert_eq!(expired(&ledger, &found), want, "moment {at}, seed {seed}");
            ledger.close().unwrap();
        }
    }
}

/// Many holds come to their time just when a slice comes that fills a batch by itself.
#[test]
fn expiries_and_a_large_slice_share_no_batch_that_is_too_large() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let options = Options { segment_size: 256 << 10, ..options(&clock) };
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    for no in 0..5 {
        let holds = (0..100).map(|at| hold(&format!("h-{no}-{at}"), 1, 1_000)).collect();
        ledger.submit_all(holds).wait().unwrap();
    }
    let large: Vec<Command> = (0..200).map(|no| transfer(&format!("t-{no}"), "bob", "bank", 1)).collect();
    clock.advance(1_000_000);
    assert_eq!(ledger.submit_all(large).wait().unwrap().len(), 200);
    wait_until("holds are open that have expired", || ledger.open_holds().is_empty());
    ledger.close().unwrap();
    check_expiries(&entries(&disk).unwrap());
}
