//! Rows that are damaged while nobody looks, and processes that are killed while they put rows.
//!
//! `LONGMEN_ROT_TRIALS`, `LONGMEN_KILL_ROUNDS` and `LONGMEN_SEED` say how often and which.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use longmen_replica::{Error, Options, Phase, Replica, Want};
use longmen_sim::Random;

use crate::store::{balances, check};
use crate::support::{account, follow, kept, ledger, pay, setting, wait_until};

const ACCOUNTS: u64 = 7;
const CHECKPOINT: u64 = 150;

/// Every file below a directory, in order.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let copy = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(file, copy).unwrap();
    }
}

/// Damages one file and says how.
fn damage(file: &Path, random: &mut Random) -> &'static str {
    let mut bytes = fs::read(file).unwrap();
    // sled's files have long stretches of nothing, where damage does nothing.
    let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let at = random.of(&used).copied().unwrap_or(0);
    let what = match random.below(6) {
        _ if bytes.is_empty() => "deleted",
        0..3 => {
            bytes[at] ^= 1 << random.below(8);
            "flipped"
        }
        3 => {
            let end = bytes.len().min(at + 4_096);
            bytes[at..end].fill(0);
            "blanked"
        }
        4 => {
            bytes.truncate(at);
            "cut"
        }
        _ => "deleted",
    };
    if what == "deleted" {
        fs::remove_file(file).unwrap();
    } else {
        fs::write(file, bytes).unwrap();
    }
    what
}

/// What a replica says of all accounts at some positions; it may have to build its rows again for that.
fn ask(replica: &Replica, positions: &[u64]) -> Vec<Vec<i128>> {
    let accounts: Vec<_> = (0..ACCOUNTS).map(account).collect();
    let one = |position| loop {
        wait_until(replica, |status| status.phase == Phase::Following);
        match replica.read(Want::Exactly(position), |view| view.balances(&accounts)) {
            Ok(answer) => break answer.value.iter().map(|own| own.balance.posted().minor()).collect(),
            Err(Error::Rebuilding { .. }) => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => panic!("{error}"),
        }
    };
    positions.iter().map(|position| one(*position)).collect()
}

#[test]
fn whatever_happens_to_the_rows_the_answers_are_right() {
    let trials = setting("LONGMEN_ROT_TRIALS", 120);
    let seed = setting("LONGMEN_SEED", u64::from(std::process::id()));
    println!("LONGMEN_SEED={seed} LONGMEN_ROT_TRIALS={trials}");
    let mut random = Random::new(seed);
    let root = tempfile::tempdir().unwrap();
    let (journal, sound) = (root.path().join("journal"), root.path().join("sound"));
    let writer = ledger(&journal, ACCOUNTS);
    let stored = pay(&writer, ACCOUNTS, 0, 1_900);
    check(&follow(&journal, kept(&sound, CHECKPOINT)), &journal, stored);
    // The journal goes on behind the last checkpoint.
    let last = pay(&writer, ACCOUNTS, 2_000, 100);
    writer.close().unwrap();
    let memory = follow(&journal, Options::default());
    check(&memory, &journal, last);
    let positions: Vec<u64> = (ACCOUNTS + 1..=last).step_by(97).collect();
    let right = balances(&memory, ACCOUNTS, positions.iter().copied());

    // How often the rows were as they had been, were those of an earlier checkpoint, and were built again.
    let mut seen: BTreeMap<(String, &str), [u32; 3]> = BTreeMap::new();
    for trial in 0..trials {
        let dir = root.path().join(format!("trial-{trial}"));
        copy(&sound, &dir);
        let all: Vec<PathBuf> = files(&dir).into_iter().filter(|file| !file.ends_with("lock")).collect();
        let file = random.of(&all).unwrap();
        let what = damage(file, &mut random);
        let replica = follow(&journal, kept(&dir, CHECKPOINT));
        let found = replica.status().stored.map(|stamp| stamp.position);
        assert_eq!(ask(&replica, &positions), right, "trial {trial}: {} {what}", file.display());
        check(&replica, &journal, last);
        let rebuilt = replica.status().rebuilt;
        assert!(rebuilt <= 1, "{rebuilt}");
        let name = file.file_name().unwrap().to_str().unwrap();
        let name = name.split('.').next().unwrap().to_owned();
        seen.entry((name, what)).or_default()[match found {
            _ if rebuilt > 0 => 2,
            Some(found) if found == stored => 0,
            _ => 1,
        }] += 1;
        drop(replica);
        if trial % 10 == 0 {
            // What was built again is sound.
            let again = follow(&journal, kept(&dir, CHECKPOINT)).status();
            assert!((again.rebuilt, again.stored.unwrap().position) == (0, last));
        }
        fs::remove_dir_all(&dir).unwrap();
    }
    println!("sound, earlier, built again: {seen:?}");
    let noticed: u32 = seen.values().map(|[_, earlier, rebuilt]| earlier + rebuilt).sum();
    assert!(trials < 50 || u64::from(noticed) > trials / 5, "damage is hardly ever noticed");
}

