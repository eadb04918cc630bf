//! Writers and followers that are killed: what a replica says afterwards is what the journal says.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use longmen::replica::{Keep, Options, Phase, Replica, Want};
use longmen::{Durability, FileStorage};
use longmen_sim::{Random, TestClock};

use super::children::{Process, say, seed};
use super::history::{self, History};
use super::judge::Judge;
use super::probe::Probe;
use crate::support::setting;
use crate::teller::START;

const WRITE: &str = "LONGMEN_REPLICA_WRITE_DIR";
const FOLLOW: &str = "LONGMEN_REPLICA_FOLLOW_DIR";
const ROWS: &str = "LONGMEN_REPLICA_ROWS_DIR";
const PATIENCE: Duration = Duration::from_secs(120);

/// The process that writes until it is killed.
#[test]
fn writing_child() {
    let Ok(dir) = std::env::var(WRITE) else { return };
    let clock = TestClock::at(START);
    let durability = match seed() % 3 {
        0 => Durability::Window(Duration::from_micros(300)),
        _ => Durability::Synced,
    };
    let ledger = history::open(Path::new(&dir), &clock, durability);
    let mut history = History::of(&ledger, &clock, &format!("r{}", seed()), seed());
    say("ready");
    loop {
        history.round(&ledger);
    }
}

/// Checkpoints all the time, so that a kill meets one.
fn options(rows: Option<&Path>) -> Options {
    let keep = rows.map_or(Keep::Memory, |rows| Keep::Dir(rows.to_owned()));
    Options {
        keep,
        checkpoint_entries: 300,
        checkpoint_every: Duration::from_millis(20),
        ..Options::default()
    }
}

fn follow(dir: &Path, rows: Option<&Path>) -> Replica {
    Replica::follow(Arc::new(FileStorage::new(dir)), options(rows)).unwrap()
}

/// The process that follows until it is killed, and says where it is.
#[test]
fn following_child() {
    let (Ok(dir), Ok(rows)) = (std::env::var(FOLLOW), std::env::var(ROWS)) else { return };
    let replica = follow(Path::new(&dir), Some(Path::new(&rows)));
    say("ready");
    loop {
        let status = replica.status();
        assert_ne!(status.phase, Phase::Stopped, "{:?}", status.stopped);
        assert_eq!(status.rebuilt, 0, "a kill damages no rows");
        say(&format!("at {} {}", status.last.map_or(0, |last| last.position), status.checkpoints));
        std::thread::sleep(Duration::from_millis(5));
    }
}

struct Campaign {
    dir: PathBuf,
    rows: PathBuf,
    random: Random,
    judge: Judge,
    probes: Vec<Probe>,
    compared: u64,
    follower: Option<Process>,
    kills: [u64; 2],
}

impl Campaign {
    /// A writer runs for a while and is killed; a follower beside it may be killed or live on.
    fn round(&mut self, round: u64, ms: u64) {
        let mut writer = Process::run(
            "replica::kills::writing_child",
            &[(WRITE, &self.dir)],
            1_000 * round + self.random.below(1_000),
        );
        writer.hear("ready");
        if self.follower.is_none() {
            let vars: &[(&str, &Path)] = &[(FOLLOW, &self.dir), (ROWS, &self.rows)];
            self.follower = Some(Process::run("replica::kills::following_child", vars, 0));
        }
        // A follower dies while the writer lives, or after it, or goes on beside the next one.
        let [first, second] = [(); 2].map(|()| Duration::from_millis(self.random.below(ms)));
        std::thread::sleep(first);
        let fate = self.random.below(4);
        if fate < 2 {
            self.kill_follower();
        }
        std::thread::sleep(second);
        writer.kill();
        self.kills[0] += 1;
        if fate == 2 {
            self.kill_follower();
        }
        self.ask();
    }

    fn kill_follower(&mut self) {
        let Some(follower) = self.follower.take() else { return };
        follower.kill();
        self.kills[1] += 1;
    }

    /// Judges what is new, and asks about some of it and of what is old.
    fn ask(&mut self) {
        let from = self.judge.stamps.len() as u64;
        let head = longmen::replay(&self.dir, None).unwrap().head.next_position;
        let new = head - from;
        if new == 0 {
            return;
        }
        let mut stops: Vec<u64> = (0..3).map(|_| from + self.random.below(new)).chain([head - 1]).collect();
        stops.sort_unstable();
        stops.dedup();
        let (random, probes) = (&mut self.random, &mut self.probes);
        self.judge.walk(&self.dir, &stops, &mut |judge| probes.push(Probe::draw(judge, random, 1)));
        self.judge.check();
        // Beside a follower that lives on the rows are in use.
        let rows = self.follower.is_none().then_some(self.rows.as_path());
        let replica = follow(&self.dir, rows);
        replica.read(Want::AtLeast(head - 1, PATIENCE), |_| Ok(())).unwrap();
        assert_eq!(replica.status().rebuilt, 0, "a kill damages no rows");
        let recent = self.probes.len().saturating_sub(stops.len() + 2);
        let old: Vec<usize> =
            (0..2).map(|_| usize::try_from(self.random.below(recent as u64 + 1)).unwrap()).collect();
        for at in old.into_iter().chain(recent..self.probes.len()) {
            self.compared += self.probes[at].ask(&replica);
        }
    }
}

#[test]
fn whoever_is_killed_a_replica_says_what_the_journal_says() {
    let rounds = setting("LONGMEN_REPLICA_KILL_ROUNDS", 8);
    let (ms, seed) = (setting("LONGMEN_REPLICA_KILL_MS", 400), setting("LONGMEN_REPLICA_SEED", 1));
    println!("LONGMEN_REPLICA_KILL_ROUNDS={rounds} LONGMEN_REPLICA_SEED={seed}");
    let (root, began) = (tempfile::tempdir().unwrap(), Instant::now());
    let mut campaign = Campaign {
        dir: root.path().join("ledger"),
        rows: root.path().join("rows"),
        random: Random::new(seed),
        judge: Judge::new(),
        probes: vec![],
        compared: 0,
        follower: None,
        kills: [0, 0],
    };
    for round in 0..rounds {
        campaign.round(round, ms);
    }
    let [writers, followers] = campaign.kills;
    println!(
        "{writers} writers and {followers} followers killed, {} entries, {} positions, {} comparisons, {:.1} s",
        campaign.judge.stamps.len(),
        campaign.probes.len(),
        campaign.compared,
        began.elapsed().as_secs_f64()
    );
}
