//! Random positions of a random history: what a replica says of each is what the journal says.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen::replica::{Error, Keep, Options, Order, Replica, View, Want};
use longmen::{Durability, FileStorage, Snapshot};
use longmen_sim::{Random, TestClock};

use super::edges::{Carried, Edges};
use super::feed;
use super::history::{self, History};
use super::judge::Judge;
use super::probe::{Probe, pages};
use crate::drawn;
use crate::support::setting;
use crate::teller::START;

const PATIENCE: Duration = Duration::from_secs(3_600);

#[test]
fn what_a_replica_says_of_any_position_is_what_the_journal_says() {
    let (commands, seed) = (setting("LONGMEN_REPLICA_COMMANDS", 20_000), setting("LONGMEN_REPLICA_SEED", 1));
    let (positions, began) = (setting("LONGMEN_REPLICA_POSITIONS", 30), Instant::now());
    let (dir, rows) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clock = TestClock::at(START);
    let ledger = history::open(dir.path(), &clock, Durability::Unsynced);
    let mut history = History::of(&ledger, &clock, "h", seed);
    history.go_on(&ledger, commands);
    for (name, [done, refused]) in &history.outcomes {
        println!("{name:40} {done:8} {refused:8}");
    }
    if commands >= 200_000 {
        let is_done = |name: &str| history.outcomes.get(name).is_some_and(|[done, _]| *done > 0);
        let never: Vec<_> = drawn::names().filter(|name| !is_done(name)).collect();
        // What takes years of silence may never come, whatever the seed; a history of the usual is not enough.
        println!("never carried out: {never:?}");
        assert!(never.len() <= 2, "never carried out: {never:?}");
    }
    ledger.close().unwrap();
    println!("{} commands in {:.1} s", history.commands, began.elapsed().as_secs_f64());

    let head = longmen::replay(dir.path(), None).unwrap().head.next_position;
    let mut random = Random::new(seed);
    let edges = Edges::find(dir.path(), &mut random);
    println!("looked at closely: {:?}", edges.kinds().collect::<Vec<_>>());
    let mut stops: Vec<u64> = (0..positions).map(|_| random.below(head)).chain([0, head - 1]).collect();
    stops.extend(edges.stops());
    // Around a snapshot it matters on which side of it a position is.
    let snapshots = Snapshot::list(&FileStorage::new(dir.path())).unwrap();
    stops.extend(snapshots.iter().rev().take(2).flat_map(|from| [from - 2, from - 1, *from]));
    stops.sort_unstable();
    stops.dedup();
    let (mut judge, mut probes) = (Judge::new(), Vec::new());
    judge.walk(dir.path(), &stops, &mut |judge| {
        judge.check();
        let times = if edges.is_near(judge.at().position) { 0 } else { 2 };
        probes.push(Probe::draw(judge, &mut random, times));
    });
    println!("{head} entries judged after {:.1} s", began.elapsed().as_secs_f64());
    let compared = [None, Some(rows.path())].map(|rows| {
        let replica = follow(dir.path(), rows);
        replica.read(Want::AtLeast(head - 1, PATIENCE), |_| Ok(())).unwrap();
        let mut compared: u64 = probes.iter().map(|probe| probe.ask(&replica)).sum();
        compared += feed::check(&judge, &replica, &mut random);
        compared += openings(&judge, &replica, &mut random);
        compared += carried(&judge, &replica, &mut Random::new(seed));
        assert_eq!(replica.status().checkpoints > 0, rows.is_some());
        let name = if rows.is_some() { "rows in sled" } else { "in memory" };
        let took = began.elapsed().as_secs_f64();
        println!("{name}: {} positions, {compared} comparisons, after {took:.1} s", stops.len());
        compared
    });
    assert_eq!(compared[0], compared[1]);
    // Once more, with what it has kept and nothing else to fold in.
    let replica = follow(dir.path(), Some(rows.path()));
    replica.read(Want::AtLeast(head - 1, PATIENCE), |_| Ok(())).unwrap();
    let compared: u64 = probes.iter().map(|probe| probe.ask(&replica)).sum();
    println!("rows opened again: {compared} comparisons, after {:.1} s", began.elapsed().as_secs_f64());
}

/// An account is there from the entry on that opened it, and not before.
fn openings(judge: &Judge, replica: &Replica, random: &mut Random) -> u64 {
    let picked = (0..20).map(|_| usize::try_from(random.below(judge.opened.len() as u64)).unwrap());
    for no in picked {
        let (id, opened) = (judge.name(no), judge.opened[no]);
        let at = |position| replica.read(Want::Exactly(position), |view| view.balance(&id));
        assert_eq!(at(opened).unwrap().value.balance.counters(), [0; 4], "{id} at {opened}");
        let before = at(opened - 1);
        assert!(matches!(before, Err(Error::Unknown { .. })), "{id} before {opened}: {before:?}");
        let found = replica.read(Want::Exactly(opened - 1), |view| {
            pages(1_000, |paging| view.find_accounts(id.as_str(), paging).map(|page| (page.found, page.next)))
        });
        assert!(found.unwrap().value.iter().all(|found| found.account != id), "{id} before {opened}");
    }
    20
}

/// What is begun at one position is gone on with at a later one.
fn carried(judge: &Judge, replica: &Replica, random: &mut Random) -> u64 {
    let many: Vec<usize> =
        (0..judge.lines.len()).filter(|no| (8..300).contains(&judge.lines[*no].len())).collect();
    let last = judge.at().position;
    let mut compared = 0;
    for order in [Order::OldestFirst, Order::NewestFirst].repeat(5) {
        let no = *random.of(&many).unwrap();
        let early = judge.lines[no][5].position + random.below(last - judge.lines[no][5].position);
        let begin = |view: &View<'_>| Carried::begin(view, judge.name(no), order);
        let begun = replica.read(Want::Exactly(early), begin).unwrap().value;
        let go_on = |view: &View<'_>| begun.go_on(judge, view, early);
        compared += replica.read(Want::Exactly(last), go_on).unwrap().value;
    }
    assert!(compared > 0);
    compared
}

fn follow(dir: &Path, rows: Option<&Path>) -> Replica {
    let keep = rows.map_or(Keep::Memory, |rows| Keep::Dir(rows.to_owned()));
    let options = Options { keep, checkpoint_entries: 2_000, ..Options::default() };
    Replica::follow(Arc::new(FileStorage::new(dir)), options).unwrap()
}
