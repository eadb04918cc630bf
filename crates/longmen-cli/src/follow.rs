//! `longmen follow`: follows a ledger as it grows, verifying every entry, and says how far it is.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use longmen::Replica;
use longmen::replica::{Phase, Status};
use serde_json::json;

use crate::ask::Kept;
use crate::lang::pick;
use crate::progress;
use crate::{Failure, Outcome};

/// How often a person's line is drawn anew.
const LOOK: Duration = Duration::from_millis(200);
/// A line in a pipe is for one second at least.
const SAY: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
#[command(after_help = "It can be ended at any time, and changes nothing in the ledger's directory.")]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    #[command(flatten)]
    kept: Kept,
    /// End as soon as the end of the journal is reached
    #[arg(long)]
    once: bool,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let start = Instant::now();
    let replica = args.kept.follow(&args.dir)?;
    let first = position(&replica.status());
    let caught_up = catch_up(args, &replica)?;
    let entries = position(&caught_up).saturating_sub(first);
    let seconds = start.elapsed().as_secs_f64();
    eprintln!(
        "{} {entries} {} {seconds:.1} s, {:.0} {}",
        pick("verified and folded in", "已校验并折入"),
        pick("entries in", "条分录，用时"),
        per_second(entries, start.elapsed()),
        pick("a second", "条/秒"),
    );
    say(args, &caught_up, 0.0)?;
    if args.once {
        return Ok(());
    }
    go_on(args, &replica, caught_up)
}

/// Waits until the journal's end is reached, with a bar.
fn catch_up(args: &Args, replica: &Replica) -> Result<Status, Failure> {
    let bar = progress::bar(pick("following", "跟随"));
    loop {
        let status = looked_at(args, replica)?;
        bar.set_length(status.head.map_or(0, |head| head.position + 1));
        bar.set_position(position(&status) + 1);
        match status.phase {
            Phase::Following => {
                bar.finish_and_clear();
                return Ok(status);
            }
            Phase::Rebuilding => bar.set_message(pick("building rows again", "重建")),
            Phase::CatchingUp | Phase::Stopped => {}
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Follows until it is ended from outside, or the journal is not what it was.
fn go_on(args: &Args, replica: &Replica, mut said: Status) -> Outcome {
    let is_person = !args.json && io::stdout().is_terminal();
    let mut since = Instant::now();
    loop {
        std::thread::sleep(if is_person { LOOK } else { SAY });
        let status = looked_at(args, replica)?;
        let entries = position(&status).saturating_sub(position(&said));
        if entries == 0 && !is_person {
            continue;
        }
        say(args, &status, per_second(entries, since.elapsed()))?;
        (said, since) = (status, Instant::now());
    }
}

/// How the replica is doing; an error where it has stopped.
fn looked_at(args: &Args, replica: &Replica) -> Result<Status, Failure> {
    let status = replica.status();
    match &status.stopped {
        Some(cause) => Err(Failure::of_stopped_replica(&args.dir, cause)),
        None => Ok(status),
    }
}

fn say(args: &Args, status: &Status, rate: f64) -> Outcome {
    let mut out = io::stdout().lock();
    let hash = status.last.map(|last| last.hash.to_string()).unwrap_or_default();
    let (position, lag_entries, lag) = (position(status), status.lag_entries(), status.lag());
    if args.json {
        let line = json!({
            "position": position,
            "hash": hash,
            "time_ns": status.last.map(|last| last.time_ns),
            "lag_entries": lag_entries,
            "lag_ns": u64::try_from(lag.as_nanos()).unwrap_or(u64::MAX),
            "entries_per_second": rate.round(),
            "rebuilt": status.rebuilt,
            "checkpoints": status.checkpoints,
        });
        writeln!(out, "{line}")?;
    } else {
        let line = format!(
            "{} {position}  {}  {} {lag_entries} ({:.3} s)  {rate:.0} {}",
            pick("position", "位置"),
            hash.get(..16).unwrap_or(&hash),
            pick("behind", "落后"),
            lag.as_secs_f64(),
            pick("entries a second", "条/秒"),
        );
        // On a terminal the one line is drawn over itself.
        if out.is_terminal() && !args.once {
            write!(out, "\r\x1b[K{line}")?;
        } else {
            writeln!(out, "{line}")?;
        }
    }
    Ok(out.flush()?)
}

fn position(status: &Status) -> u64 {
    status.last.map_or(0, |last| last.position)
}

#[expect(clippy::cast_precision_loss, reason = "a rate is for people")]
fn per_second(entries: u64, time: Duration) -> f64 {
    entries as f64 / time.as_secs_f64().max(1e-9)
}
