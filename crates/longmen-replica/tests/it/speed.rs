//! How fast a replica catches up, and what it takes; run by hand, in release:
//! `cargo test --release -p longmen-replica catching_up -- --ignored --nocapture`.

use std::path::Path;
use std::time::Instant;

use longmen_replica::{Options, Phase};

use crate::support::{follow, kept, ledger, pay, setting, wait_until};

#[test]
#[ignore = "measures; it takes a minute and wants a quiet machine"]
fn catching_up_takes_so_long() {
    let (accounts, entries) = (setting("LONGMEN_ACCOUNTS", 1_000), setting("LONGMEN_ENTRIES", 1_000_000));
    let checkpoint = setting("LONGMEN_CHECKPOINT", Options::default().checkpoint_entries);
    let root = tempfile::tempdir().unwrap();
    let (journal, rows) = (root.path().join("journal"), root.path().join("rows"));
    let writer = ledger(&journal, accounts);
    (0..entries).step_by(1_000_000).for_each(|first| {
        let _ = pay(&writer, accounts, first, (entries - first).min(1_000_000));
    });
    writer.close().unwrap();
    println!("{accounts} accounts, {entries} transfers, {} MB of journal", bytes(&journal) / 1_000_000);
    for (name, options) in [("memory", Options::default()), ("sled", kept(&rows, checkpoint))] {
        let (before, busy) = (resident(), busy());
        let start = Instant::now();
        let replica = follow(&journal, options);
        let status = wait_until(&replica, |status| status.phase == Phase::Following);
        let took = start.elapsed();
        let all = status.last.unwrap().position + 1;
        let rate = all as f64 / took.as_secs_f64();
        let memory = resident() - before;
        println!(
            "{name}: {all} entries in {took:.2?}, {rate:.0}/s, {memory} kB, {} checkpoints",
            status.checkpoints
        );
        println!("CPU seconds by thread: {:?}, all {:.2}", threads(), busy_since(busy));
        let start = Instant::now();
        drop(replica);
        println!("closed in {:.2?}; {} MB of rows", start.elapsed(), bytes(&rows) / 1_000_000);
    }
    let start = Instant::now();
    let replica = follow(&journal, kept(&rows, checkpoint));
    let status = wait_until(&replica, |status| status.phase == Phase::Following);
    println!("opened again at {:?} in {:.2?}", status.stored, start.elapsed());
}

/// Bytes of all files below a directory.
fn bytes(dir: &Path) -> u64 {
    let Ok(files) = std::fs::read_dir(dir) else { return 0 };
    files
        .map(|file| {
            let file = file.unwrap();
            if file.file_type().unwrap().is_dir() {
                bytes(&file.path())
            } else {
                file.metadata().unwrap().len()
            }
        })
        .sum()
}

/// Clock ticks of the processor that this process has used; there are 100 in a second.
fn busy() -> u64 {
    ticks(Path::new("/proc/self/stat"))
}

fn busy_since(before: u64) -> f64 {
    (busy() - before) as f64 / 100.0
}

fn ticks(stat: &Path) -> u64 {
    let stat = std::fs::read_to_string(stat).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// The processor seconds of every thread that there is.
fn threads() -> Vec<(String, f64)> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(Result::unwrap);
    let mut threads: Vec<_> = tasks
        .map(|task| {
            let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            (name.trim().to_owned(), ticks(&task.path().join("stat")) as f64 / 100.0)
        })
        .filter(|(_, seconds)| *seconds > 0.0)
        .collect();
    threads.sort_by(|one, other| one.0.cmp(&other.0));
    threads
}

/// Resident memory of this process in kB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
