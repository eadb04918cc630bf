//! Figures of a replica, as a table: catching up, following a writer at full load, building rows anew, asking.
//!
//! ```sh
//! cargo run --release -p longmen-bench --example replica_numbers            # all, with 10,000,000 entries
//! cargo run --release -p longmen-bench --example replica_numbers -- beside  # a writer alone and with a replica
//! cargo run --release -p longmen-bench --example replica_numbers -- large 1000000 100000  # over so many accounts
//! ```
//!
//! It works in a new directory under the temporary one, with some 3 GB for 10 million entries, and removes it.

#![expect(clippy::unwrap_used, reason = "what is not there ends it")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use longmen::replica::{
    ActivityQuestion, Edge, Keep, Of, Options as Follow, Order, Period, Phase, Replica, StatementQuestion,
    Want,
};
use longmen::{AccountId, Command, Durability, EffectiveDate, Ledger, Options};
use longmen_bench::Workload;

const SLICE: usize = 1_000;
/// Slices under way at once.
const UNDER_WAY: usize = 8;
const ACCOUNTS: usize = 10_000;
/// Commands of one measurement beside a writer: so many that there are checkpoints among them.
const BESIDE: usize = 2_500_000;
/// So many are made and sent at a time where there is a large ledger to make.
const PART: usize = 1_000_000;
const TURNS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(3_600);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["child", dir, rows] => child(Path::new(dir), Path::new(rows)),
        ["beside"] => beside(),
        ["large", entries] => large(entries.parse().unwrap(), ACCOUNTS),
        ["large", entries, accounts] => large(entries.parse().unwrap(), accounts.parse().unwrap()),
        [] => {
            beside();
            large(10_000_000, ACCOUNTS);
        }
        _ => panic!("beside, or large and how many entries and accounts, or nothing"),
    }
}

fn row(what: &str, seen: &str) {
    println!("| {what} | {seen} |");
}

fn per_second(entries: usize, took: Duration) -> String {
    format!("{:.0}", entries as f64 / took.as_secs_f64())
}

/// Creates a ledger with open accounts.
fn create(dir: &Path, durability: Durability, accounts: usize) -> (Ledger, Workload) {
    let options = Options { durability, snapshot_every: 0, ..Options::default() };
    let ledger = options.create(dir).unwrap();
    let workload = Workload::new(accounts).unwrap();
    send(&ledger, workload.open().unwrap());
    (ledger, workload)
}

/// Sends commands in slices, several under way; all are carried out.
fn send(ledger: &Ledger, commands: Vec<Command>) {
    let mut under_way = VecDeque::new();
    let mut commands = commands.into_iter().peekable();
    while commands.peek().is_some() || !under_way.is_empty() {
        if commands.peek().is_some() && under_way.len() < UNDER_WAY {
            under_way.push_back(ledger.submit_all(commands.by_ref().take(SLICE).collect()));
        } else if let Some(ticket) = under_way.pop_front() {
            for receipt in ticket.wait().unwrap() {
                receipt.accepted().unwrap();
            }
        }
    }
}

/// In the writer's process, told by the writer.
fn follow_beside(ledger: &Ledger, keep: Keep) -> Replica {
    let options = Follow { keep, watch: Some(ledger.watch()), ..Follow::default() };
    Replica::follow(ledger.storage(), options).unwrap()
}

fn follow(dir: &Path, keep: Keep) -> Replica {
    longmen::follow(dir, Follow { keep, ..Follow::default() }).unwrap()
}

fn wait_for(replica: &Replica, position: u64) {
    replica.read(Want::AtLeast(position, PATIENCE), |_| Ok(())).unwrap();
}

fn rows_of(dir: &Path) -> Keep {
    Keep::Dir(dir.to_owned())
}

/// A replica in a process of its own: says when it is there, and ends when nobody speaks to it any more.
fn child(dir: &Path, rows: &Path) {
    let replica = follow(dir, rows_of(rows));
    println!("ready");
    let mut line = String::new();
    while std::io::stdin().read_line(&mut line).unwrap() > 0 {
        wait_for(&replica, line.trim().parse().unwrap());
        println!("there");
        line.clear();
    }
}

/// Who is there beside the writer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Beside {
    Nobody,
    SpinningThread,
    SpinningProcess,
    InMemory,
    WithRows,
    OtherProcess,
}

const ALL: [(Beside, &str); 6] = [
    (Beside::Nobody, "writer alone"),
    (Beside::SpinningThread, "a thread that only spins"),
    (Beside::SpinningProcess, "another process that only spins"),
    (Beside::InMemory, "replica in the process, in memory"),
    (Beside::WithRows, "replica in the process, rows in sled"),
    (Beside::OtherProcess, "replica in another process, rows in sled"),
];

/// What was seen of one measurement.
struct Seen {
    /// How long the writer took.
    writer: Duration,
    /// How much later the replica was there.
    behind: Option<Duration>,
    /// How much time on a core the other process took.
    cpu: Option<Duration>,
}

