//! What readers in the writer's process see: never half an entry, never the past after a receipt, and never at the
//! writer's cost.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use longmen::{
    Account, Action, Command, Currency, Detail, Error, Flow, Hold, Ledger, Limit, LimitId, MemoryStorage,
    Most, OpenAccount, Outcome, Overdraft, PlaceHold, Scope, View, Watch, Window,
};
use longmen_sim::{Fault, OpKind, SimDisk, TestClock, When};

use crate::support::{START_NS, account, cny, create, done, key, opening, options, transfer};

const LONG: Duration = Duration::from_secs(60);

/// How long a wait may take that is to end before its time.
const SOON: Duration = Duration::from_secs(30);

fn ledger() -> Ledger {
    let ledger = options(&TestClock::at(START_NS)).in_memory().unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    ledger
}

fn position(ledger: &Ledger, command: Command) -> u64 {
    ledger.submit(command).wait().unwrap().accepted().unwrap().position
}

const CUSTOMERS: usize = 40;
const EACH: i128 = 10_000;

fn customer(no: usize) -> String {
    format!("customer-{}", no % CUSTOMERS)
}

/// Accounts that are worth the same together for ever.
fn customers() -> Ledger {
    let ledger = ledger();
    let open = |no: usize| {
        let id = account(&customer(no));
        let open = OpenAccount::new(id, Currency::CNY, longmen::Class::Liability);
        Command::open_account(key(&format!("open-{no}")), open.overdraft(Overdraft::Unlimited))
    };
    let fund = |no: usize| transfer(&format!("fund-{no}"), "bank", &customer(no), 10_000);
    for command in (0..CUSTOMERS).map(open).chain((0..CUSTOMERS).map(fund)) {
        done(ledger.submit(command).wait().unwrap());
    }
    ledger
}

/// Looks until it is told to stop, each time at everything in one view; how often it looked.
fn look_on(ledger: &Ledger, stop: &AtomicBool) -> u32 {
    let (mut looks, mut last) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let view = ledger.view();
        let at = view.at().position;
        assert!(at >= last, "the view went from position {last} back to {at}");
        let accounts = (0..CUSTOMERS).map(|no| view.account(&account(&customer(no))).unwrap());
        let sum: i128 = accounts.map(|account| account.balance().posted().minor()).sum();
        assert_eq!(sum, EACH * i128::try_from(CUSTOMERS).unwrap(), "at position {at}");
        let newest = view.accounts().map(Account::version).max().unwrap();
        assert!(newest <= at, "position {newest} shows in a view at {at}");
        (looks, last) = (looks + 1, at);
    }
    looks
}

#[test]
fn no_view_mixes_positions_and_every_receipt_shows_in_the_next_view() {
    const WRITERS: usize = 3;
    const COMMANDS: usize = 400;
    let ledger = customers();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(|| look_on(&ledger, &stop))).collect();
        let write = |writer: usize| {
            let ledger = &ledger;
            move || {
                for no in 0..COMMANDS {
                    let (from, to) = (customer(writer * 13 + no * 7), customer(writer * 5 + no * 11 + 1));
                    if from == to {
                        continue;
                    }
                    let at = position(ledger, transfer(&format!("t-{writer}-{no}"), &from, &to, 3));
                    let view = ledger.view();
                    assert!(view.at().position >= at, "{at} is not in the view at {:?}", view.at());
                    assert!(view.account(&account(&from)).unwrap().version() >= at);
                }
            }
        };
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(write(writer))).collect();
        let ends: Vec<_> = writers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        stop.store(true, Ordering::Relaxed);
        assert!(ends.iter().all(Result::is_ok));
        assert!(readers.into_iter().all(|reader| reader.join().unwrap() > 0));
    });
    ledger.close().unwrap();
}

/// Everything that a view shows.
fn everything(view: &View) -> (Vec<Account>, Vec<Hold>) {
    (view.accounts().cloned().collect(), view.holds().cloned().collect())
}

#[test]
fn a_view_that_is_kept_stays_as_it_was_and_stops_nobody() {
    let ledger = ledger();
    let hold = PlaceHold::new(account("alice"), account("bank"), cny(500), Currency::CNY);
    position(&ledger, Command::place_hold(key("held"), hold));
    let kept = ledger.view();
    let (at, before) = (kept.at(), everything(&kept));
    assert_eq!(kept.open_holds().count(), 1);

    position(&ledger, Command::release(key("released"), key("held")));
    for no in 0..2_000 {
        let open = OpenAccount::new(account(&format!("new-{no}")), Currency::CNY, longmen::Class::Liability);
        let opened = Command::open_account(key(&format!("open-{no}")), open);
        let commands = vec![opened, transfer(&format!("t-{no}"), "bank", "alice", 1)];
        ledger.submit_all(commands).wait().unwrap().into_iter().for_each(done);
    }
    assert_eq!((kept.at(), everything(&kept)), (at, before));
    let now = ledger.view();
    assert_eq!((now.open_holds().count(), now.accounts().count()), (0, 2_003));
    assert_eq!(now.balance(&account("alice")).unwrap().posted().minor(), 102_000);
    assert_eq!((kept.account(&account("new-0")), kept.hold(&key("nobody's"))), (None, None));
}

