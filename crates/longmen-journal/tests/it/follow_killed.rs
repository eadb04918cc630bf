//! Following a journal whose writer is killed again and again, from this process.
//!
//! The test binary runs itself again as the writer. `LONGMEN_KILL_ROUNDS` says how often.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen_journal::{Appender, FileStorage, Journal, JournalError, Stamp};

use crate::common::{append, config};
use crate::follow::Follower;

const DIR: &str = "LONGMEN_FOLLOW_DIR";

/// The process that is killed; a test of its own, that does nothing in an ordinary run.
#[test]
fn child() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let storage = Arc::new(FileStorage::new(dir));
    let mut appender = match Appender::open(storage.clone(), config(), 1_000) {
        Ok((appender, _)) => appender,
        Err(JournalError::NotAJournal { .. }) => Appender::create(storage, config(), 1_000).unwrap(),
        Err(error) => panic!("{error}"),
    };
    for round in 0.. {
        append(&mut appender, 1 + round % 5, 300);
        if round % 11 == 10 {
            appender.note_durable(2_000).unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn start(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["follow_killed::child", "--exact"])
        .env(DIR, dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_follower_of_a_writer_that_is_killed_sees_one_chain() {
    let rounds: u32 = std::env::var("LONGMEN_KILL_ROUNDS").map_or(30, |rounds| rounds.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let storage = Arc::new(FileStorage::new(dir.path()));
    let mut follower = Follower::default();
    let mut journal = None;
    for round in 0..rounds {
        let mut child = start(dir.path());
        let until = Instant::now() + Duration::from_millis(u64::from(20 + round * 7 % 60));
        while Instant::now() < until {
            // Now and then the follower starts anew as well.
            if round % 3 == 0 {
                journal = None;
            }
            if journal.is_none() {
                journal = match Journal::open(storage.clone()) {
                    Ok(opened) => Some(opened),
                    Err(error) if follower.stamps.is_empty() => {
                        assert!(matches!(error, JournalError::NotAJournal { .. }), "{error}");
                        continue;
                    }
                    Err(error) => panic!("round {round}: {error}"),
                };
            }
            follower
                .read_on(journal.as_ref().unwrap())
                .unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), None, "the child ended by itself");
        if let Some(journal) = &journal
            && round % 2 == 0
        {
            // Without a writer everything that verifies is visible, and the next writer keeps it.
            follower.read_on(journal).unwrap();
        }
    }
    let journal = Journal::open(storage.clone()).unwrap();
    follower.read_on(&journal).unwrap();
    let mut entries = journal.read(0).unwrap();
    let mut all: Vec<Stamp> = Vec::new();
    while let Some(entry) = entries.next() {
        all.push(entry.unwrap().stamp());
    }
    assert_eq!(follower.stamps, all);
    assert!(all.len() > 100, "{} entries in {rounds} rounds", all.len());
}