/// The writer's throughput, alone and with company, in turn.
fn beside() {
    let mut seen: Vec<Vec<Seen>> = ALL.iter().map(|_| Vec::new()).collect();
    for _ in 0..TURNS {
        for ((kind, _), seen) in ALL.iter().zip(&mut seen) {
            seen.push(measure(*kind));
        }
    }
    let median = |mut all: Vec<Duration>| {
        all.sort_unstable();
        all.get(all.len() / 2).copied()
    };
    let alone = median(seen[0].iter().map(|own| own.writer).collect()).unwrap();
    println!(
        "\n{BESIDE} transfers in slices of {SLICE}, {UNDER_WAY} under way, synced; medians of {TURNS} in turn\n"
    );
    println!("| beside the writer | transfers/s | of alone | replica there after | its time on a core |");
    println!("|---|---|---|---|---|");
    for ((_, name), seen) in ALL.iter().zip(seen) {
        let writer = median(seen.iter().map(|own| own.writer).collect()).unwrap();
        let share = 100.0 * alone.as_secs_f64() / writer.as_secs_f64();
        let show =
            |time: Option<Duration>| time.map_or("".into(), |time| format!("{:.2} s", time.as_secs_f64()));
        let behind = show(median(seen.iter().filter_map(|own| own.behind).collect()));
        let cpu = show(median(seen.iter().filter_map(|own| own.cpu).collect()));
        println!("| {name} | {} | {share:.0} % | {behind} | {cpu} |", per_second(BESIDE, writer));
    }
}

fn measure(kind: Beside) -> Seen {
    let root = tempfile::tempdir().unwrap();
    let (dir, rows) = (root.path().join("ledger"), root.path().join("rows"));
    let (ledger, mut workload) = create(&dir, Durability::Synced, ACCOUNTS);
    let commands = workload.transfers(BESIDE).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let mut replica = match kind {
        Beside::InMemory => Some(follow_beside(&ledger, Keep::Memory)),
        Beside::WithRows => Some(follow_beside(&ledger, rows_of(&rows))),
        _ => None,
    };
    let mut other = match kind {
        Beside::OtherProcess => Some(Other::start(&["child", dir.to_str().unwrap(), rows.to_str().unwrap()])),
        Beside::SpinningProcess => Some(Other::spin()),
        _ => None,
    };
    let spinning = (kind == Beside::SpinningThread).then(|| {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || while !stop.load(Ordering::Relaxed) {})
    });
    let cpu = other.as_ref().map(Other::cpu);
    let start = Instant::now();
    send(&ledger, commands);
    let writer = start.elapsed();
    let last = ledger.head().next_position - 1;
    stop.store(true, Ordering::Relaxed);
    let after = Instant::now();
    if let Some(replica) = &mut replica {
        wait_for(replica, last);
    }
    let follows = kind == Beside::OtherProcess;
    if let (Some(other), true) = (&mut other, follows) {
        other.wait_for(last);
    }
    let behind = (replica.is_some() || follows).then(|| after.elapsed());
    let cpu = follows.then(|| other.as_ref().unwrap().cpu() - cpu.unwrap());
    if let Some(thread) = spinning {
        thread.join().unwrap();
    }
    ledger.close().unwrap();
    Seen { writer, behind, cpu }
}

/// Another process, which ends with this.
struct Other(Child);

impl Other {
    fn start(args: &[&str]) -> Self {
        let mut process = Process::new(std::env::current_exe().unwrap());
        process.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut other = Self(process.spawn().unwrap());
        other.hear();
        other
    }

    fn spin() -> Self {
        Self(Process::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap())
    }

    fn hear(&mut self) {
        let mut line = [0; 6];
        self.0.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    }

    fn wait_for(&mut self, position: u64) {
        writeln!(self.0.stdin.as_mut().unwrap(), "{position}").unwrap();
        self.hear();
    }

