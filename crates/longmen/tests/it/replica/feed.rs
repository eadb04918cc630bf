//! The change feed against the judge's lines: every entry once and in order, with what it changed.

use std::time::Duration;

use longmen::replica::{ChangesFrom, Replica};
use longmen::{AccountId, Side};
use longmen_sim::Random;

use super::judge::Judge;

/// Every change from the first entry on, by a reader that now and then goes on from its cursor; gives how many there are.
pub(crate) fn check(judge: &Judge, replica: &Replica, random: &mut Random) -> u64 {
    let mut feed = replica.changes(&ChangesFrom::Start).unwrap();
    // Of each account, how many of its lines have been told.
    let mut told = vec![0; judge.lines.len()];
    for stamp in &judge.stamps {
        if random.once_in(1_000) {
            feed = replica.changes(&ChangesFrom::Cursor(feed.cursor())).unwrap();
        }
        let change = feed.next(Duration::from_secs(10)).unwrap().expect("the replica has it");
        let entry = (change.entry.position, change.entry.hash, change.entry.time_ns);
        assert_eq!(entry, (stamp.position, stamp.hash, stamp.time_ns), "in order, and none left out");
        let mut postings: Vec<(AccountId, Side)> =
            change.entry.postings.iter().map(|posting| (posting.account, posting.side)).collect();
        for own in &change.balances {
            let no = judge.state.books().account_no(&own.account).unwrap();
            let no = usize::try_from(no.0).unwrap();
            let lines = &judge.lines[no];
            let before = usize::checked_sub(told[no], 1).map_or([0; 4], |at| lines[at].after);
            let count = lines[told[no]..].iter().take_while(|line| line.position == stamp.position).count();
            assert!(count > 0, "{} has no line at {}", own.account, stamp.position);
            told[no] += count;
            let right = (before, lines[told[no] - 1].after);
            let found = (own.before.counters(), own.after.counters());
            assert_eq!(found, right, "{} at {}", own.account, stamp.position);
            postings.retain(|(account, _)| *account != own.account);
        }
        assert_eq!(postings, [], "every account that was touched is told at {}", stamp.position);
    }
    assert!(told.iter().zip(&judge.lines).all(|(told, lines)| *told == lines.len()), "every line is told");
    judge.stamps.len() as u64
}