#[test]
fn rows_that_go_bad_under_a_running_replica_are_built_again_meanwhile() {
    let trials = setting("LONGMEN_ROT_TRIALS", 120) / 10;
    let mut random = Random::new(setting("LONGMEN_SEED", u64::from(std::process::id())));
    let root = tempfile::tempdir().unwrap();
    let (journal, sound) = (root.path().join("journal"), root.path().join("sound"));
    let writer = ledger(&journal, ACCOUNTS);
    let last = pay(&writer, ACCOUNTS, 0, 3_000);
    writer.close().unwrap();
    let memory = follow(&journal, Options::default());
    check(&memory, &journal, last);
    let positions: Vec<u64> = (ACCOUNTS + 1..=last).step_by(97).collect();
    let right = balances(&memory, ACCOUNTS, positions.iter().copied());
    check(&follow(&journal, kept(&sound, CHECKPOINT)), &journal, last);
    let mut rebuilt = 0;
    for trial in 0..trials {
        let dir = root.path().join(format!("trial-{trial}"));
        copy(&sound, &dir);
        let replica = follow(&journal, kept(&dir, CHECKPOINT));
        wait_until(&replica, |status| status.phase == Phase::Following);
        let db = files(&dir).into_iter().find(|file| file.ends_with("db")).unwrap();
        // Blanks all but the beginning, in place: sled has the file open.
        let len = usize::try_from(fs::metadata(&db).unwrap().len()).unwrap();
        let from = usize::try_from(random.below(len as u64 / 2)).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&db).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &vec![0; len - from], from as u64).unwrap();
        assert_eq!(ask(&replica, &positions), right, "trial {trial}");
        rebuilt += replica.status().rebuilt;
        check(&replica, &journal, last);
    }
    println!("{rebuilt} of {trials} were built again");
    assert!(rebuilt > 0);
}

const DIR: &str = "LONGMEN_REPLICA_KILL_DIR";

/// The process that is killed; a test of its own, that does nothing in an ordinary run.
#[test]
fn child() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let dir = Path::new(&dir);
    let replica = follow(&dir.join("journal"), kept(&dir.join("rows"), CHECKPOINT));
    wait_until(&replica, |status| status.phase == Phase::Following);
    // The parent kills it long before.
    std::thread::sleep(Duration::from_secs(30));
}

#[test]
fn killing_a_replica_in_the_middle_of_checkpoints_costs_nothing_but_time() {
    let rounds = setting("LONGMEN_KILL_ROUNDS", 60);
    let seed = setting("LONGMEN_SEED", u64::from(std::process::id()));
    println!("LONGMEN_SEED={seed} LONGMEN_KILL_ROUNDS={rounds}");
    let mut random = Random::new(seed);
    let root = tempfile::tempdir().unwrap();
    let (journal, rows) = (root.path().join("journal"), root.path().join("rows"));
    let writer = ledger(&journal, ACCOUNTS);
    let (mut stored, mut restarts) = (0, 0);
    for round in 0..rounds {
        let last = pay(&writer, ACCOUNTS, round * 600, 600);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["rebuild::child", "--exact"])
            .env(DIR, root.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(20_000 + random.below(60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        if round % 3 == 2 {
            let replica = follow(&journal, kept(&rows, CHECKPOINT));
            let found = replica.status().stored.map_or(0, |stamp| stamp.position);
            restarts += u32::from(found > stored);
            assert!(found >= stored, "the checkpoint at {stored} is lost, {found} was found");
            check(&replica, &journal, last);
            let memory = follow(&journal, Options::default());
            check(&memory, &journal, last);
            let positions = || (ACCOUNTS + 1..=last).step_by(301);
            assert_eq!(balances(&replica, ACCOUNTS, positions()), balances(&memory, ACCOUNTS, positions()));
            assert_eq!(replica.status().rebuilt, 0);
            drop(replica);
            stored = follow(&journal, kept(&rows, CHECKPOINT)).status().stored.unwrap().position;
        }
    }
    println!("{rounds} kills, {restarts} times a checkpoint of the killed process was found");
    assert!(rounds < 30 || restarts > 0);
}
