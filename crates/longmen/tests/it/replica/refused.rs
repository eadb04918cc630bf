//! Rows that were folded from another journal than the one beside them: refused, never mixed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use longmen::replica::{Error, Keep, Options, Replica, Want};
use longmen::{Durability, FileStorage, JournalError};
use longmen_sim::TestClock;

use super::history::{self, History};
use crate::teller::START;

const PATIENCE: Duration = Duration::from_secs(60);

fn follow(dir: &Path, rows: &Path) -> Result<Replica, Error> {
    let keep = Keep::Dir(rows.to_owned());
    Replica::follow(Arc::new(FileStorage::new(dir)), Options { keep, ..Options::default() })
}

/// Goes on with the ledger in `dir` and gives the position of its last entry.
fn go_on(dir: &Path, seed: u64, commands: u64) -> u64 {
    let clock = TestClock::at(START);
    let ledger = history::open(dir, &clock, Durability::Unsynced);
    History::of(&ledger, &clock, &format!("s{seed}"), seed).go_on(&ledger, commands);
    ledger.close().unwrap();
    longmen::replay(dir, None).unwrap().head.next_position - 1
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Why a replica does not follow: at once, or as soon as it has looked.
fn refusal(dir: &Path, rows: &Path) -> Result<String, Error> {
    let replica = follow(dir, rows)?;
    match replica.read(Want::AtLeast(u64::MAX, PATIENCE), |_| Ok(())) {
        Err(Error::Stopped { cause }) => Ok(cause.to_string()),
        other => panic!("it follows, {:?}: {other:?}", replica.status()),
    }
}

#[test]
fn rows_of_a_journal_that_was_cut_or_forked_or_of_another_ledger_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let [dir, copied, other, rows] = ["ledger", "copy", "other", "rows"].map(|name| root.path().join(name));
    go_on(&dir, 1, 500);
    copy(&dir, &copied);
    let head = go_on(&dir, 2, 500);
    follow(&dir, &rows).unwrap().read(Want::AtLeast(head, PATIENCE), |_| Ok(())).unwrap();

    let cut = refusal(&copied, &rows);
    assert!(matches!(&cut, Err(Error::Journal(JournalError::Cut { .. }))), "{cut:?}");
    // It goes on by another way, and farther than the rows.
    let fork = go_on(&copied, 3, 1_500);
    assert!(fork > head);
    let forked = refusal(&copied, &rows);
    assert!(matches!(&forked, Err(Error::Journal(JournalError::Forked { .. }))), "{forked:?}");
    go_on(&other, 4, 500);
    let others = refusal(&other, &rows);
    assert!(matches!(&others, Err(Error::OtherLedger { .. })), "{others:?}");

    // None of this has harmed the rows, and without them the other journal is followed.
    let replica = follow(&dir, &rows).unwrap();
    let read = replica.read(Want::AtLeast(head, PATIENCE), |_| Ok(())).unwrap();
    assert_eq!((read.at.position, replica.status().rebuilt), (head, 0));
    drop(replica);
    std::fs::remove_dir_all(&rows).unwrap();
    let read = follow(&copied, &rows).unwrap().read(Want::AtLeast(fork, PATIENCE), |_| Ok(())).unwrap();
    assert_eq!(read.at.position, fork);
}
