//! Two processes and one directory.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use longmen::{Error, JournalEntry, JournalError, Ledger, Options};

use crate::support::{check_balanced, done, opening, transfer};

const DIR: &str = "LONGMEN_SECOND_DIR";

/// The second process; a test of its own, that does nothing in an ordinary run.
#[test]
fn second() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let opened = Ledger::open(&dir);
    assert!(matches!(opened, Err(Error::Journal(JournalError::InUse))), "{opened:?}");
    let created = Ledger::create(&dir);
    assert!(matches!(created, Err(Error::Journal(JournalError::InUse))), "{created:?}");
    // Looking is allowed.
    assert_eq!(longmen::replay(&dir, Some(6)).unwrap().books().accounts().len(), 3);
    assert!(longmen::verify(&dir, &mut |_, _| ()).unwrap().is_clean());
}

#[test]
fn a_second_process_cannot_write_and_can_read() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Options { segment_size: 64 << 10, ..Options::default() }.create(dir.path()).unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    // The heartbeat makes the last batch known to other processes.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["processes::second", "--exact", "--quiet"])
        .env(DIR, dir.path())
        .status()
        .unwrap();
    assert!(status.success());
    done(ledger.submit(transfer("after", "alice", "bob", 1)).wait().unwrap());
    ledger.close().unwrap();
    Ledger::open(dir.path()).unwrap().close().unwrap();
}

#[test]
fn a_reader_beside_the_writer_sees_a_beginning_that_grows() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Options { segment_size: 64 << 10, snapshot_every: 300, ..Options::default() }
        .create(dir.path())
        .unwrap();
    ledger.submit_all(opening()).wait().unwrap();
    let is_done = AtomicBool::new(false);
    let looks = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut before, mut looks, mut head): (Vec<JournalEntry>, u64, u64) = (Vec::new(), 0, 0);
            while !is_done.load(Ordering::SeqCst) {
                let found: Vec<JournalEntry> =
                    longmen::entries(dir.path(), 0).unwrap().map(Result::unwrap).collect();
                assert!(found.starts_with(&before), "{} entries, {} before", found.len(), before.len());
                let replayed = longmen::replay(dir.path(), None).unwrap();
                check_balanced(replayed.books().accounts());
                assert!(replayed.head.next_position >= head);
                head = replayed.head.next_position;
                before = found;
                looks += 1;
            }
            looks
        });
        for no in 0..1_500 {
            done(ledger.submit(transfer(&format!("t-{no}"), "bank", "bob", 1)).wait().unwrap());
        }
        is_done.store(true, Ordering::SeqCst);
        reader.join().unwrap()
    });
    assert!(looks > 1, "only {looks} looks");
    let head = ledger.head();
    ledger.close().unwrap();
    assert_eq!(longmen::replay(dir.path(), None).unwrap().head.next_position, head.next_position);
}
