//! `longmen bench`: what this machine's disk can do, and what the ledger makes of it.
//!
//! Absolute figures of a shared machine mean little, so each figure of the ledger stands beside one of the bare disk
//! that was taken in turn with it, and the ratio is what to quote.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use longmen::{AccountId, Amount, Class, Command, Currency, Key, Ledger, OpenAccount, Options, Overdraft};
use serde_json::json;

use crate::{Failure, Outcome};

/// What the smallest commit writes: one sector-aligned batch.
const SECTOR: usize = 4_096;
const BARE_FILE_BYTES: usize = 64 << 20;
const SLICE: usize = 1_000;
const CALLERS: usize = 64;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to measure: a directory on the disk in question; a temporary one is made in it and removed
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Commits of the single caller
    #[arg(long, default_value_t = 2_000)]
    commits: usize,
    /// Transfers in slices of 1,000
    #[arg(long, default_value_t = 1_000_000)]
    transfers: usize,
    /// Commands of each of the 64 callers
    #[arg(long, default_value_t = 500)]
    commands: usize,
    /// Accounts between which money moves
    #[arg(long, default_value_t = 10_000)]
    accounts: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let dir = Scratch::new(&args.dir)?;
    let bench = Bench::new(&dir, args.accounts)?;
    let single = bench.single(&BareDisk::new(&dir)?, args.commits)?;
    let one_by_one = bench.slices(args.transfers, 1)?;
    let pipelined = bench.slices(args.transfers, 8)?;
    let shared = bench.shared(args.commands)?;
    let entries = bench.ledger.head().next_position;
    bench.ledger.close()?;
    if args.json {
        let report = json!({
            "bare_p50_us": single.bare.p50, "bare_p99_us": single.bare.p99,
            "commit_p50_us": single.commit.p50, "commit_p99_us": single.commit.p99,
            "commit_ratio_p50": single.ratio(),
            "slices_per_s": one_by_one, "slices_pipelined_per_s": pipelined,
            "shared_per_s": shared.per_s, "commands_per_sync": shared.per_sync, "entries": entries,
        });
        println!("{report}");
        return Ok(());
    }
    println!(
        "bare disk, {SECTOR} bytes written and synced   p50 {:>6} us   p99 {:>6} us",
        single.bare.p50, single.bare.p99
    );
    println!(
        "one caller, each commit waited for      p50 {:>6} us   p99 {:>6} us",
        single.commit.p50, single.commit.p99
    );
    println!("  taken in turn: {:.2} times the bare disk at the median", single.ratio());
    println!("slices of {SLICE} transfers, one at a time      {one_by_one:>9.0} transfers/s");
    println!("slices of {SLICE} transfers, eight under way    {pipelined:>9.0} transfers/s");
    println!(
        "{CALLERS} callers, each waiting for each commit  {:>9.0} commands/s, {:.1} commands for each sync",
        shared.per_s, shared.per_sync
    );
    println!("every figure synced and hash-chained; {entries} entries in all");
    Ok(())
}

/// A directory that is removed again.
struct Scratch(PathBuf);

impl Scratch {
    fn new(parent: &std::path::Path) -> Result<Self, Failure> {
        let dir = parent.join(format!("longmen-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        Ok(Self(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("longmen: could not remove {}: {error}", self.0.display());
        }
    }
}

/// The best that can be had: one write and one sync into a file that is already there.
struct BareDisk(File);

impl BareDisk {
    fn new(dir: &Scratch) -> io::Result<Self> {
        let file = OpenOptions::new().create_new(true).write(true).open(dir.0.join("bare"))?;
        for offset in (0..BARE_FILE_BYTES).step_by(1 << 20) {
            file.write_all_at(&vec![0; 1 << 20], offset as u64)?;
        }
        file.sync_all()?;
        Ok(Self(file))
    }

    fn write(&self, index: usize) -> io::Result<Duration> {
        let bytes = [7; SECTOR];
        let offset = index * SECTOR % BARE_FILE_BYTES;
        let start = Instant::now();
        self.0.write_all_at(&bytes, offset as u64)?;
        self.0.sync_data()?;
        Ok(start.elapsed())
    }
}

struct Bench {
    ledger: Ledger,
    accounts: Vec<AccountId>,
    next: std::cell::Cell<u64>,
}

/// Microseconds.
struct Latency {
    p50: u64,
    p99: u64,
    p50_ns: u64,
}

struct Single {
    bare: Latency,
    commit: Latency,
}

struct Shared {
    per_s: f64,
    per_sync: f64,
}

impl Single {
    fn ratio(&self) -> f64 {
        ratio(self.commit.p50_ns, self.bare.p50_ns)
    }
}

impl Bench {
    fn new(dir: &Scratch, accounts: usize) -> Result<Self, Failure> {
        let ledger = Options { snapshot_every: 0, ..Options::default() }.create(dir.0.join("ledger"))?;
        let ids: Result<Vec<AccountId>, _> =
            (0..accounts.max(2)).map(|n| AccountId::new(&format!("customer.{n:06}.cny"))).collect();
        let accounts = ids.map_err(|refusal| Failure::Ledger(refusal.to_string()))?;
        for chunk in accounts.chunks(SLICE) {
            let open = |id: &AccountId| {
                let account = OpenAccount::new(*id, Currency::CNY, Class::Liability);
                Ok(Command::open_account(
                    Key::new(&format!("open.{id}"))?,
                    account.overdraft(Overdraft::Unlimited),
                ))
            };
            let commands: Result<Vec<_>, longmen::Refusal> = chunk.iter().map(open).collect();
            done(
                ledger
                    .submit_all(commands.map_err(|refusal| Failure::Ledger(refusal.to_string()))?)
                    .wait()?,
            )?;
        }
        Ok(Self { ledger, accounts, next: std::cell::Cell::new(1) })
    }

