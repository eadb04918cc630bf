//! While a writer runs at full load: no answer mixes positions, and whoever has a receipt reads what it stands for.
//!
//! Every entry after the first few moves one fen out of the bank, so that what all others have is what the position says.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use longmen::replica::{Options, Replica, Want};
use longmen::{
    AccountId, Class, Command, Currency, FileStorage, Key, Ledger, OpenAccount, Outcome, Overdraft, Stamp,
};

use super::children::{self, Process, say};
use crate::support::{account, cny, setting};

const DIR: &str = "LONGMEN_REPLICA_LOAD_DIR";
/// So many threads write, each to an account of its own.
const WRITERS: u64 = 3;
/// So many commands a writer sends at once.
const SLICE: u64 = 200;
const PATIENCE: Duration = Duration::from_secs(60);

fn own(writer: u64) -> AccountId {
    account(&format!("own{writer}"))
}

fn all() -> Vec<AccountId> {
    (0..WRITERS).map(own).chain([account("bank")]).collect()
}

/// Opens the accounts; gives the last entry before any money moves.
fn open(ledger: &Ledger) -> Stamp {
    let opened = all().into_iter().map(|id| {
        let class = if id == account("bank") { Class::Asset } else { Class::Liability };
        let open = OpenAccount::new(id, Currency::CNY, class).overdraft(Overdraft::Unlimited);
        Command::open_account(Key::new(&format!("open-{id}")).unwrap(), open)
    });
    ledger.submit_all(opened.collect()).wait().unwrap().last().unwrap().stamp.unwrap()
}

/// Sends a slice and gives the stamp of its last entry.
fn slice(ledger: &Ledger, writer: u64, from: u64) -> Stamp {
    let pay = |n: u64| {
        let key = Key::new(&format!("w{writer}-{n}")).unwrap();
        Command::transfer(key, account("bank"), own(writer), cny(1), Currency::CNY)
    };
    let receipts = ledger.submit_all((from..from + SLICE).map(pay).collect()).wait().unwrap();
    assert!(receipts.iter().all(|receipt| receipt.outcome == Outcome::Done));
    receipts.last().unwrap().stamp.unwrap()
}

/// One look: what everybody has is what the position says.
fn look(replica: &Replica, want: Want, base: u64) -> u64 {
    let looked = replica.read(want, |view| view.balances(&all())).unwrap();
    let minor: Vec<i128> = looked.value.iter().map(|own| own.balance.posted().minor()).collect();
    let (bank, others) = minor.split_last().unwrap();
    let moved = i128::from(looked.at.position - base);
    assert_eq!((*bank, others.iter().sum::<i128>()), (moved, moved), "at {}: {minor:?}", looked.at.position);
    looked.at.position
}

/// Looks again and again at now, at positions and at times of the past, until it is told to stop; gives how often.
fn keep_looking(replica: &Replica, base: Stamp, stop: &AtomicBool) -> u64 {
    let (mut looks, mut last) = (0, base.position);
    while !stop.load(Ordering::Relaxed) {
        let now = look(replica, Want::Latest, base.position);
        assert!(now >= last, "a replica never goes back: {now} after {last}");
        let then = base.position + (now - base.position) * (looks % 7) / 7;
        assert_eq!(look(replica, Want::Exactly(then), base.position), then);
        let stamp = replica.read(Want::Exactly(then), |view| Ok(view.at())).unwrap().value;
        assert_eq!(look(replica, Want::AtTime(stamp.time_ns), base.position), then);
        last = now;
        looks += 3;
    }
    looks
}

fn runs_for() -> Duration {
    Duration::from_millis(setting("LONGMEN_REPLICA_LOAD_MS", 1_500))
}

fn follow(dir: &Path) -> Replica {
    Replica::follow(Arc::new(FileStorage::new(dir)), Options::default()).unwrap()
}

