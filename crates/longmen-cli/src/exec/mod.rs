//! `longmen exec`: the way to drive the engine from any language.
//!
//! Lines are submitted as they come and answered in their order, without waiting for one another, so that many of them
//! share a sync; whoever waits for each answer before writing the next line gets it at once.
//! Linked lines are submitted as one group, once its last line is there.

mod group;
mod result;

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use indicatif::ProgressBar;
use longmen::{Ledger, Outcome as Decided, Receipt};

use longmen::wallet::Command;

use self::group::{Asked, Groups, Pending};
use crate::jsonl::{self, Invalid};
use crate::progress::bytes_bar;
use crate::{Failure, Outcome};

/// A line longer than this is refused unread.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// How many lines may be on their way at once.
const IN_FLIGHT_MAX: usize = 4_096;

#[derive(clap::Args)]
#[command(after_help = "\
A line opens an account, posts, moves, reverses, holds, captures, sets a limit, and so on; docs/jsonl.md describes
them all. For instance:

  {\"key\":\"open-1\",\"open\":{\"account\":\"bank:cny\",\"currency\":\"CNY\",\"class\":\"asset\"}}
  {\"key\":\"open-2\",\"open\":{\"account\":\"alice:cny\",\"currency\":\"CNY\",\"class\":\"liability\"}}
  {\"key\":\"pay-1\",\"transfer\":{\"debit\":\"bank:cny\",\"credit\":\"alice:cny\",\"amount\":\"8.88\",\"currency\":\"CNY\"}}

Lines with \"linked\":true and the one after them are carried out all or none.
A wrong line gets a result of its own and stops nothing; then the exit code is 3.")]
pub(crate) struct Args {
    /// The ledger's directory
    dir: PathBuf,
    /// The file with the commands; standard input without it
    file: Option<PathBuf>,
    /// Create the ledger if there is none
    #[arg(long)]
    create: bool,
}

/// How many lines came to what.
#[derive(Default)]
struct Tally {
    done: u64,
    replayed: u64,
    refused: u64,
    invalid: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, replayed, refused, invalid } = self;
        write!(f, "{done} done, {replayed} done before, {refused} refused, {invalid} invalid")
    }
}

impl Tally {
    fn count(&mut self, receipt: &Receipt) {
        match receipt.outcome {
            Decided::Done if receipt.replayed => self.replayed += 1,
            Decided::Done => self.done += 1,
            Decided::Refused(_) => self.refused += 1,
        }
    }
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut bar = ProgressBar::hidden();
    let input: Box<dyn Read + Send> = match &args.file {
        None => {
            if io::stdin().is_terminal() {
                eprintln!(
                    "Reading commands, one JSON object a line, as docs/jsonl.md describes them; Ctrl-D ends."
                );
            }
            Box::new(io::stdin())
        }
        Some(path) => {
            let cannot =
                |error| Failure::Ledger(format!("cannot open {}: {error}; check the path", path.display()));
            let file = File::open(path).map_err(cannot)?;
            // Beside answers on the same screen a bar would only be in the way.
            if !io::stdout().is_terminal() {
                bar = bytes_bar("posting");
                bar.set_length(file.metadata().map_or(0, |metadata| metadata.len()));
                Box::new(bar.wrap_read(file))
            } else {
                Box::new(file)
            }
        }
    };
    let ledger = open_or_create(&args.dir, args.create)?;
    let (sender, receiver) = mpsc::sync_channel(IN_FLIGHT_MAX);
    let answered = std::thread::scope(|scope| {
        let ledger = &ledger;
        let reader = scope.spawn(move || read(input, ledger, &sender));
        let answered = answer(&receiver, ledger);
        if let Err(Failure::Ledger(message) | Failure::Damage(message)) = &answered {
            // The ledger has stopped; the reading thread may wait for input that never comes.
            eprintln!("longmen: {message}");
            std::process::exit(1);
        }
        // Without a reader of the answers the lines need not be read to the end.
        drop(receiver);
        let read = reader.join().unwrap_or_else(|_| Err(io::Error::other("the reading thread ended")));
        answered.and_then(|tally| read.map(|()| tally).map_err(Failure::from))
    });
    bar.finish_and_clear();
    ledger.close()?;
    let tally = answered?;
    if args.file.is_some() && io::stderr().is_terminal() {
        eprintln!("{tally}");
    }
    // Every line has its own answer; there is nothing to add.
    if tally.refused == 0 && tally.invalid == 0 { Ok(()) } else { Err(Failure::Refused(String::new())) }
}

/// Opens the ledger in a directory; creates it if there is none and that is allowed.
pub(crate) fn open_or_create(dir: &Path, create: bool) -> Result<Ledger, Failure> {
    let missing = !dir.join("MANIFEST.a").exists() && !dir.join("MANIFEST.b").exists();
    let opened = if create && missing { Ledger::create(dir) } else { Ledger::open(dir) };
    opened.map_err(Failure::of_ledger(dir))
}

fn read(input: impl Read, ledger: &Ledger, pending: &mpsc::SyncSender<Pending>) -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut bytes = Vec::new();
    let mut groups = Groups::new(ledger);
    for line in 1.. {
        bytes.clear();
        if (&mut input).take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let cut = bytes.last() != Some(&b'\n') && bytes.len() as u64 == LINE_BYTES_MAX;
        if cut {
            input.skip_until(b'\n')?;
        }
        let Some(parsed) = parse(&bytes, cut) else { continue };
        for next in groups.take(line, parsed) {
            if pending.send(next).is_err() {
                return Ok(());
            }
        }
    }
    // Without a receiver nobody wants to know.
    let _ = groups.end().map(|last| pending.send(last));
    Ok(())
}

/// Reads a line; nothing for an empty one.
fn parse(bytes: &[u8], cut: bool) -> Option<Result<Command, Invalid>> {
    let unread = |message| Err(Invalid::malformed_json(message).unread(&String::from_utf8_lossy(bytes)));
    Some(match std::str::from_utf8(bytes) {
        _ if cut => unread("the line is longer than 1 MiB, and no command is; write one command a line"),
        Err(_) => unread("the line is not UTF-8; write it in UTF-8"),
        Ok(text) if text.trim().is_empty() => return None,
        Ok(text) => jsonl::parse(text),
    })
}

/// Prints the answers in the order of the lines, and counts them.
fn answer(pending: &mpsc::Receiver<Pending>, ledger: &Ledger) -> Result<Tally, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut tally = Tally::default();
    loop {
        let next = match pending.try_recv() {
            Ok(next) => next,
            Err(mpsc::TryRecvError::Disconnected) => break,
            Err(mpsc::TryRecvError::Empty) => {
                // Somebody may be waiting for what was printed so far before writing the next line.
                out.flush()?;
                match pending.recv() {
                    Ok(next) => next,
                    Err(_) => break,
                }
            }
        };
        let (group, receipts): (Vec<Asked>, _) = match next {
            Pending::Invalid { line, invalid } => {
                tally.invalid += 1;
                print(&mut out, &result::invalid(line, &invalid))?;
                continue;
            }
            Pending::One(asked, ticket) => (vec![asked], vec![ticket.wait()?]),
            Pending::Group(group, ticket) => (group, ticket.wait()?),
        };
        for (asked, receipt) in group.iter().zip(&receipts) {
            tally.count(receipt);
            print(&mut out, &result::decided(asked, receipt, &group, ledger))?;
        }
    }
    out.flush()?;
    Ok(tally)
}

fn print(out: &mut impl Write, line: &result::ResultLine<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
