//! What a replica keeps between two runs.

use std::path::Path;
use std::sync::Arc;

use longmen_core::AccountId;
use longmen_engine::replay;
use longmen_journal::{FileStorage, Hash, hash};
use longmen_replica::{Error, Options, Phase, Replica, Want};
use longmen_wire::encode_snapshot;

use crate::support::{account, follow, kept, ledger, pay, wait_until};

/// The hash of a replica's state, and where it is.
fn state_hash(replica: &Replica) -> (u64, Hash) {
    let answer = replica.read(Want::Latest, |view| {
        view.state(|state| {
            let mut bytes = Vec::new();
            encode_snapshot(state, &mut bytes);
            hash::digest(&bytes)
        })
    });
    let answer = answer.unwrap();
    (answer.at.position, answer.value)
}

/// Checks that a replica comes to this position, and that it says what a replay up to there says.
pub(crate) fn check(replica: &Replica, journal: &Path, last: u64) {
    wait_until(replica, |status| {
        status.phase == Phase::Following && status.last.is_some_and(|stamp| stamp.position >= last)
    });
    let (position, hash) = state_hash(replica);
    let storage = Arc::new(FileStorage::new(journal));
    let replayed = replay(storage, Some(position + 1), &mut |_, _| ()).unwrap();
    assert_eq!((position + 1, hash), (replayed.head.next_position, replayed.state_hash()));
}

/// What all accounts had posted right after some positions.
pub(crate) fn balances(
    replica: &Replica,
    accounts: u64,
    positions: impl Iterator<Item = u64>,
) -> Vec<Vec<i128>> {
    let accounts: Vec<AccountId> = (0..accounts).map(account).collect();
    positions
        .map(|position| {
            let balances = replica.read(Want::Exactly(position), |view| view.balances(&accounts)).unwrap();
            assert_eq!(balances.at.position, position);
            balances.value.iter().map(|own| own.balance.posted().minor()).collect()
        })
        .collect()
}

#[test]
fn both_stores_give_the_same_answers_at_every_position() {
    let (journal, rows) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let writer = ledger(journal.path(), 5);
    let last = pay(&writer, 5, 0, 2_000);
    writer.close().unwrap();
    let memory = follow(journal.path(), Options::default());
    check(&memory, journal.path(), last);
    for (run, checkpoint) in [20, 100, 700].into_iter().enumerate() {
        let dir = rows.path().join(run.to_string());
        for _ in 0..2 {
            let replica = follow(journal.path(), kept(&dir, checkpoint));
            check(&replica, journal.path(), last);
            // The first entries open the accounts.
            let positions = || (6..=last).step_by(13);
            assert_eq!(balances(&replica, 5, positions()), balances(&memory, 5, positions()));
        }
    }
}

#[test]
fn a_restart_goes_on_where_the_last_checkpoint_was() {
    let (journal, rows) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let writer = ledger(journal.path(), 9);
    for round in 0..5 {
        let last = pay(&writer, 9, round * 1_000, 1_000);
        let replica = follow(journal.path(), kept(rows.path(), 300));
        let stored = replica.status().stored;
        check(&replica, journal.path(), last);
        let status = wait_until(&replica, |status| status.checkpoints >= 1);
        assert_eq!(status.rebuilt, 0);
        if round > 0 {
            // Closing made a checkpoint of everything.
            assert!(stored.unwrap().position >= round * 1_000, "{stored:?}");
        }
        drop(replica);
    }
}

#[test]
fn a_directory_is_one_replicas_at_a_time_and_one_ledgers_for_ever() {
    let (journal, rows) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    ledger(journal.path(), 2).close().unwrap();
    let replica = follow(journal.path(), kept(rows.path(), 1));
    let storage = Arc::new(FileStorage::new(journal.path()));
    let second = Replica::follow(storage.clone(), kept(rows.path(), 1));
    assert!(matches!(&second, Err(Error::InUse { dir }) if dir == rows.path()), "{second:?}");
    drop(replica);
    drop(Replica::follow(storage, kept(rows.path(), 1)).unwrap());
    let other = tempfile::tempdir().unwrap();
    ledger(other.path(), 2).close().unwrap();
    let wrong = Replica::follow(Arc::new(FileStorage::new(other.path())), kept(rows.path(), 1));
    assert!(matches!(wrong, Err(Error::OtherLedger { rows, journal }) if rows != journal));
}