    /// The time that it had on a core so far, where the operating system tells; a tick is a hundredth of a second.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap_or_default();
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let ticks = after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
        Duration::from_millis(10 * ticks.sum::<u64>())
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A large ledger: catching up with it, its rows built anew, questions to it.
fn large(entries: usize, accounts: usize) {
    let root = tempfile::tempdir().unwrap();
    let (dir, rows) = (root.path().join("ledger"), root.path().join("rows"));
    let (ledger, mut workload) = create(&dir, Durability::Unsynced, accounts);
    let start = Instant::now();
    for _ in (0..entries).step_by(PART) {
        send(&ledger, workload.transfers(entries.min(PART)).unwrap());
    }
    println!("\n| {entries} entries over {accounts} accounts | seen |\n|---|---|");
    row("made, entries/s, unsynced", &per_second(entries, start.elapsed()));
    let last = ledger.head().next_position - 1;
    ledger.close().unwrap();
    row("journal, MB", &megabytes(&dir));

    let before = memory();
    let start = Instant::now();
    let replica = follow(&dir, Keep::Memory);
    wait_for(&replica, last);
    row("followed in memory, entries/s", &per_second(entries, start.elapsed()));
    row("memory for it, MB", &format!("{}", memory().saturating_sub(before) >> 10));
    ask(&replica, "in memory", last, accounts);
    drop(replica);

    let start = Instant::now();
    let replica = follow(&dir, rows_of(&rows));
    show_progress(&replica, last);
    row("followed with rows in sled, entries/s", &per_second(entries, start.elapsed()));
    ask(&replica, "rows in sled", last, accounts);
    drop(replica);
    row("rows, MB", &megabytes(&rows));
    let start = Instant::now();
    let replica = follow(&dir, rows_of(&rows));
    wait_for(&replica, last);
    row("opened again with its rows, s", &format!("{:.2}", start.elapsed().as_secs_f64()));
    ask(&replica, "rows in sled, opened again", last, accounts);
}

/// What a progress bar would show, once a second.
fn show_progress(replica: &Replica, last: u64) {
    let start = Instant::now();
    loop {
        let waits = Want::AtLeast(last, Duration::from_secs(1));
        let there = replica.read(waits, |_| Ok(())).is_ok();
        let status = replica.status();
        let done = status.last.map_or(0, |last| last.position);
        let rate = done as f64 / start.elapsed().as_secs_f64();
        eprintln!("{done} of {last}, {rate:.0} entries/s, {} checkpoints", status.checkpoints);
        if there || status.phase == Phase::Stopped {
            return;
        }
    }
}

/// Questions, each over and over: their median and what 99 of 100 stay below.
fn ask(replica: &Replica, how: &str, last: u64, accounts: usize) {
    let ids: Vec<AccountId> =
        (0..accounts).map(|n| AccountId::new(&format!("customer.{n:06}.cny")).unwrap()).collect();
    let mut at = 1_u64;
    let mut next = || {
        at = at.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        at >> 16
    };
    let mut measure = |what: &str, question: &mut dyn FnMut(AccountId, u64)| {
        let mut times: Vec<Duration> = (0..2_000)
            .map(|_| {
                let id = ids[usize::try_from(next() % ids.len() as u64).unwrap()];
                let position = accounts as u64 + 1 + next() % (last - accounts as u64);
                let start = Instant::now();
                question(id, position);
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        let show = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e6);
        row(
            &format!("{what}, {how}: median and 99 %, µs"),
            &format!("{} and {}", show(times[1_000]), show(times[1_979])),
        );
    };
    measure("balance now", &mut |id, _| {
        replica.read(Want::Latest, |view| view.balance(&id)).unwrap();
    });
    measure("balance at a position", &mut |id, position| {
        replica.read(Want::Exactly(position), |view| view.balance(&id)).unwrap();
    });
    let page = |id, period, order| StatementQuestion { period, order, ..StatementQuestion::of(id) };
    measure("statement, the newest 100 lines", &mut |id, _| {
        let question = page(id, Period::default(), Order::NewestFirst);
        replica.read(Want::Latest, |view| view.statement(&question)).unwrap();
    });
    measure("statement, 100 lines from a position on", &mut |id, position| {
        let period = Period { from: Some(Edge::Position(position)), through: None };
        let question = page(id, period, Order::OldestFirst);
        replica.read(Want::Latest, |view| view.statement(&question)).unwrap();
    });
    measure("statement at a position, 100 lines before it", &mut |id, position| {
        let question = page(id, Period::default(), Order::NewestFirst);
        replica.read(Want::Exactly(position), |view| view.statement(&question)).unwrap();
    });
    measure("effective balance", &mut |id, _| {
        let day = EffectiveDate::from_days(20_800).unwrap();
        replica.read(Want::Latest, |view| view.balance_effective(&id, day)).unwrap();
    });
    measure("activity, the newest 100 lines of an account", &mut |id, _| {
        let question = ActivityQuestion::of(Of::Account(id));
        replica.read(Want::Latest, |view| view.activity(&question)).unwrap();
    });
}

/// What the operating system says that this process has in memory, in KB.
fn memory() -> u64 {
    let status = std::fs::read("/proc/self/status").unwrap_or_default();
    let mut lines = BufReader::new(&status[..]).lines().map_while(Result::ok);
    let line = lines.find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// How large the files of a directory are.
fn megabytes(dir: &Path) -> String {
    fn bytes(dir: &Path) -> u64 {
        let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
        let size = |entry: std::fs::DirEntry| {
            let meta = entry.metadata().unwrap();
            if meta.is_dir() { bytes(&entry.path()) } else { meta.len() }
        };
        entries.map(size).sum()
    }
    format!("{}", bytes(dir) >> 20)
}