    /// A transfer between two accounts that a mixed counter picks; keys grow like ULIDs.
    fn transfer(&self) -> Result<Command, Failure> {
        let n = self.next.get();
        self.next.set(n + 1);
        let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let pick = |bits: u64| usize::try_from(bits % self.accounts.len() as u64).unwrap_or(0);
        let (from, to) = (pick(mixed >> 32), pick((mixed >> 32) + 1 + mixed % 97));
        let key = Key::new(&format!("01K{n:023}")).map_err(|refusal| Failure::Ledger(refusal.to_string()))?;
        let amount = Amount::new(1 + mixed % 10_000).unwrap_or(Amount::ZERO);
        Ok(Command::transfer(key, self.accounts[from], self.accounts[to], amount, Currency::CNY))
    }

    fn transfers(&self, count: usize) -> Result<Vec<Command>, Failure> {
        (0..count).map(|_| self.transfer()).collect()
    }

    /// One caller that waits for each commit, in turn with the bare disk.
    fn single(&self, bare: &BareDisk, commits: usize) -> Result<Single, Failure> {
        let (mut of_bare, mut of_commit) = (histogram()?, histogram()?);
        for index in 0..commits.max(1) {
            of_bare.saturating_record(nanoseconds(bare.write(index)?));
            let command = self.transfer()?;
            let start = Instant::now();
            let receipt = self.ledger.submit(command).wait()?;
            of_commit.saturating_record(nanoseconds(start.elapsed()));
            done(vec![receipt])?;
        }
        Ok(Single { bare: latency(&of_bare), commit: latency(&of_commit) })
    }

    /// Transfers a second in slices, so many of them under way at once. Making the commands is not counted.
    fn slices(&self, transfers: usize, under_way: usize) -> Result<f64, Failure> {
        let count = transfers.div_ceil(SLICE).max(1);
        let slices: Result<Vec<_>, _> = (0..count).map(|_| self.transfers(SLICE)).collect();
        let start = Instant::now();
        let mut tickets = std::collections::VecDeque::new();
        for slice in slices? {
            if tickets.len() == under_way
                && let Some(ticket) = tickets.pop_front()
            {
                done(longmen::Ticket::wait(ticket)?)?;
            }
            tickets.push_back(self.ledger.submit_all(slice));
        }
        for ticket in tickets {
            done(ticket.wait()?)?;
        }
        Ok(per_second(count * SLICE, start.elapsed()))
    }

    /// Callers on threads of their own, each waiting for each of its commands.
    fn shared(&self, commands: usize) -> Result<Shared, Failure> {
        let work: Result<Vec<_>, _> = (0..CALLERS).map(|_| self.transfers(commands.max(1))).collect();
        let (work, ledger) = (work?, &self.ledger);
        let batches = ledger.batches();
        let start = Instant::now();
        std::thread::scope(|scope| {
            let callers: Vec<_> =
                work.into_iter().map(|commands| scope.spawn(move || wait_each(ledger, commands))).collect();
            callers.into_iter().try_for_each(|caller| {
                caller.join().unwrap_or_else(|_| Err(Failure::Ledger("a caller's thread ended".to_owned())))
            })
        })?;
        let elapsed = start.elapsed();
        let commands = CALLERS * commands.max(1);
        let per_sync = ratio(commands as u64, ledger.batches() - batches);
        Ok(Shared { per_s: per_second(commands, elapsed), per_sync })
    }
}

fn wait_each(ledger: &Ledger, commands: Vec<Command>) -> Outcome {
    for command in commands {
        done(vec![ledger.submit(command).wait()?])?;
    }
    Ok(())
}

fn done(receipts: Vec<longmen::Receipt>) -> Outcome {
    for receipt in receipts {
        receipt
            .accepted()
            .map_err(|refusal| Failure::Ledger(format!("a bench command was refused: {refusal}")))?;
    }
    Ok(())
}

fn histogram() -> Result<Histogram<u64>, Failure> {
    Histogram::new_with_max(60_000_000_000, 3).map_err(|error| Failure::Ledger(error.to_string()))
}

fn latency(histogram: &Histogram<u64>) -> Latency {
    let (p50_ns, p99_ns) = (histogram.value_at_quantile(0.5), histogram.value_at_quantile(0.99));
    Latency { p50: p50_ns / 1_000, p99: p99_ns / 1_000, p50_ns }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn per_second(count: usize, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b.max(1) as f64
}
