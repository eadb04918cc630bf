//! A process that is killed: whatever it printed a receipt for is in the journal, with the same position and hash.
//!
//! The test binary runs itself again as the process to be killed. `LONGMEN_KILL_ROUNDS` says how often.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use longmen::{Durability, Hash, JournalEntry, Ledger, Options};
use longmen_sim::{Random, Step, Workload};

use crate::crashed::check_expiries;
use crate::laws::{Firsts, check_groups, folded};
use crate::support::{check_balanced, check_keys, setting};

const DIR: &str = "LONGMEN_KILL_DIR";
const ROUND: &str = "LONGMEN_KILL_ROUND";
const THREADS: u64 = 4;
/// A directory is used for so many rounds.
const ROUNDS_EACH: u64 = 20;

fn options(round: u64) -> Options {
    let durability = match round % 4 {
        3 => Durability::Window(Duration::from_micros(300)),
        _ => Durability::Synced,
    };
    Options { durability, segment_size: 128 << 10, snapshot_every: 200, ..Options::default() }
}

/// The process that is killed; a test of its own, that does nothing in an ordinary run.
#[test]
fn child() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let round = setting(ROUND, 0);
    let dir = Path::new(&dir);
    let ledger = match options(round).open(dir) {
        Ok(ledger) => ledger,
        Err(longmen::Error::Journal(longmen::JournalError::NotAJournal { .. })) => {
            options(round).create(dir).unwrap()
        }
        Err(error) => panic!("{error}"),
    };
    ledger.submit_all(Workload::opening().unwrap()).wait().unwrap();
    say("ready");
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let ledger = &ledger;
            scope.spawn(move || work(ledger, round, thread));
        }
    });
}

fn work(ledger: &Ledger, round: u64, thread: u64) {
    let mut workload = Workload::new(&format!("r{round}-t{thread}"), round * THREADS + thread);
    let mut firsts = Firsts::default();
    loop {
        let commands = match workload.step().unwrap() {
            Step::One(command) => vec![command],
            Step::Slice(commands) => commands,
            Step::Advance(_) => continue,
        };
        let receipts = match commands.as_slice() {
            [one] => vec![ledger.submit(one.clone()).wait().unwrap()],
            _ => ledger.submit_all(commands.clone()).wait().unwrap(),
        };
        firsts.check(&commands, &receipts);
        for (command, receipt) in commands.iter().zip(receipts) {
            if let Some(stamp) = receipt.stamp {
                say(&format!("ack {} {} {}", command.key, stamp.position, stamp.hash));
            }
        }
    }
}

/// One write for the whole line, around the test harness's own capture.
fn say(line: &str) {
    std::io::stdout().lock().write_all(format!("{line}\n").as_bytes()).unwrap();
}

type Acks = HashMap<String, (u64, Hash)>;

/// Runs the child, kills it after a while and gives what it had said.
fn kill_one(dir: &Path, round: u64, random: &mut Random) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::child", "--exact", "--nocapture"])
        .env(DIR, dir)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut lines = Vec::new();
    // Now and then it dies while it is still opening.
    if !random.once_in(10) {
        let mut line = String::new();
        while !line.ends_with("ready\n") {
            line.clear();
            assert!(stdout.read_line(&mut line).unwrap() > 0, "the child ended by itself");
        }
    }
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        while stdout.read_line(&mut line).unwrap() > 0 {
            // The last line may be cut off.
            if line.ends_with('\n') {
                lines.push(line.trim_end().to_owned());
            }
            line.clear();
        }
        lines
    });
    std::thread::sleep(Duration::from_micros(random.below(40_000)));
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(9),
        "the child ended by itself: {status}"
    );
    reader.join().unwrap()
}

fn collect(lines: &[String], acks: &mut Acks) {
    for line in lines {
        // The harness's own lines come in between.
        let Some((_, ack)) = line.split_once("ack ") else { continue };
        let mut words = ack.split(' ');
        let mut word = || words.next().unwrap();
        let (key, position, hash) = (word().to_owned(), word().parse().unwrap(), word().parse().unwrap());
        let before = acks.insert(key, (position, hash));
        assert!(before.is_none_or(|before| before == (position, hash)), "two receipts differ: {line}");
    }
}

fn check(dir: &Path, acks: &Acks, reopen: bool) -> usize {
    let mut found: Vec<JournalEntry> = match longmen::entries(dir, 0) {
        Ok(entries) => entries.map(Result::unwrap).collect(),
        Err(error) => {
            assert!(acks.is_empty(), "{error}");
            return 0;
        }
    };
    if reopen {
        let ledger = options(0).open(dir).unwrap();
        let after: Vec<JournalEntry> = ledger.entries(0).unwrap().map(Result::unwrap).collect();
        assert!(after.starts_with(&found));
        found = after;
        check_balanced(ledger.view().accounts());
        ledger.close().unwrap();
        let report = longmen::verify(dir, &mut |_, _| ()).unwrap();
        assert!(report.is_clean(), "{report:?}");
        // An opening, and a replay, start from a snapshot where there is one.
        let replayed = longmen::replay(dir, Some(found.len() as u64)).unwrap();
        assert_eq!(replayed.state_hash(), folded(&found));
    }
    check_expiries(&found);
    check_groups(&found);
    let keys = check_keys(&found);
    for (key, (position, hash)) in acks {
        let at = *keys
            .get(&crate::support::key(key))
            .unwrap_or_else(|| panic!("{key} was acknowledged and is lost"));
        let stamp = found[at].stamp;
        assert_eq!((stamp.position, stamp.hash), (*position, *hash), "{key}");
    }
    assert!(longmen::replay(dir, None).unwrap().head.next_position >= found.len() as u64);
    found.len()
}

#[test]
fn killing_the_process_loses_nothing_that_was_acknowledged() {
    let rounds = setting("LONGMEN_KILL_ROUNDS", 200);
    let seed = setting("LONGMEN_KILL_SEED", u64::from(std::process::id()));
    println!("LONGMEN_KILL_SEED={seed} LONGMEN_KILL_ROUNDS={rounds}");
    let mut random = Random::new(seed);
    let root = tempfile::tempdir().unwrap();
    let (mut dir, mut acks) = (PathBuf::new(), Acks::new());
    let (mut acknowledged, mut entries) = (0, 0);
    for round in 0..rounds {
        if round % ROUNDS_EACH == 0 {
            acknowledged += acks.len();
            acks.clear();
            dir = root.path().join(format!("ledger-{round}"));
        }
        let lines = kill_one(&dir, round, &mut random);
        collect(&lines, &mut acks);
        let last = round % ROUNDS_EACH == ROUNDS_EACH - 1 || round + 1 == rounds;
        let count = check(&dir, &acks, last || random.once_in(3));
        entries += if last { count } else { 0 };
        if last {
            std::fs::remove_dir_all(&dir).unwrap();
        }
    }
    acknowledged += acks.len();
    println!("{rounds} kills, {acknowledged} keys acknowledged, {entries} entries, none lost");
}