#[test]
fn under_full_load_no_answer_mixes_positions_and_what_was_written_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let ledger =
        longmen::Options { snapshot_every: 0, ..longmen::Options::default() }.create(dir.path()).unwrap();
    let base = open(&ledger);
    let (stop, replica) = (AtomicBool::new(false), follow(dir.path()));
    replica.read(Want::AtLeast(base.position, PATIENCE), |_| Ok(())).unwrap();
    let until = Instant::now() + runs_for();
    std::thread::scope(|scope| {
        let looking = [0, 1].map(|_| scope.spawn(|| keep_looking(&replica, base, &stop)));
        let write = |writer| {
            let (ledger, replica) = (&ledger, &replica);
            move || {
                let mut sent = 0;
                while Instant::now() < until {
                    let stamp = slice(ledger, writer, sent);
                    sent += SLICE;
                    let read = replica
                        .read(Want::AtLeast(stamp.position, PATIENCE), |view| view.balance(&own(writer)));
                    let read = read.unwrap();
                    assert!(read.at.position >= stamp.position);
                    // Nobody else writes there, so that it is exact.
                    assert_eq!(read.value.balance.posted().minor(), i128::from(sent));
                }
                sent
            }
        };
        let writing: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(write(writer))).collect();
        let sent: u64 = writing.into_iter().map(|thread| thread.join().unwrap()).sum();
        stop.store(true, Ordering::Relaxed);
        let looks: u64 = looking.into_iter().map(|thread| thread.join().unwrap()).sum();
        println!("{sent} entries, {} receipts read at once, {looks} looks", sent / SLICE);
        assert!(looks > 0 && sent > 0);
    });
    ledger.close().unwrap();
}

/// The process that follows and answers: for every `position writer` that it is told, `at balance`.
#[test]
fn answering_child() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let replica = follow(Path::new(&dir));
    // The accounts, after the journal's first entry.
    let base = replica.read(Want::AtLeast(WRITERS + 1, PATIENCE), |view| Ok(view.at())).unwrap();
    let base = if base.at.position == WRITERS + 1 {
        base.at
    } else {
        replica.read(Want::Exactly(WRITERS + 1), |view| Ok(view.at())).unwrap().at
    };
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| keep_looking(&replica, base, &stop));
        say("ready");
        for line in std::io::stdin().lock().lines() {
            let line = line.unwrap();
            if line == "stop" {
                break;
            }
            let (position, writer) = line.split_once(' ').unwrap();
            let want = Want::AtLeast(position.parse().unwrap(), PATIENCE);
            let read = replica.read(want, |view| view.balance(&own(writer.parse().unwrap()))).unwrap();
            say(&format!("read {} {}", read.at.position, read.value.balance.posted().minor()));
        }
        stop.store(true, Ordering::Relaxed);
        say(&format!("looked {}", looking.join().unwrap()));
    });
}

#[test]
fn under_full_load_another_process_reads_what_was_written_and_mixes_no_positions() {
    let dir = tempfile::tempdir().unwrap();
    let ledger =
        longmen::Options { snapshot_every: 0, ..longmen::Options::default() }.create(dir.path()).unwrap();
    let base = open(&ledger);
    assert_eq!(base.position, WRITERS + 1);
    let mut child = Process::run("replica::load::answering_child", &[(DIR, dir.path())], children::seed());
    child.hear("ready");
    let until = Instant::now() + runs_for();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // The others keep the writer busy; the first one asks for what it has written.
        for writer in 1..WRITERS {
            let (ledger, stop) = (&ledger, &stop);
            scope.spawn(move || {
                let mut sent = 0;
                while !stop.load(Ordering::Relaxed) {
                    slice(ledger, writer, sent);
                    sent += SLICE;
                }
            });
        }
        let mut sent = 0;
        while Instant::now() < until {
            let stamp = slice(&ledger, 0, sent);
            sent += SLICE;
            child.tell(&format!("{} 0", stamp.position));
            let answer = child.hear("read ");
            let (at, minor) = answer.split_once(' ').unwrap();
            assert!(at.parse::<u64>().unwrap() >= stamp.position, "{answer}");
            assert_eq!(minor.parse::<u64>().unwrap(), sent);
        }
        stop.store(true, Ordering::Relaxed);
        child.tell("stop");
        let looks: u64 = child.hear("looked ").parse().unwrap();
        println!("{} receipts read at once in another process, {looks} looks there", sent / SLICE);
        assert!(looks > 0 && sent > 0);
    });
    ledger.close().unwrap();
}