#[test]
fn a_view_at_a_position_is_waited_for_and_refused_clearly() {
    let ledger = ledger();
    let at = ledger.view().at().position;
    assert_eq!(ledger.view_at_least(at, Duration::ZERO).unwrap().at().position, at);
    assert_eq!(ledger.view_at(at).unwrap().at().position, at);

    let late = ledger.view_at_least(at + 1, Duration::from_millis(20)).unwrap_err();
    assert!(
        matches!(late, Error::NotPublished { position, published } if (position, published) == (at + 1, at))
    );
    for wanted in [at - 1, at + 1] {
        let other = ledger.view_at(wanted).unwrap_err();
        assert!(
            matches!(other, Error::AnotherPosition { position, published } if (position, published) == (wanted, at))
        );
        assert!(other.to_string().contains("replica"), "{other}");
    }

    std::thread::scope(|scope| {
        let wait = |ahead: u64| {
            let ledger = &ledger;
            scope.spawn(move || (ahead, ledger.view_at_least(at + ahead, LONG)))
        };
        let waiting = [1, 2, 2].map(wait);
        for no in 0..2 {
            std::thread::sleep(Duration::from_millis(20));
            position(&ledger, transfer(&format!("t-{no}"), "alice", "bob", 1));
        }
        for waiting in waiting {
            let (ahead, view) = waiting.join().unwrap();
            assert!(view.unwrap().at().position >= at + ahead);
        }
    });
}

#[test]
fn whoever_waits_for_a_view_is_told_when_the_ledger_stops() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    ledger.submit_all(opening()).wait().unwrap();
    let (at, begin) = (ledger.view().at().position, Instant::now());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| ledger.view_at_least(at + 1, LONG));
        std::thread::sleep(Duration::from_millis(20));
        disk.plan(When::NthOf(OpKind::Sync, 0), Fault::Error(ErrorKind::Other));
        assert!(ledger.submit(transfer("k", "alice", "bob", 1)).wait().is_err());
        let told = waiting.join().unwrap().unwrap_err();
        assert!(
            matches!(told, Error::NeverPublished { position, published, .. } if (position, published) == (at + 1, at)),
            "{told}"
        );
    });
    assert!(begin.elapsed() < SOON);
    // What was published is still shown.
    assert_eq!(ledger.view_at_least(at, LONG).unwrap().at().position, at);
}

#[test]
fn a_watch_tells_of_every_commit_and_ends_with_its_ledger() {
    let disk = MemoryStorage::new();
    let options = || options(&TestClock::at(START_NS));
    let ledger = options().create_on(Arc::new(disk.clone())).unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    let watch: Arc<dyn Watch> = ledger.watch();
    let begin = Instant::now();
    assert_eq!(watch.wait_beyond(0, LONG), ledger.view().at());
    let last = watch.durable();
    assert_eq!(watch.wait_beyond(last.position, Duration::from_millis(1)), last, "nothing came");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| watch.wait_beyond(last.position, LONG));
        std::thread::sleep(Duration::from_millis(20));
        let at = position(&ledger, transfer("k", "alice", "bob", 1));
        assert_eq!(waiting.join().unwrap().position, at);
    });
    let last = watch.durable();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| watch.wait_beyond(last.position, LONG));
        std::thread::sleep(Duration::from_millis(20));
        ledger.close().unwrap();
        assert_eq!(waiting.join().unwrap(), last);
    });
    assert_eq!(watch.wait_beyond(last.position, LONG), last, "it does not wait for a closed ledger");
    assert!(begin.elapsed() < SOON);

    // The directory is free, although the watch is still held.
    let again = options().open_on(Arc::new(disk)).unwrap();
    assert!(again.view().at().position >= last.position);
    assert_eq!(watch.durable(), last);
    again.close().unwrap();
}

#[test]
fn the_limit_that_a_refusal_is_about_has_a_name_in_the_view() {
    let ledger = ledger();
    for name in ["first", "second"] {
        let scope = Scope::Account(account(if name == "first" { "bob" } else { "alice" }));
        let limit = Limit {
            id: LimitId::new(name).unwrap(),
            scope,
            currency: Currency::CNY,
            flow: Flow::Out,
            window: Window::Lifetime,
            most: Most::Amount(cny(10)),
            exempt: Vec::new(),
        };
        position(&ledger, Command::new(key(name), Action::SetLimit(Box::new(limit))));
    }
    let receipt = ledger.submit(transfer("k", "alice", "bob", 11)).wait().unwrap();
    let Outcome::Refused(refusal) = receipt.outcome else { panic!("{receipt:?}") };
    let Detail::Limit(no) = refusal.detail else { panic!("{refusal:?}") };
    assert_eq!(ledger.view().limit_id(no).map(LimitId::as_str), Some("second"));
}
