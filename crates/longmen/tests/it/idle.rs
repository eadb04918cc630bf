//! A writer that waits does not spin: it asks the clock a few times, not a million.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use longmen::{Clock, Command, Currency, Durability, Key, Ledger, Options, PlaceHold};
use longmen_sim::TestClock;

use crate::support::{START_NS, account, cny, done, opening, options};

/// Far more than a writer that sleeps asks for, far less than one that spins (those saw 97,000 and more).
const LOOKS_MAX: u64 = 2_000;

/// A clock that counts how often it is asked.
fn counting(clock: &TestClock) -> (Clock, Arc<AtomicU64>) {
    let (reader, looks) = (clock.reader(), Arc::new(AtomicU64::new(0)));
    let counter = Arc::clone(&looks);
    let clock = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        reader()
    };
    (Arc::new(clock), looks)
}

fn ledger(durability: Durability) -> (TestClock, Arc<AtomicU64>, Ledger) {
    let test_clock = TestClock::at(START_NS);
    let (clock, looks) = counting(&test_clock);
    let ledger = Options { durability, clock, ..options(&test_clock) }.in_memory().unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    (test_clock, looks, ledger)
}

fn hold(no: u64, life_ns: u64) -> Command {
    let hold = PlaceHold::new(account("alice"), account("bob"), cny(1), Currency::CNY);
    let hold = PlaceHold { expires_after_ns: NonZeroU64::new(life_ns), ..hold };
    Command::place_hold(Key::new(&format!("hold-{no}")).unwrap(), hold)
}

#[track_caller]
fn looks_while(looks: &AtomicU64, work: impl FnOnce()) {
    let before = looks.load(Ordering::Relaxed);
    work();
    let looks = looks.load(Ordering::Relaxed) - before;
    assert!(looks < LOOKS_MAX, "the clock was asked {looks} times");
}

#[test]
fn a_window_longer_than_the_heartbeat_is_slept_through() {
    let (_, looks, ledger) = ledger(Durability::Window(Duration::from_millis(300)));
    looks_while(&looks, || done(ledger.submit(hold(1, 1 << 60)).wait().unwrap()));
    ledger.close().unwrap();
}

#[test]
fn a_clock_that_stands_still_before_an_expiry_is_not_asked_all_the_time() {
    let (_, looks, ledger) = ledger(Durability::Synced);
    done(ledger.submit(hold(1, 1_000)).wait().unwrap());
    looks_while(&looks, || std::thread::sleep(Duration::from_millis(300)));
    ledger.close().unwrap();
}

#[test]
fn more_expiries_than_a_batch_takes_do_not_wait_for_the_window_either() {
    let (clock, looks, ledger) = ledger(Durability::Window(Duration::from_millis(300)));
    let tickets: Vec<_> = (0..200).map(|no| ledger.submit(hold(no, 1_000_000_000))).collect();
    tickets.into_iter().for_each(|ticket| done(ticket.wait().unwrap()));
    clock.advance(2_000_000_000);
    looks_while(&looks, || {
        while !ledger.open_holds().is_empty() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    ledger.close().unwrap();
}
